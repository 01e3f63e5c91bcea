package task

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/flott/flott/internal/clock"
	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/internal/exchange"
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/graph"
	"github.com/flott/flott/internal/memory"
	"github.com/flott/flott/internal/snapshot"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var column = []spec.Column{{Name: "x", Type: types.TInt}}

// op is an operator that notes what is done to it. Each row of its input comes
// out times times; rows in hold come out at Flush, a timer adds a row 99.
type op struct {
	name   string
	log    *[]string
	times  int
	hold   bool
	at     types.Instant // 0 = no timer
	fail   string        // the call that panics or fails
	queue  []string
	pushed []string
	// settled says that a snapshot holds; nil = at once.
	settled chan error
	// committed says that a commit is through; nil = there is nothing to commit.
	committed chan error
}

func (o *op) note(f string, args ...any) {
	*o.log = append(*o.log, o.name+" "+fmt.Sprintf(f, args...))
}

func (o *op) Open(*exec.Context) error { o.note("open"); return nil }
func (o *op) Push(port int, b *vector.Batch) error {
	if len(o.queue) > 0 {
		panic("Push on an operator that is not drained")
	}
	o.note("push %d: %s", port, text(b))
	if o.fail == "push" {
		return errors.New("no luck")
	}
	for range max(o.times, 1) {
		o.queue = append(o.queue, text(b))
	}
	if o.hold {
		o.pushed, o.queue = append(o.pushed, o.queue...), nil
	}
	return nil
}
func (o *op) Next() (*vector.Batch, error) {
	if o.fail == "panic" && len(o.queue) > 0 {
		panic("no luck")
	}
	if len(o.queue) == 0 {
		return nil, nil
	}
	b := ints(o.queue[0])
	o.queue = o.queue[1:]
	return b, nil
}
func (o *op) drained(call string) {
	if len(o.queue) > 0 {
		panic(call + " on an operator that is not drained")
	}
}
func (o *op) Finish(port int) error { o.drained("Finish"); o.note("finish %d", port); return nil }
func (o *op) Close() error          { o.note("close"); return nil }
func (o *op) Snapshot(cp element.CheckpointOptions) ([]byte, error) {
	o.drained("Snapshot")
	o.note("snapshot %d", cp.ID)
	return []byte(o.name), nil
}
func (o *op) Settle() func(context.Context) error {
	if o.settled == nil {
		return nil
	}
	return func(context.Context) error { return <-o.settled }
}
func (o *op) Restore(states [][]byte) error { o.note("restore %s", states); return nil }
func (o *op) Flush() error {
	o.drained("Flush")
	if o.hold {
		o.note("flush")
		o.queue, o.pushed = o.pushed, nil
	}
	return nil
}
func (o *op) CheckpointComplete(_ context.Context, id element.CheckpointID) error {
	o.note("complete %d", id)
	return nil
}
func (o *op) Commit(id element.CheckpointID) func(context.Context) error {
	if o.committed == nil {
		return nil
	}
	o.note("commit %d", id)
	return func(context.Context) error { return <-o.committed }
}
func (o *op) CheckpointAborted(id element.CheckpointID) { o.note("aborted %d", id) }
func (o *op) Deadline() (types.Instant, bool)           { return o.at, o.at > 0 }
func (o *op) Advance(now types.Instant) error {
	o.drained("Advance")
	o.note("advance %d", now)
	o.at = 0
	o.queue = append(o.queue, "99")
	return nil
}

func ints(s string) *vector.Batch {
	b := vector.NewBatch([]types.Type{types.TInt}, 0)
	for _, f := range strings.Fields(s) {
		var n int64
		if m, ok := strings.CutPrefix(f, "|"); ok {
			fmt.Sscan(m, &n)
			b.Mark(types.Instant(n))
			continue
		}
		fmt.Sscan(f, &n)
		vector.Append(b.Cols[0], int32(n))
		b.SetLen(b.Len() + 1)
	}
	return b
}

