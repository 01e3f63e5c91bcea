package calc

import (
	"time"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/expr"
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Calc passes on the rows that meet a condition, with new columns. A column
// that only passes through is not copied.
type Calc struct {
	spec    *spec.Calc
	filter  *expr.Filter // nil: all rows
	project *expr.Program

	watermark types.Instant // before the next batch
	chosen    chooser
	out       vector.Batch
	full      bool // out waits for Next
}

// New makes the operator of a Calc spec.
func New(s *spec.Calc) *Calc { return &Calc{spec: s, watermark: types.MinInstant} }

// Open compiles the expressions.
func (op *Calc) Open(ctx *exec.Context) (err error) {
	env := environment(ctx, &op.watermark)
	if op.spec.Condition != nil {
		if op.filter, err = expr.CompileFilter(*op.spec.Condition, env); err != nil {
			return err
		}
	}
	op.project, err = expr.CompileList(op.spec.Project, env)
	return err
}

// environment is what expressions see of the operator: in batch mode the clock
// stands still.
func environment(ctx *exec.Context, watermark *types.Instant) *function.Env {
	env := &function.Env{Zone: ctx.Zone, Batch: ctx.Batch, LegacyCast: ctx.Options["table.exec.legacy-cast-behaviour"] == "ENABLED"}
	env.Watermark = func() types.Instant { return *watermark }
	if ctx.Clock != nil {
		env.Now = ctx.Clock.Now
		if start := ctx.Clock.Now(); ctx.Batch {
			env.Now = func() time.Time { return start }
		}
	}
	return env
}

// Push filters and projects b.
func (op *Calc) Push(_ int, b *vector.Batch) error {
	op.full = false
	in := b
	if op.filter != nil && b.Len() > 0 {
		sel, err := op.filter.Select(b)
		if err != nil {
			return err
		}
		if len(sel) < b.Len() {
			in = op.chosen.choose(b, sel, op.project.Inputs())
		}
	}
	cols, err := op.project.EvalAll(in)
	if err != nil {
		return err
	}
	if k := len(b.Marks); k > 0 {
		op.watermark = max(op.watermark, b.Marks[k-1].Watermark)
	}
	op.out.Cols, op.out.Kinds, op.out.Marks = cols, in.Kinds, in.Marks
	op.out.SetLen(in.Len())
	op.full = !op.out.Empty()
	return nil
}

// Next returns the rows of the batch pushed, if any are left.
func (op *Calc) Next() (*vector.Batch, error) {
	if !op.full {
		return nil, nil
	}
	op.full = false
	return &op.out, nil
}

// Finish has nothing to add.
func (op *Calc) Finish(int) error { return nil }

// Close has nothing to free.
func (op *Calc) Close() error { return nil }

// chooser holds some rows of a batch in memory that is used again.
type chooser struct {
	b     vector.Batch
	own   []*vector.Vector // by column
	kinds []types.RowKind
}

// choose returns the rows sel of b with their kinds and marks; only the columns
// wanted are there, the others are nil.
func (c *chooser) choose(b *vector.Batch, sel []int32, wanted []int) *vector.Batch {
	if c.own == nil {
		c.own = make([]*vector.Vector, len(b.Cols))
		c.b.Cols = make([]*vector.Vector, len(b.Cols))
	}
	for _, i := range wanted {
		if c.own[i] == nil {
			c.own[i] = vector.New(b.Cols[i].Type(), len(sel))
		}
		c.own[i].Gather(b.Cols[i], sel)
		c.b.Cols[i] = c.own[i]
	}
	c.b.Kinds = nil
	if b.Kinds != nil {
		c.kinds = c.kinds[:0]
		for _, r := range sel {
			c.kinds = append(c.kinds, b.Kinds[r])
		}
		c.b.Kinds = c.kinds
	}
	c.b.Marks = vector.MoveMarks(c.b.Marks[:0], b.Marks, sel)
	c.b.SetLen(len(sel))
	return &c.b
}
