package rest

// The answers of the API, field by field as Flink has them. Times are
// milliseconds since the epoch, durations milliseconds, -1 is none.

type empty struct{}

type errorBody struct {
	Errors []string `json:"errors"`
}

type dashboardConfig struct {
	RefreshInterval int64  `json:"refresh-interval"`
	TimezoneName    string `json:"timezone-name"`
	TimezoneOffset  int64  `json:"timezone-offset"`
	Version         string `json:"flink-version"`
	Revision        string `json:"flink-revision"`
	Features        struct {
		Submit  bool `json:"web-submit"`
		Cancel  bool `json:"web-cancel"`
		Rescale bool `json:"web-rescale"`
		History bool `json:"web-history"`
	} `json:"features"`
}

type clusterOverview struct {
	TaskManagers   int    `json:"taskmanagers"`
	SlotsTotal     int    `json:"slots-total"`
	SlotsAvailable int    `json:"slots-available"`
	Running        int    `json:"jobs-running"`
	Finished       int    `json:"jobs-finished"`
	Cancelled      int    `json:"jobs-cancelled"`
	Failed         int    `json:"jobs-failed"`
	Version        string `json:"flink-version"`
	Commit         string `json:"flink-commit"`
}

type jobIDs struct {
	Jobs []jobIDStatus `json:"jobs"`
}

type jobIDStatus struct {
	ID     string `json:"id"`
	Status string `json:"status"`
}

type jobsOverview struct {
	Jobs []jobOverview `json:"jobs"`
}

type jobOverview struct {
	ID               string         `json:"jid"`
	Name             string         `json:"name"`
	Type             string         `json:"jobType"`
	Scheduler        string         `json:"schedulerType"`
	Start            int64          `json:"start-time"`
	End              int64          `json:"end-time"`
	Duration         int64          `json:"duration"`
	State            string         `json:"state"`
	Changed          int64          `json:"last-modification"`
	Tasks            map[string]int `json:"tasks" doc:"by state in lower case, and total"`
	PendingOperators int            `json:"pending-operators"`
}

type jobDetails struct {
	ID               string           `json:"jid"`
	Name             string           `json:"name"`
	Stoppable        bool             `json:"isStoppable"`
	State            string           `json:"state"`
	Type             string           `json:"job-type"`
	Scheduler        string           `json:"schedulerType"`
	Start            int64            `json:"start-time"`
	End              int64            `json:"end-time"`
	Duration         int64            `json:"duration"`
	MaxParallelism   int64            `json:"maxParallelism"`
	Now              int64            `json:"now"`
	Timestamps       map[string]int64 `json:"timestamps" doc:"by state, 0 = never entered"`
	Vertices         []vertexDetails  `json:"vertices"`
	StatusCounts     map[string]int   `json:"status-counts" doc:"vertices by state"`
	Plan             plan             `json:"plan"`
	PendingOperators int              `json:"pending-operators"`
}

type vertexDetails struct {
	ID             string         `json:"id"`
	SlotSharing    string         `json:"slotSharingGroupId"`
	Name           string         `json:"name"`
	MaxParallelism int            `json:"maxParallelism"`
	Parallelism    int            `json:"parallelism"`
	Status         string         `json:"status"`
	Start          int64          `json:"start-time"`
	End            int64          `json:"end-time"`
	Duration       int64          `json:"duration"`
	Tasks          map[string]int `json:"tasks" doc:"by state"`
	Metrics        ioMetrics      `json:"metrics"`
}

type ioMetrics struct {
	ReadBytes            int64  `json:"read-bytes"`
	ReadBytesComplete    bool   `json:"read-bytes-complete"`
	WriteBytes           int64  `json:"write-bytes"`
	WriteBytesComplete   bool   `json:"write-bytes-complete"`
	ReadRecords          int64  `json:"read-records"`
	ReadRecordsComplete  bool   `json:"read-records-complete"`
	WriteRecords         int64  `json:"write-records"`
	WriteRecordsComplete bool   `json:"write-records-complete"`
	Backpressured        int64  `json:"accumulated-backpressured-time"`
	Idle                 int64  `json:"accumulated-idle-time"`
	Busy                 double `json:"accumulated-busy-time"`
}

type planAnswer struct {
	Plan plan `json:"plan"`
}

