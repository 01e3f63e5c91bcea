package logic

import (
	"fmt"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	function.Register(
		&function.Def{
			Name: "AND", Lazy: true, Family: "logic", Syntax: "a AND b", Resolve: resolve("AND"),
			Doc:      "TRUE if all are TRUE, FALSE if one is FALSE, else NULL. Later conditions see only the rows that earlier ones leave open.",
			Examples: function.Examples("TRUE AND FALSE", "FALSE", "TRUE AND CAST(NULL AS BOOLEAN)", "NULL", "FALSE AND 1 / 0 = 1", "FALSE"),
		},
		&function.Def{
			Name: "OR", Lazy: true, Family: "logic", Syntax: "a OR b", Resolve: resolve("OR"),
			Doc:      "TRUE if one is TRUE, FALSE if all are FALSE, else NULL.",
			Examples: function.Examples("TRUE OR FALSE", "TRUE", "FALSE OR CAST(NULL AS BOOLEAN)", "NULL"),
		},
		&function.Def{
			Name: "NOT", Strict: true, Family: "logic", Syntax: "NOT a", Resolve: resolve("NOT"),
			Doc:      "TRUE for FALSE, FALSE for TRUE.",
			Examples: function.Examples("NOT TRUE", "FALSE"),
			Make: func(*function.Env, []types.Type, []*vector.Vector, types.Type) (function.Kernel, error) {
				return func(args []*vector.Vector, out *vector.Vector, n int) error {
					kernel.Not(out.Bools(), args[0].Bools())
					return nil
				}, nil
			},
		},
	)
	for _, d := range []struct {
		name         string
		truth, null  bool // what TRUE gives, what NULL gives
		doc, example string
	}{
		{"IS TRUE", true, false, "TRUE only for TRUE.", "TRUE"},
		{"IS NOT TRUE", false, true, "TRUE for FALSE and NULL.", "FALSE"},
		{"IS FALSE", false, false, "TRUE only for FALSE.", "FALSE"},
		{"IS NOT FALSE", true, true, "TRUE for TRUE and NULL.", "TRUE"},
	} {
		function.Register(&function.Def{
			Name: d.name, Family: "logic", Syntax: "a " + d.name, Doc: d.doc,
			Examples: function.Examples("(1 = 1) "+d.name, d.example),
			Resolve: func(args []function.Arg) (function.Signature, error) {
				sig, err := resolve(d.name)(args)
				sig.Result.NotNull = true
				return sig, err
			},
			Make: func(*function.Env, []types.Type, []*vector.Vector, types.Type) (function.Kernel, error) {
				return func(args []*vector.Vector, out *vector.Vector, n int) error {
					x, o := args[0], out.Bools()
					for i, b := range x.Bools() {
						o[i] = b == d.truth
					}
					if x.HasNulls() {
						for i := range o {
							if x.IsNull(i) {
								o[i] = d.null
							}
						}
					}
					return nil
				}, nil
			},
		})
	}
}

func resolve(name string) func([]function.Arg) (function.Signature, error) {
	return func(args []function.Arg) (function.Signature, error) {
		sig := function.Signature{Result: types.TBoolean.WithNotNull(function.NotNull(args))}
		for _, a := range args {
			if a.Type.Kind != types.Boolean {
				return sig, fmt.Errorf("%s takes conditions, not %s", name, a.Type.Nullable())
			}
			sig.Args = append(sig.Args, types.TBoolean.WithNotNull(a.Type.NotNull))
		}
		return sig, nil
	}
}
