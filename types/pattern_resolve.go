package types

// fieldRanges are the values that fields may have. The others matter only
// where they help to make a date.
var fieldRanges = [nPatternFields]struct{ lo, hi int64 }{
	fAmPm: {0, 1}, fHourOfAmPm: {0, 11}, fClockOfAmPm: {1, 12}, fHour: {0, 23}, fClockHour: {1, 24}, fMinute: {0, 59}, fSecond: {0, 59},
	fNano: {0, 999_999_999}, fMilliOfDay: {0, MillisPerDay - 1}, fNanoOfDay: {0, MillisPerDay*1e6 - 1},
	fMonth: {1, 12}, fDay: {1, 31}, fYearOfEra: {1, maxYear}, fYear: {-maxYear, maxYear}, fWeekYear: {-maxYear, maxYear},
	fModifiedJulian: {-maxYear * 365, maxYear * 365},
}

// maxYear is as far as the milliseconds of a timestamp reach.
const maxYear = 290_000_000

// resolve joins the fields to a timestamp as java.time does in its SMART
// style: a day that a month lacks is its last one, 24:00 is midnight of the
// next day, other values out of range and contradictions are errors.
func (f *fieldSet) resolve() (Timestamp, error) {
	found := *f
	if !found.inRange() {
		return Timestamp{}, ErrRange
	}
	nano, excess, hasTime, ok := f.resolveTime()
	if !ok {
		return Timestamp{}, ErrRange
	}
	days, hasDate, ok := f.resolveDate()
	if !ok {
		return Timestamp{}, ErrRange
	}
	if !hasDate {
		y, m, d := int64(1970), int64(1), int64(1)
		if f.has(fYear) {
			y = f.values[fYear]
		}
		if f.has(fMonth) {
			m = f.values[fMonth]
		}
		if f.has(fDay) {
			d = f.values[fDay]
		}
		if int(d) > DaysInMonth(int(y), int(m)) {
			return Timestamp{}, ErrRange
		}
		days, excess = DaysFromCivil(int(y), int(m), int(d)), 0
	}
	if !hasTime {
		// Single fields count on their own, but the hour of an unknown half day.
		if f.has(fHour) {
			nano += f.values[fHour] * 3600e9
		}
		if f.has(fMinute) {
			nano += f.values[fMinute] * 60e9
		}
		if f.has(fSecond) {
			nano += f.values[fSecond] * 1e9
		}
		if f.has(fNano) {
			nano += f.values[fNano]
		}
	}
	if !found.agrees(days, nano, hasDate, hasTime) {
		return Timestamp{}, ErrRange
	}
	return TimestampOfCivil(days+excess, nano), nil
}

func (f *fieldSet) inRange() bool {
	for k := patternField(0); k < nPatternFields; k++ {
		r := fieldRanges[k]
		if !f.has(k) || r.lo == r.hi {
			continue
		}
		v := f.values[k]
		if v >= r.lo && v <= r.hi {
			continue
		}
		// Hour 24 may be midnight, and clock hour 0 is another word for 24 or 12.
		if k == fHour && v == 24 || (k == fClockHour || k == fClockOfAmPm) && v == 0 {
			continue
		}
		return false
	}
	return true
}

// resolveTime returns the nanosecond of the day, and a day more for 24:00.
func (f *fieldSet) resolveTime() (nano, excess int64, hasTime, ok bool) {
	if f.has(fClockHour) && !f.put(fHour, f.values[fClockHour]%24) {
		return 0, 0, false, false
	}
	if f.has(fClockOfAmPm) && !f.put(fHourOfAmPm, f.values[fClockOfAmPm]%12) {
		return 0, 0, false, false
	}
	if f.has(fAmPm) && f.has(fHourOfAmPm) && !f.put(fHour, f.values[fAmPm]*12+f.values[fHourOfAmPm]) {
		return 0, 0, false, false
	}
	if f.has(fNanoOfDay) {
		return f.values[fNanoOfDay], 0, true, true
	}
	if f.has(fMilliOfDay) {
		nano = f.values[fMilliOfDay] * 1e6
		c := civilTime{nano: nano}
		for _, k := range [...]patternField{fHour, fMinute, fSecond} {
			if !f.put(k, c.get(k)) {
				return 0, 0, false, false
			}
		}
		if f.has(fNano) {
			nano += f.values[fNano] % 1e6
		}
		return nano, 0, true, true
	}
	if f.has(fAmPm) && !f.has(fHour) && !f.has(fMinute) && !f.has(fSecond) && !f.has(fNano) {
		return f.values[fAmPm]*43_200e9 + 21_600e9, 0, true, true // Java takes the middle of the half day
	}
	if !f.has(fHour) || !f.has(fMinute) && (f.has(fSecond) || f.has(fNano)) || f.has(fMinute) && !f.has(fSecond) && f.has(fNano) {
		return 0, 0, false, !f.has(fHour) || f.values[fHour] < 24
	}
	nano = f.values[fMinute]*60e9 + f.values[fSecond]*1e9 + f.values[fNano]
	if f.values[fHour] == 24 {
		return 0, 1, true, nano == 0
	}
	return nano + f.values[fHour]*3600e9, 0, true, true
}

