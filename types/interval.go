package types

import (
	"fmt"
	"math"
	"strconv"
)

// AppendIntervalMonths appends an interval of years and months as +1-02.
func AppendIntervalMonths(dst []byte, months int32) []byte {
	m := int64(months)
	sign := byte('+')
	if m < 0 {
		sign, m = '-', -m
	}
	dst = append(dst, sign)
	dst = strconv.AppendInt(dst, m/12, 10)
	dst = append(dst, '-')
	return append2(dst, int(m%12))
}

// AppendIntervalMillis appends an interval of days to seconds as
// +1 02:03:04.500.
func AppendIntervalMillis(dst []byte, ms int64) []byte {
	u := absInt64(ms)
	sign := byte('+')
	if ms < 0 {
		sign = '-'
	}
	dst = append(dst, sign)
	dst = strconv.AppendUint(dst, u/MillisPerDay, 10)
	dst = append(dst, ' ')
	u %= MillisPerDay
	dst = appendClock(dst, int(u/1000))
	return appendFraction(dst, int(u%1000)*1e6, 3)
}

// IsYearMonth reports whether intervals of unit u count months.
func (u IntervalUnit) IsYearMonth() bool { return u >= UnitYear && u <= UnitMonth }

// fields returns the fields of u, first to last, e.g. DAY, HOUR and MINUTE.
func (u IntervalUnit) fields() (first, last intervalField) {
	switch u {
	case UnitYear:
		return fieldYear, fieldYear
	case UnitYearToMonth:
		return fieldYear, fieldMonth
	case UnitMonth:
		return fieldMonth, fieldMonth
	case UnitDay:
		return fieldDay, fieldDay
	case UnitDayToHour:
		return fieldDay, fieldHour
	case UnitDayToMinute:
		return fieldDay, fieldMinute
	case UnitDayToSecond:
		return fieldDay, fieldSecond
	case UnitHour:
		return fieldHour, fieldHour
	case UnitHourToMinute:
		return fieldHour, fieldMinute
	case UnitHourToSecond:
		return fieldHour, fieldSecond
	case UnitMinute:
		return fieldMinute, fieldMinute
	case UnitMinuteToSecond:
		return fieldMinute, fieldSecond
	}
	return fieldSecond, fieldSecond
}

type intervalField uint8

const (
	fieldYear intervalField = iota
	fieldMonth
	fieldDay
	fieldHour
	fieldMinute
	fieldSecond
)

var intervalFields = [...]struct {
	name  string
	sep   byte  // stands before the field if it is not the first
	limit int64 // the field counts 0..limit-1 if it is not the first
	unit  int64 // months or milliseconds
}{
	fieldYear:   {"YEAR", 0, 0, 12},
	fieldMonth:  {"MONTH", '-', 12, 1},
	fieldDay:    {"DAY", 0, 0, MillisPerDay},
	fieldHour:   {"HOUR", ' ', 24, 3_600_000},
	fieldMinute: {"MINUTE", ':', 60, 60_000},
	fieldSecond: {"SECOND", ':', 60, 1000},
}

// String returns the unit as SQL writes it, e.g. DAY TO SECOND.
func (u IntervalUnit) String() string {
	if u == NoUnit {
		return ""
	}
	first, last := u.fields()
	if first == last {
		return intervalFields[first].name
	}
	return intervalFields[first].name + " TO " + intervalFields[last].name
}

// Precisions of an interval literal that names none.
const (
	DefaultIntervalPrecision = 2
	DefaultIntervalScale     = 6
)

// ParseIntervalLiteral reads the text of a literal INTERVAL '1 02:03:04.5' DAY
// TO SECOND: months for units of years and months, milliseconds for the
// others. precision limits the digits of the first field and scale those of
// the fraction of seconds; digits below the millisecond are cut.
func ParseIntervalLiteral(text string, unit IntervalUnit, precision, scale int32) (int64, error) {
	illegal := fmt.Errorf("illegal interval literal format '%s' for INTERVAL %s", text, unit)
	s := trimControls(text)
	neg := false
	if s != "" && (s[0] == '-' || s[0] == '+') {
		neg = s[0] == '-'
		s = s[1:]
	}
	first, last := unit.fields()
	var total int64
	for f := first; f <= last; f++ {
		def := intervalFields[f]
		if f > first {
			if s == "" || s[0] != def.sep {
				return 0, illegal
			}
			s = s[1:]
		}
		n := 0
		for n < len(s) && isDigit(s[n]) {
			n++
		}
		if n == 0 || n > 18 || f > first && n > 2 {
			return 0, illegal
		}
		v, _ := strconv.ParseInt(s[:n], 10, 64)
		s = s[n:]
		if f > first && v >= def.limit {
			return 0, illegal
		}
		if f == first && (precision < maxLongDigits && v >= int64(pow10[precision]) || v > maxInterval(def.unit)) {
			return 0, fmt.Errorf("interval field value %d exceeds precision of %s(%d) field", v, def.name, precision)
		}
		total += v * def.unit
		if f == fieldSecond && s != "" && s[0] == '.' {
			nano, n, ok := fraction(s)
			if !ok || int32(n-1) > scale {
				return 0, illegal
			}
			total += int64(nano / 1e6)
			s = s[n:]
		}
	}
	if s != "" {
		return 0, illegal
	}
	if unit.IsYearMonth() && total > math.MaxInt32 {
		return 0, illegal
	}
	if neg {
		total = -total
	}
	return total, nil
}

// maxInterval keeps a literal within int32 months or int64 milliseconds.
func maxInterval(unit int64) int64 {
	if unit <= 12 {
		return (1<<31 - 1) / unit
	}
	return (1<<63 - 1) / unit / 2
}
