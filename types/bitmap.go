package types

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"strconv"
)

// A BITMAP is a set of 32-bit integers, kept as bytes in the portable format of
// Roaring bitmaps. Its members are cut into chunks by their upper 16 bits:
//
//	┌──────────┬─────────┬────────────────────────┬──────────────┬────────────────┐
//	│ 12346 u32│ chunks  │ per chunk: upper 16    │ per chunk:   │ per chunk: up  │
//	│          │ u32     │ bits, members-1 (u16s) │ offset u32   │ to 4096 u16s,  │
//	│          │         │                        │ of its data  │ or 8 KB of bits│
//	└──────────┴─────────┴────────────────────────┴──────────────┴────────────────┘
//
// all little-endian. What others wrote may begin with 12347 and the number of
// chunks less one in its upper half, and hold runs; those are read as well.
const (
	bitmapPlain   = 12346
	bitmapRuns    = 12347
	bitmapArray   = 4096 // members up to which a chunk is a list
	bitmapOffsets = 4    // chunks from which a bitmap with runs has offsets
)

// MaxBitmapMembers is how many members a BITMAP may have.
const MaxBitmapMembers = 1 << 26

// The errors of [ParseBitmap].
var (
	ErrBitmap      = errors.New("the bytes are no Roaring bitmap")
	ErrBitmapLarge = errors.New("the bitmap has more than 67,108,864 members")
)

// ParseBitmap returns the members of a serialized bitmap, as unsigned numbers in
// ascending order.
func ParseBitmap(b []byte) ([]uint32, error) {
	r := bitmapReader{b: b}
	cookie := r.u32()
	n, runs := 0, []byte(nil)
	switch {
	case cookie == bitmapPlain:
		n = int(r.u32())
	case cookie&0xffff == bitmapRuns:
		n = int(cookie>>16) + 1
		runs = r.take((n + 7) / 8)
	default:
		return nil, ErrBitmap
	}
	if r.failed || n > 1<<16 {
		return nil, ErrBitmap
	}
	heads := r.take(4 * n)
	if runs == nil || n >= bitmapOffsets {
		r.take(4 * n) // the chunks follow each other in any case
	}
	var out []uint32
	last := -1
	for i := 0; i < n && !r.failed; i++ {
		key := int(binary.LittleEndian.Uint16(heads[4*i:]))
		if key <= last {
			return nil, ErrBitmap
		}
		last = key
		size := int(binary.LittleEndian.Uint16(heads[4*i+2:])) + 1
		if out = r.chunk(out, uint32(key)<<16, size, runs != nil && runs[i/8]>>(i%8)&1 == 1); len(out) > MaxBitmapMembers {
			return nil, ErrBitmapLarge
		}
	}
	if r.failed {
		return nil, ErrBitmap
	}
	return out, nil
}

type bitmapReader struct {
	b      []byte
	failed bool
}

// take returns the next n bytes, nil if there are not so many.
func (r *bitmapReader) take(n int) []byte {
	if n > len(r.b) {
		r.failed = true
		return nil
	}
	part := r.b[:n]
	r.b = r.b[n:]
	return part
}

func (r *bitmapReader) u32() uint32 {
	if b := r.take(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (r *bitmapReader) u16() int {
	if b := r.take(2); b != nil {
		return int(binary.LittleEndian.Uint16(b))
	}
	return 0
}

// chunk appends the members of one chunk.
func (r *bitmapReader) chunk(out []uint32, high uint32, size int, runs bool) []uint32 {
	before := len(out)
	switch {
	case runs:
		next := 0
		for n := r.u16(); n > 0 && !r.failed; n-- {
			start, more := r.u16(), r.u16()
			if start < next || start+more > 0xffff {
				r.failed = true
				return out
			}
			for v := start; v <= start+more; v++ {
				out = append(out, high|uint32(v))
			}
			next = start + more + 1
		}
		return out
	case size <= bitmapArray:
		part := r.take(2 * size)
		for i := 0; i < len(part); i += 2 {
			v := high | uint32(binary.LittleEndian.Uint16(part[i:]))
			if len(out) > before && v <= out[len(out)-1] {
				r.failed = true
				return out
			}
			out = append(out, v)
		}
	default:
		part := r.take(1 << 13)
		for w := 0; w+8 <= len(part); w += 8 {
			for word := binary.LittleEndian.Uint64(part[w:]); word != 0; word &= word - 1 {
				out = append(out, high|uint32(w*8+bits.TrailingZeros64(word)))
			}
		}
	}
	if len(out)-before != size {
		r.failed = true
	}
	return out
}

// AppendBitmap serializes members, which are ascending and differ.
func AppendBitmap(dst []byte, members []uint32) []byte {
	le := binary.LittleEndian
	var starts []int // where each chunk begins
	for i, m := range members {
		if i == 0 || m>>16 != members[i-1]>>16 {
			starts = append(starts, i)
		}
	}
	n := len(starts)
	ends := append(starts[min(1, n):n:n], len(members))
	dst = le.AppendUint32(le.AppendUint32(dst, bitmapPlain), uint32(n))
	for i, s := range starts {
		dst = le.AppendUint16(le.AppendUint16(dst, uint16(members[s]>>16)), uint16(ends[i]-s-1))
	}
	offset := 8 + 8*n
	for i, s := range starts {
		dst = le.AppendUint32(dst, uint32(offset))
		if size := ends[i] - s; size <= bitmapArray {
			offset += 2 * size
		} else {
			offset += 1 << 13
		}
	}
	for i, s := range starts {
		chunk := members[s:ends[i]]
		if len(chunk) <= bitmapArray {
			for _, m := range chunk {
				dst = le.AppendUint16(dst, uint16(m))
			}
			continue
		}
		var set [1 << 10]uint64
		for _, m := range chunk {
			set[m&0xffff>>6] |= 1 << (m & 63)
		}
		for _, w := range set {
			dst = le.AppendUint64(dst, w)
		}
	}
	return dst
}

// AppendBitmapText appends a serialized bitmap as {1,3}.
func AppendBitmapText(dst, b []byte) []byte {
	members, err := ParseBitmap(b)
	if err != nil {
		return append(dst, '?')
	}
	dst = append(dst, '{')
	for i, m := range members {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendUint(dst, uint64(m), 10)
	}
	return append(dst, '}')
}
