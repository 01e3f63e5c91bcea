package bind_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/flott/flott/catalog"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/bind"
	"github.com/flott/flott/internal/sql/parser"
	"github.com/flott/flott/internal/sql/plan"
)

var rewrite = flag.Bool("rewrite", false, "write what came out into the test files")

// TestData runs testdata/**/*.txt. Each file is a list of cases:
//
//	bind
//	statements;
//	----
//	the plan with types, or the errors as they are drawn
//	(empty line)
//
// The statements of a file share one catalog; `batch` instead of `bind` is the
// batch mode, `plan` leaves out the types.
func TestData(t *testing.T) {
	paths, _ := filepath.Glob("testdata/*.txt")
	more, _ := filepath.Glob("testdata/*/*.txt")
	for _, p := range append(paths, more...) {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(p, "testdata/"), ".txt"), func(t *testing.T) { runFile(t, p) })
	}
}

// blank lines in an answer would end it.
var blank = regexp.MustCompile(`\n\s*\n`)

func runFile(t *testing.T, path string) {
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cat := catalog.New()
	var out strings.Builder
	lines := strings.Split(string(raw), "\n")
	for i := 0; i < len(lines); {
		l := lines[i]
		if l == "" || strings.HasPrefix(l, "#") {
			if l != "" || i < len(lines)-1 {
				out.WriteString(l + "\n")
			}
			i++
			continue
		}
		start := i
		i++
		var sql, want []string
		for i < len(lines) && lines[i] != "----" {
			sql = append(sql, lines[i])
			i++
		}
		i++
		for i < len(lines) && lines[i] != "" {
			want = append(want, lines[i])
			i++
		}
		script := strings.Join(sql, "\n")
		got := strings.TrimRight(blank.ReplaceAllString(runCase(cat, l, script), "\n"), "\n")
		if w := strings.Join(want, "\n"); got != w && !*rewrite {
			t.Errorf("%s:%d\n%s\n---- got\n%s\n---- want\n%s", path, start+1, script, got, w)
		}
		out.WriteString(l + "\n" + script + "\n----\n" + got + "\n")
	}
	if *rewrite {
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func runCase(cat *catalog.Manager, command, script string) string {
	var out strings.Builder
	b := bind.New(cat, bind.Options{Batch: command == "batch", Script: script})
	tell := func(errs []*diag.Error) bool {
		for _, e := range errs {
			out.WriteString(diag.Render(script, e, false) + "\n")
		}
		return len(errs) > 0
	}
	stmts, err := parser.Parse(script)
	if err != nil {
		tell([]*diag.Error{err})
		return out.String()
	}
	print := plan.StringTypes
	if command == "plan" {
		print = plan.String
	}
	for _, st := range stmts {
		if handled, errs := b.DDL(st); handled {
			if !tell(errs) {
				out.WriteString("ok\n")
			}
			continue
		}
		if t, handled, errs := b.Show(st); handled {
			if !tell(errs) {
				for _, r := range t.Rows {
					for i, c := range r {
						if i > 0 {
							out.WriteString(" | ")
						}
						if c == nil {
							out.WriteString("-")
						} else {
							out.WriteString(*c)
						}
					}
					out.WriteString("\n")
				}
			}
			continue
		}
		switch st := st.(type) {
		case *ast.QueryStatement:
			if n, errs := b.Query(st.Query); !tell(errs) {
				out.WriteString(print(n))
			}
		case *ast.Insert:
			if n, errs := b.Insert(st); !tell(errs) {
				out.WriteString(print(n))
			}
		default:
			fmt.Fprintf(&out, "%T is not bound here\n", st)
		}
	}
	return out.String()
}
