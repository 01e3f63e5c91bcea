package jobmanager

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/config"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/graph"
	"github.com/flott/flott/option"
)

// TestRestartStrategies tells when failures happen (seconds) and what follows:
// the delay, or -1 when the job fails.
func TestRestartStrategies(t *testing.T) {
	for _, c := range []struct {
		name        string
		config      map[string]string
		checkpoints bool
		at          []float64
		want        []float64
	}{
		{"default without checkpoints", nil, false, []float64{0}, []float64{-1}},
		{"default with checkpoints", nil, true, []float64{0, 1, 2, 4, 7}, []float64{1, 1.5, 2.25, 3.375, 5.0625}},
		{"none", map[string]string{"restart-strategy.type": "disable"}, true, []float64{0}, []float64{-1}},
		{"older key", map[string]string{"restart-strategy": "fixed-delay"}, false, []float64{0, 5}, []float64{1, -1}},
		{"fixed-delay", map[string]string{"restart-strategy.type": "fixed-delay", "restart-strategy.fixed-delay.attempts": "2", "restart-strategy.fixed-delay.delay": "500 ms"},
			true, []float64{0, 1, 2}, []float64{.5, .5, -1}},
		{"failure-rate", map[string]string{"restart-strategy.type": "failure-rate", "restart-strategy.failure-rate.max-failures-per-interval": "2",
			"restart-strategy.failure-rate.failure-rate-interval": "10 s", "restart-strategy.failure-rate.delay": "2 s"},
			true, []float64{0, 9, 11, 12}, []float64{2, 2, 2, -1}},
		{"exponential-delay, bounded and reset", map[string]string{"restart-strategy.type": "exponential-delay", "restart-strategy.exponential-delay.max-backoff": "2 s",
			"restart-strategy.exponential-delay.backoff-multiplier": "4", "restart-strategy.exponential-delay.reset-backoff-threshold": "1 min"},
			true, []float64{0, 1, 2, 100}, []float64{1, 2, 2, 1}},
		{"exponential-delay, attempts", map[string]string{"restart-strategy.type": "exponential-delay", "restart-strategy.exponential-delay.attempts-before-reset-backoff": "2"},
			true, []float64{0, 1, 2}, []float64{1, 1.5, -1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := newRestartStrategy(c.config, c.checkpoints)
			if err != nil {
				t.Fatal(err)
			}
			if e, ok := s.(*exponentialDelay); ok {
				e.random = func() float64 { return .5 } // no jitter
			}
			for i, at := range c.at {
				d, ok := s.failure(time.Unix(0, int64(at*1e9)))
				got := d.Seconds()
				if !ok {
					got = -1
				}
				if got != c.want[i] {
					t.Errorf("failure %d at %v s: delay %v, want %v", i, at, got, c.want[i])
				}
			}
		})
	}
}

func TestJitterStaysWithinBounds(t *testing.T) {
	for _, r := range []float64{0, 1} {
		s := &exponentialDelay{initial: 10 * time.Second, most: time.Minute, multiplier: 2, resetAfter: time.Hour, jitter: .1, attempts: 9, random: func() float64 { return r }}
		d, _ := s.failure(time.Unix(0, 0))
		if want := 9*time.Second + time.Duration(r*2e9); d != want {
			t.Errorf("random %v: delay %v, want %v", r, d, want)
		}
	}
}

func TestUnknownStrategy(t *testing.T) {
	if _, err := newRestartStrategy(map[string]string{"restart-strategy.type": "hope"}, true); err == nil {
		t.Error("accepted")
	}
	if _, err := newRestartStrategy(map[string]string{"restart-strategy.type": "fixed-delay", "restart-strategy.fixed-delay.delay": "soon"}, true); err == nil {
		t.Error("a delay that is none was accepted")
	}
}

func TestHopeless(t *testing.T) {
	plain := errors.New("no luck")
	down := fmt.Errorf("source: %w", &diag.Error{Message: "no broker", Temporary: true})
	wrong := fmt.Errorf("operator: %w", &diag.Error{Message: "no such topic", Cause: &diag.Error{Permanent: true}})
	for _, c := range []struct {
		err                  error
		worked, earlier, end bool
	}{
		{plain, false, false, true}, // the first start
		{down, false, false, true},
		{plain, true, false, false},
		{down, true, false, false},
		{wrong, true, true, true},
		{plain, false, true, true}, // of a job that has a checkpoint
		{down, false, true, false},
	} {
		if got := hopeless(c.err, c.worked, c.earlier); got != c.end {
			t.Errorf("%v, worked %t, earlier %t: %t, want %t", c.err, c.worked, c.earlier, got, c.end)
		}
	}
}

// TestDefaults compares the settings of a job without configuration with what the
// reference tells.
func TestDefaults(t *testing.T) {
	s, err := readSettings(&graph.JobGraph{Config: map[string]string{}}, true)
	if err != nil {
		t.Fatal(err)
	}
	told := option.Set{}
	if want := told.Int(config.CheckpointRetained); s.retained != int(want) {
		t.Errorf("%d checkpoints are kept, the reference says %d", s.retained, want)
	}
}

// TestFullDisk gives up the spare checkpoint when a checkpoint fails for want of room.
func TestFullDisk(t *testing.T) {
	for _, c := range []struct {
		err  error
		give bool
	}{
		{fmt.Errorf("write state: %w", &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}), true},
		{errors.New("no luck"), false},
	} {
		p := &player{t: t}
		p.play("job a:1>b:1\n0 start\n0 running a.0\n0 running b.0\n10 tick")
		actions := p.m.Step(time.Unix(11, 0), api.Decline{Execution: p.task("a.0"), Checkpoint: 1, Err: c.err})
		if give := slices.Contains(actions, any(retire{1})); give != c.give {
			t.Errorf("%v: the spare is given up %t, want %t", c.err, give, c.give)
		}
	}
}
