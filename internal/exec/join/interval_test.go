package join_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/exectest"
	"github.com/flott/flott/internal/exec/join"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

// key, time, name
var timed = []types.Type{types.TInt, types.TimestampOf(3), types.TString}

func intervalCase(s spec.IntervalJoin, input string) exectest.Case {
	s.LeftKeys, s.RightKeys, s.LeftTime, s.RightTime = []int{0}, []int{0}, 1, 1
	var out []spec.Column
	for _, t := range append(slices.Clone(timed), timed...) {
		out = append(out, spec.Column{Type: t})
	}
	inputs := [][]types.Type{timed, timed}
	return exectest.Case{
		New:    func() (exec.Operator, error) { return join.NewInterval(s, inputs, out) },
		Inputs: inputs, Keys: [][]int{{0}, {0}}, Input: input,
	}
}

// A right row matches left rows from 10 before to 5 after it.
const intervals = `
	+I 1, 100, a
	+I 2, 100, alone
	+I NULL, 100, no key
	1:+I 1, 95, x
	1:+I 1, 94, too early
	1:+I 1, 110, y
	1:+I 1, 111, too late
	1:+I 3, NULL, no time
	1:^ 120
	+I 1, 105, b
	^ 109
	+I 1, 103, late but near
	^ 110
	+I 1, 104, late
	^ end
	1:^ end
`

func TestInterval(t *testing.T) {
	want(t, exectest.Run(t, intervalCase(spec.IntervalJoin{Type: spec.InnerJoin, Lower: -10, Upper: 5}, intervals)), `
		+I 1, 100, a, 1, 95, x
		+I 1, 100, a, 1, 110, y
		+I 1, 105, b, 1, 110, y
		+I 1, 105, b, 1, 111, too late
		^ 99
		+I 1, 103, late but near, 1, 110, y
		+I 1, 103, late but near, 1, 111, too late
		^ 100
		+I 1, 104, late, 1, 110, y
		+I 1, 104, late, 1, 111, too late
		^ end
	`)
}

// TestIntervalOuter: a row comes out alone once nobody can meet it.
func TestIntervalOuter(t *testing.T) {
	got := exectest.Run(t, intervalCase(spec.IntervalJoin{Type: spec.FullJoin, Lower: -10, Upper: 5}, intervals))
	var alone []string
	for _, l := range got {
		if strings.Contains(l, "NULL, NULL, NULL") || l[0] == '^' {
			alone = append(alone, l)
		}
	}
	want(t, alone, `
		+I NULL, 100, no key, NULL, NULL, NULL
		+I NULL, NULL, NULL, 3, NULL, no time
		+I NULL, NULL, NULL, 1, 94, too early
		^ 99
		+I 2, 100, alone, NULL, NULL, NULL
		^ 100
		^ end
	`)
}

// TestIntervalModel compares with joining everything with everything.
func TestIntervalModel(t *testing.T) {
	for _, typ := range []spec.JoinType{spec.InnerJoin, spec.LeftJoin, spec.RightJoin, spec.FullJoin} {
		t.Run(string(typ), func(t *testing.T) {
			r := rand.New(rand.NewPCG(11, 1))
			type row struct {
				key, time, name int
				met             bool
			}
			var rows [2][]row
			var input strings.Builder
			now := [2]int{}
			for i := range 400 {
				p := r.IntN(2)
				x := row{key: r.IntN(4), time: now[p] + 1 + r.IntN(30), name: i}
				rows[p] = append(rows[p], x)
				fmt.Fprintf(&input, "%d:+I %d, %d, n%d\n", p, x.key, x.time, x.name)
				if r.IntN(3) == 0 {
					now[p] += r.IntN(20)
					fmt.Fprintf(&input, "%d:^ %d\n", p, now[p])
				}
			}
			input.WriteString("0:^ end\n1:^ end\n")
			var lines []string
			for i := range rows[0] {
				for k := range rows[1] {
					a, b := &rows[0][i], &rows[1][k]
					if d := a.time - b.time; a.key == b.key && d >= -7 && d <= 12 {
						a.met, b.met = true, true
						lines = append(lines, fmt.Sprintf("+I %d, %d, n%d, %d, %d, n%d", a.key, a.time, a.name, b.key, b.time, b.name))
					}
				}
			}
			for _, a := range rows[0] {
				if !a.met && (typ == spec.LeftJoin || typ == spec.FullJoin) {
					lines = append(lines, fmt.Sprintf("+I %d, %d, n%d, NULL, NULL, NULL", a.key, a.time, a.name))
				}
			}
			for _, b := range rows[1] {
				if !b.met && (typ == spec.RightJoin || typ == spec.FullJoin) {
					lines = append(lines, fmt.Sprintf("+I NULL, NULL, NULL, %d, %d, n%d", b.key, b.time, b.name))
				}
			}
			got := slices.DeleteFunc(exectest.Run(t, intervalCase(spec.IntervalJoin{Type: typ, Lower: -7, Upper: 12}, input.String())), func(l string) bool { return l[0] == '^' })
			slices.SortFunc(got, cmp.Compare[string])
			slices.Sort(lines)
			want(t, got, strings.Join(lines, "\n"))
		})
	}
}
