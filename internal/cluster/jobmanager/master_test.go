package jobmanager

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/internal/checkpoint"
	"github.com/flott/flott/internal/cluster/api"
	"github.com/flott/flott/internal/cluster/scheduler"
	"github.com/flott/flott/internal/element"
	"github.com/flott/flott/internal/graph"
	"github.com/flott/flott/internal/snapshot"
	"github.com/flott/flott/internal/spec"
)

var rewrite = flag.Bool("rewrite", false, "write what is seen into testdata")

// TestData plays the stories in testdata: a line is the time in seconds and an
// event, the lines below it are the master's actions and the job's new state.
// Jobs are written as edges between vertices, "a:2>b:3" reads: two subtasks of
// source a, whose rows go to three of b by hash. Task "b.1" is subtask 1 of b.
func TestData(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			p := &player{t: t}
			got := p.play(string(b))
			if *rewrite {
				if err := os.WriteFile(f, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, have := strings.Split(string(b), "\n"), strings.Split(got, "\n")
			for i := range have {
				if i >= len(want) || want[i] != have[i] {
					t.Fatalf("line %d: %q\nwhole story:\n%s", i+1, have[i], got)
				}
			}
			if len(want) != len(have) {
				t.Errorf("%d lines, want %d", len(have), len(want))
			}
		})
	}
}

type player struct {
	t     *testing.T
	m     *master
	names []string
}

func (p *player) play(story string) string {
	var out []string
	var state api.JobState
	for _, line := range strings.Split(story, "\n") {
		if strings.HasPrefix(line, ">") {
			continue
		}
		out = append(out, line)
		f := strings.Fields(line)
		if len(f) == 0 || f[0] == "#" {
			continue
		}
		if f[0] == "job" {
			p.job(f[1:])
			state = p.m.state
			continue
		}
		var at float64
		if _, err := fmt.Sscan(f[0], &at); err != nil {
			p.t.Fatalf("%q: %v", line, err)
		}
		for _, a := range p.m.Step(time.Unix(0, int64(at*1e9)), p.event(f[1:])) {
			if s := p.show(a); s != "" {
				out = append(out, "> "+s)
			}
		}
		if p.m.state != state {
			state = p.m.state
			out = append(out, "> job is "+string(state))
		}
	}
	return strings.Join(out, "\n")
}

func (p *player) job(args []string) {
	g := &graph.StreamGraph{Name: "job"}
	at := map[string]int{}
	p.names = nil
	config := map[string]string{"execution.checkpointing.interval": "10 s", "restart-strategy.type": "fixed-delay", "restart-strategy.fixed-delay.attempts": "2"}
	node := func(text string) int {
		name, par, _ := strings.Cut(text, ":")
		if i, ok := at[name]; ok {
			return i
		}
		n := &graph.Node{Operator: spec.Operator{ID: "id-" + name, Name: name, Spec: &spec.Calc{}}, Parallelism: 1}
		fmt.Sscan(par, &n.Parallelism)
		at[name] = g.Add(n)
		p.names = append(p.names, name)
		return at[name]
	}
	for _, a := range args {
		if k, v, ok := strings.Cut(a, "="); ok {
			config[k] = strings.ReplaceAll(v, "_", " ")
			continue
		}
		from, to, _ := strings.Cut(a, ">")
		f, t := node(from), node(to)
		g.Nodes[t].Inputs = append(g.Nodes[t].Inputs, graph.Edge{From: f, Exchange: spec.Exchange{Kind: spec.Hash, Keys: []int{0}}})
	}
	for _, n := range g.Nodes {
		if len(n.Inputs) == 0 {
			n.Operator.Spec = &spec.Source{}
		}
	}
	j, err := graph.Chain(g, 1, 0, true, config)
	if err != nil {
		p.t.Fatal(err)
	}
	set, err := readSettings(j, true)
	if err != nil {
		p.t.Fatal(err)
	}
	place, _, err := scheduler.Assign(j, scheduler.Slots{-1}, true)
	if err != nil {
		p.t.Fatal(err)
	}
	links := uint64(0)
	x, err := newExecutionGraph(j, "job", place, []manager{{}}, func() uint64 { links++; return links })
	if err != nil {
		p.t.Fatal(err)
	}
	p.m = newMaster("job", x, set, api.Deploy{}, nil, time.Unix(0, 0))
}

// task reads "b.1", or "b.1@0" for its attempt 0.
func (p *player) task(text string) api.ExecutionID {
	text, attempt, old := strings.Cut(text, "@")
	name, sub, _ := strings.Cut(text, ".")
	id := api.ExecutionID{Job: "job", Vertex: slices.Index(p.names, name)}
	if id.Vertex < 0 {
		p.t.Fatalf("no vertex %q", name)
	}
	fmt.Sscan(sub, &id.Subtask)
	id.Attempt = p.m.g.task(id.Vertex, id.Subtask).attempt
	if old {
		fmt.Sscan(attempt, &id.Attempt)
	}
	return id
}

