package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flott/flott/test/cli"
)

func TestMain(m *testing.M) { cli.Main(m) }

// server is a running flott server.
type server struct {
	t       *testing.T
	flott   cli.Binary
	dir     string
	process *cli.Process
	address string
}

var listens = regexp.MustCompile(`flott server at http://(\S+);`)

// start starts a server on a folder at a free port and waits until it serves.
func start(t *testing.T, flott cli.Binary, dir string, args ...string) *server {
	t.Helper()
	s := &server{t: t, flott: flott, dir: dir}
	s.process = flott.Start(t, dir, append([]string{"server", "--dir", dir, "--listen", "127.0.0.1:0", "-v"}, args...)...)
	s.await("the server's address", func() bool {
		m := listens.FindSubmatch(s.process.Stderr())
		if m != nil {
			s.address = string(m[1])
		}
		return m != nil
	})
	return s
}

// await waits until a condition holds.
func (s *server) await(what string, holds func() bool) {
	s.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	end := time.After(30 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-s.process.Done():
			s.t.Fatalf("waiting for %s: the server has ended\n%s", what, cli.Tail(s.process.Stderr(), 4000))
		case <-end:
			s.t.Fatalf("waited in vain for %s\n%s", what, cli.Tail(s.process.Stderr(), 4000))
		}
	}
}

// stop ends the server by a signal.
func (s *server) stop(sig os.Signal) {
	s.t.Helper()
	if err := s.process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
	select {
	case <-s.process.Done():
	case <-time.After(10 * time.Second):
		s.t.Fatalf("the server has not ended\n%s", cli.Tail(s.process.Stderr(), 4000))
	}
}

// run runs a flott command against the server and returns what it printed.
func (s *server) run(args ...string) (stdout, stderr string, code int) {
	s.t.Helper()
	r, err := s.flott.Run(context.Background(), 60*time.Second, s.dir, append(args, "--target", s.address)...)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(r.Stdout), string(r.Stderr), r.ExitCode
}

func (s *server) must(args ...string) string {
	s.t.Helper()
	out, errs, code := s.run(args...)
	if code != 0 {
		s.t.Fatalf("flott %s: exit %d\n%s%s", strings.Join(args, " "), code, out, errs)
	}
	return out + errs
}

// get decodes an answer of the REST API.
func (s *server) get(path string, into any) {
	s.t.Helper()
	r, err := http.Get("http://" + s.address + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != 200 {
		s.t.Fatalf("%s: %s %v %s", path, r.Status, err, b)
	}
	if err := json.Unmarshal(b, into); err != nil {
		s.t.Fatalf("%s: %v: %s", path, err, b)
	}
}

type job struct{ JID, Name, State string }

func (s *server) jobs() []job {
	var v struct{ Jobs []job }
	s.get("/jobs/overview", &v)
	return v.Jobs
}

func (s *server) state(id string) string {
	for _, j := range s.jobs() {
		if j.JID == id {
			return j.State
		}
	}
	return ""
}

// checkpoints is the number of a job's completed checkpoints.
func (s *server) checkpoints(id string) int {
	var v struct{ Counts struct{ Completed int } }
	s.get("/jobs/"+id+"/checkpoints", &v)
	return v.Counts.Completed
}

var submitted = regexp.MustCompile(`job ([0-9a-f]{32}) submitted`)

// submit sends a script and returns the id of its job.
func (s *server) submit(script string, args ...string) string {
	s.t.Helper()
	out := s.must(append([]string{"run", "--detached", script}, args...)...)
	m := submitted.FindStringSubmatch(out)
	if m == nil {
		s.t.Fatalf("no job: %s", out)
	}
	return m[1]
}

// rows are those of all visible files of a folder.
func rows(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "part-*"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, strings.Fields(string(b))...)
	}
	slices.Sort(out)
	return out
}

