package physical

import (
	"math"
	"slices"
	"strconv"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// topN is a filter on ROW_NUMBER(): the ranks that it lets through, and what
// else it says.
type topN struct {
	over       *plan.Over
	start, end int64
	rest       []spec.Expr
}

// asTopN recognises a filter with an upper bound right above ROW_NUMBER().
func asTopN(f *plan.Filter) (topN, bool) {
	over, ok := f.Input.(*plan.Over)
	if !ok || len(over.Calls) != 1 || over.Calls[0].Func != "ROW_NUMBER" {
		return topN{}, false
	}
	t := topN{over: over, start: 1, end: math.MaxInt64}
	number := len(over.Out) - 1
	var conditions []spec.Expr
	for _, c := range plan.SplitConjuncts(f.Condition) {
		if c.Call == "BETWEEN" {
			conditions = append(conditions, spec.Call(">=", c.Type, c.Args[0], c.Args[1]), spec.Call("<=", c.Type, c.Args[0], c.Args[2]))
			continue
		}
		conditions = append(conditions, c)
	}
	for _, c := range conditions {
		op, n, ok := bound(c, number)
		if !ok {
			t.rest = append(t.rest, c)
			continue
		}
		switch op {
		case "=":
			t.start, t.end = max(t.start, n), min(t.end, n)
		case "<":
			t.end = min(t.end, n-1)
		case "<=":
			t.end = min(t.end, n)
		case ">":
			t.start = max(t.start, n+1)
		case ">=":
			t.start = max(t.start, n)
		}
	}
	return t, t.end < math.MaxInt64
}

// bound reads `column op constant`, either way round.
func bound(c spec.Expr, column int) (op string, n int64, ok bool) {
	turned := map[string]string{"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
	if turned[c.Call] == "" || len(c.Args) != 2 {
		return "", 0, false
	}
	a, b, op := c.Args[0], c.Args[1], c.Call
	if a.Column == nil {
		a, b, op = b, a, turned[op]
	}
	if a.Column == nil || *a.Column != column {
		return "", 0, false
	}
	for b.Call == "CAST" {
		b = b.Args[0]
	}
	if b.Literal == nil || b.Literal.Null || !b.Type.IsNumeric() {
		return "", 0, false
	}
	n, err := strconv.ParseInt(b.Literal.Text, 10, 64)
	return op, n, err == nil
}

// rank plans a Top-N; number says whether the rank itself is looked at. Without,
// its column is missing at the end of the output.
func (p *planner) rank(t topN, number bool) (*Node, *diag.Error) {
	o := t.over
	in, err := p.build(o.Input)
	if err != nil {
		return nil, err
	}
	out := o.Out
	if !number {
		out = out[:len(out)-1]
	}
	if p.Batch {
		return p.ranked(in, spec.Rank{Keys: o.PartitionBy, Sort: o.OrderBy, Start: t.start, End: t.end, Number: number}, out, o.Span), nil
	}
	if w := in.Window; w != nil && w.end >= 0 && in.Kinds == insertOnly {
		if keys, _, ok := windowKeys(o.PartitionBy, w); ok {
			s := spec.WindowRank{Keys: keys, Sort: o.OrderBy, Start: t.start, End: t.end, Number: number, WindowEnd: w.end, LTZ: w.window.LTZ}
			n := &Node{Spec: s, Name: "WindowRank", Inputs: []Input{hash(in, keys)}, Out: out, Span: o.Span, Unique: in.Unique, Window: w, state: "until the window ends"}
			if len(keys) == 0 {
				n.Parallelism = 1
			}
			if t.start == t.end {
				n.Unique = append(slices.Clone(n.Unique), o.PartitionBy)
			}
			return n, nil
		}
	}
	s := spec.Rank{Keys: o.PartitionBy, Sort: o.OrderBy, Start: t.start, End: t.end, Number: number}
	if t.start == 1 && t.end == 1 && len(o.OrderBy) == 1 && in.Kinds == insertOnly {
		k := o.OrderBy[0]
		switch in.Out[k.Column].Type.Attr {
		case types.Rowtime:
			if !k.Desc && !number {
				n := &Node{Spec: spec.First{Keys: o.PartitionBy, Time: k.Column, TTLMillis: p.TTLMillis}, Name: "Deduplicate", Inputs: []Input{hash(in, o.PartitionBy)}, Out: out, Span: o.Span,
					Unique: append(slices.Clone(in.Unique), o.PartitionBy), state: p.bound("every key")}
				if len(o.PartitionBy) == 0 {
					n.Parallelism = 1
				}
				return n, nil
			}
			s.NewestFirst = k.Desc
		case types.Proctime: // the order of arrival
			s.Sort, s.NewestFirst = nil, k.Desc
		}
	}
	return p.ranked(in, s, out, o.Span), nil
}

// ranked makes a Rank, with the strategy that its input allows.
func (p *planner) ranked(in *Node, s spec.Rank, out []plan.Field, at diag.Span) *Node {
	s.TTLMillis = p.TTLMillis
	n := &Node{Name: "Rank", Inputs: []Input{hash(in, s.Keys)}, Out: out, Span: at, Unique: slices.Clone(in.Unique), state: p.bound("the first rows of each partition"),
		updatesFrom: at, updatesWhy: "the first rows of this order change"}
	if len(s.Keys) == 0 {
		n.Parallelism = 1
	}
	numbered := s.Number || s.Start > 1
	switch rowKey := onlyRises(in, s); {
	case in.Kinds == insertOnly:
		s.Strategy = spec.RankAppend
		switch {
		case len(s.Sort) == 0 && !s.NewestFirst: // who comes first stays first
			n.Kinds = insertOnly
		case numbered || s.End == 1:
			n.Kinds = updates
		default:
			n.Kinds = deletes
		}
	case rowKey != nil:
		s.Strategy, s.RowKey = spec.RankUpdate, rowKey
		n.Kinds = updates
		if !numbered && s.End > 1 {
			n.Kinds |= deletes
		}
	default:
		s.Strategy = spec.RankRetract
		n.state = p.bound("every row")
		n.Kinds = deletes
		if numbered {
			n.Kinds |= updates
		}
	}
	if p.Batch {
		n.Kinds = insertOnly
	}
	if s.Start == s.End {
		n.Unique = append(n.Unique, s.Keys)
	}
	if s.Number {
		n.Unique = append(n.Unique, append(slices.Clone(s.Keys), len(out)-1))
	}
	n.Spec = s
	return n
}

// onlyRises returns the key by which the rows of in replace each other, if they
// stay in their partition and a row never falls behind in the order by that.
func onlyRises(in *Node, s spec.Rank) []int {
	if in.Kinds&deletes != 0 {
		return nil
	}
	for _, k := range s.Sort {
		t := trend(in, k.Column)
		if t != steady && (t != rising || !k.Desc) && (t != falling || k.Desc) {
			return nil
		}
	}
	for _, u := range in.Unique {
		if !slices.ContainsFunc(s.Keys, func(k int) bool { return !slices.Contains(u, k) }) {
			return u
		}
	}
	return nil
}

// direction is how a column changes from one version of a row to the next.
type direction int

const (
	anyhow direction = iota
	steady
	rising
	falling
)

// trend follows a column down to the aggregate that computes it.
func trend(n *Node, column int) direction {
	switch s := n.Spec.(type) {
	case spec.Calc:
		if e := s.Project[column]; e.Column != nil && s.Condition == nil {
			return trend(n.Inputs[0].Node, *e.Column)
		}
	case spec.GroupAgg:
		if column < len(s.Keys) {
			return steady
		}
		if s.InputRetracts {
			return anyhow
		}
		switch s.Aggs[column-len(s.Keys)].Func {
		case "COUNT", "MAX":
			return rising
		case "MIN":
			return falling
		}
	}
	return anyhow
}
