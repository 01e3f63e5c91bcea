package parser

import "github.com/flott/flott/internal/sql/ast"

func isQueryWord(t *token) bool {
	if t.kind != tWord {
		return false
	}
	switch t.word {
	case "SELECT", "WITH", "VALUES", "TABLE":
		return true
	}
	return false
}

// startsQuery reports whether a query without parentheses comes next.
func (p *parser) startsQuery() bool { return isQueryWord(p.tok()) }

// startsParenQuery reports whether parentheses and then a query come next.
func (p *parser) startsParenQuery() bool {
	n := 0
	for p.opAt(n, "(") {
		n++
	}
	return n > 0 && isQueryWord(p.peekTok(n))
}

// continuesQuery reports whether what comes next goes on with a query that has ended.
func (p *parser) continuesQuery() bool {
	return p.isAny("UNION", "INTERSECT", "EXCEPT", "ORDER", "LIMIT", "OFFSET", "FETCH")
}

// query takes [WITH …] body [ORDER BY …] [LIMIT …] [OFFSET …] [FETCH …].
func (p *parser) query() *ast.Query {
	p.enter()
	start := p.pos
	var with *ast.With
	if p.is("WITH") {
		with = p.with()
	}
	bodyStart := p.pos
	q := &ast.Query{With: with, Body: p.setOps(p.queryTerm(), bodyStart, 0)}
	p.queryTail(q)
	q.At = p.since(start)
	p.leave()
	return q
}

// queryFrom goes on with a query whose first body has been taken; it began at
// token start.
func (p *parser) queryFrom(start int, body ast.QueryBody) *ast.Query {
	p.enter()
	q := &ast.Query{Body: p.setOps(body, start, 0)}
	p.queryTail(q)
	q.At = p.since(start)
	p.leave()
	return q
}

func (p *parser) queryTail(q *ast.Query) {
	if p.accept("ORDER", "BY") {
		q.OrderBy = p.orderItems()
	}
	if p.accept("LIMIT") && !p.accept("ALL") {
		q.Limit = p.rowCount()
		if p.peekOp(",") {
			e := p.failure("expected the end of the query")
			e.Help = "write LIMIT count OFFSET start"
			p.bail(e)
		}
	}
	if p.accept("OFFSET") {
		q.Offset = p.rowCount()
		if !p.accept("ROWS") {
			p.accept("ROW")
		}
		if p.is("LIMIT") {
			e := p.failure("expected the end of the query")
			e.Help = "LIMIT stands before OFFSET"
			p.bail(e)
		}
	}
	if p.is("FETCH") && q.Limit == nil {
		p.pos++
		if !p.accept("FIRST") && !p.accept("NEXT") {
			p.fail("expected FIRST or NEXT")
		}
		q.Limit = p.rowCount()
		if !p.accept("ROWS") && !p.accept("ROW") {
			p.fail("expected ROWS ONLY")
		}
		p.expect("ONLY")
	}
}

func (p *parser) rowCount() ast.Expr {
	if t := p.tok(); t.kind == tOp && t.word == "?" {
		p.pos++
		return &ast.Param{At: p.at(*t)}
	}
	return p.number()
}

func (p *parser) with() *ast.With {
	start := p.pos
	p.expect("WITH")
	w := &ast.With{Recursive: p.accept("RECURSIVE")}
	w.Tables = list(p, func() *ast.CTE {
		from := p.pos
		c := &ast.CTE{Name: p.ident(), Columns: p.tryIdentList()}
		p.expect("AS")
		c.Query = p.parenQuery()
		c.At = p.since(from)
		return c
	})
	w.At = p.since(start)
	return w
}

// setOps takes the set operators after a body. INTERSECT binds more tightly
// than UNION and EXCEPT; all lean left.
func (p *parser) setOps(left ast.QueryBody, start, power int) ast.QueryBody {
	for {
		t := *p.tok()
		own := 1
		if t.kind != tWord || t.word != "UNION" && t.word != "EXCEPT" && t.word != "INTERSECT" {
			return left
		}
		if t.word == "INTERSECT" {
			own = 2
		}
		if own <= power {
			return left
		}
		p.pos++
		p.chain++
		op := &ast.SetOp{Kind: ast.SetOpKind(t.word), Left: left}
		op.All = p.quantifier() == ast.All
		right := p.pos
		op.Right = p.setOps(p.queryTerm(), right, own)
		op.At = p.since(start)
		left = op
	}
}

