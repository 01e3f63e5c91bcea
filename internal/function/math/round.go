package math

import (
	"fmt"
	"math"
	"strconv"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	function.Register(
		&function.Def{
			Name: "ROUND", Strict: true, Partial: true, Total: exact, Family: "math", Syntax: "ROUND(x[, digits])",
			Doc:     "x rounded to so many digits after the point (0; before the point if negative), ties away from zero.",
			Resolve: resolveRound("ROUND"), Make: makeRound(types.RoundHalfUp),
			Examples: function.Examples("ROUND(2.5)", "3", "ROUND(-2.5)", "-3", "ROUND(12345, -2)", "12300", "ROUND(2.675e0, 2)", "2.68"),
		},
		&function.Def{
			Name: "TRUNCATE", Strict: true, Partial: true, Total: exact, Family: "math", Syntax: "TRUNCATE(x[, digits])",
			Doc:     "x cut to so many digits after the point.",
			Resolve: resolveRound("TRUNCATE"), Make: makeRound(types.RoundDown),
			Examples: function.Examples("TRUNCATE(42.999e0)", "42.0", "TRUNCATE(-129, -2)", "-100"),
		},
	)
}

func exact(args []types.Type, _ types.Type) bool { return !args[0].IsApprox() }

func resolveRound(name string) func([]function.Arg) (function.Signature, error) {
	return func(args []function.Arg) (function.Signature, error) {
		sig, err := function.Check(name, args, 1, function.Number.Typed(), function.Int.Typed())
		if err != nil {
			return sig, err
		}
		t := sig.Args[0]
		if t.Kind == types.Decimal {
			switch {
			case len(args) == 1:
				t = types.DecimalRoundType(t, 0)
			case args[1].Literal != nil && !args[1].Literal.Null:
				digits, err := strconv.ParseInt(args[1].Literal.Text, 10, 32)
				if err != nil {
					return sig, fmt.Errorf("%s takes an INT as argument 2", name)
				}
				t = types.DecimalRoundType(t, int32(digits))
			}
		}
		sig.Result = t.WithNotNull(function.NotNull(args))
		return sig, nil
	}
}

func makeRound(mode types.Rounding) function.Maker {
	return func(_ *function.Env, ts []types.Type, _ []*vector.Vector, result types.Type) (function.Kernel, error) {
		digits := func(args []*vector.Vector, i int) int32 {
			if len(args) == 1 {
				return 0
			}
			return kernel.At[int32](args[1], i)
		}
		t := ts[0]
		switch {
		case t.Kind == types.Decimal:
			read := kernel.Wide(t)
			return func(args []*vector.Vector, out *vector.Vector, n int) error {
				for i := range n {
					if !out.IsNull(i) {
						d := digits(args, i)
						x := types.DecimalRound(read(args[0], i), t.Scale, d, mode)
						v, ok := x.Rescale(min(t.Scale, max(d, 0)), result.Scale, result.Precision)
						kernel.SetDecimal(out, i, v, ok)
					}
				}
				return nil
			}, nil
		case t.IsInteger():
			read := kernel.Integers(t.Phys())
			return func(args []*vector.Vector, out *vector.Vector, n int) error {
				for i := range n {
					x := read(args[0], i)
					if d := digits(args, i); d < 0 && !out.IsNull(i) {
						x = types.DecimalRound(types.Int128Of(x), 0, max(d, -38), mode).Int64()
					}
					kernel.SetInteger(out, i, x)
				}
				return nil
			}, nil
		}
		read := kernel.Doubles(t)
		return func(args []*vector.Vector, out *vector.Vector, n int) error {
			var buf []byte
			for i := range n {
				if out.IsNull(i) {
					continue
				}
				x := read(args[0], i)
				if x-x != 0 {
					return function.Fail(i, "not-finite", "%v cannot be rounded", x)
				}
				if t.Kind == types.Float {
					buf = types.AppendFloat(buf[:0], float32(x))
				} else {
					buf = types.AppendDouble(buf[:0], x)
				}
				x = roundText(string(buf), digits(args, i), mode)
				if t.Kind == types.Float {
					out.Float32s()[i] = float32(x)
				} else {
					out.Float64s()[i] = x
				}
			}
			return nil
		}, nil
	}
}

// roundText rounds the decimal that prints for a DOUBLE, not its binary value:
// 2.675 is a tie there.
func roundText(text string, digits int32, mode types.Rounding) float64 {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.Abs(x) >= 1e15 && digits >= 0 {
		return x // no digits after the point
	}
	// 38 digits hold any DOUBLE below 1e15 as far as its digits count.
	const scale = 20
	v, err := types.ParseDecimal(text, types.MaxDecimalPrecision, scale)
	if err != nil {
		v, err = types.ParseDecimal(text, types.MaxDecimalPrecision, 0)
		if err != nil {
			return x
		}
		return types.DecimalToFloat64(types.DecimalRound(v, 0, digits, mode), 0)
	}
	if digits >= scale {
		return x
	}
	r := types.DecimalRound(v, scale, digits, mode)
	return types.DecimalToFloat64(r, max(digits, 0))
}
