package debezium

import (
	"fmt"
	"testing"

	"github.com/flott/flott/format"
	"github.com/flott/flott/format/formattest"
	"github.com/flott/flott/option"
)

const name = "debezium-json"

// The rows and errors of TestDecode are what Flink 2.2 makes of the messages.
func TestDecode(t *testing.T) {
	formattest.Run(t, name, []formattest.Case{
		{Messages: []string{
			`{"before":{"id":1,"name":"x"},"after":{"id":1,"name":"a"},"op":"c"}`,
			`{"op":"u","after":{"id":1,"name":"b"},"before":{"id":1,"name":"a"}}`,
			`{"after":{"id":2,"name":"b"},"op":"r","source":{"db":"d"},"ts_ms":1}`,
			``,
			`{"before":{"id":2},"after":null,"op":"d"}`,
			`{"before":{"id":3,"name":"q"},"after":{"id":3,"name":"r"},"op":"d"}`,
			`{ "before" : {"id":4,"name":"a\u00e4"}, "after" : {"id":4,"name":"c"}, "op" : "\u0075" }`,
		}, Want: "+I[1, a]\n-U[1, a]\n+U[1, b]\n+I[2, b]\n-D[2, NULL]\n-D[3, q]\n-U[4, aä]\n+U[4, c]"},
		{Messages: []string{`{"before":null,"after":{"id":1},"op":"c"}`, `{"before":null,"after":{"id":1,"name":"b"},"op":"u"}`},
			Want: "+I[1, NULL]", Err: `the "before" of an update is null; a table of Postgres needs REPLICA IDENTITY FULL`},
		{Messages: []string{`{"before":null,"after":{"id":1,"name":"b"},"op":"d"}`}, Err: `the "before" of a delete is null`},
		{Messages: []string{`{"before":null,"after":null,"op":"c"}`}, Err: `the "after" of an insert is null`},
		{Messages: []string{`{"before":null,"after":{"id":1},"op":"t"}`}, Err: `unknown "op" value "t"; it may be c, r, u, d`},
		{Messages: []string{`{"id":1,"name":"one"}`}, Err: `it has no "op"`},
		{Messages: []string{`{"before":{"id":"x"},"after":{"id":1},"op":"c"}`}, Err: `"before": field "id": "x" is not a INT`},
		{Messages: []string{`{"before":null,"after":"str","op":"c"}`}, Err: `"after": "str" is not a row`},
		{Messages: []string{`{"before":null,"after":[],"op":"c"}`}, Err: `"after": [] is not a row`},
		{Messages: []string{`null`}, Err: "an object"},
		{Messages: []string{`[{"after":{"id":1},"op":"c"}`}, Err: "an object"},
		{Messages: []string{`{"after":{"id":1},"op":"c"`}, Err: "it ends"},
		// The last of equal keys counts.
		{Messages: []string{`{"after":{"id":1},"after":{"id":2},"op":"d","op":"c"}`, `{"before":{"id":1},"before":null,"after":{"id":2},"op":"c"}`}, Want: "+I[2, NULL]\n+I[2, NULL]"},
		{Messages: []string{`{"before":{"id":1},"after":{"id":2},"after":null,"op":"u"}`}, Err: `the "after" of an update is null`},
		// No column is wanted: rows are counted still.
		{Columns: "`@source.table` STRING", Messages: []string{`{"before":{"id":1},"after":{"id":2},"op":"u"}`}, Want: "-U[NULL]\n+U[NULL]"},
	})
}

func TestIgnoreParseErrors(t *testing.T) {
	formattest.Run(t, name, []formattest.Case{{Options: "ignore-parse-errors=true", Messages: []string{
		`{"before":"zz","after":{"id":"x","name":"a"},"op":"c"}`,
		`{"before":"zz","after":{"id":"x","name":"a"},"op":"u"}`,
		`{"before":{"id":1,"name":"o"},"after":"zz","op":"u"}`,
		`{"before":{"id":1,"name":"o"},"after":{"id":1`,
		`{"before":{"id":1,"name":"o"},"after":{"id":1},"op":"truncate"}`,
		`{"before":{"id":4,"name":"o"},"after":7,"op":"d"}`,
	}, Want: "+I[NULL, a]\n-D[4, o]"}})
}

func TestSchemaInclude(t *testing.T) {
	messages := []string{`{"schema":{"type":"struct","fields":[]},"payload":{"before":null,"after":{"id":1,"name":"a"},"ts_ms":5,"op":"c"}}`,
		`{"payload":{"before":{"id":1,"name":"a"},"after":null,"op":"d"}}`}
	formattest.Run(t, name, []formattest.Case{
		{Options: "schema-include=true", Messages: messages, Want: "+I[1, a]\n-D[1, a]"},
		{Options: "schema-include=true", Columns: "`@schema` STRING, `id` INT, `@ingestion-timestamp` TIMESTAMP_LTZ(3)", Messages: messages,
			Want: `+I[{"type":"struct","fields":[]}, 1, 1970-01-01 00:00:00.005]` + "\n-D[NULL, 1, NULL]"},
		{Messages: messages, Err: `it has no "op"`},
		{Options: "schema-include=true", Messages: []string{`{"payload":null}`}, Err: `it has no "op"`},
	})
	if _, err := format.Find(name).NewEncoder(formattest.Options("schema-include=true"), nil, format.Env{}); err == nil {
		t.Error("a schema is to be written")
	}
}

