package bind

import (
	"fmt"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/types"
)

// aggregates holds how the type of each aggregate follows from its first argument.
var aggregates = map[string]func(t types.Type) (types.Type, bool){
	"COUNT":                 constant(types.TBigInt.Required()),
	"APPROX_COUNT_DISTINCT": constant(types.TBigInt.Required()),
	"SUM":                   numeric(types.DecimalSumType),
	"SUM0":                  numeric(types.DecimalSumType),
	"AVG":                   numeric(types.DecimalAvgType),
	"STDDEV":                numeric(types.DecimalAvgType),
	"STDDEV_POP":            numeric(types.DecimalAvgType),
	"STDDEV_SAMP":           numeric(types.DecimalAvgType),
	"VARIANCE":              numeric(types.DecimalAvgType),
	"VAR_POP":               numeric(types.DecimalAvgType),
	"VAR_SAMP":              numeric(types.DecimalAvgType),
	"MIN":                   ordered,
	"MAX":                   ordered,
	"FIRST_VALUE":           unchanged,
	"LAST_VALUE":            unchanged,
	"SINGLE_VALUE":          unchanged,
	"COLLECT":               func(t types.Type) (types.Type, bool) { return types.MultisetOf(t).Required(), true },
	"ARRAY_AGG":             func(t types.Type) (types.Type, bool) { return types.ArrayOf(t), true },
	"LISTAGG":               func(t types.Type) (types.Type, bool) { return types.TString.WithNotNull(t.NotNull), t.IsString() },
	"PERCENTILE":            func(t types.Type) (types.Type, bool) { return types.TDouble, t.IsNumeric() },
}

// wants says in words what an aggregate takes.
var wants = map[string]string{"MIN": "a value that can be ordered", "MAX": "a value that can be ordered", "LISTAGG": "a string"}

func constant(r types.Type) func(types.Type) (types.Type, bool) {
	return func(types.Type) (types.Type, bool) { return r, true }
}

func numeric(decimal func(types.Type) types.Type) func(types.Type) (types.Type, bool) {
	return func(t types.Type) (types.Type, bool) {
		if t.Kind == types.Decimal {
			return decimal(t).WithNotNull(t.NotNull), true
		}
		return t, t.IsNumeric()
	}
}

func ordered(t types.Type) (types.Type, bool) {
	switch t.Kind {
	case types.Array, types.Multiset, types.Map, types.Row, types.Structured, types.Raw, types.Variant:
		return t, false
	}
	return t, true
}

func unchanged(t types.Type) (types.Type, bool) { return t, true }

// isAggregate reports whether a name is that of an aggregate function.
func isAggregate(name string) bool {
	if d := function.Find(name); d != nil {
		return d.Class == function.Aggregate
	}
	return aggregates[name] != nil
}

// isWindowFunction reports whether a function works only with OVER.
func isWindowFunction(name string) bool {
	switch name {
	case "ROW_NUMBER", "RANK", "DENSE_RANK", "PERCENT_RANK", "CUME_DIST", "NTILE", "LAG", "LEAD", "NTH_VALUE":
		return true
	}
	return false
}

// nullableWhenEmpty reports whether an aggregate over no rows is NULL.
func nullableWhenEmpty(name string) bool {
	switch name {
	case "COUNT", "APPROX_COUNT_DISTINCT", "SUM0", "COLLECT", "JSON_OBJECTAGG", "JSON_ARRAYAGG":
		return false
	}
	return true
}

// aggregateSignature types an aggregate that the function registry does not hold.
func aggregateSignature(name string, args []function.Arg) (function.Signature, error) {
	sig := function.Signature{}
	for _, a := range args {
		sig.Args = append(sig.Args, a.Type)
		if a.Type.Kind == types.Null {
			return sig, fmt.Errorf("NULL has no type here; write CAST(NULL AS type)")
		}
	}
	least, most := 1, 1
	switch name {
	case "COUNT":
		most = 1 << 30
	case "LISTAGG":
		most = 2
	case "PERCENTILE":
		least, most = 2, 3
	}
	if len(args) < least || len(args) > most {
		return sig, fmt.Errorf("%s takes %s, not %d", name, count(least, "argument"), len(args))
	}
	t, ok := aggregates[name](args[0].Type)
	if !ok {
		w := wants[name]
		if w == "" {
			w = "a number"
		}
		return sig, fmt.Errorf("%s takes %s, not %s", name, w, args[0].Type.Nullable())
	}
	if name == "PERCENTILE" && args[1].Type.Kind == types.Array {
		t = types.ArrayOf(types.TDouble)
	}
	sig.Result = t
	return sig, nil
}
