package regex

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	for _, f := range []struct {
		name, doc string
		compile   func(pattern, escape string) (matcher, error)
		examples  []function.Example
	}{
		{"LIKE", "Whether the whole string fits the pattern: % is any run of characters, _ is one character.", compileLike,
			function.Examples("'abc' LIKE 'a%'", "TRUE", "'a_c' LIKE 'a!_c' ESCAPE '!'", "TRUE")},
		{"SIMILAR TO", "Whether the whole string fits SQL's regular expression: as LIKE, with | * + ? {n} ( ) [ ].", compileSimilar,
			function.Examples("'foobar' SIMILAR TO 'foo(bar|baz)?'", "TRUE")},
	} {
		resolve := function.Takes(f.name, types.TBoolean, 1, function.Str.Typed(), function.Str.Typed(), function.Str.Typed())
		function.Register(
			&function.Def{
				Name: f.name, Strict: true, Partial: true, Costly: true, Family: "comparison", Syntax: "s " + f.name + " pattern [ESCAPE c]",
				Doc: f.doc, Examples: f.examples, Resolve: resolve,
				Make: func(_ *function.Env, _ []types.Type, consts []*vector.Vector, _ types.Type) (function.Kernel, error) {
					return like(f.name, f.compile, consts), nil
				},
			},
			&function.Def{
				Name: "NOT " + f.name, Lazy: true, Family: "comparison", Syntax: "s NOT " + f.name + " pattern [ESCAPE c]",
				Doc: "The opposite of " + f.name + ".", Examples: function.Examples("'abc' NOT "+f.name+" 'b%'", "TRUE"), Resolve: resolve,
			},
		)
	}
}

// matcher tells whether a text fits.
type matcher func(s []byte) (bool, error)

func like(name string, compile func(pattern, escape string) (matcher, error), consts []*vector.Vector) function.Kernel {
	known := map[string]matcher{}
	at := func(args []*vector.Vector, i int) (matcher, error) {
		pattern, escape := args[1].Bytes(i), []byte(nil)
		if len(args) > 2 {
			escape = args[2].Bytes(i)
		}
		if len(escape) == 0 {
			if m := known[string(pattern)]; m != nil {
				return m, nil
			}
		} else if m := known[string(pattern)+"\x00"+string(escape)]; m != nil {
			return m, nil
		}
		m, err := compile(string(pattern), string(escape))
		if err != nil {
			return nil, err
		}
		if len(known) > 100 {
			clear(known)
		}
		key := string(pattern)
		if len(escape) > 0 {
			key += "\x00" + string(escape)
		}
		known[key] = m
		return m, nil
	}
	constant := consts[1] != nil && (len(consts) < 3 || consts[2] != nil)
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		o := out.Bools()
		var fits matcher
		for i := range o {
			if out.IsNull(i) {
				continue
			}
			if fits == nil || !constant {
				var err error
				if fits, err = at(args, i); err != nil {
					return function.Fail(i, "bad-pattern", "%v", err)
				}
			}
			var err error
			if o[i], err = fits(args[0].Bytes(i)); err != nil {
				return tooLong(i, name, err)
			}
		}
		return nil
	}
}

// piece of a LIKE pattern: a run of text, one character, or any run.
type likePart struct {
	text string
	one  bool // _
	any  bool // %
}

func parseLike(pattern, escape string) ([]likePart, error) {
	esc := rune(-1)
	if escape != "" {
		r, size := utf8.DecodeRuneInString(escape)
		if size != len(escape) {
			return nil, fmt.Errorf("ESCAPE takes one character, not %q", escape)
		}
		esc = r
	}
	var parts []likePart
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			parts = append(parts, likePart{text: text.String()})
			text.Reset()
		}
	}
	for i := 0; i < len(pattern); {
		r, size := utf8.DecodeRuneInString(pattern[i:])
		i += size
		switch {
		case r == esc:
			next, size := utf8.DecodeRuneInString(pattern[i:])
			if size == 0 || next != '%' && next != '_' && next != esc {
				return nil, fmt.Errorf("the escape character %q of pattern %q must stand before %%, _ or itself", esc, pattern)
			}
			text.WriteRune(next)
			i += size
		case r == '%':
			flush()
			if n := len(parts); n == 0 || !parts[n-1].any {
				parts = append(parts, likePart{any: true})
			}
		case r == '_':
			flush()
			parts = append(parts, likePart{one: true})
		default:
			text.WriteString(pattern[i-size : i])
		}
	}
	flush()
	return parts, nil
}

