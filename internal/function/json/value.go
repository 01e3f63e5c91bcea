package json

import (
	"errors"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/flott/flott/types"
)

// kind is the kind of a JSON value.
type kind uint8

const (
	null kind = iota
	boolean
	number
	str
	list
	object
	written // a number in the form of a VARIANT
)

// value is a JSON value.
type value struct {
	kind  kind
	text  string   // of a number as written, of a string decoded; true or false
	items []*value // of a list, of an object by key
	keys  []string // of an object, in the order written

	printed bool // text is all of a list or object, as append writes it sorted
}

func (v *value) scalar() bool {
	return v != nil && (v.kind == boolean || v.kind == number || v.kind == str)
}

// get returns the value of a key; of equal ones the last.
func (v *value) get(key string) *value {
	for i := len(v.keys) - 1; i >= 0; i-- {
		if v.keys[i] == key {
			return v.items[i]
		}
	}
	return nil
}

var errEmpty = errors.New("there is no JSON value")

const maxDepth = 1000

// parser reads the first JSON value of a text; what follows it is ignored, as
// Jackson does.
type parser struct {
	s      string
	at     int
	depth  int
	unique bool // refuse repeated keys
}

func parse(s string) (*value, error) { return (&parser{s: s}).parse() }

func (p *parser) parse() (*value, error) {
	p.space()
	if p.at == len(p.s) {
		return nil, errEmpty
	}
	v, err := p.value()
	if err != nil {
		return nil, err
	}
	// A bare word or number ends at a blank.
	if v.kind != list && v.kind != object && v.kind != str && p.at < len(p.s) && !strings.ContainsRune(" \t\r\n,]}", rune(p.s[p.at])) {
		return nil, p.unexpected()
	}
	return v, nil
}

func (p *parser) space() {
	for p.at < len(p.s) && (p.s[p.at] == ' ' || p.s[p.at] == '\t' || p.s[p.at] == '\n' || p.s[p.at] == '\r') {
		p.at++
	}
}

func (p *parser) unexpected() error {
	if p.at >= len(p.s) {
		return errors.New("the JSON text ends early")
	}
	r, _ := utf8.DecodeRuneInString(p.s[p.at:])
	return fmt.Errorf("unexpected character %q at byte %d of the JSON text", r, p.at)
}

func (p *parser) value() (*value, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, fmt.Errorf("the JSON text nests deeper than %d levels", maxDepth)
	}
	defer func() { p.depth-- }()
	p.space()
	if p.at >= len(p.s) {
		return nil, p.unexpected()
	}
	switch c := p.s[p.at]; {
	case c == '{':
		return p.object()
	case c == '[':
		return p.list()
	case c == '"':
		s, err := p.string()
		return &value{kind: str, text: s}, err
	case c == '-' || '0' <= c && c <= '9':
		return p.number()
	}
	for word, v := range map[string]value{"true": {kind: boolean, text: "true"}, "false": {kind: boolean, text: "false"}, "null": {text: "null"}} {
		if strings.HasPrefix(p.s[p.at:], word) {
			p.at += len(word)
			return &v, nil
		}
	}
	return nil, p.unexpected()
}

func (p *parser) object() (*value, error) {
	v := &value{kind: object}
	p.at++
	p.space()
	if p.at < len(p.s) && p.s[p.at] == '}' {
		p.at++
		return v, nil
	}
	for {
		p.space()
		if p.at >= len(p.s) || p.s[p.at] != '"' {
			return nil, p.unexpected()
		}
		key, err := p.string()
		if err != nil {
			return nil, err
		}
		p.space()
		if p.at >= len(p.s) || p.s[p.at] != ':' {
			return nil, p.unexpected()
		}
		p.at++
		item, err := p.value()
		if err != nil {
			return nil, err
		}
		if p.unique && v.get(key) != nil {
			return nil, fmt.Errorf("key %q stands twice in a JSON object", key)
		}
		v.keys, v.items = append(v.keys, key), append(v.items, item)
		p.space()
		if p.at >= len(p.s) || p.s[p.at] != ',' && p.s[p.at] != '}' {
			return nil, p.unexpected()
		}
		p.at++
		if p.s[p.at-1] == '}' {
			return v, nil
		}
	}
}

