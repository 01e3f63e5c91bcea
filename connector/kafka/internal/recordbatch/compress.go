package recordbatch

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Codec is a compression of records, by Kafka's number.
type Codec uint8

// The codecs of Kafka.
const (
	Uncompressed Codec = iota
	Gzip
	Snappy
	LZ4
	Zstd
)

var codecNames = [...]string{"none", "gzip", "snappy", "lz4", "zstd"}

// String returns Kafka's name of the codec.
func (c Codec) String() string {
	if int(c) < len(codecNames) {
		return codecNames[c]
	}
	return fmt.Sprintf("codec %d", uint8(c))
}

// CodecByName returns the codec that a producer option names.
func CodecByName(name string) (Codec, bool) {
	for i, n := range codecNames {
		if n == name {
			return Codec(i), true
		}
	}
	return 0, false
}

// maxRecords bounds the unpacked records of one batch: a damaged or hostile
// batch must not take the process's memory. Tests lower it.
var maxRecords = 256 << 20

var errTooLarge = errors.New("record batch unpacks to more than 256 MB")

// Decoders are kept for reuse: a zstd decoder is worth a megabyte.
var (
	zstdReaders sync.Pool
	zstdWriters sync.Pool
	gzipReaders sync.Pool
	lz4Readers  sync.Pool
	lz4Writers  sync.Pool
)

// AppendRecords appends the batch's records, unpacked, to dst. For an
// uncompressed batch the records are batch[HeadSize:] already.
func AppendRecords(dst []byte, h *Header, batch []byte) ([]byte, error) {
	in := batch[HeadSize:]
	var err error
	switch h.Codec() {
	case Uncompressed:
		return append(dst, in...), nil
	case Gzip:
		dst, err = unGzip(dst, in)
	case Snappy:
		dst, err = unSnappy(dst, in)
	case LZ4:
		dst, err = unLZ4(dst, in)
	case Zstd:
		dst, err = unZstd(dst, in)
	default:
		err = errors.New("the codec is unknown")
	}
	if err != nil {
		return dst, fmt.Errorf("unpack record batch at offset %d (%s): %w", h.BaseOffset, h.Codec(), err)
	}
	return dst, nil
}

// readInto appends all that r yields to dst.
func readInto(dst []byte, r io.Reader) ([]byte, error) {
	start := len(dst)
	for {
		if len(dst) == cap(dst) {
			dst = append(dst, 0)[:len(dst)]
		}
		n, err := r.Read(dst[len(dst):cap(dst)])
		dst = dst[:len(dst)+n]
		if len(dst)-start > maxRecords {
			return dst, errTooLarge
		}
		if err == io.EOF {
			return dst, nil
		}
		if err != nil {
			return dst, err
		}
	}
}

func unGzip(dst, in []byte) ([]byte, error) {
	r, _ := gzipReaders.Get().(*gzip.Reader)
	if r == nil {
		r = new(gzip.Reader)
	}
	defer gzipReaders.Put(r)
	if err := r.Reset(bytes.NewReader(in)); err != nil {
		return dst, err
	}
	return readInto(dst, r)
}

func unLZ4(dst, in []byte) ([]byte, error) {
	r, _ := lz4Readers.Get().(*lz4.Reader)
	if r == nil {
		r = lz4.NewReader(nil)
	}
	defer lz4Readers.Put(r)
	r.Reset(bytes.NewReader(in))
	return readInto(dst, r)
}

func unZstd(dst, in []byte) ([]byte, error) {
	d, _ := zstdReaders.Get().(*zstd.Decoder)
	if d == nil {
		var err error
		if d, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxMemory(uint64(maxRecords))); err != nil {
			return dst, err
		}
	}
	defer zstdReaders.Put(d)
	return d.DecodeAll(in, dst)
}

// xerial is how Java's snappy stream begins: a magic, a version and the
// version it is compatible with, then blocks of length and snappy bytes.
var xerial = []byte{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0}

