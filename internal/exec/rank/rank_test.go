package rank_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/exectest"
	"github.com/flott/flott/internal/exec/rank"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

// k, name, points
var in = []types.Type{types.TInt, types.TString, types.TInt}

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

func rankCase(s spec.Rank, input string) exectest.Case {
	if s.Start == 0 {
		s.Start = 1
	}
	if s.Strategy == "" {
		s.Strategy = spec.RankAppend
	}
	if s.Keys == nil {
		s.Keys = []int{0}
	}
	if s.Sort == nil {
		s.Sort = []spec.SortKey{{Column: 2, Desc: true, NullsLast: true}}
	}
	s.EmitUpdateBefore = true
	return exectest.Case{
		New:    func() (exec.Operator, error) { return rank.New(s, in) },
		Inputs: [][]types.Type{in}, Keys: [][]int{{0}}, Input: input,
	}
}

const growing = `
	+I 1, a, 5
	^ 10
	+I 1, b, 7
	+I 2, z, 1
	+I 1, c, 5
	+I 1, d, 6
	^ 20
	+I 1, e, 9
	+I 1, f, NULL
	^ end
`

func TestAppend(t *testing.T) {
	want(t, exectest.Run(t, rankCase(spec.Rank{End: 2}, growing)), `
		+I 1, a, 5
		^ 10
		+I 1, b, 7
		+I 2, z, 1
		-D 1, a, 5
		+I 1, d, 6
		^ 20
		-D 1, d, 6
		+I 1, e, 9
		^ end
	`)
}

// TestNumbered: who is pushed down is told so, rank by rank.
func TestNumbered(t *testing.T) {
	want(t, exectest.Run(t, rankCase(spec.Rank{End: 3, Number: true}, growing)), `
		+I 1, a, 5, 1
		^ 10
		-U 1, a, 5, 1
		+U 1, b, 7, 1
		+I 1, a, 5, 2
		+I 2, z, 1, 1
		+I 1, c, 5, 3
		-U 1, a, 5, 2
		+U 1, d, 6, 2
		-U 1, c, 5, 3
		+U 1, a, 5, 3
		^ 20
		-U 1, b, 7, 1
		+U 1, e, 9, 1
		-U 1, d, 6, 2
		+U 1, b, 7, 2
		-U 1, a, 5, 3
		+U 1, d, 6, 3
		^ end
	`)
	want(t, exectest.Run(t, rankCase(spec.Rank{Start: 2, End: 2}, growing)), `
		^ 10
		+I 1, a, 5
		-U 1, a, 5
		+U 1, d, 6
		^ 20
		-U 1, d, 6
		+U 1, b, 7
		^ end
	`)
}

// TestTop1: the first row replaces another at its place, and only a better one does.
func TestTop1(t *testing.T) {
	input := "+I 1, a, 5\n+I 1, b, 5\n+I 1, c, 6\n+I 1, d, 4\n^ end"
	want(t, exectest.Run(t, rankCase(spec.Rank{End: 1}, input)), `
		+I 1, a, 5
		-U 1, a, 5
		+U 1, c, 6
		^ end
	`)
	want(t, exectest.Run(t, rankCase(spec.Rank{End: 1, NewestFirst: true}, input)), `
		+I 1, a, 5
		-U 1, a, 5
		+U 1, b, 5
		-U 1, b, 5
		+U 1, c, 6
		^ end
	`)
}

func TestRetract(t *testing.T) {
	input := `
		+I 1, a, 5
		+I 1, b, 7
		+I 1, c, 6
		-D 1, b, 7
		-D 1, nobody, 3
		-U 1, a, 5
		+U 1, a, 8
		-D 1, c, 6
		-D 1, a, 8
		^ end
	`
	want(t, exectest.Run(t, rankCase(spec.Rank{End: 2, Strategy: spec.RankRetract}, input)), `
		+I 1, a, 5
		+I 1, b, 7
		-D 1, a, 5
		+I 1, c, 6
		-D 1, b, 7
		+I 1, a, 5
		-D 1, a, 5
		+I 1, a, 8
		-D 1, c, 6
		-D 1, a, 8
		^ end
	`)
	want(t, exectest.Run(t, rankCase(spec.Rank{End: 2, Strategy: spec.RankRetract, Number: true}, input)), `
		+I 1, a, 5, 1
		-U 1, a, 5, 1
		+U 1, b, 7, 1
		+I 1, a, 5, 2
		-U 1, a, 5, 2
		+U 1, c, 6, 2
		-U 1, b, 7, 1
		+U 1, c, 6, 1
		-U 1, c, 6, 2
		+U 1, a, 5, 2
		-D 1, a, 5, 2
		-U 1, c, 6, 1
		+U 1, a, 8, 1
		+I 1, c, 6, 2
		-D 1, c, 6, 2
		-D 1, a, 8, 1
		^ end
	`)
}

