package config

import "github.com/flott/flott/option"

// The options that the engine reads. Keys, types and defaults are Flink's
// unless the help says otherwise.
var (
	RuntimeMode       = option.Option{Key: "execution.runtime-mode", Kind: option.Enum, Default: "STREAMING", Values: []string{"STREAMING", "BATCH", "AUTOMATIC"}, Help: "Streaming shows every change, batch only final results."}
	Parallelism       = option.Option{Key: "parallelism.default", Kind: option.Int, Default: "1", Help: "Parallelism of operators that set none."}
	TableParallelism  = option.Option{Key: "table.exec.resource.default-parallelism", Kind: option.Int, Default: "-1", Help: "Parallelism of SQL operators; -1 = parallelism.default."}
	MaxParallelism    = option.Option{Key: "pipeline.max-parallelism", Kind: option.Int, Default: "-1", Help: "Number of key groups; -1 = derived from the parallelism (128 to 32768)."}
	Chaining          = option.Option{Key: "pipeline.operator-chaining.enabled", Kind: option.Bool, Default: "true", Help: "Run operators that need no exchange in one task."}
	JobName           = option.Option{Key: "pipeline.name", Kind: option.String, Help: "Name of the jobs submitted from here on."}
	WatermarkInterval = option.Option{Key: "pipeline.auto-watermark-interval", Kind: option.Duration, Default: "200 ms", Help: "How often watermarks go out; 0 = with each row that advances them."}
	BufferTimeout     = option.Option{Key: "execution.buffer-timeout.interval", Kind: option.Duration, Default: "100 ms", Help: "How long a row may wait in an output buffer that is not full."}

	CheckpointInterval  = option.Option{Key: "execution.checkpointing.interval", Kind: option.Duration, Default: "10 s", Help: "Time between two checkpoints. Flink takes none unless this is set; flott takes one every 10 s. 0 = none."}
	CheckpointDir       = option.Option{Key: "execution.checkpointing.dir", Kind: option.String, Help: "Folder of checkpoints; without it a folder of the job under the state folder of the user."}
	CheckpointMode      = option.Option{Key: "execution.checkpointing.mode", Kind: option.Enum, Default: "EXACTLY_ONCE", Values: []string{"EXACTLY_ONCE", "AT_LEAST_ONCE"}, Help: "Whether barriers are aligned."}
	CheckpointTimeout   = option.Option{Key: "execution.checkpointing.timeout", Kind: option.Duration, Default: "10 min", Help: "A checkpoint that takes longer is given up."}
	CheckpointPause     = option.Option{Key: "execution.checkpointing.min-pause", Kind: option.Duration, Default: "0 s", Help: "Least time between the end of a checkpoint and the start of the next."}
	CheckpointTolerable = option.Option{Key: "execution.checkpointing.tolerable-failed-checkpoints", Kind: option.Int, Default: "-1", Help: "Checkpoints in a row that may fail before the job does; -1 = any number. (Flink: 0.)"}
	CheckpointRetained  = option.Option{Key: "execution.checkpointing.num-retained", Kind: option.Int, Default: "2", Help: "Complete checkpoints kept. (Flink: 1; the one before is the spare in case the newest is damaged.)"}

	RestartType          = option.Option{Key: "restart-strategy.type", Kind: option.String, Help: "none, fixed-delay, exponential-delay or failure-rate; unset: exponential-delay with checkpoints, else none."}
	RestartFixedAttempts = option.Option{Key: "restart-strategy.fixed-delay.attempts", Kind: option.Int, Default: "1", Help: "Restarts before the job fails."}
	RestartFixedDelay    = option.Option{Key: "restart-strategy.fixed-delay.delay", Kind: option.Duration, Default: "1 s", Help: "Wait before a restart."}
	RestartExpInitial    = option.Option{Key: "restart-strategy.exponential-delay.initial-backoff", Kind: option.Duration, Default: "1 s", Help: "Wait before the first restart."}
	RestartExpMax        = option.Option{Key: "restart-strategy.exponential-delay.max-backoff", Kind: option.Duration, Default: "1 min", Help: "Longest wait before a restart."}
	RestartExpMultiplier = option.Option{Key: "restart-strategy.exponential-delay.backoff-multiplier", Kind: option.Float, Default: "1.5", Help: "Growth of the wait from restart to restart."}
	RestartExpReset      = option.Option{Key: "restart-strategy.exponential-delay.reset-backoff-threshold", Kind: option.Duration, Default: "1 h", Help: "After so long without a failure the wait starts over."}
	RestartExpJitter     = option.Option{Key: "restart-strategy.exponential-delay.jitter-factor", Kind: option.Float, Default: "0.1", Help: "Random share of the wait."}
	RestartExpAttempts   = option.Option{Key: "restart-strategy.exponential-delay.attempts-before-reset-backoff", Kind: option.Int, Default: "2147483647", Help: "Restarts before the job fails."}
	RestartRateMax       = option.Option{Key: "restart-strategy.failure-rate.max-failures-per-interval", Kind: option.Int, Default: "1", Help: "Failures in the interval that a job survives."}
	RestartRateInterval  = option.Option{Key: "restart-strategy.failure-rate.failure-rate-interval", Kind: option.Duration, Default: "1 min", Help: "The interval of failure-rate."}
	RestartRateDelay     = option.Option{Key: "restart-strategy.failure-rate.delay", Kind: option.Duration, Default: "1 s", Help: "Wait before a restart."}
	IgnoreUnclaimedState = option.Option{Key: "execution.state-recovery.ignore-unclaimed-state", Kind: option.Bool, Default: "false", Help: "Start although the checkpoint holds state that no operator takes."}

	LocalTimeZone    = option.Option{Key: "table.local-time-zone", Kind: option.String, Default: "default", Help: "Zone in which TIMESTAMP_LTZ is shown and days begin; default = the process's zone."}
	StateTTL         = option.Option{Key: "table.exec.state.ttl", Kind: option.Duration, Default: "0 s", Help: "How long idle state is kept; 0 = for ever."}
	SourceIdle       = option.Option{Key: "table.exec.source.idle-timeout", Kind: option.Duration, Default: "0 s", Help: "After so long without rows a source no longer holds watermarks back; 0 = never."}
	CDCDuplicates    = option.Option{Key: "table.exec.source.cdc-events-duplicate", Kind: option.Bool, Default: "false", Help: "Tables of changes may tell a change twice: by their primary keys, of which every last row is kept, it counts once."}
	MiniBatch        = option.Option{Key: "table.exec.mini-batch.enabled", Kind: option.Bool, Default: "false", Help: "The changes of a group over a bundle of rows are folded into one."}
	MiniBatchLatency = option.Option{Key: "table.exec.mini-batch.allow-latency", Kind: option.Duration, Default: "0 s", Help: "How long a bundle may wait; needed with mini-batches."}
	MiniBatchSize    = option.Option{Key: "table.exec.mini-batch.size", Kind: option.Int, Default: "-1", Help: "At how many changed groups a bundle ends; needed with mini-batches."}
	AggPhase         = option.Option{Key: "table.optimizer.agg-phase-strategy", Kind: option.Enum, Default: "AUTO", Values: []string{"AUTO", "ONE_PHASE", "TWO_PHASE"}, Help: "Plans have no local aggregates; it decides whether numLateRecordsDropped counts each late row (ONE_PHASE) or, as Flink's local aggregates make it, those of a key and slice together."}
	NotNullEnforcer  = option.Option{Key: "table.exec.sink.not-null-enforcer", Kind: option.Enum, Default: "ERROR", Values: []string{"ERROR", "DROP"}, Help: "What to do with NULL for a NOT NULL column of a sink."}
	LengthEnforcer   = option.Option{Key: "table.exec.sink.type-length-enforcer", Kind: option.Enum, Default: "IGNORE", Values: []string{"IGNORE", "TRIM_PAD", "ERROR"}, Ignored: true, Help: "Accepted; an INSERT casts to the column's type, which cuts what is longer."}
	DMLSync          = option.Option{Key: "table.dml-sync", Kind: option.Bool, Default: "false", Help: "An INSERT waits for its job."}
	CatalogStore     = option.Option{Key: "table.catalog-store.kind", Kind: option.Enum, Default: "generic_in_memory", Values: []string{"generic_in_memory", "file"}, Help: "Where CREATE CATALOG is remembered: only in the session, or in a folder for sessions to come. It counts when a session begins."}
	CatalogStorePath = option.Option{Key: "table.catalog-store.file.path", Kind: option.String, Help: "The folder of a catalog store of kind file."}
	LegacyCast       = option.Option{Key: "table.exec.legacy-cast-behaviour", Kind: option.String, Default: "DISABLED", Help: "ENABLED: casts that fail give NULL, as long ago."}
	TableOptions     = option.Option{Key: "table.dynamic-table-options.enabled", Kind: option.Bool, Default: "true", Help: "Allow OPTIONS hints."}
	AsyncLookup      = option.Option{Key: "table.exec.async-lookup.buffer-capacity", Kind: option.Int, Default: "100", Ignored: true, Help: "Lookup joins are not built yet."}

	Transport   = option.Option{Key: "flott.transport", Kind: option.Enum, Default: "local", Values: []string{"local", "tcp"}, Help: "tcp runs the job on two task managers over loopback TCP."}
	BatchSize   = option.Option{Key: "flott.batch.size", Kind: option.Int, Default: "1024", Help: "Rows of a batch at the most."}
	StateFolder = option.Option{Key: "flott.state.dir", Kind: option.String, Help: "Folder of the jobs' checkpoints and locks; default: $XDG_STATE_HOME/flott or ~/.local/state/flott."}
	TaskSlots   = option.Option{Key: "taskmanager.numberOfTaskSlots", Kind: option.Int, Default: "1", Help: "Slots of a task manager; embedded there are as many as the job needs."}
)

