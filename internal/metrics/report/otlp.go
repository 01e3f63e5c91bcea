package report

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/flott/flott/internal/metrics"
)

// otlp exports to an OpenTelemetry collector: protobuf over HTTP, or over gRPC,
// which for one request with one answer is a POST with five bytes in front and
// the status in the trailer.
type otlp struct {
	*base
	client  http.Client
	url     string
	grpc    bool
	gzip    bool
	headers [][2]string
	started time.Time
	body    []byte
}

const otlpMethod = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"

func openOTLP(b *base) (sender, error) {
	text := b.conf.Text(otlpEndpoint)
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fail(prefix+b.name+"."+otlpEndpoint.Key, "write http://HOST:PORT", "%q is not a URL", b.conf.Text(otlpEndpoint))
	}
	o := &otlp{base: b, grpc: strings.EqualFold(b.conf.Text(otlpProtocol), "gRPC"), gzip: strings.EqualFold(b.conf.Text(otlpCompression), "gzip"), started: time.Now()}
	t := &http.Transport{Proxy: http.ProxyFromEnvironment}
	switch {
	case o.grpc:
		u.Path = otlpMethod
		t.Protocols = new(http.Protocols)
		t.Protocols.SetHTTP2(true)
		t.Protocols.SetUnencryptedHTTP2(true)
	case u.Path == "" || u.Path == "/":
		u.Path = "/v1/metrics"
	}
	o.url, o.client.Transport = u.String(), t
	for p := range strings.SplitSeq(b.conf.Text(otlpHeaders), ",") {
		if name, value, ok := strings.Cut(p, ":"); ok {
			o.headers = append(o.headers, [2]string{strings.TrimSpace(name), strings.TrimSpace(value)})
		}
	}
	return o, nil
}

