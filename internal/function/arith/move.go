package arith

import (
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// move returns the kernel that adds sign intervals to a date or time: argument
// at is the date, argument by the interval of kind unit.
func move(t types.Type, unit types.Kind, at, by int, sign int64) function.Kernel {
	if unit == types.IntervalYearMonth {
		return func(args []*vector.Vector, out *vector.Vector, n int) error {
			for i := range n {
				addMonths(out, args[at], i, sign*int64(kernel.At[int32](args[by], i)))
			}
			return nil
		}
	}
	switch {
	case t.Kind == types.Date:
		// Only whole days count.
		return func(args []*vector.Vector, out *vector.Vector, n int) error {
			o := out.Int32s()
			for i := range o {
				o[i] = kernel.At[int32](args[at], i) + int32(sign*kernel.At[int64](args[by], i)/types.MillisPerDay)
			}
			return nil
		}
	case t.Kind == types.Time:
		return func(args []*vector.Vector, out *vector.Vector, n int) error {
			o := out.Int32s()
			for i := range o {
				o[i] = types.TimeOfDay(int64(kernel.At[int32](args[at], i)) + sign*kernel.At[int64](args[by], i))
			}
			return nil
		}
	case t.Phys() == types.PhysInt64:
		loop := kernel.Add[int64]
		if sign < 0 {
			loop = kernel.Sub[int64]
		}
		return func(args []*vector.Vector, out *vector.Vector, n int) error {
			loop(out.Int64s(), args[at].Int64s(), args[by].Int64s())
			return nil
		}
	}
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		o := out.Timestamps()
		for i := range o {
			o[i] = args[at].Timestamp(i).AddMillis(sign * kernel.At[int64](args[by], i))
		}
		return nil
	}
}

// addMonths writes row i of in, moved by months, into out. A TIME has no months.
func addMonths(out, in *vector.Vector, i int, months int64) {
	switch in.Type().Kind {
	case types.Date:
		out.Int32s()[i] = int32(types.AddMonths(int64(kernel.At[int32](in, i)), months))
	case types.Time:
		out.Int32s()[i] = kernel.At[int32](in, i)
	default:
		out.SetTimestamp(i, in.Timestamp(i).AddMonths(months))
	}
}
