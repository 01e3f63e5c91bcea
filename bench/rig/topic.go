package rig

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Remake makes a topic of one partition afresh.
func Remake(ctx context.Context, adm *kadm.Client, topic string) error {
	if _, err := adm.DeleteTopic(ctx, topic); err != nil && !errors.Is(err, kerr.UnknownTopicOrPartition) {
		return fmt.Errorf("delete topic %s: %w", topic, err)
	}
	// The broker takes its time to forget the old one.
	for {
		_, err := adm.CreateTopic(ctx, 1, 1, nil, topic)
		if err == nil {
			return nil
		}
		if !errors.Is(err, kerr.TopicAlreadyExists) {
			return fmt.Errorf("create topic %s: %w", topic, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Fill writes n records, ids from 0, as fast as the broker takes them.
func Fill(ctx context.Context, addr, topic string, n int64) error {
	cl, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.DefaultProduceTopic(topic), kgo.ProducerBatchMaxBytes(1000<<10),
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.ProducerLinger(5*time.Millisecond))
	if err != nil {
		return err
	}
	defer cl.Close()
	if err := Remake(ctx, kadm.NewClient(cl), topic); err != nil {
		return err
	}
	failed := make(chan error, 1)
	promise := func(_ *kgo.Record, err error) {
		if err != nil {
			select {
			case failed <- err:
			default:
			}
		}
	}
	const slab = 4096
	now := time.Now().UnixNano()
	for id := int64(0); id < n; {
		buf := make([]byte, 0, slab*RecordSize)
		for range min(slab, n-id) {
			at := len(buf)
			buf = AppendRecord(buf, id, now)
			cl.Produce(ctx, &kgo.Record{Value: buf[at:len(buf):len(buf)]}, promise)
			id++
		}
	}
	if err := cl.Flush(ctx); err != nil {
		return err
	}
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// Check reads a topic to its end, committed records only, and reports the first
// thing that is wrong: every id below n for which keep is true has to be there
// once, and nothing else.
func Check(ctx context.Context, addr, topic string, n int64, keep func(id int64) bool) error {
	cl, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.KeepControlRecords())
	if err != nil {
		return err
	}
	defer cl.Close()
	ends, err := kadm.NewClient(cl).ListCommittedOffsets(ctx, topic)
	if err != nil {
		return err
	}
	end, _ := ends.Lookup(topic, 0)
	seen := make([]bool, n)
	var at, count int64
	for at < end.Offset {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		var wrong error
		fetches.EachRecord(func(r *kgo.Record) {
			at = r.Offset + 1
			if r.Attrs.IsControl() {
				return
			}
			var rec Record
			switch err := rec.Parse(r.Value); {
			case wrong != nil:
			case err != nil:
				wrong = fmt.Errorf("offset %d: %w", r.Offset, err)
			case rec.ID < 0 || rec.ID >= n || !keep(rec.ID):
				wrong = fmt.Errorf("offset %d: id %d should not be there", r.Offset, rec.ID)
			case seen[rec.ID]:
				wrong = fmt.Errorf("offset %d: id %d comes twice", r.Offset, rec.ID)
			default:
				seen[rec.ID] = true
				count++
			}
		})
		if wrong != nil {
			return wrong
		}
	}
	if want := Count(n, keep); count != want {
		return fmt.Errorf("%d records, want %d", count, want)
	}
	return nil
}

// Count is how many ids below n are kept.
func Count(n int64, keep func(id int64) bool) int64 {
	var c int64
	for id := range n {
		if keep(id) {
			c++
		}
	}
	return c
}
