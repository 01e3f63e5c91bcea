package json

import (
	"encoding/binary"
	"math/bits"

	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// shape says which values of a column are read in one pass, without a look at
// what JSON allows besides.
type shape uint8

const (
	noShape shape = iota
	textShape
	intShape
	bigintShape
	doubleShape
	decimalShape // in an int64
	booleanShape
	timestampShape
)

func shapeOf(t types.Type) shape {
	switch t.Kind {
	case types.Char, types.Varchar:
		return textShape
	case types.Int:
		return intShape
	case types.BigInt:
		return bigintShape
	case types.Double:
		return doubleShape
	case types.Boolean:
		return booleanShape
	case types.TimestampNTZ, types.TimestampLTZ:
		return timestampShape
	case types.Decimal:
		if t.Phys() == types.PhysInt64 {
			return decimalShape
		}
	}
	return noShape
}

// readQuick reads the value at pos in its usual form: a string of ASCII
// characters without escapes, a number of few digits. It returns where it ends, or
// -1 for any other value, of which nothing has been read: the general way then
// reads or refuses it.
func (d *decoder) readQuick(pos int, s shape, n *node, v *vector.Vector) int {
	b := d.b
	if pos >= len(b) {
		return -1
	}
	switch s {
	case textShape:
		if b[pos] != '"' {
			return -1
		}
		end := plainEnd(b, pos+1)
		if end < 0 {
			return -1
		}
		if v.Shares(d.shared) {
			v.AppendRef(uint32(d.base+pos+1), uint32(end-pos-1))
		} else {
			v.AppendBytes(b[pos+1 : end])
		}
		return end + 1
	case timestampShape:
		if b[pos] != '"' {
			return -1
		}
		end := plainEnd(b, pos+1)
		if end < 0 || d.timestamp(v, &n.typ, b[pos+1:end]) != nil {
			return -1
		}
		return end + 1
	case booleanShape:
		switch w := word(b, pos); {
		case uint32(w) == 'e'<<24|'u'<<16|'r'<<8|'t':
			vector.Append(v, true)
			return pos + 4
		case w&(1<<40-1) == 'e'<<32|'s'<<24|'l'<<16|'a'<<8|'f':
			vector.Append(v, false)
			return pos + 5
		}
		return -1
	case noShape:
		return -1
	}
	x, scale, end := quickNumber(b, pos)
	if end < 0 {
		return -1
	}
	switch s {
	case intShape:
		if scale >= 0 || x != int64(int32(x)) {
			return -1
		}
		vector.Append(v, int32(x))
	case bigintShape:
		if scale >= 0 {
			return -1
		}
		vector.Append(v, x)
	case doubleShape:
		if x != int64(float64(x)) || scale > 15 {
			return -1
		}
		// Both are exact in a float64, so one division rounds once.
		vector.Append(v, float64(x)/float64(types.Pow10(max(scale, 0))))
	case decimalShape:
		up := n.typ.Scale - max(scale, 0)
		if up < 0 || up > n.typ.Precision || !types.FitsDecimal(x, n.typ.Precision-up) {
			return -1
		}
		vector.Append(v, x*types.Pow10(up))
	}
	return end
}

// passQuick is readQuick for a value that nobody wants.
func passQuick(b []byte, pos int) int {
	if pos >= len(b) {
		return -1
	}
	if c := b[pos]; c == '"' {
		if end := plainEnd(b, pos+1); end >= 0 {
			return end + 1
		}
	} else if c == '-' || c-'0' <= 9 {
		_, _, end := quickNumber(b, pos)
		return end
	}
	return -1
}

// word returns the eight bytes of b from i on as a little-endian number, with
// zeros for those past the end.
func word(b []byte, i int) uint64 {
	if i+8 <= len(b) {
		return binary.LittleEndian.Uint64(b[i:])
	}
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

// plainEnd returns the place of the quote that ends the string whose content
// begins at i, or -1 if there is anything but ASCII characters and no escapes
// before it.
func plainEnd(b []byte, i int) int {
	for i < len(b) {
		m := special(word(b, i))
		if m == 0 && i+16 <= len(b) {
			i += 8
			m = special(binary.LittleEndian.Uint64(b[i:]))
		}
		if m == 0 {
			i += 8
			continue
		}
		if i += bits.TrailingZeros64(m) >> 3; b[i] != '"' {
			break
		}
		return i
	}
	return -1
}

// quickNumber reads a number of at most 18 digits without an exponent; x is its
// digits, scale how many of them stand behind the point, -1 if there is none. end
// is -1 for any other text, and for -0.
func quickNumber(b []byte, at int) (x int64, scale int32, end int) {
	i := at
	if b[i] == '-' {
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
		u = u*uint64(types.Pow10(int32(k))) + f
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

// digits reads the run of digits at i, and says how many they are; of more than
// 18 not all are read.
func digits(b []byte, i int) (x uint64, n int) {
	for n <= 16 {
		part, k := eight(word(b, i+n))
		x = x*tens[k] + part
		n += k
		if k < 8 {
			break
		}
	}
	return x, n
}

var tens = [9]uint64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}

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
