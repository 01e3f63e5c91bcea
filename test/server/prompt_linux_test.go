package server

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/flott/flott/test/cli"
)

// terminal is a program on a pseudo-terminal.
type terminal struct {
	t    *testing.T
	file *os.File
	done chan struct{}

	mu   sync.Mutex
	seen []byte
}

func openTerminal(t *testing.T, home string, command ...string) *terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("needs a pseudo-terminal: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	var n uint32
	var unlock int32
	ioctl := func(request uintptr, arg unsafe.Pointer) {
		if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), request, uintptr(arg)); e != 0 {
			t.Fatal(e)
		}
	}
	ioctl(unix.TIOCGPTN, unsafe.Pointer(&n))
	ioctl(unix.TIOCSPTLCK, unsafe.Pointer(&unlock))
	ioctl(unix.TIOCSWINSZ, unsafe.Pointer(&unix.Winsize{Row: 24, Col: 100}))
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(command[0], command[1:]...)
	c.Stdin, c.Stdout, c.Stderr = slave, slave, slave
	c.Env = append(os.Environ(), "TERM=xterm-256color", "XDG_STATE_HOME="+home)
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	x := &terminal{t: t, file: master, done: make(chan struct{})}
	go func() { c.Wait(); close(x.done) }()
	t.Cleanup(func() {
		select {
		case <-x.done:
		default:
			c.Process.Kill()
			<-x.done
		}
	})
	go func() {
		buf := make([]byte, 4096)
		for {
			n, err := master.Read(buf)
			if err != nil {
				return
			}
			if strings.Contains(string(buf[:n]), "\x1b[6n") { // where is the cursor?
				master.WriteString("\x1b[12;1R")
			}
			x.mu.Lock()
			x.seen = append(x.seen, buf[:n]...)
			x.mu.Unlock()
		}
	}()
	return x
}

var escapes = regexp.MustCompile(`\x1b\[[0-9;?]*[ -/]*[@-~]|\r`)

func (x *terminal) text() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return escapes.ReplaceAllString(string(x.seen), "")
}

// await waits until what was shown since the last call matches.
func (x *terminal) await(want string) {
	x.t.Helper()
	re := regexp.MustCompile(want)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	end := time.After(60 * time.Second)
	for !re.MatchString(x.text()) {
		select {
		case <-tick.C:
		case <-x.done:
			if !re.MatchString(x.text()) {
				x.t.Fatalf("the prompt has ended; wanted %q in\n%s", want, x.text())
			}
		case <-end:
			x.t.Fatalf("waited in vain for %q in\n%s", want, x.text())
		}
	}
	x.mu.Lock()
	x.seen = nil
	x.mu.Unlock()
}

func (x *terminal) typed(text string) { x.file.WriteString(text) }

// TestPrompt types at flott sql: statements over several lines, completion, a
// live query that Ctrl-C ends, a mistake, history, and the way out.
func TestPrompt(t *testing.T) {
	flott := cli.Build(t)
	dir := t.TempDir()
	x := openTerminal(t, dir, flott.Path, "sql")
	x.await(`in this process.*\n(.*\n)*.*flott> `)
	x.typed("CREATE TABLE g (k INT) WITH ('connector' = 'datagen',\r")
	x.typed("'rows-per-second' = '50', 'fields.k.min' = '1', 'fields.k.max' = '3');\r")
	x.await(`ok\n`)
	x.typed("SHOW TA\t")
	x.await(`SHOW TABLES`)
	x.typed(";\r")
	x.await(`\| g +\|`)
	x.typed("SELECT k, COUNT(*) AS n FROM g GROUP BY k;\r")
	x.await(`(?s)3 rows; \d+ changes.*3 rows; \d+ changes`)
	x.typed("\x03")
	x.await(`(?s)interrupted.*flott> `)
	x.typed("SELEC 2;\r")
	x.await(`(?s)did you mean SELECT\?.*flott> `)
	x.typed("\x1b[A") // the line before
	x.await(`SELEC 2;`)
	x.typed("\x03")
	x.await(`flott> `)
	x.typed("help\r")
	x.await(`Ctrl-C ends the query`)
	x.typed("exit\r")
	select {
	case <-x.done:
	case <-time.After(20 * time.Second):
		t.Fatalf("the prompt goes on\n%s", x.text())
	}
	h, err := os.ReadFile(filepath.Join(dir, "flott", "sql-history"))
	if err != nil || !strings.Contains(string(h), "GROUP BY k") {
		t.Errorf("the history: %v %s", err, h)
	}
}

// TestDemo starts the demo and looks at its live table and its page.
func TestDemo(t *testing.T) {
	flott := cli.Build(t)
	x := openTerminal(t, t.TempDir(), flott.Path, "demo", "--listen", "127.0.0.1:0", "--rate", "5000")
	x.await(`(?s)look at http://127\.0\.0\.1:\d+.*10 rows; \d+ changes`)
	x.typed("\x03")
	select {
	case <-x.done:
	case <-time.After(20 * time.Second):
		t.Fatalf("the demo goes on\n%s", x.text())
	}
}
