package bind

import (
	"errors"
	"strings"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// env is what an expression may use.
type env struct {
	scope  *scope
	clause string     // for messages: WHERE, GROUP BY, …
	aggs   *aggBlock  // nil: no aggregates here
	overs  *overBlock // nil: no window functions here
	match  *matchEnv  // inside MATCH_RECOGNIZE
}

// inner returns the environment of an aggregate's arguments.
func (v *env) inner(clause string) *env {
	return &env{scope: v.scope, clause: clause, match: v.match}
}

// expr binds an expression.
func (b *Binder) expr(e ast.Expr, v *env) spec.Expr {
	b.depth++
	b.inside++
	defer func() { b.depth--; b.inside-- }()
	if b.depth > maxDepth*5 {
		b.fail(e.Pos(), "too-deep", "the expression nests too deeply")
		return poison()
	}
	switch e := e.(type) {
	case *ast.Name:
		if v.match != nil {
			return b.matchColumn(e, v)
		}
		if len(e.Parts) == 1 && strings.EqualFold(e.Parts[0].Name, "PI") && len(v.scope.columnsNamed(e.Parts[0].Name)) == 0 {
			return b.call("PI", nil, nil, e) // the one function that needs no parentheses
		}
		return b.column(e, v.scope)
	case *ast.NumberLit:
		return b.number(e, false)
	case *ast.StringLit:
		return stringLit(e.Value)
	case *ast.BinaryLit:
		return b.binary(e)
	case *ast.BoolLit:
		return b.boolean(e)
	case *ast.NullLit:
		return spec.NullOf(types.TNull)
	case *ast.DateTimeLit:
		return b.dateTime(e)
	case *ast.IntervalLit:
		return b.interval(e)
	case *ast.IntervalExpr:
		return b.intervalExpr(e, v)
	case *ast.DateDiff:
		return b.dateDiff(e, v)
	case *ast.Unit:
		return symbol(string(e.Unit))
	case *ast.Unary:
		return b.unary(e, v)
	case *ast.Binary:
		return b.infix(e, v)
	case *ast.Is:
		name := "IS "
		if e.Not {
			name += "NOT "
		}
		test := string(e.Test)
		if e.Test == ast.IsJSON {
			test = string(ast.IsJSONValue)
		}
		return b.callOn(name+test, v, e, e.X)
	case *ast.Between:
		name := "BETWEEN"
		if e.Not {
			name = "NOT BETWEEN"
		}
		if e.Symmetric {
			name += " SYMMETRIC"
		}
		return b.callOn(name, v, e, e.X, e.Low, e.High)
	case *ast.In:
		if e.Query != nil {
			return b.inSubquery(e, v)
		}
		name := "IN"
		if e.Not {
			name = "NOT IN"
		}
		return b.callOn(name, v, e, append([]ast.Expr{e.X}, e.List...)...)
	case *ast.Like:
		return b.like(e, v)
	case *ast.Exists:
		return b.exists(e, v)
	case *ast.Subquery:
		return b.scalarSubquery(e, v)
	case *ast.Case:
		return b.caseExpr(e, v)
	case *ast.Cast:
		return b.cast(e, v)
	case *ast.Extract:
		x := b.expr(e.X, v)
		return b.call("EXTRACT", []spec.Expr{symbol(string(e.Unit.Unit)), x}, []ast.Node{&e.Unit, e.X}, e)
	case *ast.FloorTo:
		name := "FLOOR"
		if e.Ceil {
			name = "CEIL"
		}
		x := b.expr(e.X, v)
		return b.call(name, []spec.Expr{x, symbol(string(e.Unit.Unit))}, []ast.Node{e.X, &e.Unit}, e)
	case *ast.Trim:
		side := e.Side
		if side == "" {
			side = "BOTH"
		}
		chars := stringLit(" ")
		if e.Chars != nil {
			chars = b.expr(e.Chars, v)
		}
		return b.call("TRIM", []spec.Expr{symbol(side), chars, b.expr(e.X, v)}, []ast.Node{e, e, e.X}, e)
	case *ast.RowExpr:
		return b.callOn("ROW", v, e, e.Items...)
	case *ast.Collection:
		if e.Query != nil {
			b.notSupported(e.Span, string(e.Kind)+" of a query", "collect with ARRAY_AGG in a GROUP BY instead")
			return poison()
		}
		return b.callOn(string(e.Kind), v, e, e.Items...)
	case *ast.Index:
		return b.callOn("ITEM", v, e, e.X, e.I)
	case *ast.Field:
		x := b.expr(e.X, v)
		if bad(x) {
			return x
		}
		return b.field(x, e.Name)
	case *ast.Call:
		return b.function(e, v)
	case *ast.JSONValue, *ast.JSONQuery, *ast.JSONExists, *ast.JSONObject, *ast.JSONArray, *ast.JSONObjectAgg, *ast.JSONArrayAgg:
		return b.json(e, v)
	case *ast.Star:
		b.fail(e.Span, "star", "* cannot stand in an expression")
	case *ast.Param:
		b.notSupported(e.Span, "a parameter ?", "write the value")
	case *ast.Quantified:
		return b.quantified(e, v)
	case *ast.Unique:
		b.notSupported(e.Span, "UNIQUE (query)", "compare COUNT(*) with COUNT(DISTINCT …)")
	case *ast.MatchMode:
		return b.matchMode(e, v)
	case *ast.DefaultExpr:
		b.notSupported(e.Span, "DEFAULT", "write NULL, or leave the column out")
	case *ast.NamedArg:
		b.fail(e.Span, "wrong-arguments", "named arguments are for table functions")
	default:
		b.fail(e.Pos(), "not-supported", "this expression cannot stand here")
	}
	return poison()
}

func (b *Binder) exprs(es []ast.Expr, v *env) []spec.Expr {
	out := make([]spec.Expr, len(es))
	for i, e := range es {
		out[i] = b.expr(e, v)
	}
	return out
}

// callOn binds the arguments and calls a function.
func (b *Binder) callOn(name string, v *env, at ast.Node, args ...ast.Expr) spec.Expr {
	nodes := make([]ast.Node, len(args))
	for i, a := range args {
		nodes[i] = a
	}
	return b.call(name, b.exprs(args, v), nodes, at)
}

func (b *Binder) unary(e *ast.Unary, v *env) spec.Expr {
	switch e.Op {
	case ast.OpNot:
		return b.callOn("NOT", v, e, e.X)
	case ast.OpSub:
		if n, ok := e.X.(*ast.NumberLit); ok {
			return b.number(n, true)
		}
		return b.callOn("NEGATE", v, e, e.X)
	}
	x := b.expr(e.X, v)
	if !bad(x) && !x.Type.IsNumeric() && !x.Type.IsInterval() {
		b.fail(e.X.Pos(), "type-mismatch", "+ takes a number, not %s", x.Type.Nullable())
		return poison()
	}
	return x
}

func (b *Binder) infix(e *ast.Binary, v *env) spec.Expr {
	switch e.Op {
	case ast.OpAnd, ast.OpOr:
		// A chain becomes one call, so that a thousand terms are not a thousand levels.
		var terms []ast.Expr
		var flatten func(x ast.Expr)
		flatten = func(x ast.Expr) {
			for {
				c, ok := x.(*ast.Binary)
				if !ok || c.Op != e.Op {
					break
				}
				if l, ok := c.L.(*ast.Binary); !ok || l.Op != e.Op {
					flatten(c.L)
					x = c.R
					continue
				}
				// A left-deep chain: walk it without recursion.
				var right []ast.Expr
				for {
					right = append(right, c.R)
					l, ok := c.L.(*ast.Binary)
					if !ok || l.Op != e.Op {
						flatten(c.L)
						break
					}
					c = l
				}
				for i := len(right) - 1; i >= 0; i-- {
					terms = append(terms, right[i])
				}
				return
			}
			terms = append(terms, x)
		}
		flatten(e)
		return b.callOn(string(e.Op), v, e, terms...)
	case ast.OpOverlaps:
		l, ok1 := e.L.(*ast.RowExpr)
		r, ok2 := e.R.(*ast.RowExpr)
		if ok1 && ok2 && len(l.Items) == 2 && len(r.Items) == 2 {
			return b.callOn("OVERLAPS", v, e, l.Items[0], l.Items[1], r.Items[0], r.Items[1])
		}
		b.fail(e.Span, "wrong-arguments", "OVERLAPS compares two periods (start, end)")
		return poison()
	}
	if function.Find(string(e.Op)) == nil {
		b.fail(e.OpAt.Span, "unknown-function", "there is no operator %s", e.Op).Help = "two periods are compared by OVERLAPS"
		return poison()
	}
	return b.callOn(string(e.Op), v, e, e.L, e.R)
}

// call resolves a registered function over bound arguments and casts them to
// what it takes. nodes are the arguments' places.
func (b *Binder) call(name string, args []spec.Expr, nodes []ast.Node, at ast.Node) spec.Expr {
	if anyBad(args) {
		return poison()
	}
	def := function.Find(name)
	if def == nil {
		b.notSupported(at.Pos(), name, "")
		return poison()
	}
	if e, ok := decided(name, args); ok {
		return e
	}
	sig, ok := b.resolve(def, args, nodes, at)
	if !ok {
		return poison()
	}
	args = castArgs(args, sig)
	if e, ok := decided(name, args); ok {
		return e
	}
	return spec.Call(def.Name, canonical(sig.Result), args...)
}

func castArgs(args []spec.Expr, sig function.Signature) []spec.Expr {
	out := make([]spec.Expr, len(args))
	for i, a := range args {
		out[i] = a
		if i < len(sig.Args) {
			out[i] = castTo(a, sig.Args[i])
		}
	}
	return out
}

// resolve checks the arguments of a function; a mistake is reported with the
// types at their places.
func (b *Binder) resolve(def *function.Def, args []spec.Expr, nodes []ast.Node, at ast.Node) (function.Signature, bool) {
	fa := make([]function.Arg, len(args))
	for i, a := range args {
		fa[i] = function.Arg{Type: a.Type.WithAttr(types.NoAttr), Literal: a.Literal}
	}
	sig, err := def.Resolve(fa)
	if err == nil {
		return sig, true
	}
	code := "wrong-arguments"
	e := &diag.Error{Code: code, Stage: diag.StageValidate, Message: err.Error(), Span: at.Pos()}
	if strings.Trim(def.Name, "=<>+-*/%|") == "" && len(args) == 2 || def.Name == "AND" || def.Name == "OR" || def.Name == "NOT" {
		e.Code = "type-mismatch"
	}
	if e.Code == "type-mismatch" || len(args) <= 3 {
		for i, a := range args {
			if i < len(nodes) && nodes[i] != at && a.Type.Kind != types.Symbol {
				e.Labels = append(e.Labels, diag.Label{Span: nodes[i].Pos(), Text: a.Type.Nullable().WithAttr(types.NoAttr).String()})
			}
		}
	}
	var one *function.ArgError
	if errors.As(err, &one) && one.Arg < len(nodes) {
		e.Labels = nil
		if n := one.Arg; n >= 0 && nodes[n] != at {
			e.Span = nodes[n].Pos()
			if args[n].Type.Kind != types.Symbol {
				e.Label = args[n].Type.Nullable().WithAttr(types.NoAttr).String()
			}
		}
	}
	if len(e.Labels) > 0 {
		e.Span, e.Label = e.Labels[0].Span, e.Labels[0].Text
		e.Labels = e.Labels[1:]
	}
	b.add(e)
	return sig, false
}

// castTo converts e to type t where its values look different.
func castTo(e spec.Expr, t types.Type) spec.Expr {
	if t.Kind == types.Unset || t.Kind == types.Symbol || t.Kind == types.Null {
		return e
	}
	if e.Literal != nil && e.Literal.Null {
		return spec.NullOf(t)
	}
	if !differs(e.Type, t) {
		return e
	}
	return spec.Call("CAST", t.WithNotNull(e.Type.NotNull).WithAttr(types.NoAttr), e)
}

// differs reports whether values of type a have to be converted to be of type b.
// Nullability and names make no difference, nor does a longer VARCHAR.
func differs(a, b types.Type) bool {
	switch {
	case a.Kind == types.Varchar && b.Kind == types.Varchar, a.Kind == types.Varbinary && b.Kind == types.Varbinary,
		a.Kind == types.Char && b.Kind == types.Varchar, a.Kind == types.Binary && b.Kind == types.Varbinary:
		return a.Precision > b.Precision
	case a.Kind != b.Kind:
		return true
	case a.IsInterval():
		return false
	case a.Kind == types.TimestampNTZ || a.Kind == types.TimestampLTZ:
		// A higher precision holds the same value, but perhaps in another form.
		return a.Precision != b.Precision
	case a.Precision != b.Precision || a.Scale != b.Scale || a.Class != b.Class:
		return true
	}
	ac, bc := a.Children(), b.Children()
	if len(ac) != len(bc) {
		return true
	}
	for i := range ac {
		if differs(ac[i], bc[i]) {
			return true
		}
	}
	return false
}

// condition binds an expression that has to be BOOLEAN.
func (b *Binder) condition(e ast.Expr, v *env) spec.Expr {
	x := b.expr(e, v)
	if bad(x) {
		return x
	}
	if x.Literal != nil && x.Literal.Null {
		return spec.NullOf(types.TBoolean)
	}
	if x.Type.Kind != types.Boolean {
		err := b.fail(e.Pos(), "type-mismatch", "%s takes a condition, not a value of type %s", v.clause, x.Type.Nullable().WithAttr(types.NoAttr))
		err.Label = x.Type.Nullable().WithAttr(types.NoAttr).String()
		err.Help = "compare it with something"
		return poison()
	}
	return x
}

func (b *Binder) caseExpr(e *ast.Case, v *env) spec.Expr {
	var args []spec.Expr
	var nodes []ast.Node
	var operand spec.Expr
	if e.Operand != nil {
		if operand = b.expr(e.Operand, v); bad(operand) {
			return operand
		}
	}
	broken := false
	for _, w := range e.Whens {
		var conds []spec.Expr
		for _, c := range w.Conds {
			var x spec.Expr
			if e.Operand == nil {
				x = b.expr(c, v)
				if !bad(x) && x.Type.Kind != types.Boolean && x.Type.Kind != types.Null {
					b.fail(c.Pos(), "type-mismatch", "WHEN takes a condition, not a value of type %s", x.Type.Nullable())
					x = poison()
				} else if x.Literal != nil && x.Literal.Null {
					if x.Type.Kind == types.Null && b.inside > 1 {
						b.illegalNull(c.Pos()) // Flink takes it at the top of an expression only
						x = poison()
					} else {
						x = spec.NullOf(types.TBoolean)
					}
				}
			} else {
				x = b.call("=", []spec.Expr{operand, b.expr(c, v)}, []ast.Node{e.Operand, c}, c)
			}
			conds = append(conds, x)
		}
		cond := conds[0]
		if len(conds) > 1 && !anyBad(conds) {
			cond = spec.Call("OR", types.TBoolean, conds...)
		}
		then := b.expr(w.Then, v)
		broken = broken || anyBad(conds) || bad(then)
		args, nodes = append(args, cond, then), append(nodes, w.Conds[0], w.Then)
	}
	last := spec.NullOf(types.TNull)
	var lastNode ast.Node = e
	if e.Else != nil {
		last, lastNode = b.expr(e.Else, v), e.Else
	}
	if broken || bad(last) {
		return poison()
	}
	return b.call("CASE", append(args, last), append(nodes, lastNode), e)
}

func (b *Binder) cast(e *ast.Cast, v *env) spec.Expr {
	x := b.expr(e.X, v)
	if bad(x) {
		return x
	}
	to := uncommented(e.Type.Type)
	if !b.checkType(to, e.Type.Span) {
		return poison()
	}
	if to.Kind == types.Time {
		to.Precision = 0 // as in Flink, whose TIME values have no fraction in SQL
	}
	if x.Type.Kind == types.Null {
		return spec.NullOf(canonical(to))
	}
	if to.IsInterval() && x.Type.IsInteger() && x.Type.Kind != types.BigInt && !e.Try { // a BIGINT counts milliseconds or months
		if u, ok := startUnit(to); ok {
			if x.Type.Kind == types.TinyInt || x.Type.Kind == types.SmallInt {
				x = castTo(x, types.TInt)
			}
			return b.times(x, &ast.IntervalQualifier{Start: u}, e)
		}
	}
	if x.Literal != nil && x.Literal.Null && nullCastable(x.Type, to) {
		return spec.NullOf(canonical(to))
	}
	if help, ok := castable(x.Type, to); !ok {
		from := x.Type.Nullable().WithAttr(types.NoAttr)
		err := b.fail(e.Span, "type-mismatch", "cannot cast %s to %s", from, to.Nullable())
		err.Span, err.Label = e.X.Pos(), from.String()
		err.Labels = []diag.Label{{Span: e.Type.Span, Text: to.Nullable().String()}}
		err.Help = help
		return poison()
	}
	to = canonical(to)
	name := "CAST"
	t := to.WithNotNull(x.Type.NotNull)
	if e.Try {
		name, t = "TRY_CAST", to.Nullable()
	}
	return spec.Call(name, t, x)
}

// startUnit returns the unit that a number cast to an interval counts.
func startUnit(t types.Type) (ast.TimeUnit, bool) {
	switch t.Unit {
	case types.UnitYear, types.UnitYearToMonth:
		return "YEAR", t.Unit == types.UnitYear
	case types.UnitMonth:
		return "MONTH", true
	case types.UnitDay:
		return "DAY", true
	case types.UnitHour:
		return "HOUR", true
	case types.UnitMinute:
		return "MINUTE", true
	case types.UnitSecond:
		return "SECOND", true
	}
	return "", false
}

// rewrite replaces expressions from the outside in: where f answers ok, its
// answer stands and is not looked into.
func rewrite(e spec.Expr, f func(spec.Expr) (spec.Expr, bool)) spec.Expr {
	if x, ok := f(e); ok {
		return x
	}
	if len(e.Args) == 0 {
		return e
	}
	args := make([]spec.Expr, len(e.Args))
	for i, a := range e.Args {
		args[i] = rewrite(a, f)
	}
	e.Args = args
	return e
}

// sameExpr is plan.Equal without nullability and time attributes.
func sameExpr(a, b spec.Expr) bool {
	switch {
	case a.Column != nil || b.Column != nil:
		return a.Column != nil && b.Column != nil && *a.Column == *b.Column
	case a.Literal != nil || b.Literal != nil:
		return a.Literal != nil && b.Literal != nil && *a.Literal == *b.Literal && a.Type.SameAs(b.Type)
	}
	if a.Call != b.Call || len(a.Args) != len(b.Args) || differs(a.Type, b.Type) {
		return false
	}
	for i := range a.Args {
		if !sameExpr(a.Args[i], b.Args[i]) {
			return false
		}
	}
	return true
}

// project puts a Project over node unless it would change nothing.
func project(node plan.Node, exprs []spec.Expr, out []plan.Field, at diag.Span) plan.Node {
	in := node.Fields()
	if len(exprs) == len(in) {
		same := true
		for i, e := range exprs {
			same = same && e.Column != nil && *e.Column == i && out[i].Name == in[i].Name && out[i].Type.NotNull == in[i].Type.NotNull && out[i].Type.Attr == in[i].Type.Attr
		}
		if same {
			return node
		}
	}
	return &plan.Project{Base: plan.Base{Out: out, Span: at}, Input: node, Exprs: exprs}
}
