package rank_test

import (
	"testing"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/exectest"
	"github.com/flott/flott/internal/exec/rank"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

func TestWindowRank(t *testing.T) {
	ts := []types.Type{types.TInt, types.TString, types.TInt, types.TimestampOf(3)}
	s := spec.WindowRank{Keys: []int{0}, Sort: []spec.SortKey{{Column: 2, Desc: true, NullsLast: true}}, Start: 1, End: 2, Number: true, WindowEnd: 3}
	c := exectest.Case{
		New:    func() (exec.Operator, error) { return rank.NewWindow(s, ts) },
		Inputs: [][]types.Type{ts}, Keys: [][]int{{0}}, Metric: "numLateRecordsDropped",
		Input: `
			+I 1, a, 5, 100
			+I 1, b, 7, 200
			+I 1, c, 6, 100
			^ 98
			+I 1, d, 6, 100
			+I 1, e, 1, NULL
			^ 99
			+I 1, late, 9, 100
			^ 150
			^ end
		`,
	}
	// In restored runs the counter does not start anew, so it counts once a run.
	want(t, exectest.Run(t, c), `
		^ 98
		+I 1, c, 6, 100, 1
		+I 1, d, 6, 100, 2
		^ 150
		+I 1, b, 7, 200, 1
		^ end
		numLateRecordsDropped = 1
	`)
}

func TestFirst(t *testing.T) {
	ts := []types.Type{types.TInt, types.TString, types.TimestampOf(3)}
	c := exectest.Case{
		New:    func() (exec.Operator, error) { return rank.NewFirst(spec.First{Keys: []int{0}, Time: 2}, ts) },
		Inputs: [][]types.Type{ts}, Keys: [][]int{{0}}, Metric: "numLateRecordsDropped",
		Input: `
			+I 1, a, 50
			+I 2, b, 30
			+I 1, earlier, 40
			+I 1, alike, 40
			+I 3, c, 90
			+I 4, no time, NULL
			^ 45
			+I 1, done, 60
			+I 5, late, 44
			^ 45
			+I 5, d, 46
			+I 6, e, 46
			^ 80
			^ end
		`,
	}
	want(t, exectest.Run(t, c), `
		+I 2, b, 30
		+I 1, earlier, 40
		^ 45
		+I 5, d, 46
		+I 6, e, 46
		^ 80
		+I 3, c, 90
		^ end
		numLateRecordsDropped = 1
	`)
}
