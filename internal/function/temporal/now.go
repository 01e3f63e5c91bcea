package temporal

import (
	"errors"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	ltz := types.TimestampLTZOf(3)
	for _, f := range []struct {
		name, doc string
		aliases   []string
		result    types.Type
		each      bool // per row in both modes
	}{
		{"CURRENT_TIMESTAMP", "The current instant: of the row in streaming, of the query's start in batch mode.", []string{"NOW"}, ltz, false},
		{"CURRENT_ROW_TIMESTAMP", "The current instant, in both modes of the row.", nil, ltz, true},
		{"PROCTIME", "The processing time.", nil, ltz.WithAttr(types.Proctime), true},
		{"LOCALTIMESTAMP", "The current time in the session's zone.", nil, types.TimestampOf(3), false},
		{"CURRENT_DATE", "The current date in the session's zone.", nil, types.TDate, false},
		{"CURRENT_TIME", "The current time of day in the session's zone.", []string{"LOCALTIME"}, types.TimeOf(0), false},
	} {
		function.Register(&function.Def{
			Name: f.name, Aliases: f.aliases, Dynamic: !f.each, Nondeterministic: f.each, Family: "time", Syntax: f.name, Doc: f.doc,
			Examples: function.Examples(now(f.name)+" IS NULL", "FALSE"),
			Resolve:  function.Takes(f.name, f.result, 0),
			Make: func(env *function.Env, _ []types.Type, _ []*vector.Vector, result types.Type) (function.Kernel, error) {
				zone := env.LocalZone()
				return func(_ []*vector.Vector, out *vector.Vector, n int) error {
					ms := env.Time().UnixMilli()
					for i := range n {
						switch result.Kind {
						case types.TimestampLTZ:
							out.SetTimestamp(i, types.TimestampOfMillis(ms))
						case types.TimestampNTZ:
							out.SetTimestamp(i, types.TimestampOfMillis(zone.Local(ms)))
						case types.Date:
							out.Int32s()[i] = types.DateOfInstant(zone.Local(ms))
						default:
							out.Int32s()[i] = types.TimeOfDay(zone.Local(ms)) / 1000 * 1000
						}
					}
					return nil
				}, nil
			},
		})
	}
	function.Register(
		&function.Def{
			Name: "CURRENT_WATERMARK", Family: "time", Syntax: "CURRENT_WATERMARK(rowtime)", Dynamic: true,
			Doc: "The watermark before the row, NULL as long as there is none.", Lazy: true,
			Resolve: func(args []function.Arg) (function.Signature, error) {
				if len(args) != 1 || !args[0].Type.IsTimestamp() {
					return function.Signature{}, errors.New("CURRENT_WATERMARK takes a rowtime column")
				}
				return function.Signature{Args: function.TypesOf(args), Result: args[0].Type.Nullable().WithAttr(types.NoAttr)}, nil
			},
		},
	)
}

// now is how the function is written in an example.
func now(name string) string {
	if name == "PROCTIME" || name == "CURRENT_ROW_TIMESTAMP" {
		return name + "()"
	}
	return name
}
