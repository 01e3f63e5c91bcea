package physical

import (
	"fmt"
	"slices"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/plug"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
)

// Options is what planning depends on besides the query.
type Options struct {
	Batch                  bool
	TTLMillis              int64  // table.exec.state.ttl
	WatermarkIntervalMilli int64  // pipeline.auto-watermark-interval
	SourceIdleMillis       int64  // table.exec.source.idle-timeout
	CDCDuplicates          bool   // table.exec.source.cdc-events-duplicate
	NotNullEnforcer        string // table.exec.sink.not-null-enforcer
	OnePhase               bool   // table.optimizer.agg-phase-strategy is ONE_PHASE
	// MiniBatchSize and MiniBatchMillis are those of table.exec.mini-batch.*; 0 = no mini-batches.
	MiniBatchSize, MiniBatchMillis int64
	// Script is the text that spans refer to.
	Script string
}

type planner struct {
	Options
	done map[plan.Node]*Node
	errs []*diag.Error
}

func fail(code string, at diag.Span, help, format string, args ...any) *diag.Error {
	return &diag.Error{Code: code, Stage: diag.StagePlan, Span: at, Help: help, Message: fmt.Sprintf(format, args...)}
}

func notSupported(at diag.Span, help, format string, args ...any) *diag.Error {
	return fail("not-supported", at, help, format, args...)
}

// build returns the physical node of n.
func (p *planner) build(n plan.Node) (*Node, *diag.Error) {
	if r, ok := p.done[n]; ok {
		return r, nil
	}
	r, err := p.translate(n)
	if err != nil {
		return nil, err
	}
	p.done[n] = r
	return r, nil
}

func (p *planner) translate(n plan.Node) (*Node, *diag.Error) {
	switch n := n.(type) {
	case *plan.Scan:
		return p.scan(n)
	case *plan.Values:
		return &Node{Spec: spec.Values{Columns: n.Out, Rows: n.Rows}, Name: "Values", Out: n.Out, Span: n.Span, Parallelism: 1}, nil
	case *plan.Project, *plan.Filter:
		return p.calc(n)
	case *plan.Watermark:
		return p.watermark(n)
	case *plan.Aggregate:
		return p.aggregate(n)
	case *plan.WindowTVF:
		return p.windowTVF(n)
	case *plan.Join:
		return p.join(n)
	case *plan.SetOp:
		return p.setOp(n)
	case *plan.Sort:
		return p.sort(n)
	case *plan.Sink:
		return p.sink(n)
	case *plan.Over:
		return p.over(n)
	case *plan.Match:
		return p.match(n)
	case *plan.TemporalJoin:
		return p.temporalJoin(n)
	case *plan.Correlate:
		if n.Func == plan.ReplicateRows {
			return p.replicate(n)
		}
		return p.unnest(n)
	}
	return nil, notSupported(n.Pos(), "", "%s is not supported yet", n.Name())
}

func (p *planner) scan(n *plan.Scan) (*Node, *diag.Error) {
	t := n.Table
	s := spec.Source{Table: t.Path.String(), Connector: n.Options["connector"], Options: n.Options,
		PartitionKeys: t.PartitionKeys, PrimaryKey: t.Key(), Columns: n.Columns}
	for _, c := range t.Columns {
		if c.Kind == 0 {
			s.Physical = append(s.Physical, spec.Column{Name: c.Name, Type: c.Type})
		}
	}
	c := connector.Find(s.Connector)
	if c == nil || c.NewSource == nil {
		return nil, fail("unknown-connector", n.Span, "", "connector %q cannot be read from", s.Connector)
	}
	src, err := plug.Source(&s)
	if err == nil {
		err = checkFormats(c.Formats, n.Options, false)
	}
	if err != nil {
		return nil, p.atOption(err, t, n.Options, n.Span)
	}
	if p.Batch && !src.Bounded() {
		return nil, fail("unbounded-in-batch", n.Span, "give the table a bounded end, or SET 'execution.runtime-mode' = 'streaming'",
			"table %q never ends, so batch mode cannot read it", t.Path.Name)
	}
	out := &Node{Name: "Source: " + t.Path.Name, Out: n.Out, Span: n.Span}
	if v, ok := n.Options["scan.parallelism"]; ok {
		fmt.Sscan(v, &out.Parallelism)
	}
	switch src.Changelog() {
	case connector.Upsert:
		s.Mode = spec.Upsert
		out.Spec = s
		key := uniqueOf(s.PrimaryKey, n.Out)
		if key == nil {
			return nil, fail("no-primary-key", n.Span, "add PRIMARY KEY (…) NOT ENFORCED", "table %q takes upserts, which need a primary key", t.Path.Name)
		}
		out.Kinds, out.Upsert, out.Unique = updates|deletes, true, key
		return p.normalize(out, n), nil
	case connector.All:
		if p.Batch {
			return nil, fail("changelog-in-batch", n.Span, "SET 'execution.runtime-mode' = 'streaming'", "table %q holds changes of rows, which batch mode does not read", t.Path.Name)
		}
		s.Mode = spec.Retract
		if p.CDCDuplicates {
			out.Spec = s
			return p.withoutDuplicates(out, n)
		}
		out.Kinds = updates | deletes
		out.updatesFrom, out.updatesWhy = n.Span, "this table's rows change"
	}
	out.Spec = s
	out.Unique = uniqueOf(s.PrimaryKey, n.Out)
	if out.Kinds != insertOnly && out.Parallelism > 0 {
		return orderedByKey(out, n)
	}
	return out, nil
}

