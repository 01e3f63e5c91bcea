package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/connector/kafka/internal/recordbatch"
	"github.com/flott/flott/format"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// reader walks chunks and fills columns. It belongs to the task goroutine.
type reader struct {
	src   *source
	env   connector.Env
	f     *fetcher
	parts map[string]*partition
	last  bool // no more splits
	done  []string
	cur   *chunk
	seg   int // of cur
	at    int // in cur.base; 0 = the segment's start
	row   int // records read of the segment

	out     *vector.Batch
	key     decoding
	value   decoding
	meta    []metaColumn
	nullRow bool // a null value is a row of NULLs (raw), not nothing
	drop    []int32

	positions []map[topicPartition]int64 // of Snapshots not known to be durable
	completed int64
	commits   chan map[topicPartition]int64
	wg        sync.WaitGroup

	records, bytes, skipped, committed, failed connector.Counter

	scope connector.Metrics // KafkaSourceReader
}

// decoding is a decoder with the columns of out that it fills.
type decoding struct {
	name string // for messages
	dec  format.Decoder
	view *vector.Batch
}

// metaColumn fills a metadata column.
type metaColumn struct {
	key string
	v   *vector.Vector
}

func newReader(s *source, env connector.Env, columns []connector.Column) (connector.Reader, error) {
	r := &reader{src: s, env: env, parts: map[string]*partition{}, commits: make(chan map[topicPartition]int64, 1)}
	if err := r.project(columns); err != nil {
		return nil, err
	}
	c, err := dial(&s.props, fmt.Sprintf("source-%d", env.Subtask), env.Log)
	if err != nil {
		return nil, err
	}
	r.f = newFetcher(c, s.resetPolicy(), memoryOf(env))
	r.records, r.bytes = env.Metrics.Counter("numRecordsIn"), env.Metrics.Counter("numBytesIn")
	r.skipped = env.Metrics.Counter("numRecordsInErrors")
	env.Metrics.Gauge("pendingRecords", func() float64 { sum, _ := r.f.lag(); return float64(sum) })
	r.scope = connector.MetricScope(env.Metrics, "KafkaSourceReader", "")
	r.committed, r.failed = r.scope.Counter("commitsSucceeded"), r.scope.Counter("commitsFailed")
	connector.MetricScope(r.scope, "KafkaConsumer", "").Gauge("records-lag-max", func() float64 { _, most := r.f.lag(); return float64(most) })
	if s.props.groupID != "" && s.props.commit {
		r.wg.Add(1)
		go r.committer()
	}
	return r, nil
}

// resetPolicy is what happens when an offset is gone: as in Flink it depends on
// where the reading began.
func (s *source) resetPolicy() string {
	if s.props.reset != "" {
		return s.props.reset
	}
	switch s.startup {
	case startLatest, startTimestamp:
		return "latest"
	case startGroup:
		return "none"
	}
	return "earliest"
}

// lag is the number of records that the broker has beyond what the task has.
func (f *fetcher) lag() (sum, most int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.parts {
		if n := p.high - p.consumed; p.high >= 0 && n > 0 {
			sum, most = sum+n, max(most, n)
		}
	}
	return sum, most
}

// project makes the output batch and the decoders for the wanted columns.
func (r *reader) project(columns []connector.Column) error {
	s := r.src
	r.out = &vector.Batch{}
	r.key.view, r.value.view = &vector.Batch{}, &vector.Batch{}
	var keyCols, valueCols []format.Column
	for _, c := range columns {
		v := vector.New(c.Type, r.env.BatchSize)
		r.out.Cols = append(r.out.Cols, v)
		if key, ok := strings.CutPrefix(c.Metadata, valuePrefix); ok {
			valueCols = append(valueCols, format.Column{Name: c.Name, Type: c.Type, Metadata: key})
			r.value.view.Cols = append(r.value.view.Cols, v)
			continue
		}
		if c.Metadata != "" {
			if !slices.ContainsFunc(metadata, func(m connector.Metadata) bool { return m.Key == c.Metadata }) {
				return fail("not-supported", "", "%s: metadata %q of column %q is not supported yet", s.name, c.Metadata, c.Name)
			}
			r.meta = append(r.meta, metaColumn{c.Metadata, v})
			continue
		}
		i := slices.IndexFunc(s.Physical, func(p connector.Column) bool { return p.Name == c.Name })
		if i < 0 {
			return fail("unknown-column", "", "%s: %s has no column %q", s.name, s.Path, c.Name)
		}
		// The value wins where both hold a column; of a deleted row there is only the key.
		if slices.Contains(s.keyFields, i) && (s.upsert || !slices.Contains(s.valueFields, i)) {
			keyCols = append(keyCols, s.keyColumn(i))
			r.key.view.Cols = append(r.key.view.Cols, v)
		} else {
			valueCols = append(valueCols, format.Column{Name: c.Name, Type: c.Type})
			r.value.view.Cols = append(r.value.view.Cols, v)
		}
	}
	valueFormat, _, err := format.Scoped(s.Options, s.valueOption)
	if err != nil {
		return err
	}
	if r.nullRow = valueFormat.Name == "raw"; r.nullRow && len(valueCols) == 0 {
		all := s.valueColumns() // raw has one column, wanted or not
		valueCols = all[:min(1, len(all))]
		for _, c := range valueCols {
			r.value.view.Cols = append(r.value.view.Cols, vector.New(c.Type, r.env.BatchSize))
		}
	}
	r.value.name = strings.ToUpper(valueFormat.Name)
	if r.value.dec, err = format.NewDecoder(s.Options, s.valueOption, valueCols, s.formatEnv(r.env, s.valueColumns())); err != nil {
		return err
	}
	if len(keyCols) == 0 {
		return nil
	}
	keyFormat, _, err := format.Scoped(s.Options, s.keyOption)
	if err != nil {
		return err
	}
	r.key.name = "key " + strings.ToUpper(keyFormat.Name)
	r.key.dec, err = format.NewDecoder(s.Options, s.keyOption, keyCols, s.formatEnv(r.env, s.keyColumns()))
	return err
}

