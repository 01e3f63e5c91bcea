// Package filesystem is the connector `filesystem`: tables that are files in a
// folder, with partitions as folders `key=value`.
//
// Source: one split a file; a split's position is the number of decompressed
// bytes behind the last row. Names that begin with `.` or `_` are not read.
//
// Sink: a writer writes to hidden files and hands them over at a barrier; a
// committer renames them into view when the checkpoint is complete.
//
//	.part-J-S-N+O.inprogress ──roll──▶ committable ──checkpoint complete──▶ part-J-S-N
//	        └── goes on after a barrier: its length is in the checkpoint
//
// J stands for the run and the operator, S is the subtask, N a counter, O stands for
// the job and the operator over all runs. After a crash a file in progress is cut
// back to the length of the checkpoint and goes on; other hidden files with the same O
// are removed. A job without checkpoints has another O in each run; its writers hold
// a lock, the claim, while they live, and whoever finds one that nobody holds removes
// it and its files.
package filesystem
