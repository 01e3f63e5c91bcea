package jobmanager

import (
	"errors"
	"fmt"
	"sort"
	"syscall"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/internal/checkpoint"
	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/internal/snapshot"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

// master sees one job through. It is a step machine: it belongs to its shell,
// which calls Step with one event at a time and carries the actions out.
type master struct {
	id       string
	g        *executionGraph
	set      settings
	template api.Deploy // what all deployments have in common
	state    api.JobState
	started  time.Time
	ended    time.Time
	coord    *checkpoint.Coordinator
	restore  *restorePoint // what regions start from; nil = from the beginning
	sources  map[int]*enumeration
	// restarts are the regions that wait for their tasks to end and for the
	// time to pass.
	restarts map[int]time.Time
	suspend  bool // the checkpoint to stop with is complete
	ran      bool // all tasks were running at one time
	resumed  bool // all tasks were running in an earlier process
	failure  error
	entered  api.JobTimes
	spent    map[api.JobState]time.Duration // in states that it has left
	history  []api.Exception
	forgot   bool // the history has lost entries
	nFailed  int  // restarts
	stats    checkpointStats
	taken    map[string]snapshot.EnumeratorState // of the checkpoint under way
	todo     []any
}

// enumeration is where the splits of a source stand.
type enumeration struct {
	vertex     int
	op         *spec.Operator
	generation int
	found      bool // the enumerator has answered at one time
	resumed    bool // it had answered in an earlier process
	assigned   bool // readers were told what there is, perhaps nothing
	at         snapshot.EnumeratorState
}

func newMaster(id string, g *executionGraph, set settings, template api.Deploy, restore *restorePoint, now time.Time) *master {
	m := &master{id: id, g: g, set: set, template: template, started: now, restore: restore,
		spent: map[api.JobState]time.Duration{}, sources: map[int]*enumeration{}, restarts: map[int]time.Time{}, stats: newCheckpointStats(set.history)}
	m.enter(now, api.JobInitializing)
	m.enter(now, api.JobCreated)
	for _, t := range g.tasks {
		t.enter(now, api.TaskCreated)
	}
	first := element.CheckpointID(1)
	if restore != nil {
		first = element.CheckpointID(restore.meta.ID) + 1
		m.resumed = true
		m.stats.Restored = checkpointInfo(restore.meta, restore.dir)
		m.stats.restored(now, m.stats.Restored)
	}
	m.coord = checkpoint.New(set.checkpoints, g.isSource(), first)
	for i, v := range g.Vertices {
		if _, ok := v.Chain[0].Spec.(*spec.Source); ok {
			m.sources[i] = &enumeration{vertex: i, op: &v.Chain[0]}
			if restore != nil {
				_, m.sources[i].resumed = restore.meta.Enumerators[v.Chain[0].ID]
			}
		}
	}
	return m
}

func checkpointInfo(m *snapshot.Metadata, dir string) api.CheckpointInfo {
	return api.CheckpointInfo{ID: m.ID, Path: dir, Triggered: m.Triggered, Duration: m.Completed.Sub(m.Triggered), SizeBytes: m.SizeBytes(), Savepoint: m.Savepoint}
}

// enter changes the job's state.
func (m *master) enter(now time.Time, s api.JobState) {
	if at := m.entered.At(m.state); at > 0 {
		m.spent[m.state] += now.Sub(time.UnixMilli(int64(at)))
	}
	m.state = s
	m.entered.Enter(s, types.Instant(now.UnixMilli()))
}

func (m *master) do(actions ...any) { m.todo = append(m.todo, actions...) }

// Deadline is when the next tick is due; ok is false if none is.
func (m *master) Deadline() (at time.Time, ok bool) {
	if m.state.Terminal() {
		return at, false
	}
	at, ok = m.coord.Deadline()
	for _, r := range m.restarts {
		if !ok || r.Before(at) {
			at, ok = r, true
		}
	}
	return at, ok
}

// Step takes an event in and says what to do.
func (m *master) Step(now time.Time, event any) []any {
	if m.state.Terminal() {
		if r, ok := event.(requested); ok {
			return []any{answer{token: r.token, err: fmt.Errorf("the job is %s", m.state)}}
		}
		return nil
	}
	m.todo = nil
	switch e := event.(type) {
	case start:
		m.begin(now)
	case tick:
		m.coordinate(now, checkpoint.Tick{})
	case cancel:
		m.cancelAll(now, api.JobCancelling, "the job was canceled")
	case requested:
		m.coordinate(now, checkpoint.Request{Token: e.token, Options: e.options})
	case api.TaskChanged:
		m.taskChanged(now, e)
	case deployFailed:
		m.taskChanged(now, api.TaskChanged{Execution: e.execution, State: api.TaskFailed, Err: e.err})
	case api.EndOfData:
		// That of a task that is being cancelled must not count for its next attempt.
		if t := m.g.find(e.Execution); t != nil && t.state == api.TaskRunning {
			m.coordinate(now, checkpoint.Ended{Task: t.index})
		}
	case api.Acknowledge:
		if t := m.g.find(e.Execution); t != nil {
			m.stats.acknowledged(now, t, e)
			m.coordinate(now, checkpoint.Acknowledged{Task: t.index, ID: e.Checkpoint, File: e.File})
		}
	case api.Decline:
		if t := m.g.find(e.Execution); t != nil {
			m.coordinate(now, checkpoint.Declined{Task: t.index, ID: e.Checkpoint, Err: e.Err})
		}
	case stored:
		m.stored(now, e)
	case evicted:
		m.fail(now, e.err)
	case discovered:
		m.discovered(now, e)
	}
	m.settle(now)
	return m.todo
}

func (m *master) begin(now time.Time) {
	for _, r := range m.regions() {
		m.deploy(now, r)
	}
	m.settle(now)
}

// regions lists the regions in order.
func (m *master) regions() (out []int) {
	seen := map[int]bool{}
	for _, v := range m.g.Vertices {
		if !seen[v.Region] {
			seen[v.Region] = true
			out = append(out, v.Region)
		}
	}
	sort.Ints(out)
	return out
}

// deploy starts the next attempt of a region from the newest checkpoint.
func (m *master) deploy(now time.Time, region int) {
	if links := m.g.open[region]; len(links) > 0 {
		m.do(release{links})
	}
	var old []api.ExecutionID
	for _, t := range m.g.tasks {
		if t.region == region && t.attempt >= 0 {
			old = append(old, t.id(m.id))
			t.keep(m.set.attempts)
		}
	}
	if len(old) > 0 {
		m.do(forget{old})
	}
	for _, d := range m.g.deployments(now, region, m.template, m.restore) {
		m.do(deploy{m.g.find(d.Execution).tm, d})
	}
	for i := range m.g.Vertices {
		s := m.sources[i]
		if s == nil || m.g.Vertices[i].Region != region {
			continue
		}
		s.generation++
		s.assigned = false
		s.at = snapshot.EnumeratorState{}
		var restore *snapshot.EnumeratorState
		if m.restore != nil {
			if at, ok := m.restore.meta.Enumerators[s.op.ID]; ok {
				s.at, restore = at, &at
			}
		}
		if restore != nil && restore.Done {
			m.assign(s, make([]splits, m.g.Vertices[i].Parallelism))
			continue
		}
		m.do(enumerate{i, s.generation, restore})
	}
}

// taskChanged handles that a task started or ended.
func (m *master) taskChanged(now time.Time, e api.TaskChanged) {
	t := m.g.find(e.Execution)
	if t == nil || t.state.Terminal() {
		return // of an earlier attempt
	}
	if t.state == api.TaskCanceling && !e.State.Terminal() {
		return
	}
	t.enter(now, e.State)
	if e.State == api.TaskFailed {
		m.failed(now, t, e.Err)
	}
}

// failed decides what becomes of the job after a task's failure.
func (m *master) failed(now time.Time, t *execution, err error) {
	_, restarting := m.restarts[t.region]
	m.remember(now, t, m.g.name(t), err, restarting || m.state == api.JobFailing)
	if restarting || m.state == api.JobCancelling || m.state == api.JobFailing {
		return // goes with the failure that began it
	}
	err = &diag.Located{Where: fmt.Sprintf("job %q, task %q", m.g.Name, m.g.name(t)), Err: err}
	m.restartOrFail(now, err, []int{t.region})
}

// remember notes a failure of a task, or of the job (nil). One that is only a
// consequence of the newest goes with that.
func (m *master) remember(now time.Time, t *execution, name string, err error, concurrent bool) {
	e := api.Exception{At: now, Task: name, Message: err.Error(), Detail: api.Describe(err), Err: err, Kind: "failed"}
	if d := (*diag.Error)(nil); errors.As(err, &d) {
		e.Kind = d.Code
	}
	if t != nil {
		e.TaskManager, e.Host, e.Attempt = m.g.tms[t.tm].id, m.g.tms[t.tm].host, t.attempt
	}
	if concurrent && len(m.history) > 0 {
		if root := &m.history[0]; len(root.Concurrent) < m.set.exceptions {
			root.Concurrent = append(root.Concurrent, e)
		}
		return
	}
	m.history = append([]api.Exception{e}, m.history...)
	if len(m.history) > m.set.exceptions {
		m.history, m.forgot = m.history[:m.set.exceptions], true
	}
}

// hopeless reports whether a restart would end the same way. What has never worked
// has a mistake in it that waiting does not mend. What worked in an earlier process,
// of which there is a checkpoint, may have one by now; but if the broker is down it
// has to wait, as it would have done in that process.
func hopeless(err error, worked, workedEarlier bool) bool {
	return diag.IsPermanent(err) || !worked && !(workedEarlier && diag.IsTemporary(err))
}

// restartOrFail restarts regions if the strategy says so.
func (m *master) restartOrFail(now time.Time, err error, regions []int) {
	if hopeless(err, m.ran, m.resumed) {
		m.fail(now, err)
		return
	}
	delay, ok := m.set.restart.failure(now)
	if !ok {
		m.fail(now, err)
		return
	}
	m.do(report{fmt.Sprintf("job %q restarts in %v", m.g.Name, delay.Round(time.Millisecond)), err})
	m.enter(now, api.JobRestarting)
	m.nFailed++
	var tasks []int
	for _, r := range regions {
		if _, already := m.restarts[r]; already {
			continue
		}
		m.restarts[r] = now.Add(delay)
		for _, t := range m.g.tasks {
			if t.region == r {
				tasks = append(tasks, t.index)
				m.cancelTask(now, t)
			}
		}
		m.stopEnumerators(func(region int) bool { return region == r })
	}
	m.coordinate(now, checkpoint.Stopped{Reason: "the job is restarting", Restarting: tasks})
}

func (m *master) cancelTask(now time.Time, t *execution) {
	if t.attempt >= 0 && !t.state.Terminal() && t.state != api.TaskCanceling {
		t.enter(now, api.TaskCanceling)
		m.do(cancelTask{t.tm, t.id(m.id)})
	}
}

// fail ends the job with err.
func (m *master) fail(now time.Time, err error) {
	m.failure = err
	m.cancelAll(now, api.JobFailing, "the job has failed")
}

func (m *master) cancelAll(now time.Time, state api.JobState, reason string) {
	if m.state == api.JobFailing || m.state == api.JobCancelling {
		return
	}
	m.enter(now, state)
	clear(m.restarts)
	for _, t := range m.g.tasks {
		m.cancelTask(now, t)
	}
	m.stopEnumerators(func(int) bool { return true })
	m.coordinate(now, checkpoint.Stopped{Reason: reason})
}

// stopEnumerators ends the enumerators of some regions; what they still tell is old.
func (m *master) stopEnumerators(of func(region int) bool) {
	for i, v := range m.g.Vertices {
		if s := m.sources[i]; s != nil && of(v.Region) {
			s.generation++
			m.do(stopEnumerator{i})
		}
	}
}

// settle draws the conclusions that depend on all tasks together.
func (m *master) settle(now time.Time) {
	running, finished, over := true, true, true
	for _, t := range m.g.tasks {
		running = running && (t.state == api.TaskRunning || t.state == api.TaskFinished)
		finished = finished && t.state == api.TaskFinished
		over = over && (t.state.Terminal() || t.attempt < 0)
	}
	storing := m.coord.InProgress() != nil // only one that is being stored outlives Stopped
	switch m.state {
	case api.JobCreated, api.JobRestarting:
		for r, at := range m.restarts {
			if !now.Before(at) && m.regionOver(r) && !storing {
				delete(m.restarts, r)
				m.deploy(now, r)
				running = false
				if m.restore != nil {
					m.stats.restored(now, checkpointInfo(m.restore.meta, m.restore.dir))
				}
			}
		}
		if running && len(m.restarts) == 0 {
			m.ran = true
			m.enter(now, api.JobRunning)
			m.coordinate(now, checkpoint.Started{})
		}
	case api.JobFailing:
		if over && !storing {
			m.end(now, api.JobFailed, m.failure)
			return
		}
	case api.JobCancelling:
		if over && !storing {
			m.end(now, api.JobCanceled, nil)
			return
		}
	}
	if finished && (m.state == api.JobRunning || m.state == api.JobCreated) {
		if m.suspend {
			m.end(now, api.JobSuspended, nil)
			return
		}
		m.end(now, api.JobFinished, nil)
	}
}

func (m *master) regionOver(region int) bool {
	for _, t := range m.g.tasks {
		if t.region == region && !t.state.Terminal() {
			return false
		}
	}
	return true
}

func (m *master) end(now time.Time, state api.JobState, err error) {
	m.enter(now, state)
	m.ended = now
	if state == api.JobFailed || state == api.JobCanceled {
		m.coordinate(now, checkpoint.Stopped{Reason: "the job is over"})
	}
	if state == api.JobFinished || state == api.JobSuspended {
		m.stopEnumerators(func(int) bool { return true })
	}
	var links []uint64
	for _, l := range m.g.open {
		links = append(links, l...)
	}
	m.do(terminal{state, err}, release{links})
}

// splits are those of one reader.
type splits = []connector.Split

// discovered hands the splits out, one reader in turn.
func (m *master) discovered(now time.Time, e discovered) {
	s := m.sources[e.vertex]
	if s.generation != e.generation {
		return // of an earlier attempt
	}
	if e.err != nil {
		v := m.g.Vertices[e.vertex]
		err := fmt.Errorf("source %q: %w", v.Chain[0].Name, e.err)
		m.remember(now, nil, v.Name, err, false)
		if hopeless(err, s.found, s.resumed) {
			m.fail(now, err)
			return
		}
		m.restartOrFail(now, err, []int{v.Region})
		return
	}
	s.found = true
	share := make([]splits, m.g.Vertices[e.vertex].Parallelism)
	for _, sp := range e.splits {
		share[s.at.Next] = append(share[s.at.Next], sp)
		s.at.Next = (s.at.Next + 1) % len(share)
	}
	s.at.State, s.at.Done = e.state, !e.more
	m.assign(s, share)
}

// assign sends each reader its share.
func (m *master) assign(s *enumeration, share []splits) {
	for i, sp := range share {
		if len(sp) == 0 && !s.at.Done && s.assigned {
			continue
		}
		t := m.g.task(s.vertex, i)
		m.do(assign{t.tm, api.AssignSplits{Execution: t.id(m.id), Splits: sp, Last: s.at.Done}})
	}
	s.assigned = true
}

// coordinate lets the checkpoint coordinator take an event in and translates
// its actions.
func (m *master) coordinate(now time.Time, e checkpoint.Event) {
	for _, a := range m.coord.Step(now, e) {
		switch a := a.(type) {
		case checkpoint.Begin:
			m.stats.begun(m.g, a.Checkpoint)
			m.taken = map[string]snapshot.EnumeratorState{}
			for _, s := range m.sources {
				if s.at.State != nil || s.at.Done {
					m.taken[s.op.ID] = s.at
				}
			}
		case checkpoint.Trigger:
			t := m.g.tasks[a.Task]
			m.do(trigger{t.tm, api.Trigger{Execution: t.id(m.id), Checkpoint: a.Checkpoint}})
		case checkpoint.Store:
			if a.Checkpoint.CommitOnly {
				m.coordinate(now, checkpoint.Stored{ID: a.Checkpoint.ID})
				continue
			}
			m.do(reached{"before-checkpoint-metadata"}, store{m.metadata(now, a), a.Checkpoint.Options.Target})
		case checkpoint.Complete:
			m.completed(now, a)
		case checkpoint.Abort:
			m.stats.failed(now, a)
			if !errors.Is(a.Err, checkpoint.ErrStopped) {
				m.do(report{fmt.Sprintf("checkpoint %d failed", a.Checkpoint.ID), a.Err})
			}
			m.notifyAll(a.Checkpoint.ID, true)
			if !a.Checkpoint.CommitOnly {
				m.do(discard{a.Checkpoint.ID})
				if errors.Is(a.Err, syscall.ENOSPC) {
					m.do(retire{1}) // the spare gives way, so that the next one has room
				}
			}
			if r, ok := a.Checkpoint.Token.(*reply); ok {
				m.do(answer{token: r, err: a.Err})
			}
		case checkpoint.Refuse:
			if r, ok := a.Token.(*reply); ok {
				m.do(answer{token: r, err: a.Err})
			}
		case checkpoint.Fail:
			m.remember(now, nil, "", a.Err, false)
			m.restartOrFail(now, a.Err, m.regions())
		}
	}
	m.stats.InProgress = 0
	if m.coord.InProgress() != nil {
		m.stats.InProgress = 1
	}
}

func (m *master) metadata(now time.Time, a checkpoint.Store) snapshot.Metadata {
	meta := snapshot.Metadata{ID: int64(a.Checkpoint.ID), Savepoint: a.Checkpoint.Savepoint, Job: m.g.Name, Triggered: a.Checkpoint.Triggered, Completed: now,
		Files: a.Files, Enumerators: m.taken, Operators: map[string]snapshot.OperatorMeta{}}
	with := map[string]bool{}
	for _, f := range a.Files {
		for _, op := range f.Operators {
			with[op] = true
		}
	}
	for _, v := range m.g.Vertices {
		for _, op := range v.Chain {
			if with[op.ID] {
				meta.Operators[op.ID] = snapshot.OperatorMeta{Name: op.Name, Parallelism: v.Parallelism, MaxParallelism: v.MaxParallelism}
			}
		}
	}
	return meta
}

func (m *master) stored(now time.Time, e stored) {
	ev := checkpoint.Stored{ID: e.id, Err: e.err}
	if e.err == nil {
		m.restore = &restorePoint{dir: e.dir, meta: e.meta}
		ev.SizeBytes = e.meta.SizeBytes()
	}
	m.coordinate(now, ev)
}

func (m *master) completed(now time.Time, a checkpoint.Complete) {
	if a.Checkpoint.CommitOnly {
		m.notifyAll(a.Checkpoint.ID, false)
		m.finishAll()
		return
	}
	info := checkpointInfo(m.restore.meta, m.restore.dir)
	info.Duration = a.Duration
	m.stats.completed(info, a, m.set.retained)
	m.do(reached{"after-checkpoint-metadata"}, reached{"before-checkpoint-notify"})
	m.notifyAll(a.Checkpoint.ID, false)
	m.suspend = a.Checkpoint.Options.Keep
	if a.Last {
		m.finishAll()
	}
	m.do(reached{"before-checkpoint-cleanup"}, retire{m.set.retained})
	if r, ok := a.Checkpoint.Token.(*reply); ok {
		if a.Checkpoint.Options.Target != "" {
			info.Path = a.Checkpoint.Options.Target
		}
		m.do(answer{token: r, info: info})
	}
}

// finishAll lets all tasks go; each has been told of the last checkpoint before.
func (m *master) finishAll() {
	for _, t := range m.g.tasks {
		m.do(finishTask{t.tm, t.id(m.id)})
	}
}

// notifyAll tells every task that lives.
func (m *master) notifyAll(id element.CheckpointID, aborted bool) {
	for _, t := range m.g.tasks {
		if t.attempt >= 0 && !t.state.Terminal() {
			m.do(notify{t.tm, api.CheckpointDone{Execution: t.id(m.id), Checkpoint: id, Aborted: aborted}})
		}
	}
}

var errNoFolder = errors.New("the job has no checkpoint folder")
