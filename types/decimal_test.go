package types

import (
	stdbig "math/big"
	"math/rand/v2"
	"testing"
)

func toBig(x Int128) *stdbig.Int {
	v := stdbig.NewInt(x.Hi)
	v.Lsh(v, 64)
	return v.Add(v, new(stdbig.Int).SetUint64(x.Lo))
}

func bigPow10(n int32) *stdbig.Int {
	return new(stdbig.Int).Exp(stdbig.NewInt(10), stdbig.NewInt(int64(n)), nil)
}

// roundRat is the oracle: r rounded HALF_UP to scale s, and whether it has at
// most p digits.
func roundRat(r *stdbig.Rat, p, s int32) (*stdbig.Int, bool) {
	num := new(stdbig.Int).Mul(r.Num(), bigPow10(s))
	neg := num.Sign() < 0
	num.Abs(num)
	num.Mul(num, stdbig.NewInt(2)).Add(num, r.Denom())
	q := num.Quo(num, new(stdbig.Int).Mul(r.Denom(), stdbig.NewInt(2)))
	ok := q.Cmp(bigPow10(p)) < 0
	if neg {
		q.Neg(q)
	}
	return q, ok
}

func ratOf(x Int128, s int32) *stdbig.Rat {
	return new(stdbig.Rat).SetFrac(toBig(x), bigPow10(s))
}

// randDecimal draws a DECIMAL type and a value, short ones and round ones often.
func randDecimal(r *rand.Rand) (Int128, Type) {
	t := DecimalOf(1+r.Int32N(38), 0)
	t.Scale = r.Int32N(t.Precision + 1)
	n := 1 + r.Int32N(t.Precision)
	var x Int128
	for range n {
		x = appendDigit(x, uint64(r.IntN(10)))
	}
	switch r.IntN(8) {
	case 0:
		x = Pow10Wide(n - 1)
	case 1:
		x = Pow10Wide(n).Sub(Int128Of(1))
	case 2:
		x = Int128Of(5)
	}
	if r.IntN(2) == 0 {
		x = x.Neg()
	}
	return x, t
}

// appendDigit shifts a digit into x.
func appendDigit(x Int128, digit uint64) Int128 {
	u, _ := x.magnitude()
	u, _ = u.mul64(10)
	return u.signed(false).Add(Int128{Lo: digit})
}

func TestDecimalArithmetic(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 60000 {
		a, ta := randDecimal(r)
		b, tb := randDecimal(r)
		ra, rb := ratOf(a, ta.Scale), ratOf(b, tb.Scale)
		check := func(op string, rt Type, got Int128, ok bool, want *stdbig.Rat) {
			t.Helper()
			w, fits := roundRat(want, rt.Precision, rt.Scale)
			if ok != fits || ok && toBig(got).Cmp(w) != 0 {
				t.Fatalf("%s %s %s (%v, %v -> %v) = %s, %v; want %s, %v", ra.RatString(), op, rb.RatString(), ta, tb, rt, toBig(got), ok, w, fits)
			}
		}
		rt := DecimalAddType(ta, tb)
		v, ok := DecimalAdd(a, b, ta.Scale, tb.Scale, rt.Precision, rt.Scale)
		check("+", rt, v, ok, new(stdbig.Rat).Add(ra, rb))
		v, ok = DecimalSub(a, b, ta.Scale, tb.Scale, rt.Precision, rt.Scale)
		check("-", rt, v, ok, new(stdbig.Rat).Sub(ra, rb))
		rt = DecimalMulType(ta, tb)
		v, ok = DecimalMul(a, b, ta.Scale, tb.Scale, rt.Precision, rt.Scale)
		check("*", rt, v, ok, new(stdbig.Rat).Mul(ra, rb))
		if got, want := CmpDecimal(a, b, ta.Scale, tb.Scale), ra.Cmp(rb); got != want {
			t.Fatalf("cmp %s %s = %d, want %d", ra, rb, got, want)
		}
		if b.Sign() == 0 {
			continue
		}
		rt = DecimalDivType(ta, tb)
		v, ok = DecimalDiv(a, b, ta.Scale, tb.Scale, rt.Precision, rt.Scale)
		check("/", rt, v, ok, new(stdbig.Rat).Quo(ra, rb))
		rt = DecimalModType(ta, tb)
		v, ok = DecimalMod(a, b, ta.Scale, tb.Scale, rt.Precision, rt.Scale)
		q := new(stdbig.Rat).Quo(ra, rb)
		whole := new(stdbig.Int).Quo(q.Num(), q.Denom())
		check("%", rt, v, ok, new(stdbig.Rat).Sub(ra, new(stdbig.Rat).Mul(rb, new(stdbig.Rat).SetInt(whole))))
	}
}

