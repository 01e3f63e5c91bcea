package report

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/flott/flott/internal/metrics"
)

// datadog posts series. A counter is sent as what it has gained since the last
// report that was taken.
type datadog struct {
	*base
	client http.Client
	url    string
	host   string
	tags   []string
	last   map[*metrics.Counter]int64
	values []figure
}

// series is one entry of Datadog's /api/v1/series.
type series struct {
	Metric string       `json:"metric"`
	Type   string       `json:"type"`
	Host   string       `json:"host"`
	Tags   []string     `json:"tags"`
	Points [][2]float64 `json:"points"`
}

func openDatadog(b *base) (sender, error) {
	d := &datadog{base: b, url: b.conf.Text(ddURL), last: map[*metrics.Counter]int64{}}
	if d.url == "" {
		d.url = "https://app.datadoghq.com/api/v1/series"
		if strings.EqualFold(b.conf.Text(ddCenter), "EU") {
			d.url = "https://app.datadoghq.eu/api/v1/series"
		}
	}
	d.host, _ = os.Hostname()
	for t := range strings.SplitSeq(b.conf.Text(ddTags), ",") {
		if t = strings.TrimSpace(t); t != "" {
			d.tags = append(d.tags, t)
		}
	}
	t := &http.Transport{Proxy: http.ProxyFromEnvironment, MaxConnsPerHost: 1}
	if p := b.conf.Text(ddProxyHost); p != "" {
		t.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: net.JoinHostPort(p, b.conf.Text(ddProxyPort))})
	}
	d.client.Transport = t
	return d, nil
}

// ddNames are Datadog's names of a histogram's figures.
var ddNames = map[string]string{"mean": ".avg", "count": ".count", "p50": ".median", "p95": ".95percentile", "min": ".min", "max": ".max"}

func (d *datadog) send(ctx context.Context, all []metrics.Metric) error {
	now := float64(time.Now().Unix())
	var out []series
	counts := make(map[*metrics.Counter]int64, len(d.last))
	for _, m := range all {
		name := m.Group.Logical() + "." + m.Name
		if !d.conf.Bool(ddLogical) {
			name = m.Group.Identifier(m.Name, d.delimiter, nil)
		}
		tags := append([]string(nil), d.tags...)
		for _, v := range d.labels(m.Group) {
			tags = append(tags, v.Name+":"+v.Value)
		}
		add := func(name, kind string, v float64) {
			out = append(out, series{name, kind, d.host, tags, [][2]float64{{now, v}}})
		}
		switch v := m.Value.(type) {
		case *metrics.Counter:
			counts[v] = v.Value()
			add(name, "count", float64(counts[v]-d.last[v]))
		case *metrics.Meter:
			add(name, "gauge", v.Rate())
		default:
			d.values = figures(d.values[:0], m)
			for _, f := range d.values {
				if suffix, ok := ddNames[f.name]; ok || f.name == "" {
					add(name+suffix, "gauge", f.value)
				}
			}
		}
	}
	step := max(int(d.conf.Int(ddMax)), 1)
	for len(out) > 0 {
		n := min(step, len(out))
		if err := d.post(ctx, out[:n]); err != nil {
			return err
		}
		out = out[n:]
	}
	d.last = counts
	return nil
}

func (d *datadog) post(ctx context.Context, s []series) error {
	b, err := json.Marshal(map[string]any{"series": s})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url, bytes.NewReader(b))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("DD-API-KEY", d.conf.Text(ddKey))
	return exchange(&d.client, r)
}

func (d *datadog) close(context.Context) error {
	d.client.CloseIdleConnections()
	return nil
}
