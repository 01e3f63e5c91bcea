package text

import (
	"bytes"
	"unicode/utf8"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	function.Register(
		&function.Def{
			Name: "SUBSTRING", Aliases: []string{"SUBSTR"}, Strict: true, Family: "string", Syntax: "SUBSTRING(s FROM pos [FOR len])",
			Doc:      "The characters from pos on, at most len. A negative position counts from the end.",
			Examples: function.Examples("SUBSTRING('abcdef' FROM 2 FOR 3)", "bcd", "SUBSTR('abc', -2)", "bc"),
			Resolve:  function.TakesFunc("SUBSTRING", nullableVarchar, 1, str, integer, integer),
			Make:     function.Fixed(function.EachSlice(substring)),
		},
		&function.Def{
			Name: "LEFT", Strict: true, Family: "string", Syntax: "LEFT(s, n)", Doc: "The first n characters.",
			Examples: function.Examples("LEFT('abcdef', 3)", "abc"),
			Resolve:  function.TakesFunc("LEFT", nullableVarchar, 0, str, integer),
			Make: function.Fixed(function.EachSlice(func(s []byte, args []*vector.Vector, i int) (int, int, bool) {
				return 0, skip(s, intAt(args[1], i)), true
			})),
		},
		&function.Def{
			Name: "RIGHT", Strict: true, Family: "string", Syntax: "RIGHT(s, n)", Doc: "The last n characters.",
			Examples: function.Examples("RIGHT('abcdef', 3)", "def"),
			Resolve:  function.TakesFunc("RIGHT", nullableVarchar, 0, str, integer),
			Make: function.Fixed(function.EachSlice(func(s []byte, args []*vector.Vector, i int) (int, int, bool) {
				n := intAt(args[1], i)
				if n <= 0 {
					return 0, 0, true
				}
				if len(s) == plain(s) {
					return max(len(s)-n, 0), len(s), true
				}
				return skip(s, count(s)-n), len(s), true
			})),
		},
		&function.Def{
			Name: "TRIM", Strict: true, Family: "string", Syntax: "TRIM([BOTH|LEADING|TRAILING] chars FROM s)",
			Doc:      "The string without the characters of chars (spaces) at its ends.",
			Examples: function.Examples("TRIM('  abc  ')", "abc", "TRIM(LEADING 'x' FROM 'xxabcxx')", "abcxx"),
			Resolve: function.TakesFunc("TRIM", func(args []function.Arg) (types.Type, error) {
				return types.VarcharOf(args[2].Type.Precision).WithNotNull(function.NotNull(args[1:])), nil
			}, 0, function.Of("a side", func(t types.Type) bool { return t.Kind == types.Symbol }), str, str),
			Make: func(_ *function.Env, _ []types.Type, consts []*vector.Vector, _ types.Type) (function.Kernel, error) {
				side := string(consts[0].Bytes(0))
				slice := function.EachSlice(func(s []byte, args []*vector.Vector, i int) (int, int, bool) {
					from, to := trim(s, args[1].Bytes(i), side != "TRAILING", side != "LEADING")
					return from, to, true
				})
				return func(args []*vector.Vector, out *vector.Vector, n int) error {
					return slice([]*vector.Vector{args[2], args[1]}, out, n)
				}, nil
			},
		},
		trimmer("LTRIM", "at its beginning", true, false, varchar, function.Examples("LTRIM('xxabcxx', 'x')", "abcxx")),
		trimmer("RTRIM", "at its end", false, true, varchar, function.Examples("RTRIM('xxabcxx', 'x')", "xxabc")),
		trimmer("BTRIM", "at both ends", true, true, func(args []function.Arg) (types.Type, error) {
			return types.TString.WithNotNull(function.NotNull(args)), nil
		}, function.Examples("BTRIM('xxabcxx', 'x')", "abc")),
		&function.Def{
			Name: "SPLIT_INDEX", Strict: true, Family: "string", Syntax: "SPLIT_INDEX(s, separator, i)",
			Doc:      "The i-th piece, from 0, between separators (a string, or the code of a character); NULL if there are not so many.",
			Examples: function.Examples("SPLIT_INDEX('a,b,c', ',', 1)", "b", "SPLIT_INDEX('a,b', 44, 1)", "b", "SPLIT_INDEX('a', ',', 1)", "NULL"),
			Resolve: func(args []function.Arg) (function.Signature, error) {
				separator := str
				if len(args) == 3 && args[1].Type.IsInteger() {
					separator = integer
				}
				return function.TakesNull("SPLIT_INDEX", types.TString, 0, str, separator, integer)(args)
			},
			Make: func(_ *function.Env, ts []types.Type, _ []*vector.Vector, _ types.Type) (function.Kernel, error) {
				return function.EachSlice(func(s []byte, args []*vector.Vector, i int) (int, int, bool) {
					var code [utf8.UTFMax]byte
					var separator []byte
					if ts[1].IsInteger() {
						c := kernel.At[int32](args[1], i)
						if c < 0 {
							return 0, 0, false
						}
						separator = utf8.AppendRune(code[:0], rune(c))
					} else {
						separator = args[1].Bytes(i)
					}
					return piece(s, separator, intAt(args[2], i))
				}), nil
			},
		},
	)
}

