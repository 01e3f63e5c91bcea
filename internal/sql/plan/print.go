package plan

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/flott/flott/internal/spec"
)

// String prints the tree below n: one line a node, inputs indented.
func String(n Node) string { return text(n, false) }

// StringTypes prints the tree with the output types of each node.
func StringTypes(n Node) string { return text(n, true) }

func text(n Node, typed bool) string {
	var b strings.Builder
	write(&b, n, 0, typed)
	return b.String()
}

func write(b *strings.Builder, n Node, depth int, typed bool) {
	b.WriteString(strings.Repeat("  ", depth))
	b.WriteString(n.Name())
	if d := Describe(n); d != "" {
		b.WriteString(" " + d)
	}
	if typed {
		b.WriteString(" : ")
		for i, f := range n.Fields() {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(f.Name + " " + f.Type.String())
		}
	}
	b.WriteByte('\n')
	for _, in := range n.Inputs() {
		write(b, in, depth+1, typed)
	}
}

// Describe prints what a node does, on one line, without its name and inputs.
func Describe(n Node) string {
	switch n := n.(type) {
	case *Scan:
		return n.Table.Path.String() + " [" + columnNames(n.Columns) + "]"
	case *Values:
		rows := make([]string, 0, len(n.Rows))
		for i, r := range n.Rows {
			if i == 5 {
				rows = append(rows, fmt.Sprintf("… %d rows", len(n.Rows)))
				break
			}
			rows = append(rows, "("+exprs(r, nil)+")")
		}
		return strings.Join(rows, ", ")
	case *Project:
		in := n.Input.Fields()
		parts := make([]string, len(n.Exprs))
		for i, e := range n.Exprs {
			parts[i] = FormatExpr(e, in)
			if parts[i] != n.Out[i].Name {
				parts[i] += " AS " + n.Out[i].Name
			}
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case *Filter:
		return FormatExpr(n.Condition, n.Input.Fields())
	case *Watermark:
		return n.Out[n.Column].Name + " AS " + FormatExpr(n.Expr, n.Input.Fields())
	case *Aggregate:
		return describeAggregate(n)
	case *WindowTVF:
		s := DescribeWindow(n.Window, n.Input.Fields())
		if len(n.PartitionBy) > 0 {
			s += " by [" + columns(n.PartitionBy, n.Input.Fields()) + "]"
		}
		return s
	case *Join:
		s := string(n.Type)
		return s + on(n.On, n.Left, n.Right)
	case *TemporalJoin:
		return string(n.Type) + " as of " + FormatExpr(n.AsOf, n.Left.Fields()) + on(n.On, n.Left, n.Right)
	case *SetOp:
		return string(n.Kind)
	case *Sort:
		s := "[" + sortKeys(n.Keys, n.Input.Fields()) + "]"
		if n.Offset > 0 {
			s += " offset " + strconv.FormatInt(n.Offset, 10)
		}
		if n.Limit >= 0 {
			s += " limit " + strconv.FormatInt(n.Limit, 10)
		}
		return s
	case *Correlate:
		s := n.Func + "(" + exprs(n.Args, n.Input.Fields()) + ")"
		if n.Ordinality {
			s += " with ordinality"
		}
		if n.Left {
			s = "left " + s
		}
		if n.Condition != nil {
			s += " on " + FormatExpr(*n.Condition, n.Out)
		}
		return s
	case *Over:
		in := n.Input.Fields()
		return "by [" + columns(n.PartitionBy, in) + "] order [" + sortKeys(n.OrderBy, in) + "] " + frame(n.Frame) + " [" + calls(n.Calls, in) + "]"
	case *Match:
		in := n.Input.Fields()
		s := "by [" + columns(n.PartitionBy, in) + "] order [" + sortKeys(n.OrderBy, in) + "] pattern (" + pattern(n.Pattern) + ") skip " + strings.TrimSpace(n.Skip+" "+n.SkipVar)
		for _, d := range n.Defines {
			s += " define " + d.Var + " as " + FormatExpr(d.Condition, in)
		}
		return s + " measures [" + exprs(n.Measures, in) + "]"
	case *Sink:
		s := n.Table.Path.String() + " [" + columnNames(n.Columns) + "]"
		if n.Overwrite {
			s += " overwrite"
		}
		for _, k := range n.Table.PartitionKeys {
			if v, ok := n.Static[k]; ok {
				s += " " + k + "='" + v + "'"
			}
		}
		return s
	}
	return ""
}

func describeAggregate(n *Aggregate) string {
	in := n.Input.Fields()
	s := "by [" + columns(n.Keys, in) + "]"
	if n.Sets != nil {
		sets := make([]string, len(n.Sets))
		for i, set := range n.Sets {
			ks := make([]int, len(set))
			for j, k := range set {
				ks[j] = n.Keys[k]
			}
			sets[i] = "(" + columns(ks, in) + ")"
		}
		s += " sets [" + strings.Join(sets, ", ") + "]"
	}
	if len(n.Calls) > 0 {
		s += " [" + calls(n.Calls, in) + "]"
	}
	return s
}

// DescribeWindow prints a window; in are the fields that w.Time refers to.
func DescribeWindow(w spec.Window, in []Field) string {
	ms := func(v int64) string { return (time.Duration(v) * time.Millisecond).String() }
	s := string(w.Kind) + "("
	if w.Time >= 0 && w.Time < len(in) {
		s += in[w.Time].Name + ", "
	}
	if w.Slide > 0 {
		s += ms(w.Slide) + ", "
	}
	s += ms(w.Size)
	if w.Offset != 0 {
		s += ", offset " + ms(w.Offset)
	}
	return s + ")"
}

func on(e *spec.Expr, l, r Node) string {
	if e == nil {
		return ""
	}
	in := append(append([]Field{}, l.Fields()...), r.Fields()...)
	return " on " + FormatExpr(*e, in)
}

func exprs(es []spec.Expr, in []Field) string {
	parts := make([]string, len(es))
	for i, e := range es {
		parts[i] = FormatExpr(e, in)
	}
	return strings.Join(parts, ", ")
}

func columnNames(cs []spec.SourceColumn) string {
	parts := make([]string, len(cs))
	for i, c := range cs {
		parts[i] = c.Name
		if c.Metadata != "" {
			parts[i] += " (" + c.Metadata + ")"
		}
	}
	return strings.Join(parts, ", ")
}

func columns(cs []int, in []Field) string {
	parts := make([]string, len(cs))
	for i, c := range cs {
		parts[i] = column(c, in)
	}
	return strings.Join(parts, ", ")
}

func column(c int, in []Field) string {
	return FormatExpr(spec.Expr{Column: &c}, in)
}

func sortKeys(ks []spec.SortKey, in []Field) string {
	parts := make([]string, len(ks))
	for i, k := range ks {
		parts[i] = column(k.Column, in)
		if k.Desc {
			parts[i] += " desc"
		}
		if k.NullsLast != k.Desc {
			if k.NullsLast {
				parts[i] += " nulls last"
			} else {
				parts[i] += " nulls first"
			}
		}
	}
	return strings.Join(parts, ", ")
}

func calls(cs []spec.AggCall, in []Field) string {
	parts := make([]string, len(cs))
	for i, c := range cs {
		s := c.Func + "("
		if c.Distinct {
			s += "distinct "
		}
		if len(c.Args) == 0 && c.Func == "COUNT" {
			s += "*"
		}
		s += columns(c.Args, in) + ")"
		if c.Filter != nil {
			s += " filter " + column(*c.Filter, in)
		}
		parts[i] = s
	}
	return strings.Join(parts, ", ")
}

func frame(f Frame) string {
	s := "range"
	if f.Rows {
		s = "rows"
	}
	return s + " " + bound(f.Start, true) + ".." + bound(f.End, false)
}

// DescribeFrame prints the frame of a spec.Over.
func DescribeFrame(f spec.OverFrame) string {
	kind := "RANGE"
	if f.Rows {
		kind = "ROWS"
	}
	end := func(b spec.OverBound, open string) string {
		distance := strings.TrimPrefix(strconv.FormatInt(b.Offset, 10), "-")
		if b.Literal != "" {
			distance = b.Literal
		}
		switch {
		case b.Unbounded:
			return "UNBOUNDED " + open
		case b.Offset < 0:
			return distance + " PRECEDING"
		case b.Offset > 0:
			return distance + " FOLLOWING"
		}
		return "CURRENT ROW"
	}
	return kind + " BETWEEN " + end(f.Start, "PRECEDING") + " AND " + end(f.End, "FOLLOWING")
}

func bound(b Bound, start bool) string {
	switch {
	case b.Unbounded && start:
		return "unbounded"
	case b.Unbounded:
		return "unbounded"
	case b.Literal != nil:
		return strconv.FormatInt(b.Offset, 10) + "*" + FormatExpr(*b.Literal, nil)
	case b.Offset == 0:
		return "current"
	}
	return strconv.FormatInt(b.Offset, 10)
}

func pattern(p *Pattern) string {
	if p == nil {
		return ""
	}
	parts := make([]string, len(p.Items))
	for i, it := range p.Items {
		s := it.Var
		if it.Group != nil {
			s = "(" + pattern(it.Group) + ")"
		}
		switch {
		case it.Min == 1 && it.Max == 1:
		case it.Max < 0:
			s += fmt.Sprintf("{%d,}", it.Min)
		default:
			s += fmt.Sprintf("{%d,%d}", it.Min, it.Max)
		}
		if it.Reluctant {
			s += "?"
		}
		parts[i] = s
	}
	return strings.Join(parts, " ")
}
