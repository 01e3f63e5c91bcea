package taskmanager

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/flott/flott/internal/clock"
	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/internal/exchange"
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/graph"
	"github.com/flott/flott/internal/memory"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/snapshot"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/task"
	"github.com/flott/flott/vector"
)

// Config describes a task manager.
type Config struct {
	ID      string
	Network *exchange.Network
	Managed *memory.Pool
	Log     *slog.Logger
	Metrics *metrics.Group // the task manager's scope
	Clock   clock.Clock
	// Build makes operators.
	Build func(spec.Operator) (exec.Operator, error)
	// Events is the job manager.
	Events api.TaskEvents
}

// TaskManager implements api.TaskManager.
type TaskManager struct {
	Config
	ctx    context.Context
	stop   context.CancelFunc
	group  sync.WaitGroup
	mu     sync.Mutex
	tasks  map[api.ExecutionID]*running
	closed bool
}

// running is a task and its goroutine's handle.
type running struct {
	*task.Task
	ctx    context.Context
	cancel context.CancelFunc
	source bool
}

// New returns a task manager without tasks.
func New(c Config) *TaskManager {
	tm := &TaskManager{Config: c, tasks: map[api.ExecutionID]*running{}}
	tm.ctx, tm.stop = context.WithCancel(context.Background())
	return tm
}

// ID names the task manager in the cluster.
func (tm *TaskManager) ID() string { return tm.Config.ID }

// Address is where other task managers reach its links.
func (tm *TaskManager) Address() string { return tm.Network.Address() }

// Deploy starts a task. An error means that it was not started.
func (tm *TaskManager) Deploy(d api.Deploy) error {
	v := &graph.Vertex{}
	if err := json.Unmarshal(d.Vertex, v); err != nil {
		return fmt.Errorf("read vertex: %w", err)
	}
	o, err := readOptions(d.Config)
	if err != nil {
		return err
	}
	c := task.Config{
		JobID: d.Execution.Job, JobName: d.JobName, Owner: d.Owner, Vertex: v, Subtask: d.Execution.Subtask, Batch: d.Batch, Options: d.Config,
		Build: tm.Build, AtLeastOnce: d.AtLeastOnce, FinalCheckpoint: d.FinalCheckpoint,
		BatchSize: o.batchSize, BufferBytes: o.bufferBytes, BufferTimeout: o.bufferTimeout, Zone: o.zone,
		ClientBytes: d.ClientBytes, Clock: tm.Clock, Log: tm.Log,
		Events: events{d.Execution, tm.Events},
		Memory: func(op *spec.Operator) (*memory.Reservation, error) {
			if !api.Managed(op.Spec) {
				return nil, nil
			}
			if api.Spills(op.Spec) {
				return tm.Managed.Share(op.Name, d.SortBytes), nil
			}
			return tm.Managed.Share(op.Name, d.ManagedBytes), nil
		},
	}
	attempt := fmt.Sprintf("%s_%d_%d_%d", d.Execution.Job, d.Execution.Vertex, d.Execution.Subtask, d.Execution.Attempt)
	scope := tm.Metrics.Job(d.Execution.Job, d.JobName)
	c.Metrics = scope.Task(v.ID, v.Name, attempt, d.Execution.Subtask, d.Execution.Attempt)
	if d.Folder != "" {
		c.Folder = &snapshot.Folder{Path: d.Folder}
	}
	if d.Restore != nil {
		c.RestoreDir, c.RestoreFiles = d.Restore.Dir, d.Restore.Files
	}
	if err := tm.links(&c, d); err != nil {
		scope.Close()
		return err
	}
	tm.mu.Lock()
	defer tm.mu.Unlock()
	if tm.closed {
		scope.Close()
		return errors.New("the task manager is closed")
	}
	r := &running{Task: task.New(c), source: len(v.Inputs) == 0}
	r.ctx, r.cancel = context.WithCancel(tm.ctx)
	tm.tasks[d.Execution] = r
	tm.group.Add(1)
	go func() {
		defer tm.group.Done()
		tm.Events.TaskChanged(api.TaskChanged{Execution: d.Execution, State: api.TaskInitializing})
		err := r.Run(r.ctx)
		r.cancel()
		scope.Close()
		tm.ended(d.Execution, err)
	}()
	return nil
}

// links resolves the deployment's links.
func (tm *TaskManager) links(c *task.Config, d api.Deploy) error {
	for _, l := range d.Inputs {
		c.Inputs = append(c.Inputs, exchange.InputLink{Link: tm.Network.Input(l.Link), Port: l.Port})
	}
	for _, o := range d.Outputs {
		out := task.Output{MaxParallelism: o.MaxParallelism}
		for _, l := range o.Links {
			e, err := tm.Network.Output(l.Link, l.Address)
			if err != nil {
				return err
			}
			out.Links = append(out.Links, e)
		}
		c.Outputs = append(c.Outputs, out)
	}
	if d.Results != nil {
		e, err := tm.Network.Output(d.Results.Link, d.Results.Address)
		if err != nil {
			return err
		}
		c.Results = []exchange.Output{e}
	}
	return nil
}

// ended tells how an attempt ended. Its counters stay until Release.
func (tm *TaskManager) ended(e api.ExecutionID, err error) {
	c := api.TaskChanged{Execution: e, State: api.TaskFinished}
	switch {
	case err == nil:
	case errors.Is(err, context.Canceled):
		c.State = api.TaskCanceled
	default:
		c.State, c.Err = api.TaskFailed, err
	}
	tm.Events.TaskChanged(c)
}

