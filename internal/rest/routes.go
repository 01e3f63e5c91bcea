package rest

import (
	"net/http"
	"sync"
)

// Route is an endpoint: what the mux, the OpenAPI document and the reference
// page know of it.
type Route struct {
	Method, Path string // with Flink's :name
	Summary      string
	Query        []Parameter
	// Request and Response are values of the types of their bodies. A nil Request
	// has no body, a nil Response is text.
	Request, Response any
	Status            int // of a good answer
	// Changes marks what alters something, and is refused to readers.
	Changes bool
	call    func(*request) (any, error)
}

// Parameter is one of a query.
type Parameter struct{ Name, Doc string }

var (
	getParameter  = Parameter{"get", "names, with commas; without it the answer lists the names there are"}
	aggParameter  = Parameter{"agg", "min, max, avg, sum, skew, with commas; all without it"}
	modeParameter = Parameter{"mode", "cancel"}
)

func get(path, summary string, response any, call func(*request) (any, error), query ...Parameter) Route {
	return Route{Method: http.MethodGet, Path: path, Summary: summary, Response: response, Status: http.StatusOK, Query: query, call: call}
}

func change(method, path, summary string, request, response any, status int, call func(*request) (any, error), query ...Parameter) Route {
	return Route{Method: method, Path: path, Summary: summary, Request: request, Response: response, Status: status, Changes: true, Query: query, call: call}
}

