package window

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

// SessionTVF attaches the window columns of its session to each row. Where a
// session ends is known only when the watermark has passed it, so its rows wait
// until then.
type SessionTVF struct {
	spec   spec.WindowTVF
	input  []types.Type
	output []spec.Column
	codec  *rowkey.Codec
	s      *sessions
	rows   *state.Multi

	ctx    *exec.Context
	batch  *vector.Batch
	marks  []vector.Mark
	row    int
	enc    rowkey.Rows
	firing bool
	target types.Instant
	now    session // being put out
	next   uint32  // its next row
	out    *vector.Batch
	ptrs   []unsafe.Pointer
}

// NewSessionTVF returns a SessionTVF of rows with the given columns.
func NewSessionTVF(s spec.WindowTVF, input []types.Type, output []spec.Column) (*SessionTVF, error) {
	if s.Window.Proctime {
		return nil, &diag.Error{Code: "not-supported", Stage: diag.StagePlan, Message: "SESSION windows over processing time are not supported yet"}
	}
	op := &SessionTVF{spec: s, input: input, output: output, codec: rowkey.New(input), s: newSessions(s.Window.Size, s.Window.Time, s.Keys, input)}
	op.s.end = state.ListBytes
	op.s.join = op.join
	return op, nil
}

// Open opens the state.
func (op *SessionTVF) Open(ctx *exec.Context) error {
	op.ctx = ctx
	t, ms, err := ctx.State.Table(
		state.TableDesc{Name: "sessions", Key: op.s.tableKeys(), Value: state.Fingerprint("rows of a session"), Width: state.ListBytes + 8, Owners: len(op.s.keys)},
		state.MultiDesc{Name: "rows", Value: state.Fingerprint("rows", op.input...)})
	if err != nil {
		return err
	}
	op.rows = ms[0]
	op.out = vector.NewBatch(columnTypes(op.output), 0)
	return op.s.restore(ctx, t, newGrid(op.spec.Window, zoneOf(ctx)))
}

// join moves the rows of one session to the end of another.
func (op *SessionTVF) join(to, from uint32) error {
	for e := op.rows.Head(from); e != 0; e = op.rows.Head(from) {
		if _, err := op.rows.Add(to, append([]byte(nil), op.rows.Value(e)...), 0); err != nil {
			return err
		}
		op.rows.Remove(e)
	}
	return nil
}

// Push takes a batch; Next goes through it.
func (op *SessionTVF) Push(_ int, b *vector.Batch) error {
	op.batch, op.row, op.marks = b, 0, b.Marks
	op.s.begin(b)
	op.codec.Encode(&op.enc, b.Cols, b.Len(), nil, false)
	return nil
}

// Next puts out the rows of sessions that have ended, and marks.
func (op *SessionTVF) Next() (*vector.Batch, error) {
	op.out.Reset()
	for {
		switch {
		case op.out.Len() >= op.ctx.BatchSize:
			return op.out, nil
		case op.firing:
			if err := op.emit(); err != nil {
				return nil, err
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
func (op *SessionTVF) advance() error {
	end := op.batch.Len()
	if len(op.marks) > 0 {
		end = op.marks[0].Row
	}
	for ; op.row < end; op.row++ {
		addr, ok, err := op.s.take(op.batch, op.row, func() error { return nil })
		if err != nil {
			return err
		}
		if ok {
			if _, err := op.rows.Add(addr, op.enc.Bytes(op.row), 0); err != nil {
				return err
			}
		}
	}
	if len(op.marks) == 0 {
		op.batch = nil
		op.s.save()
		return nil
	}
	op.firing, op.target = true, op.marks[0].Watermark
	op.marks = op.marks[1:]
	return nil
}

// emit puts out rows of one session, as many as there is room for.
func (op *SessionTVF) emit() error {
	if op.next == 0 {
		x, ok, err := op.s.pop(op.target)
		if err != nil {
			return err
		}
		if !ok {
			op.firing = false
			op.s.watermark = max(op.s.watermark, op.target)
			op.out.Mark(op.target)
			op.s.save()
			return nil
		}
		op.now, op.next = x, op.rows.Head(x.addr)
	}
	op.ptrs = op.ptrs[:0]
	for op.next != 0 && op.out.Len()+len(op.ptrs) < op.ctx.BatchSize {
		op.ptrs = append(op.ptrs, op.rows.Pointer(op.next))
		op.next = op.rows.After(op.next)
	}
	width := len(op.input)
	op.codec.Append(op.out.Cols[:width], op.ptrs)
	for range op.ptrs {
		for i, p := range []string{"start", "end", "time"} {
			appendBound(op.out.Cols[width+i], p, op.now, &op.s.grid)
		}
	}
	op.out.SetLen(op.out.Len() + len(op.ptrs))
	if op.next == 0 {
		op.s.table.Delete(op.now.addr)
	}
	return nil
}

// Finish has nothing to do: the last watermark has ended all sessions.
func (op *SessionTVF) Finish(int) error { return nil }

// Close gives memory back.
func (op *SessionTVF) Close() error { return op.s.close() }
