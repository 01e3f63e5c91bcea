package compare

import (
	"fmt"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	for _, r := range []struct {
		name, words string
		relation    kernel.Relation
		examples    []function.Example
	}{
		{"=", "both are equal", kernel.Equal, function.Examples("1 = 1.0", "TRUE", "'a' = 'A'", "FALSE")},
		{"<>", "they differ", kernel.NotEqual, function.Examples("1 <> 2", "TRUE")},
		{"<", "a is less than b", kernel.Less, function.Examples("1 < 2", "TRUE", "'b' < 'a'", "FALSE")},
		{"<=", "a is at most b", kernel.LessEqual, function.Examples("2 <= 2", "TRUE")},
		{">", "a is greater than b", kernel.Greater, function.Examples("1 > 2", "FALSE")},
		{">=", "a is at least b", kernel.GreaterEqual, function.Examples("2 >= 2", "TRUE")},
	} {
		function.Register(&function.Def{
			Name: r.name, Strict: true, Family: "comparison", Syntax: "a " + r.name + " b",
			Doc:     fmt.Sprintf("TRUE if %s; NULL if one of them is NULL.", r.words),
			Resolve: resolve(r.name, r.relation), Examples: r.examples,
			Make: func(_ *function.Env, args []types.Type, _ []*vector.Vector, _ types.Type) (function.Kernel, error) {
				if k := args[0].Kind; k == types.Row || k == types.Structured {
					return rowEquality(r.relation == kernel.Equal), nil
				}
				if args[0].IsString() != args[1].IsString() {
					return differ(r.relation == kernel.NotEqual), nil
				}
				if unlike(args[0], args[1]) {
					return unlikeArrays(r.relation == kernel.Equal), nil
				}
				compare := kernel.Comparison(r.relation, args[0], args[1])
				return func(args []*vector.Vector, out *vector.Vector, n int) error {
					compare(out.Bools(), args[0], args[1])
					return nil
				}, nil
			},
		})
	}
	for _, d := range []struct {
		name string
		want bool
		doc  string
		ex   []function.Example
	}{
		{"IS DISTINCT FROM", false, "TRUE if a and b differ, where NULL is a value like any other.", function.Examples("1 IS DISTINCT FROM NULL", "TRUE")},
		{"IS NOT DISTINCT FROM", true, "TRUE if a and b are equal, where NULL equals NULL.", function.Examples("1 IS NOT DISTINCT FROM 1", "TRUE")},
	} {
		function.Register(&function.Def{
			Name: d.name, Family: "comparison", Syntax: "a " + d.name + " b", Doc: d.doc, Examples: d.ex,
			Resolve: func(args []function.Arg) (function.Signature, error) {
				sig, err := resolve(d.name, kernel.Equal)(args)
				sig.Result = types.TBoolean.Required()
				return sig, err
			},
			Make: func(_ *function.Env, args []types.Type, _ []*vector.Vector, _ types.Type) (function.Kernel, error) {
				if unlike(args[0], args[1]) || args[0].IsString() != args[1].IsString() {
					return distinct(func(out []bool, a, b *vector.Vector) {
						for i := range out {
							out[i] = false
						}
					}, d.want), nil
				}
				return distinct(kernel.Comparison(kernel.Equal, args[0], args[1]), d.want), nil
			},
		})
	}
	for _, b := range []string{"BETWEEN", "NOT BETWEEN", "BETWEEN SYMMETRIC", "NOT BETWEEN SYMMETRIC"} {
		function.Register(&function.Def{
			Name: b, Lazy: true, Family: "comparison", Syntax: "x " + b + " a AND b",
			Doc:     "Whether x lies between a and b, both included; SYMMETRIC lets the bounds come in any order.",
			Resolve: resolveBetween, Examples: map[string][]function.Example{
				"BETWEEN":               function.Examples("2 BETWEEN 1 AND 2", "TRUE", "2 BETWEEN 3 AND 1", "FALSE"),
				"NOT BETWEEN":           function.Examples("2 NOT BETWEEN 3 AND 4", "TRUE"),
				"BETWEEN SYMMETRIC":     function.Examples("2 BETWEEN SYMMETRIC 3 AND 1", "TRUE"),
				"NOT BETWEEN SYMMETRIC": function.Examples("2 NOT BETWEEN SYMMETRIC 3 AND 1", "FALSE"),
			}[b],
		})
	}
}

