package parser

import (
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/sql/ast"
)

// Binding powers, Calcite's. An operator takes a right operand of a power one
// higher than its own, so all of them lean left.
const (
	powerOr       = 22
	powerAnd      = 24
	powerNot      = 26
	powerIs       = 28
	powerCompare  = 30
	powerIn       = 32 // IN, LIKE, BETWEEN
	powerAdd      = 40
	powerMultiset = 50
	powerMul      = 60
	powerSign     = 80
)

// expr takes an expression.
func (p *parser) expr() ast.Expr {
	p.enter()
	x := p.exprAbove(0)
	p.leave()
	return x
}

// exprAbove takes an expression of operators that bind at least as tightly as
// power. It counts no level: without parentheses or a prefix operator between,
// it calls itself no oftener than there are powers.
func (p *parser) exprAbove(power int) ast.Expr {
	start := p.pos
	x := p.prefix()
	for {
		y := p.infix(x, start, power)
		if y == nil {
			return x
		}
		p.chain++
		x = y
	}
}

// prefix takes an operand with the prefix operators before it.
func (p *parser) prefix() ast.Expr {
	switch t := *p.tok(); {
	case t.kind == tWord && t.word == "NOT":
		return p.unary(ast.OpNot, powerNot)
	case t.kind == tOp && (t.word == "-" || t.word == "+"):
		return p.unary(ast.Op(t.word), powerSign)
	}
	start := p.pos
	return p.postfix(p.primary(), start)
}

func (p *parser) unary(op ast.Op, power int) ast.Expr {
	start := p.pos
	u := &ast.Unary{Op: op, OpAt: p.at(p.next())}
	p.enter()
	u.X = p.exprAbove(power)
	p.leave()
	u.At = p.since(start)
	return u
}

// postfix takes the [i] and .name that follow the operand x, which began at start.
func (p *parser) postfix(x ast.Expr, start int) ast.Expr {
	for {
		switch {
		case p.peekOp("["):
			open := p.pos
			p.pos++
			i := &ast.Index{X: x, I: p.expr()}
			p.closing("]", open)
			i.At = p.since(start)
			x = i
		case p.peekOp("."):
			p.pos++
			f := &ast.Field{X: x}
			if p.peekOp("*") {
				f.Star, f.Name.At = true, p.at(p.next())
			} else {
				f.Name = p.ident()
			}
			f.At = p.since(start)
			x = f
		default:
			return x
		}
		p.chain++
	}
}

// comparisons are the operators that may take ANY, SOME or ALL.
var comparisons = map[string]bool{"=": true, "<>": true, "<": true, "<=": true, ">": true, ">=": true}

// infix takes the operator after x and its right side, if it binds at least as
// tightly as power; otherwise it returns nil. x began at token start.
func (p *parser) infix(x ast.Expr, start, power int) ast.Expr {
	t := *p.tok()
	switch t.kind {
	case tOp:
		switch t.word {
		case "+", "-":
			return p.binary(x, start, power, powerAdd, ast.Op(t.word), 1)
		case "*", "/", "%", "||":
			return p.binary(x, start, power, powerMul, ast.Op(t.word), 1)
		case "=", "<>", "<", "<=", ">", ">=":
			return p.comparison(x, start, power, t)
		}
	case tBad:
		p.next()
	case tWord:
		return p.wordInfix(x, start, power, t)
	}
	return nil
}

func (p *parser) wordInfix(x ast.Expr, start, power int, t token) ast.Expr {
	switch t.word {
	case "OR":
		return p.binary(x, start, power, powerOr, ast.OpOr, 1)
	case "AND":
		return p.binary(x, start, power, powerAnd, ast.OpAnd, 1)
	case "IS":
		return p.is_(x, start, power)
	case "NOT":
		switch p.peekTok(1).word {
		case "IN", "LIKE", "ILIKE", "RLIKE", "SIMILAR", "BETWEEN", "MEMBER", "SUBMULTISET":
			return p.membership(x, start, power, true)
		}
	case "IN", "LIKE", "ILIKE", "RLIKE", "SIMILAR", "BETWEEN", "SUBMULTISET", "MEMBER":
		return p.membership(x, start, power, false)
	case "OVERLAPS", "CONTAINS", "EQUALS", "PRECEDES", "SUCCEEDS":
		return p.binary(x, start, power, powerCompare, ast.Op(t.word), 1)
	case "IMMEDIATELY":
		switch p.peekTok(1).word {
		case "PRECEDES":
			return p.binary(x, start, power, powerCompare, ast.OpImmPrecedes, 2)
		case "SUCCEEDS":
			return p.binary(x, start, power, powerCompare, ast.OpImmSucceeds, 2)
		}
	case "MULTISET":
		return p.multisetOp(x, start, power)
	case "AT":
		p.failAt(p.tok().span(), "AT TIME ZONE is not part of Flink SQL",
			"set 'table.local-time-zone' and cast to TIMESTAMP_LTZ, or use CONVERT_TZ")
	case "COLLATE":
		p.failAt(p.tok().span(), "COLLATE is not part of Flink SQL", "strings compare by their characters")
	}
	return nil
}

