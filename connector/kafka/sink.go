package kafka

import (
	"strings"
	"sync"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/format"
)

// sink is a table to write.
type sink struct {
	*table
	guarantee   string
	prefix      string
	ignoreLost  bool
	partitioner partitioner
	flushRows   int
	flushAfter  time.Duration

	mu    sync.Mutex
	pools map[int]*pool // by subtask: writer and committer share one
}

func newSink(t connector.Table, upsert bool) (connector.Sink, error) {
	k, err := newTable(t, upsert)
	if err != nil {
		return nil, err
	}
	o := k.Options
	s := &sink{table: k, guarantee: strings.ToLower(o.Text(optGuarantee)), prefix: o.Text(optTxnPrefix), pools: map[int]*pool{},
		ignoreLost: strings.EqualFold(o.Text(optLost), "ignore")}
	if s.guarantee == "exactly-once" {
		if s.prefix == "" {
			return nil, fail("missing-option", "add 'sink.transactional-id-prefix' = 'a name of this job'", "%s: 'sink.delivery-guarantee' = 'exactly-once' needs 'sink.transactional-id-prefix'", k.name)
		}
		if k.props.acks != -1 || !k.props.idempotent {
			return nil, fail("option-value", "remove them", "%s: exactly-once needs 'properties.acks' = 'all' and 'properties.enable.idempotence' = 'true'", k.name)
		}
	}
	if !upsert {
		switch strings.ToLower(o.Text(optPartitioner)) {
		case "fixed":
			s.partitioner = fixed
		case "round-robin":
			if s.partitioner = roundRobin; k.keyOption != "" {
				return nil, fail("option-value", "use 'default'", "kafka: 'sink.partitioner' = 'round-robin' does not go with 'key.fields'")
			}
		}
	}
	s.flushRows, s.flushAfter = int(o.Int(optFlushRows)), o.Duration(optFlushInterval)
	if upsert && (s.flushRows > 0) != (s.flushAfter > 0) {
		return nil, fail("option-value", "set both to values above 0, or none", "upsert-kafka: 'sink.buffer-flush.max-rows' and 'sink.buffer-flush.interval' go together")
	}
	for _, key := range []string{k.keyOption, k.valueOption} {
		if key == "" {
			continue
		}
		f, _, err := format.Scoped(o, key)
		if err != nil {
			return nil, err
		}
		if f.NewEncoder == nil {
			return nil, fail("not-supported", "", "format %q cannot be written", f.Name)
		}
		if err := k.changelogFits(f, key); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *sink) Changelog() connector.Changelog {
	if s.upsert {
		return connector.Upsert
	}
	if f, _, err := format.Scoped(s.Options, s.valueOption); err == nil && f.Changelog {
		return connector.All
	}
	return connector.InsertOnly
}

func (s *sink) Guarantee() string { return s.guarantee }

func (s *sink) Writer(env connector.Env, columns []connector.Column, restored [][]byte) (connector.Writer, error) {
	return newWriter(s, env, columns, restored)
}

func (s *sink) Committer(env connector.Env) (connector.Committer, error) {
	if s.guarantee != "exactly-once" {
		return nil, nil
	}
	c, err := dial(&s.props, "committer", env.Log)
	if err != nil {
		return nil, err
	}
	return &committer{sink: s, env: env, client: c}, nil
}

// newPool makes the pool of a subtask's new writer.
func (s *sink) newPool(subtask int, p *pool) {
	s.mu.Lock()
	s.pools[subtask] = p
	s.mu.Unlock()
}

// committed tells the writers' pools of a commit.
func (s *sink) committed(t committable) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.pools {
		p.committed(t)
	}
}
