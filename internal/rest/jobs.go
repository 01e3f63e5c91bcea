package rest

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/option"
)

func getConfig(r *request) (any, error) {
	now := r.h.Clock.Now()
	zone, offset := now.Zone()
	if zone == "UTC" {
		zone = "Coordinated Universal Time"
	}
	c := dashboardConfig{RefreshInterval: 3000, TimezoneName: zone, TimezoneOffset: int64(offset) * 1000, Version: r.h.Version, Revision: r.h.Revision}
	if t := r.h.Options["web.refresh-interval"]; t != "" {
		if d, err := option.ParseDuration(t); err == nil {
			c.RefreshInterval = d.Milliseconds()
		}
	}
	c.Features.Cancel = !r.h.ReadOnly && r.h.Options["web.cancel.enable"] != "false"
	return c, nil
}

func getOverview(r *request) (any, error) {
	o := clusterOverview{Version: r.h.Version, Commit: r.h.Revision}
	for _, t := range r.h.Cluster.Cluster().TaskManagers {
		o.TaskManagers++
		o.SlotsTotal += t.Slots
		o.SlotsAvailable += t.Free()
	}
	for _, j := range r.h.Cluster.Jobs() {
		switch j.State {
		case api.JobFinished:
			o.Finished++
		case api.JobCanceled:
			o.Cancelled++
		case api.JobFailed:
			o.Failed++
		case api.JobSuspended:
		default:
			o.Running++
		}
	}
	return o, nil
}

func getJobs(r *request) (any, error) {
	out := jobIDs{Jobs: []jobIDStatus{}}
	for _, j := range r.h.Cluster.Jobs() {
		out.Jobs = append(out.Jobs, jobIDStatus{j.ID, string(j.State)})
	}
	return out, nil
}

func jobType(batch bool) string {
	if batch {
		return "BATCH"
	}
	return "STREAMING"
}

// scheduler is the one that runs jobs as they are, without changing their
// parallelism.
const scheduler = "Default"

func getJobsOverview(r *request) (any, error) {
	now := r.h.Clock.Now().UnixMilli()
	out := jobsOverview{Jobs: []jobOverview{}}
	for _, j := range r.h.Cluster.Jobs() {
		o := jobOverview{ID: j.ID, Name: j.Name, Type: jobType(j.Batch), Scheduler: scheduler, Start: millis(j.Started), End: millis(j.Ended),
			State: string(j.State), Changed: millis(j.Changed), Tasks: map[string]int{"total": j.Tasks.Total()}}
		o.Duration = duration(o.Start, o.End, now)
		for i, s := range api.TaskStates {
			o.Tasks[strings.ToLower(string(s))] = j.Tasks[i]
		}
		out.Jobs = append(out.Jobs, o)
	}
	return out, nil
}

func getJob(r *request) (any, error) {
	j, err := r.job()
	if err != nil {
		return nil, err
	}
	now := r.h.Clock.Now().UnixMilli()
	d := jobDetails{ID: j.ID, Name: j.Name, State: string(j.State), Type: jobType(j.Batch), Scheduler: scheduler, Start: millis(j.Started), End: millis(j.Ended),
		MaxParallelism: -1, Now: now, Timestamps: map[string]int64{}, Vertices: []vertexDetails{}, StatusCounts: map[string]int{}, Plan: planOf(j)}
	d.Duration = duration(d.Start, d.End, now)
	for i, s := range api.JobStates {
		d.Timestamps[string(s)] = int64(j.Entered[i])
	}
	for _, s := range api.TaskStates {
		d.StatusCounts[string(s)] = 0
	}
	for i := range j.Vertices {
		v := &j.Vertices[i]
		t := timesOf(v.Subtasks, now)
		d.Vertices = append(d.Vertices, vertexDetails{ID: v.ID, SlotSharing: slotSharing(v.Slot), Name: v.Name, MaxParallelism: v.MaxParallelism,
			Parallelism: v.Parallelism, Status: string(t.state), Start: t.start, End: t.end, Duration: t.duration, Tasks: counts(&t.counts), Metrics: sumOf(v.Subtasks)})
		d.StatusCounts[string(t.state)]++
	}
	return d, nil
}

// slotSharing makes an id of the group's name.
func slotSharing(name string) string {
	const digits = "0123456789abcdef"
	b := []byte(strings.Repeat("0", 32))
	for i := range min(len(name), 16) {
		b[2*i], b[2*i+1] = digits[name[i]>>4], digits[name[i]&15]
	}
	return string(b)
}

