package over_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/exectest"
	"github.com/flott/flott/internal/exec/over"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

// key, time, value, name
var row = []types.Type{types.TString, types.TimestampOf(3), types.TInt, types.TString}

func overCase(s spec.Over, input string) exectest.Case {
	s.Keys = []int{0}
	for i, c := range s.Calls {
		c.Type = types.TInt
		if slices.Contains([]string{"COUNT", "RANK", "ROW_NUMBER", "DENSE_RANK", "NTILE"}, c.Func) {
			c.Type = types.TBigInt.Required()
		}
		if c.Func == "LISTAGG" || c.Func == "LAG" && c.Args[0] == 3 {
			c.Type = types.TString
		}
		if c.Func == "PERCENT_RANK" || c.Func == "CUME_DIST" {
			c.Type = types.TDouble.Required()
		}
		s.Calls[i] = c
	}
	return exectest.Case{
		New:    func() (exec.Operator, error) { return over.New(s, row) },
		Inputs: [][]types.Type{row}, Keys: [][]int{{0}}, Input: input, Batch: s.Order == spec.OverSorted,
		Unordered: s.Order == spec.OverRowtime, Metric: "numLateRecordsDropped",
	}
}

func want(t *testing.T, got []string, text string) {
	t.Helper()
	var lines []string
	for _, l := range strings.Split(text, "\n") {
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l)
		}
	}
	exectest.Same(t, got, lines)
}

var byTime = []spec.SortKey{{Column: 1}}

const rows = `
	+I a, 10, 1, one
	+I b, 5, 7, b
	+I a, 8, 2, two
	^ 6
	+I a, 6, 9, late
	+I a, 10, 4, three
	+I a, 9, NULL, none
	^ 10
	+I b, 30, 1, c
	+I a, 9, 1, late
	+I a, 12, 8, four
	^ 100
	+I a, 101, 1, five
	^ end
`

// TestRange: rows of the same time see each other.
func TestRange(t *testing.T) {
	got := exectest.Run(t, overCase(spec.Over{Order: spec.OverRowtime, Sort: byTime, Frame: spec.OverFrame{Start: spec.OverBound{Unbounded: true}},
		Calls: []spec.AggCall{{Func: "SUM", Args: []int{2}}, {Func: "COUNT"}, {Func: "MAX", Args: []int{2}}, {Func: "LAG", Args: []int{3}}}}, rows))
	want(t, got, `
		+I b, 5, 7, b, 7, 1, 7, NULL
		^ 6
		+I a, 8, 2, two, 2, 1, 2, NULL
		+I a, 9, NULL, none, 2, 2, 2, two
		+I a, 10, 1, one, 7, 4, 4, one
		+I a, 10, 4, three, 7, 4, 4, one
		^ 10
		+I a, 12, 8, four, 15, 5, 8, three
		+I b, 30, 1, c, 8, 2, 7, b
		^ 100
		+I a, 101, 1, five, 16, 6, 8, four
		^ end
		numLateRecordsDropped = 2
	`)
}

// TestRows: a frame of some rows; a row is late only if its partition has gone on.
func TestRows(t *testing.T) {
	got := exectest.Run(t, overCase(spec.Over{Order: spec.OverRowtime, Sort: byTime, Frame: spec.OverFrame{Rows: true, Start: spec.OverBound{Offset: -1}},
		Calls: []spec.AggCall{{Func: "SUM", Args: []int{2}}, {Func: "MIN", Args: []int{2}}, {Func: "LISTAGG", Args: []int{3}}}}, rows))
	want(t, got, `
		+I b, 5, 7, b, 7, 7, b
		^ 6
		+I a, 6, 9, late, 9, 9, late
		+I a, 8, 2, two, 11, 2, late,two
		+I a, 9, NULL, none, 2, 2, two,none
		+I a, 10, 1, one, 1, 1, none,one
		+I a, 10, 4, three, 5, 1, one,three
		^ 10
		+I a, 12, 8, four, 12, 4, three,four
		+I b, 30, 1, c, 8, 1, b,c
		^ 100
		+I a, 101, 1, five, 9, 1, four,five
		^ end
		numLateRecordsDropped = 1
	`)
}

