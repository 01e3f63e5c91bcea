package compare

import (
	"fmt"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	function.Register(
		&function.Def{
			Name: "IN", Family: "comparison", Syntax: "x IN (a, b, …)",
			Doc:     "TRUE if x equals one of the values; NULL if it does not and one of them, or x, is NULL.",
			Resolve: resolveIn, Make: makeIn,
			Examples: function.Examples("2 IN (1, 2)", "TRUE", "3 IN (1, CAST(NULL AS INT))", "NULL"),
		},
		&function.Def{
			Name: "NOT IN", Lazy: true, Family: "comparison", Syntax: "x NOT IN (a, b, …)",
			Doc:     "FALSE if x equals one of the values, else TRUE, or NULL as for IN.",
			Resolve: resolveIn, Examples: function.Examples("3 NOT IN (1, 2)", "TRUE"),
		},
	)
}

func resolveIn(args []function.Arg) (function.Signature, error) {
	x := args[0].Type
	sig := function.Signature{Result: types.TBoolean.Required()}
	for _, a := range args {
		sig.Result.NotNull = sig.Result.NotNull && function.NeverNull(a.Type)
	}
	texts := 0
	for _, a := range args[1:] {
		if a.Type.IsString() {
			texts++
		}
	}
	for _, a := range args[1:] {
		if texts > 0 && !a.Type.IsString() && a.Type.Kind != types.Null {
			return sig, fmt.Errorf("the values of a list are either strings or not: %s", a.Type.Nullable())
		}
	}
	if x.IsString() && texts == 0 {
		return textIn(args, sig.Result)
	}
	for _, a := range args[1:] {
		as, bs, ok := function.Comparable(x, a.Type)
		if !ok {
			return sig, fmt.Errorf("cannot compare %s with %s", args[0].Type.Nullable(), a.Type.Nullable())
		}
		x = as
		// One type for all, so that a constant list can be a set.
		if wide, ok := function.Common(as, bs); ok {
			x = wide
		}
	}
	sig.Args = []types.Type{x.WithNotNull(args[0].Type.NotNull)}
	for _, a := range args[1:] {
		sig.Args = append(sig.Args, x.WithNotNull(a.Type.NotNull))
	}
	return sig, nil
}

// textIn resolves a string among other values: these are cast to strings.
func textIn(args []function.Arg, result types.Type) (function.Signature, error) {
	sig := function.Signature{Args: []types.Type{types.TString.WithNotNull(args[0].Type.NotNull)}, Result: result}
	for _, a := range args[1:] {
		if len(a.Type.Children()) > 0 || a.Type.IsBinary() || a.Type.Kind == types.Variant {
			return sig, fmt.Errorf("cannot compare %s with %s", args[0].Type.Nullable(), a.Type.Nullable())
		}
		sig.Args = append(sig.Args, types.TString.WithNotNull(a.Type.NotNull))
	}
	return sig, nil
}

// smallList is up to how many values a list is compared one by one: a
// comparison of a column with a constant is cheaper than four hash look-ups.
const smallList = 8

func makeIn(_ *function.Env, args []types.Type, consts []*vector.Vector, _ types.Type) (function.Kernel, error) {
	if k := args[0].Kind; k == types.Row || k == types.Structured {
		return rowIn(), nil
	}
	if len(args)-1 > smallList {
		if k := inSet(args[0], consts[1:]); k != nil {
			return k, nil
		}
	}
	compare := make([]kernel.Compare, len(args))
	for i := range args[1:] {
		compare[i+1] = kernel.Comparison(kernel.Equal, args[0], args[i+1])
	}
	var hit []bool
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		x, o := args[0], out.Bools()
		clear(o)
		if cap(hit) < n {
			hit = make([]bool, n)
		}
		hit = hit[:n]
		nulls := x.HasNulls()
		for i, v := range args[1:] {
			compare[i+1](hit, x, v)
			if !v.HasNulls() {
				kernel.Any(o, o, hit)
				continue
			}
			nulls = true
			for r := range o {
				o[r] = o[r] || hit[r] && !v.IsNull(r)
			}
		}
		if !nulls {
			return nil
		}
		for r := range o {
			if x.IsNull(r) {
				out.SetNull(r)
				continue
			}
			if o[r] {
				continue
			}
			for _, v := range args[1:] {
				if v.IsNull(r) {
					out.SetNull(r)
					break
				}
			}
		}
		return nil
	}, nil
}

// rowIn looks for a row: a NULL field leaves the answer open.
func rowIn() function.Kernel {
	return function.Each(func(args []*vector.Vector, i int) (found, known bool) {
		known = true
		for _, v := range args[1:] {
			e, k := equalRows(args[0], i, v, i)
			if e && k {
				return true, true
			}
			known = known && k
		}
		return false, known
	})
}

// inSet returns a kernel that looks x up in a set of constants, nil if one of
// them is not constant or the type has no hash.
func inSet(t types.Type, list []*vector.Vector) function.Kernel {
	switch t.Kind {
	case types.Float, types.Double:
		return nil // NaN equals nothing
	}
	values := vector.New(t.Nullable(), len(list))
	hasNull := false
	for _, v := range list {
		switch {
		case v == nil:
			return nil
		case v.IsNull(0):
			hasNull = true
		default:
			values.AppendFrom(v, 0)
		}
	}
	set := make(map[uint64][]int32, values.Len())
	for i := range values.Len() {
		h := kernel.Hash(values, i)
		set[h] = append(set[h], int32(i))
	}
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		x, o := args[0], out.Bools()
		for r := range o {
			if x.IsNull(r) {
				out.SetNull(r)
				continue
			}
			found := false
			for _, i := range set[kernel.Hash(x, r)] {
				found = found || kernel.Order(x, r, values, int(i)) == 0
			}
			if o[r] = found; !found && hasNull {
				out.SetNull(r)
			}
		}
		return nil
	}
}
