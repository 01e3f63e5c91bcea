package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/flott/flott/internal/graph"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

// build makes a graph of a line an operator: name, then where its rows come from,
// as `name` (forward), `name#` (hash) or `name|` (single); `name:1` is parallelism 1.
func build(t *testing.T, text string) *graph.StreamGraph {
	t.Helper()
	g := &graph.StreamGraph{Name: "job"}
	at := map[string]int{}
	for _, l := range strings.Split(strings.TrimSpace(text), "\n") {
		words := strings.Fields(l)
		name, one := strings.CutSuffix(words[0], ":1")
		n := &graph.Node{Operator: spec.Operator{Name: name, Spec: spec.Limit{Limit: int64(len(name))}, Output: []spec.Column{{Name: "x", Type: types.TInt}}}}
		if one {
			n.Parallelism = 1
		}
		for _, w := range words[1:] {
			x := spec.Exchange{Kind: spec.Forward}
			if f, ok := strings.CutSuffix(w, "#"); ok {
				w, x = f, spec.Exchange{Kind: spec.Hash, Keys: []int{0}}
			} else if f, ok := strings.CutSuffix(w, "|"); ok {
				w, x = f, spec.Exchange{Kind: spec.Single}
			}
			n.Inputs = append(n.Inputs, graph.Edge{From: at[w], Exchange: x})
		}
		at[name] = g.Add(n)
	}
	return g
}

func draw(j *graph.JobGraph) string {
	var b strings.Builder
	for i, v := range j.Vertices {
		fmt.Fprintf(&b, "%d %s ×%d region %d\n", i, v.Name, v.Parallelism, v.Region)
		for _, o := range v.Outputs {
			fmt.Fprintf(&b, "  %s %s to %d\n", v.Chain[o.Operator].Name, o.Exchange.Kind, o.Target)
		}
	}
	return b.String()
}

func TestChain(t *testing.T) {
	for _, c := range []struct {
		name, graph string
		chaining    bool
		want        string
	}{
		{"forward is chained, hash is not", "s\na s\nb a#\nc b", true,
			"0 s -> a ×4 region 0\n  a hash to 1\n1 b -> c ×4 region 0\n"},
		{"other parallelism", "s\na s\nb:1 a", true,
			"0 s -> a ×4 region 0\n  a rebalance to 1\n1 b ×1 region 0\n"},
		{"a chain may be a tree", "s\na s\nb s\nc b", true,
			"0 s -> a -> b -> c ×4 region 0\n"},
		{"several edges into one port end a chain", "s\nt\nu s t", true,
			"0 s ×4 region 0\n  s forward to 2\n1 t ×4 region 0\n  t forward to 2\n2 u ×4 region 0\n"},
		{"parts that are not connected", "s\na s\nt\nb t|", true,
			"0 s -> a ×4 region 0\n1 t ×4 region 1\n  t single to 2\n2 b ×4 region 1\n"},
		{"without chaining", "s\na s", false,
			"0 s ×4 region 0\n  s forward to 1\n1 a ×4 region 0\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			j, err := graph.Chain(build(t, c.graph), 4, 0, c.chaining, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := draw(j); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
			for _, v := range j.Vertices {
				if v.MaxParallelism != 128 {
					t.Errorf("%s has maximum parallelism %d", v.Name, v.MaxParallelism)
				}
				for i, l := range v.Links {
					if l >= i {
						t.Errorf("%s: operator %d takes its input from %d", v.Name, i, l)
					}
				}
			}
		})
	}
	if _, err := graph.Chain(build(t, "s"), 200, 128, true, nil); err == nil || !strings.Contains(err.Error(), "maximum parallelism 128") {
		t.Errorf("parallelism 200 of 128 gives %v", err)
	}
}

func TestDefaultMaxParallelism(t *testing.T) {
	for p, want := range map[int]int{1: 128, 85: 128, 86: 256, 200: 512, 30000: 32768} {
		if got := graph.DefaultMaxParallelism(p); got != want {
			t.Errorf("%d for parallelism %d, want %d", got, p, want)
		}
	}
}

// TestIDs: nodes keep their IDs when others come, and equals are told apart.
func TestIDs(t *testing.T) {
	ids := func(text string) map[string]string {
		g := build(t, text)
		if err := g.IDs(); err != nil {
			t.Fatal(err)
		}
		m, seen := map[string]string{}, map[string]string{}
		for _, n := range g.Nodes {
			m[n.Operator.Name] = n.Operator.ID
			if other, ok := seen[n.Operator.ID]; ok {
				t.Errorf("%s and %s have the same ID", other, n.Operator.Name)
			}
			seen[n.Operator.ID] = n.Operator.Name
		}
		return m
	}
	before := ids("s\nagg s#\nsink1 agg\nsink2 agg") // the sinks are equal
	after := ids("longer\ns\nother longer#\nagg s#\nsink1 agg\nsink2 agg")
	for n, id := range before {
		if after[n] != id {
			t.Errorf("%s has another ID beside an unrelated operator", n)
		}
	}
	if moved := ids("s\nagg s\nsink1 agg"); moved["agg"] == before["agg"] {
		t.Error("an operator whose rows come another way keeps its ID")
	}
}

// TestIDsOfReadColumns: which columns a source reads beside those of a query is
// not part of the query.
func TestIDsOfReadColumns(t *testing.T) {
	id := func(columns ...string) string {
		g := &graph.StreamGraph{}
		s := spec.Source{Table: "c.d.t", Connector: "kafka"}
		var wanted int
		for i, c := range columns {
			s.Columns = append(s.Columns, spec.SourceColumn{Name: c, Type: types.TInt})
			if c == "x" {
				wanted = i
			}
		}
		g.Add(&graph.Node{Operator: spec.Operator{Spec: s}})
		calc := spec.Calc{Project: []spec.Expr{spec.Call("+", types.TInt, spec.Col(wanted, types.TInt), spec.Lit(types.TInt, "1"))}}
		out := []spec.Column{{Name: "y", Type: types.TInt}}
		g.Add(&graph.Node{Operator: spec.Operator{Spec: calc, Output: out}, Inputs: []graph.Edge{{From: 0, Exchange: spec.Exchange{Kind: spec.Forward}}}})
		g.Add(&graph.Node{Operator: spec.Operator{Spec: spec.GroupAgg{Keys: []int{0}}, Output: out}, Inputs: []graph.Edge{{From: 1, Exchange: spec.Exchange{Kind: spec.Hash, Keys: []int{0}}}}})
		if err := g.IDs(); err != nil {
			t.Fatal(err)
		}
		return g.Nodes[2].Operator.ID
	}
	if id("x") != id("a", "x") {
		t.Error("an aggregate has another ID when its source reads another column as well")
	}
}

func TestDecode(t *testing.T) {
	j, err := graph.Chain(build(t, "s\na s#"), 1, 0, true, map[string]string{"k": "v"})
	if err != nil {
		t.Fatal(err)
	}
	b, err := j.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := graph.Decode(b)
	if err != nil || draw(back) != draw(j) || back.Config["k"] != "v" {
		t.Errorf("decoded %v, %v", back, err)
	}
	for text, want := range map[string]string{`{"version":99}`: "it has version 99", `{`: "read job graph", `{"vertices":[{"chain":[{"kind":"magic","name":"m"}]}]}`: `"magic"`} {
		if _, err := graph.Decode([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v", text, err)
		}
	}
}
