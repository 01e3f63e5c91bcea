package rest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/flott/flott/internal/clock"
	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/option"
)

// The states of an operation.
const (
	inProgress = "IN_PROGRESS"
	completed  = "COMPLETED"
)

// maxOperations is how many are remembered; the oldest that is over goes first.
const maxOperations = 1000

// operations are the requests that take a while. Whoever asked looks for the
// outcome under its id until it is forgotten.
type operations struct {
	clock  clock.Clock
	kept   time.Duration // after its end, `rest.async.store-duration`
	ctx    context.Context
	cancel context.CancelFunc
	group  sync.WaitGroup

	mu    sync.Mutex
	all   map[operationKey]*operation
	order []operationKey // the oldest first
}

// operationKey names an operation: Flink keeps those of a job apart.
type operationKey struct{ kind, job, trigger string }

type operation struct {
	over   bool
	ended  time.Time
	result api.CheckpointInfo
	err    error
}

func (o *operations) init(c clock.Clock, options map[string]string) {
	o.clock, o.kept, o.all = c, 5*time.Minute, map[operationKey]*operation{}
	if t := options["rest.async.store-duration"]; t != "" {
		if d, err := option.ParseDuration(t); err == nil {
			o.kept = d
		}
	}
	o.ctx, o.cancel = context.WithCancel(context.Background())
}

func (o *operations) close() {
	o.cancel()
	o.group.Wait()
}

// start carries f out aside and returns the id under which its outcome is found;
// one that was started under that id already is not started again.
func (o *operations) start(kind, job, trigger string, f func(ctx context.Context) (api.CheckpointInfo, error)) (any, error) {
	switch {
	case trigger == "":
		var b [16]byte
		rand.Read(b[:])
		trigger = hex.EncodeToString(b[:])
	case !isID(trigger):
		return nil, fail(http.StatusBadRequest, "Request did not match expected format: triggerId %q is no id of 32 hex digits.", trigger)
	}
	key := operationKey{kind, job, strings.ToLower(trigger)}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.all[key] != nil {
		return requestID{key.trigger}, nil
	}
	if !o.makeRoom() {
		return nil, fail(http.StatusServiceUnavailable, "Too many savepoints and checkpoints are under way.")
	}
	op := &operation{}
	o.all[key] = op
	o.order = append(o.order, key)
	o.group.Go(func() {
		result, err := f(o.ctx)
		o.mu.Lock()
		op.over, op.ended, op.result, op.err = true, o.clock.Now(), result, err
		o.mu.Unlock()
	})
	return requestID{key.trigger}, nil
}

// makeRoom forgets what is too old, or over if there is too much; o.mu is held.
func (o *operations) makeRoom() bool {
	now := o.clock.Now()
	spare := len(o.order) - maxOperations + 1
	left := o.order[:0]
	for _, k := range o.order {
		op := o.all[k]
		if op.over && (spare > 0 || now.Sub(op.ended) >= o.kept) {
			delete(o.all, k)
			spare--
			continue
		}
		left = append(left, k)
	}
	o.order = left
	return len(left) < maxOperations
}

// find returns a copy of the operation, false if there is none.
func (o *operations) find(kind, job, trigger string) (operation, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.makeRoom()
	op := o.all[operationKey{kind, job, strings.ToLower(trigger)}]
	if op == nil {
		return operation{}, false
	}
	return *op, true
}

func postSavepoint(r *request) (any, error) {
	id, err := r.id("jobid")
	if err != nil {
		return nil, err
	}
	var b savepointTrigger
	if err := r.body(&b); err != nil {
		return nil, err
	}
	if err := canonical(b.Format); err != nil {
		return nil, err
	}
	return r.savepoint(id, b.Trigger, api.SavepointRequest{Dir: b.Target, Cancel: b.Cancel})
}