func (p *player) name(e api.ExecutionID) string {
	return fmt.Sprintf("%s.%d@%d", p.names[e.Vertex], e.Subtask, e.Attempt)
}

func (p *player) event(f []string) any {
	number := func(i int) element.CheckpointID {
		var n int64
		fmt.Sscan(f[i], &n)
		return element.CheckpointID(n)
	}
	changed := func(s api.TaskState, err error) any {
		return api.TaskChanged{Execution: p.task(f[1]), State: s, Err: err}
	}
	switch f[0] {
	case "start":
		return start{}
	case "tick":
		return tick{}
	case "cancel":
		return cancel{}
	case "running":
		return changed(api.TaskRunning, nil)
	case "finished":
		return changed(api.TaskFinished, nil)
	case "canceled":
		return changed(api.TaskCanceled, nil)
	case "failed":
		return changed(api.TaskFailed, errors.New("no luck"))
	case "ended":
		return api.EndOfData{Execution: p.task(f[1])}
	case "ack":
		a := api.Acknowledge{Execution: p.task(f[1]), Checkpoint: number(2)}
		if len(f) > 3 {
			v := p.m.g.Vertices[a.Execution.Vertex]
			a.File = &snapshot.File{Name: f[3], Subtask: a.Execution.Subtask, Parallelism: v.Parallelism, Operators: []string{v.Chain[0].ID}}
		}
		return a
	case "declined":
		return api.Decline{Execution: p.task(f[1]), Checkpoint: number(2), Err: errors.New("disk full")}
	case "stored":
		meta := p.m.metadata(time.Unix(0, 0), checkpoint.Store{Checkpoint: *p.m.coord.InProgress()})
		return stored{id: number(1), meta: &meta, dir: "chk-" + f[1]}
	case "found": // found VERTEX SPLIT… [more]
		v := slices.Index(p.names, f[1])
		d := discovered{vertex: v, generation: p.m.sources[v].generation, state: []byte(strings.Join(f[2:], ","))}
		for _, s := range f[2:] {
			if s == "more" {
				d.more = true
			} else {
				d.splits = append(d.splits, connector.Split{ID: s})
			}
		}
		return d
	case "unreachable":
		v := slices.Index(p.names, f[1])
		return discovered{vertex: v, generation: p.m.sources[v].generation, err: errors.New("no broker")}
	case "savepoint":
		return requested{newReply(), checkpoint.Options{Savepoint: true, Stop: true, Target: "target"}}
	}
	p.t.Fatalf("unknown event %v", f)
	return nil
}

func (p *player) show(action any) string {
	switch a := action.(type) {
	case deploy:
		s := "deploy " + p.name(a.d.Execution)
		if r := a.d.Restore; r != nil {
			s += fmt.Sprintf(" from checkpoint %d", r.Checkpoint)
		}
		return s
	case cancelTask:
		return "cancel " + p.name(a.e)
	case finishTask:
		return "let " + p.name(a.e) + " go"
	case trigger:
		return fmt.Sprintf("trigger %d at %s", a.t.Checkpoint.ID, p.name(a.t.Execution))
	case notify:
		if a.c.Aborted {
			return fmt.Sprintf("tell %s that %d is aborted", p.name(a.c.Execution), a.c.Checkpoint)
		}
		return fmt.Sprintf("tell %s that %d is complete", p.name(a.c.Execution), a.c.Checkpoint)
	case assign:
		var ids []string
		for _, s := range a.a.Splits {
			ids = append(ids, s.ID)
		}
		s := fmt.Sprintf("give %s %v", p.name(a.a.Execution), ids)
		if a.a.Last {
			s += ", the last ones"
		}
		return s
	case enumerate:
		s := "enumerate " + p.names[a.vertex]
		if a.restore != nil {
			s += " behind " + string(a.restore.State)
		}
		return s
	case stopEnumerator:
		return "stop enumerating " + p.names[a.vertex]
	case store:
		s := fmt.Sprintf("store %d with %d files", a.meta.ID, len(a.meta.Files))
		if a.target != "" {
			s += " and copy it to " + a.target
		}
		return s
	case discard:
		return fmt.Sprintf("discard %d", a.id)
	case report:
		return fmt.Sprintf("report that %s: %v", a.what, a.err)
	case retire:
		return fmt.Sprintf("keep %d checkpoint", a.keep)
	case answer:
		if a.err != nil {
			return "answer: " + a.err.Error()
		}
		return fmt.Sprintf("answer: %d in %s", a.info.ID, a.info.Path)
	case terminal:
		if a.err != nil {
			return "over: " + a.err.Error()
		}
		return "over"
	}
	return "" // failpoints, links, counters
}
