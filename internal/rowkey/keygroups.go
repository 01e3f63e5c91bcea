package rowkey

import (
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Partitioner tells which key group each row of a batch belongs to. It is what
// the exchange's hash partitioning and the state agree on.
type Partitioner struct {
	codec          *Codec
	keys           []int
	cols           []*vector.Vector
	rows           Rows
	maxParallelism int
}

// NewPartitioner returns a partitioner by the given columns of rows with the
// given types. Without keys all rows belong to one key group.
func NewPartitioner(input []types.Type, keys []int, maxParallelism int) *Partitioner {
	ts := make([]types.Type, len(keys))
	for i, k := range keys {
		ts[i] = input[k]
	}
	return &Partitioner{codec: New(ts), keys: keys, cols: make([]*vector.Vector, len(keys)), maxParallelism: maxParallelism}
}

// KeyGroups appends the key group of every row of b to dst.
func (p *Partitioner) KeyGroups(dst []uint16, b *vector.Batch) []uint16 {
	for i, k := range p.keys {
		p.cols[i] = b.Cols[k]
	}
	p.codec.Encode(&p.rows, p.cols, b.Len(), nil, true)
	for _, h := range p.rows.hash {
		dst = append(dst, uint16(KeyGroup(h, p.maxParallelism)))
	}
	return dst
}
