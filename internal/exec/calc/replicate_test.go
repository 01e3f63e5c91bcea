package calc_test

import (
	"testing"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/calc"
	"github.com/flott/flott/internal/exec/exectest"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

func TestReplicate(t *testing.T) {
	in := [][]types.Type{{types.TString, types.TBigInt}}
	check(t, exectest.Case{
		New:    func() (exec.Operator, error) { return calc.NewReplicate(spec.Replicate{Times: 1}, in[0]), nil },
		Inputs: in,
		Input: `
			+I a, 2
			^ 10
			+I b, 0
			-U a, 2
			^ 20
			+U a, 3
			+I c, NULL
			^ end
		`,
	}, `
		+I a, 2
		+I a, 2
		^ 10
		-U a, 2
		-U a, 2
		^ 20
		+U a, 3
		+U a, 3
		+U a, 3
		^ end
	`)
}
