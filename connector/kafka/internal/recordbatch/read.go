package recordbatch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// HeadSize is the size of a batch's header.
const HeadSize = 61

// Sizes before the length field's own end, and of what its value must cover.
const (
	lengthEnd = 12
	crcStart  = 21
)

// Attribute bits.
const (
	attrCodec         = 0x07
	attrLogAppend     = 0x08
	attrTransactional = 0x10
	attrControl       = 0x20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrCutOff says that the bytes end inside a batch: brokers cut the last batch
// of an answer off at the fetch size.
var ErrCutOff = errors.New("record batch is cut off")

// Header is a batch's header, decoded.
type Header struct {
	BaseOffset      int64
	LeaderEpoch     int32
	Attributes      int16
	LastOffsetDelta int32
	BaseTimestamp   int64 // milliseconds
	MaxTimestamp    int64
	ProducerID      int64
	ProducerEpoch   int16
	BaseSequence    int32
	NumRecords      int32
}

// Codec is the compression of the records.
func (h *Header) Codec() Codec { return Codec(h.Attributes & attrCodec) }

// Control says that the records are transaction markers.
func (h *Header) Control() bool { return h.Attributes&attrControl != 0 }

// Transactional says that the records belong to a transaction.
func (h *Header) Transactional() bool { return h.Attributes&attrTransactional != 0 }

// LogAppendTime says that MaxTimestamp, the broker's clock, is every record's
// timestamp.
func (h *Header) LogAppendTime() bool { return h.Attributes&attrLogAppend != 0 }

// LastOffset is the offset of the last record, also where compaction has
// removed it.
func (h *Header) LastOffset() int64 { return h.BaseOffset + int64(h.LastOffsetDelta) }

// Next reads the header of the batch at the start of b and returns the batch's
// bytes. It answers ErrCutOff when b ends inside the batch.
func Next(b []byte) (h Header, batch []byte, err error) {
	if len(b) < crcStart {
		return h, nil, ErrCutOff
	}
	if magic := b[16]; magic != 2 {
		return h, nil, fmt.Errorf("message format version %d is not supported, only version 2 (log.message.format.version 0.11 and later)", magic)
	}
	length := int64(int32(binary.BigEndian.Uint32(b[8:])))
	if length < HeadSize-lengthEnd {
		return h, nil, fmt.Errorf("record batch of %d bytes is shorter than its header", length)
	}
	if int64(len(b)) < length+lengthEnd {
		return h, nil, ErrCutOff
	}
	batch = b[: length+lengthEnd : length+lengthEnd]
	be := binary.BigEndian
	h = Header{
		BaseOffset:      int64(be.Uint64(batch)),
		LeaderEpoch:     int32(be.Uint32(batch[12:])),
		Attributes:      int16(be.Uint16(batch[21:])),
		LastOffsetDelta: int32(be.Uint32(batch[23:])),
		BaseTimestamp:   int64(be.Uint64(batch[27:])),
		MaxTimestamp:    int64(be.Uint64(batch[35:])),
		ProducerID:      int64(be.Uint64(batch[43:])),
		ProducerEpoch:   int16(be.Uint16(batch[51:])),
		BaseSequence:    int32(be.Uint32(batch[53:])),
		NumRecords:      int32(be.Uint32(batch[57:])),
	}
	if h.LastOffsetDelta < 0 || h.NumRecords < 0 {
		return h, nil, fmt.Errorf("record batch at offset %d has a negative number of records", h.BaseOffset)
	}
	return h, batch, nil
}

// Size returns the size in bytes of the batch at the start of b, 0 if b does
// not reach that far.
func Size(b []byte) int64 {
	if len(b) < lengthEnd {
		return 0
	}
	return int64(int32(binary.BigEndian.Uint32(b[8:]))) + lengthEnd
}

// CheckSum compares the batch's checksum with its bytes.
func CheckSum(batch []byte) error {
	want := binary.BigEndian.Uint32(batch[17:])
	if got := crc32.Checksum(batch[crcStart:], castagnoli); got != want {
		return fmt.Errorf("record batch at offset %d is damaged: checksum %08x, expected %08x", int64(binary.BigEndian.Uint64(batch)), got, want)
	}
	return nil
}

// ControlType is the kind of a control batch.
type ControlType int16

// Control batches that matter to a reader.
const (
	Abort  ControlType = 0
	Commit ControlType = 1
)

// Control returns the type of a control batch.
func Control(batch []byte) (ControlType, error) {
	var r Record
	if _, err := r.Parse(batch, HeadSize); err != nil {
		return 0, err
	}
	key := batch[r.KeyOff : int(r.KeyOff)+max(int(r.KeyLen), 0)]
	if len(key) < 4 {
		return 0, errors.New("control record without a type")
	}
	return ControlType(binary.BigEndian.Uint16(key[2:])), nil
}

// Record is the place of one record in a buffer; Off and Len are bytes from the
// buffer's start, Len is -1 for null.
type Record struct {
	TimestampDelta      int64
	OffsetDelta         int64
	KeyOff, ValueOff    uint32
	KeyLen, ValueLen    int32
	Headers, HeadersEnd uint32 // place of the headers, behind their count
	NumHeaders          int32
}

var errRecord = errors.New("record is malformed")

// uvarint decodes an unsigned varint at b[i:] of at most ten bytes; n is 0 if
// there is none.
func uvarint(b []byte, i int) (x uint64, next int) {
	for s := uint(0); i < len(b) && s < 64; s += 7 {
		c := b[i]
		i++
		x |= uint64(c&0x7f) << s
		if c < 0x80 {
			return x, i
		}
	}
	return 0, 0
}

// varint decodes a zigzag varint at b[i:]; next is 0 if there is none. The
// first two bytes are unrolled: they hold nearly every number of a record.
func varint(b []byte, i int) (x int64, next int) {
	if i+1 < len(b) {
		c := uint64(b[i])
		if c < 0x80 {
			return int64(c>>1) ^ -int64(c&1), i + 1
		}
		if d := uint64(b[i+1]); d < 0x80 {
			c = c&0x7f | d<<7
			return int64(c>>1) ^ -int64(c&1), i + 2
		}
	}
	u, next := uvarint(b, i)
	return int64(u>>1) ^ -int64(u&1), next
}

// Parse reads the record at b[at:] and returns where the next one starts.
func (r *Record) Parse(b []byte, at int) (next int, err error) {
	length, i := varint(b, at)
	if i == 0 || length < 0 || length > int64(len(b)-i) {
		return 0, errRecord
	}
	end := i + int(length)
	b = b[:end]
	if i++; i > end { // attributes, unused
		return 0, errRecord
	}
	if r.TimestampDelta, i = varint(b, i); i == 0 {
		return 0, errRecord
	}
	if r.OffsetDelta, i = varint(b, i); i == 0 || r.OffsetDelta < 0 {
		return 0, errRecord
	}
	if r.KeyOff, r.KeyLen, i = field(b, i); i == 0 {
		return 0, errRecord
	}
	if r.ValueOff, r.ValueLen, i = field(b, i); i == 0 {
		return 0, errRecord
	}
	n, i := varint(b, i)
	if i == 0 || n < 0 || n > int64(end-i) { // a header takes two bytes at the least
		return 0, errRecord
	}
	r.NumHeaders, r.Headers, r.HeadersEnd = int32(n), uint32(i), uint32(end)
	return end, nil
}

// field reads a length and skips as many bytes.
func field(b []byte, i int) (off uint32, length int32, next int) {
	n, i := varint(b, i)
	if i == 0 || n < -1 || n > int64(len(b)-i) {
		return 0, 0, 0
	}
	return uint32(i), int32(n), i + int(max(n, 0))
}

// KeyValue is a header of a record; a nil Value is null.
type KeyValue struct{ Key, Value []byte }

// HeadersOf appends the record's headers to dst; they point into b.
func (r *Record) HeadersOf(b []byte, dst []KeyValue) ([]KeyValue, error) {
	b = b[:r.HeadersEnd]
	i := int(r.Headers)
	for range r.NumHeaders {
		koff, klen, j := field(b, i)
		if j == 0 || klen < 0 {
			return dst, errRecord
		}
		voff, vlen, k := field(b, j)
		if k == 0 {
			return dst, errRecord
		}
		kv := KeyValue{Key: b[koff : int(koff)+int(klen)]}
		if vlen >= 0 {
			kv.Value = b[voff : int(voff)+int(vlen)]
		}
		dst = append(dst, kv)
		i = k
	}
	return dst, nil
}
