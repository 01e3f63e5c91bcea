package window

import (
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// TVF attaches window_start, window_end and window_time to each row. HOP
// repeats a row for each of its windows, the latest first; CUMULATE does so
// with the smallest first. Rows whose time is NULL are dropped and counted.
type TVF struct {
	spec   spec.Window
	output []spec.Column

	ctx   *exec.Context
	grid  grid
	nulls *metrics.Counter

	batch *vector.Batch
	marks []vector.Mark
	times []int64
	row   int   // the row being repeated
	start int64 // of its next window; hop and cumulate
	end   int64
	begun bool

	out  *vector.Batch
	sel  []int32
	from []int64
	to   []int64
	kind []types.RowKind
}

// NewTVF returns a WindowTVF.
func NewTVF(s spec.WindowTVF, output []spec.Column) (*TVF, error) {
	return &TVF{spec: s.Window, output: output}, nil
}

// Open prepares the operator.
func (op *TVF) Open(ctx *exec.Context) error {
	op.ctx = ctx
	op.grid = newGrid(op.spec, zoneOf(ctx))
	op.nulls = counter(ctx, "numNullRowTimeRecordsDropped")
	op.out = vector.NewBatch(columnTypes(op.output), 0)
	return nil
}

func zoneOf(ctx *exec.Context) *types.Zone {
	if ctx.Zone == nil {
		return nil
	}
	return types.ZoneOf(ctx.Zone)
}

func counter(ctx *exec.Context, name string) *metrics.Counter {
	if ctx.Metrics == nil {
		return &metrics.Counter{}
	}
	return ctx.Metrics.Counter(name)
}

func columnTypes(cs []spec.Column) []types.Type {
	ts := make([]types.Type, len(cs))
	for i, c := range cs {
		ts[i] = c.Type
	}
	return ts
}

// Push takes a batch.
func (op *TVF) Push(_ int, b *vector.Batch) error {
	op.batch, op.marks, op.row, op.begun = b, b.Marks, 0, false
	op.times = op.times[:0]
	if op.spec.Proctime {
		now := op.ctx.Clock.Now().UnixMilli()
		for range b.Len() {
			op.times = append(op.times, now)
		}
		return nil
	}
	op.times = millis(op.times, b.Cols[op.spec.Time])
	return nil
}

// Next puts out rows with their windows.
func (op *TVF) Next() (*vector.Batch, error) {
	b := op.batch
	if b == nil {
		return nil, nil
	}
	op.out.Reset()
	op.sel, op.from, op.to = op.sel[:0], op.from[:0], op.to[:0]
	var dropped int64
	for op.row < b.Len() && len(op.sel) < op.ctx.BatchSize {
		if !op.begun {
			op.takeMarks(op.row)
			if !op.spec.Proctime && b.Cols[op.spec.Time].IsNull(op.row) {
				dropped++
				op.row++
				continue
			}
		}
		op.window(op.grid.local(op.times[op.row]))
	}
	op.nulls.Add(dropped)
	if op.row == b.Len() && !op.begun {
		op.takeMarks(b.Len())
		op.batch = nil
	}
	n := len(op.sel)
	for i, c := range b.Cols {
		op.out.Cols[i].Gather(c, op.sel)
	}
	k := len(b.Cols)
	for i := range n {
		appendTime(op.out.Cols[k], op.from[i])
		appendTime(op.out.Cols[k+1], op.to[i])
		appendTime(op.out.Cols[k+2], op.grid.instant(op.to[i]-1))
	}
	op.out.SetLen(n)
	if b.Kinds != nil {
		op.kind = op.kind[:0]
		for _, i := range op.sel {
			op.kind = append(op.kind, b.Kinds[i])
		}
		op.out.Kinds = op.kind
	}
	if op.out.Empty() {
		return nil, nil
	}
	return op.out, nil
}

// takeMarks moves the marks before row to the output.
func (op *TVF) takeMarks(row int) {
	for len(op.marks) > 0 && op.marks[0].Row <= row {
		op.out.Marks = append(op.out.Marks, vector.Mark{Row: len(op.sel), Watermark: op.marks[0].Watermark})
		op.marks = op.marks[1:]
	}
}

// window adds the next window of the current row, whose time is t, and goes on
// to the next row behind its last one.
func (op *TVF) window(t int64) {
	g := &op.grid
	switch g.kind {
	case spec.Hop:
		if !op.begun {
			op.start, op.begun = floor(t, g.offset, g.slide), true
		}
		if op.start <= t-g.size { // a slide above the size leaves gaps
			op.row++
			op.begun = false
			return
		}
		op.add(op.start, op.start+g.size)
		op.start -= g.slide
		if op.start <= t-g.size {
			op.row++
			op.begun = false
		}
	case spec.Cumulate:
		if !op.begun {
			op.start, op.end, op.begun = floor(t, g.offset, g.size), floor(t, g.offset, g.slide)+g.slide, true
		}
		op.add(op.start, op.end)
		op.end += g.slide
		if op.end > op.start+g.size {
			op.row++
			op.begun = false
		}
	default:
		start := floor(t, g.offset, g.size)
		op.add(start, start+g.size)
		op.row++
	}
}

func (op *TVF) add(start, end int64) {
	op.sel = append(op.sel, int32(op.row))
	op.from = append(op.from, start)
	op.to = append(op.to, end)
}

// Finish has nothing to do.
func (op *TVF) Finish(int) error { return nil }

// Close has nothing to free.
func (op *TVF) Close() error { return nil }
