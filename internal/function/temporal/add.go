package temporal

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
			Name: "TIMESTAMPADD", Strict: true, Family: "time", Syntax: "TIMESTAMPADD(unit, n, t)", Doc: "The date or time n units later.",
			Resolve: resolveAdd, Make: makeAdd,
			Examples: function.Examples("TIMESTAMPADD(MONTH, 1, DATE '2024-01-31')", "2024-02-29"),
		},
		&function.Def{
			Name: "TIMESTAMPDIFF", Strict: true, Family: "time", Syntax: "TIMESTAMPDIFF(unit, a, b)", Doc: "The whole units from a to b.",
			Resolve: resolveDiff, Make: makeDiff,
			Examples: function.Examples("TIMESTAMPDIFF(MONTH, DATE '2024-01-31', DATE '2024-02-29')", "1", "TIMESTAMPDIFF(HOUR, TIMESTAMP '2024-01-01 00:00:00', TIMESTAMP '2024-01-01 23:59:59')", "23"),
		},
		&function.Def{
			Name: "INTERVAL BETWEEN", Strict: true, Family: "time", Syntax: "(b - a) unit", Doc: "The time from a to b: whole months for YEAR and MONTH, else to the millisecond.",
			Resolve: resolveBetween, Make: makeBetween,
			Examples: function.Examples("(DATE '2024-03-01' - DATE '2024-02-01') DAY", "+29 00:00:00.000", "(DATE '2024-03-01' - DATE '2024-02-01') MONTH", "+0-01"),
		},
		&function.Def{
			Name: "OVERLAPS", Lazy: true, Family: "time", Syntax: "(a, b) OVERLAPS (c, d)",
			Doc:      "Whether two periods have a moment in common; a period's end may be an interval.",
			Resolve:  resolveOverlaps,
			Examples: function.Examples("(TIME '09:00:00', TIME '10:00:00') OVERLAPS (TIME '10:15:00', INTERVAL '3' HOUR)", "FALSE"),
		},
	)
}

func resolveAdd(args []function.Arg) (function.Signature, error) {
	sig, err := function.Check("TIMESTAMPADD", args, 0, unitParam, function.BigInt.Typed(), function.Of("a date, time or timestamp", isDateTime).Typed())
	if err != nil {
		return sig, err
	}
	unit := function.Word(args[0])
	if units[unit] == 0 && monthsOf[unit] == 0 {
		return sig, fmt.Errorf("TIMESTAMPADD has no unit %s", unit)
	}
	t := args[2].Type.WithAttr(types.NoAttr)
	switch {
	case unit == "MILLISECOND" && t.Kind == types.Date:
		return sig, fmt.Errorf("TIMESTAMPADD adds no MILLISECOND to a DATE")
	case unit == "MILLISECOND" && t.IsTimestamp():
		t.Precision = max(t.Precision, 3)
	case t.Kind == types.Date && units[unit] > 0 && units[unit] < types.MillisPerDay:
		t = types.TimestampOf(6)
	}
	sig.Args[2] = t
	sig.Result = t.WithNotNull(args[1].Type.NotNull && args[2].Type.NotNull)
	return sig, nil
}

func makeAdd(_ *function.Env, ts []types.Type, consts []*vector.Vector, _ types.Type) (function.Kernel, error) {
	unit, t := consts[0].Bytes(0), ts[2]
	length, months := units[string(unit)], monthsOf[string(unit)]
	if months == 0 && t.Phys() == types.PhysInt64 && consts[1] != nil && !consts[1].IsNull(0) {
		by := []int64{consts[1].Int64s()[0] * length}
		return func(args []*vector.Vector, out *vector.Vector, n int) error {
			kernel.Add(out.Int64s(), args[2].Int64s(), by)
			return nil
		}, nil
	}
	if months > 0 && t.Phys() != types.PhysStamp && t.Kind != types.Time {
		return addMonths(t, months), nil
	}
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		for i := range n {
			if out.IsNull(i) {
				continue
			}
			k := kernel.At[int64](args[1], i)
			switch t.Kind {
			case types.Date:
				out.Int32s()[i] = kernel.At[int32](args[2], i) + int32(k*length/types.MillisPerDay)
			case types.Time:
				out.Int32s()[i] = types.TimeOfDay(int64(kernel.At[int32](args[2], i)) + k*length)
			default:
				x := args[2].Timestamp(i)
				if months > 0 {
					x = x.AddMonths(k * months)
				} else {
					x = x.AddMillis(k * length)
				}
				out.SetTimestamp(i, x)
			}
		}
		return nil
	}, nil
}

func resolveDiff(args []function.Arg) (function.Signature, error) {
	moment := function.Of("a date, time or timestamp", isDateTime).Typed()
	sig, err := function.Check("TIMESTAMPDIFF", args, 0, unitParam, moment, moment)
	if err != nil {
		return sig, err
	}
	unit := function.Word(args[0])
	if diffUnit(unit) == 0 && monthsOf[unit] == 0 {
		return sig, fmt.Errorf("TIMESTAMPDIFF has no unit %s", unit)
	}
	if a, b := sig.Args[1].Kind, sig.Args[2].Kind; a != b && (a == types.Time || b == types.Time || a == types.TimestampLTZ || b == types.TimestampLTZ) && !nullLiteral(args[1:]) {
		return sig, function.Refuse("TIMESTAMPDIFF", args[1:], "")
	}
	sig.Result = types.TInt
	if unit == "NANOSECOND" {
		sig.Result = types.TBigInt
	}
	sig.Result.NotNull = function.NotNull(args[1:])
	return sig, nil
}

