package memory

import (
	"fmt"
	"unsafe"

	"github.com/flott/flott/internal/diag"
)

// Reservation is the share of a pool that one holder may use.
type Reservation struct {
	pool   *Pool
	holder string
	limit  int64
	used   int64
	closed bool
	// shared: the limit is no promise; what others use counts.
	shared bool
}

// ExhaustedError says that a holder asked for more than its reservation.
type ExhaustedError struct {
	Holder string
	Limit  int64 // of the reservation
	Used   int64 // when asked
	Want   int64 // on top of Used
	// Enough is a figure for 'taskmanager.memory.managed.size' with which this
	// request would have passed, other holders unchanged.
	Enough int64
}

// Error names the figures; whoever passes the error on says where (Holder).
func (e *ExhaustedError) Error() string {
	return fmt.Sprintf("the managed memory is used up: %s of %s, %s more are needed", Size(e.Used), Size(e.Limit), Size(e.Want))
}

// Holder returns the name that the reservation was made for.
func (r *Reservation) Holder() string { return r.holder }

// Limit returns the reservation's size in bytes.
func (r *Reservation) Limit() int64 { return r.limit }

// Used returns the bytes taken and charged.
func (r *Reservation) Used() int64 {
	r.pool.mu.Lock()
	defer r.pool.mu.Unlock()
	return r.used
}

// admit checks that n more bytes fit; pool.mu is held.
func (r *Reservation) admit(n int64) error {
	p := r.pool
	if r.used+n <= r.limit && (!r.shared || p.used+n <= p.limit) {
		r.used += n
		p.use(n)
		return nil
	}
	// State doubles before it is noticed again, so we name a figure with room:
	// twice what this holder needs now.
	e := &ExhaustedError{Holder: r.holder, Limit: r.limit, Used: r.used, Want: n, Enough: p.limit - r.limit + 2*(r.used+n)}
	return &diag.Error{
		Code:      "out-of-memory",
		Stage:     diag.StageRun,
		Message:   e.Error(),
		Help:      fmt.Sprintf("raise 'taskmanager.memory.managed.size' to %s, or bound the state with 'table.exec.state.ttl'", Size(e.Enough)),
		Cause:     e,
		Permanent: true,
	}
}

func (r *Reservation) release(n int64) {
	r.used -= n
	r.pool.used -= n
}

// Take returns a segment whose contents are unspecified, or an error that
// wraps *ExhaustedError.
func (r *Reservation) Take() (Segment, error) {
	p := r.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := r.admit(SegmentSize); err != nil {
		return nil, err
	}
	s, err := p.take()
	if err != nil {
		r.release(SegmentSize)
		return nil, err
	}
	return s, nil
}

// Give returns a segment that Take gave.
func (r *Reservation) Give(s Segment) {
	p := r.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	r.release(SegmentSize)
	p.give(s)
}

// TakeRun returns n segments that follow each other in memory, for a value
// larger than one. Each run is a mapping of its own.
func (r *Reservation) TakeRun(n int) ([]byte, error) {
	p := r.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	size := int64(n) * SegmentSize
	if err := r.admit(size); err != nil {
		return nil, err
	}
	m, err := mapMemory(int(size))
	if err != nil {
		r.release(size)
		return nil, err
	}
	p.mapped += size
	return m, nil
}

// GiveRun returns what TakeRun gave.
func (r *Reservation) GiveRun(m []byte) {
	p := r.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	r.release(int64(len(m)))
	p.mapped -= int64(len(m))
	unmapMemory(m)
}

// Charge counts n bytes against the reservation that the holder keeps on the
// Go heap; n may be negative to give them back.
func (r *Reservation) Charge(n int64) error {
	p := r.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if n < 0 {
		r.release(-n)
		return nil
	}
	return r.admit(n)
}

// Close gives the promise back to the pool. The holder has given its segments
// back before.
func (r *Reservation) Close() {
	p := r.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.closed {
		return
	}
	r.closed = true
	if r.used != 0 {
		panic(fmt.Sprintf("memory: %q ends while it holds %s", r.holder, Size(r.used)))
	}
	if !r.shared {
		p.reserved -= r.limit
	}
}

// Bytes views n bytes at p, memory of a segment.
func Bytes(p unsafe.Pointer, n int) []byte { return unsafe.Slice((*byte)(p), n) }