func postStop(r *request) (any, error) {
	id, err := r.id("jobid")
	if err != nil {
		return nil, err
	}
	var b stopTrigger
	if err := r.body(&b); err != nil {
		return nil, err
	}
	if err := canonical(b.Format); err != nil {
		return nil, err
	}
	return r.savepoint(id, b.Trigger, api.SavepointRequest{Dir: b.Target, Stop: true, Drain: b.Drain})
}

func (r *request) savepoint(job, trigger string, s api.SavepointRequest) (any, error) {
	cluster := r.h.Cluster
	return r.h.operations.start("savepoint", job, trigger, func(ctx context.Context) (api.CheckpointInfo, error) { return cluster.Savepoint(ctx, job, s) })
}

// outcome looks for the operation in the path.
func (r *request) outcome(kind, job string) (operation, error) {
	trigger, err := r.id("triggerid")
	if err != nil {
		return operation{}, err
	}
	op, ok := r.h.operations.find(kind, job, trigger)
	switch {
	case ok:
		return op, nil
	case job == "":
		return op, fail(http.StatusNotFound, "Operation not found under key: %s", trigger)
	}
	return op, fail(http.StatusNotFound, "There is no %s operation with triggerId=%s for job %s.", kind, trigger, job)
}

func getSavepoint(r *request) (any, error) {
	id, err := r.id("jobid")
	if err != nil {
		return nil, err
	}
	op, err := r.outcome("savepoint", id)
	switch {
	case err != nil:
		return nil, err
	case !op.over:
		return savepointResult{Status: queueStatus{inProgress}}, nil
	case op.err != nil:
		cause := causeOf(op.err)
		return savepointResult{queueStatus{completed}, some(savepointOperation{Failure: &cause})}, nil
	}
	return savepointResult{queueStatus{completed}, some(savepointOperation{Location: api.FileURI(op.result.Path)})}, nil
}

func postCheckpoint(r *request) (any, error) {
	id, err := r.id("jobid")
	if err != nil {
		return nil, err
	}
	var b checkpointTrigger
	if err := r.body(&b); err != nil {
		return nil, err
	}
	switch b.Type {
	case "", "CONFIGURED", "FULL", "INCREMENTAL":
	default:
		return nil, fail(http.StatusBadRequest, "Request did not match expected format: checkpointType %q is unknown.", b.Type)
	}
	cluster := r.h.Cluster
	return r.h.operations.start("checkpoint", id, b.Trigger, func(ctx context.Context) (api.CheckpointInfo, error) { return cluster.Checkpoint(ctx, id) })
}

func getCheckpointTrigger(r *request) (any, error) {
	id, err := r.id("jobid")
	if err != nil {
		return nil, err
	}
	op, err := r.outcome("checkpoint", id)
	switch {
	case err != nil:
		return nil, err
	case !op.over:
		return checkpointResult{Status: queueStatus{inProgress}}, nil
	case op.err != nil:
		cause := causeOf(op.err)
		return checkpointResult{queueStatus{completed}, some(checkpointOperation{Failure: &cause})}, nil
	}
	return checkpointResult{queueStatus{completed}, some(checkpointOperation{ID: op.result.ID})}, nil
}

func postDisposal(r *request) (any, error) {
	var b disposalTrigger
	if err := r.body(&b); err != nil {
		return nil, err
	}
	if b.Path == "" {
		return nil, fail(http.StatusBadRequest, "Field savepoint-path must not be omitted or be null.")
	}
	cluster := r.h.Cluster
	return r.h.operations.start("disposal", "", b.Trigger, func(ctx context.Context) (api.CheckpointInfo, error) {
		return api.CheckpointInfo{}, cluster.DisposeSavepoint(ctx, b.Path)
	})
}

func getDisposal(r *request) (any, error) {
	op, err := r.outcome("disposal", "")
	switch {
	case err != nil:
		return nil, err
	case !op.over:
		return disposalResult{Status: queueStatus{inProgress}}, nil
	case op.err != nil:
		cause := causeOf(op.err)
		return disposalResult{queueStatus{completed}, some(disposalOperation{Failure: &cause})}, nil
	}
	return disposalResult{queueStatus{completed}, some(disposalOperation{})}, nil
}
