package metrics

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"net/http"
	"sort"
	"strconv"
	"strings"
)

// quantiles are those of Flink's Prometheus reporter.
var quantiles = []float64{.5, .75, .95, .98, .99, .999}

// line is one series of a metric family.
type line struct {
	labels []label
	metric any
}

// WritePrometheus writes all metrics in the Prometheus text format, families
// and series in order.
func (r *Registry) WritePrometheus(w io.Writer) error {
	families := map[string][]line{}
	r.mu.Lock()
	for g := range r.groups {
		g.mu.Lock()
		for name, m := range g.metrics {
			f := "flink_" + escapeName(g.scope) + "_" + escapeName(name)
			families[f] = append(families[f], line{g.labels, m})
		}
		g.mu.Unlock()
	}
	r.mu.Unlock()
	names := make([]string, 0, len(families))
	for n := range families {
		names = append(names, n)
	}
	sort.Strings(names)
	out := bufio.NewWriter(w)
	for _, n := range names {
		lines := make([]string, 0, len(families[n]))
		kind := "gauge"
		for _, l := range families[n] {
			labels := formatLabels(l.labels)
			switch m := l.metric.(type) {
			case *Counter:
				lines = append(lines, n+"{"+labels+"} "+strconv.FormatInt(m.Value(), 10))
			case *Meter:
				lines = append(lines, n+"{"+labels+"} "+formatFloat(m.Rate()))
			case func() float64:
				if v := m(); !math.IsNaN(v) {
					lines = append(lines, n+"{"+labels+"} "+formatFloat(v))
				}
			case *Histogram:
				kind = "summary"
				var b strings.Builder
				for i, v := range m.Quantiles(quantiles...) {
					fmt.Fprintf(&b, "%s{%squantile=\"%v\",} %s\n", n, labels, quantiles[i], formatFloat(v))
				}
				fmt.Fprintf(&b, "%s_count{%s} %d", n, labels, m.Count())
				lines = append(lines, b.String())
			}
		}
		if len(lines) == 0 {
			continue
		}
		sort.Strings(lines)
		fmt.Fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", n, n[strings.LastIndexByte(n, '_')+1:], n, kind)
		for _, l := range lines {
			out.WriteString(l)
			out.WriteByte('\n')
		}
	}
	return out.Flush()
}

// Handler serves WritePrometheus.
func (r *Registry) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		// An error here means that the client has gone; there is nobody to tell.
		_ = r.WritePrometheus(w)
	})
}

func formatFloat(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// formatLabels prints labels the way the Java client does: with a comma after each.
func formatLabels(labels []label) string {
	var b strings.Builder
	for _, l := range labels {
		b.WriteString(escapeName(l.name))
		b.WriteString(`="`)
		for _, c := range l.value {
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

// escapeName replaces what Prometheus does not allow in a name by '_'.
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
