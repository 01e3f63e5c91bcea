// Package metrics counts what the engine does, under Flink's scopes and names.
//
//	Registry ─ jobmanager ─ job ─ operator
//	         └ taskmanager ─ job ─ task ─ operator
//
// A Group is one scope with its variables; closing it removes its metrics and
// those of the groups below. Counters are one atomic word and are raised once a
// batch; rates and gauges are worked out when somebody asks, so what nobody
// reads costs nothing. A nil *Group is usable: its metrics count and are shown
// nowhere.
//
// Who reads: All gives reporters everything (package report sends it on);
// Names and Read answer the REST door under the names of Flink's; Handler and
// WritePrometheus show everything as Prometheus text under the names that
// Flink's own reporter uses: flink_taskmanager_job_task_operator_numRecordsIn{…}.
package metrics
