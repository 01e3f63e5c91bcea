package parser

import (
	"github.com/flott/flott/internal/sql/ast"
)

// alter takes ALTER kind [IF EXISTS] path action. Which actions a kind has is
// told by alterActions.
func (p *parser) alter(start int) ast.Statement {
	p.pos++
	if p.isAny("SYSTEM", "SESSION") {
		return p.systemOption(start)
	}
	a := &ast.Alter{Lifetime: p.lifetime()}
	kinds := []string{"TABLE", "VIEW", "MATERIALIZED", "CATALOG", "DATABASE", "FUNCTION", "MODEL", "CONNECTION"}
	if a.Lifetime != ast.Permanent {
		kinds = []string{"FUNCTION"}
	}
	a.Kind = p.objectKind(kinds...)
	a.IfExists = p.ifExists()
	a.Path = p.path()
	from := p.pos
	a.Action = p.alterAction(a.Kind, from)
	a.At = p.since(start)
	return a
}

// systemOption takes SYSTEM|SESSION SET name = value, or RESET name.
func (p *parser) systemOption(start int) ast.Statement {
	s := &ast.SystemOption{Scope: p.next().word}
	switch {
	case p.accept("SET"):
		s.Name = p.name()
		p.expectOp("=")
		s.Value = p.expr()
	case p.accept("RESET", "ALL"):
	case p.accept("RESET"):
		s.Name = p.name()
	default:
		p.fail("expected SET or RESET")
	}
	s.At = p.since(start)
	return s
}

// alterActions are the words an action may begin with.
var alterActions = map[ast.ObjectKind][]string{
	ast.ObjectTable:             {"RENAME", "SET", "RESET", "ADD", "MODIFY", "DROP"},
	ast.ObjectView:              {"RENAME", "AS"},
	ast.ObjectCatalog:           {"SET", "RESET", "COMMENT"},
	ast.ObjectDatabase:          {"SET"},
	ast.ObjectFunction:          {"AS"},
	ast.ObjectModel:             {"RENAME", "SET", "RESET"},
	ast.ObjectConnection:        {"RENAME", "SET", "RESET"},
	ast.ObjectMaterializedTable: {"SUSPEND", "RESUME", "REFRESH", "AS", "SET", "RESET", "ADD", "MODIFY", "DROP"},
}

func (p *parser) alterAction(kind ast.ObjectKind, start int) ast.AlterAction {
	allowed := alterActions[kind]
	if !p.isAny(allowed...) {
		what := "expected "
		for i, w := range allowed {
			switch {
			case i > 0 && i == len(allowed)-1:
				what += " or "
			case i > 0:
				what += ", "
			}
			what += w
		}
		p.fail(what)
	}
	switch p.next().word {
	case "RENAME":
		return p.rename(kind, start)
	case "SET":
		return p.alterSet(kind, start)
	case "RESET":
		r := &ast.ResetOptions{}
		p.parens(func() { r.Keys = list(p, p.str) })
		r.At = p.since(start)
		return r
	case "COMMENT":
		c := &ast.SetComment{Comment: p.str()}
		c.At = p.since(start)
		return c
	case "AS":
		if kind == ast.ObjectFunction {
			p.pos-- // functionBody takes the AS
			b := &ast.SetBody{Body: p.functionBody()}
			b.At = p.since(start)
			return b
		}
		q := &ast.SetQuery{}
		q.Query, q.QueryText = p.queryAndText()
		q.At = p.since(start)
		return q
	case "SUSPEND":
		return &ast.Suspend{At: p.since(start)}
	case "RESUME":
		r := &ast.Resume{With: p.with_()}
		r.At = p.since(start)
		return r
	case "REFRESH":
		r := &ast.Refresh{}
		if p.accept("PARTITION") {
			r.Partition = p.partitionValues()
		}
		r.At = p.since(start)
		return r
	case "ADD":
		return p.alterAdd(start)
	case "MODIFY":
		m := &ast.ModifyElements{}
		m.Schema, m.Distribution = p.alterElements()
		m.At = p.since(start)
		return m
	}
	return p.alterDrop(start)
}

