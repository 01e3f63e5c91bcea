// Package bind gives meaning to syntax: it looks names up in the catalog,
// types every expression as Flink does, makes implicit casts explicit and turns
// statements into logical plans (package plan) and catalog objects.
//
//	ast.Query      ─ Query ──────▶ plan.Node
//	ast.Insert     ─ Insert ─────▶ plan.Sink
//	ast.CreateTable ─ CreateTable ▶ catalog.Table
//	ast.CreateView ─ CreateView ─▶ catalog.View
//
// Bound expressions are spec.Expr; package function's documentation lists the
// names of calls that stand for operators and special syntax. While a SELECT is
// being bound its expressions may hold placeholders whose names begin with `$`:
//
//	$agg(n)      the n-th aggregate call of the block
//	$over(n)     the n-th window function
//	$sub(n; …)   the value of the n-th subquery, which refers to the arguments
//	$outer(n, i) inside subquery n: its i-th argument
//
// They are gone when the plan is handed over (invariant L5 of package plan).
//
// Mistakes are collected, ten at the most, and returned in the order of the
// text. What stands on a mistake has the type Unset and is not complained about
// again.
package bind
