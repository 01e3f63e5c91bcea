package cast

import (
	"slices"

	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// printed returns the caster of numbers, booleans, dates and times to STRING, nil
// for other types: one loop for a type, into one buffer.
func (c casting) printed(from types.Type) caster {
	switch from.Kind {
	case types.Boolean:
		return printEach(types.AppendBool)
	case types.TinyInt:
		return printInts[int8]
	case types.SmallInt:
		return printInts[int16]
	case types.Int:
		return printInts[int32]
	case types.BigInt:
		return printInts[int64]
	case types.Float:
		return printEach(types.AppendFloat)
	case types.Double:
		return printEach(types.AppendDouble)
	case types.Date:
		return printEach(types.AppendDate)
	case types.Time:
		return printEach(func(b []byte, x int32) []byte { return types.AppendTime(b, x, from.Precision) })
	case types.Decimal:
		if from.Phys() == types.PhysInt64 {
			return printEach(func(b []byte, x int64) []byte { return types.AppendDecimalInt64(b, x, from.Scale) })
		}
		return printEach(func(b []byte, x types.Int128) []byte { return types.AppendDecimal(b, x, from.Scale) })
	case types.TimestampNTZ:
		if from.Phys() == types.PhysInt64 {
			return printEach(func(b []byte, ms int64) []byte { return types.AppendTimestampMillis(b, ms, from.Precision) })
		}
	}
	return nil
}

func printEach[T vector.Fixed](print func(b []byte, x T) []byte) caster {
	return func(out, in *vector.Vector) error {
		b := out.OpenBytes()
		values := vector.Slice[T](in)
		out.Resize(len(values))
		refs := out.Refs()
		for i, x := range values {
			from := len(b)
			if !in.IsNull(i) {
				b = print(b, x)
			}
			refs[i] = vector.Ref{Off: uint32(from), Len: uint32(len(b) - from)}
		}
		out.KeepBytes(b)
		return nil
	}
}

// printInts is printEach for integers, with room for all of them beforehand.
func printInts[T int8 | int16 | int32 | int64](out, in *vector.Vector) error {
	b := out.OpenBytes()
	values := vector.Slice[T](in)
	out.Resize(len(values))
	refs := out.Refs()[:len(values)]
	end := len(b)
	b = slices.Grow(b, len(values)*types.MaxIntLen+types.NumberRoom)
	b = b[:cap(b)]
	for i, x := range values {
		n := 0
		if !in.IsNull(i) {
			n = types.PutInt(b[end:], int64(x))
		}
		refs[i] = vector.Ref{Off: uint32(end), Len: uint32(n)}
		end += n
	}
	out.KeepBytes(b[:end])
	return nil
}
