// Package metrics counts what the engine does, under Flink's scopes and names.
//
//	Registry ─ jobmanager ─ job
//	         └ taskmanager ─ job ─ task ─ operator
//
// A Group is one scope with its variables; closing it removes its metrics and
// those of the groups below. Counters are one atomic word and are raised once a
// batch. A nil *Group is usable: its metrics count and are shown nowhere.
//
// Handler shows everything as Prometheus text under the names that Flink's own
// reporter uses: flink_taskmanager_job_task_operator_numRecordsIn{…}.
package metrics
