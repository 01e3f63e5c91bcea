package rest

import (
	"net/http"
	"time"

	"github.com/flott/flott/internal/cluster/api"
)

// report returns the checkpoints of the job in the path, and an error if it
// has none and will have none.
func (r *request) report(refusal string) (*api.CheckpointReport, string, error) {
	id, err := r.id("jobid")
	if err != nil {
		return nil, "", err
	}
	c, err := r.h.Cluster.Checkpoints(id)
	if err != nil {
		return nil, "", err
	}
	if c.Config.Interval == 0 && c.Completed+c.Failed+c.InProgress == 0 && c.LatestRestored == nil {
		return nil, "", fail(http.StatusNotFound, refusal, id)
	}
	return &c, id, nil
}

func getCheckpointConfig(r *request) (any, error) {
	c, _, err := r.report("Checkpointing is not enabled for this job (%s).")
	if err != nil {
		return nil, err
	}
	k := c.Config
	out := checkpointConfig{Mode: "exactly_once", Interval: k.Interval.Milliseconds(), Timeout: k.Timeout.Milliseconds(), MinPause: k.MinPause.Milliseconds(), MaxConcurrent: 1,
		Externalization: externalized{k.Externalized, !k.KeepCanceled}, Backend: "HashMapStateBackend", Storage: "FileSystemCheckpointStorage",
		Tolerable: max(k.Tolerable, -1), AfterFinish: k.AfterTasksFinish, ChangelogStore: "memory"}
	if k.AtLeastOnce {
		out.Mode = "at_least_once"
	}
	return out, nil
}

func getCheckpoints(r *request) (any, error) {
	c, _, err := r.report("Checkpointing has not been enabled.%.0s")
	if err != nil {
		return nil, err
	}
	s := &c.Summary
	out := checkpoints{
		Counts: checkpointCounts{Restored: int64(c.NRestored), Total: int64(c.Completed + c.Failed + c.InProgress), InProgress: c.InProgress,
			Completed: int64(c.Completed), Failed: int64(c.Failed)},
		Summary: checkpointSummary{Size: minMaxAvgOf(s.SizeBytes), State: minMaxAvgOf(s.SizeBytes), Duration: minMaxAvgOf(s.DurationMs),
			Buffered: zeros(s.SizeBytes.N), Processed: zeros(s.SizeBytes.N), Persisted: zeros(s.SizeBytes.N)},
		Latest:  latestCheckpoints{Completed: checkpointOrNull(c.LatestCompleted), Savepoint: checkpointOrNull(c.LatestSavepoint), Failed: checkpointOrNull(c.LatestFailed)},
		History: []checkpoint{},
	}
	if l := c.LatestRestored; l != nil {
		out.Latest.Restored = some(restoredCheckpoint{ID: l.ID, At: millis(c.RestoredAt), Savepoint: l.Savepoint, Path: api.FileURI(l.Path)})
	}
	for _, h := range c.History {
		out.History = append(out.History, checkpointOf(h, false))
	}
	return out, nil
}

func minMaxAvgOf(s api.Summary) minMaxAvg {
	if s.N == 0 {
		return minMaxAvg{P50: nan, P90: nan, P95: nan, P99: nan, P999: nan}
	}
	return minMaxAvg{s.Min, s.Max, s.Avg, double(s.P50), double(s.P90), double(s.P95), double(s.P99), double(s.P999)}
}

// zeros describe n times nothing: barriers never overtake rows, so none are
// stored with a checkpoint.
func zeros(n int64) minMaxAvg { return minMaxAvgOf(api.Summary{N: n}) }

func checkpointOrNull(c *api.CheckpointStats) null[checkpoint] {
	if c == nil {
		return null[checkpoint]{}
	}
	return some(checkpointOf(c, false))
}

func checkpointOf(c *api.CheckpointStats, details bool) checkpoint {
	out := checkpoint{Class: "in_progress", ID: c.ID, Status: string(c.State), Savepoint: c.Savepoint, Triggered: millis(c.Triggered), LatestAck: millis(c.LatestAck),
		Size: c.SizeBytes, State: c.SizeBytes, Duration: c.Duration.Milliseconds(), Subtasks: c.Subtasks, Acknowledged: c.Acknowledged,
		Type: "CHECKPOINT", Tasks: map[string]vertexCheckpoint{}}
	switch {
	case c.Savepoint && c.Stop:
		out.Type = "SYNC_SAVEPOINT"
	case c.Savepoint:
		out.Type = "SAVEPOINT"
	}
	if c.Savepoint {
		out.Format = some("CANONICAL")
	}
	switch c.State {
	case api.CheckpointCompleted:
		path := api.FileURI(c.Path)
		out.Class, out.Path, out.Discarded = "completed", &path, &c.Discarded
	case api.CheckpointFailed:
		at := millis(c.FailedAt)
		out.Class, out.FailedAt, out.Failure = "failed", &at, &c.Failure
	}
	if details {
		for i := range c.Vertices {
			out.Tasks[c.Vertices[i].ID] = vertexCheckpointOf(c, &c.Vertices[i])
		}
	}
	return out
}

