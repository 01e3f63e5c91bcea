package kafka

import (
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/option"
	"github.com/flott/flott/test/broker"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// benchTopics fills `in` with records of 200 bytes and makes an empty `out`.
func benchTopics(b *testing.B, addr string, records, partitions int) (in, out string) {
	ctx := limited(b, time.Minute)
	cl := kafkaClient(b, addr, kgo.ProducerLinger(5*time.Millisecond), kgo.ProducerBatchMaxBytes(256<<10), kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.MaxBufferedRecords(50000))
	adm := kadm.NewClient(cl)
	in, out = fmt.Sprintf("bench-in-%d", time.Now().UnixNano()), fmt.Sprintf("bench-out-%d", time.Now().UnixNano())
	for _, t := range []string{in, out} {
		if _, err := adm.CreateTopic(ctx, int32(partitions), 1, nil, t); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { adm.DeleteTopics(ctx, t) })
	}
	value := []byte(strings.Repeat("x", 200))
	for i := range records {
		cl.Produce(ctx, &kgo.Record{Topic: in, Value: value, Partition: int32(i % partitions)}, nil)
	}
	if err := cl.Flush(ctx); err != nil {
		b.Fatal(err)
	}
	return in, out
}

func report(b *testing.B, records int, wall, used time.Duration) {
	b.ReportMetric(float64(records)/wall.Seconds(), "records/s")
	b.ReportMetric(used.Seconds()*1e6/float64(records), "cpu-s/M")
	b.ReportMetric(0, "ns/op")
}

const benchRecords = 1_000_000

// BenchmarkPassthrough copies a topic less each hundredth record: the source,
// a gather, the sink. `bare` is the same by a loop over a client's records.
func BenchmarkPassthrough(b *testing.B) {
	addr := broker.Shared(b)
	for _, partitions := range []int{1, 4} {
		b.Run(fmt.Sprintf("flott-%d", partitions), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				in, out := benchTopics(b, addr, benchRecords, partitions)
				b.StartTimer()
				passthrough(b, addr, in, out)
			}
		})
		b.Run(fmt.Sprintf("bare-%d", partitions), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				in, out := benchTopics(b, addr, benchRecords, partitions)
				b.StartTimer()
				bare(b, addr, in, out)
			}
		})
	}
}

func passthrough(b *testing.B, addr, in, out string) {
	ctx := limited(b, time.Minute)
	env := testEnv(newCounters())
	extra := strings.Fields(os.Getenv("FLOTT_BENCH_OPTIONS")) // key value …
	if m, err := option.ParseMemory(os.Getenv("FLOTT_BENCH_MEMORY")); err == nil {
		env.MemoryBytes = m
	}
	src, err := newSource(tableOf(addr, in, bytesColumn, "scan.startup.mode", "earliest-offset", "scan.bounded.mode", "latest-offset"), false)
	if err != nil {
		b.Fatal(err)
	}
	dst, err := newSink(tableOf(addr, out, bytesColumn, extra...), false)
	if err != nil {
		b.Fatal(err)
	}
	start, used := time.Now(), cpu()
	r := open(b, ctx, src, env, bytesColumn)
	w, err := dst.Writer(env, bytesColumn, nil)
	if err != nil {
		b.Fatal(err)
	}
	keep := vector.NewBatch([]types.Type{bytesColumn[0].Type}, env.BatchSize)
	sel := make([]int32, 0, env.BatchSize)
	count := 0
	for {
		batch, _, err := nextBatch(ctx, r)
		if err == io.EOF {
			break
		}
		if err != nil {
			b.Fatal(err)
		}
		sel = sel[:0]
		for i := range batch.Len() {
			if count++; count%100 != 0 {
				sel = append(sel, int32(i))
			}
		}
		keep.Gather(batch, sel)
		if err := w.Write(ctx, keep); err != nil {
			b.Fatal(err)
		}
	}
	if _, _, err := connector.Prepare(ctx, w, 0); err != nil {
		b.Fatal(err)
	}
	report(b, count, time.Since(start), cpu()-used)
	r.Close()
	w.Close()
	if count != benchRecords {
		b.Fatalf("read %d records", count)
	}
}

// bare is what a program does that takes the client's records as they come.
func bare(b *testing.B, addr, in, out string) {
	ctx := limited(b, time.Minute)
	start, used := time.Now(), cpu()
	cl := kafkaClient(b, addr, kgo.ConsumeTopics(in), kgo.DefaultProduceTopic(out), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchMaxBytes(4<<20), kgo.FetchMaxPartitionBytes(1<<20), kgo.MaxConcurrentFetches(1), kgo.MaxBufferedRecords(10000),
		kgo.ProducerBatchMaxBytes(256<<10), kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.ProducerLinger(5*time.Millisecond))
	count := 0
	for count < benchRecords {
		f := cl.PollFetches(ctx)
		if err := f.Err(); err != nil {
			b.Fatal(err)
		}
		f.EachPartition(func(p kgo.FetchTopicPartition) {
			slab := make([]kgo.Record, len(p.Records))
			for i, r := range p.Records {
				if count++; count%100 != 0 {
					slab[i].Value = r.Value
					cl.Produce(ctx, &slab[i], nil)
				}
			}
		})
	}
	if err := cl.Flush(ctx); err != nil {
		b.Fatal(err)
	}
	report(b, count, time.Since(start), cpu()-used)
}
