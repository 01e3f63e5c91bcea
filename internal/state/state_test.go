package state

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/memory"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func reserve(t testing.TB, limit int64) *memory.Reservation {
	t.Helper()
	r, err := memory.NewPool(limit).Reserve("op", limit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close) // panics if something is still held
	return r
}

func backend(t testing.TB, limit int64) *Backend {
	t.Helper()
	b := NewBackend(reserve(t, limit), 16, KeyGroupRange{0, 15})
	t.Cleanup(b.Close)
	return b
}

// keysOf encodes values as keys of a BIGINT or STRING column.
func keysOf(c *rowkey.Codec, values []int64) *rowkey.Rows {
	v := vector.New(c.Types()[0], len(values))
	for _, x := range values {
		if v.Phys() == types.PhysInt64 {
			vector.Append(v, x)
		} else {
			v.AppendString(strings.Repeat("k", int(x%50)) + fmt.Sprint(x))
		}
	}
	var r rowkey.Rows
	c.Encode(&r, []*vector.Vector{v}, len(values), nil, true)
	return &r
}

// Against a Go map, with batches of lookups, inserts and deletes, through the
// growth of pages, tables and directory.
func TestTableModel(t *testing.T) {
	for _, key := range []types.Type{types.TBigInt, types.TString} {
		t.Run(key.String(), func(t *testing.T) {
			b := backend(t, 64<<20)
			tab, _, err := b.Table(TableDesc{Name: "t", Key: []types.Type{key}, Width: 16, Blobs: []int{8}})
			if err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(1, 2))
			model := map[int64]int64{}
			addrs, created := make([]uint32, 500), make([]bool, 500)
			for round := range 120 {
				values := make([]int64, 500)
				for i := range values {
					values[i] = int64(r.IntN(20_000))
				}
				keys := keysOf(tab.Codec(), values)
				if err := tab.GetBatch(keys, addrs, created); err != nil {
					t.Fatal(err)
				}
				for i, x := range values {
					_, known := model[x]
					if created[i] == known {
						t.Fatalf("round %d: key %d created %v, known %v", round, x, created[i], known)
					}
					p := (*int64)(tab.Record(addrs[i]))
					if *p != model[x] {
						t.Fatalf("round %d: key %d has %d, want %d", round, x, *p, model[x])
					}
					*p++
					model[x]++
					if err := tab.SetBlob(addrs[i], 8, bytes.Repeat([]byte{byte(*p)}, int(*p)*7)); err != nil {
						t.Fatal(err)
					}
				}
				for i, x := range values[:100] {
					if a, ok := tab.Lookup(keys, i); ok {
						tab.Delete(a)
						delete(model, x)
					}
				}
				if tab.Len() != len(model) {
					t.Fatalf("%d keys, want %d", tab.Len(), len(model))
				}
			}
			for x, n := range model {
				tab.FindBatch(keysOf(tab.Codec(), []int64{x}), addrs)
				if addrs[0] == 0 || *(*int64)(tab.Record(addrs[0])) != n {
					t.Fatalf("key %d is lost", x)
				}
				blob := tab.Blob(*(*Blob)(unsafe.Add(tab.Record(addrs[0]), 8)))
				if !bytes.Equal(blob, bytes.Repeat([]byte{byte(n)}, int(n)*7)) {
					t.Fatalf("blob of key %d is %v", x, blob)
				}
			}
			n := 0
			tab.each(func(uint32) { n++ })
			if n != len(model) {
				t.Fatalf("the walk meets %d keys of %d", n, len(model))
			}
		})
	}
}

