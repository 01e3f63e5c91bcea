package rest

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/metrics"
)

func getTaskManagers(r *request) (any, error) {
	out := taskManagers{Managers: []taskManager{}}
	for _, t := range r.h.Cluster.Cluster().TaskManagers {
		out.Managers = append(out.Managers, r.h.taskManager(t))
	}
	return out, nil
}

// physicalMemory is what the machine has, 0 where that is not known.
var physicalMemory = sync.OnceValue(func() int64 {
	b, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	var kb int64
	if n, _ := fmt.Sscanf(string(b), "MemTotal: %d kB", &kb); n != 1 {
		return 0
	}
	return kb << 10
})

// figuresOf reads metrics of a task manager by name; -1 = there is none.
func (h *Handler) figuresOf(id string, names ...string) map[string]int64 {
	out := map[string]int64{}
	for _, n := range names {
		out[n] = -1
	}
	sel := metrics.Of(metrics.TaskManager)
	sel.TaskManager = id
	for _, s := range h.Metrics.Read(sel, names) {
		if !math.IsNaN(s.Value) {
			out[s.Name] = int64(s.Value)
		}
	}
	return out
}

func (h *Handler) taskManager(t api.TaskManagerStatus) taskManager {
	m := h.Memory
	f := h.figuresOf(t.ID, "Status.JVM.Memory.Heap.Used")
	out := taskManager{ID: t.ID, Path: t.Host, DataPort: t.DataPort, JMXPort: -1, Heartbeat: h.Clock.Now().UnixMilli(), Slots: t.Slots, FreeSlots: t.Free(),
		Total: h.share(t.Slots, t.Slots), Free: h.share(t.Free(), t.Slots),
		Hardware: hardware{Cores: runtime.NumCPU(), Physical: physicalMemory(), Free: max(0, m.GoHeap()-f["Status.JVM.Memory.Heap.Used"]), Managed: m.Managed},
		Memory: memory{FrameworkHeap: m.FrameworkHeap, TaskHeap: m.TaskHeap, FrameworkOffHeap: m.FrameworkOffHeap, TaskOffHeap: m.TaskOffHeap, Network: m.Network,
			Managed: m.Managed, Metaspace: m.Metaspace, Overhead: m.Overhead, Flink: m.Flink, Process: m.Process}}
	for _, a := range t.Allocated {
		out.AssignedTasks += a.Tasks
	}
	return out
}

// share is the part of a task manager's memory that n of its slots have.
func (h *Handler) share(n, slots int) resource {
	if slots == 0 {
		return resource{}
	}
	mb := func(bytes int64) int64 { return bytes * int64(n) / int64(slots) >> 20 }
	return resource{CPU: double(n), TaskHeap: mb(h.Memory.TaskHeap), TaskOffHeap: mb(h.Memory.TaskOffHeap), Managed: mb(h.Memory.Managed), Network: mb(h.Memory.Network)}
}

