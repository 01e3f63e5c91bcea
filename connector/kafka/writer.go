package kafka

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/connector/kafka/internal/recordbatch"
	"github.com/flott/flott/format"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// writer encodes rows into the producer's batches.
type writer struct {
	sink *sink
	env  connector.Env
	p    *producer

	key, value encoding
	topicCol   int // index of a column in the batch, -1 without
	timeCol    int
	headersCol int
	listCol    int
	topic      *outTopic // the only one, nil if topicCol decides
	robin      int

	keyBytes, valueBytes []byte
	headers              []recordbatch.KeyValue
	reduce               *reducer // nil without sink.buffer-flush

	pool    *pool      // nil without transactions
	next    chan begun // of the transaction after the open one, nil while nobody has asked for it
	records int64      // of the open transaction
	last    *period    // that Prepare has closed, nil if there is nothing to wait for

	sent, sentBytes connector.Counter
}

// encoding is an encoder with the batch's columns that it takes.
type encoding struct {
	enc     format.Encoder
	columns []int
	view    vector.Batch
}

func newEncoding(s *sink, env connector.Env, option string, fields []format.Column, names []int, columns []connector.Column) (encoding, error) {
	e := encoding{}
	for _, f := range names {
		i := slices.IndexFunc(columns, func(c connector.Column) bool { return c.Metadata == "" && c.Name == s.Physical[f].Name })
		if i < 0 {
			return e, fail("unknown-column", "", "%s: column %q is not written, but its record needs it", s.name, s.Physical[f].Name)
		}
		e.columns = append(e.columns, i)
	}
	e.view.Cols = make([]*vector.Vector, len(e.columns))
	var err error
	e.enc, err = format.NewEncoder(s.Options, option, fields, s.formatEnv(env, fields))
	return e, err
}

// begin turns the encoder to b's columns.
func (e *encoding) begin(b *vector.Batch, kinds []types.RowKind) error {
	for i, c := range e.columns {
		e.view.Cols[i] = b.Cols[c]
	}
	e.view.Kinds = kinds
	e.view.SetLen(b.Len())
	return e.enc.Begin(&e.view)
}

func newWriter(s *sink, env connector.Env, columns []connector.Column, restored [][]byte) (_ connector.Writer, err error) {
	w := &writer{sink: s, env: env, topicCol: -1, timeCol: -1, headersCol: -1, listCol: -1}
	for i, c := range columns {
		switch c.Metadata {
		case "":
		case "topic":
			w.topicCol = i
		case "timestamp":
			w.timeCol = i
		case "headers":
			w.headersCol = i
		case "header-list":
			w.listCol = i
		default:
			return nil, fail("not-supported", "declare it VIRTUAL", "%s: metadata column %q (%s) cannot be written", s.name, c.Name, c.Metadata)
		}
	}
	if w.value, err = newEncoding(s, env, s.valueOption, s.valueColumns(), s.valueFields, columns); err != nil {
		return nil, err
	}
	if s.keyOption != "" {
		if w.key, err = newEncoding(s, env, s.keyOption, s.keyColumns(), s.keyFields, columns); err != nil {
			return nil, err
		}
	}
	if w.topicCol < 0 && (s.pattern != nil || len(s.topics) != 1) {
		return nil, fail("option-value", "declare a metadata column 'topic', or name one topic", "%s: %s is written to, but no column says which of several topics a row goes to", s.name, s.Path)
	}
	c, err := dial(&s.props, "sink-"+strconv.Itoa(env.Subtask), env.Log)
	if err != nil {
		return nil, err
	}
	w.p = newProducer(c, memoryOf(env))
	defer func() {
		if err != nil {
			w.p.close()
		}
	}()
	ctx := context.Background()
	if err := c.reach(ctx); err != nil {
		return nil, err
	}
	for i, t := range s.topics {
		ot, err := w.lookup(ctx, t)
		if err != nil {
			return nil, err
		}
		if i == 0 && w.topicCol < 0 {
			w.topic = ot
		}
	}
	switch {
	case s.guarantee == "exactly-once":
		if err := w.restore(ctx, restored); err != nil {
			return nil, err
		}
	case s.props.idempotent:
		id, err := initProducer(ctx, c, "")
		if err != nil {
			return nil, err
		}
		w.p.mu.Lock()
		w.p.id = id
		w.p.mu.Unlock()
	}
	if s.flushRows > 0 {
		w.reduce = newReducer(w)
	}
	w.sent, w.sentBytes = env.Metrics.Counter("numRecordsSend"), env.Metrics.Counter("numBytesSend")
	w.p.start()
	return w, nil
}

