package parser

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/sql/ast"
)

const (
	codeSyntax = "syntax"

	// maxNesting bounds the recursion of the parser: queries in queries,
	// expressions in expressions.
	maxNesting = 500
	// maxHeight bounds the tree, so that those who walk it need not count.
	// Long chains such as a OR b OR c … make high trees without nesting.
	maxHeight = 10_000
	// maxScript is what token offsets can address.
	maxScript = 1<<31 - 2
)

// Parse parses all statements of a script. It stops at the first mistake and
// returns the statements before it as well.
func Parse(script string) ([]ast.Statement, *diag.Error) {
	var all []ast.Statement
	for p := range Split(script) {
		s, err := p.Parse()
		if err != nil {
			return all, err
		}
		all = append(all, s)
	}
	return all, nil
}

// ParseStatement parses a text that holds one statement; a semicolon may end it.
func ParseStatement(text string) (ast.Statement, *diag.Error) {
	return parseRange(text, diag.Span{End: len(text)})
}

// ParseExpr parses a text that holds one expression, or a lone star.
func ParseExpr(text string) (e ast.Expr, err *diag.Error) {
	p, err := newParser(text, diag.Span{End: len(text)})
	if err != nil {
		return nil, err
	}
	defer p.recover(&err)
	p.what = "expression"
	if p.peekOp("*") {
		e = &ast.Star{At: p.at(p.next())}
	} else {
		e = p.expr()
	}
	if p.tok().kind != tEOF {
		p.fail("expected the end of the expression")
	}
	p.checkHeight(e)
	return e, nil
}

// parseRange parses the one statement in a part of a script.
func parseRange(script string, span diag.Span) (s ast.Statement, err *diag.Error) {
	p, err := newParser(script, span)
	if err != nil {
		return nil, err
	}
	defer p.recover(&err)
	s = p.statement()
	p.acceptOp(";")
	if p.tok().kind != tEOF {
		p.fail("expected the end of the statement")
	}
	p.checkHeight(s)
	return s, nil
}

// parser is a recursive descent over the tokens of one statement. A mistake
// unwinds it with a panic of type bailout, which recover turns into an error.
type parser struct {
	script string
	what   string  // what is parsed, for messages: statement or expression
	toks   []token // ends with tEOF
	pos    int
	depth  int
	chain  int // operators met in chains; a high tree needs many
	// listEnd is the token after the last list: a comma could stand there.
	listEnd int
	lex     lexer
}

type bailout struct{ err *diag.Error }

func newParser(script string, span diag.Span) (*parser, *diag.Error) {
	text := script[span.Start:span.End]
	if len(script) > maxScript {
		return nil, &diag.Error{Code: codeSyntax, Stage: diag.StageParse, Message: "the script is larger than 2 GB"}
	}
	if !utf8.ValidString(text) {
		return nil, invalidUTF8(text, span.Start)
	}
	p := &parser{script: script, what: "statement", lex: lexer{s: script[:span.End], pos: span.Start}}
	p.toks = make([]token, 0, len(text)/5+2)
	for {
		t := p.lex.next()
		p.toks = append(p.toks, t)
		if t.kind == tEOF {
			return p, nil
		}
	}
}

func invalidUTF8(text string, base int) *diag.Error {
	for i, r := range text {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(text[i:]); n == 1 {
				return &diag.Error{
					Code: codeSyntax, Stage: diag.StageParse,
					Message: fmt.Sprintf("byte 0x%02X is not UTF-8", text[i]),
					Span:    diag.Span{Start: base + i, End: base + i + 1},
					Help:    "save the script as UTF-8; write binary data as X'…'",
				}
			}
		}
	}
	return nil
}

// recover ends a parse: it turns a bailout into an error and lets other panics pass.
func (p *parser) recover(err **diag.Error) {
	switch r := recover().(type) {
	case nil:
	case bailout:
		*err = r.err
	default:
		panic(r)
	}
}

// checkHeight refuses trees that are too high to walk recursively.
func (p *parser) checkHeight(n ast.Node) {
	if p.chain > maxHeight/2 && ast.Higher(n, maxHeight) {
		p.bail(&diag.Error{
			Code: codeSyntax, Stage: diag.StageParse, Span: n.Pos(),
			Message: fmt.Sprintf("the statement chains more than %d operators", maxHeight),
			Help:    "write x IN (…) instead of x = … OR x = …, or join with a table of the values",
		})
	}
}

