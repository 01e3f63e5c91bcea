package json

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/function/cast"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

var (
	input  = function.Of("a STRING", func(t types.Type) bool { return t.IsString() || t.Kind == types.Variant })
	symbol = function.Of("a keyword", func(t types.Type) bool { return t.Kind == types.Symbol })
)

func init() {
	function.Register(
		&function.Def{
			Name: "JSON_EXISTS", Strict: true, Costly: true, Partial: true, Family: "json", Syntax: "JSON_EXISTS(s, path [TRUE|FALSE|UNKNOWN|ERROR ON ERROR])",
			Doc:      "Whether the path finds a value in a JSON text. A path is strict unless it begins with lax.",
			Examples: function.Examples(`JSON_EXISTS('{"a": true}', '$.a')`, "TRUE", `JSON_EXISTS('{"a": true}', '$.b')`, "FALSE"),
			Resolve:  function.TakesNull("JSON_EXISTS", types.TBoolean, 1, input.Typed(), function.Str.Typed(), symbol), Make: makeExists,
		},
		&function.Def{
			Name: "JSON_VALUE", Costly: true, Appends: true, Partial: true, Family: "json",
			Syntax:   "JSON_VALUE(s, path [RETURNING type] [NULL|ERROR|DEFAULT x ON EMPTY] [NULL|ERROR|DEFAULT x ON ERROR])",
			Doc:      "The scalar that the path finds in a JSON text.",
			Examples: function.Examples(`JSON_VALUE('{"a": 12}', '$.a')`, "12", `JSON_VALUE('{"a": 12}', 'lax $.b' DEFAULT 'none' ON EMPTY)`, "none"),
			Resolve:  resolveValue, Make: makeValue,
		},
		&function.Def{
			Name: "JSON_QUERY", Costly: true, Appends: true, Partial: true, Family: "json",
			Syntax:   "JSON_QUERY(s, path [RETURNING type] [WITHOUT|WITH [CONDITIONAL|UNCONDITIONAL] ARRAY WRAPPER] [NULL|ERROR|EMPTY ARRAY|EMPTY OBJECT ON EMPTY] [… ON ERROR])",
			Doc:      "The object or array that the path finds, as JSON text or ARRAY<STRING>.",
			Examples: function.Examples(`JSON_QUERY('{"a": {"b": 1}}', '$.a')`, `{"b":1}`, `JSON_QUERY('{"a": 1}', '$.a' WITH WRAPPER)`, "[1]"),
			Resolve:  resolveQuery, Make: makeQuery,
		},
	)
}

// paths keeps compiled paths.
type paths map[string]*path

func (p paths) at(v *vector.Vector, i int) *path {
	if c := p[string(v.Bytes(i))]; c != nil {
		return c
	}
	if len(p) > 100 {
		clear(p)
	}
	c := compilePath(string(v.Bytes(i)))
	p[string(v.Bytes(i))] = c
	return c
}

// lookup parses row i of the document and finds the path in it.
func (p paths) lookup(args []*vector.Vector, i int) (v *value, lax bool, err error) {
	c := p.at(args[1], i)
	doc, err := parse(string(args[0].Bytes(i)))
	if err != nil {
		if c.lax {
			err = nil // text that is no JSON is nothing to a lax path
		}
		return nil, c.lax, err
	}
	v, err = c.find(doc)
	return v, c.lax, err
}

func fail(i int, name string, err error) error {
	return function.Fail(i, "json", "%s: %v", name, err)
}

func makeExists(_ *function.Env, _ []types.Type, consts []*vector.Vector, _ types.Type) (function.Kernel, error) {
	onError := "FALSE"
	if len(consts) > 2 {
		onError = string(consts[2].Bytes(0))
	}
	paths := paths{}
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		o := out.Bools()
		for i := range o {
			if out.IsNull(i) {
				continue
			}
			v, _, err := paths.lookup(args, i)
			if o[i] = v != nil; err == nil {
				continue
			}
			switch onError {
			case "ERROR":
				return fail(i, "JSON_EXISTS", err)
			case "UNKNOWN":
				out.SetNull(i)
			default:
				o[i] = onError == "TRUE"
			}
		}
		return nil
	}, nil
}

func checkInput(name string, args []function.Arg) error {
	for i, p := range []function.Param{input.Typed(), function.Str.Typed()} {
		if _, ok := p.Accept(args[i].Type); !ok {
			return fmt.Errorf("%s takes a STRING as argument %d, not %s", name, i+1, args[i].Type.Nullable())
		}
	}
	return nil
}

func resolveValue(args []function.Arg) (function.Signature, error) {
	if len(args) != 7 {
		return function.Signature{}, errors.New("it is written JSON_VALUE(s, path …)")
	}
	if err := checkInput("JSON_VALUE", args); err != nil {
		return function.Signature{}, err
	}
	t := args[2].Type.Nullable()
	switch t.Kind {
	case types.Varchar, types.Boolean, types.Int, types.Double:
	default:
		return function.Signature{}, fmt.Errorf("JSON_VALUE returns STRING, BOOLEAN, INT or DOUBLE, not %s", t)
	}
	sig := function.Signature{Args: function.TypesOf(args), Result: t}
	sig.Args[0], sig.Args[1] = textType(args[0].Type), textType(args[1].Type)
	return sig, nil
}

func textType(t types.Type) types.Type {
	if t.Kind == types.Null {
		return types.TString
	}
	return t
}

