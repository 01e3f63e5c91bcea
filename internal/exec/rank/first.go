package rank

import (
	"container/heap"
	"encoding/binary"
	"unsafe"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// First puts out the row of each key that is first in event time, once the
// watermark has passed it: nothing it has said has to be taken back. It keeps
// one row a key until then, and the key itself for ever.
type First struct {
	spec  spec.First
	input []types.Type
	keys  []types.Type
	codec *rowkey.Codec

	ctx       *exec.Context
	table     *state.Table
	saved     *state.Value
	late      *metrics.Counter
	watermark types.Instant
	due       dueHeap // rows that wait, some of them replaced since
	rows      rowkey.Rows
	owners    state.Lookup

	batch *vector.Batch
	marks []vector.Mark
	row   int
	out   *vector.Batch
	ptr   [1]unsafe.Pointer
	sweep state.Cursor
}

// A record is the row that waits, its time, and whether the key is done, with
// the processing time of that.
const (
	firstRow   = 0
	firstTime  = 8
	firstDone  = 16 // 0, or 1 + the processing time
	firstWidth = 24
)

// due is a key whose row is to be put out at a time.
type due struct {
	time int64
	key  uint32
}

type dueHeap []due

func (h dueHeap) Len() int { return len(h) }
func (h dueHeap) Less(i, j int) bool {
	return h[i].time < h[j].time || h[i].time == h[j].time && h[i].key < h[j].key
}
func (h dueHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push is for container/heap.
func (h *dueHeap) Push(x any) { *h = append(*h, x.(due)) }

// Pop is for container/heap.
func (h *dueHeap) Pop() any {
	x := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return x
}

// NewFirst returns a First over rows with the given columns.
func NewFirst(s spec.First, input []types.Type) (*First, error) {
	op := &First{spec: s, input: input, codec: rowkey.New(input), watermark: types.MinInstant}
	for _, k := range s.Keys {
		op.keys = append(op.keys, input[k])
	}
	return op, nil
}

// Open opens the state and lists what waits.
func (op *First) Open(ctx *exec.Context) error {
	op.ctx = ctx
	op.out = vector.NewBatch(op.input, 0)
	op.late = &metrics.Counter{}
	if ctx.Metrics != nil {
		op.late = ctx.Metrics.Counter("numLateRecordsDropped")
	}
	var err error
	op.table, _, err = ctx.State.Table(state.TableDesc{
		Name: "first-rows", Key: op.keys, Value: state.Fingerprint("first row", op.input...), Width: firstWidth, Blobs: []int{firstRow},
	})
	if err != nil {
		return err
	}
	if op.saved, err = ctx.State.Value("watermark"); err != nil {
		return err
	}
	for i, b := range op.saved.Restored {
		if w := types.Instant(binary.LittleEndian.Uint64(b)); i == 0 || w < op.watermark {
			op.watermark = w
		}
	}
	op.save()
	var c state.Cursor
	var some [64]uint32
	for n := op.table.Next(&c, some[:]); n > 0; n = op.table.Next(&c, some[:]) {
		for _, a := range some[:n] {
			if *op.field(a, firstDone) == 0 {
				op.due = append(op.due, due{*op.field(a, firstTime), a})
			}
		}
	}
	heap.Init(&op.due)
	return nil
}

func (op *First) field(key uint32, off int) *int64 {
	return (*int64)(unsafe.Add(op.table.Record(key), off))
}

func (op *First) save() {
	op.saved.Bytes = binary.LittleEndian.AppendUint64(op.saved.Bytes[:0], uint64(op.watermark))
}

// Push takes a batch; Next goes through it.
func (op *First) Push(_ int, b *vector.Batch) error {
	op.batch, op.marks, op.row = b, b.Marks, 0
	n := b.Len()
	if n == 0 {
		return nil
	}
	op.codec.Encode(&op.rows, b.Cols, n, nil, false)
	return op.owners.Get(op.table, b, op.spec.Keys, nil)
}

// Next puts out rows that the watermark has passed, and marks.
func (op *First) Next() (*vector.Batch, error) {
	op.out.Reset()
	for op.batch != nil && op.out.Len() < op.ctx.BatchSize {
		end := op.batch.Len()
		if len(op.marks) > 0 {
			end = op.marks[0].Row
		}
		for ; op.row < end; op.row++ {
			if err := op.take(op.row); err != nil {
				return nil, err
			}
		}
		if len(op.marks) == 0 {
			op.end()
			break
		}
		w := max(op.watermark, op.marks[0].Watermark)
		if !op.fire(w) {
			break
		}
		op.marks = op.marks[1:]
		op.watermark = w
		op.save()
		op.out.Mark(w)
	}
	if op.out.Empty() {
		return nil, nil
	}
	return op.out, nil
}

// take notes row i if it is the first of its key so far.
func (op *First) take(i int) error {
	col, key := op.batch.Cols[op.spec.Time], op.owners.Addrs[i]
	if col.IsNull(i) || *op.field(key, firstDone) != 0 {
		return nil
	}
	t := col.Timestamp(i).Milli
	if t <= int64(op.watermark) {
		op.late.Add(1)
		return nil
	}
	row := (*state.Blob)(unsafe.Pointer(op.field(key, firstRow)))
	if *row != 0 && *op.field(key, firstTime) <= t {
		return nil
	}
	if err := op.table.Put(row, op.rows.Bytes(i)); err != nil {
		return err
	}
	*op.field(key, firstTime) = t
	heap.Push(&op.due, due{t, key})
	return nil
}

// fire puts out what is due at w; false: there is more than a batch holds.
func (op *First) fire(w types.Instant) bool {
	for len(op.due) > 0 && op.due[0].time <= int64(w) {
		if op.out.Len() >= op.ctx.BatchSize {
			return false
		}
		d := heap.Pop(&op.due).(due)
		if !op.table.Live(d.key) || *op.field(d.key, firstDone) != 0 || *op.field(d.key, firstTime) != d.time {
			continue // an earlier row has taken its place
		}
		row := (*state.Blob)(unsafe.Pointer(op.field(d.key, firstRow)))
		op.ptr[0] = unsafe.Pointer(unsafe.SliceData(op.table.Blob(*row)))
		op.codec.Append(op.out.Cols, op.ptr[:])
		op.out.SetLen(op.out.Len() + 1)
		op.table.Free(row)
		*op.field(d.key, firstDone) = 1
		if op.spec.TTLMillis > 0 {
			*op.field(d.key, firstDone) = 1 + op.ctx.Clock.Now().UnixMilli()
		}
	}
	return true
}

// end is the end of a batch: keys that only late rows had are forgotten, and a
// few that have been done for long.
func (op *First) end() {
	for _, a := range op.owners.Addrs {
		if op.table.Live(a) && *op.field(a, firstDone) == 0 && *op.field(a, firstRow) == 0 {
			op.table.Delete(a)
		}
	}
	op.batch, op.owners.Addrs = nil, op.owners.Addrs[:0]
	if op.spec.TTLMillis == 0 {
		return
	}
	var some [64]uint32
	n := op.table.Next(&op.sweep, some[:])
	if n == 0 {
		op.sweep = state.Cursor{}
	}
	now := op.ctx.Clock.Now().UnixMilli()
	for _, a := range some[:n] {
		if done := *op.field(a, firstDone); done != 0 && now-(done-1) >= op.spec.TTLMillis {
			op.table.Delete(a)
		}
	}
}

// Finish has nothing to do: the last watermark has put out everything.
func (op *First) Finish(int) error { return nil }

// Close has nothing to free: the state belongs to the backend.
func (op *First) Close() error { return nil }
