package collection

import (
	"fmt"
	"slices"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

var array = function.Of("an ARRAY", func(t types.Type) bool { return t.Kind == types.Array }).Typed()

// rows makes a kernel that appends: f appends one row, of which the first
// argument is not NULL.
func rows(f func(args []*vector.Vector, out *vector.Vector, i int)) function.Maker {
	return function.Fixed(func(args []*vector.Vector, out *vector.Vector, n int) error {
		for i := range n {
			if args[0].IsNull(i) {
				out.AppendNull()
				continue
			}
			f(args, out, i)
		}
		return nil
	})
}

// equal compares elements; a floating NaN equals nothing.
func equal(a *vector.Vector, i int, b *vector.Vector, j int) bool {
	if kernel.Order(a, i, b, j) != 0 {
		return false
	}
	switch a.Phys() {
	case types.PhysFloat32:
		return a.IsNull(i) || kernel.At[float32](a, i) == kernel.At[float32](a, i)
	case types.PhysFloat64:
		return a.IsNull(i) || kernel.At[float64](a, i) == kernel.At[float64](a, i)
	}
	return true
}

// within reports whether row j of v equals one of rows [from, to) of list.
func within(list *vector.Vector, from, to int, v *vector.Vector, j int) bool {
	for ; from < to; from++ {
		if equal(list, from, v, j) {
			return true
		}
	}
	return false
}

// withElement resolves a function of an array and a value that is like its
// elements.
func withElement(name string, result func(array, value types.Type) types.Type) func([]function.Arg) (function.Signature, error) {
	return func(args []function.Arg) (function.Signature, error) {
		sig, err := function.Check(name, args, 0, array, function.Any)
		if err != nil {
			return sig, err
		}
		elem := *args[0].Type.Elem
		if !function.Implicit(args[1].Type, elem) {
			return sig, fmt.Errorf("the elements of the ARRAY are %s, not %s", elem.Nullable(), args[1].Type.Nullable())
		}
		sig.Args[1] = elem.WithNotNull(args[1].Type.NotNull)
		sig.Result = result(args[0].Type, args[1].Type)
		return sig, nil
	}
}

func grown(a, x types.Type) types.Type {
	return types.ArrayOf(a.Elem.WithNotNull(a.Elem.NotNull && x.NotNull)).WithNotNull(a.NotNull && x.NotNull)
}

// ofArrays resolves a function of arrays with a common type.
func ofArrays(name string, least, most int) func([]function.Arg) (function.Signature, error) {
	return func(args []function.Arg) (function.Signature, error) {
		if len(args) < least || most > 0 && len(args) > most {
			return function.Signature{}, function.Count(name, args, least, most)
		}
		for _, a := range args {
			if a.Type.Kind != types.Array {
				return function.Signature{}, fmt.Errorf("%s takes ARRAYs, not %s", name, a.Type.Nullable())
			}
		}
		t, ok := function.Common(function.TypesOf(args)...)
		if !ok {
			return function.Signature{}, function.Refuse(name, args, "the ARRAYs have no type in common")
		}
		sig := function.Signature{Result: t}
		for _, a := range args {
			sig.Args = append(sig.Args, t.WithNotNull(a.Type.NotNull))
		}
		return sig, nil
	}
}

// combine makes a kernel of a function of the elements of several arrays.
func combine(f func(args []*vector.Vector, out *vector.Vector, i int)) function.Maker {
	return function.Fixed(func(args []*vector.Vector, out *vector.Vector, n int) error {
		for i := range n {
			if function.AnyNull(args, i) {
				out.AppendNull()
				continue
			}
			f(args, out, i)
			out.CloseList()
		}
		return nil
	})
}

// distinct appends elements of v that the open list of out, which began at
// start, has not, and that keep accepts.
func distinct(out *vector.Vector, start int, v *vector.Vector, i int, keep func(j int) bool) {
	o := out.Child(0)
	for from, to := v.List(i); from < to; from++ {
		if keep(from) && !within(o, start, o.Len(), v.Child(0), from) {
			o.AppendFrom(v.Child(0), from)
		}
	}
}

func always(int) bool { return true }

func sameArray(args []function.Arg) (types.Type, error) {
	return args[0].Type.WithNotNull(function.NotNull(args)), nil
}

func init() {
	function.Register(
		&function.Def{
			Name: "ARRAY_APPEND", Appends: true, Family: "collection", Syntax: "ARRAY_APPEND(a, x)", Doc: "The array with x at its end.",
			Examples: function.Examples("ARRAY_APPEND(ARRAY[1, 2], 3)", "[1, 2, 3]"), Resolve: withElement("ARRAY_APPEND", grown),
			Make: rows(func(args []*vector.Vector, out *vector.Vector, i int) {
				from, to := args[0].List(i)
				out.Child(0).AppendVector(args[0].Child(0), from, to)
				out.Child(0).AppendFrom(args[1], i)
				out.CloseList()
			}),
		},
		&function.Def{
			Name: "ARRAY_PREPEND", Appends: true, Family: "collection", Syntax: "ARRAY_PREPEND(a, x)", Doc: "The array with x at its beginning.",
			Examples: function.Examples("ARRAY_PREPEND(ARRAY[1, 2], 0)", "[0, 1, 2]"), Resolve: withElement("ARRAY_PREPEND", grown),
			Make: rows(func(args []*vector.Vector, out *vector.Vector, i int) {
				from, to := args[0].List(i)
				out.Child(0).AppendFrom(args[1], i)
				out.Child(0).AppendVector(args[0].Child(0), from, to)
				out.CloseList()
			}),
		},
		&function.Def{
			Name: "ARRAY_REMOVE", Appends: true, Family: "collection", Syntax: "ARRAY_REMOVE(a, x)", Doc: "The array without the elements that equal x; NULL equals NULL.",
			Examples: function.Examples("ARRAY_REMOVE(ARRAY[1, 2, 1], 1)", "[2]"),
			Resolve:  withElement("ARRAY_REMOVE", func(a, _ types.Type) types.Type { return a }),
			Make: rows(func(args []*vector.Vector, out *vector.Vector, i int) {
				for from, to := args[0].List(i); from < to; from++ {
					if !equal(args[0].Child(0), from, args[1], i) {
						out.Child(0).AppendFrom(args[0].Child(0), from)
					}
				}
				out.CloseList()
			}),
		},
		&function.Def{
			Name: "ARRAY_CONTAINS", Appends: true, Family: "collection", Syntax: "ARRAY_CONTAINS(a, x)", Doc: "Whether an element equals x; NULL equals NULL.",
			Examples: function.Examples("ARRAY_CONTAINS(ARRAY[1, 2], 2)", "TRUE"),
			Resolve:  withElement("ARRAY_CONTAINS", func(a, _ types.Type) types.Type { return types.TBoolean.WithNotNull(a.NotNull) }),
			Make: rows(func(args []*vector.Vector, out *vector.Vector, i int) {
				from, to := args[0].List(i)
				vector.Append(out, within(args[0].Child(0), from, to, args[1], i))
			}),
		},
		&function.Def{
			Name: "ARRAY_POSITION", Appends: true, Family: "collection", Syntax: "ARRAY_POSITION(a, x)", Doc: "The position of the first element that equals x, 0 if there is none.",
			Examples: function.Examples("ARRAY_POSITION(ARRAY[5, 6, 5], 6)", "2"),
			Resolve:  withElement("ARRAY_POSITION", func(a, x types.Type) types.Type { return types.TInt.WithNotNull(a.NotNull && x.NotNull) }),
			Make: rows(func(args []*vector.Vector, out *vector.Vector, i int) {
				if args[1].IsNull(i) {
					out.AppendNull()
					return
				}
				from, to := args[0].List(i)
				for j := from; j < to; j++ {
					if equal(args[0].Child(0), j, args[1], i) {
						vector.Append(out, int32(j-from+1))
						return
					}
				}
				vector.Append(out, int32(0))
			}),
		},
		&function.Def{
			Name: "ARRAY_CONCAT", Appends: true, Family: "collection", Syntax: "ARRAY_CONCAT(a, b, …)", Doc: "Arrays one behind the other.",
			Examples: function.Examples("ARRAY_CONCAT(ARRAY[1], ARRAY[2, 3])", "[1, 2, 3]"), Resolve: ofArrays("ARRAY_CONCAT", 1, -1),
			Make: combine(func(args []*vector.Vector, out *vector.Vector, i int) {
				for _, a := range args {
					from, to := a.List(i)
					out.Child(0).AppendVector(a.Child(0), from, to)
				}
			}),
		},
		&function.Def{
			Name: "ARRAY_DISTINCT", Appends: true, Family: "collection", Syntax: "ARRAY_DISTINCT(a)", Doc: "The array without repeated elements.",
			Examples: function.Examples("ARRAY_DISTINCT(ARRAY[1, 2, 1])", "[1, 2]"), Resolve: function.TakesFunc("ARRAY_DISTINCT", sameArray, 0, array),
			Make: combine(func(args []*vector.Vector, out *vector.Vector, i int) {
				distinct(out, out.Child(0).Len(), args[0], i, always)
			}),
		},
		&function.Def{
			Name: "ARRAY_UNION", Appends: true, Family: "collection", Syntax: "ARRAY_UNION(a, b)", Doc: "The elements of both arrays, each once.",
			Examples: function.Examples("ARRAY_UNION(ARRAY[1, 2], ARRAY[2, 3])", "[1, 2, 3]"), Resolve: ofArrays("ARRAY_UNION", 2, 2),
			Make: combine(func(args []*vector.Vector, out *vector.Vector, i int) {
				start := out.Child(0).Len()
				distinct(out, start, args[0], i, always)
				distinct(out, start, args[1], i, always)
			}),
		},
		&function.Def{
			Name: "ARRAY_EXCEPT", Appends: true, Family: "collection", Syntax: "ARRAY_EXCEPT(a, b)", Doc: "The elements of a that b has not, each once.",
			Examples: function.Examples("ARRAY_EXCEPT(ARRAY[1, 1, 2], ARRAY[2])", "[1]"), Resolve: ofArrays("ARRAY_EXCEPT", 2, 2),
			Make: combine(func(args []*vector.Vector, out *vector.Vector, i int) { select2(args, out, i, false) }),
		},
		&function.Def{
			Name: "ARRAY_INTERSECT", Appends: true, Family: "collection", Syntax: "ARRAY_INTERSECT(a, b)", Doc: "The elements of a that b has too, each once.",
			Examples: function.Examples("ARRAY_INTERSECT(ARRAY[1, 2, 3], ARRAY[3, 2])", "[2, 3]"), Resolve: ofArrays("ARRAY_INTERSECT", 2, 2),
			Make: combine(func(args []*vector.Vector, out *vector.Vector, i int) { select2(args, out, i, true) }),
		},
		&function.Def{
			Name: "ARRAY_REVERSE", Appends: true, Family: "collection", Syntax: "ARRAY_REVERSE(a)", Doc: "The array backwards.",
			Examples: function.Examples("ARRAY_REVERSE(ARRAY[1, 2, 3])", "[3, 2, 1]"), Resolve: function.TakesFunc("ARRAY_REVERSE", sameArray, 0, array),
			Make: combine(func(args []*vector.Vector, out *vector.Vector, i int) {
				from, to := args[0].List(i)
				for j := to - 1; j >= from; j-- {
					out.Child(0).AppendFrom(args[0].Child(0), j)
				}
			}),
		},
		&function.Def{
			Name: "ARRAY_SLICE", Appends: true, Family: "collection", Syntax: "ARRAY_SLICE(a, from[, to])", Doc: "The elements from one position to another, both included; negative ones count from the end.",
			Examples: function.Examples("ARRAY_SLICE(ARRAY[1, 2, 3, 4], 2, 3)", "[2, 3]", "ARRAY_SLICE(ARRAY[1, 2, 3], -2)", "[2, 3]"),
			Resolve:  function.TakesFunc("ARRAY_SLICE", sameArray, 1, array, function.BigInt.As(types.TInt), function.BigInt.As(types.TInt)),
			Make: combine(func(args []*vector.Vector, out *vector.Vector, i int) {
				from, to := args[0].List(i)
				n := to - from
				first, last := place(int(kernel.At[int32](args[1], i)), n), n
				if len(args) > 2 {
					last = place(int(kernel.At[int32](args[2], i)), n)
				}
				first, last = max(first, 1), min(last, n)
				if first <= last {
					out.Child(0).AppendVector(args[0].Child(0), from+first-1, from+last)
				}
			}),
		},
		&function.Def{
			Name: "ARRAY_SORT", Appends: true, Family: "collection", Syntax: "ARRAY_SORT(a[, ascending[, nulls_first]])", Doc: "The array in order; NULLs come first if it ascends, unless said otherwise.",
			Examples: function.Examples("ARRAY_SORT(ARRAY[3, NULL, 1])", "[NULL, 1, 3]", "ARRAY_SORT(ARRAY[3, NULL, 1], FALSE)", "[3, 1, NULL]"),
			Resolve:  function.TakesFunc("ARRAY_SORT", sameArray, 2, plainArray, function.Bool, function.Bool),
			Make:     combine(sortArray),
		},
		extreme("ARRAY_MAX", "largest", 1, "3"),
		extreme("ARRAY_MIN", "smallest", -1, "1"),
		&function.Def{
			Name: "ARRAY_JOIN", Appends: true, Family: "collection", Syntax: "ARRAY_JOIN(a, separator[, null_text])", Doc: "The strings of an array with a separator between them; NULLs are left out or replaced.",
			Examples: function.Examples("ARRAY_JOIN(ARRAY['a', NULL, 'b'], '-')", "a-b"),
			Resolve: function.Takes("ARRAY_JOIN", types.TString, 1, function.Of("an ARRAY of STRINGs", func(t types.Type) bool {
				return t.Kind == types.Array && t.Elem.IsString()
			}).Typed(), function.Str, function.Str),
			Make: function.Fixed(function.EachText(func(dst []byte, args []*vector.Vector, i int) ([]byte, bool) {
				v, first := args[0].Child(0), true
				for from, to := args[0].List(i); from < to; from++ {
					if v.IsNull(from) && len(args) < 3 {
						continue
					}
					if !first {
						dst = append(dst, args[1].Bytes(i)...)
					}
					first = false
					if v.IsNull(from) {
						dst = append(dst, args[2].Bytes(i)...)
					} else {
						dst = append(dst, v.Bytes(from)...)
					}
				}
				return dst, true
			})),
		},
	)
}

func select2(args []*vector.Vector, out *vector.Vector, i int, want bool) {
	bf, bt := args[1].List(i)
	distinct(out, out.Child(0).Len(), args[0], i, func(j int) bool {
		return within(args[1].Child(0), bf, bt, args[0].Child(0), j) == want
	})
}

// place counts a negative position from the end; 0 is 1.
func place(k, n int) int {
	switch {
	case k < 0:
		return n + k + 1
	case k == 0:
		return 1
	}
	return k
}

// plainArray is an array of elements that have an order.
var plainArray = function.Of("an ARRAY of values that have an order", func(t types.Type) bool {
	return t.Kind == types.Array && len(t.Elem.Children()) == 0 && t.Elem.Kind != types.Variant
}).Typed()

func sortArray(args []*vector.Vector, out *vector.Vector, i int) {
	ascending := len(args) < 2 || kernel.At[bool](args[1], i)
	nullsFirst := ascending
	if len(args) > 2 {
		nullsFirst = kernel.At[bool](args[2], i)
	}
	from, to := args[0].List(i)
	v := args[0].Child(0)
	order := make([]int, 0, to-from)
	for j := from; j < to; j++ {
		order = append(order, j)
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if x, y := v.IsNull(a), v.IsNull(b); x != y {
			if x == nullsFirst {
				return -1
			}
			return 1
		}
		if o := kernel.Order(v, a, v, b); ascending {
			return o
		} else {
			return -o
		}
	})
	for _, j := range order {
		out.Child(0).AppendFrom(v, j)
	}
}

