package types

import (
	"math"
	"testing"
	"time"
)

func TestCivil(t *testing.T) {
	for days := int64(-800_000); days < 3_000_000; days += 7 {
		y, m, d := CivilFromDays(days)
		want := time.Unix(days*86400, 0).UTC()
		if y != want.Year() || m != int(want.Month()) || d != want.Day() {
			t.Fatalf("day %d is %d-%d-%d, want %v", days, y, m, d, want)
		}
		if back := DaysFromCivil(y, m, d); back != days {
			t.Fatalf("%d-%d-%d is day %d, want %d", y, m, d, back, days)
		}
		if DayOfYear(y, m, d) != want.YearDay() || Weekday(days) != int(want.Weekday()) || DaysInMonth(y, m) != want.AddDate(0, 1, -want.Day()).Day() && d < 28 {
			t.Fatalf("day %d: %d %d %d", days, DayOfYear(y, m, d), Weekday(days), DaysInMonth(y, m))
		}
		if wy, ww := ISOWeek(days); true {
			if y, w := want.ISOWeek(); wy != y || ww != w {
				t.Fatalf("day %d is in week %d %d, want %d %d", days, wy, ww, y, w)
			}
		}
	}
	for _, days := range []int64{math.MinInt32, math.MaxInt32, math.MinInt64 / MillisPerDay, math.MaxInt64 / MillisPerDay} {
		if back := DaysFromCivil(CivilFromDays(days)); back != days {
			t.Errorf("day %d comes back as %d", days, back)
		}
	}
}

func TestAddMonths(t *testing.T) {
	for _, tt := range []struct {
		in   string
		n    int64
		want string
	}{
		{"2020-01-31", 1, "2020-02-29"}, {"2020-01-31", -1, "2019-12-31"}, {"2020-02-29", 12, "2021-02-28"}, {"2020-03-31", -1, "2020-02-29"},
		{"2020-01-31", 13, "2021-02-28"}, {"1970-01-01", -1, "1969-12-01"}, {"2020-12-15", 1, "2021-01-15"}, {"2020-11-15", 1, "2020-12-15"},
	} {
		d, err := ParseDate(tt.in)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(AppendDate(nil, int32(AddMonths(int64(d), tt.n)))); got != tt.want {
			t.Errorf("%s + %d months = %s, want %s", tt.in, tt.n, got, tt.want)
		}
	}
	ts, _ := ParseTimestamp("2020-01-31 23:59:59.123456789", 9)
	if got := string(AppendTimestamp(nil, ts.AddMonths(1), 9)); got != "2020-02-29 23:59:59.123456789" {
		t.Error(got)
	}
}

