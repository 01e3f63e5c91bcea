package metrics

import (
	"regexp"
	"slices"
	"strings"
)

// Info describes a metric for the reference page.
type Info struct {
	Scope string // as in the Prometheus name: jobmanager_job
	Name  string // groups and name, joined by '.'; <…> stands for what varies
	Kind  string // counter, gauge, meter, histogram; metered is a counter with its rate, `…PerSecond`
	Help  string
}

// Describes reports whether m is of the kind that i describes.
func (i Info) Describes(m Metric) bool {
	scope := [...]string{JobManager: "jobmanager", JobManagerJob: "jobmanager_job", JobManagerOperator: "jobmanager_job_operator", TaskManager: "taskmanager",
		TaskManagerJob: "taskmanager_job", Task: "taskmanager_job_task", Operator: "taskmanager_job_task_operator"}[m.Group.scope]
	if !slices.Contains(strings.Split(i.Scope, ", "), scope) {
		return false
	}
	name := strings.Join(append(m.Group.user[:len(m.Group.user):len(m.Group.user)], m.Name), ".")
	if i.Kind == "metered" {
		name = strings.TrimSuffix(name, "PerSecond")
	}
	var b strings.Builder
	for rest := i.Name; rest != ""; {
		plain, after, open := strings.Cut(rest, "<")
		b.WriteString(regexp.QuoteMeta(plain))
		if !open {
			break
		}
		inner, next, _ := strings.Cut(after, ">")
		rest = next
		if strings.Contains(inner, ", ") { // a list of what there is
			b.WriteString("(" + strings.ReplaceAll(inner, ", ", "|") + ")")
		} else {
			b.WriteString(".+")
		}
	}
	return regexp.MustCompile("^" + b.String() + "$").MatchString(name)
}

// both stands for the scopes that tell about the process.
const both = "jobmanager, taskmanager"

