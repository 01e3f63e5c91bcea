package state

import (
	"unsafe"
)

// MultiDesc says what a Multi holds.
type MultiDesc struct {
	Name string
	// Value is the fingerprint of the values' encoding.
	Value string
	// List is the offset, in the owner's record, of the 16 bytes that the
	// list's ends take.
	List int
	// Indexed: values of a key are distinct and found by their bytes. Otherwise
	// each Add makes an entry of its own.
	Indexed bool
	// Refs are offsets, in the owner's record, of uint32 fields that hold the
	// address of an entry of the key's list, or 0.
	Refs []int
	// Payload: entries carry a second blob that does not take part in finding.
	Payload bool
	// Timed: entries carry a time of the caller's.
	Timed bool
}

// ListBytes is the room of a list's ends in the owner's record.
const ListBytes = 16

// list is what the owner's record knows of its values.
type list struct {
	head, tail uint32
	entries    uint32
	_          uint32
}

// Multi is a list of values for each key of a table, in order of arrival, with
// a count and a number of the caller's for each.
type Multi struct {
	desc  MultiDesc
	owner *Table
	units uint32
	time  int // offset of an entry's time

	recs  pages
	heap  heap
	index index
	free  uint32
	n     int
}

// multiEntry is one value. Freed entries are linked by next.
type multiEntry struct {
	owner, hash uint32
	next, prev  uint32
	count, aux  int32
	value       Blob
}

// AddMulti gives the table's keys lists of values. It is called before the
// table is used.
func (t *Table) AddMulti(d MultiDesc) (*Multi, error) {
	a := t.recs.arena
	m := &Multi{desc: d, owner: t, recs: pages{arena: a}, heap: heap{pages: pages{arena: a}}, index: index{arena: a}, units: 4}
	if d.Payload {
		m.units++
	}
	if d.Timed {
		m.time = int(m.units) * unit
		m.units++
	}
	if d.Indexed {
		if err := m.index.open(); err != nil {
			return nil, err
		}
	}
	t.multi = append(t.multi, m)
	return m, nil
}

// Len returns the number of entries of all keys.
func (m *Multi) Len() int { return m.n }

func (m *Multi) at(e uint32) *multiEntry { return (*multiEntry)(m.recs.ptr(e)) }

func (m *Multi) list(owner uint32) *list {
	return (*list)(unsafe.Add(m.owner.Record(owner), m.desc.List))
}

func mix(hash, owner uint32) uint32 { return hash ^ owner*0x9e3779b1 }

// Find returns the entry of a value of a key, 0 if there is none. hash is the
// value's rowkey.Hash.
func (m *Multi) Find(owner uint32, v []byte, hash uint32) uint32 {
	h := mix(hash, owner)
	d := m.index.at(h)
	pos := h & d.mask
	for {
		e := *entry(d.base, pos)
		if e == 0 {
			return 0
		}
		if uint32(e>>32) == h {
			r := m.at(uint32(e))
			if r.owner == owner && string(m.heap.bytes(r.value)) == string(v) {
				return uint32(e)
			}
		}
		pos = (pos + 1) & d.mask
	}
}

// Add adds a value at the end of a key's list and returns its entry, with a
// count of zero. If values are indexed the caller has made sure by Find that
// it is absent.
func (m *Multi) Add(owner uint32, v []byte, hash uint32) (uint32, error) {
	b, err := m.heap.put(v)
	if err != nil {
		return 0, err
	}
	e := m.free
	if e == 0 {
		if e, err = m.recs.alloc(m.units); err != nil {
			m.heap.release(b)
			return 0, err
		}
		*m.at(e) = multiEntry{}
	}
	h := mix(hash, owner)
	if m.desc.Indexed {
		if err := m.index.insert(h, e); err != nil {
			m.heap.release(b)
			if e != m.free {
				m.at(e).next = m.free
				m.free = e
			}
			return 0, err
		}
	}
	r := m.at(e)
	if e == m.free {
		m.free = r.next
	}
	l := m.list(owner)
	*r = multiEntry{owner: owner, hash: h, prev: l.tail, value: b}
	if m.desc.Payload {
		*m.payload(e) = 0
	}
	if m.desc.Timed {
		*m.Time(e) = 0
	}
	if l.tail == 0 {
		l.head = e
	} else {
		m.at(l.tail).next = e
	}
	l.tail = e
	l.entries++
	m.n++
	return e, nil
}

