package task

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/flott/flott/internal/exchange"
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/memory"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// node is one operator of the chain.
type node struct {
	index    int
	spec     *spec.Operator
	op       exec.Operator
	where    string // for errors: `operator "x", subtask 1 of 4`
	parent   *node
	children []*node
	writers  []*exchange.Writer
	leaf     bool // nobody takes its rows: a sink

	// What the operator can do besides; nil if it cannot.
	timed       exec.Timed
	flusher     exec.Flusher
	snapshotter exec.Snapshotter
	notified    exec.Notified
	committing  exec.Committing

	memory  *memory.Reservation
	backend *state.Backend
	busy    bool // not drained
	opened  bool

	counters  nodeCounters
	ports     *exec.Watermarks
	before    types.Instant // watermark before the batch last pushed
	watermark types.Instant // and behind it
	group     *metrics.Group
}

// fail adds the place to an operator's error; nil stays nil.
func (n *node) fail(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", n.where, err)
}

// open builds the chain, restores its state and opens the operators, the last
// one first: an operator may put rows out once those behind it are open.
func (t *Task) open(ctx context.Context) error {
	t.deepest = -1
	for i := range t.Vertex.Chain {
		s := &t.Vertex.Chain[i]
		op, err := t.Build(*s)
		if err != nil {
			return err
		}
		n := &node{index: i, spec: s, op: op, before: types.MinInstant, watermark: types.MinInstant}
		n.where = fmt.Sprintf("operator %q", s.Name)
		if t.Vertex.Parallelism > 1 {
			n.where = fmt.Sprintf("operator %q (%d/%d)", s.Name, t.Subtask+1, t.Vertex.Parallelism)
		}
		n.timed, _ = op.(exec.Timed)
		n.flusher, _ = op.(exec.Flusher)
		n.snapshotter, _ = op.(exec.Snapshotter)
		n.notified, _ = op.(exec.Notified)
		n.committing, _ = op.(exec.Committing)
		n.ports = exec.NewWatermarks(max(1, len(s.Inputs)))
		n.group = t.Metrics.Operator(s.ID, s.Name)
		n.register()
		if up := t.Vertex.Links[i]; up >= 0 {
			n.parent = t.nodes[up]
			n.parent.children = append(n.parent.children, n)
		}
		t.nodes = append(t.nodes, n)
	}
	begun := time.Now()
	defer func() { t.opened.Add(time.Since(begun).Milliseconds()) }()
	t.connect()
	t.showQueues()
	defer t.closeRestored()
	if err := t.restore(); err != nil {
		return err
	}
	for i := len(t.nodes) - 1; i >= 0; i-- {
		n := t.nodes[i]
		n.opened = true
		if err := n.op.Open(t.context(ctx, n)); err != nil {
			return n.fail(err)
		}
	}
	return nil
}

// connect makes reader and writers.
func (t *Task) connect() {
	if s, ok := t.nodes[0].op.(exec.Source); ok {
		t.source = s
		t.lag.Store(t.nodes[0].group)
	} else {
		t.reader = exchange.NewReader(exchange.ReaderConfig{
			Types: t.Vertex.Chain[0].Inputs, AtLeastOnce: t.AtLeastOnce, Now: t.Clock.Now, Wake: t.Wake, In: t.in,
		}, t.Inputs)
	}
	for i, o := range t.Vertex.Outputs {
		n := t.nodes[o.Operator]
		n.writers = append(n.writers, t.writer(n, o.Exchange, t.Outputs[i].MaxParallelism, t.Outputs[i].Links))
	}
	for _, n := range t.nodes {
		if _, ok := n.spec.Spec.(*spec.Collect); ok && t.Results != nil {
			n.writers = append(n.writers, t.writer(n, spec.Exchange{Kind: spec.Single}, 0, t.Results))
		}
		n.leaf = len(n.writers) == 0 && len(n.children) == 0
	}
}

func (t *Task) writer(n *node, x spec.Exchange, maxParallelism int, outputs []exchange.Output) *exchange.Writer {
	ts := make([]types.Type, len(n.spec.Output))
	for i, c := range n.spec.Output {
		ts[i] = c.Type
	}
	c := exchange.WriterConfig{
		Kind: x.Kind, Types: ts, Subtask: t.Subtask, BatchSize: t.BatchSize, BufferBytes: t.BufferBytes, Timeout: t.BufferTimeout,
		Now: t.Clock.Now, Bytes: t.bytesOut, Buffers: t.buffersOut, Wake: t.Wake,
	}
	if x.Kind == spec.Hash {
		c.Route = route(rowkey.NewPartitioner(ts, x.Keys, maxParallelism), maxParallelism, len(outputs))
	}
	return exchange.NewWriter(c, outputs)
}

