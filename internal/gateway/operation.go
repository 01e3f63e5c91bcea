package gateway

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/session"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// state is that of an operation under Flink's name.
type state string

const (
	pending  state = "PENDING"
	running  state = "RUNNING"
	finished state = "FINISHED"
	canceled state = "CANCELED"
	failed   state = "ERROR"
)

const (
	// pageRows and pageBytes bound a page of a result.
	pageRows  = 5000
	pageBytes = 256 << 10
)

// operation is a statement that is being carried out, and its result.
type operation struct {
	handle string
	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{} // closed when the statement has been carried out

	mu     sync.Mutex
	state  state
	errs   []*diag.Error
	text   string // that the errors' places refer to
	result *result
}

// run carries the statement out.
func (o *operation) run(s *gatewaySession, text string, config map[string]string) {
	defer close(o.done)
	o.text = text
	if err := s.enter(o.ctx); err != nil {
		return
	}
	o.mu.Lock()
	if o.state == pending {
		o.state = running
	}
	o.mu.Unlock()
	r, errs := s.execute(o.ctx, text, config)
	s.leave()
	if errs == nil && r.Kind == session.Submitted && r.Sync {
		if err := r.Job.Wait(o.ctx); err != nil {
			if o.ctx.Err() != nil {
				r.Job.Cancel()
			}
			errs = []*diag.Error{session.JobError(err)}
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.state == canceled:
		if errs == nil && r.Kind == session.Query {
			r.Job.Cancel()
		}
	case errs != nil:
		o.state, o.errs = failed, errs
	default:
		o.state, o.result = finished, newResult(r)
		if r.Kind == session.Query {
			go o.result.fetch(o.ctx)
			return
		}
	}
	o.cancel() // nothing runs for it any more
}

// over reports that nothing is left to be fetched but what a client may ask for
// again.
func (o *operation) over() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch o.state {
	case pending, running:
		return false
	case finished:
		return o.result.kind != session.Query || o.result.exhausted()
	}
	return true
}

func (o *operation) status() (state, []*diag.Error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.state, o.errs
}

// stop is POST …/cancel. A statement that has been carried out can no longer
// be cancelled, but its query can.
func (o *operation) stop() {
	o.mu.Lock()
	r := o.result
	if o.state == pending || o.state == running {
		o.state = canceled
	}
	o.mu.Unlock()
	o.cancel()
	if r != nil {
		r.close()
	}
}

// close ends the operation with its query; the job of an INSERT runs on.
func (o *operation) close() { o.stop() }

// row is a row of a query's result as it waits to be fetched: its fields in both
// row formats would be twice the memory, so the batch is kept.
type page struct {
	batches []*vector.Batch
	rows    int
}

// result is what clients fetch, page by page.
type result struct {
	kind    session.Kind
	columns []spec.Column
	cells   [][]*string // of statements that are no query
	job     session.Job
	jobID   string
	zone    *types.Zone

	mu      sync.Mutex
	changed chan struct{} // closed and made anew when something below changes
	ready   *page         // what the next token will answer, growing
	bytes   int
	ended   bool
	errs    []*diag.Error
	closed  bool
	token   int64 // the newest token that was answered
	last    *page // what it was answered with
	before  *page // and the one before it
	eos     bool  // token was answered with EOS
}

var okText = "OK"

func newResult(r *session.Result) *result {
	out := &result{kind: r.Kind, columns: r.Columns, cells: r.Rows, zone: r.Zone, changed: make(chan struct{}), ready: &page{}, token: -1}
	if out.zone == nil {
		out.zone = types.UTC
	}
	switch r.Kind {
	case session.OK:
		out.columns = []spec.Column{{Name: "result", Type: types.TString}}
		out.cells = [][]*string{{&okText}}
	case session.Submitted:
		id := r.Job.ID()
		out.columns = []spec.Column{{Name: "job id", Type: types.TString}}
		out.cells = [][]*string{{&id}}
		out.jobID = id
	case session.Query:
		out.job, out.jobID = r.Job, r.Job.ID()
	}
	return out
}

// signal wakes whoever waits for a change. r.mu is held.
func (r *result) signal() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// fetch takes a query's rows from its job, at most a page ahead of the client.
func (r *result) fetch(ctx context.Context) {
	for {
		b, err := r.job.Next(ctx)
		if err == nil && b.Len() == 0 {
			continue
		}
		r.mu.Lock()
		if err != nil {
			r.ended = true
			if !errors.Is(err, io.EOF) {
				r.errs = []*diag.Error{session.JobError(err)}
			}
			r.signal()
			r.mu.Unlock()
			return
		}
		r.ready.batches = append(r.ready.batches, b.Copy())
		r.ready.rows += b.Len()
		r.bytes += b.SizeBytes()
		r.signal()
		for (r.ready.rows >= pageRows || r.bytes >= pageBytes) && !r.closed {
			wait := r.changed
			r.mu.Unlock()
			select {
			case <-wait:
			case <-ctx.Done():
			}
			r.mu.Lock()
			if ctx.Err() != nil {
				break
			}
		}
		r.mu.Unlock()
	}
}

// close ends the query's job.
func (r *result) close() {
	r.mu.Lock()
	done := r.closed
	r.closed = true
	r.signal()
	r.mu.Unlock()
	if r.job != nil && !done {
		r.job.Cancel()
	}
}

// exhausted reports that the last page was answered.
func (r *result) exhausted() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.eos || r.closed
}

// answer is a page as it goes to a client.
type answer struct {
	eos   bool
	page  *page
	cells [][]*string
}

// get answers a token; hold is how long to wait for rows. The newest token and
// the one before may be asked again.
func (r *result) get(ctx context.Context, token int64, hold time.Duration) (answer, []*diag.Error, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case token == r.token && token >= 0:
		return r.again(r.last, r.eos), nil, nil
	case token == r.token-1 && token >= 0:
		return r.again(r.before, false), nil, nil
	case token != r.token+1:
		next := r.token + 1
		return answer{}, nil, inFlinksWords("Expecting token to be %d or %d, but found %d.", next, max(next-1, 0), token)
	case r.eos:
		return answer{eos: true}, nil, nil
	}
	if r.kind != session.Query {
		r.before, r.last = r.last, &page{}
		r.token++
		if token == 0 {
			return answer{cells: r.cells}, nil, nil
		}
		r.eos = true
		return answer{eos: true}, nil, nil
	}
	if token > 0 {
		deadline := time.NewTimer(hold)
		defer deadline.Stop()
		for r.ready.rows == 0 && !r.ended {
			wait := r.changed
			r.mu.Unlock()
			over := false
			select {
			case <-wait:
			case <-deadline.C:
				over = true
			case <-ctx.Done():
				over = true
			}
			r.mu.Lock()
			if over {
				break
			}
		}
		if token != r.token+1 { // somebody else has asked for the same in the meantime
			return r.again(r.last, r.eos), nil, nil
		}
		if r.ready.rows == 0 && r.errs != nil {
			return answer{}, r.errs, nil
		}
	}
	p := &page{}
	if token > 0 { // the first page only tells the columns
		p, r.ready, r.bytes = r.ready, &page{}, 0
		r.signal()
	}
	r.before, r.last = r.last, p
	r.token++
	r.eos = token > 0 && p.rows == 0 && r.ended
	return answer{page: p, eos: r.eos}, nil, nil
}

func (r *result) again(p *page, eos bool) answer {
	if r.kind != session.Query && r.token == 0 {
		return answer{cells: r.cells}
	}
	return answer{page: p, eos: eos}
}
