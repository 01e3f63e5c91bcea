package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/connector/kafka/internal/recordbatch"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Sizes of fetches. More than a megabyte at once wins nothing and leaves the
// processor's caches.
const (
	fetchSizeMax = 1 << 20
	fetchSizeMin = 32 << 10
)

// memoryDefault is the budget of a reader or writer that was given none.
const memoryDefault = 8 << 20

func memoryOf(env connector.Env) int64 {
	if env.MemoryBytes > 0 {
		return env.MemoryBytes
	}
	return memoryDefault
}

// fetcher reads partitions ahead of the task. One session goroutine for each
// broker that leads partitions has one request under way and at most one answer
// that waits for the task; one manager goroutine follows the leaders. Each
// session has an equal share of the memory, so that a broker without news,
// which keeps its request for half a second, holds up nobody else.
//
//	manager ──leaders──▶ session (broker 1) ──chunks──▶ queue ──▶ Next
//	                     session (broker 2) ──chunks──▶   ▲
//
// Everything below mu is guarded by it.
type fetcher struct {
	client *client
	reset  string // what to do when an offset is gone: earliest, latest, none
	ready  chan struct{}
	stale  chan struct{} // leaders have to be asked for
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	budget int64 // bytes of the answers of all sessions, one each

	mu       sync.Mutex
	parts    map[topicPartition]*partition
	sessions map[int32]*session
	queue    []*chunk
	err      error
}

// partition is a split as the fetcher sees it.
type partition struct {
	split
	id        string // of the split
	node      int32  // broker to ask, -1 while unknown
	epoch     int32  // of the leader
	fetchAt   int64  // offset of the next fetch
	need      int64  // size of a batch that was larger than the answer
	paused    bool
	removed   bool
	high      int64 // high watermark last seen, -1 before
	consumed  int64 // offset behind the rows that the task has; for gauges
	committed int64
}

func (p *partition) wanted() bool { return !p.paused && !p.removed && p.fetchAt < p.stop }

// chunk is the records of one partition in one buffer.
type chunk struct {
	part *partition
	from *session // whose share of the memory it takes, nil if it has no bytes
	base []byte
	segs []segment
	next int64 // offset behind the chunk
	size int64
}

// segment is the records of one record batch: base[from:to].
type segment struct {
	recordbatch.Header
	from, to int
}

func newFetcher(c *client, reset string, memory int64) *fetcher {
	f := &fetcher{client: c, reset: reset, ready: make(chan struct{}, 1), stale: make(chan struct{}, 1),
		parts: map[topicPartition]*partition{}, sessions: map[int32]*session{}}
	f.budget = memory / 3 // one answer is being read, one waits, one is walked through
	f.ctx, f.cancel = context.WithCancel(context.Background())
	f.wg.Add(1)
	go f.manage()
	return f
}

func (f *fetcher) close() {
	f.cancel()
	f.wg.Wait()
	f.client.Close()
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// add takes partitions in; the fetching starts when their leaders are known.
func (f *fetcher) add(ps []*partition) {
	f.mu.Lock()
	for _, p := range ps {
		p.node, p.epoch, p.high, p.consumed, p.committed, p.fetchAt = -1, -1, -1, p.offset, -1, p.offset
		f.parts[p.topicPartition] = p
	}
	f.mu.Unlock()
	signal(f.stale)
}

func (f *fetcher) fail(err error) {
	f.mu.Lock()
	if f.err == nil && f.ctx.Err() == nil {
		f.err = err
	}
	f.mu.Unlock()
	signal(f.ready)
}

// take returns the next chunk of a partition that is not paused, and lets go of
// the bytes of the chunk before it.
func (f *fetcher) take(done *chunk) (*chunk, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if done != nil {
		done.release()
	}
	if f.err != nil {
		return nil, f.err
	}
	for i, c := range f.queue {
		if c.part.paused {
			continue
		}
		f.queue = slices.Delete(f.queue, i, i+1)
		return c, nil
	}
	return nil, nil
}

// release gives a chunk's bytes back to its session; the caller holds mu.
func (c *chunk) release() {
	if c.from != nil {
		c.from.waiting -= c.size
		signal(c.from.wake)
	}
}

// wake lets all sessions look again; the caller holds mu.
func (f *fetcher) wake() {
	for _, s := range f.sessions {
		signal(s.wake)
	}
}

// remove ends a partition.
func (f *fetcher) remove(p *partition) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p.removed = true
	delete(f.parts, p.topicPartition)
	f.queue = slices.DeleteFunc(f.queue, func(c *chunk) bool {
		if c.part == p {
			c.release()
		}
		return c.part == p
	})
	f.wake()
}

