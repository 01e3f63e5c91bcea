// Package plug makes the connectors of a job from its specs: what the job
// master needs to enumerate splits and a task to read and write. It is the one
// place that knows how a spec becomes a connector.Table.
package plug

import (
	"fmt"
	"strings"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/option"
)

// Source makes the source of a spec.
func Source(s *spec.Source) (connector.Source, error) {
	c, err := find(s.Connector)
	if err != nil {
		return nil, err
	}
	if c.NewSource == nil {
		return nil, &diag.Error{Code: "not-supported", Stage: diag.StageRun, Message: fmt.Sprintf("connector %q cannot be read from (table %s)", s.Connector, s.Table)}
	}
	return c.NewSource(table(s.Table, s.Options, s.Physical, s.PrimaryKey, s.PartitionKeys))
}

// Sink makes the sink of a spec.
func Sink(s *spec.Sink) (connector.Sink, error) {
	c, err := find(s.Connector)
	if err != nil {
		return nil, err
	}
	if c.NewSink == nil {
		return nil, &diag.Error{Code: "not-supported", Stage: diag.StageRun, Message: fmt.Sprintf("connector %q cannot be written to (table %s)", s.Connector, s.Table)}
	}
	t := table(s.Table, s.Options, s.Physical, s.PrimaryKey, s.PartitionKeys)
	t.Overwrite = s.Overwrite
	return c.NewSink(t)
}

func find(name string) (*connector.Connector, error) {
	if c := connector.Find(name); c != nil {
		return c, nil
	}
	return nil, &diag.Error{Code: "unknown-connector", Stage: diag.StageRun, Message: fmt.Sprintf("there is no connector %q", name),
		Help: "in this binary: " + strings.Join(connector.Names(), ", ")}
}

func table(path string, options map[string]string, physical []spec.Column, primary, partition []string) connector.Table {
	t := connector.Table{Path: path, Options: option.Set(options), PrimaryKey: primary, PartitionKeys: partition}
	for _, c := range physical {
		t.Physical = append(t.Physical, connector.Column{Name: c.Name, Type: c.Type})
	}
	return t
}

// SourceColumns are the columns that a source's reader is asked for.
func SourceColumns(s *spec.Source) []connector.Column { return columns(nil, s.Columns) }

// SinkColumns are the columns that a sink's writer is given: the physical ones,
// then the metadata.
func SinkColumns(s *spec.Sink) []connector.Column { return columns(s.Physical, s.Metadata) }

func columns(physical []spec.Column, more []spec.SourceColumn) (out []connector.Column) {
	for _, c := range physical {
		out = append(out, connector.Column{Name: c.Name, Type: c.Type})
	}
	for _, c := range more {
		out = append(out, connector.Column{Name: c.Name, Type: c.Type, Metadata: c.Metadata})
	}
	return out
}

// Metrics gives a connector a scope to count in. What the engine counts itself
// is not shown twice.
func Metrics(g *metrics.Group) connector.Metrics { return group{g} }

type group struct{ g *metrics.Group }

func (m group) Counter(name string) connector.Counter {
	switch name {
	case "numRecordsIn", "numRecordsOut":
		return &metrics.Counter{}
	}
	return m.g.Counter(name)
}

func (m group) Gauge(name string, f func() float64) { m.g.Gauge(name, f) }

func (m group) Scope(name, value string) connector.Metrics {
	if value == "" {
		return group{m.g.Sub(name)}
	}
	return group{m.g.SubValue(name, value)}
}