func getPlan(r *request) (any, error) {
	j, err := r.job()
	if err != nil {
		return nil, err
	}
	return planAnswer{planOf(j)}, nil
}

func planOf(j *api.JobStatus) plan {
	p := plan{ID: j.ID, Name: j.Name, Type: jobType(j.Batch), Nodes: []planNode{}}
	// Flink's order: what comes last in the data's way first.
	for _, v := range slices.Backward(j.Vertices) {
		n := planNode{ID: v.ID, Parallelism: v.Parallelism, Description: description(v.Operators)}
		for i, in := range v.Inputs {
			n.Inputs = append(n.Inputs, planInput{ID: in.Vertex, Num: i, Exchange: "pipelined_bounded", Ship: in.Ship})
		}
		p.Nodes = append(p.Nodes, n)
	}
	return p
}

// escapeHTML keeps quotes of SQL as they are.
var escapeHTML = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// description draws the chain as a tree, a line an operator.
func description(ops []api.OperatorInfo) string {
	depth := make([]int, len(ops))
	var b strings.Builder
	for i, op := range ops {
		if op.Input >= 0 && op.Input < i {
			depth[i] = depth[op.Input] + 1
			b.WriteString(strings.Repeat("   ", depth[i]-1) + "+- ")
		}
		text := op.Name
		if op.Description != "" {
			text += "(" + op.Description + ")"
		}
		b.WriteString(escapeHTML.Replace(text) + "<br/>")
	}
	return b.String()
}

func getJobConfig(r *request) (any, error) {
	j, err := r.job()
	if err != nil {
		return nil, err
	}
	c := jobConfig{ID: j.ID, Name: j.Name, Execution: executionConfig{Restart: j.RestartStrategy, Parallelism: 1, User: map[string]string{}}}
	for _, v := range j.Vertices {
		c.Execution.Parallelism = max(c.Execution.Parallelism, v.Parallelism)
	}
	for k, v := range j.Config {
		c.Execution.User[k] = mask(k, v)
	}
	return c, nil
}

func getExceptions(r *request) (any, error) {
	j, err := r.job()
	if err != nil {
		return nil, err
	}
	limit := 20
	if text := r.URL.Query().Get("maxExceptions"); text != "" {
		if limit, err = atoi(text); err != nil || limit < 0 {
			return nil, badQuery("maxExceptions", text)
		}
	}
	out := exceptions{exceptionHistory{Entries: []exceptionEntry{}, Truncated: j.ExceptionsCut || len(j.Exceptions) > limit}}
	for _, e := range j.Exceptions[:min(limit, len(j.Exceptions))] {
		entry := exceptionEntry{exceptionInfo: exceptionOf(e), Concurrent: []exceptionInfo{}}
		for _, c := range e.Concurrent {
			entry.Concurrent = append(entry.Concurrent, exceptionOf(c))
		}
		out.History.Entries = append(out.History.Entries, entry)
	}
	return out, nil
}

func exceptionOf(e api.Exception) exceptionInfo {
	return exceptionInfo{Name: e.Kind, Text: e.Detail, At: e.At.UnixMilli(), Labels: map[string]string{}, Task: e.Task, Endpoint: e.Host, TaskManager: e.TaskManager}
}

func getJobAccumulators(r *request) (any, error) {
	if _, err := r.job(); err != nil {
		return nil, err
	}
	return jobAccumulators{Job: []empty{}, User: []empty{}}, nil
}

func getJobStatus(r *request) (any, error) {
	j, err := r.job()
	if err != nil {
		return nil, err
	}
	return jobStatus{string(j.State)}, nil
}

func getExecutionResult(r *request) (any, error) {
	j, err := r.job()
	if err != nil {
		return nil, err
	}
	if !j.State.Terminal() {
		return executionResult{Status: queueStatus{inProgress}}, nil
	}
	res := &jobResult{ID: j.ID, Name: j.Name, Status: "UNKNOWN", Runtime: j.Ended.Sub(j.Started).Milliseconds(), Start: millis(j.Started), End: millis(j.Ended)}
	switch j.State {
	case api.JobFinished:
		res.Status = "SUCCEEDED"
	case api.JobCanceled:
		res.Status = "CANCELED"
	case api.JobFailed:
		res.Status = "FAILED"
		if len(j.Exceptions) > 0 {
			f := cause(j.Exceptions[0].Kind, j.Exceptions[0].Detail)
			res.Failure = &f
		}
	}
	return executionResult{Status: queueStatus{completed}, Result: res}, nil
}

