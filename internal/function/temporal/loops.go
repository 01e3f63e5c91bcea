package temporal

import (
	"slices"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// dateLoops take parts of days since 1970 in place, clockLoops of milliseconds. A
// loop for each unit lets the compiler divide by constants.
var (
	dateLoops = map[string]func(x []int64){
		"EPOCH": func(x []int64) {
			for i := range x {
				x[i] *= types.MillisPerDay / 1000
			}
		},
		"YEAR": kernel.Years,
		"QUARTER": func(x []int64) {
			kernel.Months(x)
			for i, month := range x {
				x[i] = int64(uint32(month+2) / 3)
			}
		},
		"MONTH":  kernel.Months,
		"DAY":    kernel.DaysOfMonth,
		"DOY":    kernel.DaysOfYear,
		"DOW":    func(x []int64) { kernel.Weekdays(x, 4, 1) },
		"ISODOW": func(x []int64) { kernel.Weekdays(x, 3, 1) },
		"WEEK":   kernel.Weeks,
		"ISOYEAR": func(x []int64) {
			for i, d := range x {
				year, _ := types.ISOWeek(d)
				x[i] = int64(year)
			}
		},
		"DECADE": func(x []int64) {
			kernel.Years(x)
			for i, year := range x {
				x[i] = floorDiv(year, 10)
			}
		},
		"CENTURY": func(x []int64) {
			kernel.Years(x)
			for i, year := range x {
				x[i] = ages(year, 100)
			}
		},
		"MILLENNIUM": func(x []int64) {
			kernel.Years(x)
			for i, year := range x {
				x[i] = ages(year, 1000)
			}
		},
	}
	// They keep the sign of moments before 1970, as Flink does.
	clockLoops = map[string]func(x []int64){
		"HOUR": func(x []int64) {
			for i, ms := range x {
				x[i] = ms % types.MillisPerDay / 3_600_000
			}
		},
		"MINUTE": func(x []int64) {
			for i, ms := range x {
				x[i] = ms % 3_600_000 / 60_000
			}
		},
		"SECOND": func(x []int64) {
			for i, ms := range x {
				x[i] = ms % 60_000 / 1000
			}
		},
		"MILLISECOND": func(x []int64) {
			for i := range x {
				x[i] %= 1000
			}
		},
		"EPOCH": func(x []int64) {
			for i := range x {
				x[i] /= 1000
			}
		},
	}
)

// overMillis makes a kernel of a loop over the local milliseconds of timestamps.
func overMillis(t types.Type, zone *types.Zone, at int, loop func(x []int64)) function.Kernel {
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		x := out.Int64s()
		loadMillis(x, args[at], t, zone)
		loop(x)
		return nil
	}
}

// overDays makes a kernel of a loop over the days of dates and timestamps.
func overDays(t types.Type, zone *types.Zone, at int, loop func(x []int64)) function.Kernel {
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		x := out.Int64s()
		loadDays(x, args[at], t, zone)
		loop(x)
		return nil
	}
}

// loadMillis stores the local time of timestamps in milliseconds.
func loadMillis(x []int64, v *vector.Vector, t types.Type, zone *types.Zone) {
	switch {
	case v.Phys() != types.PhysInt64:
		for i := range x {
			x[i] = v.Timestamp(i).Milli
		}
	case v.Const:
		for i := range x {
			x[i] = v.Int64s()[0]
		}
	default:
		copy(x, v.Int64s())
	}
	if t.Kind == types.TimestampLTZ && zone != types.UTC {
		for i, ms := range x {
			x[i] = zone.Local(ms)
		}
	}
}

// loadDays stores the days of dates and timestamps.
func loadDays(x []int64, v *vector.Vector, t types.Type, zone *types.Zone) {
	if t.Kind == types.Date {
		days := v.Int32s()
		for i := range x {
			if !v.Const {
				x[i] = int64(days[i])
			} else {
				x[i] = int64(days[0])
			}
		}
		return
	}
	loadMillis(x, v, t, zone)
	if t.Kind == types.TimestampLTZ {
		for i, ms := range x {
			x[i] = ms / types.MillisPerDay // Flink cuts towards 1970
		}
		return
	}
	for i, ms := range x {
		x[i] = int64(types.DateOfTimestamp(ms))
	}
}

// diffLoop makes the kernel of a TIMESTAMPDIFF in units of fixed length.
func diffLoop(from, to func(v *vector.Vector, i int) int64, cut func(x []int64)) function.Kernel {
	var x []int64
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		o, a, b := out.Int32s(), args[1], args[2]
		x = slices.Grow(x[:0], len(o))[:len(o)]
		if a.Phys() == types.PhysInt64 && b.Phys() == types.PhysInt64 {
			kernel.Sub(x, b.Int64s(), a.Int64s())
		} else {
			for i := range x {
				x[i] = to(b, i) - from(a, i)
			}
		}
		cut(x)
		for i, units := range x {
			o[i] = int32(units)
		}
		return nil
	}
}

