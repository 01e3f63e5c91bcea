package parser

import (
	"iter"
	"strings"

	"github.com/flott/flott/internal/diag"
)

// TokenClass says how a piece of a script is to be coloured.
type TokenClass uint8

// The classes of tokens.
const (
	ClassOther TokenClass = iota
	ClassKeyword
	ClassString
	ClassNumber
	ClassQuoted  // `identifier`
	ClassComment // comments and hints between tokens
)

// Tokens cuts a script into its tokens and the comments between them, for
// editors. It takes any text; what cannot be read is ClassOther.
func Tokens(script string) iter.Seq2[TokenClass, diag.Span] {
	return func(yield func(TokenClass, diag.Span) bool) {
		l := lexer{s: script}
		for {
			before := l.pos
			t := l.next()
			if gap := script[before:t.start]; strings.TrimSpace(gap) != "" && !yield(ClassComment, diag.Span{Start: before, End: int(t.start)}) {
				return
			}
			if t.kind == tEOF {
				return
			}
			class := ClassOther
			switch t.kind {
			case tWord:
				if t.reserved {
					class = ClassKeyword
				}
			case tString:
				class = ClassString
			case tNumber:
				class = ClassNumber
			case tQuoted:
				class = ClassQuoted
			}
			if !yield(class, t.span()) {
				return
			}
			if l.pos <= before { // a lexer that stands still must not hang an editor
				return
			}
		}
	}
}

// Terminated reports whether a text ends with a whole statement and its
// semicolon, so that there is nothing to wait for.
func Terminated(text string) bool {
	l := lexer{s: text}
	for ended := false; ; ended = true {
		if span, more := l.statement(); !more {
			return ended && span.End == span.Start
		}
	}
}
