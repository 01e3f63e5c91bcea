package collection

import (
	"fmt"
	"regexp"
	"sync"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	function.Register(
		&function.Def{
			Name: "OBJECT_OF", Appends: true, Family: "collection", Syntax: "OBJECT_OF('class', 'field', value, …)", Doc: "A structured value with the given fields.",
			Examples: function.Examples("OBJECT_OF('com.example.User', 'name', 'Bob', 'age', 42)", "(name=Bob, age=42)"),
			Resolve:  resolveObject,
			Make: function.Fixed(func(args []*vector.Vector, out *vector.Vector, n int) error {
				for i := range n {
					for k := range out.Children() {
						out.Child(k).AppendFrom(args[2*k+2], i)
					}
					out.CloseStruct()
				}
				return nil
			}),
		},
		&function.Def{
			Name: "OBJECT_UPDATE", Appends: true, Family: "collection", Syntax: "OBJECT_UPDATE(o, 'field', value, …)", Doc: "The structured value with other values in some fields.",
			Examples: function.Examples("OBJECT_UPDATE(OBJECT_OF('a.B', 'x', 1, 'y', 2), 'y', 3)", "(x=1, y=3)"),
			Resolve:  resolveUpdate, Make: makeUpdate,
		},
	)
}

// className is compiled when it is first needed: its classes of letters take a
// third of a millisecond.
var className = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[\p{L}_$][\p{L}\p{N}_$]*(\.[\p{L}_$][\p{L}\p{N}_$]*)*$`)
})

func text(a function.Arg) (string, bool) {
	if a.Literal == nil || a.Literal.Null || !a.Type.IsString() {
		return "", false
	}
	return a.Literal.Text, true
}

func resolveObject(args []function.Arg) (function.Signature, error) {
	if len(args)%2 == 0 {
		return function.Signature{}, fmt.Errorf("OBJECT_OF takes a class and pairs of field and value")
	}
	class, ok := text(args[0])
	if !ok || !className().MatchString(class) {
		return function.Signature{}, fmt.Errorf("OBJECT_OF takes a class name such as 'com.example.User' first")
	}
	t := types.Type{Kind: types.Structured, Class: class}
	for i := 1; i < len(args); i += 2 {
		name, ok := text(args[i])
		if !ok {
			return function.Signature{}, fmt.Errorf("OBJECT_OF takes the name of a field as argument %d", i+1)
		}
		for _, f := range t.Fields {
			if f.Name == name {
				return function.Signature{}, fmt.Errorf("field %q stands twice", name)
			}
		}
		t.Fields = append(t.Fields, types.Field{Name: name, Type: args[i+1].Type})
	}
	return function.Signature{Args: function.TypesOf(args), Result: t}, nil
}

func resolveUpdate(args []function.Arg) (function.Signature, error) {
	if len(args)%2 == 0 || args[0].Type.Kind != types.Structured {
		return function.Signature{}, fmt.Errorf("OBJECT_UPDATE takes a structured value and pairs of field and value")
	}
	t := args[0].Type
	t.Fields = append([]types.Field{}, t.Fields...)
	for i := 1; i < len(args); i += 2 {
		name, _ := text(args[i])
		k := 0
		for k < len(t.Fields) && t.Fields[k].Name != name {
			k++
		}
		if k == len(t.Fields) {
			return function.Signature{}, fmt.Errorf("%s has no field %q", t.Nullable(), name)
		}
		t.Fields[k].Type = args[i+1].Type
	}
	return function.Signature{Args: function.TypesOf(args), Result: t}, nil
}

func makeUpdate(_ *function.Env, _ []types.Type, consts []*vector.Vector, result types.Type) (function.Kernel, error) {
	from := make([]int, len(result.Fields)) // argument of each field, 0: the old value
	for i := 1; i < len(consts); i += 2 {
		for k, f := range result.Fields {
			if f.Name == string(consts[i].Bytes(0)) {
				from[k] = i + 1
			}
		}
	}
	return func(args []*vector.Vector, out *vector.Vector, n int) error {
		o := args[0]
		for i := range n {
			if o.IsNull(i) {
				out.AppendNull()
				continue
			}
			at := i
			if o.Const {
				at = 0
			}
			for k, a := range from {
				if a > 0 {
					out.Child(k).AppendFrom(args[a], i)
				} else {
					out.Child(k).AppendFrom(o.Child(k), at)
				}
			}
			out.CloseStruct()
		}
		return nil
	}, nil
}
