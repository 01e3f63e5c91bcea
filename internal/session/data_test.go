package session_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/flott/flott/connector/all"
	_ "github.com/flott/flott/format/all"
	"github.com/flott/flott/internal/diag"
	_ "github.com/flott/flott/internal/function/all"
	"github.com/flott/flott/internal/session"
	"github.com/flott/flott/internal/sql/parser"
)

var rewrite = flag.Bool("rewrite", false, "write what the tests got into testdata")

// TestData runs the scripts of testdata/*.txt, one session a file: statements up
// to a line of four dashes, then the answers up to a blank line. Nothing is run:
// a statement that would start a job is not part of these scripts.
func TestData(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) { runFile(t, f) })
	}
}

func runFile(t *testing.T, file string) {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, serr := session.New(session.Options{Settings: map[string]string{"table.local-time-zone": "UTC", "pipeline.name": "given"}})
	if serr != nil {
		t.Fatal(serr)
	}
	lines := strings.Split(string(raw), "\n")
	var out strings.Builder
	for i := 0; i < len(lines); {
		if lines[i] == "" || strings.HasPrefix(lines[i], "#") {
			if i < len(lines)-1 {
				out.WriteString(lines[i] + "\n")
			}
			i++
			continue
		}
		at := i + 1
		var input, want []string
		for ; i < len(lines) && lines[i] != "----"; i++ {
			input = append(input, lines[i])
		}
		for i++; i < len(lines) && lines[i] != ""; i++ {
			want = append(want, lines[i])
		}
		script := strings.Join(input, "\n")
		got := strings.TrimRight(execute(s, script), "\n")
		fmt.Fprintf(&out, "%s\n----\n", script)
		if got != "" {
			out.WriteString(got + "\n")
		}
		if w := strings.Join(want, "\n"); got != w && !*rewrite {
			t.Errorf("%s:%d: %s\ngot:\n%s\nwant:\n%s", file, at, script, got, w)
		}
	}
	if *rewrite {
		if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// execute prints the answers to the statements of a script. A blank line inside an
// answer is drawn as a dot.
func execute(s *session.Session, script string) string {
	var b strings.Builder
	s.SetScript(script)
	for p := range parser.Split(script) {
		r, errs := s.Execute(context.Background(), p)
		for _, e := range errs {
			b.WriteString(diag.Render(script, e, false))
		}
		if errs != nil {
			continue
		}
		for _, n := range r.Notes {
			b.WriteString("note: " + n + "\n")
		}
		for _, row := range r.Rows {
			cells := make([]string, len(row))
			for i, v := range row {
				cells[i] = "NULL"
				if v != nil {
					cells[i] = *v
				}
			}
			b.WriteString(strings.Join(cells, " | ") + "\n")
		}
	}
	return strings.ReplaceAll(b.String(), "\n\n", "\n.\n")
}
