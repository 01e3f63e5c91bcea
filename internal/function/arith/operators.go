package arith

import (
	"fmt"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	function.Register(
		&function.Def{
			Name: "+", Strict: true, Family: "arithmetic", Syntax: "a + b",
			Doc:     "The sum of two numbers or intervals, or a date or time moved by an interval. Integers wrap around.",
			Resolve: resolvePlus, Make: makePlus,
			Examples: function.Examples("1 + 2", "3", "1.5 + 2", "3.5", "2147483647 + 1", "-2147483648", "DATE '2024-01-31' + INTERVAL '1' MONTH", "2024-02-29"),
		},
		&function.Def{
			Name: "-", Strict: true, Family: "arithmetic", Syntax: "a - b",
			Doc:     "The difference of two numbers or intervals, or a date or time moved back by an interval.",
			Resolve: resolveMinus, Make: makeMinus,
			Examples: function.Examples("1 - 2", "-1", "TIMESTAMP '2024-01-01 00:00:00' - INTERVAL '1' SECOND", "2023-12-31 23:59:59"),
		},
		&function.Def{
			Name: "*", Strict: true, Family: "arithmetic", Syntax: "a * b",
			Doc:     "The product of two numbers, or of an interval and a number.",
			Resolve: resolveTimes, Make: makeTimes,
			Examples: function.Examples("6 * 7", "42", "1.5 * 2.25", "3.375", "2 * INTERVAL '1' DAY", "+2 00:00:00.000"),
		},
		&function.Def{
			Name: "/", Strict: true, Partial: true, Total: noDivision, Family: "arithmetic", Syntax: "a / b",
			Doc:     "The quotient of two numbers. Integers are cut towards zero; a divisor of zero is an error, but for FLOAT and DOUBLE.",
			Resolve: numbers("/"), Make: makeOver,
			Examples: function.Examples("-5 / 2", "-2", "5 / 2.0", "2.500000", "1e0 / 0", "Infinity"),
		},
		&function.Def{
			Name: "%", Aliases: []string{"MOD"}, Strict: true, Partial: true, Total: noDivision, Family: "arithmetic", Syntax: "a % b",
			Doc:     "The remainder of a / b, which has the sign of a.",
			Resolve: resolveMod, Make: makeMod,
			Examples: function.Examples("5 % -3", "2", "-5 % 3", "-2", "MOD(5.5, 2)", "1.5"),
		},
		&function.Def{
			Name: "NEGATE", Aliases: []string{"- (unary)"}, Strict: true, Family: "arithmetic", Syntax: "-a",
			Doc:     "The number or interval with the other sign.",
			Resolve: resolveNegate, Make: makeNegate,
			Examples: function.Examples("-(2 + 3)", "-5"),
		},
	)
}

// hint says what the operator takes, or what was probably meant.
func hint(op string, a, b types.Type) string {
	moment := func(t types.Type) bool { return t.IsTimestamp() || t.Kind == types.Date || t.Kind == types.Time }
	switch {
	case op == "-" && moment(a) && moment(b):
		return "TIMESTAMPDIFF(SECOND, b, a) is the time between two"
	case (op == "+" || op == "-") && moment(a) && b.IsNumeric():
		return "add an interval such as INTERVAL '1' DAY"
	case op == "+" && (a.IsString() || b.IsString()):
		return "it takes two numbers, || joins strings"
	}
	return "it takes two numbers"
}

