// Command eos measures what exactly-once costs: flott's pass-through with a
// checkpoint each second, at least once and exactly once, in turns. What counts is
// the median of the rounds' ratios: the difference is smaller than what one run
// differs from the next.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/flott/flott/bench/rig"
)

func main() {
	records := flag.Int64("records", 3_000_000, "records in the input")
	rounds := flag.Int("rounds", 8, "runs of each; the median of their ratios counts")
	format := flag.String("format", "raw", "raw or json")
	interval := flag.Duration("interval", time.Second, "between checkpoints; shorter ones show their cost larger")
	timeout := flag.Duration("timeout", 3*time.Minute, "for one run")
	flag.Parse()
	if err := run(*records, *rounds, *format, *interval, *timeout); err != nil {
		fmt.Fprintln(os.Stderr, "eos:", err)
		os.Exit(1)
	}
}

func run(records int64, rounds int, format string, interval, timeout time.Duration) error {
	ctx := context.Background()
	r, err := rig.New()
	if err != nil {
		return err
	}
	defer r.Close()
	flott, err := r.Build("./cmd/flott")
	if err != nil {
		return err
	}
	if err := r.StartBroker(ctx); err != nil {
		return err
	}
	report := rig.NewReport("Exactly once", fmt.Sprintf("%d records of %d bytes, Kafka → Kafka as %s, a checkpoint each %v, median of %d", records, rig.RecordSize, format, interval, rounds), rig.FiguresHead...)
	var contenders []rig.Contender
	for _, guarantee := range []string{"at-least-once", "exactly-once"} {
		s := rig.Script{Format: format, Set: map[string]string{"execution.checkpointing.interval": fmt.Sprint(interval.Milliseconds(), " ms")},
			Sink: []string{"'sink.delivery-guarantee' = '" + guarantee + "'"}}
		if guarantee == "exactly-once" {
			s.Sink = append(s.Sink, "'sink.transactional-id-prefix' = 'eos'", "'properties.transaction.timeout.ms' = '600000'")
		}
		path, err := r.Write(guarantee+".sql", s.SQL(r.Broker))
		if err != nil {
			return err
		}
		contenders = append(contenders, rig.Contender{Name: guarantee, Command: []string{flott, "run", "--fresh", path}, Keep: s.Keep})
	}
	rig.Say("%d records into the broker", records)
	if err := rig.Fill(ctx, r.Broker, "in", records); err != nil {
		return err
	}
	rig.Say("warming the broker up") // its transactions have code of their own
	for range 2 {
		for _, c := range contenders {
			if f := r.Run(ctx, c, records, timeout); f.Error != "" {
				return errors.New(f.Error)
			}
		}
	}
	runs := map[string][]rig.Figures{}
	for range rounds {
		for _, c := range contenders {
			rig.Say("%s", c.Name)
			runs[c.Name] = append(runs[c.Name], r.Run(ctx, c, records, timeout))
		}
		slices.Reverse(contenders) // so that neither always has the warmer broker
	}
	report.Runs = runs
	least, exactly := runs["at-least-once"], runs["exactly-once"]
	report.Figures(rig.Median(least))
	report.Figures(rig.Median(exactly))
	rate, rates := rig.Paired(exactly, least, func(f rig.Figures) float64 { return f.RecordsS })
	report.AtLeast("records/s, exactly once to at least once", rate, 0.95, " x")
	cpu, _ := rig.Paired(exactly, least, func(f rig.Figures) float64 { return f.CPUPerM })
	broker, _ := rig.Paired(exactly, least, func(f rig.Figures) float64 { return f.BrokerCPUPerM })
	report.Note("Exactly once to at least once, round by round: %.2f x of the records/s; medians: %.2f x of the CPU for a record, %.2f x of the broker's.", rates, cpu, broker)
	if err := report.Print(); err != nil {
		return err
	}
	if len(rates) < rounds {
		return errors.New("a contender failed")
	}
	return nil
}
