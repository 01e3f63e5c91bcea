package text

import (
	"encoding/binary"
	"unicode"
	"unicode/utf8"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/vector"
)

func init() {
	for _, f := range []struct {
		name, doc string
		write     func(dst, s []byte) []byte
		examples  []function.Example
	}{
		{"UPPER", "The string in upper case.", appendUpper, function.Examples("UPPER('abc')", "ABC")},
		{"LOWER", "The string in lower case.", appendLower, function.Examples("LOWER('ABC')", "abc")},
		{"INITCAP", "Words with their first letter in upper case, the rest in lower case. ASCII letters and digits make a word; other letters stay as they are.", appendInitcap, function.Examples("INITCAP('hello WORLD')", "Hello World")},
	} {
		function.Register(&function.Def{
			Name: f.name, Strict: true, Appends: true, Family: "string", Syntax: f.name + "(s)", Doc: f.doc, Examples: f.examples,
			Resolve: function.TakesFunc(f.name, sameType, 0, str),
			Make: function.Fixed(function.EachText(func(dst []byte, args []*vector.Vector, i int) ([]byte, bool) {
				return f.write(dst, args[0].Bytes(i)), true
			})),
		})
	}
}

func appendUpper(dst, s []byte) []byte {
	for i := 0; ; {
		dst, i = appendASCII(dst, s, i, 'a', 'z')
		if i == len(s) {
			return dst
		}
		r, size := utf8.DecodeRune(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(dst, s[i])
		case upperOf[r] != "":
			dst = append(dst, upperOf[r]...)
		default:
			dst = utf8.AppendRune(dst, unicode.ToUpper(r))
		}
		i += size
	}
}

// upperOf holds the letters whose upper case is several letters.
var upperOf = map[rune]string{
	'ß': "SS", 'ŉ': "ʼN", 'ǰ': "J̌", 'և': "ԵՒ",
	'ﬀ': "FF", 'ﬁ': "FI", 'ﬂ': "FL", 'ﬃ': "FFI", 'ﬄ': "FFL", 'ﬅ': "ST", 'ﬆ': "ST",
}

func appendLower(dst, s []byte) []byte {
	for i := 0; ; {
		dst, i = appendASCII(dst, s, i, 'A', 'Z')
		if i == len(s) {
			return dst
		}
		r, size := utf8.DecodeRune(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(dst, s[i])
		case r == 'İ':
			dst = append(dst, "i\u0307"...)
		case r == 'Σ' && endsWord(s, i, i+size):
			dst = append(dst, "ς"...)
		default:
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
		i += size
	}
}

// appendASCII appends the run of ASCII characters at s[i:], those from first to
// last in the other case, and returns where it ends.
func appendASCII(dst, s []byte, i int, first, last byte) ([]byte, int) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(s); i += 8 {
		w := binary.LittleEndian.Uint64(s[i:])
		if w&highs != 0 {
			break
		}
		// The high bit of a byte says whether it is at least first, and more than last.
		from, beyond := w+ones*uint64(0x80-first), w+ones*uint64(0x7f-last)
		dst = binary.LittleEndian.AppendUint64(dst, w^(from&^beyond&highs)>>2)
	}
	for ; i < len(s) && s[i] < utf8.RuneSelf; i++ {
		c := s[i]
		if first <= c && c <= last {
			c ^= 0x20
		}
		dst = append(dst, c)
	}
	return dst, i
}

// endsWord reports whether the letter at s[from:to] has a letter before it and
// none behind it.
func endsWord(s []byte, from, to int) bool {
	before, _ := utf8.DecodeLastRune(s[:from])
	after, _ := utf8.DecodeRune(s[to:])
	return unicode.IsLetter(before) && !unicode.IsLetter(after)
}

func appendInitcap(dst, s []byte) []byte {
	from := len(dst)
	dst = append(dst, s...)
	inside := byte(0) // 0x20 within a word
	for i, c := range dst[from:] {
		bit := letterBit[c]
		dst[from+i] = (c | bit) ^ bit&^inside
		inside = wordBit[c]
	}
	return dst
}

// letterBit is 0x20, which makes small letters of large ones, for ASCII letters,
// and wordBit for these and digits; both are 0 for all else.
var letterBit, wordBit [256]byte

func init() {
	for c := range 256 {
		if b := byte(c) | 0x20; 'a' <= b && b <= 'z' {
			letterBit[c], wordBit[c] = 0x20, 0x20
		} else if '0' <= c && c <= '9' {
			wordBit[c] = 0x20
		}
	}
}
