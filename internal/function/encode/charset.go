package encode

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	str := function.Str.Typed()
	function.Register(
		&function.Def{
			Name: "TO_BASE64", Strict: true, Appends: true, Family: "string", Syntax: "TO_BASE64(s)", Doc: "The string or bytes in Base64.",
			Examples: function.Examples("TO_BASE64('hello world')", "aGVsbG8gd29ybGQ="),
			Resolve:  function.Takes("TO_BASE64", types.TString, 0, text),
			Make: function.Fixed(function.EachText(func(dst []byte, args []*vector.Vector, i int) ([]byte, bool) {
				return base64.StdEncoding.AppendEncode(dst, args[0].Bytes(i)), true
			})),
		},
		&function.Def{
			Name: "FROM_BASE64", Strict: true, Appends: true, Partial: true, Family: "string", Syntax: "FROM_BASE64(s)", Doc: "The text that Base64 stands for.",
			Examples: function.Examples("FROM_BASE64('aGVsbG8gd29ybGQ=')", "hello world"),
			Resolve:  function.Takes("FROM_BASE64", types.TString, 0, str),
			Make: function.Fixed(func(args []*vector.Vector, out *vector.Vector, n int) error {
				for i := range n {
					if args[0].IsNull(i) {
						out.AppendNull()
						continue
					}
					s := args[0].Bytes(i)
					encoding := base64.StdEncoding
					if len(s)%4 != 0 {
						encoding = base64.RawStdEncoding
					}
					b := out.OpenBytes()
					b, err := encoding.AppendDecode(b, s)
					if err != nil || strings.ContainsAny(string(s), "\r\n") {
						return function.Fail(i, "bad-base64", "%q is not Base64", s)
					}
					out.CloseBytes(b)
				}
				return nil
			}),
		},
		&function.Def{
			Name: "ENCODE", Strict: true, Appends: true, Partial: true, Family: "string", Syntax: "ENCODE(s, charset)",
			Doc:      "The string's bytes in US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE or UTF-16.",
			Examples: function.Examples("DECODE(ENCODE('日', 'UTF-16BE'), 'UTF-16BE')", "日"),
			Resolve:  function.Takes("ENCODE", types.TBytes, 0, str, str), Make: function.Fixed(charset(encodeAs)),
		},
		&function.Def{
			Name: "DECODE", Strict: true, Appends: true, Partial: true, Family: "string", Syntax: "DECODE(bytes, charset)",
			Doc:      "The string that bytes of a character set stand for.",
			Examples: function.Examples("DECODE(X'616263', 'UTF-8')", "abc"),
			Resolve:  function.Takes("DECODE", types.TString, 0, function.Bin.Typed(), str), Make: function.Fixed(charset(decodeAs)),
		},
	)
}

func charset(convert func(dst, s []byte, charset string) ([]byte, bool)) function.Kernel {
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		for i := range n {
			if function.AnyNull(args, i) {
				out.AppendNull()
				continue
			}
			name := args[1].Bytes(i)
			b, ok := convert(out.OpenBytes(), args[0].Bytes(i), strings.ToUpper(string(name)))
			if !ok {
				return function.Fail(i, "unknown-charset", "there is no character set %q; there are US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE and UTF-16", name)
			}
			out.CloseBytes(b)
		}
		return nil
	}
}

func encodeAs(dst, s []byte, charset string) ([]byte, bool) {
	limit := rune(0x7f)
	switch charset {
	case "UTF-8", "UTF8":
		return append(dst, s...), true
	case "ISO-8859-1", "LATIN1":
		limit = 0xff
	case "US-ASCII", "ASCII":
	case "UTF-16", "UTF-16BE", "UTF-16LE":
		if charset == "UTF-16" && len(s) > 0 {
			dst = append(dst, 0xfe, 0xff)
		}
		for _, c := range utf16.Encode([]rune(string(s))) {
			if charset == "UTF-16LE" {
				dst = append(dst, byte(c), byte(c>>8))
			} else {
				dst = append(dst, byte(c>>8), byte(c))
			}
		}
		return dst, true
	default:
		return dst, false
	}
	for _, r := range string(s) {
		if r > limit {
			r = '?'
		}
		dst = append(dst, byte(r))
	}
	return dst, true
}

func decodeAs(dst, s []byte, charset string) ([]byte, bool) {
	switch charset {
	case "UTF-8", "UTF8":
		return append(dst, strings.ToValidUTF8(string(s), "\uFFFD")...), true
	case "ISO-8859-1", "LATIN1":
		for _, c := range s {
			dst = utf8.AppendRune(dst, rune(c))
		}
		return dst, true
	case "US-ASCII", "ASCII":
		for _, c := range s {
			if c > 0x7f {
				dst = append(dst, "\uFFFD"...)
			} else {
				dst = append(dst, c)
			}
		}
		return dst, true
	case "UTF-16", "UTF-16BE", "UTF-16LE":
		little := charset == "UTF-16LE"
		if charset == "UTF-16" && len(s) >= 2 && (s[0] == 0xfe && s[1] == 0xff || s[0] == 0xff && s[1] == 0xfe) {
			little = s[0] == 0xff
			s = s[2:]
		}
		var units []uint16
		for ; len(s) >= 2; s = s[2:] {
			if little {
				units = append(units, uint16(s[0])|uint16(s[1])<<8)
			} else {
				units = append(units, uint16(s[1])|uint16(s[0])<<8)
			}
		}
		dst = append(dst, string(utf16.Decode(units))...)
		if len(s) == 1 {
			dst = append(dst, "\uFFFD"...)
		}
		return dst, true
	}
	return dst, false
}
