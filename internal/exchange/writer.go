package exchange

import (
	"time"

	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// target is where a Writer writes: a Link here or the near end of one elsewhere.
type target interface {
	room() bool
	// put sends an element whose rows take size bytes and takes them over; it
	// returns an empty batch to fill, nil if there is none.
	put(e element.Element, size int) (spare *vector.Batch)
	setWriter(wake func())
	queued() Queue
}

// WriterConfig describes a Writer.
type WriterConfig struct {
	Kind  spec.ExchangeKind
	Types []types.Type
	// Route appends to dst the target of each row of b; needed by Hash.
	Route func(dst []int32, b *vector.Batch) []int32
	// Subtask is the number of the writing subtask: where a rebalancing
	// writer begins, and what a forwarding one writes to.
	Subtask     int
	BatchSize   int           // rows of a buffer at the most
	BufferBytes int           // a buffer of that many bytes goes out
	Timeout     time.Duration // the longest a row waits in a buffer while the task is busy
	Now         func() time.Time
	Bytes       *metrics.Counter // numBytesOut; may be nil
	Buffers     *metrics.Counter // numBuffersOut; likewise
	// Wake is called when a writer that had no room may have some.
	Wake func()
}

// Writer spreads the output of one operator over the subtasks of the next
// vertex. It belongs to one task's goroutine.
type Writer struct {
	WriterConfig
	targets []target
	buffers []*vector.Batch
	next    int       // of a rebalancing writer
	oldest  time.Time // when the first row still in a buffer was written; zero = none
	idle    bool
	said    bool // something was sent to each target
	marked  int  // latency markers sent
	route   []int32
	sel     [][]int32
}

// NewWriter returns a writer to the given outputs, in the order of subtasks.
func NewWriter(c WriterConfig, outputs []Output) *Writer {
	w := &Writer{WriterConfig: c, next: c.Subtask % max(len(outputs), 1)}
	for _, o := range outputs {
		o.t.setWriter(c.Wake)
		w.targets = append(w.targets, o.t)
		w.buffers = append(w.buffers, vector.NewBatch(c.Types, 0))
	}
	w.sel = make([][]int32, len(outputs))
	return w
}

// Room reports whether every link takes another buffer. If not, Wake will be
// called.
func (w *Writer) Room() bool {
	for _, t := range w.targets {
		if !t.room() {
			return false
		}
	}
	return true
}

// Write copies the rows and marks of b into the buffers and lets full ones go.
func (w *Writer) Write(b *vector.Batch) {
	if b.Empty() {
		return
	}
	w.idle = false
	if w.oldest.IsZero() {
		w.oldest = w.Now()
	}
	row := 0
	for _, m := range b.Marks {
		w.rows(b, row, m.Row)
		row = m.Row
		for _, o := range w.buffers {
			mark(o, m.Watermark)
		}
	}
	w.rows(b, row, b.Len())
	empty, size := true, b.SizeBytes()
	for i, o := range w.buffers {
		// The rows of the buffer are taken to be as large as those of b.
		if b.Len() > 0 && o.Len()*size >= w.BufferBytes*b.Len() {
			w.send(i)
		}
		empty = empty && o.Empty()
	}
	if empty {
		w.oldest = time.Time{}
	}
	if w.Timeout == 0 {
		w.Flush()
	}
}

// mark adds a watermark behind the rows of b; of several without rows between
// them only the last can be told from outside.
func mark(b *vector.Batch, w types.Instant) {
	if n := len(b.Marks); n > 0 && b.Marks[n-1].Row == b.Len() {
		b.Marks[n-1].Watermark = max(b.Marks[n-1].Watermark, w)
		return
	}
	b.Mark(w)
}

// rows spreads rows [from, to) of b.
func (w *Writer) rows(b *vector.Batch, from, to int) {
	if from == to {
		return
	}
	switch {
	case w.Kind == spec.Broadcast:
		for i := range w.buffers {
			w.appendRange(i, b, from, to)
		}
	case len(w.buffers) == 1 || w.Kind == spec.Single:
		w.appendRange(0, b, from, to)
	case w.Kind == spec.Hash:
		if from == 0 { // the first run that is not empty
			w.route = w.Route(w.route[:0], b)
		}
		for i := range w.sel {
			w.sel[i] = w.sel[i][:0]
		}
		for i := from; i < to; i++ {
			t := w.route[i]
			w.sel[t] = append(w.sel[t], int32(i))
		}
		for i, sel := range w.sel {
			w.appendRows(i, b, sel)
		}
	default: // whole runs in turn: cheaper than row by row and as even
		w.appendRange(w.next, b, from, to)
		w.next = (w.next + 1) % len(w.buffers)
	}
}

func (w *Writer) appendRange(i int, b *vector.Batch, from, to int) {
	for from < to {
		n := min(to-from, w.BatchSize-w.buffers[i].Len())
		w.buffers[i].AppendBatch(b, from, from+n)
		if from += n; w.buffers[i].Len() >= w.BatchSize {
			w.send(i)
		}
	}
}

func (w *Writer) appendRows(i int, b *vector.Batch, sel []int32) {
	for len(sel) > 0 {
		n := min(len(sel), w.BatchSize-w.buffers[i].Len())
		w.buffers[i].AppendRows(b, sel[:n])
		if sel = sel[n:]; w.buffers[i].Len() >= w.BatchSize {
			w.send(i)
		}
	}
}

// send lets buffer i go.
func (w *Writer) send(i int) {
	b := w.buffers[i]
	size := b.SizeBytes()
	if w.Bytes != nil {
		w.Bytes.Add(int64(size))
	}
	if w.Buffers != nil {
		w.Buffers.Add(1)
	}
	spare := w.targets[i].put(element.Element{Kind: element.Batch, Rows: b}, size)
	if spare == nil {
		spare = vector.NewBatch(w.Types, 0)
	}
	w.buffers[i] = spare
}

// Flush lets all rows and marks go that wait in buffers.
func (w *Writer) Flush() {
	if w.oldest.IsZero() {
		return
	}
	for i, b := range w.buffers {
		if !b.Empty() {
			w.send(i)
		}
	}
	w.oldest = time.Time{}
}

// Deadline is when Flush has to be called at the latest, zero if nothing waits.
func (w *Writer) Deadline() time.Time {
	if w.oldest.IsZero() || w.Timeout < 0 {
		return time.Time{}
	}
	return w.oldest.Add(w.Timeout)
}

// Hello lets the readers know that rows will come here, so that they hold
// watermarks back, unless they have heard of us already.
func (w *Writer) Hello() {
	if w.said {
		return
	}
	w.said = true
	for _, t := range w.targets {
		b := vector.NewBatch(w.Types, 0)
		b.Mark(types.MinInstant)
		t.put(element.Element{Kind: element.Batch, Rows: b}, 0)
	}
}

// Barrier sends a barrier behind everything written so far.
func (w *Writer) Barrier(cp element.CheckpointOptions) {
	w.all(element.Element{Kind: element.Barrier, Checkpoint: cp})
}

// Latency sends a latency marker to one of the readers, behind the rows that
// wait for it.
func (w *Writer) Latency(m *element.LatencyMarker) {
	if len(w.targets) == 0 {
		return
	}
	i := w.marked % len(w.targets)
	w.marked++
	if !w.buffers[i].Empty() {
		w.send(i)
	}
	w.targets[i].put(element.Element{Kind: element.Latency, Marker: m}, 0)
}

// Idle says once that nothing comes for a while and no watermark is held back.
func (w *Writer) Idle() {
	if !w.idle {
		w.idle = true
		w.all(element.Element{Kind: element.Idle})
	}
}

// End says that nothing follows.
func (w *Writer) End() { w.all(element.Element{Kind: element.End}) }

func (w *Writer) all(e element.Element) {
	w.Flush()
	w.said = true
	for _, t := range w.targets {
		t.put(e, 0)
	}
}
