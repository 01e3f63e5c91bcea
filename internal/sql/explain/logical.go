package explain

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/plan"
)

// Logical draws bound statements with Flink's names of relational operators.
func Logical(roots []plan.Node) string {
	var out []*tree
	for _, r := range roots {
		out = append(out, logical(tidy(r), nil))
	}
	return draw(out)
}

// tidy makes the tree as Flink's converter would have: neighbouring projections
// are one, and one that only gives columns other names is none.
func tidy(n plan.Node) plan.Node {
	in := n.Inputs()
	below := make([]plan.Node, len(in))
	for i, x := range in {
		below[i] = tidy(x)
	}
	if len(in) > 0 {
		n = n.WithInputs(below...)
	}
	switch x := n.(type) {
	case *plan.Sink:
		return sinkNames(x)
	case *plan.WindowTVF:
		if _, isProject := x.Input.(*plan.Project); !isProject {
			// Flink's converter writes TABLE t as SELECT * FROM t.
			fs := x.Input.Fields()
			return x.WithInputs(&plan.Project{Base: plan.Base{Out: fs, Span: x.Span}, Input: x.Input, Exprs: plan.Refs(fs)})
		}
	}
	p, ok := n.(*plan.Project)
	if !ok {
		return n
	}
	if lower, ok := p.Input.(*plan.Project); ok && !overs(lower) {
		c := *p
		c.Input = lower.Input
		c.Exprs = make([]spec.Expr, len(p.Exprs))
		for i, e := range p.Exprs {
			c.Exprs[i] = substitute(e, lower.Exprs)
		}
		p = &c
	}
	c := *p
	c.Input = given(p)
	if _, ok := c.Input.(*plan.Aggregate); ok && identity(p) {
		return c.Input
	}
	if f, ok := c.Input.(*plan.Filter); ok && identity(p) {
		if _, ok := f.Input.(*plan.Aggregate); ok {
			return f
		}
	}
	c.Out = slices.Clone(p.Out)
	for i, e := range c.Exprs {
		if e.Column != nil && strings.HasPrefix(c.Out[i].Name, "$") {
			c.Out[i].Name = c.Input.Fields()[*e.Column].Name
		}
	}
	return &c
}

// sinkNames gives what is written the names of the query, as Flink does, and not
// those of the table's columns.
func sinkNames(s *plan.Sink) plan.Node {
	p, ok := s.Input.(*plan.Project)
	if !ok {
		return s
	}
	in := p.Input.Fields()
	if a, isAggregate := p.Input.(*plan.Aggregate); isAggregate {
		in = a.Out
	}
	c := *p
	c.Out = slices.Clone(p.Out)
	for i, e := range p.Exprs {
		if e.Call == "CAST" {
			e = e.Args[0]
		}
		if e.Column != nil && *e.Column < len(in) && !strings.HasPrefix(in[*e.Column].Name, "$") {
			c.Out[i].Name = in[*e.Column].Name
		}
	}
	return s.WithInputs(&c)
}

// given returns the input of a projection; if that is an aggregation, whose
// results have no names yet, with the names that the projection gives them.
func given(p *plan.Project) plan.Node {
	in := p.Input
	f, filtered := in.(*plan.Filter)
	if filtered {
		in = f.Input
	}
	a, ok := in.(*plan.Aggregate)
	if !ok {
		return p.Input
	}
	c := *a
	c.Out = slices.Clone(a.Out)
	for i, e := range p.Exprs {
		if e.Column != nil && strings.HasPrefix(c.Out[*e.Column].Name, "$") {
			c.Out[*e.Column].Name = p.Out[i].Name
		}
	}
	if !filtered {
		return &c
	}
	g := *f
	g.Input, g.Out = &c, c.Out
	return &g
}

// substitute replaces references to the columns of a projection by what they are.
func substitute(e spec.Expr, by []spec.Expr) spec.Expr {
	if e.Column != nil {
		return by[*e.Column]
	}
	args := make([]spec.Expr, len(e.Args))
	for i, a := range e.Args {
		args[i] = substitute(a, by)
	}
	e.Args = args
	return e
}

// overs reports whether a projection writes the results of window functions.
func overs(p *plan.Project) bool { _, ok := p.Input.(*plan.Over); return ok }

// identity reports whether a projection passes its input on as it is.
func identity(p *plan.Project) bool {
	for i, e := range p.Exprs {
		if e.Column == nil || *e.Column != i {
			return false
		}
	}
	return len(p.Exprs) == len(p.Input.Fields())
}

