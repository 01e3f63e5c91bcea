package task

import (
	"math"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/internal/exchange"
	"github.com/flott/flott/internal/metrics"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
)

// counters are what a task tells about itself. The task raises them once a
// batch; gauges are read by whoever scrapes.
type counters struct {
	recordsIn, recordsOut *metrics.Counter
	bytesOut, buffersOut  *metrics.Counter
	in                    exchange.Traffic
	timers, mails, opened *metrics.Counter
	mailLatency           *metrics.Histogram
	watermark             atomic.Int64
	alignment, startDelay atomic.Int64 // of the newest checkpoint, nanoseconds
	busy                  busyTime
}

// register shows them in the task's scope.
func (c *counters) register(g *metrics.Group) {
	c.recordsIn, c.recordsOut = g.RecordsIn(), g.RecordsOut()
	c.bytesOut, c.buffersOut = g.BytesOut(), g.Metered("numBuffersOut")
	c.in = exchange.Traffic{Bytes: g.BytesIn(), LocalBytes: &metrics.Counter{}, RemoteBytes: &metrics.Counter{}, LocalBuffers: &metrics.Counter{}, RemoteBuffers: &metrics.Counter{}}
	for _, at := range []*metrics.Group{g.Sub("Shuffle.Netty.Input"), g} { // the second has the names of long ago
		at.Show("numBytesInLocal", c.in.LocalBytes)
		at.Show("numBytesInRemote", c.in.RemoteBytes)
		at.Show("numBuffersInLocal", c.in.LocalBuffers)
		at.Show("numBuffersInRemote", c.in.RemoteBuffers)
	}
	c.timers, c.mails, c.opened = g.Metered("numFiredTimers"), &metrics.Counter{}, g.Counter("initializationTime")
	g.Meter("mailboxMailsPerSecond", c.mails)
	c.mailLatency = g.HistogramOf("mailboxLatencyMs", 60)
	c.watermark.Store(int64(types.MinInstant))
	number := func(n *atomic.Int64) func() float64 { return func() float64 { return float64(n.Load()) } }
	g.Gauge("currentInputWatermark", number(&c.watermark))
	g.Gauge("checkpointAlignmentTime", number(&c.alignment))
	g.Gauge("checkpointStartDelayNanos", number(&c.startDelay))
	c.busy.show(g)
}

// showQueues registers how full the task's links are.
func (t *Task) showQueues() {
	var writers []*exchange.Writer
	for _, n := range t.nodes {
		writers = append(writers, n.writers...)
	}
	in := func() (q exchange.Queue) {
		if t.reader != nil {
			q = t.reader.Queued()
		}
		return q
	}
	out := func() (q exchange.Queue) {
		for _, w := range writers {
			o := w.Queued()
			q = exchange.Queue{Buffers: q.Buffers + o.Buffers, Bytes: q.Bytes + o.Bytes, Credit: q.Credit + o.Credit}
		}
		return q
	}
	for _, path := range []string{"Shuffle.Netty.Input.Buffers", "Shuffle.Netty.Output.Buffers", "buffers"} {
		g := t.Metrics.Sub(path) // the last one has the names of long ago
		if path != "Shuffle.Netty.Output.Buffers" {
			g.Gauge("inputQueueLength", func() float64 { return float64(in().Buffers) })
			g.Gauge("inputQueueSize", func() float64 { return float64(in().Bytes) })
			g.Gauge("inPoolUsage", func() float64 { return in().Usage() })
		}
		if path != "Shuffle.Netty.Input.Buffers" {
			g.Gauge("outputQueueLength", func() float64 { return float64(out().Buffers) })
			g.Gauge("outputQueueSize", func() float64 { return float64(out().Bytes) })
			g.Gauge("outPoolUsage", func() float64 { return out().Usage() })
		}
	}
}

// nodeCounters are those of one operator.
type nodeCounters struct {
	in, out *metrics.Counter
	inputs  []atomic.Int64 // watermark of each port
	input   atomic.Int64   // of all
	output  atomic.Int64
	entries atomic.Int64 // of its state at the newest checkpoint
	latency map[string]*metrics.Histogram
}

func (n *node) register() {
	c, g := &n.counters, n.group
	c.in, c.out = g.RecordsIn(), g.RecordsOut()
	watermark := func(name string, w *atomic.Int64) {
		w.Store(int64(types.MinInstant))
		g.Gauge(name, func() float64 { return float64(w.Load()) })
	}
	watermark("currentOutputWatermark", &c.output)
	if len(n.spec.Inputs) == 0 {
		return
	}
	watermark("currentInputWatermark", &c.input)
	if c.inputs = make([]atomic.Int64, len(n.spec.Inputs)); len(c.inputs) > 1 {
		for i := range c.inputs {
			watermark("currentInput"+strconv.Itoa(i+1)+"Watermark", &c.inputs[i])
		}
	}
}

// registerState shows how much managed memory the operator holds.
func (n *node) registerState() {
	if n.memory == nil {
		return
	}
	n.group.Gauge("managedMemoryUsed", func() float64 { return float64(n.memory.Used()) })
	if n.backend != nil {
		n.group.Gauge("stateEntries", func() float64 { return float64(n.counters.entries.Load()) })
	}
}

// busyTime tells how a task spends its time, in nanoseconds.
type busyTime struct {
	mu            sync.Mutex
	idle, blocked int64
	asleep        bool
	since         time.Time // asleep since then
	isBlocked     bool
	begun, ended  time.Time // zero while it runs
}

