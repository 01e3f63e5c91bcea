package embedded

import (
	"log/slog"

	"github.com/flott/flott/internal/clock"
	"github.com/flott/flott/internal/memory"
	"github.com/flott/flott/internal/metrics"
)

// Config describes a cluster. The zero value is a cluster of one task manager.
type Config struct {
	// Options are the cluster's configuration; a job's own goes first.
	Options map[string]string
	// TaskManagers is their number; 0 = 1, or 2 when the transport is tcp.
	TaskManagers int
	// Slots is the number of slots of each task manager; 0 = any number.
	Slots int
	// Managed is the managed memory that slots share; nil = not bounded.
	Managed *memory.Pool
	Log     *slog.Logger      // nil = silent
	Metrics *metrics.Registry // nil = counted, not shown
	Clock   clock.Clock       // nil = real time
}

// SubmitOptions say how a job is run.
type SubmitOptions struct {
	// JobID is 32 hex digits; empty = a random one.
	JobID string
	// Folder is the job's own folder: lock, checkpoints. Empty = the job has
	// no identity; its checkpoints, if any, live in a temporary folder.
	Folder string
	// Restore is the folder of a checkpoint or savepoint to start from. Empty =
	// the newest whole checkpoint in Folder, if there is one and Fresh is false.
	Restore string
	// Fresh starts over and removes what is in Folder.
	Fresh bool
	// AllowNonRestored accepts that state of the checkpoint belongs to no operator.
	AllowNonRestored bool
	// ManagedBytes is the most managed memory the job may take; 0 = all that
	// other jobs leave. ClientBytes is what the clients of its sources and sinks
	// may use for buffers together; 0 = their own defaults.
	ManagedBytes, ClientBytes int64
}
