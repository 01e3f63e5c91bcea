package expr

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/flott/flott/conformance/ledger"
	"github.com/flott/flott/test/cli"
)

var (
	update = flag.Bool("update", false, "write expected_failures.txt: what got better, and the reasons")
	given  = flag.String("D", "", "a further setting for flott, as key=value")
	only   = flag.String("only", "", "regular expression: evaluate these expressions only (matched with category and text)")
	data   = flag.String("data", "testdata", "folder of the expressions; of another than testdata all differences are printed and the lists left alone")
)

const (
	side = 2   // processes side by side
	most = 400 // expressions a process
	// patience is how long a process may take for all its expressions.
	patience = 3 * time.Minute
)

func TestMain(m *testing.M) { cli.Main(m) }

// TestReplay evaluates every expression and compares the outcome with
// expected_failures.txt.
func TestReplay(t *testing.T) {
	replay(t, "expected_failures.txt", "Expressions of testdata to which flott has another answer.",
		func(c testCase) string { return statement(c.Expr) }, testCase.difference)
}

// TestColumns does the same with every literal fed from a column.
func TestColumns(t *testing.T) {
	replay(t, "expected_failures_columns.txt", "Expressions of testdata to which flott has another answer when their literals come from columns.",
		func(c testCase) string { return columnStatement(c.Expr, false) }, testCase.columnDifference)
}

// TestNullableColumns has rows of NULLs among them.
func TestNullableColumns(t *testing.T) {
	replay(t, "expected_failures_nulls.txt", "Expressions of testdata to which flott has another answer when their literals come from columns that may be NULL.",
		func(c testCase) string {
			if strings.Contains(c.Expr, "TYPEOF") {
				return "" // its value is the type, which differs
			}
			return columnStatement(c.Expr, true)
		}, testCase.nullableDifference)
}

// replay evaluates the expressions that ask makes a statement of, and holds the
// differences against a ledger.
func replay(t *testing.T, file, title string, ask func(testCase) string, difference func(testCase, []cli.Answer) string) {
	flott := cli.Build(t)
	filter, err := regexp.Compile(*only)
	if err != nil {
		t.Fatal(err)
	}
	all, err := loadAll(*data)
	if err != nil {
		t.Fatal(err)
	}
	var cases []testCase
	var statements []string
	for _, c := range all {
		if !filter.MatchString(c.name()) {
			continue
		}
		if s := ask(c); s != "" {
			cases = append(cases, c)
			statements = append(statements, s)
		}
	}
	answers := evaluate(t, flott, cases, statements)
	run := map[string]string{}
	for i, c := range cases {
		reason := difference(c, answers[i])
		if len(reason) > 200 {
			reason = strings.ToValidUTF8(reason[:200], "") + "…"
		}
		run[c.name()] = reason
	}
	t.Log("\n" + report(cases, run))

	if *data != "testdata" {
		for _, c := range cases {
			if reason := run[c.name()]; reason != "" {
				t.Errorf("%s\t%s", c.name(), reason)
			}
		}
		return
	}
	whole := *only == ""
	known, err := ledger.Read(file, true)
	if err != nil {
		t.Fatal(err)
	}
	worse, stale := known.Check(run, whole)
	if len(worse) > 0 {
		t.Errorf("%d passed before and fail now:\n%s", len(worse), strings.Join(head(worse, 50), "\n"))
	}
	if *update {
		known.Update(run, whole)
		err := known.Write(file, title+" Written by `go test ./conformance/expr -update`.")
		if err != nil {
			t.Fatal(err)
		}
	} else if len(stale) > 0 {
		t.Errorf("%s is out of date by %d; run `go test ./conformance/expr -update`:\n%s", file, len(stale), strings.Join(head(stale, 20), "\n"))
	}
}

// TestQuirks evaluates what breaks Flink: any answer is right, a crash, a defect
// or silence is not.
func TestQuirks(t *testing.T) {
	flott := cli.Build(t)
	cases, err := load(filepath.Join("testdata", quirksFile))
	if err != nil {
		t.Fatal(err)
	}
	var statements []string
	for _, c := range cases {
		statements = append(statements, statement(c.Expr))
	}
	for i, answers := range evaluate(t, flott, cases, statements) {
		if len(answers) == 0 || answers[0].Status == "" {
			t.Errorf("%s: no answer", cases[i].Expr)
		} else if f := answers[0].Failure; f != nil && f.Code == "internal" {
			t.Errorf("%s: %s", cases[i].Expr, f)
		}
	}
}

