package table

import (
	"time"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/expr"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Watermark generates watermarks in the middle of a plan, as Flink's assigner
// does: they replace those of its input but the last one. A mark follows the
// row that moves the watermark by more than the period since the last mark;
// smaller steps wait for the end of the period in processing time.
type Watermark struct {
	types   []types.Type
	spec    *spec.Watermark
	ctx     *exec.Context
	eval    *expr.Program
	in      *vector.Batch
	out     vector.Batch
	period  types.Instant
	timeout time.Duration
	// Flink's assigner starts from 0, so watermarks before 1970 are never seen.
	current, last types.Instant
	next          time.Time
	active        time.Time // when the last row came
	silent        bool      // no row for the idle timeout
	pending       bool      // a mark without rows is due
	max           bool      // the input's last mark is due
	ended         bool
}

// NewWatermark makes the operator of a Watermark spec over columns of the given
// types.
func NewWatermark(s *spec.Watermark, input []types.Type) *Watermark {
	return &Watermark{spec: s, types: input}
}

// Open compiles the watermark's expression.
func (op *Watermark) Open(ctx *exec.Context) error {
	op.ctx = ctx
	op.period = types.Instant(op.spec.IntervalMillis)
	if op.spec.Emit == "on-event" {
		op.period = 0
	}
	op.timeout = time.Duration(op.spec.IdleTimeoutMillis) * time.Millisecond
	op.active = ctx.Clock.Now()
	op.next = op.active.Add(time.Duration(op.period) * time.Millisecond)
	p, err := expr.Compile(op.spec.Expr, functionEnv(ctx))
	op.eval = p
	return err
}

// Push takes rows; marks of theirs are dropped, but for the last one of all.
func (op *Watermark) Push(_ int, b *vector.Batch) error {
	op.in = b
	return nil
}

// Next returns the rows with marks of our own.
func (op *Watermark) Next() (*vector.Batch, error) {
	if b := op.in; b != nil {
		op.in = nil
		return op.rows(b)
	}
	switch {
	case op.max:
		op.max = false
		return op.markOnly(types.MaxInstant), nil
	case op.pending:
		op.pending = false
		if op.current > op.last {
			op.last = op.current
			return op.markOnly(op.current), nil
		}
	}
	return nil, nil
}

func (op *Watermark) rows(b *vector.Batch) (*vector.Batch, error) {
	if n := len(b.Marks); n > 0 && b.Marks[n-1].Watermark == types.MaxInstant && !op.ended {
		op.max, op.ended = true, true
	}
	if b.Len() == 0 {
		return op.Next()
	}
	marks := op.out.Marks[:0]
	op.out = *b
	op.out.Marks = marks
	if op.ctx.Batch {
		return &op.out, nil
	}
	op.active, op.silent = op.ctx.Clock.Now(), false
	time := b.Cols[op.spec.Column]
	if time.HasNulls() && time.NullCount() > 0 {
		return nil, &diag.Error{Code: "null-rowtime", Stage: diag.StageRun, Message: "RowTime field should not be null, please convert it to a non-null long value."}
	}
	v, err := op.eval.Eval(&op.out)
	if err != nil {
		return nil, err
	}
	for i := range b.Len() {
		if v.IsNull(i) {
			continue
		}
		op.current = max(op.current, types.Instant(v.Timestamp(i).Milli))
		if op.current-op.last > op.period {
			op.last = op.current
			op.out.Marks = append(op.out.Marks, vector.Mark{Row: i + 1, Watermark: op.current})
		}
	}
	return &op.out, nil
}

func (op *Watermark) markOnly(w types.Instant) *vector.Batch {
	b := vector.NewBatch(op.types, 0)
	b.Mark(w)
	return b
}

// Deadline is the end of the period, or when the input counts as idle.
func (op *Watermark) Deadline() (at types.Instant, ok bool) {
	if op.ended || op.ctx.Batch {
		return 0, false
	}
	if op.current > op.last {
		at, ok = types.Instant(op.next.UnixMilli()), true
	}
	if op.timeout > 0 && !op.silent {
		if idle := types.Instant(op.active.Add(op.timeout + time.Millisecond - 1).UnixMilli()); !ok || idle < at {
			at, ok = idle, true
		}
	}
	return at, ok
}

// Advance lets a watermark out whose period has ended.
func (op *Watermark) Advance(now types.Instant) error {
	t := time.UnixMilli(int64(now))
	if !t.Before(op.next) {
		op.pending, op.next = true, t.Add(time.Duration(max(op.period, 1))*time.Millisecond)
	}
	if op.timeout > 0 && t.Sub(op.active) >= op.timeout {
		op.silent = true
	}
	return nil
}

// Idle reports that no row came for the idle timeout.
func (op *Watermark) Idle() bool { return op.silent && !op.ended }

// Finish has nothing left to do: the last mark came before.
func (op *Watermark) Finish(int) error { return nil }

// Close has nothing to free.
func (op *Watermark) Close() error { return nil }
