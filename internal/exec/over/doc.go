// Package over computes window functions: for each row, aggregates over the rows
// around it in its partition, its rank, or a row some places before it.
//
//	Rowtime  rows wait until the watermark passes them, then are folded in order;
//	         the output only grows
//	Arrival  processing time: each row is folded as it comes
//	Value    any other order, as a stream: a row changes those behind it
//	Sorted   batch mode: all rows are sorted, then every frame is possible
//
// All of them turn frames into steps: rows that enter a frame (+) and rows that
// leave it (-), in the order in which that happens. A folder takes the steps of
// many rows and partitions, decodes the columns that are aggregated and runs each
// aggregate over all steps at once (agg.Set); a row's result is the value behind
// its last step.
package over