// Remove takes an entry out of its list.
func (m *Multi) Remove(e uint32) {
	r := m.at(e)
	l := m.list(r.owner)
	if r.prev == 0 {
		l.head = r.next
	} else {
		m.at(r.prev).next = r.next
	}
	if r.next == 0 {
		l.tail = r.prev
	} else {
		m.at(r.next).prev = r.prev
	}
	l.entries--
	if m.desc.Indexed {
		m.index.remove(r.hash, e)
	}
	m.heap.release(r.value)
	if m.desc.Payload {
		m.heap.release(*m.payload(e))
	}
	*r = multiEntry{next: m.free}
	m.free = e
	m.n--
}

// Clear removes all values of a key.
func (m *Multi) Clear(owner uint32) {
	for e := m.Head(owner); e != 0; e = m.Head(owner) {
		m.Remove(e)
	}
}

// Head returns a key's first entry, 0 if it has none.
func (m *Multi) Head(owner uint32) uint32 { return m.list(owner).head }

// Tail returns a key's last entry, 0 if it has none.
func (m *Multi) Tail(owner uint32) uint32 { return m.list(owner).tail }

// Entries returns the number of entries of a key.
func (m *Multi) Entries(owner uint32) int { return int(m.list(owner).entries) }

// After returns the entry behind e, 0 at the end.
func (m *Multi) After(e uint32) uint32 { return m.at(e).next }

// Before returns the entry in front of e, 0 at the beginning.
func (m *Multi) Before(e uint32) uint32 { return m.at(e).prev }

// Owner returns the address of the key that an entry belongs to.
func (m *Multi) Owner(e uint32) uint32 { return m.at(e).owner }

// Count returns an entry's count, to be read and set.
func (m *Multi) Count(e uint32) *int32 { return &m.at(e).count }

// Aux returns an entry's number for the caller's use.
func (m *Multi) Aux(e uint32) *int32 { return &m.at(e).aux }

// Value returns an entry's value, valid until a value is next added.
func (m *Multi) Value(e uint32) []byte { return m.heap.bytes(m.at(e).value) }

// Pointer returns the address of an entry's value.
func (m *Multi) Pointer(e uint32) unsafe.Pointer { return m.heap.ptr(m.at(e).value.addr()) }

func (m *Multi) payload(e uint32) *Blob {
	return (*Blob)(unsafe.Add(m.recs.ptr(e), unsafe.Sizeof(multiEntry{})))
}

// Payload returns the address of an entry's payload.
func (m *Multi) Payload(e uint32) unsafe.Pointer { return m.heap.ptr(m.payload(e).addr()) }

// PayloadBytes returns the bytes of an entry's payload.
func (m *Multi) PayloadBytes(e uint32) []byte { return m.heap.bytes(*m.payload(e)) }

// SetPayload replaces an entry's payload.
func (m *Multi) SetPayload(e uint32, v []byte) error { return m.heap.set(m.payload(e), v) }

// Time returns an entry's time, to be read and set, of a timed Multi.
func (m *Multi) Time(e uint32) *int64 { return (*int64)(unsafe.Add(m.recs.ptr(e), m.time)) }

// Next fills out with entries behind the cursor, of all keys, and returns how
// many; 0 at the end. See Table.Next.
func (m *Multi) Next(c *Cursor, out []uint32) int {
	return m.recs.walk(c, m.units, out, func(p unsafe.Pointer) bool { return (*multiEntry)(p).owner != 0 })
}

func (m *Multi) drop() {
	m.recs.drop()
	m.heap.drop()
	m.index.drop()
	m.n, m.free = 0, 0
}

func (m *Multi) reset() error {
	m.drop()
	if m.desc.Indexed {
		return m.index.open()
	}
	return nil
}
