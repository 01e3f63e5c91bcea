package changelog

import (
	"unsafe"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Normalize keeps the last row of each key, so that it can say what an upsert
// or a delete has replaced. A row that changes nothing is passed on only if the
// state expires; a delete of a key that isn't there is dropped.
type Normalize struct {
	spec  spec.ChangelogNormalize
	input []types.Type
	keys  []types.Type
	codec *rowkey.Codec

	ctx    *exec.Context
	table  *state.Table
	rows   rowkey.Rows // whole rows
	owners state.Lookup

	batch *vector.Batch
	marks []vector.Mark
	row   int
	out   *vector.Batch
	ptr   [1]unsafe.Pointer
	sweep state.Cursor
}

// A record is the place of the last row and the time it came.
const (
	recordRow     = 0
	recordTouched = 8
	recordWidth   = 16
)

// NewNormalize returns a ChangelogNormalize over rows with the given columns.
func NewNormalize(s spec.ChangelogNormalize, input []types.Type) (*Normalize, error) {
	op := &Normalize{spec: s, input: input, codec: rowkey.New(input)}
	for _, k := range s.Keys {
		op.keys = append(op.keys, input[k])
	}
	return op, nil
}

// Open opens the state.
func (op *Normalize) Open(ctx *exec.Context) error {
	op.ctx = ctx
	op.out = vector.NewBatch(op.input, 0)
	var err error
	op.table, _, err = ctx.State.Table(state.TableDesc{
		Name: "last-rows", Key: op.keys, Value: state.Fingerprint("row", op.input...), Width: recordWidth, Blobs: []int{recordRow},
	})
	return err
}

// Push takes a batch; Next goes through it.
func (op *Normalize) Push(_ int, b *vector.Batch) error {
	op.batch, op.marks, op.row = b, b.Marks, 0
	n := b.Len()
	if n == 0 {
		return nil
	}
	op.codec.Encode(&op.rows, b.Cols, n, nil, false)
	return op.owners.Get(op.table, b, op.spec.Keys, nil)
}

// Next puts out how the rows change their keys.
func (op *Normalize) Next() (*vector.Batch, error) {
	b := op.batch
	if b == nil {
		return nil, nil
	}
	op.out.Reset()
	now := int64(0)
	if op.spec.TTLMillis > 0 {
		now = op.ctx.Clock.Now().UnixMilli()
	}
	for ; op.row < b.Len() && op.out.Len()+2 <= max(op.ctx.BatchSize, 2); op.row++ {
		op.takeMarks()
		if err := op.change(op.row, now); err != nil {
			return nil, err
		}
	}
	if op.row == b.Len() {
		op.takeMarks()
		op.batch = nil
		op.clean(now)
	}
	if op.out.Empty() {
		if op.batch != nil {
			return op.Next()
		}
		return nil, nil
	}
	return op.out, nil
}

func (op *Normalize) takeMarks() {
	for len(op.marks) > 0 && op.marks[0].Row <= op.row {
		op.out.Mark(op.marks[0].Watermark)
		op.marks = op.marks[1:]
	}
}

// change applies row i to its key.
func (op *Normalize) change(i int, now int64) error {
	addr := op.owners.Addrs[i]
	rec := op.table.Record(addr)
	last := (*state.Blob)(unsafe.Add(rec, recordRow))
	touched := (*int64)(unsafe.Add(rec, recordTouched))
	if op.spec.TTLMillis > 0 && *last != 0 && now-*touched >= op.spec.TTLMillis {
		op.table.Free(last)
	}
	if !op.batch.Kind(i).Adds() {
		if *last != 0 {
			op.putLast(*last, types.Delete)
			op.table.Free(last)
		}
		return nil
	}
	row := op.rows.Bytes(i)
	switch {
	case *last == 0:
		op.put(i, types.Insert)
	case op.spec.TTLMillis == 0 && string(op.table.Blob(*last)) == string(row):
		return nil
	default:
		if op.spec.EmitUpdateBefore {
			op.putLast(*last, types.UpdateBefore)
		}
		op.put(i, types.UpdateAfter)
	}
	*touched = now
	return op.table.Put(last, row)
}

// putLast puts out a stored row.
func (op *Normalize) putLast(b state.Blob, k types.RowKind) {
	op.ptr[0] = unsafe.Pointer(unsafe.SliceData(op.table.Blob(b)))
	op.codec.Append(op.out.Cols, op.ptr[:])
	op.out.AppendKind(k)
	op.out.SetLen(op.out.Len() + 1)
}

// put puts out row i of the batch.
func (op *Normalize) put(i int, k types.RowKind) {
	for c, v := range op.out.Cols {
		v.AppendFrom(op.batch.Cols[c], i)
	}
	op.out.AppendKind(k)
	op.out.SetLen(op.out.Len() + 1)
}

// clean deletes the keys of the batch that have no row, and a few of those
// whose time has come.
func (op *Normalize) clean(now int64) {
	for _, a := range op.owners.Addrs {
		if op.table.Live(a) && *(*state.Blob)(unsafe.Add(op.table.Record(a), recordRow)) == 0 {
			op.table.Delete(a)
		}
	}
	op.owners.Addrs = op.owners.Addrs[:0]
	if op.spec.TTLMillis == 0 {
		return
	}
	var some [64]uint32
	n := op.table.Next(&op.sweep, some[:])
	if n == 0 {
		op.sweep = state.Cursor{}
	}
	for _, a := range some[:n] {
		if now-*(*int64)(unsafe.Add(op.table.Record(a), recordTouched)) >= op.spec.TTLMillis {
			op.table.Delete(a)
		}
	}
}

// Finish has nothing to do.
func (op *Normalize) Finish(int) error { return nil }

// Close has nothing to free: the state belongs to the backend.
func (op *Normalize) Close() error { return nil }
