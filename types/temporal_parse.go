package types

import "strings"

// ParseDate reads a DATE as CAST does: 2024-1-2, 2024-01, 2024; blanks around
// the numbers; whatever follows the first blank but one at the start is
// ignored, so that the text of a timestamp is a date, too.
func ParseDate[T Text](t T) (int32, error) {
	s := view(t)
	if d, ok := isoDate(s); ok && (len(s) == 10 || s[10] == ' ') {
		return d, nil
	}
	if i := strings.IndexByte(s, ' '); i > 0 {
		s = s[:i]
	}
	year, month, day := s, "1", "1"
	if i := strings.IndexByte(s, '-'); i >= 0 {
		year, month = s[:i], s[i+1:]
		if j := strings.IndexByte(month, '-'); j >= 0 {
			month, day = month[:j], month[j+1:]
		}
	}
	y, ok1 := parseDigits(trimControls(year))
	m, ok2 := parseDigits(trimControls(month))
	d, ok3 := parseDigits(trimControls(day))
	if !ok1 || !ok2 || !ok3 {
		return 0, ErrSyntax
	}
	if y > 9999 || m < 1 || m > 12 || d < 1 || d > DaysInMonth(y, m) {
		return 0, ErrRange
	}
	return int32(DaysFromCivil(y, m, d)), nil
}

// isoDate reads the first ten bytes of s as 2024-01-02.
func isoDate(s string) (int32, bool) {
	if len(s) < 10 {
		return 0, false
	}
	w, ok1 := pairs(s[:8], '-'<<32|'-'<<56, 0x00_01_01_00_01_01_01_01)
	d, ok2 := twoDigits(s, 8)
	y, m := int(w&0xff*100+w>>16&0xff), int(w>>40&0xff)
	if !ok1 || !ok2 || m-1 > 11 || m < 1 || d < 1 || d > 28 && d > DaysInMonth(y, m) {
		return 0, false
	}
	return daysOf(y, m, d), true
}

// daysOf is DaysFromCivil for the months 1 to 12 of the years 0 to 9999 and days
// from 0 on.
func daysOf(year, month, day int) int32 {
	y, m := uint32(year)+400, uint32(month)
	if m <= 2 { // years begin in March
		y--
		m += 12
	}
	c := y / 100
	return int32(y*1461/4-c+c/4+(153*m-457)/5) + int32(day) - 1 - daysPerEra - epochShift
}

// plainMillis reads s, if it has 23 bytes, as 2024-01-02, sep, 03:04:05.678.
func plainMillis(s string, sep byte) (ms int64, ok bool) {
	if len(s) != 23 {
		return 0, false
	}
	month, ok1 := pairs(s[:8], '-'<<32|'-'<<56, 0x00_01_01_00_01_01_01_01)
	clock, ok2 := pairs(s[8:16], uint64(sep)<<16|':'<<40, 0x01_01_00_01_01_00_01_01)
	second, ok3 := pairs(s[15:23], ':'<<8|'.'<<32, 0x01_01_01_00_01_01_00_01)
	y, m, d := int(month&0xff*100+month>>16&0xff), int(month>>40&0xff), int(clock&0xff)
	h, min, sec := clock>>24&0xff, clock>>48&0xff, second>>16&0xff
	if !ok1 || !ok2 || !ok3 || m-1 > 11 || m < 1 || d < 1 || d > 28 && d > DaysInMonth(y, m) || h > 23 || min > 59 || sec > 59 {
		return 0, false
	}
	milli := second>>40&0xff*10 + second>>56/10 // the last number lacks its second digit
	return int64(daysOf(y, m, d))*MillisPerDay + int64(((h*60+min)*60+sec)*1000+milli), true
}

// isoClock reads the first eight bytes of s as 03:04:05, in seconds.
func isoClock(s string) (int, bool) {
	if len(s) < 8 {
		return 0, false
	}
	w, ok := pairs(s[:8], ':'<<16|':'<<40, 0x01_01_00_01_01_00_01_01)
	h, m, sec := int(w&0xff), int(w>>24&0xff), int(w>>48&0xff)
	return h*3600 + m*60 + sec, ok && h < 24 && m < 60 && sec < 60
}

