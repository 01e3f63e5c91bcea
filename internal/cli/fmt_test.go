package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/parser"
)

func TestFormat(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"select 1", "SELECT 1;\n"},
		{"select 1;;select 2;", "SELECT 1;\nSELECT 2;\n"},
		{"-- a\n\n\n\nselect 1 ; -- b\n/* c */ select 2", "-- a\n\nSELECT 1; -- b\n/* c */\nSELECT 2;\n"},
		{"select 1; // a\n\n-- b", "SELECT 1; // a\n\n-- b\n"},
		{"  -- nothing but this  ", "-- nothing but this\n"},
		{"", ""},
		{"create table t (a int, b string) with ('connector' = 'filesystem', 'path' = '/a/long/path/to/the/file', 'format' = 'csv')",
			"CREATE TABLE t (\n  a INT,\n  b STRING\n)\nWITH (\n  'connector' = 'filesystem',\n  'path' = '/a/long/path/to/the/file',\n  'format' = 'csv'\n);\n"},
		{"select a, b from t where a in (select x from u where x > 1000000 and y < 2000000) and b > 100000",
			"SELECT a, b\nFROM t\nWHERE a IN (\n  SELECT x\n  FROM u\n  WHERE x > 1000000 AND y < 2000000\n) AND b > 100000;\n"},
	} {
		got, _, errs := format(c.in)
		if got != c.want || errs != nil {
			t.Errorf("%q\n---- got\n%s---- want\n%s%v", c.in, got, c.want, errs)
		}
	}
}

func TestFormatKeepsInnerComments(t *testing.T) {
	const script = "select 1, -- one\n 2;\n"
	got, notes, _ := format(script)
	if got != script || len(notes) != 1 || notes[0] != "statement 1 in line 1 has comments inside; it stays as it is" {
		t.Errorf("%q, notes %q", got, notes)
	}
}

// TestFormatScripts formats every script of the repository: the statements stay
// the same, and formatting twice changes nothing.
func TestFormatScripts(t *testing.T) {
	n := 0
	for _, pattern := range []string{"../../conformance/queries/testdata/*.sql", "../../examples/*.sql", "../../examples/*/*.sql", "../../test/matrix/*/*.sql"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range paths {
			text, err := os.ReadFile(p)
			if err != nil {
				t.Fatal(err)
			}
			checkFormat(t, p, string(text))
			n++
		}
	}
	if n < 300 {
		t.Errorf("only %d scripts", n)
	}
}

func checkFormat(t *testing.T, name, script string) {
	formatted, _, errs := format(script)
	if errs != nil {
		return // format prints the errors instead
	}
	if before, after := statements(script), statements(formatted); before != after {
		t.Errorf("%s: the statements changed\n---- before\n%s\n---- after\n%s", name, before, after)
	}
	if again, _, _ := format(formatted); again != formatted {
		t.Errorf("%s: formatting again changes\n%s\n---- to\n%s", name, formatted, again)
	}
	if a, b := strings.Count(script, "--"), strings.Count(formatted, "--"); a != b {
		t.Errorf("%s: %d comments were %d", name, b, a)
	}
}

// statements is the script with each statement in one line and no comments.
func statements(script string) string {
	var b strings.Builder
	for piece := range parser.Split(script) {
		st, err := piece.Parse()
		if err != nil {
			return err.Error()
		}
		b.WriteString(ast.Print(st) + ";\n")
	}
	return b.String()
}

func FuzzFormat(f *testing.F) {
	f.Add("-- a\nselect 1; /* b */ select 2 -- c")
	f.Add("create table t (a int) with ('a' = 'b');;\n\n// x\ninsert into t values (1), (2)")
	f.Add("begin statement set; insert into a select * from b; end; select 'a--b', `c/*d`")
	f.Fuzz(func(t *testing.T, script string) {
		formatted, _, errs := format(script)
		if errs != nil {
			return
		}
		if before, after := statements(script), statements(formatted); before != after {
			t.Errorf("the statements changed\n---- before\n%s\n---- after\n%s", before, after)
		}
		if again, _, _ := format(formatted); again != formatted {
			t.Errorf("formatting again changes\n%q\n%q", formatted, again)
		}
	})
}

func TestExplainError(t *testing.T) {
	var out, errs bytes.Buffer
	if code := Main([]string{"explain-error", "error[division-by-zero]: division by zero"}, nil, &out, &errs); code != exitOK || !strings.HasPrefix(out.String(), "division-by-zero\n\nA number is divided by zero.") {
		t.Errorf("exit %d: %s%s", code, out.String(), errs.String())
	}
	out.Reset()
	if code := Main([]string{"explain-error", "division-by-zer"}, nil, &out, &errs); code != exitUsage || !strings.Contains(errs.String(), `did you mean "division-by-zero"?`) {
		t.Errorf("exit %d: %s", code, errs.String())
	}
}
