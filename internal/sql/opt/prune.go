package opt

import (
	"fmt"
	"sort"

	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/plan"
)

// need says which columns of a node are used above it.
type need []bool

func all(n int) need {
	out := make(need, n)
	for i := range out {
		out[i] = true
	}
	return out
}

func (s need) add(e spec.Expr) {
	plan.Walk(e, func(x spec.Expr) {
		if x.Column != nil {
			s[*x.Column] = true
		}
	})
}

// remap tells where old columns are now; -1 = gone.
type remap []int

func keep(s need) remap {
	m := make(remap, len(s))
	k := 0
	for i, used := range s {
		m[i] = -1
		if used {
			m[i] = k
			k++
		}
	}
	return m
}

func (m remap) expr(e spec.Expr) spec.Expr {
	return plan.MapColumns(e, func(c int, t typ) spec.Expr { return spec.Col(m[c], t) })
}

func (m remap) cols(cs []int) []int {
	out := make([]int, len(cs))
	for i, c := range cs {
		out[i] = m[c]
	}
	return out
}

func pick(fs []plan.Field, s need) []plan.Field {
	var out []plan.Field
	for i, f := range fs {
		if s[i] {
			out = append(out, f)
		}
	}
	return out
}

// scanNeeds holds, for each table read in a job, the columns that any of its
// scans needs. While recording, prune fills it; then prune obeys it.
type scanNeeds struct {
	columns   map[string]map[string]bool
	recording bool
}

// scanKey names what makes two scans the same source.
func scanKey(s *plan.Scan) string {
	key := s.Table.Path.String()
	for _, k := range s.Options.Keys() {
		key += fmt.Sprintf("\x00%s=%s", k, s.Options[k])
	}
	return key
}

// prune returns n with only the columns of s, and where they are now.
func prune(n plan.Node, s need, scans *scanNeeds) (plan.Node, remap) {
	switch n := n.(type) {
	case *plan.Scan:
		return pruneScan(n, s, scans)
	case *plan.Values:
		m := keep(s)
		c := *n
		c.Out = pick(n.Out, s)
		c.Rows = make([][]spec.Expr, len(n.Rows))
		for i, r := range n.Rows {
			for k, e := range r {
				if s[k] {
					c.Rows[i] = append(c.Rows[i], e)
				}
			}
		}
		return &c, m
	case *plan.Project:
		below := make(need, len(n.Input.Fields()))
		c := *n
		c.Exprs, c.Out = nil, pick(n.Out, s)
		for i, e := range n.Exprs {
			if s[i] {
				below.add(e)
			}
		}
		in, m := prune(n.Input, below, scans)
		c.Input = in
		for i, e := range n.Exprs {
			if s[i] {
				c.Exprs = append(c.Exprs, m.expr(e))
			}
		}
		return &c, keep(s)
	case *plan.Filter:
		below := append(need(nil), s...)
		below.add(n.Condition)
		in, m := prune(n.Input, below, scans)
		c := *n
		c.Input, c.Condition, c.Out = in, m.expr(n.Condition), in.Fields()
		return &c, m
	case *plan.Watermark:
		below := append(need(nil), s...)
		below.add(n.Expr)
		below[n.Column] = true
		in, m := prune(n.Input, below, scans)
		c := *n
		c.Input, c.Expr, c.Column = in, m.expr(n.Expr), m[n.Column]
		c.Out = pick(n.Out, m.kept())
		return &c, m
	case *plan.Aggregate:
		return pruneAggregate(n, s, scans)
	case *plan.WindowTVF:
		width := len(n.Input.Fields())
		below := append(need(nil), s[:width]...)
		if n.Window.Time >= 0 {
			below[n.Window.Time] = true
		}
		for _, p := range n.PartitionBy {
			below[p] = true
		}
		in, m := prune(n.Input, below, scans)
		c := *n
		c.Input, c.PartitionBy = in, m.cols(n.PartitionBy)
		if n.Window.Time >= 0 {
			c.Window.Time = m[n.Window.Time]
		}
		c.Out = append(append([]plan.Field(nil), pick(n.Out[:width], m.kept())...), n.Out[width:]...)
		k := len(in.Fields())
		return &c, append(append(remap(nil), m...), k, k+1, k+2)
	case *plan.Join:
		return pruneJoin(n, s, scans)
	case *plan.Over:
		return pruneOver(n, s, scans)
	case *plan.Sort:
		below := append(need(nil), s...)
		for _, k := range n.Keys {
			below[k.Column] = true
		}
		in, m := prune(n.Input, below, scans)
		c := *n
		c.Input, c.Out = in, in.Fields()
		c.Keys = append([]spec.SortKey(nil), n.Keys...)
		for i := range c.Keys {
			c.Keys[i].Column = m[c.Keys[i].Column]
		}
		return &c, m
	case *plan.SetOp:
		if n.Kind == plan.UnionAll {
			c := *n
			c.Ins = make([]plan.Node, len(n.Ins))
			for i, in := range n.Ins {
				p, m := prune(in, s, scans)
				c.Ins[i] = narrow(p, m, s)
			}
			c.Out = pick(n.Out, s)
			return &c, keep(s)
		}
	}
	// Nodes without a rule of their own keep all their columns.
	in := n.Inputs()
	next := make([]plan.Node, len(in))
	for i, x := range in {
		p, m := prune(x, all(len(x.Fields())), scans)
		next[i] = narrow(p, m, all(len(x.Fields())))
	}
	if len(in) > 0 {
		n = n.WithInputs(next...)
	}
	return n, keep(all(len(s)))
}

// kept is the set of old columns that are still there.
func (m remap) kept() need {
	s := make(need, len(m))
	for i, c := range m {
		s[i] = c >= 0
	}
	return s
}

