package task

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/internal/clock"
	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/internal/exchange"
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/graph"
	"github.com/flott/flott/internal/logs"
	"github.com/flott/flott/internal/memory"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/snapshot"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

// Config describes a task.
type Config struct {
	JobID, JobName string
	Owner          string // names the job over all its runs, "" without an identity
	Vertex         *graph.Vertex
	Subtask        int
	Batch          bool
	Options        map[string]string // the job's configuration

	Inputs  []exchange.InputLink
	Outputs []Output          // by output of the vertex
	Results []exchange.Output // of a Collect operator, nil without one

	// Build makes an operator of its spec.
	Build func(spec.Operator) (exec.Operator, error)
	// Memory reserves the managed memory of an operator; nil for one that
	// uses none.
	Memory func(*spec.Operator) (*memory.Reservation, error)

	// Folder is the job's, where checkpoints go; nil = no checkpoints.
	Folder *snapshot.Folder
	// RestoreDir and RestoreFiles are the files with state for this subtask.
	RestoreDir   string
	RestoreFiles []snapshot.File

	AtLeastOnce     bool
	FinalCheckpoint bool // stay until Finish, for a checkpoint that holds the end
	BatchSize       int
	BufferBytes     int
	BufferTimeout   time.Duration
	ClientBytes     int64
	Zone            *time.Location
	Clock           clock.Clock
	Metrics         *metrics.Group // the task's scope
	Log             *slog.Logger
	Events          Events
}

// Output is where rows of one output of the vertex go.
type Output struct {
	Links          []exchange.Output // by subtask of the target; one if forward
	MaxParallelism int               // of the target
}

// Events is who wants to know what becomes of the task. Calls come from the
// task's goroutines and must not block.
type Events interface {
	// Running: all operators are open.
	Running()
	// EndOfData: the input has ended, the operators are finished; the task
	// waits for its final checkpoint.
	EndOfData()
	// Acknowledge: the state for a checkpoint is written; file is nil if there is none.
	Acknowledge(id element.CheckpointID, file *snapshot.File, times SnapshotTimes)
	// Decline: the state could not be written; the task goes on.
	Decline(id element.CheckpointID, err error)
}

// SnapshotTimes tell where a task's time went during a checkpoint.
type SnapshotTimes struct {
	// StartDelay is how long the first barrier was on its way, Alignment how long
	// it waited for the others.
	StartDelay, Alignment time.Duration
	// Sync is how long the task stood still, Async what was then done aside.
	Sync, Async time.Duration
}

// Stats are counters that may be read at any time.
type Stats struct {
	RecordsIn, RecordsOut int64
	BytesIn, BytesOut     int64
	Watermark             types.Instant
	Lag                   int64 // records that wait in the source, -1 = unknown
	// Idle and Backpressured add up the time the task had nothing to do or could
	// not go on; Busy is the rest.
	Idle, Backpressured, Busy time.Duration
}

// Task runs one subtask. Run is its goroutine; the other exported methods may
// be called by anybody.
type Task struct {
	Config
	wake chan struct{}

	mail    mailbox
	nodes   []*node
	source  exec.Source // nil if there are links
	reader  *exchange.Reader
	deepest int // no operator behind it is undrained
	todo    []func() error

	inputIdle  bool
	ended      bool // all input has ended, End is sent
	ending     bool // todo leads to the end
	discard    bool // stopped without drain: operators are not finished
	trigger    *element.CheckpointOptions
	checkpoint element.CheckpointID // the newest one taken part in
	stopped    bool                 // by a savepoint: Finish will follow
	released   bool                 // Finish was called
	done       bool
	aside      sync.WaitGroup // snapshots being flushed and synced, commits
	committing chan error     // answer of the commits that run aside, nil if none do
	restoring  []*snapshot.Reader

	counters
	lag     atomic.Pointer[metrics.Group] // the source's scope
	latency latency
}

// mailbox holds what others want the task to do.
type mailbox struct {
	mu    sync.Mutex
	items []mail
	some  atomic.Bool
}

type mail struct {
	do     func() error
	posted time.Time
}

// New returns a task that has not started.
func New(c Config) *Task {
	t := &Task{Config: c, wake: make(chan struct{}, 1), latency: newLatency(c.Options)}
	t.Log = logs.Job(c.Log, c.JobID, c.JobName)
	t.counters.register(t.Metrics)
	t.Metrics.Gauge("mailboxQueueSize", func() float64 {
		t.mail.mu.Lock()
		defer t.mail.mu.Unlock()
		return float64(len(t.mail.items))
	})
	return t
}

// Wake lets the task look for something to do.
func (t *Task) Wake() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

func (t *Task) post(f func() error) {
	t.mail.mu.Lock()
	t.mail.items = append(t.mail.items, mail{f, time.Now()})
	t.mail.some.Store(true)
	t.mail.mu.Unlock()
	t.Wake()
}

