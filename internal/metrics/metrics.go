package metrics

import (
	"math"
	"slices"
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
	count   func() int64
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

// MeterOf returns a meter of what count returns, which is shown nowhere.
func MeterOf(count func() int64) *Meter {
	return &Meter{count: count, now: time.Now, samples: []sample{{time.Now(), count()}}}
}

// Rate returns events per second since the oldest sample of the last minute.
// Samples are taken when somebody asks, so an unread meter costs nothing.
func (m *Meter) Rate() float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := sample{m.now(), m.count()}
	old := 0
	for old < len(m.samples)-1 && now.at.Sub(m.samples[old].at) > meterSpan {
		old++
	}
	m.samples = slices.Delete(m.samples, 0, old)
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

// Count returns what the rate is of.
func (m *Meter) Count() int64 { return m.count() }

// histogramSize is how many of the latest values a histogram remembers.
const histogramSize = 1024

// Histogram keeps the distribution of the latest values.
type Histogram struct {
	mu     sync.Mutex
	size   int
	values []int64 // grows up to size, then the oldest is replaced
	n      int64
}

// Update adds a value.
func (h *Histogram) Update(v int64) {
	h.mu.Lock()
	if len(h.values) < h.size {
		h.values = append(h.values, v)
	} else {
		h.values[h.n%int64(h.size)] = v
	}
	h.n++
	h.mu.Unlock()
}

// Count returns how many values were added in all.
func (h *Histogram) Count() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.n
}

// Stats is a histogram at one moment.
type Stats struct {
	Count          int64   // of all values ever added; the rest is of those remembered
	Min, Max       int64   // 0 for none, as in Flink
	Mean, Deviance float64 // NaN for none
	sorted         []int64
}

// Stats returns the distribution of the remembered values.
func (h *Histogram) Stats() Stats {
	h.mu.Lock()
	s := Stats{Count: h.n, Mean: math.NaN(), Deviance: math.NaN(), sorted: slices.Clone(h.values)}
	h.mu.Unlock()
	n := float64(len(s.sorted))
	if n == 0 {
		return s
	}
	slices.Sort(s.sorted)
	s.Min, s.Max = s.sorted[0], s.sorted[len(s.sorted)-1]
	sum, squares := 0.0, 0.0
	for _, v := range s.sorted {
		sum += float64(v)
	}
	s.Mean = sum / n
	for _, v := range s.sorted {
		squares += (float64(v) - s.Mean) * (float64(v) - s.Mean)
	}
	s.Deviance = math.Sqrt(squares / max(n-1, 1))
	return s
}

// Quantile returns the q-quantile (0..1), NaN for no values.
func (s Stats) Quantile(q float64) float64 {
	n := len(s.sorted)
	if n == 0 {
		return math.NaN()
	}
	return float64(s.sorted[min(max(int(math.Ceil(q*float64(n)))-1, 0), n-1)])
}