func (r *reader) AddSplits(splits []connector.Split) error {
	var add []*partition
	for _, raw := range splits {
		s, err := decodeSplit(raw.State)
		if err != nil {
			return err
		}
		if s.offset >= s.stop {
			r.done = append(r.done, raw.ID)
			continue
		}
		p := &partition{split: s, id: raw.ID, committed: -1}
		r.parts[raw.ID] = p
		add = append(add, p)
		m := connector.MetricScope(connector.MetricScope(r.scope, "topic", p.topic), "partition", strconv.Itoa(int(p.partition)))
		m.Gauge("currentOffset", r.f.gauge(func() int64 { return p.consumed - 1 }))
		m.Gauge("committedOffset", r.f.gauge(func() int64 { return p.committed }))
	}
	if len(add) > 0 {
		r.f.add(add)
	}
	signal(r.f.ready)
	return nil
}

func (f *fetcher) gauge(read func() int64) func() float64 {
	return func() float64 {
		f.mu.Lock()
		defer f.mu.Unlock()
		return float64(read())
	}
}

func (r *reader) NoMoreSplits() {
	r.last = true
	signal(r.f.ready)
}

func (r *reader) Ready() <-chan struct{} { return r.f.ready }

// Next fills a batch from one chunk.
func (r *reader) Next() (*vector.Batch, string, error) {
	for {
		if r.cur == nil || r.seg == len(r.cur.segs) {
			if err := r.advance(); err != nil {
				return nil, "", err
			}
			if r.cur == nil {
				if r.last && len(r.parts) == 0 {
					return nil, "", io.EOF
				}
				return nil, "", nil
			}
		}
		p := r.cur.part
		b, err := r.fill()
		if err != nil {
			return nil, "", err
		}
		if r.seg == len(r.cur.segs) {
			p.offset = max(p.offset, r.cur.next)
			signal(r.f.ready) // the last chunk's end may be the split's
		}
		if p.offset >= p.stop {
			r.finish(p)
		}
		if b.Len() > 0 {
			r.f.mu.Lock()
			p.consumed = p.offset
			r.f.mu.Unlock()
			r.records.Add(int64(b.Len()))
			return b, p.id, nil
		}
	}
}

// advance takes the next chunk that has records; cur is nil if there is none.
func (r *reader) advance() error {
	for {
		c, err := r.f.take(r.cur)
		r.cur, r.seg, r.at, r.row = c, 0, 0, 0
		if err != nil || c == nil {
			return err
		}
		if len(c.segs) > 0 {
			return nil
		}
		c.part.offset = max(c.part.offset, c.next)
		if c.part.offset >= c.part.stop {
			r.finish(c.part)
		}
	}
}

// finish ends a split. What is left of the chunk is of no interest.
func (r *reader) finish(p *partition) {
	if r.parts[p.id] != p {
		return
	}
	delete(r.parts, p.id)
	r.f.remove(p)
	r.done = append(r.done, p.id)
	if r.cur != nil {
		r.seg = len(r.cur.segs)
	}
	signal(r.f.ready)
}