func text(b *vector.Batch) string {
	var out []string
	m := 0
	for i := 0; i <= b.Len(); i++ {
		for ; m < len(b.Marks) && b.Marks[m].Row == i; m++ {
			out = append(out, fmt.Sprintf("|%d", b.Marks[m].Watermark))
		}
		if i < b.Len() {
			out = append(out, fmt.Sprint(b.Cols[0].Int32s()[i]))
		}
	}
	return strings.Join(out, " ")
}

// stage is a task with a link in and a link out, driven step by step: no
// goroutine, no waiting.
type stage struct {
	t     *testing.T
	task  *Task
	log   []string
	clock *clock.Virtual
	in    *exchange.Writer
	out   *exchange.Reader
	mu    sync.Mutex
	file  *snapshot.File
}

func (s *stage) Running()   { s.log = append(s.log, "running") }
func (s *stage) EndOfData() { s.log = append(s.log, "end of data") }
func (s *stage) Acknowledge(id element.CheckpointID, file *snapshot.File, _ SnapshotTimes) {
	s.mu.Lock()
	s.file = file
	s.mu.Unlock()
}
func (s *stage) Decline(id element.CheckpointID, err error) {
	s.log = append(s.log, fmt.Sprintf("declined %d: %v", id, err))
}

// newStage makes a chain of the given operators; the last one has the output.
func newStage(t *testing.T, c Config, credit int, ops ...*op) *stage {
	s := &stage{t: t, clock: clock.NewVirtual(time.UnixMilli(1000))}
	n := exchange.NewNetwork(credit)
	t.Cleanup(n.Close)
	v := &graph.Vertex{ID: "vertex", Name: "chain", Parallelism: 1, MaxParallelism: 128}
	for i, o := range ops {
		o.log = &s.log
		v.Chain = append(v.Chain, spec.Operator{ID: "id-" + o.name, Name: o.name, Inputs: [][]types.Type{{types.TInt}}, Output: column, Spec: &spec.Calc{}})
		v.Links = append(v.Links, i-1)
	}
	v.Outputs = []graph.VertexOutput{{Operator: len(ops) - 1, Exchange: spec.Exchange{Kind: spec.Forward}}}
	output := func(id uint64) exchange.Output {
		o, err := n.Output(id, "")
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	next := 0
	c.Vertex, c.Clock, c.Events, c.Log = v, s.clock, s, slog.New(slog.DiscardHandler)
	c.BatchSize, c.BufferBytes, c.BufferTimeout = 1024, 1, time.Second
	c.Inputs = []exchange.InputLink{{Link: n.Input(1)}}
	c.Outputs = []Output{{Links: []exchange.Output{output(2)}}}
	c.Build = func(spec.Operator) (exec.Operator, error) {
		next++
		return ops[next-1], nil
	}
	c.Memory = func(*spec.Operator) (*memory.Reservation, error) { return nil, nil }
	s.task = New(c)
	s.in = exchange.NewWriter(exchange.WriterConfig{Kind: spec.Forward, Types: []types.Type{types.TInt}, BatchSize: 1024, Now: s.clock.Now, Wake: func() {}}, []exchange.Output{output(1)})
	s.out = exchange.NewReader(exchange.ReaderConfig{Types: [][]types.Type{{types.TInt}}, Now: s.clock.Now, Wake: func() {}}, []exchange.InputLink{{Link: n.Input(2)}})
	if err := s.task.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.task.close()
		s.task.aside.Wait()
	})
	s.log = nil
	return s
}

// run steps until the task has nothing to do, then lets rows go as wait would.
func (s *stage) run() error {
	for range 1000 {
		progress, err := s.task.step(s.t.Context())
		if err != nil {
			return err
		}
		if !progress {
			s.task.silence()
			return nil
		}
	}
	s.t.Fatal("the task never rests")
	return nil
}

func (s *stage) expect(log ...string) {
	s.t.Helper()
	if err := s.run(); err != nil {
		s.t.Fatal(err)
	}
	if got, want := strings.Join(s.log, "; "), strings.Join(log, "; "); got != want {
		s.t.Errorf("got  %s\nwant %s", got, want)
	}
	s.log = nil
}

