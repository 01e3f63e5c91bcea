package parser

import (
	"strings"

	"github.com/flott/flott/internal/sql/ast"
)

func (p *parser) lifetime() ast.Lifetime {
	switch {
	case p.accept("TEMPORARY", "SYSTEM"):
		return ast.TemporarySystem
	case p.accept("TEMPORARY"):
		return ast.Temporary
	}
	return ast.Permanent
}

func (p *parser) ifNotExists() bool { return p.accept("IF", "NOT", "EXISTS") }

func (p *parser) ifExists() bool { return p.accept("IF", "EXISTS") }

func (p *parser) comment() *ast.StringLit {
	if p.accept("COMMENT") {
		return p.str()
	}
	return nil
}

// with_ takes WITH ('k' = 'v', …) if it comes next.
func (p *parser) with_() []*ast.Option {
	if !p.accept("WITH") {
		return nil
	}
	return p.options()
}

// options takes ('k' = 'v', …).
func (p *parser) options() (l []*ast.Option) {
	p.parens(func() {
		if !p.peekOp(")") {
			l = list(p, p.option)
		}
	})
	if l == nil {
		l = []*ast.Option{}
	}
	return l
}

func (p *parser) option() *ast.Option {
	start := p.pos
	o := &ast.Option{}
	if t := p.tok(); t.kind == tWord || t.kind == tQuoted {
		e := p.failure("expected an option key in single quotes")
		end := p.pos
		for p.toks[end+1].start == p.toks[end].end && p.toks[end+1].kind != tEOF && p.toks[end+1].word != "=" && p.toks[end+1].word != ")" {
			end++
		}
		e.Span.End = int(p.toks[end].end)
		e.Message = "expected an option key in single quotes"
		if e.Help == "" {
			e.Help = "write '" + strings.Trim(p.script[e.Span.Start:e.Span.End], "`") + "'"
		}
		p.bail(e)
	}
	o.Key = p.str()
	p.expectOp("=")
	if t := p.tok(); t.kind == tNumber || t.kind == tWord {
		e := p.failure("expected an option value in single quotes")
		e.Help = "write '" + p.text(*t) + "': option values are strings"
		p.bail(e)
	}
	o.Value = p.str()
	o.At = p.since(start)
	return o
}

// create takes CREATE …, CREATE OR REPLACE TABLE, REPLACE TABLE.
func (p *parser) create(start int) ast.Statement {
	replace := p.next().word == "REPLACE"
	orReplace := !replace && p.accept("OR", "REPLACE")
	orAlter := !replace && !orReplace && p.accept("OR", "ALTER")
	life := p.lifetime()
	var s ast.Statement
	kind := p.objectKind(p.createKinds(replace || orReplace, orAlter, life)...)
	switch kind {
	case ast.ObjectTable:
		t := &ast.CreateTable{Lifetime: life, OrReplace: orReplace, Replace: replace}
		p.createTable(t)
		t.At = p.since(start)
		return t
	case ast.ObjectView:
		v := &ast.CreateView{Lifetime: life, IfNotExists: p.ifNotExists(), Path: p.path()}
		v.Columns = p.tryIdentList()
		v.Comment = p.comment()
		p.expect("AS")
		v.Query, v.QueryText = p.queryAndText()
		v.At = p.since(start)
		return v
	case ast.ObjectMaterializedTable:
		m := &ast.CreateMaterializedTable{OrAlter: orAlter}
		p.createMaterializedTable(m)
		m.At = p.since(start)
		return m
	case ast.ObjectCatalog:
		c := &ast.CreateCatalog{IfNotExists: p.ifNotExists(), Name: p.ident(), Comment: p.comment(), With: p.with_()}
		c.At = p.since(start)
		return c
	case ast.ObjectDatabase:
		d := &ast.CreateDatabase{IfNotExists: p.ifNotExists(), Path: p.path(), Comment: p.comment(), With: p.with_()}
		d.At = p.since(start)
		return d
	case ast.ObjectFunction:
		f := &ast.CreateFunction{Lifetime: life, IfNotExists: p.ifNotExists(), Path: p.path(), Body: p.functionBody()}
		f.At = p.since(start)
		return f
	case ast.ObjectModel:
		m := &ast.CreateModel{Lifetime: life, IfNotExists: p.ifNotExists(), Path: p.path()}
		if p.accept("INPUT") {
			m.Input = p.columnList()
			p.expect("OUTPUT")
			m.Output = p.columnList()
		}
		m.Comment = p.comment()
		m.With = p.with_()
		if p.accept("AS") {
			m.Query = p.query()
		}
		m.At = p.since(start)
		return m
	case ast.ObjectConnection:
		c := &ast.CreateConnection{Lifetime: life, IfNotExists: p.ifNotExists(), Path: p.path(), Comment: p.comment(), With: p.with_()}
		c.At = p.since(start)
		return c
	}
	return s
}

