package window

import (
	"encoding/binary"
	"unsafe"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/agg"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Agg is GROUP BY window_start, window_end, keys.
type Agg struct {
	spec   spec.WindowAgg
	output []spec.Column
	set    *agg.Set
	keys   []types.Type
	time   int // the column that decides the slice

	ctx     *exec.Context
	grid    grid
	slices  *state.Windows
	saved   *state.Value // the watermark
	late    late
	nulls   *metrics.Counter
	scratch agg.Scratch

	watermark types.Instant // all windows that it closes have fired
	next      int64         // end of the next window to fire, none if no slice waits

	batch *vector.Batch
	row   int
	marks []vector.Mark
	times []int64
	runs  []run // the rows taken but not folded, by slice
	last  types.Instant

	enc     rowkey.Rows
	keyCols []*vector.Vector
	addrs   []uint32
	created []bool
	recs    []unsafe.Pointer
	sign    []int8

	// While windows fire:
	firing bool
	target types.Instant // the watermark that makes them fire
	fired  int64         // the window being put out, or the last one
	source *state.WindowTable
	merged bool // source is a scratch table
	cursor state.Cursor
	out    *vector.Batch
}

// run is the rows of one slice.
type run struct {
	end int64
	sel []int32
}

// NewAgg returns a WindowAgg over rows with the given columns.
func NewAgg(s spec.WindowAgg, input []types.Type, output []spec.Column) (*Agg, error) {
	if s.Window.Proctime {
		return nil, &diag.Error{Code: "not-supported", Stage: diag.StagePlan, Message: "aggregation by windows over processing time is not supported yet",
			Help: "windows over event time are"}
	}
	op := &Agg{spec: s, output: output, watermark: types.MinInstant, last: types.MinInstant, next: none}
	op.time = s.Window.Time
	if s.Window.WindowEnd != nil {
		op.time = *s.Window.WindowEnd
	}
	for _, k := range s.Keys {
		op.keys = append(op.keys, input[k])
	}
	var err error
	op.set, err = agg.NewSet(s.Aggs, input, s.InputRetracts, false)
	return op, err
}

// Open opens the state.
func (op *Agg) Open(ctx *exec.Context) error {
	op.ctx = ctx
	op.grid = newGrid(op.spec.Window, zoneOf(ctx))
	op.late = newLate(counter(ctx, "numLateRecordsDropped"), op.spec.LocalPhase, op.keys, op.grid.slice)
	op.nulls = counter(ctx, "numNullRowTimeRecordsDropped")
	d, multis := op.set.Desc("window-aggs", op.keys)
	var err error
	if op.slices, err = ctx.State.Windows(d, multis...); err != nil {
		return err
	}
	if op.saved, err = ctx.State.Value("watermark"); err != nil {
		return err
	}
	for i, b := range op.saved.Restored {
		// The subtasks of the run before may have got to different watermarks.
		if w := types.Instant(binary.LittleEndian.Uint64(b)); i == 0 || w < op.watermark {
			op.watermark = w
		}
	}
	op.keyCols = make([]*vector.Vector, len(op.keys))
	op.out = vector.NewBatch(columnTypes(op.output), 0)
	op.fired = int64(types.MinInstant)
	op.plan()
	op.save()
	return nil
}

func (op *Agg) save() {
	op.saved.Bytes = binary.LittleEndian.AppendUint64(op.saved.Bytes[:0], uint64(op.watermark))
}

// Push takes a batch; its rows are folded as Next gets to them.
func (op *Agg) Push(_ int, b *vector.Batch) error {
	op.batch, op.row, op.marks = b, 0, b.Marks
	op.times = op.times[:0]
	if b.Len() > 0 {
		op.times = millis(op.times, b.Cols[op.time])
	}
	return nil
}

// Next puts out windows that have fired, and marks.
func (op *Agg) Next() (*vector.Batch, error) {
	op.out.Reset()
	for {
		if op.firing {
			if err := op.emit(); err != nil {
				return nil, err
			}
			if op.out.Len() >= op.ctx.BatchSize {
				return op.out, nil
			}
			continue
		}
		if op.batch == nil {
			break
		}
		if err := op.advance(); err != nil {
			return nil, err
		}
	}
	if op.out.Empty() {
		return nil, nil
	}
	return op.out, nil
}

// advance takes rows up to a mark that makes windows fire, or to the end of
// the batch, and folds them.
func (op *Agg) advance() error {
	b := op.batch
	n := b.Len()
	var nulls int64
	var time *vector.Vector
	if n > 0 {
		time = b.Cols[op.time]
	}
	ended := false
	for {
		if len(op.marks) > 0 && op.marks[0].Row <= op.row {
			w := op.marks[0].Watermark
			op.marks = op.marks[1:]
			op.late.mark(w)
			if op.ctx.Batch {
				op.last = max(op.last, w)
				continue
			}
			if op.next != none && op.grid.passed(op.next, w) {
				op.firing, op.target = true, w
				break
			}
			op.watermark = max(op.watermark, w)
			op.out.Mark(w)
			continue
		}
		if op.row == n {
			ended = true
			break
		}
		i := op.row
		op.row++
		if time.IsNull(i) {
			nulls++
			continue
		}
		if slice, ok := op.take(i, op.times[i]); !ok {
			op.late.row(b, op.spec.Keys, i, slice)
		}
	}
	op.nulls.Add(nulls)
	if err := op.fold(); err != nil {
		return err
	}
	if ended {
		op.batch = nil
		op.save()
	}
	return nil
}

// take assigns row i to its slice; false if all its windows have fired.
func (op *Agg) take(i int, t int64) (slice int64, ok bool) {
	g := &op.grid
	slice = t
	if !g.attached {
		slice = g.sliceOf(g.local(t))
	}
	window := g.first(slice)
	if g.passed(window, op.watermark) {
		if !g.shared() || g.passed(g.last(slice), op.watermark) {
			return slice, false
		}
		// Some of its windows are still open.
		window = op.unfired(window)
		if g.kind == spec.Cumulate {
			slice = g.start(slice) + g.slide // where fired slices have gone
		}
	}
	op.next = min(op.next, window)
	for k := len(op.runs) - 1; k >= 0; k-- {
		if op.runs[k].end == slice {
			op.runs[k].sel = append(op.runs[k].sel, int32(i))
			return slice, true
		}
	}
	if len(op.runs) < cap(op.runs) {
		op.runs = op.runs[:len(op.runs)+1]
	} else {
		op.runs = append(op.runs, run{})
	}
	r := &op.runs[len(op.runs)-1]
	r.end, r.sel = slice, append(r.sel[:0], int32(i))
	return slice, true
}

// unfired returns the first window end from end on that has not fired.
func (op *Agg) unfired(end int64) int64 {
	for end <= op.fired || op.grid.passed(end, op.watermark) {
		end += op.grid.slide
	}
	return end
}

// fold puts the rows taken into the state.
func (op *Agg) fold() error {
	for _, r := range op.runs {
		t, err := op.slices.Get(r.end)
		if err != nil {
			return err
		}
		b := op.batch
		for i, k := range op.spec.Keys {
			op.keyCols[i] = b.Cols[k]
		}
		n := len(r.sel)
		op.addrs, op.created, op.recs = grow(op.addrs, n), grow(op.created, n), grow(op.recs, n)
		t.Codec().Encode(&op.enc, op.keyCols, 0, r.sel, true)
		if err := t.GetBatch(&op.enc, op.addrs, op.created); err != nil {
			return err
		}
		t.Records(op.addrs, op.recs)
		in := agg.Rows{Cols: b.Cols, Sel: r.sel, Addrs: op.addrs, Recs: op.recs, Table: t}
		if op.spec.InputRetracts {
			op.sign = op.sign[:0]
			for _, i := range r.sel {
				s := int8(1)
				if !b.Kind(int(i)).Adds() {
					s = -1
				}
				op.sign = append(op.sign, s)
			}
			in.Sign = op.sign
		}
		op.set.Count(&in)
		if err := op.set.Update(&in, nil); err != nil {
			return err
		}
	}
	op.runs = op.runs[:0]
	return nil
}

// emit puts out rows of the window that fires, until the output is full or the
// window is empty, and then goes on to the next window.
func (op *Agg) emit() error {
	if op.source == nil {
		if op.next == none || !op.grid.passed(op.next, op.target) {
			op.firing = false
			op.watermark = max(op.watermark, op.target)
			if op.ctx.Batch {
				op.target = op.last
			}
			if op.target != types.MinInstant {
				op.out.Mark(op.target)
			}
			op.save()
			return nil
		}
		op.fired = op.next
		op.cursor = state.Cursor{}
		if err := op.gather(op.fired); err != nil {
			return err
		}
	}
	for op.out.Len() < op.ctx.BatchSize {
		n := op.ctx.BatchSize - op.out.Len()
		op.addrs, op.recs = grow(op.addrs, n), grow(op.recs, n)
		n = op.source.Next(&op.cursor, op.addrs)
		if n == 0 {
			op.retire(op.fired)
			op.plan()
			return nil
		}
		if err := op.append(op.addrs[:n]); err != nil {
			return err
		}
	}
	return nil
}

// append adds the rows of some keys of the window that fires.
func (op *Agg) append(addrs []uint32) error {
	t := op.source
	if op.spec.InputRetracts {
		live := addrs[:0]
		for _, a := range addrs {
			if !op.set.Empty(t.Record(a)) {
				live = append(live, a)
			}
		}
		addrs = live
	}
	if len(addrs) == 0 {
		return nil
	}
	recs := op.recs[:len(addrs)]
	for i, a := range addrs {
		recs[i] = t.KeyPointer(a)
	}
	cols := op.out.Cols
	t.Codec().Append(cols[:len(op.keys)], recs)
	t.Records(addrs, recs)
	if err := op.set.Results(t, addrs, recs, cols[len(op.keys):]); err != nil {
		return err
	}
	for i, p := range op.spec.Props {
		c := cols[len(op.keys)+op.set.Len()+i]
		var ms int64
		switch p {
		case "start":
			ms = op.grid.start(op.fired)
		case "end":
			ms = op.fired
		default:
			ms = op.fired - 1
			if c.Type().Kind == types.TimestampLTZ {
				ms = op.grid.instant(ms)
			}
		}
		for range addrs {
			appendTime(c, ms)
		}
	}
	op.out.SetLen(op.out.Len() + len(addrs))
	return nil
}

// gather makes the table of a window out of its slices.
func (op *Agg) gather(end int64) error {
	g := &op.grid
	var err error
	switch {
	case !g.shared():
		op.source = op.slices.Find(end)
	case g.kind == spec.Cumulate:
		first := g.start(end) + g.slide
		if op.source, err = op.slices.Get(first); err != nil {
			return err
		}
		for _, s := range op.between(first, end) {
			if err := op.set.Merge(op.source, op.slices.Find(s), &op.scratch); err != nil {
				return err
			}
			op.slices.Drop(s)
		}
	default:
		slices := op.between(end-g.size, end)
		if len(slices) == 1 {
			op.source = op.slices.Find(slices[0])
			return nil
		}
		if op.source, err = op.slices.Scratch(); err != nil {
			return err
		}
		op.merged = true
		for _, s := range slices {
			if err := op.set.Merge(op.source, op.slices.Find(s), &op.scratch); err != nil {
				return err
			}
		}
	}
	return nil
}

// between returns the slices that end after from and not after to.
func (op *Agg) between(from, to int64) []int64 {
	var in []int64
	for _, e := range op.slices.Ends() {
		if e > from && e <= to {
			in = append(in, e)
		}
	}
	return in
}

// retire frees what only the window that has fired needed.
func (op *Agg) retire(end int64) {
	if op.merged {
		op.source.Table.Drop()
		op.merged = false
	}
	op.source = nil
	for _, s := range op.between(int64(types.MinInstant), end) {
		if op.grid.last(s) <= end {
			op.slices.Drop(s)
		}
	}
	if op.grid.kind == spec.Cumulate && !op.grid.attached && op.grid.last(end) == end {
		op.slices.Drop(op.grid.start(end) + op.grid.slide)
	}
}

// plan finds the next window to fire. The first slice decides: no window of a
// later slice ends earlier.
func (op *Agg) plan() {
	op.next = none
	for len(op.slices.Ends()) > 0 {
		s := op.slices.Ends()[0]
		if !op.grid.shared() {
			op.next = s
			return
		}
		if e := op.unfired(op.grid.first(s)); e <= op.grid.last(s) {
			op.next = e
			return
		}
		op.slices.Drop(s)
	}
}

// Flush is called before a checkpoint.
func (op *Agg) Flush() error {
	op.late.flush()
	return nil
}

// Finish fires what is left in batch mode.
func (op *Agg) Finish(int) error {
	op.late.flush()
	if op.ctx.Batch {
		op.firing, op.target = true, types.MaxInstant
	}
	return nil
}

// Close frees a window that was being put out.
func (op *Agg) Close() error {
	if op.merged {
		op.source.Table.Drop()
		op.merged = false
	}
	return nil
}

// grow returns a slice of length n, with unspecified elements.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}
