package window

import (
	"unsafe"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/agg"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// SessionAgg is GROUP BY the sessions of each key.
type SessionAgg struct {
	spec   spec.WindowAgg
	output []spec.Column
	set    *agg.Set
	s      *sessions
	table  *state.WindowTable

	ctx    *exec.Context
	batch  *vector.Batch
	marks  []vector.Mark
	row    int
	sel    []int32 // rows taken but not folded, and their sessions
	addrs  []uint32
	recs   []unsafe.Pointer
	firing bool
	target types.Instant
	last   types.Instant
	done   []session // put out, to be deleted
	out    *vector.Batch
}

// NewSessionAgg returns a SessionAgg over rows with the given columns.
func NewSessionAgg(s spec.WindowAgg, input []types.Type, output []spec.Column) (*SessionAgg, error) {
	if s.Window.Proctime || s.InputRetracts || s.Window.Time < 0 {
		return nil, &diag.Error{Code: "not-supported", Stage: diag.StagePlan, Message: "SESSION windows over processing time or over rows that change are not supported yet"}
	}
	op := &SessionAgg{spec: s, output: output, last: types.MinInstant, s: newSessions(s.Window.Size, s.Window.Time, s.Keys, input)}
	var err error
	if op.set, err = agg.NewSet(s.Aggs, input, false, false); err != nil {
		return nil, err
	}
	op.s.end = op.set.Claim(8)
	op.s.join = func(to, from uint32) error { return op.set.MergeRecord(op.table, to, from) }
	return op, nil
}

// Open opens the state.
func (op *SessionAgg) Open(ctx *exec.Context) error {
	op.ctx = ctx
	d, multis := op.set.Desc("sessions", op.s.tableKeys())
	d.Owners = len(op.s.keys)
	t, ms, err := ctx.State.Table(d, multis...)
	if err != nil {
		return err
	}
	op.table = &state.WindowTable{Table: t, Multis: ms}
	op.out = vector.NewBatch(columnTypes(op.output), 0)
	return op.s.restore(ctx, t, newGrid(op.spec.Window, zoneOf(ctx)))
}

// Push takes a batch; its rows are folded as Next gets to them.
func (op *SessionAgg) Push(_ int, b *vector.Batch) error {
	op.batch, op.row, op.marks = b, 0, b.Marks
	op.s.begin(b)
	return nil
}

// Next puts out sessions that have ended, and marks.
func (op *SessionAgg) Next() (*vector.Batch, error) {
	op.out.Reset()
	for {
		switch {
		case op.firing:
			if err := op.emit(); err != nil {
				return nil, err
			}
			if op.firing {
				return op.out, nil
			}
		case op.batch != nil:
			if err := op.advance(); err != nil {
				return nil, err
			}
		case op.out.Empty():
			return nil, nil
		default:
			return op.out, nil
		}
	}
}

// advance takes the rows before the next mark.
func (op *SessionAgg) advance() error {
	end := op.batch.Len()
	if len(op.marks) > 0 {
		end = op.marks[0].Row
	}
	for ; op.row < end; op.row++ {
		addr, ok, err := op.s.take(op.batch, op.row, op.fold)
		if err != nil {
			return err
		}
		if ok {
			op.sel, op.addrs = append(op.sel, int32(op.row)), append(op.addrs, addr)
		}
	}
	if err := op.fold(); err != nil {
		return err
	}
	if len(op.marks) == 0 {
		op.batch = nil
		op.s.save()
		return nil
	}
	w := op.marks[0].Watermark
	op.marks = op.marks[1:]
	if op.ctx.Batch {
		op.last = max(op.last, w)
		return nil
	}
	op.firing, op.target = true, w
	return nil
}

// fold puts the rows taken into the state.
func (op *SessionAgg) fold() error {
	n := len(op.sel)
	if n == 0 {
		return nil
	}
	op.recs = grow(op.recs, n)
	op.table.Records(op.addrs, op.recs)
	in := agg.Rows{Cols: op.batch.Cols, Sel: op.sel, Addrs: op.addrs, Recs: op.recs, Table: op.table}
	err := op.set.Update(&in, nil)
	op.sel, op.addrs = op.sel[:0], op.addrs[:0]
	return err
}

// emit puts out sessions that the target ends, until the output is full.
func (op *SessionAgg) emit() error {
	op.done, op.addrs = op.done[:0], op.addrs[:0]
	for op.out.Len()+len(op.done) < op.ctx.BatchSize {
		x, ok, err := op.s.pop(op.target)
		if err != nil {
			return err
		}
		if !ok {
			op.firing = false
			break
		}
		op.done, op.addrs = append(op.done, x), append(op.addrs, x.addr)
	}
	if err := op.append(); err != nil {
		return err
	}
	op.addrs = op.addrs[:0]
	if !op.firing {
		op.s.watermark = max(op.s.watermark, op.target)
		if op.ctx.Batch {
			op.target = op.last
		}
		if op.target != types.MinInstant {
			op.out.Mark(op.target)
		}
		op.s.save()
	}
	return nil
}

// append adds the rows of the sessions done to the output and deletes them.
func (op *SessionAgg) append() error {
	n := len(op.done)
	if n == 0 {
		return nil
	}
	op.recs = grow(op.recs, n)
	for i, x := range op.done {
		op.recs[i] = op.table.KeyPointer(x.addr)
	}
	cols, width := op.out.Cols, len(op.s.keys)
	for i := range width {
		op.table.Codec().AppendColumn(cols[i], i, op.recs)
	}
	op.table.Records(op.addrs, op.recs)
	if err := op.set.Results(op.table, op.addrs, op.recs, cols[width:]); err != nil {
		return err
	}
	for i, p := range op.spec.Props {
		c := cols[width+op.set.Len()+i]
		for _, x := range op.done {
			appendBound(c, p, x, &op.s.grid)
		}
	}
	for _, x := range op.done {
		op.table.Delete(x.addr)
	}
	op.out.SetLen(op.out.Len() + n)
	return nil
}

// appendBound adds a window column of a session.
func appendBound(c *vector.Vector, prop string, x session, g *grid) {
	ms := x.end
	switch prop {
	case "start":
		ms = x.start
	case "time":
		ms--
		if c.Type().Kind == types.TimestampLTZ {
			ms = g.instant(ms)
		}
	}
	appendTime(c, ms)
}

// Finish puts out all sessions of a bounded input.
func (op *SessionAgg) Finish(int) error {
	if op.ctx.Batch {
		op.firing, op.target = true, types.MaxInstant
	}
	return nil
}

// Close gives memory back.
func (op *SessionAgg) Close() error { return op.s.close() }
