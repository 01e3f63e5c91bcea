package api

import (
	"slices"
	"time"
)

// CheckpointStatus tells of a job's checkpoints.
type CheckpointStatus struct {
	Completed, Failed, InProgress int
	// NRestored counts how often the job went on from a checkpoint.
	NRestored int
	// Latest is the newest complete checkpoint; ID 0 = none yet.
	Latest CheckpointInfo
	// Restored is the checkpoint that the job was started from; ID 0 = none.
	Restored CheckpointInfo
	// LastFailure says why the newest failed checkpoint failed.
	LastFailure string
}

// CheckpointInfo describes a complete checkpoint or savepoint.
type CheckpointInfo struct {
	ID        int64
	Path      string
	Triggered time.Time
	Duration  time.Duration
	SizeBytes int64
	Savepoint bool
}

// CheckpointReport is all that is remembered of a job's checkpoints. What it
// points to is not written to any more.
type CheckpointReport struct {
	CheckpointStatus
	Summary CheckpointSummary
	// History are the newest ones, newest first, at most
	// `web.checkpoints.history` and the one under way.
	History []*CheckpointStats
	// The newest of each kind, nil = none; they may be older than History.
	LatestCompleted, LatestSavepoint, LatestFailed *CheckpointStats
	// LatestRestored is what the job last went on from, and when.
	LatestRestored *CheckpointInfo
	RestoredAt     time.Time
	Config         CheckpointConfig
}

// Find returns a remembered checkpoint, nil if there is none of that ID.
func (r *CheckpointReport) Find(id int64) *CheckpointStats {
	for _, c := range append([]*CheckpointStats{r.LatestCompleted, r.LatestSavepoint, r.LatestFailed}, r.History...) {
		if c != nil && c.ID == id {
			return c
		}
	}
	return nil
}

// CheckpointState is the state of a checkpoint under Flink's name.
type CheckpointState string

const (
	CheckpointInProgress CheckpointState = "IN_PROGRESS"
	CheckpointCompleted  CheckpointState = "COMPLETED"
	CheckpointFailed     CheckpointState = "FAILED"
)

// CheckpointStats is one checkpoint or savepoint with its parts.
type CheckpointStats struct {
	ID        int64
	State     CheckpointState
	Savepoint bool
	// Stop: the job ended with it.
	Stop      bool
	Triggered time.Time
	// LatestAck is when the newest acknowledgement came, zero before the first.
	LatestAck time.Time
	// Duration is from the trigger to the newest acknowledgement, for a failed
	// one to its failure.
	Duration  time.Duration
	SizeBytes int64
	// Path is where it lies, "" unless completed; Discarded: it has been removed.
	Path      string
	Discarded bool
	FailedAt  time.Time
	Failure   string
	// Subtasks is the number of all, Acknowledged of those that have answered.
	Subtasks, Acknowledged int
	Vertices               []VertexCheckpoint // in the order of the job's
}

// Vertex returns the part of a vertex, nil if the job has none of that ID.
func (c *CheckpointStats) Vertex(id string) *VertexCheckpoint {
	for i := range c.Vertices {
		if c.Vertices[i].ID == id {
			return &c.Vertices[i]
		}
	}
	return nil
}

// VertexCheckpoint is a vertex's part of a checkpoint.
type VertexCheckpoint struct {
	ID       string
	Subtasks []SubtaskCheckpoint
}

// SubtaskCheckpoint is a subtask's part of a checkpoint.
type SubtaskCheckpoint struct {
	Acked     time.Time // zero = not yet
	SizeBytes int64
	CheckpointTimes
}

// CheckpointTimes tell where a task's time went during a checkpoint.
type CheckpointTimes struct {
	// StartDelay is how long the first barrier was on its way, Alignment how long
	// it waited for the others.
	StartDelay, Alignment time.Duration
	// Sync is how long the task stood still, Async how long its state was then
	// written beside it.
	Sync, Async time.Duration
}

// CheckpointSummary are figures over all completed checkpoints; percentiles are
// over the newest ones.
type CheckpointSummary struct {
	SizeBytes, DurationMs, AlignmentMs Summary
}

// Summary describes a set of numbers; N is how many there were.
type Summary struct {
	N, Min, Max, Avg         int64
	P50, P90, P95, P99, P999 float64
}

// Summarize describes numbers, which it puts in order.
func Summarize(v []int64) (s Summary) {
	s.N = int64(len(v))
	if s.N == 0 {
		return s
	}
	slices.Sort(v)
	s.Min, s.Max = v[0], v[len(v)-1]
	var sum int64
	for _, x := range v {
		sum += x
	}
	s.Avg = sum / s.N
	at := func(q float64) float64 { return Quantile(v, q) }
	s.P50, s.P90, s.P95, s.P99, s.P999 = at(.5), at(.9), at(.95), at(.99), at(.999)
	return s
}

// Quantile returns the q-quantile (0..1) of ordered numbers: between two of them
// in proportion, with rank q(n+1) as Flink counts it; 0 for none.
func Quantile(v []int64, q float64) float64 {
	rank := q * float64(len(v)+1)
	i := int(rank)
	switch {
	case len(v) == 0:
		return 0
	case i < 1:
		return float64(v[0])
	case i >= len(v):
		return float64(v[len(v)-1])
	}
	return float64(v[i-1]) + (rank-float64(i))*float64(v[i]-v[i-1])
}

// CheckpointConfig tells how a job's checkpoints are made.
type CheckpointConfig struct {
	// Interval is 0 when there are none but those that are asked for.
	Interval, Timeout, MinPause time.Duration
	AtLeastOnce                 bool
	// Tolerable is how many may fail in a row, < 0 = any number.
	Tolerable int
	// Externalized: checkpoints outlive the process. KeepCanceled: and the
	// cancelling of the job.
	Externalized, KeepCanceled bool
	// AfterTasksFinish: they go on when some tasks have ended.
	AfterTasksFinish bool
}
