package types

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// SimplePattern is a compiled java.text.SimpleDateFormat pattern, in English,
// as DATE_FORMAT on strings, TO_DATE with a pattern, FROM_UNIXTIME and
// UNIX_TIMESTAMP use it. Its calendar is Julian before 1582-10-15, it reads
// leniently (February 31 is March 2) and ignores what follows the part it has
// read. It is safe for concurrent use.
type SimplePattern struct {
	text    string
	items   []simpleItem
	century int64        // two-digit years lie within the hundred years from this instant in ms
	fixed   *fixedLayout // nil: it has none
}

type simpleItem struct {
	letter byte // 0: literal
	count  int
	text   string
	// abuts: a number follows, so that this one has exactly count digits.
	abuts bool
}

const simpleLetters = "GyMLwWDdFEuaHkKhmsSzZXY"

// CompileSimplePattern compiles a pattern such as yyyy-MM-dd HH:mm:ss.
func CompileSimplePattern(pattern string) (*SimplePattern, error) {
	p := &SimplePattern{text: pattern, century: time.Now().AddDate(-80, 0, 0).UnixMilli()}
	literal := func(s string) {
		if n := len(p.items); n > 0 && p.items[n-1].letter == 0 {
			p.items[n-1].text += s
			return
		}
		p.items = append(p.items, simpleItem{text: s})
	}
	for i := 0; i < len(pattern); {
		c := pattern[i]
		switch {
		case c == '\'':
			text, n, ok := simpleQuoted(pattern[i:])
			if !ok {
				return nil, fmt.Errorf("pattern has an unterminated quote: %s", pattern)
			}
			literal(text)
			i += n
		case isLetter(c):
			if strings.IndexByte(simpleLetters, c) < 0 {
				return nil, fmt.Errorf("illegal pattern character '%c'", c)
			}
			start := i
			for i < len(pattern) && pattern[i] == c {
				i++
			}
			if c == 'X' && i-start > 3 {
				return nil, fmt.Errorf("invalid ISO 8601 format: length=%d", i-start)
			}
			p.items = append(p.items, simpleItem{letter: c, count: i - start})
		default:
			_, n := utf8.DecodeRuneInString(pattern[i:])
			literal(pattern[i : i+n])
			i += n
		}
	}
	for i := range p.items[:max(0, len(p.items)-1)] {
		p.items[i].abuts = p.items[i+1].numeric()
	}
	p.fixed = p.fixedLayout()
	return p, nil
}

// simpleQuoted reads a quoted text, in which ” is a quote, as is ” alone.
func simpleQuoted(s string) (text string, n int, ok bool) {
	if strings.HasPrefix(s, "''") {
		return "'", 2, true
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), i + 1, true
	}
	return "", 0, false
}

func (it *simpleItem) numeric() bool {
	switch it.letter {
	case 0, 'G', 'E', 'a', 'z', 'Z', 'X':
		return false
	case 'M', 'L':
		return it.count <= 2
	}
	return true
}

// String returns the pattern's text.
func (p *SimplePattern) String() string { return p.text }

// Append formats an instant, in milliseconds, as a clock in zone z shows it.
func (p *SimplePattern) Append(dst []byte, ms int64, z *Zone) []byte {
	offset := z.calendarOffset(ms)
	local := ms + offset
	if p.fixed != nil {
		if out, ok := p.fixed.append(dst, local); ok {
			return out
		}
	}
	c := simpleTime{days: floorDiv(local, MillisPerDay)}
	c.milli = local - c.days*MillisPerDay
	c.year, c.month, c.day = hybridFromDays(c.days)
	for i := range p.items {
		it := &p.items[i]
		switch it.letter {
		case 0:
			dst = append(dst, it.text...)
		case 'z':
			if name := z.abbreviation(ms); it.count >= 4 && (name == "UTC" || name == "Z") {
				dst = append(dst, "Coordinated Universal Time"...)
			} else if it.count >= 4 && z.loc != time.UTC {
				dst = append(dst, z.name...)
			} else {
				dst = append(dst, name...)
			}
		case 'Z', 'X':
			dst = it.appendOffset(dst, int(offset/60_000))
		case 'G', 'E', 'a':
			dst = append(dst, c.name(it)...)
		case 'M', 'L':
			if it.count > 2 {
				dst = append(dst, c.name(it)...)
			} else {
				dst = appendPadded(dst, c.month, it.count)
			}
		case 'y', 'Y':
			v := c.get(it.letter)
			if it.count == 2 {
				v %= 100
			}
			dst = appendPadded(dst, v, it.count)
		default:
			dst = appendPadded(dst, c.get(it.letter), it.count)
		}
	}
	return dst
}

