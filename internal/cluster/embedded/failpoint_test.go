package embedded

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/internal/failpoint"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// The tests here run this test binary as the process that dies. Its sink
// commits files: prepared/<transaction> becomes committed/<transaction>.

func init() {
	connector.Register(&connector.Connector{
		Name:    "test-files",
		NewSink: func(t connector.Table) (connector.Sink, error) { return fileSink{t.Options["dir"]}, nil },
	})
}

type fileSink struct{ dir string }

func (s fileSink) Changelog() connector.Changelog { return connector.All }
func (s fileSink) Guarantee() string              { return "exactly-once" }

// Writer aborts what its subtask has left open, after the recovered commits.
func (s fileSink) Writer(env connector.Env, _ []connector.Column, _ [][]byte) (connector.Writer, error) {
	open, err := filepath.Glob(filepath.Join(s.dir, "prepared", fmt.Sprintf("%d-*", env.Subtask)))
	for _, f := range open {
		err = errors.Join(err, os.Remove(f))
	}
	return &fileWriter{dir: s.dir, subtask: env.Subtask}, err
}
func (s fileSink) Committer(connector.Env) (connector.Committer, error) { return fileCommitter(s), nil }

type fileWriter struct {
	dir     string
	subtask int
	rows    []int64
}

func (w *fileWriter) Write(_ context.Context, b *vector.Batch) error {
	w.rows = append(w.rows, b.Cols[0].Int64s()...)
	return nil
}
func (w *fileWriter) Watermark(types.Instant) {}
func (w *fileWriter) Prepare(_ context.Context, checkpoint int64) ([]byte, []connector.Committable, error) {
	if len(w.rows) == 0 {
		return nil, nil, nil
	}
	id := fmt.Sprintf("%d-%d-%d", w.subtask, checkpoint, time.Now().UnixNano())
	b, err := json.Marshal(w.rows)
	if err != nil {
		return nil, nil, err
	}
	w.rows = nil
	return nil, []connector.Committable{connector.Committable(id)}, os.WriteFile(filepath.Join(w.dir, "prepared", id), b, 0o644)
}
func (w *fileWriter) Err() error   { return nil }
func (w *fileWriter) Close() error { return nil }

type fileCommitter struct{ dir string }

func (c fileCommitter) Commit(_ context.Context, items []connector.Committable, recovered bool) error {
	for _, id := range items {
		to := filepath.Join(c.dir, "committed", string(id))
		if err := os.Rename(filepath.Join(c.dir, "prepared", string(id)), to); err != nil {
			if _, e := os.Stat(to); e != nil || !recovered {
				return fmt.Errorf("transaction %s is lost: %w", id, err)
			}
		}
	}
	return nil
}
func (c fileCommitter) Close() error { return nil }

const (
	victimRows   = 600
	victimSplits = 3
)

// TestVictim is the process that dies; it does nothing in a usual test run.
func TestVictim(t *testing.T) {
	dir := os.Getenv("FLOTT_TEST_VICTIM")
	if dir == "" {
		t.Skip("run by TestFailpoints")
	}
	w, id := newWorld(t, victimSplits, victimRows)
	g := copyJob(id, spec.Hash)
	sink := g.Nodes[1].Operator.Spec.(*spec.Sink)
	sink.Connector, sink.Options = "test-files", map[string]string{"dir": dir}
	sinkID := "0123456789abcdef" // the world's name is another one in each process
	g.Nodes[0].Operator.ID, g.Nodes[1].Operator.ID = "fedcba9876543210", sinkID
	c := start(t, nil)
	j := submit(t, c, encode(t, g, 3, map[string]string{"execution.checkpointing.interval": "5 ms"}), SubmitOptions{Folder: filepath.Join(dir, "job")})
	go func() { // the input grows for as long as a few checkpoints take
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for n := int64(0); n < victimRows; n += 20 {
			<-tick.C
			w.allow(n)
		}
		for j.Status().Checkpoints.Completed < 6 { // as many as the points need
			select {
			case <-tick.C:
			case <-j.Done(): // restored at its end
				return
			}
		}
		w.allow(victimRows)
	}()
	if err := j.Wait(timeout(t)); err != nil {
		t.Fatal(err)
	}
}

