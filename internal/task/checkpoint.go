package task

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sort"
	"time"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/internal/exec"
	"github.com/flott/flott/internal/failpoint"
	"github.com/flott/flott/internal/snapshot"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/vector"
)

// begin starts this task's part of a checkpoint: what is kept back is let go,
// then the state is written and the barrier goes on. The chain is drained.
func (t *Task) begin(ctx context.Context, cp element.CheckpointOptions) error {
	if cp.ID <= t.checkpoint {
		return nil
	}
	t.checkpoint = cp.ID
	t.stopped = t.stopped || cp.Stop
	t.startDelay.Store(int64(t.Clock.Now().Sub(time.UnixMilli(int64(cp.Timestamp)))))
	t.counters.alignment.Store(int64(t.alignment()))
	if cp.Stop && t.source != nil && !t.ended {
		t.discard = !cp.Drain
		t.todo = append(t.todo, func() error { return t.stopSource(cp.Drain) })
	}
	if !t.ended {
		for _, n := range t.nodes {
			if n.flusher != nil {
				t.todo = append(t.todo, func() error { return t.flush(n) })
			}
		}
	}
	t.todo = append(t.todo, func() error { return t.snapshot(ctx, cp) })
	return nil
}

// stopSource ends the source; its last mark, if it gives one, goes before the
// barrier.
func (t *Task) stopSource(drain bool) error {
	t.source.Stop(drain)
	for {
		var b *vector.Batch
		b, err := t.source.Next()
		if b == nil || err != nil {
			return t.nodes[0].fail(err)
		}
		if err := t.deliver(t.nodes[0], b); err != nil {
			return err
		}
	}
}

func (t *Task) flush(n *node) error {
	t.undrained(n)
	return n.fail(n.flusher.Flush())
}

// snapshot hands the barrier on and writes the state of all operators. The file
// is synced aside, and what the operators have begun is waited for; then the
// checkpoint is acknowledged.
func (t *Task) snapshot(ctx context.Context, cp element.CheckpointOptions) error {
	began := t.Clock.Now()
	if !t.ended { // else the readers have our state in their links' end
		for _, n := range t.nodes {
			for _, w := range n.writers {
				w.Barrier(cp)
			}
		}
	}
	if err := t.committed(); err != nil {
		return err
	}
	if err := failpoint.Reach("before-task-snapshot"); err != nil {
		return err
	}
	states := make([][]byte, len(t.nodes))
	var settle []func(context.Context) error
	for i, n := range t.nodes {
		if n.snapshotter == nil {
			continue
		}
		b, err := n.snapshotter.Snapshot(cp)
		if err != nil {
			return n.fail(err)
		}
		states[i] = b
		if d, ok := n.op.(exec.Deferred); ok {
			if f := d.Settle(); f != nil {
				settle = append(settle, func(ctx context.Context) error { return n.fail(f(ctx)) })
			}
		}
	}
	var w *snapshot.Writer
	var name string
	times := SnapshotTimes{Alignment: t.alignment()}
	times.StartDelay = max(time.Duration(t.startDelay.Load())-times.Alignment, 0)
	if !cp.CommitOnly {
		if t.Folder == nil {
			t.Events.Decline(cp.ID, errors.New("the job has no checkpoint folder"))
			return nil
		}
		var err error
		if w, name, err = t.write(cp, states); err != nil {
			// A disk that is full fails this checkpoint, not the job.
			t.Events.Decline(cp.ID, err)
			return nil
		}
	}
	written := t.Clock.Now()
	times.Sync = written.Sub(began)
	if w == nil && settle == nil {
		t.Events.Acknowledge(cp.ID, nil, times)
		return nil
	}
	t.aside.Go(func() {
		for _, f := range settle {
			if err := f(ctx); err != nil {
				if w != nil {
					w.Abort()
				}
				t.post(func() error { return err })
				return
			}
		}
		if w == nil {
			times.Async = t.Clock.Now().Sub(written)
			t.Events.Acknowledge(cp.ID, nil, times)
			return
		}
		f, err := w.Close()
		if err == nil {
			err = failpoint.Reach("after-task-snapshot")
		}
		if err != nil {
			t.Events.Decline(cp.ID, fmt.Errorf("write state of %q: %w", t.Vertex.Name, err))
			return
		}
		f.Name, f.Subtask, f.Parallelism, f.MaxParallelism = name, t.Subtask, t.Vertex.Parallelism, t.Vertex.MaxParallelism
		times.Async = t.Clock.Now().Sub(written)
		t.Events.Acknowledge(cp.ID, &f, times)
	})
	return nil
}

// write writes the states to a file that is still to be closed; nil if there
// are none.
func (t *Task) write(cp element.CheckpointOptions, states [][]byte) (w *snapshot.Writer, name string, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write state of %q: %w", t.Vertex.Name, err)
			if w != nil {
				w.Abort()
				w = nil
			}
		}
	}()
	section := func(op string, kind snapshot.Kind) error {
		if w == nil {
			dir, err := t.Folder.MakeCheckpointDir(int64(cp.ID))
			if err != nil {
				return err
			}
			name = fmt.Sprintf("%.12s-%d.state", t.Vertex.ID, t.Subtask)
			if w, err = snapshot.Create(filepath.Join(dir, name)); err != nil {
				return err
			}
		}
		w.Section(op, kind)
		return nil
	}
	for i, n := range t.nodes {
		if states[i] != nil {
			if err := section(n.spec.ID, snapshot.Operator); err != nil {
				return w, name, err
			}
			if _, err := w.Write(states[i]); err != nil {
				return w, name, err
			}
		}
		if n.backend != nil {
			if err := section(n.spec.ID, snapshot.Keyed); err != nil {
				return w, name, err
			}
			n.counters.entries.Store(int64(n.backend.Entries()))
			if err := n.backend.Snapshot(w); err != nil {
				return w, name, err
			}
		}
	}
	return w, name, nil
}