// pairs reads the numbers of two digits in the eight bytes of s; the one that
// begins at byte i is byte i of the answer. There have to be digits where digits
// has a 1, and other's characters where it has a 0.
func pairs(s string, other, digits uint64) (w uint64, ok bool) {
	_ = s[7]
	w = uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	w ^= other | digits*'0'
	// Above 9 the high half is not zero, or becomes so by adding 6.
	return w*10 + w>>8, (w+digits*6|w)&(digits*0xf0)|w&^(digits*0xff) == 0
}

func twoDigits(s string, i int) (int, bool) {
	a, b := s[i]-'0', s[i+1]-'0'
	return int(a)*10 + int(b), a <= 9 && b <= 9
}

// parseDigits reads a number of ASCII digits alone, at most 2^31-1.
func parseDigits(s string) (int, bool) {
	v := 0
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, false
		}
		if v = v*10 + int(s[i]-'0'); v > 1<<31-1 {
			return 0, false
		}
	}
	return v, s != ""
}

// ParseTime reads a TIME in milliseconds as CAST does: 10:11:12.345, 10:11,
// 10; blanks around the numbers; an offset such as +08:00 is added. A fourth
// fraction digit rounds.
func ParseTime[T Text](t T) (int32, error) {
	s := view(t)
	if sec, ok := isoClock(s); ok && len(s) == 8 {
		return int32(sec * 1000), nil
	}
	var offset int
	sign := 1
	i := strings.IndexByte(s, '-')
	if i >= 0 {
		sign = -1
	} else {
		i = strings.IndexByte(s, '+')
	}
	if i >= 0 {
		hour, minute, _ := strings.Cut(s[i+1:], ":")
		h, ok1 := parseDigits(trimControls(hour))
		m, ok2 := 0, true
		if strings.IndexByte(s[i:], ':') >= 0 {
			m, ok2 = parseDigits(trimControls(minute))
		}
		if !ok1 || !ok2 || h > 1000 || m > 100_000 {
			return 0, ErrSyntax
		}
		offset = sign * (h*60 + m)
		s = s[:i]
	}
	hour, rest, more := strings.Cut(s, ":")
	h, ok := parseDigits(trimControls(hour))
	if !ok {
		return 0, ErrSyntax
	}
	m, sec, ms := 0, 0, 0
	if more {
		minute, rest, more := strings.Cut(rest, ":")
		if m, ok = parseDigits(trimControls(minute)); !ok {
			return 0, ErrSyntax
		}
		if more {
			second, frac, _ := strings.Cut(rest, ".")
			if sec, ok = parseDigits(trimControls(second)); !ok {
				return 0, ErrSyntax
			}
			ms = parseMillis(trimControls(frac))
		}
	}
	if h > 23 || m > 59 || sec > 59 {
		return 0, ErrRange
	}
	v := (h*60+m+offset)*60_000 + sec*1000 + ms
	if v < 0 || v >= MillisPerDay {
		return 0, ErrRange
	}
	return int32(v), nil
}

// parseMillis reads the digits behind a point; the fourth one rounds. What is
// not a digit counts as zero, as in Flink.
func parseMillis(s string) int {
	v := 0
	for i, unit := 0, 100; i < len(s) && unit > 0; i, unit = i+1, unit/10 {
		if isDigit(s[i]) {
			v += int(s[i]-'0') * unit
		}
	}
	if len(s) > 3 && s[3] >= '5' {
		v++
	}
	return v
}

// ParseTimestamp reads a TIMESTAMP(p), or the local time of a
// TIMESTAMP_LTZ(p), as CAST and TO_TIMESTAMP do: 2024-01-02 03:04:05.678 with
// months, days and clock of one or two digits and a fraction of up to nine, or
// a date alone. No blanks around it, no T, no zone. A day that the month lacks
// becomes its last day, and 24:00:00 is midnight. Further digits are cut.
func ParseTimestamp[T Text](t T, p int32) (Timestamp, error) {
	s := view(t)
	if v, n, ok := plainTimestamp(s, ' '); ok && n == len(s) && v.Milli >= firstYear {
		return v.Truncate(p), nil
	}
	if d, ok := isoDate(s); ok && len(s) == 10 && d >= firstYear/MillisPerDay {
		return Timestamp{Milli: int64(d) * MillisPerDay}, nil
	}
	v, err := castPattern().parse(s)
	if err != nil {
		return Timestamp{}, err
	}
	return v.Truncate(p), nil
}

// firstYear is 0001-01-01: the year 0 does not exist in the calendar's eras.
const firstYear = -62_135_596_800_000

