package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/cluster/embedded"
	"github.com/flott/flott/internal/config"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/exec/expr"
	"github.com/flott/flott/internal/logs"
	"github.com/flott/flott/internal/memory"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/internal/metrics/report"
	"github.com/flott/flott/internal/session"
	"github.com/flott/flott/internal/snapshot"
	"github.com/flott/flott/internal/sql/parser"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"

	_ "github.com/flott/flott/internal/function/all" // the functions of SQL
)

// ErrStopped is how jobs end that Stop has ended.
var ErrStopped = errors.New("stopped")

// stopTimeout bounds what a clean stop may take.
const stopTimeout = 4500 * time.Millisecond

// Options describe an engine.
type Options struct {
	// Settings are configuration keys.
	Settings map[string]string
	// Name is the identity of the jobs; else ScriptPath is. Without both, jobs
	// have no identity.
	Name, ScriptPath string
	Fresh            bool
	// Metrics is the address at which metrics are served, "" = nowhere.
	Metrics string
	// Slots are those of the task manager; 0 = as many as jobs need.
	Slots   int
	Verbose bool
	LogTo   io.Writer // takes the log target `stderr`; nil drops it
}

// Engine is an embedded cluster and what belongs to it.
type Engine struct {
	opts      Options
	settings  option.Set
	memory    config.Memory
	registry  *metrics.Registry
	log       *logs.Log
	reporters *report.Reporters
	cluster   *embedded.Cluster
	notes     []string
	server    *http.Server

	shares int64 // jobs of the script that may run at the same time

	mu      sync.Mutex
	jobs    []*job
	stopped bool
	resume  bool // Stop keeps what is needed to go on
}

// Open derives the memory budget and starts the cluster.
func Open(o Options) (_ *Engine, err error) {
	e := &Engine{opts: o, settings: option.Set{}}
	for k, v := range o.Settings {
		canonical, err := config.Check(k, v)
		if err != nil && err.Code != "unknown-key" {
			return nil, err
		}
		if err != nil {
			e.notes = append(e.notes, strings.TrimSuffix(err.Message+"; "+err.Help, "; "))
		}
		if config.WithoutEffect(canonical, v) {
			e.notes = append(e.notes, fmt.Sprintf("%q has no effect in flott", canonical))
		}
		e.settings[canonical] = v
	}
	m, derr := deriveMemory(e.settings)
	if derr != nil {
		return nil, derr
	}
	e.memory = m
	if e.log, err = logs.Open(e.settings, logs.Options{Stderr: o.LogTo, Verbose: o.Verbose}); err != nil {
		return nil, err
	}
	pool := memory.NewPool(m.Managed)
	e.registry = metrics.New(hostName())
	e.registry.Managed(func() (used, total int64) { s := pool.Stats(); return s.Used, s.Limit })
	if err := e.registry.Configure(e.settings); err != nil {
		e.log.Close()
		return nil, err
	}
	cfg := embedded.Config{
		Slots:   o.Slots,
		Options: e.settings,
		Managed: pool,
		Log:     e.log.Logger(),
		Metrics: e.registry,
	}
	if e.cluster, err = embedded.Start(cfg); err != nil {
		e.log.Close()
		return nil, err
	}
	e.registry.JobManager().Gauge("logLinesDropped", func() float64 { return float64(e.log.Dropped()) })
	if e.reporters, err = report.Start(e.registry, e.settings, e.log.Logger()); err != nil {
		e.Close()
		return nil, err
	}
	if o.Metrics != "" {
		if err := e.serve(o.Metrics, e.registry); err != nil {
			e.Close()
			return nil, err
		}
	}
	return e, nil
}

// hostName is the value of the variable `host`.
func hostName() string {
	if h, err := os.Hostname(); err == nil && h != "" {
		return h
	}
	return "localhost"
}

func (e *Engine) serve(addr string, r *metrics.Registry) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return &diag.Error{Code: "metrics-address", Message: fmt.Sprintf("metrics cannot be served at %s: %v", addr, err), Cause: err}
	}
	mux := http.NewServeMux()
	mux.Handle("/metrics", r.Handler())
	mux.Handle("/", r.Handler())
	e.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go e.server.Serve(l)
	return nil
}

// Cluster is the cluster in this process.
func (e *Engine) Cluster() *embedded.Cluster { return e.cluster }

// Settings are the configuration with canonical keys. They are not to be changed.
func (e *Engine) Settings() option.Set { return e.settings }

// Memory is how the process's memory is divided.
func (e *Engine) Memory() config.Memory { return e.memory }

// Metrics holds what the process counts.
func (e *Engine) Metrics() *metrics.Registry { return e.registry }

// Notes are remarks about the settings.
func (e *Engine) Notes() []string { return e.notes }

