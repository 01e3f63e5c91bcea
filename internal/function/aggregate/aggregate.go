package aggregate

import (
	"fmt"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/types"
)

var number = function.Number.Typed()

// value is anything but an untyped NULL.
var value = function.Any.Typed()

// plain has an order.
var plain = function.Of("a value that has an order", func(t types.Type) bool {
	return len(t.Children()) == 0 && t.Kind != types.Raw && t.Kind != types.Variant
}).Typed()

func init() {
	function.Register(
		def("COUNT", "COUNT(*) or COUNT([DISTINCT] x, …)", "The number of rows, or of rows where no argument is NULL.", func(args []function.Arg) (function.Signature, error) {
			sig := function.Signature{Args: function.TypesOf(args), Result: types.TBigInt.Required()}
			for _, a := range args {
				if a.Type.Kind == types.Null {
					return sig, fmt.Errorf("COUNT takes a value with a type: write CAST(NULL AS …)")
				}
			}
			return sig, nil
		}),
		def("SUM", "SUM([DISTINCT] x)", "The sum; integers keep their type and wrap around.", numeric("SUM", types.DecimalSumType)),
		def("SUM0", "SUM0(x)", "As SUM, but 0 over no rows.", numeric("SUM0", types.DecimalSumType), "$SUM0"),
		def("AVG", "AVG([DISTINCT] x)", "The mean; that of integers is an integer.", numeric("AVG", types.DecimalAvgType)),
		def("STDDEV_POP", "STDDEV_POP(x)", "The standard deviation of a population.", numeric("STDDEV_POP", types.DecimalAvgType)),
		def("STDDEV_SAMP", "STDDEV_SAMP(x)", "The standard deviation of a sample.", numeric("STDDEV_SAMP", types.DecimalAvgType), "STDDEV"),
		def("VAR_POP", "VAR_POP(x)", "The variance of a population.", numeric("VAR_POP", types.DecimalAvgType)),
		def("VAR_SAMP", "VAR_SAMP(x)", "The variance of a sample.", numeric("VAR_SAMP", types.DecimalAvgType), "VARIANCE"),
		def("MIN", "MIN(x)", "The smallest value.", function.TakesFunc("MIN", argument, 0, plain)),
		def("MAX", "MAX(x)", "The largest value.", function.TakesFunc("MAX", argument, 0, plain)),
		def("FIRST_VALUE", "FIRST_VALUE(x)", "The first value seen that is not NULL.", function.TakesFunc("FIRST_VALUE", argument, 0, value)),
		def("LAST_VALUE", "LAST_VALUE(x)", "The last value seen that is not NULL.", function.TakesFunc("LAST_VALUE", argument, 0, value)),
		def("SINGLE_VALUE", "SINGLE_VALUE(x)", "The only value; more than one is an error.", function.TakesFunc("SINGLE_VALUE", argument, 0, value)),
		def("LISTAGG", "LISTAGG([DISTINCT] s[, separator])", "The strings with a separator, ',', between them.", function.TakesFunc("LISTAGG", func(args []function.Arg) (types.Type, error) {
			if len(args) == 2 && (args[1].Literal == nil || args[1].Literal.Null) {
				return types.Type{}, fmt.Errorf("the separator of LISTAGG is a constant")
			}
			return types.TString.WithNotNull(args[0].Type.NotNull), nil
		}, 1, function.Str.Typed(), function.Str.Typed())),
		def("COLLECT", "COLLECT([DISTINCT] x)", "A MULTISET of the values that are not NULL.", function.TakesFunc("COLLECT", func(args []function.Arg) (types.Type, error) {
			return types.MultisetOf(args[0].Type).Required(), nil
		}, 0, value)),
		def("ARRAY_AGG", "ARRAY_AGG([DISTINCT] x)", "An ARRAY of the values, NULLs included.", function.TakesFunc("ARRAY_AGG", func(args []function.Arg) (types.Type, error) {
			return types.ArrayOf(args[0].Type), nil
		}, 0, value)),
		def("JSON_OBJECTAGG", "JSON_OBJECTAGG([KEY] k VALUE v [NULL|ABSENT ON NULL])", "A JSON object of all rows' keys and values.", function.TakesFunc("JSON_OBJECTAGG", json, 0, function.Str.Typed(), value)),
		def("JSON_ARRAYAGG", "JSON_ARRAYAGG(v [NULL|ABSENT ON NULL])", "A JSON array of all rows' values.", function.TakesFunc("JSON_ARRAYAGG", json, 0, value)),
		def("APPROX_COUNT_DISTINCT", "APPROX_COUNT_DISTINCT(x)", "About how many different values there are.", function.TakesFunc("APPROX_COUNT_DISTINCT", func([]function.Arg) (types.Type, error) {
			return types.TBigInt.Required(), nil
		}, 0, value)),
		def("PERCENTILE", "PERCENTILE(x, p[, frequency])", "The value below which the share p of all values lies, interpolated; p may be an ARRAY.", percentile),
	)
	ofSets := function.Of("a BITMAP", func(t types.Type) bool { return t.Kind == types.Bitmap }).Typed()
	for _, b := range []struct {
		name, doc string
		arg       function.Param
	}{
		{"BITMAP_BUILD", "The set of the INTs", function.Int.Typed()},
		{"BITMAP_AND", "The members that are in all sets", ofSets},
		{"BITMAP_OR", "The members that are in one of the sets", ofSets},
		{"BITMAP_XOR", "The members that are in an odd number of sets", ofSets},
	} {
		count, syntax := b.name+"_CARDINALITY_AGG", "(b)"
		if b.arg.Accepts(types.TInt) {
			syntax = "(i)"
		}
		function.Register(
			def(b.name+"_AGG", b.name+"_AGG"+syntax, b.doc+".", function.TakesNull(b.name+"_AGG", types.Type{Kind: types.Bitmap}, 0, b.arg)),
			def(count, count+syntax, b.doc+": how many there are.", function.TakesNull(count, types.TBigInt, 0, b.arg)),
		)
	}
}

