package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/option"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// registry has a metric of each type in an operator's scope.
func registry() *metrics.Registry {
	r := metrics.New("h")
	op := r.TaskManager("tm-1").Job("j1", "my job").Task("v1", "Source: a -> Sink", "x", 2, 0).Operator("o1", "Source: a.b")
	op.RecordsIn().Add(120)
	op.Gauge("lag", func() float64 { return -1.5 })
	op.GaugeText("path", func() string { return "somewhere" })
	for i := range int64(100) {
		op.Histogram("latency").Update(i + 1)
	}
	return r
}

// only are settings that leave the metrics of registry's operator.
func only(conf option.Set) option.Set {
	out := option.Set{"metrics.reporter.x.filter.includes": "*.operator", "metrics.reporter.x.interval": "10 ms"}
	for k, v := range conf {
		out["metrics.reporter.x."+k] = v
	}
	return out
}

func start(t *testing.T, r *metrics.Registry, s option.Set) *Reporters {
	t.Helper()
	rs, err := Start(r, s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rs.Close() })
	return rs
}

func TestRefused(t *testing.T) {
	for want, s := range map[string]option.Set{
		"there is no JMX":                   {"type": "jmx"},
		"without a Java virtual machine":    {"factory.class": "org.apache.flink.metrics.jmx.JMXReporterFactory"},
		`no metrics reporter "what"`:        {"type": "what"},
		"has no class":                      {"port": "1"},
		"the graphite reporter needs it":    {"type": "graphite", "host": "h"},
		"no port and no range":              {"type": "prometheus", "port": "9-3"},
		"is not a whole number":             {"type": "statsd", "host": "h", "port": "x"},
		"more than three parts":             {"type": "log", "filter.includes": "a:b:c:d"},
		`there is no metric type "x"`:       {"type": "log", "filter.excludes": "*:*:x"},
		"not of the form name:value":        {"type": "log", "scope.variables.additional": "a"},
		"needs a job name":                  {"type": "pushgateway", "hostUrl": "http://h:1", "randomJobNameSuffix": "false"},
		`"h" is not a URL`:                  {"type": "pushgateway", "hostUrl": "h"},
		`"ftp://h" is not a URL`:            {"type": "otlp", "exporter.endpoint": "ftp://h"},
		`"k" is not of the form name=value`: {"type": "pushgateway", "hostUrl": "http://h:1", "groupingKey": "k"},
	} {
		all := only(s)
		all["metrics.reporters"] = "x"
		rs, err := Start(registry(), all, slog.New(slog.DiscardHandler))
		if err == nil {
			rs.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", s, err)
		}
	}
}

// TestClasses: Flink's factory classes stand for our reporters, in `reporters`
// or without it.
func TestClasses(t *testing.T) {
	for _, k := range Kinds {
		for _, conf := range []option.Set{{"factory.class": k.Class}, {"type": k.Name}, {"factory.class": strings.TrimSuffix(k.Class, "Factory")}} {
			if got, err := findKind("x.", conf); err != nil || got.Name != k.Name {
				t.Errorf("%v: %v %v", conf, got.Name, err)
			}
		}
	}
	s := option.Set{"metrics.reporter.a.factory.class": "A", "metrics.reporter.b.type": "b", "metrics.reporter.c.port": "1"}
	if got := names(s); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("reporters: %v", got)
	}
	s["metrics.reporters"] = "b, c"
	if got := names(s); !slices.Equal(got, []string{"b", "c"}) {
		t.Errorf("reporters: %v", got)
	}
}

func TestFilter(t *testing.T) {
	all := registry().All(nil)
	for rules, want := range map[[2]string]string{
		{"*.operator", ""}:                              "lag latency numRecordsIn numRecordsInPerSecond path",
		{"*.operator:num*,lag", ""}:                     "lag numRecordsIn numRecordsInPerSecond",
		{"*.operator:*:counter,meter", ""}:              "numRecordsIn numRecordsInPerSecond",
		{"*.operator", "*:*:gauge"}:                     "latency numRecordsIn numRecordsInPerSecond",
		{"*.operator:lag;*.operator:lat*", "*:latency"}: "lag",
		{"taskmanager.job", ""}:                         "",
		{"*.operator", "*"}:                             "",
	} {
		f, err := newFilter("", option.Set{"filter.includes": rules[0], "filter.excludes": rules[1]})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range all {
			if f.passes(m) {
				got = append(got, m.Name)
			}
		}
		slices.Sort(got)
		if strings.Join(got, " ") != want {
			t.Errorf("%v: %v", rules, got)
		}
	}
}

