package recordbatch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"strings"
	"testing"
)

type record struct {
	ts         int64
	key, value []byte
	headers    []KeyValue
}

var samples = []record{
	{1700000000000, []byte("k1"), []byte("v1"), nil},
	{1700000000001, nil, []byte(strings.Repeat("abc", 1000)), []KeyValue{{[]byte("h"), []byte("1")}, {[]byte("n"), nil}}},
	{1699999999000, []byte{}, nil, nil},
	{1700000009000, []byte("k2"), []byte{}, []KeyValue{{[]byte(""), []byte("")}}},
}

func build(rs []record) *Builder {
	b := &Builder{}
	b.Reset(nil)
	for _, r := range rs {
		b.Append(r.ts, r.key, r.value, r.headers)
	}
	return b
}

// readAll decodes all records of one batch.
func readAll(b []byte) (h Header, out []record, err error) {
	h, batch, err := Next(b)
	if err != nil {
		return h, nil, err
	}
	if err := CheckSum(batch); err != nil {
		return h, nil, err
	}
	base, err := AppendRecords(nil, &h, batch)
	if err != nil {
		return h, nil, err
	}
	var r Record
	at := 0
	for range h.NumRecords {
		if at, err = r.Parse(base, at); err != nil {
			return h, nil, err
		}
		x := record{ts: h.BaseTimestamp + r.TimestampDelta, key: bytesAt(base, r.KeyOff, r.KeyLen), value: bytesAt(base, r.ValueOff, r.ValueLen)}
		if x.headers, err = r.HeadersOf(base, nil); err != nil {
			return h, nil, err
		}
		out = append(out, x)
	}
	return h, out, nil
}

func same(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }

func compare(t *testing.T, want, got []record) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d records, want %d", len(got), len(want))
	}
	for i, w := range want {
		g := got[i]
		if g.ts != w.ts || !same(g.key, w.key) || !same(g.value, w.value) || len(g.headers) != len(w.headers) {
			t.Fatalf("record %d is %v, want %v", i, g, w)
		}
		for j := range w.headers {
			if !same(g.headers[j].Key, w.headers[j].Key) || !same(g.headers[j].Value, w.headers[j].Value) {
				t.Fatalf("record %d header %d is %v, want %v", i, j, g.headers[j], w.headers[j])
			}
		}
	}
}

func TestRoundTrip(t *testing.T) {
	for codec := Uncompressed; codec <= Zstd; codec++ {
		for _, level := range []int{0, 1} {
			t.Run(fmt.Sprint(codec, level), func(t *testing.T) {
				b := build(samples)
				if err := b.Compress(codec, level); err != nil {
					t.Fatal(err)
				}
				o := b.Seal(Producer{ID: 7, Epoch: 3, Transactional: true}, 42)
				h, got, err := readAll(o)
				if err != nil {
					t.Fatal(err)
				}
				compare(t, samples, got)
				if h.Codec() != codec || h.ProducerID != 7 || h.ProducerEpoch != 3 || h.BaseSequence != 42 || !h.Transactional() || h.Control() || h.LogAppendTime() {
					t.Fatalf("header %+v", h)
				}
				if h.LastOffset() != int64(len(samples)-1) || h.MaxTimestamp != 1700000009000 {
					t.Fatalf("header %+v", h)
				}
				again, _, err := readAll(b.Seal(None, 0))
				if err != nil || again.ProducerID != -1 || again.BaseSequence != -1 || again.Transactional() {
					t.Fatalf("sealed again: %+v, %v", again, err)
				}
			})
		}
	}
}

func TestSplit(t *testing.T) {
	b := build(samples)
	second, err := b.Split()
	if err != nil {
		t.Fatal(err)
	}
	_, a, err := readAll(b.Seal(None, 0))
	if err != nil {
		t.Fatal(err)
	}
	compare(t, samples[:2], a)
	_, c, err := readAll(second.Seal(None, 0))
	if err != nil {
		t.Fatal(err)
	}
	compare(t, samples[2:], c)
}