func (p *parser) rename(kind ast.ObjectKind, start int) ast.AlterAction {
	if p.accept("TO") {
		r := &ast.RenameTo{To: p.path()}
		r.At = p.since(start)
		return r
	}
	if kind != ast.ObjectTable {
		p.fail("expected TO")
	}
	r := &ast.RenameColumn{From: p.name()}
	p.expect("TO")
	r.To = p.name()
	r.At = p.since(start)
	return r
}

func (p *parser) alterSet(kind ast.ObjectKind, start int) ast.AlterAction {
	if kind == ast.ObjectMaterializedTable {
		switch {
		case p.accept("FRESHNESS"):
			p.expectOp("=")
			f := &ast.SetFreshness{Freshness: p.interval()}
			f.At = p.since(start)
			return f
		case p.accept("REFRESH_MODE"):
			p.expectOp("=")
			m := &ast.SetRefreshMode{Mode: p.refreshMode()}
			m.At = p.since(start)
			return m
		}
	}
	s := &ast.SetOptions{Options: p.options()}
	s.At = p.since(start)
	return s
}

func (p *parser) alterAdd(start int) ast.AlterAction {
	ifNotExists := p.ifNotExists()
	if ifNotExists || p.is("PARTITION") {
		a := &ast.AddPartitions{IfNotExists: ifNotExists}
		for p.is("PARTITION") {
			a.Partitions = append(a.Partitions, p.partitionSpec(true))
		}
		if a.Partitions == nil {
			p.fail("expected PARTITION")
		}
		a.At = p.since(start)
		return a
	}
	a := &ast.AddElements{}
	a.Schema, a.Distribution = p.alterElements()
	a.At = p.since(start)
	return a
}

func (p *parser) partitionSpec(with bool) *ast.PartitionSpec {
	start := p.pos
	p.expect("PARTITION")
	s := &ast.PartitionSpec{Values: p.partitionValues()}
	if with {
		s.With = p.with_()
	}
	s.At = p.since(start)
	return s
}

// alterElements takes what ADD and MODIFY take: one element, several in
// parentheses, or a distribution.
func (p *parser) alterElements() (*ast.Schema, *ast.Distribution) {
	if d := p.distribution("DISTRIBUTION"); d != nil {
		return nil, d
	}
	start := p.pos
	s := &ast.Schema{}
	if p.peekOp("(") {
		p.parens(func() {
			list(p, func() any {
				p.alterElement(s)
				return nil
			})
		})
	} else {
		p.alterElement(s)
	}
	s.At = p.since(start)
	return s, nil
}

// alterElement takes an element with the position of a column.
func (p *parser) alterElement(s *ast.Schema) {
	n := len(s.Columns)
	p.schemaElement(s)
	if len(s.Columns) == n {
		return
	}
	c := s.Columns[n]
	start := p.pos
	switch {
	case p.accept("FIRST"):
		c.Position = &ast.ColumnPosition{At: p.since(start)}
	case p.accept("AFTER"):
		c.Position = &ast.ColumnPosition{After: p.name()}
		c.Position.At = p.since(start)
	default:
		return
	}
	c.Span.End = c.Position.Span.End
}

func (p *parser) alterDrop(start int) ast.AlterAction {
	d := &ast.DropPart{}
	switch {
	case p.is("IF") || p.is("PARTITION"):
		parts := &ast.DropPartitions{IfExists: p.ifExists()}
		parts.Partitions = list(p, func() *ast.PartitionSpec { return p.partitionSpec(false) })
		parts.At = p.since(start)
		return parts
	case p.accept("PRIMARY", "KEY"):
		d.Part = "PRIMARY KEY"
	case p.accept("CONSTRAINT"):
		d.Part = "CONSTRAINT"
		id := p.ident()
		d.Constraint = &id
	case p.accept("WATERMARK"):
		d.Part = "WATERMARK"
	case p.accept("DISTRIBUTION"):
		d.Part = "DISTRIBUTION"
	default:
		c := &ast.DropColumns{}
		if p.peekOp("(") {
			p.parens(func() { c.Columns = list(p, p.name) })
		} else {
			c.Columns = []*ast.Name{p.name()}
		}
		c.At = p.since(start)
		return c
	}
	d.At = p.since(start)
	return d
}
