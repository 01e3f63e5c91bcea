package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	_ "github.com/flott/flott/connector/all"
	_ "github.com/flott/flott/format/all"
	"github.com/flott/flott/internal/cli"
)

// run calls the command line as main does; state goes into a folder of the test.
func run(t *testing.T, in string, args ...string) (code int, out, errs string) {
	t.Helper()
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	var o, e bytes.Buffer
	code = cli.Main(args, strings.NewReader(in), &o, &e)
	return code, o.String(), e.String()
}

func want(t *testing.T, got, text string) {
	t.Helper()
	if got != text {
		t.Errorf("got\n%s\nwant\n%s", got, text)
	}
}

func file(t *testing.T, text string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), "job.sql")
	if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

const counts = `SELECT x, COUNT(*) AS n FROM (VALUES (1), (2), (1)) AS t(x) GROUP BY x`

func TestTable(t *testing.T) {
	code, out, errs := run(t, "", "run", "-e", counts+"; SELECT CAST(NULL AS STRING) AS s FROM (VALUES (1)) AS t(x) WHERE FALSE")
	if code != 0 || errs != "" {
		t.Fatal(code, errs)
	}
	want(t, out, `+----+---+---+
| op | x | n |
+----+---+---+
| +I | 1 | 1 |
| +I | 2 | 1 |
| -U | 1 | 1 |
| +U | 1 | 2 |
+----+---+---+
4 rows
+----+---+
| op | s |
+----+---+
+----+---+
0 rows
`)
	// Batch has no changelog.
	_, out, _ = run(t, "", "run", "-D", "execution.runtime-mode=batch", "-e", "SELECT 'ä' AS a, CAST(NULL AS INT) AS longer")
	want(t, out, `+---+--------+
| a | longer |
+---+--------+
| ä | <NULL> |
+---+--------+
1 row
`)
}

func TestChangelog(t *testing.T) {
	_, out, _ := run(t, "", "run", "--output", "changelog", "-e", counts)
	want(t, out, "+I[1, 1]\n+I[2, 1]\n-U[1, 1]\n+U[1, 2]\n")
}

// TestJSONL is the stable interface, line by line.
func TestJSONL(t *testing.T) {
	code, out, errs := run(t, "", "run", "--output", "jsonl", "--keep-going", "-D", "table.dml-sync=true", file(t, `
		CREATE TABLE t (x INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen', 'number-of-rows' = '2');
		CREATE TABLE nowhere (x INT) WITH ('connector' = 'blackhole');
		SELECT CAST(1 AS INT) AS i, CAST(NULL AS STRING) AS s, 'a"b<' AS q;
		SELECT ts FROM t LIMIT 0;
		INSERT INTO nowhere SELECT x FROM t;
		SHOW TABLES;
		SELECT
		  nope, FROM t;
		SELECT nope, nada FROM t;
		SELECT CAST('x' AS INT);`))
	if code != 1 || errs != "" {
		t.Errorf("exit code %d, standard error %q", code, errs)
	}
	job := regexp.MustCompile(`"job":"[0-9a-f]{32}"`)
	want(t, job.ReplaceAllString(out, `"job":"ID"`), `{"statement":1,"status":"ok"}
{"statement":2,"status":"ok"}
{"statement":3,"columns":[{"name":"i","type":"INT NOT NULL"},{"name":"s","type":"STRING"},{"name":"q","type":"CHAR(4) NOT NULL"}],"mode":"streaming"}
{"statement":3,"row":["+I","1",null,"a\"b<"]}
{"statement":3,"status":"finished","rows":1}
{"statement":4,"columns":[{"name":"ts","type":"TIMESTAMP(3) *ROWTIME*"}],"mode":"streaming"}
{"statement":4,"status":"finished","rows":0}
{"statement":5,"status":"submitted","job":"ID"}
{"statement":5,"status":"finished","job":"ID"}
{"statement":6,"columns":[{"name":"table name","type":"STRING"}],"mode":"batch"}
{"statement":6,"row":["+I","nowhere"]}
{"statement":6,"row":["+I","t"]}
{"statement":6,"status":"finished","rows":2}
{"statement":7,"status":"error","stage":"parse","code":"syntax","message":"expected an expression before FROM","help":"remove the comma after nope","line":9,"column":11}
{"statement":8,"status":"error","stage":"validate","code":"unknown-column","message":"column \"nope\" does not exist","help":"t has: x, ts","line":10,"column":10,"more":[{"stage":"validate","code":"unknown-column","message":"column \"nada\" does not exist","help":"t has: x, ts","line":10,"column":16}]}
{"statement":9,"columns":[{"name":"EXPR$0","type":"INT NOT NULL"}],"mode":"streaming"}
`+lastLine(out)+"\n")
	var last struct{ Status, Stage, Code string }
	if err := json.Unmarshal([]byte(lastLine(out)), &last); err != nil || last.Status != "error" || last.Stage != "run" {
		t.Errorf("a query that fails ends with %s", lastLine(out))
	}
}

func lastLine(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return lines[len(lines)-1]
}

