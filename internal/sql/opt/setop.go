package opt

import (
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// expandSetOp writes INTERSECT and EXCEPT as joins and aggregates, as Flink does:
//
//	a INTERSECT b       distinct rows of a that have a partner in b (semi join)
//	a EXCEPT b          distinct rows of a that have none (anti join)
//	a INTERSECT ALL b   count a row on both sides, repeat it as often as the smaller count says
//	a EXCEPT ALL b      the same with the difference
func expandSetOp(n plan.Node) plan.Node {
	s, ok := n.(*plan.SetOp)
	if !ok {
		return n
	}
	switch s.Kind {
	case plan.Intersect:
		return distinctRows(s, partners(s, spec.SemiJoin))
	case plan.Except:
		return distinctRows(s, partners(s, spec.AntiJoin))
	case plan.IntersectAll, plan.ExceptAll:
		return countedRows(s)
	}
	return n
}

// partners joins the two inputs on all columns; NULLs are equal.
func partners(s *plan.SetOp, kind spec.JoinType) plan.Node {
	left, right := s.Ins[0], s.Ins[1]
	l, r := left.Fields(), right.Fields()
	var on []spec.Expr
	for i := range l {
		on = append(on, spec.Call("IS NOT DISTINCT FROM", types.TBoolean.Required(), spec.Col(i, l[i].Type), spec.Col(len(l)+i, r[i].Type)))
	}
	return &plan.Join{Base: plan.Base{Out: l, Span: s.Span}, Type: kind, Left: left, Right: right, On: plan.And(on...)}
}

// distinctRows groups n by all its columns and names them as s does.
func distinctRows(s *plan.SetOp, n plan.Node) plan.Node {
	keys := make([]int, len(s.Out))
	for i := range keys {
		keys[i] = i
	}
	agg := &plan.Aggregate{Base: plan.Base{Out: n.Fields(), Span: s.Span}, Input: n, Keys: keys}
	return &plan.Project{Base: s.Base, Input: agg, Exprs: plan.Refs(n.Fields())}
}

// countedRows counts each row on both sides and repeats it.
func countedRows(s *plan.SetOp) plan.Node {
	width := len(s.Out)
	yes, no := spec.Lit(types.TBoolean.Required(), "TRUE"), spec.NullOf(types.TBoolean)
	marked := append(append([]plan.Field(nil), s.Out...), plan.Field{Name: "$left", Type: types.TBoolean}, plan.Field{Name: "$right", Type: types.TBoolean})
	side := func(n plan.Node, left, right spec.Expr) plan.Node {
		return &plan.Project{Base: plan.Base{Out: marked, Span: s.Span}, Input: n, Exprs: append(plan.Refs(n.Fields()), left, right)}
	}
	both := &plan.SetOp{Base: plan.Base{Out: marked, Span: s.Span}, Kind: plan.UnionAll, Ins: []plan.Node{side(s.Ins[0], yes, no), side(s.Ins[1], no, yes)}}
	big := types.TBigInt.Required()
	agg := &plan.Aggregate{Input: both}
	agg.Span = s.Span
	agg.Out = append([]plan.Field(nil), s.Out...)
	for i := range width {
		agg.Keys = append(agg.Keys, i)
	}
	for i, name := range []string{"$left", "$right"} {
		agg.Calls = append(agg.Calls, spec.AggCall{Func: "COUNT", Args: []int{width + i}, Type: big, Name: name})
		agg.Out = append(agg.Out, plan.Field{Name: name, Type: big})
	}
	l, r := spec.Col(width, big), spec.Col(width+1, big)
	times := spec.Call("-", big, l, r)
	if s.Kind == plan.IntersectAll {
		times = spec.Call("CASE", big, spec.Call("<", types.TBoolean.Required(), l, r), l, r)
	}
	count := append(append([]plan.Field(nil), s.Out...), plan.Field{Name: "$times", Type: big})
	counted := &plan.Project{Base: plan.Base{Out: count, Span: s.Span}, Input: agg, Exprs: append(plan.Refs(agg.Out[:width]), times)}
	some := &plan.Filter{Base: counted.Base, Input: counted, Condition: spec.Call(">", types.TBoolean.Required(), spec.Col(width, big), spec.Lit(big, "0"))}
	again := &plan.Correlate{Base: counted.Base, Input: some, Func: plan.ReplicateRows, Args: []spec.Expr{spec.Col(width, big)}}
	return &plan.Project{Base: s.Base, Input: again, Exprs: plan.Refs(s.Out)}
}
