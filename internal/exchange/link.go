package exchange

import (
	"errors"
	"sync"
	"sync/atomic"

	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// ErrClosed says that a link or network is used after its end.
var ErrClosed = errors.New("exchange is closed")

// item is a queued element: rows as a batch (from this process) or as a frame.
type item struct {
	element.Element
	frame []byte // encoded rows, if Rows is nil and Kind is Batch
	size  int    // bytes of credit
}

// Link is the reading end: a queue of elements within a credit of bytes. One
// goroutine (or connection) puts, the reader's task takes.
type Link struct {
	credit int

	mu    sync.Mutex
	queue []item // queue[head:] waits
	head  int
	size  int // bytes waiting
	free  []*vector.Batch
	err   error
	// starved: the writer found no room and wants to be woken.
	starved    bool
	writerWake func()
	readerWake func()
	// taken tells the writing side about bytes that were taken out; nil within
	// one task manager, where the writer looks itself.
	taken func(bytes int)

	waiting atomic.Int32 // items waiting, to look without the lock
	failed  atomic.Bool

	// Owned by the reader's goroutine.
	types []types.Type
	in    Traffic
	lent  *vector.Batch // goes back to free at the next take
	rows  *vector.Batch // frames are decoded into it
}

func newLink(credit int) *Link { return &Link{credit: credit} }

// room reports whether the link takes another buffer. If not, the writer will
// be woken when half of the credit is free again.
func (l *Link) room() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.size < l.credit || l.err != nil {
		return true
	}
	l.starved = true
	return false
}

// put queues an element and takes its rows over.
func (l *Link) put(e element.Element, size int) (spare *vector.Batch) {
	return l.push(item{Element: e, size: size})
}

func (l *Link) push(it item) (spare *vector.Batch) {
	l.mu.Lock()
	if l.err != nil {
		l.mu.Unlock()
		return it.Rows // nobody will read it
	}
	l.queue = append(l.queue, it)
	l.size += it.size
	if n := len(l.free); n > 0 {
		spare, l.free = l.free[n-1], l.free[:n-1]
	}
	wake := l.readerWake
	l.waiting.Add(1)
	l.mu.Unlock()
	if wake != nil {
		wake()
	}
	return spare
}

// spareBatches is how many emptied buffers a link keeps for its writer: one
// that is being filled while another one is being read.
const spareBatches = 2

// take returns the next element, ok false if none is there. Its rows are lent
// until the next call.
func (l *Link) take() (e element.Element, ok bool, err error) {
	if l.failed.Load() {
		l.mu.Lock()
		defer l.mu.Unlock()
		return e, false, l.err
	}
	if l.waiting.Load() == 0 {
		return e, false, nil
	}
	l.mu.Lock()
	if l.lent != nil {
		if len(l.free) < spareBatches {
			l.lent.Reset()
			l.free = append(l.free, l.lent)
		}
		l.lent = nil
	}
	it := l.queue[l.head]
	l.queue[l.head] = item{}
	l.head++
	if l.head == len(l.queue) {
		l.queue, l.head = l.queue[:0], 0
	}
	l.waiting.Add(-1)
	l.size -= it.size
	var wake func()
	if l.starved && l.size <= l.credit/2 {
		l.starved = false
		wake = l.writerWake
	}
	l.lent = it.Rows
	taken := l.taken
	l.mu.Unlock()
	if wake != nil {
		wake()
	}
	if it.size > 0 {
		l.in.count(it.size, it.frame != nil)
	}
	if taken != nil && it.size > 0 {
		taken(it.size)
	}
	if it.frame != nil {
		if l.rows == nil {
			l.rows = vector.NewBatch(l.types, 0)
		}
		if err := DecodeBatch(l.rows, it.frame); err != nil {
			return e, false, err
		}
		it.Rows = l.rows
	}
	return it.Element, true, nil
}

// fail ends the link: the reader gets err, what is written is dropped.
func (l *Link) fail(err error) {
	l.mu.Lock()
	if l.err == nil {
		l.err = err
		l.failed.Store(true)
	}
	l.queue, l.head, l.size, l.free = nil, 0, 0, nil
	l.waiting.Store(0)
	r, w := l.readerWake, l.writerWake
	l.mu.Unlock()
	if r != nil {
		r()
	}
	if w != nil {
		w()
	}
}

func (l *Link) setWriter(wake func()) {
	l.mu.Lock()
	l.writerWake = wake
	l.mu.Unlock()
}

// setReader makes the link ready to be read: wake is called when something
// arrives, types are those of its columns, in counts what is taken.
func (l *Link) setReader(wake func(), ts []types.Type, in Traffic) {
	l.mu.Lock()
	l.readerWake, l.types, l.in = wake, ts, in
	l.mu.Unlock()
}

// queued tells what waits on the link.
func (l *Link) queued() Queue {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Queue{Buffers: len(l.queue) - l.head, Bytes: l.size, Credit: l.credit}
}
