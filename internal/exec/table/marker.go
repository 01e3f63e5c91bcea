package table

import (
	"sync/atomic"
	"time"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/expr"
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// marker generates the watermarks of a source: one per split, combined to the
// smallest of those that are not idle. With on-event, or a period of zero, a
// mark follows each row that moves the combined watermark; else marks go out
// once a period.
type marker struct {
	eval    *expr.Program
	onEvent bool
	period  time.Duration
	timeout time.Duration // 0 = splits are never idle
	splits  []*splitMark
	current types.Instant // the last mark that went out
	next    time.Time     // of the next periodic mark
	pending bool          // the combined watermark is to be looked at
}

// splitMark is the watermark of one split.
type splitMark struct {
	watermark types.Instant
	active    time.Time // when the last row came
	idle      bool
	shown     atomic.Int64 // watermark, for the metric
	group     *metrics.Group
}

func newMarker(w *spec.WatermarkSpec, ctx *exec.Context) (*marker, error) {
	p, err := expr.Compile(w.Expr, functionEnv(ctx))
	if err != nil {
		return nil, err
	}
	m := &marker{eval: p, current: types.MinInstant, period: time.Duration(w.IntervalMillis) * time.Millisecond,
		timeout: time.Duration(w.IdleTimeoutMillis) * time.Millisecond}
	m.onEvent = w.Emit == "on-event" || m.period == 0
	m.next = ctx.Clock.Now().Add(m.period)
	return m, nil
}

func functionEnv(ctx *exec.Context) *function.Env {
	return &function.Env{Zone: ctx.Zone, Now: ctx.Clock.Now, Watermark: ctx.Watermark, Batch: ctx.Batch}
}

func (m *marker) add(now time.Time) *splitMark {
	s := &splitMark{watermark: types.MinInstant, active: now}
	m.splits = append(m.splits, s)
	return s
}

func (m *marker) remove(s *splitMark) {
	for i, o := range m.splits {
		if o == s {
			m.splits = append(m.splits[:i], m.splits[i+1:]...)
			m.pending = true
			return
		}
	}
}

// rows takes the rows of split s in and adds the marks they bring about to b.
func (m *marker) rows(b *vector.Batch, s *splitMark, now time.Time) error {
	v, err := m.eval.Eval(b)
	if err != nil {
		return err
	}
	if low, ok := m.due(); ok {
		b.Marks = append(b.Marks, vector.Mark{Row: 0, Watermark: low})
	}
	s.active, s.idle = now, false
	for i := range b.Len() {
		if v.IsNull(i) {
			continue
		}
		w := types.Instant(v.Timestamp(i).Milli)
		if w <= s.watermark {
			continue
		}
		s.watermark = w
		if m.onEvent {
			if low, ok := m.combine(); ok {
				b.Marks = append(b.Marks, vector.Mark{Row: i + 1, Watermark: low})
			}
		}
	}
	return nil
}

// due returns the mark that goes out now without a row, if there is one.
func (m *marker) due() (types.Instant, bool) {
	if !m.pending {
		return 0, false
	}
	m.pending = false
	return m.combine()
}

// combine moves the watermark that is out to the smallest of the splits; ok is
// false if it is there already.
func (m *marker) combine() (types.Instant, bool) {
	low, any := types.MaxInstant, false
	for _, s := range m.splits {
		if !s.idle {
			low, any = min(low, s.watermark), true
		}
	}
	if !any || low <= m.current {
		return 0, false
	}
	m.current = low
	return low, true
}

// advance notes the time: periods end, splits become idle.
func (m *marker) advance(now time.Time) {
	if !m.onEvent && !now.Before(m.next) {
		m.pending, m.next = true, now.Add(m.period)
	}
	for _, s := range m.splits {
		if m.timeout > 0 && !s.idle && now.Sub(s.active) >= m.timeout {
			s.idle, m.pending = true, true
		}
	}
}

// deadline is the next time at which advance has something to do.
func (m *marker) deadline() (at types.Instant, ok bool) {
	earlier := func(t time.Time) {
		// Rounded up, so that the time is really reached then.
		if i := types.Instant(t.Add(time.Millisecond - 1).UnixMilli()); !ok || i < at {
			at, ok = i, true
		}
	}
	if !m.onEvent {
		earlier(m.next)
	}
	for _, s := range m.splits {
		if m.timeout > 0 && !s.idle {
			earlier(s.active.Add(m.timeout))
		}
	}
	return at, ok
}

func (m *marker) idle() bool {
	for _, s := range m.splits {
		if !s.idle {
			return false
		}
	}
	return len(m.splits) > 0
}
