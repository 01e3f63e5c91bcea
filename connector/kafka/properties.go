package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/flott/flott/connector/kafka/internal/recordbatch"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// properties are the options of Kafka's Java clients, read. Zero numbers mean
// "not given": the session derives them from its memory.
type properties struct {
	servers  []string
	clientID string
	prefix   string // client.id.prefix, Flink's
	groupID  string
	rack     string
	commit   bool // commit offsets to the group on checkpoints
	tls      *tls.Config
	sasl     sasl.Mechanism

	committed    bool // isolation.level = read_committed
	reset        string
	checkCRC     bool
	fetchMin     int32
	fetchWait    time.Duration
	fetchMax     int64
	partitionMax int64

	acks            int16
	idempotent      bool
	linger          time.Duration
	batchSize       int64
	bufferMemory    int64
	maxRequest      int64
	inFlight        int
	codec           recordbatch.Codec
	level           int
	deliveryTimeout time.Duration
	txnTimeout      time.Duration

	requestTimeout time.Duration
	backoff        time.Duration
	backoffMax     time.Duration
	metadataMaxAge time.Duration

	ignored []string // keys that have no meaning here
}

// harmless are keys of the Java clients whose meaning is met in another way, so
// that naming them in the log would only worry.
var harmless = []string{
	"bootstrap.servers", "enable.auto.commit", "auto.commit.interval.ms", "key.serializer", "value.serializer", "key.deserializer", "value.deserializer",
	"max.poll.records", "max.poll.interval.ms", "session.timeout.ms", "heartbeat.interval.ms", "retries", "partition.discovery.interval.ms",
	"allow.auto.create.topics", "client.dns.lookup", "receive.buffer.bytes", "send.buffer.bytes", "register.consumer.metrics", "register.producer.metrics",
	"default.api.timeout.ms", "max.block.ms", "connections.max.idle.ms", "reconnect.backoff.ms", "reconnect.backoff.max.ms", "ssl.protocol", "ssl.enabled.protocols",
}

// reader reads values and remembers the first mistake and the keys it met.
type propertyReader struct {
	given map[string]string
	seen  map[string]bool
	err   error
}

func (r *propertyReader) text(key, def string) string {
	r.seen[key] = true
	if v, ok := r.given[key]; ok {
		return strings.TrimSpace(v)
	}
	return def
}

func (r *propertyReader) wrong(key, want string) {
	if r.err == nil {
		r.err = fail("option-value", "", "kafka: option \"properties.%s\": %q is not %s", key, r.given[key], want)
	}
}

