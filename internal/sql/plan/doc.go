// Package plan holds the logical plan: what a query means, in terms of bound
// tables and typed expressions, before anything is decided about how it runs.
//
// The binder builds it from the syntax tree; the optimizer and the physical
// planner turn it into operator specs. Expressions are spec.Expr already, so
// nothing is translated twice: a column reference is an index into the fields
// of the node's input (of a join: left fields, then right fields).
//
//	Scan Values                                leaves
//	Project Filter Watermark WindowTVF         one input, row by row
//	Aggregate Over Sort Match                  one input, many rows
//	Join TemporalJoin SetOp Correlate          several
//	Sink                                       roots (a query's root is any other node)
//
// Invariants:
//
//	L1  Nodes are immutable once the binder has returned them, and may be
//	    shared: a CTE or view used twice is the same node twice (a DAG).
//	L2  Every implicit conversion is a CAST call; both sides of a comparison
//	    have types that the kernels take.
//	L3  Time attributes are in the field types (Type.Attr). In batch mode there
//	    are none.
//	L4  Aggregates, window functions and sort keys refer to columns only; a
//	    Project below computes what they need.
//	L5  No node holds a subquery or a reference to an outer query: the binder
//	    has turned them into joins.
//
// Things that have no node of their own: SELECT DISTINCT and UNION are an
// Aggregate without calls; LIMIT without ORDER BY is a Sort without keys; a
// legacy group window (`GROUP BY TUMBLE(ts, …)`) is an Aggregate over a
// WindowTVF; IN, EXISTS and scalar subqueries are semi, anti and left joins.
package plan
