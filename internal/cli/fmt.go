package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/parser"
)

func newFmt(in io.Reader, out, err io.Writer) *cobra.Command {
	var text string
	var write bool
	c := &cobra.Command{
		Use:   "fmt [FILE.sql | -]",
		Short: "Print a script in canonical form",
		Long: `Prints a script with its keywords in upper case and, where a statement does
not fit into a line, a line for each clause, column and option.

Comments between statements are kept. A statement with comments inside stays as
it is, and is named on standard error.`,
		Example: "  flott fmt job.sql\n  flott fmt --write job.sql\n  flott fmt -e \"select 1\"",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			script, path, e := readScript(in, text, args)
			if e != nil {
				return e
			}
			if write && path == "" {
				return errors.New("--write needs a file to write to")
			}
			formatted, notes, wrong := format(script)
			if len(wrong) > 0 {
				for _, w := range wrong {
					fmt.Fprint(err, diag.Render(script, w, isTerminal(err)))
				}
				return exit(exitUsage)
			}
			for _, n := range notes {
				fmt.Fprintln(err, "note:", n)
			}
			if !write {
				_, e = io.WriteString(out, formatted)
				return e
			}
			return replace(path, formatted)
		},
	}
	c.Flags().StringVarP(&text, "execute", "e", "", "format this SQL instead of a file")
	c.Flags().BoolVarP(&write, "write", "w", false, "write the result to the file instead of printing it")
	return c
}

// replace writes a file anew if its contents differ.
func replace(path, text string) error {
	old, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if bytes.Equal(old, []byte(text)) {
		return nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), info.Mode().Perm())
}

// format returns a script in canonical form, with notes about what could not be
// brought into it; or what is wrong with the script.
func format(script string) (text string, notes []string, errs []*diag.Error) {
	var b strings.Builder
	n, at := 0, 0
	for piece := range parser.Split(script) {
		n++
		gap := script[at:piece.Span.Start]
		at = piece.Span.End
		st, err := piece.Parse()
		if err != nil {
			errs = append(errs, err)
			continue
		}
		between(&b, gap, n > 1, true)
		if piece.Display() != piece.Text() {
			line, _ := diag.LineCol(script, piece.Span.Start)
			notes = append(notes, fmt.Sprintf("statement %d in line %d has comments inside; it stays as it is", n, line))
			b.WriteString(piece.Text())
		} else {
			b.WriteString(ast.PrintLines(st))
		}
		b.WriteString(";")
	}
	between(&b, script[at:], n > 0, false)
	return b.String(), notes, errs
}

// between writes what lies between two statements: the comments, each on a line
// of its own unless it ends the line of the statement before it, and one blank
// line where there were some. before and after tell whether a statement is there.
func between(b *strings.Builder, gap string, before, after bool) {
	lines, blank := 0, false // since the last thing written
	fresh := !before         // nothing stands on the line
	for gap != "" {
		n := commentLen(gap)
		if n == 0 {
			if gap[0] == '\n' {
				lines++
				blank = lines > 1
			}
			gap = gap[1:]
			continue
		}
		switch {
		case fresh:
		case lines == 0:
			b.WriteString(" ")
		default:
			newLine(b, blank)
		}
		b.WriteString(strings.TrimRight(gap[:n], " \t\r\n"))
		gap = gap[n:]
		lines, blank, fresh = 0, false, false
	}
	switch {
	case !after && !fresh:
		b.WriteString("\n")
	case after && !fresh:
		newLine(b, blank)
	}
}

func newLine(b *strings.Builder, blank bool) {
	b.WriteString("\n")
	if blank {
		b.WriteString("\n")
	}
}

// commentLen is the length of the comment that s begins with, 0 if there is none.
func commentLen(s string) int {
	switch {
	case strings.HasPrefix(s, "/*"):
		if end := strings.Index(s[2:], "*/"); end >= 0 {
			return end + 4
		}
		return len(s)
	case strings.HasPrefix(s, "--"), strings.HasPrefix(s, "//"):
		if end := strings.IndexByte(s, '\n'); end >= 0 {
			return end
		}
		return len(s)
	}
	return 0
}
