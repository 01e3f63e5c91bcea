package config

import (
	"fmt"
	"math"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/option"
)

// The keys of Flink's process memory model. Defaults of sizes that only a JVM
// has (metaspace) are 0 here, and the others start at what Go needs.
var (
	ProcessSize      = option.Option{Key: "taskmanager.memory.process.size", Kind: option.Memory, Help: "All memory of the process (`--memory`); default: the cgroup's limit, else 256 MB."}
	FlinkSize        = option.Option{Key: "taskmanager.memory.flink.size", Kind: option.Memory, Help: "Process memory without metaspace and overhead."}
	FrameworkHeap    = option.Option{Key: "taskmanager.memory.framework.heap.size", Kind: option.Memory, Default: "4mb", Help: "Go heap of the engine itself. (Flink: 128mb.)"}
	TaskHeap         = option.Option{Key: "taskmanager.memory.task.heap.size", Kind: option.Memory, Help: "Go heap of operators, connectors and formats; derived unless set."}
	FrameworkOffHeap = option.Option{Key: "taskmanager.memory.framework.off-heap.size", Kind: option.Memory, Default: "0", Help: "Memory of the engine outside the Go heap. (Flink: 128mb.)"}
	TaskOffHeap      = option.Option{Key: "taskmanager.memory.task.off-heap.size", Kind: option.Memory, Default: "0", Help: "Memory of operators outside the Go heap and the pools."}
	NetworkFraction  = option.Option{Key: "taskmanager.memory.network.fraction", Kind: option.Float, Default: "0.1", Help: "Share of Flink memory for exchanges."}
	NetworkMin       = option.Option{Key: "taskmanager.memory.network.min", Kind: option.Memory, Default: "1mb", Help: "Least memory for exchanges. (Flink: 64mb.)"}
	NetworkMax       = option.Option{Key: "taskmanager.memory.network.max", Kind: option.Memory, Default: "", Help: "Most memory for exchanges; unset: no limit."}
	ManagedSize      = option.Option{Key: "taskmanager.memory.managed.size", Kind: option.Memory, Help: "Managed memory: state, sorting, hashing; unset: the fraction."}
	ManagedFraction  = option.Option{Key: "taskmanager.memory.managed.fraction", Kind: option.Float, Default: "0.4", Help: "Share of Flink memory that is managed unless the size is set."}
	Metaspace        = option.Option{Key: "taskmanager.memory.jvm-metaspace.size", Kind: option.Memory, Default: "0", Help: "Counted if set; Go has no metaspace. (Flink: 256mb.)"}
	OverheadFraction = option.Option{Key: "taskmanager.memory.jvm-overhead.fraction", Kind: option.Float, Default: "0.1", Help: "Share of process memory for what nobody accounts for: program text, stacks, the kernel's buffers."}
	OverheadMin      = option.Option{Key: "taskmanager.memory.jvm-overhead.min", Kind: option.Memory, Default: "12mb", Help: "Least overhead. (Flink: 192mb.)"}
	OverheadMax      = option.Option{Key: "taskmanager.memory.jvm-overhead.max", Kind: option.Memory, Default: "1gb", Help: "Most overhead."}
	SegmentSize      = option.Option{Key: "taskmanager.memory.segment-size", Kind: option.Memory, Default: "32kb", Help: "Size of a memory segment."}
)

// Memory is how the memory of a process is divided, in bytes:
//
//	Process = Flink + Metaspace + Overhead
//	Flink   = FrameworkHeap + TaskHeap + FrameworkOffHeap + TaskOffHeap + Network + Managed
type Memory struct {
	Process, Flink                int64
	FrameworkHeap, TaskHeap       int64
	FrameworkOffHeap, TaskOffHeap int64
	Network, Managed              int64
	Metaspace, Overhead           int64
}

// GoHeap is what the Go runtime may use.
func (m Memory) GoHeap() int64 { return m.FrameworkHeap + m.TaskHeap }

