package sort

import (
	"slices"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Sort orders a bounded input and puts it out at the end.
type Sort struct {
	spec spec.Sort
	buf  *Buffer
	ts   []types.Type

	ctx   *exec.Context
	out   *vector.Batch
	ended bool
	at    int
	end   int
	last  types.Instant
	sel   []int32
}

// New returns a Sort of rows with the given columns.
func New(s spec.Sort, input []types.Type) (*Sort, error) {
	return &Sort{spec: s, ts: input, buf: NewBuffer(input, s.Keys), last: types.MinInstant}, nil
}

// Open opens the state.
func (op *Sort) Open(ctx *exec.Context) error {
	op.ctx = ctx
	op.out = vector.NewBatch(op.ts, 0)
	return op.buf.Open(ctx, "sort")
}

// Push keeps a batch.
func (op *Sort) Push(_ int, b *vector.Batch) error {
	for _, m := range b.Marks {
		op.last = max(op.last, m.Watermark)
	}
	for i := range b.Len() {
		if !b.Kind(i).Adds() {
			return op.takeBack(b)
		}
	}
	if b.Len() == 0 {
		return nil
	}
	if err := op.buf.Add(b, nil); err != nil {
		return err
	}
	return op.cut()
}

// takeBack keeps the rows that a batch adds and removes those it takes away.
func (op *Sort) takeBack(b *vector.Batch) error {
	for i := range b.Len() {
		op.sel = append(op.sel[:0], int32(i))
		if b.Kind(i).Adds() {
			if err := op.buf.Add(b, op.sel); err != nil {
				return err
			}
			continue
		}
		buf := op.buf
		buf.codec.Encode(&buf.enc, b.Cols, b.Len(), op.sel, false)
		k := slices.IndexFunc(buf.items, func(it item) bool { return string(buf.rows.Value(it.entry)) == string(buf.enc.Bytes(0)) })
		if k >= 0 {
			buf.rows.Remove(buf.items[k].entry)
			buf.items = slices.Delete(buf.items, k, k+1)
		}
	}
	return nil
}

// cut forgets rows that a LIMIT will not reach, once there are many of them.
func (op *Sort) cut() error {
	if op.spec.Limit < 0 {
		return nil
	}
	keep := op.spec.Offset + op.spec.Limit
	if int64(len(op.buf.items)) < 2*keep+4096 {
		return nil
	}
	op.buf.Sort()
	for _, it := range op.buf.items[keep:] {
		op.buf.rows.Remove(it.entry)
	}
	op.buf.items = op.buf.items[:keep]
	return nil
}

// Finish sorts.
func (op *Sort) Finish(int) error {
	op.ended = true
	op.buf.Sort()
	n := int64(len(op.buf.items))
	from := min(op.spec.Offset, n)
	to := n
	if op.spec.Limit >= 0 {
		to = min(from+op.spec.Limit, n)
	}
	op.at, op.end = int(from), int(to)
	return nil
}

// Next puts out the sorted rows.
func (op *Sort) Next() (*vector.Batch, error) {
	if !op.ended {
		return nil, nil
	}
	op.out.Reset()
	n := min(op.end-op.at, op.ctx.BatchSize)
	op.buf.write(op.out, op.buf.items[op.at:op.at+n])
	op.at += n
	if op.at == op.end && op.last != types.MinInstant {
		op.out.Mark(op.last)
		op.last = types.MinInstant
	}
	if op.out.Empty() {
		return nil, nil
	}
	return op.out, nil
}

// Close gives memory back.
func (op *Sort) Close() error { return op.buf.Close() }
