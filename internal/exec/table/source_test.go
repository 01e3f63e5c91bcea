package table

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/internal/clock"
	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"

	_ "github.com/flott/flott/internal/function/all"
)

// script is a source whose reader gives what it is told: "a: 1 2 3" is a batch
// of split a, "a end" its end, "-" nothing for now.
var script []string

var sinks = map[string]*testSink{}

func init() {
	connector.Register(&connector.Connector{
		Name:      "test-script",
		NewSource: func(connector.Table) (connector.Source, error) { return scripted{}, nil },
		NewSink:   func(t connector.Table) (connector.Sink, error) { return sinks[t.Options["sink"]], nil },
	})
}

type scripted struct{}

func (scripted) Bounded() bool                                          { return true }
func (scripted) Changelog() connector.Changelog                         { return connector.InsertOnly }
func (scripted) Enumerator(connector.Env) (connector.Enumerator, error) { return nil, nil }
func (scripted) Reader(connector.Env, []connector.Column) (connector.Reader, error) {
	return &scriptReader{}, nil
}

type scriptReader struct {
	splits   []connector.Split
	finished []string
	noMore   bool
}

func (r *scriptReader) AddSplits(s []connector.Split) error {
	r.splits = append(r.splits, s...)
	return nil
}
func (r *scriptReader) NoMoreSplits() { r.noMore = true }
func (r *scriptReader) Next() (*vector.Batch, string, error) {
	if len(script) == 0 {
		if r.noMore {
			return nil, "", io.EOF
		}
		return nil, "", nil
	}
	line := script[0]
	script = script[1:]
	if id, ok := strings.CutSuffix(line, " end"); ok {
		r.finished = append(r.finished, id)
		return nil, "", nil
	}
	id, rows, ok := strings.Cut(line, ":")
	if !ok {
		return nil, "", nil
	}
	return stamps(rows), id, nil
}
func (r *scriptReader) Ready() <-chan struct{}               { return nil }
func (r *scriptReader) Snapshot() ([]connector.Split, error) { return r.splits, nil }
func (r *scriptReader) Finished() (f []string)               { f, r.finished = r.finished, nil; return f }
func (r *scriptReader) CheckpointComplete(int64) error       { return nil }
func (r *scriptReader) Pause(string, bool)                   {}
func (r *scriptReader) Close() error                         { return nil }

var stampType = types.TimestampOf(3)

// stamps is a batch of times in milliseconds; "x" is NULL.
func stamps(rows string) *vector.Batch {
	b := vector.NewBatch([]types.Type{stampType}, 0)
	for _, f := range strings.Fields(rows) {
		var n int64
		if m, ok := strings.CutPrefix(f, "|"); ok {
			if m == "max" {
				n = int64(types.MaxInstant)
			} else {
				fmt.Sscan(m, &n)
			}
			b.Mark(types.Instant(n))
			continue
		}
		if f == "x" {
			b.Cols[0].AppendNull()
		} else {
			fmt.Sscan(f, &n)
			vector.Append(b.Cols[0], n)
		}
		b.SetLen(b.Len() + 1)
	}
	return b
}

func show(b *vector.Batch) string {
	if b == nil {
		return "nil"
	}
	var out []string
	m := 0
	for i := 0; i <= b.Len(); i++ {
		for ; m < len(b.Marks) && b.Marks[m].Row == i; m++ {
			if w := b.Marks[m].Watermark; w == types.MaxInstant {
				out = append(out, "|max")
			} else {
				out = append(out, fmt.Sprintf("|%d", w))
			}
		}
		if i == b.Len() {
			break
		}
		if b.Cols[0].IsNull(i) {
			out = append(out, "x")
		} else {
			out = append(out, fmt.Sprint(b.Cols[0].Int64s()[i]))
		}
	}
	return strings.Join(out, " ")
}

func testContext(c clock.Clock) *exec.Context {
	return &exec.Context{Context: context.Background(), Parallelism: 1, BatchSize: 1024, Clock: c, Zone: time.UTC, Watermark: func() types.Instant { return types.MinInstant }}
}

var stampColumn = []spec.Column{{Name: "ts", Type: stampType}}

