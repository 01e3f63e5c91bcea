package types

import "strconv"

// Pairs of digits, "00" to "99".
const digitPairs = "00010203040506070809" +
	"10111213141516171819" +
	"20212223242526272829" +
	"30313233343536373839" +
	"40414243444546474849" +
	"50515253545556575859" +
	"60616263646566676869" +
	"70717273747576777879" +
	"80818283848586878889" +
	"90919293949596979899"

func append2(dst []byte, n int) []byte {
	return append(dst, digitPairs[2*n], digitPairs[2*n+1])
}

// AppendDate appends a DATE as 2024-01-02. A year beyond 0..9999 takes the
// digits and the sign that it needs.
func AppendDate(dst []byte, days int32) []byte {
	y, m, d := CivilFromDays(int64(days))
	return appendCivil(dst, y, m, d)
}

func appendCivil(dst []byte, y, m, d int) []byte {
	if uint(y) <= 9999 {
		hi, lo := y/100, y%100
		return append(dst, digitPairs[2*hi], digitPairs[2*hi+1], digitPairs[2*lo], digitPairs[2*lo+1], '-',
			digitPairs[2*m], digitPairs[2*m+1], '-', digitPairs[2*d], digitPairs[2*d+1])
	}
	if y < 0 {
		dst = append(dst, '-')
		y = -y
		for limit := 1000; y < limit && limit > 1; limit /= 10 {
			dst = append(dst, '0')
		}
	}
	dst = strconv.AppendInt(dst, int64(y), 10)
	dst = append(dst, '-')
	dst = append2(dst, m)
	dst = append(dst, '-')
	return append2(dst, d)
}

// appendClock appends hh:mm:ss of a second of the day.
func appendClock(dst []byte, sec int) []byte {
	h, m, s := sec/3600, sec/60%60, sec%60
	return append(dst, digitPairs[2*h], digitPairs[2*h+1], ':', digitPairs[2*m], digitPairs[2*m+1], ':', digitPairs[2*s], digitPairs[2*s+1])
}

// AppendTime appends a TIME(p) as 01:02:03.45. Of its fraction, at most p
// digits, the zeros at the end are left out but for the first one, as in Flink.
func AppendTime(dst []byte, ms int32, p int32) []byte {
	t := int(floorMod(int64(ms), MillisPerDay))
	dst = appendClock(dst, t/1000)
	if p <= 0 {
		return dst
	}
	frac := t % 1000
	dst = append(dst, '.', byte('0'+frac/100))
	for frac = frac % 100 * 10; frac != 0 && p > 1; frac, p = frac%100*10, p-1 {
		dst = append(dst, byte('0'+frac/100))
	}
	return dst
}

// AppendTimestamp appends a TIMESTAMP(p), or the local time of a
// TIMESTAMP_LTZ(p), as 2024-01-02 03:04:05.678 with exactly p fraction digits.
func AppendTimestamp(dst []byte, t Timestamp, p int32) []byte {
	days, nano := t.Civil()
	y, m, d := CivilFromDays(days)
	dst = appendCivil(dst, y, m, d)
	dst = append(dst, ' ')
	dst = appendClock(dst, int(nano/1e9))
	return appendFraction(dst, int(nano%1e9), int(p))
}

// AppendTimestampMillis is AppendTimestamp for p <= 3.
func AppendTimestampMillis(dst []byte, ms int64, p int32) []byte {
	days := floorDiv(ms, MillisPerDay)
	y, m, d := CivilFromDays(days)
	if uint(y) > 9999 {
		return AppendTimestamp(dst, Timestamp{Milli: ms}, p)
	}
	milli := int(ms - days*MillisPerDay)
	sec, hi, lo := milli/1000, y/100, y%100
	h, min, s := sec/3600, sec/60%60, sec%60
	milli %= 1000
	tens := milli % 100
	dst = append(dst, digitPairs[2*hi], digitPairs[2*hi+1], digitPairs[2*lo], digitPairs[2*lo+1], '-',
		digitPairs[2*m], digitPairs[2*m+1], '-', digitPairs[2*d], digitPairs[2*d+1], ' ',
		digitPairs[2*h], digitPairs[2*h+1], ':', digitPairs[2*min], digitPairs[2*min+1], ':', digitPairs[2*s], digitPairs[2*s+1],
		'.', byte('0'+milli/100), digitPairs[2*tens], digitPairs[2*tens+1])
	if p <= 0 {
		return dst[:len(dst)-4]
	}
	return dst[:len(dst)-3+int(p)]
}

// appendFraction appends the first p of nine digits behind a point.
func appendFraction(dst []byte, nano, p int) []byte {
	if p <= 0 {
		return dst
	}
	return appendFractionDigits(append(dst, '.'), nano, p)
}

func appendFractionDigits(dst []byte, nano, p int) []byte {
	for unit := int(1e8); p > 0 && unit > 0; unit, p = unit/10, p-1 {
		dst = append(dst, byte('0'+nano/unit%10))
	}
	return dst
}

// TimestampFormat is how formats (json, csv) write timestamps and times.
type TimestampFormat uint8

const (
	FormatSQL TimestampFormat = iota // 2024-01-02 03:04:05.123, LTZ with a Z behind it
	FormatISO                        // 2024-01-02T03:04:05.123, LTZ with a Z behind it
)

// AppendTimestampAs appends t in a format's form: the fraction has the digits
// it needs. utc adds the Z of a TIMESTAMP_LTZ.
func AppendTimestampAs(dst []byte, t Timestamp, f TimestampFormat, utc bool) []byte {
	days, nano := t.Civil()
	y, m, d := CivilFromDays(days)
	dst = appendCivil(dst, y, m, d)
	if f == FormatISO {
		dst = append(dst, 'T')
	} else {
		dst = append(dst, ' ')
	}
	dst = appendClock(dst, int(nano/1e9))
	dst = appendShortFraction(dst, int(nano%1e9))
	if utc {
		dst = append(dst, 'Z')
	}
	return dst
}

// AppendTimeAs appends a TIME in a format's form: the fraction has the digits
// it needs.
func AppendTimeAs(dst []byte, ms int32) []byte {
	t := int(floorMod(int64(ms), MillisPerDay))
	dst = appendClock(dst, t/1000)
	return appendShortFraction(dst, t%1000*1e6)
}

func appendShortFraction(dst []byte, nano int) []byte {
	if nano == 0 {
		return dst
	}
	p := 9
	for n := nano; n%10 == 0; n /= 10 {
		p--
	}
	return appendFraction(dst, nano, p)
}
