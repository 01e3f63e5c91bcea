package table

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/expr"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Values yields constant rows and ends. Only its first subtask has rows.
type Values struct {
	spec  *spec.Values
	ctx   *exec.Context
	next  int // row
	state sourceState
	ready chan struct{}
}

// NewValues makes the operator of a Values spec.
func NewValues(s *spec.Values) *Values {
	op := &Values{spec: s, ready: make(chan struct{})}
	close(op.ready)
	return op
}

// Open begins behind the rows that the restored run has put out.
func (op *Values) Open(ctx *exec.Context) error {
	op.ctx = ctx
	if ctx.Subtask > 0 {
		op.next = len(op.spec.Rows)
	}
	return nil
}

// Push is never called: VALUES has no input.
func (op *Values) Push(int, *vector.Batch) error { return errors.New("VALUES has no input") }

// Next returns up to a batch of rows, at last a mark.
func (op *Values) Next() (*vector.Batch, error) {
	ts := make([]types.Type, len(op.spec.Columns))
	for i, c := range op.spec.Columns {
		ts[i] = c.Type
	}
	if op.state == reading && op.next == len(op.spec.Rows) {
		op.state = lastMark
	}
	switch op.state {
	case over:
		return nil, nil
	case lastMark:
		op.state = over
		b := vector.NewBatch(ts, 0)
		b.Mark(types.MaxInstant)
		return b, nil
	}
	n := min(op.ctx.BatchSize, len(op.spec.Rows)-op.next)
	b := vector.NewBatch(ts, n)
	one := &vector.Batch{}
	one.SetLen(1)
	for _, row := range op.spec.Rows[op.next : op.next+n] {
		p, err := expr.CompileList(row, functionEnv(op.ctx))
		if err != nil {
			return nil, err
		}
		cols, err := p.EvalAll(one)
		if err != nil {
			return nil, err
		}
		for i, c := range cols {
			b.Cols[i].AppendFrom(c, 0)
		}
		b.SetLen(b.Len() + 1)
	}
	op.next += n
	return b, nil
}

// Ready is always ready: nothing is waited for.
func (op *Values) Ready() <-chan struct{} { return op.ready }

// Ended reports whether the last mark is out.
func (op *Values) Ended() bool { return op.state == over }

// Stop ends the rows early.
func (op *Values) Stop(drain bool) {
	if op.state == reading {
		op.state = over
		if drain {
			op.state = lastMark
		}
	}
}

// Snapshot returns the number of rows put out.
func (op *Values) Snapshot(element.CheckpointOptions) ([]byte, error) {
	return binary.AppendUvarint(nil, uint64(op.next)), nil
}

// Restore goes on behind the rows put out by the only subtask that has any.
func (op *Values) Restore(states [][]byte) error {
	if len(states) == 0 {
		return nil
	}
	n, k := binary.Uvarint(states[0]) // states come in the order of subtasks
	if k <= 0 || n > uint64(len(op.spec.Rows)) {
		return fmt.Errorf("restore VALUES: position %x is not within the %d rows", states[0], len(op.spec.Rows))
	}
	op.next = int(n)
	return nil
}

// Finish is never called: VALUES has no input.
func (op *Values) Finish(int) error { return nil }

// Close has nothing to free.
func (op *Values) Close() error { return nil }
