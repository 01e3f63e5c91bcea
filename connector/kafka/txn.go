package kafka

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/connector/kafka/internal/recordbatch"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// committable names one transaction. We speak the first transaction protocol,
// also to brokers that know the second: in it nothing but InitProducerID
// changes the epoch, and we call that before each transaction. So (producer id,
// epoch) is one transaction for ever, and EndTxn answers
//
//	no error             it is committed, now or before
//	a fenced producer    the epoch has moved on: the transaction was aborted, by
//	                     its time-out or by somebody with the same id
//
// The second cannot be a transaction of ours that was committed before, since
// an id rests until a later checkpoint is complete (see pool).
type committable struct {
	Version    int    `json:"version"`
	ID         string `json:"transactionalId"`
	ProducerID int64  `json:"producerId"`
	Epoch      int16  `json:"epoch"`
	// Protocol is the transaction version of the cluster's feature of that name
	// that the transaction was written with.
	Protocol   int    `json:"transactionVersion"`
	Checkpoint int64  `json:"checkpoint"`
	Records    int64  `json:"records"`
	Table      string `json:"table"`
}

const committableVersion = 1

func (c *committable) encode() connector.Committable {
	b, err := json.Marshal(c)
	if err != nil {
		panic(err) // no field can fail
	}
	return b
}

func decodeCommittable(b []byte) (committable, error) {
	var c committable
	if err := json.Unmarshal(b, &c); err != nil || c.Version != committableVersion || c.ID == "" {
		return c, errors.New("kafka: a committable is of another version")
	}
	return c, nil
}

// transaction is a transaction that a writer writes.
type transaction struct {
	committable
	mu     sync.Mutex
	joined map[topicPartition]bool
}

func (t *transaction) producer() recordbatch.Producer {
	return recordbatch.Producer{ID: t.ProducerID, Epoch: t.Epoch, Transactional: true}
}

// join adds the batches' partitions to the transaction, as the protocol wants
// before the first record.
func (t *transaction) join(ctx context.Context, c *client, batches []*outBatch) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	req := kmsg.NewPtrAddPartitionsToTxnRequest()
	req.TransactionalID, req.ProducerID, req.ProducerEpoch = t.ID, t.ProducerID, t.Epoch
	byTopic := map[string]int{}
	var fresh []topicPartition
	for _, b := range batches {
		tp := b.part.topicPartition
		if t.joined[tp] {
			continue
		}
		fresh = append(fresh, tp)
		i, ok := byTopic[tp.topic]
		if !ok {
			i = len(req.Topics)
			byTopic[tp.topic] = i
			rt := kmsg.NewAddPartitionsToTxnRequestTopic()
			rt.Topic = tp.topic
			req.Topics = append(req.Topics, rt)
		}
		req.Topics[i].Partitions = append(req.Topics[i].Partitions, tp.partition)
	}
	if len(fresh) == 0 {
		return nil
	}
	err := insist(ctx, c, func(ctx context.Context) error {
		resp, err := req.RequestWith(ctx, c.Client)
		if err != nil {
			return err
		}
		for _, rt := range resp.Topics {
			for _, p := range rt.Partitions {
				if err := kerr.ErrorForCode(p.ErrorCode); err != nil && !errors.Is(err, kerr.OperationNotAttempted) {
					return err
				}
			}
		}
		return kerr.ErrorForCode(resp.ErrorCode)
	})
	if err != nil {
		if fencing(err) {
			return t.fenced(err)
		}
		return fmt.Errorf("add partitions to transaction %q: %w", t.ID, err)
	}
	for _, tp := range fresh {
		t.joined[tp] = true
	}
	return nil
}

// fenced is the error of a writer whose transaction is not its own any more.
func (t *transaction) fenced(err error) error {
	if t == nil {
		return runError("kafka-fenced", "", err, "kafka: the broker refuses this producer: %v", err)
	}
	return runError("kafka-fenced", "no two running jobs may have the same 'sink.transactional-id-prefix'; a transaction must be committed within 'properties.transaction.timeout.ms'", err,
		"kafka: transaction %q of %s was ended by the broker or taken over by another job: %v", t.ID, t.Table, err)
}