func TestCutOff(t *testing.T) {
	o := build(samples).Seal(None, 0)
	for n := range o {
		if _, _, err := Next(o[:n]); !errors.Is(err, ErrCutOff) {
			t.Fatalf("%d of %d bytes: %v", n, len(o), err)
		}
	}
	if Size(o[:12]) != int64(len(o)) {
		t.Fatalf("size %d, want %d", Size(o), len(o))
	}
}

func TestDamaged(t *testing.T) {
	o := bytes.Clone(build(samples).Seal(None, 0))
	o[len(o)-1] ^= 1
	if _, _, err := readAll(o); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Fatalf("a damaged batch was read: %v", err)
	}
	o[16] = 1
	if _, _, err := Next(o); err == nil || !strings.Contains(err.Error(), "version 1") {
		t.Fatalf("a message set was read: %v", err)
	}
}

// TestXerial reads the stream that Java's snappy writes.
func TestXerial(t *testing.T) {
	b := build(samples)
	if err := b.Compress(Snappy, 0); err != nil {
		t.Fatal(err)
	}
	packed := b.Seal(None, 0)[HeadSize:]
	in := append(bytes.Clone(xerial), 0, 0, 0, 1, 0, 0, 0, 1)
	in = binary.BigEndian.AppendUint32(in, uint32(len(packed)))
	in = append(in, packed...)
	got, err := unSnappy([]byte("before"), in)
	if err != nil || !bytes.Equal(got, append([]byte("before"), b.buf[HeadSize:]...)) {
		t.Fatalf("%v", err)
	}
}

func TestVarint(t *testing.T) {
	for _, x := range []int64{0, -1, 1, 63, -64, 64, 8191, -8192, 8192, math.MaxInt32, math.MinInt32, math.MaxInt64, math.MinInt64} {
		b := binary.AppendVarint(nil, x)
		if len(b) != varintLen(x) {
			t.Errorf("%d: %d bytes, varintLen says %d", x, len(b), varintLen(x))
		}
		if got, n := varint(b, 0); got != x || n != len(b) {
			t.Errorf("%d: read %d, %d bytes of %d", x, got, n, len(b))
		}
		if _, n := varint(b[:len(b)-1], 0); n != 0 {
			t.Errorf("%d: read of a cut varint", x)
		}
	}
}

// FuzzRead reads anything; the checksum is mended so that the records are met.
func FuzzRead(f *testing.F) {
	maxRecords = 4 << 20
	for codec := Uncompressed; codec <= Zstd; codec++ {
		b := build(samples)
		if err := b.Compress(codec, 0); err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.Clone(b.Seal(None, 0)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > HeadSize {
			b[16] = 2
			binary.BigEndian.PutUint32(b[8:], uint32(len(b)-lengthEnd))
			binary.BigEndian.PutUint32(b[17:], crcOf(b))
		}
		h, rs, err := readAll(b)
		if err != nil {
			return
		}
		if len(rs) != int(h.NumRecords) {
			t.Fatalf("%d records, header says %d", len(rs), h.NumRecords)
		}
		_, batch, _ := Next(b)
		_, _ = Control(batch)
		// What was read can be written and read again.
		if len(rs) > 0 && len(rs) < 1000 {
			_, again, err := readAll(build(rs).Seal(None, 0))
			if err != nil {
				t.Fatal(err)
			}
			compare(t, rs, again)
		}
	})
}

func crcOf(b []byte) uint32 { return crc32.Checksum(b[crcStart:], castagnoli) }

func BenchmarkParse(b *testing.B) {
	bl := &Builder{}
	bl.Reset(nil)
	value := bytes.Repeat([]byte("x"), 200)
	for range 1000 {
		bl.Append(1700000000000, nil, value, nil)
	}
	o := bl.Seal(None, 0)
	var r Record
	for b.Loop() {
		at := HeadSize
		for range 1000 {
			at, _ = r.Parse(o, at)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/record")
}

func BenchmarkAppend(b *testing.B) {
	bl := &Builder{}
	value := bytes.Repeat([]byte("x"), 200)
	var buf []byte
	for b.Loop() {
		bl.Reset(buf)
		for range 1000 {
			bl.Append(1700000000000, nil, value, nil)
		}
		buf = bl.Buffer()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/record")
}