// TestUpdate: rows are known by their name; a +U replaces in place.
func TestUpdate(t *testing.T) {
	input := `
		+I 1, a, 5
		+I 1, b, 7
		+U 1, a, 6
		+I 1, c, 6
		+U 1, c, 8
		+U 1, a, 9
		^ end
	`
	want(t, exectest.Run(t, rankCase(spec.Rank{End: 2, Strategy: spec.RankUpdate, RowKey: []int{1}}, input)), `
		+I 1, a, 5
		+I 1, b, 7
		-U 1, a, 5
		+U 1, a, 6
		-D 1, a, 6
		+I 1, c, 8
		-D 1, b, 7
		+I 1, a, 9
		^ end
	`)
	want(t, exectest.Run(t, rankCase(spec.Rank{End: 2, Strategy: spec.RankUpdate, RowKey: []int{1}, Number: true}, input)), `
		+I 1, a, 5, 1
		-U 1, a, 5, 1
		+U 1, b, 7, 1
		+I 1, a, 5, 2
		-U 1, a, 5, 2
		+U 1, a, 6, 2
		-U 1, b, 7, 1
		+U 1, c, 8, 1
		-U 1, a, 6, 2
		+U 1, b, 7, 2
		-U 1, c, 8, 1
		+U 1, a, 9, 1
		-U 1, b, 7, 2
		+U 1, c, 8, 2
		^ end
	`)
}

func TestBatch(t *testing.T) {
	c := rankCase(spec.Rank{End: 2, Number: true}, growing)
	c.Batch, c.Unordered = true, true
	got := exectest.Run(t, c)
	slices.Sort(got)
	want(t, slices.DeleteFunc(got, func(l string) bool { return l[0] == '^' }), `
		+I 1, b, 7, 2
		+I 1, e, 9, 1
		+I 2, z, 1, 1
	`)
}

func TestTTL(t *testing.T) {
	s := spec.Rank{End: 1, TTLMillis: 1000}
	want(t, exectest.Run(t, rankCase(s, "+I 1, a, 5\n~ 500ms\n+I 1, b, 4\n~ 1500ms\n+I 1, c, 3\n^ end")), `
		+I 1, a, 5
		+I 1, c, 3
		^ end
	`)
}

// TestModel: what has been put out, folded, is what sorting all rows gives; with
// rows that rank alike, long lists and rows taken back.
func TestModel(t *testing.T) {
	for _, s := range []spec.Rank{
		{End: 3, Strategy: spec.RankRetract},
		{End: 40, Strategy: spec.RankRetract, Number: true},
		{Start: 5, End: 30, Strategy: spec.RankRetract},
		{End: 300, Strategy: spec.RankRetract},
		{End: 30, Strategy: spec.RankAppend},
	} {
		t.Run(fmt.Sprintf("%s %d to %d", s.Strategy, s.Start, s.End), func(t *testing.T) {
			r := rand.New(rand.NewPCG(3, uint64(s.End)))
			type row struct{ k, name, points int }
			var rows []row
			var input strings.Builder
			for i := range 900 {
				if s.Strategy == spec.RankRetract && len(rows) > 0 && r.IntN(4) == 0 {
					d := r.IntN(len(rows))
					x := rows[d]
					rows = slices.Delete(rows, d, d+1)
					fmt.Fprintf(&input, "-D %d, n%d, %d\n", x.k, x.name, x.points)
					continue
				}
				x := row{r.IntN(5) / 4, i, r.IntN(700)}
				rows = append(rows, x)
				fmt.Fprintf(&input, "+I %d, n%d, %d\n", x.k, x.name, x.points)
			}
			slices.SortStableFunc(rows, func(a, b row) int { return cmp.Or(cmp.Compare(a.k, b.k), cmp.Compare(b.points, a.points)) })
			var lines []string
			nth := map[int]int{}
			for _, x := range rows {
				nth[x.k]++
				if n := int64(nth[x.k]); n >= s.Start && n <= s.End {
					l := fmt.Sprintf("%d, n%d, %d", x.k, x.name, x.points)
					if s.Number {
						l += fmt.Sprintf(", %d", n)
					}
					lines = append(lines, l)
				}
			}
			have := map[string]int{}
			for _, l := range exectest.Run(t, rankCase(s, input.String())) {
				if l[:2] == "+I" || l[:2] == "+U" {
					have[l[3:]]++
				} else if l[0] != '^' {
					have[l[3:]]--
				}
			}
			for _, l := range lines {
				have[l]--
			}
			for l, n := range have {
				if n != 0 {
					t.Fatalf("%q is there %d times too often", l, n)
				}
			}
		})
	}
}
