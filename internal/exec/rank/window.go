package rank

import (
	"encoding/binary"
	"unsafe"

	"github.com/flott/flott/internal/exec"
	ordering "github.com/flott/flott/internal/exec/sort"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// WindowRank keeps the first rows of each partition of a window and puts them
// out when the watermark closes it.
type WindowRank struct {
	spec  spec.WindowRank
	input []types.Type
	keys  []types.Type
	codec *rowkey.Codec
	order *ordering.Order

	ctx       *exec.Context
	zone      *types.Zone // nil = window times are UTC
	windows   *state.Windows
	saved     *state.Value
	late      *metrics.Counter
	watermark types.Instant
	scratch   ranking
	whole     rowkey.Rows
	owners    state.Lookup

	batch   *vector.Batch
	marks   []vector.Mark
	row     int
	runs    map[int64][]int32
	firing  *state.WindowTable
	walk    state.Cursor
	target  types.Instant
	pending []change
	at      int
	out     *vector.Batch
	ptrs    []unsafe.Pointer
}

// NewWindow returns a WindowRank over rows with the given columns.
func NewWindow(s spec.WindowRank, input []types.Type) (*WindowRank, error) {
	op := &WindowRank{spec: s, input: input, codec: rowkey.New(input), watermark: types.MinInstant, target: types.MinInstant, runs: map[int64][]int32{}}
	op.order = ordering.NewOrder(op.codec, s.Sort)
	for _, k := range s.Keys {
		op.keys = append(op.keys, input[k])
	}
	return op, nil
}

// Open opens the state.
func (op *WindowRank) Open(ctx *exec.Context) error {
	op.ctx = ctx
	if op.spec.LTZ && ctx.Zone != nil {
		op.zone = types.ZoneOf(ctx.Zone)
	}
	op.late = &metrics.Counter{}
	if ctx.Metrics != nil {
		op.late = ctx.Metrics.Counter("numLateRecordsDropped")
	}
	ts := op.input
	if op.spec.Number {
		ts = append(append([]types.Type(nil), ts...), types.TBigInt.Required())
	}
	op.out = vector.NewBatch(ts, 0)
	var err error
	op.windows, err = ctx.State.Windows(
		state.TableDesc{Name: "window-rank", Key: op.keys, Value: state.Fingerprint("window rank"), Width: state.ListBytes},
		state.MultiDesc{Name: "rows", Value: state.Fingerprint("row", op.input...)})
	if err != nil {
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
	op.target = op.watermark
	op.save()
	return nil
}

func (op *WindowRank) save() {
	op.saved.Bytes = binary.LittleEndian.AppendUint64(op.saved.Bytes[:0], uint64(op.watermark))
}

// passed reports whether watermark w closes the window that ends at end.
func (op *WindowRank) passed(end int64, w types.Instant) bool {
	if op.zone == nil || w == types.MaxInstant {
		return end-1 <= int64(w)
	}
	return op.zone.InstantLate(end-1) <= int64(w)
}

// Push takes a batch; Next goes through it.
func (op *WindowRank) Push(_ int, b *vector.Batch) error {
	op.batch, op.marks, op.row = b, b.Marks, 0
	return nil
}

// Next puts out windows that have closed, and marks.
func (op *WindowRank) Next() (*vector.Batch, error) {
	for {
		if op.at < len(op.pending) {
			return op.write(), nil
		}
		op.pending, op.at = op.pending[:0], 0
		switch {
		case op.firing != nil:
			op.collect()
		case op.target > op.watermark:
			if ends := op.windows.Ends(); len(ends) > 0 && op.passed(ends[0], op.target) {
				op.firing, op.walk = op.windows.Find(ends[0]), state.Cursor{}
				continue
			}
			op.watermark = op.target
			op.save()
			op.out.Reset()
			op.out.Mark(op.watermark)
			return op.out, nil
		case op.batch != nil:
			if err := op.advance(); err != nil {
				return nil, err
			}
		default:
			return nil, nil
		}
	}
}

// advance stores the rows in front of the next mark.
func (op *WindowRank) advance() error {
	end := op.batch.Len()
	if len(op.marks) > 0 {
		end = op.marks[0].Row
	}
	if err := op.store(op.row, end); err != nil {
		return err
	}
	op.row = end
	if len(op.marks) == 0 {
		op.batch = nil
		return nil
	}
	op.target = max(op.target, op.marks[0].Watermark)
	op.marks = op.marks[1:]
	return nil
}

// store adds rows [from, to) to their windows.
func (op *WindowRank) store(from, to int) error {
	var late int64
	col := op.batch.Cols[op.spec.WindowEnd]
	var order []int64
	for i := from; i < to; i++ {
		if col.IsNull(i) {
			continue
		}
		end := col.Timestamp(i).Milli
		if op.passed(end, op.watermark) {
			late++
			continue
		}
		if len(op.runs[end]) == 0 {
			order = append(order, end)
		}
		op.runs[end] = append(op.runs[end], int32(i))
	}
	op.late.Add(late)
	for _, end := range order {
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

func (op *WindowRank) storeWindow(end int64, sel []int32) error {
	t, err := op.windows.Get(end)
	if err != nil {
		return err
	}
	b, rows := op.batch, t.Multis[0]
	if err := op.owners.Get(t.Table, b, op.spec.Keys, sel); err != nil {
		return err
	}
	op.codec.Encode(&op.whole, b.Cols, b.Len(), sel, false)
	for i, owner := range op.owners.Addrs {
		// A list may grow to twice its size before it is cut again.
		if _, err := rows.Add(owner, op.whole.Bytes(i), 0); err != nil {
			return err
		}
		if n := int64(rows.Entries(owner)); n >= 2*op.spec.End+few {
			op.scratch.fill(rows, owner, op.order, false)
			for k := int(op.spec.End); k < op.scratch.n; k++ {
				rows.Remove(op.scratch.at(k))
			}
		}
	}
	return nil
}

// collect makes the rows of the next partitions of the closing window pending.
func (op *WindowRank) collect() {
	var some [16]uint32
	n := op.firing.Next(&op.walk, some[:])
	for _, a := range some[:n] {
		op.scratch.fill(op.firing.Multis[0], a, op.order, false)
		for k := int(op.spec.Start) - 1; k < min(op.scratch.n, int(op.spec.End)); k++ {
			op.pending = append(op.pending, change{op.scratch.at(k), types.Insert, int64(k + 1)})
		}
	}
	if n == 0 {
		op.windows.Drop(op.firing.End)
		op.firing = nil
	}
}

func (op *WindowRank) write() *vector.Batch {
	op.out.Reset()
	n := min(len(op.pending)-op.at, op.ctx.BatchSize)
	op.ptrs = op.ptrs[:0]
	for _, c := range op.pending[op.at : op.at+n] {
		op.ptrs = append(op.ptrs, op.firing.Multis[0].Pointer(c.entry))
		if op.spec.Number {
			vector.Append(op.out.Cols[len(op.input)], c.rank)
		}
	}
	op.codec.Append(op.out.Cols[:len(op.input)], op.ptrs)
	op.out.SetLen(n)
	op.at += n
	return op.out
}

// Finish has nothing to do: the last watermark has closed all windows.
func (op *WindowRank) Finish(int) error { return nil }

// Close has nothing to free: the state belongs to the backend.
func (op *WindowRank) Close() error { return nil }
