// Command server measures what a flott server costs: idle, over a thousand jobs
// that come and go, with two hundred idle jobs, and while it is watched.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/flott/flott/bench/rig"
	"github.com/flott/flott/internal/client"
)

func main() {
	cycles := flag.Int("cycles", 1000, "jobs that are submitted and cancelled")
	idle := flag.Int("idle", 200, "idle jobs at a time")
	rest := flag.Duration("rest", 20*time.Second, "how long the idle server is watched")
	rows := flag.Int64("rows", 60_000_000, "rows of the job that is watched")
	rounds := flag.Int("rounds", 5, "pairs of that job, watched and not")
	flag.Parse()
	if err := run(*cycles, *idle, *rest, *rows, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
}

// server is a running flott server.
type server struct {
	process *rig.Process
	address string
	first   time.Duration // from exec to the first answer
	g       *client.Gateway
	rest    *client.REST
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// start starts a server and asks it until it answers.
func start(r *rig.Rig, name, flott string, args ...string) (*server, error) {
	address, err := freePort()
	if err != nil {
		return nil, err
	}
	command := append(slices.Clone(args), flott, "server", "--listen", address, "--dir", filepath.Join(r.Dir, name))
	p, err := r.Start(name, command)
	if err != nil {
		return nil, err
	}
	s := &server{process: p, address: address}
	for {
		resp, err := http.Get("http://" + address + "/overview")
		if err == nil {
			io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
			if resp.StatusCode != 200 {
				return nil, fmt.Errorf("/overview: %s", resp.Status)
			}
			break
		}
		select {
		case <-p.Done:
			return nil, fmt.Errorf("%s: %s\n%s", name, p.State(), p.Log())
		case <-time.After(time.Millisecond):
		}
		if time.Since(p.Started) > 30*time.Second {
			return nil, fmt.Errorf("%s does not answer\n%s", name, p.Log())
		}
	}
	s.first = time.Since(p.Started)
	target := client.Target{Address: address}
	if s.g, err = client.Open(context.Background(), target, nil); err != nil {
		return nil, err
	}
	s.rest, err = client.NewREST(target)
	return s, err
}

// sql runs statements and returns the id of the last job.
func (s *server) sql(ctx context.Context, statements ...string) (job string, err error) {
	for _, st := range statements {
		res, err := s.g.Execute(ctx, st)
		if err != nil {
			return "", fmt.Errorf("%s: %w", st, err)
		}
		job = res.Job
	}
	return job, nil
}

// waitFor waits until a job is in one of some states.
func (s *server) waitFor(ctx context.Context, job string, states ...string) error {
	for {
		state, why, err := s.rest.State(ctx, job)
		switch {
		case err != nil:
			return err
		case slices.Contains(states, state):
			return nil
		case state == "FAILED":
			return fmt.Errorf("job %s failed: %s", job, why)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// usage is what the kernel says of a process.
type usage struct {
	ResidentMB  float64 `json:"resident_mb"`
	AnonymousMB float64 `json:"anonymous_mb"`
	Threads     int     `json:"threads"`
	Files       int     `json:"files"`
	Goroutines  int     `json:"goroutines"`
	CPU         float64 `json:"cpu_s"`
}

func (s *server) usage() (u usage, err error) {
	proc := "/proc/" + strconv.Itoa(s.process.PID)
	b, err := os.ReadFile(proc + "/status")
	if err != nil {
		return u, err
	}
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) < 2 {
			continue
		}
		n, _ := strconv.ParseFloat(f[1], 64)
		switch f[0] {
		case "VmRSS:":
			u.ResidentMB = n / 1024
		case "RssAnon:":
			u.AnonymousMB = n / 1024
		case "Threads:":
			u.Threads = int(n)
		}
	}
	files, err := os.ReadDir(proc + "/fd")
	if err != nil {
		return u, err
	}
	u.Files = len(files)
	if b, err = os.ReadFile(proc + "/stat"); err != nil {
		return u, err
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	user, _ := strconv.ParseFloat(f[11], 64)
	system, _ := strconv.ParseFloat(f[12], 64)
	u.CPU = (user + system) / 100
	resp, err := http.Get("http://" + s.address + "/jobmanager/metrics?get=Status.JVM.Threads.Count")
	if err != nil {
		return u, err
	}
	defer resp.Body.Close()
	var ms []client.Metric
	if err := json.NewDecoder(resp.Body).Decode(&ms); err != nil {
		return u, err
	}
	for _, m := range ms {
		n, _ := strconv.ParseFloat(m.Value, 64)
		u.Goroutines = int(n)
	}
	return u, nil
}

func run(cycles, idle int, rest time.Duration, rows int64, rounds int) error {
	ctx := context.Background()
	r, err := rig.New()
	if err != nil {
		return err
	}
	defer r.Close()
	// As it is released: without symbols.
	flott := filepath.Join(r.Dir, "flott-stripped")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", flott, "./cmd/flott")
	build.Dir, build.Env = r.Root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	binary, err := os.Stat(flott)
	if err != nil {
		return err
	}
	if err := r.StartBroker(ctx); err != nil {
		return err
	}
	report := rig.NewReport("Server", "one process, default memory; memory and threads as the kernel counts them", "", "resident MB", "own (anonymous) MB", "threads", "files", "goroutines")
	row := func(name string, u usage) {
		report.Row(name, fmt.Sprintf("%.1f", u.ResidentMB), fmt.Sprintf("%.1f", u.AnonymousMB), u.Threads, u.Files, u.Goroutines)
	}
	all := map[string]any{}
	report.Runs = all

	rig.Say("starts")
	var firsts []float64
	for i := range 9 {
		s, err := start(r, fmt.Sprintf("start-%d", i), flott)
		if err != nil {
			return err
		}
		firsts = append(firsts, s.first.Seconds()*1000)
		s.process.Stop()
	}
	slices.Sort(firsts)
	all["first_answer_ms"] = firsts
	report.AtMost("first REST answer after exec (median of 9)", firsts[len(firsts)/2], 50, " ms")

	rig.Say("a Kafka job, cancelled; then idle for %s", rest)
	s, err := start(r, "server", flott)
	if err != nil {
		return err
	}
	defer s.process.Stop()
	u, err := s.usage()
	if err != nil {
		return err
	}
	row("just started", u)
	if err := rig.Fill(ctx, r.Broker, "in", 200_000); err != nil {
		return err
	}
	broker, err := kgo.NewClient(kgo.SeedBrokers(r.Broker))
	if err != nil {
		return err
	}
	err = rig.Remake(ctx, kadm.NewClient(broker), "out")
	broker.Close()
	if err != nil {
		return err
	}
	kafka := []string{
		fmt.Sprintf("CREATE TABLE i (v BYTES) WITH ('connector' = 'kafka', 'topic' = 'in', 'properties.bootstrap.servers' = '%s', 'scan.startup.mode' = 'earliest-offset', 'format' = 'raw')", r.Broker),
		fmt.Sprintf("CREATE TABLE o (v BYTES) WITH ('connector' = 'kafka', 'topic' = 'out', 'properties.bootstrap.servers' = '%s', 'format' = 'raw')", r.Broker),
		"INSERT INTO o SELECT v FROM i",
	}
	job, err := s.sql(ctx, kafka...)
	if err != nil {
		return err
	}
	time.Sleep(5 * time.Second)
	if u, err = s.usage(); err != nil {
		return err
	}
	row("with the Kafka job", u)
	if err := s.rest.Cancel(ctx, job); err != nil {
		return err
	}
	time.Sleep(rest / 2)
	before, err := s.usage()
	if err != nil {
		return err
	}
	time.Sleep(rest)
	if u, err = s.usage(); err != nil {
		return err
	}
	row("idle after it", u)
	all["idle"] = u
	report.AtMost("idle: own (anonymous) memory", u.AnonymousMB, 8, " MB")
	report.AtMost("idle: resident", u.ResidentMB, 24, " MB")
	report.AtMost("idle: CPU", max(100*(u.CPU-before.CPU)/rest.Seconds(), 0.001), 0.2, " %")
	report.AtMost("idle: OS threads", float64(u.Threads), 15, "")

	rig.Say("%d jobs, submitted and cancelled", cycles)
	tables := []string{
		"CREATE TABLE g (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '10')",
		"CREATE TABLE b (n BIGINT) WITH ('connector' = 'blackhole')",
	}
	if _, err := s.sql(ctx, tables...); err != nil {
		return err
	}
	cycle := func() error {
		job, err := s.sql(ctx, "INSERT INTO b SELECT COUNT(*) FROM g")
		if err != nil {
			return err
		}
		if err := s.waitFor(ctx, job, "RUNNING"); err != nil {
			return err
		}
		return s.rest.Cancel(ctx, job)
	}
	warm := max(cycles/10, 120) // fills the archive of jobs that are over
	for range warm {
		if err := cycle(); err != nil {
			return err
		}
	}
	time.Sleep(rest / 2)
	if before, err = s.usage(); err != nil {
		return err
	}
	row(fmt.Sprintf("after %d jobs", warm), before)
	for range cycles {
		if err := cycle(); err != nil {
			return err
		}
	}
	time.Sleep(rest / 2)
	if u, err = s.usage(); err != nil {
		return err
	}
	row(fmt.Sprintf("after %d more", cycles), u)
	all["cycles"] = []usage{before, u}
	report.AtMost("cycles: own memory, after to before", rig.Ratio(u.AnonymousMB, before.AnonymousMB), 1.1, " x")
	report.AtMost("cycles: goroutines, after to before", rig.Ratio(float64(u.Goroutines), float64(before.Goroutines)), 1.1, " x")
	report.AtMost("cycles: files and connections, after to before", rig.Ratio(float64(u.Files), float64(before.Files)), 1.1, " x")

	rig.Say("%d idle jobs", idle)
	if _, err := s.sql(ctx, strings.Replace(strings.Replace(kafka[0], "earliest-offset", "latest-offset", 1), "TABLE i", "TABLE late", 1)); err != nil {
		return err
	}
	var jobs []string
	for range idle {
		job, err := s.sql(ctx, "INSERT INTO o SELECT v FROM late")
		if err != nil {
			return err
		}
		jobs = append(jobs, job)
	}
	for _, j := range jobs {
		if err := s.waitFor(ctx, j, "RUNNING"); err != nil {
			return err
		}
	}
	time.Sleep(rest)
	busy, err := s.usage()
	if err != nil {
		return err
	}
	row(fmt.Sprintf("with %d idle Kafka jobs", idle), busy)
	all["idle_jobs"] = busy
	report.AtMost("idle jobs: memory of each", (busy.ResidentMB-u.ResidentMB)/float64(idle), 1, " MB")
	for _, j := range jobs {
		if err := s.rest.Cancel(ctx, j); err != nil {
			return err
		}
	}

	rig.Say("%d rows, %d times watched and %d times not", rows, rounds, rounds)
	ratios, err := watched(ctx, s, rows, rounds)
	if err != nil {
		return err
	}
	all["watched"] = ratios
	report.AtLeast("watched each second by a page and a scraper: throughput to that without", ratios[len(ratios)/2], 0.97, " x")
	report.AtMost("binary, stripped", float64(binary.Size())/(1<<20), 40, " MB")

	if reference, err := r.Reference(); err == nil {
		rig.Say("a server in 16 MB")
		small, err := start(r, "small", flott, filepath.Join(reference, "with-memory"), "16")
		if err != nil {
			return err
		}
		report.AtMost("first REST answer in a cgroup of 16 MB", small.first.Seconds()*1000, 1000, " ms")
		small.process.Stop()
	} else {
		report.Note("Not run in a cgroup of 16 MB: %v.", err)
	}
	return report.Print()
}

// watched runs a job of so many rows again and again, every second time while
// somebody watches, and returns the ratios of the times, sorted.
func watched(ctx context.Context, s *server, rows int64, rounds int) ([]float64, error) {
	table := fmt.Sprintf("CREATE TABLE many (n BIGINT) WITH ('connector' = 'datagen', 'rows-per-second' = '1000000000', 'number-of-rows' = '%d', 'fields.n.min' = '1', 'fields.n.max' = '1000')", rows)
	if _, err := s.sql(ctx, table); err != nil {
		return nil, err
	}
	once := func(watch bool) (time.Duration, error) {
		job, err := s.sql(ctx, "INSERT INTO b SELECT MAX(n) FROM many WHERE MOD(n, 7) = 3")
		if err != nil {
			return 0, err
		}
		began := time.Now()
		done := make(chan struct{})
		if watch {
			go s.look(job, done)
		}
		err = s.waitFor(ctx, job, "FINISHED")
		took := time.Since(began)
		close(done)
		return took, err
	}
	var ratios []float64
	for i := range rounds + 1 {
		alone, err := once(false)
		if err != nil {
			return nil, err
		}
		seen, err := once(true)
		if err != nil {
			return nil, err
		}
		if i > 0 { // the first round warms up
			ratios = append(ratios, alone.Seconds()/seen.Seconds())
		}
	}
	slices.Sort(ratios)
	return ratios, nil
}

// look asks what an open page of a job and a scraper ask, each second.
func (s *server) look(job string, done chan struct{}) {
	get := func(path string) []byte {
		resp, err := http.Get("http://" + s.address + path)
		if err != nil {
			return nil
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			return nil
		}
		return b
	}
	for {
		var detail struct{ Vertices []struct{ ID string } }
		if json.Unmarshal(get("/jobs/"+job), &detail) == nil {
			for _, v := range detail.Vertices {
				get("/jobs/" + job + "/vertices/" + v.ID + "/subtasks/metrics?get=numRecordsInPerSecond,numRecordsOutPerSecond,busyTimeMsPerSecond,backPressuredTimeMsPerSecond,idleTimeMsPerSecond")
				get("/jobs/" + job + "/vertices/" + v.ID + "/watermarks")
			}
		}
		get("/jobs/" + job + "/checkpoints")
		get("/metrics")
		select {
		case <-done:
			return
		case <-time.After(time.Second):
		}
	}
}