// binary takes an operator of n tokens and its right operand.
func (p *parser) binary(x ast.Expr, start, power, own int, op ast.Op, n int) ast.Expr {
	if own < power {
		return nil
	}
	opStart := p.pos
	p.pos += n
	b := &ast.Binary{Op: op, OpAt: p.since(opStart), L: x}
	b.R = p.exprAbove(own + 1)
	b.At = p.since(start)
	return b
}

func (p *parser) comparison(x ast.Expr, start, power int, t token) ast.Expr {
	if n := p.peekTok(1); n.kind == tWord && comparisons[t.word] && p.opAt(2, "(") {
		switch n.word {
		case "ANY", "SOME", "ALL":
			if powerCompare < power {
				return nil
			}
			p.pos += 2
			q := &ast.Quantified{Op: ast.Op(t.word), L: x, Quant: n.word}
			q.List, q.Query = p.inList()
			q.At = p.since(start)
			return q
		}
	}
	return p.binary(x, start, power, powerCompare, ast.Op(t.word), 1)
}

// inList takes (query) or (a, b, …).
func (p *parser) inList() (l []ast.Expr, q *ast.Query) {
	p.parens(func() {
		if p.startsQuery() {
			q = p.query()
			return
		}
		start := p.pos
		l = list(p, p.expr)
		// ((SELECT 1) UNION SELECT 2) is a query too.
		if s, ok := l[0].(*ast.Subquery); ok && len(l) == 1 && p.continuesQuery() {
			q, l = p.queryFrom(start, p.unwrap(s.Query)), nil
		}
	})
	if len(l) == 1 {
		if s, ok := l[0].(*ast.Subquery); ok {
			return nil, s.Query
		}
	}
	return l, q
}

// membership takes [NOT] IN, LIKE, ILIKE, RLIKE, SIMILAR TO, BETWEEN, MEMBER OF
// and SUBMULTISET OF with what follows.
func (p *parser) membership(x ast.Expr, start, power int, not bool) ast.Expr {
	n := 0
	if not {
		n = 1
	}
	word := p.peekTok(n).word
	own := powerIn
	if word == "MEMBER" || word == "SUBMULTISET" {
		own = powerCompare
	}
	if own < power {
		return nil
	}
	prefix := ast.Op("")
	if not {
		prefix = "NOT "
	}
	switch word {
	case "MEMBER", "SUBMULTISET":
		if p.peekTok(n+1).word != "OF" {
			return nil
		}
		return p.binary(x, start, power, own, prefix+ast.Op(word)+" OF", n+2)
	case "BETWEEN":
		p.pos += n + 1
		b := &ast.Between{X: x, Not: not}
		if p.accept("SYMMETRIC") {
			b.Symmetric = true
		} else {
			p.accept("ASYMMETRIC")
		}
		b.Low = p.exprAbove(powerIn + 1)
		p.expect("AND")
		b.High = p.exprAbove(powerIn + 1)
		b.At = p.since(start)
		return b
	case "IN":
		p.pos += n + 1
		in := &ast.In{X: x, Not: not}
		in.List, in.Query = p.inList()
		in.At = p.since(start)
		return in
	}
	l := &ast.Like{X: x, Not: not, Kind: ast.LikeKind(word)}
	p.pos += n + 1
	if word == "SIMILAR" {
		p.expect("TO")
		l.Kind = ast.LikeSimilar
	}
	if p.isAny("ANY", "SOME", "ALL") && p.opAt(1, "(") {
		p.failAt(p.tok().span(), string(l.Kind)+" "+p.tok().word+" is not part of Flink SQL",
			"write x LIKE 'a%' OR x LIKE 'b%'")
	}
	l.Pattern = p.exprAbove(powerIn + 1)
	if p.accept("ESCAPE") {
		l.Escape = p.exprAbove(powerIn + 1)
	}
	l.At = p.since(start)
	return l
}

