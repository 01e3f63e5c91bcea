package agg

import (
	"math"
	"unsafe"

	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// moments is the STDDEV and VAR family. Flink rewrites it into
//
//	(SUM(x*x) - SUM(x)*SUM(x)/COUNT(x)) / (COUNT(x) or COUNT(x)-1)
//
// in the argument's own type, so integers divide as integers and wrap, and so
// do we. DECIMAL is computed in DOUBLE.
type moments struct {
	off, arg int
	phys     types.Phys
	exact    bool // integers
	scale    int32
	root     bool
	sample   bool
	result   types.Type
}

// momentsAcc holds int64 or float64 sums, by the argument's type.
type momentsAcc struct {
	n           int64
	sum, square uint64
}

func newMoments(s *Set, c spec.AggCall, arg types.Type) call {
	m := &moments{off: s.claim(24), arg: c.Args[0], phys: arg.Phys(), exact: arg.IsInteger(), result: c.Type}
	if arg.Kind == types.Decimal {
		m.scale = arg.Scale
	}
	m.root = c.Func[0] == 'S'
	m.sample = c.Func != "STDDEV_POP" && c.Func != "VAR_POP"
	return m
}

// wrap cuts an integer to the argument's width.
func (c *moments) wrap(x int64) int64 {
	switch c.phys {
	case types.PhysInt8:
		return int64(int8(x))
	case types.PhysInt16:
		return int64(int16(x))
	case types.PhysInt32:
		return int64(int32(x))
	}
	return x
}

// value reads row i as an integer or a double.
func (c *moments) value(v *vector.Vector, i int32) (n int64, f float64) {
	switch c.phys {
	case types.PhysInt8:
		return int64(v.Int8s()[i]), 0
	case types.PhysInt16:
		return int64(v.Int16s()[i]), 0
	case types.PhysInt32:
		return int64(v.Int32s()[i]), 0
	case types.PhysInt64:
		if !c.exact {
			return 0, types.DecimalInt64ToFloat64(v.Int64s()[i], c.scale)
		}
		return v.Int64s()[i], 0
	case types.PhysFloat32:
		return 0, float64(v.Float32s()[i])
	case types.PhysFloat64:
		return 0, v.Float64s()[i]
	default:
		return 0, types.DecimalToFloat64(v.Wides()[i], c.scale)
	}
}

func (c *moments) update(in *Rows, out *vector.Vector) error {
	v := in.Cols[c.arg]
	bits := v.Validity()
	for k, i := range in.Sel {
		p := at[momentsAcc](in.Recs[k], c.off)
		if in.fresh(k) {
			*p = momentsAcc{}
		}
		if out != nil {
			c.emit(p, out)
		}
		if s := int64(in.sign(k)); s != 0 && valid(bits, i) {
			n, f := c.value(v, i)
			p.n += s
			if c.exact {
				p.sum = uint64(c.wrap(int64(p.sum) + s*n))
				p.square = uint64(c.wrap(int64(p.square) + s*c.wrap(n*n)))
			} else {
				p.sum = math.Float64bits(math.Float64frombits(p.sum) + float64(s)*f)
				p.square = math.Float64bits(math.Float64frombits(p.square) + float64(s)*f*f)
			}
		}
		if out != nil {
			c.emit(p, out)
		}
	}
	return nil
}

func (c *moments) emit(p *momentsAcc, out *vector.Vector) {
	d := p.n
	if c.sample {
		d--
	}
	if p.n == 0 || d == 0 {
		out.AppendNull()
		return
	}
	if c.exact {
		sum := int64(p.sum)
		x := (int64(p.square) - c.wrap(sum*sum)/p.n) / d
		if c.root {
			x = int64(math.Sqrt(float64(x)))
		}
		appendInt(out, x)
		return
	}
	sum := math.Float64frombits(p.sum)
	x := (math.Float64frombits(p.square) - sum*sum/float64(p.n)) / float64(d)
	if c.root {
		x = math.Sqrt(x)
	}
	switch out.Phys() {
	case types.PhysFloat32:
		vector.Append(out, float32(x))
	case types.PhysFloat64:
		vector.Append(out, x)
	default:
		dec, ok := types.DecimalFromFloat64(x, c.result.Precision, c.result.Scale)
		appendDecimal(out, dec, ok)
	}
}

// appendInt adds an integer cut to the vector's width.
func appendInt(out *vector.Vector, x int64) {
	switch out.Phys() {
	case types.PhysInt8:
		vector.Append(out, int8(x))
	case types.PhysInt16:
		vector.Append(out, int16(x))
	case types.PhysInt32:
		vector.Append(out, int32(x))
	default:
		vector.Append(out, x)
	}
}

func (c *moments) merge(m *merger) error {
	for i, rec := range m.toRecs {
		p, from := at[momentsAcc](rec, c.off), at[momentsAcc](m.fromRecs[i], c.off)
		p.n += from.n
		if c.exact {
			p.sum = uint64(c.wrap(int64(p.sum + from.sum)))
			p.square = uint64(c.wrap(int64(p.square + from.square)))
		} else {
			p.sum = math.Float64bits(math.Float64frombits(p.sum) + math.Float64frombits(from.sum))
			p.square = math.Float64bits(math.Float64frombits(p.square) + math.Float64frombits(from.square))
		}
	}
	return nil
}

func (c *moments) results(_ *state.WindowTable, _ []uint32, recs []unsafe.Pointer, out *vector.Vector) error {
	for _, rec := range recs {
		c.emit(at[momentsAcc](rec, c.off), out)
	}
	return nil
}