func (r *propertyReader) number(key string, def, low, high int64) int64 {
	text := r.text(key, "")
	if text == "" {
		return def
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < low || n > high {
		r.wrong(key, "a whole number from "+strconv.FormatInt(low, 10)+" to "+strconv.FormatInt(high, 10))
		return def
	}
	return n
}

func (r *propertyReader) millis(key string, def time.Duration) time.Duration {
	return time.Duration(r.number(key, int64(def/time.Millisecond), 0, 1<<40)) * time.Millisecond
}

func (r *propertyReader) choice(key, def string, values ...string) string {
	v := strings.ToLower(r.text(key, def))
	if !slices.Contains(values, v) {
		r.wrong(key, "one of "+strings.Join(values, ", "))
		return def
	}
	return v
}

func newProperties(given map[string]string) (properties, error) {
	r := &propertyReader{given: given, seen: map[string]bool{}}
	const big = 1 << 31
	p := properties{
		clientID: r.text("client.id", ""),
		prefix:   r.text("client.id.prefix", ""),
		groupID:  r.text("group.id", ""),
		rack:     r.text("client.rack", ""),
		commit:   r.choice("commit.offsets.on.checkpoint", "true", "true", "false") == "true",

		committed:    r.choice("isolation.level", "read_uncommitted", "read_uncommitted", "read_committed") == "read_committed",
		reset:        r.choice("auto.offset.reset", "", "", "earliest", "latest", "none"),
		checkCRC:     r.choice("check.crcs", "true", "true", "false") == "true",
		fetchMin:     int32(r.number("fetch.min.bytes", 1, 0, big-1)),
		fetchWait:    r.millis("fetch.max.wait.ms", 500*time.Millisecond),
		fetchMax:     r.number("fetch.max.bytes", 0, 1, big-1),
		partitionMax: r.number("max.partition.fetch.bytes", 0, 1, big-1),

		idempotent:      r.choice("enable.idempotence", "true", "true", "false") == "true",
		linger:          r.millis("linger.ms", 5*time.Millisecond),
		batchSize:       r.number("batch.size", 0, 0, big-1),
		bufferMemory:    r.number("buffer.memory", 0, 1, 1<<40),
		maxRequest:      r.number("max.request.size", 0, 1, big-1),
		inFlight:        int(r.number("max.in.flight.requests.per.connection", 5, 1, 1000)),
		deliveryTimeout: r.millis("delivery.timeout.ms", 2*time.Minute),
		txnTimeout:      r.millis("transaction.timeout.ms", time.Hour),

		requestTimeout: r.millis("request.timeout.ms", 30*time.Second),
		backoff:        r.millis("retry.backoff.ms", 100*time.Millisecond),
		backoffMax:     r.millis("retry.backoff.max.ms", time.Second),
		metadataMaxAge: r.millis("metadata.max.age.ms", 5*time.Minute),
	}
	switch r.choice("acks", "all", "all", "-1", "1", "0") {
	case "all", "-1":
		p.acks = -1
	case "1", "0": // without an answer a lost record would go unnoticed, so 0 is 1
		p.acks, p.idempotent = 1, false
	}
	if p.idempotent {
		p.inFlight = min(p.inFlight, 5) // what a broker remembers of a producer
	}
	name := r.choice("compression.type", "none", "none", "gzip", "snappy", "lz4", "zstd")
	p.codec, _ = recordbatch.CodecByName(name)
	gzipLevel, zstdLevel := r.number("compression.gzip.level", 0, -1, 9), r.number("compression.zstd.level", 0, -131072, 22)
	switch p.codec {
	case recordbatch.Gzip:
		p.level = int(gzipLevel)
	case recordbatch.Zstd:
		p.level = int(zstdLevel)
	}
	for _, s := range strings.Split(given["bootstrap.servers"], ",") {
		s = strings.TrimSpace(s)
		if _, after, ok := strings.Cut(s, "://"); ok {
			s = after
		}
		if s == "" {
			continue
		}
		if i := strings.LastIndexByte(s, ':'); i <= 0 || i == len(s)-1 {
			r.wrong("bootstrap.servers", "a list of host:port")
		}
		p.servers = append(p.servers, s)
	}
	if len(p.servers) == 0 {
		r.wrong("bootstrap.servers", "a list of host:port")
	}
	r.security(&p)
	for key := range given {
		if !r.seen[key] && !slices.Contains(harmless, key) {
			p.ignored = append(p.ignored, "properties."+key)
		}
	}
	slices.Sort(p.ignored)
	return p, r.err
}

// security reads security.protocol, sasl.* and ssl.*.
func (r *propertyReader) security(p *properties) {
	protocol := r.choice("security.protocol", "plaintext", "plaintext", "ssl", "sasl_plaintext", "sasl_ssl")
	mechanism := r.text("sasl.mechanism", "GSSAPI")
	jaas := r.text("sasl.jaas.config", "")
	if strings.HasPrefix(protocol, "sasl") {
		user, password := jaasValue(jaas, "username"), jaasValue(jaas, "password")
		switch strings.ToUpper(mechanism) {
		case "PLAIN":
			p.sasl = plain.Auth{User: user, Pass: password}.AsMechanism()
		case "SCRAM-SHA-256":
			p.sasl = scram.Auth{User: user, Pass: password}.AsSha256Mechanism()
		case "SCRAM-SHA-512":
			p.sasl = scram.Auth{User: user, Pass: password}.AsSha512Mechanism()
		default:
			r.fail(fail("not-supported", "set 'properties.sasl.mechanism' to PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512", "kafka: SASL mechanism %q is not supported yet", mechanism))
			return
		}
		if user == "" {
			r.fail(fail("missing-option", `set 'properties.sasl.jaas.config' = '… required username="…" password="…";'`, "kafka: \"properties.sasl.jaas.config\" holds no username"))
		}
	}
	if strings.HasSuffix(protocol, "ssl") {
		p.tls = r.tls()
	}
	for _, key := range []string{"ssl.truststore.type", "ssl.truststore.location", "ssl.truststore.password", "ssl.truststore.certificates", "ssl.keystore.type",
		"ssl.keystore.location", "ssl.keystore.password", "ssl.keystore.key", "ssl.keystore.certificate.chain", "ssl.key.password", "ssl.endpoint.identification.algorithm"} {
		r.seen[key] = true
	}
}

func (r *propertyReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// jaasValue finds `name="value"` in a JAAS configuration line.
func jaasValue(jaas, name string) string {
	for rest := jaas; ; {
		i := strings.Index(rest, name)
		if i < 0 {
			return ""
		}
		before := i == 0 || strings.ContainsRune(" \t\n", rune(rest[i-1]))
		rest = strings.TrimLeft(rest[i+len(name):], " \t")
		if !before || !strings.HasPrefix(rest, "=") {
			continue
		}
		rest = strings.TrimLeft(rest[1:], " \t")
		if rest == "" || rest[0] != '"' && rest[0] != '\'' {
			value, _, _ := strings.Cut(strings.TrimRight(rest, ";"), " ")
			return value
		}
		var b strings.Builder
		for j := 1; j < len(rest) && rest[j] != rest[0]; j++ {
			if rest[j] == '\\' && j+1 < len(rest) {
				j++
			}
			b.WriteByte(rest[j])
		}
		return b.String()
	}
}

// tls builds the TLS configuration out of PEM files or texts.
func (r *propertyReader) tls() *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	for _, store := range []string{"truststore", "keystore"} {
		kind := strings.ToUpper(r.text("ssl."+store+".type", "JKS"))
		location := r.text("ssl."+store+".location", "")
		if kind != "PEM" && location != "" {
			r.fail(fail("not-supported", "convert it (keytool -importkeystore … -deststoretype PKCS12; openssl pkcs12 -in … -nodes) and set 'properties.ssl."+store+".type' = 'PEM'",
				"kafka: %s %q is of type %s, only PEM can be read", store, location, kind))
			return c
		}
	}
	read := func(textKey, fileKey string) []byte {
		if t := r.text(textKey, ""); t != "" {
			return []byte(strings.ReplaceAll(t, `\n`, "\n"))
		}
		if name := r.text(fileKey, ""); name != "" {
			b, err := os.ReadFile(name)
			if err != nil {
				r.fail(fail("option-value", "", "kafka: option \"properties.%s\": %v", fileKey, err))
			}
			return b
		}
		return nil
	}
	if roots := read("ssl.truststore.certificates", "ssl.truststore.location"); len(roots) > 0 {
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(roots) {
			r.fail(fail("option-value", "", "kafka: the truststore holds no certificate in PEM form"))
		}
	}
	chain := read("ssl.keystore.certificate.chain", "ssl.keystore.location")
	key := chain
	if r.given["ssl.keystore.key"] != "" {
		key = read("ssl.keystore.key", "")
	}
	if len(chain) > 0 {
		for rest := key; ; {
			block, more := pem.Decode(rest)
			if block == nil {
				break
			}
			if strings.Contains(block.Type, "ENCRYPTED") || block.Headers["DEK-Info"] != "" {
				r.fail(fail("not-supported", "decrypt it with openssl pkey", "kafka: the private key of the keystore is encrypted, which is not supported yet"))
				return c
			}
			rest = more
		}
		cert, err := tls.X509KeyPair(chain, key)
		if err != nil {
			r.fail(fail("option-value", "", "kafka: the keystore cannot be used: %v", err))
			return c
		}
		c.Certificates = []tls.Certificate{cert}
	}
	if algorithm, given := r.given["ssl.endpoint.identification.algorithm"]; given && strings.TrimSpace(algorithm) == "" {
		verifyChainOnly(c)
	}
	return c
}

// verifyChainOnly checks the server's certificate but not its host name.
func verifyChainOnly(c *tls.Config) {
	c.InsecureSkipVerify = true
	c.VerifyConnection = func(s tls.ConnectionState) error {
		o := x509.VerifyOptions{Roots: c.RootCAs, Intermediates: x509.NewCertPool()}
		for _, cert := range s.PeerCertificates[1:] {
			o.Intermediates.AddCert(cert)
		}
		_, err := s.PeerCertificates[0].Verify(o)
		return err
	}
}

// options returns the client's options for a part of the connector.
func (p *properties) options(name string) []kgo.Opt {
	id := p.clientID
	if p.prefix != "" {
		id = p.prefix + "-" + name
	}
	if id == "" {
		id = "flott-" + name
	}
	opts := []kgo.Opt{
		kgo.SeedBrokers(p.servers...), kgo.ClientID(id), kgo.SoftwareNameAndVersion("flott", "1"), kgo.DisableClientMetrics(),
		kgo.MaxVersions(versions()), kgo.RequestTimeoutOverhead(p.requestTimeout), kgo.MetadataMaxAge(max(p.metadataMaxAge, 10*time.Second)), kgo.MetadataMinAge(10 * time.Millisecond),
		kgo.DialTimeout(5 * time.Second), kgo.BrokerMaxReadBytes(1 << 30), kgo.BrokerMaxWriteBytes(1 << 30),
	}
	if p.sasl != nil {
		opts = append(opts, kgo.SASL(p.sasl))
	}
	return opts
}
