package parser

import (
	"strings"

	"github.com/flott/flott/internal/sql/ast"
)

// specialCalls are the functions whose arguments have a syntax of their own. Each
// starts at the function's name, which a parenthesis follows.
var specialCalls map[string]func(*parser) ast.Expr

func init() { // not a literal: the functions come back here by way of expr
	specialCalls = map[string]func(*parser) ast.Expr{
		"CAST":           (*parser).cast,
		"TRY_CAST":       (*parser).cast,
		"EXTRACT":        (*parser).extract,
		"FLOOR":          (*parser).floor,
		"CEIL":           (*parser).floor,
		"CEILING":        (*parser).floor,
		"TRIM":           (*parser).trim,
		"SUBSTRING":      (*parser).substring,
		"POSITION":       (*parser).position,
		"OVERLAY":        (*parser).overlay,
		"TIMESTAMPADD":   (*parser).timestampFunc,
		"TIMESTAMPDIFF":  (*parser).timestampFunc,
		"DESCRIPTOR":     (*parser).descriptor,
		"JSON_VALUE":     (*parser).jsonValue,
		"JSON_QUERY":     (*parser).jsonQuery,
		"JSON_EXISTS":    (*parser).jsonExists,
		"JSON_OBJECT":    (*parser).jsonObject,
		"JSON_ARRAY":     (*parser).jsonArray,
		"JSON_OBJECTAGG": (*parser).jsonObjectAgg,
		"JSON_ARRAYAGG":  (*parser).jsonArrayAgg,
	}
}

// callRest takes the arguments of a call and what may follow them.
func (p *parser) callRest(n *ast.Name, start int) *ast.Call {
	c := &ast.Call{Func: n}
	p.parens(func() {
		if p.peekOp(")") {
			return
		}
		c.Quantifier = p.quantifier()
		c.Args = list(p, p.arg)
		if p.accept("ORDER", "BY") {
			c.OrderBy = p.orderItems()
		}
		c.Nulls = p.nullTreatment()
	})
	if c.Nulls == ast.NoTreatment {
		c.Nulls = p.nullTreatment()
	}
	if p.is("WITHIN", "GROUP") {
		p.pos += 2
		p.parens(func() {
			p.expect("ORDER", "BY")
			c.WithinGroup = p.orderItems()
		})
	}
	c.Filter = p.filter()
	if c.Nulls == ast.NoTreatment {
		c.Nulls = p.nullTreatment()
	}
	c.Over = p.over()
	c.At = p.since(start)
	return c
}

func (p *parser) nullTreatment() ast.NullTreatment {
	switch {
	case p.accept("RESPECT", "NULLS"):
		return ast.RespectNulls
	case p.accept("IGNORE", "NULLS"):
		return ast.IgnoreNulls
	}
	return ast.NoTreatment
}

func (p *parser) filter() (x ast.Expr) {
	if p.is("FILTER") && p.opAt(1, "(") {
		p.pos++
		p.parens(func() {
			p.expect("WHERE")
			x = p.expr()
		})
	}
	return x
}

func (p *parser) over() *ast.Over {
	if !p.is("OVER") {
		return nil
	}
	start := p.pos
	p.pos++
	o := &ast.Over{}
	if p.peekOp("(") {
		o.Spec = p.windowSpec()
	} else {
		id := p.ident()
		o.Name = &id
	}
	o.At = p.since(start)
	return o
}

// windowSpec takes ([base] [PARTITION BY …] [ORDER BY …] [frame]).
func (p *parser) windowSpec() *ast.WindowSpec {
	w := &ast.WindowSpec{}
	start := p.pos
	p.parens(func() {
		if id, ok := p.tryIdent(); ok {
			w.Base = &id
		}
		if p.accept("PARTITION", "BY") {
			w.PartitionBy = list(p, p.expr)
		}
		if p.accept("ORDER", "BY") {
			w.OrderBy = p.orderItems()
		}
		if p.isAny("ROWS", "RANGE") {
			w.Frame = p.frame()
		}
	})
	w.At = p.since(start)
	return w
}

func (p *parser) frame() *ast.Frame {
	start := p.pos
	f := &ast.Frame{Rows: p.next().word == "ROWS"}
	if p.accept("BETWEEN") {
		f.Start = p.bound()
		p.expect("AND")
		end := p.bound()
		f.End = &end
	} else {
		f.Start = p.bound()
	}
	f.At = p.since(start)
	return f
}

