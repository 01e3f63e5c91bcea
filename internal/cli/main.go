package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/spf13/cobra"
)

// Exit codes of the process.
const (
	exitOK    = 0
	exitJob   = 1 // a job failed
	exitUsage = 2 // usage or SQL error
)

// Version is the release; it is set when a release is built.
var Version = "0.1.0-dev"

// exit is an error that only carries an exit code: everything has been said.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// Main runs the command line and returns the exit code.
func Main(args []string, in io.Reader, out, err io.Writer) int {
	root := newRoot(in, out, err)
	root.SetArgs(args)
	switch e := root.Execute(); {
	case e == nil:
		return exitOK
	default:
		var code exit
		if errors.As(e, &code) {
			return int(code)
		}
		fmt.Fprintf(err, "error[usage]: %v\nhelp: flott help shows what there is\n", e)
		return exitUsage
	}
}

func newRoot(in io.Reader, out, err io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use:   "flott",
		Short: "Flink SQL in one small process",
		Long: `flott runs Apache Flink SQL scripts, unchanged, in one small process:
streaming and batch, event time, exactly-once state.`,
		Example: `  flott run job.sql
  flott run -e "SELECT 1 + 1"
  flott run --memory 64m --name clicks job.sql
  flott explain job.sql`,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(err)
	root.AddCommand(newRun(in, out, err), newServer(err), newExplain(in, out, err), newExplainError(out), newFmt(in, out, err), newLint(in, out, err), newVersion(out))
	root.AddCommand(newSQL(out, err), newDemo(out, err))
	root.AddCommand(newJobCommands(out, err)...)
	return root
}

func newVersion(out io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			rev := revision()
			if rev != "" {
				rev = " (" + rev + ")"
			}
			_, err := fmt.Fprintf(out, "flott %s%s %s %s/%s\n", Version, rev, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

// readScript returns the text of a script: of -e, of a file, or of standard input.
func readScript(in io.Reader, text string, args []string) (script, path string, err error) {
	switch {
	case text != "" && len(args) > 0:
		return "", "", errors.New("give either -e 'SQL' or a file, not both")
	case text != "":
		return text, "", nil
	case len(args) == 0:
		return "", "", errors.New("give a script: a file, - for standard input, or -e 'SQL'")
	case args[0] == "-":
		b, err := io.ReadAll(in)
		return string(b), "", err
	}
	b, err := os.ReadFile(args[0])
	if err != nil {
		return "", "", err
	}
	return string(b), args[0], nil
}
