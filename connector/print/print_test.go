package print

import (
	"bytes"
	"context"
	"testing"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/connector/connectortest"
	"github.com/flott/flott/format"
	_ "github.com/flott/flott/format/json" // rows come from JSON
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// rows decodes JSON objects, one a row.
func rows(t *testing.T, columns []connector.Column, messages ...string) *vector.Batch {
	t.Helper()
	var cols []format.Column
	var ts []types.Type
	for _, c := range columns {
		cols, ts = append(cols, format.Column{Name: c.Name, Type: c.Type}), append(ts, c.Type)
	}
	d, err := format.NewDecoder(option.Set{"format": "json"}, "format", cols, format.Env{})
	if err != nil {
		t.Fatal(err)
	}
	b := vector.NewBatch(ts, len(messages))
	var base []byte
	for _, m := range messages {
		base = append(base, m...)
	}
	d.Begin(b, base, true)
	at := 0
	for i, m := range messages {
		if _, err := d.Decode(uint32(at), uint32(len(m))); err != nil {
			t.Fatal(err)
		}
		at += len(m)
		b.SetLen(i + 1)
	}
	return b
}

// printed returns what a writer of the table writes for b.
func printed(t *testing.T, table connector.Table, env connector.Env, b *vector.Batch) string {
	t.Helper()
	var out bytes.Buffer
	was := connector.Stdout
	connector.Stdout = &out
	defer func() { connector.Stdout = was }()
	s, err := connector.Find("print").NewSink(table)
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.Writer(env, table.Physical, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestValues(t *testing.T) {
	tests := []struct{ columns, row, want string }{
		{"`a` INT, `b` STRING, `c` BOOLEAN", `{"a":1,"b":"x y","c":true}`, "+I[1, x y, true]"},
		{"`a` INT, `b` STRING", `{}`, "+I[null, null]"},
		{"`a` DOUBLE, `b` DECIMAL(10, 2), `c` DECIMAL(12, 10), `d` DECIMAL(12, 10)", `{"a":1e10,"b":30,"c":0.0000000123,"d":0}`, "+I[1.0E10, 30.00, 1.23E-8, 0E-10]"},
		{"`a` TIMESTAMP(3), `b` TIMESTAMP(3), `c` TIMESTAMP(3)", `{"a":"2024-02-01 08:00:00","b":"2024-02-01 08:00:01","c":"2024-02-01 08:00:00.12"}`,
			"+I[2024-02-01T08:00, 2024-02-01T08:00:01, 2024-02-01T08:00:00.120]"},
		{"`a` TIMESTAMP_LTZ(3), `b` TIMESTAMP_LTZ(3)", `{"a":"2024-02-01 08:00:00Z","b":"2024-02-01 08:00:00.5Z"}`, "+I[2024-02-01T08:00:00Z, 2024-02-01T08:00:00.500Z]"},
		{"`a` DATE, `b` TIME(0), `c` TIME(0)", `{"a":"2024-02-01","b":"08:30:00","c":"08:30:05"}`, "+I[2024-02-01, 08:30, 08:30:05]"},
		{"`a` BYTES", `{"a":"Af4A"}`, "+I[[1, -2, 0]]"},
		{"`a` ARRAY<BOOLEAN>, `m` MAP<STRING, INT>, `r` ROW<`x` INT, `y` STRING>", `{"a":[true,null],"m":{"k":1},"r":{"x":1,"y":"z"}}`, "+I[[true, null], {k=1}, +I[1, z]]"},
	}
	for _, tt := range tests {
		table := connectortest.Table(t, tt.columns)
		if got := printed(t, table, connectortest.Env(), rows(t, table.Physical, tt.row)); got != tt.want+"\n" {
			t.Errorf("%s: got %s, want %s", tt.row, got, tt.want)
		}
	}
}

func TestPrefix(t *testing.T) {
	tests := []struct {
		identifier           string
		subtask, parallelism int
		want                 string
	}{
		{"", 0, 1, "+I[1]\n-U[1]\n+U[2]\n-D[2]\n"},
		{"", 1, 2, "2> +I[1]\n2> -U[1]\n2> +U[2]\n2> -D[2]\n"},
		{"out", 0, 1, "out> +I[1]\nout> -U[1]\nout> +U[2]\nout> -D[2]\n"},
		{"out", 0, 2, "out:1> +I[1]\nout:1> -U[1]\nout:1> +U[2]\nout:1> -D[2]\n"},
	}
	for _, tt := range tests {
		table := connectortest.Table(t, "`a` INT", "print-identifier", tt.identifier)
		b := rows(t, table.Physical, `{"a":1}`, `{"a":1}`, `{"a":2}`, `{"a":2}`)
		b.Kinds = []types.RowKind{types.Insert, types.UpdateBefore, types.UpdateAfter, types.Delete}
		env := connectortest.Env()
		env.Subtask, env.Parallelism = tt.subtask, tt.parallelism
		if got := printed(t, table, env, b); got != tt.want {
			t.Errorf("identifier %q, subtask %d of %d: got %q, want %q", tt.identifier, tt.subtask, tt.parallelism, got, tt.want)
		}
	}
}
