package api

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
)

// Terminal reports whether the job will never run again.
func (s JobState) Terminal() bool {
	return s == JobFailed || s == JobCanceled || s == JobFinished || s == JobSuspended
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
)

// Terminal reports whether the attempt is over.
func (s TaskState) Terminal() bool {
	return s == TaskFinished || s == TaskCanceled || s == TaskFailed
}
