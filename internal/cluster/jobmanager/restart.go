package jobmanager

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/diag"
)

// restartStrategy decides after a failure whether, and when, a job goes on.
type restartStrategy interface {
	// failure notes a failure and returns the delay before the restart; ok is
	// false if the job is to fail.
	failure(now time.Time) (delay time.Duration, ok bool)
	String() string
}

// newRestartStrategy reads `restart-strategy.*`. Without a type it is
// exponential-delay with checkpoints, none without.
func newRestartStrategy(config map[string]string, checkpoints bool) (restartStrategy, error) {
	kind := "none"
	if checkpoints {
		kind = "exponential-delay"
	}
	if k := config["restart-strategy"]; k != "" { // the older key
		kind = k
	}
	if k := config["restart-strategy.type"]; k != "" {
		kind = k
	}
	switch strings.ToLower(kind) {
	case "none", "off", "disable":
		return noRestart{}, nil
	case "fixed-delay", "fixeddelay":
		s := &fixedDelay{attempts: 1, delay: time.Second}
		return s, api.ReadOptions(config, map[string]any{"restart-strategy.fixed-delay.attempts": &s.attempts, "restart-strategy.fixed-delay.delay": &s.delay})
	case "failure-rate", "failurerate":
		s := &failureRate{most: 1, interval: time.Minute, delay: time.Second}
		return s, api.ReadOptions(config, map[string]any{
			"restart-strategy.failure-rate.max-failures-per-interval": &s.most,
			"restart-strategy.failure-rate.failure-rate-interval":     &s.interval,
			"restart-strategy.failure-rate.delay":                     &s.delay,
		})
	case "exponential-delay", "exponentialdelay":
		s := &exponentialDelay{initial: time.Second, most: time.Minute, multiplier: 1.5, resetAfter: time.Hour, jitter: 0.1, attempts: math.MaxInt32, random: rand.Float64}
		return s, api.ReadOptions(config, map[string]any{
			"restart-strategy.exponential-delay.initial-backoff":               &s.initial,
			"restart-strategy.exponential-delay.max-backoff":                   &s.most,
			"restart-strategy.exponential-delay.backoff-multiplier":            &s.multiplier,
			"restart-strategy.exponential-delay.reset-backoff-threshold":       &s.resetAfter,
			"restart-strategy.exponential-delay.jitter-factor":                 &s.jitter,
			"restart-strategy.exponential-delay.attempts-before-reset-backoff": &s.attempts,
		})
	}
	return nil, &diag.Error{Code: "option-value", Stage: diag.StageRun, Message: fmt.Sprintf("option \"restart-strategy.type\": %q is none of none, fixed-delay, failure-rate, exponential-delay", kind)}
}

type noRestart struct{}

func (noRestart) failure(time.Time) (time.Duration, bool) { return 0, false }
func (noRestart) String() string                          { return "no restart strategy" }

type fixedDelay struct {
	attempts int
	delay    time.Duration
	failures int
}

func (s *fixedDelay) failure(time.Time) (time.Duration, bool) {
	s.failures++
	return s.delay, s.failures <= s.attempts
}

func (s *fixedDelay) String() string {
	return fmt.Sprintf("fixed-delay, %d attempts %v apart", s.attempts, s.delay)
}

type failureRate struct {
	most            int
	interval, delay time.Duration
	times           []time.Time
}

func (s *failureRate) failure(now time.Time) (time.Duration, bool) {
	s.times = append(s.times, now)
	for now.Sub(s.times[0]) > s.interval {
		s.times = s.times[1:]
	}
	return s.delay, len(s.times) <= s.most
}

func (s *failureRate) String() string {
	return fmt.Sprintf("failure-rate, %d failures in %v", s.most, s.interval)
}

type exponentialDelay struct {
	initial, most, resetAfter time.Duration
	multiplier, jitter        float64
	attempts                  int
	random                    func() float64 // 0..1

	failures int
	current  time.Duration
	last     time.Time // when the last restart was due
}

func (s *exponentialDelay) failure(now time.Time) (time.Duration, bool) {
	if s.current == 0 || now.Sub(s.last) >= s.resetAfter {
		s.current, s.failures = s.initial, 0
	} else {
		s.current = min(s.most, time.Duration(float64(s.current)*s.multiplier))
	}
	s.failures++
	delay := s.current + time.Duration(s.jitter*float64(s.current)*(2*s.random()-1))
	delay = min(max(delay, 0), s.most)
	s.last = now.Add(delay)
	return delay, s.failures <= s.attempts
}

func (s *exponentialDelay) String() string {
	return fmt.Sprintf("exponential-delay from %v to %v", s.initial, s.most)
}
