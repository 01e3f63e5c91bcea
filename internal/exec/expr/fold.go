package expr

import (
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

// Fold computes what does not depend on a row: every call without columns
// becomes a literal, by the same kernels that would run it. Calls that fail
// stay, for perhaps no row reaches them; so do nondeterministic ones and,
// unless env says Batch, dynamic ones. AND and OR lose arguments that decide
// nothing.
func Fold(e spec.Expr, env *function.Env) spec.Expr {
	if e.Call == "" {
		return e
	}
	if env == nil {
		env = &function.Env{}
	}
	if foldable(e, env) {
		if lit, ok := evaluate(e, env); ok {
			return lit
		}
	}
	switch e.Call {
	case "BETWEEN", "NOT BETWEEN", "BETWEEN SYMMETRIC", "NOT BETWEEN SYMMETRIC":
		if plain, ok, err := desugar(e); ok && err == nil {
			return Fold(plain, env) // one of its bounds may decide
		}
	}
	args := make([]spec.Expr, len(e.Args))
	for i, a := range e.Args {
		args[i] = Fold(a, env)
		if (nullDecides[e.Call] || i == 0 && (e.Call == "IN" || e.Call == "NOT IN")) && args[i].Literal != nil && args[i].Literal.Null {
			return spec.NullOf(e.Type)
		}
	}
	e.Args = args
	if e.Call == "AND" || e.Call == "OR" {
		return foldLogic(e)
	}
	return e
}

// nullDecides holds the operators whose result Flink's planner knows to be NULL
// when an operand is, without a look at the others: they may fail.
var nullDecides = map[string]bool{
	"+": true, "-": true, "*": true, "/": true, "NEGATE": true, "NOT": true,
	"=": true, "<>": true, "<": true, "<=": true, ">": true, ">=": true,
	"LIKE": true, "SIMILAR TO": true, "CAST": true, "TRY_CAST": true, "FLOOR": true, "CEIL": true, "EXTRACT": true, "TRIM": true,
}

func evaluate(e spec.Expr, env *function.Env) (spec.Expr, bool) {
	if e.Type.Kind == types.Raw || e.Type.Kind == types.Symbol {
		return e, false // has no text form
	}
	s := newScope(nil, env)
	r, err := s.compile(e)
	if err != nil {
		return e, false
	}
	v := s.regs[r]
	if v == nil || !v.Const {
		return e, false
	}
	lit := LiteralOf(v, 0)
	if _, err := Constant(e.Type, lit); err != nil {
		return e, false // a year of five digits
	}
	return spec.Expr{Type: e.Type, Literal: &lit}, true
}

func foldLogic(e spec.Expr) spec.Expr {
	deciding := "FALSE"
	if e.Call == "OR" {
		deciding = "TRUE"
	}
	var kept []spec.Expr
	for _, a := range e.Args {
		if a.Literal == nil || a.Literal.Null {
			kept = append(kept, a)
			continue
		}
		if a.Literal.Text == deciding {
			return spec.Lit(e.Type, deciding)
		}
	}
	switch len(kept) {
	case 0:
		if deciding == "TRUE" {
			return spec.Lit(e.Type, "FALSE")
		}
		return spec.Lit(e.Type, "TRUE")
	case 1:
		kept[0].Type = e.Type
		return kept[0]
	}
	e.Args = kept
	return e
}
