package types

import (
	"slices"
	"strings"
)

// ParsePattern reads a text with p, as TO_TIMESTAMP(text, pattern) does: what
// the pattern does not read may still be yyyy-[m]m-[d]d, or that and
// hh:mm:ss[.f…], where days and clock beyond their range run over. Fields that
// the pattern lacks are those of 1970-01-01 00:00:00. Offsets and zones are
// read and forgotten.
func ParsePattern[T Text](p *Pattern, t T) (Timestamp, error) {
	s := view(t)
	if p.fixed != nil && len(s) == p.fixed.width {
		if ms, ok := p.fixed.read(s); ok {
			return Timestamp{Milli: ms}, nil
		}
	}
	v, err := p.parse(s)
	if err == nil {
		return v, nil
	}
	if v, ok := parseLenient(s); ok {
		return v, nil
	}
	return Timestamp{}, err
}

func (p *Pattern) parse(s string) (Timestamp, error) {
	var r patternReader
	r.s = s
	n, ok := r.items(p.items, 0)
	if !ok || n != len(s) {
		return Timestamp{}, ErrSyntax
	}
	return r.fields.resolve()
}

// fieldSet holds the fields found in a text.
type fieldSet struct {
	set    uint32 // bit = patternField
	values [nPatternFields]int64
}

func (f *fieldSet) has(k patternField) bool { return f.set>>k&1 != 0 }

// put sets a field; a second value must be the first one.
func (f *fieldSet) put(k patternField, v int64) bool {
	if f.has(k) {
		return f.values[k] == v
	}
	f.set |= 1 << k
	f.values[k] = v
	return true
}

type patternReader struct {
	s      string
	fields fieldSet
}

// items reads items from pos on and returns where they end.
func (r *patternReader) items(items []patternItem, pos int) (int, bool) {
	for i := range items {
		it := &items[i]
		var ok bool
		switch {
		case it.op == opOptional:
			saved := r.fields
			end, ok := r.items(it.sub, pos)
			if ok {
				pos = end
			} else {
				r.fields = saved
			}
			continue
		case it.pad > 0:
			pos, ok = r.padded(it, pos)
		default:
			pos, ok = r.item(it, pos)
		}
		if !ok {
			return pos, false
		}
	}
	return pos, true
}

// padded reads an item behind blanks, which together are exactly it.pad wide.
func (r *patternReader) padded(it *patternItem, pos int) (int, bool) {
	end := pos + it.pad
	if end > len(r.s) {
		return pos, false
	}
	for pos < end && r.s[pos] == ' ' {
		pos++
	}
	whole := r.s
	r.s = whole[:end]
	pos, ok := r.item(it, pos)
	r.s = whole
	return pos, ok && pos == end
}

func (r *patternReader) item(it *patternItem, pos int) (int, bool) {
	switch it.op {
	case opLiteral:
		return pos + len(it.text), strings.HasPrefix(r.s[pos:], it.text)
	case opNumber:
		return r.number(it, pos)
	case opReduced:
		v, end, ok := r.digits(it, pos)
		return end, ok && r.fields.put(it.field, 2000+int64(v))
	case opFraction:
		return r.fraction(it, pos)
	case opText:
		return r.name(it, pos)
	case opOffset:
		return r.offset(it, pos)
	case opLocalOffset:
		return r.localOffset(pos)
	case opZone:
		return r.zone(pos)
	}
	return pos, false // periods of the day are printed only
}

// digits reads it.min to it.max digits and leaves those that the numbers
// behind need.
func (r *patternReader) digits(it *patternItem, pos int) (v uint64, end int, ok bool) {
	limit := it.max + it.reserve
	n := 0
	for n < limit && pos+n < len(r.s) && isDigit(r.s[pos+n]) {
		n++
	}
	if it.reserve > 0 {
		n = min(n, max(it.min, n-it.reserve))
	}
	if n < it.min {
		return 0, pos, false
	}
	for i := pos; i < pos+n; i++ {
		if v > 1e17 {
			return 0, pos, false // no field is that large
		}
		v = v*10 + uint64(r.s[i]-'0')
	}
	return v, pos + n, n > 0 || it.min == 0
}

func (r *patternReader) number(it *patternItem, pos int) (int, bool) {
	neg, plus := false, false
	start := pos
	if pos < len(r.s) && it.sign != signNotNegative {
		neg = r.s[pos] == '-'
		plus = r.s[pos] == '+' && it.sign == signExceedsPad
		if neg || plus {
			pos++
		}
	}
	v, end, ok := r.digits(it, pos)
	if !ok {
		return start, false
	}
	n := int64(v)
	if neg {
		if n == 0 {
			return start, false
		}
		n = -n
	} else if it.sign == signExceedsPad && plus != (end-pos > it.min) {
		// The sign goes with numbers wider than min, and only with them.
		return start, false
	}
	return end, r.fields.put(it.field, n)
}

func (r *patternReader) fraction(it *patternItem, pos int) (int, bool) {
	if it.point {
		if pos == len(r.s) || r.s[pos] != '.' {
			return pos, it.min == 0
		}
		pos++
	}
	v, end, ok := r.digits(it, pos)
	if !ok {
		return pos, false
	}
	return end, r.fields.put(it.field, int64(v*pow10[9-(end-pos)]))
}

