package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	_ "github.com/flott/flott/connector/all"
	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/engine"
	"github.com/flott/flott/internal/rest/resttest"
	"github.com/flott/flott/internal/sql/parser"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// testTimeout ends a test that hangs.
const testTimeout = 30 * time.Second

// folderLogs are the files of a folder.
type folderLogs string

func (l folderLogs) List() (out []LogFile, err error) {
	entries, err := os.ReadDir(string(l))
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			out = append(out, LogFile{Name: e.Name(), SizeBytes: info.Size(), Changed: info.ModTime()})
		}
	}
	return out, err
}

func (l folderLogs) Open(name string) (io.ReadCloser, error) {
	return os.Open(filepath.Join(string(l), name))
}
func (l folderLogs) Main() string   { return "flott.log" }
func (l folderLogs) Stdout() string { return "flott.out" }

// world is a cluster with jobs of all kinds behind the API.
type world struct {
	t   *testing.T
	e   *engine.Engine
	h   *Handler
	url string
	ids map[string]string // jobs by name
}

const tables = `
	CREATE TABLE g (id INT, w BIGINT, ts AS LOCALTIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
	  WITH ('connector' = 'datagen', 'rows-per-second' = '200', 'fields.id.min' = '0', 'fields.id.max' = '9');
	CREATE TABLE few (id INT) WITH ('connector' = 'datagen', 'number-of-rows' = '10');
	CREATE TABLE b (id INT, c BIGINT) WITH ('connector' = 'blackhole');
	CREATE TABLE b1 (id INT) WITH ('connector' = 'blackhole');
	SET 'execution.checkpointing.interval' = '50 ms';
	SET 'restart-strategy.type' = 'fixed-delay';
	SET 'restart-strategy.fixed-delay.attempts' = '2';
	SET 'restart-strategy.fixed-delay.delay' = '10 ms';
`