// output is what has come out so far.
func (s *stage) output() string {
	var out []string
	for {
		e, ok, err := s.out.Next()
		if err != nil {
			s.t.Fatal(err)
		}
		if !ok {
			return strings.Join(out, "; ")
		}
		switch e.Kind {
		case element.Batch:
			out = append(out, text(e.Rows))
		case element.Barrier:
			out = append(out, fmt.Sprintf("barrier %d", e.Checkpoint.ID))
		case element.Idle:
			out = append(out, "idle")
		case element.End:
			out = append(out, "end")
		}
	}
}

func (s *stage) send(rows string) {
	s.in.Write(ints(rows))
	s.in.Flush()
}

func (s *stage) wantOutput(want string) {
	s.t.Helper()
	if got := s.output(); got != want {
		s.t.Errorf("output %q, want %q", got, want)
	}
}

func TestRowsGoThroughTheChain(t *testing.T) {
	s := newStage(t, Config{}, 0, &op{name: "a", times: 2}, &op{name: "b"})
	s.send("1 |5 2")
	s.expect("a push 0: 1 |5 2", "b push 0: 1 |5 2", "b push 0: 1 |5 2")
	s.wantOutput("1 |5 2; 1 2") // a mark that comes twice says nothing new
	st := s.task.Stats()
	if st.RecordsIn != 2 || st.RecordsOut != 4 || st.Watermark != 5 {
		t.Errorf("stats %+v", st)
	}
}

// TestPause: an operator with much output waits for room; mail does not.
func TestPause(t *testing.T) {
	a := &op{name: "a", times: 100}
	s := newStage(t, Config{}, 10, a)
	s.send("1 2 3")
	s.expect("a push 0: 1 2 3")
	if len(a.queue) == 0 {
		t.Fatal("nothing holds the operator back")
	}
	left := len(a.queue)
	s.task.CheckpointDone(t.Context(), 7, false)
	s.send("4")
	s.expect("a complete 7") // and no Push of 4
	for len(a.queue) > 0 {
		if s.output() == "" {
			t.Fatal("no output, though there is some left")
		}
		s.run()
		if len(a.queue) >= left {
			t.Fatal("room does not help")
		}
		left = len(a.queue)
	}
	s.output() // room to see that nothing is left
	s.expect("a push 0: 4")
}

func TestBarrier(t *testing.T) {
	folder := &snapshot.Folder{Path: t.TempDir()}
	s := newStage(t, Config{Folder: folder}, 0, &op{name: "a", hold: true}, &op{name: "b", hold: true})
	s.send("1 |3 2")
	s.in.Barrier(element.CheckpointOptions{ID: 4})
	s.send("5")
	// What a keeps back reaches b before b lets its own go; rows behind the
	// barrier come later.
	s.expect("a push 0: 1 |3 2", "a flush", "b push 0: 1 |3 2", "b flush", "a snapshot 4", "b snapshot 4", "a push 0: 5")
	s.wantOutput("1 |3 2; barrier 4")
	s.task.aside.Wait()
	if s.file == nil || fmt.Sprint(s.file.Operators) != "[id-a id-b]" {
		t.Fatalf("file %+v", s.file)
	}
	s.task.CheckpointDone(t.Context(), 4, false)
	s.task.CheckpointDone(t.Context(), 5, true)
	s.expect("a complete 4", "b complete 4", "a aborted 5", "b aborted 5")
}

func TestDeferredSnapshot(t *testing.T) {
	d := &op{name: "a", settled: make(chan error)}
	s := newStage(t, Config{Folder: &snapshot.Folder{Path: t.TempDir()}}, 0, d)
	s.in.Barrier(element.CheckpointOptions{ID: 1})
	s.send("5")
	s.expect("a snapshot 1", "a push 0: 5") // nobody waits
	if s.file != nil {
		t.Fatal("acknowledged before the snapshot holds")
	}
	d.settled <- nil
	s.task.aside.Wait()
	if s.file == nil {
		t.Fatal("not acknowledged")
	}
	s.file = nil
	s.in.Barrier(element.CheckpointOptions{ID: 2})
	s.expect("a snapshot 2")
	d.settled <- errors.New("no luck")
	s.task.aside.Wait()
	if err := s.run(); err == nil || !strings.Contains(err.Error(), `operator "a": no luck`) {
		t.Errorf("the task goes on: %v", err)
	}
	if s.file != nil {
		t.Error("acknowledged what does not hold")
	}
}