// compileLike finds the simple shapes; the others walk the parts.
func compileLike(pattern, escape string) (matcher, error) {
	parts, err := parseLike(pattern, escape)
	if err != nil {
		return nil, err
	}
	shape := ""
	var texts [][]byte
	for _, p := range parts {
		switch {
		case p.any:
			shape += "%"
		case p.one:
			shape += "_"
		default:
			shape += "t"
			texts = append(texts, []byte(p.text))
		}
	}
	switch shape {
	case "":
		return func(s []byte) (bool, error) { return len(s) == 0, nil }, nil
	case "%":
		return func([]byte) (bool, error) { return true, nil }, nil
	case "t":
		return func(s []byte) (bool, error) { return bytes.Equal(s, texts[0]), nil }, nil
	}
	if !strings.Contains(shape, "_") {
		return runs(texts, shape[0] == '%', shape[len(shape)-1] == '%'), nil
	}
	return func(s []byte) (bool, error) { return walkLike(s, parts), nil }, nil
}

// runs matches texts with any run of characters between them: the first and
// the last at the ends (unless open), the others where they come first.
func runs(texts [][]byte, openStart, openEnd bool) matcher {
	var head, tail []byte
	if !openStart {
		head, texts = texts[0], texts[1:]
	}
	if !openEnd {
		tail, texts = texts[len(texts)-1], texts[:len(texts)-1]
	}
	return func(s []byte) (bool, error) {
		if len(s) < len(head)+len(tail) || !bytes.HasPrefix(s, head) || !bytes.HasSuffix(s, tail) {
			return false, nil
		}
		s = s[len(head) : len(s)-len(tail)]
		for _, t := range texts {
			i := bytes.Index(s, t)
			if i < 0 {
				return false, nil
			}
			s = s[i+len(t):]
		}
		return true, nil
	}
}

// walkLike matches greedily with one step back: a later % makes earlier ones
// final, so that the time is at most len(s) times the pattern.
func walkLike(s []byte, parts []likePart) bool {
	at, k := 0, 0
	backAt, backK := -1, 0 // where to go on behind the last %
	for {
		if k < len(parts) {
			p := parts[k]
			switch {
			case p.any:
				backAt, backK = at, k+1
				k++
				continue
			case p.one && at < len(s) && s[at] != '\n' && s[at] != '\r':
				_, size := utf8.DecodeRune(s[at:])
				at, k = at+size, k+1
				continue
			case !p.one && bytes.HasPrefix(s[at:], []byte(p.text)):
				at, k = at+len(p.text), k+1
				continue
			}
		} else if at == len(s) {
			return true
		}
		if backAt < 0 || backAt >= len(s) {
			return false
		}
		_, size := utf8.DecodeRune(s[backAt:])
		backAt += size
		at, k = backAt, backK
	}
}

var similarClasses = map[string]string{
	"ALPHA": "a-zA-Z", "UPPER": "A-Z", "LOWER": "a-z", "DIGIT": "0-9", "ALNUM": "a-zA-Z0-9", "SPACE": " ", "WHITESPACE": `\s`,
}

// compileSimilar translates SQL's regular expressions.
func compileSimilar(pattern, escape string) (matcher, error) {
	var out strings.Builder
	esc := byte(0)
	if escape != "" {
		if len(escape) > 1 {
			return nil, fmt.Errorf("ESCAPE takes one character, not %q", escape)
		}
		esc = escape[0]
	}
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case esc != 0 && c == esc:
			i++
			if i == len(pattern) {
				return nil, fmt.Errorf("pattern %q ends with its escape character", pattern)
			}
			out.WriteString(regexp.QuoteMeta(pattern[i : i+1]))
		case c == '_':
			out.WriteByte('.')
		case c == '%':
			out.WriteString("(?s:.*)")
		case c == '[':
			k, err := similarClass(pattern[i:], &out)
			if err != nil {
				return nil, err
			}
			i += k - 1
		case c == '\\':
			out.WriteString(`\\`)
		default:
			out.WriteByte(c)
		}
	}
	p, err := compile(`\A(?:` + out.String() + `)\z`)
	if err != nil {
		return nil, fmt.Errorf("%q is not a pattern: %w", pattern, err)
	}
	p.java = pattern
	return func(s []byte) (bool, error) {
		m, err := p.match(s)
		return m != nil, err
	}, nil
}

// similarClass translates a character class and returns its length.
func similarClass(pattern string, out *strings.Builder) (int, error) {
	out.WriteByte('[')
	for i := 1; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == ']':
			out.WriteByte(']')
			return i + 1, nil
		case strings.HasPrefix(pattern[i:], "[:"):
			k := strings.Index(pattern[i:], ":]")
			if k < 0 {
				return 0, errors.New("[: lacks its :]")
			}
			set, ok := similarClasses[strings.ToUpper(pattern[i+2:i+k])]
			if !ok {
				return 0, fmt.Errorf("there is no class %s", pattern[i:i+k+2])
			}
			out.WriteString(set)
			i += k + 1
		case c == '\\' || c == '[':
			out.WriteByte('\\')
			out.WriteByte(c)
		default:
			out.WriteByte(c)
		}
	}
	return 0, fmt.Errorf("%q lacks a ]", pattern)
}