// TestExitCodes: 0 all well, 1 a job failed, 2 usage or SQL.
func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		code int
		in   string
		err  string // part of standard error
		args []string
	}{
		{0, "", "", []string{"run", "-e", "SELECT 1"}},
		{0, "SELECT 1;", "", []string{"run", "-"}},
		{1, "", "cast", []string{"run", "-e", "SELECT CAST('x' AS INT)"}},
		{2, "", "error[unknown-table]", []string{"run", "-e", "SELECT * FROM nope"}},
		{1, "", "error[unknown-table]", []string{"run", "--keep-going", "-e", "SELECT * FROM nope; SELECT CAST('x' AS INT); SELECT 1"}},
		{2, "", "error[usage]", []string{"run", "--nope"}},
		{2, "", "error[usage]", []string{"run"}},
		{2, "", "not both", []string{"run", "-e", "SELECT 1", "x.sql"}},
		{2, "", "no such file", []string{"run", "/no/such.sql"}},
		{2, "", "jsonl", []string{"run", "--output", "xml", "-e", "SELECT 1"}},
		{2, "", "key=value", []string{"run", "-D", "x", "-e", "SELECT 1"}},
		{2, "", "error[", []string{"run", "--memory", "3 apples", "-e", "SELECT 1"}},
		{2, "", "error[", []string{"run", "-D", "parallelism.default=many", "-e", "SELECT 1"}},
		{2, "", "error[unknown-table]", []string{"explain", "-e", "SELECT * FROM nope"}},
		{2, "", "error[usage]", []string{"fly"}},
		{0, "", "", []string{"help", "run"}},
		{0, "", "", []string{"version"}},
	} {
		code, _, errs := run(t, c.in, c.args...)
		if code != c.code || !strings.Contains(strings.ToLower(errs), strings.ToLower(c.err)) || c.err == "" && errs != "" {
			t.Errorf("flott %q: exit code %d, want %d; %s", c.args, code, c.code, errs)
		}
	}
}

// TestStops: without --keep-going the first error is the end.
func TestStops(t *testing.T) {
	_, out, _ := run(t, "", "run", "-e", "SELECT 1 AS x; SELECT nope; SELECT 2 AS y")
	if !strings.Contains(out, " x ") || strings.Contains(out, " y ") {
		t.Errorf("standard output is\n%s", out)
	}
	_, out, _ = run(t, "", "run", "--keep-going", "-e", "SELECT 1 AS x; SELECT nope; SELECT 2 AS y")
	if !strings.Contains(out, " y ") {
		t.Errorf("with --keep-going, standard output is\n%s", out)
	}
}

// TestStartLine: sources, sinks with their guarantee, checkpoints.
func TestStartLine(t *testing.T) {
	script := file(t, `CREATE TABLE a (x INT) WITH ('connector' = 'datagen', 'number-of-rows' = '2');
		CREATE TABLE b (x INT) WITH ('connector' = 'blackhole');
		INSERT INTO b SELECT x FROM a;`)
	_, _, errs := run(t, "", "run", script)
	state := os.Getenv("XDG_STATE_HOME")
	errs = regexp.MustCompile(`job-[0-9a-f]+`).ReplaceAllString(strings.ReplaceAll(errs, state, "STATE"), "job-ID")
	want(t, errs, `job "insert-into_default_catalog.default_database.b": a (datagen) -> b (blackhole, none); checkpoint every 10 s in STATE/flott/job-ID
`)
	_, _, errs = run(t, "", "run", "-D", "execution.runtime-mode=batch", "-D", "pipeline.name=fill", script)
	want(t, errs, "job \"fill\": a (datagen) -> b (blackhole, none); no checkpoints\n")
}

func TestExplain(t *testing.T) {
	code, out, errs := run(t, "", "explain", file(t, `-- what it is about
		CREATE TABLE a (x INT) WITH ('connector' = 'datagen');
		CREATE TABLE b (x INT, n BIGINT) WITH ('connector' = 'print');
		CREATE TABLE c WITH ('connector' = 'blackhole') AS SELECT x FROM a;
		INSERT INTO b
		  SELECT x, COUNT(*) FROM a GROUP BY x;
		SELECT x FROM c;`))
	if code != 2 {
		t.Errorf("exit code %d", code)
	}
	want(t, out, `-- statement 3: CREATE TABLE c WITH ('connector' = 'blackhole') AS SELECT x FROM a
Sink: c(table=[default_catalog.default_database.c], connector=[blackhole], fields=[x], changelogMode=[NONE])
+- Source: a(table=[[default_catalog, default_database, a]], connector=[datagen], fields=[x], changelogMode=[I])

-- statement 4: INSERT INTO b …
Sink: b(table=[default_catalog.default_database.b], connector=[print], fields=[x, n], changelogMode=[NONE])
+- Calc(select=[x, $agg0 AS n], changelogMode=[I,UB,UA])
   +- GroupAggregate(groupBy=[x], select=[COUNT(*)], changelogMode=[I,UB,UA])  state: one entry a group, without bound
      +- Exchange(distribution=[hash[x]])
         +- Source: a(table=[[default_catalog, default_database, a]], connector=[datagen], fields=[x], changelogMode=[I])
`)
	if !strings.Contains(errs, `table "c" cannot be read`) {
		t.Errorf("standard error is\n%s", errs)
	}
}

// TestHelp: each command shows how it is used.
func TestHelp(t *testing.T) {
	for _, c := range []string{"run", "explain"} {
		_, out, _ := run(t, "", "help", c)
		if !strings.Contains(out, "Examples:") || !strings.Contains(out, "flott "+c) {
			t.Errorf("flott help %s\n%s", c, out)
		}
	}
	_, out, _ := run(t, "", "help")
	for _, c := range []string{"run", "explain", "version"} {
		if !strings.Contains(out, "\n  "+c+" ") {
			t.Errorf("flott help does not list %s", c)
		}
	}
}
