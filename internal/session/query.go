package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/flott/flott/catalog"
	"github.com/flott/flott/internal/config"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/graph"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/opt"
	"github.com/flott/flott/internal/sql/physical"
	"github.com/flott/flott/internal/sql/plan"
)

// optimize runs the optimizer with the session's functions.
func (s *Session) optimize(roots []plan.Node) []plan.Node {
	env := s.functionEnv(time.Now())
	env.Batch = s.batch()
	o := opt.Options{Deterministic: func(call string) bool {
		d := function.Find(call)
		return d != nil && !d.Nondeterministic && (!d.Dynamic || env.Batch)
	}}
	if s.opts.Fold != nil {
		o.Fold = func(e spec.Expr) spec.Expr { return s.opts.Fold(e, env) }
	}
	return opt.Optimize(roots, o)
}

func (s *Session) physical(roots []plan.Node) (*physical.Plan, []*diag.Error) {
	c := s.settings
	idle := c.Duration(config.SourceIdle).Milliseconds()
	o := physical.Options{
		Batch: s.batch(), TTLMillis: c.Duration(config.StateTTL).Milliseconds(), SourceIdleMillis: idle,
		WatermarkIntervalMilli: c.Duration(config.WatermarkInterval).Milliseconds(),
		NotNullEnforcer:        strings.ToLower(c.Text(config.NotNullEnforcer)),
		CDCDuplicates:          c.Bool(config.CDCDuplicates),
		OnePhase:               strings.EqualFold(c.Text(config.AggPhase), "ONE_PHASE"),
		Script:                 s.opts.Script,
	}
	if c.Bool(config.MiniBatch) && !o.Batch {
		o.MiniBatchSize, o.MiniBatchMillis = c.Int(config.MiniBatchSize), c.Duration(config.MiniBatchLatency).Milliseconds()
		if o.MiniBatchSize <= 0 || o.MiniBatchMillis <= 0 {
			return nil, []*diag.Error{{Code: "option-value", Stage: diag.StagePlan, Message: "mini-batches need a size and a latency above 0",
				Help: "SET 'table.exec.mini-batch.size' = '5000' and 'table.exec.mini-batch.allow-latency' = '2 s'"}}
		}
	}
	return physical.New(s.optimize(roots), o)
}

// jobGraph chains a physical plan.
func (s *Session) jobGraph(p *physical.Plan, name string) (*graph.JobGraph, error) {
	g, err := p.Graph(name)
	if err != nil {
		return nil, err
	}
	c := s.settings
	parallelism := int(c.Int(config.Parallelism))
	if n := int(c.Int(config.TableParallelism)); n > 0 {
		parallelism = n
	}
	return graph.Chain(g, max(parallelism, 1), max(int(c.Int(config.MaxParallelism)), 0), c.Bool(config.Chaining), s.config())
}

func internal(err error) []*diag.Error {
	if d, ok := err.(*diag.Error); ok {
		return []*diag.Error{d}
	}
	return []*diag.Error{{Code: "plan-failed", Stage: diag.StagePlan, Message: err.Error(), Cause: err}}
}

// submit sends a plan to the cluster.
func (s *Session) submit(ctx context.Context, p *physical.Plan, sub Submission) (Job, []*diag.Error) {
	j, err := s.jobGraph(p, sub.Name)
	if err != nil {
		return nil, internal(err)
	}
	b, err := j.Encode()
	if err != nil {
		return nil, internal(err)
	}
	sub.Config = j.Config
	job, err := s.opts.Cluster.Submit(ctx, b, sub)
	if err != nil {
		if d, ok := err.(*diag.Error); ok {
			if d.Stage == diag.StageUnset {
				d.Stage = diag.StageRun
			}
			return nil, []*diag.Error{d}
		}
		return nil, []*diag.Error{{Code: "submit-failed", Stage: diag.StageRun, Message: err.Error(), Cause: err}}
	}
	return job, nil
}

func (s *Session) jobName(fallback string) string {
	if n, given := s.settings.Get(config.JobName); given && n != "" {
		return n
	}
	return fallback
}

func (s *Session) query(ctx context.Context, st *ast.QueryStatement) (*Result, []*diag.Error) {
	n, errs := s.binder().Query(st.Query)
	if errs != nil {
		return nil, errs
	}
	p, errs := s.physical([]plan.Node{n})
	if errs != nil {
		return nil, errs
	}
	s.started++
	name := s.jobName(fmt.Sprintf("collect-%d", s.started))
	job, errs := s.submit(ctx, p, Submission{Name: name, Query: true})
	if errs != nil {
		return nil, errs
	}
	return &Result{Kind: Query, Columns: n.Fields(), Batch: s.batch(), Job: job, Name: name, Zone: s.Zone()}, nil
}

