package jobmanager

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flott/flott/internal/checkpoint"
	"github.com/flott/flott/internal/clock"
	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/cluster/scheduler"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/internal/graph"
	"github.com/flott/flott/internal/logs"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/snapshot"
	"github.com/flott/flott/internal/spec"
)

// Config describes a dispatcher.
type Config struct {
	TaskManagers []api.TaskManager
	// Slots are the slots of each task manager; negative = any number.
	Slots   scheduler.Slots
	Options map[string]string // the cluster's; a job's own go first
	Log     *slog.Logger
	Metrics *metrics.Group // the job manager's scope
	Clock   clock.Clock
}

// Dispatcher takes jobs and routes what task managers tell to their masters.
type Dispatcher struct {
	Config
	links atomic.Uint64
	group sync.WaitGroup
	mu    sync.Mutex
	jobs  map[string]*Job
	archive
}

// NewDispatcher returns a dispatcher without jobs. The task managers are set
// before the first Submit.
func NewDispatcher(c Config) (*Dispatcher, error) {
	d := &Dispatcher{Config: c, jobs: map[string]*Job{}}
	a, err := newArchive(c.Options)
	if err != nil {
		return nil, err
	}
	d.archive = a
	d.gauges()
	return d, nil
}

// Submission is a job to run.
type Submission struct {
	Graph []byte // encoded graph.JobGraph
	JobID string // empty = a random one
	// Folder is the job's own; empty = none, or a temporary one if the job has
	// checkpoints.
	Folder           string
	Restore          string
	Fresh            bool
	AllowNonRestored bool
	// ManagedBytes and ClientBytes are the job's share of the memory; 0 = not bounded.
	ManagedBytes, ClientBytes int64
}

// Submit starts a job. Errors are those found before a task is deployed.
func (d *Dispatcher) Submit(s Submission) (*Job, error) {
	g, err := graph.Decode(s.Graph)
	if err != nil {
		return nil, err
	}
	config := map[string]string{}
	for k, v := range d.Options {
		config[k] = v
	}
	for k, v := range g.Config {
		config[k] = v
	}
	g.Config = config
	set, err := readSettings(g, s.Folder != "")
	if err != nil {
		return nil, err
	}
	if s.JobID == "" {
		s.JobID = api.NewJobID()
	}
	j := &Job{id: s.JobID, log: logs.Job(d.Log, s.JobID, g.Name), clock: d.Clock, tms: d.TaskManagers, wake: make(chan struct{}, 1), done: make(chan struct{}),
		enumerators: map[int]context.CancelFunc{}, zone: time.UTC, scope: d.Metrics.Job(s.JobID, g.Name)}
	j.ctx, j.abort = context.WithCancel(context.Background())
	restore, err := j.prepareFolder(s, set)
	if err == nil && restore != nil && !s.AllowNonRestored {
		err = restore.check(g)
	}
	if err == nil {
		err = d.makeMaster(j, g, s, set, restore)
	}
	if err != nil {
		j.finish(err)
		return nil, err
	}
	j.gauges(g.Config)
	j.post(start{})
	j.group.Add(1)
	d.group.Go(func() {
		j.run()
		j.group.Wait()
		d.retire(j)
	})
	return j, nil
}

// place finds slots for a job; d.mu is held.
func (d *Dispatcher) place(j *Job, g *graph.JobGraph) (scheduler.Assignment, error) {
	if d.jobs[j.id] != nil {
		return nil, &diag.Error{Code: "job-running", Stage: diag.StageRun, Message: fmt.Sprintf("a job with the id %s is running", j.id)}
	}
	free := append(scheduler.Slots(nil), d.Slots...)
	for _, o := range d.jobs {
		for i, n := range o.slots {
			if free[i] >= 0 {
				free[i] -= n
			}
		}
	}
	place, used, err := scheduler.Assign(g, free, d.Options["flott.transport"] != "tcp")
	if err != nil {
		return nil, err
	}
	j.slots = used
	return place, nil
}

// retire puts a job that is over into the archive.
func (d *Dispatcher) retire(j *Job) {
	status, report := j.Status(), j.Checkpoints()
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.jobs, j.id)
	if err := d.archive.add(d.Clock.Now(), status, report); err != nil {
		d.Log.Warn("archive a job", "job", j.id, "err", err)
	}
}

