package json

import "unsafe"

// What is beyond these limits is printed from the parser's tree.
const (
	maxPrintDepth = 16 // a value is passed once for each level above it
	maxMembers    = 64 // of an object: sorted by insertion
)

// printer prints the values of a document that a finder has passed, and so knows
// to be right, as value.append does: without white space, the keys of objects in
// order.
type printer struct {
	finder
	members []member // of all objects that are being printed
}

// member is a key, without quotes, and the place where its value begins.
type member struct {
	key   string
	value int
}

// print appends the value in doc[from:]; ok is false for what the tree has to
// print.
func (p *printer) print(dst, doc []byte, from int) (text []byte, ok bool) {
	p.finder = finder{b: doc, at: from}
	p.members = p.members[:0]
	return p.value(dst, 0)
}

func (p *printer) value(dst []byte, level int) ([]byte, bool) {
	c := p.next()
	switch {
	case level > maxPrintDepth:
		return dst, false
	case c == '{':
		return p.object(dst, level)
	case c == '[':
		return p.list(dst, level)
	}
	from := p.at
	escaped, ok := p.skip(c)
	if !ok {
		return dst, false
	}
	text := p.b[from:p.at]
	switch {
	case escaped:
		for i := 0; i < len(text); i++ {
			if text[i] == '\\' {
				if i++; text[i] != '/' {
					dst = append(dst, '\\')
				}
			}
			dst = append(dst, text[i])
		}
		return dst, true
	case c == '-' || c-'0' <= 9:
		if number := view(text); !plainNumber(number) {
			return appendNumber(dst, number), true
		}
	}
	return append(dst, text...), true
}

func (p *printer) list(dst []byte, level int) (text []byte, ok bool) {
	dst = append(dst, '[')
	p.at++
	if p.next() == ']' {
		p.at++
		return append(dst, ']'), true
	}
	for {
		if dst, ok = p.value(dst, level+1); !ok {
			return dst, false
		}
		c := p.next()
		p.at++
		switch dst = append(dst, c); c {
		case ',':
		case ']':
			return dst, true
		default:
			return dst, false
		}
	}
}

func (p *printer) object(dst []byte, level int) (text []byte, ok bool) {
	first := len(p.members)
	p.at++
	for n := 0; n > 0 || p.next() != '}'; n++ {
		key, plain := p.key()
		if !plain || n == maxMembers {
			return dst, false
		}
		c := p.next()
		p.insert(first, member{view(key), p.at})
		if _, ok := p.skip(c); !ok {
			return dst, false
		}
		if p.next() != ',' {
			break
		}
		p.at++
	}
	if p.next() != '}' {
		return dst, false
	}
	p.at++
	end, last := p.at, len(p.members)
	dst = append(dst, '{')
	for i := first; i < last; i++ {
		m := p.members[i]
		if i > first {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(dst, m.key...)
		dst = append(dst, '"', ':')
		p.at = m.value
		if dst, ok = p.value(dst, level+1); !ok {
			return dst, false
		}
	}
	p.at, p.members = end, p.members[:first]
	return append(dst, '}'), true
}

// insert adds a member of the object whose members begin at first; of equal keys
// the last one counts.
func (p *printer) insert(first int, m member) {
	p.members = append(p.members, m)
	i := len(p.members) - 1
	for ; i > first && p.members[i-1].key > m.key; i-- {
		p.members[i] = p.members[i-1]
	}
	p.members[i] = m
	if i > first && p.members[i-1].key == m.key {
		p.members = append(p.members[:i-1], p.members[i:]...)
	}
}

// view returns bytes as a string without copying them.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
