package kafka

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/vector"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
)

// certificate makes a certificate for 127.0.0.1 that signs itself, as PEM.
func certificate(t *testing.T) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "flott test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
}

// TestTLS reads over TLS with certificates on both sides.
func TestTLS(t *testing.T) {
	serverCert, serverKey := certificate(t)
	clientCert, clientKey := certificate(t)
	server, err := tls.X509KeyPair(serverCert, serverKey)
	if err != nil {
		t.Fatal(err)
	}
	pool := func(pemText []byte) *x509.CertPool {
		p := x509.NewCertPool()
		p.AppendCertsFromPEM(pemText)
		return p
	}
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.TLS(&tls.Config{Certificates: []tls.Certificate{server}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool(clientCert)}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	client, err := tls.X509KeyPair(clientCert, clientKey)
	if err != nil {
		t.Fatal(err)
	}
	addr := fake.ListenAddrs()[0]
	secure := kgo.DialTLSConfig(&tls.Config{RootCAs: pool(serverCert), Certificates: []tls.Certificate{client}})
	c := &cluster{addr: addr, fake: fake, adm: kadm.NewClient(kafkaClient(t, addr, secure))}
	topic := c.topic(t, 1)
	c.produce(t, values(topic, 0, 10, 1), secure)
	trust, keys := filepath.Join(t.TempDir(), "trust.pem"), filepath.Join(t.TempDir(), "keys.pem")
	if err := os.WriteFile(trust, serverCert, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(keys, append(clientCert, clientKey...), 0o600); err != nil {
		t.Fatal(err)
	}
	base := []string{"properties.security.protocol", "SSL"}
	trusting := append(base[:2:2], "properties.ssl.truststore.type", "PEM", "properties.ssl.truststore.location", trust)
	for name, options := range map[string][]string{
		"files": append(trusting[:6:6], "properties.ssl.keystore.type", "PEM", "properties.ssl.keystore.location", keys),
		"texts": append(base[:2:2], "properties.ssl.truststore.type", "PEM", "properties.ssl.truststore.certificates", string(serverCert),
			"properties.ssl.keystore.type", "PEM", "properties.ssl.keystore.certificate.chain", string(clientCert), "properties.ssl.keystore.key", string(clientKey)),
		"any name": append(trusting[:6:6], "properties.ssl.keystore.type", "PEM", "properties.ssl.keystore.location", keys, "properties.ssl.endpoint.identification.algorithm", ""),
	} {
		t.Run(name, func(t *testing.T) {
			got := 0
			ctx := limited(t, 20*time.Second)
			r := open(t, ctx, c.source(t, topic, options...), testEnv(newCounters()), bytesColumn)
			rows(t, ctx, r, func(*vector.Batch, int) { got++ })
			if got != 10 {
				t.Errorf("%d rows", got)
			}
		})
	}
	e, err := c.source(t, topic, base...).Enumerator(testEnv(newCounters()))
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if _, _, err := e.Discover(limited(t, 20*time.Second)); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a server of unknown authority: %v", err)
	}
}
