package parser

import (
	"os"
	"strings"
	"testing"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/sql/ast"
)

// TestForms holds that every form of testdata/forms.sql parses, each on a line of
// its own, that its canonical text is the one behind `⇒` (or the input itself,
// where there is none), and that print and parse are each other's inverse.
func TestForms(t *testing.T) {
	const file = "testdata/forms.sql"
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
	for i, line := range lines {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		input, want, differs := strings.Cut(line, " ⇒ ")
		if !differs {
			want = input
		}
		s, perr := ParseStatement(input)
		if perr != nil {
			t.Errorf("%s:%d: %s", file, i+1, diag.Render(input, perr, false))
			continue
		}
		checkSpans(t, input, s)
		checkPrint(t, s, ParseStatement)
		got := ast.Print(s)
		if multi, err := ParseStatement(ast.PrintLines(s)); err != nil || !sameTree(s, multi) {
			t.Errorf("%s:%d: printed on lines it does not parse to the same: %v", file, i+1, err)
		}
		if got != want && !*rewrite {
			t.Errorf("%s:%d:\ngot:  %s\nwant: %s", file, i+1, got, want)
		}
		lines[i] = input
		if got != input {
			lines[i] += " ⇒ " + got
		}
	}
	if *rewrite {
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
