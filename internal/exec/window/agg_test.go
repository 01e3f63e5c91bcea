package window_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/exectest"
	"github.com/flott/flott/internal/exec/window"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

var (
	in = []types.Type{types.TInt, types.TInt, types.TimestampOf(3)}
	ts = types.TimestampOf(3).Required()
)

func aggCase(w spec.Window, input string, calls ...spec.AggCall) exectest.Case {
	s := spec.WindowAgg{Window: w, Keys: []int{0}, Aggs: calls, Props: []string{"start", "end"}}
	out := []spec.Column{{Name: "k", Type: types.TInt}}
	for _, c := range calls {
		out = append(out, spec.Column{Name: c.Func, Type: c.Type})
	}
	out = append(out, spec.Column{Name: "window_start", Type: ts}, spec.Column{Name: "window_end", Type: ts})
	return exectest.Case{
		New:    func() (exec.Operator, error) { return window.NewAgg(s, in, out) },
		Inputs: [][]types.Type{in}, Keys: [][]int{{0}}, Input: input,
		Metric: "numLateRecordsDropped",
	}
}

var (
	count = spec.AggCall{Func: "COUNT", Type: types.TBigInt.Required()}
	sum   = spec.AggCall{Func: "SUM", Args: []int{1}, Type: types.TInt}
	most  = spec.AggCall{Func: "MAX", Args: []int{1}, Type: types.TInt}
	uniq  = spec.AggCall{Func: "COUNT", Args: []int{1}, Distinct: true, Type: types.TBigInt.Required()}
	list  = spec.AggCall{Func: "ARRAY_AGG", Args: []int{1}, Type: types.ArrayOf(types.TInt)}
)

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

// A row behind the watermark before it is dropped and counted, in the middle
// of a batch too.
func TestTumbleLate(t *testing.T) {
	c := aggCase(spec.Window{Kind: spec.Tumble, Size: 100, Time: 2}, `
		+I 1, 5, 10
		+I 1, 7, 50
		^ 60
		+I 1, 1, 20
		+I 2, 9, 130
		^ 99
		+I 1, 2, 99
		+I 1, 3, 100
		^ 150
		^ end
	`, count, sum)
	want(t, exectest.Run(t, c)[:7], `
		^ 60
		+I 1, 3, 13, 0, 100
		^ 150
		+I 2, 1, 9, 100, 200
		+I 1, 1, 3, 100, 200
		^ end
		numLateRecordsDropped = 1
	`)
}

func TestCumulateFiresWithoutNewRows(t *testing.T) {
	c := aggCase(spec.Window{Kind: spec.Cumulate, Size: 30, Slide: 10, Time: 2}, `
		+I 1, 5, 1
		^ 9
		+I 2, 6, 12
		+I 2, 1, 3
		^ 100
	`, count, sum, list)
	want(t, exectest.Run(t, c)[:7], `
		+I 1, 1, 5, [5], 0, 10
		^ 9
		+I 1, 1, 5, [5], 0, 20
		+I 2, 2, 7, [1, 6], 0, 20
		+I 1, 1, 5, [5], 0, 30
		+I 2, 2, 7, [1, 6], 0, 30
		^ 100
	`)
}

func TestBatchMode(t *testing.T) {
	c := aggCase(spec.Window{Kind: spec.Hop, Size: 20, Slide: 10, Time: 2}, `
		+I 1, 5, 100
		^ 1000
		+I 1, 6, 3
		^ end
	`, count)
	c.Batch, c.Metric = true, ""
	want(t, exectest.Run(t, c), `
		+I 1, 1, -10, 10
		+I 1, 1, 0, 20
		+I 1, 1, 90, 110
		+I 1, 1, 100, 120
		^ end
	`)
}

// model is WindowAgg one row at a time, with every window kept whole.
type model struct {
	w         spec.Window
	windows   map[int64]map[string][]int // window end -> key -> values
	watermark int64
	late      int
	out       []string
}

func (m *model) ends(t int64) (ends []int64) {
	step := m.w.Slide
	if m.w.Kind == spec.Tumble {
		step = m.w.Size
	}
	for e := t/step*step - 20*step; e < t+40*step; e += step {
		end := e + m.w.Offset
		start := end - m.w.Size
		if m.w.Kind == spec.Cumulate {
			start = 0
			for start+m.w.Offset+m.w.Size < end {
				start += m.w.Size
			}
			start += m.w.Offset
		}
		if start <= t && t < end {
			ends = append(ends, end)
		}
	}
	return ends
}

func (m *model) row(k string, v int, t int64) {
	taken := false
	for _, e := range m.ends(t) {
		if e-1 <= m.watermark {
			continue
		}
		taken = true
		if m.windows[e] == nil {
			m.windows[e] = map[string][]int{}
		}
		m.windows[e][k] = append(m.windows[e][k], v)
	}
	if !taken {
		m.late++
	}
}

func (m *model) mark(to int64) {
	m.watermark = to
	for e, keys := range m.windows {
		if e-1 > to {
			continue
		}
		for k, vs := range keys {
			s, most, set := 0, vs[0], map[int]bool{}
			for _, v := range vs {
				s += v
				most = max(most, v)
				set[v] = true
			}
			start := e - m.w.Size
			if m.w.Kind == spec.Cumulate {
				start = (e - 1 - m.w.Offset) / m.w.Size * m.w.Size
				start += m.w.Offset
			}
			m.out = append(m.out, fmt.Sprintf("+I %s, %d, %d, %d, %d, %d, %d", k, len(vs), s, most, len(set), start, e))
		}
		delete(m.windows, e)
	}
	m.out = append(m.out, fmt.Sprintf("^ %d", to))
}