// numbers resolves an operator on two numbers.
func numbers(op string) func([]function.Arg) (function.Signature, error) {
	return func(args []function.Arg) (function.Signature, error) {
		a, b := args[0].Type, args[1].Type
		if !a.IsNumeric() || !b.IsNumeric() {
			return function.Signature{}, function.Refuse(op, args, hint(op, a, b))
		}
		var t types.Type
		switch {
		case a.IsApprox() && b.IsApprox():
			t = types.Type{Kind: a.Kind} // the left one decides, as in Flink
		case a.IsApprox() || b.IsApprox():
			t = types.TDouble
			if a.Kind == types.Float && b.Kind != types.Double && b.Kind != types.Decimal || b.Kind == types.Float && a.Kind != types.Double && a.Kind != types.Decimal {
				t = types.TFloat
			}
		case a.Kind == types.Decimal || b.Kind == types.Decimal:
			a, _ = types.AsDecimal(a)
			b, _ = types.AsDecimal(b)
			return function.Signature{Args: []types.Type{a, b}, Result: decimalResult(op, a, b).WithNotNull(a.NotNull && b.NotNull)}, nil
		default:
			t = types.Type{Kind: max(a.Kind, b.Kind)}
		}
		return function.Signature{
			Args:   []types.Type{t.WithNotNull(a.NotNull), t.WithNotNull(b.NotNull)},
			Result: t.WithNotNull(a.NotNull && b.NotNull),
		}, nil
	}
}

func decimalResult(op string, a, b types.Type) types.Type {
	switch op {
	case "*":
		return types.DecimalMulType(a, b)
	case "/":
		return types.DecimalDivType(a, b)
	case "%":
		return types.DecimalModType(a, b)
	}
	return types.DecimalAddType(a, b)
}

func isDateTime(t types.Type) bool {
	return t.Kind == types.Date || t.Kind == types.Time || t.IsTimestamp()
}

func resolvePlus(args []function.Arg) (function.Signature, error) {
	a, b := args[0].Type, args[1].Type
	switch {
	case a.Kind == types.IntervalDaySecond && b.Kind == a.Kind, a.Kind == types.IntervalYearMonth && b.Kind == a.Kind,
		isDateTime(a) && b.IsInterval():
		return pair(a, b, a), nil
	case a.IsInterval() && isDateTime(b) && b.Kind != types.TimestampLTZ:
		return pair(a, b, b), nil
	}
	return numbers("+")(args)
}

func pair(a, b, result types.Type) function.Signature {
	return function.Signature{Args: []types.Type{a, b}, Result: result.WithAttr(types.NoAttr).WithNotNull(a.NotNull && b.NotNull)}
}

func resolveMinus(args []function.Arg) (function.Signature, error) {
	a, b := args[0].Type, args[1].Type
	if a.IsInterval() && b.Kind == a.Kind || isDateTime(a) && b.IsInterval() {
		return pair(a, b, a), nil
	}
	return numbers("-")(args)
}

func resolveTimes(args []function.Arg) (function.Signature, error) {
	a, b := args[0].Type, args[1].Type
	switch {
	case a.IsInterval() && b.IsInteger():
		return function.Signature{Args: []types.Type{a, types.TBigInt.WithNotNull(b.NotNull)}, Result: a.WithNotNull(a.NotNull && b.NotNull)}, nil
	case a.IsInteger() && b.IsInterval():
		return function.Signature{Args: []types.Type{types.TBigInt.WithNotNull(a.NotNull), b}, Result: b.WithNotNull(a.NotNull && b.NotNull)}, nil
	}
	return numbers("*")(args)
}

func resolveMod(args []function.Arg) (function.Signature, error) {
	if len(args) != 2 {
		return function.Signature{}, function.Count("MOD", args, 2, 2)
	}
	a, b := args[0].Type, args[1].Type
	if a.IsApprox() || b.IsApprox() {
		return function.Signature{}, function.Refuse("%", args, "it takes integers and DECIMALs")
	}
	sig, err := numbers("%")(args)
	if err == nil && a.Scale == 0 && b.Scale == 0 {
		// The remainder is smaller than the divisor.
		sig.Result = types.Type{Kind: b.Kind, Precision: b.Precision, NotNull: sig.Result.NotNull}
	}
	return sig, err
}