// Table lists what the engine and its connectors register.
var Table = []Info{
	{both, "Status.JVM.CPU.Load", "gauge", "Share of the processors that this process uses, 0 to 1."},
	{both, "Status.JVM.CPU.Time", "gauge", "Nanoseconds of processor time so far."},
	{both, "Status.JVM.Memory.Heap.Used", "gauge", "Bytes of live and not yet collected objects on the Go heap."},
	{both, "Status.JVM.Memory.Heap.Committed", "gauge", "Bytes that the Go heap holds from the system."},
	{both, "Status.JVM.Memory.Heap.Max", "gauge", "The Go runtime's memory limit in bytes, -1 without."},
	{both, "Status.JVM.Memory.NonHeap.Used", "gauge", "Bytes of stacks and of the Go runtime itself."},
	{both, "Status.JVM.Memory.NonHeap.Committed", "gauge", "The same."},
	{both, "Status.JVM.Memory.NonHeap.Max", "gauge", "-1: not bounded on its own."},
	{both, "Status.JVM.Memory.Metaspace.<Used, Committed, Max>", "gauge", "0: there is none."},
	{both, "Status.JVM.Memory.Direct.Count", "gauge", "0."},
	{both, "Status.JVM.Memory.Direct.MemoryUsed", "gauge", "Bytes outside the Go heap: managed memory in use."},
	{both, "Status.JVM.Memory.Direct.TotalCapacity", "gauge", "The same."},
	{both, "Status.JVM.Memory.Mapped.<Count, MemoryUsed, TotalCapacity>", "gauge", "0."},
	{both, "Status.JVM.Threads.Count", "gauge", "Goroutines."},
	{both, "Status.JVM.GarbageCollector.<Go, All>.Count", "gauge", "Garbage collections so far."},
	{both, "Status.JVM.GarbageCollector.<Go, All>.Time", "gauge", "Milliseconds so far in which they stopped the program."},
	{both, "Status.JVM.GarbageCollector.<Go, All>.TimeMsPerSecond", "gauge", "The same for each second, over the last minute."},
	{both, "Status.JVM.ClassLoader.ClassesLoaded", "gauge", "0."},
	{both, "Status.JVM.ClassLoader.ClassesUnloaded", "gauge", "0."},
	{both, "Status.Flink.Memory.Managed.Used", "gauge", "Bytes of managed memory in use."},
	{both, "Status.Flink.Memory.Managed.Total", "gauge", "Bytes of managed memory in all."},
	{both, "Status.FileDescriptor.Open", "gauge", "File descriptors in use (Linux)."},
	{both, "Status.FileDescriptor.Max", "gauge", "File descriptors that the process may have."},
	{both, "System.CPU.<User, Nice, Sys, Idle, IOWait, Irq, SoftIrq, Steal, Usage>", "gauge", "Percentage of the machine's processor time, with `metrics.system-resource` (Linux)."},
	{both, "System.CPU.<Load1min, Load5min, Load15min>", "gauge", "Load of the machine, likewise."},
	{both, "System.Memory.Available", "gauge", "Bytes, likewise."},
	{both, "System.Memory.Total", "gauge", "Bytes, likewise."},
	{both, "System.Swap.Used", "gauge", "Bytes, likewise."},
	{both, "System.Swap.Total", "gauge", "Bytes, likewise."},
	{both, "System.Network.<interface>.ReceiveRate", "gauge", "Bytes per second, likewise."},
	{both, "System.Network.<interface>.SendRate", "gauge", "Bytes per second, likewise."},

	{"jobmanager", "logLinesDropped", "gauge", "Log lines that a target of `flott.log.to` has not taken. (Not in Flink.)"},
	{"jobmanager", "numPendingTaskManagers", "gauge", "0."},
	{"jobmanager", "numRegisteredTaskManagers", "gauge", "Task managers."},
	{"jobmanager", "numRunningJobs", "gauge", "Jobs that run or are being restarted."},

	{"jobmanager", "taskSlotsAvailable", "gauge", "Slots that no job has."},
	{"jobmanager", "taskSlotsTotal", "gauge", "Slots in all; where jobs get as many as they need, those in use."},

	{"jobmanager_job", "downtime", "gauge", "Milliseconds that the job has been failing, restarting or cancelling, 0 while it runs."},
	{"jobmanager_job", "lastCheckpointCompletedTimestamp", "gauge", "When the newest checkpoint was complete, milliseconds since 1970; -1 before the first."},
	{"jobmanager_job", "lastCheckpointDuration", "gauge", "Milliseconds that the newest complete checkpoint took."},
	{"jobmanager_job", "lastCheckpointExternalPath", "gauge", "Its folder; a text, for the REST API and the log alone."},
	{"jobmanager_job", "lastCheckpointFullSize", "gauge", "Bytes of the newest complete checkpoint."},
	{"jobmanager_job", "lastCheckpointRestoreTimestamp", "gauge", "When the job was last restored, milliseconds since 1970; -1 if never."},
	{"jobmanager_job", "lastCheckpointSize", "gauge", "The same: every checkpoint is a full one."},
	{"jobmanager_job", "lastCompletedCheckpointId", "gauge", "Number of the newest complete checkpoint, 0 before the first."},
	{"jobmanager_job", "numRestarts", "gauge", "Failures of the job so far."},
	{"jobmanager_job", "numberOfCompletedCheckpoints", "gauge", "Checkpoints completed by this process."},
	{"jobmanager_job", "numberOfFailedCheckpoints", "gauge", "Checkpoints that failed or were given up."},
	{"jobmanager_job", "numberOfInProgressCheckpoints", "gauge", "Checkpoints under way."},
	{"jobmanager_job", "totalNumberOfCheckpoints", "gauge", "The sum of the three."},
	{"jobmanager_job", "uptime", "gauge", "Milliseconds that the job has been running without interruption."},
	{"jobmanager_job", "<status>State", "gauge", "1 while the job is in that state: initializing, created, running, restarting, cancelling, failing."},
	{"jobmanager_job", "<status>Time", "gauge", "Milliseconds since it came into that state, 0 in another one; `CURRENT_TIME` in `metrics.job.status.enable`."},
	{"jobmanager_job", "<status>TimeTotal", "gauge", "Milliseconds that it was in that state so far; `TOTAL_TIME` in `metrics.job.status.enable`."},

	{"taskmanager", "Status.Shuffle.Netty.TotalMemory", "gauge", "Bytes that the links between tasks may hold by their credit."},
	{"taskmanager", "Status.Shuffle.Netty.UsedMemory", "gauge", "Bytes that wait on links."},
	{"taskmanager", "Status.Shuffle.Netty.AvailableMemory", "gauge", "The difference."},
	{"taskmanager", "Status.Shuffle.Netty.TotalMemorySegments", "gauge", "The same in segments of 32 KB."},
	{"taskmanager", "Status.Shuffle.Netty.UsedMemorySegments", "gauge", "Likewise."},
	{"taskmanager", "Status.Shuffle.Netty.AvailableMemorySegments", "gauge", "Likewise."},
	{"taskmanager", "Status.Shuffle.Netty.RequestedMemoryUsage", "gauge", "Used share in percent."},
	{"taskmanager", "Status.Network.TotalMemorySegments", "gauge", "Older name of Status.Shuffle.Netty.TotalMemorySegments."},
	{"taskmanager", "Status.Network.AvailableMemorySegments", "gauge", "Older name of Status.Shuffle.Netty.AvailableMemorySegments."},

	{"taskmanager_job", "latency.source_id.<id>.operator_id.<id>.operator_subtask_index.<n>.latency", "histogram", "Milliseconds from a source to an operator, with `metrics.latency.interval`. `metrics.latency.granularity` adds source_subtask_index or takes source_id away."},

	{"taskmanager_job_task", "accumulateBackPressuredTimeMs", "gauge", "Milliseconds so far that the task could not write because of those behind it."},
	{"taskmanager_job_task", "accumulateBusyTimeMs", "gauge", "Milliseconds so far that the task was neither idle nor back-pressured."},
	{"taskmanager_job_task", "accumulateIdleTimeMs", "gauge", "Milliseconds so far without input."},
	{"taskmanager_job_task", "backPressuredTimeMsPerSecond", "gauge", "Back-pressured milliseconds of each second, over the last minute."},
	{"taskmanager_job_task", "busyTimeMsPerSecond", "gauge", "What is neither idle nor back-pressured."},
	{"taskmanager_job_task", "hardBackPressuredTimeMsPerSecond", "gauge", "0: a task that cannot write still answers and takes part in checkpoints."},
	{"taskmanager_job_task", "idleTimeMsPerSecond", "gauge", "Milliseconds of each second without input, over the last minute."},
	{"taskmanager_job_task", "isBackPressured", "gauge", "1 while the task cannot write."},
	{"taskmanager_job_task", "softBackPressuredTimeMsPerSecond", "gauge", "All of backPressuredTimeMsPerSecond."},
	{"taskmanager_job_task", "checkpointAlignmentTime", "gauge", "Nanoseconds that the barriers of the newest checkpoint waited for each other."},
	{"taskmanager_job_task", "checkpointStartDelayNanos", "gauge", "Nanoseconds from the newest checkpoint's trigger until its barrier was here."},
	{"taskmanager_job_task", "currentInputWatermark", "gauge", "The task's watermark, milliseconds since 1970; the least 64-bit number before the first."},
	{"taskmanager_job_task", "initializationTime", "counter", "Milliseconds that opening and restoring took."},
	{"taskmanager_job_task", "mailboxLatencyMs", "histogram", "How long orders (checkpoints, splits) waited for the task."},
	{"taskmanager_job_task", "mailboxMailsPerSecond", "meter", "Orders taken."},
	{"taskmanager_job_task", "mailboxQueueSize", "gauge", "Orders that wait."},
	{"taskmanager_job_task", "numBuffersOut", "metered", "Buffers written to other tasks."},
	{"taskmanager_job_task", "numBytesIn", "metered", "Bytes read from other tasks."},
	{"taskmanager_job_task", "numBytesOut", "metered", "Bytes written to other tasks."},
	{"taskmanager_job_task", "numFiredTimers", "metered", "Deadlines in processing time that were reached: periods, timeouts, timers."},
	{"taskmanager_job_task", "numRecordsIn", "metered", "Rows read by the task, of a source: by its connector."},
	{"taskmanager_job_task", "numRecordsOut", "metered", "Rows written to other tasks or to a table."},
	{"taskmanager_job_task", "Shuffle.Netty.Input.numBuffersInLocal", "metered", "Buffers read from tasks of the same process."},
	{"taskmanager_job_task", "Shuffle.Netty.Input.numBuffersInRemote", "metered", "Buffers read from other processes."},
	{"taskmanager_job_task", "Shuffle.Netty.Input.numBytesInLocal", "metered", "Bytes read from tasks of the same process."},
	{"taskmanager_job_task", "Shuffle.Netty.Input.numBytesInRemote", "metered", "Bytes read from other processes."},
	{"taskmanager_job_task", "<numBuffersInLocal, numBuffersInRemote, numBytesInLocal, numBytesInRemote>", "metered", "Older names of the same."},
	{"taskmanager_job_task", "Shuffle.Netty.Input.Buffers.inputQueueLength", "gauge", "Buffers that wait to be read."},
	{"taskmanager_job_task", "Shuffle.Netty.Input.Buffers.inputQueueSize", "gauge", "Their bytes."},
	{"taskmanager_job_task", "Shuffle.Netty.Input.Buffers.inPoolUsage", "gauge", "Their share of what may wait, 0 to 1."},
	{"taskmanager_job_task", "Shuffle.Netty.Output.Buffers.outputQueueLength", "gauge", "Buffers that wait for the readers, of links within the process."},
	{"taskmanager_job_task", "Shuffle.Netty.Output.Buffers.outputQueueSize", "gauge", "Bytes that wait for the readers."},
	{"taskmanager_job_task", "Shuffle.Netty.Output.Buffers.outPoolUsage", "gauge", "Their share of what may wait, 0 to 1."},
	{"taskmanager_job_task", "buffers.<inputQueueLength, inputQueueSize, inPoolUsage, outputQueueLength, outputQueueSize, outPoolUsage>", "gauge", "Older names of the same."},

	{"taskmanager_job_task_operator", "currentInputWatermark", "gauge", "Watermark of all inputs together."},
	{"taskmanager_job_task_operator", "currentInput<N>Watermark", "gauge", "Watermark of each input, from 1, of operators with several."},
	{"taskmanager_job_task_operator", "currentOutputWatermark", "gauge", "The last watermark that went out."},
	{"taskmanager_job_task_operator", "numRecordsIn", "metered", "Rows that went into the operator."},
	{"taskmanager_job_task_operator", "numRecordsOut", "metered", "Rows that came out."},
	{"taskmanager_job_task_operator", "numLateRecordsDropped", "counter", "Rows behind the watermark that windows and temporal sorts have dropped."},
	{"taskmanager_job_task_operator", "numNullRowTimeRecordsDropped", "counter", "Rows without an event time that windows have dropped."},
	{"taskmanager_job_task_operator", "managedMemoryUsed", "gauge", "Bytes of managed memory that the operator's state or sort holds."},
	{"taskmanager_job_task_operator", "stateEntries", "gauge", "Entries of its keyed state at the newest checkpoint."},

	{"taskmanager_job_task_operator", "currentEmitEventTimeLag", "gauge", "Source: milliseconds from the newest row's event time to when it was handed on."},
	{"taskmanager_job_task_operator", "currentFetchEventTimeLag", "gauge", "Source: the same, since rows are handed on as they are decoded."},
	{"taskmanager_job_task_operator", "numRecordsInErrors", "counter", "Kafka source: records that the format has skipped."},
	{"taskmanager_job_task_operator", "numSplitsProcessed", "gauge", "Source: splits read to their end."},
	{"taskmanager_job_task_operator", "sourceIdleTime", "gauge", "Source: milliseconds since the last row."},
	{"taskmanager_job_task_operator", "split.<split>.watermark.currentWatermark", "gauge", "Source: the watermark of each split that is being read; the lowest one holds the others back."},
	{"taskmanager_job_task_operator", "watermarkLag", "gauge", "Source: milliseconds from the watermark to now."},
	{"taskmanager_job_task_operator", "numBytesIn", "counter", "Kafka and filesystem source: bytes decoded."},
	{"taskmanager_job_task_operator", "pendingRecords", "gauge", "Kafka source: records between the position and the end, over all partitions."},
	{"taskmanager_job_task_operator", "KafkaSourceReader.commitsSucceeded", "counter", "Kafka source: commits of group offsets."},
	{"taskmanager_job_task_operator", "KafkaSourceReader.commitsFailed", "counter", "Kafka source: commits of group offsets that failed; they are repeated with the next checkpoint."},
	{"taskmanager_job_task_operator", "KafkaSourceReader.topic.<topic>.partition.<n>.currentOffset", "gauge", "Kafka source: offset of the partition's newest row read."},
	{"taskmanager_job_task_operator", "KafkaSourceReader.topic.<topic>.partition.<n>.committedOffset", "gauge", "Kafka source: offset last committed for the group, -1 before the first."},
	{"taskmanager_job_task_operator", "KafkaSourceReader.KafkaConsumer.records-lag-max", "gauge", "Kafka source: pendingRecords of the partition that is furthest behind."},

	{"taskmanager_job_task_operator", "numRecordsSend", "counter", "Kafka sink: records sent."},
	{"taskmanager_job_task_operator", "numBytesSend", "counter", "Kafka sink: bytes of their keys and values."},
	{"taskmanager_job_task_operator", "numRecordsOutErrors", "counter", "Sink: rows dropped by `table.exec.sink.not-null-enforcer`."},
	{"taskmanager_job_task_operator", "totalCommittables", "counter", "Sink: files or transactions made ready for a commit."},
	{"taskmanager_job_task_operator", "pendingCommittables", "gauge", "Sink: those whose checkpoint is not complete yet."},
	{"taskmanager_job_task_operator", "successfulCommittables", "counter", "Sink: those committed."},
	{"taskmanager_job_task_operator", "failedCommittables", "counter", "Kafka sink: transactions that could not be committed."},
}

