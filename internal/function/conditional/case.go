package conditional

import (
	"fmt"
	"strings"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/types"
)

func init() {
	function.Register(
		&function.Def{
			Name: "CASE", Lazy: true, Family: "conditional", Syntax: "CASE WHEN a THEN x … ELSE y END", Resolve: resolveCase,
			Doc:      "The value of the first condition that is TRUE, else the last value, or NULL. Values are evaluated only for the rows that take them.",
			Examples: function.Examples("CASE WHEN 1 > 2 THEN 'a' ELSE 'bb' END", "bb", "CASE 5 WHEN 5 THEN 'five' END", "five"),
		},
		&function.Def{
			Name: "IF", Lazy: true, Family: "conditional", Syntax: "IF(condition, a, b)", Resolve: resolveIf,
			Doc:      "a where the condition is TRUE, else b.",
			Examples: function.Examples("IF(1 > 2, 'a', 'bb')", "bb"),
		},
		&function.Def{
			Name: "COALESCE", Lazy: true, Family: "conditional", Syntax: "COALESCE(a, b, …)", Resolve: resolveCoalesce("COALESCE"),
			Doc:      "The first value that is not NULL.",
			Examples: function.Examples("COALESCE(CAST(NULL AS INT), 2)", "2", "COALESCE(1, 1 / 0)", "1"),
		},
		&function.Def{
			Name: "IFNULL", Lazy: true, Family: "conditional", Syntax: "IFNULL(a, b)",
			Doc:      "a, or b where a is NULL.",
			Examples: function.Examples("IFNULL(CAST(NULL AS INT), 5)", "5"),
			Resolve: func(args []function.Arg) (function.Signature, error) {
				if len(args) != 2 {
					return function.Signature{}, function.Count("IFNULL", args, 2, 2)
				}
				return resolveCoalesce("IFNULL")(args)
			},
		},
		&function.Def{
			Name: "NULLIF", Lazy: true, Family: "conditional", Syntax: "NULLIF(a, b)", Resolve: resolveNullIf,
			Doc:      "a, but NULL where a equals b.",
			Examples: function.Examples("NULLIF(5, 5)", "NULL", "NULLIF(5, 6)", "5"),
		},
	)
}

func resolveCase(args []function.Arg) (function.Signature, error) {
	var values []types.Type
	for i, a := range args {
		if i%2 == 0 && i+1 < len(args) {
			if a.Type.Kind != types.Boolean && a.Type.Kind != types.Null {
				return function.Signature{}, fmt.Errorf("WHEN takes a condition, not %s", a.Type.Nullable())
			}
			continue
		}
		values = append(values, a.Type)
	}
	t, ok := function.Least(values...)
	if !ok {
		if t, ok = withNumbers(values); ok {
			v := taken(args)
			ok = v.Kind == types.Unset || !v.IsNumeric()
		}
	}
	if !ok {
		return function.Signature{}, fmt.Errorf("the values of CASE have no type in common: %s", list(values))
	}
	if t.Kind == types.Null {
		return function.Signature{}, fmt.Errorf("one value of CASE has to have a type: write CAST(NULL AS …)")
	}
	sig := function.Signature{Result: t}
	for i, a := range args {
		if i%2 == 0 && i+1 < len(args) {
			sig.Args = append(sig.Args, types.TBoolean.WithNotNull(a.Type.NotNull))
		} else {
			sig.Args = append(sig.Args, t.WithNotNull(a.Type.NotNull))
		}
	}
	return sig, nil
}

// withNumbers lets exact numbers stand beside dates and times, as Flink does: a
// number has no value as one, so that it is an error for the row that takes it.
func withNumbers(values []types.Type) (types.Type, bool) {
	var t types.Type
	for _, v := range values {
		switch {
		case v.Kind == types.Null, v.IsInteger(), v.Kind == types.Decimal && t.Kind == types.Unset:
		case v.Kind == types.Date || v.Kind == types.Time || v.IsTimestamp():
			if t.Kind != types.Unset && !t.SameAs(v) {
				return t, false
			}
			t = v
		default:
			return t, false
		}
	}
	if t.Kind == types.Unset {
		return t, false
	}
	t.NotNull = true
	for _, v := range values {
		t.NotNull = t.NotNull && v.NotNull
	}
	return t, true
}

