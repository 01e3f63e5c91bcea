package exectest

import (
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/internal/clock"
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/memory"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Case is an operator and what goes in.
type Case struct {
	New    func() (exec.Operator, error)
	Inputs [][]types.Type
	// Keys are the columns of each port that decide the subtask; nil: the
	// operator is not run in several subtasks.
	Keys [][]int
	// Input are lines, see the package comment.
	Input string
	Batch bool
	Zone  *time.Location
	// Unordered: rows between two watermarks may come in any order, also
	// between two runs of the same input.
	Unordered bool
	// MemoryLimit in bytes; 0 = plenty.
	MemoryLimit int64
	// Metric, if set, names a counter to return as a last line "name = value".
	Metric string
}

// Run runs the case in every way and returns its output; it fails the test
// where two ways differ.
func Run(t testing.TB, c Case) []string {
	t.Helper()
	lines := parse(t, c.Input)
	want := c.run(t, lines, plan{size: len(lines) + 1, batch: vector.DefaultSize})
	c.compare(t, "one row a batch", want, c.run(t, lines, plan{size: 1, batch: 1}), c.Unordered)
	c.compare(t, "batches of 7", want, c.run(t, lines, plan{size: 7, batch: 7}), c.Unordered)
	for seed := range uint64(5) {
		c.compare(t, "random cuts", want, c.run(t, lines, plan{seed: seed + 1, size: 5, batch: 3}), c.Unordered)
		if c.Batch {
			continue
		}
		got := c.run(t, lines, plan{seed: seed + 1, size: 5, batch: 4, restore: true})
		if len(c.Inputs) == 1 {
			// A restored table lists its keys by key group.
			c.compare(t, "random cuts and restores", want, got, true)
		} else {
			// Which port stood where is not restored: watermarks come again.
			c.compareRows(t, "random cuts and restores", want, got)
		}
		if c.Keys != nil {
			got := c.run(t, lines, plan{seed: seed + 1, size: 5, batch: 4, restore: true, split: true})
			c.compareRows(t, "split and rescaled", want, got)
		}
	}
	return want
}

// plan is one way to run a case.
type plan struct {
	seed    uint64
	size    int // lines a batch, at most if there is a seed
	batch   int // Context.BatchSize
	restore bool
	split   bool
}

func (c Case) compare(t testing.TB, what string, want, got []string, unordered bool) {
	t.Helper()
	if unordered {
		want, got = sortRuns(want), sortRuns(got)
	}
	if !slices.Equal(want, got) {
		t.Fatalf("%s gives\n  %s\nand not\n  %s", what, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// compareRows compares rows as a bag, without watermarks.
func (c Case) compareRows(t testing.TB, what string, want, got []string) {
	t.Helper()
	clean := func(s []string) []string {
		s = slices.DeleteFunc(slices.Clone(s), func(l string) bool { return l[0] == '^' })
		slices.Sort(s)
		return s
	}
	c.compare(t, what, clean(want), clean(got), false)
}

// sortRuns sorts the rows between watermarks.
func sortRuns(lines []string) []string {
	lines = slices.Clone(lines)
	from := 0
	for i := 0; i <= len(lines); i++ {
		if i == len(lines) || lines[i][0] == '^' {
			slices.Sort(lines[from:i])
			from = i + 1
		}
	}
	return lines
}

const maxParallelism = 16

// run runs the case once. With split, rows go to several subtasks by key group
// and their number changes at each restore.
func (c Case) run(t testing.TB, lines []line, p plan) []string {
	t.Helper()
	rnd := rand.New(rand.NewPCG(p.seed, 7))
	pool := memory.NewPool(1 << 30)
	group := metrics.New("localhost").TaskManager("tm").Job("j", "job").Task("t", "task", "a", 0, 0).Operator("o", "op")
	parallelism := 1
	if p.split {
		parallelism = 2
	}
	var parts []*rowkey.Partitioner
	for i := range c.Keys {
		parts = append(parts, rowkey.NewPartitioner(c.Inputs[i], c.Keys[i], maxParallelism))
	}
	now := clock.NewVirtual(time.UnixMilli(0))
	subs := c.start(t, pool, group, now, parallelism, p.batch, nil)
	var out []string
	for from := 0; from < len(lines); {
		if lines[from].clock {
			now.Advance(time.Duration(lines[from].at) * time.Millisecond)
			from++
			continue
		}
		size := p.size
		if p.seed != 0 {
			size = 1 + rnd.IntN(p.size)
		}
		port := lines[from].port
		to := from
		for to < len(lines) && to-from < size && lines[to].port == port && !lines[to].clock {
			to++
		}
		for i, s := range subs {
			b := vector.NewBatch(c.Inputs[port], 1)
			for k := from; k < to; k++ {
				if !lines[k].mark && parallelism > 1 {
					one := vector.NewBatch(c.Inputs[port], 1)
					lines[k].appendTo(t, one)
					g := parts[port].KeyGroups(nil, one)[0]
					if rowkey.Owner(int(g), maxParallelism, parallelism) != i {
						continue
					}
				}
				lines[k].appendTo(t, b)
			}
			out = s.push(t, port, b, out)
		}
		from = to
		if p.restore && rnd.IntN(3) == 0 {
			var states []state.File
			var private [][]byte
			for _, s := range subs {
				f, priv := s.snapshot(t)
				states = append(states, f)
				private = append(private, priv)
				s.close(t)
			}
			if p.split {
				parallelism = 1 + rnd.IntN(3)
			}
			subs = c.start(t, pool, group, now, parallelism, p.batch, &saved{states, private})
		}
	}
	for _, s := range subs {
		for port := range c.Inputs {
			if err := s.op.Finish(port); err != nil {
				t.Fatal(err)
			}
			out = s.drain(t, out)
		}
		s.close(t)
	}
	if used := pool.Stats().Used; used != 0 {
		t.Fatalf("%d bytes are still taken after the end", used)
	}
	if c.Metric != "" {
		out = append(out, c.Metric+" = "+formatInt(group.Counter(c.Metric).Value()))
	}
	return out
}

type saved struct {
	states  []state.File
	private [][]byte
}

// subtask is one running instance.
type subtask struct {
	op      exec.Operator
	backend *state.Backend
	mem     *memory.Reservation
}

func (c Case) start(t testing.TB, pool *memory.Pool, group *metrics.Group, now *clock.Virtual, parallelism, batch int, from *saved) []*subtask {
	t.Helper()
	limit := c.MemoryLimit
	if limit == 0 {
		limit = 64 << 20
	}
	zone := c.Zone
	if zone == nil {
		zone = time.UTC
	}
	var subs []*subtask
	for i := range parallelism {
		op, err := c.New()
		if err != nil {
			t.Fatal(err)
		}
		mem, err := pool.Reserve("op", limit)
		if err != nil {
			t.Fatal(err)
		}
		groups := state.RangeOf(maxParallelism, parallelism, i)
		s := &subtask{op: op, mem: mem, backend: state.NewBackend(mem, maxParallelism, groups)}
		if from != nil {
			if err := s.backend.Restore(from.states...); err != nil {
				t.Fatal(err)
			}
			if r, ok := op.(exec.Snapshotter); ok {
				if err := r.Restore(from.private); err != nil {
					t.Fatal(err)
				}
			}
		}
		err = op.Open(&exec.Context{
			Context: context.Background(), JobName: "job", OperatorName: "op", Subtask: i, Parallelism: parallelism,
			KeyGroups: groups, State: s.backend, Memory: mem, BatchSize: batch, Clock: now,
			Metrics: group, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Zone: zone, Batch: c.Batch,
			MaxParallelism: maxParallelism, Watermark: func() types.Instant { return types.MinInstant },
		})
		if err != nil {
			t.Fatal(err)
		}
		subs = append(subs, s)
	}
	return subs
}

func (s *subtask) push(t testing.TB, port int, b *vector.Batch, out []string) []string {
	t.Helper()
	if b.Empty() {
		return out
	}
	if err := s.op.Push(port, b); err != nil {
		t.Fatal(err)
	}
	return s.drain(t, out)
}

func (s *subtask) drain(t testing.TB, out []string) []string {
	t.Helper()
	for {
		b, err := s.op.Next()
		if err != nil {
			t.Fatal(err)
		}
		if b == nil {
			return out
		}
		if b.Empty() {
			t.Fatal("Next returned a batch without rows and marks")
		}
		for k, c := range b.Cols {
			if c.Len() != b.Len() {
				t.Fatalf("output column %d has %d rows of %d", k, c.Len(), b.Len())
			}
		}
		out = print(out, b)
	}
}

func (s *subtask) snapshot(t testing.TB) (state.File, []byte) {
	t.Helper()
	var buf writer
	if err := s.backend.Snapshot(&buf); err != nil {
		t.Fatal(err)
	}
	var private []byte
	if p, ok := s.op.(exec.Snapshotter); ok {
		var err error
		if private, err = p.Snapshot(checkpoint); err != nil {
			t.Fatal(err)
		}
	}
	return state.File{Name: "snapshot", Data: &buf, Size: int64(len(buf))}, private
}

func (s *subtask) close(t testing.TB) {
	t.Helper()
	if err := s.op.Close(); err != nil {
		t.Fatal(err)
	}
	s.backend.Close()
	s.mem.Close()
}
