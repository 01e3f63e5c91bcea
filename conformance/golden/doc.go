// Package golden knows how an answer of flott is compared with the one recorded
// from a real Apache Flink.
//
// It compares single things: a cell, a list of columns, a bag of rows, an error.
// Which of them have to agree for a script or an expression is decided by its
// callers, conformance/queries and conformance/expr. What may differ is said
// here once, with the reason: see [Cell], [Refused] and [SameTokens].
package golden
