package physical

import (
	"fmt"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/plug"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/plan"
)

func (p *planner) sink(n *plan.Sink) (*Node, *diag.Error) {
	in, err := p.build(n.Input)
	if err != nil {
		return nil, err
	}
	t := n.Table
	s := spec.Sink{Table: t.Path.String(), Connector: n.Options["connector"], Options: n.Options, PartitionKeys: t.PartitionKeys,
		PrimaryKey: t.Key(), Static: n.Static, Overwrite: n.Overwrite, NotNull: p.NotNullEnforcer}
	for _, c := range n.Columns {
		if c.Metadata != "" {
			s.Metadata = append(s.Metadata, c)
		} else {
			s.Physical = append(s.Physical, spec.Column{Name: c.Name, Type: c.Type})
		}
	}
	c := connector.Find(s.Connector)
	if c == nil || c.NewSink == nil {
		return nil, fail("unknown-connector", n.Span, "", "connector %q cannot be written to", s.Connector)
	}
	if n.Overwrite && !p.Batch {
		return nil, fail("overwrite-in-streaming", n.Span, "SET 'execution.runtime-mode' = 'batch'", "INSERT OVERWRITE needs batch mode")
	}
	sink, e := plug.Sink(&s)
	if e == nil {
		e = checkFormats(c.Formats, n.Options, true)
	}
	if e != nil {
		return nil, p.atOption(e, t, n.Options, n.Span)
	}
	out := &Node{Name: "Sink: " + t.Path.Name, Out: in.Out, Span: n.Span}
	if v, ok := n.Options["sink.parallelism"]; ok {
		fmt.Sscan(v, &out.Parallelism)
	}
	edge := forward(in)
	switch sink.Changelog() {
	case connector.InsertOnly:
		if in.Kinds != insertOnly {
			return nil, updatesRefused(n, in)
		}
	case connector.Upsert:
		s.Mode = spec.Upsert
		if in.Kinds != insertOnly {
			key := uniqueOf(s.PrimaryKey, in.Out)
			if pk := positions(s.PrimaryKey, s.Physical); pk != nil {
				key = [][]int{pk}
			}
			if key == nil {
				return nil, fail("no-primary-key", n.Span, "add PRIMARY KEY (…) NOT ENFORCED to the table", "sink %q is updated by key, but has no primary key", t.Path.Name)
			}
			if !covered(in.Unique, key[0]) {
				return nil, notSupported(n.Span, "group by the sink's primary key, or use a sink that takes retractions",
					"the rows' own key is not part of the primary key of sink %q: updates would overtake each other", t.Path.Name)
			}
			edge = hash(in, key[0])
			out.keyed = key[0]
		} else {
			s.Mode = spec.InsertOnly
		}
	case connector.All:
		if in.Kinds != insertOnly {
			s.Mode = spec.Retract
			// Another parallelism than the input's must not let a row's changes
			// overtake each other.
			if pk := positions(s.PrimaryKey, s.Physical); pk != nil && out.Parallelism > 1 {
				edge = hash(in, pk)
			}
		}
	}
	out.Spec, out.Inputs = s, []Input{edge}
	return out, nil
}

// positions returns the indexes of the key's columns in the sink's schema.
func positions(key []string, columns []spec.Column) []int {
	var out []int
	for _, k := range key {
		for i, c := range columns {
			if c.Name == k {
				out = append(out, i)
			}
		}
	}
	if len(out) != len(key) || len(key) == 0 {
		return nil
	}
	return out
}

func updatesRefused(n *plan.Sink, in *Node) *diag.Error {
	e := fail("sink-cannot-update", n.Span, "use a connector that takes updates (upsert-kafka, print), or group by a window as well",
		"the query updates earlier rows, but sink %q only appends", n.Table.Path.Name)
	if !in.updatesFrom.IsZero() {
		e.Labels = append(e.Labels, diag.Label{Span: in.updatesFrom, Text: in.updatesWhy})
	}
	return e
}
