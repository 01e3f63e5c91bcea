// Package aggregate holds the signatures of the aggregate functions. Their
// accumulators live in exec/agg, by name.
//
// A result is NULL if its argument may be; that a global aggregate over no rows
// is NULL as well is the binder's to add.
package aggregate
