package e2e

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flott/flott/test/cli"
)

// counting is a job without an end and without Kafka.
const counting = `CREATE TABLE s (id BIGINT, k INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000',
  'fields.id.kind' = 'sequence', 'fields.id.start' = '0', 'fields.id.end' = '10000000', 'fields.k.min' = '1', 'fields.k.max' = '9');
CREATE TABLE o (k INT, n BIGINT) WITH ('connector' = 'blackhole');
INSERT INTO o SELECT k, %s FROM s GROUP BY k;
`

// folder is a job's script and the folder of its checkpoints.
type folder struct {
	flott              cli.Binary
	dir, script, state string
}

func newFolder(t *testing.T, sql string) *folder {
	dir := t.TempDir()
	f := &folder{cli.Build(t), dir, filepath.Join(dir, "job.sql"), filepath.Join(dir, "checkpoints")}
	f.write(t, sql)
	return f
}

func (f *folder) write(t *testing.T, sql string) {
	t.Helper()
	if err := os.WriteFile(f.script, []byte(sql), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (f *folder) args(more ...string) []string {
	return append(append([]string{"run", "-D", "execution.checkpointing.dir=" + f.state, "-D", "execution.checkpointing.interval=50ms"}, more...), f.script)
}

// until waits for what a running process has to bring about.
func until(t *testing.T, p *cli.Process, what string, f func() bool) {
	t.Helper()
	timeout, tick := time.After(20*time.Second), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	for !f() {
		select {
		case <-tick.C:
		case <-p.Done():
			t.Fatalf("flott ended with exit code %d before %s", p.ExitCode(), what)
		case <-timeout:
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// whole reports whether there is a whole checkpoint.
func (f *folder) whole() bool {
	found, _ := filepath.Glob(filepath.Join(f.state, "*", "chk-*", "_metadata"))
	return len(found) > 0
}

// TestSignals: SIGTERM takes a last checkpoint from which the next run goes on,
// SIGINT cancels.
func TestSignals(t *testing.T) {
	f := newFolder(t, fmt.Sprintf(counting, "COUNT(*)"))
	resumed := regexp.MustCompile(`resumed from checkpoint (\d+), \d+ s old; --fresh starts over`)
	for i, c := range []struct {
		end    syscall.Signal
		resume bool // this run goes on
		says   string
	}{
		{syscall.SIGTERM, false, "run it again to go on from checkpoint"},
		{syscall.SIGTERM, true, "run it again to go on from checkpoint"},
		{syscall.SIGINT, true, "the next run starts anew"},
		{syscall.SIGTERM, false, "run it again to go on from checkpoint"},
	} {
		p := f.flott.Start(t, f.dir, f.args()...)
		until(t, p, "a start line", func() bool { return bytes.Contains(p.Stderr(), []byte("checkpoint every 50 ms")) })
		until(t, p, "a checkpoint", f.whole)
		if got := resumed.Match(p.Stderr()); got != c.resume {
			t.Errorf("run %d: resumed %t, want %t", i+1, got, c.resume)
		}
		stop(t, p, c.end)
		if !bytes.Contains(p.Stderr(), []byte(c.says)) {
			t.Errorf("run %d does not say %q:\n%s", i+1, c.says, p.Stderr())
		}
	}
}

// TestSignalAtStart sends SIGTERM while the job is being submitted. A process
// that does not listen to signals yet is killed by it; none goes on.
func TestSignalAtStart(t *testing.T) {
	f := newFolder(t, fmt.Sprintf(counting, "COUNT(*)"))
	for ms := 5; ms <= 50; ms += 3 {
		p := f.flott.Start(t, f.dir, f.args()...)
		select {
		case <-p.Done():
			t.Fatalf("exit code %d", p.ExitCode())
		case <-time.After(time.Duration(ms) * time.Millisecond):
		}
		if err := p.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		select {
		case <-p.Done():
		case <-time.After(5 * time.Second):
			t.Fatalf("still running 5 s after a signal that came after %d ms", ms)
		}
	}
}

// TestChangedScript meets state that does not fit: the run says which and stops,
// --fresh starts over.
func TestChangedScript(t *testing.T) {
	f := newFolder(t, fmt.Sprintf(counting, "COUNT(*)"))
	p := f.flott.Start(t, f.dir, f.args()...)
	until(t, p, "a checkpoint", f.whole)
	stop(t, p, syscall.SIGTERM)
	f.write(t, fmt.Sprintf(counting, "SUM(id)"))
	r, err := f.flott.Run(context.Background(), 20*time.Second, f.dir, f.args()...)
	if err != nil || r.ExitCode != 1 {
		t.Fatalf("exit code %d, %v, want 1\n%s", r.ExitCode, err, r.Stderr)
	}
	for _, want := range []string{"error[state-mismatch]", "has state of operator", "--fresh"} {
		if !bytes.Contains(r.Stderr, []byte(want)) {
			t.Errorf("%q is not said:\n%s", want, r.Stderr)
		}
	}
	if !f.whole() {
		t.Error("the checkpoint is gone")
	}
	p = f.flott.Start(t, f.dir, f.args("--fresh")...)
	until(t, p, "a start", func() bool { return bytes.Contains(p.Stderr(), []byte("checkpoint every")) })
	stop(t, p, syscall.SIGTERM)
}

// TestUnwritableFolder refuses a folder that cannot be made.
func TestUnwritableFolder(t *testing.T) {
	f := newFolder(t, fmt.Sprintf(counting, "COUNT(*)"))
	if err := os.WriteFile(f.state, nil, 0o644); err != nil { // a file where a folder should be
		t.Fatal(err)
	}
	r, err := f.flott.Run(context.Background(), 20*time.Second, f.dir, f.args()...)
	if err != nil || r.ExitCode != 1 || !bytes.Contains(r.Stderr, []byte(f.state)) || !bytes.Contains(r.Stderr, []byte("execution.checkpointing.dir")) {
		t.Errorf("exit code %d, %v, want 1 and the folder named\n%s", r.ExitCode, err, r.Stderr)
	}
}

// TestVanishedFolder takes the folder away from a running job: it goes on, takes
// checkpoints again, and no second copy can start beside it.
func TestVanishedFolder(t *testing.T) {
	f := newFolder(t, fmt.Sprintf(counting, "COUNT(*)"))
	p := f.flott.Start(t, f.dir, f.args()...)
	until(t, p, "a checkpoint", f.whole)
	if err := os.Rename(f.state, f.state+".away"); err != nil {
		t.Fatal(err)
	}
	until(t, p, "another checkpoint", f.whole)
	if !bytes.Contains(p.Stderr(), []byte("has vanished and was made again")) {
		t.Errorf("the vanished folder is not mentioned:\n%s", cli.Tail(p.Stderr(), 10))
	}
	f.refused(t, p)
	stop(t, p, syscall.SIGTERM)
	p = f.flott.Start(t, f.dir, f.args()...)
	until(t, p, "a resumed job", func() bool { return bytes.Contains(p.Stderr(), []byte("resumed from checkpoint")) })
	stop(t, p, syscall.SIGTERM)
}

// refused starts a second copy of a running job, which has to name the first.
func (f *folder) refused(t *testing.T, p *cli.Process) {
	t.Helper()
	r, err := f.flott.Run(context.Background(), 20*time.Second, f.dir, f.args()...)
	if err != nil || r.ExitCode != 1 || !bytes.Contains(r.Stderr, fmt.Appendf(nil, "this job is running already, in process %d", p.PID())) {
		t.Errorf("a second copy of process %d: exit code %d, %v, want 1\n%s", p.PID(), r.ExitCode, err, cli.Tail(r.Stderr, 10))
	}
}

// TestReplacedFolder lets a second copy start in a new folder of the same name
// while the first one's is away: one of them has to end. It is the first one, unless
// that makes the folder again before the second has started.
func TestReplacedFolder(t *testing.T) {
	f := newFolder(t, fmt.Sprintf(counting, "COUNT(*)"))
	first := f.flott.Start(t, f.dir, f.args("-D", "execution.checkpointing.interval=3s")...)
	until(t, first, "a checkpoint", f.whole)
	if err := os.Rename(f.state, f.state+".away"); err != nil {
		t.Fatal(err)
	}
	second := f.flott.Start(t, f.dir, f.args()...)
	ended, goesOn := first, second
	select {
	case <-first.Done():
	case <-second.Done():
		ended, goesOn = second, first
	case <-time.After(20 * time.Second):
		t.Fatal("both go on")
	}
	if pid := fmt.Sprint(goesOn.PID()); ended.ExitCode() != 1 || !bytes.Contains(ended.Stderr(), []byte("in process "+pid)) {
		t.Errorf("exit code %d, want 1 and process %s named\n%s", ended.ExitCode(), pid, cli.Tail(ended.Stderr(), 10))
	}
	f.refused(t, goesOn)
	stop(t, goesOn, syscall.SIGTERM)
}

// TestKilledBatch kills a batch job that writes files, and runs it again: nothing is
// left of the first run.
func TestKilledBatch(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	f := newFolder(t, fmt.Sprintf(`SET 'execution.runtime-mode' = 'batch';
CREATE TABLE s (id BIGINT) WITH ('connector' = 'datagen', 'number-of-rows' = '1000', 'rows-per-second' = '1000', 'fields.id.kind' = 'sequence', 'fields.id.start' = '0', 'fields.id.end' = '999');
CREATE TABLE o (id BIGINT) WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = 'csv');
INSERT INTO o SELECT id FROM s;
`, out))
	files := func(pattern string) []string {
		found, err := filepath.Glob(filepath.Join(out, pattern))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	p := f.flott.Start(t, f.dir, f.args()...)
	until(t, p, "a file", func() bool { return len(files(".part-*")) > 0 })
	p.Signal(syscall.SIGKILL)
	<-p.Done()
	r, err := f.flott.Run(context.Background(), 30*time.Second, f.dir, f.args()...)
	if err != nil || r.ExitCode != 0 {
		t.Fatalf("exit code %d, %v\n%s", r.ExitCode, err, cli.Tail(r.Stderr, 10))
	}
	if left := files(".*"); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	rows := 0
	for _, name := range files("part-*") {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rows += bytes.Count(b, []byte("\n"))
	}
	if rows != 1000 {
		t.Errorf("%d rows, want 1000", rows)
	}
}

// TestCrashFiles kills a windowed aggregate from files to files at random
// moments. What is in the files in the end is there exactly once.
func TestCrashFiles(t *testing.T) {
	const seconds, keys = 2000, 13
	var in strings.Builder
	want := map[string]bool{}
	for s := range seconds {
		count, sum := [keys]int{}, [keys]int{}
		for i := s * 100; i < s*100+100; i++ {
			fmt.Fprintf(&in, "%d,%d,%s\n", i, i%keys, eventTime(i).Format("2006-01-02 15:04:05.000"))
			count[i%keys]++
			sum[i%keys] += i
		}
		for k := range keys {
			want[fmt.Sprintf("%q,%d,%d,%d", eventTime(s*100).Format("2006-01-02 15:04:05"), k, count[k], sum[k])] = true
		}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "in.csv"), []byte(in.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	// A slow query without an end in the same job keeps it from finishing: one
	// that is killed when it has just finished would start anew.
	f := newFolder(t, fmt.Sprintf(`CREATE TABLE i (id BIGINT, k INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
WITH ('connector' = 'filesystem', 'path' = '%[1]s/in.csv', 'format' = 'csv');
CREATE TABLE o (w TIMESTAMP(0), k INT, n BIGINT, s BIGINT) WITH ('connector' = 'filesystem', 'path' = '%[1]s/out', 'format' = 'csv');
CREATE TABLE forever (k INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1');
CREATE TABLE b (k INT) WITH ('connector' = 'blackhole');
EXECUTE STATEMENT SET BEGIN
INSERT INTO b SELECT k FROM forever;
INSERT INTO o SELECT CAST(window_start AS TIMESTAMP(0)), k, COUNT(*), SUM(id) FROM TABLE(TUMBLE(TABLE i, DESCRIPTOR(ts), INTERVAL '1' SECOND)) GROUP BY window_start, window_end, k;
END;
`, dir))
	args := f.args("-D", "execution.checkpointing.interval=10ms", "-D", "parallelism.default=2")
	for range 5 {
		p := f.flott.Start(t, f.dir, args...)
		select {
		case <-p.Done():
			t.Fatalf("exit code %d", p.ExitCode())
		case <-time.After(time.Duration(20+rand.IntN(150)) * time.Millisecond):
		}
		if err := p.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		<-p.Done()
	}
	lines := func() []string {
		var out []string
		files, _ := filepath.Glob(filepath.Join(dir, "out", "part-*"))
		for _, path := range files {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, strings.Fields(strings.ReplaceAll(string(b), " ", "_"))...)
		}
		for i := range out {
			out[i] = strings.ReplaceAll(out[i], "_", " ")
		}
		return out
	}
	p := f.flott.Start(t, f.dir, args...)
	until(t, p, "a start line", func() bool { return bytes.Contains(p.Stderr(), []byte("checkpoint every")) })
	until(t, p, "all windows", func() bool { return len(lines()) >= len(want) })
	stop(t, p, syscall.SIGTERM)
	got := lines()
	slices.Sort(got)
	exactlyOnce(t, want, got)
}