func TestDecimalRescale(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 50000 {
		a, ta := randDecimal(r)
		_, tb := randDecimal(r)
		w, fits := roundRat(ratOf(a, ta.Scale), tb.Precision, tb.Scale)
		got, ok := a.Rescale(ta.Scale, tb.Scale, tb.Precision)
		if ok != fits || ok && toBig(got).Cmp(w) != 0 {
			t.Fatalf("%s from %v to %v = %s, %v; want %s, %v", toBig(a), ta, tb, toBig(got), ok, w, fits)
		}
		if ta.Precision <= 18 && tb.Precision <= 18 {
			got, ok := RescaleInt64(a.Int64(), ta.Scale, tb.Scale, tb.Precision)
			if ok != fits || ok && got != w.Int64() {
				t.Fatalf("%d from %v to %v = %d, %v; want %s, %v", a.Int64(), ta, tb, got, ok, w, fits)
			}
		}
		text := AppendDecimal(nil, a, ta.Scale)
		back, err := ParseDecimal(text, 38, ta.Scale)
		if err != nil || back != a {
			t.Fatalf("%s reads back as %s, %v", text, toBig(back), err)
		}
		if f, _ := ratOf(a, ta.Scale).Float64(); DecimalToFloat64(a, ta.Scale) != f {
			t.Fatalf("%s as a double is %v, want %v", text, DecimalToFloat64(a, ta.Scale), f)
		}
	}
}

func TestDecimalRound(t *testing.T) {
	tests := []struct {
		x      string
		digits int32
		mode   Rounding
		want   string
	}{
		{"1.25", 1, RoundHalfUp, "1.3"},
		{"-1.25", 1, RoundHalfUp, "-1.3"},
		{"1.24", 1, RoundHalfUp, "1.2"},
		{"1.29", 1, RoundDown, "1.2"},
		{"-1.29", 1, RoundDown, "-1.2"},
		{"1.21", 1, RoundCeil, "1.3"},
		{"1.20", 1, RoundCeil, "1.2"},
		{"-1.21", 1, RoundCeil, "-1.2"},
		{"-1.21", 0, RoundFloor, "-2"},
		{"1.99", 0, RoundFloor, "1"},
		{"-1.00", 0, RoundFloor, "-1"},
		{"1250.00", -2, RoundHalfUp, "1300"},
		{"1249.99", -2, RoundHalfUp, "1200"},
		{"1250.00", -5, RoundHalfUp, "0"},
		{"60000.00", -5, RoundHalfUp, "100000"},
		{"1250.00", -50, RoundHalfUp, "0"},
		{"0.00", -1, RoundCeil, "0"},
		{"1.5", 3, RoundHalfUp, "1.5"},
		{"99999999999999999999999999999999999.999", 2, RoundHalfUp, "100000000000000000000000000000000000.00"},
	}
	for _, tt := range tests {
		s := int32(0)
		for i := range tt.x {
			if tt.x[i] == '.' {
				s = int32(len(tt.x) - i - 1)
			}
		}
		x, err := ParseDecimal(tt.x, 38, s)
		if err != nil {
			t.Fatal(err)
		}
		got := string(AppendDecimal(nil, DecimalRound(x, s, tt.digits, tt.mode), min(s, max(tt.digits, 0))))
		if got != tt.want {
			t.Errorf("round(%s, %d, %d) = %s, want %s", tt.x, tt.digits, tt.mode, got, tt.want)
		}
	}
}