// createKinds lists what may be created with the words before the kind.
func (p *parser) createKinds(replace, orAlter bool, life ast.Lifetime) []string {
	switch {
	case replace:
		return []string{"TABLE"}
	case orAlter:
		return []string{"MATERIALIZED"}
	case life == ast.TemporarySystem:
		return []string{"FUNCTION", "CONNECTION"}
	case life == ast.Temporary:
		return []string{"TABLE", "VIEW", "FUNCTION", "MODEL", "CONNECTION"}
	}
	return []string{"TABLE", "VIEW", "MATERIALIZED", "CATALOG", "DATABASE", "FUNCTION", "MODEL", "CONNECTION"}
}

// queryAndText takes a query and returns its text too.
func (p *parser) queryAndText() (*ast.Query, string) {
	q := p.query()
	return q, p.script[q.Span.Start:q.Span.End]
}

func (p *parser) createTable(t *ast.CreateTable) {
	t.IfNotExists = p.ifNotExists()
	t.Path = p.path()
	if p.peekOp("(") {
		t.Schema = p.schema()
	}
	t.Comment = p.comment()
	t.Distribution = p.distribution("DISTRIBUTED")
	if p.accept("PARTITIONED", "BY") {
		t.PartitionBy = p.identList()
	}
	t.With = p.with_()
	switch {
	case p.is("LIKE"):
		t.Like = p.tableLike()
	case p.accept("AS"):
		t.Query = p.query()
	}
	if t.Replace && t.Query == nil {
		e := p.failure("expected AS and a query")
		e.Help = "write CREATE OR REPLACE TABLE to replace a table by an empty one"
		p.bail(e)
	}
}

func (p *parser) createMaterializedTable(m *ast.CreateMaterializedTable) {
	m.Path = p.path()
	if p.peekOp("(") {
		m.Schema = p.schema()
	}
	m.Comment = p.comment()
	m.Distribution = p.distribution("DISTRIBUTED")
	if p.accept("PARTITIONED", "BY") {
		m.PartitionBy = p.identList()
	}
	m.With = p.with_()
	if p.accept("START_MODE") {
		p.expectOp("=")
		m.StartMode = p.startMode()
	}
	if p.accept("FRESHNESS") {
		p.expectOp("=")
		m.Freshness = p.interval()
	}
	if p.accept("REFRESH_MODE") {
		p.expectOp("=")
		m.RefreshMode = p.refreshMode()
	}
	p.expect("AS")
	m.Query = p.query()
}

func (p *parser) startMode() *ast.StartMode {
	start := p.pos
	if !p.isAny("FROM_BEGINNING", "FROM_NOW", "FROM_TIMESTAMP", "RESUME_OR_FROM_BEGINNING", "RESUME_OR_FROM_NOW", "RESUME_OR_FROM_TIMESTAMP") {
		p.fail("expected a start mode such as FROM_BEGINNING")
	}
	m := &ast.StartMode{Kind: p.next().word}
	if !strings.HasSuffix(m.Kind, "BEGINNING") && p.peekOp("(") {
		p.parens(func() { m.Arg = p.expr() })
	} else if strings.HasSuffix(m.Kind, "TIMESTAMP") {
		p.fail("expected a timestamp in parentheses")
	}
	m.At = p.since(start)
	return m
}

func (p *parser) refreshMode() string {
	if !p.isAny("FULL", "CONTINUOUS") {
		p.fail("expected FULL or CONTINUOUS")
	}
	return p.next().word
}

// schema takes the elements of a table in parentheses.
func (p *parser) schema() *ast.Schema {
	s := &ast.Schema{}
	start := p.pos
	p.parens(func() {
		list(p, func() any {
			p.schemaElement(s)
			return nil
		})
	})
	s.At = p.since(start)
	return s
}

// schemaElement takes a column, a watermark or a constraint.
func (p *parser) schemaElement(s *ast.Schema) {
	switch {
	case p.is("WATERMARK"):
		start := p.pos
		p.expect("WATERMARK", "FOR")
		w := &ast.Watermark{Column: p.name()}
		p.expect("AS")
		w.Expr = p.expr()
		w.At = p.since(start)
		s.Watermarks = append(s.Watermarks, w)
	case p.isAny("CONSTRAINT", "PRIMARY", "UNIQUE"):
		s.Constraints = append(s.Constraints, p.constraint(true))
	default:
		s.Columns = append(s.Columns, p.column())
	}
}

// constraint takes [CONSTRAINT name] PRIMARY KEY|UNIQUE [(columns)] [[NOT] ENFORCED].
func (p *parser) constraint(columns bool) *ast.Constraint {
	start := p.pos
	c := &ast.Constraint{}
	if p.accept("CONSTRAINT") {
		id := p.ident()
		c.Name = &id
	}
	if !p.accept("UNIQUE") {
		p.expect("PRIMARY", "KEY")
		c.Primary = true
	}
	if columns {
		c.Columns = p.identList()
	}
	switch {
	case p.accept("NOT", "ENFORCED"):
		c.Enforcement = "NOT ENFORCED"
	case p.accept("ENFORCED"):
		c.Enforcement = "ENFORCED"
	}
	c.At = p.since(start)
	return c
}

