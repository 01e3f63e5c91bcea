package physical

import (
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// equi is one `left = right` of a join condition.
type equi struct {
	left, right int
	nullSafe    bool
}

// splitOn takes the equalities between a column of each side out of ON.
// Equalities between expressions get columns of their own, appended to the sides.
func splitOn(on *spec.Expr, width int) (eq []equi, rest []spec.Expr, leftExtra, rightExtra []spec.Expr) {
	if on == nil {
		return
	}
	side := func(e spec.Expr) int {
		set := map[int]bool{}
		plan.Columns(e, set)
		l, r := false, false
		for c := range set {
			l, r = l || c < width, r || c >= width
		}
		switch {
		case l && !r:
			return 0
		case r && !l:
			return 1
		}
		return -1
	}
	for _, c := range plan.SplitConjuncts(*on) {
		if (c.Call == "=" || c.Call == "IS NOT DISTINCT FROM") && len(c.Args) == 2 && c.Args[0].Type.SameAs(c.Args[1].Type) {
			a, b := c.Args[0], c.Args[1]
			sa, sb := side(a), side(b)
			if sa == 1 && sb == 0 {
				a, b, sa, sb = b, a, 0, 1
			}
			if sa == 0 && sb == 1 {
				e := equi{-1, -1, c.Call != "="}
				if a.Column != nil {
					e.left = *a.Column
				} else {
					leftExtra = append(leftExtra, a)
					e.left = -len(leftExtra)
				}
				if b.Column != nil {
					e.right = *b.Column - width
				} else {
					rightExtra = append(rightExtra, plan.Shift(b, -width))
					e.right = -len(rightExtra)
				}
				eq = append(eq, e)
				continue
			}
		}
		rest = append(rest, c)
	}
	return
}

// widen adds computed columns to a side of a join.
func (p *planner) widen(n *Node, extra []spec.Expr) *Node {
	if len(extra) == 0 {
		return n
	}
	out := append([]plan.Field(nil), n.Out...)
	for _, e := range extra {
		out = append(out, plan.Field{Name: "$key", Type: e.Type})
	}
	return p.project(n, nil, append(plan.Refs(n.Out), extra...), out, n.Span)
}

func (p *planner) join(n *plan.Join) (*Node, *diag.Error) {
	left, err := p.build(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := p.build(n.Right)
	if err != nil {
		return nil, err
	}
	lw, rw := len(left.Out), len(right.Out)
	eq, rest, lx, rx := splitOn(n.On, lw)
	leftW, rightW := left.Window, right.Window
	left, right = p.widen(left, lx), p.widen(right, rx)
	var lk, rk []int
	var nullSafe []bool
	anySafe, startEq, endEq := false, false, false
	for _, e := range eq {
		l, r := e.left, e.right
		if l < 0 {
			l = lw - 1 - l
		}
		if r < 0 {
			r = rw - 1 - r
		}
		if leftW != nil && rightW != nil && l == leftW.start && r == rightW.start && l >= 0 {
			startEq = true
		}
		if leftW != nil && rightW != nil && l == leftW.end && r == rightW.end && l >= 0 {
			endEq = true
		}
		lk, rk, nullSafe = append(lk, l), append(rk, r), append(nullSafe, e.nullSafe)
		anySafe = anySafe || e.nullSafe
	}
	if !anySafe {
		nullSafe = nil
	}
	// The rest of ON refers to the sides as they were before widening.
	condition := plan.And(rest...)
	if condition != nil && len(lx) > 0 {
		c := plan.MapColumns(*condition, func(c int, t types.Type) spec.Expr {
			if c >= lw {
				c += len(lx)
			}
			return spec.Col(c, t)
		})
		condition = &c
	}
	var joined *Node
	if startEq && endEq && !p.Batch && sameWindow(leftW.window, rightW.window) && left.Kinds|right.Kinds == insertOnly {
		joined = p.windowJoin(n, left, right, lk, rk, nullSafe, leftW, rightW, condition)
	} else if i, ok := p.asInterval(n, left, right, lk, nullSafe, condition); ok {
		joined = p.intervalJoin(n, left, right, lk, rk, i)
	} else {
		joined = p.regularJoin(n, left, right, lk, rk, nullSafe, condition)
	}
	if len(lx)+len(rx) == 0 {
		return joined, nil
	}
	// Drop the computed key columns again.
	var exprs []spec.Expr
	for i := range n.Out {
		c := i
		if i >= lw {
			c += len(lx)
		}
		exprs = append(exprs, spec.Col(c, n.Out[i].Type))
	}
	return p.project(joined, nil, exprs, n.Out, n.Span), nil
}

func sameWindow(a, b spec.Window) bool {
	return a.Kind == b.Kind && a.Size == b.Size && a.Slide == b.Slide && a.Offset == b.Offset
}

// outerFields are the output fields of a join: all of both sides, nullable where padded.
func outerFields(n *plan.Join, left, right *Node) []plan.Field {
	out := append([]plan.Field(nil), left.Out...)
	if n.Type == spec.SemiJoin || n.Type == spec.AntiJoin {
		return out
	}
	out = append(out, right.Out...)
	for i := range out {
		padded := n.Type == spec.FullJoin || n.Type == spec.LeftJoin && i >= len(left.Out) || n.Type == spec.RightJoin && i < len(left.Out)
		if padded {
			out[i].Type = out[i].Type.Nullable()
		}
	}
	return out
}

func (p *planner) windowJoin(n *plan.Join, left, right *Node, lk, rk []int, nullSafe []bool, lw, rw *windowColumns, condition *spec.Expr) *Node {
	var keysL, keysR []int
	rest := []spec.Expr{}
	if condition != nil {
		rest = append(rest, *condition)
	}
	for i := range lk {
		if lk[i] == lw.start && rk[i] == rw.start || lk[i] == lw.end && rk[i] == rw.end {
			continue
		}
		if nullSafe != nil && nullSafe[i] { // the operator's keys never match NULL
			rest = append(rest, spec.Call("IS NOT DISTINCT FROM", types.TBoolean.Required(),
				spec.Col(lk[i], left.Out[lk[i]].Type), spec.Col(len(left.Out)+rk[i], right.Out[rk[i]].Type)))
			continue
		}
		keysL, keysR = append(keysL, lk[i]), append(keysR, rk[i])
	}
	s := spec.WindowJoin{Type: n.Type, LeftKeys: keysL, RightKeys: keysR, Condition: plan.And(rest...), LeftEnd: lw.end, RightEnd: rw.end, LTZ: lw.window.LTZ}
	out := &Node{Spec: s, Name: "WindowJoin", Inputs: []Input{hash(left, keysL), hash(right, keysR)}, Out: outerFields(n, left, right), Span: n.Span,
		Window: lw, state: "until the window ends"}
	if len(keysL) == 0 {
		out.Parallelism = 1
	}
	return out
}

func (p *planner) regularJoin(n *plan.Join, left, right *Node, lk, rk []int, nullSafe []bool, condition *spec.Expr) *Node {
	s := spec.Join{Type: n.Type, LeftKeys: lk, RightKeys: rk, NullSafe: nullSafe, Condition: condition,
		LeftUnique: left.Unique, RightUnique: right.Unique, LeftTTLMillis: p.TTLMillis, RightTTLMillis: p.TTLMillis,
		LeftRetracts: left.Kinds != insertOnly, RightRetracts: right.Kinds != insertOnly}
	out := &Node{Spec: s, Name: "Join", Inputs: []Input{hash(left, lk), hash(right, rk)}, Out: outerFields(n, left, right), Span: n.Span,
		state: p.bound("every row of both sides")}
	if len(lk) == 0 {
		out.Parallelism = 1
	}
	if !p.Batch {
		out.Kinds = left.Kinds | right.Kinds
		out.updatesFrom, out.updatesWhy = left.updatesFrom, left.updatesWhy
		if left.Kinds == insertOnly {
			out.updatesFrom, out.updatesWhy = right.updatesFrom, right.updatesWhy
		}
		if n.Type == spec.LeftJoin || n.Type == spec.RightJoin || n.Type == spec.FullJoin || n.Type == spec.AntiJoin {
			out.Kinds |= deletes
			if out.updatesFrom.IsZero() {
				out.updatesFrom, out.updatesWhy = n.Span, "rows of this join are withdrawn when a partner comes"
			}
		}
		if out.Kinds != insertOnly {
			out.Kinds |= deletes
		}
	}
	lu, ru := covered(left.Unique, lk), covered(right.Unique, rk)
	if n.Type == spec.SemiJoin || n.Type == spec.AntiJoin {
		out.Unique = left.Unique
		return out
	}
	// A side whose key is part of the join key matches at most once; the side
	// that is padded repeats its NULLs.
	if ru && n.Type != spec.RightJoin && n.Type != spec.FullJoin {
		out.Unique = append(out.Unique, left.Unique...)
	}
	if lu && n.Type != spec.LeftJoin && n.Type != spec.FullJoin {
		for _, u := range right.Unique {
			out.Unique = append(out.Unique, shift(u, len(left.Out)))
		}
	}
	if len(left.Unique) > 0 && len(right.Unique) > 0 && n.Type != spec.FullJoin {
		out.Unique = append(out.Unique, append(append([]int(nil), left.Unique[0]...), shift(right.Unique[0], len(left.Out))...))
	}
	return out
}

func shift(cols []int, by int) []int {
	out := make([]int, len(cols))
	for i, c := range cols {
		out[i] = c + by
	}
	return out
}

// covered reports whether some unique set lies within keys.
func covered(unique [][]int, keys []int) bool {
	for _, u := range unique {
		all := true
		for _, c := range u {
			found := false
			for _, k := range keys {
				found = found || k == c
			}
			all = all && found
		}
		if all {
			return true
		}
	}
	return false
}
