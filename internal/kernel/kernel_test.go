package kernel

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
	"unicode/utf16"

	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// shapes calls f with two operands as vectors and as constants; at(i) is what
// row i of the operands is.
func shapes(t *testing.T, n int, f func(out, a, b []int64), want func(a, b int64) int64) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	vec := func(n int) []int64 {
		x := make([]int64, n)
		for i := range x {
			x[i] = r.Int64() >> r.IntN(63)
			if x[i] == 0 {
				x[i] = 1
			}
		}
		return x
	}
	for _, la := range []int{1, n} {
		for _, lb := range []int{1, n} {
			a, b, out := vec(la), vec(lb), make([]int64, n)
			f(out, a, b)
			for i := range out {
				if w := want(a[min(i, la-1)], b[min(i, lb-1)]); out[i] != w {
					t.Fatalf("lengths %d and %d: row %d is %d, want %d", la, lb, i, out[i], w)
				}
			}
		}
	}
}

func TestArithmetic(t *testing.T) {
	for _, n := range []int{1, 2, 63, 64, 65, 1000} {
		shapes(t, n, Add[int64], func(a, b int64) int64 { return a + b })
		shapes(t, n, Sub[int64], func(a, b int64) int64 { return a - b })
		shapes(t, n, Mul[int64], func(a, b int64) int64 { return a * b })
		shapes(t, n, func(out, a, b []int64) { Div(out, a, b, nil) }, func(a, b int64) int64 { return a / b })
		shapes(t, n, func(out, a, b []int64) { Mod(out, a, b, nil) }, func(a, b int64) int64 { return a % b })
	}
}

func TestDivisionByZero(t *testing.T) {
	a, b := []int32{6, 7, 8, math.MinInt32}, []int32{2, 0, 0, -1}
	out := make([]int32, 4)
	if bad := Div(out, a, b, nil); bad != 1 {
		t.Errorf("the first bad row is %d, want 1", bad)
	}
	if bad := Div(out, a, b, []uint64{0b1101}); bad != 2 {
		t.Errorf("with row 1 NULL the first bad row is %d, want 2", bad)
	}
	if bad := Div(out, a, b, []uint64{0b1001}); bad != -1 || out[0] != 3 || out[3] != math.MinInt32 {
		t.Errorf("with rows 1 and 2 NULL: bad row %d, %v", bad, out)
	}
	if bad := Mod(out, a, []int32{0}, []uint64{0b1000}); bad != 3 {
		t.Errorf("a constant zero is bad in row %d, want 3, the first that is not NULL", bad)
	}
}

func TestBitmaps(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, 7, 8, 9, 63, 64, 65, 130, 1024} {
		x := make([]bool, n)
		for i := range x {
			x[i] = r.IntN(2) == 0
		}
		packed := make([]uint64, (n+63)/64)
		Pack(packed, x)
		back := make([]bool, n)
		Unpack(back, packed)
		count := 0
		for i := range x {
			if x[i] != back[i] {
				t.Fatalf("n = %d: bit %d is lost", n, i)
			}
			if x[i] {
				count++
			}
		}
		if c := Count(packed, n); c != count {
			t.Errorf("n = %d: %d bits counted, want %d", n, c, count)
		}
		sel := Rows(nil, x, nil)
		if len(sel) != count {
			t.Fatalf("n = %d: %d rows, want %d", n, len(sel), count)
		}
		for _, i := range sel {
			if !x[i] {
				t.Fatalf("row %d is not TRUE", i)
			}
		}
	}
}

// TestTrits holds the three-valued tables against their definition.
func TestTrits(t *testing.T) {
	truths := []int{0, 1, 2} // FALSE, TRUE, NULL
	load := func(v int) *Trits {
		var t Trits
		t.Load([]bool{v == 1}, map[bool][]uint64{true: {0}, false: nil}[v == 2], 1)
		return &t
	}
	read := func(t *Trits) int {
		out, valid := []bool{false}, []uint64{0}
		t.Store(out, valid)
		switch {
		case valid[0]&1 == 0:
			return 2
		case out[0]:
			return 1
		}
		return 0
	}
	and := [3][3]int{{0, 0, 0}, {0, 1, 2}, {0, 2, 2}}
	or := [3][3]int{{0, 1, 2}, {1, 1, 1}, {2, 1, 2}}
	for _, a := range truths {
		for _, b := range truths {
			x := load(a)
			x.And(load(b))
			if got := read(x); got != and[a][b] {
				t.Errorf("%d AND %d is %d", a, b, got)
			}
			x = load(a)
			x.Or(load(b))
			if got := read(x); got != or[a][b] {
				t.Errorf("%d OR %d is %d", a, b, got)
			}
		}
	}
}