func TestMetadata(t *testing.T) {
	formattest.Run(t, name, []formattest.Case{{
		Columns: "`@ingestion-timestamp` TIMESTAMP_LTZ(3), `id` INT, `@source.timestamp` TIMESTAMP_LTZ(3), `@source.database` STRING, `@source.schema` STRING, `@source.table` STRING, `@source.properties` MAP<STRING, STRING>",
		Messages: []string{
			`{"before":{"id":1},"after":{"id":2},"source":{"db":"shop","table":"items","ts_ms":1704096001000},"op":"u","ts_ms":1704096001500}`,
			`{"before":null,"after":{"id":3},"source":null,"op":"c"}`,
			`{"source":{"schema":"s\u00e4","ts_ms":"7"},"after":{"id":4},"op":"c"}`,
		},
		Want: "-U[2024-01-01 08:00:01.500, 1, 2024-01-01 08:00:01.000, shop, NULL, items, {db=shop, table=items, ts_ms=1704096001000}]\n" +
			"+U[2024-01-01 08:00:01.500, 2, 2024-01-01 08:00:01.000, shop, NULL, items, {db=shop, table=items, ts_ms=1704096001000}]\n" +
			"+I[NULL, 3, NULL, NULL, NULL, NULL, NULL]\n" +
			"+I[NULL, 4, 1970-01-01 00:00:00.007, NULL, sä, NULL, {schema=sä, ts_ms=7}]",
	}})
}

func TestEncode(t *testing.T) {
	cols := formattest.Columns(t, "`id` INT, `name` STRING, `d` DECIMAL(10, 2)")
	b, err := formattest.Decode(t, name, "", cols, `{"after":{"id":1,"name":"a","d":1.5},"op":"c"}`, `{"before":{"id":1,"name":"a","d":1.5},"after":{"id":1,"d":1.5},"op":"u"}`, `{"before":{"id":1,"d":1.5},"op":"d"}`)
	if err != nil {
		t.Fatal(err)
	}
	formattest.RoundTrip(t, name, "", cols, b,
		`{"before":null,"after":{"id":1,"name":"a","d":1.5},"op":"c"}`, `{"before":{"id":1,"name":"a","d":1.5},"after":null,"op":"d"}`,
		`{"before":null,"after":{"id":1,"name":null,"d":1.5},"op":"c"}`, `{"before":{"id":1,"name":null,"d":1.5},"after":null,"op":"d"}`)
	formattest.RoundTrip(t, name, "encode.ignore-null-fields=true;encode.decimal-as-plain-number=true", cols, b,
		`{"after":{"id":1,"name":"a","d":1.50},"op":"c"}`, `{"before":{"id":1,"name":"a","d":1.50},"op":"d"}`, `{"after":{"id":1,"d":1.50},"op":"c"}`, `{"before":{"id":1,"d":1.50},"op":"d"}`)
}

func FuzzDecode(f *testing.F) {
	formattest.Fuzz(f, name, `{"before":{"id":1,"name":"x"},"after":{"id":1,"name":"a","tags":["t",null]},"op":"u"}`, `{"op":"d","after":null,"before":{"id":1}}`,
		`{"after":{"id":1},"op":"c","source":{"db":"d","ts_ms":1},"ts_ms":2,"schema":{"a":[1.5]}}`, `{"after":{"id":1},"after":{"id":2},"op":"r"}`, `{"before":{},"after":[],"op":1}`)
}

// change is a message as Debezium writes them, of 400 bytes.
func change(i int) string {
	row := func(qty int) string {
		return fmt.Sprintf(`{"id":%d,"name":"item-%d","category":"C%d","qty":%d,"weight":%d.25}`, i, i, i%7, qty, i%50)
	}
	return fmt.Sprintf(`{"before":%s,"after":%s,"source":{"version":"2.5.0.Final","connector":"mysql","name":"shop","ts_ms":%d,"snapshot":"false","db":"shop","table":"items","server_id":1,"file":"binlog.000003","pos":%d,"row":0},"op":"u","ts_ms":%d,"transaction":null}`,
		row(i), row(i+1), 1704096000000+i, i*100, 1704096000500+i)
}

func BenchmarkDecode(b *testing.B) {
	cols := formattest.Columns(b, "`id` INT, `name` STRING, `category` STRING, `qty` INT, `weight` DOUBLE")
	d, err := format.Find(name).NewDecoder(option.Set{}, cols, format.Env{})
	if err != nil {
		b.Fatal(err)
	}
	var base []byte
	ends := []uint32{0}
	for i := range 512 {
		base = append(base, change(i)...)
		ends = append(ends, uint32(len(base)))
	}
	out := formattest.Batch(cols)
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		d.Begin(out, base, true)
		for i := range 512 {
			n, err := d.Decode(ends[i], ends[i+1]-ends[i])
			if err != nil {
				b.Fatal(err)
			}
			out.SetLen(out.Len() + n)
		}
	}
	b.ReportMetric(float64(b.N)*512/b.Elapsed().Seconds()/1e6, "Mrecords/s")
	b.ReportMetric(float64(len(base))/512, "bytes/record")
}
