package system

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	function.Register(&function.Def{
		Name: "PRINTF", Appends: true, Costly: true, Family: "string", Syntax: "PRINTF(format, a, b, …)",
		Doc:      "Values in the form that a format of Java's Formatter asks for; NULL if they do not fit.",
		Examples: function.Examples("PRINTF('%5d|%-5s|%.2f', 42, 'ab', 3.14159e0)", "   42|ab   |3.14"),
		Resolve: func(args []function.Arg) (function.Signature, error) {
			if len(args) == 0 {
				return function.Signature{}, function.Count("PRINTF", args, 1, -1)
			}
			t, ok := function.Str.Accept(args[0].Type)
			if !ok {
				return function.Signature{}, fmt.Errorf("PRINTF takes a format first, not %s", args[0].Type.Nullable())
			}
			sig := function.Signature{Args: function.TypesOf(args), Result: types.TString}
			sig.Args[0] = t
			return sig, nil
		},
		Make: func(env *function.Env, _ []types.Type, _ []*vector.Vector, _ types.Type) (function.Kernel, error) {
			zone := env.LocalZone()
			return func(args []*vector.Vector, out *vector.Vector, n int) error {
				for i := range n {
					if args[0].IsNull(i) {
						out.AppendNull()
						continue
					}
					b := out.OpenBytes()
					start := len(b)
					b, ok := printf(b, string(args[0].Bytes(i)), args[1:], i, zone)
					if !ok {
						out.CloseBytes(b[:start])
						out.SetNull(out.Len() - 1)
						continue
					}
					out.CloseBytes(b)
				}
				return nil
			}, nil
		},
	})
}

// directive is one %… of a format.
type directive struct {
	flags            string
	width, precision int // -1: none
	verb             byte
}

// printf formats row i of args.
func printf(dst []byte, format string, args []*vector.Vector, i int, zone *types.Zone) ([]byte, bool) {
	next := 0
	for format != "" {
		k := strings.IndexByte(format, '%')
		if k < 0 {
			return append(dst, format...), true
		}
		dst = append(dst, format[:k]...)
		d, arg, rest, ok := readDirective(format[k+1:])
		if !ok {
			return dst, false
		}
		format = rest
		switch d.verb {
		case '%':
			dst = d.pad(dst, "%")
			continue
		case 'n':
			dst = append(dst, '\n')
			continue
		}
		if arg == 0 {
			next++
			arg = next
		}
		if arg > len(args) {
			return dst, false
		}
		text, ok := d.format(args[arg-1], i, zone)
		if !ok {
			return dst, false
		}
		dst = d.pad(dst, text)
	}
	return dst, true
}

// readDirective reads what stands behind a %.
func readDirective(s string) (d directive, arg int, rest string, ok bool) {
	d.width, d.precision = -1, -1
	at := 0
	number := func() int {
		n := -1
		for at < len(s) && '0' <= s[at] && s[at] <= '9' && n < 1_000_000 {
			n = max(n, 0)*10 + int(s[at]-'0')
			at++
		}
		return n
	}
	if n := number(); n > 0 && at < len(s) && s[at] == '$' {
		arg = n
		at++
	} else {
		at = 0
	}
	for at < len(s) && strings.IndexByte("-#+ 0,(", s[at]) >= 0 {
		d.flags += s[at : at+1]
		at++
	}
	d.width = number()
	if at < len(s) && s[at] == '.' {
		at++
		if d.precision = number(); d.precision < 0 {
			return d, 0, "", false
		}
	}
	if at >= len(s) || d.width > 1<<16 || d.precision > 1<<16 {
		return d, 0, "", false
	}
	d.verb = s[at]
	return d, arg, s[at+1:], strings.IndexByte("bBhHsScCdoxXeEfgG%n", d.verb) >= 0
}

func (d directive) has(flag string) bool { return strings.Contains(d.flags, flag) }

func (d directive) pad(dst []byte, text string) []byte {
	missing := d.width - utf8.RuneCountInString(text)
	if d.has("-") {
		dst = append(dst, text...)
	}
	for ; missing > 0; missing-- {
		dst = append(dst, ' ')
	}
	if d.has("-") {
		return dst
	}
	return append(dst, text...)
}

// cut applies the precision to a text, and the upper case of S, B and H.
func (d directive) cut(text string) string {
	if d.precision >= 0 && utf8.RuneCountInString(text) > d.precision {
		text = string([]rune(text)[:d.precision])
	}
	if d.verb >= 'A' && d.verb <= 'Z' {
		text = strings.ToUpper(text)
	}
	return text
}

