package kafka

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/connector/kafka/internal/recordbatch"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/plain"
)

// TestRefused lists tables that cannot be, and what is said of them.
func TestRefused(t *testing.T) {
	two := []connector.Column{{Name: "k", Type: types.TBytes}, {Name: "v", Type: types.TBytes}}
	for _, test := range []struct {
		sink    bool
		options []string
		want    string
	}{
		{false, []string{"topic", "-"}, `option "topic" is missing`},
		{false, []string{"topic-pattern", "x.*"}, "exclude each other"},
		{false, []string{"topic", "-", "topic-pattern", "("}, "is not a regular expression"},
		{false, []string{"properties.bootstrap.servers", "-"}, `option "properties.bootstrap.servers" is missing`},
		{false, []string{"properties.bootstrap.servers", "broker"}, `"broker" is not a list of host:port`},
		{false, []string{"format", "-"}, `option "format" is missing`},
		{false, []string{"value.format", "raw"}, "'format' and 'value.format' mean the same"},
		{false, []string{"format", "xml"}, `there is no format "xml"`},
		{false, nil, `option "properties.group.id" is missing: 'scan.startup.mode' is group-offsets`},
		{false, []string{"scan.startup.mode", "newest"}, `option "scan.startup.mode": "newest" is none of earliest-offset`},
		{false, []string{"scan.startup.mode", "timestamp"}, `"scan.startup.timestamp-millis" is missing`},
		{false, []string{"scan.startup.mode", "specific-offsets"}, `"scan.startup.specific-offsets" is missing`},
		{false, []string{"scan.startup.mode", "specific-offsets", "scan.startup.specific-offsets", "0:1"}, `"0:1" is not a partition and an offset`},
		{false, []string{"scan.startup.mode", "earliest-offset", "scan.bounded.mode", "timestamp"}, `"scan.bounded.timestamp-millis" is missing`},
		{false, []string{"key.format", "raw"}, "not which columns the key holds"},
		{false, []string{"key.fields", "k"}, "'key.fields' needs 'key.format'"},
		{false, []string{"key.format", "raw", "key.fields", "x"}, `names "x", which is not a column`},
		{false, []string{"key.format", "raw", "key.fields", "k", "key.fields-prefix", "x_"}, "needs 'value.fields-include' = 'EXCEPT_KEY'"},
		{false, []string{"key.format", "raw", "key.fields", "k", "key.fields-prefix", "x_", "value.fields-include", "EXCEPT_KEY"}, `does not begin with`},
		{true, []string{"sink.delivery-guarantee", "exactly-once"}, "needs 'sink.transactional-id-prefix'"},
		{true, []string{"sink.delivery-guarantee", "exactly-once", "sink.transactional-id-prefix", "p", "properties.acks", "1"}, "exactly-once needs 'properties.acks' = 'all'"},
		{true, []string{"properties.compression.type", "brotli"}, `"brotli" is not one of none, gzip`},
		{true, []string{"properties.linger.ms", "soon"}, `option "properties.linger.ms": "soon" is not a whole number`},
		{true, []string{"properties.security.protocol", "SASL_SSL"}, `SASL mechanism "GSSAPI" is not supported yet`},
		{true, []string{"properties.security.protocol", "SASL_PLAINTEXT", "properties.sasl.mechanism", "PLAIN"}, "holds no username"},
		{true, []string{"properties.security.protocol", "SSL", "properties.ssl.truststore.location", "/x/y.jks"}, "is of type JKS, only PEM can be read"},
		{true, []string{"properties.security.protocol", "SSL", "properties.ssl.truststore.type", "PEM", "properties.ssl.truststore.location", "/no/such.pem"}, "no such file"},
		{true, []string{"sink.partitioner", "round-robin", "key.format", "raw", "key.fields", "k"}, "does not go with 'key.fields'"},
	} {
		table := tableOf("127.0.0.1:1", "t", two, test.options...)
		var err error
		if test.sink {
			_, err = newSink(table, false)
		} else {
			_, err = newSource(table, false)
		}
		var d *diag.Error
		if !errors.As(err, &d) || !strings.Contains(d.Message, test.want) {
			t.Errorf("%v: %v, want %s", test.options, err, test.want)
		}
	}
	upsert := upsertTable("127.0.0.1:1", "t")
	upsert.PrimaryKey = nil
	if _, err := newSink(upsert, true); err == nil || !strings.Contains(err.Error(), "missing-primary-key") {
		t.Errorf("%v", err)
	}
	if _, err := newSink(upsertTable("127.0.0.1:1", "t", "sink.buffer-flush.max-rows", "5"), true); err == nil || !strings.Contains(err.Error(), "go together") {
		t.Errorf("%v", err)
	}
}

