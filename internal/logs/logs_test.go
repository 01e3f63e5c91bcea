package logs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/flott/flott/option"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, s option.Set, to io.Writer) *Log {
	t.Helper()
	l, err := Open(s, Options{Stderr: to})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestForms(t *testing.T) {
	for form, want := range map[string]string{
		"text": `level=WARN msg=hello job_id=j1 job_name="my job" n=1`,
		"json": `"level":"WARN","msg":"hello","job_id":"j1","job_name":"my job","n":1}`,
	} {
		var b bytes.Buffer
		l := open(t, option.Set{"flott.log.format": form}, &b)
		Job(l.Logger(), "j1", "my job").Warn("hello", "n", 1)
		l.Logger().Info("not shown")
		if !strings.Contains(b.String(), want) || strings.Contains(b.String(), "not shown") {
			t.Errorf("%s: %s", form, b.String())
		}
		r, n, err := l.Read(l.Name())
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := io.ReadAll(r); string(got) != b.String() || n != int64(b.Len()) {
			t.Errorf("memory holds %q", got)
		}
	}
}

func TestRefused(t *testing.T) {
	for want, s := range map[string]option.Set{
		`"syslog" of "flott.log.to" is no target`: {"flott.log.to": "stderr;syslog"},
		"log files need a folder":                 {"flott.log.to": "file"},
		"is not the name of a file":               {"flott.log.to": "file", "flott.log.dir": t.TempDir(), "flott.log.file": "../x"},
		"is not a URL":                            {"flott.log.to": "search", "flott.log.search.url": "127.0.0.1:9200"},
	} {
		l, err := Open(s, Options{})
		if err == nil {
			l.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", s, err)
		}
	}
}

// TestMask: secrets are hidden by key, by form and by value, wherever they stand.
func TestMask(t *testing.T) {
	var b bytes.Buffer
	l := open(t, option.Set{"fs.s3.secret-key": "s3cr3t-of-s3", "metrics.reporter.dd.apikey": "dd-k3y-value", "flott.log.to": "stderr"}, &b)
	log := l.Logger()
	log.Warn("properties.sasl.jaas.config = 'org.x.Plain required username=\"u\" password=\"hush1\";'")
	log.Warn("a", "password", "hush2", "url", "https://me:hush3@host/x", "error", errors.New("connect with token=hush4, retry"))
	log.Warn("b", "options", map[string]string{"connector": "kafka", "properties.ssl.key.password": "hush5"})
	log.With("authorization", "Bearer hush6hush6").Warn("c " + "s3cr3t-of-s3")
	log.WithGroup("g").Warn("d", "sent", "dd-k3y-value", "json", `{"password":"hush7","n":1}`)
	log.Warn("it's fine: key=value, tokens of SQL", "key", "visible")
	for _, s := range []string{"hush", "s3cr3t", "k3y"} {
		if strings.Contains(b.String(), s) {
			t.Errorf("%q is shown:\n%s", s, b.String())
		}
	}
	for _, s := range []string{"kafka", "key=value", "visible", "https://me:", "retry"} {
		if !strings.Contains(b.String(), s) {
			t.Errorf("%q is hidden:\n%s", s, b.String())
		}
	}
	for key, want := range map[string]bool{"password": true, "properties.sasl.jaas.config": true, "s3.access-key": true, "flott.log.search.api-key": true, "topic": false, "key.fields": false, "scan.startup.mode": false} {
		if Sensitive(key) != want {
			t.Errorf("%s sensitive: %v", key, !want)
		}
	}
}

