// Package matrix holds the engine to one answer, however it is configured:
// batches of 1, 7 and 1,024 rows, one subtask or four, links in memory or over
// TCP. It has tests only.
//
// What must not change is what depends on the place of a row between
// watermarks: which windows it is counted in, whether it is dropped as late,
// and what CURRENT_WATERMARK answers. A model in the tests computes that row by
// row; its count of late rows was checked against Flink 2.2, with and without
// local aggregates. The recorded scripts run under the same configurations in
// conformance/queries.
package matrix