// queryTerm takes a SELECT, VALUES, TABLE t, or a query in parentheses.
func (p *parser) queryTerm() ast.QueryBody {
	start := p.pos
	switch {
	case p.is("SELECT"):
		return p.select_()
	case p.is("VALUES"):
		p.pos++
		v := &ast.Values{Rows: list(p, p.expr)}
		v.At = p.since(start)
		return v
	case p.is("TABLE"):
		p.pos++
		t := &ast.TableQuery{Path: p.path()}
		t.At = p.since(start)
		return t
	case p.peekOp("("):
		q := p.parenQuery()
		body := p.unwrap(q)
		if body == ast.QueryBody(q) {
			q.At = p.since(start)
		}
		return body
	}
	p.fail("expected a query")
	return nil
}

// unwrap returns the body of a query that is nothing but a body.
func (p *parser) unwrap(q *ast.Query) ast.QueryBody {
	if q.With == nil && q.OrderBy == nil && q.Limit == nil && q.Offset == nil {
		return q.Body
	}
	return q
}

func (p *parser) orderItems() []*ast.OrderItem { return list(p, p.orderItem) }

func (p *parser) orderItem() *ast.OrderItem {
	start := p.pos
	o := &ast.OrderItem{X: p.expr()}
	if p.accept("DESC") {
		o.Desc = true
	} else {
		p.accept("ASC")
	}
	switch {
	case p.accept("NULLS", "FIRST"):
		o.Nulls = ast.NullsFirst
	case p.accept("NULLS", "LAST"):
		o.Nulls = ast.NullsLast
	}
	o.At = p.since(start)
	return o
}

func (p *parser) select_() *ast.Select {
	p.enter()
	defer p.leave()
	start := p.pos
	p.expect("SELECT")
	s := &ast.Select{Hints: p.hints()}
	s.Quantifier = p.quantifier()
	s.Items = list(p, p.selectItem)
	if p.accept("FROM") {
		s.From = p.from_()
		p.fromRest(s)
	} else if p.isAny("WHERE", "GROUP", "HAVING", "WINDOW", "QUALIFY") {
		p.fail("expected FROM")
	}
	s.At = p.since(start)
	return s
}

// fromRest takes the clauses of a SELECT after FROM.
func (p *parser) fromRest(s *ast.Select) {
	if p.accept("WHERE") {
		s.Where = p.expr()
	}
	if p.is("GROUP") {
		s.GroupBy = p.groupBy()
	}
	if p.accept("HAVING") {
		s.Having = p.expr()
	}
	if p.accept("WINDOW") {
		s.Windows = list(p, p.namedWindow)
	}
	if p.accept("QUALIFY") {
		s.Qualify = p.expr()
	}
}

func (p *parser) namedWindow() *ast.NamedWindow {
	start := p.pos
	w := &ast.NamedWindow{Name: p.ident()}
	p.expect("AS")
	w.Spec = p.windowSpec()
	w.At = p.since(start)
	return w
}

func (p *parser) selectItem() *ast.SelectItem {
	start := p.pos
	i := &ast.SelectItem{}
	if t := *p.tok(); p.peekOp("*") {
		p.pos++
		i.X = &ast.Star{At: p.at(t)}
	} else {
		i.X = p.expr()
	}
	if _, ok := i.X.(*ast.Star); ok && p.is("AS") {
		p.failAt(p.tok().span(), "a star has no alias", "name the columns, or give the table an alias")
	} else if !ok {
		i.Alias = p.alias()
	}
	i.At = p.since(start)
	return i
}

// alias takes [AS] name.
func (p *parser) alias() *ast.Ident {
	if p.accept("AS") {
		if t := p.tok(); t.kind == tString {
			e := p.failure("expected a name")
			e.Help = "an alias is a name, not a string: `" + p.script[t.start+1:t.end-1] + "`"
			p.bail(e)
		}
		id := p.ident()
		return &id
	}
	if id, ok := p.tryIdent(); ok {
		return &id
	}
	return nil
}

func (p *parser) groupBy() *ast.GroupBy {
	start := p.pos
	p.expect("GROUP", "BY")
	g := &ast.GroupBy{Quantifier: p.quantifier()}
	g.Items = list(p, p.groupItem)
	g.At = p.since(start)
	return g
}

// groupItem takes an expression, (), ROLLUP(…), CUBE(…) or GROUPING SETS(…).
func (p *parser) groupItem() ast.Expr {
	start := p.pos
	g := &ast.GroupingSet{}
	switch {
	case p.opAt(0, "(") && p.opAt(1, ")"):
		p.pos += 2
		return &ast.RowExpr{At: p.since(start)}
	case p.is("GROUPING", "SETS"):
		g.Kind = ast.GroupingSets
		p.pos += 2
	case p.is("ROLLUP"):
		g.Kind = ast.Rollup
		p.pos++
	case p.is("CUBE"):
		g.Kind = ast.Cube
		p.pos++
	default:
		return p.expr()
	}
	p.enter()
	p.parens(func() { g.Items = list(p, p.groupItem) })
	p.leave()
	g.At = p.since(start)
	return g
}

