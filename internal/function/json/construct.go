package json

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// embedded is the type of what JSON() makes: text that is JSON already.
var embedded = types.Type{Kind: types.Raw, Class: "json"}

func init() {
	function.Register(
		&function.Def{
			Name: "JSON_OBJECT", Costly: true, Appends: true, Partial: true, Family: "json", Syntax: "JSON_OBJECT([KEY] k VALUE v, … [NULL|ABSENT ON NULL])",
			Doc:      "A JSON object of keys and values; a value that is JSON_OBJECT, JSON_ARRAY or JSON is not quoted.",
			Examples: function.Examples(`JSON_OBJECT('a' VALUE 1, 'b' VALUE JSON_ARRAY(1, 2))`, `{"a":1,"b":[1,2]}`),
			Resolve:  resolveConstruct("JSON_OBJECT", true), Make: makeObject,
		},
		&function.Def{
			Name: "JSON_ARRAY", Costly: true, Appends: true, Partial: true, Family: "json", Syntax: "JSON_ARRAY(v, … [NULL|ABSENT ON NULL])",
			Doc:      "A JSON array of values; NULLs are left out unless asked for.",
			Examples: function.Examples(`JSON_ARRAY(1, 'x', TRUE)`, `[1,"x",true]`),
			Resolve:  resolveConstruct("JSON_ARRAY", false), Make: makeArray,
		},
		&function.Def{
			Name: "JSON", Strict: true, Costly: true, Appends: true, Partial: true, Family: "json", Syntax: "JSON(s)",
			Doc:      "Text that is JSON already, as a value of JSON_OBJECT or JSON_ARRAY.",
			Examples: function.Examples(`JSON_ARRAY(JSON('{"a": 1}'))`, `[{"a":1}]`),
			Resolve:  function.Takes("JSON", embedded, 0, function.Str),
			Make: function.Fixed(func(args []*vector.Vector, out *vector.Vector, n int) error {
				for i := range n {
					if args[0].IsNull(i) {
						out.AppendNull()
						continue
					}
					v, err := parse(string(args[0].Bytes(i)))
					if errors.Is(err, errEmpty) {
						v, err = &value{text: "null"}, nil
					}
					if err != nil {
						return fail(i, "JSON", err)
					}
					out.CloseBytes(v.append(out.OpenBytes(), false))
				}
				return nil
			}),
		},
		&function.Def{
			Name: "JSON_STRING", Strict: true, Costly: true, Appends: true, Family: "json", Syntax: "JSON_STRING(x)", Doc: "The value as JSON text.",
			Examples: function.Examples(`JSON_STRING('a"b')`, `"a\"b"`, `JSON_STRING(ARRAY[1, 2])`, "[1,2]"),
			Resolve: func(args []function.Arg) (function.Signature, error) {
				if len(args) != 1 {
					return function.Signature{}, function.Count("JSON_STRING", args, 1, 1)
				}
				if err := convertible(args[0].Type); err != nil && args[0].Type.Kind != types.Null {
					return function.Signature{}, err
				}
				return function.Signature{Args: function.TypesOf(args), Result: types.TString.WithNotNull(args[0].Type.NotNull)}, nil
			},
			Make: func(env *function.Env, _ []types.Type, _ []*vector.Vector, _ types.Type) (function.Kernel, error) {
				zone := env.LocalZone()
				return function.EachText(func(dst []byte, args []*vector.Vector, i int) ([]byte, bool) {
					return Append(dst, args[0], i, zone), true
				}), nil
			},
		},
		&function.Def{
			Name: "JSON_QUOTE", Strict: true, Appends: true, Family: "json", Syntax: "JSON_QUOTE(s)", Doc: "The string in quotes, with escapes.",
			Examples: function.Examples(`JSON_QUOTE('a"b')`, `"a\"b"`),
			Resolve:  function.Takes("JSON_QUOTE", types.TString, 0, function.Str), Make: function.Fixed(function.EachText(quote)),
		},
		&function.Def{
			Name: "JSON_UNQUOTE", Strict: true, Appends: true, Family: "json", Syntax: "JSON_UNQUOTE(s)", Doc: "The string that a JSON string stands for; other text stays.",
			Examples: function.Examples(`JSON_UNQUOTE('"abc"')`, "abc"),
			Resolve:  function.Takes("JSON_UNQUOTE", types.TString, 0, function.Str),
			Make: function.Fixed(function.EachText(func(dst []byte, args []*vector.Vector, i int) ([]byte, bool) {
				s := string(args[0].Bytes(i))
				if strings.HasPrefix(s, `"`) {
					p := parser{s: s}
					if text, err := p.string(); err == nil && p.at == len(s) {
						return append(dst, text...), true
					}
				}
				return append(dst, s...), true
			})),
		},
	)
}

func resolveConstruct(name string, pairs bool) func([]function.Arg) (function.Signature, error) {
	return func(args []function.Arg) (function.Signature, error) {
		if len(args) == 0 || pairs && len(args)%2 == 0 {
			return function.Signature{}, fmt.Errorf("it is written %s(…)", name)
		}
		for i, a := range args[1:] {
			if pairs && i%2 == 0 {
				if !a.Type.IsString() || !a.Type.NotNull {
					return function.Signature{}, fmt.Errorf("the keys of JSON_OBJECT are STRINGs that are not NULL, not %s", a.Type)
				}
				continue
			}
			if err := convertible(a.Type); err != nil {
				return function.Signature{}, err
			}
		}
		return function.Signature{Args: function.TypesOf(args), Result: types.TString.Required()}, nil
	}
}