// lookup makes a topic known.
func (w *writer) lookup(ctx context.Context, name string) (*outTopic, error) {
	m, err := retry(ctx, w.p.client, func(ctx context.Context) (topicMeta, error) {
		meta, err := w.p.client.topics(ctx, []string{name})
		if err != nil {
			return topicMeta{}, err
		}
		return meta[name], meta[name].err
	})
	if err == nil && len(m.partitions) == 0 {
		err = fmt.Errorf("it has no partitions")
	}
	if err != nil {
		return nil, w.p.client.unknownTopic(name, err)
	}
	w.p.mu.Lock()
	defer w.p.mu.Unlock()
	t := w.p.addTopic(name, m)
	t.sticky = w.env.Subtask % len(t.parts)
	return t, nil
}

// Write encodes the rows of b. It holds the producer's lock for the whole batch
// but for waiting: a lock for each record would cost more than its encoding.
func (w *writer) Write(ctx context.Context, b *vector.Batch) error {
	if b.Len() == 0 {
		return w.Err()
	}
	kinds := b.Kinds
	if w.sink.upsert {
		kinds = nil // the value is the row's content, whatever has happened to it
	}
	if err := w.value.begin(b, kinds); err != nil {
		return err
	}
	if w.key.enc != nil {
		if err := w.key.begin(b, nil); err != nil {
			return err
		}
	}
	p := w.p
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.pool != nil {
		if p.period.txn == nil {
			if err := w.begin(ctx); err != nil {
				return err
			}
		}
		if w.next == nil && w.pool.spare() {
			w.prefetch()
		}
	}
	now := w.env.Now().UnixMilli()
	rows, size := int64(0), int64(0)
	for i := range b.Len() {
		kind := b.Kind(i)
		if w.sink.upsert && kind == types.UpdateBefore {
			continue
		}
		key, value, skip, err := w.encode(b, i, kind)
		if err != nil {
			return w.refused(b, i, err)
		}
		if skip {
			continue
		}
		timestamp := now
		if w.timeCol >= 0 && !b.Cols[w.timeCol].IsNull(i) {
			timestamp = millisOf(b.Cols[w.timeCol], i)
		}
		topic := w.topic
		if topic == nil {
			if topic, err = w.pickTopic(ctx, b, i); err != nil {
				return err
			}
		}
		w.headers = w.headers[:0]
		if w.headersCol >= 0 || w.listCol >= 0 {
			w.readHeaders(b, i)
		}
		if w.reduce != nil {
			if err := w.reduce.add(ctx, topic, timestamp, key, value, w.headers); err != nil {
				return err
			}
		} else if err := w.put(ctx, topic, timestamp, key, value, w.headers); err != nil {
			return err
		}
		rows++
		size += int64(len(key) + len(value))
	}
	if cap(w.valueBytes) > scratchMax {
		w.valueBytes = nil
	}
	w.records += rows
	w.sent.Add(rows)
	w.sentBytes.Add(size)
	return p.err
}

// scratchMax is the largest buffer that is kept for the next value.
const scratchMax = 256 << 10

