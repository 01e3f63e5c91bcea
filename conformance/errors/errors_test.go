package errors

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	_ "github.com/flott/flott/connector/all"
	_ "github.com/flott/flott/format/all"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/engine"
	_ "github.com/flott/flott/internal/function/all"
	"github.com/flott/flott/internal/session"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/parser"
)

var rewrite = flag.Bool("rewrite", false, "write what came out into the test files")

// least is how many cases there are at least.
const least = 150

func TestErrors(t *testing.T) {
	tables, err := os.ReadFile("testdata/tables.sql")
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, p := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(p), ".txt"), func(t *testing.T) {
			total += runFile(t, p, string(tables))
		})
	}
	if total < least && !t.Failed() && flag.Lookup("test.run").Value.String() == "" {
		t.Errorf("%d cases, want %d", total, least)
	}
	t.Logf("%d cases", total)
}

// blank lines in a message would end it.
var blank = regexp.MustCompile(`\n\s*\n`)

// runFile runs the cases of a file and returns how many there are.
func runFile(t *testing.T, path, tables string) int {
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	n := 0
	for _, block := range strings.Split(strings.TrimRight(string(raw), "\n"), "\n\n") {
		script, want, ok := strings.Cut(block, "\n----")
		if !ok && !*rewrite {
			if !strings.HasPrefix(block, "#") {
				t.Errorf("%s: no message in %q", path, block)
			}
			out = append(out, block)
			continue
		}
		if strings.HasPrefix(block, "#") {
			out = append(out, block)
			continue
		}
		n++
		want = strings.TrimPrefix(want, "\n")
		got := strings.TrimRight(blank.ReplaceAllString(message(t, script, tables), "\n"), "\n")
		switch {
		case got == "":
			t.Errorf("%s: no error\n%s", path, script)
		case strings.Contains(got, "error[internal]"):
			t.Errorf("%s: a defect\n%s\n%s", path, script, got)
		case got != want && !*rewrite:
			t.Errorf("%s\n%s\n---- got\n%s\n---- want\n%s", path, script, got, want)
		}
		out = append(out, script+"\n----\n"+got)
	}
	if *rewrite {
		if err := os.WriteFile(path, []byte(strings.Join(out, "\n\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// message returns the errors of a script as they are drawn.
func message(t *testing.T, script, tables string) string {
	var s *session.Session
	run := strings.HasPrefix(script, "-- run")
	if run {
		e, err := engine.Open(engine.Options{Settings: map[string]string{"restart-strategy.type": "none"}, Fresh: true, LogTo: t.Output()})
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		if s, err = e.Session(script); err != nil {
			t.Fatal(err)
		}
	} else {
		var err error
		if s, err = engine.Planner(tables, nil); err != nil {
			t.Fatal(err)
		}
		if drawn := execute(t, s, tables, false); drawn != "" {
			t.Fatalf("tables.sql:\n%s", drawn)
		}
	}
	return execute(t, s, script, run)
}

func execute(t *testing.T, s *session.Session, script string, run bool) string {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s.SetScript(script)
	var drawn strings.Builder
	for piece := range parser.Split(script) {
		var errs []*diag.Error
		st, err := piece.Parse()
		if err != nil {
			errs = []*diag.Error{err}
		} else {
			if !run {
				st = planned(st)
			}
			var r *session.Result
			if r, errs = s.ExecuteStatement(ctx, st); errs == nil && r.Job != nil {
				errs = wait(ctx, r)
			}
		}
		for _, e := range errs {
			drawn.WriteString(diag.Render(script, e, false))
		}
	}
	return drawn.String()
}

// planned is the statement, explained if it would run a job.
func planned(st ast.Statement) ast.Statement {
	switch t := st.(type) {
	case *ast.QueryStatement, *ast.Insert, *ast.StatementSet:
		return &ast.Explain{At: ast.At{Span: st.Pos()}, Statement: st}
	case *ast.CreateTable:
		if t.Query != nil {
			return &ast.Explain{At: ast.At{Span: st.Pos()}, Statement: st}
		}
	}
	return st
}

// wait reads a job's rows to its end and returns why it failed.
func wait(ctx context.Context, r *session.Result) []*diag.Error {
	for {
		if _, err := r.Job.Next(ctx); err != nil {
			break
		}
	}
	if err := r.Job.Wait(ctx); err != nil {
		return []*diag.Error{session.JobError(err)}
	}
	return nil
}
