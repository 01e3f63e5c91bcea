package rest

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/metrics"
)

func getVertex(r *request) (any, error) {
	v, _, err := r.vertex()
	if err != nil {
		return nil, err
	}
	now := r.h.Clock.Now().UnixMilli()
	out := vertexAnswer{ID: v.ID, Name: v.Name, Parallelism: v.Parallelism, MaxParallelism: v.MaxParallelism, Now: now, Subtasks: []subtaskDetails{},
		Aggregated: aggregate(v.Subtasks, now)}
	for i := range v.Subtasks {
		out.Subtasks = append(out.Subtasks, detailsOf(&v.Subtasks[i], now))
	}
	return out, nil
}

func detailsOf(s *api.SubtaskStatus, now int64) subtaskDetails {
	d := subtaskDetails{Subtask: s.Subtask, Status: string(s.State), Attempt: s.Attempt, Endpoint: s.Host, Start: instant(s.Entered.At(api.TaskDeploying)), End: -1,
		Metrics: sumOf([]api.SubtaskStatus{*s}), TaskManager: s.TaskManager, StatusDuration: statusDurations(s, now)}
	if s.State.Terminal() {
		d.End = instant(s.Entered.At(s.State))
	}
	d.Duration = duration(d.Start, d.End, now)
	d.Start2 = d.Start
	return d
}

// lasting are the states whose durations are told.
var lasting = []api.TaskState{api.TaskCreated, api.TaskScheduled, api.TaskDeploying, api.TaskInitializing, api.TaskRunning}

// statusDurations are how long an attempt was in each state, -1 = never.
func statusDurations(s *api.SubtaskStatus, now int64) map[string]int64 {
	out := map[string]int64{}
	for i, state := range lasting {
		at := int64(s.Entered.At(state))
		if at == 0 {
			out[string(state)] = -1
			continue
		}
		end := now
		for _, next := range append(lasting[i+1:len(lasting):len(lasting)], api.TaskCanceling, api.TaskFinished, api.TaskCanceled, api.TaskFailed) {
			if n := int64(s.Entered.At(next)); n > 0 {
				end = n
				break
			}
		}
		out[string(state)] = max(end-at, 0)
	}
	return out
}

// aggregate describes the counters and durations of subtasks.
func aggregate(subtasks []api.SubtaskStatus, now int64) aggregated {
	values := map[string][]int64{}
	durations := map[string][]int64{}
	for i := range subtasks {
		s := &subtasks[i].Stats
		for name, v := range map[string]int64{"read-bytes": s.BytesIn, "write-bytes": s.BytesOut, "read-records": s.RecordsIn, "write-records": s.RecordsOut,
			"accumulated-backpressured-time": s.BackpressuredMs, "accumulated-idle-time": s.IdleMs, "accumulated-busy-time": s.BusyMs} {
			values[name] = append(values[name], v)
		}
		for state, d := range statusDurations(&subtasks[i], now) {
			durations[state] = append(durations[state], d)
		}
	}
	out := aggregated{map[string]statistics{}, map[string]statistics{}}
	for k, v := range values {
		out.Metrics[k] = statisticsOf(v)
	}
	for k, v := range durations {
		out.StatusDuration[k] = statisticsOf(v)
	}
	return out
}

func statisticsOf(v []int64) statistics {
	if len(v) == 0 {
		return statistics{}
	}
	s := api.Summarize(v)
	out := statistics{Min: s.Min, Max: s.Max, Avg: s.Avg, Median: int64(s.P50), P95: int64(s.P95), P25: int64(api.Quantile(v, .25)), P75: int64(api.Quantile(v, .75))}
	for _, x := range v {
		out.Sum += x
	}
	return out
}

func getSubtask(r *request) (any, error) {
	s, _, err := r.subtask()
	if err != nil {
		return nil, err
	}
	return detailsOf(s, r.h.Clock.Now().UnixMilli()), nil
}

func getAttempt(r *request) (any, error) {
	s, _, err := r.attempt()
	if err != nil {
		return nil, err
	}
	return detailsOf(s, r.h.Clock.Now().UnixMilli()), nil
}

func getAttemptAccumulators(r *request) (any, error) {
	s, v, err := r.attempt()
	if err != nil {
		return nil, err
	}
	return attemptAccumulators{Subtask: s.Subtask, Attempt: s.Attempt, ID: fmt.Sprintf("%s_%d_%d", v.ID, s.Subtask, s.Attempt), User: []empty{}}, nil
}

func getVertexAccumulators(r *request) (any, error) {
	v, _, err := r.vertex()
	if err != nil {
		return nil, err
	}
	return vertexAccumulators{ID: v.ID, User: []empty{}}, nil
}

func getSubtasksAccumulators(r *request) (any, error) {
	v, _, err := r.vertex()
	if err != nil {
		return nil, err
	}
	out := subtasksAccumulators{ID: v.ID, Parallelism: v.Parallelism, Subtasks: []subtaskAccumulators{}}
	for _, s := range v.Subtasks {
		out.Subtasks = append(out.Subtasks, subtaskAccumulators{Subtask: s.Subtask, Attempt: s.Attempt, Endpoint: s.Host, User: []empty{}})
	}
	return out, nil
}

