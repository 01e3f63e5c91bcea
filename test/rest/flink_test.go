package rest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// flink runs Flink's command line client against the server.
func (s *server) flink(home string, args ...string) (string, error) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	args = append([]string{args[0], "-m", s.address}, args[1:]...)
	c := exec.CommandContext(ctx, filepath.Join(home, "bin", "flink"), args...)
	c.Env = append(os.Environ(), "FLINK_CONF_DIR="+filepath.Join(home, "conf"))
	b, err := c.CombinedOutput()
	return string(b), err
}

// rows are the numbers in the finished files of a folder.
func rows(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "part-*"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, strings.Fields(string(b))...)
	}
	return out
}

// TestCommandLine lists, saves, stops and cancels jobs with Flink's client. A
// job that was stopped with a savepoint goes on from it: its rows come once.
func TestCommandLine(t *testing.T) {
	home := flinkHome(t)
	program(t, "java")
	s := start(t)
	out := filepath.Join(s.dir, "out")
	const n = 4000
	script := fmt.Sprintf(`SET 'execution.checkpointing.interval' = '100 ms';
CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '%d', 'rows-per-second' = '200');
CREATE TABLE files (n BIGINT) WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = 'csv', 'sink.rolling-policy.rollover-interval' = '200 ms', 'sink.rolling-policy.check-interval' = '100 ms');
INSERT INTO files SELECT n FROM numbers;
`, n, out)
	id := s.submit("numbers", script)
	s.await("checkpoints", func() bool { return s.checkpoints(id) > 2 })
	said := func(got string, err error, want string) string {
		t.Helper()
		m := regexp.MustCompile(want).FindStringSubmatch(got)
		if err != nil || m == nil {
			t.Fatalf("%v, want %q in\n%s", err, want, got)
		}
		return m[len(m)-1]
	}
	refused := func(got string, err error, want string) {
		t.Helper()
		if err == nil || !strings.Contains(got, want) {
			t.Errorf("%v, want %q in\n%s", err, want, got)
		}
	}
	got, err := s.flink(home, "list")
	said(got, err, id+` : numbers \(RUNNING\)`)
	points := filepath.Join(s.dir, "savepoints")
	got, err = s.flink(home, "savepoint", id, points)
	first := said(got, err, `Savepoint completed\. Path: file:(\S+)`)
	got, err = s.flink(home, "stop", "-p", points, id)
	second := said(got, err, `Savepoint completed\. Path: file:(\S+)`)
	if got := s.state(id); got != "FINISHED" {
		t.Errorf("after the stop the job is %s", got)
	}
	before := len(rows(t, out))
	if before == 0 || before >= n {
		t.Fatalf("%d rows were written before the stop", before)
	}
	again := s.submit("numbers", script, "--from", second)
	s.await("the job to end", func() bool { return s.state(again) == "FINISHED" })
	all := rows(t, out)
	slices.Sort(all)
	if len(all) != n || len(slices.Compact(all)) != n {
		t.Errorf("%d rows, %d of them different, want %d", len(all), len(slices.Compact(all)), n)
	}
	got, err = s.flink(home, "savepoint", "-d", "file:"+first)
	said(got, err, "disposed")
	if _, err := os.Stat(first); !os.IsNotExist(err) {
		t.Errorf("the savepoint is still there: %v", err)
	}
	got, err = s.flink(home, "savepoint", "-d", first)
	refused(got, err, `there is no savepoint in`)

	endless := s.submit("endless", `CREATE TABLE g (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '10');
CREATE TABLE b (id INT) WITH ('connector' = 'blackhole');
INSERT INTO b SELECT id FROM g;
`)
	s.await("the job runs", func() bool { return s.state(endless) == "RUNNING" })
	got, err = s.flink(home, "stop", "--drain", "-p", points, endless)
	said(got, err, `Savepoint completed\. Path: file:(\S+)`)
	third := s.submit("endless2", "CREATE TABLE g (id INT) WITH ('connector' = 'datagen', 'rows-per-second' = '10');\n"+
		"CREATE TABLE b (id INT) WITH ('connector' = 'blackhole');\nINSERT INTO b SELECT id FROM g;\n")
	got, err = s.flink(home, "cancel", third)
	said(got, err, "Cancelled job "+third)
	s.await("the job is canceled", func() bool { return s.state(third) == "CANCELED" })
	nobody := strings.Repeat("0", 32)
	got, err = s.flink(home, "savepoint", nobody, points)
	refused(got, err, "job "+nobody+" not found")
	got, err = s.flink(home, "cancel", nobody)
	refused(got, err, "Job "+nobody+" not found")
	got, err = s.flink(home, "stop", "-p", points, third)
	refused(got, err, "is CANCELED")
	got, err = s.flink(home, "list", "-a")
	said(got, err, third+` : endless2 \(CANCELED\)`)
	said(got, err, again+` : numbers \(FINISHED\)`)
}
