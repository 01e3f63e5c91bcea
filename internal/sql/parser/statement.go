package parser

import (
	"strconv"
	"strings"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/sql/ast"
)

func itoa(n int) string { return strconv.Itoa(n) }

// statements maps the first word of a statement to what parses it.
var statements map[string]func(*parser, int) ast.Statement

// verbs are the keys of statements, for suggestions.
var verbs []string

func init() { // not a literal: EXPLAIN comes back here
	statements = map[string]func(*parser, int) ast.Statement{
		"SELECT": (*parser).queryStatement, "WITH": (*parser).queryStatement, "VALUES": (*parser).queryStatement,
		"TABLE":  (*parser).queryStatement,
		"CREATE": (*parser).create, "REPLACE": (*parser).create, "DROP": (*parser).drop, "ALTER": (*parser).alter,
		"INSERT": (*parser).insertStatement, "UPSERT": (*parser).insertStatement, "UPDATE": (*parser).update,
		"DELETE": (*parser).delete_, "MERGE": (*parser).merge, "TRUNCATE": (*parser).truncate, "CALL": (*parser).call_,
		"EXECUTE": (*parser).execute, "STATEMENT": (*parser).statementSet, "BEGIN": (*parser).statementSet,
		"EXPLAIN": (*parser).explain, "COMPILE": (*parser).compilePlan,
		"DESCRIBE": (*parser).describe_, "DESC": (*parser).describe_, "ANALYZE": (*parser).analyze, "SHOW": (*parser).show,
		"USE": (*parser).use, "SET": (*parser).set, "RESET": (*parser).reset, "LOAD": (*parser).load,
		"UNLOAD": (*parser).unload, "ADD": (*parser).jar, "REMOVE": (*parser).jar, "STOP": (*parser).stopJob,
		"HELP": (*parser).command, "QUIT": (*parser).command, "EXIT": (*parser).command, "CLEAR": (*parser).command,
	}
	for v := range statements {
		verbs = append(verbs, v)
	}
}

// statement takes one statement without its semicolon.
func (p *parser) statement() ast.Statement {
	p.enter()
	defer p.leave()
	start := p.pos
	if p.peekOp("(") {
		return p.queryStatement(start)
	}
	t := *p.tok()
	if parse := statements[t.word]; t.kind == tWord && parse != nil {
		return parse(p, start)
	}
	if t.kind == tWord {
		p.unknownStatement(t)
	}
	if t.kind == tEOF || p.peekOp(";") {
		p.failAt(t.span(), "there is no statement here", "")
	}
	p.fail("expected a statement")
	return nil
}

func (p *parser) unknownStatement(t token) {
	text := p.text(t)
	e := &diag.Error{Code: codeSyntax, Stage: diag.StageParse, Span: t.span(), Message: "no statement begins with " + text}
	switch near := diag.Nearest(text, verbs); {
	case near != "":
		e.Help = "did you mean " + near + "?"
	case t.word == "END":
		e.Message = "END without a STATEMENT SET"
		e.Help = "begin the set with EXECUTE STATEMENT SET BEGIN"
	case t.word == "FROM":
		e.Help = "begin with SELECT"
	case t.word == "GRANT" || t.word == "REVOKE":
		e.Help = "Flink SQL has no users and rights"
	}
	p.bail(e)
}

func (p *parser) queryStatement(start int) ast.Statement {
	q := &ast.QueryStatement{Query: p.query()}
	q.At = p.since(start)
	return q
}

// execute takes EXECUTE and an insert, a statement set, a plan or a query.
func (p *parser) execute(start int) ast.Statement {
	p.pos++
	switch {
	case p.isAny("INSERT", "UPSERT"):
		i := p.insert()
		i.Execute = true
		i.At = p.since(start)
		return i
	case p.is("STATEMENT"):
		return p.statementSet(start)
	case p.accept("PLAN"):
		e := &ast.ExecutePlan{File: p.str()}
		e.At = p.since(start)
		return e
	case p.startsQuery() || p.peekOp("("):
		q := &ast.QueryStatement{Execute: true, Query: p.query()}
		q.At = p.since(start)
		return q
	}
	p.fail("expected INSERT, STATEMENT SET, PLAN or a query")
	return nil
}

