package bind

import (
	"slices"
	"strings"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/types"
)

// function binds a call by name.
func (b *Binder) function(c *ast.Call, v *env) spec.Expr {
	name := strings.ToUpper(c.Func.Last().Name)
	if len(c.Func.Parts) > 1 {
		return b.userFunction(c)
	}
	switch name {
	case "GROUPING", "GROUPING_ID", "GROUP_ID":
		if v.aggs == nil || !v.aggs.grouped {
			b.fail(c.Span, "not-grouped", "%s needs a GROUP BY", name)
			return poison()
		}
		args := b.exprs(c.Args, v)
		if anyBad(args) {
			return poison()
		}
		return spec.Call("$grouping", types.TBigInt.Required(), args...)
	case "NULLIF":
		return b.nullIf(c, v)
	case "JSON":
		b.fail(c.Span, "wrong-place", "JSON(…) stands in JSON_ARRAY or as a value of JSON_OBJECT").Help = "PARSE_JSON makes a VARIANT of JSON text"
		return poison()
	case "CURRENT_WATERMARK":
		return b.currentWatermark(c, v)
	case "ROW":
		if len(c.Args) > 0 {
			return b.callOn("ROW", v, c, c.Args...)
		}
	}
	if v.match != nil {
		if e, ok := b.matchFunction(name, c, v); ok {
			return e
		}
	}
	if kind, part := windowAuxiliary(name); kind != "" {
		return b.windowAuxiliary(c, kind, part, v)
	}
	if c.Over != nil {
		return b.overCall(name, c, v)
	}
	if isAggregate(name) {
		return b.aggregateCall(name, c, v)
	}
	if c.Quantifier == ast.Distinct || c.Filter != nil || c.WithinGroup != nil || c.OrderBy != nil {
		b.fail(c.Span, "wrong-arguments", "%s is no aggregate: it takes neither DISTINCT nor FILTER nor an order", name)
		return poison()
	}
	if isWindowFunction(name) {
		b.fail(c.Span, "no-over", "%s needs OVER (…)", name).Help = "write " + name + "(…) OVER (PARTITION BY … ORDER BY …)"
		return poison()
	}
	def := function.Find(name)
	if def == nil || def.Class != function.Scalar {
		if b.cat.Function(b.cat.Resolve(c.Func.Strings())) != nil {
			return b.userFunction(c)
		}
		if groupWindowKind(c) != "" {
			b.fail(c.Span, "wrong-place", "%s(…) stands in GROUP BY or as a table in FROM, not in %s", name, v.clause)
			return poison()
		}
		if def != nil && def.Class == function.Table {
			b.fail(c.Span, "wrong-place", "%s is a table function: it stands in FROM, not in %s", name, v.clause)
			return poison()
		}
		return b.unknownFunction(c)
	}
	for _, a := range c.Args {
		if n, ok := a.(*ast.NamedArg); ok {
			b.notSupported(n.Span, "a named argument of a scalar function", "write the arguments in order, without names")
			return poison()
		}
	}
	e := b.callOn(name, v, c, c.Args...)
	if def.Name == "PROCTIME" && !bad(e) {
		e.Type = types.TimestampLTZOf(3).Required()
		if !b.opts.Batch {
			e.Type.Attr = types.Proctime
		}
	}
	return e
}

func (b *Binder) userFunction(c *ast.Call) spec.Expr {
	if f := b.cat.Function(b.cat.Resolve(c.Func.Strings())); f != nil {
		b.notSupported(c.Func.Span, "the user function "+c.Func.String(), "its class "+f.Class+" runs on a JVM; built-in functions work")
		return poison()
	}
	return b.unknownFunction(c)
}

func (b *Binder) unknownFunction(c *ast.Call) spec.Expr {
	e := b.fail(c.Func.Span, "unknown-function", "there is no function %s", strings.ToUpper(c.Func.String()))
	var names []string
	for _, d := range function.All() {
		if letters(d.Name) {
			names = append(names, d.Name)
		}
		names = append(names, d.Aliases...)
	}
	for n := range aggregates {
		names = append(names, n)
	}
	slices.Sort(names)
	if s := suggest(strings.ToUpper(c.Func.Last().Name), names, ""); strings.HasPrefix(s, "did") {
		e.Help, _, _ = strings.Cut(s, " (")
	}
	if c.Bare {
		text := c.Func.Last().Name
		e.Help = strings.ToUpper(text) + " is a reserved word; as a name it is written in backticks: `" + text + "`"
	}
	return poison()
}

func letters(name string) bool {
	return name[0] >= 'A' && name[0] <= 'Z' && !strings.Contains(name, " ")
}

// nullIf binds NULLIF(a, b) as CASE WHEN a = b THEN NULL ELSE a END.
func (b *Binder) nullIf(c *ast.Call, v *env) spec.Expr {
	if len(c.Args) != 2 {
		b.fail(c.Span, "wrong-arguments", "NULLIF takes 2 arguments, not %d", len(c.Args))
		return poison()
	}
	args := b.exprs(c.Args, v)
	if anyBad(args) {
		return poison()
	}
	if args[0].Type.Kind == types.Null {
		b.illegalNull(c.Args[0].Pos())
		return poison()
	}
	nodes := []ast.Node{c.Args[0], c.Args[1]}
	eq := b.call("=", args, nodes, c)
	if bad(eq) {
		return eq
	}
	t := args[0].Type.Nullable().WithAttr(types.NoAttr)
	return spec.Call("CASE", t, eq, spec.NullOf(t), args[0])
}

