package e2e

import (
	"context"
	"fmt"
	"slices"
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
	k.settle(ctx, t)
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

// settle waits until the broker has written the markers of all transactions that
// are ended: it answers before.
func (k *kafka) settle(ctx context.Context, t *testing.T) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		ending, err := k.adm.ListTransactions(ctx, nil, []string{"PrepareCommit", "PrepareAbort"})
		if err != nil {
			t.Fatal(err)
		}
		if len(ending) == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("transactions do not end: %v", ending)
		}
	}
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

// openTransactions lists the transactional ids with the prefix that have a
// transaction open: it would hold up every reader of the topic.
func (k *kafka) openTransactions(t *testing.T, prefix string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	listed, err := k.adm.ListTransactions(ctx, nil, []string{"Ongoing", "PrepareCommit", "PrepareAbort"})
	if err != nil {
		t.Fatal(err)
	}
	var open []string
	for _, l := range listed {
		if strings.HasPrefix(l.TxnID, prefix) {
			open = append(open, l.TxnID+" is "+l.State)
		}
	}
	return open
}

// differences compares what arrived with what should have: each once, no more.
// It names three of each kind, and counts them.
func differences(want map[string]bool, got []string) []string {
	seen := map[string]int{}
	for _, v := range got {
		seen[v]++
	}
	var lost, twice, strange []string
	for v := range want {
		if seen[v] == 0 {
			lost = append(lost, v)
		}
	}
	for v, n := range seen {
		switch {
		case !want[v]:
			strange = append(strange, v)
		case n > 1:
			twice = append(twice, v)
		}
	}
	var out []string
	for _, kind := range []struct {
		name   string
		values []string
	}{{"lost", lost}, {"more than once", twice}, {"strange", strange}} {
		if n := len(kind.values); n > 0 {
			slices.Sort(kind.values)
			out = append(out, fmt.Sprintf("%d of %d %s: %s", n, len(want), kind.name, strings.Join(kind.values[:min(n, 3)], "; ")))
		}
	}
	return out
}

func exactlyOnce(t *testing.T, want map[string]bool, got []string) {
	t.Helper()
	for _, d := range differences(want, got) {
		t.Error(d)
	}
}

// TestReader shows that what the tests read with sees what is committed, nothing
// else, and an open transaction.
func TestReader(t *testing.T) {
	k := shared(t)
	topic := k.topic(t, "t", 2)
	k.produce(t, topic, 2, "a", "b", "c")
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cl, err := kgo.NewClient(kgo.SeedBrokers(k.addr), kgo.TransactionalID(topic), kgo.DefaultProduceTopic(topic))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	for _, end := range []kgo.TransactionEndTry{kgo.TryAbort, kgo.TryCommit} {
		if err := cl.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		if err := cl.ProduceSync(ctx, kgo.StringRecord(fmt.Sprintf("commit %t", end))).FirstErr(); err != nil {
			t.Fatal(err)
		}
		if open := k.openTransactions(t, topic); len(open) != 1 {
			t.Errorf("open transactions %v, want one", open)
		}
		if err := cl.EndTransaction(ctx, end); err != nil {
			t.Fatal(err)
		}
	}
	got := k.committed(t, topic)
	slices.Sort(got)
	if want := []string{"a", "b", "c", "commit true"}; !slices.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
	if open := k.openTransactions(t, topic); len(open) != 0 {
		t.Errorf("open transactions %v", open)
	}
}

func TestDifferences(t *testing.T) {
	want := map[string]bool{"a": true, "b": true, "c": true}
	if d := differences(want, []string{"c", "a", "b"}); d != nil {
		t.Errorf("%q", d)
	}
	got := strings.Join(differences(want, []string{"a", "a", "b", "x"}), " | ")
	if want := "1 of 3 lost: c | 1 of 3 more than once: a | 1 of 3 strange: x"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