// convertible reports whether values of a type have a JSON form.
func convertible(t types.Type) error {
	switch t.Kind {
	case types.Variant, types.Date, types.Time, types.IntervalDaySecond, types.IntervalYearMonth, types.Multiset, types.Null:
		return fmt.Errorf("%s has no JSON form; CAST it to STRING", t.Nullable())
	case types.Map:
		if !t.Key.IsString() {
			return fmt.Errorf("the keys of a MAP in JSON are STRINGs, not %s", t.Key.Nullable())
		}
		return convertible(*t.Elem)
	}
	for _, c := range t.Children() {
		if err := convertible(c); err != nil {
			return err
		}
	}
	return nil
}

func makeObject(env *function.Env, _ []types.Type, consts []*vector.Vector, _ types.Type) (function.Kernel, error) {
	absent, zone := string(consts[0].Bytes(0)) == "ABSENT", env.LocalZone()
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		for i := range n {
			b, first := append(out.OpenBytes(), '{'), true
			for k := 1; k < len(args); k += 2 {
				if args[k+1].IsNull(i) && absent {
					continue
				}
				if !first {
					b = append(b, ',')
				}
				first = false
				b = append(appendString(b, string(args[k].Bytes(i))), ':')
				b = Append(b, args[k+1], i, zone)
			}
			out.CloseBytes(append(b, '}'))
		}
		return nil
	}, nil
}

func makeArray(env *function.Env, _ []types.Type, consts []*vector.Vector, _ types.Type) (function.Kernel, error) {
	absent, zone := string(consts[0].Bytes(0)) == "ABSENT", env.LocalZone()
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		for i := range n {
			b, first := append(out.OpenBytes(), '['), true
			for _, a := range args[1:] {
				if a.IsNull(i) && absent {
					continue
				}
				if !first {
					b = append(b, ',')
				}
				first = false
				b = Append(b, a, i, zone)
			}
			out.CloseBytes(append(b, ']'))
		}
		return nil
	}, nil
}

// Append appends row i of v as JSON, as JSON_STRING and JSON_OBJECT write it.
func Append(dst []byte, v *vector.Vector, i int, zone *types.Zone) []byte {
	if v.IsNull(i) {
		return append(dst, "null"...)
	}
	if v.Const {
		i = 0
	}
	t := v.Type()
	switch t.Kind {
	case types.Boolean:
		return strconv.AppendBool(dst, v.Bools()[i])
	case types.Char, types.Varchar:
		return appendString(dst, string(v.Bytes(i)))
	case types.Raw, types.Variant:
		return append(dst, v.Bytes(i)...)
	case types.Binary, types.Varbinary:
		dst = append(dst, '"')
		return append(base64.StdEncoding.AppendEncode(dst, v.Bytes(i)), '"')
	case types.Float, types.Double:
		x := kernel.Doubles(t)(v, i)
		var text []byte
		if t.Kind == types.Float {
			text = types.AppendFloat(nil, float32(x))
		} else {
			text = types.AppendDouble(nil, x)
		}
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return appendString(dst, string(text))
		}
		return appendNumber(dst, string(text))
	case types.Decimal:
		return appendNumber(dst, string(vector.AppendText(nil, v, i, zone)))
	case types.TimestampNTZ, types.TimestampLTZ:
		dst = append(dst, '"')
		dst = types.AppendTimestampAs(dst, v.Timestamp(i), types.FormatISO, t.Kind == types.TimestampLTZ)
		return append(dst, '"')
	case types.Array:
		dst = append(dst, '[')
		from, to := v.List(i)
		for j := from; j < to; j++ {
			if j > from {
				dst = append(dst, ',')
			}
			dst = Append(dst, v.Child(0), j, zone)
		}
		return append(dst, ']')
	case types.Map:
		dst = append(dst, '{')
		from, to := v.List(i)
		for j := from; j < to; j++ {
			if j > from {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, string(v.Child(0).Bytes(j))), ':')
			dst = Append(dst, v.Child(1), j, zone)
		}
		return append(dst, '}')
	case types.Row, types.Structured:
		dst = append(dst, '{')
		for k, c := range v.Children() {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, t.Fields[k].Name), ':')
			dst = Append(dst, c, i, zone)
		}
		return append(dst, '}')
	}
	return vector.AppendText(dst, v, i, zone)
}

// quote escapes everything beyond ASCII; a character of two UTF-16 units is
// told by its code and its second unit, as Flink does.
func quote(dst []byte, args []*vector.Vector, i int) ([]byte, bool) {
	dst = append(dst, '"')
	for _, r := range string(args[0].Bytes(i)) {
		switch {
		case r == '"' || r == '\\' || r == '/':
			dst = append(dst, '\\', byte(r))
		case strings.ContainsRune("\b\f\n\r\t", r):
			dst = append(dst, '\\', "bfnrt"[strings.IndexRune("\b\f\n\r\t", r)])
		case r > '~':
			dst = fmt.Appendf(dst, `\u%04x`, r)
			if r > 0xffff {
				_, low := utf16.EncodeRune(r)
				dst = fmt.Appendf(dst, `\u%04x`, low)
			}
		default:
			dst = append(dst, byte(r))
		}
	}
	return append(dst, '"'), true
}
