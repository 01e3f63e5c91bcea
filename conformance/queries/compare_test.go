package queries

import (
	"strings"
	"testing"

	"github.com/flott/flott/test/cli"
)

func cells(fields ...string) []*string {
	var out []*string
	for _, f := range fields {
		if f == "NULL" {
			out = append(out, nil)
		} else {
			out = append(out, &f)
		}
	}
	return out
}

// count is Flink's answer to a streaming count over two rows.
var count = statement{
	SQL: "SELECT k, COUNT(*) FROM t GROUP BY k", Kind: "query", Mode: "streaming",
	Columns:   []cli.Column{{Name: "k", Type: "STRING"}, {Name: "n", Type: "BIGINT NOT NULL"}},
	Changelog: [][]*string{cells("+I", "a", "1"), cells("-U", "a", "1"), cells("+U", "a", "2"), cells("+I", "NULL", "1")},
	Result:    [][]*string{cells("NULL", "1"), cells("a", "2")},
}

const countHead = `{"statement":1,"columns":[{"name":"k","type":"STRING"},{"name":"n","type":"BIGINT NOT NULL"}],"mode":"streaming"}` + "\n"

func TestDifference(t *testing.T) {
	show := statement{SQL: "SHOW TABLES", Kind: "rows", Columns: []cli.Column{{Name: "table name", Type: "STRING"}}, Result: [][]*string{cells("a"), cells("b")}}
	create := statement{SQL: "SHOW CREATE TABLE a", Kind: "rows", Columns: []cli.Column{{Name: "result", Type: "STRING"}}, Result: [][]*string{cells("CREATE TABLE `a` (\n  `id` INT\n)\n")}}
	plan := statement{SQL: "EXPLAIN SELECT 1", Kind: "rows", Columns: []cli.Column{{Name: "result", Type: "STRING"}}, Result: [][]*string{cells("== Abstract Syntax Tree ==")}}
	unknown := statement{SQL: "SELECT x FROM t", Kind: "error", Stage: "validate", Message: "Column 'x' not found in any table"}
	divide := statement{SQL: "SELECT 1 / a FROM t", Kind: "error", Stage: "run", Message: "/ by zero"}
	insertOnly := count
	insertOnly.Changelog, insertOnly.Result = [][]*string{cells("+I", "a", "1")}, [][]*string{cells("a", "1")}
	failure := func(stage, code string) string {
		return `{"statement":1,"status":"error","stage":"` + stage + `","code":"` + code + `","message":"m"}`
	}
	for _, c := range []struct {
		name    string
		compare comparison
		want    statement
		out     string
		diff    string // what the difference begins with
	}{
		{"same changelog", byChangelog, count, countHead + `{"statement":1,"row":["+I","a","1"]}
{"statement":1,"row":["-U","a","1"]}
{"statement":1,"row":["+U","a","2"]}
{"statement":1,"row":["+I",null,"1"]}
{"statement":1,"status":"finished","rows":4}`, ""},
		{"folded changelog", byChangelog, count, countHead + `{"statement":1,"row":["+I","a","2"]}
{"statement":1,"row":["+I",null,"1"]}
{"statement":1,"status":"finished","rows":2}`, "statement 1: row 1 is +I[a, 2], want +I[a, 1]"},
		{"same result", byResult, count, countHead + `{"statement":1,"row":["+I",null,"1"]}
{"statement":1,"row":["+I","a","2"]}
{"statement":1,"status":"finished","rows":2}`, ""},
		{"another result", byResult, count, countHead + `{"statement":1,"row":["+I",null,"1"]}
{"statement":1,"status":"finished","rows":1}`, "statement 1: 1 rows, want 2: [a, 2] is missing"},
		{"too much taken back", byResult, count, countHead + `{"statement":1,"row":["-D","a","1"]}
{"statement":1,"status":"finished","rows":1}`, "statement 1: row 1, -D[a, 1], takes back"},
		{"updates where Flink has none", byResult, insertOnly, countHead + `{"statement":1,"row":["+I","a","0"]}
{"statement":1,"row":["-U","a","0"]}
{"statement":1,"row":["+U","a","1"]}
{"statement":1,"status":"finished","rows":3}`, "statement 1: row 2 is -U[a, 0], want only +I"},
		{"other mode", byResult, count, strings.Replace(countHead, "streaming", "batch", 1) + `{"statement":1,"status":"finished","rows":0}`, `statement 1: runs in mode "batch"`},
		{"other type", byResult, count, strings.Replace(countHead, " NOT NULL", "", 1) + `{"statement":1,"status":"finished","rows":0}`, `statement 1: column "n" is BIGINT, want`},
		{"not a query", byResult, count, `{"statement":1,"status":"ok"}`, "statement 1: answers no rows"},
		{"not finished", byResult, count, countHead + `{"statement":1,"row":["+I","a","2"]}`, "statement 1: no answer"},
		{"failed midway", byResult, count, countHead + failure("run", "division-by-zero"), "statement 1: run error[division-by-zero]: m"},
		{"silence", byError, count, "", "statement 1: no answer"},

		{"show", byResult, show, `{"statement":1,"columns":[{"name":"table name","type":"STRING"}]}
{"statement":1,"row":["+I","a"]}
{"statement":1,"row":["+I","b"]}
{"statement":1,"status":"finished","rows":2}`, ""},
		{"show, other order", byResult, show, `{"statement":1,"columns":[{"name":"table name","type":"STRING"}]}
{"statement":1,"row":["+I","b"]}
{"statement":1,"row":["+I","a"]}
{"statement":1,"status":"finished","rows":2}`, "statement 1: row 1 is +I[b], want +I[a]"},
		{"show create", byChangelog, create, `{"statement":1,"columns":[{"name":"result","type":"STRING"}]}
{"statement":1,"row":["+I","CREATE TABLE ` + "`a` (`id` INT)" + `"]}
{"statement":1,"status":"finished","rows":1}`, ""},
		{"show create, other", byChangelog, create, `{"statement":1,"columns":[{"name":"result","type":"STRING"}]}
{"statement":1,"row":["+I","CREATE TABLE a (id INT)"]}
{"statement":1,"status":"finished","rows":1}`, "statement 1: answers CREATE TABLE a"},
		{"explain", byChangelog, plan, `{"statement":1,"columns":[{"name":"result","type":"STRING"}]}
{"statement":1,"row":["+I","ours"]}
{"statement":1,"status":"finished","rows":1}`, ""},

		{"refused", byError, unknown, failure("validate", "unknown-column"), ""},
		{"refused, stages before run are one", byError, unknown, failure("parse", "unknown-column"), ""},
		{"refused too late", byError, unknown, failure("run", "unknown-column"), "statement 1: run error"},
		{"refused too early", byError, divide, failure("plan", "division-by-zero"), "statement 1: plan error"},
		{"fails in the job", byError, divide, countHead + failure("run", "division-by-zero"), ""},
		{"accepted", byError, unknown, `{"statement":1,"status":"ok"}`, "statement 1: passes, but fails in Flink"},
		{"refused out of ignorance", byError, unknown, failure("validate", "not-supported"), "statement 1: validate error[not-supported]"},
		{"a defect", byError, unknown, failure("validate", "internal"), "statement 1: a defect"},

		{"insert", byError, statement{Kind: "ok"}, `{"statement":1,"status":"submitted","job":"j"}
{"statement":1,"status":"finished","job":"j"}`, ""},
		{"insert fails", byError, statement{Kind: "ok"}, `{"statement":1,"status":"submitted","job":"j"}
` + failure("run", "disk-full"), "statement 1: run error[disk-full]"},
		{"insert does not end", byError, statement{Kind: "ok"}, `{"statement":1,"status":"submitted","job":"j"}`, "statement 1: no answer"},
		{"one statement too much", byError, statement{Kind: "ok"}, `{"statement":1,"status":"ok"}
{"statement":2,"status":"ok"}`, "2 statements, want 1"},
	} {
		answers, err := cli.ParseAnswers([]byte(c.out))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		s := script{compare: c.compare, statements: []statement{c.want}}
		if diff := s.difference(answers); !strings.HasPrefix(diff, c.diff) || (diff == "") != (c.diff == "") {
			t.Errorf("%s: %q, want %q", c.name, diff, c.diff)
		}
	}
}