func (p *parser) bound() ast.FrameBound {
	start := p.pos
	b := ast.FrameBound{}
	switch {
	case p.accept("CURRENT", "ROW"):
		b.Kind = ast.CurrentRow
	case p.accept("UNBOUNDED", "PRECEDING"):
		b.Kind = ast.UnboundedPreceding
	case p.accept("UNBOUNDED", "FOLLOWING"):
		b.Kind = ast.UnboundedFollowing
	default:
		b.Offset = p.exprAbove(powerIn + 1)
		switch {
		case p.accept("PRECEDING"):
			b.Kind = ast.Preceding
		case p.accept("FOLLOWING"):
			b.Kind = ast.Following
		default:
			p.fail("expected PRECEDING or FOLLOWING")
		}
	}
	b.At = p.since(start)
	return b
}

// arg takes an argument of a call: an expression, *, TABLE t, (query), MODEL m,
// DESCRIPTOR(…), DEFAULT, or name => argument.
func (p *parser) arg() ast.Expr {
	start := p.pos
	t := *p.tok()
	if (t.kind == tWord || t.kind == tQuoted) && p.opAt(1, "=>") {
		p.pos++
		a := &ast.NamedArg{Name: ast.Ident{At: p.at(t), Name: p.text(t)}}
		if t.kind == tQuoted {
			a.Name.Name, a.Name.Quoted = p.unquoteName(t), true
		}
		p.pos++
		a.Value = p.argValue()
		a.At = p.since(start)
		return a
	}
	return p.argValue()
}

// argValue takes an argument without its name.
func (p *parser) argValue() ast.Expr {
	start := p.pos
	t := *p.tok()
	switch {
	case p.peekOp("*"):
		p.pos++
		return &ast.Star{At: p.at(t)}
	case p.is("TABLE"):
		p.pos++
		if p.peekOp("(") {
			return p.tableArgRest(start, &ast.TableArg{Query: p.parenQuery()})
		}
		from := p.pos
		name := &ast.TableName{Path: p.path(), Hints: p.hints()}
		name.At = p.since(from)
		return p.tableArgRest(start, &ast.TableArg{Table: name})
	case p.is("MODEL") && (p.peekTok(1).kind == tWord || p.peekTok(1).kind == tQuoted):
		p.pos++
		m := &ast.ModelArg{Path: p.path()}
		m.At = p.since(start)
		return m
	case p.is("DEFAULT") && (p.opAt(1, ",") || p.opAt(1, ")")):
		p.pos++
		return &ast.DefaultExpr{At: p.at(t)}
	case p.startsQuery():
		q := p.query()
		return &ast.Subquery{At: q.At, Query: q}
	}
	x := p.expr()
	if s, ok := x.(*ast.Subquery); ok && p.isAny("PARTITION", "ORDER") {
		return p.tableArgRest(start, &ast.TableArg{Query: s.Query})
	}
	return x
}

func (p *parser) tableArgRest(start int, a *ast.TableArg) ast.Expr {
	// PARTITION BY k, x => 1: the key list ends before the next named argument.
	items := func(item func()) {
		item()
		for p.peekOp(",") && !p.opAt(2, "=>") && !p.nextArgIsSpecial() {
			p.pos++
			item()
		}
	}
	if p.accept("PARTITION", "BY") {
		if open := p.pos; p.peekOp("(") {
			p.pos++
			a.PartitionBy = list(p, p.expr)
			p.closeParen(open)
		} else {
			items(func() { a.PartitionBy = append(a.PartitionBy, p.expr()) })
		}
	}
	if p.accept("ORDER", "BY") {
		if open := p.pos; p.peekOp("(") {
			p.pos++
			a.OrderBy = p.orderItems()
			p.closeParen(open)
		} else {
			items(func() { a.OrderBy = append(a.OrderBy, p.orderItem()) })
		}
	}
	a.At = p.since(start)
	return a
}

// nextArgIsSpecial reports whether what follows the comma cannot be a key:
// TUMBLE(TABLE t PARTITION BY k, DESCRIPTOR(ts), INTERVAL …).
func (p *parser) nextArgIsSpecial() bool {
	n := p.peekTok(1)
	if n.kind != tWord {
		return n.kind == tString || n.kind == tNumber
	}
	switch n.word {
	case "DESCRIPTOR":
		return p.opAt(2, "(")
	case "INTERVAL", "TABLE", "MODEL", "DEFAULT":
		return true
	}
	return false
}

func (p *parser) descriptor() ast.Expr {
	start := p.pos
	p.pos++
	d := &ast.Descriptor{}
	p.parens(func() { d.Columns = list(p, p.name) })
	d.At = p.since(start)
	return d
}

func (p *parser) cast() ast.Expr {
	start := p.pos
	c := &ast.Cast{Try: p.next().word == "TRY_CAST"}
	p.parens(func() {
		c.X = p.expr()
		p.expect("AS")
		c.Type = p.dataType()
		if p.is("NOT", "NULL") || p.is("NULL") {
			e := p.failure(`expected ")"`)
			e.Help = "leave it out: a cast keeps the nullability of its input"
			p.bail(e)
		}
	})
	c.At = p.since(start)
	return c
}