// TestInterval: rows leave the frame when they are too old.
func TestInterval(t *testing.T) {
	got := exectest.Run(t, overCase(spec.Over{Order: spec.OverRowtime, Sort: byTime, Frame: spec.OverFrame{Start: spec.OverBound{Offset: -2}},
		Calls: []spec.AggCall{{Func: "COUNT"}, {Func: "LISTAGG", Args: []int{3}}}}, rows))
	want(t, got, `
		+I b, 5, 7, b, 1, b
		^ 6
		+I a, 6, 9, late, 1, late
		+I a, 8, 2, two, 2, late,two
		+I a, 9, NULL, none, 2, two,none
		+I a, 10, 1, one, 4, two,none,one,three
		+I a, 10, 4, three, 4, two,none,one,three
		^ 10
		+I a, 12, 8, four, 3, one,three,four
		+I b, 30, 1, c, 1, c
		^ 100
		+I a, 101, 1, five, 1, five
		^ end
		numLateRecordsDropped = 1
	`)
}

// TestArrival: processing time is the order in which rows come.
func TestArrival(t *testing.T) {
	got := exectest.Run(t, overCase(spec.Over{Order: spec.OverArrival, Sort: byTime, Frame: spec.OverFrame{Rows: true, Start: spec.OverBound{Offset: -1}},
		Calls: []spec.AggCall{{Func: "SUM", Args: []int{2}}, {Func: "ROW_NUMBER"}}}, `
		+I a, 3, 1, x
		+I a, 1, 2, y
		^ 1
		+I b, 1, 9, z
		+I a, 9, 4, x
		+I a, 9, 8, x
	`))
	want(t, got, `
		+I a, 3, 1, x, 1, 1
		+I a, 1, 2, y, 3, 2
		^ 1
		+I b, 1, 9, z, 9, 1
		+I a, 9, 4, x, 6, 2
		+I a, 9, 8, x, 12, 2
		numLateRecordsDropped = 0
	`)
}

// TestValue: rows change those behind them, and go again.
func TestValue(t *testing.T) {
	for _, before := range []bool{true, false} {
		got := exectest.Run(t, overCase(spec.Over{Order: spec.OverValue, Sort: []spec.SortKey{{Column: 2}}, Frame: spec.OverFrame{Start: spec.OverBound{Unbounded: true}},
			InputRetracts: true, EmitUpdateBefore: before, Calls: []spec.AggCall{{Func: "SUM", Args: []int{2}}}}, `
			+I a, 1, 5, five
			+I a, 1, 3, three
			+I b, 1, 1, b
			+I a, 1, 3, drei
			^ 7
			-U a, 1, 3, three
			+U a, 1, 9, three
			-D a, 1, 5, five
			-D b, 1, 1, b
			-D c, 1, 1, unheard of
		`))
		text := `
			+I a, 1, 5, five, 5
			+I a, 1, 3, three, 3
			-U a, 1, 5, five, 5
			+U a, 1, 5, five, 8
			+I b, 1, 1, b, 1
			-U a, 1, 3, three, 3
			+U a, 1, 3, three, 6
			+I a, 1, 3, drei, 6
			-U a, 1, 5, five, 8
			+U a, 1, 5, five, 11
			^ 7
			-D a, 1, 3, three, 6
			-U a, 1, 3, drei, 6
			+U a, 1, 3, drei, 3
			-U a, 1, 5, five, 11
			+U a, 1, 5, five, 8
			+U a, 1, 9, three, 17
			-D a, 1, 5, five, 8
			-U a, 1, 9, three, 17
			+U a, 1, 9, three, 12
			-D b, 1, 1, b, 1
			numLateRecordsDropped = 0
		`
		if !before {
			lines := slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return strings.HasPrefix(strings.TrimSpace(l), "-U") })
			text = strings.Join(lines, "\n")
		}
		want(t, got, text)
	}
}