func openSource(t *testing.T, w *spec.WatermarkSpec, c clock.Clock, splits ...string) *Source {
	t.Helper()
	w.Expr = spec.Col(0, stampType)
	op := NewSource(&spec.Source{Connector: "test-script", Physical: stampColumn, Columns: []spec.SourceColumn{{Name: "ts", Type: stampType}}, Watermark: w})
	if err := op.Open(testContext(c)); err != nil {
		t.Fatal(err)
	}
	var s []connector.Split
	for _, id := range splits {
		s = append(s, connector.Split{ID: id})
	}
	if err := op.AddSplits(s, true); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { op.Close() })
	return op
}

// expect drains what the operator gives.
func expect(t *testing.T, op exec.Operator, want ...string) {
	t.Helper()
	for _, w := range want {
		b, err := op.Next()
		if err != nil {
			t.Fatal(err)
		}
		if got := show(b); got != w {
			t.Fatalf("got %q, want %q", got, w)
		}
	}
}

func TestMarkAfterEachRow(t *testing.T) {
	c := clock.NewVirtual(time.Unix(0, 0))
	op := openSource(t, &spec.WatermarkSpec{}, c, "a")
	script = []string{"a: 5 3 x 8 8", "-", "a: 9", "a end"}
	expect(t, op, "5 |5 3 x 8 |8 8", "nil", "9 |9", "nil", "|max", "nil")
	if !op.Ended() {
		t.Error("not ended")
	}
}

func TestSlowestSplitCounts(t *testing.T) {
	c := clock.NewVirtual(time.Unix(0, 0))
	op := openSource(t, &spec.WatermarkSpec{Emit: "on-event", IntervalMillis: 200}, c, "a", "b")
	script = []string{"a: 10 20", "b: 5 15", "a: 30", "b end", "a: 40"}
	expect(t, op, "10 20", "5 |5 15 |15", "30", "|30", "40 |40", "|max")
}

func TestPeriodicMarks(t *testing.T) {
	c := clock.NewVirtual(time.Unix(0, 0))
	op := openSource(t, &spec.WatermarkSpec{Emit: "on-periodic", IntervalMillis: 200}, c, "a")
	script = []string{"a: 10 20", "-", "-", "a: 30", "a: 40"}
	expect(t, op, "10 20", "nil")
	at, ok := op.Deadline()
	if !ok || at != 200 {
		t.Fatalf("deadline %d, %v", at, ok)
	}
	c.Advance(200 * time.Millisecond)
	op.Advance(200)
	expect(t, op, "|20", "30")
	c.Advance(200 * time.Millisecond)
	op.Advance(400)
	expect(t, op, "|30 40", "|max")
}

func TestIdleSplits(t *testing.T) {
	c := clock.NewVirtual(time.Unix(0, 0))
	op := openSource(t, &spec.WatermarkSpec{IdleTimeoutMillis: 1000}, c, "a", "b")
	script = []string{"a: 10", "-"}
	expect(t, op, "10", "nil")
	c.Advance(500 * time.Millisecond)
	script = []string{"a: 20"}
	expect(t, op, "20")
	c.Advance(500 * time.Millisecond) // b has said nothing for a second
	op.Advance(1000)
	script = []string{"-"}
	expect(t, op, "|20")
	if op.Idle() {
		t.Error("idle, though a is not")
	}
	c.Advance(500 * time.Millisecond)
	op.Advance(1500)
	if !op.Idle() {
		t.Error("not idle, though both splits are")
	}
	script = []string{"b: 5 25 30"} // b is back and counts; a stays idle
	expect(t, op, "5 25 |25 30 |30")
	if op.Idle() {
		t.Error("still idle")
	}
}

func TestStop(t *testing.T) {
	for drain, want := range map[bool]string{true: "|max", false: "nil"} {
		op := openSource(t, &spec.WatermarkSpec{}, clock.Real{}, "a")
		script = []string{"a: 5"}
		op.Stop(drain)
		expect(t, op, want)
		if !op.Ended() {
			t.Errorf("drain %v: not ended", drain)
		}
	}
}

