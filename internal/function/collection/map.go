package collection

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/function/regex"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

var mapping = function.Of("a MAP", func(t types.Type) bool { return t.Kind == types.Map }).Typed()

func init() {
	function.Register(
		&function.Def{
			Name: "CARDINALITY", Strict: true, Family: "collection", Syntax: "CARDINALITY(a)", Doc: "The number of elements of an array, entries of a map, or different elements of a multiset.",
			Examples: function.Examples("CARDINALITY(ARRAY[1, NULL])", "2"),
			Resolve: function.Takes("CARDINALITY", types.TInt, 0, function.Of("an ARRAY, MAP or MULTISET", func(t types.Type) bool {
				return t.Phys() == types.PhysList
			}).Typed()),
			Make: function.Fixed(function.Each(func(args []*vector.Vector, i int) (int32, bool) {
				from, to := args[0].List(i)
				return int32(to - from), true
			})),
		},
		&function.Def{
			Name: "ELEMENT", Appends: true, Partial: true, Family: "collection", Syntax: "ELEMENT(a)", Doc: "The only element of an array, NULL if it is empty; more than one is an error.",
			Examples: function.Examples("ELEMENT(ARRAY[1])", "1"),
			Resolve: function.TakesFunc("ELEMENT", func(args []function.Arg) (types.Type, error) {
				t := args[0].Type
				return t.Elem.WithNotNull(t.Elem.NotNull && t.NotNull), nil
			}, 0, array),
			Make: function.Fixed(func(args []*vector.Vector, out *vector.Vector, n int) error {
				for i := range n {
					from, to := 0, 0
					if !args[0].IsNull(i) {
						from, to = args[0].List(i)
					}
					switch to - from {
					case 0:
						out.AppendNull()
					case 1:
						out.AppendFrom(args[0].Child(0), from)
					default:
						return function.Fail(i, "not-single", "ELEMENT takes an ARRAY of one element, not %d", to-from)
					}
				}
				return nil
			}),
		},
		&function.Def{
			Name: "MAP_KEYS", Appends: true, Family: "collection", Syntax: "MAP_KEYS(m)", Doc: "The keys of a map.",
			Examples: function.Examples("MAP_KEYS(MAP['a', 1])", "[a]"), Resolve: ofMap("MAP_KEYS", func(t types.Type) types.Type { return *t.Key }), Make: side(0),
		},
		&function.Def{
			Name: "MAP_VALUES", Appends: true, Family: "collection", Syntax: "MAP_VALUES(m)", Doc: "The values of a map.",
			Examples: function.Examples("MAP_VALUES(MAP['a', 1])", "[1]"), Resolve: ofMap("MAP_VALUES", func(t types.Type) types.Type { return *t.Elem }), Make: side(1),
		},
		&function.Def{
			Name: "MAP_ENTRIES", Appends: true, Family: "collection", Syntax: "MAP_ENTRIES(m)", Doc: "The entries of a map as rows (key, value).",
			Examples: function.Examples("MAP_ENTRIES(MAP['a', 1])", "[(a, 1)]"),
			Resolve: ofMap("MAP_ENTRIES", func(t types.Type) types.Type {
				return types.RowOf(types.Field{Name: "key", Type: *t.Key}, types.Field{Name: "value", Type: *t.Elem})
			}),
			Make: rows(func(args []*vector.Vector, out *vector.Vector, i int) {
				entries := out.Child(0)
				for from, to := args[0].List(i); from < to; from++ {
					entries.Child(0).AppendFrom(args[0].Child(0), from)
					entries.Child(1).AppendFrom(args[0].Child(1), from)
					entries.CloseStruct()
				}
				out.CloseList()
			}),
		},
		&function.Def{
			Name: "MAP_FROM_ARRAYS", Appends: true, Partial: true, Family: "collection", Syntax: "MAP_FROM_ARRAYS(keys, values)", Doc: "A map of an array of keys and one of as many values.",
			Examples: function.Examples("MAP_FROM_ARRAYS(ARRAY['a'], ARRAY[1])", "{a=1}"),
			Resolve: function.TakesFunc("MAP_FROM_ARRAYS", func(args []function.Arg) (types.Type, error) {
				return types.MapOf(*args[0].Type.Elem, *args[1].Type.Elem).WithNotNull(function.NotNull(args)), nil
			}, 0, array, array),
			Make: function.Fixed(func(args []*vector.Vector, out *vector.Vector, n int) error {
				for i := range n {
					if function.AnyNull(args, i) {
						out.AppendNull()
						continue
					}
					kf, kt := args[0].List(i)
					vf, vt := args[1].List(i)
					if kt-kf != vt-vf {
						return function.Fail(i, "different-lengths", "MAP_FROM_ARRAYS takes as many values as keys, not %d and %d", vt-vf, kt-kf)
					}
					for ; kf < kt; kf, vf = kf+1, vf+1 {
						// Of equal keys the last one counts.
						if !within(args[0].Child(0), kf+1, kt, args[0].Child(0), kf) {
							out.Child(0).AppendFrom(args[0].Child(0), kf)
							out.Child(1).AppendFrom(args[1].Child(0), vf)
						}
					}
					out.CloseList()
				}
				return nil
			}),
		},
		&function.Def{
			Name: "MAP_UNION", Appends: true, Family: "collection", Syntax: "MAP_UNION(m, …)", Doc: "The entries of all maps; of equal keys the last one counts.",
			Examples: function.Examples("MAP_UNION(MAP['a', 1], MAP['a', 2])", "{a=2}"), Resolve: resolveUnion, Make: combine(union),
		},
		&function.Def{
			Name: "SPLIT", Strict: true, Appends: true, Family: "string", Syntax: "SPLIT(s, separator)", Doc: "The pieces between separators; the characters if the separator is empty.",
			Examples: function.Examples("SPLIT('a,b', ',')", "[a, b]", "SPLIT('abc', '')", "[a, b, c]"),
			Resolve:  function.Takes("SPLIT", types.ArrayOf(types.TString), 0, function.Str, function.Str),
			Make: combine(func(args []*vector.Vector, out *vector.Vector, i int) {
				s, separator := args[0].Bytes(i), args[1].Bytes(i)
				o := out.Child(0)
				if len(s) == 0 {
					return
				}
				if len(separator) == 0 {
					for len(s) > 0 {
						_, size := utf8.DecodeRune(s)
						o.AppendBytes(s[:size])
						s = s[size:]
					}
					return
				}
				for {
					k := bytes.Index(s, separator)
					if k < 0 {
						o.AppendBytes(s)
						return
					}
					o.AppendBytes(s[:k])
					s = s[k+len(separator):]
				}
			}),
		},
		&function.Def{
			Name: "STR_TO_MAP", Strict: true, Costly: true, Appends: true, Partial: true, Family: "string", Syntax: "STR_TO_MAP(s[, pair_separator, value_separator])",
			Doc:      "A map of the pairs in a text; the separators, ',' and '=', are regular expressions.",
			Examples: function.Examples("STR_TO_MAP('a=1,b=2')", "{a=1, b=2}"),
			Resolve: func(args []function.Arg) (function.Signature, error) {
				if len(args) != 1 && len(args) != 3 {
					return function.Signature{}, fmt.Errorf("STR_TO_MAP takes 1 or 3 arguments, not %d", len(args))
				}
				str := function.Str.Typed()
				return function.TakesNull("STR_TO_MAP", types.MapOf(types.TString, types.TString), 2, str, str, str)(args)
			},
			Make: strToMap,
		},
	)
}

