package bind_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flott/flott/catalog"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/bind"
	"github.com/flott/flott/internal/sql/parser"
	"github.com/flott/flott/internal/sql/plan"
)

// bindAll binds every statement of a script and checks the plans' invariants.
func bindAll(t testing.TB, script string) {
	cat := catalog.New()
	for piece := range parser.Split(script) {
		st, err := piece.Parse()
		if err != nil {
			continue
		}
		for _, batch := range []bool{false, true} {
			b := bind.New(cat, bind.Options{Batch: batch, Script: script})
			if handled, _ := b.DDL(st); handled {
				continue
			}
			if _, handled, _ := b.Show(st); handled {
				continue
			}
			switch st := st.(type) {
			case *ast.QueryStatement:
				if n, errs := b.Query(st.Query); len(errs) == 0 {
					check(t, n)
				}
			case *ast.Insert:
				if n, errs := b.Insert(st); len(errs) == 0 {
					check(t, n)
				}
			case *ast.StatementSet:
				for _, ins := range st.Inserts {
					if n, errs := b.Insert(ins); len(errs) == 0 {
						check(t, n)
					}
				}
			}
		}
	}
}

// FuzzBind: no script makes the binder panic or hand over a plan that breaks
// its invariants.
func FuzzBind(f *testing.F) {
	paths, _ := filepath.Glob("testdata/*.txt")
	for _, p := range paths {
		raw, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		var sql strings.Builder
		in := false
		for _, l := range strings.Split(string(raw), "\n") {
			switch {
			case l == "bind" || l == "plan" || l == "batch":
				in = true
			case l == "----":
				in = false
			case in:
				sql.WriteString(l + "\n")
			}
		}
		f.Add(sql.String())
	}
	f.Fuzz(func(t *testing.T, script string) { bindAll(t, script) })
}

// TestPlans checks the invariants of the plans of all recorded scripts.
func TestPlans(t *testing.T) {
	paths, _ := filepath.Glob(goldens + "/queries/testdata/*.sql")
	for _, p := range paths {
		raw, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(p), func(t *testing.T) { bindAll(t, string(raw)) })
	}
}

// check holds a plan against the invariants of package plan.
func check(t testing.TB, n plan.Node) {
	for _, in := range n.Inputs() {
		check(t, in)
	}
	var in []plan.Field
	for _, i := range n.Inputs() {
		in = append(in, i.Fields()...)
	}
	switch n := n.(type) {
	case *plan.Project:
		if len(n.Exprs) != len(n.Out) {
			t.Errorf("Project has %d expressions, %d fields\n%s", len(n.Exprs), len(n.Out), plan.StringTypes(n))
			return
		}
		for i, e := range n.Exprs {
			checkExpr(t, n, e, in)
			if e.Type.Kind != n.Out[i].Type.Kind || e.Type.NotNull != n.Out[i].Type.NotNull {
				t.Errorf("field %s is %s, its expression %s\n%s", n.Out[i].Name, n.Out[i].Type, e.Type, plan.StringTypes(n))
			}
		}
	case *plan.Filter:
		checkExpr(t, n, n.Condition, in)
	case *plan.Join:
		if n.On != nil {
			checkExpr(t, n, *n.On, in)
		}
	case *plan.TemporalJoin:
		if n.On != nil {
			checkExpr(t, n, *n.On, in)
		}
		checkExpr(t, n, n.AsOf, n.Left.Fields())
	case *plan.Watermark:
		checkExpr(t, n, n.Expr, in)
	case *plan.Correlate:
		for _, e := range n.Args {
			checkExpr(t, n, e, in)
		}
	case *plan.Aggregate:
		want := len(n.Keys) + len(n.Calls)
		if n.Sets != nil {
			want++
		}
		if len(n.Out) != want {
			t.Errorf("Aggregate has %d fields, not %d\n%s", len(n.Out), want, plan.StringTypes(n))
		}
		for _, k := range n.Keys {
			checkColumn(t, n, k, in)
		}
		for _, c := range n.Calls {
			for _, a := range c.Args {
				checkColumn(t, n, a, in)
			}
			if c.Filter != nil {
				checkColumn(t, n, *c.Filter, in)
			}
		}
	case *plan.Over:
		if len(n.Out) != len(in)+len(n.Calls) {
			t.Errorf("Over has %d fields\n%s", len(n.Out), plan.StringTypes(n))
		}
		for _, c := range n.Calls {
			for _, a := range c.Args {
				checkColumn(t, n, a, in)
			}
		}
	case *plan.Sort:
		for _, k := range n.Keys {
			checkColumn(t, n, k.Column, in)
		}
	case *plan.Sink:
		if len(n.Columns) != len(in) {
			t.Errorf("Sink takes %d columns, gets %d\n%s", len(n.Columns), len(in), plan.StringTypes(n))
		}
	}
}

func checkColumn(t testing.TB, n plan.Node, c int, in []plan.Field) {
	if c < 0 || c >= len(in) {
		t.Errorf("%s refers to column %d of %d\n%s", n.Name(), c, len(in), plan.StringTypes(n))
	}
}
