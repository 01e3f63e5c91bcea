// Command passthrough measures Kafka → drop one in a hundred → Kafka, records of
// 200 bytes of JSON, one partition: a Go loop without an engine, flott, and Flink
// SQL, one after the other on one broker.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/flott/flott/bench/rig"
)

func main() {
	records := flag.Int64("records", 3_000_000, "records in the input")
	rounds := flag.Int("rounds", 2, "runs of each; the best counts")
	only := flag.String("only", "", "regular expression: run these only")
	timeout := flag.Duration("timeout", 3*time.Minute, "for one run")
	flag.Parse()
	if err := run(*records, *rounds, *only, *timeout); err != nil {
		fmt.Fprintln(os.Stderr, "passthrough:", err)
		os.Exit(1)
	}
}

// keepLoop says what the raw loop keeps: it counts records, and does not look into them.
func keepLoop(id int64) bool { return id%100 != 99 }

func run(records int64, rounds int, only string, timeout time.Duration) error {
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
	if slices.ContainsFunc([]string{"flott-raw", "flott-raw-64m", "flott-raw-32m-cgroup", "flott-json"}, filter.MatchString) {
		if flott, err = r.Build("./cmd/flott"); err != nil {
			return err
		}
	}
	if err := r.StartBroker(ctx); err != nil {
		return err
	}
	report := rig.NewReport("Pass-through", fmt.Sprintf("%d records of %d bytes, Kafka → drop 1 %% → Kafka, one partition, best of %d", records, rig.RecordSize, rounds), rig.FiguresHead...)

	script := func(name string, s rig.Script) string {
		path, werr := r.Write(name+".sql", s.SQL(r.Broker))
		err = errors.Join(err, werr)
		return path
	}
	raw, json := rig.Script{Format: "raw"}, rig.Script{Format: "json"}
	contenders := []rig.Contender{
		{Name: "loop-raw", Command: []string{loop, "-broker", r.Broker, "-mode", "raw"}, Keep: keepLoop},
		{Name: "flott-raw", Command: []string{flott, "run", "--fresh", script("raw", raw)}, Keep: raw.Keep},
		{Name: "flott-raw-64m", Command: []string{flott, "run", "--fresh", "--memory", "64m", script("raw", raw)}, Keep: raw.Keep},
		{Name: "loop-json", Command: []string{loop, "-broker", r.Broker, "-mode", "json"}, Keep: json.Keep},
		{Name: "flott-json", Command: []string{flott, "run", "--fresh", script("json", json)}, Keep: json.Keep},
	}
	if err != nil {
		return err
	}
	reference, err := r.Reference()
	if err != nil {
		report.Note("Not run: %v.", err)
	} else {
		contenders = append(contenders, rig.Contender{Name: "flott-raw-32m-cgroup", Keep: raw.Keep,
			Command: []string{filepath.Join(reference, "with-memory"), "32", flott, "run", "--fresh", "--memory", "32m", script("raw", raw)}})
		if filter.MatchString("flink-json") {
			flink, err := r.FlinkSQL(nil)
			if err != nil {
				return err
			}
			tuned := rig.Script{Format: "json", Sink: []string{"'properties.batch.size' = '262144'", "'properties.linger.ms' = '5'"}}
			contenders = append(contenders, rig.Contender{Name: "flink-json", Command: append(flink, script("json-tuned", tuned)), Keep: tuned.Keep})
		}
	}
	if err != nil && !errors.Is(err, rig.ErrNoReference) {
		return err
	}

	rig.Say("%d records into the broker", records)
	if err := rig.Fill(ctx, r.Broker, "in", records); err != nil {
		return err
	}
	// The broker's JVM compiles its code while the first run goes on.
	rig.Say("warming the broker up")
	if f := r.Run(ctx, contenders[0], records, timeout); f.Error != "" {
		return errors.New(f.Error)
	}
	runs := map[string][]rig.Figures{}
	for range rounds {
		for _, c := range contenders {
			if filter.MatchString(c.Name) {
				rig.Say("%s", c.Name)
				runs[c.Name] = append(runs[c.Name], r.Run(ctx, c, records, timeout))
			}
		}
	}
	best := map[string]rig.Figures{}
	failed := false
	for _, c := range contenders {
		if runs[c.Name] != nil {
			f := rig.Best(runs[c.Name])
			best[c.Name] = f
			report.Figures(f)
			failed = failed || f.Error != ""
		}
	}
	report.Runs = runs
	lr, fr, lj, fj, flink := best["loop-raw"], best["flott-raw"], best["loop-json"], best["flott-json"], best["flink-json"]
	report.AtLeast("raw: records/s, flott to loop", rig.Ratio(fr.RecordsS, lr.RecordsS), 1, " x")
	report.AtMost("raw: CPU per record, flott to loop", rig.Ratio(fr.CPUPerM, lr.CPUPerM), 1, " x")
	report.AtMost("raw: resident", fr.PeakMB, 64, " MB")
	report.AtLeast("raw with --memory 64m", best["flott-raw-64m"].MBS, 97, " MB/s")
	report.AtLeast("raw with --memory 32m in a cgroup of 32 MB", best["flott-raw-32m-cgroup"].MBS, 25, " MB/s")
	report.AtMost("json: CPU per record, flott to loop", rig.Ratio(fj.CPUPerM, lj.CPUPerM), 1.4, " x")
	report.AtMost("json: resident", fj.PeakMB, 64, " MB")
	report.AtLeast("json: records/s, flott to Flink SQL", rig.Ratio(fj.RecordsS, flink.RecordsS), 3, " x")
	report.AtMost("json: CPU per record, flott to Flink SQL", rig.Ratio(fj.CPUPerM, flink.CPUPerM), 1.0/3, " x")
	if err := report.Print(); err != nil {
		return err
	}
	if failed {
		return errors.New("a contender failed")
	}
	return nil
}
