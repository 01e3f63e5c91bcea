package collection

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	function.Register(
		&function.Def{
			Name: "ARRAY", Appends: true, Family: "collection", Syntax: "ARRAY[a, b, …]", Doc: "An array of values of one type.",
			Examples: function.Examples("ARRAY[1, 2, NULL]", "[1, 2, NULL]"),
			Resolve: func(args []function.Arg) (function.Signature, error) {
				t, ok := function.Least(function.TypesOf(args)...)
				if !ok || t.Kind == types.Null {
					return function.Signature{}, fmt.Errorf("the elements of an ARRAY have no type in common: %s", list(function.TypesOf(args)))
				}
				sig := function.Signature{Result: types.ArrayOf(t).Required()}
				for _, a := range args {
					sig.Args = append(sig.Args, t.WithNotNull(a.Type.NotNull))
				}
				return sig, nil
			},
			Make: function.Fixed(func(args []*vector.Vector, out *vector.Vector, n int) error {
				for i := range n {
					for _, a := range args {
						out.Child(0).AppendFrom(a, i)
					}
					out.CloseList()
				}
				return nil
			}),
		},
		&function.Def{
			Name: "MAP", Appends: true, Family: "collection", Syntax: "MAP[k, v, …]", Doc: "A map of keys and values; of equal keys the last one counts.",
			Examples: function.Examples("MAP['a', 1, 'b', 2]", "{a=1, b=2}"),
			Resolve:  resolveMap,
			Make: function.Fixed(func(args []*vector.Vector, out *vector.Vector, n int) error {
				for i := range n {
					for k := 0; k < len(args); k += 2 {
						last := true
						for later := k + 2; later < len(args) && last; later += 2 {
							last = kernel.Order(args[k], i, args[later], i) != 0
						}
						if last {
							out.Child(0).AppendFrom(args[k], i)
							out.Child(1).AppendFrom(args[k+1], i)
						}
					}
					out.CloseList()
				}
				return nil
			}),
		},
		&function.Def{
			Name: "ROW", Appends: true, Family: "collection", Syntax: "ROW(a, b, …)", Doc: "A row of values.",
			Examples: function.Examples("ROW(1, 'a')", "(1, a)"),
			Resolve: func(args []function.Arg) (function.Signature, error) {
				var fields []types.Field
				for i, a := range args {
					if a.Type.Kind == types.Null {
						return function.Signature{}, &function.ArgError{Arg: i, Text: "NULL has no type here; write CAST(NULL AS type)"}
					}
					fields = append(fields, types.Field{Name: "EXPR$" + strconv.Itoa(i), Type: a.Type.WithAttr(types.NoAttr)})
				}
				return function.Signature{Args: function.TypesOf(args), Result: types.RowOf(fields...).Required()}, nil
			},
			Make: function.Fixed(func(args []*vector.Vector, out *vector.Vector, n int) error {
				for i := range n {
					for k, a := range args {
						out.Child(k).AppendFrom(a, i)
					}
					out.CloseStruct()
				}
				return nil
			}),
		},
		&function.Def{
			Name: "FIELD", Appends: true, Family: "collection", Syntax: "r.name", Doc: "A field of a row.",
			Examples: function.Examples("CAST(ROW(1, 'a') AS ROW<x INT, y STRING>).y", "a"),
			Resolve: func(args []function.Arg) (function.Signature, error) {
				k, ok := fieldIndex(args)
				if !ok {
					return function.Signature{}, errors.New("FIELD takes a row and the index of a field")
				}
				t := args[0].Type.Fields[k].Type
				return function.Signature{Args: function.TypesOf(args), Result: t.WithNotNull(t.NotNull && args[0].Type.NotNull)}, nil
			},
			Make: func(_ *function.Env, _ []types.Type, consts []*vector.Vector, _ types.Type) (function.Kernel, error) {
				return field(int(kernel.At[int32](consts[1], 0))), nil
			},
		},
		&function.Def{
			Name: "MULTISET", Appends: true, Family: "collection", Syntax: "MULTISET[a, b, …]", Doc: "A bag of values: each with how often it is there.",
			Examples: function.Examples("CARDINALITY(MULTISET[1, 1, 2])", "2"),
			Resolve: func(args []function.Arg) (function.Signature, error) {
				t, ok := function.Least(function.TypesOf(args)...)
				if !ok || t.Kind == types.Null {
					return function.Signature{}, fmt.Errorf("the elements of a MULTISET have no type in common: %s", list(function.TypesOf(args)))
				}
				sig := function.Signature{Result: types.MultisetOf(t).Required()}
				for _, a := range args {
					sig.Args = append(sig.Args, t.WithNotNull(a.Type.NotNull))
				}
				return sig, nil
			},
			Make: function.Fixed(multiset),
		},
		&function.Def{
			Name: "ITEM", Appends: true, Family: "collection", Syntax: "a[i], m[k]",
			Doc:      "An element of an array (from 1), the value of a key, or a field of a row; NULL if there is none.",
			Examples: function.Examples("ARRAY[5, 6][2]", "6", "MAP['a', 1]['b']", "NULL"),
			Resolve:  resolveItem, Make: makeItem,
		},
	)
}