type plan struct {
	ID    string     `json:"jid"`
	Name  string     `json:"name"`
	Type  string     `json:"type"`
	Nodes []planNode `json:"nodes"`
}

type planNode struct {
	ID          string      `json:"id"`
	Operator    string      `json:"operator"`
	Parallelism int         `json:"parallelism"`
	Strategy    string      `json:"operator_strategy"`
	Description string      `json:"description" doc:"HTML, one line an operator"`
	Properties  empty       `json:"optimizer_properties"`
	Inputs      []planInput `json:"inputs,omitempty"`
}

type planInput struct {
	ID       string `json:"id"`
	Num      int    `json:"num"`
	Exchange string `json:"exchange"`
	Ship     string `json:"ship_strategy"`
}

type jobConfig struct {
	ID        string          `json:"jid"`
	Name      string          `json:"name"`
	Execution executionConfig `json:"execution-config"`
}

type executionConfig struct {
	Restart     string            `json:"restart-strategy"`
	Parallelism int               `json:"job-parallelism"`
	Reuse       bool              `json:"object-reuse-mode"`
	User        map[string]string `json:"user-config" doc:"the job's configuration, secrets masked"`
}

type exceptions struct {
	History exceptionHistory `json:"exceptionHistory"`
}

type exceptionHistory struct {
	Entries   []exceptionEntry `json:"entries" doc:"newest first"`
	Truncated bool             `json:"truncated"`
}

type exceptionEntry struct {
	exceptionInfo
	Concurrent []exceptionInfo `json:"concurrentExceptions"`
}

type exceptionInfo struct {
	Name        string            `json:"exceptionName"`
	Text        string            `json:"stacktrace"`
	At          int64             `json:"timestamp"`
	Labels      map[string]string `json:"failureLabels"`
	Task        string            `json:"taskName,omitempty"`
	Endpoint    string            `json:"endpoint,omitempty"`
	TaskManager string            `json:"taskManagerId,omitempty"`
}

type jobAccumulators struct {
	Job        []empty `json:"job-accumulators"`
	User       []empty `json:"user-task-accumulators"`
	Serialized empty   `json:"serialized-user-task-accumulators"`
}

type jobStatus struct {
	Status string `json:"status"`
}

type queueStatus struct {
	ID string `json:"id"`
}

type executionResult struct {
	Status queueStatus `json:"status"`
	Result *jobResult  `json:"job-execution-result,omitempty"`
}

type jobResult struct {
	ID           string        `json:"id"`
	Name         string        `json:"name"`
	Status       string        `json:"application-status"`
	Accumulators empty         `json:"accumulator-results"`
	Runtime      int64         `json:"net-runtime"`
	Start        int64         `json:"start-time"`
	End          int64         `json:"end-time"`
	Failure      *failureCause `json:"failure-cause,omitempty"`
}

type resourceRequirements map[string]vertexRequirements

type vertexRequirements struct {
	Parallelism struct {
		Lower int `json:"lowerBound"`
		Upper int `json:"upperBound"`
	} `json:"parallelism"`
}

type vertexAnswer struct {
	ID             string           `json:"id"`
	Name           string           `json:"name"`
	Parallelism    int              `json:"parallelism"`
	MaxParallelism int              `json:"maxParallelism"`
	Now            int64            `json:"now"`
	Subtasks       []subtaskDetails `json:"subtasks"`
	Aggregated     aggregated       `json:"aggregated"`
}

type subtaskDetails struct {
	Subtask        int              `json:"subtask"`
	Status         string           `json:"status"`
	Attempt        int              `json:"attempt"`
	Endpoint       string           `json:"endpoint"`
	Start          int64            `json:"start-time"`
	End            int64            `json:"end-time"`
	Duration       int64            `json:"duration"`
	Metrics        ioMetrics        `json:"metrics"`
	TaskManager    string           `json:"taskmanager-id"`
	StatusDuration map[string]int64 `json:"status-duration" doc:"by state, -1 = not reached"`
	Start2         int64            `json:"start_time" doc:"start-time again"`
}

type aggregated struct {
	Metrics        map[string]statistics `json:"metrics"`
	StatusDuration map[string]statistics `json:"status-duration"`
}

type statistics struct {
	Min    int64 `json:"min"`
	Max    int64 `json:"max"`
	Avg    int64 `json:"avg"`
	Sum    int64 `json:"sum"`
	Median int64 `json:"median"`
	P25    int64 `json:"p25"`
	P75    int64 `json:"p75"`
	P95    int64 `json:"p95"`
}

