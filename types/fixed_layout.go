package types

// fixedLayout is a pattern all of whose fields have a fixed width, such as
// yyyy-MM-dd HH:mm:ss: most are. It reads and prints the usual text of such a
// pattern and leaves all else, blanks, signs and dates that do not exist, to the
// general way.
type fixedLayout struct {
	parts []fixedPart
	width int

	// For printing: all characters with zeros for digits, and where pairs of digits
	// belong. Bytes between the length and the capacity of a buffer may change.
	template [32]byte
	pairs    []fixedPair
	milli    int // where three digits of milliseconds belong, -1 = nowhere
}

type fixedPair struct {
	unit fixedUnit // fixedText is the century
	at   int
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
	if l.width > len(l.template) {
		return nil
	}
	return l.prepare()
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
	if l.width > len(l.template) {
		return nil
	}
	return l.prepare()
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

// prepare makes what append needs.
func (l *fixedLayout) prepare() *fixedLayout {
	l.milli = -1
	for i := range l.template {
		l.template[i] = '0'
	}
	for _, p := range l.parts {
		switch p.unit {
		case fixedText:
			copy(l.template[p.at:], p.text)
		case fixedMilli:
			l.milli = p.at
		case fixedYear:
			l.pairs = append(l.pairs, fixedPair{fixedText, p.at}, fixedPair{fixedYear, p.at + 2})
		default:
			l.pairs = append(l.pairs, fixedPair{p.unit, p.at})
		}
	}
	return l
}

// append prints a local time in milliseconds; it reports false for years that
// have not four digits.
func (l *fixedLayout) append(dst []byte, ms int64) ([]byte, bool) {
	days := floorDiv(ms, MillisPerDay)
	y, m, d := CivilFromDays(days)
	if y < 1600 || y > 9999 {
		return dst, false
	}
	milli := uint32(ms - days*MillisPerDay)
	minute := milli / 60_000
	second := milli / 1000
	v := [nFixedUnits]uint8{fixedText: uint8(y / 100), fixedYear: uint8(y % 100), fixedMonth: uint8(m), fixedDay: uint8(d),
		fixedHour: uint8(minute / 60), fixedMinute: uint8(minute % 60), fixedSecond: uint8(second - 60*minute)}
	dst = withRoom(dst)
	text := dst[len(dst) : len(dst)+len(l.template)]
	copy(text, l.template[:])
	for _, p := range l.pairs {
		n := 2 * int(v[p.unit%nFixedUnits])
		text[p.at], text[p.at+1] = digitPairs[n], digitPairs[n+1]
	}
	if l.milli >= 0 {
		milli -= 1000 * second
		tens := milli / 10
		text[l.milli], text[l.milli+1], text[l.milli+2] = digitPairs[2*tens], digitPairs[2*tens+1], byte('0'+milli-10*tens)
	}
	return dst[:len(dst)+l.width], true
}
