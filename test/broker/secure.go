package broker

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// Secure is a broker with two more doors.
type Secure struct {
	*Broker
	// SASL takes User and Password by PLAIN and SCRAM-SHA-256, without TLS.
	SASL string
	// TLS shows a certificate for 127.0.0.1 that is its own authority.
	TLS string
	// Certificate is the file with that certificate, PEM.
	Certificate string
}

// What the door SASL asks for.
const (
	User     = "flott"
	Password = "flott-secret"
)

// OwnSecure starts a broker with doors for SASL and TLS for one test.
func OwnSecure(t testing.TB) Secure {
	t.Helper()
	skipShort(t)
	dir := t.TempDir()
	certificate, keystore := filepath.Join(dir, "certificate.pem"), filepath.Join(dir, "keystore.pem")
	check(t, writeCertificate(certificate, keystore))
	var ports [4]int
	for i := range ports {
		var err error
		ports[i], err = freePort()
		check(t, err)
	}
	b, err := New(filepath.Join(dir, "broker"), ports[0])
	check(t, err)
	door := func(name string, port int) string { return fmt.Sprintf("%s://127.0.0.1:%d", name, port) }
	doors := door("PLAINTEXT", ports[0]) + "," + door("SASL_PLAINTEXT", ports[1]) + "," + door("SSL", ports[2])
	b.extra = []string{
		"listeners=" + doors + "," + door("CONTROLLER", b.quorum),
		"advertised.listeners=" + doors,
		"sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256",
		fmt.Sprintf(`listener.name.sasl_plaintext.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_%s="%s";`, User, Password),
		"listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;",
		"ssl.keystore.type=PEM",
		"ssl.keystore.location=" + keystore,
	}
	check(t, os.MkdirAll(b.dir, 0o755))
	check(t, b.Start(context.Background()))
	t.Cleanup(b.Kill)

	cl, err := kgo.NewClient(kgo.SeedBrokers(b.Addr))
	check(t, err)
	defer cl.Close()
	_, err = kadm.NewClient(cl).AlterUserSCRAMs(context.Background(), nil, []kadm.UpsertSCRAM{{User: User, Mechanism: kadm.ScramSha256, Iterations: 4096, Password: Password}})
	check(t, err)
	return Secure{b, fmt.Sprintf("127.0.0.1:%d", ports[1]), fmt.Sprintf("127.0.0.1:%d", ports[2]), certificate}
}

// writeCertificate makes a certificate for 127.0.0.1, its own authority, and a
// key store with it.
func writeCertificate(certificate, keystore string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "flott test broker"},
		NotBefore:    time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:        true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(certificate, cert, 0o644); err != nil {
		return err
	}
	return os.WriteFile(keystore, append(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), cert...), 0o600)
}
