package changelog

import (
	"time"
	"unsafe"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Compact folds the changes of a key over a bundle of rows into one: what was
// there before the bundle, if anything, is replaced by what is there after it. A
// bundle ends when it has Size keys, after the latency, and before a checkpoint;
// it is no state. Watermarks wait for its end.
//
// The +U that follows a -U belongs to the same bundle: size and latency wait for
// it. Where they are parted all the same, by a barrier that is not aligned, the
// -U goes out as -D, and the +U as +I.
type Compact struct {
	spec   spec.Compact
	input  []types.Type
	keys   []types.Type
	codec  *rowkey.Codec
	ctx    *exec.Context
	table  *state.Table
	rows   rowkey.Rows // whole rows
	owners state.Lookup

	deadline types.Instant // the end of the bundle, if it has rows
	parted   bool          // the last row was a -U
	late     bool          // the deadline passed while parted
	held     types.Instant // the watermark that waits
	batch    *vector.Batch
	ending   bool
	walk     state.Cursor
	some     [64]uint32
	left     []uint32
	out      *vector.Batch
	ptr      [1]unsafe.Pointer
}

// A record is the row before the bundle and the latest one, none if it is 0.
const (
	compactBefore = 0
	compactAfter  = 8
	compactWidth  = 16
)

// NewCompact returns a Compact over rows with the given columns.
func NewCompact(s spec.Compact, input []types.Type) (*Compact, error) {
	op := &Compact{spec: s, input: input, codec: rowkey.New(input), held: types.MinInstant}
	for _, k := range s.Keys {
		op.keys = append(op.keys, input[k])
	}
	return op, nil
}

// Open makes the table of the bundle.
func (op *Compact) Open(ctx *exec.Context) error {
	op.ctx = ctx
	op.out = vector.NewBatch(op.input, 0)
	var err error
	op.table, _, err = ctx.State.Scratch(state.TableDesc{Name: "bundle", Key: op.keys, Width: compactWidth, Blobs: []int{compactBefore, compactAfter}})
	return err
}

// Push takes a batch; Next goes through it.
func (op *Compact) Push(_ int, b *vector.Batch) error {
	op.batch = b
	return nil
}

// Next puts out bundles that have ended.
func (op *Compact) Next() (*vector.Batch, error) {
	op.out.Reset()
	for {
		switch {
		case op.ending:
			if !op.write() {
				return op.out, nil
			}
			if err := op.table.Clear(); err != nil {
				return nil, err
			}
			op.ending = false
			if op.held != types.MinInstant {
				op.out.Mark(op.held)
				op.held = types.MinInstant
			}
		case op.batch != nil:
			if err := op.take(); err != nil {
				return nil, err
			}
		case op.out.Empty():
			return nil, nil
		default:
			return op.out, nil
		}
	}
}

// take adds the rows of the batch to the bundle.
func (op *Compact) take() error {
	b := op.batch
	op.batch = nil
	n := b.Len()
	if n > 0 {
		if op.table.Len() == 0 {
			op.deadline = types.Instant(op.ctx.Clock.Now().Add(time.Duration(op.spec.LatencyMillis) * time.Millisecond).UnixMilli())
		}
		if err := op.owners.Get(op.table, b, op.spec.Keys, nil); err != nil {
			return err
		}
		op.codec.Encode(&op.rows, b.Cols, n, nil, false)
		for i, a := range op.owners.Addrs {
			if err := op.fold(a, b.Kind(i), op.rows.Bytes(i), op.owners.Created[i]); err != nil {
				return err
			}
		}
	}
	for _, m := range b.Marks {
		op.held = max(op.held, m.Watermark)
	}
	if n > 0 {
		op.parted = b.Kind(n-1) == types.UpdateBefore
	}
	full := op.late || int64(op.table.Len()) >= op.spec.Size
	if full && !op.parted || op.table.Len() == 0 && op.held != types.MinInstant {
		op.end()
	}
	return nil
}

// blob returns a field of a record.
func (op *Compact) blob(a uint32, off int) *state.Blob {
	return (*state.Blob)(unsafe.Add(op.table.Record(a), off))
}

// fold applies a row to its key's record; first: nothing has changed in this
// bundle before.
func (op *Compact) fold(a uint32, kind types.RowKind, row []byte, first bool) error {
	if !kind.Adds() {
		if before := *op.blob(a, compactBefore); first || before != 0 && before.Len() == len(nothing) {
			if err := op.table.Put(op.blob(a, compactBefore), row); err != nil {
				return err
			}
		}
		op.table.Free(op.blob(a, compactAfter))
		return nil
	}
	if first && kind == types.UpdateAfter && op.spec.InputUpserts {
		// The row before is not told: any bytes say that there was one.
		if err := op.table.Put(op.blob(a, compactBefore), nothing); err != nil {
			return err
		}
	}
	return op.table.Put(op.blob(a, compactAfter), row)
}

// nothing stands for a row whose values are not known; no row has one byte.
var nothing = []byte{0}

func (op *Compact) end() {
	op.ending, op.walk, op.left = true, state.Cursor{}, nil
	op.late, op.parted = false, false
}

// write puts out the bundle and reports whether all of it is out.
func (op *Compact) write() bool {
	for {
		if len(op.left) == 0 {
			op.left = op.some[:op.table.Next(&op.walk, op.some[:])]
			if len(op.left) == 0 {
				return true
			}
		}
		for len(op.left) > 0 {
			if op.out.Len()+2 > max(op.ctx.BatchSize, 2) {
				return false
			}
			a := op.left[0]
			op.left = op.left[1:]
			before, after := *op.blob(a, compactBefore), *op.blob(a, compactAfter)
			switch {
			case before == 0 && after == 0:
			case before == 0:
				op.put(after, types.Insert)
			case after == 0:
				op.put(before, types.Delete)
			case string(op.table.Blob(before)) == string(op.table.Blob(after)):
			default:
				if !op.spec.InputUpserts {
					op.put(before, types.UpdateBefore)
				}
				op.put(after, types.UpdateAfter)
			}
		}
	}
}

func (op *Compact) put(b state.Blob, k types.RowKind) {
	op.ptr[0] = unsafe.Pointer(unsafe.SliceData(op.table.Blob(b)))
	op.codec.Append(op.out.Cols, op.ptr[:])
	op.out.AppendKind(k)
	op.out.SetLen(op.out.Len() + 1)
}

// Deadline is the end of the bundle, unless that has passed and the bundle only
// waits for a +U.
func (op *Compact) Deadline() (types.Instant, bool) {
	return op.deadline, op.table.Len() > 0 && !op.late
}

// Advance ends the bundle when its time has come.
func (op *Compact) Advance(now types.Instant) error {
	switch {
	case op.table.Len() == 0 || now < op.deadline:
	case op.parted:
		op.late = true
	default:
		op.end()
	}
	return nil
}

// Flush ends the bundle.
func (op *Compact) Flush() error {
	if op.table.Len() > 0 {
		op.end()
	}
	return nil
}

// Finish ends the last bundle.
func (op *Compact) Finish(int) error { return op.Flush() }

// Close frees the bundle.
func (op *Compact) Close() error {
	if op.table != nil {
		op.table.Drop()
	}
	return nil
}
