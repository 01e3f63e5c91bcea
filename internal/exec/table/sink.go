package table

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"sync/atomic"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/failpoint"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/plug"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/vector"
)

// Sink writes rows to a table and commits them when their checkpoint is
// complete.
type Sink struct {
	spec      *spec.Sink
	ctx       *exec.Context
	writer    connector.Writer
	committer connector.Committer
	restored  [][]byte
	notNull   *notNull
	pending   []commitment
	counters  sinkCounters
}

// sinkCounters are Flink's metrics of sinks.
type sinkCounters struct {
	dropped, total, committed *metrics.Counter
	pending                   atomic.Int64
}

func (c *sinkCounters) register(g *metrics.Group) {
	c.dropped = g.Counter("numRecordsOutErrors")
	c.total, c.committed = g.Counter("totalCommittables"), g.Counter("successfulCommittables")
	g.Gauge("pendingCommittables", func() float64 { return float64(c.pending.Load()) })
}

// add notes items that are ready for a commit.
func (c *sinkCounters) add(items int) {
	c.total.Add(int64(items))
	c.pending.Add(int64(items))
}

// done notes that they are committed.
func (c *sinkCounters) done(items int) {
	c.committed.Add(int64(items))
	c.pending.Add(int64(-items))
}

// commitment is what waits for a checkpoint to be complete.
type commitment struct {
	Checkpoint int64                   `json:"checkpoint"`
	Items      []connector.Committable `json:"items"`
}

// sinkSnapshot is what a sink keeps in a checkpoint.
type sinkSnapshot struct {
	Writer  []byte       `json:"writer,omitempty"`
	Pending []commitment `json:"pending,omitempty"`
}

// NewSink makes the operator of a Sink spec.
func NewSink(s *spec.Sink) *Sink { return &Sink{spec: s} }

// Open first commits what the restored checkpoint holds, then opens the writer.
func (op *Sink) Open(ctx *exec.Context) error {
	op.ctx = ctx
	op.counters.register(ctx.Metrics)
	snk, err := plug.Sink(op.spec)
	if err != nil {
		return err
	}
	columns := plug.SinkColumns(op.spec)
	op.notNull = newNotNull(op.spec.Table, op.spec.Physical, op.spec.NotNull == "drop")
	states, err := op.recover(ctx, snk)
	if err != nil {
		return err
	}
	op.writer, err = snk.Writer(connectorEnv(ctx), columns, states)
	return err
}

// recover commits what earlier runs have left and returns their writers' states.
func (op *Sink) recover(ctx *exec.Context, snk connector.Sink) (states [][]byte, err error) {
	if op.committer, err = snk.Committer(connectorEnv(ctx)); err != nil {
		return nil, err
	}
	var left []commitment
	for i, b := range op.restored {
		if ctx.Rescaled && i%ctx.Parallelism != ctx.Subtask {
			continue
		}
		var s sinkSnapshot
		if err := json.Unmarshal(b, &s); err != nil {
			return nil, fmt.Errorf("read the state of sink %q: %w", op.spec.Table, err)
		}
		if s.Writer != nil {
			states = append(states, s.Writer)
		}
		for _, c := range s.Pending {
			op.counters.add(len(c.Items))
		}
		left = append(left, s.Pending...)
	}
	sort.SliceStable(left, func(i, k int) bool { return left[i].Checkpoint < left[k].Checkpoint })
	for _, c := range left {
		if err := op.commit(ctx, c.Items, true); err != nil {
			return nil, fmt.Errorf("commit what checkpoint %d has left for sink %q: %w", c.Checkpoint, op.spec.Table, err)
		}
	}
	if len(left) > 0 {
		if err := failpoint.Reach("after-restore-commit"); err != nil {
			return nil, err
		}
	}
	return states, nil
}

func (op *Sink) commit(ctx context.Context, items []connector.Committable, recovered bool) error {
	if len(items) == 0 {
		return nil
	}
	if op.committer == nil {
		return fmt.Errorf("connector %q has committed nothing: it has no committer", op.spec.Connector)
	}
	if err := failpoint.Reach("before-commit"); err != nil {
		return err
	}
	if err := op.committer.Commit(ctx, items, recovered); err != nil {
		return err
	}
	op.counters.done(len(items))
	return failpoint.Reach("after-commit")
}

// Restore keeps the states for Open.
func (op *Sink) Restore(states [][]byte) error {
	op.restored = states
	return nil
}

// Push writes rows; it may wait for the writer's buffers.
func (op *Sink) Push(_ int, b *vector.Batch) error {
	if err := op.writer.Err(); err != nil {
		return err
	}
	rows := b
	if b.Len() > 0 {
		var err error
		if rows, err = op.notNull.enforce(b); err != nil {
			return err
		}
		if n := b.Len() - rows.Len(); n > 0 {
			op.counters.dropped.Add(int64(n))
		}
		if rows.Len() > 0 {
			if err := op.writer.Write(op.ctx, rows); err != nil {
				return err
			}
		}
	}
	if n := len(b.Marks); n > 0 {
		op.writer.Watermark(b.Marks[n-1].Watermark)
	}
	return nil
}

// Next has nothing: a sink has no output.
func (op *Sink) Next() (*vector.Batch, error) { return nil, op.writer.Err() }

// Finish tells the writer that its input has ended, and commits at once when no
// checkpoint will do it.
func (op *Sink) Finish(int) error {
	if e, ok := op.writer.(connector.Ender); ok {
		if err := e.End(); err != nil {
			return err
		}
	}
	if op.ctx.FinalCheckpoint {
		return nil
	}
	_, items, err := connector.Prepare(op.ctx, op.writer, 0)
	if err != nil {
		return err
	}
	op.counters.add(len(items))
	return op.commit(op.ctx, items, false)
}

// Snapshot begins to flush the writer and keeps what is to be committed.
func (op *Sink) Snapshot(cp element.CheckpointOptions) ([]byte, error) {
	state, items, err := op.writer.Prepare(op.ctx, int64(cp.ID))
	if err != nil {
		return nil, err
	}
	if len(items) > 0 {
		op.counters.add(len(items))
		op.pending = append(op.pending, commitment{int64(cp.ID), items})
	}
	if state == nil && len(op.pending) == 0 {
		return nil, nil
	}
	return json.Marshal(sinkSnapshot{state, op.pending})
}

// Settle waits for the flush.
func (op *Sink) Settle() func(context.Context) error {
	if f, ok := op.writer.(connector.Flusher); ok {
		return f.Flushed()
	}
	return nil
}

// Commit takes what is to be committed with checkpoint id. What a checkpoint that
// was given up wanted to commit is among it, too.
func (op *Sink) Commit(id element.CheckpointID) func(context.Context) error {
	n := 0
	for n < len(op.pending) && op.pending[n].Checkpoint <= int64(id) {
		n++
	}
	if n == 0 {
		return nil
	}
	due := op.pending[:n]
	op.pending = op.pending[n:]
	return func(ctx context.Context) error {
		for _, c := range due {
			if err := op.commit(ctx, c.Items, false); err != nil {
				return fmt.Errorf("commit checkpoint %d to sink %q: %w", c.Checkpoint, op.spec.Table, err)
			}
		}
		return nil
	}
}

// Close closes writer and committer.
func (op *Sink) Close() (err error) {
	if op.writer != nil {
		err = op.writer.Close()
	}
	if op.committer != nil {
		if e := op.committer.Close(); err == nil {
			err = e
		}
	}
	return err
}
