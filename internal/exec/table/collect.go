package table

import (
	"strings"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/vector"
)

// Collect is the end of a SELECT: its output goes to the client over a link of
// its own, so the client's pace is that of the job. As in Flink it is a sink,
// which takes no NULL where the query's type says NOT NULL.
type Collect struct {
	spec    *spec.Collect
	notNull *notNull
	b       *vector.Batch
}

// NewCollect makes the operator of a Collect spec.
func NewCollect(s *spec.Collect) *Collect { return &Collect{spec: s} }

// Open reads how NULLs are dealt with.
func (op *Collect) Open(ctx *exec.Context) error {
	op.notNull = newNotNull("the query", op.spec.Columns, strings.EqualFold(ctx.Options["table.exec.sink.not-null-enforcer"], "drop"))
	return nil
}

// Push takes rows.
func (op *Collect) Push(_ int, b *vector.Batch) (err error) {
	op.b, err = op.notNull.enforce(b)
	return err
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
