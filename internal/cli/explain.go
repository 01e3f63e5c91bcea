package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/engine"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/parser"
)

func newExplain(in io.Reader, out, err io.Writer) *cobra.Command {
	var text string
	var settings []string
	c := &cobra.Command{
		Use:     "explain [FILE.sql | -]",
		Short:   "Show how the queries of a script would run",
		Long:    "Executes the CREATE, SET and the like of a script and explains its queries and INSERTs without running them.",
		Example: "  flott explain job.sql\n  flott explain -e \"SELECT 1\"",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			script, _, e := readScript(in, text, args)
			if e != nil {
				return e
			}
			given, e := parseSettings(settings)
			if e != nil {
				return e
			}
			return explain(script, given, out, err)
		},
	}
	c.Flags().StringVarP(&text, "execute", "e", "", "explain this SQL instead of a file")
	c.Flags().StringArrayVarP(&settings, "define", "D", nil, "set a configuration key: -D key=value")
	return c
}

func explain(script string, settings map[string]string, out, errw io.Writer) error {
	s, err := engine.Planner(script, settings)
	if err != nil {
		var d *diag.Error
		if errors.As(err, &d) {
			fmt.Fprint(errw, diag.Render("", d, false))
			return exit(exitUsage)
		}
		return err
	}
	o := newHuman(out, errw, false, isTerminal(errw))
	n, failed := 0, false
	for piece := range parser.Split(script) {
		n++
		st, e := piece.Parse()
		if e != nil {
			o.failed(n, "", script, []*diag.Error{e})
			failed = true
			continue
		}
		switch t := st.(type) {
		case *ast.QueryStatement, *ast.Insert, *ast.StatementSet:
			st = &ast.Explain{At: ast.At{Span: st.Pos()}, Details: []string{"CHANGELOG_MODE"}, Statement: st}
		case *ast.CreateTable:
			if t.Query != nil {
				st = &ast.Explain{At: ast.At{Span: st.Pos()}, Details: []string{"CHANGELOG_MODE"}, Statement: st}
			}
		}
		r, errs := s.ExecuteStatement(context.Background(), st)
		if errs != nil {
			o.failed(n, "", script, errs)
			failed = true
			continue
		}
		if len(r.Rows) > 0 {
			fmt.Fprintf(out, "-- statement %d: %s\n", n, firstLine(parser.StripComments(piece.Text())))
			o.rows(n, r.Columns, r.Rows)
		}
	}
	if failed {
		return exit(exitUsage)
	}
	return nil
}

func firstLine(s string) string {
	for i := range s {
		if s[i] == '\n' {
			return s[:i] + " …"
		}
	}
	return s
}
