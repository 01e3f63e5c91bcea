package client

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/flott/flott/internal/diag"
)

// REST is Flink's REST API of a server.
type REST struct{ conn *conn }

// NewREST returns the API of a server; nothing is sent yet.
func NewREST(t Target) (*REST, error) {
	c, err := dial(t)
	if err != nil {
		return nil, err
	}
	return &REST{c}, nil
}

// Job is a job in a list.
type Job struct {
	ID        string `json:"jid"`
	Name      string `json:"name"`
	State     string `json:"state"`
	StartTime int64  `json:"start-time"`
	EndTime   int64  `json:"end-time"`
	Duration  int64  `json:"duration"`
}

// Ended reports whether the job is over.
func (j Job) Ended() bool {
	switch j.State {
	case "FINISHED", "FAILED", "CANCELED", "SUSPENDED":
		return true
	}
	return false
}

// Jobs lists all jobs.
func (r *REST) Jobs(ctx context.Context) ([]Job, error) {
	var out struct{ Jobs []Job }
	err := r.conn.do(ctx, "GET", "/jobs/overview", nil, &out)
	return out.Jobs, r.failure(err)
}

// Find returns the one job with that id, beginning of an id, or name; a name of
// several jobs means the one that runs.
func (r *REST) Find(ctx context.Context, idOrName string) (Job, error) {
	jobs, err := r.Jobs(ctx)
	if err != nil {
		return Job{}, err
	}
	var found []Job
	for _, j := range jobs {
		if j.ID == idOrName {
			return j, nil
		}
		if j.Name == idOrName || len(idOrName) >= 4 && strings.HasPrefix(j.ID, idOrName) {
			found = append(found, j)
		}
	}
	if len(found) > 1 {
		var running []Job
		for _, j := range found {
			if !j.Ended() {
				running = append(running, j)
			}
		}
		if len(running) > 0 {
			found = running
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return Job{}, &diag.Error{Code: "unknown-job", Stage: diag.StageRun, Message: fmt.Sprintf("there is no job %q at %s", idOrName, r.conn.base), Help: "flott list -a shows all jobs"}
	}
	return Job{}, &diag.Error{Code: "unknown-job", Stage: diag.StageRun, Message: fmt.Sprintf("%q stands for %d jobs", idOrName, len(found)), Help: "give the job's id, as flott list shows it"}
}

// State is a job's state and, if it has failed, why.
func (r *REST) State(ctx context.Context, job string) (state, failure string, err error) {
	var out struct{ State string }
	if err := r.conn.do(ctx, "GET", "/jobs/"+job, nil, &out); err != nil {
		return "", "", r.failure(err)
	}
	if out.State != "FAILED" {
		return out.State, "", nil
	}
	var e struct {
		ExceptionHistory struct {
			Entries []struct{ ExceptionName, Stacktrace string }
		}
	}
	if err := r.conn.do(ctx, "GET", "/jobs/"+job+"/exceptions", nil, &e); err == nil && len(e.ExceptionHistory.Entries) > 0 {
		failure = e.ExceptionHistory.Entries[0].Stacktrace
	}
	return out.State, failure, nil
}

// Cancel cancels a job and returns when it is over.
func (r *REST) Cancel(ctx context.Context, job string) error {
	if err := r.conn.do(ctx, "PATCH", "/jobs/"+job+"?mode=cancel", nil, nil); err != nil {
		return r.failure(err)
	}
	for {
		state, _, err := r.State(ctx, job)
		if err != nil || (Job{State: state}).Ended() {
			return err
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

// Savepoint makes a savepoint below dir ("" = where the configuration says) and
// returns its path; with stop the job ends with it.
func (r *REST) Savepoint(ctx context.Context, job, dir string, stop, drain bool) (string, error) {
	path, body := "/jobs/"+job+"/savepoints", map[string]any{}
	if dir != "" {
		body["target-directory"] = dir
	}
	if stop {
		path = "/jobs/" + job + "/stop"
		body = map[string]any{"drain": drain}
		if dir != "" {
			body["targetDirectory"] = dir
		}
	}
	var trigger struct {
		RequestID string `json:"request-id"`
	}
	if err := r.conn.do(ctx, "POST", path, body, &trigger); err != nil {
		return "", r.failure(err)
	}
	for {
		var out struct {
			Status    struct{ ID string }
			Operation struct {
				Location     string
				FailureCause struct {
					Class      string `json:"class"`
					StackTrace string `json:"stack-trace"`
				} `json:"failure-cause"`
			}
		}
		if err := r.conn.do(ctx, "GET", "/jobs/"+job+"/savepoints/"+trigger.RequestID, nil, &out); err != nil {
			return "", r.failure(err)
		}
		if out.Status.ID == "COMPLETED" {
			if why := out.Operation.FailureCause.StackTrace; why != "" {
				return "", &diag.Error{Code: "savepoint-failed", Stage: diag.StageRun, Message: "the savepoint failed: " + strings.TrimSpace(why)}
			}
			return out.Operation.Location, nil
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return "", err
		}
	}
}

// Metric is a metric by name.
type Metric struct{ ID, Value string }

// Metrics returns those of a job: its own, and those of its tasks added up.
func (r *REST) Metrics(ctx context.Context, path string) ([]Metric, error) {
	var names []Metric
	if err := r.conn.do(ctx, "GET", path, nil, &names); err != nil {
		return nil, r.failure(err)
	}
	ids := make([]string, len(names))
	for i, m := range names {
		ids[i] = m.ID
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var out []Metric
	err := r.conn.do(ctx, "GET", path+"?get="+url.QueryEscape(strings.Join(ids, ",")), nil, &out)
	return out, r.failure(err)
}

// Vertex is a task of a job.
type Vertex struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Parallelism int    `json:"parallelism"`
	Status      string `json:"status"`
}

// Vertices are a job's.
func (r *REST) Vertices(ctx context.Context, job string) ([]Vertex, error) {
	var out struct{ Vertices []Vertex }
	err := r.conn.do(ctx, "GET", "/jobs/"+job, nil, &out)
	return out.Vertices, r.failure(err)
}

// Log is the server's newest log file.
func (r *REST) Log(ctx context.Context) ([]byte, error) {
	b, err := r.conn.raw(ctx, "GET", "/jobmanager/log", nil)
	return b, r.failure(err)
}

func (r *REST) failure(err error) error {
	var no *refused
	if errors.As(err, &no) {
		return &diag.Error{Code: "server-refused", Stage: diag.StageRun, Message: no.Error(), Cause: err}
	}
	return err
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