func TestPrometheus(t *testing.T) {
	rs := start(t, registry(), only(option.Set{"type": "prometheus", "port": "0", "scope.variables.excludes": "host;<task_attempt_id>;task_attempt_num", "scope.variables.additional": "zone:a"}))
	a, err := http.Get(rs.Lines[0])
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(a.Body)
	a.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	const want = `flink_taskmanager_job_task_operator_numRecordsIn{tm_id="tm_1",job_id="j1",job_name="my_job",task_id="v1",task_name="Source:_a____Sink",subtask_index="2",operator_id="o1",operator_name="Source:_a_b",zone="a",} 120` + "\n"
	if !strings.Contains(string(b), want) || strings.Contains(string(b), "JVM") {
		t.Errorf("%s", b)
	}
}

// TestPorts: the first free port of a range is taken; without one it is said.
func TestPorts(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := l.Addr().(*net.TCPAddr).Port
	rs := start(t, registry(), only(option.Set{"type": "prometheus", "port": fmt.Sprintf("%d,0", taken)}))
	if strings.Contains(rs.Lines[0], fmt.Sprint(taken)) {
		t.Error("a port is shared")
	}
	if rs, err := Start(registry(), only(option.Set{"type": "prometheus", "port": fmt.Sprint(taken)}), slog.New(slog.DiscardHandler)); err == nil {
		rs.Close()
		t.Error("a port in use is taken")
	}
}

// receiver keeps what is sent to it, until enough of it is there.
type receiver struct {
	mu   sync.Mutex
	text string
	some chan struct{}
}

func newReceiver() *receiver { return &receiver{some: make(chan struct{}, 1)} }

func (r *receiver) add(s string) {
	r.mu.Lock()
	r.text += s
	r.mu.Unlock()
	select {
	case r.some <- struct{}{}:
	default:
	}
}

// wants waits for all of the texts.
func (r *receiver) wants(t *testing.T, texts ...string) {
	t.Helper()
	late := time.After(time.Minute)
	for {
		r.mu.Lock()
		got := r.text
		r.mu.Unlock()
		missing := slices.IndexFunc(texts, func(s string) bool { return !strings.Contains(got, s) })
		if missing < 0 {
			return
		}
		select {
		case <-r.some:
		case <-late:
			t.Fatalf("missing %q in\n%s", texts[missing], got)
		}
	}
}

func (r *receiver) http(t *testing.T) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		b, _ := io.ReadAll(q.Body)
		user, _, _ := q.BasicAuth()
		r.add(fmt.Sprintf("%s %s %s %s\n%s\n", q.Method, q.URL, user, q.Header.Get("DD-API-KEY"), b))
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(s.Close)
	return s
}

func TestGateway(t *testing.T) {
	r := newReceiver()
	s := r.http(t)
	rs := start(t, registry(), only(option.Set{"type": "pushgateway", "hostUrl": s.URL, "jobName": "a/b", "randomJobNameSuffix": "false", "groupingKey": "k=v w;l=", "username": "u", "password": "p"}))
	r.wants(t, "PUT /metrics/job@base64/YS9i/k/v%20w/l@base64/= u", "numRecordsIn{")
	rs.Close()
	r.wants(t, "DELETE /metrics/job@base64/YS9i/k/v%20w/l@base64/= u")
}

func TestInflux(t *testing.T) {
	r := newReceiver()
	s := r.http(t)
	h, p, _ := net.SplitHostPort(s.Listener.Addr().String())
	start(t, registry(), only(option.Set{"type": "influxdb", "host": h, "port": p, "db": "d", "retentionPolicy": "rp"}))
	r.wants(t, "POST /write?consistency=one&db=d&precision=ms&rp=rp",
		`taskmanager_job_task_operator_numRecordsIn,host=h,tm_id=tm-1,job_id=j1,job_name=my\ job,task_id=v1,task_name=Source:\ a\ ->\ Sink,subtask_index=2,task_attempt_id=x,task_attempt_num=0,operator_id=o1,operator_name=Source:\ a.b count=120i `,
		"operator_name=Source:\\ a.b value=-1.5 ", "count=100i,max=100i,mean=50.5,min=1i,stddev=29.011491975882016,p50=50,")
}

