package parser

import "github.com/flott/flott/internal/sql/ast"

// jsonInput takes input, path [PASSING …]. Flink ignores what is passed, and so do we.
func (p *parser) jsonInput() (input, path ast.Expr) {
	input = p.expr()
	p.expectOp(",")
	path = p.expr()
	if p.accept("PASSING") {
		list(p, func() any {
			p.expr()
			p.expect("AS")
			return p.ident()
		})
	}
	return input, path
}

// jsonBehavior takes what ON EMPTY or ON ERROR, nil if nothing like it comes next.
func (p *parser) jsonBehavior(allowed ...string) *ast.JSONBehavior {
	start := p.pos
	b := &ast.JSONBehavior{}
	switch {
	case p.is("DEFAULT"):
		p.pos++
		b.Kind, b.Default = "DEFAULT", p.expr()
	case p.accept("EMPTY", "ARRAY"):
		b.Kind = "EMPTY ARRAY"
	case p.accept("EMPTY", "OBJECT"):
		b.Kind = "EMPTY OBJECT"
	case p.isAny("NULL", "ERROR", "TRUE", "FALSE", "UNKNOWN"):
		b.Kind = p.next().word
	default:
		return nil
	}
	b.At = p.since(start)
	for _, k := range allowed {
		if b.Kind == k {
			return b
		}
	}
	p.failAt(b.Span, b.Kind+" cannot stand before ON EMPTY or ON ERROR here", "")
	return nil
}

// onEmptyOnError takes [… ON EMPTY] [… ON ERROR] in this order.
func (p *parser) onEmptyOnError(allowed ...string) (empty, err *ast.JSONBehavior) {
	for b := p.jsonBehavior(allowed...); b != nil; b = p.jsonBehavior(allowed...) {
		p.expect("ON")
		switch {
		case empty == nil && err == nil && p.accept("EMPTY"):
			empty = b
		case err == nil && p.accept("ERROR"):
			err = b
		default:
			p.fail("expected ERROR")
		}
	}
	return empty, err
}

func (p *parser) returning() *ast.DataType {
	if p.accept("RETURNING") {
		return p.dataType()
	}
	return nil
}

func (p *parser) jsonValue() ast.Expr {
	start := p.pos
	p.pos++
	j := &ast.JSONValue{}
	p.parens(func() {
		j.Input, j.Path = p.jsonInput()
		j.Returning = p.returning()
		j.OnEmpty, j.OnError = p.onEmptyOnError("NULL", "ERROR", "DEFAULT")
	})
	j.At = p.since(start)
	return j
}

func (p *parser) jsonQuery() ast.Expr {
	start := p.pos
	p.pos++
	j := &ast.JSONQuery{}
	p.parens(func() {
		j.Input, j.Path = p.jsonInput()
		j.Returning = p.returning()
		switch {
		case p.accept("WITHOUT"):
			j.Wrapper = ast.WithoutWrapper
		case p.accept("WITH"):
			j.Wrapper = ast.WithUnconditionalWrapper
			if p.accept("CONDITIONAL") {
				j.Wrapper = ast.WithConditionalWrapper
			} else {
				p.accept("UNCONDITIONAL")
			}
		}
		if j.Wrapper != ast.WrapperUnset {
			p.accept("ARRAY")
			p.expect("WRAPPER")
		}
		j.OnEmpty, j.OnError = p.onEmptyOnError("NULL", "ERROR", "EMPTY ARRAY", "EMPTY OBJECT")
	})
	j.At = p.since(start)
	return j
}

func (p *parser) jsonExists() ast.Expr {
	start := p.pos
	p.pos++
	j := &ast.JSONExists{}
	p.parens(func() {
		j.Input, j.Path = p.jsonInput()
		if b := p.jsonBehavior("TRUE", "FALSE", "UNKNOWN", "ERROR"); b != nil {
			p.expect("ON", "ERROR")
			j.OnError = b
		}
	})
	j.At = p.since(start)
	return j
}

// onNull takes NULL ON NULL or ABSENT ON NULL.
func (p *parser) onNull() ast.JSONNulls {
	switch {
	case p.accept("NULL", "ON", "NULL"):
		return ast.JSONNullOnNull
	case p.accept("ABSENT", "ON", "NULL"):
		return ast.JSONAbsentOnNull
	}
	return ast.JSONNullsUnset
}

// jsonPair takes [KEY] k VALUE v, or k : v.
func (p *parser) jsonPair() *ast.JSONPair {
	start := p.pos
	pair := &ast.JSONPair{}
	if p.is("KEY") && !p.opAt(1, ":") && p.peekTok(1).word != "VALUE" {
		p.pos++
	}
	pair.Key = p.expr()
	if !p.accept("VALUE") && !p.acceptOp(":") {
		e := p.failure("expected VALUE")
		if e.Help == "" && p.peekOp(",") {
			e.Help = "write KEY k VALUE v"
		}
		p.bail(e)
	}
	pair.Value = p.expr()
	pair.FormatJSON = p.accept("FORMAT", "JSON")
	pair.At = p.since(start)
	return pair
}

func (p *parser) jsonObject() ast.Expr {
	start := p.pos
	p.pos++
	j := &ast.JSONObject{}
	p.parens(func() {
		if !p.peekOp(")") {
			if j.Nulls = p.onNull(); j.Nulls == ast.JSONNullsUnset {
				j.Pairs = list(p, p.jsonPair)
				j.Nulls = p.onNull()
			}
		}
	})
	j.At = p.since(start)
	return j
}

func (p *parser) jsonArray() ast.Expr {
	start := p.pos
	p.pos++
	j := &ast.JSONArray{}
	p.parens(func() {
		if !p.peekOp(")") {
			if j.Nulls = p.onNull(); j.Nulls == ast.JSONNullsUnset {
				j.Items = list(p, p.expr)
				j.Nulls = p.onNull()
			}
		}
	})
	j.At = p.since(start)
	return j
}

func (p *parser) jsonObjectAgg() ast.Expr {
	start := p.pos
	p.pos++
	j := &ast.JSONObjectAgg{}
	p.parens(func() {
		j.Pair = p.jsonPair()
		j.Nulls = p.onNull()
	})
	j.Filter = p.filter()
	j.Over = p.over()
	j.At = p.since(start)
	return j
}

func (p *parser) jsonArrayAgg() ast.Expr {
	start := p.pos
	p.pos++
	j := &ast.JSONArrayAgg{}
	p.parens(func() {
		j.X = p.expr()
		if p.accept("ORDER", "BY") {
			j.OrderBy = p.orderItems()
		}
		j.Nulls = p.onNull()
	})
	if p.accept("WITHIN", "GROUP") {
		p.parens(func() {
			p.expect("ORDER", "BY")
			j.OrderBy = p.orderItems()
		})
	}
	j.Filter = p.filter()
	j.Over = p.over()
	j.At = p.since(start)
	return j
}