// want "" means an error.
func TestParseDate(t *testing.T) {
	for in, want := range map[string]string{
		"2020-01-02": "2020-01-02", "2020-1-2": "2020-01-02", "2020-01": "2020-01-01", "2020": "2020-01-01", " 2020-01-02 ": "2020-01-02",
		"2020-01-02 10:11:12": "2020-01-02", "2020-01-02 25:00:00": "2020-01-02", "2020 - 1 - 2": "2020-01-01", "00002020-01-02": "2020-01-02",
		"0000-01-01": "0000-01-01", "9999-12-31": "9999-12-31", "2020-02-30": "", "2020-13-01": "", "20200102": "", "2020-01-02abc": "",
		"10000-01-01": "", "": "", "abc": "", "2020-1-": "", "2020-+1-02": "", "2020-01-02-03": "", "-0001-01-01": "", "2020-00-01": "", "2020-01-00": "",
		"2020- 1- 2 ": "", "2020-01-02T10:11:12": "", "0000-00-00": "",
	} {
		d, err := ParseDate(in)
		got := ""
		if err == nil {
			got = string(AppendDate(nil, d))
		}
		if got != want {
			t.Errorf("ParseDate(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestParseTime(t *testing.T) {
	for in, want := range map[string]string{
		"10:11:12": "10:11:12.0", "10:11": "10:11:00.0", "10": "10:00:00.0", "1:2:3": "01:02:03.0", "10:11:12.345": "10:11:12.345",
		"10:11:12.345678": "10:11:12.346", "10:11:12.9999": "10:11:13.0", " 10:11:12 ": "10:11:12.0", "10:11:12+08:00": "18:11:12.0",
		"10:11:12-08:00": "02:11:12.0", "10:11+1": "11:11:00.0", " 10 : 11 : 12 . 5 ": "10:11:12.5", "10:11:12.": "10:11:12.0", "010:011:012": "10:11:12.0",
		"24:00:00": "", "23:59:60": "", "10:60:00": "", "": "", "101112": "", "10:11:12 PM": "", "10:11:12Z": "", "10::12": "", "-1:00:00": "",
		"10:11:12:13": "", "2020-01-02 10:11:12": "", "23:59:59.9999": "", "23:00:00+02:00": "",
	} {
		v, err := ParseTime(in)
		got := ""
		if err == nil {
			got = string(AppendTime(nil, v, 3))
		}
		if got != want {
			t.Errorf("ParseTime(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestParseTimestamp(t *testing.T) {
	tests := []struct {
		in   string
		p    int32
		want string
	}{
		{"2020-01-02 10:11:12", 3, "2020-01-02 10:11:12.000"}, {"2020-01-02 10:11:12.9999", 3, "2020-01-02 10:11:12.999"},
		{"2020-01-02", 3, "2020-01-02 00:00:00.000"}, {"2020-1-2 1:2:3", 3, "2020-01-02 01:02:03.000"}, {"2020-02-30 00:00:00", 3, "2020-02-29 00:00:00.000"},
		{"2020-01-02 24:00:00", 3, "2020-01-03 00:00:00.000"}, {"2020-01-02 10:11:12.", 3, "2020-01-02 10:11:12.000"},
		{"2020-01-02 10:11:12.123456789", 9, "2020-01-02 10:11:12.123456789"}, {"2020-01-02 10:11:12.12345678", 9, "2020-01-02 10:11:12.123456780"},
		{"2020-01-01 12:34:56.123456789", 0, "2020-01-01 12:34:56"}, {"2020-01-01 12:34:56.123456789", 5, "2020-01-01 12:34:56.12345"},
		{"2020-01-01 12:34:56.123456789", 2, "2020-01-01 12:34:56.12"}, {"2020-04-31", 3, "2020-04-30 00:00:00.000"}, {"2021-02-29", 0, "2021-02-28 00:00:00"},
		{"2020-011-02 10:11:12", 0, "2020-01-02 10:11:12"}, {"2020-- ::", 0, "2020-01-01 00:00:00"}, {"0001-01-01 00:00:00", 0, "0001-01-01 00:00:00"},
		{"1969-12-31 23:59:59.999", 3, "1969-12-31 23:59:59.999"}, {"9999-12-31 23:59:59.999", 3, "9999-12-31 23:59:59.999"},
		{"+12020-01-02 10:11:12", 0, "12020-01-02 10:11:12"},
		{"2020-01-02 10:11", 3, ""}, {"2020-01-02 10", 3, ""}, {"2020-01-02T10:11:12", 3, ""}, {"2020-01-02 10:11:12+08:00", 3, ""}, {"", 3, ""}, {"abc", 3, ""},
		{"1577836800", 3, ""}, {"2020-01-02 10:11:12.1234567899", 9, ""}, {" 2020-01-02", 3, ""}, {"2020-01-02 ", 3, ""}, {"12020-01-02 10:11:12", 3, ""},
		{"0000-01-02 10:11:12", 3, ""}, {"2020--02 10:11:12", 3, ""}, {"2020-01-32 10:11:12", 3, ""}, {"2020-00-01", 3, ""}, {"2020-01-02 24:00:01", 3, ""},
		{"20-01-02 10:11:12", 3, ""}, {"2020-01-02  10:11:12", 3, ""}, {"2020-01-02 25:00:00", 3, ""},
	}
	for _, tt := range tests {
		v, err := ParseTimestamp(tt.in, tt.p)
		got := ""
		if err == nil {
			got = string(AppendTimestamp(nil, v, tt.p))
		}
		if got != tt.want {
			t.Errorf("ParseTimestamp(%q, %d) = %q, %v; want %q", tt.in, tt.p, got, err, tt.want)
		}
	}
}

func TestTemporalLiterals(t *testing.T) {
	for in, want := range map[string]string{
		"2020-01-01": "2020-01-01", "2020-1-2": "2020-01-02", "02020-01-02": "2020-01-02", "2021-02-29": "", "2020-13-01": "", "20200101": "", "": "",
		"0000-01-01": "", "10000-01-01": "", "2020-01-02 ": "", "2020-01-02 00:00:00": "", "2020-01": "", "2020-01-02x": "",
	} {
		d, err := ParseDateLiteral(in)
		got := ""
		if err == nil {
			got = string(AppendDate(nil, d))
		}
		if got != want {
			t.Errorf("DATE '%s' = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"00:00:00": "00:00:00.0", "23:59:59.999": "23:59:59.999", "1:2:3": "01:02:03.0", " 01:02:03": "01:02:03.0", "12:34:56.": "12:34:56.0",
		"12:34:56.1234567891": "12:34:56.123", "12:34": "", "": "", "24:00:00": "", "23:59:60": "", "01:02:03 ": "", "01:02:03Z": "",
	} {
		v, err := ParseTimeLiteral(in)
		got := ""
		if err == nil {
			got = string(AppendTime(nil, v, 3))
		}
		if got != want {
			t.Errorf("TIME '%s' = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"2020-01-01 00:00:00": "2020-01-01 00:00:00", "2020-01-01 12:34:56.123": "2020-01-01 12:34:56.123", "2020-01-01 00:00:00.000": "2020-01-01 00:00:00.000",
		"2020-01-01 12:34:56.1234567891": "2020-01-01 12:34:56.123456789", "2020-01-01": "2020-01-01 00:00:00", "2020-1-1 1:2:3": "2020-01-01 01:02:03",
		"2020-01-01  00:00:00": "2020-01-01 00:00:00", "2020-01-01 00:00:00.": "2020-01-01 00:00:00", "2020-01-01 00:00:00.5": "2020-01-01 00:00:00.5",
		"2020-02-30 00:00:00": "", "2020-01-01 24:00:00": "", "2020-01-01T00:00:00": "", "2020-01-01 00:00:00 UTC": "", "2020-01-01 00:00:00+08:00": "",
		"2020-01-01 12:34": "", "0000-01-01 00:00:00": "", "2020-01-01 00:00:60": "", "": "", "2020-01-01 ": "",
	} {
		v, p, err := ParseTimestampLiteral(in)
		got := ""
		if err == nil {
			got = string(AppendTimestamp(nil, v, p))
		}
		if got != want {
			t.Errorf("TIMESTAMP '%s' = %q, want %q", in, got, want)
		}
	}
}

func TestTimestampFormats(t *testing.T) {
	tests := []struct {
		in   string
		f    TimestampFormat
		utc  bool
		want string
	}{
		{"2020-01-02 03:04:05", FormatSQL, false, "2020-01-02 03:04:05"}, {"2020-01-02 03:04:05.120", FormatSQL, false, "2020-01-02 03:04:05.12"},
		{"2020-01-02 03:04:05.123456789Z", FormatSQL, true, "2020-01-02 03:04:05.123456789Z"}, {"2020-01-02T03:04:05", FormatISO, false, "2020-01-02T03:04:05"},
		{"2020-01-02T03:04", FormatISO, false, "2020-01-02T03:04:00"}, {"2020-01-02T03:04:05.5Z", FormatISO, true, "2020-01-02T03:04:05.5Z"},
		{"2020-01-02T03:04:05Z", FormatISO, false, ""}, {"2020-01-02T03:04:05", FormatISO, true, ""}, {"2020-01-02T03:04:05", FormatSQL, false, ""},
		{"2020-01-02 03:04:05", FormatISO, false, ""}, {"2020-01-02", FormatSQL, false, ""}, {"2020-01-02 03:04", FormatSQL, false, ""},
		{"2020-01-02 03:04:05.1234567891", FormatSQL, false, ""}, {"", FormatSQL, true, ""},
		{"2020-02-31 03:04:05.5", FormatSQL, false, "2020-02-29 03:04:05.5"}, {"2020-02-30 03:04:05Z", FormatSQL, true, "2020-02-29 03:04:05Z"},
		{"2020-02-32 03:04:05", FormatSQL, false, ""}, {"2020-02-31T03:04:05", FormatISO, false, ""}, {"2020-01-02 24:00:00", FormatSQL, false, "2020-01-03 00:00:00"},
		{"2020-01-02 24:00:00.5", FormatSQL, false, ""}, {"2020-01-02 24:00:01", FormatSQL, false, ""}, {"2020-01-02 25:00:00", FormatSQL, false, ""},
	}
	for _, tt := range tests {
		v, err := ParseTimestampAs(tt.in, tt.f, tt.utc)
		got := ""
		if err == nil {
			got = string(AppendTimestampAs(nil, v, tt.f, tt.utc))
		}
		if got != tt.want {
			t.Errorf("%q as %v = %q, %v; want %q", tt.in, tt.f, got, err, tt.want)
		}
	}
	if v, err := ParseTimeISO("12:34:56.789123"); err != nil || string(AppendTimeAs(nil, v)) != "12:34:56.789" {
		t.Error(v, err)
	}
	if _, err := ParseTimeISO("12:34"); err == nil {
		t.Error("12:34 is no time here")
	}
	if d, err := ParseDateISO("2020-02-29"); err != nil || string(AppendDate(nil, d)) != "2020-02-29" {
		t.Error(d, err)
	}
	if _, err := ParseDateISO("2020-2-29"); err == nil {
		t.Error("2020-2-29 is no date here")
	}
}

func TestParseDateLenient(t *testing.T) {
	for in, want := range map[string]string{
		"2020-01-02": "2020-01-02", "2020-1-2": "2020-01-02", "2020-02-31": "2020-03-02", "2020-02-32": "", "2020-13-01": "", "20-01-02": "", " 2020-01-02": "", "": "", "x": "",
	} {
		got := ""
		if d, err := ParseDateLenient(in); err == nil {
			got = string(AppendDate(nil, d))
		}
		if got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
}

func TestTimestampParts(t *testing.T) {
	ts, _ := ParseTimestamp("1969-12-31 23:59:59.999999999", 9)
	if ts.Milli != -1 || ts.Nano != 999_999 {
		t.Fatal(ts)
	}
	if got := string(AppendTimestamp(nil, ts, 9)); got != "1969-12-31 23:59:59.999999999" {
		t.Error(got)
	}
	if got := ts.Truncate(6); got != (Timestamp{Milli: -1, Nano: 999_000}) {
		t.Error(got)
	}
	if got := ts.Truncate(0); got != (Timestamp{}) {
		t.Error(got) // towards 1970, as Flink
	}
	if DateOfTimestamp(-1) != 0 || DateOfInstant(-1) != -1 || TimeOfDay(-1) != MillisPerDay-1 {
		t.Error(DateOfTimestamp(-1), DateOfInstant(-1), TimeOfDay(-1))
	}
	if got := TimestampOfNanos(0, -1); got != ts {
		t.Error(got)
	}
	if got := string(AppendDate(nil, int32(DaysFromCivil(-5, 3, 4)))); got != "-0005-03-04" {
		t.Error(got)
	}
	if got := string(AppendTime(nil, 3_600_100, 3)); got != "01:00:00.1" {
		t.Error(got)
	}
	if !ts.Less(Timestamp{}) || ts.Cmp(ts) != 0 || (Timestamp{}).Cmp(ts) != 1 {
		t.Error("order")
	}
}

func TestIntervals(t *testing.T) {
	unit := func(name string) IntervalUnit {
		for u := UnitYear; u <= UnitSecond; u++ {
			if u.String() == name {
				return u
			}
		}
		t.Fatalf("no unit %s", name)
		return NoUnit
	}
	tests := []struct {
		in, unit string
		p, s     int32
		want     string
	}{
		{"1", "YEAR", 2, 6, "+1-00"}, {"1-2", "YEAR TO MONTH", 2, 6, "+1-02"}, {"-1-2", "YEAR TO MONTH", 2, 6, "-1-02"}, {"+1-2", "YEAR TO MONTH", 2, 6, "+1-02"},
		{"1-12", "YEAR TO MONTH", 2, 6, ""}, {"100", "YEAR", 2, 6, ""}, {"100", "YEAR", 3, 6, "+100-00"}, {"0", "MONTH", 2, 6, "+0-00"}, {"14", "MONTH", 2, 6, "+1-02"},
		{"1", "DAY", 2, 6, "+1 00:00:00.000"}, {" 1 ", "DAY", 2, 6, "+1 00:00:00.000"}, {"10", "HOUR", 2, 6, "+0 10:00:00.000"}, {"1.5", "SECOND", 2, 6, "+0 00:00:01.500"},
		{"1.123456", "SECOND", 2, 6, "+0 00:00:01.123"}, {"1.1234567", "SECOND", 2, 6, ""}, {"1.1234", "SECOND", 2, 3, ""}, {"-1.5", "SECOND", 2, 6, "-0 00:00:01.500"},
		{"1 02:03:04", "DAY TO SECOND", 2, 6, "+1 02:03:04.000"}, {"-1 02:03:04.567", "DAY TO SECOND", 2, 6, "-1 02:03:04.567"}, {"1 2:3:4", "DAY TO SECOND", 2, 6, "+1 02:03:04.000"},
		{"02:03", "HOUR TO MINUTE", 2, 6, "+0 02:03:00.000"}, {"02:03:04", "HOUR TO SECOND", 2, 6, "+0 02:03:04.000"}, {"03:04.5", "MINUTE TO SECOND", 2, 6, "+0 00:03:04.500"},
		{"1 2:3", "DAY TO MINUTE", 2, 6, "+1 02:03:00.000"}, {"1 25", "DAY TO HOUR", 2, 6, ""}, {"02:60", "HOUR TO MINUTE", 2, 6, ""}, {"36", "HOUR", 2, 6, "+1 12:00:00.000"},
		{"100", "DAY", 3, 6, "+100 00:00:00.000"}, {"1.5", "DAY", 2, 6, ""}, {"", "DAY", 2, 6, ""}, {"--1", "DAY", 2, 6, ""}, {"1  02:03:04", "DAY TO SECOND", 2, 6, ""},
		{"1-2", "MONTH", 2, 6, ""}, {"1-2-3", "YEAR TO MONTH", 2, 6, ""}, {"178956970-7", "YEAR TO MONTH", 9, 6, "+178956970-07"}, {"178956970-8", "YEAR TO MONTH", 9, 6, ""},
		{"99999999999", "SECOND", 2, 6, ""}, {"999999999999999999", "DAY", 18, 6, ""}, {"25:01", "HOUR TO MINUTE", 2, 6, "+1 01:01:00.000"}, {"1.", "SECOND", 2, 6, ""},
	}
	for _, tt := range tests {
		u := unit(tt.unit)
		v, err := ParseIntervalLiteral(tt.in, u, tt.p, tt.s)
		got := ""
		switch {
		case err != nil:
		case u.IsYearMonth():
			got = string(AppendIntervalMonths(nil, int32(v)))
		default:
			got = string(AppendIntervalMillis(nil, v))
		}
		if got != tt.want {
			t.Errorf("INTERVAL '%s' %s(%d, %d) = %q, %v; want %q", tt.in, tt.unit, tt.p, tt.s, got, err, tt.want)
		}
	}
	if got := string(AppendIntervalMonths(nil, math.MinInt32)); got != "-178956970-08" {
		t.Error(got)
	}
	if got := string(AppendIntervalMillis(nil, math.MinInt64)); got != "-106751991167 07:12:55.808" {
		t.Error(got)
	}
}

func FuzzTemporalText(f *testing.F) {
	for _, s := range []string{"2020-01-02", "2020-1-2 1:2:3.5", "10:11:12.345+08:00", "24:00", "2020-01-02T03:04Z", "+1 02:03:04.5", "+12020-01-02 10:11:12", "2020-- ::"} {
		f.Add(s, int64(1577836800123), int32(456))
	}
	f.Fuzz(func(t *testing.T, s string, ms int64, nano int32) {
		if d, err := ParseDate(s); err == nil {
			if back, err := ParseDate(AppendDate(nil, d)); back != d || err != nil {
				t.Fatalf("%q is day %d, read back as %d, %v", s, d, back, err)
			}
		}
		if v, err := ParseTime(s); err == nil {
			if back, err := ParseTime(AppendTime(nil, v, 3)); back != v || err != nil {
				t.Fatalf("%q is %d, read back as %d, %v", s, v, back, err)
			}
		}
		if v, err := ParseTimestamp(s, 9); err == nil && v.Milli < 253_402_300_800_000 {
			if back, err := ParseTimestamp(AppendTimestamp(nil, v, 9), 9); back != v || err != nil {
				t.Fatalf("%q is %v, read back as %v, %v", s, v, back, err)
			}
		}
		if v, p, err := ParseTimestampLiteral(s); err == nil {
			if back, bp, err := ParseTimestampLiteral(string(AppendTimestamp(nil, v, p))); back != v || bp != p || err != nil {
				t.Fatalf("%q is %v, read back as %v, %v", s, v, back, err)
			}
		}
		for _, format := range []TimestampFormat{FormatSQL, FormatISO} {
			for _, utc := range []bool{false, true} {
				if v, err := ParseTimestampAs(s, format, utc); err == nil {
					if back, err := ParseTimestampAs(AppendTimestampAs(nil, v, format, utc), format, utc); back != v || err != nil {
						t.Fatalf("%q is %v, read back as %v, %v", s, v, back, err)
					}
				}
			}
		}
		for u := UnitYear; u <= UnitSecond; u++ {
			_, _ = ParseIntervalLiteral(s, u, 9, 9)
		}
		_, _ = ParseDateLiteral(s)
		_, _ = ParseTimeLiteral(s)
		// No value panics, however far away.
		v := Timestamp{Milli: ms, Nano: nano % 1e6}
		v.Nano = max(v.Nano, -v.Nano)
		buf := AppendTimestamp(nil, v, 9)
		buf = AppendTimestampAs(buf, v, FormatISO, true)
		buf = AppendDate(buf, nano)
		buf = AppendTime(buf, nano, 9)
		buf = AppendIntervalMillis(buf, ms)
		_ = AppendIntervalMonths(buf, nano)
		z, err := LoadZone("Europe/Berlin")
		if err != nil {
			t.Fatal(err)
		}
		if far := int64(1) << 50; ms > -far && ms < far {
			if back := z.Instant(z.Local(ms)); back != ms && back != ms-3_600_000 {
				t.Fatalf("instant %d comes back as %d", ms, back)
			}
		}
	})
}

func BenchmarkCivilFromDays(b *testing.B) {
	i := int64(0)
	for b.Loop() {
		i += 37
		y, m, d := CivilFromDays(i & 0x7fff)
		sinkInt = int64(y + m + d)
	}
}

func BenchmarkAppendTimestamp(b *testing.B) {
	buf := make([]byte, 0, 64)
	for b.Loop() {
		buf = AppendTimestampMillis(buf[:0], 1577836800123, 3)
	}
}

func BenchmarkParseTimestamp(b *testing.B) {
	in := []byte("2020-01-02 03:04:05.678")
	for b.Loop() {
		v, _ := ParseTimestamp(in, 3)
		sinkInt = v.Milli
	}
}

func BenchmarkParseDate(b *testing.B) {
	in := []byte("2020-01-02")
	for b.Loop() {
		v, _ := ParseDate(in)
		sinkInt = int64(v)
	}
}
