package e2e

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/flott/flott/test/broker"
	"github.com/flott/flott/test/cli"
)

func TestMain(m *testing.M) { cli.Main(m) }

// kafka is a broker with topics of one test.
type kafka struct {
	addr string
	cl   *kgo.Client
	adm  *kadm.Client
}

func dial(t *testing.T, addr string, opts ...kgo.Opt) *kafka {
	t.Helper()
	opts = append(opts, kgo.SeedBrokers(addr), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.ProducerLinger(0))
	cl, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return &kafka{addr, cl, kadm.NewClient(cl)}
}

func shared(t *testing.T) *kafka {
	t.Helper()
	return dial(t, broker.Shared(t))
}

var topics atomic.Int64

// topic creates a topic with a name of its own.
func (k *kafka) topic(t *testing.T, what string, partitions int32) string {
	t.Helper()
	name := fmt.Sprintf("%s-%s-%d", strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, t.Name()), what, topics.Add(1))
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if _, err := k.adm.CreateTopic(ctx, partitions, 1, nil, name); err != nil {
		t.Fatalf("create topic %s: %v", name, err)
	}
	return name
}

// produce writes values, the i-th into partition i modulo partitions.
func (k *kafka) produce(t *testing.T, topic string, partitions int32, values ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	records := make([]*kgo.Record, len(values))
	for i, v := range values {
		records[i] = &kgo.Record{Topic: topic, Partition: int32(i) % partitions, Value: []byte(v)}
	}
	if err := k.cl.ProduceSync(ctx, records...).FirstErr(); err != nil {
		t.Fatalf("produce to %s: %v", topic, err)
	}
}

// committed reads a topic from its beginning to its present end, committed
// records only.
func (k *kafka) committed(t *testing.T, topic string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	ends, err := k.adm.ListCommittedOffsets(ctx, topic)
	if err != nil {
		t.Fatalf("offsets of %s: %v", topic, err)
	}
	left := 0
	end := map[int32]int64{}
	ends.Each(func(o kadm.ListedOffset) {
		if end[o.Partition] = o.Offset; o.Offset > 0 {
			left++
		}
	})
	cl, err := kgo.NewClient(kgo.SeedBrokers(k.addr), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.KeepControlRecords())
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	var values []string
	for left > 0 {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatalf("read %s: %v", topic, err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			if r.Offset >= end[r.Partition] {
				return
			}
			if !r.Attrs.IsControl() {
				values = append(values, string(r.Value))
			}
			if r.Offset == end[r.Partition]-1 {
				left--
			}
		})
	}
	return values
}

// await waits until a topic has n committed records at the least, and says at the
// end of its patience how many there are.
func (k *kafka) await(t *testing.T, p *cli.Process, topic string, n int, patience time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cl, err := kgo.NewClient(kgo.SeedBrokers(k.addr), kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	go func() {
		select {
		case <-p.Done():
			cancel()
		case <-ctx.Done():
		}
	}()
	seen := 0
	for seen < n {
		fetches := cl.PollFetches(ctx)
		if ctx.Err() != nil {
			select {
			case <-p.Done():
				t.Fatalf("flott ended with exit code %d; %d of %d records in %s\n%s", p.ExitCode(), seen, n, topic, cli.Tail(p.Stderr(), 20))
			default:
				t.Fatalf("%d of %d records in %s after %s", seen, n, topic, patience)
			}
		}
		seen += fetches.NumRecords()
	}
}

// noOpenTransactions fails the test when a transactional id with the prefix has
// a transaction open: it would hold up every reader of the topic.
func (k *kafka) noOpenTransactions(t *testing.T, prefix string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	listed, err := k.adm.ListTransactions(ctx, nil, []string{"Ongoing", "PrepareCommit", "PrepareAbort"})
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range listed {
		if strings.HasPrefix(l.TxnID, prefix) {
			t.Errorf("transaction %s is still %s", l.TxnID, l.State)
		}
	}
}

// exactlyOnce compares what arrived with what should have: each once, no more.
func exactlyOnce(t *testing.T, want map[string]bool, got []string) {
	t.Helper()
	seen := map[string]int{}
	for _, v := range got {
		seen[v]++
	}
	var lost, twice, strange int
	report := func(n *int, format, v string) {
		if *n++; *n <= 3 {
			t.Errorf(format, v)
		}
	}
	for v := range want {
		if seen[v] == 0 {
			report(&lost, "lost: %s", v)
		}
	}
	for v, n := range seen {
		switch {
		case !want[v]:
			report(&strange, "strange: %s", v)
		case n > 1:
			report(&twice, "more than once: %s", v)
		}
	}
	if lost+twice+strange > 0 {
		t.Errorf("%d lost, %d more than once, %d strange, of %d", lost, twice, strange, len(want))
	}
}
