package types

// fixedLayout is a pattern all of whose fields have a fixed width, such as
// yyyy-MM-dd HH:mm:ss: most are. It reads and prints the usual text of such a
// pattern and leaves all else, blanks, signs and dates that do not exist, to the
// general way.
type fixedLayout struct {
	parts []fixedPart
	width int
}

type fixedPart struct {
	unit fixedUnit
	at   int    // where it begins
	text string // of a literal
}

type fixedUnit uint8

const (
	fixedText fixedUnit = iota
	fixedYear
	fixedMonth
	fixedDay
	fixedHour
	fixedMinute
	fixedSecond
	fixedMilli
	nFixedUnits
)

// add appends a part; unit has to be new to the layout.
func (l *fixedLayout) add(unit fixedUnit, text string) bool {
	n := len(text)
	switch unit {
	case fixedText:
		if n == 0 || isDigit(text[0]) || text[0] == '-' && len(l.parts) == 0 {
			return false
		}
	case fixedYear:
		n = 4
	case fixedMilli:
		n = 3
	default:
		n = 2
	}
	for _, p := range l.parts {
		if p.unit == unit && unit != fixedText {
			return false
		}
	}
	l.parts = append(l.parts, fixedPart{unit, l.width, text})
	l.width += n
	return true
}

// fixedLayout returns the pattern's layout, nil if it has none.
func (p *Pattern) fixedLayout() *fixedLayout {
	l := &fixedLayout{}
	for i := range p.items {
		it := &p.items[i]
		unit := fixedText
		switch it.op {
		case opLiteral:
		case opNumber:
			switch it.field {
			case fYear, fYearOfEra:
				unit = fixedYear
			case fMonth:
				unit = fixedMonth
			case fDay:
				unit = fixedDay
			case fHour:
				unit = fixedHour
			case fMinute:
				unit = fixedMinute
			case fSecond:
				unit = fixedSecond
			default:
				return nil
			}
			if unit == fixedYear && it.min != 4 || unit != fixedYear && (it.min != 2 || it.max != 2) {
				return nil
			}
		case opFraction:
			if unit = fixedMilli; it.point || it.min != 3 || it.max != 3 {
				return nil
			}
		default:
			return nil
		}
		if it.pad > 0 || !l.add(unit, it.text) {
			return nil
		}
	}
	return l
}

// fixedLayout returns the pattern's layout, nil if it has none.
func (p *SimplePattern) fixedLayout() *fixedLayout {
	l := &fixedLayout{}
	for i := range p.items {
		it := &p.items[i]
		unit, count := fixedText, 2
		switch it.letter {
		case 0:
			count = 0
		case 'y':
			unit, count = fixedYear, 4
		case 'M':
			unit = fixedMonth
		case 'd':
			unit = fixedDay
		case 'H':
			unit = fixedHour
		case 'm':
			unit = fixedMinute
		case 's':
			unit = fixedSecond
		case 'S':
			unit, count = fixedMilli, 3
		default:
			return nil
		}
		if it.count != count || !l.add(unit, it.text) {
			return nil
		}
	}
	return l
}

// read returns the local time in milliseconds that the beginning of s means.
// Fields that the layout lacks are those of 1970-01-01 00:00:00. The year is at
// least 1600: before, calendars differ.
func (l *fixedLayout) read(s string) (ms int64, ok bool) {
	if len(s) < l.width {
		return 0, false
	}
	v := [nFixedUnits]int{fixedYear: 1970, fixedMonth: 1, fixedDay: 1}
	for i := range l.parts {
		p := &l.parts[i]
		ok := true
		switch p.unit {
		case fixedText:
			ok = s[p.at:p.at+len(p.text)] == p.text
		case fixedYear:
			century, ok1 := twoDigits(s, p.at)
			year, ok2 := twoDigits(s, p.at+2)
			v[fixedYear], ok = century*100+year, ok1 && ok2
		case fixedMilli:
			tens, ok1 := twoDigits(s, p.at)
			c := s[p.at+2] - '0'
			v[fixedMilli], ok = tens*10+int(c), ok1 && c <= 9
		default:
			v[p.unit], ok = twoDigits(s, p.at)
		}
		if !ok {
			return 0, false
		}
	}
	y, m, d := v[fixedYear], v[fixedMonth], v[fixedDay]
	if y < 1600 || m < 1 || m > 12 || d < 1 || d > 28 && d > DaysInMonth(y, m) || v[fixedHour] > 23 || v[fixedMinute] > 59 || v[fixedSecond] > 59 {
		return 0, false
	}
	second := (v[fixedHour]*60+v[fixedMinute])*60 + v[fixedSecond]
	return int64(daysOf(y, m, d))*MillisPerDay + int64(second)*1000 + int64(v[fixedMilli]), true
}

// append prints a local time in milliseconds; it reports false for years that
// have not four digits.
func (l *fixedLayout) append(dst []byte, ms int64) ([]byte, bool) {
	days := floorDiv(ms, MillisPerDay)
	milli := int(ms - days*MillisPerDay)
	y, m, d := CivilFromDays(days)
	if y < 1600 || y > 9999 {
		return dst, false
	}
	second := milli / 1000
	for i := range l.parts {
		p := &l.parts[i]
		n := 0
		switch p.unit {
		case fixedText:
			dst = append(dst, p.text...)
			continue
		case fixedYear:
			dst = append2(dst, y/100)
			n = y % 100
		case fixedMonth:
			n = m
		case fixedDay:
			n = d
		case fixedHour:
			n = second / 3600
		case fixedMinute:
			n = second / 60 % 60
		case fixedSecond:
			n = second % 60
		case fixedMilli:
			dst = append(dst, byte('0'+milli%1000/100))
			n = milli % 100
		}
		dst = append2(dst, n)
	}
	return dst, true
}
