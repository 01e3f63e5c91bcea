package arith

import (
	"slices"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// move returns the kernel that adds sign intervals to a date or time: argument
// at is the date, argument by the interval of kind unit.
func move(t types.Type, unit types.Kind, at, by int, sign int64) function.Kernel {
	if unit == types.IntervalYearMonth {
		return moveMonths(t, at, by, sign)
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

// moveMonths is move for intervals of months. A TIME has none.
func moveMonths(t types.Type, at, by int, sign int64) function.Kernel {
	if t.Kind == types.Time || t.Phys() == types.PhysStamp {
		return func(args []*vector.Vector, out *vector.Vector, n int) error {
			for i := range n {
				if t.Kind == types.Time {
					out.Int32s()[i] = kernel.At[int32](args[at], i)
				} else {
					out.Timestamps()[i] = args[at].Timestamp(i).AddMonths(sign * int64(kernel.At[int32](args[by], i)))
				}
			}
			return nil
		}
	}
	var months, scratch []int64
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		months = months[:0]
		for _, k := range args[by].Int32s() {
			months = append(months, sign*int64(k))
		}
		scratch = slices.Grow(scratch[:0], n)[:n]
		kernel.MoveMonths(out, args[at], scratch, months)
		return nil
	}
}