func (r *patternReader) name(it *patternItem, pos int) (int, bool) {
	names, first := fieldNames(it.field, it.style)
	// Java takes the last of equal names: a narrow J is July.
	for i, name := range slices.Backward(names) {
		if strings.HasPrefix(r.s[pos:], name) {
			return pos + len(name), r.fields.put(it.field, first+int64(i))
		}
	}
	return pos, false
}

// offset reads an offset in the form of the item: hours and minutes in capitals
// are a must, what is in small letters may be missing.
func (r *patternReader) offset(it *patternItem, pos int) (int, bool) {
	rest := r.s[pos:]
	if strings.HasPrefix(rest, it.zero) {
		return pos + len(it.zero), true
	}
	if rest == "" || rest[0] != '+' && rest[0] != '-' {
		return pos, false
	}
	n := 1
	two := func() bool {
		if len(rest) < n+2 {
			return false
		}
		v, ok := twoDigits(rest, n)
		if !ok || v > 59 {
			return false
		}
		n += 2
		return true
	}
	if !two() {
		return pos, false
	}
	for form := it.text[3:]; form != ""; {
		at := n
		ok := true
		if form[0] == ':' {
			ok = n < len(rest) && rest[n] == ':'
			n++
			form = form[1:]
		}
		must := form[0] == 'M' || form[0] == 'S'
		if ok = ok && two(); !ok {
			if must {
				return pos, false
			}
			n = at
			break
		}
		form = form[2:]
	}
	return pos + n, true
}

// localOffset reads GMT, GMT+8 or GMT+08:00.
func (r *patternReader) localOffset(pos int) (int, bool) {
	rest := r.s[pos:]
	if !strings.HasPrefix(rest, "GMT") {
		return pos, false
	}
	n := 3
	if len(rest) == n || rest[n] != '+' && rest[n] != '-' {
		return pos + n, true
	}
	for n++; n < len(rest) && (isDigit(rest[n]) || rest[n] == ':'); n++ {
	}
	if _, ok := parseOffset(rest[3:n]); !ok {
		return pos, false
	}
	return pos + n, true
}

// zoneAbbreviations are names that are not ids of zones, with their offsets in
// hours.
var zoneAbbreviations = map[string]int{
	"PST": -8, "PDT": -7, "MST": -7, "MDT": -6, "CST": -6, "CDT": -5, "EST": -5, "EDT": -4, "AKST": -9, "AKDT": -8, "HST": -10,
	"BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "WET": 0, "WEST": 1, "MSK": 3, "JST": 9, "IST": 5,
}

// zone reads the longest id or abbreviation of a zone.
func (r *patternReader) zone(pos int) (int, bool) {
	rest := r.s[pos:]
	n := 0
	for n < len(rest) && (isLetter(rest[n]) || isDigit(rest[n]) || strings.IndexByte("+-:/_", rest[n]) >= 0) {
		n++
	}
	for ; n > 0; n-- {
		if _, ok := zoneAbbreviations[rest[:n]]; ok {
			return pos + n, true
		}
		if _, err := LoadZone(strings.Clone(rest[:n])); err == nil {
			return pos + n, true
		}
	}
	return pos, false
}

// ParseDateLenient reads a date as java.sql.Date.valueOf does: four digits of a
// year, a month and a day of one or two; a day that the month lacks runs over
// into the next one.
func ParseDateLenient[T Text](t T) (int32, error) { return lenientDate(view(t)) }

func lenientDate(s string) (int32, error) {
	year, rest, ok1 := strings.Cut(s, "-")
	month, day, ok2 := strings.Cut(rest, "-")
	if !ok1 || !ok2 || len(year) != 4 || len(month) > 2 || len(day) > 2 {
		return 0, ErrSyntax
	}
	y, ok1 := parseDigits(year)
	m, ok2 := parseDigits(month)
	d, ok3 := parseDigits(day)
	if !ok1 || !ok2 || !ok3 {
		return 0, ErrSyntax
	}
	if m < 1 || m > 12 || d < 1 || d > 31 {
		return 0, ErrRange
	}
	// Java's old calendar has no year 0; it takes 1 BC for it and prints 0001.
	return int32(DaysFromCivil(max(y, 1), m, d)), nil
}

// parseLenient reads what java.sql.Timestamp.valueOf and Date.valueOf read.
func parseLenient(s string) (Timestamp, bool) {
	date, clock, hasClock := strings.Cut(trimControls(s), " ")
	d, err := lenientDate(date)
	if err != nil || !hasClock {
		return TimestampOfCivil(int64(d), 0), err == nil
	}
	hour, rest, ok1 := strings.Cut(clock, ":")
	minute, second, ok2 := strings.Cut(rest, ":")
	if !ok1 || !ok2 {
		return Timestamp{}, false
	}
	nano := 0
	if i := strings.IndexByte(second, '.'); i >= 0 {
		var n int
		if nano, n, ok1 = fraction(second[i:]); !ok1 || i+n != len(second) {
			return Timestamp{}, false
		}
		second = second[:i]
	}
	h, ok1 := parseDigits(hour)
	m, ok2 := parseDigits(minute)
	sec, ok3 := parseDigits(second)
	if !ok1 || !ok2 || !ok3 {
		return Timestamp{}, false
	}
	return TimestampOfNanos(int64(d)*86400+int64(h)*3600+int64(m)*60+int64(sec), int64(nano)), true
}
