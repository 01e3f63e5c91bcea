// Package connector is the contract between flott and the outside: sources,
// sinks and their parts. A connector is a folder of its own that calls
// Register in an init function; package connector/all imports those that the
// binary has.
//
// A source is an Enumerator (one a job, beside the job master: finds splits)
// and Readers (one a subtask: read splits into batches). A sink is Writers
// (one a subtask) and, for two-phase commits, a Committer beside each writer.
//
//	Enumerator ──Split──▶ Reader ──batch──▶ … ──batch──▶ Writer ──Committable──▶ Committer
//
// Exactly once: at a barrier a reader answers the positions behind the rows it
// has returned (they are the splits of a restore), a writer flushes and answers
// its state and what is to be committed once the checkpoint is complete.
package connector

import (
	"context"
	"io"
	"log/slog"
	"os"
	"sort"
	"time"

	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Table is what a connector is told about a table.
type Table struct {
	Path     string // `catalog`.`database`.`table` for messages
	Options  option.Set
	Physical []Column // all physical columns, in order
	// PrimaryKey and PartitionKeys are column names.
	PrimaryKey    []string
	PartitionKeys []string
	// Overwrite: INSERT OVERWRITE replaces what the table, or the partitions
	// written to, held before the job.
	Overwrite bool
}

// Column is a column of a table. Metadata is the metadata key of a metadata
// column, "" for a physical one.
type Column struct {
	Name     string
	Type     types.Type
	Metadata string
}

// Changelog is the set of row kinds that a source yields or a sink takes.
type Changelog uint8

const (
	InsertOnly Changelog = iota
	Upsert               // +I +U -D by primary key, no -U
	All                  // +I -U +U -D
)

// Metadata describes a metadata column that a connector offers.
type Metadata struct {
	Key      string
	Type     types.Type
	Writable bool // also persisted by the sink
}

// Connector describes a connector to the planner and makes its parts.
type Connector struct {
	Name     string
	Help     string // one sentence for the reference page
	Options  []option.Option
	Metadata []Metadata
	// MetadataOf returns further metadata that depends on a table's options; nil
	// if there is none.
	MetadataOf func(o option.Set) []Metadata
	// SplitWatermarks: watermarks are generated inside the source, one
	// generator a split (Kafka partitions), instead of behind it.
	SplitWatermarks bool
	// Formats says which option keys name a format: ("format", "key.format", "value.format").
	Formats []string
	// NewSource checks the options and returns the source; nil if there is none.
	NewSource func(t Table) (Source, error)
	// NewSink likewise.
	NewSink func(t Table) (Sink, error)
}

// Source is a table to read from. It is cheap to make: it opens nothing.
type Source interface {
	Bounded() bool
	Changelog() Changelog
	// Enumerator returns the split enumerator. It may connect when called.
	Enumerator(env Env) (Enumerator, error)
	// Reader returns a reader of the wanted columns (physical and metadata).
	Reader(env Env, columns []Column) (Reader, error)
}

// Env is what a part of a connector may use of its surroundings.
type Env struct {
	Log   *slog.Logger
	Job   string // job name
	JobID string
	// Owner names the job over all its runs, those that came to no checkpoint too:
	// what it has left can be told by it. "" = the job has no identity.
	Owner       string
	Operator    string // operator ID, stable over restarts
	Subtask     int
	Parallelism int
	BatchSize   int // rows of a batch at the most
	// MemoryBytes is this part's share of the budget for client buffers.
	MemoryBytes int64
	Zone        *time.Location
	Now         func() time.Time
	Metrics     Metrics
	// Failpoint ends the process or returns an error when the named point is
	// armed (tests); see docs/design. Never nil.
	Failpoint func(name string) error
}

// Metrics lets a connector count; names are Flink's (numBytesIn…). Rows that go
// through an operator are counted by its task.
type Metrics interface {
	Counter(name string) Counter
	Gauge(name string, f func() float64)
}

// ScopedMetrics is a Metrics that can tell things of one kind apart.
type ScopedMetrics interface {
	Metrics
	// Scope returns the metrics below a name; with a value the name is a
	// variable, which reporters show as a label: `topic` and `orders`.
	Scope(name, value string) Metrics
}

// MetricScope returns the metrics below a name, or m itself where there are no scopes.
func MetricScope(m Metrics, name, value string) Metrics {
	if s, ok := m.(ScopedMetrics); ok {
		return s.Scope(name, value)
	}
	return m
}

// Counter counts up.
type Counter interface{ Add(n int64) }

// Split is a piece of a source: a partition, a file. State is the connector's
// own encoding of the piece and the position in it.
type Split struct {
	ID    string
	State []byte
}

// Enumerator finds splits. It is called from one goroutine.
type Enumerator interface {
	// Discover returns the splits that it has not returned before (nor been
	// restored with); more is false when there will never be others.
	Discover(ctx context.Context) (splits []Split, more bool, err error)
	// Interval is the time between two Discover calls; 0 = only once.
	Interval() time.Duration
	// Snapshot returns what Restore needs to know which splits were returned.
	Snapshot() ([]byte, error)
	// Restore is called before the first Discover.
	Restore(state []byte) error
	Close() error
}

// Reader reads splits. All methods but Ready are called from the task's
// goroutine and must not block for longer than a moment; Close may.
type Reader interface {
	AddSplits(splits []Split) error
	// NoMoreSplits says that AddSplits will not be called again.
	NoMoreSplits()
	// Next returns the next rows, all of one split, lent until the next call.
	// It returns nil, "", nil when nothing is there yet: Ready will tell. It
	// returns io.EOF when all splits have ended and NoMoreSplits was called.
	Next() (b *vector.Batch, split string, err error)
	// Ready returns a channel that is readable when Next may have something.
	Ready() <-chan struct{}
	// Snapshot returns all unfinished splits with the positions behind the
	// rows that Next has returned.
	Snapshot() ([]Split, error)
	// Finished returns the splits that ended since the last call (their
	// watermarks no longer hold others back).
	Finished() []string
	// CheckpointComplete tells that the positions of that Snapshot are durable.
	CheckpointComplete(checkpoint int64) error
	// Pause stops or resumes the fetching of a split (watermark alignment).
	Pause(split string, paused bool)
	Close() error
}

// Sink is a table to write to.
type Sink interface {
	// Changelog is the richest changelog the sink takes.
	Changelog() Changelog
	// Guarantee is the delivery guarantee for the start line: "exactly-once",
	// "at-least-once", "none".
	Guarantee() string
	// Writer returns a writer of rows with the given columns (physical, then
	// metadata). restored holds the states of those writers of an earlier run
	// whose work this one takes over: its own, several or none after rescaling.
	Writer(env Env, columns []Column, restored [][]byte) (Writer, error)
	// Committer returns the committer of this subtask, nil if Prepare never
	// answers committables.
	Committer(env Env) (Committer, error)
}

// Writer writes rows. Its methods are called from the task's goroutine.
type Writer interface {
	// Write takes the rows of b; it may block while its buffers are full,
	// until ctx ends. Vectors that are not Stable must be copied if needed later.
	Write(ctx context.Context, b *vector.Batch) error
	// Watermark tells the watermark behind the rows written so far.
	Watermark(w types.Instant)
	// Prepare flushes everything written (see Flusher) and returns the writer's
	// state and what to commit when checkpoint (0 = the end of a bounded job
	// without checkpoints) is complete.
	Prepare(ctx context.Context, checkpoint int64) (state []byte, commit []Committable, err error)
	// Err returns an asynchronous failure, nil if all is well.
	Err() error
	Close() error
}

// Flusher is a Writer whose Prepare begins to flush but does not wait for it, so
// that its task goes on with the rows behind the barrier.
type Flusher interface {
	// Flushed returns what waits until everything written before the last
	// Prepare has arrived, nil if it has. It is called right after Prepare, from
	// the task's goroutine. The func is called once, from another goroutine,
	// while the Writer goes on, and ends with Close at the latest. The checkpoint
	// counts, and its committables may be committed, only if it returns nil; its
	// error fails the task.
	Flushed() func(ctx context.Context) error
}

// Prepare calls w.Prepare and waits until all is flushed.
func Prepare(ctx context.Context, w Writer, checkpoint int64) ([]byte, []Committable, error) {
	state, commit, err := w.Prepare(ctx, checkpoint)
	if f, ok := w.(Flusher); ok && err == nil {
		if flushed := f.Flushed(); flushed != nil {
			err = flushed(ctx)
		}
	}
	return state, commit, err
}

// Ender is a Writer that wants to know when its input has ended: End is called
// once, after the last Write and before the last Prepare.
type Ender interface {
	End() error
}

// Committable is one thing to commit, the connector's own encoding.
type Committable []byte

// Committer commits, beside the Writer of its subtask, which goes on meanwhile.
// Commit is idempotent: it is called again after a restore.
type Committer interface {
	// Commit commits all; recovered says that they come from a checkpoint of
	// an earlier run. What is committed already is fine, what can no longer be
	// committed is an error that says what was lost.
	Commit(ctx context.Context, c []Committable, recovered bool) error
	Close() error
}

// Stdout is where connectors that print rows write them. The command line
// points it to standard error with --output jsonl, so that standard output
// holds nothing but JSON lines. Set it before a job starts.
var Stdout io.Writer = os.Stdout

var registry = map[string]*Connector{}

// Register makes a connector known; call it from an init function.
func Register(c *Connector) {
	if registry[c.Name] != nil {
		panic("connector " + c.Name + " registered twice")
	}
	registry[c.Name] = c
}

// Find returns the connector of that name, nil if there is none.
func Find(name string) *Connector { return registry[name] }

// Names lists the connectors in order.
func Names() []string {
	out := make([]string, 0, len(registry))
	for n := range registry {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}
