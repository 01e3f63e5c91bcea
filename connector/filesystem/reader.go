package filesystem

import (
	"bytes"
	"compress/bzip2"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/format"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

const chunkSize = 128 << 10

// reader reads one file after the other. Rows of a batch point into buf, which
// is moved and refilled only by the next Next.
type reader struct {
	source  *source
	decoder format.Decoder
	framer  format.Framer // nil: lines
	batch   *vector.Batch
	body    *vector.Batch // the decoder's columns of batch
	extras  []extra
	size    int
	limit   int // longest message

	splits   []position
	finished []string
	noMore   bool
	ready    chan struct{}

	file       *os.File
	stream     io.Reader
	closer     func()
	buf        []byte
	start, end int // bytes of buf that are not decoded yet
	atEOF      bool

	bytesIn connector.Counter
}

// extra is a column that comes from the file's name or state, not its content.
type extra struct {
	column    int
	partition string // name of a partition key, "" for metadata
	metadata  string
	value     *vector.Vector // the one value for the current file
}

func (s *source) Reader(env connector.Env, columns []connector.Column) (connector.Reader, error) {
	r := &reader{source: s, size: max(env.BatchSize, 1), ready: make(chan struct{}, 1), limit: 64 << 20}
	if env.MemoryBytes > 0 {
		r.limit = int(max(env.MemoryBytes/2, 1<<20))
	}
	keys := map[string]bool{}
	for _, k := range s.table.PartitionKeys {
		keys[k] = true
	}
	var all, wanted []format.Column
	for _, c := range s.table.Physical {
		if !keys[c.Name] {
			all = append(all, format.Column{Name: c.Name, Type: c.Type})
		}
	}
	ts := make([]types.Type, len(columns))
	for i, c := range columns {
		ts[i] = c.Type
	}
	r.batch, r.body = vector.NewBatch(ts, r.size), &vector.Batch{}
	for i, c := range columns {
		switch {
		case c.Metadata != "":
			r.extras = append(r.extras, extra{column: i, metadata: c.Metadata})
		case keys[c.Name]:
			r.extras = append(r.extras, extra{column: i, partition: c.Name})
		default:
			wanted = append(wanted, format.Column{Name: c.Name, Type: c.Type})
			r.body.Cols = append(r.body.Cols, r.batch.Cols[i])
		}
	}
	d, err := format.NewDecoder(s.table.Options, "format", wanted, format.Env{Zone: env.Zone, Log: env.Log, All: all})
	if err != nil {
		return nil, err
	}
	r.decoder = d
	r.framer, _ = d.(format.Framer)
	if env.Metrics != nil {
		r.bytesIn = env.Metrics.Counter("numBytesIn")
	}
	return r, nil
}

func (r *reader) AddSplits(splits []connector.Split) error {
	for _, s := range splits {
		var p position
		if err := json.Unmarshal(s.State, &p); err != nil {
			return fmt.Errorf("split %q: %w", s.ID, err)
		}
		r.splits = append(r.splits, p)
	}
	r.wake()
	return nil
}

func (r *reader) NoMoreSplits() { r.noMore = true; r.wake() }

func (r *reader) wake() {
	select {
	case r.ready <- struct{}{}:
	default:
	}
}

func (r *reader) Ready() <-chan struct{} { return r.ready }

func (r *reader) Next() (*vector.Batch, string, error) {
	for {
		if len(r.splits) == 0 {
			if r.noMore {
				return nil, "", io.EOF
			}
			return nil, "", nil
		}
		if r.stream == nil {
			if err := r.open(); err != nil {
				return nil, "", err
			}
		}
		n, err := r.fill()
		if err != nil {
			return nil, "", err
		}
		if n > 0 {
			return r.batch, r.splits[0].Path, nil
		}
		r.closeFile()
		r.finished = append(r.finished, r.splits[0].Path)
		r.splits = r.splits[1:]
	}
}

// open starts the first split at its offset.
func (r *reader) open() error {
	p := r.splits[0]
	f, err := os.Open(p.Path)
	if err != nil {
		return fmt.Errorf("read table %s: %w", r.source.table.Path, err)
	}
	r.file, r.stream, r.closer = f, f, func() {}
	if err := r.decompress(p.Path); err != nil {
		f.Close()
		r.stream = nil
		return fmt.Errorf("read %s: %w", p.Path, err)
	}
	if p.Offset > 0 {
		if r.stream == io.Reader(f) {
			_, err = f.Seek(p.Offset, io.SeekStart)
		} else {
			_, err = io.CopyN(io.Discard, r.stream, p.Offset)
		}
		if err != nil {
			r.closeFile()
			return fmt.Errorf("read %s: go on at byte %d: %w", p.Path, p.Offset, err)
		}
	}
	if r.buf == nil {
		r.buf = make([]byte, chunkSize)
	}
	r.start, r.end, r.atEOF = 0, 0, false
	return r.describe(p.Path)
}

func (r *reader) decompress(path string) error {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".gz", ".gzip":
		z, err := gzip.NewReader(r.file)
		if err != nil {
			return err
		}
		r.stream = z
	case ".bz2":
		r.stream = bzip2.NewReader(r.file)
	case ".zst", ".zstd":
		z, err := zstd.NewReader(r.file, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return err
		}
		r.stream, r.closer = z, z.Close
	}
	return nil
}

