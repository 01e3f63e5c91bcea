package metrics

import (
	"math"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Scope is what kind of thing a group describes.
type Scope uint8

// The scopes, with the keys of their formats.
const (
	JobManager         Scope = iota + 1 // metrics.scope.jm
	JobManagerJob                       // metrics.scope.jm-job
	JobManagerOperator                  // metrics.scope.jm-operator
	TaskManager                         // metrics.scope.tm
	TaskManagerJob                      // metrics.scope.tm-job
	Task                                // metrics.scope.task
	Operator                            // metrics.scope.operator
)

// Variable is a variable of a scope: `job_name` and its value.
type Variable struct{ Name, Value string }

// Registry holds all metrics of a process.
type Registry struct {
	host    string
	now     func() time.Time
	formats formats
	process process

	mu    sync.Mutex // the tree: roots and what lies below
	roots map[string]*Group
}

// New returns an empty registry with Flink's scope formats; host is the value
// of the variable `host`.
func New(host string) *Registry {
	return &Registry{host: host, now: time.Now, formats: defaultFormats, roots: map[string]*Group{}}
}

// Group is one scope: a place in the tree with its variables and metrics.
type Group struct {
	r       *Registry
	parent  *Group
	scope   Scope
	logical string     // names of the scopes joined by '.': `taskmanager.job.task`
	vars    []Variable // those of the scopes above, too
	user    []string   // names of groups below the scope
	key     string     // in roots or named

	// Owned by the registry's mutex.
	children map[*Group]struct{}
	named    map[string]*Group // of the children, those made by Sub

	mu      sync.Mutex
	metrics map[string]any // *Counter, *Meter, *Histogram, func() float64, func() string
}

// root returns the group of that key, made at the first call. Each tells about
// the process as well.
func (r *Registry) root(scope Scope, logical, key string, vars ...Variable) *Group {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.roots[key]
	if g == nil {
		g = &Group{r: r, scope: scope, logical: logical, key: key, vars: vars}
		r.roots[key] = g
		r.process.register(g, r.now)
	}
	return g
}

// JobManager returns the scope `jobmanager`, the same until it is closed. A nil
// registry gives nil groups.
func (r *Registry) JobManager() *Group {
	if r == nil {
		return nil
	}
	return r.root(JobManager, "jobmanager", "", Variable{"host", r.host})
}

// TaskManager returns the scope `taskmanager` of one task manager.
func (r *Registry) TaskManager(id string) *Group {
	if r == nil {
		return nil
	}
	return r.root(TaskManager, "taskmanager", "tm "+id, Variable{"host", r.host}, Variable{"tm_id", id})
}

// child makes a group below g; r.mu is held.
func (g *Group) child(scope Scope, name string, user []string, vars ...Variable) *Group {
	c := &Group{r: g.r, parent: g, scope: scope, logical: g.logical + "." + name, user: user, vars: append(g.vars[:len(g.vars):len(g.vars)], vars...)}
	if g.children == nil {
		g.children = map[*Group]struct{}{}
	}
	g.children[c] = struct{}{}
	return c
}

func (g *Group) below(scope Scope, name string, vars ...Variable) *Group {
	if g == nil {
		return nil
	}
	g.r.mu.Lock()
	defer g.r.mu.Unlock()
	return g.child(scope, name, nil, vars...)
}

// maxName is where Flink cuts operator and task names in metrics.
const maxName = 80

func cut(name string) string {
	if len(name) <= maxName {
		return name
	}
	if r := []rune(name); len(r) > maxName {
		return string(r[:maxName])
	}
	return name
}

// Job returns the scope of a job below a job manager's or task manager's.
func (g *Group) Job(id, name string) *Group {
	scope := TaskManagerJob
	if g != nil && g.scope == JobManager {
		scope = JobManagerJob
	}
	return g.below(scope, "job", Variable{"job_id", id}, Variable{"job_name", name})
}

// Task returns the scope of one attempt of a subtask.
func (g *Group) Task(id, name, attemptID string, subtask, attempt int) *Group {
	return g.below(Task, "task", Variable{"task_id", id}, Variable{"task_name", cut(name)}, Variable{"subtask_index", strconv.Itoa(subtask)},
		Variable{"task_attempt_id", attemptID}, Variable{"task_attempt_num", strconv.Itoa(attempt)})
}

// Operator returns the scope of an operator below a task's, or below a job's on
// the job manager.
func (g *Group) Operator(id, name string) *Group {
	scope := Operator
	if g != nil && g.scope == JobManagerJob {
		scope = JobManagerOperator
	}
	return g.below(scope, "operator", Variable{"operator_id", id}, Variable{"operator_name", cut(name)})
}

// Sub returns the group of that name below g, the same at every call. A path
// (`Status.JVM`) is a group for each of its parts.
func (g *Group) Sub(path string) *Group {
	for name := range strings.SplitSeq(path, ".") {
		g = g.sub(name, name, []string{name})
	}
	return g
}

// SubValue returns the group of a value of a variable below g: `topic`, `orders`.
// Its value is a part of identifiers, but not of the logical scope.
func (g *Group) SubValue(name, value string) *Group {
	return g.sub(name+"\x00"+value, name, []string{name, value}, Variable{name, value})
}

func (g *Group) sub(key, name string, parts []string, vars ...Variable) *Group {
	if g == nil {
		return nil
	}
	g.r.mu.Lock()
	defer g.r.mu.Unlock()
	return g.subOf(key, name, parts, vars...)
}

// subLocked is Sub for callers that hold the registry's mutex.
func (g *Group) subLocked(path string) *Group {
	for name := range strings.SplitSeq(path, ".") {
		g = g.subOf(name, name, []string{name})
	}
	return g
}

// subOf finds or makes a group below g; r.mu is held.
func (g *Group) subOf(key, name string, parts []string, vars ...Variable) *Group {
	if c := g.named[key]; c != nil {
		return c
	}
	c := g.child(g.scope, name, append(g.user[:len(g.user):len(g.user)], parts...), vars...)
	c.key = key
	if g.named == nil {
		g.named = map[string]*Group{}
	}
	g.named[key] = c
	return c
}

// register adds m under name unless there is a metric of that type already,
// which is returned instead.
func register[T any](g *Group, name string, m T) T {
	if g == nil {
		return m
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if old, ok := g.metrics[name].(T); ok {
		return old
	}
	g.set(name, m)
	return m
}

func (g *Group) set(name string, m any) {
	if g.metrics == nil {
		g.metrics = map[string]any{}
	}
	g.metrics[name] = m
}

// Counter returns the counter of that name, the same at every call.
func (g *Group) Counter(name string) *Counter { return register(g, name, &Counter{}) }

// Histogram returns the histogram of that name, the same at every call. It
// remembers the last 1,024 values.
func (g *Group) Histogram(name string) *Histogram { return g.HistogramOf(name, histogramSize) }

// HistogramOf is Histogram for one that remembers the last n values.
func (g *Group) HistogramOf(name string, n int) *Histogram {
	return register(g, name, &Histogram{size: max(n, 1)})
}

// Gauge shows what f returns; f may be called from any goroutine. NaN is not
// shown. A second gauge of the same name replaces the first.
func (g *Group) Gauge(name string, f func() float64) {
	if g == nil {
		return
	}
	g.mu.Lock()
	g.set(name, f)
	g.mu.Unlock()
}

// GaugeText is a gauge whose value is a text. Reporters of numbers leave it out.
func (g *Group) GaugeText(name string, f func() string) {
	if g == nil {
		return
	}
	g.mu.Lock()
	g.set(name, f)
	g.mu.Unlock()
}

// GaugeValue reads the gauge of that name, NaN if there is none.
func (g *Group) GaugeValue(name string) float64 {
	if g == nil {
		return math.NaN()
	}
	g.mu.Lock()
	f, ok := g.metrics[name].(func() float64)
	g.mu.Unlock()
	if !ok {
		return math.NaN()
	}
	return f()
}

// Meter shows the rate of c under name.
func (g *Group) Meter(name string, c *Counter) *Meter {
	now := time.Now
	if g != nil {
		now = g.r.now
	}
	return register(g, name, &Meter{count: c.Value, now: now, samples: []sample{{now(), c.Value()}}})
}

// Metered returns a counter together with its rate, `namePerSecond`, as Flink
// shows both.
func (g *Group) Metered(name string) *Counter {
	c := g.Counter(name)
	g.Meter(name+"PerSecond", c)
	return c
}

// Show shows a counter that is counted elsewhere, together with its rate.
func (g *Group) Show(name string, c *Counter) {
	register(g, name, c)
	g.Meter(name+"PerSecond", c)
}

// RecordsIn returns numRecordsIn together with its rate.
func (g *Group) RecordsIn() *Counter { return g.Metered("numRecordsIn") }

// RecordsOut returns numRecordsOut together with its rate.
func (g *Group) RecordsOut() *Counter { return g.Metered("numRecordsOut") }

// BytesIn returns numBytesIn together with its rate.
func (g *Group) BytesIn() *Counter { return g.Metered("numBytesIn") }

// BytesOut returns numBytesOut together with its rate.
func (g *Group) BytesOut() *Counter { return g.Metered("numBytesOut") }

// Remove takes a metric away.
func (g *Group) Remove(name string) {
	if g == nil {
		return
	}
	g.mu.Lock()
	delete(g.metrics, name)
	g.mu.Unlock()
}

// Close removes the group and all groups below it from the registry.
func (g *Group) Close() {
	if g == nil {
		return
	}
	g.r.mu.Lock()
	defer g.r.mu.Unlock()
	p := g.parent
	if p == nil {
		if g.r.roots[g.key] == g {
			delete(g.r.roots, g.key)
		}
		return
	}
	delete(p.children, g)
	if p.named[g.key] == g {
		delete(p.named, g.key)
	}
}

// Parent returns the group above, nil for that of a manager.
func (g *Group) Parent() *Group {
	if g == nil {
		return nil
	}
	return g.parent
}
