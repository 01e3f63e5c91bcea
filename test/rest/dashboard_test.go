package rest

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/flott/flott/internal/rest/resttest"
	"github.com/flott/flott/test/browser"
)

// dashboard serves the page's files from the distribution, hands everything else
// to the server and remembers what was asked.
type dashboard struct {
	*httptest.Server
	doc   resttest.Document
	files fs.FS

	mu    sync.Mutex
	calls map[string]bool // documented paths asked for
	bad   []string
}

func openDashboard(t *testing.T, s *server, home string) *dashboard {
	t.Helper()
	jars, err := filepath.Glob(filepath.Join(home, "lib", "flink-dist*.jar"))
	if err != nil || len(jars) == 0 {
		t.Fatalf("no flink-dist in %s: %v", home, err)
	}
	jar, err := zip.OpenReader(jars[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { jar.Close() })
	d := &dashboard{calls: map[string]bool{}}
	if d.files, err = fs.Sub(jar, "web"); err != nil {
		t.Fatal(err)
	}
	var doc json.RawMessage
	s.get("/openapi.json", &doc)
	if d.doc, err = resttest.Read(doc); err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse("http://" + s.address)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/")
		if name == "" {
			name = "index.html"
		}
		if b, err := fs.ReadFile(d.files, name); err == nil {
			http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(b))
			return
		}
		rec := httptest.NewRecorder()
		proxy.ServeHTTP(rec, r)
		d.note(r, rec)
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(rec.Code)
		// The page may have gone on to another one.
		_, _ = w.Write(rec.Body.Bytes())
	}))
	t.Cleanup(d.Close)
	return d
}

// note remembers a call, and what is wrong with its answer.
func (d *dashboard) note(r *http.Request, w *httptest.ResponseRecorder) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls[r.Method+" "+d.doc.Find(r.URL.Path)] = true
	switch {
	case w.Code == http.StatusNotFound && strings.HasSuffix(r.URL.Path, "/stdout") && strings.Contains(w.Body.String(), "File not found."):
		// Nothing was printed; the page knows.
	case w.Code == http.StatusNotFound && strings.Contains(r.URL.Path, "/checkpoints"):
		// What a job without checkpoints answers; the page knows that too.
	case w.Code >= 300:
		d.bad = append(d.bad, fmt.Sprintf("%s %s: %d %.300s", r.Method, r.URL, w.Code, w.Body))
	default:
		if err := d.doc.Check(r.Method, r.URL.Path, w.Code, w.Body.Bytes()); err != nil {
			d.bad = append(d.bad, err.Error())
		}
	}
}

const shape = `SET 'execution.checkpointing.interval' = '500 ms';
SET 'restart-strategy.type' = 'fixed-delay';
SET 'restart-strategy.fixed-delay.attempts' = '2';
SET 'restart-strategy.fixed-delay.delay' = '100 ms';
SET 'parallelism.default' = '2';
CREATE TABLE g (id INT, w BIGINT, ts AS LOCALTIMESTAMP, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
  WITH ('connector' = 'datagen', 'rows-per-second' = '500', 'fields.id.min' = '0', 'fields.id.max' = '9');
CREATE TABLE few (id INT) WITH ('connector' = 'datagen', 'number-of-rows' = '10');
CREATE TABLE b (id INT, c BIGINT) WITH ('connector' = 'blackhole');
CREATE TABLE b1 (id INT) WITH ('connector' = 'blackhole');
`