// Values larger than a segment lie in runs of segments, which are given back.
func TestLargeBlobs(t *testing.T) {
	b := backend(t, 32<<20)
	tab, _, err := b.Table(TableDesc{Name: "t", Key: []types.Type{types.TBigInt}, Width: 8, Blobs: []int{0}})
	if err != nil {
		t.Fatal(err)
	}
	var addrs [3]uint32
	if err := tab.GetBatch(keysOf(tab.Codec(), []int64{1, 2, 3}), addrs[:], make([]bool, 3)); err != nil {
		t.Fatal(err)
	}
	for round := range 20 {
		for i, a := range addrs {
			v := bytes.Repeat([]byte{byte(round + i)}, 100_000*(1+(round+i)%30))
			if err := tab.SetBlob(a, 0, v); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(tab.Blob(*(*Blob)(tab.Record(a))), v) {
				t.Fatal("a large value came back changed")
			}
		}
	}
	p := (*Blob)(tab.Record(addrs[0]))
	want := bytes.Clone(tab.Blob(*p))
	for i := range 50 {
		more := bytes.Repeat([]byte{byte(i)}, 10_000)
		want = append(want, more...)
		if err := tab.Extend((*Blob)(tab.Record(addrs[0])), more); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(tab.Blob(*(*Blob)(tab.Record(addrs[0]))), want) {
		t.Fatal("an extended value came back changed")
	}
}

// When the budget is used up the call fails, says who and how much, and what
// was there stays.
func TestBudget(t *testing.T) {
	b := backend(t, 1<<20)
	tab, _, err := b.Table(TableDesc{Name: "t", Key: []types.Type{types.TBigInt}, Width: 64})
	if err != nil {
		t.Fatal(err)
	}
	addrs, created := make([]uint32, 100), make([]bool, 100)
	n := int64(0)
	for {
		values := make([]int64, 100)
		for i := range values {
			values[i] = n + int64(i)
		}
		if err = tab.GetBatch(keysOf(tab.Codec(), values), addrs, created); err != nil {
			break
		}
		n += 100
	}
	var full *memory.ExhaustedError
	if !errors.As(err, &full) || full.Holder != "op" || full.Enough <= 1<<20 {
		t.Fatalf("got %v", err)
	}
	if n < 6000 {
		t.Errorf("only %d records of 96 bytes fit in 1 MB", n)
	}
	for x := range n {
		if tab.FindBatch(keysOf(tab.Codec(), []int64{x}), addrs); addrs[0] == 0 {
			t.Fatalf("key %d is lost", x)
		}
	}
}

// sample opens a table with a list and fills it.
func sample(t *testing.T, b *Backend, fill bool) (*Table, *Multi, *Windows) {
	t.Helper()
	d := TableDesc{Name: "groups", Key: []types.Type{types.TString}, Value: Fingerprint("v"), Width: 8 + ListBytes + 8, Blobs: []int{8 + ListBytes}}
	md := MultiDesc{Name: "values", Value: Fingerprint("v"), List: 8, Indexed: true}
	tab, ms, err := b.Table(d, md)
	if err != nil {
		t.Fatal(err)
	}
	w := d
	w.Name = "windows"
	wins, err := b.Windows(w, md)
	if err != nil {
		t.Fatal(err)
	}
	v, err := b.Value("watermark")
	if err != nil {
		t.Fatal(err)
	}
	if !fill {
		return tab, ms[0], wins
	}
	v.Bytes = []byte("17")
	put := func(tab *Table, m *Multi, n int64) {
		for x := range n {
			var a [1]uint32
			if err := tab.GetBatch(keysOf(tab.Codec(), []int64{x}), a[:], make([]bool, 1)); err != nil {
				t.Fatal(err)
			}
			*(*int64)(tab.Record(a[0])) = x * x
			for k := range x % 5 {
				b := []byte(fmt.Sprint("value", k))
				e, err := m.Add(a[0], b, rowkey.Hash(b))
				if err != nil {
					t.Fatal(err)
				}
				*m.Count(e), *m.Aux(e) = int32(k+1), -int32(k)
			}
			if x%3 == 0 {
				if err := tab.SetBlob(a[0], 8+ListBytes, bytes.Repeat([]byte("b"), int(x))); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	put(tab, ms[0], 3000)
	for _, end := range []int64{100, -5, 7} {
		wt, err := wins.Get(end)
		if err != nil {
			t.Fatal(err)
		}
		put(wt.Table, wt.Multis[0], 10+end%7)
	}
	return tab, ms[0], wins
}

// dump prints a table's contents, sorted by key.
func dump(tab *Table, m *Multi) map[string]string {
	out := map[string]string{}
	tab.each(func(a uint32) {
		s := fmt.Sprintf("%d %s", *(*int64)(tab.Record(a)), tab.Blob(*(*Blob)(unsafe.Add(tab.Record(a), 8+ListBytes))))
		for e := m.Head(a); e != 0; e = m.After(e) {
			s += fmt.Sprintf(" %s×%d/%d", m.Value(e), *m.Count(e), *m.Aux(e))
			if m.Find(a, m.Value(e), rowkey.Hash(m.Value(e))) != e {
				s += " not found"
			}
		}
		out[string(tab.Key(a))] = s
	})
	return out
}

func equal(a, b map[string]string) bool {
	if len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return true
}

func fileOf(name string, b []byte) File {
	return File{Name: name, Data: bytes.NewReader(b), Size: int64(len(b))}
}

// A snapshot restores into any number of subtasks; each takes its key groups.
func TestSnapshotRescale(t *testing.T) {
	from := backend(t, 32<<20)
	tab, m, wins := sample(t, from, true)
	want := dump(tab, m)
	var buf bytes.Buffer
	if err := from.Snapshot(&buf); err != nil {
		t.Fatal(err)
	}
	for _, parallelism := range []int{1, 2, 3, 16} {
		got := map[string]string{}
		ends := map[int64]int{}
		var second []File
		for s := range parallelism {
			b := NewBackend(reserve(t, 32<<20), 16, RangeOf(16, parallelism, s))
			if err := b.Restore(fileOf("chk-1", buf.Bytes())); err != nil {
				t.Fatal(err)
			}
			tab, m, wins := sample(t, b, false)
			for k, v := range dump(tab, m) {
				if got[k] != "" {
					t.Fatalf("key %q is in two subtasks", k)
				}
				got[k] = v
			}
			for _, e := range wins.Ends() {
				ends[e] += wins.Find(e).Len()
			}
			if n := b.Unclaimed(); len(n) != 0 {
				t.Fatalf("unclaimed: %v", n)
			}
			var out bytes.Buffer
			if err := b.Snapshot(&out); err != nil {
				t.Fatal(err)
			}
			second = append(second, fileOf("chk-2", out.Bytes()))
			b.Close()
		}
		if !equal(got, want) {
			t.Fatalf("parallelism %d: %d keys of %d came back, or changed", parallelism, len(got), len(want))
		}
		for _, e := range wins.Ends() {
			if ends[e] != wins.Find(e).Len() {
				t.Fatalf("window %d has %d keys, want %d", e, ends[e], wins.Find(e).Len())
			}
		}
		// And back into one.
		b := NewBackend(reserve(t, 32<<20), 16, KeyGroupRange{0, 15})
		if err := b.Restore(second...); err != nil {
			t.Fatal(err)
		}
		tab, m, _ := sample(t, b, false)
		if !equal(dump(tab, m), want) {
			t.Fatalf("parallelism %d and back: state changed", parallelism)
		}
		b.Close()
	}
}

// Any flipped bit and any truncation is refused, naming the file.
func TestDamagedFiles(t *testing.T) {
	from := backend(t, 32<<20)
	sample(t, from, true)
	var buf bytes.Buffer
	if err := from.Snapshot(&buf); err != nil {
		t.Fatal(err)
	}
	try := func(what string, data []byte) {
		t.Helper()
		b := NewBackend(reserve(t, 32<<20), 16, KeyGroupRange{0, 15})
		defer b.Close()
		err := b.Restore(fileOf("chk-9/op-3", data))
		if err == nil {
			_, _, err = b.Table(TableDesc{Name: "groups", Key: []types.Type{types.TString}, Value: Fingerprint("v"), Width: 8 + ListBytes + 8, Blobs: []int{8 + ListBytes}},
				MultiDesc{Name: "values", Value: Fingerprint("v"), List: 8, Indexed: true})
		}
		if err == nil {
			_, err = b.Windows(TableDesc{Name: "windows", Key: []types.Type{types.TString}, Value: Fingerprint("v"), Width: 8 + ListBytes + 8, Blobs: []int{8 + ListBytes}},
				MultiDesc{Name: "values", Value: Fingerprint("v"), List: 8, Indexed: true})
		}
		var d *diag.Error
		if !errors.As(err, &d) || d.Code != "checkpoint-damaged" || !strings.Contains(d.Message, "chk-9/op-3") {
			t.Fatalf("%s: got %v", what, err)
		}
	}
	r := rand.New(rand.NewPCG(8, 8))
	for range 120 {
		bad := bytes.Clone(buf.Bytes())
		at := r.IntN(len(bad))
		bad[at] ^= 1 << r.IntN(8)
		try(fmt.Sprintf("bit flipped in byte %d of %d", at, len(bad)), bad)
	}
	for range 40 {
		n := r.IntN(buf.Len())
		try(fmt.Sprintf("cut to %d bytes", n), bytes.Clone(buf.Bytes()[:n]))
	}
}

func TestMismatch(t *testing.T) {
	from := backend(t, 8<<20)
	sample(t, from, true)
	var buf bytes.Buffer
	if err := from.Snapshot(&buf); err != nil {
		t.Fatal(err)
	}
	for what, open := range map[string]func(b *Backend) error{
		"key": func(b *Backend) error {
			_, _, err := b.Table(TableDesc{Name: "groups", Key: []types.Type{types.TBigInt}, Value: Fingerprint("v"), Width: 8})
			return err
		},
		"value": func(b *Backend) error {
			_, _, err := b.Table(TableDesc{Name: "groups", Key: []types.Type{types.TString}, Value: Fingerprint("w"), Width: 8})
			return err
		},
		"lists": func(b *Backend) error {
			_, _, err := b.Table(TableDesc{Name: "groups", Key: []types.Type{types.TString}, Value: Fingerprint("v"), Width: 8})
			return err
		},
		"kind": func(b *Backend) error { _, err := b.Value("groups"); return err },
	} {
		b := NewBackend(reserve(t, 8<<20), 16, KeyGroupRange{0, 15})
		if err := b.Restore(fileOf("chk", buf.Bytes())); err != nil {
			t.Fatal(err)
		}
		err := open(b)
		var d *diag.Error
		if !errors.As(err, &d) || d.Code != "state-mismatch" || !strings.Contains(d.Message, `"groups"`) {
			t.Errorf("%s: got %v", what, err)
		}
		if n := b.Unclaimed(); len(n) == 0 {
			t.Errorf("%s: states are left, but none is reported", what)
		}
		b.Close()
	}
	b := NewBackend(reserve(t, 8<<20), 32, KeyGroupRange{0, 31})
	defer b.Close()
	if err := b.Restore(fileOf("chk", buf.Bytes())); err == nil || !strings.Contains(err.Error(), "16 key groups") {
		t.Errorf("another number of key groups: %v", err)
	}
}

// FuzzRestore feeds files that are not snapshots: no panic, no wrong success.
func FuzzRestore(f *testing.F) {
	mem, _ := memory.NewPool(8<<20).Reserve("op", 8<<20)
	b := NewBackend(mem, 16, KeyGroupRange{0, 15})
	tab, _, err := b.Table(TableDesc{Name: "t", Key: []types.Type{types.TBigInt}, Width: 8})
	if err != nil {
		f.Fatal(err)
	}
	if err := tab.GetBatch(keysOf(tab.Codec(), []int64{1, 2}), make([]uint32, 2), make([]bool, 2)); err != nil {
		f.Fatal(err)
	}
	var buf bytes.Buffer
	if err := b.Snapshot(&buf); err != nil {
		f.Fatal(err)
	}
	f.Add(buf.Bytes())
	f.Add([]byte(magic + magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		mem, _ := memory.NewPool(8<<20).Reserve("op", 8<<20)
		b := NewBackend(mem, 16, KeyGroupRange{0, 15})
		defer b.Close()
		if b.Restore(fileOf("x", data)) == nil {
			_, _, _ = b.Table(TableDesc{Name: "t", Key: []types.Type{types.TBigInt}, Width: 8})
		}
	})
}
