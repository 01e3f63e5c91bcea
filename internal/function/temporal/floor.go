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
		if units[unit] == 0 && monthsOf[unit] == 0 && (args[0].Type.Kind != types.Date || !fineParts[unit]) {
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
					ms := x.milli
					if units[unit] > 0 && units[unit] < types.MillisPerDay {
						ms = roundMillis(ms, units[unit], ceil)
					}
					out.Int32s()[i] = int32(ms)
				default:
					var ms int64
					if length := units[unit]; length > 0 && unit != "WEEK" {
						ms = roundMillis(x.milli, length, ceil)
					} else {
						ms = roundDays(x.days, unit, ceil) * types.MillisPerDay
					}
					if t.Kind == types.TimestampLTZ {
						ms = zone.Instant(ms)
					}
					out.SetTimestamp(i, types.TimestampOfMillis(ms))
				}
			}
			return nil
		}, nil
	}
}

func roundMillis(ms, length int64, ceil bool) int64 {
	low := floorDiv(ms, length) * length
	if ceil && low < ms {
		return low + length
	}
	return low
}

// roundDays rounds a date to weeks or longer units; shorter ones leave it.
func roundDays(days int64, unit string, ceil bool) int64 {
	if unit == "WEEK" {
		low := days - int64(types.Weekday(days))
		if ceil && low < days {
			return low + 7
		}
		return low
	}
	length := monthsOf[unit]
	if length == 0 {
		return days
	}
	year, month, _ := types.CivilFromDays(days)
	first := int64(0) // the year, in months, that the units are counted from
	if length >= 1200 {
		first = 12
	}
	low := floorDiv(int64(year)*12+int64(month)-1-first, length)*length + first
	start := types.DaysFromCivil(0, int(low)+1, 1)
	if ceil && start < days {
		return types.DaysFromCivil(0, int(low+length)+1, 1)
	}
	return start
}