func substring(s []byte, args []*vector.Vector, i int) (int, int, bool) {
	from, pos := 0, intAt(args[1], i)
	if len(args) > 2 && intAt(args[2], i) < 0 {
		return 0, 0, false
	}
	switch {
	case pos > 0:
		from = skip(s, pos-1)
	case pos < 0:
		n := count(s) + pos
		if n < 0 {
			return 0, 0, true
		}
		from = skip(s, n)
	}
	if len(args) == 2 {
		return from, len(s), true
	}
	return from, from + skip(s[from:], intAt(args[2], i)), true
}

func trimmer(name, where string, left, right bool, result func([]function.Arg) (types.Type, error), examples []function.Example) *function.Def {
	param := str
	if name == "BTRIM" {
		param = function.Str
	}
	return &function.Def{
		Name: name, Strict: true, Family: "string", Syntax: name + "(s[, chars])",
		Doc: "The string without the characters of chars (spaces) " + where + ".", Examples: examples,
		Resolve: function.TakesFunc(name, result, 1, param, param),
		Make: function.Fixed(function.EachSlice(func(s []byte, args []*vector.Vector, i int) (int, int, bool) {
			chars := []byte(" ")
			if len(args) > 1 {
				chars = args[1].Bytes(i)
			}
			from, to := trim(s, chars, left, right)
			return from, to, true
		})),
	}
}

// trim returns what is left of s without the characters of chars at its ends.
func trim(s, chars []byte, left, right bool) (from, to int) {
	to = len(s)
	if len(chars) == 1 && chars[0] < utf8.RuneSelf {
		for left && from < to && s[from] == chars[0] {
			from++
		}
		for right && from < to && s[to-1] == chars[0] {
			to--
		}
		return from, to
	}
	for left && from < to {
		_, size := utf8.DecodeRune(s[from:to])
		if !bytes.Contains(chars, s[from:from+size]) {
			break
		}
		from += size
	}
	for right && from < to {
		_, size := utf8.DecodeLastRune(s[from:to])
		if !bytes.Contains(chars, s[to-size:to]) {
			break
		}
		to -= size
	}
	return from, to
}

// piece finds the n-th piece of s.
func piece(s, separator []byte, n int) (from, to int, ok bool) {
	if n < 0 || len(s) == 0 {
		return 0, 0, false
	}
	if len(separator) == 0 {
		return 0, len(s), n == 0
	}
	for ; ; n-- {
		k := bytes.Index(s[from:], separator)
		if n == 0 {
			if k < 0 {
				return from, len(s), true
			}
			return from, from + k, true
		}
		if k < 0 {
			return 0, 0, false
		}
		from += k + len(separator)
	}
}