// unit takes a time unit; which units exist, the binder knows.
func (p *parser) timeUnit() ast.Unit {
	t := *p.tok()
	if t.kind != tWord && t.kind != tQuoted {
		p.fail("expected a time unit such as DAY")
	}
	p.pos++
	u := strings.ToUpper(strings.Trim(p.text(t), "`"))
	return ast.Unit{At: p.at(t), Unit: ast.TimeUnit(strings.TrimPrefix(u, "SQL_TSI_"))}
}

func (p *parser) extract() ast.Expr {
	start := p.pos
	p.pos++
	e := &ast.Extract{}
	p.parens(func() {
		e.Unit = p.timeUnit()
		if p.peekOp(",") {
			err := p.failure("expected FROM")
			err.Help = "write EXTRACT(" + string(e.Unit.Unit) + " FROM x)"
			p.bail(err)
		}
		p.expect("FROM")
		e.X = p.expr()
	})
	e.At = p.since(start)
	return e
}

// floor takes FLOOR(x), CEIL(x), FLOOR(x TO unit), CEIL(x TO unit).
func (p *parser) floor() ast.Expr {
	start := p.pos
	t := p.next()
	var x ast.Expr
	var unit *ast.Unit
	p.parens(func() {
		x = p.expr()
		if p.accept("TO") {
			u := p.timeUnit()
			unit = &u
		}
	})
	if unit != nil {
		return &ast.FloorTo{At: p.since(start), Ceil: t.word != "FLOOR", X: x, Unit: *unit}
	}
	return p.call(t, start, x)
}

// call builds a plain call from a function's name and its arguments.
func (p *parser) call(t token, start int, args ...ast.Expr) *ast.Call {
	n := &ast.Name{At: p.at(t), Parts: []ast.Ident{{At: p.at(t), Name: p.text(t)}}}
	return &ast.Call{At: p.since(start), Func: n, Args: args}
}

func (p *parser) trim() ast.Expr {
	start := p.pos
	p.pos++
	t := &ast.Trim{}
	p.parens(func() {
		if p.isAny("BOTH", "LEADING", "TRAILING") {
			t.Side = p.next().word
			if p.accept("FROM") {
				t.X = p.expr()
				return
			}
		}
		t.X = p.expr()
		if p.accept("FROM") {
			t.Chars, t.X = t.X, p.expr()
		}
	})
	t.At = p.since(start)
	return t
}

func (p *parser) substring() ast.Expr {
	start := p.pos
	t := p.next()
	var args []ast.Expr
	p.parens(func() {
		args = []ast.Expr{p.expr()}
		if p.accept("FROM") {
			args = append(args, p.expr())
			if p.accept("FOR") {
				args = append(args, p.expr())
			}
			return
		}
		p.expectOp(",")
		args = append(args, p.expr())
		if p.acceptOp(",") {
			args = append(args, p.expr())
		}
	})
	return p.call(t, start, args...)
}

func (p *parser) position() ast.Expr {
	start := p.pos
	t := p.next()
	var args []ast.Expr
	p.parens(func() {
		args = []ast.Expr{p.exprAbove(powerIn + 1)}
		if p.peekOp(",") {
			e := p.failure("expected IN")
			e.Help = "write POSITION(part IN text)"
			p.bail(e)
		}
		p.expect("IN")
		args = append(args, p.expr())
		if p.accept("FROM") {
			args = append(args, p.expr())
		}
	})
	return p.call(t, start, args...)
}

func (p *parser) overlay() ast.Expr {
	start := p.pos
	t := p.next()
	var args []ast.Expr
	p.parens(func() {
		args = []ast.Expr{p.expr()}
		p.expect("PLACING")
		args = append(args, p.expr())
		p.expect("FROM")
		args = append(args, p.expr())
		if p.accept("FOR") {
			args = append(args, p.expr())
		}
	})
	return p.call(t, start, args...)
}

// timestampFunc takes TIMESTAMPADD(unit, n, t) and TIMESTAMPDIFF(unit, a, b).
func (p *parser) timestampFunc() ast.Expr {
	start := p.pos
	t := p.next()
	var args []ast.Expr
	p.parens(func() {
		u := p.timeUnit()
		args = []ast.Expr{&u}
		p.expectOp(",")
		args = append(args, p.expr())
		p.expectOp(",")
		args = append(args, p.expr())
	})
	return p.call(t, start, args...)
}

// parenQuery takes (query).
func (p *parser) parenQuery() (q *ast.Query) {
	p.parens(func() { q = p.query() })
	return q
}