// TestCommit: rows go on beside a commit; the next snapshot and the end wait for it.
func TestCommit(t *testing.T) {
	c := &op{name: "a", committed: make(chan error)}
	s := newStage(t, Config{Folder: &snapshot.Folder{Path: t.TempDir()}}, 0, c)
	s.task.CheckpointDone(t.Context(), 1, false)
	s.send("5")
	s.expect("a complete 1", "a commit 1", "a push 0: 5")
	s.in.Barrier(element.CheckpointOptions{ID: 2})
	go func() { c.committed <- nil }()
	s.expect("a snapshot 2")
	if s.task.committing != nil {
		t.Error("a snapshot was taken while a commit runs")
	}
	s.task.CheckpointDone(t.Context(), 2, false)
	s.expect("a complete 2", "a commit 2")
	s.in.End()
	go func() { c.committed <- nil }()
	s.expect("a finish 0")
	if s.task.committing != nil {
		t.Error("finished while a commit runs")
	}
}

// TestCommitFails: there is no snapshot without what could not be committed, and
// a task without rows fails as well.
func TestCommitFails(t *testing.T) {
	for _, barrier := range []bool{false, true} {
		c := &op{name: "a", committed: make(chan error, 1)}
		s := newStage(t, Config{Folder: &snapshot.Folder{Path: t.TempDir()}}, 0, c)
		s.task.CheckpointDone(t.Context(), 1, false)
		s.expect("a complete 1", "a commit 1")
		if barrier {
			s.in.Barrier(element.CheckpointOptions{ID: 2})
		}
		c.committed <- errors.New("no luck")
		if !barrier {
			s.task.aside.Wait()
		}
		if err := s.run(); err == nil || !strings.Contains(err.Error(), `operator "a": no luck`) {
			t.Errorf("barrier %v: the task goes on: %v", barrier, err)
		}
		if len(s.log) > 0 {
			t.Errorf("barrier %v: %s", barrier, s.log)
		}
	}
}

func TestRestore(t *testing.T) {
	folder := &snapshot.Folder{Path: t.TempDir()}
	s := newStage(t, Config{Folder: folder}, 0, &op{name: "a"}, &op{name: "b"})
	s.in.Barrier(element.CheckpointOptions{ID: 1})
	s.run()
	s.task.aside.Wait()
	// The chain is another one now: each operator still finds what is its own.
	var log []string
	b := &op{name: "b", log: &log}
	v := &graph.Vertex{ID: "other", Parallelism: 1, MaxParallelism: 128, Links: []int{-1},
		Chain: []spec.Operator{{ID: "id-b", Name: "b", Inputs: [][]types.Type{{types.TInt}}, Output: column, Spec: &spec.Calc{}}}}
	c := Config{Vertex: v, Clock: s.clock, Events: s, Log: slog.New(slog.DiscardHandler), RestoreDir: folder.CheckpointDir(1), RestoreFiles: []snapshot.File{*s.file},
		Build:  func(spec.Operator) (exec.Operator, error) { return b, nil },
		Memory: func(*spec.Operator) (*memory.Reservation, error) { return nil, nil }}
	task := New(c)
	if err := task.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	task.close()
	if got := strings.Join(log, "; "); got != "b restore [b]; b open; b close" {
		t.Errorf("got %s", got)
	}
	v.MaxParallelism = 64
	task = New(c)
	if err := task.open(t.Context()); err == nil || !strings.Contains(err.Error(), "maximum parallelism 128, now it is 64") {
		t.Errorf("got %v", err)
	}
	task.close()
}

