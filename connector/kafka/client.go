package kafka

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"
)

// reachTimeout is how long a part waits at its start for the first broker.
const reachTimeout = 8 * time.Second

// client is a connection to a cluster: franz-go's client for connections,
// authentication, metadata and the routing of requests to coordinators. Fetch
// and produce requests are ours, see fetch.go and produce.go.
type client struct {
	*kgo.Client
	props *properties
	log   *slog.Logger

	mu      sync.Mutex
	dialErr error // of the last attempt that failed
}

// versions are the newest requests that we speak: fetch up to 12, before topics
// became ids; the transactional requests of the first protocol, in which only
// InitProducerID changes a producer's epoch, so that (producer id, epoch) names
// one transaction (see txn.go).
func versions() *kversion.Versions {
	v := kversion.Stable()
	v.SetMaxKeyVersion(int16(kmsg.Produce), 11)
	v.SetMaxKeyVersion(int16(kmsg.Fetch), 12)
	v.SetMaxKeyVersion(int16(kmsg.OffsetCommit), 9)
	v.SetMaxKeyVersion(int16(kmsg.OffsetFetch), 9)
	v.SetMaxKeyVersion(int16(kmsg.AddPartitionsToTxn), 3)
	v.SetMaxKeyVersion(int16(kmsg.EndTxn), 4)
	v.SetMaxKeyVersion(int16(kmsg.InitProducerID), 5)
	return v
}

// dial returns a client; nothing is sent before the first request.
func dial(p *properties, part string, log *slog.Logger) (*client, error) {
	c := &client{props: p, log: log}
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}
	connect := dialer.DialContext
	if p.tls != nil {
		connect = func(ctx context.Context, network, host string) (net.Conn, error) {
			config := p.tls.Clone()
			config.ServerName, _, _ = net.SplitHostPort(host)
			return (&tls.Dialer{NetDialer: dialer, Config: config}).DialContext(ctx, network, host)
		}
	}
	opts := append(p.options(part), kgo.Dialer(func(ctx context.Context, network, host string) (net.Conn, error) {
		conn, err := connect(ctx, network, host)
		if err != nil && ctx.Err() == nil {
			c.mu.Lock()
			c.dialErr = err
			c.mu.Unlock()
		}
		return conn, err
	}))
	var err error
	c.Client, err = kgo.NewClient(opts...)
	if err != nil {
		return nil, runError("kafka-client", "", err, "kafka: %v", err)
	}
	if len(p.ignored) > 0 {
		log.Info("kafka: options without a meaning here", "part", part, "options", strings.Join(p.ignored, ", "))
	}
	return c, nil
}

// reach waits until a broker answers.
func (c *client) reach(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	closed := 0
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, time.Second) {
		err := c.Ping(limited)
		if err == nil {
			return nil
		}
		if closedAtOnce(err) {
			closed++
		}
		if authFailed(err) || closed == 5 || c.distrusts() || !pause(limited, wait) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return c.unreachable(err)
		}
	}
}

// distrusts reports that a broker's certificate was refused.
func (c *client) distrusts() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	var refused *tls.CertificateVerificationError
	return errors.As(c.dialErr, &refused)
}

// closedAtOnce reports that a broker closed the connection before it said
// anything: it speaks another protocol, or refuses the login without a word.
func closedAtOnce(err error) bool {
	var first *kgo.ErrFirstReadEOF
	return errors.As(err, &first) || errors.Is(err, io.EOF)
}

func authFailed(err error) bool {
	return errors.Is(err, kerr.SaslAuthenticationFailed) || errors.Is(err, kerr.UnsupportedSaslMechanism) || errors.Is(err, kerr.IllegalSaslState)
}

// unreachable tells which broker does not answer, and why.
func (c *client) unreachable(err error) error {
	servers := strings.Join(c.props.servers, ", ")
	if authFailed(err) {
		return runError("kafka-authentication", "check 'properties.sasl.mechanism' and 'properties.sasl.jaas.config'", err, "kafka: broker %s refuses the login: %v", servers, err)
	}
	if closedAtOnce(err) {
		return runError("kafka-authentication", "check 'properties.security.protocol' (SSL? SASL_SSL?) and the login in 'properties.sasl.jaas.config'", err,
			"kafka: broker %s closes the connection at once", servers)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dialErr != nil {
		err = c.dialErr
	}
	e := runError("kafka-unreachable", "check 'properties.bootstrap.servers' and 'properties.security.protocol'", err, "kafka: cannot reach broker %s: %v", servers, err)
	e.Temporary = true
	return e
}

// pause waits; it reports false if ctx ended first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// topicPartition names a partition.
type topicPartition struct {
	topic     string
	partition int32
}

func (tp topicPartition) String() string { return fmt.Sprintf("%s-%d", tp.topic, tp.partition) }

// leader is where a partition lives; node is -1 while there is none.
type leader struct{ node, epoch int32 }

// topicMeta is a topic's partitions; err is what the broker says of it.
type topicMeta struct {
	partitions []leader // by partition
	internal   bool
	err        error
}

// topics asks for the named topics, all if names is nil.
func (c *client) topics(ctx context.Context, names []string) (map[string]topicMeta, error) {
	req := kmsg.NewPtrMetadataRequest()
	if names != nil {
		req.Topics = []kmsg.MetadataRequestTopic{}
	}
	for _, n := range names {
		t := kmsg.NewMetadataRequestTopic()
		t.Topic = kmsg.StringPtr(n)
		req.Topics = append(req.Topics, t)
	}
	resp, err := req.RequestWith(ctx, c.Client)
	if err != nil {
		return nil, err
	}
	out := make(map[string]topicMeta, len(resp.Topics))
	for _, t := range resp.Topics {
		if t.Topic == nil {
			continue
		}
		m := topicMeta{internal: t.IsInternal, err: kerr.ErrorForCode(t.ErrorCode), partitions: make([]leader, 0, len(t.Partitions))}
		for _, p := range t.Partitions {
			if p.Partition < 0 || p.Partition > 1<<20 {
				continue
			}
			for int(p.Partition) >= len(m.partitions) {
				m.partitions = append(m.partitions, leader{-1, -1})
			}
			if kerr.ErrorForCode(p.ErrorCode) == nil || p.Leader >= 0 {
				m.partitions[p.Partition] = leader{p.Leader, p.LeaderEpoch}
			}
		}
		out[*t.Topic] = m
	}
	return out, nil
}

// retriable reports an error that metadata or time will heal.
func retriable(err error) bool {
	var k *kerr.Error
	if errors.As(err, &k) {
		return k.Retriable
	}
	return !errors.Is(err, context.Canceled) && !errors.Is(err, kgo.ErrClientClosed)
}

func (c *client) unknownTopic(topic string, err error) error {
	help := "create it, or correct 'topic'"
	if errors.Is(err, kerr.TopicAuthorizationFailed) {
		return runError("kafka-topic", "grant the user the right to it", err, "kafka: topic %q may not be used by this user", topic)
	}
	if errors.Is(err, kerr.InvalidTopicException) {
		return runError("kafka-topic", help, err, "kafka: %q is not the name of a topic", topic)
	}
	return runError("kafka-topic", help, err, "kafka: topic %q does not exist on %s", topic, strings.Join(c.props.servers, ", "))
}