// encode returns the record of row i; a nil value deletes.
func (w *writer) encode(b *vector.Batch, i int, kind types.RowKind) (key, value []byte, skip bool, err error) {
	if w.key.enc != nil {
		if w.keyBytes, _, err = w.key.enc.Encode(w.keyBytes[:0], i); err != nil {
			return nil, nil, false, err
		}
		if key = w.keyBytes; key == nil {
			key = []byte{}
		}
	}
	if w.sink.upsert && kind == types.Delete {
		return key, nil, false, nil
	}
	if len(w.value.columns) == 1 && b.Cols[w.value.columns[0]].IsNull(i) && strings.EqualFold(w.sink.Options[w.sink.valueOption], "raw") {
		return key, nil, false, nil // raw: NULL is null
	}
	if w.valueBytes, skip, err = w.value.enc.Encode(w.valueBytes[:0], i); err != nil {
		return nil, nil, false, err
	}
	if value = w.valueBytes; value == nil {
		value = []byte{}
	}
	return key, value, skip, nil
}

// put appends a record; the caller holds the producer's lock.
func (w *writer) put(ctx context.Context, t *outTopic, timestamp int64, key, value []byte, headers []recordbatch.KeyValue) error {
	p := w.p
	if p.used >= p.limit || p.err != nil {
		if err := p.room(ctx); err != nil {
			return err
		}
	}
	w.place(t, timestamp, key, value, headers)
	return nil
}

// place appends a record to its partition's batch.
func (w *writer) place(t *outTopic, timestamp int64, key, value []byte, headers []recordbatch.KeyValue) {
	sticky := false
	var i int
	switch {
	case w.sink.partitioner == fixed:
		i = w.env.Subtask % len(t.parts)
	case w.sink.partitioner == roundRobin:
		i = w.robin % len(t.parts)
		w.robin++
	case key != nil:
		i = keyPartition(key, len(t.parts))
	default:
		if i = t.sticky; i >= len(t.parts) || t.parts[i].node < 0 && len(t.parts) > 1 {
			i = (i + 1) % len(t.parts)
			t.sticky = i
		}
		sticky = true
	}
	if full := w.p.append(t.parts[i], timestamp, key, value, headers); full && sticky {
		t.sticky = (i + 1) % len(t.parts)
	}
}

func millisOf(v *vector.Vector, i int) int64 {
	if v.Phys() == types.PhysStamp {
		return v.Timestamps()[i].Milli
	}
	return v.Int64s()[i]
}

// pickTopic reads the topic column; the caller holds the producer's lock.
func (w *writer) pickTopic(ctx context.Context, b *vector.Batch, i int) (*outTopic, error) {
	v := b.Cols[w.topicCol]
	if v.IsNull(i) {
		return nil, runError("kafka-topic", "", nil, "kafka: a row for %s has no topic: its metadata column is NULL", w.sink.Path)
	}
	name := v.Bytes(i)
	if t := w.p.topics[string(name)]; t != nil {
		return t, nil
	}
	if w.sink.pattern == nil || !w.sink.pattern.Match(name) {
		return nil, runError("kafka-topic", "", nil, "kafka: a row for %s goes to topic %q, which is not one of %s", w.sink.Path, name, w.sink.where())
	}
	topic := string(name)
	w.p.mu.Unlock()
	t, err := w.lookup(ctx, topic)
	w.p.mu.Lock()
	return t, err
}

func (w *writer) readHeaders(b *vector.Batch, i int) {
	if c := w.headersCol; c >= 0 && !b.Cols[c].IsNull(i) {
		v := b.Cols[c]
		for j, to := v.List(i); j < to; j++ {
			w.header(v.Child(0), v.Child(1), j)
		}
	}
	if c := w.listCol; c >= 0 && !b.Cols[c].IsNull(i) {
		v := b.Cols[c]
		for j, to := v.List(i); j < to; j++ {
			if row := v.Child(0); !row.IsNull(j) {
				w.header(row.Child(0), row.Child(1), j)
			}
		}
	}
}