func unSnappy(dst, in []byte) ([]byte, error) {
	if !bytes.HasPrefix(in, xerial) {
		return appendSnappy(dst, in)
	}
	if len(in) < 16 {
		return dst, io.ErrUnexpectedEOF
	}
	start := len(dst)
	for in = in[16:]; len(in) > 0; {
		if len(in) < 4 {
			return dst, io.ErrUnexpectedEOF
		}
		n := int64(binary.BigEndian.Uint32(in))
		if in = in[4:]; n > int64(len(in)) {
			return dst, io.ErrUnexpectedEOF
		}
		var err error
		if dst, err = appendSnappy(dst, in[:n]); err != nil {
			return dst, err
		}
		if len(dst)-start > maxRecords {
			return dst, errTooLarge
		}
		in = in[n:]
	}
	return dst, nil
}

func appendSnappy(dst, in []byte) ([]byte, error) {
	n, err := snappy.DecodedLen(in)
	if err != nil {
		return dst, err
	}
	// A snappy element of three bytes copies 64 at the most.
	if n > maxRecords || n > 64*len(in)+64 {
		return dst, errTooLarge
	}
	at := len(dst)
	if cap(dst)-at < n {
		grown := make([]byte, at, max(at+n, 2*cap(dst)))
		copy(grown, dst)
		dst = grown
	}
	out, err := snappy.Decode(dst[at:at+n:at+n], in)
	if err != nil {
		return dst, err
	}
	return dst[:at+len(out)], nil
}

// compress appends in, packed, to dst. Level 0 is the codec's default.
func compress(dst, in []byte, c Codec, level int) ([]byte, error) {
	w := &sliceWriter{dst}
	switch c {
	case Gzip:
		if level == 0 {
			level = gzip.DefaultCompression
		}
		z, err := gzip.NewWriterLevel(w, level)
		if err != nil {
			return dst, err
		}
		if _, err := z.Write(in); err != nil {
			return dst, err
		}
		err = z.Close()
		return w.b, err
	case Snappy:
		at := len(dst)
		need := snappy.MaxEncodedLen(len(in))
		if need < 0 {
			return dst, errTooLarge
		}
		if cap(dst)-at < need {
			grown := make([]byte, at, at+need)
			copy(grown, dst)
			dst = grown
		}
		out := snappy.Encode(dst[at:at+need:at+need], in)
		return dst[:at+len(out)], nil
	case LZ4:
		z, _ := lz4Writers.Get().(*lz4.Writer)
		if z == nil {
			z = lz4.NewWriter(nil)
			if err := z.Apply(lz4.BlockSizeOption(lz4.Block64Kb), lz4.ConcurrencyOption(1), lz4.ChecksumOption(false)); err != nil {
				return dst, err
			}
		}
		defer lz4Writers.Put(z)
		z.Reset(w)
		if _, err := z.Write(in); err != nil {
			return dst, err
		}
		err := z.Close()
		return w.b, err
	case Zstd:
		if level != 0 {
			return zstdAt(dst, in, level)
		}
		z, _ := zstdWriters.Get().(*zstd.Encoder)
		if z == nil {
			var err error
			if z, err = newZstd(3); err != nil {
				return dst, err
			}
		}
		defer zstdWriters.Put(z)
		return z.EncodeAll(in, dst), nil
	}
	return dst, fmt.Errorf("there is no codec %d", c)
}

func newZstd(level int) (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(128<<10), zstd.WithLowerEncoderMem(true),
		zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(level)))
}

func zstdAt(dst, in []byte, level int) ([]byte, error) {
	z, err := newZstd(level)
	if err != nil {
		return dst, err
	}
	defer z.Close()
	return z.EncodeAll(in, dst), nil
}

type sliceWriter struct{ b []byte }

func (w *sliceWriter) Write(p []byte) (int, error) {
	w.b = append(w.b, p...)
	return len(p), nil
}
