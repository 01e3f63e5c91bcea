package ast

import (
	"strconv"
	"strings"
)

func (p *printer) query(q *Query) {
	if w := q.With; w != nil {
		p.put("WITH ")
		if w.Recursive {
			p.put("RECURSIVE ")
		}
		for i, c := range w.Tables {
			switch {
			case i > 0 && p.lay:
				p.put(",")
				p.line()
			case i > 0:
				p.put(", ")
			}
			p.ident(c.Name)
			if c.Columns != nil {
				p.put(" ")
				p.idents(c.Columns)
			}
			p.put(" AS ")
			p.listOrQuery(nil, c.Query)
		}
		if p.lay {
			p.line()
		} else {
			p.put(" ")
		}
	}
	p.body(q.Body)
	if q.OrderBy != nil {
		p.line()
		p.orderBy("ORDER BY ", q.OrderBy)
	}
	if q.Limit != nil && p.style == plain {
		p.line()
		p.put("LIMIT ")
		p.expr(q.Limit)
	}
	if q.Offset != nil {
		p.line()
		p.put("OFFSET ")
		p.expr(q.Offset)
		p.put(" ROWS")
	}
	if q.Limit != nil && p.style == expanded {
		p.line()
		p.put("FETCH NEXT ")
		p.expr(q.Limit)
		p.put(" ROWS ONLY")
	}
}

func setPower(b QueryBody) int {
	switch b := b.(type) {
	case *SetOp:
		if b.Kind == Intersect {
			return 2
		}
		return 1
	case *Query:
		return 0
	}
	return 3
}

func (p *printer) bodyAbove(b QueryBody, min int) {
	if setPower(b) < min {
		p.put("(")
		p.nested(b)
		p.put(")")
		return
	}
	p.body(b)
}

func (p *printer) body(b QueryBody) {
	switch b := b.(type) {
	case *Query:
		p.put("(")
		p.nested(b)
		p.put(")")
	case *SetOp:
		w := setPower(b)
		p.bodyAbove(b.Left, w)
		p.line()
		p.put(string(b.Kind))
		if b.All {
			p.put(" ALL")
		}
		p.line()
		p.bodyAbove(b.Right, w+1)
	case *Values:
		p.put("VALUES ")
		for i, r := range b.Rows {
			if i > 0 {
				p.put(",")
				p.line()
			}
			p.valuesRow(r)
		}
	case *TableQuery:
		p.put("TABLE ")
		p.name(b.Path)
	case *Select:
		p.select_(b)
	}
}

func (p *printer) valuesRow(r Expr) {
	if _, ok := r.(*RowExpr); !ok {
		if p.style == expanded {
			p.put("ROW")
		}
		p.put("(")
		p.expr(r)
		p.put(")")
		return
	}
	p.expr(r)
}

func (p *printer) select_(s *Select) {
	p.put("SELECT")
	if s.Hints != nil {
		p.put(" ")
		p.hints(s.Hints)
	}
	switch s.Quantifier {
	case All:
		p.put(" ALL")
	case Distinct:
		p.put(" DISTINCT")
	}
	p.selectItems(s.Items)
	if s.From != nil {
		p.line()
		p.put("FROM ")
		p.table(s.From)
	}
	clause := func(word string, x Expr) {
		if x != nil {
			p.line()
			p.put(word, " ")
			p.expr(x)
		}
	}
	clause("WHERE", s.Where)
	if s.GroupBy != nil {
		p.line()
		p.put("GROUP BY ")
		p.quantifier(s.GroupBy.Quantifier)
		p.exprs(s.GroupBy.Items)
	}
	clause("HAVING", s.Having)
	if s.Windows != nil {
		p.line()
		p.put("WINDOW ")
		each(p, s.Windows, func(w *NamedWindow) {
			p.ident(w.Name)
			p.put(" AS ")
			p.windowSpec(w.Spec)
		})
	}
	clause("QUALIFY", s.Qualify)
}

