package all_test

import (
	"testing"

	"github.com/flott/flott/catalog"
	"github.com/flott/flott/internal/exec/expr"
	"github.com/flott/flott/internal/function"
	_ "github.com/flott/flott/internal/function/all"
	"github.com/flott/flott/internal/function/cast"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/bind"
	"github.com/flott/flott/internal/sql/parser"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// TestExamples runs the examples of every function, folded and unfolded: what
// the reference prints is what comes out.
func TestExamples(t *testing.T) {
	env := &function.Env{Database: "default_database"}
	for _, d := range function.All() {
		if d.Doc == "" || d.Syntax == "" || d.Family == "" {
			t.Errorf("%s lacks its doc, syntax or family", d.Name)
		}
		if d.Class != function.Scalar || d.Name == "CURRENT_WATERMARK" {
			continue
		}
		if len(d.Examples) == 0 {
			t.Errorf("%s has no example", d.Name)
		}
		for _, ex := range d.Examples {
			e, err := bound(ex.Expr)
			if err != nil {
				t.Errorf("%s: %s: %v", d.Name, ex.Expr, err)
				continue
			}
			for _, e := range []spec.Expr{e, expr.Fold(e, env)} {
				p, err := expr.Compile(e, env)
				if err != nil {
					t.Errorf("%s: %s: %v", d.Name, ex.Expr, err)
					continue
				}
				var one vector.Batch
				one.SetLen(1)
				v, err := p.Eval(&one)
				if err != nil {
					t.Errorf("%s: %s: %v", d.Name, ex.Expr, err)
					continue
				}
				if got := string(cast.AppendText(nil, v, 0, types.UTC)); got != ex.Result {
					t.Errorf("%s: %s is %s, the example says %s", d.Name, ex.Expr, got, ex.Result)
				}
			}
		}
	}
}

func bound(text string) (spec.Expr, error) {
	tree, perr := parser.ParseExpr(text)
	if perr != nil {
		return spec.Expr{}, perr
	}
	e, errs := bind.New(catalog.New(), bind.Options{}).Expr(tree)
	if len(errs) > 0 {
		return e, errs[0]
	}
	return e, nil
}
