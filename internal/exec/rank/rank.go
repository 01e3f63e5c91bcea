package rank

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

// Rank keeps the rows of each partition in order and puts out how those of rank
// Start to End change. Rows that can never come up again are not kept: those
// beyond End, unless the input takes rows back.
type Rank struct {
	spec    spec.Rank
	input   []types.Type
	keys    []types.Type
	codec   *rowkey.Codec
	order   *ordering.Order
	rowKey  *rowkey.Codec // of strategy update
	bounded bool          // rows beyond End are forgotten

	ctx     *exec.Context
	table   *state.Table
	rows    *state.Multi
	cache   map[uint32]*ranking // of partitions with many rows
	cached  int                 // entries in cache
	scratch ranking
	whole   rowkey.Rows
	ids     rowkey.Rows // row keys
	idCols  []*vector.Vector
	owners  state.Lookup

	batch   *vector.Batch
	marks   []vector.Mark
	row     int
	pending []change
	places  []vector.Mark // marks among pending
	at      int
	gone    []uint32 // entries to be removed once pending is out
	empty   []uint32 // partitions that have lost a row
	out     *vector.Batch
	ptrs    []unsafe.Pointer
	sweep   state.Cursor

	ended bool
	walk  state.Cursor
}

// change is a row to be put out.
type change struct {
	entry uint32
	kind  types.RowKind
	rank  int64
}

const (
	// few is up to how many rows a partition is sorted whenever it is touched.
	few = 16
	// cachedMost bounds the entries whose order is kept in memory (4 bytes each).
	cachedMost = 4 << 20
	// recordTouched is the place of the time of a partition's last change.
	recordTouched = state.ListBytes
	recordWidth   = state.ListBytes + 8
)

// New returns a Rank over rows with the given columns.
func New(s spec.Rank, input []types.Type) (*Rank, error) {
	op := &Rank{spec: s, input: input, codec: rowkey.New(input), bounded: s.Strategy != spec.RankRetract, cache: map[uint32]*ranking{}}
	op.order = ordering.NewOrder(op.codec, s.Sort)
	op.idCols = make([]*vector.Vector, len(s.RowKey))
	for _, k := range s.Keys {
		op.keys = append(op.keys, input[k])
	}
	if s.Strategy == spec.RankUpdate {
		var ts []types.Type
		for _, k := range s.RowKey {
			ts = append(ts, input[k])
		}
		op.rowKey = rowkey.New(ts)
	}
	return op, nil
}

// Open opens the state.
func (op *Rank) Open(ctx *exec.Context) error {
	op.ctx = ctx
	ts := op.input
	if op.spec.Number {
		ts = append(append([]types.Type(nil), ts...), types.TBigInt.Required())
	}
	op.out = vector.NewBatch(ts, 0)
	t, ms, err := ctx.State.Table(
		state.TableDesc{Name: "ranked-rows", Key: op.keys, Value: state.Fingerprint("ranked rows"), Width: recordWidth},
		state.MultiDesc{Name: "rows", Value: state.Fingerprint("row", op.input...), Payload: op.rowKey != nil})
	if err != nil {
		return err
	}
	op.table, op.rows = t, ms[0]
	return nil
}

// Push takes a batch; Next goes through it.
func (op *Rank) Push(_ int, b *vector.Batch) error {
	op.batch, op.marks, op.row = b, b.Marks, 0
	n := b.Len()
	if n == 0 {
		return nil
	}
	op.codec.Encode(&op.whole, b.Cols, n, nil, false)
	if op.rowKey != nil {
		for i, k := range op.spec.RowKey {
			op.idCols[i] = b.Cols[k]
		}
		op.rowKey.Encode(&op.ids, op.idCols, n, nil, false)
	}
	return op.owners.Get(op.table, b, op.spec.Keys, nil)
}

// Next puts out changes.
func (op *Rank) Next() (*vector.Batch, error) {
	for {
		if op.at < len(op.pending) || len(op.places) > 0 {
			return op.write(), nil
		}
		op.release()
		switch {
		case op.batch != nil:
			if err := op.advance(); err != nil {
				return nil, err
			}
		case op.ended:
			if !op.final() {
				return nil, nil
			}
		default:
			return nil, nil
		}
	}
}

// advance takes rows until enough is pending.
func (op *Rank) advance() error {
	now := int64(0)
	if op.spec.TTLMillis > 0 {
		now = op.ctx.Clock.Now().UnixMilli()
	}
	for ; op.row < op.batch.Len() && len(op.pending) < op.ctx.BatchSize; op.row++ {
		op.takeMarks()
		if err := op.change(op.row, now); err != nil {
			return err
		}
	}
	if op.row == op.batch.Len() {
		op.takeMarks()
		op.batch = nil
		if op.spec.TTLMillis > 0 {
			op.expire(now)
		}
	}
	return nil
}