func TestStatsD(t *testing.T) {
	for tags, want := range map[string][]string{
		"false": {"h.taskmanager.tm-1.my job.Source- a.b.2.numRecordsIn:120|g\n", ".lag:0|g\nh.taskmanager.tm-1.my job.Source- a.b.2.lag:-1.5|g", ".latency.p99:99|g"},
		"true":  {"flink.taskmanager.job.task.operator.numRecordsIn:120|g|#host:h,tm_id:tm-1,job_id:j1,job_name:my job,", "operator.lag:-1.5|g|#"},
	} {
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		r := newReceiver()
		var g sync.WaitGroup
		g.Go(func() {
			b := make([]byte, 64<<10)
			for {
				n, _, err := c.ReadFrom(b)
				if err != nil {
					return
				}
				if n > datagram {
					r.add("a packet is too large")
				}
				r.add(string(b[:n]) + "\n")
			}
		})
		_, p, _ := net.SplitHostPort(c.LocalAddr().String())
		rs := start(t, registry(), only(option.Set{"type": "statsd", "host": "127.0.0.1", "port": p, "dogstatsd": tags}))
		r.wants(t, want...)
		rs.Close()
		c.Close()
		g.Wait()
		if strings.Contains(r.text, "too large") {
			t.Error("a packet is too large")
		}
	}
}

func TestGraphite(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := newReceiver()
	var g sync.WaitGroup
	g.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b, _ := io.ReadAll(c)
			c.Close()
			r.add(string(b))
		}
	})
	_, p, _ := net.SplitHostPort(l.Addr().String())
	rs := start(t, registry(), only(option.Set{"type": "graphite", "host": "127.0.0.1", "port": p}))
	r.wants(t, "h.taskmanager.tm-1.my-job.Source:-a-b.2.numRecordsIn.count 120 ", "2.lag -1.5 ", "2.latency.p999 100 ", "PerSecond.m1_rate ")
	rs.Close()
	l.Close()
	g.Wait()
}

func TestDatadog(t *testing.T) {
	r := newReceiver()
	s := r.http(t)
	start(t, registry(), only(option.Set{"type": "datadog", "apikey": "k3y", "url": s.URL + "/series", "useLogicalIdentifier": "true", "tags": "env:test", "maxMetricsPerRequest": "2"}))
	r.wants(t, "POST /series  k3y", `{"metric":"taskmanager.job.task.operator.numRecordsIn","type":"count","host":"`, `"tags":["env:test","host:h","tm_id:tm-1"`,
		`"metric":"taskmanager.job.task.operator.latency.95percentile","type":"gauge"`)
	r.mu.Lock()
	defer r.mu.Unlock()
	total := 0.0
	for line := range strings.Lines(r.text) {
		var body struct{ Series []series }
		if json.Unmarshal([]byte(line), &body) != nil {
			continue
		}
		if len(body.Series) > 2 {
			t.Errorf("%d series in one request", len(body.Series))
		}
		for _, s := range body.Series {
			if s.Type == "count" {
				total += s.Points[0][1]
			}
		}
	}
	if total != 120 {
		t.Errorf("the counts are %v together", total)
	}
}