func TestRescaledPositions(t *testing.T) {
	var states [][]byte
	for _, ids := range [][]string{{"d", "a"}, {"c", "b", "e"}} {
		op := openSource(t, &spec.WatermarkSpec{}, clock.Real{}, ids...)
		s, err := op.Snapshot(element.CheckpointOptions{})
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, s)
	}
	seen := map[string]int{}
	for i := range 3 {
		op := NewSource(&spec.Source{Connector: "test-script", Physical: stampColumn, Columns: []spec.SourceColumn{{Name: "ts", Type: stampType}}})
		if err := op.Restore(states); err != nil {
			t.Fatal(err)
		}
		ctx := testContext(clock.Real{})
		ctx.Subtask, ctx.Parallelism, ctx.Rescaled = i, 3, true
		if err := op.Open(ctx); err != nil {
			t.Fatal(err)
		}
		splits, _ := op.reader.Snapshot()
		for _, s := range splits {
			seen[s.ID]++
		}
	}
	if fmt.Sprint(seen) != "map[a:1 b:1 c:1 d:1 e:1]" {
		t.Errorf("splits %v", seen)
	}
}

func openWatermark(t *testing.T, s spec.WatermarkSpec, c clock.Clock) *Watermark {
	t.Helper()
	s.Expr = spec.Col(0, stampType)
	op := NewWatermark(&spec.Watermark{WatermarkSpec: s}, []types.Type{stampType})
	if err := op.Open(testContext(c)); err != nil {
		t.Fatal(err)
	}
	return op
}

func TestWatermarkOperator(t *testing.T) {
	c := clock.NewVirtual(time.Unix(0, 0))
	op := openWatermark(t, spec.WatermarkSpec{}, c)
	op.Push(0, stamps("|3 5 |4 4 9"))
	expect(t, op, "5 |5 4 9 |9", "nil") // marks of the input are replaced
	op.Push(0, stamps("|max"))
	expect(t, op, "|max", "nil")

	op = openWatermark(t, spec.WatermarkSpec{IntervalMillis: 10}, c)
	op.Push(0, stamps("5 11 15 |max"))
	expect(t, op, "5 11 |11 15", "|max", "nil") // a step above the period goes out at once

	op = openWatermark(t, spec.WatermarkSpec{IntervalMillis: 10, IdleTimeoutMillis: 100}, c)
	op.Push(0, stamps("5"))
	expect(t, op, "5", "nil")
	at, _ := op.Deadline()
	c.Advance(10 * time.Millisecond)
	if want := types.Instant(c.Now().UnixMilli()); at != want {
		t.Errorf("deadline %d, want %d", at, want)
	}
	op.Advance(at)
	expect(t, op, "|5", "nil") // a smaller one at the end of the period
	c.Advance(100 * time.Millisecond)
	op.Advance(types.Instant(c.Now().UnixMilli()))
	expect(t, op, "nil")
	if !op.Idle() {
		t.Error("not idle after the timeout")
	}
	op.Push(0, stamps("6"))
	expect(t, op, "6", "nil")
	if op.Idle() {
		t.Error("idle after a row")
	}
}

func TestNullRowtime(t *testing.T) {
	op := openWatermark(t, spec.WatermarkSpec{}, clock.Real{})
	op.Push(0, stamps("5 x"))
	if _, err := op.Next(); err == nil || !strings.Contains(err.Error(), "RowTime field should not be null") {
		t.Errorf("got %v", err)
	}
}

// testSink notes what happens to it.
type testSink struct {
	log     []string
	state   string
	failing error
}

func (s *testSink) Changelog() connector.Changelog { return connector.All }
func (s *testSink) Guarantee() string              { return "exactly-once" }
func (s *testSink) note(f string, args ...any)     { s.log = append(s.log, fmt.Sprintf(f, args...)) }
func (s *testSink) Writer(_ connector.Env, _ []connector.Column, restored [][]byte) (connector.Writer, error) {
	s.note("open with %s", restored)
	return (*testWriter)(s), nil
}
func (s *testSink) Committer(connector.Env) (connector.Committer, error) {
	return (*testCommitter)(s), nil
}

type testWriter testSink

