package rest

import (
	"io"
	"log/slog"
	"time"

	"github.com/flott/flott/internal/clock"
	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/config"
	"github.com/flott/flott/internal/metrics"
)

// Config is what the API shows and may do.
type Config struct {
	Cluster api.Dispatcher
	// Metrics are those of the process; nil = none are shown.
	Metrics *metrics.Registry
	// Options are the cluster's configuration, secrets masked.
	Options map[string]string
	// Memory is how the process divides its memory.
	Memory config.Memory
	// Version and Revision are flott's.
	Version, Revision string
	// Address is the API's own, http://host:port.
	Address string
	// JobManagerLogs and TaskManagerLogs are the files of their processes; nil =
	// there are none. In one process they are the same.
	JobManagerLogs  Logs
	TaskManagerLogs func(id string) Logs
	// Shutdown ends the cluster, after the answer to the client; nil = it may not be ended.
	Shutdown func()
	// ReadOnly refuses everything that changes something.
	ReadOnly bool
	Log      *slog.Logger // nil = silent
	Clock    clock.Clock  // nil = real time
}

// Logs are the log files of a process.
type Logs interface {
	// List returns the files in order of name.
	List() ([]LogFile, error)
	// Open opens a file of List; another name gives an error that is
	// fs.ErrNotExist. Names are no paths.
	Open(name string) (io.ReadCloser, error)
	// Main is the name of the log itself, Stdout that of what was printed; "" =
	// there is none.
	Main() string
	Stdout() string
}

// LogFile is a file of Logs.
type LogFile struct {
	Name      string
	SizeBytes int64
	Changed   time.Time
}