// statementSet takes STATEMENT SET BEGIN … END, or BEGIN STATEMENT SET; … END.
// EXECUTE, if there is one, has been taken.
func (p *parser) statementSet(start int) ast.Statement {
	s := &ast.StatementSet{Execute: p.pos > start, Client: p.is("BEGIN")}
	open := p.pos
	if s.Client {
		p.expect("BEGIN", "STATEMENT", "SET")
		if p.tok().kind != tEOF {
			p.expectOp(";")
		}
	} else {
		p.expect("STATEMENT", "SET", "BEGIN")
	}
	for p.isAny("INSERT", "EXECUTE", "UPSERT") {
		p.accept("EXECUTE")
		s.Inserts = append(s.Inserts, p.insert())
		if p.tok().kind != tEOF { // at the end it is END that is missing
			p.expectOp(";")
		}
	}
	if !p.accept("END") {
		e := p.failure("expected INSERT or END")
		e.Labels = []diag.Label{{Span: p.toks[open].span(), Text: "the set begins here"}}
		if e.Help == "" && p.tok().kind == tEOF {
			e.Help = "close the statement set with END;"
		} else if e.Help == "" {
			e.Help = "a statement set holds INSERT statements only"
		}
		p.bail(e)
	}
	if len(s.Inserts) == 0 {
		p.failAt(p.since(open).Span, "this statement set is empty", "put at least one INSERT into it")
	}
	s.At = p.since(start)
	return s
}

func (p *parser) insertStatement(int) ast.Statement { return p.insert() }

func (p *parser) insert() *ast.Insert {
	start := p.pos
	i := &ast.Insert{}
	switch {
	case p.accept("UPSERT"):
		i.Upsert = true
		p.expect("INTO")
	default:
		p.expect("INSERT")
		if i.Overwrite = p.accept("OVERWRITE"); !i.Overwrite {
			if !p.accept("INTO") {
				p.fail("expected INTO or OVERWRITE")
			}
		}
	}
	i.Target = p.path()
	i.Hints = p.hints()
	if p.accept("PARTITION") {
		i.Partition = p.partitionValues()
	}
	// A parenthesis begins a column list unless a query comes right after it.
	if p.peekOp("(") && !p.startsParenQuery() {
		p.parens(func() { i.Columns = list(p, p.name) })
	}
	if !p.startsQuery() && !p.peekOp("(") {
		p.fail("expected a query or VALUES")
	}
	i.Query = p.query()
	if p.accept("ON", "CONFLICT") {
		p.expect("DO")
		if !p.isAny("ERROR", "NOTHING", "DEDUPLICATE") {
			p.fail("expected ERROR, NOTHING or DEDUPLICATE")
		}
		i.OnConflict = p.next().word
	}
	i.At = p.since(start)
	return i
}

// partitionValues takes (k = v, k, …).
func (p *parser) partitionValues() (l []*ast.PartitionValue) {
	p.parens(func() {
		l = list(p, func() *ast.PartitionValue {
			start := p.pos
			v := &ast.PartitionValue{Key: p.ident()}
			if p.acceptOp("=") {
				v.Value = p.expr()
			}
			v.At = p.since(start)
			return v
		})
	})
	return l
}

func (p *parser) update(start int) ast.Statement {
	p.pos++
	u := &ast.Update{Target: p.path(), Hints: p.hints()}
	if !p.is("SET") {
		u.Alias = p.alias()
	}
	p.expect("SET")
	u.Set = list(p, p.assignment)
	if p.accept("WHERE") {
		u.Where = p.expr()
	}
	u.At = p.since(start)
	return u
}

func (p *parser) assignment() *ast.Assignment {
	start := p.pos
	a := &ast.Assignment{Column: p.name()}
	p.expectOp("=")
	a.Value = p.expr()
	a.At = p.since(start)
	return a
}

