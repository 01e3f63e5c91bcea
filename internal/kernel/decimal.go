package kernel

import (
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Decimal is an operation on two DECIMAL vectors. A result that does not fit
// out's type becomes NULL. It returns the first row with a divisor of zero that
// is not NULL, or -1.
type Decimal func(out, a, b *vector.Vector) int

// AddDecimals returns a+b (or a-b) for operands of the given types.
func AddDecimals(a, b, result types.Type, minus bool) Decimal {
	if result.Phys() == types.PhysInt64 {
		// The result has room for a carry, so that nothing can overflow.
		fa, fb := types.Pow10(result.Scale-a.Scale), types.Pow10(result.Scale-b.Scale)
		if minus {
			fb = -fb
		}
		return func(out, a, b *vector.Vector) int {
			addScaled(out.Int64s(), a.Int64s(), b.Int64s(), fa, fb)
			return -1
		}
	}
	da, db := result.Scale-a.Scale, result.Scale-b.Scale
	whole := max(a.Precision-a.Scale, b.Precision-b.Scale)
	if min(da, db) == 0 && max(da, db) <= 18 && result.Precision-result.Scale > whole {
		// Nor can it here, and nothing is rounded.
		fa, fb := types.Pow10(da), types.Pow10(db)
		return func(out, a, b *vector.Vector) int {
			to := out.Wides()
			clear(to)
			addWide(to, a, fa, false)
			addWide(to, b, fb, minus)
			return -1
		}
	}
	op := types.DecimalAdd
	if minus {
		op = types.DecimalSub
	}
	return wideDecimal(op, a, b, result)
}

// addWide adds f times the decimals of v to out, or subtracts them.
func addWide(out []types.Int128, v *vector.Vector, f int64, minus bool) {
	if v.Phys() == types.PhysInt64 {
		if minus {
			f = -f
		}
		x := v.Int64s()
		if v.Const {
			c := types.MulInt64(x[0], f)
			for i := range out {
				out[i] = out[i].Add(c)
			}
			return
		}
		x = x[:len(out)]
		for i := range out {
			out[i] = out[i].Add(types.MulInt64(x[i], f))
		}
		return
	}
	x := v.Wides()
	if !v.Const {
		x = x[:len(out)]
	}
	for i := range out {
		y := x[0]
		if !v.Const {
			y = x[i]
		}
		if f != 1 {
			y = y.MulUint64(uint64(f))
		}
		if minus {
			y = y.Neg()
		}
		out[i] = out[i].Add(y)
	}
}

func addScaled(out, a, b []int64, fa, fb int64) {
	switch {
	case len(a) == len(out) && len(b) == len(out):
		a, b = a[:len(out)], b[:len(out)]
		if fa == 1 && fb == 1 {
			addVV(out, a, b)
			return
		}
		for i := range out {
			out[i] = a[i]*fa + b[i]*fb
		}
	case len(a) == len(out):
		a, c := a[:len(out)], b[0]*fb
		for i := range out {
			out[i] = a[i]*fa + c
		}
	case len(b) == len(out):
		b, c := b[:len(out)], a[0]*fa
		for i := range out {
			out[i] = b[i]*fb + c
		}
	default:
		fill(out, a[0]*fa+b[0]*fb)
	}
}

// MulDecimals returns a*b.
func MulDecimals(a, b, result types.Type) Decimal {
	if result.Phys() == types.PhysInt64 {
		return func(out, a, b *vector.Vector) int {
			Mul(out.Int64s(), a.Int64s(), b.Int64s())
			return -1
		}
	}
	return wideDecimal(types.DecimalMul, a, b, result)
}

// DivDecimals returns a/b.
func DivDecimals(a, b, result types.Type) Decimal {
	return divisor(wideDecimal(types.DecimalDiv, a, b, result), b)
}

// ModDecimals returns a%b.
func ModDecimals(a, b, result types.Type) Decimal {
	return divisor(wideDecimal(types.DecimalMod, a, b, result), b)
}

// divisor looks for zeros before op divides; rows that are NULL are skipped.
func divisor(op Decimal, tb types.Type) Decimal {
	read := Wide(tb)
	return func(out, a, b *vector.Vector) int {
		for i := range out.Len() {
			if !out.IsNull(i) && read(b, i).Sign() == 0 {
				return i
			}
		}
		return op(out, a, b)
	}
}

func wideDecimal(op func(a, b types.Int128, s1, s2, p, s int32) (types.Int128, bool), ta, tb, tr types.Type) Decimal {
	ra, rb := Wide(ta), Wide(tb)
	if tr.Phys() == types.PhysInt64 {
		return func(out, a, b *vector.Vector) int {
			to := out.Int64s()
			for i := range to {
				if out.IsNull(i) {
					continue
				}
				r, ok := op(ra(a, i), rb(b, i), ta.Scale, tb.Scale, tr.Precision, tr.Scale)
				to[i] = r.Int64()
				if !ok {
					out.SetNull(i)
				}
			}
			return -1
		}
	}
	return func(out, a, b *vector.Vector) int {
		to := out.Wides()
		for i := range to {
			if out.IsNull(i) {
				continue
			}
			r, ok := op(ra(a, i), rb(b, i), ta.Scale, tb.Scale, tr.Precision, tr.Scale)
			to[i] = r
			if !ok {
				out.SetNull(i)
			}
		}
		return -1
	}
}

// NegDecimals returns -a, of the same type.
func NegDecimals(t types.Type) Conversion {
	if t.Phys() == types.PhysInt64 {
		return func(out, a *vector.Vector) { Neg(out.Int64s(), a.Int64s()) }
	}
	return func(out, a *vector.Vector) {
		to, from := out.Wides(), a.Wides()
		for i := range to {
			to[i] = from[i].Neg()
		}
	}
}

// RescaleDecimals returns the conversion between two DECIMAL types; what does
// not fit becomes NULL.
func RescaleDecimals(from, to types.Type) Conversion {
	if from.Phys() == types.PhysInt64 && to.Phys() == types.PhysInt64 {
		if to.Scale >= from.Scale && to.Precision-to.Scale >= from.Precision-from.Scale {
			f := types.Pow10(to.Scale - from.Scale)
			return func(out, a *vector.Vector) { mulVC(out.Int64s(), a.Int64s(), f) }
		}
		return func(out, a *vector.Vector) {
			x, y := out.Int64s(), a.Int64s()
			for i := range x {
				v, ok := types.RescaleInt64(y[i], from.Scale, to.Scale, to.Precision)
				if x[i] = v; !ok {
					out.SetNull(i)
				}
			}
		}
	}
	read := Wide(from)
	return func(out, a *vector.Vector) {
		for i := range out.Len() {
			v, ok := read(a, i).Rescale(from.Scale, to.Scale, to.Precision)
			SetDecimal(out, i, v, ok)
		}
	}
}

// SetDecimal writes row i of a DECIMAL vector: v, or NULL if ok is false.
func SetDecimal(out *vector.Vector, i int, v types.Int128, ok bool) {
	if out.Phys() == types.PhysInt64 {
		out.Int64s()[i] = v.Int64()
	} else {
		out.Wides()[i] = v
	}
	if !ok {
		out.SetNull(i)
	}
}

// DecimalsFromIntegers returns the conversion of integers of type from to a
// DECIMAL.
func DecimalsFromIntegers(from, to types.Type) Conversion {
	read := Integers(from.Phys())
	return func(out, a *vector.Vector) {
		for i := range out.Len() {
			v, ok := types.DecimalFromInt64(read(a, i), to.Precision, to.Scale)
			SetDecimal(out, i, v, ok)
		}
	}
}

// Integers returns how to read a vector of integers of any width.
func Integers(p types.Phys) func(v *vector.Vector, i int) int64 {
	switch p {
	case types.PhysInt8:
		return func(v *vector.Vector, i int) int64 { return int64(At[int8](v, i)) }
	case types.PhysInt16:
		return func(v *vector.Vector, i int) int64 { return int64(At[int16](v, i)) }
	case types.PhysInt32:
		return func(v *vector.Vector, i int) int64 { return int64(At[int32](v, i)) }
	}
	return At[int64]
}

// DecimalsFromFloats returns the conversion of FLOAT or DOUBLE to a DECIMAL;
// NaN and infinities become NULL.
func DecimalsFromFloats(from, to types.Type) Conversion {
	return func(out, a *vector.Vector) {
		for i := range out.Len() {
			var f float64
			if from.Kind == types.Float {
				f = float64(At[float32](a, i))
			} else {
				f = At[float64](a, i)
			}
			v, ok := types.DecimalFromFloat64(f, to.Precision, to.Scale)
			SetDecimal(out, i, v, ok)
		}
	}
}

// DecimalsToIntegers cuts the fraction of a DECIMAL and keeps the low bits.
func DecimalsToIntegers(from, to types.Type) Conversion {
	read := Wide(from)
	cut := func(v *vector.Vector, i int) int64 { return types.DecimalToInt64(read(v, i), from.Scale) }
	if from.Phys() == types.PhysInt64 {
		f := types.Pow10(from.Scale)
		cut = func(v *vector.Vector, i int) int64 { return At[int64](v, i) / f }
	}
	return func(out, a *vector.Vector) {
		for i := range out.Len() {
			SetInteger(out, i, cut(a, i))
		}
	}
}

// SetInteger writes x, wrapped to the vector's width.
func SetInteger(out *vector.Vector, i int, x int64) {
	switch out.Phys() {
	case types.PhysInt8:
		out.Int8s()[i] = int8(x)
	case types.PhysInt16:
		out.Int16s()[i] = int16(x)
	case types.PhysInt32:
		out.Int32s()[i] = int32(x)
	case types.PhysInt64:
		out.Int64s()[i] = x
	}
}

// DecimalsToFloats returns the conversion of a DECIMAL to DOUBLE or FLOAT.
func DecimalsToFloats(from, to types.Type) Conversion {
	read := Doubles(from)
	return func(out, a *vector.Vector) {
		if to.Kind == types.Float {
			x := out.Float32s()
			for i := range x {
				x[i] = float32(read(a, i))
			}
			return
		}
		x := out.Float64s()
		for i := range x {
			x[i] = read(a, i)
		}
	}
}

// Doubles returns how to read a number of type t as a DOUBLE.
func Doubles(t types.Type) func(v *vector.Vector, i int) float64 {
	switch t.Phys() {
	case types.PhysFloat32:
		return func(v *vector.Vector, i int) float64 { return float64(At[float32](v, i)) }
	case types.PhysFloat64:
		return At[float64]
	case types.PhysWide:
		return func(v *vector.Vector, i int) float64 { return types.DecimalToFloat64(At[types.Int128](v, i), t.Scale) }
	}
	read := Integers(t.Phys())
	if t.Kind == types.Decimal {
		return func(v *vector.Vector, i int) float64 { return types.DecimalInt64ToFloat64(read(v, i), t.Scale) }
	}
	return func(v *vector.Vector, i int) float64 { return float64(read(v, i)) }
}