func getSubtaskTimes(r *request) (any, error) {
	v, _, err := r.vertex()
	if err != nil {
		return nil, err
	}
	now := r.h.Clock.Now().UnixMilli()
	out := subtaskTimes{ID: v.ID, Name: v.Name, Now: now, Subtasks: []subtaskTime{}}
	for i := range v.Subtasks {
		s := &v.Subtasks[i]
		t := subtaskTime{Subtask: s.Subtask, Endpoint: s.Host, Timestamps: map[string]int64{}}
		for k, state := range api.TaskStates {
			t.Timestamps[string(state)] = int64(s.Entered[k])
		}
		end := int64(-1)
		if s.State.Terminal() {
			end = instant(s.Entered.At(s.State))
		}
		t.Duration = duration(instant(s.Entered.At(api.TaskScheduled)), end, now)
		out.Subtasks = append(out.Subtasks, t)
	}
	return out, nil
}

func getVertexTaskManagers(r *request) (any, error) {
	v, _, err := r.vertex()
	if err != nil {
		return nil, err
	}
	now := r.h.Clock.Now().UnixMilli()
	out := vertexTaskManagers{ID: v.ID, Name: v.Name, Now: now, Managers: []vertexTaskManager{}}
	byID := map[string][]api.SubtaskStatus{}
	var ids []string
	for _, s := range v.Subtasks {
		if !slices.Contains(ids, s.TaskManager) {
			ids = append(ids, s.TaskManager)
		}
		byID[s.TaskManager] = append(byID[s.TaskManager], s)
	}
	for _, id := range ids {
		group := byID[id]
		t := timesOf(group, now)
		out.Managers = append(out.Managers, vertexTaskManager{Endpoint: group[0].Host, Status: string(t.state), Start: t.start, End: t.end, Duration: t.duration,
			Metrics: sumOf(group), StatusCounts: counts(&t.counts), ID: id, Aggregated: aggregate(group, now)})
	}
	return out, nil
}

func getWatermarks(r *request) (any, error) {
	v, j, err := r.vertex()
	if err != nil {
		return nil, err
	}
	out := []metric{}
	if j.State.Terminal() {
		return out, nil
	}
	for _, s := range v.Subtasks {
		text := strconv.FormatInt(int64(s.Stats.Watermark), 10)
		out = append(out, metric{ID: fmt.Sprintf("%d.currentInputWatermark", s.Subtask), Value: &text})
	}
	return out, nil
}

func getBackpressure(r *request) (any, error) {
	v, j, err := r.vertex()
	if err != nil {
		return nil, err
	}
	if j.State.Terminal() {
		return backpressure{Status: "deprecated"}, nil
	}
	type share struct{ ratio, idle, busy float64 }
	shares := make([]share, v.Parallelism)
	sel := metrics.Of(metrics.Task)
	sel.Job, sel.Task = j.ID, v.ID
	for _, s := range r.h.Metrics.Read(sel, []string{"backPressuredTimeMsPerSecond", "idleTimeMsPerSecond", "busyTimeMsPerSecond"}) {
		if s.Subtask < 0 || s.Subtask >= len(shares) {
			continue
		}
		switch x := &shares[s.Subtask]; s.Name {
		case "backPressuredTimeMsPerSecond":
			x.ratio = s.Value / 1000
		case "idleTimeMsPerSecond":
			x.idle = s.Value / 1000
		default:
			x.busy = s.Value / 1000
		}
	}
	out := backpressure{Status: "ok", End: r.h.Clock.Now().UnixMilli(), Subtasks: []subtaskBackpressure{}}
	worst := 0.0
	for i, s := range shares {
		worst = max(worst, s.ratio)
		l := level(s.ratio)
		out.Subtasks = append(out.Subtasks, subtaskBackpressure{Subtask: i, Level: l, Level2: l, Ratio: double(s.ratio), Idle: double(s.idle), Busy: double(s.busy)})
	}
	out.Level = level(worst)
	out.Level2 = out.Level
	return out, nil
}

// level is Flink's word for a share of time.
func level(ratio float64) string {
	switch {
	case ratio <= .1:
		return "ok"
	case ratio <= .5:
		return "low"
	}
	return "high"
}

// getFlameGraph tells that there is none: goroutines are not sampled.
func getFlameGraph(r *request) (any, error) {
	_, j, err := r.vertex()
	if err != nil {
		return nil, err
	}
	switch t := r.URL.Query().Get("type"); t {
	case "", "full", "FULL", "on_cpu", "ON_CPU", "off_cpu", "OFF_CPU":
	default:
		return nil, badQuery("type", t)
	}
	if j.State.Terminal() {
		return flameGraph{End: -1}, nil
	}
	return flameGraph{End: -2}, nil
}
