// Package swar reads text eight bytes at a time in ordinary registers ("SIMD
// within a register"): runs of digits and the ends of fields, without a branch for
// each character.
//
// A word holds the first byte of the text in its lowest bits. A mark is the high
// bit of a byte; of several marks only the lowest has to be right.
package swar

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// Word returns the eight bytes of b from i on, with zeros for those past the end.
func Word(b []byte, i int) uint64 {
	if i+8 <= len(b) {
		return binary.LittleEndian.Uint64(b[i:])
	}
	return tail(b, i)
}

func tail(b []byte, i int) uint64 {
	if i >= len(b) {
		return 0
	}
	if len(b) >= 8 {
		return binary.LittleEndian.Uint64(b[len(b)-8:]) >> (8 * (i + 8 - len(b)) & 63)
	}
	var w uint64
	for k, c := range b[i:] {
		w |= uint64(c) << (8 * k & 63)
	}
	return w
}

// PlainEnd returns the place of the quote that ends the JSON string whose content
// begins at i, or -1 if there is anything but ASCII characters and no escapes
// before it.
func PlainEnd(b []byte, i int) int {
	for i < len(b) {
		var n int
		if i+16 <= len(b) {
			low, high := ends(binary.LittleEndian.Uint64(b[i:])), ends(binary.LittleEndian.Uint64(b[i+8:]))
			if low|high == 0 {
				i += 16
				continue
			}
			n = first(low, high)
		} else {
			m := ends(Word(b, i))
			if m == 0 {
				i += 8
				continue
			}
			n = bits.TrailingZeros64(m) >> 3
		}
		if i += n; b[i] != '"' {
			break
		}
		return i
	}
	return -1
}

// ends marks the bytes of w that end a plain part of a JSON string.
func ends(w uint64) uint64 {
	// A subtraction borrows only from above a byte that is marked itself.
	return (((w ^ ones*'"') - ones) | ((w ^ ones*'\\') - ones) | w) & highs
}

// first returns the place of the lowest mark of two words, one of which has one.
// How long a field is cannot be predicted, so there is no branch.
func first(low, high uint64) int {
	m, n := low, 0
	if low == 0 {
		m = high
	}
	if low == 0 {
		n = 8
	}
	return n + bits.TrailingZeros64(m)>>3
}

// Near is Index for the 16 bytes low and high, -1 if c is not there; every is c
// eight times.
func Near(low, high, every uint64) int {
	low, high = low^every, high^every
	low, high = (low-ones)&^low&highs, (high-ones)&^high&highs
	if low|high == 0 {
		return -1
	}
	return first(low, high)
}

// Index returns the place of the first c in b from i on, len(b) if there is none.
func Index(b []byte, i int, c byte) int {
	every := ones * uint64(c)
	if i+16 <= len(b) {
		x, y := binary.LittleEndian.Uint64(b[i:])^every, binary.LittleEndian.Uint64(b[i+8:])^every
		low, high := (x-ones)&^x&highs, (y-ones)&^y&highs
		if low|high != 0 {
			return i + first(low, high)
		}
		i += 16
	}
	for end := i + 16; i < end; i += 8 {
		x := Word(b, i) ^ every
		if m := (x - ones) &^ x & highs; m != 0 {
			return min(i+bits.TrailingZeros64(m)>>3, len(b)) // c may be 0 as what is past the end
		}
		if i >= len(b) {
			return len(b)
		}
	}
	// What is long is better searched by more bytes at a time.
	if k := bytes.IndexByte(b[min(i, len(b)):], c); k >= 0 {
		return i + k
	}
	return len(b)
}

// Boolean returns the length of true or false at the beginning of w, 0 if it
// begins with neither. As with first, there is no branch between the two.
func Boolean(w uint64) (n int) {
	if uint32(w) == 'e'<<24|'u'<<16|'r'<<8|'t' {
		n = 4
	}
	if w&(1<<40-1) == 'e'<<32|'s'<<24|'l'<<16|'a'<<8|'f' {
		n = 5
	}
	return n
}

// Number reads a number of at most 18 digits without an exponent, as JSON writes
// it. x is its digits, scale how many of them stand behind the point, -1 if there
// is no point. end is -1 for any other text, and for -0.
func Number(b []byte, at int) (x int64, scale int32, end int) {
	i := at
	if i < len(b) && b[i] == '-' {
		i++
	}
	u, n := digits(b, i)
	if n == 0 || n > 1 && b[i] == '0' {
		return 0, 0, -1
	}
	i += n
	scale = -1
	if i < len(b) && b[i] == '.' {
		f, k := digits(b, i+1)
		if k == 0 || n+k > 18 {
			return 0, 0, -1
		}
		u = u*tens[k] + f
		scale = int32(k)
		i += 1 + k
	}
	if n > 18 || i < len(b) && b[i]|0x20 == 'e' {
		return 0, 0, -1
	}
	if b[at] == '-' {
		if u == 0 {
			return 0, 0, -1
		}
		return -int64(u), scale, i
	}
	return int64(u), scale, i
}

var tens = [19]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// digits reads the run of digits at i, and says how many they are; of more than
// 18 not all are read.
func digits(b []byte, i int) (x uint64, n int) {
	x, n = eight(Word(b, i))
	if n < 8 {
		return x, n
	}
	for n <= 16 {
		part, k := eight(Word(b, i+n))
		x = x*tens[k] + part
		n += k
		if k < 8 {
			break
		}
	}
	return x, n
}

// eight returns the number that the digits at the beginning of w make, and how
// many of its eight bytes they are.
func eight(w uint64) (x uint64, n int) {
	t := w ^ ones*'0'
	// Above 9 either the high half is not zero or becomes so by adding 6.
	if m := (t + ones*6 | t) & (ones * 0xf0); m != 0 {
		n = bits.TrailingZeros64(m) >> 3
		t <<= 64 - 8*n // leading zeros; all of it if n is 0
	} else {
		n = 8
	}
	// Neighbours to numbers of two digits, then two of these at a time to their
	// places in one of eight.
	t = t*10 + t>>8
	const twos = 0x000000ff000000ff
	return (t&twos*(100|1000000<<32) + t>>16&twos*(1|10000<<32)) >> 32, n
}
