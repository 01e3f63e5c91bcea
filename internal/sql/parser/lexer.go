package parser

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/sql/ast"
)

// kind is the class of a token.
type kind uint8

const (
	tEOF    kind = iota
	tWord        // unquoted identifier or keyword
	tQuoted      // `identifier`
	tString      // '…' with an optional prefix N, E, U&, X or _charset
	tNumber      // 1, 1.5, .5, 1e3
	tOp          // operator or punctuation; word holds it
	tBad         // a lexical mistake, see lexer.explain
)

// token is a piece of the text: script[start:end]. For a word known to the
// grammar and for operators, word is its upper-case spelling, shared and never
// allocated; other words have "".
type token struct {
	word       string
	start, end int32
	kind       kind
	reserved   bool
}

func (t token) span() diag.Span { return diag.Span{Start: int(t.start), End: int(t.end)} }

// lexer cuts a range of a script into tokens.
type lexer struct {
	s   string // the script up to the end of the range
	pos int
}

// next returns the next token; at the end, tEOF for ever.
func (l *lexer) next() token {
	l.skipSpace()
	start := l.pos
	if start >= len(l.s) {
		return token{kind: tEOF, start: int32(len(l.s)), end: int32(len(l.s))}
	}
	make := func(k kind, word string) token {
		return token{kind: k, word: word, start: int32(start), end: int32(l.pos)}
	}
	c := l.s[start]
	switch {
	case isIdentByte(c) && !isDigit(c) && (c < utf8.RuneSelf || l.letter()):
		if l.stringPrefix() {
			return make(l.quoted('\'', tString), "")
		}
		l.skipIdent()
		t := make(tWord, "")
		t.word, t.reserved = lookup(l.s[start:l.pos])
		return t
	case isDigit(c), c == '.' && start+1 < len(l.s) && isDigit(l.s[start+1]):
		l.skipNumber()
		return make(tNumber, "")
	case c == '\'':
		return make(l.quoted('\'', tString), "")
	case c == '`':
		return make(l.quoted('`', tQuoted), "")
	case c == '"':
		l.doubleQuoted()
		return make(tBad, "")
	}
	rest := l.s[start:]
	if strings.HasPrefix(rest, "/*") && !strings.HasPrefix(rest, "/*+") { // not closed, else skipSpace had it
		l.pos = len(l.s)
		return make(tBad, "")
	}
	for _, op := range operators[c] {
		if strings.HasPrefix(rest, op) {
			l.pos += len(op)
			return make(tOp, op)
		}
	}
	_, n := utf8.DecodeRuneInString(rest)
	l.pos += n
	return make(tBad, "")
}

// operators lists the operators by their first byte, longest first. '>>' is
// none, so that ARRAY<ARRAY<INT>> closes twice.
var operators = func() (t [256][]string) {
	for _, op := range strings.Fields("/*+ */ || => <= >= <> != + - * / % = < > ( ) [ ] { } , ; . ? : | ^") {
		t[op[0]] = append(t[op[0]], op)
	}
	return t
}()

// skipSpace passes blanks and comments; it stops at a comment that doesn't end
// and at the start of a hint.
func (l *lexer) skipSpace() {
	for l.pos < len(l.s) {
		rest := l.s[l.pos:]
		switch c := rest[0]; {
		case c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f':
			l.pos++
		case strings.HasPrefix(rest, "--"), strings.HasPrefix(rest, "//"):
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest) - 1
			}
			l.pos += n + 1
		case strings.HasPrefix(rest, "/*") && !strings.HasPrefix(rest, "/*+"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				return
			}
			l.pos += n + 4
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(rest)
			if !unicode.IsSpace(r) && r != '\ufeff' {
				return
			}
			l.pos += n
		default:
			return
		}
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isIdentByte(c byte) bool {
	return c == '_' || c == '$' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || isDigit(c) || c >= utf8.RuneSelf
}

// letter reports whether a name may begin with the next rune.
func (l *lexer) letter() bool {
	r, _ := utf8.DecodeRuneInString(l.s[l.pos:])
	return ast.IsNameRune(r, true)
}

func (l *lexer) skipIdent() {
	for l.pos < len(l.s) && isIdentByte(l.s[l.pos]) {
		n := 1
		if l.s[l.pos] >= utf8.RuneSelf {
			var r rune
			if r, n = utf8.DecodeRuneInString(l.s[l.pos:]); !ast.IsNameRune(r, false) {
				return
			}
		}
		l.pos += n
	}
}