// victim runs TestVictim in a process of its own and returns its exit code.
func victim(t *testing.T, dir, point string) (code int, output string) {
	t.Helper()
	cmd := exec.CommandContext(timeout(t), os.Args[0], "-test.run=^TestVictim$")
	cmd.Env = append(os.Environ(), "FLOTT_TEST_VICTIM="+dir, "FLOTT_FAILPOINT="+point)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// TestFailpoints ends the process at each point between "snapshot written" and
// "commit acknowledged"; after a restart every number is there exactly once.
func TestFailpoints(t *testing.T) {
	points := []string{
		"before-task-snapshot:exit:4", "after-task-snapshot:exit", "after-task-snapshot:exit:5", "before-checkpoint-metadata:exit:1", "after-checkpoint-metadata:exit",
		"after-checkpoint-metadata:exit:2", "before-checkpoint-notify:exit:1", "before-commit:exit", "before-commit:exit:2", "after-commit:exit", "after-commit:exit:1",
		"before-checkpoint-cleanup:exit:1", "before-job-finished:exit",
	}
	if testing.Short() {
		points = points[4:8]
	}
	for _, p := range points {
		t.Run(strings.ReplaceAll(p, ":", "_"), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for _, sub := range []string{"prepared", "committed"} {
				if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if code, out := victim(t, dir, p); code != failpoint.ExitCode {
				t.Fatalf("the point was not reached: exit code %d\n%s", code, out)
			}
			// The second process dies while it recovers, if it has something to
			// commit; else it comes to the end.
			code, out := victim(t, dir, "after-restore-commit:exit")
			if code == failpoint.ExitCode {
				code, out = victim(t, dir, "")
			}
			if code != 0 {
				t.Fatalf("exit code %d\n%s", code, out)
			}
			checkFiles(t, dir)
		})
	}
}

// TestKill kills the process at random moments until it has come to its end.
// FLOTT_KILLS is how often at the most; 5 if it is not set.
func TestKill(t *testing.T) {
	kills := 5
	if s := os.Getenv("FLOTT_KILLS"); s != "" {
		if _, err := fmt.Sscan(s, &kills); err != nil {
			t.Fatal(err)
		}
	}
	for killed := 0; killed < kills; {
		dir := t.TempDir()
		for _, sub := range []string{"prepared", "committed"} {
			if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		done := false
		for ; !done && killed < kills; killed++ {
			cmd := exec.Command(os.Args[0], "-test.run=^TestVictim$")
			cmd.Env = append(os.Environ(), "FLOTT_TEST_VICTIM="+dir)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			timer := time.AfterFunc(time.Duration(20+rand.IntN(100))*time.Millisecond, func() { cmd.Process.Kill() })
			done = cmd.Wait() == nil
			timer.Stop()
			// Killed after the job was over: it would begin anew.
			if _, ok, err := LatestCheckpoint(filepath.Join(dir, "job")); err == nil && !ok {
				committed, _ := filepath.Glob(filepath.Join(dir, "committed", "*"))
				done = done || len(committed) > 0
			}
		}
		if !done {
			if code, out := victim(t, dir, ""); code != 0 {
				t.Fatalf("exit code %d\n%s", code, out)
			}
		}
		checkFiles(t, dir)
	}
}

func checkFiles(t *testing.T, dir string) {
	t.Helper()
	open, _ := filepath.Glob(filepath.Join(dir, "prepared", "*"))
	if len(open) > 0 {
		t.Errorf("transactions stay open: %v", open)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "committed", "*"))
	seen := map[int64]int{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		var rows []int64
		if err := json.Unmarshal(b, &rows); err != nil {
			t.Fatal(err)
		}
		for _, x := range rows {
			seen[x]++
		}
	}
	wrong := 0
	for s := range int64(victimSplits) {
		for i := range int64(victimRows) {
			if seen[s*splitRows+i] != 1 {
				wrong++
			}
		}
	}
	if wrong > 0 || len(seen) != victimRows*victimSplits {
		t.Errorf("%d numbers are not there exactly once; %d numbers in all", wrong, len(seen))
	}
}

// TestFullDisk: a checkpoint that cannot be written fails, the job goes on, and
// the next one succeeds.
func TestFullDisk(t *testing.T) {
	w, id := newWorld(t, 2, 300)
	folder := filepath.Join(t.TempDir(), "job")
	c := start(t, nil)
	j := submit(t, c, encode(t, copyJob(id, spec.Hash), 2, never), SubmitOptions{Folder: folder})
	w.allow(100)
	read(t, j, 200)
	// A file where the checkpoint's folder is to be stands for a disk without room.
	if err := os.WriteFile(filepath.Join(folder, "chk-1"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Checkpoint(timeout(t)); err == nil || !strings.Contains(err.Error(), "chk-1") {
		t.Errorf("got %v", err)
	}
	w.allow(200)
	read(t, j, 400)
	info, err := j.Checkpoint(timeout(t))
	if err != nil || info.ID != 2 {
		t.Fatalf("checkpoint %d, %v", info.ID, err)
	}
	if s := j.Status().Checkpoints; s.Failed != 1 || s.Completed != 1 || s.LastFailure == "" {
		t.Errorf("status %+v", s)
	}
	w.allow(300)
	if err := j.Wait(timeout(t)); err != nil {
		t.Fatal(err)
	}
	if err := w.check(300); err != nil {
		t.Error(err)
	}
}

// TestBatchCommitsTogether: in a batch job nothing is committed before all
// sinks have come to the end.
func TestBatchCommitsTogether(t *testing.T) {
	w, id := newWorld(t, 4, 200)
	w.fail, w.failAt = errors.New("disk on fire"), 3*splitRows+199 // the last number
	w.allow(200)
	g := copyJob(id, spec.Hash)
	g.Batch = true
	c := start(t, nil)
	j := submit(t, c, encode(t, g, 4, nil), SubmitOptions{})
	if err := j.Wait(timeout(t)); err == nil {
		t.Fatal("the failure was not told")
	}
	if n, _ := w.committed(); n != 0 {
		t.Errorf("%d numbers of a failed batch job are committed", n)
	}
	j = submit(t, c, encode(t, g, 4, nil), SubmitOptions{})
	if err := j.Wait(timeout(t)); err != nil {
		t.Fatal(err)
	}
	if err := w.check(200); err != nil {
		t.Error(err)
	}
}
