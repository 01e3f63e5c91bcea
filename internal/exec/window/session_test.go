package window_test

import (
	"strings"
	"testing"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/exectest"
	"github.com/flott/flott/internal/exec/window"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

var clicks = []types.Type{types.TString, types.TimestampOf(3), types.TInt}

const sessionRows = `
	+I a, 10, 1
	+I b, 1, 5
	+I a, 14, 2
	^ 11
	+I a, 4, 7
	+I a, 22, 3
	+I a, NULL, 9
	^ 17
	+I a, 18, 4
	+I a, 11, 8
	+I b, 30, 6
	+I b, 40, 1
	^ 26
	+I a, 23, 5
	+I b, 35, 2
	^ end
`

func sessionLines(text string) []string {
	var lines []string
	for _, l := range strings.Split(text, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l)
		}
	}
	return lines
}

// TestSessionAgg: rows join sessions that have not ended, also late ones; a row
// right at the end of a session belongs to it.
func TestSessionAgg(t *testing.T) {
	ts := types.TimestampOf(3).Required()
	out := []spec.Column{{Type: types.TString}, {Type: types.TInt}, {Type: types.TString}, {Type: ts}, {Type: ts}, {Type: ts}}
	input := append(append([]types.Type{}, clicks...), types.TString)
	s := spec.WindowAgg{Window: spec.Window{Kind: spec.Session, Size: 5, Time: 1}, Keys: []int{0}, Props: []string{"start", "end", "time"},
		Aggs: []spec.AggCall{{Func: "SUM", Args: []int{2}, Type: types.TInt}, {Func: "MAX", Args: []int{3}, Type: types.TString}}}
	rows := strings.NewReplacer(", 1\n", ", 1, x\n", ", 2\n", ", 2, y\n").Replace(sessionRows)
	var lines []string
	for _, l := range sessionLines(rows) {
		if l[0] == '+' && strings.Count(l, ",") == 2 {
			l += ", m"
		}
		lines = append(lines, l)
	}
	got := exectest.Run(t, exectest.Case{
		New:    func() (exec.Operator, error) { return window.NewSessionAgg(s, input, out) },
		Inputs: [][]types.Type{input}, Keys: [][]int{{0}}, Input: strings.Join(lines, "\n"), Unordered: true, Metric: "numLateRecordsDropped",
	})
	exectest.Same(t, got, sessionLines(`
		+I b, 5, m, 1, 6, 5
		^ 11
		^ 17
		+I a, 18, y, 10, 27, 26
		^ 26
		+I a, 5, m, 23, 28, 27
		+I b, 9, y, 30, 45, 44
		^ end
		numLateRecordsDropped = 1
	`))
}

// TestSessionTVF: the rows of a session come out together when it has ended.
func TestSessionTVF(t *testing.T) {
	ts := types.TimestampOf(3).Required()
	var out []spec.Column
	for _, c := range append(append([]types.Type{}, clicks...), ts, ts, ts) {
		out = append(out, spec.Column{Type: c})
	}
	s := spec.WindowTVF{Window: spec.Window{Kind: spec.Session, Size: 5, Time: 1}, Keys: []int{0}}
	got := exectest.Run(t, exectest.Case{
		New:    func() (exec.Operator, error) { return window.NewSessionTVF(s, clicks, out) },
		Inputs: [][]types.Type{clicks}, Keys: [][]int{{0}}, Input: sessionRows, Unordered: true, Metric: "numLateRecordsDropped",
	})
	exectest.Same(t, got, sessionLines(`
		+I b, 1, 5, 1, 6, 5
		^ 11
		^ 17
		+I a, 10, 1, 10, 27, 26
		+I a, 14, 2, 10, 27, 26
		+I a, 22, 3, 10, 27, 26
		+I a, 18, 4, 10, 27, 26
		+I a, 11, 8, 10, 27, 26
		^ 26
		+I a, 23, 5, 23, 28, 27
		+I b, 30, 6, 30, 45, 44
		+I b, 40, 1, 30, 45, 44
		+I b, 35, 2, 30, 45, 44
		^ end
		numLateRecordsDropped = 1
	`))
}