// sequence writes a script that puts the numbers from 1 to n into files at a
// rate, and returns its path and the folder of the files.
func sequence(t *testing.T, dir string, n, rate int) (script, out string) {
	t.Helper()
	out = filepath.Join(dir, "out")
	script = filepath.Join(dir, "sequence.sql")
	text := fmt.Sprintf(`SET 'execution.checkpointing.interval' = '100 ms';
CREATE TABLE numbers (n BIGINT) WITH ('connector' = 'datagen', 'fields.n.kind' = 'sequence', 'fields.n.start' = '1', 'fields.n.end' = '%d', 'rows-per-second' = '%d');
CREATE TABLE files (n BIGINT) WITH ('connector' = 'filesystem', 'path' = '%s', 'format' = 'csv', 'sink.rolling-policy.rollover-interval' = '200 ms', 'sink.rolling-policy.check-interval' = '100 ms');
INSERT INTO files SELECT n FROM numbers;
`, n, rate, out)
	if err := os.WriteFile(script, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return script, out
}

// once checks that the rows are the numbers from 1 to n, each once.
func once(t *testing.T, got []string, n int) {
	t.Helper()
	seen := map[string]int{}
	for _, r := range got {
		seen[r]++
	}
	for i := 1; i <= n; i++ {
		if c := seen[fmt.Sprint(i)]; c != 1 {
			t.Fatalf("%d rows; %d is there %d times", len(got), i, c)
		}
	}
	if len(got) != n {
		t.Fatalf("%d rows, want %d", len(got), n)
	}
}

// A job goes on over restarts and kill -9, and ends with each row once.
func TestJobsSurvive(t *testing.T) {
	flott := cli.Build(t)
	dir := t.TempDir()
	script, out := sequence(t, dir, 3000, 1500)
	s := start(t, flott, dir)
	id := s.submit(script)
	for _, sig := range []os.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGKILL} {
		before := s.checkpoints(id)
		s.await("a checkpoint", func() bool { return s.state(id) == "FINISHED" || s.checkpoints(id) > before })
		s.stop(sig)
		s = start(t, flott, dir)
		if got := s.state(id); got == "" {
			t.Fatalf("job %s is gone after %v\n%s", id, sig, cli.Tail(s.process.Stderr(), 2000))
		}
	}
	s.await("the end of the job", func() bool { return s.state(id) == "FINISHED" })
	once(t, rows(t, out), 3000)
	s.stop(syscall.SIGTERM)
	if left, err := os.ReadDir(filepath.Join(dir, "jobs")); err != nil || len(left) != 0 {
		t.Fatalf("the finished job is still in the store: %v %v", left, err)
	}
}

// A job that was started by `flott run` goes on in the server.
func TestFromLaptopToServer(t *testing.T) {
	flott := cli.Build(t)
	dir := t.TempDir()
	script, out := sequence(t, dir, 2000, 1000)
	p := flott.Start(t, dir, "run", "-v", script)
	folder := filepath.Join(dir, "home", "state", "flott")
	s := start(t, flott, dir)
	s.await("a checkpoint of the run", func() bool {
		m, err := filepath.Glob(filepath.Join(folder, "sequence-*", "chk-*", "_metadata"))
		return err == nil && len(m) > 0
	})
	if _, errs, code := s.run("run", "--from", "latest", "--detached", script); code == 0 || !strings.Contains(errs, "running already, in process") {
		t.Fatalf("a second copy: exit %d, %s", code, errs)
	}
	p.Signal(syscall.SIGTERM)
	<-p.Done()
	id := s.submit(script, "--from", "latest")
	s.await("the end of the job", func() bool { return s.state(id) == "FINISHED" })
	once(t, rows(t, out), 2000)
}

func TestCommands(t *testing.T) {
	flott := cli.Build(t)
	dir := t.TempDir()
	script, out := sequence(t, dir, 100000, 500)
	s := start(t, flott, dir)
	id := s.submit(script, "--name", "numbers")
	if list := s.must("list"); !strings.Contains(list, id+"  RUNNING") || !strings.Contains(list, "numbers") {
		t.Fatalf("list: %s", list)
	}
	if _, errs, code := s.run("run", "--detached", "--name", "numbers", script); code != 1 || !strings.Contains(errs, "running already, as "+id) {
		t.Fatalf("the same job again: exit %d, %s", code, errs)
	}
	s.await("rows", func() bool { return len(rows(t, out)) > 0 })
	if m := s.must("metrics", "numbers"); !strings.Contains(m, "numRecordsIn") {
		t.Fatalf("metrics: %s", m)
	}
	place := filepath.Join(dir, "savepoints")
	if r := s.must("savepoint", id[:8], place); !strings.Contains(r, place) {
		t.Fatalf("savepoint: %s", r)
	}
	stopped := s.must("stop", "numbers", "--savepoint", place)
	m := regexp.MustCompile(`savepoint (\S+)`).FindStringSubmatch(stopped)
	if m == nil || s.state(id) != "FINISHED" {
		t.Fatalf("stop: %s; job is %s", stopped, s.state(id))
	}
	at := len(rows(t, out))
	id = s.submit(script, "--name", "numbers", "--from", m[1])
	s.await("more rows", func() bool { return len(rows(t, out)) > at })
	s.must("cancel", "numbers")
	if st := s.state(id); st != "CANCELED" {
		t.Fatalf("a cancelled job is %s", st)
	}
	got := rows(t, out)
	once(t, got, len(got))
	if _, errs, code := s.run("cancel", "nobody"); code != 1 || !strings.Contains(errs, `there is no job "nobody"`) {
		t.Fatalf("cancel nobody: exit %d, %s", code, errs)
	}
	if _, errs, code := s.run("run", "-e", "SELECT 1;\nSELECT nope FROM (VALUES 1) AS t(x)"); code != 2 || !strings.Contains(errs, "line 2, column 8") {
		t.Fatalf("a mistake: exit %d, %s", code, errs)
	}
	out1, errs, code := s.run("run", "--output", "jsonl", "-e", "SELECT x FROM (VALUES 1, 2) AS t(x); SHOW TABLES")
	if code != 0 || !strings.Contains(out1, `{"statement":1,"row":["+I","2"]}`) || !strings.Contains(out1, `"name":"x","type":"INT NOT NULL"`) {
		t.Fatalf("jsonl: exit %d, %s%s", code, out1, errs)
	}
}

