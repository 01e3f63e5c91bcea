package jobmanager

import (
	"strings"
	"time"

	"github.com/flott/flott/internal/checkpoint"
	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/graph"
	"github.com/flott/flott/internal/spec"
)

// DefaultInterval is the time between two checkpoints of a job with a folder
// unless `execution.checkpointing.interval` is set (0 = no checkpoints).
const DefaultInterval = 10 * time.Second

// settings are what a master reads from its job's configuration.
type settings struct {
	checkpoints  checkpoint.Config
	periodic     bool // there are periodic checkpoints
	atLeastOnce  bool
	retained     int
	keepCanceled bool // RETAIN_ON_CANCELLATION
	restart      restartStrategy
	savepointDir string
	history      int // checkpoints to remember
	exceptions   int // failures to remember
	attempts     int // ended attempts of each task to remember
}

// hasSinks reports whether there is something to commit at the end.
func hasSinks(g *graph.JobGraph) bool {
	for _, v := range g.Vertices {
		for _, op := range v.Chain {
			if _, ok := op.Spec.(*spec.Sink); ok {
				return true
			}
		}
	}
	return false
}

func readSettings(g *graph.JobGraph, hasFolder bool) (s settings, err error) {
	c := g.Config
	mode, retention := "EXACTLY_ONCE", ""
	// The older one is the spare for a damaged one.
	s.retained = 2
	s.history, s.exceptions, s.attempts = 10, 16, 16 // Flink's
	s.checkpoints = checkpoint.Config{Timeout: 10 * time.Minute, Tolerable: -1}
	if hasFolder {
		s.checkpoints.Interval = DefaultInterval
	}
	final := true
	err = api.ReadOptions(c, map[string]any{
		"execution.checkpointing.interval":                          &s.checkpoints.Interval,
		"execution.checkpointing.min-pause":                         &s.checkpoints.MinPause,
		"execution.checkpointing.timeout":                           &s.checkpoints.Timeout,
		"execution.checkpointing.tolerable-failed-checkpoints":      &s.checkpoints.Tolerable,
		"execution.checkpointing.mode":                              &mode,
		"execution.checkpointing.num-retained":                      &s.retained,
		"execution.checkpointing.externalized-checkpoint-retention": &retention,
		"execution.checkpointing.checkpoints-after-tasks-finish":    &final,
		"execution.checkpointing.savepoint-dir":                     &s.savepointDir,
		"web.checkpoints.history":                                   &s.history,
		"web.exception-history-size":                                &s.exceptions,
		"jobmanager.execution.attempts-history-size":                &s.attempts,
	})
	if err != nil {
		return s, err
	}
	if g.Batch {
		s.checkpoints.Interval = 0 // a batch job starts over
	}
	s.periodic = s.checkpoints.Interval > 0
	s.checkpoints.Final = s.periodic && final || !s.periodic && hasSinks(g)
	s.atLeastOnce = strings.EqualFold(mode, "AT_LEAST_ONCE")
	s.retained = max(s.retained, 1)
	s.history, s.exceptions, s.attempts = max(s.history, 0), max(s.exceptions, 1), max(s.attempts, 0)
	s.keepCanceled = strings.EqualFold(retention, "RETAIN_ON_CANCELLATION")
	s.restart, err = newRestartStrategy(c, s.periodic)
	for _, v := range g.Vertices {
		for _, op := range v.Chain {
			if _, ok := op.Spec.(*spec.Collect); ok {
				// Rows that the client has seen cannot be taken back.
				s.restart = noRestart{}
			}
		}
	}
	return s, err
}