// fill walks the chunk until the batch is full or the chunk or split ends.
func (r *reader) fill() (*vector.Batch, error) {
	c, p := r.cur, r.cur.part
	out, key, value := r.out, &r.key, &r.value
	out.Reset()
	for _, v := range value.view.Cols {
		v.Reset()
	}
	key.view.Kinds, value.view.Kinds, r.drop = nil, nil, r.drop[:0]
	value.dec.Begin(value.view, c.base, true)
	if key.dec != nil {
		key.dec.Begin(key.view, c.base, true)
	}
	var rec recordbatch.Record
	n, start, skipped := 0, -1, int64(0)
	offset := p.offset
	for n < r.env.BatchSize && r.seg < len(c.segs) {
		seg := &c.segs[r.seg]
		if r.at == 0 {
			r.at, r.row = seg.from, 0
		}
		if start < 0 {
			start = r.at
		}
		base := c.base[:seg.to]
		for n < r.env.BatchSize && r.row < int(seg.NumRecords) && offset < p.stop {
			next, err := rec.Parse(base, r.at)
			if err != nil {
				return nil, runError("kafka-damaged", "", err, "kafka: fetch %s[partition %d, offset %d]: record %d of the batch at offset %d is malformed", p.topic, p.partition, offset, r.row, seg.BaseOffset)
			}
			r.at = next
			r.row++
			at := seg.BaseOffset + rec.OffsetDelta
			if at < offset {
				continue
			}
			if at >= p.stop {
				offset = at
				break
			}
			rows := 1
			if key.dec == nil && !r.src.upsert && rec.ValueLen >= 0 { // the common path
				value.view.SetLen(n)
				if rows, err = value.dec.Decode(rec.ValueOff, uint32(rec.ValueLen)); err != nil {
					return nil, r.malformed(value.name, p, at, base[rec.ValueOff:], int(rec.ValueLen), err)
				}
			} else if rows, err = r.both(base, &rec, n, p, at); err != nil {
				return nil, err
			}
			if offset = at + 1; rows == 0 && rec.ValueLen > 0 {
				if f, ok := value.dec.(format.Passer); !ok || !f.Passed() {
					skipped++
				}
			}
			if len(r.meta) > 0 && rows > 0 {
				if err := r.metadata(base, seg, &rec, p, at, rows); err != nil {
					return nil, err
				}
			}
			n += rows
		}
		if r.row == int(seg.NumRecords) || offset >= p.stop {
			if offset < p.stop {
				offset = max(offset, seg.LastOffset()+1)
			}
			r.seg++
			r.bytes.Add(int64(seg.to - max(start, seg.from)))
			start, r.at = -1, 0
		}
	}
	if start >= 0 {
		r.bytes.Add(int64(r.at - start))
	}
	p.offset = offset
	if skipped > 0 {
		r.skipped.Add(skipped)
	}
	out.SetLen(n)
	if out.Kinds == nil {
		out.Kinds = value.view.Kinds
	}
	if len(r.drop) > 0 {
		return r.without(n), nil
	}
	return out, nil
}

// both decodes key and value, where either may be null.
func (r *reader) both(base []byte, rec *recordbatch.Record, n int, p *partition, at int64) (rows int, err error) {
	key, value := &r.key, &r.value
	kind := types.Insert
	switch {
	case rec.ValueLen >= 0:
		value.view.SetLen(n)
		if rows, err = value.dec.Decode(rec.ValueOff, uint32(rec.ValueLen)); err != nil {
			return 0, r.malformed(value.name, p, at, base[rec.ValueOff:], int(rec.ValueLen), err)
		}
	case r.src.upsert || r.nullRow:
		for _, v := range value.view.Cols {
			v.AppendNull()
		}
		if rows = 1; r.src.upsert {
			kind = types.Delete
		}
	}
	if rows == 0 {
		return 0, nil
	}
	if key.dec != nil {
		got := 0
		if rec.KeyLen >= 0 {
			key.view.SetLen(n)
			if got, err = key.dec.Decode(rec.KeyOff, uint32(rec.KeyLen)); err != nil {
				return 0, r.malformed(key.name, p, at, base[rec.KeyOff:], int(rec.KeyLen), err)
			}
		} else if r.src.upsert {
			return 0, runError("kafka-null-key", "", nil, "upsert-kafka: %s[partition %d, offset %d] has no key, so there is no primary key", p.topic, p.partition, at)
		} else {
			for _, v := range key.view.Cols {
				v.AppendNull()
			}
			got = 1
		}
		switch {
		case got == 0: // the key's format skipped it: the row goes, too
			for i := range rows {
				for _, v := range key.view.Cols {
					v.AppendNull()
				}
				r.drop = append(r.drop, int32(n+i))
			}
		case got < rows:
			for range rows - got {
				for _, v := range key.view.Cols {
					v.AppendFrom(v, n)
				}
			}
		}
	}
	if r.src.upsert {
		r.out.SetLen(n)
		for range rows {
			r.out.AppendKind(kind)
			r.out.SetLen(r.out.Len() + 1)
		}
	}
	return rows, nil
}

