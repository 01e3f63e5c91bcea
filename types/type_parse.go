package types

import (
	"fmt"
	"strconv"
	"strings"
)

// maxTypeDepth bounds how deep types nest.
const maxTypeDepth = 200

// Parse reads a type from what Type.String prints, or from SQL: names may
// stand without backticks, keywords in any case, precisions may be missing,
// and SQL's other words for a type (INTEGER, DEC, TIMESTAMP(3) WITH LOCAL TIME
// ZONE) are fine, too.
func Parse(s string) (Type, error) {
	p := typeParser{s: s}
	t, err := p.parse(0)
	if err == nil && p.skip() < len(s) {
		err = p.fail("expected the end")
	}
	if err != nil {
		return Type{}, err
	}
	return t, nil
}

// MarshalText returns the type as String prints it.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (t *Type) UnmarshalText(text []byte) (err error) {
	*t, err = Parse(string(text))
	return err
}

type typeParser struct {
	s   string
	pos int
}

func (p *typeParser) fail(format string, args ...any) error {
	return fmt.Errorf("type %q: %s at byte %d", p.s, fmt.Sprintf(format, args...), p.pos)
}

// skip passes over blanks and returns the position.
func (p *typeParser) skip() int {
	for p.pos < len(p.s) && p.s[p.pos] <= ' ' {
		p.pos++
	}
	return p.pos
}