func (op *Rank) takeMarks() {
	for len(op.marks) > 0 && op.marks[0].Row <= op.row {
		op.places = append(op.places, vector.Mark{Row: len(op.pending), Watermark: op.marks[0].Watermark})
		op.marks = op.marks[1:]
	}
}

// change applies row i to its partition.
func (op *Rank) change(i int, now int64) error {
	owner := op.owners.Addrs[i]
	touched := (*int64)(unsafe.Add(op.table.Record(owner), recordTouched))
	if op.spec.TTLMillis > 0 && now-*touched >= op.spec.TTLMillis {
		op.forget(owner)
	}
	*touched = now
	r := op.ranking(owner)
	kind := op.batch.Kind(i)
	if op.rowKey != nil {
		// Rows are known by their key here; a +U says it all.
		if kind == types.UpdateBefore {
			return nil
		}
		if e := op.byKey(owner, op.ids.Bytes(i)); e != 0 {
			return op.replace(r, owner, e, i, kind.Adds())
		}
	}
	if kind.Adds() {
		return op.add(r, owner, i)
	}
	if p, ok := r.find(op.rows, op.order, op.whole.Bytes(i)); ok {
		op.remove(r, owner, p)
	}
	return nil
}

// ranking returns the ranking of a partition.
func (op *Rank) ranking(owner uint32) *ranking {
	if r := op.cache[owner]; r != nil {
		return r
	}
	if op.rows.Entries(owner) <= few {
		op.scratch.fill(op.rows, owner, op.order, op.spec.NewestFirst)
		return &op.scratch
	}
	if op.cached > cachedMost {
		clear(op.cache)
		op.cached = 0
	}
	r := &ranking{}
	r.fill(op.rows, owner, op.order, op.spec.NewestFirst)
	op.cache[owner] = r
	op.cached += r.n
	return r
}

// byKey returns the entry with a row key, 0 if there is none.
func (op *Rank) byKey(owner uint32, id []byte) uint32 {
	for e := op.rows.Head(owner); e != 0; e = op.rows.After(e) {
		if *op.rows.Aux(e) != dead && string(op.rows.PayloadBytes(e)) == string(id) {
			return e
		}
	}
	return 0
}

// store adds row i to its partition's list.
func (op *Rank) store(owner uint32, i int) (uint32, error) {
	e, err := op.rows.Add(owner, op.whole.Bytes(i), 0)
	if err == nil && op.rowKey != nil {
		err = op.rows.SetPayload(e, op.ids.Bytes(i))
	}
	return e, err
}

// drop lets an entry go once what is pending is out.
func (op *Rank) drop(owner, e uint32) {
	*op.rows.Aux(e) = dead
	op.gone = append(op.gone, e)
	op.empty = append(op.empty, owner)
}

// numbered: each row's rank matters to those who see it.
func (op *Rank) numbered() bool { return op.spec.Number || op.spec.Start > 1 }

func (op *Rank) emit(e uint32, kind types.RowKind, rank int) {
	if op.ctx.Batch || kind == types.UpdateBefore && !op.spec.EmitUpdateBefore {
		return
	}
	op.pending = append(op.pending, change{e, kind, int64(rank)})
}

// shift says that e stands where the other stood, at a rank counted from 1.
func (op *Rank) shift(before, after uint32, rank int) {
	if int64(rank) >= op.spec.Start {
		op.emit(before, types.UpdateBefore, rank)
		op.emit(after, types.UpdateAfter, rank)
	}
}

// add ranks row i.
func (op *Rank) add(r *ranking, owner uint32, i int) error {
	end := int(op.spec.End)
	p := r.placeOf(op.rows, op.order, op.whole.Pointer(i), op.spec.NewestFirst)
	if op.bounded && p.rank >= end {
		return nil
	}
	e, err := op.store(owner, i)
	if err != nil {
		return err
	}
	r.insert(p, e)
	op.count(owner, 1)
	switch {
	case op.numbered():
		for k := p.rank + 1; k <= min(r.n-1, end); k++ {
			op.shift(r.at(k), r.at(k-1), k)
		}
		if r.n <= end && int64(r.n) >= op.spec.Start {
			op.emit(r.at(r.n-1), types.Insert, r.n)
		}
	case p.rank >= end:
	case r.n <= end:
		op.emit(e, types.Insert, 0)
	case end == 1 && op.bounded:
		op.emit(r.at(1), types.UpdateBefore, 0)
		op.emit(e, types.UpdateAfter, 0)
	default:
		op.emit(r.at(end), types.Delete, 0)
		op.emit(e, types.Insert, 0)
	}
	if op.bounded && r.n > end {
		last := r.last()
		op.drop(owner, r.pieces[last.piece][last.in])
		r.remove(last)
		op.count(owner, -1)
	}
	return nil
}