// hints takes a hint comment, /*+ NAME(…), … */, if one comes next.
func (p *parser) hints() []*ast.Hint {
	if !p.peekOp("/*+") {
		return nil
	}
	open := p.pos
	p.pos++
	hints := list(p, func() *ast.Hint {
		start := p.pos
		h := &ast.Hint{Name: p.ident()}
		if p.peekOp("(") {
			p.parens(func() { p.hintArgs(h) })
		}
		h.At = p.since(start)
		return h
	})
	p.closing("*/", open)
	return hints
}

func (p *parser) hintArgs(h *ast.Hint) {
	if p.peekOp(")") {
		return
	}
	if p.opAt(1, "=") {
		h.Options = list(p, p.hintOption)
		return
	}
	h.Args = list(p, func() ast.Expr {
		switch p.tok().kind {
		case tString:
			return p.stringLiteral()
		case tNumber:
			return p.number()
		}
		return p.name()
	})
}

// hintOption takes 'k' = 'v' or k = 'v'.
func (p *parser) hintOption() *ast.Option {
	if p.tok().kind == tString {
		return p.option()
	}
	start := p.pos
	k := p.ident()
	o := &ast.Option{Key: &ast.StringLit{At: k.At, Value: k.Name}}
	p.expectOp("=")
	o.Value = p.str()
	o.At = p.since(start)
	return o
}

// from_ takes the list of tables of FROM.
func (p *parser) from_() ast.TableExpr {
	start := p.pos
	return p.commaJoins(p.joined(), start)
}

// commaJoins takes the tables after the first one, which began at token start.
func (p *parser) commaJoins(t ast.TableExpr, start int) ast.TableExpr {
	for p.peekOp(",") {
		op := p.pos
		p.pos++
		p.chain++
		j := &ast.Join{Kind: ast.JoinComma, KindAt: p.since(op), Left: t}
		j.Right = p.joined()
		j.At = p.since(start)
		t = j
	}
	return t
}

// joined takes a table and the joins after it.
func (p *parser) joined() ast.TableExpr {
	p.enter()
	defer p.leave()
	start := p.pos
	left := p.table()
	for {
		op := p.pos
		j := &ast.Join{Left: left}
		j.Natural = p.accept("NATURAL")
		if j.Kind = p.joinKind(); j.Kind == "" {
			if j.Natural {
				p.fail("expected JOIN")
			}
			return left
		}
		p.chain++
		j.KindAt = p.since(op)
		j.Right = p.table()
		switch {
		case p.is("ON") && !p.is("ON", "CONFLICT", "DO"):
			p.pos++
			j.On = p.expr()
		case p.is("USING"):
			p.pos++
			j.Using = p.identList()
		}
		j.At = p.since(start)
		left = j
	}
}

func (p *parser) joinKind() ast.JoinKind {
	kind := ast.JoinKind("")
	switch {
	case p.accept("JOIN"):
		return ast.JoinInner
	case p.accept("INNER"):
		kind = ast.JoinInner
	case p.accept("CROSS"):
		kind = ast.JoinCross
	case p.accept("LEFT"):
		kind = ast.JoinLeft
	case p.accept("RIGHT"):
		kind = ast.JoinRight
	case p.accept("FULL"):
		kind = ast.JoinFull
	default:
		return ""
	}
	if kind != ast.JoinInner && kind != ast.JoinCross {
		p.accept("OUTER")
		if p.isAny("SEMI", "ANTI") && p.peekTok(1).word == "JOIN" {
			e := p.failure("expected JOIN")
			e.Help = "write WHERE EXISTS (…) or x IN (…) for a semi join, NOT EXISTS (…) for an anti join"
			p.bail(e)
		}
	}
	p.expect("JOIN")
	return kind
}

// table takes one item of FROM with its alias and MATCH_RECOGNIZE.
func (p *parser) table() ast.TableExpr {
	start := p.pos
	lateral := p.accept("LATERAL")
	switch {
	case p.is("UNNEST"):
		return p.unnest(start, lateral)
	case p.is("TABLE") && p.opAt(1, "("):
		return p.tableFunc(start, lateral)
	case p.peekOp("("):
		return p.parenTable(start, lateral)
	case lateral || p.startsTableFunc():
		f := &ast.TableFunc{Lateral: lateral, Call: p.tableCall()}
		f.Alias = p.tableAlias()
		f.At = p.since(start)
		return p.matchRecognize(f)
	}
	if t := p.tok(); t.kind != tQuoted && (t.kind != tWord || t.reserved) {
		p.fail("expected a table")
	}
	n := &ast.TableName{Path: p.path()}
	n.Hints = p.hints()
	n.AsOf = p.asOf()
	n.Sample = p.sample()
	if p.is("MATCH_RECOGNIZE") && p.opAt(1, "(") {
		n.At = p.since(start)
		return p.matchRecognize(n)
	}
	n.Alias = p.tableAlias()
	if n.Hints == nil {
		n.Hints = p.hints()
	}
	n.At = p.since(start)
	return p.matchRecognize(n)
}

