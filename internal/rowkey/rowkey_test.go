package rowkey

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

var all = []types.Type{
	types.TBoolean, types.TTinyInt, types.TSmall, types.TInt, types.TBigInt, types.TFloat, types.TDouble, types.DecimalOf(30, 2),
	types.TimestampOf(3), types.TimestampOf(9), types.TString, types.ArrayOf(types.TInt), types.MapOf(types.TString, types.TBigInt),
	types.RowOf(types.Field{Name: "a", Type: types.TString}, types.Field{Name: "b", Type: types.ArrayOf(types.TString)}), types.TNull,
}

// fill adds a random value; a third of them are NULL.
func fill(v *vector.Vector, r *rand.Rand) {
	if v.Type().Kind == types.Null || r.IntN(3) == 0 {
		v.AppendNull()
		return
	}
	switch v.Phys() {
	case types.PhysBool:
		vector.Append(v, r.IntN(2) == 0)
	case types.PhysInt8:
		vector.Append(v, int8(r.Uint32()))
	case types.PhysInt16:
		vector.Append(v, int16(r.Uint32()))
	case types.PhysInt32:
		vector.Append(v, int32(r.Uint32()))
	case types.PhysInt64:
		vector.Append(v, int64(r.Uint64()))
	case types.PhysFloat32:
		vector.Append(v, r.Float32())
	case types.PhysFloat64:
		vector.Append(v, r.NormFloat64())
	case types.PhysWide:
		vector.Append(v, types.Int128{Lo: r.Uint64(), Hi: int64(r.Uint64())})
	case types.PhysStamp:
		vector.Append(v, types.Timestamp{Milli: int64(r.Uint32()), Nano: int32(r.IntN(999_999))})
	case types.PhysBytes:
		b := make([]byte, r.IntN(12))
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		v.AppendBytes(b)
	case types.PhysList:
		n := r.IntN(4)
		for _, c := range v.Children() {
			for range n {
				fill(c, r)
			}
		}
		v.CloseList()
	case types.PhysStruct:
		for _, c := range v.Children() {
			fill(c, r)
		}
		v.CloseStruct()
	}
}

func pointers(r *Rows) []unsafe.Pointer {
	p := make([]unsafe.Pointer, r.Len())
	for i := range p {
		p[i] = r.Pointer(i)
	}
	return p
}

// What is encoded comes back, whole and by selection, for any mix of types.
func TestRoundTrip(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		var ts []types.Type
		for range 1 + r.IntN(6) {
			ts = append(ts, all[r.IntN(len(all))])
		}
		n := 1 + r.IntN(20)
		in := vector.NewBatch(ts, n)
		var sel []int32
		for i := range n {
			for _, c := range in.Cols {
				fill(c, r)
			}
			if r.IntN(2) == 0 {
				sel = append(sel, int32(i))
			}
		}
		if len(sel) == 0 {
			sel = []int32{0}
		}
		c := New(ts)
		for _, s := range [][]int32{nil, sel} {
			var rows Rows
			c.Encode(&rows, in.Cols, n, s, true)
			out := vector.NewBatch(ts, n)
			c.Append(out.Cols, pointers(&rows))
			for i := range rows.Len() {
				if rows.Hashes()[i] != Hash(rows.Bytes(i)) {
					t.Fatalf("seed %d: row %d has another hash than its bytes", seed, i)
				}
				for k := range ts {
					a := vector.AppendText(nil, in.Cols[k], at(s, i), nil)
					b := vector.AppendText(nil, out.Cols[k], i, nil)
					if !bytes.Equal(a, b) || in.Cols[k].IsNull(at(s, i)) != out.Cols[k].IsNull(i) {
						t.Fatalf("seed %d, %v: row %d, column %d: %s became %s", seed, ts, i, k, a, b)
					}
				}
			}
		}
	}
}

// Equal rows have equal bytes whatever lies in the memory of NULLs, however
// the strings are laid out, and whatever NOT NULL says.
func TestEqualBytes(t *testing.T) {
	a := vector.NewBatch([]types.Type{types.TBigInt, types.TString, types.TDouble}, 0)
	vector.Append(a.Cols[0], int64(99))
	a.Cols[1].AppendString("junk")
	vector.Append(a.Cols[2], math.Float64frombits(0x7ff8000000000001))
	vector.Append(a.Cols[0], int64(7))
	a.Cols[1].AppendString("x")
	vector.Append(a.Cols[2], math.NaN())
	a.Cols[0].SetNull(0)
	a.Cols[1].SetNull(0)
	b := vector.NewBatch([]types.Type{types.TBigInt.Required(), types.VarcharOf(5), types.TDouble}, 0)
	b.Cols[0].AppendNull()
	b.Cols[1].AppendNull()
	vector.Append(b.Cols[2], math.Float64frombits(0xfff8000000000055))
	vector.Append(b.Cols[0], int64(7))
	b.Cols[1].AppendString("x")
	vector.Append(b.Cols[2], math.NaN())
	var x, y Rows
	New([]types.Type{types.TBigInt, types.TString, types.TDouble}).Encode(&x, a.Cols, 2, nil, true)
	New([]types.Type{types.TBigInt.Required(), types.VarcharOf(5), types.TDouble}).Encode(&y, b.Cols, 2, nil, true)
	for i := range 2 {
		if !bytes.Equal(x.Bytes(i), y.Bytes(i)) || x.Hashes()[i] != y.Hashes()[i] {
			t.Errorf("row %d: %x and %x", i, x.Bytes(i), y.Bytes(i))
		}
	}
	if bytes.Equal(x.Bytes(0), x.Bytes(1)) {
		t.Error("different rows have the same bytes")
	}
}

