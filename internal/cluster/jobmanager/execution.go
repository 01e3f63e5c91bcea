package jobmanager

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"slices"
	"time"

	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/graph"
	"github.com/flott/flott/internal/snapshot"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

// execution is one subtask and its current attempt.
type execution struct {
	index   int // among all of the job
	vertex  int
	subtask int
	attempt int
	tm      int // task manager
	region  int
	state   api.TaskState
	entered api.TaskTimes
	earlier []api.SubtaskStatus // ended attempts, the oldest first
}

// enter changes the attempt's state.
func (e *execution) enter(now time.Time, s api.TaskState) {
	e.state = s
	e.entered.Enter(s, types.Instant(now.UnixMilli()))
}

// keep remembers the attempt before the next one, of the newest n.
func (e *execution) keep(n int) {
	e.earlier = append(e.earlier, api.SubtaskStatus{Subtask: e.subtask, Attempt: e.attempt, State: e.state, Entered: e.entered})
	e.earlier = slices.Clone(e.earlier[max(0, len(e.earlier)-n):]) // pictures share the old slice
}

func (e *execution) id(job string) api.ExecutionID {
	return api.ExecutionID{Job: job, Vertex: e.vertex, Subtask: e.subtask, Attempt: e.attempt}
}

// manager is what is known of a task manager: its data address is "" if others
// cannot reach it.
type manager struct{ id, host, address string }

func managerOf(tm api.TaskManager) manager {
	m := manager{id: tm.ID(), host: "localhost", address: tm.Address()}
	if host, _, err := net.SplitHostPort(m.address); err == nil {
		m.host = host
	}
	return m
}

// executionGraph is a job graph with its subtasks and where they run.
type executionGraph struct {
	*graph.JobGraph
	job     string
	tasks   []*execution
	first   []int // index of each vertex's subtask 0
	encoded [][]byte
	tms     []manager
	links   func() uint64
	// open are the links of each region's current attempt.
	open map[int][]uint64
	// results is the link of each Collect operator to the client.
	results uint64
	client  int // task manager at which the client reads
}

func newExecutionGraph(g *graph.JobGraph, job string, place [][]int, tms []manager, links func() uint64) (*executionGraph, error) {
	x := &executionGraph{JobGraph: g, job: job, tms: tms, links: links, open: map[int][]uint64{}}
	for i, v := range g.Vertices {
		b, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		x.encoded = append(x.encoded, b)
		x.first = append(x.first, len(x.tasks))
		for s := range v.Parallelism {
			x.tasks = append(x.tasks, &execution{index: len(x.tasks), vertex: i, subtask: s, attempt: -1, tm: place[i][s], region: v.Region, state: api.TaskCreated})
		}
	}
	for _, v := range g.Vertices {
		for _, op := range v.Chain {
			if _, ok := op.Spec.(*spec.Collect); !ok {
				continue
			}
			if x.results != 0 || v.Parallelism != 1 {
				return nil, fmt.Errorf("job %q collects results with several subtasks", g.Name)
			}
			x.results = links()
		}
	}
	return x, nil
}

func (x *executionGraph) task(vertex, subtask int) *execution {
	return x.tasks[x.first[vertex]+subtask]
}

// find returns the task of an attempt, nil if that is over.
func (x *executionGraph) find(id api.ExecutionID) *execution {
	if id.Vertex >= len(x.first) {
		return nil
	}
	e := x.task(id.Vertex, id.Subtask)
	if e.attempt != id.Attempt {
		return nil
	}
	return e
}

// isSource tells for each task whether it reads no links.
func (x *executionGraph) isSource() (out []bool) {
	for _, e := range x.tasks {
		out = append(out, len(x.Vertices[e.vertex].Inputs) == 0)
	}
	return out
}

// name is how messages call a task.
func (x *executionGraph) name(e *execution) string {
	v := x.Vertices[e.vertex]
	return fmt.Sprintf("%s (%d/%d)", v.Name, e.subtask+1, v.Parallelism)
}

