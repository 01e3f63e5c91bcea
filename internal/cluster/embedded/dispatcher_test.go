package embedded

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/internal/clock"
	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

// TestPictures follows a job that fails once and restarts, and compares the
// picture of its end with the archived one.
func TestPictures(t *testing.T) {
	w, id := newWorld(t, 2, 300)
	c := start(t, nil)
	d := c.Dispatcher()
	g := encode(t, copyJob(id, spec.Hash), 2, with(never, "restart-strategy.type", "fixed-delay", "restart-strategy.fixed-delay.delay", "1 ms", "web.checkpoints.history", "2", "execution.checkpointing.num-retained", "1"))
	j := submit(t, c, g, SubmitOptions{Folder: filepath.Join(t.TempDir(), "job")})
	w.allow(100)
	read(t, j, 200)
	for range 3 {
		if _, err := d.Checkpoint(timeout(t), j.ID()); err != nil {
			t.Fatal(err)
		}
	}
	r, err := d.Checkpoints(j.ID())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.History) != 2 || r.History[0].ID != 3 || r.LatestCompleted != r.History[0] || r.Summary.SizeBytes.N != 3 || r.Find(1) != nil || r.Find(2) == nil {
		t.Errorf("report %+v", r)
	}
	newest := r.History[0]
	if newest.State != api.CheckpointCompleted || newest.Acknowledged != 4 || newest.Subtasks != 4 || newest.SizeBytes == 0 || newest.Path == "" || newest.Discarded || !r.History[1].Discarded {
		t.Errorf("checkpoints %+v, %+v", newest, r.History[1])
	}
	sum := int64(0)
	for _, v := range newest.Vertices {
		for _, s := range v.Subtasks {
			if s.Acked.Before(newest.Triggered) {
				t.Errorf("acknowledged at %v, triggered at %v", s.Acked, newest.Triggered)
			}
			sum += s.SizeBytes
		}
	}
	if sum != newest.SizeBytes {
		t.Errorf("parts have %d bytes, all together %d", sum, newest.SizeBytes)
	}
	w.mu.Lock()
	w.fail, w.failAt = errors.New("disk on fire"), 150
	w.mu.Unlock()
	w.allow(300)
	if err := j.Wait(timeout(t)); err != nil {
		t.Fatal(err)
	}
	s, err := d.Job(j.ID())
	if err != nil {
		t.Fatal(err)
	}
	if s.State != api.JobFinished || s.Checkpoints.NRestored != 1 || len(s.Exceptions) != 1 || s.Exceptions[0].TaskManager != "tm-1" {
		t.Errorf("status %+v", s)
	}
	for _, state := range []api.JobState{api.JobInitializing, api.JobCreated, api.JobRunning, api.JobRestarting, api.JobFinished} {
		if s.Entered.At(state) == 0 {
			t.Errorf("%s was never entered", state)
		}
	}
	for _, v := range s.Vertices {
		for _, sub := range v.Subtasks {
			if sub.Attempt != 1 || len(sub.Earlier) != 1 || !sub.Earlier[0].State.Terminal() || sub.Earlier[0].Stats.RecordsIn == 0 || sub.State != api.TaskFinished {
				t.Errorf("%s: attempts %+v", v.Name, sub)
			}
			at := types.Instant(0)
			for _, state := range []api.TaskState{api.TaskCreated, api.TaskScheduled, api.TaskDeploying, api.TaskInitializing, api.TaskRunning, api.TaskFinished} {
				if e := sub.Entered.At(state); e == 0 || e < at {
					t.Errorf("%s: %s entered at %d, the state before at %d", v.Name, state, e, at)
				} else {
					at = e
				}
			}
		}
	}
	if in := s.Vertices[1].Inputs; len(in) != 1 || in[0].Ship != "HASH" || in[0].Vertex != s.Vertices[0].ID {
		t.Errorf("inputs %+v", in)
	}
	eventually(t, "the job is archived", func() bool { return len(c.Dispatcher().Cluster().TaskManagers[0].Allocated) == 0 })
	got, err := d.Job(j.ID())
	if err != nil {
		t.Fatal(err)
	}
	if got.Started, s.Started = got.Started.Local(), s.Started.Round(0); !got.Started.Equal(s.Started) {
		t.Errorf("archived: started %v, want %v", got.Started, s.Started)
	}
	if !reflect.DeepEqual(got.Vertices, s.Vertices) || got.State != s.State || got.Entered != s.Entered {
		t.Errorf("archived\n%+v\nwant\n%+v", got.Vertices, s.Vertices)
	}
	if r, err := d.Checkpoints(j.ID()); err != nil || r.Find(newest.ID) == nil || r.LatestRestored == nil || r.LatestRestored.ID != newest.ID {
		t.Errorf("archived checkpoints %+v, %v", r, err)
	}
	ended := &api.EndedError{}
	if err := d.Cancel(j.ID()); !errors.As(err, &ended) || ended.State != api.JobFinished {
		t.Errorf("cancel: %v", err)
	}
	unknown := &api.UnknownJobError{}
	if _, err := d.Job("nobody"); !errors.As(err, &unknown) {
		t.Errorf("unknown job: %v", err)
	}
}

