package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/flott/flott/connector"
)

// committer ends the transactions of complete checkpoints.
type committer struct {
	sink   *sink
	env    connector.Env
	client *client
	met    bool // a broker has answered
}

func (c *committer) Commit(ctx context.Context, cs []connector.Committable, recovered bool) error {
	if !c.met && len(cs) > 0 {
		if err := c.client.reach(ctx); err != nil {
			return err
		}
		c.met = true
	}
	for i, raw := range cs {
		if i > 0 {
			if err := c.env.Failpoint("kafka-commit-partial"); err != nil {
				return err
			}
		}
		t, err := decodeCommittable(raw)
		if err != nil {
			return err
		}
		if err := c.env.Failpoint("kafka-before-commit"); err != nil {
			return err
		}
		if err := c.sink.commit(ctx, c.client, c.env, &t, recovered); err != nil {
			return err
		}
		if err := c.env.Failpoint("kafka-after-commit"); err != nil {
			return err
		}
		c.sink.committed(t)
	}
	return nil
}

func (c *committer) Close() error {
	c.client.Close()
	return nil
}

// commit commits one transaction and tells what is lost if that cannot be.
func (s *sink) commit(ctx context.Context, c *client, env connector.Env, t *committable, recovered bool) error {
	err := endTransaction(ctx, c, t, true)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case !fencing(err):
		return fmt.Errorf("kafka: commit transaction %q of checkpoint %d: %w", t.ID, t.Checkpoint, err)
	}
	env.Metrics.Counter("failedCommittables").Add(1)
	if s.ignoreLost && recovered {
		env.Log.Warn("kafka: a transaction of the restored checkpoint is gone, as 'flott.sink.lost-transaction' = 'ignore' allows",
			"transactionalId", t.ID, "checkpoint", t.Checkpoint, "records", t.Records, "error", err)
		return nil
	}
	e := runError("kafka-lost-transaction", "raise 'properties.transaction.timeout.ms' above the longest time between a checkpoint and the restore from it", errors.Join(errLost, err),
		"kafka: transaction %q of checkpoint %d with %d records for %s can be committed no longer: it has expired or was fenced (%v); these records are lost", t.ID, t.Checkpoint, t.Records, t.Table, err)
	if recovered {
		e.Notes = append(e.Notes, "if the checkpoint is old and the job went on after it, the transaction may well have been committed then: 'flott.sink.lost-transaction' = 'ignore' restores without it")
	}
	return e
}

// errLost is what a lost transaction's error unwraps to.
var errLost = errors.New("transaction is lost")