// enter counts a level of nesting; each enter has its leave.
func (p *parser) enter() {
	if p.depth++; p.depth > maxNesting {
		p.bail(&diag.Error{
			Code: codeSyntax, Stage: diag.StageParse, Span: p.tok().span(),
			Message: fmt.Sprintf("the statement nests more than %d levels deep", maxNesting),
			Help:    "split it with CREATE TEMPORARY VIEW",
		})
	}
}

func (p *parser) leave() { p.depth-- }

// Tokens.

func (p *parser) tok() *token { return &p.toks[p.pos] }

// peekTok returns the n-th token after the current one.
func (p *parser) peekTok(n int) *token { return &p.toks[min(p.pos+n, len(p.toks)-1)] }

// next takes a token; a lexical mistake surfaces here.
func (p *parser) next() token {
	t := p.toks[p.pos]
	if t.kind == tBad {
		p.bail(p.lex.explain(t))
	}
	if t.kind != tEOF {
		p.pos++
	}
	return t
}

func (p *parser) text(t token) string { return p.script[t.start:t.end] }

func (p *parser) at(t token) ast.At { return ast.At{Span: t.span()} }

// since returns the place from a token position to the last token taken.
func (p *parser) since(start int) ast.At {
	if p.pos <= start {
		t := p.toks[start]
		return ast.At{Span: diag.Span{Start: int(t.start), End: int(t.start)}}
	}
	return ast.At{Span: diag.Span{Start: int(p.toks[start].start), End: int(p.toks[p.pos-1].end)}}
}

// from returns the place from the start of a node to the last token taken.
func (p *parser) from(n ast.Node) ast.At {
	return ast.At{Span: diag.Span{Start: n.Pos().Start, End: int(p.toks[p.pos-1].end)}}
}

// is reports whether the current tokens are these words.
func (p *parser) is(words ...string) bool {
	for i, w := range words {
		if t := p.peekTok(i); t.kind != tWord || t.word != w {
			return false
		}
	}
	return true
}

// isAny reports whether the current token is one of these words.
func (p *parser) isAny(words ...string) bool {
	t := p.tok()
	if t.kind != tWord || t.word == "" {
		return false
	}
	for _, w := range words {
		if t.word == w {
			return true
		}
	}
	return false
}

// accept takes these words if they come next.
func (p *parser) accept(words ...string) bool {
	if !p.is(words...) {
		return false
	}
	p.pos += len(words)
	return true
}

// expect takes these words or fails.
func (p *parser) expect(words ...string) {
	for i, w := range words {
		if !p.accept(w) {
			p.fail("expected " + strings.Join(words[i:], " "))
		}
	}
}

func (p *parser) peekOp(op string) bool {
	t := p.tok()
	return t.kind == tOp && t.word == op
}

func (p *parser) opAt(n int, op string) bool {
	t := p.peekTok(n)
	return t.kind == tOp && t.word == op
}

func (p *parser) acceptOp(op string) bool {
	if p.peekOp(op) {
		p.pos++
		return true
	}
	return false
}

func (p *parser) expectOp(op string) {
	if !p.acceptOp(op) {
		p.fail(`expected "` + op + `"`)
	}
}

// closeParen takes the parenthesis that closes the one at token open.
func (p *parser) closeParen(open int) { p.closing(")", open) }

func (p *parser) closing(op string, open int) {
	if p.acceptOp(op) {
		return
	}
	e := p.failure(`expected "` + op + `"`)
	if o := p.toks[open].span(); e.Code == codeSyntax && e.Labels == nil {
		e.Labels = []diag.Label{{Span: o, Text: "opened here"}}
	}
	p.bail(e)
}

// Errors.

func (p *parser) bail(e *diag.Error) { panic(bailout{e}) }

func (p *parser) fail(what string) { p.bail(p.failure(what)) }

// failAt fails at a node or token already taken.
func (p *parser) failAt(span diag.Span, message, help string) {
	p.bail(&diag.Error{Code: codeSyntax, Stage: diag.StageParse, Message: message, Span: span, Help: help})
}

// failure returns the error "what before <current token>" with the help that
// fits the usual slips.
func (p *parser) failure(what string) *diag.Error {
	t := *p.tok()
	if t.kind == tBad {
		return p.lex.explain(t)
	}
	if e := p.foreignOperator(t); e != nil {
		return e
	}
	if p.listEnd == p.pos && (what == `expected ")"` || what == `expected ">"` || what == `expected "]"`) {
		what = `expected "," or ` + what[len("expected "):]
	}
	e := &diag.Error{Code: codeSyntax, Stage: diag.StageParse, Span: t.span(), Message: what + " before " + p.describe(t)}
	e.Help = p.slip(t, what)
	return e
}

