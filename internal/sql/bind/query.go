package bind

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// context is where a query stands: around it may be the scope of an outer query
// (it is subquery sub of that) and common table expressions.
type context struct {
	parent *scope
	sub    *subquery
	ctes   *cteScope
}

func (c *context) scope(s *scope) *scope {
	if c != nil {
		s.parent, s.sub, s.ctes = c.parent, c.sub, c.ctes
	}
	return s
}

// broken is what a query with a mistake yields: callers go on without a word.
func broken() *source { return &source{} }

func (s *source) ok() bool { return s != nil && s.node != nil }

// query binds a query; on a mistake the answer is not ok.
func (b *Binder) query(q *ast.Query, c *context) *source {
	outer := b.inside
	b.depth++
	b.inside = 0
	defer func() { b.depth--; b.inside = outer }()
	if b.depth > maxDepth {
		b.fail(q.Span, "too-deep", "queries nest more than %d levels", maxDepth)
		return broken()
	}
	inner := context{}
	if c != nil {
		inner = *c
	}
	if q.With != nil && !b.with(q.With, &inner) {
		return broken()
	}
	if sel, ok := q.Body.(*ast.Select); ok {
		return b.selectBlock(sel, q, &inner)
	}
	src := b.body(q.Body, &inner)
	if !src.ok() || len(q.OrderBy) == 0 && q.Limit == nil && q.Offset == nil {
		return src
	}
	// ORDER BY over a set operation or VALUES refers to the result.
	fields := src.node.Fields()
	v := &env{scope: inner.scope(newScope("", nil, fields)), clause: "ORDER BY"}
	exprs := plan.Refs(fields)
	var keys []spec.SortKey
	for _, o := range q.OrderBy {
		e, ok := b.ordinal(o.X, exprs)
		if !ok {
			e = b.expr(o.X, v)
		}
		if bad(e) {
			return broken()
		}
		keys = append(keys, sortKey(o, indexOf(&exprs, e)))
	}
	node := src.node
	if len(exprs) > len(fields) {
		node = project(node, exprs, append(append([]plan.Field{}, fields...), fieldsOf(exprs[len(fields):])...), q.Span)
	}
	if node = b.sort(node, q, keys); node == nil {
		return broken()
	}
	node = project(node, plan.Refs(fields), fields, q.Span)
	return &source{node, newScope("", nil, fields)}
}

// with adds the tables of WITH to the context.
func (b *Binder) with(w *ast.With, c *context) bool {
	if w.Recursive {
		b.notSupported(w.Span, "WITH RECURSIVE", "write out the levels with joins")
		return false
	}
	for _, t := range w.Tables {
		src := b.query(t.Query, c)
		if src.ok() && len(t.Columns) > 0 {
			src = b.rename(src, t.Columns, t.Name.Name, t.Name.Span)
		}
		c.ctes = &cteScope{c.ctes, t.Name.Name, src}
	}
	return true
}

// rename gives a source's columns other names.
func (b *Binder) rename(src *source, names []ast.Ident, what string, at diag.Span) *source {
	fields := src.node.Fields()
	if len(names) != len(fields) {
		b.fail(names[0].Span.To(names[len(names)-1].Span), "arity", "%q has %s, but %s given", what, count(len(fields), "column"), count(len(names), "name")+wereWas(len(names)))
		return broken()
	}
	out := make([]plan.Field, len(fields))
	for i, f := range fields {
		out[i] = plan.Field{Name: names[i].Name, Type: f.Type}
	}
	return &source{project(src.node, plan.Refs(fields), out, at), newScope("", nil, out)}
}