func (f *fetcher) pause(id string, paused bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.parts {
		if p.id == id {
			p.paused = paused
		}
	}
	f.wake()
	if !paused {
		signal(f.ready)
	}
}

// manage keeps the partitions' leaders known and starts sessions.
func (f *fetcher) manage() {
	defer f.wg.Done()
	p := f.client.props
	age := time.NewTimer(p.metadataMaxAge)
	defer age.Stop()
	backoff, reached, told := p.backoff, false, false
	for {
		select {
		case <-f.ctx.Done():
			return
		case <-f.stale:
		case <-age.C:
		}
		if !reached {
			if err := f.client.reach(f.ctx); err != nil {
				f.fail(err)
				return
			}
			reached = true
		}
		missing, err := f.leaders()
		switch {
		case f.ctx.Err() != nil:
			return
		case err != nil || missing > 0:
			if !told {
				f.client.log.Warn("kafka: partitions have no leader, trying again", "partitions", missing, "error", err)
				told = true
			}
			if !pause(f.ctx, backoff) {
				return
			}
			backoff = min(2*backoff, p.backoffMax)
			signal(f.stale)
		default:
			if told {
				f.client.log.Info("kafka: all partitions have a leader again")
			}
			backoff, told = p.backoff, false
		}
		age.Reset(p.metadataMaxAge)
	}
}

