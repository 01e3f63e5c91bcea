package rest

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/flott/flott/internal/metrics"
)

// atoi reads a number in a query.
func atoi(s string) (int, error) { return strconv.Atoi(s) }

// figures answers a metrics endpoint: the names there are, or the values of
// those in `get`.
func (r *request) figures(sel metrics.Selector) (any, error) {
	out := []metric{}
	get := r.list("get")
	if get == nil {
		for _, name := range r.h.Metrics.Names(sel) {
			out = append(out, metric{ID: name})
		}
		return out, nil
	}
	for _, s := range r.h.Metrics.Read(sel, get) {
		value := s.Text
		out = append(out, metric{ID: s.Name, Value: &value})
	}
	return out, nil
}

func getJobManagerMetrics(r *request) (any, error) { return r.figures(metrics.Of(metrics.JobManager)) }

func getJobMetrics(r *request) (any, error) {
	id, err := r.id("jobid")
	if err != nil {
		return nil, err
	}
	sel := metrics.Of(metrics.JobManagerJob)
	sel.Job = id
	return r.figures(sel)
}

func getTaskManagerMetrics(r *request) (any, error) {
	sel := metrics.Of(metrics.TaskManager)
	sel.TaskManager = r.PathValue("taskmanagerid")
	return r.figures(sel)
}

// ofVertex selects the metrics of the vertex in the path.
func (r *request) ofVertex(scope metrics.Scope) (sel metrics.Selector, err error) {
	sel = metrics.Of(scope)
	if sel.Job, err = r.id("jobid"); err != nil {
		return sel, err
	}
	sel.Task, err = r.id("vertexid")
	return sel, err
}

// getOperatorMetrics are those that the job manager has of a vertex's operators.
func getOperatorMetrics(r *request) (any, error) {
	sel, err := r.ofVertex(metrics.JobManagerOperator)
	if err != nil {
		return nil, err
	}
	return r.figures(sel)
}

func getSubtaskMetrics(r *request) (any, error) {
	sel, err := r.ofVertex(metrics.Task)
	if err != nil {
		return nil, err
	}
	n, err := r.number("subtaskindex")
	if err != nil {
		return nil, err
	}
	sel.Subtask = int(n)
	return r.figures(sel)
}

// getVertexMetrics puts the subtask before the names.
func getVertexMetrics(r *request) (any, error) {
	sel, err := r.ofVertex(metrics.Task)
	if err != nil {
		return nil, err
	}
	out := []metric{}
	get := r.list("get")
	if get == nil {
		// The subtasks of a vertex have the same metrics, but for those of their splits.
		subtasks, err := r.subtasksOf(sel)
		if err != nil {
			return nil, err
		}
		for _, n := range subtasks {
			sel.Subtask = n
			for _, name := range r.h.Metrics.Names(sel) {
				out = append(out, metric{ID: strconv.Itoa(n) + "." + name})
			}
		}
		return out, nil
	}
	var names []string
	for _, g := range get {
		if _, name, ok := strings.Cut(g, "."); ok {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return out, nil
	}
	for _, s := range r.h.Metrics.Read(sel, names) {
		if id := strconv.Itoa(s.Subtask) + "." + s.Name; slices.Contains(get, id) {
			value := s.Text
			out = append(out, metric{ID: id, Value: &value})
		}
	}
	return out, nil
}

// subtasksOf lists the subtasks that there are metrics of.
func (r *request) subtasksOf(sel metrics.Selector) (out []int, err error) {
	j, err := r.h.Cluster.Job(sel.Job)
	if err != nil || j.State.Terminal() {
		return nil, nil
	}
	for _, v := range j.Vertices {
		if v.ID == sel.Task {
			for i := range v.Parallelism {
				out = append(out, i)
			}
		}
	}
	return out, nil
}

// aggregations are those of Flink, in the order of its answers.
var aggregations = []string{"min", "max", "avg", "sum", "skew"}

// combined answers a metrics endpoint over several things: names, or figures
// over the values of those that are kept.
func (r *request) combined(sel metrics.Selector, keep func(metrics.Sample) bool) (any, error) {
	want := map[string]bool{}
	agg := r.list("agg")
	if agg == nil {
		agg = aggregations
	}
	for _, a := range agg {
		a = strings.ToLower(a)
		if !slices.Contains(aggregations, a) {
			return nil, badQuery("agg", a)
		}
		want[a] = true
	}
	out := []aggregatedMetric{}
	get := r.list("get")
	if get == nil {
		for _, name := range r.h.Metrics.Names(sel) {
			out = append(out, aggregatedMetric{ID: name})
		}
		return out, nil
	}
	values := map[string][]float64{}
	for _, s := range r.h.Metrics.Read(sel, get) {
		if !math.IsNaN(s.Value) && keep(s) {
			values[s.Name] = append(values[s.Name], s.Value)
		}
	}
	for _, name := range get {
		if v := values[name]; len(v) > 0 {
			out = append(out, combine(name, v, want))
			delete(values, name)
		}
	}
	return out, nil
}

func combine(name string, v []float64, want map[string]bool) aggregatedMetric {
	m := aggregatedMetric{ID: name}
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	mean := sum / float64(len(v))
	set := func(agg string, p **double, x float64) {
		if want[agg] {
			d := double(x)
			*p = &d
		}
	}
	set("min", &m.Min, slices.Min(v))
	set("max", &m.Max, slices.Max(v))
	set("avg", &m.Avg, mean)
	set("sum", &m.Sum, sum)
	set("skew", &m.Skew, skew(v, mean))
	return m
}

// skew is how far values lie from their mean on average, in per cent of it, 100
// at most.
func skew(v []float64, mean float64) float64 {
	if mean == 0 {
		return 0
	}
	away := 0.0
	for _, x := range v {
		away += math.Abs(x - mean)
	}
	return min(away/float64(len(v))/mean*100, 100)
}

func getSubtasksMetrics(r *request) (any, error) {
	sel, err := r.ofVertex(metrics.Task)
	if err != nil {
		return nil, err
	}
	ranges, err := r.ranges("subtasks")
	if err != nil {
		return nil, err
	}
	return r.combined(sel, func(s metrics.Sample) bool {
		return ranges == nil || slices.ContainsFunc(ranges, func(x [2]int) bool { return x[0] <= s.Subtask && s.Subtask <= x[1] })
	})
}

// ranges reads a list such as 1,3,5-9; nil = it is not there.
func (r *request) ranges(name string) (out [][2]int, err error) {
	for _, part := range r.list(name) {
		from, to, isRange := strings.Cut(part, "-")
		a, err := atoi(from)
		b := a
		if isRange && err == nil {
			b, err = atoi(to)
		}
		if err != nil || a < 0 || b < a {
			return nil, badQuery(name, part)
		}
		out = append(out, [2]int{a, b})
	}
	return out, nil
}

func getJobsMetrics(r *request) (any, error) {
	jobs := r.list("jobs")
	for _, id := range jobs {
		if !isID(id) {
			return nil, badQuery("jobs", id)
		}
	}
	// The scope of a job holds what the job manager and what task managers know.
	return r.combined(metrics.Of(metrics.JobManagerJob), func(s metrics.Sample) bool { return jobs == nil || slices.Contains(jobs, s.Job) })
}

func getTaskManagersMetrics(r *request) (any, error) {
	managers := r.list("taskmanagers")
	return r.combined(metrics.Of(metrics.TaskManager), func(s metrics.Sample) bool { return managers == nil || slices.Contains(managers, s.TaskManager) })
}
