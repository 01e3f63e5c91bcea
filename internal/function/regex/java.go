package regex

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
)

// pattern is a compiled regular expression.
type pattern struct {
	fast *regexp.Regexp  // nil if the pattern needs slow
	slow *regexp2.Regexp // nil if there is fast
	// end: the pattern has a `$`, which in Java also stands before a last line
	// end; texts that have one go to slow.
	end    bool
	empty  bool // may match no character
	source string
	java   string
}

// matchLimit is how long the backtracking engine may look for one match.
var matchLimit = time.Second

// compile translates a Java pattern.
func compile(java string) (*pattern, error) {
	t := translator{in: java}
	text, err := t.translate()
	if err != nil {
		return nil, err
	}
	p := &pattern{source: text, end: t.end, java: java}
	if !t.special {
		if p.fast, err = regexp.Compile(text); err == nil {
			tree, err := syntax.Parse(text, syntax.Perl)
			p.empty = err != nil || mayBeEmpty(tree)
			return p, nil
		}
	}
	p.slow, err = backtracking(text)
	return p, err
}

func backtracking(text string) (*regexp2.Regexp, error) {
	p, err := regexp2.Compile(text, regexp2.None)
	if err == nil {
		p.MatchTimeout = matchLimit
	}
	return p, err
}

// mayBeEmpty reports whether a pattern may match without a character.
func mayBeEmpty(p *syntax.Regexp) bool {
	switch p.Op {
	case syntax.OpLiteral, syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL, syntax.OpNoMatch:
		return false
	case syntax.OpCapture, syntax.OpPlus:
		return mayBeEmpty(p.Sub[0])
	case syntax.OpRepeat:
		return p.Min == 0 || mayBeEmpty(p.Sub[0])
	case syntax.OpConcat:
		return !slices.ContainsFunc(p.Sub, func(s *syntax.Regexp) bool { return !mayBeEmpty(s) })
	case syntax.OpAlternate:
		return slices.ContainsFunc(p.Sub, mayBeEmpty)
	}
	return true
}

// match finds the first match: pairs of byte offsets of the whole and its
// groups, -1 for a group without part. The error is that it took too long.
func (p *pattern) match(s []byte) ([]int, error) {
	if p.fast != nil && !(p.end && len(s) > 0 && (s[len(s)-1] == '\n' || s[len(s)-1] == '\r')) {
		return p.fast.FindSubmatchIndex(s), nil
	}
	return p.backtrack(s, 0)
}

// backtrack finds the first match from byte from on with the other engine.
func (p *pattern) backtrack(s []byte, from int) ([]int, error) {
	if p.slow == nil {
		slow, err := backtracking(p.source)
		if err != nil {
			return p.fast.FindSubmatchIndex(s), nil
		}
		p.slow = slow
	}
	runes := []rune(string(s))
	m, err := p.slow.FindRunesMatchStartingAt(runes, utf8.RuneCount(s[:from]))
	if err != nil {
		return nil, fmt.Errorf("the pattern %q backtracks without end: it was stopped after %v", p.java, matchLimit)
	}
	if m == nil {
		return nil, nil
	}
	var out []int
	for _, g := range m.Groups() {
		if len(g.Captures) == 0 {
			out = append(out, -1, -1)
			continue
		}
		start := width(s, g.Index)
		out = append(out, start, start+width(s[start:], g.Length))
	}
	return out, nil
}

// width returns how many bytes the first runes of s take.
func width(s []byte, runes int) int {
	at := 0
	for ; runes > 0 && at < len(s); runes-- {
		_, size := utf8.DecodeRune(s[at:])
		at += size
	}
	return at
}

// all returns every match, empty ones included, as Java's Matcher.find does: an
// empty one may follow another at once.
func (p *pattern) all(s []byte) ([][]int, error) {
	if p.fast != nil && !p.end && !p.empty {
		return p.fast.FindAllSubmatchIndex(s, -1), nil
	}
	var out [][]int
	for at := 0; at <= len(s); {
		m, err := p.backtrack(s, at)
		if err != nil {
			return nil, err
		}
		if m == nil {
			break
		}
		out = append(out, m)
		if at = m[1]; m[1] == m[0] {
			_, size := utf8.DecodeRune(s[at:])
			at += max(size, 1)
		}
	}
	return out, nil
}

// groups returns the number of groups.
func (p *pattern) groups() int {
	if p.fast != nil {
		return p.fast.NumSubexp()
	}
	return len(p.slow.GetGroupNumbers()) - 1
}

// translator rewrites a Java pattern.
type translator struct {
	in      string
	at      int
	out     strings.Builder
	special bool // needs the backtracking engine
	end     bool
	atom    int   // where in out that begins which a quantifier counts; -1: nothing does
	open    []int // where the groups that are open begin
}

