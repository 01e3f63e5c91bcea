// Package element names what travels between tasks: Batch, Barrier, Idle, End,
// and Latency, which means nothing to anybody but a clock.
//
// Watermarks travel inside batches as marks between rows (vector.Batch.Marks);
// an empty batch with a mark is a watermark on its own. The order of elements
// on a link is their order in time:
//
//	E1  Marks of a link never go back.
//	E2  A barrier belongs between batches: rows before it are in the checkpoint.
//	E3  Idle holds until the next batch of that link, rows or marks.
//	E4  End is the last element of a link; a last mark of types.MaxInstant
//	    comes before it unless the job was stopped with a savepoint.
package element

import (
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Kind tells which field of an Element counts.
type Kind uint8

const (
	Batch   Kind = iota + 1 // Rows: rows and watermarks
	Barrier                 // Checkpoint: a checkpoint's cut
	Idle                    // the link has nothing to say and holds no watermark back
	End                     // nothing follows
	Latency                 // Marker: when it left its source
)

// CheckpointID counts the checkpoints of a job from 1; barriers carry it.
type CheckpointID int64

// CheckpointOptions says what kind of snapshot a barrier asks for.
type CheckpointOptions struct {
	ID        CheckpointID
	Timestamp types.Instant // when the coordinator triggered it
	Savepoint bool
	// Drain is set for stop-with-savepoint --drain: the source ends after the barrier with a last watermark.
	Drain bool
	// CommitOnly is set when nothing is written: a job without checkpoints has
	// come to its end, and its sinks commit together.
	CommitOnly bool
	// Stop is set for stop-with-savepoint: the source ends after the barrier.
	Stop bool
}

// Element is one thing on a link. The batch is lent, see package vector.
type Element struct {
	Kind       Kind
	Rows       *vector.Batch
	Checkpoint CheckpointOptions
	Marker     *LatencyMarker
}

// LatencyMarker measures how long rows are on their way: a source lets one go
// now and then, each task notes how old it is and hands it on to one subtask of
// each reader. It waits in links behind rows, but passes operators at once.
type LatencyMarker struct {
	Sent    types.Instant
	Source  string // id of the source operator
	Subtask int    // of the source
}
