package types

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
)

// Numbers are printed eight digits at a time: in one word, of which each byte
// becomes a digit, the first one the lowest.

const zeros = 0x3030303030303030 // eight characters '0'

// eightDigits returns the digits of v, below 10^8, as numbers from 0 to 9.
func eightDigits(v uint32) uint64 {
	// The number is split into halves, these into hundreds and the rest, then these
	// into digits: w<<n - q*(d<<n-1) is q | (w-q*d)<<n. The factors are 2^20/100
	// and 2^10/10, rounded up: exact for so few digits.
	w := uint64(v)
	w = w<<32 - w/10_000*(10_000<<32-1)
	w = w<<16 - (w*10_486>>20&0x7f_0000_007f)*(100<<16-1)
	return w<<8 - (w*103>>10&0x000f_000f_000f_000f)*(10<<8-1)
}

const (
	// MaxIntLen is how many bytes the longest integer has in decimal digits.
	MaxIntLen = len("-9223372036854775808")

	// NumberRoom is how many bytes behind its length a buffer needs for a number:
	// it is written in whole words.
	NumberRoom = 40
)

// withRoom returns dst with NumberRoom.
func withRoom(dst []byte) []byte {
	if cap(dst)-len(dst) < NumberRoom {
		return slices.Grow(dst, NumberRoom)
	}
	return dst
}

// AppendInt appends v in decimal digits. Bytes between the length and the capacity
// of dst may change.
func AppendInt(dst []byte, v int64) []byte {
	dst = withRoom(dst)
	return dst[:len(dst)+PutInt(dst[len(dst):len(dst)+NumberRoom], v)]
}

// PutInt writes v in decimal digits at the beginning of b and returns how many
// bytes these are. b has at least NumberRoom bytes; all of them may change.
func PutInt(b []byte, v int64) int {
	_ = b[NumberRoom-1]
	b[0] = '-'
	sign := int(uint64(v) >> 63)
	return sign + putUint((*[32]byte)(b[sign:]), absInt64(v))
}

// putUint writes v at the beginning of b and returns how many digits it has.
func putUint(b *[32]byte, v uint64) int {
	if v < 1e8 {
		return putFirst(b[:], uint32(v))
	}
	if v < 1e16 {
		high := v / 1e8
		n := putFirst(b[:], uint32(high))
		putEight(b[n&15:], uint32(v-high*1e8))
		return n + 8
	}
	high := v / 1e16
	n := putFirst(b[:], uint32(high))
	v -= high * 1e16
	high = v / 1e8
	putEight(b[n&15:], uint32(high))
	putEight(b[n&15+8:], uint32(v-high*1e8))
	return n + 16
}

// putFirst writes a number below 10^8 without zeros in front of it.
func putFirst(b []byte, v uint32) int {
	w := eightDigits(v)
	skip := bits.TrailingZeros64(w|1<<56) >> 3 // of 0 the last digit stays
	binary.LittleEndian.PutUint64(b, (w|zeros)>>(8*skip&63))
	return 8 - skip
}

func putEight(b []byte, v uint32) {
	binary.LittleEndian.PutUint64(b, eightDigits(v)|zeros)
}

// appendShort appends the shortest digits that read back as f, the nearest ones if
// there are several: 10^-3 <= f < 10^7, and f is no power of two. Bytes between the
// length and the capacity of dst may change.
//
// The method is Giulietti's "The Schubfach way to render doubles". In this range
// the powers of ten that it needs fit into 64 bits and all products are exact.
func appendShort(dst []byte, f float64) []byte {
	raw := math.Float64bits(f)
	c, s := raw&(1<<52-1)|1<<52, uint(1075-raw>>52)
	m := s*78913>>18 + 1 // the least one with 10^-m <= 2^-s

	// Four times f, and the ends of what reads back as f, in units of 10^-m. The
	// lowest bit says whether more follows.
	unit := pow10[m]
	x, low, high := scaled(4*c, unit, s), scaled(4*c-2, unit, s), scaled(4*c+2, unit, s)
	odd := c & 1 // then the ends themselves don't read back as f
	digits := x >> 2
	tens := digits / 10 * 10
	if down, up := low+odd <= 4*tens, 4*(tens+10)+odd <= high; down != up {
		if digits = tens; up {
			digits += 10
		}
	} else {
		down, up := low+odd <= 4*digits, 4*(digits+1)+odd <= high
		half := x - 4*digits // 2 is a tie
		if down != up && up || down == up && (half > 2 || half == 2 && digits&1 == 1) {
			digits++
		}
	}

	// No integer but f itself reads back as f: the digits before the point are
	// those of f.
	whole := uint64(f)
	fraction := (digits - whole*unit) * pow10[19-m]
	dst = withRoom(dst)
	b := dst[len(dst) : len(dst)+NumberRoom]
	n := putFirst(b, uint32(whole))
	b[n] = '.'
	first := fraction / 1e11
	rest := fraction - first*1e11
	second := rest / 1000
	w := eightDigits(uint32(first))
	binary.LittleEndian.PutUint64(b[n+1:], w|zeros)
	width := 8 - bits.LeadingZeros64(w|1)>>3
	if rest > 0 {
		w = eightDigits(uint32(second))
		binary.LittleEndian.PutUint64(b[n+9:], w|zeros)
		width = 16 - bits.LeadingZeros64(w|1)>>3
		if third := uint32(rest - second*1000); third > 0 {
			w = eightDigits(third) >> 40
			binary.LittleEndian.PutUint64(b[n+17:], w|zeros)
			width = 24 - bits.LeadingZeros64(w)>>3
		}
	}
	return dst[:len(dst)+n+1+width]
}

// scaled returns v*unit / 2^s, with the lowest bit set if there is a remainder.
func scaled(v, unit uint64, s uint) uint64 {
	high, low := bits.Mul64(v, unit)
	q := high<<(64-s) | low>>s
	if low<<(64-s) != 0 {
		q |= 1
	}
	return q
}
