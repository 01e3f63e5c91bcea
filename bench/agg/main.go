// Command agg measures a streaming aggregate without a broker: datagen → GROUP BY
// with many keys → blackhole, in flott and in Flink, in one run.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"time"

	"github.com/flott/flott/bench/rig"
	"github.com/flott/flott/test/cli"
)

func main() {
	rows := flag.Int64("rows", 20_000_000, "rows that datagen makes")
	keys := flag.Int64("keys", 100_000, "different keys")
	rounds := flag.Int("rounds", 2, "runs of each; the best counts")
	only := flag.String("only", "", "regular expression: run these only, of flott and flink")
	flag.Parse()
	if err := run(*rows, *keys, *rounds, *only); err != nil {
		fmt.Fprintln(os.Stderr, "agg:", err)
		os.Exit(1)
	}
}

// script counts and sums rows by key. The part of it that is measured is the
// engine: both ends are inside.
func script(rows, keys int64) string {
	return fmt.Sprintf(`CREATE TABLE source (k INT, x BIGINT) WITH (
  'connector' = 'datagen', 'number-of-rows' = '%d', 'rows-per-second' = '1000000000',
  'fields.k.min' = '0', 'fields.k.max' = '%d', 'fields.x.min' = '0', 'fields.x.max' = '1000');
CREATE TABLE sink (k INT, n BIGINT, s BIGINT, PRIMARY KEY (k) NOT ENFORCED) WITH ('connector' = 'blackhole');
INSERT INTO sink SELECT k, COUNT(*), SUM(x) FROM source GROUP BY k;
`, rows, keys-1)
}

// result is one run over all rows and one over a quarter of them: their difference
// is free of start-up and of the time a JVM needs to compile itself.
type result struct {
	Name      string  `json:"name"`
	WallS     float64 `json:"wall_s"`
	CPUS      float64 `json:"cpu_s"`
	QuarterS  float64 `json:"quarter_cpu_s"`
	PeakMB    float64 `json:"peak_mb"`
	PerCPU    float64 `json:"rows_per_cpu_s"`      // the whole run
	PerCPUHot float64 `json:"rows_per_cpu_s_warm"` // the difference
}

func run(rows, keys int64, rounds int, only string) error {
	filter, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	r, err := rig.New()
	if err != nil {
		return err
	}
	defer r.Close()
	report := rig.NewReport("Aggregate", fmt.Sprintf("%d rows from datagen, COUNT and SUM by %d keys, every change into blackhole, parallelism 1, best of %d", rows, keys, rounds),
		"", "rows/s", "rows per CPU second, whole run", "rows per CPU second, warm", "CPU s", "peak MB")
	whole, err := r.Write("agg.sql", script(rows, keys))
	if err != nil {
		return err
	}
	quarter, err := r.Write("agg-quarter.sql", script(rows/4, keys))
	if err != nil {
		return err
	}
	var names []string
	commands := map[string][]string{}
	if filter.MatchString("flott") {
		flott, err := r.Build("./cmd/flott")
		if err != nil {
			return err
		}
		names, commands["flott"] = append(names, "flott"), []string{flott, "run", "--fresh", "-D", "parallelism.default=1"}
	}
	if filter.MatchString("flink") {
		switch flink, err := r.FlinkSQL(nil); {
		case errors.Is(err, rig.ErrNoReference):
			report.Note("Not run: %v.", err)
		case err != nil:
			return err
		default:
			names, commands["flink"] = append(names, "flink"), flink
		}
	}
	best := map[string]result{}
	var all []result
	for range rounds {
		for _, name := range names {
			rig.Say("%s", name)
			res, err := measure(name, rows, slices.Concat(commands[name], []string{whole}), slices.Concat(commands[name], []string{quarter}))
			if err != nil {
				return err
			}
			all = append(all, res)
			if b, ok := best[name]; !ok || res.PerCPUHot > b.PerCPUHot {
				best[name] = res
			}
		}
	}
	for _, name := range names {
		b := best[name]
		report.Row(name, float64(rows)/b.WallS, b.PerCPU, b.PerCPUHot, b.CPUS, b.PeakMB)
	}
	report.Runs = all
	report.AtLeast("rows per CPU second, flott to Flink, whole run", rig.Ratio(best["flott"].PerCPU, best["flink"].PerCPU), 6, " x")
	report.AtLeast("rows per CPU second, flott to Flink, warm", rig.Ratio(best["flott"].PerCPUHot, best["flink"].PerCPUHot), 6, " x")
	return report.Print()
}

func measure(name string, rows int64, whole, quarter []string) (result, error) {
	w, err := once(whole)
	if err != nil {
		return w, fmt.Errorf("%s: %w", name, err)
	}
	q, err := once(quarter)
	if err != nil {
		return w, fmt.Errorf("%s: %w", name, err)
	}
	w.Name, w.QuarterS = name, q.CPUS
	w.PerCPU = float64(rows) / w.CPUS
	if w.CPUS <= q.CPUS {
		return w, fmt.Errorf("%s: a quarter of the rows took as much CPU time as all: %.2f s, %.2f s", name, q.CPUS, w.CPUS)
	}
	w.PerCPUHot = float64(rows-rows/4) / (w.CPUS - q.CPUS)
	return w, nil
}

// once runs a script to its end.
func once(command []string) (result, error) {
	cmd := exec.Command(command[0], command[1:]...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return result{}, fmt.Errorf("%w\n%s", err, cli.Tail(out.Bytes(), 5))
	}
	wall := time.Since(began)
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return result{WallS: wall.Seconds(), CPUS: cpu.Seconds(), PeakMB: rig.PeakMB(cmd.ProcessState)}, nil
}
