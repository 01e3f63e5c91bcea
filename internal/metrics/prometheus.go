package metrics

import (
	"bytes"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// quantiles are those of Flink's Prometheus reporter.
var quantiles = []float64{.5, .75, .95, .98, .99, .999}

// Prometheus writes metrics in the Prometheus text format. The zero value
// writes all variables as labels.
type Prometheus struct {
	// Labels returns the labels of a group; nil = its variables.
	Labels func(*Group) []Variable
	// Clean rewrites label values; nil leaves them as they are.
	Clean func(string) string
}

// series is a metric with its names in the text format.
type series struct {
	Metric
	family, labels string
}

// Append appends the text of the metrics, families and series in order.
func (p Prometheus) Append(dst []byte, all []Metric) []byte {
	out := make([]series, 0, len(all))
	labels := map[*Group][2]string{}
	for _, m := range all {
		if _, ok := m.Value.(func() string); ok {
			continue
		}
		l, ok := labels[m.Group]
		if !ok {
			l = [2]string{"flink_" + escapeName(m.Group.logical) + "_", p.format(m.Group)}
			labels[m.Group] = l
		}
		out = append(out, series{m, l[0] + escapeName(m.Name), l[1]})
	}
	slices.SortFunc(out, func(a, b series) int {
		if c := strings.Compare(a.family, b.family); c != 0 {
			return c
		}
		return strings.Compare(a.labels, b.labels)
	})
	family, last := "", ""
	for _, s := range out {
		if s.family == family && s.labels == last {
			continue // labels that were left out have made two series one
		}
		value := math.NaN()
		kind := "gauge"
		switch v := s.Value.(type) {
		case *Counter:
			value = float64(v.Value())
		case *Meter:
			value = v.Rate()
		case func() float64:
			value = v()
		case *Histogram:
			kind = "summary"
		}
		if kind == "gauge" && math.IsNaN(value) {
			continue
		}
		if s.family != family {
			family = s.family
			dst = append(dst, "# HELP "...)
			dst = append(dst, family...)
			dst = append(dst, ' ')
			dst = append(dst, s.Name...)
			dst = append(dst, " (scope: "...)
			dst = append(dst, strings.ReplaceAll(s.Group.logical, ".", "_")...)
			dst = append(dst, ")\n# TYPE "...)
			dst = append(dst, family...)
			dst = append(dst, ' ')
			dst = append(dst, kind...)
			dst = append(dst, '\n')
		}
		last = s.labels
		h, ok := s.Value.(*Histogram)
		if !ok {
			dst = appendSeries(dst, family, "", s.labels, "", value)
			continue
		}
		st := h.Stats()
		for _, q := range quantiles {
			dst = appendSeries(dst, family, "", s.labels, `quantile="`+formatFloat(q)+`",`, st.Quantile(q))
		}
		dst = appendSeries(dst, family, "_count", s.labels, "", float64(st.Count))
	}
	return dst
}

func appendSeries(dst []byte, family, suffix, labels, more string, v float64) []byte {
	dst = append(dst, family...)
	dst = append(dst, suffix...)
	dst = append(dst, '{')
	dst = append(dst, labels...)
	dst = append(dst, more...)
	dst = append(dst, "} "...)
	return append(appendFloat(dst, v), '\n')
}

// WritePrometheus writes all metrics in the Prometheus text format.
func (r *Registry) WritePrometheus(w io.Writer) error {
	_, err := w.Write(Prometheus{}.Append(nil, r.All(nil)))
	return err
}

// Handler serves WritePrometheus.
func (r *Registry) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", PrometheusType)
		// An error here means that the client has gone; there is nobody to tell.
		_ = r.WritePrometheus(w)
	})
}

// PrometheusType is the content type of the text format.
const PrometheusType = "text/plain; version=0.0.4; charset=utf-8"

func formatFloat(v float64) string { return string(appendFloat(nil, v)) }

// appendFloat prints whole numbers as such, as Flink prints its counts.
func appendFloat(dst []byte, v float64) []byte {
	switch {
	case v == math.Trunc(v) && math.Abs(v) < 1<<63:
		return strconv.AppendInt(dst, int64(v), 10)
	case v == 1<<63, v == -1<<63: // the watermarks that mean none and the end
		if v > 0 {
			return strconv.AppendInt(dst, math.MaxInt64, 10)
		}
		return strconv.AppendInt(dst, math.MinInt64, 10)
	case math.IsInf(v, 1):
		return append(dst, "+Inf"...)
	case math.IsInf(v, -1):
		return append(dst, "-Inf"...)
	}
	return strconv.AppendFloat(dst, v, 'g', -1, 64)
}

// format prints labels the way the Java client does: with a comma after each.
func (p Prometheus) format(g *Group) string {
	vars := g.vars
	if p.Labels != nil {
		vars = p.Labels(g)
	}
	var b bytes.Buffer
	for _, l := range vars {
		b.WriteString(escapeName(l.Name))
		b.WriteString(`="`)
		value := l.Value
		if p.Clean != nil {
			value = p.Clean(value)
		}
		for _, c := range value {
			switch c {
			case '\\':
				b.WriteString(`\\`)
			case '"':
				b.WriteString(`\"`)
			case '\n':
				b.WriteString(`\n`)
			default:
				b.WriteRune(c)
			}
		}
		b.WriteString(`",`)
	}
	return b.String()
}

// CleanName replaces what Prometheus does not allow in a name by '_'. Flink's
// reporter does so in label values, too.
func CleanName(s string) string { return escapeName(s) }

func escapeName(s string) string {
	ok := func(c byte) bool {
		return c == '_' || c == ':' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	}
	for i := range len(s) {
		if !ok(s[i]) {
			b := []byte(s)
			for j := range b {
				if !ok(b[j]) {
					b[j] = '_'
				}
			}
			return string(b)
		}
	}
	return s
}
