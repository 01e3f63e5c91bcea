package metrics

// Info describes a metric for the reference page.
type Info struct {
	Scope string // as in the Prometheus name: jobmanager_job
	Name  string
	Kind  string // counter, gauge or meter
	Help  string
}

// Table lists what the engine and its connectors register.
var Table = []Info{
	{"jobmanager", "numRegisteredTaskManagers", "gauge", "Task managers."},
	{"jobmanager", "numRunningJobs", "gauge", "Jobs that run or are being restarted."},

	{"jobmanager_job", "lastCheckpointDuration", "gauge", "Milliseconds that the newest complete checkpoint took."},
	{"jobmanager_job", "lastCheckpointFullSize", "gauge", "Bytes of the newest complete checkpoint."},
	{"jobmanager_job", "lastCheckpointSize", "gauge", "The same: every checkpoint is a full one."},
	{"jobmanager_job", "lastCompletedCheckpointId", "gauge", "Number of the newest complete checkpoint, 0 before the first."},
	{"jobmanager_job", "numRestarts", "gauge", "Failures of the job so far."},
	{"jobmanager_job", "numberOfCompletedCheckpoints", "gauge", "Checkpoints completed by this process."},
	{"jobmanager_job", "numberOfFailedCheckpoints", "gauge", "Checkpoints that failed or were given up."},
	{"jobmanager_job", "numberOfInProgressCheckpoints", "gauge", "Checkpoints under way."},
	{"jobmanager_job", "totalNumberOfCheckpoints", "gauge", "The sum of the three."},
	{"jobmanager_job", "uptime", "gauge", "Milliseconds since the start."},
	{"jobmanager_job", "runningState", "gauge", "1 while the job runs; so do restartingState, failingState and cancellingState."},

	{"taskmanager_job_task", "accumulateBackPressuredTimeMs", "gauge", "Milliseconds so far that the task could not write because of those behind it."},
	{"taskmanager_job_task", "accumulateIdleTimeMs", "gauge", "Milliseconds so far without input."},
	{"taskmanager_job_task", "backPressuredTimeMsPerSecond", "gauge", "The same for each second, over the last minute."},
	{"taskmanager_job_task", "busyTimeMsPerSecond", "gauge", "What is neither idle nor back-pressured."},
	{"taskmanager_job_task", "currentInputWatermark", "gauge", "The task's watermark, milliseconds since 1970; the least 64-bit number before the first."},
	{"taskmanager_job_task", "idleTimeMsPerSecond", "gauge", "Milliseconds of each second without input, over the last minute."},
	{"taskmanager_job_task", "numBytesIn", "counter", "Bytes read from other tasks; with numBytesInPerSecond."},
	{"taskmanager_job_task", "numBytesOut", "counter", "Bytes written to other tasks; with numBytesOutPerSecond."},
	{"taskmanager_job_task", "numRecordsIn", "counter", "Rows read by the task, of a source: by its connector; with numRecordsInPerSecond."},
	{"taskmanager_job_task", "numRecordsOut", "counter", "Rows written to other tasks or to a table; with numRecordsOutPerSecond."},

	{"taskmanager_job_task_operator", "numRecordsIn", "counter", "Rows that went into the operator; with numRecordsInPerSecond."},
	{"taskmanager_job_task_operator", "numRecordsOut", "counter", "Rows that came out; with numRecordsOutPerSecond."},
	{"taskmanager_job_task_operator", "numLateRecordsDropped", "counter", "Rows behind the watermark that windows and temporal sorts have dropped."},
	{"taskmanager_job_task_operator", "numNullRowTimeRecordsDropped", "counter", "Rows without an event time that windows have dropped."},
	{"taskmanager_job_task_operator", "currentEmitEventTimeLag", "gauge", "Source: milliseconds from the newest row's event time to now."},
	{"taskmanager_job_task_operator", "watermarkLag", "gauge", "Source: milliseconds from the watermark to now."},
	{"taskmanager_job_task_operator", "successfulCommittables", "counter", "Sink: files or transactions committed."},
	{"taskmanager_job_task_operator", "failedCommittables", "counter", "Kafka sink: transactions that could not be committed."},
	{"taskmanager_job_task_operator", "numBytesIn", "counter", "Kafka and filesystem source: bytes decoded."},
	{"taskmanager_job_task_operator", "pendingRecords", "gauge", "Kafka source: records between the position and the end, over all partitions."},
	{"taskmanager_job_task_operator", "records-lag-max", "gauge", "Kafka source: the same of the partition that is furthest behind."},
	{"taskmanager_job_task_operator", "commitsSucceeded", "counter", "Kafka source: commits of group offsets."},
	{"taskmanager_job_task_operator", "commitsFailed", "counter", "Kafka source: commits of group offsets that failed; they are repeated with the next checkpoint."},
	{"taskmanager_job_task_operator", "KafkaSourceReader.topic.….partition.….currentOffset", "gauge", "Kafka source: offset of the partition's newest row read."},
	{"taskmanager_job_task_operator", "KafkaSourceReader.topic.….partition.….committedOffset", "gauge", "Kafka source: offset last committed for the group."},
	{"taskmanager_job_task_operator", "numRecordsSend", "counter", "Kafka sink: records sent."},
	{"taskmanager_job_task_operator", "numBytesSend", "counter", "Kafka sink: bytes of their keys and values."},
}
