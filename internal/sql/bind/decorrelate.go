package bind

import (
	"strconv"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// unnested is a subquery's plan that no longer refers to the outer query. What
// did is in conds: conditions over its fields and $outer calls, to be put on
// the join. Its first fields are those of the subquery; more may follow.
type unnested struct {
	node  plan.Node
	conds []spec.Expr
	// empty, if set, are the values of the fields where no row of a global
	// aggregate is left to join with: COUNT is 0 there, others are NULL.
	empty []spec.Expr
	// unique: for each outer row there is one row at the most.
	unique bool
	// limited: a LIMIT picks among the rows of each outer row.
	limited bool
}

// decorrelate moves the conditions of a subquery that refer to the outer query
// upwards, out of its plan.
func (b *Binder) decorrelate(s *subquery) (unnested, bool) {
	p := puller{s: s}
	un := p.pull(s.node)
	if p.why != "" {
		b.notSupported(s.span, "a correlated subquery "+p.why, "write it as a join")
		return un, false
	}
	return un, true
}

type puller struct {
	s   *subquery
	why string // what cannot be done
}

func (p *puller) refuse(why string) unnested {
	if p.why == "" {
		p.why = why
	}
	return unnested{}
}

// correlated reports whether anything below n refers to the outer query.
func (p *puller) correlated(n plan.Node) bool {
	for _, e := range nodeExprs(n) {
		if p.s.refers(e) {
			return true
		}
	}
	for _, in := range n.Inputs() {
		if p.correlated(in) {
			return true
		}
	}
	return false
}

// nodeExprs returns the expressions of a node.
func nodeExprs(n plan.Node) []spec.Expr {
	opt := func(e *spec.Expr) []spec.Expr {
		if e == nil {
			return nil
		}
		return []spec.Expr{*e}
	}
	switch n := n.(type) {
	case *plan.Values:
		var out []spec.Expr
		for _, r := range n.Rows {
			out = append(out, r...)
		}
		return out
	case *plan.Project:
		return n.Exprs
	case *plan.Filter:
		return []spec.Expr{n.Condition}
	case *plan.Join:
		return opt(n.On)
	case *plan.TemporalJoin:
		return append(opt(n.On), n.AsOf)
	case *plan.Correlate:
		return append(opt(n.Condition), n.Args...)
	}
	return nil
}

func (p *puller) pull(n plan.Node) unnested {
	if !p.correlated(n) {
		one := false
		switch n := n.(type) {
		case *plan.Aggregate:
			one = len(n.Keys) == 0 && n.Sets == nil
		case *plan.Project:
			one = p.pull(n.Input).unique
		case *plan.Values:
			one = len(n.Rows) <= 1
		case *plan.Sort:
			one = n.Limit == 0 || n.Limit == 1
		}
		return unnested{node: n, unique: one}
	}
	switch n := n.(type) {
	case *plan.Filter:
		in := p.pull(n.Input)
		if p.why != "" {
			return in
		}
		if in.empty != nil {
			return p.refuse("with a condition on its aggregate")
		}
		var keep []spec.Expr
		for _, c := range plan.SplitConjuncts(n.Condition) {
			if p.s.refers(c) {
				in.conds = append(in.conds, c)
			} else {
				keep = append(keep, c)
			}
		}
		if c := plan.And(keep...); c != nil {
			in.node = &plan.Filter{Base: plan.Base{Out: in.node.Fields(), Span: n.Span}, Input: in.node, Condition: *c}
		}
		return in
	case *plan.Project:
		return p.project(n)
	case *plan.Aggregate:
		return p.aggregate(n)
	case *plan.Join:
		return p.join(n)
	case *plan.Sort:
		if len(n.Keys) > 0 && n.Limit < 0 && n.Offset == 0 {
			return p.pull(n.Input) // the order of a subquery has no meaning
		}
		return p.limit(n)
	case *plan.Watermark, *plan.WindowTVF:
		in := p.pull(n.Inputs()[0])
		if p.why == "" && len(in.node.Fields()) != len(n.Inputs()[0].Fields()) {
			return p.refuse("below a window function")
		}
		if p.why != "" {
			return in
		}
		return unnested{node: n.WithInputs(in.node), conds: in.conds}
	case *plan.Over:
		return p.over(n)
	case *plan.SetOp:
		return p.refuse("inside a set operation")
	case *plan.Correlate:
		return p.refuse("inside UNNEST")
	case *plan.Values:
		return p.refuse("of VALUES")
	}
	return p.refuse("of this kind")
}

// project keeps the columns that the conditions need behind its own.
func (p *puller) project(n *plan.Project) unnested {
	in := p.pull(n.Input)
	if p.why != "" {
		return in
	}
	for _, e := range n.Exprs {
		if p.s.refers(e) {
			return p.refuse("that selects a column of the outer query")
		}
	}
	exprs := append([]spec.Expr{}, n.Exprs...)
	out := append([]plan.Field{}, n.Out...)
	fields := in.node.Fields()
	conds := make([]spec.Expr, len(in.conds))
	for i, c := range in.conds {
		conds[i] = plan.MapColumns(c, func(col int, t types.Type) spec.Expr {
			k := indexOf(&exprs, spec.Col(col, t))
			if k == len(out) {
				out = append(out, fields[col])
			}
			return spec.Col(k, t)
		})
	}
	un := unnested{node: project(in.node, exprs, out, n.Span), conds: conds, unique: in.unique, limited: in.limited}
	if in.empty != nil {
		for _, e := range exprs {
			un.empty = append(un.empty, plan.MapColumns(e, func(col int, t types.Type) spec.Expr {
				if in.empty[col].Literal != nil && in.empty[col].Literal.Null {
					return spec.NullOf(t)
				}
				return in.empty[col]
			}))
		}
	}
	return un
}

// aggregate groups by the columns that are compared with the outer query as well.
func (p *puller) aggregate(n *plan.Aggregate) unnested {
	in := p.pull(n.Input)
	if p.why != "" {
		return in
	}
	if n.Sets != nil {
		return p.refuse("with grouping sets")
	}
	if in.empty != nil {
		return p.refuse("of an aggregate over an aggregate")
	}
	// Columns that conditions compare become keys, behind the others.
	keys := append([]int{}, n.Keys...)
	place := map[int]int{}
	fields := in.node.Fields()
	for i, k := range keys {
		if _, ok := place[k]; !ok {
			place[k] = i
		}
	}
	for _, c := range in.conds {
		if !p.equality(c) {
			return p.refuse("whose aggregate depends on more than equality")
		}
		used := map[int]bool{}
		plan.Columns(c, used)
		for col := range fields {
			if _, ok := place[col]; used[col] && !ok {
				place[col] = len(keys)
				keys = append(keys, col)
			}
		}
	}
	agg := *n
	agg.Input, agg.Keys = in.node, keys
	agg.Out = nil
	for i, k := range keys {
		f := plan.Field{Name: fields[k].Name, Type: fields[k].Type.WithAttr(types.NoAttr)}
		if i < len(n.Keys) {
			f = n.Out[i]
		}
		agg.Out = append(agg.Out, f)
	}
	agg.Out = append(agg.Out, n.Out[len(n.Keys):]...)
	// The fields of n come first, then the further keys.
	nk := len(n.Keys)
	var exprs []spec.Expr
	var out []plan.Field
	add := func(i int) {
		exprs = append(exprs, spec.Col(i, agg.Out[i].Type))
		out = append(out, agg.Out[i])
	}
	for i := 0; i < nk; i++ {
		add(i)
	}
	for i := range n.Calls {
		add(len(keys) + i)
	}
	for i := nk; i < len(keys); i++ {
		add(i)
	}
	conds := make([]spec.Expr, len(in.conds))
	for i, c := range in.conds {
		conds[i] = plan.MapColumns(c, func(col int, t types.Type) spec.Expr {
			k := place[col]
			if k >= nk {
				k += len(n.Calls)
			}
			return spec.Col(k, t)
		})
	}
	un := unnested{node: project(&agg, exprs, out, n.Span), conds: conds}
	if nk == 0 && len(n.Calls) > 0 {
		un.unique = true
		for _, c := range n.Calls {
			e := spec.NullOf(c.Type)
			if c.Func == "COUNT" {
				e = spec.Lit(c.Type.Required(), "0")
			}
			un.empty = append(un.empty, e)
		}
		for _, f := range out[len(n.Calls):] {
			un.empty = append(un.empty, spec.NullOf(f.Type))
		}
	}
	return un
}

// equality reports whether c is outer = inner, where the inner side has no outer reference.
func (p *puller) equality(c spec.Expr) bool {
	if c.Call != "=" {
		return false
	}
	l, r := p.s.refers(c.Args[0]), p.s.refers(c.Args[1])
	pure := func(e spec.Expr) bool {
		used := map[int]bool{}
		plan.Columns(e, used)
		return len(used) == 0
	}
	return l != r && (l && pure(c.Args[0]) || r && pure(c.Args[1]))
}

// equalKeys returns the columns that the conditions compare with the outer
// query, if all of them are equalities.
func equalKeys(s *subquery, un unnested) ([]int, bool) {
	p := puller{s: s}
	used := map[int]bool{}
	for _, c := range un.conds {
		if !p.equality(c) {
			return nil, false
		}
		plan.Columns(c, used)
	}
	var keys []int
	for i := range un.node.Fields() {
		if used[i] {
			keys = append(keys, i)
		}
	}
	return keys, true
}

func (p *puller) join(n *plan.Join) unnested {
	l, r := p.pull(n.Left), p.pull(n.Right)
	if p.why != "" {
		return l
	}
	if l.empty != nil || r.empty != nil {
		return p.refuse("that joins an aggregate")
	}
	if len(r.conds) > 0 && n.Type != spec.InnerJoin || len(l.conds) > 0 && (n.Type == spec.RightJoin || n.Type == spec.FullJoin) {
		return p.refuse("inside an outer join")
	}
	nl, nr := len(n.Left.Fields()), len(n.Right.Fields())
	ml := len(l.node.Fields())
	var on, conds []spec.Expr
	if n.On != nil {
		for _, c := range plan.SplitConjuncts(*n.On) {
			c = plan.MapColumns(c, func(col int, t types.Type) spec.Expr {
				if col >= nl {
					col += ml - nl
				}
				return spec.Col(col, t)
			})
			if !p.s.refers(c) {
				on = append(on, c)
				continue
			}
			if n.Type != spec.InnerJoin {
				return p.refuse("in the condition of an outer join")
			}
			conds = append(conds, c)
		}
	}
	conds = append(conds, l.conds...)
	for _, c := range r.conds {
		conds = append(conds, plan.Shift(c, ml))
	}
	j := *n
	j.Left, j.Right, j.On = l.node, r.node, plan.And(on...)
	if n.Type == spec.SemiJoin || n.Type == spec.AntiJoin {
		j.Out = l.node.Fields()
		return unnested{node: &j, conds: conds}
	}
	rf := r.node.Fields()
	if n.Type == spec.LeftJoin || n.Type == spec.FullJoin {
		rf = outer(rf)
	}
	j.Out = append(append([]plan.Field{}, l.node.Fields()...), rf...)
	// Put n's own fields first again.
	var exprs []spec.Expr
	var out []plan.Field
	place := make([]int, len(j.Out))
	add := func(i int) {
		place[i] = len(exprs)
		t := j.Out[i].Type
		exprs = append(exprs, spec.Col(i, t))
		out = append(out, j.Out[i])
	}
	for i := 0; i < nl; i++ {
		add(i)
	}
	for i := 0; i < nr; i++ {
		add(ml + i)
	}
	for i := range j.Out {
		if i >= nl && i < ml || i >= ml+nr {
			add(i)
		}
	}
	for i, c := range conds {
		conds[i] = plan.MapColumns(c, func(col int, t types.Type) spec.Expr { return spec.Col(place[col], t) })
	}
	return unnested{node: project(&j, exprs, out, n.Span), conds: conds}
}

// limit numbers the rows of each outer row and keeps those that LIMIT lets through.
func (p *puller) limit(n *plan.Sort) unnested {
	in := p.pull(n.Input)
	if p.why != "" {
		return in
	}
	if in.empty != nil {
		return in // an aggregate without groups has one row
	}
	keys, ok := equalKeys(p.s, in)
	if !ok {
		return p.refuse("whose LIMIT depends on more than equality")
	}
	fields := in.node.Fields()
	big := types.TBigInt.Required()
	o := &plan.Over{Base: plan.Base{Out: append(append([]plan.Field{}, fields...), plan.Field{Name: "$rn", Type: big}), Span: n.Span},
		Input: in.node, PartitionBy: keys, OrderBy: n.Keys, Frame: plan.Frame{Rows: true, Start: plan.Bound{Unbounded: true}},
		Calls: []spec.AggCall{{Func: "ROW_NUMBER", Type: big, Name: "$rn"}}, CallSpans: []diag.Span{n.Span}}
	rn := spec.Col(len(fields), big)
	var conds []spec.Expr
	if n.Offset > 0 {
		conds = append(conds, spec.Call(">", types.TBoolean.Required(), rn, spec.Lit(big, strconv.FormatInt(n.Offset, 10))))
	}
	if n.Limit >= 0 {
		conds = append(conds, spec.Call("<=", types.TBoolean.Required(), rn, spec.Lit(big, strconv.FormatInt(n.Offset+n.Limit, 10))))
	}
	f := &plan.Filter{Base: plan.Base{Out: o.Out, Span: n.Span}, Input: o, Condition: *plan.And(conds...)}
	return unnested{node: project(f, plan.Refs(fields), fields, n.Span), conds: in.conds, unique: n.Limit >= 0 && n.Limit <= 1, limited: true}
}

// over partitions by the columns that are compared with the outer query as well.
func (p *puller) over(n *plan.Over) unnested {
	in := p.pull(n.Input)
	if p.why != "" {
		return in
	}
	w := len(n.Input.Fields())
	more := len(in.node.Fields()) - w
	o := *n
	o.Input = in.node
	o.PartitionBy = append([]int{}, n.PartitionBy...)
	for _, c := range in.conds {
		if !p.equality(c) {
			return p.refuse("whose window depends on more than equality")
		}
		used := map[int]bool{}
		plan.Columns(c, used)
		for i := range in.node.Fields() {
			if used[i] {
				o.PartitionBy = append(o.PartitionBy, i)
			}
		}
	}
	o.Out = append(append([]plan.Field{}, in.node.Fields()...), n.Out[w:]...)
	// n's own fields first.
	var exprs []spec.Expr
	var out []plan.Field
	place := make([]int, len(o.Out))
	add := func(i int) {
		place[i] = len(exprs)
		exprs = append(exprs, spec.Col(i, o.Out[i].Type))
		out = append(out, o.Out[i])
	}
	for i := 0; i < w; i++ {
		add(i)
	}
	for i := range n.Calls {
		add(w + more + i)
	}
	for i := w; i < w+more; i++ {
		add(i)
	}
	conds := make([]spec.Expr, len(in.conds))
	for i, c := range in.conds {
		conds[i] = plan.MapColumns(c, func(col int, t types.Type) spec.Expr { return spec.Col(place[col], t) })
	}
	return unnested{node: project(&o, exprs, out, n.Span), conds: conds}
}