// resolveDate returns the day since 1970-01-01, if the fields make one.
func (f *fieldSet) resolveDate() (days int64, hasDate, ok bool) {
	if f.has(fYearOfEra) {
		y := f.values[fYearOfEra]
		if f.has(fEra) && f.values[fEra] == 0 || !f.has(fEra) && f.has(fYear) && f.values[fYear] <= 0 {
			y = 1 - y
		}
		if !f.put(fYear, y) {
			return 0, false, false
		}
	}
	if v := f.values[fLocalDayOfWeek]; f.has(fLocalDayOfWeek) && (v < 1 || v > 7) {
		return 0, false, false
	}
	if f.has(fLocalDayOfWeek) && !f.put(fDayOfWeek, (f.values[fLocalDayOfWeek]+5)%7+1) {
		return 0, false, false
	}
	year, month := int(f.values[fYear]), int(f.values[fMonth])
	weekday := int(f.values[fDayOfWeek]) % 7
	if f.has(fDayOfWeek) && (f.values[fDayOfWeek] < 1 || f.values[fDayOfWeek] > 7) {
		return 0, false, false
	}
	switch {
	case f.has(fModifiedJulian):
		return f.values[fModifiedJulian] - 40587, true, true
	case f.has(fYear) && f.has(fMonth) && f.has(fDay):
		return DaysFromCivil(year, month, min(int(f.values[fDay]), DaysInMonth(year, month))), true, true
	case f.has(fYear) && f.has(fDayOfYear):
		doy := int(f.values[fDayOfYear])
		return DaysFromCivil(year, 1, doy), true, doy >= 1 && (doy < 366 || doy == 366 && IsLeap(year))
	case f.has(fWeekYear) && f.has(fWeekOfYear) && f.has(fDayOfWeek):
		week := int(f.values[fWeekOfYear])
		return dayOfWeekYear(int(f.values[fWeekYear]), week, weekday), true, week >= 1 && week <= 53
	case f.has(fYear) && f.has(fMonth) && f.has(fWeekOfMonth) && f.has(fDayOfWeek):
		first := DaysFromCivil(year, month, 1)
		return first - int64(Weekday(first)) + (f.values[fWeekOfMonth]-1)*7 + int64(weekday), true, true
	}
	return 0, false, true
}

// agrees reports whether every field found fits the resolved day and time.
func (f *fieldSet) agrees(days, nano int64, hasDate, hasTime bool) bool {
	c := civilTime{days: days, nano: nano}
	c.year, c.month, c.day = CivilFromDays(days)
	for k := patternField(0); k < nPatternFields; k++ {
		if !f.has(k) {
			continue
		}
		v, want := f.values[k], c.get(k)
		switch {
		case k >= fAmPm && !hasTime, k < fAmPm && !hasDate:
			continue
		case k == fDay && v > want && int(want) == DaysInMonth(c.year, c.month):
			continue // the last day stands for one that does not exist
		case k == fHour && v == 24:
			continue
		case (k == fClockHour || k == fClockOfAmPm) && v == 0:
			v = fieldRanges[k].hi
		case k == fWeekOfYear && v == 53 && want == 52:
			continue
		}
		if v != want {
			return false
		}
	}
	return true
}
