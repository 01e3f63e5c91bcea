// Command latency measures how long a record is on its way through Kafka → engine
// → Kafka at a steady rate: from the moment the producer hands it to its client
// until a consumer has it back. A Go loop without an engine shows what the
// brokers and clients take; the difference is flott's.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/flott/flott/bench/rig"
)

func main() {
	rate := flag.Int64("rate", 10_000, "records a second")
	duration := flag.Duration("duration", 15*time.Second, "of one run, after two seconds to warm up")
	rounds := flag.Int("rounds", 2, "runs of each; the best counts")
	only := flag.String("only", "", "regular expression: run these only, of loop-raw and flott-raw")
	flag.Parse()
	if err := run(*rate, *duration, *rounds, *only); err != nil {
		fmt.Fprintln(os.Stderr, "latency:", err)
		os.Exit(1)
	}
}

// result is the distribution of one run, in milliseconds.
type result struct {
	Name string  `json:"name"`
	N    int     `json:"records"`
	P50  float64 `json:"p50_ms"`
	P90  float64 `json:"p90_ms"`
	P99  float64 `json:"p99_ms"`
	P999 float64 `json:"p999_ms"`
	Max  float64 `json:"max_ms"`
}

const warmUp = 2 * time.Second

func run(rate int64, duration time.Duration, rounds int, only string) error {
	filter, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	ctx := context.Background()
	r, err := rig.New()
	if err != nil {
		return err
	}
	defer r.Close()
	loop, err := r.Build("./bench/loop")
	if err != nil {
		return err
	}
	flott := ""
	if filter.MatchString("flott-raw") {
		if flott, err = r.Build("./cmd/flott"); err != nil {
			return err
		}
	}
	if err := r.StartBroker(ctx); err != nil {
		return err
	}
	path, err := r.Write("raw.sql", rig.Script{Format: "raw", Sink: []string{"'properties.linger.ms' = '0'"}}.SQL(r.Broker))
	if err != nil {
		return err
	}
	report := rig.NewReport("Latency", fmt.Sprintf("%d records/s of %d bytes for %s, producer → Kafka → engine → Kafka → consumer, milliseconds, best p99 of %d", rate, rig.RecordSize, duration, rounds),
		"", "records", "p50", "p90", "p99", "p99.9", "max")
	contenders := []rig.Contender{
		{Name: "loop-raw", Command: []string{loop, "-broker", r.Broker, "-mode", "raw", "-linger", "0s"}},
		{Name: "flott-raw", Command: []string{flott, "run", "--fresh", path}},
	}
	var all []result
	best := map[string]result{}
	for round := range rounds + 1 {
		for _, c := range contenders {
			// The first round is the loop's alone: it warms the broker up.
			if round == 0 && c.Name != "loop-raw" || round > 0 && !filter.MatchString(c.Name) {
				continue
			}
			rig.Say("%s", c.Name)
			res, err := measure(ctx, r, c, rate, duration)
			if err != nil {
				return fmt.Errorf("%s: %w", c.Name, err)
			}
			if round == 0 {
				continue
			}
			all = append(all, res)
			if b, ok := best[c.Name]; !ok || res.P99 < b.P99 {
				best[c.Name] = res
			}
		}
	}
	for _, c := range contenders {
		b, ok := best[c.Name]
		if !ok {
			continue
		}
		report.Row(b.Name, b.N, b.P50, b.P90, b.P99, b.P999, b.Max)
	}
	report.Runs = all
	if len(best) == len(contenders) {
		// A goal of zero would count as not measured.
		report.AtMost("p99 over the loop's", max(best["flott-raw"].P99-best["loop-raw"].P99, 0.001), 5, " ms")
	}
	return report.Print()
}

func measure(ctx context.Context, r *rig.Rig, c rig.Contender, rate int64, duration time.Duration) (result, error) {
	ctx, cancel := context.WithTimeout(ctx, duration+time.Minute)
	defer cancel()
	producer, err := kgo.NewClient(kgo.SeedBrokers(r.Broker), kgo.DefaultProduceTopic("in"), kgo.ProducerLinger(0),
		kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		return result{}, err
	}
	defer producer.Close()
	adm := kadm.NewClient(producer)
	for _, topic := range []string{"in", "out"} {
		if err := rig.Remake(ctx, adm, topic); err != nil {
			return result{}, err
		}
	}
	consumer, err := kgo.NewClient(kgo.SeedBrokers(r.Broker), kgo.ConsumeTopics("out"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return result{}, err
	}
	defer consumer.Close()
	p, err := r.Start(c.Name, c.Command)
	if err != nil {
		return result{}, err
	}
	defer p.Stop()

	// The engine is ready when a first record has come through. Ids above zero that
	// do not end in 00 or 99 pass every filter.
	if err := producer.ProduceSync(ctx, &kgo.Record{Value: rig.AppendRecord(nil, 1, time.Now().UnixNano())}).FirstErr(); err != nil {
		return result{}, err
	}
	for ready := false; !ready; {
		select {
		case <-p.Done:
			return result{}, fmt.Errorf("it ended (%s)\n%s", p.State(), p.Log())
		default:
		}
		poll, done := context.WithTimeout(ctx, time.Second)
		ready = consumer.PollFetches(poll).NumRecords() > 0
		done()
		if ctx.Err() != nil {
			return result{}, fmt.Errorf("no record came through\n%s", p.Log())
		}
	}

	total := rate * int64((duration+warmUp)/time.Second)
	sent := make(chan error, 1)
	go func() { sent <- produce(ctx, producer, total, rate) }()
	skip := rate * int64(warmUp/time.Second)
	var times []time.Duration
	for last := int64(0); last < total-2; {
		fetches := consumer.PollFetches(ctx)
		now := time.Now().UnixNano()
		if err := fetches.Err(); err != nil {
			return result{}, fmt.Errorf("%w after %d of %d records\n%s", err, last, total, p.Log())
		}
		var wrong error
		fetches.EachRecord(func(rec *kgo.Record) {
			var v rig.Record
			if err := v.Parse(rec.Value); err != nil {
				wrong = err
				return
			}
			last = v.ID
			if v.ID > skip {
				times = append(times, time.Duration(now-v.CreatedAt))
			}
		})
		if wrong != nil {
			return result{}, wrong
		}
	}
	if err := <-sent; err != nil {
		return result{}, err
	}
	if len(times) == 0 {
		return result{}, errors.New("nothing was measured")
	}
	slices.Sort(times)
	at := func(q float64) float64 { return times[int(q*float64(len(times)-1))].Seconds() * 1e3 }
	return result{c.Name, len(times), at(0.5), at(0.9), at(0.99), at(0.999), at(1)}, nil
}

// produce sends total records, ids from 1, evenly: a few each millisecond.
func produce(ctx context.Context, cl *kgo.Client, total, rate int64) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	failed := make(chan error, 1)
	promise := func(_ *kgo.Record, err error) {
		if err != nil {
			select {
			case failed <- err:
			default:
			}
		}
	}
	start := time.Now()
	for id := int64(0); id < total; {
		select {
		case <-tick.C:
		case err := <-failed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
		for due := min(total, int64(time.Since(start).Seconds()*float64(rate))); id < due; {
			id++
			cl.Produce(ctx, &kgo.Record{Value: rig.AppendRecord(nil, id, time.Now().UnixNano())}, promise)
		}
	}
	return cl.Flush(ctx)
}
