package changelog_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/changelog"
	"github.com/flott/flott/internal/exec/exectest"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

func TestNormalize(t *testing.T) {
	in := []types.Type{types.TString, types.TInt}
	for _, before := range []bool{true, false} {
		got := exectest.Run(t, exectest.Case{
			New: func() (exec.Operator, error) {
				return changelog.NewNormalize(spec.ChangelogNormalize{Keys: []int{0}, EmitUpdateBefore: before}, in)
			},
			Inputs: [][]types.Type{in}, Keys: [][]int{{0}},
			Input: `
				-D x, NULL
				+I a, 1
				+U b, 1
				^ 4
				+I a, 1
				+U a, 2
				-D b, NULL
				-U b, 1
				-U a, 2
				+U a, 3
			`,
		})
		want := []string{"+I a, 1", "+I b, 1", "^ 4", "-U a, 1", "+U a, 2", "-D b, 1", "-D a, 2", "+I a, 3"}
		if !before {
			want = slices.DeleteFunc(want, func(s string) bool { return strings.HasPrefix(s, "-U") })
		}
		if !slices.Equal(got, want) {
			t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
		}
	}
}

func TestTTL(t *testing.T) {
	in := []types.Type{types.TString, types.TInt}
	got := exectest.Run(t, exectest.Case{
		New: func() (exec.Operator, error) {
			return changelog.NewNormalize(spec.ChangelogNormalize{Keys: []int{0}, EmitUpdateBefore: true, TTLMillis: 1000}, in)
		},
		Inputs: [][]types.Type{in}, Keys: [][]int{{0}},
		Input: "+I a, 1\n~ 500ms\n+I a, 1\n~ 999ms\n-D a, 1\n+I b, 1\n~ 1s\n+I b, 1\n~ 1s\n-D b, 1",
	})
	want := []string{"+I a, 1", "-U a, 1", "+U a, 1", "-D a, 1", "+I b, 1", "+I b, 1"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
