package over

import (
	"encoding/binary"
	"slices"
	"unsafe"

	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/exec/timer"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Rowtime is an Over in the order of a rowtime column. A row waits until the
// watermark passes its time; then the rows of its partition and time are folded,
// and come out. Frames start at the beginning or some rows or time before, and
// end at the current row (ROWS) or at the last row of the same time (RANGE).
//
// Which rows are too late is as in Flink: those that the watermark has passed
// where the frame has no start; else those not after the last time for which
// rows of their partition came out.
type Rowtime struct {
	spec  spec.Over
	input []types.Type
	keys  []types.Type
	time  int
	f     *folder

	ctx    *exec.Context
	codec  *rowkey.Codec
	rows   *state.Multi // waiting rows, and those in frames
	list   int
	record int // offset of partition in the table's records
	saved  *state.Value
	late   *metrics.Counter

	timers    *timer.Queue[uint32]
	waiting   map[moment]chain
	charged   int64
	watermark types.Instant
	target    types.Instant
	firing    bool
	batch     *vector.Batch
	marks     []vector.Mark
	row       int
	whole     rowkey.Rows
	owners    state.Lookup
	o         output
	empty     []uint32
}

// partition is what a record holds besides aggregates and lists.
type partition struct {
	last       int64  // the last time for which rows came out
	cleanup    int64  // when all is forgotten; 0 = not planned
	head, tail uint32 // the frame's rows, linked by Aux
	n          int64  // their number
}

const partitionBytes = int(unsafe.Sizeof(partition{}))

// moment is a time of a partition; its chain are the rows that wait for it,
// linked by Aux.
type moment struct {
	at   int64
	addr uint32
}

type chain struct{ first, last uint32 }

// momentBytes is about what a timer and a chain take on the Go heap.
const momentBytes = 96

// New returns the operator of an Over.
func New(s spec.Over, input []types.Type) (exec.Operator, error) {
	switch s.Order {
	case spec.OverRowtime:
		return newRowtime(s, input)
	case spec.OverArrival:
		return newArrival(s, input)
	case spec.OverValue:
		return newValue(s, input)
	}
	return newSorted(s, input)
}

func newRowtime(s spec.Over, input []types.Type) (*Rowtime, error) {
	op := &Rowtime{spec: s, input: input, time: s.Sort[0].Column, watermark: types.MinInstant,
		timers: timer.New[uint32](), waiting: map[moment]chain{}}
	for _, k := range s.Keys {
		op.keys = append(op.keys, input[k])
	}
	var err error
	if op.f, err = newFolder(s.Calls, input, !s.Frame.Start.Unbounded, false); err != nil {
		return nil, err
	}
	op.codec = op.f.codec
	op.record = op.f.set.Claim(partitionBytes)
	op.list = op.f.set.List(state.MultiDesc{Value: state.Fingerprint("rows with times", input...), Timed: true})
	return op, nil
}

// Open opens the state and sets the timers of the rows that wait.
func (op *Rowtime) Open(ctx *exec.Context) error {
	op.ctx = ctx
	op.late = counter(ctx, "numLateRecordsDropped")
	d, multis := op.f.set.Desc("over", op.keys)
	t, ms, err := ctx.State.Table(d, multis...)
	if err != nil {
		return err
	}
	op.rows = ms[op.list]
	op.f.table, op.f.stored = &state.WindowTable{Table: t, Multis: ms}, op.rows
	if op.saved, err = ctx.State.Value("watermark"); err != nil {
		return err
	}
	for i, b := range op.saved.Restored {
		if w := types.Instant(binary.LittleEndian.Uint64(b)); i == 0 || w < op.watermark {
			op.watermark = w
		}
	}
	op.save()
	op.o = newOutput(op.f, ctx.BatchSize)
	return op.restore()
}

func counter(ctx *exec.Context, name string) *metrics.Counter {
	if ctx.Metrics == nil {
		return &metrics.Counter{}
	}
	return ctx.Metrics.Counter(name)
}

// restore links the rows again: entries may have got other addresses.
func (op *Rowtime) restore() error {
	var c state.Cursor
	var some [64]uint32
	for n := op.f.table.Next(&c, some[:]); n > 0; n = op.f.table.Next(&c, some[:]) {
		for _, addr := range some[:n] {
			p := op.partition(addr)
			p.head, p.tail = 0, 0
			var folded []uint32
			for e := op.rows.Head(addr); e != 0; e = op.rows.After(e) {
				if *op.rows.Count(e) > 0 {
					folded = append(folded, e)
				} else if err := op.wait(addr, e); err != nil {
					return err
				}
			}
			slices.SortStableFunc(folded, func(a, b uint32) int { return int(*op.rows.Time(a) - *op.rows.Time(b)) })
			for _, e := range folded {
				op.link(op.partition(addr), e)
			}
			if p.cleanup != 0 {
				op.timers.Add(p.cleanup, addr)
			}
		}
	}
	return nil
}

func (op *Rowtime) save() {
	op.saved.Bytes = binary.LittleEndian.AppendUint64(op.saved.Bytes[:0], uint64(op.watermark))
}

func (op *Rowtime) partition(addr uint32) *partition {
	return (*partition)(unsafe.Add(op.f.table.Record(addr), op.record))
}

// Push takes a batch; Next goes through it.
func (op *Rowtime) Push(_ int, b *vector.Batch) error {
	op.batch, op.marks, op.row = b, b.Marks, 0
	n := b.Len()
	if n == 0 {
		return nil
	}
	op.codec.Encode(&op.whole, b.Cols, n, nil, false)
	return op.owners.Get(op.f.table.Table, b, op.spec.Keys, nil)
}

// Next puts out rows that the watermark has passed.
func (op *Rowtime) Next() (*vector.Batch, error) {
	for {
		if out := op.o.next(op.rows); out != nil {
			return out, nil
		}
		if op.batch == nil && !op.firing {
			op.removeEmpty()
			return nil, nil
		}
		for !op.o.full() {
			if op.firing {
				if err := op.fire(); err != nil {
					return nil, err
				}
				continue
			}
			if op.batch == nil {
				break
			}
			if err := op.advance(); err != nil {
				return nil, err
			}
		}
		if err := op.f.run(); err != nil {
			return nil, err
		}
	}
}

// advance takes the rows before the next mark.
func (op *Rowtime) advance() error {
	end := op.batch.Len()
	if len(op.marks) > 0 {
		end = op.marks[0].Row
	}
	for ; op.row < end; op.row++ {
		if err := op.take(op.row); err != nil {
			return err
		}
	}
	if len(op.marks) == 0 {
		op.batch = nil
		op.save()
		return nil
	}
	op.firing, op.target = true, op.marks[0].Watermark
	op.marks = op.marks[1:]
	return nil
}

// take lets row i wait for its time, unless it comes too late.
func (op *Rowtime) take(i int) error {
	time := op.batch.Cols[op.time]
	if time.IsNull(i) {
		op.late.Add(1)
		return nil
	}
	at := time.Timestamp(i).Milli
	addr := op.owners.Addrs[i]
	passed := int64(op.watermark)
	if !op.spec.Frame.Start.Unbounded {
		passed = op.partition(addr).last
	}
	if at <= passed {
		op.late.Add(1)
		return nil
	}
	e, err := op.rows.Add(addr, op.whole.Bytes(i), 0)
	if err != nil {
		return err
	}
	*op.rows.Time(e) = at
	if err := op.wait(addr, e); err != nil {
		return err
	}
	if op.forgets() {
		// Flink's rule: half a frame later than necessary, so that not every row
		// needs a timer of its own.
		before := -op.spec.Frame.Start.Offset
		if p := op.partition(addr); p.cleanup < at+before+1 {
			p.cleanup = at + before + before/2 + 1
			op.timers.Add(p.cleanup, addr)
		}
	}
	return nil
}

// forgets: partitions are dropped when their frames are empty.
func (op *Rowtime) forgets() bool { return !op.spec.Frame.Rows && !op.spec.Frame.Start.Unbounded }

// wait puts a stored row at the end of those of its time.
func (op *Rowtime) wait(addr, e uint32) error {
	m := moment{*op.rows.Time(e), addr}
	*op.rows.Aux(e) = 0
	c, ok := op.waiting[m]
	if ok {
		*op.rows.Aux(c.last) = int32(e)
		c.last = e
	} else {
		if err := op.ctx.Memory.Charge(momentBytes); err != nil {
			return err
		}
		op.charged += momentBytes
		c = chain{e, e}
		op.timers.Add(m.at, addr)
	}
	op.waiting[m] = c
	return nil
}

// fire folds the rows of the next time that the target passes; when there is
// none left, the watermark goes on.
func (op *Rowtime) fire() error {
	at, addr, ok := op.timers.Pop(int64(op.target))
	if !ok {
		op.firing = false
		op.watermark = max(op.watermark, op.target)
		op.o.mark(op.target)
		op.save()
		return nil
	}
	p := op.partition(addr)
	if p.cleanup != 0 && p.cleanup <= at {
		op.forget(addr)
		return nil
	}
	p.last = at
	c, ok := op.waiting[moment{at, addr}]
	if !ok {
		return nil
	}
	delete(op.waiting, moment{at, addr})
	op.charged -= momentBytes
	if err := op.ctx.Memory.Charge(-momentBytes); err != nil {
		return err
	}
	return op.fold(addr, at, c)
}

// fold lets the rows of a time enter the frame and puts them out.
func (op *Rowtime) fold(addr uint32, at int64, c chain) error {
	f := op.spec.Frame
	if !f.Rows && !f.Start.Unbounded {
		for p := op.partition(addr); p.head != 0 && *op.rows.Time(p.head) < at+f.Start.Offset; {
			op.leave(addr, p)
		}
	}
	for e := c.first; e != 0; {
		next := uint32(*op.rows.Aux(e))
		if f.Rows && !f.Start.Unbounded {
			if p := op.partition(addr); p.n > -f.Start.Offset {
				op.leave(addr, p)
			}
		}
		if err := op.f.enter(addr, e); err != nil {
			return err
		}
		if !f.Start.Unbounded {
			p := op.partition(addr)
			op.link(p, e)
			p.n++
		}
		if f.Rows {
			op.o.add(addr, e)
		}
		e = next
	}
	for e := c.first; e != 0; {
		next := uint32(*op.rows.Aux(e))
		if !f.Rows {
			op.o.add(addr, e)
		}
		if f.Start.Unbounded {
			op.o.gone = append(op.o.gone, e)
		}
		e = next
	}
	return nil
}

// link puts a row at the end of its partition's frame.
func (op *Rowtime) link(p *partition, e uint32) {
	*op.rows.Aux(e), *op.rows.Count(e) = 0, 1
	if p.tail == 0 {
		p.head = e
	} else {
		*op.rows.Aux(p.tail) = int32(e)
	}
	p.tail = e
}

// leave takes the first row out of the frame.
func (op *Rowtime) leave(addr uint32, p *partition) {
	e := p.head
	if p.head = uint32(*op.rows.Aux(e)); p.head == 0 {
		p.tail = 0
	}
	p.n--
	op.f.step(addr, e, -1)
	op.o.gone = append(op.o.gone, e)
}

// forget empties a partition in which nothing is near the watermark any more.
func (op *Rowtime) forget(addr uint32) {
	p := op.partition(addr)
	for p.head != 0 {
		op.leave(addr, p)
	}
	*p = partition{}
	op.empty = append(op.empty, addr)
}

// removeEmpty deletes the partitions that nothing is left of, once everything is
// out and no row to come refers to them.
func (op *Rowtime) removeEmpty() {
	for _, a := range op.empty {
		if op.f.table.Live(a) && op.rows.Entries(a) == 0 {
			op.f.table.Delete(a)
		}
	}
	op.empty = op.empty[:0]
}

// Finish has nothing to do: the last watermark has let all rows go.
func (op *Rowtime) Finish(int) error { return nil }

// Close gives the memory of timers back.
func (op *Rowtime) Close() error {
	n := op.charged
	op.charged = 0
	if n == 0 {
		return nil
	}
	return op.ctx.Memory.Charge(-n)
}