func (p *parser) delete_(start int) ast.Statement {
	p.expect("DELETE", "FROM")
	d := &ast.Delete{Target: p.path(), Hints: p.hints()}
	d.Alias = p.alias()
	if p.accept("WHERE") {
		d.Where = p.expr()
	}
	d.At = p.since(start)
	return d
}

func (p *parser) merge(start int) ast.Statement {
	p.expect("MERGE", "INTO")
	m := &ast.Merge{Target: p.path()}
	m.Alias = p.alias()
	p.expect("USING")
	m.Source = p.table()
	p.expect("ON")
	m.On = p.expr()
	if p.accept("WHEN", "MATCHED", "THEN") {
		p.expect("UPDATE", "SET")
		m.Update = list(p, p.assignment)
	}
	if p.accept("WHEN", "NOT", "MATCHED", "THEN") {
		p.expect("INSERT")
		if p.peekOp("(") {
			p.parens(func() { m.Columns = list(p, p.name) })
		}
		p.expect("VALUES")
		p.parens(func() { m.Values = list(p, p.expr) })
	}
	if m.Update == nil && m.Values == nil {
		p.fail("expected WHEN MATCHED or WHEN NOT MATCHED")
	}
	m.At = p.since(start)
	return m
}

func (p *parser) truncate(start int) ast.Statement {
	p.expect("TRUNCATE", "TABLE")
	t := &ast.Truncate{Path: p.path()}
	t.At = p.since(start)
	return t
}

func (p *parser) call_(start int) ast.Statement {
	p.pos++
	from := p.pos
	c := &ast.CallStatement{Call: p.callRest(p.name(), from)}
	c.At = p.since(start)
	return c
}

var explainDetails = []string{"ESTIMATED_COST", "CHANGELOG_MODE", "JSON_EXECUTION_PLAN", "PLAN_ADVICE"}

func (p *parser) explain(start int) ast.Statement {
	p.pos++
	e := &ast.Explain{}
	switch {
	case p.accept("PLAN", "FOR"):
	case p.isAny(explainDetails...):
		e.Details = list(p, func() string {
			if !p.isAny(explainDetails...) {
				p.fail("expected one of " + strings.Join(explainDetails, ", "))
			}
			return p.next().word
		})
	}
	switch {
	case p.isAny("INSERT", "UPSERT", "EXECUTE", "STATEMENT", "CREATE", "REPLACE", "UPDATE", "DELETE") || p.startsQuery() || p.peekOp("("):
		e.Statement = p.statement()
	default:
		p.fail("expected a query, INSERT or STATEMENT SET")
	}
	e.At = p.since(start)
	return e
}

func (p *parser) compilePlan(start int) ast.Statement {
	p.pos++
	c := &ast.CompilePlan{Execute: p.accept("AND", "EXECUTE")}
	p.expect("PLAN")
	c.File = p.str()
	c.IfNotExists = p.accept("IF", "NOT", "EXISTS")
	p.expect("FOR")
	if !p.isAny("INSERT", "STATEMENT") {
		p.fail("expected INSERT or STATEMENT SET")
	}
	c.Statement = p.statement()
	c.At = p.since(start)
	return c
}

// describe_ takes DESCRIBE [kind] [EXTENDED] path, or DESCRIBE JOB 'id'.
func (p *parser) describe_(start int) ast.Statement {
	p.pos++
	d := &ast.Describe{Kind: ast.ObjectTable}
	// CATALOG, DATABASE and the like are no reserved words: DESCRIBE catalog names a table.
	if follows := p.peekTok(1); follows.kind == tWord && (!follows.reserved || follows.word == "EXTENDED" || p.is("FUNCTION")) || follows.kind == tQuoted || follows.kind == tString {
		switch {
		case p.is("JOB") && follows.kind == tString:
			p.pos++
			d.Kind, d.Job = ast.ObjectJob, p.str()
			d.At = p.since(start)
			return d
		case p.isAny("CATALOG", "DATABASE", "FUNCTION", "MODEL", "CONNECTION"):
			d.Kind = ast.ObjectKind(p.next().word)
		}
	}
	d.Extended = p.accept("EXTENDED")
	if t := p.peekTok(0); d.Kind == ast.ObjectFunction && t.kind == tWord && t.reserved {
		// Many functions have reserved words for names.
		p.pos++
		d.Path = &ast.Name{At: p.at(*t), Parts: []ast.Ident{{At: p.at(*t), Name: p.text(*t), Quoted: true}}}
	} else {
		d.Path = p.path()
	}
	d.At = p.since(start)
	return d
}

