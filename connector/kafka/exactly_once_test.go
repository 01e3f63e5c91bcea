package kafka

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/test/broker"
	"github.com/flott/flott/types"
	"github.com/twmb/franz-go/pkg/kgo"
)

func typesOf(cs []connector.Column) []types.Type {
	var out []types.Type
	for _, c := range cs {
		out = append(out, c.Type)
	}
	return out
}

// subtask is a writer with its committer, as a task has them.
type subtask struct {
	t   testing.TB
	ctx context.Context
	w   connector.Writer
	c   connector.Committer
}

func exactlyOnce(prefix string) []string {
	return []string{"sink.delivery-guarantee", "exactly-once", "sink.transactional-id-prefix", prefix, "properties.transaction.timeout.ms", "600000", "properties.linger.ms", "0"}
}

func start(t testing.TB, ctx context.Context, s connector.Sink, env connector.Env, restored ...[]byte) *subtask {
	t.Helper()
	c, err := s.Committer(env)
	if err != nil {
		t.Fatal(err)
	}
	w, err := s.Writer(env, bytesColumn, restored)
	if err != nil {
		t.Fatal(err)
	}
	st := &subtask{t, ctx, w, c}
	t.Cleanup(st.stop)
	return st
}

func (s *subtask) stop() {
	if s.w != nil {
		s.w.Close()
		s.c.Close()
	}
	s.w = nil
}

// kill ends the writer as a dead process does: nothing is aborted.
func (s *subtask) kill() {
	p := s.w.(*writer).p
	p.cancel()
	p.wg.Wait()
	p.closed, p.period = nil, newPeriod(nil)
	s.stop()
}

