package join

import (
	"container/heap"
	"encoding/binary"
	"unsafe"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// IntervalJoin joins the rows of two insert-only inputs whose times are close to
// each other. A row is kept until the watermark of both says that no partner can
// come any more; then, on an outer side, it comes out alone if it had none.
//
// Its output's watermark is behind that of its inputs by as much as the times of
// a pair may lie apart, so that rows that waited are not late downstream.
type IntervalJoin struct {
	spec  spec.IntervalJoin
	sides [2]*side
	times [2]int
	keys  []types.Type
	out   []spec.Column
	delay int64

	ctx   *exec.Context
	table *state.Table
	saved *state.Value
	cond  *condition
	marks *exec.Watermarks
	w     writer

	ports     [2]types.Instant // each port's watermark, part of the state
	watermark types.Instant
	due       [2]expiries
	charged   int64

	port    int
	batch   *vector.Batch
	pending []vector.Mark
	row     int
	target  types.Instant // rows up to here are to be let go
	letting bool
	alone   int // the side that lets rows go
	enc     rowkey.Rows
	sel     []int32
	place   []int32 // row -> its place among sel, -1 = it cannot match
	keyCols []*vector.Vector
	addrs   []uint32
	created []bool
	pairs   []pair
	found   []int32  // matches by row of the run
	gone    []uint32 // entries of side goneSide to be removed once w is drained
	goneOf  []uint8
	empty   []uint32
}

// expiry is a stored row and the watermark at which it is let go.
type expiry struct {
	at    int64
	entry uint32
}

type expiries []expiry

func (h expiries) Len() int { return len(h) }
func (h expiries) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].entry < h[j].entry
}
func (h expiries) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push is for container/heap.
func (h *expiries) Push(x any) { *h = append(*h, x.(expiry)) }

// Pop is for container/heap.
func (h *expiries) Pop() any {
	x := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return x
}

// NewInterval returns an IntervalJoin of two inputs.
func NewInterval(s spec.IntervalJoin, inputs [][]types.Type, output []spec.Column) (*IntervalJoin, error) {
	op := &IntervalJoin{
		spec: s, out: output, sel: []int32{}, times: [2]int{s.LeftTime, s.RightTime}, delay: max(0, -s.Lower, s.Upper),
		marks: exec.NewWatermarks(2), watermark: types.MinInstant, ports: [2]types.Instant{types.MinInstant, types.MinInstant},
	}
	op.sides[0] = newSide(inputs[0], s.LeftKeys, nil, false)
	op.sides[1] = newSide(inputs[1], s.RightKeys, nil, false)
	var err error
	op.keys, err = keyTypes(inputs, s.LeftKeys, s.RightKeys)
	return op, err
}

// Open opens the state and lists when its rows are let go.
func (op *IntervalJoin) Open(ctx *exec.Context) error {
	op.ctx = ctx
	left, right := op.sides[0], op.sides[1]
	desc := func(s *side, name string, list int) state.MultiDesc {
		return state.MultiDesc{Name: name, Value: state.Fingerprint("rows with times", s.types...), List: list, Timed: true}
	}
	t, ms, err := ctx.State.Table(
		state.TableDesc{Name: "interval-join", Key: op.keys, Value: state.Fingerprint("interval join"), Width: 2 * state.ListBytes},
		desc(left, "left", 0), desc(right, "right", state.ListBytes))
	if err != nil {
		return err
	}
	op.table, left.rows, right.rows = t, ms[0], ms[1]
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
	for p, s := range op.sides {
		var c state.Cursor
		var some [64]uint32
		for n := s.rows.Next(&c, some[:]); n > 0; n = s.rows.Next(&c, some[:]) {
			for _, e := range some[:n] {
				if err := op.await(p, e); err != nil {
					return err
				}
			}
		}
	}
	if op.cond, err = newCondition(op.spec.Condition, ctx, left, right); err != nil {
		return err
	}
	op.keyCols = make([]*vector.Vector, len(op.keys))
	op.w = writer{left: left, right: right, batchSize: ctx.BatchSize, out: vector.NewBatch(columnTypes(op.out), 0)}
	return nil
}

func (op *IntervalJoin) save() {
	op.saved.Bytes = op.saved.Bytes[:0]
	for _, w := range op.ports {
		op.saved.Bytes = binary.LittleEndian.AppendUint64(op.saved.Bytes, uint64(w))
	}
}