type vertexAccumulators struct {
	ID   string  `json:"id"`
	User []empty `json:"user-accumulators"`
}

type subtasksAccumulators struct {
	ID          string                `json:"id"`
	Parallelism int                   `json:"parallelism"`
	Subtasks    []subtaskAccumulators `json:"subtasks"`
}

type subtaskAccumulators struct {
	Subtask  int     `json:"subtask"`
	Attempt  int     `json:"attempt"`
	Endpoint string  `json:"endpoint"`
	User     []empty `json:"user-accumulators"`
}

type attemptAccumulators struct {
	Subtask int     `json:"subtask"`
	Attempt int     `json:"attempt"`
	ID      string  `json:"id"`
	User    []empty `json:"user-accumulators"`
}

type backpressure struct {
	Status   string                `json:"status"`
	Level    string                `json:"backpressureLevel,omitempty" doc:"ok, low or high"`
	End      int64                 `json:"end-timestamp,omitempty"`
	Subtasks []subtaskBackpressure `json:"subtasks,omitempty"`
	Level2   string                `json:"backpressure-level,omitempty" doc:"backpressureLevel again"`
}

type subtaskBackpressure struct {
	Subtask int    `json:"subtask"`
	Level   string `json:"backpressureLevel"`
	Ratio   double `json:"ratio"`
	Idle    double `json:"idleRatio"`
	Busy    double `json:"busyRatio"`
	Level2  string `json:"backpressure-level"`
}

type flameGraph struct {
	End  int64      `json:"endTimestamp" doc:"-1 = the vertex does not run, -2 = switched off"`
	Data *flameNode `json:"data,omitempty"`
}

type flameNode struct {
	Name     string       `json:"name"`
	Value    int          `json:"value"`
	Children []*flameNode `json:"children"`
}

type subtaskTimes struct {
	ID       string        `json:"id"`
	Name     string        `json:"name"`
	Now      int64         `json:"now"`
	Subtasks []subtaskTime `json:"subtasks"`
}

type subtaskTime struct {
	Subtask    int              `json:"subtask"`
	Endpoint   string           `json:"endpoint"`
	Duration   int64            `json:"duration"`
	Timestamps map[string]int64 `json:"timestamps" doc:"by state, 0 = never entered"`
}

type vertexTaskManagers struct {
	ID       string              `json:"id"`
	Name     string              `json:"name"`
	Now      int64               `json:"now"`
	Managers []vertexTaskManager `json:"taskmanagers"`
}

type vertexTaskManager struct {
	Endpoint     string         `json:"endpoint"`
	Status       string         `json:"status"`
	Start        int64          `json:"start-time"`
	End          int64          `json:"end-time"`
	Duration     int64          `json:"duration"`
	Metrics      ioMetrics      `json:"metrics"`
	StatusCounts map[string]int `json:"status-counts"`
	ID           string         `json:"taskmanager-id"`
	Aggregated   aggregated     `json:"aggregated"`
}

type metric struct {
	ID    string  `json:"id"`
	Value *string `json:"value,omitempty" doc:"with get= alone"`
}

type aggregatedMetric struct {
	ID   string  `json:"id"`
	Min  *double `json:"min,omitempty" doc:"these with get= alone, or those of agg="`
	Max  *double `json:"max,omitempty"`
	Avg  *double `json:"avg,omitempty"`
	Sum  *double `json:"sum,omitempty"`
	Skew *double `json:"skew,omitempty"`
}

type requestID struct {
	ID string `json:"request-id"`
}

type savepointTrigger struct {
	Target  string `json:"target-directory"`
	Cancel  bool   `json:"cancel-job"`
	Trigger string `json:"triggerId" doc:"32 hex digits; a request that was made with it already is not made again"`
	Format  string `json:"formatType" doc:"CANONICAL"`
}

type stopTrigger struct {
	Target  string `json:"targetDirectory"`
	Drain   bool   `json:"drain"`
	Trigger string `json:"triggerId" doc:"as in savepoints"`
	Format  string `json:"formatType" doc:"CANONICAL"`
}

type checkpointTrigger struct {
	Type    string `json:"checkpointType" doc:"CONFIGURED, FULL or INCREMENTAL; they are all the same here"`
	Trigger string `json:"triggerId" doc:"as in savepoints"`
}