func TestOrderStrings(t *testing.T) {
	texts := []string{"", "a", "ab", "b", "é", "z", "\ud7ff", "\ue000", "\uffee", "😀", "😁", "a😀", "a\uffee"}
	java := func(a, b string) int {
		x, y := utf16.Encode([]rune(a)), utf16.Encode([]rune(b))
		for i := 0; i < min(len(x), len(y)); i++ {
			if x[i] != y[i] {
				if x[i] < y[i] {
					return -1
				}
				return 1
			}
		}
		return len(x) - len(y)
	}
	sign := func(x int) int { return max(-1, min(1, x)) }
	for _, a := range texts {
		for _, b := range texts {
			if got, want := OrderStrings([]byte(a), []byte(b)), sign(java(a, b)); got != want {
				t.Errorf("%q and %q compare as %d, want %d", a, b, got, want)
			}
		}
	}
}

func TestFloatsToIntegers(t *testing.T) {
	for _, c := range []struct {
		f    float64
		i32  int32
		i64  int64
		name string
	}{
		{1.9, 1, 1, "cut"}, {-1.9, -1, -1, "cut towards zero"}, {math.NaN(), 0, 0, "NaN"},
		{1e300, math.MaxInt32, math.MaxInt64, "too large"}, {-1e300, math.MinInt32, math.MinInt64, "too small"},
		{math.MaxInt32, math.MaxInt32, math.MaxInt32, "the end of the range"}, {math.MinInt32 - 0.5, math.MinInt32, math.MinInt32, "within after the cut"},
		{math.Inf(1), math.MaxInt32, math.MaxInt64, "Infinity"},
	} {
		if got := FloatToInt32(c.f); got != c.i32 {
			t.Errorf("%s: INT %v is %d, want %d", c.name, c.f, got, c.i32)
		}
		if got := FloatToInt64(c.f); got != c.i64 {
			t.Errorf("%s: BIGINT %v is %d, want %d", c.name, c.f, got, c.i64)
		}
	}
}

// TestOrderAndHash: what Order calls equal has the same hash.
func TestOrderAndHash(t *testing.T) {
	v := vector.New(types.TDouble, 4)
	for _, f := range []float64{0, math.Copysign(0, -1), math.NaN(), -math.NaN(), 1} {
		vector.Append(v, f)
	}
	v.AppendNull()
	for i := range v.Len() {
		for j := range v.Len() {
			if Order(v, i, v, j) == 0 && Hash(v, i) != Hash(v, j) {
				t.Errorf("rows %d and %d are equal but hash apart", i, j)
			}
			if Order(v, i, v, j) != -Order(v, j, v, i) {
				t.Errorf("rows %d and %d have no order", i, j)
			}
		}
	}
	m := vector.New(types.MapOf(types.TString, types.TInt), 2)
	for _, keys := range []string{"ab", "ba"} {
		for _, k := range keys {
			m.Child(0).AppendString(string(k))
			vector.Append(m.Child(1), int32(k))
		}
		m.CloseList()
	}
	if Order(m, 0, m, 1) != 0 || Hash(m, 0) != Hash(m, 1) {
		t.Error("maps with the same entries differ")
	}
}

func TestDecimals(t *testing.T) {
	a, b := types.DecimalOf(5, 2), types.DecimalOf(4, 1)
	va, vb := vector.New(a, 1), vector.New(b, 1)
	vector.Append(va, int64(12345)) // 123.45
	vector.Append(vb, int64(-78))   // -7.8
	for _, c := range []struct {
		name string
		op   func(a, b, r types.Type) Decimal
		r    types.Type
		want string
	}{
		{"+", func(a, b, r types.Type) Decimal { return AddDecimals(a, b, r, false) }, types.DecimalAddType(a, b), "115.65"},
		{"-", func(a, b, r types.Type) Decimal { return AddDecimals(a, b, r, true) }, types.DecimalAddType(a, b), "131.25"},
		{"*", MulDecimals, types.DecimalMulType(a, b), "-962.910"},
		{"/", DivDecimals, types.DecimalDivType(a, b), "-15.8269231"},
		{"%", ModDecimals, types.DecimalModType(a, b), "6.45"},
	} {
		out := vector.New(c.r, 1)
		out.Resize(1)
		if bad := c.op(a, b, c.r)(out, va, vb); bad >= 0 {
			t.Errorf("%s fails", c.name)
		}
		if got := string(vector.AppendText(nil, out, 0, types.UTC)); got != c.want {
			t.Errorf("123.45 %s -7.8 is %s, want %s", c.name, got, c.want)
		}
	}
}

