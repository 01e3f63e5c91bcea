package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/flott/flott/connector/kafka/internal/recordbatch"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Sizes of produced batches when the options name none.
const (
	batchSizeMax = 256 << 10
	batchSizeMin = 16 << 10
)

// producer collects records into batches and sends them. The task appends; one
// sender goroutine for each broker sends, several requests at a time.
//
//	append ─▶ open ──full, lingered, flushed──▶ ready ──▶ flight ──acknowledged──▶ free
//	                                              ▲          │
//	                                              └──failed──┘  in order, once nothing of
//	                                                            the partition is in flight
//
// Invariants:
//
//	P1  Batches of a partition are sent in the order of their sequence numbers,
//	    and after a failure only when the fate of all sent ones is known. With
//	    idempotence a broker therefore never sees a gap it must refuse for ever.
//	P2  A batch keeps its sequence number until it is acknowledged, so that one
//	    sent twice is written once; only a new producer id renumbers. The first
//	    batch of a producer id goes alone: should it get lost, a broker that does
//	    not know the id would take the next one in its place and then refuse it.
//	P3  The bytes of batches not acknowledged are at most limit, or one batch.
//	P4  A partition gets nothing of a transaction while something of the one
//	    before is unacknowledged: their producer ids differ, so no sequence number
//	    would keep the order when the earlier one has to be sent again.
//
// Everything below mu is guarded by it.
type producer struct {
	client *client
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
	stale  chan struct{} // leaders have to be asked for
	space  chan struct{} // bytes became free, or an error came

	limit int64

	mu        sync.Mutex
	batchSize int
	topics    map[string]*outTopic
	parts     []*outPartition
	senders   map[int32]*sender
	used      int64                // bytes of batches not acknowledged
	pending   int                  // batches not acknowledged, open ones included
	sealed    int                  // those of them that are not open
	inFlight  int                  // batches whose fate is unknown
	flushing  bool                 // open batches do not linger
	renew     bool                 // the producer id is no good any more (idempotent only)
	renewing  bool                 // a sender asks for another
	id        recordbatch.Producer // without transactions
	period    *period              // what is being written
	closed    []*period            // those before it that are not acknowledged, by age
	free      [][]byte
	freeBytes int64
	err       error
	failed    chan struct{} // closed when err is set
}

// period is what is written between two checkpoints. The next one is written
// while this one's batches are still under way.
type period struct {
	txn         *transaction  // nil without transactions; an unused one goes on into the next period
	used        bool          // it has batches
	outstanding int           // batches not acknowledged
	done        chan struct{} // closed when this and all earlier periods are acknowledged
}

func newPeriod(txn *transaction) *period { return &period{txn: txn, done: make(chan struct{})} }

// outTopic is a topic being written.
type outTopic struct {
	name   string
	parts  []*outPartition
	sticky int // partition of records without a key
}

// outPartition is a partition being written.
type outPartition struct {
	topicPartition
	node     int32
	open     *outBatch
	ready    []*outBatch
	flight   []*outBatch
	txn      *transaction // that the sequence numbers belong to
	joining  *transaction // the newest one that the partition was to be added to ahead
	sequence int32
	known    bool      // the broker has taken a batch of this producer id
	stalled  bool      // a batch failed: nothing is sent until flight is empty
	retryAt  time.Time // not before
	tries    int
}

// outBatch is a batch on its way.
type outBatch struct {
	recordbatch.Builder
	part     *outPartition
	period   *period
	sequence int32
	numbered bool // has a sequence number
	packed   bool // has been compressed
	failed   bool
	tooLarge bool  // the broker said so
	node     int32 // it was sent to
	created  time.Time
	charged  int64
}