func (p *parser) analyze(start int) ast.Statement {
	p.expect("ANALYZE", "TABLE")
	a := &ast.Analyze{Path: p.path()}
	if p.accept("PARTITION") {
		a.Partition = p.partitionValues()
	}
	p.expect("COMPUTE", "STATISTICS")
	if p.accept("FOR") {
		if p.accept("ALL", "COLUMNS") {
			a.AllColumns = true
		} else {
			p.expect("COLUMNS")
			a.Columns = list(p, p.ident)
		}
	}
	a.At = p.since(start)
	return a
}

// showKinds are the lists that SHOW can make.
var showKinds = []ast.ShowKind{
	ast.ShowCatalogs, ast.ShowCurrentCatalog, ast.ShowDatabases, ast.ShowCurrentDatabase, ast.ShowTables, ast.ShowViews,
	ast.ShowMaterializedTables, ast.ShowColumns, ast.ShowPartitions, ast.ShowFunctions, ast.ShowUserFunctions,
	ast.ShowProcedures, ast.ShowModels, ast.ShowModules, ast.ShowFullModules, ast.ShowJars, ast.ShowJobs, ast.ShowConnections,
}

func (p *parser) show(start int) ast.Statement {
	p.pos++
	if p.is("CREATE") {
		return p.showCreate(start)
	}
	s := &ast.Show{}
	for _, k := range showKinds {
		if p.accept(strings.Fields(string(k))...) {
			s.Kind = k
			break
		}
	}
	switch s.Kind {
	case "":
		e := p.failure("expected what to show")
		if near := diag.Nearest(p.text(*p.tok()), showWords); near != "" {
			e.Help = "did you mean SHOW " + near + "?"
		} else {
			e.Help = "for example SHOW TABLES; also " + strings.Join(showWords, ", ")
		}
		p.bail(e)
	case ast.ShowCurrentCatalog, ast.ShowCurrentDatabase, ast.ShowModules, ast.ShowFullModules, ast.ShowJars, ast.ShowJobs:
		s.At = p.since(start)
		return s
	case ast.ShowPartitions:
		s.From = p.path()
		if p.accept("PARTITION") {
			s.Partition = p.partitionValues()
		}
		s.At = p.since(start)
		return s
	case ast.ShowColumns:
		if !p.isAny("FROM", "IN") {
			p.fail("expected FROM and a table")
		}
	}
	if p.isAny("FROM", "IN") && s.Kind != ast.ShowCatalogs {
		s.Prep = p.next().word
		s.From = p.path()
	}
	s.Not = p.is("NOT")
	if s.Not {
		p.pos++
	}
	switch {
	case p.isAny("LIKE", "ILIKE"):
		s.LikeKind = ast.LikeKind(p.next().word)
		s.Pattern = p.str()
	case s.Not:
		p.fail("expected LIKE")
	}
	s.At = p.since(start)
	return s
}

var showWords = func() (l []string) {
	for _, k := range showKinds {
		l = append(l, string(k))
	}
	return append(l, "CREATE TABLE", "CREATE VIEW")
}()

func (p *parser) showCreate(start int) ast.Statement {
	p.pos++
	s := &ast.ShowCreate{OrAlter: p.accept("OR", "ALTER")}
	s.Kind = p.objectKind("TABLE", "VIEW", "CATALOG", "MODEL", "MATERIALIZED", "CONNECTION")
	s.Path = p.path()
	s.At = p.since(start)
	return s
}

