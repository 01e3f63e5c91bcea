package plan

import (
	"testing"

	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

func eq(a, b spec.Expr) spec.Expr { return spec.Call("=", types.TBoolean, a, b) }

func TestConjuncts(t *testing.T) {
	a, b, c := eq(spec.Col(0, types.TInt), spec.Col(1, types.TInt)), eq(spec.Col(1, types.TInt), spec.Col(2, types.TInt)), spec.Col(3, types.TBoolean)
	e := *And(a, b, c)
	parts := SplitConjuncts(e)
	if len(parts) != 3 || !Equal(parts[0], a) || !Equal(parts[1], b) || !Equal(parts[2], c) {
		t.Errorf("conjuncts of %s: %v", FormatExpr(e, nil), parts)
	}
	if And() != nil {
		t.Error("no conditions make a condition")
	}
	used := map[int]bool{}
	Columns(Shift(e, 10), used)
	if len(used) != 4 || !used[10] || !used[13] {
		t.Errorf("columns after a shift: %v", used)
	}
	if *a.Args[0].Column != 0 {
		t.Error("Shift changed its argument")
	}
	if IsConstant(e) || !IsConstant(spec.Call("+", types.TInt, spec.Lit(types.TInt, "1"), spec.Lit(types.TInt, "2"))) {
		t.Error("IsConstant is wrong")
	}
}

// window_start and window_end are followed through projections and grouping.
func TestWindowOf(t *testing.T) {
	ts := types.TimestampOf(3)
	in := []Field{{Name: "k", Type: types.TInt}, {Name: "ts", Type: ts}}
	out := append(append([]Field{}, in...), Field{Name: "window_start", Type: ts}, Field{Name: "window_end", Type: ts}, Field{Name: "window_time", Type: ts})
	tvf := &WindowTVF{Base: Base{Out: out}, Input: &Values{Base: Base{Out: in}}}
	p := &Project{Base: Base{Out: []Field{out[3], out[0], out[2]}}, Input: tvf, Exprs: []spec.Expr{spec.Col(3, ts), spec.Col(0, types.TInt), spec.Col(2, ts)}}
	if a, ok := WindowOf(p); !ok || a.TVF != tvf || a.Start != 2 || a.End != 0 || a.Time != -1 {
		t.Errorf("window of the projection: %+v %v", a, ok)
	}
	g := &Aggregate{Base: Base{Out: []Field{out[2], out[3]}}, Input: p, Keys: []int{2, 0}}
	if a, ok := WindowOf(g); !ok || a.Start != 0 || a.End != 1 {
		t.Errorf("window of the aggregate: %+v %v", a, ok)
	}
	lost := &Aggregate{Base: Base{Out: []Field{out[2]}}, Input: p, Keys: []int{2}}
	if _, ok := WindowOf(lost); ok {
		t.Error("a window without window_end")
	}
}

// WithInputs copies: the node that was there is not changed.
func TestWithInputs(t *testing.T) {
	v, w := &Values{}, &Values{}
	f := &Filter{Input: v, Condition: spec.Lit(types.TBoolean, "TRUE")}
	g := f.WithInputs(w).(*Filter)
	if f.Input != v || g.Input != w || !Equal(g.Condition, f.Condition) {
		t.Error("WithInputs changed the original")
	}
}