func resolveNegate(args []function.Arg) (function.Signature, error) {
	t := args[0].Type
	if !t.IsNumeric() && !t.IsInterval() {
		return function.Signature{}, fmt.Errorf("- takes a number or an interval, not %s", t.Nullable())
	}
	return function.Signature{Args: []types.Type{t}, Result: t}, nil
}

// binary makes a kernel of a loop over one element type.
func binary[T vector.Fixed](loop func(out, a, b []T)) function.Kernel {
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		loop(vector.Slice[T](out), vector.Slice[T](args[0]), vector.Slice[T](args[1]))
		return nil
	}
}

// partial makes a kernel of a loop that reports a divisor of zero.
func partial[T vector.Fixed](loop func(out, a, b []T, valid []uint64) int) function.Kernel {
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		return divided(loop(vector.Slice[T](out), vector.Slice[T](args[0]), vector.Slice[T](args[1]), out.Validity()))
	}
}

func divided(row int) error {
	if row < 0 {
		return nil
	}
	return function.Fail(row, "division-by-zero", "division by zero")
}

func decimal(op kernel.Decimal) function.Kernel {
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		return divided(op(out, args[0], args[1]))
	}
}

func makePlus(_ *function.Env, args []types.Type, _ []*vector.Vector, result types.Type) (function.Kernel, error) {
	a, b := args[0], args[1]
	switch {
	case a.Kind == types.Decimal:
		return decimal(kernel.AddDecimals(a, b, result, false)), nil
	case isDateTime(a):
		return move(a, b.Kind, 0, 1, 1), nil
	case isDateTime(b):
		return move(b, a.Kind, 1, 0, 1), nil
	}
	switch result.Phys() {
	case types.PhysInt8:
		return binary(kernel.Add[int8]), nil
	case types.PhysInt16:
		return binary(kernel.Add[int16]), nil
	case types.PhysInt32:
		return binary(kernel.Add[int32]), nil
	case types.PhysInt64:
		return binary(kernel.Add[int64]), nil
	case types.PhysFloat32:
		return binary(kernel.Add[float32]), nil
	}
	return binary(kernel.Add[float64]), nil
}

func makeMinus(_ *function.Env, args []types.Type, _ []*vector.Vector, result types.Type) (function.Kernel, error) {
	a, b := args[0], args[1]
	switch {
	case a.Kind == types.Decimal:
		return decimal(kernel.AddDecimals(a, b, result, true)), nil
	case isDateTime(a):
		return move(a, b.Kind, 0, 1, -1), nil
	}
	switch result.Phys() {
	case types.PhysInt8:
		return binary(kernel.Sub[int8]), nil
	case types.PhysInt16:
		return binary(kernel.Sub[int16]), nil
	case types.PhysInt32:
		return binary(kernel.Sub[int32]), nil
	case types.PhysInt64:
		return binary(kernel.Sub[int64]), nil
	case types.PhysFloat32:
		return binary(kernel.Sub[float32]), nil
	}
	return binary(kernel.Sub[float64]), nil
}

func makeTimes(_ *function.Env, args []types.Type, _ []*vector.Vector, result types.Type) (function.Kernel, error) {
	switch {
	case args[0].Kind == types.Decimal:
		return decimal(kernel.MulDecimals(args[0], args[1], result)), nil
	case result.Kind == types.IntervalYearMonth:
		return func(args []*vector.Vector, out *vector.Vector, n int) error {
			months, factor := args[0], args[1]
			if months.Phys() != types.PhysInt32 {
				months, factor = factor, months
			}
			o := out.Int32s()
			for i := range o {
				o[i] = int32(int64(kernel.At[int32](months, i)) * kernel.At[int64](factor, i))
			}
			return nil
		}, nil
	}
	switch result.Phys() {
	case types.PhysInt8:
		return binary(kernel.Mul[int8]), nil
	case types.PhysInt16:
		return binary(kernel.Mul[int16]), nil
	case types.PhysInt32:
		return binary(kernel.Mul[int32]), nil
	case types.PhysInt64:
		return binary(kernel.Mul[int64]), nil
	case types.PhysFloat32:
		return binary(kernel.Mul[float32]), nil
	}
	return binary(kernel.Mul[float64]), nil
}

