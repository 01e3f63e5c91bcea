package calc

import (
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/expr"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Expand puts each row out once per projection, one after the other.
type Expand struct {
	spec      *spec.Expand
	projects  []*expr.Program
	batchSize int

	watermark types.Instant
	in        *vector.Batch // nil: drained
	cols      [][]*vector.Vector
	row, mark int // of in, to go on from
	out       *vector.Batch
}

// NewExpand makes the operator of an Expand spec.
func NewExpand(s *spec.Expand) *Expand { return &Expand{spec: s, watermark: types.MinInstant} }

// Open compiles the projections.
func (op *Expand) Open(ctx *exec.Context) error {
	env := environment(ctx, &op.watermark)
	op.batchSize = max(ctx.BatchSize, len(op.spec.Projects))
	ts := make([]types.Type, len(op.spec.Projects[0]))
	for k, list := range op.spec.Projects {
		p, err := expr.CompileList(list, env)
		if err != nil {
			return err
		}
		op.projects = append(op.projects, p)
		for i, e := range list {
			if k == 0 || !e.Type.NotNull {
				ts[i] = e.Type
			}
		}
	}
	op.cols = make([][]*vector.Vector, len(op.projects))
	op.out = vector.NewBatch(ts, op.batchSize)
	return nil
}

// Push evaluates the projections.
func (op *Expand) Push(_ int, b *vector.Batch) (err error) {
	op.in, op.row, op.mark = b, 0, 0
	for k, p := range op.projects {
		if op.cols[k], err = p.EvalAll(b); err != nil {
			return err
		}
	}
	if k := len(b.Marks); k > 0 {
		op.watermark = max(op.watermark, b.Marks[k-1].Watermark)
	}
	return nil
}

// Next puts out as many whole rows' repetitions as a batch takes.
func (op *Expand) Next() (*vector.Batch, error) {
	if op.in == nil {
		return nil, nil
	}
	o := op.out
	o.Reset()
	to := min(op.in.Len(), op.row+op.batchSize/len(op.projects))
	for ; op.row < to; op.row++ {
		op.marksBefore(op.row)
		for _, cols := range op.cols {
			for i, c := range cols {
				o.Cols[i].AppendFrom(c, op.row)
			}
			o.AppendKind(op.in.Kind(op.row))
			o.SetLen(o.Len() + 1)
		}
	}
	if op.row == op.in.Len() {
		op.marksBefore(op.row)
		op.in = nil
	}
	if o.Empty() {
		return nil, nil
	}
	return o, nil
}

// marksBefore puts out the marks up to that row.
func (op *Expand) marksBefore(row int) {
	for ; op.mark < len(op.in.Marks) && op.in.Marks[op.mark].Row <= row; op.mark++ {
		op.out.Mark(op.in.Marks[op.mark].Watermark)
	}
}

// Finish has nothing to add.
func (op *Expand) Finish(int) error { return nil }

// Close has nothing to free.
func (op *Expand) Close() error { return nil }
