package bitmap

import (
	"slices"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

var (
	tBitmap = types.Type{Kind: types.Bitmap}
	isSet   = function.Of("a BITMAP", func(t types.Type) bool { return t.Kind == types.Bitmap }).Typed()
	ints    = function.Of("an ARRAY<INT>", func(t types.Type) bool {
		return t.Kind == types.Array && t.Elem.IsInteger() && t.Elem.Kind != types.BigInt
	}).As(types.ArrayOf(types.TInt)).Typed()
)

func init() {
	function.Register(
		def("BITMAP_BUILD", "BITMAP_BUILD(a)", "The set of the elements of an ARRAY<INT> that are not NULL.", tBitmap, build, ints,
			function.Examples("BITMAP_TO_STRING(BITMAP_BUILD(ARRAY[3, 1, 3]))", "{1,3}")),
		def("BITMAP_FROM_BYTES", "BITMAP_FROM_BYTES(b)", "The set that bytes in the portable format of Roaring bitmaps stand for.", tBitmap, fromBytes, function.Bin.Typed(),
			function.Examples("BITMAP_TO_STRING(BITMAP_FROM_BYTES(BITMAP_TO_BYTES(BITMAP_BUILD(ARRAY[7]))))", "{7}")),
		def("BITMAP_TO_BYTES", "BITMAP_TO_BYTES(b)", "The set in the portable format of Roaring bitmaps.", types.TBytes, toBytes, isSet,
			function.Examples("HEX(CAST(BITMAP_TO_BYTES(BITMAP_BUILD(ARRAY[1, 3])) AS STRING)) IS NULL", "FALSE")),
		def("BITMAP_TO_STRING", "BITMAP_TO_STRING(b)", "The members in ascending order, as unsigned numbers: {1,3}.", types.TString, toString, isSet,
			function.Examples("BITMAP_TO_STRING(BITMAP_BUILD(ARRAY[-1, 2]))", "{2,4294967295}")),
		def("BITMAP_TO_ARRAY", "BITMAP_TO_ARRAY(b)", "The members in ascending order, as unsigned numbers are ordered: the negative ones last.", types.ArrayOf(types.TInt.Required()), toArray, isSet,
			function.Examples("BITMAP_TO_ARRAY(BITMAP_BUILD(ARRAY[-1, 2]))", "[2, -1]")),
		def("BITMAP_CARDINALITY", "BITMAP_CARDINALITY(b)", "The number of members.", types.TBigInt, cardinality, isSet,
			function.Examples("BITMAP_CARDINALITY(BITMAP_BUILD(ARRAY[1, 1, 2]))", "2")),
		both("BITMAP_AND", "The members that are in both sets.", func(inA, inB bool) bool { return inA && inB }, "{2}"),
		both("BITMAP_OR", "The members that are in one of the sets.", func(inA, inB bool) bool { return inA || inB }, "{1,2,3}"),
		both("BITMAP_XOR", "The members that are in exactly one of the sets.", func(inA, inB bool) bool { return inA != inB }, "{1,3}"),
		both("BITMAP_ANDNOT", "The members of the first set that are not in the second.", func(inA, inB bool) bool { return inA && !inB }, "{1}"),
	)
}

func def(name, syntax, doc string, result types.Type, k function.Kernel, arg function.Param, examples []function.Example) *function.Def {
	return &function.Def{
		Name: name, Strict: true, Partial: true, Costly: true, Appends: result.Phys() != types.PhysInt64, Family: "bitmap", Syntax: syntax, Doc: doc,
		Resolve: function.Takes(name, result, 0, arg), Make: function.Fixed(k), Examples: examples,
	}
}

// both makes a function of two sets: keep decides about each number that is in
// one of them.
func both(name, doc string, keep func(inA, inB bool) bool, result string) *function.Def {
	return &function.Def{
		Name: name, Strict: true, Partial: true, Costly: true, Appends: true, Family: "bitmap", Syntax: name + "(a, b)", Doc: doc,
		Examples: function.Examples("BITMAP_TO_STRING("+name+"(BITMAP_BUILD(ARRAY[1, 2]), BITMAP_BUILD(ARRAY[2, 3])))", result),
		Resolve:  function.Takes(name, tBitmap, 0, isSet, isSet),
		Make: function.Fixed(each(func(out *vector.Vector, args []*vector.Vector, i int) error {
			a, err := types.ParseBitmap(args[0].Bytes(i))
			if err != nil {
				return err
			}
			b, err := types.ParseBitmap(args[1].Bytes(i))
			if err != nil {
				return err
			}
			out.CloseBytes(types.AppendBitmap(out.OpenBytes(), merge(a, b, keep)))
			return nil
		})),
	}
}

func merge(a, b []uint32, keep func(inA, inB bool) bool) []uint32 {
	var out []uint32
	for len(a) > 0 || len(b) > 0 {
		inA := len(b) == 0 || len(a) > 0 && a[0] <= b[0]
		inB := len(a) == 0 || len(b) > 0 && b[0] <= a[0]
		var m uint32
		if inA {
			m, a = a[0], a[1:]
		}
		if inB {
			m, b = b[0], b[1:]
		}
		if keep(inA, inB) {
			out = append(out, m)
		}
	}
	return out
}

// each makes a kernel that appends a row at a time.
func each(f func(out *vector.Vector, args []*vector.Vector, i int) error) function.Kernel {
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		for i := range n {
			if function.AnyNull(args, i) {
				out.AppendNull()
				continue
			}
			if err := f(out, args, i); err != nil {
				return function.Fail(i, "bitmap", "%v", err)
			}
		}
		return nil
	}
}

var build = each(func(out *vector.Vector, args []*vector.Vector, i int) error {
	elements := args[0].Child(0)
	var members []uint32
	for from, to := args[0].List(i); from < to; from++ {
		if !elements.IsNull(from) {
			members = append(members, uint32(elements.Int32s()[from]))
		}
	}
	slices.Sort(members)
	out.CloseBytes(types.AppendBitmap(out.OpenBytes(), slices.Compact(members)))
	return nil
})

var fromBytes = each(func(out *vector.Vector, args []*vector.Vector, i int) error {
	members, err := types.ParseBitmap(args[0].Bytes(i))
	if err == nil {
		out.CloseBytes(types.AppendBitmap(out.OpenBytes(), members))
	}
	return err
})

var toBytes = each(func(out *vector.Vector, args []*vector.Vector, i int) error {
	out.AppendBytes(args[0].Bytes(i))
	return nil
})

var toString = each(func(out *vector.Vector, args []*vector.Vector, i int) error {
	out.CloseBytes(types.AppendBitmapText(out.OpenBytes(), args[0].Bytes(i)))
	return nil
})

var toArray = each(func(out *vector.Vector, args []*vector.Vector, i int) error {
	members, err := types.ParseBitmap(args[0].Bytes(i))
	if err != nil {
		return err
	}
	for _, m := range members {
		vector.Append(out.Child(0), int32(m))
	}
	out.CloseList()
	return nil
})

func cardinality(args []*vector.Vector, out *vector.Vector, n int) error {
	for i := range n {
		if out.IsNull(i) {
			continue
		}
		members, err := types.ParseBitmap(args[0].Bytes(i))
		if err != nil {
			return function.Fail(i, "bitmap", "%v", err)
		}
		out.Int64s()[i] = int64(len(members))
	}
	return nil
}