func (p *parser) list() (*value, error) {
	v := &value{kind: list}
	p.at++
	p.space()
	if p.at < len(p.s) && p.s[p.at] == ']' {
		p.at++
		return v, nil
	}
	for {
		item, err := p.value()
		if err != nil {
			return nil, err
		}
		v.items = append(v.items, item)
		p.space()
		if p.at >= len(p.s) || p.s[p.at] != ',' && p.s[p.at] != ']' {
			return nil, p.unexpected()
		}
		p.at++
		if p.s[p.at-1] == ']' {
			return v, nil
		}
	}
}

func (p *parser) number() (*value, error) {
	start := p.at
	digits := func() int {
		n := 0
		for p.at < len(p.s) && '0' <= p.s[p.at] && p.s[p.at] <= '9' {
			p.at++
			n++
		}
		return n
	}
	if p.s[p.at] == '-' {
		p.at++
	}
	zero := p.at < len(p.s) && p.s[p.at] == '0'
	if n := digits(); n == 0 || zero && n > 1 {
		return nil, p.unexpected()
	}
	if p.at < len(p.s) && p.s[p.at] == '.' {
		p.at++
		if digits() == 0 {
			return nil, p.unexpected()
		}
	}
	if p.at < len(p.s) && p.s[p.at]|0x20 == 'e' {
		p.at++
		if p.at < len(p.s) && (p.s[p.at] == '+' || p.s[p.at] == '-') {
			p.at++
		}
		if digits() == 0 {
			return nil, p.unexpected()
		}
	}
	text := p.s[start:p.at]
	if strings.Trim(text, "-0.") == "" {
		text = strings.TrimPrefix(text, "-") // there is no -0
	}
	return &value{kind: number, text: text}, nil
}

func (p *parser) string() (string, error) {
	p.at++
	start := p.at
	for p.at < len(p.s) && p.s[p.at] != '"' && p.s[p.at] != '\\' && p.s[p.at] >= ' ' {
		p.at++
	}
	if p.at < len(p.s) && p.s[p.at] == '"' {
		p.at++
		return p.s[start : p.at-1], nil
	}
	b := []byte(p.s[start:p.at])
	for p.at < len(p.s) {
		c := p.s[p.at]
		switch {
		case c == '"':
			p.at++
			return string(b), nil
		case c < ' ':
			return "", p.unexpected()
		case c != '\\':
			b = append(b, c)
			p.at++
			continue
		}
		if p.at+1 >= len(p.s) {
			break
		}
		esc := p.s[p.at+1]
		p.at += 2
		if k := strings.IndexByte(`"\/bfnrt`, esc); k >= 0 {
			b = append(b, "\"\\/\b\f\n\r\t"[k])
			continue
		}
		if esc != 'u' {
			p.at--
			return "", p.unexpected()
		}
		r, err := p.hex()
		if err != nil {
			return "", err
		}
		if utf16.IsSurrogate(r) && strings.HasPrefix(p.s[p.at:], `\u`) {
			p.at += 2
			low, err := p.hex()
			if err != nil {
				return "", err
			}
			r = utf16.DecodeRune(r, low)
		}
		b = utf8.AppendRune(b, r)
	}
	return "", p.unexpected()
}

func (p *parser) hex() (rune, error) {
	if p.at+4 > len(p.s) {
		return 0, p.unexpected()
	}
	r, err := strconv.ParseUint(p.s[p.at:p.at+4], 16, 16)
	if err != nil {
		return 0, p.unexpected()
	}
	p.at += 4
	return rune(r), nil
}

// append writes v; sorted: with the keys of objects in order, each once.
func (v *value) append(dst []byte, sorted bool) []byte {
	if v.printed {
		return append(dst, v.text...)
	}
	switch v.kind {
	case number:
		return appendNumber(dst, v.text)
	case str:
		return appendString(dst, v.text)
	case list:
		dst = append(dst, '[')
		for i, it := range v.items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = it.append(dst, sorted)
		}
		return append(dst, ']')
	case object:
		order := make([]int, 0, len(v.keys))
		for i, k := range v.keys {
			last := true
			for _, later := range v.keys[i+1:] {
				last = last && later != k
			}
			if last {
				order = append(order, i)
			}
		}
		if sorted {
			sort.Slice(order, func(a, b int) bool { return v.keys[order[a]] < v.keys[order[b]] })
		}
		dst = append(dst, '{')
		for n, i := range order {
			if n > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, v.keys[i]), ':')
			dst = v.items[i].append(dst, sorted)
		}
		return append(dst, '}')
	}
	return append(dst, v.text...)
}

