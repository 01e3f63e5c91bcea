package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/flott/flott/internal/client"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/gateway"
	"github.com/flott/flott/internal/sql/parser"
)

// defaultTarget is where flott server listens unless told otherwise.
const defaultTarget = "127.0.0.1:8081"

// targetFlags are those by which a command finds a server.
type targetFlags struct {
	client.Target
	user string
}

func (f *targetFlags) add(c *cobra.Command, def, help string) {
	c.Flags().StringVar(&f.Address, "target", def, help)
	c.Flags().StringVar(&f.Token, "token", os.Getenv("FLOTT_TOKEN"), "bearer token for the server (default: $FLOTT_TOKEN)")
	c.Flags().StringVar(&f.user, "user", "", "NAME:PASSWORD for the server")
	c.Flags().StringVar(&f.CA, "ca", "", "PEM file of the authority that signed the server's certificate")
	c.Flags().StringVar(&f.Cert, "cert", "", "PEM file of the client's own certificate")
	c.Flags().StringVar(&f.Key, "key", "", "PEM file of its key")
	c.Flag("token").DefValue = ""
}

func (f *targetFlags) target() client.Target {
	t := f.Target
	t.User, t.Password, _ = strings.Cut(f.user, ":")
	return t
}

// fail shows an error of a client command and returns its exit code.
func fail(errw io.Writer, err error) error {
	var d *diag.Error
	if errors.As(err, &d) {
		fmt.Fprint(errw, diag.Render("", d, isTerminal(errw)))
	} else {
		fmt.Fprintln(errw, "error:", err)
	}
	return exit(exitJob)
}

// interrupted returns a context that ends with Ctrl-C or SIGTERM.
func interrupted() (context.Context, context.CancelFunc) {
	return signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
}

// remote runs a script at a server.
type remote struct {
	flags  runFlags
	script string
	out    output
	err    io.Writer
	g      *client.Gateway
	rest   *client.REST
	code   int
}

// runAt sends a script's statements to a server, one after the other.
func runAt(f runFlags, script, path string, settings map[string]string, o output, errw io.Writer) error {
	ctx, cancel := interrupted()
	defer cancel()
	if f.fresh && f.from != "" {
		return errors.New("give either --fresh or --from")
	}
	switch f.from {
	case "":
	case "latest":
		settings[gateway.ResumeFrom] = "latest"
	default:
		settings["execution.state-recovery.path"] = f.from
	}
	if f.name != "" {
		settings[gateway.ScriptName] = f.name
		if _, given := settings["pipeline.name"]; !given {
			settings["pipeline.name"] = f.name
		}
	}
	if path != "" {
		abs, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		settings[gateway.ScriptPath] = abs
	}
	g, err := client.Open(ctx, f.target.target(), settings)
	if err != nil {
		return fail(errw, err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		g.Close(ctx)
	}()
	rest, err := client.NewREST(f.target.target())
	if err != nil {
		return fail(errw, err)
	}
	r := &remote{flags: f, script: script, out: o, err: errw, g: g, rest: rest}
	return r.run(ctx)
}

type remoteJob struct {
	statement int
	id        string
}

func (r *remote) run(ctx context.Context) error {
	var jobs []remoteJob
	n := 0
	for piece := range parser.Split(r.script) {
		n++
		res, err := r.g.Execute(ctx, piece.Text())
		if ctx.Err() != nil {
			break
		}
		if err != nil {
			r.failed(n, "", piece.Span.Start, err)
			if !r.flags.keepGoing {
				return exit(r.code)
			}
			continue
		}
		switch {
		case res.Query || res.Content && res.Job == "":
			if !r.rows(ctx, n, piece.Span.Start, res) && !r.flags.keepGoing {
				return exit(max(r.code, exitJob))
			}
		case res.Job != "":
			r.out.submitted(n, res.Job)
			if r.flags.output != "jsonl" {
				fmt.Fprintf(r.err, "job %s submitted to %s\n", res.Job, r.g.Base())
			}
			jobs = append(jobs, remoteJob{n, res.Job})
		default:
			r.out.ok(n)
		}
	}
	if !r.flags.detached && r.g.Flott() {
		for i, j := range jobs {
			if ctx.Err() != nil || !r.wait(ctx, j) {
				r.goOn(jobs[i:])
				break
			}
		}
	}
	if r.code != exitOK {
		return exit(r.code)
	}
	return nil
}

func (r *remote) goOn(jobs []remoteJob) {
	for _, j := range jobs {
		fmt.Fprintf(r.err, "job %s goes on at %s; flott cancel %s ends it\n", j.id, r.g.Base(), j.id)
	}
}

// failed shows what a server found wrong; its places are in the statement,
// which begins at start of the script.
func (r *remote) failed(n int, job string, start int, err error) {
	var errs client.Errors
	if !errors.As(err, &errs) {
		var d *diag.Error
		if !errors.As(err, &d) {
			d = &diag.Error{Code: "statement-failed", Stage: diag.StageRun, Message: err.Error(), Cause: err}
		}
		errs = client.Errors{d}
	}
	var moved []*diag.Error
	for _, e := range errs {
		c := *e
		if !c.Span.IsZero() {
			c.Span.Start += start
			c.Span.End += start
		}
		moved = append(moved, &c)
	}
	r.out.failed(n, job, r.script, moved)
	code := exitUsage
	if moved[0].Stage == diag.StageRun {
		code = exitJob
	}
	if r.code == exitOK || code == exitJob {
		r.code = code
	}
}

func (r *remote) rows(ctx context.Context, n, start int, res *client.Result) bool {
	columns := specColumns(res)
	if !res.Query {
		var cells [][]*string
		for {
			rows, err := res.Next(ctx)
			if errors.Is(err, io.EOF) {
				r.out.rows(n, columns, cells)
				return true
			}
			if err != nil {
				r.failed(n, "", start, err)
				return false
			}
			for _, x := range rows {
				cells = append(cells, x.Cells)
			}
		}
	}
	settings, err := r.g.Settings(ctx)
	if err != nil {
		r.failed(n, "", start, err)
		return false
	}
	r.out.begin(n, columns, strings.EqualFold(settings["execution.runtime-mode"], "batch"))
	var count int64
	for {
		rows, err := res.Next(ctx)
		if errors.Is(err, io.EOF) {
			r.out.end(n, count)
			return true
		}
		if err != nil {
			if ctx.Err() != nil {
				res.Close(context.WithoutCancel(ctx))
				return false
			}
			r.failed(n, "", start, err)
			return false
		}
		r.out.texts(n, rows)
		count += int64(len(rows))
	}
}

// wait waits for a job's end; it returns false if the user has lost patience.
func (r *remote) wait(ctx context.Context, j remoteJob) bool {
	every := 20 * time.Millisecond
	for {
		state, why, err := r.rest.State(ctx, j.id)
		switch {
		case ctx.Err() != nil:
			return false
		case err != nil:
			r.failed(j.statement, j.id, 0, err)
			return true
		case state == "FINISHED":
			r.out.finished(j.statement, j.id)
			return true
		case state == "FAILED":
			r.failed(j.statement, j.id, 0, &diag.Error{Code: "job-failed", Stage: diag.StageRun, Message: why})
			return true
		case state == "CANCELED" || state == "SUSPENDED":
			fmt.Fprintf(r.err, "job %s is %s\n", j.id, strings.ToLower(state))
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(every):
		}
		every = min(every*2, time.Second)
	}
}