// remove takes the row at p out of its ranking.
func (op *Rank) remove(r *ranking, owner uint32, p place) {
	end := int(op.spec.End)
	e := r.pieces[p.piece][p.in]
	switch {
	case op.numbered():
		for k := p.rank + 1; k <= min(r.n-1, end); k++ {
			op.shift(r.at(k-1), r.at(k), k)
		}
		if r.n <= end && int64(r.n) >= op.spec.Start {
			op.emit(r.at(r.n-1), types.Delete, r.n)
		}
	case p.rank < end:
		op.emit(e, types.Delete, 0)
		if r.n > end {
			op.emit(r.at(end), types.Insert, 0)
		}
	}
	r.remove(p)
	op.count(owner, -1)
	op.drop(owner, e)
}

// replace gives the row of entry old the values of row i; a row that is taken
// away leaves its ranking.
func (op *Rank) replace(r *ranking, owner, old uint32, i int, adds bool) error {
	p := place{}
	for r.pieces[p.piece][p.in] != old {
		p = r.next(p)
	}
	if !adds {
		op.remove(r, owner, p)
		return nil
	}
	e, err := op.store(owner, i)
	if err != nil {
		return err
	}
	before := make([]uint32, r.n)
	for k := range before {
		before[k] = r.at(k)
	}
	r.remove(p)
	q := r.placeOf(op.rows, op.order, op.rows.Pointer(e), op.spec.NewestFirst)
	r.insert(q, e)
	if op.numbered() {
		for k := min(p.rank, q.rank); k <= max(p.rank, q.rank); k++ {
			op.shift(before[k], r.at(k), k+1)
		}
	} else {
		op.emit(old, types.UpdateBefore, 0)
		op.emit(e, types.UpdateAfter, 0)
	}
	op.drop(owner, old)
	return nil
}

// count notes that a cached ranking has changed its length.
func (op *Rank) count(owner uint32, by int) {
	if op.cache[owner] != nil {
		op.cached += by
	}
}

// write puts out a piece of what is pending.
func (op *Rank) write() *vector.Batch {
	op.out.Reset()
	n := min(len(op.pending)-op.at, op.ctx.BatchSize)
	piece := op.pending[op.at : op.at+n]
	op.ptrs = op.ptrs[:0]
	for i, c := range piece {
		op.ptrs = append(op.ptrs, op.rows.Pointer(c.entry))
		op.out.SetLen(i)
		op.out.AppendKind(c.kind)
		if op.spec.Number {
			vector.Append(op.out.Cols[len(op.input)], c.rank)
		}
	}
	op.codec.Append(op.out.Cols[:len(op.input)], op.ptrs)
	op.out.SetLen(n)
	for len(op.places) > 0 && op.places[0].Row <= op.at+n {
		op.out.Marks = append(op.out.Marks, vector.Mark{Row: op.places[0].Row - op.at, Watermark: op.places[0].Watermark})
		op.places = op.places[1:]
	}
	op.at += n
	return op.out
}

// release removes what is no more needed once everything pending is out.
func (op *Rank) release() {
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
			op.delete(a)
		}
	}
	op.empty = op.empty[:0]
}

func (op *Rank) delete(owner uint32) {
	op.forgetRanking(owner)
	op.table.Delete(owner)
}

func (op *Rank) forgetRanking(owner uint32) {
	if r := op.cache[owner]; r != nil {
		op.cached -= r.n
		delete(op.cache, owner)
	}
}

// forget drops the rows of a partition whose time has come; nothing is said of
// them.
func (op *Rank) forget(owner uint32) {
	op.forgetRanking(owner)
	for e := op.rows.Head(owner); e != 0; e = op.rows.After(e) {
		if *op.rows.Aux(e) != dead {
			op.drop(owner, e)
		}
	}
}

// expire forgets a few partitions that have not changed for long.
func (op *Rank) expire(now int64) {
	var some [64]uint32
	n := op.table.Next(&op.sweep, some[:])
	if n == 0 {
		op.sweep = state.Cursor{}
	}
	for _, a := range some[:n] {
		if now-*(*int64)(unsafe.Add(op.table.Record(a), recordTouched)) >= op.spec.TTLMillis {
			op.forget(a)
			op.empty = append(op.empty, a)
		}
	}
}

// Finish puts out the result of a batch job.
func (op *Rank) Finish(int) error {
	op.ended = op.ctx.Batch
	return nil
}

// final makes the rows of the next partitions pending.
func (op *Rank) final() bool {
	var some [16]uint32
	n := op.table.Next(&op.walk, some[:])
	for _, a := range some[:n] {
		r := op.ranking(a)
		for k := int(op.spec.Start) - 1; k < min(r.n, int(op.spec.End)); k++ {
			op.pending = append(op.pending, change{r.at(k), types.Insert, int64(k + 1)})
		}
	}
	op.ended = n > 0
	return n > 0
}

// Close has nothing to free: the state belongs to the backend.
func (op *Rank) Close() error { return nil }
