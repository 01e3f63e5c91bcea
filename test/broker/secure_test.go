package broker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"os"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// TestSecure knocks at each door, with the right and with a wrong key.
func TestSecure(t *testing.T) {
	b := OwnSecure(t)
	pem, err := os.ReadFile(b.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	scramAuth := scram.Auth{User: User, Pass: Password}
	for _, c := range []struct {
		name string
		addr string
		opts []kgo.Opt
		ok   bool
	}{
		{"plain", b.SASL, []kgo.Opt{kgo.SASL(plain.Auth{User: User, Pass: Password}.AsMechanism())}, true},
		{"plain, wrong password", b.SASL, []kgo.Opt{kgo.SASL(plain.Auth{User: User, Pass: "x"}.AsMechanism())}, false},
		{"scram", b.SASL, []kgo.Opt{kgo.SASL(scramAuth.AsSha256Mechanism())}, true},
		{"tls", b.TLS, []kgo.Opt{kgo.DialTLSConfig(&tls.Config{RootCAs: roots})}, true},
		{"tls, unknown authority", b.TLS, []kgo.Opt{kgo.DialTLSConfig(&tls.Config{})}, false},
	} {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		cl, err := kgo.NewClient(append(c.opts, kgo.SeedBrokers(c.addr), kgo.RequestRetries(1), kgo.RetryTimeout(5*time.Second))...)
		if err != nil {
			t.Fatal(err)
		}
		if err := cl.Ping(ctx); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
		cl.Close()
		cancel()
	}
}
