package state

import (
	"unsafe"

	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/types"
)

// TableDesc says what a table holds.
type TableDesc struct {
	Name string
	// Key are the types of the key columns.
	Key []types.Type
	// Value is the fingerprint of the record: a text that changes whenever the
	// layout or the meaning of its bytes does.
	Value string
	// Width is the size of the record in bytes, a multiple of 8.
	Width int
	// Blobs are the offsets of the record's Blob fields.
	Blobs []int
	// Owners is how many of the key's columns, from the first on, decide the key
	// group; 0 = all. The others tell apart what belongs to one key.
	Owners int
}

// Table maps keys to records of a fixed width. A new record is all zero bytes.
type Table struct {
	desc  TableDesc
	codec *rowkey.Codec
	words int // of the key inside the record; 0 = the key is a blob
	value int // offset of the value in a record
	units uint32

	recs  pages
	heap  heap
	index index
	free  uint32 // first of the deleted records, linked by their first key word
	n     int
	multi []*Multi
	one   rowkey.Rows // of GetKey
}

// header is the first word of a record.
type header struct {
	hash uint32
	live uint32 // 1, or 0 once deleted
}

func newTable(a *arena, d TableDesc) (*Table, error) {
	t := &Table{desc: d, codec: rowkey.New(d.Key), recs: pages{arena: a}, heap: heap{pages: pages{arena: a}}, index: index{arena: a}}
	t.value = 8 + 8
	if w, ok := t.codec.Words(); ok {
		t.words = w
		t.value = 8 + 8*w
	}
	t.units = uint32((t.value + d.Width) / unit)
	return t, t.index.open()
}

// Len returns the number of keys.
func (t *Table) Len() int { return t.n }

// Codec encodes keys for the table.
func (t *Table) Codec() *rowkey.Codec { return t.codec }

// Record returns the value part of a record, valid until the table next grows.
func (t *Table) Record(addr uint32) unsafe.Pointer {
	return unsafe.Add(t.recs.ptr(addr), t.value)
}

// Records fills out with the value parts of records; address 0 gives nil.
func (t *Table) Records(addrs []uint32, out []unsafe.Pointer) {
	for i, a := range addrs {
		if a == 0 {
			out[i] = nil
			continue
		}
		out[i] = unsafe.Add(t.recs.ptr(a), t.value)
	}
}

// KeyPointer returns the encoded key of a record, valid until the table next
// grows.
func (t *Table) KeyPointer(addr uint32) unsafe.Pointer {
	p := unsafe.Add(t.recs.ptr(addr), 8)
	if t.words > 0 {
		return p
	}
	return t.heap.ptr((*(*Blob)(p)).addr())
}

// Key returns the bytes of a record's key.
func (t *Table) Key(addr uint32) []byte {
	p := unsafe.Add(t.recs.ptr(addr), 8)
	if t.words > 0 {
		return unsafe.Slice((*byte)(p), t.words*8)
	}
	return t.heap.bytes(*(*Blob)(p))
}

// Hash returns the hash of a record's key.
func (t *Table) Hash(addr uint32) uint32 { return (*header)(t.recs.ptr(addr)).hash }

// FindBatch looks the keys up: out[i] is the address of key i, 0 if absent.
func (t *Table) FindBatch(keys *rowkey.Rows, out []uint32) {
	for i, h := range keys.Hashes() {
		out[i] = t.find(keys, i, h)
	}
}

// GetBatch looks the keys up and adds those that are absent: out[i] is the
// address of key i, created[i] tells that it was added for this very i.
func (t *Table) GetBatch(keys *rowkey.Rows, out []uint32, created []bool) error {
	hashes := keys.Hashes()
	if t.words == 2 {
		return t.getBatch2(keys, hashes, out, created)
	}
	for i, h := range hashes {
		a := t.find(keys, i, h)
		created[i] = a == 0
		if a == 0 {
			var err error
			if a, err = t.add(keys, i, h); err != nil {
				return err
			}
		}
		out[i] = a
	}
	return nil
}