// notANumber reports a NaN: as in Flink one that comes first stays, others are
// passed over.
func notANumber(v *vector.Vector, i int) bool {
	switch v.Phys() {
	case types.PhysFloat32:
		x := kernel.At[float32](v, i)
		return x != x
	case types.PhysFloat64:
		x := kernel.At[float64](v, i)
		return x != x
	}
	return false
}

func extreme(name, word string, sign int, example string) *function.Def {
	return &function.Def{
		Name: name, Appends: true, Family: "collection", Syntax: name + "(a)", Doc: "The " + word + " element that is not NULL.",
		Examples: function.Examples(name+"(ARRAY[1, 3, 2])", example),
		Resolve: function.TakesFunc(name, func(args []function.Arg) (types.Type, error) { return args[0].Type.Elem.Nullable(), nil }, 0,
			function.Of("an ARRAY of values that have an order", func(t types.Type) bool {
				return t.Kind == types.Array && len(t.Elem.Children()) == 0 && t.Elem.Kind != types.Variant && t.Elem.Kind != types.Boolean
			}).Typed()),
		Make: rows(func(args []*vector.Vector, out *vector.Vector, i int) {
			best, v := -1, args[0].Child(0)
			for from, to := args[0].List(i); from < to; from++ {
				if !v.IsNull(from) && (best < 0 || !notANumber(v, from) && !notANumber(v, best) && kernel.Order(v, from, v, best)*sign > 0) {
					best = from
				}
			}
			if best < 0 {
				out.AppendNull()
			} else {
				out.AppendFrom(v, best)
			}
		}),
	}
}