func TestProperties(t *testing.T) {
	p, err := newProperties(map[string]string{"bootstrap.servers": "a:1, SSL://b:2,", "acks": "1", "compression.type": "ZSTD", "compression.zstd.level": "5", "retries": "3",
		"interceptor.classes": "x", "client.id.prefix": "p", "isolation.level": "read_committed", "max.in.flight.requests.per.connection": "9"})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(p.servers, " ") != "a:1 b:2" || p.acks != 1 || p.idempotent || p.codec != recordbatch.Zstd || p.level != 5 || !p.committed || p.inFlight != 9 {
		t.Errorf("%+v", p)
	}
	if strings.Join(p.ignored, " ") != "properties.interceptor.classes" {
		t.Errorf("ignored %v", p.ignored)
	}
}

func TestJaas(t *testing.T) {
	for _, text := range []string{
		`org.apache.kafka.common.security.plain.PlainLoginModule required username="al\"ice" password="p w;";`,
		"org.apache.kafka.common.security.scram.ScramLoginModule required\n  username = 'al\"ice'\n  password='p w;';",
	} {
		if u, p := jaasValue(text, "username"), jaasValue(text, "password"); u != `al"ice` || p != "p w;" {
			t.Errorf("%s: %q %q", text, u, p)
		}
	}
}

// TestMurmur2 compares with what the Java client answers for the same bytes.
func TestMurmur2(t *testing.T) {
	for text, want := range map[string]int32{"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536, "a-little-bit-longer-string": -1486304829,
		"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971, "abc": 479470107} {
		if got := int32(murmur2([]byte(text))); got != want {
			t.Errorf("%s: %d, want %d", text, got, want)
		}
	}
}

// TestLogin logs in with each mechanism, and is refused with a wrong password.
func TestLogin(t *testing.T) {
	for _, mechanism := range []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"} {
		t.Run(mechanism, func(t *testing.T) {
			fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.Superuser(mechanism, "alice", "secret"), kfake.Superuser("PLAIN", "admin", "admin"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(fake.Close)
			addr := fake.ListenAddrs()[0]
			login := kgo.SASL(plain.Auth{User: "admin", Pass: "admin"}.AsMechanism())
			c := &cluster{addr: addr, fake: fake, adm: kadm.NewClient(kafkaClient(t, addr, login))}
			topic := c.topic(t, 1)
			c.produce(t, values(topic, 0, 10, 1), login)
			options := func(password string) []string {
				return []string{"properties.security.protocol", "SASL_PLAINTEXT", "properties.sasl.mechanism", mechanism,
					"properties.sasl.jaas.config", `x.LoginModule required username="alice" password="` + password + `";`}
			}
			got := 0
			ctx := limited(t, 20*time.Second)
			r := open(t, ctx, c.source(t, topic, options("secret")...), testEnv(newCounters()), bytesColumn)
			rows(t, ctx, r, func(*vector.Batch, int) { got++ })
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
			if got != 10 {
				t.Errorf("%d rows", got)
			}
			began := time.Now()
			_, err = c.sink(t, topic, options("wrong")...).Writer(testEnv(newCounters()), bytesColumn, nil)
			if err == nil || !strings.Contains(err.Error(), "kafka-authentication") {
				t.Errorf("after %v: %v", time.Since(began), err)
			}
		})
	}
}
