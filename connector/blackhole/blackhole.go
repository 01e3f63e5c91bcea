// Package blackhole is the connector `blackhole`: a sink that takes every
// change and drops it. It has no options; it is for benchmarks and tests.
package blackhole

import (
	"context"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func init() {
	connector.Register(&connector.Connector{
		Name:    "blackhole",
		Help:    "A sink that drops every row.",
		NewSink: func(connector.Table) (connector.Sink, error) { return sink{}, nil },
	})
}

type sink struct{}

func (sink) Changelog() connector.Changelog { return connector.All }
func (sink) Guarantee() string              { return "none" }
func (sink) Writer(connector.Env, []connector.Column, [][]byte) (connector.Writer, error) {
	return sink{}, nil
}
func (sink) Committer(connector.Env) (connector.Committer, error) { return nil, nil }
func (sink) Write(context.Context, *vector.Batch) error           { return nil }
func (sink) Watermark(types.Instant)                              {}
func (sink) Err() error                                           { return nil }
func (sink) Close() error                                         { return nil }
func (sink) Prepare(context.Context, int64) ([]byte, []connector.Committable, error) {
	return nil, nil, nil
}