// FuzzText: no text makes the masks fail, and a password in it stays hidden.
func FuzzText(f *testing.F) {
	f.Add("a=b", "x")
	f.Add("'password' = '", "\\\"")
	f.Fuzz(func(t *testing.T, s, secret string) {
		Text(s)
		if len(secret) >= 8 && !strings.ContainsAny(secret, " \t\n\r\v\f,;&'\"\\") && strings.ToValidUTF8(secret, "") == secret {
			if got := Text("password=" + secret); strings.Contains(got, secret) && !strings.Contains("password="+Hidden, secret) {
				t.Errorf("%q is shown: %q", secret, got)
			}
		}
	})
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	s := option.Set{"flott.log.to": "file", "flott.log.dir": dir, "flott.log.file.max-size": "1 kb", "flott.log.file.max-files": "3"}
	l := open(t, s, nil)
	for i := range 100 {
		l.Logger().Warn(fmt.Sprintf("line %03d", i))
	}
	for _, other := range []string{"other.log", "flott.log.x", "flott.log.01", "flott.log.-1"} {
		os.WriteFile(filepath.Join(dir, other), nil, 0o600)
	}
	os.Mkdir(filepath.Join(dir, "flott.log.7"), 0o700)
	os.WriteFile(filepath.Join(dir, "..", "outside"), []byte("secret"), 0o600)
	os.Symlink(filepath.Join(dir, "..", "outside"), filepath.Join(dir, "flott.log.8"))
	files, err := l.Files()
	if err != nil {
		t.Fatal(err)
	}
	all, names := "", ""
	for _, f := range files {
		names += f.Name + " "
		if f.Size > 1024 || f.Size == 0 {
			t.Errorf("%s has %d bytes", f.Name, f.Size)
		}
		r, n, err := l.Read(f.Name)
		if err != nil || n != f.Size {
			t.Fatal(f.Name, n, err)
		}
		b, _ := io.ReadAll(r)
		r.Close()
		all = string(b) + all
	}
	if names != "flott.log flott.log.1 flott.log.2 " || !strings.Contains(all, "line 099") || strings.Contains(all, "line 000") {
		t.Errorf("files %s:\n%s", names, all)
	}
	if strings.Index(all, "line 098") > strings.Index(all, "line 099") {
		t.Error("the newest file is not flott.log")
	}
	for _, name := range []string{"", ".", "..", "../outside", "other.log", "flott.log.x", "flott.log/../../outside", "/etc/passwd", "flott.log.7", "flott.log.8", "flott.log.9", "flott.log\x00"} {
		if r, _, err := l.Read(name); err == nil {
			r.Close()
			t.Errorf("%q can be read", name)
		} else if name == "../outside" && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %v", name, err)
		}
	}
	l.Close()
	again := open(t, s, nil) // goes on where it was
	again.Logger().Warn("line 100")
	if r, _, err := again.Read("flott.log"); err != nil {
		t.Error(err)
	} else {
		b, _ := io.ReadAll(r)
		r.Close()
		if !strings.Contains(string(b), "line 099") && !strings.HasPrefix(string(b), "time=") {
			t.Errorf("%s", b)
		}
	}
}

// server is a search server that keeps documents, and refuses on demand.
type server struct {
	*httptest.Server
	mu     sync.Mutex
	status int // of requests; 0 = 200
	refuse string
	docs   []map[string]any
	asked  chan struct{}
}

func newServer(t *testing.T) *server {
	s := &server{asked: make(chan struct{}, 1000)}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		defer func() { s.asked <- struct{}{} }()
		b, _ := io.ReadAll(r.Body)
		if s.status != 0 {
			w.WriteHeader(s.status)
			return
		}
		var items []string
		failed := false
		lines := bytes.Split(bytes.TrimSpace(b), []byte("\n"))
		for i := 1; i < len(lines); i += 2 {
			var d map[string]any
			if err := json.Unmarshal(lines[i], &d); err != nil {
				t.Error(err)
			}
			if s.refuse != "" && strings.Contains(string(lines[i]), s.refuse) {
				failed = true
				items = append(items, `{"create":{"status":400,"error":{"reason":"no"}}}`)
				continue
			}
			s.docs = append(s.docs, d)
			items = append(items, `{"create":{"status":201}}`)
		}
		fmt.Fprintf(w, `{"errors":%v,"items":[%s]}`, failed, strings.Join(items, ","))
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) set(status int, refuse string) {
	s.mu.Lock()
	s.status, s.refuse = status, refuse
	s.mu.Unlock()
}

