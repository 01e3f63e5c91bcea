package cli

import (
	"strings"
	"testing"
)

func TestParseAnswers(t *testing.T) {
	out := `{"statement":1,"status":"ok"}
{"statement":2,"columns":[{"name":"a","type":"INT NOT NULL"},{"name":"b","type":"STRING"}],"mode":"streaming"}
{"statement":2,"row":["+I","1","x"]}
{"statement":2,"row":["-U","1",null]}
{"statement":2,"status":"finished","rows":2}
{"statement":3,"status":"submitted","job":"j1"}
{"statement":4,"status":"error","stage":"validate","code":"unknown-table","message":"no table \"t\"","line":1,"column":15}
{"statement":3,"status":"finished","job":"j1"}
{"statement":6,"columns":[{"name":"a","type":"INT"}],"mode":"batch"}
`
	a, err := ParseAnswers([]byte(out))
	if err != nil {
		t.Fatal(err)
	}
	if len(a) != 6 {
		t.Fatalf("%d answers, want 6", len(a))
	}
	for i, want := range []string{"ok", "finished", "finished", "error", "", ""} {
		if a[i].Status != want || a[i].Statement != i+1 {
			t.Errorf("answer %d: statement %d, status %q, want %q", i, a[i].Statement, a[i].Status, want)
		}
	}
	if got := a[1].Rows[1].String(); got != "-U[1, NULL]" {
		t.Errorf("row %s", got)
	}
	if a[1].Mode != "streaming" || a[1].Columns[0] != (Column{"a", "INT NOT NULL"}) {
		t.Errorf("columns %v, mode %q", a[1].Columns, a[1].Mode)
	}
	if f := a[3].Failure; f == nil || f.Code != "unknown-table" || f.Line != 1 || f.Column != 15 {
		t.Errorf("failure %+v", f)
	}
}

func TestParseAnswersRefuses(t *testing.T) {
	columns := `{"statement":1,"columns":[{"name":"a","type":"INT"}],"mode":"batch"}` + "\n"
	for _, c := range []struct{ name, out, want string }{
		{"text", "hello\n", "is not an answer"},
		{"no statement", `{"status":"ok"}`, "names no statement"},
		{"row before columns", `{"statement":1,"row":["+I","1"]}`, "before the columns"},
		{"arity", columns + `{"statement":1,"row":["+I","1","2"]}`, "2 cells for 1 columns"},
		{"number", columns + `{"statement":1,"row":["+I",1]}`, "neither a string nor null"},
		{"kind", columns + `{"statement":1,"row":["I","1"]}`, "unknown row kind"},
		{"count", columns + `{"statement":1,"status":"finished","rows":1}`, "another count"},
		{"no count", columns + `{"statement":1,"status":"finished"}`, "another count"},
		{"query ends with ok", columns + `{"statement":1,"status":"ok"}`, `ends with "ok"`},
		{"twice", `{"statement":1,"status":"ok"}` + "\n" + `{"statement":1,"status":"ok"}`, "goes on after"},
		{"begun twice", columns + columns, "begins twice"},
		{"finished alone", `{"statement":1,"status":"finished","job":"j"}`, "never begun"},
		{"other job", `{"statement":1,"status":"submitted","job":"j"}` + "\n" + `{"statement":1,"status":"finished","job":"k"}`, `job "k" finished`},
		{"stage", `{"statement":1,"status":"error","stage":"bind","code":"c","message":"m"}`, `stage "bind"`},
		{"no code", `{"statement":1,"status":"error","stage":"run","message":"m"}`, "without code"},
		{"status", `{"statement":1,"status":"done"}`, "unknown status"},
	} {
		if _, err := ParseAnswers([]byte(c.out)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
}

func FuzzParseAnswers(f *testing.F) {
	f.Add([]byte(`{"statement":1,"columns":[{"name":"a","type":"INT"}]}` + "\n" + `{"statement":1,"row":["+I",null]}`))
	f.Add([]byte(`{"statement":1,"status":"error","stage":"run","code":"c","message":"m"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		answers, err := ParseAnswers(b)
		for _, a := range answers {
			if a.Status == "error" && a.Failure == nil || a.Status == "finished" && err == nil && a.Columns == nil && a.Job == "" {
				t.Errorf("inconsistent answer %+v", a)
			}
		}
	})
}
