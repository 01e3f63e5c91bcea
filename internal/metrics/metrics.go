package metrics

import (
	"math"
	"sort"
	"sync"
	"sync/atomic"
	"time"
)

// Counter counts up. The zero value counts from 0.
type Counter struct{ n atomic.Int64 }

// Add raises the counter.
func (c *Counter) Add(n int64) { c.n.Add(n) }

// Value returns the count.
func (c *Counter) Value() int64 { return c.n.Load() }

// Meter is the rate of a counter, averaged over about the last minute.
type Meter struct {
	c       *Counter
	now     func() time.Time
	mu      sync.Mutex
	samples []sample // oldest first, none older than meterSpan but the first
}

type sample struct {
	at time.Time
	n  int64
}

// Flink's MeterView looks back 60 s in steps of 5 s.
const (
	meterSpan = 60 * time.Second
	meterStep = 5 * time.Second
)

// Rate returns events per second since the oldest sample of the last minute.
// Samples are taken when somebody asks, so an unread meter costs nothing.
func (m *Meter) Rate() float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := sample{m.now(), m.c.Value()}
	for len(m.samples) > 1 && now.at.Sub(m.samples[0].at) > meterSpan {
		m.samples = m.samples[1:]
	}
	first := m.samples[0]
	if now.at.Sub(m.samples[len(m.samples)-1].at) >= meterStep {
		m.samples = append(m.samples, now)
	}
	d := now.at.Sub(first.at).Seconds()
	if d <= 0 {
		return 0
	}
	return float64(now.n-first.n) / d
}

// histogramSize is how many of the latest values a histogram remembers.
const histogramSize = 1024

// Histogram keeps the distribution of the latest values.
type Histogram struct {
	mu     sync.Mutex
	values [histogramSize]int64
	n      int64
}

// Update adds a value.
func (h *Histogram) Update(v int64) {
	h.mu.Lock()
	h.values[h.n%histogramSize] = v
	h.n++
	h.mu.Unlock()
}

// Count returns how many values were added in all.
func (h *Histogram) Count() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.n
}

// Quantiles returns the q-quantiles (0..1) of the remembered values, NaN for none.
func (h *Histogram) Quantiles(qs ...float64) []float64 {
	h.mu.Lock()
	v := append([]int64(nil), h.values[:min(h.n, histogramSize)]...)
	h.mu.Unlock()
	sort.Slice(v, func(i, j int) bool { return v[i] < v[j] })
	out := make([]float64, len(qs))
	for i, q := range qs {
		if len(v) == 0 {
			out[i] = math.NaN()
			continue
		}
		out[i] = float64(v[min(len(v)-1, int(math.Ceil(q*float64(len(v))))-1+boolInt(q == 0))])
	}
	return out
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