func getTaskManager(r *request) (any, error) {
	t, err := r.manager()
	if err != nil {
		return nil, err
	}
	out := taskManagerDetails{taskManager: r.h.taskManager(t), Allocated: []allocatedSlot{}}
	for _, a := range t.Allocated {
		for i := range a.Slots {
			s := allocatedSlot{Job: a.Job, Resource: r.h.share(1, t.Slots)}
			if s.AssignedTasks = a.Tasks / a.Slots; i < a.Tasks%a.Slots {
				s.AssignedTasks++
			}
			out.Allocated = append(out.Allocated, s)
		}
	}
	const heap, nonHeap, direct, mapped, shuffle = "Status.JVM.Memory.Heap.", "Status.JVM.Memory.NonHeap.", "Status.JVM.Memory.Direct.", "Status.JVM.Memory.Mapped.", "Status.Shuffle.Netty."
	const gc = "Status.JVM.GarbageCollector.All."
	f := r.h.figuresOf(t.ID, heap+"Used", heap+"Committed", heap+"Max", nonHeap+"Used", nonHeap+"Committed", nonHeap+"Max",
		direct+"Count", direct+"MemoryUsed", direct+"TotalCapacity", mapped+"Count", mapped+"MemoryUsed", mapped+"TotalCapacity",
		shuffle+"AvailableMemorySegments", shuffle+"UsedMemorySegments", shuffle+"TotalMemorySegments", shuffle+"AvailableMemory", shuffle+"UsedMemory", shuffle+"TotalMemory",
		gc+"Count", gc+"Time")
	out.Metrics = taskManagerMetrics{HeapUsed: f[heap+"Used"], HeapCommitted: f[heap+"Committed"], HeapMax: f[heap+"Max"],
		NonHeapUsed: f[nonHeap+"Used"], NonHeapCommitted: f[nonHeap+"Committed"], NonHeapMax: f[nonHeap+"Max"],
		DirectCount: max(f[direct+"Count"], 0), DirectUsed: max(f[direct+"MemoryUsed"], 0), DirectMax: max(f[direct+"TotalCapacity"], 0),
		MappedCount: max(f[mapped+"Count"], 0), MappedUsed: max(f[mapped+"MemoryUsed"], 0), MappedMax: max(f[mapped+"TotalCapacity"], 0),
		SegmentsAvailable: max(f[shuffle+"AvailableMemorySegments"], 0), SegmentsUsed: max(f[shuffle+"UsedMemorySegments"], 0), SegmentsTotal: max(f[shuffle+"TotalMemorySegments"], 0),
		ShuffleAvailable: max(f[shuffle+"AvailableMemory"], 0), ShuffleUsed: max(f[shuffle+"UsedMemory"], 0), ShuffleTotal: max(f[shuffle+"TotalMemory"], 0),
		GarbageCollections: []garbageCollector{{Name: "All", Count: max(f[gc+"Count"], 0), Time: max(f[gc+"Time"], 0)}}}
	return out, nil
}

// logs returns the files of the manager that the path is about.
func (r *request) logs() (Logs, error) {
	var l Logs
	if r.PathValue("taskmanagerid") == "" {
		l = r.h.JobManagerLogs
	} else {
		t, err := r.manager()
		if err != nil {
			return nil, err
		}
		if r.h.TaskManagerLogs != nil {
			l = r.h.TaskManagerLogs(t.ID)
		}
	}
	if l == nil {
		l = noLogs{}
	}
	return l, nil
}

// noLogs are the files of a process that writes none.
type noLogs struct{}

func (noLogs) List() ([]LogFile, error)           { return nil, nil }
func (noLogs) Open(string) (io.ReadCloser, error) { return nil, fs.ErrNotExist }
func (noLogs) Main() string                       { return "" }
func (noLogs) Stdout() string                     { return "" }

func getLogs(r *request) (any, error) {
	l, err := r.logs()
	if err != nil {
		return nil, err
	}
	files, err := l.List()
	if err != nil {
		return nil, err
	}
	out := logList{Logs: []logFile{}}
	for _, f := range files {
		out.Logs = append(out.Logs, logFile{f.Name, f.SizeBytes, f.Changed.UnixMilli()})
	}
	return out, nil
}

// fileNotFound is what the dashboard takes silently.
const fileNotFound = "File not found."

