package types

import (
	"math"
	"math/bits"
)

// A decimal value is an unscaled integer whose type says the scale: int64 up
// to 18 digits (PhysInt64), Int128 above (PhysWide). Results round HALF_UP,
// away from zero; a result with more digits than its type holds is reported
// and becomes NULL, as in Flink.

// MaxDecimalPrecision is the most digits a DECIMAL has.
const MaxDecimalPrecision = 38

// maxLongDigits is the most digits of a decimal kept in an int64.
const maxLongDigits = 18

var pow10 = [20]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19}

var pow10Wide = func() (t [39]uint128) {
	t[0].lo = 1
	for i := 1; i < len(t); i++ {
		t[i], _ = t[i-1].mul64(10)
	}
	return t
}()

// Pow10 returns 10^n for 0 <= n <= 18.
func Pow10(n int32) int64 { return int64(pow10[n]) }

// Pow10Wide returns 10^n for 0 <= n <= 38.
func Pow10Wide(n int32) Int128 { return pow10Wide[n].signed(false) }

// FitsDecimal reports whether v has at most p digits.
func FitsDecimal(v int64, p int32) bool {
	if p > maxLongDigits {
		return true
	}
	b := int64(pow10[p])
	return -b < v && v < b
}

// FitsDecimal reports whether x has at most p digits, 1 <= p <= 38.
func (x Int128) FitsDecimal(p int32) bool {
	u, _ := x.magnitude()
	return u.less(pow10Wide[p])
}

// RescaleInt64 takes v from scale from to scale to, rounding HALF_UP, and
// reports whether it fits in p digits, p <= 18.
func RescaleInt64(v int64, from, to, p int32) (int64, bool) {
	if to >= from {
		if to-from > maxLongDigits {
			return 0, v == 0
		}
		hi, lo := bits.Mul64(absInt64(v), pow10[to-from])
		if hi != 0 || lo >= pow10[p] {
			return 0, false
		}
		return signInt64(lo, v < 0), true
	}
	if from-to > maxLongDigits+1 {
		return 0, true
	}
	d := pow10[from-to]
	u := absInt64(v)
	q, r := u/d, u%d
	if r >= d-r {
		q++
	}
	return signInt64(q, v < 0), q < pow10[p]
}

