package match

import (
	"strconv"
	"unsafe"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/agg"
	"github.com/flott/flott/internal/exec/expr"
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// rows are the stored rows of a match: those of one variable, or (-1) of all.
type rows interface {
	of(name int) []unsafe.Pointer
}

// expression is a MatchExpr, computed for one match at a time.
type expression struct {
	codec   *rowkey.Codec // of input rows
	terms   []spec.MatchTerm
	aggs    []*aggregate // by term
	program *expr.Program
	batch   *vector.Batch
	one     [1]unsafe.Pointer
}

// aggregate is an aggregate over the rows of a variable.
type aggregate struct {
	set   *agg.Set
	table *state.WindowTable
	addr  uint32
	args  *expr.Program
	batch *vector.Batch
	reads []int
	count bool
}

func newExpression(e spec.MatchExpr, name string, codec *rowkey.Codec, time int, ctx *exec.Context) (*expression, error) {
	x := &expression{codec: codec, terms: e.Terms, aggs: make([]*aggregate, len(e.Terms)), batch: &vector.Batch{}}
	env := &function.Env{Zone: ctx.Zone, Now: ctx.Clock.Now, Watermark: ctx.Watermark, Batch: ctx.Batch}
	for i, t := range e.Terms {
		x.batch.Cols = append(x.batch.Cols, vector.New(t.Type, 1))
		if t.Kind == spec.TermRowtime {
			x.terms[i].Kind, x.terms[i].Var, x.terms[i].Column = spec.TermLast, -1, time
		}
		if t.Kind != spec.TermAgg {
			continue
		}
		a, err := newAggregate(t, name+"-"+strconv.Itoa(i), codec.Types(), env, ctx)
		if err != nil {
			return nil, err
		}
		x.aggs[i] = a
	}
	var err error
	x.program, err = expr.Compile(e.Expr, env)
	return x, err
}

func newAggregate(t spec.MatchTerm, name string, input []types.Type, env *function.Env, ctx *exec.Context) (*aggregate, error) {
	a := &aggregate{count: t.Agg.Func == "COUNT", batch: &vector.Batch{Cols: make([]*vector.Vector, len(input))}}
	var ts []types.Type
	for _, e := range t.Args {
		ts = append(ts, e.Type)
	}
	var err error
	if a.args, err = expr.CompileList(t.Args, env); err != nil {
		return nil, err
	}
	a.reads = a.args.Inputs()
	for _, c := range a.reads {
		a.batch.Cols[c] = vector.New(input[c], 0)
	}
	if a.set, err = agg.NewSet([]spec.AggCall{*t.Agg}, ts, false, false); err != nil {
		return nil, err
	}
	d, multis := a.set.Desc(name, nil)
	table, lists, err := ctx.State.Scratch(d, multis...)
	if err != nil {
		return nil, err
	}
	a.table = &state.WindowTable{Table: table, Multis: lists}
	var enc rowkey.Rows
	table.Codec().Encode(&enc, nil, 1, nil, true)
	var addr [1]uint32
	if err := table.GetBatch(&enc, addr[:], make([]bool, 1)); err != nil {
		return nil, err
	}
	a.addr = addr[0]
	return a, nil
}

// close frees the scratch tables.
func (x *expression) close() {
	for _, a := range x.aggs {
		if a != nil {
			a.table.Drop()
		}
	}
}

// eval computes the expression: a vector of one row.
func (x *expression) eval(m rows) (*vector.Vector, error) {
	for i, t := range x.terms {
		v := x.batch.Cols[i]
		v.Reset()
		in := m.of(t.Var)
		if a := x.aggs[i]; a != nil {
			if err := a.eval(x.codec, in, v); err != nil {
				return nil, err
			}
			continue
		}
		k := t.Offset
		if t.Kind == spec.TermLast {
			k = len(in) - 1 - t.Offset
		}
		if k < 0 || k >= len(in) {
			v.AppendNull()
			continue
		}
		x.one[0] = in[k]
		x.codec.AppendColumn(v, t.Column, x.one[:])
	}
	x.batch.SetLen(1)
	return x.program.Eval(x.batch)
}

func (a *aggregate) eval(codec *rowkey.Codec, in []unsafe.Pointer, out *vector.Vector) error {
	n := len(in)
	switch {
	case n == 0 && a.count:
		vector.Append(out, int64(0))
		return nil
	case n == 0:
		out.AppendNull()
		return nil
	}
	for _, c := range a.reads {
		a.batch.Cols[c].Reset()
		codec.AppendColumn(a.batch.Cols[c], c, in)
	}
	a.batch.SetLen(n)
	cols, err := a.args.EvalAll(a.batch)
	if err != nil {
		return err
	}
	r := agg.Rows{Cols: cols, Sel: make([]int32, n), Addrs: make([]uint32, n), Recs: make([]unsafe.Pointer, n), Table: a.table, Fresh: make([]bool, n)}
	for i := range n {
		r.Sel[i], r.Addrs[i] = int32(i), a.addr
	}
	r.Fresh[0] = true
	a.table.Records(r.Addrs, r.Recs)
	if err := a.set.Update(&r, nil); err != nil {
		return err
	}
	return a.set.Results(a.table, r.Addrs[:1], r.Recs[:1], []*vector.Vector{out})
}
