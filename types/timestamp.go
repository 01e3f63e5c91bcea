package types

// TimestampOfMillis returns the timestamp ms milliseconds after the epoch.
func TimestampOfMillis(ms int64) Timestamp { return Timestamp{Milli: ms} }

// TimestampOfNanos returns the timestamp at second sec and nanosecond nano,
// which may be any number.
func TimestampOfNanos(sec, nano int64) Timestamp {
	sec += floorDiv(nano, 1e9)
	nano = floorMod(nano, 1e9)
	return Timestamp{Milli: sec*1000 + nano/1e6, Nano: int32(nano % 1e6)}
}

// TimestampOfCivil returns the timestamp of a date (days from 1970-01-01) and
// the nanosecond of that day.
func TimestampOfCivil(days, nanoOfDay int64) Timestamp {
	return Timestamp{Milli: days*MillisPerDay + nanoOfDay/1e6, Nano: int32(nanoOfDay % 1e6)}
}

// Cmp returns -1, 0 or +1.
func (t Timestamp) Cmp(o Timestamp) int {
	switch {
	case t.Milli < o.Milli:
		return -1
	case t.Milli > o.Milli:
		return 1
	case t.Nano < o.Nano:
		return -1
	case t.Nano > o.Nano:
		return 1
	}
	return 0
}

// Less reports whether t is before o.
func (t Timestamp) Less(o Timestamp) bool {
	return t.Milli < o.Milli || t.Milli == o.Milli && t.Nano < o.Nano
}

// Civil splits t into the day since 1970-01-01 and the nanosecond of that day.
func (t Timestamp) Civil() (days, nanoOfDay int64) {
	days = floorDiv(t.Milli, MillisPerDay)
	return days, (t.Milli-days*MillisPerDay)*1e6 + int64(t.Nano)
}

// AddMillis moves t by an interval of days to seconds.
func (t Timestamp) AddMillis(ms int64) Timestamp { t.Milli += ms; return t }

// AddMonths moves t by an interval of years to months; a day that the month
// lacks becomes its last day.
func (t Timestamp) AddMonths(n int64) Timestamp {
	t.Milli = AddMonthsMillis(t.Milli, n)
	return t
}

// Truncate cuts t to p fraction digits, as CAST to TIMESTAMP(p) does. Below 3
// digits it cuts towards 1970, as Flink does.
func (t Timestamp) Truncate(p int32) Timestamp {
	switch {
	case p <= 3:
		return Timestamp{Milli: TruncateMillis(t.Milli, p)}
	case p < 9:
		f := int32(pow10[9-p])
		t.Nano -= t.Nano % f
	}
	return t
}

// TruncateMillis is Truncate for p <= 3 on milliseconds.
func TruncateMillis(ms int64, p int32) int64 {
	if p >= 3 {
		return ms
	}
	return ms - ms%int64(pow10[3-p])
}

// DateOfTimestamp returns the date of a TIMESTAMP. The last day before 1970,
// but for its midnight, is 1970-01-01, as in Flink, which cuts towards zero;
// the same holds for every earlier day.
func DateOfTimestamp(ms int64) int32 { return int32(ms / MillisPerDay) }

// DateOfInstant returns the date of a local time in milliseconds: the day
// that the clock shows, also before 1970.
func DateOfInstant(local int64) int32 { return int32(floorDiv(local, MillisPerDay)) }

// TimeOfDay returns the TIME of a timestamp in milliseconds.
func TimeOfDay(ms int64) int32 { return int32(floorMod(ms, MillisPerDay)) }