func (w *writer) header(k, v *vector.Vector, j int) {
	if k.IsNull(j) {
		return
	}
	h := recordbatch.KeyValue{Key: k.Bytes(j)}
	if !v.IsNull(j) {
		h.Value = v.Bytes(j)
	}
	w.headers = append(w.headers, h)
}

// refused names the topic of a row that its format cannot write.
func (w *writer) refused(b *vector.Batch, i int, err error) error {
	if e, ok := err.(*diag.Error); ok {
		return e
	}
	return runError("encode-row", "", err, "encode a row for %s (%s of the batch at hand): %v", w.sink.where(), strconv.Itoa(i+1)+" of "+strconv.Itoa(b.Len()), err)
}

func (w *writer) Watermark(types.Instant) {}

func (w *writer) Err() error {
	w.p.mu.Lock()
	defer w.p.mu.Unlock()
	return w.p.err
}

// Prepare closes the period and hands its transaction on. Flushed waits until
// the brokers have everything.
func (w *writer) Prepare(ctx context.Context, checkpoint int64) ([]byte, []connector.Committable, error) {
	if err := w.env.Failpoint("kafka-prepare"); err != nil {
		return nil, nil, err
	}
	p := w.p
	p.mu.Lock()
	defer p.mu.Unlock()
	w.last = nil
	if w.reduce != nil {
		if err := w.reduce.flush(ctx); err != nil {
			return nil, nil, err
		}
	}
	if p.err != nil || w.sink.guarantee == "none" && checkpoint > 0 {
		return nil, nil, p.err
	}
	w.last = p.cut()
	if w.pool == nil {
		return nil, nil, nil
	}
	if w.last.used {
		t := w.last.txn
		t.Checkpoint, t.Records = checkpoint, w.records
		w.pool.prepare(t.committable)
		w.records = 0
	}
	// Transactions of failed checkpoints are committed with this one.
	pending := w.pool.hold(checkpoint)
	var out []connector.Committable
	for i := range pending {
		out = append(out, pending[i].encode())
	}
	state, err := json.Marshal(writerState{Version: 1, Prefix: w.sink.prefix, Subtask: w.env.Subtask, Parallelism: w.env.Parallelism, Pool: w.pool.size(), Pending: pending})
	return state, out, err
}

// Flushed waits for what Prepare has closed and what was closed before.
func (w *writer) Flushed() func(ctx context.Context) error {
	last := w.last
	if last == nil {
		return nil
	}
	return func(ctx context.Context) error {
		if err := w.p.await(ctx, last); err != nil {
			return err
		}
		return w.env.Failpoint("kafka-prepare-flushed")
	}
}

func (w *writer) Close() error {
	p := w.p
	p.mu.Lock()
	// What is not acknowledged is in no complete checkpoint; without closed nobody
	// will say from now on that it is.
	open := append(p.closed, p.period)
	p.closed = nil
	if w.reduce != nil {
		w.reduce.stop()
	}
	p.mu.Unlock()
	if w.reduce != nil {
		w.reduce.wg.Wait()
	}
	p.cancel()
	// Do not let readers wait for the transactions' time-out.
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	for _, x := range open {
		if x.txn != nil {
			w.abortOpen(ctx, x.txn)
		}
	}
	p.close()
	return nil
}

// abortOpen ends a transaction of which nothing will be committed.
func (w *writer) abortOpen(ctx context.Context, t *transaction) {
	t.mu.Lock()
	began := len(t.joined) > 0
	t.mu.Unlock()
	if !began {
		return
	}
	if err := endTransaction(ctx, w.p.client, &t.committable, false); err != nil && !fencing(err) {
		w.env.Log.Info("kafka: an open transaction was not aborted, the next start or its time-out will", "transactionalId", t.ID, "error", strings.TrimSpace(err.Error()))
	}
}
