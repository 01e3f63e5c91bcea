package checkpoint

import (
	"errors"
	"fmt"
	"time"

	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/internal/snapshot"
	"github.com/flott/flott/types"
)

// Config are the rules of a job's checkpoints.
type Config struct {
	// Interval between the beginnings of two checkpoints; 0 = none but those
	// that are requested.
	Interval time.Duration
	// MinPause between the end of one and the beginning of the next.
	MinPause time.Duration
	// Timeout after which one is given up.
	Timeout time.Duration
	// Tolerable is how many may fail in a row before the job does; < 0 = any number.
	Tolerable int
	// Final: when all tasks have ended a last checkpoint is made. Without an
	// Interval it writes nothing and only lets the sinks commit.
	Final bool
}

// Options tell apart what is asked for.
type Options struct {
	Savepoint bool
	Stop      bool // the job ends with it
	Drain     bool // … after a last watermark
	// Keep: the job that ends with it can go on from it later.
	Keep bool
	// Target is where a savepoint goes.
	Target string
}

// ErrStopped is why checkpoints and requests end when the job's tasks do.
var ErrStopped = errors.New("the job's tasks have stopped")

// Event is something that happened; see the types below.
type Event interface{ event() }

// Started: all tasks run. Checkpoints may begin.
type Started struct{}

// Stopped: tasks fail or restart; the checkpoint under way is lost unless it is
// being stored already.
type Stopped struct {
	Reason string
	// Restarting are the tasks that will begin anew.
	Restarting []int
}

// Tick: time has passed; see Deadline.
type Tick struct{}

// Request asks for a checkpoint now; Token comes back with its end.
type Request struct {
	Token   any
	Options Options
}

// Ended: a task's input has ended.
type Ended struct{ Task int }

// Acknowledged: a task's state is written; File is nil if it has none.
type Acknowledged struct {
	Task int
	ID   element.CheckpointID
	File *snapshot.File
}

// Declined: a task could not write its state.
type Declined struct {
	Task int
	ID   element.CheckpointID
	Err  error
}

// Stored: the metadata is written, or Err says why not.
type Stored struct {
	ID        element.CheckpointID
	SizeBytes int64
	Err       error
}

func (Started) event()      {}
func (Stopped) event()      {}
func (Tick) event()         {}
func (Request) event()      {}
func (Ended) event()        {}
func (Acknowledged) event() {}
func (Declined) event()     {}
func (Stored) event()       {}

// Action is something to be done; see the types below.
type Action interface{ action() }

// Begin: prepare the folder, note what is not in tasks (enumerators).
type Begin struct{ Checkpoint Pending }

// Trigger: send the barrier to a task without running inputs.
type Trigger struct {
	Task       int
	Checkpoint element.CheckpointOptions
}

// Store: write the metadata of a checkpoint whose state is complete, and tell
// by Stored.
type Store struct {
	Checkpoint Pending
	Files      []snapshot.File
}

// Complete: tell all tasks; remove what is older than needed.
type Complete struct {
	Checkpoint Pending
	Duration   time.Duration
	SizeBytes  int64
	// Last: it holds the end of the job; the tasks may go.
	Last bool
}

// Abort: tell all tasks; remove what was written.
type Abort struct {
	Checkpoint Pending
	Err        error
}

// Refuse: a request cannot be met.
type Refuse struct {
	Token any
	Err   error
}

// Fail: too many checkpoints have failed, or one that stopped the sources.
type Fail struct{ Err error }

func (Begin) action()    {}
func (Trigger) action()  {}
func (Store) action()    {}
func (Complete) action() {}
func (Abort) action()    {}
func (Refuse) action()   {}
func (Fail) action()     {}

// Pending is a checkpoint that is under way.
type Pending struct {
	element.CheckpointOptions
	Options   Options
	Triggered time.Time
	Token     any // of the request, nil for a periodic one
	// Final: all tasks had ended when it began.
	Final bool
}

// Coordinator makes the checkpoints of one job, one at a time.
type Coordinator struct {
	cfg      Config
	next     element.CheckpointID
	tasks    []task
	running  bool
	pending  *Pending
	storing  bool
	at       time.Time // of the next periodic checkpoint
	requests []Request
	failures int // in a row
	over     bool
}

type task struct {
	source    bool
	ended     bool
	triggered bool // for the checkpoint under way
	acked     bool
	file      *snapshot.File
}

// New returns a coordinator of tasks, of which sources tells the sources. IDs
// begin at first.
func New(c Config, sources []bool, first element.CheckpointID) *Coordinator {
	k := &Coordinator{cfg: c, next: first, tasks: make([]task, len(sources))}
	for i, s := range sources {
		k.tasks[i].source = s
	}
	return k
}

// Deadline is when the next Tick is due; ok is false if none is.
func (k *Coordinator) Deadline() (at time.Time, ok bool) {
	switch {
	case !k.running || k.over:
		return at, false
	case k.pending != nil:
		return k.pending.Triggered.Add(k.cfg.Timeout), k.cfg.Timeout > 0 && !k.storing
	}
	return k.at, k.cfg.Interval > 0
}

// InProgress returns the checkpoint under way, nil if there is none.
func (k *Coordinator) InProgress() *Pending { return k.pending }

