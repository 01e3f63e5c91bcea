package bind

import (
	"slices"
	"strings"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// matchEnv is the inside of MATCH_RECOGNIZE: `A.price` is the column price of
// the rows that are A, `price` that of any row of the match.
type matchEnv struct {
	vars  []string
	input *scope
	inAgg bool
	time  types.Type // of MATCH_ROWTIME
}

// anyVar stands for no pattern variable in particular.
const anyVar = "*"

func (b *Binder) matchRecognize(m *ast.MatchRecognize, c *context) *source {
	src := b.table(m.Input, nil, c)
	if !src.ok() {
		return broken()
	}
	sc := c.scope(src.scope)
	n := &plan.Match{Input: src.node, Skip: "TO NEXT ROW"}
	n.Span = m.Span
	mistakes := len(b.errs)
	if m.RowsPerMatch == "ALL ROWS" {
		b.notSupported(m.Span, "ALL ROWS PER MATCH", "write ONE ROW PER MATCH and MEASURES")
	}
	if len(m.Subsets) > 0 {
		b.notSupported(m.Subsets[0].Span, "SUBSET", "")
	}
	if m.StrictStart || m.StrictEnd {
		b.notSupported(m.Pattern.Pos(), "^ and $ in a pattern", "")
	}
	v := &env{scope: sc, clause: "MATCH_RECOGNIZE"}
	column := func(e ast.Expr, what string) int {
		x := b.expr(e, v)
		if bad(x) {
			return -1
		}
		if x.Column == nil {
			b.fail(e.Pos(), "wrong-arguments", "%s takes columns here", what)
			return -1
		}
		return *x.Column
	}
	for _, p := range m.PartitionBy {
		n.PartitionBy = append(n.PartitionBy, column(p, "PARTITION BY"))
	}
	for _, o := range m.OrderBy {
		n.OrderBy = append(n.OrderBy, sortKey(o, column(o.X, "ORDER BY")))
	}
	fields := src.node.Fields()
	var time types.Type
	if len(n.OrderBy) == 0 {
		b.fail(m.Span, "no-time-attribute", "MATCH_RECOGNIZE needs ORDER BY a time attribute")
	} else if k := n.OrderBy[0]; k.Column >= 0 {
		time = fields[k.Column].Type
		if !time.IsTimestamp() || time.Attr == types.NoAttr && !b.opts.Batch || k.Desc {
			e := b.fail(m.OrderBy[0].Span, "no-time-attribute", "MATCH_RECOGNIZE is ordered by a time attribute first, ascending")
			e.Help = "declare a watermark on the time column and order by it"
		}
	}
	p := patternBinder{b: b}
	n.Pattern = p.sequence(m.Pattern)
	if len(b.errs) == mistakes {
		p.check(n.Pattern, m.Pattern.Pos())
	}
	in := &matchEnv{vars: p.vars, input: sc, time: time}
	if s := m.AfterMatch; s != nil {
		n.Skip = s.Kind
		if s.Var != nil {
			if s.Kind == "TO" {
				n.Skip = "TO LAST"
			}
			n.SkipVar = s.Var.Name
			if !slices.Contains(p.vars, n.SkipVar) {
				b.fail(s.Var.Span, "unknown-variable", "the pattern has no variable %q", n.SkipVar).Help = suggest(n.SkipVar, p.vars, "it has: ")
			}
		}
	}
	if m.Within != nil {
		ms, months, ok := intervalOf(m.Within)
		if !ok || months || ms <= 0 {
			b.fail(m.Within.Pos(), "wrong-arguments", "WITHIN takes an interval of days, hours, minutes or seconds")
		}
		n.WithinMillis = ms
	}
	for _, d := range m.Defines {
		if !slices.Contains(p.vars, d.Name.Name) {
			b.fail(d.Name.Span, "unknown-variable", "the pattern has no variable %q", d.Name.Name).Help = suggest(d.Name.Name, p.vars, "it has: ")
			continue
		}
		cond := b.condition(d.Cond, &env{scope: sc, clause: "DEFINE", match: in})
		n.Defines = append(n.Defines, plan.Define{Var: d.Name.Name, Condition: cond})
	}
	for _, k := range n.PartitionBy {
		if k >= 0 {
			n.Out = append(n.Out, plan.Field{Name: fields[k].Name, Type: fields[k].Type})
		}
	}
	for _, it := range m.Measures {
		e := b.expr(it.X, &env{scope: sc, clause: "MEASURES", match: in})
		n.Measures = append(n.Measures, e)
		n.Out = append(n.Out, plan.Field{Name: it.Alias.Name, Type: e.Type})
	}
	if len(b.errs) > mistakes {
		return broken()
	}
	return b.alias(&source{node: n}, m.Alias, "")
}

// patternBinder turns a pattern into its plan form.
type patternBinder struct {
	b    *Binder
	vars []string
}

func (p *patternBinder) refuse(x ast.Pattern, what, help string) *plan.Pattern {
	p.b.notSupported(x.Pos(), what+" in a pattern", help)
	return &plan.Pattern{}
}

func (p *patternBinder) sequence(x ast.Pattern) *plan.Pattern {
	switch x := x.(type) {
	case *ast.PatternSeq:
		out := &plan.Pattern{}
		for _, it := range x.Items {
			out.Items = append(out.Items, p.sequence(it).Items...)
		}
		return out
	case *ast.PatternVar:
		if slices.Contains(p.vars, x.Name.Name) {
			p.b.fail(x.Span, "duplicate-variable", "pattern variable %q stands twice", x.Name.Name).Help = "give the second one another name"
		}
		p.vars = append(p.vars, x.Name.Name)
		return &plan.Pattern{Items: []plan.PatternItem{{Var: x.Name.Name, Min: 1, Max: 1}}}
	case *ast.PatternRepeat:
		in := p.sequence(x.X)
		if x.Max >= 0 && x.Max < x.Min || x.Max == 0 {
			p.b.fail(x.Span, "wrong-arguments", "a quantifier {n,m} needs m to be at least n and 1")
		}
		it := plan.PatternItem{Group: in, Min: x.Min, Max: x.Max, Reluctant: x.Reluctant}
		if len(in.Items) == 1 && in.Items[0].Group == nil && in.Items[0].Min == 1 && in.Items[0].Max == 1 {
			it.Var, it.Group = in.Items[0].Var, nil
		}
		if x.Reluctant && x.Min == 0 && x.Max == 1 {
			return p.refuse(x, "the quantifier ??", "use ?")
		}
		return &plan.Pattern{Items: []plan.PatternItem{it}}
	case *ast.PatternAlt:
		return p.refuse(x, "alternation with |", "define one variable with OR in its condition")
	case *ast.PatternPermute:
		return p.refuse(x, "PERMUTE", "write the orders as patterns of their own")
	case *ast.PatternExclude:
		return p.refuse(x, "{- … -}", "leave the variable out of MEASURES instead")
	}
	return p.refuse(x, "this", "")
}

// check refuses patterns that match nothing at all, or whose end is open.
func (p *patternBinder) check(x *plan.Pattern, at diag.Span) {
	if len(x.Items) == 0 {
		return
	}
	empty := true
	for _, it := range x.Items {
		empty = empty && it.Min == 0
	}
	last := x.Items[len(x.Items)-1]
	for i, it := range x.Items[1:] {
		before := x.Items[i]
		greedy := !before.Reluctant && before.Min != before.Max && (before.Min != 0 || before.Max != 1)
		if greedy && it.Min == 0 && (it.Max == 1 || it.Max < 0) {
			p.b.notSupported(at, "an optional variable right behind a greedy one", "make the one before reluctant (+? or *?)")
			return
		}
	}
	switch {
	case empty:
		p.b.fail(at, "empty-match", "the pattern also matches no row at all").Help = "one variable has to occur: use + rather than *"
	case last.Max != 1 && last.Max != last.Min && !last.Reluctant:
		p.b.notSupported(at, "a greedy quantifier at the end of a pattern", "make it reluctant (+? or *?), or let another variable follow")
	}
}

// matchColumn binds a name inside MATCH_RECOGNIZE.
func (b *Binder) matchColumn(n *ast.Name, v *env) spec.Expr {
	m := v.match
	variable := anyVar
	if len(n.Parts) > 1 && slices.Contains(m.vars, n.Parts[0].Name) {
		variable = n.Parts[0].Name
		rest := *n
		rest.Parts = n.Parts[1:]
		n = &rest
	} else if len(n.Parts) > 1 && len(v.scope.columnsNamed(n.Parts[0].Name)) == 0 && len(v.scope.relationNamed([]string{n.Parts[0].Name})) == 0 {
		b.fail(n.Parts[0].Span, "unknown-variable", "the pattern has no variable %q", n.Parts[0].Name).Help = suggest(n.Parts[0].Name, m.vars, "it has: ")
		return poison()
	}
	e := b.column(n, v.scope)
	if bad(e) {
		return e
	}
	// Fields of rows are taken behind the reference.
	return rewrite(e, func(x spec.Expr) (spec.Expr, bool) {
		if x.Column == nil {
			return x, false
		}
		return spec.Call("PATTERN_REF", x.Type, x, spec.Lit(types.Type{Kind: types.Symbol, NotNull: true}, variable)), true
	})
}

func (b *Binder) matchMode(e *ast.MatchMode, v *env) spec.Expr {
	if v.match == nil {
		b.fail(e.Span, "wrong-place", "FINAL and RUNNING stand in MATCH_RECOGNIZE only")
		return poison()
	}
	if !e.Final {
		return b.expr(e.X, v)
	}
	b.notSupported(e.Span, "FINAL", "")
	return poison()
}

// matchFunction binds the functions that mean something else inside MATCH_RECOGNIZE.
func (b *Binder) matchFunction(name string, c *ast.Call, v *env) (spec.Expr, bool) {
	m := v.match
	switch name {
	case "FIRST", "LAST":
		if len(c.Args) < 1 || len(c.Args) > 2 {
			b.fail(c.Span, "wrong-arguments", "%s takes a value and a number of rows", name)
			return poison(), true
		}
		x := b.expr(c.Args[0], v)
		skip := intLit(0)
		if len(c.Args) == 2 {
			skip = b.expr(c.Args[1], v)
			if !bad(skip) && (skip.Literal == nil || !skip.Type.IsInteger()) {
				b.fail(c.Args[1].Pos(), "wrong-arguments", "the second argument of %s is a whole number", name)
				return poison(), true
			}
		}
		if bad(x) || bad(skip) {
			return poison(), true
		}
		return spec.Call(name, x.Type, x, skip), true
	case "PREV", "NEXT":
		b.notSupported(c.Span, name, "use LAST(variable.column, n)")
		return poison(), true
	case "CLASSIFIER", "MATCH_NUMBER":
		b.notSupported(c.Span, name, "")
		return poison(), true
	case "MATCH_ROWTIME":
		return spec.Call(name, m.time), true
	case "MATCH_PROCTIME":
		t := types.TimestampLTZOf(3).Required()
		if !b.opts.Batch {
			t.Attr = types.Proctime
		}
		return spec.Call(name, t), true
	}
	if !isAggregate(name) || c.Over != nil {
		return poison(), false
	}
	if c.Quantifier == ast.Distinct || c.Filter != nil {
		b.fail(c.Span, "wrong-arguments", "aggregates take neither DISTINCT nor FILTER in MATCH_RECOGNIZE")
		return poison(), true
	}
	if m.inAgg {
		b.fail(c.Span, "aggregate-place", "%s cannot stand inside another aggregate", name)
		return poison(), true
	}
	inner := *m
	inner.inAgg = true
	call := aggCall{fn: name}
	if len(c.Args) == 1 {
		if s, ok := c.Args[0].(*ast.Star); ok {
			variable := anyVar
			if s.Qualifier != nil {
				variable = s.Qualifier.String()
			}
			if name != "COUNT" || variable != anyVar && !slices.Contains(m.vars, variable) {
				b.fail(s.Span, "star", "%s takes a column, not *", name)
				return poison(), true
			}
			return spec.Call("COUNT", types.TBigInt.Required(), spec.Lit(types.Type{Kind: types.Symbol, NotNull: true}, variable)), true
		}
	}
	args := b.exprs(c.Args, &env{scope: v.scope, clause: v.clause, match: &inner})
	if anyBad(args) {
		return poison(), true
	}
	nodes := make([]ast.Node, len(c.Args))
	for i := range nodes {
		nodes[i] = c.Args[i]
	}
	// The rows of a variable may be none.
	call, ok := b.aggregateType(call, args, nodes, c, &env{scope: v.scope, aggs: &aggBlock{}})
	if !ok {
		return poison(), true
	}
	if strings.HasPrefix(name, "COUNT") && call.args == nil {
		call.args = args
	}
	return spec.Call(call.fn, call.typ, call.args...), true
}
