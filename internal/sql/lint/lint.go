package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flott/flott/catalog"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/physical"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// Statement is what is looked at.
type Statement struct {
	Syntax   ast.Statement
	Roots    []plan.Node // bound
	Physical *physical.Plan
	Batch    bool
	// Views are the views of the script so far.
	Views []*ast.CreateView
	// Script is the text that the places refer to; objects of other texts are
	// not pointed at.
	Script string
}

// Check returns the findings of a statement in text order.
func Check(s Statement) []*diag.Error {
	c := &checker{Statement: s, joins: map[diag.Span]ast.JoinKind{}, seen: map[*physical.Node]bool{}}
	note := func(n ast.Node) bool {
		if j, ok := n.(*ast.Join); ok {
			c.joins[j.KindAt.Span] = j.Kind
		}
		return true
	}
	ast.Walk(s.Syntax, note)
	for _, v := range s.Views {
		ast.Walk(v, note)
	}
	for _, r := range s.Physical.Roots {
		c.operator(r)
	}
	if !s.Batch {
		for _, r := range s.Roots {
			c.scans(r)
		}
	}
	c.syntax()
	slices.SortStableFunc(c.found, func(a, b *diag.Error) int { return a.Span.Start - b.Span.Start })
	return c.found
}

type checker struct {
	Statement
	joins map[diag.Span]ast.JoinKind
	seen  map[*physical.Node]bool
	// grows is set when some operator keeps state for ever.
	grows bool
	found []*diag.Error
}

// warn adds a finding, once.
func (c *checker) warn(code string, at diag.Span, help, format string, args ...any) *diag.Error {
	e := &diag.Error{Code: code, Stage: diag.StagePlan, Warning: true, Span: at, Help: help, Message: fmt.Sprintf(format, args...)}
	for _, f := range c.found {
		if f.Code == e.Code && f.Span == e.Span && f.Message == e.Message {
			return f
		}
	}
	c.found = append(c.found, e)
	return e
}

func (c *checker) operator(n *physical.Node) {
	if c.seen[n] {
		return
	}
	c.seen[n] = true
	for _, in := range n.Inputs {
		c.operator(in.Node)
	}
	c.state(n)
	c.cross(n)
	c.keys(n)
}

// state finds operators that keep something for as long as the job runs.
func (c *checker) state(n *physical.Node) {
	what, unbounded := n.State()
	if !unbounded || c.Batch || ends(n) {
		return
	}
	help := "SET 'table.exec.state.ttl' = '1 d' forgets what has not changed for a day"
	what = strings.TrimSuffix(what, ", without bound")
	switch s := n.Spec.(type) {
	case spec.GroupAgg:
		if len(s.Keys) == 0 && !slices.ContainsFunc(s.Aggs, func(a spec.AggCall) bool { return a.Distinct }) && !s.InputRetracts {
			return // one row
		}
		help += ", or group by a window as well: TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' HOUR)"
	case spec.Join:
		help += ", or bound the join by time: a.ts BETWEEN b.ts - INTERVAL '1' HOUR AND b.ts"
	}
	c.grows = true
	c.warn("unbounded-state", n.Span, help, "%s keeps %s for ever", nounOf(n), what)
}

// ends reports whether all that n reads is known to end.
func ends(n *physical.Node) bool {
	if s, ok := n.Spec.(spec.Source); ok {
		return bounded(s.Connector, s.Options)
	}
	for _, in := range n.Inputs {
		if !ends(in.Node) {
			return false
		}
	}
	return true
}

// nounOf is the word for an operator in a message.
func nounOf(n *physical.Node) string {
	switch n.Spec.(type) {
	case spec.GroupAgg:
		return "this aggregation"
	case spec.Join:
		return "this join"
	case spec.Rank, spec.First:
		return "this ranking"
	case spec.Over:
		return "this window function"
	case spec.ChangelogNormalize:
		return "reading this table"
	}
	return "this " + strings.ToLower(n.Name)
}

// cross finds joins without a column of the one side that equals one of the other.
func (c *checker) cross(n *physical.Node) {
	j, ok := n.Spec.(spec.Join)
	if !ok || len(j.LeftKeys) > 0 || c.joins[n.Span] == ast.JoinCross || c.joins[n.Span] == "" {
		return
	}
	for _, in := range n.Inputs {
		if oneRow(in.Node) {
			return
		}
	}
	message := "this join pairs every row of the one side with every row of the other, and then compares them"
	help := "compare a column of the one side with one of the other by ="
	if j.Condition == nil {
		message = "this is a cross join: every row of the one side with every row of the other"
		help = "add a condition to ON or WHERE, or write CROSS JOIN if it is meant"
	}
	c.warn("cross-join", n.Span, help, "%s", message)
}

// oneRow reports whether a node puts out a single row.
func oneRow(n *physical.Node) bool {
	switch s := n.Spec.(type) {
	case spec.GroupAgg:
		return len(s.Keys) == 0
	case spec.Values:
		return len(s.Rows) == 1
	case spec.Calc:
		return oneRow(n.Inputs[0].Node)
	case spec.Limit:
		return s.Limit == 1
	}
	return false
}

