package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/flott/flott/internal/client"
)

// jobCommand makes a command that speaks to a server.
func jobCommand(errw io.Writer, c *cobra.Command, do func(ctx context.Context, r *client.REST, args []string) error) *cobra.Command {
	var f targetFlags
	f.add(c, defaultTarget, "the server, HOST:PORT or URL")
	c.RunE = func(_ *cobra.Command, args []string) error {
		ctx, cancel := interrupted()
		defer cancel()
		r, err := client.NewREST(f.target())
		if err == nil {
			err = do(ctx, r, args)
		}
		if err != nil {
			return fail(errw, err)
		}
		return nil
	}
	return c
}

func newJobCommands(out, errw io.Writer) []*cobra.Command {
	return []*cobra.Command{newList(out, errw), newCancel(out, errw), newStop(out, errw), newSavepoint(out, errw), newLogs(out, errw), newMetrics(out, errw)}
}

func newList(out, errw io.Writer) *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use:     "list",
		Short:   "List the jobs of a server",
		Example: "  flott list\n  flott list -a --target 10.0.0.7:8081",
		Args:    cobra.NoArgs,
	}
	c.Flags().BoolVarP(&all, "all", "a", false, "also jobs that are over")
	return jobCommand(errw, c, func(ctx context.Context, r *client.REST, _ []string) error {
		jobs, err := r.Jobs(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
		n := 0
		for _, j := range jobs {
			if j.Ended() && !all {
				continue
			}
			if n == 0 {
				fmt.Fprintln(w, "ID\tSTATE\tSINCE\tRAN\tNAME")
			}
			n++
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", j.ID, j.State, time.UnixMilli(j.StartTime).Format("2006-01-02 15:04:05"),
				(time.Duration(j.Duration) * time.Millisecond).Round(time.Second), j.Name)
		}
		if n == 0 && all {
			fmt.Fprintln(errw, "no jobs")
		} else if n == 0 {
			fmt.Fprintln(errw, "no jobs run; -a shows those that are over")
		}
		return w.Flush()
	})
}

func newCancel(out, errw io.Writer) *cobra.Command {
	c := &cobra.Command{
		Use:     "cancel JOB",
		Short:   "Cancel a job of a server",
		Long:    "Cancels a job. JOB is its id, the beginning of it, or its name. Its checkpoints are removed; flott stop keeps its state.",
		Example: "  flott cancel 7a71301b",
		Args:    cobra.ExactArgs(1),
	}
	return jobCommand(errw, c, func(ctx context.Context, r *client.REST, args []string) error {
		j, err := r.Find(ctx, args[0])
		if err != nil {
			return err
		}
		if err := r.Cancel(ctx, j.ID); err != nil {
			return err
		}
		fmt.Fprintf(out, "cancelled job %s (%s)\n", j.ID, j.Name)
		return nil
	})
}

func newStop(out, errw io.Writer) *cobra.Command {
	var dir string
	var drain bool
	c := &cobra.Command{
		Use:   "stop JOB",
		Short: "Stop a job of a server with a savepoint",
		Long: `Makes a savepoint and ends the job with it; flott run --from SAVEPOINT goes on from
there. With --drain the sources first send a last watermark, so that all windows
fire; the job should then not go on.`,
		Example: "  flott stop clicks --savepoint /var/lib/flott/savepoints",
		Args:    cobra.ExactArgs(1),
	}
	c.Flags().StringVarP(&dir, "savepoint", "p", "", "folder for the savepoint (default: execution.checkpointing.savepoint-dir)")
	c.Flags().BoolVarP(&drain, "drain", "d", false, "send a last watermark first")
	return jobCommand(errw, c, func(ctx context.Context, r *client.REST, args []string) error {
		return savepoint(ctx, r, out, args[0], dir, true, drain)
	})
}

func newSavepoint(out, errw io.Writer) *cobra.Command {
	c := &cobra.Command{
		Use:     "savepoint JOB [DIR]",
		Short:   "Make a savepoint of a job of a server, which goes on",
		Example: "  flott savepoint clicks /var/lib/flott/savepoints\n  flott run --target 127.0.0.1:8081 --from /var/lib/flott/savepoints/savepoint-… clicks.sql",
		Args:    cobra.RangeArgs(1, 2),
	}
	return jobCommand(errw, c, func(ctx context.Context, r *client.REST, args []string) error {
		return savepoint(ctx, r, out, args[0], strings.Join(args[1:], ""), false, false)
	})
}

func savepoint(ctx context.Context, r *client.REST, out io.Writer, job, dir string, stop, drain bool) error {
	j, err := r.Find(ctx, job)
	if err != nil {
		return err
	}
	path, err := r.Savepoint(ctx, j.ID, dir, stop, drain)
	if err != nil {
		return err
	}
	if stop {
		fmt.Fprintf(out, "stopped job %s (%s)\n", j.ID, j.Name)
	}
	fmt.Fprintf(out, "savepoint %s\n", path)
	return nil
}

func newLogs(out, errw io.Writer) *cobra.Command {
	c := &cobra.Command{
		Use:   "logs",
		Short: "Print the newest log of a server",
		Args:  cobra.NoArgs,
	}
	return jobCommand(errw, c, func(ctx context.Context, r *client.REST, _ []string) error {
		b, err := r.Log(ctx)
		if err != nil {
			return err
		}
		_, err = out.Write(b)
		return err
	})
}

func newMetrics(out, errw io.Writer) *cobra.Command {
	c := &cobra.Command{
		Use:     "metrics JOB",
		Short:   "Print the metrics of a job of a server",
		Example: "  flott metrics clicks | grep -i watermark",
		Args:    cobra.ExactArgs(1),
	}
	return jobCommand(errw, c, func(ctx context.Context, r *client.REST, args []string) error {
		j, err := r.Find(ctx, args[0])
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
		ms, err := r.Metrics(ctx, "/jobs/"+j.ID+"/metrics")
		if err != nil {
			return err
		}
		for _, m := range ms {
			fmt.Fprintf(w, "%s\t%s\n", m.ID, m.Value)
		}
		vertices, err := r.Vertices(ctx, j.ID)
		if err != nil {
			return err
		}
		for _, v := range vertices {
			ms, err := r.Metrics(ctx, "/jobs/"+j.ID+"/vertices/"+v.ID+"/metrics")
			if err != nil {
				return err
			}
			w.Flush()
			fmt.Fprintf(out, "\n%s\n", v.Name)
			for _, m := range ms {
				fmt.Fprintf(w, "%s\t%s\n", m.ID, m.Value)
			}
		}
		return w.Flush()
	})
}
