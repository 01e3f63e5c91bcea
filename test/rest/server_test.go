package rest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/test/cli"
)

func TestMain(m *testing.M) { cli.Main(m) }

// flinkHome finds the distribution, and java.
func flinkHome(t *testing.T) string {
	t.Helper()
	home := os.Getenv("FLOTT_FLINK")
	if home == "" {
		cache := os.Getenv("FLOTT_REFERENCE_HOME")
		if cache == "" {
			user, err := os.UserHomeDir()
			if err != nil {
				t.Fatal(err)
			}
			cache = filepath.Join(user, ".cache", "flott-reference")
		}
		found, err := filepath.Glob(filepath.Join(cache, "flink-2.*", "bin", "flink"))
		if err != nil {
			t.Fatal(err)
		}
		if len(found) > 0 {
			home = filepath.Dir(filepath.Dir(found[len(found)-1]))
		}
	}
	if _, err := os.Stat(filepath.Join(home, "bin", "flink")); home == "" || err != nil {
		lacking(t, "an assembled Apache Flink 2: FLOTT_FLINK names its folder")
	}
	return home
}

// lacking skips a test, or fails it where everything has to be there.
func lacking(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("FLOTT_REQUIRE_FLINK") != "" {
		t.Fatalf("needs %s", what)
	}
	t.Skipf("needs %s", what)
}

func program(t *testing.T, names ...string) string {
	t.Helper()
	for _, n := range names {
		if p, err := exec.LookPath(n); err == nil {
			return p
		}
	}
	lacking(t, strings.Join(names, " or "))
	return ""
}

// server is a running flott server.
type server struct {
	t       *testing.T
	flott   cli.Binary
	dir     string
	address string
	process *cli.Process
}

var listens = regexp.MustCompile(`flott server at http://(\S+);`)

func start(t *testing.T) *server {
	t.Helper()
	s := &server{t: t, flott: cli.Build(t), dir: t.TempDir()}
	s.process = s.flott.Start(t, s.dir, "server", "--dir", s.dir, "--listen", "127.0.0.1:0")
	s.await("the server listens", func() bool {
		m := listens.FindSubmatch(s.process.Stderr())
		if m != nil {
			s.address = string(m[1])
		}
		return m != nil
	})
	return s
}

// await waits until a condition holds.
func (s *server) await(what string, holds func() bool) {
	s.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	end := time.After(60 * time.Second)
	for !holds() {
		select {
		case <-tick.C:
		case <-s.process.Done():
			s.t.Fatalf("%s: the server has ended\n%s", what, cli.Tail(s.process.Stderr(), 40))
		case <-end:
			s.t.Fatalf("%s: waited in vain\n%s", what, cli.Tail(s.process.Stderr(), 40))
		}
	}
}

func (s *server) get(path string, into any) {
	s.t.Helper()
	r, err := http.Get("http://" + s.address + path)
	if err != nil {
		s.t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		s.t.Fatalf("%s: %s %v %s", path, r.Status, err, b)
	}
	if err := json.Unmarshal(b, into); err != nil {
		s.t.Fatalf("%s: %v: %s", path, err, b)
	}
}

// state is that of a job, "" if it is unknown.
func (s *server) state(id string) string {
	var v struct{ Jobs []struct{ JID, State string } }
	s.get("/jobs/overview", &v)
	for _, j := range v.Jobs {
		if j.JID == id {
			return j.State
		}
	}
	return ""
}

// checkpoints is the number of a job's completed checkpoints.
func (s *server) checkpoints(id string) int {
	var v struct{ Counts struct{ Completed int } }
	s.get("/jobs/"+id+"/checkpoints", &v)
	return v.Counts.Completed
}

var submitted = regexp.MustCompile(`job ([0-9a-f]{32}) submitted`)

// submit sends a script and returns the id of its job.
func (s *server) submit(name, script string, args ...string) string {
	s.t.Helper()
	file := filepath.Join(s.dir, name+".sql")
	if err := os.WriteFile(file, []byte("SET 'pipeline.name' = '"+name+"';\n"+script), 0o600); err != nil {
		s.t.Fatal(err)
	}
	r, err := s.flott.Run(context.Background(), time.Minute, s.dir, append([]string{"run", "--detached", "--target", s.address, file}, args...)...)
	if err != nil {
		s.t.Fatal(err)
	}
	m := submitted.FindStringSubmatch(string(r.Stdout) + string(r.Stderr))
	if m == nil {
		s.t.Fatalf("%s was not submitted: %s%s", name, r.Stdout, r.Stderr)
	}
	return m[1]
}
