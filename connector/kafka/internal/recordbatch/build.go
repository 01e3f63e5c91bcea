package recordbatch

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"
)

// Producer identifies the writer of a batch to the broker, which refuses what
// is out of its sequence.
type Producer struct {
	ID            int64
	Epoch         int16
	Transactional bool
}

// None is a producer without idempotence.
var None = Producer{ID: -1, Epoch: -1}

// Builder builds one batch in a buffer of its own. The zero Builder is ready
// after Reset. It belongs to one goroutine at a time.
type Builder struct {
	buf    []byte // header, then records
	n      int32
	baseTS int64
	maxTS  int64
	packed []byte // header and compressed records once Compress was called
	codec  Codec
}

// Reset empties the builder; buf, which may be nil, becomes its memory.
func (b *Builder) Reset(buf []byte) {
	if cap(buf) < HeadSize {
		buf = make([]byte, HeadSize, 4096)
	}
	*b = Builder{buf: buf[:HeadSize], packed: b.packed[:0]}
}

// Len is the number of records.
func (b *Builder) Len() int { return int(b.n) }

// Size is the size in bytes of the batch before compression.
func (b *Builder) Size() int { return len(b.buf) }

// Memory is the number of bytes the builder holds.
func (b *Builder) Memory() int { return cap(b.buf) + cap(b.packed) }

// Grow makes room for n more bytes by doubling, up to most bytes if that is
// enough: the runtime grows large slices by a quarter, which copies too often.
func (b *Builder) Grow(n, most int) {
	need := len(b.buf) + n
	if need <= cap(b.buf) {
		return
	}
	buf := make([]byte, len(b.buf), max(need, min(2*cap(b.buf), most)))
	copy(buf, b.buf)
	b.buf = buf
}

// Buffer returns the builder's memory for use in another Reset; the builder
// must not be used after it.
func (b *Builder) Buffer() []byte { return b.buf }

func varintLen(x int64) int {
	u := uint64(x)<<1 ^ uint64(x>>63)
	return (bits.Len64(u|1) + 6) / 7
}

func fieldLen(b []byte) int {
	if b == nil {
		return 1
	}
	return varintLen(int64(len(b))) + len(b)
}

// RecordSize is about what a record adds to a batch.
func RecordSize(key, value []byte, headers []KeyValue) int {
	n := 1 + 5 + 5 + 5 + fieldLen(key) + fieldLen(value) + varintLen(int64(len(headers)))
	for _, h := range headers {
		n += fieldLen(h.Key) + fieldLen(h.Value)
	}
	return n
}

// Append adds a record. Nil keys and values are null. The bytes are copied.
func (b *Builder) Append(timestamp int64, key, value []byte, headers []KeyValue) {
	if b.n == 0 {
		b.baseTS, b.maxTS = timestamp, timestamp
	}
	b.maxTS = max(b.maxTS, timestamp)
	delta := timestamp - b.baseTS
	size := 1 + varintLen(delta) + varintLen(int64(b.n)) + fieldLen(key) + fieldLen(value) + varintLen(int64(len(headers)))
	for _, h := range headers {
		size += fieldLen(h.Key) + fieldLen(h.Value)
	}
	o := b.buf
	o = binary.AppendVarint(o, int64(size))
	o = append(o, 0)
	o = binary.AppendVarint(o, delta)
	o = binary.AppendVarint(o, int64(b.n))
	o = appendField(o, key)
	o = appendField(o, value)
	o = binary.AppendVarint(o, int64(len(headers)))
	for _, h := range headers {
		o = appendField(o, h.Key)
		o = appendField(o, h.Value)
	}
	b.buf = o
	b.n++
}

func appendField(o, f []byte) []byte {
	if f == nil {
		return append(o, 1) // -1
	}
	o = binary.AppendVarint(o, int64(len(f)))
	return append(o, f...)
}

// Compress packs the records; it does nothing for Uncompressed. Call it once,
// when no record will be added.
func (b *Builder) Compress(c Codec, level int) error {
	b.codec = c
	if c == Uncompressed {
		return nil
	}
	out := append(b.packed[:0], b.buf[:HeadSize]...)
	out, err := compress(out, b.buf[HeadSize:], c, level)
	b.packed = out
	return err
}

// Seal writes the header for the given producer and returns the batch. It may
// be called again with another producer or sequence; the batch is valid until
// the next call of a method.
func (b *Builder) Seal(p Producer, sequence int32) []byte {
	o := b.buf
	if b.codec != Uncompressed {
		o = b.packed
	}
	attrs := uint16(b.codec)
	if p.Transactional {
		attrs |= attrTransactional
	}
	if p.ID < 0 {
		sequence = -1
	}
	be := binary.BigEndian
	be.PutUint64(o[0:], 0)
	be.PutUint32(o[8:], uint32(len(o)-lengthEnd))
	be.PutUint32(o[12:], ^uint32(0)) // the broker sets the leader epoch
	o[16] = 2
	be.PutUint16(o[21:], attrs)
	be.PutUint32(o[23:], uint32(max(b.n-1, 0)))
	be.PutUint64(o[27:], uint64(b.baseTS))
	be.PutUint64(o[35:], uint64(b.maxTS))
	be.PutUint64(o[43:], uint64(p.ID))
	be.PutUint16(o[51:], uint16(p.Epoch))
	be.PutUint32(o[53:], uint32(sequence))
	be.PutUint32(o[57:], uint32(b.n))
	be.PutUint32(o[17:], crc32.Checksum(o[crcStart:], castagnoli))
	return o
}

// Split moves the second half of the records into a builder of their own, for
// a batch that the broker finds too large. It needs two records at the least.
func (b *Builder) Split() (*Builder, error) {
	var r Record
	at, half := HeadSize, int(b.n)/2
	second := &Builder{}
	second.Reset(make([]byte, 0, len(b.buf)/2+HeadSize))
	cut := 0
	var headers []KeyValue
	for i := range int(b.n) {
		if i == half {
			cut = at
		}
		next, err := r.Parse(b.buf, at)
		if err != nil {
			return nil, err
		}
		if i >= half {
			if headers, err = r.HeadersOf(b.buf, headers[:0]); err != nil {
				return nil, err
			}
			second.Append(b.baseTS+r.TimestampDelta, bytesAt(b.buf, r.KeyOff, r.KeyLen), bytesAt(b.buf, r.ValueOff, r.ValueLen), headers)
		}
		at = next
	}
	b.buf, b.n = b.buf[:cut], int32(half)
	return second, nil
}

func bytesAt(b []byte, off uint32, n int32) []byte {
	if n < 0 {
		return nil
	}
	return b[off : int(off)+int(n) : int(off)+int(n)]
}