func memoryError(help, format string, args ...any) *diag.Error {
	return &diag.Error{Code: "memory-config", Stage: diag.StageValidate, Message: fmt.Sprintf(format, args...), Help: help}
}

func mb(n int64) string { return option.FormatMemory(n) }

// DeriveMemory divides the memory by Flink's rules: from task heap and managed
// size if both are set, else from total Flink memory, else from total process
// memory (fallback if that is not set either). What contradicts is refused.
func DeriveMemory(c option.Set, fallback int64) (Memory, *diag.Error) {
	given := func(o option.Option) (int64, bool) {
		text, ok := c.Get(o)
		if !ok || text == "" {
			return 0, false
		}
		n, err := option.ParseMemory(text)
		return n, err == nil
	}
	for _, o := range []option.Option{ProcessSize, FlinkSize, FrameworkHeap, TaskHeap, FrameworkOffHeap, TaskOffHeap, NetworkFraction, NetworkMin, NetworkMax,
		ManagedSize, ManagedFraction, Metaspace, OverheadFraction, OverheadMin, OverheadMax} {
		if text, ok := c.Get(o); ok && text != "" {
			if err := o.Check(text); err != nil {
				return Memory{}, memoryError("", "%q: %v", o.Key, err)
			}
		}
	}
	for _, o := range []option.Option{NetworkFraction, ManagedFraction, OverheadFraction} {
		if f := c.Float(o); f < 0 || f >= 1 {
			return Memory{}, memoryError("", "%q = %v is not in [0, 1)", o.Key, f)
		}
	}
	var m Memory
	m.FrameworkHeap, m.FrameworkOffHeap = c.Bytes(FrameworkHeap), c.Bytes(FrameworkOffHeap)
	m.TaskOffHeap, m.Metaspace = c.Bytes(TaskOffHeap), c.Bytes(Metaspace)
	taskHeap, hasTask := given(TaskHeap)
	managed, hasManaged := given(ManagedSize)
	flink, hasFlink := given(FlinkSize)
	process, hasProcess := given(ProcessSize)
	networkMin, networkMax := c.Bytes(NetworkMin), int64(math.MaxInt64)
	if n, ok := given(NetworkMax); ok {
		networkMax = n
	}
	if networkMin > networkMax {
		return m, memoryError("", "%q (%s) is above %q (%s)", NetworkMin.Key, mb(networkMin), NetworkMax.Key, mb(networkMax))
	}
	overheadMin, overheadMax := c.Bytes(OverheadMin), c.Bytes(OverheadMax)
	if overheadMin > overheadMax {
		return m, memoryError("", "%q (%s) is above %q (%s)", OverheadMin.Key, mb(overheadMin), OverheadMax.Key, mb(overheadMax))
	}
	if hasFlink && hasProcess && flink >= process {
		return m, memoryError("set only one of the two", "%q (%s) does not fit into %q (%s)", FlinkSize.Key, mb(flink), ProcessSize.Key, mb(process))
	}
	clamp := func(n, low, high int64) int64 { return min(max(n, low), high) }

	switch {
	case hasTask && hasManaged:
		rest := m.FrameworkHeap + taskHeap + m.FrameworkOffHeap + m.TaskOffHeap + managed
		m.TaskHeap, m.Managed = taskHeap, managed
		if hasFlink {
			m.Network = flink - rest
			if m.Network < 0 {
				return m, memoryError("raise it, or leave one of the parts to be derived", "the parts of Flink memory need %s, but %q is %s", mb(rest), FlinkSize.Key, mb(flink))
			}
			if err := m.checkNetwork(c, flink, networkMin, networkMax); err != nil {
				return m, err
			}
		} else {
			f := c.Float(NetworkFraction)
			m.Network = clamp(int64(float64(rest)*f/(1-f)), networkMin, networkMax)
		}
		m.Flink = rest + m.Network
	default:
		if !hasFlink {
			if !hasProcess {
				process = fallback
			}
			m.Overhead = clamp(int64(float64(process)*c.Float(OverheadFraction)), overheadMin, overheadMax)
			flink = process - m.Metaspace - m.Overhead
			if flink <= 0 {
				return m, memoryError(fmt.Sprintf("%s would do", mb(roundUp(m.Metaspace+m.Overhead+m.FrameworkHeap+networkMin+8<<20))),
					"process memory of %s leaves nothing beside the overhead of %s and the metaspace of %s", mb(process), mb(m.Overhead), mb(m.Metaspace))
			}
		}
		m.Flink = flink
		m.Network = clamp(int64(float64(flink)*c.Float(NetworkFraction)), networkMin, networkMax)
		m.Managed = int64(float64(flink) * c.Float(ManagedFraction))
		if hasManaged {
			m.Managed = managed
		}
		fixed := m.FrameworkHeap + m.FrameworkOffHeap + m.TaskOffHeap + m.Managed + m.Network
		m.TaskHeap = flink - fixed
		if hasTask {
			// Managed memory is what the others leave.
			m.TaskHeap = taskHeap
			m.Managed = flink - (m.FrameworkHeap + m.FrameworkOffHeap + m.TaskOffHeap + m.Network + taskHeap)
		}
		if m.TaskHeap < 0 || m.Managed < 0 {
			need := fixed
			if hasTask {
				need = fixed - m.Managed + taskHeap
			}
			return m, memoryError("raise the total, or lower one of the parts", "the parts of Flink memory need %s, but there are %s: framework heap %s, off-heap %s, network %s, managed %s",
				mb(need), mb(flink), mb(m.FrameworkHeap), mb(m.FrameworkOffHeap+m.TaskOffHeap), mb(m.Network), mb(max(m.Managed, 0)))
		}
	}
	switch {
	case hasProcess:
		m.Process = process
		m.Overhead = process - m.Flink - m.Metaspace
		if m.Overhead < 0 {
			return m, memoryError("raise the process size, or leave one of the parts to be derived", "Flink memory of %s and metaspace of %s do not fit into %q = %s", mb(m.Flink), mb(m.Metaspace), ProcessSize.Key, mb(process))
		}
		if m.Overhead < overheadMin || m.Overhead > overheadMax {
			return m, memoryError("", "the parts leave an overhead of %s, which is not between %q (%s) and %q (%s)", mb(m.Overhead), OverheadMin.Key, mb(overheadMin), OverheadMax.Key, mb(overheadMax))
		}
	case m.Process == 0 && !hasFlink && !(hasTask && hasManaged):
		m.Process = m.Flink + m.Metaspace + m.Overhead
	default:
		f := c.Float(OverheadFraction)
		m.Overhead = clamp(int64(float64(m.Flink+m.Metaspace)*f/(1-f)), overheadMin, overheadMax)
		m.Process = m.Flink + m.Metaspace + m.Overhead
	}
	return m, nil
}

// checkNetwork holds a network size that the other parts have left against its limits.
func (m Memory) checkNetwork(c option.Set, flink, low, high int64) *diag.Error {
	if m.Network < low || m.Network > high {
		return memoryError("", "the parts leave %s for the network, which is not between %q (%s) and %q (%s)", mb(m.Network), NetworkMin.Key, mb(low), NetworkMax.Key, mb(high))
	}
	if _, set := c.Get(NetworkFraction); set {
		if want := int64(float64(flink) * c.Float(NetworkFraction)); m.Network != want {
			return memoryError("leave one of the keys out", "the parts leave %s for the network, but %q asks for %s", mb(m.Network), NetworkFraction.Key, mb(want))
		}
	}
	return nil
}

func roundUp(n int64) int64 { return (n + 1<<20 - 1) >> 20 << 20 }