// Trigger asks for a checkpoint that begins at this task.
func (t *Task) Trigger(cp element.CheckpointOptions) {
	t.post(func() error {
		t.trigger = &cp
		return nil
	})
}

// CheckpointDone tells that a checkpoint is complete or was given up.
func (t *Task) CheckpointDone(ctx context.Context, id element.CheckpointID, aborted bool) {
	t.post(func() error { return t.checkpointDone(ctx, id, aborted) })
}

// Finish lets the task go once its input has ended.
func (t *Task) Finish() {
	t.post(func() error {
		t.released = true
		t.done = t.ended
		return nil
	})
}

// AddSplits hands splits to the source.
func (t *Task) AddSplits(splits []connector.Split, last bool) {
	t.post(func() error {
		s, ok := t.source.(exec.Splitted)
		if !ok {
			return fmt.Errorf("splits were assigned to %q, which reads none", t.Vertex.Name)
		}
		return t.nodes[0].fail(s.AddSplits(splits, last))
	})
}

// Stats returns the counters of now.
func (t *Task) Stats() Stats {
	s := Stats{RecordsIn: t.recordsIn.Value(), RecordsOut: t.recordsOut.Value(), BytesIn: t.in.Bytes.Value(), BytesOut: t.bytesOut.Value(),
		Watermark: types.Instant(t.watermark.Load()), Lag: -1}
	s.Idle, s.Backpressured, s.Busy = t.busy.shares()
	if g := t.lag.Load(); g != nil {
		if v := (*g).GaugeValue("pendingRecords"); !math.IsNaN(v) {
			s.Lag = int64(v)
		}
	}
	return s
}

// Run runs the task to its end: nil when it is finished, ctx's error when that
// has ended, or what failed.
func (t *Task) Run(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{Value: p, Stack: debug.Stack()}
			t.Log.Error("task panicked", "task", t.Vertex.Name, "subtask", t.Subtask, "panic", p, "stack", string(debug.Stack()))
		}
		if e := t.close(); err == nil && e != nil {
			err = e
		}
		t.aside.Wait()
		t.busy.end()
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			err = ctx.Err()
		}
	}()
	if err := t.open(ctx); err != nil {
		return err
	}
	t.Events.Running()
	timer := t.Clock.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		progress, err := t.step(ctx)
		if err != nil {
			return err
		}
		if t.done {
			return nil
		}
		if progress {
			// A step is never long, so this look at the context is all that a
			// cancel needs; it is one atomic load while nothing has happened.
			if ctx.Err() != nil {
				return ctx.Err()
			}
			continue
		}
		if err := t.wait(ctx, timer); err != nil {
			return err
		}
	}
}

// PanicError is a panic of an operator.
type PanicError struct {
	Value any
	Stack []byte
}

// Error shows the value; the stack is for those who ask for it.
func (e *PanicError) Error() string { return fmt.Sprintf("internal error: %v", e.Value) }

