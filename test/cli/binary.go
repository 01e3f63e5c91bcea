package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Binary is a built flott.
type Binary struct {
	Path string
	// Env is added to the environment, `NAME=value` each.
	Env []string
}

// With is the binary with more environment.
func (b Binary) With(env ...string) Binary {
	b.Env = append(slices.Clip(b.Env), env...)
	return b
}

var build struct {
	once sync.Once
	dir  string
	err  error
}

var exits []func()

// AtExit runs f when the tests of the process are over, the last one first.
// Only what all tests of a package share needs it; [Main] has to be called.
func AtExit(f func()) { exits = append(exits, f) }

// Main runs the tests of a package, then what was left to [AtExit]. A package
// that builds the binary calls it from TestMain.
func Main(m *testing.M) { os.Exit(Run(m)) }

// Run is Main without the end of the process.
func Run(m *testing.M) (code int) {
	code = m.Run()
	for _, f := range slices.Backward(exits) {
		f()
	}
	return code
}

// Build compiles cmd/flott, once for all tests of the process. FLOTT_BUILD_FLAGS
// adds flags of `go build`, separated by spaces (`-race`, `-tags invariant`).
// FLOTT_BINARY names one that is there already, a released one for instance. With
// -short the test is skipped.
func Build(t testing.TB) Binary {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and runs flott")
	}
	if path := os.Getenv("FLOTT_BINARY"); path != "" {
		return Binary{Path: path}
	}
	build.once.Do(func() {
		build.dir, build.err = os.MkdirTemp("", "flott-binary-")
		if build.err != nil {
			return
		}
		AtExit(func() { os.RemoveAll(build.dir) })
		noteSources(t)
		args := []string{"build", "-o", filepath.Join(build.dir, "flott")}
		args = append(args, strings.Fields(os.Getenv("FLOTT_BUILD_FLAGS"))...)
		cmd := exec.Command("go", append(args, "./cmd/flott")...)
		cmd.Dir = Root(t)
		if out, err := cmd.CombinedOutput(); err != nil {
			build.err = fmt.Errorf("go %s: %w\n%s", strings.Join(cmd.Args[1:], " "), err, out)
		}
	})
	if build.err != nil {
		t.Fatalf("flott does not build: %v", build.err)
	}
	return Binary{Path: filepath.Join(build.dir, "flott")}
}

// noteSources looks at every source file of the binary. `go test` remembers what
// files of the module a test looked at, so its cached result ends when one of
// them changes; it cannot know what a compiler that the test starts reads.
func noteSources(t testing.TB) {
	cmd := exec.Command("go", "list", "-deps", "-f",
		`{{if not .Standard}}{{$d := .Dir}}{{$d}}{{range .GoFiles}}{{"\n"}}{{$d}}/{{.}}{{end}}{{range .EmbedFiles}}{{"\n"}}{{$d}}/{{.}}{{end}}{{end}}`, "./cmd/flott")
	cmd.Dir = Root(t)
	out, err := cmd.Output()
	if err != nil {
		return // `go build` says it better
	}
	for line := range strings.Lines(string(out)) {
		os.Stat(strings.TrimSpace(line))
	}
	os.Stat(filepath.Join(cmd.Dir, "go.sum"))
}

// Root is the module's folder.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("not inside a Go module")
		}
		dir = parent
	}
}

// Result is what a process left behind.
type Result struct {
	Stdout, Stderr []byte
	// ExitCode is -1 when a signal ended the process.
	ExitCode int
	// TimedOut says that it was still running when its time was up. Stderr then
	// ends with the stacks of its goroutines.
	TimedOut bool
	Elapsed  time.Duration
}

// Crash is the line in which the Go runtime says why it ended the process, or "".
// Its exit code alone, 2, is that of a mistake in the script.
func (r Result) Crash() string {
	for line := range strings.Lines(string(r.Stderr)) {
		if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// Run runs the binary in dir and waits until it ends, timeout at the most. Its
// home, and so all that it keeps by default, lies in dir too.
func (b Binary) Run(ctx context.Context, timeout time.Duration, dir string, args ...string) (Result, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, b.Path, args...)
	cmd.Dir = dir
	cmd.Env = append(environment(dir), b.Env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	// SIGQUIT makes a Go program print its stacks: a test that hangs shows where.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGQUIT) }
	cmd.WaitDelay = 5 * time.Second
	start := time.Now()
	err := cmd.Run()
	r := Result{
		Stdout: stdout.Bytes(), Stderr: stderr.Bytes(),
		TimedOut: errors.Is(ctx.Err(), context.DeadlineExceeded),
		Elapsed:  time.Since(start),
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !r.TimedOut {
		return r, fmt.Errorf("run flott: %w", err)
	}
	r.ExitCode = cmd.ProcessState.ExitCode()
	return r, nil
}

// environment is the test's own, with a home below dir.
func environment(dir string) []string {
	home := filepath.Join(dir, "home")
	return append(os.Environ(),
		"HOME="+home,
		"XDG_STATE_HOME="+filepath.Join(home, "state"),
		"XDG_CONFIG_HOME="+filepath.Join(home, "config"),
		"XDG_CACHE_HOME="+filepath.Join(home, "cache"),
	)
}

// Process is a flott that runs until the test ends it.
type Process struct {
	cmd    *exec.Cmd
	done   chan struct{}
	stdout lockedBuffer
	stderr lockedBuffer
}

// Start starts the binary in dir. The process is killed when the test ends.
func (b Binary) Start(t testing.TB, dir string, args ...string) *Process {
	t.Helper()
	p := &Process{cmd: exec.Command(b.Path, args...), done: make(chan struct{})}
	p.cmd.Dir = dir
	p.cmd.Env = append(environment(dir), b.Env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("start flott: %v", err)
	}
	go func() {
		p.cmd.Wait() // ExitCode tells how it ended
		close(p.done)
	}()
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		<-p.done
		if t.Failed() {
			t.Logf("flott %s: stderr:\n%s", strings.Join(args, " "), Tail(p.stderr.Bytes(), 40))
		}
	})
	return p
}

// PID is the process id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Signal sends a signal to the process.
func (p *Process) Signal(s os.Signal) error { return p.cmd.Process.Signal(s) }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// ExitCode waits for the end and returns the exit code, -1 after a signal.
func (p *Process) ExitCode() int {
	<-p.done
	return p.cmd.ProcessState.ExitCode()
}

// Stdout is what the process has written so far.
func (p *Process) Stdout() []byte { return p.stdout.Bytes() }

// Stderr is what the process has written so far.
func (p *Process) Stderr() []byte { return p.stderr.Bytes() }

// Tail is the end of b: n lines at the most.
func Tail(b []byte, n int) []byte {
	b = bytes.TrimRight(b, "\n")
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] == '\n' {
			if n--; n == 0 {
				return b[i+1:]
			}
		}
	}
	return b
}

type lockedBuffer struct {
	mu sync.Mutex
	b  []byte
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b = append(l.b, p...)
	return len(p), nil
}

func (l *lockedBuffer) Bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.b)
}