// expiresAt is the watermark from which on a row of port with time t meets nobody.
func (op *IntervalJoin) expiresAt(port int, t int64) int64 {
	if port == 0 {
		return t - op.spec.Lower
	}
	return t + op.spec.Upper
}

// near reports whether rows of the two sides are close enough.
func (op *IntervalJoin) near(left, right int64) bool {
	return left-right >= op.spec.Lower && left-right <= op.spec.Upper
}

func (op *IntervalJoin) outer(port int) bool {
	return op.spec.Type == spec.FullJoin || op.spec.Type == spec.LeftJoin && port == 0 || op.spec.Type == spec.RightJoin && port == 1
}

// await notes when a stored row is let go. The list lies on the Go heap but
// belongs to the operator's budget.
func (op *IntervalJoin) await(port int, e uint32) error {
	const step = 4096
	if n := int64(len(op.due[0])+len(op.due[1])+1) * int64(unsafe.Sizeof(expiry{})); n > op.charged {
		if err := op.ctx.Memory.Charge(step * int64(unsafe.Sizeof(expiry{}))); err != nil {
			return err
		}
		op.charged += step * int64(unsafe.Sizeof(expiry{}))
	}
	heap.Push(&op.due[port], expiry{op.expiresAt(port, *op.sides[port].rows.Time(e)), e})
	return nil
}

// Push takes a batch; Next goes through it.
func (op *IntervalJoin) Push(port int, b *vector.Batch) error {
	op.port, op.batch, op.pending, op.row = port, b, b.Marks, 0
	op.w.reset()
	if b.Len() == 0 {
		return nil
	}
	own := op.sides[port]
	for i, k := range own.keys {
		op.keyCols[i] = b.Cols[k]
	}
	time := b.Cols[op.times[port]]
	op.sel, op.place = op.sel[:0], op.place[:0]
rows:
	for i := range b.Len() {
		op.place = append(op.place, -1)
		for _, c := range op.keyCols {
			if c.IsNull(i) {
				continue rows
			}
		}
		if !time.IsNull(i) {
			op.place[i] = int32(len(op.sel))
			op.sel = append(op.sel, int32(i))
		}
	}
	n := len(op.sel)
	op.addrs, op.created = grow(op.addrs, n), grow(op.created, n)
	op.table.Codec().Encode(&op.enc, op.keyCols, b.Len(), op.sel, true)
	if err := op.table.GetBatch(&op.enc, op.addrs, op.created); err != nil {
		return err
	}
	own.encode(b, op.sel)
	return nil
}

// Next puts out joined rows, and rows that have waited in vain.
func (op *IntervalJoin) Next() (*vector.Batch, error) {
	for {
		if op.letting || op.batch == nil {
			// What is alone comes from the state of side alone; the writer sees
			// it as rows of the other port without a partner in the batch.
			if out := op.w.next(1-op.alone, nil); out != nil {
				return out, nil
			}
		} else if out := op.w.next(op.port, op.batch); out != nil {
			return out, nil
		}
		op.release()
		switch {
		case op.letting:
			op.letGo()
		case op.batch == nil:
			return nil, nil
		default:
			if err := op.advance(); err != nil {
				return nil, err
			}
		}
	}
}

// release removes rows that have been put out for good.
func (op *IntervalJoin) release() {
	op.w.reset()
	for i, e := range op.gone {
		s := op.sides[op.goneOf[i]]
		op.empty = append(op.empty, s.rows.Owner(e))
		s.rows.Remove(e)
	}
	op.gone, op.goneOf = op.gone[:0], op.goneOf[:0]
	if op.batch != nil {
		return // rows to come may have a key that is empty now
	}
	for _, a := range op.empty {
		if op.table.Live(a) && op.sides[0].rows.Head(a) == 0 && op.sides[1].rows.Head(a) == 0 {
			op.table.Delete(a)
		}
	}
	op.empty = op.empty[:0]
}

// advance takes the rows up to the next mark, or some of them.
func (op *IntervalJoin) advance() error {
	end := op.batch.Len()
	if len(op.pending) > 0 {
		end = op.pending[0].Row
	}
	if op.row < end {
		return op.match(end)
	}
	if len(op.pending) == 0 {
		op.empty = append(op.empty, op.addrs...)
		op.addrs = op.addrs[:0]
		op.batch = nil
		op.save()
		return nil
	}
	op.ports[op.port] = max(op.ports[op.port], op.pending[0].Watermark)
	w, moved := op.marks.Advance(op.port, op.pending[0].Watermark)
	op.pending = op.pending[1:]
	if moved {
		op.letting, op.target = true, w
	}
	return nil
}