func appendPadded(dst []byte, v, width int) []byte {
	n := 1
	for u := v / 10; u > 0; u /= 10 {
		n++
	}
	for ; n < width; n++ {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(dst, int64(v), 10)
}

func (it *simpleItem) appendOffset(dst []byte, minutes int) []byte {
	if it.letter == 'X' && minutes == 0 {
		return append(dst, 'Z')
	}
	sign := byte('+')
	if minutes < 0 {
		sign, minutes = '-', -minutes
	}
	dst = append2(append(dst, sign), minutes/60%100)
	if it.letter == 'X' && it.count == 1 {
		return dst
	}
	if it.letter == 'X' && it.count == 3 {
		dst = append(dst, ':')
	}
	return append2(dst, minutes%60)
}

// simpleTime is a local time taken apart in the Julian and Gregorian calendar.
type simpleTime struct {
	days, milli      int64
	year, month, day int
}

func (c *simpleTime) name(it *simpleItem) string {
	style := styleShort
	if it.count >= 4 {
		style = styleFull
	}
	switch it.letter {
	case 'E':
		return weekdayNames[style][(Weekday(c.days)+6)%7]
	case 'a':
		return amPmNames[styleShort][c.milli/(MillisPerDay/2)]
	case 'G':
		if c.year > 0 {
			return "AD"
		}
		return "BC"
	}
	return monthNames[style][c.month-1]
}

func (c *simpleTime) get(letter byte) int {
	hour := int(c.milli / 3_600_000)
	switch letter {
	case 'y':
		if c.year <= 0 {
			return 1 - c.year
		}
		return c.year
	case 'Y', 'w':
		year, week := c.week()
		if letter == 'w' {
			return week
		}
		if year <= 0 {
			return 1 - year
		}
		return year
	case 'W':
		return weekOf(c.day, Weekday(c.days))
	case 'D':
		return int(c.days-daysFromHybrid(c.year, 1, 1)) + 1
	case 'd':
		return c.day
	case 'F':
		return (c.day-1)/7 + 1
	case 'u':
		return (Weekday(c.days)+6)%7 + 1
	case 'H':
		return hour
	case 'k':
		return (hour+23)%24 + 1
	case 'K':
		return hour % 12
	case 'h':
		return (hour+11)%12 + 1
	case 'm':
		return int(c.milli / 60_000 % 60)
	case 's':
		return int(c.milli / 1000 % 60)
	}
	return int(c.milli % 1000)
}

// week returns the year and week of the day; weeks begin on Sunday and week 1
// holds January 1.
func (c *simpleTime) week() (year, week int) {
	saturday := c.days + int64(6-Weekday(c.days))
	year, _, _ = hybridFromDays(saturday)
	return year, int(saturday-daysFromHybrid(year, 1, 1))/7 + 1
}

// gregorianStart is 1582-10-15, the day after Julian 1582-10-04.
const gregorianStart = -141_427

// hybridFromDays is CivilFromDays in the calendar that is Julian before
// gregorianStart.
func hybridFromDays(days int64) (year, month, day int) {
	if days >= gregorianStart {
		return CivilFromDays(days)
	}
	n := days + julianShift
	cycle := floorDiv(n, 1461)
	n -= cycle * 1461
	yoc := min(n/365, 3)
	doy := n - yoc*365
	m := (5*doy + 2) / 153
	year = int(cycle*4 + yoc)
	day = int(doy-(153*m+2)/5) + 1
	if m < 10 {
		return year, int(m) + 3, day
	}
	return year + 1, int(m) - 9, day
}

// julianShift is the days from Julian 0000-03-01 to 1970-01-01.
const julianShift = 719_470

// daysFromHybrid is DaysFromCivil in the same calendar: the year decides which
// one counts, however far month and day run over.
func daysFromHybrid(year, month, day int) int64 {
	if d := DaysFromCivil(year, month, day); year >= 1582 && d >= gregorianStart {
		return d
	}
	m := int64(month) - 1
	y := int64(year) + floorDiv(m, 12)
	m = floorMod(m, 12) + 1
	if m <= 2 {
		y--
		m += 12
	}
	return 365*y + floorDiv(y, 4) + (153*(m-3)+2)/5 + int64(day) - 1 - julianShift
}