// getBatch2 is GetBatch for keys of two words, such as one BIGINT: the lookup
// itself without calls, which is a third of a plain aggregation's time.
func (t *Table) getBatch2(keys *rowkey.Rows, hashes []uint32, out []uint32, created []bool) error {
	out, created = out[:len(hashes)], created[:len(hashes)]
	words := unsafe.Slice((*[2]uint64)(keys.Pointer(0)), len(hashes))
	for i, h := range hashes {
		d := t.index.at(h)
		pos := h & d.mask
		key := &words[i]
		for {
			e := *entry(d.base, pos)
			if uint32(e>>32) == h && e != 0 {
				k := (*[3]uint64)(t.recs.ptr(uint32(e)))
				if k[1] == key[0] && k[2] == key[1] {
					out[i], created[i] = uint32(e), false
					break
				}
			} else if e == 0 {
				a, err := t.add(keys, i, h)
				if err != nil {
					return err
				}
				out[i], created[i] = a, true
				break
			}
			pos = (pos + 1) & d.mask
		}
	}
	return nil
}

func (t *Table) find(keys *rowkey.Rows, i int, hash uint32) uint32 {
	d := t.index.at(hash)
	pos := hash & d.mask
	for {
		e := *entry(d.base, pos)
		if e == 0 {
			return 0
		}
		if uint32(e>>32) == hash && t.equal(uint32(e), keys, i) {
			return uint32(e)
		}
		pos = (pos + 1) & d.mask
	}
}

func (t *Table) equal(addr uint32, keys *rowkey.Rows, i int) bool {
	p := unsafe.Add(t.recs.ptr(addr), 8)
	key := keys.Pointer(i)
	switch t.words {
	case 0:
		b := *(*Blob)(p)
		n := keys.Size(i)
		return b.Len() == n && unsafe.String((*byte)(t.heap.ptr(b.addr())), n) == unsafe.String((*byte)(key), n)
	case 1:
		return *(*uint64)(p) == *(*uint64)(key)
	case 2:
		return *(*[2]uint64)(p) == *(*[2]uint64)(key)
	}
	n := t.words * 8
	return unsafe.String((*byte)(p), n) == unsafe.String((*byte)(key), n)
}

// add creates the record of a key that is absent.
func (t *Table) add(keys *rowkey.Rows, i int, hash uint32) (uint32, error) {
	var key Blob
	if t.words == 0 {
		var err error
		if key, err = t.heap.put(keys.Bytes(i)); err != nil {
			return 0, err
		}
	}
	addr := t.free
	if addr == 0 {
		var err error
		if addr, err = t.recs.alloc(t.units); err != nil {
			t.heap.release(key)
			return 0, err
		}
		*(*header)(t.recs.ptr(addr)) = header{}
	}
	if err := t.index.insert(hash, addr); err != nil {
		t.heap.release(key)
		if addr != t.free {
			t.unlist(addr)
		}
		return 0, err
	}
	p := t.recs.ptr(addr)
	if addr == t.free {
		t.free = *(*uint32)(unsafe.Add(p, 8))
	}
	*(*header)(p) = header{hash: hash, live: 1}
	if t.words == 0 {
		*(*Blob)(unsafe.Add(p, 8)) = key
	} else {
		copy(unsafe.Slice((*byte)(unsafe.Add(p, 8)), t.words*8), keys.Bytes(i))
	}
	clear(unsafe.Slice((*byte)(unsafe.Add(p, t.value)), t.desc.Width))
	t.n++
	return addr, nil
}

// unlist puts a record on the list of deleted ones.
func (t *Table) unlist(addr uint32) {
	p := t.recs.ptr(addr)
	(*header)(p).live = 0
	*(*uint32)(unsafe.Add(p, 8)) = t.free
	t.free = addr
}