// Step takes an event in and says what to do.
func (k *Coordinator) Step(now time.Time, e Event) (todo []Action) {
	switch e := e.(type) {
	case Started:
		k.running = true
		k.at = now.Add(k.cfg.Interval)
	case Stopped:
		k.running = false
		if k.pending != nil && !k.storing {
			todo = k.abort(todo, now, fmt.Errorf("%s: %w", e.Reason, ErrStopped), false)
		}
		for _, r := range k.requests {
			todo = append(todo, Refuse{r.Token, fmt.Errorf("%s: %w", e.Reason, ErrStopped)})
		}
		k.requests = nil
		for _, i := range e.Restarting {
			k.tasks[i].ended = false
		}
		return todo
	case Tick:
		if p := k.pending; p != nil && !k.storing && k.cfg.Timeout > 0 && now.Sub(p.Triggered) >= k.cfg.Timeout {
			todo = k.abort(todo, now, fmt.Errorf("checkpoint %d was not complete within %v", p.ID, k.cfg.Timeout), true)
		}
	case Request:
		if !k.running || k.over {
			return append(todo, Refuse{e.Token, errors.New("the job is not running")})
		}
		k.requests = append(k.requests, e)
	case Ended:
		t := &k.tasks[e.Task]
		t.ended = true
		if k.pending != nil && !t.triggered && !t.acked {
			t.triggered = true
			todo = append(todo, Trigger{e.Task, k.pending.CheckpointOptions})
		}
	case Acknowledged:
		if k.pending == nil || k.storing || e.ID != k.pending.ID {
			return nil
		}
		k.tasks[e.Task].acked, k.tasks[e.Task].file = true, e.File
		if files, all := k.files(); all {
			k.storing = true
			todo = append(todo, Store{*k.pending, files})
		}
		return todo
	case Declined:
		if k.pending != nil && !k.storing && e.ID == k.pending.ID {
			todo = k.abort(todo, now, e.Err, true)
		}
	case Stored:
		if k.pending == nil || e.ID != k.pending.ID {
			return nil
		}
		k.storing = false
		if e.Err != nil {
			todo = k.abort(todo, now, e.Err, true)
			break
		}
		p := *k.pending
		k.pending, k.failures = nil, 0
		k.schedule(now, p.Triggered)
		k.over = p.Final || p.Stop
		todo = append(todo, Complete{Checkpoint: p, Duration: now.Sub(p.Triggered), SizeBytes: e.SizeBytes, Last: k.over})
	}
	return k.begin(todo, now)
}

// files returns the state files once all tasks have acknowledged.
func (k *Coordinator) files() (files []snapshot.File, all bool) {
	for _, t := range k.tasks {
		if !t.acked {
			return nil, false
		}
		if t.file != nil {
			files = append(files, *t.file)
		}
	}
	return files, true
}

// begin starts the next checkpoint if there is a reason to.
func (k *Coordinator) begin(todo []Action, now time.Time) []Action {
	if !k.running || k.pending != nil || k.over {
		return todo
	}
	ended := true
	for _, t := range k.tasks {
		ended = ended && t.ended
	}
	p := &Pending{Triggered: now}
	switch {
	case len(k.requests) > 0:
		r := k.requests[0]
		k.requests = k.requests[1:]
		p.Options, p.Token = r.Options, r.Token
	case k.cfg.Final && ended && (k.failures == 0 || !now.Before(k.at)):
	case k.cfg.Interval > 0 && !now.Before(k.at):
	default:
		return todo
	}
	p.Final = ended && !p.Options.Savepoint && k.cfg.Final
	p.CheckpointOptions = element.CheckpointOptions{ID: k.next, Timestamp: types.Instant(now.UnixMilli()),
		Savepoint: p.Options.Savepoint, Stop: p.Options.Stop, Drain: p.Options.Drain,
		CommitOnly: p.Final && k.cfg.Interval == 0}
	k.next++
	k.pending = p
	todo = append(todo, Begin{*p})
	for i := range k.tasks {
		t := &k.tasks[i]
		t.acked, t.file = false, nil
		if t.triggered = t.source || t.ended; t.triggered {
			todo = append(todo, Trigger{i, p.CheckpointOptions})
		}
	}
	return todo
}

// abort gives the checkpoint under way up.
func (k *Coordinator) abort(todo []Action, now time.Time, err error, counts bool) []Action {
	p := *k.pending
	k.pending = nil
	k.schedule(now, p.Triggered)
	todo = append(todo, Abort{p, err})
	if !counts {
		return todo
	}
	k.failures++
	switch {
	case p.Stop:
		// The sources have stopped: only a restart brings them back.
		what := "checkpoint"
		if p.Savepoint {
			what = "savepoint"
		}
		todo = append(todo, Fail{fmt.Errorf("the %s to stop with failed: %w", what, err)})
	case k.cfg.Tolerable >= 0 && k.failures > k.cfg.Tolerable:
		todo = append(todo, Fail{fmt.Errorf("%d checkpoints have failed in a row, 'execution.checkpointing.tolerable-failed-checkpoints' is %d: %w", k.failures, k.cfg.Tolerable, err)})
	}
	return todo
}

func (k *Coordinator) schedule(now, triggered time.Time) {
	k.at = triggered.Add(k.cfg.Interval)
	if earliest := now.Add(k.cfg.MinPause); k.at.Before(earliest) {
		k.at = earliest
	}
}