// open opens one of a manager's files; a name that is a path is none of them.
func open(l Logs, name string) (any, error) {
	files, err := l.List()
	if err != nil {
		return nil, err
	}
	if strings.ContainsAny(name, `/\`) || !slices.ContainsFunc(files, func(f LogFile) bool { return f.Name == name }) {
		return nil, fail(http.StatusNotFound, fileNotFound)
	}
	f, err := l.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fail(http.StatusNotFound, fileNotFound)
	}
	return f, err
}

func getLog(r *request) (any, error) {
	l, err := r.logs()
	if err != nil {
		return nil, err
	}
	return open(l, l.Main())
}

func getStdout(r *request) (any, error) {
	l, err := r.logs()
	if err != nil {
		return nil, err
	}
	return open(l, l.Stdout())
}

func getLogFile(r *request) (any, error) {
	l, err := r.logs()
	if err != nil {
		return nil, err
	}
	return open(l, r.PathValue("filename"))
}

func getTaskManagerThreads(r *request) (any, error) {
	if _, err := r.manager(); err != nil {
		return nil, err
	}
	return getThreads(r)
}

// maxStacks bounds the text of a thread dump.
const maxStacks = 8 << 20

// getThreads lists the goroutines with their stacks.
func getThreads(*request) (any, error) {
	b := make([]byte, 64<<10)
	for {
		n := runtime.Stack(b, true)
		if n < len(b) || len(b) >= maxStacks {
			b = b[:n]
			break
		}
		b = make([]byte, 2*len(b))
	}
	out := threadDump{Threads: []threadInfo{}}
	for _, block := range strings.Split(strings.TrimSpace(string(b)), "\n\n") {
		// goroutine 17 [select]:
		name, _, _ := strings.Cut(block, " [")
		out.Threads = append(out.Threads, threadInfo{name, block + "\n"})
	}
	return out, nil
}

func getProfilings(r *request) (any, error) {
	if r.PathValue("taskmanagerid") != "" {
		if _, err := r.manager(); err != nil {
			return nil, err
		}
	}
	return profilingList{[]empty{}}, nil
}

func postProfiling(*request) (any, error) {
	return nil, fail(http.StatusNotImplemented, "There is no profiler behind this endpoint.")
}

func getJobManagerConfig(r *request) (any, error) {
	out := []keyValue{}
	for _, k := range slices.Sorted(maps.Keys(r.h.Options)) {
		out = append(out, keyValue{k, mask(k, r.h.Options[k])})
	}
	return out, nil
}

func getJobJobManagerConfig(r *request) (any, error) {
	if _, err := r.job(); err != nil {
		return nil, err
	}
	return getJobManagerConfig(r)
}

// sensitive are the words in keys whose values nobody may see: Flink's.
var sensitive = []string{"password", "secret", "fs.azure.account.key", "apikey", "api-key", "auth-params", "service-key", "token", "basic-auth", "jaas.config", "http-headers",
	"credential"}

// mask hides the value of a key that holds a secret.
func mask(key, value string) string {
	key = strings.ToLower(key)
	if value != "" && slices.ContainsFunc(sensitive, func(word string) bool { return strings.Contains(key, word) }) {
		return "******"
	}
	return value
}

func getEnvironment(*request) (any, error) {
	var e environment
	e.JVM.Version, e.JVM.Arch = runtime.Version(), runtime.GOARCH
	e.JVM.Options, e.Classpath = []string{}, []string{}
	if b, ok := debug.ReadBuildInfo(); ok {
		for _, s := range b.Settings {
			// Where and from what it was built is nobody's concern.
			if strings.HasPrefix(s.Key, "GO") || s.Key == "CGO_ENABLED" || s.Key == "-tags" {
				e.JVM.Options = append(e.JVM.Options, s.Key+"="+s.Value)
			}
		}
		for _, d := range b.Deps {
			e.Classpath = append(e.Classpath, d.Path+"@"+d.Version)
		}
	}
	return e, nil
}

func getJobEnvironment(r *request) (any, error) {
	if _, err := r.job(); err != nil {
		return nil, err
	}
	return getEnvironment(r)
}

func getJobManagerLogURL(r *request) (any, error) {
	if _, err := r.job(); err != nil {
		return nil, err
	}
	return address{r.h.Address + "/#/job-manager/logs"}, nil
}

func getTaskManagerLogURL(r *request) (any, error) {
	if _, err := r.job(); err != nil {
		return nil, err
	}
	t, err := r.manager()
	if err != nil {
		return nil, err
	}
	return address{r.h.Address + "/#/task-manager/" + t.ID + "/logs"}, nil
}

func getJars(r *request) (any, error) { return jarList{Address: r.h.Address, Files: []empty{}}, nil }

// noJars refuses what is about Java programs.
func noJars(*request) (any, error) {
	return nil, fail(http.StatusNotImplemented, "Jobs are SQL scripts here, not JAR files: use `flott run script.sql --target HOST:PORT`, or the SQL gateway's POST /v1/sessions/…/statements.")
}

func getDataSets(*request) (any, error) { return dataSets{[]empty{}}, nil }

func deleteDataSet(r *request) (any, error) {
	id, err := r.id("datasetid")
	if err != nil {
		return nil, err
	}
	return nil, fail(http.StatusNotFound, "There is no data set %s: results are not kept in the cluster.", id)
}
