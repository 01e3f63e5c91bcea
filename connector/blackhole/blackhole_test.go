package blackhole

import (
	"testing"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/connector/connectortest"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

func TestContract(t *testing.T) {
	b := vector.NewBatch([]types.Type{types.TInt}, 1)
	vector.Append(b.Cols[0], int32(1))
	b.SetLen(1)
	table := connectortest.Table(t, "`a` INT")
	connectortest.RunSink(t, func(t *testing.T) connectortest.Target {
		s, err := connector.Find("blackhole").NewSink(table)
		if err != nil {
			t.Fatal(err)
		}
		if s.Changelog() != connector.All {
			t.Error("blackhole refuses changes")
		}
		return connectortest.Target{Sink: s, Read: func() []string { return nil }}
	}, table.Physical, []*vector.Batch{b, b}, nil)
}