func TestTwoServers(t *testing.T) {
	flott := cli.Build(t)
	dir := t.TempDir()
	s := start(t, flott, dir)
	pid := fmt.Sprint(s.process.PID())
	for _, x := range []struct{ dir, listen, want string }{
		{dir, "127.0.0.1:0", "in process " + pid + " uses this folder already"},
		{t.TempDir(), s.address, "process " + pid + " (flott) listens there"},
		{t.TempDir(), "nonsense", "no address to listen at"},
	} {
		r, err := flott.Run(context.Background(), 20*time.Second, x.dir, "server", "--dir", x.dir, "--listen", x.listen)
		if err != nil {
			t.Fatal(err)
		}
		if r.ExitCode != 2 || !strings.Contains(string(r.Stderr), x.want) {
			t.Errorf("--listen %s: exit %d, %s; want %q", x.listen, r.ExitCode, r.Stderr, x.want)
		}
	}
}

// A damaged entry of the store is named, and the other jobs run.
func TestDamagedEntry(t *testing.T) {
	flott := cli.Build(t)
	dir := t.TempDir()
	script, _ := sequence(t, dir, 1000000, 100)
	s := start(t, flott, dir)
	good := s.submit(script, "--name", "good")
	bad := s.submit(script, "--name", "bad")
	s.stop(syscall.SIGTERM)
	if err := os.WriteFile(filepath.Join(dir, "jobs", bad, "graph.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	s = start(t, flott, dir)
	if got := s.state(good); got != "RUNNING" && got != "CREATED" && got != "INITIALIZING" {
		t.Errorf("the good job is %q", got)
	}
	if errs := string(s.process.Stderr()); !strings.Contains(errs, "job "+bad) || !strings.Contains(errs, "checksum") {
		t.Errorf("the damaged job is not named: %s", errs)
	}
}

func TestAccess(t *testing.T) {
	flott := cli.Build(t)
	dir := t.TempDir()
	s := start(t, flott, dir, "-D", "flott.rest.auth.token=sesame", "-D", "flott.rest.auth.read-only-users=guest:guest")
	ask := func(method, path, authorization string, header ...string) int {
		r, err := http.NewRequest(method, "http://"+s.address+path, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		for i := 0; i < len(header); i += 2 {
			if header[i] == "Host" {
				r.Host = header[i+1]
			}
			r.Header.Set(header[i], header[i+1])
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	const guest = "Basic Z3Vlc3Q6Z3Vlc3Q="
	_, port, _ := net.SplitHostPort(s.address)
	for _, x := range []struct {
		method, path, auth string
		header             []string
		want               int
	}{
		{"GET", "/jobs", "", nil, 401},
		{"GET", "/jobs", "Bearer wrong", nil, 401},
		{"GET", "/jobs", "Bearer sesame", nil, 200},
		{"GET", "/jobs", guest, nil, 200},
		{"POST", "/v4/sessions", guest, nil, 403},
		{"POST", "/v4/sessions", "Bearer sesame", nil, 200},
		{"POST", "/v4/sessions", "Bearer sesame", []string{"Origin", "http://evil.example"}, 403},
		{"GET", "/jobs/" + strings.Repeat("0", 32) + "/yarn-cancel", "Bearer sesame", []string{"Sec-Fetch-Site", "cross-site"}, 403},
		{"GET", "/jobs", "Bearer sesame", []string{"Host", "evil.example:" + port}, 421},
		{"GET", "/jobmanager/logs/..%2f..%2fetc%2fpasswd", "Bearer sesame", nil, 404},
	} {
		if got := ask(x.method, x.path, x.auth, x.header...); got != x.want {
			t.Errorf("%s %s as %q %v: %d, want %d", x.method, x.path, x.auth, x.header, got, x.want)
		}
	}
	if _, errs, code := s.run("list"); code != 1 || !strings.Contains(errs, "unauthorized") {
		t.Errorf("list without a token: exit %d, %s", code, errs)
	}
	s.must("list", "--token", "sesame")
}

// With a number of slots, a job that finds too few is refused; a slot that is
// given back is there for the next.
func TestSlots(t *testing.T) {
	flott := cli.Build(t)
	dir := t.TempDir()
	script, _ := sequence(t, dir, 1000000, 100)
	s := start(t, flott, dir, "-D", "taskmanager.numberOfTaskSlots=2")
	first := s.submit(script, "--name", "first")
	if _, errs, code := s.run("run", "--detached", "-D", "parallelism.default=2", "--name", "second", script); code != 1 || !strings.Contains(errs, "needs 2 slots, 1 are free") {
		t.Fatalf("two slots of one: exit %d, %s", code, errs)
	}
	s.submit(script, "--name", "third")
	if _, errs, code := s.run("run", "--detached", "--name", "fourth", script); code != 1 || !strings.Contains(errs, "no-slots") {
		t.Fatalf("no slot left: exit %d, %s", code, errs)
	}
	s.must("cancel", first)
	s.submit(script, "--name", "fourth")
}
