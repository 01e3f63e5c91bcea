package bind

import (
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// subquery is a query inside an expression. Its plan refers to the outer query
// by $outer(id, i); args[i] is what that means, over the outer block's columns.
type subquery struct {
	id   int
	node plan.Node
	args []spec.Expr
	span diag.Span
	// exists, and lhs for IN, tell what is asked; both unset: the value.
	exists bool
	lhs    []spec.Expr
	nodes  []ast.Node // places of lhs
}

// outer returns the reference to an expression of the outer query.
func (s *subquery) outer(e spec.Expr) spec.Expr {
	i := indexOf(&s.args, e)
	return spec.Call("$outer", e.Type.WithAttr(types.NoAttr), intLit(int64(s.id)), intLit(int64(i)))
}

// isOuter reports whether e is $outer(id, i).
func (s *subquery) isOuter(e spec.Expr) (i int, ok bool) {
	id, ok := placeholder(e, "$outer")
	if !ok || id != s.id {
		return 0, false
	}
	j, _ := placeholder(spec.Expr{Call: "x", Args: e.Args[1:]}, "x")
	return j, true
}

// refers reports whether e refers to the query around s.
func (s *subquery) refers(e spec.Expr) bool {
	found := false
	plan.Walk(e, func(x spec.Expr) {
		if _, ok := s.isOuter(x); ok {
			found = true
		}
	})
	return found
}

// bindSub binds a query inside an expression; nil on a mistake.
func (b *Binder) bindSub(q *ast.Query, v *env) *subquery {
	if v.scope == nil || v.match != nil {
		b.notSupported(q.Span, "a subquery here", "")
		return nil
	}
	s := &subquery{id: b.subs, span: q.Span}
	b.subs++
	src := b.query(q, &context{parent: v.scope, sub: s, ctes: v.scope.ctes})
	if !src.ok() {
		return nil
	}
	s.node = src.node
	if b.subList == nil {
		b.subList = map[int]*subquery{}
	}
	b.subList[s.id] = s
	return s
}

// value is the placeholder of a subquery's value.
func (s *subquery) value(t types.Type) spec.Expr {
	args := append([]spec.Expr{intLit(int64(s.id))}, s.args...)
	return spec.Call("$sub", t, append(args, s.lhs...)...)
}

func (b *Binder) scalarSubquery(e *ast.Subquery, v *env) spec.Expr {
	s := b.bindSub(e.Query, v)
	if s == nil {
		return poison()
	}
	fields := s.node.Fields()
	if len(fields) != 1 {
		b.fail(e.Span, "arity", "a subquery as a value yields 1 column, this one has %d", len(fields))
		return poison()
	}
	return s.value(fields[0].Type.Nullable().WithAttr(types.NoAttr))
}

func (b *Binder) exists(e *ast.Exists, v *env) spec.Expr {
	s := b.bindSub(e.Query, v)
	if s == nil {
		return poison()
	}
	s.exists = true
	return s.value(types.TBoolean.Required())
}

// inSubquery binds x IN (query) where it is not a filter of its own.
func (b *Binder) inSubquery(e *ast.In, v *env) spec.Expr {
	s := b.bindIn(e, v)
	if s == nil {
		return poison()
	}
	notNull := true
	for i, l := range s.lhs {
		notNull = notNull && l.Type.NotNull && s.node.Fields()[i].Type.NotNull
	}
	x := s.value(types.TBoolean.WithNotNull(notNull))
	if e.Not {
		return b.call("NOT", []spec.Expr{x}, []ast.Node{e}, e)
	}
	return x
}

func (b *Binder) bindIn(e *ast.In, v *env) *subquery {
	items := []ast.Expr{e.X}
	if r, ok := e.X.(*ast.RowExpr); ok {
		items = r.Items
	}
	lhs := b.exprs(items, v)
	s := b.bindSub(e.Query, v)
	if s == nil || anyBad(lhs) {
		return nil
	}
	if n := len(s.node.Fields()); n != len(lhs) {
		b.fail(e.Query.Span, "arity", "IN compares %s with a query of %d", count(len(lhs), "column"), n)
		return nil
	}
	s.lhs = lhs
	for _, x := range items {
		s.nodes = append(s.nodes, x)
	}
	return s
}

func (b *Binder) quantified(e *ast.Quantified, v *env) spec.Expr {
	any := e.Quant != "ALL"
	if e.Query == nil {
		// x op ANY (a, b) is x op a OR x op b.
		x := b.expr(e.L, v)
		var terms []spec.Expr
		for _, it := range e.List {
			terms = append(terms, b.call(string(e.Op), []spec.Expr{x, b.expr(it, v)}, []ast.Node{e.L, it}, e))
		}
		if anyBad(terms) {
			return poison()
		}
		if len(terms) == 1 {
			return terms[0]
		}
		name := "AND"
		if any {
			name = "OR"
		}
		return b.call(name, terms, nil, e)
	}
	switch {
	case any && e.Op == ast.OpEq:
		return b.inSubquery(&ast.In{At: e.At, X: e.L, Query: e.Query}, v)
	case !any && e.Op == ast.OpNe:
		return b.inSubquery(&ast.In{At: e.At, X: e.L, Not: true, Query: e.Query}, v)
	}
	return b.quantifiedExtreme(e, any, v)
}

// quantifiedExtreme binds x < ALL (query) and its like by the smallest or
// largest value of the query; NULLs in it leave the answer open.
func (b *Binder) quantifiedExtreme(e *ast.Quantified, any bool, v *env) spec.Expr {
	extreme := ""
	switch e.Op {
	case ast.OpGt, ast.OpGe:
		extreme = "MAX"
		if any {
			extreme = "MIN"
		}
	case ast.OpLt, ast.OpLe:
		extreme = "MIN"
		if any {
			extreme = "MAX"
		}
	default:
		b.notSupported(e.Span, string(e.Op)+" "+e.Quant+" (query)", "use IN or NOT IN")
		return poison()
	}
	// (SELECT f(c) FROM (query) AS q (c))
	at := ast.At{Span: e.Query.Span}
	id := func(name string) ast.Ident { return ast.Ident{At: at, Name: name} }
	column := &ast.Name{At: at, Parts: []ast.Ident{id("$c")}}
	ask := func(f string, arg ast.Expr) spec.Expr {
		call := &ast.Call{At: at, Func: &ast.Name{At: at, Parts: []ast.Ident{id(f)}}, Args: []ast.Expr{arg}}
		from := &ast.Derived{At: at, Query: e.Query, Alias: &ast.TableAlias{At: at, Name: id("$q"), Columns: []ast.Ident{id("$c")}}}
		q := &ast.Query{At: at, Body: &ast.Select{At: at, Items: []*ast.SelectItem{{At: at, X: call}}, From: from}}
		return b.scalarSubquery(&ast.Subquery{At: at, Query: q}, v)
	}
	x := b.expr(e.L, v)
	best := ask(extreme, column)
	if bad(x) || bad(best) {
		return poison()
	}
	rows, values := ask("COUNT", &ast.Star{At: at}), ask("COUNT", column)
	test := b.call(string(e.Op), []spec.Expr{x, best}, []ast.Node{e.L, e.Query}, e)
	if bad(test) || bad(rows) || bad(values) {
		return poison()
	}
	sure := types.TBoolean.Required()
	decided := spec.Call("IS FALSE", sure, test)
	if any {
		decided = spec.Call("IS TRUE", sure, test)
	}
	return spec.Call("CASE", types.TBoolean,
		spec.Call("=", types.TBoolean, rows, spec.Lit(types.TBigInt.Required(), "0")), boolLit(!any),
		decided, boolLit(any),
		spec.Call("<", types.TBoolean, values, rows), spec.NullOf(types.TBoolean),
		test)
}

// semiJoin binds IN, NOT IN, EXISTS and NOT EXISTS as a filter of node; done is
// false for other conditions, the node nil on a mistake.
func (b *Binder) semiJoin(cond ast.Expr, v *env, node plan.Node) (_ plan.Node, done bool) {
	not := false
	for {
		u, ok := cond.(*ast.Unary)
		if !ok || u.Op != ast.OpNot {
			break
		}
		not, cond = !not, u.X
	}
	var s *subquery
	switch e := cond.(type) {
	case *ast.Exists:
		if s = b.bindSub(e.Query, v); s != nil {
			s.exists = true
		}
	case *ast.In:
		if e.Query == nil {
			return nil, false
		}
		not = not != e.Not
		s = b.bindIn(e, v)
	case *ast.Quantified:
		switch {
		case e.Query == nil:
			return nil, false
		case e.Quant != "ALL" && e.Op == ast.OpEq:
			s = b.bindIn(&ast.In{At: e.At, X: e.L, Query: e.Query}, v)
		case e.Quant == "ALL" && e.Op == ast.OpNe:
			not = !not
			s = b.bindIn(&ast.In{At: e.At, X: e.L, Query: e.Query}, v)
		default:
			return nil, false
		}
	default:
		return nil, false
	}
	if s == nil {
		return nil, true
	}
	for _, x := range s.lhs {
		if hasCall(x, "$sub") {
			b.notSupported(s.span, "a subquery on the left of IN", "")
			return nil, true
		}
	}
	un, ok := b.decorrelate(s)
	if !ok {
		return nil, true
	}
	on, ok := b.onCondition(s, un, node, s.args, s.lhs, not)
	if !ok {
		return nil, true
	}
	j := &plan.Join{Base: plan.Base{Out: node.Fields(), Span: s.span}, Type: spec.SemiJoin, Left: node, Right: un.node, On: on}
	if not {
		j.Type = spec.AntiJoin
	}
	return j, true
}

// onCondition joins the conditions of an unnested subquery and the equalities of IN,
// over the fields of left, then those of the subquery. For NOT IN a comparison that
// is NULL refuses a row as one that is TRUE does.
func (b *Binder) onCondition(s *subquery, un unnested, left plan.Node, args, lhs []spec.Expr, not bool) (*spec.Expr, bool) {
	n := len(left.Fields())
	var conds []spec.Expr
	for i, l := range lhs {
		f := un.node.Fields()[i]
		at := s.nodes[i]
		e := b.call("=", []spec.Expr{l, spec.Col(n+i, f.Type)}, []ast.Node{at, at}, at)
		if bad(e) {
			return nil, false
		}
		if not && !e.Type.NotNull {
			e = spec.Call("IS NOT FALSE", types.TBoolean.Required(), e)
		}
		conds = append(conds, e)
	}
	for _, c := range un.conds {
		conds = append(conds, s.resolve(plan.Shift(c, n), args))
	}
	return plan.And(conds...), true
}

// resolve replaces references to the outer query by what they mean.
func (s *subquery) resolve(e spec.Expr, args []spec.Expr) spec.Expr {
	return rewrite(e, func(x spec.Expr) (spec.Expr, bool) {
		if i, ok := s.isOuter(x); ok {
			return args[i], true
		}
		return x, false
	})
}

// attach joins the subqueries in exprs to the block's node and replaces their
// placeholders by columns of the join.
func (b *Binder) attach(k *block, exprs ...*spec.Expr) {
	done := map[int]spec.Expr{}
	for _, e := range exprs {
		*e = rewrite(*e, func(x spec.Expr) (spec.Expr, bool) {
			id, ok := placeholder(x, "$sub")
			if !ok {
				return x, false
			}
			if r, ok := done[id]; ok {
				return r, true
			}
			s := b.subList[id]
			n := len(s.args)
			for _, a := range x.Args[1:] {
				if bad(a) {
					return poison(), true
				}
			}
			r := b.joinSub(k, s, x.Args[1:1+n], x.Args[1+n:], x.Type)
			done[id] = r
			return r, true
		})
	}
}

// joinSub joins one subquery to the block and returns its value.
func (b *Binder) joinSub(k *block, s *subquery, args, lhs []spec.Expr, t types.Type) spec.Expr {
	un, ok := b.decorrelate(s)
	if !ok {
		return poison()
	}
	if s.exists || len(lhs) > 0 {
		return b.markJoin(k, s, un, args, lhs, t)
	}
	if un.unique {
		return b.leftJoin(k, s, un, args)
	}
	// At most one row a key: SINGLE_VALUE fails otherwise.
	keys, ok := equalKeys(s, un)
	if !ok {
		b.notSupported(s.span, "a correlated scalar subquery without equality", "compare with = in its WHERE, or write a join")
		return poison()
	}
	value := un.node.Fields()[0]
	agg := &plan.Aggregate{Base: plan.Base{Span: s.span}, Input: un.node, Keys: keys}
	for _, c := range keys {
		agg.Out = append(agg.Out, un.node.Fields()[c])
	}
	vt := value.Type.Nullable().WithAttr(types.NoAttr)
	agg.Calls = []spec.AggCall{{Func: "SINGLE_VALUE", Args: []int{0}, Type: vt, Name: value.Name}}
	agg.CallSpans = []diag.Span{s.span}
	agg.Out = append(agg.Out, plan.Field{Name: value.Name, Type: vt})
	at := map[int]int{}
	for i, c := range keys {
		at[c] = i
	}
	// The value comes first again.
	exprs := []spec.Expr{spec.Col(len(keys), vt)}
	out := []plan.Field{{Name: value.Name, Type: vt}}
	for i, c := range keys {
		exprs = append(exprs, spec.Col(i, agg.Out[i].Type))
		out = append(out, un.node.Fields()[c])
	}
	conds := make([]spec.Expr, len(un.conds))
	for i, c := range un.conds {
		conds[i] = plan.MapColumns(c, func(col int, t types.Type) spec.Expr { return spec.Col(at[col]+1, t) })
	}
	return b.leftJoin(k, s, unnested{node: project(agg, exprs, out, s.span), conds: conds}, args)
}

// leftJoin adds the first column of an unnested subquery to the block.
func (b *Binder) leftJoin(k *block, s *subquery, un unnested, args []spec.Expr) spec.Expr {
	on, ok := b.onCondition(s, un, k.node, args, nil, false)
	if !ok {
		return poison()
	}
	n := len(k.node.Fields())
	marker := -1
	if un.empty != nil && !(un.empty[0].Literal != nil && un.empty[0].Literal.Null) {
		// A missing group is not NULL but, say, a COUNT of 0.
		fs := un.node.Fields()
		marker = len(fs)
		un.node = project(un.node, append(plan.Refs(fs), boolLit(true)), append(append([]plan.Field{}, fs...), plan.Field{Name: "$m", Type: types.TBoolean.Required()}), s.span)
	}
	fs := outer(un.node.Fields())
	for i := range fs {
		fs[i].Type.Attr = types.NoAttr
	}
	k.node = &plan.Join{Base: plan.Base{Out: append(append([]plan.Field{}, k.node.Fields()...), fs...), Span: s.span}, Type: spec.LeftJoin, Left: k.node, Right: un.node, On: on}
	v := spec.Col(n, fs[0].Type)
	if marker < 0 {
		return v
	}
	none := spec.Call("IS NULL", types.TBoolean.Required(), spec.Col(n+marker, types.TBoolean))
	return spec.Call("CASE", fs[0].Type, none, castTo(un.empty[0], fs[0].Type), v)
}

// markJoin adds a BOOLEAN for EXISTS or IN that is not a filter of its own.
func (b *Binder) markJoin(k *block, s *subquery, un unnested, args, lhs []spec.Expr, t types.Type) spec.Expr {
	fs := un.node.Fields()
	isTrue := types.TBoolean.Required()
	if len(un.conds) == 0 && len(lhs) == 0 {
		// EXISTS of an independent query: does it have rows?
		c := b.countRows(k, s, un.node, nil)
		return spec.Call(">", isTrue, spec.Call("COALESCE", c.Type.Required(), c, spec.Lit(c.Type.Required(), "0")), spec.Lit(c.Type.Required(), "0"))
	}
	// One row for each distinct combination of what is compared.
	compared := make([]int, 0, len(fs))
	for i := range lhs {
		compared = append(compared, i)
	}
	used := map[int]bool{}
	for _, c := range un.conds {
		plan.Columns(c, used)
	}
	for i := range fs {
		if used[i] && i >= len(lhs) {
			compared = append(compared, i)
		}
	}
	if keys, ok := equalKeys(s, un); !ok && len(un.conds) > 0 || len(keys) == 0 && len(lhs) == 0 {
		b.notSupported(s.span, "a correlated subquery without equality inside an expression", "make it a condition of its own in WHERE, combined by AND")
		return poison()
	}
	exprs := make([]spec.Expr, len(compared))
	at := map[int]int{}
	for i, c := range compared {
		exprs[i], at[c] = spec.Col(c, fs[c].Type), i
	}
	keyNode := distinct(&plan.Project{Base: plan.Base{Out: fieldsOf(exprs), Span: s.span}, Input: un.node, Exprs: exprs}, s.span)
	m := keyNode.Fields()
	right := unnested{node: project(keyNode, append(plan.Refs(m), boolLit(true)), append(append([]plan.Field{}, m...), plan.Field{Name: "$m", Type: isTrue}), s.span)}
	for _, c := range un.conds {
		right.conds = append(right.conds, plan.MapColumns(c, func(col int, t types.Type) spec.Expr { return spec.Col(at[col], t) }))
	}
	if len(lhs) > 0 && !t.NotNull && len(un.conds) > 0 {
		b.notSupported(s.span, "a correlated IN over nullable columns inside an expression", "make it a condition of its own in WHERE, combined by AND")
		return poison()
	}
	on, ok := b.onCondition(s, right, k.node, args, lhs, false)
	if !ok {
		return poison()
	}
	n := len(k.node.Fields())
	k.node = &plan.Join{Base: plan.Base{Out: append(append([]plan.Field{}, k.node.Fields()...), outer(right.node.Fields())...), Span: s.span}, Type: spec.LeftJoin, Left: k.node, Right: right.node, On: on}
	hit := spec.Call("IS NOT NULL", isTrue, spec.Col(n+len(m), types.TBoolean))
	if len(lhs) == 0 || t.NotNull {
		return hit
	}
	// x IN (…) is NULL where there is no hit, but NULLs could be one.
	rows := b.countRows(k, s, un.node, nil)
	present := b.countRows(k, s, un.node, []int{0})
	zero := spec.Lit(rows.Type.Required(), "0")
	full := func(e spec.Expr) spec.Expr { return spec.Call("COALESCE", e.Type.Required(), e, zero) }
	args4 := []spec.Expr{hit, boolLit(true), spec.Call("=", isTrue, full(rows), zero), boolLit(false)}
	for _, l := range lhs {
		if !l.Type.NotNull {
			args4 = append(args4, spec.Call("IS NULL", isTrue, l), spec.NullOf(types.TBoolean))
		}
	}
	args4 = append(args4, spec.Call("<", isTrue, full(present), full(rows)), spec.NullOf(types.TBoolean), boolLit(false))
	return spec.Call("CASE", types.TBoolean, args4...)
}

// countRows joins COUNT(*) or COUNT(column) of a query to the block.
func (b *Binder) countRows(k *block, s *subquery, node plan.Node, args []int) spec.Expr {
	big := types.TBigInt.Required()
	agg := &plan.Aggregate{Base: plan.Base{Out: []plan.Field{{Name: "$n", Type: big}}, Span: s.span}, Input: node,
		Calls: []spec.AggCall{{Func: "COUNT", Args: args, Type: big, Name: "$n"}}, CallSpans: []diag.Span{s.span}}
	n := len(k.node.Fields())
	k.node = &plan.Join{Base: plan.Base{Out: append(append([]plan.Field{}, k.node.Fields()...), plan.Field{Name: "$n", Type: types.TBigInt}), Span: s.span}, Type: spec.LeftJoin, Left: k.node, Right: agg}
	return spec.Col(n, types.TBigInt)
}

// lateral binds … JOIN LATERAL (query).
func (b *Binder) lateral(j *ast.Join, d *ast.Derived, left *source, c *context) *source {
	s := b.bindSub(d.Query, &env{scope: c.scope(left.scope)})
	if s == nil {
		return broken()
	}
	kind := spec.InnerJoin
	switch j.Kind {
	case ast.JoinLeft:
		kind = spec.LeftJoin
	case ast.JoinRight, ast.JoinFull:
		b.notSupported(j.KindAt.Span, string(j.Kind)+" LATERAL", "use JOIN or LEFT JOIN")
		return broken()
	}
	visible := s.node.Fields()
	un, ok := b.decorrelate(s)
	if !ok {
		return broken()
	}
	n := len(left.scope.fields)
	if un.limited {
		// Flink joins the rows that LIMIT has picked for each value, of which NULL is one.
		for i, c := range un.conds {
			un.conds[i] = spec.Call("IS NOT DISTINCT FROM", types.TBoolean.Required(), c.Args...)
		}
	}
	on, ok := b.onCondition(s, un, left.node, s.args, nil, false)
	if !ok {
		return broken()
	}
	rf := un.node.Fields()
	var fix []spec.Expr
	typ := kind
	if un.empty != nil && kind == spec.LeftJoin {
		// A global aggregate has a row even where nothing matches; without LEFT
		// Flink leaves such rows out.
		m := len(rf)
		un.node = project(un.node, append(plan.Refs(rf), boolLit(true)), append(append([]plan.Field{}, rf...), plan.Field{Name: "$m", Type: types.TBoolean.Required()}), s.span)
		rf = un.node.Fields()
		for i, e := range un.empty[:len(visible)] {
			v := spec.Col(n+i, rf[i].Type.Nullable())
			if e.Literal == nil || !e.Literal.Null {
				none := spec.Call("IS NULL", types.TBoolean.Required(), spec.Col(n+m, types.TBoolean))
				v = spec.Call("CASE", visible[i].Type, none, castTo(e, visible[i].Type), v)
			}
			fix = append(fix, v)
		}
	}
	if typ == spec.LeftJoin {
		rf = outer(rf)
	}
	out := append(append([]plan.Field{}, left.scope.fields...), rf...)
	var node plan.Node = &plan.Join{Base: plan.Base{Out: out, Span: j.KindAt.Span}, Type: typ, Left: left.node, Right: un.node, On: on}
	exprs := plan.Refs(out)[:n+len(visible)]
	if fix != nil {
		exprs = append(exprs[:n:n], fix...)
	}
	fields := append([]plan.Field{}, left.scope.fields...)
	for i, e := range exprs[n:] {
		fields = append(fields, plan.Field{Name: visible[i].Name, Type: e.Type})
	}
	node = project(node, exprs, fields, j.KindAt.Span)
	right := b.alias(&source{&plan.Values{Base: plan.Base{Out: fields[n:]}}, nil}, d.Alias, "")
	if !right.ok() {
		return broken()
	}
	sc := left.scope.join(right.scope)
	if j.On != nil {
		e := b.condition(j.On, &env{scope: c.scope(sc), clause: "ON"})
		switch {
		case bad(e):
			return broken()
		case e.Literal != nil && e.Literal.Text == "TRUE":
		case kind == spec.InnerJoin:
			node = &plan.Filter{Base: plan.Base{Out: sc.fields, Span: j.On.Pos()}, Input: node, Condition: e}
		default:
			b.notSupported(j.On.Pos(), "a condition of LEFT JOIN LATERAL other than TRUE", "put it into the query's WHERE")
			return broken()
		}
	}
	if len(sc.fields) != len(node.Fields()) {
		return broken()
	}
	return &source{project(node, plan.Refs(node.Fields()), sc.fields, j.KindAt.Span), sc}
}