// keys finds keys that are computed by functions with another result each time.
func (c *checker) keys(n *physical.Node) {
	check := func(input int, columns []int, what string) {
		for _, k := range columns {
			if f := c.volatile(n.Inputs[input].Node, k); f != "" {
				c.warn("nondeterministic-key", n.Span, "compute it once where the rows come from, and store it",
					"%s is computed by %s, which gives something else each time", what, f)
			}
		}
	}
	switch s := n.Spec.(type) {
	case spec.GroupAgg:
		check(0, s.Keys, "a key of this aggregation")
	case spec.Join:
		check(0, s.LeftKeys, "a key of this join")
		check(1, s.RightKeys, "a key of this join")
	case spec.Rank:
		check(0, s.Keys, "a key of this ranking")
	case spec.Sink:
		var at []int
		for _, key := range s.PrimaryKey {
			if i := slices.IndexFunc(n.Out, func(f plan.Field) bool { return f.Name == key }); i >= 0 {
				at = append(at, i)
			}
		}
		check(0, at, "the primary key of "+s.Table[strings.LastIndexByte(s.Table, '.')+1:])
	}
}

// volatile returns the function that makes a column different each time, or "".
func (c *checker) volatile(n *physical.Node, column int) string {
	for n != nil {
		calc, ok := n.Spec.(spec.Calc)
		if !ok {
			return ""
		}
		e := calc.Project[column]
		if e.Column == nil {
			found := ""
			plan.Walk(e, func(x spec.Expr) {
				if d := function.Find(x.Call); x.Call != "" && d != nil && (d.Nondeterministic || d.Dynamic && !c.Batch) {
					found = x.Call
				}
			})
			return found
		}
		column, n = *e.Column, n.Inputs[0].Node
	}
	return ""
}

// scans finds tables that have a time, but no watermark on it, in statements that
// keep state for ever: a watermark is what could bound it.
func (c *checker) scans(n plan.Node) {
	for _, in := range n.Inputs() {
		c.scans(in)
	}
	s, ok := n.(*plan.Scan)
	if !ok || !c.grows || s.Table.Watermark != nil || bounded(s.Options["connector"], s.Options) {
		return
	}
	for _, col := range s.Table.Columns {
		if !col.Type.IsTimestamp() || col.Type.Precision > 3 || col.Type.Attr == types.Proctime {
			continue
		}
		e := c.warn("missing-watermark", s.Span, fmt.Sprintf("in CREATE TABLE %s add: WATERMARK FOR %s AS %s - INTERVAL '5' SECOND", s.Table.Path.Name, col.Name, col.Name),
			"table %q has the time %q, but no watermark: nothing that uses it can be forgotten", s.Table.Path.Name, col.Name)
		if s.Table.Script == c.Script && !s.Table.NameSpan.IsZero() {
			e.Labels = []diag.Label{{Span: s.Table.NameSpan, Text: "declared here"}}
		}
		return
	}
}

// bounded reports whether a table is known to end, so that what is kept of it is
// bounded too.
func bounded(connector string, options map[string]string) bool {
	switch connector {
	case "datagen":
		return options["number-of-rows"] != ""
	case "filesystem":
		return options["source.monitor-interval"] == ""
	case "kafka", "upsert-kafka":
		return options["scan.bounded.mode"] != "" && options["scan.bounded.mode"] != "unbounded"
	}
	return false
}

// syntax finds what can be seen without a plan.
func (c *checker) syntax() {
	inserts := []*ast.Insert{}
	switch s := c.Syntax.(type) {
	case *ast.Insert:
		inserts = append(inserts, s)
	case *ast.StatementSet:
		inserts = s.Inserts
	}
	for _, in := range inserts {
		sel, ok := in.Query.Body.(*ast.Select)
		if !ok {
			continue
		}
		for _, it := range sel.Items {
			if st, ok := it.X.(*ast.Star); ok {
				c.warn("star-insert", st.Span, "name the columns", "INSERT with * breaks, or writes the wrong columns, when the table that is read changes")
			}
		}
	}
	if !c.Batch {
		return
	}
	ast.Walk(c.Syntax, func(n ast.Node) bool {
		if q, ok := n.(*ast.Query); ok && q.Limit != nil && len(q.OrderBy) == 0 {
			c.warn("limit-without-order", q.Limit.Pos(), "add ORDER BY", "without ORDER BY it is left to chance which rows these are")
		}
		return true
	})
}

// Usage tells which tables and views of a script nobody uses.
type Usage struct {
	declared []declaration
	used     map[catalog.Path]bool
}

type declaration struct {
	path catalog.Path
	kind string
	at   diag.Span
}

// See notes what a statement declares and uses; resolve completes a name.
func (u *Usage) See(st ast.Statement, resolve func(parts []string) catalog.Path) {
	if u.used == nil {
		u.used = map[catalog.Path]bool{}
	}
	use := func(n *ast.Name) { u.used[resolve(n.Strings())] = true }
	switch s := st.(type) {
	case *ast.CreateTable:
		if s.Query == nil {
			u.declared = append(u.declared, declaration{resolve(s.Path.Strings()), "table", s.Path.Span})
		}
		if s.Like != nil {
			use(s.Like.Source)
		}
	case *ast.CreateView:
		u.declared = append(u.declared, declaration{resolve(s.Path.Strings()), "view", s.Path.Span})
	case *ast.Insert:
		use(s.Target)
	case *ast.StatementSet:
		for _, in := range s.Inserts {
			use(in.Target)
		}
	}
	ast.Walk(st, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TableName:
			use(n.Path)
		case *ast.TableQuery:
			use(n.Path)
		}
		return true
	})
}

// Unused returns a finding for each table and view that no statement uses. A
// script that only declares things is there for others to use.
func (u *Usage) Unused() []*diag.Error {
	var out []*diag.Error
	any := false
	for _, d := range u.declared {
		if u.used[d.path] {
			any = true
			continue
		}
		out = append(out, &diag.Error{Code: "unused-table", Stage: diag.StagePlan, Warning: true, Span: d.at,
			Message: fmt.Sprintf("%s %q is not used", d.kind, d.path.Name), Help: "remove it"})
	}
	if !any {
		return nil
	}
	return out
}
