package vector

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/flott/flott/types"
)

// TestBulkAppend compares the bulk copies with AppendFrom, row by row.
func TestBulkAppend(t *testing.T) {
	all := types.RowOf(
		types.Field{Name: "b", Type: types.TBoolean}, types.Field{Name: "i", Type: types.TInt}, types.Field{Name: "l", Type: types.TBigInt},
		types.Field{Name: "s", Type: types.TString}, types.Field{Name: "d", Type: types.DecimalOf(38, 2)},
		types.Field{Name: "a", Type: types.ArrayOf(types.TString)}, types.Field{Name: "r", Type: types.RowOf(types.Field{Name: "x", Type: types.TSmall})})
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 150).Draw(t, "n")
		src := New(all, 0)
		for range n {
			fill(t, src)
		}
		got, want := New(all, 0), New(all, 0)
		for range rapid.IntRange(1, 4).Draw(t, "rounds") {
			if rapid.Bool().Draw(t, "range") {
				from := rapid.IntRange(0, n).Draw(t, "from")
				to := rapid.IntRange(from, n).Draw(t, "to")
				got.AppendVector(src, from, to)
				for i := from; i < to; i++ {
					want.AppendFrom(src, i)
				}
				continue
			}
			sel := rapid.SliceOf(rapid.Int32Range(0, int32(n-1))).Draw(t, "sel")
			got.AppendRows(src, sel)
			for _, i := range sel {
				want.AppendFrom(src, int(i))
			}
		}
		same(t, got, want, 0, 0, got.Len(), want.Len())
	})
}

func fill(t *rapid.T, v *Vector) {
	if rapid.IntRange(0, 4).Draw(t, "null") == 0 {
		v.AppendNull()
		return
	}
	switch v.Phys() {
	case types.PhysBool:
		Append(v, rapid.Bool().Draw(t, "bool"))
	case types.PhysInt16:
		Append(v, rapid.Int16().Draw(t, "int16"))
	case types.PhysInt32:
		Append(v, rapid.Int32().Draw(t, "int32"))
	case types.PhysInt64:
		Append(v, rapid.Int64().Draw(t, "int64"))
	case types.PhysWide:
		Append(v, types.Int128{Lo: rapid.Uint64().Draw(t, "lo"), Hi: rapid.Int64().Draw(t, "hi")})
	case types.PhysBytes:
		v.AppendString(rapid.StringN(0, 5, -1).Draw(t, "string"))
	case types.PhysList:
		for range rapid.IntRange(0, 3).Draw(t, "len") {
			fill(t, v.Child(0))
		}
		v.CloseList()
	case types.PhysStruct:
		for _, c := range v.Children() {
			fill(t, c)
		}
		v.CloseStruct()
	}
}

// same compares rows [a, an) of v with rows [b, bn) of w.
func same(t *rapid.T, v, w *Vector, a, b, an, bn int) {
	if an-a != bn-b {
		t.Fatalf("%s: %d rows, want %d", v.Type(), an-a, bn-b)
	}
	for i := range an - a {
		x, y := a+i, b+i
		if v.IsNull(x) != w.IsNull(y) {
			t.Fatalf("%s row %d: null %v, want %v", v.Type(), i, v.IsNull(x), w.IsNull(y))
		}
		if v.IsNull(x) {
			continue
		}
		switch v.Phys() {
		case types.PhysBytes:
			if string(v.Bytes(x)) != string(w.Bytes(y)) {
				t.Fatalf("row %d: %q, want %q", i, v.Bytes(x), w.Bytes(y))
			}
		case types.PhysList:
			f, to := v.List(x)
			g, end := w.List(y)
			same(t, v.Child(0), w.Child(0), f, g, to, end)
		case types.PhysStruct:
			for k, c := range v.Children() {
				same(t, c, w.Child(k), x, y, x+1, y+1)
			}
		default:
			if string(v.raw(x, x+1)) != string(w.raw(y, y+1)) {
				t.Fatalf("%s row %d differs", v.Type(), i)
			}
		}
	}
}