func makeOver(_ *function.Env, args []types.Type, _ []*vector.Vector, result types.Type) (function.Kernel, error) {
	if args[0].Kind == types.Decimal {
		return decimal(kernel.DivDecimals(args[0], args[1], result)), nil
	}
	switch result.Phys() {
	case types.PhysInt8:
		return partial(kernel.Div[int8]), nil
	case types.PhysInt16:
		return partial(kernel.Div[int16]), nil
	case types.PhysInt32:
		return partial(kernel.Div[int32]), nil
	case types.PhysInt64:
		return partial(kernel.Div[int64]), nil
	case types.PhysFloat32:
		return binary(kernel.Quo[float32]), nil
	}
	return binary(kernel.Quo[float64]), nil
}

// noDivision reports types whose division cannot fail.
func noDivision(args []types.Type, _ types.Type) bool { return args[0].IsApprox() }

func makeMod(_ *function.Env, args []types.Type, _ []*vector.Vector, result types.Type) (function.Kernel, error) {
	if args[0].Kind == types.Decimal {
		d, ok := types.AsDecimal(result)
		mod := decimal(kernel.ModDecimals(args[0], args[1], d))
		if !ok || result.Kind == types.Decimal {
			return mod, nil
		}
		return narrowed(mod, d, func(out, wide *vector.Vector) {
			read, write := kernel.Wide(d), kernel.NumberConversion(types.PhysInt64, result.Phys())
			whole := vector.New(types.TBigInt, wide.Len())
			whole.Resize(wide.Len())
			for i := range whole.Len() {
				whole.Int64s()[i] = read(wide, i).Int64()
			}
			write(out, whole)
		}), nil
	}
	var mod function.Kernel
	switch args[0].Phys() {
	case types.PhysInt8:
		mod = partial(kernel.Mod[int8])
	case types.PhysInt16:
		mod = partial(kernel.Mod[int16])
	case types.PhysInt32:
		mod = partial(kernel.Mod[int32])
	default:
		mod = partial(kernel.Mod[int64])
	}
	if result.Phys() == args[0].Phys() {
		return mod, nil
	}
	return narrowed(mod, args[0], kernel.NumberConversion(args[0].Phys(), result.Phys())), nil
}

// narrowed computes a result of type t and converts it.
func narrowed(mod function.Kernel, t types.Type, narrow func(out, wide *vector.Vector)) function.Kernel {
	wide := vector.New(t.Nullable(), vector.DefaultSize)
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		wide.Reset()
		wide.Resize(n)
		wide.SetValidity(out.Validity())
		if err := mod(args, wide, n); err != nil {
			return err
		}
		narrow(out, wide)
		return nil
	}
}

func makeNegate(_ *function.Env, args []types.Type, _ []*vector.Vector, _ types.Type) (function.Kernel, error) {
	t := args[0]
	if t.Kind == types.Decimal {
		neg := kernel.NegDecimals(t)
		return func(args []*vector.Vector, out *vector.Vector, n int) error {
			neg(out, args[0])
			return nil
		}, nil
	}
	switch t.Phys() {
	case types.PhysInt8:
		return unary(kernel.Neg[int8]), nil
	case types.PhysInt16:
		return unary(kernel.Neg[int16]), nil
	case types.PhysInt32:
		return unary(kernel.Neg[int32]), nil
	case types.PhysInt64:
		return unary(kernel.Neg[int64]), nil
	case types.PhysFloat32:
		return unary(kernel.Neg[float32]), nil
	}
	return unary(kernel.Neg[float64]), nil
}

func unary[T vector.Fixed](loop func(out, a []T)) function.Kernel {
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		loop(vector.Slice[T](out), vector.Slice[T](args[0]))
		return nil
	}
}