// is_ takes IS [NOT] and a test.
func (p *parser) is_(x ast.Expr, start, power int) ast.Expr {
	not, n := false, 1
	if p.is("IS", "NOT") {
		not, n = true, 2
	}
	if p.peekTok(n).word == "DISTINCT" && p.peekTok(n+1).word == "FROM" {
		if not {
			return p.binary(x, start, power, powerCompare, ast.OpNotDistinctFrom, 4)
		}
		return p.binary(x, start, power, powerCompare, ast.OpDistinctFrom, 3)
	}
	if powerIs < power {
		return nil
	}
	p.pos += n
	i := &ast.Is{X: x, Not: not}
	switch t := p.tok(); t.word {
	case "NULL", "TRUE", "FALSE", "UNKNOWN", "EMPTY", "NORMALIZED":
		p.pos++
		i.Test = ast.IsTest(t.word)
	case "A":
		p.expect("A", "SET")
		i.Test = ast.IsASet
	case "JSON":
		p.pos++
		i.Test = ast.IsJSON
		if p.isAny("VALUE", "OBJECT", "ARRAY", "SCALAR") {
			i.Test += ast.IsTest(" " + p.next().word)
		}
	default:
		p.fail("expected NULL, TRUE, FALSE, UNKNOWN, DISTINCT FROM or JSON after IS,")
	}
	i.At = p.since(start)
	return i
}

// multisetOp takes MULTISET UNION|EXCEPT|INTERSECT [ALL|DISTINCT] and its right side.
func (p *parser) multisetOp(x ast.Expr, start, power int) ast.Expr {
	op := p.peekTok(1).word
	switch op {
	case "UNION", "EXCEPT", "INTERSECT":
	default:
		return nil
	}
	own := powerMultiset
	if op == "INTERSECT" {
		own++
	}
	if own < power {
		return nil
	}
	opStart := p.pos
	p.pos += 2
	b := &ast.Binary{Op: ast.Op("MULTISET " + op), L: x}
	b.Quantifier = p.quantifier()
	b.OpAt = p.since(opStart)
	b.R = p.exprAbove(own + 1)
	b.At = p.since(start)
	return b
}

func (p *parser) quantifier() ast.Quantifier {
	switch {
	case p.accept("DISTINCT"):
		return ast.Distinct
	case p.accept("ALL"):
		return ast.All
	}
	return ast.NoQuantifier
}

// primary takes an operand: a literal, a name, a call, something in parentheses.
func (p *parser) primary() ast.Expr {
	t := *p.tok()
	switch t.kind {
	case tNumber:
		return p.number()
	case tString:
		return p.stringLiteral()
	case tQuoted:
		return p.nameOrCall()
	case tWord:
		return p.wordPrimary(t)
	case tOp:
		switch t.word {
		case "(":
			return p.paren()
		case "?":
			p.pos++
			return &ast.Param{At: p.at(t)}
		case "{":
			return p.jdbcLiteral()
		}
	}
	p.fail("expected an expression")
	return nil
}

