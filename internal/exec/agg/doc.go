// Package agg holds the aggregate functions and the unbounded GROUP BY.
//
// An aggregate lives in a few bytes of a state record, changed in place; what
// varies in length (distinct values, lists) hangs off it in the state's Multis:
//
//	record:  [rows i64] [touched i64] [call 0 …] [call 1 …] …
//	          if the    if state
//	          input     expires
//	          retracts
//
// A Set is the aggregates of one GROUP BY. It is used by GroupAgg here and by
// the windows next door: Update folds a batch of rows into records, Merge folds
// records into records (slices of windows), Results reads them.
//
// GroupAgg computes Flink's changelog row by row, but one aggregate at a time:
// each call runs over the whole batch and writes, for every row, its value
// before and after that row; the rows to put out are gathered from those.
package agg
