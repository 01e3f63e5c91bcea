package calc

import (
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Replicate repeats each row as often as one of its columns says, none or NULL
// times not at all (INTERSECT ALL, EXCEPT ALL).
type Replicate struct {
	times int
	size  int

	batch *vector.Batch
	marks []vector.Mark
	row   int
	left  int64 // repetitions of row that are still to come; -1 = not looked at
	out   *vector.Batch
}

// NewReplicate makes the operator for rows with the given columns.
func NewReplicate(s spec.Replicate, input []types.Type) *Replicate {
	return &Replicate{times: s.Times, out: vector.NewBatch(input, 0)}
}

// Open learns the size of batches.
func (op *Replicate) Open(ctx *exec.Context) error {
	op.size = ctx.BatchSize
	return nil
}

// Push takes a batch; Next goes through it.
func (op *Replicate) Push(_ int, b *vector.Batch) error {
	op.batch, op.marks, op.row, op.left = b, b.Marks, 0, -1
	return nil
}

// Next puts out the next repeated rows.
func (op *Replicate) Next() (*vector.Batch, error) {
	b := op.batch
	if b == nil {
		return nil, nil
	}
	op.out.Reset()
	for op.row < b.Len() && op.out.Len() < op.size {
		if op.left < 0 {
			op.takeMarks()
			op.left = 0
			if c := b.Cols[op.times]; !c.IsNull(op.row) {
				op.left = max(c.Int64s()[op.row], 0)
			}
		}
		if op.left > 0 {
			op.out.AppendRow(b, op.row)
			op.left--
		}
		if op.left == 0 {
			op.row++
			op.left = -1
		}
	}
	if op.row == b.Len() {
		op.takeMarks()
		op.batch = nil
	}
	if op.out.Empty() {
		return nil, nil
	}
	return op.out, nil
}

// takeMarks moves the marks in front of the current row into the output.
func (op *Replicate) takeMarks() {
	for len(op.marks) > 0 && op.marks[0].Row <= op.row {
		op.out.Mark(op.marks[0].Watermark)
		op.marks = op.marks[1:]
	}
}

// Finish has nothing to add.
func (op *Replicate) Finish(int) error { return nil }

// Close has nothing to free.
func (op *Replicate) Close() error { return nil }
