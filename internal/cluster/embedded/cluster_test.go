package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/flott/flott/internal/graph"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"

	_ "github.com/flott/flott/internal/function/all"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testTimeout ends a test that hangs.
const testTimeout = 30 * time.Second

func start(t *testing.T, options map[string]string) *Cluster {
	t.Helper()
	c, err := Start(Config{Options: options})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func encode(t *testing.T, g *graph.StreamGraph, parallelism int, config map[string]string) []byte {
	t.Helper()
	if err := g.IDs(); err != nil {
		t.Fatal(err)
	}
	j, err := graph.Chain(g, parallelism, 0, config["pipeline.operator-chaining.enabled"] != "false", config)
	if err != nil {
		t.Fatal(err)
	}
	b, err := j.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// collect reads a query to its end, one line a row.
func collect(t *testing.T, j *Job) (rows []string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testTimeout)
	defer cancel()
	for {
		b, err := j.Next(ctx)
		if errors.Is(err, io.EOF) {
			return rows, j.Wait(ctx)
		}
		if err != nil {
			return rows, err
		}
		rows = append(rows, lines(b)...)
	}
}

// lines prints rows as "+I[1, a]".
func lines(b *vector.Batch) (out []string) {
	for i := range b.Len() {
		var cells []string
		for _, c := range b.Cols {
			cells = append(cells, string(vector.AppendText(nil, c, i, types.UTC)))
		}
		out = append(out, fmt.Sprintf("%s[%s]", b.Kind(i), strings.Join(cells, ", ")))
	}
	return out
}

// values is a graph of constant rows up to n and what follows.
func values(n int) (*graph.StreamGraph, []spec.Column) {
	cols := []spec.Column{{Name: "id", Type: types.TInt.Required()}, {Name: "name", Type: types.TString}}
	v := &spec.Values{Columns: cols}
	for i := range n {
		v.Rows = append(v.Rows, []spec.Expr{spec.Lit(cols[0].Type, fmt.Sprint(i)), spec.Lit(types.TString, fmt.Sprintf("n%d", i))})
	}
	g := &graph.StreamGraph{Name: "values"}
	g.Add(&graph.Node{Operator: spec.Operator{Name: "Values", Output: cols, Spec: v}, Parallelism: 1})
	return g, cols
}

func typesOf(cols []spec.Column) (ts []types.Type) {
	for _, c := range cols {
		ts = append(ts, c.Type)
	}
	return ts
}

func addCollect(g *graph.StreamGraph, cols []spec.Column, from int, kind spec.ExchangeKind) {
	g.Add(&graph.Node{Operator: spec.Operator{Name: "Collect", Inputs: [][]types.Type{typesOf(cols)}, Output: cols, Spec: &spec.Collect{Columns: cols}},
		Parallelism: 1, Inputs: []graph.Edge{{From: from, Exchange: spec.Exchange{Kind: kind}}}})
}

func TestValues(t *testing.T) {
	for _, transport := range []string{"local", "tcp"} {
		for _, chaining := range []string{"true", "false"} {
			t.Run(transport+"/chaining="+chaining, func(t *testing.T) { testValues(t, transport, chaining) })
		}
	}
}

func testValues(t *testing.T, transport, chaining string) {
	c := start(t, map[string]string{"flott.transport": transport})
	g, cols := values(3)
	addCollect(g, cols, 0, spec.Forward)
	j, err := c.Submit(t.Context(), encode(t, g, 1, map[string]string{"pipeline.operator-chaining.enabled": chaining}), SubmitOptions{})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := collect(t, j)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(rows, " "), "+I[0, n0] +I[1, n1] +I[2, n2]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if s := j.Status(); s.State != "FINISHED" || s.Vertices[0].RecordsIn != 3 {
		t.Errorf("status %+v", s)
	}
}