// spent returns the times up to now. Time before the first sleep is busy.
func (b *busyTime) spent() (idle, blocked int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	idle, blocked = b.idle, b.blocked
	if b.asleep {
		d := int64(time.Since(b.since))
		if b.isBlocked {
			blocked += d
		} else {
			idle += d
		}
	}
	return idle, blocked
}

// shares returns the times up to now, or to the task's end.
func (b *busyTime) shares() (idle, blocked, busy time.Duration) {
	i, k := b.spent()
	b.mu.Lock()
	end := b.ended
	b.mu.Unlock()
	if end.IsZero() {
		end = time.Now()
	}
	return time.Duration(i), time.Duration(k), max(end.Sub(b.begun)-time.Duration(i+k), 0)
}

// end stops the time of being busy.
func (b *busyTime) end() {
	b.mu.Lock()
	b.ended = time.Now()
	b.mu.Unlock()
}

// show registers Flink's shares of time; what is neither idle nor held back by
// those behind is busy. A task that is held back still reads its mail and takes
// part in checkpoints, which is soft in Flink's terms.
func (b *busyTime) show(g *metrics.Group) {
	b.begun = time.Now()
	idleTime := func() int64 { idle, _ := b.spent(); return idle }
	blockedTime := func() int64 { _, blocked := b.spent(); return blocked }
	idle, blocked := metrics.MeterOf(idleTime), metrics.MeterOf(blockedTime)
	perSecond := func(m *metrics.Meter) float64 { return math.Round(min(max(m.Rate()/1e6, 0), 1000)) }
	g.Gauge("idleTimeMsPerSecond", func() float64 { return perSecond(idle) })
	for _, name := range []string{"backPressuredTimeMsPerSecond", "softBackPressuredTimeMsPerSecond"} {
		g.Gauge(name, func() float64 { return perSecond(blocked) })
	}
	g.Gauge("hardBackPressuredTimeMsPerSecond", func() float64 { return 0 })
	g.Gauge("busyTimeMsPerSecond", func() float64 { return max(0, 1000-perSecond(idle)-perSecond(blocked)) })
	g.Gauge("accumulateIdleTimeMs", func() float64 { return float64(idleTime() / 1e6) })
	g.Gauge("accumulateBackPressuredTimeMs", func() float64 { return float64(blockedTime() / 1e6) })
	g.Gauge("accumulateBusyTimeMs", func() float64 {
		_, _, busy := b.shares()
		return float64(busy.Milliseconds())
	})
	g.Gauge("isBackPressured", func() float64 {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.asleep && b.isBlocked {
			return 1
		}
		return 0
	})
}

func (b *busyTime) sleep(blocked bool) {
	b.mu.Lock()
	b.asleep, b.since, b.isBlocked = true, time.Now(), blocked
	b.mu.Unlock()
}

func (b *busyTime) awake() {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := int64(time.Since(b.since))
	if b.asleep = false; b.isBlocked {
		b.blocked += d
	} else {
		b.idle += d
	}
}

// latency lets latency markers go out and notes those that come in.
type latency struct {
	interval    time.Duration // 0 = no markers
	granularity string
	history     int
	next        time.Time // of a source
}

// The keys are Flink's; a value that does not parse was refused before.
var (
	latencyInterval    = option.Option{Key: "metrics.latency.interval", Default: "0"}
	latencyGranularity = option.Option{Key: "metrics.latency.granularity", Default: "operator"}
	latencyHistory     = option.Option{Key: "metrics.latency.history-size", Default: "128"}
)

func newLatency(options map[string]string) latency {
	s := option.Set(options)
	return latency{interval: s.Duration(latencyInterval), granularity: s.Text(latencyGranularity), history: max(int(s.Int(latencyHistory)), 1)}
}

// due reports whether a source has to send a marker.
func (l *latency) due(now time.Time) bool {
	if l.interval <= 0 || now.Before(l.next) {
		return false
	}
	l.next = now.Add(l.interval)
	return true
}

// sendMarker lets a marker of this source go.
func (t *Task) sendMarker(now time.Time) {
	t.passMarker(&element.LatencyMarker{Sent: types.Instant(now.UnixMilli()), Source: t.nodes[0].spec.ID, Subtask: t.Subtask}, t.nodes[1:])
}

// passMarker notes a marker's age at the operators and hands it on.
func (t *Task) passMarker(m *element.LatencyMarker, at []*node) {
	age := t.Clock.Now().UnixMilli() - int64(m.Sent)
	for _, n := range at {
		t.latencyOf(n, m).Update(age)
	}
	for _, n := range t.nodes {
		for _, w := range n.writers {
			w.Latency(m)
		}
	}
}

// latencyOf returns the histogram of an operator for a source, which stands in
// the job's scope as in Flink.
func (t *Task) latencyOf(n *node, m *element.LatencyMarker) *metrics.Histogram {
	key := ""
	switch t.latency.granularity {
	case "operator":
		key = m.Source
	case "subtask":
		key = m.Source + "/" + strconv.Itoa(m.Subtask)
	}
	h := n.counters.latency[key]
	if h == nil {
		g := t.Metrics.Parent().Sub("latency")
		if key != "" {
			g = g.SubValue("source_id", m.Source)
		}
		if t.latency.granularity == "subtask" {
			g = g.SubValue("source_subtask_index", strconv.Itoa(m.Subtask))
		}
		h = g.SubValue("operator_id", n.spec.ID).SubValue("operator_subtask_index", strconv.Itoa(t.Subtask)).HistogramOf("latency", t.latency.history)
		if n.counters.latency == nil {
			n.counters.latency = map[string]*metrics.Histogram{}
		}
		n.counters.latency[key] = h
	}
	return h
}
