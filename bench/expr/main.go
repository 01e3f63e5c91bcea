package main

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/flott/flott/bench/rig"
)

func main() {
	var o options
	flag.IntVar(&o.rows, "rows", 1_000_000, "rows of each file")
	flag.IntVar(&o.rounds, "rounds", 3, "runs of each query; the least CPU time counts")
	flag.StringVar(&o.only, "only", "", "regular expression: these parts only, of text, like, cast to text, cast from text, time, json, kernels, decoders")
	flag.StringVar(&o.call, "call", "", "regular expression: these calls only")
	flag.StringVar(&o.side, "side", "flott|flink", "regular expression: these engines only")
	flag.StringVar(&o.flott, "flott", "", "a flott to run instead of building one")
	flag.Parse()
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "expr:", err)
		os.Exit(1)
	}
}

type options struct {
	rows, rounds     int
	only, call, side string
	flott            string
}

// figures of a call: nanoseconds of CPU time, 0 = not measured.
type figures struct {
	Family string  `json:"family"`
	Call   string  `json:"call"`
	Flott  float64 `json:"flott_ns"`
	Flink  float64 `json:"flink_ns"`
}

func run(o options) error {
	parts, err := regexp.Compile(o.only)
	if err != nil {
		return err
	}
	calls, err := regexp.Compile(o.call)
	if err != nil {
		return err
	}
	r, err := rig.New()
	if err != nil {
		return err
	}
	defer r.Close()
	report := rig.NewReport("Expressions", fmt.Sprintf("CPU time on one core, least of %d runs; calls over files of %d rows in batch mode at parallelism 1, less a query of plain columns", o.rounds, o.rows),
		"", "call", "flott ns", "Flink ns", "ratio")
	var engines map[string]engine
	var all []figures
	var reached, compared float64
	for _, f := range families {
		if !parts.MatchString(f.name) {
			continue
		}
		if engines == nil {
			if engines, err = start(r, o, report); err != nil {
				return err
			}
		}
		f.cases = slices.DeleteFunc(slices.Clone(f.cases), func(t test) bool { return !calls.MatchString(t.name) })
		list, err := measure(r, f, engines, o, report)
		if err != nil {
			return err
		}
		all = append(all, list...)
		least := figures{}
		for _, c := range list {
			ratio := rig.Ratio(c.Flink, c.Flott)
			if c.Flink < 0 || c.Flott < 0 {
				ratio = 0 // too quick for this many rows
			}
			report.Row(f.name, c.Call, c.Flott, c.Flink, ratio)
			if ratio == 0 {
				continue
			}
			if compared++; ratio >= 5 {
				reached++
			}
			if w := rig.Ratio(least.Flink, least.Flott); least.Call == "" || ratio < w {
				least = c
			}
		}
		report.AtLeast(fmt.Sprintf("%s: Flink's time to flott's, least (%s)", f.name, least.Call), rig.Ratio(least.Flink, least.Flott), 5, " x")
	}
	report.Runs = all
	report.AtLeast("calls that take a fifth of Flink's time or less", 100*rig.Ratio(reached, compared), 100, " %")
	if parts.MatchString("kernels") {
		if err := kernels(report); err != nil {
			return err
		}
	}
	if parts.MatchString("decoders") {
		if err := decoders(report); err != nil {
			return err
		}
	}
	report.Note("A call's time is (CPU time of the query - CPU time of a query that passes on the columns it reads) / rows / calls. " +
		"flott: a process for each query, user and system time, garbage collection included. " +
		"Flink: one JVM for a family, each query once to warm up; user and system time, garbage collection included, the JIT's compiler threads not. " +
		"Flink's csv makes Java strings, which a function turns into UTF-8 when it needs that: this is part of its calls' time. " +
		"Kernels and decoders: this process, the least of 5 runs of 100 ms.")
	return report.Print()
}

// start makes the engines that o.side names.
func start(r *rig.Rig, o options, report *rig.Report) (map[string]engine, error) {
	filter, err := regexp.Compile(o.side)
	if err != nil {
		return nil, err
	}
	engines := map[string]engine{}
	if filter.MatchString("flott") {
		if engines["flott"], err = flott(r, o.flott); err != nil {
			return nil, err
		}
	}
	if filter.MatchString("flink") {
		e, err := flink(r)
		switch {
		case errors.Is(err, rig.ErrNoReference):
			report.Note("Not run: %v.", err)
		case err != nil:
			return nil, err
		default:
			engines["flink"] = e
		}
	}
	return engines, nil
}

// measure runs a family in all engines.
func measure(r *rig.Rig, f family, engines map[string]engine, o options, report *rig.Report) ([]figures, error) {
	list := make([]figures, len(f.cases))
	for i, t := range f.cases {
		list[i] = figures{Family: f.name, Call: t.name}
	}
	if len(f.cases) == 0 || len(engines) == 0 {
		return list, nil
	}
	path := filepath.Join(r.Dir, "rows.csv")
	if err := f.write(path, o.rows); err != nil {
		return nil, err
	}
	plain := f.plain()
	for _, name := range slices.Sorted(maps.Keys(engines)) {
		rig.Say("%s: %s", f.name, name)
		rounds, err := engines[name](f, path, o.rounds)
		if err != nil {
			report.Note("%s: %v", f.name, err)
			continue
		}
		for i, t := range f.cases {
			ns := (least(rounds, len(plain)+i) - least(rounds, slices.Index(plain, t.reads))) * 1e9 / float64(o.rows*len(t.calls))
			rig.Say("%s: %s: %.1f ns", name, t.name, ns)
			if name == "flott" {
				list[i].Flott = ns
			} else {
				list[i].Flink = ns
			}
		}
	}
	return list, nil
}

func least(rounds [][]float64, i int) float64 {
	x := rounds[0][i]
	for _, r := range rounds[1:] {
		x = min(x, r[i])
	}
	return x
}
