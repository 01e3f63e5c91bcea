package embedded

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sort"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// world is what lies outside of the cluster in a test: it survives crashes. A
// source reads numbers from it and a sink commits them to it, in two phases.
type world struct {
	mu       sync.Mutex
	splits   int
	limit    int64 // rows of each split, -1 = none
	allowed  int64 // rows of each split that there are so far
	wake     []chan struct{}
	prepared map[string][]int64 // by transaction
	sum      map[int64]int      // how often each number was committed
	fail     error              // of the next Write
	failAt   int64              // the number at which it happens
	openErr  error
}

var (
	worldsMu sync.Mutex
	worlds   = map[string]*world{}
)

func newWorld(t *testing.T, splits int, limit int64) (*world, string) {
	w := &world{splits: splits, limit: limit, prepared: map[string][]int64{}, sum: map[int64]int{}}
	worldsMu.Lock()
	defer worldsMu.Unlock()
	id := fmt.Sprintf("%s-%d", t.Name(), len(worlds))
	worlds[id] = w
	return w, id
}

func worldOf(o map[string]string) *world {
	worldsMu.Lock()
	defer worldsMu.Unlock()
	return worlds[o["world"]]
}

// allow lets each split have n rows.
func (w *world) allow(n int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.allowed = n
	for _, c := range w.wake {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

func (w *world) committed() (n int, twice []int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for x, k := range w.sum {
		n++
		if k > 1 {
			twice = append(twice, x)
		}
	}
	return n, twice
}

// splitRows numbers the rows of split s from s*splitRows.
const splitRows = 1_000_000

func init() {
	connector.Register(&connector.Connector{
		Name:      "test-numbers",
		NewSource: func(t connector.Table) (connector.Source, error) { return numbers{worldOf(t.Options)}, nil },
		NewSink:   func(t connector.Table) (connector.Sink, error) { return store{worldOf(t.Options)}, nil },
	})
}

type numbers struct{ w *world }

func (s numbers) Bounded() bool                  { return s.w.limit >= 0 }
func (s numbers) Changelog() connector.Changelog { return connector.InsertOnly }
func (s numbers) Enumerator(connector.Env) (connector.Enumerator, error) {
	return &numberSplits{w: s.w}, s.w.openErr
}

type numberSplits struct {
	w    *world
	done bool
}

func (e *numberSplits) Discover(context.Context) (out []connector.Split, more bool, err error) {
	if e.done {
		return nil, false, nil
	}
	e.done = true
	for i := range e.w.splits {
		out = append(out, connector.Split{ID: strconv.Itoa(i), State: binary.AppendVarint(nil, 0)})
	}
	return out, false, nil
}
func (e *numberSplits) Interval() time.Duration   { return 0 }
func (e *numberSplits) Snapshot() ([]byte, error) { return json.Marshal(e.done) }
func (e *numberSplits) Restore(b []byte) error    { return json.Unmarshal(b, &e.done) }
func (e *numberSplits) Close() error              { return nil }

type numberSplit struct {
	id   string
	base int64
	next int64
}

type numberReader struct {
	w        *world
	splits   []*numberSplit
	turn     int
	noMore   bool
	ready    chan struct{}
	batch    *vector.Batch
	size     int
	finished []string
}

func (s numbers) Reader(env connector.Env, columns []connector.Column) (connector.Reader, error) {
	r := &numberReader{w: s.w, ready: make(chan struct{}, 1), size: min(env.BatchSize, 7)}
	r.batch = vector.NewBatch([]types.Type{columns[0].Type, columns[1].Type}, r.size)
	s.w.mu.Lock()
	s.w.wake = append(s.w.wake, r.ready)
	s.w.mu.Unlock()
	return r, nil
}

func (r *numberReader) AddSplits(splits []connector.Split) error {
	for _, s := range splits {
		n, _ := binary.Varint(s.State)
		id, _ := strconv.ParseInt(s.ID, 10, 64)
		r.splits = append(r.splits, &numberSplit{s.ID, id * splitRows, n})
	}
	return nil
}
func (r *numberReader) NoMoreSplits() { r.noMore = true }

func (r *numberReader) Next() (*vector.Batch, string, error) {
	r.w.mu.Lock()
	defer r.w.mu.Unlock()
	for range r.splits {
		s := r.splits[r.turn%len(r.splits)]
		r.turn++
		end := r.w.allowed
		if r.w.limit >= 0 {
			if s.next == r.w.limit {
				r.splits = append(r.splits[:0:0], without(r.splits, s)...)
				r.finished = append(r.finished, s.id)
				if len(r.splits) == 0 {
					break
				}
				continue
			}
			end = min(end, r.w.limit)
		}
		n := min(end-s.next, int64(r.size))
		if n <= 0 {
			continue
		}
		r.batch.Reset()
		for range n {
			vector.Append(r.batch.Cols[0], s.base+s.next)
			vector.Append(r.batch.Cols[1], s.next*1000)
			s.next++
		}
		r.batch.SetLen(int(n))
		return r.batch, s.id, nil
	}
	if len(r.splits) == 0 && r.noMore {
		return nil, "", io.EOF
	}
	return nil, "", nil
}

func without(list []*numberSplit, x *numberSplit) (out []*numberSplit) {
	for _, s := range list {
		if s != x {
			out = append(out, s)
		}
	}
	return out
}

func (r *numberReader) Ready() <-chan struct{} { return r.ready }
func (r *numberReader) Snapshot() (out []connector.Split, err error) {
	for _, s := range r.splits {
		out = append(out, connector.Split{ID: s.id, State: binary.AppendVarint(nil, s.next)})
	}
	return out, nil
}
func (r *numberReader) Finished() (out []string) { out, r.finished = r.finished, nil; return out }
func (r *numberReader) CheckpointComplete(int64) error {
	return nil
}
func (r *numberReader) Pause(string, bool) {}
func (r *numberReader) Close() error       { return nil }

// store commits numbers to the world.
type store struct{ w *world }

func (s store) Changelog() connector.Changelog { return connector.All }
func (s store) Guarantee() string              { return "exactly-once" }
func (s store) Writer(env connector.Env, _ []connector.Column, _ [][]byte) (connector.Writer, error) {
	return &storeWriter{w: s.w, subtask: env.Subtask}, nil
}
func (s store) Committer(connector.Env) (connector.Committer, error) {
	return storeCommitter(s), nil
}

type storeWriter struct {
	w       *world
	subtask int
	rows    []int64
}

func (s *storeWriter) Write(_ context.Context, b *vector.Batch) error {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	for _, x := range b.Cols[0].Int64s() {
		if s.w.fail != nil && x >= s.w.failAt {
			err := s.w.fail
			s.w.fail = nil
			return err
		}
	}
	s.rows = append(s.rows, b.Cols[0].Int64s()...)
	return nil
}
func (s *storeWriter) Watermark(types.Instant) {}

var transactions int

func (s *storeWriter) Prepare(_ context.Context, checkpoint int64) ([]byte, []connector.Committable, error) {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	if len(s.rows) == 0 {
		return nil, nil, nil
	}
	transactions++
	id := fmt.Sprintf("%d-%d-%d", s.subtask, checkpoint, transactions)
	s.w.prepared[id] = s.rows
	s.rows = nil
	return nil, []connector.Committable{connector.Committable(id)}, nil
}
func (s *storeWriter) Err() error   { return nil }
func (s *storeWriter) Close() error { return nil }

type storeCommitter struct{ w *world }

func (c storeCommitter) Commit(_ context.Context, items []connector.Committable, recovered bool) error {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	for _, it := range items {
		rows, ok := c.w.prepared[string(it)]
		if !ok && !recovered {
			return errors.New("a transaction is committed twice")
		}
		for _, x := range rows {
			c.w.sum[x]++
		}
		delete(c.w.prepared, string(it)) // committing it again does nothing
	}
	return nil
}
func (c storeCommitter) Close() error { return nil }

// check says what is wrong with the committed numbers, given the rows of each split.
func (w *world) check(rows int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var wrong []string
	for s := range int64(w.splits) {
		for i := range rows {
			if k := w.sum[s*splitRows+i]; k != 1 {
				wrong = append(wrong, fmt.Sprintf("%d: %d times", s*splitRows+i, k))
			}
		}
	}
	if n := len(w.sum); int64(n) != rows*int64(w.splits) {
		wrong = append(wrong, fmt.Sprintf("%d numbers instead of %d", n, rows*int64(w.splits)))
	}
	sort.Strings(wrong)
	if len(wrong) > 0 {
		return fmt.Errorf("%d wrong, e.g. %v", len(wrong), wrong[:min(len(wrong), 5)])
	}
	return nil
}
