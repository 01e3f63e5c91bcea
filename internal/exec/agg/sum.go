package agg

import (
	"unsafe"

	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// sumAcc is a sum and the number of values in it.
type sumAcc[A any] struct {
	sum A
	n   int64
}

// sum is SUM and AVG of I, accumulated in A, with results of type O. Integers
// are added in 64 bits and cut at the end, which wraps as adding in the
// narrower type does.
type sum[I, O, A number] struct {
	off, arg int
	avg      bool
	zero     bool // 0 instead of NULL if there are no values
}

func newSum(s *Set, c spec.AggCall, arg types.Type) call {
	avg, zero := c.Func == "AVG", c.Func == "$SUM0" || c.Func == "SUM0"
	if arg.Kind == types.Decimal {
		return newDecimalSum(s, c, arg)
	}
	if !arg.IsNumeric() {
		return nil
	}
	off := s.claim(16)
	a := c.Args[0]
	switch arg.Phys() {
	case types.PhysInt8:
		return &sum[int8, int8, int64]{off, a, avg, zero}
	case types.PhysInt16:
		return &sum[int16, int16, int64]{off, a, avg, zero}
	case types.PhysInt32:
		return &sum[int32, int32, int64]{off, a, avg, zero}
	case types.PhysInt64:
		return &sum[int64, int64, int64]{off, a, avg, zero}
	case types.PhysFloat32:
		// Flink sums FLOAT in FLOAT but averages it in DOUBLE.
		if avg {
			return &sum[float32, float32, float64]{off, a, avg, zero}
		}
		return &sum[float32, float32, float32]{off, a, avg, zero}
	default:
		return &sum[float64, float64, float64]{off, a, avg, zero}
	}
}

func (c *sum[I, O, A]) value(p *sumAcc[A]) (O, bool) {
	if p.n == 0 {
		return 0, c.zero
	}
	if c.avg {
		return O(p.sum / A(p.n)), true
	}
	return O(p.sum), true
}

func (c *sum[I, O, A]) update(in *Rows, out *vector.Vector) error {
	v := in.Cols[c.arg]
	values, bits := slice[I](v), v.Validity()
	if out == nil {
		for k, i := range in.Sel {
			p := at[sumAcc[A]](in.Recs[k], c.off)
			if in.Fresh != nil && in.Fresh[k] {
				*p = sumAcc[A]{}
			}
			if !valid(bits, i) {
				continue
			}
			s := in.sign(k)
			p.sum += A(values[i]) * A(s)
			p.n += int64(s)
		}
		return nil
	}
	out.Resize(2 * len(in.Sel))
	o := slice[O](out)
	for k, i := range in.Sel {
		p := at[sumAcc[A]](in.Recs[k], c.off)
		if in.Fresh != nil && in.Fresh[k] {
			*p = sumAcc[A]{}
		}
		x, ok := c.value(p)
		o[2*k] = x
		if !ok {
			out.SetNull(2 * k)
		}
		if valid(bits, i) {
			s := int8(1)
			if in.Sign != nil {
				s = in.Sign[k]
			}
			p.sum += A(values[i]) * A(s)
			p.n += int64(s)
			x, ok = c.value(p)
		}
		o[2*k+1] = x
		if !ok {
			out.SetNull(2*k + 1)
		}
	}
	return nil
}

func (c *sum[I, O, A]) merge(m *merger) error {
	for i, p := range m.toRecs {
		to, from := at[sumAcc[A]](p, c.off), at[sumAcc[A]](m.fromRecs[i], c.off)
		to.sum += from.sum
		to.n += from.n
	}
	return nil
}

func (c *sum[I, O, A]) results(_ *state.WindowTable, _ []uint32, recs []unsafe.Pointer, out *vector.Vector) error {
	for _, p := range recs {
		x, ok := c.value(at[sumAcc[A]](p, c.off))
		if !ok {
			out.AppendNull()
			continue
		}
		appendNumber(out, x)
	}
	return nil
}

func appendNumber[T number](out *vector.Vector, x T) {
	switch x := any(x).(type) {
	case int8:
		vector.Append(out, x)
	case int16:
		vector.Append(out, x)
	case int32:
		vector.Append(out, x)
	case int64:
		vector.Append(out, x)
	case float32:
		vector.Append(out, x)
	case float64:
		vector.Append(out, x)
	}
}

// slice returns the values of a column of numbers.
func slice[T number](v *vector.Vector) []T {
	var s any
	switch any(T(0)).(type) {
	case int8:
		s = v.Int8s()
	case int16:
		s = v.Int16s()
	case int32:
		s = v.Int32s()
	case int64:
		s = v.Int64s()
	case float32:
		s = v.Float32s()
	case float64:
		s = v.Float64s()
	}
	return s.([]T)
}

// decimalSum is SUM and AVG of DECIMAL: the sum is a DECIMAL(38, s).
type decimalSum struct {
	off, arg  int
	scale     int32
	narrow    bool // the argument has at most 18 digits
	avg, zero bool
	result    types.Type
}

func newDecimalSum(s *Set, c spec.AggCall, arg types.Type) call {
	return &decimalSum{
		off: s.claim(24), arg: c.Args[0], scale: arg.Scale, narrow: arg.Phys() == types.PhysInt64,
		avg: c.Func == "AVG", zero: c.Func == "$SUM0" || c.Func == "SUM0", result: c.Type,
	}
}

func (c *decimalSum) update(in *Rows, out *vector.Vector) error {
	v := in.Cols[c.arg]
	bits := v.Validity()
	var narrow []int64
	var wide []types.Int128
	if c.narrow {
		narrow = v.Int64s()
	} else {
		wide = v.Wides()
	}
	for k, i := range in.Sel {
		p := at[sumAcc[types.Int128]](in.Recs[k], c.off)
		if in.fresh(k) {
			*p = sumAcc[types.Int128]{}
		}
		if out != nil {
			c.emit(p, out)
		}
		if s := in.sign(k); s != 0 && valid(bits, i) {
			var x types.Int128
			if c.narrow {
				x = types.Int128Of(narrow[i])
			} else {
				x = wide[i]
			}
			c.add(p, x, s)
		}
		if out != nil {
			c.emit(p, out)
		}
	}
	return nil
}

func (c *decimalSum) add(p *sumAcc[types.Int128], x types.Int128, s int8) {
	sum := p.sum.Add(x)
	if s < 0 {
		sum = p.sum.Sub(x)
	}
	p.n += int64(s)
	if !sum.FitsDecimal(types.MaxDecimalPrecision) {
		// Flink's sum becomes NULL here and starts anew with the next value.
		p.sum, p.n = types.Int128{}, 0
		return
	}
	p.sum = sum
}

func (c *decimalSum) emit(p *sumAcc[types.Int128], out *vector.Vector) {
	x, ok := p.sum, p.n != 0 || c.zero
	if ok && c.avg {
		x, ok = types.DecimalDiv(x, types.Int128Of(p.n), c.scale, 0, c.result.Precision, c.result.Scale)
	}
	appendDecimal(out, x, ok)
}

// appendDecimal adds an unscaled decimal of the vector's scale.
func appendDecimal(out *vector.Vector, x types.Int128, ok bool) {
	switch {
	case !ok:
		out.AppendNull()
	case out.Phys() == types.PhysInt64:
		vector.Append(out, x.Int64())
	default:
		vector.Append(out, x)
	}
}

func (c *decimalSum) merge(m *merger) error {
	for i, rec := range m.toRecs {
		p, from := at[sumAcc[types.Int128]](rec, c.off), at[sumAcc[types.Int128]](m.fromRecs[i], c.off)
		n := p.n + from.n
		c.add(p, from.sum, 1)
		if p.n != 0 || n == 0 {
			p.n = n
		}
	}
	return nil
}

func (c *decimalSum) results(_ *state.WindowTable, _ []uint32, recs []unsafe.Pointer, out *vector.Vector) error {
	for _, p := range recs {
		c.emit(at[sumAcc[types.Int128]](p, c.off), out)
	}
	return nil
}