var errPattern = errors.New("the pattern ends early")

func (t *translator) translate() (string, error) {
	t.atom = -1
	for t.at < len(t.in) {
		c, start := t.in[t.at], t.out.Len()
		switch c {
		case '\\':
			if err := t.escape(false); err != nil {
				return "", err
			}
			t.atom = start
		case '[':
			t.atom = start
			class, err := t.class()
			if err != nil {
				return "", err
			}
			t.out.WriteString(class)
		case '(':
			t.open, t.atom = append(t.open, start), -1
			if strings.HasPrefix(t.in[t.at:], "(?") {
				if err := t.group(); err != nil {
					return "", err
				}
				continue
			}
			t.out.WriteByte(c)
			t.at++
		case ')':
			if n := len(t.open); n > 0 {
				t.atom, t.open = t.open[n-1], t.open[:n-1]
			}
			t.out.WriteByte(c)
			t.at++
		case '|':
			t.atom = -1
			t.out.WriteByte(c)
			t.at++
		case '+', '*', '?', '{':
			if err := t.quantifier(); err != nil {
				return "", err
			}
		default:
			t.end = t.end || c == '$'
			t.atom = start
			_, size := utf8.DecodeRuneInString(t.in[t.at:])
			t.out.WriteString(t.in[t.at : t.at+size])
			t.at += size
		}
	}
	return t.out.String(), nil
}

// quantifier translates * + ? {n,m} at t.at with the ? or + behind it. What is
// possessive becomes a group that is not entered again.
func (t *translator) quantifier() error {
	text := t.in[t.at : t.at+1]
	if text == "{" {
		if text = repetition.FindString(t.in[t.at:]); text == "" {
			return errors.New("{ is no quantifier here")
		}
	}
	if t.atom < 0 {
		return errors.New(text + " has nothing to repeat")
	}
	t.at += len(text)
	switch {
	case t.at < len(t.in) && t.in[t.at] == '?':
		text += "?"
		t.at++
	case t.at < len(t.in) && t.in[t.at] == '+':
		t.at++
		t.special = true
		out := t.out.String()
		t.out.Reset()
		t.out.WriteString(out[:t.atom] + "(?>" + out[t.atom:] + text + ")")
		return nil
	}
	t.out.WriteString(text)
	return nil
}

var repetition = regexp.MustCompile(`^\{[0-9]+(,[0-9]*)?\}`)

// group looks at what follows (?.
func (t *translator) group() error {
	rest := t.in[t.at+2:]
	switch {
	case strings.HasPrefix(rest, ":"), strings.HasPrefix(rest, "i)"), strings.HasPrefix(rest, "s)"), strings.HasPrefix(rest, "m)"),
		strings.HasPrefix(rest, "i:"), strings.HasPrefix(rest, "s:"), strings.HasPrefix(rest, "m:"):
	case strings.HasPrefix(rest, "<="), strings.HasPrefix(rest, "<!"), strings.HasPrefix(rest, "="), strings.HasPrefix(rest, "!"), strings.HasPrefix(rest, ">"):
		t.special = true
	case strings.HasPrefix(rest, "<"):
		// A named group: both engines know it, but number it in their own way.
		t.out.WriteString("(")
		k := strings.IndexByte(rest, '>')
		if k < 0 {
			return errPattern
		}
		t.at += 2 + k + 1
		return nil
	case strings.HasPrefix(rest, "#"):
		return errors.New("(?#…) is no group")
	default:
		t.special = true
	}
	t.out.WriteString("(?")
	t.at += 2
	return nil
}

// classes are the members of Java's shorthands, which are ASCII.
var classes = map[byte]string{'d': "0-9", 'w': "a-zA-Z_0-9", 's': ` \t\n\x0B\f\r`}

var posix = map[string]string{
	"Lower": "a-z", "Upper": "A-Z", "ASCII": `\x00-\x7F`, "Alpha": "a-zA-Z", "Digit": "0-9", "Alnum": "a-zA-Z0-9",
	"Punct": `!-/:-@\[-\x60{-~`, "Graph": "!-~", "Print": " -~", "Blank": ` \t`, "Cntrl": `\x00-\x1F\x7F`,
	"XDigit": "0-9a-fA-F", "Space": ` \t\n\x0B\f\r`,
}

