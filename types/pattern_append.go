package types

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Append formats a local timestamp. It fails where the pattern asks for a
// zone, which a local timestamp has not.
func (p *Pattern) Append(dst []byte, t Timestamp) ([]byte, error) {
	if p.fixed != nil {
		if out, ok := p.fixed.append(dst, t.Milli); ok {
			return out, nil
		}
	}
	days, nano := t.Civil()
	c := civilTime{days: days, nano: nano}
	c.year, c.month, c.day = CivilFromDays(days)
	return appendItems(dst, p.items, &c)
}

// civilTime is a local timestamp taken apart.
type civilTime struct {
	days, nano       int64
	year, month, day int
}

func appendItems(dst []byte, items []patternItem, c *civilTime) ([]byte, error) {
	for i := range items {
		it := &items[i]
		if it.op == opOptional {
			// What an optional part cannot print is left out as a whole.
			n := len(dst)
			if out, err := appendItems(dst, it.sub, c); err == nil {
				dst = out
			} else {
				dst = dst[:n]
			}
			continue
		}
		n := len(dst)
		var err error
		if dst, err = appendItem(dst, it, c); err != nil {
			return dst, err
		}
		if it.pad > 0 {
			width := utf8.RuneCount(dst[n:])
			if width > it.pad {
				return dst, fmt.Errorf("cannot print: %q is wider than the padding of %d", dst[n:], it.pad)
			}
			blanks := it.pad - width
			for range blanks {
				dst = append(dst, ' ')
			}
			copy(dst[n+blanks:], dst[n:len(dst)-blanks])
			for k := range blanks {
				dst[n+k] = ' '
			}
		}
	}
	return dst, nil
}

func appendItem(dst []byte, it *patternItem, c *civilTime) ([]byte, error) {
	switch it.op {
	case opLiteral:
		return append(dst, it.text...), nil
	case opNumber:
		return appendNumber(dst, it, c.get(it.field))
	case opReduced:
		v := c.get(it.field)
		if v < 0 {
			v = -v
		}
		return append2(dst, int(v%100)), nil
	case opFraction:
		if !it.point {
			return appendFractionDigits(dst, int(c.nano%1e9), it.max), nil
		}
		return appendShortFraction(dst, int(c.nano%1e9)), nil
	case opText:
		names, first := fieldNames(it.field, it.style)
		return append(dst, names[c.get(it.field)-first]...), nil
	case opDayPeriod:
		return append(dst, dayPeriod(c.nano, it.style)...), nil
	case opOffset, opLocalOffset:
		return dst, fmt.Errorf("a timestamp without a zone has no offset to print")
	}
	return dst, fmt.Errorf("a timestamp without a zone has no zone to print")
}

func appendNumber(dst []byte, it *patternItem, v int64) ([]byte, error) {
	u := absInt64(v)
	switch {
	case v < 0 && it.sign == signNotNegative:
		return dst, fmt.Errorf("cannot print the negative number %d", v)
	case v < 0:
		dst = append(dst, '-')
	case it.sign == signExceedsPad && it.min < 19 && u >= pow10[it.min]:
		dst = append(dst, '+')
	}
	width := 1
	for width < 19 && u >= pow10[width] {
		width++
	}
	if width > it.max {
		return dst, fmt.Errorf("cannot print %d in %d digits", v, it.max)
	}
	for ; width < it.min; width++ {
		dst = append(dst, '0')
	}
	return strconv.AppendUint(dst, u, 10), nil
}

// get returns the value of a field.
func (c *civilTime) get(f patternField) int64 {
	hour := c.nano / 3_600e9
	switch f {
	case fEra:
		if c.year > 0 {
			return 1
		}
		return 0
	case fYearOfEra:
		if c.year > 0 {
			return int64(c.year)
		}
		return int64(1 - c.year)
	case fYear:
		return int64(c.year)
	case fQuarter:
		return int64(c.month+2) / 3
	case fMonth:
		return int64(c.month)
	case fDay:
		return int64(c.day)
	case fDayOfYear:
		return int64(DayOfYear(c.year, c.month, c.day))
	case fDayOfWeek:
		return floorMod(c.days+3, 7) + 1
	case fLocalDayOfWeek:
		return floorMod(c.days+4, 7) + 1
	case fWeekYear:
		year, _ := weekOfYear(c.days)
		return int64(year)
	case fWeekOfYear:
		_, week := weekOfYear(c.days)
		return int64(week)
	case fWeekOfMonth:
		return int64(weekOf(c.day, Weekday(c.days)))
	case fDayOfWeekInMonth:
		return int64(c.day-1)%7 + 1
	case fModifiedJulian:
		return c.days + 40587
	case fAmPm:
		return hour / 12
	case fHourOfAmPm:
		return hour % 12
	case fClockOfAmPm:
		return (hour+11)%12 + 1
	case fHour:
		return hour
	case fClockHour:
		return (hour+23)%24 + 1
	case fMinute:
		return c.nano / 60e9 % 60
	case fSecond:
		return c.nano / 1e9 % 60
	case fNano:
		return c.nano % 1e9
	case fMilliOfDay:
		return c.nano / 1e6
	}
	return c.nano
}

// weekOf returns the week of the n-th day of a month or year, which is the
// given weekday (0 is Sunday): weeks begin on Sunday, and the first day's week
// is the first.
func weekOf(n, weekday int) int { return (n - weekday + 12) / 7 }

// weekOfYear returns the year and the week of a day by the same rule; the days
// of the week of the next January 1 belong to the next year.
func weekOfYear(days int64) (year, week int) {
	saturday := days - floorMod(days+4, 7) + 6
	year, _, _ = CivilFromDays(saturday)
	first := DaysFromCivil(year, 1, 1)
	return year, int(saturday-first)/7 + 1
}

// dayOfWeekYear returns the day of a weekday (0 is Sunday) in a week of a
// year by the same rule; a week beyond the year's last is the last.
func dayOfWeekYear(year, week, weekday int) int64 {
	first := DaysFromCivil(year, 1, 1)
	start := first - floorMod(first+4, 7) // the Sunday of week 1
	next := DaysFromCivil(year+1, 1, 1)
	last := int(next-floorMod(next+4, 7)-start) / 7
	return start + int64(min(week, last)-1)*7 + int64(weekday)
}

// dayPeriod names a time of day as English does.
func dayPeriod(nano int64, style uint8) string {
	minute := nano / 60e9
	narrow := style == styleNarrow
	switch {
	case minute == 0 && narrow:
		return "mi"
	case minute == 0:
		return "midnight"
	case minute == 12*60 && narrow:
		return "n"
	case minute == 12*60:
		return "noon"
	case minute >= 21*60 || minute < 6*60:
		return "at night"
	case minute < 12*60:
		return "in the morning"
	case minute < 18*60:
		return "in the afternoon"
	}
	return "in the evening"
}
