package vector

import "github.com/flott/flott/types"

// Mark is a watermark between two rows of a batch: it holds from before row
// Row on (Row may be the batch's length: after the last row).
type Mark struct {
	Row       int
	Watermark types.Instant
}

// Batch is a run of rows as columns, with the kinds of the rows and the
// watermarks between them. An empty batch may carry marks.
type Batch struct {
	Cols []*Vector
	// Kinds has one entry a row; nil = all +I.
	Kinds []types.RowKind
	// Marks is sorted by Row, and by Watermark within it.
	Marks []Mark

	n int
}

// NewBatch returns an empty batch with one column for each type.
func NewBatch(ts []types.Type, capacity int) *Batch {
	b := &Batch{Cols: make([]*Vector, len(ts))}
	for i, t := range ts {
		b.Cols[i] = New(t, capacity)
	}
	return b
}

// Len returns the number of rows.
func (b *Batch) Len() int { return b.n }

// SetLen says how many rows the columns hold.
func (b *Batch) SetLen(n int) { b.n = n }

// Reset empties the batch and its columns and keeps their memory.
func (b *Batch) Reset() {
	for _, c := range b.Cols {
		c.Reset()
	}
	b.Kinds, b.Marks, b.n = nil, b.Marks[:0], 0
}

// Kind returns the kind of row i.
func (b *Batch) Kind(i int) types.RowKind {
	if b.Kinds == nil {
		return types.Insert
	}
	return b.Kinds[i]
}

// AppendKind records the kind of the row being appended; call it before the
// batch's length is raised by that row.
func (b *Batch) AppendKind(k types.RowKind) {
	if b.Kinds == nil {
		if k == types.Insert {
			return
		}
		b.Kinds = make([]types.RowKind, b.n, b.n+DefaultSize)
	}
	b.Kinds = append(b.Kinds, k)
}

// AppendRow adds row i of o, column by column, with its kind.
func (b *Batch) AppendRow(o *Batch, i int) {
	for k, c := range b.Cols {
		c.AppendFrom(o.Cols[k], i)
	}
	b.AppendKind(o.Kind(i))
	b.n++
}

// Mark adds a watermark behind the rows appended so far.
func (b *Batch) Mark(w types.Instant) { b.Marks = append(b.Marks, Mark{b.n, w}) }

// Empty reports that there is neither a row nor a mark.
func (b *Batch) Empty() bool { return b.n == 0 && len(b.Marks) == 0 }

// Gather makes b the rows sel (ascending) of o with o's marks moved to where
// they belong among the rows that stay. Columns share o's strings.
func (b *Batch) Gather(o *Batch, sel []int32) {
	for k, c := range b.Cols {
		c.Gather(o.Cols[k], sel)
	}
	b.n = len(sel)
	b.Kinds = nil
	if o.Kinds != nil {
		b.Kinds = make([]types.RowKind, len(sel))
		for i, s := range sel {
			b.Kinds[i] = o.Kinds[s]
		}
	}
	b.Marks = MoveMarks(b.Marks[:0], o.Marks, sel)
}

// MoveMarks appends to dst the marks for the rows sel (ascending) that stay of
// the rows the marks were made for.
func MoveMarks(dst, marks []Mark, sel []int32) []Mark {
	i := 0
	for _, m := range marks {
		for i < len(sel) && int(sel[i]) < m.Row {
			i++
		}
		if k := len(dst); k > 0 && dst[k-1].Row == i {
			dst[k-1].Watermark = max(dst[k-1].Watermark, m.Watermark)
			continue
		}
		dst = append(dst, Mark{i, m.Watermark})
	}
	return dst
}

// Copy returns a batch of its own memory with the same rows, kinds and marks.
func (b *Batch) Copy() *Batch {
	c := &Batch{Cols: make([]*Vector, len(b.Cols)), n: b.n}
	for k, v := range b.Cols {
		c.Cols[k] = New(v.Type(), b.n)
		c.Cols[k].AppendVector(v, 0, b.n)
	}
	c.Kinds = append(c.Kinds, b.Kinds...)
	c.Marks = append(c.Marks, b.Marks...)
	return c
}

// SizeBytes is about the memory that the rows take.
func (b *Batch) SizeBytes() int {
	s := len(b.Kinds) + len(b.Marks)*16
	for _, c := range b.Cols {
		s += c.SizeBytes()
	}
	return s
}
