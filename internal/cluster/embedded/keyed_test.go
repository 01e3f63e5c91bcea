package embedded

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/internal/graph"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// The connector test-latest keeps the last committed count of each key in its
// world, as a table with a primary key would.
func init() {
	connector.Register(&connector.Connector{
		Name:    "test-latest",
		NewSink: func(t connector.Table) (connector.Sink, error) { return latest{worldOf(t.Options)}, nil },
	})
}

type latest struct{ w *world }

func (s latest) Changelog() connector.Changelog { return connector.All }
func (s latest) Guarantee() string              { return "exactly-once" }
func (s latest) Writer(connector.Env, []connector.Column, [][]byte) (connector.Writer, error) {
	return &latestWriter{counts: map[int64]int64{}}, nil
}
func (s latest) Committer(connector.Env) (connector.Committer, error) { return latestCommitter(s), nil }

type latestWriter struct{ counts map[int64]int64 }

func (w *latestWriter) Write(_ context.Context, b *vector.Batch) error {
	for i := range b.Len() {
		if b.Kind(i).Adds() {
			w.counts[b.Cols[0].Int64s()[i]] = b.Cols[1].Int64s()[i]
		}
	}
	return nil
}
func (w *latestWriter) Watermark(types.Instant) {}
func (w *latestWriter) Prepare(context.Context, int64) ([]byte, []connector.Committable, error) {
	b, err := json.Marshal(w.counts)
	w.counts = map[int64]int64{}
	return nil, []connector.Committable{b}, err
}
func (w *latestWriter) Err() error   { return nil }
func (w *latestWriter) Close() error { return nil }

type latestCommitter struct{ w *world }

func (c latestCommitter) Commit(_ context.Context, items []connector.Committable, _ bool) error {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	for _, it := range items {
		counts := map[int64]int64{}
		if err := json.Unmarshal(it, &counts); err != nil {
			return err
		}
		for k, n := range counts {
			c.w.sum[k] = int(n)
		}
	}
	return nil
}
func (c latestCommitter) Close() error { return nil }

// countJob counts the world's numbers by their remainder.
func countJob(id string) *graph.StreamGraph {
	g := copyJob(id, spec.Forward)
	g.Nodes = g.Nodes[:1]
	long := types.TBigInt.Required()
	key := []spec.Column{{Name: "k", Type: long}}
	counted := []spec.Column{{Name: "k", Type: long}, {Name: "n", Type: long}}
	edge := func(from int, kind spec.ExchangeKind) []graph.Edge {
		return []graph.Edge{{From: from, Exchange: spec.Exchange{Kind: kind, Keys: []int{0}}}}
	}
	g.Add(&graph.Node{Operator: spec.Operator{Name: "remainder", Inputs: [][]types.Type{typesOf(numberColumns)}, Output: key,
		Spec: &spec.Calc{Project: []spec.Expr{spec.Call("%", long, spec.Col(0, long), spec.Lit(long, "97"))}}}, Inputs: edge(0, spec.Forward)})
	g.Add(&graph.Node{Operator: spec.Operator{Name: "count", Inputs: [][]types.Type{typesOf(key)}, Output: counted,
		Spec: &spec.GroupAgg{Keys: []int{0}, Aggs: []spec.AggCall{{Func: "COUNT", Type: long}}, EmitUpdateBefore: true}}, Inputs: edge(1, spec.Hash)})
	g.Add(&graph.Node{Operator: spec.Operator{Name: "latest", Inputs: [][]types.Type{typesOf(counted)}, Output: counted,
		Spec: &spec.Sink{Table: "latest", Connector: "test-latest", Options: map[string]string{"world": id}, Physical: counted}}, Inputs: edge(2, spec.Forward)})
	return g
}

// TestKeyedState crashes a job with keyed state and starts it with another
// parallelism each time, local and over TCP.
func TestKeyedState(t *testing.T) {
	const perRound = 5_000
	w, id := newWorld(t, 3, 4*perRound)
	folder := filepath.Join(t.TempDir(), "job")
	for round, c := range []struct {
		parallelism int
		transport   string
	}{{1, "local"}, {4, "tcp"}, {2, "local"}, {3, "tcp"}} {
		k := start(t, map[string]string{"flott.transport": c.transport})
		j := submit(t, k, encode(t, countJob(id), c.parallelism, never), SubmitOptions{Folder: folder})
		w.allow(int64(round+1) * perRound)
		if round == 3 {
			if err := j.Wait(timeout(t)); err != nil {
				t.Fatal(err)
			}
			break
		}
		read(t, j, 3*perRound)
		if _, err := j.Checkpoint(timeout(t)); err != nil {
			t.Fatal(err)
		}
		w.allow(int64(round+1)*perRound + perRound/2) // lost with the process
		k.Close()
	}
	want := map[int64]int{}
	for s := range int64(w.splits) {
		for i := range int64(4 * perRound) {
			want[(s*splitRows+i)%97]++
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if fmt.Sprint(w.sum) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", w.sum, want)
	}
}
