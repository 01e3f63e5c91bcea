package state

import (
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/vector"
)

// Lookup finds the records of a batch's rows by key columns. Its memory is used
// again from batch to batch; the zero value is ready.
type Lookup struct {
	// Addrs and Created are what GetBatch gave for the rows of the last batch.
	Addrs   []uint32
	Created []bool

	cols []*vector.Vector
	enc  rowkey.Rows
}

// Get looks up the keys of the rows of b, of those in sel if it is not nil, and
// adds those that are absent. keys are the columns of b that make the key.
func (l *Lookup) Get(t *Table, b *vector.Batch, keys []int, sel []int32) error {
	l.cols = l.cols[:0]
	for _, k := range keys {
		l.cols = append(l.cols, b.Cols[k])
	}
	n := b.Len()
	t.Codec().Encode(&l.enc, l.cols, n, sel, true)
	if sel != nil {
		n = len(sel)
	}
	if cap(l.Addrs) < n {
		l.Addrs, l.Created = make([]uint32, n), make([]bool, n)
	}
	l.Addrs, l.Created = l.Addrs[:n], l.Created[:n]
	return t.GetBatch(&l.enc, l.Addrs, l.Created)
}