// Delete removes a key with its blobs and lists.
func (t *Table) Delete(addr uint32) {
	for _, m := range t.multi {
		m.Clear(addr)
	}
	p := t.recs.ptr(addr)
	t.index.remove((*header)(p).hash, addr)
	if t.words == 0 {
		t.heap.release(*(*Blob)(unsafe.Add(p, 8)))
	}
	for _, off := range t.desc.Blobs {
		t.heap.release(*(*Blob)(unsafe.Add(p, t.value+off)))
	}
	t.unlist(addr)
	t.n--
}

// Blob returns the bytes of a blob of this table, valid until a blob is next
// added to it.
func (t *Table) Blob(b Blob) []byte { return t.heap.bytes(b) }

// SetBlob stores v in a Blob field of the record at addr.
func (t *Table) SetBlob(addr uint32, off int, v []byte) error {
	return t.heap.set((*Blob)(unsafe.Add(t.Record(addr), off)), v)
}

// Put stores v where b, a Blob field of a record of this table, refers to.
func (t *Table) Put(b *Blob, v []byte) error { return t.heap.set(b, v) }

// Extend adds bytes to the end of a blob.
func (t *Table) Extend(b *Blob, v []byte) error { return t.heap.extend(b, v) }

// Free releases a blob and clears the field.
func (t *Table) Free(b *Blob) {
	t.heap.release(*b)
	*b = 0
}

// Cursor walks the records of a table in the order of their addresses, which
// is that of their creation unless keys have been deleted.
type Cursor struct{ page, off uint32 }

// Next fills out with the addresses of live records behind the cursor and
// returns how many; 0 at the end. Records may be changed, deleted and added in
// between; whether those added are met is open.
func (t *Table) Next(c *Cursor, out []uint32) int {
	return t.recs.walk(c, t.units, out, func(p unsafe.Pointer) bool { return (*header)(p).live != 0 })
}

// walk fills out with the addresses of things of n units behind the cursor that
// live says are alive.
func (p *pages) walk(c *Cursor, units uint32, out []uint32, live func(unsafe.Pointer) bool) int {
	n := 0
	for n < len(out) && int(c.page) < len(p.base) {
		addr := c.page<<pageBits + c.off
		if c.page == 0 {
			addr++ // address 0 is none
		}
		limit := c.page<<pageBits + pageUnits
		if int(c.page) == len(p.base)-1 {
			limit = p.next
		}
		if addr+units > limit {
			c.page++
			c.off = 0
			continue
		}
		c.off += units
		if live(p.ptr(addr)) {
			out[n] = addr
			n++
		}
	}
	return n
}

// Drop frees everything; the table is not usable any more.
func (t *Table) Drop() {
	for _, m := range t.multi {
		m.drop()
	}
	t.recs.drop()
	t.heap.drop()
	t.index.drop()
	t.n, t.free = 0, 0
}

// Clear empties the table.
func (t *Table) Clear() error {
	for _, m := range t.multi {
		if err := m.reset(); err != nil {
			return err
		}
	}
	t.recs.drop()
	t.heap.drop()
	t.index.drop()
	t.n, t.free = 0, 0
	return t.index.open()
}

// GetKey returns the address of a key given as bytes and hash; it is added if
// absent.
func (t *Table) GetKey(key []byte, hash uint32) (uint32, error) {
	t.one.SetBytes(t.codec, key, hash)
	if a := t.find(&t.one, 0, hash); a != 0 {
		return a, nil
	}
	return t.add(&t.one, 0, hash)
}

// Lookup returns the address of key i of keys, if it is there.
func (t *Table) Lookup(keys *rowkey.Rows, i int) (addr uint32, ok bool) {
	addr = t.find(keys, i, keys.Hashes()[i])
	return addr, addr != 0
}

// Live reports whether a record has not been deleted since.
func (t *Table) Live(addr uint32) bool { return (*header)(t.recs.ptr(addr)).live != 0 }
