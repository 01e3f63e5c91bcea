package kafka

import (
	"bytes"
	"context"
	"sync"
	"time"

	"github.com/flott/flott/connector/kafka/internal/recordbatch"
)

// reducer holds upserts back and writes only the last one of each key, after so
// many rows or so long (sink.buffer-flush.*). The producer's lock guards it.
type reducer struct {
	w     *writer
	index map[string]int
	rows  []heldRow
	bytes int64
	timer *time.Timer
	wg    sync.WaitGroup
	ended bool
}

// heldRow is an encoded record.
type heldRow struct {
	topic      *outTopic
	timestamp  int64
	key, value []byte
	headers    []recordbatch.KeyValue
}

func newReducer(w *writer) *reducer { return &reducer{w: w, index: map[string]int{}} }

func (r *reducer) add(ctx context.Context, t *outTopic, timestamp int64, key, value []byte, headers []recordbatch.KeyValue) error {
	row := heldRow{t, timestamp, bytes.Clone(key), bytes.Clone(value), nil}
	for _, h := range headers {
		row.headers = append(row.headers, recordbatch.KeyValue{Key: bytes.Clone(h.Key), Value: bytes.Clone(h.Value)})
	}
	if i, ok := r.index[string(key)]; ok {
		r.bytes += int64(len(value) - len(r.rows[i].value))
		r.rows[i] = row
	} else {
		r.index[string(key)] = len(r.rows)
		r.rows = append(r.rows, row)
		r.bytes += int64(2*len(key) + len(value) + 128)
	}
	if len(r.rows) >= r.w.sink.flushRows || r.bytes >= r.w.p.limit {
		return r.flush(ctx)
	}
	if r.timer == nil {
		r.arm(r.w.sink.flushAfter)
	}
	return nil
}

// expired writes what is held at the end of the interval. It must not wait for
// room: the lock would be free meanwhile, and a newer row of a key could pass.
func (r *reducer) expired() {
	defer r.wg.Done()
	p := r.w.p
	p.mu.Lock()
	defer p.mu.Unlock()
	r.timer = nil
	if r.ended || len(r.rows) == 0 {
		return
	}
	if p.used >= p.limit {
		r.arm(10 * time.Millisecond)
		return
	}
	for _, h := range r.take() {
		r.w.place(h.topic, h.timestamp, h.key, h.value, h.headers)
	}
}

func (r *reducer) arm(d time.Duration) {
	r.wg.Add(1)
	r.timer = time.AfterFunc(d, r.expired)
}

// take empties the reducer.
func (r *reducer) take() []heldRow {
	rows := r.rows
	r.rows, r.bytes = nil, 0
	clear(r.index)
	return rows
}

// flush hands all rows to the producer. It runs in the task's goroutine, the
// only one that adds, so nothing can pass while it waits for room.
func (r *reducer) flush(ctx context.Context) error {
	for _, h := range r.take() {
		if err := r.w.put(ctx, h.topic, h.timestamp, h.key, h.value, h.headers); err != nil {
			return err
		}
	}
	return nil
}

func (r *reducer) stop() {
	r.ended = true
	if r.timer != nil && r.timer.Stop() {
		r.wg.Done()
	}
	r.timer = nil
}
