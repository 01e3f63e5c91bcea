package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flott/flott/test/cli"
)

// TestExitCode holds the command line to its codes: 0, 1 when a job failed, 2 for
// a mistake in the script or in the arguments.
func TestExitCode(t *testing.T) {
	flott := cli.Build(t)
	for _, c := range []struct {
		name   string
		args   []string
		code   int
		stdout string
		stderr string
	}{
		{"values", []string{"run", "-e", "SELECT a + 1 AS b FROM (VALUES (1)) AS t (a)"}, 0, "2", ""},
		{"changelog", []string{"run", "--output", "changelog", "-e", "SELECT COUNT(*) FROM (VALUES (1), (2)) AS t (a)"}, 0, "+U", ""},
		{"no file", []string{"run", "no-such-file.sql"}, 2, "", "no-such-file.sql"},
		{"no command", []string{"jog"}, 2, "", "jog"},
		{"no flag", []string{"run", "--fast", "x.sql"}, 2, "", "fast"},
		{"syntax", []string{"run", "-e", "SELEC 1"}, 2, "", "SELEC"},
		{"unknown column", []string{"run", "-e", "SELECT usr FROM (VALUES (1)) AS t (user_id)"}, 2, "", "usr"},
		{"unknown connector", []string{"run", "-e", "CREATE TABLE t (a INT) WITH ('connector' = 'blackhol'); INSERT INTO t VALUES (1)"}, 2, "", "blackhole"},
		{"unknown option", []string{"run", "-e", "CREATE TABLE t (a INT) WITH ('connector' = 'datagen', 'number-of-row' = '1'); SELECT * FROM t"}, 2, "", "number-of-rows"},
		{"unknown table", []string{"run", "-e", "SELECT * FROM nowhere"}, 2, "", "nowhere"},
		{"unknown output", []string{"run", "--output", "xml", "-e", "SELECT 1"}, 2, "", "jsonl"},
		{"fails while it runs", []string{"run", "-e", "SELECT 1 / a FROM (VALUES (1), (0)) AS t (a)"}, 1, "", ""},
		{"names job and task", []string{"run", "-D", "parallelism.default=2", "-e", "CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'number-of-rows' = '9', 'fields.a.kind' = 'sequence', 'fields.a.start' = '0', 'fields.a.end' = '8');" +
			"CREATE TABLE o (a INT) WITH ('connector' = 'blackhole'); INSERT INTO o SELECT 1 / (a - 8) FROM g"}, 1, "", "note: in job \"insert-into_default_catalog.default_database.o\", task \"Source: g -> Calc -> Sink: o ("},
		{"version", []string{"version"}, 0, "flott", ""},
		{"help", []string{"help"}, 0, "run", ""},
		{"help of run", []string{"run", "--help"}, 0, "--keep-going", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := flott.Run(context.Background(), 20*time.Second, t.TempDir(), c.args...)
			if err != nil {
				t.Fatal(err)
			}
			if r.ExitCode != c.code || !strings.Contains(string(r.Stdout), c.stdout) || !strings.Contains(string(r.Stderr), c.stderr) {
				t.Errorf("exit code %d, want %d; %q wanted on stdout, %q on stderr\nstdout: %s\nstderr: %s", r.ExitCode, c.code, c.stdout, c.stderr, cli.Tail(r.Stdout, 10), cli.Tail(r.Stderr, 20))
			}
			if r.Crash() != "" {
				t.Error(r.Crash())
			}
		})
	}
}

// TestKeepGoing runs a script with a mistake in the middle.
func TestKeepGoing(t *testing.T) {
	flott := cli.Build(t)
	const sql = "SELECT 1 AS a;\nSELECT x;\n-- nothing\nSELECT 2 AS a;\n"
	for _, c := range []struct {
		args   []string
		status []string
	}{
		{nil, []string{"finished", "error"}},
		{[]string{"--keep-going"}, []string{"finished", "error", "finished"}},
	} {
		r, answers := run(t, flott, 20*time.Second, sql, c.args...)
		if r.ExitCode != 2 {
			t.Errorf("%v: exit code %d, want 2", c.args, r.ExitCode)
		}
		var status []string
		for _, a := range answers {
			status = append(status, a.Status)
		}
		if strings.Join(status, " ") != strings.Join(c.status, " ") {
			t.Errorf("%v: %v, want %v", c.args, status, c.status)
		}
		if f := answers[1].Failure; f == nil || f.Line != 2 || f.Column != 8 {
			t.Errorf("%v: the mistake is at %+v, want line 2, column 8", c.args, f)
		}
	}
}

// TestStandardInput runs a script that comes through a pipe.
func TestStandardInput(t *testing.T) {
	flott, dir := cli.Build(t), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "in.sql"), []byte("SELECT 'from a pipe' AS a;\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	sh := cli.Binary{Path: "/bin/sh"}
	r, err := sh.Run(context.Background(), 20*time.Second, dir, "-c", flott.Path+" run - <in.sql")
	if err != nil {
		t.Fatal(err)
	}
	if r.ExitCode != 0 || !strings.Contains(string(r.Stdout), "from a pipe") {
		t.Errorf("exit code %d: %s%s", r.ExitCode, r.Stdout, r.Stderr)
	}
}

// TestStop ends a job that would run for ever.
func TestStop(t *testing.T) {
	flott := cli.Build(t)
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		p := flott.Start(t, t.TempDir(), "run", "--output", "jsonl", "-e",
			"CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100'); SELECT COUNT(*) AS n FROM g")
		deadline := time.NewTicker(20 * time.Millisecond)
		for waited := 0; !strings.Contains(string(p.Stdout()), `"row"`); waited++ {
			if waited > 1000 {
				t.Fatalf("no row in 20 s\n%s", cli.Tail(p.Stderr(), 20))
			}
			<-deadline.C
		}
		deadline.Stop()
		stop(t, p, s)
	}
}

// TestFileSink shows that a batch job's files appear as a whole.
func TestFileSink(t *testing.T) {
	flott, out := cli.Build(t), filepath.Join(t.TempDir(), "out")
	sql := "SET 'execution.runtime-mode' = 'batch';\nSET 'table.dml-sync' = 'true';\n" +
		"CREATE TABLE o (a INT, b STRING) WITH ('connector' = 'filesystem', 'path' = '" + out + "', 'format' = 'csv');\n" +
		"INSERT INTO o VALUES (1, 'x'), (2, 'y');\nSELECT * FROM o ORDER BY a;\n"
	r, answers := run(t, flott, 20*time.Second, sql)
	if r.ExitCode != 0 {
		t.Fatalf("exit code %d\n%s", r.ExitCode, cli.Tail(r.Stderr, 20))
	}
	rows := answers[len(answers)-1].Rows
	if len(rows) != 2 || rows[0].String() != "+I[1, x]" || rows[1].String() != "+I[2, y]" {
		t.Errorf("rows %v", rows)
	}
	entries, err := os.ReadDir(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || strings.HasPrefix(e.Name(), "_") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}
