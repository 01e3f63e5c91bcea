package queries

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
	update = flag.Bool("update", false, "write expected.txt: what got better, and the reasons")
	only   = flag.String("only", "", "regular expression: replay these scripts only")
)

// side is how many scripts run side by side.
const side = 2

// patience is how long a script may take. All of them read small files to their
// end: the slowest takes Flink a few seconds.
const patience = 30 * time.Second

func TestMain(m *testing.M) { cli.Main(m) }

// TestReplay runs every script and compares the outcome with expected.txt.
func TestReplay(t *testing.T) {
	replayAll(t, "testdata", "expected.txt", "What each script of testdata does in flott. Written by `go test ./conformance/queries -update`.")
}

// TestTPCH does so with the queries of TPC-H, in batch mode and as streams.
func TestTPCH(t *testing.T) {
	replayAll(t, filepath.Join("testdata", "tpch"), "expected_tpch.txt", "What each script of testdata/tpch does in flott. Written by `go test ./conformance/queries -update`.")
}

// replayAll runs the scripts of a folder and holds them against a ledger.
func replayAll(t *testing.T, folder, path, head string) {
	flott := cli.Build(t)
	filter, err := regexp.Compile(*only)
	if err != nil {
		t.Fatal(err)
	}
	all, err := load(folder)
	if err != nil {
		t.Fatal(err)
	}
	scripts := slices.DeleteFunc(slices.Clone(all), func(s script) bool { return !filter.MatchString(s.name) })
	reasons := make([]string, len(scripts))
	next := make(chan int)
	var workers sync.WaitGroup
	for range side {
		workers.Go(func() {
			for i := range next {
				reasons[i] = replay(t, flott, scripts[i], plain)
			}
		})
	}
	for i := range scripts {
		next <- i
	}
	close(next)
	workers.Wait()

	run := map[string]string{}
	for i, s := range scripts {
		run[s.name] = reasons[i]
	}
	t.Log("\n" + report(scripts, run))

	whole := len(scripts) == len(all)
	known, err := ledger.Read(path, false)
	if err != nil {
		t.Fatal(err)
	}
	worse, stale := known.Check(run, whole)
	if len(worse) > 0 {
		t.Errorf("passed before and fail now:\n%s", strings.Join(worse, "\n"))
	}
	if *update {
		known.Update(run, whole)
		err := known.Write(path, head)
		if err != nil {
			t.Fatal(err)
		}
	} else if len(stale) > 0 {
		t.Errorf("%s is out of date; run `go test ./conformance/queries -update`:\n%s", path, strings.Join(stale, "\n"))
	}
}

// replay runs one script and returns its first difference from Flink, or "".
func replay(t *testing.T, flott cli.Binary, s script, c configuration) string {
	dir := t.TempDir()
	data, err := filepath.Abs(filepath.Join(s.folder, "data"))
	if err != nil {
		return err.Error()
	}
	path := filepath.Join(dir, s.name+".sql")
	if err := os.WriteFile(path, []byte(s.at(data, filepath.Join(dir, "out"))), 0o644); err != nil {
		return err.Error()
	}
	args := []string{
		"run", "--fresh", "--output", "jsonl", "--keep-going",
		"-D", "table.local-time-zone=UTC",
		"-D", "pipeline.auto-watermark-interval=0",
		"-D", "restart-strategy.type=none",
		"-D", "table.dml-sync=true",
	}
	r, err := flott.Run(context.Background(), patience, dir, append(append(args, c.args()...), path)...)
	if err != nil {
		return err.Error()
	}
	reason := s.verdict(r)
	reason = strings.NewReplacer(data, "${DATA}", dir, "${DIR}").Replace(oneLine(reason))
	if len(reason) > 300 {
		reason = strings.ToValidUTF8(reason[:300], "") + "…"
	}
	return reason
}

// verdict judges a whole run: its answers, and how the process ended.
func (s script) verdict(r cli.Result) string {
	answers, err := cli.ParseAnswers(r.Stdout)
	difference := s.difference(answers)
	if err != nil {
		difference = err.Error()
	}
	failed := slices.ContainsFunc(answers, func(a cli.Answer) bool { return a.Status == "error" })
	switch {
	case r.TimedOut:
		return strings.TrimSuffix(fmt.Sprintf("still running after %s; %s", patience, difference), "; ")
	case r.Crash() != "":
		return "flott crashed: " + r.Crash()
	case r.ExitCode < 0 || r.ExitCode > 2:
		return fmt.Sprintf("flott ended with exit code %d: %s", r.ExitCode, cli.Tail(r.Stderr, 3))
	case len(answers) == 0 && r.ExitCode != 0:
		return fmt.Sprintf("exit code %d: %s", r.ExitCode, cli.Tail(r.Stderr, 3))
	case difference != "":
		return difference
	case failed != (r.ExitCode != 0):
		return fmt.Sprintf("exit code %d, but a statement failed: %t", r.ExitCode, failed)
	}
	return ""
}

// report is a table by family, then what fails and why.
func report(scripts []script, run map[string]string) string {
	type line struct{ passed, total int }
	families := map[string]*line{}
	var names []string
	sum := line{}
	for _, s := range scripts {
		f := families[s.family()]
		if f == nil {
			f = &line{}
			families[s.family()] = f
			names = append(names, s.family())
		}
		f.total++
		sum.total++
		if run[s.name] == "" {
			f.passed++
			sum.passed++
		}
	}
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "family\tpassed\tof")
	slices.Sort(names)
	for _, n := range names {
		fmt.Fprintf(w, "%s\t%d\t%d\n", n, families[n].passed, families[n].total)
	}
	fmt.Fprintf(w, "all\t%d\t%d\n", sum.passed, sum.total)
	w.Flush()
	for _, s := range scripts {
		if reason := run[s.name]; reason != "" {
			fmt.Fprintf(&b, "%s: %s\n", s.name, reason)
		}
	}
	return b.String()
}
