// Package jobmanager is the leading half of a cluster: a Dispatcher that takes
// jobs, and one job master for each that sees it through.
//
//	Dispatcher ── Submit ──▶ master (a step machine: events in, actions out)
//	    ▲                       │ actions
//	    └─ api.TaskEvents       ▼
//	       from task managers  shell: gateways, files, enumerators, timers
//
// The master decides: deployments, checkpoints, splits, failures and restarts.
// It does no I/O and never blocks; the shell carries its actions out and hands
// back what comes of them as events, one at a time.
//
// Job states are Flink's:
//
//	CREATED ─▶ RUNNING ─▶ FINISHED
//	             │ ▲ failure, restart
//	             ▼ │
//	         RESTARTING      RUNNING ─▶ FAILING ─▶ FAILED
//	                         RUNNING ─▶ CANCELLING ─▶ CANCELED
package jobmanager
