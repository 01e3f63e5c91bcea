package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

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
		Use:   "explain [FILE.sql | -]",
		Short: "Show how the queries of a script would run",
		Long: `Executes the CREATE, SET and the like of a script and draws what its queries and
INSERTs would run, without running them. The drawing is read from the bottom:
changelogMode lists the kinds of rows that an operator puts out (I insert, UB and
UA before and after an update, D delete), state what it has to keep.`,
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
	n, failed, shown := 0, false, false
	for piece := range parser.Split(script) {
		n++
		st, e := piece.Parse()
		if e != nil {
			o.failed(n, "", script, []*diag.Error{e})
			failed = true
			continue
		}
		if explainable(st) {
			text, errs := s.Plan(st)
			if errs != nil {
				o.failed(n, "", script, errs)
				failed = true
				continue
			}
			if shown {
				fmt.Fprintln(out)
			}
			shown = true
			fmt.Fprintf(out, "-- statement %d: %s\n%s", n, firstLine(strings.TrimSpace(parser.StripComments(piece.Text()))), text)
		}
		if _, ok := st.(*ast.CreateTable); !ok && explainable(st) {
			continue
		}
		r, errs := s.Declare(context.Background(), st)
		if errs != nil {
			o.failed(n, "", script, errs)
			failed = true
			continue
		}
		for _, note := range r.Notes {
			o.note(n, note)
		}
	}
	if failed {
		return exit(exitUsage)
	}
	return nil
}

// explainable reports whether a statement reads or writes rows.
func explainable(st ast.Statement) bool {
	switch st := st.(type) {
	case *ast.QueryStatement, *ast.Insert, *ast.StatementSet:
		return true
	case *ast.CreateTable:
		return st.Query != nil
	}
	return false
}

func firstLine(s string) string {
	for i := range s {
		if s[i] == '\n' {
			return s[:i] + " …"
		}
	}
	return s
}
