package kernel

import (
	"math"

	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Conversion converts every row of a vector; it cannot fail.
type Conversion func(out, a *vector.Vector)

// NumberConversion returns how numbers of one Phys become numbers of another
// by Java's rules: integers wrap around, floating numbers lose their fraction
// and stop at the ends of the range. nil if one of the two is no number.
func NumberConversion(from, to types.Phys) Conversion {
	switch from {
	case types.PhysInt8:
		return fromInteger[int8](to)
	case types.PhysInt16:
		return fromInteger[int16](to)
	case types.PhysInt32:
		return fromInteger[int32](to)
	case types.PhysInt64:
		return fromInteger[int64](to)
	case types.PhysFloat32:
		return fromFloat[float32](to)
	case types.PhysFloat64:
		return fromFloat[float64](to)
	}
	return nil
}

func fromInteger[F Integer](to types.Phys) Conversion {
	switch to {
	case types.PhysInt8:
		return convert[int8, F]
	case types.PhysInt16:
		return convert[int16, F]
	case types.PhysInt32:
		return convert[int32, F]
	case types.PhysInt64:
		return convert[int64, F]
	case types.PhysFloat32:
		return convert[float32, F]
	case types.PhysFloat64:
		return convert[float64, F]
	}
	return nil
}

func fromFloat[F Float](to types.Phys) Conversion {
	switch to {
	case types.PhysInt8:
		return cutNarrow[int8, F]
	case types.PhysInt16:
		return cutNarrow[int16, F]
	case types.PhysInt32:
		return cutInt32[F]
	case types.PhysInt64:
		return cutInt64[F]
	case types.PhysFloat32:
		return convert[float32, F]
	case types.PhysFloat64:
		return convert[float64, F]
	}
	return nil
}

func convert[T, F interface {
	Number
	vector.Fixed
}](out, a *vector.Vector) {
	to, from := vector.Slice[T](out), vector.Slice[F](a)
	from = from[:len(to)]
	for i := range to {
		to[i] = T(from[i])
	}
}

// cutNarrow converts through INT, as Java does: (byte) 300.7 is 44.
func cutNarrow[T interface{ int8 | int16 }, F Float](out, a *vector.Vector) {
	to, from := vector.Slice[T](out), vector.Slice[F](a)
	for i := range to {
		to[i] = T(FloatToInt32(float64(from[i])))
	}
}

func cutInt32[F Float](out, a *vector.Vector) {
	to, from := out.Int32s(), vector.Slice[F](a)
	from = from[:len(to)]
	for i := range to {
		to[i] = FloatToInt32(float64(from[i]))
	}
}

func cutInt64[F Float](out, a *vector.Vector) {
	to, from := out.Int64s(), vector.Slice[F](a)
	from = from[:len(to)]
	for i := range to {
		to[i] = FloatToInt64(float64(from[i]))
	}
}

// FloatToInt32 cuts the fraction, stops at the ends of the range, and makes 0
// of NaN.
func FloatToInt32(f float64) int32 {
	if f > math.MinInt32-1 && f < math.MaxInt32+1 {
		return int32(f)
	}
	return int32(saturate(f, math.MinInt32, math.MaxInt32))
}

// FloatToInt64 is FloatToInt32 for 64 bits.
func FloatToInt64(f float64) int64 {
	if f >= math.MinInt64 && f < -math.MinInt64 {
		return int64(f)
	}
	return saturate(f, math.MinInt64, math.MaxInt64)
}

func saturate(f float64, low, high int64) int64 {
	switch {
	case f != f:
		return 0
	case f < 0:
		return low
	}
	return high
}
