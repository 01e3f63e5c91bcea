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
			Resolve: func(args []function.Arg) (function.Signature, error) {
				if len(args) > 1 && args[1].Literal != nil && args[1].Literal.Null {
					return function.Signature{}, &function.ArgError{Arg: 1, Text: "the path of JSON_EXISTS cannot be NULL"}
				}
				return function.TakesNull("JSON_EXISTS", types.TBoolean, 1, input.Typed(), function.Str.Typed(), symbol)(args)
			},
			Make: makeExists,
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

// lookup finds what paths lead to. It keeps compiled paths.
type lookup struct {
	paths    map[string]*path
	constant *path // the only one, if there is only one
	whole    bool  // objects and lists are wanted with what is in them
	text     bool  // and this as text
	finder   finder
	printer  printer
	value    value
	scratch  []byte
}

// newLookup makes a lookup for documents and paths as arguments 0 and 1.
func newLookup(consts []*vector.Vector, whole bool) *lookup {
	l := &lookup{paths: map[string]*path{}, whole: whole}
	if consts[1] != nil && !consts[1].IsNull(0) {
		l.constant = compilePath(string(consts[1].Bytes(0)))
	}
	return l
}

func (l *lookup) path(v *vector.Vector, i int) *path {
	if l.constant != nil {
		return l.constant
	}
	if c := l.paths[string(v.Bytes(i))]; c != nil {
		return c
	}
	if len(l.paths) > 100 {
		clear(l.paths)
	}
	c := compilePath(string(v.Bytes(i)))
	l.paths[string(v.Bytes(i))] = c
	return c
}

// find returns what the path finds in row i of the documents, until the next call.
func (l *lookup) find(args []*vector.Vector, i int) (v *value, lax bool, err error) {
	c, doc := l.path(args[1], i), args[0].Bytes(i)
	if c.direct {
		r, from, to, escaped, missing := l.finder.find(doc, c)
		switch {
		case r == nothing && missing && !c.lax:
			return nil, false, errNoResult
		case r == nothing:
			return nil, c.lax, nil
		case r == found:
			v, err := l.read(doc[from:to], escaped)
			return v, c.lax, err
		}
	}
	root, err := parse(string(doc))
	if err != nil {
		if c.lax {
			err = nil // text that is no JSON is nothing to a lax path
		}
		return nil, c.lax, err
	}
	v, err = c.find(root)
	return v, c.lax, err
}

// read makes a value of a text that is right JSON but not null.
func (l *lookup) read(text []byte, escaped bool) (*value, error) {
	v := &l.value
	*v = value{kind: number}
	switch text[0] {
	case '"':
		v.kind = str
		if text = text[1 : len(text)-1]; escaped {
			l.scratch = appendPlain(l.scratch[:0], text)
			text = l.scratch
		}
	case 't', 'f':
		v.kind = boolean
	case '{', '[':
		if v.kind = object; text[0] == '[' {
			v.kind = list
		}
		if l.whole {
			ok := l.text
			if ok {
				l.scratch, ok = l.printer.print(l.scratch[:0], text, 0)
			}
			if !ok {
				return parse(string(text))
			}
			text, v.printed = l.scratch, true
		}
	}
	v.text = view(text)
	return v, nil
}

// appendPlain appends the content of a string with its escapes, of which none is
// \u, resolved.
func appendPlain(dst, text []byte) []byte {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '\\' {
			i++
			c = text[i]
			if k := strings.IndexByte("bfnrt", c); k >= 0 {
				c = "\b\f\n\r\t"[k]
			}
		}
		dst = append(dst, c)
	}
	return dst
}

func fail(i int, name string, err error) error {
	return function.Fail(i, "json", "%s: %v", name, err)
}

func makeExists(_ *function.Env, _ []types.Type, consts []*vector.Vector, _ types.Type) (function.Kernel, error) {
	onError := "FALSE"
	if len(consts) > 2 {
		onError = string(consts[2].Bytes(0))
	}
	lookup := newLookup(consts, false)
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		o := out.Bools()
		for i := range o {
			if out.IsNull(i) {
				continue
			}
			v, _, err := lookup.find(args, i)
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
	lookup := newLookup(consts, false)
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		for i := range n {
			if args[0].IsNull(i) || args[1].IsNull(i) {
				out.AppendNull()
				continue
			}
			v, lax, err := lookup.find(args, i)
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
	if out.Phys() == types.PhysBytes {
		out.CloseBytes(v.appendDisplay(out.OpenBytes()))
		return nil
	}
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
		if n, err := strconv.ParseInt(text, 10, 32); err == nil {
			vector.Append(out, int32(n))
			return nil
		}
		x, err := strconv.ParseFloat(text, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return err
		}
		if v.kind == str {
			return fmt.Errorf("%q is not an INT", text)
		}
		vector.Append(out, kernel.FloatToInt32(x))
	case types.Double:
		x, err := strconv.ParseFloat(text, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return err
		}
		vector.Append(out, x)
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
	lookup := newLookup(consts, true)
	lookup.text = result.Kind != types.Array
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		for i := range n {
			if args[0].IsNull(i) || args[1].IsNull(i) {
				out.AppendNull()
				continue
			}
			v, lax, err := lookup.find(args, i)
			if v != nil && (wrapper == "UNCONDITIONAL" || wrapper == "CONDITIONAL" && v.kind != list) {
				v = &value{kind: list, items: []*value{v}}
			}
			way := -1
			switch {
			case err != nil:
				way = 1
			case v == nil && !lax && result.Kind == types.Array:
				way, err = 1, errors.New("the JSON path finds no array")
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
