package json

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// errSyntax is the kind of error that makes a message no JSON at all.
var errSyntax = errors.New("no JSON")

func syntax(at int, format string, args ...any) error {
	return fmt.Errorf("%w: %s at byte %d", errSyntax, fmt.Sprintf(format, args...), at)
}

// maxNesting bounds recursion over what a message nests.
const maxNesting = 1000

// scanner walks over the bytes of one message.
type scanner struct {
	b   []byte
	pos int
}

func (s *scanner) space() {
	for s.pos < len(s.b) {
		switch s.b[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// peek skips white space and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	if s.pos < len(s.b) && s.b[s.pos] > ' ' {
		return s.b[s.pos]
	}
	s.space()
	if s.pos < len(s.b) {
		return s.b[s.pos]
	}
	return 0
}

func (s *scanner) unexpected(want string) error {
	if s.pos >= len(s.b) {
		return syntax(s.pos, "it ends where %s should be", want)
	}
	r, _ := utf8.DecodeRune(s.b[s.pos:])
	return syntax(s.pos, "%q stands where %s should be", r, want)
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special marks (in each byte's high bit) the bytes of w that end a plain run
// of string bytes: quote, backslash, control characters, and non-ASCII. The
// lowest mark is exact.
func special(w uint64) uint64 {
	quote := w ^ ones*'"'
	slash := w ^ ones*'\\'
	return ((quote-ones)&^quote | (slash-ones)&^slash | (w - ones*' ') | w) & highs
}

// str passes a string whose opening quote is at pos. It returns the place of
// its content and whether there are escapes in it.
func (s *scanner) str() (start, end int, escaped bool, err error) {
	b := s.b
	i := s.pos + 1
	start = i
	wide := false
	for {
		for i+8 <= len(b) {
			if m := special(binary.LittleEndian.Uint64(b[i:])); m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		if i >= len(b) {
			return 0, 0, false, syntax(len(b), "a string does not end")
		}
		switch c := b[i]; {
		case c == '"':
			s.pos = i + 1
			if wide && !utf8.Valid(b[start:i]) {
				return 0, 0, false, syntax(start, "a string is not UTF-8")
			}
			return start, i, escaped, nil
		case c == '\\':
			escaped = true
			i += 2
		case c < ' ':
			return 0, 0, false, syntax(i, "a control character stands in a string")
		case c >= 0x80:
			wide = true
			i++
			for i < len(b) && b[i] >= 0x80 {
				i++
			}
		default:
			i++
		}
	}
}

// appendUnescaped appends the content of a string with its escapes resolved.
func appendUnescaped(dst, content []byte, at int) ([]byte, error) {
	for i := 0; i < len(content); {
		c := content[i]
		if c != '\\' {
			dst = append(dst, c)
			i++
			continue
		}
		if i+1 >= len(content) {
			return dst, syntax(at+i, "an escape does not end")
		}
		i += 2
		switch content[i-1] {
		case '"', '\\', '/':
			dst = append(dst, content[i-1])
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r, ok := hex4(content[i:])
			if !ok {
				return dst, syntax(at+i, "\\u needs four hex digits")
			}
			i += 4
			if utf16.IsSurrogate(r) {
				low, ok := rune(0), false
				if i+6 <= len(content) && content[i] == '\\' && content[i+1] == 'u' {
					low, ok = hex4(content[i+2:])
				}
				if d := utf16.DecodeRune(r, low); ok && d != utf8.RuneError {
					r = d
					i += 6
				} else {
					r = '?' // as Java writes a lone surrogate
				}
			}
			dst = utf8.AppendRune(dst, r)
		default:
			return dst, syntax(at+i-1, "\\%c is no escape", content[i-1])
		}
	}
	return dst, nil
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	var r rune
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// number passes a number and returns its text and whether it is a whole one.
func (s *scanner) number() (start, end int, whole bool, err error) {
	b, i := s.b, s.pos
	start = i
	if i < len(b) && b[i] == '-' {
		i++
	}
	digits := i
	for i < len(b) && b[i]-'0' <= 9 {
		i++
	}
	if i == digits {
		s.pos = i
		return 0, 0, false, s.unexpected("a digit")
	}
	if b[digits] == '0' && i > digits+1 {
		return 0, 0, false, syntax(digits, "a number begins with 0")
	}
	whole = true
	if i < len(b) && b[i] == '.' {
		whole = false
		i++
		from := i
		for i < len(b) && b[i]-'0' <= 9 {
			i++
		}
		if i == from {
			s.pos = i
			return 0, 0, false, s.unexpected("a digit")
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		whole = false
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		from := i
		for i < len(b) && b[i]-'0' <= 9 {
			i++
		}
		if i == from {
			s.pos = i
			return 0, 0, false, s.unexpected("a digit")
		}
	}
	s.pos = i
	return start, i, whole, nil
}

// word passes true, false or null.
func (s *scanner) word(w string) error {
	if len(s.b)-s.pos < len(w) || string(s.b[s.pos:s.pos+len(w)]) != w {
		return s.unexpected("a value")
	}
	s.pos += len(w)
	return nil
}

// skip passes any value.
func (s *scanner) skip(depth int) error {
	if depth > maxNesting {
		return syntax(s.pos, "values are nested more than %d deep", maxNesting)
	}
	switch c := s.peek(); c {
	case '"':
		_, _, _, err := s.str()
		return err
	case '{':
		s.pos++
		if s.peek() == '}' {
			s.pos++
			return nil
		}
		for {
			if s.peek() != '"' {
				return s.unexpected("a key")
			}
			if _, _, _, err := s.str(); err != nil {
				return err
			}
			if s.peek() != ':' {
				return s.unexpected("':'")
			}
			s.pos++
			if err := s.skip(depth + 1); err != nil {
				return err
			}
			if more, err := s.more('}'); !more {
				return err
			}
		}
	case '[':
		s.pos++
		if s.peek() == ']' {
			s.pos++
			return nil
		}
		for {
			if err := s.skip(depth + 1); err != nil {
				return err
			}
			if more, err := s.more(']'); !more {
				return err
			}
		}
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	default:
		if c == '-' || c-'0' <= 9 {
			_, _, _, err := s.number()
			return err
		}
		return s.unexpected("a value")
	}
}

// more passes the comma before a further member, or the closing bracket.
func (s *scanner) more(closing byte) (bool, error) {
	switch s.peek() {
	case ',':
		s.pos++
		return true, nil
	case closing:
		s.pos++
		return false, nil
	}
	return false, s.unexpected(fmt.Sprintf("',' or '%c'", closing))
}

// appendCompact appends a value that has been passed already without the white
// space between its tokens, as Flink prints a nested value into a STRING.
func appendCompact(dst, text []byte) []byte {
	inString := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case inString && c == '\\':
			dst = append(dst, c)
			i++
			c = text[i]
		case c == '"':
			inString = !inString
		case !inString && (c == ' ' || c == '\t' || c == '\n' || c == '\r'):
			continue
		}
		dst = append(dst, c)
	}
	return dst
}
