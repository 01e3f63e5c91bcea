// Package errors holds wrong statements with the whole message that a user sees
// for each: code, position, carets, notes and help.
//
// testdata/*.txt has a file for each family of mistakes, a list of cases:
//
//	statements, the last of which is wrong
//	----
//	the message
//	(empty line)
//
// Each case starts from the tables of testdata/tables.sql. A case that begins with
// `-- run` is executed, for mistakes that only show in the data; the others are
// planned. `go test ./conformance/errors -rewrite` writes what comes out: read it as a
// user would before it is committed.
package errors
