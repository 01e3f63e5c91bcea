package table

import (
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/vector"
)

// Collect is the end of a SELECT: its output goes to the client over a link of
// its own, so the client's pace is that of the job.
type Collect struct{ b *vector.Batch }

// NewCollect makes the operator of a Collect spec.
func NewCollect() *Collect { return &Collect{} }

// Open has nothing to do.
func (op *Collect) Open(*exec.Context) error { return nil }

// Push takes rows.
func (op *Collect) Push(_ int, b *vector.Batch) error {
	op.b = b
	return nil
}

// Next hands them on.
func (op *Collect) Next() (*vector.Batch, error) {
	b := op.b
	op.b = nil
	return b, nil
}

// Finish has nothing left to do.
func (op *Collect) Finish(int) error { return nil }

// Close has nothing to free.
func (op *Collect) Close() error { return nil }
