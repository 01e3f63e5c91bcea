package bind

import (
	"fmt"
	"strconv"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// aggBlock is the grouping of a SELECT.
type aggBlock struct {
	grouped bool // GROUP BY was written
	keys    []spec.Expr
	sets    [][]int // nil: one set of all keys
	calls   []aggCall
	window  *groupWindow
	at      diag.Span
}

// aggCall is one aggregate; its expressions are over the block's input.
type aggCall struct {
	fn       string
	args     []spec.Expr
	distinct bool
	filter   *spec.Expr
	typ      types.Type
	options  map[string]string
	span     diag.Span
}

// mayBeEmpty reports whether an aggregate can see no row at all: without keys,
// or in a grouping set without keys.
func (a *aggBlock) mayBeEmpty() bool {
	if a.sets == nil {
		return len(a.keys) == 0
	}
	for _, s := range a.sets {
		if len(s) == 0 {
			return true
		}
	}
	return false
}

// add returns the placeholder of a call.
func (a *aggBlock) add(c aggCall) spec.Expr {
	i := 0
	for ; i < len(a.calls); i++ {
		if a.calls[i].same(c) {
			break
		}
	}
	if i == len(a.calls) {
		a.calls = append(a.calls, c)
	}
	return spec.Call("$agg", c.typ, intLit(int64(i)))
}

func (c aggCall) same(o aggCall) bool {
	if c.fn != o.fn || c.distinct != o.distinct || len(c.args) != len(o.args) || (c.filter == nil) != (o.filter == nil) || fmt.Sprint(c.options) != fmt.Sprint(o.options) {
		return false
	}
	if c.filter != nil && !sameExpr(*c.filter, *o.filter) {
		return false
	}
	for i := range c.args {
		if !sameExpr(c.args[i], o.args[i]) {
			return false
		}
	}
	return true
}

// placeholder returns the number of a placeholder of that name.
func placeholder(e spec.Expr, name string) (int, bool) {
	if e.Call != name {
		return 0, false
	}
	n, err := strconv.Atoi(e.Args[0].Literal.Text)
	return n, err == nil
}

// groupBy binds GROUP BY; nil if there is none.
func (b *Binder) groupBy(k *block) *aggBlock {
	g := k.sel.GroupBy
	if g == nil {
		return nil
	}
	a := &aggBlock{grouped: true, at: g.Span}
	v := &env{scope: k.scope, clause: "GROUP BY"}
	key := func(e ast.Expr) int {
		if c, ok := e.(*ast.Call); ok && groupWindowKind(c) != "" {
			return b.groupWindow(k, a, c, v)
		}
		x := b.expr(e, v)
		if bad(x) {
			return -1
		}
		subs := []*spec.Expr{&x}
		b.attach(k, subs...)
		return indexOf(&a.keys, x)
	}
	// Each item is a list of sets; the item sets are multiplied.
	sets := [][]int{nil}
	several := false
	for _, it := range sessionsLast(g.Items) {
		part := b.groupingSets(it, key)
		if _, ok := it.(*ast.GroupingSet); ok {
			several = true
		}
		var next [][]int
		for _, s := range sets {
			for _, p := range part {
				next = append(next, union(s, p))
			}
		}
		if len(next) > 4096 {
			b.fail(g.Span, "too-many", "GROUP BY makes more than 4096 grouping sets")
			return a
		}
		sets = next
	}
	if several && !(len(sets) == 1 && len(sets[0]) == len(a.keys)) {
		a.sets = sets
	}
	if g.Quantifier == ast.Distinct && a.sets != nil {
		var kept [][]int
		seen := map[string]bool{}
		for _, s := range a.sets {
			if id := fmt.Sprint(s); !seen[id] {
				seen[id] = true
				kept = append(kept, s)
			}
		}
		a.sets = kept
	}
	if len(a.keys) > 62 && a.sets != nil {
		b.fail(g.Span, "too-many", "grouping sets take 62 columns at the most, not %d", len(a.keys))
	}
	return a
}

// sessionsLast puts a session window behind the other items of GROUP BY: its
// sessions are those of each group, so the other keys have to be known.
func sessionsLast(items []ast.Expr) []ast.Expr {
	var first, last []ast.Expr
	for _, it := range items {
		if c, ok := it.(*ast.Call); ok && groupWindowKind(c) == spec.Session {
			last = append(last, it)
		} else {
			first = append(first, it)
		}
	}
	return append(first, last...)
}

func union(a, b []int) []int {
	out := append([]int{}, a...)
	for _, x := range b {
		found := false
		for _, y := range out {
			found = found || x == y
		}
		if !found && x >= 0 {
			out = append(out, x)
		}
	}
	// Sets are compared and printed in key order.
	for i := 1; i < len(out); i++ {
		for j := i; j > 0 && out[j] < out[j-1]; j-- {
			out[j], out[j-1] = out[j-1], out[j]
		}
	}
	return out
}

// groupingSets returns the sets that one item of GROUP BY stands for.
func (b *Binder) groupingSets(e ast.Expr, key func(ast.Expr) int) [][]int {
	one := func(e ast.Expr) []int {
		if r, ok := e.(*ast.RowExpr); ok { // ROW (a, b) is (a, b) here
			var s []int
			for _, x := range r.Items {
				s = union(s, []int{key(x)})
			}
			return s
		}
		return union(nil, []int{key(e)})
	}
	g, ok := e.(*ast.GroupingSet)
	if !ok {
		return [][]int{one(e)}
	}
	switch g.Kind {
	case ast.Rollup:
		sets := [][]int{nil}
		var s []int
		for _, it := range g.Items {
			s = union(s, one(it))
			sets = append([][]int{s}, sets...)
		}
		return sets
	case ast.Cube:
		if len(g.Items) > 12 {
			b.fail(g.Span, "too-many", "CUBE of %d columns makes too many grouping sets", len(g.Items))
			return [][]int{nil}
		}
		var parts [][]int
		for _, it := range g.Items {
			parts = append(parts, one(it))
		}
		var sets [][]int
		for m := 1<<len(parts) - 1; m >= 0; m-- {
			var s []int
			for i := range parts {
				if m&(1<<(len(parts)-1-i)) != 0 {
					s = union(s, parts[i])
				}
			}
			sets = append(sets, s)
		}
		return sets
	}
	var sets [][]int
	for _, it := range g.Items {
		sets = append(sets, b.groupingSets(it, key)...)
	}
	return sets
}

// aggregate puts the Aggregate of a block over its node and turns the block's
// expressions into expressions over the result.
func (b *Binder) aggregate(k *block) {
	a := k.aggs
	// 1. One Project computes keys, arguments and filters.
	var pre []spec.Expr
	in := k.node.Fields()
	column := func(e spec.Expr) int { return indexOf(&pre, e) }
	keys := make([]int, len(a.keys))
	for i, e := range a.keys {
		keys[i] = column(e)
	}
	var args []*spec.Expr
	for i := range a.calls {
		for j := range a.calls[i].args {
			args = append(args, &a.calls[i].args[j])
		}
		if a.calls[i].filter != nil {
			args = append(args, a.calls[i].filter)
		}
	}
	b.attach(k, args...)
	calls := make([]spec.AggCall, len(a.calls))
	spans := make([]diag.Span, len(a.calls))
	for i, c := range a.calls {
		s := spec.AggCall{Func: c.fn, Distinct: c.distinct, Type: c.typ, Options: c.options}
		for _, x := range c.args {
			s.Args = append(s.Args, column(x))
		}
		if c.filter != nil {
			f := column(*c.filter)
			s.Filter = &f
		}
		calls[i], spans[i] = s, c.span
	}
	fields := fieldsOf(pre)
	for i, e := range pre {
		if e.Column != nil && *e.Column < len(in) {
			fields[i].Name = in[*e.Column].Name
		}
	}
	window, windowed := plan.WindowOf(k.node)
	at := a.at
	if at.IsZero() {
		at = k.sel.Span
	}
	var input plan.Node = &plan.Project{Base: plan.Base{Out: fields, Span: at}, Input: k.node, Exprs: pre}
	if len(pre) == 0 && len(in) > 0 {
		// COUNT(*) alone: keep the rows as they are.
		input = k.node
	}

	// 2. The Aggregate itself.
	agg := &plan.Aggregate{Base: plan.Base{Span: at}, Input: input, Keys: keys, Calls: calls, CallSpans: spans, Legacy: a.window != nil}
	out := make([]plan.Field, 0, len(keys)+len(calls)+1)
	for i, e := range a.keys {
		t := e.Type
		if t.Attr != types.NoAttr && !(windowed && e.Column != nil && *e.Column == window.Time) {
			t.Attr = types.NoAttr
		}
		if a.sets != nil && !inAll(i, a.sets) {
			t.NotNull, t.Attr = false, types.NoAttr
		}
		out = append(out, plan.Field{Name: fields[keys[i]].Name, Type: t})
	}
	for i := range calls {
		agg.Calls[i].Name = "$agg" + strconv.Itoa(i)
		out = append(out, plan.Field{Name: agg.Calls[i].Name, Type: calls[i].Type})
	}
	if a.sets != nil {
		agg.Sets = a.sets
		agg.SetIDs = setIDs(a.sets, len(keys))
		out = append(out, plan.Field{Name: "$e", Type: types.TBigInt.Required()})
	}
	agg.Out = out
	k.node = agg

	// 3. Expressions over the result.
	for _, e := range k.exprs() {
		*e = b.overAggregate(*e, k, out)
	}
}

func inAll(key int, sets [][]int) bool {
	for _, s := range sets {
		found := false
		for _, x := range s {
			found = found || x == key
		}
		if !found {
			return false
		}
	}
	return true
}

// setIDs numbers grouping sets: bit n-1-i is 1 where key i is missing; a
// repeated set counts up above these bits.
func setIDs(sets [][]int, n int) []int64 {
	ids := make([]int64, len(sets))
	seen := map[int64]int64{}
	for i, s := range sets {
		id := int64(1)<<n - 1
		for _, k := range s {
			id &^= 1 << (n - 1 - k)
		}
		ids[i] = id | seen[id]<<n
		seen[id]++
	}
	return ids
}

// overAggregate turns an expression over the input of a grouping into one over its result.
func (b *Binder) overAggregate(e spec.Expr, k *block, out []plan.Field) spec.Expr {
	a := k.aggs
	reported := false
	return rewrite(e, func(x spec.Expr) (spec.Expr, bool) {
		if i, ok := placeholder(x, "$agg"); ok {
			return spec.Col(len(a.keys)+i, a.calls[i].typ), true
		}
		if x.Call == "$grouping" {
			return b.grouping(x, a, len(out)-1), true
		}
		if x.Call == "$over" {
			return x, true
		}
		if x.Literal == nil {
			for i, key := range a.keys {
				if sameExpr(x, key) {
					return spec.Col(i, out[i].Type), true
				}
			}
		}
		if x.Column != nil {
			if !reported {
				reported = true
				b.notGrouped(x, k)
			}
			return poison(), true
		}
		return x, false
	})
}

func (b *Binder) notGrouped(x spec.Expr, k *block) {
	name := "this column"
	if fs := k.scope.fields; *x.Column < len(fs) {
		name = fs[*x.Column].Name
	}
	at := b.spans[x.Column]
	for _, e := range b.errs {
		if e.Code == "not-grouped" && e.Span == at {
			return
		}
	}
	e := b.fail(at, "not-grouped", "%q is neither grouped nor aggregated", name)
	if k.aggs.grouped {
		e.Help = fmt.Sprintf("add %s to GROUP BY, or use an aggregate such as LAST_VALUE(%s)", name, name)
	} else {
		e.Help = fmt.Sprintf("add GROUP BY %s, or use an aggregate such as LAST_VALUE(%s)", name, name)
	}
}

// grouping computes GROUPING, GROUPING_ID and GROUP_ID from the set number.
func (b *Binder) grouping(x spec.Expr, a *aggBlock, column int) spec.Expr {
	big := types.TBigInt.Required()
	value := func(id int64) int64 {
		n := len(a.keys)
		if len(x.Args) == 0 {
			return id >> n
		}
		v := int64(0)
		for _, arg := range x.Args {
			i := -1
			for j, key := range a.keys {
				if sameExpr(arg, key) {
					i = j
				}
			}
			if i < 0 {
				return -1
			}
			v = v<<1 | id>>(n-1-i)&1
		}
		return v
	}
	if value(0) < 0 {
		at := a.at
		if len(x.Args) > 0 && x.Args[0].Column != nil {
			at = b.spans[x.Args[0].Column]
		}
		b.fail(at, "not-grouped", "GROUPING takes columns of GROUP BY")
		return poison()
	}
	lit := func(v int64) spec.Expr { return spec.Lit(big, strconv.FormatInt(v, 10)) }
	if a.sets == nil {
		return lit(0)
	}
	ids := setIDs(a.sets, len(a.keys))
	var args []spec.Expr
	for _, id := range ids[:len(ids)-1] {
		args = append(args, spec.Call("=", types.TBoolean.Required(), spec.Col(column, big), lit(id)), lit(value(id)))
	}
	last := lit(value(ids[len(ids)-1]))
	if len(args) == 0 {
		return last
	}
	return spec.Call("CASE", big, append(args, last)...)
}
