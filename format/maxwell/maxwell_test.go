package maxwell

import (
	"testing"

	"github.com/flott/flott/format/formattest"
)

const name = "maxwell-json"

// The rows and errors are what Flink 2.2 makes of the messages.
func TestDecode(t *testing.T) {
	formattest.Run(t, name, []formattest.Case{
		{Messages: []string{
			`{"type":"insert","data":{"id":1,"name":"a"}}`,
			`{"type":"update","data":{"id":1,"name":"b"},"old":{"name":"a"}}`,
			`{"type":"update","data":{"id":1,"name":"c"},"old":{"name":null}}`,
			`{"type":"update","old":{"id":7},"data":{"id":1,"name":"c"}}`,
			`{"type":"update","data":{"id":1,"name":"c\n"},"old":{}}`,
			`{"type":"delete","data":{"id":1,"name":"c"},"old":{"id":5}}`,
		}, Want: "+I[1, a]\n-U[1, a]\n+U[1, b]\n-U[1, NULL]\n+U[1, c]\n-U[7, c]\n+U[1, c]\n-U[1, c\n]\n+U[1, c\n]\n-D[1, c]"},
		{Messages: []string{`{"type":"bootstrap-insert","data":{"id":1}}`}, Err: `unknown "type" value "bootstrap-insert"; it may be insert, update, delete`},
		{Messages: []string{`{"type":"INSERT","data":{"id":1}}`}, Err: `unknown "type" value "INSERT"`},
		{Messages: []string{`{"type":"update","data":{"id":1}}`}, Err: `the "old" of an update is null`},
		{Messages: []string{`{"type":"update","data":{"id":1},"old":null}`}, Err: `the "old" of an update is null`},
		{Messages: []string{`{"type":"insert","data":null}`}, Err: `the "data" of an insert is null`},
		{Messages: []string{`{"data":{"id":1}}`}, Err: `it has no "type"`},
		{Messages: []string{`{"type":"update","data":{"id":1},"old":{"id":"x"}}`}, Err: `"x" is not a INT`},
		{Options: "ignore-parse-errors=true", Messages: []string{`{"type":"table-create","table":"t"}`, `{"type":"update","data":{"id":1,"name":"n"},"old":{"id":"x"}}`, `{"type":"update","data":{"id":1}}`}, Want: "-U[NULL, n]\n+U[1, n]"},
		// Columns of every layout are carried over from the row after.
		{Columns: "`id` INT, `tags` ARRAY<STRING>, `r` ROW<`x` STRING, `y` DECIMAL(30, 2)>, `b` BYTES", Messages: []string{
			`{"type":"update","old":{"id":1,"id":2},"data":{"id":9,"id":3,"tags":["a",null],"r":{"x":"q\"","y":1.5},"b":"Af4A"}}`,
			`{"type":"update","old":{"tags":null,"r":{"x":"z"}},"data":{"id":4,"tags":["b"]}}`,
		}, Want: "-U[2, [a, NULL], (q\", 1.50), x'01fe00']\n+U[3, [a, NULL], (q\", 1.50), x'01fe00']\n-U[4, NULL, (z, NULL), NULL]\n+U[4, [b], NULL, NULL]"},
		{Columns: "`@database` STRING, `id` INT, `@table` STRING, `@primary-key-columns` ARRAY<STRING>, `@ingestion-timestamp` TIMESTAMP_LTZ(3)",
			Messages: []string{`{"database":"wh","table":"stock","ts":1704096001,"type":"update","primary_key_columns":["id"],"data":{"id":1},"old":{"id":2}}`, `{"type":"insert","data":{"id":1}}`},
			Want:     "-U[wh, 2, stock, [id], 2024-01-01 08:00:01.000]\n+U[wh, 1, stock, [id], 2024-01-01 08:00:01.000]\n+I[NULL, 1, NULL, NULL, NULL]"},
	})
}

func TestEncode(t *testing.T) {
	cols := formattest.Columns(t, "`id` INT, `name` STRING")
	b, err := formattest.Decode(t, name, "", cols, `{"type":"insert","data":{"id":1}}`, `{"type":"update","data":{"id":2},"old":{"id":1}}`, `{"type":"delete","data":{"id":2}}`)
	if err != nil {
		t.Fatal(err)
	}
	formattest.RoundTrip(t, name, "", cols, b, `{"data":{"id":1,"name":null},"type":"insert"}`, `{"data":{"id":1,"name":null},"type":"delete"}`,
		`{"data":{"id":2,"name":null},"type":"insert"}`, `{"data":{"id":2,"name":null},"type":"delete"}`)
	formattest.RoundTrip(t, name, "encode.ignore-null-fields=true", cols, b, `{"data":{"id":1},"type":"insert"}`, `{"data":{"id":1},"type":"delete"}`, `{"data":{"id":2},"type":"insert"}`, `{"data":{"id":2},"type":"delete"}`)
}

func FuzzDecode(f *testing.F) {
	formattest.Fuzz(f, name, `{"type":"update","data":{"id":1,"name":"b","tags":["t"]},"old":{"name":"a"}}`, `{"type":"insert","data":{"id":1},"ts":5,"primary_key_columns":["a"]}`,
		`{"data":{"id":1,"id":2},"old":{"id":3,"id":4},"type":"update"}`, `{"old":null,"data":[],"type":"delete"}`)
}
