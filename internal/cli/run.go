package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/pprof"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/internal/config"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/engine"
	"github.com/flott/flott/internal/session"
	"github.com/flott/flott/internal/sql/parser"
)

type runFlags struct {
	text      string
	settings  []string
	memory    string
	name      string
	fresh     bool
	output    string
	keepGoing bool
	metrics   string
	verbose   bool
	profile   string
	from      string
	target    targetFlags
	detached  bool
}

func newRun(in io.Reader, out, err io.Writer) *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run [FILE.sql | -]",
		Short: "Run a script and stay until its jobs end",
		Long: `Runs a Flink SQL script in this process and stays until its jobs end.

INSERTs run side by side; a SELECT runs to its end before the next statement.
A job that was killed continues from its latest checkpoint when the same script
is run again; after it has finished, or was cancelled with Ctrl-C, it starts anew.
SIGTERM takes a last checkpoint and stops, to be continued.`,
		Example: `  flott run job.sql
  flott run -e "SELECT COUNT(*) FROM (VALUES 1, 2, 3) AS t(x)"
  cat job.sql | flott run -
  flott run -D parallelism.default=2 --memory 64m job.sql
  flott run --output jsonl --keep-going tests.sql
  flott run --target 127.0.0.1:8081 --detached job.sql`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			script, path, e := readScript(in, f.text, args)
			if e != nil {
				return e
			}
			return run(f, script, path, out, err)
		},
	}
	c.Flags().StringVarP(&f.text, "execute", "e", "", "run this SQL instead of a file")
	c.Flags().StringArrayVarP(&f.settings, "define", "D", nil, "set a configuration key: -D key=value")
	c.Flags().StringVar(&f.memory, "memory", "", "total memory of the process, e.g. 64m (taskmanager.memory.process.size)")
	c.Flags().StringVar(&f.name, "name", "", "name of the job, by which it is known when it is run again")
	c.Flags().BoolVar(&f.fresh, "fresh", false, "start over instead of continuing from a checkpoint")
	c.Flags().StringVar(&f.from, "from", "", "savepoint or checkpoint to begin with, or latest: the job's newest checkpoint")
	f.target.add(c, "", "run at this server, HOST:PORT or URL (flink://HOST:PORT: a Flink SQL gateway)")
	c.Flags().BoolVarP(&f.detached, "detached", "d", false, "with --target: do not wait for the jobs")
	c.Flags().StringVar(&f.output, "output", "table", "form of results: table, changelog or jsonl")
	c.Flags().BoolVar(&f.keepGoing, "keep-going", false, "go on with the next statement after an error")
	c.Flags().StringVar(&f.metrics, "metrics", "", "serve metrics for Prometheus at this address, e.g. 127.0.0.1:9249")
	c.Flags().BoolVarP(&f.verbose, "verbose", "v", false, "log what happens to standard error")
	c.Flags().StringVar(&f.profile, "cpu-profile", "", "write a CPU profile of the run to this file")
	c.Flags().MarkHidden("cpu-profile")
	return c
}

// parseSettings reads key=value pairs.
func parseSettings(pairs []string) (map[string]string, error) {
	m := map[string]string{}
	for _, p := range pairs {
		k, v, ok := strings.Cut(p, "=")
		if !ok || k == "" {
			return nil, fmt.Errorf("-D takes key=value, not %q", p)
		}
		m[strings.TrimSpace(k)] = v
	}
	return m, nil
}

func run(f runFlags, script, path string, out, errw io.Writer) error {
	settings, err := parseSettings(f.settings)
	if err != nil {
		return err
	}
	if f.memory != "" {
		settings["taskmanager.memory.process.size"] = f.memory
	}
	color := isTerminal(errw)
	var o output
	switch f.output {
	case "table", "changelog":
		o = newHuman(out, errw, f.output == "changelog", color)
	case "jsonl":
		o = newJSONL(out, errw)
		connector.Stdout = errw // standard output is for JSON lines alone
	default:
		return fmt.Errorf("--output is table, changelog or jsonl, not %q", f.output)
	}
	if f.target.Address != "" {
		return runAt(f, script, path, settings, o, errw)
	}
	if f.detached {
		return errors.New("--detached needs a server that goes on with the job: --target HOST:PORT")
	}
	switch f.from {
	case "", "latest": // a job that has a checkpoint goes on from it anyway
	default:
		settings[config.RecoveryPath.Key] = f.from
	}
	e, err := engine.Open(engine.Options{Settings: settings, Name: f.name, Fresh: f.fresh, ScriptPath: path, Metrics: f.metrics, Verbose: f.verbose, LogTo: errw})
	if err != nil {
		var d *diag.Error
		if errors.As(err, &d) {
			fmt.Fprint(errw, diag.Render("", d, color))
			return exit(exitUsage)
		}
		fmt.Fprintln(errw, "error:", err)
		return exit(exitJob)
	}
	if f.profile != "" {
		stop, err := profile(f.profile)
		if err != nil {
			return err
		}
		defer stop()
	}
	r := &runner{flags: f, script: script, out: o, err: errw, engine: e, life: f.output != "jsonl" && isTerminal(errw)}
	return r.run()
}

