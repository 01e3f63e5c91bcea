package sort

import (
	"encoding/binary"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Limit passes rows Offset to Offset+Limit of an insert-only input.
type Limit struct {
	spec  spec.Limit
	saved *state.Value
	seen  int64
	in    *vector.Batch
	out   vector.Batch
	sel   []int32
}

// NewLimit returns a Limit.
func NewLimit(s spec.Limit, input []types.Type) (*Limit, error) {
	return &Limit{spec: s, out: *vector.NewBatch(input, 0)}, nil
}

// Open opens the state.
func (op *Limit) Open(ctx *exec.Context) error {
	var err error
	if op.saved, err = ctx.State.Value("seen"); err != nil {
		return err
	}
	for _, b := range op.saved.Restored {
		op.seen += int64(binary.LittleEndian.Uint64(b))
	}
	op.save()
	return nil
}

func (op *Limit) save() {
	op.saved.Bytes = binary.LittleEndian.AppendUint64(op.saved.Bytes[:0], uint64(op.seen))
}

// Push takes a batch.
func (op *Limit) Push(_ int, b *vector.Batch) error {
	op.in = b
	return nil
}

// Next passes what the limit leaves of the batch.
func (op *Limit) Next() (*vector.Batch, error) {
	b := op.in
	if b == nil {
		return nil, nil
	}
	op.in = nil
	first, end := op.spec.Offset-op.seen, op.spec.Offset+op.spec.Limit-op.seen
	op.seen += int64(b.Len())
	op.save()
	if first <= 0 && end >= int64(b.Len()) {
		return b, nil
	}
	op.sel = op.sel[:0]
	for i := max(first, 0); i < min(end, int64(b.Len())); i++ {
		op.sel = append(op.sel, int32(i))
	}
	op.out.Gather(b, op.sel)
	if op.out.Empty() {
		return nil, nil
	}
	return &op.out, nil
}

// Finish has nothing to do.
func (op *Limit) Finish(int) error { return nil }

// Close has nothing to free.
func (op *Limit) Close() error { return nil }
