package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
)

// NewJobID returns a random id: 32 hex digits.
func NewJobID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// Dispatcher is what clients see of a cluster: what the REST API, the gateway
// and the page are built on. Pictures are made when somebody asks, so a job that
// nobody looks at costs nothing for it. Unknown ids give an *UnknownJobError.
type Dispatcher interface {
	// Jobs lists the running jobs and the archived ones, newest first.
	Jobs() []JobOverview
	// Job is a picture of a running or archived job.
	Job(id string) (JobStatus, error)
	// Checkpoints are a job's, running or archived.
	Checkpoints(id string) (CheckpointReport, error)
	// Cluster is a picture of the task managers.
	Cluster() ClusterStatus

	// Cancel begins to end a job. An ended one gives an *EndedError.
	Cancel(id string) error
	// Checkpoint makes a checkpoint and waits for it.
	Checkpoint(ctx context.Context, id string) (CheckpointInfo, error)
	// Savepoint makes a savepoint and waits for it, and for the end of the job
	// if it is to stop.
	Savepoint(ctx context.Context, id string, r SavepointRequest) (CheckpointInfo, error)
	// DisposeSavepoint removes the savepoint in a folder and nothing else.
	DisposeSavepoint(ctx context.Context, path string) error
}

// SavepointRequest says what savepoint is asked for.
type SavepointRequest struct {
	// Dir is the folder that gets it as a folder of its own; "" = the job's
	// `execution.checkpointing.savepoint-dir`. It may be a `file:` URI.
	Dir string
	// Stop ends the job with it; Drain first lets sources send a last watermark,
	// which fires everything that waits for time. Cancel cancels the job after it.
	Stop, Drain, Cancel bool
}

// UnknownJobError says that there is no job of that id, or no more.
type UnknownJobError struct{ ID string }

// Error names the job.
func (e *UnknownJobError) Error() string { return fmt.Sprintf("job %s not found", e.ID) }

// EndedError says that a job is over, so that nothing can be asked of it.
type EndedError struct {
	ID    string
	State JobState
}

// Error names the job and its state.
func (e *EndedError) Error() string { return fmt.Sprintf("job %s is %s", e.ID, e.State) }