// describe computes the values of the extra columns for a file.
func (r *reader) describe(path string) error {
	var info os.FileInfo
	for i := range r.extras {
		e := &r.extras[i]
		v := vector.New(r.batch.Cols[e.column].Type(), 1)
		e.value = v
		if e.partition != "" {
			text, ok := partitionValue(path, e.partition)
			if !ok {
				return fmt.Errorf("read table %s: file %s lies in no folder %s=…", r.source.table.Path, path, e.partition)
			}
			if text == r.source.table.Options.Text(defaultName) {
				v.AppendNull()
			} else if err := appendParsed(v, text); err != nil {
				return fmt.Errorf("read table %s: partition %s=%s: %w", r.source.table.Path, e.partition, text, err)
			}
			continue
		}
		if info == nil {
			var err error
			if info, err = r.file.Stat(); err != nil {
				return err
			}
		}
		switch e.metadata {
		case "file.path":
			v.AppendString(path)
		case "file.name":
			v.AppendString(filepath.Base(path))
		case "file.size":
			vector.Append(v, info.Size())
		case "file.modification-time":
			vector.Append(v, info.ModTime().UnixMilli())
		}
	}
	return nil
}

// partitionValue finds `key=value` among the folders of a path, from below.
func partitionValue(path, key string) (string, bool) {
	for _, part := range slices.Backward(strings.Split(filepath.ToSlash(filepath.Dir(path)), "/")) {
		if v, ok := strings.CutPrefix(part, key+"="); ok {
			if u, err := url.PathUnescape(v); err == nil {
				v = u
			}
			return v, true
		}
	}
	return "", false
}

// fill decodes the next rows of the current file into batch and returns their
// number; 0 means that the file has ended.
func (r *reader) fill() (int, error) {
	for {
		r.batch.Reset()
		r.body.Kinds = nil
		r.body.SetLen(0)
		rows, err := r.decode()
		if err != nil || rows > 0 {
			return rows, err
		}
		if r.atEOF {
			return 0, nil
		}
		if err := r.refill(); err != nil {
			return 0, err
		}
	}
}

// decode takes messages from the buffer until the batch is full or no whole
// message is left.
func (r *reader) decode() (int, error) {
	rows, from := 0, r.start
	r.decoder.Begin(r.body, r.buf[:r.end], false)
	for rows < r.size {
		advance, s, e, err := r.frame(r.buf[r.start:r.end])
		if err != nil {
			return 0, r.located(err, r.buf[r.start:r.end])
		}
		if advance == 0 {
			break
		}
		if e > s {
			n, err := r.decoder.Decode(uint32(r.start+s), uint32(e-s))
			if err != nil {
				return 0, r.located(err, r.buf[r.start+s:r.start+e])
			}
			rows += n
			r.body.SetLen(rows)
		}
		r.start += advance
		r.splits[0].Offset += int64(advance)
	}
	if rows > 0 {
		r.batch.SetLen(rows)
		r.batch.Kinds = r.body.Kinds
		for _, x := range r.extras {
			c := r.batch.Cols[x.column]
			for range rows {
				c.AppendFrom(x.value, 0)
			}
		}
		if r.bytesIn != nil {
			r.bytesIn.Add(int64(r.start - from))
		}
	}
	return rows, nil
}

// located says where in the file a message is at fault and how it begins.
func (r *reader) located(err error, message []byte) error {
	if len(message) > 200 {
		message = message[:200]
	}
	p := r.splits[0]
	return fmt.Errorf("read %s at byte %d: %w\n  the record begins: %s", p.Path, p.Offset, err, message)
}

func (r *reader) frame(b []byte) (advance, start, end int, err error) {
	if len(b) == 0 {
		return 0, 0, 0, nil
	}
	if r.framer != nil {
		return r.framer.Frame(b, r.atEOF)
	}
	i := bytes.IndexByte(b, '\n')
	switch {
	case i >= 0:
		advance, end = i+1, i
	case r.atEOF:
		advance, end = len(b), len(b)
	default:
		return 0, 0, 0, nil
	}
	if end > 0 && b[end-1] == '\r' {
		end--
	}
	return advance, 0, end, nil
}

// refill moves what is left to the front and reads on.
func (r *reader) refill() error {
	if r.start > 0 {
		copy(r.buf, r.buf[r.start:r.end])
		r.end -= r.start
		r.start = 0
	}
	if r.end == len(r.buf) {
		if len(r.buf) >= r.limit {
			return r.located(fmt.Errorf("a record is longer than %d bytes", r.limit), r.buf)
		}
		r.buf = append(r.buf, make([]byte, len(r.buf))...)
	}
	n, err := io.ReadAtLeast(r.stream, r.buf[r.end:], 1)
	r.end += n
	if errors.Is(err, io.EOF) {
		r.atEOF = true
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", r.splits[0].Path, err)
	}
	return nil
}

func (r *reader) closeFile() {
	if r.stream != nil {
		r.closer()
		r.file.Close()
		r.stream = nil
	}
}

func (r *reader) Snapshot() ([]connector.Split, error) {
	out := make([]connector.Split, len(r.splits))
	for i, p := range r.splits {
		out[i] = p.split()
	}
	return out, nil
}

func (r *reader) Finished() []string {
	f := r.finished
	r.finished = nil
	return f
}

func (r *reader) CheckpointComplete(int64) error { return nil }
func (r *reader) Pause(string, bool)             {}
func (r *reader) Close() error                   { r.closeFile(); return nil }
