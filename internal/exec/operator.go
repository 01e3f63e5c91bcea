// Package exec holds the contract of operators; their families live in the
// folders below (expr, calc, agg, window, join, sort, table), and exec/build
// makes an operator from its spec.
//
// An operator is a machine that a task drives from one goroutine:
//
//	Push(port, batch) ─▶ Next ─▶ Next ─▶ … ─▶ Next = nil ─▶ Push …
//
// Push hands over a batch and may do work; Next yields the output, at most one
// batch each time, until it answers nil: the operator is drained. The task
// calls Next only while there is room downstream, so an operator may be paused
// between two calls as long as need be; it never blocks and never sends on its
// own.
//
// Invariants:
//
//	O1  Push, Finish, Advance and Snapshot are called only on a drained operator.
//	O2  The pushed batch (rows, kinds, marks) stays valid until the operator is
//	    drained again; a batch from Next stays valid until the next call of any
//	    method of the operator.
//	O3  A mark at row r of port p means: rows of p from r on came after the
//	    watermark. Operators with one input put marks of their own into their
//	    output in the same relation to the rows. With several ports an operator
//	    combines them by Watermarks (the smallest port counts).
//	O4  An operator's output is a function of its state and input alone; time
//	    comes from Context.Clock and Advance.
package exec

import (
	"context"
	"log/slog"
	"time"

	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/internal/memory"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Operator is one operator of a chain. See the package comment for who calls
// what and when.
type Operator interface {
	// Open is called once, before anything else but after the state backend
	// has been restored.
	Open(ctx *Context) error
	// Push hands a batch of input port over. The operator owns the right to
	// read it until it is drained.
	Push(port int, b *vector.Batch) error
	// Next returns the next piece of output, nil when the operator is drained.
	Next() (*vector.Batch, error)
	// Finish says that port has ended; output may follow by Next. The last
	// watermark (types.MaxInstant) has come before as a mark.
	Finish(port int) error
	// Close frees what the operator holds; it is called once, also after a
	// failed Open.
	Close() error
}

// Timed is an operator that acts on processing time.
type Timed interface {
	// Deadline is the next processing time at which Advance wants to be
	// called; ok is false if there is none.
	Deadline() (at types.Instant, ok bool)
	// Advance tells the processing time; output may follow by Next.
	Advance(now types.Instant) error
}

// Snapshotter is an operator with state outside the keyed backend (sources,
// sinks, per-subtask state). Keyed state is snapshotted by the task through
// Context.State, not by the operator.
type Snapshotter interface {
	// Snapshot returns the operator's state as of now; it is called at a
	// barrier, on a drained operator. Before it, PreSnapshot work such as
	// flushing is done inside.
	Snapshot(cp element.CheckpointOptions) ([]byte, error)
	// Restore takes the states that subtasks of an earlier run returned,
	// before Open: with the same parallelism exactly one, else those that
	// the task has redistributed (all of them; keep what is yours by subtask).
	Restore(states [][]byte) error
}

// Deferred is a Snapshotter whose snapshot holds only once something outside has
// happened: a sink's records have arrived.
type Deferred interface {
	// Settle returns what waits for it, nil if there is nothing to wait for. It
	// is called right after Snapshot, from the task's goroutine; the func in
	// another one while the operator goes on. The checkpoint is acknowledged
	// when it returns nil; its error fails the task.
	Settle() func(ctx context.Context) error
}

// Notified is an operator that wants to know that a checkpoint is complete or
// was given up.
type Notified interface {
	CheckpointComplete(ctx context.Context, id element.CheckpointID) error
	CheckpointAborted(id element.CheckpointID)
}

// Committing is an operator that commits something outside when the checkpoint
// that holds it is complete.
type Committing interface {
	// Commit returns what commits everything up to checkpoint id, nil if there is
	// nothing. It is called from the task's goroutine; the func in another one
	// while the operator takes rows. Its end is waited for before the next Commit,
	// Snapshot, Finish and Close, so that no snapshot has to tell of what may or
	// may not be committed. Its error fails the task.
	Commit(id element.CheckpointID) func(ctx context.Context) error
}

// Flusher is an operator that keeps rows back on its own (mini-batch, sinks
// with buffers) and must let them go before a barrier passes.
type Flusher interface {
	// Flush is called before Snapshot and at the end; output may follow by Next.
	Flush() error
}

// Clock tells the processing time. Tests use a virtual one.
type Clock interface {
	Now() time.Time
}

// Context is what an operator is given by its task.
type Context struct {
	context.Context
	JobName      string
	OperatorName string
	Subtask      int // 0..Parallelism-1
	Parallelism  int
	// KeyGroups is the range of key groups that this subtask owns.
	KeyGroups state.KeyGroupRange
	// State is the keyed state of this operator.
	State *state.Backend
	// Memory is the budget from which the operator takes managed segments.
	Memory *memory.Reservation
	// BatchSize is the largest number of rows of an output batch.
	BatchSize int
	Clock     Clock
	Metrics   *metrics.Group
	Log       *slog.Logger
	// Zone is table.local-time-zone.
	Zone *time.Location
	// Batch is true in batch mode: only the final result counts.
	Batch bool
	// Rescaled says that Restore was given the states of all former subtasks,
	// because their number was another one.
	Rescaled bool
	// FinalCheckpoint says that after Finish a checkpoint follows and its
	// completion will be told; without, Finish itself has to commit.
	FinalCheckpoint bool
	// MaxParallelism is the number of key groups.
	MaxParallelism int
	// JobID and OperatorID are stable over restarts of the job's tasks.
	JobID, OperatorID string
	// Owner names the job over all its runs, "" if it has no identity.
	Owner string
	// ClientBytes is this operator's share of the budget for client buffers
	// (fetches, sends); 0 = not bounded.
	ClientBytes int64
	// Options are the job's configuration.
	Options map[string]string
	// Watermark returns the operator's current watermark as the task last
	// handed it over (for CURRENT_WATERMARK outside of batches with marks).
	Watermark func() types.Instant
}

// Watermarks combines the watermarks of several input ports.
type Watermarks struct {
	ports   []types.Instant
	current types.Instant
}

// NewWatermarks returns a combiner for n ports.
func NewWatermarks(n int) *Watermarks {
	w := &Watermarks{ports: make([]types.Instant, n), current: types.MinInstant}
	for i := range w.ports {
		w.ports[i] = types.MinInstant
	}
	return w
}

// Current is the smallest of all ports' watermarks.
func (w *Watermarks) Current() types.Instant { return w.current }

// Advance notes port's watermark and reports whether the combined one moved.
func (w *Watermarks) Advance(port int, to types.Instant) (combined types.Instant, moved bool) {
	w.ports[port] = max(w.ports[port], to)
	low := w.ports[0]
	for _, p := range w.ports[1:] {
		low = min(low, p)
	}
	moved = low > w.current
	w.current = max(w.current, low)
	return w.current, moved
}