type disposalTrigger struct {
	Path    string `json:"savepoint-path"`
	Trigger string `json:"triggerId" doc:"as in savepoints"`
}

type savepointResult struct {
	Status    queueStatus              `json:"status"`
	Operation null[savepointOperation] `json:"operation" doc:"null while IN_PROGRESS"`
}

type savepointOperation struct {
	Location string        `json:"location,omitempty"`
	Failure  *failureCause `json:"failure-cause,omitempty"`
}

type checkpointResult struct {
	Status    queueStatus               `json:"status"`
	Operation null[checkpointOperation] `json:"operation" doc:"null while IN_PROGRESS"`
}

type checkpointOperation struct {
	ID      int64         `json:"checkpointId,omitempty"`
	Failure *failureCause `json:"failureCause,omitempty"`
}

type disposalResult struct {
	Status    queueStatus             `json:"status"`
	Operation null[disposalOperation] `json:"operation" doc:"null while IN_PROGRESS"`
}

type disposalOperation struct {
	Failure *failureCause `json:"failure-cause,omitempty"`
}

type keyValue struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type environment struct {
	JVM struct {
		Version string   `json:"version" doc:"of Go"`
		Arch    string   `json:"arch"`
		Options []string `json:"options" doc:"how it was built"`
	} `json:"jvm"`
	Classpath []string `json:"classpath" doc:"the modules in it"`
}

type logList struct {
	Logs []logFile `json:"logs"`
}

type logFile struct {
	Name  string `json:"name"`
	Size  int64  `json:"size"`
	Mtime int64  `json:"mtime"`
}

type threadDump struct {
	Threads []threadInfo `json:"threadInfos"`
}

type threadInfo struct {
	Name string `json:"threadName"`
	Text string `json:"stringifiedThreadInfo"`
}

type profilingList struct {
	List []empty `json:"profilingList"`
}

type address struct {
	URL string `json:"url"`
}

type jarList struct {
	Address string  `json:"address"`
	Files   []empty `json:"files"`
}

type dataSets struct {
	Sets []empty `json:"dataSets"`
}

type taskManagers struct {
	Managers []taskManager `json:"taskmanagers"`
}

type taskManager struct {
	ID            string   `json:"id"`
	Path          string   `json:"path"`
	DataPort      int      `json:"dataPort"`
	JMXPort       int      `json:"jmxPort"`
	Heartbeat     int64    `json:"timeSinceLastHeartbeat" doc:"when it was last heard from"`
	Slots         int      `json:"slotsNumber"`
	FreeSlots     int      `json:"freeSlots"`
	AssignedTasks int      `json:"assignedTasks"`
	Total         resource `json:"totalResource"`
	Free          resource `json:"freeResource"`
	Hardware      hardware `json:"hardware"`
	Memory        memory   `json:"memoryConfiguration"`
}

type resource struct {
	CPU         double `json:"cpuCores"`
	TaskHeap    int64  `json:"taskHeapMemory" doc:"MB, as all of these"`
	TaskOffHeap int64  `json:"taskOffHeapMemory"`
	Managed     int64  `json:"managedMemory"`
	Network     int64  `json:"networkMemory"`
	Extended    empty  `json:"extendedResources"`
}

type hardware struct {
	Cores    int   `json:"cpuCores"`
	Physical int64 `json:"physicalMemory"`
	Free     int64 `json:"freeMemory" doc:"the heap"`
	Managed  int64 `json:"managedMemory"`
}

type memory struct {
	FrameworkHeap    int64 `json:"frameworkHeap"`
	TaskHeap         int64 `json:"taskHeap"`
	FrameworkOffHeap int64 `json:"frameworkOffHeap"`
	TaskOffHeap      int64 `json:"taskOffHeap"`
	Network          int64 `json:"networkMemory"`
	Managed          int64 `json:"managedMemory"`
	Metaspace        int64 `json:"jvmMetaspace"`
	Overhead         int64 `json:"jvmOverhead"`
	Flink            int64 `json:"totalFlinkMemory"`
	Process          int64 `json:"totalProcessMemory"`
}

type taskManagerDetails struct {
	taskManager
	Allocated []allocatedSlot    `json:"allocatedSlots"`
	Metrics   taskManagerMetrics `json:"metrics"`
}

