package text

import (
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
		{"INITCAP", "Words with their first letter in upper case, the rest in lower case. Letters and digits make a word.", appendInitcap, function.Examples("INITCAP('hello WORLD')", "Hello World")},
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
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if 'a' <= c && c <= 'z' {
				c -= 'a' - 'A'
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, size := utf8.DecodeRune(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(dst, c)
		case r == 'ß':
			dst = append(dst, "SS"...)
		default:
			dst = utf8.AppendRune(dst, unicode.ToUpper(r))
		}
		i += size
	}
	return dst
}

func appendLower(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, size := utf8.DecodeRune(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			dst = append(dst, c)
		case r == 'İ':
			dst = append(dst, "i\u0307"...)
		case r == 'Σ' && endsWord(s, i, i+size):
			dst = append(dst, "ς"...)
		default:
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
		i += size
	}
	return dst
}

// endsWord reports whether the letter at s[from:to] has a letter before it and
// none behind it.
func endsWord(s []byte, from, to int) bool {
	before, _ := utf8.DecodeLastRune(s[:from])
	after, _ := utf8.DecodeRune(s[to:])
	return unicode.IsLetter(before) && !unicode.IsLetter(after)
}

func appendInitcap(dst, s []byte) []byte {
	inside := false
	for i := 0; i < len(s); {
		_, size := utf8.DecodeRune(s[i:])
		r, _ := utf8.DecodeRune(s[i:])
		word := unicode.IsLetter(r) || unicode.IsDigit(r)
		switch {
		case word && !inside:
			dst = utf8.AppendRune(dst, unicode.ToUpper(r))
		case word:
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		default:
			dst = append(dst, s[i:i+size]...)
		}
		inside = word
		i += size
	}
	return dst
}