// foreignOperators are operators of other systems, and what to write instead.
var foreignOperators = map[string]string{
	"==": "write a single = for equality", "!=": "write <> for unequal", "<=>": "write IS NOT DISTINCT FROM",
	"::": "write CAST(x AS type)", "<<": "there are no operators on bits", ">>": "there are no operators on bits",
	"->":  "write JSON_VALUE(x, '$.field') to read JSON, name => value for a named argument",
	"->>": "write JSON_VALUE(x, '$.field') to read JSON", "^": "write POWER(x, y); there are no operators on bits",
}

// foreignOperator returns the error for an operator that Flink doesn't have, if
// token t is part of one.
func (p *parser) foreignOperator(t token) *diag.Error {
	if t.kind != tOp {
		return nil
	}
	from, to := p.pos, p.pos+1
	for from > 0 && p.toks[from-1].kind == tOp && p.toks[from-1].end == p.toks[from].start {
		from--
	}
	for p.toks[to].kind == tOp && p.toks[to].start == p.toks[to-1].end {
		to++
	}
	span := p.toks[from].span().To(p.toks[to-1].span())
	op := p.script[span.Start:span.End]
	help := foreignOperators[op]
	if help == "" {
		return nil
	}
	return &diag.Error{Code: codeSyntax, Stage: diag.StageParse, Span: span, Message: "\"" + op + "\" is no operator of Flink SQL", Help: help}
}

// describe names a token for a message.
func (p *parser) describe(t token) string {
	switch t.kind {
	case tEOF:
		return "the end of the " + p.what
	case tWord:
		if t.reserved || t.word != "" && t.word == p.text(t) {
			return t.word
		}
		return `"` + p.text(t) + `"`
	case tQuoted:
		return p.text(t)
	case tString:
		if t.end-t.start > 40 {
			return "a string"
		}
		return p.text(t)
	case tNumber:
		return p.text(t)
	}
	return `"` + t.word + `"`
}

// slip returns the help for a usual slip at token t, or "".
func (p *parser) slip(t token, what string) string {
	prev := token{}
	if p.pos > 0 {
		prev = p.toks[p.pos-1]
	}
	isOp := func(t token, op string) bool { return t.kind == tOp && t.word == op }
	adjoins := p.pos > 0 && prev.end == t.start
	switch {
	case isOp(prev, ",") && t.reserved && strings.HasSuffix(what, "a name") && p.pos+1 < len(p.toks) && (isOp(p.toks[p.pos+1], ")") || isOp(p.toks[p.pos+1], ",")):
		return t.word + " is a reserved word; as a name it is written in backticks: `" + p.text(t) + "`"
	case what == "expected the end of the statement" && (t.word == "ORDER" || t.word == "GROUP") && t.kind == tWord:
		return "write " + t.word + " BY"
	case isOp(prev, ",") && t.reserved && strings.HasSuffix(what, "a table") && !slices.Contains(afterFrom, t.word):
		return t.word + " is a reserved word; as a name it is written in backticks: `" + p.text(t) + "`"
	case isOp(prev, ",") && (t.kind == tEOF || isOp(t, ")") || isOp(t, ";") || t.reserved):
		before := ""
		if p.pos > 1 {
			if b := p.toks[p.pos-2]; b.kind == tWord || b.kind == tQuoted || b.kind == tNumber {
				before = " after " + p.text(b)
			}
		}
		return "remove the comma" + before
	case isOp(t, "["):
		return "write ARRAY[…] for an array"
	case isOp(t, "/*+"):
		return "hints stand after SELECT, or after the name of a table; write /* + for a comment"
	case t.kind == tWord && (t.word == "PIVOT" || t.word == "UNPIVOT"):
		return "Flink SQL has no " + t.word + "; write SUM(x) FILTER (WHERE k = …) for each column, or UNNEST for rows"
	case what == "expected an expression" && t.word == "FROM" && prev.word == "SELECT":
		return "name the columns, or write * for all of them"
	case t.kind == tWord && t.reserved && (strings.HasSuffix(what, "a name") || strings.HasSuffix(what, "a table")):
		return t.word + " is a reserved word; as a name it is written in backticks: `" + p.text(t) + "`"
	case isOp(t, "-") && prev.kind == tWord && (prev.word == "LIMIT" || prev.word == "OFFSET"):
		return "a row count is not negative"
	case isOp(t, ".") && prev.kind == tNumber, t.kind == tNumber && prev.kind == tNumber && adjoins:
		return "a number has one point"
	case t.kind == tWord && prev.kind == tNumber && adjoins:
		return "a name that begins with a digit is written in backticks"
	case what == "expected the end of the statement" && prev.kind == tWord && !prev.reserved:
		if strings.EqualFold(p.text(prev), "MINUS") && t.word == "SELECT" {
			return "write EXCEPT"
		}
		// SELECT a FORM t: the misspelt word was taken for an alias.
		if near := diag.Nearest(p.text(prev), clauses); near != "" {
			return "is " + p.text(prev) + " meant to be " + near + "?"
		}
		if t.kind == tWord && !t.reserved || t.kind == tQuoted {
			return "is a comma missing before " + p.text(t) + "?"
		}
	}
	return ""
}

