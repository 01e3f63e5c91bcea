package physical

import (
	"slices"
	"strconv"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// match plans MATCH_RECOGNIZE.
func (p *planner) match(n *plan.Match) (*Node, *diag.Error) {
	in, err := p.build(n.Input)
	if err != nil {
		return nil, err
	}
	if in.Kinds != insertOnly {
		e := fail("match-input", n.Span, "use batch mode, or a table whose rows never change", "MATCH_RECOGNIZE takes rows that never change")
		e.Labels = append(e.Labels, diag.Label{Span: in.updatesFrom, Text: in.updatesWhy})
		return nil, e
	}
	s := spec.Match{Keys: n.PartitionBy, Sort: n.OrderBy, Within: n.WithinMillis, Arrival: in.Out[n.OrderBy[0].Column].Type.Attr == types.Proctime}
	if s.Arrival && len(n.OrderBy) > 1 {
		return nil, notSupported(n.Span, "order by the time attribute alone", "a second ORDER BY column beside processing time is not supported yet")
	}
	var names []string
	for _, it := range n.Pattern.Items {
		if it.Group != nil {
			return nil, notSupported(n.Span, "repeat a single variable", "a quantifier of several variables in parentheses is not supported")
		}
		names = append(names, it.Var)
		s.Vars = append(s.Vars, spec.PatternVar{Name: it.Var, Min: it.Min, Max: it.Max, Reluctant: it.Reluctant})
	}
	m := matchTerms{names: names}
	s.Defines = make([]*spec.MatchExpr, len(names))
	for _, d := range n.Defines {
		e := m.rewrite(d.Condition)
		s.Defines[slices.Index(names, d.Var)] = &e
	}
	for _, x := range n.Measures {
		s.Measures = append(s.Measures, m.rewrite(x))
	}
	switch n.Skip {
	case "PAST LAST ROW":
		s.Skip = spec.SkipPastLast
	case "TO FIRST":
		s.Skip = spec.SkipToFirst
	case "TO LAST":
		s.Skip = spec.SkipToLast
	default:
		s.Skip = spec.SkipToNext
	}
	s.SkipVar = max(slices.Index(names, n.SkipVar), 0)
	out := &Node{Spec: s, Name: "Match", Inputs: []Input{hash(in, n.PartitionBy)}, Out: n.Out, Span: n.Span, state: "the rows of matches under way, without bound"}
	if n.WithinMillis > 0 {
		out.state = "the rows of matches under way, within the interval"
	}
	if len(n.PartitionBy) == 0 {
		out.Parallelism = 1
	}
	return out, nil
}

// matchTerms turns expressions over pattern variables into expressions over
// values that are taken from the rows of a match.
type matchTerms struct {
	names []string
	terms []spec.MatchTerm
}

func (m *matchTerms) rewrite(e spec.Expr) spec.MatchExpr {
	m.terms = nil
	x := m.expr(e, spec.MatchTerm{Kind: spec.TermLast})
	return spec.MatchExpr{Terms: m.terms, Expr: x}
}

func (m *matchTerms) term(t spec.MatchTerm) spec.Expr {
	m.terms = append(m.terms, t)
	return spec.Col(len(m.terms)-1, t.Type)
}

func (m *matchTerms) variable(e spec.Expr) int { return slices.Index(m.names, e.Literal.Text) }

// expr rewrites e; a reference takes its value from the row that at tells.
func (m *matchTerms) expr(e spec.Expr, at spec.MatchTerm) spec.Expr {
	switch {
	case e.Call == "PATTERN_REF":
		at.Var, at.Column, at.Type = m.variable(e.Args[1]), *e.Args[0].Column, e.Type.Nullable().WithAttr(types.NoAttr)
		return m.term(at)
	case e.Call == "FIRST" || e.Call == "LAST":
		at.Kind = spec.TermLast
		if e.Call == "FIRST" {
			at.Kind = spec.TermFirst
		}
		at.Offset, _ = strconv.Atoi(e.Args[1].Literal.Text)
		return m.expr(e.Args[0], at)
	case e.Call == "MATCH_ROWTIME":
		return m.term(spec.MatchTerm{Kind: spec.TermRowtime, Var: -1, Type: e.Type.WithAttr(types.NoAttr)})
	case e.Call == "MATCH_PROCTIME":
		return spec.Call("PROCTIME", e.Type)
	case isMatchAggregate(e):
		return m.aggregate(e)
	}
	if len(e.Args) > 0 {
		args := make([]spec.Expr, len(e.Args))
		for i, a := range e.Args {
			args[i] = m.expr(a, at)
		}
		e.Args = args
	}
	return e
}

// isMatchAggregate tells aggregates from functions of one row.
func isMatchAggregate(e spec.Expr) bool {
	switch e.Call {
	case "COUNT", "SUM", "AVG", "MIN", "MAX", "SUM0", "STDDEV", "STDDEV_POP", "STDDEV_SAMP", "VARIANCE", "VAR_POP", "VAR_SAMP",
		"FIRST_VALUE", "LAST_VALUE", "LISTAGG", "COLLECT", "ARRAY_AGG", "APPROX_COUNT_DISTINCT":
		return true
	}
	d := function.Find(e.Call)
	return d != nil && d.Class == function.Aggregate
}

// aggregate makes a term of SUM(A.x + 1) and its like: the arguments are over the
// input's columns, the rows those of the variable.
func (m *matchTerms) aggregate(e spec.Expr) spec.Expr {
	t := spec.MatchTerm{Kind: spec.TermAgg, Var: -1, Type: e.Type, Agg: &spec.AggCall{Func: e.Call, Type: e.Type}}
	for _, a := range e.Args {
		if a.Type.Kind == types.Symbol { // COUNT(A.*)
			t.Var = m.variable(a)
			continue
		}
		plan.Walk(a, func(x spec.Expr) {
			if x.Call == "PATTERN_REF" {
				t.Var = m.variable(x.Args[1])
			}
		})
		t.Agg.Args = append(t.Agg.Args, len(t.Args))
		t.Args = append(t.Args, plain(a))
	}
	return m.term(t)
}

// plain replaces references to variables by the columns themselves.
func plain(e spec.Expr) spec.Expr {
	if e.Call == "PATTERN_REF" {
		return e.Args[0]
	}
	if len(e.Args) > 0 {
		args := make([]spec.Expr, len(e.Args))
		for i, a := range e.Args {
			args[i] = plain(a)
		}
		e.Args = args
	}
	return e
}