// objectKind takes the word of a kind of object.
func (p *parser) objectKind(words ...string) ast.ObjectKind {
	if !p.isAny(words...) {
		e := p.failure("expected one of " + strings.Join(words, ", "))
		if near := diag.Nearest(p.text(*p.tok()), words); near != "" && e.Code == codeSyntax {
			e.Help = "did you mean " + near + "?"
		}
		p.bail(e)
	}
	w := p.next().word
	if w == "MATERIALIZED" {
		p.expect("TABLE")
		return ast.ObjectMaterializedTable
	}
	return ast.ObjectKind(w)
}

func (p *parser) use(start int) ast.Statement {
	p.pos++
	if p.accept("MODULES") {
		u := &ast.UseModules{Names: list(p, p.ident)}
		u.At = p.since(start)
		return u
	}
	u := &ast.Use{}
	if next := p.peekTok(1); p.is("CATALOG") && (next.kind == tWord || next.kind == tQuoted) {
		p.pos++
		u.Catalog = true
	}
	u.Path = p.path()
	u.At = p.since(start)
	return u
}

// set takes SET, SET 'key' = 'value', or the client's SET key = value.
func (p *parser) set(start int) ast.Statement {
	p.pos++
	s := &ast.Set{}
	if t := p.tok(); t.kind != tEOF && !p.peekOp(";") {
		quoted := p.tok().kind == tString
		s.Key = p.confKey()
		p.expectOp("=")
		if quoted || p.tok().kind == tString {
			s.Value = p.str()
		} else {
			s.Value = p.rawText("expected a value")
		}
	}
	s.At = p.since(start)
	return s
}

func (p *parser) reset(start int) ast.Statement {
	p.pos++
	r := &ast.Reset{}
	if t := p.tok(); t.kind != tEOF && !p.peekOp(";") {
		r.Key = p.confKey()
	}
	r.At = p.since(start)
	return r
}

// confKey takes a configuration key: a string, or bare up to = or the end.
func (p *parser) confKey() *ast.StringLit {
	if p.tok().kind == tString {
		return p.str()
	}
	return p.rawText("expected a key in single quotes")
}

// rawText takes tokens that touch each other as one text: a.b-c or 10s.
func (p *parser) rawText(what string) *ast.StringLit {
	first := *p.tok()
	end := first
	for n := 0; ; n++ {
		t := *p.tok()
		if t.kind == tEOF || t.kind == tOp && (t.word == ";" || t.word == "=") || n > 0 && t.start != end.end {
			if n == 0 {
				p.fail(what)
			}
			break
		}
		end = p.next()
	}
	span := first.span().To(end.span())
	return &ast.StringLit{At: ast.At{Span: span}, Value: p.script[span.Start:span.End]}
}

func (p *parser) load(start int) ast.Statement {
	p.expect("LOAD", "MODULE")
	l := &ast.LoadModule{Name: p.ident()}
	l.Options = p.with_()
	l.At = p.since(start)
	return l
}

func (p *parser) unload(start int) ast.Statement {
	p.expect("UNLOAD", "MODULE")
	l := &ast.UnloadModule{Name: p.ident()}
	l.At = p.since(start)
	return l
}

func (p *parser) jar(start int) ast.Statement {
	j := &ast.Jar{Remove: p.next().word == "REMOVE"}
	p.expect("JAR")
	j.URI = p.str()
	j.At = p.since(start)
	return j
}

func (p *parser) stopJob(start int) ast.Statement {
	p.expect("STOP", "JOB")
	s := &ast.StopJob{ID: p.str()}
	s.Savepoint = p.accept("WITH", "SAVEPOINT")
	s.Drain = p.accept("WITH", "DRAIN")
	s.At = p.since(start)
	return s
}

func (p *parser) command(start int) ast.Statement {
	c := &ast.Command{Word: p.next().word}
	c.At = p.since(start)
	return c
}
