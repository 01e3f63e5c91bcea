package bind

import (
	"strings"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/types"
)

// json binds the functions of SQL/JSON; package function's documentation has
// the order of their arguments.
func (b *Binder) json(e ast.Expr, v *env) spec.Expr {
	switch e := e.(type) {
	case *ast.JSONExists:
		args, nodes := []spec.Expr{b.expr(e.Input, v), b.expr(e.Path, v)}, []ast.Node{e.Input, e.Path}
		if e.OnError != nil {
			args, nodes = append(args, symbol(e.OnError.Kind)), append(nodes, e.OnError)
		}
		return b.call("JSON_EXISTS", args, nodes, e)
	case *ast.JSONValue:
		ret := types.TString
		if e.Returning != nil {
			ret = e.Returning.Type
		}
		args := []spec.Expr{b.expr(e.Input, v), b.expr(e.Path, v), spec.NullOf(ret)}
		nodes := []ast.Node{e.Input, e.Path, e}
		for _, h := range []*ast.JSONBehavior{e.OnEmpty, e.OnError} {
			kind, value, node := "NULL", spec.NullOf(ret), ast.Node(e)
			if h != nil {
				kind, node = h.Kind, h
				if h.Default != nil {
					value, node = b.expr(h.Default, v), h.Default
				}
			}
			args, nodes = append(args, symbol(kind), value), append(nodes, node, node)
		}
		return b.call("JSON_VALUE", args, nodes, e)
	case *ast.JSONQuery:
		ret := types.TString
		if e.Returning != nil {
			ret = e.Returning.Type
		}
		wrapper := map[ast.JSONWrapper]string{ast.WithConditionalWrapper: "CONDITIONAL", ast.WithUnconditionalWrapper: "UNCONDITIONAL"}[e.Wrapper]
		if wrapper == "" {
			wrapper = "WITHOUT"
		}
		args := []spec.Expr{b.expr(e.Input, v), b.expr(e.Path, v), spec.NullOf(ret), symbol(wrapper)}
		nodes := []ast.Node{e.Input, e.Path, e, e}
		for _, h := range []*ast.JSONBehavior{e.OnEmpty, e.OnError} {
			kind := "NULL"
			if h != nil {
				kind = h.Kind
			}
			args, nodes = append(args, symbol(kind)), append(nodes, e)
		}
		return b.call("JSON_QUERY", args, nodes, e)
	case *ast.JSONObject:
		args, nodes := []spec.Expr{symbol(nulls(e.Nulls, "NULL"))}, []ast.Node{e}
		for _, p := range e.Pairs {
			args = append(args, b.expr(p.Key, v), b.jsonItem(p.Value, p.FormatJSON, v))
			nodes = append(nodes, p.Key, p.Value)
		}
		return b.call("JSON_OBJECT", args, nodes, e)
	case *ast.JSONArray:
		args, nodes := []spec.Expr{symbol(nulls(e.Nulls, "ABSENT"))}, []ast.Node{e}
		for _, x := range e.Items {
			args, nodes = append(args, b.jsonItem(x, false, v)), append(nodes, x)
		}
		return b.call("JSON_ARRAY", args, nodes, e)
	case *ast.JSONObjectAgg:
		if e.Over != nil {
			b.notSupported(e.Span, "JSON_OBJECTAGG with OVER", "group instead")
			return poison()
		}
		args := []ast.Expr{e.Pair.Key, e.Pair.Value}
		return b.jsonAgg("JSON_OBJECTAGG", args, nulls(e.Nulls, "NULL"), e.Filter, e, v)
	case *ast.JSONArrayAgg:
		if e.Over != nil || e.OrderBy != nil {
			b.notSupported(e.Span, "JSON_ARRAYAGG with OVER or ORDER BY", "group instead")
			return poison()
		}
		return b.jsonAgg("JSON_ARRAYAGG", []ast.Expr{e.X}, nulls(e.Nulls, "ABSENT"), e.Filter, e, v)
	}
	return poison()
}

func nulls(n ast.JSONNulls, unset string) string {
	switch n {
	case ast.JSONNullOnNull:
		return "NULL"
	case ast.JSONAbsentOnNull:
		return "ABSENT"
	}
	return unset
}

// jsonItem binds a value of JSON_OBJECT or JSON_ARRAY; one that is JSON itself is not quoted.
func (b *Binder) jsonItem(x ast.Expr, format bool, v *env) spec.Expr {
	if c, ok := x.(*ast.Call); ok && len(c.Func.Parts) == 1 && strings.EqualFold(c.Func.Last().Name, "JSON") {
		return b.callOn("JSON", v, c, c.Args...)
	}
	e := b.expr(x, v)
	if bad(e) {
		return e
	}
	if format || e.Call == "JSON_OBJECT" || e.Call == "JSON_ARRAY" {
		if function.Find("JSON") == nil {
			return e
		}
		return b.call("JSON", []spec.Expr{e}, []ast.Node{x}, x)
	}
	return e
}

// jsonAgg binds JSON_OBJECTAGG and JSON_ARRAYAGG.
func (b *Binder) jsonAgg(name string, xs []ast.Expr, onNull string, filter ast.Expr, at ast.Node, v *env) spec.Expr {
	if v.aggs == nil {
		b.fail(at.Pos(), "aggregate-place", "%s cannot stand in %s: it is an aggregate", name, v.clause)
		return poison()
	}
	args := b.exprs(xs, v.inner("the arguments of "+name))
	call := aggCall{fn: name, args: args, typ: types.VarcharOf(2000).Required(), span: at.Pos(), options: map[string]string{"null": onNull}}
	if filter != nil {
		f := b.condition(filter, v.inner("FILTER"))
		if bad(f) {
			return f
		}
		call.filter = &f
	}
	if anyBad(args) {
		return poison()
	}
	if name == "JSON_OBJECTAGG" && !args[0].Type.IsString() {
		b.fail(xs[0].Pos(), "type-mismatch", "the key of JSON_OBJECTAGG is a string, not %s", args[0].Type.Nullable())
		return poison()
	}
	for i, a := range args {
		if a.Type.Kind == types.Null {
			b.illegalNull(xs[i].Pos())
			return poison()
		}
	}
	return v.aggs.add(call)
}
