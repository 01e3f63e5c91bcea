// Command loop is the pass-through without an engine: what a Go program costs
// that copies a topic with the same Kafka client and drops one record in a
// hundred. The benchmarks compare flott with it.
//
//	raw    the bytes pass; every hundredth record by count is dropped
//	json   each record is parsed into typed fields, filtered by id, and written anew
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/flott/flott/bench/rig"
)

func main() {
	addr := flag.String("broker", "127.0.0.1:9092", "bootstrap address")
	mode := flag.String("mode", "raw", "raw or json")
	linger := flag.Duration("linger", 5*time.Millisecond, "how long a batch may wait for more records")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := loop(ctx, *addr, *mode, *linger); err != nil {
		fmt.Fprintln(os.Stderr, "loop:", err)
		os.Exit(1)
	}
}

func loop(ctx context.Context, addr, mode string, linger time.Duration) error {
	cl, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.ConsumeTopics("in"), kgo.DefaultProduceTopic("out"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchMaxBytes(4<<20), kgo.FetchMaxPartitionBytes(1<<20), kgo.MaxConcurrentFetches(1),
		kgo.MaxBufferedRecords(10000), kgo.ProducerBatchMaxBytes(256<<10), kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.ProducerLinger(linger))
	if err != nil {
		return err
	}
	defer cl.Close()
	var failed atomic.Pointer[error]
	promise := func(_ *kgo.Record, err error) {
		if err != nil {
			failed.CompareAndSwap(nil, &err)
		}
	}
	count := 0
	for {
		fetches := cl.PollFetches(ctx)
		if ctx.Err() != nil {
			break
		}
		if err := fetches.Err(); err != nil {
			return err
		}
		if e := failed.Load(); e != nil {
			return *e
		}
		var wrong error
		fetches.EachPartition(func(p kgo.FetchTopicPartition) {
			out := make([]kgo.Record, len(p.Records))
			if mode == "raw" {
				for i, r := range p.Records {
					if count++; count%100 == 0 {
						continue
					}
					out[i].Value = r.Value
					cl.Produce(ctx, &out[i], promise)
				}
				return
			}
			buf := make([]byte, 0, len(p.Records)*(rig.RecordSize+8))
			for i, r := range p.Records {
				var rec rig.Record
				if err := rec.Parse(r.Value); err != nil {
					wrong = err
					return
				}
				if rec.ID%100 == 0 {
					continue
				}
				at := len(buf)
				buf = rec.Append(buf)
				out[i].Value = buf[at:len(buf):len(buf)]
				cl.Produce(ctx, &out[i], promise)
			}
		})
		if wrong != nil {
			return wrong
		}
	}
	flush, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return cl.Flush(flush)
}
