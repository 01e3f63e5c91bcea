package session

import (
	"slices"
	"strings"

	"github.com/flott/flott/internal/config"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/explain"
	"github.com/flott/flott/internal/sql/plan"
)

// Plan draws what would run for a query, an INSERT or a statement set, with the
// kinds of rows that each operator puts out and what bounds its state.
func (s *Session) Plan(st ast.Statement) (string, []*diag.Error) {
	roots, errs := s.bindAny(st)
	if errs != nil {
		return "", errs
	}
	p, errs := s.physical(roots)
	if errs != nil {
		return "", errs
	}
	return p.Explain(true), nil
}

// explain answers Flink's sections, and flott's own about state.
func (s *Session) explain(st *ast.Explain) (*Result, []*diag.Error) {
	roots, errs := s.bindAny(st.Statement)
	if errs != nil {
		return nil, errs
	}
	p, errs := s.physical(roots)
	if errs != nil {
		return nil, errs
	}
	asked := func(detail string) bool { return slices.Contains(st.Details, detail) }
	var b strings.Builder
	b.WriteString("== Abstract Syntax Tree ==\n" + explain.Logical(roots))
	title := "Optimized Physical Plan"
	if asked("PLAN_ADVICE") {
		title += " With Advice"
	}
	b.WriteString("\n== " + title + " ==\n" + explain.Physical(p, explain.Options{
		Modes: asked("CHANGELOG_MODE"), Cost: asked("ESTIMATED_COST"), Advice: asked("PLAN_ADVICE"),
		MiniBatch: s.settings.Bool(config.MiniBatch), Batch: s.batch()}))
	b.WriteString("\n== Optimized Execution Plan ==\n" + explain.Physical(p, explain.Options{Execution: true}))
	if asked("JSON_EXECUTION_PLAN") {
		b.WriteString("\n== Physical Execution Plan ==\n" + explain.JSON(p, s.parallelism()))
	}
	if states := explain.States(p); states != "" {
		b.WriteString("\n== State ==\n" + states)
	}
	return one("result", b.String()), nil
}

// parallelism returns that of operators which have none of their own.
func (s *Session) parallelism() int {
	n := int(s.settings.Int(config.TableParallelism))
	if n <= 0 {
		n = int(s.settings.Int(config.Parallelism))
	}
	return max(n, 1)
}

// bindAny binds what EXPLAIN may explain.
func (s *Session) bindAny(st ast.Statement) ([]plan.Node, []*diag.Error) {
	switch st := st.(type) {
	case *ast.QueryStatement:
		n, errs := s.binder().Query(st.Query)
		return []plan.Node{n}, errs
	case *ast.Insert:
		return s.bindInserts([]*ast.Insert{st})
	case *ast.StatementSet:
		return s.bindInserts(st.Inserts)
	case *ast.CreateTable:
		if st.Query != nil {
			_, root, errs := s.bindCreateTableAs(st)
			return []plan.Node{root}, errs
		}
	}
	if m, ok := st.(*ast.CreateMaterializedTable); ok {
		return nil, notSupported(m.Pos(), "EXPLAIN its query", "CREATE MATERIALIZED TABLE is")
	}
	return nil, fail("not-explainable", st.Pos(), "", "EXPLAIN takes a query, an INSERT or a statement set")
}
