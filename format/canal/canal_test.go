package canal

import (
	"testing"

	"github.com/flott/flott/format"
	"github.com/flott/flott/format/formattest"
)

const name = "canal-json"

// The rows and errors are what Flink 2.2 makes of the messages, but for the
// second one: there it takes `id` and `name` for changed in both rows.
func TestDecode(t *testing.T) {
	formattest.Run(t, name, []formattest.Case{
		{Messages: []string{
			`{"data":[{"id":"1","name":"a"},{"id":"2","name":"b"}],"type":"INSERT","old":null}`,
			`{"data":[{"id":"1","name":"A"},{"id":"3","name":"B"}],"type":"UPDATE","old":[{"name":"a"},{"id":"2"}]}`,
			`{"data":[{"id":"1","name":"A"}],"type":"UPDATE","old":[{"name":null}]}`,
			`{"data":[],"type":"INSERT","old":null}`,
			`{"data":[{"id":"1","name":"A"},{"id":"9","name":"Z"}],"type":"DELETE","old":[{"id":"5"}]}`,
			`{"data":null,"type":"CREATE","isDdl":true,"old":null}`,
			`{"old" : [ {"name":"x"} , {"name":"y"}], "data" : [ {"id":"1","name":"A"} ], "type":"UPDATE"}`,
		}, Want: "+I[1, a]\n+I[2, b]\n-U[1, a]\n+U[1, A]\n-U[2, B]\n+U[3, B]\n-U[1, NULL]\n+U[1, A]\n-D[1, A]\n-D[9, Z]\n-U[1, x]\n+U[1, A]"},
		{Messages: []string{`{"data":[{"id":"1"},{"id":"2"}],"type":"UPDATE","old":[{"name":"x"}]}`}, Err: `"old" holds fewer rows than "data"`},
		{Messages: []string{`{"data":[{"id":"1"}],"type":"UPDATE","old":[]}`}, Err: `"old" holds fewer rows than "data"`},
		{Messages: []string{`{"data":null,"type":"ALTER","isDdl":true,"old":null}`}, Err: `unknown "type" value "ALTER"; it may be INSERT, UPDATE, DELETE, CREATE`},
		{Messages: []string{`{"data":[{"id":"1"}],"type":"UPDATE","old":null}`}, Err: `the "old" of an update is null`},
		{Messages: []string{`{"data":[{"id":"1"}],"type":"UPDATE","old":[null]}`}, Err: `null is not an array of rows`},
		{Messages: []string{`{"data":[null],"type":"INSERT","old":null}`}, Err: `null is not`},
		{Messages: []string{`{"data":{"id":1},"type":"INSERT","old":null}`}, Err: `"data": {"id":1} is not an array of rows`},
		{Messages: []string{`{"data":null,"type":"INSERT"}`}, Err: `the "data" of an insert is null`},
		{Messages: []string{`{"before":null,"after":{"id":1},"op":"c"}`}, Err: `it has no "type"`},
		{Options: "ignore-parse-errors=true", Messages: []string{`{"data":null,"type":"ALTER"}`, `{"data":[{"id":"1"},{"id":"2"}],"type":"UPDATE","old":[{"name":"x"}]}`, `{"data":[{"id":"x","name":"n"}],"type":"INSERT"}`}, Want: "+I[NULL, n]"},
		{Columns: "`@database` STRING, `@table` STRING, `id` INT, `@sql-type` MAP<STRING, INT>, `@pk-names` ARRAY<STRING>, `@ingestion-timestamp` TIMESTAMP_LTZ(3), `@event-timestamp` TIMESTAMP_LTZ(3)",
			Messages: []string{`{"data":[{"id":"1"},{"id":"2"}],"database":"bank","table":"acc","es":1704096000000,"ts":1704096000100,"sqlType":{"id":4},"pkNames":["id"],"type":"INSERT"}`},
			Want: "+I[bank, acc, 1, {id=4}, [id], 2024-01-01 08:00:00.100, 2024-01-01 08:00:00.000]\n" +
				"+I[bank, acc, 2, {id=4}, [id], 2024-01-01 08:00:00.100, 2024-01-01 08:00:00.000]"},
	})
}

