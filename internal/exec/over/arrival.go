package over

import (
	"unsafe"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Arrival is an Over in the order of processing time: each row comes out at once,
// with what it makes of its partition.
type Arrival struct {
	spec spec.Over
	keys []types.Type
	f    *folder

	rows   *state.Multi // those of a frame with a start, in order
	list   int
	record int // offset of frame in the table's records
	batch  *vector.Batch
	marks  []vector.Mark
	row    int
	whole  rowkey.Rows
	owners state.Lookup
	o      output
}

// frame is what a record holds of a frame that starts some rows before.
type frame struct {
	n     int64
	first uint32 // entry of its first row
	_     uint32
}

func newArrival(s spec.Over, input []types.Type) (*Arrival, error) {
	if !s.Frame.Rows && !s.Frame.Start.Unbounded {
		return nil, &diag.Error{Code: "not-supported", Stage: diag.StagePlan, Message: "a RANGE with a start over processing time is not supported yet"}
	}
	op := &Arrival{spec: s}
	for _, k := range s.Keys {
		op.keys = append(op.keys, input[k])
	}
	var err error
	if op.f, err = newFolder(s.Calls, input, !s.Frame.Start.Unbounded, false); err != nil {
		return nil, err
	}
	op.record = op.f.set.Claim(int(unsafe.Sizeof(frame{})))
	op.list = op.f.set.List(state.MultiDesc{Value: state.Fingerprint("rows", input...), Refs: []int{op.record + int(unsafe.Offsetof(frame{}.first))}})
	return op, nil
}

// Open opens the state.
func (op *Arrival) Open(ctx *exec.Context) error {
	d, multis := op.f.set.Desc("over", op.keys)
	t, ms, err := ctx.State.Table(d, multis...)
	if err != nil {
		return err
	}
	op.rows = ms[op.list]
	op.f.table, op.f.stored = &state.WindowTable{Table: t, Multis: ms}, op.rows
	op.o = newOutput(op.f, ctx.BatchSize)
	return nil
}

// Push takes a batch; Next goes through it.
func (op *Arrival) Push(_ int, b *vector.Batch) error {
	op.batch, op.marks, op.row = b, b.Marks, 0
	n := b.Len()
	if n == 0 {
		return nil
	}
	op.f.codec.Encode(&op.whole, b.Cols, n, nil, false)
	return op.owners.Get(op.f.table.Table, b, op.spec.Keys, nil)
}

// Next puts out rows with their results.
func (op *Arrival) Next() (*vector.Batch, error) {
	for {
		if out := op.o.next(op.rows); out != nil {
			return out, nil
		}
		if op.batch == nil {
			return nil, nil
		}
		for ; op.row < op.batch.Len() && !op.o.full(); op.row++ {
			op.takeMarks()
			if err := op.take(op.owners.Addrs[op.row], op.whole.Bytes(op.row)); err != nil {
				return nil, err
			}
		}
		if op.row == op.batch.Len() {
			op.takeMarks()
			op.batch = nil
		}
		if err := op.f.run(); err != nil {
			return nil, err
		}
	}
}

func (op *Arrival) takeMarks() {
	for len(op.marks) > 0 && op.marks[0].Row <= op.row {
		op.o.mark(op.marks[0].Watermark)
		op.marks = op.marks[1:]
	}
}

// take folds a row into its partition.
func (op *Arrival) take(addr uint32, row []byte) error {
	e, err := op.rows.Add(addr, row, 0)
	if err != nil {
		return err
	}
	if start := op.spec.Frame.Start; start.Unbounded {
		op.o.gone = append(op.o.gone, e)
	} else {
		fr := (*frame)(unsafe.Add(op.f.table.Record(addr), op.record))
		if fr.n++; fr.first == 0 {
			fr.first = e
		}
		if fr.n > 1-start.Offset {
			op.f.step(addr, fr.first, -1)
			op.o.gone = append(op.o.gone, fr.first)
			fr.first = op.rows.After(fr.first)
			fr.n--
		}
	}
	if err := op.f.enter(addr, e); err != nil {
		return err
	}
	op.o.add(addr, e)
	return nil
}

// Finish has nothing to add.
func (op *Arrival) Finish(int) error { return nil }

// Close has nothing to free: the state belongs to the backend.
func (op *Arrival) Close() error { return nil }
