package jobmanager

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/internal/clock"
	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/internal/failpoint"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/plug"
	"github.com/flott/flott/internal/snapshot"
	"github.com/flott/flott/internal/spec"
)

// Job is a running job: a master and the shell around it. Its methods may be
// called by anybody.
type Job struct {
	id     string
	log    *slog.Logger
	clock  clock.Clock
	tms    []api.TaskManager
	folder *snapshot.Folder // nil = none
	lock   *snapshot.Lock
	temp   bool                 // the folder is a temporary one
	held   element.CheckpointID // the newest checkpoint for which hold was called
	owner  string               // the folder's ID
	scope  *metrics.Group
	zone   *time.Location

	mu     sync.Mutex
	events []any
	master *master
	wake   chan struct{}
	abort  context.CancelFunc // Suspend: the loop ends without the job doing so
	ctx    context.Context

	enumerators map[int]context.CancelFunc
	group       sync.WaitGroup
	done        chan struct{}
	err         error          // valid after done
	last        *api.JobStatus // the pictures of its end; the tasks' counters are gone then
	lastReport  *api.CheckpointReport
	slots       []int // that it has at each task manager
}

// ErrCanceled is what Wait answers for a canceled job.
var ErrCanceled = errors.New("the job was canceled")

// ErrSuspended is what Wait answers for a job that was suspended, or whose
// cluster was closed; it goes on from its newest checkpoint when it is
// submitted again.
var ErrSuspended = errors.New("the job was suspended")

// ID returns the job's id.
func (j *Job) ID() string { return j.id }

func (j *Job) post(event any) {
	j.mu.Lock()
	j.events = append(j.events, event)
	j.mu.Unlock()
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// run is the master's loop.
func (j *Job) run() {
	defer j.group.Done()
	timer := j.clock.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		j.mu.Lock()
		events := j.events
		j.events = nil
		j.mu.Unlock()
		for _, e := range events {
			if j.step(e) {
				return
			}
		}
		if len(events) > 0 {
			continue
		}
		var tickC <-chan time.Time
		j.mu.Lock()
		at, ok := j.master.Deadline()
		j.mu.Unlock()
		if ok {
			timer.Reset(max(at.Sub(j.clock.Now()), 0))
			tickC = timer.C
		}
		select {
		case <-j.wake:
		case <-tickC:
			if j.step(tick{}) {
				return
			}
		case <-j.ctx.Done():
			j.finish(ErrSuspended)
			return
		}
	}
}

// step lets the master take an event in and carries its actions out.
func (j *Job) step(event any) (over bool) {
	j.mu.Lock()
	before := j.master.state
	actions := j.master.Step(j.clock.Now(), event)
	after := j.master.state
	j.mu.Unlock()
	if before != after {
		j.log.Info("job changed", "job", j.id, "name", j.master.g.Name, "state", string(after))
	}
	for _, a := range actions {
		over = j.carryOut(a) || over
	}
	return over
}

func (j *Job) carryOut(action any) (over bool) {
	switch a := action.(type) {
	case deploy:
		if err := j.tms[a.tm].Deploy(a.d); err != nil {
			j.post(deployFailed{a.d.Execution, err})
		}
	case cancelTask:
		j.tms[a.tm].Cancel(a.e)
	case finishTask:
		j.tms[a.tm].Finish(a.e)
	case trigger:
		j.hold(a.t.Checkpoint)
		j.tms[a.tm].Trigger(a.t)
	case notify:
		j.tms[a.tm].CheckpointDone(a.c)
	case assign:
		j.tms[a.tm].AssignSplits(a.a)
	case enumerate:
		j.enumerate(a)
	case stopEnumerator:
		if stop := j.enumerators[a.vertex]; stop != nil {
			stop()
			delete(j.enumerators, a.vertex)
		}
	case store:
		lock := j.lock
		j.group.Go(func() { j.store(a, lock) })
	case discard:
		if j.folder != nil {
			j.warn("remove an aborted checkpoint", j.folder.Remove(int64(a.id)))
		}
	case report:
		j.log.Warn(a.what, "job", j.id, "err", a.err)
	case retire:
		j.retire(a.keep)
	case release:
		for _, tm := range j.tms {
			tm.Release(a.links)
		}
	case forget:
		j.keepCounters(a.executions)
		for _, tm := range j.tms {
			tm.Forget(a.executions)
		}
	case answer:
		a.token.info, a.token.err = a.info, a.err
		close(a.token.done)
	case reached:
		if err := failpoint.Reach(a.name); err != nil {
			j.log.Error("failpoint", "name", a.name, "err", err)
		}
	case terminal:
		j.terminal(a)
		return true
	default:
		panic(fmt.Sprintf("job manager: unknown action %T", action))
	}
	return false
}

