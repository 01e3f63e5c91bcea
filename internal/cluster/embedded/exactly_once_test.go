package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/graph"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

var numberColumns = []spec.Column{{Name: "id", Type: types.TBigInt.Required()}, {Name: "ts", Type: types.TimestampOf(3)}}

// copyJob reads the world's numbers and writes them back over the given exchange.
func copyJob(id string, kind spec.ExchangeKind) *graph.StreamGraph {
	opts := map[string]string{"world": id}
	sc := []spec.SourceColumn{{Name: "id", Type: numberColumns[0].Type}, {Name: "ts", Type: numberColumns[1].Type}}
	g := &graph.StreamGraph{Name: "copy"}
	src := g.Add(&graph.Node{Operator: spec.Operator{Name: "numbers", Output: numberColumns,
		Spec: &spec.Source{Table: "numbers", Connector: "test-numbers", Options: opts, Physical: numberColumns, Columns: sc}}})
	g.Add(&graph.Node{Operator: spec.Operator{Name: "store", Inputs: [][]types.Type{typesOf(numberColumns)}, Output: numberColumns,
		Spec: &spec.Sink{Table: "store", Connector: "test-numbers", Options: opts, Physical: numberColumns}},
		Inputs: []graph.Edge{{From: src, Exchange: spec.Exchange{Kind: kind, Keys: []int{0}}}}})
	return g
}

// never keeps periodic checkpoints out of a test that asks for its own.
var never = map[string]string{"execution.checkpointing.interval": "1 h"}

func with(config map[string]string, more ...string) map[string]string {
	out := map[string]string{}
	for k, v := range config {
		out[k] = v
	}
	for i := 0; i < len(more); i += 2 {
		out[more[i]] = more[i+1]
	}
	return out
}

// eventually waits until ok; every look is driven by the job itself, so the
// pause only keeps a waiting test off the processor.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(testTimeout)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s: did not happen", what)
		}
	}
}

func timeout(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), testTimeout)
	t.Cleanup(cancel)
	return ctx
}

// read waits until the job has read n rows.
func read(t *testing.T, j *Job, n int64) {
	t.Helper()
	eventually(t, fmt.Sprintf("%d rows read", n), func() bool {
		s := j.Status()
		return s.State == api.JobRunning && s.Vertices[0].RecordsIn >= n
	})
}

