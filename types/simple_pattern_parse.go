package types

import (
	"math"
	"strings"
)

// ParseSimplePattern reads the beginning of a text with p and returns the
// instant in milliseconds; a text without a zone is local time in z.
func ParseSimplePattern[T Text](p *SimplePattern, t T, z *Zone) (int64, error) {
	return p.parse(view(t), z)
}

// simpleReader holds the numbers found by their pattern letter, and when.
type simpleReader struct {
	s      string
	values ['z' + 1]int64
	stamps ['z' + 1]int
	stamp  int
	offset int64 // of a zone in the text, in ms
	zoned  bool
	// atEdge: the year is the one in which the century of two-digit years starts.
	atEdge bool
}

func (r *simpleReader) put(letter byte, v int64) {
	r.stamp++
	r.values[letter], r.stamps[letter] = v, r.stamp
}

func (r *simpleReader) has(letter byte) bool { return r.stamps[letter] > 0 }

// get returns the value of a letter, or what it is if unset.
func (r *simpleReader) get(letter byte, unset int64) int64 {
	if r.has(letter) {
		return r.values[letter]
	}
	return unset
}

func (p *SimplePattern) parse(s string, z *Zone) (int64, error) {
	if l := p.fixed; l != nil && len(s) >= l.width && (len(s) == l.width || !isDigit(s[l.width])) {
		if local, ok := l.read(s); ok {
			return z.calendarInstant(local), nil
		}
	}
	r := simpleReader{s: s}
	pos := 0
	for i := range p.items {
		it := &p.items[i]
		if it.letter == 0 {
			if !strings.HasPrefix(s[pos:], it.text) {
				return 0, ErrSyntax
			}
			pos += len(it.text)
			continue
		}
		start := pos
		for pos < len(s) && (s[pos] == ' ' || s[pos] == '\t') {
			pos++
		}
		if pos == len(s) {
			return 0, ErrSyntax
		}
		n := 0
		switch it.letter {
		case 'z', 'Z':
			n = r.zone(s[pos:], z)
		case 'X':
			n = r.isoZone(s[pos:], it.count)
		default:
			if it.numeric() {
				limit := len(s)
				if it.abuts {
					if limit = start + it.count; limit > len(s) {
						return 0, ErrSyntax
					}
				}
				n = r.number(it, s[pos:max(pos, limit)], p.century)
			} else {
				n = r.name(it, s[pos:])
			}
		}
		if n == 0 {
			return 0, ErrSyntax
		}
		pos += n
	}
	ms := r.instant(z)
	if r.atEdge && ms < p.century {
		r.values['y'] += 100
		ms = r.instant(z)
	}
	return ms, nil
}

func (r *simpleReader) instant(z *Zone) int64 {
	local := r.local()
	if r.zoned {
		return local - r.offset
	}
	return z.calendarInstant(local)
}

// number reads a number and returns how many bytes it took, 0 for none.
func (r *simpleReader) number(it *simpleItem, s string, century int64) int {
	n := 0
	neg := s != "" && s[0] == '-'
	if neg {
		n++
	}
	first := n
	v := int64(0)
	for ; n < len(s) && isDigit(s[n]); n++ {
		if v < 1e15 {
			v = v*10 + int64(s[n]-'0')
		}
	}
	if n == first {
		return 0
	}
	if neg {
		v = -v
	}
	v = min(max(v, math.MinInt32), math.MaxInt32)
	letter := it.letter
	switch letter {
	case 'y', 'Y':
		if it.count <= 2 && n == 2 && !neg {
			first, _, _ := CivilFromDays(floorDiv(century, MillisPerDay))
			start := int64(first)
			r.atEdge = letter == 'y' && v == start%100
			v += start - start%100
			if v < start {
				v += 100
			}
		}
	case 'L':
		letter = 'M'
	case 'k':
		letter = 'H'
		if v == 24 {
			v = 0
		}
	case 'h':
		letter = 'K'
		if v == 12 {
			v = 0
		}
	case 'u': // 1 is Monday; E counts from Sunday
		letter, v = 'E', floorMod(v, 7)
	}
	r.put(letter, v)
	return n
}

// name reads the longest name, in any case.
func (r *simpleReader) name(it *simpleItem, s string) int {
	var lists [][]string
	letter := it.letter
	switch letter {
	case 'G':
		lists = eraNames[:1]
	case 'a':
		lists = amPmNames[:1]
	case 'E':
		lists = weekdayNames[:2]
	default:
		letter, lists = 'M', monthNames[:2]
	}
	best, value := 0, 0
	for _, names := range lists {
		for i, name := range names {
			if len(name) > best && len(name) <= len(s) && strings.EqualFold(s[:len(name)], name) {
				best, value = len(name), i
			}
		}
	}
	if best == 0 {
		return 0
	}
	switch letter {
	case 'M':
		value++
	case 'E':
		value = (value + 1) % 7
	}
	r.put(letter, int64(value))
	return best
}

func (r *simpleReader) setZone(offset int64) {
	r.offset, r.zoned = offset, true
}