func (d directive) format(v *vector.Vector, i int, zone *types.Zone) (string, bool) {
	t := v.Type()
	if v.IsNull(i) {
		if d.verb == 'b' || d.verb == 'B' {
			return d.cut("false"), true
		}
		return d.cut("null"), true
	}
	switch d.verb {
	case 'b', 'B':
		return d.cut(strconv.FormatBool(t.Kind != types.Boolean || kernel.At[bool](v, i))), true
	case 's', 'S':
		if t.Kind == types.Boolean {
			return d.cut(strconv.FormatBool(kernel.At[bool](v, i))), true
		}
		return d.cut(string(vector.AppendText(nil, v, i, zone))), true
	case 'c', 'C':
		if !t.IsInteger() || d.precision >= 0 {
			return "", false
		}
		code := kernel.Integers(t.Phys())(v, i)
		if code < 0 || code > utf8.MaxRune {
			return "", false
		}
		return d.cut(string(rune(code))), true
	case 'd', 'o', 'x', 'X':
		if !t.IsInteger() || d.precision >= 0 {
			return "", false
		}
		return d.integer(kernel.Integers(t.Phys())(v, i), t.Phys().Width()), true
	case 'e', 'E', 'f', 'g', 'G':
		if !t.IsApprox() {
			return "", false
		}
		return d.float(kernel.Doubles(t)(v, i)), true
	}
	return "", false
}

func (d directive) integer(x int64, width int) string {
	if d.verb != 'd' {
		u := uint64(x)
		if width < 8 {
			u &= 1<<(8*width) - 1
		}
		base := map[byte]int{'o': 8, 'x': 16, 'X': 16}[d.verb]
		text := strconv.FormatUint(u, base)
		if d.has("#") {
			text = map[byte]string{'o': "0", 'x': "0x", 'X': "0x"}[d.verb] + text
		}
		if d.verb == 'X' {
			text = strings.ToUpper(text)
		}
		return d.zeros("", text)
	}
	text := strconv.FormatUint(absolute(x), 10)
	if d.has(",") {
		text = group(text)
	}
	return d.signed(x < 0, text)
}

func absolute(x int64) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}

// group puts a comma between thousands.
func group(digits string) string {
	whole, rest, point := strings.Cut(digits, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if point {
		return whole + "." + rest
	}
	return whole
}

// signed puts the sign and the zeros in front of a number.
func (d directive) signed(negative bool, text string) string {
	switch {
	case negative && d.has("("):
		return d.zeros("(", text) + ")"
	case negative:
		return d.zeros("-", text)
	case d.has("+"):
		return d.zeros("+", text)
	case d.has(" "):
		return d.zeros(" ", text)
	}
	return d.zeros("", text)
}

func (d directive) zeros(sign, text string) string {
	if missing := d.width - len(sign) - len(text); d.has("0") && missing > 0 {
		text = strings.Repeat("0", missing) + text
	}
	return sign + text
}

func (d directive) float(x float64) string {
	switch {
	case math.IsNaN(x):
		return "NaN"
	case math.IsInf(x, 0):
		text := "Infinity"
		if x < 0 {
			return "-" + text
		}
		if d.has("+") {
			return "+" + text
		}
		return text
	}
	precision := d.precision
	if precision < 0 {
		precision = 6
	}
	a := math.Abs(x)
	var text string
	switch verb := d.verb | 0x20; verb {
	case 'g':
		precision = max(precision, 1)
		if a != 0 && (a < 1e-4 || a >= math.Pow(10, float64(precision))) {
			text = strconv.FormatFloat(a, 'e', precision-1, 64)
			break
		}
		whole := 1
		if a >= 1 {
			whole = len(strconv.FormatFloat(math.Floor(a), 'f', 0, 64))
		} else if a > 0 {
			whole = 1 + int(math.Floor(math.Log10(a)))
		}
		text = strconv.FormatFloat(a, 'f', max(precision-whole, 0), 64)
	default:
		text = strconv.FormatFloat(a, verb, precision, 64)
	}
	if d.has(",") {
		text = group(text)
	}
	if d.verb == 'E' || d.verb == 'G' {
		text = strings.ToUpper(text)
	}
	return d.signed(math.Signbit(x), text)
}
