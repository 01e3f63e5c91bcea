package json

import (
	"github.com/flott/flott/internal/kernel/swar"
	"math/bits"
)

// finding is what a path finds in a document that is read without being taken
// apart.
type finding uint8

const (
	unsure  finding = iota // the document or path wants the general way
	nothing                // the path finds nothing, or null
	found
)

// finder walks over a document and looks for one value. What it does not know to
// be right JSON it leaves to the parser, and so are the errors.
type finder struct {
	b     []byte
	at    int
	depth int
}

// find returns where the value that a direct path finds lies in a document, and
// whether it is a string with escapes. missing says that there is none, not even
// null.
func (f *finder) find(doc []byte, p *path) (r finding, from, to int, escaped, missing bool) {
	*f = finder{b: doc}
	f.space()
	bare := f.at < len(doc) && doc[f.at] != '{' && doc[f.at] != '[' && doc[f.at] != '"'
	from, to, escaped, ok := f.value(p.steps)
	switch {
	case !ok || bare && f.at < len(doc) && !ends(doc[f.at]):
		return unsure, 0, 0, false, false
	case from < 0:
		return nothing, 0, 0, false, true
	case doc[from] == 'n':
		return nothing, 0, 0, false, false
	}
	return found, from, to, escaped, false
}

func ends(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n', ',', ']', '}':
		return true
	}
	return false
}

func (f *finder) space() {
	for f.at < len(f.b) && f.b[f.at] <= ' ' && (f.b[f.at] == ' ' || f.b[f.at] == '\n' || f.b[f.at] == '\t' || f.b[f.at] == '\r') {
		f.at++
	}
}

// next returns the next byte behind white space, 0 at the end.
func (f *finder) next() byte {
	if f.at < len(f.b) && f.b[f.at] > ' ' {
		return f.b[f.at]
	}
	f.space()
	if f.at < len(f.b) {
		return f.b[f.at]
	}
	return 0
}

// value passes a value and says where in it lies what the steps lead to; from is
// -1 if they lead to nothing.
func (f *finder) value(steps []step) (from, to int, escaped, ok bool) {
	c := f.next()
	start := f.at
	if len(steps) == 0 {
		escaped, ok = f.skip(c)
		return start, f.at, escaped, ok
	}
	switch {
	case c == '{' && len(steps[0].names) > 0:
		return f.member(steps)
	case c == '[' && len(steps[0].indexes) > 0:
		return f.element(steps)
	}
	_, ok = f.skip(c)
	return -1, 0, false, ok
}

// member looks into an object; of equal keys the last one counts.
func (f *finder) member(steps []step) (from, to int, escaped, ok bool) {
	name := steps[0].names[0]
	from = -1
	if f.depth++; f.depth > maxDepth {
		return -1, 0, false, false
	}
	f.at++
	if f.next() == '}' {
		f.at++
		f.depth--
		return -1, 0, false, true
	}
	for {
		key, plain := f.key()
		switch {
		case !plain:
			return -1, 0, false, false
		case string(key) == name:
			from, to, escaped, ok = f.value(steps[1:])
		default:
			_, ok = f.skip(f.next())
		}
		if !ok {
			return -1, 0, false, false
		}
		switch f.next() {
		case ',':
			f.at++
		case '}':
			f.at++
			f.depth--
			return from, to, escaped, true
		default:
			return -1, 0, false, false
		}
	}
}

// element looks into a list.
func (f *finder) element(steps []step) (from, to int, escaped, ok bool) {
	from = -1
	if f.depth++; f.depth > maxDepth {
		return -1, 0, false, false
	}
	f.at++
	if f.next() == ']' {
		f.at++
		f.depth--
		return -1, 0, false, true
	}
	for i := 0; ; i++ {
		if i == steps[0].indexes[0] {
			from, to, escaped, ok = f.value(steps[1:])
		} else {
			_, ok = f.skip(f.next())
		}
		if !ok {
			return -1, 0, false, false
		}
		switch f.next() {
		case ',':
			f.at++
		case ']':
			f.at++
			f.depth--
			return from, to, escaped, true
		default:
			return -1, 0, false, false
		}
	}
}

// key passes a key without escapes, and its colon.
func (f *finder) key() (key []byte, plain bool) {
	if f.next() != '"' {
		return nil, false
	}
	from := f.at + 1
	escaped, ok := f.text()
	to := f.at - 1
	if !ok || escaped || f.next() != ':' {
		return nil, false
	}
	f.at++
	return f.b[from:to], true
}

// skip passes a value that begins with c.
func (f *finder) skip(c byte) (escaped, ok bool) {
	switch {
	case c == '"':
		return f.text()
	case c == '-' || c-'0' <= 9:
		return false, f.number()
	case c == '{':
		if f.depth++; f.depth > maxDepth {
			return false, false
		}
		f.at++
		for n := 0; ; n++ {
			switch c := f.next(); {
			case c == '}' && n == 0:
			case c != '"':
				return false, false
			default:
				if _, ok := f.text(); !ok || f.next() != ':' {
					return false, false
				}
				f.at++
				if _, ok := f.skip(f.next()); !ok {
					return false, false
				}
			}
			switch f.next() {
			case ',':
				f.at++
			case '}':
				f.at++
				f.depth--
				return false, true
			default:
				return false, false
			}
		}
	case c == '[':
		if f.depth++; f.depth > maxDepth {
			return false, false
		}
		f.at++
		for n := 0; ; n++ {
			if c := f.next(); c != ']' || n > 0 {
				if _, ok := f.skip(c); !ok {
					return false, false
				}
			}
			switch f.next() {
			case ',':
				f.at++
			case ']':
				f.at++
				f.depth--
				return false, true
			default:
				return false, false
			}
		}
	}
	for _, word := range [...]string{"true", "false", "null"} {
		if c == word[0] && len(f.b)-f.at >= len(word) && string(f.b[f.at:f.at+len(word)]) == word {
			f.at += len(word)
			return false, true
		}
	}
	return false, false
}

// text passes a string. There is an escape in it only if it is a right one.
func (f *finder) text() (escaped, ok bool) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	b, i := f.b, f.at+1
	for i < len(b) {
		w := swar.Word(b, i)
		quote, slash := w^ones*'"', w^ones*'\\'
		m := ((quote-ones)&^quote | (slash-ones)&^slash | (w-ones*' ')&^w) & highs
		if m == 0 {
			i += 8
			continue
		}
		if i += bits.TrailingZeros64(m) >> 3; i >= len(b) {
			break
		}
		switch {
		case b[i] == '"':
			f.at = i + 1
			return escaped, true
		case b[i] != '\\' || i+1 == len(b):
			return false, false
		}
		escaped = true
		switch b[i+1] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			i += 2
		default: // \u: the parser knows
			return false, false
		}
	}
	return false, false
}

func (f *finder) number() bool {
	if _, _, end := swar.Number(f.b, f.at); end >= 0 {
		f.at = end
		return true
	}
	p := parser{s: view(f.b), at: f.at}
	from := f.at
	v, err := p.number()
	f.at = p.at
	return err == nil && len(v.text) == f.at-from // the parser makes -0 to 0
}
