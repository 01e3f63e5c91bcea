package join

import (
	"fmt"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Join is the regular join. Its changelog is that of Flink's
// StreamingJoinOperator and StreamingSemiAntiJoinOperator. In batch mode joins
// other than inner ones keep their rows and put the result out at the end.
type Join struct {
	spec  spec.Join
	sides [2]*side
	keys  []types.Type
	out   []spec.Column

	ctx   *exec.Context
	table *state.Table
	cond  *condition
	marks *exec.Watermarks
	w     writer

	port    int
	batch   *vector.Batch
	pending []vector.Mark // of the batch

	sel     []int32 // rows whose key can match
	addrs   []uint32
	created []bool
	enc     rowkey.Rows
	keyCols []*vector.Vector
	place   []int32 // row -> its place among sel, -1 = its key cannot match

	pairs   []pair
	entries []uint32
	row     int    // the row to match next
	entry   uint32 // the stored row to match it with next
	begun   bool   // entry is set
	walk    uint8  // see match
	count   int32  // matches of the current row so far
	empty   []uint32
	now     int64 // processing time of the batch, if rows expire
	cursors [2]state.Cursor
	kept    bool // the batch is in the state, see stores

	ended [2]bool
	last  types.Instant // batch mode: the watermark to put out at the end
	final finisher
}

// pair is a row of the batch and a stored row; entry 0 ends the walk over the
// row's matches.
type pair struct {
	row   int32
	entry uint32
	walk  uint8
}

// New returns a Join of two inputs.
func New(s spec.Join, inputs [][]types.Type, output []spec.Column) (*Join, error) {
	op := &Join{spec: s, out: output, marks: exec.NewWatermarks(2), sel: []int32{}, last: types.MinInstant}
	op.sides[0] = newSide(inputs[0], s.LeftKeys, s.LeftUnique, s.LeftRetracts)
	op.sides[1] = newSide(inputs[1], s.RightKeys, s.RightUnique, s.RightRetracts)
	op.sides[0].ttl, op.sides[1].ttl = s.LeftTTLMillis, s.RightTTLMillis
	var err error
	op.keys, err = keyTypes(inputs, s.LeftKeys, s.RightKeys)
	return op, err
}

// keyTypes returns the types of the keys, which have to be of the same memory
// form on both sides.
func keyTypes(inputs [][]types.Type, left, right []int) ([]types.Type, error) {
	var ts []types.Type
	for i, k := range left {
		l, r := inputs[0][k], inputs[1][right[i]]
		if state.Shape(l) != state.Shape(r) {
			return nil, fmt.Errorf("join key %d is %s on the left and %s on the right", i, l, r)
		}
		ts = append(ts, l)
	}
	return ts, nil
}

// Open opens the state.
func (op *Join) Open(ctx *exec.Context) error {
	op.ctx = ctx
	if ctx.Batch {
		op.sides[0].ttl, op.sides[1].ttl = 0, 0
	}
	left, right := op.sides[0], op.sides[1]
	t, ms, err := ctx.State.Table(
		state.TableDesc{Name: "join", Key: op.keys, Value: state.Fingerprint("join " + string(op.spec.Type)), Width: 2 * state.ListBytes},
		left.desc("left", 0), right.desc("right", state.ListBytes))
	if err != nil {
		return err
	}
	op.table, left.rows, right.rows = t, ms[0], ms[1]
	if op.cond, err = newCondition(op.spec.Condition, ctx, left, right); err != nil {
		return err
	}
	op.keyCols = make([]*vector.Vector, len(op.keys))
	op.w = writer{left: left, right: right, leftOnly: op.semi() || op.anti(), batchSize: ctx.BatchSize, out: vector.NewBatch(columnTypes(op.out), 0)}
	op.final = finisher{typ: op.spec.Type, sides: &op.sides, cond: op.cond, w: &op.w, batchSize: ctx.BatchSize}
	return nil
}

func columnTypes(cs []spec.Column) []types.Type {
	ts := make([]types.Type, len(cs))
	for i, c := range cs {
		ts[i] = c.Type
	}
	return ts
}

// stores reports that rows are kept until both inputs have ended.
func (op *Join) stores() bool { return op.ctx.Batch && op.spec.Type != spec.InnerJoin }

func (op *Join) semi() bool { return op.spec.Type == spec.SemiJoin }
func (op *Join) anti() bool { return op.spec.Type == spec.AntiJoin }

// outer reports that rows of port without a match come out with NULLs.
func (op *Join) outer(port int) bool {
	switch op.spec.Type {
	case spec.FullJoin:
		return true
	case spec.LeftJoin:
		return port == 0
	case spec.RightJoin:
		return port == 1
	}
	return false
}

// Push takes a batch: keys are looked up, rows are matched by Next.
func (op *Join) Push(port int, b *vector.Batch) error {
	op.port, op.batch, op.pending = port, b, b.Marks
	op.row, op.walk, op.begun, op.count, op.kept = 0, 0, false, 0, false
	op.w.reset()
	if b.Len() == 0 {
		return nil
	}
	if op.sides[0].ttl > 0 || op.sides[1].ttl > 0 {
		op.now = op.ctx.Clock.Now().UnixMilli()
	}
	return op.lookup(port, b)
}

// lookup finds the keys of a batch's rows in the state and encodes the rows.
func (op *Join) lookup(port int, b *vector.Batch) error {
	own := op.sides[port]
	op.sel, op.place = op.sel[:0], op.place[:0]
	for i, k := range own.keys {
		op.keyCols[i] = b.Cols[k]
	}
	for i := range b.Len() {
		if op.canMatch(i) {
			op.place = append(op.place, int32(len(op.sel)))
			op.sel = append(op.sel, int32(i))
		} else {
			op.place = append(op.place, -1)
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

// canMatch reports that row i has no NULL in a key that is compared by "=".
func (op *Join) canMatch(i int) bool {
	for k, c := range op.keyCols {
		if c.IsNull(i) && (len(op.spec.NullSafe) == 0 || !op.spec.NullSafe[k]) {
			return false
		}
	}
	return true
}

// Next puts out joined rows.
func (op *Join) Next() (*vector.Batch, error) {
	for {
		if op.final.on {
			out, err := op.final.next()
			if out != nil || err != nil || op.final.on {
				return out, err
			}
			op.batch = nil
			op.w.reset()
			if op.last != types.MinInstant {
				op.w.mark(op.last)
			}
		}
		if out := op.w.next(op.port, op.batch); out != nil {
			return out, nil
		}
		if op.batch == nil {
			return nil, nil
		}
		op.w.reset()
		switch {
		case op.stores() && op.kept:
			op.batch = nil
		case op.stores():
			if err := op.keep(); err != nil {
				return nil, err
			}
		case op.row < op.batch.Len():
			if err := op.match(); err != nil {
				return nil, err
			}
		case len(op.pending) > 0:
			op.takeMarks(op.row)
		default:
			op.batch = nil
			op.expire()
			op.sweep()
		}
	}
}

// keep stores a batch in batch mode. Only rows that match nothing come out.
func (op *Join) keep() error {
	b := op.batch
	own := op.sides[op.port]
	for i := range b.Len() {
		p := op.place[i]
		switch {
		case p >= 0 && b.Kind(i).Adds():
			if err := own.add(op.addrs[p], int(p), 0, op.now); err != nil {
				return err
			}
		case p >= 0:
			own.remove(op.addrs[p], int(p))
			op.empty = append(op.empty, op.addrs[p])
		case op.outer(op.port) || op.anti() && op.port == 0:
			op.w.rows = append(op.w.rows, output{row: int32(i), kind: b.Kind(i)})
		}
	}
	op.sweep()
	op.takeMarks(b.Len())
	op.kept = true
	return nil
}

// match collects some pairs of the batch and settles what comes out of them.
//
// If the other side is outer a row's matches are walked twice, for Flink's
// order: an added row first takes the other rows' NULL-padded results back
// (walk 0) and then joins them (walk 1); a row that goes does both the other
// way round. Else there is walk 1 only.
func (op *Join) match() error {
	other := op.sides[1-op.port]
	op.pairs = op.pairs[:0]
	first := op.row
	firstWalk := uint8(1)
	if op.outer(1 - op.port) {
		firstWalk = 0
	}
	for op.row < op.batch.Len() && len(op.pairs) < op.ctx.BatchSize {
		if !op.begun {
			op.entry, op.begun = 0, true
			op.walk = max(op.walk, firstWalk)
			if p := op.place[op.row]; p >= 0 {
				op.entry = other.rows.Head(op.addrs[p])
			}
		}
		for op.entry != 0 && len(op.pairs) < op.ctx.BatchSize {
			if !other.expired(op.entry, op.now) {
				op.pairs = append(op.pairs, pair{int32(op.row), op.entry, op.walk})
			}
			op.entry = other.rows.After(op.entry)
		}
		if op.entry == 0 {
			op.pairs = append(op.pairs, pair{row: int32(op.row), walk: op.walk})
			op.begun = false
			if op.walk++; op.walk == 2 {
				op.row++
				op.walk = 0
			}
		}
	}
	var pass *vector.Vector
	if op.cond != nil {
		var err error
		if pass, err = op.cond.holds(op.port, op.batch, other, len(op.sides[0].types), op.pairs); err != nil {
			return err
		}
	}
	return op.settle(first, pass)
}

// settle goes through the pairs row by row.
func (op *Join) settle(first int, pass *vector.Vector) error {
	k := 0
	var bools []bool
	if pass != nil {
		bools = pass.Bools()
	}
	at := first
	op.entries = op.entries[:0]
	for _, p := range op.pairs {
		if int(p.row) >= at {
			op.takeMarks(int(p.row))
			at = int(p.row) + 1
		}
		if p.entry != 0 {
			if pass == nil || bools[k] && !pass.IsNull(k) {
				op.entries = append(op.entries, p.entry)
			}
			k++
			continue
		}
		op.emit(int(p.row), p.walk)
		if p.walk == 0 {
			continue
		}
		if err := op.end(int(p.row)); err != nil {
			return err
		}
	}
	if len(op.entries) > 0 { // the walk goes on with the next pairs
		p := op.pairs[len(op.pairs)-1]
		op.emit(int(p.row), p.walk)
	}
	return nil
}

// takeMarks passes on the marks that stand before a row.
func (op *Join) takeMarks(row int) {
	for len(op.pending) > 0 && op.pending[0].Row <= row {
		if w, moved := op.marks.Advance(op.port, op.pending[0].Watermark); moved {
			if op.stores() {
				op.last = w
			} else {
				op.w.mark(w)
			}
		}
		op.pending = op.pending[1:]
	}
}

// emit puts out what comes of row i and the matches in op.entries, some or all
// of those of a walk.
func (op *Join) emit(i int, walk uint8) {
	other := op.sides[1-op.port]
	kind := op.batch.Kind(i)
	if walk == 1 {
		for _, e := range op.entries {
			op.count += *other.rows.Count(e)
		}
	}
	switch {
	case op.semi() || op.anti():
		if op.port == 1 {
			op.emitLeft(kind)
		}
	case op.outer(1-op.port) && (walk == 0) == kind.Adds():
		op.emitPadded(kind.Adds())
	default:
		if op.outer(op.port) || op.outer(1-op.port) && kind.Adds() {
			kind = plain(kind)
		}
		for _, e := range op.entries {
			op.repeat(output{row: int32(i), kind: kind, other: other.pointer(e)}, *other.rows.Count(e))
		}
	}
	op.entries = op.entries[:0]
}

// plain returns +I for a row that adds, -D for one that takes away.
func plain(k types.RowKind) types.RowKind {
	if k.Adds() {
		return types.Insert
	}
	return types.Delete
}

// emitPadded counts one match more or less of the other side's rows, and takes
// back their results without a match, or puts them out.
func (op *Join) emitPadded(adds bool) {
	other := op.sides[1-op.port]
	for _, e := range op.entries {
		aux := other.rows.Aux(e)
		out := output{row: -1, kind: types.Delete, other: other.pointer(e)}
		if adds {
			if *aux++; *aux != 1 {
				continue
			}
		} else {
			if *aux--; *aux != 0 {
				continue
			}
			out.kind = types.Insert
		}
		op.repeat(out, *other.rows.Count(e))
	}
}

// emitLeft puts out the left rows that a right row of a semi or anti join
// brings in or out.
func (op *Join) emitLeft(kind types.RowKind) {
	left := op.sides[0]
	for _, e := range op.entries {
		aux := left.rows.Aux(e)
		out := output{row: -1, kind: kind, other: left.pointer(e)}
		if kind.Adds() {
			if *aux++; *aux != 1 {
				continue
			}
			if op.anti() {
				out.kind = types.Delete
			}
		} else {
			if *aux--; *aux != 0 {
				continue
			}
			if op.anti() {
				out.kind = types.Insert
			}
		}
		op.repeat(out, *left.rows.Count(e))
	}
}

func (op *Join) repeat(o output, n int32) {
	for range n {
		op.w.rows = append(op.w.rows, o)
	}
}

// end finishes row i, all of whose matches have been seen: what it is without
// any, and its own place in the state.
func (op *Join) end(i int) error {
	kind := op.batch.Kind(i)
	matches := op.count
	op.count = 0
	switch {
	case op.semi() || op.anti():
		if op.port == 0 && (matches > 0) == op.semi() {
			op.w.rows = append(op.w.rows, output{row: int32(i), kind: kind})
		}
	case matches == 0 && op.outer(op.port):
		op.w.rows = append(op.w.rows, output{row: int32(i), kind: plain(kind)})
	}
	p := op.place[i]
	if p < 0 {
		return nil
	}
	own := op.sides[op.port]
	if kind.Adds() {
		return own.add(op.addrs[p], int(p), matches, op.now)
	}
	own.remove(op.addrs[p], int(p))
	op.empty = append(op.empty, op.addrs[p])
	return nil
}

// sweep deletes the keys that have no rows any more.
func (op *Join) sweep() {
	for _, a := range op.empty {
		if op.table.Live(a) && op.sides[0].rows.Head(a) == 0 && op.sides[1].rows.Head(a) == 0 {
			op.table.Delete(a)
		}
	}
	op.empty = op.empty[:0]
}

// expire removes a few rows of either side whose time is over; in the course
// of many batches it passes over all.
func (op *Join) expire() {
	var some [64]uint32
	for p, s := range op.sides {
		if s.ttl == 0 {
			continue
		}
		n := s.rows.Next(&op.cursors[p], some[:])
		if n == 0 {
			op.cursors[p] = state.Cursor{}
		}
		for _, e := range some[:n] {
			if s.expired(e, op.now) {
				op.empty = append(op.empty, s.rows.Owner(e))
				s.rows.Remove(e)
			}
		}
	}
}

// Finish notes the end of a port.
func (op *Join) Finish(port int) error {
	op.ended[port] = true
	if op.stores() && op.ended[0] && op.ended[1] {
		op.final.start(op.table)
	}
	return nil
}

// Close has nothing to free: the state belongs to the backend.
func (op *Join) Close() error { return nil }

// grow returns a slice of length n, with unspecified elements.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/4)
	}
	return s[:n]
}