func TestTimers(t *testing.T) {
	s := newStage(t, Config{}, 0, &op{name: "a", at: 1500}, &op{name: "b"})
	s.expect()
	if at, ok := s.task.deadline(); !ok || at != 1500 {
		t.Errorf("deadline %d, %v", at, ok)
	}
	s.clock.Advance(time.Second)
	s.expect("a advance 2000", "b push 0: 99")
	s.wantOutput("99")
}

func TestEnd(t *testing.T) {
	s := newStage(t, Config{}, 0, &op{name: "a", hold: true}, &op{name: "b", hold: true})
	s.send("1")
	s.in.End()
	s.expect("a push 0: 1", "a flush", "b push 0: 1", "a finish 0", "b flush", "b finish 0")
	s.wantOutput("1; end")
	if !s.task.done {
		t.Error("the task is not done")
	}
}

// TestFinalCheckpoint: the task stays after its end until it is let go.
func TestFinalCheckpoint(t *testing.T) {
	s := newStage(t, Config{FinalCheckpoint: true, Folder: &snapshot.Folder{Path: t.TempDir()}}, 0, &op{name: "a"})
	s.in.End()
	s.expect("a finish 0", "end of data")
	s.task.Trigger(element.CheckpointOptions{ID: 1})
	s.expect("a snapshot 1")
	s.wantOutput("end") // no barrier behind the end
	s.task.CheckpointDone(t.Context(), 1, false)
	s.expect("a complete 1")
	if s.task.done {
		t.Error("the task left without leave")
	}
	s.task.Finish()
	s.expect()
	if !s.task.done {
		t.Error("the task does not leave")
	}
}

// TestStop: with a savepoint to stop with and no drain, operators are not finished.
func TestStop(t *testing.T) {
	s := newStage(t, Config{Folder: &snapshot.Folder{Path: t.TempDir()}}, 0, &op{name: "a"})
	s.in.Barrier(element.CheckpointOptions{ID: 1, Stop: true, Savepoint: true})
	s.in.End()
	s.expect("a snapshot 1", "end of data")
	s.wantOutput("barrier 1; end")
	s.task.CheckpointDone(t.Context(), 1, false)
	s.task.Finish()
	s.expect("a complete 1")
	if !s.task.done {
		t.Error("the task is not done")
	}
}

func TestIdleness(t *testing.T) {
	s := newStage(t, Config{}, 0, &op{name: "a"})
	s.in.Idle()
	s.expect()
	s.wantOutput("idle")
	s.send("1")
	s.expect("a push 0: 1")
	s.wantOutput("1")
}

func TestDecline(t *testing.T) {
	s := newStage(t, Config{}, 0, &op{name: "a"})
	s.in.Barrier(element.CheckpointOptions{ID: 1})
	s.send("1")
	s.expect("a snapshot 1", "declined 1: the job has no checkpoint folder", "a push 0: 1")
	s.wantOutput("barrier 1; 1")
}

func TestOperatorError(t *testing.T) {
	s := newStage(t, Config{}, 0, &op{name: "a", fail: "push"})
	s.send("1")
	if err := s.run(); err == nil || err.Error() != `operator "a": no luck` {
		t.Errorf("got %v", err)
	}
}

// TestPanic: a panic is a failed task, and its operators are closed.
func TestPanic(t *testing.T) {
	s := newStage(t, Config{}, 0, &op{name: "a"})
	s.task.nodes = nil // Run opens them anew
	o := &op{name: "p", fail: "panic", log: &s.log}
	s.task.Build = func(spec.Operator) (exec.Operator, error) { return o, nil }
	s.send("1")
	err := s.task.Run(t.Context())
	var p *PanicError
	if !errors.As(err, &p) || p.Value != "no luck" || !strings.Contains(string(p.Stack), "task_test.go") {
		t.Errorf("got %v", err)
	}
	if got := strings.Join(s.log, "; "); got != "p open; running; p push 0: 1; p close" {
		t.Errorf("log %s", got)
	}
}

func TestCancel(t *testing.T) {
	s := newStage(t, Config{}, 0, &op{name: "a"})
	s.task.nodes = nil
	s.task.Build = func(spec.Operator) (exec.Operator, error) { return &op{name: "a", log: &s.log}, nil }
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- s.task.Run(ctx) }()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