// multiset counts equal elements, in the order in which they come first.
func multiset(args []*vector.Vector, out *vector.Vector, n int) error {
	same := func(a, b *vector.Vector, i int) bool {
		if a.IsNull(i) || b.IsNull(i) {
			return a.IsNull(i) == b.IsNull(i)
		}
		return kernel.Order(a, i, b, i) == 0
	}
	for i := range n {
		for k, a := range args {
			first, times := true, int32(0)
			for j, b := range args {
				if same(a, b, i) {
					first = first && j >= k
					times++
				}
			}
			if first {
				out.Child(0).AppendFrom(a, i)
				vector.Append(out.Child(1), times)
			}
		}
		out.CloseList()
	}
	return nil
}

// list names types, each once.
func list(ts []types.Type) string {
	var names []string
	for _, t := range ts {
		if n := t.Nullable().String(); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return strings.Join(names, ", ")
}

func resolveMap(args []function.Arg) (function.Signature, error) {
	if len(args) == 0 || len(args)%2 != 0 {
		return function.Signature{}, &function.ArgError{Arg: -1, Text: "MAP takes keys and values in pairs, at least one"}
	}
	var keys, values []types.Type
	for i := 0; i < len(args); i += 2 {
		keys, values = append(keys, args[i].Type), append(values, args[i+1].Type)
	}
	k, ok1 := function.Least(keys...)
	v, ok2 := function.Least(values...)
	switch {
	case !ok1 || k.Kind == types.Null:
		return function.Signature{}, fmt.Errorf("the keys of a MAP have no type in common: %s", list(keys))
	case !ok2:
		return function.Signature{}, fmt.Errorf("the values of a MAP have no type in common: %s", list(values))
	}
	if v.Kind == types.Null {
		v = k.Nullable()
	}
	sig := function.Signature{Result: types.MapOf(k, v).Required()}
	for i, a := range args {
		t := k
		if i%2 == 1 {
			t = v
		}
		sig.Args = append(sig.Args, t.WithNotNull(a.Type.NotNull))
	}
	return sig, nil
}

func fieldIndex(args []function.Arg) (int, bool) {
	if len(args) != 2 || args[1].Literal == nil {
		return 0, false
	}
	k, err := strconv.Atoi(args[1].Literal.Text)
	return k, err == nil && k >= 0 && k < len(args[0].Type.Fields)
}

func field(k int) function.Kernel {
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		r := args[0]
		for i := range n {
			if r.IsNull(i) {
				out.AppendNull()
				continue
			}
			at := i
			if r.Const {
				at = 0
			}
			out.AppendFrom(r.Child(k), at)
		}
		return nil
	}
}

