package json

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/flott/flott/types"
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
// of string bytes: quote, backslash and non-ASCII. The lowest mark is exact: a
// subtraction borrows only from above a byte that is marked itself.
func special(w uint64) uint64 {
	return (((w ^ ones*'"') - ones) | ((w ^ ones*'\\') - ones) | w) & highs
}

// str passes a string whose opening quote is at pos. It returns the place of
// its content and whether there are escapes in it, which are whole then.
// Control characters may stand in strings, as in Flink.
func (s *scanner) str() (start, end int, escaped bool, err error) {
	b := s.b
	i := s.pos + 1
	start = i
	wide := false
	for {
		for i+16 <= len(b) {
			if special(binary.LittleEndian.Uint64(b[i:]))|special(binary.LittleEndian.Uint64(b[i+8:])) != 0 {
				break
			}
			i += 16
		}
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
			n, err := escape(b, i)
			if err != nil {
				return 0, 0, false, err
			}
			escaped = true
			i += n
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

// escape returns the length of the escape at b[i].
func escape(b []byte, i int) (int, error) {
	if i+1 >= len(b) {
		return 0, syntax(i, "an escape does not end")
	}
	switch b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2, nil
	case 'u':
		if _, ok := hex4(b[i+2:]); !ok {
			return 0, syntax(i, "\\u needs four hex digits")
		}
		return 6, nil
	}
	return 0, syntax(i, "\\%c is no escape", b[i+1])
}

// appendUnescaped appends the content of a string that str has passed with its
// escapes resolved.
func appendUnescaped(dst, content []byte) []byte {
	for i := 0; i < len(content); {
		c := content[i]
		if c != '\\' {
			dst = append(dst, c)
			i++
			continue
		}
		i += 2
		switch c = content[i-1]; c {
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
			r, _ := hex4(content[i:])
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
			dst = append(dst, c)
		}
	}
	return dst
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

// appendTree appends an object or array that has been passed already as Flink
// prints one into a STRING: without white space, strings and fractions written
// anew.
func (d *decoder) appendTree(dst, text []byte) []byte {
	s := scanner{b: text}
	for s.pos < len(text) {
		switch c := text[s.pos]; {
		case c == '"':
			start, end, escaped, _ := s.str()
			content := text[start:end]
			if escaped {
				d.scratch = appendUnescaped(d.scratch[:0], content)
				content = d.scratch
			}
			dst = appendString(dst, content)
		case c == '-' || c-'0' <= 9:
			start, end, whole, _ := s.number()
			if f, err := types.ParseDouble(text[start:end]); !whole && err == nil {
				dst = types.AppendDouble(dst, f)
			} else {
				dst = append(dst, text[start:end]...)
			}
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			s.pos++
		default:
			dst = append(dst, c)
			s.pos++
		}
	}
	return dst
}