// appendNumber writes a number as Java's BigDecimal.toString does: 1e2 is 1E+2.
func appendNumber(dst []byte, text string) []byte {
	mantissa, exponent, _ := strings.Cut(strings.ReplaceAll(text, "E", "e"), "e")
	whole, fraction, point := strings.Cut(mantissa, ".")
	if exponent == "" && !point {
		return append(dst, text...)
	}
	exp, err := strconv.Atoi(exponent)
	if err != nil && exponent != "" {
		return append(dst, text...)
	}
	if strings.HasPrefix(whole, "-") {
		dst, whole = append(dst, '-'), whole[1:]
	}
	return appendDecimal(dst, whole+fraction, len(fraction)-exp)
}

// asVariant gives the numbers in v the form that they have in a VARIANT: a
// DECIMAL without zeros at its end, a DOUBLE if there is an exponent or more
// than 38 digits.
func (v *value) asVariant() {
	for _, it := range v.items {
		it.asVariant()
	}
	if v.kind != number || !strings.ContainsAny(v.text, ".eE") {
		return
	}
	v.kind = written
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(v.text, "-"), ".")
	if digits := len(strings.TrimLeft(whole, "0")) + len(fraction); !strings.ContainsAny(v.text, "eE") && digits <= types.MaxDecimalPrecision {
		v.text = strings.TrimSuffix(strings.TrimRight(v.text, "0"), ".")
		return
	}
	x, _ := strconv.ParseFloat(v.text, 64) // what is too large is infinite
	v.text = string(types.AppendDouble(nil, x))
}

// appendDecimal writes digits * 10^-scale.
func appendDecimal(dst []byte, digits string, scale int) []byte {
	digits = strings.TrimLeft(digits, "0")
	if digits == "" {
		digits = "0"
	}
	adjusted := len(digits) - 1 - scale
	if scale >= 0 && adjusted >= -6 {
		if scale == 0 {
			return append(dst, digits...)
		}
		if len(digits) <= scale {
			digits = strings.Repeat("0", scale-len(digits)+1) + digits
		}
		dst = append(append(dst, digits[:len(digits)-scale]...), '.')
		return append(dst, digits[len(digits)-scale:]...)
	}
	dst = append(dst, digits[0])
	if len(digits) > 1 {
		dst = append(append(dst, '.'), digits[1:]...)
	}
	dst = append(dst, 'E')
	if adjusted >= 0 {
		dst = append(dst, '+')
	}
	return strconv.AppendInt(dst, int64(adjusted), 10)
}

// appendString writes a string with the escapes that Jackson uses.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c >= ' ':
			dst = append(dst, c)
		case strings.IndexByte("\b\f\n\r\t", c) >= 0:
			dst = append(dst, '\\', "bfnrt"[strings.IndexByte("\b\f\n\r\t", c)])
		default:
			dst = fmt.Appendf(dst, `\u%04X`, c)
		}
	}
	return append(dst, '"')
}

// display is Java's toString of a scalar, for JSON_VALUE.
func (v *value) display() string {
	if v.kind == number && !plainNumber(v.text) {
		return string(appendNumber(nil, v.text))
	}
	return v.text
}

func (v *value) appendDisplay(dst []byte) []byte {
	if v.kind == number && !plainNumber(v.text) {
		return appendNumber(dst, v.text)
	}
	return append(dst, v.text...)
}

// plainNumber reports a number that Java writes as it stands: one without an
// exponent that is not near zero.
func plainNumber(text string) bool {
	text = strings.TrimPrefix(text, "-")
	return text != "" && (text[0] != '0' || len(text) <= 2+6) && strings.IndexByte(text, 'e') < 0 && strings.IndexByte(text, 'E') < 0
}
