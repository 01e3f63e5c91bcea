package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/parser"
)

// FuzzFormat holds that `flott fmt` never panics, that what it prints means the
// same, and that printing that again changes nothing.
func FuzzFormat(f *testing.F) {
	for _, s := range []string{"", "-- only a comment", "select 1;", "/* a */ select 1 -- b\n;\n\n// c\nselect 2", "BEGIN STATEMENT SET; INSERT INTO a SELECT 1; END;",
		"select /* inside */ 1; select 2", "SELECT 'a;b', `c--d`; -- e"} {
		f.Add(s)
	}
	files, err := filepath.Glob("../../conformance/queries/testdata/*.sql")
	if err != nil || len(files) == 0 {
		f.Fatal("no scripts", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(raw))
	}
	f.Fuzz(func(t *testing.T, script string) {
		text, _, errs := format(script)
		if len(errs) > 0 {
			return
		}
		if a, b := statements(t, script), statements(t, text); a != b {
			t.Fatalf("%q\nbecomes %q\nwhich means %q, not %q", script, text, b, a)
		}
		again, _, errs := format(text)
		if len(errs) > 0 || again != text {
			t.Fatalf("%q\nbecomes %q,\nthat     %q", script, text, again)
		}
	})
}

// statements returns the canonical texts of a script's statements.
func statements(t *testing.T, script string) string {
	t.Helper()
	var out []string
	for p := range parser.Split(script) {
		s, err := p.Parse()
		if err != nil {
			t.Fatalf("%q: %v", script, err)
		}
		out = append(out, ast.Print(s))
	}
	return strings.Join(out, "; ")
}
