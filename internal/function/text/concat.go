package text

import (
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	function.Register(
		&function.Def{
			Name: "||", Strict: true, Appends: true, Family: "string", Syntax: "a || b",
			Doc: "Two strings, or bytes, one behind the other.", Examples: function.Examples("'a' || 'b'", "ab", "'a' || CAST(NULL AS STRING)", "NULL"),
			Resolve: resolveConcat, Make: function.Fixed(function.EachText(concat)),
		},
		&function.Def{
			Name: "CONCAT", Strict: true, Appends: true, Family: "string", Syntax: "CONCAT(a, b, …)",
			Doc: "Strings one behind the other; NULL if one is NULL.", Examples: function.Examples("CONCAT('a', 'b', 'c')", "abc"),
			Resolve: allStrings("CONCAT", 1), Make: function.Fixed(function.EachText(concat)),
		},
		&function.Def{
			Name: "CONCAT_WS", Appends: true, Family: "string", Syntax: "CONCAT_WS(separator, a, b, …)",
			Doc: "Strings with a separator between them; NULLs are left out.", Examples: function.Examples("CONCAT_WS('-', 'a', NULLIF('x', 'x'), 'b')", "a-b"),
			Resolve: func(args []function.Arg) (function.Signature, error) {
				sig, err := allStrings("CONCAT_WS", 2)(args)
				if err == nil {
					sig.Result.NotNull = function.NotNull(args)
				}
				return sig, err
			},
			Make: function.Fixed(func(args []*vector.Vector, out *vector.Vector, n int) error {
				for i := range n {
					if args[0].IsNull(i) {
						out.AppendNull()
						continue
					}
					b, first := out.OpenBytes(), true
					for _, a := range args[1:] {
						if a.IsNull(i) {
							continue
						}
						if !first {
							b = append(b, args[0].Bytes(i)...)
						}
						b, first = append(b, a.Bytes(i)...), false
					}
					out.CloseBytes(b)
				}
				return nil
			}),
		},
	)
}

func concat(dst []byte, args []*vector.Vector, i int) ([]byte, bool) {
	for _, a := range args {
		dst = append(dst, a.Bytes(i)...)
	}
	return dst, true
}

func resolveConcat(args []function.Arg) (function.Signature, error) {
	a, b := args[0].Type, args[1].Type
	var t types.Type
	switch {
	case a.IsString() && b.IsString():
		t = types.Type{Kind: types.Varchar}
		if a.Kind == types.Char && b.Kind == types.Char {
			t.Kind = types.Char
		}
	case a.IsBinary() && b.IsBinary():
		t = types.Type{Kind: types.Varbinary}
		if a.Kind == types.Binary && b.Kind == types.Binary {
			t.Kind = types.Binary
		}
	default:
		return function.Signature{}, function.Refuse("||", args, "it takes two strings; CAST other values")
	}
	t.Precision = int32(min(int64(a.Precision)+int64(b.Precision), types.MaxLength))
	return function.Signature{Args: []types.Type{a, b}, Result: t.WithNotNull(a.NotNull && b.NotNull)}, nil
}

// allStrings resolves a function of strings only.
func allStrings(name string, least int) func([]function.Arg) (function.Signature, error) {
	return func(args []function.Arg) (function.Signature, error) {
		if len(args) < least {
			return function.Signature{}, function.Count(name, args, least, -1)
		}
		params := make([]function.Param, len(args))
		for i := range params {
			params[i] = str
		}
		return function.Takes(name, types.TString, 0, params...)(args)
	}
}
