package jobmanager

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"github.com/flott/flott/internal/checkpoint"
	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/snapshot"
)

var _ api.Dispatcher = (*Dispatcher)(nil)

// Jobs lists the running jobs and the archived ones, newest first.
func (d *Dispatcher) Jobs() []api.JobOverview {
	d.mu.Lock()
	d.archive.expire(d.Clock.Now())
	out := make([]api.JobOverview, 0, len(d.jobs)+len(d.archive.jobs))
	for _, j := range d.jobs {
		out = append(out, j.Overview())
	}
	for _, a := range d.archive.jobs {
		if d.jobs[a.overview.ID] == nil {
			out = append(out, a.overview)
		}
	}
	d.mu.Unlock()
	sort.Slice(out, func(i, k int) bool {
		if !out[i].Started.Equal(out[k].Started) {
			return out[i].Started.After(out[k].Started)
		}
		return out[i].ID < out[k].ID
	})
	return out
}

// find returns a running job, or the pictures of an archived one.
func (d *Dispatcher) find(id string) (*Job, pictures, error) {
	d.mu.Lock()
	j := d.jobs[id]
	var packed []byte
	if j == nil {
		packed = d.archive.find(d.Clock.Now(), id)
	}
	d.mu.Unlock()
	switch {
	case j != nil:
		return j, pictures{}, nil
	case packed == nil:
		return nil, pictures{}, &api.UnknownJobError{ID: id}
	}
	p, err := unpack(packed)
	return nil, p, err
}

// running returns a job that is not over.
func (d *Dispatcher) running(id string) (*Job, error) {
	j, p, err := d.find(id)
	if err != nil {
		return nil, err
	}
	if j == nil {
		return nil, &api.EndedError{ID: id, State: p.Status.State}
	}
	return j, nil
}

// Job is a picture of a running or archived job.
func (d *Dispatcher) Job(id string) (api.JobStatus, error) {
	j, p, err := d.find(id)
	if j != nil {
		return j.Status(), nil
	}
	return p.Status, err
}

// Checkpoints are those of a running or archived job.
func (d *Dispatcher) Checkpoints(id string) (api.CheckpointReport, error) {
	j, p, err := d.find(id)
	if j != nil {
		return j.Checkpoints(), nil
	}
	return p.Checkpoints, err
}

// Cluster is a picture of the task managers.
func (d *Dispatcher) Cluster() (s api.ClusterStatus) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, tm := range d.TaskManagers {
		m := managerOf(tm)
		t := api.TaskManagerStatus{ID: m.id, Host: m.host, Slots: d.Slots[i]}
		if _, port, err := net.SplitHostPort(m.address); err == nil {
			t.DataPort, _ = strconv.Atoi(port)
		}
		used := 0
		for _, j := range d.jobs {
			if n := j.slots[i]; n > 0 {
				used += n
				t.Allocated = append(t.Allocated, api.SlotStatus{Job: j.id, Slots: n, Tasks: j.tasksAt(i)})
			}
		}
		sort.Slice(t.Allocated, func(a, b int) bool { return t.Allocated[a].Job < t.Allocated[b].Job })
		if t.SlotsUnlimited = t.Slots < 0; t.SlotsUnlimited {
			t.Slots = used
		}
		s.TaskManagers = append(s.TaskManagers, t)
	}
	return s
}

func (j *Job) tasksAt(tm int) (n int) {
	for _, t := range j.master.g.tasks { // where they run does not change
		if t.tm == tm {
			n++
		}
	}
	return n
}

// Cancel begins to end a job.
func (d *Dispatcher) Cancel(id string) error {
	j, err := d.running(id)
	if err == nil {
		j.Cancel()
	}
	return err
}

// Checkpoint makes a checkpoint and waits for it.
func (d *Dispatcher) Checkpoint(ctx context.Context, id string) (api.CheckpointInfo, error) {
	j, err := d.running(id)
	if err != nil {
		return api.CheckpointInfo{}, err
	}
	return j.Checkpoint(ctx)
}

// Savepoint makes a savepoint and waits for it, and for the end of the job if
// it is to stop.
func (d *Dispatcher) Savepoint(ctx context.Context, id string, r api.SavepointRequest) (api.CheckpointInfo, error) {
	j, err := d.running(id)
	if err != nil {
		return api.CheckpointInfo{}, err
	}
	return j.Savepoint(ctx, r)
}

// DisposeSavepoint removes the savepoint in a folder and nothing else.
func (d *Dispatcher) DisposeSavepoint(_ context.Context, path string) error {
	dir, err := api.LocalPath(path)
	if err != nil {
		return err
	}
	m, err := snapshot.ReadMetadata(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return &diag.Error{Code: "unknown-savepoint", Stage: diag.StageRun, Message: fmt.Sprintf("there is no savepoint in %q", dir)}
	case err != nil:
		return err
	case !m.Savepoint || strings.HasPrefix(filepath.Base(dir), "chk-"):
		return &diag.Error{Code: "unknown-savepoint", Stage: diag.StageRun, Message: fmt.Sprintf("what lies in %q is a checkpoint, not a savepoint", dir),
			Help: "checkpoints are removed by their job"}
	}
	// The metadata goes first: what is left of a removal that breaks off is no
	// savepoint any more.
	if err := os.Remove(filepath.Join(dir, snapshot.MetadataName)); err != nil {
		return err
	}
	for _, f := range m.Files {
		if filepath.Base(f.Name) != f.Name {
			continue
		}
		if err := os.Remove(filepath.Join(dir, f.Name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	// A folder with other things in it stays.
	_ = os.Remove(dir)
	return nil
}

// Savepoint makes a savepoint below a folder; its own is in the answer.
func (j *Job) Savepoint(ctx context.Context, r api.SavepointRequest) (api.CheckpointInfo, error) {
	dir := r.Dir
	if dir == "" {
		dir = j.master.set.savepointDir
	}
	if dir == "" {
		return api.CheckpointInfo{}, &diag.Error{Code: "option-value", Stage: diag.StageRun, Message: "no folder is known for the savepoint",
			Help: "name one, or set 'execution.checkpointing.savepoint-dir'"}
	}
	dir, err := api.LocalPath(dir)
	if err != nil {
		return api.CheckpointInfo{}, err
	}
	target := filepath.Join(dir, fmt.Sprintf("savepoint-%.6s-%.12s", j.id, api.NewJobID()))
	info, err := j.request(ctx, requested{token: newReply(), options: checkpoint.Options{Savepoint: true, Stop: r.Stop, Drain: r.Stop && r.Drain, Target: target}})
	if err != nil {
		return info, err
	}
	if r.Cancel && !r.Stop {
		j.Cancel()
	}
	if r.Stop || r.Cancel {
		select {
		case <-j.done:
		case <-ctx.Done():
			return info, ctx.Err()
		}
	}
	return info, nil
}

// StopWithSavepoint makes a savepoint below dir and ends the job with it. With
// drain sources first send a last watermark, which fires everything that waits
// for time. It returns the savepoint's folder.
func (j *Job) StopWithSavepoint(ctx context.Context, dir string, drain bool) (string, error) {
	info, err := j.Savepoint(ctx, api.SavepointRequest{Dir: dir, Stop: true, Drain: drain})
	return info.Path, err
}
