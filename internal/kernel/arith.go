package kernel

import (
	"math"
	"unsafe"
)

// Integer are the elements of the integer types.
type Integer interface{ int8 | int16 | int32 | int64 }

// Float are the elements of FLOAT and DOUBLE.
type Float interface{ float32 | float64 }

// Number are the elements with the machine's arithmetic.
type Number interface{ Integer | Float }

// Add stores a+b; integers wrap around.
func Add[T Number](out, a, b []T) {
	switch {
	case len(b) == len(out) && len(a) == len(out):
		addVV(out, a, b)
	case len(a) == len(out):
		addVC(out, a, b[0])
	case len(b) == len(out):
		addVC(out, b, a[0])
	default:
		fill(out, a[0]+b[0])
	}
}

func addVV[T Number](out, a, b []T) {
	a, b = a[:len(out)], b[:len(out)]
	for i := range out {
		out[i] = a[i] + b[i]
	}
}

func addVC[T Number](out, a []T, b T) {
	a = a[:len(out)]
	for i := range out {
		out[i] = a[i] + b
	}
}

// Sub stores a-b; integers wrap around.
func Sub[T Number](out, a, b []T) {
	switch {
	case len(b) == len(out) && len(a) == len(out):
		subVV(out, a, b)
	case len(a) == len(out):
		subVC(out, a, b[0])
	case len(b) == len(out):
		subCV(out, a[0], b)
	default:
		fill(out, a[0]-b[0])
	}
}

func subVV[T Number](out, a, b []T) {
	a, b = a[:len(out)], b[:len(out)]
	for i := range out {
		out[i] = a[i] - b[i]
	}
}

func subVC[T Number](out, a []T, b T) {
	a = a[:len(out)]
	for i := range out {
		out[i] = a[i] - b
	}
}

func subCV[T Number](out []T, a T, b []T) {
	b = b[:len(out)]
	for i := range out {
		out[i] = a - b[i]
	}
}

// Mul stores a*b; integers wrap around.
func Mul[T Number](out, a, b []T) {
	switch {
	case len(b) == len(out) && len(a) == len(out):
		mulVV(out, a, b)
	case len(a) == len(out):
		mulVC(out, a, b[0])
	case len(b) == len(out):
		mulVC(out, b, a[0])
	default:
		fill(out, a[0]*b[0])
	}
}

func mulVV[T Number](out, a, b []T) {
	a, b = a[:len(out)], b[:len(out)]
	for i := range out {
		out[i] = a[i] * b[i]
	}
}

func mulVC[T Number](out, a []T, b T) {
	a = a[:len(out)]
	for i := range out {
		out[i] = a[i] * b
	}
}

// Neg stores -a.
func Neg[T Number](out, a []T) {
	a = a[:len(out)]
	for i := range out {
		out[i] = -a[i]
	}
}

// Quo stores a/b by the rules of IEEE 754.
func Quo[T Float](out, a, b []T) {
	switch {
	case len(b) == len(out) && len(a) == len(out):
		quoVV(out, a, b)
	case len(a) == len(out):
		quoVC(out, a, b[0])
	case len(b) == len(out):
		quoCV(out, a[0], b)
	default:
		fill(out, a[0]/b[0])
	}
}

func quoVV[T Float](out, a, b []T) {
	a, b = a[:len(out)], b[:len(out)]
	for i := range out {
		out[i] = a[i] / b[i]
	}
}

func quoVC[T Float](out, a []T, b T) {
	a = a[:len(out)]
	for i := range out {
		out[i] = a[i] / b
	}
}

func quoCV[T Float](out []T, a T, b []T) {
	b = b[:len(out)]
	for i := range out {
		out[i] = a / b[i]
	}
}

// Div stores a/b, cut towards zero. It returns the first row with a divisor of
// zero that valid does not mark as NULL, or -1.
func Div[T Integer](out, a, b []T, valid []uint64) int {
	if len(b) != len(out) {
		if b[0] == 0 {
			return FirstValid(valid, len(out))
		}
		if len(a) == len(out) {
			divVC(out, a, b[0])
		} else {
			fill(out, a[0]/b[0])
		}
		return -1
	}
	if len(a) == len(out) && divShort(out, a, b) {
		return -1
	}
	mask := len(a) - 1
	if mask > 0 {
		mask = -1
	}
	for i, d := range b {
		if d == 0 {
			if Valid(valid, i) {
				return i
			}
			d = 1
		}
		out[i] = a[i&mask] / d
	}
	return -1
}

// divShort divides integers of at most 52 bits, by way of float64, which the
// machine divides faster: no quotient of two such numbers is so close below an
// integer that it is rounded up to it. It reports false for longer ones, and if a
// divisor is zero: that branch is cheaper than to gather the divisors' signs.
func divShort[T Integer](out, a, b []T) bool {
	a, b = a[:len(out)], b[:len(out)]
	bits := uint64(0)
	for i := range out {
		n, d := a[i], b[i]
		if d == 0 {
			return false
		}
		if unsafe.Sizeof(n) == 8 {
			bits |= uint64(int64(n)+1<<52) | uint64(int64(d)+1<<52)
		}
		out[i] = T(int64(float64(n) / float64(d)))
	}
	return bits < 1<<53
}

// modShort is divShort for remainders.
func modShort[T Integer](out, a, b []T) bool {
	a, b = a[:len(out)], b[:len(out)]
	bits := uint64(0)
	for i := range out {
		n, d := a[i], b[i]
		if d == 0 {
			return false
		}
		if unsafe.Sizeof(n) == 8 {
			bits |= uint64(int64(n)+1<<52) | uint64(int64(d)+1<<52)
		}
		out[i] = n - d*T(int64(float64(n)/float64(d)))
	}
	return bits < 1<<53
}

func divVC[T Integer](out, a []T, b T) {
	a = a[:len(out)]
	for i := range out {
		out[i] = a[i] / b
	}
}

// Mod stores the remainder of a/b, which has the sign of a. It returns as Div.
func Mod[T Integer](out, a, b []T, valid []uint64) int {
	if len(b) != len(out) {
		if b[0] == 0 {
			return FirstValid(valid, len(out))
		}
		if len(a) == len(out) {
			modVC(out, a, b[0])
		} else {
			fill(out, a[0]%b[0])
		}
		return -1
	}
	if len(a) == len(out) && modShort(out, a, b) {
		return -1
	}
	mask := len(a) - 1
	if mask > 0 {
		mask = -1
	}
	for i, d := range b {
		if d == 0 {
			if Valid(valid, i) {
				return i
			}
			d = 1
		}
		out[i] = a[i&mask] % d
	}
	return -1
}

func modVC[T Integer](out, a []T, b T) {
	a = a[:len(out)]
	for i := range out {
		out[i] = a[i] % b
	}
}

// Rem stores the floating remainder of a/b: Java's %.
func Rem[T Float](out, a, b []T) {
	at, bt := step(a, out), step(b, out)
	for i := range out {
		out[i] = T(math.Mod(float64(a[i&at]), float64(b[i&bt])))
	}
}

// step is a mask for indexes into x: all ones if x varies, zero if it is a
// constant.
func step[T, U any](x []T, out []U) int {
	if len(x) == len(out) {
		return -1
	}
	return 0
}

func fill[T any](out []T, x T) {
	for i := range out {
		out[i] = x
	}
}
