// Package parser turns the text of Flink SQL into the tree of package ast.
//
// The session splits a script into its statements and parses one after the
// other, so that a mistake in the third doesn't hide the first two:
//
//	script ─Split─▶ Piece ─Parse─▶ ast.Statement
//	                  └─────────▶ *diag.Error (code syntax, stage parse)
//
// Split knows just enough of the language to find the semicolons that end a
// statement: those in strings, quoted names, comments and statement sets don't.
//
// The lexer cuts a statement into tokens that point into the script; the
// parser is a recursive descent over them, with precedence climbing for
// expressions. Precedences and reserved words are Flink's (Calcite's). All
// offsets count from the start of the script, not of the statement.
//
// What the parser refuses, Flink's parser refuses too, with these exceptions,
// which Flink notices one step later: unknown type names, odd binary literals,
// and two string literals side by side. Meaning (do names exist, do types fit)
// is the binder's business.
//
// Nothing is kept between calls. A statement may nest 500 levels deep; deeper
// ones are refused, so no input overflows the stack.
package parser