func def(name, syntax, doc string, resolve func([]function.Arg) (function.Signature, error), aliases ...string) *function.Def {
	return &function.Def{Name: name, Aliases: aliases, Class: function.Aggregate, Family: "aggregate", Syntax: syntax, Doc: doc, Resolve: resolve}
}

func argument(args []function.Arg) (types.Type, error) { return args[0].Type, nil }

func json([]function.Arg) (types.Type, error) { return types.VarcharOf(2000).Required(), nil }

// numeric resolves an aggregate of numbers, which keeps every type but DECIMAL.
func numeric(name string, decimal func(types.Type) types.Type) func([]function.Arg) (function.Signature, error) {
	return function.TakesFunc(name, func(args []function.Arg) (types.Type, error) {
		t := args[0].Type
		if t.Kind == types.Decimal {
			t = decimal(t).WithNotNull(t.NotNull)
		}
		return t, nil
	}, 0, number)
}

func percentile(args []function.Arg) (function.Signature, error) {
	share := function.Of("a number or an ARRAY of numbers", func(t types.Type) bool {
		return t.IsNumeric() || t.Kind == types.Array && t.Elem.IsNumeric()
	}).Typed()
	sig, err := function.Check("PERCENTILE", args, 1, function.Double.Typed(), share, function.BigInt.Typed())
	if err != nil {
		return sig, err
	}
	sig.Result = types.TDouble
	if t := sig.Args[1]; t.Kind == types.Array {
		sig.Args[1] = types.ArrayOf(types.TDouble).WithNotNull(t.NotNull)
		sig.Result = types.ArrayOf(types.TDouble)
	} else {
		sig.Args[1] = types.TDouble.WithNotNull(t.NotNull)
	}
	return sig, nil
}
