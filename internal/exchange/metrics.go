package exchange

import "github.com/flott/flott/internal/metrics"

// Traffic counts what a reader takes. Nil counters are not raised.
type Traffic struct {
	Bytes                       *metrics.Counter // numBytesIn
	LocalBytes, RemoteBytes     *metrics.Counter // of it, from this process and from others
	LocalBuffers, RemoteBuffers *metrics.Counter
}

func (t *Traffic) count(size int, remote bool) {
	if t.Bytes == nil {
		return
	}
	t.Bytes.Add(int64(size))
	bytes, buffers := t.LocalBytes, t.LocalBuffers
	if remote {
		bytes, buffers = t.RemoteBytes, t.RemoteBuffers
	}
	if bytes != nil && buffers != nil {
		bytes.Add(int64(size))
		buffers.Add(1)
	}
}

// Queue tells how full links are.
type Queue struct {
	Buffers, Bytes int
	Credit         int // bytes that may wait
}

func (q Queue) add(o Queue) Queue {
	return Queue{q.Buffers + o.Buffers, q.Bytes + o.Bytes, q.Credit + o.Credit}
}

// Usage is the share of the credit in use, 0 to 1 and a little more.
func (q Queue) Usage() float64 {
	if q.Credit == 0 {
		return 0
	}
	return float64(q.Bytes) / float64(q.Credit)
}

// Queued tells what waits to be read. It may be called by anybody.
func (r *Reader) Queued() (q Queue) {
	for _, in := range r.inputs {
		q = q.add(in.queued())
	}
	return q
}

// Queued tells what waits on the writer's links. It may be called by anybody.
func (w *Writer) Queued() (q Queue) {
	for _, t := range w.targets {
		q = q.add(t.queued())
	}
	return q
}

// segmentBytes is the unit in which Flink's clients count network memory.
const segmentBytes = 32 << 10

// Show registers the network memory: what the links of this task manager may
// hold by their credit, and what they do.
func (n *Network) Show(g *metrics.Group) {
	total := func() (q Queue) {
		n.mu.Lock()
		defer n.mu.Unlock()
		for _, l := range n.links {
			q = q.add(l.queued())
		}
		return q
	}
	netty := g.Sub("Status.Shuffle.Netty")
	bytes := func(name string, f func(Queue) int) {
		netty.Gauge(name, func() float64 { return float64(f(total())) })
	}
	segments := func(name string, f func(Queue) int) {
		bytes(name, func(q Queue) int { return (f(q) + segmentBytes - 1) / segmentBytes })
	}
	all, used, free := func(q Queue) int { return q.Credit }, func(q Queue) int { return q.Bytes }, func(q Queue) int { return max(q.Credit-q.Bytes, 0) }
	bytes("TotalMemory", all)
	bytes("UsedMemory", used)
	bytes("AvailableMemory", free)
	segments("TotalMemorySegments", all)
	segments("UsedMemorySegments", used)
	segments("AvailableMemorySegments", free)
	netty.Gauge("RequestedMemoryUsage", func() float64 { return 100 * total().Usage() })
	old := g.Sub("Status.Network") // the names of long ago
	old.Gauge("TotalMemorySegments", func() float64 { return float64(total().Credit / segmentBytes) })
	old.Gauge("AvailableMemorySegments", func() float64 { return float64(free(total()) / segmentBytes) })
}