// route sends a row to the subtask that owns its key group.
func route(p *rowkey.Partitioner, maxParallelism, parallelism int) func([]int32, *vector.Batch) []int32 {
	owner := make([]int32, maxParallelism)
	for g := range owner {
		owner[g] = int32(rowkey.Owner(g, maxParallelism, parallelism))
	}
	var groups []uint16
	return func(dst []int32, b *vector.Batch) []int32 {
		groups = p.KeyGroups(groups[:0], b)
		for _, g := range groups {
			dst = append(dst, owner[g])
		}
		return dst
	}
}

func (t *Task) context(ctx context.Context, n *node) *exec.Context {
	v := t.Vertex
	return &exec.Context{
		Context: ctx, JobName: t.JobName, JobID: t.JobID, Owner: t.Owner, OperatorName: n.spec.Name, OperatorID: n.spec.ID,
		Subtask: t.Subtask, Parallelism: v.Parallelism, MaxParallelism: v.MaxParallelism,
		KeyGroups: state.RangeOf(v.MaxParallelism, v.Parallelism, t.Subtask), State: n.backend,
		BatchSize: t.BatchSize, ClientBytes: t.ClientBytes, Clock: t.Clock, Metrics: n.group,
		Log: t.Log.With("operator", n.spec.Name, "subtask", t.Subtask), Zone: t.Zone, Batch: t.Batch, Options: t.Options,
		Rescaled: t.rescaled(), FinalCheckpoint: t.FinalCheckpoint, Watermark: func() types.Instant { return n.before },
		Memory: n.memory,
	}
}

// room reports whether all outputs of n take another batch.
func (t *Task) room(n *node) bool {
	for _, w := range n.writers {
		if !w.Room() {
			return false
		}
	}
	return true
}

func (t *Task) undrained(n *node) {
	n.busy = true
	t.deepest = max(t.deepest, n.index)
}

// drain takes output from the deepest operator that has some. Without room it
// makes no progress; the writer will wake us.
func (t *Task) drain() (progress bool, err error) {
	// A few batches per step: mail must not wait for a join's million rows.
	for range 16 {
		for t.deepest >= 0 && !t.nodes[t.deepest].busy {
			t.deepest--
		}
		if t.deepest < 0 {
			return true, nil
		}
		n := t.nodes[t.deepest]
		if !t.room(n) {
			return progress, nil
		}
		progress = true
		b, err := n.op.Next()
		if err != nil {
			return true, n.fail(err)
		}
		if b == nil {
			n.busy = false
			continue
		}
		if err := t.deliver(n, b); err != nil {
			return true, err
		}
	}
	return true, nil
}

// deliver hands a batch of n's output to those who take it.
func (t *Task) deliver(n *node, b *vector.Batch) error {
	rows := int64(b.Len())
	n.counters.out.Add(rows)
	if k := len(b.Marks); k > 0 {
		w := int64(b.Marks[k-1].Watermark)
		n.counters.output.Store(w)
		// A source's own may come from an assigner behind it in the chain.
		if t.source != nil && w > t.watermark.Load() {
			t.watermark.Store(w)
		}
	}
	for _, c := range n.children {
		if err := t.push(c, 0, b); err != nil {
			return err
		}
	}
	for _, w := range n.writers {
		t.recordsOut.Add(rows)
		w.Write(b)
	}
	return nil
}

// push hands a batch to port of n.
func (t *Task) push(n *node, port int, b *vector.Batch) error {
	n.counters.in.Add(int64(b.Len()))
	n.before = n.watermark
	if k := len(b.Marks); k > 0 {
		w := b.Marks[k-1].Watermark
		n.watermark, _ = n.ports.Advance(port, w)
		n.counters.input.Store(int64(n.watermark))
		if port < len(n.counters.inputs) {
			n.counters.inputs[port].Store(int64(w))
		}
		if n.parent == nil {
			t.watermark.Store(int64(n.watermark))
		}
	}
	if n.leaf {
		t.recordsOut.Add(int64(b.Len()))
	}
	if err := n.op.Push(port, b); err != nil {
		return n.fail(err)
	}
	t.undrained(n)
	return nil
}

// close closes all operators, whether they were opened or not.
func (t *Task) close() (err error) {
	err = t.committed()
	for _, n := range t.nodes {
		if e := n.close(); err == nil && e != nil {
			err = n.fail(e)
		}
	}
	return err
}

// close frees what the operator and its state hold. An operator that panicked
// before may do so again.
func (n *node) close() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{Value: p, Stack: debug.Stack()}
		}
	}()
	defer n.group.Close()
	err = n.op.Close()
	if n.backend != nil {
		n.backend.Close()
	}
	if n.memory != nil {
		n.memory.Close()
	}
	return err
}
