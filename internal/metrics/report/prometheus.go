package report

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/flott/flott/internal/metrics"
)

// text is the Prometheus text format as the reporter's settings want it.
func (b *base) text() metrics.Prometheus {
	p := metrics.Prometheus{Labels: b.labels}
	if b.conf.Bool(filterLabels) {
		p.Clean = metrics.CleanName
	}
	return p
}

// pull serves metrics to whoever comes.
type pull struct {
	*base
	listener net.Listener
	server   *http.Server
}

func openPull(b *base) (sender, error) {
	ports, err := readPorts(b.conf.Text(promPort))
	if err != nil {
		return nil, fail(prefix+b.name+".port", "", "%v", err)
	}
	p := &pull{base: b}
	for _, port := range ports {
		if p.listener, err = net.Listen("tcp", net.JoinHostPort(b.conf.Text(promHost), strconv.Itoa(port))); err == nil {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("no port of %s is free: %w", b.conf.Text(promPort), err)
	}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: 5 * time.Second}
	go p.server.Serve(p.listener)
	return p, nil
}

// readPorts reads `9249`, `9249-9260`, `9249,9251-9253`.
func readPorts(text string) (ports []int, err error) {
	for part := range strings.SplitSeq(text, ",") {
		low, high, ranged := strings.Cut(strings.TrimSpace(part), "-")
		from, err := strconv.Atoi(strings.TrimSpace(low))
		to := from
		if err == nil && ranged {
			to, err = strconv.Atoi(strings.TrimSpace(high))
		}
		if err != nil || from < 0 || to > 65535 || from > to {
			return nil, fmt.Errorf("%q is no port and no range of ports", part)
		}
		for p := from; p <= to; p++ {
			ports = append(ports, p)
		}
	}
	return ports, nil
}

func (p *pull) url() string { return "http://" + p.listener.Addr().String() + "/metrics" }

func (p *pull) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "only GET", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Content-Type", metrics.PrometheusType)
	_, _ = w.Write(p.text().Append(nil, p.picture(nil))) // else the client has gone
}

func (p *pull) send(context.Context, []metrics.Metric) error { return nil }
func (p *pull) close(context.Context) error                  { return nil }

// gateway pushes to a Prometheus push gateway.
type gateway struct {
	*base
	client http.Client
	url    string
	body   []byte
}

func openGateway(b *base) (sender, error) {
	u, err := url.Parse(b.conf.Text(gatewayURL))
	if err != nil || u.Host == "" {
		return nil, fail(prefix+b.name+".hostUrl", "write http://HOST:PORT", "%q is not a URL", b.conf.Text(gatewayURL))
	}
	job := b.conf.Text(gatewayJob)
	if b.conf.Bool(gatewayRandom) {
		var r [8]byte
		rand.Read(r[:])
		job += hex.EncodeToString(r[:])
	}
	if job == "" {
		return nil, fail(prefix+b.name+".jobName", "give it a value, or leave randomJobNameSuffix on", "a push gateway needs a job name")
	}
	g := &gateway{base: b, url: strings.TrimSuffix(u.String(), "/") + "/metrics" + pathLabel("job", job)}
	for p := range strings.SplitSeq(b.conf.Text(gatewayKey), ";") {
		if p = strings.TrimSpace(p); p == "" {
			continue
		}
		k, v, ok := strings.Cut(p, "=")
		if !ok || k == "" || metrics.CleanName(k) != k {
			return nil, fail(prefix+b.name+".groupingKey", "write k1=v1;k2=v2", "%q is not of the form name=value", p)
		}
		g.url += pathLabel(k, v)
	}
	return g, nil
}

// pathLabel is a label of a group in the path.
func pathLabel(name, value string) string {
	if value == "" || strings.Contains(value, "/") {
		v := base64.RawURLEncoding.EncodeToString([]byte(value))
		if v == "" {
			v = "="
		}
		return "/" + name + "@base64/" + v
	}
	return "/" + name + "/" + url.PathEscape(value)
}

func (g *gateway) send(ctx context.Context, all []metrics.Metric) error {
	g.body = g.text().Append(g.body[:0], all)
	return g.do(ctx, http.MethodPut, g.body)
}

func (g *gateway) do(ctx context.Context, method string, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, method, g.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", metrics.PrometheusType)
	if u := g.conf.Text(user); u != "" {
		r.SetBasicAuth(u, g.conf.Text(password))
	}
	return exchange(&g.client, r)
}

func (g *gateway) close(ctx context.Context) error {
	defer g.client.CloseIdleConnections()
	if !g.conf.Bool(gatewayDelete) {
		return nil
	}
	return g.do(ctx, http.MethodDelete, nil)
}

// exchange does a request whose answer has no meaning but its status.
func exchange(c *http.Client, r *http.Request) error {
	a, err := c.Do(r)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) { // its text has the whole URL, which may hold a key
			err = u.Err
		}
		return fmt.Errorf("%s %s: %w", r.Method, r.URL.Host, err)
	}
	defer a.Body.Close()
	b, _ := io.ReadAll(io.LimitReader(a.Body, 64<<10)) // so that the connection is used again
	if a.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s: %.300s", r.Method, r.URL.Host, a.Status, strings.TrimSpace(string(b)))
	}
	return nil
}