// TestSortedModel compares every kind of frame with looking at all rows of the
// partition for each row.
func TestSortedModel(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	type item struct {
		key  string
		ord  int // -1 = NULL
		val  int
		name string
	}
	var items []item
	var input strings.Builder
	for i := range 90 {
		x := item{string(rune('a' + r.IntN(3))), r.IntN(12) - 1, r.IntN(50), fmt.Sprintf("n%02d", i)}
		items = append(items, x)
		ord := "NULL"
		if x.ord >= 0 {
			ord = fmt.Sprint(x.ord)
		}
		fmt.Fprintf(&input, "+I %s, %d, %s, %s\n", x.key, x.val, ord, x.name)
	}
	bound := func() spec.OverBound {
		if r.IntN(3) == 0 {
			return spec.OverBound{Unbounded: true}
		}
		return spec.OverBound{Offset: int64(r.IntN(7) - 3)}
	}
	for range 30 {
		f := spec.OverFrame{Rows: r.IntN(2) == 0, Start: bound(), End: bound()}
		if !f.Start.Unbounded && !f.End.Unbounded && f.Start.Offset > f.End.Offset {
			continue
		}
		desc := r.IntN(2) == 0
		s := spec.Over{Order: spec.OverSorted, Sort: []spec.SortKey{{Column: 2, Desc: desc, NullsLast: desc}}, Frame: f,
			Calls: []spec.AggCall{{Func: "COUNT"}, {Func: "MIN", Args: []int{2}}, {Func: "SUM", Args: []int{2}}, {Func: "RANK"}, {Func: "DENSE_RANK"}}}
		// The model: all rows of the partition in order.
		var lines []string
		for _, k := range []string{"a", "b", "c"} {
			var part []item
			for _, x := range items {
				if x.key == k {
					part = append(part, x)
				}
			}
			slices.SortStableFunc(part, func(a, b item) int {
				d := cmp.Compare(a.ord, b.ord)
				if desc {
					d = -d
				}
				return d
			})
			rank, dense := 0, 0
			for i, x := range part {
				if i == 0 || part[i-1].ord != x.ord {
					rank, dense = i+1, dense+1
				}
				inside := func(j int) bool {
					if f.Rows {
						return (f.Start.Unbounded || j >= i+int(f.Start.Offset)) && (f.End.Unbounded || j <= i+int(f.End.Offset))
					}
					y := part[j]
					edge := func(b spec.OverBound, start bool) bool {
						if b.Unbounded {
							return true
						}
						if x.ord < 0 || y.ord < 0 {
							if x.ord == y.ord { // NULLs are near each other, but not at a distance
								return start && b.Offset <= 0 || !start && b.Offset >= 0
							}
							if start && b.Offset > 0 {
								return false
							}
							// An end without distance is the row's peers; NULLs lie at one end of the order.
							return start == (j > i)
						}
						d := y.ord - x.ord
						if desc {
							d = -d
						}
						if start {
							return d >= int(b.Offset)
						}
						return d <= int(b.Offset)
					}
					return edge(f.Start, true) && edge(f.End, false)
				}
				n, least, sum, some := 0, 0, 0, false
				for j, y := range part {
					if !inside(j) {
						continue
					}
					n++
					if y.ord >= 0 {
						if !some || y.ord < least {
							least = y.ord
						}
						sum, some = sum+y.ord, true
					}
				}
				text := func(v int, ok bool) string {
					if !ok {
						return "NULL"
					}
					return fmt.Sprint(v)
				}
				lines = append(lines, fmt.Sprintf("+I %s, %d, %s, %s, %d, %s, %s, %d, %d", x.key, x.val, text(x.ord, x.ord >= 0), x.name, n, text(least, some), text(sum, some), rank, dense))
			}
		}
		c := overCase(s, input.String())
		c.Metric, c.Unordered = "", true
		got := exectest.Run(t, c)
		slices.Sort(got)
		slices.Sort(lines)
		if !slices.Equal(got, lines) {
			for i := range min(len(got), len(lines)) {
				if got[i] != lines[i] {
					t.Fatalf("frame %+v desc %t\ngot  %s\nwant %s", f, desc, got[i], lines[i])
				}
			}
			t.Fatalf("%d rows, want %d", len(got), len(lines))
		}
	}
}

// TestRanks: the functions of a row's place.
func TestRanks(t *testing.T) {
	c := overCase(spec.Over{Order: spec.OverSorted, Sort: []spec.SortKey{{Column: 2}}, Frame: spec.OverFrame{Start: spec.OverBound{Unbounded: true}},
		Calls: []spec.AggCall{{Func: "ROW_NUMBER"}, {Func: "NTILE", Options: map[string]string{"buckets": "2"}}, {Func: "PERCENT_RANK"}, {Func: "CUME_DIST"},
			{Func: "LAG", Args: []int{3}}, {Func: "LEAD", Args: []int{2, 2}, Options: map[string]string{"offset": "2"}}}}, `
		+I a, 1, 3, x
		+I a, 2, 1, y
		+I a, 3, 1, z
		+I a, 4, 7, w
		+I b, 1, 9, only
		+I a, 5, 8, v
		^ end
	`)
	c.Metric = ""
	want(t, exectest.Run(t, c), `
		+I a, 2, 1, y, 1, 1, 0.0, 0.4, NULL, 3
		+I a, 3, 1, z, 2, 1, 0.0, 0.4, y, 7
		+I a, 1, 3, x, 3, 1, 0.5, 0.6, z, 8
		+I a, 4, 7, w, 4, 2, 0.75, 0.8, x, 7
		+I a, 5, 8, v, 5, 2, 1.0, 1.0, w, 8
		+I b, 1, 9, only, 1, 1, 0.0, 1.0, NULL, 9
		^ end
	`)
}
