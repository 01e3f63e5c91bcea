// Package join holds the joins of two streams: Join, the regular one, which
// keeps the rows of both sides, and WindowJoin, which joins windows when the
// watermark closes them.
//
// The state is one table by join key whose records hold two lists of rows, so
// one lookup finds a row's own list and the rows to match:
//
//	key ─▶ [left: first, last, n][right: first, last, n]
//	          │                     └▶ row ⇄ row ⇄ …   each with a count and the
//	          └▶ row ⇄ row ⇄ …                         number of rows it matches
//
// A batch may match far more rows than fit in one: the operator notes a few
// pairs, puts them out, and goes on from where it stopped when asked again.
package join
