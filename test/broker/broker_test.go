package broker

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// TestRestart shows that a broker keeps its records and its address over a crash
// and over a stop, and that transactions work.
func TestRestart(t *testing.T) {
	b := Own(t)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	client := func(opts ...kgo.Opt) *kgo.Client {
		cl, err := kgo.NewClient(append(opts, kgo.SeedBrokers(b.Addr))...)
		if err != nil {
			t.Fatal(err)
		}
		return cl
	}
	cl := client(kgo.TransactionalID("t"), kgo.DefaultProduceTopic("in"))
	if _, err := kadm.NewClient(cl).CreateTopic(ctx, 1, 1, nil, "in"); err != nil {
		t.Fatal(err)
	}
	if err := cl.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	if err := cl.ProduceSync(ctx, kgo.StringRecord("a"), kgo.StringRecord("b")).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := cl.EndTransaction(ctx, kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
	cl.Close()
	for _, end := range []func(){b.Kill, b.Stop} {
		start := time.Now()
		end()
		t.Logf("ended in %s", time.Since(start).Round(time.Millisecond))
		start = time.Now()
		if err := b.Start(ctx); err != nil {
			t.Fatal(err)
		}
		t.Logf("started again in %s", time.Since(start).Round(time.Millisecond))
		cl := client(kgo.ConsumeTopics("in"), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
		n := 0
		for n < 2 && ctx.Err() == nil {
			n += cl.PollFetches(ctx).NumRecords()
		}
		cl.Close()
		if n != 2 {
			t.Fatalf("%d records after a restart, want 2", n)
		}
	}
}