func ofMap(name string, elem func(types.Type) types.Type) func([]function.Arg) (function.Signature, error) {
	return function.TakesFunc(name, func(args []function.Arg) (types.Type, error) {
		return types.ArrayOf(elem(args[0].Type)).WithNotNull(args[0].Type.NotNull), nil
	}, 0, mapping)
}

func side(k int) function.Maker {
	return rows(func(args []*vector.Vector, out *vector.Vector, i int) {
		from, to := args[0].List(i)
		out.Child(0).AppendVector(args[0].Child(k), from, to)
		out.CloseList()
	})
}

func resolveUnion(args []function.Arg) (function.Signature, error) {
	if len(args) == 0 {
		return function.Signature{}, function.Count("MAP_UNION", args, 1, -1)
	}
	for _, a := range args {
		if a.Type.Kind != types.Map {
			return function.Signature{}, fmt.Errorf("MAP_UNION takes MAPs, not %s", a.Type.Nullable())
		}
	}
	t, ok := function.Common(function.TypesOf(args)...)
	if !ok {
		return function.Signature{}, function.Refuse("MAP_UNION", args, "the MAPs have no type in common")
	}
	sig := function.Signature{Result: t}
	for _, a := range args {
		sig.Args = append(sig.Args, t.WithNotNull(a.Type.NotNull))
	}
	return sig, nil
}

