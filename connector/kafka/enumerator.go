package kafka

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/flott/flott/connector"
	"github.com/twmb/franz-go/pkg/kerr"
)

// enumerator finds the partitions and where to begin and end in each. Offsets
// are numbers from the first moment on, so that a restored split and the other
// readers agree about them whatever happens to the topic meanwhile.
type enumerator struct {
	src    *source
	client *client
	found  map[topicPartition]bool
	first  bool // no Discover has succeeded, and there was no Restore
	met    bool // a broker has answered
}

func (e *enumerator) Interval() time.Duration {
	if e.src.bounded != boundedNever {
		return 0
	}
	return e.src.Options.Duration(optDiscovery)
}

// Discover lists partitions in order of topic and number. A partition found
// later than the first ones is read from its start: it is a new one.
func (e *enumerator) Discover(ctx context.Context) ([]connector.Split, bool, error) {
	if !e.met {
		if err := e.client.reach(ctx); err != nil {
			return nil, false, err
		}
		e.met = true
	}
	out, err := e.discover(ctx)
	if err != nil && !e.first && ctx.Err() == nil && retriable(err) {
		e.client.log.Warn("kafka: new partitions could not be looked for, trying again after the interval", "error", err)
		err = nil
	}
	return out, err == nil && e.Interval() > 0, err
}

func (e *enumerator) discover(ctx context.Context) ([]connector.Split, error) {
	fresh, err := retry(ctx, e.client, func(ctx context.Context) ([]topicPartition, error) { return e.partitions(ctx) })
	if err != nil {
		return nil, err
	}
	splits := make([]split, len(fresh))
	if len(fresh) > 0 {
		start, err := retry(ctx, e.client, func(ctx context.Context) (map[topicPartition]int64, error) { return e.start(ctx, fresh) })
		if err != nil {
			return nil, err
		}
		stop, err := retry(ctx, e.client, func(ctx context.Context) (map[topicPartition]int64, error) { return e.stop(ctx, fresh) })
		if err != nil {
			return nil, err
		}
		for i, tp := range fresh {
			splits[i] = split{tp, start[tp], stop[tp]}
		}
	}
	var out []connector.Split
	for i := range splits {
		e.found[splits[i].topicPartition] = true
		out = append(out, splits[i].encode())
	}
	e.first = false
	return out, nil
}

// unknownGrace is how long a topic may be unknown: a broker learns of one that
// was just made a moment after the one that made it.
const unknownGrace = 1500 * time.Millisecond

// retry repeats f while its errors heal by themselves, for half a minute.
func retry[T any](ctx context.Context, c *client, f func(context.Context) (T, error)) (T, error) {
	limited, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	began := time.Now()
	for wait := c.props.backoff; ; wait = min(2*wait, c.props.backoffMax) {
		out, err := f(limited)
		heals := err != nil && (healing(err) || errors.Is(err, kerr.UnknownTopicOrPartition) && time.Since(began) < unknownGrace)
		if !heals || !pause(limited, wait) {
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			return out, err
		}
	}
}

// healing reports the errors of a cluster in motion.
func healing(err error) bool {
	var k *kerr.Error
	return errors.As(err, &k) && k.Retriable && !errors.Is(err, kerr.UnknownTopicOrPartition)
}

// partitions returns those not found before, in order.
func (e *enumerator) partitions(ctx context.Context) ([]topicPartition, error) {
	meta, err := e.client.topics(ctx, e.src.topics) // nil = all
	if err != nil {
		return nil, fmt.Errorf("list topics: %w", err)
	}
	var out []topicPartition
	for topic, m := range meta {
		if e.src.pattern != nil && (m.internal || !e.src.pattern.MatchString(topic)) {
			continue
		}
		if m.err != nil {
			if m.err != kerr.UnknownTopicOrPartition && retriable(m.err) {
				return nil, fmt.Errorf("topic %q: %w", topic, m.err)
			}
			if e.first || e.src.pattern == nil {
				return nil, e.client.unknownTopic(topic, m.err)
			}
			continue
		}
		for p := range m.partitions {
			if tp := (topicPartition{topic, int32(p)}); !e.found[tp] {
				out = append(out, tp)
			}
		}
	}
	if e.first && len(out) == 0 {
		if e.src.pattern != nil && e.Interval() == 0 {
			return nil, runError("kafka-topic", "correct 'topic-pattern'", nil, "kafka: no topic matches %s on %s", e.src.where(), strings.Join(e.client.props.servers, ", "))
		}
	}
	slices.SortFunc(out, func(a, b topicPartition) int {
		if c := strings.Compare(a.topic, b.topic); c != 0 {
			return c
		}
		return int(a.partition - b.partition)
	})
	return out, nil
}

