package kafka

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/format"
	_ "github.com/flott/flott/format/raw" // what the tests read and write
	"github.com/flott/flott/option"
	"github.com/flott/flott/test/cli"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	format.Register(&format.Format{
		Name: "refusing",
		NewDecoder: func(_ option.Set, _ []format.Column, _ format.Env) (format.Decoder, error) {
			return refusing{}, nil
		},
	})
	goleak.VerifyTestMain(withBroker{m}, goleak.IgnoreCurrent())
}

// withBroker ends the broker that the tests share before the leaks are counted.
type withBroker struct{ *testing.M }

func (w withBroker) Run() int { return cli.Run(w.M) }

// refusing is a format that takes no message.
type refusing struct{}

func (refusing) Begin(*vector.Batch, []byte, bool) {}

func (refusing) Decode(uint32, uint32) (int, error) { return 0, errors.New("this is bad") }

// counters is a Metrics for tests.
type counters struct {
	mu     sync.Mutex
	counts map[string]*atomic.Int64
	gauges map[string]func() float64
}

type counter struct{ n *atomic.Int64 }

func (c counter) Add(n int64) { c.n.Add(n) }

func newCounters() *counters {
	return &counters{counts: map[string]*atomic.Int64{}, gauges: map[string]func() float64{}}
}

func (c *counters) Counter(name string) connector.Counter {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts[name] == nil {
		c.counts[name] = new(atomic.Int64)
	}
	return counter{c.counts[name]}
}

func (c *counters) Gauge(name string, f func() float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gauges[name] = f
}

func (c *counters) Scope(name, value string) connector.Metrics {
	return scope{c, ""}.Scope(name, value)
}

// scope writes the path of a metric in front of its name.
type scope struct {
	*counters
	path string
}

func (s scope) Counter(name string) connector.Counter { return s.counters.Counter(s.path + name) }
func (s scope) Gauge(name string, f func() float64)   { s.counters.Gauge(s.path+name, f) }
func (s scope) Scope(name, value string) connector.Metrics {
	path := s.path + name + "."
	if value != "" {
		path += value + "."
	}
	return scope{s.counters, path}
}

func (c *counters) count(name string) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := c.counts[name]; n != nil {
		return n.Load()
	}
	return 0
}

func (c *counters) gauge(name string) float64 {
	c.mu.Lock()
	f := c.gauges[name]
	c.mu.Unlock()
	if f == nil {
		return -1
	}
	return f()
}

func testEnv(metrics connector.Metrics) connector.Env {
	level := slog.LevelError
	if testing.Verbose() {
		level = slog.LevelInfo
	}
	return connector.Env{
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})), Job: "test", Operator: "op", Parallelism: 1, BatchSize: 1024,
		MemoryBytes: 4 << 20, Zone: time.UTC, Now: time.Now, Metrics: metrics, Failpoint: func(string) error { return nil },
	}
}

var bytesColumn = []connector.Column{{Name: "v", Type: types.TBytes}}

func tableOf(addr, topic string, physical []connector.Column, kv ...string) connector.Table {
	o := option.Set{"connector": "kafka", "properties.bootstrap.servers": addr, "topic": topic, "format": "raw"}
	for i := 0; i < len(kv); i += 2 {
		if kv[i+1] == "-" {
			delete(o, kv[i])
		} else {
			o[kv[i]] = kv[i+1]
		}
	}
	return connector.Table{Path: "`c`.`d`.`" + topic + "`", Options: o, Physical: physical}
}

func limited(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// nextBatch waits for rows; io.EOF at the end.
func nextBatch(ctx context.Context, r connector.Reader) (*vector.Batch, string, error) {
	for {
		b, split, err := r.Next()
		if err != nil || b != nil {
			return b, split, err
		}
		select {
		case <-r.Ready():
		case <-ctx.Done():
			return nil, "", ctx.Err()
		}
	}
}

// open discovers all splits and returns a reader of them.
func open(t testing.TB, ctx context.Context, s connector.Source, env connector.Env, columns []connector.Column) connector.Reader {
	t.Helper()
	e, err := s.Enumerator(env)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	splits, _, err := e.Discover(ctx)
	if err != nil {
		t.Fatal(err)
	}
	r, err := s.Reader(env, columns)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	if err := r.AddSplits(splits); err != nil {
		t.Fatal(err)
	}
	r.NoMoreSplits()
	return r
}

// rows reads a bounded source to its end and calls f for each row.
func rows(t testing.TB, ctx context.Context, r connector.Reader, f func(b *vector.Batch, i int)) {
	t.Helper()
	for {
		b, _, err := nextBatch(ctx, r)
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Len() {
			f(b, i)
		}
	}
}

func kafkaClient(t testing.TB, addr string, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	cl, err := kgo.NewClient(append([]kgo.Opt{kgo.SeedBrokers(addr)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}
