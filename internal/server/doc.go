// Package server is `flott server`: an embedded cluster that stays, with its
// jobs kept in a folder over restarts and kill -9, and one listener for Flink's
// REST API, the SQL gateway and the page.
//
//	DIR/lock                     one server a folder
//	DIR/jobs/ID/job.json         what the job is and where it stands
//	DIR/jobs/ID/graph.json       the encoded job graph
//	DIR/jobs/ID/state/chk-N/…    its checkpoints
//
// A job is in the store before its first task is deployed, and leaves it when it
// has finished or was cancelled; one that failed stays, so that it can go on
// from its newest checkpoint. At a start all jobs that were running go on; an
// entry that is damaged is named and left alone.
package server
