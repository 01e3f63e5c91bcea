// Package function is the registry of SQL's functions and operators: signature
// for the binder, kernel for the engine, documentation for the reference. It is
// the one thing that the two staircases (queries and rows) share besides spec.
//
// One function lies in one file internal/function/<family>/<name>.go and
// registers itself; package function/all imports the families.
//
// # Names of what is not written as a call
//
// Operators are functions too. The binder emits these names:
//
//	x + y - * / %, -x          `+` `-` `*` `/` `%` `NEGATE` (+x is x)
//	x = y …                    `=` `<>` `<` `<=` `>` `>=`
//	x AND y AND z, NOT x       `AND` `OR` (two or more arguments) `NOT`
//	x IS [NOT] NULL, TRUE, …   `IS NULL` `IS NOT NULL` `IS TRUE` `IS NOT TRUE` `IS FALSE` `IS NOT FALSE`
//	                           `IS UNKNOWN` `IS NOT UNKNOWN`
//	x IS DISTINCT FROM y       `IS DISTINCT FROM` `IS NOT DISTINCT FROM`
//	x [NOT] BETWEEN a AND b    `BETWEEN` `NOT BETWEEN` `BETWEEN SYMMETRIC` `NOT BETWEEN SYMMETRIC` (x, a, b)
//	x [NOT] IN (a, b)          `IN` `NOT IN` (x, a, b, …)
//	s [NOT] LIKE p [ESCAPE e]  `LIKE` `NOT LIKE` `SIMILAR TO` `NOT SIMILAR TO` (s, p[, e])
//	x || y                     `||`
//	CASE WHEN …                `CASE` (condition, value, condition, value, …, else)
//	CAST(x AS t)               `CAST` `TRY_CAST` (x); the target is Expr.Type
//	a[i], m[k], r.f            `ITEM` (a, i), `FIELD` (r, INT literal: index from 0)
//	ROW(…), ARRAY[…], MAP[…]   `ROW` `ARRAY` `MAP` (k, v, k, v, …)
//	(a, b) OVERLAPS (c, d)     `OVERLAPS` (a, b, c, d)
//	s IS [NOT] JSON [OBJECT]   `IS JSON VALUE` `IS JSON OBJECT` `IS JSON ARRAY` `IS JSON SCALAR`, `IS NOT JSON …`
//
// Keywords as arguments are literals of kind types.Symbol, text in upper case
// (Sym makes one):
//
//	EXTRACT(u FROM t)          `EXTRACT` (u, t)
//	FLOOR(t TO u), CEIL        `FLOOR` `CEIL` (t, u)
//	TIMESTAMPADD(u, n, t)      `TIMESTAMPADD` `TIMESTAMPDIFF` (u, …)
//	TRIM(BOTH c FROM s)        `TRIM` (side, c, s); the binder fills in BOTH and ' '
//	JSON_EXISTS                (s, path[, TRUE|FALSE|UNKNOWN|ERROR])
//	JSON_VALUE                 (s, path, returning, NULL|ERROR|DEFAULT, on empty, NULL|ERROR|DEFAULT, on error);
//	                           returning is a NULL literal of the type after RETURNING (STRING if there is
//	                           none), the values of DEFAULT are NULL literals where unused
//	JSON_QUERY                 (s, path, returning, wrapper, on empty, on error); wrapper is WITHOUT, CONDITIONAL
//	                           or UNCONDITIONAL; on empty and on error NULL, ERROR, EMPTY ARRAY or EMPTY OBJECT
//	JSON_OBJECT                (NULL|ABSENT, k, v, k, v, …), JSON_ARRAY (NULL|ABSENT, v, …); a value that is
//	                           itself a JSON_OBJECT, JSON_ARRAY or JSON call stands inside `JSON`
//
// BETWEEN, IN, OVERLAPS, GREATEST and the like take their arguments after the
// casts of Signature.Args; nothing needs to be spelled out by the binder.
//
// # Kernels
//
// Kernels work on whole vectors:
//
//	K1  All arguments have n rows or are Const. Const arguments hold one value.
//	K2  A Strict function's result is NULL where an argument is. The caller sees
//	    to it: before the call it sets out's validity, which the kernel may narrow
//	    by SetNull; after a kernel that Appends it adds the arguments' NULLs. The
//	    kernel may compute NULL rows but must not fail because of them.
//	K3  out has been Resized to n, and the kernel writes every row. A kernel that
//	    Appends gets an empty out and adds n rows.
//	K4  A kernel that can fail (Partial) returns *RowError with the first bad row.
//	K5  Without arguments that vary, a deterministic kernel is called for one row.
package function
