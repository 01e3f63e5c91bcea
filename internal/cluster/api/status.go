package api

import (
	"time"

	"github.com/flott/flott/types"
)

// JobStatus is a picture of a job.
type JobStatus struct {
	ID, Name string
	State    JobState
	// Started is when the job was submitted, Ended when it reached a terminal
	// state (zero before).
	Started, Ended time.Time
	Vertices       []VertexStatus
	Checkpoints    CheckpointStatus
	// Restarts counts how often the job was restarted after a failure.
	Restarts int
	// Exceptions are the latest failures, newest first.
	Exceptions []Exception
}

// VertexStatus is a chain of operators, its subtasks added up.
type VertexStatus struct {
	ID, Name    string
	Parallelism int
	Tasks       []TaskState // by subtask
	// RecordsIn and RecordsOut count rows; a source's rows in are what it
	// read, a sink's rows out what it wrote.
	RecordsIn, RecordsOut, BytesIn, BytesOut int64
	// Source and Sink say that the chain begins with a source or has a sink.
	Source, Sink bool
	// Watermark is the smallest of the subtasks' watermarks.
	Watermark types.Instant
	// Lag is how many records wait in the source, -1 when it does not say.
	Lag int64
}

// CheckpointStatus tells of a job's checkpoints.
type CheckpointStatus struct {
	Completed, Failed, InProgress int
	// Latest is the newest complete checkpoint; ID 0 = none yet.
	Latest CheckpointInfo
	// Restored is the checkpoint that the job was started from; ID 0 = none.
	Restored CheckpointInfo
	// LastFailure says why the newest failed checkpoint failed.
	LastFailure string
}

// CheckpointInfo describes a complete checkpoint or savepoint.
type CheckpointInfo struct {
	ID        int64
	Path      string
	Triggered time.Time
	Duration  time.Duration
	SizeBytes int64
	Savepoint bool
}

// Exception is an entry of a job's exception history.
type Exception struct {
	At      time.Time
	Task    string // "name (2/4)", empty for the job itself
	Message string
	Err     error
}