// checkpointDone tells all operators.
func (t *Task) checkpointDone(ctx context.Context, id element.CheckpointID, aborted bool) error {
	if aborted {
		if t.reader != nil {
			t.reader.Abort(id)
		}
		for _, n := range t.nodes {
			if n.notified != nil {
				n.notified.CheckpointAborted(id)
			}
		}
		return nil
	}
	for _, n := range t.nodes {
		if n.notified == nil {
			continue
		}
		if err := n.notified.CheckpointComplete(ctx, id); err != nil {
			return n.fail(err)
		}
	}
	return t.commit(ctx, id)
}

// commit lets the operators commit aside: an outside system takes its time, and
// rows need not wait for it.
func (t *Task) commit(ctx context.Context, id element.CheckpointID) error {
	if err := t.committed(); err != nil {
		return err
	}
	var commits []func(context.Context) error
	for _, n := range t.nodes {
		if n.committing == nil {
			continue
		}
		if f := n.committing.Commit(id); f != nil {
			commits = append(commits, func(ctx context.Context) error { return n.fail(f(ctx)) })
		}
	}
	if commits == nil {
		return nil
	}
	answer := make(chan error, 1)
	t.committing = answer
	t.aside.Go(func() {
		var err error
		for _, f := range commits {
			if err = f(ctx); err != nil {
				t.post(func() error { return err })
				break
			}
		}
		answer <- err
	})
	return nil
}

// committed waits for the commits that run aside. After an error nothing may go
// on as if they were done: the checkpoint that is restored must hold them.
func (t *Task) committed() error {
	if t.committing == nil {
		return nil
	}
	err := <-t.committing
	t.committing = nil
	return err
}

// rescaled reports whether the restored state was written by another number of
// subtasks.
func (t *Task) rescaled() bool {
	for _, f := range t.RestoreFiles {
		if f.Parallelism != t.Vertex.Parallelism {
			return true
		}
	}
	return false
}

// restore makes the keyed backends and gives the operators of the chain what is
// theirs in the restored files.
func (t *Task) restore() error {
	byID := map[string]*node{}
	for _, n := range t.nodes {
		byID[n.spec.ID] = n
		mem, err := t.Memory(n.spec)
		if err != nil {
			return n.fail(err)
		}
		if n.memory = mem; mem != nil {
			v := t.Vertex
			n.backend = state.NewBackend(mem, v.MaxParallelism, state.RangeOf(v.MaxParallelism, v.Parallelism, t.Subtask))
		}
		n.registerState()
	}
	files := append([]snapshot.File(nil), t.RestoreFiles...)
	sort.Slice(files, func(i, k int) bool { return files[i].Subtask < files[k].Subtask })
	own := map[*node][][]byte{}
	keyed := map[*node][]state.File{}
	for _, f := range files {
		if f.MaxParallelism != t.Vertex.MaxParallelism {
			return &diag.Error{Code: "state-mismatch", Stage: diag.StageRun,
				Message: fmt.Sprintf("the checkpoint of %q was made with maximum parallelism %d, now it is %d", t.Vertex.Name, f.MaxParallelism, t.Vertex.MaxParallelism),
				Help:    fmt.Sprintf("SET 'pipeline.max-parallelism' = '%d', or --fresh to start over", f.MaxParallelism)}
		}
		if err := t.readState(f, byID, own, keyed); err != nil {
			return err
		}
	}
	for _, n := range t.nodes {
		if s := own[n]; s != nil && n.snapshotter != nil {
			if err := n.snapshotter.Restore(s); err != nil {
				return n.fail(err)
			}
		}
		if f := keyed[n]; f != nil {
			if n.backend == nil {
				return n.fail(fmt.Errorf("checkpoint file %s has keyed state for it, but it keeps none", f[0].Name))
			}
			if err := n.backend.Restore(f...); err != nil {
				return n.fail(err)
			}
		}
	}
	return nil
}

// readState finds what the operators of the chain have in one file. It stays
// open until they have read it.
func (t *Task) readState(f snapshot.File, byID map[string]*node, own map[*node][][]byte, keyed map[*node][]state.File) error {
	r, err := snapshot.Open(filepath.Join(t.RestoreDir, f.Name))
	if err != nil {
		return err
	}
	t.restoring = append(t.restoring, r)
	for _, s := range r.Sections {
		n := byID[s.Operator]
		if n == nil {
			continue // of an operator that is in another chain now
		}
		switch s.Kind {
		case snapshot.Operator:
			b, err := r.ReadAll(s)
			if err != nil {
				return err
			}
			own[n] = append(own[n], b)
		case snapshot.Keyed:
			keyed[n] = append(keyed[n], state.File{Name: r.Path(), Data: r.Data(s), Size: s.Size})
		default:
			return fmt.Errorf("checkpoint file %s has a section of unknown kind %q", r.Path(), s.Kind)
		}
	}
	return nil
}

func (t *Task) closeRestored() {
	for _, r := range t.restoring {
		r.Close()
	}
	t.restoring = nil
}