func (l *lexer) skipDigits() {
	for l.pos < len(l.s) && isDigit(l.s[l.pos]) {
		l.pos++
	}
}

func (l *lexer) skipNumber() {
	l.skipDigits()
	if l.pos < len(l.s) && l.s[l.pos] == '.' {
		l.pos++
		l.skipDigits()
	}
	if l.pos < len(l.s) && (l.s[l.pos] == 'e' || l.s[l.pos] == 'E') {
		mantissa := l.pos
		l.pos++
		if l.pos < len(l.s) && (l.s[l.pos] == '+' || l.s[l.pos] == '-') {
			l.pos++
		}
		digits := l.pos
		if l.skipDigits(); l.pos == digits {
			l.pos = mantissa // `1e` is the number 1 and the name e
		}
	}
}

// stringPrefix passes N, E, X, U& or _charset in front of a quote, and reports
// whether there was one.
func (l *lexer) stringPrefix() bool {
	rest := l.s[l.pos:]
	n := 0
	switch rest[0] {
	case 'n', 'N', 'e', 'E', 'x', 'X':
		n = 1
	case 'u', 'U':
		if len(rest) > 1 && rest[1] == '&' {
			n = 2
		}
	case '_':
		n = 1
		for n < len(rest) && (isIdentByte(rest[n]) && rest[n] < utf8.RuneSelf || rest[n] == '-' || rest[n] == ':' || rest[n] == '.') {
			n++
		}
	}
	if n == 0 || n >= len(rest) || rest[n] != '\'' {
		return false
	}
	l.pos += n
	return true
}

// quoted passes a text in quotes, where the doubled quote stands for itself; in
// E'…' a backslash hides the next byte. It returns k, or tBad if it doesn't end.
func (l *lexer) quoted(quote byte, k kind) kind {
	escapes := l.pos > 0 && (l.s[l.pos-1] == 'e' || l.s[l.pos-1] == 'E') && (l.pos == 1 || !isIdentByte(l.s[l.pos-2])) && quote == '\''
	for i := l.pos + 1; i < len(l.s); i++ {
		switch c := l.s[i]; {
		case c == '\\' && escapes:
			i++
		case c == quote && i+1 < len(l.s) && l.s[i+1] == quote:
			i++
		case c == quote:
			l.pos = i + 1
			return k
		}
	}
	l.pos = len(l.s)
	return tBad
}

// doubleQuoted passes "x", on one line; SQL of Flink has no use for it.
func (l *lexer) doubleQuoted() {
	for i := l.pos + 1; i < len(l.s) && l.s[i] != '\n'; i++ {
		if l.s[i] == '"' {
			l.pos = i + 1
			return
		}
	}
	l.pos++
}

// explain returns the mistake behind a tBad token.
func (l *lexer) explain(t token) *diag.Error {
	e := &diag.Error{Code: codeSyntax, Stage: diag.StageParse, Span: t.span()}
	text := l.s[t.start:t.end]
	opening := diag.Span{Start: int(t.start), End: int(t.start) + 1}
	switch {
	case text[0] == '"' && len(text) > 1:
		e.Message = "double quotes mean nothing in Flink SQL"
		e.Help = "write `" + text[1:len(text)-1] + "` for a name, '" + text[1:len(text)-1] + "' for a string"
	case text[0] == '"':
		e.Message = "double quotes mean nothing in Flink SQL"
		e.Help = "write `name` for a name, 'text' for a string"
	case text[0] == '`':
		e.Message, e.Label = "this quoted name has no end", "opened here"
		e.Span = opening
		e.Help = "close it with a backtick"
	case strings.HasPrefix(text, "/*"):
		e.Message, e.Label = "this comment has no end", "opened here"
		e.Span.End = e.Span.Start + 2
		e.Help = "close it with */"
	case strings.HasSuffix(text, "'") || strings.Contains(text, "'"):
		e.Message, e.Label = "this string has no end", "opened here"
		e.Span = opening
		e.Help = "close it with '; a quote inside a string is written twice: 'it''s'"
	case text == "!":
		e.Message = `"!" is no operator`
		e.Help = "write NOT for a negation, <> for unequal"
	case text == "&":
		e.Message = `"&" is no operator`
		e.Help = "write AND between conditions"
	default:
		e.Message = "\"" + text + "\" cannot stand in SQL"
		e.Help = "quote a name with such characters in backticks"
	}
	return e
}