// TestDashboard opens all pages of Flink's web dashboard: every call is answered
// with what is documented, and no page has errors.
func TestDashboard(t *testing.T) {
	home := flinkHome(t)
	chromium, err := browser.Start(t, 1400, 1000)
	if errors.Is(err, browser.ErrNoBrowser) {
		lacking(t, "Chromium")
	}
	if err != nil {
		t.Fatal(err)
	}
	s := start(t)
	running := s.submit("running", shape+"INSERT INTO b SELECT id, COUNT(*) FROM g GROUP BY id;")
	failed := s.submit("failed", shape+"INSERT INTO b1 SELECT CAST(1 / (id - id) AS INT) FROM g;")
	finished := s.submit("finished", shape+"SET 'execution.runtime-mode' = 'batch';\nINSERT INTO b1 SELECT id FROM few;")
	canceled := s.submit("canceled", shape+"INSERT INTO b1 SELECT id FROM g;")
	s.await("the jobs are what they are called", func() bool {
		return s.checkpoints(running) > 1 && s.state(canceled) == "RUNNING" && s.state(failed) == "FAILED" && s.state(finished) == "FINISHED"
	})
	q, err := http.NewRequest(http.MethodPatch, "http://"+s.address+"/jobs/"+canceled, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	a.Body.Close()
	s.await("one is canceled", func() bool { return s.state(canceled) == "CANCELED" })
	var job struct{ Vertices []struct{ ID string } }
	s.get("/jobs/"+running, &job)
	var managers struct{ TaskManagers []struct{ ID string } }
	s.get("/taskmanagers", &managers)
	d := openDashboard(t, s, home)
	run := "#/job/running/" + running
	vertex := run + "/overview/" + job.Vertices[len(job.Vertices)-1].ID
	manager := "#/task-manager/" + managers.TaskManagers[0].ID
	const j, v, tm = "GET /jobs/{jobid}", "GET /jobs/{jobid}/vertices/{vertexid}", "GET /taskmanagers/{taskmanagerid}"
	const bar = "the bar of the first vertex"
	shots := os.Getenv("FLOTT_SHOTS")
	if shots == "" {
		shots = t.TempDir()
	}
	tab, err := chromium.Open("about:blank")
	if err != nil {
		t.Fatal(err)
	}
	if err := tab.Resize(1400, 1000); err != nil {
		t.Fatal(err)
	}
	for _, page := range []struct {
		name, address string
		calls         []string
		click         string // an expression that does something, and makes the page call then
		then          []string
	}{
		{"overview", "#/overview", []string{"GET /config", "GET /overview", "GET /jobs/overview"}, "", nil},
		{"running jobs", "#/job/running", []string{"GET /jobs/overview"}, "", nil},
		{"completed jobs", "#/job/completed", []string{"GET /jobs/overview"}, "", nil},
		{"job", run + "/overview", []string{j, v + "/subtasks/metrics", v + "/watermarks"}, "", nil},
		{"vertex detail", vertex + "/detail", []string{j}, "", nil},
		{"vertex subtasks", vertex + "/subtasks", []string{v}, "", nil},
		{"vertex taskmanagers", vertex + "/taskmanagers", []string{v + "/taskmanagers"}, "", nil},
		{"vertex watermarks", vertex + "/watermarks", []string{v + "/watermarks"}, "", nil},
		{"vertex accumulators", vertex + "/accumulators", []string{v + "/accumulators", v + "/subtasks/accumulators"}, "", nil},
		{"vertex backpressure", vertex + "/backpressure", []string{v + "/backpressure"}, "", nil},
		{"vertex metrics", vertex + "/metrics", []string{v + "/metrics"}, "", nil},
		{"vertex flamegraph", vertex + "/flamegraph", []string{v + "/flamegraph"}, "", nil},
		{"job exceptions", run + "/exceptions", []string{j + "/exceptions"}, "", nil},
		{"job data skew", run + "/dataskew", []string{v + "/subtasks/metrics"}, "", nil},
		{"job timeline", run + "/timeline", []string{j}, bar, []string{v + "/subtasktimes"}},
		{"job checkpoints", run + "/checkpoints", []string{j + "/checkpoints", j + "/checkpoints/config", j + "/checkpoints/details/{checkpointid}"},
			`document.querySelector(".ant-table-row-expand-icon").click()`, []string{j + "/checkpoints/details/{checkpointid}/subtasks/{vertexid}"}},
		{"job configuration", run + "/configuration", []string{j + "/config"}, "", nil},
		{"failed job exceptions", "#/job/completed/" + failed + "/exceptions", []string{j + "/exceptions"}, "", nil},
		{"finished job", "#/job/completed/" + finished + "/overview", []string{j, v + "/subtasks/metrics"}, "", nil},
		{"canceled job", "#/job/completed/" + canceled + "/overview", []string{j, v + "/watermarks"}, "", nil},
		{"task managers", "#/task-manager", []string{"GET /taskmanagers"}, "", nil},
		{"task manager", manager + "/metrics", []string{tm, tm + "/metrics"}, "", nil},
		{"task manager logs", manager + "/logs", []string{tm + "/log"}, "", nil},
		{"task manager stdout", manager + "/stdout", []string{tm + "/stdout"}, "", nil},
		{"task manager log list", manager + "/log-list", []string{tm + "/logs"}, "", nil},
		{"task manager thread dump", manager + "/thread-dump", []string{tm + "/thread-dump"}, "", nil},
		{"task manager profiler", manager + "/profiler", nil, "", nil},
		{"job manager metrics", "#/job-manager/metrics", []string{"GET /jobmanager/config", "GET /jobmanager/metrics"}, "", nil},
		{"job manager configuration", "#/job-manager/config", []string{"GET /jobmanager/config", "GET /jobmanager/environment"}, "", nil},
		{"job manager logs", "#/job-manager/logs", []string{"GET /jobmanager/log"}, "", nil},
		{"job manager stdout", "#/job-manager/stdout", []string{"GET /jobmanager/stdout"}, "", nil},
		{"job manager log list", "#/job-manager/log", []string{"GET /jobmanager/logs"}, "", nil},
		{"job manager thread dump", "#/job-manager/thread-dump", []string{"GET /jobmanager/thread-dump"}, "", nil},
	} {
		d.mu.Lock()
		clear(d.calls)
		d.bad = nil
		d.mu.Unlock()
		if err := tab.Go(d.URL + "/?" + url.QueryEscape(page.name) + page.address); err != nil {
			t.Fatal(err)
		}
		d.await(t, page.name, page.calls)
		// What was answered is drawn, and asked for again, within a second or two.
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		if err := tab.Await(ctx, `document.querySelector("flink-root, app-root, body").innerText.length > 100 && !document.querySelector(".ant-spin-spinning")`); err != nil {
			t.Errorf("%s: %v", page.name, err)
		}
		if err := tab.Eval("new Promise(done => setTimeout(done, 700))", nil); err != nil {
			t.Fatal(err)
		}
		cancel()
		switch page.click {
		case "":
		case bar:
			if err := tab.Click(620, 420); err != nil {
				t.Fatal(err)
			}
		default:
			if err := tab.Eval(page.click, nil); err != nil {
				t.Errorf("%s: %v", page.name, err)
			}
		}
		d.await(t, page.name, page.then)
		picture, err := tab.Shot()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(shots, strings.ReplaceAll(page.name, " ", "-")+".png"), picture, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, e := range tab.Errors() {
			if !strings.Contains(e, "stdout") && !strings.Contains(e, "/checkpoints") { // see note
				t.Errorf("%s: %s", page.name, e)
			}
		}
		d.mu.Lock()
		for _, b := range d.bad {
			t.Errorf("%s: %s", page.name, b)
		}
		d.mu.Unlock()
		if n := colours(t, picture); n < 20 {
			t.Errorf("%s: the picture has %d colours, it is empty", page.name, n)
		}
	}
}

// await waits until a page has made its calls.
func (d *dashboard) await(t *testing.T, page string, calls []string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	end := time.After(60 * time.Second)
	for {
		d.mu.Lock()
		missing := slices.DeleteFunc(slices.Clone(calls), func(c string) bool { return d.calls[c] })
		d.mu.Unlock()
		if len(missing) == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-end:
			t.Errorf("%s: %q were not called", page, missing)
			return
		}
	}
}

// colours counts the colours of a picture, some hundred at the most.
func colours(t *testing.T, b []byte) int {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	var seen [][3]uint32
	for y := m.Bounds().Min.Y; y < m.Bounds().Max.Y && len(seen) < 100; y += 2 {
		for x := m.Bounds().Min.X; x < m.Bounds().Max.X && len(seen) < 100; x += 2 {
			r, g, b, _ := m.At(x, y).RGBA()
			if c := [3]uint32{r, g, b}; !slices.Contains(seen, c) {
				seen = append(seen, c)
			}
		}
	}
	return len(seen)
}