// orderedByKey puts an exchange by the primary key behind a source of changes that has
// a parallelism of its own: the changes of a row must not overtake each other on
// their way to operators of another parallelism.
func orderedByKey(src *Node, n *plan.Scan) (*Node, *diag.Error) {
	if src.Unique == nil {
		return nil, fail("no-primary-key", n.Span, "add PRIMARY KEY (…) NOT ENFORCED, or remove 'scan.parallelism'",
			"table %q has a 'scan.parallelism', but no primary key by which its changes keep their order", n.Table.Path.Name)
	}
	return &Node{Spec: spec.Calc{Project: plan.Refs(src.Out)}, Name: "Calc", Inputs: []Input{hash(src, src.Unique[0])}, Out: src.Out, Span: n.Span,
		Kinds: src.Kinds, Unique: src.Unique, updatesFrom: src.updatesFrom, updatesWhy: src.updatesWhy}, nil
}

// uniqueOf returns the key's columns as a unique set if all are there.
func uniqueOf(key []string, out []plan.Field) [][]int {
	var cols []int
	for _, k := range key {
		i := slices.IndexFunc(out, func(f plan.Field) bool { return f.Name == k })
		if i < 0 {
			return nil
		}
		cols = append(cols, i)
	}
	if len(cols) == 0 {
		return nil
	}
	return [][]int{cols}
}

// normalize makes a full changelog of rows that replace each other by the key of in.
func (p *planner) normalize(in *Node, n *plan.Scan) *Node {
	key := in.Unique[0]
	return &Node{Spec: spec.ChangelogNormalize{Keys: key, TTLMillis: p.TTLMillis}, Name: "ChangelogNormalize", Inputs: []Input{hash(in, key)},
		Out: in.Out, Span: n.Span, Kinds: updates | deletes, Unique: in.Unique,
		updatesFrom: n.Span, updatesWhy: "this table's rows are replaced by key", state: p.bound("every key's last row")}
}

// withoutDuplicates lets a change count once that a source tells twice: what it
// tells of a key is taken as the key's last row.
func (p *planner) withoutDuplicates(src *Node, n *plan.Scan) (*Node, *diag.Error) {
	src.Kinds, src.Unique = updates|deletes, uniqueOf(src.Spec.(spec.Source).PrimaryKey, src.Out)
	if src.Unique == nil {
		return nil, fail("no-primary-key", n.Span, "add PRIMARY KEY (…) NOT ENFORCED, or SET 'table.exec.source.cdc-events-duplicate' = 'false'",
			"'table.exec.source.cdc-events-duplicate' is set, but table %q has no primary key", n.Table.Path.Name)
	}
	drop := &Node{Spec: spec.DropUpdateBefore{Keys: src.Unique[0]}, Name: "DropUpdateBefore", Inputs: []Input{forward(src)}, Out: src.Out, Span: n.Span,
		Kinds: src.Kinds, Unique: src.Unique, Upsert: true, Parallelism: src.Parallelism}
	return p.normalize(drop, n), nil
}

// place gives an error of a connector a place in the script.
func place(err error, at diag.Span) *diag.Error {
	if d, ok := err.(*diag.Error); ok {
		c := *d
		if c.Span.IsZero() {
			c.Span = at
		}
		if c.Stage == diag.StageUnset {
			c.Stage = diag.StageValidate
		}
		return &c
	}
	return &diag.Error{Code: "option-value", Stage: diag.StageValidate, Message: err.Error(), Span: at, Cause: err}
}