// newWorld starts a cluster; settings go to its API as well.
func newWorld(t *testing.T, change func(*Config)) *world {
	t.Helper()
	e, err := engine.Open(engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	logs := t.TempDir()
	for name, text := range map[string]string{"flott.log": "line one\n", "flott.out": "printed\n"} {
		if err := os.WriteFile(filepath.Join(logs, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := Config{Cluster: e.Cluster().Dispatcher(), Metrics: e.Metrics(), Memory: e.Memory(), Version: "1.0", Revision: "abc", Address: "http://127.0.0.1:8081",
		Options:        map[string]string{"rest.port": "8081", "s3.secret-key": "very secret"},
		JobManagerLogs: folderLogs(logs), TaskManagerLogs: func(string) Logs { return folderLogs(logs) }}
	if change != nil {
		change(&c)
	}
	w := &world{t: t, e: e, h: New(c), ids: map[string]string{}}
	s := httptest.NewServer(w.h)
	w.url = s.URL
	t.Cleanup(func() {
		s.Close()
		w.h.Close()
		e.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return w
}

// run runs a script and remembers the job of its last statement.
func (w *world) run(name, script string) {
	w.t.Helper()
	script = tables + "SET 'pipeline.name' = '" + name + "';" + script
	s, err := w.e.Session(script)
	if err != nil {
		w.t.Fatal(err)
	}
	for p := range parser.Split(script) {
		r, errs := s.Execute(context.Background(), p)
		if errs != nil {
			w.t.Fatal(errs[0])
		}
		if r.Job != nil {
			w.ids[name] = r.Job.ID()
		}
	}
}

const (
	running  = "SET 'parallelism.default' = '2'; INSERT INTO b SELECT id, COUNT(*) FROM g GROUP BY id"
	failing  = "INSERT INTO b1 SELECT CAST(1 / (id - id) AS INT) FROM g"
	finished = "SET 'execution.runtime-mode' = 'batch'; INSERT INTO b1 SELECT id FROM few"
)

// eventually waits until ok; the pause only keeps a waiting test off the processor.
func (w *world) eventually(what string, ok func() bool) {
	w.t.Helper()
	deadline := time.After(testTimeout)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			w.t.Fatalf("%s: did not happen", what)
		}
	}
}

// call makes a request and returns its status and body.
func (w *world) call(method, path, body string) (int, string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), testTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return a.StatusCode, string(b)
}

// dig follows names and indices into an answer, nil where it ends.
func dig(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			a, _ := v.([]any)
			if p >= len(a) {
				return nil
			}
			v = a[p]
		}
	}
	return v
}

func (w *world) state(name string) api.JobState {
	s, err := w.h.Cluster.Job(w.ids[name])
	if err != nil {
		w.t.Fatal(err)
	}
	return s.State
}

// startAll starts jobs of all kinds and waits until they are what they are called.
func (w *world) startAll() {
	w.run("running", running)
	w.run("failed", failing)
	w.run("finished", finished)
	w.run("canceled", running)
	w.eventually("all run", func() bool {
		for _, name := range []string{"running", "canceled"} {
			if r, _ := w.h.Cluster.Checkpoints(w.ids[name]); r.Completed < 3 {
				return false
			}
		}
		return w.state("finished") == api.JobFinished && w.state("failed") == api.JobFailed
	})
	if status, body := w.call("PATCH", "/jobs/"+w.ids["canceled"]+"?mode=cancel", ""); status != http.StatusAccepted || body != "{}" {
		w.t.Fatalf("cancel: %d %s", status, body)
	}
	w.eventually("one is canceled", func() bool { return w.state("canceled") == api.JobCanceled })
}

// TestShapes asks every endpoint about jobs of all kinds: each answer has exactly
// the fields that the OpenAPI document lists.
func TestShapes(t *testing.T) {
	w := newWorld(t, nil)
	w.startAll()
	doc := documentOf(t, w)
	covered := map[string]bool{}
	dir := t.TempDir()
	trigger := 0
	for _, r := range Routes() {
		for _, job := range []string{"running", "failed", "finished", "canceled"} {
			if !strings.Contains(r.Path, ":jobid") && job != "running" {
				continue
			}
			s, err := w.h.Cluster.Job(w.ids[job])
			if err != nil {
				t.Fatal(err)
			}
			c, err := w.h.Cluster.Checkpoints(s.ID)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range s.Vertices {
				path := strings.NewReplacer(":jobid", s.ID, ":vertexid", v.ID, ":subtaskindex", "0", ":attempt", fmt.Sprint(v.Subtasks[0].Attempt), ":taskmanagerid", "tm-1",
					":filename", "flott.log", ":checkpointid", checkpointID(c)).Replace(r.Path)
				if strings.Contains(path, ":") || r.Changes {
					continue // below
				}
				ask := []string{path}
				if slices.ContainsFunc(r.Query, func(p Parameter) bool { return p.Name == "get" }) {
					ask = append(ask, path+"?get=numRecordsIn,0.numRecordsIn,uptime,Status.JVM.Memory.Heap.Used,numRunningJobs")
				}
				for _, path := range ask {
					status, body := w.call("GET", path, "")
					if status == r.Status {
						covered[r.Method+" "+r.Path] = true
						path, _, _ = strings.Cut(path, "?")
						if err := doc.Check("GET", path, status, []byte(body)); err != nil {
							t.Errorf("%v\n%s", err, body)
						}
						continue
					}
					none := job == "finished" && strings.Contains(path, "/checkpoints") || job == "failed" && strings.Contains(path, "/details/")
					if !none && r.Path != "/jars/:jarid/plan" {
						t.Errorf("%s of the %s job: %d %s", path, job, status, body)
					}
				}
				if !strings.Contains(r.Path, ":vertexid") {
					break
				}
			}
		}
	}
	for path, want := range map[string]string{"/exceptions": "division-by-zero", "/execution-result": "FAILED"} {
		if _, body := w.call("GET", "/jobs/"+w.ids["failed"]+path, ""); !strings.Contains(body, want) || !strings.Contains(body, "division by zero") {
			t.Errorf("%s of the failed job: %s", path, body)
		}
	}
	do := func(method, route, path, body string) string {
		t.Helper()
		status, answer := w.call(method, path, body)
		for _, r := range Routes() {
			if r.Method == method && r.Path == route {
				if status != r.Status {
					t.Fatalf("%s %s: %d %s", method, path, status, answer)
				}
				covered[method+" "+route] = true
				if err := doc.Check(method, path, status, []byte(answer)); err != nil {
					t.Errorf("%v\n%s", err, answer)
				}
			}
		}
		return answer
	}
	job := "/jobs/" + w.ids["running"]
	begin := func(route, path, body string) (result map[string]any) {
		t.Helper()
		trigger++
		id := fmt.Sprintf("%032x", trigger)
		body = strings.TrimSuffix(body, "}") + `,"triggerId":"` + id + `"}`
		if got := do("POST", route, path, body); got != `{"request-id":"`+id+`"}` {
			t.Errorf("%s: %s", path, got)
		}
		look := strings.Replace(strings.TrimSuffix(path, "/stop"), "/stop", "/savepoints", 1) + "/" + id
		lookRoute := route + "/:triggerid"
		if strings.HasSuffix(route, "/stop") {
			look, lookRoute = job+"/savepoints/"+id, "/jobs/:jobid/savepoints/:triggerid"
		}
		w.eventually(path+" is done", func() bool {
			result = nil
			if err := json.Unmarshal([]byte(do("GET", lookRoute, look, "")), &result); err != nil {
				t.Fatal(err)
			}
			return dig(result, "status", "id") == "COMPLETED"
		})
		return result
	}
	point := begin("/jobs/:jobid/savepoints", job+"/savepoints", `{"target-directory":"`+dir+`"}`)
	location, _ := dig(point, "operation", "location").(string)
	if !strings.HasPrefix(location, "file:"+dir+"/savepoint-"+w.ids["running"][:6]+"-") {
		t.Errorf("savepoint: %v", point)
	}
	if r := begin("/jobs/:jobid/checkpoints", job+"/checkpoints", `{"checkpointType":"FULL"}`); dig(r, "operation", "checkpointId") == nil {
		t.Errorf("checkpoint: %v", r)
	}
	if r := begin("/savepoint-disposal", "/savepoint-disposal", `{"savepoint-path":"`+location+`"}`); dig(r, "operation", "failure-cause") != nil {
		t.Errorf("disposal: %v", r)
	}
	if r := begin("/savepoint-disposal", "/savepoint-disposal", `{"savepoint-path":"`+location+`"}`); dig(r, "operation", "failure-cause", "class") != "unknown-savepoint" {
		t.Errorf("disposal of what is gone: %v", r)
	}
	if r := begin("/jobs/:jobid/stop", job+"/stop", `{"drain":true,"targetDirectory":"`+dir+`"}`); dig(r, "operation", "location") == nil {
		t.Errorf("stop: %v", r)
	}
	if got := w.state("running"); got != api.JobFinished {
		t.Errorf("after the stop the job is %s", got)
	}
	w.run("second", running)
	do("PATCH", "/jobs/:jobid", "/jobs/"+w.ids["second"], "")
	w.run("third", running)
	do("GET", "/jobs/:jobid/yarn-cancel", "/jobs/"+w.ids["third"]+"/yarn-cancel", "")
	w.eventually("both are canceled", func() bool { return w.state("second") == api.JobCanceled && w.state("third") == api.JobCanceled })
	for _, r := range Routes() {
		key := r.Method + " " + r.Path
		if unsupported := strings.Contains(r.Summary, "not supported") || strings.Contains(r.Summary, "there are none"); !covered[key] && !unsupported && r.Path != "/cluster" {
			t.Errorf("%s was not tested", key)
		}
	}
}

func checkpointID(c api.CheckpointReport) string {
	if c.LatestCompleted == nil {
		return "1"
	}
	return fmt.Sprint(c.LatestCompleted.ID)
}

// documentOf reads the served OpenAPI document.
func documentOf(t *testing.T, w *world) resttest.Document {
	t.Helper()
	_, body := w.call("GET", "/openapi.json", "")
	d, err := resttest.Read([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestErrors: what is unknown or wrong is answered in Flink's form and words.
func TestErrors(t *testing.T) {
	w := newWorld(t, nil)
	w.run("running", running)
	job, nobody := w.ids["running"], strings.Repeat("0", 32)
	w.eventually("the job runs", func() bool { return w.state("running") == api.JobRunning })
	s, _ := w.h.Cluster.Job(job)
	v := s.Vertices[0].ID
	for _, tt := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/nosuch", "", 404, "Unable to load requested file /nosuch."},
		{"GET", "/v2/overview", "", 404, "Unable to load requested file /v2/overview."},
		{"POST", "/overview", "", 405, "POST is not allowed for /overview, but GET is."},
		{"DELETE", "/jobs/" + job, "", 405, "DELETE is not allowed"},
		{"GET", "/jobs/" + nobody, "", 404, "Job " + nobody + " not found"},
		{"GET", "/v1/jobs/" + nobody + "/plan", "", 404, "Job " + nobody + " not found"},
		{"GET", "/jobs/xyz", "", 400, `Bad request, could not parse parameters: Cannot resolve path parameter (jobid) from value "xyz".`},
		{"PATCH", "/jobs/" + nobody, "", 404, "Job " + nobody + " not found"},
		{"PATCH", "/jobs/" + job + "?mode=bogus", "", 400, `Cannot resolve query parameter (mode) from value "bogus".`},
		{"GET", "/jobs/" + job + "/vertices/" + nobody, "", 404, "JobVertex " + nobody + " not found"},
		{"GET", "/jobs/" + job + "/vertices/xyz", "", 400, "Cannot resolve path parameter (vertexid)"},
		{"GET", "/jobs/" + job + "/vertices/" + v + "/subtasks/99", "", 404, "Invalid subtask index for vertex " + v},
		{"GET", "/jobs/" + job + "/vertices/" + v + "/subtasks/-1", "", 400, "Cannot resolve path parameter (subtaskindex)"},
		{"GET", "/jobs/" + job + "/vertices/" + v + "/subtasks/0/attempts/7", "", 404, "Invalid attempt num 7"},
		{"GET", "/jobs/" + job + "/vertices/" + v + "/subtasks/metrics?get=x&agg=bogus", "", 400, "Cannot resolve query parameter (agg)"},
		{"GET", "/jobs/" + job + "/vertices/" + v + "/subtasks/metrics?get=x&subtasks=5-1", "", 400, "Cannot resolve query parameter (subtasks)"},
		{"GET", "/jobs/" + job + "/checkpoints/details/99999", "", 404, "Could not find checkpointing statistics for checkpoint 99999."},
		{"GET", "/jobs/" + job + "/savepoints/" + nobody, "", 404, "There is no savepoint operation with triggerId=" + nobody + " for job " + job + "."},
		{"GET", "/jobs/" + job + "/exceptions?maxExceptions=abc", "", 400, "Cannot resolve query parameter (maxExceptions)"},
		{"POST", "/jobs/" + job + "/savepoints", "{bad", 400, "Request did not match expected format"},
		{"POST", "/jobs/" + job + "/savepoints", `{"formatType":"NATIVE"}`, 400, "CANONICAL"},
		{"POST", "/jobs/" + job + "/savepoints", `{"triggerId":"7"}`, 400, "triggerId"},
		{"POST", "/jobs/" + job + "/stop", `[]`, 400, "Request did not match expected format"},
		{"POST", "/savepoint-disposal", `{}`, 400, "Field savepoint-path must not be omitted or be null."},
		{"POST", "/savepoint-disposal", `{"savepoint-path":"` + strings.Repeat("x", maxBody) + `"}`, 413, "more than 1048576 bytes"},
		{"GET", "/savepoint-disposal/" + nobody, "", 404, "Operation not found under key: " + nobody},
		{"GET", "/taskmanagers/nosuch", "", 404, "No TaskExecutor registered under nosuch."},
		{"GET", "/taskmanagers/nosuch/log", "", 404, "No TaskExecutor registered under nosuch."},
		{"GET", "/taskmanagers/tm-1/logs/nosuch.log", "", 404, "File not found."},
		{"GET", "/jobmanager/logs/..%2f..%2fetc%2fpasswd", "", 404, "Unable to load"},
		{"GET", "/jobmanager/logs/a%2fb", "", 404, "File not found."},
		{"GET", "/jobmanager/logs/..", "", 404, "Unable to load"},
		{"GET", "/jobmanager/logs/%2e%2e/%2e%2e/etc/passwd", "", 404, "Unable to load"},
		{"GET", "/jobmanager/logs/flott.log%00.txt", "", 404, "File not found."},
		{"PATCH", "/jobs/" + job + "/rescaling?parallelism=3", "", 503, "Rescaling is disabled"},
		{"PUT", "/jobs/" + job + "/resource-requirements", "{}", 501, "cannot be changed"},
		{"POST", "/jars/upload", "", 501, "Jobs are SQL scripts here"},
		{"POST", "/jars/x/run", "", 501, "Jobs are SQL scripts here"},
		{"DELETE", "/cluster", "", 403, "not to be ended"},
	} {
		status, body := w.call(tt.method, tt.path, tt.body)
		var e errorBody
		if err := json.Unmarshal([]byte(body), &e); err != nil || status != tt.status || len(e.Errors) != 1 || !strings.Contains(e.Errors[0], tt.want) {
			t.Errorf("%s %.100s: %d %s", tt.method, tt.path, status, body)
		}
	}
	w.run("finished", finished)
	w.eventually("a job has finished", func() bool { return w.state("finished") == api.JobFinished })
	if status, body := w.call("PATCH", "/jobs/"+w.ids["finished"], ""); status != 409 || !strings.Contains(body, "another terminal state (FINISHED)") {
		t.Errorf("cancel of a finished job: %d %s", status, body)
	}
	for path, want := range map[string]string{"/jobs/" + nobody + "/metrics": "[]", "/taskmanagers/nosuch/metrics?get=x": "[]"} {
		if status, body := w.call("GET", path, ""); status != 200 || body != want {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	// A GET with a body is as good as one without.
	if status, body := w.call("GET", "/jobs/"+job+"/status", `{"x":1}`); status != 200 || body != `{"status":"RUNNING"}` {
		t.Errorf("GET with a body: %d %s", status, body)
	}
	if status, body := w.call("GET", "/jobmanager/log", ""); status != 200 || body != "line one\n" {
		t.Errorf("log: %d %q", status, body)
	}
	if _, body := w.call("GET", "/jobmanager/config", ""); strings.Contains(body, "very secret") || !strings.Contains(body, "******") {
		t.Errorf("config: %s", body)
	}
}

// TestReadOnly: nothing can be changed, and other sites cannot change anything.
func TestReadOnly(t *testing.T) {
	for _, readOnly := range []bool{true, false} {
		w := newWorld(t, func(c *Config) { c.ReadOnly = readOnly })
		for _, r := range Routes() {
			if !r.Changes {
				continue
			}
			path := strings.NewReplacer(":jobid", strings.Repeat("0", 32), ":taskmanagerid", "tm-1", ":datasetid", "x", ":jarid", "x").Replace(r.Path)
			q, err := http.NewRequest(r.Method, w.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !readOnly {
				q.Header.Set("Sec-Fetch-Site", "cross-site")
			}
			a, err := http.DefaultClient.Do(q)
			if err != nil {
				t.Fatal(err)
			}
			a.Body.Close()
			if a.StatusCode != http.StatusForbidden {
				t.Errorf("%s %s with readOnly=%v: %d", r.Method, path, readOnly, a.StatusCode)
			}
		}
		if status, _ := w.call("GET", "/jobs/overview", ""); status != 200 {
			t.Errorf("jobs: %d", status)
		}
	}
}

func TestShutdown(t *testing.T) {
	asked := make(chan struct{})
	w := newWorld(t, func(c *Config) { c.Shutdown = func() { close(asked) } })
	if status, body := w.call("DELETE", "/cluster", ""); status != 200 || body != "{}" {
		t.Errorf("%d %s", status, body)
	}
	select {
	case <-asked:
	case <-time.After(testTimeout):
		t.Error("nobody was asked")
	}
}

// TestOperations: those that are over are forgotten in time.
func TestOperations(t *testing.T) {
	w := newWorld(t, func(c *Config) { c.Options = map[string]string{"rest.async.store-duration": "0 s"} })
	nobody := strings.Repeat("0", 32)
	for range maxOperations + 10 {
		if status, body := w.call("POST", "/jobs/"+nobody+"/savepoints", "{}"); status != http.StatusAccepted {
			t.Fatalf("%d %s", status, body)
		}
	}
	w.eventually("all are forgotten", func() bool {
		w.h.operations.find("savepoint", "", "")
		w.h.operations.mu.Lock()
		defer w.h.operations.mu.Unlock()
		return len(w.h.operations.all) == 0 && len(w.h.operations.order) == 0
	})
}

func TestDoubles(t *testing.T) {
	for f, want := range map[double]string{0: "0.0", 1: "1.0", -2.5: "-2.5", 8.7580672e7: "8.7580672E7", 1e7: "1.0E7", 9999999: "9999999.0", 1e-3: "0.001", 1.25e-4: "1.25E-4", nan: `"NaN"`} {
		if b, err := json.Marshal(f); err != nil || string(b) != want {
			t.Errorf("%v: %s, %v, want %s", float64(f), b, err, want)
		}
	}
}

// TestSlowClient: who does not finish its request is let go.
func TestSlowClient(t *testing.T) {
	w := newWorld(t, nil)
	s := NewServer(w.h)
	if s.ReadHeaderTimeout <= 0 || s.ReadTimeout <= 0 || s.IdleTimeout <= 0 || s.MaxHeaderBytes <= 0 {
		t.Errorf("a server without time-outs: %+v", s)
	}
	s.ReadHeaderTimeout, s.ReadTimeout = 30*time.Millisecond, 60*time.Millisecond
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	job := "/jobs/" + strings.Repeat("0", 32) + "/savepoints"
	for _, begun := range []string{"GET /jobs HTTP/1.1\r\nHo", "POST " + job + " HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"} {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if err := c.SetDeadline(time.Now().Add(testTimeout)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, begun); err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(c)
		if errors.Is(err, os.ErrDeadlineExceeded) || strings.HasPrefix(string(answer), "HTTP/1.1 2") {
			t.Errorf("%q: %q, %v", begun, answer, err)
		}
		c.Close()
	}
}

// TestCombine: figures over several values, those that were asked for.
func TestCombine(t *testing.T) {
	all := map[string]bool{"min": true, "max": true, "avg": true, "sum": true, "skew": true}
	for _, tt := range []struct {
		values []float64
		want   map[string]bool
		json   string
	}{
		{[]float64{1475, 1475}, all, `{"id":"m","min":1475.0,"max":1475.0,"avg":1475.0,"sum":2950.0,"skew":0.0}`},
		{[]float64{1, 3}, all, `{"id":"m","min":1.0,"max":3.0,"avg":2.0,"sum":4.0,"skew":50.0}`},
		{[]float64{0, 0, 0, 8}, all, `{"id":"m","min":0.0,"max":8.0,"avg":2.0,"sum":8.0,"skew":100.0}`},
		{[]float64{0}, map[string]bool{"max": true}, `{"id":"m","max":0.0}`},
	} {
		if b, err := encode(combine("m", tt.values, tt.want)); err != nil || string(b) != tt.json {
			t.Errorf("%v: %s, %v, want %s", tt.values, b, err, tt.json)
		}
	}
}

func TestOwns(t *testing.T) {
	for path, want := range map[string]bool{"/jobs": true, "/v1/jobs/x": true, "/config": true, "/openapi.json": true, "/": false, "/index.html": false, "/v1/sessions": false, "/v2/jobs": false} {
		if Owns(path) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
}

// FuzzRequest: no path and no body makes the handler panic or answer without JSON.
func FuzzRequest(f *testing.F) {
	h := New(Config{Cluster: nobody{}})
	f.Cleanup(h.Close)
	for _, r := range Routes() {
		f.Add(r.Method, strings.NewReplacer(":jobid", strings.Repeat("a", 32), ":vertexid", strings.Repeat("b", 32)).Replace(r.Path), "get=a,b&agg=min&subtasks=1-2", `{"triggerId":"x"}`)
	}
	f.Add("GET", "/jobmanager/logs/..%2f", "", "")
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		r := httptest.NewRequest("GET", "/", strings.NewReader(body))
		r.Method, r.URL.Path, r.URL.RawQuery = method, path, query
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code == http.StatusInternalServerError {
			t.Fatalf("%s %s: %s", method, path, w.Body)
		}
		if b := w.Body.Bytes(); len(b) > 0 && strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") && !json.Valid(b) {
			t.Fatalf("%s %s: %s", method, path, b)
		}
	})
}

// nobody is a cluster without jobs.
type nobody struct{}

func (nobody) Jobs() []api.JobOverview    { return nil }
func (nobody) Cluster() api.ClusterStatus { return api.ClusterStatus{} }
func (nobody) Cancel(id string) error     { return &api.UnknownJobError{ID: id} }
func (nobody) Job(id string) (api.JobStatus, error) {
	return api.JobStatus{}, &api.UnknownJobError{ID: id}
}
func (nobody) Checkpoints(id string) (api.CheckpointReport, error) {
	return api.CheckpointReport{}, &api.UnknownJobError{ID: id}
}
func (nobody) Checkpoint(_ context.Context, id string) (api.CheckpointInfo, error) {
	return api.CheckpointInfo{}, &api.UnknownJobError{ID: id}
}
func (nobody) Savepoint(_ context.Context, id string, _ api.SavepointRequest) (api.CheckpointInfo, error) {
	return api.CheckpointInfo{}, &api.UnknownJobError{ID: id}
}
func (nobody) DisposeSavepoint(context.Context, string) error { return fs.ErrNotExist }
