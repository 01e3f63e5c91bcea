package types

import (
	"math"
	"math/bits"
	"strconv"
)

// Flink prints DOUBLE and FLOAT with Java 17's Double.toString. It differs
// from the shortest text that reads back (Ryu, Go's 'g', Java from 19 on) in
// three corners, where we follow it digit by digit:
//
//   - integers from 2^53 to 2^63 (floats: 2^24) keep digits that the shortest
//     form would drop: 7.2057594037927952E16;
//   - the interval that reads back excludes its ends: 2e23 is
//     1.9999999999999998E23;
//   - around powers of two the interval is taken half as wide above as it is.

// AppendDouble appends f as Java's Double.toString writes it: 1.0, 1.0E10,
// 1.0E-5, NaN, -Infinity.
func AppendDouble(dst []byte, f float64) []byte {
	if abs := math.Abs(f); abs >= 1e-3 && abs < 1e7 && math.Float64bits(f)<<12 != 0 {
		if f < 0 {
			dst = append(dst, '-')
		}
		return appendShort(dst, abs)
	}
	return appendJavaFloat(dst, f, 64)
}

// AppendFloat appends f as Java's Float.toString writes it.
func AppendFloat(dst []byte, f float32) []byte {
	if abs := math.Abs(float64(f)); abs >= 1e-3 && abs < 1e7 && math.Float32bits(f)<<9 != 0 {
		return appendPlain(dst, f)
	}
	return appendJavaFloat(dst, float64(f), 32)
}

// appendPlain writes the range where Java uses no exponent and the shortest
// form is Java's.
func appendPlain(dst []byte, f float32) []byte {
	n := len(dst)
	dst = strconv.AppendFloat(dst, float64(f), 'f', -1, 32)
	for _, c := range dst[n:] {
		if c == '.' {
			return dst
		}
	}
	return append(dst, '.', '0')
}