// wait lets waiting rows go and sleeps until there may be something to do.
func (t *Task) wait(ctx context.Context, timer *clock.Timer) error {
	t.silence()
	var ready <-chan struct{}
	blocked := t.deepest >= 0
	if t.source != nil && !t.ended && len(t.todo) == 0 && t.room(t.nodes[0]) && !blocked {
		ready = t.source.Ready()
	}
	var tick <-chan time.Time
	if at, ok := t.deadline(); ok && !blocked {
		d := time.UnixMilli(int64(at)).Sub(t.Clock.Now())
		timer.Reset(max(d, 0))
		tick = timer.C
	}
	t.busy.sleep(blocked)
	defer t.busy.awake()
	select {
	case <-t.wake:
	case <-ready:
	case <-tick:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// silence flushes all outputs and passes idleness on, or says that there is
// more to come.
func (t *Task) silence() {
	begun := !t.ending && t.begun()
	for _, n := range t.nodes {
		for _, w := range n.writers {
			w.Flush()
			switch {
			case t.ended:
			case t.idle(n):
				w.Idle()
			case begun:
				w.Hello()
			}
		}
	}
}

// begun reports whether the task's outputs hold watermarks back.
func (t *Task) begun() bool {
	if s, ok := t.source.(exec.Splitted); ok {
		return s.Begun()
	}
	return t.source != nil || t.reader.Heard()
}

// idle reports whether the output of n is idle.
func (t *Task) idle(n *node) bool {
	if i, ok := n.op.(exec.Idler); ok {
		return i.Idle()
	}
	if n.parent == nil {
		return t.inputIdle
	}
	return t.idle(n.parent)
}

// step does one thing and reports whether there was one to do.
func (t *Task) step(ctx context.Context) (progress bool, err error) {
	if t.mail.some.Load() {
		return true, t.readMail()
	}
	if t.deepest >= 0 {
		return t.drain()
	}
	if len(t.todo) > 0 {
		f := t.todo[0]
		t.todo = t.todo[1:]
		return true, f()
	}
	if t.done {
		return false, nil
	}
	now := t.Clock.Now()
	for _, n := range t.nodes {
		for _, w := range n.writers {
			if at := w.Deadline(); !at.IsZero() && !now.Before(at) {
				w.Flush()
			}
		}
	}
	if !t.ended {
		if fired, err := t.time(types.Instant(now.UnixMilli())); fired || err != nil {
			return true, err
		}
	}
	if t.source != nil && !t.ended && t.latency.due(now) {
		t.sendMarker(now)
	}
	if cp := t.trigger; cp != nil && (t.source != nil || t.ended) { // else barriers come by the links
		t.trigger = nil
		return true, t.begin(ctx, *cp)
	}
	switch {
	case t.ended:
		return false, nil
	case t.source != nil:
		return t.readSource()
	}
	return t.readLinks(ctx)
}

func (t *Task) readMail() error {
	t.mail.mu.Lock()
	items := t.mail.items
	t.mail.items = nil
	t.mail.some.Store(false)
	t.mail.mu.Unlock()
	t.mails.Add(int64(len(items)))
	for _, m := range items {
		t.mailLatency.Update(time.Since(m.posted).Milliseconds())
		if err := m.do(); err != nil {
			return err
		}
	}
	return nil
}

// time tells operators whose deadline has passed.
func (t *Task) time(now types.Instant) (fired bool, err error) {
	for _, n := range t.nodes {
		if n.timed == nil {
			continue
		}
		if at, ok := n.timed.Deadline(); ok && at <= now {
			fired = true
			t.timers.Add(1)
			if err := n.timed.Advance(now); err != nil {
				return true, n.fail(err)
			}
			if n.op != t.source {
				t.undrained(n)
			}
			// What it puts out must go first, so that all are drained again.
			return true, nil
		}
	}
	return fired, nil
}

// deadline is the earliest of all operators.
func (t *Task) deadline() (first types.Instant, ok bool) {
	if t.ended {
		return 0, false
	}
	if t.source != nil && t.latency.interval > 0 {
		first, ok = types.Instant(t.latency.next.UnixMilli()), true
	}
	for _, n := range t.nodes {
		if n.timed == nil {
			continue
		}
		if at, any := n.timed.Deadline(); any && (!ok || at < first) {
			first, ok = at, true
		}
	}
	return first, ok
}

func (t *Task) readSource() (progress bool, err error) {
	n := t.nodes[0]
	if !t.room(n) {
		return false, nil
	}
	b, err := n.op.Next()
	if err != nil {
		return false, n.fail(err)
	}
	if b != nil {
		n.counters.in.Add(int64(b.Len()))
		t.recordsIn.Add(int64(b.Len()))
		return true, t.deliver(n, b)
	}
	if t.source.Ended() {
		t.end()
		return true, nil
	}
	return false, nil
}

func (t *Task) readLinks(ctx context.Context) (progress bool, err error) {
	e, ok, err := t.reader.Next()
	if err != nil {
		return false, err
	}
	if !ok {
		if t.reader.Ended() {
			t.end()
			return true, nil
		}
		return false, nil
	}
	switch e.Kind {
	case element.Batch:
		t.inputIdle = false
		t.recordsIn.Add(int64(e.Rows.Len()))
		return true, t.push(t.nodes[0], e.Port, e.Rows)
	case element.Idle:
		t.inputIdle = true
	case element.Latency:
		t.passMarker(e.Marker, t.nodes)
	case element.Barrier:
		if e.Checkpoint.Stop && !e.Checkpoint.Drain {
			t.discard = true
		}
		return true, t.begin(ctx, e.Checkpoint)
	case element.End:
		n := t.nodes[0]
		if !t.discard {
			if t.reader.Ended() && n.flusher != nil { // the last port
				t.todo = append(t.todo, func() error { return t.flush(n) })
			}
			t.todo = append(t.todo, func() error { return t.finish(n, e.Port) })
		}
	}
	return true, nil
}

// end makes the rest of the chain finish and tells those who read us.
func (t *Task) end() {
	if t.ending {
		return
	}
	t.ending = true
	for _, n := range t.nodes[1:] {
		if t.discard {
			break
		}
		if n.flusher != nil {
			t.todo = append(t.todo, func() error { return t.flush(n) })
		}
		t.todo = append(t.todo, func() error { return t.finish(n, 0) })
	}
	t.todo = append(t.todo, func() error {
		for _, n := range t.nodes {
			for _, w := range n.writers {
				w.End()
			}
		}
		t.ended = true
		if t.done = t.released || !t.FinalCheckpoint && !t.stopped; !t.done {
			t.Events.EndOfData()
		}
		return nil
	})
}

func (t *Task) finish(n *node, port int) error {
	if err := t.committed(); err != nil {
		return err
	}
	t.undrained(n)
	return n.fail(n.op.Finish(port))
}

func (t *Task) alignment() time.Duration {
	if t.reader == nil {
		return 0
	}
	return t.reader.Alignment()
}