func absInt64(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

func signInt64(u uint64, neg bool) int64 {
	if neg {
		return -int64(u)
	}
	return int64(u)
}

// Rescale takes x from scale from to scale to, rounding HALF_UP, and reports
// whether it fits in p digits.
func (x Int128) Rescale(from, to, p int32) (Int128, bool) {
	u, neg := x.magnitude()
	var ok bool
	if to >= from {
		u, ok = u.mulPow10(to - from)
	} else {
		u, ok = u.divPow10HalfUp(from-to), true
	}
	if !ok || !u.less(pow10Wide[p]) {
		return Int128{}, false
	}
	return u.signed(neg), true
}

// mulPow10 returns u*10^n; ok is false beyond 128 bits.
func (u uint128) mulPow10(n int32) (_ uint128, ok bool) {
	if u.isZero() {
		return u, true
	}
	for n > 0 {
		step := min(n, 19)
		v, over := u.mul64(pow10[step])
		if over != 0 {
			return uint128{}, false
		}
		u, n = v, n-step
	}
	return u, true
}

// divPow10 returns u/10^n, cut.
func (u uint128) divPow10(n int32) uint128 {
	for n > 0 && !u.isZero() {
		step := min(n, 19)
		u, _ = u.div64(pow10[step])
		n -= step
	}
	return u
}

// divPow10HalfUp returns u/10^n, rounded. n >= 0.
func (u uint128) divPow10HalfUp(n int32) uint128 {
	if n == 0 {
		return u
	}
	// The last digit cut decides alone.
	q, r := u.divPow10(n - 1).div64(10)
	if r >= 5 {
		q = q.inc()
	}
	return q
}

// DecimalAdd adds decimals of scales s1 and s2 into a DECIMAL(p, s).
func DecimalAdd(a, b Int128, s1, s2, p, s int32) (Int128, bool) {
	if s1 == s2 && s1 == s {
		r := a.Add(b)
		return r, r.FitsDecimal(p)
	}
	return decimalSum(a, b, s1, s2, p, s)
}

// DecimalSub subtracts b from a, as DecimalAdd adds.
func DecimalSub(a, b Int128, s1, s2, p, s int32) (Int128, bool) {
	return DecimalAdd(a, b.Neg(), s1, s2, p, s)
}

// decimalSum adds at the larger scale, in 256 bits if need be, and rounds
// once at the end.
func decimalSum(a, b Int128, s1, s2, p, s int32) (Int128, bool) {
	if s1 < s2 {
		a, b, s1, s2 = b, a, s2, s1
	}
	ua, na := a.magnitude()
	ub, nb := b.magnitude()
	wb := ub.mul(pow10Wide[s1-s2])
	wa := uint256{ua.lo, ua.hi}
	neg := na
	if na == nb {
		wa = wa.add(wb)
	} else if wa.less(wb) {
		wa, neg = wb.sub(wa), nb
	} else {
		wa = wa.sub(wb)
	}
	return wa.decimal(neg, s1, p, s)
}

// DecimalMul multiplies decimals of scales s1 and s2 into a DECIMAL(p, s).
func DecimalMul(a, b Int128, s1, s2, p, s int32) (Int128, bool) {
	ua, na := a.magnitude()
	ub, nb := b.magnitude()
	if ua.hi|ub.hi == 0 && s == s1+s2 {
		hi, lo := bits.Mul64(ua.lo, ub.lo)
		u := uint128{lo, hi}
		return u.signed(na != nb), u.less(pow10Wide[p])
	}
	return ua.mul(ub).decimal(na != nb, s1+s2, p, s)
}

// DecimalDiv divides a by b, which is not zero, into a DECIMAL(p, s).
func DecimalDiv(a, b Int128, s1, s2, p, s int32) (Int128, bool) {
	ua, na := a.magnitude()
	ub, nb := b.magnitude()
	q, r := ua.div(ub)
	// a/b stands at scale s1-s2; shift says how many digits are missing.
	shift := s - s1 + s2
	if shift < 0 {
		// Half of 10^n is a whole number, so that r cannot decide a tie.
		q = q.divPow10HalfUp(-shift)
		return q.signed(na != nb), q.less(pow10Wide[p])
	}
	for shift > 0 {
		step := min(shift, 19)
		var over uint64
		if q, over = q.mul64(pow10[step]); over != 0 {
			return Int128{}, false
		}
		var digits uint64
		digits, r = divScaled(r, pow10[step], ub)
		lo, c := bits.Add64(q.lo, digits, 0)
		q = uint128{lo, q.hi + c}
		if !q.less(pow10Wide[p]) {
			return Int128{}, false
		}
		shift -= step
	}
	if !r.less(ub.sub(r)) {
		q = q.inc()
	}
	return q.signed(na != nb), q.less(pow10Wide[p])
}

// divScaled returns r*m/d and its remainder; r < d.
func divScaled(r uint128, m uint64, d uint128) (uint64, uint128) {
	v, hi := r.mul64(m)
	if d.hi != 0 {
		return div192(hi, v, d)
	}
	// r < d < 2^64: the product has 128 bits and the quotient 64.
	q, rem := bits.Div64(v.hi, v.lo, d.lo)
	return q, uint128{lo: rem}
}

// DecimalMod returns the remainder of a divided by b, which is not zero, with
// the sign of a, as a DECIMAL(p, s).
func DecimalMod(a, b Int128, s1, s2, p, s int32) (Int128, bool) {
	ua, na := a.magnitude()
	ub, _ := b.magnitude()
	scale := max(s1, s2)
	if s1 < s2 {
		// Scale a up inside the ring of remainders.
		_, ua = ua.div(ub)
		for n := s2 - s1; n > 0; {
			step := min(n, 19)
			_, ua = divScaled(ua, pow10[step], ub)
			n -= step
		}
	} else if d, ok := ub.mulPow10(s1 - s2); ok {
		_, ua = ua.div(d)
	}
	return ua.signed(na).Rescale(scale, s, p)
}

// Rounding says which way digits are cut off.
type Rounding uint8

const (
	RoundHalfUp Rounding = iota // to the nearest, ties away from zero
	RoundDown                   // towards zero
	RoundFloor                  // towards -Infinity
	RoundCeil                   // towards +Infinity
)

// DecimalRound cuts x, of scale s, to the given number of digits after the
// point. Negative digits clear digits before the point: DecimalRound(1250, 0,
// -2, RoundHalfUp) is 1300. The result has scale min(s, max(digits, 0)).
func DecimalRound(x Int128, s, digits int32, mode Rounding) Int128 {
	if digits >= s {
		return x
	}
	u, neg := x.magnitude()
	n := s - digits
	q := u.divPow10(n)
	switch {
	case mode == RoundHalfUp:
		q = u.divPow10HalfUp(n)
	case mode == RoundFloor && neg, mode == RoundCeil && !neg:
		if back, ok := q.mulPow10(n); !ok || back != u {
			q = q.inc()
		}
	}
	if digits < 0 {
		// Rounding up can leave 38 digits: 10^38 is past every DECIMAL, and the
		// caller's FitsDecimal says so.
		q, _ = q.mulPow10(-digits)
	}
	return q.signed(neg)
}

// DecimalFromInt64 returns v as a DECIMAL(p, s).
func DecimalFromInt64(v int64, p, s int32) (Int128, bool) {
	return Int128Of(v).Rescale(0, s, p)
}

// DecimalToInt64 cuts the fraction of x, of scale s, and keeps the low 64
// bits of the rest, as Flink's casts to integers do.
func DecimalToInt64(x Int128, s int32) int64 {
	return DecimalRound(x, s, 0, RoundDown).Int64()
}

// DecimalFromFloat64 returns f as a DECIMAL(p, s): the decimal that Java
// prints for f, rounded. NaN and infinities don't fit.
func DecimalFromFloat64(f float64, p, s int32) (Int128, bool) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Int128{}, false
	}
	neg := math.Signbit(f)
	var d shortest
	d.setFloat64(math.Abs(f))
	// The value is 0.ddd * 10^exp.
	var v uint64
	for _, c := range d.digits[:d.n] {
		v = v*10 + uint64(c-'0')
	}
	return decimalFromParts(uint128{lo: v}, neg, int32(d.exp)-int32(d.n), p, s)
}

