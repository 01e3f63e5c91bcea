package expr

import (
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

// desugar writes a form that has no kernel of its own with those that have; ok
// is false for all other calls.
func desugar(e spec.Expr) (plain spec.Expr, ok bool, err error) {
	truth := func(name string, args ...spec.Expr) spec.Expr {
		notNull := true
		for _, a := range args {
			notNull = notNull && a.Type.NotNull
		}
		return spec.Call(name, types.TBoolean.WithNotNull(notNull), args...)
	}
	between := func(x, low, high spec.Expr) spec.Expr {
		return truth("AND", truth(">=", x, low), truth("<=", x, high))
	}
	a := e.Args
	switch e.Call {
	case "BETWEEN":
		plain = between(a[0], a[1], a[2])
	case "NOT BETWEEN":
		plain = truth("NOT", between(a[0], a[1], a[2]))
	case "BETWEEN SYMMETRIC":
		plain = truth("OR", between(a[0], a[1], a[2]), between(a[0], a[2], a[1]))
	case "NOT BETWEEN SYMMETRIC":
		plain = truth("NOT", truth("OR", between(a[0], a[1], a[2]), between(a[0], a[2], a[1])))
	case "NOT IN":
		plain = truth("NOT", truth("IN", a...))
	case "NOT LIKE":
		plain = truth("NOT", truth("LIKE", a...))
	case "NOT SIMILAR TO":
		plain = truth("NOT", truth("SIMILAR TO", a...))
	case "IF":
		plain = spec.Call("CASE", e.Type, a...)
	case "IFNULL":
		plain = spec.Call("COALESCE", e.Type, a...)
	case "NULLIF":
		equal, err := resolved("=", a[0], a[1])
		if err != nil {
			return plain, false, err
		}
		plain = spec.Call("CASE", e.Type, equal, spec.NullOf(e.Type), a[0])
	case "OVERLAPS":
		plain, err = overlaps(a)
		return plain, err == nil, err
	default:
		return plain, false, nil
	}
	return plain, true, nil
}

// overlaps rewrites (s1, e1) OVERLAPS (s2, e2); an end may be an interval, and
// the ends of a pair may be swapped.
func overlaps(a []spec.Expr) (spec.Expr, error) {
	var bounds [4]spec.Expr
	for i := 0; i < 4; i += 2 {
		from, to := a[i], a[i+1]
		if to.Type.IsInterval() {
			var err error
			if to, err = resolved("+", from, to); err != nil {
				return to, err
			}
		}
		ordered, err := resolved("<=", from, to)
		if err != nil {
			return ordered, err
		}
		bounds[i] = spec.Call("CASE", from.Type, ordered, from, to)
		bounds[i+1] = spec.Call("CASE", to.Type, ordered, to, from)
	}
	first, err := resolved(">=", bounds[1], bounds[2])
	if err != nil {
		return first, err
	}
	second, err := resolved(">=", bounds[3], bounds[0])
	if err != nil {
		return second, err
	}
	return resolved("AND", first, second)
}

// resolved calls a function by name with the casts that its signature asks for.
func resolved(name string, args ...spec.Expr) (spec.Expr, error) {
	in := make([]function.Arg, len(args))
	for i, a := range args {
		in[i] = function.Arg{Type: a.Type, Literal: a.Literal}
	}
	sig, err := function.Find(name).Resolve(in)
	if err != nil {
		return spec.Expr{}, err
	}
	cast := make([]spec.Expr, len(args))
	for i, a := range args {
		cast[i] = a
		if !a.Type.SameAs(sig.Args[i]) {
			cast[i] = spec.Call("CAST", sig.Args[i].WithNotNull(a.Type.NotNull), a)
		}
	}
	return spec.Call(name, sig.Result, cast...), nil
}
