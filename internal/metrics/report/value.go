package report

import (
	"math"

	"github.com/flott/flott/internal/metrics"
)

// figure is one number of a metric: a counter has one, a histogram a dozen.
type figure struct {
	name  string // "" where the metric has only one
	value float64
	whole bool // a count
}

// figures appends the numbers of a metric, those without a value left out. The
// names are those of Dropwizard's reporters, which Flink's follow.
func figures(dst []figure, m metrics.Metric) []figure {
	add := func(name string, v float64, whole bool) {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			dst = append(dst, figure{name, v, whole})
		}
	}
	switch v := m.Value.(type) {
	case *metrics.Counter:
		add("count", float64(v.Value()), true)
	case *metrics.Meter:
		add("count", float64(v.Count()), true)
		add("rate", v.Rate(), false)
	case func() float64:
		add("", v(), false)
	case *metrics.Histogram:
		s := v.Stats()
		add("count", float64(s.Count), true)
		add("max", float64(s.Max), true)
		add("mean", s.Mean, false)
		add("min", float64(s.Min), true)
		add("stddev", s.Deviance, false)
		for _, q := range percentiles {
			add(q.name, s.Quantile(q.q), false)
		}
	}
	return dst
}

var percentiles = []struct {
	name string
	q    float64
}{{"p50", .5}, {"p75", .75}, {"p95", .95}, {"p98", .98}, {"p99", .99}, {"p999", .999}}
