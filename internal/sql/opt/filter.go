package opt

import (
	"slices"

	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

type typ = types.Type

// pushFilters moves conditions as far down as they may go.
func (o Options) pushFilters(n plan.Node) plan.Node {
	shared := map[plan.Node]int{}
	countUses(n, shared)
	return o.push(n, nil, shared)
}

func countUses(n plan.Node, uses map[plan.Node]int) {
	uses[n]++
	if uses[n] > 1 {
		return
	}
	for _, in := range n.Inputs() {
		countUses(in, uses)
	}
}

// push returns n filtered by conds (over n's fields), placed as low as possible.
func (o Options) push(n plan.Node, conds []spec.Expr, shared map[plan.Node]int) plan.Node {
	if len(conds) > 0 && shared[n] > 1 {
		// Used elsewhere without these conditions: stay above, so that it can be shared.
		return filter(o.push(n, nil, shared), conds)
	}
	switch n := n.(type) {
	case *plan.Filter:
		return o.push(n.Input, append(o.conjuncts(n.Condition), conds...), shared)
	case *plan.Project:
		var down, stay []spec.Expr
		for _, c := range conds {
			if o.movable(c, n.Exprs) {
				down = append(down, substitute(c, n.Exprs))
			} else {
				stay = append(stay, c)
			}
		}
		return filter(n.WithInputs(o.push(n.Input, down, shared)), stay)
	case *plan.SetOp:
		if n.Kind == plan.UnionAll {
			ins := make([]plan.Node, len(n.Ins))
			for i, in := range n.Ins {
				ins[i] = o.push(in, conds, shared)
			}
			return n.WithInputs(ins...)
		}
	case *plan.WindowTVF:
		var down, stay []spec.Expr
		width := len(n.Input.Fields())
		for _, c := range conds {
			if below(c, 0, width) && n.Window.Kind != spec.Session && o.deterministic(c) {
				down = append(down, c)
			} else {
				stay = append(stay, c)
			}
		}
		return filter(n.WithInputs(o.push(n.Input, down, shared)), stay)
	case *plan.Aggregate:
		// A condition on keys of every set filters the input just as well.
		var down, stay []spec.Expr
		for _, c := range conds {
			if n.Sets == nil && len(n.Keys) > 0 && below(c, 0, len(n.Keys)) && o.deterministic(c) && len(columns(c)) > 0 {
				down = append(down, plan.MapColumns(c, func(k int, t typ) spec.Expr { return spec.Col(n.Keys[k], t) }))
			} else {
				stay = append(stay, c)
			}
		}
		return filter(n.WithInputs(o.push(n.Input, down, shared)), stay)
	case *plan.Over:
		// A condition on what all windows are partitioned by drops whole windows.
		var down, stay []spec.Expr
		for _, c := range conds {
			if within(c, n.PartitionBy) && o.deterministic(c) {
				down = append(down, c)
			} else {
				stay = append(stay, c)
			}
		}
		return filter(n.WithInputs(o.push(n.Input, down, shared)), stay)
	case *plan.Join:
		return o.pushJoin(n, conds, shared)
	}
	in := n.Inputs()
	next := make([]plan.Node, len(in))
	for i, x := range in {
		next[i] = o.push(x, nil, shared)
	}
	if len(in) > 0 {
		n = n.WithInputs(next...)
	}
	return filter(n, conds)
}

// conjuncts splits a condition at its ANDs, with what all branches of an OR have
// in common taken out of it: `a AND b OR a AND c` is `a` and `b OR c`. A join
// finds its keys that way.
func (o Options) conjuncts(e spec.Expr) []spec.Expr {
	var out []spec.Expr
	for _, c := range plan.SplitConjuncts(e) {
		out = append(out, o.factor(c)...)
	}
	return out
}

func (o Options) factor(e spec.Expr) []spec.Expr {
	branches := disjuncts(e)
	if len(branches) < 2 || !o.deterministic(e) {
		return []spec.Expr{e}
	}
	parts := make([][]spec.Expr, len(branches))
	for i, b := range branches {
		parts[i] = plan.SplitConjuncts(b)
	}
	var common []spec.Expr
	for _, c := range parts[0] {
		if !slices.ContainsFunc(parts[1:], func(p []spec.Expr) bool { return !contains(p, c) }) && !contains(common, c) {
			common = append(common, c)
		}
	}
	if len(common) == 0 {
		return []spec.Expr{e}
	}
	var rest *spec.Expr
	for _, p := range parts {
		left := plan.And(slices.DeleteFunc(p, func(c spec.Expr) bool { return contains(common, c) })...)
		if left == nil {
			return common // this branch asks for nothing more
		}
		if rest == nil {
			rest = left
			continue
		}
		or := spec.Call("OR", types.TBoolean.WithNotNull(rest.Type.NotNull && left.Type.NotNull), *rest, *left)
		rest = &or
	}
	return append(common, *rest)
}

func disjuncts(e spec.Expr) []spec.Expr {
	if e.Call != "OR" {
		return []spec.Expr{e}
	}
	var out []spec.Expr
	for _, a := range e.Args {
		out = append(out, disjuncts(a)...)
	}
	return out
}

// contains finds a condition, `a = b` also as `b = a`.
func contains(es []spec.Expr, e spec.Expr) bool {
	turned := e
	if e.Call == "=" {
		turned.Args = []spec.Expr{e.Args[1], e.Args[0]}
	}
	return slices.ContainsFunc(es, func(x spec.Expr) bool { return plan.Equal(x, e) || plan.Equal(x, turned) })
}

// pushJoin sends one-sided conditions to the sides and makes the others of an
// inner join part of ON.
func (o Options) pushJoin(n *plan.Join, conds []spec.Expr, shared map[plan.Node]int) plan.Node {
	n = simplifyOuter(n, conds)
	width := len(n.Left.Fields())
	total := width + len(n.Right.Fields())
	keepsLeft := n.Type == spec.InnerJoin || n.Type == spec.LeftJoin || n.Type == spec.SemiJoin || n.Type == spec.AntiJoin
	keepsRight := n.Type == spec.InnerJoin || n.Type == spec.RightJoin
	var left, right, on, stay []spec.Expr
	for _, c := range conds {
		switch {
		case !o.deterministic(c):
			stay = append(stay, c)
		case keepsLeft && below(c, 0, width):
			left = append(left, c)
		case keepsRight && below(c, width, total):
			right = append(right, plan.Shift(c, -width))
		case n.Type == spec.InnerJoin:
			on = append(on, c)
		default:
			stay = append(stay, c)
		}
	}
	if n.On != nil {
		for _, c := range o.conjuncts(*n.On) {
			// A one-sided condition of ON only decides which rows of the other
			// side find a partner, so it may filter the side that is not kept whole.
			switch {
			case !o.deterministic(c):
				on = append(on, c)
			case (n.Type == spec.InnerJoin || n.Type == spec.RightJoin || n.Type == spec.SemiJoin) && below(c, 0, width) && len(columns(c)) > 0:
				left = append(left, c)
			case (n.Type == spec.InnerJoin || n.Type == spec.LeftJoin || n.Type == spec.SemiJoin || n.Type == spec.AntiJoin) && below(c, width, total) && len(columns(c)) > 0:
				right = append(right, plan.Shift(c, -width))
			default:
				on = append(on, c)
			}
		}
	}
	j := *n
	j.On = plan.And(on...)
	j.Left = o.push(n.Left, left, shared)
	j.Right = o.push(n.Right, right, shared)
	return filter(&j, stay)
}

// simplifyOuter makes a join inner on the sides whose padded rows no condition
// above lets through: its result then only grows.
func simplifyOuter(n *plan.Join, conds []spec.Expr) *plan.Join {
	if n.Type != spec.LeftJoin && n.Type != spec.RightJoin && n.Type != spec.FullJoin {
		return n
	}
	width := len(n.Left.Fields())
	noLeft, noRight := false, false // rows padded on that side do not pass
	for _, c := range conds {
		noLeft = noLeft || rejectsNull(c, func(col int) bool { return col < width })
		noRight = noRight || rejectsNull(c, func(col int) bool { return col >= width })
	}
	j := *n
	switch {
	case n.Type == spec.LeftJoin && noRight, n.Type == spec.RightJoin && noLeft, n.Type == spec.FullJoin && noLeft && noRight:
		j.Type = spec.InnerJoin
	case n.Type == spec.FullJoin && noLeft:
		j.Type = spec.LeftJoin
	case n.Type == spec.FullJoin && noRight:
		j.Type = spec.RightJoin
	}
	return &j
}

// rejectsNull reports whether c cannot be TRUE where all columns of a side are NULL.
func rejectsNull(c spec.Expr, side func(column int) bool) bool {
	switch c.Call {
	case "AND":
		return slices.ContainsFunc(c.Args, func(a spec.Expr) bool { return rejectsNull(a, side) })
	case "OR":
		return !slices.ContainsFunc(c.Args, func(a spec.Expr) bool { return !rejectsNull(a, side) })
	case "IS NOT NULL", "IS TRUE":
		return nullWith(c.Args[0], side)
	}
	return nullWith(c, side)
}

// nullWith reports whether e is NULL where all columns of a side are.
func nullWith(e spec.Expr, side func(column int) bool) bool {
	if e.Column != nil {
		return side(*e.Column)
	}
	switch e.Call {
	case "=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "CAST", "NOT", "LIKE", "UPPER", "LOWER", "||", "ABS":
		return slices.ContainsFunc(e.Args, func(a spec.Expr) bool { return nullWith(a, side) })
	}
	return false
}

func filter(n plan.Node, conds []spec.Expr) plan.Node {
	c := plan.And(conds...)
	if c == nil {
		return n
	}
	return &plan.Filter{Base: plan.Base{Out: n.Fields(), Span: n.Pos()}, Input: n, Condition: *c}
}

func columns(e spec.Expr) map[int]bool {
	set := map[int]bool{}
	plan.Columns(e, set)
	return set
}

// within reports whether e has columns, all of them among cols.
func within(e spec.Expr, cols []int) bool {
	set := columns(e)
	for c := range set {
		if !slices.Contains(cols, c) {
			return false
		}
	}
	return len(set) > 0
}

// below reports whether all columns of e lie in [from, to).
func below(e spec.Expr, from, to int) bool {
	for c := range columns(e) {
		if c < from || c >= to {
			return false
		}
	}
	return true
}

// movable reports whether c may be computed from a Project's input instead.
func (o Options) movable(c spec.Expr, exprs []spec.Expr) bool {
	if !o.deterministic(c) {
		return false
	}
	for k := range columns(c) {
		if !o.deterministic(exprs[k]) {
			return false
		}
	}
	return true
}
