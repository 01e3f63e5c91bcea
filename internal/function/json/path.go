package json

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// path is a compiled JSON path.
type path struct {
	lax    bool
	steps  []step
	err    error // why the path is none
	direct bool  // the path names one value: keys and places counted from the front
}

// step is one step of a path.
type step struct {
	names   []string // .a, ['a'], ['a','b']
	indexes []int    // [0], [-1], [0,1]
	slice   *[2]*int // [1:3], [-2:]
	all     bool     // .*, [*]
	deep    bool     // .. before the step
	size    bool     // .size() or .length()
}

// many reports a step that can find any number of values.
func (s step) many() bool {
	return s.all || s.deep || s.slice != nil || len(s.names) > 1 || len(s.indexes) > 1
}

// compilePath reads a path; a broken one gives its error with each document.
func compilePath(text string) *path {
	p := &path{}
	rest := strings.TrimSpace(text)
	if mode, tail, ok := strings.Cut(rest, " "); ok && (strings.EqualFold(mode, "lax") || strings.EqualFold(mode, "strict")) {
		p.lax = strings.EqualFold(mode, "lax")
		rest = strings.TrimSpace(tail)
	}
	p.steps, p.err = pathSteps(rest)
	p.direct = p.err == nil
	for _, s := range p.steps {
		if s.many() || s.size || len(s.names) == 0 && (len(s.indexes) == 0 || s.indexes[0] < 0) {
			p.direct = false
		}
	}
	return p
}

func pathSteps(s string) ([]step, error) {
	if s == "" {
		return nil, errors.New("the JSON path is empty")
	}
	if s[0] == '$' || s[0] == '@' {
		s = s[1:]
	} else {
		s = "." + s
	}
	var steps []step
	for s != "" {
		var st step
		switch {
		case strings.HasPrefix(s, ".."):
			st.deep = true
			s = s[2:]
		case s[0] == '.':
			s = s[1:]
		case s[0] != '[':
			return nil, fmt.Errorf("the JSON path goes wrong at %q", s)
		}
		var err error
		switch {
		case s == "":
			return nil, errors.New("a JSON path does not end with '.'")
		case s[0] == '[':
			s, err = bracket(s[1:], &st)
		case s[0] == '*':
			st.all = true
			s = s[1:]
		default:
			k := strings.IndexAny(s, ".[")
			if k < 0 {
				k = len(s)
			}
			name := s[:k]
			s = s[k:]
			switch {
			case name == "size()" || name == "length()":
				st.size = true
			case name == "" || strings.ContainsAny(name, "() "):
				err = fmt.Errorf("%q is no step of a JSON path", name)
			default:
				st.names = []string{name}
			}
		}
		if err != nil {
			return nil, err
		}
		steps = append(steps, st)
	}
	return steps, nil
}

// bracket reads what stands behind [ and returns what follows ].
func bracket(s string, st *step) (string, error) {
	s = strings.TrimLeft(s, " ")
	if strings.HasPrefix(s, "'") || strings.HasPrefix(s, `"`) {
		for {
			quote := s[0]
			var name strings.Builder
			i := 1
			for ; i < len(s) && s[i] != quote; i++ {
				if s[i] == '\\' && i+1 < len(s) {
					i++
				}
				name.WriteByte(s[i])
			}
			if i >= len(s) {
				return "", errors.New("a name in the JSON path lacks its quote")
			}
			st.names = append(st.names, name.String())
			s = strings.TrimLeft(s[i+1:], " ")
			if strings.HasPrefix(s, "]") {
				return s[1:], nil
			}
			if !strings.HasPrefix(s, ",") {
				return "", errors.New("a [ of the JSON path lacks its ]")
			}
			if s = strings.TrimLeft(s[1:], " "); s == "" || s[0] != '\'' && s[0] != '"' {
				return "", errors.New("a name of the JSON path lacks its quote")
			}
		}
	}
	k := strings.IndexByte(s, ']')
	if k < 0 {
		return "", errors.New("a [ of the JSON path lacks its ]")
	}
	inner, rest := strings.TrimSpace(s[:k]), s[k+1:]
	if inner == "*" {
		st.all = true
		return rest, nil
	}
	if from, to, ok := strings.Cut(inner, ":"); ok {
		st.slice = &[2]*int{}
		for i, text := range []string{from, to} {
			if text = strings.TrimSpace(text); text != "" {
				n, err := strconv.Atoi(text)
				if err != nil {
					return "", fmt.Errorf("%q is no index of a JSON path", text)
				}
				st.slice[i] = &n
			}
		}
		return rest, nil
	}
	for _, text := range strings.Split(inner, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			return "", fmt.Errorf("%q is no index of a JSON path", strings.TrimSpace(text))
		}
		st.indexes = append(st.indexes, n)
	}
	return rest, nil
}

var errNoResult = errors.New("the JSON path finds nothing")

// find evaluates the path. The result is nil where a lax path finds nothing; a
// path that may find many values gives a list.
func (p *path) find(root *value) (*value, error) {
	if p.err != nil {
		return nil, p.err
	}
	current, many := []*value{root}, false
	for _, st := range p.steps {
		if st.size {
			n := sizeOf(current, many)
			if n == nil {
				return nil, nil
			}
			current, many = []*value{n}, false
			continue
		}
		many = many || st.many()
		var next []*value
		for _, v := range current {
			next = st.apply(next, v)
		}
		if len(next) == 0 && !many {
			if p.lax {
				return nil, nil
			}
			return nil, errNoResult
		}
		current = next
	}
	if many {
		return &value{kind: list, items: current}, nil
	}
	if v := current[0]; v.kind != null {
		return v, nil
	}
	return nil, nil
}

func sizeOf(current []*value, many bool) *value {
	n := len(current)
	if !many {
		v := current[0]
		if v.kind != list && v.kind != object {
			return nil
		}
		n = len(v.items)
	}
	return &value{kind: number, text: strconv.Itoa(n)}
}

// apply appends what the step finds in v.
func (s step) apply(out []*value, v *value) []*value {
	if s.deep {
		shallow := s
		shallow.deep = false
		out = shallow.apply(out, v)
		for _, it := range v.items {
			out = s.apply(out, it)
		}
		return out
	}
	switch {
	case s.all:
		return append(out, v.items...)
	case v.kind == object:
		for _, name := range s.names {
			if it := v.get(name); it != nil {
				out = append(out, it)
			}
		}
	case v.kind == list && s.slice != nil:
		from, to := 0, len(v.items)
		if s.slice[0] != nil {
			from = bound(*s.slice[0], len(v.items))
		}
		if s.slice[1] != nil {
			to = bound(*s.slice[1], len(v.items))
		}
		if from < to {
			out = append(out, v.items[from:to]...)
		}
	case v.kind == list:
		for _, k := range s.indexes {
			if k < 0 {
				k += len(v.items)
			}
			if k >= 0 && k < len(v.items) {
				out = append(out, v.items[k])
			}
		}
	}
	return out
}

func bound(k, n int) int {
	if k < 0 {
		k += n
	}
	return min(max(k, 0), n)
}
