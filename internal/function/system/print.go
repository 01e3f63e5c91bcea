package system

import (
	"fmt"
	"os"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	function.Register(&function.Def{
		Name: "PRINT", Nondeterministic: true, Appends: true, Family: "system", Syntax: "PRINT(prefix, x)",
		Doc:      "x itself; each value is written to standard error on a line, behind the prefix.",
		Examples: function.Examples("PRINT('x is ', 7)", "7"),
		Resolve: function.TakesFunc("PRINT", func(args []function.Arg) (types.Type, error) {
			return args[1].Type, nil
		}, 0, function.Str.Typed(), function.Any.Typed()),
		Make: func(env *function.Env, _ []types.Type, _ []*vector.Vector, _ types.Type) (function.Kernel, error) {
			zone := env.LocalZone()
			return func(args []*vector.Vector, out *vector.Vector, n int) error {
				var lines []byte
				for i := range n {
					lines = append(lines, args[0].Bytes(i)...)
					lines = append(vector.AppendText(lines, args[1], i, zone), '\n')
					out.AppendFrom(args[1], i)
				}
				_, err := os.Stderr.Write(lines)
				if err != nil {
					return fmt.Errorf("PRINT: %w", err)
				}
				return nil
			}, nil
		},
	})
}
