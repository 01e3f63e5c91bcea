package calc_test

import (
	"strings"
	"testing"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/calc"
	"github.com/flott/flott/internal/exec/exectest"
	_ "github.com/flott/flott/internal/function/all"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

var (
	name = spec.Col(0, types.TString)
	n    = spec.Col(1, types.TInt)
	in   = [][]types.Type{{types.TString, types.TInt}}
	two  = spec.Lit(types.TInt.Required(), "2")
)

const input = `
	+I a, 1
	^ 1000
	+I b, 2
	-U b, 2
	+U b, 3
	^ 2000
	^ 3000
	+I c, 4
	-D a, 1
	^ 4000
	+I d, NULL
	^ end
`

func check(t *testing.T, c exectest.Case, want string) {
	t.Helper()
	var lines []string
	for _, l := range strings.Split(strings.TrimSpace(want), "\n") {
		lines = append(lines, strings.TrimSpace(l))
	}
	got := exectest.Run(t, c)
	if strings.Join(got, "\n") != strings.Join(lines, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
	}
}

// TestFilter: rows that go take neither kinds nor marks of others along.
func TestFilter(t *testing.T) {
	even := spec.Call("=", types.TBoolean, spec.Call("%", types.TInt, n, two), spec.Lit(types.TInt.Required(), "0"))
	check(t, exectest.Case{
		New: func() (exec.Operator, error) {
			return calc.New(&spec.Calc{Condition: &even, Project: []spec.Expr{spec.Call("*", types.TInt, n, two), name}}), nil
		},
		Inputs: in, Input: input,
	}, `
		^ 1000
		+I 4, b
		-U 4, b
		^ 3000
		+I 8, c
		^ end
	`)
}

func TestProject(t *testing.T) {
	check(t, exectest.Case{
		New: func() (exec.Operator, error) {
			return calc.New(&spec.Calc{Project: []spec.Expr{name, spec.Call("IS NULL", types.TBoolean.Required(), n)}}), nil
		},
		Inputs: in, Input: "+I a, 1\n^ 5\n-D b, NULL\n^ end",
	}, `
		+I a, FALSE
		^ 5
		-D b, TRUE
		^ end
	`)
}

func TestExpand(t *testing.T) {
	null := spec.NullOf(types.TString)
	check(t, exectest.Case{
		New: func() (exec.Operator, error) {
			return calc.NewExpand(&spec.Expand{Projects: [][]spec.Expr{{name, n}, {null, n}}}), nil
		},
		Inputs: in, Input: "+I a, 1\n^ 5\n-D b, 2\n^ end",
	}, `
		+I a, 1
		+I NULL, 1
		^ 5
		-D b, 2
		-D NULL, 2
		^ end
	`)
}

func TestDropUpdateBefore(t *testing.T) {
	check(t, exectest.Case{
		New:    func() (exec.Operator, error) { return calc.NewDropUpdateBefore(nil), nil },
		Inputs: in, Input: input,
	}, `
		+I a, 1
		^ 1000
		+I b, 2
		+U b, 3
		^ 3000
		+I c, 4
		-D a, 1
		^ 4000
		+I d, NULL
		^ end
	`)
}

// TestDropUpdateBeforeByKey: a -U without its +U takes the row of its key away.
// What it stands next to depends on the batch, so it is not cut here.
func TestDropUpdateBeforeByKey(t *testing.T) {
	op := calc.NewDropUpdateBefore([]int{0})
	b := vector.NewBatch(in[0], 0)
	for _, r := range []struct {
		kind types.RowKind
		key  string
	}{
		{types.Insert, "a"}, {types.UpdateBefore, "a"}, {types.UpdateAfter, "a"}, // an update
		{types.UpdateBefore, "a"}, {types.UpdateAfter, "b"}, // the key has changed
		{types.UpdateBefore, "b"}, {types.Delete, "c"}, {types.UpdateBefore, "d"}, // no +U
	} {
		b.Cols[0].AppendString(r.key)
		b.Cols[1].AppendNull()
		b.AppendKind(r.kind)
		b.SetLen(b.Len() + 1)
	}
	b.Mark(7)
	if err := op.Push(0, b); err != nil {
		t.Fatal(err)
	}
	out, err := op.Next()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range out.Len() {
		got = append(got, out.Kind(i).String()+string(out.Cols[0].Bytes(i)))
	}
	if s := strings.Join(got, " "); s != "+Ia +Ua -Da +Ub -Db -Dc -Dd" || out.Marks[0].Row != 7 {
		t.Errorf("got %s, %v", s, out.Marks)
	}
}

// TestFailure: the error of a row reaches the task.
func TestFailure(t *testing.T) {
	op := calc.New(&spec.Calc{Project: []spec.Expr{spec.Call("NO SUCH", types.TInt, n)}})
	if err := op.Open(&exec.Context{}); err == nil || !strings.Contains(err.Error(), "NO SUCH") {
		t.Errorf("an unknown function gives %v", err)
	}
}
