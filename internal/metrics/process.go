package metrics

import (
	"math"
	"runtime"
	"runtime/debug"
	rt "runtime/metrics"
	"sync"
	"time"
)

// processStep is how long figures of the process are kept: one look serves all
// gauges of a scrape.
const processStep = 500 * time.Millisecond

// process reads the figures of this process and, if wanted, of the machine,
// when a gauge is asked for one.
type process struct {
	system   bool // show System.…
	interval time.Duration

	// Managed memory and its budget, if somebody has told.
	managed func() (used, total int64)

	mu      sync.Mutex
	at      time.Time
	samples []rt.Sample
	gc      debug.GCStats
	cpu     time.Duration
	load    float64 // share of the processors since the look before
	open    float64 // file descriptors
	pauses  *Meter
	machine machine
	sysAt   time.Time
}

// The samples of runtime/metrics, by index.
const (
	heapUsed = iota
	heapFree
	heapUnused
	heapReleased
	allMemory
	nSamples
)

var sampleNames = [nSamples]string{"/memory/classes/heap/objects:bytes", "/memory/classes/heap/free:bytes", "/memory/classes/heap/unused:bytes",
	"/memory/classes/heap/released:bytes", "/memory/classes/total:bytes"}

// Managed tells the registry who knows the managed memory and its budget, in
// bytes. It is called before the first group is made.
func (r *Registry) Managed(f func() (used, total int64)) { r.process.managed = f }

// look reads anew what is older than processStep. p.mu is held.
func (p *process) look(now time.Time) {
	if p.samples == nil {
		p.samples = make([]rt.Sample, nSamples)
		for i, n := range sampleNames {
			p.samples[i].Name = n
		}
		p.pauses = MeterOf(func() int64 { return p.gc.PauseTotal.Nanoseconds() })
	}
	passed := now.Sub(p.at)
	if passed >= 0 && passed < processStep {
		return
	}
	rt.Read(p.samples)
	debug.ReadGCStats(&p.gc)
	cpu := cpuTime()
	if !p.at.IsZero() && passed > 0 {
		p.load = float64(cpu-p.cpu) / float64(passed) / float64(runtime.NumCPU())
	}
	p.cpu, p.at = cpu, now
	p.open = openFiles()
}

func (p *process) bytes(i int) float64 { return float64(p.samples[i].Value.Uint64()) }

// committed is the heap as the system gave it to us.
func (p *process) committed() float64 {
	return p.bytes(heapUsed) + p.bytes(heapFree) + p.bytes(heapUnused)
}

// register shows the figures in the scope of a manager, under the names that
// Flink's clients ask for. What only a JVM has is 0.
func (p *process) register(g *Group, now func() time.Time) {
	show := func(path, name string, read func() float64) {
		g.subLocked(path).Gauge(name, func() float64 {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.look(now())
			return read()
		})
	}
	zero := func() float64 { return 0 }
	show("Status.JVM.CPU", "Load", func() float64 { return p.load })
	show("Status.JVM.CPU", "Time", func() float64 { return float64(p.cpu) })
	show("Status.JVM.Memory.Heap", "Used", func() float64 { return p.bytes(heapUsed) })
	show("Status.JVM.Memory.Heap", "Committed", p.committed)
	show("Status.JVM.Memory.Heap", "Max", func() float64 {
		if n := debug.SetMemoryLimit(-1); n < math.MaxInt64 {
			return float64(n)
		}
		return -1
	})
	rest := func() float64 { return max(p.bytes(allMemory)-p.bytes(heapReleased)-p.committed(), 0) }
	show("Status.JVM.Memory.NonHeap", "Used", rest)
	show("Status.JVM.Memory.NonHeap", "Committed", rest)
	show("Status.JVM.Memory.NonHeap", "Max", func() float64 { return -1 })
	for _, n := range []string{"Used", "Committed", "Max"} {
		show("Status.JVM.Memory.Metaspace", n, zero)
	}
	managed := func() (used, total int64) {
		if p.managed == nil {
			return 0, 0
		}
		return p.managed()
	}
	usedBytes := func() float64 { used, _ := managed(); return float64(used) }
	show("Status.JVM.Memory.Direct", "Count", zero)
	show("Status.JVM.Memory.Direct", "MemoryUsed", usedBytes)
	show("Status.JVM.Memory.Direct", "TotalCapacity", usedBytes)
	for _, n := range []string{"Count", "MemoryUsed", "TotalCapacity"} {
		show("Status.JVM.Memory.Mapped", n, zero)
	}
	show("Status.Flink.Memory.Managed", "Used", usedBytes)
	show("Status.Flink.Memory.Managed", "Total", func() float64 { _, total := managed(); return float64(total) })
	show("Status.JVM.Threads", "Count", func() float64 { return float64(runtime.NumGoroutine()) })
	for _, collector := range []string{"Go", "All"} {
		path := "Status.JVM.GarbageCollector." + collector
		show(path, "Count", func() float64 { return float64(p.gc.NumGC) })
		show(path, "Time", func() float64 { return float64(p.gc.PauseTotal.Milliseconds()) })
		show(path, "TimeMsPerSecond", func() float64 { return p.pauses.Rate() / 1e6 })
	}
	show("Status.JVM.ClassLoader", "ClassesLoaded", zero)
	show("Status.JVM.ClassLoader", "ClassesUnloaded", zero)
	show("Status.FileDescriptor", "Open", func() float64 { return p.open })
	show("Status.FileDescriptor", "Max", maxFiles)
	if p.system {
		p.registerSystem(g, now)
	}
}

// registerSystem shows the machine's figures; NaN, hence nothing, where they
// cannot be had.
func (p *process) registerSystem(g *Group, now func() time.Time) {
	show := func(path, name string, read func(m *machine) float64) {
		g.subLocked(path).Gauge(name, func() float64 {
			p.mu.Lock()
			defer p.mu.Unlock()
			if t := now(); p.sysAt.IsZero() || t.Sub(p.sysAt) >= p.interval {
				p.machine.look(t)
				p.sysAt = t
			}
			return read(&p.machine)
		})
	}
	p.machine.look(now())
	p.sysAt = now()
	for _, c := range []struct {
		name string
		of   []int // fields of /proc/stat
	}{{"User", []int{0}}, {"Nice", []int{1}}, {"Sys", []int{2}}, {"Idle", []int{3}}, {"IOWait", []int{4}}, {"Irq", []int{5}}, {"SoftIrq", []int{6}}, {"Steal", []int{7}},
		{"Usage", []int{0, 1, 2, 5, 6, 7}}} {
		show("System.CPU", c.name, func(m *machine) float64 { return m.cpuShare(c.of) })
	}
	for i, name := range []string{"Load1min", "Load5min", "Load15min"} {
		show("System.CPU", name, func(m *machine) float64 { return m.loads[i] })
	}
	show("System.Memory", "Available", func(m *machine) float64 { return m.memory["MemAvailable"] })
	show("System.Memory", "Total", func(m *machine) float64 { return m.memory["MemTotal"] })
	show("System.Swap", "Used", func(m *machine) float64 { return m.memory["SwapTotal"] - m.memory["SwapFree"] })
	show("System.Swap", "Total", func(m *machine) float64 { return m.memory["SwapTotal"] })
	for name := range p.machine.network {
		show("System.Network."+name, "ReceiveRate", func(m *machine) float64 { return m.rate(name, 0) })
		show("System.Network."+name, "SendRate", func(m *machine) float64 { return m.rate(name, 1) })
	}
}
