package types

import (
	"bufio"
	"os"
	"strconv"
	"strings"
	"testing"
)

// testdata/java17_times.txt holds what Java 17 answers for random patterns:
//
//	P  pattern  day  nanosecond of the day  formatted  text  day|nanosecond parsed
//	S  pattern  zone  millisecond  formatted  text  millisecond parsed
//	Z  -  zone  millisecond  local time  local time 2  instant of local time 2
func TestTimesAsJava(t *testing.T) {
	f, err := os.Open("testdata/java17_times.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	count := map[string]int{}
	for sc := bufio.NewScanner(f); sc.Scan(); {
		c := strings.Split(sc.Text(), "\t")
		count[c[0]]++
		n, err := strconv.ParseInt(c[3], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		switch c[0] {
		case "P":
			checkPattern(t, c, n)
		case "S":
			checkSimplePattern(t, c, n)
		case "Z":
			checkZone(t, c, n)
		}
	}
	if count["P"] < 300 || count["S"] < 300 || count["Z"] < 150 {
		t.Fatalf("only %v lines", count)
	}
}

func checkPattern(t *testing.T, c []string, nano int64) {
	p, err := CompilePattern(c[1])
	if err != nil {
		if c[4] != "BADPAT" {
			t.Errorf("%q does not compile: %v", c[1], err)
		}
		return
	}
	days, err := strconv.ParseInt(c[2], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	got := "ERR"
	if b, err := p.Append(nil, TimestampOfCivil(days, nano)); err == nil {
		got = string(b)
	}
	if got != c[4] {
		t.Errorf("%q formats day %d as %q, want %q", c[1], days, got, c[4])
	}
	if c[6] == "-" {
		return
	}
	got = "ERR"
	if v, err := p.parse(c[5]); err == nil {
		d, n := v.Civil()
		got = strconv.FormatInt(d, 10) + "|" + strconv.FormatInt(n, 10)
	}
	if got != c[6] {
		t.Errorf("%q reads %q as %s, want %s", c[1], c[5], got, c[6])
	}
}

func checkSimplePattern(t *testing.T, c []string, ms int64) {
	z, err := LoadZone(c[2])
	if err != nil {
		t.Fatal(err)
	}
	p, err := CompileSimplePattern(c[1])
	if err != nil {
		if c[4] != "BADPAT" {
			t.Errorf("%q does not compile: %v", c[1], err)
		}
		return
	}
	// Two-digit years depend on the year in which the file was made.
	p.century = DaysFromCivil(1946, 11, 21) * MillisPerDay
	if got := string(p.Append(nil, ms, z)); got != c[4] {
		t.Errorf("%q formats %d in %s as %q, want %q", c[1], ms, c[2], got, c[4])
	}
	got := "ERR"
	if v, err := ParseSimplePattern(p, c[5], z); err == nil {
		got = strconv.FormatInt(v, 10)
	}
	if got != c[6] {
		t.Errorf("%q reads %q in %s as %s, want %s", c[1], c[5], c[2], got, c[6])
	}
}

func checkZone(t *testing.T, c []string, ms int64) {
	z, err := LoadZone(c[2])
	if err != nil {
		t.Fatal(err)
	}
	if got := strconv.FormatInt(z.Local(ms), 10); got != c[4] {
		t.Errorf("%s: %d is local %s, want %s", c[2], ms, got, c[4])
	}
	local, err := strconv.ParseInt(c[5], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if got := strconv.FormatInt(z.Instant(local), 10); got != c[6] {
		t.Errorf("%s: local %d is %s, want %s", c[2], local, got, c[6])
	}
}

func TestPatternAppend(t *testing.T) {
	ts, _, err := ParseTimestampLiteral("2020-01-05 13:04:09.012345678")
	if err != nil {
		t.Fatal(err)
	}
	for pattern, want := range map[string]string{
		"yyyy-MM-dd": "2020-01-05", "yy y u yyy yyyyy": "20 2020 2020 2020 02020", "M L MM LL MMM LLL MMMM MMMMM": "1 1 01 01 Jan Jan January J",
		"E EE EEE EEEE EEEEE": "Sun Sun Sun Sunday S", "e ee eee eeee eeeee": "1 01 Sun Sunday S", "c ccc": "1 Sun", "h:mm a": "1:04 PM",
		"k kk K KK h hh H HH": "13 13 1 01 1 01 13 13", "B BBBBB": "in the afternoon in the afternoon", "D DD DDD": "5 05 005",
		"Q QQ QQQ QQQQ QQQQQ": "1 01 Q1 1st quarter 1", "Y YY YYYY YYYYY w ww W F": "2020 20 2020 02020 2 02 2 5", "G GGGG GGGGG": "AD Anno Domini A",
		"n N A g": "12345678 47049012345678 47049012 58853", "S SS SSSSSSSSS": "0 01 012345678", "ppH pppppM": "13     1", "[yyyy][ XXX]": "2020", "[yyyy": "2020",
		"''": "'", "'it''s' yy": "it's 20", "yyyy年MM月": "2020年01月", "": "", "'T'HH": "T13",
	} {
		p, err := CompilePattern(pattern)
		if err != nil {
			t.Errorf("%q: %v", pattern, err)
			continue
		}
		b, err := p.Append(nil, ts)
		if string(b) != want || err != nil {
			t.Errorf("%q gives %q, %v; want %q", pattern, b, err, want)
		}
	}
	for _, pattern := range []string{"foo", "cc", "aa", "yyyy'MM", "yyyy#MM", "p", "SSSSSSSSSS", "yyyy]", "yyyy{", "V", "ddd", "HHH", "bb", "MMMMMM", "WW", "FF", "pp-", "vv", "OO", "XXXXXX", "ZZZZZZ", "BB", "zzzzz", "uuuuuuuuuuuuuuuuuuuuuuuuuu"} {
		if _, err := CompilePattern(pattern); err == nil {
			t.Errorf("%q compiles", pattern)
		}
	}
	for _, pattern := range []string{"XXX", "VV", "z", "v", "O", "x", "Z", "ZZZZ"} {
		p, err := CompilePattern(pattern)
		if err != nil {
			t.Errorf("%q: %v", pattern, err)
			continue
		}
		if b, err := p.Append(nil, ts); err == nil {
			t.Errorf("%q gives %q", pattern, b)
		}
	}
}

// Cases from CAST and TO_TIMESTAMP; "" is NULL.
func TestParsePattern(t *testing.T) {
	for _, tt := range [][3]string{
		{"yyyyMMddHHmmssSSS", "20200105130409123", "2020-01-05 13:04:09.123"}, {"yyyy-MM-dd HH:mm:ss Z", "2020-01-05 13:04:09 +0800", "2020-01-05 13:04:09.000"},
		{"yyyy-MM-dd'T'HH:mm:ssX", "2020-01-05T13:04:09Z", "2020-01-05 13:04:09.000"}, {"yyyy-MM-dd HH:mm:ss.SSSSSSSSS", "2020-01-05 13:04:09.123456789", "2020-01-05 13:04:09.123"},
		{"d MMM yyyy", "5 Jan 2020", "2020-01-05 00:00:00.000"}, {"d MMM yyyy", "5 jan 2020", ""}, {"yyyy-MM-dd", "2020-02-31", "2020-02-29 00:00:00.000"},
		{"yyyy-MM-dd", "2020-02-32", ""}, {"yyyy-DDD", "2020-005", "2020-01-05 00:00:00.000"}, {"HH:mm", "13:04", "1970-01-01 13:04:00.000"},
		{"HH:mm", "24:00", "1970-01-01 00:00:00.000"}, {"h:mm a", "1:04 PM", "1970-01-01 13:04:00.000"}, {"h:mm", "1:04", "1970-01-01 00:04:00.000"},
		{"yyyy-MM-dd", "2020-1-5", "2020-01-05 00:00:00.000"}, {"yyyy-MM-dd HH:mm:ss", "2020-1-5 1:2:3", "2020-01-05 01:02:03.000"}, {"yy-MM-dd", "99-01-05", "2099-01-05 00:00:00.000"},
		{"yyyy-MM-dd[ HH]", "2020-01-05 10", "2020-01-05 10:00:00.000"}, {"yyyy-MM-dd[ HH]", "2020-01-05", "2020-01-05 00:00:00.000"},
		{"yyyy-MM-dd HH:mm:ss.SSS", "2020-01-05 10:11:12.5", "2020-01-05 10:11:12.500"}, {"EEE yyyy-MM-dd", "Mon 2020-01-05", ""}, {"EEE yyyy-MM-dd", "Sun 2020-01-05", "2020-01-05 00:00:00.000"},
		{"yyyy-MM-dd HH:mm:ss VV", "2020-01-05 10:11:12 Europe/Paris", "2020-01-05 10:11:12.000"}, {"yyyy-MM-dd HH:mm:ss XXX", "2020-01-05 10:11:12 +08:00", "2020-01-05 10:11:12.000"},
		{"yyyy-MM-dd HH:mm:ss O", "2020-01-05 10:11:12 GMT+8", "2020-01-05 10:11:12.000"}, {"YYYY w e", "2020 2 3", "2020-01-07 00:00:00.000"}, {"yyyy QQQ", "2020 Q1", "2020-01-01 00:00:00.000"},
		{"A", "47049012", "1970-01-01 13:04:09.012"}, {"yyyy G", "2020 AD", "2020-01-01 00:00:00.000"}, {"yyyy-MM-dd HH:mm:ss", "2020-01-05 10:11:60", "2020-01-05 10:12:00.000"},
		{"yyyy-MM-dd HH a", "2020-01-05 13 PM", "2020-01-05 13:00:00.000"}, {"yyyy-MM-dd HH a", "2020-01-05 13 AM", ""}, {"yyyy-MM-dd", "12020-01-05", ""}, {"yyyy-MM-dd", "xyz", ""},
		{"yyyy-MM-dd xxx", "2020-01-05 +08", ""}, {"yyyy-MM-dd X", "2020-01-05 +0830", "2020-01-05 00:00:00.000"}, {"yyyy-MM-dd ppH", "2020-01-05  7", "2020-01-05 07:00:00.000"},
	} {
		p, err := CompilePattern(tt[0])
		if err != nil {
			t.Errorf("%q: %v", tt[0], err)
			continue
		}
		v, err := ParsePattern(p, tt[1])
		got := ""
		if err == nil {
			got = string(AppendTimestamp(nil, v, 3))
		}
		if got != tt[2] {
			t.Errorf("%q reads %q as %q, want %q", tt[0], tt[1], got, tt[2])
		}
	}
}

func TestSimplePattern(t *testing.T) {
	base, err := CompileSimplePattern("yyyy-MM-dd HH:mm:ss")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range [][3]string{ // DATE_FORMAT(text, pattern)
		{"2020-01-05 13:04:09", "G y yy yyy yyyy yyyyy", "AD 2020 20 2020 2020 02020"}, {"2020-01-05 13:04:09", "M MM MMM MMMM L LLL", "1 01 Jan January 1 Jan"},
		{"2020-01-05 13:04:09", "d dd ddd D DD DDD F", "5 05 005 5 05 005 1"}, {"2020-01-05 13:04:09", "E EEEE EEEEE u uu", "Sun Sunday Sunday 7 07"},
		{"2020-12-31 13:04:09", "w ww W Y YY YYYY F", "1 01 5 2021 21 2021 5"}, {"2020-01-05 00:04:09", "H HH k K h hh hhh a aa", "0 00 24 0 12 12 012 AM AM"},
		{"2020-01-05 13:04:09", "z zzzz Z ZZZZ X XX XXX", "UTC Coordinated Universal Time +0000 +0000 Z Z Z"}, {"2020-01-05 13:04:09", "[y] {y} # é \"", "[2020] {2020} # é \""},
		{"2020-13-45 25:61:61", "yyyy-MM-dd HH:mm:ss", "2021-02-15 02:02:01"}, {"-20-01-05 13:04:09", "yyyy-MM-dd HH:mm:ss G", "0021-01-05 13:04:09 BC"},
		{"2020--1-05 13:04:09", "yyyy-MM-dd", "2019-11-05"}, {"12020-01-05 13:04:09", "yyyy-MM-dd", "12020-01-05"}, {"0000-01-05 13:04:09", "yyyy-MM-dd G", "0001-01-05 BC"},
		{"1582-10-10 13:04:09", "yyyy-MM-dd", "1582-10-20"}, {"0001-01-01 00:00:00", "yyyy-MM-dd E D w", "0001-01-01 Sat 1 1"}, {"2020-01-05   13:04:09xxx", "HH:mm", "13:04"},
		{"2020-01-05", "yyyy", ""}, {"", "yyyy", ""}, {"  2020-01-05 13:04:09.123", "S SSS", "0 000"},
	} {
		p, err := CompileSimplePattern(tt[1])
		if err != nil {
			t.Errorf("%q: %v", tt[1], err)
			continue
		}
		got := ""
		if ms, err := ParseSimplePattern(base, tt[0], UTC); err == nil {
			got = string(p.Append(nil, ms, UTC))
		}
		if got != tt[2] {
			t.Errorf("DATE_FORMAT('%s', '%s') = %q, want %q", tt[0], tt[1], got, tt[2])
		}
	}
	for _, tt := range [][3]string{ // TO_DATE(text, pattern)
		{"05/01/2020", "dd/MM/yyyy", "2020-01-05"}, {"2020", "yyyy", "2020-01-01"}, {"2020-02-31", "yyyy-MM-dd", "2020-03-02"}, {"0001-01-01", "yyyy-MM-dd", "0000-12-30"},
		{"1500-02-29", "yyyy-MM-dd", "1500-03-10"}, {"1582-10-15", "yyyy-MM-dd", "1582-10-15"}, {"january 5 2020", "MMM d yyyy", "2020-01-05"}, {"Jan 5 2020", "MMMM d yyyy", "2020-01-05"},
		{"Mon 5 Jan 2020", "EEE d MMM yyyy", "2020-01-05"}, {"2020-01-05xyz", "yyyy-MM-dd", "2020-01-05"}, {"xyz", "yyyy-MM-dd", ""}, {"2020 5 1", "YYYY w u", "2020-01-27"},
		{"2020 1 Mon", "YYYY w EEE", "2019-12-30"}, {"2020-01-05 +05:00", "yyyy-MM-dd X", "2020-01-04"}, {"2020-01-05 +05:00", "yyyy-MM-dd XXX", "2020-01-04"},
		{"2020-01-05 PST", "yyyy-MM-dd z", "2020-01-05"}, {"2020-01-05 GMT+5", "yyyy-MM-dd z", ""}, {"20200131", "yyyyMMdd", "2020-01-31"}, {"2020131", "yyyyMd", "2020-01-31"},
		{"2020-005", "yyyy-DDD", "2020-01-05"}, {"2020 2 Tue", "yyyy W EEE", "2020-01-07"}, {"2020 2 Tue 3", "yyyy F EEE M", "2020-03-10"},
	} {
		p, err := CompileSimplePattern(tt[1])
		if err != nil {
			t.Errorf("%q: %v", tt[1], err)
			continue
		}
		got := ""
		if ms, err := ParseSimplePattern(p, tt[0], UTC); err == nil {
			got = string(AppendDate(nil, DateOfInstant(ms)))
		}
		if got != tt[2] {
			t.Errorf("TO_DATE('%s', '%s') = %q, want %q", tt[0], tt[1], got, tt[2])
		}
	}
	for _, pattern := range []string{"foo", "VV", "XXXX", "'unclosed", "yyyy b"} {
		if _, err := CompileSimplePattern(pattern); err == nil {
			t.Errorf("%q compiles", pattern)
		}
	}
}

func TestZones(t *testing.T) {
	for id, name := range map[string]string{
		"UTC": "UTC", "Z": "Z", "GMT+8": "GMT+08:00", "GMT-08:30": "GMT-08:30", "UTC+5": "UTC+05:00", "+05:30": "+05:30", "-0330": "-03:30", "+8": "+08:00",
		"Europe/Berlin": "Europe/Berlin", "GMT+8:00": "GMT+08:00",
	} {
		if z, err := LoadZone(id); err != nil || z.Name() != name {
			t.Errorf("zone %s: %v, %v; want %s", id, z, err, name)
		}
	}
	for _, id := range []string{"", "Local", "Nowhere/City", "+25:00", "GMT+", "+8:", "+08:0", "UTC+8x", "PST8", "../etc/passwd"} {
		if z, err := LoadZone(id); err == nil {
			t.Errorf("zone %q is %v", id, z)
		}
	}
	for id, want := range map[string]bool{"UTC": true, "GMT+08:00": true, "America/Los_Angeles": true, "UTC+8": false, "+08:00": false, "Nowhere": false} {
		if got := IsSessionZone(id); got != want {
			t.Errorf("IsSessionZone(%s) = %v", id, got)
		}
	}
}

func FuzzPattern(f *testing.F) {
	for _, s := range []string{"yyyy-MM-dd HH:mm:ss.SSS", "[yyyy][ppH]", "''", "d MMM yy h a VV XXX", "YYYYwwe", "yyyyMMddHHmmssSSS", "G B Q n N A"} {
		f.Add(s, "2020-01-05 13:04:09.123", int64(1577836800123))
	}
	f.Fuzz(func(t *testing.T, pattern, text string, ms int64) {
		ms %= 1 << 53
		if p, err := CompilePattern(pattern); err == nil {
			_, _ = ParsePattern(p, text)
			if b, err := p.Append(nil, TimestampOfMillis(ms)); err == nil {
				_, _ = ParsePattern(p, b)
			}
		}
		if p, err := CompileSimplePattern(pattern); err == nil {
			_, _ = ParseSimplePattern(p, text, UTC)
			_, _ = ParseSimplePattern(p, p.Append(nil, ms, UTC), UTC)
		}
	})
}

func BenchmarkPatternAppend(b *testing.B) {
	p, err := CompilePattern("yyyy-MM-dd HH:mm")
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, 0, 64)
	for b.Loop() {
		buf, _ = p.Append(buf[:0], TimestampOfMillis(1577836800123))
	}
}

func BenchmarkPatternParse(b *testing.B) {
	p, err := CompilePattern("yyyy-MM-dd'T'HH:mm:ss")
	if err != nil {
		b.Fatal(err)
	}
	in := []byte("2020-01-02T03:04:05")
	for b.Loop() {
		v, _ := ParsePattern(p, in)
		sinkInt = v.Milli
	}
}

func BenchmarkZoneLocal(b *testing.B) {
	z, err := LoadZone("Europe/Berlin")
	if err != nil {
		b.Fatal(err)
	}
	ms := int64(1577836800123)
	for b.Loop() {
		ms += 997
		sinkInt = z.Local(ms)
	}
}

func BenchmarkZoneInstantScattered(b *testing.B) {
	z, err := LoadZone("Europe/Berlin")
	if err != nil {
		b.Fatal(err)
	}
	ms := int64(0)
	for b.Loop() {
		ms = (ms + 86_400_000*211) % 1_600_000_000_000
		sinkInt = z.Instant(ms)
	}
}
