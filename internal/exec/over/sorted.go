package over

import (
	"unsafe"

	"github.com/flott/flott/internal/exec"
	ordering "github.com/flott/flott/internal/exec/sort"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Sorted is an Over of a bounded input (batch mode): rows are sorted by partition
// and order at the end of the input, and come out in that order.
type Sorted struct {
	spec   spec.Over
	input  []types.Type
	buf    *ordering.Buffer
	codec  *rowkey.Codec
	groups *ordering.Order // by partition
	order  *ordering.Order // within it
	f      *folder         // of the aggregates; nil = there are none
	aggs   []int           // call -> its place among the folder's, -1 = another function
	ranks  []*ranker       // by call, nil for aggregates
	bounds distance

	ctx     *exec.Context
	scratch uint32
	ended   bool
	last    types.Instant
	at      int
	part    partitionRange
	out     *vector.Batch
	folded  []*vector.Vector
	ptrs    []unsafe.Pointer
}

// partitionRange is where a partition lies among the sorted rows, and what is
// known of the row that is being computed.
type partitionRange struct {
	from, to       int
	peers, peersTo int // rows equal in order to the current one
	dense          int64
	lo, hi         int // the frame that the folder holds
	first          bool
}

func newSorted(s spec.Over, input []types.Type) (*Sorted, error) {
	op := &Sorted{spec: s, input: input, codec: rowkey.New(input), last: types.MinInstant}
	var keys []spec.SortKey
	for _, k := range s.Keys {
		keys = append(keys, spec.SortKey{Column: k})
	}
	op.groups, op.order = ordering.NewOrder(op.codec, keys), ordering.NewOrder(op.codec, s.Sort)
	op.buf = ordering.NewBuffer(input, append(keys, s.Sort...))
	var calls []spec.AggCall
	for _, c := range s.Calls {
		r, err := newRanker(c)
		if err != nil {
			return nil, err
		}
		op.ranks = append(op.ranks, r)
		if r != nil {
			op.aggs = append(op.aggs, -1)
			continue
		}
		op.aggs = append(op.aggs, len(calls))
		calls = append(calls, c)
		op.folded = append(op.folded, vector.New(c.Type, 0))
	}
	var err error
	if len(calls) > 0 {
		// Frames that begin at the partition's start never lose a row.
		if op.f, err = newFolder(calls, input, !s.Frame.Start.Unbounded, false); err != nil {
			return nil, err
		}
	}
	op.bounds, err = newDistance(s, op.codec)
	return op, err
}

// Open opens the state.
func (op *Sorted) Open(ctx *exec.Context) error {
	op.ctx = ctx
	op.out = vector.NewBatch(outputTypes(op.input, op.spec.Calls), 0)
	if err := op.buf.Open(ctx, "over"); err != nil {
		return err
	}
	if op.f == nil {
		return nil
	}
	d, multis := op.f.set.Desc("fold", nil)
	scratch, lists, err := ctx.State.Scratch(d, multis...)
	if err != nil {
		return err
	}
	op.f.table, op.f.stored = &state.WindowTable{Table: scratch, Multis: lists}, op.buf.Rows()
	op.scratch, err = onlyRecord(scratch)
	return err
}

// Push keeps a batch.
func (op *Sorted) Push(_ int, b *vector.Batch) error {
	for _, m := range b.Marks {
		op.last = max(op.last, m.Watermark)
	}
	if b.Len() == 0 {
		return nil
	}
	return op.buf.Add(b, nil)
}

// Finish sorts.
func (op *Sorted) Finish(int) error {
	op.buf.Sort()
	op.ended = true
	return nil
}

// Next puts out the next rows.
func (op *Sorted) Next() (*vector.Batch, error) {
	if !op.ended {
		return nil, nil
	}
	op.out.Reset()
	from := op.at
	if op.f != nil {
		op.f.reset()
	}
	for op.at < op.buf.Len() && op.at-from < op.ctx.BatchSize {
		if err := op.compute(op.at, from); err != nil {
			return nil, err
		}
		op.at++
		if op.f != nil && len(op.f.rows) > 4*op.ctx.BatchSize {
			break
		}
	}
	if err := op.write(from); err != nil {
		return nil, err
	}
	if op.at == op.buf.Len() && op.last != types.MinInstant {
		op.out.Mark(op.last)
		op.last = types.MinInstant
	}
	if op.out.Empty() {
		return nil, nil
	}
	return op.out, nil
}

// compute finds the results of row i; from is the first row of this output.
func (op *Sorted) compute(i, from int) error {
	p := &op.part
	buf := op.buf
	same := func(o *ordering.Order, a, b int) bool { return o.Compare(buf.Pointer(a), buf.Pointer(b)) == 0 }
	if i == p.to {
		*p = partitionRange{from: i, to: i + 1, peers: i, peersTo: i, lo: i, hi: i, first: true}
		for p.to < buf.Len() && same(op.groups, i, p.to) {
			p.to++
		}
	}
	if i == p.peersTo {
		p.peers, p.peersTo = i, i+1
		p.dense++
		for p.peersTo < p.to && same(op.order, i, p.peersTo) {
			p.peersTo++
		}
	}
	for c, r := range op.ranks {
		if r != nil {
			op.rank(i, r, op.out.Cols[len(op.input)+c])
		}
	}
	if op.f == nil {
		return nil
	}
	lo, hi := op.frame(i)
	return op.slide(lo, hi, i == from)
}

// slide lets the folder's frame become the rows [lo, hi).
func (op *Sorted) slide(lo, hi int, alone bool) error {
	p, f := &op.part, op.f
	step := func(i int, sign int8) error {
		// The rows of a long frame may be folded before there is a result.
		if alone && len(f.steps) == 0 && len(f.rows) >= op.ctx.BatchSize {
			if err := f.run(); err != nil {
				return err
			}
			f.reset()
		}
		f.step(op.scratch, op.buf.Entry(i), sign)
		f.fresh = append(f.fresh, p.first)
		p.first = false
		return nil
	}
	if p.first {
		if err := step(p.from, 0); err != nil {
			return err
		}
	}
	for ; p.lo < lo && p.lo < p.hi; p.lo++ {
		if err := step(p.lo, -1); err != nil {
			return err
		}
	}
	if p.lo < lo { // nothing is left: what lies between is skipped
		p.lo = lo
		p.hi = max(p.hi, lo)
	}
	for ; p.hi < hi; p.hi++ {
		if err := step(p.hi, 1); err != nil {
			return err
		}
	}
	if len(f.rows) == 0 {
		if err := step(p.from, 0); err != nil { // a result needs a step
			return err
		}
	}
	f.result(op.scratch)
	return nil
}

// frame returns the rows [lo, hi) that the aggregates of row i see.
func (op *Sorted) frame(i int) (lo, hi int) {
	p, fr := &op.part, op.spec.Frame
	start, end := fr.Start, fr.End
	if !fr.Rows && start.Offset > 0 && op.codec.IsNull(op.buf.Pointer(i), op.bounds.column) {
		// Nothing lies at a distance behind NULL.
		if p.peers == p.from {
			return p.from, p.from
		}
		return p.to, p.to
	}
	switch {
	case start.Unbounded:
		lo = p.from
	case fr.Rows:
		lo = min(max(i+int(start.Offset), p.from), p.to)
	case start.Offset == 0:
		lo = p.peers
	default:
		lo = op.bounds.first(op, i, max(p.lo, p.from))
	}
	switch {
	case end.Unbounded:
		hi = p.to
	case fr.Rows:
		hi = min(max(i+int(end.Offset)+1, p.from), p.to)
	case end.Offset == 0:
		hi = p.peersTo
	default:
		hi = op.bounds.after(op, i, max(p.hi, p.from))
	}
	return lo, max(lo, hi)
}

// write puts out the rows from on whose results have been found.
func (op *Sorted) write(from int) error {
	n := op.at - from
	width := len(op.input)
	op.ptrs = op.ptrs[:0]
	for i := from; i < op.at; i++ {
		op.ptrs = append(op.ptrs, op.buf.Pointer(i))
	}
	op.codec.Append(op.out.Cols[:width], op.ptrs)
	if op.f != nil && n > 0 {
		if err := op.f.run(); err != nil {
			return err
		}
		op.f.write(op.folded, 0, n)
		for c, k := range op.aggs {
			if k >= 0 {
				op.out.Cols[width+c].Reset()
				op.out.Cols[width+c].AppendVector(op.folded[k], 0, n)
			}
		}
	}
	op.out.SetLen(n)
	return nil
}

// Close gives memory back.
func (op *Sorted) Close() error {
	if op.f != nil && op.f.table != nil {
		op.f.table.Drop()
	}
	return op.buf.Close()
}