// Session returns a session for a script.
func (e *Engine) Session(script string) (*session.Session, error) {
	e.shares = int64(max(countJobs(script), 1))
	o := session.Options{Cluster: cluster{e}, Settings: e.settings, Fold: expr.Fold, Script: script}
	if e.opts.Name != "" || e.opts.ScriptPath != "" {
		o.Identity = func(sinks []string) string { return Identity(e.opts.Name, e.opts.ScriptPath, sinks) }
	}
	s, err := session.New(o)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Interactive returns a session for statements that come one by one, with
// settings of its own over the engine's. Its jobs have no identity.
func (e *Engine) Interactive(settings map[string]string) (*session.Session, error) {
	all := map[string]string{}
	maps.Copy(all, e.settings)
	maps.Copy(all, settings)
	e.shares = interactiveShares
	s, err := session.New(session.Options{Cluster: cluster{e}, Jobs: e.cluster.Dispatcher(), Settings: all, Fold: expr.Fold})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// interactiveShares is how many jobs of a prompt share the memory: one that is
// looked at, and some INSERTs beside it.
const interactiveShares = 4

// Planner returns a session that can explain but not run.
func Planner(script string, settings map[string]string) (*session.Session, error) {
	s, err := session.New(session.Options{Settings: settings, Fold: expr.Fold, Script: script, Dry: true})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// enoughClientBytes is what the buffers of one source and one sink need for
// full speed: with more, a Kafka pass-through takes memory but gets no faster.
const enoughClientBytes = 16 << 20

// clientBytes is what the buffers of a job's connectors may take together: half
// of the task heap, but no more than helps.
func (e *Engine) clientBytes() int64 {
	parallelism := max(e.settings.Int(config.Parallelism), 1)
	return min(e.memory.TaskHeap/2/e.shares, enoughClientBytes*parallelism)
}

// countJobs counts the jobs of a script that may run side by side: its INSERTs,
// and one more for its queries, which run one after the other.
func countJobs(script string) int {
	inserts, queries := 0, 0
	for p := range parser.Split(script) {
		word, _, _ := strings.Cut(strings.TrimSpace(parser.StripComments(p.Text())), " ")
		switch strings.ToUpper(word) {
		case "INSERT", "EXECUTE", "BEGIN":
			inserts++
		case "SELECT", "WITH", "VALUES", "TABLE":
			queries = 1
		}
	}
	return inserts + queries
}

// cluster is the engine as sessions see it.
type cluster struct{ e *Engine }

// Submit starts a job.
func (c cluster) Submit(ctx context.Context, graph []byte, s session.Submission) (session.Job, error) {
	e := c.e
	o := embedded.SubmitOptions{Fresh: e.opts.Fresh, ManagedBytes: e.memory.Managed / e.shares, ClientBytes: e.clientBytes()}
	if s.Identity != "" {
		root := e.settings.Text(config.CheckpointDir)
		root = strings.TrimPrefix(root, "file://")
		if root == "" {
			root = e.settings.Text(config.StateFolder)
		}
		if root == "" {
			root = StateFolder()
		}
		o.Folder = filepath.Join(root, s.Identity)
	}
	set := option.Set(s.Config)
	o.AllowNonRestored = set.Bool(config.IgnoreUnclaimedState)
	o.Restore = strings.TrimPrefix(set.Text(config.RecoveryPath), "file://")
	if !o.Fresh && o.Restore != "" && newer(o.Folder, o.Restore) {
		o.Restore = "" // it has begun there and got further
	}
	e.mu.Lock()
	stopped := e.stopped
	e.mu.Unlock()
	if stopped {
		return nil, ErrStopped
	}
	j, err := e.cluster.Submit(ctx, graph, o)
	if err != nil {
		return nil, err
	}
	w := &job{Job: j, engine: e, name: s.Name, folder: o.Folder}
	e.mu.Lock()
	e.jobs = append(e.jobs, w)
	stopped = e.stopped
	e.mu.Unlock()
	if stopped { // in the meantime: Stop has not seen this job
		ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
		defer cancel()
		w.stop(ctx, e.resume)
		return nil, ErrStopped
	}
	return w, nil
}

// newer reports whether a job's folder has a checkpoint that is younger than a
// savepoint.
func newer(folder, savepoint string) bool {
	if folder == "" {
		return false
	}
	own, ok, err := embedded.LatestCheckpoint(folder)
	if err != nil || !ok {
		return false
	}
	m, err := snapshot.ReadMetadata(savepoint)
	return err == nil && own.Triggered.After(m.Triggered)
}

// job is an embedded job that knows whether the engine was stopped.
type job struct {
	*embedded.Job
	engine  *Engine
	name    string
	folder  string
	shown   time.Time // when life was last printed, and the counters then
	in, out int64
}

// Next returns the next rows of a query.
func (j *job) Next(ctx context.Context) (*vector.Batch, error) { return j.Job.Next(ctx) }

// Wait waits for the end; a job that Stop has ended gives ErrStopped.
func (j *job) Wait(ctx context.Context) error {
	err := j.Job.Wait(ctx)
	if errors.Is(err, embedded.ErrSuspended) || errors.Is(err, embedded.ErrCanceled) {
		return ErrStopped
	}
	return err
}

// Stop ends all jobs: with resume they take a last checkpoint and can go on at
// the next start, without they are cancelled. It returns within five seconds.
func (e *Engine) Stop(resume bool) {
	e.mu.Lock()
	if e.stopped {
		e.mu.Unlock()
		return
	}
	e.stopped, e.resume = true, resume
	jobs := append([]*job(nil), e.jobs...)
	e.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	var wg sync.WaitGroup
	for _, j := range jobs {
		wg.Add(1)
		go func() {
			defer wg.Done()
			j.stop(ctx, resume)
		}()
	}
	wg.Wait()
}

// stop ends the job and waits until it has ended.
func (j *job) stop(ctx context.Context, resume bool) {
	if resume && j.folder != "" {
		j.Job.Suspend(ctx)
	} else {
		j.Job.Cancel()
	}
	_ = j.Job.Wait(ctx)
}

// Close ends the cluster; jobs that still run are cancelled.
func (e *Engine) Close() error {
	e.Stop(false)
	if e.server != nil {
		e.server.Close()
	}
	e.reporters.Close() // a last report, before the groups go
	return errors.Join(e.cluster.Close(), e.log.Close())
}

// Log is the engine's log.
func (e *Engine) Log() *logs.Log { return e.log }

// StartLine is the line that tells what a job reads, writes and keeps.
func (e *Engine) StartLine(r *session.Result) string {
	j, ok := r.Job.(*job)
	if !ok {
		return ""
	}
	line := fmt.Sprintf("job %q: %s -> %s", r.Name, join(r.Sources, "values"), join(r.Sinks, "nothing"))
	if r.Batch || r.CheckpointInterval == 0 {
		return line + "; no checkpoints"
	}
	where := j.folder
	if where == "" {
		where = "a temporary folder"
	}
	line += fmt.Sprintf("; checkpoint every %s in %s", option.FormatDuration(r.CheckpointInterval), where)
	if c := j.Status().Checkpoints.Restored; c.ID > 0 {
		line += fmt.Sprintf("\nresumed from checkpoint %d, %s old; --fresh starts over", c.ID, age(time.Since(c.Triggered)))
	}
	return line
}

func join(names []string, none string) string {
	if len(names) == 0 {
		return none
	}
	return strings.Join(names, ", ")
}

// age prints a duration in its largest unit.
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// size prints a number of bytes with one digit behind the point.
func size(bytes int64) string {
	units := []string{"B", "KB", "MB", "GB"}
	x, u := float64(bytes), 0
	for x >= 1024 && u+1 < len(units) {
		x, u = x/1024, u+1
	}
	if u == 0 {
		return fmt.Sprintf("%d B", bytes)
	}
	return fmt.Sprintf("%.1f %s", x, units[u])
}

// StopLines tell how jobs that were stopped can go on.
func (e *Engine) StopLines() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []string
	for _, j := range e.jobs {
		st := j.Status()
		newest := max(st.Checkpoints.Latest.ID, st.Checkpoints.Restored.ID)
		switch {
		case j.folder == "" || st.State == api.JobFinished:
		case e.resume && newest > 0:
			out = append(out, fmt.Sprintf("job %q stopped; run it again to go on from checkpoint %d (--fresh starts over)", j.name, newest))
		case e.resume:
			out = append(out, fmt.Sprintf("job %q stopped before its first checkpoint", j.name))
		default:
			out = append(out, fmt.Sprintf("job %q cancelled; the next run starts anew (SIGTERM keeps its state)", j.name))
		}
	}
	return out
}

// LifeLine is a line of figures about the running jobs, "" if none runs.
func (e *Engine) LifeLine() string {
	e.mu.Lock()
	jobs := append([]*job(nil), e.jobs...)
	e.mu.Unlock()
	var parts []string
	for _, j := range jobs {
		st := j.Status()
		if st.State.Terminal() {
			continue
		}
		parts = append(parts, j.life(st))
	}
	return strings.Join(parts, " | ")
}

// life prints rates, lag, watermark and the age of the last checkpoint.
func (j *job) life(st api.JobStatus) string {
	var in, out, lag int64
	watermark := types.MaxInstant
	for _, v := range st.Vertices {
		if v.Source {
			in += v.RecordsIn
			if v.Lag > 0 {
				lag += v.Lag
			}
			watermark = min(watermark, v.Watermark)
		}
		if v.Sink {
			out += v.RecordsOut
		}
	}
	now := time.Now()
	line := j.name + ":"
	if !j.shown.IsZero() {
		s := now.Sub(j.shown).Seconds()
		line += fmt.Sprintf(" %.0f rows/s in, %.0f out", float64(in-j.in)/s, float64(out-j.out)/s)
	}
	j.shown, j.in, j.out = now, in, out
	if lag > 0 {
		line += fmt.Sprintf(", lag %d", lag)
	}
	if watermark > types.MinInstant && watermark < types.MaxInstant {
		line += ", watermark " + time.UnixMilli(int64(watermark)).UTC().Format("2006-01-02 15:04:05")
	}
	if c := st.Checkpoints.Latest; c.ID > 0 {
		line += fmt.Sprintf(", state %s, checkpoint %d %s old", size(c.SizeBytes), c.ID, age(now.Sub(c.Triggered)))
	}
	return line
}