func resolveItem(args []function.Arg) (function.Signature, error) {
	c, key := args[0].Type, args[1]
	if key.Type.Kind == types.Null {
		return function.Signature{}, &function.ArgError{Arg: 1, Text: "NULL has no type here; write CAST(NULL AS type)"}
	}
	switch c.Kind {
	case types.Array:
		if !(key.Type.IsInteger() && key.Type.Kind != types.BigInt) {
			return function.Signature{}, fmt.Errorf("the index of an ARRAY is an INT, not %s", key.Type.Nullable())
		}
		if key.Literal != nil && !key.Literal.Null {
			if i, err := strconv.Atoi(key.Literal.Text); err == nil && i < 1 {
				return function.Signature{}, fmt.Errorf("the index of an ARRAY begins with 1, not %d", i)
			}
		}
		return function.Signature{Args: []types.Type{c, types.TInt.WithNotNull(key.Type.NotNull)}, Result: c.Elem.Nullable()}, nil
	case types.Map:
		if !function.Implicit(key.Type, *c.Key) && !(key.Type.IsNumeric() && c.Key.IsNumeric()) {
			return function.Signature{}, fmt.Errorf("the keys of the MAP are %s, not %s", c.Key.Nullable(), key.Type.Nullable())
		}
		to := c.Key.WithNotNull(key.Type.NotNull)
		if key.Type.IsString() {
			to = key.Type // a longer text is no key, rather than cut
		}
		return function.Signature{Args: []types.Type{c, to}, Result: c.Elem.Nullable()}, nil
	case types.Row, types.Structured:
		if key.Literal != nil && !key.Literal.Null {
			for k, f := range c.Fields {
				if key.Type.IsString() && f.Name == key.Literal.Text || key.Type.IsInteger() && strconv.Itoa(k+1) == key.Literal.Text {
					return function.Signature{Args: []types.Type{c, key.Type}, Result: f.Type.WithNotNull(f.Type.NotNull && c.NotNull)}, nil
				}
			}
		}
		return function.Signature{}, fmt.Errorf("%s has no such field", c.Nullable())
	}
	return function.Signature{}, fmt.Errorf("[ ] takes an ARRAY, MAP or ROW, not %s", c.Nullable())
}

func makeItem(_ *function.Env, ts []types.Type, consts []*vector.Vector, _ types.Type) (function.Kernel, error) {
	switch ts[0].Kind {
	case types.Array:
		if c := consts[1]; c != nil && !c.IsNull(0) && kernel.At[int32](c, 0) < 1 {
			return nil, &diag.Error{Code: "wrong-arguments", Stage: diag.StagePlan, Message: fmt.Sprintf("the index of an ARRAY begins with 1, not %d", kernel.At[int32](c, 0))}
		}
		return func(args []*vector.Vector, out *vector.Vector, n int) error {
			for i := range n {
				if !function.AnyNull(args, i) {
					from, to := args[0].List(i)
					if k := int(kernel.At[int32](args[1], i)); k >= 1 && k <= to-from {
						out.AppendFrom(args[0].Child(0), from+k-1)
						continue
					}
				}
				out.AppendNull()
			}
			return nil
		}, nil
	case types.Map:
		return func(args []*vector.Vector, out *vector.Vector, n int) error {
		rows:
			for i := range n {
				if !args[0].IsNull(i) {
					for from, to := args[0].List(i); from < to; from++ {
						if kernel.Order(args[0].Child(0), from, args[1], i) == 0 {
							out.AppendFrom(args[0].Child(1), from)
							continue rows
						}
					}
				}
				out.AppendNull()
			}
			return nil
		}, nil
	}
	for k, f := range ts[0].Fields {
		if ts[1].IsString() && f.Name == string(consts[1].Bytes(0)) || ts[1].IsInteger() && int64(k)+1 == kernel.Integers(ts[1].Phys())(consts[1], 0) {
			return field(k), nil
		}
	}
	return nil, fmt.Errorf("%s has no such field", ts[0])
}
