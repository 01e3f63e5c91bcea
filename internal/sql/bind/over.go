package bind

import (
	"slices"
	"strconv"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// overBlock is the window functions of a SELECT.
type overBlock struct {
	windows []*ast.NamedWindow
	calls   []overCall
}

type overCall struct {
	aggCall
	partition []spec.Expr
	order     []spec.Expr
	keys      []spec.SortKey // directions; columns are set later
	frame     plan.Frame
}

func (c *overCall) exprs() []*spec.Expr {
	var out []*spec.Expr
	for _, list := range [][]spec.Expr{c.args, c.partition, c.order} {
		for i := range list {
			out = append(out, &list[i])
		}
	}
	return out
}

// overCall binds f(…) OVER (…) and returns its placeholder.
func (b *Binder) overCall(name string, c *ast.Call, v *env) spec.Expr {
	if v.overs == nil {
		b.fail(c.Span, "aggregate-place", "%s OVER (…) cannot stand in %s", name, v.clause).Help = "compute it in a subquery first"
		return poison()
	}
	if c.Filter != nil {
		b.fail(c.Span, "wrong-arguments", "a window function takes no FILTER").Help = "use CASE WHEN … THEN … END as the argument"
		return poison()
	}
	if c.Nulls == ast.IgnoreNulls {
		b.notSupported(c.Span, "IGNORE NULLS", "")
		return poison()
	}
	spc := b.windowSpec(c.Over, v.overs)
	if spc == nil {
		return poison()
	}
	call := overCall{}
	call.span = c.Span
	// Arguments may hold aggregates of the block: SUM(COUNT(*)) OVER (…).
	inner := &env{scope: v.scope, clause: "the window of " + name, aggs: v.aggs}
	for _, p := range spc.PartitionBy {
		call.partition = append(call.partition, b.expr(p, inner))
	}
	for _, o := range spc.OrderBy {
		call.order = append(call.order, b.expr(o.X, inner))
		call.keys = append(call.keys, sortKey(o, -1))
	}
	okay := !anyBad(call.partition) && !anyBad(call.order)
	ranking := isWindowFunction(name)
	if ranking && spc.Frame != nil {
		b.fail(spc.Frame.Span, "wrong-arguments", "%s takes no frame: leave ROWS or RANGE out", name)
		okay = false
	}
	if f, ok := b.frame(spc, ranking, name == "ROW_NUMBER", call.order); ok {
		call.frame = f
	} else {
		okay = false
	}
	if ranking {
		args := b.exprs(c.Args, inner)
		if anyBad(args) || !okay {
			return poison()
		}
		if !b.rankType(name, c, args, &call) {
			return poison()
		}
	} else {
		if !isAggregate(name) {
			if function.Find(name) == nil {
				return b.unknownFunction(c)
			}
			b.fail(c.Span, "wrong-arguments", "%s is no window function", name)
			return poison()
		}
		a, ok := b.aggregateInOver(name, c, inner)
		if !ok || !okay {
			return poison()
		}
		// An empty frame is possible only where it ends before the current row.
		call.aggCall = a
		call.span = c.Span
	}
	v.overs.calls = append(v.overs.calls, call)
	return spec.Call("$over", call.typ, intLit(int64(len(v.overs.calls)-1)))
}

// aggregateInOver is aggregateOf with arguments that may hold aggregates themselves.
func (b *Binder) aggregateInOver(name string, c *ast.Call, v *env) (aggCall, bool) {
	call := aggCall{fn: name, distinct: c.Quantifier == ast.Distinct, span: c.Span}
	if len(c.Args) == 1 {
		if s, ok := c.Args[0].(*ast.Star); ok {
			if name != "COUNT" || s.Qualifier != nil {
				b.fail(s.Span, "star", "%s takes a column, not *", name)
				return call, false
			}
			call.typ = types.TBigInt.Required()
			return call, true
		}
	}
	args := b.exprs(c.Args, v)
	if anyBad(args) {
		return call, false
	}
	nodes := make([]ast.Node, len(c.Args))
	for i := range nodes {
		nodes[i] = c.Args[i]
	}
	return b.aggregateType(call, args, nodes, c, &env{scope: v.scope})
}

// windowSpec finds the window of OVER, with what it takes from a named one.
func (b *Binder) windowSpec(o *ast.Over, k *overBlock) *ast.WindowSpec {
	find := func(id *ast.Ident) *ast.WindowSpec {
		for _, w := range k.windows {
			if w.Name.Name == id.Name {
				return w.Spec
			}
		}
		var names []string
		for _, w := range k.windows {
			names = append(names, w.Name.Name)
		}
		e := b.fail(id.Span, "unknown-window", "there is no window %q", id.Name)
		if e.Help = suggest(id.Name, names, "WINDOW has: "); len(names) == 0 {
			e.Help = "declare it behind FROM: WINDOW " + id.Name + " AS (PARTITION BY … ORDER BY …)"
		}
		return nil
	}
	s := o.Spec
	if o.Name != nil {
		if s = find(o.Name); s == nil {
			return nil
		}
	}
	for depth := 0; s.Base != nil; depth++ {
		base := find(s.Base)
		if base == nil {
			return nil
		}
		if depth > len(k.windows) {
			b.fail(s.Base.Span, "unknown-window", "window %q refers to itself", s.Base.Name)
			return nil
		}
		m := *s
		m.Base = base.Base
		if len(m.PartitionBy) == 0 {
			m.PartitionBy = base.PartitionBy
		}
		if len(m.OrderBy) == 0 {
			m.OrderBy = base.OrderBy
		}
		if m.Frame == nil {
			m.Frame = base.Frame
		}
		s = &m
	}
	return s
}

// frame binds the frame; without one it reaches from the start of the partition
// to the current row, or over all of it where there is no order.
//
// Ranking functions have no frame of their own, but a stream tells rows of the
// same time apart for ROW_NUMBER only.
func (b *Binder) frame(s *ast.WindowSpec, ranking, rows bool, order []spec.Expr) (plan.Frame, bool) {
	f := s.Frame
	unbounded := plan.Bound{Unbounded: true}
	switch {
	case ranking:
		return plan.Frame{Rows: rows, Start: unbounded}, true
	case f == nil && len(s.OrderBy) == 0:
		return plan.Frame{Start: unbounded, End: unbounded}, true
	case f == nil:
		return plan.Frame{Start: unbounded}, true
	}
	out := plan.Frame{Rows: f.Rows}
	var ok1, ok2 bool
	out.Start, ok1 = b.bound(f.Start, f.Rows, order)
	ok2 = true
	if f.End != nil {
		out.End, ok2 = b.bound(*f.End, f.Rows, order)
	}
	if ok1 && ok2 {
		if out.Start.Unbounded && f.Start.Kind == ast.UnboundedFollowing || f.End != nil && f.End.Kind == ast.UnboundedPreceding ||
			!out.Start.Unbounded && !out.End.Unbounded && out.Start.Literal == nil && out.End.Literal == nil && out.Start.Offset > out.End.Offset {
			b.fail(f.Span, "wrong-arguments", "the frame ends before it starts")
			return out, false
		}
	}
	return out, ok1 && ok2
}

func (b *Binder) bound(x ast.FrameBound, rows bool, order []spec.Expr) (plan.Bound, bool) {
	sign := int64(1)
	switch x.Kind {
	case ast.UnboundedPreceding, ast.UnboundedFollowing:
		return plan.Bound{Unbounded: true}, true
	case ast.CurrentRow:
		return plan.Bound{}, true
	case ast.Preceding:
		sign = -1
	}
	if rows {
		if n, ok := x.Offset.(*ast.NumberLit); ok && !n.Approx {
			if v, err := strconv.ParseInt(n.Text, 10, 64); err == nil {
				return plan.Bound{Offset: sign * v}, true
			}
		}
		b.fail(x.Offset.Pos(), "wrong-arguments", "the number of ROWS has to be a whole number")
		return plan.Bound{}, false
	}
	if v, months, ok := intervalOf(x.Offset); ok {
		if months {
			b.notSupported(x.Offset.Pos(), "a RANGE of months", "use days")
			return plan.Bound{}, false
		}
		if len(order) != 1 || bad(order[0]) || !order[0].Type.IsTimestamp() && order[0].Type.Kind != types.Date && order[0].Type.Kind != types.Time {
			b.fail(x.Offset.Pos(), "wrong-arguments", "a RANGE of time needs ORDER BY one column of time")
			return plan.Bound{}, false
		}
		return plan.Bound{Offset: sign * v}, true
	}
	e := b.expr(x.Offset, &env{scope: &scope{}, clause: "a frame"})
	if bad(e) {
		return plan.Bound{}, false
	}
	if len(order) != 1 || bad(order[0]) || !order[0].Type.IsNumeric() || !e.Type.IsNumeric() || e.Literal == nil {
		b.fail(x.Offset.Pos(), "wrong-arguments", "a RANGE with a distance needs ORDER BY one column and a literal of its type")
		return plan.Bound{}, false
	}
	return plan.Bound{Offset: sign, Literal: &e}, true
}

// rankType types ROW_NUMBER, RANK, LAG and their like.
func (b *Binder) rankType(name string, c *ast.Call, args []spec.Expr, call *overCall) bool {
	call.fn, call.args = name, args
	want := func(least, most int) bool {
		if len(args) < least || len(args) > most {
			s := count(least, "argument")
			if most > least {
				s = strconv.Itoa(least) + " to " + count(most, "argument")
			}
			b.fail(c.Span, "wrong-arguments", "%s takes %s, not %d", name, s, len(args))
			return false
		}
		return true
	}
	if name != "NTH_VALUE" && name != "NTILE" || len(call.order) == 0 {
		if len(call.order) == 0 && name != "NTILE" && name != "NTH_VALUE" && name != "ROW_NUMBER" {
			b.fail(c.Span, "wrong-arguments", "%s needs ORDER BY in its window", name)
			return false
		}
	}
	switch name {
	case "ROW_NUMBER", "RANK", "DENSE_RANK":
		call.typ = types.TBigInt.Required()
		return want(0, 0)
	case "PERCENT_RANK", "CUME_DIST":
		call.typ = types.TDouble.Required()
		return want(0, 0)
	case "NTILE":
		call.typ = types.TBigInt.Required()
		return want(1, 1) && b.constantArg(name, "buckets", c, args, 0, call)
	case "NTH_VALUE":
		if !want(2, 2) {
			return false
		}
		call.typ = args[0].Type.Nullable().WithAttr(types.NoAttr)
		return b.constantArg(name, "offset", c, args, 1, call)
	}
	if !want(1, 3) {
		return false
	}
	t := args[0].Type.WithAttr(types.NoAttr)
	call.typ = t.Nullable()
	if len(args) == 3 {
		common, ok := commonType([]types.Type{t, args[2].Type})
		if !ok {
			b.fail(c.Args[2].Pos(), "type-mismatch", "the default of %s is %s, its value %s", name, args[2].Type.Nullable(), t.Nullable())
			return false
		}
		call.args[0], call.args[2] = castTo(args[0], common), castTo(args[2], common)
		call.typ = common
	}
	if len(args) > 1 {
		return b.constantArg(name, "offset", c, args, 1, call)
	}
	return true
}

// constantArg moves an argument that has to be a whole number into the call's options.
func (b *Binder) constantArg(name, option string, c *ast.Call, args []spec.Expr, i int, call *overCall) bool {
	x := args[i]
	for x.Call == "CAST" {
		x = x.Args[0]
	}
	if x.Literal == nil || x.Literal.Null || !x.Type.IsInteger() {
		b.fail(c.Args[i].Pos(), "wrong-arguments", "this argument of %s has to be a whole number, written out", name)
		return false
	}
	call.options = map[string]string{option: x.Literal.Text}
	call.args = slices.Delete(slices.Clone(args), i, i+1)
	return true
}

// over puts the Over nodes of a block over its node.
func (b *Binder) over(k *block) {
	var exprs []*spec.Expr
	for i := range k.overs.calls {
		exprs = append(exprs, k.overs.calls[i].exprs()...)
	}
	b.attach(k, exprs...)
	in := k.node.Fields()
	all := plan.Refs(in)
	type group struct {
		node  *plan.Over
		calls []int
	}
	var groups []*group
	for i := range k.overs.calls {
		c := &k.overs.calls[i]
		n := &plan.Over{Base: plan.Base{Span: c.span}, Frame: c.frame}
		for _, e := range c.partition {
			n.PartitionBy = append(n.PartitionBy, indexOf(&all, e))
		}
		for j, e := range c.order {
			key := c.keys[j]
			key.Column = indexOf(&all, e)
			n.OrderBy = append(n.OrderBy, key)
		}
		call := spec.AggCall{Func: c.fn, Distinct: c.distinct, Type: c.typ, Options: c.options, Name: "$over" + strconv.Itoa(i)}
		for _, e := range c.args {
			call.Args = append(call.Args, indexOf(&all, e))
		}
		var g *group
		for _, x := range groups {
			if sameWindow(x.node, n) {
				g = x
			}
		}
		if g == nil {
			g = &group{node: n}
			groups = append(groups, g)
		}
		g.node.Calls = append(g.node.Calls, call)
		g.node.CallSpans = append(g.node.CallSpans, c.span)
		g.calls = append(g.calls, i)
	}
	if len(groups) > 1 && !b.opts.Batch {
		e := b.fail(groups[1].node.CallSpans[0], "over-windows", "a stream computes the window functions of a SELECT over one window only")
		e.Labels = append(e.Labels, diag.Label{Span: groups[0].node.CallSpans[0], Text: "this one has another window"})
		e.Help = "compute one of them in a subquery"
	}
	fields := append(append([]plan.Field{}, in...), fieldsOf(all[len(in):])...)
	var at diag.Span = k.sel.Span
	node := project(k.node, all, fields, at)
	columns := make([]int, len(k.overs.calls))
	for _, g := range groups {
		out := append([]plan.Field{}, node.Fields()...)
		for j, i := range g.calls {
			columns[i] = len(out)
			out = append(out, plan.Field{Name: g.node.Calls[j].Name, Type: g.node.Calls[j].Type})
		}
		g.node.Input, g.node.Out = node, out
		node = g.node
	}
	k.node = node
	for _, e := range k.exprs() {
		*e = rewrite(*e, func(x spec.Expr) (spec.Expr, bool) {
			if i, ok := placeholder(x, "$over"); ok {
				return spec.Col(columns[i], k.overs.calls[i].typ), true
			}
			return x, false
		})
	}
}

func sameWindow(a, b *plan.Over) bool {
	if len(a.PartitionBy) != len(b.PartitionBy) || len(a.OrderBy) != len(b.OrderBy) {
		return false
	}
	for i := range a.PartitionBy {
		if a.PartitionBy[i] != b.PartitionBy[i] {
			return false
		}
	}
	for i := range a.OrderBy {
		if a.OrderBy[i] != b.OrderBy[i] {
			return false
		}
	}
	return a.Frame.Rows == b.Frame.Rows && sameBound(a.Frame.Start, b.Frame.Start) && sameBound(a.Frame.End, b.Frame.End)
}

func sameBound(a, b plan.Bound) bool {
	if (a.Literal == nil) != (b.Literal == nil) || a.Literal != nil && !sameExpr(*a.Literal, *b.Literal) {
		return false
	}
	return a.Unbounded == b.Unbounded && a.Offset == b.Offset
}