func vertexCheckpointOf(c *api.CheckpointStats, v *api.VertexCheckpoint) vertexCheckpoint {
	out := vertexCheckpoint{ID: c.ID, LatestAck: -1, Subtasks: len(v.Subtasks)}
	for _, s := range v.Subtasks {
		if s.Acked.IsZero() {
			continue
		}
		out.Acknowledged++
		out.LatestAck = max(out.LatestAck, millis(s.Acked))
		out.Duration = max(out.Duration, s.Acked.Sub(c.Triggered).Milliseconds())
		out.Size += s.SizeBytes
	}
	out.State = out.Size
	switch {
	case out.Acknowledged == out.Subtasks:
		out.Status = string(api.CheckpointCompleted)
	case c.State == api.CheckpointFailed:
		out.Status = string(api.CheckpointFailed)
	default:
		out.Status = string(api.CheckpointInProgress)
	}
	return out
}

// checkpoint returns the checkpoint in the path.
func (r *request) checkpoint() (*api.CheckpointStats, error) {
	c, _, err := r.report("Checkpointing was not enabled for job %s.")
	if err != nil {
		return nil, err
	}
	id, err := r.number("checkpointid")
	if err != nil {
		return nil, err
	}
	k := c.Find(id)
	if k == nil {
		return nil, fail(http.StatusNotFound, "Could not find checkpointing statistics for checkpoint %d.", id)
	}
	return k, nil
}

func getCheckpoint(r *request) (any, error) {
	c, err := r.checkpoint()
	if err != nil {
		return nil, err
	}
	return checkpointOf(c, true), nil
}

func getCheckpointSubtasks(r *request) (any, error) {
	c, err := r.checkpoint()
	if err != nil {
		return nil, err
	}
	id, err := r.id("vertexid")
	if err != nil {
		return nil, err
	}
	v := c.Vertex(id)
	if v == nil {
		return nil, fail(http.StatusNotFound, "There is no checkpoint statistics for task %s.", id)
	}
	out := vertexCheckpointDetails{vertexCheckpoint: vertexCheckpointOf(c, v), Parts: []subtaskCheckpoint{}}
	var size, total, sync, async, alignment, delay []int64
	for i, s := range v.Subtasks {
		if s.Acked.IsZero() {
			out.Parts = append(out.Parts, subtaskCheckpoint{Class: "pending", Index: i, Status: "pending_or_failed"})
			continue
		}
		part := subtaskCheckpointOf(c, i, s)
		out.Parts = append(out.Parts, part)
		size, total = append(size, s.SizeBytes), append(total, *part.Duration)
		sync, async = append(sync, part.Times.Sync), append(async, part.Times.Async)
		alignment, delay = append(alignment, part.Alignment.Duration), append(delay, *part.StartDelay)
	}
	sum := &out.Summary
	sum.Size, sum.Duration = minMaxAvgOf(api.Summarize(size)), minMaxAvgOf(api.Summarize(total))
	sum.State = sum.Size
	sum.Times.Sync, sum.Times.Async = minMaxAvgOf(api.Summarize(sync)), minMaxAvgOf(api.Summarize(async))
	none := zeros(int64(len(size)))
	sum.Alignment.Buffered, sum.Alignment.Processed, sum.Alignment.Persisted = none, none, none
	sum.Alignment.Duration, sum.StartDelay = minMaxAvgOf(api.Summarize(alignment)), minMaxAvgOf(api.Summarize(delay))
	return out, nil
}

func subtaskCheckpointOf(c *api.CheckpointStats, index int, s api.SubtaskCheckpoint) subtaskCheckpoint {
	ms := func(d time.Duration) *int64 {
		n := d.Milliseconds()
		return &n
	}
	at, no := millis(s.Acked), false
	return subtaskCheckpoint{Class: "completed", Index: index, Status: "completed", Acked: &at, Duration: ms(s.Acked.Sub(c.Triggered)), Size: &s.SizeBytes, State: &s.SizeBytes,
		Times: &checkpointTimes{*ms(s.Sync), *ms(s.Async)}, Alignment: &checkpointAlignment{Duration: *ms(s.Alignment)}, StartDelay: ms(s.StartDelay),
		Unaligned: &no, Aborted: &no}
}

// canonical refuses a savepoint format that is none of ours.
func canonical(format string) error {
	switch format {
	case "", "CANONICAL":
		return nil
	case "NATIVE":
		return fail(http.StatusBadRequest, "Savepoints are always written in the canonical format: leave formatType out, or say CANONICAL.")
	}
	return fail(http.StatusBadRequest, "Request did not match expected format: formatType %q is unknown.", format)
}
