package types

// MillisPerDay is the length of a day of TIMESTAMP, which knows no leap
// seconds and no zone.
const MillisPerDay = 86_400_000

const (
	daysPerEra = 146_097 // 400 years
	epochShift = 719_468 // days from 0000-03-01 to 1970-01-01
)

// CivilFromDays returns the proleptic Gregorian date of a day counted from
// 1970-01-01. Any count is fine; the year before 1 is 0, then -1.
func CivilFromDays(days int64) (year, month, day int) {
	// Years begin in March here, so that the leap day comes last (Neri and
	// Schneider, "Euclidean affine functions"). No branch depends on the day.
	const eras = 3670 // that days are moved by, so that they are not negative
	era := int64(0)
	if uint64(days+1<<28) >= 1<<29 {
		era = floorDiv(days, daysPerEra)
		days -= era * daysPerEra
	}
	n := 4*uint32(days+eras*daysPerEra+epochShift) + 3
	p := 2939745 * uint64(n%daysPerEra|3)
	dayOfYear := uint32(p) / (4 * 2939745)
	next := (305 - dayOfYear) >> 31 // 1 for January and February
	m := 2141*dayOfYear + 197913
	year = int(n/daysPerEra*100+uint32(p>>32)+next) + int(era-eras)*400
	return year, int(m>>16 - 12*next), int(m&0xffff/2141) + 1
}

// DaysFromCivil returns the days from 1970-01-01 to a date. Months and days
// beyond their range run over into the next ones.
func DaysFromCivil(year, month, day int) int64 {
	if uint(year) <= 9999 && uint(month-1) < 12 && uint(day) < 1<<20 {
		return int64(daysOf(year, month, day))
	}
	m := int64(month) - 1
	y := int64(year) + floorDiv(m, 12)
	m = floorMod(m, 12) + 1
	if m <= 2 {
		y--
		m += 12
	}
	era := floorDiv(y, 400)
	yoe := y - era*400
	doy := (153*(m-3) + 2) / 5
	return era*daysPerEra + yoe*365 + yoe/4 - yoe/100 + doy + int64(day) - 1 - epochShift
}

func floorDiv(x, y int64) int64 {
	q := x / y
	if x%y < 0 {
		q--
	}
	return q
}

func floorMod(x, y int64) int64 {
	r := x % y
	if r < 0 {
		r += y
	}
	return r
}

// IsLeap reports whether a year has a February 29.
func IsLeap(year int) bool { return year&3 == 0 && (year%100 != 0 || year%400 == 0) }

// DaysInMonth returns the length of a month, 1..12.
func DaysInMonth(year, month int) int {
	if month == 2 {
		if IsLeap(year) {
			return 29
		}
		return 28
	}
	return 30 + (month+month>>3)&1
}

// Weekday returns the day of the week of a day, 0 for Sunday.
func Weekday(days int64) int { return int(floorMod(days+4, 7)) }

// DayOfYear returns the ordinal of a date, from 1.
func DayOfYear(year, month, day int) int {
	return int(DaysFromCivil(year, month, day)-DaysFromCivil(year, 1, 1)) + 1
}

// ISOWeek returns the ISO-8601 year and week of a day: weeks begin on Monday,
// and week 1 holds the year's first Thursday.
func ISOWeek(days int64) (year, week int) {
	thursday := days - floorMod(days+3, 7) + 3
	year, _, _ = CivilFromDays(thursday)
	return year, int(thursday-DaysFromCivil(year, 1, 1))/7 + 1
}

// AddMonths moves a date by months; a day that the month lacks becomes its
// last day.
func AddMonths(days int64, months int64) int64 {
	y, m, d := CivilFromDays(days)
	n := int64(y)*12 + int64(m-1) + months
	if uint64(n) < 120_000 { // the years 0 to 9999
		year, month := int(uint32(n)/12), int(uint32(n)%12)+1
		return int64(daysOf(year, month, min(d, DaysInMonth(year, month))))
	}
	year, month := int(floorDiv(n, 12)), int(floorMod(n, 12))+1
	return DaysFromCivil(year, month, min(d, DaysInMonth(year, month)))
}

// AddMonthsMillis moves a timestamp in milliseconds by months, as AddMonths.
func AddMonthsMillis(ms int64, months int64) int64 {
	day := floorDiv(ms, MillisPerDay)
	return AddMonths(day, months)*MillisPerDay + ms - day*MillisPerDay
}
