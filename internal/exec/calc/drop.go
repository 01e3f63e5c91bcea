package calc

import (
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// DropUpdateBefore drops -U rows, for those who know what a row replaces by its
// key.
type DropUpdateBefore struct {
	chosen chooser
	sel    []int32
	all    []int
	out    *vector.Batch
}

// NewDropUpdateBefore makes the operator.
func NewDropUpdateBefore() *DropUpdateBefore { return &DropUpdateBefore{} }

// Open has nothing to do.
func (op *DropUpdateBefore) Open(*exec.Context) error { return nil }

// Push passes b on whole if there is nothing to drop.
func (op *DropUpdateBefore) Push(_ int, b *vector.Batch) error {
	op.out = b
	if b.Kinds == nil {
		return nil
	}
	op.sel = op.sel[:0]
	for i, k := range b.Kinds {
		if k != types.UpdateBefore {
			op.sel = append(op.sel, int32(i))
		}
	}
	if len(op.sel) == b.Len() {
		return nil
	}
	for len(op.all) < len(b.Cols) {
		op.all = append(op.all, len(op.all))
	}
	op.out = op.chosen.choose(b, op.sel, op.all)
	return nil
}

// Next returns what is left of the batch.
func (op *DropUpdateBefore) Next() (*vector.Batch, error) {
	b := op.out
	op.out = nil
	if b == nil || b.Empty() {
		return nil, nil
	}
	return b, nil
}

// Finish has nothing to add.
func (op *DropUpdateBefore) Finish(int) error { return nil }

// Close has nothing to free.
func (op *DropUpdateBefore) Close() error { return nil }
