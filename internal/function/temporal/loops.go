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
		"YEAR": func(x []int64) {
			for i, d := range x {
				year, _, _ := types.CivilFromDays(d)
				x[i] = int64(year)
			}
		},
		"QUARTER": func(x []int64) {
			for i, d := range x {
				_, month, _ := types.CivilFromDays(d)
				x[i] = int64(month+2) / 3
			}
		},
		"MONTH": func(x []int64) {
			for i, d := range x {
				_, month, _ := types.CivilFromDays(d)
				x[i] = int64(month)
			}
		},
		"DAY": func(x []int64) {
			for i, d := range x {
				_, _, day := types.CivilFromDays(d)
				x[i] = int64(day)
			}
		},
		"DOY": func(x []int64) {
			for i, d := range x {
				x[i] = int64(types.DayOfYear(types.CivilFromDays(d)))
			}
		},
		"DOW": func(x []int64) {
			for i, d := range x {
				x[i] = int64(types.Weekday(d)) + 1
			}
		},
		"ISODOW": func(x []int64) {
			for i, d := range x {
				x[i] = int64(types.Weekday(d-1)) + 1
			}
		},
		"WEEK": func(x []int64) {
			for i, d := range x {
				_, week := types.ISOWeek(d)
				x[i] = int64(week)
			}
		},
		"ISOYEAR": func(x []int64) {
			for i, d := range x {
				year, _ := types.ISOWeek(d)
				x[i] = int64(year)
			}
		},
		"DECADE": func(x []int64) {
			for i, d := range x {
				year, _, _ := types.CivilFromDays(d)
				x[i] = floorDiv(int64(year), 10)
			}
		},
		"CENTURY": func(x []int64) {
			for i, d := range x {
				year, _, _ := types.CivilFromDays(d)
				x[i] = ages(int64(year), 100)
			}
		},
		"MILLENNIUM": func(x []int64) {
			for i, d := range x {
				year, _, _ := types.CivilFromDays(d)
				x[i] = ages(int64(year), 1000)
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

// dayFloors round days from gregorianDay on down to the first day of a unit.
var dayFloors = map[string]func(day int64) int64{
	"WEEK": func(day int64) int64 { return day - int64(types.Weekday(day)) },
	"MONTH": func(day int64) int64 {
		_, _, nth := types.CivilFromDays(day)
		return day - int64(nth) + 1
	},
	"QUARTER": func(day int64) int64 {
		year, month, _ := types.CivilFromDays(day)
		return types.DaysFromCivil(year, (month-1)/3*3+1, 1)
	},
	"YEAR": func(day int64) int64 {
		year, _, _ := types.CivilFromDays(day)
		return types.DaysFromCivil(year, 1, 1)
	},
}

// floorToDay makes a kernel that rounds timestamps of at most milliseconds, which
// no zone moves, down to a unit of dayFloors.
func floorToDay(t types.Type, unit string) function.Kernel {
	floor := dayFloors[unit]
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		x := out.Int64s()
		loadDays(x, args[0], t, types.UTC)
		for i, day := range x {
			if day >= gregorianDay {
				day = floor(day)
			} else {
				day = roundDays(day, unit, false)
			}
			x[i] = day * types.MillisPerDay
		}
		return nil
	}
}
