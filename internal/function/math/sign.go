package math

import (
	"math"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	function.Register(
		&function.Def{
			Name: "ABS", Strict: true, Family: "math", Syntax: "ABS(x)", Doc: "The number or interval without its sign.",
			Examples: function.Examples("ABS(-5)", "5"),
			Resolve: function.TakesFunc("ABS", first, 0, function.Of("a number", func(t types.Type) bool {
				return t.IsNumeric() || t.IsInterval()
			}).Typed()),
			Make: makeAbs,
		},
		&function.Def{
			Name: "SIGN", Strict: true, Family: "math", Syntax: "SIGN(x)", Doc: "-1, 0 or 1 as the number is negative, zero or positive.",
			Examples: function.Examples("SIGN(-5)", "-1"),
			Resolve:  function.TakesFunc("SIGN", first, 0, function.Number.Typed()), Make: makeSign,
		},
	)
}

func first(args []function.Arg) (types.Type, error) { return args[0].Type, nil }

func makeAbs(_ *function.Env, args []types.Type, _ []*vector.Vector, _ types.Type) (function.Kernel, error) {
	switch t := args[0]; t.Phys() {
	case types.PhysFloat32:
		return function.Each(func(args []*vector.Vector, i int) (float32, bool) {
			return float32(math.Abs(float64(kernel.At[float32](args[0], i)))), true
		}), nil
	case types.PhysFloat64:
		return function.Each(func(args []*vector.Vector, i int) (float64, bool) {
			return math.Abs(kernel.At[float64](args[0], i)), true
		}), nil
	case types.PhysWide:
		return function.Each(func(args []*vector.Vector, i int) (types.Int128, bool) {
			return kernel.At[types.Int128](args[0], i).Abs(), true
		}), nil
	default:
		read := kernel.Integers(t.Phys())
		return func(args []*vector.Vector, out *vector.Vector, n int) error {
			for i := range n {
				x := read(args[0], i)
				if x < 0 {
					x = -x
				}
				kernel.SetInteger(out, i, x)
			}
			return nil
		}, nil
	}
}

func makeSign(_ *function.Env, args []types.Type, _ []*vector.Vector, _ types.Type) (function.Kernel, error) {
	t := args[0]
	switch t.Phys() {
	case types.PhysFloat32:
		return function.Each(func(args []*vector.Vector, i int) (float32, bool) {
			return float32(sign(float64(kernel.At[float32](args[0], i)))), true
		}), nil
	case types.PhysFloat64:
		return function.Each(func(args []*vector.Vector, i int) (float64, bool) {
			return sign(kernel.At[float64](args[0], i)), true
		}), nil
	}
	if t.Kind == types.Decimal {
		read, one := kernel.Wide(t), types.Pow10Wide(t.Scale)
		return func(args []*vector.Vector, out *vector.Vector, n int) error {
			for i := range n {
				v := types.Int128{}
				switch read(args[0], i).Sign() {
				case 1:
					v = one
				case -1:
					v = one.Neg()
				}
				kernel.SetDecimal(out, i, v, v.FitsDecimal(t.Precision))
			}
			return nil
		}, nil
	}
	read := kernel.Integers(t.Phys())
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		for i := range n {
			kernel.SetInteger(out, i, int64(types.Int128Of(read(args[0], i)).Sign()))
		}
		return nil
	}, nil
}

func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x
}