// next waits for a request.
func (s *server) next(t *testing.T) {
	t.Helper()
	select {
	case <-s.asked:
	case <-time.After(time.Minute):
		t.Fatal("no request")
	}
}

func TestSearch(t *testing.T) {
	s := newServer(t)
	var b bytes.Buffer
	l := open(t, option.Set{"flott.log.to": "search;stderr", "flott.log.search.url": s.URL, "flott.log.search.flush-interval": "10 ms"}, &b)
	s.set(http.StatusServiceUnavailable, "")
	Job(l.Logger(), "j1", "n").Warn("first", "password", "x1234")
	s.next(t)
	s.next(t) // it is tried again
	s.set(0, "second")
	l.Logger().Error("second")
	l.Logger().Error("third")
	for done := false; !done; {
		s.next(t)
		s.mu.Lock()
		done = len(s.docs) == 2
		s.mu.Unlock()
	}
	l.Close()
	d := s.docs[0]
	if d["message"] != "first" || d["job_id"] != "j1" || d["level"] != "warn" || d["password"] != Hidden || d["@timestamp"] == nil {
		t.Errorf("document: %v", d)
	}
	if s.docs[1]["message"] != "third" || l.Dropped() != 1 {
		t.Errorf("%d dropped, last document %v", l.Dropped(), s.docs[1])
	}
	if n := strings.Count(b.String(), "are not taken by the search server"); n != 1 {
		t.Errorf("%d complaints:\n%s", n, b.String())
	}
}

// TestSearchBounded: a server that never answers costs the buffer and no more;
// the newest lines wait in it, the others are counted.
func TestSearchBounded(t *testing.T) {
	block := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-block:
		case <-r.Context().Done():
		}
	}))
	defer s.Close()
	defer close(block)
	l := open(t, option.Set{"flott.log.to": "search", "flott.log.search.url": s.URL, "flott.log.search.flush-interval": "1 ms", "flott.log.search.buffer-size": "10 kb"}, nil)
	log := l.Logger()
	for i := range 1000 { // waiting for an answer would take for ever
		log.Warn("line", "n", i)
	}
	w := l.search
	w.mu.Lock()
	waiting, size := len(w.queue)-w.head, w.size
	last := string(w.queue[len(w.queue)-1])
	w.mu.Unlock()
	if size > 10<<10 || !strings.Contains(last, `"n":999`) || int64(waiting)+l.Dropped() != 1000 {
		t.Errorf("%d bytes and %d lines wait, %d are dropped, the last is %s", size, waiting, l.Dropped(), last)
	}
	l.Close()
	if l.Dropped() != 1000 {
		t.Errorf("%d of 1000 lines are counted as dropped", l.Dropped())
	}
}

// TestRecent: the lines in memory are bounded and begin with a whole line.
func TestRecent(t *testing.T) {
	l := open(t, option.Set{}, nil)
	for range 3000 {
		l.Logger().Warn(strings.Repeat("x", 100))
	}
	b := l.recent.bytes()
	if len(b) > recentBytes || !bytes.HasPrefix(b, []byte("time=")) {
		t.Errorf("%d bytes, beginning %.20q", len(b), b)
	}
}

func BenchmarkWarn(b *testing.B) {
	l, err := Open(option.Set{"taskmanager.x.password": "s3cret-value"}, Options{})
	if err != nil {
		b.Fatal(err)
	}
	log := l.Logger().With(slog.String("job_id", "0123456789abcdef"))
	for b.Loop() {
		log.Warn("checkpoint declined", "id", 17, "error", "disk is full")
	}
}
