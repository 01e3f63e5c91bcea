package agg

import (
	"unsafe"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// GroupAgg is the unbounded GROUP BY: for each input row it puts out how the
// row's group changed, as Flink's GroupAggFunction does. In batch mode it puts
// out the groups once, at the end, in the order in which they first came.
type GroupAgg struct {
	spec   spec.GroupAgg
	input  []types.Type
	output []spec.Column
	set    *Set
	keys   []types.Type

	ctx   *exec.Context
	table *state.WindowTable
	ttl   int64 // milliseconds, 0 = state never expires

	enc     rowkey.Rows
	keyCols []*vector.Vector
	addrs   []uint32
	created []bool
	recs    []unsafe.Pointer
	sel     []int32
	sign    []int8
	freshly []bool
	gone    []bool
	outs    []*vector.Vector // two values a row: before and after

	pending []pendingRow
	batch   *vector.Batch // the input being put out
	marks   []vector.Mark // of the input, by position in pending
	at      int           // rows of pending that are out
	out     *vector.Batch
	gather  []int32
	kinds   []types.RowKind

	sweep  state.Cursor
	final  bool // batch mode: the results are being put out
	cursor state.Cursor
	last   types.Instant // the latest mark seen in batch mode
	done   []uint32
}

// pendingRow is a row to put out: the before (even) or after (odd) values of
// row of/2 of the rows that were folded.
type pendingRow struct {
	of   int32
	kind types.RowKind
}

// New returns a GroupAgg over rows with the given columns.
func New(s spec.GroupAgg, input []types.Type, output []spec.Column) (*GroupAgg, error) {
	op := &GroupAgg{spec: s, input: input, output: output, ttl: s.TTLMillis, last: types.MinInstant}
	for _, k := range s.Keys {
		op.keys = append(op.keys, input[k])
	}
	var err error
	op.set, err = NewSet(s.Aggs, input, s.InputRetracts, s.TTLMillis > 0)
	return op, err
}

// Open opens the state.
func (op *GroupAgg) Open(ctx *exec.Context) error {
	op.ctx = ctx
	if ctx.Batch {
		op.ttl = 0
	}
	d, multis := op.set.Desc("groups", op.keys)
	t, ms, err := ctx.State.Table(d, multis...)
	if err != nil {
		return err
	}
	op.table = &state.WindowTable{Table: t, Multis: ms}
	op.keyCols = make([]*vector.Vector, len(op.keys))
	for _, t := range op.set.Types() {
		op.outs = append(op.outs, vector.New(t, 0))
	}
	op.out = vector.NewBatch(columnTypes(op.output), 0)
	return nil
}

func columnTypes(cs []spec.Column) []types.Type {
	ts := make([]types.Type, len(cs))
	for i, c := range cs {
		ts[i] = c.Type
	}
	return ts
}

// Push folds a batch into the state and prepares its output.
func (op *GroupAgg) Push(_ int, b *vector.Batch) error {
	op.batch, op.at = b, 0
	op.pending, op.marks = op.pending[:0], op.marks[:0]
	if op.ctx.Batch {
		for _, m := range b.Marks {
			op.last = max(op.last, m.Watermark)
		}
	}
	n := b.Len()
	if n > 0 {
		if err := op.fold(b, n); err != nil {
			return err
		}
	}
	if op.ctx.Batch {
		op.batch = nil
		return nil
	}
	op.placeMarks(b)
	return nil
}

// fold updates the groups of a batch's rows.
func (op *GroupAgg) fold(b *vector.Batch, n int) error {
	for i, k := range op.spec.Keys {
		op.keyCols[i] = b.Cols[k]
	}
	op.addrs, op.created = grow(op.addrs, n), grow(op.created, n)
	op.table.Codec().Encode(&op.enc, op.keyCols, n, nil, true)
	if err := op.table.GetBatch(&op.enc, op.addrs, op.created); err != nil {
		return err
	}
	op.recs = grow(op.recs, n)
	op.table.Records(op.addrs, op.recs)
	in := &Rows{Cols: b.Cols, Addrs: op.addrs, Recs: op.recs, Table: op.table}
	// What happens to the group at each row is settled before the aggregates
	// run: it starts (created, or fresh), stays or ends (gone).
	op.gone = nil
	if op.set.retracts || op.ttl > 0 {
		op.settle(b, in)
	} else {
		op.sel = identity(op.sel, n)
		in.Sel = op.sel
	}
	if op.ctx.Batch {
		op.done = op.done[:0] // results skips empty groups
		return op.set.Update(in, nil)
	}
	if err := op.set.Update(in, op.outs); err != nil {
		return err
	}
	op.decide(in)
	op.removeEmpty()
	if op.ttl > 0 {
		op.expire()
	}
	return nil
}

// settle counts the groups' rows one by one: it leaves out rows that take away
// from a group that isn't there, and finds where groups start anew and end.
func (op *GroupAgg) settle(b *vector.Batch, in *Rows) {
	n := b.Len()
	now := op.now()
	op.sel, op.sign, op.freshly = op.sel[:0], op.sign[:0], op.freshly[:0]
	created := op.created[:0]
	gone := make([]bool, 0, n)
	k := 0
	for i := range n {
		rec := op.recs[i]
		s := int8(1)
		if !b.Kind(i).Adds() {
			s = -1
		}
		started := op.created[i]
		if op.ttl > 0 {
			touched := op.touched(rec)
			if !started && now-*touched >= op.ttl {
				started = true
				if op.set.retracts {
					*op.set.rows(rec) = 0
				}
			}
			*touched = now
		}
		ended := false
		if op.set.retracts {
			rows := op.set.rows(rec)
			started = *rows == 0
			if started && s < 0 {
				op.done = append(op.done, op.addrs[i])
				continue
			}
			*rows += int64(s)
			ended = *rows == 0
		}
		op.sel = append(op.sel, int32(i))
		op.sign = append(op.sign, s)
		op.freshly = append(op.freshly, started)
		created = append(created, started)
		gone = append(gone, ended)
		op.addrs[k], op.recs[k] = op.addrs[i], rec
		if ended {
			op.done = append(op.done, op.addrs[k])
		}
		k++
	}
	op.created, op.gone = created, gone
	in.Sel, in.Fresh, in.Addrs, in.Recs = op.sel, op.freshly, op.addrs[:k], op.recs[:k]
	if op.set.retracts {
		in.Sign = op.sign
	}
}

func (op *GroupAgg) now() int64 {
	if op.ttl == 0 {
		return 0
	}
	return op.ctx.Clock.Now().UnixMilli()
}

// touched is the processing time at which a record was last written.
func (op *GroupAgg) touched(rec unsafe.Pointer) *int64 {
	if op.set.retracts {
		return at[int64](rec, 8)
	}
	return at[int64](rec, 0)
}

// decide lists the rows to put out, by Flink's rule: a group's first row is
// +I, its last -D, any other is -U and +U unless nothing changed and the state
// never expires.
func (op *GroupAgg) decide(in *Rows) {
	silent := op.ttl == 0 && !op.set.moves
	for k := range in.Sel {
		switch {
		case op.created[k] && (op.gone == nil || !op.gone[k]):
			op.pending = append(op.pending, pendingRow{int32(2*k + 1), types.Insert})
		case op.gone != nil && op.gone[k]:
			if !op.created[k] {
				op.pending = append(op.pending, pendingRow{int32(2 * k), types.Delete})
			}
		case silent && op.same(k):
		default:
			if op.spec.EmitUpdateBefore {
				op.pending = append(op.pending, pendingRow{int32(2 * k), types.UpdateBefore})
			}
			op.pending = append(op.pending, pendingRow{int32(2*k + 1), types.UpdateAfter})
		}
	}
}

// same reports that row k changed no aggregate.
func (op *GroupAgg) same(k int) bool {
	for _, o := range op.outs {
		if !Equal(o, 2*k, 2*k+1) {
			return false
		}
	}
	return true
}

// removeEmpty deletes the groups whose last row has gone, and those that a row
// made that takes away.
func (op *GroupAgg) removeEmpty() {
	for _, a := range op.done {
		// A group may have ended twice in a batch, or lives again.
		if op.table.Live(a) && op.set.Empty(op.table.Record(a)) {
			op.table.Delete(a)
		}
	}
	op.done = op.done[:0]
}

// expire deletes a few records whose time has come; in the course of many
// batches it passes over all.
func (op *GroupAgg) expire() {
	var some [64]uint32
	n := op.table.Next(&op.sweep, some[:])
	if n == 0 {
		op.sweep = state.Cursor{}
	}
	now := op.now()
	for _, a := range some[:n] {
		if now-*op.touched(op.table.Record(a)) >= op.ttl {
			op.table.Delete(a)
		}
	}
}

// placeMarks moves the input's marks to where they belong among the pending
// rows.
func (op *GroupAgg) placeMarks(b *vector.Batch) {
	p := 0
	for _, m := range b.Marks {
		for p < len(op.pending) && op.sel[op.pending[p].of/2] < int32(m.Row) {
			p++
		}
		if k := len(op.marks); k > 0 && op.marks[k-1].Row == p {
			op.marks[k-1].Watermark = max(op.marks[k-1].Watermark, m.Watermark)
			continue
		}
		op.marks = append(op.marks, vector.Mark{Row: p, Watermark: m.Watermark})
	}
}

// Next puts out pending rows.
func (op *GroupAgg) Next() (*vector.Batch, error) {
	if op.final {
		return op.nextResult()
	}
	if op.batch == nil || op.at == len(op.pending) && len(op.marks) == 0 {
		op.batch = nil
		return nil, nil
	}
	op.out.Reset()
	n := min(len(op.pending)-op.at, op.ctx.BatchSize)
	rows := op.pending[op.at : op.at+n]
	op.gather, op.kinds = grow(op.gather, n), grow(op.kinds, n)
	for i, r := range rows {
		op.gather[i] = op.sel[r.of/2]
		op.kinds[i] = r.kind
	}
	for i, k := range op.spec.Keys {
		op.out.Cols[i].Gather(op.batch.Cols[k], op.gather)
	}
	for i, r := range rows {
		op.gather[i] = r.of
	}
	for i, o := range op.outs {
		op.out.Cols[len(op.keys)+i].Gather(o, op.gather)
	}
	op.out.SetLen(n)
	if n > 0 {
		op.out.Kinds = op.kinds
	}
	end := op.at + n
	for len(op.marks) > 0 && (op.marks[0].Row < end || end == len(op.pending)) {
		m := op.marks[0]
		op.out.Marks = append(op.out.Marks, vector.Mark{Row: m.Row - op.at, Watermark: m.Watermark})
		op.marks = op.marks[1:]
	}
	op.at = end
	return op.out, nil
}

// Finish ends the input: batch mode puts the groups out.
func (op *GroupAgg) Finish(int) error {
	if !op.ctx.Batch {
		return nil
	}
	op.final = true
	if len(op.keys) == 0 && op.table.Len() == 0 {
		// Without keys there is one group even if no row came.
		op.table.Codec().Encode(&op.enc, nil, 1, nil, true)
		op.addrs, op.created = grow(op.addrs, 1), grow(op.created, 1)
		return op.table.GetBatch(&op.enc, op.addrs, op.created)
	}
	return nil
}

func (op *GroupAgg) nextResult() (*vector.Batch, error) {
	op.out.Reset()
	op.addrs, op.recs = grow(op.addrs, op.ctx.BatchSize), grow(op.recs, op.ctx.BatchSize)
	for {
		n := op.table.Next(&op.cursor, op.addrs)
		if n == 0 {
			break
		}
		addrs := op.addrs[:n]
		if op.set.retracts && len(op.keys) > 0 {
			live := addrs[:0]
			for _, a := range addrs {
				if !op.set.Empty(op.table.Record(a)) {
					live = append(live, a)
				}
			}
			addrs = live
		}
		if len(addrs) == 0 {
			continue
		}
		recs := op.recs[:len(addrs)]
		for i, a := range addrs {
			recs[i] = op.table.KeyPointer(a)
		}
		op.table.Codec().Append(op.out.Cols[:len(op.keys)], recs)
		op.table.Records(addrs, recs)
		if err := op.set.Results(op.table, addrs, recs, op.out.Cols[len(op.keys):]); err != nil {
			return nil, err
		}
		op.out.SetLen(len(addrs))
		return op.out, nil
	}
	op.final = false
	if op.last == types.MinInstant {
		return nil, nil
	}
	op.out.Mark(op.last)
	op.last = types.MinInstant
	return op.out, nil
}

// Close has nothing to free: the state belongs to the backend.
func (op *GroupAgg) Close() error { return nil }

// grow returns a slice of length n, with unspecified elements.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}

// identity returns 0, 1, …, n-1.
func identity(s []int32, n int) []int32 {
	for i := len(s); i < n; i++ {
		s = append(s, int32(i))
	}
	return s[:n]
}
