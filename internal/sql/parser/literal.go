package parser

import (
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/sql/ast"
)

// charsets are the names after the underscore of _utf8'…'. Scripts are UTF-8
// and so is every string; the name only has to exist.
var charsets = setOf("UTF8 UTF-8 UTF16 UTF-16 UTF-16LE UTF-16BE UTF32 UTF-32 LATIN1 ISO-8859-1 US-ASCII ASCII WINDOWS-1252 GBK BIG5")

// str takes a character string that may not be binary.
func (p *parser) str() *ast.StringLit {
	if p.tok().kind == tString {
		if s, ok := p.stringLiteral().(*ast.StringLit); ok {
			return s
		}
		p.pos--
	}
	p.fail("expected a string in single quotes")
	return nil
}

// stringLiteral takes a character or binary string. Pieces on lines of their own
// are one string: 'ab' newline 'cd' is 'abcd'.
func (p *parser) stringLiteral() ast.Expr {
	t := p.next()
	text := p.text(t)
	quote := strings.IndexByte(text, '\'')
	prefix := strings.ToUpper(text[:quote])
	span := t.span()
	if prefix == "X" {
		digits := []string{p.binaryDigits(t)}
		for p.continued(t) {
			t = p.next()
			digits = append(digits, p.binaryDigits(t))
			span = span.To(t.span())
		}
		b, err := hex.DecodeString(strings.Join(digits, ""))
		if err != nil {
			p.failAt(span, "a binary literal needs an even number of hex digits", "write two digits a byte: X'0A'")
		}
		return &ast.BinaryLit{At: ast.At{Span: span}, Value: b}
	}
	value := p.stringValue(t, prefix)
	if p.continued(t) {
		pieces := []string{value}
		for p.continued(t) {
			t = p.next()
			pieces = append(pieces, p.stringValue(t, ""))
			span = span.To(t.span())
		}
		value = strings.Join(pieces, "")
	}
	if prefix == "U&" {
		escape := byte('\\')
		if p.accept("UESCAPE") {
			e := p.str()
			if len(e.Value) != 1 || isHex(e.Value[0]) || strings.ContainsAny(e.Value, "+'\" \n\t") {
				p.failAt(e.Span, "UESCAPE takes one character that is no hex digit, plus sign, quote or space", "")
			}
			escape = e.Value[0]
			span = span.To(e.Span)
		}
		value = p.unescapeUnicode(value, escape, span)
	}
	return &ast.StringLit{At: ast.At{Span: span}, Value: value}
}

// continued reports whether the next token goes on with the string t: a plain
// string on a later line.
func (p *parser) continued(t token) bool {
	n := *p.tok()
	if n.kind != tString || p.script[n.start] != '\'' {
		return false
	}
	if !strings.Contains(p.script[t.end:n.start], "\n") {
		p.failAt(n.span(), "expected an operator or a comma between two strings",
			"join strings with ||; a quote inside a string is written twice: 'it''s'")
	}
	return true
}

func (p *parser) binaryDigits(t token) string {
	text := p.text(t)
	from := strings.IndexByte(text, '\'') + 1
	digits := text[from : len(text)-1]
	for i := 0; i < len(digits); i++ {
		if !isHex(digits[i]) {
			at := int(t.start) + from + i
			_, n := utf8.DecodeRuneInString(digits[i:])
			p.failAt(diag.Span{Start: at, End: at + n}, "a binary literal holds hex digits only", "write 0 to 9 and A to F: X'4A'")
		}
	}
	return digits
}

// stringValue takes off the quotes and, by prefix, the escapes.
func (p *parser) stringValue(t token, prefix string) string {
	text := p.text(t)
	body := text[strings.IndexByte(text, '\'')+1 : len(text)-1]
	if strings.HasPrefix(prefix, "_") && !charsets[prefix[1:]] {
		p.failAt(diag.Span{Start: int(t.start), End: int(t.start) + len(prefix)},
			"there is no character set \""+text[1:len(prefix)]+"\"", "leave it out: every string is UTF-8")
	}
	if prefix == "E" {
		return p.unescapeC(t, body)
	}
	return strings.ReplaceAll(body, "''", "'")
}

