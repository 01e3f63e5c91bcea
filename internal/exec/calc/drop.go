package calc

import (
	"slices"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// DropUpdateBefore drops -U rows, for those who know what a row replaces by its
// key. With keys a -U without its +U right behind it, in the same batch, becomes
// a -D: of a row that a filter has split off, or whose key has changed.
type DropUpdateBefore struct {
	keys   []int
	codec  *rowkey.Codec
	rows   rowkey.Rows
	cols   []*vector.Vector
	chosen chooser
	sel    []int32
	all    []int
	out    *vector.Batch
}

// NewDropUpdateBefore makes the operator; keys may be nil.
func NewDropUpdateBefore(keys []int) *DropUpdateBefore { return &DropUpdateBefore{keys: keys} }

// Open has nothing to do.
func (op *DropUpdateBefore) Open(*exec.Context) error { return nil }

// Push passes b on whole if there is nothing to drop.
func (op *DropUpdateBefore) Push(_ int, b *vector.Batch) error {
	op.out = b
	if b.Kinds == nil {
		return nil
	}
	if !slices.Contains(b.Kinds, types.UpdateBefore) {
		return nil
	}
	op.sel = op.sel[:0]
	if op.keys != nil {
		op.encode(b)
	}
	for i, k := range b.Kinds {
		if k != types.UpdateBefore || op.keys != nil && !op.replaced(b, i) {
			op.sel = append(op.sel, int32(i))
		}
	}
	for len(op.all) < len(b.Cols) {
		op.all = append(op.all, len(op.all))
	}
	op.out = op.chosen.choose(b, op.sel, op.all)
	for i, k := range op.out.Kinds {
		if k == types.UpdateBefore {
			op.out.Kinds[i] = types.Delete
		}
	}
	return nil
}

// encode makes the keys of b comparable.
func (op *DropUpdateBefore) encode(b *vector.Batch) {
	if op.codec == nil {
		ts := make([]types.Type, len(op.keys))
		for i, k := range op.keys {
			ts[i] = b.Cols[k].Type()
		}
		op.codec, op.cols = rowkey.New(ts), make([]*vector.Vector, len(op.keys))
	}
	for i, k := range op.keys {
		op.cols[i] = b.Cols[k]
	}
	op.codec.Encode(&op.rows, op.cols, b.Len(), nil, false)
}

// replaced reports whether row i+1 is the +U of row i's key.
func (op *DropUpdateBefore) replaced(b *vector.Batch, i int) bool {
	return i+1 < b.Len() && b.Kinds[i+1] == types.UpdateAfter && string(op.rows.Bytes(i)) == string(op.rows.Bytes(i+1))
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