// logical draws n. extra are the texts of columns behind those of n: results of
// window functions, which Flink writes where they are used.
func logical(n plan.Node, extra []string) *tree {
	w := positions()
	t := &tree{}
	for _, in := range n.Inputs() {
		t.below = append(t.below, logical(in, nil))
	}
	switch n := n.(type) {
	case *plan.Sink:
		p, isProject := n.Input.(*plan.Project)
		names := fieldNames(n.Input.Fields())
		if isProject && identity(p) {
			names = fieldNames(p.Input.Fields())
			t.below = []*tree{logical(p.Input, nil)}
		}
		t.text = node("LogicalSink", attr("table", n.Table.Path.String()), attr("fields", strings.Join(unique(names), ", ")))
	case *plan.Project:
		if o, ok := n.Input.(*plan.Over); ok {
			var below plan.Node
			below, extra = calls(o)
			t.below = []*tree{logical(below, nil)}
			width := len(below.Fields())
			w.column = func(i int) string {
				if i >= width {
					return extra[i-width]
				}
				return "$" + strconv.Itoa(i)
			}
		}
		attrs := make([]string, len(n.Exprs))
		names := unique(fieldNames(n.Out))
		for i, e := range n.Exprs {
			attrs[i] = attr(names[i], w.expr(e))
		}
		t.text = node("LogicalProject", attrs...)
	case *plan.Over:
		below, more := calls(n)
		t.below = []*tree{logical(below, nil)}
		attrs := make([]string, 0, len(n.Out))
		for i, f := range n.Out {
			text := "$" + strconv.Itoa(i)
			if k := i - len(below.Fields()); k >= 0 {
				text = more[k]
			}
			attrs = append(attrs, attr(f.Name, text))
		}
		t.text = node("LogicalProject", attrs...)
	case *plan.Filter:
		t.text = node("LogicalFilter", attr("condition", w.expr(n.Condition)))
	case *plan.Watermark:
		t.text = node("LogicalWatermarkAssigner", attr("rowtime", n.Out[n.Column].Name), attr("watermark", w.expr(n.Expr)))
	case *plan.Scan:
		p := n.Table.Path
		t.text = node("LogicalTableScan", attr("table", "["+p.Catalog+", "+p.Database+", "+p.Name+"]"))
	case *plan.Values:
		t.text = node("LogicalValues", attr("tuples", "["+tuples(w, n.Rows)+"]"))
	case *plan.Aggregate:
		t.text = aggregate(n)
	case *plan.Join:
		on := "true"
		if n.On != nil {
			on = w.expr(*n.On)
		}
		t.text = node("LogicalJoin", attr("condition", on), attr("joinType", string(n.Type)))
	case *plan.TemporalJoin:
		on := "true"
		if n.On != nil {
			on = w.expr(*n.On)
		}
		t.text = node("LogicalTemporalJoin", attr("condition", on), attr("joinType", string(n.Type)), attr("period", w.expr(n.AsOf)))
	case *plan.SetOp:
		name, all := "LogicalUnion", true
		switch n.Kind {
		case plan.Intersect, plan.IntersectAll:
			name, all = "LogicalIntersect", n.Kind == plan.IntersectAll
		case plan.Except, plan.ExceptAll:
			name, all = "LogicalMinus", n.Kind == plan.ExceptAll
		}
		t.text = node(name, attr("all", strconv.FormatBool(all)))
	case *plan.Sort:
		var attrs []string
		for i, k := range n.Keys {
			attrs = append(attrs, attr(fmt.Sprintf("sort%d", i), "$"+strconv.Itoa(k.Column)))
		}
		for i, k := range n.Keys {
			attrs = append(attrs, attr(fmt.Sprintf("dir%d", i), direction(k)))
		}
		if n.Offset > 0 {
			attrs = append(attrs, attr("offset", strconv.FormatInt(n.Offset, 10)))
		}
		if n.Limit >= 0 {
			attrs = append(attrs, attr("fetch", strconv.FormatInt(n.Limit, 10)))
		}
		t.text = node("LogicalSort", attrs...)
	case *plan.WindowTVF:
		t.text = node("LogicalTableFunctionScan", attr("invocation", windowCall(n)), attr("rowType", recordType(n.Out)))
	case *plan.Correlate:
		kind := "inner"
		if n.Left {
			kind = "left"
		}
		t.text = node("LogicalCorrelate", attr("invocation", n.Func+"("+w.list(n.Args)+")"), attr("joinType", kind))
	case *plan.Match:
		t.text = node("LogicalMatch", attr("partition", "["+ints(n.PartitionBy, ", ")+"]"), attr("order", directions(n.OrderBy)),
			attr("outputFields", "["+strings.Join(fieldNames(n.Out), ", ")+"]"))
	default:
		t.text = node("Logical" + n.Name())
	}
	return t
}

func aggregate(n *plan.Aggregate) string {
	keys := make([]int, len(n.Keys))
	copy(keys, n.Keys)
	attrs := []string{attr("group", "{"+ints(keys, ", ")+"}")}
	if n.Sets != nil {
		sets := make([]string, len(n.Sets))
		for i, s := range n.Sets {
			cols := make([]int, len(s))
			for j, k := range s {
				cols[j] = n.Keys[k]
			}
			sets[i] = "{" + ints(cols, ", ") + "}"
		}
		attrs = append(attrs, attr("groups", "["+strings.Join(sets, ", ")+"]"))
	}
	for i, c := range n.Calls {
		args := make([]string, len(c.Args))
		for j, a := range c.Args {
			args[j] = "$" + strconv.Itoa(a)
		}
		text := strings.Join(args, ", ")
		if c.Distinct {
			text = "DISTINCT " + text
		}
		text = c.Func + "(" + text + ")"
		if c.Filter != nil {
			text += " FILTER $" + strconv.Itoa(*c.Filter)
		}
		name := "EXPR$" + strconv.Itoa(i)
		if k := len(n.Out) - len(n.Calls) + i; k < len(n.Out) && k >= 0 {
			name = n.Out[k].Name
		}
		attrs = append(attrs, attr(name, text))
	}
	return node("LogicalAggregate", attrs...)
}