// monthsLoop makes the kernel of what counts months between two arguments behind
// the first one, in units of some of them. They are multiplied by scale before.
func monthsLoop(from, to func(v *vector.Vector, i int) int64, scale int64, perUnit int32) function.Kernel {
	var x, y []int64
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		o := out.Int32s()
		x, y = slices.Grow(x[:0], len(o))[:len(o)], slices.Grow(y[:0], len(o))[:len(o)]
		for i := range o {
			x[i], y[i] = from(args[1], i)*scale, to(args[2], i)*scale
		}
		kernel.MonthsBetween(o, x, y)
		if perUnit > 1 {
			for i := range o {
				o[i] /= perUnit
			}
		}
		return nil
	}
}

// addMonths makes the kernel of TIMESTAMPADD in a unit of some months.
func addMonths(t types.Type, perUnit int64) function.Kernel {
	var by, x []int64
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		by = append(by[:0], args[1].Int64s()...)
		for i := range by {
			by[i] *= perUnit
		}
		x = slices.Grow(x[:0], n)[:n]
		kernel.MoveMonths(out, args[2], x, by)
		return nil
	}
}

// divisions cut milliseconds to whole units, by their length.
var divisions = map[int64]func(x []int64){
	1: func([]int64) {},
	1000: func(x []int64) {
		for i := range x {
			x[i] /= 1000
		}
	},
	60_000: func(x []int64) {
		for i := range x {
			x[i] /= 60_000
		}
	},
	3_600_000: func(x []int64) {
		for i := range x {
			x[i] /= 3_600_000
		}
	},
	types.MillisPerDay: func(x []int64) {
		for i := range x {
			x[i] /= types.MillisPerDay
		}
	},
	7 * types.MillisPerDay: func(x []int64) {
		for i := range x {
			x[i] /= 7 * types.MillisPerDay
		}
	},
}

// floors round milliseconds down to units, by their length.
var floors = map[int64]func(x []int64){
	1: func([]int64) {},
	1000: func(x []int64) {
		for i, ms := range x {
			x[i] = ms - mod(ms%1000, 1000)
		}
	},
	60_000: func(x []int64) {
		for i, ms := range x {
			x[i] = ms - mod(ms%60_000, 60_000)
		}
	},
	3_600_000: func(x []int64) {
		for i, ms := range x {
			x[i] = ms - mod(ms%3_600_000, 3_600_000)
		}
	},
	types.MillisPerDay: func(x []int64) {
		for i, ms := range x {
			x[i] = ms - mod(ms%types.MillisPerDay, types.MillisPerDay)
		}
	},
}

// mod makes a remainder that has its sign from the dividend one from 0 on.
func mod(rest, length int64) int64 { return rest + length&(rest>>63) }

// overTimestamps makes a kernel that rounds timestamps of at most milliseconds by
// a loop of floors.
func overTimestamps(t types.Type, loop func(x []int64), ceil bool) function.Kernel {
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		x := out.Int64s()
		loadMillis(x, args[0], t, types.UTC)
		if !ceil {
			loop(x)
			return nil
		}
		// What is rounded down below zero is rounded up above it.
		for i := range x {
			x[i] = -x[i]
		}
		loop(x)
		for i := range x {
			x[i] = -x[i]
		}
		return nil
	}
}

// roundings round days from gregorianDay on to the first day of a unit.
var roundings = map[string]func(x []int64, ceil bool){
	"WEEK": func(x []int64, ceil bool) {
		if ceil {
			kernel.CeilToWeekday(x, 4)
		} else {
			kernel.FloorToWeekday(x, 4)
		}
	},
	"MONTH":   rounding(kernel.Month),
	"QUARTER": rounding(kernel.Quarter),
	"YEAR":    rounding(kernel.Year),
}

func rounding(u kernel.Unit) func(x []int64, ceil bool) {
	return func(x []int64, ceil bool) {
		if ceil {
			kernel.CeilDays(x, u)
		} else {
			kernel.FloorDays(x, u)
		}
	}
}

// roundToDay makes a kernel that rounds dates, or timestamps of at most
// milliseconds which no zone moves, to a unit of roundings.
func roundToDay(t types.Type, unit string, ceil bool) function.Kernel {
	round := roundings[unit]
	var days []int64
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		days = slices.Grow(days[:0], n)[:n]
		loadDays(days, args[0], t, types.UTC)
		early := false
		for _, day := range days {
			early = early || day < gregorianDay
		}
		if early {
			for i, day := range days {
				days[i] = roundDays(day, unit, ceil)
			}
		} else {
			round(days, ceil)
		}
		if t.Kind == types.Date {
			o := out.Int32s()
			for i, day := range days {
				o[i] = int32(day)
			}
			return nil
		}
		o := out.Int64s()
		for i, day := range days {
			o[i] = day * types.MillisPerDay
		}
		return nil
	}
}
