package table

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"sort"
	"sync/atomic"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/failpoint"
	"github.com/flott/flott/internal/plug"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Source reads the splits that the job master assigns.
type Source struct {
	spec     *spec.Source
	ctx      *exec.Context
	reader   connector.Reader
	marker   *marker // nil: the table has no watermark
	restored [][]byte
	out      vector.Batch // rows of the reader with our marks
	rowtime  int          // column of the event time, -1 without
	state    sourceState
	assigned bool // splits were assigned, perhaps none
	begun    bool
	last     bool // no others will be
	splits   map[string]*splitMark
	lag      atomic.Int64 // from the newest row's event time to when it went out, MinInt64 = none
	lastRow  atomic.Int64 // when it went out
	lastMark atomic.Int64
	ended    atomic.Int64 // splits
	ready    chan struct{}
}

// sourceState is where a source stands on its way to the end.
type sourceState uint8

const (
	reading  sourceState = iota
	lastMark             // one more mark of MaxInstant is due
	over
)

// NewSource makes the operator of a Source spec.
func NewSource(s *spec.Source) *Source {
	op := &Source{spec: s, rowtime: -1, splits: map[string]*splitMark{}, ready: make(chan struct{})}
	close(op.ready)
	return op
}

// sourceSnapshot is what a source keeps in a checkpoint.
type sourceSnapshot struct {
	Splits []connector.Split `json:"splits"`
	// Last: no other splits will come.
	Last bool `json:"last"`
}

// Open makes the reader and gives it the splits of the restored checkpoint.
func (op *Source) Open(ctx *exec.Context) error {
	op.ctx = ctx
	src, err := plug.Source(op.spec)
	if err != nil {
		return err
	}
	if op.reader, err = src.Reader(connectorEnv(ctx), plug.SourceColumns(op.spec)); err != nil {
		return err
	}
	if w := op.spec.Watermark; w != nil && !ctx.Batch {
		op.rowtime = w.Column
		if op.marker, err = newMarker(w, ctx); err != nil {
			return err
		}
	}
	op.gauges()
	last := true
	var splits []connector.Split
	for _, b := range op.restored {
		var s sourceSnapshot
		if err := json.Unmarshal(b, &s); err != nil {
			return fmt.Errorf("read the positions of source %q: %w", op.spec.Table, err)
		}
		splits = append(splits, s.Splits...)
		last = last && s.Last
	}
	if op.restored == nil {
		return nil
	}
	if ctx.Rescaled {
		sort.Slice(splits, func(i, k int) bool { return splits[i].ID < splits[k].ID })
		mine := splits[:0]
		for i, s := range splits {
			if i%ctx.Parallelism == ctx.Subtask {
				mine = append(mine, s)
			}
		}
		splits = mine
	}
	return op.AddSplits(splits, last)
}

// connectorEnv is what a connector sees of an operator's context.
func connectorEnv(ctx *exec.Context) connector.Env {
	return connector.Env{
		Log: ctx.Log, Job: ctx.JobName, JobID: ctx.JobID, Owner: ctx.Owner, Operator: ctx.OperatorID, Subtask: ctx.Subtask, Parallelism: ctx.Parallelism,
		BatchSize: ctx.BatchSize, MemoryBytes: ctx.ClientBytes, Zone: ctx.Zone, Now: ctx.Clock.Now, Metrics: plug.Metrics(ctx.Metrics), Failpoint: failpoint.Reach,
	}
}

func (op *Source) gauges() {
	g := op.ctx.Metrics
	now := func() int64 { return op.ctx.Clock.Now().UnixMilli() }
	op.lag.Store(math.MinInt64)
	op.lastMark.Store(math.MinInt64)
	op.lastRow.Store(now())
	lag := func() float64 {
		if ms := op.lag.Load(); ms != math.MinInt64 {
			return float64(ms)
		}
		return math.NaN()
	}
	g.Gauge("currentEmitEventTimeLag", lag)
	g.Gauge("currentFetchEventTimeLag", lag)
	g.Gauge("watermarkLag", func() float64 {
		w := op.lastMark.Load()
		if w == math.MinInt64 || w == math.MaxInt64 {
			return math.NaN()
		}
		return float64(now() - w)
	})
	g.Gauge("sourceIdleTime", func() float64 { return float64(max(now()-op.lastRow.Load(), 0)) })
	g.Gauge("numSplitsProcessed", func() float64 { return float64(op.ended.Load()) })
}

// showSplit shows the watermark of a split until it has ended.
func (op *Source) showSplit(id string, s *splitMark) {
	op.splits[id] = s
	s.shown.Store(int64(types.MinInstant))
	s.group = op.ctx.Metrics.SubValue("split", id)
	s.group.Sub("watermark").Gauge("currentWatermark", func() float64 { return float64(s.shown.Load()) })
}

// Restore keeps the positions for Open.
func (op *Source) Restore(states [][]byte) error {
	op.restored = states
	return nil
}

// AddSplits hands splits to the reader.
func (op *Source) AddSplits(splits []connector.Split, last bool) error {
	op.assigned = true
	op.begun = op.begun || len(splits) > 0 || op.marker == nil && !last
	for _, s := range splits {
		if op.marker != nil {
			op.showSplit(s.ID, op.marker.add(op.ctx.Clock.Now()))
		}
	}
	if len(splits) > 0 {
		if err := op.reader.AddSplits(splits); err != nil {
			return err
		}
	}
	if last && !op.last {
		op.last = true
		op.reader.NoMoreSplits()
	}
	return nil
}

