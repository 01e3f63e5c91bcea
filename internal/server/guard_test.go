package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/option"
)

var hello = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello") })

func TestGuardUsers(t *testing.T) {
	g, err := newGuard(option.Set{"flott.rest.auth.token": "sesame", "flott.rest.auth.users": "ann:a:b; bob:pw", "flott.rest.auth.read-only-token": "look"}, false, "10.0.0.1", hello)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(0, 0)
	g.now = func() time.Time { return now }
	ask := func(method, authorization string) int {
		r := httptest.NewRequest(method, "http://x/jobs", nil)
		r.RemoteAddr = "10.0.0.9:4711"
		if name, password, ok := strings.Cut(authorization, "="); ok && name != "Bearer" {
			r.SetBasicAuth(name, password)
		} else if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		return w.Code
	}
	for _, x := range []struct {
		method, who string
		want        int
	}{
		{"GET", "", 401}, {"GET", "Bearer sesame", 200}, {"POST", "Bearer sesame", 200}, {"GET", "Bearer Sesame", 401}, {"GET", "ann=a:b", 200}, {"POST", "bob=pw", 200},
		{"GET", "bob=pwx", 401}, {"GET", "Bearer look", 200}, {"POST", "Bearer look", 403}, {"DELETE", "Bearer look", 403},
	} {
		if got := ask(x.method, x.who); got != x.want {
			t.Errorf("%s as %q: %d, want %d", x.method, x.who, got, x.want)
		}
	}
	for range maxDenials {
		ask("GET", "Bearer wrong")
	}
	if got := ask("GET", "Bearer sesame"); got != 429 {
		t.Errorf("after %d wrong passwords: %d", maxDenials, got)
	}
	now = now.Add(denialWindow)
	if got := ask("GET", "Bearer sesame"); got != 200 {
		t.Errorf("a minute later: %d", got)
	}
	if _, err := newGuard(option.Set{"flott.rest.auth.users": "nobody"}, false, "", hello); err == nil {
		t.Error("a user without a password was taken")
	}
}

func TestGuardManyRequests(t *testing.T) {
	release := make(chan struct{})
	entered := make(chan struct{}, maxInFlight)
	g, err := newGuard(option.Set{}, true, "127.0.0.1", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { entered <- struct{}{}; <-release }))
	if err != nil {
		t.Fatal(err)
	}
	ask := func() int {
		w := httptest.NewRecorder()
		g.ServeHTTP(w, httptest.NewRequest("GET", "http://127.0.0.1/jobs", nil))
		return w.Code
	}
	for range maxInFlight {
		go ask()
	}
	for range maxInFlight {
		<-entered
	}
	if got := ask(); got != 503 {
		t.Errorf("one too many: %d", got)
	}
	close(release)
}

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

// issue writes a certificate with its key.
func (a *authority) issue(t *testing.T, certFile, keyFile string, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tpl := &x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, tpl, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "EC PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTLS asks a server with TLS: with and without the authority, with and
// without a client's certificate, and after the certificate was renewed.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	ca := newAuthority(t)
	if err := os.WriteFile(file("ca.pem"), ca.pem, 0o600); err != nil {
		t.Fatal(err)
	}
	ca.issue(t, file("server.pem"), file("server.key"), 2)
	ca.issue(t, file("client.pem"), file("client.key"), 3)
	s, err := Start(Options{Dir: file("server"), Listen: "127.0.0.1:0", Settings: map[string]string{
		"flott.tls.cert": file("server.pem"), "flott.tls.key": file("server.key"), "flott.tls.client-ca": file("ca.pem")}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if !strings.HasPrefix(s.URL(), "https://") {
		t.Errorf("the URL is %s", s.URL())
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	ask := func(c *tls.Config) (serial int64, err error) {
		client := http.Client{Transport: &http.Transport{TLSClientConfig: c, DisableKeepAlives: true}}
		r, err := client.Get(s.URL() + "/overview")
		if err != nil {
			return 0, err
		}
		r.Body.Close()
		if r.StatusCode != 200 {
			return 0, fmt.Errorf("%s", r.Status)
		}
		return r.TLS.PeerCertificates[0].SerialNumber.Int64(), nil
	}
	own, err := tls.LoadX509KeyPair(file("client.pem"), file("client.key"))
	if err != nil {
		t.Fatal(err)
	}
	good := &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{own}}
	if n, err := ask(good); err != nil || n != 2 {
		t.Errorf("with everything: serial %d, %v", n, err)
	}
	if _, err := ask(&tls.Config{RootCAs: pool}); err == nil {
		t.Error("a client without a certificate got in")
	}
	if _, err := ask(&tls.Config{Certificates: []tls.Certificate{own}}); err == nil {
		t.Error("the server was trusted without its authority")
	}
	ca.issue(t, file("server.pem"), file("server.key"), 4)
	later := time.Now().Add(time.Minute)
	if err := os.Chtimes(file("server.pem"), later, later); err != nil {
		t.Fatal(err)
	}
	if n, err := ask(good); err != nil || n != 4 {
		t.Errorf("with a renewed certificate: serial %d, %v", n, err)
	}
	for want, o := range map[string]option.Set{
		"there is no certificate":           {"security.ssl.rest.enabled": "true"},
		`TLS needs "flott.tls.key" as well`: {"flott.tls.cert": file("server.pem")},
		"nobody is trusted":                 {"flott.tls.cert": file("server.pem"), "flott.tls.key": file("server.key"), "security.ssl.rest.authentication-enabled": "true"},
		`option "flott.tls.cert"`:           {"flott.tls.cert": file("nowhere"), "flott.tls.key": file("server.key")},
		"certificate " + file("client.pem"): {"flott.tls.cert": file("client.pem"), "flott.tls.key": file("server.key")},
	} {
		if _, err := tlsConfig(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %s", o, err, want)
		}
	}
}

func TestPortList(t *testing.T) {
	for text, want := range map[string]string{"8081": "[8081]", "8081-8083": "[8081 8082 8083]", "1,3-4": "[1 3 4]", "0": "[0]", "x": "[]", "70000": "[]"} {
		if got := fmt.Sprint(portList(text)); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