func TestIncludes(t *testing.T) {
	messages := []string{
		`{"data":[{"id":"x"}],"type":"INSERT","database":"other","table":"t"}`,
		`{"data":[{"id":"1","name":"a"}],"type":"INSERT","database":"db","table":"t1"}`,
		`{"data":[{"id":"2","name":"a"}],"type":"INSERT","database":null,"table":"t1"}`,
		`{"data":[{"id":"3","name":"a"}],"type":"INSERT","database":"xdb","table":"t1"}`,
		`{"data":[{"id":"4","name":"a"}],"type":"INSERT","data\u0062ase":"d\u0062","table":"t2"}`,
	}
	formattest.Run(t, name, []formattest.Case{
		{Options: "database.include=db|null", Messages: messages[:4], Want: "+I[1, a]\n+I[2, a]"},
		{Options: "database.include=db", Messages: messages[:4], Want: "+I[1, a]"},
		{Options: "database.include=(?!other).*;table.include=t[1-3]", Messages: messages[:4], Want: "+I[1, a]\n+I[2, a]\n+I[3, a]"},
		{Options: "table.include=t2", Messages: messages, Want: "+I[4, a]"},
		{Options: "database.include=db", Messages: []string{`{"data":[{"id":"3"}],"type":"INSERT","table":"t1"}`}, Err: `it has no "database"`},
		{Options: "database.include=db", Messages: []string{`{"database":"other","data":[{"id":"3"}`}, Err: "it ends"},
		{Options: "database.include=db", Messages: []string{`[]`}, Err: "an object"},
	})
	d, err := format.Find(name).NewDecoder(formattest.Options("table.include=t2;ignore-parse-errors=true"), nil, format.Env{})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range append(messages, `{"table":"t2"}`, `{"table":"t2","type":"CREATE"}`) {
		d.Begin(formattest.Batch(nil), []byte(m), false)
		n, _ := d.Decode(0, uint32(len(m)))
		if want := m != `{"table":"t2"}`; d.(format.Passer).Passed() != want || n > 0 && !want {
			t.Errorf("%s: Passed is %v", m, !want)
		}
	}
	if _, err := format.Find(name).NewDecoder(formattest.Options("table.include=("), nil, format.Env{}); err == nil {
		t.Error("`(` is a regular expression")
	}
}

func TestEncode(t *testing.T) {
	cols := formattest.Columns(t, "`id` INT, `name` STRING")
	b, err := formattest.Decode(t, name, "", cols, `{"type":"INSERT","data":[{"id":1},{"id":2}]}`, `{"type":"UPDATE","data":[{"id":3}],"old":[{"id":2}]}`, `{"type":"DELETE","data":[{"id":3}]}`)
	if err != nil {
		t.Fatal(err)
	}
	formattest.RoundTrip(t, name, "", cols, b, `{"data":[{"id":1,"name":null}],"type":"INSERT"}`, `{"data":[{"id":2,"name":null}],"type":"INSERT"}`,
		`{"data":[{"id":2,"name":null}],"type":"DELETE"}`, `{"data":[{"id":3,"name":null}],"type":"INSERT"}`, `{"data":[{"id":3,"name":null}],"type":"DELETE"}`)
}

func FuzzDecode(f *testing.F) {
	formattest.Fuzz(f, name, `{"data":[{"id":"1","name":"A"},{"id":"3","tags":["x"]}],"type":"UPDATE","old":[{"name":"a"},{"id":"2"}]}`, `{"data":[],"type":"INSERT"}`,
		`{"data":[{"id":1}],"type":"DELETE","es":1,"ts":2,"sqlType":{"a":1},"pkNames":["k"]}`, `{"data":[{}],"old":[{},{}],"type":"UPDATE"}`, `{"type":"CREATE"}`)
}
