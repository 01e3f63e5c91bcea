package ogg

import (
	"testing"

	"github.com/flott/flott/format/formattest"
)

const name = "ogg-json"

// The rows and errors are what Flink 2.2 makes of the messages.
func TestDecode(t *testing.T) {
	formattest.Run(t, name, []formattest.Case{
		{Messages: []string{
			`{"table":"T","op_type":"I","before":null,"after":{"id":1,"name":"a"}}`,
			`{"table":"T","op_type":"U","before":{"id":1,"name":"a"},"after":{"id":1,"name":"b"}}`,
			`{"table":"T","op_type":"D","before":{"id":1,"name":"b"}}`,
		}, Want: "+I[1, a]\n-U[1, a]\n+U[1, b]\n-D[1, b]"},
		{Messages: []string{`{"table":"T","op_type":"T"}`}, Err: `unknown "op_type" value "T"; it may be I, U, D`},
		{Messages: []string{`{"op_type":"U","after":{"id":1}}`}, Err: `the "before" of an update is null; GoldenGate has to write whole rows`},
		{Messages: []string{`{"op_type":"c","after":{"id":1}}`}, Err: `unknown "op_type" value "c"`},
		{Options: "ignore-parse-errors=true", Messages: []string{`{"op_type":"T"}`, `{"op_type":"U","after":{"id":1}}`, `{"op_type":"I","after":{"id":"x"}}`}, Want: "+I[NULL, NULL]"},
		{Columns: "`id` INT, `@table` STRING, `@primary-keys` ARRAY<STRING>, `@ingestion-timestamp` TIMESTAMP_LTZ(6), `@event-timestamp` TIMESTAMP_LTZ(6)",
			Messages: []string{
				`{"table":"T","op_type":"U","op_ts":"2020-05-13 15:40:06.000123","current_ts":"2020-05-13T15:40:07.000456","primary_keys":["id"],"before":{"id":1},"after":{"id":2}}`,
				`{"op_type":"D","before":{"id":1}}`,
			},
			Want: "-U[1, T, [id], 2020-05-13 15:40:07.000456, 2020-05-13 15:40:06.000123]\n+U[2, T, [id], 2020-05-13 15:40:07.000456, 2020-05-13 15:40:06.000123]\n-D[1, NULL, NULL, NULL, NULL]"},
		{Columns: "`id` INT, `@event-timestamp` TIMESTAMP_LTZ(6)", Messages: []string{`{"op_type":"I","op_ts":"soon","after":{"id":2}}`}, Err: `"soon" is not a timestamp`},
	})
}

func TestEncode(t *testing.T) {
	cols := formattest.Columns(t, "`id` INT")
	b, err := formattest.Decode(t, name, "", cols, `{"op_type":"U","before":{"id":1},"after":{"id":2}}`)
	if err != nil {
		t.Fatal(err)
	}
	formattest.RoundTrip(t, name, "", cols, b, `{"before":{"id":1},"after":null,"op_type":"D"}`, `{"before":null,"after":{"id":2},"op_type":"I"}`)
}

func FuzzDecode(f *testing.F) {
	formattest.Fuzz(f, name, `{"op_type":"U","before":{"id":1,"name":"a","tags":[]},"after":{"id":1,"name":"b"}}`, `{"op_type":"I","after":{},"op_ts":"2020-05-13 15:40:06.5","primary_keys":["id"],"table":"T"}`, `{"op_type":"D","before":{"id":-1}}`)
}
