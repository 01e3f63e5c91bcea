package calc

import (
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/expr"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Unnest joins each row with the elements of a collection in it.
type Unnest struct {
	spec    spec.Unnest
	width   int // columns of the input
	program *expr.Program
	size    int

	watermark types.Instant
	batch     *vector.Batch
	list      *vector.Vector
	marks     []vector.Mark
	row       int
	next      int   // the element of row that comes next
	copies    int64 // how often the last one has come out (MULTISET)
	position  int32
	order     []int32 // of row's elements, if they come in another order
	ordered   int     // the row that order is for, + 1

	rows, elems []int32 // of the output: the row, and its element or -1
	places      []int32
	kinds       []types.RowKind
	out         *vector.Batch
}

// NewUnnest makes the operator for rows with the given columns.
func NewUnnest(s spec.Unnest, input []types.Type, output []spec.Column) *Unnest {
	ts := make([]types.Type, len(output))
	for i, c := range output {
		ts[i] = c.Type
	}
	return &Unnest{spec: s, width: len(input), out: vector.NewBatch(ts, 0), watermark: types.MinInstant}
}

// Open compiles the collection.
func (op *Unnest) Open(ctx *exec.Context) (err error) {
	op.size = ctx.BatchSize
	op.program, err = expr.CompileList([]spec.Expr{op.spec.Collection}, environment(ctx, &op.watermark))
	return err
}

// Push takes a batch; Next goes through it.
func (op *Unnest) Push(_ int, b *vector.Batch) error {
	op.batch, op.marks, op.row, op.next, op.copies, op.position, op.ordered = b, b.Marks, 0, 0, 0, 0, 0
	if b.Len() > 0 {
		cols, err := op.program.EvalAll(b)
		if err != nil {
			return err
		}
		op.list = cols[0]
	}
	if k := len(b.Marks); k > 0 {
		op.watermark = max(op.watermark, b.Marks[k-1].Watermark)
	}
	return nil
}

// Next puts out the next pairs.
func (op *Unnest) Next() (*vector.Batch, error) {
	b := op.batch
	if b == nil {
		return nil, nil
	}
	op.out.Reset()
	op.rows, op.elems, op.places, op.kinds = op.rows[:0], op.elems[:0], op.places[:0], op.kinds[:0]
	for op.row < b.Len() && len(op.rows) < op.size {
		op.takeMarks()
		if !op.pair() {
			op.row++
			op.next, op.position = 0, 0
		}
	}
	if op.row == b.Len() {
		op.takeMarks()
		op.batch = nil
	}
	if len(op.rows) > 0 {
		op.gather(b)
	}
	if op.out.Empty() {
		return nil, nil
	}
	return op.out, nil
}

func (op *Unnest) takeMarks() {
	for len(op.marks) > 0 && op.marks[0].Row <= op.row {
		op.out.Marks = append(op.out.Marks, vector.Mark{Row: len(op.rows), Watermark: op.marks[0].Watermark})
		op.marks = op.marks[1:]
	}
}

// pair lists the next pair of the current row, false if there is none left.
func (op *Unnest) pair() bool {
	from, to := 0, 0
	if !op.list.IsNull(op.row) {
		from, to = op.list.List(op.row)
	}
	e := int32(-1)
	if from+op.next < to {
		e = int32(from + op.next)
		if op.spec.HashOrder {
			if op.ordered != op.row+1 {
				op.order, op.ordered = hashOrder(op.list.Child(0), from, to, op.order), op.row+1
			}
			e = op.order[op.next]
		}
		if op.list.Type().Kind == types.Multiset {
			if op.copies++; op.copies < int64(op.list.Child(1).Int32s()[e]) {
				op.next--
			} else {
				op.copies = 0
			}
		}
	} else if !op.spec.Left || op.next > 0 {
		return false
	}
	op.next++
	op.position++
	op.rows, op.elems, op.places = append(op.rows, int32(op.row)), append(op.elems, e), append(op.places, op.position)
	op.kinds = append(op.kinds, op.batch.Kind(op.row))
	return true
}

// gather fills the output's columns.
func (op *Unnest) gather(b *vector.Batch) {
	for i := range op.width {
		op.out.Cols[i].Gather(b.Cols[i], op.rows)
	}
	at := op.width
	column := func(v *vector.Vector, null func(e int) bool) {
		out := op.out.Cols[at]
		at++
		if v.Len() == 0 {
			for range op.rows {
				out.AppendNull()
			}
			return
		}
		sel := make([]int32, len(op.elems))
		for i, e := range op.elems {
			sel[i] = max(e, 0)
		}
		out.Gather(v, sel)
		for i, e := range op.elems {
			if e < 0 || null != nil && null(int(e)) {
				out.SetNull(i)
			}
		}
	}
	first := op.list.Child(0)
	switch {
	case op.list.Type().Kind == types.Map:
		column(first, nil)
		column(op.list.Child(1), nil)
	case first.Type().Kind == types.Row:
		for _, f := range first.Children() {
			column(f, first.IsNull)
		}
	default:
		column(first, nil)
	}
	if op.spec.Ordinality {
		for i, p := range op.places {
			if op.elems[i] < 0 {
				op.out.Cols[at].AppendNull()
			} else {
				vector.Append(op.out.Cols[at], p)
			}
		}
	}
	if b.Kinds != nil {
		op.out.Kinds = op.kinds
	}
	op.out.SetLen(len(op.rows))
}

// Finish has nothing to add.
func (op *Unnest) Finish(int) error { return nil }

// Close has nothing to free.
func (op *Unnest) Close() error { return nil }