// afterFrom are the words that may follow the tables of FROM.
var afterFrom = strings.Fields("WHERE GROUP HAVING ORDER LIMIT UNION WINDOW QUALIFY INTERSECT EXCEPT OFFSET FETCH ON USING FROM SELECT")

// clauses are the words that go on with a query.
var clauses = strings.Fields("FROM WHERE GROUP HAVING ORDER LIMIT JOIN UNION WINDOW QUALIFY INTERSECT EXCEPT OFFSET FETCH")

// Names.

// ident takes an identifier: quoted, or any word that isn't reserved.
func (p *parser) ident() ast.Ident {
	if id, ok := p.tryIdent(); ok {
		return id
	}
	p.fail("expected a name")
	return ast.Ident{}
}

func (p *parser) tryIdent() (ast.Ident, bool) {
	t := *p.tok()
	switch {
	case t.kind == tWord && !t.reserved:
		p.pos++
		return ast.Ident{At: p.at(t), Name: p.text(t)}, true
	case t.kind == tQuoted:
		p.pos++
		return ast.Ident{At: p.at(t), Name: p.unquoteName(t), Quoted: true}, true
	}
	return ast.Ident{}, false
}

func (p *parser) unquoteName(t token) string {
	name := strings.ReplaceAll(p.script[t.start+1:t.end-1], "``", "`")
	if name == "" {
		p.failAt(t.span(), "this name is empty", "")
	}
	return name
}

// name takes a compound identifier.
func (p *parser) name() *ast.Name {
	start := p.pos
	n := &ast.Name{Parts: []ast.Ident{p.ident()}}
	for p.peekOp(".") {
		p.pos++
		n.Parts = append(n.Parts, p.ident())
	}
	n.At = p.since(start)
	return n
}

// path takes the name of a catalog object: at most catalog.database.object.
func (p *parser) path() *ast.Name { return p.name() }

// identList takes (a, b, …).
func (p *parser) identList() []ast.Ident {
	open := p.pos
	p.expectOp("(")
	l := list(p, p.ident)
	p.closeParen(open)
	return l
}

// tryIdentList takes (a, b, …) if a parenthesis comes next.
func (p *parser) tryIdentList() []ast.Ident {
	if p.peekOp("(") {
		return p.identList()
	}
	return nil
}

// number takes an unsigned number.
func (p *parser) number() *ast.NumberLit {
	t := *p.tok()
	if t.kind != tNumber {
		p.fail("expected a number")
	}
	p.pos++
	text := p.text(t)
	return &ast.NumberLit{At: p.at(t), Text: text, Approx: strings.ContainsAny(text, "eE")}
}

// integer takes an unsigned integer of at most limit.
func (p *parser) integer(limit int) int {
	t := *p.tok()
	n := p.number()
	v := 0
	for _, c := range n.Text {
		if c < '0' || c > '9' {
			p.failAt(t.span(), "expected a whole number, not "+n.Text, "")
		}
		if v = v*10 + int(c-'0'); v > limit {
			p.failAt(t.span(), fmt.Sprintf("%s is too large: at most %d fits here", n.Text, limit), "")
		}
	}
	return v
}

// list takes one or more items separated by commas.
func list[T any](p *parser, item func() T) []T {
	l := []T{item()}
	for p.acceptOp(",") {
		l = append(l, item())
	}
	p.listEnd = p.pos
	return l
}

// parens takes an opening parenthesis, what inside takes, and the closing one.
func (p *parser) parens(inside func()) {
	open := p.pos
	p.expectOp("(")
	inside()
	p.closeParen(open)
}