// Options lists what the engine reads, in the order of the reference page.
var Options = []option.Option{
	RuntimeMode, Parallelism, TableParallelism, MaxParallelism, Chaining, JobName, WatermarkInterval, BufferTimeout,
	CheckpointInterval, CheckpointDir, CheckpointMode, CheckpointTimeout, CheckpointPause, CheckpointTolerable, CheckpointRetained, IgnoreUnclaimedState,
	RestartType, RestartFixedAttempts, RestartFixedDelay, RestartExpInitial, RestartExpMax, RestartExpMultiplier, RestartExpReset, RestartExpJitter, RestartExpAttempts,
	RestartRateMax, RestartRateInterval, RestartRateDelay,
	LocalTimeZone, StateTTL, SourceIdle, CDCDuplicates, MiniBatch, MiniBatchLatency, MiniBatchSize, AggPhase, NotNullEnforcer, LengthEnforcer, DMLSync, CatalogStore, CatalogStorePath, LegacyCast, TableOptions, AsyncLookup,
	RestAddress, RestPort, RestBindAddress, RestBindPort, RestOrigin, AuthToken, AuthReadOnlyToken, AuthUsers, AuthReadOnlyUsers, SSLEnabled, SSLAuthentication, TLSCert, TLSKey, TLSClientCA,
	SessionIdle, SessionMax, RecoveryPath, JobsKept,
	Transport, BatchSize, StateFolder, TaskSlots,
	ProcessSize, FlinkSize, FrameworkHeap, TaskHeap, FrameworkOffHeap, TaskOffHeap, NetworkFraction, NetworkMin, NetworkMax, ManagedSize, ManagedFraction,
	Metaspace, OverheadFraction, OverheadMin, OverheadMax, SegmentSize,
	LogLevel, LogFormat, LogTo, LogDir, LogFile, LogFileSize, LogFiles,
	LogSearchURL, LogSearchIndex, LogSearchUser, LogSearchPassword, LogSearchKey, LogSearchBuffer, LogSearchInterval,
	MetricsReporters, MetricsDelimiter, MetricsJM, MetricsJMJob, MetricsJMOperator, MetricsTM, MetricsTMJob, MetricsTask, MetricsOperator,
	MetricsLatencyInterval, MetricsLatencyGranularity, MetricsLatencyHistory, MetricsJobStatus, MetricsSystem, MetricsSystemInterval,
}