func (w *testWriter) Write(_ context.Context, b *vector.Batch) error {
	(*testSink)(w).note("write %s", show(b))
	return nil
}
func (w *testWriter) Watermark(i types.Instant) { (*testSink)(w).note("watermark %d", i) }
func (w *testWriter) Prepare(_ context.Context, id int64) ([]byte, []connector.Committable, error) {
	return []byte(w.state), []connector.Committable{connector.Committable(fmt.Sprintf("t%d", id))}, nil
}
func (w *testWriter) Err() error   { return w.failing }
func (w *testWriter) Close() error { return nil }

type testCommitter testSink

func (c *testCommitter) Commit(_ context.Context, items []connector.Committable, recovered bool) error {
	(*testSink)(c).note("commit %s recovered=%v", items, recovered)
	return nil
}
func (c *testCommitter) Close() error { return nil }

func openSink(t *testing.T, notNull string, final bool, restored ...[]byte) (*Sink, *testSink) {
	t.Helper()
	s := &testSink{state: "w"}
	sinks[t.Name()] = s
	column := []spec.Column{{Name: "ts", Type: stampType.Required()}}
	op := NewSink(&spec.Sink{Table: "out", Connector: "test-script", Options: map[string]string{"sink": t.Name()}, Physical: column, NotNull: notNull})
	if restored != nil {
		if err := op.Restore(restored); err != nil {
			t.Fatal(err)
		}
	}
	ctx := testContext(clock.Real{})
	ctx.FinalCheckpoint = final
	if err := op.Open(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { op.Close() })
	return op, s
}

func (s *testSink) expect(t *testing.T, want ...string) {
	t.Helper()
	if got, want := strings.Join(s.log, "\n"), strings.Join(want, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	s.log = nil
}

func TestSinkCommits(t *testing.T) {
	op, s := openSink(t, "", true)
	op.Push(0, stamps("1 2 |7"))
	if _, err := op.Snapshot(element.CheckpointOptions{ID: 1}); err != nil {
		t.Fatal(err)
	}
	state, err := op.Snapshot(element.CheckpointOptions{ID: 2})
	if err != nil {
		t.Fatal(err)
	}
	s.expect(t, "open with []", "write 1 2 |7", "watermark 7")
	// Checkpoint 1 was given up: what it wanted to commit goes with the next one.
	if err := op.Commit(2)(context.Background()); err != nil {
		t.Fatal(err)
	}
	s.expect(t, "commit [t1] recovered=false", "commit [t2] recovered=false")
	if op.Commit(2) != nil {
		t.Error("there is more to commit")
	}
	// After a restore it is committed before the writer is opened.
	_, s = openSink(t, "", true, state)
	s.expect(t, "commit [t1] recovered=true", "commit [t2] recovered=true", "open with [w]")
}

func TestSinkCommitsAtTheEnd(t *testing.T) {
	op, s := openSink(t, "", false)
	op.Push(0, stamps("1"))
	if err := op.Finish(0); err != nil {
		t.Fatal(err)
	}
	s.expect(t, "open with []", "write 1", "commit [t0] recovered=false")
	op, s = openSink(t, "", true)
	op.Push(0, stamps("1"))
	if err := op.Finish(0); err != nil {
		t.Fatal(err)
	}
	s.expect(t, "open with []", "write 1") // the final checkpoint does it
}

func TestNotNull(t *testing.T) {
	op, s := openSink(t, "error", true)
	if err := op.Push(0, stamps("1 x")); err == nil || !strings.Contains(err.Error(), `column "ts" of out is NOT NULL`) {
		t.Errorf("got %v", err)
	}
	s.expect(t, "open with []")
	op, s = openSink(t, "drop", true)
	if err := op.Push(0, stamps("x 1 x 2")); err != nil {
		t.Fatal(err)
	}
	if err := op.Push(0, stamps("x")); err != nil {
		t.Fatal(err)
	}
	s.expect(t, "open with []", "write 1 2")
}

func TestSinkTellsAsynchronousFailures(t *testing.T) {
	op, s := openSink(t, "", true)
	s.failing = errors.New("broker gone")
	if err := op.Push(0, stamps("1")); err == nil {
		t.Error("Push says nothing")
	}
	if _, err := op.Next(); err == nil {
		t.Error("Next says nothing")
	}
}
