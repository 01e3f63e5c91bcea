package state

import "unsafe"

// An index entry is hash << 32 | address, 0 = empty.
const (
	tableEntriesMin = 64
	tableEntriesMax = 4096
)

// index finds addresses by hash: a directory over the hash's upper bits, and
// open-addressing tables over its lower ones.
type index struct {
	arena *arena
	dir   []dirEntry // 1 << depth of them
	depth uint8
	subs  []subtable
}

type dirEntry struct {
	base unsafe.Pointer // of the table's entries
	mask uint32         // their number - 1
	sub  int32
}

type subtable struct {
	base  unsafe.Pointer
	size  uint32 // entries, a power of two
	count uint32
	depth uint8 // upper bits that all its hashes share
}

func (x *index) open() error {
	base, err := x.table(tableEntriesMin)
	if err != nil {
		return err
	}
	x.subs = append(x.subs[:0], subtable{base: base, size: tableEntriesMin})
	x.dir = append(x.dir[:0], dirEntry{base: base, mask: tableEntriesMin - 1})
	x.depth = 0
	return nil
}

// table returns an empty table.
func (x *index) table(entries uint32) (unsafe.Pointer, error) {
	p, err := x.arena.take(int(entries) * 8)
	if err != nil {
		return nil, err
	}
	clear(unsafe.Slice((*uint64)(p), entries))
	return p, nil
}

func entry(base unsafe.Pointer, pos uint32) *uint64 {
	return (*uint64)(unsafe.Add(base, uintptr(pos)*8))
}

// at returns the directory entry for a hash.
func (x *index) at(hash uint32) *dirEntry {
	return (*dirEntry)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(x.dir)), uintptr(hash>>(32-x.depth))*unsafe.Sizeof(dirEntry{})))
}

// insert adds an address that is not in the index.
func (x *index) insert(hash, addr uint32) error {
	for {
		d := x.at(hash)
		s := &x.subs[d.sub]
		if s.count < s.size/4*3 {
			place(s.base, s.size-1, uint64(hash)<<32|uint64(addr))
			s.count++
			return nil
		}
		var err error
		if s.size < tableEntriesMax || s.depth == 32 {
			err = x.growTable(d.sub)
		} else {
			err = x.split(d.sub)
		}
		if err != nil {
			return err
		}
	}
}

func place(base unsafe.Pointer, mask uint32, e uint64) {
	pos := uint32(e>>32) & mask
	for *entry(base, pos) != 0 {
		pos = (pos + 1) & mask
	}
	*entry(base, pos) = e
}

func (x *index) growTable(sub int32) error {
	s := &x.subs[sub]
	size := s.size * 2
	base, err := x.table(size)
	if err != nil {
		return err
	}
	for i := range s.size {
		if e := *entry(s.base, i); e != 0 {
			place(base, size-1, e)
		}
	}
	x.arena.give(s.base, int(s.size)*8)
	s.base, s.size = base, size
	x.point(sub)
	return nil
}

// split moves one half of a table's hashes to a table of its own.
func (x *index) split(sub int32) error {
	s := x.subs[sub]
	low, err := x.table(s.size)
	if err != nil {
		return err
	}
	high, err := x.table(s.size)
	if err != nil {
		x.arena.give(low, int(s.size)*8)
		return err
	}
	if s.depth == x.depth {
		wide := make([]dirEntry, 2*len(x.dir))
		for i, d := range x.dir {
			wide[2*i], wide[2*i+1] = d, d
		}
		x.dir = wide
		x.depth++
	}
	var a, b uint32
	bit := uint64(1) << (63 - s.depth)
	for i := range s.size {
		e := *entry(s.base, i)
		switch {
		case e == 0:
		case e&bit == 0:
			place(low, s.size-1, e)
			a++
		default:
			place(high, s.size-1, e)
			b++
		}
	}
	x.arena.give(s.base, int(s.size)*8)
	x.subs[sub] = subtable{base: low, size: s.size, count: a, depth: s.depth + 1}
	other := int32(len(x.subs))
	x.subs = append(x.subs, subtable{base: high, size: s.size, count: b, depth: s.depth + 1})
	// Half of the directory entries that pointed here point to the new table.
	half := uint32(1) << (x.depth - s.depth - 1)
	for i := range x.dir {
		if x.dir[i].sub == sub && uint32(i)&half != 0 {
			x.dir[i].sub = other
		}
	}
	x.point(sub)
	x.point(other)
	return nil
}

// point renews the directory entries of a table.
func (x *index) point(sub int32) {
	s := &x.subs[sub]
	for i := range x.dir {
		if x.dir[i].sub == sub {
			x.dir[i] = dirEntry{s.base, s.size - 1, sub}
		}
	}
}

// remove takes an address out and closes the gap behind it.
func (x *index) remove(hash, addr uint32) {
	d := x.at(hash)
	want := uint64(hash)<<32 | uint64(addr)
	pos := hash & d.mask
	for *entry(d.base, pos) != want {
		pos = (pos + 1) & d.mask
	}
	x.subs[d.sub].count--
	hole := pos
	for {
		pos = (pos + 1) & d.mask
		e := *entry(d.base, pos)
		if e == 0 {
			break
		}
		home := uint32(e>>32) & d.mask
		// e may move into the hole unless its home lies behind the hole.
		if (pos-home)&d.mask >= (pos-hole)&d.mask {
			*entry(d.base, hole) = e
			hole = pos
		}
	}
	*entry(d.base, hole) = 0
}

func (x *index) drop() {
	for _, s := range x.subs {
		x.arena.give(s.base, int(s.size)*8)
	}
	x.subs, x.dir = nil, nil
}
