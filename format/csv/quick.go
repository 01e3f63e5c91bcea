package csv

import (
	"bytes"
	"encoding/binary"

	"github.com/flott/flott/internal/kernel/swar"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// shape says which fields of a column are read in one pass, without being cut out
// first.
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

// shapeOf returns noShape also where a number or boolean might be the text of
// NULL, or a string be cut.
func (d *decoder) shapeOf(t types.Type) shape {
	switch t.Kind {
	case types.Char, types.Varchar:
		if !d.hasNull && !d.emptyNull && !d.trim {
			return textShape
		}
		return noShape
	}
	if d.hasNull && len(d.null) > 0 && (d.null[0] == '-' || d.null[0]-'0' <= 9 || d.null[0] == 't' || d.null[0] == 'f') {
		return noShape
	}
	switch t.Kind {
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

// readQuick reads the field at pos in its usual form: any string, a number of few
// digits. It returns where it ends, or -1 for any other field, of which nothing
// has been read.
func (d *decoder) readQuick(c *target, b []byte, pos int) int {
	v, delimiter := c.out, byte(d.delimiter)
	switch c.shape {
	case textShape:
		end := len(b)
		if !c.last {
			n := -1
			if pos+16 <= end {
				n = swar.Near(binary.LittleEndian.Uint64(b[pos:]), binary.LittleEndian.Uint64(b[pos+8:]), d.every)
			}
			if end = pos + n; n < 0 {
				end = swar.Index(b, pos, delimiter)
			}
		} else if k := bytes.IndexByte(b[pos:], delimiter); k >= 0 { // often long
			end = pos + k
		}
		if v.Shares(d.base) {
			v.AppendRef(uint32(d.offset+pos), uint32(end-pos))
		} else {
			v.AppendBytes(b[pos:end])
		}
		return end
	case timestampShape:
		// Mostly it has milliseconds.
		end := pos + len("2024-01-02 03:04:05.678")
		if end > len(b) || end < len(b) && b[end] != delimiter || d.inTime {
			end = swar.Index(b, pos, delimiter)
		}
		if c.millis {
			if ms, ok := types.PlainTimestampMillis(b[pos:end], ' '); ok {
				vector.Append(v, ms)
				return end
			}
		}
		if timestamp(v, &c.typ, b[pos:end]) != nil {
			return -1
		}
		return end
	case booleanShape:
		n := swar.Boolean(swar.Word(b, pos))
		end := pos + n
		if n == 0 || end < len(b) && b[end] != delimiter {
			return -1
		}
		vector.Append(v, n == len("true"))
		return end
	}
	x, scale, end := swar.Number(b, pos)
	if end < 0 || end < len(b) && b[end] != delimiter {
		return -1
	}
	switch c.shape {
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
		up := c.typ.Scale - max(scale, 0)
		if up < 0 || up > c.typ.Precision || !types.FitsDecimal(x, c.typ.Precision-up) {
			return -1
		}
		vector.Append(v, x*types.Pow10(up))
	}
	return end
}