func (p *planner) watermark(n *plan.Watermark) (*Node, *diag.Error) {
	w := spec.WatermarkSpec{Column: n.Column, Expr: n.Expr, Emit: n.Emit, IntervalMillis: p.WatermarkIntervalMilli, IdleTimeoutMillis: n.IdleTimeoutMillis}
	if w.IdleTimeoutMillis == 0 {
		w.IdleTimeoutMillis = p.SourceIdleMillis
	}
	if !p.Batch {
		if r, err := p.pushWatermark(n, w); r != nil || err != nil {
			return r, err
		}
	}
	in, err := p.build(n.Input)
	if err != nil {
		return nil, err
	}
	out := *in
	if p.Batch { // batch has no event time: final results only
		out.Out = n.Out
		return &out, nil
	}
	return &Node{Spec: spec.Watermark{WatermarkSpec: w}, Name: "WatermarkAssigner", Inputs: []Input{forward(in)}, Out: n.Out, Span: n.Span,
		Kinds: in.Kinds, Unique: in.Unique, Upsert: in.Upsert, updatesFrom: in.updatesFrom, updatesWhy: in.updatesWhy}, nil
}

// pushWatermark moves the watermark into a source that generates watermarks
// per split: Watermark(Project?(Scan)) becomes Project?(Source with watermark).
func (p *planner) pushWatermark(n *plan.Watermark, w spec.WatermarkSpec) (*Node, *diag.Error) {
	var exprs []spec.Expr
	in := n.Input
	if project, ok := in.(*plan.Project); ok {
		exprs, in = project.Exprs, project.Input
	}
	scan, ok := in.(*plan.Scan)
	if !ok {
		return nil, nil
	}
	c := connector.Find(scan.Options["connector"])
	if c == nil || !c.SplitWatermarks {
		return nil, nil
	}
	src, err := p.scan(scan)
	if err != nil {
		return nil, err
	}
	at := src // the source may lie below a ChangelogNormalize
	for len(at.Inputs) > 0 {
		at = at.Inputs[0].Node
	}
	if exprs != nil {
		w.Expr = plan.MapColumns(w.Expr, func(c int, _ types.Type) spec.Expr { return exprs[c] })
		w.Column = -1
		if e := exprs[n.Column]; e.Column != nil {
			w.Column = *e.Column
		}
	}
	s := at.Spec.(spec.Source)
	s.Watermark = &w
	at.Spec = s
	if exprs == nil {
		src.Out = n.Out
		return src, nil
	}
	return p.project(src, nil, exprs, n.Out, n.Span), nil
}

// calc makes one Calc of a run of projections and filters.
func (p *planner) calc(n plan.Node) (*Node, *diag.Error) {
	var condition *spec.Expr
	var exprs []spec.Expr
	in := n
	if project, ok := in.(*plan.Project); ok {
		exprs, in = project.Exprs, project.Input
	}
	if f, ok := in.(*plan.Filter); ok && (exprs != nil || in == n) {
		if t, ok := asTopN(f); ok {
			return p.topN(t, exprs, n)
		}
		if err := p.rankRefused(f); err != nil {
			return nil, err
		}
		condition, in = &f.Condition, f.Input
	}
	below, err := p.build(in)
	if err != nil {
		return nil, err
	}
	return p.project(below, condition, exprs, n.Fields(), n.Pos()), nil
}

// topN puts what is left of a filter on ROW_NUMBER() and a projection on a Rank;
// exprs nil = all columns.
func (p *planner) topN(t topN, exprs []spec.Expr, n plan.Node) (*Node, *diag.Error) {
	number := exprs == nil
	used := map[int]bool{}
	for _, e := range slices.Concat(exprs, t.rest) {
		plan.Columns(e, used)
	}
	number = number || used[len(t.over.Out)-1]
	r, err := p.rank(t, number)
	if err != nil || exprs == nil && t.rest == nil {
		return r, err
	}
	return p.project(r, plan.And(t.rest...), exprs, n.Fields(), n.Pos()), nil
}

// project puts a Calc on top of in; exprs nil = all columns.
func (p *planner) project(in *Node, condition *spec.Expr, exprs []spec.Expr, out []plan.Field, at diag.Span) *Node {
	if exprs == nil {
		exprs = plan.Refs(in.Out)
	}
	if c, ok := in.Spec.(spec.Calc); ok && c.Condition == nil && references(c.Project) {
		// The one below only moves columns.
		by := func(c2 int, _ types.Type) spec.Expr { return c.Project[c2] }
		moved := make([]spec.Expr, len(exprs))
		for i, e := range exprs {
			moved[i] = plan.MapColumns(e, by)
		}
		if condition != nil {
			e := plan.MapColumns(*condition, by)
			condition = &e
		}
		in, exprs = in.Inputs[0].Node, moved
	}
	to := make([]int, len(in.Out))
	for i := range to {
		to[i] = -1
	}
	for i, e := range exprs {
		if e.Column != nil && to[*e.Column] < 0 {
			to[*e.Column] = i
		}
	}
	n := &Node{Spec: spec.Calc{Condition: condition, Project: exprs}, Name: "Calc", Inputs: []Input{forward(in)}, Out: out, Span: at,
		Kinds: in.Kinds, Upsert: in.Upsert, updatesFrom: in.updatesFrom, updatesWhy: in.updatesWhy,
		Window: in.Window.move(func(c int) int { return to[c] })}
	if condition != nil && in.Kinds&updates != 0 {
		n.Kinds |= deletes // an update may leave the filter's range
	}
	for _, u := range in.Unique {
		if m, ok := moveAll(u, to); ok {
			n.Unique = append(n.Unique, m)
		}
	}
	return n
}

