package parser

import "github.com/flott/flott/internal/sql/ast"

// matchRecognize takes MATCH_RECOGNIZE (…) after a table, if it is there.
func (p *parser) matchRecognize(input ast.TableExpr) ast.TableExpr {
	if !p.is("MATCH_RECOGNIZE") || !p.opAt(1, "(") {
		return input
	}
	p.pos++
	m := &ast.MatchRecognize{Input: input}
	p.parens(func() {
		if p.accept("PARTITION", "BY") {
			m.PartitionBy = list(p, p.expr)
		}
		if p.accept("ORDER", "BY") {
			m.OrderBy = p.orderItems()
		}
		if p.accept("MEASURES") {
			m.Measures = list(p, p.measure)
		}
		switch {
		case p.accept("ONE", "ROW"):
			m.RowsPerMatch = "ONE ROW"
		case p.accept("ALL", "ROWS"):
			m.RowsPerMatch = "ALL ROWS"
		}
		if m.RowsPerMatch != "" {
			p.expect("PER", "MATCH")
		}
		if p.is("AFTER") {
			m.AfterMatch = p.skipTo()
		}
		p.expect("PATTERN")
		p.parens(func() {
			m.StrictStart = p.acceptOp("^")
			m.Pattern = p.pattern()
			if t := p.tok(); t.kind == tWord && p.text(*t) == "$" {
				p.pos++
				m.StrictEnd = true
			}
		})
		if p.accept("WITHIN") {
			m.Within = p.interval()
		}
		if p.accept("SUBSET") {
			m.Subsets = list(p, p.subset)
		}
		p.expect("DEFINE")
		m.Defines = list(p, p.define)
	})
	m.Alias = p.tableAlias()
	m.At = p.from(input)
	return m
}

func (p *parser) measure() *ast.SelectItem {
	start := p.pos
	i := &ast.SelectItem{X: p.expr()}
	p.expect("AS")
	id := p.ident()
	i.Alias = &id
	i.At = p.since(start)
	return i
}

func (p *parser) skipTo() *ast.SkipTo {
	start := p.pos
	p.expect("AFTER", "MATCH", "SKIP")
	s := &ast.SkipTo{}
	switch {
	case p.accept("PAST", "LAST", "ROW"):
		s.Kind = "PAST LAST ROW"
	case p.accept("TO", "NEXT", "ROW"):
		s.Kind = "TO NEXT ROW"
	default:
		p.expect("TO")
		s.Kind = "TO"
		// FIRST and LAST are no reserved words: SKIP TO FIRST may name a variable.
		if p.isAny("FIRST", "LAST") && (p.peekTok(1).kind == tWord || p.peekTok(1).kind == tQuoted) && !p.peekTok(1).reserved {
			s.Kind += " " + p.next().word
		}
		id := p.ident()
		s.Var = &id
	}
	s.At = p.since(start)
	return s
}

func (p *parser) subset() *ast.Subset {
	start := p.pos
	s := &ast.Subset{Name: p.ident()}
	p.expectOp("=")
	s.Vars = p.identList()
	s.At = p.since(start)
	return s
}

func (p *parser) define() *ast.PatternDefine {
	start := p.pos
	d := &ast.PatternDefine{Name: p.ident()}
	p.expect("AS")
	d.Cond = p.expr()
	d.At = p.since(start)
	return d
}

// pattern takes alternatives: a b | c.
func (p *parser) pattern() ast.Pattern {
	p.enter()
	defer p.leave()
	start := p.pos
	first := p.patternSeq()
	if !p.peekOp("|") {
		return first
	}
	a := &ast.PatternAlt{Items: []ast.Pattern{first}}
	for p.acceptOp("|") {
		a.Items = append(a.Items, p.patternSeq())
	}
	a.At = p.since(start)
	return a
}

func (p *parser) patternSeq() ast.Pattern {
	start := p.pos
	items := []ast.Pattern{p.patternFactor()}
	for {
		t := p.tok()
		if t.kind == tWord && (t.word == "PERMUTE" || !t.reserved && p.text(*t) != "$") || t.kind == tQuoted ||
			p.peekOp("(") || p.peekOp("{") {
			items = append(items, p.patternFactor())
			continue
		}
		if len(items) == 1 {
			return items[0]
		}
		return &ast.PatternSeq{At: p.since(start), Items: items}
	}
}

// patternFactor takes a variable or a group with its quantifier.
func (p *parser) patternFactor() ast.Pattern {
	start := p.pos
	x := p.patternPrimary()
	r := &ast.PatternRepeat{X: x}
	open := p.pos
	switch {
	case p.acceptOp("*"):
		r.Max = -1
	case p.acceptOp("+"):
		r.Min, r.Max = 1, -1
	case p.acceptOp("?"):
		r.Max = 1
	case p.peekOp("{") && !p.opAt(1, "-"):
		p.pos++
		r.Max = -1
		if !p.peekOp(",") {
			r.Min = p.integer(1 << 30)
		}
		if p.acceptOp(",") {
			if p.tok().kind == tNumber {
				r.Max = p.integer(1 << 30)
			}
		} else {
			r.Max = r.Min
		}
		p.closing("}", open)
	default:
		return x
	}
	r.Reluctant = p.acceptOp("?")
	r.At = p.since(start)
	return r
}

func (p *parser) patternPrimary() ast.Pattern {
	start := p.pos
	switch {
	case p.peekOp("("):
		p.pos++
		x := p.pattern()
		p.closeParen(start)
		return x
	case p.opAt(0, "{") && p.opAt(1, "-"):
		p.pos += 2
		e := &ast.PatternExclude{X: p.pattern()}
		p.expectOp("-")
		p.expectOp("}")
		e.At = p.since(start)
		return e
	case p.is("PERMUTE"):
		p.pos++
		e := &ast.PatternPermute{}
		p.parens(func() { e.Items = list(p, p.pattern) })
		e.At = p.since(start)
		return e
	}
	v := &ast.PatternVar{Name: p.ident()}
	v.At = p.since(start)
	return v
}
