package metrics

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/flott/flott/connector/all"
	"github.com/flott/flott/internal/engine"
	"github.com/flott/flott/internal/session"
	"github.com/flott/flott/internal/sql/parser"
)

// component is a running receiver: what its start script has printed, and its folder.
type component struct{ address, dir string }

// started starts a component, or finds it running.
func started(t *testing.T, name string) component {
	t.Helper()
	require := os.Getenv("FLOTT_REQUIRE_METRICS") != ""
	scripts := os.Getenv("FLOTT_REFERENCE")
	if scripts == "" {
		scripts = filepath.Join("..", "..", "..", "shared", "reference")
	}
	lacking := func(format string, args ...any) {
		t.Helper()
		if require {
			t.Fatalf(format, args...)
		}
		t.Skipf(format, args...)
	}
	script := filepath.Join(scripts, name+"-start")
	if _, err := os.Stat(script); err != nil {
		lacking("needs the reference scripts: FLOTT_REFERENCE names their folder")
	}
	dir := os.Getenv("FLOTT_COMPONENTS")
	switch {
	case dir != "":
		dir = filepath.Join(dir, name)
	case require:
		dir = t.TempDir()
		t.Cleanup(func() {
			if out, err := exec.Command(filepath.Join(scripts, name+"-stop"), dir).CombinedOutput(); err != nil {
				t.Logf("%s-stop: %v: %s", name, err, out)
			}
		})
	default:
		t.Skipf("needs %s: FLOTT_COMPONENTS=FOLDER starts it there", name)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // the first time it is fetched or built
	defer cancel()
	c := exec.CommandContext(ctx, script, dir)
	var why strings.Builder
	c.Stderr = &why
	out, err := c.Output()
	if err != nil {
		lacking("%s does not start: %v: %s", name, err, why.String())
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return component{lines[len(lines)-1], dir}
}

// port returns the port in one of the component's files.
func (c component) port(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(c.dir, file+".port"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

// run runs a job for ever under the given settings until the test is over; its
// name tells this run from earlier ones.
func run(t *testing.T, settings map[string]string) (e *engine.Engine, job string) {
	t.Helper()
	job = fmt.Sprintf("clicks%d", time.Now().UnixNano())
	settings["pipeline.name"] = job
	e, err := engine.Open(engine.Options{Settings: settings, LogTo: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	const script = `CREATE TABLE a (x INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100');
		CREATE TABLE b (x INT) WITH ('connector' = 'blackhole'); INSERT INTO b SELECT x FROM a;`
	s, err := e.Session(script)
	if err != nil {
		t.Fatal(err)
	}
	for p := range parser.Split(script) {
		r, errs := s.Execute(t.Context(), p)
		if errs != nil {
			t.Fatal(errs[0])
		}
		if r.Kind == session.Submitted {
			return e, job
		}
	}
	t.Fatal("nothing was submitted")
	return nil, ""
}

// eventually asks again and again until the answer is right.
func eventually(t *testing.T, what string, f func() (answer string, ok bool)) {
	t.Helper()
	late := time.After(time.Minute)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		answer, ok := f()
		if ok {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("%s: the last answer was %.2000s", what, answer)
		}
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	a, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// freePort returns a port that nobody uses.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, p, _ := net.SplitHostPort(l.Addr().String())
	return p
}

func encode(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
