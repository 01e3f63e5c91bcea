package state

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"unsafe"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/rowkey"
)

// File is a snapshot to restore from.
type File struct {
	Name string // for messages
	Data io.ReaderAt
	Size int64
}

// restoredState is a table or value in one file.
type restoredState struct {
	file  File
	table *tableIndex
	value []byte
}

// Restore takes over what Snapshot wrote: of the operator's former subtask, or
// of all of them if their number has changed. It is called before any state is
// opened; a state's key groups are read when it is opened, so the files have
// to stay readable until then.
func (b *Backend) Restore(files ...File) error {
	for _, f := range files {
		idx, err := readIndex(f)
		if err != nil {
			return err
		}
		if idx.MaxParallelism != b.maxParallelism {
			return &diag.Error{
				Code: "state-mismatch", Stage: diag.StageRun,
				Message: fmt.Sprintf("%s was written with %d key groups, the job has %d", f.Name, idx.MaxParallelism, b.maxParallelism),
				Help:    fmt.Sprintf("set 'pipeline.max-parallelism' to %d, or start anew with --fresh", idx.MaxParallelism),
			}
		}
		for i := range idx.Tables {
			t := &idx.Tables[i]
			b.restored[t.Name] = append(b.restored[t.Name], restoredState{file: f, table: t})
		}
		for _, v := range idx.Values {
			b.restored[v.Name] = append(b.restored[v.Name], restoredState{file: f, value: v.Bytes})
		}
	}
	return nil
}