// selectItems prints the SELECT list; one that is too long for a line is laid
// out with an item a line.
func (p *printer) selectItems(l []*SelectItem) {
	length := 2 * p.depth
	if p.lay {
		for _, i := range l {
			length += len(print(i, p.style)) + 2
		}
	}
	if length <= lineMax {
		p.put(" ")
		each(p, l, p.selectItem)
		return
	}
	p.depth++
	for i, x := range l {
		if i > 0 {
			p.put(",")
		}
		p.line()
		p.selectItem(x)
	}
	p.depth--
}

func (p *printer) selectItem(i *SelectItem) {
	p.expr(i.X)
	if i.Alias != nil {
		p.put(" AS ")
		p.ident(*i.Alias)
	}
}

// hints prints a hint comment and reports whether there was one.
func (p *printer) hints(l []*Hint) {
	p.put("/*+ ")
	each(p, l, func(h *Hint) {
		p.ident(Ident{Name: h.Name.Name, Quoted: h.Name.Quoted})
		switch {
		case h.Options != nil:
			p.put("(")
			each(p, h.Options, p.option)
			p.put(")")
		case h.Args != nil:
			p.listOrQuery(h.Args, nil)
		}
	})
	p.put(" */")
}

func (p *printer) tableAlias(a *TableAlias) {
	if a == nil {
		return
	}
	p.put(" AS ")
	p.ident(a.Name)
	if a.Columns != nil {
		p.put(" ")
		p.idents(a.Columns)
	}
}

func (p *printer) asOf(x Expr) {
	if x != nil {
		p.put(" FOR SYSTEM_TIME AS OF ")
		p.expr(x)
	}
}

func (p *printer) lateral(l bool) {
	if l {
		p.put("LATERAL ")
	}
}

func (p *printer) table(t TableExpr) {
	switch t := t.(type) {
	case *TableName:
		p.name(t.Path)
		if t.Hints != nil {
			p.put(" ")
			p.hints(t.Hints)
		}
		p.asOf(t.AsOf)
		if s := t.Sample; s != nil {
			p.put(" TABLESAMPLE ", s.Method, "(")
			p.expr(s.Percent)
			p.put(")")
			if s.Repeatable != nil {
				p.put(" REPEATABLE(")
				p.expr(s.Repeatable)
				p.put(")")
			}
		}
		p.tableAlias(t.Alias)
	case *Derived:
		p.lateral(t.Lateral)
		p.listOrQuery(nil, t.Query)
		p.asOf(t.AsOf)
		p.tableAlias(t.Alias)
	case *TableFunc:
		p.lateral(t.Lateral)
		if t.Wrapped {
			p.put("TABLE(")
			p.expr(t.Call)
			p.put(")")
		} else {
			p.expr(t.Call)
		}
		p.tableAlias(t.Alias)
	case *Unnest:
		p.lateral(t.Lateral)
		p.put("UNNEST(")
		p.exprs(t.Args)
		p.put(")")
		if t.Ordinality {
			p.put(" WITH ORDINALITY")
		}
		p.tableAlias(t.Alias)
	case *Join:
		p.join(t)
	case *MatchRecognize:
		p.matchRecognize(t)
	}
}

func (p *printer) join(j *Join) {
	side := func(t TableExpr, parens bool) {
		if parens {
			p.put("(")
		}
		p.table(t)
		if parens {
			p.put(")")
		}
	}
	left, _ := j.Left.(*Join)
	right, _ := j.Right.(*Join)
	comma := j.Kind == JoinComma
	side(j.Left, left != nil && left.Kind == JoinComma && !comma)
	if comma {
		p.put(",")
		p.line()
	} else {
		p.line()
		if j.Natural {
			p.put("NATURAL ")
		}
		if j.Kind == JoinInner && p.style == expanded {
			p.put("INNER ")
		}
		p.put(string(j.Kind), " ")
	}
	side(j.Right, right != nil && (!comma || right.Kind == JoinComma))
	if j.On != nil {
		p.put(" ON ")
		p.expr(j.On)
	}
	if j.Using != nil {
		p.put(" USING ")
		p.idents(j.Using)
	}
}

