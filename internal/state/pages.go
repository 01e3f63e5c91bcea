package state

import (
	"math/bits"
	"unsafe"

	"github.com/flott/flott/internal/memory"
)

// Units of addresses: a page is 4,096 units of 8 bytes.
const (
	pageBits  = 12
	pageUnits = 1 << pageBits
	pageMask  = pageUnits - 1
	unit      = 8
)

// arena hands out pieces of segments to the many small tables of a backend: a
// window with ten keys must not cost two segments. Pieces are powers of two.
type arena struct {
	mem  *memory.Reservation
	free [7][]unsafe.Pointer // of 512 << i bytes
	held []memory.Segment    // cut into pieces; given back when the arena closes
}

const smallest = 512

func (a *arena) take(size int) (unsafe.Pointer, error) {
	if size >= memory.SegmentSize {
		s, err := a.mem.Take()
		if err != nil {
			return nil, err
		}
		return s.Pointer(), nil
	}
	c := bits.Len(uint(size-1)) - 9
	if n := len(a.free[c]); n > 0 {
		p := a.free[c][n-1]
		a.free[c] = a.free[c][:n-1]
		return p, nil
	}
	if c+1 == len(a.free)-1 {
		s, err := a.mem.Take()
		if err != nil {
			return nil, err
		}
		a.held = append(a.held, s)
		a.free[c] = append(a.free[c], unsafe.Add(s.Pointer(), size))
		return s.Pointer(), nil
	}
	p, err := a.take(size * 2)
	if err != nil {
		return nil, err
	}
	a.free[c] = append(a.free[c], unsafe.Add(p, size))
	return p, nil
}

func (a *arena) give(p unsafe.Pointer, size int) {
	if size >= memory.SegmentSize {
		a.mem.Give(memory.Segment(memory.Bytes(p, memory.SegmentSize)))
		return
	}
	c := bits.Len(uint(size-1)) - 9
	a.free[c] = append(a.free[c], p)
}

func (a *arena) close() {
	for _, s := range a.held {
		a.mem.Give(s)
	}
	*a = arena{mem: a.mem}
}

// pages is memory addressed in units of 8 bytes; address 0 is never given out.
type pages struct {
	arena *arena
	base  []unsafe.Pointer // of each page; nil = gone, or inside of a run
	first int              // bytes of page 0
	next  uint32           // next free unit of the page being filled
	end   uint32           // its end
	runs  map[uint32][]byte
	holes map[int][]uint32 // first pages of runs given back, by number of pages
}

func (p *pages) ptr(addr uint32) unsafe.Pointer {
	return unsafe.Add(*(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(p.base)), uintptr(addr>>pageBits)*8)), uintptr(addr&pageMask)*unit)
}

// alloc returns the address of n units. Pointers into page 0 may move.
func (p *pages) alloc(n uint32) (uint32, error) {
	for p.next+n > p.end {
		if n > pageUnits {
			return p.allocRun(n)
		}
		switch {
		case len(p.base) == 0:
			size := smallest
			for uint32(size/unit) < n+1 && size < memory.SegmentSize {
				size *= 2
			}
			m, err := p.arena.take(size)
			if err != nil {
				return 0, err
			}
			p.base, p.first = append(p.base, m), size
			p.next, p.end = 1, uint32(size/unit)
		case len(p.base) == 1 && p.first < memory.SegmentSize:
			m, err := p.arena.take(2 * p.first)
			if err != nil {
				return 0, err
			}
			copy(memory.Bytes(m, p.first), memory.Bytes(p.base[0], p.first))
			p.arena.give(p.base[0], p.first)
			p.base[0] = m
			p.first *= 2
			p.end = uint32(p.first / unit)
		default:
			m, err := p.arena.take(memory.SegmentSize)
			if err != nil {
				return 0, err
			}
			p.next = uint32(len(p.base)) << pageBits
			p.end = p.next + pageUnits
			p.base = append(p.base, m)
		}
	}
	a := p.next
	p.next += n
	return a, nil
}

// allocRun maps n units, more than a page, as a run of pages.
func (p *pages) allocRun(n uint32) (uint32, error) {
	k := int((n + pageUnits - 1) / pageUnits)
	m, err := p.arena.mem.TakeRun(k)
	if err != nil {
		return 0, err
	}
	if p.runs == nil {
		p.runs, p.holes = map[uint32][]byte{}, map[int][]uint32{}
	}
	var page uint32
	if h := p.holes[k]; len(h) > 0 {
		page, p.holes[k] = h[len(h)-1], h[:len(h)-1]
	} else {
		if len(p.base) == 0 { // keep address 0 unused
			p.base = append(p.base, nil)
			p.first = memory.SegmentSize
		}
		page = uint32(len(p.base))
		for range k {
			p.base = append(p.base, nil)
		}
	}
	p.base[page] = unsafe.Pointer(unsafe.SliceData(m))
	p.runs[page] = m
	return page << pageBits, nil
}

