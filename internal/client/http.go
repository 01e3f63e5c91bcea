package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/gateway"
)

// Target is a server and how to get at it.
type Target struct {
	// Address is HOST:PORT or a URL; flink://HOST:PORT is a Flink SQL gateway.
	Address string
	// Token is sent as a bearer token; else User and Password are, if set.
	Token, User, Password string
	// CA is a PEM file with the authorities that are trusted beside the
	// system's; Cert and Key are the client's own.
	CA, Cert, Key string
	// Handler is asked instead of a server, if set.
	Handler http.Handler
}

// inProcess answers requests by a handler, without a network.
type inProcess struct{ handler http.Handler }

// RoundTrip asks the handler.
func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := &recorder{header: http.Header{}, status: http.StatusOK}
	p.handler.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: w.status, Header: w.header, Body: io.NopCloser(&w.body), Request: r}, nil
}

type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header         { return w.header }
func (w *recorder) WriteHeader(status int)      { w.status = status }
func (w *recorder) Write(b []byte) (int, error) { return w.body.Write(b) }

// conn is an HTTP connection to a server.
type conn struct {
	base   string
	target Target
	http   *http.Client
}

// answerTimeout bounds the wait for an answer's header; results are held back by
// the server for less than a second.
const answerTimeout = 60 * time.Second

func dial(t Target) (*conn, error) {
	if t.Handler != nil {
		return &conn{base: "http://embedded", target: t, http: &http.Client{Transport: inProcess{t.Handler}}}, nil
	}
	address := t.Address
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		scheme, rest = "http", address
	}
	switch scheme {
	case "flink", "flott":
		scheme = "http"
	case "http", "https":
	default:
		return nil, &diag.Error{Code: "target", Message: fmt.Sprintf("%q is no address of a server", address), Help: "write HOST:PORT, http://…, https://… or flink://…"}
	}
	if t.CA != "" || t.Cert != "" {
		scheme = "https"
	}
	u, err := url.Parse(scheme + "://" + strings.TrimSuffix(rest, "/"))
	if err != nil || u.Host == "" {
		return nil, &diag.Error{Code: "target", Message: fmt.Sprintf("%q is no address of a server", address), Help: "write HOST:PORT, for example 127.0.0.1:8081", Cause: err}
	}
	if u.Port() == "" && u.Scheme == "http" {
		u.Host = net.JoinHostPort(u.Hostname(), "8081")
	}
	c := &conn{base: u.String(), target: t}
	tlsConfig := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.CA != "" {
		pem, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, err
		}
		tlsConfig.RootCAs, _ = x509.SystemCertPool()
		if tlsConfig.RootCAs == nil {
			tlsConfig.RootCAs = x509.NewCertPool()
		}
		if !tlsConfig.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s holds no certificate", t.CA)
		}
	}
	if t.Cert != "" {
		pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
		if err != nil {
			return nil, err
		}
		tlsConfig.Certificates = []tls.Certificate{pair}
	}
	c.http = &http.Client{Transport: &http.Transport{TLSClientConfig: tlsConfig, ResponseHeaderTimeout: answerTimeout, MaxIdleConnsPerHost: 4,
		DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext}}
	return c, nil
}

// refused is an answer other than 2xx.
type refused struct {
	status      int
	messages    []string
	diagnostics []gateway.Diagnostic
}

func (r *refused) Error() string {
	text := strings.Join(r.messages, " ")
	if i := strings.LastIndex(text, "Caused by: "); i >= 0 {
		text, _, _ = strings.Cut(text[i+len("Caused by: "):], "\n")
	}
	if text == "" {
		text = http.StatusText(r.status)
	}
	return text
}

// do sends a request and decodes the answer into out.
func (c *conn) do(ctx context.Context, method, path string, in, out any) error {
	b, err := c.raw(ctx, method, path, in)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("%s answered something else than expected: %w", c.base, err)
	}
	return nil
}

// raw sends a request and returns the answer's body.
func (c *conn) raw(ctx context.Context, method, path string, in any) ([]byte, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", gateway.MediaType+", application/json, text/plain")
	if in != nil {
		r.Header.Set("Content-Type", "application/json; charset=UTF-8")
	}
	if c.target.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.target.Token)
	} else if c.target.User != "" {
		r.SetBasicAuth(c.target.User, c.target.Password)
	}
	resp, err := c.http.Do(r)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "dial" {
			return nil, &diag.Error{Code: "no-server", Stage: diag.StageRun, Message: fmt.Sprintf("there is no server at %s: %v", c.base, op.Err), Cause: err,
				Help: "start one with flott server, or name another one with --target HOST:PORT"}
		}
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 == 2 {
		return b, nil
	}
	var e struct {
		Errors      []string             `json:"errors"`
		Diagnostics []gateway.Diagnostic `json:"diagnostics"`
	}
	if json.Unmarshal(b, &e) != nil || len(e.Errors) == 0 {
		e.Errors = []string{strings.TrimSpace(string(b))}
	}
	if resp.StatusCode == http.StatusUnauthorized {
		return nil, &diag.Error{Code: "unauthorized", Stage: diag.StageRun, Message: c.base + " wants to know who you are", Help: "give --token or --user"}
	}
	return nil, &refused{resp.StatusCode, e.Errors, e.Diagnostics}
}