func (tm *TaskManager) find(e api.ExecutionID) *running {
	tm.mu.Lock()
	defer tm.mu.Unlock()
	return tm.tasks[e]
}

// Cancel ends a task; TaskChanged tells when it is over.
func (tm *TaskManager) Cancel(e api.ExecutionID) {
	if r := tm.find(e); r != nil {
		r.cancel()
	}
}

// Trigger starts a checkpoint at a task.
func (tm *TaskManager) Trigger(t api.Trigger) {
	if r := tm.find(t.Execution); r != nil {
		r.Task.Trigger(t.Checkpoint)
	}
}

// CheckpointDone tells a task about a checkpoint's end.
func (tm *TaskManager) CheckpointDone(c api.CheckpointDone) {
	if r := tm.find(c.Execution); r != nil {
		r.Task.CheckpointDone(r.ctx, c.Checkpoint, c.Aborted)
	}
}

// AssignSplits hands splits to a source task.
func (tm *TaskManager) AssignSplits(a api.AssignSplits) {
	if r := tm.find(a.Execution); r != nil {
		r.AddSplits(a.Splits, a.Last)
	}
}

// Stats returns the counters of a job's tasks, ended ones included.
func (tm *TaskManager) Stats(job string) (out []api.TaskStats) {
	tm.mu.Lock()
	defer tm.mu.Unlock()
	for e, r := range tm.tasks {
		if e.Job != job {
			continue
		}
		s := r.Task.Stats()
		out = append(out, api.TaskStats{Execution: e, RecordsIn: s.RecordsIn, RecordsOut: s.RecordsOut, BytesIn: s.BytesIn, BytesOut: s.BytesOut, Watermark: s.Watermark, Lag: s.Lag,
			IdleMs: s.Idle.Milliseconds(), BackpressuredMs: s.Backpressured.Milliseconds(), BusyMs: s.Busy.Milliseconds()})
	}
	return out
}

// Forget drops the counters of attempts that are over.
func (tm *TaskManager) Forget(executions []api.ExecutionID) {
	tm.mu.Lock()
	defer tm.mu.Unlock()
	for _, e := range executions {
		delete(tm.tasks, e)
	}
}

// Finish lets a task go that has ended and waits.
func (tm *TaskManager) Finish(e api.ExecutionID) {
	if r := tm.find(e); r != nil {
		r.Task.Finish()
	}
}

// Release forgets links whose tasks are over.
func (tm *TaskManager) Release(links []uint64) { tm.Network.Release(links) }

// Close cancels all tasks and waits for them.
func (tm *TaskManager) Close() {
	tm.mu.Lock()
	tm.closed = true
	tm.mu.Unlock()
	tm.stop()
	tm.group.Wait()
	tm.Metrics.Close()
}

// events forwards what a task tells under its execution's name.
type events struct {
	e  api.ExecutionID
	to api.TaskEvents
}

func (s events) Running() {
	s.to.TaskChanged(api.TaskChanged{Execution: s.e, State: api.TaskRunning})
}

func (s events) EndOfData() { s.to.EndOfData(api.EndOfData{Execution: s.e}) }

func (s events) Acknowledge(id element.CheckpointID, file *snapshot.File, t task.SnapshotTimes) {
	s.to.Acknowledge(api.Acknowledge{Execution: s.e, Checkpoint: id, File: file, Times: api.CheckpointTimes(t)})
}

func (s events) Decline(id element.CheckpointID, err error) {
	s.to.Decline(api.Decline{Execution: s.e, Checkpoint: id, Err: err})
}

// options are the job's settings that tasks need.
type options struct {
	batchSize, bufferBytes int
	bufferTimeout          time.Duration
	zone                   *time.Location
}

func readOptions(c map[string]string) (o options, err error) {
	o = options{batchSize: vector.DefaultSize, bufferBytes: 32 << 10, bufferTimeout: 100 * time.Millisecond, zone: time.UTC}
	if z := c["table.local-time-zone"]; z != "" && z != "default" {
		if o.zone, err = location(z); err != nil {
			return o, err
		}
	}
	flush := true
	err = api.ReadOptions(c, map[string]any{
		"flott.batch.size":                  &o.batchSize,
		"taskmanager.memory.segment-size":   &o.bufferBytes,
		"execution.buffer-timeout.interval": &o.bufferTimeout,
		"execution.buffer-timeout.enabled":  &flush,
	})
	if !flush {
		o.bufferTimeout = -1
	}
	o.batchSize, o.bufferBytes = max(o.batchSize, 1), max(o.bufferBytes, 1)
	return o, err
}

// location reads a zone's ID or an offset such as `UTC+01:00` or `GMT-8`.
func location(z string) (*time.Location, error) {
	if l, err := time.LoadLocation(z); err == nil {
		return l, nil
	}
	var sign byte
	var h, m int
	for _, form := range []string{"UTC%c%d:%d", "GMT%c%d:%d", "%c%d:%d", "UTC%c%d", "GMT%c%d", "%c%d"} {
		if n, _ := fmt.Sscanf(z, form, &sign, &h, &m); n >= 2 && (sign == '+' || sign == '-') && h <= 18 && m < 60 {
			s := h*3600 + m*60
			if sign == '-' {
				s = -s
			}
			return time.FixedZone(z, s), nil
		}
		h, m = 0, 0
	}
	return nil, fmt.Errorf("time zone %q is unknown", z)
}
