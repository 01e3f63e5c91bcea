// Package expr evaluates expressions: a bound spec.Expr is compiled once, when
// an operator opens, into a program of kernel calls over registers, and runs
// for each batch.
//
//	a + 1 < b AND c / d > 2        r0 r1 r2 r3   columns a b c d
//	                               r4 = 1        constant
//	                               r5 = r0 + r4
//	                               r6 = r5 < r1
//	                               r7 = AND r6 [ scope: rows where r6 is not FALSE
//	                                             s0 s1 = r2 r3 of those rows … ]
//
// A register is a vector that belongs to the program and is used again for the
// next batch, or a column of the batch itself. Equal subexpressions share a
// register. Expressions without columns become constants, by the same kernels.
//
// Lazy forms (AND, OR, CASE, COALESCE and what is made of them) keep the order
// of SQL where it can be seen: an argument that can fail, or that is costly,
// is a scope of its own, which gathers the rows that reach it, evaluates them
// and puts the results back where they belong. Cheap arguments that cannot fail
// are evaluated for all rows.
//
// Invariants:
//
//	P1  A program belongs to one goroutine.
//	P2  A vector that Eval returns is valid until the next Eval, never Const, and
//	    not to be changed: it may be a column of the batch.
//	P3  In a steady state nothing is allocated per batch.
package expr
