package bind

import (
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/ast"
)

// matchEnv is the inside of MATCH_RECOGNIZE.
type matchEnv struct{}

func (b *Binder) matchRecognize(m *ast.MatchRecognize, c *context) *source {
	b.table(m.Input, nil, c)
	b.notSupported(m.Span, "MATCH_RECOGNIZE", "LAG(…) OVER (…) compares a row with those before it")
	return broken()
}

func (b *Binder) matchColumn(n *ast.Name, v *env) spec.Expr { return b.column(n, v.scope) }

func (b *Binder) matchMode(e *ast.MatchMode, v *env) spec.Expr {
	b.fail(e.Span, "wrong-place", "FINAL and RUNNING stand in MATCH_RECOGNIZE only")
	return poison()
}

func (b *Binder) matchFunction(name string, c *ast.Call, v *env) (spec.Expr, bool) {
	return poison(), false
}
