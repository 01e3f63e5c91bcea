package expr

import (
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Program is one or more compiled expressions over the same input.
type Program struct {
	scope  *scope
	regs   []int // of the expressions
	types  []types.Type
	inputs []int
	spread []*vector.Vector // constants written out, by expression
	out    []*vector.Vector
}

// Compile compiles e. Its columns are those of the batches given to Eval.
func Compile(e spec.Expr, env *function.Env) (*Program, error) {
	return CompileList([]spec.Expr{e}, env)
}

// CompileList compiles expressions that share what they have in common.
func CompileList(list []spec.Expr, env *function.Env) (*Program, error) {
	if env == nil {
		env = &function.Env{}
	}
	p := &Program{scope: newScope(nil, env), spread: make([]*vector.Vector, len(list)), out: make([]*vector.Vector, len(list))}
	for _, e := range list {
		r, err := p.scope.compile(e)
		if err != nil {
			return nil, err
		}
		p.regs, p.types = append(p.regs, r), append(p.types, e.Type)
	}
	for _, c := range p.scope.columns {
		p.inputs = append(p.inputs, c.input)
	}
	return p, nil
}

// Inputs returns the columns that the program reads, each once.
func (p *Program) Inputs() []int { return p.inputs }

// Eval evaluates the (first) expression; see P2 for the result's life. An
// error about a row is a *function.RowError.
func (p *Program) Eval(b *vector.Batch) (*vector.Vector, error) {
	out, err := p.EvalAll(b)
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

// EvalAll evaluates all expressions. Columns that the program does not read
// may be nil.
func (p *Program) EvalAll(b *vector.Batch) ([]*vector.Vector, error) {
	s := p.scope
	for _, c := range s.columns {
		s.regs[c.reg] = b.Cols[c.input]
	}
	s.marks.list = b.Marks
	n := b.Len()
	if n > 0 {
		if err := s.run(n); err != nil {
			return nil, err
		}
	}
	for i, r := range p.regs {
		v := s.regs[r]
		if n == 0 || v.Const {
			v = p.write(i, r, n)
		}
		p.out[i] = v
	}
	return p.out, nil
}

// write gives a constant n rows, or no row its type.
func (p *Program) write(i, r, n int) *vector.Vector {
	o := p.spread[i]
	if o == nil {
		o = vector.New(p.types[i], n)
		p.spread[i] = o
	}
	o.Reset()
	if n > 0 {
		spread(o, p.scope.regs[r], n)
	}
	return o
}

// spread writes the constant c into n rows of out, which is empty.
func spread(out, c *vector.Vector, n int) {
	switch out.Phys() {
	case types.PhysList, types.PhysStruct:
		for range n {
			out.AppendFrom(c, 0)
		}
		return
	}
	out.Resize(n)
	switch out.Phys() {
	case types.PhysBool:
		fill(out.Bools(), c.Bools())
	case types.PhysInt8:
		fill(out.Int8s(), c.Int8s())
	case types.PhysInt16:
		fill(out.Int16s(), c.Int16s())
	case types.PhysInt32:
		fill(out.Int32s(), c.Int32s())
	case types.PhysInt64:
		fill(out.Int64s(), c.Int64s())
	case types.PhysFloat32:
		fill(out.Float32s(), c.Float32s())
	case types.PhysFloat64:
		fill(out.Float64s(), c.Float64s())
	case types.PhysWide:
		fill(out.Wides(), c.Wides())
	case types.PhysStamp:
		fill(out.Timestamps(), c.Timestamps())
	case types.PhysBytes:
		fill(out.Refs(), c.Refs())
		out.SetBase(c.Base(), c.Stable)
	}
	if c.IsNull(0) {
		out.AllNull()
	}
}

func fill[T any](out, c []T) {
	x := c[0]
	for i := range out {
		out[i] = x
	}
}

// Filter is a compiled condition.
type Filter struct {
	program *Program
	sel     []int32
}

// CompileFilter compiles a BOOLEAN expression.
func CompileFilter(e spec.Expr, env *function.Env) (*Filter, error) {
	p, err := Compile(e, env)
	if err != nil {
		return nil, err
	}
	return &Filter{program: p}, nil
}

// Select returns the rows of b for which the condition is TRUE, in order. The
// slice is the filter's own, until the next call.
func (f *Filter) Select(b *vector.Batch) ([]int32, error) {
	p := f.program
	v, err := p.Eval(b)
	if err != nil {
		return nil, err
	}
	f.sel = kernel.Rows(f.sel[:0], v.Bools(), v.Validity())
	return f.sel, nil
}
