package sort

import (
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// TemporalSort orders an append-only stream by a rowtime column, then by the
// other keys. As in Flink, a row comes out when a watermark passes its time,
// and it is late only if a row of its time or a later one has come out already,
// whatever the watermark was.
type TemporalSort struct {
	ts   []types.Type
	time int
	buf  *Buffer

	ctx   *exec.Context
	saved *state.Value
	late  *metrics.Counter
	fired int64 // time of the latest row put out

	batch *vector.Batch
	marks []vector.Mark
	row   int
	sel   []int32
	first int64  // no row kept is earlier
	rest  []item // scratch of release
	due   int    // sorted rows of buf to put out
	at    int
	mark  types.Instant
	out   *vector.Batch
}

// NewTemporalSort returns a TemporalSort of rows with the given columns. Its
// first key is the rowtime.
func NewTemporalSort(s spec.TemporalSort, input []types.Type) (*TemporalSort, error) {
	return &TemporalSort{ts: input, time: s.Keys[0].Column, buf: NewBuffer(input, s.Keys), fired: int64(types.MinInstant), first: math.MinInt64}, nil
}

// Open opens the state.
func (op *TemporalSort) Open(ctx *exec.Context) error {
	op.ctx = ctx
	op.out = vector.NewBatch(op.ts, 0)
	op.late = &metrics.Counter{}
	if ctx.Metrics != nil {
		op.late = ctx.Metrics.Counter("numLateRecordsDropped")
	}
	var err error
	if op.saved, err = ctx.State.Value("fired"); err != nil {
		return err
	}
	for _, b := range op.saved.Restored {
		op.fired = max(op.fired, int64(binary.LittleEndian.Uint64(b)))
	}
	op.save()
	return op.buf.Open(ctx, "temporal-sort")
}

func (op *TemporalSort) save() {
	op.saved.Bytes = binary.LittleEndian.AppendUint64(op.saved.Bytes[:0], uint64(op.fired))
}

// Push takes a batch; Next goes through it.
func (op *TemporalSort) Push(_ int, b *vector.Batch) error {
	op.batch, op.marks, op.row = b, b.Marks, 0
	return nil
}

// Next puts out the rows that watermarks have passed.
func (op *TemporalSort) Next() (*vector.Batch, error) {
	op.out.Reset()
	for {
		if op.due > 0 {
			n := min(op.due-op.at, op.ctx.BatchSize-op.out.Len())
			op.buf.write(op.out, op.buf.items[op.at:op.at+n])
			if op.at += n; op.at < op.due {
				return op.out, nil
			}
			op.buf.drop(op.due)
			op.due, op.at = 0, 0
			op.out.Mark(op.mark)
			continue
		}
		if op.batch == nil {
			break
		}
		if err := op.advance(); err != nil {
			return nil, err
		}
	}
	if op.out.Empty() {
		return nil, nil
	}
	return op.out, nil
}

// advance takes the rows before the next mark and finds what it releases.
func (op *TemporalSort) advance() error {
	b := op.batch
	end := b.Len()
	if len(op.marks) > 0 {
		end = op.marks[0].Row
	}
	if op.row < end {
		op.sel = op.sel[:0]
		time := b.Cols[op.time]
		var late int64
		for ; op.row < end; op.row++ {
			if time.IsNull(op.row) || time.Timestamp(op.row).Milli <= op.fired {
				late++
				continue
			}
			op.first = min(op.first, time.Timestamp(op.row).Milli)
			op.sel = append(op.sel, int32(op.row))
		}
		op.late.Add(late)
		if len(op.sel) > 0 {
			if err := op.buf.Add(b, op.sel); err != nil {
				return err
			}
		}
	}
	if len(op.marks) == 0 {
		op.batch = nil
		op.save()
		return nil
	}
	op.mark = op.marks[0].Watermark
	op.marks = op.marks[1:]
	op.release()
	if op.due == 0 {
		op.out.Mark(op.mark)
	}
	return nil
}

// release brings the rows that the mark passes to the front, sorted.
func (op *TemporalSort) release() {
	if op.first > int64(op.mark) {
		return
	}
	items := op.buf.items
	op.due, op.first = 0, math.MaxInt64
	op.rest = op.rest[:0]
	for _, it := range items {
		t := op.timeOf(it)
		if t <= int64(op.mark) {
			items[op.due] = it
			op.due++
		} else {
			op.rest = append(op.rest, it)
			op.first = min(op.first, t)
		}
	}
	copy(items[op.due:], op.rest)
	if op.due == 0 {
		return
	}
	op.buf.items = items[:op.due]
	op.buf.Sort()
	op.fired = max(op.fired, op.timeOf(items[op.due-1]))
	op.buf.items = items
}

func (op *TemporalSort) timeOf(it item) int64 {
	p := unsafe.Add(op.buf.rows.Pointer(it.entry), op.buf.codec.Offset(op.time))
	return *(*int64)(p) // of a Timestamp too the milliseconds come first
}

// Finish has nothing to do: the last watermark has released all rows.
func (op *TemporalSort) Finish(int) error { return nil }

// Close gives memory back.
func (op *TemporalSort) Close() error { return op.buf.Close() }