func TestDecimalFromFloat(t *testing.T) {
	tests := []struct {
		f    float64
		p, s int32
		want string
	}{
		{1.005, 5, 2, "1.01"}, {1.5, 38, 0, "2"}, {-1.5, 38, 0, "-2"}, {1e30, 38, 0, "1000000000000000000000000000000"},
		{1e38, 38, 0, ""}, {0.1, 38, 30, "0.100000000000000000000000000000"}, {1e-7, 10, 8, "0.00000010"}, {1e-300, 10, 8, "0.00000000"},
		{1e300, 38, 0, ""}, {0, 3, 1, "0.0"}, {99.95, 3, 1, ""},
	}
	for _, tt := range tests {
		v, ok := DecimalFromFloat64(tt.f, tt.p, tt.s)
		got := ""
		if ok {
			got = string(AppendDecimal(nil, v, tt.s))
		}
		if got != tt.want {
			t.Errorf("%v as DECIMAL(%d, %d) = %q, want %q", tt.f, tt.p, tt.s, got, tt.want)
		}
	}
	if got := DecimalInt64ToFloat64(123456789012345678, 3); string(AppendDouble(nil, got)) != "1.2345678901234569E14" {
		t.Errorf("got %v", got)
	}
	x, _ := ParseDecimal("-12345678901234567890.9", 38, 1)
	if got := DecimalToInt64(x, 1); got != 6101065172474983726 {
		t.Errorf("cut to %d", got)
	}
}

func TestDecimalTypes(t *testing.T) {
	d := DecimalOf
	for _, tt := range []struct{ got, want Type }{
		{DecimalAddType(d(10, 2), d(10, 2)), d(11, 2)},
		{DecimalMulType(d(10, 2), d(10, 2)), d(21, 4)},
		{DecimalDivType(d(10, 2), d(10, 2)), d(23, 13)},
		{DecimalAddType(d(38, 18), d(38, 18)), d(38, 17)},
		{DecimalMulType(d(38, 18), d(38, 18)), d(38, 6)},
		{DecimalDivType(d(38, 18), d(38, 18)), d(38, 6)},
		{DecimalMulType(d(2, 1), d(3, 2)), d(6, 3)},
		{DecimalModType(d(10, 2), d(5, 3)), d(5, 3)},
		{DecimalRoundType(d(10, 2), 1), d(10, 1)},
		{DecimalRoundType(d(10, 2), 2), d(10, 2)},
		{DecimalRoundType(d(10, 2), -1), d(9, 0)},
	} {
		if !tt.got.Equal(tt.want) {
			t.Errorf("got %v, want %v", tt.got, tt.want)
		}
	}
}

var sinkWide Int128
var sinkInt int64

func BenchmarkDecimalMulAddInt64(b *testing.B) {
	price, n := make([]int64, 1024), make([]int64, 1024)
	for i := range price {
		price[i], n[i] = int64(i)*199, int64(i%7)
	}
	for b.Loop() {
		var sum Int128
		for i := range price {
			sum = sum.Add(MulInt64(price[i], n[i]))
		}
		sinkWide = sum
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1024, "ns/row")
}

func BenchmarkDecimalDivWide(b *testing.B) {
	x, _ := ParseDecimal("12345678901234567890.12", 38, 2)
	y, _ := ParseDecimal("98765432109876543210.12", 38, 2)
	for b.Loop() {
		sinkWide, _ = DecimalDiv(x, y, 2, 2, 38, 13)
	}
}

func BenchmarkRescaleInt64(b *testing.B) {
	for b.Loop() {
		sinkInt, _ = RescaleInt64(123456789, 4, 2, 18)
	}
}
