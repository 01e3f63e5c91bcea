package parser

import (
	"iter"
	"strings"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/sql/ast"
)

// Piece is one statement of a script, not parsed yet.
type Piece struct {
	// Span is the statement's place in the script: from its first token to its
	// last, without the semicolon and the comments around.
	Span   diag.Span
	script string
}

// Text returns the statement as written, comments inside included.
func (p Piece) Text() string { return p.script[p.Span.Start:p.Span.End] }

// Display returns the statement without comments; hints stay.
func (p Piece) Display() string { return StripComments(p.Text()) }

// Parse parses the statement. Spans count from the start of the script.
func (p Piece) Parse() (ast.Statement, *diag.Error) { return parseRange(p.script, p.Span) }

// Split cuts a script into its statements at the semicolons that end one. Empty
// statements are skipped. A statement set runs to its END; if that is missing,
// to the first statement that cannot be part of it.
func Split(script string) iter.Seq[Piece] {
	return func(yield func(Piece) bool) {
		if len(script) > maxScript { // Parse says so
			yield(Piece{Span: diag.Span{End: len(script)}, script: script})
			return
		}
		l := lexer{s: script}
		for {
			span, more := l.statement()
			if span.End > span.Start && !yield(Piece{Span: span, script: script}) {
				return
			}
			if !more {
				return
			}
		}
	}
}

// statement passes one statement and returns its place; more is false at the
// end of the script.
func (l *lexer) statement() (span diag.Span, more bool) {
	// A set is open between STATEMENT SET BEGIN, or BEGIN STATEMENT SET, and an END
	// that starts a statement of its own; the END of a CASE never does. fresh is
	// true before the first token of such an inner statement.
	open, fresh, empty := false, false, true
	var last [3]string
	for {
		t := l.next()
		word := ""
		if t.kind == tWord {
			word = t.word
		}
		ends := t.kind == tOp && t.word == ";"
		switch {
		case t.kind == tEOF:
			return span, false
		case ends && !open:
			return span, true
		case open && fresh:
			switch word {
			case "END":
				open = false
			case "INSERT", "EXECUTE", "UPSERT":
			default:
				if !ends { // END is missing; don't swallow the rest of the script
					l.pos = int(t.start)
					return span, true
				}
			}
		}
		if !ends {
			if empty {
				span.Start, empty = int(t.start), false
			}
			span.End = int(t.end)
		}
		last = [3]string{last[1], last[2], word}
		fresh = ends
		switch last {
		case [3]string{"STATEMENT", "SET", "BEGIN"}:
			open, fresh = true, true
		case [3]string{"BEGIN", "STATEMENT", "SET"}:
			open = true
		}
	}
}

// StripComments returns the text without its comments, each replaced by a
// blank where it stood between two words; hints stay.
func StripComments(text string) string {
	if !strings.Contains(text, "--") && !strings.Contains(text, "/*") && !strings.Contains(text, "//") {
		return strings.TrimSpace(text)
	}
	var b strings.Builder
	l := lexer{s: text}
	for {
		gap := l.pos
		t := l.next()
		b.WriteString(stripGap(text[gap:t.start]))
		if t.kind == tEOF {
			return strings.TrimSpace(b.String())
		}
		b.WriteString(text[t.start:t.end])
	}
}

// stripGap takes the comments out of what lies between two tokens.
func stripGap(gap string) string {
	if !strings.ContainsAny(gap, "-/") {
		return gap
	}
	var b strings.Builder
	for i := 0; i < len(gap); {
		switch {
		case strings.HasPrefix(gap[i:], "/*"):
			n := strings.Index(gap[i+2:], "*/")
			i += n + 4
		case strings.HasPrefix(gap[i:], "--"), strings.HasPrefix(gap[i:], "//"):
			n := strings.IndexByte(gap[i:], '\n')
			if n < 0 {
				n = len(gap) - i
			}
			i += n
		default:
			b.WriteByte(gap[i])
			i++
		}
	}
	if b.Len() == 0 {
		return " "
	}
	return b.String()
}
