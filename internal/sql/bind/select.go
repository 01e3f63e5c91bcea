package bind

import (
	"strconv"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// block is a SELECT on its way: its expressions are over node's fields, with
// placeholders for what is computed later.
type block struct {
	sel    *ast.Select
	node   plan.Node
	scope  *scope
	items  []spec.Expr
	names  []string
	spans  []diag.Span
	having *spec.Expr
	filter *spec.Expr // QUALIFY
	order  []spec.Expr
	orders []*ast.OrderItem
	aggs   *aggBlock
	overs  *overBlock
}

// exprs returns all expressions that are evaluated after grouping.
func (k *block) exprs() []*spec.Expr {
	var out []*spec.Expr
	for i := range k.items {
		out = append(out, &k.items[i])
	}
	if k.having != nil {
		out = append(out, k.having)
	}
	if k.filter != nil {
		out = append(out, k.filter)
	}
	for i := range k.order {
		out = append(out, &k.order[i])
	}
	for i := range k.overs.calls {
		out = append(out, k.overs.calls[i].exprs()...)
	}
	return out
}

// selectBlock binds a SELECT; q, if not nil, is the query whose ORDER BY and
// LIMIT apply to it.
func (b *Binder) selectBlock(sel *ast.Select, q *ast.Query, c *context) *source {
	k := &block{sel: sel}
	src := b.from(sel, c)
	if !src.ok() {
		return broken()
	}
	k.node, k.scope = src.node, c.scope(src.scope)
	mistakes := len(b.errs)
	if sel.Where != nil {
		b.where(k)
	}
	if k.aggs = b.groupBy(k); k.aggs == nil {
		k.aggs = &aggBlock{}
	}
	k.overs = &overBlock{windows: sel.Windows}
	b.selectItems(k)
	if q != nil {
		b.orderItems(k, q.OrderBy)
	}
	if len(b.errs) > mistakes {
		return broken()
	}
	if k.aggs.grouped || len(k.aggs.calls) > 0 || k.having != nil {
		b.aggregate(k)
	}
	if len(b.errs) > mistakes {
		return broken()
	}
	if k.having != nil {
		conds := []*spec.Expr{k.having}
		b.attach(k, conds...)
		k.node = &plan.Filter{Base: plan.Base{Out: k.node.Fields(), Span: sel.Having.Pos()}, Input: k.node, Condition: *k.having}
	}
	if len(k.overs.calls) > 0 {
		b.over(k)
	}
	if k.filter != nil {
		b.attach(k, k.filter)
		k.node = &plan.Filter{Base: plan.Base{Out: k.node.Fields(), Span: sel.Qualify.Pos()}, Input: k.node, Condition: *k.filter}
	}
	var rest []*spec.Expr
	for i := range k.items {
		rest = append(rest, &k.items[i])
	}
	for i := range k.order {
		rest = append(rest, &k.order[i])
	}
	b.attach(k, rest...)
	if len(b.errs) > mistakes {
		return broken()
	}
	return b.finish(k, q)
}

// finish projects the items, removes duplicates and sorts.
func (b *Binder) finish(k *block, q *ast.Query) *source {
	names := uniquify(k.names)
	fields := make([]plan.Field, len(k.items))
	for i, e := range k.items {
		fields[i] = plan.Field{Name: names[i], Type: e.Type}
		if e.Type.Kind == types.Null && !b.nullsAllowed {
			b.illegalNull(k.spans[i])
			return broken()
		}
	}
	exprs := append([]spec.Expr{}, k.items...)
	var keys []spec.SortKey
	for i, e := range k.order {
		n := len(exprs)
		at := indexOf(&exprs, e)
		if len(exprs) > n && k.sel.Quantifier == ast.Distinct {
			b.fail(k.orders[i].X.Pos(), "not-selected", "SELECT DISTINCT can only be ordered by what it selects")
			return broken()
		}
		keys = append(keys, sortKey(k.orders[i], at))
	}
	all := append(append([]plan.Field{}, fields...), fieldsOf(exprs[len(fields):])...)
	node := project(k.node, exprs, all, k.sel.Span)
	if k.sel.Quantifier == ast.Distinct {
		node = distinct(node, k.sel.Span)
		fields = node.Fields()
	}
	if q != nil {
		if node = b.sort(node, q, keys); node == nil {
			return broken()
		}
	}
	if len(exprs) > len(fields) {
		node = project(node, plan.Refs(fields), fields, k.sel.Span)
	}
	return &source{node, newScope("", nil, fields)}
}

// uniquify gives repeated names numbers, as Flink does: a, a0, a1.
func uniquify(names []string) []string {
	seen := make(map[string]bool, len(names))
	out := make([]string, len(names))
	for i, n := range names {
		s := n
		for k := 0; seen[s]; k++ {
			s = n + strconv.Itoa(k)
		}
		seen[s] = true
		out[i] = s
	}
	return out
}

func (b *Binder) where(k *block) {
	v := &env{scope: k.scope, clause: "WHERE"}
	for _, cond := range conjuncts(k.sel.Where) {
		// IN, EXISTS and their negations filter by a semi or anti join.
		if node, done := b.semiJoin(cond, v, k.node); done {
			if node != nil {
				k.node = node
			}
			continue
		}
		e := b.condition(cond, v)
		if bad(e) {
			continue
		}
		b.attach(k, &e)
		if f, ok := k.node.(*plan.Filter); ok && f.Span == k.sel.Where.Pos() {
			e = *plan.And(f.Condition, e)
			k.node = f.Input
		}
		k.node = &plan.Filter{Base: plan.Base{Out: k.node.Fields(), Span: k.sel.Where.Pos()}, Input: k.node, Condition: e}
	}
}

// conjuncts returns the conditions that AND combines.
func conjuncts(e ast.Expr) []ast.Expr {
	var right []ast.Expr
	for {
		x, ok := e.(*ast.Binary)
		if !ok || x.Op != ast.OpAnd {
			break
		}
		right = append(right, x.R)
		e = x.L
	}
	out := []ast.Expr{e}
	for i := len(right) - 1; i >= 0; i-- {
		if x, ok := right[i].(*ast.Binary); ok && x.Op == ast.OpAnd {
			out = append(out, conjuncts(x)...)
			continue
		}
		out = append(out, right[i])
	}
	return out
}

func (b *Binder) selectItems(k *block) {
	v := &env{scope: k.scope, clause: "SELECT", aggs: k.aggs, overs: k.overs}
	add := func(e spec.Expr, name string, at diag.Span) {
		k.items, k.names, k.spans = append(k.items, e), append(k.names, name), append(k.spans, at)
	}
	for _, it := range k.sel.Items {
		var exprs []spec.Expr
		var names []string
		switch x := it.X.(type) {
		case *ast.Star:
			exprs, names = b.star(x, k.scope)
		case *ast.Field:
			if x.Star {
				exprs, names = b.rowStar(b.expr(x.X, v), x.Span)
			}
		}
		if exprs != nil {
			for i := range exprs {
				add(exprs[i], names[i], it.Span)
			}
			continue
		}
		if _, ok := it.X.(*ast.Star); ok {
			continue
		}
		e := b.expr(it.X, v)
		if !bad(e) && e.Type.Kind == types.Symbol {
			b.fail(it.X.Pos(), "wrong-arguments", "a keyword is no value")
			e = poison()
		}
		add(e, itemName(it, len(k.items)), it.X.Pos())
	}
	if k.sel.Having != nil {
		h := b.condition(k.sel.Having, &env{scope: k.scope, clause: "HAVING", aggs: k.aggs})
		k.having = &h
	}
	if k.sel.Qualify != nil {
		f := b.condition(k.sel.Qualify, &env{scope: k.scope, clause: "QUALIFY", aggs: k.aggs, overs: k.overs})
		k.filter = &f
	}
}

// itemName is the column name of a select item.
func itemName(it *ast.SelectItem, i int) string {
	if it.Alias != nil {
		return it.Alias.Name
	}
	switch x := it.X.(type) {
	case *ast.Name:
		return x.Last().Name
	case *ast.Field:
		return x.Name.Name
	}
	return "EXPR$" + strconv.Itoa(i)
}

func (b *Binder) orderItems(k *block, items []*ast.OrderItem) {
	v := &env{scope: k.scope, clause: "ORDER BY", aggs: k.aggs, overs: k.overs}
	for _, o := range items {
		e, ok := b.ordinal(o.X, k.items)
		if !ok {
			if n, name := o.X.(*ast.Name); name && len(n.Parts) == 1 {
				e, ok = k.alias(n.Parts[0].Name)
			}
		}
		if !ok {
			e = b.expr(o.X, v)
		}
		k.order, k.orders = append(k.order, e), append(k.orders, o)
	}
}

// alias returns the select item of that name.
func (k *block) alias(name string) (spec.Expr, bool) {
	for i, n := range k.names {
		if n == name {
			return k.items[i], true
		}
	}
	return spec.Expr{}, false
}