func references(es []spec.Expr) bool {
	return !slices.ContainsFunc(es, func(e spec.Expr) bool { return e.Column == nil })
}

func moveAll(cols, to []int) ([]int, bool) {
	out := make([]int, len(cols))
	for i, c := range cols {
		if out[i] = to[c]; out[i] < 0 {
			return nil, false
		}
	}
	return out, true
}

func (p *planner) setOp(n *plan.SetOp) (*Node, *diag.Error) {
	u := &Node{Name: "Union", Out: n.Out, Span: n.Span}
	for _, x := range n.Ins {
		in, err := p.build(x)
		if err != nil {
			return nil, err
		}
		u.Inputs = append(u.Inputs, forward(in))
		if in.Kinds != 0 && u.Kinds == 0 {
			u.updatesFrom, u.updatesWhy = in.updatesFrom, in.updatesWhy
		}
		u.Kinds |= in.Kinds
	}
	return u, nil
}

// replicate repeats rows, with what is known of them but for their keys.
func (p *planner) replicate(n *plan.Correlate) (*Node, *diag.Error) {
	in, err := p.build(n.Input)
	if err != nil {
		return nil, err
	}
	return &Node{Spec: spec.Replicate{Times: *n.Args[0].Column}, Name: "Replicate", Inputs: []Input{forward(in)}, Out: n.Out, Span: n.Span,
		Kinds: in.Kinds, updatesFrom: in.updatesFrom, updatesWhy: in.updatesWhy}, nil
}

func (p *planner) sort(n *plan.Sort) (*Node, *diag.Error) {
	in, err := p.build(n.Input)
	if err != nil {
		return nil, err
	}
	single := Input{in, spec.Exchange{Kind: spec.Single}}
	out := &Node{Inputs: []Input{single}, Out: n.Out, Span: n.Span, Parallelism: 1, Unique: in.Unique}
	switch {
	case len(n.Keys) == 0:
		if n.Limit < 0 && !p.Batch {
			return nil, fail("streaming-sort", n.Span, "add LIMIT, or use batch mode", "a stream needs LIMIT beside OFFSET")
		}
		limit := n.Limit
		if limit < 0 {
			limit = 1<<63 - 1 - n.Offset
		}
		if in.Kinds != insertOnly { // the first to come, as long as they stay
			r := p.ranked(in, spec.Rank{Start: n.Offset + 1, End: n.Offset + limit}, n.Out, n.Span)
			r.Name = "Limit"
			return r, nil
		}
		out.Spec, out.Name = spec.Limit{Offset: n.Offset, Limit: limit}, "Limit"
	case p.Batch:
		out.Spec, out.Name = spec.Sort{Keys: n.Keys, Offset: n.Offset, Limit: n.Limit}, "Sort"
	case n.Limit >= 0:
		r := p.ranked(in, spec.Rank{Sort: n.Keys, Start: n.Offset + 1, End: n.Offset + n.Limit}, n.Out, n.Span)
		r.Name = "SortLimit"
		return r, nil
	case n.Offset > 0:
		return nil, fail("streaming-sort", n.Span, "add LIMIT, or use batch mode", "a stream without end cannot be sorted from an OFFSET on")
	case in.Out[n.Keys[0].Column].Type.Attr == types.Rowtime && !n.Keys[0].Desc && in.Kinds == insertOnly:
		out.Spec, out.Name, out.state = spec.TemporalSort{Keys: n.Keys}, "TemporalSort", "rows above the watermark"
	default:
		return nil, fail("streaming-sort", n.Span, "order by a time attribute ascending first, add LIMIT, or use batch mode",
			"a stream without end cannot be sorted by a column that is not a time attribute")
	}
	return out, nil
}

// bound tells what bounds an operator's state.
func (p *planner) bound(what string) string {
	if p.TTLMillis > 0 {
		return fmt.Sprintf("%s, for %s (table.exec.state.ttl)", what, option.FormatDuration(time.Duration(p.TTLMillis)*time.Millisecond))
	}
	return what + ", without bound"
}
