package window

import (
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// late counts the rows that were dropped, as Flink does. Its usual plan has a
// local aggregate before the exchange, which folds the rows of a key and slice
// into one; they are dropped behind it, and counted as one. It lets them go
// when a watermark passes the end of a slice, and before a checkpoint.
type late struct {
	counter *metrics.Counter
	local   bool
	slice   int64
	trigger int64 // the watermark that makes the local aggregate let go
	codec   *rowkey.Codec
	enc     rowkey.Rows
	cols    []*vector.Vector
	name    []byte
	seen    map[string]struct{} // key and slice end of what the local aggregate holds
}

// maxLate bounds seen; Flink's local aggregate lets go when its memory is full.
const maxLate = 1 << 14

func newLate(c *metrics.Counter, local bool, keys []types.Type, slice int64) late {
	return late{counter: c, local: local, slice: slice, codec: rowkey.New(keys), cols: make([]*vector.Vector, len(keys)), seen: map[string]struct{}{}}
}

// row counts row i of b, whose group keys are the given columns.
func (l *late) row(b *vector.Batch, keys []int, i int, slice int64) {
	if !l.local {
		l.counter.Add(1)
		return
	}
	for n, k := range keys {
		l.cols[n] = b.Cols[k]
	}
	l.name = l.name[:0]
	for shift := 0; shift < 64; shift += 8 {
		l.name = append(l.name, byte(slice>>shift))
	}
	if len(keys) > 0 {
		l.codec.Encode(&l.enc, l.cols, 0, []int32{int32(i)}, false)
		l.name = append(l.name, l.enc.Bytes(0)...)
	}
	if _, ok := l.seen[string(l.name)]; ok {
		return
	}
	l.seen[string(l.name)] = struct{}{}
	if len(l.seen) == maxLate {
		l.flush()
	}
}

// mark tells of a watermark.
func (l *late) mark(w types.Instant) {
	if !l.local || int64(w) < l.trigger {
		return
	}
	l.flush()
	if w == types.MaxInstant {
		l.trigger = int64(w)
		return
	}
	if l.trigger = floor(int64(w), 0, l.slice) + l.slice - 1; l.trigger <= int64(w) {
		l.trigger += l.slice
	}
}

func (l *late) flush() {
	l.counter.Add(int64(len(l.seen)))
	clear(l.seen)
}