// unescapeC decodes the escapes of E'…'.
func (p *parser) unescapeC(t token, s string) string {
	var b strings.Builder
	base := int(t.end) - 1 - len(s)
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\'' { // always doubled
			i++
		}
		if c != '\\' || i+1 >= len(s) {
			b.WriteByte(c)
			continue
		}
		i++
		switch c = s[i]; c {
		case 'b':
			b.WriteByte('\b')
		case 'f':
			b.WriteByte('\f')
		case 'n':
			b.WriteByte('\n')
		case 'r':
			b.WriteByte('\r')
		case 't':
			b.WriteByte('\t')
		case 'x', 'u', 'U', '0', '1', '2', '3', '4', '5', '6', '7':
			base16, size := 16, map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
			from := i + 1
			if size == 0 {
				base16, size, from = 8, 3, i
			}
			to := from
			for to < len(s) && to < from+size && isHex(s[to]) && (base16 == 16 || s[to] < '8') {
				to++
			}
			v, err := strconv.ParseUint(s[from:to], base16, 32)
			if err != nil || (c == 'u' || c == 'U') && to != from+size || v > utf8.MaxRune {
				p.failAt(diag.Span{Start: base + i - 1, End: base + to}, "this escape names no character", `write \n, \t, \', \\, \x41, \u0041 or \U0001F600`)
			}
			b.WriteRune(rune(v))
			i = to - 1
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// unescapeUnicode decodes U&'…'. As in Flink an escape is always four
// characters long and may begin with a plus sign, so \+01F600 is U+001F and "600".
func (p *parser) unescapeUnicode(s string, escape byte, span diag.Span) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != escape {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == escape {
			b.WriteByte(escape)
			i++
			continue
		}
		digits := s[i+1 : min(i+5, len(s))]
		v, err := strconv.ParseUint(strings.TrimPrefix(digits, "+"), 16, 32)
		if err != nil || len(digits) != 4 {
			p.failAt(span, "expected four hex digits after "+string(escape)+" in a U& string",
				"write "+string(escape)+"00E9 for é, or the character itself")
		}
		i += 4
		r := rune(v)
		if low, ok := surrogate(s, i+1, escape); ok && utf16.IsSurrogate(r) {
			r = utf16.DecodeRune(r, low)
			i += 5
		}
		b.WriteRune(r)
	}
	return b.String()
}

// surrogate returns the second half of a UTF-16 pair if one is escaped at s[i:].
func surrogate(s string, i int, escape byte) (rune, bool) {
	if i+5 > len(s) || s[i] != escape {
		return 0, false
	}
	v, err := strconv.ParseUint(s[i+1:i+5], 16, 32)
	return rune(v), err == nil && 0xDC00 <= v && v < 0xE000
}

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// plainString takes the text of DATE '…' and the like: no prefix, no binary.
func (p *parser) plainString() string { return p.str().Value }

// jdbcFunctions are the functions that JDBC names otherwise.
var jdbcFunctions = map[string]string{"UCASE": "UPPER", "LCASE": "LOWER"}

// jdbcLiteral takes JDBC's escapes: {d '…'}, {t '…'}, {ts '…'} or {fn f(…)}.
func (p *parser) jdbcLiteral() ast.Expr {
	start := p.pos
	if n := p.peekTok(1); n.kind == tWord && strings.EqualFold(p.text(*n), "fn") && p.opAt(3, "(") {
		p.pos += 2
		x := p.primary()
		if c, ok := x.(*ast.Call); ok && jdbcFunctions[strings.ToUpper(c.Func.String())] != "" {
			c.Func.Parts[0].Name = jdbcFunctions[strings.ToUpper(c.Func.String())]
		}
		p.closing("}", start)
		return x
	}
	kinds := map[string]string{"d": "DATE", "t": "TIME", "ts": "TIMESTAMP"}
	k := kinds[strings.ToLower(p.text(*p.peekTok(1)))]
	if k == "" || p.peekTok(2).kind != tString {
		p.fail("expected an expression")
	}
	p.pos += 2
	l := &ast.DateTimeLit{Kind: k, Text: p.plainString()}
	p.closing("}", start)
	l.At = p.since(start)
	return l
}

// intervalUnits maps the units of an interval, singular and plural.
var intervalUnits = map[string]ast.TimeUnit{
	"YEAR": "YEAR", "YEARS": "YEAR", "QUARTER": "QUARTER", "QUARTERS": "QUARTER", "MONTH": "MONTH", "MONTHS": "MONTH",
	"WEEK": "WEEK", "WEEKS": "WEEK", "DAY": "DAY", "DAYS": "DAY", "HOUR": "HOUR", "HOURS": "HOUR",
	"MINUTE": "MINUTE", "MINUTES": "MINUTE", "SECOND": "SECOND", "SECONDS": "SECOND",
}

// intervalEnds lists what may follow TO.
var intervalEnds = map[ast.TimeUnit]string{
	"YEAR": "MONTH", "DAY": "HOUR MINUTE SECOND", "HOUR": "MINUTE SECOND", "MINUTE": "SECOND",
}

// qualifier takes e.g. DAY(3) TO SECOND(6).
func (p *parser) qualifier() *ast.IntervalQualifier {
	start := p.pos
	q := &ast.IntervalQualifier{StartPrecision: -1, FracPrecision: -1}
	q.Start = intervalUnits[p.tok().word]
	if p.tok().kind != tWord || q.Start == "" {
		e := p.failure("expected a unit such as DAY")
		if e.Help == "" {
			e.Help = "units of an interval are YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND"
		}
		p.bail(e)
	}
	p.pos++
	if p.acceptOp("(") {
		q.StartPrecision = p.integer(1 << 30)
		if q.Start == "SECOND" && p.acceptOp(",") {
			q.FracPrecision = p.integer(1 << 30)
		}
		p.expectOp(")")
	}
	if p.is("TO") {
		p.pos++
		end := intervalUnits[p.tok().word]
		if p.tok().kind != tWord || end == "" || !strings.Contains(intervalEnds[q.Start], string(end)) {
			e := p.failure("expected the end unit of an interval that starts with " + string(q.Start))
			if ends := intervalEnds[q.Start]; ends != "" {
				e.Help = string(q.Start) + " TO " + strings.ReplaceAll(ends, " ", ", or TO ")
			} else {
				e.Help = "an interval of " + string(q.Start) + " has no end unit"
			}
			p.bail(e)
		}
		q.End = end
		p.pos++
		if q.End == "SECOND" && p.acceptOp("(") {
			q.FracPrecision = p.integer(1 << 30)
			p.expectOp(")")
		}
	}
	q.At = p.since(start)
	return q
}

// interval takes INTERVAL [-|+]'…' qualifier, or INTERVAL expr qualifier.
func (p *parser) interval() ast.Expr {
	start := p.pos
	p.expect("INTERVAL")
	negative := false
	sign := 0
	if p.peekOp("-") || p.peekOp("+") {
		negative, sign = p.peekOp("-"), 1
	}
	if p.peekTok(sign).kind == tString {
		p.pos += sign
		l := &ast.IntervalLit{Negative: negative, Text: p.plainString()}
		l.Qualifier = p.qualifier()
		l.At = p.since(start)
		return l
	}
	x := &ast.IntervalExpr{}
	switch t := p.tok(); {
	case p.peekOp("("):
		open := p.pos
		p.pos++
		x.X = p.expr()
		p.closeParen(open)
	case t.kind == tNumber:
		x.X = p.number()
	case t.kind == tWord && !t.reserved || t.kind == tQuoted:
		x.X = p.name()
	default:
		p.fail("expected a string in single quotes")
	}
	x.Qualifier = p.qualifier()
	x.At = p.since(start)
	return x
}
