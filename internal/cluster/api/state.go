package api

import (
	"slices"

	"github.com/flott/flott/types"
)

// JobState is the state of a job under Flink's name.
type JobState string

const (
	JobInitializing JobState = "INITIALIZING"
	JobCreated      JobState = "CREATED"
	JobRunning      JobState = "RUNNING"
	JobFailing      JobState = "FAILING"
	JobFailed       JobState = "FAILED"
	JobCancelling   JobState = "CANCELLING"
	JobCanceled     JobState = "CANCELED"
	JobFinished     JobState = "FINISHED"
	JobRestarting   JobState = "RESTARTING"
	// JobSuspended: stopped to go on later from its last checkpoint.
	JobSuspended JobState = "SUSPENDED"
	// JobReconciling is a state of Flink's that jobs here never have.
	JobReconciling JobState = "RECONCILING"
)

// JobStates are all states in the order of Flink's enum.
var JobStates = [...]JobState{JobInitializing, JobCreated, JobRunning, JobFailing, JobFailed, JobCancelling, JobCanceled, JobFinished, JobRestarting,
	JobSuspended, JobReconciling}

// Terminal reports whether the job will never run again.
func (s JobState) Terminal() bool {
	return s == JobFailed || s == JobCanceled || s == JobFinished || s == JobSuspended
}

// JobTimes holds for each state when it was last entered; 0 = never.
type JobTimes [len(JobStates)]types.Instant

// Enter notes that s was entered.
func (t *JobTimes) Enter(s JobState, at types.Instant) {
	if i := slices.Index(JobStates[:], s); i >= 0 {
		t[i] = at
	}
}

// At is when s was last entered, 0 = never.
func (t *JobTimes) At(s JobState) types.Instant {
	if i := slices.Index(JobStates[:], s); i >= 0 {
		return t[i]
	}
	return 0
}

// TaskState is the state of one attempt of a subtask under Flink's name.
type TaskState string

const (
	TaskCreated      TaskState = "CREATED"
	TaskScheduled    TaskState = "SCHEDULED"
	TaskDeploying    TaskState = "DEPLOYING"
	TaskInitializing TaskState = "INITIALIZING"
	TaskRunning      TaskState = "RUNNING"
	TaskFinished     TaskState = "FINISHED"
	TaskCanceling    TaskState = "CANCELING"
	TaskCanceled     TaskState = "CANCELED"
	TaskFailed       TaskState = "FAILED"
	// TaskReconciling is a state of Flink's that tasks here never have.
	TaskReconciling TaskState = "RECONCILING"
)

// TaskStates are all states in the order of Flink's enum.
var TaskStates = [...]TaskState{TaskCreated, TaskScheduled, TaskDeploying, TaskRunning, TaskFinished, TaskCanceling, TaskCanceled, TaskFailed,
	TaskReconciling, TaskInitializing}

// Terminal reports whether the attempt is over.
func (s TaskState) Terminal() bool {
	return s == TaskFinished || s == TaskCanceled || s == TaskFailed
}

// TaskTimes holds for each state when an attempt entered it; 0 = never.
type TaskTimes [len(TaskStates)]types.Instant

// Enter notes that s was entered.
func (t *TaskTimes) Enter(s TaskState, at types.Instant) {
	if i := slices.Index(TaskStates[:], s); i >= 0 {
		t[i] = at
	}
}

// At is when s was entered, 0 = never.
func (t *TaskTimes) At(s TaskState) types.Instant {
	if i := slices.Index(TaskStates[:], s); i >= 0 {
		return t[i]
	}
	return 0
}

// First is when the attempt came to be, 0 = it never did.
func (t *TaskTimes) First() (first types.Instant) {
	for _, at := range t {
		if at > 0 && (first == 0 || at < first) {
			first = at
		}
	}
	return first
}

// TaskCounts counts subtasks by state, in the order of TaskStates.
type TaskCounts [len(TaskStates)]int

// Add counts n subtasks more in state s.
func (c *TaskCounts) Add(s TaskState, n int) {
	if i := slices.Index(TaskStates[:], s); i >= 0 {
		c[i] += n
	}
}

// Of is the number of subtasks in state s.
func (c *TaskCounts) Of(s TaskState) int {
	if i := slices.Index(TaskStates[:], s); i >= 0 {
		return c[i]
	}
	return 0
}

// Total is the number of all subtasks.
func (c *TaskCounts) Total() (n int) {
	for _, k := range c {
		n += k
	}
	return n
}
