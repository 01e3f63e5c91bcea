package temporal

import (
	"fmt"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	function.Register(&function.Def{
		Name: "EXTRACT", Strict: true, Family: "time", Syntax: "EXTRACT(unit FROM t)",
		Doc: "A part of a date, time, timestamp or interval: MILLENNIUM, CENTURY, DECADE, YEAR, ISOYEAR, QUARTER, MONTH, WEEK, DOY, DAY, " +
			"DOW (1 is Sunday), ISODOW (1 is Monday), HOUR, MINUTE, SECOND, MILLISECOND, MICROSECOND, NANOSECOND or EPOCH (seconds since 1970).",
		Examples: function.Examples("EXTRACT(YEAR FROM DATE '2024-02-29')", "2024", "EXTRACT(HOUR FROM INTERVAL '1 02:03:04' DAY TO SECOND)", "2"),
		Resolve: func(args []function.Arg) (function.Signature, error) {
			if len(args) != 2 {
				return function.Signature{}, fmt.Errorf("it is written EXTRACT(unit FROM t)")
			}
			return resolvePart("EXTRACT", function.Word(args[0]), args, 1)
		},
		Make: func(env *function.Env, ts []types.Type, consts []*vector.Vector, _ types.Type) (function.Kernel, error) {
			return extract(env, ts[1], string(consts[0].Bytes(0)), 1), nil
		},
	})
	for _, f := range []struct{ name, unit, doc, example, result string }{
		{"YEAR", "YEAR", "The year.", "YEAR(DATE '2024-02-29')", "2024"},
		{"QUARTER", "QUARTER", "The quarter, 1 to 4.", "QUARTER(DATE '2024-02-29')", "1"},
		{"MONTH", "MONTH", "The month, 1 to 12.", "MONTH(DATE '2024-02-29')", "2"},
		{"WEEK", "WEEK", "The week of the ISO year.", "WEEK(DATE '2024-12-30')", "1"},
		{"DAYOFYEAR", "DOY", "The day of the year, 1 to 366.", "DAYOFYEAR(DATE '2024-02-29')", "60"},
		{"DAYOFMONTH", "DAY", "The day of the month.", "DAYOFMONTH(DATE '2024-02-29')", "29"},
		{"DAYOFWEEK", "DOW", "The day of the week, 1 is Sunday.", "DAYOFWEEK(DATE '2024-01-07')", "1"},
		{"HOUR", "HOUR", "The hour, 0 to 23.", "HOUR(TIME '13:14:15')", "13"},
		{"MINUTE", "MINUTE", "The minute.", "MINUTE(TIME '13:14:15')", "14"},
		{"SECOND", "SECOND", "The second.", "SECOND(TIME '13:14:15')", "15"},
	} {
		function.Register(&function.Def{
			Name: f.name, Strict: true, Family: "time", Syntax: f.name + "(t)", Doc: f.doc, Examples: function.Examples(f.example, f.result),
			Resolve: func(args []function.Arg) (function.Signature, error) {
				if len(args) != 1 {
					return function.Signature{}, function.Count(f.name, args, 1, 1)
				}
				return resolvePart(f.name, f.unit, args, 0)
			},
			Make: func(env *function.Env, ts []types.Type, _ []*vector.Vector, _ types.Type) (function.Kernel, error) {
				return extract(env, ts[0], f.unit, 0), nil
			},
		})
	}
}

var (
	dateParts     = map[string]bool{"MILLENNIUM": true, "CENTURY": true, "DECADE": true, "YEAR": true, "ISOYEAR": true, "QUARTER": true, "MONTH": true, "WEEK": true, "DOY": true, "DAY": true, "DOW": true, "ISODOW": true, "EPOCH": true}
	clockParts    = map[string]bool{"HOUR": true, "MINUTE": true, "SECOND": true, "MILLISECOND": true}
	fineParts     = map[string]bool{"MICROSECOND": true, "NANOSECOND": true}
	monthsParts   = map[string]bool{"YEAR": true, "QUARTER": true, "MONTH": true, "CENTURY": true, "MILLENNIUM": true}
	intervalParts = map[string]bool{"DAY": true, "HOUR": true, "MINUTE": true, "SECOND": true, "MILLISECOND": true}
)

