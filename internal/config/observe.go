package config

import "github.com/flott/flott/option"

// The keys of logs and metrics. Reporters are set by `metrics.reporter.NAME.…`,
// whose options package metrics/report describes.
var (
	LogFormat   = option.Option{Key: "flott.log.format", Kind: option.Enum, Default: "text", Values: []string{"text", "json"}, Help: "Form of log lines."}
	LogLevel    = option.Option{Key: "flott.log.level", Kind: option.Enum, Default: "warn", Values: []string{"debug", "info", "warn", "error"}, Help: "Least level of log lines."}
	LogTo       = option.Option{Key: "flott.log.to", Kind: option.List, Default: "stderr", Help: "Where log lines go, separated by ';': stderr, stdout, file, search."}
	LogDir      = option.Option{Key: "flott.log.dir", Kind: option.String, Help: "Folder of log files; needed by the target file."}
	LogFile     = option.Option{Key: "flott.log.file", Kind: option.String, Default: "flott.log", Help: "Name of the newest log file; older ones are flott.log.1, flott.log.2, …"}
	LogFileSize = option.Option{Key: "flott.log.file.max-size", Kind: option.Memory, Default: "100 mb", Help: "A log file of that size is followed by the next; 0 = never."}
	LogFiles    = option.Option{Key: "flott.log.file.max-files", Kind: option.Int, Default: "10", Help: "Log files kept, the newest included."}

	LogSearchURL      = option.Option{Key: "flott.log.search.url", Kind: option.String, Help: "Elasticsearch or OpenSearch, e.g. http://127.0.0.1:9200; needed by the target search."}
	LogSearchIndex    = option.Option{Key: "flott.log.search.index", Kind: option.String, Default: "flott-logs", Help: "Index, alias or data stream of the log lines."}
	LogSearchUser     = option.Option{Key: "flott.log.search.username", Kind: option.String, Help: "User of the search server."}
	LogSearchPassword = option.Option{Key: "flott.log.search.password", Kind: option.String, Secret: true, Help: "Password of the user."}
	LogSearchKey      = option.Option{Key: "flott.log.search.api-key", Kind: option.String, Secret: true, Help: "API key, instead of user and password."}
	LogSearchBuffer   = option.Option{Key: "flott.log.search.buffer-size", Kind: option.Memory, Default: "4 mb", Help: "Lines that wait for the search server take that much memory at the most; then the oldest are dropped."}
	LogSearchInterval = option.Option{Key: "flott.log.search.flush-interval", Kind: option.Duration, Default: "1 s", Help: "How often lines are sent."}

	MetricsReporters          = option.Option{Key: "metrics.reporters", Kind: option.String, Help: "Names of the reporters that run, separated by ','; unset: all that have a metrics.reporter.NAME.factory.class."}
	MetricsDelimiter          = option.Option{Key: "metrics.scope.delimiter", Kind: option.String, Default: ".", Help: "Between the parts of a metric's identifier."}
	MetricsJM                 = option.Option{Key: "metrics.scope.jm", Kind: option.String, Default: "<host>.jobmanager", Help: "Scope of the job manager's metrics in identifiers."}
	MetricsJMJob              = option.Option{Key: "metrics.scope.jm-job", Kind: option.String, Default: "<host>.jobmanager.<job_name>", Aliases: []string{"metrics.scope.jm.job"}, Help: "Scope of a job's metrics on the job manager."}
	MetricsJMOperator         = option.Option{Key: "metrics.scope.jm-operator", Kind: option.String, Default: "<host>.jobmanager.<job_name>.<operator_name>", Help: "Scope of an operator's metrics on the job manager."}
	MetricsTM                 = option.Option{Key: "metrics.scope.tm", Kind: option.String, Default: "<host>.taskmanager.<tm_id>", Help: "Scope of a task manager's metrics."}
	MetricsTMJob              = option.Option{Key: "metrics.scope.tm-job", Kind: option.String, Default: "<host>.taskmanager.<tm_id>.<job_name>", Aliases: []string{"metrics.scope.tm.job"}, Help: "Scope of a job's metrics on a task manager."}
	MetricsTask               = option.Option{Key: "metrics.scope.task", Kind: option.String, Default: "<host>.taskmanager.<tm_id>.<job_name>.<task_name>.<subtask_index>", Help: "Scope of a task's metrics."}
	MetricsOperator           = option.Option{Key: "metrics.scope.operator", Kind: option.String, Default: "<host>.taskmanager.<tm_id>.<job_name>.<operator_name>.<subtask_index>", Help: "Scope of an operator's metrics."}
	MetricsLatencyInterval    = option.Option{Key: "metrics.latency.interval", Kind: option.Duration, Default: "0 s", Help: "How often sources send latency markers; 0 = never."}
	MetricsLatencyGranularity = option.Option{Key: "metrics.latency.granularity", Kind: option.Enum, Default: "operator", Values: []string{"single", "operator", "subtask"}, Help: "Whether latencies are told apart by source (operator), by source and its subtask (subtask), or not (single)."}
	MetricsLatencyHistory     = option.Option{Key: "metrics.latency.history-size", Kind: option.Int, Default: "128", Help: "Markers that a latency histogram remembers."}
	MetricsJobStatus          = option.Option{Key: "metrics.job.status.enable", Kind: option.List, Default: "CURRENT_TIME", Help: "Which metrics tell a job's status, separated by ';': STATE, CURRENT_TIME, TOTAL_TIME."}
	MetricsSystem             = option.Option{Key: "metrics.system-resource", Kind: option.Bool, Default: "false", Help: "Show the machine's processors, memory and network as well (Linux)."}
	MetricsSystemInterval     = option.Option{Key: "metrics.system-resource-probing-interval", Kind: option.Duration, Default: "5 s", Help: "The machine is looked at so often at the most."}
)