// decimalFromParts returns ±u * 10^exp as a DECIMAL(p, s).
func decimalFromParts(u uint128, neg bool, exp, p, s int32) (Int128, bool) {
	if u.isZero() {
		return Int128{}, true
	}
	switch shift := exp + s; {
	case shift > MaxDecimalPrecision:
		return Int128{}, false
	case shift >= 0:
		var ok bool
		if u, ok = u.mulPow10(shift); !ok {
			return Int128{}, false
		}
	case shift < -MaxDecimalPrecision-1:
		return Int128{}, true
	default:
		u = u.divPow10HalfUp(-shift)
	}
	return u.signed(neg), u.less(pow10Wide[p])
}

// DecimalToFloat64 returns x, of scale s, as the nearest double: Java's
// BigDecimal.doubleValue.
func DecimalToFloat64(x Int128, s int32) float64 {
	if x.IsInt64() && absInt64(x.Int64()) <= 1<<53 && s <= 22 {
		// Both operands are exact, hence one rounding.
		return float64(x.Int64()) / exactPow10[s]
	}
	if s == 0 {
		return x.Float64()
	}
	var buf [48]byte
	f, _ := parseDecimalFloat(AppendDecimal(buf[:0], x, s))
	return f
}

// DecimalInt64ToFloat64 returns v, of scale s, as Flink reads a DECIMAL of at
// most 18 digits: both sides become doubles before the division.
func DecimalInt64ToFloat64(v int64, s int32) float64 { return float64(v) / exactPow10[s] }

var exactPow10 = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// CmpDecimal compares decimals of scales s1 and s2.
func CmpDecimal(a, b Int128, s1, s2 int32) int {
	if s1 == s2 {
		return a.Cmp(b)
	}
	if sa, sb := a.Sign(), b.Sign(); sa != sb {
		if sa < sb {
			return -1
		}
		return 1
	}
	neg := a.Hi < 0
	ua, _ := a.magnitude()
	ub, _ := b.magnitude()
	scale := max(s1, s2)
	wa := ua.mul(pow10Wide[scale-s1])
	wb := ub.mul(pow10Wide[scale-s2])
	switch {
	case wa == wb:
		return 0
	case wa.less(wb) != neg:
		return -1
	}
	return 1
}

// uint256 is a product or an aligned sum of two decimals, lowest word first.
type uint256 [4]uint64

func (u uint128) mul(v uint128) uint256 {
	a, ah := u.mul64(v.lo)
	b, bh := u.mul64(v.hi)
	w1, c := bits.Add64(a.hi, b.lo, 0)
	w2, c := bits.Add64(ah, b.hi, c)
	return uint256{a.lo, w1, w2, bh + c}
}

func (u uint256) add(v uint256) (r uint256) {
	var c uint64
	for i := range u {
		r[i], c = bits.Add64(u[i], v[i], c)
	}
	return r
}

func (u uint256) sub(v uint256) (r uint256) {
	var b uint64
	for i := range u {
		r[i], b = bits.Sub64(u[i], v[i], b)
	}
	return r
}

func (u uint256) less(v uint256) bool {
	for i := 3; i >= 0; i-- {
		if u[i] != v[i] {
			return u[i] < v[i]
		}
	}
	return false
}

func (u uint256) div64(d uint64) (q uint256, r uint64) {
	i := 3
	for ; i > 0 && u[i] == 0; i-- {
	}
	for ; i >= 0; i-- {
		q[i], r = bits.Div64(r, u[i], d)
	}
	return q, r
}

// decimal rounds u from scale from to DECIMAL(p, s).
func (u uint256) decimal(neg bool, from, p, s int32) (Int128, bool) {
	n := from - s
	if n <= 0 {
		if u[2]|u[3] != 0 {
			return Int128{}, false
		}
		v, ok := uint128{u[0], u[1]}.mulPow10(-n)
		return v.signed(neg), ok && v.less(pow10Wide[p])
	}
	for n--; n > 0; {
		step := min(n, 19)
		u, _ = u.div64(pow10[step])
		n -= step
	}
	u, r := u.div64(10)
	if u[2]|u[3] != 0 {
		return Int128{}, false
	}
	v := uint128{u[0], u[1]}
	if r >= 5 {
		v = v.inc()
	}
	return v.signed(neg), v.less(pow10Wide[p])
}
