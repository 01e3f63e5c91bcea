package types

import (
	"math"
	"math/bits"
)

// Int128Of returns v as an Int128.
func Int128Of(v int64) Int128 { return Int128{Lo: uint64(v), Hi: v >> 63} }

// MulInt64 returns a*b, which always fits.
func MulInt64(a, b int64) Int128 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	// The unsigned product is too large by b<<64 if a is negative, and by a<<64
	// if b is.
	return Int128{Lo: lo, Hi: int64(hi) - (a>>63)&b - (b>>63)&a}
}

// MulUint64 returns x*f, wrapping around.
func (x Int128) MulUint64(f uint64) Int128 {
	hi, lo := bits.Mul64(x.Lo, f)
	return Int128{Lo: lo, Hi: int64(hi) + x.Hi*int64(f)}
}

// Add returns x+y, wrapping around.
func (x Int128) Add(y Int128) Int128 {
	lo, c := bits.Add64(x.Lo, y.Lo, 0)
	return Int128{Lo: lo, Hi: x.Hi + y.Hi + int64(c)}
}

// Sub returns x-y, wrapping around.
func (x Int128) Sub(y Int128) Int128 {
	lo, b := bits.Sub64(x.Lo, y.Lo, 0)
	return Int128{Lo: lo, Hi: x.Hi - y.Hi - int64(b)}
}

// Neg returns -x, wrapping around.
func (x Int128) Neg() Int128 { return Int128{}.Sub(x) }

// Abs returns |x|; the smallest Int128 stays as it is.
func (x Int128) Abs() Int128 {
	if x.Hi < 0 {
		return x.Neg()
	}
	return x
}

// Cmp returns -1, 0 or +1.
func (x Int128) Cmp(y Int128) int {
	switch {
	case x.Hi < y.Hi:
		return -1
	case x.Hi > y.Hi:
		return 1
	case x.Lo < y.Lo:
		return -1
	case x.Lo > y.Lo:
		return 1
	}
	return 0
}

// Less reports x < y.
func (x Int128) Less(y Int128) bool { return x.Hi < y.Hi || x.Hi == y.Hi && x.Lo < y.Lo }

// Sign returns -1, 0 or +1.
func (x Int128) Sign() int {
	if x.Hi < 0 {
		return -1
	}
	if x.Hi|int64(x.Lo) == 0 {
		return 0
	}
	return 1
}

// IsInt64 reports whether x fits in an int64.
func (x Int128) IsInt64() bool { return x.Hi == int64(x.Lo)>>63 }

// Int64 returns the low 64 bits of x, as Java's BigInteger.longValue does.
func (x Int128) Int64() int64 { return int64(x.Lo) }

// Float64 returns the double nearest to x, ties to even.
func (x Int128) Float64() float64 {
	u, neg := x.magnitude()
	f := u.float64()
	if neg {
		return -f
	}
	return f
}

// magnitude returns |x| without a sign, and the sign.
func (x Int128) magnitude() (u uint128, neg bool) {
	if x.Hi < 0 {
		lo, b := bits.Sub64(0, x.Lo, 0)
		return uint128{lo, -uint64(x.Hi) - b}, true
	}
	return uint128{x.Lo, uint64(x.Hi)}, false
}

// uint128 is an unsigned 128-bit integer, the workhorse below decimals.
type uint128 struct{ lo, hi uint64 }

// signed puts the sign back on a magnitude below 2^127.
func (u uint128) signed(neg bool) Int128 {
	v := Int128{Lo: u.lo, Hi: int64(u.hi)}
	if neg {
		return v.Neg()
	}
	return v
}

func (u uint128) less(v uint128) bool { return u.hi < v.hi || u.hi == v.hi && u.lo < v.lo }

func (u uint128) isZero() bool { return u.lo|u.hi == 0 }

func (u uint128) sub(v uint128) uint128 {
	lo, b := bits.Sub64(u.lo, v.lo, 0)
	return uint128{lo, u.hi - v.hi - b}
}

func (u uint128) inc() uint128 {
	lo, c := bits.Add64(u.lo, 1, 0)
	return uint128{lo, u.hi + c}
}

// mul64 returns u*m as 192 bits: the low 128 and the high 64.
func (u uint128) mul64(m uint64) (lo uint128, hi uint64) {
	h0, l0 := bits.Mul64(u.lo, m)
	h1, l1 := bits.Mul64(u.hi, m)
	mid, c := bits.Add64(h0, l1, 0)
	return uint128{l0, mid}, h1 + c
}

// div64 returns u/d and u%d. d is not zero.
func (u uint128) div64(d uint64) (q uint128, r uint64) {
	if u.hi == 0 {
		return uint128{lo: u.lo / d}, u.lo % d
	}
	q.hi, r = u.hi/d, u.hi%d
	q.lo, r = bits.Div64(r, u.lo, d)
	return q, r
}

// div returns u/d and u%d. d is not zero.
func (u uint128) div(d uint128) (q, r uint128) {
	if d.hi == 0 {
		q, m := u.div64(d.lo)
		return q, uint128{lo: m}
	}
	// The quotient fits in 64 bits.
	q.lo, r = div192(0, u, d)
	return q, r
}

// div192 divides the 192-bit hi:u by d >= 2^64 with hi:u < d<<64, so that the
// quotient has 64 bits (Knuth's algorithm D, one step).
func div192(hi uint64, u, d uint128) (q uint64, r uint128) {
	s := uint(bits.LeadingZeros64(d.hi))
	dh := d.hi<<s | d.lo>>1>>(63-s)
	dl := d.lo << s
	u2 := hi<<s | u.hi>>1>>(63-s)
	u1 := u.hi<<s | u.lo>>1>>(63-s)
	u0 := u.lo << s
	// First guess from the top two words; it is at most two too large.
	var rem uint64
	if u2 >= dh {
		q, rem = math.MaxUint64, 0
		var c uint64
		rem, c = bits.Add64(u1, dh, 0)
		// u2 == dh here, and (u2:u1) - q*dh = u1 + dh.
		if c != 0 {
			return finishDiv192(q, u2, u1, u0, dh, dl, s)
		}
	} else {
		q, rem = bits.Div64(u2, u1, dh)
	}
	for {
		ph, pl := bits.Mul64(q, dl)
		if ph < rem || ph == rem && pl <= u0 {
			break
		}
		q--
		var c uint64
		rem, c = bits.Add64(rem, dh, 0)
		if c != 0 {
			break
		}
	}
	return finishDiv192(q, u2, u1, u0, dh, dl, s)
}

// finishDiv192 returns q and (u2:u1:u0 - q*(dh:dl)) >> s.
func finishDiv192(q, u2, u1, u0, dh, dl uint64, s uint) (uint64, uint128) {
	p, _ := uint128{dl, dh}.mul64(q)
	r0, b := bits.Sub64(u0, p.lo, 0)
	r1, _ := bits.Sub64(u1, p.hi, b)
	return q, uint128{r0>>s | r1<<1<<(63-s), r1 >> s}
}

// float64 rounds to the nearest double, ties to even.
func (u uint128) float64() float64 {
	if u.hi == 0 {
		return float64(u.lo)
	}
	// Keep 64 bits, the lowest one sticky: more than the 53+2 that rounding asks for.
	s := uint(bits.Len64(u.hi))
	top := u.hi<<(64-s) | u.lo>>s
	if u.lo<<(64-s) != 0 {
		top |= 1
	}
	return math.Ldexp(float64(top), int(s))
}
