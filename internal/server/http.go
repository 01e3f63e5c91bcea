package server

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/flott/flott/internal/gateway"
)

func newJobID() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// serve serves until the server is closed.
func (s *Server) serve() error { return s.http.Serve(s.listener) }

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
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case gateway.Owns(r.URL.Path):
			s.gateway.ServeHTTP(w, r)
		default:
			http.NotFound(w, r)
		}
	}), nil
}
