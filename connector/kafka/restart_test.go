package kafka

import (
	"io"
	"testing"
	"time"

	"github.com/flott/flott/test/broker"
)

// TestBrokerRestart crashes the broker while rows pass, and starts it again.
func TestBrokerRestart(t *testing.T) {
	own := broker.Own(t)
	c := realCluster(t, own.Addr)
	ctx := limited(t, 3*time.Minute)
	topic, target := c.topic(t, 3), c.topic(t, 3)
	const n = 60000
	c.produce(t, values(topic, 0, n, 3))
	options := append(exactlyOnce(prefixOf(t)), "sink.partitioner", "round-robin", "properties.batch.size", "20000")
	s := start(t, ctx, c.sink(t, target, options...), testEnv(newCounters()))
	env := testEnv(newCounters())
	env.BatchSize = 100
	r := open(t, ctx, c.source(t, topic, "properties.fetch.max.bytes", "20000"), env, bytesColumn)
	restarted := make(chan error, 1)
	checkpoint, read := int64(0), 0
	for {
		b, _, err := nextBatch(ctx, r)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := s.w.Write(ctx, b); err != nil {
			t.Fatal(err)
		}
		if read += b.Len(); read/10000 > int(checkpoint) {
			checkpoint++
			_, cs := s.prepare(checkpoint)
			if checkpoint == 2 { // in the middle of a commit, a fetch, and then of writes
				go func() {
					own.Kill()
					restarted <- own.Start(ctx)
				}()
				if !pause(ctx, 2*time.Second) {
					t.Fatal(ctx.Err())
				}
			}
			s.commit(cs, false)
		}
	}
	_, cs := s.prepare(checkpoint + 1)
	s.commit(cs, false)
	if err := <-restarted; err != nil {
		t.Fatal(err)
	}
	r.Close()
	wantOnce(t, c.all(t, target, committedOnly...), n)
}
