package physical

import (
	"strings"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// over plans window functions. A stream runs them in the order of a time
// attribute, over frames that end at the current row; and, with changes to rows
// put out before, in the order of another column over frames without a start.
func (p *planner) over(n *plan.Over) (*Node, *diag.Error) {
	in, err := p.build(n.Input)
	if err != nil {
		return nil, err
	}
	s := spec.Over{Keys: n.PartitionBy, Sort: n.OrderBy, Calls: n.Calls, TTLMillis: p.TTLMillis, InputRetracts: in.Kinds != insertOnly,
		Frame: spec.OverFrame{Rows: n.Frame.Rows, Start: overBound(n.Frame.Start), End: overBound(n.Frame.End)}}
	out := &Node{Name: "OverAggregate", Inputs: []Input{hash(in, n.PartitionBy)}, Out: n.Out, Span: n.Span, Unique: in.Unique, Window: in.Window}
	if len(n.PartitionBy) == 0 {
		out.Parallelism = 1
	}
	if p.Batch {
		for i, c := range n.Calls {
			if c.Distinct && c.Func != "MIN" && c.Func != "MAX" {
				return nil, fail("over-frame", n.CallSpans[i], "aggregate distinct rows of a subquery", "batch mode has no DISTINCT in window functions")
			}
			if c.Func == "NTH_VALUE" {
				return nil, notSupported(n.CallSpans[i], "use ROW_NUMBER() and a join", "NTH_VALUE is not supported yet")
			}
		}
		s.Order = spec.OverSorted
		out.Spec = s
		return out, nil
	}
	if err := overStreams(n); err != nil {
		return nil, err
	}
	switch attr := in.Out[n.OrderBy[0].Column].Type.Attr; {
	case attr != types.NoAttr && in.Kinds != insertOnly:
		e := fail("over-frame", n.Span, "order by a column that is no time attribute, or use batch mode",
			"window functions in the order of time take rows that never change")
		e.Labels = append(e.Labels, diag.Label{Span: in.updatesFrom, Text: in.updatesWhy})
		return nil, e
	case attr == types.Rowtime:
		s.Order = spec.OverRowtime
		out.state = "what the frames hold, and rows above the watermark"
		if s.Frame.Start.Unbounded {
			out.state = p.bound("one entry a partition, and rows above the watermark")
		}
	case attr == types.Proctime:
		if !s.Frame.Rows && !s.Frame.Start.Unbounded {
			return nil, notSupported(n.Span, "use ROWS, or an event-time column", "a RANGE with a start over processing time is not supported yet")
		}
		s.Order = spec.OverArrival
		out.state = p.bound("one entry a partition")
		if !s.Frame.Start.Unbounded {
			out.state = p.bound("the rows of each partition's frame")
		}
	default:
		if err := overValues(n); err != nil {
			return nil, err
		}
		s.Order = spec.OverValue
		out.Kinds = updates | in.Kinds&deletes
		if in.Kinds != insertOnly {
			out.Kinds |= deletes
		}
		out.updatesFrom, out.updatesWhy = n.Span, "a row changes those behind it in this order"
		out.state = p.bound("every row")
	}
	out.Spec = s
	return out, nil
}

func overBound(b plan.Bound) spec.OverBound {
	out := spec.OverBound{Unbounded: b.Unbounded, Offset: b.Offset}
	if b.Literal != nil {
		out.Literal = b.Literal.Literal.Text
	}
	return out
}

// overStreams refuses what no stream can compute.
func overStreams(n *plan.Over) *diag.Error {
	for i, c := range n.Calls {
		switch c.Func {
		case "LAG":
			if strings.HasPrefix(c.Options["offset"], "-") {
				return fail("over-frame", n.CallSpans[i], "use batch mode", "LAG with a negative offset looks at rows that follow, which a stream cannot")
			}
		case "LEAD", "NTILE", "PERCENT_RANK", "CUME_DIST", "NTH_VALUE":
			return fail("over-frame", n.CallSpans[i], "use batch mode", "%s needs the whole partition, which a stream never has", c.Func)
		}
	}
	switch f := n.Frame; {
	case len(n.OrderBy) != 1:
		return fail("over-frame", n.Span, "ORDER BY one time attribute, or use batch mode", "a stream orders window functions by exactly one column, not %d", len(n.OrderBy))
	case n.OrderBy[0].Desc:
		return fail("over-frame", n.Span, "order ascending, or use batch mode; for the last rows, filter on ROW_NUMBER()", "a stream orders window functions ascending only")
	case f.End.Unbounded || f.End.Offset != 0 || f.End.Literal != nil || !f.Start.Unbounded && f.Start.Offset >= 0 && f.Start.Literal == nil:
		return fail("over-frame", n.Span, "let the frame start before the current row and end at it, or use batch mode", "a stream cannot look at rows that follow")
	}
	return nil
}

// overValues refuses what needs an order of time.
func overValues(n *plan.Over) *diag.Error {
	if !n.Frame.Start.Unbounded {
		return fail("over-frame", n.Span, "order by a time attribute, or use UNBOUNDED PRECEDING", "a frame with a start needs the order of a time attribute")
	}
	for i, c := range n.Calls {
		if c.Func == "LAG" {
			return fail("over-frame", n.CallSpans[i], "order by a time attribute", "LAG over a stream needs the order of a time attribute")
		}
	}
	return nil
}

// rankRefused reports filters on a rank of a stream that make no Top-N: on RANK()
// or DENSE_RANK(), and on ROW_NUMBER() without an upper bound.
func (p *planner) rankRefused(f *plan.Filter) *diag.Error {
	over, ok := f.Input.(*plan.Over)
	if !ok || p.Batch || len(over.Calls) != 1 {
		return nil
	}
	name := over.Calls[0].Func
	if name != "ROW_NUMBER" && name != "RANK" && name != "DENSE_RANK" {
		return nil
	}
	for _, c := range plan.SplitConjuncts(f.Condition) {
		op, _, ok := bound(c, len(over.Out)-1)
		switch {
		case !ok:
		case name == "ROW_NUMBER":
			return fail("over-frame", over.CallSpans[0], "add a condition such as rn <= 10", "a filter on ROW_NUMBER() of a stream needs an upper bound")
		case op != ">" && op != ">=":
			return fail("over-frame", over.CallSpans[0], "use ROW_NUMBER(), or batch mode", "a stream cuts a Top-N by ROW_NUMBER(), not by %s()", name)
		}
	}
	return nil
}

// unnest plans UNNEST in FROM.
func (p *planner) unnest(n *plan.Correlate) (*Node, *diag.Error) {
	if n.Func != "UNNEST" {
		return nil, notSupported(n.Span, "", "%s in FROM is not supported yet", n.Func)
	}
	if n.Condition != nil {
		return nil, notSupported(n.Span, "write ON TRUE, and filter in a subquery", "a condition of LEFT JOIN UNNEST is not supported yet")
	}
	in, err := p.build(n.Input)
	if err != nil {
		return nil, err
	}
	s := spec.Unnest{Collection: n.Args[0], Left: n.Left, Ordinality: n.Ordinality}
	if c := n.Args[0]; c.Column != nil && c.Type.Kind == types.Map {
		s.HashOrder = fromSource(in, *c.Column)
	}
	return &Node{Spec: s, Name: "Correlate", Inputs: []Input{forward(in)}, Out: n.Out, Span: n.Span,
		Kinds: in.Kinds, updatesFrom: in.updatesFrom, updatesWhy: in.updatesWhy, Window: in.Window}, nil
}

// fromSource reports whether a column is as a source has read it.
func fromSource(n *Node, column int) bool {
	switch s := n.Spec.(type) {
	case spec.Source:
		return true
	case spec.Calc:
		e := s.Project[column]
		return e.Column != nil && fromSource(n.Inputs[0].Node, *e.Column)
	case spec.Watermark, spec.Unnest:
		in := n.Inputs[0].Node
		return column < len(in.Out) && fromSource(in, column)
	}
	return false
}
