package sort_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/exectest"
	"github.com/flott/flott/internal/exec/sort"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

var in = []types.Type{types.TInt, types.TString, types.TimestampOf(3)}

func want(t *testing.T, got []string, text string) {
	t.Helper()
	var lines []string
	for _, l := range strings.Split(strings.TrimSpace(text), "\n") {
		lines = append(lines, strings.TrimSpace(l))
	}
	if !slices.Equal(got, lines) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(lines, "\n  "))
	}
}

func sortCase(s spec.Sort, input string) exectest.Case {
	return exectest.Case{
		New:    func() (exec.Operator, error) { return sort.New(s, in) },
		Inputs: [][]types.Type{in}, Input: input, Batch: true,
	}
}

func TestSort(t *testing.T) {
	input := `
		+I 2, b, 1
		+I NULL, a, 2
		+I 1, longer than eight 2, 3
		^ 7
		+I 1, longer than eight 1, 4
		+I 1, NULL, 5
		+I 2, a, 6
		^ end
	`
	asc := []spec.SortKey{{Column: 0}, {Column: 1}}
	want(t, exectest.Run(t, sortCase(spec.Sort{Keys: asc, Limit: -1}, input)), `
		+I NULL, a, 2
		+I 1, NULL, 5
		+I 1, longer than eight 1, 4
		+I 1, longer than eight 2, 3
		+I 2, a, 6
		+I 2, b, 1
		^ end
	`)
	desc := []spec.SortKey{{Column: 1, Desc: true, NullsLast: true}}
	want(t, exectest.Run(t, sortCase(spec.Sort{Keys: desc, Limit: 3, Offset: 1}, input)), `
		+I 1, longer than eight 1, 4
		+I 2, b, 1
		+I NULL, a, 2
		^ end
	`)
}

func TestSortTakesRowsBack(t *testing.T) {
	want(t, exectest.Run(t, sortCase(spec.Sort{Keys: []spec.SortKey{{Column: 0}}, Limit: -1}, `
		+I 2, b, 1
		+I 1, a, 1
		-D 2, b, 1
		-D 9, b, 1
	`)), `
		+I 1, a, 1
	`)
}

// A LIMIT keeps a few rows of many.
func TestSortModel(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	var b strings.Builder
	type row struct {
		k int
		s string
	}
	var rows []row
	for i := range 9000 {
		x := row{r.IntN(500), fmt.Sprintf("s%04d", i)}
		rows = append(rows, x)
		fmt.Fprintf(&b, "+I %d, %s, 0\n", x.k, x.s)
	}
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(b.k, a.k) })
	var lines []string
	for _, x := range rows[10:60] {
		lines = append(lines, fmt.Sprintf("+I %d, %s, 0", x.k, x.s))
	}
	op := spec.Sort{Keys: []spec.SortKey{{Column: 0, Desc: true, NullsLast: true}}, Offset: 10, Limit: 50}
	c := sortCase(op, b.String())
	c.MemoryLimit = 4 << 20
	want(t, exectest.Run(t, c), strings.Join(lines, "\n"))
}

func TestTemporalSort(t *testing.T) {
	c := exectest.Case{
		New: func() (exec.Operator, error) {
			return sort.NewTemporalSort(spec.TemporalSort{Keys: []spec.SortKey{{Column: 2}, {Column: 0}}}, in)
		},
		Inputs: [][]types.Type{in}, Metric: "numLateRecordsDropped",
		Input: `
			+I 1, a, 20
			^ 10
			+I 2, b, 5
			+I 9, c, 30
			+I 3, d, 30
			^ 25
			+I 4, e, 20
			+I 5, f, 22
			^ 26
			^ end
		`,
	}
	// The row of 5 is behind the watermark, but nothing later had come out. In
	// restored runs the counter does not start anew, so it counts once a run.
	got := exectest.Run(t, c)
	want(t, got[:7], `
		^ 10
		+I 2, b, 5
		+I 1, a, 20
		^ 25
		+I 5, f, 22
		^ 26
		+I 3, d, 30
	`)
	want(t, got[7:], `
		+I 9, c, 30
		^ end
		numLateRecordsDropped = 1
	`)
}

func TestLimit(t *testing.T) {
	c := exectest.Case{
		New:    func() (exec.Operator, error) { return sort.NewLimit(spec.Limit{Offset: 1, Limit: 2}, in) },
		Inputs: [][]types.Type{in},
		Input:  "+I 1, a, 0\n^ 1\n+I 2, a, 0\n+I 3, a, 0\n+I 4, a, 0\n^ end",
	}
	want(t, exectest.Run(t, c), `
		^ 1
		+I 2, a, 0
		+I 3, a, 0
		^ end
	`)
}