func (p *pages) freeRun(addr uint32) {
	page := addr >> pageBits
	m := p.runs[page]
	delete(p.runs, page)
	p.base[page] = nil
	k := len(m) / memory.SegmentSize
	p.holes[k] = append(p.holes[k], page)
	p.arena.mem.GiveRun(m)
}

// drop gives all memory back.
func (p *pages) drop() {
	for i, b := range p.base {
		if _, run := p.runs[uint32(i)]; b == nil || run {
			continue
		}
		size := memory.SegmentSize
		if i == 0 {
			size = p.first
		}
		p.arena.give(b, size)
	}
	for _, m := range p.runs {
		p.arena.mem.GiveRun(m)
	}
	*p = pages{arena: p.arena}
}

// heap keeps blobs: a blob is a header word (its capacity in units) and bytes.
// Freed blobs are used again for blobs of the same capacity.
type heap struct {
	pages
	free [64]uint32 // by class; the first word of a free blob is the next one
}

// Blob is the place and length of a value in a table's heap; 0 = none.
type Blob uint64

func (b Blob) addr() uint32 { return uint32(b) }

// Len returns the number of bytes.
func (b Blob) Len() int { return int(b >> 32) }

// capacity rounds n bytes up to the capacity of a class, in units.
func capacity(n int) (units uint32, class int) {
	u := uint32(n+unit-1) / unit
	if u <= 4 {
		u = max(u, 1)
		return u, int(u)
	}
	// Four classes for each power of two keep the waste below a quarter.
	shift := bits.Len32(u-1) - 3
	q := (u + 1<<shift - 1) >> shift
	return q << shift, 1 + shift*4 + int(q)
}

// put stores b and returns its place.
func (h *heap) put(b []byte) (Blob, error) {
	addr, err := h.room(len(b))
	if err != nil {
		return 0, err
	}
	copy(unsafe.Slice((*byte)(h.ptr(addr)), len(b)), b)
	return Blob(addr) | Blob(len(b))<<32, nil
}

// room returns the address of uninitialised room for n bytes.
func (h *heap) room(n int) (uint32, error) {
	u, class := capacity(n)
	if class < len(h.free) && h.free[class] != 0 {
		addr := h.free[class]
		h.free[class] = *(*uint32)(h.ptr(addr))
		return addr, nil
	}
	addr, err := h.alloc(u + 1)
	if err != nil {
		return 0, err
	}
	*(*uint64)(h.ptr(addr)) = uint64(u)
	return addr + 1, nil
}

// release frees a blob; 0 is no blob.
func (h *heap) release(b Blob) {
	if b == 0 {
		return
	}
	addr := b.addr()
	u := uint32(*(*uint64)(h.ptr(addr - 1)))
	if u+1 > pageUnits {
		h.freeRun(addr - 1)
		return
	}
	_, class := capacity(int(u) * unit)
	*(*uint32)(h.ptr(addr)) = h.free[class]
	h.free[class] = addr
}

// bytes returns the blob's bytes, valid until the heap is next added to.
func (h *heap) bytes(b Blob) []byte {
	if b == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(h.ptr(b.addr())), b.Len())
}

// set replaces what *b refers to, in place if it fits.
func (h *heap) set(b *Blob, to []byte) error {
	old := *b
	if old != 0 && len(to) <= int(*(*uint64)(h.ptr(old.addr() - 1)))*unit {
		copy(unsafe.Slice((*byte)(h.ptr(old.addr())), len(to)), to)
		*b = Blob(old.addr()) | Blob(len(to))<<32
		return nil
	}
	fresh, err := h.put(to)
	if err != nil {
		return err
	}
	h.release(old)
	*b = fresh
	return nil
}

// extend adds bytes to the end of what *b refers to; its capacity grows by a
// half when it has to move.
func (h *heap) extend(b *Blob, more []byte) error {
	old := *b
	n := old.Len() + len(more)
	if old != 0 && n <= int(*(*uint64)(h.ptr(old.addr() - 1)))*unit {
		copy(unsafe.Slice((*byte)(unsafe.Add(h.ptr(old.addr()), old.Len())), len(more)), more)
		*b = Blob(old.addr()) | Blob(n)<<32
		return nil
	}
	room := n
	if old != 0 {
		room += n / 2
	}
	addr, err := h.room(room)
	if err != nil {
		return err
	}
	to := unsafe.Slice((*byte)(h.ptr(addr)), n)
	copy(to[copy(to, h.bytes(old)):], more)
	h.release(old)
	*b = Blob(addr) | Blob(n)<<32
	return nil
}

func (h *heap) drop() {
	h.pages.drop()
	h.free = [64]uint32{}
}
