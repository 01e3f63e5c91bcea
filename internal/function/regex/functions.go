package regex

import (
	"cmp"
	"unicode/utf16"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

var str = function.Str.Typed()

func init() {
	function.Register(
		&function.Def{
			Name: "REGEXP", Strict: true, Partial: true, Costly: true, Family: "string", Syntax: "REGEXP(s, pattern)",
			Doc: "Whether the regular expression (Java's) matches a part of the string.", Examples: function.Examples("REGEXP('abc', '^a.c$')", "TRUE"),
			Resolve: function.Takes("REGEXP", types.TBoolean, 0, str, str),
			Make: make1("REGEXP", func(p *pattern, s []byte) (bool, bool, error) {
				if p == nil || p.source == "" {
					return false, true, nil
				}
				m, err := p.match(s)
				return m != nil, true, err
			}),
		},
		&function.Def{
			Name: "REGEXP_COUNT", Strict: true, Partial: true, Costly: true, Family: "string", Syntax: "REGEXP_COUNT(s, pattern)",
			Doc: "How often the regular expression matches; NULL if it is none.", Examples: function.Examples("REGEXP_COUNT('abcabc', 'b')", "2"),
			Resolve: function.TakesNull("REGEXP_COUNT", types.TInt, 0, function.Str, function.Str),
			Make: make1("REGEXP_COUNT", func(p *pattern, s []byte) (int32, bool, error) {
				if p == nil {
					return 0, false, nil
				}
				all, err := p.all(s)
				return int32(len(all)), true, err
			}),
		},
		&function.Def{
			Name: "REGEXP_INSTR", Strict: true, Partial: true, Costly: true, Family: "string", Syntax: "REGEXP_INSTR(s, pattern)",
			Doc: "The position of the first match, 0 if there is none.", Examples: function.Examples("REGEXP_INSTR('abcabc', 'c')", "3"),
			Resolve: function.TakesNull("REGEXP_INSTR", types.TInt, 0, function.Str, function.Str),
			Make: make1("REGEXP_INSTR", func(p *pattern, s []byte) (int32, bool, error) {
				if p == nil {
					return 0, false, nil
				}
				m, err := p.match(s)
				if m == nil {
					return 0, true, err
				}
				return int32(units(s[:m[0]])) + 1, true, nil
			}),
		},
		&function.Def{
			Name: "REGEXP_EXTRACT", Strict: true, Partial: true, Costly: true, Family: "string", Syntax: "REGEXP_EXTRACT(s, pattern[, group])",
			Doc: "What a group of the first match holds (0: the whole match); NULL if there is none.", Examples: function.Examples("REGEXP_EXTRACT('foothebar', 'foo(.*?)(bar)', 2)", "bar"),
			Resolve: function.TakesNull("REGEXP_EXTRACT", types.TString, 1, str, str, function.Int.Typed()),
			Make:    slice("REGEXP_EXTRACT"),
		},
		&function.Def{
			Name: "REGEXP_SUBSTR", Strict: true, Partial: true, Costly: true, Family: "string", Syntax: "REGEXP_SUBSTR(s, pattern)",
			Doc: "The first match, NULL if there is none.", Examples: function.Examples("REGEXP_SUBSTR('foobar', 'o+')", "oo"),
			Resolve: function.TakesNull("REGEXP_SUBSTR", types.TString, 0, function.Str, function.Str),
			Make:    slice("REGEXP_SUBSTR"),
		},
		&function.Def{
			Name: "REGEXP_REPLACE", Strict: true, Partial: true, Costly: true, Appends: true, Family: "string", Syntax: "REGEXP_REPLACE(s, pattern, replacement)",
			Doc: "The string with every match replaced; the replacement is taken as it is.", Examples: function.Examples("REGEXP_REPLACE('a1b22', '[0-9]+', '#')", "a#b#"),
			Resolve: function.Takes("REGEXP_REPLACE", types.TString, 0, str, str, str),
			Make: func(_ *function.Env, _ []types.Type, consts []*vector.Vector, _ types.Type) (function.Kernel, error) {
				compiled := newCache(consts[1])
				var failed error
				each := function.EachText(func(dst []byte, args []*vector.Vector, i int) ([]byte, bool) {
					p := compiled.at(args[1], i)
					if p == nil || failed != nil {
						return dst, false
					}
					s, done := args[0].Bytes(i), 0
					all, err := p.all(s)
					if err != nil {
						failed = tooLong(i, "REGEXP_REPLACE", err)
					}
					for _, m := range all {
						dst = append(append(dst, s[done:m[0]]...), args[2].Bytes(i)...)
						done = m[1]
					}
					return append(dst, s[done:]...), true
				})
				return func(args []*vector.Vector, out *vector.Vector, n int) error {
					failed = nil
					err := each(args, out, n)
					return cmp.Or(failed, err)
				}, nil
			},
		},
		&function.Def{
			Name: "REGEXP_EXTRACT_ALL", Strict: true, Partial: true, Costly: true, Appends: true, Family: "string", Syntax: "REGEXP_EXTRACT_ALL(s, pattern[, group])",
			Doc: "What a group (1) of every match holds.", Examples: function.Examples("REGEXP_EXTRACT_ALL('a1b2', '([a-z])([0-9])', 2)", "[1, 2]"),
			Resolve: function.TakesNull("REGEXP_EXTRACT_ALL", types.ArrayOf(types.TString), 1, function.Str, function.Str, function.BigInt.As(types.TInt)),
			Make:    extractAll,
		},
	)
}

// cache keeps compiled patterns: one if the argument is constant, else the
// latest ones.
type cache struct {
	constant *pattern
	known    map[string]*pattern
}

func newCache(constant *vector.Vector) *cache {
	c := &cache{}
	if constant != nil && !constant.IsNull(0) {
		c.at(constant, 0)
		for _, p := range c.known {
			c.constant = p
		}
	}
	return c
}

// at returns the compiled pattern of row i, nil if it is not one.
func (c *cache) at(v *vector.Vector, i int) *pattern {
	if c.constant != nil {
		return c.constant
	}
	if p, ok := c.known[string(v.Bytes(i))]; ok {
		return p
	}
	if c.known == nil || len(c.known) > 100 {
		c.known = map[string]*pattern{}
	}
	p, err := compile(string(v.Bytes(i)))
	if err != nil {
		p = nil
	}
	c.known[string(v.Bytes(i))] = p
	return p
}

// tooLong is the error of a match that was stopped.
func tooLong(i int, name string, err error) error {
	return function.Fail(i, "endless-pattern", "%s: %v", name, err)
}

// units counts the UTF-16 units of s, in which Java counts positions.
func units(s []byte) int {
	n := 0
	for _, r := range string(s) {
		n += utf16.RuneLen(r)
	}
	return n
}

func make1[T vector.Fixed](name string, f func(p *pattern, s []byte) (T, bool, error)) function.Maker {
	return func(_ *function.Env, _ []types.Type, consts []*vector.Vector, _ types.Type) (function.Kernel, error) {
		compiled := newCache(consts[1])
		return func(args []*vector.Vector, out *vector.Vector, n int) error {
			o := vector.Slice[T](out)
			for i := range o {
				if out.IsNull(i) {
					continue
				}
				x, ok, err := f(compiled.at(args[1], i), args[0].Bytes(i))
				if err != nil {
					return tooLong(i, name, err)
				}
				if o[i] = x; !ok {
					out.SetNull(i)
				}
			}
			return nil
		}, nil
	}
}

// slice makes a kernel that returns a group, the third argument or the whole, of
// the first match.
func slice(name string) function.Maker {
	return func(_ *function.Env, _ []types.Type, consts []*vector.Vector, _ types.Type) (function.Kernel, error) {
		compiled := newCache(consts[1])
		var failed error
		each := function.EachSlice(func(s []byte, args []*vector.Vector, i int) (int, int, bool) {
			group := 0
			if len(args) > 2 {
				group = int(kernel.At[int32](args[2], i))
			}
			p := compiled.at(args[1], i)
			if p == nil || group < 0 || group > p.groups() || failed != nil {
				return 0, 0, false
			}
			m, err := p.match(s)
			if err != nil {
				failed = tooLong(i, name, err)
			}
			if m == nil || m[2*group] < 0 {
				return 0, 0, false
			}
			return m[2*group], m[2*group+1], true
		})
		return func(args []*vector.Vector, out *vector.Vector, n int) error {
			failed = nil
			err := each(args, out, n)
			return cmp.Or(failed, err)
		}, nil
	}
}

func extractAll(_ *function.Env, _ []types.Type, consts []*vector.Vector, _ types.Type) (function.Kernel, error) {
	compiled := newCache(consts[1])
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		for i := range n {
			if function.AnyNull(args, i) {
				out.AppendNull()
				continue
			}
			group := 1
			if len(args) > 2 {
				group = int(kernel.At[int32](args[2], i))
			}
			p, s := compiled.at(args[1], i), args[0].Bytes(i)
			if p == nil || group < 0 || group > p.groups() {
				out.AppendNull()
				continue
			}
			all, err := p.all(s)
			if err != nil {
				return tooLong(i, "REGEXP_EXTRACT_ALL", err)
			}
			for _, m := range all {
				if m[2*group] < 0 {
					out.Child(0).AppendNull()
				} else {
					out.Child(0).AppendBytes(s[m[2*group]:m[2*group+1]])
				}
			}
			out.CloseList()
		}
		return nil
	}, nil
}

// Splitter compiles a Java pattern and returns what cuts a text at its matches
// into at most limit pieces (0: no limit), as Java's String.split does.
func Splitter(java string) (func(s []byte, limit int) ([][]byte, error), error) {
	p, err := compile(java)
	if err != nil {
		return nil, err
	}
	return func(s []byte, limit int) ([][]byte, error) {
		all, err := p.all(s)
		if err != nil {
			return nil, err
		}
		var pieces [][]byte
		done := 0
		for _, m := range all {
			if limit > 0 && len(pieces) == limit-1 {
				break
			}
			if m[1] == 0 {
				continue // an empty match at the beginning cuts nothing off
			}
			pieces = append(pieces, s[done:m[0]])
			done = m[1]
		}
		pieces = append(pieces, s[done:])
		if limit == 0 {
			for len(pieces) > 0 && len(pieces[len(pieces)-1]) == 0 {
				pieces = pieces[:len(pieces)-1]
			}
		}
		return pieces, nil
	}, nil
}
