package compare

import (
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	for _, d := range []struct {
		name string
		null bool
		any  bool // takes a value of any type
		doc  string
		ex   []function.Example
	}{
		{"IS NULL", true, true, "TRUE if x is NULL.", function.Examples("1 IS NULL", "FALSE", "NULL IS NULL", "TRUE")},
		{"IS NOT NULL", false, true, "TRUE if x is not NULL.", function.Examples("1 IS NOT NULL", "TRUE")},
		{"IS UNKNOWN", true, false, "TRUE if a condition is neither TRUE nor FALSE.", function.Examples("(1 = NULL) IS UNKNOWN", "TRUE")},
		{"IS NOT UNKNOWN", false, false, "TRUE if a condition is TRUE or FALSE.", function.Examples("(1 = 1) IS NOT UNKNOWN", "TRUE")},
	} {
		param := function.Bool.Typed()
		if d.any {
			param = function.Any
		}
		function.Register(&function.Def{
			Name: d.name, Family: "comparison", Syntax: "x " + d.name, Doc: d.doc, Examples: d.ex,
			Resolve: func(args []function.Arg) (function.Signature, error) {
				sig, err := function.Check(d.name, args, 0, param)
				sig.Result = types.TBoolean.Required()
				return sig, err
			},
			Make: func(*function.Env, []types.Type, []*vector.Vector, types.Type) (function.Kernel, error) {
				return func(args []*vector.Vector, out *vector.Vector, n int) error {
					x, o := args[0], out.Bools()
					if !x.HasNulls() {
						for i := range o {
							o[i] = !d.null
						}
						return nil
					}
					for i := range o {
						o[i] = x.IsNull(i) == d.null
					}
					return nil
				}, nil
			},
		})
	}
}