func TestModel(t *testing.T) {
	for _, w := range []spec.Window{
		{Kind: spec.Tumble, Size: 50, Time: 2},
		{Kind: spec.Tumble, Size: 50, Offset: 13, Time: 2},
		{Kind: spec.Hop, Size: 60, Slide: 20, Time: 2},
		{Kind: spec.Hop, Size: 60, Slide: 20, Offset: 7, Time: 2},
		{Kind: spec.Cumulate, Size: 80, Slide: 20, Time: 2},
	} {
		for seed := range uint64(6) {
			t.Run(fmt.Sprintf("%s+%d/%d", w.Kind, w.Offset, seed), func(t *testing.T) {
				r := rand.New(rand.NewPCG(seed, 3))
				m := &model{w: w, windows: map[int64]map[string][]int{}, watermark: -1 << 60}
				var b strings.Builder
				now, high := int64(1000), int64(0)
				for range 120 {
					if r.IntN(4) == 0 {
						high = max(high, now-int64(r.IntN(40)))
						fmt.Fprintf(&b, "^ %d\n", high)
						m.mark(high)
						continue
					}
					now += int64(r.IntN(12))
					at := now - int64(r.IntN(90))
					k, v := fmt.Sprint(r.IntN(4)), r.IntN(6)
					fmt.Fprintf(&b, "+I %s, %d, %d\n", k, v, at)
					m.row(k, v, at)
				}
				m.mark(1 << 40)
				fmt.Fprintf(&b, "^ %d\n", int64(1)<<40)
				c := aggCase(w, b.String(), count, sum, most, uniq)
				c.Unordered = true
				got := exectest.Run(t, c)
				if last, n := got[len(got)-1], fmt.Sprintf("numLateRecordsDropped = %d", m.late); last != n {
					t.Errorf("%s, want %s", last, n)
				}
				exectest.Same(t, got[:len(got)-1], m.out)
			})
		}
	}
}

// Rows of windows in a zone are cut at local midnight; the clock's change makes
// a day of 23 hours.
func TestZone(t *testing.T) {
	const hour = 3_600_000
	// 2024-03-31 in Berlin begins at 23:00 UTC the day before and ends at 22:00.
	day := int64(1711839600000) // 2024-03-30 23:00 UTC
	ltz := []types.Type{types.TInt, types.TInt, types.TimestampLTZOf(3)}
	s := spec.WindowAgg{Window: spec.Window{Kind: spec.Tumble, Size: 24 * hour, Time: 2, LTZ: true}, Keys: []int{0}, Aggs: []spec.AggCall{count}, Props: []string{"start", "end", "time"}}
	out := []spec.Column{{Type: types.TInt}, {Type: count.Type}, {Type: ts}, {Type: ts}, {Type: types.TimestampLTZOf(3)}}
	got := exectest.Run(t, exectest.Case{
		New:    func() (exec.Operator, error) { return window.NewAgg(s, ltz, out) },
		Inputs: [][]types.Type{ltz}, Keys: [][]int{{0}}, Zone: exectest.Zone(t, "Europe/Berlin"),
		Input: fmt.Sprintf("+I 1, 0, %d\n+I 1, 0, %d\n+I 1, 0, %d\n^ %d\n^ %d", day, day+22*hour, day+23*hour, day+23*hour-2, day+23*hour-1),
	})
	local := day + hour
	want(t, got, fmt.Sprintf("^ %d\n+I 1, 2, %d, %d, %d\n^ %d", day+23*hour-2, local, local+24*hour, day+23*hour-1, day+23*hour-1))
}

func TestTVF(t *testing.T) {
	run := func(w spec.Window, input string) []string {
		w.Time = 2
		out := []spec.Column{{Type: types.TInt}, {Type: types.TInt}, {Type: in[2]}, {Type: ts}, {Type: ts}, {Type: ts}}
		return exectest.Run(t, exectest.Case{
			New:    func() (exec.Operator, error) { return window.NewTVF(spec.WindowTVF{Window: w}, out) },
			Inputs: [][]types.Type{in}, Input: input,
		})
	}
	want(t, run(spec.Window{Kind: spec.Tumble, Size: 10}, "+I 1, 2, 15\n^ 3\n+I 1, 2, NULL\n-D 1, 2, -1"), `
		+I 1, 2, 15, 10, 20, 19
		^ 3
		-D 1, 2, -1, -10, 0, -1`)
	want(t, run(spec.Window{Kind: spec.Hop, Size: 30, Slide: 10}, "^ 1\n+I 1, 2, 15\n^ 2\n+I 1, 2, 20"), `
		^ 1
		+I 1, 2, 15, 10, 40, 39
		+I 1, 2, 15, 0, 30, 29
		+I 1, 2, 15, -10, 20, 19
		^ 2
		+I 1, 2, 20, 20, 50, 49
		+I 1, 2, 20, 10, 40, 39
		+I 1, 2, 20, 0, 30, 29`)
	want(t, run(spec.Window{Kind: spec.Cumulate, Size: 30, Slide: 10}, "+I 1, 2, 15"), `
		+I 1, 2, 15, 0, 20, 19
		+I 1, 2, 15, 0, 30, 29`)
	want(t, run(spec.Window{Kind: spec.Hop, Size: 10, Slide: 30}, "+I 1, 2, 15\n+I 1, 2, 35\n^ 9"), `
		+I 1, 2, 35, 30, 40, 39
		^ 9`)
}
