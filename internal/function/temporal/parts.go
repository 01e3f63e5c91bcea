package temporal

import (
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// isDateTime reports DATE, TIME, TIMESTAMP and TIMESTAMP_LTZ.
func isDateTime(t types.Type) bool {
	return t.Kind == types.Date || t.Kind == types.Time || t.IsTimestamp()
}

// instant is a moment taken apart.
type instant struct {
	days  int64 // since 1970-01-01
	milli int64 // of the whole local time
	nano  int32 // of the millisecond
}

// reader returns how to read a vector of dates or times as local moments.
func reader(t types.Type, zone *types.Zone) func(v *vector.Vector, i int) instant {
	switch t.Kind {
	case types.Date:
		return func(v *vector.Vector, i int) instant {
			d := int64(kernel.At[int32](v, i))
			return instant{days: d, milli: d * types.MillisPerDay}
		}
	case types.Time:
		return func(v *vector.Vector, i int) instant { return instant{milli: int64(kernel.At[int32](v, i))} }
	case types.TimestampLTZ:
		return func(v *vector.Vector, i int) instant {
			t := zone.LocalTimestamp(v.Timestamp(i))
			return instant{t.Milli / types.MillisPerDay, t.Milli, t.Nano} // Flink cuts towards 1970
		}
	}
	return func(v *vector.Vector, i int) instant {
		t := v.Timestamp(i)
		return instant{int64(types.DateOfTimestamp(t.Milli)), t.Milli, t.Nano}
	}
}

// unitParam is a keyword of time.
var unitParam = function.Of("a unit of time", func(t types.Type) bool { return t.Kind == types.Symbol })

// units counts milliseconds of the units of fixed length.
var units = map[string]int64{
	"MILLISECOND": 1, "SECOND": 1000, "MINUTE": 60_000, "HOUR": 3_600_000, "DAY": types.MillisPerDay, "WEEK": 7 * types.MillisPerDay,
}

// monthsOf counts the months of the others.
var monthsOf = map[string]int64{"MONTH": 1, "QUARTER": 3, "YEAR": 12, "ISOYEAR": 12, "DECADE": 120, "CENTURY": 1200, "MILLENNIUM": 12000}

func floorDiv(x, y int64) int64 {
	q := x / y
	if x%y < 0 {
		q--
	}
	return q
}
