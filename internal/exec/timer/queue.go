package timer

// Queue is a set of timers: T tells them apart and carries what the operator
// needs when one fires. It belongs to the task's goroutine.
type Queue[T comparable] struct {
	heap []entry[T]       // from 1 on
	set  map[entry[T]]int // the place in heap
}

type entry[T comparable] struct {
	at int64
	of T
}

// New returns an empty queue.
func New[T comparable]() *Queue[T] {
	return &Queue[T]{heap: make([]entry[T], 1), set: map[entry[T]]int{}}
}

// Len returns the number of timers.
func (q *Queue[T]) Len() int { return len(q.heap) - 1 }

// Add sets a timer; one that is set already stays as it is. It reports whether
// the timer is new.
func (q *Queue[T]) Add(at int64, of T) bool {
	e := entry[T]{at, of}
	if _, ok := q.set[e]; ok {
		return false
	}
	q.heap = append(q.heap, e)
	q.up(len(q.heap) - 1)
	return true
}

// Pop takes the earliest timer out if its time is not after now.
func (q *Queue[T]) Pop(now int64) (at int64, of T, ok bool) {
	if q.Len() == 0 || q.heap[1].at > now {
		return 0, of, false
	}
	e := q.heap[1]
	delete(q.set, e)
	q.remove(1)
	return e.at, e.of, true
}

// Remove takes a timer back, if it is set.
func (q *Queue[T]) Remove(at int64, of T) {
	e := entry[T]{at, of}
	if i, ok := q.set[e]; ok {
		delete(q.set, e)
		q.remove(i)
	}
}

func (q *Queue[T]) remove(i int) {
	last := len(q.heap) - 1
	moved := q.heap[last]
	q.heap[last] = entry[T]{}
	q.heap = q.heap[:last]
	if i == last {
		return
	}
	q.heap[i] = moved
	q.down(i)
	if q.heap[i] == moved {
		q.up(i)
	}
}

func (q *Queue[T]) put(i int, e entry[T]) {
	q.heap[i] = e
	q.set[e] = i
}

func (q *Queue[T]) up(i int) {
	e := q.heap[i]
	for i > 1 && e.at < q.heap[i/2].at {
		q.put(i, q.heap[i/2])
		i /= 2
	}
	q.put(i, e)
}

func (q *Queue[T]) down(i int) {
	e := q.heap[i]
	for {
		c := 2 * i
		if c+1 < len(q.heap) && q.heap[c+1].at < q.heap[c].at {
			c++
		}
		if c >= len(q.heap) || q.heap[c].at >= e.at {
			break
		}
		q.put(i, q.heap[c])
		i = c
	}
	q.put(i, e)
}