// profile writes a CPU profile until stop is called.
func profile(path string) (stop func(), err error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		f.Close()
		return nil, err
	}
	return func() { pprof.StopCPUProfile(); f.Close() }, nil
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// runner executes a script and waits for its jobs.
type runner struct {
	flags  runFlags
	script string
	err    io.Writer
	engine *engine.Engine
	life   bool

	mu   sync.Mutex
	out  output
	code int
}

// show writes to the output, which jobs that end do as well.
func (r *runner) show(f func(o output)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f(r.out)
}

func (r *runner) fail(code int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	// A job's failure weighs more than a statement that was refused before.
	if r.code == exitOK || code == exitJob {
		r.code = code
	}
}

func (r *runner) run() error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	stopped := make(chan struct{})
	var once sync.Once
	stop := func() { once.Do(func() { close(stopped) }) }
	go func() {
		s, ok := <-signals
		if !ok {
			return
		}
		stop()
		r.engine.Stop(s == syscall.SIGTERM)
		cancel()
		<-signals // a second signal ends the process at once
		os.Exit(128 + 2)
	}()

	s, err := r.engine.Session(r.script)
	if err != nil {
		r.engine.Close()
		var d *diag.Error
		if errors.As(err, &d) {
			fmt.Fprint(r.err, diag.Render("", d, false))
		}
		return exit(exitUsage)
	}
	for _, note := range r.engine.Notes() {
		r.show(func(o output) { o.note(0, note) })
	}
	var jobs sync.WaitGroup
	n := 0
statements:
	for piece := range parser.Split(r.script) {
		n++
		if ctx.Err() != nil {
			break
		}
		res, errs := s.Execute(ctx, piece)
		if errs != nil {
			if ctx.Err() != nil {
				break
			}
			r.show(func(o output) { o.failed(n, "", r.script, errs) })
			code := exitUsage
			if errs[0].Stage == diag.StageRun {
				code = exitJob
			}
			r.fail(code)
			if !r.flags.keepGoing {
				r.engine.Stop(false)
				break
			}
			continue
		}
		for _, note := range res.Notes {
			r.show(func(o output) { o.note(n, note) })
		}
		switch res.Kind {
		case session.OK:
			r.show(func(o output) { o.ok(n) })
		case session.Rows:
			r.show(func(o output) { o.rows(n, res.Columns, res.Rows) })
		case session.Query:
			ok := r.query(ctx, n, res)
			if !ok && !r.flags.keepGoing {
				r.engine.Stop(false)
				break statements
			}
		case session.Submitted:
			r.show(func(o output) { o.submitted(n, res.Job.ID()) })
			if line := r.engine.StartLine(res); line != "" && r.flags.output != "jsonl" {
				fmt.Fprintln(r.err, line)
			}
			if res.Sync {
				if !r.wait(ctx, n, res) && !r.flags.keepGoing {
					r.engine.Stop(false)
					break statements
				}
				continue
			}
			jobs.Add(1)
			go func(n int) {
				defer jobs.Done()
				r.wait(ctx, n, res)
			}(n)
		}
	}
	if r.life {
		ticker := r.showLife(s)
		defer ticker()
	}
	jobs.Wait()
	select {
	case <-stopped:
		for _, line := range r.engine.StopLines() {
			fmt.Fprintln(r.err, line)
		}
	default:
	}
	if err := r.engine.Close(); err != nil {
		fmt.Fprintln(r.err, "error:", err)
		r.fail(exitJob)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.code != exitOK {
		return exit(r.code)
	}
	return nil
}

// query shows a query's rows to their end.
func (r *runner) query(ctx context.Context, n int, res *session.Result) bool {
	r.show(func(o output) { o.begin(n, res.Columns, res.Batch) })
	var rows int64
	for {
		b, err := res.Job.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return r.queryFailed(ctx, n, res, err)
		}
		r.show(func(o output) { o.batch(n, b, res.Zone) })
		rows += int64(b.Len())
	}
	if err := res.Job.Wait(ctx); err != nil {
		return r.queryFailed(ctx, n, res, err)
	}
	r.show(func(o output) { o.end(n, rows) })
	return true
}

func (r *runner) queryFailed(ctx context.Context, n int, res *session.Result, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	r.show(func(o output) { o.failed(n, "", r.script, []*diag.Error{session.JobError(err)}) })
	r.fail(exitJob)
	return false
}

// wait waits for an INSERT's job and reports whether it finished.
func (r *runner) wait(ctx context.Context, n int, res *session.Result) bool {
	err := res.Job.Wait(context.Background())
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err == nil:
		r.out.finished(n, res.Job.ID())
	case ctx.Err() != nil || errors.Is(err, engine.ErrStopped):
	default:
		r.out.failed(n, res.Job.ID(), r.script, []*diag.Error{session.JobError(err)})
		r.code = exitJob
	}
	return err == nil
}

// showLife prints a line of figures about the running jobs, once a second,
// over itself. It returns the function that ends it.
func (r *runner) showLife(*session.Session) func() {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		t := time.NewTicker(time.Second)
		defer t.Stop()
		shown := false
		for {
			select {
			case <-done:
				if shown {
					fmt.Fprint(r.err, "\r\x1b[K")
				}
				return
			case <-t.C:
				if line := r.engine.LifeLine(); line != "" {
					fmt.Fprint(r.err, "\r\x1b[K"+line)
					shown = true
				}
			}
		}
	}()
	return func() { close(done); wg.Wait() }
}
