package api

import (
	"time"

	"github.com/flott/flott/types"
)

// JobStatus is a picture of a job. Its slices belong to whoever asked for it;
// the maps are shared and must not be written to.
type JobStatus struct {
	ID, Name string
	State    JobState
	Batch    bool
	// Started is when the job was submitted, Ended when it reached a terminal
	// state (zero before).
	Started, Ended time.Time
	// Entered tells when the job last came into each state.
	Entered  JobTimes
	Vertices []VertexStatus
	// Checkpoints is the short form; see Dispatcher.Checkpoints.
	Checkpoints CheckpointStatus
	// Restarts counts how often the job was restarted after a failure.
	Restarts int
	// Exceptions are the latest failures, newest first, at most
	// `web.exception-history-size`; ExceptionsCut says that there were others.
	Exceptions    []Exception
	ExceptionsCut bool
	// Config is the job's configuration with the cluster's below it.
	Config map[string]string
	// RestartStrategy describes what happens after a failure.
	RestartStrategy string
}

// JobOverview is a job in a list.
type JobOverview struct {
	ID, Name string
	State    JobState
	Batch    bool
	// Started and Ended are as in JobStatus, Changed is when its state last did.
	Started, Ended, Changed time.Time
	// Tasks counts the subtasks by state.
	Tasks TaskCounts
}

// VertexStatus is a chain of operators, its subtasks added up.
type VertexStatus struct {
	// ID is 32 hex digits and the same as long as the head of the chain means
	// the same.
	ID, Name string
	// Operators are those of the chain, the head first.
	Operators                   []OperatorInfo
	Parallelism, MaxParallelism int
	// Slot is the slot sharing group.
	Slot string
	// Inputs are the edges that lead here.
	Inputs []InputEdge
	Tasks  []TaskState // by subtask
	// Subtasks are the current attempts in order.
	Subtasks []SubtaskStatus
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

// OperatorInfo is an operator of a chain.
type OperatorInfo struct {
	ID, Name string
	// Description says what it does, "" = the name says it all.
	Description string
	// Input is the operator of the chain that it reads, -1 for the head.
	Input int
}

// InputEdge is an edge of the plan that leads to a vertex.
type InputEdge struct {
	Vertex string // ID of the vertex it comes from
	Port   int
	Ship   string // FORWARD, HASH, REBALANCE, BROADCAST, GLOBAL …
}

// SubtaskStatus is an attempt of a subtask. An ended job's counters are the
// last ones that were seen.
type SubtaskStatus struct {
	Subtask, Attempt int
	State            TaskState
	// TaskManager is its ID, Host where it is; both empty before the deployment.
	TaskManager, Host string
	// Entered tells when the attempt came into each state.
	Entered TaskTimes
	Stats   TaskStats
	// Earlier are the attempts before this one, the oldest first, at most
	// `jobmanager.execution.attempts-history-size`.
	Earlier []SubtaskStatus
}

// Exception is an entry of a job's exception history.
type Exception struct {
	At      time.Time
	Task    string // "name (2/4)", empty for the job itself
	Message string
	// Detail is the message with its notes and help.
	Detail string
	Err    error `json:"-"` // nil in the picture of an archived job
	// Kind is a stable word for what went wrong: the diagnostic's code, or "failed".
	Kind string
	// TaskManager and Host are where the task ran, empty for the job itself.
	TaskManager, Host string
	Attempt           int
	// Concurrent are failures of other tasks that came while this one was being
	// dealt with.
	Concurrent []Exception
}

// ClusterStatus is a picture of what there is to run jobs.
type ClusterStatus struct {
	TaskManagers []TaskManagerStatus
}

// TaskManagerStatus is a task manager and its slots.
type TaskManagerStatus struct {
	ID, Host string
	// DataPort is where other task managers reach it, 0 = nowhere.
	DataPort int
	// Slots is the number of slots; SlotsUnlimited when a job may always take
	// another one, and then Slots are the allocated ones.
	Slots          int
	SlotsUnlimited bool
	// Allocated are the slots that jobs have, by job.
	Allocated []SlotStatus
}

// Free is the number of slots that no job has.
func (t TaskManagerStatus) Free() int {
	n := t.Slots
	for _, a := range t.Allocated {
		n -= a.Slots
	}
	return max(n, 0)
}

// SlotStatus are the slots of one job at a task manager.
type SlotStatus struct {
	Job          string
	Slots, Tasks int
}
