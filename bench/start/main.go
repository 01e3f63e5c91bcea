// Command start measures the time from exec to the first row of a VALUES query,
// and, where the reference is there, how long Flink's MiniCluster takes for it.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/flott/flott/bench/rig"
)

func main() {
	n := flag.Int("n", 31, "starts of flott")
	flink := flag.Int("flink", 3, "starts of Flink")
	flag.Parse()
	if err := run(*n, *flink); err != nil {
		fmt.Fprintln(os.Stderr, "start:", err)
		os.Exit(1)
	}
}

const query = "SELECT * FROM (VALUES (1, 'one'), (2, 'two')) AS t (a, b)"

// result is what one start took.
type result struct {
	FirstRowMS float64 `json:"first_row_ms"`
	EndMS      float64 `json:"end_ms"`
	CPUMS      float64 `json:"cpu_ms"`
}

func run(n, nFlink int) error {
	r, err := rig.New()
	if err != nil {
		return err
	}
	defer r.Close()
	flott, err := r.Build("./cmd/flott")
	if err != nil {
		return err
	}
	report := rig.NewReport("Start", fmt.Sprintf("first row of a VALUES query after exec, milliseconds, %d starts", n), "", "median", "90 %", "max", "CPU (median)", "whole run (median)")
	runs := map[string][]result{}
	measure := func(name string, n int, row string, command ...string) (float64, error) {
		for range n + 1 {
			res, err := start(row, command)
			if err != nil {
				return 0, fmt.Errorf("%s: %w", name, err)
			}
			runs[name] = append(runs[name], res)
		}
		runs[name] = runs[name][1:] // the first one reads the program from the disk
		column := func(f func(result) float64) []float64 {
			var v []float64
			for _, x := range runs[name] {
				v = append(v, f(x))
			}
			slices.Sort(v)
			return v
		}
		first := column(func(x result) float64 { return x.FirstRowMS })
		cpu, end := column(func(x result) float64 { return x.CPUMS }), column(func(x result) float64 { return x.EndMS })
		median := first[len(first)/2]
		report.Row(name, median, first[len(first)*9/10], first[len(first)-1], cpu[len(cpu)/2], end[len(end)/2])
		return median, nil
	}
	rig.Say("flott")
	ours, err := measure("flott", n, `"row":["+I","1","one"]`, flott, "run", "--fresh", "--output", "jsonl", "-e", query)
	if err != nil {
		return err
	}
	report.AtMost("first row after exec", ours, 50, " ms")
	if nFlink > 0 {
		path, err := r.Write("values.sql", query+";\n")
		if err != nil {
			return err
		}
		flink, err := r.FlinkSQL(nil)
		switch {
		case errors.Is(err, rig.ErrNoReference):
			report.Note("Not run: %v.", err)
		case err != nil:
			return err
		default:
			rig.Say("Flink")
			if _, err := measure("Flink MiniCluster", nFlink, "+I[1, one]", append(flink, path)...); err != nil {
				return err
			}
		}
	}
	report.Runs = runs
	return report.Print()
}

// start runs a command and waits for the row in its output.
func start(row string, command []string) (result, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return result{}, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return result{}, err
	}
	var first time.Duration
	in := bufio.NewReader(out)
	for {
		line, err := in.ReadString('\n')
		if first == 0 && strings.Contains(line, row) {
			first = time.Since(began)
		}
		if err != nil {
			break
		}
	}
	io.Copy(io.Discard, in)
	if err := cmd.Wait(); err != nil {
		return result{}, fmt.Errorf("%w\n%s", err, stderr.String())
	}
	if first == 0 {
		return result{}, errors.New("the row did not come")
	}
	ms := func(d time.Duration) float64 { return d.Seconds() * 1e3 }
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return result{ms(first), ms(time.Since(began)), ms(cpu)}, nil
}
