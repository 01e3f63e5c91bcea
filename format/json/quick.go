package json

import (
	"github.com/flott/flott/internal/kernel/swar"
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
		end := swar.PlainEnd(b, pos+1)
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
		end := swar.PlainEnd(b, pos+1)
		if end < 0 || d.timestamp(v, &n.typ, b[pos+1:end]) != nil {
			return -1
		}
		return end + 1
	case booleanShape:
		n := swar.Boolean(swar.Word(b, pos))
		if n == 0 {
			return -1
		}
		vector.Append(v, n == len("true"))
		return pos + n
	case noShape:
		return -1
	}
	x, scale, end := swar.Number(b, pos)
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
		if end := swar.PlainEnd(b, pos+1); end >= 0 {
			return end + 1
		}
	} else if c == '-' || c-'0' <= 9 {
		_, _, end := swar.Number(b, pos)
		return end
	}
	return -1
}