func (s *Session) insert(ctx context.Context, inserts []*ast.Insert) (*Result, []*diag.Error) {
	roots, errs := s.bindInserts(inserts)
	if errs != nil {
		return nil, errs
	}
	return s.run(ctx, roots)
}

func (s *Session) bindInserts(inserts []*ast.Insert) ([]plan.Node, []*diag.Error) {
	var roots []plan.Node
	var errs []*diag.Error
	for _, in := range inserts {
		n, e := s.binder().Insert(in)
		errs = append(errs, e...)
		if e == nil {
			roots = append(roots, n)
		}
	}
	return roots, errs
}

// run submits the sinks of one job.
func (s *Session) run(ctx context.Context, roots []plan.Node) (*Result, []*diag.Error) {
	p, errs := s.physical(roots)
	if errs != nil {
		return nil, errs
	}
	r := &Result{Kind: Submitted, CheckpointInterval: s.settings.Duration(config.CheckpointInterval), Batch: s.batch()}
	var paths []string
	for _, n := range roots {
		paths = append(paths, n.(*plan.Sink).Table.Path.String())
	}
	r.Sources, r.Sinks = p.Describe()
	r.Name = s.jobName("insert-into_" + paths[0])
	identity := ""
	if s.opts.Identity != nil && !s.batch() {
		identity = s.opts.Identity(paths)
		s.jobs[identity]++
		if n := s.jobs[identity]; n > 1 {
			identity = fmt.Sprintf("%s-%d", identity, n)
		}
	}
	job, errs := s.submit(ctx, p, Submission{Name: r.Name, Identity: identity})
	if errs != nil {
		return nil, errs
	}
	r.Job, r.Sync = job, s.settings.Bool(config.DMLSync)
	return r, nil
}

// JobError is the failure of a running job as an error for the user: the
// innermost error that was written for one, with the places that wrap it.
func JobError(err error) *diag.Error {
	out := &diag.Error{Code: "job-failed", Stage: diag.StageRun, Message: err.Error(), Cause: err}
	var d *diag.Error
	if errors.As(err, &d) {
		out.Code, out.Help, out.Notes, out.Span, out.Label = d.Code, d.Help, d.Notes, d.Span, d.Label
		out.Message = strings.Replace(out.Message, d.Error(), d.Message, 1)
	}
	var place *diag.Located
	if errors.As(err, &place) {
		out.Notes = append(slices.Clone(out.Notes), "in "+place.Where)
	}
	return out
}

// Declare executes a statement but for the job it would start: what a script
// declares is there afterwards.
func (s *Session) Declare(ctx context.Context, st ast.Statement) (*Result, []*diag.Error) {
	if c, isTable := st.(*ast.CreateTable); isTable && c.Query != nil {
		t, _, errs := s.bindCreateTableAs(c)
		if errs != nil {
			return nil, errs
		}
		if c.Replace || c.OrReplace {
			if err := s.catalog.Replace(t); err != nil {
				return nil, placed(err, c.Path.Pos())
			}
			return ok, nil
		}
		if _, err := s.catalog.Create(t, t.Temporary, c.IfNotExists); err != nil {
			return nil, placed(err, c.Path.Pos())
		}
		return ok, nil
	}
	return s.execute(ctx, st)
}

// createTableAs creates a table with the columns of a query and fills it.
func (s *Session) createTableAs(ctx context.Context, st *ast.CreateTable) (*Result, []*diag.Error) {
	t, root, errs := s.bindCreateTableAs(st)
	if errs != nil {
		return nil, errs
	}
	if _, errs := s.physical([]plan.Node{root}); errs != nil {
		return nil, errs // before anything is created
	}
	if st.Replace || st.OrReplace {
		if err := s.catalog.Replace(t); err != nil {
			return nil, placed(err, st.Path.Pos())
		}
		return s.run(ctx, []plan.Node{root})
	}
	created, err := s.catalog.Create(t, t.Temporary, st.IfNotExists)
	if err != nil {
		return nil, placed(err, st.Path.Pos())
	}
	if !created {
		return ok, nil
	}
	return s.run(ctx, []plan.Node{root})
}

func (s *Session) bindCreateTableAs(st *ast.CreateTable) (*catalog.Table, plan.Node, []*diag.Error) {
	t, errs := s.binder().CreateTable(st)
	if errs != nil {
		return nil, nil, errs
	}
	if st.Replace && s.catalog.Find(t.Path) == nil {
		return nil, nil, placed(s.catalog.Unknown(t.Path), st.Path.Pos())
	}
	root, errs := s.binder().InsertInto(t, st.Query, st.Pos())
	if errs != nil {
		return nil, nil, errs
	}
	return t, root, nil
}
