// Package sort holds the operators that order rows or cut them off: Sort, over
// the whole of a bounded input; TemporalSort, which orders a stream by event
// time as the watermark passes; and Limit.
//
// Rows are kept encoded in memory segments; what is ordered is an array of
// their addresses with the beginning of their first key beside, so that most
// comparisons do not touch the rows.
package sort