func getRequirements(r *request) (any, error) {
	j, err := r.job()
	if err != nil {
		return nil, err
	}
	out := resourceRequirements{}
	for _, v := range j.Vertices {
		var q vertexRequirements
		q.Parallelism.Lower, q.Parallelism.Upper = v.Parallelism, v.Parallelism
		out[v.ID] = q
	}
	return out, nil
}

func putRequirements(r *request) (any, error) {
	if _, err := r.job(); err != nil {
		return nil, err
	}
	return nil, fail(http.StatusNotImplemented, "The parallelism of a running job cannot be changed: stop it with a savepoint and start it again with another 'parallelism.default'.")
}

func patchRescaling(*request) (any, error) {
	return nil, fail(http.StatusServiceUnavailable, "Rescaling is disabled: stop the job with a savepoint and start it again with another 'parallelism.default'.")
}

func cancelJob(r *request) (any, error) {
	id, err := r.id("jobid")
	if err != nil {
		return nil, err
	}
	switch mode := r.URL.Query().Get("mode"); mode {
	case "", "cancel":
	case "stop":
		return nil, fail(http.StatusPermanentRedirect, "The termination mode \"stop\" has been removed. For an ungraceful shutdown, please use \"cancel\" instead. "+
			"For a graceful shutdown, please use \"jobs/:jobId/stop\" instead.")
	default:
		return nil, badQuery("mode", mode)
	}
	err = r.h.Cluster.Cancel(id)
	if ended := (*api.EndedError)(nil); errors.As(err, &ended) {
		if ended.State == api.JobCanceled {
			return empty{}, nil
		}
		err = fail(http.StatusConflict, "Job cancellation failed because the job has already reached another terminal state (%s).", ended.State)
	}
	return empty{}, err
}

func deleteCluster(r *request) (any, error) {
	if r.h.Shutdown == nil {
		return nil, fail(http.StatusForbidden, "This server is not to be ended by its clients.")
	}
	return afterwards(func() {
		// The answer goes out first; the server closes its connections.
		go r.h.Shutdown()
	}), nil
}

// times are those of a group of subtasks, and the state that sums theirs up.
type times struct {
	state                api.TaskState
	start, end, duration int64
	counts               api.TaskCounts
}

// timesOf sums subtasks up as Flink does.
func timesOf(subtasks []api.SubtaskStatus, now int64) times {
	t := times{start: -1, end: -1, duration: -1, state: api.TaskCreated}
	over := true
	for i := range subtasks {
		s := &subtasks[i]
		t.counts.Add(s.State, 1)
		if at := int64(s.Entered.At(api.TaskDeploying)); at > 0 && (t.start < 0 || at < t.start) {
			t.start = at
		}
		over = over && s.State.Terminal()
		if s.State.Terminal() {
			t.end = max(t.end, int64(s.Entered.At(s.State)))
		}
	}
	if !over || len(subtasks) == 0 {
		t.end = -1
	}
	t.duration = duration(t.start, t.end, now)
	for _, s := range []api.TaskState{api.TaskFailed, api.TaskCanceling, api.TaskCanceled, api.TaskInitializing, api.TaskRunning} {
		if t.counts.Of(s) > 0 {
			t.state = s
			return t
		}
	}
	switch n := t.counts.Of(api.TaskFinished); {
	case n > 0 && n == len(subtasks):
		t.state = api.TaskFinished
	case n > 0:
		t.state = api.TaskRunning
	}
	return t
}

func counts(c *api.TaskCounts) map[string]int {
	out := map[string]int{}
	for i, s := range api.TaskStates {
		out[string(s)] = c[i]
	}
	return out
}

// sumOf adds the counters of subtasks up.
func sumOf(subtasks []api.SubtaskStatus) ioMetrics {
	m := ioMetrics{ReadBytesComplete: true, WriteBytesComplete: true, ReadRecordsComplete: true, WriteRecordsComplete: true}
	for i := range subtasks {
		s := &subtasks[i].Stats
		m.ReadBytes += s.BytesIn
		m.WriteBytes += s.BytesOut
		m.ReadRecords += s.RecordsIn
		m.WriteRecords += s.RecordsOut
		m.Backpressured += s.BackpressuredMs
		m.Idle += s.IdleMs
		m.Busy += double(s.BusyMs)
	}
	return m
}
