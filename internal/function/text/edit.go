package text

import (
	"bytes"
	"unicode/utf8"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	function.Register(
		&function.Def{
			Name: "REPEAT", Strict: true, Appends: true, Partial: true, Family: "string", Syntax: "REPEAT(s, n)", Doc: "The string n times.",
			Examples: function.Examples("REPEAT('ab', 3)", "ababab"),
			Resolve:  function.Takes("REPEAT", types.TString, 0, str, integer),
			Make: function.Fixed(func(args []*vector.Vector, out *vector.Vector, n int) error {
				for i := range n {
					if function.AnyNull(args, i) {
						out.AppendNull()
						continue
					}
					s, times := args[0].Bytes(i), max(intAt(args[1], i), 0)
					if len(s)*times > maxText {
						return function.Fail(i, "too-long", "REPEAT would make a string of %d bytes; the limit is %d", len(s)*times, maxText)
					}
					b := out.OpenBytes()
					for range times {
						b = append(b, s...)
					}
					out.CloseBytes(b)
				}
				return nil
			}),
		},
		&function.Def{
			Name: "REPLACE", Strict: true, Appends: true, Family: "string", Syntax: "REPLACE(s, from, to)",
			Doc:      "The string with every occurrence of from replaced.",
			Examples: function.Examples("REPLACE('hello world', 'world', 'flott')", "hello flott"),
			Resolve:  function.Takes("REPLACE", types.TString, 0, str, str, str),
			Make: function.Fixed(function.EachText(func(dst []byte, args []*vector.Vector, i int) ([]byte, bool) {
				s, from, to := args[0].Bytes(i), args[1].Bytes(i), args[2].Bytes(i)
				if len(from) == 0 {
					return append(dst, bytes.ReplaceAll(s, from, to)...), true
				}
				for {
					k := bytes.Index(s, from)
					if k < 0 {
						return append(dst, s...), true
					}
					dst = append(append(dst, s[:k]...), to...)
					s = s[k+len(from):]
				}
			})),
		},
		&function.Def{
			Name: "TRANSLATE", Appends: true, Family: "string", Syntax: "TRANSLATE(s, from, to)",
			Doc:      "The string with each character of from replaced by the one at the same place of to, or deleted if to is shorter.",
			Examples: function.Examples("TRANSLATE('hello', 'elo', 'ip')", "hipp"),
			Resolve: function.TakesFunc("TRANSLATE", func(args []function.Arg) (types.Type, error) {
				return types.TString.WithNotNull(args[0].Type.NotNull), nil
			}, 0, function.Str.Typed(), function.Str.Typed(), function.Str.Typed()),
			Make: function.Fixed(translate),
		},
		&function.Def{
			Name: "OVERLAY", Strict: true, Appends: true, Family: "string", Syntax: "OVERLAY(s PLACING part FROM pos [FOR len])",
			Doc:      "The string with len characters (as many as part has) from pos on replaced by part.",
			Examples: function.Examples("OVERLAY('abcdef' PLACING 'ZZ' FROM 2)", "aZZdef"),
			Resolve: function.TakesFunc("OVERLAY", func(args []function.Arg) (types.Type, error) {
				n := min(int64(args[0].Type.Precision)+int64(args[1].Type.Precision), types.MaxLength)
				return types.VarcharOf(int32(n)).WithNotNull(function.NotNull(args)), nil
			}, 1, str, str, integer, integer),
			Make: function.Fixed(function.EachText(overlay)),
		},
		&function.Def{
			Name: "REVERSE", Strict: true, Appends: true, Family: "string", Syntax: "REVERSE(s)", Doc: "The string backwards.",
			Examples: function.Examples("REVERSE('abc')", "cba"),
			Resolve:  function.TakesNull("REVERSE", types.TString, 0, str),
			Make: function.Fixed(function.EachText(func(dst []byte, args []*vector.Vector, i int) ([]byte, bool) {
				for s := args[0].Bytes(i); len(s) > 0; {
					_, size := utf8.DecodeLastRune(s)
					dst = append(dst, s[len(s)-size:]...)
					s = s[:len(s)-size]
				}
				return dst, true
			})),
		},
		padding("LPAD", "in front", true, function.Examples("LPAD('hi', 5, 'ab')", "abahi", "LPAD('hi', 1, 'x')", "h")),
		padding("RPAD", "behind", false, function.Examples("RPAD('hi', 5, 'ab')", "hiaba")),
	)
}

// maxText bounds the strings that a small argument can make large.
const maxText = 64 << 20

func translate(args []*vector.Vector, out *vector.Vector, n int) error {
	for i := range n {
		if args[0].IsNull(i) {
			out.AppendNull()
			continue
		}
		s := args[0].Bytes(i)
		if args[1].IsNull(i) {
			out.AppendBytes(s)
			continue
		}
		var to []byte
		if !args[2].IsNull(i) {
			to = args[2].Bytes(i)
		}
		from := args[1].Bytes(i)
		b := out.OpenBytes()
		for len(s) > 0 {
			_, size := utf8.DecodeRune(s)
			k := bytes.Index(from, s[:size])
			if k < 0 {
				b = append(b, s[:size]...)
			} else if at := skip(to, count(from[:k])); at < len(to) {
				_, width := utf8.DecodeRune(to[at:])
				b = append(b, to[at:at+width]...)
			}
			s = s[size:]
		}
		out.CloseBytes(b)
	}
	return nil
}

func overlay(dst []byte, args []*vector.Vector, i int) ([]byte, bool) {
	s, part, pos := args[0].Bytes(i), args[1].Bytes(i), intAt(args[2], i)
	n := count(part)
	if len(args) > 3 {
		n = intAt(args[3], i)
	}
	if pos <= 0 || pos > count(s) {
		return append(dst, s...), true
	}
	at := skip(s, pos-1)
	dst = append(append(dst, s[:at]...), part...)
	if n > 0 || len(args) == 3 {
		dst = append(dst, s[at+skip(s[at:], n):]...)
	}
	return dst, true
}

func padding(name, where string, left bool, examples []function.Example) *function.Def {
	return &function.Def{
		Name: name, Strict: true, Appends: true, Partial: true, Family: "string", Syntax: name + "(s, n, pad)",
		Doc:      "The string brought to n characters: pad is repeated " + where + ", or its end is cut off. NULL if n is negative or pad empty.",
		Examples: examples,
		Resolve:  function.Takes(name, types.TString, 0, str, integer, str),
		Make: function.Fixed(func(args []*vector.Vector, out *vector.Vector, rows int) error {
			for i := range rows {
				if function.AnyNull(args, i) {
					out.AppendNull()
					continue
				}
				s, n, pad := args[0].Bytes(i), intAt(args[1], i), args[2].Bytes(i)
				if n < 0 || len(pad) == 0 {
					out.AppendNull()
					continue
				}
				have := count(s)
				if have >= n {
					out.AppendBytes(s[:skip(s, n)])
					continue
				}
				if n > maxText {
					return function.Fail(i, "too-long", "%s would make a string of %d characters; the limit is %d", name, n, maxText)
				}
				b := out.OpenBytes()
				if !left {
					b = append(b, s...)
				}
				for missing, width := n-have, count(pad); missing > 0; missing -= width {
					b = append(b, pad[:skip(pad, missing)]...)
				}
				if left {
					b = append(b, s...)
				}
				out.CloseBytes(b)
			}
			return nil
		}),
	}
}