func TestLog(t *testing.T) {
	r := newReceiver()
	rs, err := Start(registry(), only(option.Set{"type": "log"}), slog.New(slog.NewTextHandler(writer(r.add), nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer rs.Close()
	r.wants(t, `name="h.taskmanager.tm-1.my job.Source: a.b.2.numRecordsIn" type=counter count=120`, "type=gauge value=somewhere")
}

type writer func(string)

func (w writer) Write(p []byte) (int, error) {
	w(string(p))
	return len(p), nil
}

// TestOTLP reads requests with a decoder of its own.
func TestOTLP(t *testing.T) {
	for _, compression := range []string{"none", "gzip"} {
		r := newReceiver()
		s := r.http(t)
		start(t, registry(), only(option.Set{"type": "otlp", "exporter.endpoint": s.URL, "exporter.protocol": "HTTP", "exporter.compression": compression, "service.name": "s", "batch.size": "3"}))
		r.wants(t, "POST /v1/metrics")
	}
	b := &base{conf: option.Set{"service.name": "flott", "exporter.endpoint": "h:1"}, filter: filter{}}
	o, err := openOTLP(b)
	if err != nil {
		t.Fatal(err)
	}
	all := slices.DeleteFunc(registry().All(nil), func(m metrics.Metric) bool { return m.Group.Scope() != metrics.Operator })
	got := decode(t, o.(*otlp).request(nil, all, time.Unix(1, 0)), 0)
	for _, want := range []string{"service.name", "flink.taskmanager.job.task.operator.numRecordsIn\n", "numRecordsInPerSecond.rate\n", "subtask_index", "latency\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("missing %q in\n%s", want, got)
		}
	}
}

// decode prints a protobuf message as far as it is one.
func decode(t *testing.T, b []byte, depth int) (out string) {
	for len(b) > 0 {
		key, n := uvarint(b)
		b = b[max(n, 0):]
		switch {
		case n <= 0:
			t.Fatal("a tag is cut off")
		case key&7 == wireVarint:
			_, n := uvarint(b)
			b = b[n:]
		case key&7 == wireFixed:
			b = b[8:]
		case key&7 == wireBytes:
			size, n := uvarint(b)
			part := b[n : n+int(size)]
			b = b[n+int(size):]
			if printable(part) {
				out += string(part) + "\n"
			} else {
				out += decode(t, part, depth+1)
			}
		default:
			t.Fatalf("wire type %d", key&7)
		}
	}
	return out
}

func uvarint(b []byte) (v uint64, n int) {
	for i, c := range b {
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}

func printable(b []byte) bool {
	return len(b) > 0 && bytes.IndexFunc(b, func(r rune) bool { return r < ' ' || r > 0xfff }) < 0
}

// TestDead: a receiver that takes nothing costs no more than an error line a minute.
func TestDead(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := gone.Addr().String()
	gone.Close()
	r := newReceiver()
	log := slog.New(slog.NewTextHandler(writer(r.add), nil))
	rs, err := Start(registry(), option.Set{
		"metrics.reporter.a.type": "otlp", "metrics.reporter.a.exporter.endpoint": "http://" + l.Addr().String(), "metrics.reporter.a.interval": "1 ms", "metrics.reporter.a.exporter.timeout": "20 ms",
		"metrics.reporter.b.type": "pushgateway", "metrics.reporter.b.hostUrl": "http://user:secret@" + address, "metrics.reporter.b.interval": "1 ms",
	}, log)
	if err != nil {
		t.Fatal(err)
	}
	r.wants(t, "reporter=a", "reporter=b")
	begun := time.Now()
	rs.Close()
	if d := time.Since(begun); d > 10*closeTimeout {
		t.Errorf("closing took %v", d)
	}
	if n := strings.Count(r.text, "metrics were not taken"); n != 2 {
		t.Errorf("%d complaints in\n%s", n, r.text)
	}
	if strings.Contains(r.text, "secret") {
		t.Errorf("a password is shown:\n%s", r.text)
	}
}

// TestUnknownKeys are named in the log.
func TestUnknownKeys(t *testing.T) {
	r := newReceiver()
	rs, err := Start(registry(), only(option.Set{"type": "log", "prot": "1"}), slog.New(slog.NewTextHandler(writer(r.add), nil)))
	if err != nil {
		t.Fatal(err)
	}
	rs.Close()
	r.wants(t, "metrics.reporter.x.prot")
}

// BenchmarkScrape is what a scrape of a job with 1,000 operators costs.
func BenchmarkScrape(b *testing.B) {
	r := metrics.New("h")
	tm := r.TaskManager("t")
	for i := range 1000 {
		g := tm.Job("j", "job").Task("v", "task", "a", i, 0).Operator("o", "op")
		g.RecordsIn()
		g.RecordsOut()
	}
	x := &base{registry: r, conf: option.Set{}, filter: filter{includes: []rule{{}}}}
	var text []byte
	for b.Loop() {
		text = x.text().Append(text[:0], x.picture(nil))
	}
}
