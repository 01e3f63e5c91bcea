package datagen

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/connector/internal/once"
	"github.com/flott/flott/connector/internal/pace"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

type source struct {
	table   connector.Table
	gens    map[string]generator
	rows    uint64
	bounded bool
}

func newSource(t connector.Table) (connector.Source, error) {
	gens, rows, bounded, err := buildAll(t)
	if err != nil {
		return nil, err
	}
	if t.Options.Int(rowsPerSecond) <= 0 {
		return nil, fail("option-value", "", "'rows-per-second' = '%s' is not a positive number", t.Options.Text(rowsPerSecond))
	}
	if _, given := t.Options.Get(numberOfRows); given && t.Options.Int(numberOfRows) < 0 {
		return nil, fail("option-value", "", "'number-of-rows' = '%s' is negative", t.Options.Text(numberOfRows))
	}
	return &source{t, gens, rows, bounded}, nil
}

func (s *source) Bounded() bool                  { return s.bounded }
func (s *source) Changelog() connector.Changelog { return connector.InsertOnly }

// piece is a split: rows [next, end).
type piece struct {
	id        string
	next, end uint64
}

func (p piece) split() connector.Split {
	b := binary.BigEndian.AppendUint64(nil, p.next)
	return connector.Split{ID: p.id, State: binary.BigEndian.AppendUint64(b, p.end)}
}

// Enumerator deals the rows out in runs of about the same length.
func (s *source) Enumerator(env connector.Env) (connector.Enumerator, error) {
	return once.New(func() (out []connector.Split) {
		n := uint64(max(env.Parallelism, 1))
		share, rest := s.rows/n, s.rows%n
		if s.rows == math.MaxUint64 {
			rest = 0
		}
		at := uint64(0)
		for i := range n {
			size := share
			if i < rest {
				size++
			}
			out = append(out, piece{fmt.Sprintf("rows-%d", i), at, at + size}.split())
			at += size
		}
		return out
	}), nil
}

// reader generates its splits one after the other, at its share of the rate.
type reader struct {
	gens     []generator
	batch    *vector.Batch
	size     int
	now      func() time.Time
	pacer    *pace.Pacer
	splits   []piece
	finished []string
	noMore   bool
	ready    chan struct{}
}

func (s *source) Reader(env connector.Env, columns []connector.Column) (connector.Reader, error) {
	r := &reader{size: max(env.BatchSize, 1), now: env.Now, ready: make(chan struct{}, 1)}
	if r.now == nil {
		r.now = time.Now
	}
	ts := make([]types.Type, len(columns))
	for i, c := range columns {
		g := s.gens[c.Name]
		if g == nil {
			return nil, fmt.Errorf("datagen has no column %q", c.Name)
		}
		r.gens, ts[i] = append(r.gens, g), c.Type
	}
	r.batch = vector.NewBatch(ts, r.size)
	r.pacer = pace.New(float64(s.table.Options.Int(rowsPerSecond))/float64(max(env.Parallelism, 1)), r.size, r.now, r.wake)
	return r, nil
}

func (r *reader) AddSplits(splits []connector.Split) error {
	for _, s := range splits {
		if len(s.State) != 16 {
			return fmt.Errorf("datagen: split %q has a state of %d bytes, not 16", s.ID, len(s.State))
		}
		r.splits = append(r.splits, piece{s.ID, binary.BigEndian.Uint64(s.State), binary.BigEndian.Uint64(s.State[8:])})
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
	for len(r.splits) > 0 && r.splits[0].next >= r.splits[0].end {
		r.finished = append(r.finished, r.splits[0].id)
		r.splits = r.splits[1:]
	}
	if len(r.splits) == 0 {
		if r.noMore {
			return nil, "", io.EOF
		}
		return nil, "", nil
	}
	n := r.pacer.Allowed()
	if n == 0 {
		return nil, "", nil
	}
	p := &r.splits[0]
	n = int(min(uint64(n), p.end-p.next))
	now := r.now()
	r.batch.Reset()
	for i, g := range r.gens {
		g(r.batch.Cols[i], p.next, n, now)
	}
	r.batch.SetLen(n)
	p.next += uint64(n)
	r.pacer.Emitted(n)
	return r.batch, p.id, nil
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

func (r *reader) Close() error {
	r.pacer.Stop()
	return nil
}
