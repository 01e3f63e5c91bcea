package metrics

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flott/flott/internal/config"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/option"
)

// formats are the parts of each scope's format, and the delimiter of the whole.
type formats struct {
	parts     [Operator + 1][]string
	delimiter string
}

// scopeOptions are the keys of the formats, by scope.
var scopeOptions = [Operator + 1]option.Option{
	JobManager: config.MetricsJM, JobManagerJob: config.MetricsJMJob, JobManagerOperator: config.MetricsJMOperator,
	TaskManager: config.MetricsTM, TaskManagerJob: config.MetricsTMJob, Task: config.MetricsTask, Operator: config.MetricsOperator,
}

// above is the scope whose format `*` stands for.
var above = [Operator + 1]Scope{JobManagerJob: JobManager, JobManagerOperator: JobManagerJob, TaskManagerJob: TaskManager, Task: TaskManagerJob, Operator: Task}

// variables are the names that a format may have in angle brackets, by scope.
var variables = [Operator + 1][]string{
	JobManager: {"host"}, TaskManager: {"host", "tm_id"},
	JobManagerJob: {"job_id", "job_name"}, TaskManagerJob: {"job_id", "job_name"},
	JobManagerOperator: {"operator_id", "operator_name"},
	Task:               {"task_id", "task_name", "task_attempt_id", "task_attempt_num", "subtask_index"},
	Operator:           {"operator_id", "operator_name"},
}

var defaultFormats = func() formats {
	f, err := readFormats(option.Set{})
	if err != nil {
		panic(err) // ours, and tested
	}
	return f
}()

// Configure takes the scope formats of the settings over, and what is to be
// shown of the machine. It is called before the first group is made.
func (r *Registry) Configure(s option.Set) error {
	f, err := readFormats(s)
	if err != nil {
		return err
	}
	r.formats = f
	r.process.system, r.process.interval = s.Bool(config.MetricsSystem), s.Duration(config.MetricsSystemInterval)
	return nil
}

func readFormats(s option.Set) (f formats, _ error) {
	f.delimiter = s.Text(config.MetricsDelimiter)
	for scope := JobManager; scope <= Operator; scope++ {
		o := scopeOptions[scope]
		parts := strings.Split(s.Text(o), ".")
		if up := above[scope]; parts[0] == "*" && up != 0 {
			parts = append(slices.Clone(f.parts[up]), parts[1:]...)
		}
		var known []string
		for up := scope; up != 0; up = above[up] {
			known = append(known, variables[up]...)
		}
		for _, p := range parts {
			if name, ok := variableOf(p); ok && !slices.Contains(known, name) {
				slices.Sort(known)
				return f, &diag.Error{Code: "option-value", Stage: diag.StageValidate, Message: fmt.Sprintf("%q: there is no variable <%s> in this scope", o.Key, name),
					Help: "it has <" + strings.Join(known, ">, <") + ">"}
			}
		}
		f.parts[scope] = parts
	}
	return f, nil
}

// variableOf returns the name of a part such as <host>.
func variableOf(part string) (name string, ok bool) {
	if len(part) < 3 || part[0] != '<' || part[len(part)-1] != '>' {
		return "", false
	}
	return part[1 : len(part)-1], true
}

// Scope is what kind of thing the group describes.
func (g *Group) Scope() Scope { return g.scope }

// Logical is the names of the scopes joined by '.': `taskmanager.job.task`.
func (g *Group) Logical() string { return g.logical }

// Variables are the group's variables, those of the scopes above first. They
// are not to be changed.
func (g *Group) Variables() []Variable { return g.vars }

// Variable returns the value of a variable, "" if the group has none of that name.
func (g *Group) Variable(name string) string {
	for _, v := range g.vars {
		if v.Name == name {
			return v.Value
		}
	}
	return ""
}

// Parts are the parts of the group's scope by the configured format; those of
// groups below the scope follow.
func (g *Group) Parts() []string {
	f := g.r.formats.parts[g.scope]
	out := make([]string, 0, len(f)+len(g.user))
	for _, p := range f {
		if name, ok := variableOf(p); ok {
			p = g.Variable(name)
		}
		out = append(out, p)
	}
	return append(out, g.user...)
}

// Identifier joins the group's parts and name with the delimiter, "" = that of
// the registry; clean, if not nil, rewrites each part.
func (g *Group) Identifier(name, delimiter string, clean func(string) string) string {
	if delimiter == "" {
		delimiter = g.r.formats.delimiter
	}
	parts := append(g.Parts(), strings.Split(name, ".")...)
	if clean != nil {
		for i, p := range parts {
			parts[i] = clean(p)
		}
	}
	return strings.Join(parts, delimiter)
}

// Metric is a metric and its place.
type Metric struct {
	Group *Group
	Name  string
	// Value is a *Counter, a *Meter, a *Histogram, a func() float64 or a func() string.
	Value any
}

// Kind is the metric's type as filters of reporters have it.
func (m Metric) Kind() string {
	switch m.Value.(type) {
	case *Counter:
		return "counter"
	case *Meter:
		return "meter"
	case *Histogram:
		return "histogram"
	}
	return "gauge"
}

// All appends all metrics to buf, in no order. Gauges are not read yet.
func (r *Registry) All(buf []Metric) []Metric {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, g := range r.roots {
		buf = g.all(buf)
	}
	return buf
}

// all appends the metrics of g and those below; r.mu is held.
func (g *Group) all(buf []Metric) []Metric {
	buf = g.own(buf)
	for c := range g.children {
		buf = c.all(buf)
	}
	return buf
}

func (g *Group) own(buf []Metric) []Metric {
	g.mu.Lock()
	defer g.mu.Unlock()
	for name, m := range g.metrics {
		buf = append(buf, Metric{g, name, m})
	}
	return buf
}