// evaluate returns the answers to each case's statement. An expression that ends the process
// gets none; those after it in the script are asked again.
func evaluate(t *testing.T, flott cli.Binary, cases []testCase, statements []string) [][]cli.Answer {
	answers := make([][]cli.Answer, len(cases))
	var scripts [][]int // indexes into cases
	var together []int
	for i, c := range cases {
		if apart(c.Expr) {
			scripts = append(scripts, []int{i})
		} else {
			together = append(together, i)
		}
	}
	scripts = slices.AppendSeq(scripts, slices.Chunk(together, most))
	next := make(chan []int)
	var workers sync.WaitGroup
	for range side {
		workers.Go(func() {
			for script := range next {
				for len(script) > 0 {
					script = evaluateScript(t, flott, cases, statements, script, answers)
				}
			}
		})
	}
	for _, s := range scripts {
		next <- s
	}
	close(next)
	workers.Wait()
	return answers
}

// evaluateScript runs one process and returns what has to be asked again.
func evaluateScript(t *testing.T, flott cli.Binary, cases []testCase, statements []string, script []int, answers [][]cli.Answer) []int {
	dir := t.TempDir()
	var text strings.Builder
	for _, i := range script {
		text.WriteString(statements[i])
	}
	path := filepath.Join(dir, "expr.sql")
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
		t.Error(err)
		return nil
	}
	args := []string{"run", "--fresh", "--output", "jsonl", "--keep-going",
		"-D", "execution.runtime-mode=batch",
		"-D", "parallelism.default=1",
		"-D", "table.local-time-zone=UTC",
		"-D", "restart-strategy.type=none"}
	if *given != "" {
		args = append(args, "-D", *given)
	}
	r, err := flott.Run(context.Background(), patience, dir, append(args, path)...)
	if err != nil {
		t.Error(err)
		return nil
	}
	got, err := cli.ParseAnswers(r.Stdout)
	if err != nil {
		t.Errorf("after %q: %v", cases[script[min(max(len(got)-1, 0), len(script)-1)]].Expr, err)
	}
	if len(script) == 1 {
		answers[script[0]] = got
		return nil
	}
	if len(got) > len(script) {
		t.Errorf("%d answers to %d statements: where statements end is not clear", len(got), len(script))
		return nil
	}
	for n, i := range script {
		if n >= len(got) || got[n].Status == "" {
			// The process ended with this one: it has no answer, the rest is asked again.
			t.Logf("no answer to %s; exit code %d, timed out %t: %s%s", cases[i].name(), r.ExitCode, r.TimedOut, r.Crash(), cli.Tail(r.Stderr, 3))
			return script[n+1:]
		}
		answers[i] = got[n : n+1]
	}
	return nil
}

// report is a table by category: values, NULLs and errors apart.
func report(cases []testCase, run map[string]string) string {
	type line [kinds]struct{ passed, total int }
	lines := map[string]*line{}
	var names []string
	var sum line
	for _, c := range cases {
		l := lines[c.category]
		if l == nil {
			l = &line{}
			lines[c.category] = l
			names = append(names, c.category)
		}
		for _, x := range []*line{l, &sum} {
			x[c.kind()].total++
			if run[c.name()] == "" {
				x[c.kind()].passed++
			}
		}
	}
	slices.Sort(names)
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "category\tvalues\tof\tNULLs\tof\terrors\tof")
	row := func(name string, l *line) {
		fmt.Fprint(w, name)
		for _, x := range l {
			fmt.Fprintf(w, "\t%d\t%d", x.passed, x.total)
		}
		fmt.Fprintln(w)
	}
	for _, n := range names {
		row(n, lines[n])
	}
	row("all", &sum)
	w.Flush()
	return b.String()
}

// head is the first n lines, with a word about the rest.
func head(lines []string, n int) []string {
	if len(lines) <= n {
		return lines
	}
	return append(slices.Clone(lines[:n]), fmt.Sprintf("… and %d more", len(lines)-n))
}