func (s *subtask) write(from, n int) {
	s.t.Helper()
	if err := s.w.Write(s.ctx, batchOf(from, n)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *subtask) prepare(checkpoint int64) ([]byte, []connector.Committable) {
	s.t.Helper()
	state, cs, err := connector.Prepare(s.ctx, s.w, checkpoint)
	if err != nil {
		s.t.Fatal(err)
	}
	return state, cs
}

func (s *subtask) commit(cs []connector.Committable, recovered bool) {
	s.t.Helper()
	if err := s.c.Commit(s.ctx, cs, recovered); err != nil {
		s.t.Fatal(err)
	}
}

var committedOnly = []string{"properties.isolation.level", "read_committed"}

func prefixOf(t testing.TB) string {
	return strings.ReplaceAll(t.Name(), "/", "-") + fmt.Sprint(time.Now().UnixNano())
}

func TestCommitAfterCheckpoint(t *testing.T) {
	onClusters(t, func(t *testing.T, c *cluster) {
		ctx := limited(t, 60*time.Second)
		topic := c.topic(t, 3)
		s := start(t, ctx, c.sink(t, topic, append(exactlyOnce(prefixOf(t)), "sink.partitioner", "round-robin")...), testEnv(newCounters()))
		for n := range 8 { // more checkpoints than ids
			s.write(n*100, 100)
			_, cs := s.prepare(int64(n + 1))
			if len(cs) != 1 {
				t.Fatalf("%d committables", len(cs))
			}
			s.commit(cs, false)
		}
		if n := s.w.(*writer).pool.size(); n > 3 {
			t.Errorf("the pool has grown to %d ids", n)
		}
		s.write(800, 50) // never committed
		s.prepare(9)
		wantOnce(t, c.all(t, topic, committedOnly...), 800)
	})
}

// TestKilled restores after a death at each step of a checkpoint.
func TestKilled(t *testing.T) {
	steps := []struct {
		name             string
		complete, commit bool // checkpoint 2 is complete; its transaction was committed
		again, more      bool // the commit is repeated; rows of checkpoint 3 were on their way
	}{
		{name: "before complete"},
		{name: "before commit", complete: true},
		{name: "before commit with more", complete: true, more: true},
		{name: "after commit", complete: true, commit: true},
		{name: "after commit with more", complete: true, commit: true, more: true},
		{name: "committed twice", complete: true, commit: true, again: true, more: true},
	}
	onClusters(t, func(t *testing.T, c *cluster) {
		for _, step := range steps {
			t.Run(step.name, func(t *testing.T) {
				ctx := limited(t, 60*time.Second)
				topic := c.topic(t, 3)
				options := append(exactlyOnce(prefixOf(t)), "sink.partitioner", "round-robin")
				s := start(t, ctx, c.sink(t, topic, options...), testEnv(newCounters()))
				s.write(0, 100)
				state, cs := s.prepare(1)
				s.commit(cs, false)
				s.write(100, 100)
				state2, cs2 := s.prepare(2)
				from := 100
				if step.complete {
					state, cs, from = state2, cs2, 200
				}
				if step.commit {
					s.commit(cs2, false)
				}
				if step.more {
					s.write(200, 77)
					if err := s.w.(*writer).flushForTest(ctx); err != nil {
						t.Fatal(err)
					}
				}
				s.kill()

				s = start(t, ctx, c.sink(t, topic, options...), testEnv(newCounters()), state)
				s.commit(cs, true)
				if step.again {
					s.commit(cs, true)
				}
				s.write(from, 300-from)
				_, cs = s.prepare(3)
				s.commit(cs, false)
				wantOnce(t, c.all(t, topic, committedOnly...), 300)
			})
		}
	})
}

func (w *writer) flushForTest(ctx context.Context) error {
	p := w.p
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.err == nil && p.pending > 0 {
		p.flushing = true
		p.wake()
		if err := p.wait(ctx); err != nil {
			return err
		}
	}
	p.flushing = false
	return p.err
}

// TestFailedCheckpoint commits a failed checkpoint's transaction with the next one.
func TestFailedCheckpoint(t *testing.T) {
	onClusters(t, func(t *testing.T, c *cluster) {
		ctx := limited(t, 60*time.Second)
		topic := c.topic(t, 1)
		s := start(t, ctx, c.sink(t, topic, exactlyOnce(prefixOf(t))...), testEnv(newCounters()))
		var cs []connector.Committable
		for n := range 5 {
			s.write(n*10, 10)
			if _, cs = s.prepare(int64(n + 1)); len(cs) != n+1 {
				t.Fatalf("%d committables after %d failed checkpoints", len(cs), n)
			}
		}
		s.commit(cs, false)
		for n := 5; n < 8; n++ {
			s.write(n*10, 10)
			_, cs = s.prepare(int64(n + 1))
			s.commit(cs, false)
		}
		if n := s.w.(*writer).pool.size(); n > 6 {
			t.Errorf("the pool has grown to %d ids", n)
		}
		wantOnce(t, c.all(t, topic, committedOnly...), 80)
	})
}

// TestRescaled takes the states and open transactions of three writers over by one.
// TestRestoredAfterFailedCheckpoint: the transaction of a failed checkpoint is in
// the next one, too. A restore of that asks for its commit again, whatever its id
// might have been good for since.
func TestRestoredAfterFailedCheckpoint(t *testing.T) {
	onClusters(t, func(t *testing.T, c *cluster) {
		ctx := limited(t, 60*time.Second)
		topic := c.topic(t, 3)
		options := append(exactlyOnce(prefixOf(t)), "sink.partitioner", "round-robin")
		s := start(t, ctx, c.sink(t, topic, options...), testEnv(newCounters()))
		s.write(0, 100)
		s.prepare(1)
		s.write(100, 100)
		state, cs := s.prepare(2)
		if len(cs) != 2 {
			t.Fatalf("%d committables", len(cs))
		}
		s.commit(cs, false)
		for n := range 3 { // whatever is free gets used
			s.write(200+n, 1)
			s.prepare(int64(3 + n))
		}
		s.kill()
		s = start(t, ctx, c.sink(t, topic, options...), testEnv(newCounters()), state)
		s.commit(cs, true)
		s.write(200, 100)
		_, cs = s.prepare(3)
		s.commit(cs, false)
		wantOnce(t, c.all(t, topic, committedOnly...), 300)
	})
}

func TestRescaled(t *testing.T) {
	onClusters(t, func(t *testing.T, c *cluster) {
		ctx := limited(t, 60*time.Second)
		topic := c.topic(t, 3)
		options := append(exactlyOnce(prefixOf(t)), "sink.partitioner", "fixed")
		sink := c.sink(t, topic, options...)
		var states [][]byte
		var all []connector.Committable
		for i := range 3 {
			env := testEnv(newCounters())
			env.Subtask, env.Parallelism = i, 3
			s := start(t, ctx, sink, env)
			s.write(i*100, 100)
			state, cs := s.prepare(1)
			states, all = append(states, state), append(all, cs...)
			s.write(1000, 10) // left open
			if err := s.w.(*writer).flushForTest(ctx); err != nil {
				t.Fatal(err)
			}
			s.kill()
		}
		s := start(t, ctx, c.sink(t, topic, options...), testEnv(newCounters()), states...)
		s.commit(all, true)
		s.write(300, 100)
		_, cs := s.prepare(2)
		s.commit(cs, false)
		wantOnce(t, c.all(t, topic, committedOnly...), 400)
	})
}

// TestLeftWithoutState aborts what a job left that died before its first
// checkpoint, with more subtasks than now: else readers wait for its time-out.
func TestLeftWithoutState(t *testing.T) {
	onClusters(t, func(t *testing.T, c *cluster) {
		ctx := limited(t, 60*time.Second)
		topic := c.topic(t, 3)
		options := append(exactlyOnce(prefixOf(t)), "sink.partitioner", "fixed")
		for i := range 3 {
			env := testEnv(newCounters())
			env.Subtask, env.Parallelism = i, 3
			s := start(t, ctx, c.sink(t, topic, options...), env)
			s.write(1000, 10)
			if err := s.w.(*writer).flushForTest(ctx); err != nil {
				t.Fatal(err)
			}
			s.kill()
		}
		s := start(t, ctx, c.sink(t, topic, options...), testEnv(newCounters()))
		s.write(0, 100)
		_, cs := s.prepare(1)
		s.commit(cs, false)
		wantOnce(t, c.all(t, topic, committedOnly...), 100)
	})
}

// TestLostTransaction says what was lost when the transaction of a restored
// checkpoint was aborted in the meantime.
func TestLostTransaction(t *testing.T) {
	onClusters(t, func(t *testing.T, c *cluster) {
		ctx := limited(t, 60*time.Second)
		topic := c.topic(t, 1)
		options := exactlyOnce(prefixOf(t))
		s := start(t, ctx, c.sink(t, topic, options...), testEnv(newCounters()))
		s.write(0, 123)
		state, cs := s.prepare(1)
		s.kill()
		id, err := decodeCommittable(cs[0])
		if err != nil {
			t.Fatal(err)
		}
		cl, err := dial(&c.sink(t, topic, options...).(*sink).props, "thief", testEnv(nil).Log)
		if err != nil {
			t.Fatal(err)
		}
		defer cl.Close()
		if _, err := initProducer(ctx, cl, id.ID); err != nil {
			t.Fatal(err)
		}
		sink := c.sink(t, topic, options...)
		_, err = sink.Writer(testEnv(newCounters()), bytesColumn, [][]byte{state})
		if !errors.Is(err, errLost) || !strings.Contains(err.Error(), "123 records") || !strings.Contains(err.Error(), "checkpoint 1") {
			t.Fatalf("writer: %v", err)
		}
		committer, err := sink.Committer(testEnv(newCounters()))
		if err != nil {
			t.Fatal(err)
		}
		defer committer.Close()
		if err := committer.Commit(ctx, cs, true); !errors.Is(err, errLost) {
			t.Fatalf("committer: %v", err)
		}
		// It may be allowed.
		s = start(t, ctx, c.sink(t, topic, append(options, "flott.sink.lost-transaction", "ignore")...), testEnv(newCounters()), state)
		s.commit(cs, true)
		s.write(0, 10)
		_, cs = s.prepare(2)
		s.commit(cs, false)
		wantOnce(t, c.all(t, topic, committedOnly...), 10)
	})
}

// TestFenced fails a writer whose ids another job has taken.
func TestFenced(t *testing.T) {
	onClusters(t, func(t *testing.T, c *cluster) {
		ctx := limited(t, 60*time.Second)
		topic := c.topic(t, 1)
		options := exactlyOnce(prefixOf(t))
		a := start(t, ctx, c.sink(t, topic, options...), testEnv(newCounters()))
		a.write(0, 10)
		if err := a.w.(*writer).flushForTest(ctx); err != nil {
			t.Fatal(err)
		}
		start(t, ctx, c.sink(t, topic, options...), testEnv(newCounters()))
		var err error
		if err = a.w.Write(ctx, batchOf(10, 10)); err == nil {
			_, _, err = connector.Prepare(ctx, a.w, 1)
		}
		if err == nil || !strings.Contains(err.Error(), "kafka-fenced") {
			t.Fatalf("%v", err)
		}
	})
}

func TestTransactionTimeout(t *testing.T) {
	c := realCluster(t, broker.Shared(t))
	topic := c.topic(t, 1)
	s := c.sink(t, topic, "sink.delivery-guarantee", "exactly-once", "sink.transactional-id-prefix", prefixOf(t))
	_, err := s.Writer(testEnv(newCounters()), bytesColumn, nil)
	if err == nil || !strings.Contains(err.Error(), "kafka-transaction-timeout") || !strings.Contains(err.Error(), "1h0m0s") {
		t.Fatalf("%v", err)
	}
}

// TestFailpoints stops at each named point; a restore then yields each row once.
func TestFailpoints(t *testing.T) {
	points := []string{"kafka-prepare", "kafka-prepare-flushed", "kafka-before-commit", "kafka-after-commit", "kafka-begin"}
	onClusters(t, func(t *testing.T, c *cluster) {
		for _, point := range points {
			t.Run(point, func(t *testing.T) {
				ctx := limited(t, 60*time.Second)
				topic := c.topic(t, 2)
				options := exactlyOnce(prefixOf(t))
				errPoint := errors.New("failpoint")
				var armed atomic.Bool
				env := testEnv(newCounters())
				env.Failpoint = func(name string) error {
					if armed.Load() && name == point {
						return errPoint
					}
					return nil
				}
				s := start(t, ctx, c.sink(t, topic, options...), env)
				s.write(0, 50)
				state, cs := s.prepare(1)
				s.commit(cs, false)
				from := 50
				armed.Store(true)
				var err error
				for n := int64(2); n < 5 && err == nil; n++ { // ids are initialised ahead
					if err = s.w.Write(ctx, batchOf(from, 50)); err != nil {
						break
					}
					var state2 []byte
					var cs2 []connector.Committable
					if state2, cs2, err = connector.Prepare(ctx, s.w, n); err == nil {
						state, cs, from = state2, cs2, from+50
						err = s.c.Commit(ctx, cs2, false)
					}
				}
				if !errors.Is(err, errPoint) {
					t.Fatalf("the point was not met: %v", err)
				}
				s.kill()
				s = start(t, ctx, c.sink(t, topic, options...), testEnv(newCounters()), state)
				s.commit(cs, true)
				s.write(from, 250-from)
				_, cs = s.prepare(9)
				s.commit(cs, false)
				wantOnce(t, c.all(t, topic, committedOnly...), 250)
			})
		}
	})
}

// TestReadCommitted skips aborted transactions and stops before open ones.
func TestReadCommitted(t *testing.T) {
	onClusters(t, func(t *testing.T, c *cluster) {
		ctx := limited(t, 60*time.Second)
		topic := c.topic(t, 2)
		cl := kafkaClient(t, c.addr, kgo.TransactionalID(prefixOf(t)), kgo.RecordPartitioner(kgo.ManualPartitioner()))
		for n := range 6 {
			if err := cl.BeginTransaction(); err != nil {
				t.Fatal(err)
			}
			from, commit := n/2*10, kgo.TryCommit
			if n%2 == 0 {
				from, commit = 1000, kgo.TryAbort
			}
			if err := cl.ProduceSync(ctx, values(topic, from, 10, 2)...).FirstErr(); err != nil {
				t.Fatal(err)
			}
			if err := cl.EndTransaction(ctx, commit); err != nil {
				t.Fatal(err)
			}
		}
		wantOnce(t, c.all(t, topic, committedOnly...), 30)
		if got := c.all(t, topic); len(got) != 40 {
			t.Fatalf("read_uncommitted: %d values, want 40", len(got))
		}
	})
}

// TestFailpointsOfSeveral stops between two commits, and between the steps of a
// restore.
func TestFailpointsOfSeveral(t *testing.T) {
	onClusters(t, func(t *testing.T, c *cluster) {
		for _, point := range []string{"kafka-commit-partial", "kafka-restore-committed", "kafka-before-abort"} {
			t.Run(point, func(t *testing.T) {
				ctx := limited(t, 60*time.Second)
				topic := c.topic(t, 2)
				options := exactlyOnce(prefixOf(t))
				met := false
				errPoint := errors.New("failpoint")
				env := testEnv(newCounters())
				env.Failpoint = func(name string) error {
					if name == point {
						met = true
						return errPoint
					}
					return nil
				}
				s := start(t, ctx, c.sink(t, topic, options...), env)
				s.write(0, 50)
				s.prepare(1) // fails
				s.write(50, 50)
				state, cs := s.prepare(2)
				s.write(1000, 10)
				if err := s.w.(*writer).flushForTest(ctx); err != nil {
					t.Fatal(err)
				}
				if err := s.c.Commit(ctx, cs, false); err != nil && !errors.Is(err, errPoint) {
					t.Fatal(err)
				}
				s.kill()
				if !met {
					sink := c.sink(t, topic, options...)
					if _, err := sink.Writer(env, bytesColumn, [][]byte{state}); !errors.Is(err, errPoint) {
						t.Fatalf("the point was not met: %v", err)
					}
				}
				s = start(t, ctx, c.sink(t, topic, options...), testEnv(newCounters()), state)
				s.commit(cs, true)
				s.write(100, 50)
				_, cs = s.prepare(3)
				s.commit(cs, false)
				wantOnce(t, c.all(t, topic, committedOnly...), 150)
			})
		}
	})
}
