package types

import (
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"
)

// Pattern is a compiled java.time.format.DateTimeFormatter pattern, in English
// and with weeks as in the United States, as DATE_FORMAT on timestamps,
// TO_TIMESTAMP and TO_TIMESTAMP_LTZ use it. It is safe for concurrent use.
//
// CompilePattern makes it (pattern.go), Append formats with it
// (pattern_append.go), Parse reads with it (pattern_parse.go) and resolves
// the fields that it found (pattern_resolve.go).
type Pattern struct {
	text  string
	items []patternItem
	fixed *fixedLayout // nil: it has none
}

// patternField is a field of the calendar or of the clock.
type patternField uint8

const (
	fEra patternField = iota
	fYearOfEra
	fYear
	fQuarter
	fMonth
	fDay
	fDayOfYear
	fDayOfWeek      // 1 is Monday
	fLocalDayOfWeek // 1 is Sunday
	fWeekYear
	fWeekOfYear
	fWeekOfMonth
	fDayOfWeekInMonth
	fModifiedJulian
	fAmPm
	fHourOfAmPm  // 0..11
	fClockOfAmPm // 1..12
	fHour
	fClockHour // 1..24
	fMinute
	fSecond
	fNano
	fMilliOfDay
	fNanoOfDay
	nPatternFields
)

type patternOp uint8

const (
	opLiteral patternOp = iota
	opNumber
	opReduced // two digits of a year, 2000..2099
	opFraction
	opText
	opDayPeriod
	opOffset
	opLocalOffset // GMT+8
	opZone
	opOptional
)

type signStyle uint8

const (
	signNormal      signStyle = iota // - in front of negative numbers
	signExceedsPad                   // and + in front of numbers wider than min
	signNotNegative                  // no sign at all
)

// Widths of names.
const (
	styleShort = iota
	styleFull
	styleNarrow
)

type patternItem struct {
	op       patternOp
	field    patternField
	sign     signStyle
	style    uint8
	point    bool // opFraction: with the point
	min, max int
	// reserve is how many digits the fixed-width numbers right behind this one
	// need; a number of variable width leaves them alone.
	reserve int
	pad     int
	text    string // opLiteral: the text; opOffset: the form; opZone: the letter
	zero    string // opOffset: what stands for no offset
	sub     []patternItem
}

// CompilePattern compiles a pattern such as yyyy-MM-dd'T'HH:mm:ss.
func CompilePattern(pattern string) (*Pattern, error) {
	c := patternCompiler{pattern: pattern, levels: []patternLevel{{number: -1}}}
	for c.pos < len(pattern) {
		if err := c.next(); err != nil {
			return nil, err
		}
	}
	for len(c.levels) > 1 { // Java closes what is open
		c.closeOptional()
	}
	p := &Pattern{text: pattern, items: c.levels[0].items}
	p.fixed = p.fixedLayout()
	return p, nil
}

// String returns the pattern's text.
func (p *Pattern) String() string { return p.text }

type patternLevel struct {
	items  []patternItem
	number int // index of the number that following fixed-width numbers adjoin, or -1
}

