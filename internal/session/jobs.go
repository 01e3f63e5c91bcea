package session

import (
	"context"
	"errors"
	"time"

	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/types"
)

var jobColumns = []spec.Column{{Name: "job id", Type: types.TString}, {Name: "job name", Type: types.TString}, {Name: "status", Type: types.TString},
	{Name: "start time", Type: types.TimestampLTZOf(6)}}

// showJobs answers SHOW JOBS, and DESCRIBE JOB for one id ("" = all).
func (s *Session) showJobs(at diag.Span, id string) (*Result, []*diag.Error) {
	if s.opts.Jobs == nil {
		return nil, notSupported(at, "flott run shows its jobs while they run; a server has SHOW JOBS", "SHOW JOBS without a server is")
	}
	r := &Result{Kind: Rows, Columns: jobColumns}
	for _, j := range s.opts.Jobs.Jobs() {
		if id != "" && j.ID != id {
			continue
		}
		state, started := string(j.State), j.Started.In(s.Zone().Location()).Format("2006-01-02T15:04:05.000")
		r.Rows = append(r.Rows, []*string{&j.ID, &j.Name, &state, &started})
	}
	if id != "" && len(r.Rows) == 0 {
		return nil, unknownJob(at, id)
	}
	return r, nil
}

func unknownJob(at diag.Span, id string) []*diag.Error {
	return fail("unknown-job", at, "SHOW JOBS lists all jobs", "there is no job %q", id)
}

// stopJobTimeout bounds how long STOP JOB waits for its savepoint.
const stopJobTimeout = 10 * time.Minute

// stopJob answers STOP JOB 'id' [WITH SAVEPOINT] [WITH DRAIN].
func (s *Session) stopJob(ctx context.Context, st *ast.StopJob) (*Result, []*diag.Error) {
	if s.opts.Jobs == nil {
		return nil, notSupported(st.Pos(), "end the process to stop its jobs", "STOP JOB without a server is")
	}
	id := text(st.ID)
	var err error
	r := ok
	if st.Savepoint {
		ctx, cancel := context.WithTimeout(ctx, stopJobTimeout)
		defer cancel()
		var info api.CheckpointInfo
		info, err = s.opts.Jobs.Savepoint(ctx, id, api.SavepointRequest{Dir: s.settings["execution.checkpointing.savepoint-dir"], Stop: true, Drain: st.Drain})
		r = one("savepoint path", info.Path)
	} else {
		err = s.opts.Jobs.Cancel(id)
	}
	var unknown *api.UnknownJobError
	if errors.As(err, &unknown) {
		return nil, unknownJob(st.ID.Pos(), id)
	}
	if err != nil {
		e := *JobError(err)
		e.Code, e.Span = "job-not-stopped", st.ID.Pos()
		return nil, []*diag.Error{&e}
	}
	return r, nil
}
