package bind

import (
	"strconv"
	"strings"

	"github.com/flott/flott/catalog"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/parser"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// from binds the FROM of a SELECT; without one it is a single row without columns.
func (b *Binder) from(sel *ast.Select, c *context) *source {
	if sel.From == nil {
		return oneRow(sel.Span)
	}
	src := b.table(sel.From, nil, c)
	if src.ok() {
		b.addHints(src, sel.Hints)
	}
	return src
}

func oneRow(at diag.Span) *source {
	n := &plan.Values{Base: plan.Base{Span: at}, Rows: [][]spec.Expr{{}}}
	return &source{n, &scope{}}
}

// addHints notes the query hints at the topmost join.
func (b *Binder) addHints(src *source, hints []*ast.Hint) {
	if len(hints) == 0 {
		return
	}
	j, ok := src.node.(*plan.Join)
	if !ok {
		return
	}
	n := *j
	for _, h := range hints {
		p := plan.Hint{Name: strings.ToUpper(h.Name.Name)}
		for _, a := range h.Args {
			switch a := a.(type) {
			case *ast.Name:
				p.Args = append(p.Args, a.String())
			case *ast.StringLit:
				p.Args = append(p.Args, a.Value)
			case *ast.NumberLit:
				p.Args = append(p.Args, a.Text)
			}
		}
		for _, o := range h.Options {
			if p.Options == nil {
				p.Options = map[string]string{}
			}
			p.Options[o.Key.Value] = o.Value.Value
		}
		n.Hints = append(n.Hints, p)
	}
	src.node = &n
}

// table binds an item of FROM. left is what stands before it, for LATERAL,
// UNNEST and FOR SYSTEM_TIME AS OF; nil if there is nothing.
func (b *Binder) table(t ast.TableExpr, left *source, c *context) *source {
	b.depth++
	defer func() { b.depth-- }()
	if b.depth > maxDepth*2 {
		b.fail(t.Pos(), "too-deep", "FROM nests too deeply")
		return broken()
	}
	switch t := t.(type) {
	case *ast.TableName:
		if t.AsOf != nil {
			e := b.notSupported(t.AsOf.Pos(), "FOR SYSTEM_TIME AS OF outside a join", "use it on the right side of a join")
			e.Span = t.AsOf.Pos()
			return broken()
		}
		return b.tableName(t, c)
	case *ast.Derived:
		if t.AsOf != nil {
			b.notSupported(t.AsOf.Pos(), "FOR SYSTEM_TIME AS OF of a query", "make it a view")
			return broken()
		}
		return b.alias(b.query(t.Query, c), t.Alias, "")
	case *ast.TableFunc:
		return b.tableFunc(t, c)
	case *ast.Unnest:
		one := oneRow(t.Span)
		c.scope(one.scope)
		return b.unnest(t, one, false, nil)
	case *ast.Join:
		return b.join(t, c)
	case *ast.MatchRecognize:
		return b.matchRecognize(t, c)
	}
	b.fail(t.Pos(), "not-supported", "this cannot stand in FROM")
	return broken()
}

// alias names a source, and its columns if the alias lists them.
func (b *Binder) alias(src *source, a *ast.TableAlias, name string) *source {
	if !src.ok() {
		return broken()
	}
	if a != nil {
		name = a.Name.Name
		if len(a.Columns) > 0 {
			if src = b.rename(src, a.Columns, name, a.Span); !src.ok() {
				return src
			}
		}
	}
	return &source{src.node, newScope(name, nil, src.node.Fields())}
}

// tableName binds a table, view or common table expression.
func (b *Binder) tableName(t *ast.TableName, c *context) *source {
	if t.Sample != nil {
		b.notSupported(t.Sample.Span, "TABLESAMPLE", "filter by RAND()")
		return broken()
	}
	name := t.Path.Last().Name
	if len(t.Path.Parts) == 1 && c != nil {
		if src := c.ctes.find(name); src != nil {
			if b.expanding() {
				b.expand.ctes[t.Path] = true
			}
			return b.alias(src, t.Alias, name)
		}
	}
	path := b.cat.Resolve(t.Path.Strings())
	if b.expanding() {
		b.expand.tables[t.Path] = []string{path.Catalog, path.Database, path.Name}
	}
	var node plan.Node
	switch o := b.cat.Find(path).(type) {
	case *catalog.Table:
		node = b.scan(o, t)
	case *catalog.View:
		node = b.view(o, t)
	default:
		b.failWith(t.Path.Span, b.cat.Unknown(path))
		return broken()
	}
	if node == nil {
		return broken()
	}
	src := &source{node, newScope(name, []string{path.Catalog, path.Database, path.Name}, node.Fields())}
	if t.Alias != nil {
		return b.alias(src, t.Alias, "")
	}
	return src
}

// view binds a view's query among the names that were current when it was made.
func (b *Binder) view(w *catalog.View, t *ast.TableName) plan.Node {
	if n := b.views[w]; n != nil {
		return n
	}
	b.depth += 10
	defer func() { b.depth -= 10 }()
	if b.depth > maxDepth {
		b.fail(t.Path.Span, "too-deep", "views refer to each other too deeply")
		return nil
	}
	q, ok := w.Syntax.(*ast.Query)
	here := w.Script == b.opts.Script
	if !ok || !here {
		st, err := parser.ParseStatement(w.Text)
		if err != nil {
			b.fail(t.Path.Span, "syntax", "view %q cannot be read: %s", w.Path.Name, err.Message)
			return nil
		}
		qs, ok := st.(*ast.QueryStatement)
		if !ok {
			b.fail(t.Path.Span, "syntax", "view %q is no query", w.Path.Name)
			return nil
		}
		q = qs.Query
		if !here {
			relocate(q, t.Path.Span)
		}
	}
	outer := b.inView
	if outer == nil {
		b.inView = &viewUse{"view " + strconv.Quote(w.Path.Name), t.Path.Span}
	}
	var src *source
	b.cat.Within(w.Catalog, w.Database, func() { src = b.query(q, nil) })
	b.inView = outer
	if !src.ok() {
		return nil
	}
	fields := src.node.Fields()
	if len(fields) != len(w.Columns) {
		b.fail(t.Path.Span, "view-changed", "view %q has %s, but its query now yields %d", w.Path.Name, count(len(w.Columns), "column"), len(fields))
		return nil
	}
	out := make([]plan.Field, len(fields))
	for i, f := range fields {
		out[i] = plan.Field{Name: w.Columns[i].Name, Type: f.Type}
	}
	n := project(src.node, plan.Refs(fields), out, t.Path.Span)
	b.views[w] = n
	return n
}

func outer(fields []plan.Field) []plan.Field {
	out := make([]plan.Field, len(fields))
	for i, f := range fields {
		out[i] = plan.Field{Name: f.Name, Type: f.Type.Nullable()}
	}
	return out
}

func (b *Binder) join(j *ast.Join, c *context) *source {
	left := b.table(j.Left, nil, c)
	// What refers to columns on its left.
	switch r := j.Right.(type) {
	case *ast.Unnest:
		if left.ok() {
			c.scope(left.scope)
			return b.correlate(j, left, c, func(l bool, cond func(*scope) *spec.Expr) *source { return b.unnest(r, left, l, cond) })
		}
		return broken()
	case *ast.Derived:
		if r.Lateral {
			if left.ok() {
				return b.lateral(j, r, left, c)
			}
			return broken()
		}
	case *ast.TableFunc:
		if isWindowTVF(r.Call) {
			break
		}
		return b.tableFunc(r, c)
	case *ast.TableName:
		if r.AsOf != nil {
			if left.ok() {
				return b.temporalJoin(j, r, left, c)
			}
			return broken()
		}
	}
	right := b.table(j.Right, left, c)
	if !left.ok() || !right.ok() {
		return broken()
	}
	for _, r := range right.scope.rels {
		for _, l := range left.scope.rels {
			if l.alias == r.alias && l.alias != "" && (l.path == nil || r.path == nil || l.path[0] == r.path[0] && l.path[1] == r.path[1]) {
				b.fail(j.Right.Pos(), "duplicate-table", "%q stands in FROM twice", r.alias).Help = "give one of them another name: " + r.alias + " AS " + r.alias + "2"
				return broken()
			}
		}
	}
	kind, lf, rf := spec.InnerJoin, left.scope.fields, right.scope.fields
	switch j.Kind {
	case ast.JoinLeft:
		kind, rf = spec.LeftJoin, outer(rf)
	case ast.JoinRight:
		kind, lf = spec.RightJoin, outer(lf)
	case ast.JoinFull:
		kind, lf, rf = spec.FullJoin, outer(lf), outer(rf)
	}
	sc := left.scope.join(right.scope)
	on, ok := b.joinCondition(j, left, right, sc, c)
	if !ok {
		return broken()
	}
	out := append(append([]plan.Field{}, lf...), rf...)
	result := *sc
	result.fields = out
	if len(j.Using) > 0 || j.Natural {
		b.mergeColumns(j, left, right, &result, kind)
	}
	for i := range result.merged {
		result.merged[i].expr = plan.MapColumns(result.merged[i].expr, func(col int, _ types.Type) spec.Expr { return spec.Col(col, out[col].Type) })
	}
	n := &plan.Join{Base: plan.Base{Out: out, Span: j.KindAt.Span}, Type: kind, Left: left.node, Right: right.node, On: on}
	return &source{n, &result}
}

// usingNames returns the columns of USING, or those that NATURAL finds.
func usingNames(j *ast.Join, l, r *scope) []ast.Ident {
	if !j.Natural {
		return j.Using
	}
	var out []ast.Ident
	for _, f := range l.fields {
		if len(r.columnsNamed(f.Name)) == 1 && len(l.columnsNamed(f.Name)) == 1 {
			out = append(out, ast.Ident{At: j.KindAt, Name: f.Name})
		}
	}
	return out
}

func (b *Binder) joinCondition(j *ast.Join, left, right *source, sc *scope, c *context) (*spec.Expr, bool) {
	if j.Natural || len(j.Using) > 0 {
		if j.On != nil {
			b.fail(j.On.Pos(), "syntax", "NATURAL and USING take no ON")
			return nil, false
		}
		var conds []spec.Expr
		for _, id := range usingNames(j, left.scope, right.scope) {
			l, r := left.scope.columnsNamed(id.Name), right.scope.columnsNamed(id.Name)
			for i, hits := range [][]spec.Expr{l, r} {
				if len(hits) == 0 {
					b.unknownColumn(id.Span, id.Name, []*source{left, right}[i].scope.fields, "this side")
					return nil, false
				}
				if len(hits) > 1 {
					b.fail(id.Span, "ambiguous-column", "column %q is ambiguous", id.Name)
					return nil, false
				}
			}
			at := &ast.Name{At: id.At, Parts: []ast.Ident{id}}
			e := b.call("=", []spec.Expr{l[0], plan.Shift(r[0], len(left.scope.fields))}, []ast.Node{at, at}, at)
			if bad(e) {
				return nil, false
			}
			conds = append(conds, e)
		}
		return plan.And(conds...), true
	}
	if j.On == nil {
		if j.Kind == ast.JoinCross || j.Kind == ast.JoinComma {
			return nil, true
		}
		b.fail(j.KindAt.Span, "no-condition", "%s needs a condition", j.Kind).Help = "add ON …, USING (…), or write CROSS JOIN"
		return nil, false
	}
	e := b.condition(j.On, &env{scope: c.scope(sc), clause: "ON"})
	if bad(e) {
		return nil, false
	}
	if hasCall(e, "$sub") {
		b.notSupported(j.On.Pos(), "a subquery in ON", "join with the query instead")
		return nil, false
	}
	if e.Literal != nil && e.Literal.Text == "TRUE" {
		return nil, true
	}
	return &e, true
}

func hasCall(e spec.Expr, name string) bool {
	found := false
	plan.Walk(e, func(x spec.Expr) { found = found || x.Call == name })
	return found
}

func (b *Binder) mergeColumns(j *ast.Join, left, right *source, sc *scope, kind spec.JoinType) {
	n := len(left.scope.fields)
	var merged []mergedColumn
	hidden := map[int]bool{}
	for i := range sc.hidden {
		hidden[i] = true
	}
	for _, id := range usingNames(j, left.scope, right.scope) {
		l, r := left.scope.columnsNamed(id.Name)[0], plan.Shift(right.scope.columnsNamed(id.Name)[0], n)
		e := l
		switch kind {
		case spec.RightJoin:
			e = r
		case spec.FullJoin:
			at := &ast.Name{At: id.At, Parts: []ast.Ident{id}}
			e = b.call("COALESCE", []spec.Expr{nullableColumn(l), nullableColumn(r)}, []ast.Node{at, at}, at)
		}
		merged = append(merged, mergedColumn{id.Name, e})
		for _, x := range []spec.Expr{l, r} {
			if x.Column != nil {
				hidden[*x.Column] = true
			}
		}
	}
	// Columns merged by an earlier join and merged again are replaced.
	for _, m := range sc.merged {
		again := false
		for _, x := range merged {
			again = again || x.name == m.name
		}
		if !again {
			merged = append(merged, m)
		}
	}
	sc.merged, sc.hidden = merged, hidden
}

func nullableColumn(e spec.Expr) spec.Expr {
	e.Type.NotNull = false
	return e
}

// temporalJoin binds … JOIN t FOR SYSTEM_TIME AS OF x ON ….
func (b *Binder) temporalJoin(j *ast.Join, t *ast.TableName, left *source, c *context) *source {
	plain := *t
	plain.AsOf = nil
	right := b.tableName(&plain, c)
	asOf := b.expr(t.AsOf, &env{scope: c.scope(left.scope), clause: "FOR SYSTEM_TIME AS OF"})
	if !right.ok() || bad(asOf) {
		return broken()
	}
	if !asOf.Type.IsTimestamp() {
		b.fail(t.AsOf.Pos(), "type-mismatch", "FOR SYSTEM_TIME AS OF takes a point in time, not %s", asOf.Type.Nullable()).Label = asOf.Type.Nullable().String()
		return broken()
	}
	if plan.IsConstant(asOf) {
		b.notSupported(t.AsOf.Pos(), "reading a table as of a fixed time", "FOR SYSTEM_TIME AS OF works with a time column of the left side")
		return broken()
	}
	if asOf.Type.Attr == types.NoAttr && !b.opts.Batch {
		e := b.fail(t.AsOf.Pos(), "no-time-attribute", "FOR SYSTEM_TIME AS OF needs a time attribute, not a plain %s", asOf.Type.Nullable())
		e.Notes = []string{"a TIMESTAMP becomes a time attribute when its table declares a watermark on it"}
		return broken()
	}
	kind, rf := spec.InnerJoin, right.scope.fields
	switch j.Kind {
	case ast.JoinLeft:
		kind, rf = spec.LeftJoin, outer(rf)
	case ast.JoinRight, ast.JoinFull:
		b.notSupported(j.KindAt.Span, "FOR SYSTEM_TIME AS OF in a "+string(j.Kind), "use JOIN or LEFT JOIN")
		return broken()
	}
	sc := left.scope.join(right.scope)
	on, ok := b.joinCondition(j, left, right, sc, c)
	if !ok {
		return broken()
	}
	out := append(append([]plan.Field{}, left.scope.fields...), rf...)
	sc.fields = out
	n := &plan.TemporalJoin{Base: plan.Base{Out: out, Span: j.KindAt.Span.To(t.Span)}, Type: kind, Left: left.node, Right: right.node, On: on, AsOf: asOf}
	return &source{n, sc}
}

// correlate binds the join with something computed from each left row.
func (b *Binder) correlate(j *ast.Join, left *source, c *context, make func(left bool, cond func(*scope) *spec.Expr) *source) *source {
	if j.Kind == ast.JoinRight || j.Kind == ast.JoinFull {
		b.notSupported(j.KindAt.Span, string(j.Kind)+" with UNNEST", "use CROSS JOIN or LEFT JOIN")
		return broken()
	}
	failed := false
	cond := func(sc *scope) *spec.Expr {
		if j.On == nil {
			return nil
		}
		e := b.condition(j.On, &env{scope: c.scope(sc), clause: "ON"})
		if failed = bad(e); failed || e.Literal != nil && e.Literal.Text == "TRUE" {
			return nil
		}
		return &e
	}
	src := make(j.Kind == ast.JoinLeft, cond)
	if failed {
		return broken()
	}
	return src
}

// unnest binds UNNEST(x) over the columns of left.
func (b *Binder) unnest(u *ast.Unnest, left *source, keep bool, cond func(*scope) *spec.Expr) *source {
	if len(u.Args) != 1 {
		b.notSupported(u.Span, "UNNEST of several values", "use one UNNEST for each")
		return broken()
	}
	x := b.expr(u.Args[0], &env{scope: left.scope, clause: "UNNEST"})
	if bad(x) {
		return broken()
	}
	if hasCall(x, "$sub") {
		b.notSupported(u.Args[0].Pos(), "a subquery in UNNEST", "")
		return broken()
	}
	var fields []plan.Field
	switch t := x.Type; t.Kind {
	case types.Array, types.Multiset:
		if e := *t.Elem; e.Kind == types.Row {
			for _, f := range e.Fields {
				ft := f.Type
				ft.NotNull = ft.NotNull && e.NotNull
				fields = append(fields, plan.Field{Name: f.Name, Type: ft})
			}
		} else {
			fields = []plan.Field{{Name: "EXPR$0", Type: e}}
		}
	case types.Map:
		fields = []plan.Field{{Name: "KEY", Type: *t.Key}, {Name: "VALUE", Type: *t.Elem}}
	default:
		b.fail(u.Args[0].Pos(), "type-mismatch", "UNNEST takes an ARRAY, MAP or MULTISET, not %s", t.Nullable()).Label = t.Nullable().String()
		return broken()
	}
	if u.Ordinality {
		fields = append(fields, plan.Field{Name: "ORDINALITY", Type: types.TInt.Required()})
	}
	name := ""
	if u.Alias != nil {
		name = u.Alias.Name.Name
		if len(u.Alias.Columns) == 0 && len(fields) == 1 {
			fields[0].Name = name
		}
		if n := len(u.Alias.Columns); n > 0 {
			if n != len(fields) {
				b.fail(u.Alias.Span, "arity", "UNNEST yields %s here, but %s given", count(len(fields), "column"), count(n, "name")+wereWas(n))
				return broken()
			}
			for i := range fields {
				fields[i].Name = u.Alias.Columns[i].Name
			}
		}
	}
	if keep {
		fields = outer(fields)
	}
	sc := left.scope.join(newScope(name, nil, fields))
	n := &plan.Correlate{Base: plan.Base{Out: sc.fields, Span: u.Span}, Input: left.node, Func: "UNNEST", Args: []spec.Expr{x}, Left: keep, Ordinality: u.Ordinality}
	var node plan.Node = n
	if cond != nil {
		if e := cond(sc); e != nil {
			if keep {
				n.Condition = e
			} else {
				node = &plan.Filter{Base: plan.Base{Out: sc.fields, Span: u.Span}, Input: n, Condition: *e}
			}
		}
	}
	return &source{node, sc}
}