// union keeps a key's first place and its last value.
func union(args []*vector.Vector, out *vector.Vector, i int) {
	start := out.Child(0).Len()
	for m, a := range args {
	entries:
		for from, to := a.List(i); from < to; from++ {
			if within(out.Child(0), start, out.Child(0).Len(), a.Child(0), from) {
				continue
			}
			for last := len(args) - 1; last > m; last-- {
				b := args[last]
				for bf, bt := b.List(i); bf < bt; bf++ {
					if kernel.Order(a.Child(0), from, b.Child(0), bf) == 0 {
						out.Child(0).AppendFrom(b.Child(0), bf)
						out.Child(1).AppendFrom(b.Child(1), bf)
						continue entries
					}
				}
			}
			out.Child(0).AppendFrom(a.Child(0), from)
			out.Child(1).AppendFrom(a.Child(1), from)
		}
	}
}

func strToMap(*function.Env, []types.Type, []*vector.Vector, types.Type) (function.Kernel, error) {
	known := map[string]func([]byte, int) ([][]byte, error){}
	splitter := func(args []*vector.Vector, at, i int, otherwise string) (func([]byte, int) ([][]byte, error), error) {
		if at < len(args) {
			otherwise = string(args[at].Bytes(i))
		}
		if f := known[otherwise]; f != nil {
			return f, nil
		}
		f, err := regex.Splitter(otherwise)
		if err == nil {
			known[otherwise] = f
		}
		return f, err
	}
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		for i := range n {
			if function.AnyNull(args, i) {
				out.AppendNull()
				continue
			}
			pairs, err := splitter(args, 1, i, ",")
			if err != nil {
				return function.Fail(i, "bad-pattern", "%v", err)
			}
			halves, err := splitter(args, 2, i, "=")
			if err != nil {
				return function.Fail(i, "bad-pattern", "%v", err)
			}
			var keys, values [][]byte
			if s := args[0].Bytes(i); len(s) > 0 {
				pieces, err := pairs(s, 0)
				if err != nil {
					return function.Fail(i, "endless-pattern", "STR_TO_MAP: %v", err)
				}
				for _, p := range pieces {
					kv, err := halves(p, 2)
					if err != nil {
						return function.Fail(i, "endless-pattern", "STR_TO_MAP: %v", err)
					}
					kv = append(kv, nil)
					k := 0
					for k < len(keys) && !bytes.Equal(keys[k], kv[0]) {
						k++
					}
					if k == len(keys) {
						keys, values = append(keys, nil), append(values, nil)
					}
					keys[k], values[k] = kv[0], kv[1]
				}
			}
			for k := range keys {
				out.Child(0).AppendBytes(keys[k])
				if values[k] == nil {
					out.Child(1).AppendNull()
				} else {
					out.Child(1).AppendBytes(values[k])
				}
			}
			out.CloseList()
		}
		return nil
	}, nil
}