// Unclaimed returns the names of restored states that nobody has opened.
func (b *Backend) Unclaimed() []string {
	var names []string
	for name := range b.restored {
		if !slices.Contains(b.order, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func damaged(f File, what string) error {
	return &diag.Error{
		Code: "checkpoint-damaged", Stage: diag.StageRun,
		Message: fmt.Sprintf("the checkpoint file %s is damaged: %s", f.Name, what),
		Help:    "an earlier checkpoint may be whole; --fresh starts over",
	}
}

func readIndex(f File) (*fileIndex, error) {
	if f.Size < int64(len(magic)+footerSize) {
		return nil, damaged(f, "it is cut off")
	}
	head := make([]byte, len(magic))
	foot := make([]byte, footerSize)
	if err := readAt(f, head, 0); err != nil {
		return nil, err
	}
	if err := readAt(f, foot, f.Size-int64(footerSize)); err != nil {
		return nil, err
	}
	if string(head) != magic {
		return nil, damaged(f, "it does not begin as a state snapshot of this version")
	}
	if string(foot[16:]) != magic {
		return nil, damaged(f, "it is cut off")
	}
	at, n := int64(binary.LittleEndian.Uint64(foot)), int64(binary.LittleEndian.Uint32(foot[8:]))
	if at < int64(len(magic)) || at > f.Size || n != f.Size-int64(footerSize)-at {
		return nil, damaged(f, "its index is not where it should be")
	}
	j := make([]byte, n)
	if err := readAt(f, j, at); err != nil {
		return nil, err
	}
	if crc32.Update(crc32.Checksum(j, castagnoli), castagnoli, foot[:12]) != binary.LittleEndian.Uint32(foot[12:]) {
		return nil, damaged(f, "the checksum of its index is wrong")
	}
	var idx fileIndex
	if err := json.Unmarshal(j, &idx); err != nil {
		return nil, damaged(f, err.Error())
	}
	if idx.Version != formatVersion {
		return nil, damaged(f, fmt.Sprintf("it has format %d, this version reads %d", idx.Version, formatVersion))
	}
	return &idx, nil
}

func readAt(f File, p []byte, at int64) error {
	n, err := f.Data.ReadAt(p, at)
	if n == len(p) {
		return nil
	}
	if err == nil || err == io.EOF {
		return damaged(f, "it is cut off")
	}
	return fmt.Errorf("read checkpoint file %s: %w", f.Name, err)
}

func (b *Backend) loadValue(name string, v *Value) error {
	for _, r := range b.restored[name] {
		if r.table != nil {
			return mismatch(name, "a table by key", "a value")
		}
		v.Restored = append(v.Restored, r.value)
	}
	return nil
}

func (b *Backend) loadTable(t *Table) error {
	for _, r := range b.restored[t.desc.Name] {
		if r.table == nil || r.table.Window != nil {
			return mismatch(t.desc.Name, "another kind of state", "a table by key")
		}
		if err := b.load(t, r); err != nil {
			return err
		}
	}
	return nil
}

func (b *Backend) loadWindows(w *Windows) error {
	for _, r := range b.restored[w.desc.Name] {
		if r.table == nil || r.table.Window == nil {
			return mismatch(w.desc.Name, "another kind of state", "tables by window")
		}
		if !slices.ContainsFunc(r.table.Blocks, func(p [2]int64) bool { return b.groups.Contains(int(p[0])) }) {
			continue
		}
		t, err := w.Get(*r.table.Window)
		if err != nil {
			return err
		}
		if err := b.load(t.Table, r); err != nil {
			return err
		}
	}
	return nil
}

func mismatch(name, was, want string) error {
	return &diag.Error{
		Code: "state-mismatch", Stage: diag.StageRun,
		Message: fmt.Sprintf("the checkpoint holds state %q as %s, the query needs %s", name, was, want),
		Help:    "--fresh starts over without the checkpoint",
	}
}

// load adds the records of the owned key groups to t.
func (b *Backend) load(t *Table, r restoredState) error {
	x := r.table
	if key := Fingerprint("", t.desc.Key...); x.Key != key {
		return mismatch(x.Name, "keys "+x.Key, "keys "+key)
	}
	if x.Value != t.desc.Value {
		return mismatch(x.Name, x.Value, t.desc.Value)
	}
	var multis []string
	for _, m := range t.multi {
		multis = append(multis, m.desc.Name+" "+m.desc.Value)
	}
	if !slices.Equal(multis, x.Multis) {
		return mismatch(x.Name, fmt.Sprint(x.Multis), fmt.Sprint(multis))
	}
	var buf []byte
	for _, p := range x.Blocks {
		if !b.groups.Contains(int(p[0])) {
			continue
		}
		at := p[1]
		var head [8]byte
		if err := readAt(r.file, head[:], at); err != nil {
			return err
		}
		n := int64(binary.LittleEndian.Uint32(head[:]))
		if at+8+n > r.file.Size {
			return damaged(r.file, "a block is longer than the file")
		}
		buf = slices.Grow(buf[:0], int(n))[:n]
		if err := readAt(r.file, buf, at+8); err != nil {
			return err
		}
		if crc32.Checksum(buf, castagnoli) != binary.LittleEndian.Uint32(head[4:]) {
			return damaged(r.file, fmt.Sprintf("the checksum of state %q at byte %d is wrong", x.Name, at))
		}
		if err := t.loadBlock(r.file, buf); err != nil {
			return err
		}
	}
	return nil
}

// loadBlock adds the records of a block whose checksum was right.
func (t *Table) loadBlock(f File, block []byte) error {
	in := reader{b: block}
	for len(in.b) > 0 && !in.bad {
		key := in.bytes()
		fixed := in.take(t.desc.Width)
		if in.bad || t.words > 0 && len(key) != 8*t.words || len(key) < 8 {
			in.bad = true
			break
		}
		addr, err := t.GetKey(key, rowkey.Hash(key))
		if err != nil {
			return err
		}
		rec := t.Record(addr)
		copy(unsafe.Slice((*byte)(rec), t.desc.Width), fixed)
		for _, off := range t.desc.Blobs {
			*(*Blob)(unsafe.Add(rec, off)) = 0
		}
		for _, m := range t.multi {
			*m.list(addr) = list{}
			for _, off := range m.desc.Refs {
				*(*uint32)(unsafe.Add(rec, off)) = 0
			}
		}
		for _, off := range t.desc.Blobs {
			if some := in.take(1); some == nil || some[0] == 0 {
				continue
			}
			if err := t.SetBlob(addr, off, in.bytes()); err != nil {
				return err
			}
		}
		for _, m := range t.multi {
			if err := m.loadList(&in, addr); err != nil {
				return err
			}
		}
	}
	if in.bad {
		return damaged(f, fmt.Sprintf("state %q does not end where it should", t.desc.Name))
	}
	return nil
}

func (m *Multi) loadList(in *reader, owner uint32) error {
	n := in.uvarint()
	var entries []uint32
	for i := uint64(0); i < n && !in.bad; i++ {
		v := in.bytes()
		e, err := m.Add(owner, v, rowkey.Hash(v))
		if err != nil {
			return err
		}
		*m.Count(e) = int32(in.varint())
		*m.Aux(e) = int32(in.varint())
		if m.desc.Payload {
			if err := m.SetPayload(e, in.bytes()); err != nil {
				return err
			}
		}
		if m.desc.Timed {
			*m.Time(e) = in.varint()
		}
		if len(m.desc.Refs) > 0 {
			entries = append(entries, e)
		}
	}
	for _, off := range m.desc.Refs {
		if i := in.uvarint(); i > 0 && i <= uint64(len(entries)) {
			*(*uint32)(unsafe.Add(m.owner.Record(owner), off)) = entries[i-1]
		}
	}
	return nil
}

// reader reads a block; bad is set where it ends too early.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.bad = true
		r.b = nil
		return nil
	}
	p := r.b[:n:n]
	r.b = r.b[n:]
	return p
}

func (r *reader) uvarint() uint64 {
	x, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return x
}

func (r *reader) varint() int64 {
	x, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return x
}

func (r *reader) bytes() []byte {
	n := r.uvarint()
	if n > uint64(len(r.b)) {
		r.bad = true
		return nil
	}
	return r.take(int(n))
}