func wereWas(n int) string {
	if n == 1 {
		return " is"
	}
	return " are"
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

func (b *Binder) body(q ast.QueryBody, c *context) *source {
	switch q := q.(type) {
	case *ast.Query:
		return b.query(q, c)
	case *ast.Select:
		return b.selectBlock(q, nil, c)
	case *ast.Values:
		return b.values(q, c)
	case *ast.TableQuery:
		src := b.tableName(&ast.TableName{At: q.At, Path: q.Path}, c)
		if !src.ok() {
			return src
		}
		return &source{src.node, newScope("", nil, src.node.Fields())}
	case *ast.SetOp:
		return b.setOp(q, c)
	}
	b.fail(q.Pos(), "not-supported", "this query cannot stand here")
	return broken()
}

// commonType returns the type that all of ts fit in; ok is false if there is none.
func commonType(ts []types.Type) (t types.Type, ok bool) {
	notNull, attr := true, ts[0].Attr
	same := true
	for _, x := range ts {
		notNull = notNull && x.NotNull
		if x.Attr != attr || x.Kind != ts[0].Kind {
			attr = types.NoAttr
		}
		same = same && x.SameAs(ts[0])
	}
	if same {
		return ts[0].WithNotNull(notNull).WithAttr(attr), true
	}
	def := function.Find("CASE")
	if def == nil {
		return t, false
	}
	var args []function.Arg
	for i, x := range ts {
		if i < len(ts)-1 {
			args = append(args, function.Arg{Type: types.TBoolean.Required()})
		}
		a := function.Arg{Type: x.WithAttr(types.NoAttr)}
		if x.Kind == types.Null {
			a.Literal = &spec.Literal{Null: true}
		}
		args = append(args, a)
	}
	sig, err := def.Resolve(args)
	if err != nil {
		return t, false
	}
	if sig.Result.Kind != ts[0].Kind {
		attr = types.NoAttr
	}
	return canonical(sig.Result).WithNotNull(notNull).WithAttr(attr), true
}

func (b *Binder) values(q *ast.Values, c *context) *source {
	v := &env{scope: c.scope(&scope{}), clause: "VALUES"}
	rows := make([][]spec.Expr, len(q.Rows))
	okay := true
	for i, r := range q.Rows {
		items := []ast.Expr{r}
		if row, ok := r.(*ast.RowExpr); ok {
			items = row.Items
		}
		if i > 0 && len(items) != len(rows[0]) {
			b.fail(r.Pos(), "arity", "this row has %s, the first one %d", count(len(items), "value"), len(rows[0]))
			okay = false
		}
		rows[i] = b.exprs(items, v)
		okay = okay && !anyBad(rows[i])
	}
	if !okay {
		return broken()
	}
	fields := make([]plan.Field, len(rows[0]))
	for j := range fields {
		ts := make([]types.Type, len(rows))
		for i := range rows {
			ts[i] = rows[i][j].Type
		}
		t, ok := commonType(ts)
		if !ok {
			for i := range ts {
				if _, ok := commonType([]types.Type{ts[0], ts[i]}); !ok {
					b.fail(q.Rows[i].Pos(), "type-mismatch", "column %d is %s here, but %s in the first row", j+1, ts[i].Nullable(), ts[0].Nullable())
					break
				}
			}
			okay = false
			continue
		}
		if t.Kind == types.Null && !b.nullsAllowed {
			b.illegalNull(q.Rows[0].Pos())
			okay = false
			continue
		}
		fields[j] = plan.Field{Name: "EXPR$" + strconv.Itoa(j), Type: t}
		for i := range rows {
			rows[i][j] = castTo(rows[i][j], t)
		}
	}
	if !okay {
		return broken()
	}
	node := &plan.Values{Base: plan.Base{Out: fields, Span: q.Span}, Rows: rows}
	return &source{node, newScope("", nil, fields)}
}

func (b *Binder) illegalNull(at diag.Span) {
	b.fail(at, "untyped-null", "NULL has no type here").Help = "write CAST(NULL AS type)"
}

func (b *Binder) setOp(q *ast.SetOp, c *context) *source {
	// A left-deep chain of the same operation is walked without recursion.
	parts := []ast.QueryBody{q.Right}
	left := q.Left
	for {
		l, ok := left.(*ast.SetOp)
		if !ok || l.Kind != q.Kind || l.All != q.All {
			break
		}
		parts = append(parts, l.Right)
		left = l.Left
	}
	parts = append(parts, left)
	srcs := make([]*source, len(parts))
	for i := range parts {
		srcs[i] = b.body(parts[len(parts)-1-i], c)
	}
	for _, s := range srcs {
		if !s.ok() {
			return broken()
		}
	}
	first := srcs[0].node.Fields()
	okay := true
	for i, s := range srcs[1:] {
		if n := len(s.node.Fields()); n != len(first) {
			at := parts[len(parts)-2-i].Pos()
			b.fail(at, "arity", "%s needs equally many columns on both sides: %d and %d", q.Kind, len(first), n)
			okay = false
		}
	}
	if !okay {
		return broken()
	}
	out := make([]plan.Field, len(first))
	for j := range first {
		ts := make([]types.Type, len(srcs))
		for i, s := range srcs {
			ts[i] = s.node.Fields()[j].Type
		}
		t, ok := commonType(ts)
		if !ok {
			for i := range ts {
				if _, ok := commonType([]types.Type{ts[0], ts[i]}); !ok {
					e := b.fail(parts[len(parts)-1-i].Pos(), "type-mismatch", "column %d of %s is %s on one side and %s on the other", j+1, q.Kind, ts[0].Nullable(), ts[i].Nullable())
					e.Help = "CAST one of them"
					break
				}
			}
			okay = false
			continue
		}
		if !(q.Kind == ast.Union && q.All) {
			t.Attr = types.NoAttr
		}
		out[j] = plan.Field{Name: first[j].Name, Type: t}
	}
	if !okay {
		return broken()
	}
	ins := make([]plan.Node, len(srcs))
	for i, s := range srcs {
		fs := s.node.Fields()
		exprs := plan.Refs(fs)
		outs := make([]plan.Field, len(fs))
		changed := false
		for j := range exprs {
			c := castTo(exprs[j], out[j].Type)
			changed = changed || c.Call != ""
			exprs[j] = c
			outs[j] = plan.Field{Name: out[j].Name, Type: out[j].Type.WithNotNull(fs[j].Type.NotNull)}
		}
		ins[i] = s.node
		if changed {
			ins[i] = project(s.node, exprs, outs, q.Span)
		}
	}
	base := plan.Base{Out: out, Span: q.Span}
	var node plan.Node
	switch {
	case q.Kind == ast.Union:
		node = &plan.SetOp{Base: base, Kind: plan.UnionAll, Ins: ins}
		if !q.All {
			node = distinct(node, q.Span)
		}
	default:
		kind := map[ast.SetOpKind]plan.SetOpKind{ast.Intersect: plan.Intersect, ast.Except: plan.Except}[q.Kind]
		if q.All {
			kind += " all"
		}
		node = ins[0]
		for _, in := range ins[1:] {
			node = &plan.SetOp{Base: base, Kind: kind, Ins: []plan.Node{node, in}}
		}
	}
	return &source{node, newScope("", nil, out)}
}

// distinct removes equal rows.
func distinct(node plan.Node, at diag.Span) plan.Node {
	fields := node.Fields()
	keys := make([]int, len(fields))
	out := make([]plan.Field, len(fields))
	for i, f := range fields {
		keys[i] = i
		out[i] = plan.Field{Name: f.Name, Type: f.Type.WithAttr(types.NoAttr)}
	}
	if a, ok := plan.WindowOf(node); ok && a.Time >= 0 {
		out[a.Time].Type = fields[a.Time].Type
	}
	return &plan.Aggregate{Base: plan.Base{Out: out, Span: at}, Input: node, Keys: keys}
}

// ordinal returns the select item that an integer in ORDER BY means.
func (b *Binder) ordinal(x ast.Expr, items []spec.Expr) (spec.Expr, bool) {
	n, ok := x.(*ast.NumberLit)
	if !ok || n.Approx || strings.Contains(n.Text, ".") {
		return spec.Expr{}, false
	}
	i, err := strconv.Atoi(n.Text)
	if err != nil || i < 1 || i > len(items) {
		b.fail(n.Span, "ordinal", "there is no column %s to order by: the query has %s", n.Text, count(len(items), "column"))
		return poison(), true
	}
	return items[i-1], true
}

func sortKey(o *ast.OrderItem, column int) spec.SortKey {
	k := spec.SortKey{Column: column, Desc: o.Desc, NullsLast: o.Desc}
	switch o.Nulls {
	case ast.NullsFirst:
		k.NullsLast = false
	case ast.NullsLast:
		k.NullsLast = true
	}
	return k
}

// indexOf returns the place of e in exprs, appending it if it is not there.
func indexOf(exprs *[]spec.Expr, e spec.Expr) int {
	for i, x := range *exprs {
		if sameExpr(x, e) {
			return i
		}
	}
	*exprs = append(*exprs, e)
	return len(*exprs) - 1
}

// fieldsOf names columns that only the plan sees.
func fieldsOf(exprs []spec.Expr) []plan.Field {
	out := make([]plan.Field, len(exprs))
	for i, e := range exprs {
		out[i] = plan.Field{Name: fmt.Sprintf("$f%d", i), Type: e.Type}
	}
	return out
}

// sort adds ORDER BY, OFFSET and LIMIT of q; nil on a mistake.
func (b *Binder) sort(node plan.Node, q *ast.Query, keys []spec.SortKey) plan.Node {
	offset, ok1 := b.rowCount(q.Offset, 0)
	limit, ok2 := b.rowCount(q.Limit, -1)
	if !ok1 || !ok2 {
		return nil
	}
	if len(keys) == 0 && offset == 0 && limit < 0 {
		return node
	}
	at := q.Span
	if len(q.OrderBy) > 0 {
		at = q.OrderBy[0].Span.To(q.OrderBy[len(q.OrderBy)-1].Span)
	} else if q.Limit != nil {
		at = q.Limit.Pos()
	} else if q.Offset != nil {
		at = q.Offset.Pos()
	}
	return &plan.Sort{Base: plan.Base{Out: node.Fields(), Span: at}, Input: node, Keys: keys, Offset: offset, Limit: limit}
}

func (b *Binder) rowCount(e ast.Expr, none int64) (int64, bool) {
	if e == nil {
		return none, true
	}
	if n, ok := e.(*ast.NumberLit); ok {
		if v, err := strconv.ParseInt(n.Text, 10, 64); err == nil {
			return v, true
		}
	}
	b.fail(e.Pos(), "wrong-arguments", "the number of rows has to be a whole number")
	return 0, false
}
