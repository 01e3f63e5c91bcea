package math

import (
	"math"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Whole returns the kernel of FLOOR or CEIL of a number. The functions
// themselves stand in package temporal, for they take times as well.
func Whole(t, result types.Type, ceil bool) function.Kernel {
	mode, round := types.RoundFloor, math.Floor
	if ceil {
		mode, round = types.RoundCeil, math.Ceil
	}
	switch {
	case t.Kind == types.Decimal:
		read := kernel.Wide(t)
		return func(args []*vector.Vector, out *vector.Vector, n int) error {
			for i := range n {
				if !out.IsNull(i) {
					v := types.DecimalRound(read(args[0], i), t.Scale, 0, mode)
					kernel.SetDecimal(out, i, v, v.FitsDecimal(result.Precision))
				}
			}
			return nil
		}
	case t.Kind == types.Float:
		return function.Each(func(args []*vector.Vector, i int) (float32, bool) {
			return float32(round(float64(kernel.At[float32](args[0], i)))), true
		})
	case t.Kind == types.Double:
		return function.Each(func(args []*vector.Vector, i int) (float64, bool) {
			return round(kernel.At[float64](args[0], i)), true
		})
	}
	convert := kernel.NumberConversion(t.Phys(), t.Phys())
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		convert(out, args[0])
		return nil
	}
}