// plainTimestamp reads yyyy-MM-dd, sep, HH:mm:ss and a fraction of one to nine
// digits, and says how many bytes it took.
func plainTimestamp(s string, sep byte) (t Timestamp, n int, ok bool) {
	if ms, ok := plainMillis(s, sep); ok { // the usual case
		return Timestamp{Milli: ms}, 23, true
	}
	if len(s) < 19 || s[10] != sep {
		return t, 0, false
	}
	days, ok1 := isoDate(s)
	sec, ok2 := isoClock(s[11:])
	if !ok1 || !ok2 {
		return t, 0, false
	}
	nano, digits, ok := fraction(s[19:])
	return TimestampOfCivil(int64(days), int64(sec)*1e9+int64(nano)), 19 + digits, ok
}

// fraction reads a point and one to nine digits, if there is a point, and says
// how many bytes that took.
func fraction(s string) (nano, n int, ok bool) {
	if s == "" || s[0] != '.' {
		return 0, 0, true
	}
	if len(s) == 4 { // the usual case: milliseconds
		a, b, c := s[1]-'0', s[2]-'0', s[3]-'0'
		if a <= 9 && b <= 9 && c <= 9 {
			return (int(a)*100 + int(b)*10 + int(c)) * 1e6, 4, true
		}
	}
	unit := int(1e9)
	for n = 1; n < len(s) && isDigit(s[n]); n++ {
		if n > 9 {
			return 0, 0, false
		}
		unit /= 10
		nano += int(s[n]-'0') * unit
	}
	return nano, n, n > 1
}

// ParseDateLiteral reads the text of a literal DATE '2024-01-02'. Months and
// days may have one digit; years are 1 to 9999.
func ParseDateLiteral(s string) (int32, error) {
	d, rest, err := literalDate(s)
	if err == nil && rest != "" {
		err = ErrSyntax
	}
	return d, err
}

// ParseTimeLiteral reads the text of a literal TIME '03:04:05.678', in
// milliseconds.
func ParseTimeLiteral(s string) (int32, error) {
	ns, rest, err := literalClock(s)
	if err != nil {
		return 0, err
	}
	nano, _, rest, err := literalFraction(rest)
	if err == nil && rest != "" {
		err = ErrSyntax
	}
	return int32((ns + nano) / 1e6), err
}

// ParseTimestampLiteral reads the text of a literal TIMESTAMP '2024-01-02
// 03:04:05.678', or of a date alone, and returns it with the precision of its
// type: the number of fraction digits, at most nine.
func ParseTimestampLiteral(s string) (t Timestamp, p int32, err error) {
	d, rest, err := literalDate(s)
	if err != nil {
		return t, 0, err
	}
	if rest == "" {
		return TimestampOfCivil(int64(d), 0), 0, nil
	}
	if rest[0] != ' ' {
		return t, 0, ErrSyntax
	}
	ns, rest, err := literalClock(rest[1:])
	if err != nil {
		return t, 0, err
	}
	nano, p, rest, err := literalFraction(rest)
	if err == nil && rest != "" {
		err = ErrSyntax
	}
	return TimestampOfCivil(int64(d), ns+nano), p, err
}

// literalNumber reads digits behind blanks.
func literalNumber(s string) (v int, rest string, err error) {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	n := 0
	for n < len(s) && n < 9 && isDigit(s[n]) {
		n++
	}
	v, ok := parseDigits(s[:n])
	if !ok {
		return 0, s, ErrSyntax
	}
	return v, s[n:], nil
}

// literalNumbers reads three numbers with sep between them.
func literalNumbers(s string, sep byte) (v [3]int, rest string, err error) {
	for i := range v {
		if i > 0 {
			if s == "" || s[0] != sep {
				return v, s, ErrSyntax
			}
			s = s[1:]
		}
		if v[i], s, err = literalNumber(s); err != nil {
			return v, s, err
		}
	}
	return v, s, nil
}

func literalDate(s string) (days int32, rest string, err error) {
	v, rest, err := literalNumbers(s, '-')
	if err != nil {
		return 0, rest, err
	}
	if v[0] < 1 || v[0] > 9999 || v[1] < 1 || v[1] > 12 || v[2] < 1 || v[2] > DaysInMonth(v[0], v[1]) {
		return 0, rest, ErrRange
	}
	return int32(DaysFromCivil(v[0], v[1], v[2])), rest, nil
}