// deployments are those of the next attempt of a region.
func (x *executionGraph) deployments(now time.Time, region int, template api.Deploy, restore *restorePoint) (out []api.Deploy) {
	byTask := map[int]*api.Deploy{}
	for _, e := range x.tasks {
		if e.region != region {
			continue
		}
		if e.attempt++; e.attempt > 0 {
			e.entered = api.TaskTimes{}
			e.enter(now, api.TaskCreated)
		}
		e.enter(now, api.TaskScheduled)
		e.enter(now, api.TaskDeploying)
		d := template
		d.Execution = e.id(x.job)
		d.Vertex = x.encoded[e.vertex]
		v := x.Vertices[e.vertex]
		d.Outputs = make([]api.Output, len(v.Outputs))
		for i, o := range v.Outputs {
			d.Outputs[i].MaxParallelism = x.Vertices[o.Target].MaxParallelism
		}
		if restore != nil {
			d.Restore = restore.of(v, e.subtask)
		}
		for _, op := range v.Chain {
			if _, ok := op.Spec.(*spec.Collect); ok {
				d.Results = &api.OutputLink{Link: x.results, Address: x.address(e.tm, x.client)}
			}
		}
		byTask[e.index] = &d
	}
	x.open[region] = nil
	for target, v := range x.Vertices {
		if v.Region != region {
			continue
		}
		for _, in := range v.Inputs {
			x.connect(byTask, target, in, region)
		}
	}
	for _, e := range x.tasks { // in the order of tasks: targets exist when links are used either way
		if d := byTask[e.index]; d != nil {
			out = append(out, *d)
		}
	}
	return out
}

// connect makes the links of one edge.
func (x *executionGraph) connect(byTask map[int]*api.Deploy, target int, in graph.VertexEdge, region int) {
	source := x.Vertices[in.Vertex]
	kind := source.Outputs[in.Output].Exchange.Kind
	for s := range source.Parallelism {
		from := x.task(in.Vertex, s)
		for t := range x.Vertices[target].Parallelism {
			if kind == spec.Forward && s != t {
				continue
			}
			to := x.task(target, t)
			id := x.links()
			x.open[region] = append(x.open[region], id)
			out := &byTask[from.index].Outputs[in.Output]
			out.Links = append(out.Links, api.OutputLink{Link: id, Address: x.address(from.tm, to.tm)})
			byTask[to.index].Inputs = append(byTask[to.index].Inputs, api.InputLink{Link: id, Port: in.Port})
		}
	}
}

// address is where task manager to is reached from task manager from.
func (x *executionGraph) address(from, to int) string {
	if from == to {
		return ""
	}
	return x.tms[to].address
}

// restorePoint is a checkpoint that tasks start from.
type restorePoint struct {
	dir  string
	meta *snapshot.Metadata
}

// of picks the files that hold state for a subtask of v: its own if the
// operators had the same parallelism, else all of them.
func (r *restorePoint) of(v *graph.Vertex, subtask int) *api.Restore {
	var files []snapshot.File
	same := true
	for _, f := range r.meta.Files {
		for _, op := range v.Chain {
			if slices.Contains(f.Operators, op.ID) {
				files = append(files, f)
				same = same && f.Parallelism == v.Parallelism
				break
			}
		}
	}
	if same {
		files = slices.DeleteFunc(files, func(f snapshot.File) bool { return f.Subtask != subtask })
	}
	return &api.Restore{Checkpoint: r.meta.ID, Dir: r.dir, Files: files}
}

// check refuses a checkpoint with state that no operator of the job takes.
func (r *restorePoint) check(g *graph.JobGraph) error {
	known := map[string]bool{}
	for _, v := range g.Vertices {
		for _, op := range v.Chain {
			known[op.ID] = true
		}
	}
	for _, id := range slices.Sorted(maps.Keys(r.meta.Operators)) {
		if op := r.meta.Operators[id]; !known[id] {
			return &diag.Error{Code: "state-mismatch", Stage: diag.StageRun,
				Message: fmt.Sprintf("checkpoint %d has state of operator %q, which the script no longer has", r.meta.ID, op.Name),
				Notes:   []string{"the checkpoint is in " + r.dir},
				Help:    "--fresh starts over without it; restore the statement to go on with its state"}
		}
	}
	return nil
}
