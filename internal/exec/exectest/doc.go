// Package exectest runs operators in tests as a task would, only harder: the
// same input is cut into batches in many ways, interrupted by snapshots that
// are restored into a new operator, and split over several subtasks by key
// group. An operator has to answer the same each time.
//
// Input and output are lines of text:
//
//	+I 1, abc, NULL     a row: its kind, then its values
//	^ 5000              a watermark
//	~ 10s               processing time moves on
//
// A leading "1:" puts a line on input port 1. Timestamps are milliseconds.
package exectest