func newProducer(c *client, memory int64) *producer {
	props := c.props
	p := &producer{client: c, stale: make(chan struct{}, 1), space: make(chan struct{}, 1), topics: map[string]*outTopic{}, senders: map[int32]*sender{}, id: recordbatch.None,
		period: newPeriod(nil), failed: make(chan struct{})}
	p.limit = max(memory, 4*batchSizeMin)
	if props.bufferMemory > 0 {
		p.limit = min(p.limit, props.bufferMemory)
	}
	// A third is for the requests, which are copied once more to be sent. Four
	// batches keep the broker busy, and larger ones win more than further ones.
	p.limit = p.limit / 3 * 2
	p.batchSize = int(min(max(p.limit/4, batchSizeMin), batchSizeMax))
	if props.batchSize > 0 {
		p.batchSize = int(min(max(props.batchSize, 1), max(p.limit/2, batchSizeMin)))
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p
}

// start begins the sending; the topics must be known.
func (p *producer) start() {
	p.wg.Add(1)
	go p.manage()
}

func (p *producer) close() {
	p.cancel()
	p.wg.Wait()
	p.client.Close()
}

func (p *producer) fail(err error) {
	p.mu.Lock()
	p.failLocked(err)
	p.mu.Unlock()
}

func (p *producer) failLocked(err error) {
	if p.err == nil && p.ctx.Err() == nil {
		p.err = err
		close(p.failed)
	}
	signal(p.space)
}

// addTopic makes a topic known with its leaders; the caller holds mu.
func (p *producer) addTopic(name string, m topicMeta) *outTopic {
	t := p.topics[name]
	if t == nil {
		t = &outTopic{name: name}
		p.topics[name] = t
	}
	for i, l := range m.partitions {
		if i == len(t.parts) {
			op := &outPartition{topicPartition: topicPartition{name, int32(i)}, node: -1}
			t.parts = append(t.parts, op)
			p.parts = append(p.parts, op)
		}
		t.parts[i].node = l.node
		if l.node >= 0 && p.senders[l.node] == nil {
			s := &sender{p: p, node: l.node, wake: make(chan struct{}, 1)}
			p.senders[l.node] = s
			p.wg.Add(1)
			go s.run()
		}
	}
	return t
}

// manage keeps the leaders known.
func (p *producer) manage() {
	defer p.wg.Done()
	props := p.client.props
	backoff := props.backoff
	for {
		age := time.NewTimer(props.metadataMaxAge)
		select {
		case <-p.ctx.Done():
			age.Stop()
			return
		case <-p.stale:
		case <-age.C:
		}
		age.Stop()
		p.mu.Lock()
		names := make([]string, 0, len(p.topics))
		for n := range p.topics {
			names = append(names, n)
		}
		p.mu.Unlock()
		ctx, cancel := context.WithTimeout(p.ctx, props.requestTimeout)
		meta, err := p.client.topics(ctx, names)
		cancel()
		missing := err != nil
		p.mu.Lock()
		for _, n := range names {
			m, ok := meta[n]
			if !ok || m.err != nil {
				missing = true
				continue
			}
			for _, l := range m.partitions {
				missing = missing || l.node < 0
			}
			p.addTopic(n, m)
		}
		p.wake()
		p.mu.Unlock()
		if missing {
			if !pause(p.ctx, backoff) {
				return
			}
			backoff = min(2*backoff, props.backoffMax)
			signal(p.stale)
			continue
		}
		backoff = props.backoff
	}
}

// wake lets all senders look again; the caller holds mu.
func (p *producer) wake() {
	for _, s := range p.senders {
		signal(s.wake)
	}
}

// append adds a record; the caller holds mu and calls room before.
func (p *producer) append(op *outPartition, timestamp int64, key, value []byte, headers []recordbatch.KeyValue) (closed bool) {
	b := op.open
	size := recordbatch.RecordSize(key, value, headers)
	if b != nil && b.Size()+size > p.batchSize {
		p.seal(op)
		b, closed = nil, true
	}
	if b == nil {
		b = &outBatch{part: op, period: p.period, created: time.Now()}
		var buf []byte
		if n := len(p.free); n > 0 {
			buf, p.free = p.free[n-1], p.free[:n-1]
			p.freeBytes -= int64(cap(buf))
		} else {
			buf = make([]byte, 0, min(p.batchSize, batchSizeMin)) // it grows: most partitions of many have little
		}
		b.Reset(buf)
		op.open = b
		p.pending++
		b.period.outstanding++
		b.period.used = true
		if s := p.senders[op.node]; s != nil {
			signal(s.wake) // a sender that has nothing to linger for sleeps
		}
	}
	b.Grow(size, p.batchSize)
	b.Append(timestamp, key, value, headers)
	if c := int64(b.Memory()); c != b.charged {
		p.used += c - b.charged
		b.charged = c
	}
	return closed
}

// room waits until there is memory for a record; the caller holds mu, which is
// released while waiting.
func (p *producer) room(ctx context.Context) error {
	for p.err == nil && p.used >= p.limit && p.pending > 0 {
		if p.flushing = p.sealed == 0; p.flushing { // else there is something on its way already
			p.wake()
		}
		if err := p.wait(ctx); err != nil {
			return err
		}
	}
	p.flushing = false
	return p.err
}

// wait waits for space with mu released.
func (p *producer) wait(ctx context.Context) error {
	p.mu.Unlock()
	defer p.mu.Lock()
	select {
	case <-p.space:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-p.ctx.Done():
		return context.Canceled
	}
}

// cut ends the period and sends its open batches; what is appended from now on
// belongs to the next one. The caller holds mu.
func (p *producer) cut() *period {
	for _, op := range p.parts {
		p.seal(op)
	}
	last := p.period
	p.closed, p.period = append(p.closed, last), newPeriod(nil)
	if !last.used {
		last.txn, p.period.txn = nil, last.txn
	}
	p.settled()
	return last
}

// settled tells of the closed periods that are acknowledged; the caller holds mu.
func (p *producer) settled() {
	for len(p.closed) > 0 && p.closed[0].outstanding == 0 {
		close(p.closed[0].done)
		p.closed = p.closed[1:]
	}
}

// await waits until a period and all before it are acknowledged; the caller
// does not hold mu.
func (p *producer) await(ctx context.Context, last *period) error {
	select {
	case <-last.done:
		return nil
	case <-p.failed:
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.err
	case <-ctx.Done():
		return ctx.Err()
	case <-p.ctx.Done():
		return context.Canceled
	}
}

// seal ends the open batch; the caller holds mu.
func (p *producer) seal(op *outPartition) {
	if op.open == nil {
		return
	}
	op.ready = append(op.ready, op.open)
	op.open = nil
	p.sealed++
	if s := p.senders[op.node]; s != nil {
		signal(s.wake)
	}
}

// done lets go of an acknowledged batch; the caller holds mu.
func (p *producer) done(b *outBatch) {
	p.used -= b.charged
	p.pending--
	p.sealed--
	b.period.outstanding--
	p.settled()
	if buf := b.Buffer(); cap(buf) <= p.batchSize && p.used+p.freeBytes+int64(cap(buf)) <= p.limit {
		p.free = append(p.free, buf)
		p.freeBytes += int64(cap(buf))
	}
	signal(p.space)
}

// sender sends to one broker.
type sender struct {
	p        *producer
	node     int32
	wake     chan struct{}
	requests int  // in flight, guarded by p.mu
	joining  bool // partitions are being added to a transaction, guarded by p.mu
	next     int  // partition to begin with
}

func (s *sender) run() {
	defer s.p.wg.Done()
	p := s.p
	linger := time.NewTimer(time.Hour)
	defer linger.Stop()
	for p.ctx.Err() == nil {
		p.mu.Lock()
		if p.renew && !p.renewing && p.inFlight == 0 && p.err == nil {
			p.renewID() // unlocks while it asks
		}
		s.joinAhead()
		batches, wait := s.collect(time.Now())
		id := p.id
		p.mu.Unlock()
		if len(batches) == 0 {
			var timer <-chan time.Time
			if wait > 0 {
				linger.Reset(wait)
				timer = linger.C
			}
			select {
			case <-s.wake:
			case <-timer:
			case <-p.ctx.Done():
			}
			linger.Stop()
			continue
		}
		s.send(batches, id)
	}
}

// joinAhead adds partitions to the transaction beside the sending as soon as they
// have a batch of it: the requests of the one before are still under way then,
// and the batch need not wait for one more answer. The caller holds mu.
func (s *sender) joinAhead() {
	p := s.p
	txn := p.period.txn
	if txn == nil || s.joining || p.err != nil {
		return
	}
	var fresh []*outBatch
	for _, op := range p.parts {
		b := op.open
		if b == nil && len(op.ready) > 0 {
			b = op.ready[len(op.ready)-1]
		}
		if b != nil && op.node == s.node && b.period.txn == txn && op.joining != txn {
			op.joining = txn
			fresh = append(fresh, b)
		}
	}
	if fresh == nil {
		return
	}
	s.joining = true
	p.wg.Go(func() {
		txn.join(p.ctx, p.client, fresh) // an error shows again when they are sent
		p.mu.Lock()
		s.joining = false
		p.mu.Unlock()
		signal(s.wake) // more may have come
	})
}

// collect takes the batches of the next request: at most one of a partition and
// all of one transaction, as the protocol wants it. Without any it says how long
// to sleep, 0 = until woken. The caller holds mu.
func (s *sender) collect(now time.Time) (out []*outBatch, wait time.Duration) {
	p := s.p
	props := p.client.props
	if s.requests >= props.inFlight || p.err != nil || p.renew {
		return nil, 0
	}
	limit := max(int64(p.batchSize), min(p.limit/4, 1<<20))
	if props.maxRequest > 0 {
		limit = min(limit, props.maxRequest)
	}
	size, first, turn := int64(0), s.next, false
	sooner := func(d time.Duration) {
		if wait == 0 || d < wait {
			wait = max(d, time.Microsecond)
		}
	}
	for i := range p.parts {
		op := p.parts[(first+i)%len(p.parts)]
		if op.node != s.node || op.stalled || len(op.flight) > 0 && op.flight[0].node != s.node {
			continue
		}
		if now.Before(op.retryAt) {
			sooner(op.retryAt.Sub(now))
			continue
		}
		b := op.open
		if len(op.ready) > 0 {
			b = op.ready[0]
		}
		if b == nil {
			continue
		}
		txn := b.period.txn
		// A first or retried batch goes alone until it is through (P1, P2), and one
		// of another transaction waits (P4).
		if len(op.flight) > 0 && (op.tries > 0 || !op.known || op.txn != txn) {
			continue
		}
		if b == op.open {
			if lingered := b.created.Add(props.linger); !p.flushing && now.Before(lingered) {
				sooner(lingered.Sub(now))
				continue
			}
			p.seal(op)
		}
		other := len(out) > 0 && out[0].period.txn != txn
		full := size > 0 && size+int64(b.Size()) > limit
		if (other || full) && !turn { // it has the next turn
			s.next, turn = (first+i)%len(p.parts), true
		}
		if full {
			break
		}
		if other {
			continue
		}
		op.ready = op.ready[1:]
		if op.txn != txn {
			op.txn, op.sequence, op.known = txn, 0, false
		}
		if !b.numbered {
			b.sequence, b.numbered = op.sequence, true
			op.sequence = addSequence(op.sequence, b.Len())
		}
		b.failed, b.node = false, s.node
		op.flight = append(op.flight, b)
		p.inFlight++
		size += int64(b.Size())
		out = append(out, b)
	}
	if len(out) > 0 {
		s.requests++
	}
	return out, wait
}

// addSequence counts records; sequence numbers begin again at 0 after 2^31-1.
func addSequence(s int32, n int) int32 { return int32((int64(s) + int64(n)) % (1 << 31)) }

// produceRequest tells when it is being written, so that the next request can
// be handed to the connection behind it.
type produceRequest struct {
	*kmsg.ProduceRequest
	written func()
}

// AppendTo is called by the connection's writer, in the order of writing.
func (r *produceRequest) AppendTo(dst []byte) []byte {
	r.written()
	return r.ProduceRequest.AppendTo(dst)
}

// send sends one request and returns when it has been handed to the connection.
func (s *sender) send(batches []*outBatch, id recordbatch.Producer) {
	p := s.p
	props := p.client.props
	txn := batches[0].period.txn
	if txn != nil {
		id = txn.producer()
		if err := txn.join(p.ctx, p.client, batches); err != nil {
			if retriable(err) && p.ctx.Err() == nil {
				s.settle(batches, func(*outBatch) error { return err })
				return
			}
			p.fail(err)
			s.settle(batches, func(*outBatch) error { return err })
			return
		}
	}
	req := kmsg.NewPtrProduceRequest()
	req.Acks, req.TimeoutMillis = props.acks, int32(props.requestTimeout.Milliseconds())
	if txn != nil {
		req.TransactionID = &txn.ID
	}
	byTopic := map[string]int{}
	for _, b := range batches {
		if !b.packed {
			b.packed = true
			if err := b.Compress(props.codec, props.level); err != nil {
				p.fail(fmt.Errorf("kafka: compress a batch: %w", err))
			}
		}
		i, ok := byTopic[b.part.topic]
		if !ok {
			i = len(req.Topics)
			byTopic[b.part.topic] = i
			t := kmsg.NewProduceRequestTopic()
			t.Topic = b.part.topic
			req.Topics = append(req.Topics, t)
		}
		rp := kmsg.NewProduceRequestTopicPartition()
		rp.Partition, rp.Records = b.part.partition, b.Seal(id, b.sequence)
		req.Topics[i].Partitions = append(req.Topics[i].Partitions, rp)
	}
	written := make(chan struct{})
	var once sync.Once
	mark := func() { once.Do(func() { close(written) }) }
	p.wg.Add(1)
	go func() {
		defer p.wg.Done()
		ctx, cancel := context.WithTimeout(p.ctx, 2*props.requestTimeout)
		defer cancel()
		kresp, err := p.client.Broker(int(s.node)).Request(ctx, &produceRequest{req, mark})
		mark()
		resp, _ := kresp.(*kmsg.ProduceResponse)
		answers := map[topicPartition]*kmsg.ProduceResponseTopicPartition{}
		if err == nil && resp != nil {
			for ti := range resp.Topics {
				t := &resp.Topics[ti]
				for pi := range t.Partitions {
					answers[topicPartition{t.Topic, t.Partitions[pi].Partition}] = &t.Partitions[pi]
				}
			}
		}
		s.settle(batches, func(b *outBatch) error {
			if err != nil {
				return err
			}
			a := answers[b.part.topicPartition]
			if a == nil {
				return kerr.NetworkException
			}
			err := kerr.ErrorForCode(a.ErrorCode)
			if err != nil && a.ErrorMessage != nil {
				return fmt.Errorf("%w: %s", err, *a.ErrorMessage)
			}
			return err
		})
	}()
	<-written
}

// settle takes the fates of a request's batches.
func (s *sender) settle(batches []*outBatch, fate func(*outBatch) error) {
	p := s.p
	p.mu.Lock()
	defer p.mu.Unlock()
	s.requests--
	for _, b := range batches {
		p.inFlight--
		err := fate(b)
		if err == nil || errors.Is(err, kerr.DuplicateSequenceNumber) {
			op := b.part
			op.flight = slices.DeleteFunc(op.flight, func(x *outBatch) bool { return x == b })
			op.tries, op.known = 0, true
			p.done(b)
		} else {
			s.failed(b, err)
		}
		s.resume(b.part)
	}
	p.wake()
	signal(p.space)
}

// failed decides what becomes of a batch that was refused or whose fate is
// unknown; the caller holds mu.
func (s *sender) failed(b *outBatch, err error) {
	p, op := s.p, b.part
	b.failed, op.stalled = true, true
	if p.ctx.Err() != nil || p.err != nil {
		return
	}
	txn := b.period.txn
	switch {
	case errors.Is(err, kerr.OutOfOrderSequenceNumber) && op.flight[0] != b:
		// What came before it failed, too: that one tells.
	case errors.Is(err, kerr.OutOfOrderSequenceNumber), fencing(err):
		if txn != nil || !p.client.props.idempotent {
			p.failLocked(txn.fenced(err))
			return
		}
		p.client.log.Warn("kafka: the broker has forgotten this producer, going on with a new producer id; records may be written twice", "partition", op.String(), "error", err)
		p.renew = true
	case errors.Is(err, kerr.MessageTooLarge), errors.Is(err, kerr.RecordListTooLarge):
		if b.Len() < 2 {
			p.failLocked(runError("kafka-record-too-large", "raise max.message.bytes of the topic (message.max.bytes of the broker)", err,
				"kafka: a record of %d bytes is larger than topic %q takes", b.Size()-recordbatch.HeadSize, op.topic))
			return
		}
		b.tooLarge = true
		p.batchSize = max(b.Size()/2, 1024)
	case retriable(err):
		if time.Since(b.created) > p.client.props.deliveryTimeout {
			p.failLocked(runError("kafka-delivery", "", err, "kafka: records for %s[partition %d] were not acknowledged within %v: %v", op.topic, op.partition, p.client.props.deliveryTimeout, err))
			return
		}
		if op.tries == 0 {
			p.client.log.Info("kafka: produce failed, trying again", "partition", op.String(), "broker", s.node, "error", err)
		}
		op.node = -1
		signal(p.stale)
	default:
		p.failLocked(runError("kafka-produce", "", err, "kafka: records for %s[partition %d] were refused: %v", op.topic, op.partition, err))
		return
	}
	if op.flight[0] == b {
		op.tries++
	}
}

// resume puts failed batches back in order once nothing is under way; the
// caller holds mu.
func (s *sender) resume(op *outPartition) {
	p := s.p
	if !op.stalled || slices.ContainsFunc(op.flight, func(b *outBatch) bool { return !b.failed }) {
		return
	}
	var back []*outBatch
	for _, b := range op.flight {
		if b.tooLarge {
			if second := p.split(b); second != nil {
				back = append(back, b, second)
				continue
			}
		}
		back = append(back, b)
	}
	op.ready = append(back, op.ready...)
	op.flight, op.stalled = nil, false
	wait := p.client.props.backoff << min(max(op.tries-1, 0), 10)
	op.retryAt = time.Now().Add(min(wait, p.client.props.backoffMax))
}

// split halves a batch that is too large; sequence numbers count records, so
// the halves together take exactly the numbers of the whole.
func (p *producer) split(b *outBatch) *outBatch {
	half, err := b.Split()
	if err != nil {
		p.failLocked(fmt.Errorf("kafka: split a batch: %w", err))
		return nil
	}
	second := &outBatch{Builder: *half, part: b.part, period: b.period, numbered: true, created: b.created}
	second.sequence = addSequence(b.sequence, b.Len())
	second.charged = int64(second.Memory())
	b.packed, b.tooLarge = false, false
	p.used += second.charged
	p.pending++
	p.sealed++
	b.period.outstanding++
	return second
}

// renewID gets a new producer id and numbers everything anew. The caller holds
// mu, and nothing is in flight.
func (p *producer) renewID() {
	p.renewing = true
	p.mu.Unlock()
	id, err := initProducer(p.ctx, p.client, "")
	p.mu.Lock()
	p.renewing = false
	if err != nil {
		p.failLocked(err)
		return
	}
	p.id, p.renew = id, false
	for _, op := range p.parts {
		op.sequence, op.known = 0, false
		for _, b := range op.ready {
			b.numbered = false
		}
	}
	p.wake()
}