// resolve checks that two values can be compared.
func resolve(op string, r kernel.Relation) func([]function.Arg) (function.Signature, error) {
	return func(args []function.Arg) (function.Signature, error) {
		a, b := args[0].Type, args[1].Type
		as, bs, ok := function.Comparable(a, b)
		equality := r == kernel.Equal || r == kernel.NotEqual
		switch {
		case equality && (a.IsString() && b.Kind == types.Boolean || a.Kind == types.Boolean && b.IsString() || a.IsString() && b.IsInterval() || a.IsInterval() && b.IsString()):
			as, bs = a, b // not cast: see differ
		case equality && !ok && unlike(a, b):
			as, bs = a, b
		case !ok:
			return function.Signature{}, fmt.Errorf("cannot compare %s with %s", a.Nullable(), b.Nullable())
		case equality && (a.IsString() && b.IsNumeric() || a.IsNumeric() && b.IsString()):
			return function.Signature{}, fmt.Errorf("cannot compare %s with %s; CAST one of them", a.Nullable(), b.Nullable())
		case !equality && !ordered(as):
			return function.Signature{}, fmt.Errorf("%s cannot be ordered, so that %s has no meaning", a.Nullable(), op)
		}
		return function.Signature{Args: []types.Type{as, bs}, Result: types.TBoolean.WithNotNull(function.NeverNull(a) && function.NeverNull(b))}, nil
	}
}

// unlike reports arrays whose elements have no type in common.
func unlike(a, b types.Type) bool {
	if a.Kind != types.Array || b.Kind != types.Array {
		return false
	}
	_, ok := function.Common(a, b)
	return !ok
}

// unlikeArrays compares arrays of different elements: equal are those that hold
// as many NULLs and nothing else.
func unlikeArrays(want bool) function.Kernel {
	return function.Each(func(args []*vector.Vector, i int) (bool, bool) {
		from, to := args[0].List(i)
		other, end := args[1].List(i)
		equal := to-from == end-other
		for ; equal && from < to; from, other = from+1, other+1 {
			equal = args[0].Child(0).IsNull(from) && args[1].Child(0).IsNull(other)
		}
		return equal == want, true
	})
}

// differ compares a STRING with a BOOLEAN or an INTERVAL. In Flink these are
// never equal, not even 'true' and TRUE.
func differ(answer bool) function.Kernel {
	return func(_ []*vector.Vector, out *vector.Vector, n int) error {
		o := out.Bools()
		for i := range o {
			o[i] = answer
		}
		return nil
	}
}

// ordered reports types whose values have an order.
func ordered(t types.Type) bool {
	switch t.Kind {
	case types.Array, types.Map, types.Multiset, types.Row, types.Structured, types.Raw, types.Variant:
		return false
	}
	return true
}

func resolveBetween(args []function.Arg) (function.Signature, error) {
	x := args[0].Type
	sig := function.Signature{Result: types.TBoolean.WithNotNull(function.NotNull(args))}
	// x has one type for both bounds.
	for _, b := range args[1:] {
		as, _, ok := function.Comparable(x, b.Type)
		if !ok || !ordered(as) {
			return sig, fmt.Errorf("cannot compare %s with %s", args[0].Type.Nullable(), b.Type.Nullable())
		}
		x = as
	}
	sig.Args = []types.Type{x.WithNotNull(args[0].Type.NotNull)}
	for _, b := range args[1:] {
		_, bs, ok := function.Comparable(x, b.Type)
		if !ok {
			return sig, fmt.Errorf("cannot compare %s with %s", args[0].Type.Nullable(), b.Type.Nullable())
		}
		sig.Args = append(sig.Args, bs.WithNotNull(b.Type.NotNull))
	}
	return sig, nil
}

// distinct compares with NULL as a value; NaN equals NaN here.
func distinct(equal kernel.Compare, want bool) function.Kernel {
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		a, b, o := args[0], args[1], out.Bools()
		switch a.Phys() {
		case types.PhysFloat32, types.PhysFloat64:
			for i := range o {
				o[i] = kernel.Order(a, i, b, i) == 0 == want
			}
			return nil
		}
		equal(o, a, b)
		if !a.HasNulls() && !b.HasNulls() {
			if !want {
				kernel.Not(o, o)
			}
			return nil
		}
		for i := range o {
			x, y := a.IsNull(i), b.IsNull(i)
			same := x && y || !x && !y && o[i]
			o[i] = same == want
		}
		return nil
	}
}

// rowEquality compares rows field by field: one that differs decides, else a
// NULL leaves the answer open.
func rowEquality(want bool) function.Kernel {
	return function.Each(func(args []*vector.Vector, i int) (bool, bool) {
		equal, known := equalRows(args[0], i, args[1], i)
		return equal == want, known
	})
}

func equalRows(a *vector.Vector, i int, b *vector.Vector, j int) (equal, known bool) {
	if a.Const {
		i = 0
	}
	if b.Const {
		j = 0
	}
	if a.IsNull(i) || b.IsNull(j) {
		return false, false
	}
	switch a.Phys() {
	case types.PhysFloat32: // NaN equals nothing
		return kernel.At[float32](a, i) == kernel.At[float32](b, j), true
	case types.PhysFloat64:
		return kernel.At[float64](a, i) == kernel.At[float64](b, j), true
	case types.PhysStruct:
	default:
		return kernel.Order(a, i, b, j) == 0, true
	}
	equal, known = true, true
	for k, c := range a.Children() {
		e, n := equalRows(c, i, b.Child(k), j)
		if n && !e {
			return false, true
		}
		known = known && n
	}
	return equal, known
}
