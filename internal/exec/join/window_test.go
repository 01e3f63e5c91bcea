package join_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/exectest"
	"github.com/flott/flott/internal/exec/join"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

// Each window is the join of its rows, put out when the smaller of the two
// watermarks closes it; rows behind that are late.
func TestWindowJoinModel(t *testing.T) {
	in := []types.Type{types.TInt, types.TInt, types.TimestampOf(3)}
	for _, typ := range []spec.JoinType{spec.InnerJoin, spec.LeftJoin, spec.RightJoin, spec.FullJoin, spec.SemiJoin, spec.AntiJoin} {
		for _, condition := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%v", typ, condition), func(t *testing.T) {
				r := rand.New(rand.NewPCG(1, 21))
				s := spec.WindowJoin{Type: typ, LeftKeys: []int{0}, RightKeys: []int{0}, LeftEnd: 2, RightEnd: 2}
				if condition {
					e := spec.Call("<", types.TBoolean, spec.Col(1, types.TInt), spec.Col(4, types.TInt))
					s.Condition = &e
				}
				width := 6
				if typ == spec.SemiJoin || typ == spec.AntiJoin {
					width = 3
				}
				var out []spec.Column
				for i := range width {
					out = append(out, spec.Column{Type: in[i%3]})
				}
				var text strings.Builder
				var lines []string
				rows := map[int][2][][2]string{} // window end -> sides
				var marks [2]int
				now, late := 20, 0
				for range 150 {
					p := r.IntN(2)
					now += r.IntN(4)
					if r.IntN(5) == 0 {
						before := min(marks[0], marks[1])
						marks[p] = max(marks[p], now-5)
						fmt.Fprintf(&text, "%d: ^ %d\n", p, marks[p])
						m := min(marks[0], marks[1])
						if m == before {
							continue
						}
						for end := 10; end-1 <= m; end += 10 {
							w := rows[end]
							delete(rows, end)
							for l, n := range model(typ, w[0], w[1], condition) {
								c := strings.Split(l, ", ")
								for k := 0; k < len(c); k += 2 {
									at := fmt.Sprint(end)
									if c[k+1] == "NULL" {
										at = "NULL"
									}
									c[k+1] += ", " + at
								}
								for range n {
									lines = append(lines, "+I "+strings.Join(c, ", "))
								}
							}
						}
						lines = append(lines, fmt.Sprintf("^ %d", m))
						continue
					}
					key := fmt.Sprint(r.IntN(3))
					if r.IntN(8) == 0 {
						key = "NULL"
					}
					x := [2]string{key, fmt.Sprint(10 + r.IntN(8))}
					end := max(0, now-r.IntN(25))/10*10 + 10
					fmt.Fprintf(&text, "%d: +I %s, %s, %d\n", p, x[0], x[1], end)
					if end-1 <= min(marks[0], marks[1]) {
						late++
						continue
					}
					w := rows[end]
					w[p] = append(w[p], x)
					rows[end] = w
				}
				if late == 0 {
					t.Fatal("the input has no late rows")
				}
				inputs := [][]types.Type{in, in}
				got := exectest.Run(t, exectest.Case{
					New:    func() (exec.Operator, error) { return join.NewWindow(s, inputs, out) },
					Inputs: inputs, Input: text.String(), Unordered: true, Metric: "numLateRecordsDropped",
				})
				if last := got[len(got)-1]; last != fmt.Sprintf("numLateRecordsDropped = %d", late) {
					t.Errorf("%s, want %d", last, late)
				}
				exectest.Same(t, got[:len(got)-1], lines)
			})
		}
	}
}
