package session

import (
	"context"
	"fmt"
	"slices"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/lint"
	"github.com/flott/flott/internal/sql/parser"
)

// Lint looks a script over without running it: its mistakes, and, as warnings,
// what is allowed but probably not meant. The findings are in text order.
func (s *Session) Lint(ctx context.Context, script string) []*diag.Error {
	s.SetScript(script)
	var found []*diag.Error
	var usage lint.Usage
	var views []*ast.CreateView
	failed := false
	for piece := range parser.Split(script) {
		st, err := piece.Parse()
		if err != nil {
			found, failed = append(found, err), true
			continue
		}
		usage.See(st, s.catalog.Resolve)
		errs := s.lintStatement(ctx, st, views)
		if v, ok := st.(*ast.CreateView); ok {
			views = append(views, v)
		}
		for _, e := range errs {
			failed = failed || !e.Warning
		}
		found = append(found, errs...)
	}
	if !failed {
		found = append(found, usage.Unused()...)
	}
	slices.SortStableFunc(found, func(a, b *diag.Error) int { return a.Span.Start - b.Span.Start })
	// What is wrong with a view or a table shows wherever it is used; it is told once.
	told := map[string]bool{}
	return slices.DeleteFunc(found, func(e *diag.Error) bool {
		key := fmt.Sprint(e.Code, e.Message, e.Span)
		if e.Code == "missing-watermark" {
			key = e.Code + e.Message
		}
		again := e.Warning && told[key]
		told[key] = true
		return again
	})
}

func (s *Session) lintStatement(ctx context.Context, st ast.Statement, views []*ast.CreateView) []*diag.Error {
	planned := false
	switch x := st.(type) {
	case *ast.QueryStatement, *ast.Insert, *ast.StatementSet:
		planned = true
	case *ast.CreateTable:
		planned = x.Query != nil
	}
	var found []*diag.Error
	if planned {
		roots, errs := s.bindAny(st)
		if errs != nil {
			return errs
		}
		p, errs := s.physical(roots)
		if errs != nil {
			return errs
		}
		found = lint.Check(lint.Statement{Syntax: st, Roots: roots, Physical: p, Batch: s.batch(), Views: views, Script: s.opts.Script})
		if _, table := st.(*ast.CreateTable); !table {
			return found
		}
	}
	r, errs := s.Declare(ctx, st)
	if errs != nil {
		return append(found, errs...)
	}
	if set, ok := st.(*ast.Set); ok && set.Key != nil {
		for _, note := range r.Notes {
			found = append(found, &diag.Error{Code: "unknown-key", Stage: diag.StageValidate, Warning: true, Span: set.Key.Pos(), Message: note})
		}
	}
	return found
}
