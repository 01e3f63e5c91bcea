package physical

import (
	"slices"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// temporalJoin plans FOR SYSTEM_TIME AS OF a rowtime attribute.
func (p *planner) temporalJoin(n *plan.TemporalJoin) (*Node, *diag.Error) {
	if p.Batch {
		return nil, fail("temporal-join", n.Span, "use streaming mode", "FOR SYSTEM_TIME AS OF needs the event time of a stream")
	}
	if n.AsOf.Column == nil {
		return nil, fail("temporal-join", n.Span, "name the time attribute itself", "FOR SYSTEM_TIME AS OF takes a column of the left side here")
	}
	if n.AsOf.Type.Attr == types.Proctime {
		return nil, fail("temporal-join", n.Span, "use a rowtime attribute of the left side", "this table cannot be looked up as of processing time")
	}
	left, err := p.build(n.Left)
	if err != nil {
		return nil, err
	}
	right, err := p.build(n.Right)
	if err != nil {
		return nil, err
	}
	time := slices.IndexFunc(right.Out, func(f plan.Field) bool { return f.Type.Attr == types.Rowtime })
	if time < 0 {
		return nil, fail("temporal-join", n.Span, "declare a WATERMARK on the column that says since when a row holds", "the right side of FOR SYSTEM_TIME AS OF has no rowtime attribute, so its rows have no versions")
	}
	width := len(left.Out)
	eq, rest, lx, rx := splitOn(n.On, width)
	left = p.widen(left, lx)
	s := spec.TemporalJoin{Type: n.Type, LeftTime: *n.AsOf.Column, RightTime: time}
	for _, e := range eq {
		l := e.left
		if l < 0 {
			l = width - 1 - l
		}
		s.LeftKeys, s.RightKeys = append(s.LeftKeys, l), append(s.RightKeys, e.right)
	}
	if len(rx) > 0 || len(eq) == 0 || !covered(right.Unique, s.RightKeys) {
		return nil, fail("temporal-join", n.Span, "declare PRIMARY KEY (…) NOT ENFORCED, and compare all of its columns in ON",
			"the right side of FOR SYSTEM_TIME AS OF needs a primary key that ON compares with the left side")
	}
	s.Condition = plan.And(rest...)
	if s.Condition != nil && len(lx) > 0 {
		c := plan.MapColumns(*s.Condition, func(c int, t types.Type) spec.Expr {
			if c >= width {
				c += len(lx)
			}
			return spec.Col(c, t)
		})
		s.Condition = &c
	}
	fields := append(slices.Clone(left.Out), n.Out[width:]...)
	out := &Node{Spec: s, Name: "TemporalJoin", Inputs: []Input{hash(left, s.LeftKeys), hash(right, s.RightKeys)}, Out: fields, Span: n.Span,
		Kinds: left.Kinds, updatesFrom: left.updatesFrom, updatesWhy: left.updatesWhy, Unique: left.Unique, Window: left.Window,
		state: "left rows above the watermark, and the versions that they may need"}
	if len(lx) == 0 {
		return out, nil
	}
	back := make([]spec.Expr, len(n.Out))
	for i, f := range n.Out {
		at := i
		if i >= width {
			at += len(lx)
		}
		back[i] = spec.Col(at, f.Type)
	}
	return p.project(out, nil, back, n.Out, n.Span), nil
}