// prepareFolder locks the job's folder and finds what to start from.
func (j *Job) prepareFolder(s Submission, set settings) (*restorePoint, error) {
	switch {
	case s.Folder != "":
		j.folder = &snapshot.Folder{Path: s.Folder}
		if err := j.folder.Prepare(); err != nil {
			return nil, err
		}
		lock, err := j.folder.Lock(j.clock)
		if err != nil {
			return nil, err
		}
		j.lock = lock
		if j.owner, err = j.folder.ID(); err != nil {
			return nil, err
		}
	case set.periodic:
		dir, err := os.MkdirTemp("", "flott-job-")
		if err != nil {
			return nil, err
		}
		j.folder, j.temp = &snapshot.Folder{Path: dir}, true
		if j.owner, err = j.folder.ID(); err != nil {
			return nil, err
		}
	}
	if s.Fresh && s.Folder != "" {
		if err := j.folder.Clear(); err != nil {
			return nil, err
		}
	}
	if s.Restore != "" {
		place, err := api.LocalPath(s.Restore)
		if err != nil {
			return nil, err
		}
		s.Restore = place
		m, err := snapshot.ReadMetadata(s.Restore)
		if err == nil {
			err = m.Verify(s.Restore)
		}
		if err != nil {
			return nil, fmt.Errorf("restore from %s: %w", s.Restore, err)
		}
		return &restorePoint{s.Restore, m}, nil
	}
	if s.Folder == "" {
		return nil, nil
	}
	m, dir, err := j.folder.Latest(func(id int64, err error) {
		j.log.Warn("checkpoint refused, the one before is tried: what was committed since comes again", "job", j.id, "checkpoint", id, "err", err)
	})
	if err != nil {
		return nil, err
	}
	var keep int64
	var restore *restorePoint
	if m != nil {
		keep, restore = m.ID, &restorePoint{dir, m}
		// Damaged ones above it must not be found again.
		ids, err := j.folder.Checkpoints()
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if id > m.ID {
				if err := j.folder.Remove(id); err != nil {
					return nil, err
				}
			}
		}
	}
	return restore, j.folder.Sweep(keep)
}

func (d *Dispatcher) makeMaster(j *Job, g *graph.JobGraph, s Submission, set settings, restore *restorePoint) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	place, err := d.place(j, g)
	if err != nil {
		return err
	}
	tms := make([]manager, len(d.TaskManagers))
	for i, tm := range d.TaskManagers {
		tms[i] = managerOf(tm)
	}
	x, err := newExecutionGraph(g, j.id, place, tms, func() uint64 { return d.links.Add(1) })
	if err != nil {
		return err
	}
	template := api.Deploy{JobName: g.Name, Owner: j.owner, Batch: g.Batch, Config: g.Config, FinalCheckpoint: set.checkpoints.Final, AtLeastOnce: set.atLeastOnce,
		ManagedBytes: unbounded, SortBytes: unbounded}
	if j.folder != nil {
		template.Folder = j.folder.Path
	}
	managed, clients := int64(0), int64(0)
	for _, v := range g.Vertices {
		for _, op := range v.Chain {
			switch op.Spec.(type) {
			case *spec.Source, *spec.Sink:
				clients += int64(v.Parallelism)
			}
			if api.Managed(op.Spec) {
				managed += int64(v.Parallelism)
			}
		}
	}
	if s.ManagedBytes > 0 && managed > 0 {
		template.ManagedBytes, template.SortBytes = s.ManagedBytes, s.ManagedBytes/managed
	}
	if s.ClientBytes > 0 && clients > 0 {
		template.ClientBytes = s.ClientBytes / clients
	}
	d.jobs[j.id] = j
	j.master = newMaster(j.id, x, set, template, restore, d.Clock.Now())
	return nil
}

// unbounded is a reservation that no job comes near.
const unbounded = 1 << 46

func elementID(id int64) element.CheckpointID { return element.CheckpointID(id) }

// Results returns the link that carries the rows of the job's Collect
// operator, its columns; ok is false without one.
func (j *Job) Results() (link uint64, columns []spec.Column, ok bool) {
	for _, v := range j.master.g.Vertices {
		for _, op := range v.Chain {
			if c, is := op.Spec.(*spec.Collect); is {
				return j.master.g.results, c.Columns, true
			}
		}
	}
	return 0, nil, false
}

// Suspend makes a last checkpoint and ends the job with it, so that the next
// Submit with its folder goes on from there. A job without a folder, or whose
// checkpoint is not complete when ctx ends, stops at once.
func (j *Job) Suspend(ctx context.Context) error {
	_, err := j.request(ctx, requested{token: newReply(), options: checkpoint.Options{Stop: true, Keep: true}})
	if err == nil {
		select {
		case <-j.done:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	j.halt()
	return err
}

// halt ends the job's loop, whatever it is doing.
func (j *Job) halt() {
	j.abort()
	<-j.done
	j.group.Wait()
}

// TaskChanged, EndOfData, Acknowledge and Decline make the dispatcher the
// api.TaskEvents of all task managers.
func (d *Dispatcher) TaskChanged(e api.TaskChanged) { d.route(e.Execution.Job, e) }

// EndOfData routes to the job's master.
func (d *Dispatcher) EndOfData(e api.EndOfData) { d.route(e.Execution.Job, e) }

// Acknowledge routes to the job's master.
func (d *Dispatcher) Acknowledge(e api.Acknowledge) { d.route(e.Execution.Job, e) }

// Decline routes to the job's master.
func (d *Dispatcher) Decline(e api.Decline) { d.route(e.Execution.Job, e) }

func (d *Dispatcher) route(job string, event any) {
	d.mu.Lock()
	j := d.jobs[job]
	d.mu.Unlock()
	if j != nil {
		j.post(event)
	}
}

func (d *Dispatcher) all() (out []*Job) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, j := range d.jobs {
		out = append(out, j)
	}
	return out
}

// Close ends the loops of all jobs, which can go on later from their newest
// checkpoints. The task managers are to be closed after it.
func (d *Dispatcher) Close() {
	for _, j := range d.all() {
		j.halt()
	}
	d.group.Wait()
	d.Metrics.Close()
}