func TestEqualBytes(t *testing.T) {
	v, c := vector.New(types.TString, 3), vector.New(types.TString, 1)
	for _, s := range []string{"abc", "abd", "ab"} {
		v.AppendString(s)
	}
	c.AppendString("abc")
	c.Const = true
	out := make([]bool, 3)
	for _, r := range []Relation{Equal, NotEqual, Less, GreaterEqual} {
		Comparison(r, types.TString, types.TString)(out, v, c)
		for i := range out {
			if want := r.Holds(bytes.Compare(v.Bytes(i), []byte("abc"))); out[i] != want {
				t.Errorf("relation %d of %q with abc is %v", r, v.Bytes(i), out[i])
			}
		}
	}
}

// TestAddWideDecimals compares with package types, which adds in 256 bits.
func TestAddWideDecimals(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	random := func(p int32) types.Int128 {
		x := types.Int128{Lo: r.Uint64(), Hi: int64(r.Uint64())}
		for !x.FitsDecimal(p) || r.IntN(8) == 0 && x.Sign() != 0 {
			x = types.DecimalRound(x, 1, 0, types.RoundDown)
		}
		return x
	}
	for range 400 {
		pa, pb := 1+r.Int32N(38), 1+r.Int32N(38)
		a, b := types.DecimalOf(pa, r.Int32N(pa+1)), types.DecimalOf(pb, r.Int32N(pb+1))
		result := types.DecimalAddType(a, b)
		if result.Phys() != types.PhysWide {
			continue
		}
		const rows = 5
		x, y := vector.New(a, rows), vector.New(b, rows)
		appendDecimal := func(v *vector.Vector, d types.Int128) {
			if v.Phys() == types.PhysInt64 {
				vector.Append(v, d.Int64())
			} else {
				vector.Append(v, d)
			}
		}
		for range rows {
			appendDecimal(x, random(pa))
			appendDecimal(y, random(pb))
		}
		if r.IntN(3) == 0 {
			y.Truncate(1)
			y.Const = true
		}
		readA, readB := Wide(a), Wide(b)
		for _, minus := range []bool{false, true} {
			op := types.DecimalAdd
			if minus {
				op = types.DecimalSub
			}
			out := vector.New(result, rows)
			out.Resize(rows)
			AddDecimals(a, b, result, minus)(out, x, y)
			for i := range rows {
				want, ok := op(readA(x, i), readB(y, i), a.Scale, b.Scale, result.Precision, result.Scale)
				if out.IsNull(i) == ok || ok && out.Wides()[i] != want {
					t.Fatalf("%s and %s, minus %v, row %d: %v, want %v %v", a, b, minus, i, out.Wides()[i], want, ok)
				}
			}
		}
	}
}

// TestDivision compares quotients and remainders near whole numbers, and of the
// extremes, with the machine's.
func TestDivision(t *testing.T) {
	t.Run("int32", func(t *testing.T) { divisions[int32](t, math.MinInt32, math.MaxInt32, 32) })
	t.Run("int64 of 52 bits", func(t *testing.T) { divisions[int64](t, -1<<52, 1<<52-1, 52) })
	t.Run("int64", func(t *testing.T) { divisions[int64](t, math.MinInt64, math.MaxInt64, 64) })
}

func divisions[T Integer](t *testing.T, least, most T, bits int) {
	r := rand.New(rand.NewPCG(9, 10))
	var a, b []T
	random := func() int64 { return int64(r.Uint64()) >> (64 - bits) >> r.IntN(bits-1) }
	for len(a) < 300_000 {
		d, k := random(), random()
		if d == 0 {
			d = 1
		}
		if k = k / d * d; r.IntN(2) == 0 && k > int64(least) {
			k--
		}
		a, b = append(a, T(k)), append(b, T(d))
	}
	a, b = append(a, least, least, most, 0, most), append(b, -1, 1, least, least, most-1)
	quotients, rests := make([]T, len(a)), make([]T, len(a))
	if i, k := Div(quotients, a, b, nil), Mod(rests, a, b, nil); i >= 0 || k >= 0 {
		t.Fatalf("division by zero at rows %d and %d", i, k)
	}
	for i := range a {
		if quotients[i] != a[i]/b[i] || rests[i] != a[i]%b[i] {
			t.Fatalf("%d / %d: %d, rest %d", a[i], b[i], quotients[i], rests[i])
		}
	}
	b[7] = 0
	if i, k := Div(quotients, a, b, nil), Mod(rests, a, b, nil); i != 7 || k != 7 {
		t.Fatalf("division by zero at rows %d and %d, not 7", i, k)
	}
}