func (o *otlp) send(ctx context.Context, all []metrics.Metric) error {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(max(o.conf.Int(otlpComplete), 1))*time.Millisecond)
	defer cancel()
	slices.SortFunc(all, func(a, b metrics.Metric) int {
		if c := strings.Compare(a.Group.Logical(), b.Group.Logical()); c != 0 {
			return c
		}
		return strings.Compare(a.Name, b.Name)
	})
	step := int(o.conf.Int(otlpBatch))
	if step <= 0 {
		step = max(len(all), 1)
	}
	for part := range slices.Chunk(all, step) {
		if err := o.export(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

func (o *otlp) export(ctx context.Context, all []metrics.Metric) error {
	o.body = o.body[:0]
	if o.grpc {
		o.body = append(o.body, 0, 0, 0, 0, 0)
	}
	o.body = o.request(o.body, all, time.Now())
	body := o.body
	if o.gzip {
		var z bytes.Buffer
		z.Write(make([]byte, 5))
		w := gzip.NewWriter(&z)
		from := 0
		if o.grpc {
			from = 5
		}
		if _, err := w.Write(body[from:]); err != nil {
			return err
		}
		if err := w.Close(); err != nil {
			return err
		}
		if body = z.Bytes(); o.grpc {
			body[0] = 1
		} else {
			body = body[5:]
		}
	}
	if o.grpc {
		binary.BigEndian.PutUint32(body[1:], uint32(len(body)-5))
	}
	ctx, cancel := context.WithTimeout(ctx, max(o.conf.Duration(otlpTimeout), time.Millisecond))
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, o.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	for _, h := range o.headers {
		r.Header.Set(h[0], h[1])
	}
	encoding := "Content-Encoding"
	r.Header.Set("Content-Type", "application/x-protobuf")
	if o.grpc {
		encoding = "Grpc-Encoding"
		r.Header.Set("Content-Type", "application/grpc+proto")
		r.Header.Set("Te", "trailers")
	}
	if o.gzip {
		r.Header.Set(encoding, "gzip")
	}
	if !o.grpc {
		return exchange(&o.client, r)
	}
	return o.call(r)
}

// call does a gRPC request.
func (o *otlp) call(r *http.Request) error {
	a, err := o.client.Do(r)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return fmt.Errorf("gRPC %s: %w", r.URL.Host, err)
	}
	defer a.Body.Close()
	_, err = io.Copy(io.Discard, io.LimitReader(a.Body, 1<<20)) // trailers come behind it
	if a.StatusCode != http.StatusOK {
		return fmt.Errorf("gRPC %s: %s", r.URL.Host, a.Status)
	}
	status, message := a.Trailer.Get("Grpc-Status"), a.Trailer.Get("Grpc-Message")
	if status == "" { // an answer without a body has it in front
		status, message = a.Header.Get("Grpc-Status"), a.Header.Get("Grpc-Message")
	}
	switch {
	case status == "0":
		return nil
	case status == "" && err != nil:
		return fmt.Errorf("gRPC %s: %w", r.URL.Host, err)
	}
	return fmt.Errorf("gRPC %s: status %s: %.300s", r.URL.Host, status, message)
}

func (o *otlp) close(context.Context) error {
	o.client.CloseIdleConnections()
	return nil
}

// Field numbers of opentelemetry/proto/metrics/v1. A metric is
//
//	ExportMetricsServiceRequest { 1 ResourceMetrics { 1 Resource, 2 ScopeMetrics { 1 Scope, 2 Metric … } } }
//	Metric { 1 name, 5 Gauge | 7 Sum | 11 Summary { 1 data points } }
const (
	metricGauge   = 5
	metricSum     = 7
	metricSummary = 11

	cumulative = 2
)

// request appends an ExportMetricsServiceRequest. Metrics of the same name follow
// each other in all; they become one metric with several points.
func (o *otlp) request(b []byte, all []metrics.Metric, now time.Time) []byte {
	return message(b, 1, func(b []byte) []byte {
		b = message(b, 1, func(b []byte) []byte {
			for _, a := range [][2]string{{"service.name", o.conf.Text(otlpService)}, {"service.version", o.conf.Text(otlpVersion)}} {
				if a[1] != "" {
					b = attribute(b, 1, a[0], a[1])
				}
			}
			return b
		})
		return message(b, 2, func(b []byte) []byte {
			b = message(b, 1, func(b []byte) []byte { return text(b, 1, "flott") })
			for len(all) > 0 {
				n := 1
				for n < len(all) && all[n].Name == all[0].Name && all[n].Group.Logical() == all[0].Group.Logical() && all[n].Kind() == all[0].Kind() {
					n++
				}
				b = o.metric(b, all[:n], now)
				all = all[n:]
			}
			return b
		})
	})
}

// metric appends one metric with the points of all, or two for meters.
func (o *otlp) metric(b []byte, all []metrics.Metric, now time.Time) []byte {
	name := "flink." + all[0].Group.Logical() + "." + all[0].Name
	add := func(name string, kind int, point func(b []byte, m metrics.Metric) []byte) {
		b = message(b, 2, func(b []byte) []byte {
			b = text(b, 1, name)
			return message(b, kind, func(b []byte) []byte {
				for _, m := range all {
					b = point(b, m)
				}
				if kind == metricSum {
					b = number(number(b, 2, cumulative), 3, 1) // and monotonic
				}
				return b
			})
		})
	}
	values := func(b []byte, m metrics.Metric, name string) []byte {
		for _, f := range figures(nil, m) {
			if f.name == name {
				b = message(b, 1, func(b []byte) []byte {
					b = o.point(b, m, now)
					if f.whole {
						return fixed(b, 6, uint64(int64(f.value)))
					}
					return double(b, 4, f.value)
				})
			}
		}
		return b
	}
	switch all[0].Value.(type) {
	case *metrics.Counter:
		add(name, metricSum, func(b []byte, m metrics.Metric) []byte { return values(b, m, "count") })
	case *metrics.Meter:
		add(name+".count", metricSum, func(b []byte, m metrics.Metric) []byte { return values(b, m, "count") })
		add(name+".rate", metricGauge, func(b []byte, m metrics.Metric) []byte { return values(b, m, "rate") })
	case func() float64:
		add(name, metricGauge, func(b []byte, m metrics.Metric) []byte { return values(b, m, "") })
	case *metrics.Histogram:
		add(name, metricSummary, func(b []byte, m metrics.Metric) []byte {
			s := m.Value.(*metrics.Histogram).Stats()
			if s.Count == 0 {
				return b
			}
			return message(b, 1, func(b []byte) []byte {
				b = o.point(b, m, now)
				b = fixed(b, 4, uint64(s.Count))
				b = double(b, 5, s.Mean*float64(s.Count)) // the sum, as far as it is remembered
				for _, q := range []float64{0, .5, .75, .95, .98, .99, .999, 1} {
					b = message(b, 6, func(b []byte) []byte { return double(double(b, 1, q), 2, s.Quantile(q)) })
				}
				return b
			})
		})
	}
	return b
}

// point appends what all data points begin with: attributes, start and time.
func (o *otlp) point(b []byte, m metrics.Metric, now time.Time) []byte {
	for _, v := range o.labels(m.Group) {
		b = attribute(b, 7, v.Name, v.Value)
	}
	return fixed(fixed(b, 2, uint64(o.started.UnixNano())), 3, uint64(now.UnixNano()))
}
