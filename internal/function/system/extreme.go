package system

import (
	"fmt"
	"slices"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	for _, f := range []struct {
		name, word string
		sign       int
		result     string
	}{{"GREATEST", "largest", 1, "3"}, {"LEAST", "smallest", -1, "1"}} {
		function.Register(&function.Def{
			Name: f.name, Appends: true, Family: "conditional", Syntax: f.name + "(a, b, …)", Doc: "The " + f.word + " value; NULL if one is NULL.",
			Examples: function.Examples(f.name+"(1, 3, 2)", f.result),
			Resolve: func(args []function.Arg) (function.Signature, error) {
				if len(args) == 0 {
					return function.Signature{}, function.Count(f.name, args, 1, -1)
				}
				t, ok := function.Common(function.TypesOf(args)...)
				if !ok || len(t.Children()) > 0 || t.Kind == types.Variant || slices.ContainsFunc(args, func(a function.Arg) bool { return a.Type.Kind == types.Null }) {
					return function.Signature{}, function.Refuse(f.name, args, "it takes values that can be compared")
				}
				sig := function.Signature{Result: t}
				for _, a := range args {
					sig.Args = append(sig.Args, t.WithNotNull(a.Type.NotNull))
				}
				return sig, nil
			},
			Make: function.Fixed(func(args []*vector.Vector, out *vector.Vector, n int) error {
				for i := range n {
					if function.AnyNull(args, i) {
						out.AppendNull()
						continue
					}
					best := args[0]
					for _, a := range args[1:] {
						if kernel.Order(a, i, best, i)*f.sign > 0 {
							best = a
						}
					}
					out.AppendFrom(best, i)
				}
				return nil
			}),
		})
	}
	function.Register(&function.Def{
		Name: "ELT", Appends: true, Family: "string", Syntax: "ELT(i, a, b, …)", Doc: "The i-th of the strings, from 1; NULL if there are not so many.",
		Examples: function.Examples("ELT(2, 'a', 'b')", "b"),
		Resolve: func(args []function.Arg) (function.Signature, error) {
			if len(args) < 2 {
				return function.Signature{}, function.Count("ELT", args, 2, -1)
			}
			if !args[0].Type.IsInteger() {
				return function.Signature{}, fmt.Errorf("ELT takes an integer first, not %s", args[0].Type.Nullable())
			}
			if l := args[0].Literal; l != nil && !l.Null && (l.Text == "0" || l.Text[0] == '-') {
				return function.Signature{}, fmt.Errorf("ELT counts from 1, not %s", l.Text)
			}
			t, ok := function.Common(function.TypesOf(args[1:])...)
			if !ok || !t.IsString() && !t.IsBinary() {
				return function.Signature{}, function.Refuse("ELT", args[1:], "it takes STRINGs or BYTES")
			}
			sig := function.Signature{Args: []types.Type{types.TBigInt.WithNotNull(args[0].Type.NotNull)}, Result: t.Nullable()}
			for _, a := range args[1:] {
				sig.Args = append(sig.Args, t.WithNotNull(a.Type.NotNull))
			}
			return sig, nil
		},
		Make: function.Fixed(func(args []*vector.Vector, out *vector.Vector, n int) error {
			for i := range n {
				if k := kernel.At[int64](args[0], i); !args[0].IsNull(i) && k >= 1 && k < int64(len(args)) {
					out.AppendFrom(args[k], i)
				} else {
					out.AppendNull()
				}
			}
			return nil
		}),
	})
}
