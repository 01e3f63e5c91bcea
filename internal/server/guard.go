package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/flott/flott/internal/config"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/option"
)

// guard stands before all doors: who asks, from where, and how much at a time.
type guard struct {
	next      http.Handler
	users     []user
	hosts     map[string]bool // names under which a loopback server is asked; nil = any
	crossSite *http.CrossOriginProtection
	inFlight  chan struct{}
	denied    denials
	now       func() time.Time
}

// user is somebody who may come in. Secrets are kept as hashes, so that
// comparing them takes the same time for all.
type user struct {
	secret   [sha256.Size]byte // of "Bearer TOKEN" or "NAME:PASSWORD"
	readOnly bool
}

const (
	// maxInFlight bounds the requests that are being answered.
	maxInFlight = 256
	// maxDenials wrong passwords from an address within denialWindow shut it out.
	maxDenials   = 20
	denialWindow = time.Minute
)

func newGuard(o option.Set, loopback bool, host string, next http.Handler) (*guard, error) {
	g := &guard{next: next, crossSite: http.NewCrossOriginProtection(), inFlight: make(chan struct{}, maxInFlight), now: time.Now}
	if origin := o.Text(config.RestOrigin); origin != "" && origin != "*" {
		if err := g.crossSite.AddTrustedOrigin(origin); err != nil {
			return nil, &diag.Error{Code: "option-value", Message: fmt.Sprintf("option %q: %v", config.RestOrigin.Key, err), Help: "write https://HOST[:PORT]", Cause: err}
		}
	}
	if loopback {
		g.hosts = map[string]bool{"localhost": true, "127.0.0.1": true, "::1": true, host: true}
	}
	for _, opt := range []option.Option{config.AuthToken, config.AuthReadOnlyToken} {
		if t := o.Text(opt); t != "" {
			g.users = append(g.users, user{sha256.Sum256([]byte("Bearer " + t)), opt.Key == config.AuthReadOnlyToken.Key})
		}
	}
	for _, opt := range []option.Option{config.AuthUsers, config.AuthReadOnlyUsers} {
		for _, pair := range strings.Split(o.Text(opt), ";") {
			pair = strings.TrimSpace(pair)
			if pair == "" {
				continue
			}
			if name, password, ok := strings.Cut(pair, ":"); !ok || name == "" || password == "" {
				return nil, &diag.Error{Code: "option-value", Message: fmt.Sprintf("option %q: write NAME:PASSWORD, several with ;", opt.Key)}
			}
			g.users = append(g.users, user{sha256.Sum256([]byte(pair)), opt.Key == config.AuthReadOnlyUsers.Key})
		}
	}
	return g, nil
}

// open reports that everybody may come in.
func (g *guard) open() bool { return len(g.users) == 0 }

func refuse(w http.ResponseWriter, status int, message string) {
	b, err := json.Marshal(map[string]any{"errors": []string{message}})
	if err != nil { // a string always marshals
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	w.Write(b)
}

// changes reports whether a request may change something.
func changes(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return strings.HasSuffix(r.URL.Path, "/yarn-cancel") || strings.HasSuffix(r.URL.Path, "/yarn-stop")
	}
	return true
}

func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	if g.hosts != nil {
		// A page of another site could make its own name stand for 127.0.0.1.
		host := r.Host
		if name, _, err := net.SplitHostPort(r.Host); err == nil {
			host = name
		}
		if !g.hosts[strings.Trim(host, "[]")] {
			refuse(w, http.StatusMisdirectedRequest, fmt.Sprintf("This server listens on the local machine only, not as %q.", r.Host))
			return
		}
	}
	if changes(r) {
		probe := r
		if r.Method == http.MethodGet {
			probe = r.Clone(r.Context())
			probe.Method = http.MethodPost
		}
		if err := g.crossSite.Check(probe); err != nil {
			refuse(w, http.StatusForbidden, "A page of another site must not change anything here.")
			return
		}
	}
	if !g.open() {
		who, retry := g.who(r)
		switch {
		case retry:
			h.Set("Retry-After", "60")
			refuse(w, http.StatusTooManyRequests, "Too many wrong passwords from your address.")
			return
		case who == nil:
			h.Set("WWW-Authenticate", `Basic realm="flott", charset="UTF-8"`)
			refuse(w, http.StatusUnauthorized, "Who are you? Send a bearer token, or name and password.")
			return
		case who.readOnly && changes(r):
			refuse(w, http.StatusForbidden, "You may look, but not change anything.")
			return
		}
	}
	select {
	case g.inFlight <- struct{}{}:
		defer func() { <-g.inFlight }()
	default:
		h.Set("Retry-After", "1")
		refuse(w, http.StatusServiceUnavailable, "Too many requests at a time.")
		return
	}
	g.next.ServeHTTP(w, r)
}

