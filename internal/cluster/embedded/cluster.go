package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"sync"

	"github.com/flott/flott/internal/clock"
	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/cluster/jobmanager"
	"github.com/flott/flott/internal/cluster/taskmanager"
	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/internal/exchange"
	"github.com/flott/flott/internal/exec/build"
	"github.com/flott/flott/internal/memory"
	"github.com/flott/flott/internal/snapshot"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Errors with which jobs end that did neither finish nor fail.
var (
	ErrCanceled  = jobmanager.ErrCanceled
	ErrSuspended = jobmanager.ErrSuspended
)

// Cluster is a job manager and its task managers. Its methods may be called by
// anybody.
type Cluster struct {
	dispatcher *jobmanager.Dispatcher
	managers   []*taskmanager.TaskManager
	networks   []*exchange.Network
	managed    *memory.Pool
	close      sync.Once
}

// Start starts a cluster. It opens no sockets unless the transport is tcp.
func Start(c Config) (*Cluster, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = clock.Real{}
	}
	pool := c.Managed
	if pool == nil {
		pool = memory.NewPool(1 << 62)
	}
	tcp := c.Options["flott.transport"] == "tcp"
	if c.TaskManagers == 0 {
		c.TaskManagers = 1
		if tcp {
			c.TaskManagers = 2
		}
	}
	tcp = tcp || c.TaskManagers > 1
	k := &Cluster{managed: c.Managed}
	d, err := jobmanager.NewDispatcher(jobmanager.Config{Options: c.Options, Log: c.Log, Metrics: c.Metrics.JobManager(), Clock: c.Clock})
	if err != nil {
		return nil, err
	}
	k.dispatcher = d
	for i := range c.TaskManagers {
		n := exchange.NewNetwork(0)
		k.networks = append(k.networks, n)
		if tcp {
			if err := n.Listen("127.0.0.1:0"); err != nil {
				k.Close()
				return nil, err
			}
		}
		id := "tm-" + strconv.Itoa(i+1)
		n.Show(c.Metrics.TaskManager(id))
		tm := taskmanager.New(taskmanager.Config{ID: id, Network: n, Managed: pool, Log: c.Log, Metrics: c.Metrics.TaskManager(id), Clock: c.Clock,
			Build: build.Operator, Events: k.dispatcher})
		k.managers = append(k.managers, tm)
		k.dispatcher.TaskManagers = append(k.dispatcher.TaskManagers, tm)
		slots := c.Slots
		if slots == 0 {
			slots = -1
		}
		k.dispatcher.Slots = append(k.dispatcher.Slots, slots)
	}
	return k, nil
}

// Submit starts a job of an encoded graph.JobGraph. Errors are those found
// before anything runs: a graph that cannot be read, a folder that cannot be
// written or is locked, a checkpoint that does not fit.
func (k *Cluster) Submit(ctx context.Context, graph []byte, o SubmitOptions) (*Job, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if o.ManagedBytes == 0 && k.managed != nil {
		o.ManagedBytes = k.managed.Stats().Limit
	}
	j, err := k.dispatcher.Submit(jobmanager.Submission{Graph: graph, JobID: o.JobID, Folder: o.Folder, Restore: o.Restore, Fresh: o.Fresh,
		AllowNonRestored: o.AllowNonRestored, ManagedBytes: o.ManagedBytes, ClientBytes: o.ClientBytes})
	if err != nil {
		return nil, err
	}
	return newJob(j, k.networks[0]), nil
}

// Dispatcher is the clients' side of the cluster.
func (k *Cluster) Dispatcher() api.Dispatcher { return k.dispatcher }

// Close ends the cluster; jobs that still run can go on later from their
// newest checkpoints.
func (k *Cluster) Close() error {
	k.close.Do(func() {
		k.dispatcher.Close()
		for _, tm := range k.managers {
			tm.Close()
		}
		for _, n := range k.networks {
			n.Close()
		}
	})
	return nil
}

// LatestCheckpoint returns the newest whole checkpoint in a job's folder; ok is
// false if there is none.
func LatestCheckpoint(folder string) (info api.CheckpointInfo, ok bool, err error) {
	m, dir, err := snapshot.Folder{Path: folder}.Latest(nil)
	if err != nil || m == nil {
		return info, false, err
	}
	return api.CheckpointInfo{ID: m.ID, Path: dir, Triggered: m.Triggered, Duration: m.Completed.Sub(m.Triggered), SizeBytes: m.SizeBytes(), Savepoint: m.Savepoint}, true, nil
}

// Job is a job of an embedded cluster: that of the job manager, and the rows of
// its query if it is one.
type Job struct {
	*jobmanager.Job
	reader  *exchange.Reader
	columns []spec.Column
	wake    chan struct{}
	release func() // forgets the link
	ended   bool
}

func newJob(j *jobmanager.Job, n *exchange.Network) *Job {
	w := &Job{Job: j, wake: make(chan struct{}, 1)}
	link, columns, ok := j.Results()
	if !ok {
		return w
	}
	ts := make([]types.Type, len(columns))
	for i, c := range columns {
		ts[i] = c.Type
	}
	w.columns = columns
	w.release = func() { n.Release([]uint64{link}) }
	w.reader = exchange.NewReader(exchange.ReaderConfig{Types: [][]types.Type{ts}, Now: clock.Real{}.Now, Wake: func() {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}}, []exchange.InputLink{{Link: n.Input(link)}})
	return w
}

// Columns are those of the query, nil if the job is none.
func (j *Job) Columns() []spec.Column { return j.columns }

// Next returns the next rows of the query with their kinds, lent until the next
// call, or io.EOF after the last ones. If the job ends in another way, the
// error is that of Wait. The job goes on at the caller's pace.
func (j *Job) Next(ctx context.Context) (*vector.Batch, error) {
	if j.reader == nil {
		return nil, errors.New("the job is no query")
	}
	over := j.Done()
	for !j.ended {
		e, ok, err := j.reader.Next()
		switch {
		case err != nil:
			return nil, j.failure(ctx, err)
		case ok && e.Kind == element.Batch && e.Rows.Len() > 0:
			return e.Rows, nil
		case ok:
			j.ended = e.Kind == element.End
			continue
		}
		select {
		case <-j.wake:
		case <-over:
			if j.Wait(ctx) != nil {
				return nil, j.failure(ctx, io.ErrUnexpectedEOF)
			}
			over = nil // the last rows may still be on their way
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	j.release()
	return nil, io.EOF
}

// failure is why there are no more rows: the job's own error.
func (j *Job) failure(ctx context.Context, err error) error {
	if e := j.Wait(ctx); e != nil {
		j.release()
		return e
	}
	return fmt.Errorf("the rows of the query ended early: %w", err)
}
