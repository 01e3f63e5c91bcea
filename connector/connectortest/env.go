package connectortest

import (
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Env returns the surroundings of subtask 0 of 1, in UTC, with a clock that
// goes on by a millisecond whenever it is read.
func Env() connector.Env {
	start := time.Date(2024, 2, 1, 12, 0, 0, 0, time.UTC)
	var reads atomic.Int64
	return connector.Env{
		Log: slog.New(slog.DiscardHandler), Job: "test", JobID: "0123456789abcdef0123456789abcdef", Owner: "owner", Operator: "operator", Parallelism: 1, BatchSize: vector.DefaultSize,
		Zone: time.UTC, Now: func() time.Time { return start.Add(time.Duration(reads.Add(1)) * time.Millisecond) }, Metrics: nowhere{}, Failpoint: func(string) error { return nil },
	}
}

// nowhere counts for nobody.
type nowhere struct{}

func (nowhere) Counter(string) connector.Counter { return nowhere{} }
func (nowhere) Gauge(string, func() float64)     {}
func (nowhere) Add(int64)                        {}

// Columns reads the columns of a table: "`a` INT, `b` STRING NOT NULL".
func Columns(t testing.TB, text string) []connector.Column {
	t.Helper()
	row, err := types.Parse("ROW<" + text + ">")
	if err != nil {
		t.Fatalf("columns %s: %v", text, err)
	}
	var out []connector.Column
	for _, f := range row.Fields {
		out = append(out, connector.Column{Name: f.Name, Type: f.Type})
	}
	return out
}

// Table returns a table of the given columns (see Columns) and options, as
// pairs of key and value.
func Table(t testing.TB, columns string, options ...string) connector.Table {
	t.Helper()
	o := option.Set{}
	for i := 0; i+1 < len(options); i += 2 {
		o[options[i]] = options[i+1]
	}
	return connector.Table{Path: "`c`.`d`.`t`", Options: o, Physical: Columns(t, columns)}
}

// Lines prints the rows of a batch, one a line: `+I[1, x]`.
func Lines(b *vector.Batch) []string {
	var out []string
	for i := range b.Len() {
		var cells []string
		for _, c := range b.Cols {
			cells = append(cells, string(vector.AppendText(nil, c, i, types.UTC)))
		}
		out = append(out, b.Kind(i).String()+"["+strings.Join(cells, ", ")+"]")
	}
	return out
}