// zone reads +0800, GMT, GMT+08:00 or the name of a zone.
func (r *simpleReader) zone(s string, z *Zone) int {
	if s[0] == '+' || s[0] == '-' {
		return r.numericZone(s, 0, 0, false)
	}
	if len(s) >= 3 && strings.EqualFold(s[:3], "GMT") {
		if len(s) == 3 || s[3] != '+' && s[3] != '-' {
			r.setZone(0)
			return 3
		}
		return r.numericZone(s, 3, 0, true)
	}
	n := 0
	for n < len(s) && (isLetter(s[n]) || s[n] == '/' || s[n] == '_') {
		n++
	}
	for ; n > 0; n-- {
		name := strings.Clone(s[:n])
		if hours, ok := zoneAbbreviations[strings.ToUpper(name)]; ok {
			r.setZone(int64(hours) * 3_600_000)
			return n
		}
		if named, err := LoadZone(name); err == nil {
			local := r.local()
			r.setZone(local - named.calendarInstant(local))
			return n
		}
	}
	return 0
}

// isoZone reads Z, +08, +0800 or +08:00, by the number of letters.
func (r *simpleReader) isoZone(s string, count int) int {
	switch s[0] {
	case 'Z':
		r.setZone(0)
		return 1
	case '+', '-':
		return r.numericZone(s, 0, count, count == 3)
	}
	return 0
}

// numericZone reads a sign at s[at], hours and, but for count 1, minutes.
func (r *simpleReader) numericZone(s string, at, count int, colon bool) int {
	i := at + 1
	if i >= len(s) || !isDigit(s[i]) {
		return 0
	}
	hours := int64(s[i] - '0')
	i++
	if i < len(s) && isDigit(s[i]) {
		hours = hours*10 + int64(s[i]-'0')
		i++
	} else if count > 0 || !colon {
		return 0
	}
	minutes := int64(0)
	if count != 1 {
		if colon {
			if i >= len(s) || s[i] != ':' {
				return 0
			}
			i++
		}
		if i+2 > len(s) {
			return 0
		}
		m, ok := twoDigits(s, i)
		if !ok || m > 59 {
			return 0
		}
		minutes = int64(m)
		i += 2
	}
	if hours > 23 {
		return 0
	}
	offset := (hours*60 + minutes) * 60_000
	if s[at] == '-' {
		offset = -offset
	}
	r.setZone(offset)
	return i
}

// local joins the numbers to a local time in ms, as a lenient calendar: the
// fields of a date that came last win, and every number may run over.
func (r *simpleReader) local() int64 {
	hour := r.values['H']
	if half := r.stamps['K']; half > 0 || r.has('a') {
		both := 0
		if half > 0 && r.has('a') {
			both = max(half, r.stamps['a'])
		}
		if both > r.stamps['H'] || !r.has('H') {
			hour = r.values['K'] + 12*r.values['a']
		}
	}
	ms := ((hour*60+r.values['m'])*60+r.values['s'])*1000 + r.values['S']
	return r.date()*MillisPerDay + ms
}

func (r *simpleReader) date() int64 {
	year := r.get('y', 1970)
	if r.has('G') && r.values['G'] == 0 {
		year = 1 - year
	}
	month := r.get('M', 1)
	weekday := r.get('E', 0)
	both := func(letter byte) int {
		if !r.has(letter) || !r.has('E') {
			return 0
		}
		return max(r.stamps[letter], r.stamps['E'])
	}
	if r.has('Y') && r.stamps['Y'] > r.stamps['y'] {
		return simpleWeek(int(r.values['Y']), 1, r.get('w', 1), weekday)
	}
	best, how := r.stamps['d'], byte('d')
	for _, c := range []struct {
		stamp  int
		letter byte
	}{{both('W'), 'W'}, {both('F'), 'F'}, {r.stamps['D'], 'D'}, {both('w'), 'w'}} {
		if c.stamp > best {
			best, how = c.stamp, c.letter
		}
	}
	if best == 0 {
		for _, letter := range []byte{'W', 'F', 'w'} {
			if r.stamps[letter] > best {
				best, how = r.stamps[letter], letter
			}
		}
		if r.stamps['E'] > best {
			how = 'F'
		}
	}
	switch how {
	case 'W':
		return simpleWeek(int(year), int(month), r.values['W'], weekday)
	case 'w':
		return simpleWeek(int(year), 1, r.values['w'], weekday)
	case 'F':
		first := daysFromHybrid(int(year), int(month), 1)
		return first + floorMod(weekday-int64(Weekday(first)), 7) + (r.get('F', 1)-1)*7
	case 'D':
		return daysFromHybrid(int(year), 1, 1) + r.values['D'] - 1
	}
	return daysFromHybrid(int(year), int(month), int(r.get('d', 1)))
}

// simpleWeek returns a weekday (0 is Sunday) of a week counted from the one
// that holds the first of the month.
func simpleWeek(year, month int, week, weekday int64) int64 {
	first := daysFromHybrid(year, month, 1)
	return first - int64(Weekday(first)) + (week-1)*7 + weekday
}
