package physical_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flott/flott/catalog"
	_ "github.com/flott/flott/connector/all"
	_ "github.com/flott/flott/format/all"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/function"
	_ "github.com/flott/flott/internal/function/all"
	"github.com/flott/flott/internal/graph"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/bind"
	"github.com/flott/flott/internal/sql/opt"
	"github.com/flott/flott/internal/sql/parser"
	"github.com/flott/flott/internal/sql/physical"
	"github.com/flott/flott/internal/sql/plan"
)

var rewrite = flag.Bool("rewrite", false, "write what the tests got into testdata")

// TestData runs the cases of internal/sql/testdata/plan/*.txt:
//
//	command [batch] [mini-batch]
//	statement, up to a line of four dashes
//	----
//	output, up to a blank line
//
// Commands: ddl executes statements for the rest of the file; bind, opt and
// physical print the tree after that step, physical with the kinds of rows that
// each operator puts out; graph prints the chains and what leads from one to the
// next. A mistake is printed as the user sees it.
func TestData(t *testing.T) {
	files, err := filepath.Glob("../testdata/plan/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) { runDataFile(t, f) })
	}
}

func runDataFile(t *testing.T, file string) {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	cat := catalog.New()
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
		command, at := lines[i], i+1
		var input, want []string
		for i++; i < len(lines) && lines[i] != "----"; i++ {
			input = append(input, lines[i])
		}
		for i++; i < len(lines) && lines[i] != ""; i++ {
			want = append(want, lines[i])
		}
		text := strings.Join(input, "\n")
		got := strings.TrimRight(runCommand(t, cat, strings.Fields(command), text), "\n")
		fmt.Fprintf(&out, "%s\n%s\n----\n", command, text)
		if got != "" {
			out.WriteString(got + "\n")
		}
		if w := strings.Join(want, "\n"); got != w && !*rewrite {
			t.Errorf("%s:%d: %s\ngot:\n%s\nwant:\n%s", file, at, text, got, w)
		}
	}
	if *rewrite {
		if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func render(text string, errs []*diag.Error) string {
	var b strings.Builder
	for _, e := range errs {
		b.WriteString(diag.Render(text, e, false))
	}
	return b.String()
}

func runCommand(t *testing.T, cat *catalog.Manager, command []string, text string) string {
	o := physical.Options{NotNullEnforcer: "error"}
	for _, w := range command[1:] {
		switch w {
		case "batch":
			o.Batch = true
		case "mini-batch":
			o.MiniBatchSize, o.MiniBatchMillis = 100, 2000
		default:
			t.Fatalf("no option %q", w)
		}
	}
	b := bind.New(cat, bind.Options{Batch: o.Batch, Script: text})
	if command[0] == "ddl" {
		for p := range parser.Split(text) {
			st, err := p.Parse()
			if err != nil {
				return render(text, []*diag.Error{err})
			}
			if _, errs := b.DDL(st); len(errs) > 0 {
				return render(text, errs)
			}
		}
		return ""
	}
	st, perr := parser.ParseStatement(text)
	if perr != nil {
		return render(text, []*diag.Error{perr})
	}
	var roots []plan.Node
	var errs []*diag.Error
	one := func(n plan.Node, e []*diag.Error) { roots, errs = append(roots, n), append(errs, e...) }
	switch st := st.(type) {
	case *ast.QueryStatement:
		one(b.Query(st.Query))
	case *ast.Insert:
		one(b.Insert(st))
	case *ast.StatementSet:
		for _, i := range st.Inserts {
			one(b.Insert(i))
		}
	default:
		t.Fatalf("cannot plan %T", st)
	}
	if len(errs) > 0 {
		return render(text, errs)
	}
	var out strings.Builder
	trees := func() string {
		for _, r := range roots {
			out.WriteString(plan.String(r))
		}
		return out.String()
	}
	if command[0] == "bind" {
		return trees()
	}
	roots = opt.Optimize(roots, opt.Options{Deterministic: func(call string) bool {
		d := function.Find(call)
		return d != nil && !d.Nondeterministic
	}})
	if command[0] == "opt" {
		return trees()
	}
	p, errs := physical.New(roots, o)
	if len(errs) > 0 {
		return render(text, errs)
	}
	switch command[0] {
	case "physical":
		return p.Explain(true)
	case "graph":
		g, err := p.Graph("job")
		if err != nil {
			t.Fatal(err)
		}
		j, err := graph.Chain(g, 2, 0, true, nil)
		if err != nil {
			t.Fatal(err)
		}
		return printJob(j)
	}
	t.Fatalf("no command %q", command[0])
	return ""
}

// printJob prints a vertex a line, with where its outputs go.
func printJob(j *graph.JobGraph) string {
	var b strings.Builder
	for i, v := range j.Vertices {
		fmt.Fprintf(&b, "%d %s ×%d\n", i, v.Name, v.Parallelism)
		for _, o := range v.Outputs {
			fmt.Fprintf(&b, "  %s =%s", v.Chain[o.Operator].Name, o.Exchange.Kind)
			if o.Exchange.Kind == spec.Hash {
				fmt.Fprintf(&b, "%v", o.Exchange.Keys)
			}
			fmt.Fprintf(&b, "=> %d", o.Target)
			if o.Port > 0 {
				fmt.Fprintf(&b, " port %d", o.Port)
			}
			b.WriteByte('\n')
		}
	}
	return b.String()
}
