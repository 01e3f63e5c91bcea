package bind

import (
	"reflect"
	"strings"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/types"
)

// decided answers comparisons that need no values, as Flink's planner does
// before it looks at types: of an expression with itself, and with NULL. So
// ARRAY[1] < ARRAY[1] has an answer, though arrays have no order.
func decided(name string, args []spec.Expr) (spec.Expr, bool) {
	var same bool // the answer for equal operands
	switch name {
	case "=", "<=", ">=":
		same = true
	case "<>", "<", ">":
	case "IS DISTINCT FROM", "IS NOT DISTINCT FROM":
		if len(args) != 2 || !mixed(args[0], args[1]) {
			return spec.Expr{}, false
		}
		test := "IS NOT NULL"
		if name == "IS NOT DISTINCT FROM" {
			test = "IS NULL"
		}
		x := args[0]
		if isNull(x) {
			x = args[1]
		}
		return spec.Call(test, types.TBoolean.Required(), x), true
	default:
		return spec.Expr{}, false
	}
	if len(args) != 2 {
		return spec.Expr{}, false
	}
	a, b := args[0], args[1]
	if mixed(a, b) {
		return spec.NullOf(types.TBoolean), true
	}
	if a.Type.Kind == types.Null || a.Type.Kind != b.Type.Kind || !reflect.DeepEqual(a, b) || !repeatable(a) {
		return spec.Expr{}, false
	}
	if name == "=" && !function.NeverNull(a.Type) && a.Type.NotNull {
		return spec.Expr{}, false // rows are compared field by field
	}
	answer := spec.Lit(types.TBoolean.WithNotNull(function.NeverNull(a.Type)), "FALSE")
	if same {
		answer.Literal.Text = "TRUE"
	}
	if a.Type.NotNull {
		return answer, true
	}
	null := spec.Call("IS NULL", types.TBoolean.Required(), a)
	return spec.Call("CASE", types.TBoolean, null, spec.NullOf(types.TBoolean), answer), true
}

// mixed reports whether one of two operands is NULL as it is written and the
// other of a type that could not be compared with it, or has no order.
func mixed(a, b spec.Expr) bool {
	if !isNull(a) && !isNull(b) {
		return false
	}
	x, y := a.Type, b.Type
	if x.IsBinary() || y.IsBinary() {
		return false
	}
	collection := func(t types.Type) bool { return t.Kind == types.Array || t.Kind == types.Map }
	return x.IsString() != y.IsString() && x.Kind != types.Null && y.Kind != types.Null ||
		collection(x) && (collection(y) || y.Kind == types.Null) || collection(y) && x.Kind == types.Null
}

func isNull(e spec.Expr) bool { return e.Literal != nil && e.Literal.Null }

// repeatable reports whether evaluating e twice gives the same value.
func repeatable(e spec.Expr) bool {
	if e.Call != "" {
		if def := function.Find(e.Call); def == nil || def.Nondeterministic {
			return false
		}
	}
	for _, a := range e.Args {
		if !repeatable(a) {
			return false
		}
	}
	return true
}

// like binds LIKE and SIMILAR TO. As in Flink, the escape character of a LIKE
// without ESCAPE is the backslash, but a literal pattern without _ has none,
// and the literal ” fits every string.
func (b *Binder) like(e *ast.Like, v *env) spec.Expr {
	args, nodes := []spec.Expr{b.expr(e.X, v), b.expr(e.Pattern, v)}, []ast.Node{e.X, e.Pattern}
	if e.Escape != nil {
		args, nodes = append(args, b.expr(e.Escape, v)), append(nodes, e.Escape)
	}
	name := string(e.Kind)
	if name == "LIKE" && !bad(args[1]) {
		pattern := args[1].Literal
		switch {
		case pattern != nil && !pattern.Null && pattern.Text == "":
			args[1] = stringLit("%")
			args, nodes = args[:2], nodes[:2]
		case e.Escape == nil && (pattern == nil || strings.Contains(pattern.Text, "_")):
			args, nodes = append(args, stringLit(`\`)), append(nodes, e)
		}
	}
	if e.Not {
		name = "NOT " + name
	}
	return b.call(name, args, nodes, e)
}
