package kafka

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// answer is a produce response with the same error for all partitions.
func answer(r *kmsg.ProduceRequest, code int16) *kmsg.ProduceResponse {
	resp := r.ResponseKind().(*kmsg.ProduceResponse)
	for _, rt := range r.Topics {
		t := kmsg.NewProduceResponseTopic()
		t.Topic = rt.Topic
		for _, rp := range rt.Partitions {
			p := kmsg.NewProduceResponseTopicPartition()
			p.Partition, p.ErrorCode = rp.Partition, code
			t.Partitions = append(t.Partitions, p)
		}
		resp.Topics = append(resp.Topics, t)
	}
	return resp
}

// TestForgottenProducer goes on with a new producer id when a broker has lost
// its memory of the old one.
func TestForgottenProducer(t *testing.T) {
	c := fakeCluster(t)
	ctx := limited(t, 30*time.Second)
	topic := c.topic(t, 3)
	var n atomic.Int64
	c.fake.ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.fake.KeepControl()
		if n.Add(1)%10 == 5 {
			return answer(req.(*kmsg.ProduceRequest), kerr.UnknownProducerID.Code), nil, true
		}
		return nil, nil, false
	})
	w, err := c.sink(t, topic, "sink.partitioner", "round-robin", "properties.batch.size", "500", "properties.retry.backoff.ms", "1").Writer(testEnv(newCounters()), bytesColumn, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for i := range 50 {
		if err := w.Write(ctx, batchOf(i*100, 100)); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := connector.Prepare(ctx, w, 1); err != nil {
		t.Fatal(err)
	}
	if n.Load() < 20 {
		t.Fatalf("only %d requests", n.Load())
	}
	wantOnce(t, c.all(t, topic), 5000)
}

func TestDeliveryTimeout(t *testing.T) {
	c := fakeCluster(t)
	topic := c.topic(t, 1)
	c.fake.ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.fake.KeepControl()
		return answer(req.(*kmsg.ProduceRequest), kerr.NotEnoughReplicas.Code), nil, true
	})
	ctx := limited(t, 20*time.Second)
	w, err := c.sink(t, topic, "properties.delivery.timeout.ms", "50", "properties.retry.backoff.ms", "1").Writer(testEnv(newCounters()), bytesColumn, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err = w.Write(ctx, batchOf(0, 10)); err == nil {
		_, _, err = connector.Prepare(ctx, w, 1)
	}
	if err == nil || !strings.Contains(err.Error(), "kafka-delivery") || !strings.Contains(err.Error(), "NOT_ENOUGH_REPLICAS") {
		t.Fatalf("%v", err)
	}
}

// TestOrder keeps the order within a partition whatever happens to requests in
// flight, also across checkpoints that nobody waits for.
func TestOrder(t *testing.T) {
	for _, guarantee := range []string{"at-least-once", "exactly-once"} {
		t.Run(guarantee, func(t *testing.T) {
			c := fakeCluster(t)
			ctx := limited(t, 60*time.Second)
			topic := c.topic(t, 1)
			random := rand.New(rand.NewPCG(1, 2))
			c.fake.ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
				c.fake.KeepControl()
				switch random.IntN(6) {
				case 0:
					return answer(req.(*kmsg.ProduceRequest), kerr.RequestTimedOut.Code), nil, true
				case 1:
					return nil, fmt.Errorf("cut off"), true
				}
				return nil, nil, false
			})
			options := append(exactlyOnce(prefixOf(t)), "properties.batch.size", "300", "properties.retry.backoff.ms", "1")
			options[1] = guarantee
			s := c.sink(t, topic, options...)
			w, err := s.Writer(testEnv(newCounters()), bytesColumn, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			const n = 5000
			var commit []connector.Committable
			var flushed []func(context.Context) error
			for i := 0; i < n; i += 50 {
				if err := w.Write(ctx, batchOf(i, 50)); err != nil {
					t.Fatal(err)
				}
				if i%500 == 450 {
					if _, commit, err = w.Prepare(ctx, int64(i)); err != nil {
						t.Fatal(err)
					}
					flushed = append(flushed, w.(connector.Flusher).Flushed())
				}
			}
			for _, f := range flushed {
				if err := f(ctx); err != nil {
					t.Fatal(err)
				}
			}
			if committer, err := s.Committer(testEnv(newCounters())); err != nil {
				t.Fatal(err)
			} else if committer != nil {
				defer committer.Close()
				if err := committer.Commit(ctx, commit, false); err != nil { // of all ten
					t.Fatal(err)
				}
			}
			next := 0
			r := open(t, ctx, c.source(t, topic, committedOnly...), testEnv(newCounters()), bytesColumn)
			rows(t, ctx, r, func(b *vector.Batch, i int) {
				if got := string(b.Cols[0].Bytes(i)); got != fmt.Sprint(next) {
					t.Fatalf("%s after %d", got, next-1)
				}
				next++
			})
			if next != n {
				t.Fatalf("%d rows", next)
			}
		})
	}
}

