package rowkey

import (
	"bytes"
	"cmp"
	"unsafe"

	"github.com/flott/flott/types"
)

// Less is the order of two encoded rows by one column: negative, zero or
// positive. Neither row's column is NULL.
type Less func(a, b unsafe.Pointer) int

// Compare returns the order by column k, nil if its type has none. Floats are
// ordered with NaN above everything, as Java's Double.compare does.
func (c *Codec) Compare(k int) Less {
	off := c.fields[k].off
	switch c.fields[k].phys {
	case types.PhysBool, types.PhysInt8:
		return ordered[int8](off)
	case types.PhysInt16:
		return ordered[int16](off)
	case types.PhysInt32:
		return ordered[int32](off)
	case types.PhysInt64:
		return ordered[int64](off)
	case types.PhysFloat32:
		return floats[float32](off)
	case types.PhysFloat64:
		return floats[float64](off)
	case types.PhysWide:
		return func(a, b unsafe.Pointer) int {
			return (*types.Int128)(unsafe.Add(a, off)).Cmp(*(*types.Int128)(unsafe.Add(b, off)))
		}
	case types.PhysStamp:
		return func(a, b unsafe.Pointer) int {
			x, y := (*[2]int64)(unsafe.Add(a, off)), (*[2]int64)(unsafe.Add(b, off))
			if d := cmp.Compare(x[0], y[0]); d != 0 {
				return d
			}
			return cmp.Compare(x[1], y[1])
		}
	case types.PhysBytes:
		return func(a, b unsafe.Pointer) int { return bytes.Compare(stringAt(a, off), stringAt(b, off)) }
	}
	return nil
}

func ordered[T cmp.Ordered](off int) Less {
	return func(a, b unsafe.Pointer) int {
		return cmp.Compare(*(*T)(unsafe.Add(a, off)), *(*T)(unsafe.Add(b, off)))
	}
}

func floats[T float32 | float64](off int) Less {
	return func(a, b unsafe.Pointer) int {
		x, y := *(*T)(unsafe.Add(a, off)), *(*T)(unsafe.Add(b, off))
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		case x == y:
			return 0
		case x == x: // b is NaN
			return -1
		case y == y: // a is NaN
			return 1
		}
		return 0
	}
}

func stringAt(row unsafe.Pointer, off int) []byte {
	x := *(*[2]uint32)(unsafe.Add(row, off))
	if x[1] == 0 {
		return nil // x[0] may be the end of the row's memory
	}
	return unsafe.Slice((*byte)(unsafe.Add(row, x[0])), x[1])
}

// IsNull reports whether column k of an encoded row is NULL.
func (c *Codec) IsNull(row unsafe.Pointer, k int) bool { return c.isNull(row, k) }

// String returns the bytes of column k, a string that is not NULL.
func (c *Codec) String(row unsafe.Pointer, k int) []byte { return stringAt(row, c.fields[k].off) }

// Offset returns where column k lies in the fixed section.
func (c *Codec) Offset(k int) int { return c.fields[k].off }