func (p *parser) wordPrimary(t token) ast.Expr {
	switch t.word {
	case "NULL":
		p.pos++
		return &ast.NullLit{At: p.at(t)}
	case "TRUE", "FALSE", "UNKNOWN":
		p.pos++
		return &ast.BoolLit{At: p.at(t), Value: t.word == "TRUE", Unknown: t.word == "UNKNOWN"}
	case "DATE", "TIME", "TIMESTAMP":
		if p.peekTok(1).kind == tString {
			p.pos++
			l := &ast.DateTimeLit{Kind: t.word, Text: p.plainString()}
			l.At = p.since(p.pos - 2)
			return l
		}
		if p.is("TIMESTAMP", "WITH", "LOCAL", "TIME", "ZONE") && p.peekTok(5).kind == tString {
			start := p.pos
			p.pos += 5
			l := &ast.DateTimeLit{Kind: "TIMESTAMP WITH LOCAL TIME ZONE", Text: p.plainString()}
			l.At = p.since(start)
			return l
		}
		if p.opAt(1, "(") {
			return p.nameOrCall()
		}
		p.dateTimeSlip(t)
	case "TIMESTAMP_LTZ":
		if p.peekTok(1).kind == tString {
			p.failAt(p.peekTok(1).span(), "there are no TIMESTAMP_LTZ literals",
				"write CAST(TIMESTAMP '…' AS TIMESTAMP_LTZ(3))")
		}
	case "INTERVAL":
		return p.interval()
	case "CASE":
		return p.case_()
	case "EXISTS":
		p.pos++
		e := &ast.Exists{Query: p.parenQuery()}
		e.At = ast.At{Span: t.span().To(p.toks[p.pos-1].span())}
		return e
	case "UNIQUE":
		p.pos++
		u := &ast.Unique{Query: p.parenQuery()}
		u.At = ast.At{Span: t.span().To(p.toks[p.pos-1].span())}
		return u
	case "ROW":
		return p.row()
	case "ARRAY", "MULTISET", "MAP":
		if e := p.collection(t); e != nil {
			return e
		}
	case "PERIOD":
		if p.opAt(1, "(") {
			p.pos++
			return p.row()
		}
	case "RUNNING", "FINAL":
		if n := p.peekTok(1); n.kind == tWord && p.opAt(2, "(") {
			p.pos++
			m := &ast.MatchMode{Final: t.word == "FINAL", X: p.primary()}
			m.At = p.at(t)
			m.Span = m.Span.To(m.X.Pos())
			return m
		}
	}
	if p.opAt(1, "(") {
		if special := specialCalls[t.word]; special != nil {
			return special(p)
		}
		if t.reserved && !ast.IsCallable(t.word) {
			p.fail("expected an expression")
		}
		return p.nameOrCall()
	}
	if niladic[t.word] {
		p.pos++
		n := &ast.Name{At: p.at(t), Parts: []ast.Ident{{At: p.at(t), Name: p.text(t)}}}
		return &ast.Call{At: p.at(t), Func: n, Bare: true}
	}
	if t.reserved {
		e := p.failure("expected an expression")
		if e.Help == "" && p.looksLikeName() {
			e.Help = t.word + " is a reserved word; as a name it is written in backticks: `" + p.text(t) + "`"
		}
		p.bail(e)
	}
	if t.word == "DEFAULT" {
		p.fail("expected an expression")
	}
	return p.nameOrCall()
}

// looksLikeName guesses whether a reserved word was meant as a name: something
// that goes on an expression or a list comes after it.
func (p *parser) looksLikeName() bool {
	n := p.peekTok(1)
	switch n.kind {
	case tOp:
		return n.word != "("
	case tEOF:
		return p.pos > 0
	}
	return n.word == "FROM" || n.word == "AS"
}

func (p *parser) dateTimeSlip(t token) {
	n := p.peekTok(1)
	if n.kind == tWord && (n.word == "NULL" || n.word == "WITH") {
		e := p.failure("expected an expression")
		e.Help = t.word + " stands before a string: " + t.word + " '…'; write CAST(NULL AS " + t.word + ") for a null"
		p.bail(e)
	}
}

// valueItem takes an item of a row: an expression or, before one of the operators
// given, the DEFAULT of INSERT.
func (p *parser) valueItem(before ...string) ast.Expr {
	if t := *p.tok(); p.is("DEFAULT") {
		for _, op := range before {
			if p.opAt(1, op) {
				p.pos++
				return &ast.DefaultExpr{At: p.at(t)}
			}
		}
	}
	return p.expr()
}