type patternCompiler struct {
	pattern string
	pos     int
	pad     int
	levels  []patternLevel
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func (c *patternCompiler) next() error {
	ch := c.pattern[c.pos]
	switch {
	case isLetter(ch):
		n := c.run(ch)
		if ch == 'p' {
			c.pad = n
			if c.pos == len(c.pattern) || !isLetter(c.pattern[c.pos]) || c.pattern[c.pos] == 'p' {
				return fmt.Errorf("pad letter 'p' must be followed by a letter: %s", c.pattern)
			}
			ch = c.pattern[c.pos]
			n = c.run(ch)
		}
		return c.letter(ch, n)
	case ch == '\'':
		return c.quoted()
	case ch == '[':
		c.top().number = -1
		c.levels = append(c.levels, patternLevel{number: -1})
	case ch == ']':
		if len(c.levels) == 1 {
			return fmt.Errorf("pattern has a ] without a [ before it: %s", c.pattern)
		}
		c.closeOptional()
	case ch == '{' || ch == '}' || ch == '#':
		return fmt.Errorf("pattern has the reserved character '%c': %s", ch, c.pattern)
	default:
		_, n := utf8.DecodeRuneInString(c.pattern[c.pos:])
		c.literal(c.pattern[c.pos : c.pos+n])
		c.pos += n
		return nil
	}
	c.pos++
	return nil
}

func (c *patternCompiler) top() *patternLevel { return &c.levels[len(c.levels)-1] }

// run passes over equal letters and counts them.
func (c *patternCompiler) run(ch byte) int {
	start := c.pos
	for c.pos < len(c.pattern) && c.pattern[c.pos] == ch {
		c.pos++
	}
	return c.pos - start
}

func (c *patternCompiler) quoted() error {
	var text strings.Builder
	for i := c.pos + 1; i < len(c.pattern); i++ {
		if c.pattern[i] != '\'' {
			text.WriteByte(c.pattern[i])
			continue
		}
		if i+1 < len(c.pattern) && c.pattern[i+1] == '\'' && i > c.pos+1 {
			text.WriteByte('\'')
			i++
			continue
		}
		c.pos = i + 1
		if text.Len() == 0 {
			c.literal("'")
		} else {
			c.literal(text.String())
		}
		return nil
	}
	return fmt.Errorf("pattern ends with an incomplete string literal: %s", c.pattern)
}

func (c *patternCompiler) literal(s string) { c.add(patternItem{op: opLiteral, text: s}) }

// add appends an item that is not a number.
func (c *patternCompiler) add(it patternItem) {
	it.pad, c.pad = c.pad, 0
	l := c.top()
	l.items = append(l.items, it)
	l.number = -1
}

// number appends a number, which may adjoin the one before it.
func (c *patternCompiler) number(it patternItem) {
	l := c.top()
	base := l.number
	it.pad, c.pad = c.pad, 0
	l.items = append(l.items, it)
	if it.pad > 0 {
		l.number = -1
		return
	}
	if base < 0 {
		l.number = len(l.items) - 1
		return
	}
	if it.min == it.max && it.sign == signNotNegative {
		l.items[base].reserve += it.max
		l.number = base
	} else {
		l.number = len(l.items) - 1
	}
}

func (c *patternCompiler) closeOptional() {
	sub := c.top().items
	c.levels = c.levels[:len(c.levels)-1]
	if len(sub) > 0 {
		c.add(patternItem{op: opOptional, sub: sub})
	} else {
		c.top().number = -1
	}
}

var patternLetters = map[byte]patternField{
	'G': fEra, 'y': fYearOfEra, 'u': fYear, 'Q': fQuarter, 'q': fQuarter, 'M': fMonth, 'L': fMonth, 'D': fDayOfYear, 'd': fDay,
	'F': fDayOfWeekInMonth, 'E': fDayOfWeek, 'c': fLocalDayOfWeek, 'e': fLocalDayOfWeek, 'a': fAmPm, 'H': fHour, 'k': fClockHour,
	'K': fHourOfAmPm, 'h': fClockOfAmPm, 'm': fMinute, 's': fSecond, 'S': fNano, 'A': fMilliOfDay, 'n': fNano, 'N': fNanoOfDay,
	'g': fModifiedJulian, 'Y': fWeekYear, 'w': fWeekOfYear, 'W': fWeekOfMonth,
}

func (c *patternCompiler) letter(ch byte, n int) error {
	f := patternLetters[ch]
	tooMany := fmt.Errorf("too many pattern letters: %c", ch)
	number := func(lo, hi int, s signStyle) error {
		c.number(patternItem{op: opNumber, field: f, min: lo, max: hi, sign: s})
		return nil
	}
	switch ch {
	case 'u', 'y', 'Y':
		switch {
		case n == 2:
			c.number(patternItem{op: opReduced, field: f, min: 2, max: 2, sign: signNotNegative})
		case n < 4:
			return number(n, 19, signNormal)
		case n > 19:
			return tooMany
		default:
			return number(n, 19, signExceedsPad)
		}
		return nil
	case 'G':
		switch {
		case n > 5:
			return tooMany
		case n == 5:
			return c.name(fEra, styleNarrow)
		case n == 4:
			return c.name(fEra, styleFull)
		}
		return c.name(fEra, styleShort)
	case 'M', 'L', 'Q', 'q', 'E', 'e', 'c':
		return c.nameOrNumber(ch, n, f)
	case 'a':
		if n > 1 {
			return tooMany
		}
		return c.name(f, styleShort)
	case 'S':
		if n > 9 {
			return fmt.Errorf("a fraction has 1 to 9 digits, not %d", n)
		}
		c.number(patternItem{op: opFraction, field: f, min: n, max: n, sign: signNotNegative})
		return nil
	case 'F', 'W':
		if n > 1 {
			return tooMany
		}
		if ch == 'W' {
			return number(1, 1, signNotNegative)
		}
		return number(1, 19, signNormal)
	case 'd', 'h', 'H', 'k', 'K', 'm', 's':
		switch n {
		case 1:
			return number(1, 19, signNormal)
		case 2:
			return number(2, 2, signNotNegative)
		}
		return tooMany
	case 'w':
		if n > 2 {
			return tooMany
		}
		return number(n, 2, signNotNegative)
	case 'D':
		switch n {
		case 1:
			return number(1, 19, signNormal)
		case 2, 3:
			return number(n, 3, signNotNegative)
		}
		return tooMany
	case 'g', 'A', 'n', 'N':
		if n > 19 {
			return tooMany
		}
		if ch == 'g' {
			return number(n, 19, signNormal)
		}
		return number(n, 19, signNotNegative)
	}
	return c.zoneLetter(ch, n)
}

func (c *patternCompiler) name(f patternField, style uint8) error {
	c.add(patternItem{op: opText, field: f, style: style})
	return nil
}

// nameOrNumber compiles the letters of months, quarters and weekdays.
func (c *patternCompiler) nameOrNumber(ch byte, n int, f patternField) error {
	weekday := ch == 'E' || ch == 'e' || ch == 'c'
	switch n {
	case 1, 2:
		switch {
		case ch == 'c' && n == 2:
			return fmt.Errorf("pattern letters \"cc\" have no meaning")
		case ch == 'E':
			return c.name(fDayOfWeek, styleShort)
		case weekday:
			c.number(patternItem{op: opNumber, field: f, min: n, max: n, sign: signNotNegative})
		case n == 1:
			c.number(patternItem{op: opNumber, field: f, min: 1, max: 19})
		default:
			c.number(patternItem{op: opNumber, field: f, min: 2, max: 2, sign: signNotNegative})
		}
		return nil
	case 3, 4, 5:
		if weekday {
			f = fDayOfWeek
		}
		return c.name(f, [...]uint8{styleShort, styleFull, styleNarrow}[n-3])
	}
	return fmt.Errorf("too many pattern letters: %c", ch)
}

// zoneLetter compiles the letters of zones, offsets and periods of the day.
func (c *patternCompiler) zoneLetter(ch byte, n int) error {
	switch ch {
	case 'B':
		if n != 1 && n != 4 && n != 5 {
			return fmt.Errorf("wrong number of pattern letters: B")
		}
		style := uint8(styleShort)
		if n == 5 {
			style = styleNarrow
		}
		c.add(patternItem{op: opDayPeriod, style: style})
	case 'z', 'v':
		if n > 4 || ch == 'v' && n != 1 && n != 4 {
			return fmt.Errorf("wrong number of pattern letters: %c", ch)
		}
		c.add(patternItem{op: opZone, text: string(ch)})
	case 'V':
		if n != 2 {
			return fmt.Errorf("pattern letter count must be 2: V")
		}
		c.add(patternItem{op: opZone, text: "V"})
	case 'O':
		if n != 1 && n != 4 {
			return fmt.Errorf("pattern letter count must be 1 or 4: O")
		}
		c.add(patternItem{op: opLocalOffset})
	case 'Z':
		switch {
		case n < 4:
			c.add(patternItem{op: opOffset, text: "+HHMM", zero: "+0000"})
		case n == 4:
			c.add(patternItem{op: opLocalOffset})
		case n == 5:
			c.add(patternItem{op: opOffset, text: "+HH:MM:ss", zero: "Z"})
		default:
			return fmt.Errorf("too many pattern letters: Z")
		}
	case 'X', 'x':
		if n > 5 {
			return fmt.Errorf("too many pattern letters: %c", ch)
		}
		zero := "Z"
		if ch == 'x' {
			zero = [...]string{"+00", "+0000", "+00:00", "+0000", "+00:00"}[n-1]
		}
		c.add(patternItem{op: opOffset, text: [...]string{"+HHmm", "+HHMM", "+HH:MM", "+HHMMss", "+HH:MM:ss"}[n-1], zero: zero})
	default:
		return fmt.Errorf("unknown pattern letter: %c", ch)
	}
	return nil
}

// castPattern is what CAST and TO_TIMESTAMP without a pattern read.
var castPattern = sync.OnceValue(func() *Pattern {
	p, err := CompilePattern("yyyy-[MM][M]-[dd][d][ [HH][H]:[mm][m]:[ss][s]]")
	if err != nil {
		panic(err) // a constant
	}
	clock := &p.items[len(p.items)-1]
	clock.sub = append(clock.sub, patternItem{op: opFraction, field: fNano, max: 9, point: true})
	return p
})

var (
	monthNames = [3][]string{
		styleShort:  {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
		styleFull:   {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		styleNarrow: {"J", "F", "M", "A", "M", "J", "J", "A", "S", "O", "N", "D"},
	}
	weekdayNames = [3][]string{ // from Monday
		styleShort:  {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"},
		styleFull:   {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"},
		styleNarrow: {"M", "T", "W", "T", "F", "S", "S"},
	}
	quarterNames = [3][]string{
		styleShort:  {"Q1", "Q2", "Q3", "Q4"},
		styleFull:   {"1st quarter", "2nd quarter", "3rd quarter", "4th quarter"},
		styleNarrow: {"1", "2", "3", "4"},
	}
	eraNames = [3][]string{
		styleShort:  {"BC", "AD"},
		styleFull:   {"Before Christ", "Anno Domini"},
		styleNarrow: {"B", "A"},
	}
	amPmNames = [3][]string{
		styleShort:  {"AM", "PM"},
		styleFull:   {"AM", "PM"},
		styleNarrow: {"a", "p"},
	}
)

// fieldNames returns the names of a field's values and the value of the first.
func fieldNames(f patternField, style uint8) (names []string, first int64) {
	switch f {
	case fMonth:
		return monthNames[style], 1
	case fDayOfWeek:
		return weekdayNames[style], 1
	case fQuarter:
		return quarterNames[style], 1
	case fEra:
		return eraNames[style], 0
	}
	return amPmNames[style], 0
}