// startsTableFunc reports whether a name and an opening parenthesis come next.
func (p *parser) startsTableFunc() bool {
	if t := p.tok(); t.kind == tWord && t.reserved {
		return false
	}
	n := 0
	for k := p.peekTok(n).kind; k == tWord || k == tQuoted; k = p.peekTok(n).kind {
		if n++; !p.opAt(n, ".") {
			return p.opAt(n, "(")
		}
		n++
	}
	return false
}

// tableCall takes the call of a table function.
func (p *parser) tableCall() *ast.Call {
	if !p.startsTableFunc() {
		p.fail("expected a table function")
	}
	start := p.pos
	return p.callRest(p.name(), start)
}

// tableFunc takes TABLE(f(…)).
func (p *parser) tableFunc(start int, lateral bool) ast.TableExpr {
	f := &ast.TableFunc{Lateral: lateral, Wrapped: true}
	p.pos++
	p.parens(func() { f.Call = p.tableCall() })
	f.Alias = p.tableAlias()
	f.At = p.since(start)
	return p.matchRecognize(f)
}

func (p *parser) unnest(start int, lateral bool) ast.TableExpr {
	p.pos++
	u := &ast.Unnest{Lateral: lateral}
	p.parens(func() { u.Args = list(p, p.expr) })
	if p.accept("WITH") {
		p.expect("ORDINALITY")
		u.Ordinality = true
	}
	u.Alias = p.tableAlias()
	u.At = p.since(start)
	return u
}

// parenTable takes a query or a join in parentheses.
func (p *parser) parenTable(start int, lateral bool) ast.TableExpr {
	open := p.pos
	p.pos++
	var q *ast.Query
	switch {
	case p.startsQuery():
		q = p.query()
	case p.startsParenQuery():
		// Either a query that begins with one in parentheses, or a join that does.
		t := p.joined()
		d, ok := t.(*ast.Derived)
		if !ok || d.Alias != nil || d.Lateral || d.AsOf != nil {
			return p.parenJoin(t, open)
		}
		q = d.Query
		if p.continuesQuery() {
			q = p.queryFrom(open+1, p.unwrap(d.Query))
		}
	default:
		return p.parenJoin(p.from_(), open)
	}
	p.closeParen(open)
	d := &ast.Derived{Lateral: lateral, Query: q}
	d.AsOf = p.asOf()
	d.Alias = p.tableAlias()
	d.At = p.since(start)
	return p.matchRecognize(d)
}

// parenJoin closes the parenthesis around a join.
func (p *parser) parenJoin(t ast.TableExpr, open int) ast.TableExpr {
	t = p.commaJoins(t, open+1)
	p.closeParen(open)
	if _, ok := t.(*ast.Join); !ok {
		p.failAt(p.since(open).Span, "expected a query or a join in parentheses", "write the table without them")
	}
	if p.is("AS") {
		p.failAt(p.tok().span(), "a join in parentheses has no alias", "give its tables aliases, or write (SELECT * FROM …) AS name")
	}
	return t
}

// tableAlias takes [AS] name [(columns)].
func (p *parser) tableAlias() *ast.TableAlias {
	start := p.pos
	a := &ast.TableAlias{}
	if p.accept("AS") {
		a.Name = p.ident()
	} else {
		if p.is("MATCH_RECOGNIZE") && p.opAt(1, "(") {
			return nil
		}
		id, ok := p.tryIdent()
		if !ok {
			return nil
		}
		a.Name = id
	}
	a.Columns = p.tryIdentList()
	a.At = p.since(start)
	return a
}

func (p *parser) asOf() ast.Expr {
	if !p.is("FOR", "SYSTEM_TIME") {
		return nil
	}
	p.pos += 2
	p.expect("AS", "OF")
	return p.expr()
}

func (p *parser) sample() *ast.Sample {
	if !p.is("TABLESAMPLE") {
		return nil
	}
	start := p.pos
	p.pos++
	s := &ast.Sample{}
	if !p.isAny("BERNOULLI", "SYSTEM") {
		p.fail("expected BERNOULLI or SYSTEM")
	}
	s.Method = p.next().word
	p.parens(func() { s.Percent = p.number() })
	if p.accept("REPEATABLE") {
		p.parens(func() { s.Repeatable = p.number() })
	}
	s.At = p.since(start)
	return s
}
