package api

import (
	"github.com/flott/flott/connector"
	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/internal/snapshot"
	"github.com/flott/flott/types"
)

// ExecutionID names one attempt of one subtask of a job.
type ExecutionID struct {
	Job     string
	Vertex  int // index in the job graph
	Subtask int
	Attempt int // counts the deployments of the subtask's region from 0
}

// Deploy asks a task manager to run a subtask.
type Deploy struct {
	Execution ExecutionID
	JobName   string
	Batch     bool
	// Vertex is the encoded graph.Vertex.
	Vertex []byte
	// Config is the job's configuration.
	Config map[string]string
	// Inputs are the links to read; Outputs those of the vertex's outputs.
	Inputs  []InputLink
	Outputs []Output
	// Results is the link to the client of a Collect operator, nil without one.
	Results *OutputLink
	Restore *Restore
	// Folder is the job's own folder, Owner what names it over all its runs; "" when
	// it has none.
	Folder, Owner string
	// FinalCheckpoint: after its input has ended the task stays until Finish,
	// for a checkpoint that holds the end of all tasks.
	FinalCheckpoint bool
	// AtLeastOnce: barriers do not block links.
	AtLeastOnce bool
	// ManagedBytes is the most managed memory that the state of an operator may
	// take, SortBytes that of an operator that spills, ClientBytes the client
	// buffers of each source and sink (0 = their own default).
	ManagedBytes, SortBytes, ClientBytes int64
}

// InputLink is a link from the reader's side.
type InputLink struct {
	Link uint64 // unique in the cluster
	Port int
}

// Output is where the rows of one output of a vertex go.
type Output struct {
	// Links are those to the target's subtasks in order; one if forward.
	Links []OutputLink
	// MaxParallelism is the target's.
	MaxParallelism int
}

// OutputLink is a link from the writer's side; Address is the data address of
// the reading task manager, "" if it is the same one.
type OutputLink struct {
	Link    uint64
	Address string
}

// Restore says where a task's state lies.
type Restore struct {
	Checkpoint int64
	Dir        string          // the checkpoint's folder
	Files      []snapshot.File // those that hold state for this subtask
}

// Trigger asks a task without running inputs to start a checkpoint.
type Trigger struct {
	Execution  ExecutionID
	Checkpoint element.CheckpointOptions
}

// CheckpointDone tells a task that a checkpoint is complete or was given up.
type CheckpointDone struct {
	Execution  ExecutionID
	Checkpoint element.CheckpointID
	Aborted    bool
}

// AssignSplits hands splits to the source of a task.
type AssignSplits struct {
	Execution ExecutionID
	Splits    []connector.Split
	// Last says that no others will follow.
	Last bool
}

// TaskManager is the side of a task manager that job masters see.
type TaskManager interface {
	Deploy(Deploy) error
	Cancel(ExecutionID)
	Trigger(Trigger)
	CheckpointDone(CheckpointDone)
	// Finish lets a task go that has told EndOfData, or will.
	Finish(ExecutionID)
	AssignSplits(AssignSplits)
	// Stats returns the counters of a job's tasks.
	Stats(job string) []TaskStats
	// Forget drops the counters of attempts that are over.
	Forget([]ExecutionID)
	// Release forgets links whose tasks are over.
	Release(links []uint64)
	// Address is the task manager's data address, "" if others cannot reach it.
	Address() string
	// ID names the task manager in the cluster.
	ID() string
}

// TaskStats are the counters of one running or ended task.
type TaskStats struct {
	Execution                                ExecutionID
	RecordsIn, RecordsOut, BytesIn, BytesOut int64
	// IdleMs and BackpressuredMs add up the time the task had nothing to do or
	// could not go on; BusyMs is the rest of its time.
	IdleMs, BackpressuredMs, BusyMs int64
	Watermark                       types.Instant
	Lag                             int64 // -1 = unknown
}

// TaskChanged tells the job master about a new state of an attempt. Err is set
// with TaskFailed.
type TaskChanged struct {
	Execution ExecutionID
	State     TaskState
	Err       error
}

// EndOfData tells that a task's input has ended and its operators are
// finished; it stays for its final checkpoint.
type EndOfData struct{ Execution ExecutionID }

// Acknowledge tells that a task's state for a checkpoint is written.
type Acknowledge struct {
	Execution  ExecutionID
	Checkpoint element.CheckpointID
	File       *snapshot.File // nil when the task has no state
	Times      CheckpointTimes
}

// Decline tells that a task could not take part in a checkpoint.
type Decline struct {
	Execution  ExecutionID
	Checkpoint element.CheckpointID
	Err        error
}

// TaskEvents is the side of a job master that task managers see.
type TaskEvents interface {
	TaskChanged(TaskChanged)
	EndOfData(EndOfData)
	Acknowledge(Acknowledge)
	Decline(Decline)
}
