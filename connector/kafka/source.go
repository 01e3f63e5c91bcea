package kafka

import (
	"strings"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/format"
)

type startMode uint8

const (
	startEarliest startMode = iota
	startLatest
	startGroup
	startTimestamp
	startOffsets
)

type boundedMode uint8

const (
	boundedNever boundedMode = iota
	boundedLatest
	boundedGroup
	boundedTimestamp
	boundedOffsets
)

// source is a table to read.
type source struct {
	*table
	startup        startMode
	startTimestamp int64
	startOffsets   map[int32]int64
	bounded        boundedMode
	stopTimestamp  int64
	stopOffsets    map[int32]int64
}

func newSource(t connector.Table, upsert bool) (connector.Source, error) {
	k, err := newTable(t, upsert)
	if err != nil {
		return nil, err
	}
	s := &source{table: k}
	o := k.Options
	for _, key := range []string{k.keyOption, k.valueOption} {
		if key == "" {
			continue
		}
		f, _, err := format.Scoped(o, key)
		if err != nil {
			return nil, err
		}
		if f.NewDecoder == nil {
			return nil, fail("not-supported", "", "format %q cannot be read", f.Name)
		}
		if err := k.changelogFits(f, key); err != nil {
			return nil, err
		}
	}
	if upsert {
		s.startup = startEarliest // the table is all of the topic
	} else if err := s.start(); err != nil {
		return nil, err
	}
	need := func(key string) (string, error) {
		if v, ok := o[key]; ok {
			return v, nil
		}
		return "", fail("missing-option", "add '"+key+"' = '…'", "%s: option %q is missing: 'scan.bounded.mode' is %q", k.name, key, o.Text(optBounded))
	}
	switch strings.ToLower(o.Text(optBounded)) {
	case "latest-offset":
		s.bounded = boundedLatest
	case "group-offsets":
		s.bounded = boundedGroup
		if k.props.groupID == "" {
			return nil, s.noGroup(optBounded.Key)
		}
	case "timestamp":
		s.bounded, s.stopTimestamp = boundedTimestamp, o.Int(optBoundedTimestamp)
		if _, err := need(optBoundedTimestamp.Key); err != nil {
			return nil, err
		}
	case "specific-offsets":
		text, err := need(optBoundedOffsets.Key)
		if err != nil {
			return nil, err
		}
		s.bounded = boundedOffsets
		if s.stopOffsets, err = specificOffsets(optBoundedOffsets.Key, text); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *source) noGroup(key string) error {
	return fail("missing-option", "add 'properties.group.id' = '…', or set '"+key+"'", "%s: option \"properties.group.id\" is missing: '%s' is group-offsets", s.name, key)
}

func (s *source) start() error {
	o := s.Options
	mode := strings.ToLower(o.Text(optStartup))
	switch mode {
	case "earliest-offset":
		s.startup = startEarliest
	case "latest-offset":
		s.startup = startLatest
	case "group-offsets":
		s.startup = startGroup
		if s.props.groupID == "" {
			return s.noGroup(optStartup.Key)
		}
	case "timestamp":
		s.startup, s.startTimestamp = startTimestamp, o.Int(optStartupTimestamp)
		if _, ok := o[optStartupTimestamp.Key]; !ok {
			return fail("missing-option", "add 'scan.startup.timestamp-millis' = '…'", "kafka: option \"scan.startup.timestamp-millis\" is missing: 'scan.startup.mode' is timestamp")
		}
	case "specific-offsets":
		s.startup = startOffsets
		text, ok := o[optStartupOffsets.Key]
		if !ok {
			return fail("missing-option", "add 'scan.startup.specific-offsets' = 'partition:0,offset:42'", "kafka: option \"scan.startup.specific-offsets\" is missing: 'scan.startup.mode' is specific-offsets")
		}
		if s.pattern != nil || len(s.topics) > 1 {
			return fail("option-value", "name one topic", "kafka: 'scan.startup.mode' = 'specific-offsets' needs one single topic")
		}
		var err error
		s.startOffsets, err = specificOffsets(optStartupOffsets.Key, text)
		return err
	}
	return nil
}

func (s *source) Bounded() bool { return s.bounded != boundedNever }

func (s *source) Changelog() connector.Changelog {
	if s.upsert {
		return connector.Upsert
	}
	if f, _, err := format.Scoped(s.Options, s.valueOption); err == nil && f.Changelog {
		return connector.All
	}
	return connector.InsertOnly
}

func (s *source) Enumerator(env connector.Env) (connector.Enumerator, error) {
	c, err := dial(&s.props, "enumerator", env.Log)
	if err != nil {
		return nil, err
	}
	return &enumerator{src: s, client: c, found: map[topicPartition]bool{}, first: true}, nil
}

func (s *source) Reader(env connector.Env, columns []connector.Column) (connector.Reader, error) {
	return newReader(s, env, columns)
}