func resolvePart(name, unit string, args []function.Arg, at int) (function.Signature, error) {
	t := args[at].Type
	known := dateParts[unit] || clockParts[unit] || fineParts[unit]
	fits := false
	switch {
	case !known:
		return function.Signature{}, &function.ArgError{Arg: 1 - at, Text: fmt.Sprintf("%q is not a unit of time such as YEAR, MONTH, DAY, HOUR, MINUTE or SECOND", unit)}
	case t.IsTimestamp():
		fits = true
	case t.Kind == types.Date:
		fits = !fineParts[unit]
	case t.Kind == types.Time:
		fits = clockParts[unit]
	case t.Kind == types.IntervalYearMonth:
		fits = monthsParts[unit]
	case t.Kind == types.IntervalDaySecond:
		fits = intervalParts[unit]
	default:
		return function.Signature{}, fmt.Errorf("%s takes a date, time, timestamp or interval, not %s", name, t.Nullable())
	}
	if !fits {
		return function.Signature{}, fmt.Errorf("%s has no %s", t.Nullable(), unit)
	}
	sig := function.Signature{Args: function.TypesOf(args), Result: types.TBigInt.WithNotNull(t.NotNull && args[at].Type.NotNull)}
	sig.Args[at] = t
	return sig, nil
}

func extract(env *function.Env, t types.Type, unit string, at int) function.Kernel {
	switch t.Kind {
	case types.IntervalYearMonth:
		return function.Each(func(args []*vector.Vector, i int) (int64, bool) {
			return monthsPart(int64(kernel.At[int32](args[at], i)), unit), true
		})
	case types.IntervalDaySecond:
		return function.Each(func(args []*vector.Vector, i int) (int64, bool) {
			ms := kernel.At[int64](args[at], i)
			if unit == "DAY" {
				return ms / types.MillisPerDay, true
			}
			return clockPart(instant{milli: ms}, unit), true
		})
	}
	if part := dateLoops[unit]; part != nil && !(unit == "EPOCH" && t.IsTimestamp()) {
		return overDays(t, env.LocalZone(), at, part)
	}
	if part := clockLoops[unit]; part != nil && t.IsTimestamp() {
		return overMillis(t, env.LocalZone(), at, part)
	}
	read, part := reader(t, env.LocalZone()), clockPart
	if t.Kind == types.Date && clockParts[unit] {
		// Flink takes the days of a DATE for milliseconds.
		part = func(x instant, unit string) int64 { return clockPart(instant{milli: x.days}, unit) }
	}
	return function.Each(func(args []*vector.Vector, i int) (int64, bool) { return part(read(args[at], i), unit), true })
}

// clockPart keeps the sign of moments before 1970, as Flink does.
func clockPart(x instant, unit string) int64 {
	switch unit {
	case "HOUR":
		return x.milli % types.MillisPerDay / 3_600_000
	case "MINUTE":
		return x.milli % 3_600_000 / 60_000
	case "SECOND":
		return x.milli % 60_000 / 1000
	case "MILLISECOND":
		return x.milli % 1000
	case "MICROSECOND":
		return x.milli%1000*1000 + int64(x.nano)/1000
	}
	return x.milli%1000*1_000_000 + int64(x.nano)
}

// ages counts centuries and millennia: the first one begins with year 1.
func ages(year, length int64) int64 {
	if year > 0 {
		return (year + length - 1) / length
	}
	return -(length - 1 - year) / length
}

func monthsPart(months int64, unit string) int64 {
	switch unit {
	case "MONTH":
		return months % 12
	case "QUARTER":
		return months%12/3 + 1
	}
	return months / monthsOf[unit]
}