type allocatedSlot struct {
	Job           string   `json:"jobId"`
	AssignedTasks int      `json:"assignedTasks"`
	Resource      resource `json:"resource"`
}

type taskManagerMetrics struct {
	HeapUsed           int64              `json:"heapUsed"`
	HeapCommitted      int64              `json:"heapCommitted"`
	HeapMax            int64              `json:"heapMax"`
	NonHeapUsed        int64              `json:"nonHeapUsed"`
	NonHeapCommitted   int64              `json:"nonHeapCommitted"`
	NonHeapMax         int64              `json:"nonHeapMax"`
	DirectCount        int64              `json:"directCount"`
	DirectUsed         int64              `json:"directUsed"`
	DirectMax          int64              `json:"directMax"`
	MappedCount        int64              `json:"mappedCount"`
	MappedUsed         int64              `json:"mappedUsed"`
	MappedMax          int64              `json:"mappedMax"`
	SegmentsAvailable  int64              `json:"nettyShuffleMemorySegmentsAvailable"`
	SegmentsUsed       int64              `json:"nettyShuffleMemorySegmentsUsed"`
	SegmentsTotal      int64              `json:"nettyShuffleMemorySegmentsTotal"`
	ShuffleAvailable   int64              `json:"nettyShuffleMemoryAvailable"`
	ShuffleUsed        int64              `json:"nettyShuffleMemoryUsed"`
	ShuffleTotal       int64              `json:"nettyShuffleMemoryTotal"`
	GarbageCollections []garbageCollector `json:"garbageCollectors"`
}

type garbageCollector struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
	Time  int64  `json:"time"`
}

type checkpointConfig struct {
	Mode            string       `json:"mode" doc:"exactly_once or at_least_once"`
	Interval        int64        `json:"interval"`
	Timeout         int64        `json:"timeout"`
	MinPause        int64        `json:"min_pause"`
	MaxConcurrent   int          `json:"max_concurrent"`
	Externalization externalized `json:"externalization"`
	Backend         string       `json:"state_backend"`
	Storage         string       `json:"checkpoint_storage"`
	Unaligned       bool         `json:"unaligned_checkpoints"`
	Tolerable       int          `json:"tolerable_failed_checkpoints"`
	AlignedTimeout  int64        `json:"aligned_checkpoint_timeout"`
	AfterFinish     bool         `json:"checkpoints_after_tasks_finish"`
	Changelog       bool         `json:"state_changelog_enabled"`
	Materialization int64        `json:"changelog_periodic_materialization_interval"`
	ChangelogStore  string       `json:"changelog_storage"`
}

type externalized struct {
	Enabled bool `json:"enabled"`
	Delete  bool `json:"delete_on_cancellation"`
}

type checkpoints struct {
	Counts  checkpointCounts  `json:"counts"`
	Summary checkpointSummary `json:"summary"`
	Latest  latestCheckpoints `json:"latest"`
	History []checkpoint      `json:"history"`
}

type checkpointCounts struct {
	Restored   int64 `json:"restored"`
	Total      int64 `json:"total"`
	InProgress int   `json:"in_progress"`
	Completed  int64 `json:"completed"`
	Failed     int64 `json:"failed"`
}

type checkpointSummary struct {
	Size      minMaxAvg `json:"checkpointed_size"`
	State     minMaxAvg `json:"state_size"`
	Duration  minMaxAvg `json:"end_to_end_duration"`
	Buffered  minMaxAvg `json:"alignment_buffered"`
	Processed minMaxAvg `json:"processed_data"`
	Persisted minMaxAvg `json:"persisted_data"`
}

type minMaxAvg struct {
	Min  int64  `json:"min"`
	Max  int64  `json:"max"`
	Avg  int64  `json:"avg"`
	P50  double `json:"p50"`
	P90  double `json:"p90"`
	P95  double `json:"p95"`
	P99  double `json:"p99"`
	P999 double `json:"p999"`
}

type latestCheckpoints struct {
	Completed null[checkpoint]         `json:"completed"`
	Savepoint null[checkpoint]         `json:"savepoint"`
	Failed    null[checkpoint]         `json:"failed"`
	Restored  null[restoredCheckpoint] `json:"restored"`
}

