package server

import (
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/flott/flott/internal/gateway"
	"github.com/flott/flott/internal/logs"
	"github.com/flott/flott/internal/rest"
	"github.com/flott/flott/web"
)

// serve serves until the server is closed.
func (s *Server) serve() error {
	if s.http.TLSConfig != nil {
		return s.http.ServeTLS(s.listener, "", "")
	}
	return s.http.Serve(s.listener)
}

// portList reads a list of ports and ranges.
func portList(text string) (out []string) {
	for _, part := range strings.Split(text, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		a, err := strconv.Atoi(from)
		if err != nil || a < 0 || a > 65535 {
			continue
		}
		b := a
		if isRange {
			if b, err = strconv.Atoi(to); err != nil || b > 65535 {
				continue
			}
		}
		for p := a; p <= b; p++ {
			out = append(out, strconv.Itoa(p))
		}
	}
	return out
}

// listenerPID finds the process that listens at a port, 0 if it cannot be known.
func listenerPID(port string) int {
	want, err := strconv.Atoi(port)
	if err != nil {
		return 0
	}
	inodes := map[string]bool{}
	for _, file := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		b, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for _, line := range strings.Split(string(b), "\n") {
			f := strings.Fields(line)
			if len(f) < 10 || f[3] != "0A" { // LISTEN
				continue
			}
			_, hexPort, _ := strings.Cut(f[1], ":")
			if p, err := strconv.ParseInt(hexPort, 16, 32); err == nil && int(p) == want {
				inodes["socket:["+f[9]+"]"] = true
			}
		}
	}
	if len(inodes) == 0 {
		return 0
	}
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return 0
	}
	for _, l := range links {
		if to, err := os.Readlink(l); err == nil && inodes[to] {
			pid, _ := strconv.Atoi(strings.Split(l, "/")[2])
			return pid
		}
	}
	return 0
}

// processName is " (name)" of a process, "" if it cannot be known.
func processName(pid int) string {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm")
	if err != nil {
		return ""
	}
	return " (" + strings.TrimSpace(string(b)) + ")"
}

// handler joins the doors: the SQL gateway, Flink's REST API and the page.
func (s *Server) handler() (http.Handler, error) {
	scheme := "http://"
	var err error
	if s.tls, err = tlsConfig(s.options); err != nil {
		return nil, err
	} else if s.tls != nil {
		scheme = "https://"
	}
	shown := map[string]string{}
	for k, v := range s.options {
		shown[k] = logs.Value(k, v)
	}
	files := logFiles{s.engine.Log()}
	s.rest = rest.New(rest.Config{Cluster: s.cluster.Dispatcher(), Metrics: s.engine.Metrics(), Memory: s.engine.Memory(), Options: shown, Version: s.opts.Version, Revision: s.opts.Revision,
		Address: scheme + s.Address(), JobManagerLogs: files, TaskManagerLogs: func(string) rest.Logs { return files }, Log: s.log,
		Shutdown: func() { s.once.Do(func() { close(s.shutdown) }) }})
	s.metrics = s.engine.Metrics().Handler()
	host, _, err := net.SplitHostPort(s.Address())
	if err != nil {
		return nil, err
	}
	ip := net.ParseIP(host)
	g, err := newGuard(s.options, ip.IsLoopback(), host, http.HandlerFunc(s.route))
	if err != nil {
		return nil, err
	}
	if g.open() && !ip.IsLoopback() && (s.tls == nil || s.tls.ClientCAs == nil) {
		s.notes = append(s.notes, "everybody who reaches "+s.Address()+" may run jobs here: set flott.rest.auth.token, or listen at 127.0.0.1")
	}
	return g, nil
}

// route finds the door of a request.
func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	switch {
	case gateway.Owns(r.URL.Path):
		s.gateway.ServeHTTP(w, r)
	case r.URL.Path == "/metrics":
		s.metrics.ServeHTTP(w, r)
	case web.Owns(r.URL.Path):
		s.page.ServeHTTP(w, r)
	default:
		s.rest.ServeHTTP(w, r)
	}
}

// logFiles shows the process's log as REST has it.
type logFiles struct{ log *logs.Log }

func (f logFiles) List() ([]rest.LogFile, error) {
	infos, err := f.log.Files()
	if err != nil {
		return nil, err
	}
	out := make([]rest.LogFile, len(infos))
	for i, x := range infos {
		out[i] = rest.LogFile{Name: x.Name, SizeBytes: x.Size, Changed: x.Modified}
	}
	slices.SortFunc(out, func(a, b rest.LogFile) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

func (f logFiles) Open(name string) (io.ReadCloser, error) {
	r, _, err := f.log.Read(name)
	return r, err
}

func (f logFiles) Main() string { return f.log.Name() }

// Stdout: what the connector print prints goes to the process's own output.
func (f logFiles) Stdout() string { return "" }