func makeValue(env *function.Env, ts []types.Type, consts []*vector.Vector, result types.Type) (function.Kernel, error) {
	words := [2]string{string(consts[3].Bytes(0)), string(consts[5].Bytes(0))}
	var defaults [2]*vector.Vector
	for k, at := range []int{4, 6} {
		if words[k] != "DEFAULT" {
			continue
		}
		if consts[at] == nil {
			return nil, errors.New("DEFAULT of JSON_VALUE takes a constant")
		}
		var err error
		if defaults[k], err = constantAs(env, consts[at], ts[at], result); err != nil {
			return nil, err
		}
	}
	paths := paths{}
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		for i := range n {
			if args[0].IsNull(i) || args[1].IsNull(i) {
				out.AppendNull()
				continue
			}
			v, lax, err := paths.lookup(args, i)
			way := -1
			switch {
			case err != nil:
				way = 1
			case lax && !v.scalar():
				way, err = 0, errors.New("the JSON path finds no value")
			case !v.scalar():
				way, err = 1, errors.New("the JSON path finds no scalar")
			default:
				if err = appendAs(out, v); err != nil {
					way = 1
				}
			}
			switch {
			case way < 0:
			case words[way] == "ERROR":
				return fail(i, "JSON_VALUE", err)
			case words[way] == "DEFAULT":
				out.AppendFrom(defaults[way], 0)
			default:
				out.AppendNull()
			}
		}
		return nil
	}, nil
}

// constantAs converts a constant; what does not convert is NULL.
func constantAs(env *function.Env, c *vector.Vector, from, to types.Type) (*vector.Vector, error) {
	out := vector.New(to, 1)
	if c.IsNull(0) {
		out.AppendNull()
		return out, nil
	}
	k, err := cast.Convert(env, from, to, true)
	if err != nil {
		return nil, err
	}
	if to.Phys() != types.PhysBytes {
		out.Resize(1)
	}
	err = k([]*vector.Vector{c}, out, 1)
	return out, err
}

// appendAs writes a scalar as the type of out.
func appendAs(out *vector.Vector, v *value) error {
	text := v.display()
	switch out.Type().Kind {
	case types.Boolean:
		if v.kind == number {
			return errors.New("a number is not a BOOLEAN")
		}
		switch {
		case strings.EqualFold(text, "true"):
			vector.Append(out, true)
		case strings.EqualFold(text, "false"), v.kind == str:
			vector.Append(out, false)
		}
	case types.Int:
		x, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return err
		}
		if n, err := strconv.ParseInt(text, 10, 32); err == nil {
			vector.Append(out, int32(n))
			return nil
		}
		if v.kind == str {
			return fmt.Errorf("%q is not an INT", text)
		}
		vector.Append(out, kernel.FloatToInt32(x))
	case types.Double:
		x, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return err
		}
		vector.Append(out, x)
	default:
		out.AppendString(text)
	}
	return nil
}

func resolveQuery(args []function.Arg) (function.Signature, error) {
	if len(args) != 6 {
		return function.Signature{}, errors.New("it is written JSON_QUERY(s, path …)")
	}
	if err := checkInput("JSON_QUERY", args); err != nil {
		return function.Signature{}, err
	}
	t := args[2].Type.Nullable()
	switch {
	case t.Kind == types.Varchar:
	case t.Kind == types.Array && t.Elem.Kind == types.Varchar:
		for _, a := range args[4:] {
			if function.Word(a) == "EMPTY OBJECT" {
				return function.Signature{}, fmt.Errorf("an ARRAY cannot be an EMPTY OBJECT")
			}
		}
	default:
		return function.Signature{}, fmt.Errorf("JSON_QUERY returns STRING or ARRAY<STRING>, not %s", t)
	}
	sig := function.Signature{Args: function.TypesOf(args), Result: t}
	sig.Args[0], sig.Args[1] = textType(args[0].Type), textType(args[1].Type)
	return sig, nil
}

func makeQuery(_ *function.Env, _ []types.Type, consts []*vector.Vector, result types.Type) (function.Kernel, error) {
	wrapper := string(consts[3].Bytes(0))
	words := [2]string{string(consts[4].Bytes(0)), string(consts[5].Bytes(0))}
	paths := paths{}
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		for i := range n {
			if args[0].IsNull(i) || args[1].IsNull(i) {
				out.AppendNull()
				continue
			}
			v, lax, err := paths.lookup(args, i)
			if v != nil && (wrapper == "UNCONDITIONAL" || wrapper == "CONDITIONAL" && v.kind != list) {
				v = &value{kind: list, items: []*value{v}}
			}
			way := -1
			switch {
			case err != nil:
				way = 1
			case v == nil || lax && v.scalar():
				way, err = 0, errors.New("the JSON path finds no value")
			case v.scalar():
				way, err = 1, errors.New("the JSON path finds no object or array")
			case result.Kind == types.Array && v.kind != list:
				way, err = 1, errors.New("the JSON path finds no array")
			}
			switch {
			case way < 0:
			case words[way] == "ERROR":
				return fail(i, "JSON_QUERY", err)
			case words[way] == "EMPTY ARRAY":
				v = &value{kind: list}
			case words[way] == "EMPTY OBJECT":
				v = &value{kind: object}
			default:
				out.AppendNull()
				continue
			}
			if result.Kind != types.Array {
				out.CloseBytes(v.append(out.OpenBytes(), true))
				continue
			}
			for _, it := range v.items {
				switch {
				case it.kind == null:
					out.Child(0).AppendNull()
				case it.scalar():
					out.Child(0).AppendString(it.display())
				default:
					out.Child(0).CloseBytes(it.append(out.Child(0).OpenBytes(), true))
				}
			}
			out.CloseList()
		}
		return nil
	}, nil
}
