package memory

import (
	"fmt"
	"sync"
	"unsafe"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/invariant"
)

// SegmentSize is the size of a segment in bytes, Flink's `taskmanager.memory.segment-size`.
const SegmentSize = 32 << 10

// slabSegments is the number of segments mapped at once.
const slabSegments = 32

// Segment is 32 KB of memory outside the Go heap.
type Segment []byte

// Pointer returns the address of the segment's first byte.
func (s Segment) Pointer() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(s)) }

// Stats tells who uses how much of a pool, in bytes.
type Stats struct {
	Limit    int64 // the pool's budget
	Reserved int64 // promised to reservations
	Used     int64 // taken or charged by them
	Mapped   int64 // held from the system
	Peak     int64 // the most that was used at one time
}

// Pool is the managed memory of a process or slot.
type Pool struct {
	mu       sync.Mutex
	limit    int64
	reserved int64
	used     int64
	peak     int64
	mapped   int64
	slabs    map[uintptr]*slab // by the slab's address
	free     []*slab           // those with a free segment
	empty    int               // slabs without a used segment
}

// slab is one mapping; free lists its segments that nobody holds.
type slab struct {
	mem  []byte
	free []Segment
}

// NewPool returns a pool that gives out at most limit bytes.
func NewPool(limit int64) *Pool {
	return &Pool{limit: limit, slabs: map[uintptr]*slab{}}
}

// Stats returns the pool's figures of now.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Stats{Limit: p.limit, Reserved: p.reserved, Used: p.used, Mapped: p.mapped, Peak: p.peak}
}

// Reserve sets aside limit bytes of the pool for a holder, whose name appears
// in errors. It fails if the pool has promised too much already.
func (p *Pool) Reserve(holder string, limit int64) (*Reservation, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.reserved+limit > p.limit {
		return nil, &diag.Error{
			Code:    "out-of-memory",
			Stage:   diag.StageRun,
			Message: fmt.Sprintf("operator %q needs %s of managed memory, %s of %s are left", holder, Size(limit), Size(p.limit-p.reserved), Size(p.limit)),
			Help:    fmt.Sprintf("raise 'taskmanager.memory.managed.size' to %s", Size(p.reserved+limit)),
		}
	}
	p.reserved += limit
	return &Reservation{pool: p, holder: holder, limit: limit}, nil
}

// Share lets a holder use up to limit bytes of what the others leave: nothing
// is set aside. State that grows as it may takes its memory so, and an operator
// that keeps little leaves its part to one that keeps much.
func (p *Pool) Share(holder string, limit int64) *Reservation {
	return &Reservation{pool: p, holder: holder, limit: min(limit, p.limit), shared: true}
}

// use accounts for n bytes; the caller has checked the holder's limit.
func (p *Pool) use(n int64) {
	p.used += n
	p.peak = max(p.peak, p.used)
}

// take returns a free segment; p.mu is held.
func (p *Pool) take() (Segment, error) {
	if invariant.Enabled {
		m, err := mapMemory(SegmentSize)
		p.mapped += SegmentSize
		return Segment(m), err
	}
	if len(p.free) == 0 {
		m, err := mapMemory(slabSegments * SegmentSize)
		if err != nil {
			return nil, err
		}
		p.mapped += int64(len(m))
		s := &slab{mem: m, free: make([]Segment, 0, slabSegments)}
		for i := slabSegments - 1; i >= 0; i-- {
			s.free = append(s.free, Segment(m[i*SegmentSize:(i+1)*SegmentSize:(i+1)*SegmentSize]))
		}
		// Slabs are aligned to nothing in particular, so each segment finds its
		// slab by its own address.
		for _, seg := range s.free {
			p.slabs[address(seg)] = s
		}
		p.free = append(p.free, s)
		p.empty++
	}
	s := p.free[len(p.free)-1]
	if len(s.free) == slabSegments {
		p.empty--
	}
	seg := s.free[len(s.free)-1]
	s.free = s.free[:len(s.free)-1]
	if len(s.free) == 0 {
		p.free = p.free[:len(p.free)-1]
	}
	return seg, nil
}

// give takes a segment back; p.mu is held.
func (p *Pool) give(seg Segment) {
	if invariant.Enabled {
		unmapMemory(seg)
		p.mapped -= SegmentSize
		return
	}
	s := p.slabs[address(seg)]
	if s == nil {
		panic("memory: a segment was given back that is not of this pool")
	}
	if len(s.free) == 0 {
		p.free = append(p.free, s)
	}
	s.free = append(s.free, seg)
	if len(s.free) < slabSegments {
		return
	}
	if p.empty++; p.empty == 1 {
		adviseFree(s.mem)
		return
	}
	p.empty--
	for _, f := range s.free {
		delete(p.slabs, address(f))
	}
	for i, f := range p.free {
		if f == s {
			p.free = append(p.free[:i], p.free[i+1:]...)
			break
		}
	}
	p.mapped -= int64(len(s.mem))
	unmapMemory(s.mem)
}

func address(s Segment) uintptr { return uintptr(s.Pointer()) }

// Size prints a number of bytes as Flink writes memory sizes, e.g. "64 mb".
func Size(n int64) string {
	switch {
	case n < 0:
		return "-" + Size(-n)
	case n >= 10<<30:
		return fmt.Sprintf("%d gb", (n+1<<30-1)>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%d mb", (n+1<<20-1)>>20)
	case n >= 1<<10:
		return fmt.Sprintf("%d kb", (n+1<<10-1)>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