// narrow projects n to exactly the columns of s in their old order.
func narrow(n plan.Node, m remap, s need) plan.Node {
	fs := n.Fields()
	p := &plan.Project{Base: plan.Base{Span: n.Pos()}, Input: n}
	for i, used := range s {
		if used {
			p.Exprs = append(p.Exprs, spec.Col(m[i], fs[m[i]].Type))
			p.Out = append(p.Out, fs[m[i]])
		}
	}
	if identity(p) {
		return n
	}
	return p
}

func pruneScan(n *plan.Scan, s need, scans *scanNeeds) (plan.Node, remap) {
	// A primary key identifies the rows of a changelog, so it is always read.
	s = append(need(nil), s...)
	for _, k := range n.Table.Key() {
		for i, c := range n.Columns {
			s[i] = s[i] || c.Name == k && c.Metadata == ""
		}
	}
	key := scanKey(n)
	wide := scans.columns[key]
	if scans.recording {
		if wide == nil {
			wide = map[string]bool{}
			scans.columns[key] = wide
		}
		for i, used := range s {
			if used {
				wide[n.Columns[i].Name] = true
			}
		}
	} else {
		for i := range s {
			s[i] = s[i] || wide[n.Columns[i].Name]
		}
	}
	c := *n
	c.Out = pick(n.Out, s)
	c.Columns = nil
	for i, col := range n.Columns {
		if s[i] {
			c.Columns = append(c.Columns, col)
		}
	}
	return &c, keep(s)
}

func pruneAggregate(n *plan.Aggregate, s need, scans *scanNeeds) (plan.Node, remap) {
	below := make(need, len(n.Input.Fields()))
	for _, k := range n.Keys {
		below[k] = true
	}
	// Keys stay (they are the groups); calls that nobody uses go, but one
	// column has to remain.
	out := append(need(nil), s...)
	for i := range n.Keys {
		out[i] = true
	}
	if n.Sets != nil {
		out[len(out)-1] = true
	}
	if len(n.Keys) == 0 && n.Sets == nil && len(n.Calls) > 0 {
		any := false
		for i := range n.Calls {
			any = any || out[i]
		}
		out[0] = out[0] || !any
	}
	c := *n
	c.Calls, c.CallSpans = nil, nil
	for i, call := range n.Calls {
		if !out[len(n.Keys)+i] {
			continue
		}
		c.Calls = append(c.Calls, call)
		if i < len(n.CallSpans) {
			c.CallSpans = append(c.CallSpans, n.CallSpans[i])
		}
		for _, a := range call.Args {
			below[a] = true
		}
		if call.Filter != nil {
			below[*call.Filter] = true
		}
	}
	in, m := prune(n.Input, below, scans)
	c.Input, c.Keys, c.Out = in, m.cols(n.Keys), pick(n.Out, out)
	for i := range c.Calls {
		c.Calls[i].Args = m.cols(c.Calls[i].Args)
		if f := c.Calls[i].Filter; f != nil {
			k := m[*f]
			c.Calls[i].Filter = &k
		}
	}
	return &c, keep(out)
}

// pruneOver drops columns that only pass through; the calls stay.
func pruneOver(n *plan.Over, s need, scans *scanNeeds) (plan.Node, remap) {
	width := len(n.Input.Fields())
	below := append(need(nil), s[:width]...)
	for _, k := range n.PartitionBy {
		below[k] = true
	}
	for _, k := range n.OrderBy {
		below[k.Column] = true
	}
	for _, c := range n.Calls {
		for _, a := range c.Args {
			below[a] = true
		}
		if c.Filter != nil {
			below[*c.Filter] = true
		}
	}
	in, m := prune(n.Input, below, scans)
	c := *n
	c.Input, c.PartitionBy = in, m.cols(n.PartitionBy)
	c.OrderBy = append([]spec.SortKey(nil), n.OrderBy...)
	for i := range c.OrderBy {
		c.OrderBy[i].Column = m[c.OrderBy[i].Column]
	}
	c.Calls = append([]spec.AggCall(nil), n.Calls...)
	for i := range c.Calls {
		c.Calls[i].Args = m.cols(c.Calls[i].Args)
		if f := c.Calls[i].Filter; f != nil {
			k := m[*f]
			c.Calls[i].Filter = &k
		}
	}
	c.Out = append(pick(n.Out[:width], m.kept()), n.Out[width:]...)
	k := len(in.Fields())
	for i := range n.Calls {
		m = append(m, k+i)
	}
	return &c, m
}

func pruneJoin(n *plan.Join, s need, scans *scanNeeds) (plan.Node, remap) {
	width, right := len(n.Left.Fields()), len(n.Right.Fields())
	both := make(need, width+right)
	copy(both, s)
	if n.On != nil {
		both.add(*n.On)
	}
	l, lm := prune(n.Left, both[:width], scans)
	r, rm := prune(n.Right, both[width:], scans)
	k := len(l.Fields())
	m := append(remap(nil), lm...)
	for _, c := range rm {
		if c >= 0 {
			c += k
		}
		m = append(m, c)
	}
	c := *n
	c.Left, c.Right = l, r
	if n.On != nil {
		on := m.expr(*n.On)
		c.On = &on
	}
	out := m[:len(s)]
	type moved struct{ from, to int }
	var order []moved
	for i, to := range out {
		if to >= 0 {
			order = append(order, moved{i, to})
		}
	}
	sort.Slice(order, func(i, j int) bool { return order[i].to < order[j].to })
	c.Out = nil
	for _, o := range order {
		c.Out = append(c.Out, n.Out[o.from])
	}
	return &c, out
}
