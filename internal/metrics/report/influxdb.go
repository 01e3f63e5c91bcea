package report

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/flott/flott/internal/metrics"
)

// influx writes InfluxDB's line protocol: the logical scope and the name are the
// measurement, variables are tags.
type influx struct {
	*base
	client http.Client
	url    string
	body   []byte
	values []figure
}

func openInflux(b *base) (sender, error) {
	q := url.Values{"db": {b.conf.Text(influxDB)}, "precision": {"ms"}, "consistency": {strings.ToLower(b.conf.Text(influxConsistency))}}
	if rp := b.conf.Text(influxRetention); rp != "" {
		q.Set("rp", rp)
	}
	u := url.URL{Scheme: strings.ToLower(b.conf.Text(influxScheme)), Host: net.JoinHostPort(b.conf.Text(host), b.conf.Text(influxPort)), Path: "/write", RawQuery: q.Encode()}
	connect := time.Duration(b.conf.Int(influxConnect)) * time.Millisecond
	return &influx{base: b, url: u.String(), client: http.Client{
		Timeout:   connect + time.Duration(b.conf.Int(influxWrite))*time.Millisecond,
		Transport: &http.Transport{DialContext: (&net.Dialer{Timeout: connect}).DialContext, Proxy: http.ProxyFromEnvironment, MaxConnsPerHost: 1},
	}}, nil
}

// influxBytes is where a body is sent and the next one begun.
const influxBytes = 1 << 20

func (i *influx) send(ctx context.Context, all []metrics.Metric) error {
	i.body = i.body[:0]
	now := time.Now().UnixMilli()
	for _, m := range all {
		i.body = i.line(i.body, m, now)
		if len(i.body) >= influxBytes {
			if err := i.post(ctx); err != nil {
				return err
			}
		}
	}
	return i.post(ctx)
}

func (i *influx) line(dst []byte, m metrics.Metric, now int64) []byte {
	i.values = figures(i.values[:0], m)
	if len(i.values) == 0 {
		return dst
	}
	dst = appendEscaped(dst, strings.ReplaceAll(m.Group.Logical(), ".", "_")+"_"+m.Name, ", ")
	for _, v := range i.labels(m.Group) {
		if v.Value == "" {
			continue // the protocol has no empty tags
		}
		dst = append(dst, ',')
		dst = appendEscaped(dst, v.Name, ",= ")
		dst = append(dst, '=')
		dst = appendEscaped(dst, v.Value, ",= ")
	}
	sep := byte(' ')
	for _, f := range i.values {
		dst = append(dst, sep)
		sep = ','
		if f.name == "" {
			f.name = "value"
		}
		dst = append(dst, f.name...)
		dst = append(dst, '=')
		if f.whole {
			dst = append(strconv.AppendInt(dst, int64(f.value), 10), 'i')
		} else { // a field's type must stay the same
			dst = strconv.AppendFloat(dst, f.value, 'g', -1, 64)
		}
	}
	dst = append(dst, ' ')
	return append(strconv.AppendInt(dst, now, 10), '\n')
}

// appendEscaped puts a backslash before the special characters; line ends go.
func appendEscaped(dst []byte, s, special string) []byte {
	for k := range len(s) {
		switch c := s[k]; {
		case c == '\n' || c == '\r':
			continue
		case strings.IndexByte(special, c) >= 0:
			dst = append(dst, '\\', c)
		default:
			dst = append(dst, c)
		}
	}
	if n := len(dst); n > 0 && dst[n-1] == '\\' { // it would escape what follows
		dst = append(dst, '_')
	}
	return dst
}

func (i *influx) post(ctx context.Context) error {
	if len(i.body) == 0 {
		return nil
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, i.url, bytes.NewReader(i.body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "text/plain; charset=utf-8")
	if u := i.conf.Text(user); u != "" {
		r.SetBasicAuth(u, i.conf.Text(password))
	}
	i.body = i.body[:0]
	return exchange(&i.client, r)
}

func (i *influx) close(context.Context) error {
	i.client.CloseIdleConnections()
	return nil
}
