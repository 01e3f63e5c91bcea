package join_test

import (
	"testing"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/exectest"
	"github.com/flott/flott/internal/exec/join"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

func temporalCase(s spec.TemporalJoin, input string) exectest.Case {
	s.LeftKeys, s.RightKeys, s.LeftTime, s.RightTime = []int{0}, []int{0}, 1, 1
	var out []spec.Column
	for range 2 {
		for _, t := range timed {
			out = append(out, spec.Column{Type: t})
		}
	}
	inputs := [][]types.Type{timed, timed}
	return exectest.Case{
		New:    func() (exec.Operator, error) { return join.NewTemporal(s, inputs, out) },
		Inputs: inputs, Keys: [][]int{{0}, {0}}, Input: input, Unordered: true,
	}
}

// Key 1 has versions from 10 and 20 on, and none from 30 on.
const versions = `
	1:+I 1, 20, v20
	1:+I 1, 10, v10
	+I 1, 5, before
	+I 1, 19, first
	+I 2, 19, nobody
	^ 15
	1:^ 12
	1:+I 3, 14, other
	+I 1, 20, second
	-U 1, 25, second
	+U 1, 29, second
	1:-U 1, 20, v20
	1:-D 1, 30, v20
	^ 22
	1:^ 28
	+I 1, 31, gone
	+I 1, 16, late
	+I NULL, 40, no key
	+I 1, NULL, no time
	^ 31
	1:^ 31
	1:+I 1, 45, back
	+I 1, 46, again
	^ end
	1:^ end
`

func TestTemporal(t *testing.T) {
	want(t, exectest.Run(t, temporalCase(spec.TemporalJoin{Type: spec.InnerJoin}, versions)), `
		^ 12
		+I 1, 19, first, 1, 10, v10
		+I 1, 20, second, 1, 20, v20
		^ 22
		-U 1, 25, second, 1, 20, v20
		^ 28
		+U 1, 29, second, 1, 20, v20
		^ 31
		+I 1, 46, again, 1, 45, back
		^ end
	`)
}

// TestTemporalLeft: a row without version is padded, also one that ON refuses.
func TestTemporalLeft(t *testing.T) {
	on := spec.Call("<>", types.TBoolean, spec.Col(5, types.TString), spec.Lit(types.TString, "v20"))
	want(t, exectest.Run(t, temporalCase(spec.TemporalJoin{Type: spec.LeftJoin, Condition: &on}, versions)), `
		+I 1, 5, before, NULL, NULL, NULL
		^ 12
		+I 2, 19, nobody, NULL, NULL, NULL
		+I 1, 19, first, 1, 10, v10
		+I 1, 20, second, NULL, NULL, NULL
		^ 22
		-U 1, 25, second, NULL, NULL, NULL
		+I 1, 16, late, NULL, NULL, NULL
		^ 28
		+U 1, 29, second, NULL, NULL, NULL
		+I 1, 31, gone, NULL, NULL, NULL
		^ 31
		+I NULL, 40, no key, NULL, NULL, NULL
		+I 1, 46, again, 1, 45, back
		^ end
	`)
}
