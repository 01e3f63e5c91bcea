package metrics

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Selector says whose metrics are asked for.
type Selector struct {
	// Scope is JobManager, TaskManager, JobManagerJob (a job: what both managers
	// know of it), Task (a subtask with its operators) or JobManagerOperator.
	Scope Scope
	// TaskManager, Job and Task are ids; "" = any. Task is a vertex.
	TaskManager, Job, Task string
	// Subtask is a number from 0; negative = all.
	Subtask int
	// Attempt is the attempt of the subtask; negative = any.
	Attempt int
}

// Of returns a selector of that scope for all jobs, tasks and subtasks.
func Of(s Scope) Selector { return Selector{Scope: s, Subtask: -1, Attempt: -1} }

// Sample is a figure under the name that Flink's REST API gives it.
type Sample struct {
	TaskManager, Job, Task string // ids, as far as the scope has them
	Subtask                int    // -1 without
	// Name has no subtask in front: `numRecordsIn`, `Source__orders.numRecordsIn`.
	Name string
	// Value is NaN for a text.
	Value float64
	// Text is the value as Flink prints it.
	Text string
}

// Names returns the names of the selected metrics, sorted, each once. Nothing is
// read.
func (r *Registry) Names(s Selector) []string {
	seen := map[string]bool{}
	r.visit(s, func(g *Group, prefix string) {
		for _, m := range g.own(nil) {
			name := prefix + restName(m.Name)
			if _, ok := m.Value.(*Histogram); !ok {
				seen[name] = true
				continue
			}
			for _, f := range histogramFields {
				seen[name+f.suffix] = true
			}
		}
	})
	out := make([]string, 0, len(seen))
	for n := range seen {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// Read returns the selected metrics that have one of the names; nil = all.
// Gauges without a value are left out.
func (r *Registry) Read(s Selector, names []string) []Sample {
	var want map[string]bool
	if names != nil {
		want = make(map[string]bool, len(names))
		for _, n := range names {
			want[n] = true
		}
	}
	type found struct {
		Metric
		name string
	}
	var metrics []found
	r.visit(s, func(g *Group, prefix string) {
		for _, m := range g.own(nil) {
			if _, ok := m.Value.(*Histogram); ok || want == nil || want[prefix+restName(m.Name)] {
				metrics = append(metrics, found{m, prefix + restName(m.Name)})
			}
		}
	})
	// Read outside of all locks: a gauge may ask for some of its own.
	var out []Sample
	for _, m := range metrics {
		p := m.Group.place()
		add := func(name string, v float64, text string) {
			if want == nil || want[name] {
				p.Name, p.Value, p.Text = name, v, text
				out = append(out, p)
			}
		}
		switch v := m.Value.(type) {
		case *Counter:
			n := v.Value()
			add(m.name, float64(n), strconv.FormatInt(n, 10))
		case *Meter:
			rate := v.Rate()
			add(m.name, rate, formatFloat(rate))
		case func() float64:
			if x := v(); !math.IsNaN(x) {
				add(m.name, x, formatFloat(x))
			}
		case func() string:
			add(m.name, math.NaN(), v())
		case *Histogram:
			st := v.Stats()
			for _, f := range histogramFields {
				x := f.get(st)
				add(m.name+f.suffix, x, formatFloat(x))
			}
		}
	}
	return out
}

// histogramFields are what a histogram is taken apart into.
var histogramFields = []struct {
	suffix string
	get    func(Stats) float64
}{
	{"_count", func(s Stats) float64 { return float64(s.Count) }},
	{"_min", func(s Stats) float64 { return float64(s.Min) }},
	{"_max", func(s Stats) float64 { return float64(s.Max) }},
	{"_mean", func(s Stats) float64 { return s.Mean }},
	{"_stddev", func(s Stats) float64 { return s.Deviance }},
	{"_median", func(s Stats) float64 { return s.Quantile(.5) }},
	{"_p75", func(s Stats) float64 { return s.Quantile(.75) }},
	{"_p90", func(s Stats) float64 { return s.Quantile(.9) }},
	{"_p95", func(s Stats) float64 { return s.Quantile(.95) }},
	{"_p98", func(s Stats) float64 { return s.Quantile(.98) }},
	{"_p99", func(s Stats) float64 { return s.Quantile(.99) }},
	{"_p999", func(s Stats) float64 { return s.Quantile(.999) }},
}

// visit calls f for the selected groups, with what stands before the names of
// their metrics.
func (r *Registry) visit(s Selector, f func(g *Group, prefix string)) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, g := range r.roots {
		switch s.Scope {
		case JobManager, TaskManager:
			if g.scope == s.Scope && (s.TaskManager == "" || g.Variable("tm_id") == s.TaskManager) {
				g.visit(s, f)
			}
		default:
			for c := range g.children {
				if len(c.user) == 0 && (s.Job == "" || c.Variable("job_id") == s.Job) {
					c.descend(s, f)
				}
			}
		}
	}
}

// descend looks below the group of a job.
func (g *Group) descend(s Selector, f func(g *Group, prefix string)) {
	if s.Scope == JobManagerJob || s.Scope == TaskManagerJob {
		g.visit(s, f)
		return
	}
	for c := range g.children {
		switch {
		case c.scope != s.Scope || len(c.user) > 0,
			s.Task != "" && c.scope == Task && c.Variable("task_id") != s.Task,
			s.Subtask >= 0 && c.Variable("subtask_index") != strconv.Itoa(s.Subtask),
			s.Attempt >= 0 && c.Variable("task_attempt_num") != strconv.Itoa(s.Attempt):
			continue
		}
		c.visit(s, f)
	}
}

// visit calls f for g, the groups of its own scope below, and a task's operators.
func (g *Group) visit(s Selector, f func(g *Group, prefix string)) {
	prefix := ""
	if g.scope == Operator || g.scope == JobManagerOperator {
		prefix = restName(g.Variable("operator_name")) + "."
	}
	for _, u := range g.user {
		prefix += restName(u) + "."
	}
	f(g, prefix)
	for c := range g.children {
		if c.scope == g.scope || g.scope == Task && c.scope == Operator {
			c.visit(s, f)
		}
	}
}

// place says whose the group's metrics are.
func (g *Group) place() Sample {
	s := Sample{TaskManager: g.Variable("tm_id"), Job: g.Variable("job_id"), Task: g.Variable("task_id"), Subtask: -1}
	if n, err := strconv.Atoi(g.Variable("subtask_index")); err == nil {
		s.Subtask = n
	}
	return s
}

// restName replaces what would have a meaning in the REST API's lists of names.
func restName(s string) string {
	if !strings.ContainsAny(s, " .:,") {
		return s
	}
	return strings.NewReplacer(" ", "_", ".", "_", ":", "_", ",", "_").Replace(s)
}
