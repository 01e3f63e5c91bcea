package join

import (
	"unsafe"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/expr"
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// output is a row to put out: a row of the batch, a stored row of the other
// side, or both; what is missing is NULL.
type output struct {
	row   int32 // -1 = none
	kind  types.RowKind
	other unsafe.Pointer // nil = none
}

// writer puts rows out as batches.
type writer struct {
	left, right *side
	leftOnly    bool // semi and anti joins
	batchSize   int
	rows        []output
	marks       []vector.Mark // by position in rows
	at          int

	out   *vector.Batch
	sel   []int32
	ptrs  []unsafe.Pointer
	kinds []types.RowKind
}

func (w *writer) reset() {
	w.rows, w.marks, w.at = w.rows[:0], w.marks[:0], 0
}

func (w *writer) mark(at types.Instant) {
	w.marks = append(w.marks, vector.Mark{Row: len(w.rows), Watermark: at})
}

// next returns the next batch of rows that come from port, nil if all are out.
func (w *writer) next(port int, b *vector.Batch) *vector.Batch {
	n := min(len(w.rows)-w.at, w.batchSize)
	if n == 0 && len(w.marks) == 0 {
		return nil
	}
	w.out.Reset()
	rows := w.rows[w.at : w.at+n]
	own, other := w.left, w.right
	ownAt, otherAt := 0, len(w.left.types)
	if port == 1 {
		own, other = w.right, w.left
		ownAt, otherAt = len(w.left.types), 0
	}
	if !w.leftOnly || port == 0 {
		w.gather(own, b, rows, ownAt)
	}
	if !w.leftOnly || port == 1 {
		w.decode(other, rows, otherAt)
	}
	w.out.SetLen(n)
	w.kinds = w.kinds[:0]
	for _, r := range rows {
		w.kinds = append(w.kinds, r.kind)
	}
	if n > 0 {
		w.out.Kinds = w.kinds
	}
	end := w.at + n
	for len(w.marks) > 0 && (w.marks[0].Row < end || end == len(w.rows)) {
		m := w.marks[0]
		w.out.Marks = append(w.out.Marks, vector.Mark{Row: m.Row - w.at, Watermark: m.Watermark})
		w.marks = w.marks[1:]
	}
	w.at = end
	return w.out
}

// gather writes the columns that come from the batch.
func (w *writer) gather(s *side, b *vector.Batch, rows []output, at int) {
	w.sel = w.sel[:0]
	nulls := false
	for _, r := range rows {
		nulls = nulls || r.row < 0
		w.sel = append(w.sel, max(r.row, 0))
	}
	for k := range s.types {
		out := w.out.Cols[at+k]
		if b == nil || b.Len() == 0 {
			for range rows {
				out.AppendNull()
			}
			continue
		}
		out.Gather(b.Cols[k], w.sel)
		if nulls {
			for i, r := range rows {
				if r.row < 0 {
					out.SetNull(i)
				}
			}
		}
	}
}

// decode writes the columns that come from the state.
func (w *writer) decode(s *side, rows []output, at int) {
	from := 0
	for i := 0; i <= len(rows); i++ {
		if i < len(rows) && rows[i].other != nil {
			continue
		}
		w.ptrs = w.ptrs[:0]
		for _, r := range rows[from:i] {
			w.ptrs = append(w.ptrs, r.other)
		}
		s.codec.Append(w.out.Cols[at:at+len(s.types)], w.ptrs)
		if i < len(rows) {
			for k := range s.types {
				w.out.Cols[at+k].AppendNull()
			}
		}
		from = i + 1
	}
}

// condition is the rest of ON, evaluated over pairs of rows.
type condition struct {
	program *expr.Program
	batch   *vector.Batch
	inputs  []int
	sel     []int32
	ptrs    []unsafe.Pointer
}

func newCondition(e *spec.Expr, ctx *exec.Context, left, right *side) (*condition, error) {
	if e == nil {
		return nil, nil
	}
	p, err := expr.Compile(*e, &function.Env{Zone: ctx.Zone, Now: ctx.Clock.Now, Watermark: ctx.Watermark, Batch: ctx.Batch})
	if err != nil {
		return nil, err
	}
	c := &condition{program: p, batch: &vector.Batch{Cols: make([]*vector.Vector, len(left.types)+len(right.types))}}
	c.inputs = p.Inputs()
	for _, i := range c.inputs {
		t := types.Type{}
		if i < len(left.types) {
			t = left.types[i]
		} else {
			t = right.types[i-len(left.types)]
		}
		c.batch.Cols[i] = vector.New(t, 0)
	}
	return c, nil
}

// holds returns the condition for each pair of a row of b, from port, and a
// stored row of the other side. A pair without a stored row is undefined.
func (c *condition) holds(port int, b *vector.Batch, other *side, leftWidth int, pairs []pair) (*vector.Vector, error) {
	c.sel, c.ptrs = c.sel[:0], c.ptrs[:0]
	for _, p := range pairs {
		if p.entry != 0 {
			c.sel = append(c.sel, p.row)
			c.ptrs = append(c.ptrs, other.pointer(p.entry))
		}
	}
	for _, i := range c.inputs {
		v := c.batch.Cols[i]
		v.Reset()
		fromLeft := i < leftWidth
		k := i
		if !fromLeft {
			k -= leftWidth
		}
		if fromLeft == (port == 0) {
			v.Gather(b.Cols[k], c.sel)
		} else {
			other.codec.AppendColumn(v, k, c.ptrs)
		}
	}
	c.batch.SetLen(len(c.sel))
	return c.program.Eval(c.batch)
}

// pointer returns the address of a stored row.
func (s *side) pointer(e uint32) unsafe.Pointer {
	if s.unique != nil {
		return s.rows.Payload(e)
	}
	return s.rows.Pointer(e)
}
