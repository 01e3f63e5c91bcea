package metrics

import (
	"math"
	"strconv"
	"sync"
	"time"
)

// label is a variable of a scope.
type label struct{ name, value string }

// Registry holds all metrics of a process.
type Registry struct {
	host string
	now  func() time.Time

	mu     sync.Mutex
	groups map[*Group]struct{}
}

// New returns an empty registry; host is the value of the variable `host`.
func New(host string) *Registry {
	return &Registry{host: host, now: time.Now, groups: map[*Group]struct{}{}}
}

// Group is one scope: a place in the tree with its variables and metrics.
type Group struct {
	r        *Registry
	scope    string // logical scope, parts joined by '_'
	labels   []label
	mu       sync.Mutex
	metrics  map[string]any // *Counter, *Meter, *Histogram, func() float64
	children []*Group
}

func (r *Registry) group(parent *Group, scope string, labels []label) *Group {
	g := &Group{r: r, scope: scope, labels: labels, metrics: map[string]any{}}
	r.mu.Lock()
	r.groups[g] = struct{}{}
	if parent != nil {
		parent.children = append(parent.children, g)
	}
	r.mu.Unlock()
	return g
}

// JobManager returns the scope `jobmanager`. A nil registry gives nil groups.
func (r *Registry) JobManager() *Group {
	if r == nil {
		return nil
	}
	return r.group(nil, "jobmanager", []label{{"host", r.host}})
}

// TaskManager returns the scope `taskmanager` of one task manager.
func (r *Registry) TaskManager(id string) *Group {
	if r == nil {
		return nil
	}
	return r.group(nil, "taskmanager", []label{{"host", r.host}, {"tm_id", id}})
}

func (g *Group) child(name string, labels ...label) *Group {
	if g == nil {
		return nil
	}
	return g.r.group(g, g.scope+"_"+name, append(g.labels[:len(g.labels):len(g.labels)], labels...))
}

// maxName is where Flink cuts operator and task names in metrics.
const maxName = 80

func cut(name string) string {
	if r := []rune(name); len(r) > maxName {
		return string(r[:maxName])
	}
	return name
}

// Job returns the scope of a job below a job manager's or task manager's.
func (g *Group) Job(id, name string) *Group {
	return g.child("job", label{"job_id", id}, label{"job_name", name})
}

// Task returns the scope of one attempt of a subtask.
func (g *Group) Task(id, name, attemptID string, subtask, attempt int) *Group {
	return g.child("task", label{"task_id", id}, label{"task_name", cut(name)}, label{"subtask_index", strconv.Itoa(subtask)},
		label{"task_attempt_id", attemptID}, label{"task_attempt_num", strconv.Itoa(attempt)})
}

// Operator returns the scope of an operator below a task's.
func (g *Group) Operator(id, name string) *Group {
	return g.child("operator", label{"operator_id", id}, label{"operator_name", cut(name)})
}

// Sub returns a group of the user's own below g.
func (g *Group) Sub(name string) *Group { return g.child(name) }

// SubValue returns a group of the user's own with a variable.
func (g *Group) SubValue(name, value string) *Group { return g.child(name, label{name, value}) }

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
	g.metrics[name] = m
	return m
}

// Counter returns the counter of that name, the same at every call.
func (g *Group) Counter(name string) *Counter { return register(g, name, &Counter{}) }

// Histogram returns the histogram of that name, the same at every call.
func (g *Group) Histogram(name string) *Histogram { return register(g, name, &Histogram{}) }

// Gauge shows what f returns; f may be called from any goroutine. NaN is not
// shown. A second gauge of the same name replaces the first.
func (g *Group) Gauge(name string, f func() float64) {
	if g == nil {
		return
	}
	g.mu.Lock()
	g.metrics[name] = f
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
	return register(g, name, &Meter{c: c, now: now, samples: []sample{{now(), c.Value()}}})
}

// RecordsIn returns numRecordsIn together with its rate, as Flink shows both.
func (g *Group) RecordsIn() *Counter { return g.metered("numRecordsIn") }

// RecordsOut returns numRecordsOut together with its rate.
func (g *Group) RecordsOut() *Counter { return g.metered("numRecordsOut") }

// BytesIn returns numBytesIn together with its rate.
func (g *Group) BytesIn() *Counter { return g.metered("numBytesIn") }

// BytesOut returns numBytesOut together with its rate.
func (g *Group) BytesOut() *Counter { return g.metered("numBytesOut") }

func (g *Group) metered(name string) *Counter {
	c := g.Counter(name)
	g.Meter(name+"PerSecond", c)
	return c
}

// Close removes the group and all groups below it from the registry.
func (g *Group) Close() {
	if g == nil {
		return
	}
	g.r.mu.Lock()
	defer g.r.mu.Unlock()
	g.remove()
}

func (g *Group) remove() {
	delete(g.r.groups, g)
	for _, c := range g.children {
		c.remove()
	}
	g.children = nil
}