// take passes over a piece of punctuation.
func (p *typeParser) take(c byte) bool {
	if p.skip() < len(p.s) && p.s[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *typeParser) expect(c byte) error {
	if !p.take(c) {
		return p.fail("expected '%c'", c)
	}
	return nil
}

// word returns the next word in capitals, without passing over it.
func (p *typeParser) word() string {
	start := p.skip()
	end := start
	for end < len(p.s) && (isLetter(p.s[end]) || isDigit(p.s[end]) || p.s[end] == '_') {
		end++
	}
	return strings.ToUpper(p.s[start:end])
}

// words passes over the given words if all of them are there.
func (p *typeParser) words(all ...string) bool {
	saved := p.pos
	for _, w := range all {
		if p.word() != w {
			p.pos = saved
			return false
		}
		p.pos += len(w)
	}
	return true
}

// quoted reads text between quotes, which are doubled inside.
func (p *typeParser) quoted(quote byte) (string, error) {
	if err := p.expect(quote); err != nil {
		return "", err
	}
	var b strings.Builder
	for ; p.pos < len(p.s); p.pos++ {
		if p.s[p.pos] == quote {
			p.pos++
			if p.pos == len(p.s) || p.s[p.pos] != quote {
				return b.String(), nil
			}
		}
		b.WriteByte(p.s[p.pos])
	}
	return "", p.fail("expected %c", quote)
}

// numbers reads up to n numbers in parentheses; those missing stay as they are.
func (p *typeParser) numbers(n ...*int32) error {
	if !p.take('(') {
		return nil
	}
	for i, v := range n {
		if i > 0 && !p.take(',') {
			break
		}
		start := p.skip()
		for p.pos < len(p.s) && isDigit(p.s[p.pos]) {
			p.pos++
		}
		x, err := strconv.ParseInt(p.s[start:p.pos], 10, 32)
		if err != nil {
			return p.fail("expected a number")
		}
		*v = int32(x)
	}
	return p.expect(')')
}

func (p *typeParser) parse(depth int) (Type, error) {
	if depth > maxTypeDepth {
		return Type{}, p.fail("nested too deeply")
	}
	t, err := p.root(depth)
	if err != nil {
		return t, err
	}
	for {
		switch {
		case p.words("ARRAY"):
			t = ArrayOf(t)
		case p.words("MULTISET"):
			t = MultisetOf(t)
		case p.words("NOT", "NULL"):
			t.NotNull = true
		case p.words("NULL"):
			t.NotNull = false
		default:
			return p.attribute(t)
		}
		if depth++; depth > maxTypeDepth {
			return t, p.fail("nested too deeply")
		}
	}
}

func (p *typeParser) attribute(t Type) (Type, error) {
	if !p.take('*') {
		return t, nil
	}
	switch {
	case p.words("ROWTIME"):
		t.Attr = Rowtime
	case p.words("PROCTIME"):
		t.Attr = Proctime
	default:
		return t, p.fail("expected ROWTIME or PROCTIME")
	}
	return t, p.expect('*')
}

// simpleTypes are the types without parameters.
var simpleTypes = map[string]Type{
	"BOOLEAN": TBoolean, "TINYINT": TTinyInt, "SMALLINT": TSmall, "INT": TInt, "INTEGER": TInt, "BIGINT": TBigInt, "FLOAT": TFloat,
	"DOUBLE": TDouble, "STRING": TString, "BYTES": TBytes, "DATE": TDate, "NULL": TNull, "VARIANT": {Kind: Variant}, "BITMAP": {Kind: Bitmap},
	"SYMBOL": {Kind: Symbol}, "DESCRIPTOR": {Kind: Descriptor},
}

func (p *typeParser) root(depth int) (Type, error) {
	if p.take('?') {
		return Type{}, nil
	}
	word := p.word()
	start := p.pos
	p.pos += len(word)
	if t, ok := simpleTypes[word]; ok {
		if word == "DOUBLE" {
			p.words("PRECISION")
		}
		return t, nil
	}
	var err error
	switch word {
	case "CHAR", "CHARACTER":
		t := CharOf(1)
		if p.words("VARYING") {
			t.Kind = Varchar
		}
		err = p.numbers(&t.Precision)
		return t, err
	case "VARCHAR":
		t := VarcharOf(1)
		err = p.numbers(&t.Precision)
		return t, err
	case "BINARY":
		t := BinaryOf(1)
		if p.words("VARYING") {
			t.Kind = Varbinary
		}
		err = p.numbers(&t.Precision)
		return t, err
	case "VARBINARY":
		t := Type{Kind: Varbinary, Precision: 1}
		err = p.numbers(&t.Precision)
		return t, err
	case "DECIMAL", "DEC", "NUMERIC":
		t := DecimalOf(10, 0)
		if err = p.numbers(&t.Precision, &t.Scale); err == nil && (t.Precision < 1 || t.Precision > MaxDecimalPrecision || t.Scale > t.Precision) {
			err = p.fail("expected 1 to 38 digits")
		}
		return t, err
	case "TIME":
		t := TimeOf(0)
		err = p.numbers(&t.Precision)
		p.words("WITHOUT", "TIME", "ZONE")
		return p.fractional(t, err)
	case "TIMESTAMP":
		t := TimestampOf(6)
		if err = p.numbers(&t.Precision); p.words("WITH", "LOCAL", "TIME", "ZONE") {
			t.Kind = TimestampLTZ
		} else {
			p.words("WITHOUT", "TIME", "ZONE")
		}
		return p.fractional(t, err)
	case "TIMESTAMP_LTZ":
		t := TimestampLTZOf(6)
		err = p.numbers(&t.Precision)
		return p.fractional(t, err)
	case "INTERVAL":
		return p.interval()
	case "ARRAY", "MULTISET":
		var e Type
		if err = p.expect('<'); err == nil {
			if e, err = p.parse(depth + 1); err == nil {
				err = p.expect('>')
			}
		}
		if word == "ARRAY" {
			return ArrayOf(e), err
		}
		return MultisetOf(e), err
	case "MAP":
		return p.mapType(depth)
	case "ROW", "STRUCTURED":
		return p.row(word, depth)
	case "RAW":
		return p.raw()
	}
	p.pos = start
	return Type{}, p.fail("expected a type")
}

func (p *typeParser) fractional(t Type, err error) (Type, error) {
	if err == nil && t.Precision > 9 {
		err = p.fail("expected at most 9 fraction digits")
	}
	return t, err
}

func (p *typeParser) mapType(depth int) (Type, error) {
	if err := p.expect('<'); err != nil {
		return Type{}, err
	}
	k, err := p.parse(depth + 1)
	if err != nil {
		return k, err
	}
	if err := p.expect(','); err != nil {
		return k, err
	}
	v, err := p.parse(depth + 1)
	if err != nil {
		return v, err
	}
	return MapOf(k, v), p.expect('>')
}

func (p *typeParser) row(word string, depth int) (Type, error) {
	t := Type{Kind: Row}
	end := byte('>')
	if word == "ROW" && p.take('(') {
		end = ')'
	} else if err := p.expect('<'); err != nil {
		return t, err
	}
	more := false // a comma was read
	if word == "STRUCTURED" {
		t.Kind = Structured
		var err error
		if t.Class, err = p.quoted('\''); err != nil {
			return t, err
		}
		if more = p.take(','); !more {
			return t, p.expect(end)
		}
	}
	if !more && p.take(end) {
		return t, nil
	}
	for {
		f, err := p.field(depth)
		if err != nil {
			return t, err
		}
		t.Fields = append(t.Fields, f)
		if !p.take(',') {
			return t, p.expect(end)
		}
	}
}

func (p *typeParser) field(depth int) (f Field, err error) {
	if p.skip() < len(p.s) && p.s[p.pos] == '`' {
		f.Name, err = p.quoted('`')
	} else if n := len(p.word()); n > 0 {
		f.Name = p.s[p.pos : p.pos+n]
		p.pos += n
	} else {
		err = p.fail("expected a field's name")
	}
	if err != nil {
		return f, err
	}
	if f.Type, err = p.parse(depth + 1); err != nil {
		return f, err
	}
	if p.skip() < len(p.s) && p.s[p.pos] == '\'' {
		f.Comment, err = p.quoted('\'')
	}
	return f, err
}

func (p *typeParser) raw() (t Type, err error) {
	t.Kind = Raw
	if err = p.expect('('); err != nil {
		return t, err
	}
	if t.Class, err = p.quoted('\''); err != nil {
		return t, err
	}
	if err = p.expect(','); err != nil {
		return t, err
	}
	if !p.take('?') {
		if _, err = p.quoted('\''); err != nil {
			return t, err
		}
	}
	return t, p.expect(')')
}

// interval reads what follows INTERVAL. A leading precision that String does
// not print is the default one.
func (p *typeParser) interval() (t Type, err error) {
	field := func() (intervalField, bool) {
		for f := fieldYear; f <= fieldSecond; f++ {
			if p.words(intervalFields[f].name) {
				return f, true
			}
		}
		return 0, false
	}
	first, ok := field()
	if !ok {
		return t, p.fail("expected a unit from YEAR to SECOND")
	}
	t.Precision = DefaultIntervalPrecision
	switch first {
	default:
		err = p.numbers(&t.Precision)
	case fieldSecond:
		t.Scale = DefaultIntervalScale
		// SECOND(3) has three fraction digits, SECOND(2, 3) as well.
		var a, b int32 = -1, -1
		if err = p.numbers(&a, &b); b >= 0 {
			t.Scale = b
		} else if a >= 0 {
			t.Scale = a
		}
	}
	last := first
	if err == nil && p.words("TO") {
		if last, ok = field(); !ok {
			return t, p.fail("expected a unit")
		}
		if last == fieldSecond {
			t.Scale = DefaultIntervalScale
			err = p.numbers(&t.Scale)
		}
	}
	if err != nil {
		return t, err
	}
	t.Kind = IntervalDaySecond
	for u := UnitYear; u <= UnitSecond; u++ {
		if f, l := u.fields(); f == first && l == last {
			t.Unit = u
			if u.IsYearMonth() {
				t.Kind = IntervalYearMonth
			}
			return t, nil
		}
	}
	return t, p.fail("expected an interval's units in order")
}
