// Package graph holds the three pictures of a job, each made from the one
// before:
//
//	StreamGraph     operators and how rows go between them      (planner)
//	JobGraph        chains of operators as vertices, slot        (Chain)
//	                sharing, pipelined regions; what is shipped
//	ExecutionGraph  one execution vertex a subtask               (job master)
//
// Stream and job graph are plain data; the job graph travels as JSON.
package graph

import (
	"encoding/json"
	"fmt"

	"github.com/flott/flott/internal/spec"
)

// Node is one operator of a StreamGraph. A node's inputs come before it.
type Node struct {
	Operator spec.Operator
	// Parallelism 0 = that of the inputs if they are all forward, else the
	// job's default; MaxParallelism 0 = derived.
	Parallelism    int
	MaxParallelism int
	Inputs         []Edge // by input port; several edges may feed one port (UNION ALL)
	// Slot is the slot sharing group, "default" when empty.
	Slot string
	// ChainStart forbids chaining this node to its input.
	ChainStart bool
}

// Edge leads rows from node From (its index in the graph) to an input port.
type Edge struct {
	From     int           `json:"from"`
	Port     int           `json:"port"`
	Exchange spec.Exchange `json:"exchange"`
}

// StreamGraph is what the planner makes of one or several INSERTs or a SELECT.
type StreamGraph struct {
	Name  string
	Batch bool
	Nodes []*Node
}

// Add appends a node and returns its index.
func (g *StreamGraph) Add(n *Node) int {
	g.Nodes = append(g.Nodes, n)
	return len(g.Nodes) - 1
}

// JobGraph is what a job master runs: vertices of chained operators.
type JobGraph struct {
	Version  int       `json:"version"`
	Name     string    `json:"name"`
	Batch    bool      `json:"batch,omitempty"`
	Vertices []*Vertex `json:"vertices"` // inputs before outputs
	// Config is the job's configuration (`pipeline.*`, `execution.*`, `table.*` …).
	Config map[string]string `json:"config"`
}

// Vertex is a chain of operators that one task runs, as a tree: Chain[0] is the
// head; operator i's input comes from operator Links[i] of the chain.
type Vertex struct {
	ID             string          `json:"id"`
	Name           string          `json:"name"`
	Parallelism    int             `json:"parallelism"`
	MaxParallelism int             `json:"maxParallelism"`
	Slot           string          `json:"slot"`
	Region         int             `json:"region"`
	Chain          []spec.Operator `json:"chain"`
	Links          []int           `json:"links"` // Links[0] = -1
	Inputs         []VertexEdge    `json:"inputs,omitempty"`
	Outputs        []VertexOutput  `json:"outputs,omitempty"`
}

// VertexEdge is an input of a vertex's head: rows of another vertex's output.
type VertexEdge struct {
	Vertex int `json:"vertex"` // index in JobGraph.Vertices
	Output int `json:"output"` // index in that vertex's Outputs
	Port   int `json:"port"`
}

// VertexOutput is where rows of a chained operator leave the vertex.
type VertexOutput struct {
	Operator int           `json:"operator"` // index in Chain
	Exchange spec.Exchange `json:"exchange"`
	Target   int           `json:"target"` // index in JobGraph.Vertices
	Port     int           `json:"port"`
}

