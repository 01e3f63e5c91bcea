package connectortest

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/flott/flott/connector"
)

// patience bounds every wait for a reader.
const patience = 20 * time.Second

// RunSource reads a bounded source in every way and returns its rows (see
// Lines) as one reader yields them.
func RunSource(t testing.TB, s connector.Source, columns []connector.Column) []string {
	t.Helper()
	if !s.Bounded() {
		t.Fatal("RunSource needs a bounded source")
	}
	env := Env()
	want := read(t, s, columns, env)
	for _, size := range []int{1, 7} {
		env.BatchSize = size
		if got := read(t, s, columns, env); !slices.Equal(got, want) {
			t.Errorf("batches of %d: got %q, want %q", size, got, want)
		}
	}
	env.BatchSize = 3
	for n := 0; ; n++ {
		got, over := restoreAfter(t, s, columns, env, n)
		if !slices.Equal(got, want) {
			t.Errorf("restored after batch %d: got %q, want %q", n, got, want)
		}
		if over {
			break
		}
	}
	env.Parallelism = 2
	if got, all := spread(t, s, columns, env), slices.Sorted(slices.Values(want)); !slices.Equal(got, all) {
		t.Errorf("two readers: got %q, want %q", got, all)
	}
	return want
}

// Splits returns what an enumerator finds at its first look.
func Splits(t testing.TB, s connector.Source, env connector.Env) []connector.Split {
	t.Helper()
	splits, _ := discover(t, s, env, nil)
	return splits
}

// discover runs an enumerator, restored with state unless that is nil.
func discover(t testing.TB, s connector.Source, env connector.Env, state []byte) ([]connector.Split, []byte) {
	t.Helper()
	e, err := s.Enumerator(env)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if state != nil {
		if err := e.Restore(state); err != nil {
			t.Fatalf("restore the enumerator: %v", err)
		}
	}
	splits, more, err := e.Discover(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if more && e.Interval() == 0 {
		t.Error("an enumerator that has more is never asked again: its interval is 0")
	}
	again, _, err := e.Discover(context.Background())
	if err != nil || len(again) > 0 {
		t.Errorf("the second Discover returned %d splits that the first did too, %v", len(again), err)
	}
	state, err = e.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return splits, state
}

// Reader opens a reader of splits, to which no others will come.
func Reader(t testing.TB, s connector.Source, columns []connector.Column, env connector.Env, splits []connector.Split) connector.Reader {
	t.Helper()
	r, err := s.Reader(env, columns)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.AddSplits(splits); err != nil {
		t.Fatal(err)
	}
	r.NoMoreSplits()
	return r
}

// Next returns the rows of the next batch, or why there is none: io.EOF at the
// end.
func Next(t testing.TB, r connector.Reader) ([]string, error) {
	t.Helper()
	deadline := time.After(patience)
	for {
		b, split, err := r.Next()
		if err != nil {
			return nil, err
		}
		if b != nil {
			if b.Len() > 0 && split == "" {
				t.Error("Next returned rows of no split")
			}
			for _, c := range b.Cols {
				if c.Len() != b.Len() {
					t.Fatalf("a column has %d rows, the batch %d", c.Len(), b.Len())
				}
			}
			return Lines(b), nil
		}
		select {
		case <-r.Ready():
		case <-deadline:
			t.Fatal("a reader is never ready")
		}
	}
}

// drain reads r to its end.
func drain(t testing.TB, r connector.Reader) []string {
	t.Helper()
	var out []string
	for {
		lines, err := Next(t, r)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, lines...)
	}
}

func closeReader(t testing.TB, r connector.Reader) {
	t.Helper()
	if err := r.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func read(t testing.TB, s connector.Source, columns []connector.Column, env connector.Env) []string {
	t.Helper()
	splits, _ := discover(t, s, env, nil)
	r := Reader(t, s, columns, env, splits)
	defer closeReader(t, r)
	out := drain(t, r)
	var want []string
	for _, s := range splits {
		want = append(want, s.ID)
	}
	if got := slices.Sorted(slices.Values(r.Finished())); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		t.Errorf("finished splits %q, want %q", got, want)
	}
	if left, err := r.Snapshot(); err != nil || len(left) > 0 {
		t.Errorf("a reader at its end has %d splits left, %v", len(left), err)
	}
	return out
}

// restoreAfter reads n batches, snapshots, reads one more, which is lost, and
// goes on with a second reader. over says that there are no n batches.
func restoreAfter(t testing.TB, s connector.Source, columns []connector.Column, env connector.Env, n int) (out []string, over bool) {
	t.Helper()
	splits, state := discover(t, s, env, nil)
	first := Reader(t, s, columns, env, splits)
	defer closeReader(t, first)
	for range n {
		lines, err := Next(t, first)
		if errors.Is(err, io.EOF) {
			over = true
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, lines...)
	}
	rest, err := first.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Next(t, first); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	more, _ := discover(t, s, env, state)
	if len(more) > 0 {
		t.Errorf("a restored enumerator returned %d splits again", len(more))
	}
	second := Reader(t, s, columns, env, rest)
	defer closeReader(t, second)
	return append(out, drain(t, second)...), over
}

// spread reads the splits with two readers and returns their rows in order.
func spread(t testing.TB, s connector.Source, columns []connector.Column, env connector.Env) []string {
	t.Helper()
	splits, _ := discover(t, s, env, nil)
	var parts [2][]connector.Split
	for i, x := range splits {
		parts[i%2] = append(parts[i%2], x)
	}
	var out []string
	for i, p := range parts {
		env.Subtask = i
		r := Reader(t, s, columns, env, p)
		out = append(out, drain(t, r)...)
		closeReader(t, r)
	}
	slices.Sort(out)
	return out
}
