// Package clock is real and virtual time behind one small interface. What
// waits for time (task loop, job master, coordinator) takes a Clock, so tests
// turn time by hand.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time and makes timers.
type Clock interface {
	Now() time.Time
	// NewTimer returns a timer that sends once on C after d.
	NewTimer(d time.Duration) *Timer
}

// Timer is a single event in the future. Reset and Stop may be called at any
// time by the goroutine that reads C; a stale tick is never seen after them.
type Timer struct {
	C     <-chan time.Time
	reset func(d time.Duration)
	stop  func()
}

// Reset lets the timer fire d from now instead.
func (t *Timer) Reset(d time.Duration) { t.reset(d) }

// Stop ends the timer.
func (t *Timer) Stop() { t.stop() }

// Real is the machine's clock.
type Real struct{}

// Now returns the current time.
func (Real) Now() time.Time { return time.Now() }

// NewTimer returns a timer of the standard library.
func (Real) NewTimer(d time.Duration) *Timer {
	t := time.NewTimer(d)
	return &Timer{C: t.C, reset: func(d time.Duration) { t.Reset(d) }, stop: func() { t.Stop() }}
}

// Virtual is a clock that stands still until Advance moves it.
type Virtual struct {
	mu     sync.Mutex
	now    time.Time
	timers map[*virtualTimer]struct{}
}

type virtualTimer struct {
	at time.Time
	c  chan time.Time
}

// NewVirtual returns a clock that stands at start.
func NewVirtual(start time.Time) *Virtual {
	return &Virtual{now: start, timers: map[*virtualTimer]struct{}{}}
}

// Now returns the virtual time.
func (v *Virtual) Now() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now
}

// NewTimer returns a timer that fires when Advance passes it; at once if d <= 0.
func (v *Virtual) NewTimer(d time.Duration) *Timer {
	t := &virtualTimer{c: make(chan time.Time, 1)}
	arm := func(d time.Duration) {
		v.mu.Lock()
		defer v.mu.Unlock()
		select {
		case <-t.c:
		default:
		}
		t.at = v.now.Add(d)
		if d <= 0 {
			t.c <- v.now
			delete(v.timers, t)
			return
		}
		v.timers[t] = struct{}{}
	}
	arm(d)
	return &Timer{C: t.c, reset: arm, stop: func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		delete(v.timers, t)
		select {
		case <-t.c:
		default:
		}
	}}
}

// Advance moves the time and fires what is due.
func (v *Virtual) Advance(d time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.now = v.now.Add(d)
	for t := range v.timers {
		if !t.at.After(v.now) {
			t.c <- v.now
			delete(v.timers, t)
		}
	}
}