// Routes returns all endpoints, by area.
func Routes() []Route {
	const job, vertex = "/jobs/:jobid", "/jobs/:jobid/vertices/:vertexid"
	return []Route{
		get("/config", "what the dashboard needs to know", dashboardConfig{}, getConfig),
		get("/overview", "the cluster in figures", clusterOverview{}, getOverview),
		change(http.MethodDelete, "/cluster", "ends the cluster", nil, empty{}, http.StatusOK, deleteCluster),
		get("/openapi.json", "this API as an OpenAPI 3 document", nil, getOpenAPI),

		get("/jobs", "all jobs with their states", jobIDs{}, getJobs),
		get("/jobs/overview", "all jobs, newest first", jobsOverview{}, getJobsOverview),
		get("/jobs/metrics", "metrics over several jobs", []aggregatedMetric{}, getJobsMetrics, getParameter, aggParameter, Parameter{"jobs", "ids of those that count; all without it"}),
		get(job, "a job with its vertices and plan", jobDetails{}, getJob),
		change(http.MethodPatch, job, "cancels a job", nil, empty{}, http.StatusAccepted, cancelJob, modeParameter),
		change(http.MethodGet, job+"/yarn-cancel", "cancels a job, for clients that can only GET", nil, empty{}, http.StatusAccepted, cancelJob),
		get(job+"/plan", "the job graph", planAnswer{}, getPlan),
		get(job+"/config", "the job's configuration", jobConfig{}, getJobConfig),
		get(job+"/exceptions", "why the job has failed or restarted", exceptions{}, getExceptions, Parameter{"maxExceptions", "how many at most (20)"}),
		get(job+"/accumulators", "always empty: SQL has none", jobAccumulators{}, getJobAccumulators, Parameter{"includeSerializedValue", "has no effect"}),
		get(job+"/status", "the job's state", jobStatus{}, getJobStatus),
		get(job+"/execution-result", "how the job has ended", executionResult{}, getExecutionResult),
		get(job+"/metrics", "metrics of a job", []metric{}, getJobMetrics, getParameter),
		get(job+"/resource-requirements", "the parallelism of the vertices", resourceRequirements{}, getRequirements),
		change(http.MethodPut, job+"/resource-requirements", "not supported", nil, empty{}, http.StatusOK, putRequirements),
		change(http.MethodPatch, job+"/rescaling", "not supported", nil, requestID{}, http.StatusOK, patchRescaling, Parameter{"parallelism", "a number"}),

		get(job+"/checkpoints", "checkpoints: counts, figures, the newest", checkpoints{}, getCheckpoints),
		change(http.MethodPost, job+"/checkpoints", "makes a checkpoint", checkpointTrigger{}, requestID{}, http.StatusAccepted, postCheckpoint),
		get(job+"/checkpoints/:triggerid", "what became of it", checkpointResult{}, getCheckpointTrigger),
		get(job+"/checkpoints/config", "how checkpoints are made", checkpointConfig{}, getCheckpointConfig),
		get(job+"/checkpoints/details/:checkpointid", "a checkpoint by vertex", checkpoint{}, getCheckpoint),
		get(job+"/checkpoints/details/:checkpointid/subtasks/:vertexid", "a vertex's part of a checkpoint", vertexCheckpointDetails{}, getCheckpointSubtasks),
		change(http.MethodPost, job+"/savepoints", "makes a savepoint", savepointTrigger{}, requestID{}, http.StatusAccepted, postSavepoint),
		get(job+"/savepoints/:triggerid", "what became of it, or of a stop", savepointResult{}, getSavepoint),
		change(http.MethodPost, job+"/stop", "ends the job with a savepoint", stopTrigger{}, requestID{}, http.StatusAccepted, postStop),
		change(http.MethodPost, "/savepoint-disposal", "removes a savepoint", disposalTrigger{}, requestID{}, http.StatusOK, postDisposal),
		get("/savepoint-disposal/:triggerid", "what became of it", disposalResult{}, getDisposal),

		get(vertex, "a vertex with its subtasks", vertexAnswer{}, getVertex),
		get(vertex+"/accumulators", "always empty: SQL has none", vertexAccumulators{}, getVertexAccumulators),
		get(vertex+"/backpressure", "how a vertex spends its time", backpressure{}, getBackpressure),
		get(vertex+"/flamegraph", "switched off", flameGraph{}, getFlameGraph, Parameter{"type", "full, on_cpu or off_cpu"}, Parameter{"subtaskindex", "a number"}),
		get(vertex+"/jm-operator-metrics", "metrics that the job manager has of the operators", []metric{}, getOperatorMetrics, getParameter),
		get(vertex+"/metrics", "metrics of a vertex, each name after the subtask", []metric{}, getVertexMetrics, getParameter),
		get(vertex+"/subtasks/accumulators", "always empty: SQL has none", subtasksAccumulators{}, getSubtasksAccumulators),
		get(vertex+"/subtasks/metrics", "metrics over the subtasks of a vertex", []aggregatedMetric{}, getSubtasksMetrics, getParameter, aggParameter,
			Parameter{"subtasks", "those that count, such as 1,3,5-9; all without it"}),
		get(vertex+"/subtasks/:subtaskindex", "a subtask", subtaskDetails{}, getSubtask),
		get(vertex+"/subtasks/:subtaskindex/metrics", "metrics of a subtask", []metric{}, getSubtaskMetrics, getParameter),
		get(vertex+"/subtasks/:subtaskindex/attempts/:attempt", "an attempt of a subtask", subtaskDetails{}, getAttempt),
		get(vertex+"/subtasks/:subtaskindex/attempts/:attempt/accumulators", "always empty: SQL has none", attemptAccumulators{}, getAttemptAccumulators),
		get(vertex+"/subtasktimes", "when subtasks came into their states", subtaskTimes{}, getSubtaskTimes),
		get(vertex+"/taskmanagers", "a vertex by task manager", vertexTaskManagers{}, getVertexTaskManagers),
		get(vertex+"/watermarks", "the watermarks of a vertex", []metric{}, getWatermarks),

		get("/taskmanagers", "all task managers", taskManagers{}, getTaskManagers),
		get("/taskmanagers/metrics", "metrics over several task managers", []aggregatedMetric{}, getTaskManagersMetrics, getParameter, aggParameter,
			Parameter{"taskmanagers", "ids of those that count; all without it"}),
		get("/taskmanagers/:taskmanagerid", "a task manager", taskManagerDetails{}, getTaskManager),
		get("/taskmanagers/:taskmanagerid/metrics", "metrics of a task manager", []metric{}, getTaskManagerMetrics, getParameter),
		get("/taskmanagers/:taskmanagerid/log", "its log", nil, getLog),
		get("/taskmanagers/:taskmanagerid/stdout", "what it has printed", nil, getStdout),
		get("/taskmanagers/:taskmanagerid/logs", "its log files", logList{}, getLogs),
		get("/taskmanagers/:taskmanagerid/logs/:filename", "a log file", nil, getLogFile),
		get("/taskmanagers/:taskmanagerid/thread-dump", "its goroutines", threadDump{}, getTaskManagerThreads),
		get("/taskmanagers/:taskmanagerid/profiler", "always empty", profilingList{}, getProfilings),
		change(http.MethodPost, "/taskmanagers/:taskmanagerid/profiler", "not supported", nil, empty{}, http.StatusOK, postProfiling),

		get("/jobmanager/config", "the cluster's configuration", []keyValue{}, getJobManagerConfig),
		get("/jobmanager/environment", "what flott was built of", environment{}, getEnvironment),
		get("/jobmanager/metrics", "metrics of the job manager", []metric{}, getJobManagerMetrics, getParameter),
		get("/jobmanager/log", "its log", nil, getLog),
		get("/jobmanager/stdout", "what it has printed", nil, getStdout),
		get("/jobmanager/logs", "its log files", logList{}, getLogs),
		get("/jobmanager/logs/:filename", "a log file", nil, getLogFile),
		get("/jobmanager/thread-dump", "its goroutines", threadDump{}, getThreads),
		get("/jobmanager/profiler", "always empty", profilingList{}, getProfilings),
		change(http.MethodPost, "/jobmanager/profiler", "not supported", nil, empty{}, http.StatusOK, postProfiling),
		get(job+"/jobmanager/config", "as /jobmanager/config", []keyValue{}, getJobJobManagerConfig),
		get(job+"/jobmanager/environment", "as /jobmanager/environment", environment{}, getJobEnvironment),
		get(job+"/jobmanager/log-url", "where the page shows the log", address{}, getJobManagerLogURL),
		get(job+"/taskmanagers/:taskmanagerid/log-url", "where the page shows the log", address{}, getTaskManagerLogURL),

		get("/datasets", "always empty", dataSets{}, getDataSets),
		change(http.MethodDelete, "/datasets/:datasetid", "there are none", nil, requestID{}, http.StatusAccepted, deleteDataSet),
		get("/jars", "always empty", jarList{}, getJars),
		change(http.MethodPost, "/jars/upload", "not supported: jobs are SQL", nil, empty{}, http.StatusOK, noJars),
		change(http.MethodDelete, "/jars/:jarid", "not supported: jobs are SQL", nil, empty{}, http.StatusOK, noJars),
		get("/jars/:jarid/plan", "not supported: jobs are SQL", planAnswer{}, noJars),
		change(http.MethodPost, "/jars/:jarid/plan", "not supported: jobs are SQL", nil, planAnswer{}, http.StatusOK, noJars),
		change(http.MethodPost, "/jars/:jarid/run", "not supported: jobs are SQL", nil, empty{}, http.StatusOK, noJars),
		change(http.MethodPost, "/jars/:jarid/run-application", "not supported: jobs are SQL", nil, empty{}, http.StatusAccepted, noJars),
		change(http.MethodPost, "/jobs", "not supported: jobs are SQL", nil, empty{}, http.StatusAccepted, noJars),
	}
}

// roots are the first parts of all paths.
var roots = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for _, r := range Routes() {
		out[firstPart(r.Path)] = true
	}
	return out
})
