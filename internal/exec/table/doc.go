// Package table holds the operators at the borders of a job: Source and Values
// at its beginnings, Sink and Collect at its ends, and Watermark, which is half
// of a source in the middle of a plan.
//
// A source generates watermarks per split and lets the slowest one count:
//
//	split a  ── rows ── watermark a ─┐
//	split b  ── rows ── watermark b ─┼─ min of those that are not idle ──▶ marks between the rows
//	split c  ── idle ────────────────┘
//
// A sink commits in two phases: what Prepare answered at a barrier lies in its
// snapshot until the checkpoint is complete, and is committed first of all
// after a restore.
package table
