package e2e

import (
	"bytes"
	"math/rand/v2"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/flott/flott/test/cli"
)

// TestCrash kills a job at random moments while records come in, starts it again
// each time, and reads every record exactly once. FLOTT_SOAK is the number of
// crashes of each job, five if it is not set; FLOTT_SEED repeats a run's moments.
func TestCrash(t *testing.T) {
	crashes, seed := 5, uint64(time.Now().UnixNano())
	if s := os.Getenv("FLOTT_SOAK"); s != "" {
		var err error
		if crashes, err = strconv.Atoi(s); err != nil {
			t.Fatalf("FLOTT_SOAK: %v", err)
		}
	}
	if s := os.Getenv("FLOTT_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatalf("FLOTT_SEED: %v", err)
		}
	}
	for _, j := range jobs {
		t.Run(j.name, func(t *testing.T) {
			t.Logf("FLOTT_SEED=%d", seed)
			random := rand.New(rand.NewPCG(seed, uint64(len(j.name))))
			k, flott, dir := shared(t), cli.Build(t), t.TempDir()
			in, out := k.topic(t, "in", partitions), k.topic(t, "out", partitions)
			script := j.write(t, dir, k, in, out, out)
			const round = 1500 // records between two crashes
			n := 0
			for i := range crashes {
				if i > 0 && i%50 == 0 {
					t.Logf("%d crashes", i)
				}
				p := flott.Start(t, dir, "run", script)
				j.feed(t, k, in, n, n+round)
				n += round
				select {
				case <-p.Done():
					t.Fatalf("flott ended by itself, exit code %d\n%s", p.ExitCode(), cli.Tail(p.Stderr(), 20))
				case <-time.After(time.Duration(random.Int64N(int64(1200 * time.Millisecond)))):
				}
				p.Signal(syscall.SIGKILL)
				<-p.Done()
			}
			j.feed(t, k, in, n, n+round)
			finish(t, j, k, flott, dir, script, in, out, n+round)
		})
	}
}

// TestFailpoints ends the process at each named step between "snapshot written"
// and "commit acknowledged", and starts it again.
func TestFailpoints(t *testing.T) {
	for _, point := range []string{
		"before-task-snapshot", "after-task-snapshot", "before-checkpoint-metadata", "after-checkpoint-metadata", "before-checkpoint-notify",
		"before-commit", "after-commit", "before-checkpoint-cleanup",
		"before-commit:1", "before-commit:2", // one and two of three writers have committed
	} {
		t.Run(point, func(t *testing.T) {
			name, skip, ok := cut(point)
			at := name + ":exit:" + skip
			if !ok {
				at = name + ":exit:3" // not the very first checkpoint
			}
			crashAt(t, jobs[0], at)
		})
	}
	t.Run("window", func(t *testing.T) { crashAt(t, jobs[2], "after-checkpoint-metadata:exit:3") })
	// A crash in the recovery from a crash.
	t.Run("after-restore-commit", func(t *testing.T) {
		// Only before a commit it is certain that there is something to commit.
		crashAt(t, jobs[0], "before-commit:exit:3", "after-restore-commit:exit:0", "after-restore-commit:exit:0")
	})
}

func cut(point string) (name, skip string, ok bool) {
	for i := range point {
		if point[i] == ':' {
			return point[:i], point[i+1:], true
		}
	}
	return point, "", false
}

// crashAt runs a job into one failpoint after another, then to its end.
func crashAt(t *testing.T, j job, points ...string) {
	k, flott, dir := shared(t), cli.Build(t), t.TempDir()
	in, out := k.topic(t, "in", partitions), k.topic(t, "out", partitions)
	script := j.write(t, dir, k, in, out, out)
	n := 0
	for _, point := range points {
		p := flott.With("FLOTT_FAILPOINT="+point).Start(t, dir, "run", script)
		deadline := time.After(30 * time.Second)
		for ended := false; !ended; {
			// Records keep coming, so that each checkpoint has something to commit.
			j.feed(t, k, in, n, n+300)
			n += 300
			select {
			case <-p.Done():
				ended = true
			case <-deadline:
				t.Fatalf("%s was not reached", point)
			case <-time.After(50 * time.Millisecond):
			}
		}
		if code := p.ExitCode(); code != 137 {
			t.Fatalf("%s: exit code %d, want 137\n%s", point, code, cli.Tail(p.Stderr(), 20))
		}
	}
	finish(t, j, k, flott, dir, script, in, out, n)
}

// finish starts the job once more, lets it catch up, stops it in order, and
// compares what the n records made.
func finish(t *testing.T, j job, k *kafka, flott cli.Binary, dir, script, in, out string, n int) {
	t.Helper()
	p := flott.Start(t, dir, "run", script)
	started(t, p)
	j.end(t, k, in)
	want := j.out(n)
	k.await(t, p, out, len(want), time.Minute)
	stop(t, p, syscall.SIGTERM)
	exactlyOnce(t, want, k.committed(t, out))
	if open := k.openTransactions(t, out); len(open) > 0 {
		t.Errorf("open transactions: %v", open)
	}
}

// started waits for a job's first line. Everything may have been committed before
// this start, and a signal that comes before the process looks out for one kills it.
func started(t *testing.T, p *cli.Process) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	end := time.After(30 * time.Second)
	for !bytes.Contains(p.Stderr(), []byte("job \"")) {
		select {
		case <-tick.C:
		case <-p.Done():
			t.Fatalf("it ended at its start\n%s", cli.Tail(p.Stderr(), 20))
		case <-end:
			t.Fatalf("it does not start\n%s", cli.Tail(p.Stderr(), 20))
		}
	}
}

// stop ends a process by a signal and holds it to its five seconds.
func stop(t *testing.T, p *cli.Process, s syscall.Signal) {
	t.Helper()
	start := time.Now()
	if err := p.Signal(s); err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	select {
	case <-p.Done():
	case <-time.After(15 * time.Second):
		t.Fatalf("still running 15 s after %s", s)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("it took %s to stop after %s, want 5 s at the most", d.Round(time.Millisecond), s)
	}
	if code := p.ExitCode(); code < 0 {
		t.Errorf("%s killed the process; it should have stopped by itself", s)
	}
}