type restoredCheckpoint struct {
	ID        int64  `json:"id"`
	At        int64  `json:"restore_timestamp"`
	Savepoint bool   `json:"is_savepoint"`
	Path      string `json:"external_path"`
}

type checkpoint struct {
	Class        string                      `json:"className" doc:"completed, failed or in_progress"`
	ID           int64                       `json:"id"`
	Status       string                      `json:"status"`
	Savepoint    bool                        `json:"is_savepoint"`
	Format       null[string]                `json:"savepointFormat"`
	Triggered    int64                       `json:"trigger_timestamp"`
	LatestAck    int64                       `json:"latest_ack_timestamp"`
	Size         int64                       `json:"checkpointed_size"`
	State        int64                       `json:"state_size"`
	Duration     int64                       `json:"end_to_end_duration"`
	Buffered     int64                       `json:"alignment_buffered"`
	Processed    int64                       `json:"processed_data"`
	Persisted    int64                       `json:"persisted_data"`
	Subtasks     int                         `json:"num_subtasks"`
	Acknowledged int                         `json:"num_acknowledged_subtasks"`
	Type         string                      `json:"checkpoint_type" doc:"CHECKPOINT, SAVEPOINT or SYNC_SAVEPOINT"`
	Tasks        map[string]vertexCheckpoint `json:"tasks" doc:"by vertex; empty but in the details"`
	Path         *string                     `json:"external_path,omitempty" doc:"of a completed one"`
	Discarded    *bool                       `json:"discarded,omitempty" doc:"of a completed one"`
	FailedAt     *int64                      `json:"failure_timestamp,omitempty" doc:"of a failed one"`
	Failure      *string                     `json:"failure_message,omitempty" doc:"of a failed one"`
}

type vertexCheckpoint struct {
	ID           int64  `json:"id"`
	Status       string `json:"status"`
	LatestAck    int64  `json:"latest_ack_timestamp"`
	Size         int64  `json:"checkpointed_size"`
	State        int64  `json:"state_size"`
	Duration     int64  `json:"end_to_end_duration"`
	Buffered     int64  `json:"alignment_buffered"`
	Processed    int64  `json:"processed_data"`
	Persisted    int64  `json:"persisted_data"`
	Subtasks     int    `json:"num_subtasks"`
	Acknowledged int    `json:"num_acknowledged_subtasks"`
}

type vertexCheckpointDetails struct {
	vertexCheckpoint
	Summary subtaskSummary      `json:"summary"`
	Parts   []subtaskCheckpoint `json:"subtasks"`
}

type subtaskSummary struct {
	Size     minMaxAvg `json:"checkpointed_size"`
	State    minMaxAvg `json:"state_size"`
	Duration minMaxAvg `json:"end_to_end_duration"`
	Times    struct {
		Sync  minMaxAvg `json:"sync"`
		Async minMaxAvg `json:"async"`
	} `json:"checkpoint_duration"`
	Alignment struct {
		Buffered  minMaxAvg `json:"buffered"`
		Processed minMaxAvg `json:"processed"`
		Persisted minMaxAvg `json:"persisted"`
		Duration  minMaxAvg `json:"duration"`
	} `json:"alignment"`
	StartDelay minMaxAvg `json:"start_delay"`
}

// subtaskCheckpoint has all but index and status only once it is completed.
type subtaskCheckpoint struct {
	Class      string               `json:"className" doc:"completed or pending"`
	Index      int                  `json:"index"`
	Status     string               `json:"status"`
	Acked      *int64               `json:"ack_timestamp,omitempty"`
	Duration   *int64               `json:"end_to_end_duration,omitempty"`
	Size       *int64               `json:"checkpointed_size,omitempty"`
	State      *int64               `json:"state_size,omitempty"`
	Times      *checkpointTimes     `json:"checkpoint,omitempty"`
	Alignment  *checkpointAlignment `json:"alignment,omitempty"`
	StartDelay *int64               `json:"start_delay,omitempty"`
	Unaligned  *bool                `json:"unaligned_checkpoint,omitempty"`
	Aborted    *bool                `json:"aborted,omitempty"`
}

type checkpointTimes struct {
	Sync  int64 `json:"sync"`
	Async int64 `json:"async"`
}

type checkpointAlignment struct {
	Buffered  int64 `json:"buffered"`
	Processed int64 `json:"processed"`
	Persisted int64 `json:"persisted"`
	Duration  int64 `json:"duration"`
}
