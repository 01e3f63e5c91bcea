package session

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/sql/ast"
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

// explain answers Flink's sections: the bound tree, the optimized plan, and
// what will run; each stateful operator says what bounds its state.
func (s *Session) explain(st *ast.Explain) (*Result, []*diag.Error) {
	roots, errs := s.bindAny(st.Statement)
	if errs != nil {
		return nil, errs
	}
	p, errs := s.physical(roots)
	if errs != nil {
		return nil, errs
	}
	var b strings.Builder
	b.WriteString("== Abstract Syntax Tree ==\n")
	for _, r := range roots {
		b.WriteString(plan.String(r))
	}
	modes := slices.Contains(st.Details, "CHANGELOG_MODE")
	b.WriteString("\n== Optimized Physical Plan ==\n" + p.Explain(modes))
	b.WriteString("\n== Optimized Execution Plan ==\n" + p.Explain(false))
	if slices.Contains(st.Details, "JSON_EXECUTION_PLAN") {
		j, err := s.jobGraph(p, "explain")
		if err != nil {
			return nil, internal(err)
		}
		out, err := json.MarshalIndent(j.Vertices, "", "  ")
		if err != nil {
			return nil, internal(err)
		}
		b.WriteString("\n== Physical Execution Plan ==\n" + string(out) + "\n")
	}
	return one("result", b.String()), nil
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
	return nil, fail("not-explainable", st.Pos(), "", "EXPLAIN takes a query, an INSERT or a statement set")
}
