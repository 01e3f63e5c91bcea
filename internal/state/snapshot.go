package state

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"io"
	"unsafe"

	"github.com/flott/flott/internal/rowkey"
)

// A snapshot file:
//
//	┌───────────┬─────────┬─────────┬──…──┬──────────────┬────────────────────────┐
//	│ magic 8 B │ block 0 │ block 1 │     │ index (JSON) │ at u64, len u32, crc   │
//	└───────────┴─────────┴─────────┴──…──┴──────────────┴───────────────magic 8 B┘
//	block: length u32 │ CRC-32C u32 │ records
//
// The records of one table and key group follow each other in blocks of about
// 256 KB; the index says where they are. So a restore reads the key groups it
// owns and no others.
const (
	magic         = "flottKS\x01"
	formatVersion = 1
	blockSize     = 256 << 10
	footerSize    = 8 + 4 + 4 + len(magic)
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
	Runs   []runPos `json:"runs"`
}

// runPos is where the records of a key group lie.
type runPos struct {
	Group  int   `json:"g"`
	Offset int64 `json:"at"`
	Blocks int   `json:"n"`
}

type valueIndex struct {
	Name  string `json:"name"`
	Bytes []byte `json:"bytes"`
}

// Snapshot writes all state to w. The backend must not be used meanwhile.
func (b *Backend) Snapshot(w io.Writer) error {
	sw := &snapshotWriter{w: bufio.NewWriterSize(w, 64<<10), max: b.maxParallelism}
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
	w   *bufio.Writer
	max int
	pos int64
	err error
	buf []byte // the block being filled
}

func (s *snapshotWriter) write(p []byte) {
	if s.err == nil {
		_, s.err = s.w.Write(p)
	}
	s.pos += int64(len(p))
}

func (s *snapshotWriter) flush(r *runPos) {
	if len(s.buf) == 0 {
		return
	}
	head := binary.LittleEndian.AppendUint32(nil, uint32(len(s.buf)))
	s.write(binary.LittleEndian.AppendUint32(head, crc32.Checksum(s.buf, castagnoli)))
	s.write(s.buf)
	s.buf = s.buf[:0]
	r.Blocks++
}

// passAddresses bounds the memory that sorting by key group takes: a table is
// walked once for each so many of its keys.
const passAddresses = 1 << 20

func (s *snapshotWriter) table(t *Table, window *int64) tableIndex {
	idx := tableIndex{Name: t.desc.Name, Key: Fingerprint("", t.desc.Key...), Value: t.desc.Value, Window: window}
	for _, m := range t.multi {
		idx.Multis = append(idx.Multis, m.desc.Name+" "+m.desc.Value)
	}
	counts := make([]int, s.max)
	t.each(func(addr uint32) { counts[rowkey.KeyGroup(t.Hash(addr), s.max)]++ })
	for first := 0; first < s.max && s.err == nil; {
		last, n := first, counts[first]
		for last+1 < s.max && n+counts[last+1] <= passAddresses {
			last++
			n += counts[last]
		}
		if n > 0 {
			s.groups(t, &idx, first, last, counts, n)
		}
		first = last + 1
	}
	return idx
}

// groups writes the key groups first to last, n keys in all.
func (s *snapshotWriter) groups(t *Table, idx *tableIndex, first, last int, counts []int, n int) {
	addrs := make([]uint32, n)
	at := make([]int, last-first+1)
	for g := first; g < last; g++ {
		at[g-first+1] = at[g-first] + counts[g]
	}
	t.each(func(addr uint32) {
		if g := rowkey.KeyGroup(t.Hash(addr), s.max); g >= first && g <= last {
			addrs[at[g-first]] = addr
			at[g-first]++
		}
	})
	from := 0
	for g := first; g <= last; g++ {
		if counts[g] == 0 {
			continue
		}
		run := runPos{Group: g, Offset: s.pos}
		for _, a := range addrs[from : from+counts[g]] {
			s.buf = t.appendRecord(s.buf, a)
			if len(s.buf) >= blockSize {
				s.flush(&run)
			}
		}
		from += counts[g]
		s.flush(&run)
		idx.Runs = append(idx.Runs, run)
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