// match joins rows up to end with what the other side has, some rows at a time.
func (op *IntervalJoin) match(end int) error {
	other := op.sides[1-op.port]
	time := op.batch.Cols[op.times[op.port]]
	first := op.row
	op.pairs, op.found = op.pairs[:0], op.found[:0]
	for ; op.row < end && len(op.pairs) < op.ctx.BatchSize; op.row++ {
		op.found = append(op.found, 0)
		p := op.place[op.row]
		if p < 0 {
			continue
		}
		t := time.Timestamp(op.row).Milli
		for e := other.rows.Head(op.addrs[p]); e != 0; e = other.rows.After(e) {
			l, r := t, *other.rows.Time(e)
			if op.port == 1 {
				l, r = r, l
			}
			if op.near(l, r) {
				op.pairs = append(op.pairs, pair{row: int32(op.row), entry: e})
			}
		}
	}
	var pass *vector.Vector
	if op.cond != nil && len(op.pairs) > 0 {
		var err error
		if pass, err = op.cond.holds(op.port, op.batch, other, len(op.sides[0].types), op.pairs); err != nil {
			return err
		}
	}
	k := 0
	for i := first; i < op.row; i++ {
		for ; k < len(op.pairs) && int(op.pairs[k].row) == i; k++ {
			if pass != nil && (pass.IsNull(k) || !pass.Bools()[k]) {
				continue
			}
			e := op.pairs[k].entry
			op.found[i-first]++
			*other.rows.Aux(e) = 1
			op.w.rows = append(op.w.rows, output{row: int32(i), kind: types.Insert, other: other.pointer(e)})
		}
		if err := op.keep(i, op.found[i-first]); err != nil {
			return err
		}
	}
	return nil
}

// keep stores row i, with whether it has met a partner, unless none can come.
func (op *IntervalJoin) keep(i int, matches int32) error {
	p, own := op.place[i], op.sides[op.port]
	if p >= 0 {
		t := op.batch.Cols[op.times[op.port]].Timestamp(i).Milli
		if op.expiresAt(op.port, t) > int64(op.watermark) {
			e, err := own.rows.Add(op.addrs[p], own.enc.Bytes(int(p)), 0)
			if err != nil {
				return err
			}
			*own.rows.Time(e) = t
			*own.rows.Aux(e) = min(matches, 1)
			return op.await(op.port, e)
		}
	}
	if matches == 0 && op.outer(op.port) {
		op.w.rows = append(op.w.rows, output{row: int32(i), kind: types.Insert})
	}
	return nil
}

// letGo lets rows go that the watermark has left behind, some at a time; then
// the watermark is passed on.
func (op *IntervalJoin) letGo() {
	// Rows of one side at a time: what the writer is given comes from one side.
	for p := range op.due {
		for len(op.due[p]) > 0 && op.due[p][0].at <= int64(op.target) && len(op.gone) < op.ctx.BatchSize {
			e := heap.Pop(&op.due[p]).(expiry).entry
			s := op.sides[p]
			if op.outer(p) && *s.rows.Aux(e) == 0 {
				op.w.rows = append(op.w.rows, output{row: -1, kind: types.Insert, other: s.pointer(e)})
			}
			op.gone, op.goneOf = append(op.gone, e), append(op.goneOf, uint8(p))
		}
		if op.alone = p; len(op.gone) > 0 {
			return
		}
	}
	op.letting = false
	op.watermark = op.target
	w := op.target
	if w != types.MaxInstant && w != types.MinInstant {
		w -= types.Instant(op.delay)
	}
	op.w.mark(w)
}

// Finish has nothing to do: the last watermark has let everything go.
func (op *IntervalJoin) Finish(int) error { return nil }

// Close gives the memory of the list of expiries back; the state belongs to the
// backend.
func (op *IntervalJoin) Close() error {
	n := op.charged
	op.charged, op.due = 0, [2]expiries{}
	if n == 0 {
		return nil
	}
	return op.ctx.Memory.Charge(-n)
}