func (p *printer) matchRecognize(m *MatchRecognize) {
	p.table(m.Input)
	p.put(" MATCH_RECOGNIZE (")
	if m.PartitionBy != nil {
		p.put("PARTITION BY ")
		p.exprs(m.PartitionBy)
		p.put(" ")
	}
	if m.OrderBy != nil {
		p.orderBy("ORDER BY ", m.OrderBy)
		p.put(" ")
	}
	if m.Measures != nil {
		p.put("MEASURES ")
		each(p, m.Measures, p.selectItem)
		p.put(" ")
	}
	if m.RowsPerMatch != "" {
		p.put(m.RowsPerMatch, " PER MATCH ")
	}
	if s := m.AfterMatch; s != nil {
		p.put("AFTER MATCH SKIP ", s.Kind, " ")
		if s.Var != nil {
			p.ident(*s.Var)
			p.put(" ")
		}
	}
	p.put("PATTERN (")
	if m.StrictStart {
		p.put("^ ")
	}
	p.pattern(m.Pattern, false)
	if m.StrictEnd {
		p.put(" $")
	}
	p.put(")")
	if m.Within != nil {
		p.put(" WITHIN ")
		p.expr(m.Within)
	}
	if m.Subsets != nil {
		p.put(" SUBSET ")
		each(p, m.Subsets, func(s *Subset) {
			p.ident(s.Name)
			p.put(" = ")
			p.idents(s.Vars)
		})
	}
	p.put(" DEFINE ")
	each(p, m.Defines, func(d *PatternDefine) {
		p.ident(d.Name)
		p.put(" AS ")
		p.expr(d.Cond)
	})
	p.put(")")
	p.tableAlias(m.Alias)
}

// pattern prints a pattern; inner ones that consist of several are put in parentheses.
func (p *printer) pattern(x Pattern, inner bool) {
	items := func(l []Pattern, between string) {
		for i, y := range l {
			if i > 0 {
				p.put(between)
			}
			_, alt := x.(*PatternAlt)
			_, seq := y.(*PatternSeq)
			p.pattern(y, !(alt && seq))
		}
	}
	switch x := x.(type) {
	case *PatternVar:
		p.ident(x.Name)
	case *PatternSeq, *PatternAlt:
		if inner {
			p.put("(")
		}
		if s, ok := x.(*PatternSeq); ok {
			items(s.Items, " ")
		} else {
			items(x.(*PatternAlt).Items, " | ")
		}
		if inner {
			p.put(")")
		}
	case *PatternPermute:
		p.put("PERMUTE(")
		each(p, x.Items, func(y Pattern) { p.pattern(y, false) })
		p.put(")")
	case *PatternExclude:
		p.put("{- ")
		p.pattern(x.X, false)
		p.put(" -}")
	case *PatternRepeat:
		_, repeated := x.X.(*PatternRepeat)
		if repeated {
			p.put("(")
		}
		p.pattern(x.X, true)
		if repeated {
			p.put(")")
		}
		p.put(repetition(x.Min, x.Max))
		if x.Reluctant {
			p.put("?")
		}
	}
}

func repetition(min, max int) string {
	switch {
	case min == 0 && max < 0:
		return "*"
	case min == 1 && max < 0:
		return "+"
	case min == 0 && max == 1:
		return "?"
	case max < 0:
		return "{" + strconv.Itoa(min) + ",}"
	case min == max:
		return "{" + strconv.Itoa(min) + "}"
	}
	return strings.Join([]string{"{", strconv.Itoa(min), ",", strconv.Itoa(max), "}"}, "")
}