// column takes a column of any kind, in CREATE TABLE … AS also a bare name.
func (p *parser) column() *ast.Column {
	start := p.pos
	c := &ast.Column{Name: p.name()}
	switch {
	case p.peekOp(",") || p.peekOp(")"):
	case p.accept("AS"):
		c.Computed = p.expr()
	default:
		c.Type = p.nullableType()
		switch {
		case p.accept("METADATA"):
			c.Metadata = true
			if p.accept("FROM") {
				c.MetadataKey = p.str()
			}
			c.Virtual = p.accept("VIRTUAL")
		case p.isAny("CONSTRAINT", "PRIMARY", "UNIQUE"):
			c.Constraint = p.constraint(false)
		}
	}
	c.Comment = p.comment()
	c.At = p.since(start)
	return c
}

// columnList takes (name type, …).
func (p *parser) columnList() (l []*ast.Column) {
	p.parens(func() { l = list(p, p.column) })
	return l
}

// distribution takes DISTRIBUTED BY … INTO n BUCKETS, or, in ALTER TABLE, the
// same with the word DISTRIBUTION.
func (p *parser) distribution(word string) *ast.Distribution {
	if !p.is(word) {
		return nil
	}
	start := p.pos
	p.pos++
	d := &ast.Distribution{}
	if p.accept("BY") {
		if p.isAny("HASH", "RANGE") && p.opAt(1, "(") {
			d.Kind = p.next().word
		}
		d.Columns = p.identList()
	} else if !p.is("INTO") {
		p.fail("expected BY or INTO")
	}
	if p.accept("INTO") {
		d.Buckets = p.number()
		p.expect("BUCKETS")
	}
	d.At = p.since(start)
	return d
}

func (p *parser) tableLike() *ast.TableLike {
	start := p.pos
	p.expect("LIKE")
	l := &ast.TableLike{Source: p.path()}
	if p.peekOp("(") {
		p.parens(func() {
			for !p.peekOp(")") {
				l.Options = append(l.Options, p.likeOption())
			}
		})
	}
	l.At = p.since(start)
	return l
}

func (p *parser) likeOption() *ast.LikeOption {
	start := p.pos
	if !p.isAny("INCLUDING", "EXCLUDING", "OVERWRITING") {
		p.fail("expected INCLUDING, EXCLUDING or OVERWRITING")
	}
	o := &ast.LikeOption{Merge: p.next().word}
	if !p.isAny("ALL", "CONSTRAINTS", "DISTRIBUTION", "GENERATED", "METADATA", "OPTIONS", "PARTITIONS", "WATERMARKS") {
		p.fail("expected ALL, CONSTRAINTS, DISTRIBUTION, GENERATED, METADATA, OPTIONS, PARTITIONS or WATERMARKS")
	}
	o.Feature = p.next().word
	o.At = p.since(start)
	return o
}

func (p *parser) functionBody() *ast.FunctionBody {
	start := p.pos
	p.expect("AS")
	f := &ast.FunctionBody{Class: p.str()}
	if p.accept("LANGUAGE") {
		if !p.isAny("JAVA", "SCALA", "PYTHON", "SQL") {
			p.fail("expected JAVA, SCALA, PYTHON or SQL")
		}
		f.Language = p.next().word
	}
	if p.accept("USING") {
		f.Using = list(p, func() *ast.Resource {
			from := p.pos
			if !p.isAny("JAR", "ARTIFACT", "FILE", "ARCHIVE") {
				p.fail("expected JAR or ARTIFACT")
			}
			r := &ast.Resource{Kind: p.next().word, URI: p.str()}
			r.At = p.since(from)
			return r
		})
	}
	f.With = p.with_()
	f.At = p.since(start)
	return f
}

func (p *parser) drop(start int) ast.Statement {
	p.pos++
	d := &ast.Drop{Lifetime: p.lifetime()}
	kinds := []string{"TABLE", "VIEW", "MATERIALIZED", "CATALOG", "DATABASE", "FUNCTION", "MODEL", "CONNECTION"}
	switch d.Lifetime {
	case ast.Temporary:
		kinds = []string{"TABLE", "VIEW", "FUNCTION", "MODEL", "CONNECTION"}
	case ast.TemporarySystem:
		kinds = []string{"FUNCTION", "CONNECTION"}
	}
	d.Kind = p.objectKind(kinds...)
	d.IfExists = p.ifExists()
	d.Path = p.path()
	if d.Kind == ast.ObjectDatabase && p.isAny("RESTRICT", "CASCADE") {
		d.Behavior = p.next().word
	}
	d.At = p.since(start)
	return d
}