func submit(t *testing.T, c *Cluster, g []byte, o SubmitOptions) *Job {
	t.Helper()
	j, err := c.Submit(t.Context(), g, o)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// topologies are the ways in which the copy job is run.
var topologies = []struct {
	name        string
	kind        spec.ExchangeKind
	parallelism int
	options     map[string]string
}{
	{"chained", spec.Forward, 1, nil},
	{"hash", spec.Hash, 2, nil},
	{"rebalance-tcp", spec.Rebalance, 2, map[string]string{"flott.transport": "tcp"}},
}

// TestCrash stops a job in the middle, without its saying good-bye, again and
// again; every number arrives exactly once.
func TestCrash(t *testing.T) {
	for _, tt := range topologies {
		t.Run(tt.name, func(t *testing.T) {
			w, id := newWorld(t, 3, 500)
			folder := filepath.Join(t.TempDir(), "job")
			g := encode(t, copyJob(id, tt.kind), tt.parallelism, with(never, "restart-strategy.type", "none"))
			for round := int64(1); round <= 4; round++ {
				c := start(t, tt.options)
				j := submit(t, c, g, SubmitOptions{Folder: folder})
				w.allow(round * 100)
				read(t, j, 100)
				info, err := j.Checkpoint(timeout(t))
				if err != nil {
					t.Fatal(err)
				}
				if info.ID != round {
					t.Errorf("round %d made checkpoint %d", round, info.ID)
				}
				w.allow(round*100 + 50) // rows behind the checkpoint are lost with the process
				c.Close()
			}
			c := start(t, tt.options)
			j := submit(t, c, g, SubmitOptions{Folder: folder})
			if r := j.Status().Checkpoints.Restored; r.ID != 4 {
				t.Errorf("restored checkpoint %d, want 4", r.ID)
			}
			w.allow(500)
			if err := j.Wait(timeout(t)); err != nil {
				t.Fatal(err)
			}
			if err := w.check(500); err != nil {
				t.Error(err)
			}
			if _, ok, err := LatestCheckpoint(folder); ok || err != nil {
				t.Errorf("a finished job leaves a checkpoint (%v)", err)
			}
		})
	}
}

// TestRestart lets a sink fail in the middle; the job goes on from its
// checkpoint by itself.
func TestRestart(t *testing.T) {
	for _, tt := range topologies {
		t.Run(tt.name, func(t *testing.T) {
			w, id := newWorld(t, 2, 300)
			c := start(t, tt.options)
			g := encode(t, copyJob(id, tt.kind), tt.parallelism, with(never, "restart-strategy.type", "fixed-delay", "restart-strategy.fixed-delay.delay", "1 ms"))
			j := submit(t, c, g, SubmitOptions{})
			w.allow(100)
			read(t, j, 200)
			if _, err := j.Checkpoint(timeout(t)); err != nil {
				t.Fatal(err)
			}
			w.mu.Lock()
			w.fail, w.failAt = errors.New("disk on fire"), 150
			w.mu.Unlock()
			w.allow(300)
			if err := j.Wait(timeout(t)); err != nil {
				t.Fatal(err)
			}
			if err := w.check(300); err != nil {
				t.Error(err)
			}
			s := j.Status()
			if s.Restarts != 1 || len(s.Exceptions) == 0 || !strings.Contains(s.Exceptions[0].Message, "disk on fire") {
				t.Errorf("restarts %d, exceptions %v", s.Restarts, s.Exceptions)
			}
		})
	}
}

// TestFailure: without a restart strategy the job fails, naming the operator.
func TestFailure(t *testing.T) {
	w, id := newWorld(t, 1, 300)
	c := start(t, nil)
	g := encode(t, copyJob(id, spec.Forward), 1, with(never, "restart-strategy.type", "none"))
	j := submit(t, c, g, SubmitOptions{})
	w.fail = errors.New("disk on fire")
	w.allow(300)
	err := j.Wait(timeout(t))
	if err == nil || !strings.Contains(err.Error(), `operator "store": disk on fire`) {
		t.Errorf("got %v", err)
	}
	if s := j.Status(); s.State != api.JobFailed {
		t.Errorf("state %s", s.State)
	}
}

// TestRescale restores with another parallelism.
func TestRescale(t *testing.T) {
	w, id := newWorld(t, 5, 400)
	folder := filepath.Join(t.TempDir(), "job")
	for round, parallelism := range []int{1, 4, 2, 3} {
		c := start(t, nil)
		j := submit(t, c, encode(t, copyJob(id, spec.Hash), parallelism, never), SubmitOptions{Folder: folder})
		w.allow(int64(round+1) * 100)
		if round == 3 {
			if err := j.Wait(timeout(t)); err != nil {
				t.Fatal(err)
			}
			break
		}
		read(t, j, 500)
		if _, err := j.Checkpoint(timeout(t)); err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	if err := w.check(400); err != nil {
		t.Error(err)
	}
}

// TestSuspend stops a job so that it can go on; nothing is read twice.
func TestSuspend(t *testing.T) {
	w, id := newWorld(t, 2, -1)
	folder := filepath.Join(t.TempDir(), "job")
	g := encode(t, copyJob(id, spec.Hash), 2, never)
	for round := int64(1); round <= 3; round++ {
		c := start(t, nil)
		j := submit(t, c, g, SubmitOptions{Folder: folder})
		w.allow(round * 100)
		read(t, j, 200)
		if err := j.Suspend(timeout(t)); err != nil {
			t.Fatal(err)
		}
		if err := j.Wait(timeout(t)); !errors.Is(err, ErrSuspended) {
			t.Errorf("wait: %v", err)
		}
		if err := w.check(round * 100); err != nil {
			t.Error(err)
		}
		c.Close()
	}
}

func TestStopWithSavepoint(t *testing.T) {
	for _, drain := range []bool{false, true} {
		t.Run(fmt.Sprintf("drain=%v", drain), func(t *testing.T) {
			w, id := newWorld(t, 2, -1)
			g := encode(t, copyJob(id, spec.Hash), 2, nil)
			c := start(t, nil)
			j := submit(t, c, g, SubmitOptions{Folder: filepath.Join(t.TempDir(), "job")})
			w.allow(100)
			read(t, j, 200)
			path, err := j.StopWithSavepoint(timeout(t), t.TempDir(), drain)
			if err != nil {
				t.Fatal(err)
			}
			if err := j.Wait(timeout(t)); err != nil {
				t.Fatal(err)
			}
			if err := w.check(100); err != nil {
				t.Error(err)
			}
			j = submit(t, c, g, SubmitOptions{Folder: filepath.Join(t.TempDir(), "other"), Restore: path})
			w.allow(150)
			read(t, j, 100)
			if _, err := j.Checkpoint(timeout(t)); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the rows behind the savepoint", func() bool { n, _ := w.committed(); return n == 300 })
			if err := w.check(150); err != nil {
				t.Error(err)
			}
			j.Cancel()
			if err := j.Wait(timeout(t)); !errors.Is(err, ErrCanceled) {
				t.Errorf("wait: %v", err)
			}
		})
	}
}

// TestDamagedCheckpoint flips a bit in, cuts, and removes files of the newest
// of two checkpoints: it is refused and the one before is used.
func TestDamagedCheckpoint(t *testing.T) {
	for name, damage := range map[string]func(path string) error{
		"flip": func(p string) error {
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			b[len(b)/2] ^= 4
			return os.WriteFile(p, b, 0o644)
		},
		"cut":    func(p string) error { return os.Truncate(p, 20) },
		"remove": os.Remove,
	} {
		for _, pattern := range []string{"*.state", "_metadata"} {
			t.Run(name+pattern, func(t *testing.T) {
				w, id := newWorld(t, 1, 300)
				folder := filepath.Join(t.TempDir(), "job")
				g := encode(t, copyJob(id, spec.Forward), 1, with(never, "execution.checkpointing.num-retained", "2"))
				c := start(t, nil)
				j := submit(t, c, g, SubmitOptions{Folder: folder})
				for i := int64(1); i <= 2; i++ {
					w.allow(i * 100)
					read(t, j, i*100)
					if _, err := j.Checkpoint(timeout(t)); err != nil {
						t.Fatal(err)
					}
				}
				eventually(t, "both are committed", func() bool { n, _ := w.committed(); return n == 200 })
				c.Close()
				files, _ := filepath.Glob(filepath.Join(folder, "chk-2", pattern))
				if len(files) != 1 {
					t.Fatalf("files %v", files)
				}
				if err := damage(files[0]); err != nil {
					t.Fatal(err)
				}
				c = start(t, nil)
				j = submit(t, c, g, SubmitOptions{Folder: folder})
				if r := j.Status().Checkpoints.Restored; r.ID != 1 {
					t.Errorf("restored checkpoint %d, want 1", r.ID)
				}
				w.allow(300)
				if err := j.Wait(timeout(t)); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}

func TestAllCheckpointsDamaged(t *testing.T) {
	w, id := newWorld(t, 1, 300)
	folder := filepath.Join(t.TempDir(), "job")
	g := encode(t, copyJob(id, spec.Forward), 1, never)
	c := start(t, nil)
	j := submit(t, c, g, SubmitOptions{Folder: folder})
	w.allow(100)
	read(t, j, 100)
	if _, err := j.Checkpoint(timeout(t)); err != nil {
		t.Fatal(err)
	}
	c.Close()
	if err := os.Truncate(filepath.Join(folder, "chk-1", "_metadata"), 30); err != nil {
		t.Fatal(err)
	}
	c = start(t, nil)
	if _, err := c.Submit(t.Context(), g, SubmitOptions{Folder: folder}); err == nil || !strings.Contains(err.Error(), "_metadata is damaged") {
		t.Errorf("got %v", err)
	}
	j = submit(t, c, g, SubmitOptions{Folder: folder, Fresh: true})
	j.Cancel()
	j.Wait(timeout(t))
}

func TestFolderIsLocked(t *testing.T) {
	w, id := newWorld(t, 1, 10)
	folder := filepath.Join(t.TempDir(), "job")
	g := encode(t, copyJob(id, spec.Forward), 1, nil)
	c := start(t, nil)
	j := submit(t, c, g, SubmitOptions{Folder: folder})
	_, err := c.Submit(t.Context(), g, SubmitOptions{Folder: folder})
	if want := fmt.Sprintf("in process %d", os.Getpid()); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("a second copy: %v, want %q", err, want)
	}
	w.allow(10)
	if err := j.Wait(timeout(t)); err != nil {
		t.Fatal(err)
	}
	j = submit(t, c, g, SubmitOptions{Folder: folder}) // free again
	if err := j.Wait(timeout(t)); err != nil {
		t.Fatal(err)
	}
}

func TestForeignState(t *testing.T) {
	w, id := newWorld(t, 1, 300)
	folder := filepath.Join(t.TempDir(), "job")
	c := start(t, nil)
	j := submit(t, c, encode(t, copyJob(id, spec.Forward), 1, never), SubmitOptions{Folder: folder})
	w.allow(100)
	read(t, j, 100)
	if err := j.Suspend(timeout(t)); err != nil {
		t.Fatal(err)
	}
	g := copyJob(id, spec.Forward)
	g.Nodes[0].Operator.Spec.(*spec.Source).Table = "other"
	b := encode(t, g, 1, never)
	if _, err := c.Submit(t.Context(), b, SubmitOptions{Folder: folder}); err == nil || !strings.Contains(err.Error(), "which the script no longer has") {
		t.Errorf("got %v", err)
	}
	j = submit(t, c, b, SubmitOptions{Folder: folder, AllowNonRestored: true})
	j.Cancel()
	j.Wait(timeout(t))
}

func TestUnwritableFolder(t *testing.T) {
	_, id := newWorld(t, 1, 10)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	c := start(t, nil)
	_, err := c.Submit(t.Context(), encode(t, copyJob(id, spec.Forward), 1, nil), SubmitOptions{Folder: filepath.Join(file, "job")})
	if err == nil || !strings.Contains(err.Error(), "cannot be written to") {
		t.Errorf("got %v", err)
	}
}

// TestFirstFailureIsFinal: a job that never ran does not restart for ever.
func TestFirstFailureIsFinal(t *testing.T) {
	w, id := newWorld(t, 1, 10)
	w.openErr = errors.New("broker at 127.0.0.1:1 cannot be reached")
	c := start(t, nil)
	j := submit(t, c, encode(t, copyJob(id, spec.Forward), 1, never), SubmitOptions{})
	if err := j.Wait(timeout(t)); err == nil || !strings.Contains(err.Error(), "cannot be reached") {
		t.Errorf("got %v", err)
	}
}