// Begun reports whether there are splits. Without a watermark of its own the
// source is never idle, so there it is enough that some may come.
func (op *Source) Begun() bool { return op.begun }

// Push is never called: a source has no input.
func (op *Source) Push(int, *vector.Batch) error {
	return errors.New("a source has no input")
}

// Next returns rows with their marks, or a mark alone.
func (op *Source) Next() (*vector.Batch, error) {
	switch op.state {
	case lastMark:
		op.state = over
		op.lastMark.Store(math.MaxInt64)
		return op.markOnly(types.MaxInstant), nil
	case over:
		return nil, nil
	}
	b, split, err := op.reader.Next()
	switch {
	case errors.Is(err, io.EOF):
		op.state = lastMark
		return op.Next()
	case err != nil:
		return nil, err
	case b == nil:
		return op.silent(), nil
	}
	// The counters of rows are raised by the task.
	now := op.ctx.Clock.Now()
	op.lastRow.Store(now.UnixMilli())
	if op.marker == nil {
		op.forget()
		return b, nil
	}
	return op.withMarks(b, split, now)
}

// withMarks gives b the marks that its rows bring about.
func (op *Source) withMarks(b *vector.Batch, split string, now time.Time) (*vector.Batch, error) {
	marks := op.out.Marks[:0]
	op.out = *b
	op.out.Marks = marks
	op.forget()
	s := op.splits[split]
	if s == nil {
		s = op.marker.add(now)
		op.showSplit(split, s)
	}
	if err := op.marker.rows(&op.out, s, now); err != nil {
		return nil, err
	}
	s.shown.Store(int64(s.watermark))
	if n := b.Len(); n > 0 && !b.Cols[op.rowtime].IsNull(n-1) {
		op.lag.Store(now.UnixMilli() - b.Cols[op.rowtime].Timestamp(n-1).Milli)
	}
	op.noteMark(op.out.Marks)
	return &op.out, nil
}

func (op *Source) noteMark(marks []vector.Mark) {
	if n := len(marks); n > 0 {
		op.lastMark.Store(int64(marks[n-1].Watermark))
	}
}

// forget forgets splits that have ended: they no longer hold the others back.
func (op *Source) forget() {
	for _, id := range op.reader.Finished() {
		op.ended.Add(1)
		if s := op.splits[id]; s != nil {
			s.group.Close()
			op.marker.remove(s)
			delete(op.splits, id)
		}
	}
}

// silent is called when no rows are there: a due watermark goes out.
func (op *Source) silent() *vector.Batch {
	op.forget()
	if op.marker == nil {
		return nil
	}
	if w, ok := op.marker.due(); ok {
		return op.markOnly(w)
	}
	return nil
}

func (op *Source) markOnly(w types.Instant) *vector.Batch {
	ts := make([]types.Type, len(op.spec.Columns))
	for i, c := range op.spec.Columns {
		ts[i] = c.Type
	}
	b := vector.NewBatch(ts, 0)
	b.Mark(w)
	if w != types.MaxInstant {
		op.lastMark.Store(int64(w))
	}
	return b
}

// Ready tells when the reader may have something.
func (op *Source) Ready() <-chan struct{} {
	if op.state != reading {
		return op.ready
	}
	return op.reader.Ready()
}

// Ended reports whether the last split has ended and the last mark is out.
func (op *Source) Ended() bool { return op.state == over }

// Stop ends the source at once.
func (op *Source) Stop(drain bool) {
	switch {
	case op.state != reading:
	case drain:
		op.state = lastMark
	default:
		op.state = over
	}
}

// Idle reports that all splits are idle, or that this subtask has none while
// others may have.
func (op *Source) Idle() bool {
	if op.marker == nil || op.state != reading {
		return false
	}
	return op.marker.idle() || op.assigned && len(op.splits) == 0
}

// Deadline is when a periodic watermark is due or a split becomes idle.
func (op *Source) Deadline() (types.Instant, bool) {
	if op.marker == nil || op.state != reading {
		return 0, false
	}
	return op.marker.deadline()
}

// Advance lets periodic watermarks out.
func (op *Source) Advance(now types.Instant) error {
	op.marker.advance(time.UnixMilli(int64(now)))
	return nil
}

// Snapshot returns the positions of all splits.
func (op *Source) Snapshot(element.CheckpointOptions) ([]byte, error) {
	splits, err := op.reader.Snapshot()
	if err != nil {
		return nil, err
	}
	return json.Marshal(sourceSnapshot{splits, op.last})
}

// CheckpointComplete tells the reader, which may commit offsets.
func (op *Source) CheckpointComplete(_ context.Context, id element.CheckpointID) error {
	return op.reader.CheckpointComplete(int64(id))
}

// CheckpointAborted has nothing to do: positions go on.
func (op *Source) CheckpointAborted(element.CheckpointID) {}

// Finish is never called: a source has no input.
func (op *Source) Finish(int) error { return nil }

// Close closes the reader.
func (op *Source) Close() error {
	if op.reader == nil {
		return nil
	}
	return op.reader.Close()
}
