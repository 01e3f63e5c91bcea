package temporal

import (
	"fmt"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/function/math"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	function.Register(
		&function.Def{
			Name: "FLOOR", Strict: true, Family: "math", Syntax: "FLOOR(x) or FLOOR(t TO unit)",
			Doc: "The largest whole number that is not greater; or a date or time cut to a unit (weeks begin on Sunday).", Resolve: resolveFloor("FLOOR"), Make: makeFloor(false),
			Examples: function.Examples("FLOOR(-1.5)", "-2", "FLOOR(DATE '2024-02-29' TO MONTH)", "2024-02-01", "FLOOR(TIMESTAMP '2024-02-29 12:44:31' TO HOUR)", "2024-02-29 12:00:00"),
		},
		&function.Def{
			Name: "CEIL", Aliases: []string{"CEILING"}, Strict: true, Family: "math", Syntax: "CEIL(x) or CEIL(t TO unit)",
			Doc: "The smallest whole number that is not less; or a date or time moved up to the next unit.", Resolve: resolveFloor("CEIL"), Make: makeFloor(true),
			Examples: function.Examples("CEIL(1.5)", "2", "CEIL(DATE '2024-01-15' TO MONTH)", "2024-02-01"),
		},
	)
}

func resolveFloor(name string) func([]function.Arg) (function.Signature, error) {
	return func(args []function.Arg) (function.Signature, error) {
		if len(args) == 1 {
			return function.TakesFunc(name, func(args []function.Arg) (types.Type, error) {
				t := args[0].Type
				if t.Kind == types.Decimal {
					t = types.DecimalOf(t.Precision, 0).WithNotNull(t.NotNull)
				}
				return t, nil
			}, 0, function.Number.Typed())(args)
		}
		sig, err := function.Check(name, args, 0, function.Of("a date, time or timestamp", isDateTime).Typed(), unitParam)
		if err != nil {
			return sig, err
		}
		unit := function.Word(args[1])
		dated := args[0].Type.Kind == types.Date && (fineParts[unit] || dateParts[unit]) // stays as it is
		if units[unit] == 0 && monthsOf[unit] == 0 && !dated {
			return sig, fmt.Errorf("%s cannot round to %s", name, unit)
		}
		sig.Result = args[0].Type.WithAttr(types.NoAttr)
		return sig, nil
	}
}

func makeFloor(ceil bool) function.Maker {
	return func(env *function.Env, ts []types.Type, consts []*vector.Vector, result types.Type) (function.Kernel, error) {
		t := ts[0]
		if len(ts) == 1 {
			return math.Whole(t, result, ceil), nil
		}
		unit, zone := string(consts[1].Bytes(0)), env.LocalZone()
		read := reader(t, zone)
		length := clockUnit(t, unit)
		plain := t.IsTimestamp() && t.Phys() == types.PhysInt64 && (t.Kind == types.TimestampNTZ || zone == types.UTC)
		switch {
		case plain && floors[length] != nil:
			return overTimestamps(t, floors[length], ceil), nil
		case (plain && length == 0 || t.Kind == types.Date) && roundings[unit] != nil:
			return roundToDay(t, unit, ceil), nil
		}
		return func(args []*vector.Vector, out *vector.Vector, n int) error {
			for i := range n {
				if out.IsNull(i) {
					continue
				}
				x := read(args[0], i)
				switch t.Kind {
				case types.Date:
					out.Int32s()[i] = int32(roundDays(x.days, unit, ceil))
				case types.Time:
					if length > 0 {
						out.Int32s()[i] = int32(roundMillis(x.milli, length, ceil))
					} else {
						out.Int32s()[i] = int32(roundDays(x.milli, unit, ceil)) // as if it were a date: so does Flink
					}
				default:
					if length > 0 {
						x.milli = roundMillis(x.milli, length, ceil)
					} else {
						x.milli = roundDays(x.days, unit, ceil) * types.MillisPerDay
					}
					if t.Kind == types.TimestampLTZ {
						x.milli = zone.Instant(x.milli)
					}
					out.SetTimestamp(i, types.TimestampOfMillis(x.milli))
				}
			}
			return nil
		}, nil
	}
}

// clockUnit returns the milliseconds that values of type t are rounded to, 0 if
// their calendar decides. ISOYEAR counts as 12, its months, as in Flink.
func clockUnit(t types.Type, unit string) int64 {
	switch {
	case unit == "ISOYEAR":
		return 12
	case unit == "WEEK", unit == "DAY" && t.Kind == types.Time:
		return 0
	}
	return units[unit]
}

func roundMillis(ms, length int64, ceil bool) int64 {
	low := floorDiv(ms, length) * length
	if ceil && low < ms {
		return low + length
	}
	return low
}

// roundDays rounds a date to weeks or longer units; shorter ones leave it. It
// counts as Flink does: dates before 1582-10-15 are taken apart by the Julian
// calendar and put together by the Gregorian one, and a decade, century or
// millennium is moved up even from its first day, as is a day.
func roundDays(days int64, unit string, ceil bool) int64 {
	if monthsOf[unit] == 0 && unit != "WEEK" && unit != "DAY" || unit == "ISOYEAR" {
		return days
	}
	year, month, day := julianOrGregorian(days)
	up := 0 // 1 if the result is the next unit
	if ceil {
		up = 1
	}
	if month == 1 && day == 1 && unit == "YEAR" || day == 1 && (unit == "MONTH" || unit == "QUARTER" && month%3 == 1) {
		up = 0
	}
	switch unit {
	case "DAY":
		return types.DaysFromCivil(year, month, day+up)
	case "WEEK":
		past := types.Weekday(days)
		if past > 0 {
			past -= 7 * up
		}
		return types.DaysFromCivil(year, month, day-past)
	case "MONTH":
		return types.DaysFromCivil(year, month+up, 1)
	case "QUARTER":
		return types.DaysFromCivil(year, (month-1)/3*3+1+3*up, 1)
	case "YEAR":
		return types.DaysFromCivil(year+up, 1, 1)
	case "DECADE":
		return types.DaysFromCivil((year/10+up)*10, 1, 1)
	}
	length := int(monthsOf[unit] / 12)
	return types.DaysFromCivil(((year+length-1)/length+up-1)*length+1, 1, 1)
}

// gregorianDay is 1582-10-15, the first day of the Gregorian calendar.
const gregorianDay = -141427

// julianOrGregorian takes a day apart by the calendar of its time.
func julianOrGregorian(days int64) (year, month, day int) {
	if days >= gregorianDay {
		return types.CivilFromDays(days)
	}
	// Years of the Julian calendar that begin in March, counted from -4800.
	c := days + 2440588 + 32082
	y := (4*c + 3) / 1461
	e := c - 1461*y/4
	m := (5*e + 2) / 153
	return int(y - 4800 + m/10), int(m + 3 - 12*(m/10)), int(e - (153*m+2)/5 + 1)
}
