package calc_test

import (
	"testing"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/calc"
	"github.com/flott/flott/internal/exec/exectest"
	_ "github.com/flott/flott/internal/function/all"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

// TestUnnest: an array, here the parts of a text, becomes rows; with LEFT a row
// without elements stays.
func TestUnnest(t *testing.T) {
	input := []types.Type{types.TInt, types.TString}
	list := spec.Call("SPLIT", types.ArrayOf(types.TString), spec.Col(1, types.TString), spec.Lit(types.TString, " "))
	run := func(s spec.Unnest) []string {
		s.Collection = list
		out := []spec.Column{{Type: types.TInt}, {Type: types.TString}, {Type: types.TString}}
		if s.Ordinality {
			out = append(out, spec.Column{Type: types.TInt})
		}
		return exectest.Run(t, exectest.Case{
			New:    func() (exec.Operator, error) { return calc.NewUnnest(s, input, out), nil },
			Inputs: [][]types.Type{input}, Keys: [][]int{{0}},
			Input: `
				+I 1, a b c
				^ 5
				+I 2, NULL
				-U 3, d
				+U 3, d e
				^ 7
				+I 4, f f
				^ end
			`,
		})
	}
	exectest.Same(t, run(spec.Unnest{}), []string{
		"+I 1, a b c, a", "+I 1, a b c, b", "+I 1, a b c, c", "^ 5",
		"-U 3, d, d", "+U 3, d e, d", "+U 3, d e, e", "^ 7", "+I 4, f f, f", "+I 4, f f, f", "^ end",
	})
	exectest.Same(t, run(spec.Unnest{Left: true, Ordinality: true}), []string{
		"+I 1, a b c, a, 1", "+I 1, a b c, b, 2", "+I 1, a b c, c, 3", "^ 5",
		"+I 2, NULL, NULL, NULL", "-U 3, d, d, 1", "+U 3, d e, d, 1", "+U 3, d e, e, 2", "^ 7", "+I 4, f f, f, 1", "+I 4, f f, f, 2", "^ end",
	})
}

// TestHashOrder: the entries of a map come in the order of their keys' hash.
func TestHashOrder(t *testing.T) {
	input := []types.Type{types.TString}
	entries := spec.Call("STR_TO_MAP", types.MapOf(types.TString, types.TString), spec.Col(0, types.TString), spec.Lit(types.TString, ";"), spec.Lit(types.TString, "="))
	out := []spec.Column{{Type: types.TString}, {Type: types.TString}, {Type: types.TString}, {Type: types.TInt}}
	got := exectest.Run(t, exectest.Case{
		New: func() (exec.Operator, error) {
			return calc.NewUnnest(spec.Unnest{Collection: entries, Ordinality: true, HashOrder: true}, input, out), nil
		},
		Inputs: [][]types.Type{input}, Keys: [][]int{{0}},
		Input: "+I a=1\n+I c=3;b=2;a=1\n^ end",
	})
	exectest.Same(t, got, []string{"+I a=1, a, 1, 1", "+I c=3;b=2;a=1, a, 1, 1", "+I c=3;b=2;a=1, c, 3, 2", "+I c=3;b=2;a=1, b, 2, 3", "^ end"})
}