// escape translates an escape at t.at; inside a class without brackets.
func (t *translator) escape(inside bool) error {
	if t.at+1 >= len(t.in) {
		return errPattern
	}
	c := t.in[t.at+1]
	t.at += 2
	switch {
	case c == 'Q':
		k := strings.Index(t.in[t.at:], `\E`)
		quoted := t.in[t.at:]
		if k >= 0 {
			quoted = t.in[t.at : t.at+k]
			t.at += k + 2
		} else {
			t.at = len(t.in)
		}
		t.out.WriteString(regexp.QuoteMeta(quoted))
	case c == 'E':
	case classes[c] != "":
		t.set(classes[c], false, inside)
	case c == 'D' || c == 'W' || c == 'S':
		if inside {
			t.special = true
			t.out.WriteByte('\\')
			t.out.WriteByte(c)
			return nil
		}
		t.set(classes[c+'a'-'A'], true, false)
	case c == 'p' || c == 'P':
		name := ""
		if t.at < len(t.in) && t.in[t.at] == '{' {
			k := strings.IndexByte(t.in[t.at:], '}')
			if k < 0 {
				return errPattern
			}
			name = t.in[t.at+1 : t.at+k]
			t.at += k + 1
		} else if t.at < len(t.in) {
			name = t.in[t.at : t.at+1]
			t.at++
		}
		if set := posix[name]; set != "" && !(inside && c == 'P') {
			t.set(set, c == 'P', inside)
			return nil
		}
		name = strings.TrimPrefix(strings.TrimPrefix(name, "Is"), "In")
		if name == "Alphabetic" {
			name = "L"
		}
		t.out.WriteString(`\` + string(c) + `{` + name + `}`)
	case c >= '1' && c <= '9':
		t.special = true
		t.out.WriteByte('\\')
		t.out.WriteByte(c)
	case c == 'Z':
		t.special = true
		t.out.WriteString(`\Z`)
	case c == 'u':
		if t.at+4 > len(t.in) {
			return errPattern
		}
		t.out.WriteString(`\x{` + t.in[t.at:t.at+4] + `}`)
		t.at += 4
	case c == 'h':
		t.set(` \t\xA0`, false, inside)
	case c == 'R':
		t.out.WriteString(`(?:\r\n|[\n\x0B\f\r])`)
	case c == 'e':
		t.out.WriteString(`\x1B`)
	case c >= utf8.RuneSelf:
		t.out.WriteByte(c)
	case strings.IndexByte("tnrfvaxbBAzGk0", c) >= 0:
		if c == 'k' || c == 'G' || c == '0' {
			t.special = true
		}
		t.out.WriteByte('\\')
		t.out.WriteByte(c)
	case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
		return errors.New(`\` + string(c) + " has no meaning")
	default:
		t.out.WriteByte('\\')
		t.out.WriteByte(c)
	}
	return nil
}

func (t *translator) set(members string, not, inside bool) {
	switch {
	case inside:
		t.out.WriteString(members)
	case not:
		t.out.WriteString("[^" + members + "]")
	default:
		t.out.WriteString("[" + members + "]")
	}
}

// class translates a character class at t.at: unions are flattened, an
// intersection becomes a subtraction of the complement.
func (t *translator) class() (string, error) {
	not, members, except, err := t.members()
	if err != nil {
		return "", err
	}
	open := "["
	if not {
		open = "[^"
	}
	if members == "" {
		members = `\x{10FFFF}`
	}
	if except != "" {
		t.special = true
		return open + members + "-" + except + "]", nil
	}
	return open + members + "]", nil
}

func (t *translator) members() (not bool, members, except string, err error) {
	t.at++ // [
	if t.at < len(t.in) && t.in[t.at] == '^' {
		not = true
		t.at++
	}
	outer := t.out
	t.out = strings.Builder{}
	defer func() { t.out = outer }()
	for first := true; ; first = false {
		if t.at >= len(t.in) {
			return not, "", "", errPattern
		}
		switch c := t.in[t.at]; {
		case c == ']' && !first:
			t.at++
			return not, t.out.String(), except, nil
		case c == '\\':
			if err := t.escape(true); err != nil {
				return not, "", "", err
			}
		case c == '[':
			innerNot, inner, innerExcept, err := t.members()
			if err != nil {
				return not, "", "", err
			}
			if innerNot || innerExcept != "" {
				return not, "", "", errors.New("a union with a negated class is not supported")
			}
			t.out.WriteString(inner)
		case strings.HasPrefix(t.in[t.at:], "&&"):
			t.at += 2
			if t.at >= len(t.in) || t.in[t.at] != '[' {
				return not, "", "", errors.New("&& takes a class in brackets")
			}
			innerNot, inner, innerExcept, err := t.members()
			if err != nil || innerExcept != "" || except != "" {
				return not, "", "", errors.Join(err, errors.New("this intersection is not supported"))
			}
			if innerNot {
				except = "[" + inner + "]"
			} else {
				except = "[^" + inner + "]"
			}
		default:
			t.out.WriteByte(c)
			t.at++
		}
	}
}
