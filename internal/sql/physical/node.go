package physical

import (
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/plan"
)

// kinds is the set of row kinds that a node may put out, beside +I.
type kinds uint8

const (
	updates kinds = 1 << iota // +U, and -U if wanted
	deletes                   // -D
)

const insertOnly kinds = 0

// Node is a physical operator: a spec with its inputs and traits.
type Node struct {
	Spec   spec.OperatorSpec // nil: union of the inputs
	Name   string
	Inputs []Input
	Out    []plan.Field
	Span   diag.Span

	Kinds kinds
	// Upsert: the node itself puts out +I/+U/-D by key without -U (sources of upserts).
	Upsert bool
	// before is set when somebody downstream needs -U.
	before bool
	// keyed is the key by which a Sink's rows replace each other.
	keyed []int
	// Unique are sets of output columns that identify a row at any time.
	Unique [][]int
	// Window is set when the output has the columns of a window.
	Window *windowColumns

	Parallelism int // 0 = default
	ChainStart  bool
	// updatesFrom is the place that makes rows change, for messages.
	updatesFrom diag.Span
	updatesWhy  string
	// state tells what bounds the operator's state, "" = no state.
	state string
}

// Input is an edge with its way of distributing rows.
type Input struct {
	Node     *Node
	Exchange spec.Exchange
}

// windowColumns says which output columns hold a window.
type windowColumns struct {
	start, end, time int // -1 = not there
	window           spec.Window
}

// move returns w after a projection: to[old] = new column, -1 = gone.
func (w *windowColumns) move(to func(int) int) *windowColumns {
	if w == nil {
		return nil
	}
	at := func(c int) int {
		if c < 0 {
			return -1
		}
		return to(c)
	}
	m := &windowColumns{start: at(w.start), end: at(w.end), time: at(w.time), window: w.window}
	if m.start < 0 && m.end < 0 && m.time < 0 {
		return nil
	}
	return m
}

func forward(n *Node) Input { return Input{n, spec.Exchange{Kind: spec.Forward}} }

func hash(n *Node, keys []int) Input {
	if len(keys) == 0 {
		return Input{n, spec.Exchange{Kind: spec.Single}}
	}
	return Input{n, spec.Exchange{Kind: spec.Hash, Keys: append([]int(nil), keys...)}}
}
