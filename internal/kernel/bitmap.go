package kernel

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// Valid reports bit i of a validity bitmap; nil means that all rows are.
func Valid(valid []uint64, i int) bool {
	return valid == nil || valid[i>>6]>>(i&63)&1 != 0
}

// FirstValid returns the first of n rows that is not NULL, or -1.
func FirstValid(valid []uint64, n int) int {
	if n == 0 {
		return -1
	}
	if valid == nil {
		return 0
	}
	for w := 0; w < (n+63)/64; w++ {
		if valid[w] != 0 {
			if i := w<<6 + bits.TrailingZeros64(valid[w]); i < n {
				return i
			}
			return -1
		}
	}
	return -1
}

// And stores a&b; out may be a or b.
func And(out, a, b []uint64) {
	a, b = a[:len(out)], b[:len(out)]
	for i := range out {
		out[i] = a[i] & b[i]
	}
}

// Count returns how many of the first n bits are set.
func Count(bitmap []uint64, n int) int {
	c := 0
	for w := range n >> 6 {
		c += bits.OnesCount64(bitmap[w])
	}
	if n&63 != 0 {
		c += bits.OnesCount64(bitmap[n>>6] & (1<<(n&63) - 1))
	}
	return c
}

// Pack stores bit i = x[i] into a bitmap of (len(x)+63)/64 words; the bits
// past the end are zero.
func Pack(out []uint64, x []bool) {
	if len(x) == 0 {
		return
	}
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), len(x))
	out = out[:(len(x)+63)/64]
	for w := range out {
		var word uint64
		for k := 0; k < 8 && len(b) > 0; k++ {
			var eight uint64
			if len(b) >= 8 {
				eight, b = binary.LittleEndian.Uint64(b), b[8:]
			} else {
				for j, v := range b {
					eight |= uint64(v) << (8 * j)
				}
				b = nil
			}
			// Bytes of 0 or 1: the product moves byte j's bit to bit 56+j.
			word |= eight * 0x0102040810204080 >> 56 << (8 * k)
		}
		out[w] = word
	}
}

// Unpack stores x[i] = bit i.
func Unpack(x []bool, bitmap []uint64) {
	for i := range x {
		x[i] = bitmap[i>>6]>>(i&63)&1 != 0
	}
}

// Rows appends the numbers of the rows where x is TRUE: not false and not NULL.
func Rows(sel []int32, x []bool, valid []uint64) []int32 {
	k := len(sel)
	if cap(sel)-k < len(x) {
		sel = append(make([]int32, 0, k+len(x)), sel...)
	}
	sel = sel[:k+len(x)]
	if valid == nil {
		for i, b := range x {
			sel[k] = int32(i)
			k += int(b2i(b))
		}
		return sel[:k]
	}
	for i, b := range x {
		sel[k] = int32(i)
		k += int(uint64(b2i(b)) & (valid[i>>6] >> (i & 63)))
	}
	return sel[:k]
}

// b2i costs nothing: a bool is a byte of 0 or 1.
func b2i(b bool) uint8 { return *(*uint8)(unsafe.Pointer(&b)) }