// fencing reports that a transaction has ended in another way than asked for.
func fencing(err error) bool {
	return errors.Is(err, kerr.ProducerFenced) || errors.Is(err, kerr.InvalidProducerEpoch) || errors.Is(err, kerr.InvalidProducerIDMapping) ||
		errors.Is(err, kerr.InvalidTxnState) || errors.Is(err, kerr.TransactionalIDNotFound) || errors.Is(err, kerr.UnknownProducerID)
}

// insist repeats a transactional request while the coordinator is busy with the
// transaction before, or away.
func insist(ctx context.Context, c *client, f func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, c.props.backoffMax) {
		err := f(limited)
		if err == nil || fencing(err) || !errors.Is(err, kerr.ConcurrentTransactions) && !retriable(err) || !pause(limited, wait) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return err
		}
	}
}

// initProducer gets a producer id; with a transactional id it also ends what an
// earlier producer of that id has left open, and raises the epoch.
func initProducer(ctx context.Context, c *client, txnID string) (recordbatch.Producer, error) {
	req := kmsg.NewPtrInitProducerIDRequest()
	req.ProducerID, req.ProducerEpoch = -1, -1
	if txnID != "" {
		req.TransactionalID = &txnID
		req.TransactionTimeoutMillis = int32(min(c.props.txnTimeout.Milliseconds(), 1<<31-1))
	}
	out := recordbatch.None
	err := insist(ctx, c, func(ctx context.Context) error {
		resp, err := req.RequestWith(ctx, c.Client)
		if err == nil {
			err = kerr.ErrorForCode(resp.ErrorCode)
		}
		if err == nil {
			out = recordbatch.Producer{ID: resp.ProducerID, Epoch: resp.ProducerEpoch, Transactional: txnID != ""}
		}
		return err
	})
	if errors.Is(err, kerr.InvalidTransactionTimeout) {
		return out, runError("kafka-transaction-timeout", "set 'properties.transaction.timeout.ms' = '900000' (the broker's default maximum is 15 minutes), or raise transaction.max.timeout.ms of the brokers", err,
			"kafka: 'properties.transaction.timeout.ms' = '%d' (%v) is more than transaction.max.timeout.ms of the brokers", c.props.txnTimeout.Milliseconds(), c.props.txnTimeout)
	}
	if err != nil && txnID != "" {
		err = fmt.Errorf("kafka: start transactional id %q: %w", txnID, err)
	} else if err != nil {
		err = fmt.Errorf("kafka: get a producer id: %w", err)
	}
	return out, err
}

// endTransaction commits or aborts.
func endTransaction(ctx context.Context, c *client, t *committable, commit bool) error {
	req := kmsg.NewPtrEndTxnRequest()
	req.TransactionalID, req.ProducerID, req.ProducerEpoch, req.Commit = t.ID, t.ProducerID, t.Epoch, commit
	return insist(ctx, c, func(ctx context.Context) error {
		resp, err := req.RequestWith(ctx, c.Client)
		if err != nil {
			return err
		}
		return kerr.ErrorForCode(resp.ErrorCode)
	})
}

// openTransactions tells of each transactional id whether the cluster knows it
// and whether a transaction of it is open.
func openTransactions(ctx context.Context, c *client, ids []string) (known, open map[string]bool, err error) {
	req := kmsg.NewPtrDescribeTransactionsRequest()
	req.TransactionalIDs = ids
	known, open = map[string]bool{}, map[string]bool{}
	err = insist(ctx, c, func(ctx context.Context) error {
		resp, err := req.RequestWith(ctx, c.Client)
		if err != nil {
			return err
		}
		for _, s := range resp.TransactionStates {
			switch err := kerr.ErrorForCode(s.ErrorCode); {
			case errors.Is(err, kerr.TransactionalIDNotFound):
			case err != nil:
				return err
			default:
				known[s.TransactionalID] = true
				open[s.TransactionalID] = s.State == "Ongoing"
			}
		}
		return nil
	})
	return known, open, err
}

