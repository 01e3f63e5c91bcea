package kernel

import (
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Loops over columns of days, counted from 1970-01-01, in the Gregorian calendar.
//
// They look up the months of the years 1800 to 2199, without a branch, and leave
// other days to package types: a row takes 2 to 4 ns instead of 8 to 30.

const (
	firstYear  = 1800
	firstDay   = -62_091 // 1800-01-01
	daysPerEra = 146_097 // 400 years
	monthsEra  = 4800
)

// monthStarts are the first days of the months from 1800-01-01 on, counted from
// there, and that of 2200-01-01.
var monthStarts = func() (t [monthsEra + 1]int32) {
	for i := range t {
		t[i] = int32(types.DaysFromCivil(firstYear, 1+i, 1) - firstDay)
	}
	return t
}()

// near counts a day from 1800-01-01; ok says that it is before 2200.
func near(day int64) (n int32, ok bool) {
	day -= firstDay
	return int32(day), uint64(day) < daysPerEra
}

// monthOf returns the month, counted from 1800-01, of a day of near.
func monthOf(n int32) int32 {
	// 1<<20 over the mean length of a month, and half a month more: never too early,
	// and too late by one at most.
	m := int32((uint64(n)*34451 + 1<<19) >> 20)
	return m + (n-monthStarts[m])>>31
}

// Unit is a number of months that divides a year.
type Unit int32

// The units of months that days are rounded to.
const (
	Month   Unit = 1
	Quarter Unit = 3
	Year    Unit = 12
)

// round is FloorDays or CeilDays for any day.
func (u Unit) round(day int64, ceil bool) int64 {
	y, m, _ := types.CivilFromDays(day)
	m -= (m - 1) % int(u)
	first := types.DaysFromCivil(y, m, 1)
	if ceil && first < day {
		return types.DaysFromCivil(y, m+int(u), 1)
	}
	return first
}

// FloorDays moves days to the first one of their unit.
func FloorDays(x []int64, u Unit) {
	for i, d := range x {
		n, ok := near(d)
		if !ok {
			x[i] = u.round(d, false)
			continue
		}
		m := monthOf(n)
		switch u { // division by a constant
		case Quarter:
			m -= m % 3
		case Year:
			m -= m % 12
		}
		x[i] = int64(monthStarts[m]) + firstDay
	}
}

// CeilDays moves days to the first one of the next unit, if they are not the first
// one of theirs.
func CeilDays(x []int64, u Unit) {
	for i, d := range x {
		// The day before is in the unit before the one wanted.
		n, ok := near(d - 1)
		if !ok {
			x[i] = u.round(d, true)
			continue
		}
		m := monthOf(n)
		switch u {
		case Quarter:
			m -= m % 3
		case Year:
			m -= m % 12
		}
		x[i] = int64(monthStarts[m+int32(u)]) + firstDay
	}
}

// Years takes the years of days.
func Years(x []int64) {
	for i, d := range x {
		n, ok := near(d)
		if !ok {
			y, _, _ := types.CivilFromDays(d)
			x[i] = int64(y)
			continue
		}
		x[i] = int64(uint32(monthOf(n))/12 + firstYear)
	}
}

// Months takes the months of days, 1 to 12.
func Months(x []int64) {
	for i, d := range x {
		n, ok := near(d)
		if !ok {
			_, m, _ := types.CivilFromDays(d)
			x[i] = int64(m)
			continue
		}
		x[i] = int64(uint32(monthOf(n))%12 + 1)
	}
}

// DaysOfMonth takes the days of the month.
func DaysOfMonth(x []int64) {
	for i, d := range x {
		n, ok := near(d)
		if !ok {
			_, _, day := types.CivilFromDays(d)
			x[i] = int64(day)
			continue
		}
		x[i] = int64(n-monthStarts[monthOf(n)]) + 1
	}
}

// DaysOfYear takes the days of the year, from 1 on.
func DaysOfYear(x []int64) {
	for i, d := range x {
		n, ok := near(d)
		if !ok {
			x[i] = int64(types.DayOfYear(types.CivilFromDays(d)))
			continue
		}
		m := monthOf(n)
		x[i] = int64(n-monthStarts[m-m%12]) + 1
	}
}

// Weekdays takes the days of the week, counted from first on: 1970-01-01 is the
// one that comes back days later.
func Weekdays(x []int64, back, first int64) {
	for i, d := range x {
		x[i] = pastWeekday(d, back) + first
	}
}

// FloorToWeekday moves days back to the weekday that is back days before that of
// 1970-01-01.
func FloorToWeekday(x []int64, back int64) {
	for i, d := range x {
		x[i] = d - pastWeekday(d, back)
	}
}

// CeilToWeekday moves days forth to the weekday of FloorToWeekday.
func CeilToWeekday(x []int64, back int64) {
	for i, d := range x {
		x[i] = d + pastWeekday(-d, -back)
	}
}

// pastWeekday returns the days since the last weekday of FloorToWeekday.
func pastWeekday(day, back int64) int64 {
	r := (day + back) % 7
	return r + 7&(r>>63)
}

// Weeks takes the ISO weeks: they begin on Monday, and week 1 has the year's first
// Thursday.
func Weeks(x []int64) {
	for i, d := range x {
		x[i] = d - pastWeekday(d, 3) + 3
	}
	DaysOfYear(x)
	for i, day := range x {
		x[i] = int64(uint32(day-1)/7 + 1)
	}
}

// AddMonths moves days by months, one number or one for each; a day that the month
// lacks becomes its last one.
func AddMonths(x, months []int64) {
	if len(months) == 1 {
		by := months[0]
		for i, d := range x {
			x[i] = addMonths(d, by)
		}
		return
	}
	months = months[:len(x)]
	for i, d := range x {
		x[i] = addMonths(d, months[i])
	}
}

func addMonths(day, months int64) int64 {
	if n, ok := near(day); ok {
		m := monthOf(n)
		if to := int64(m) + months; uint64(to) < monthsEra {
			first := monthStarts[to]
			return int64(min(n-monthStarts[m]+first, monthStarts[to+1]-1)) + firstDay
		}
	}
	return types.AddMonths(day, months)
}

// MoveMonths moves the dates, or timestamps in milliseconds, of in by months: one
// number or one for each row. scratch has the rows of out.
func MoveMonths(out, in *vector.Vector, scratch, months []int64) {
	if in.Phys() == types.PhysInt32 {
		for i := range scratch {
			scratch[i] = int64(At[int32](in, i))
		}
		AddMonths(scratch, months)
		o := out.Int32s()
		for i, day := range scratch {
			o[i] = int32(day)
		}
		return
	}
	o := out.Int64s()
	for i := range o {
		ms := At[int64](in, i)
		day := dayOf(ms)
		scratch[i], o[i] = day, ms-day*types.MillisPerDay
	}
	AddMonths(scratch, months)
	for i, day := range scratch {
		o[i] += day * types.MillisPerDay
	}
}

// dayOf returns the day of a time in milliseconds.
func dayOf(ms int64) int64 {
	day := ms / types.MillisPerDay
	return day + (ms-day*types.MillisPerDay)>>63
}

// MonthsBetween stores the whole months between times in milliseconds, as Flink
// counts them: those between the dates, but one less if that many months behind
// from is the date of to, and a later time of the day.
func MonthsBetween(out []int32, from, to []int64) {
	from, to = from[:len(out)], to[:len(out)]
	for i := range out {
		a, b := dayOf(from[i]), dayOf(to[i])
		nA, okA := near(a)
		nB, okB := near(b)
		if !okA || !okB {
			out[i] = int32(monthsBetween(from[i], to[i]))
			continue
		}
		monthA, monthB := monthOf(nA), monthOf(nB)
		dayA, dayB := nA-monthStarts[monthA], nB-monthStarts[monthB]
		lastA, lastB := monthStarts[monthA+1]-monthStarts[monthA]-1, monthStarts[monthB+1]-monthStarts[monthB]-1

		// A month is not full if the later day comes earlier in its month, unless
		// this is the month's last one.
		earlier, later, last, sign := dayA, dayB, lastB, int32(1)
		if b < a {
			earlier, later, last, sign = dayB, dayA, lastA, -1
		}
		short := is(earlier > later) & is(later != last)
		less := is(min(dayA, lastB) == dayB) &^ short & is(to[i]-b*types.MillisPerDay < from[i]-a*types.MillisPerDay)
		out[i] = monthB - monthA - short*sign - less
	}
}

// is returns 1 for true.
func is(b bool) int32 {
	var n int32
	if b {
		n = 1
	}
	return n
}

// monthsBetween is MonthsBetween for any day.
func monthsBetween(from, to int64) int64 {
	a, b := dayOf(from), dayOf(to)
	n := fullMonths(a, b)
	if types.AddMonths(a, n) == b && to-b*types.MillisPerDay < from-a*types.MillisPerDay {
		n--
	}
	return n
}

// fullMonths returns as many months as a day can be moved by without passing the
// other one.
func fullMonths(from, to int64) int64 {
	if to < from {
		return -fullMonths(to, from)
	}
	y0, m0, _ := types.CivilFromDays(from)
	y1, m1, _ := types.CivilFromDays(to)
	n := int64(y1-y0)*12 + int64(m1-m0)
	if types.AddMonths(from, n) > to {
		n--
	}
	return n
}
