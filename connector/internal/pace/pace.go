// Package pace lets a source's rows out at a rate.
package pace

import "time"

// Pacer counts rows against the clock. It belongs to one reader.
type Pacer struct {
	now     func() time.Time
	perNano float64 // rows a nanosecond
	most    int
	wake    func()

	started time.Time
	emitted float64
	timer   *time.Timer
}

// New returns a pacer for a rate of rows a second, that lets out at most most
// rows at a time and calls wake, from any goroutine, when a reader that got none
// may ask again.
func New(perSecond float64, most int, now func() time.Time, wake func()) *Pacer {
	if now == nil {
		now = time.Now
	}
	return &Pacer{now: now, perNano: perSecond / 1e9, most: most, wake: wake}
}

// Allowed is how many rows may go now; if none, wake is called when a batch or a
// hundredth of a second's rows may go.
func (p *Pacer) Allowed() int {
	now := p.now()
	if p.started.IsZero() {
		p.started = now
	}
	// The clock runs from the first row, so the first row goes at once.
	due := float64(now.Sub(p.started))*p.perNano + 1
	// What a busy second has missed is made up for, not what an hour has.
	p.emitted = max(p.emitted, due-1-p.perNano*1e9)
	if n := int(due - p.emitted); n > 0 {
		return min(n, p.most)
	}
	chunk := max(1, min(float64(p.most), p.perNano*1e7))
	wait := time.Duration((p.emitted + chunk - due) / p.perNano)
	if p.timer == nil {
		p.timer = time.AfterFunc(wait, p.wake)
	} else {
		p.timer.Reset(wait)
	}
	return 0
}

// Emitted notes that n rows went.
func (p *Pacer) Emitted(n int) { p.emitted += float64(n) }

// Stop ends the timer.
func (p *Pacer) Stop() {
	if p.timer != nil {
		p.timer.Stop()
	}
}