func (j *Job) warn(what string, err error) {
	if err != nil {
		j.log.Warn(what, "job", j.id, "err", err)
	}
}

// enumerate runs the enumerator of a source on a goroutine of its own.
func (j *Job) enumerate(a enumerate) {
	if stop := j.enumerators[a.vertex]; stop != nil {
		stop()
	}
	ctx, stop := context.WithCancel(j.ctx)
	j.enumerators[a.vertex] = stop
	v := j.master.g.Vertices[a.vertex]
	j.group.Go(func() {
		defer stop()
		err := j.discover(ctx, a, &v.Chain[0], v.Parallelism)
		if err != nil && ctx.Err() == nil {
			j.post(discovered{vertex: a.vertex, generation: a.generation, err: err})
		}
	})
}

func (j *Job) discover(ctx context.Context, a enumerate, op *spec.Operator, parallelism int) (err error) {
	s := op.Spec.(*spec.Source)
	src, err := plug.Source(s)
	if err != nil {
		return err
	}
	env := connector.Env{Log: j.log, Job: j.master.g.Name, JobID: j.id, Operator: op.ID, Parallelism: parallelism, Zone: j.zone, Now: j.clock.Now,
		Metrics: plug.Metrics(j.scope.Operator(op.ID, op.Name)), Failpoint: failpoint.Reach}
	e, err := src.Enumerator(env)
	if err != nil {
		return err
	}
	defer func() {
		if e := e.Close(); err == nil {
			err = e
		}
	}()
	if a.restore != nil {
		if err := e.Restore(a.restore.State); err != nil {
			return fmt.Errorf("restore split enumeration: %w", err)
		}
	}
	for first := true; ; first = false {
		splits, more, err := e.Discover(ctx)
		if err != nil {
			if first {
				return err
			}
			// What was found once is read on; the next look may succeed.
			j.warn("look for new splits of "+s.Table, err)
			more = true
		} else {
			d := discovered{vertex: a.vertex, generation: a.generation, splits: splits, more: more && e.Interval() > 0}
			if d.state, err = e.Snapshot(); err != nil {
				return err
			}
			j.post(d)
		}
		if !more || e.Interval() <= 0 {
			return nil
		}
		t := j.clock.NewTimer(e.Interval())
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return nil
		}
	}
}

// hold sees before a checkpoint that the job's folder is there and is the job's
// own. One that has vanished is made again, and locked again: else a second copy
// could start in it. If one has done so already, this job ends.
func (j *Job) hold(cp element.CheckpointOptions) {
	if cp.ID == j.held || cp.CommitOnly || j.folder == nil {
		return
	}
	j.held = cp.ID
	if j.lock != nil && j.lock.Held() {
		return
	}
	if _, err := os.Stat(j.folder.Path); j.temp && err == nil {
		return
	}
	if err := j.folder.Prepare(); err != nil {
		j.warn("make the vanished checkpoint folder again", err)
		return // the checkpoint fails
	}
	if j.temp {
		return
	}
	lock, err := j.folder.TryLock()
	if j.lock.Held() {
		return // it was out of sight only
	}
	if d := (*diag.Error)(nil); errors.As(err, &d) {
		j.post(evicted{fmt.Errorf("the checkpoint folder %s has vanished, and there is another one in its place: %w", j.folder.Path, err)})
		return
	}
	if err != nil {
		j.warn("lock the checkpoint folder again", err)
		return
	}
	j.warn("unlock", j.lock.Unlock())
	j.lock = lock
	j.log.Warn("the checkpoint folder has vanished and was made again, without the checkpoints that were in it", "job", j.id, "folder", j.folder.Path)
}

