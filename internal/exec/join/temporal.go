package join

import (
	"encoding/binary"
	"slices"
	"unsafe"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/timer"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// TemporalJoin joins each left row with the version of the right row of its key
// that was in force at the left row's time. A left row waits until the watermark
// of both inputs has passed it; a right row is kept until a newer version has
// been passed as well. As in Flink a left row that comes late is not dropped but
// joined with what is still there.
type TemporalJoin struct {
	spec  spec.TemporalJoin
	sides [2]*side
	times [2]int
	keys  []types.Type
	out   []spec.Column

	ctx   *exec.Context
	table *state.Table
	saved *state.Value
	cond  *condition
	marks *exec.Watermarks
	ports [2]types.Instant // part of the state

	timers  *timer.Queue[uint32]
	port    int
	batch   *vector.Batch
	pending []vector.Mark
	row     int
	target  types.Instant
	firing  bool
	owners  state.Lookup
	empty   []uint32

	ready *vector.Batch
	at    int
	piece *vector.Batch
	lefts []unsafe.Pointer
	right []unsafe.Pointer // nil = none
}

// temporal is what the table holds of a key: its lists, and when its timer is set.
type temporal struct {
	lists [2 * state.ListBytes]byte
	timer int64 // 0 = none
}

// NewTemporal returns a TemporalJoin of two inputs.
func NewTemporal(s spec.TemporalJoin, inputs [][]types.Type, output []spec.Column) (*TemporalJoin, error) {
	op := &TemporalJoin{spec: s, out: output, times: [2]int{s.LeftTime, s.RightTime}, timers: timer.New[uint32](),
		marks: exec.NewWatermarks(2), ports: [2]types.Instant{types.MinInstant, types.MinInstant}}
	op.sides[0] = newSide(inputs[0], s.LeftKeys, nil, false)
	op.sides[1] = newSide(inputs[1], s.RightKeys, nil, false)
	var err error
	op.keys, err = keyTypes(inputs, s.LeftKeys, s.RightKeys)
	return op, err
}

// Open opens the state and sets the timers of its keys.
func (op *TemporalJoin) Open(ctx *exec.Context) error {
	op.ctx = ctx
	left, right := op.sides[0], op.sides[1]
	desc := func(s *side, name string, list int) state.MultiDesc {
		return state.MultiDesc{Name: name, Value: state.Fingerprint("rows with times", s.types...), List: list, Timed: true}
	}
	t, ms, err := ctx.State.Table(
		state.TableDesc{Name: "temporal-join", Key: op.keys, Value: state.Fingerprint("temporal join"), Width: int(unsafe.Sizeof(temporal{}))},
		desc(left, "left", 0), desc(right, "right", state.ListBytes))
	if err != nil {
		return err
	}
	op.table, left.rows, right.rows = t, ms[0], ms[1]
	if op.saved, err = ctx.State.Value("watermark"); err != nil {
		return err
	}
	for i, b := range op.saved.Restored {
		for p := range op.ports {
			if w := types.Instant(binary.LittleEndian.Uint64(b[8*p:])); i == 0 || w < op.ports[p] {
				op.ports[p] = w
			}
		}
	}
	for p, w := range op.ports {
		op.marks.Advance(p, w)
	}
	op.save()
	var c state.Cursor
	var some [64]uint32
	for n := t.Next(&c, some[:]); n > 0; n = t.Next(&c, some[:]) {
		for _, addr := range some[:n] {
			if at := op.record(addr).timer; at != 0 {
				op.timers.Add(at, addr)
			}
		}
	}
	if op.cond, err = newCondition(op.spec.Condition, ctx, left, right); err != nil {
		return err
	}
	op.ready, op.piece = vector.NewBatch(columnTypes(op.out), 0), vector.NewBatch(columnTypes(op.out), 0)
	return nil
}

func (op *TemporalJoin) save() {
	op.saved.Bytes = op.saved.Bytes[:0]
	for _, w := range op.ports {
		op.saved.Bytes = binary.LittleEndian.AppendUint64(op.saved.Bytes, uint64(w))
	}
}

func (op *TemporalJoin) record(addr uint32) *temporal { return (*temporal)(op.table.Record(addr)) }

// Push takes a batch; Next goes through it.
func (op *TemporalJoin) Push(port int, b *vector.Batch) error {
	op.port, op.batch, op.pending, op.row = port, b, b.Marks, 0
	if b.Len() == 0 {
		return nil
	}
	own := op.sides[port]
	if err := op.owners.Get(op.table, b, own.keys, nil); err != nil {
		return err
	}
	own.encode(b, nil)
	return nil
}

// Next puts out joined rows.
func (op *TemporalJoin) Next() (*vector.Batch, error) {
	for {
		if op.at < op.ready.Len() || len(op.ready.Marks) > 0 {
			return op.write(), nil
		}
		op.ready.Reset()
		op.at = 0
		if op.batch == nil && !op.firing {
			op.removeEmpty()
			return nil, nil
		}
		for op.ready.Len() < op.ctx.BatchSize && (op.firing || op.batch != nil) {
			step := op.advance
			if op.firing {
				step = op.fire
			}
			if err := step(); err != nil {
				return nil, err
			}
		}
	}
}

// write puts out a piece of what is ready.
func (op *TemporalJoin) write() *vector.Batch {
	op.piece.Reset()
	n := min(op.ready.Len()-op.at, op.ctx.BatchSize)
	op.piece.AppendBatch(op.ready, op.at, op.at+n)
	end := op.at + n
	for len(op.ready.Marks) > 0 && (op.ready.Marks[0].Row < end || end == op.ready.Len()) {
		m := op.ready.Marks[0]
		op.piece.Marks = append(op.piece.Marks, vector.Mark{Row: m.Row - op.at, Watermark: m.Watermark})
		op.ready.Marks = op.ready.Marks[1:]
	}
	op.at = end
	return op.piece
}

// advance takes the rows before the next mark.
func (op *TemporalJoin) advance() error {
	end := op.batch.Len()
	if len(op.pending) > 0 {
		end = op.pending[0].Row
	}
	for ; op.row < end; op.row++ {
		if err := op.take(op.row); err != nil {
			return err
		}
	}
	if len(op.pending) == 0 {
		op.batch = nil
		op.save()
		return nil
	}
	op.ports[op.port] = max(op.ports[op.port], op.pending[0].Watermark)
	w, moved := op.marks.Advance(op.port, op.pending[0].Watermark)
	op.pending = op.pending[1:]
	if moved {
		op.firing, op.target = true, w
	}
	return nil
}

// take stores row i. The row before an update says nothing that the one after it
// does not.
func (op *TemporalJoin) take(i int) error {
	own, addr, kind := op.sides[op.port], op.owners.Addrs[i], op.batch.Kind(i)
	time := op.batch.Cols[op.times[op.port]]
	if time.IsNull(i) || op.port == 1 && kind == types.UpdateBefore {
		op.empty = append(op.empty, addr)
		return nil
	}
	at := time.Timestamp(i).Milli
	e, err := own.rows.Add(addr, own.enc.Bytes(i), 0)
	if err != nil {
		return err
	}
	*own.rows.Time(e), *own.rows.Aux(e) = at, int32(kind)
	op.arm(addr, at)
	return nil
}

// arm sets the timer of a key to a time, if that is earlier than it is set to.
func (op *TemporalJoin) arm(addr uint32, at int64) {
	at = max(at, 1) // 0 is for none
	r := op.record(addr)
	if r.timer != 0 {
		if r.timer <= at {
			return
		}
		op.timers.Remove(r.timer, addr)
	}
	r.timer = at
	op.timers.Add(at, addr)
}

// fire joins the rows of the next key whose time has come.
func (op *TemporalJoin) fire() error {
	_, addr, ok := op.timers.Pop(int64(op.target))
	if !ok {
		op.firing = false
		op.ready.Mark(op.target)
		return nil
	}
	op.record(addr).timer = 0
	left, right := op.sides[0], op.sides[1]
	var versions []uint32
	for e := right.rows.Head(addr); e != 0; e = right.rows.After(e) {
		versions = append(versions, e)
	}
	slices.SortStableFunc(versions, func(a, b uint32) int { return int(min(max(*right.rows.Time(a)-*right.rows.Time(b), -1), 1)) })
	var due []uint32
	next := int64(0)
	for e := left.rows.Head(addr); e != 0; e = left.rows.After(e) {
		if at := *left.rows.Time(e); at <= int64(op.target) {
			due = append(due, e)
		} else if next == 0 || at < next {
			next = at
		}
	}
	if err := op.join(due, versions); err != nil {
		return err
	}
	for _, e := range due {
		left.rows.Remove(e)
	}
	for _, e := range versions[:op.current(versions, int64(op.target))] {
		right.rows.Remove(e) // a later version is in force already
	}
	if next != 0 {
		op.arm(addr, next)
	}
	op.empty = append(op.empty, addr)
	return nil
}

// current returns the place of the last version not after a time; 0 also if
// there is none.
func (op *TemporalJoin) current(versions []uint32, at int64) int {
	k := 0
	for k+1 < len(versions) && *op.sides[1].rows.Time(versions[k+1]) <= at {
		k++
	}
	return k
}

// join puts out left rows with their versions.
func (op *TemporalJoin) join(due, versions []uint32) error {
	left, right := op.sides[0], op.sides[1]
	op.lefts, op.right = op.lefts[:0], op.right[:0]
	for _, e := range due {
		var version unsafe.Pointer
		if len(versions) > 0 {
			v := versions[op.current(versions, *left.rows.Time(e))]
			if *right.rows.Time(v) <= *left.rows.Time(e) && types.RowKind(*right.rows.Aux(v)).Adds() {
				version = right.rows.Pointer(v)
			}
		}
		op.lefts, op.right = append(op.lefts, left.rows.Pointer(e)), append(op.right, version)
	}
	if err := op.check(); err != nil {
		return err
	}
	k := 0
	for i, e := range due {
		if op.right[i] == nil && op.spec.Type == spec.InnerJoin {
			continue
		}
		op.ready.AppendKind(types.RowKind(*left.rows.Aux(e)))
		op.ready.SetLen(op.ready.Len() + 1)
		op.lefts[k], op.right[k] = op.lefts[i], op.right[i]
		k++
	}
	width := len(left.types)
	left.codec.Append(op.ready.Cols[:width], op.lefts[:k])
	for from := 0; from < k; {
		to := from
		for to < k && op.right[to] != nil {
			to++
		}
		right.codec.Append(op.ready.Cols[width:], op.right[from:to])
		if to < k {
			for _, c := range op.ready.Cols[width:] {
				c.AppendNull()
			}
			to++
		}
		from = to
	}
	return nil
}

// check takes the version away from pairs that do not meet the condition.
func (op *TemporalJoin) check() error {
	if op.cond == nil {
		return nil
	}
	left, right := op.sides[0], op.sides[1]
	var ls, rs []unsafe.Pointer
	var at []int
	for i, r := range op.right {
		if r != nil {
			ls, rs, at = append(ls, op.lefts[i]), append(rs, r), append(at, i)
		}
	}
	if len(at) == 0 {
		return nil
	}
	for _, i := range op.cond.inputs {
		v := op.cond.batch.Cols[i]
		v.Reset()
		if i < len(left.types) {
			left.codec.AppendColumn(v, i, ls)
		} else {
			right.codec.AppendColumn(v, i-len(left.types), rs)
		}
	}
	op.cond.batch.SetLen(len(at))
	pass, err := op.cond.program.Eval(op.cond.batch)
	if err != nil {
		return err
	}
	for k, i := range at {
		if pass.IsNull(k) || !pass.Bools()[k] {
			op.right[i] = nil
		}
	}
	return nil
}

// removeEmpty deletes keys without rows.
func (op *TemporalJoin) removeEmpty() {
	for _, a := range op.empty {
		if op.table.Live(a) && op.sides[0].rows.Head(a) == 0 && op.sides[1].rows.Head(a) == 0 {
			if at := op.record(a).timer; at != 0 {
				op.timers.Remove(at, a)
			}
			op.table.Delete(a)
		}
	}
	op.empty = op.empty[:0]
}

// Finish has nothing to do: the last watermark has joined everything.
func (op *TemporalJoin) Finish(int) error { return nil }

// Close has nothing to free: the state belongs to the backend.
func (op *TemporalJoin) Close() error { return nil }
