package state

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"io"
	"unsafe"

	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/vector"
)

// A snapshot file:
//
//	┌───────────┬─────────┬─────────┬──…──┬──────────────┬────────────────────────┐
//	│ magic 8 B │ block 0 │ block 1 │     │ index (JSON) │ at u64, len u32, crc   │
//	└───────────┴─────────┴─────────┴──…──┴──────────────┴───────────────magic 8 B┘
//	block: length u32 │ CRC-32C u32 │ records
//
// A block holds records of one table and key group; the index says where the
// blocks are. So a restore reads the key groups it owns and no others. A table
// is written in one walk: each key group fills a buffer of its own, which
// becomes a block when it is full.
const (
	magic         = "flottKS\x01"
	formatVersion = 1
	footerSize    = 8 + 4 + 4 + len(magic)
	// bufferBytes is about what the buffers of all key groups take together.
	bufferBytes = 2 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// fileIndex is the end of a snapshot file.
type fileIndex struct {
	Version        int          `json:"version"`
	MaxParallelism int          `json:"maxParallelism"`
	Tables         []tableIndex `json:"tables,omitempty"`
	Values         []valueIndex `json:"values,omitempty"`
}

type tableIndex struct {
	Name   string   `json:"name"`
	Key    string   `json:"key"`
	Value  string   `json:"value"`
	Multis []string `json:"multis,omitempty"`
	Window *int64   `json:"window,omitempty"`
	// Blocks are key groups and places in the file.
	Blocks [][2]int64 `json:"blocks"`
}

type valueIndex struct {
	Name  string `json:"name"`
	Bytes []byte `json:"bytes"`
}

// Snapshot writes all state to w. The backend must not be used meanwhile.
func (b *Backend) Snapshot(w io.Writer) error {
	groups := b.groups.Last - b.groups.First + 1
	sw := &snapshotWriter{
		w: bufio.NewWriterSize(w, 64<<10), max: b.maxParallelism,
		bufs: make([][]byte, b.maxParallelism), full: min(max(bufferBytes/max(groups, 1), 2<<10), 256<<10),
	}
	sw.write([]byte(magic))
	idx := fileIndex{Version: formatVersion, MaxParallelism: b.maxParallelism}
	for _, name := range b.order {
		if t := b.tables[name]; t != nil {
			idx.Tables = append(idx.Tables, sw.table(t, nil))
		}
		if ws := b.windows[name]; ws != nil {
			for _, end := range ws.ends {
				idx.Tables = append(idx.Tables, sw.table(ws.byEnd[end].Table, &end))
			}
		}
		if v := b.values[name]; v != nil {
			idx.Values = append(idx.Values, valueIndex{name, v.Bytes})
		}
	}
	j, err := json.Marshal(idx)
	if err != nil {
		return err
	}
	at := sw.pos
	sw.write(j)
	foot := binary.LittleEndian.AppendUint64(nil, uint64(at))
	foot = binary.LittleEndian.AppendUint32(foot, uint32(len(j)))
	foot = binary.LittleEndian.AppendUint32(foot, crc32.Update(crc32.Checksum(j, castagnoli), castagnoli, foot))
	sw.write(append(foot, magic...))
	if sw.err == nil {
		sw.err = sw.w.Flush()
	}
	return sw.err
}

type snapshotWriter struct {
	w    *bufio.Writer
	max  int
	pos  int64
	err  error
	bufs [][]byte // by key group
	full int      // bytes at which a buffer becomes a block
}

func (s *snapshotWriter) write(p []byte) {
	if s.err == nil {
		_, s.err = s.w.Write(p)
	}
	s.pos += int64(len(p))
}

// flush writes the buffer of a key group as a block.
func (s *snapshotWriter) flush(idx *tableIndex, group int) {
	b := s.bufs[group]
	if len(b) == 0 {
		return
	}
	idx.Blocks = append(idx.Blocks, [2]int64{int64(group), s.pos})
	var head [8]byte
	binary.LittleEndian.PutUint32(head[:], uint32(len(b)))
	binary.LittleEndian.PutUint32(head[4:], crc32.Checksum(b, castagnoli))
	s.write(head[:])
	s.write(b)
	s.bufs[group] = b[:0]
	if cap(b) > 4*s.full { // a large value has passed
		s.bufs[group] = nil
	}
}

func (s *snapshotWriter) table(t *Table, window *int64) tableIndex {
	idx := tableIndex{Name: t.desc.Name, Key: Fingerprint("", t.desc.Key...), Value: t.desc.Value, Window: window}
	for _, m := range t.multi {
		idx.Multis = append(idx.Multis, m.desc.Name+" "+m.desc.Value)
	}
	owner := t.ownerHash()
	t.each(func(addr uint32) {
		g := rowkey.KeyGroup(owner(addr), s.max)
		s.bufs[g] = t.appendRecord(s.bufs[g], addr)
		if len(s.bufs[g]) >= s.full {
			s.flush(&idx, g)
		}
	})
	for g := range s.bufs {
		s.flush(&idx, g)
	}
	return idx
}

// ownerHash returns the hash that decides a record's key group.
func (t *Table) ownerHash() func(addr uint32) uint32 {
	n := t.desc.Owners
	if n == 0 {
		return t.Hash
	}
	codec := rowkey.New(t.desc.Key[:n])
	cols := make([]*vector.Vector, n)
	for i, k := range t.desc.Key[:n] {
		cols[i] = vector.New(k, 1)
	}
	var enc rowkey.Rows
	return func(addr uint32) uint32 {
		key := []unsafe.Pointer{t.KeyPointer(addr)}
		for i, c := range cols {
			c.Reset()
			t.codec.AppendColumn(c, i, key)
		}
		codec.Encode(&enc, cols, 1, nil, true)
		return enc.Hashes()[0]
	}
}

func (t *Table) each(f func(addr uint32)) {
	var cur Cursor
	var some [256]uint32
	for n := t.Next(&cur, some[:]); n > 0; n = t.Next(&cur, some[:]) {
		for _, a := range some[:n] {
			f(a)
		}
	}
}

// appendRecord writes a key, its record, blobs and lists. Places within the
// record (blobs, list ends, references) mean nothing in the file.
func (t *Table) appendRecord(b []byte, addr uint32) []byte {
	b = appendBytes(b, t.Key(addr))
	rec := t.Record(addr)
	b = append(b, unsafe.Slice((*byte)(rec), t.desc.Width)...)
	for _, off := range t.desc.Blobs {
		blob := *(*Blob)(unsafe.Add(rec, off))
		if blob == 0 {
			b = append(b, 0)
			continue
		}
		b = append(b, 1)
		b = appendBytes(b, t.heap.bytes(blob))
	}
	for _, m := range t.multi {
		b = m.appendList(b, addr, rec)
	}
	return b
}

func (m *Multi) appendList(b []byte, owner uint32, rec unsafe.Pointer) []byte {
	b = binary.AppendUvarint(b, uint64(m.Entries(owner)))
	refs := make([]uint64, len(m.desc.Refs)) // 1 + the place in the list
	i := uint64(1)
	for e := m.Head(owner); e != 0; e = m.After(e) {
		for k, off := range m.desc.Refs {
			if *(*uint32)(unsafe.Add(rec, off)) == e {
				refs[k] = i
			}
		}
		i++
		b = appendBytes(b, m.Value(e))
		b = binary.AppendVarint(b, int64(*m.Count(e)))
		b = binary.AppendVarint(b, int64(*m.Aux(e)))
		if m.desc.Payload {
			b = appendBytes(b, m.PayloadBytes(e))
		}
		if m.desc.Timed {
			b = binary.AppendVarint(b, *m.Time(e))
		}
	}
	for _, r := range refs {
		b = binary.AppendUvarint(b, r)
	}
	return b
}

func appendBytes(b, v []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(v))), v...)
}