// leaders asks for the leaders of all partitions and reports how many have none.
func (f *fetcher) leaders() (missing int, err error) {
	f.mu.Lock()
	var topics []string
	for tp := range f.parts {
		if !slices.Contains(topics, tp.topic) {
			topics = append(topics, tp.topic)
		}
	}
	f.mu.Unlock()
	if len(topics) == 0 {
		return 0, nil
	}
	ctx, cancel := context.WithTimeout(f.ctx, f.client.props.requestTimeout)
	defer cancel()
	meta, err := f.client.topics(ctx, topics)
	if err != nil {
		return 0, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for tp, p := range f.parts {
		m := meta[tp.topic]
		if m.err != nil && !retriable(m.err) {
			f.err = f.client.unknownTopic(tp.topic, m.err)
			signal(f.ready)
			continue
		}
		if int(tp.partition) >= len(m.partitions) || m.partitions[tp.partition].node < 0 {
			p.node = -1
			missing++
			continue
		}
		l := m.partitions[tp.partition]
		p.node, p.epoch = l.node, l.epoch
		if f.sessions[l.node] == nil {
			s := &session{f: f, node: l.node, wake: make(chan struct{}, 1)}
			f.sessions[l.node] = s
			f.wg.Add(1)
			go s.run()
		}
		signal(f.sessions[l.node].wake)
	}
	return missing, nil
}

// session asks one broker for records, one request at a time.
type session struct {
	f       *fetcher
	node    int32
	wake    chan struct{}
	order   []*partition // who is asked for first next time, kept between requests
	waiting int64        // bytes of its chunks that the task has not walked through, guarded by f.mu
}

// share is how many bytes an answer may have; the caller holds mu.
func (f *fetcher) share() int64 {
	n := min(max(f.budget/int64(max(len(f.sessions), 1)), fetchSizeMin), fetchSizeMax)
	if most := f.client.props.fetchMax; most > 0 {
		n = min(n, most)
	}
	return n
}

func (s *session) run() {
	defer s.f.wg.Done()
	f := s.f
	backoff := f.client.props.backoff
	for f.ctx.Err() == nil {
		parts, at, size := s.plan()
		if len(parts) == 0 {
			select {
			case <-s.wake:
			case <-f.ctx.Done():
			}
			continue
		}
		resp, err := s.request(parts, at, size)
		if err == nil {
			err = kerr.ErrorForCode(resp.ErrorCode)
		}
		if err != nil {
			if f.ctx.Err() != nil {
				return
			}
			f.client.log.Info("kafka: fetch failed, trying again", "broker", s.node, "error", err)
			s.lost(parts)
			if !pause(f.ctx, backoff) {
				return
			}
			backoff = min(2*backoff, f.client.props.backoffMax)
			continue
		}
		backoff = f.client.props.backoff
		if bad := s.answer(parts, at, resp); bad && !pause(f.ctx, backoff) {
			return
		}
	}
}

// lost makes the manager look for the partitions' leaders.
func (s *session) lost(parts []*partition) {
	s.f.mu.Lock()
	for _, p := range parts {
		if p.node == s.node {
			p.node = -1
		}
	}
	s.f.mu.Unlock()
	signal(s.f.stale)
}

// plan returns the partitions to ask for, from which offsets, and how many
// bytes the answer may have; none while the task has enough to do.
func (s *session) plan() (parts []*partition, at []int64, size int64) {
	f := s.f
	f.mu.Lock()
	defer f.mu.Unlock()
	busy := s.waiting
	for _, c := range f.queue { // paused partitions must not stop the others
		if c.part.paused && c.from == s {
			busy -= c.size
		}
	}
	if size = f.share(); busy > size {
		return nil, nil, 0
	}
	s.order = slices.DeleteFunc(s.order, func(p *partition) bool { return p.node != s.node || p.removed })
	for _, p := range f.parts {
		if p.node == s.node && !slices.Contains(s.order, p) {
			s.order = append(s.order, p)
		}
	}
	// A batch larger than an answer comes whole if its partition is asked for first.
	slices.SortStableFunc(s.order, func(a, b *partition) int {
		switch {
		case a.need > 0 && b.need == 0:
			return -1
		case b.need > 0 && a.need == 0:
			return 1
		}
		return 0
	})
	for _, p := range s.order {
		if p.wanted() {
			if len(parts) == 0 {
				size = max(size, p.need)
			}
			parts = append(parts, p)
			at = append(at, p.fetchAt)
		}
	}
	return parts, at, size
}

func (s *session) request(parts []*partition, at []int64, size int64) (*kmsg.FetchResponse, error) {
	f := s.f
	props := f.client.props
	req := kmsg.NewPtrFetchRequest()
	req.ReplicaID, req.MaxWaitMillis, req.MinBytes, req.MaxBytes = -1, int32(props.fetchWait.Milliseconds()), props.fetchMin, int32(min(size, 1<<30))
	req.SessionEpoch, req.Rack = -1, props.rack
	if props.committed {
		req.IsolationLevel = 1
	}
	partMax := size
	if props.partitionMax > 0 {
		partMax = min(partMax, props.partitionMax)
	}
	byTopic := map[string]int{}
	for i, p := range parts {
		k, ok := byTopic[p.topic]
		// The order of partitions matters, so a topic may stand twice.
		if !ok || k != len(req.Topics)-1 {
			k = len(req.Topics)
			byTopic[p.topic] = k
			t := kmsg.NewFetchRequestTopic()
			t.Topic = p.topic
			req.Topics = append(req.Topics, t)
		}
		rp := kmsg.NewFetchRequestTopicPartition()
		rp.Partition, rp.FetchOffset, rp.CurrentLeaderEpoch = p.partition, at[i], p.epoch
		rp.PartitionMaxBytes = int32(min(max(partMax, p.need), 1<<30))
		req.Topics[k].Partitions = append(req.Topics[k].Partitions, rp)
	}
	ctx, cancel := context.WithTimeout(f.ctx, props.requestTimeout+props.fetchWait)
	defer cancel()
	return req.RequestWith(ctx, f.client.Broker(int(s.node)))
}

// answer puts what came into the queue; bad asks for a pause.
func (s *session) answer(parts []*partition, at []int64, resp *kmsg.FetchResponse) (bad bool) {
	f := s.f
	asked := make(map[topicPartition]int, len(parts))
	for i, p := range parts {
		asked[p.topicPartition] = i
	}
	var moved, served []*partition
	for ti := range resp.Topics {
		t := &resp.Topics[ti]
		for pi := range t.Partitions {
			rp := &t.Partitions[pi]
			i, ok := asked[topicPartition{t.Topic, rp.Partition}]
			if !ok {
				continue
			}
			p := parts[i]
			switch err := kerr.ErrorForCode(rp.ErrorCode); {
			case err == nil:
			case errors.Is(err, kerr.OffsetOutOfRange):
				if err := f.outOfRange(p, at[i], rp.LogStartOffset); err != nil {
					f.fail(err)
					return true
				}
				bad = true
				continue
			case retriable(err):
				moved, bad = append(moved, p), true
				continue
			default:
				f.fail(runError("kafka-fetch", "", err, "kafka: fetch %s[partition %d, offset %d]: %v", p.topic, p.partition, at[i], err))
				return true
			}
			f.mu.Lock()
			p.high = rp.HighWatermark
			if rp.PreferredReadReplica >= 0 && rp.PreferredReadReplica != s.node && len(rp.RecordBatches) == 0 {
				p.node = rp.PreferredReadReplica
				f.follow(p.node)
			}
			f.mu.Unlock()
			if len(rp.RecordBatches) == 0 {
				continue
			}
			served = append(served, p)
			if err := s.unpack(p, at[i], rp); err != nil {
				f.fail(runError("kafka-damaged", "", err, "kafka: fetch %s[partition %d, offset %d]: %v", p.topic, p.partition, at[i], err))
				return true
			}
		}
	}
	if len(moved) > 0 {
		s.lost(moved)
	}
	// Who was served goes to the end of the line.
	for _, p := range served {
		if i := slices.Index(s.order, p); i >= 0 {
			s.order = append(slices.Delete(s.order, i, i+1), p)
		}
	}
	return bad
}

// follow starts a session with a replica; the caller holds mu.
func (f *fetcher) follow(node int32) {
	if s := f.sessions[node]; s != nil {
		signal(s.wake)
		return
	}
	s := &session{f: f, node: node, wake: make(chan struct{}, 1)}
	f.sessions[node] = s
	f.wg.Add(1)
	go s.run()
}

// outOfRange moves to where the reset policy says.
func (f *fetcher) outOfRange(p *partition, at, logStart int64) error {
	ctx, cancel := context.WithTimeout(f.ctx, f.client.props.requestTimeout)
	defer cancel()
	where := atStart
	if f.reset == "latest" {
		where = atEnd
	}
	if f.reset == "none" {
		return runError("kafka-offset-gone", "set 'properties.auto.offset.reset' = 'earliest' to go on with what is there", nil,
			"kafka: offset %d of %s[partition %d] is not in the topic any more, it begins at %d", at, p.topic, p.partition, logStart)
	}
	o, err := f.client.listOffsets(ctx, []topicPartition{p.topicPartition}, where)
	if err != nil {
		return nil // asked again by the next fetch
	}
	to := o[p.topicPartition]
	f.client.log.Warn("kafka: offset is out of the topic's range; records may be lost", "partition", p.String(), "offset", at, "continued", to)
	f.put(p, &chunk{part: p, next: to})
	return nil
}

// unpackTarget is how many bytes of compressed batches are unpacked into one
// buffer: small batches would make small vectors.
const unpackTarget = 256 << 10

// unpack checks and unpacks the batches and queues them as chunks.
func (s *session) unpack(p *partition, from int64, rp *kmsg.FetchResponseTopicPartition) error {
	f := s.f
	b := rp.RecordBatches
	var aborted *abortedSet
	if f.client.props.committed && len(rp.AbortedTransactions) > 0 {
		aborted = newAbortedSet(rp.AbortedTransactions)
	}
	cur := &chunk{part: p, from: s, base: b, next: from}
	packed := false // cur's base is of unpacked records
	flush := func() {
		if cur.next > from {
			if cur.size = int64(len(b)); packed {
				cur.size = int64(cap(cur.base))
			}
			f.put(p, cur)
			from = cur.next
		}
	}
	for at := 0; at < len(b); {
		h, batch, err := recordbatch.Next(b[at:])
		if errors.Is(err, recordbatch.ErrCutOff) {
			if at == 0 {
				f.mu.Lock()
				p.need = max(recordbatch.Size(b), 2*int64(len(b)))
				f.mu.Unlock()
			}
			break
		}
		if err != nil {
			return err
		}
		if f.client.props.checkCRC {
			if err := recordbatch.CheckSum(batch); err != nil {
				return err
			}
		}
		start := at
		at += len(batch)
		if h.LastOffset() < cur.next {
			continue
		}
		cur.next = h.LastOffset() + 1
		if h.Control() {
			if kind, err := recordbatch.Control(batch); err == nil && kind == recordbatch.Abort {
				aborted.end(h.ProducerID)
			}
			continue
		}
		if aborted.holds(&h) || h.NumRecords == 0 {
			continue
		}
		seg := segment{Header: h, from: start + recordbatch.HeadSize, to: at}
		if (h.Codec() != recordbatch.Uncompressed) != packed || packed && len(cur.base) > unpackTarget {
			next := cur.next
			cur.next = h.BaseOffset
			flush()
			packed = h.Codec() != recordbatch.Uncompressed
			cur = &chunk{part: p, from: s, base: b, next: next}
			if packed {
				cur.base = make([]byte, 0, unpackTarget+unpackTarget/4)
			}
		}
		if packed {
			seg.from = len(cur.base)
			if cur.base, err = recordbatch.AppendRecords(cur.base, &h, batch); err != nil {
				return err
			}
			seg.to = len(cur.base)
			if int64(seg.to) > 1<<32-1 {
				return fmt.Errorf("record batches at offset %d unpack to more than 4 GB", h.BaseOffset)
			}
		}
		cur.segs = append(cur.segs, seg)
	}
	flush()
	return nil
}

// put queues a chunk; the next fetch goes on behind it.
func (f *fetcher) put(p *partition, c *chunk) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p.removed {
		return
	}
	p.fetchAt, p.need = c.next, 0
	if c.from != nil {
		c.from.waiting += c.size
	}
	f.queue = append(f.queue, c)
	signal(f.ready)
}

// abortedSet tells the batches of aborted transactions, given the broker's list
// of (producer, first offset) and the markers met on the way.
type abortedSet struct {
	list []kmsg.FetchResponseTopicPartitionAbortedTransaction // by first offset
	now  map[int64]bool
}

func newAbortedSet(list []kmsg.FetchResponseTopicPartitionAbortedTransaction) *abortedSet {
	slices.SortFunc(list, func(a, b kmsg.FetchResponseTopicPartitionAbortedTransaction) int {
		return int(min(max(a.FirstOffset-b.FirstOffset, -1), 1))
	})
	return &abortedSet{list, map[int64]bool{}}
}

func (a *abortedSet) holds(h *recordbatch.Header) bool {
	if a == nil {
		return false
	}
	for len(a.list) > 0 && a.list[0].FirstOffset <= h.LastOffset() {
		a.now[a.list[0].ProducerID] = true
		a.list = a.list[1:]
	}
	return h.Transactional() && a.now[h.ProducerID]
}

func (a *abortedSet) end(producer int64) {
	if a != nil {
		delete(a.now, producer)
	}
}