// without returns the batch less the rows to drop.
func (r *reader) without(n int) *vector.Batch {
	sel := make([]int32, 0, n)
	for i := range int32(n) {
		if !slices.Contains(r.drop, i) {
			sel = append(sel, i)
		}
	}
	out := &vector.Batch{}
	for _, v := range r.out.Cols {
		out.Cols = append(out.Cols, vector.New(v.Type(), len(sel)))
	}
	out.Gather(r.out, sel)
	return out
}

// malformed tells where a record is that its format does not take.
func (r *reader) malformed(as string, p *partition, at int64, b []byte, n int, err error) error {
	e := runError("malformed-record", "set 'json.ignore-parse-errors' = 'true' (or your format's option) to skip such records", err,
		"decode %s[partition %d, offset %d] as %s: %v", p.topic, p.partition, at, as, err)
	if f, _, ferr := format.Scoped(r.src.Options, r.src.valueOption); ferr == nil {
		prefix := strings.TrimSuffix(r.src.valueOption, "format") + f.Name
		e.Help = "set '" + prefix + ".ignore-parse-errors' = 'true' to skip such records"
		if !slices.ContainsFunc(f.Options, func(o option.Option) bool { return o.Key == "ignore-parse-errors" }) {
			e.Help = ""
		}
	}
	e.Permanent = true
	var d *diag.Error
	if errors.As(err, &d) {
		e.Message = fmt.Sprintf("decode %s[partition %d, offset %d] as %s: %s", p.topic, p.partition, at, as, d.Message)
		e.Notes = append(e.Notes, d.Notes...)
		if d.Help != "" {
			e.Help = d.Help
		}
	}
	text, more := b[:min(n, 200)], ""
	if n > 200 {
		more = "…"
	}
	// In the message: who reads it may not see the notes.
	e.Message += "; the record begins: " + strings.ToValidUTF8(string(text), "�") + more
	return e
}

func (r *reader) Snapshot() ([]connector.Split, error) {
	out := make([]connector.Split, 0, len(r.parts))
	at := make(map[topicPartition]int64, len(r.parts))
	for _, p := range r.parts {
		s := p.encode()
		s.ID = p.id
		out = append(out, s)
		at[p.topicPartition] = p.offset
	}
	slices.SortFunc(out, func(a, b connector.Split) int { return strings.Compare(a.ID, b.ID) })
	if r.positions = append(r.positions, at); len(r.positions) > 64 {
		r.positions = r.positions[1:]
	}
	return out, nil
}

func (r *reader) Finished() []string {
	d := r.done
	r.done = nil
	return d
}

// CheckpointComplete commits the positions to the group. Checkpoints are
// numbered one after the other and each takes one Snapshot; positions of a
// Snapshot taken since belong to the next one.
func (r *reader) CheckpointComplete(checkpoint int64) error {
	i := len(r.positions) - 1
	if i < 0 {
		return nil
	}
	if passed := int(checkpoint - r.completed); r.completed > 0 && passed > 0 {
		i = min(i, passed-1)
	}
	r.completed = checkpoint
	at := r.positions[i]
	r.positions = r.positions[i+1:]
	if r.src.props.groupID == "" || !r.src.props.commit || len(at) == 0 {
		return nil
	}
	select { // only the newest waits
	case <-r.commits:
	default:
	}
	r.commits <- at
	return nil
}

// committer commits positions beside the task; what fails is committed with the
// next checkpoint, since a restore goes by the checkpoint alone.
func (r *reader) committer() {
	defer r.wg.Done()
	for {
		select {
		case <-r.f.ctx.Done():
			return
		case at := <-r.commits:
			ctx, cancel := context.WithTimeout(r.f.ctx, 30*time.Second)
			err := r.f.client.commitOffsets(ctx, r.src.props.groupID, at)
			cancel()
			if err != nil {
				if r.f.ctx.Err() == nil {
					r.failed.Add(1)
					r.env.Log.Warn("kafka: offsets were not committed", "group", r.src.props.groupID, "error", err)
				}
				continue
			}
			r.committed.Add(1)
			r.f.mu.Lock()
			for tp, o := range at {
				if p := r.f.parts[tp]; p != nil {
					p.committed = o
				}
			}
			r.f.mu.Unlock()
		}
	}
}

func (r *reader) Pause(split string, paused bool) { r.f.pause(split, paused) }

func (r *reader) Close() error {
	r.f.cancel()
	r.wg.Wait()
	r.f.close()
	return nil
}
