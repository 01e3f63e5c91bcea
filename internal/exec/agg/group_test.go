package agg_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/agg"
	"github.com/flott/flott/internal/exec/exectest"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

// group returns a case of GROUP BY over (k, x, s, d).
func group(s spec.GroupAgg, input string) exectest.Case {
	in := []types.Type{types.TInt, types.TBigInt, types.TString, types.TDouble}
	var out []spec.Column
	for _, k := range s.Keys {
		out = append(out, spec.Column{Name: "k", Type: in[k]})
	}
	for _, a := range s.Aggs {
		out = append(out, spec.Column{Name: a.Func, Type: a.Type})
	}
	return exectest.Case{
		New:    func() (exec.Operator, error) { return agg.New(s, in, out) },
		Inputs: [][]types.Type{in},
		Keys:   [][]int{s.Keys},
		Input:  input,
	}
}

func call(f string, t types.Type, args ...int) spec.AggCall {
	return spec.AggCall{Func: f, Args: args, Type: t}
}

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

func TestInsertOnly(t *testing.T) {
	got := exectest.Run(t, group(spec.GroupAgg{
		Keys: []int{0},
		Aggs: []spec.AggCall{
			call("COUNT", types.TBigInt.Required()), call("COUNT", types.TBigInt.Required(), 3), call("SUM", types.TBigInt, 1),
			call("AVG", types.TBigInt, 1), call("MIN", types.TDouble, 3), call("MAX", types.TString, 2),
		},
		EmitUpdateBefore: true,
	}, `
		+I 1, -45, hello, -8.5
		^ 10
		+I 2, -35, Hello World, -7
		^ 20
		^ 30
		+I 1, -5, NULL, -1
		+I NULL, 35, hello, NULL
		+I 1, NULL, zz, NULL
		+I NULL, 1, a, 2.5
		^ end
	`))
	want(t, got, `
		+I 1, 1, 1, -45, -45, -8.5, hello
		^ 10
		+I 2, 1, 1, -35, -35, -7.0, Hello World
		^ 30
		-U 1, 1, 1, -45, -45, -8.5, hello
		+U 1, 2, 2, -50, -25, -8.5, hello
		+I NULL, 1, 0, 35, 35, NULL, hello
		-U 1, 2, 2, -50, -25, -8.5, hello
		+U 1, 3, 2, -50, -25, -8.5, zz
		-U NULL, 1, 0, 35, 35, NULL, hello
		+U NULL, 2, 1, 36, 18, 2.5, hello
		^ end
	`)
}

// An aggregate that does not change says nothing.
func TestUnchanged(t *testing.T) {
	got := exectest.Run(t, group(spec.GroupAgg{Keys: []int{0}, Aggs: []spec.AggCall{call("MAX", types.TBigInt, 1)}}, `
		+I 1, 5, a, 1
		+I 1, 4, a, 1
		+I 1, 6, a, 1
	`))
	want(t, got, `
		+I 1, 5
		+U 1, 6
	`)
}

func TestRetract(t *testing.T) {
	got := exectest.Run(t, group(spec.GroupAgg{
		Keys: []int{0},
		Aggs: []spec.AggCall{
			call("COUNT", types.TBigInt.Required()), call("MIN", types.TBigInt, 1), call("MAX", types.TString, 2),
			{Func: "SUM", Args: []int{1}, Distinct: true, Type: types.TBigInt}, call("LISTAGG", types.TString, 2),
		},
		InputRetracts: true, EmitUpdateBefore: true,
	}, `
		-D 9, 1, nobody, 0
		+I 1, 5, a, 0
		+I 1, 3, b, 0
		+I 1, 3, a, 0
		-U 1, 3, b, 0
		+U 1, 7, NULL, 0
		-D 1, 3, a, 0
		-D 1, 5, a, 0
		-D 1, 7, NULL, 0
		+I 1, 2, x, 0
	`))
	want(t, got, `
		+I 1, 1, 5, a, 5, a
		-U 1, 1, 5, a, 5, a
		+U 1, 2, 3, b, 8, a,b
		-U 1, 2, 3, b, 8, a,b
		+U 1, 3, 3, b, 8, a,b,a
		-U 1, 3, 3, b, 8, a,b,a
		+U 1, 2, 3, a, 8, a,a
		-U 1, 2, 3, a, 8, a,a
		+U 1, 3, 3, a, 15, a,a
		-U 1, 3, 3, a, 15, a,a
		+U 1, 2, 5, a, 12, a
		-U 1, 2, 5, a, 12, a
		+U 1, 1, 7, NULL, 7, NULL
		-D 1, 1, 7, NULL, 7, NULL
		+I 1, 1, 2, x, 2, x
	`)
}

func TestGlobal(t *testing.T) {
	s := spec.GroupAgg{Aggs: []spec.AggCall{call("COUNT", types.TBigInt.Required()), call("SUM", types.TBigInt, 1)}, EmitUpdateBefore: true}
	c := group(s, "^ end")
	c.Keys = nil
	want(t, exectest.Run(t, c), "^ end")
	c.Batch = true
	want(t, exectest.Run(t, c), "+I 0, NULL\n^ end")
	c.Input = "+I 1, 4, a, 0\n+I 2, 5, a, 0\n^ end"
	want(t, exectest.Run(t, c), "+I 2, 9\n^ end")
}

func TestBatch(t *testing.T) {
	c := group(spec.GroupAgg{Keys: []int{2}, Aggs: []spec.AggCall{call("COUNT", types.TBigInt.Required()), call("AVG", types.TDouble, 3)}}, `
		+I 1, 1, b, 1
		+I 1, 1, a, 2
		+I 1, 1, b, 4
	`)
	c.Batch = true
	want(t, exectest.Run(t, c), "+I b, 2, 2.5\n+I a, 1, 2.0")
}

func TestFilter(t *testing.T) {
	in := []types.Type{types.TInt, types.TBoolean}
	f := 1
	s := spec.GroupAgg{Aggs: []spec.AggCall{{Func: "COUNT", Type: types.TBigInt, Filter: &f}, {Func: "SUM", Args: []int{0}, Filter: &f, Type: types.TInt}}}
	got := exectest.Run(t, exectest.Case{
		New: func() (exec.Operator, error) {
			return agg.New(s, in, []spec.Column{{Name: "n", Type: types.TBigInt}, {Name: "s", Type: types.TInt}})
		},
		Inputs: [][]types.Type{in},
		Input:  "+I 2147483647, true\n+I 5, false\n+I 1, true\n+I 1, NULL",
	})
	want(t, got, "+I 1, 2147483647\n+U 2, -2147483648")
}

// With a TTL an unchanged group speaks all the same, so that state downstream
// stays as fresh; a group left alone for so long begins anew.
func TestTTL(t *testing.T) {
	for _, retract := range []bool{false, true} {
		got := exectest.Run(t, group(spec.GroupAgg{Keys: []int{0}, Aggs: []spec.AggCall{call("MAX", types.TBigInt, 1)}, TTLMillis: 1000, InputRetracts: retract}, `
			+I 1, 5, a, 1
			~ 999ms
			+I 1, 4, a, 1
			~ 999ms
			+I 1, 4, a, 1
			+I 2, 1, a, 1
			~ 1s
			+I 1, 2, a, 1
		`))
		want(t, got, `
			+I 1, 5
			+U 1, 5
			+U 1, 5
			+I 2, 1
			+I 1, 2
		`)
	}
}
