package jobmanager

import (
	"slices"
	"time"

	"github.com/flott/flott/internal/checkpoint"
	"github.com/flott/flott/internal/cluster/api"
)

// checkpointStats remembers a job's checkpoints. A checkpoint that is over is
// not written to any more, so that pictures may share it.
type checkpointStats struct {
	api.CheckpointStatus
	size    int // of the history
	history []*api.CheckpointStats
	pending *api.CheckpointStats
	// The newest of each kind.
	latestCompleted, latestSavepoint, latestFailed *api.CheckpointStats
	latestRestored                                 *api.CheckpointInfo
	restoredAt                                     time.Time
	bytes, duration, alignment                     distribution
}

func newCheckpointStats(history int) checkpointStats { return checkpointStats{size: history} }

// restored notes that tasks start from a checkpoint.
func (s *checkpointStats) restored(now time.Time, from api.CheckpointInfo) {
	s.NRestored++
	s.latestRestored, s.restoredAt = &from, now
}

// begun notes that a checkpoint is under way. One that only commits is none.
func (s *checkpointStats) begun(g *executionGraph, p checkpoint.Pending) {
	if p.CommitOnly {
		return
	}
	c := &api.CheckpointStats{ID: int64(p.ID), State: api.CheckpointInProgress, Savepoint: p.Savepoint, Stop: p.Stop, Triggered: p.Triggered, Subtasks: len(g.tasks)}
	parts := make([]api.SubtaskCheckpoint, len(g.tasks))
	for i, v := range g.Vertices {
		c.Vertices = append(c.Vertices, api.VertexCheckpoint{ID: v.ID, Subtasks: parts[g.first[i]:][:v.Parallelism:v.Parallelism]})
	}
	s.pending = c
}

// acknowledged notes the part of a task.
func (s *checkpointStats) acknowledged(now time.Time, t *execution, a api.Acknowledge) {
	c := s.pending
	if c == nil || c.ID != int64(a.Checkpoint) {
		return
	}
	part := &c.Vertices[t.vertex].Subtasks[t.subtask]
	if !part.Acked.IsZero() {
		return
	}
	part.Acked, part.CheckpointTimes = now, a.Times
	if a.File != nil {
		part.SizeBytes = a.File.SizeBytes
	}
	c.Acknowledged++
	c.SizeBytes += part.SizeBytes
	c.LatestAck, c.Duration = now, now.Sub(c.Triggered)
}

// completed notes that the checkpoint under way is complete; of those that are
// no savepoints the newest nRetained are kept.
func (s *checkpointStats) completed(info api.CheckpointInfo, a checkpoint.Complete, nRetained int) {
	s.Completed++
	s.Latest = info
	c := s.pending
	if c == nil || c.ID != info.ID {
		return
	}
	s.pending = nil
	c.State, c.Path, c.SizeBytes = api.CheckpointCompleted, info.Path, info.SizeBytes
	if a.Checkpoint.Options.Target != "" {
		c.Path = a.Checkpoint.Options.Target
	}
	s.bytes.add(c.SizeBytes)
	s.duration.add(c.Duration.Milliseconds())
	var alignment time.Duration
	for _, v := range c.Vertices {
		for _, t := range v.Subtasks {
			alignment = max(alignment, t.Alignment)
		}
	}
	s.alignment.add(alignment.Milliseconds())
	if c.Savepoint {
		s.latestSavepoint = c
	} else {
		s.latestCompleted = c
	}
	s.remember(c)
	// A savepoint takes the place of a checkpoint in the job's folder as well.
	for i, kept := 0, 0; i < len(s.history); i++ {
		h := s.history[i]
		if h.State != api.CheckpointCompleted {
			continue
		}
		if kept++; kept > nRetained && !h.Savepoint && !h.Discarded {
			gone := *h
			gone.Discarded = true
			if s.latestCompleted == h {
				s.latestCompleted = &gone
			}
			s.history[i] = &gone
		}
	}
}

// failed notes that the checkpoint under way was given up.
func (s *checkpointStats) failed(now time.Time, a checkpoint.Abort) {
	s.Failed++
	s.LastFailure = a.Err.Error()
	c := s.pending
	if c == nil || c.ID != int64(a.Checkpoint.ID) {
		return
	}
	s.pending = nil
	c.State, c.FailedAt, c.Failure, c.Duration = api.CheckpointFailed, now, a.Err.Error(), now.Sub(c.Triggered)
	s.latestFailed = c
	s.remember(c)
}

// remember puts a checkpoint that is over at the head of the history.
func (s *checkpointStats) remember(c *api.CheckpointStats) {
	if s.size > 0 {
		s.history = append([]*api.CheckpointStats{c}, s.history[:min(len(s.history), s.size-1)]...)
	}
}

// report is a picture of everything.
func (s *checkpointStats) report() api.CheckpointReport {
	r := api.CheckpointReport{CheckpointStatus: s.CheckpointStatus, LatestCompleted: s.latestCompleted, LatestSavepoint: s.latestSavepoint,
		LatestFailed: s.latestFailed, LatestRestored: s.latestRestored, RestoredAt: s.restoredAt,
		Summary: api.CheckpointSummary{SizeBytes: s.bytes.summary(), DurationMs: s.duration.summary(), AlignmentMs: s.alignment.summary()}}
	if s.pending != nil {
		c := *s.pending
		c.Vertices = slices.Clone(c.Vertices)
		for i := range c.Vertices {
			c.Vertices[i].Subtasks = slices.Clone(c.Vertices[i].Subtasks)
		}
		r.History = append(r.History, &c)
	}
	r.History = append(r.History, s.history...)
	return r
}

// distributionSize is how many of the latest values percentiles are drawn from.
const distributionSize = 256

// distribution describes a stream of numbers.
type distribution struct {
	n, sum, min, max int64
	latest           []int64 // a ring once it is full
}

func (d *distribution) add(v int64) {
	if d.n == 0 {
		d.min, d.max = v, v
	}
	d.min, d.max = min(d.min, v), max(d.max, v)
	if len(d.latest) < distributionSize {
		d.latest = append(d.latest, v)
	} else {
		d.latest[d.n%distributionSize] = v
	}
	d.sum += v
	d.n++
}

func (d *distribution) summary() api.Summary {
	s := api.Summarize(slices.Clone(d.latest))
	if d.n > 0 {
		s.N, s.Min, s.Max, s.Avg = d.n, d.min, d.max, d.sum/d.n
	}
	return s
}
