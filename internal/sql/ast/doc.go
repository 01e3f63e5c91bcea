// Package ast holds the syntax tree of Flink SQL: what the parser found in the
// text, before anything is known of catalogs, types of columns or functions.
//
// The parser builds it; the binder, EXPLAIN, SHOW CREATE and the session read
// it. Nobody changes a node after the parser has handed it over, so trees may
// be shared between goroutines.
//
//	Statement ─▶ Query ─▶ QueryBody (Select, SetOp, Values, TableQuery, Query)
//	                         │
//	                         ├─▶ TableExpr (TableName, Derived, TableFunc, Unnest, Join, MatchRecognize)
//	                         └─▶ Expr
//
// Invariants:
//
//	A1  Every node has a span in the script, and it covers those of its children.
//	A2  Parentheses leave no trace: precedence is in the shape of the tree.
//	A3  Parsing what Print wrote gives the same tree, spans aside.
//
// Names keep the user's spelling; keywords, units and operators are in upper
// case. Literals are decoded (quotes and escapes are gone), but numbers stay
// text, because only the binder knows the type they become.
package ast