// currentWatermark binds CURRENT_WATERMARK(rowtime).
func (b *Binder) currentWatermark(c *ast.Call, v *env) spec.Expr {
	if len(c.Args) != 1 {
		b.fail(c.Span, "wrong-arguments", "CURRENT_WATERMARK takes 1 argument, not %d", len(c.Args))
		return poison()
	}
	x := b.expr(c.Args[0], v)
	if bad(x) {
		return x
	}
	if x.Type.Attr != types.Rowtime && !(b.opts.Batch && x.Type.IsTimestamp() && x.Column != nil) {
		e := b.fail(c.Args[0].Pos(), "no-time-attribute", "CURRENT_WATERMARK needs a rowtime attribute, not a plain %s", x.Type.Nullable().WithAttr(types.NoAttr))
		e.Notes = []string{"a TIMESTAMP becomes a time attribute when its table declares a watermark on it"}
		return poison()
	}
	return spec.Call("CURRENT_WATERMARK", x.Type.Nullable().WithAttr(types.NoAttr), x)
}

// aggregateCall binds SUM(x), COUNT(*), … and returns its placeholder.
func (b *Binder) aggregateCall(name string, c *ast.Call, v *env) spec.Expr {
	if v.aggs == nil {
		e := b.fail(c.Span, "aggregate-place", "%s cannot stand in %s: it is an aggregate", name, v.clause)
		if v.clause == "WHERE" {
			e.Help = "conditions on aggregates go into HAVING"
		}
		return poison()
	}
	call, ok := b.aggregateOf(name, c, v)
	if !ok {
		return poison()
	}
	return v.aggs.add(call)
}

// aggregateOf binds an aggregate's arguments and derives its type.
func (b *Binder) aggregateOf(name string, c *ast.Call, v *env) (aggCall, bool) {
	inner := v.inner("the arguments of " + name)
	call := aggCall{fn: name, distinct: c.Quantifier == ast.Distinct, span: c.Span}
	okay := true
	if c.WithinGroup != nil {
		b.notSupported(c.Span, name+" … WITHIN GROUP", "order the input, or sort the result")
		okay = false
	}
	if c.OrderBy != nil {
		b.notSupported(c.OrderBy[0].Span, "ORDER BY inside "+name, "order the input instead")
		okay = false
	}
	if c.Filter != nil {
		f := b.condition(c.Filter, v.inner("FILTER"))
		if bad(f) {
			okay = false
		} else {
			call.filter = &f
		}
	}
	if len(c.Args) == 1 {
		if s, ok := c.Args[0].(*ast.Star); ok {
			if name != "COUNT" || s.Qualifier != nil {
				b.fail(s.Span, "star", "%s takes a column, not *", name)
				return call, false
			}
			call.typ = types.TBigInt.Required()
			return call, okay
		}
	}
	args := b.exprs(c.Args, inner)
	if anyBad(args) || !okay {
		return call, false
	}
	nodes := make([]ast.Node, len(c.Args))
	for i := range nodes {
		nodes[i] = c.Args[i]
	}
	return b.aggregateType(call, args, nodes, c, v)
}

// aggregateType finishes a call whose arguments are bound.
func (b *Binder) aggregateType(call aggCall, args []spec.Expr, nodes []ast.Node, at ast.Node, v *env) (aggCall, bool) {
	name := call.fn
	var sig function.Signature
	if def := function.Find(name); def != nil && def.Class == function.Aggregate {
		var ok bool
		if sig, ok = b.resolve(def, args, nodes, at); !ok {
			return call, false
		}
		call.fn = def.Name
	} else {
		def := &function.Def{Name: name, Resolve: func(args []function.Arg) (function.Signature, error) { return aggregateSignature(name, args) }}
		var ok bool
		if sig, ok = b.resolve(def, args, nodes, at); !ok {
			return call, false
		}
	}
	call.args = castArgs(args, sig)
	call.typ = canonical(sig.Result)
	switch name {
	case "LISTAGG":
		call.options = map[string]string{"separator": ","}
		if len(call.args) == 2 {
			if call.args[1].Literal == nil || call.args[1].Literal.Null {
				b.fail(nodes[1].Pos(), "wrong-arguments", "the separator of LISTAGG has to be a string literal")
				return call, false
			}
			call.options["separator"] = call.args[1].Literal.Text
			call.args = call.args[:1]
		}
	}
	if call.typ.NotNull && nullableWhenEmpty(name) && (v.aggs != nil && v.aggs.mayBeEmpty() || call.filter != nil) {
		call.typ.NotNull = false
	}
	if name == "COUNT" && len(call.args) == 1 && call.args[0].Type.NotNull && !call.distinct {
		call.args = nil // counts rows
	}
	return call, true
}