// calls returns what lies below window functions, and their texts.
func calls(o *plan.Over) (below plan.Node, texts []string) {
	below = o.Input
	if lower, ok := o.Input.(*plan.Over); ok {
		below, texts = calls(lower)
	}
	over := " OVER ("
	if len(o.PartitionBy) > 0 {
		cols := make([]string, len(o.PartitionBy))
		for i, c := range o.PartitionBy {
			cols[i] = "$" + strconv.Itoa(c)
		}
		over += "PARTITION BY " + strings.Join(cols, ", ") + " "
	}
	for i, k := range o.OrderBy {
		if i == 0 {
			over += "ORDER BY "
		} else {
			over = strings.TrimSuffix(over, " ") + ", "
		}
		over += "$" + strconv.Itoa(k.Column)
		if k.Desc {
			over += " DESC"
		}
		if k.NullsLast {
			over += " NULLS LAST "
		} else {
			over += " NULLS FIRST "
		}
	}
	for _, c := range o.Calls {
		args := make([]string, len(c.Args))
		for i, a := range c.Args {
			args[i] = "$" + strconv.Itoa(a)
		}
		frame := ""
		if !slices.Contains([]string{"ROW_NUMBER", "RANK", "DENSE_RANK", "NTILE", "LAG", "LEAD", "PERCENT_RANK", "CUME_DIST"}, c.Func) {
			frame = frameText(o.Frame)
		}
		texts = append(texts, c.Func+"("+strings.Join(args, ", ")+")"+strings.TrimSuffix(over+frame, " ")+")")
	}
	return below, texts
}

func frameText(f plan.Frame) string {
	word := "RANGE "
	if f.Rows {
		word = "ROWS "
	}
	bound := func(b plan.Bound, unbounded string) string {
		switch {
		case b.Unbounded:
			return unbounded
		case b.Literal != nil:
			return positions().expr(*b.Literal) + " PRECEDING"
		case b.Offset == 0:
			return "CURRENT ROW"
		case b.Offset < 0:
			return strconv.FormatInt(-b.Offset, 10) + " PRECEDING"
		}
		return strconv.FormatInt(b.Offset, 10) + " FOLLOWING"
	}
	start, end := bound(f.Start, "UNBOUNDED PRECEDING"), bound(f.End, "UNBOUNDED FOLLOWING")
	if end == "CURRENT ROW" {
		if !f.Rows && f.Start.Unbounded {
			return "" // the default
		}
		return word + start
	}
	return word + "BETWEEN " + start + " AND " + end
}

func windowCall(n *plan.WindowTVF) string {
	in := n.Input.Fields()
	name := "$" + strconv.Itoa(n.Window.Time)
	if n.Window.Time >= 0 && n.Window.Time < len(in) {
		name = in[n.Window.Time].Name
	}
	args := []string{"TABLE(#0)", "DESCRIPTOR(_UTF-16LE'" + name + "')"}
	if n.Window.Slide > 0 {
		args = append(args, millisText(n.Window.Slide))
	}
	args = append(args, millisText(n.Window.Size))
	if n.Window.Offset != 0 {
		args = append(args, millisText(n.Window.Offset))
	}
	return strings.ToUpper(string(n.Window.Kind)) + "(" + strings.Join(args, ", ") + ")"
}

func tuples(w writer, rows [][]spec.Expr) string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = "{ " + w.list(r) + " }"
	}
	return strings.Join(out, ", ")
}

func direction(k spec.SortKey) string {
	d := "ASC"
	if k.Desc {
		d = "DESC"
	}
	if k.NullsLast {
		return d + "-nulls-last"
	}
	return d + "-nulls-first"
}

func directions(ks []spec.SortKey) string {
	out := make([]string, len(ks))
	for i, k := range ks {
		out[i] = strconv.Itoa(k.Column) + " " + direction(k)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func ints(l []int, between string) string {
	out := make([]string, len(l))
	for i, v := range l {
		out[i] = strconv.Itoa(v)
	}
	return strings.Join(out, between)
}

func fieldNames(fs []plan.Field) []string {
	out := make([]string, len(fs))
	for i, f := range fs {
		out[i] = f.Name
	}
	return out
}

// unique numbers names that are there already: a, a0, a1.
func unique(names []string) []string {
	seen := map[string]bool{}
	for _, n := range names {
		seen[n] = true
	}
	out := slices.Clone(names)
	used := map[string]bool{}
	for i, n := range out {
		for k := 0; used[out[i]]; k++ {
			if c := n + strconv.Itoa(k); !seen[c] && !used[c] {
				out[i] = c
			}
		}
		used[out[i]] = true
	}
	return out
}
