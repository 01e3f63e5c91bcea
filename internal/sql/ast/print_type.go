package ast

import (
	"strconv"
	"strings"

	"github.com/flott/flott/types"
)

// TypeText returns a type as SQL that the parser reads back, in the spelling of
// Flink's SHOW CREATE TABLE: STRING is VARCHAR(2147483647).
func TypeText(t types.Type) string { return typeText(t, true, false) }

// typeText spells types in a CAST: short names, in the expanded style Calcite's.
func (p *printer) typeText(t types.Type) string { return typeText(t, false, p.style == expanded) }

func typeText(t types.Type, long, calcite bool) string {
	var b strings.Builder
	args := func(n ...int32) {
		b.WriteByte('(')
		for i, v := range n {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(strconv.Itoa(int(v)))
		}
		b.WriteByte(')')
	}
	open, closing := "<", ">"
	if calcite {
		open, closing = "< ", " >"
	}
	switch t.Kind {
	case types.Varchar, types.Varbinary:
		short := map[types.Kind]string{types.Varchar: "STRING", types.Varbinary: "BYTES"}[t.Kind]
		if t.Precision == types.MaxLength && !long {
			b.WriteString(short)
			break
		}
		b.WriteString(t.Kind.String())
		args(t.Precision)
	case types.Char, types.Binary, types.Time, types.TimestampNTZ, types.TimestampLTZ:
		b.WriteString(t.Kind.String())
		args(t.Precision)
	case types.Decimal:
		b.WriteString("DECIMAL")
		args(t.Precision, t.Scale)
	case types.Int:
		if calcite {
			b.WriteString("INTEGER")
		} else {
			b.WriteString("INT")
		}
	case types.IntervalYearMonth, types.IntervalDaySecond:
		b.WriteString("INTERVAL ")
		b.WriteString(intervalText(t))
	case types.Array, types.Multiset:
		b.WriteString(t.Kind.String() + open + typeText(*t.Elem, long, calcite) + closing)
	case types.Map:
		b.WriteString("MAP" + open + typeText(*t.Key, long, calcite) + ", " + typeText(*t.Elem, long, calcite) + closing)
	case types.Row, types.Structured:
		b.WriteString(t.Kind.String() + open)
		if t.Kind == types.Structured {
			b.WriteString(QuoteString(t.Class))
			if len(t.Fields) > 0 {
				b.WriteString(", ")
			}
		}
		for i, f := range t.Fields {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(QuoteIdent(f.Name) + " " + typeText(f.Type, long, calcite))
			if f.Comment != "" {
				b.WriteString(" " + QuoteString(f.Comment))
			}
		}
		b.WriteString(closing)
	case types.Raw:
		b.WriteString("RAW(" + QuoteString(t.Class) + ", '')")
	default:
		b.WriteString(t.Kind.String())
	}
	if t.NotNull {
		b.WriteString(" NOT NULL")
	}
	return b.String()
}

// intervalText spells the qualifier of an interval type with all precisions.
func intervalText(t types.Type) string {
	units := map[types.IntervalUnit][2]string{
		types.UnitYear: {"YEAR"}, types.UnitYearToMonth: {"YEAR", "MONTH"}, types.UnitMonth: {"MONTH"},
		types.UnitDay: {"DAY"}, types.UnitDayToHour: {"DAY", "HOUR"}, types.UnitDayToMinute: {"DAY", "MINUTE"},
		types.UnitDayToSecond: {"DAY", "SECOND"}, types.UnitHour: {"HOUR"}, types.UnitHourToMinute: {"HOUR", "MINUTE"},
		types.UnitHourToSecond: {"HOUR", "SECOND"}, types.UnitMinute: {"MINUTE"}, types.UnitMinuteToSecond: {"MINUTE", "SECOND"},
		types.UnitSecond: {"SECOND"},
	}
	u := units[t.Unit]
	leading, fraction := strconv.Itoa(int(t.Precision)), strconv.Itoa(int(t.Scale))
	switch {
	case u[0] == "SECOND":
		return "SECOND(" + leading + ", " + fraction + ")"
	case u[1] == "":
		return u[0] + "(" + leading + ")"
	case u[1] == "SECOND":
		return u[0] + "(" + leading + ") TO SECOND(" + fraction + ")"
	}
	return u[0] + "(" + leading + ") TO " + u[1]
}
