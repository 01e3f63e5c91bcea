package connectortest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/vector"
)

// Target is a sink of its own and what can be read from where it writes.
type Target struct {
	Sink connector.Sink
	// Read returns what others see at this moment, one string a row.
	Read func() []string
}

// RunSink writes batches (rows of columns) to fresh targets. want is what is
// read at the end, in any order.
func RunSink(t *testing.T, open func(t *testing.T) Target, columns []connector.Column, batches []*vector.Batch, want []string) {
	t.Helper()
	want = slices.Sorted(slices.Values(want))
	for crash := range len(batches) + 1 {
		for _, committed := range []string{"before the commit", "after the commit", "without a crash"} {
			t.Run(fmt.Sprintf("%d batches, %s", crash, committed), func(t *testing.T) {
				x := open(t)
				r := &sinkRun{t: t, target: x, env: Env(), columns: columns}
				r.start(nil)
				r.write(batches[:crash])
				state, commit := r.prepare(1)
				if seen := x.Read(); len(seen) > 0 {
					t.Errorf("seen before the first commit: %q", seen)
				}
				if committed != "before the commit" {
					r.commit(commit, false)
				}
				if committed != "without a crash" {
					r.write(batches[crash:]) // lost with the process
					r.stop()
					r.commit(commit, true)
					r.start([][]byte{state})
				}
				before := x.Read()
				r.write(batches[crash:])
				if seen := x.Read(); len(seen) != len(before) {
					t.Errorf("%d rows are seen without a commit, %d before", len(seen), len(before))
				}
				if e, ok := r.writer.(connector.Ender); ok {
					if err := e.End(); err != nil {
						t.Fatal(err)
					}
				}
				_, commit = r.prepare(2)
				r.commit(commit, false)
				r.commit(commit, true) // it may come twice
				r.stop()
				if got := slices.Sorted(slices.Values(x.Read())); !slices.Equal(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		}
	}
}

// sinkRun is a writer and committer of one subtask.
type sinkRun struct {
	t         *testing.T
	target    Target
	env       connector.Env
	columns   []connector.Column
	writer    connector.Writer
	committer connector.Committer
}

func (r *sinkRun) start(restored [][]byte) {
	r.t.Helper()
	var err error
	if r.committer, err = r.target.Sink.Committer(r.env); err != nil {
		r.t.Fatal(err)
	}
	if r.writer, err = r.target.Sink.Writer(r.env, r.columns, restored); err != nil {
		r.t.Fatal(err)
	}
}

func (r *sinkRun) write(batches []*vector.Batch) {
	r.t.Helper()
	for _, b := range batches {
		if err := r.writer.Write(context.Background(), b); err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r *sinkRun) prepare(checkpoint int64) ([]byte, []connector.Committable) {
	r.t.Helper()
	state, commit, err := connector.Prepare(context.Background(), r.writer, checkpoint)
	if err != nil {
		r.t.Fatal(err)
	}
	return state, commit
}

func (r *sinkRun) commit(c []connector.Committable, recovered bool) {
	r.t.Helper()
	if len(c) == 0 {
		return
	}
	if r.committer == nil {
		r.t.Fatalf("%d committables, but no committer", len(c))
	}
	if err := r.committer.Commit(context.Background(), c, recovered); err != nil {
		r.t.Fatal(err)
	}
}

func (r *sinkRun) stop() {
	r.t.Helper()
	if err := r.writer.Err(); err != nil {
		r.t.Error(err)
	}
	if err := r.writer.Close(); err != nil {
		r.t.Error(err)
	}
	if r.committer != nil {
		if err := r.committer.Close(); err != nil {
			r.t.Error(err)
		}
	}
}