// taken returns the type of the value that a CASE with constant conditions has,
// an unset one if they are not constant.
func taken(args []function.Arg) (t types.Type) {
	for i := 0; i+1 < len(args); i += 2 {
		switch c := args[i].Literal; {
		case c == nil:
			return t
		case !c.Null && strings.EqualFold(c.Text, "TRUE"):
			return valueType(args[i+1])
		}
	}
	return valueType(args[len(args)-1])
}

// valueType is the type of a value, unset for NULL.
func valueType(a function.Arg) (t types.Type) {
	if a.Literal != nil && a.Literal.Null {
		return t
	}
	return a.Type
}

func list(ts []types.Type) string {
	s := ""
	for i, t := range ts {
		if i > 0 {
			s += ", "
		}
		s += t.Nullable().String()
	}
	return s
}

func resolveIf(args []function.Arg) (function.Signature, error) {
	if len(args) != 3 {
		return function.Signature{}, function.Count("IF", args, 3, 3)
	}
	if args[0].Type.Kind != types.Boolean {
		return function.Signature{}, &function.ArgError{Arg: 0, Text: fmt.Sprintf("IF takes a condition first, not %s", args[0].Type.Nullable())}
	}
	a, b := args[1].Type, args[2].Type
	t, ok := function.Least(a, b)
	if a.IsTimestamp() && b.IsTimestamp() {
		t = types.Type{Kind: a.Kind, Precision: a.Precision} // the first one decides, as in Flink
	}
	t.NotNull = function.NotNull(args)
	switch {
	case !ok || a.Kind == types.Null || b.Kind == types.Null:
		return function.Signature{}, fmt.Errorf("the values of IF have no type in common: %s", list([]types.Type{a, b}))
	case len(t.Children()) > 0 || t.Kind == types.Null || t.IsInterval():
		return function.Signature{}, fmt.Errorf("IF takes numbers, strings, dates and times, not %s; use CASE", t.Nullable())
	}
	return function.Signature{
		Args:   []types.Type{types.TBoolean.WithNotNull(args[0].Type.NotNull), t.WithNotNull(a.NotNull), t.WithNotNull(b.NotNull)},
		Result: t,
	}, nil
}

func resolveCoalesce(name string) func([]function.Arg) (function.Signature, error) {
	return func(args []function.Arg) (function.Signature, error) {
		if len(args) == 0 {
			return function.Signature{}, function.Count(name, args, 1, -1)
		}
		values := function.TypesOf(args)
		t, ok := function.Common(values...)
		if !ok && len(values) == 2 {
			t, ok = datePart(values[0], values[1])
		}
		if !ok || t.Kind == types.Null {
			return function.Signature{}, fmt.Errorf("the arguments of %s have no type in common: %s", name, list(values))
		}
		sig := function.Signature{}
		for _, a := range args {
			t.NotNull = t.NotNull || a.Type.NotNull
			sig.Args = append(sig.Args, t.WithNotNull(a.Type.NotNull))
		}
		sig.Result = t
		return sig, nil
	}
}

// datePart is the common type of a TIMESTAMP and a DATE or TIME: in Flink the
// one that holds less.
func datePart(a, b types.Type) (types.Type, bool) {
	if a.Kind == types.TimestampNTZ {
		a, b = b, a
	}
	ok := (a.Kind == types.Date || a.Kind == types.Time) && b.Kind == types.TimestampNTZ
	return a.WithNotNull(a.NotNull && b.NotNull), ok
}

func resolveNullIf(args []function.Arg) (function.Signature, error) {
	if len(args) != 2 {
		return function.Signature{}, function.Count("NULLIF", args, 2, 2)
	}
	a, b := args[0].Type, args[1].Type
	if a.Kind == types.Null {
		return function.Signature{}, fmt.Errorf("NULLIF takes a value with a type first: write CAST(NULL AS …)")
	}
	if _, err := function.Find("=").Resolve(args); err != nil {
		return function.Signature{}, err
	}
	return function.Signature{Args: []types.Type{a, b}, Result: a.Nullable()}, nil
}