// TestFlushAside goes on with the rows behind a barrier while those before it
// are not acknowledged: nothing of them is sent, and the checkpoint waits. Their
// partition joins the next transaction meanwhile.
func TestFlushAside(t *testing.T) {
	c := fakeCluster(t)
	ctx := limited(t, 30*time.Second)
	topic := c.topic(t, 1)
	arrived, answers := make(chan string, 9), make(chan struct{})
	c.fake.ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.fake.KeepControl()
		arrived <- *req.(*kmsg.ProduceRequest).TransactionID
		c.fake.SleepControl(func() { <-answers })
		return nil, nil, false
	})
	joined := make(chan string, 9)
	c.fake.ControlKey(int16(kmsg.AddPartitionsToTxn), func(req kmsg.Request) (kmsg.Response, error, bool) {
		c.fake.KeepControl()
		joined <- req.(*kmsg.AddPartitionsToTxnRequest).TransactionalID
		return nil, nil, false
	})
	s := start(t, ctx, c.sink(t, topic, exactlyOnce(prefixOf(t))...), testEnv(newCounters()))
	flushed := make(chan error, 2)
	prepare := func(checkpoint int64) []connector.Committable {
		t.Helper()
		_, cs, err := s.w.Prepare(ctx, checkpoint)
		if err != nil {
			t.Fatal(err)
		}
		f := s.w.(connector.Flusher).Flushed()
		go func() { flushed <- f(ctx) }()
		return cs
	}
	s.write(0, 10)
	first := <-arrived
	<-joined
	prepare(1)
	s.write(10, 10)
	select {
	case next := <-joined:
		if next == first {
			t.Fatalf("%q was joined twice", first)
		}
	case <-ctx.Done():
		t.Fatal("the partition does not join before the records")
	}
	cs := prepare(2)
	if len(cs) != 2 {
		t.Fatalf("%d committables", len(cs))
	}
	select {
	case err := <-flushed:
		t.Fatalf("flushed (%v) before the broker has answered", err)
	case id := <-arrived:
		t.Fatalf("a record of %q was sent before those of %q were acknowledged", id, first)
	case <-time.After(50 * time.Millisecond):
	}
	close(answers)
	for range 2 {
		if err := <-flushed; err != nil {
			t.Fatal(err)
		}
	}
	if second := <-arrived; second == first {
		t.Fatalf("both periods are in transaction %q", first)
	}
	s.commit(cs, false)
	wantOnce(t, c.all(t, topic, committedOnly...), 20)

	// What is closed before it is acknowledged is aborted.
	answers = make(chan struct{})
	defer close(answers)
	s.write(20, 10)
	<-arrived
	prepare(3)
	s.stop()
	if err := <-flushed; err == nil {
		t.Fatal("flushed although it was closed before")
	}
	wantOnce(t, c.all(t, topic, committedOnly...), 20)
}

// TestTopicColumn writes each row to the topic it names.
func TestTopicColumn(t *testing.T) {
	c := fakeCluster(t)
	ctx := limited(t, 30*time.Second)
	a, b := c.topic(t, 2), c.topic(t, 3)
	columns := append(bytesColumn[:1:1], connector.Column{Name: "t", Type: types.TString, Metadata: "topic"})
	s, err := newSink(tableOf(c.addr, a+";"+b, bytesColumn), false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Writer(testEnv(newCounters()), bytesColumn, nil); err == nil || !strings.Contains(err.Error(), "which of several topics") {
		t.Errorf("without a topic column: %v", err)
	}
	w, err := s.Writer(testEnv(newCounters()), columns, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	batch := vector.NewBatch(typesOf(columns), 10)
	for i := range 20 {
		batch.Cols[0].AppendString(fmt.Sprint(i / 2))
		batch.Cols[1].AppendString([]string{a, b}[i%2])
		batch.SetLen(i + 1)
	}
	if err := w.Write(ctx, batch); err != nil {
		t.Fatal(err)
	}
	if _, _, err := connector.Prepare(ctx, w, 1); err != nil {
		t.Fatal(err)
	}
	wantOnce(t, c.all(t, a), 10)
	wantOnce(t, c.all(t, b), 10)
	batch.Reset()
	batch.Cols[0].AppendString("x")
	batch.Cols[1].AppendString("elsewhere")
	batch.SetLen(1)
	if err := w.Write(ctx, batch); err == nil || !strings.Contains(err.Error(), `topic "elsewhere", which is not one of`) {
		t.Errorf("%v", err)
	}
}
