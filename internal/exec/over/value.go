package over

import (
	"bytes"
	"sort"
	"unsafe"

	"github.com/flott/flott/internal/exec"
	ordering "github.com/flott/flott/internal/exec/sort"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Value is an Over of a stream in an order other than time: frames start at the
// beginning of the partition. A row that comes or goes changes the rows behind
// it in the order (RANGE: also those beside it); each change is put out.
//
// A change looks at all rows of its partition, as it does in Flink.
type Value struct {
	spec   spec.Over
	input  []types.Type
	keys   []types.Type
	f      *folder
	order  *ordering.Order
	values *rowkey.Codec // of the calls' results

	ctx     *exec.Context
	table   *state.Table // partitions with their rows
	rows    *state.Multi // the payload is the result that was put out
	scratch uint32       // the record in which a partition is folded

	batch   *vector.Batch
	marks   []vector.Mark
	row     int
	whole   rowkey.Rows
	results rowkey.Rows
	owners  state.Lookup
	sorted  map[uint32][]uint32 // rows of partitions, in order
	held    int                 // rows in sorted
	cols    []*vector.Vector

	pending []change
	places  []vector.Mark
	at      int
	gone    []uint32
	empty   []uint32
	out     *vector.Batch
	ptrs    []unsafe.Pointer
	valued  []unsafe.Pointer
}

// change is a row to be put out, with the result it has or had.
type change struct {
	entry  uint32
	kind   types.RowKind
	result []byte
}

// heldMost bounds the rows whose order is kept in memory (4 bytes each).
const heldMost = 4 << 20

func newValue(s spec.Over, input []types.Type) (*Value, error) {
	op := &Value{spec: s, input: input, sorted: map[uint32][]uint32{}}
	for _, k := range s.Keys {
		op.keys = append(op.keys, input[k])
	}
	var err error
	if op.f, err = newFolder(s.Calls, input, false, false); err != nil {
		return nil, err
	}
	op.order = ordering.NewOrder(op.f.codec, s.Sort)
	var ts []types.Type
	for _, c := range s.Calls {
		ts = append(ts, c.Type)
		op.cols = append(op.cols, vector.New(c.Type, 0))
	}
	op.values = rowkey.New(ts)
	return op, nil
}

// Open opens the state.
func (op *Value) Open(ctx *exec.Context) error {
	op.ctx = ctx
	t, ms, err := ctx.State.Table(
		state.TableDesc{Name: "over", Key: op.keys, Value: state.Fingerprint("partition"), Width: state.ListBytes},
		state.MultiDesc{Name: "rows", Value: state.Fingerprint("rows with results", append(append([]types.Type(nil), op.input...), op.values.Types()...)...), Payload: true})
	if err != nil {
		return err
	}
	op.table, op.rows = t, ms[0]
	d, multis := op.f.set.Desc("fold", nil)
	scratch, lists, err := ctx.State.Scratch(d, multis...)
	if err != nil {
		return err
	}
	op.f.table, op.f.stored = &state.WindowTable{Table: scratch, Multis: lists}, op.rows
	if op.scratch, err = onlyRecord(scratch); err != nil {
		return err
	}
	op.out = vector.NewBatch(outputTypes(op.input, op.spec.Calls), 0)
	return nil
}

// onlyRecord makes the record of a table without key columns.
func onlyRecord(t *state.Table) (uint32, error) {
	var enc rowkey.Rows
	t.Codec().Encode(&enc, nil, 1, nil, true)
	addr := make([]uint32, 1)
	err := t.GetBatch(&enc, addr, make([]bool, 1))
	return addr[0], err
}

// Push takes a batch; Next goes through it.
func (op *Value) Push(_ int, b *vector.Batch) error {
	op.batch, op.marks, op.row = b, b.Marks, 0
	n := b.Len()
	if n == 0 {
		return nil
	}
	op.f.codec.Encode(&op.whole, b.Cols, n, nil, false)
	return op.owners.Get(op.table, b, op.spec.Keys, nil)
}

// Next puts out changes.
func (op *Value) Next() (*vector.Batch, error) {
	for {
		if op.at < len(op.pending) || len(op.places) > 0 {
			return op.write(), nil
		}
		op.release()
		if op.batch == nil {
			return nil, nil
		}
		for ; op.row < op.batch.Len() && len(op.pending) < op.ctx.BatchSize; op.row++ {
			op.takeMarks()
			if err := op.change(op.row); err != nil {
				return nil, err
			}
		}
		if op.row == op.batch.Len() {
			op.takeMarks()
			op.batch = nil
		}
	}
}

func (op *Value) takeMarks() {
	for len(op.marks) > 0 && op.marks[0].Row <= op.row {
		op.places = append(op.places, vector.Mark{Row: len(op.pending), Watermark: op.marks[0].Watermark})
		op.marks = op.marks[1:]
	}
}

// ordered returns the rows of a partition in order, those that came first first
// among equals.
func (op *Value) ordered(addr uint32) []uint32 {
	if s, ok := op.sorted[addr]; ok {
		return s
	}
	if op.held > heldMost {
		clear(op.sorted)
		op.held = 0
	}
	var s []uint32
	for e := op.rows.Head(addr); e != 0; e = op.rows.After(e) {
		if *op.rows.Count(e) == 0 {
			s = append(s, e)
		}
	}
	sort.SliceStable(s, func(i, k int) bool { return op.order.Compare(op.rows.Pointer(s[i]), op.rows.Pointer(s[k])) < 0 })
	op.held += len(s)
	return s
}

// change applies row i to its partition.
func (op *Value) change(i int) error {
	addr, row := op.owners.Addrs[i], op.whole.Bytes(i)
	kind := op.batch.Kind(i)
	s := op.ordered(addr)
	if kind.Adds() {
		e, err := op.rows.Add(addr, row, 0)
		if err != nil {
			return err
		}
		at := sort.Search(len(s), func(k int) bool { return op.order.Compare(op.rows.Pointer(s[k]), op.rows.Pointer(e)) > 0 })
		s = append(s, 0)
		copy(s[at+1:], s[at:])
		s[at] = e
		op.sorted[addr] = s
		op.held++
		return op.refold(addr, s, e, kind)
	}
	p := op.whole.Pointer(i)
	at := sort.Search(len(s), func(k int) bool { return op.order.Compare(op.rows.Pointer(s[k]), p) >= 0 })
	for at < len(s) && !bytes.Equal(op.rows.Value(s[at]), row) {
		at++
	}
	if at == len(s) {
		return nil // it was never there
	}
	e := s[at]
	*op.rows.Count(e) = 1 // gone, once it is out
	op.gone = append(op.gone, e)
	err := op.refold(addr, s, e, types.Delete)
	s = append(s[:at], s[at+1:]...)
	op.sorted[addr] = s
	op.held--
	if len(s) == 0 {
		delete(op.sorted, addr)
		op.empty = append(op.empty, addr)
	}
	return err
}

// refold computes the results of a partition and lists what has changed; the row
// of entry e is new, or with kind Delete it is gone.
func (op *Value) refold(addr uint32, s []uint32, e uint32, kind types.RowKind) error {
	f := op.f
	f.reset()
	for _, m := range f.table.Multis {
		m.Clear(op.scratch)
	}
	var live []uint32
	for _, x := range s {
		if x != e || kind != types.Delete {
			live = append(live, x)
		}
	}
	for i := 0; i < len(live); {
		peers := i + 1
		if !op.spec.Frame.Rows {
			for peers < len(live) && op.order.Compare(op.rows.Pointer(live[i]), op.rows.Pointer(live[peers])) == 0 {
				peers++
			}
		}
		for k := i; k < peers; k++ {
			f.fresh = append(f.fresh, len(f.fresh) == 0)
			if err := f.enter(op.scratch, live[k]); err != nil {
				return err
			}
		}
		for ; i < peers; i++ {
			f.result(op.scratch)
		}
	}
	if err := f.run(); err != nil {
		return err
	}
	for _, c := range op.cols {
		c.Reset()
	}
	if len(live) > 0 {
		f.write(op.cols, 0, len(live))
		op.values.Encode(&op.results, op.cols, len(live), nil, false)
	}
	k := 0
	for _, x := range s {
		before := bytes.Clone(op.rows.PayloadBytes(x))
		if x == e && kind == types.Delete {
			op.pending = append(op.pending, change{x, types.Delete, before})
			continue
		}
		after := bytes.Clone(op.results.Bytes(k))
		k++
		switch {
		case x == e:
			op.pending = append(op.pending, change{x, kind, after})
		case bytes.Equal(before, after):
			continue
		default:
			if op.spec.EmitUpdateBefore {
				op.pending = append(op.pending, change{x, types.UpdateBefore, before})
			}
			op.pending = append(op.pending, change{x, types.UpdateAfter, after})
		}
		if err := op.rows.SetPayload(x, after); err != nil {
			return err
		}
	}
	return nil
}

// write puts out a piece of what is pending.
func (op *Value) write() *vector.Batch {
	op.out.Reset()
	n := min(len(op.pending)-op.at, op.ctx.BatchSize)
	op.ptrs, op.valued = op.ptrs[:0], op.valued[:0]
	for i, c := range op.pending[op.at : op.at+n] {
		op.ptrs = append(op.ptrs, op.rows.Pointer(c.entry))
		op.valued = append(op.valued, unsafe.Pointer(unsafe.SliceData(c.result)))
		op.out.SetLen(i)
		op.out.AppendKind(c.kind)
	}
	op.f.codec.Append(op.out.Cols[:len(op.input)], op.ptrs)
	op.values.Append(op.out.Cols[len(op.input):], op.valued)
	op.out.SetLen(n)
	for len(op.places) > 0 && op.places[0].Row <= op.at+n {
		op.out.Marks = append(op.out.Marks, vector.Mark{Row: op.places[0].Row - op.at, Watermark: op.places[0].Watermark})
		op.places = op.places[1:]
	}
	op.at += n
	return op.out
}

// release removes what is not needed any more once everything is out.
func (op *Value) release() {
	op.pending, op.places, op.at = op.pending[:0], op.places[:0], 0
	for _, e := range op.gone {
		op.rows.Remove(e)
	}
	op.gone = op.gone[:0]
	if op.batch != nil {
		return // rows to come may belong to a partition that is empty now
	}
	for _, a := range op.empty {
		if op.table.Live(a) && op.rows.Entries(a) == 0 {
			op.table.Delete(a)
		}
	}
	op.empty = op.empty[:0]
}

// Finish has nothing to add.
func (op *Value) Finish(int) error { return nil }

// Close frees the scratch table.
func (op *Value) Close() error {
	if op.f.table != nil {
		op.f.table.Drop()
	}
	return nil
}
