package gateway_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	_ "github.com/flott/flott/connector/all"
	_ "github.com/flott/flott/format/all"
	"github.com/flott/flott/internal/engine"
	"github.com/flott/flott/internal/gateway"
	"github.com/flott/flott/internal/rest/resttest"
	"github.com/flott/flott/internal/session"
)

// client speaks to a gateway over HTTP.
type client struct {
	t    *testing.T
	base string
	doc  *resttest.Document // if set, answers are held against it
}

func start(t *testing.T) client {
	t.Helper()
	e, err := engine.Open(engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g := gateway.New(gateway.Config{Open: func(p map[string]string) (*session.Session, error) { return e.Session("") }})
	s := httptest.NewServer(g)
	t.Cleanup(func() { s.Close(); g.Close(); e.Close() })
	return client{t: t, base: s.URL}
}

// do sends a request and returns status and body.
func (c client) do(method, path, body string) (int, string) {
	c.t.Helper()
	r, err := http.NewRequest(method, c.base+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if c.doc != nil && resp.StatusCode == 200 {
		if err := c.doc.Check(method, strings.TrimPrefix(r.URL.Path, "/v4"), 200, b); err != nil {
			c.t.Errorf("the answer is not as documented: %v", err)
		}
	}
	return resp.StatusCode, string(b)
}

func (c client) session() string {
	c.t.Helper()
	_, b := c.do("POST", "/v4/sessions", "")
	var v struct{ SessionHandle string }
	if err := json.Unmarshal([]byte(b), &v); err != nil || v.SessionHandle == "" {
		c.t.Fatalf("no session: %s", b)
	}
	return "/v4/sessions/" + v.SessionHandle
}

func (c client) statement(session, sql string) string {
	c.t.Helper()
	body, _ := json.Marshal(map[string]any{"statement": sql})
	_, b := c.do("POST", session+"/statements", string(body))
	var v struct{ OperationHandle string }
	if err := json.Unmarshal([]byte(b), &v); err != nil || v.OperationHandle == "" {
		c.t.Fatalf("no operation: %s", b)
	}
	return session + "/operations/" + v.OperationHandle
}

type result struct {
	ResultType    string
	IsQueryResult bool
	ResultKind    string
	JobID         string
	NextResultUri string
	Errors        []string
	Results       struct {
		Columns []struct {
			Name        string
			LogicalType json.RawMessage
		}
		Data []struct {
			Kind   string
			Fields []json.RawMessage
		}
	}
}

// rows fetches to the end, as Flink's clients do, and returns each row as JSON.
func (c client) rows(operation, format string) (rows []string, last result) {
	c.t.Helper()
	uri := operation + "/result/0?rowFormat=" + format
	for range 1000 {
		status, b := c.do("GET", uri, "{}")
		var r result
		if err := json.Unmarshal([]byte(b), &r); err != nil {
			c.t.Fatalf("%s: %v", b, err)
		}
		if status != 200 {
			return rows, r
		}
		for _, d := range r.Results.Data {
			fields, _ := json.Marshal(d.Fields)
			rows = append(rows, d.Kind+" "+string(fields))
		}
		if r.ResultType == "EOS" {
			return rows, r
		}
		uri = r.NextResultUri
	}
	c.t.Fatal("no end")
	return nil, result{}
}

func TestFields(t *testing.T) {
	c := start(t)
	s := c.session()
	// What Flink's own gateway answered.
	for _, x := range []struct{ expr, typ, json, text string }{
		{"CAST(1 AS TINYINT)", `{"nullable":false,"type":"TINYINT"}`, `1`, `"1"`},
		{"1", `{"nullable":false,"type":"INTEGER"}`, `1`, `"1"`},
		{"CAST(NULL AS INT)", `{"nullable":true,"type":"INTEGER"}`, `null`, `null`},
		{"CAST('1.0E7' AS DOUBLE)", `{"nullable":false,"type":"DOUBLE"}`, `1.0E7`, `"1.0E7"`},
		{"CAST('NaN' AS DOUBLE)", `{"nullable":false,"type":"DOUBLE"}`, `"NaN"`, `"NaN"`},
		{"CAST(1.50 AS DECIMAL(10, 2))", `{"nullable":false,"precision":10,"scale":2,"type":"DECIMAL"}`, `1.5`, `"1.50"`},
		{"TRUE", `{"nullable":false,"type":"BOOLEAN"}`, `true`, `"TRUE"`},
		{"CAST('ab' AS CHAR(4))", `{"length":4,"nullable":false,"type":"CHAR"}`, `"ab  "`, `"ab  "`},
		{"CAST('<a>' AS STRING)", `{"length":2147483647,"nullable":false,"type":"VARCHAR"}`, `"<a>"`, `"<a>"`},
		{"X'CAFE'", `{"length":2,"nullable":false,"type":"BINARY"}`, `"yv4="`, `"x'cafe'"`},
		{"DATE '2024-01-02'", `{"nullable":false,"type":"DATE"}`, `"2024-01-02"`, `"2024-01-02"`},
		{"TIME '12:34:56'", `{"nullable":false,"precision":0,"type":"TIME_WITHOUT_TIME_ZONE"}`, `"12:34:56"`, `"12:34:56"`},
		{"TIMESTAMP '2024-01-02 03:04:05.678'", `{"nullable":false,"precision":3,"type":"TIMESTAMP_WITHOUT_TIME_ZONE"}`, `"2024-01-02T03:04:05.678"`, `"2024-01-02 03:04:05.678"`},
		{"CAST(TIMESTAMP '2024-01-02 03:04:05' AS TIMESTAMP(6))", `{"nullable":false,"precision":6,"type":"TIMESTAMP_WITHOUT_TIME_ZONE"}`, `"2024-01-02T03:04:05"`, `"2024-01-02 03:04:05.000000"`},
		{"ARRAY[1, CAST(NULL AS INT)]", `{"elementType":{"nullable":true,"type":"INTEGER"},"nullable":false,"type":"ARRAY"}`, `[1,null]`, `"[1, NULL]"`},
		{"MAP['k', 1]", `{"keyType":{"length":1,"nullable":false,"type":"CHAR"},"nullable":false,"type":"MAP","valueType":{"nullable":false,"type":"INTEGER"}}`, `{"k":1}`, `"{k=1}"`},
		{"CAST(ROW(1, 'x') AS ROW<n INT, s STRING>)", `{"fields":[{"fieldType":{"nullable":true,"type":"INTEGER"},"name":"n"},{"fieldType":{"length":2147483647,"nullable":true,"type":"VARCHAR"},"name":"s"}],"nullable":false,"type":"ROW"}`, `{"n":1,"s":"x"}`, `"(1, x)"`},
		{"INTERVAL '1' DAY", `{"fractionalPrecision":3,"nullable":false,"precision":2,"resolution":"SECOND","type":"INTERVAL_DAY_TIME"}`, `86400000`, `"+1 00:00:00.000"`},
		{"INTERVAL '3' MONTH", `{"nullable":false,"precision":2,"resolution":"MONTH","type":"INTERVAL_YEAR_MONTH"}`, `3`, `"+0-03"`},
	} {
		for format, want := range map[string]string{"JSON": x.json, "PLAIN_TEXT": x.text} {
			rows, last := c.rows(c.statement(s, "SELECT "+x.expr+" AS x;"), format)
			if len(rows) != 1 || rows[0] != "INSERT ["+strings.NewReplacer("<", `\u003c`, ">", `\u003e`).Replace(want)+"]" {
				t.Errorf("%s in %s: %v %v, want %s", x.expr, format, rows, last.Errors, want)
				continue
			}
			if got := string(last.Results.Columns[0].LogicalType); got != x.typ {
				t.Errorf("%s: type %s, want %s", x.expr, got, x.typ)
			}
		}
	}
}

func TestTokens(t *testing.T) {
	c := start(t)
	s := c.session()
	o := c.statement(s, "SHOW TABLES")
	get := func(token string) (int, result) {
		status, b := c.do("GET", o+"/result/"+token+"?rowFormat=JSON", "")
		var r result
		if err := json.Unmarshal([]byte(b), &r); err != nil {
			t.Fatalf("%s: %v", b, err)
		}
		return status, r
	}
	for _, x := range []struct {
		token, kind, err string
		status           int
	}{
		{"5", "", "Expecting token to be 0 or 0, but found 5.", 500},
		{"0", "PAYLOAD", "", 200},
		{"0", "PAYLOAD", "", 200},
		{"1", "EOS", "", 200},
		{"1", "EOS", "", 200},
		{"0", "PAYLOAD", "", 200},
		{"x", "", "Cannot resolve path parameter (token)", 400},
	} {
		status, r := get(x.token)
		if status != x.status || r.ResultType != x.kind || !strings.Contains(strings.Join(r.Errors, " "), x.err) {
			t.Errorf("token %s: %d %q %v, want %d %q %q", x.token, status, r.ResultType, r.Errors, x.status, x.kind, x.err)
		}
	}
}

func TestStatementSet(t *testing.T) {
	c := start(t)
	s := c.session()
	run := func(sql string) ([]string, result) { return c.rows(c.statement(s, sql), "PLAIN_TEXT") }
	run("CREATE TABLE b (x INT) WITH ('connector' = 'blackhole')")
	run("SET 'table.dml-sync' = 'true'")
	for _, sql := range []string{"BEGIN STATEMENT SET;", "INSERT INTO b VALUES 1;", "INSERT INTO b VALUES 2, 3;"} {
		if rows, last := run(sql); len(rows) != 1 || rows[0] != `INSERT ["OK"]` || last.ResultKind != "SUCCESS" {
			t.Fatalf("%s: %v %+v", sql, rows, last)
		}
	}
	if _, last := run("SELECT 1"); !strings.Contains(strings.Join(last.Errors, ""), "only INSERTs") {
		t.Fatalf("a query inside of a statement set: %v", last.Errors)
	}
	if _, last := run("END;"); len(last.JobID) != 32 {
		t.Fatalf("END: %+v", last)
	}
}

func TestEdges(t *testing.T) {
	c := start(t)
	s := c.session()
	const nobody = "00000000-0000-4000-8000-000000000000"
	for _, x := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/v1/api_versions", "{}", 200, `{"versions":["V1","V2","V3","V4"]}`},
		{"GET", "/v5/info", "", 404, "Not found: /v5/info"},
		{"GET", "/v1" + strings.TrimPrefix(s, "/v4") + "/complete-statement", "", 404, "Not found"},
		{"PUT", "/v4/sessions", "", 405, "not allowed"},
		{"POST", "/v4/sessions", "{", 400, "expected format OpenSessionRequestBody"},
		{"GET", "/v4/sessions/xyz", "", 400, `Cannot resolve path parameter (session_handle) from value \"xyz\"`},
		{"GET", "/v4/sessions/" + nobody, "", 500, "Session '" + nobody + "' does not exist."},
		{"POST", s + "/heartbeat", "", 200, "{}"},
		{"POST", s + "/statements", "{}", 400, "ExecuteStatementRequestBody"},
		{"POST", s + "/statements", `{"statement":"SELECT 1","executionTimeout":5000}`, 500, "doesn't support timeout"},
		{"POST", s + "/statements", `{"statement":"` + strings.Repeat("x", 17<<20) + `"}`, 413, "larger than"},
		{"GET", s + "/operations/" + nobody + "/status", "", 500, "Can not find the submitted operation"},
		{"GET", s + "/operations/" + nobody + "/result/0?rowFormat=NOPE", "", 400, "rowFormat"},
		{"POST", s + "/configure-session", `{"statement":"SET 'a.b' = 'c';"}`, 200, "{}"},
		{"GET", s, "{}", 200, `"a.b":"c"`},
		{"POST", s + "/configure-session", `{"statement":"SELECT 1"}`, 500, "Unsupported statement for configuring session: SELECT 1"},
		{"GET", s + "/complete-statement", `{"statement":"SHOW TA","position":7}`, 200, `{"candidates":["TABLES"]}`},
		{"DELETE", s, "", 200, `{"status":"CLOSED"}`},
		{"DELETE", s, "", 500, "does not exist"},
	} {
		status, b := c.do(x.method, x.path, x.body)
		if status != x.status || !strings.Contains(b, x.want) {
			t.Errorf("%s %s: %d %.300s, want %d %s", x.method, x.path, status, b, x.status, x.want)
		}
	}
}

// The last line that begins with "Caused by:" is what Flink's client prints.
func TestErrors(t *testing.T) {
	c := start(t)
	s := c.session()
	_, last := c.rows(c.statement(s, "SELECT nope FROM (VALUES (1)) AS t (a)"), "PLAIN_TEXT")
	text := strings.Join(last.Errors, "\n")
	cause := text[strings.LastIndex(text, "Caused by: "):]
	if !strings.Contains(cause, "nope") || !strings.Contains(cause, "line 1, column 8") {
		t.Fatalf("the last cause is %q", cause)
	}
	_, last = c.rows(c.statement(s, "SELECT 1 / (x - 1) FROM (VALUES 1) AS t(x)"), "PLAIN_TEXT")
	if len(last.Errors) == 0 {
		t.Fatal("a query that fails gave no error")
	}
}

func TestCancelQuery(t *testing.T) {
	c := start(t)
	s := c.session()
	c.rows(c.statement(s, "CREATE TABLE g (x INT) WITH ('connector' = 'datagen', 'rows-per-second' = '10')"), "JSON")
	o := c.statement(s, "SELECT x FROM g")
	c.do("GET", o+"/result/0?rowFormat=JSON", "")
	c.do("GET", o+"/result/1?rowFormat=JSON", "")
	if status, b := c.do("DELETE", o+"/close", ""); status != 200 || b != `{"status":"CLOSED"}` {
		t.Fatalf("close: %d %s", status, b)
	}
	if status, _ := c.do("GET", o+"/status", ""); status != 500 {
		t.Fatalf("status of a closed operation: %d", status)
	}
}

// Every answer has the fields that the OpenAPI document says, and no others.
func TestAsDocumented(t *testing.T) {
	c := start(t)
	_, b := c.do("GET", "/v4/openapi.json", "")
	doc, err := resttest.Read([]byte(b))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range gateway.Routes() {
		if path := strings.ReplaceAll(r.Path, ":", "x"); doc.Find(path) == "" {
			t.Errorf("%s is missing", r.Path)
		}
	}
	c.doc = &doc
	c.do("GET", "/v4/api_versions", "")
	c.do("GET", "/v4/info", "")
	s := c.session()
	c.do("GET", s, "")
	c.do("POST", s+"/heartbeat", "")
	c.do("POST", s+"/configure-session", `{"statement":"SET 'a' = 'b'"}`)
	c.do("GET", s+"/complete-statement", `{"statement":"SHOW T","position":6}`)
	for _, sql := range []string{"SELECT x, ARRAY[x] AS y FROM (VALUES 1, 2) AS t(x)", "SHOW TABLES", "SET 'c' = 'd'"} {
		o := c.statement(s, sql)
		if rows, last := c.rows(o, "JSON"); last.ResultType != "EOS" {
			t.Errorf("%s: %v %+v", sql, rows, last)
		}
		c.do("GET", o+"/status", "")
		c.do("POST", o+"/cancel", "")
		c.do("DELETE", o+"/close", "")
	}
	c.do("DELETE", s, "")
}

// A session that is open for long forgets old statements, but not what still runs.
func TestOldOperations(t *testing.T) {
	c := start(t)
	s := c.session()
	c.rows(c.statement(s, "CREATE TABLE g (x INT) WITH ('connector' = 'datagen', 'rows-per-second' = '10')"), "JSON")
	query := c.statement(s, "SELECT x FROM g")
	c.do("GET", query+"/result/0?rowFormat=JSON", "")
	first := c.statement(s, "SHOW TABLES")
	c.rows(first, "JSON")
	for range 120 {
		c.rows(c.statement(s, "SET 'a' = 'b'"), "JSON")
	}
	if status, b := c.do("GET", first+"/status", ""); status != 500 {
		t.Errorf("the first statement is still known: %s", b)
	}
	if status, b := c.do("GET", query+"/status", ""); status != 200 {
		t.Errorf("the query is forgotten: %s", b)
	}
	if status, b := c.do("GET", query+"/result/1?rowFormat=JSON", ""); status != 200 || !strings.Contains(b, "PAYLOAD") {
		t.Errorf("the query's rows: %s", b)
	}
}