// who finds out who asks; retry says that the address is shut out for a while.
func (g *guard) who(r *http.Request) (found *user, retry bool) {
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr
	}
	if g.denied.shut(address, g.now()) {
		return nil, true
	}
	given := r.Header.Get("Authorization")
	if given == "" {
		return nil, false
	}
	if name, password, ok := r.BasicAuth(); ok {
		given = name + ":" + password
	}
	sum := sha256.Sum256([]byte(given))
	for i := range g.users {
		if subtle.ConstantTimeCompare(sum[:], g.users[i].secret[:]) == 1 {
			found = &g.users[i]
		}
	}
	if found == nil {
		g.denied.add(address, g.now())
	}
	return found, false
}

// denials counts wrong passwords by address.
type denials struct {
	mu sync.Mutex
	by map[string]denial
}

type denial struct {
	n     int
	since time.Time
}

func (d *denials) shut(address string, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	x := d.by[address]
	return x.n >= maxDenials && now.Sub(x.since) < denialWindow
}

func (d *denials) add(address string, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for a, x := range d.by {
		if now.Sub(x.since) >= denialWindow {
			delete(d.by, a)
		}
	}
	if d.by == nil {
		d.by = map[string]denial{}
	}
	x := d.by[address]
	if x.n == 0 {
		x.since = now
	}
	x.n++
	d.by[address] = x
}

// tlsConfig is nil without TLS.
func tlsConfig(o option.Set) (*tls.Config, error) {
	cert, key := o.Text(config.TLSCert), o.Text(config.TLSKey)
	if cert == "" && key == "" {
		if o.Bool(config.SSLEnabled) {
			return nil, &diag.Error{Code: "tls", Message: "TLS is switched on, but there is no certificate", Help: "set 'flott.tls.cert' and 'flott.tls.key' to PEM files; Java key stores are not read"}
		}
		return nil, nil
	}
	if err := readable(cert, config.TLSCert); err != nil {
		return nil, err
	}
	if err := readable(key, config.TLSKey); err != nil {
		return nil, err
	}
	first, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, &diag.Error{Code: "tls", Message: fmt.Sprintf("certificate %s with key %s: %v", cert, key, err), Cause: err}
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: renewing(cert, key, first)}
	if ca := o.Text(config.TLSClientCA); ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return nil, err
		}
		c.ClientCAs = x509.NewCertPool()
		if !c.ClientCAs.AppendCertsFromPEM(pem) {
			return nil, &diag.Error{Code: "tls", Message: fmt.Sprintf("%s holds no certificate", ca)}
		}
		c.ClientAuth = tls.RequireAndVerifyClientCert
	} else if o.Bool(config.SSLAuthentication) {
		return nil, &diag.Error{Code: "tls", Message: "clients are to show certificates, but nobody is trusted to sign them", Help: "set 'flott.tls.client-ca' to a PEM file"}
	}
	return c, nil
}

func readable(file string, o option.Option) error {
	if file == "" {
		return &diag.Error{Code: "tls", Message: fmt.Sprintf("TLS needs %q as well", o.Key), Help: "certificate and key are two PEM files"}
	}
	if _, err := os.Stat(file); err != nil {
		return &diag.Error{Code: "tls", Message: fmt.Sprintf("option %q: %v", o.Key, err), Cause: err}
	}
	return nil
}

// renewing reads the certificate again when its file has changed, so that a
// renewed one needs no restart.
func renewing(cert, key string, first tls.Certificate) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	var mu sync.Mutex
	now := &first
	var read time.Time
	if st, err := os.Stat(cert); err == nil {
		read = st.ModTime()
	}
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
		mu.Lock()
		defer mu.Unlock()
		st, err := os.Stat(cert)
		if err != nil || st.ModTime().Equal(read) {
			return now, nil
		}
		if next, err := tls.LoadX509KeyPair(cert, key); err == nil {
			now, read = &next, st.ModTime()
		}
		return now, nil
	}
}
