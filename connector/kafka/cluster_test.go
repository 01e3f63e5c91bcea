package kafka

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/test/broker"
	"github.com/flott/flott/vector"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// cluster is a broker to test against.
type cluster struct {
	addr string
	fake *kfake.Cluster // nil if it is a real one
	adm  *kadm.Client
}

// onClusters runs a test against the simulated cluster, and against a real broker.
func onClusters(t *testing.T, f func(t *testing.T, c *cluster)) {
	t.Run("kfake", func(t *testing.T) { f(t, fakeCluster(t)) })
	t.Run("real", func(t *testing.T) { f(t, realCluster(t, broker.Shared(t))) })
}

func realCluster(t testing.TB, addr string) *cluster {
	return &cluster{addr: addr, adm: kadm.NewClient(kafkaClient(t, addr))}
}

func fakeCluster(t *testing.T, opts ...kfake.Opt) *cluster {
	t.Helper()
	fake, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(3)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	addr := fake.ListenAddrs()[0]
	return &cluster{addr: addr, fake: fake, adm: kadm.NewClient(kafkaClient(t, addr))}
}

var topicNumber atomic.Int64

// topic makes a new topic.
func (c *cluster) topic(t testing.TB, partitions int, config ...string) string {
	t.Helper()
	ctx := limited(t, 20*time.Second)
	name := fmt.Sprintf("flott-test-%d-%d", time.Now().UnixNano(), topicNumber.Add(1))
	configs := map[string]*string{}
	for i := 0; i < len(config); i += 2 {
		configs[config[i]] = &config[i+1]
	}
	r, err := c.adm.CreateTopic(ctx, int32(partitions), 1, configs, name)
	if err == nil {
		err = r.Err
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_, _ = c.adm.DeleteTopics(ctx, name)
	})
	return name
}

func (c *cluster) produce(t testing.TB, rs []*kgo.Record, opts ...kgo.Opt) {
	t.Helper()
	cl := kafkaClient(t, c.addr, append([]kgo.Opt{kgo.RecordPartitioner(kgo.ManualPartitioner())}, opts...)...)
	if err := cl.ProduceSync(limited(t, 20*time.Second), rs...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// values makes the records "0" to "n-1", spread over the partitions.
func values(topic string, from, n, partitions int) []*kgo.Record {
	var rs []*kgo.Record
	for i := from; i < from+n; i++ {
		rs = append(rs, &kgo.Record{Topic: topic, Partition: int32(i % partitions), Value: fmt.Appendf(nil, "%d", i)})
	}
	return rs
}

func (c *cluster) source(t testing.TB, topic string, kv ...string) connector.Source {
	t.Helper()
	s, err := newSource(tableOf(c.addr, topic, bytesColumn, append([]string{"scan.startup.mode", "earliest-offset", "scan.bounded.mode", "latest-offset"}, kv...)...), false)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (c *cluster) sink(t testing.TB, topic string, kv ...string) connector.Sink {
	t.Helper()
	s, err := newSink(tableOf(c.addr, topic, bytesColumn, kv...), false)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// all reads a topic to its end and counts each value.
func (c *cluster) all(t testing.TB, topic string, kv ...string) map[string]int {
	t.Helper()
	ctx := limited(t, 20*time.Second)
	c.settle(t, ctx)
	got := map[string]int{}
	r := open(t, ctx, c.source(t, topic, kv...), testEnv(newCounters()), bytesColumn)
	rows(t, ctx, r, func(b *vector.Batch, i int) { got[string(b.Cols[0].Bytes(i))]++ })
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return got
}

// settle waits until the broker has written the markers of all transactions that are
// ended: it answers before.
func (c *cluster) settle(t testing.TB, ctx context.Context) {
	t.Helper()
	if c.fake != nil {
		return
	}
	for {
		ending, err := c.adm.ListTransactions(ctx, nil, []string{"PrepareCommit", "PrepareAbort"})
		if err != nil {
			t.Fatal(err)
		}
		if len(ending) == 0 {
			return
		}
		if !pause(ctx, 10*time.Millisecond) {
			t.Fatalf("transactions do not end: %v", ending)
		}
	}
}

// wantOnce checks that the values "0" to "n-1" are there once each, and nothing else.
func wantOnce(t testing.TB, got map[string]int, n int) {
	t.Helper()
	for i := range n {
		if k := fmt.Sprint(i); got[k] != 1 {
			t.Fatalf("value %s was read %d times; %d values of %d", k, got[k], len(got), n)
		}
	}
	if len(got) != n {
		t.Fatalf("%d values, want %d", len(got), n)
	}
}

// batchOf makes a batch of one column of the values "from" to "from+n-1".
func batchOf(from, n int) *vector.Batch {
	b := vector.NewBatch(typesOf(bytesColumn), n)
	for i := from; i < from+n; i++ {
		b.Cols[0].AppendString(fmt.Sprint(i))
	}
	b.SetLen(n)
	return b
}