func (e *enumerator) start(ctx context.Context, tps []topicPartition) (map[topicPartition]int64, error) {
	src := e.src
	mode := src.startup
	if !e.first {
		mode = startEarliest
	}
	switch mode {
	case startLatest:
		return e.client.listOffsets(ctx, tps, atEnd)
	case startTimestamp:
		out, err := e.client.listOffsets(ctx, tps, src.startTimestamp)
		if err != nil {
			return nil, err
		}
		return e.fill(ctx, out, tps, atEnd)
	case startOffsets:
		out := map[topicPartition]int64{}
		for _, tp := range tps {
			if o, ok := src.startOffsets[tp.partition]; ok {
				out[tp] = o
			}
		}
		return e.fill(ctx, out, tps, atStart)
	case startGroup:
		out, err := e.client.groupOffsets(ctx, src.props.groupID, tps)
		if err != nil {
			return nil, err
		}
		switch src.props.reset {
		case "earliest":
			return e.fill(ctx, out, tps, atStart)
		case "latest":
			return e.fill(ctx, out, tps, atEnd)
		}
		for _, tp := range tps {
			if _, ok := out[tp]; !ok {
				return nil, runError("kafka-no-offset", "set 'scan.startup.mode' = 'earliest-offset' (the default is group-offsets), or 'properties.auto.offset.reset' = 'earliest'", nil,
					"kafka: group %q has no committed offset for %s to begin at", src.props.groupID, tp)
			}
		}
		return out, nil
	}
	return e.client.listOffsets(ctx, tps, atStart)
}

func (e *enumerator) stop(ctx context.Context, tps []topicPartition) (map[topicPartition]int64, error) {
	src := e.src
	out := map[topicPartition]int64{}
	var err error
	switch src.bounded {
	case boundedLatest:
		return e.client.listOffsets(ctx, tps, atEnd)
	case boundedTimestamp:
		if out, err = e.client.listOffsets(ctx, tps, src.stopTimestamp); err != nil {
			return nil, err
		}
		return e.fill(ctx, out, tps, atEnd)
	case boundedGroup:
		if out, err = e.client.groupOffsets(ctx, src.props.groupID, tps); err != nil {
			return nil, err
		}
		return e.fill(ctx, out, tps, atStart)
	}
	for _, tp := range tps {
		out[tp] = noStop
		if o, ok := src.stopOffsets[tp.partition]; ok && src.bounded == boundedOffsets {
			out[tp] = o
		}
	}
	return out, nil
}

// fill completes offsets that are missing or -1.
func (e *enumerator) fill(ctx context.Context, out map[topicPartition]int64, tps []topicPartition, with int64) (map[topicPartition]int64, error) {
	var missing []topicPartition
	for _, tp := range tps {
		if o, ok := out[tp]; !ok || o < 0 {
			missing = append(missing, tp)
		}
	}
	more, err := e.client.listOffsets(ctx, missing, with)
	for tp, o := range more {
		out[tp] = o
	}
	return out, err
}

// enumeratorState is the enumerator's snapshot, as JSON: it is small and read
// by people who look into a checkpoint.
type enumeratorState struct {
	Version    int                `json:"version"`
	Partitions map[string][]int32 `json:"partitions"`
}

func (e *enumerator) Snapshot() ([]byte, error) {
	if e.first {
		return nil, nil
	}
	s := enumeratorState{Version: 1, Partitions: map[string][]int32{}}
	for tp := range e.found {
		s.Partitions[tp.topic] = append(s.Partitions[tp.topic], tp.partition)
	}
	for _, p := range s.Partitions {
		slices.Sort(p)
	}
	return json.Marshal(s)
}

func (e *enumerator) Restore(state []byte) error {
	if len(state) == 0 {
		return nil
	}
	var s enumeratorState
	if err := json.Unmarshal(state, &s); err != nil || s.Version != 1 {
		return fmt.Errorf("kafka: the state of the enumerator is of another version")
	}
	for topic, ps := range s.Partitions {
		for _, p := range ps {
			e.found[topicPartition{topic, p}] = true
		}
	}
	e.first = false
	return nil
}

func (e *enumerator) Close() error {
	e.client.Close()
	return nil
}