// Chain makes the job graph: an operator is chained to its input when the edge
// is forward, the parallelism is equal, the input has one port with one edge,
// and neither side forbids it.
func Chain(g *StreamGraph, parallelism, maxParallelism int, chaining bool, config map[string]string) (*JobGraph, error) {
	j := &JobGraph{Version: spec.Version, Name: g.Name, Batch: g.Batch, Config: config}
	par := make([]int, len(g.Nodes))
	vertexOf := make([]int, len(g.Nodes)) // node → vertex
	chainPos := make([]int, len(g.Nodes)) // node → index in chain
	for i, n := range g.Nodes {
		par[i] = n.Parallelism
		if par[i] == 0 {
			par[i] = inherited(n, par, parallelism)
		}
		mp := n.MaxParallelism
		if mp == 0 {
			mp = maxParallelism
		}
		if mp == 0 {
			mp = DefaultMaxParallelism(par[i])
		}
		if par[i] > mp {
			return nil, fmt.Errorf("operator %q: parallelism %d is above the maximum parallelism %d", n.Operator.Name, par[i], mp)
		}
		if len(n.Inputs) == 1 && chaining && !n.ChainStart {
			e := n.Inputs[0]
			up := g.Nodes[e.From]
			if e.Exchange.Kind == spec.Forward && par[e.From] == par[i] && slot(up) == slot(n) {
				v := j.Vertices[vertexOf[e.From]]
				vertexOf[i], chainPos[i] = vertexOf[e.From], len(v.Chain)
				v.Chain = append(v.Chain, n.Operator)
				v.Links = append(v.Links, chainPos[e.From])
				v.Name += " -> " + n.Operator.Name
				continue
			}
		}
		v := &Vertex{ID: n.Operator.ID, Name: n.Operator.Name, Parallelism: par[i], MaxParallelism: mp, Slot: slot(n),
			Chain: []spec.Operator{n.Operator}, Links: []int{-1}}
		vertexOf[i], chainPos[i] = len(j.Vertices), 0
		j.Vertices = append(j.Vertices, v)
		for _, e := range n.Inputs {
			up := j.Vertices[vertexOf[e.From]]
			x := e.Exchange
			if x.Kind == spec.Forward && par[e.From] != par[i] {
				x.Kind = spec.Rebalance
			}
			v.Inputs = append(v.Inputs, VertexEdge{Vertex: vertexOf[e.From], Output: len(up.Outputs), Port: e.Port})
			up.Outputs = append(up.Outputs, VertexOutput{Operator: chainPos[e.From], Exchange: x, Target: vertexOf[i], Port: e.Port})
		}
	}
	j.assignRegions()
	return j, nil
}

// inherited is the parallelism of a node that says nothing: that of its input
// if rows are only passed on, so that the changes of a row stay in order.
func inherited(n *Node, par []int, parallelism int) int {
	for i, e := range n.Inputs {
		if e.Exchange.Kind != spec.Forward || par[e.From] != par[n.Inputs[0].From] {
			return parallelism
		}
		if i == len(n.Inputs)-1 {
			return par[e.From]
		}
	}
	return parallelism
}

func slot(n *Node) string {
	if n.Slot == "" {
		return "default"
	}
	return n.Slot
}

// assignRegions gives connected vertices one region: every exchange is
// pipelined, so what is connected fails and restarts together.
func (j *JobGraph) assignRegions() {
	parent := make([]int, len(j.Vertices))
	for i := range parent {
		parent[i] = i
	}
	var find func(int) int
	find = func(i int) int {
		if parent[i] != i {
			parent[i] = find(parent[i])
		}
		return parent[i]
	}
	for i, v := range j.Vertices {
		for _, e := range v.Inputs {
			parent[find(i)] = find(e.Vertex)
		}
	}
	ids := map[int]int{}
	for i, v := range j.Vertices {
		r := find(i)
		if _, ok := ids[r]; !ok {
			ids[r] = len(ids)
		}
		v.Region = ids[r]
	}
}

// DefaultMaxParallelism is Flink's rule: 1.5 times the parallelism, rounded up
// to a power of two, within 128 and 32768.
func DefaultMaxParallelism(parallelism int) int {
	want, p := parallelism+parallelism/2, 1
	for p < want {
		p <<= 1
	}
	return min(max(p, 128), 32768)
}

// Encode returns the job graph as JSON.
func (j *JobGraph) Encode() ([]byte, error) { return json.Marshal(j) }

// Decode reads a job graph and refuses newer versions.
func Decode(b []byte) (*JobGraph, error) {
	j := &JobGraph{}
	if err := json.Unmarshal(b, j); err != nil {
		return nil, fmt.Errorf("read job graph: %w", err)
	}
	if j.Version > spec.Version {
		return nil, fmt.Errorf("read job graph: it has version %d, this flott reads up to %d", j.Version, spec.Version)
	}
	return j, nil
}
