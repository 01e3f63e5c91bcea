package join

import (
	"encoding/binary"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// WindowJoin joins the rows of two insert-only inputs that have the same
// window, when the watermark of both closes it.
type WindowJoin struct {
	spec  spec.WindowJoin
	sides [2]*side
	keys  []types.Type
	out   []spec.Column
	ends  [2]int // window_end columns

	ctx     *exec.Context
	zone    *types.Zone // nil = window times are UTC
	windows *state.Windows
	saved   *state.Value
	late    *metrics.Counter
	marks   *exec.Watermarks
	w       writer
	final   finisher

	ports     [2]types.Instant // each port's watermark, part of the state
	watermark types.Instant    // windows it closes have been put out
	target    types.Instant
	firing    bool
	waiting   bool // the watermark has not been put out
	firingEnd int64

	port    int
	batch   *vector.Batch
	pending []vector.Mark
	row     int
	runs    map[int64][]int32
	order   []int64
	enc     rowkey.Rows
	keyCols []*vector.Vector
	addrs   []uint32
	created []bool
	mark    *vector.Batch // a batch for marks alone
}

// NewWindow returns a WindowJoin of two inputs.
func NewWindow(s spec.WindowJoin, inputs [][]types.Type, output []spec.Column) (*WindowJoin, error) {
	op := &WindowJoin{
		spec: s, out: output, ends: [2]int{s.LeftEnd, s.RightEnd}, marks: exec.NewWatermarks(2),
		watermark: types.MinInstant, ports: [2]types.Instant{types.MinInstant, types.MinInstant}, runs: map[int64][]int32{},
	}
	op.sides[0] = newSide(inputs[0], s.LeftKeys, nil, false)
	op.sides[1] = newSide(inputs[1], s.RightKeys, nil, false)
	var err error
	op.keys, err = keyTypes(inputs, s.LeftKeys, s.RightKeys)
	return op, err
}

// Open opens the state.
func (op *WindowJoin) Open(ctx *exec.Context) error {
	op.ctx = ctx
	if op.spec.LTZ && ctx.Zone != nil {
		op.zone = types.ZoneOf(ctx.Zone)
	}
	op.late = &metrics.Counter{}
	if ctx.Metrics != nil {
		op.late = ctx.Metrics.Counter("numLateRecordsDropped")
	}
	left, right := op.sides[0], op.sides[1]
	var err error
	op.windows, err = ctx.State.Windows(
		state.TableDesc{Name: "window-join", Key: op.keys, Value: state.Fingerprint("window join"), Width: 2 * state.ListBytes},
		left.desc("left", 0), right.desc("right", state.ListBytes))
	if err != nil {
		return err
	}
	if op.saved, err = ctx.State.Value("watermark"); err != nil {
		return err
	}
	for i, b := range op.saved.Restored {
		// The subtasks of the run before may have got to different watermarks.
		for p := range op.ports {
			if w := types.Instant(binary.LittleEndian.Uint64(b[8*p:])); i == 0 || w < op.ports[p] {
				op.ports[p] = w
			}
		}
	}
	for p, w := range op.ports {
		op.watermark, _ = op.marks.Advance(p, w)
	}
	op.save()
	cond, err := newCondition(op.spec.Condition, ctx, left, right)
	if err != nil {
		return err
	}
	op.keyCols = make([]*vector.Vector, len(op.keys))
	leftOnly := op.spec.Type == spec.SemiJoin || op.spec.Type == spec.AntiJoin
	op.w = writer{left: left, right: right, leftOnly: leftOnly, batchSize: ctx.BatchSize, out: vector.NewBatch(columnTypes(op.out), 0)}
	op.final = finisher{typ: op.spec.Type, sides: &op.sides, cond: cond, w: &op.w, batchSize: ctx.BatchSize}
	for i := range op.keys {
		op.final.nulls = append(op.final.nulls, i)
	}
	op.mark = vector.NewBatch(columnTypes(op.out), 0)
	return nil
}

func (op *WindowJoin) save() {
	op.saved.Bytes = op.saved.Bytes[:0]
	for _, w := range op.ports {
		op.saved.Bytes = binary.LittleEndian.AppendUint64(op.saved.Bytes, uint64(w))
	}
}

func (op *WindowJoin) passed(end int64, w types.Instant) bool {
	if op.zone == nil || w == types.MaxInstant {
		return end-1 <= int64(w)
	}
	return op.zone.InstantLate(end-1) <= int64(w)
}

// Push takes a batch; Next goes through it.
func (op *WindowJoin) Push(port int, b *vector.Batch) error {
	op.port, op.batch, op.pending, op.row = port, b, b.Marks, 0
	return nil
}

// Next puts out windows that have fired, and marks. A mark waits until rows
// follow it or the batch ends, so that many of them make one batch.
func (op *WindowJoin) Next() (*vector.Batch, error) {
	for {
		if op.final.on {
			out, err := op.final.next()
			if out != nil || err != nil {
				return out, err
			}
			op.windows.Drop(op.firingEnd)
		}
		if op.firing {
			if ends := op.windows.Ends(); len(ends) > 0 && op.passed(ends[0], op.target) {
				if out := op.takeMark(); out != nil {
					return out, nil
				}
				t := op.windows.Find(ends[0])
				op.firingEnd = ends[0]
				op.sides[0].rows, op.sides[1].rows = t.Multis[0], t.Multis[1]
				op.final.start(t.Table)
				continue
			}
			op.firing, op.waiting = false, true
			op.watermark = op.target
		}
		if op.batch == nil {
			return op.takeMark(), nil
		}
		if err := op.advance(); err != nil {
			return nil, err
		}
	}
}

// takeMark returns the mark that waits, nil if none does.
func (op *WindowJoin) takeMark() *vector.Batch {
	if !op.waiting {
		return nil
	}
	op.waiting = false
	op.mark.Reset()
	op.mark.Mark(op.watermark)
	return op.mark
}

// advance stores the rows before the next mark that moves the watermark.
func (op *WindowJoin) advance() error {
	b := op.batch
	for {
		end := b.Len()
		if len(op.pending) > 0 {
			end = op.pending[0].Row
		}
		if err := op.store(op.row, end); err != nil {
			return err
		}
		op.row = end
		if len(op.pending) == 0 {
			op.batch = nil
			op.save()
			return nil
		}
		op.ports[op.port] = max(op.ports[op.port], op.pending[0].Watermark)
		w, moved := op.marks.Advance(op.port, op.pending[0].Watermark)
		op.pending = op.pending[1:]
		if moved {
			op.firing, op.target = true, w
			return nil
		}
	}
}

// store adds rows [from, to) of the batch to their windows.
func (op *WindowJoin) store(from, to int) error {
	b, own := op.batch, op.sides[op.port]
	if from == to {
		return nil
	}
	for i, k := range own.keys {
		op.keyCols[i] = b.Cols[k]
	}
	col := b.Cols[op.ends[op.port]]
	var late int64
	op.order = op.order[:0]
	for i := from; i < to; i++ {
		if col.IsNull(i) {
			continue
		}
		end := col.Timestamp(i).Milli
		if op.passed(end, op.watermark) {
			late++
			continue
		}
		sel := op.runs[end]
		if len(sel) == 0 {
			op.order = append(op.order, end)
		}
		op.runs[end] = append(sel, int32(i))
	}
	op.late.Add(late)
	for _, end := range op.order {
		if err := op.storeWindow(end, op.runs[end]); err != nil {
			return err
		}
		op.runs[end] = op.runs[end][:0]
	}
	if len(op.runs) > 1024 { // windows long gone
		clear(op.runs)
	}
	return nil
}

func (op *WindowJoin) storeWindow(end int64, sel []int32) error {
	b, own := op.batch, op.sides[op.port]
	t, err := op.windows.Get(end)
	if err != nil {
		return err
	}
	n := len(sel)
	op.addrs, op.created = grow(op.addrs, n), grow(op.created, n)
	t.Codec().Encode(&op.enc, op.keyCols, b.Len(), sel, true)
	if err := t.GetBatch(&op.enc, op.addrs, op.created); err != nil {
		return err
	}
	own.encode(b, sel)
	own.rows = t.Multis[op.port]
	for i, a := range op.addrs[:n] {
		if err := own.add(a, i, 0, 0); err != nil {
			return err
		}
	}
	return nil
}

// Finish has nothing to do: the last watermark has fired all windows.
func (op *WindowJoin) Finish(int) error { return nil }

// Close has nothing to free: the state belongs to the backend.
func (op *WindowJoin) Close() error { return nil }
