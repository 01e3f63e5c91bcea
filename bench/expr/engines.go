package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/flott/flott/bench/rig"
	"github.com/flott/flott/test/cli"
)

// engine runs the queries of a family and returns the CPU seconds of each, one
// list a round.
type engine func(f family, path string, rounds int) ([][]float64, error)

// flott runs each query in a process of its own; the start is in all of them and
// so goes with what is subtracted.
func flott(r *rig.Rig, binary string) (engine, error) {
	if binary == "" {
		var err error
		if binary, err = r.Build("./cmd/flott"); err != nil {
			return nil, err
		}
	}
	return func(f family, path string, rounds int) ([][]float64, error) {
		var scripts []string
		for i, q := range f.queries() {
			s, err := r.Write(fmt.Sprintf("flott-%d.sql", i), "SET 'execution.runtime-mode' = 'batch';\n"+f.tables(path)+q)
			if err != nil {
				return nil, err
			}
			scripts = append(scripts, s)
		}
		var all [][]float64
		for range rounds {
			var round []float64
			for i, s := range scripts {
				cmd := exec.Command(binary, "run", "--fresh", "-D", "parallelism.default=1", s)
				cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+r.Dir)
				var out bytes.Buffer
				cmd.Stdout, cmd.Stderr = &out, &out
				if err := cmd.Run(); err != nil {
					return nil, fmt.Errorf("flott: %s: %w\n%s", f.queries()[i], err, cli.Tail(out.Bytes(), 5))
				}
				round = append(round, (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds())
			}
			all = append(all, round)
		}
		return all, nil
	}, nil
}

// flink runs all queries of a family in one JVM, first each of them once without
// counting. The time of the JIT's compilers does not count: a longer run would
// not have it.
func flink(r *rig.Rig) (engine, error) {
	command, err := r.FlinkSQL(map[string]string{"execution.runtime-mode": "batch"})
	if err != nil {
		return nil, err
	}
	// Compiler threads that ended would take the count of their time with them.
	command = append([]string{command[0], "-XX:-UseDynamicNumberOfCompilerThreads"}, command[1:]...)
	return func(f family, path string, rounds int) ([][]float64, error) {
		queries := f.queries()
		text := f.tables(path) + strings.Repeat(strings.Join(queries, ""), 1+rounds)
		script, err := r.Write("flink.sql", text)
		if err != nil {
			return nil, err
		}
		cmd := exec.Command(command[0], append(command[1:], script)...)
		out, err := cmd.StdoutPipe()
		if err != nil {
			return nil, err
		}
		var log bytes.Buffer
		cmd.Stderr = &log
		if err := cmd.Start(); err != nil {
			return nil, err
		}
		used, err := readings(cmd.Process.Pid, out)
		if failed := cmd.Wait(); failed != nil || err != nil {
			return nil, fmt.Errorf("flink: %v %v after %d queries\n%s", failed, err, len(used)-1, cli.Tail(log.Bytes(), 8))
		}
		if len(used) != 1+len(queries)*(1+rounds) {
			return nil, fmt.Errorf("flink: %d of %d queries ran\n%s", len(used)-1, len(queries)*(1+rounds), cli.Tail(log.Bytes(), 8))
		}
		var all [][]float64
		for k := 1; k <= rounds; k++ {
			var round []float64
			for i := range queries {
				at := k*len(queries) + i
				round = append(round, used[at+1]-used[at])
			}
			all = append(all, round)
		}
		return all, nil
	}, nil
}

// readings returns the CPU seconds that a JVM has used at the start and at the
// end of each query, which prints a line.
func readings(pid int, out io.Reader) ([]float64, error) {
	used := []float64{0}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if !strings.HasPrefix(lines.Text(), "DONE") {
			continue
		}
		s, err := seconds(pid)
		if err != nil {
			return used, err
		}
		used = append(used, s)
	}
	return used, lines.Err()
}

// seconds is the CPU time of a JVM without its compilers'.
func seconds(pid int) (float64, error) {
	dir := "/proc/" + strconv.Itoa(pid)
	ticks, err := cpuTicks(dir + "/stat")
	if err != nil {
		return 0, err
	}
	threads, _ := filepath.Glob(dir + "/task/*")
	for _, t := range threads {
		name, _ := os.ReadFile(t + "/comm")
		if strings.HasPrefix(string(name), "C1 Compiler") || strings.HasPrefix(string(name), "C2 Compiler") {
			n, err := cpuTicks(t + "/stat")
			if err != nil {
				return 0, err
			}
			ticks -= n
		}
	}
	return ticks / 100, nil // of 10 ms on every Linux that Go runs on
}

// cpuTicks is the user and system time in a stat file of /proc.
func cpuTicks(path string) (float64, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(fields) < 13 {
		return 0, fmt.Errorf("%s: %d fields", path, len(fields))
	}
	user, err := strconv.ParseFloat(fields[11], 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseFloat(fields[12], 64)
	return user + system, err
}
