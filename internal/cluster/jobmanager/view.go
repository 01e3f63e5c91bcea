package jobmanager

import (
	"slices"
	"strings"
	"time"

	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/graph"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

// status is a picture of the job without its counters.
func (m *master) status() api.JobStatus {
	s := api.JobStatus{ID: m.id, Name: m.g.Name, State: m.state, Batch: m.g.Batch, Started: m.started, Ended: m.ended, Entered: m.entered,
		Checkpoints: m.stats.CheckpointStatus, Restarts: m.nFailed, Exceptions: slices.Clone(m.history), ExceptionsCut: m.forgot,
		Config: m.g.Config, RestartStrategy: m.set.restart.String()}
	for i, v := range m.g.Vertices {
		vs := api.VertexStatus{ID: v.ID, Name: v.Name, Parallelism: v.Parallelism, MaxParallelism: v.MaxParallelism, Slot: v.Slot,
			Lag: -1, Source: len(v.Inputs) == 0, Sink: hasSink(v)}
		for k, op := range v.Chain {
			vs.Operators = append(vs.Operators, api.OperatorInfo{ID: op.ID, Name: op.Name, Description: op.Description, Input: v.Links[k]})
		}
		for _, in := range v.Inputs {
			from := m.g.Vertices[in.Vertex]
			vs.Inputs = append(vs.Inputs, api.InputEdge{Vertex: from.ID, Port: in.Port, Ship: ship(from.Outputs[in.Output].Exchange.Kind)})
		}
		for k := range v.Parallelism {
			t := m.g.task(i, k)
			vs.Tasks = append(vs.Tasks, t.state)
			vs.Subtasks = append(vs.Subtasks, api.SubtaskStatus{Subtask: k, Attempt: max(t.attempt, 0), State: t.state, TaskManager: m.g.tms[t.tm].id,
				Host: m.g.tms[t.tm].host, Entered: t.entered, Earlier: t.earlier, Stats: api.TaskStats{Watermark: types.MinInstant, Lag: -1}})
		}
		s.Vertices = append(s.Vertices, vs)
	}
	return s
}

// ship is Flink's name of the strategy.
func ship(k spec.ExchangeKind) string {
	if k == spec.Single {
		return "GLOBAL"
	}
	return strings.ToUpper(string(k))
}

func hasSink(v *graph.Vertex) bool {
	for _, op := range v.Chain {
		switch op.Spec.(type) {
		case *spec.Sink, *spec.Collect:
			return true
		}
	}
	return false
}

// overview is the job in a list.
func (m *master) overview() api.JobOverview {
	o := api.JobOverview{ID: m.id, Name: m.g.Name, State: m.state, Batch: m.g.Batch, Started: m.started, Ended: m.ended, Changed: time.UnixMilli(int64(m.entered.At(m.state)))}
	for _, t := range m.g.tasks {
		o.Tasks.Add(t.state, 1)
	}
	return o
}

// report is a picture of the job's checkpoints.
func (m *master) report() api.CheckpointReport {
	r := m.stats.report()
	c := m.set.checkpoints
	r.Config = api.CheckpointConfig{Interval: c.Interval, Timeout: c.Timeout, MinPause: c.MinPause, AtLeastOnce: m.set.atLeastOnce, Tolerable: c.Tolerable,
		Externalized: m.template.Folder != "", KeepCanceled: m.set.keepCanceled, AfterTasksFinish: c.Final}
	return r
}

// Status returns a picture of the job.
func (j *Job) Status() api.JobStatus {
	j.mu.Lock()
	if j.last != nil {
		defer j.mu.Unlock()
		return *j.last
	}
	s := j.master.status()
	j.mu.Unlock()
	for i := range s.Vertices {
		s.Vertices[i].Watermark = types.MaxInstant
	}
	for _, tm := range j.tms {
		for _, t := range tm.Stats(j.id) {
			v := &s.Vertices[t.Execution.Vertex]
			sub := &v.Subtasks[t.Execution.Subtask]
			if sub.Attempt != t.Execution.Attempt {
				continue
			}
			sub.Stats = t
			v.RecordsIn += t.RecordsIn
			v.RecordsOut += t.RecordsOut
			v.BytesIn += t.BytesIn
			v.BytesOut += t.BytesOut
			v.Watermark = min(v.Watermark, t.Watermark)
			if t.Lag >= 0 {
				v.Lag = max(v.Lag, 0) + t.Lag
			}
		}
	}
	return s
}

// Overview is the job in a list.
func (j *Job) Overview() api.JobOverview {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.last != nil {
		return overviewOf(j.last)
	}
	return j.master.overview()
}

func overviewOf(s *api.JobStatus) api.JobOverview {
	o := api.JobOverview{ID: s.ID, Name: s.Name, State: s.State, Batch: s.Batch, Started: s.Started, Ended: s.Ended, Changed: time.UnixMilli(int64(s.Entered.At(s.State)))}
	for _, v := range s.Vertices {
		for _, t := range v.Tasks {
			o.Tasks.Add(t, 1)
		}
	}
	return o
}

// Checkpoints returns what is remembered of the job's checkpoints.
func (j *Job) Checkpoints() api.CheckpointReport {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.lastReport != nil {
		return *j.lastReport
	}
	return j.master.report()
}

// remember takes the last pictures, for after the tasks' counters are gone.
func (j *Job) remember() {
	s := j.Status()
	r := j.Checkpoints()
	j.mu.Lock()
	j.last, j.lastReport = &s, &r
	j.mu.Unlock()
}

// keepCounters writes the last counters of ended attempts into their history.
func (j *Job) keepCounters(over []api.ExecutionID) {
	ended := map[api.ExecutionID]api.TaskStats{}
	for _, tm := range j.tms {
		for _, t := range tm.Stats(j.id) {
			ended[t.Execution] = t
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, id := range over {
		t := j.master.g.task(id.Vertex, id.Subtask)
		for i := range t.earlier {
			if t.earlier[i].Attempt == id.Attempt {
				t.earlier = slices.Clone(t.earlier) // pictures share it
				t.earlier[i].Stats = ended[id]
			}
		}
	}
}
