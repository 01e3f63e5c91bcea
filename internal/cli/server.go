package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/server"
)

func newServer(errw io.Writer) *cobra.Command {
	var o server.Options
	var settings []string
	var memory string
	c := &cobra.Command{
		Use:   "server",
		Short: "Run jobs that are sent to it, until it is stopped",
		Long: `Runs a server: a cluster in this process that takes jobs from flott run --target,
flott sql --target, Flink's SQL client, JDBC driver and command line, and shows
them on a page. It listens at 127.0.0.1:8081 unless told otherwise.

Jobs are kept in the server's folder: after a restart, or kill -9, they go on
from their latest checkpoints. SIGTERM and Ctrl-C take last checkpoints first.`,
		Example: `  flott server
  flott server --listen 127.0.0.1:9000 --dir ./state --memory 128m
  flott server -D taskmanager.numberOfTaskSlots=4`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) (err error) {
			if o.Settings, err = parseSettings(settings); err != nil {
				return err
			}
			if memory != "" {
				o.Settings["taskmanager.memory.process.size"] = memory
			}
			o.LogTo, o.Version, o.Revision = errw, Version, revision()
			return serve(o, errw)
		},
	}
	c.Flags().StringVar(&o.Listen, "listen", "", "address to listen at, HOST:PORT (rest.bind-address and rest.port)")
	c.Flags().StringVar(&o.Dir, "dir", "", "the server's folder (default: server in the state folder)")
	c.Flags().StringArrayVarP(&settings, "define", "D", nil, "set a configuration key: -D key=value")
	c.Flags().StringVar(&memory, "memory", "", "total memory of the process, e.g. 64m (taskmanager.memory.process.size)")
	c.Flags().BoolVarP(&o.Verbose, "verbose", "v", false, "log what happens to standard error")
	return c
}

// revision is the commit that the program was built from, "" if unknown.
func revision() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				return s.Value[:12]
			}
		}
	}
	return ""
}

func serve(o server.Options, errw io.Writer) error {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	connector.Stdout = os.Stdout
	s, err := server.Start(o)
	if err != nil {
		var d *diag.Error
		if errors.As(err, &d) {
			fmt.Fprint(errw, diag.Render("", d, isTerminal(errw)))
			return exit(exitUsage)
		}
		fmt.Fprintln(errw, "error:", err)
		return exit(exitJob)
	}
	for _, n := range s.Notes() {
		fmt.Fprintln(errw, "note:", n)
	}
	line := fmt.Sprintf("flott server at %s; folder %s", s.URL(), s.Dir())
	if n := s.Recovered(); n == 1 {
		line += "; 1 job goes on"
	} else if n > 1 {
		line += fmt.Sprintf("; %d jobs go on", n)
	}
	fmt.Fprintln(errw, line)
	select {
	case <-signals:
	case <-s.Shutdown():
	}
	go func() {
		<-signals // a second signal ends the process at once
		os.Exit(128 + 2)
	}()
	if err := s.Close(); err != nil {
		fmt.Fprintln(errw, "error:", err)
		return exit(exitJob)
	}
	return nil
}