// pool is the transactional ids of one writer: prefix-subtask-0 and so on. An
// id goes round:
//
//	free ───take──▶ open ──prepare──▶ pending ──committed──▶ resting ──▶ free
//	                                   (n)                   (n)    a transaction of a
//	                                                                checkpoint after n
//	                                                                was committed
//
// n is the newest checkpoint that holds the transaction: its own, or one after it
// if that failed. It rests because a restore of checkpoint n asks for the commit
// once more: the answer must still be "committed" then and not "another epoch". So three ids
// are enough: one is open, and when the commit of the one before it has freed
// the third, that is initialised ahead of its use. There are more only while checkpoints fail, since a transaction
// of a failed checkpoint is committed with the next one. Writer and committer
// of a subtask share the pool.
type pool struct {
	prefix string
	mu     sync.Mutex
	slots  []slot
}

type slotState uint8

const (
	slotFree slotState = iota
	slotOpen
	slotPending
	slotResting
)

type slot struct {
	id    string
	state slotState
	txn   committable
	held  int64 // newest checkpoint that holds txn
}

// poolMax is where a pool stops growing: so many checkpoints in a row without
// one that was completed.
const poolMax = 256

func (p *pool) name(i int) string { return fmt.Sprintf("%s-%d", p.prefix, i) }

// poolSize is how many ids are needed while checkpoints are completed.
const poolSize = 3

// spare reports whether an id may be taken ahead of its use: not while one of
// few that waits for its checkpoint could still become free in time.
func (p *pool) spare() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	waiting := false
	for i := range p.slots {
		if p.slots[i].state == slotFree {
			return true
		}
		waiting = waiting || p.slots[i].state == slotPending
	}
	return !waiting && len(p.slots) < poolSize
}

// take returns a free id and marks it open.
func (p *pool) take() (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.slots {
		if p.slots[i].state == slotFree {
			p.slots[i].state = slotOpen
			return p.slots[i].id, nil
		}
	}
	if len(p.slots) >= poolMax {
		return "", runError("kafka-transactions", "look for why checkpoints are not completed", nil, "kafka: %d transactions of %q wait for their checkpoints", poolMax, p.prefix)
	}
	id := p.name(len(p.slots))
	p.slots = append(p.slots, slot{id: id, state: slotOpen})
	return id, nil
}

// prepare marks the open id pending.
func (p *pool) prepare(c committable) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.slots {
		if p.slots[i].id == c.ID {
			p.slots[i].state, p.slots[i].txn, p.slots[i].held = slotPending, c, 0
		}
	}
}

// release gives an id back whose transaction was empty or aborted.
func (p *pool) release(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.slots {
		if p.slots[i].id == id {
			p.slots[i].state = slotFree
		}
	}
}

// committed lets the id of c rest and frees those that rested before.
func (p *pool) committed(c committable) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.slots {
		s := &p.slots[i]
		switch {
		case s.state == slotPending && s.txn.ID == c.ID && s.txn.Epoch == c.Epoch && s.txn.ProducerID == c.ProducerID:
			s.state = slotResting
		case s.state == slotResting && s.held < c.Checkpoint:
			s.state = slotFree
		}
	}
}

// hold returns the transactions that are not known to be committed, which the
// checkpoint is to hold.
func (p *pool) hold(checkpoint int64) []committable {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []committable
	for i := range p.slots {
		if s := &p.slots[i]; s.state == slotPending {
			s.held = checkpoint
			out = append(out, s.txn)
		}
	}
	return out
}

// restore makes the pool's first n ids known; those of rest were committed with
// the restored checkpoint.
func (p *pool) restore(n int, rest []committable) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.slots); i < n; i++ {
		p.slots = append(p.slots, slot{id: p.name(i)})
	}
	held := int64(0) // the restored checkpoint, or the newest that left it something
	for _, c := range rest {
		held = max(held, c.Checkpoint)
	}
	for _, c := range rest {
		for i := range p.slots {
			if s := &p.slots[i]; s.id == c.ID {
				s.state, s.txn, s.held = slotResting, c, held
			}
		}
	}
}

func (p *pool) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.slots)
}