// TestLoad compares each recorded answer with itself: all of them can be read,
// their changelogs fold to their results, and the comparison finds no difference.
func TestLoad(t *testing.T) {
	scripts, err := load("testdata")
	if err != nil {
		t.Fatal(err)
	}
	if len(scripts) != 407 {
		t.Errorf("%d scripts, want 407", len(scripts))
	}
	for _, s := range scripts {
		var answers []cli.Answer
		for i, st := range s.statements {
			a := cli.Answer{Statement: i + 1, Status: "finished", Columns: st.Columns, Mode: st.Mode, Rows: st.rows()}
			switch st.Kind {
			case "ok":
				a.Status = "ok"
			case "rows":
				for _, r := range st.Result {
					a.Rows = append(a.Rows, cli.Row{Kind: "+I", Cells: r})
				}
			case "error":
				a.Status, a.Failure = "error", &cli.Failure{Stage: st.Stage, Code: "c", Message: st.Message}
			}
			answers = append(answers, a)
		}
		if d := s.difference(answers); d != "" {
			t.Errorf("%s: differs from itself: %s", s.name, d)
		}
		for i, st := range s.statements {
			if st.Kind != "query" || len(st.Changelog) == 0 {
				continue
			}
			rows := answers[i].Rows
			answers[i].Rows = rows[:len(rows)-1]
			if s.difference(answers) == "" {
				t.Errorf("%s: statement %d: a missing row is not noticed", s.name, i+1)
			}
			answers[i].Rows = rows
		}
	}
}

func TestVerdict(t *testing.T) {
	s := script{compare: byError, statements: []statement{{Kind: "ok"}}}
	ok := []byte(`{"statement":1,"status":"ok"}` + "\n")
	for _, c := range []struct {
		result cli.Result
		reason string
	}{
		{cli.Result{Stdout: ok}, ""},
		{cli.Result{Stdout: ok, ExitCode: 1}, "exit code 1, but a statement failed: false"},
		{cli.Result{Stdout: ok, ExitCode: 2}, "exit code 2, but a statement failed: false"},
		{cli.Result{Stdout: ok, ExitCode: -1, Stderr: []byte("killed\n")}, "flott ended with exit code -1: killed"},
		{cli.Result{Stdout: ok, ExitCode: -1, TimedOut: true}, "still running after " + patience.String()},
		{cli.Result{Stdout: ok, ExitCode: 2, Stderr: []byte("starting\npanic: x [recovered]\n\ngoroutine 1 [running]:\n")}, "flott crashed: panic: x"},
		{cli.Result{ExitCode: 2, Stderr: []byte("unknown flag\n")}, "exit code 2: unknown flag"},
		{cli.Result{}, "statement 1: no answer"},
		{cli.Result{Stdout: append([]byte("1,x\n"), ok...)}, "output line 1 is not an answer"},
	} {
		if got := s.verdict(c.result); !strings.HasPrefix(got, c.reason) || (got == "") != (c.reason == "") {
			t.Errorf("%+v: %q, want %q", c.result, got, c.reason)
		}
	}
}
