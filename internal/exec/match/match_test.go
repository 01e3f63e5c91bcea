package match_test

import (
	"strings"
	"testing"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/exectest"
	"github.com/flott/flott/internal/exec/match"
	_ "github.com/flott/flott/internal/function/all"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

// key, time, price
var row = []types.Type{types.TString, types.TimestampOf(3), types.TInt}

func last(name, column, offset int) spec.MatchTerm {
	return spec.MatchTerm{Kind: spec.TermLast, Var: name, Column: column, Offset: offset, Type: row[column]}
}

func compare(op string, a, b spec.MatchTerm) *spec.MatchExpr {
	return &spec.MatchExpr{Terms: []spec.MatchTerm{a, b}, Expr: spec.Call(op, types.TBoolean, spec.Col(0, a.Type), spec.Col(1, b.Type))}
}

func value(t spec.MatchTerm) spec.MatchExpr {
	return spec.MatchExpr{Terms: []spec.MatchTerm{t}, Expr: spec.Col(0, t.Type)}
}

func matchCase(s spec.Match, input string) exectest.Case {
	s.Keys = []int{0}
	s.Sort = append([]spec.SortKey{{Column: 1}}, s.Sort...)
	out := []spec.Column{{Name: "k", Type: types.TString}}
	for i, m := range s.Measures {
		out = append(out, spec.Column{Name: string(rune('a' + i)), Type: m.Expr.Type})
	}
	return exectest.Case{
		New:    func() (exec.Operator, error) { return match.New(s, row, out) },
		Inputs: [][]types.Type{row}, Keys: [][]int{{0}}, Input: input, Metric: "numLateRecordsDropped",
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

// dip is A B+ C: prices that fall below A's, then one that is above.
func dip(skip spec.MatchSkip, reluctant bool) spec.Match {
	count := spec.MatchTerm{Kind: spec.TermAgg, Var: 1, Type: types.TBigInt.Required(), Agg: &spec.AggCall{Func: "COUNT", Type: types.TBigInt.Required()}}
	sum := spec.MatchTerm{Kind: spec.TermAgg, Var: -1, Type: types.TInt, Args: []spec.Expr{spec.Col(2, types.TInt)}, Agg: &spec.AggCall{Func: "SUM", Args: []int{0}, Type: types.TInt}}
	return spec.Match{
		Vars:     []spec.PatternVar{{Name: "A", Min: 1, Max: 1}, {Name: "B", Min: 1, Max: -1, Reluctant: reluctant}, {Name: "C", Min: 1, Max: 1}},
		Defines:  []*spec.MatchExpr{nil, compare("<", last(1, 2, 0), last(0, 2, 0)), compare(">", last(2, 2, 0), last(1, 2, 0))},
		Measures: []spec.MatchExpr{value(last(0, 2, 0)), value(spec.MatchTerm{Kind: spec.TermFirst, Var: 1, Column: 2, Type: types.TInt}), value(last(1, 2, 1)), value(last(2, 2, 0)), value(count), value(sum)},
		Skip:     skip, SkipVar: 1,
	}
}

const prices = `
	+I x, 3, 8
	+I x, 1, 10
	+I y, 1, 5
	^ 2
	+I x, 2, 99
	+I x, 5, 9
	+I x, 4, 7
	+I y, 6, 1
	^ 5
	+I x, 6, 12
	+I y, 7, 2
	+I x, 7, 3
	+I x, 8, 20
	^ 8
	+I y, 9, 0
	+I y, 10, 9
	^ end
`

// TestSkip: where the search goes on decides which matches are found.
func TestSkip(t *testing.T) {
	want(t, exectest.Run(t, matchCase(dip(spec.SkipPastLast, false), prices)), `
		^ 2
		^ 5
		+I x, 10, 8, 7, 12, 3, 46
		^ 8
		+I y, 5, 1, 2, 9, 3, 17
		^ end
		numLateRecordsDropped = 1
	`)
	want(t, exectest.Run(t, matchCase(dip(spec.SkipToNext, false), prices)), `
		^ 2
		^ 5
		+I x, 10, 8, 7, 12, 3, 46
		+I x, 8, 7, NULL, 9, 1, 24
		+I x, 12, 3, NULL, 20, 1, 35
		^ 8
		+I y, 5, 1, 2, 9, 3, 17
		+I y, 2, 0, NULL, 9, 1, 11
		^ end
		numLateRecordsDropped = 1
	`)
}

// TestReluctant: the match ends as soon as it can.
func TestReluctant(t *testing.T) {
	want(t, exectest.Run(t, matchCase(dip(spec.SkipPastLast, true), prices)), `
		^ 2
		+I x, 10, 8, 8, 9, 2, 34
		^ 5
		+I x, 12, 3, NULL, 20, 1, 35
		+I y, 5, 1, NULL, 2, 1, 8
		^ 8
		^ end
		numLateRecordsDropped = 1
	`)
}

// TestWithin: a match that takes too long is none, and its rows are forgotten.
func TestWithin(t *testing.T) {
	s := dip(spec.SkipPastLast, false)
	s.Within = 3
	want(t, exectest.Run(t, matchCase(s, prices)), `
		^ 2
		+I x, 8, 7, NULL, 9, 1, 24
		^ 5
		+I x, 12, 3, NULL, 20, 1, 35
		^ 8
		^ end
		numLateRecordsDropped = 1
	`)
}

// TestSkipTo: it goes on inside the match; at its first row it cannot.
func TestSkipTo(t *testing.T) {
	want(t, exectest.Run(t, matchCase(dip(spec.SkipToLast, false), prices)), `
		^ 2
		^ 5
		+I x, 10, 8, 7, 12, 3, 46
		+I x, 12, 3, NULL, 20, 1, 35
		^ 8
		+I y, 5, 1, 2, 9, 3, 17
		^ end
		numLateRecordsDropped = 1
	`)
}