// nullLiteral reports whether one of the arguments is NULL as it is written.
func nullLiteral(args []function.Arg) bool {
	for _, a := range args {
		if a.Literal != nil && a.Literal.Null {
			return true
		}
	}
	return false
}

// diffUnit returns the milliseconds of a unit of TIMESTAMPDIFF, -1 for those
// shorter than a second, 0 for units of months.
func diffUnit(unit string) int64 {
	switch unit {
	case "DOY", "DOW", "ISODOW":
		return types.MillisPerDay
	case "EPOCH":
		return 1000
	case "MILLISECOND", "MICROSECOND", "NANOSECOND":
		return -1
	}
	return units[unit]
}

func makeDiff(_ *function.Env, ts []types.Type, consts []*vector.Vector, _ types.Type) (function.Kernel, error) {
	unit := string(consts[0].Bytes(0))
	from, to := absolute(ts[1]), absolute(ts[2])
	length := diffUnit(unit)
	if loop := divisions[length]; loop != nil && unit != "WEEK" {
		return diffLoop(from, to, loop), nil
	}
	if length > 0 {
		return function.Each(func(args []*vector.Vector, i int) (int32, bool) {
			ms := to(args[2], i) - from(args[1], i)
			if unit == "WEEK" {
				return int32(ms/1000) / 604_800, true // the seconds wrap around in Flink
			}
			return int32(ms / length), true
		}), nil
	}
	if length < 0 {
		// Whole seconds, in shorter units.
		switch unit {
		case "NANOSECOND":
			return function.Each(func(args []*vector.Vector, i int) (int64, bool) {
				return (to(args[2], i) - from(args[1], i)) / 1000 * 1_000_000_000, true
			}), nil
		case "MICROSECOND":
			length = 1_000_000
		default:
			length = 1000
		}
		return function.Each(func(args []*vector.Vector, i int) (int32, bool) {
			return int32((to(args[2], i) - from(args[1], i)) / 1000 * length), true
		}), nil
	}
	perUnit := monthsOf[unit]
	if unit == "DECADE" {
		perUnit = 12 // Flink counts years
	}
	scale := int64(1)
	if ts[1].Kind == types.Time {
		scale = types.MillisPerDay // Flink takes the milliseconds of a TIME for days
	}
	return monthsLoop(from, to, scale, int32(perUnit)), nil
}

func resolveBetween(args []function.Arg) (function.Signature, error) {
	sig := function.Signature{Args: function.TypesOf(args)}
	for _, a := range args[1:] {
		if !isDateTime(a.Type) {
			return sig, fmt.Errorf("an interval lies between two dates or timestamps, not %s and %s", args[1].Type.Nullable(), args[2].Type.Nullable())
		}
	}
	if a, b := args[1].Type.Kind, args[2].Type.Kind; a != b && (a == types.Time || b == types.Time) {
		return sig, function.Refuse("-", args[1:], "")
	}
	sig.Result = types.Type{Kind: types.IntervalDaySecond, Unit: types.UnitSecond, Precision: 2, Scale: 3}
	if function.Word(args[0]) == "MONTH" {
		sig.Result = types.Type{Kind: types.IntervalYearMonth, Unit: types.UnitMonth, Precision: 2}
	}
	sig.Result.NotNull = function.NotNull(args[1:])
	return sig, nil
}

func makeBetween(_ *function.Env, ts []types.Type, consts []*vector.Vector, _ types.Type) (function.Kernel, error) {
	from, to := absolute(ts[1]), absolute(ts[2])
	if string(consts[0].Bytes(0)) == "MONTH" {
		return monthsLoop(from, to, 1, 1), nil
	}
	return function.Each(func(args []*vector.Vector, i int) (int64, bool) {
		return to(args[2], i) - from(args[1], i), true
	}), nil
}

// absolute returns how to read dates and times as milliseconds.
func absolute(t types.Type) func(v *vector.Vector, i int) int64 {
	switch t.Kind {
	case types.Date:
		return func(v *vector.Vector, i int) int64 { return int64(kernel.At[int32](v, i)) * types.MillisPerDay }
	case types.Time:
		return func(v *vector.Vector, i int) int64 { return int64(kernel.At[int32](v, i)) }
	}
	return func(v *vector.Vector, i int) int64 { return v.Timestamp(i).Milli }
}

func resolveOverlaps(args []function.Arg) (function.Signature, error) {
	if len(args) != 4 {
		return function.Signature{}, fmt.Errorf("OVERLAPS compares two periods (start, end)")
	}
	for i, a := range args {
		if ok := isDateTime(a.Type) || i%2 == 1 && a.Type.IsInterval(); !ok {
			return function.Signature{}, fmt.Errorf("OVERLAPS takes dates, times or timestamps, not %s", a.Type.Nullable())
		}
	}
	for _, i := range []int{1, 2, 3} {
		if !args[i].Type.IsInterval() && args[i].Type.Kind != args[0].Type.Kind {
			return function.Signature{}, function.Refuse("OVERLAPS", args, "")
		}
	}
	return function.Signature{Args: function.TypesOf(args), Result: types.TBoolean.WithNotNull(function.NotNull(args))}, nil
}
