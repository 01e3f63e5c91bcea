package text

import (
	"bytes"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	function.Register(
		&function.Def{
			Name: "CHAR_LENGTH", Aliases: []string{"CHARACTER_LENGTH"}, Strict: true, Family: "string", Syntax: "CHAR_LENGTH(s)",
			Doc: "The number of characters.", Examples: function.Examples("CHAR_LENGTH('日本語')", "3"),
			Resolve: function.Takes("CHAR_LENGTH", types.TInt, 0, str),
			Make: function.Fixed(function.Each(func(args []*vector.Vector, i int) (int32, bool) {
				return int32(count(args[0].Bytes(i))), true
			})),
		},
		&function.Def{
			Name: "ASCII", Strict: true, Family: "string", Syntax: "ASCII(s)",
			Doc: "The first byte of the string as a number from -128 to 127; 0 if it is empty.", Examples: function.Examples("ASCII('a')", "97"),
			Resolve: function.Takes("ASCII", types.TInt, 0, str),
			Make: function.Fixed(function.Each(func(args []*vector.Vector, i int) (int32, bool) {
				if s := args[0].Bytes(i); len(s) > 0 {
					return int32(int8(s[0])), true
				}
				return 0, true
			})),
		},
		&function.Def{
			Name: "CHR", Strict: true, Appends: true, Family: "string", Syntax: "CHR(i)",
			Doc: "The character with that code, modulo 256; nothing for a negative one.", Examples: function.Examples("CHR(97)", "a", "CHR(321)", "A"),
			Resolve: function.TakesNull("CHR", types.TString, 0, function.BigInt.Typed()),
			Make: function.Fixed(function.EachText(func(dst []byte, args []*vector.Vector, i int) ([]byte, bool) {
				if c := kernel.At[int64](args[0], i); c >= 0 {
					dst = append(dst, string(rune(c&0xff))...)
				}
				return dst, true
			})),
		},
		&function.Def{
			Name: "POSITION", Strict: true, Family: "string", Syntax: "POSITION(part IN s)",
			Doc: "The position of the first occurrence, 0 if there is none.", Examples: function.Examples("POSITION('b' IN 'abc')", "2"),
			Resolve: function.Takes("POSITION", types.TInt, 1, str, str, integer),
			Make: function.Fixed(function.Each(func(args []*vector.Vector, i int) (int32, bool) {
				from := 1
				if len(args) > 2 {
					from = intAt(args[2], i)
				}
				return find(args[1].Bytes(i), args[0].Bytes(i), from, 1), true
			})),
		},
		&function.Def{
			Name: "LOCATE", Strict: true, Family: "string", Syntax: "LOCATE(part, s[, start])",
			Doc: "The position of the first occurrence from start on, 0 if there is none.", Examples: function.Examples("LOCATE('b', 'abcabc', 3)", "5"),
			Resolve: function.Takes("LOCATE", types.TInt, 1, str, str, integer),
			Make: function.Fixed(function.Each(func(args []*vector.Vector, i int) (int32, bool) {
				from := 1
				if len(args) > 2 {
					from = intAt(args[2], i)
				}
				return find(args[1].Bytes(i), args[0].Bytes(i), from, 1), true
			})),
		},
		&function.Def{
			Name: "INSTR", Strict: true, Partial: true, Family: "string", Syntax: "INSTR(s, part[, start[, n]])",
			Doc: "The position of the n-th occurrence from start on, 0 if there is none.", Examples: function.Examples("INSTR('banana', 'a', 1, 2)", "4"),
			Resolve: function.Takes("INSTR", types.TInt, 2, str, str, integer, integer),
			Make: function.Fixed(func(args []*vector.Vector, out *vector.Vector, rows int) error {
				for i := range rows {
					if out.IsNull(i) {
						continue
					}
					from, n := 1, 1
					if len(args) > 2 {
						from = intAt(args[2], i)
					}
					if len(args) > 3 {
						if n = intAt(args[3], i); n < 1 {
							return function.Fail(i, "wrong-arguments", "INSTR counts occurrences from 1, not %d", n)
						}
					}
					out.Int32s()[i] = find(args[0].Bytes(i), args[1].Bytes(i), from, n)
				}
				return nil
			}),
		},
		affix("STARTSWITH", "begin", bytes.HasPrefix, function.Examples("STARTSWITH('abc', 'ab')", "TRUE")),
		affix("ENDSWITH", "end", bytes.HasSuffix, function.Examples("ENDSWITH('abc', 'bc')", "TRUE")),
	)
}

// find returns the position of the n-th occurrence of part from character from
// on, 0 if there is none. Occurrences may overlap.
func find(s, part []byte, from, n int) int32 {
	at := skip(s, from-1)
	for ; ; n-- {
		k := bytes.Index(s[at:], part)
		if k < 0 || n < 1 {
			return 0
		}
		at += k
		if n == 1 {
			return int32(count(s[:at])) + 1
		}
		if at >= len(s) {
			return 0
		}
		at += skip(s[at:], 1)
	}
}

func affix(name, verb string, has func(s, part []byte) bool, examples []function.Example) *function.Def {
	return &function.Def{
		Name: name, Strict: true, Family: "string", Syntax: name + "(s, part)",
		Doc: "Whether the string, or the bytes, " + verb + " with part.", Examples: examples,
		Resolve: func(args []function.Arg) (function.Signature, error) {
			if len(args) == 2 && (args[0].Type.IsBinary() || args[1].Type.IsBinary()) {
				return function.Takes(name, types.TBoolean, 0, function.Bin, function.Bin)(args)
			}
			return function.Takes(name, types.TBoolean, 0, function.Str, function.Str)(args)
		},
		Make: function.Fixed(function.Each(func(args []*vector.Vector, i int) (bool, bool) {
			return has(args[0].Bytes(i), args[1].Bytes(i)), true
		})),
	}
}
