package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/engine"
)

func newLint(in io.Reader, out, err io.Writer) *cobra.Command {
	var text, format string
	var settings []string
	c := &cobra.Command{
		Use:   "lint [FILE.sql | -]",
		Short: "Find what is wrong in a script, or probably not meant",
		Long: `Plans the statements of a script without running them and prints what is wrong
with them, and as warnings what is allowed but probably not meant: state that grows
for ever, tables without a watermark, joins without a condition, keys that are
different each time, and more. flott explain-error CODE says what a finding means.

The exit code is 0 if there is nothing to say, 1 if there are only warnings, 2 if
something is wrong.`,
		Example: "  flott lint job.sql\n  flott lint --format json job.sql\n  flott lint -D execution.runtime-mode=batch job.sql",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			script, path, e := readScript(in, text, args)
			if e != nil {
				return e
			}
			given, e := parseSettings(settings)
			if e != nil {
				return e
			}
			if format != "text" && format != "json" {
				return fmt.Errorf("--format is text or json, not %q", format)
			}
			return lint(script, path, given, format == "json", out, err)
		},
	}
	c.Flags().StringVarP(&text, "execute", "e", "", "look at this SQL instead of a file")
	c.Flags().StringArrayVarP(&settings, "define", "D", nil, "set a configuration key: -D key=value")
	c.Flags().StringVar(&format, "format", "text", "form of the findings: text or json")
	return c
}

// finding is a finding as JSON: one object a line. Lines and columns count from 1,
// columns in characters; the end is behind the last one.
type finding struct {
	File      string   `json:"file,omitempty"`
	Severity  string   `json:"severity"` // error or warning
	Code      string   `json:"code"`
	Message   string   `json:"message"`
	Help      string   `json:"help,omitempty"`
	Notes     []string `json:"notes,omitempty"`
	Line      int      `json:"line,omitempty"`
	Column    int      `json:"column,omitempty"`
	EndLine   int      `json:"endLine,omitempty"`
	EndColumn int      `json:"endColumn,omitempty"`
}

func lint(script, path string, settings map[string]string, asJSON bool, out, errw io.Writer) error {
	s, err := engine.Planner(script, settings)
	if err != nil {
		var d *diag.Error
		if errors.As(err, &d) {
			fmt.Fprint(errw, diag.Render("", d, false))
			return exit(exitUsage)
		}
		return err
	}
	found := s.Lint(context.Background(), script)
	wrong := 0
	for _, e := range found {
		if !e.Warning {
			wrong++
		}
		if !asJSON {
			fmt.Fprintln(out, diag.Render(script, e, isTerminal(out)))
			continue
		}
		f := finding{File: path, Severity: "error", Code: e.Code, Message: e.Message, Help: e.Help, Notes: e.Notes}
		if e.Warning {
			f.Severity = "warning"
		}
		if !e.Span.IsZero() {
			f.Line, f.Column = diag.LineCol(script, e.Span.Start)
			f.EndLine, f.EndColumn = diag.LineCol(script, e.Span.End)
		}
		line, err := json.Marshal(f)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s\n", line)
	}
	if !asJSON && len(found) > 0 {
		fmt.Fprintln(out, summary(wrong, len(found)-wrong))
	}
	switch {
	case wrong > 0:
		return exit(exitUsage)
	case len(found) > 0:
		return exit(exitJob)
	}
	return nil
}

func summary(wrong, warnings int) string {
	count := func(n int, what string) string {
		if n == 1 {
			return "1 " + what
		}
		return fmt.Sprintf("%d %ss", n, what)
	}
	switch {
	case warnings == 0:
		return count(wrong, "error")
	case wrong == 0:
		return count(warnings, "warning")
	}
	return count(wrong, "error") + ", " + count(warnings, "warning")
}