// Missing says which of Flink's metrics are left out, and why.
var Missing = []string{
	"`fileMerging.…`, state changelog, ForSt and RocksDB gauges, file cache: these state backends are not built.",
	"`state.latency-track.…` and `state.size-track.…`: state is read and written a batch at a time, so there is no access to measure; `managedMemoryUsed` and `stateEntries` tell the size.",
	"`debloatedBufferSize`, `estimatedTimeToConsumeBuffersMs`, `inputFloatingBuffersUsage`, `inputExclusiveBuffersUsage`, queue lengths per gate: links have a credit in bytes, not buffers of two kinds.",
	"`watermarkAlignmentDrift`, split `pausedTime…`: watermark alignment is not built; split `activeTime…` and `idleTime…`: only the watermark of a split is shown.",
	"`maxSoftBackPressureTimeMs`, `maxHardBackPressureTimeMs`, `changelogBusyTimeMsPerSecond`.",
	"`numSlowExecutionVertices` and the like: there is no speculative execution.",
	"`deploying…`, `numRescales`, `startWorkFailurePerSecond`: tasks start at once, and a running job keeps its parallelism.",
	"`pendingBytes`, `unassignedSplits` (splits are assigned when they are found), `numRecordsSendErrors` (a record that cannot be sent fails the job), `currentSendTime`, `alreadyCommittedCommittables`, `retriedCommittables`.",
	"Metrics of Kafka's Java client but `records-lag-max`.",
	"`System.CPU.UsageCPU…` of single processors.",
	"LATERAL SNAPSHOT joins, async state, lookup cache, Kinesis, HBase and CDC metrics: what they measure is not built.",
}