// paren takes what stands in parentheses: a query, an expression, or a row.
func (p *parser) paren() ast.Expr {
	open := p.pos
	p.pos++
	if p.startsQuery() {
		q := p.query()
		p.closeParen(open)
		return &ast.Subquery{At: p.since(open), Query: q}
	}
	if p.peekOp(")") {
		p.fail("expected an expression")
	}
	x := p.valueItem(",")
	// ((SELECT 1) UNION SELECT 2): the first parenthesis began a query after all.
	if s, ok := x.(*ast.Subquery); ok && p.continuesQuery() {
		q := p.queryFrom(open+1, p.unwrap(s.Query))
		p.closeParen(open)
		return &ast.Subquery{At: p.since(open), Query: q}
	}
	if !p.peekOp(",") {
		p.closeParen(open)
		if b, ok := x.(*ast.Binary); ok && b.Op == ast.OpSub && p.isAny("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND") {
			d := &ast.DateDiff{L: b.L, R: b.R, Qualifier: p.qualifier()}
			d.At = p.since(open)
			return d
		}
		return x
	}
	r := &ast.RowExpr{Items: []ast.Expr{x}}
	for p.acceptOp(",") {
		r.Items = append(r.Items, p.valueItem(",", ")"))
	}
	p.closeParen(open)
	r.At = p.since(open)
	return r
}

// row takes ROW(a, b), or the (a, b) after PERIOD.
func (p *parser) row() ast.Expr {
	start := p.pos
	r := &ast.RowExpr{Explicit: p.accept("ROW")}
	p.parens(func() { r.Items = list(p, func() ast.Expr { return p.valueItem(",", ")") }) })
	r.At = p.since(start)
	return r
}

// collection takes ARRAY[…], MAP[…] and MULTISET[…], or with a query in
// parentheses; nil if neither bracket follows.
func (p *parser) collection(t token) ast.Expr {
	c := &ast.Collection{Kind: ast.CollectionKind(t.word)}
	start := p.pos
	switch {
	case p.opAt(1, "["):
		p.pos += 2
		if !p.peekOp("]") {
			c.Items = list(p, p.expr)
		}
		p.closing("]", start+1)
	case p.opAt(1, "(") && isQueryWord(p.peekTok(2)):
		p.pos++
		c.Query = p.parenQuery()
	case p.opAt(1, "(") && t.word != "MULTISET":
		p.pos++
		n := &ast.Name{At: p.at(t), Parts: []ast.Ident{{At: p.at(t), Name: p.text(t)}}}
		return p.callRest(n, start)
	case t.reserved:
		p.pos++
		p.fail(`expected "["`)
	default:
		return nil
	}
	c.At = p.since(start)
	return c
}

func (p *parser) case_() ast.Expr {
	start := p.pos
	p.expect("CASE")
	c := &ast.Case{}
	if !p.is("WHEN") {
		if p.is("END") {
			p.fail("expected WHEN")
		}
		c.Operand = p.expr()
	}
	for p.is("WHEN") {
		w := &ast.When{}
		from := p.pos
		p.pos++
		if c.Operand != nil {
			w.Conds = list(p, p.expr)
		} else {
			w.Conds = []ast.Expr{p.expr()}
		}
		p.expect("THEN")
		w.Then = p.expr()
		w.At = p.since(from)
		c.Whens = append(c.Whens, w)
	}
	if len(c.Whens) == 0 {
		p.fail("expected WHEN")
	}
	if p.accept("ELSE") {
		c.Else = p.expr()
	}
	if !p.accept("END") {
		e := p.failure("expected END")
		e.Labels = []diag.Label{{Span: p.toks[start].span(), Text: "CASE begins here"}}
		if e.Help == "" {
			e.Help = "close the CASE with END"
		}
		p.bail(e)
	}
	c.At = p.since(start)
	return c
}

// nameOrCall takes a compound name, t.*, or a call of a function.
func (p *parser) nameOrCall() ast.Expr {
	start := p.pos
	t := *p.tok()
	n := &ast.Name{}
	if t.kind == tWord && p.opAt(1, "(") {
		p.pos++
		n.Parts = []ast.Ident{{At: p.at(t), Name: p.text(t)}}
	} else {
		n.Parts = []ast.Ident{p.ident()}
	}
	for p.peekOp(".") {
		if p.opAt(1, "*") {
			n.At = p.since(start)
			p.pos += 2
			return &ast.Star{At: p.since(start), Qualifier: n}
		}
		p.pos++
		n.Parts = append(n.Parts, p.ident())
	}
	n.At = p.since(start)
	if p.peekOp("(") {
		return p.callRest(n, start)
	}
	if s := p.tok(); s.kind == tString && s.start == p.toks[p.pos-1].end && len(n.Parts) == 1 {
		p.failAt(n.Span.To(s.span()), p.text(*p.tok())+" cannot follow the name "+n.String(),
			"strings may have the prefixes N, E, U& and X only")
	}
	return n
}