// TestSavepoint makes one of a running job, which goes on; a second job starts
// from it, and then it is removed.
func TestSavepoint(t *testing.T) {
	w, id := newWorld(t, 2, -1)
	c := start(t, nil)
	d := c.Dispatcher()
	g := encode(t, copyJob(id, spec.Hash), 2, never)
	j := submit(t, c, g, SubmitOptions{Folder: filepath.Join(t.TempDir(), "job")})
	w.allow(100)
	read(t, j, 200)
	dir := t.TempDir()
	info, err := d.Savepoint(timeout(t), j.ID(), api.SavepointRequest{Dir: "file://" + dir})
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Dir(info.Path) != dir || !strings.HasPrefix(filepath.Base(info.Path), "savepoint-"+j.ID()[:6]+"-") {
		t.Errorf("savepoint in %s", info.Path)
	}
	w.allow(120)
	read(t, j, 240)
	r, _ := d.Checkpoints(j.ID())
	if r.LatestSavepoint == nil || r.LatestSavepoint.Path != info.Path || r.LatestCompleted != nil {
		t.Errorf("report %+v", r)
	}
	if info, err = d.Savepoint(timeout(t), j.ID(), api.SavepointRequest{Dir: dir, Stop: true}); err != nil {
		t.Fatal(err)
	}
	if s, err := d.Job(j.ID()); err != nil || s.State != api.JobFinished {
		t.Errorf("after the stop: %s, %v", s.State, err)
	}
	j = submit(t, c, g, SubmitOptions{Folder: filepath.Join(t.TempDir(), "other"), Restore: api.FileURI(info.Path)})
	w.allow(150)
	read(t, j, 60)
	if _, err := d.Savepoint(timeout(t), j.ID(), api.SavepointRequest{Dir: dir, Cancel: true}); err != nil {
		t.Fatal(err)
	}
	if err := j.Wait(timeout(t)); !errors.Is(err, ErrCanceled) {
		t.Errorf("wait: %v", err)
	}
	if err := w.check(150); err != nil {
		t.Error(err)
	}
	if err := d.DisposeSavepoint(t.Context(), api.FileURI(info.Path)); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(info.Path); !os.IsNotExist(err) {
		t.Errorf("the savepoint is still there: %v", err)
	}
	e := (*diag.Error)(nil)
	for _, place := range []string{info.Path, dir, "s3://bucket/savepoint"} {
		if err := d.DisposeSavepoint(t.Context(), place); !errors.As(err, &e) {
			t.Errorf("dispose of %s: %v", place, err)
		}
	}
	if _, err := d.Savepoint(timeout(t), "nobody", api.SavepointRequest{Dir: dir}); err == nil {
		t.Error("a savepoint of nobody")
	}
}

// TestSlots: a job that finds no slot is refused, and gets it when another ends.
func TestSlots(t *testing.T) {
	c, err := Start(Config{Slots: 3})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_, id := newWorld(t, 2, -1)
	g := encode(t, copyJob(id, spec.Hash), 2, nil)
	j := submit(t, c, g, SubmitOptions{})
	if tm := c.Dispatcher().Cluster().TaskManagers[0]; tm.Slots != 3 || tm.Free() != 1 || len(tm.Allocated) != 1 || tm.Allocated[0] != (api.SlotStatus{Job: j.ID(), Slots: 2, Tasks: 4}) {
		t.Errorf("task manager %+v", tm)
	}
	e := (*diag.Error)(nil)
	if _, err := c.Submit(t.Context(), g, SubmitOptions{}); !errors.As(err, &e) || e.Code != "no-slots" {
		t.Errorf("second job: %v", err)
	}
	if _, err := c.Submit(t.Context(), encode(t, copyJob(id, spec.Hash), 1, nil), SubmitOptions{JobID: j.ID()}); !errors.As(err, &e) || e.Code != "job-running" {
		t.Errorf("same id: %v", err)
	}
	j.Cancel()
	j.Wait(timeout(t))
	eventually(t, "the slots are free", func() bool { return c.Dispatcher().Cluster().TaskManagers[0].Free() == 3 })
	submit(t, c, g, SubmitOptions{})
}

// TestJobStore: the archive forgets by age and by number.
func TestJobStore(t *testing.T) {
	now := clock.NewVirtual(time.Unix(1000, 0))
	c, err := Start(Config{Clock: now, Options: map[string]string{"jobstore.max-capacity": "2", "jobstore.expiration-time": "10 min"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	d := c.Dispatcher()
	var ids []string
	for range 3 {
		g, _ := values(3)
		j := submit(t, c, encode(t, g, 1, nil), SubmitOptions{})
		if err := j.Wait(timeout(t)); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the job is archived", func() bool { return len(d.Cluster().TaskManagers[0].Allocated) == 0 })
		ids = append(ids, j.ID())
		now.Advance(time.Minute)
	}
	list := func() (out []string) {
		for _, o := range d.Jobs() {
			out = append(out, o.ID)
		}
		return out
	}
	if got := list(); !reflect.DeepEqual(got, []string{ids[2], ids[1]}) {
		t.Errorf("jobs %v of %v", got, ids)
	}
	now.Advance(9 * time.Minute)
	if got := list(); !reflect.DeepEqual(got, []string{ids[2]}) {
		t.Errorf("after ten minutes: jobs %v of %v", got, ids)
	}
	now.Advance(2 * time.Minute)
	if _, err := d.Job(ids[2]); err == nil {
		t.Error("the last job is still known")
	}
}