func literalClock(s string) (nanos int64, rest string, err error) {
	v, rest, err := literalNumbers(s, ':')
	if err != nil {
		return 0, rest, err
	}
	if v[0] > 23 || v[1] > 59 || v[2] > 59 {
		return 0, rest, ErrRange
	}
	return int64(v[0]*3600+v[1]*60+v[2]) * 1e9, rest, nil
}

// literalFraction reads a point and any number of digits, of which nine count.
func literalFraction(s string) (nano int64, p int32, rest string, err error) {
	if s == "" {
		return 0, 0, "", nil
	}
	if s[0] != '.' {
		return 0, 0, s, ErrSyntax
	}
	s = s[1:]
	for s != "" && isDigit(s[0]) {
		if p < 9 {
			p++
			nano += int64(s[0]-'0') * int64(pow10[9-p])
		}
		s = s[1:]
	}
	return nano, p, s, nil
}

// ParseDateISO reads a DATE of the formats json and csv: 2024-01-02, nothing
// else.
func ParseDateISO[T Text](t T) (int32, error) {
	s := view(t)
	if d, ok := isoDate(s); ok && len(s) == 10 {
		return d, nil
	}
	return 0, ErrSyntax
}

// ParseTimeISO reads a TIME of the formats json and csv, in milliseconds:
// 03:04:05 with a fraction of up to nine digits.
func ParseTimeISO[T Text](t T) (int32, error) {
	s := view(t)
	sec, ok := isoClock(s)
	if !ok {
		return 0, ErrSyntax
	}
	nano, n, ok := fraction(s[8:])
	if !ok || 8+n != len(s) {
		return 0, ErrSyntax
	}
	return int32(sec*1000 + nano/1e6), nil
}

// PlainTimestampMillis is ParseTimestampAs for the usual form with milliseconds,
// sep in the middle; ok is false for any other text.
func PlainTimestampMillis(b []byte, sep byte) (ms int64, ok bool) {
	return plainMillis(view(b), sep)
}

// ParseTimestampAs reads a timestamp of the formats json and csv: 2024-01-02
// 03:04:05 with a fraction of up to nine digits, with T in the middle for
// FormatISO, where the seconds may be missing. utc wants the Z of a
// TIMESTAMP_LTZ. In the SQL form a day that the month lacks is its last one,
// and 24:00:00 is midnight.
func ParseTimestampAs[T Text](t T, f TimestampFormat, utc bool) (Timestamp, error) {
	s := view(t)
	if utc {
		if s == "" || s[len(s)-1] != 'Z' {
			return Timestamp{}, ErrSyntax
		}
		s = s[:len(s)-1]
	}
	if f == FormatISO {
		if len(s) == 16 {
			var b [19]byte
			copy(b[copy(b[:], s):], ":00")
			return wholeTimestamp(view(b[:]), 'T')
		}
		return wholeTimestamp(s, 'T')
	}
	v, err := wholeTimestamp(s, ' ')
	if err != nil && len(s) >= 19 {
		return smartTimestamp(s)
	}
	return v, err
}

func wholeTimestamp(s string, sep byte) (Timestamp, error) {
	v, n, ok := plainTimestamp(s, sep)
	if !ok || n != len(s) {
		return Timestamp{}, ErrSyntax
	}
	return v, nil
}

// smartTimestamp reads the timestamps of the SQL form that do not exist but
// stand for others.
func smartTimestamp(s string) (Timestamp, error) {
	var b [29]byte
	if len(s) > len(b) {
		return Timestamp{}, ErrSyntax
	}
	n := copy(b[:], s)
	if y, m := view(b[:4]), view(b[5:7]); b[8] == '2' || b[8] == '3' {
		year, ok1 := parseDigits(y)
		month, ok2 := parseDigits(m)
		day, ok3 := twoDigits(s, 8)
		if ok1 && ok2 && ok3 && month >= 1 && month <= 12 && day <= 31 {
			day = min(day, DaysInMonth(year, month))
			b[8], b[9] = byte('0'+day/10), byte('0'+day%10)
		}
	}
	extra := int64(0)
	if view(b[11:19]) == "24:00:00" {
		b[11], b[12], extra = '0', '0', MillisPerDay
	}
	v, err := wholeTimestamp(view(b[:n]), ' ')
	if extra > 0 && v.Milli%1000 == 0 && v.Nano == 0 {
		v.Milli += extra
	} else if extra > 0 {
		return Timestamp{}, ErrRange
	}
	return v, err
}