// store writes a checkpoint's metadata; a savepoint is copied to its place.
func (j *Job) store(a store, lock *snapshot.Lock) {
	e := stored{id: elementID(a.meta.ID), meta: &a.meta}
	e.dir, e.err = j.folder.MakeCheckpointDir(a.meta.ID)
	if e.err == nil && lock != nil && !lock.Held() {
		e.err = fmt.Errorf("checkpoint folder %q has vanished while the checkpoint was taken", j.folder.Path)
	}
	if e.err == nil {
		e.err = a.meta.Write(e.dir)
	}
	if e.err == nil && a.target != "" {
		e.err = copySavepoint(&a.meta, e.dir, a.target)
	}
	j.post(e)
}

// copySavepoint copies a checkpoint, its metadata last.
func copySavepoint(m *snapshot.Metadata, from, to string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, f := range m.Files {
		if err := copyFile(filepath.Join(from, f.Name), filepath.Join(to, f.Name)); err != nil {
			return err
		}
	}
	return m.Write(to)
}

func copyFile(from, to string) error {
	r, err := os.Open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	if err == nil {
		err = w.Sync()
	}
	if e := w.Close(); err == nil {
		err = e
	}
	return err
}

func (j *Job) retire(keep int) {
	ids, err := j.folder.Checkpoints()
	j.warn("list checkpoints", err)
	for _, id := range ids[min(keep, len(ids)):] {
		j.warn("remove an old checkpoint", j.folder.Remove(id))
	}
}

// terminal ends the job: the folder says that the next start is a fresh one,
// unless the job has failed.
func (j *Job) terminal(a terminal) {
	err := a.err
	switch a.state {
	case api.JobFinished:
		if err = failpoint.Reach("before-job-finished"); err == nil {
			j.clear()
		}
	case api.JobSuspended:
		err = ErrSuspended
	case api.JobCanceled:
		err = ErrCanceled
		if !j.master.set.keepCanceled {
			j.clear()
		}
	}
	j.finish(err)
}

func (j *Job) clear() {
	if j.folder != nil {
		j.warn("remove the checkpoints of a job that is over", j.folder.Clear())
	}
}

// finish lets everything go that the job holds.
func (j *Job) finish(err error) {
	for _, stop := range j.enumerators {
		stop()
	}
	if j.lock != nil {
		j.warn("unlock", j.lock.Unlock())
	}
	if j.temp {
		j.warn("remove the temporary folder", os.RemoveAll(j.folder.Path))
	}
	j.scope.Close()
	j.err = err
	j.abort()
	if j.master != nil {
		j.remember()
		var all []api.ExecutionID
		for _, t := range j.master.g.tasks {
			j.tms[t.tm].Cancel(t.id(j.id)) // of a job that was halted; others are over
			all = append(all, t.id(j.id))
		}
		for _, tm := range j.tms {
			tm.Forget(all)
		}
	}
	close(j.done)
}

// Wait waits for the job's end: nil if it has finished, ErrCanceled,
// ErrSuspended, or why it failed.
func (j *Job) Wait(ctx context.Context) error {
	select {
	case <-j.done:
		return j.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Done is closed when the job is over.
func (j *Job) Done() <-chan struct{} { return j.done }

// Cancel ends the job; Wait tells when it is over.
func (j *Job) Cancel() { j.post(cancel{}) }

// Checkpoint makes a checkpoint now.
func (j *Job) Checkpoint(ctx context.Context) (api.CheckpointInfo, error) {
	return j.request(ctx, requested{token: newReply()})
}

// request waits for the answer to r.
func (j *Job) request(ctx context.Context, r requested) (api.CheckpointInfo, error) {
	if j.folder == nil {
		return api.CheckpointInfo{}, errNoFolder
	}
	j.post(r)
	select {
	case <-r.token.done:
		return r.token.info, r.token.err
	case <-j.done:
		// The answer may have come with the end.
		select {
		case <-r.token.done:
			return r.token.info, r.token.err
		default:
			return api.CheckpointInfo{}, errors.New("the job has ended")
		}
	case <-ctx.Done():
		return api.CheckpointInfo{}, ctx.Err()
	}
}