func appendJavaFloat(dst []byte, f float64, size int) []byte {
	switch {
	case f != f:
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
	if math.Signbit(f) {
		dst = append(dst, '-')
		f = -f
	}
	if f == 0 {
		return append(dst, "0.0"...)
	}
	var d shortest
	if size == 32 {
		d.setFloat32(float32(f))
	} else {
		d.setFloat64(f)
	}
	return d.append(dst)
}

// shortest is a positive decimal number 0.d1d2…dn * 10^exp.
type shortest struct {
	digits [24]byte
	n      int
	exp    int
}

// append writes the number in Java's form.
func (d *shortest) append(dst []byte) []byte {
	digits := d.digits[:d.n]
	switch {
	case d.exp > 0 && d.exp < 8:
		if d.n <= d.exp {
			dst = append(dst, digits...)
			for i := d.n; i < d.exp; i++ {
				dst = append(dst, '0')
			}
			return append(dst, '.', '0')
		}
		dst = append(dst, digits[:d.exp]...)
		dst = append(dst, '.')
		return append(dst, digits[d.exp:]...)
	case d.exp <= 0 && d.exp > -3:
		dst = append(dst, '0', '.')
		for i := d.exp; i < 0; i++ {
			dst = append(dst, '0')
		}
		return append(dst, digits...)
	}
	dst = append(dst, digits[0], '.')
	if d.n > 1 {
		dst = append(dst, digits[1:]...)
	} else {
		dst = append(dst, '0')
	}
	dst = append(dst, 'E')
	return strconv.AppendInt(dst, int64(d.exp-1), 10)
}

// setFloat64 takes Java's digits of f, which is positive and finite.
func (d *shortest) setFloat64(f float64) {
	if f == 0 {
		d.digits[0], d.n, d.exp = '0', 1, 1
		return
	}
	b := math.Float64bits(f)
	mant, exp := b&(1<<52-1), int(b>>52)&0x7ff
	if exp == 0 {
		d.develop(f, mant, -1074, bits.Len64(mant), 64)
		return
	}
	d.develop(f, mant|1<<52, exp-1075, 53, 64)
}

func (d *shortest) setFloat32(f float32) {
	if f == 0 {
		d.digits[0], d.n, d.exp = '0', 1, 1
		return
	}
	b := math.Float32bits(f)
	mant, exp := uint64(b&(1<<23-1)), int(b>>23)&0xff
	if exp == 0 {
		d.develop(float64(f), mant, -149, bits.Len64(mant), 32)
		return
	}
	d.develop(float64(f), mant|1<<23, exp-150, 24, 32)
}

// develop finds the digits of f = mant * 2^exp, a number of the given number
// of significant bits.
func (d *shortest) develop(f float64, mant uint64, exp, nBits, size int) {
	binExp := exp + bits.Len64(mant) - 1
	if binExp >= 0 && binExp <= 62 && (exp >= 0 || mant&(1<<uint(-exp)-1) == 0) {
		v := mant
		if exp >= 0 {
			v <<= uint(exp)
		} else {
			v >>= uint(-exp)
		}
		d.setInteger(v, binExp-nBits-1)
		return
	}
	// An end of the interval that is itself a short decimal, which Java shuns,
	// exists between 2^63 and 10^41 only: 5^k must divide an odd number of 54 bits.
	normal := nBits == 53 || size == 32 && nBits == 24
	if normal && mant&(mant-1) != 0 && !(binExp > 62 && binExp < 137) {
		d.setShortest(f, size)
		return
	}
	d.setExact(mant, exp, nBits)
}

// setInteger takes the digits of v, of which those below 2^pow are noise.
func (d *shortest) setInteger(v uint64, pow int) {
	drop := 0
	if pow > 1 {
		drop = pow * 30103 / 100000 // digits of 2^pow, less one
	}
	if drop > 0 {
		p := pow10[drop]
		r := v % p
		v /= p
		if r >= p/2 {
			v++
		}
	}
	s := strconv.AppendUint(d.digits[:0], v, 10)
	d.exp = len(s) + drop
	d.n = len(s)
	for d.n > 1 && d.digits[d.n-1] == '0' {
		d.n--
	}
}

// setShortest takes the shortest digits that read back as f.
func (d *shortest) setShortest(f float64, size int) {
	var buf [32]byte
	s := strconv.AppendFloat(buf[:0], f, 'e', -1, size)
	d.digits[0] = s[0]
	d.n = 1
	i := 1
	if s[i] == '.' {
		for i++; s[i] != 'e'; i++ {
			d.digits[d.n] = s[i]
			d.n++
		}
	}
	neg := s[i+1] == '-'
	exp := 0
	for _, c := range s[i+2:] {
		exp = exp*10 + int(c-'0')
	}
	if neg {
		exp = -exp
	}
	d.exp = exp + 1
}

// setExact generates the digits of mant * 2^exp until what is left is less
// than half a unit of the last bit away from the digits so far or from the
// next ones (Steele and White). nSig is the number of bits of the type's
// significand. A number that Java prints with an exponent gets two digits at
// least.
func (d *shortest) setExact(mant uint64, exp, nSig int) {
	nBits := bits.Len64(mant)
	binExp := exp + nBits - 1
	// Java's estimate of the exponent is exact or one too high; in the second
	// case the first digit is 0, which Java drops, but not if it rounds up to 1.
	lead := float64(mant) / float64(uint64(1)<<(nBits-1))
	e := int(math.Floor((lead-1.5)*0.289529654 + 0.176091259 + float64(binExp)*0.301029995663981))

	// mant * 2^exp = r/s * 10^e, and half a unit is m/s: find the powers of two
	// and five in each, without common factors.
	tail := bits.TrailingZeros64(mant)
	mant, nBits = mant>>tail, nBits-tail
	frac := max(0, nBits-binExp-1)
	r5, s5 := max(0, -e), max(0, e)
	r2, s2 := r5+frac+binExp, s5+frac
	m2 := r2 - nSig
	r2 -= nBits - 1
	common := min(r2, s2)
	r2, s2, m2 = r2-common, s2-common, m2-common
	if nBits == 1 {
		m2-- // a power of two: its lower neighbour is half as far
	}
	if m2 < 0 {
		r2, s2, m2 = r2-m2, s2-m2, 0
	}
	var r, s, m big
	r.set(mant, r2, r5)
	s.set(1, s2, s5)
	m.set(1, m2, r5)

	// Where the numbers fit, Java computes in 32 or 64 bits. The sum below may
	// overflow there, and then the digits are not rounded up; so do we.
	word := 0
	if rBits, sBits := nBits+r2+bits5(r5), s2+1+bits5(s5+1); rBits < 32 && sBits < 32 {
		word = 31
	} else if rBits < 64 && sBits < 64 {
		word = 63
	}

	d.n, d.exp = 0, e+1
	for first := true; ; first = false {
		if !first {
			r.mul(10)
			m.mul(10)
		}
		c := byte('0')
		for r.cmp(&s) >= 0 {
			r.sub(&s)
			c++
		}
		d.digits[d.n] = c
		d.n++
		low := r.cmp(&m) < 0
		t := r
		t.add(&m)
		high := t.cmp(&s) > 0
		if t.mul(10); word != 0 && t.bitLen() > word {
			// Java notices when m alone is too large.
			t = m
			t.mul(10)
			high = t.bitLen() > word
			low = low || high
		}
		if first && c == '0' && !high {
			d.n, d.exp = 0, d.exp-1
			continue
		}
		if !low && !high || first && (d.exp-1 < -3 || d.exp-1 >= 8) {
			continue
		}
		if high {
			r.shl(1)
			if c := r.cmp(&s); !low || c > 0 || c == 0 && d.digits[d.n-1]&1 != 0 {
				d.roundUp()
			}
		}
		return
	}
}

func (d *shortest) roundUp() {
	for i := d.n - 1; i >= 0; i-- {
		if d.digits[i] != '9' {
			d.digits[i]++
			return
		}
		d.digits[i] = '0'
	}
	d.digits[0] = '1'
	d.exp++
}

// big is a natural number of at most 1280 bits: enough for the smallest
// double's digits. It lives on the stack.
type big struct {
	w [20]uint64
	n int // words in use
}

// set makes x v * 2^e2 * 5^e5.
func (x *big) set(v uint64, e2, e5 int) {
	x.w[0], x.n = v, 1
	for ; e5 >= 27; e5 -= 27 {
		x.mul(pow5(27))
	}
	x.mul(pow5(e5))
	x.shl(uint(e2))
}

func (x *big) bitLen() int { return 64*(x.n-1) + bits.Len64(x.w[x.n-1]) }

// pow5 returns 5^n for n <= 27.
func pow5(n int) uint64 {
	v := uint64(1)
	for range n {
		v *= 5
	}
	return v
}

// bits5 returns the bits of 5^n, above 5^26 as Java estimates them.
func bits5(n int) int {
	if n == 0 {
		return 0
	}
	if n > 26 {
		return 3 * n
	}
	return bits.Len64(pow5(n))
}

func (x *big) mul(m uint64) {
	var carry uint64
	for i := 0; i < x.n; i++ {
		hi, lo := bits.Mul64(x.w[i], m)
		var c uint64
		x.w[i], c = bits.Add64(lo, carry, 0)
		carry = hi + c
	}
	if carry != 0 {
		x.w[x.n] = carry
		x.n++
	}
}

func (x *big) shl(s uint) {
	words, s := int(s/64), s%64
	if words > 0 {
		copy(x.w[words:], x.w[:x.n])
		clear(x.w[:words])
		x.n += words
	}
	if s == 0 {
		return
	}
	var carry uint64
	for i := words; i < x.n; i++ {
		w := x.w[i]
		x.w[i] = w<<s | carry
		carry = w >> (64 - s)
	}
	if carry != 0 {
		x.w[x.n] = carry
		x.n++
	}
}

func (x *big) cmp(y *big) int {
	for i := max(x.n, y.n) - 1; i >= 0; i-- {
		if x.w[i] != y.w[i] {
			if x.w[i] < y.w[i] {
				return -1
			}
			return 1
		}
	}
	return 0
}

func (x *big) sub(y *big) {
	var b uint64
	for i := 0; i < x.n; i++ {
		x.w[i], b = bits.Sub64(x.w[i], y.w[i], b)
	}
	for x.n > 1 && x.w[x.n-1] == 0 {
		x.n--
	}
}

func (x *big) add(y *big) {
	var c uint64
	x.n = max(x.n, y.n)
	for i := 0; i < x.n; i++ {
		x.w[i], c = bits.Add64(x.w[i], y.w[i], c)
	}
	if c != 0 {
		x.w[x.n] = c
		x.n++
	}
}