// Ranges are Flink's: they follow each other, cover all groups, and agree with
// Owner.
func TestRanges(t *testing.T) {
	for _, max := range []int{1, 7, 16, 128, 4096} {
		for parallelism := 1; parallelism <= min(max, 20); parallelism++ {
			next := 0
			for s := range parallelism {
				first, last := Range(max, parallelism, s)
				if first != next || last < first {
					t.Fatalf("max %d, parallelism %d: subtask %d has %d..%d, want from %d", max, parallelism, s, first, last, next)
				}
				for g := first; g <= last; g++ {
					if Owner(g, max, parallelism) != s {
						t.Fatalf("max %d, parallelism %d: group %d belongs to %d, not %d", max, parallelism, g, Owner(g, max, parallelism), s)
					}
				}
				next = last + 1
			}
			if next != max {
				t.Fatalf("max %d, parallelism %d: ranges end at %d", max, parallelism, next)
			}
		}
	}
}

// The function is Flink's MathUtils.murmurHash.
func TestKeyGroupIsFlinks(t *testing.T) {
	for hash, want := range map[uint32]int{0: 593689054, 1: 68075478, 42: 1134849565, math.MaxUint32: 1982413648, 123456789: 1088346449} {
		if got := KeyGroup(hash, math.MaxInt32); got != want {
			t.Errorf("murmur of %d is %d, want %d", int32(hash), got, want)
		}
	}
	seen := make([]int, 128)
	for i := range uint32(128_000) {
		g := KeyGroup(i, 128)
		if g < 0 || g >= 128 {
			t.Fatalf("hash %d is in group %d", i, g)
		}
		seen[g]++
	}
	for g, n := range seen {
		if n < 800 || n > 1200 {
			t.Errorf("group %d has %d of 128,000 hashes", g, n)
		}
	}
}

func TestCompare(t *testing.T) {
	ts := []types.Type{types.TInt, types.TString, types.TDouble, types.DecimalOf(30, 0), types.TimestampOf(6)}
	in := vector.NewBatch(ts, 0)
	add := func(i int32, s string, f float64, d int64, ms int64, ns int32) {
		vector.Append(in.Cols[0], i)
		in.Cols[1].AppendString(s)
		vector.Append(in.Cols[2], f)
		vector.Append(in.Cols[3], types.Int128Of(d))
		vector.Append(in.Cols[4], types.Timestamp{Milli: ms, Nano: ns})
	}
	add(-5, "a", -1, -9, -1, 0)
	add(3, "a\xff", 2, 4, -1, 7)
	add(70, "b", math.NaN(), 1<<40, 5, 0)
	c := New(ts)
	var r Rows
	c.Encode(&r, in.Cols, 3, nil, false)
	for k := range ts {
		less := c.Compare(k)
		for i := range 3 {
			for j := range 3 {
				if got, want := less(r.Pointer(i), r.Pointer(j)), i-j; (got < 0) != (want < 0) || (got > 0) != (want > 0) {
					t.Errorf("column %d: row %d against %d is %d", k, i, j, got)
				}
			}
		}
	}
	if New([]types.Type{types.ArrayOf(types.TInt)}).Compare(0) != nil {
		t.Error("arrays are ordered")
	}
}

func BenchmarkEncode(b *testing.B) {
	for _, ts := range [][]types.Type{{types.TBigInt}, {types.TString}, {types.TInt, types.TString, types.TBigInt}} {
		b.Run(fmt.Sprint(ts), func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 1))
			in := vector.NewBatch(ts, vector.DefaultSize)
			for range vector.DefaultSize {
				for _, c := range in.Cols {
					fill(c, r)
				}
			}
			c := New(ts)
			var rows Rows
			for b.Loop() {
				c.Encode(&rows, in.Cols, vector.DefaultSize, nil, true)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/vector.DefaultSize, "ns/row")
		})
	}
}
