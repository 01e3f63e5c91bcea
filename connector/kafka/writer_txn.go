package kafka

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/kerr"
)

// writerState is what a writer leaves for the next run, as JSON: which ids it
// has used, and what was to be committed with the checkpoint.
type writerState struct {
	Version     int           `json:"version"`
	Prefix      string        `json:"prefix"`
	Subtask     int           `json:"subtask"`
	Parallelism int           `json:"parallelism"`
	Pool        int           `json:"pool"`
	Pending     []committable `json:"pending,omitempty"`
}

func poolPrefix(prefix string, subtask int) string { return prefix + "-" + strconv.Itoa(subtask) }

// begun is a transaction that may be written, or why there is none.
type begun struct {
	txn *transaction
	err error
}

// begin opens a transaction for the current period. The caller holds the
// producer's lock, which is released while waiting.
func (w *writer) begin(ctx context.Context) error {
	p := w.p
	if w.next == nil {
		w.prefetch()
	}
	var b begun
	p.mu.Unlock()
	select {
	case b = <-w.next:
		w.next = nil
	case <-ctx.Done():
		b.err = ctx.Err()
	case <-p.ctx.Done():
		b.err = context.Canceled
	}
	p.mu.Lock()
	p.period.txn = b.txn
	return b.err
}

// prefetch initialises the next transaction while this one is written: its
// producer id costs a round trip, and another while the coordinator is busy.
// It belongs to the task's goroutine.
func (w *writer) prefetch() {
	next := make(chan begun, 1)
	w.next = next
	w.p.wg.Go(func() {
		txn, err := w.initTransaction(w.p.ctx)
		next <- begun{txn, err}
	})
}

func (w *writer) initTransaction(ctx context.Context) (*transaction, error) {
	id, err := w.pool.take()
	if err != nil {
		return nil, err
	}
	pid, err := initProducer(ctx, w.p.client, id)
	if err != nil {
		w.pool.release(id)
		return nil, err
	}
	if err := w.env.Failpoint("kafka-begin"); err != nil {
		return nil, err
	}
	return &transaction{joined: map[topicPartition]bool{}, committable: committable{Version: committableVersion, ID: id,
		ProducerID: pid.ID, Epoch: pid.Epoch, Protocol: 1, Table: w.sink.Path}}, nil
}

// restore ends what earlier runs have left: first it commits the transactions
// of the restored checkpoint, which the committer does as well (it is the same
// to commit twice), then it aborts all others of the ids that were ever used
// with this prefix. The order is what makes it exactly once.
//
// The restored states may be those of all writers or some; the states of
// subtasks that exist no more are shared out by subtask mod parallelism.
func (w *writer) restore(ctx context.Context, restored [][]byte) error {
	s, env, c := w.sink, w.env, w.p.client
	w.pool = &pool{prefix: poolPrefix(s.prefix, env.Subtask)}
	s.newPool(env.Subtask, w.pool)
	var states []writerState
	for _, raw := range restored {
		if len(raw) == 0 {
			continue
		}
		var st writerState
		if err := json.Unmarshal(raw, &st); err != nil || st.Version != 1 {
			return fmt.Errorf("kafka: the state of a writer is of another version")
		}
		states = append(states, st)
	}
	keep := map[string]bool{} // ids of committed transactions: an abort would hide that they were
	for _, st := range states {
		for i := range st.Pending {
			t := &st.Pending[i]
			keep[t.ID] = true
			if all := len(states) == st.Parallelism; all && st.Subtask%env.Parallelism != env.Subtask {
				continue
			}
			if err := s.commit(ctx, c, env, t, true); err != nil {
				return err
			}
		}
	}
	if len(states) > 0 {
		if err := env.Failpoint("kafka-restore-committed"); err != nil {
			return err
		}
	}
	own := 1
	for _, st := range states {
		if st.Prefix == s.prefix && st.Subtask == env.Subtask {
			own = max(own, st.Pool)
			w.pool.restore(st.Pool, st.Pending)
		}
	}
	if err := w.abortLeft(ctx, w.pool.prefix, own, keep); err != nil {
		return err
	}
	// Subtasks beyond this run's parallelism: those that the states name, and as
	// many more as have left traces.
	before := env.Parallelism
	for _, st := range states {
		before = max(before, st.Parallelism)
		if st.Prefix != s.prefix || st.Subtask >= env.Parallelism {
			if err := w.abortLeft(ctx, poolPrefix(st.Prefix, st.Subtask), st.Pool, keep); err != nil {
				return err
			}
		}
	}
	for sub := env.Parallelism + env.Subtask; ; sub += env.Parallelism {
		prefix := poolPrefix(s.prefix, sub)
		known, _, err := w.look(ctx, []string{(&pool{prefix: prefix}).name(0)})
		if err != nil {
			return err
		}
		if len(known) == 0 && sub >= before {
			break
		}
		if err := w.abortLeft(ctx, prefix, 1, keep); err != nil {
			return err
		}
	}
	w.p.mu.Lock()
	defer w.p.mu.Unlock()
	return w.begin(ctx) // a time-out that is too long or a missing right shows at once
}

// look asks which ids the cluster knows and which have a transaction open. A
// broker before 3.0 cannot tell; all of them count as open then.
func (w *writer) look(ctx context.Context, ids []string) (known, open map[string]bool, err error) {
	known, open, err = openTransactions(ctx, w.p.client, ids)
	if errors.Is(err, kerr.UnsupportedVersion) {
		known, open = map[string]bool{}, map[string]bool{}
		for _, id := range ids {
			pid, err := initProducer(ctx, w.p.client, id)
			if err != nil {
				return nil, nil, err
			}
			if pid.Epoch > 0 {
				known[id] = true
			}
		}
		return known, open, nil
	}
	if err != nil {
		return nil, nil, fmt.Errorf("kafka: ask for the transactions of %q: %w", ids[0], err)
	}
	return known, open, nil
}

// abortLeft aborts the open transactions of a pool: of its first n ids and of
// those after them that the cluster knows.
func (w *writer) abortLeft(ctx context.Context, prefix string, n int, keep map[string]bool) error {
	p := &pool{prefix: prefix}
	const step = 4
	for from := 0; ; from += step {
		var ids []string
		for i := from; i < from+step; i++ {
			if id := p.name(i); !keep[id] {
				ids = append(ids, id)
			}
		}
		if len(ids) == 0 {
			continue
		}
		known, open, err := w.look(ctx, ids)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if !open[id] {
				continue
			}
			if err := w.env.Failpoint("kafka-before-abort"); err != nil {
				return err
			}
			w.env.Log.Info("kafka: aborting a transaction that an earlier run has left open", "transactionalId", id)
			if _, err := initProducer(ctx, w.p.client, id); err != nil {
				return err
			}
		}
		if lastKnown := slices.ContainsFunc(ids, func(id string) bool { return known[id] }); !lastKnown && from+step >= n {
			return nil
		}
	}
}
