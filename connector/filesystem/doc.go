// Package filesystem is the connector `filesystem`: tables that are files in a
// folder, with partitions as folders `key=value`.
//
// Source: one split a file; a split's position is the number of decompressed
// bytes behind the last row. Names that begin with `.` or `_` are not read.
//
// Sink: a writer writes to hidden files and hands them over at a barrier; a
// committer renames them into view when the checkpoint is complete.
//
//	.part-J-S-N.inprogress ──roll──▶ committable ──checkpoint complete──▶ part-J-S-N
//	        └── goes on after a barrier: its length is in the checkpoint
//
// J is a part of the job's ID, S the subtask, N a counter. After a crash a file
// in progress is cut back to the length of the checkpoint and goes on.
package filesystem
