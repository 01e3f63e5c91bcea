package kafka

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/connector/kafka/internal/recordbatch"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// TestCodecs reads what a foreign client writes with each codec, and the other
// way round.
func TestCodecs(t *testing.T) {
	foreign := map[string]kgo.CompressionCodec{"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression()}
	onClusters(t, func(t *testing.T, c *cluster) {
		for name, codec := range foreign {
			t.Run(name, func(t *testing.T) {
				ctx := limited(t, 30*time.Second)
				topic := c.topic(t, 3)
				c.produce(t, values(topic, 0, 1000, 3), kgo.ProducerBatchCompression(codec))
				w, err := c.sink(t, topic, "properties.compression.type", name, "sink.partitioner", "round-robin").Writer(testEnv(newCounters()), bytesColumn, nil)
				if err != nil {
					t.Fatal(err)
				}
				defer w.Close()
				if err := w.Write(ctx, batchOf(1000, 1000)); err != nil {
					t.Fatal(err)
				}
				if _, _, err := connector.Prepare(ctx, w, 1); err != nil {
					t.Fatal(err)
				}
				wantOnce(t, c.all(t, topic), 2000)
				// The foreign client reads ours.
				cl := kafkaClient(t, c.addr, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
				got := map[string]int{}
				for len(got) < 2000 {
					f := cl.PollFetches(ctx)
					if err := f.Err(); err != nil {
						t.Fatal(err)
					}
					f.EachRecord(func(r *kgo.Record) { got[string(r.Value)]++ })
				}
				wantOnce(t, got, 2000)
			})
		}
	})
}

func TestStartAndEnd(t *testing.T) {
	onClusters(t, func(t *testing.T, c *cluster) {
		topic := c.topic(t, 1)
		var rs []*kgo.Record
		for i := range 10 {
			rs = append(rs, &kgo.Record{Topic: topic, Value: fmt.Appendf(nil, "%d", i), Timestamp: time.UnixMilli(1700000000000 + int64(i)*1000)})
		}
		for _, r := range rs { // a batch each, so that offsets lie between batches
			c.produce(t, []*kgo.Record{r})
		}
		group := prefixOf(t)
		cl, err := dial(&c.source(t, topic).(*source).props, "test", testEnv(nil).Log)
		if err != nil {
			t.Fatal(err)
		}
		defer cl.Close()
		if err := cl.commitOffsets(limited(t, 20*time.Second), group, map[topicPartition]int64{{topic, 0}: 4}); err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct {
			want    string
			options []string
		}{
			{"0 1 2 3 4 5 6 7 8 9", []string{"scan.startup.mode", "earliest-offset"}},
			{"", []string{"scan.startup.mode", "latest-offset"}},
			{"4 5 6 7 8 9", []string{"scan.startup.mode", "group-offsets", "properties.group.id", group}},
			{"0 1 2 3 4 5 6 7 8 9", []string{"scan.startup.mode", "group-offsets", "properties.group.id", "none-" + group, "properties.auto.offset.reset", "earliest"}},
			{"3 4 5 6 7 8 9", []string{"scan.startup.mode", "timestamp", "scan.startup.timestamp-millis", "1700000002001"}},
			{"", []string{"scan.startup.mode", "timestamp", "scan.startup.timestamp-millis", "1800000000000"}},
			{"7 8 9", []string{"scan.startup.mode", "specific-offsets", "scan.startup.specific-offsets", "partition:0,offset:7"}},
			{"0 1 2", []string{"scan.bounded.mode", "specific-offsets", "scan.bounded.specific-offsets", "partition:0,offset:3"}},
			{"0 1 2 3", []string{"scan.bounded.mode", "group-offsets", "properties.group.id", group}},
			{"0 1 2 3 4", []string{"scan.bounded.mode", "timestamp", "scan.bounded.timestamp-millis", "1700000004500"}},
		} {
			ctx := limited(t, 20*time.Second)
			var got []string
			r := open(t, ctx, c.source(t, topic, test.options...), testEnv(newCounters()), bytesColumn)
			rows(t, ctx, r, func(b *vector.Batch, i int) { got = append(got, string(b.Cols[0].Bytes(i))) })
			r.Close()
			if strings.Join(got, " ") != test.want {
				t.Errorf("%v: %v, want %s", test.options, got, test.want)
			}
		}
		s := c.source(t, topic, "scan.startup.mode", "group-offsets", "properties.group.id", "none-"+group)
		e, err := s.Enumerator(testEnv(newCounters()))
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		if _, _, err = e.Discover(limited(t, 20*time.Second)); err == nil || !strings.Contains(err.Error(), "kafka-no-offset") {
			t.Errorf("a group without offsets: %v", err)
		}
	})
}

// TestRestoreAnywhere restores at each batch border and finds each row once.
func TestRestoreAnywhere(t *testing.T) {
	onClusters(t, func(t *testing.T, c *cluster) {
		ctx := limited(t, 60*time.Second)
		topic := c.topic(t, 2)
		c.produce(t, values(topic, 0, 100, 2))
		src := c.source(t, topic)
		env := testEnv(newCounters())
		env.BatchSize = 7
		got := map[string]int{}
		e, err := src.Enumerator(env)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		splits, more, err := e.Discover(ctx)
		if err != nil || more || len(splits) != 2 {
			t.Fatalf("%d splits, more %v, %v", len(splits), more, err)
		}
		for len(splits) > 0 {
			r, err := src.Reader(env, bytesColumn)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.AddSplits(splits); err != nil {
				t.Fatal(err)
			}
			r.NoMoreSplits()
			b, split, err := nextBatch(ctx, r)
			if err != nil && err != io.EOF {
				t.Fatal(err)
			}
			if err == nil {
				if b.Len() > env.BatchSize || !strings.HasPrefix(split, topic) {
					t.Fatalf("%d rows of %s", b.Len(), split)
				}
				for i := range b.Len() {
					got[string(b.Cols[0].Bytes(i))]++
				}
			}
			if splits, err = r.Snapshot(); err != nil {
				t.Fatal(err)
			}
			r.Close()
		}
		wantOnce(t, got, 100)
	})
}

func TestGroupCommit(t *testing.T) {
	onClusters(t, func(t *testing.T, c *cluster) {
		ctx := limited(t, 30*time.Second)
		topic, group := c.topic(t, 1), prefixOf(t)
		c.produce(t, values(topic, 0, 100, 1))
		metrics := newCounters()
		env := testEnv(metrics)
		env.BatchSize = 40
		r := open(t, ctx, c.source(t, topic, "properties.group.id", group), env, bytesColumn)
		if _, _, err := nextBatch(ctx, r); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Snapshot(); err != nil {
			t.Fatal(err)
		}
		if _, _, err := nextBatch(ctx, r); err != nil {
			t.Fatal(err)
		}
		if err := r.CheckpointComplete(1); err != nil {
			t.Fatal(err)
		}
		for metrics.count("KafkaSourceReader.commitsSucceeded") == 0 {
			if !pause(ctx, time.Millisecond) {
				t.Fatal("nothing was committed")
			}
		}
		at, err := r.(*reader).f.client.groupOffsets(ctx, group, []topicPartition{{topic, 0}})
		if err != nil || at[topicPartition{topic, 0}] != 40 {
			t.Fatalf("committed %v, %v", at, err)
		}
		if lag := metrics.gauge("pendingRecords"); lag != 20 {
			t.Errorf("pendingRecords is %v", lag)
		}
		if n := metrics.count("numRecordsIn"); n != 80 {
			t.Errorf("numRecordsIn is %d", n)
		}
		for name, want := range map[string]float64{"topic." + topic + ".partition.0.currentOffset": 79, "topic." + topic + ".partition.0.committedOffset": 40, "KafkaConsumer.records-lag-max": 20} {
			got := metrics.gauge("KafkaSourceReader." + name)
			for got != want && pause(ctx, time.Millisecond) { // the commit is noted behind its count
				got = metrics.gauge("KafkaSourceReader." + name)
			}
			if got != want {
				t.Errorf("%s is %v, not %v", name, got, want)
			}
		}
	})
}

// TestPause holds a split back and lets it go.
func TestPause(t *testing.T) {
	c := fakeCluster(t)
	ctx := limited(t, 30*time.Second)
	topic := c.topic(t, 2)
	c.produce(t, values(topic, 0, 1000, 2))
	env := testEnv(newCounters())
	env.BatchSize = 10
	r := open(t, ctx, c.source(t, topic), env, bytesColumn)
	held := topic + "-0"
	r.Pause(held, true)
	got := map[string]int{}
	for len(got) < 500 {
		b, split, err := nextBatch(ctx, r)
		if err != nil {
			t.Fatal(err)
		}
		if split == held {
			t.Fatal("rows of a paused split")
		}
		for i := range b.Len() {
			got[string(b.Cols[0].Bytes(i))]++
		}
	}
	if b, _, err := r.Next(); b != nil || err != nil {
		t.Fatalf("rows of a paused split, or %v", err)
	}
	if done := r.Finished(); len(done) != 1 || done[0] != topic+"-1" {
		t.Fatalf("finished %v", done)
	}
	r.Pause(held, false)
	rows(t, ctx, r, func(b *vector.Batch, i int) { got[string(b.Cols[0].Bytes(i))]++ })
	wantOnce(t, got, 1000)
}

// TestDiscovery finds topics and partitions made while the job runs.
func TestDiscovery(t *testing.T) {
	c := fakeCluster(t)
	ctx := limited(t, 30*time.Second)
	topic := c.topic(t, 1)
	s, err := newSource(tableOf(c.addr, "", bytesColumn, "topic", "-", "topic-pattern", "flott-.*", "scan.startup.mode", "latest-offset"), false)
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.Enumerator(testEnv(newCounters()))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	ids := func() (out []string) {
		splits, more, err := e.Discover(ctx)
		if err != nil || !more {
			t.Fatalf("more %v, %v", more, err)
		}
		for _, s := range splits {
			out = append(out, s.ID)
		}
		return out
	}
	if got := ids(); len(got) != 1 {
		t.Fatalf("%v", got)
	}
	second := c.topic(t, 2)
	c.produce(t, values(second, 0, 2, 2))
	if _, err := c.adm.UpdatePartitions(ctx, 2, topic); err != nil {
		t.Fatal(err)
	}
	state, err := e.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Enumerator(testEnv(newCounters()))
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if err := again.Restore(state); err != nil {
		t.Fatal(err)
	}
	e.Close()
	e = again
	if got := fmt.Sprint(ids()); got != fmt.Sprintf("[%s-1 %s-0 %s-1]", topic, second, second) {
		t.Fatalf("%v", got)
	}
	if got := ids(); len(got) != 0 {
		t.Fatalf("found again: %v", got)
	}
}

// TestMetadataColumns writes and reads key, value, headers and timestamp.
func TestMetadataColumns(t *testing.T) {
	physical := []connector.Column{{Name: "k_id", Type: types.TBytes}, {Name: "v", Type: types.TBytes}}
	written := append(physical[:2:2], connector.Column{Name: "ts", Type: types.TimestampLTZOf(3), Metadata: "timestamp"}, connector.Column{Name: "h", Type: headersType, Metadata: "headers"})
	read := []connector.Column{
		{Name: "v", Type: types.TBytes}, {Name: "off", Type: types.TBigInt, Metadata: "offset"}, {Name: "k_id", Type: types.TBytes},
		{Name: "ts", Type: types.TimestampLTZOf(6), Metadata: "timestamp"}, {Name: "h", Type: headersType, Metadata: "headers"}, {Name: "hl", Type: headerListType, Metadata: "header-list"},
		{Name: "t", Type: types.TString, Metadata: "topic"}, {Name: "p", Type: types.TInt, Metadata: "partition"}, {Name: "tt", Type: types.TString, Metadata: "timestamp-type"}, {Name: "e", Type: types.TInt, Metadata: "leader-epoch"},
	}
	onClusters(t, func(t *testing.T, c *cluster) {
		ctx := limited(t, 30*time.Second)
		topic := c.topic(t, 3)
		options := []string{"key.format", "raw", "key.fields", "k_id", "key.fields-prefix", "k_", "value.fields-include", "EXCEPT_KEY", "scan.startup.mode", "earliest-offset", "scan.bounded.mode", "latest-offset"}
		sink, err := newSink(tableOf(c.addr, topic, physical, options...), false)
		if err != nil {
			t.Fatal(err)
		}
		w, err := sink.Writer(testEnv(newCounters()), written, nil)
		if err != nil {
			t.Fatal(err)
		}
		b := vector.NewBatch(typesOf(written), 10)
		for i := range 30 {
			b.Cols[0].AppendString(fmt.Sprintf("key %d", i))
			if i%10 == 3 {
				b.Cols[1].AppendNull()
			} else {
				b.Cols[1].AppendString(fmt.Sprintf("value %d", i))
			}
			vector.Append(b.Cols[2], int64(1600000000000+i))
			h := b.Cols[3]
			h.Child(0).AppendString("a")
			h.Child(1).AppendString(fmt.Sprint(i))
			h.Child(0).AppendString("none")
			h.Child(1).AppendNull()
			h.CloseList()
			b.SetLen(i + 1)
		}
		if err := w.Write(ctx, b); err != nil {
			t.Fatal(err)
		}
		if _, _, err := connector.Prepare(ctx, w, 1); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		src, err := newSource(tableOf(c.addr, topic, physical, options...), false)
		if err != nil {
			t.Fatal(err)
		}
		seen, offsets := 0, map[string]bool{}
		r := open(t, ctx, src, testEnv(newCounters()), read)
		rows(t, ctx, r, func(b *vector.Batch, i int) {
			seen++
			n := int(b.Cols[3].Timestamps()[i].Milli - 1600000000000)
			key := string(b.Cols[2].Bytes(i))
			if key != fmt.Sprintf("key %d", n) {
				t.Errorf("key %q of row %d", key, n)
			}
			if null := n%10 == 3; b.Cols[0].IsNull(i) != null || !null && string(b.Cols[0].Bytes(i)) != fmt.Sprintf("value %d", n) {
				t.Errorf("value of row %d", n)
			}
			partition := b.Cols[7].Int32s()[i]
			if want := keyPartition([]byte(key), 3); int(partition) != want {
				t.Errorf("key %q in partition %d, want %d", key, partition, want)
			}
			offsets[fmt.Sprint(partition, b.Cols[1].Int64s()[i])] = true
			for _, col := range []int{4, 5} {
				from, to := b.Cols[col].List(i)
				if to-from != 2 {
					t.Fatalf("%d headers", to-from)
				}
			}
			from, _ := b.Cols[4].List(i)
			if k, v := b.Cols[4].Child(0), b.Cols[4].Child(1); string(k.Bytes(from)) != "a" || string(v.Bytes(from)) != fmt.Sprint(n) || !v.IsNull(from+1) {
				t.Errorf("headers of row %d", n)
			}
			if string(b.Cols[6].Bytes(i)) != topic || string(b.Cols[8].Bytes(i)) != "CreateTime" || b.Cols[9].IsNull(i) {
				t.Errorf("metadata of row %d", n)
			}
		})
		if seen != 30 || len(offsets) != 30 {
			t.Fatalf("%d rows, %d offsets", seen, len(offsets))
		}
	})
}

func TestMalformed(t *testing.T) {
	c := fakeCluster(t)
	ctx := limited(t, 30*time.Second)
	topic := c.topic(t, 1)
	c.produce(t, values(topic, 0, 5, 1))
	c.produce(t, []*kgo.Record{{Topic: topic, Value: []byte("bad")}})
	r := open(t, ctx, c.source(t, topic, "format", "refusing", "scan.startup.mode", "specific-offsets", "scan.startup.specific-offsets", "partition:0,offset:5"), testEnv(newCounters()), bytesColumn)
	var err error
	for err == nil {
		_, _, err = nextBatch(ctx, r)
	}
	var d *diag.Error
	if !errors.As(err, &d) || d.Message != "decode "+topic+"[partition 0, offset 5] as REFUSING: this is bad; the record begins: bad" {
		t.Fatalf("%v, %+v", err, d)
	}
}

func TestUnknownTopic(t *testing.T) {
	onClusters(t, func(t *testing.T, c *cluster) {
		e, err := c.source(t, "no-such-topic").Enumerator(testEnv(newCounters()))
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		if _, _, err = e.Discover(limited(t, 20*time.Second)); err == nil || !strings.Contains(err.Error(), `topic "no-such-topic" does not exist on `+c.addr) {
			t.Errorf("source: %v", err)
		}
		if _, err := c.sink(t, "no-such-topic").Writer(testEnv(newCounters()), bytesColumn, nil); err == nil || !strings.Contains(err.Error(), `topic "no-such-topic" does not exist`) {
			t.Errorf("sink: %v", err)
		}
	})
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	c := &cluster{addr: "127.0.0.1:1"}
	began := time.Now()
	e, err := c.source(t, "x").Enumerator(testEnv(newCounters()))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	_, _, err = e.Discover(context.Background())
	if err == nil || !strings.Contains(err.Error(), "cannot reach Kafka broker") && !strings.Contains(err.Error(), "cannot reach broker 127.0.0.1:1: ") || !strings.Contains(err.Error(), "refused") {
		t.Errorf("%v", err)
	}
	if d := time.Since(began); d > 10*time.Second {
		t.Errorf("it took %v", d)
	}
}

// TestLargeRecord passes a record that is larger than all buffers.
func TestLargeRecord(t *testing.T) {
	onClusters(t, func(t *testing.T, c *cluster) {
		ctx := limited(t, 60*time.Second)
		topic := c.topic(t, 2, "max.message.bytes", "20000000")
		env := testEnv(newCounters())
		env.MemoryBytes = 1 << 20
		w, err := c.sink(t, topic, "sink.partitioner", "round-robin").Writer(env, bytesColumn, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		large := bytes.Repeat([]byte("large "), 8<<20/6)
		for i := range 20 {
			b := vector.NewBatch(typesOf(bytesColumn), 1)
			if i == 10 || i == 13 {
				b.Cols[0].AppendBytes(large)
			} else {
				b.Cols[0].AppendString("small")
			}
			b.SetLen(1)
			if err := w.Write(ctx, b); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, err := connector.Prepare(ctx, w, 1); err != nil {
			t.Fatal(err)
		}
		got := map[int]int{}
		r := open(t, ctx, c.source(t, topic), env, bytesColumn)
		rows(t, ctx, r, func(b *vector.Batch, i int) { got[len(b.Cols[0].Bytes(i))]++ })
		if got[len(large)] != 2 || got[5] != 18 {
			t.Fatalf("%v", got)
		}
	})
}

// TestTooLarge splits batches that the topic finds too large, and names a
// record that cannot be split.
func TestTooLarge(t *testing.T) {
	onClusters(t, func(t *testing.T, c *cluster) {
		if c.fake != nil {
			t.Skip("it takes any size")
		}
		ctx := limited(t, 60*time.Second)
		topic := c.topic(t, 1, "max.message.bytes", "2000")
		w, err := c.sink(t, topic).Writer(testEnv(newCounters()), bytesColumn, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		if err := w.Write(ctx, batchOf(0, 5000)); err != nil {
			t.Fatal(err)
		}
		if _, _, err := connector.Prepare(ctx, w, 1); err != nil {
			t.Fatal(err)
		}
		wantOnce(t, c.all(t, topic), 5000)
		b := vector.NewBatch(typesOf(bytesColumn), 1)
		b.Cols[0].AppendBytes(make([]byte, 3000))
		b.SetLen(1)
		if err = w.Write(ctx, b); err == nil {
			_, _, err = connector.Prepare(ctx, w, 2)
		}
		if err == nil || !strings.Contains(err.Error(), "kafka-record-too-large") {
			t.Fatalf("%v", err)
		}
	})
}

// TestTrouble moves leaders, refuses and cuts connections while rows pass.
func TestTrouble(t *testing.T) {
	c := fakeCluster(t)
	ctx := limited(t, 60*time.Second)
	topic, target := c.topic(t, 3), c.topic(t, 3)
	const n = 20000
	c.produce(t, values(topic, 0, n, 3))
	// Each 7th fetch or produce request is not answered but cut off; each 5th is refused.
	var requests int
	for _, key := range []kmsg.Key{kmsg.Fetch, kmsg.Produce} {
		c.fake.ControlKey(int16(key), func(req kmsg.Request) (kmsg.Response, error, bool) {
			c.fake.KeepControl()
			requests++
			switch {
			case requests%7 == 0:
				return nil, errors.New("cut off"), true
			case requests%5 == 0:
				switch r := req.(type) {
				case *kmsg.ProduceRequest:
					return answer(r, kerr.NotLeaderForPartition.Code), nil, true
				case *kmsg.FetchRequest:
					for _, rt := range r.Topics {
						for _, rp := range rt.Partitions {
							_ = c.fake.MoveTopicPartition(rt.Topic, rp.Partition, -1)
						}
					}
				}
			}
			return nil, nil, false
		})
	}
	env := testEnv(newCounters())
	env.MemoryBytes = 256 << 10
	r := open(t, ctx, c.source(t, topic, "properties.retry.backoff.ms", "1", "properties.fetch.max.bytes", "10000"), env, bytesColumn)
	w, err := c.sink(t, target, "properties.retry.backoff.ms", "1", "properties.batch.size", "2000", "sink.partitioner", "round-robin").Writer(env, bytesColumn, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for {
		b, _, err := nextBatch(ctx, r)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(ctx, b); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := connector.Prepare(ctx, w, 1); err != nil {
		t.Fatal(err)
	}
	if requests < 20 {
		t.Fatalf("only %d requests met trouble", requests)
	}
	r.Close()
	wantOnce(t, c.all(t, target), n)
}

// TestCloseUnblocks closes a writer that waits for a broker that never answers.
func TestCloseUnblocks(t *testing.T) {
	c := fakeCluster(t)
	topic := c.topic(t, 1)
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	c.fake.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		c.fake.KeepControl()
		c.fake.SleepControl(func() { <-hang })
		return nil, nil, false
	})
	w, err := c.sink(t, topic).Writer(testEnv(newCounters()), bytesColumn, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	if err := w.Write(ctx, batchOf(0, 10)); err != nil {
		t.Fatal(err)
	}
	waited := make(chan error)
	go func() { _, _, err := connector.Prepare(ctx, w, 1); waited <- err }()
	cancel()
	if err := <-waited; !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	done := make(chan struct{})
	go func() { w.Close(); close(done) }()
	select {
	case <-done:
	case <-limited(t, 5*time.Second).Done():
		t.Fatal("Close hangs")
	}
}

func TestAborted(t *testing.T) {
	set := newAbortedSet([]kmsg.FetchResponseTopicPartitionAbortedTransaction{{ProducerID: 1, FirstOffset: 20}, {ProducerID: 1, FirstOffset: 5}, {ProducerID: 2, FirstOffset: 7}})
	at := func(producer, offset int64) bool {
		return set.holds(&recordbatch.Header{BaseOffset: offset, ProducerID: producer, Attributes: 0x10})
	}
	for _, step := range []struct {
		producer, offset int64
		end, want        bool
	}{{1, 4, false, false}, {1, 5, false, true}, {2, 6, false, false}, {2, 8, false, true}, {1, 9, true, false}, {1, 10, false, false}, {2, 11, false, true}, {1, 21, false, true}} {
		if step.end {
			set.end(step.producer)
			continue
		}
		if got := at(step.producer, step.offset); got != step.want {
			t.Errorf("producer %d at %d: %v", step.producer, step.offset, got)
		}
	}
}
