package vector

import (
	"github.com/flott/flott/types"
)

const hexDigits = "0123456789abcdef"

// AppendText appends row i of v as Flink's SQL client shows it, untruncated:
// TRUE, 1.0E10, x'41', `[a, b]`, `{k=v}`, `(a, b)`; NULL inside a nested value
// and on its own is NULL. zone is the session's, for TIMESTAMP_LTZ.
func AppendText(dst []byte, v *Vector, i int, zone *types.Zone) []byte {
	if v.IsNull(i) {
		return append(dst, "NULL"...)
	}
	if v.Const {
		i = 0
	}
	t := &v.typ
	switch t.Kind {
	case types.Boolean:
		return types.AppendBool(dst, v.Bools()[i])
	case types.TinyInt:
		return types.AppendInt(dst, int64(v.Int8s()[i]))
	case types.SmallInt:
		return types.AppendInt(dst, int64(v.Int16s()[i]))
	case types.Int:
		return types.AppendInt(dst, int64(v.Int32s()[i]))
	case types.BigInt:
		return types.AppendInt(dst, v.Int64s()[i])
	case types.Float:
		return types.AppendFloat(dst, v.Float32s()[i])
	case types.Double:
		return types.AppendDouble(dst, v.Float64s()[i])
	case types.Decimal:
		if v.phys == types.PhysInt64 {
			return types.AppendDecimalInt64(dst, v.Int64s()[i], t.Scale)
		}
		return types.AppendDecimal(dst, v.Wides()[i], t.Scale)
	case types.Date:
		return types.AppendDate(dst, v.Int32s()[i])
	case types.Time:
		return types.AppendTime(dst, v.Int32s()[i], t.Precision)
	case types.IntervalYearMonth:
		return types.AppendIntervalMonths(dst, v.Int32s()[i])
	case types.IntervalDaySecond:
		return types.AppendIntervalMillis(dst, v.Int64s()[i])
	case types.TimestampNTZ, types.TimestampLTZ:
		ts := v.Timestamp(i)
		if t.Kind == types.TimestampLTZ {
			ts.Milli = zone.Local(ts.Milli)
		}
		return types.AppendTimestamp(dst, ts, t.Precision)
	case types.Binary, types.Varbinary:
		dst = append(dst, "x'"...)
		for _, c := range v.Bytes(i) {
			dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
		}
		return append(dst, '\'')
	case types.Bitmap:
		return types.AppendBitmapText(dst, v.Bytes(i))
	case types.Array:
		return v.appendList(dst, i, '[', ']', zone)
	case types.Map, types.Multiset:
		return v.appendList(dst, i, '{', '}', zone)
	case types.Row, types.Structured:
		dst = append(dst, '(')
		for k, c := range v.children {
			if k > 0 {
				dst = append(dst, ", "...)
			}
			if t.Kind == types.Structured {
				dst = append(append(dst, t.Fields[k].Name...), '=')
			}
			dst = AppendText(dst, c, i, zone)
		}
		return append(dst, ')')
	}
	return append(dst, v.Bytes(i)...)
}

func (v *Vector) appendList(dst []byte, i int, left, right byte, zone *types.Zone) []byte {
	from, to := v.List(i)
	dst = append(dst, left)
	for k := from; k < to; k++ {
		if k > from {
			dst = append(dst, ", "...)
		}
		dst = AppendText(dst, v.children[0], k, zone)
		if len(v.children) > 1 {
			dst = AppendText(append(dst, '='), v.children[1], k, zone)
		}
	}
	return append(dst, right)
}

// Timestamp returns row i of a timestamp vector of any precision.
func (v *Vector) Timestamp(i int) types.Timestamp {
	if v.Const {
		i = 0
	}
	if v.phys == types.PhysInt64 {
		return types.Timestamp{Milli: v.Int64s()[i]}
	}
	return v.Timestamps()[i]
}

// SetTimestamp writes row i of a timestamp vector; digits that its precision
// does not hold are the caller's to cut.
func (v *Vector) SetTimestamp(i int, t types.Timestamp) {
	if v.phys == types.PhysInt64 {
		v.Int64s()[i] = t.Milli
	} else {
		v.Timestamps()[i] = t
	}
}
