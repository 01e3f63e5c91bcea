package explain

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/physical"
	"github.com/flott/flott/internal/sql/plan"
)

// Options say what a drawing of a physical plan shows.
type Options struct {
	// Execution is the form of the execution plan: expressions written as in SQL,
	// parts that are used twice drawn once.
	Execution bool
	Modes     bool // CHANGELOG_MODE
	Cost      bool // ESTIMATED_COST
	Advice    bool // PLAN_ADVICE
	// MiniBatch: they are on, so there is no advice to switch them on.
	MiniBatch bool
	Batch     bool
}

// drawer draws one physical plan.
type drawer struct {
	Options
	uses   map[*physical.Node]int // how often a node is an input, in an execution plan
	reused map[*physical.Node]int
	advice []string
	// names are those that a renaming above gives the columns of a node.
	names map[*physical.Node][]plan.Field
}

func newDrawer(o Options) *drawer {
	return &drawer{Options: o, uses: map[*physical.Node]int{}, reused: map[*physical.Node]int{}, names: map[*physical.Node][]plan.Field{}}
}

// skip returns the node below projections that only give its columns other names;
// Flink's operators have these names themselves.
func (d *drawer) skip(n *physical.Node) *physical.Node {
	for {
		c, ok := n.Spec.(spec.Calc)
		if !ok || c.Condition != nil || len(c.Project) != len(n.Inputs[0].Node.Out) || n.Inputs[0].Exchange.Kind != spec.Forward {
			return n
		}
		for i, e := range c.Project {
			if e.Column == nil || *e.Column != i {
				return n
			}
		}
		switch n.Inputs[0].Node.Spec.(type) {
		case spec.GroupAgg, spec.WindowAgg, spec.Join, spec.Rank:
		default:
			return n
		}
		in := n.Inputs[0].Node
		d.names[in] = n.Out
		n = in
	}
}

// out returns the columns that a node puts out, with the names they are known by.
func (d *drawer) out(n *physical.Node) []plan.Field {
	if fs := d.names[n]; fs != nil {
		return fs
	}
	return n.Out
}

// Physical draws a plan. With Advice, what there is to advise stands below it.
func Physical(p *physical.Plan, o Options) string {
	d := newDrawer(o)
	if o.Execution {
		for _, r := range p.Roots {
			d.count(r)
		}
	}
	var trees []*tree
	for _, r := range p.Roots {
		trees = append(trees, d.node(top(r), true).tree)
	}
	text := draw(trees)
	if !o.Advice {
		return text
	}
	text += "\n"
	if len(d.advice) == 0 {
		return text + "No available advice...\n"
	}
	for i, a := range d.advice {
		text += fmt.Sprintf("advice[%d]: %s\n", i+1, a)
	}
	return text
}

// top returns the root that Flink shows: the collecting of a query's rows is not
// part of its plan.
func top(n *physical.Node) *physical.Node {
	if _, collects := n.Spec.(spec.Collect); collects && len(n.Inputs) == 1 {
		return n.Inputs[0].Node
	}
	return n
}

func (d *drawer) count(n *physical.Node) {
	if d.uses[n]++; d.uses[n] == 1 {
		for _, in := range n.Inputs {
			d.count(in.Node)
		}
	}
}

// drawn is a subtree with the estimate of what it costs.
type drawn struct {
	*tree
	cost
}

func (d *drawer) node(n *physical.Node, root bool) drawn {
	n = d.skip(n)
	if id := d.reused[n]; id > 0 {
		return drawn{tree: &tree{text: fmt.Sprintf("Reused(reference_id=[%d])", id)}}
	}
	_, isSource := n.Spec.(spec.Source)
	if d.uses[n] > 1 && !isSource {
		d.reused[n] = len(d.reused) + 1
	}
	var ins []drawn
	for _, in := range n.Inputs {
		x := d.node(in.Node, false)
		dist := ""
		switch in.Exchange.Kind {
		case spec.Hash:
			dist = "hash[" + strings.Join(pick(unique(fieldNames(in.Node.Out)), in.Exchange.Keys), ", ") + "]"
		case spec.Single:
			dist = "single"
		}
		if dist != "" {
			x = drawn{&tree{below: []*tree{x.tree}}, x.exchange(in.Node.Out)}
			x.text = d.line("Exchange", in.Node, false, x.cost, attr("distribution", dist))
		}
		ins = append(ins, x)
	}
	out := drawn{tree: &tree{}}
	for _, x := range ins {
		out.below = append(out.below, x.tree)
		out.cost = out.cost.plus(x.cost)
	}
	name, attrs := d.describe(n)
	out.cost = out.cost.operator(n)
	if s, ok := n.Spec.(spec.Source); ok && s.Watermark != nil {
		// A source that makes watermarks is drawn as Flink draws one that does not.
		scan := &tree{text: d.line("TableSourceScan", n, false, out.cost, attrs...)}
		w := named(fieldNames(n.Out), d.Execution)
		out.tree = &tree{below: []*tree{scan}}
		out.cost.rows, out.cost.cpu = out.cost.rows+out.cost.count, out.cost.cpu+out.cost.count
		name, attrs = "WatermarkAssigner", []string{attr("rowtime", n.Out[s.Watermark.Column].Name), attr("watermark", w.expr(s.Watermark.Expr))}
	}
	if a := d.advise(n); a != "" {
		i := slices.Index(d.advice, a)
		if i < 0 {
			d.advice, i = append(d.advice, a), len(d.advice)
		}
		attrs = append([]string{attr("advice", strconv.Itoa(i+1))}, attrs...)
	}
	out.text = d.line(name, n, root && isSink(n), out.cost, attrs...)
	if id := d.reused[n]; id > 0 {
		out.text += fmt.Sprintf("(reuse_id=[%d])", id)
	}
	return out
}

func isSink(n *physical.Node) bool { _, sink := n.Spec.(spec.Sink); return sink }

func (d *drawer) line(name string, n *physical.Node, sink bool, c cost, attrs ...string) string {
	if d.Modes {
		mode := n.Modes()
		if sink {
			mode = "NONE"
		}
		attrs = append(attrs, attr("changelogMode", mode))
	}
	text := node(name, attrs...)
	if d.Cost {
		text += c.String()
	}
	return text
}

func pick(names []string, at []int) []string {
	out := make([]string, len(at))
	for i, c := range at {
		out[i] = names[c]
	}
	return out
}

// describe returns the operator's name and attributes as Flink writes them.
func (d *drawer) describe(n *physical.Node) (name string, attrs []string) {
	var in []string
	if len(n.Inputs) > 0 {
		in = unique(fieldNames(n.Inputs[0].Node.Out))
	}
	both := in
	if len(n.Inputs) > 1 {
		both = unique(append(slices.Clone(in), fieldNames(n.Inputs[1].Node.Out)...))
	}
	out := unique(fieldNames(d.out(n)))
	w := named(both, d.Execution)
	join := func(l []string) string { return strings.Join(l, ", ") }
	keys := func(word string, at []int) string {
		if len(at) == 0 {
			return ""
		}
		return attr(word, join(pick(in, at)))
	}
	switch s := n.Spec.(type) {
	case nil:
		return "Union", []string{attr("all", "true"), attr("union", join(out))}
	case spec.Source:
		table := "[" + strings.ReplaceAll(s.Table, ".", ", ")
		if s.Limit > 0 {
			table += fmt.Sprintf(", limit=[%d]", s.Limit)
		}
		return "TableSourceScan", []string{attr("table", table+"]"), attr("fields", join(out))}
	case spec.Values:
		attrs = []string{attr("tuples", "["+tuples(w, s.Rows)+"]")}
		if !d.Execution {
			attrs = append([]string{attr("type", recordType(n.Out))}, attrs...)
		}
		return "Values", attrs
	case spec.Calc:
		parts := make([]string, len(s.Project))
		for i, e := range s.Project {
			if parts[i] = w.expr(e); parts[i] != out[i] {
				parts[i] += " AS " + out[i]
			}
		}
		attrs = []string{attr("select", join(parts))}
		if s.Condition != nil {
			attrs = append(attrs, attr("where", w.expr(*s.Condition)))
		}
		return "Calc", attrs
	case spec.Watermark:
		return "WatermarkAssigner", []string{attr("rowtime", in[s.Column]), attr("watermark", w.expr(s.Expr))}
	case spec.GroupAgg:
		sel := append(pick(in, s.Keys), aggregates(s.Aggs, in, out[len(out)-len(s.Aggs):])...)
		return "GroupAggregate", []string{keys("groupBy", s.Keys), attr("select", join(sel))}
	case spec.WindowAgg:
		sel := append(pick(in, s.Keys), aggregates(s.Aggs, in, out[len(s.Keys):])...)
		for i, p := range s.Props {
			if at := len(s.Keys) + len(s.Aggs) + i; at < len(out) {
				sel = append(sel, strings.TrimPrefix(p, "window_")+"('w$) AS "+out[at])
			}
		}
		return "WindowAggregate", []string{keys("groupBy", s.Keys), attr("window", windowText(s.Window, in)), attr("select", join(sel))}
	case spec.WindowTVF:
		return "WindowTableFunction", []string{attr("window", windowText(s.Window, in))}
	case spec.Join:
		return "Join", []string{attr("joinType", joinName(s.Type)), attr("where", condition(w, s.LeftKeys, s.RightKeys, s.NullSafe, s.Condition, len(in))),
			attr("select", join(out)), attr("leftInputSpec", inputSpec(s.LeftUnique, s.LeftKeys)), attr("rightInputSpec", inputSpec(s.RightUnique, s.RightKeys))}
	case spec.IntervalJoin:
		bounds := fmt.Sprintf("isRowTime=true, leftLowerBound=%d, leftUpperBound=%d, leftTimeIndex=%d, rightTimeIndex=%d", s.Lower, s.Upper, s.LeftTime, s.RightTime)
		return "IntervalJoin", []string{attr("joinType", joinName(s.Type)), attr("windowBounds", bounds),
			attr("where", condition(w, s.LeftKeys, s.RightKeys, nil, s.Condition, len(in))), attr("select", join(out))}
	case spec.WindowJoin:
		return "WindowJoin", []string{attr("joinType", joinName(s.Type)),
			attr("where", condition(w, s.LeftKeys, s.RightKeys, nil, s.Condition, len(in))), attr("select", join(out))}
	case spec.Rank:
		strategy := map[spec.RankStrategy]string{spec.RankAppend: "AppendFastStrategy", spec.RankUpdate: "UpdateFastStrategy[primaryKeys[" + ints(s.RowKey, ",") + "]]", spec.RankRetract: "RetractStrategy"}[s.Strategy]
		return "Rank", []string{attr("strategy", strategy), attr("rankType", "ROW_NUMBER"), attr("rankRange", fmt.Sprintf("rankStart=%d, rankEnd=%d", s.Start, s.End)),
			keys("partitionBy", s.Keys), attr("orderBy", orderText(s.Sort, in)), attr("select", join(out))}
	case spec.WindowRank:
		return "WindowRank", []string{attr("rankType", "ROW_NUMBER"), attr("rankRange", fmt.Sprintf("rankStart=%d, rankEnd=%d", s.Start, s.End)),
			keys("partitionBy", s.Keys), attr("orderBy", orderText(s.Sort, in)), attr("select", join(out))}
	case spec.First:
		return "Deduplicate", []string{attr("keep", "FirstRow"), attr("key", join(pick(in, s.Keys))), attr("order", in[s.Time])}
	case spec.Over:
		return "OverAggregate", []string{keys("partitionBy", s.Keys), attr("orderBy", orderText(s.Sort, in)),
			attr("window", " "+strings.ToUpper(plan.DescribeFrame(s.Frame))), attr("select", join(append(slices.Clone(in), aggregates(s.Calls, in, out[len(in):])...)))}
	case spec.Unnest:
		kind := "INNER"
		if s.Left {
			kind = "LEFT"
		}
		return "Correlate", []string{attr("invocation", "$UNNEST_ROWS$1("+w.expr(s.Collection)+")"), attr("select", join(out)), attr("rowType", recordType(n.Out)), attr("joinType", kind)}
	case spec.Sort:
		if s.Limit < 0 {
			return "Sort", []string{attr("orderBy", orderText(s.Keys, in))}
		}
		return "SortLimit", []string{attr("orderBy", orderText(s.Keys, in)), attr("offset", strconv.FormatInt(s.Offset, 10)), attr("fetch", strconv.FormatInt(s.Limit, 10))}
	case spec.TemporalSort:
		return "TemporalSort", []string{attr("orderBy", orderText(s.Keys, in))}
	case spec.Limit:
		return "Limit", []string{attr("offset", strconv.FormatInt(s.Offset, 10)), attr("fetch", strconv.FormatInt(s.Limit, 10))}
	case spec.Expand:
		sets := make([]string, len(s.Projects))
		for i, p := range s.Projects {
			parts := make([]string, len(p))
			for j, e := range p {
				switch {
				case e.Literal != nil && e.Literal.Null:
					parts[j] = "null AS " + out[j]
				case e.Literal != nil:
					parts[j] = e.Literal.Text + " AS " + out[j]
				default:
					parts[j] = w.expr(e)
				}
			}
			sets[i] = "{" + join(parts) + "}"
		}
		return "Expand", []string{attr("projects", join(sets))}
	case spec.ChangelogNormalize:
		return "ChangelogNormalize", []string{attr("key", join(pick(in, s.Keys)))}
	case spec.DropUpdateBefore:
		return "DropUpdateBefore", nil
	case spec.Sink:
		return "Sink", []string{attr("table", s.Table), attr("fields", join(out))}
	}
	return strings.TrimSuffix(n.Name, ":"), []string{n.Details()}
}

func aggregates(calls []spec.AggCall, in, out []string) []string {
	var parts []string
	for i, c := range calls {
		arg := strings.Join(pick(in, c.Args), ", ")
		switch {
		case len(c.Args) == 0 && c.Func == "COUNT":
			arg = "*"
		case c.Distinct:
			arg = "DISTINCT " + arg
		}
		text := c.Func + "(" + arg + ")"
		if c.Filter != nil {
			text += " FILTER " + in[*c.Filter]
		}
		if i < len(out) {
			text += " AS " + out[i]
		}
		parts = append(parts, text)
	}
	return parts
}

func joinName(t spec.JoinType) string {
	return map[spec.JoinType]string{spec.InnerJoin: "InnerJoin", spec.LeftJoin: "LeftOuterJoin", spec.RightJoin: "RightOuterJoin", spec.FullJoin: "FullOuterJoin",
		spec.SemiJoin: "LeftSemiJoin", spec.AntiJoin: "LeftAntiJoin"}[t]
}

// condition writes the whole condition of a join whose left input has width columns.
func condition(w writer, left, right []int, nullSafe []bool, rest *spec.Expr, width int) string {
	var parts []string
	for i := range left {
		op := "="
		if i < len(nullSafe) && nullSafe[i] {
			op = "IS NOT DISTINCT FROM"
		}
		l, r := w.column(left[i]), w.column(width+right[i])
		if w.infix {
			parts = append(parts, "("+l+" "+op+" "+r+")")
		} else {
			parts = append(parts, op+"("+l+", "+r+")")
		}
	}
	if rest != nil {
		for _, c := range chain("AND", *rest) {
			parts = append(parts, w.expr(c))
		}
	}
	switch {
	case len(parts) == 0:
		return "true"
	case len(parts) == 1:
		return parts[0]
	case w.infix:
		return "(" + strings.Join(parts, " AND ") + ")"
	}
	return "AND(" + strings.Join(parts, ", ") + ")"
}

// inputSpec says what makes the rows of a join's input unique.
func inputSpec(unique [][]int, keys []int) string {
	if len(unique) == 0 {
		return "NoUniqueKey"
	}
	for _, u := range unique {
		if !slices.ContainsFunc(u, func(c int) bool { return !slices.Contains(keys, c) }) {
			return "JoinKeyContainsUniqueKey"
		}
	}
	return "HasUniqueKey"
}

func orderText(keys []spec.SortKey, in []string) string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = in[k.Column] + " ASC"
		if k.Desc {
			out[i] = in[k.Column] + " DESC"
		}
	}
	return strings.Join(out, ", ")
}

func windowText(w spec.Window, in []string) string {
	var parts []string
	if w.Time >= 0 && w.Time < len(in) {
		parts = append(parts, attr("time_col", in[w.Time]))
	}
	switch w.Kind {
	case spec.Session:
		parts = append(parts, attr("gap", span(w.Size)))
	case spec.Cumulate:
		parts = append(parts, attr("max_size", span(w.Size)), attr("step", span(w.Slide)))
	default:
		parts = append(parts, attr("size", span(w.Size)))
		if w.Slide > 0 {
			parts = append(parts, attr("slide", span(w.Slide)))
		}
	}
	if w.Offset != 0 {
		parts = append(parts, attr("offset", span(w.Offset)))
	}
	return strings.ToUpper(string(w.Kind)) + "(" + strings.Join(parts, ", ") + ")"
}

// span writes a duration as Flink does, in its largest whole unit: 1 min.
func span(millis int64) string {
	for _, u := range []struct {
		size int64
		name string
	}{{86_400_000, "d"}, {3_600_000, "h"}, {60_000, "min"}, {1000, "s"}} {
		if millis != 0 && millis%u.size == 0 {
			return strconv.FormatInt(millis/u.size, 10) + " " + u.name
		}
	}
	return strconv.FormatInt(millis, 10) + " ms"
}

// advise returns what Flink's planner, or flott's, would change about an operator.
func (d *drawer) advise(n *physical.Node) string {
	if !d.Advice || d.Batch {
		return ""
	}
	if what, unbounded := n.State(); unbounded {
		return "[WARNING] " + n.Name + " keeps " + what + ". Set 'table.exec.state.ttl', or aggregate and join in windows."
	}
	if _, agg := n.Spec.(spec.GroupAgg); agg && !d.MiniBatch {
		return "[ADVICE] You might want to enable local-global two-phase optimization by configuring ('table.exec.mini-batch.enabled' to 'true', " +
			"'table.exec.mini-batch.allow-latency' to a positive long value, 'table.exec.mini-batch.size' to a positive long value)."
	}
	return ""
}

// States lists what each stateful operator of a plan keeps, from the sources to
// the sinks, with a warning where nothing bounds it; "" if nothing is kept.
func States(p *physical.Plan) string {
	var b strings.Builder
	seen := map[*physical.Node]bool{}
	d := newDrawer(Options{Execution: true})
	var walk func(n *physical.Node)
	walk = func(n *physical.Node) {
		n = d.skip(n)
		if seen[n] {
			return
		}
		seen[n] = true
		for _, in := range n.Inputs {
			walk(in.Node)
		}
		if what, unbounded := n.State(); what != "" {
			name, attrs := d.describe(n)
			fmt.Fprintf(&b, "%s\n   keeps %s\n", node(name, attrs...), what)
			if unbounded {
				b.WriteString("   warning[unbounded-state]: set 'table.exec.state.ttl', or aggregate and join in windows\n")
			}
		}
	}
	for _, r := range p.Roots {
		walk(r)
	}
	return b.String()
}

// jsonNode is an operator in the form of Flink's JSON execution plan.
type jsonNode struct {
	ID           int        `json:"id"`
	Type         string     `json:"type"`
	Pact         string     `json:"pact"`
	Contents     string     `json:"contents"`
	Parallelism  int        `json:"parallelism"`
	Predecessors []jsonEdge `json:"predecessors,omitempty"`
}

type jsonEdge struct {
	ID   int    `json:"id"`
	Ship string `json:"ship_strategy"`
	Side string `json:"side"`
}

// JSON returns the execution plan in Flink's JSON form; parallelism is what
// operators have that say nothing of it.
func JSON(p *physical.Plan, parallelism int) string {
	var nodes []jsonNode
	at := map[*physical.Node]int{}
	d := newDrawer(Options{Execution: true})
	var add func(n *physical.Node) int
	add = func(n *physical.Node) int {
		n = d.skip(n)
		if id := at[n]; id > 0 {
			return id
		}
		var edges []jsonEdge
		for i, in := range n.Inputs {
			ship := map[spec.ExchangeKind]string{spec.Hash: "HASH", spec.Single: "GLOBAL"}[in.Exchange.Kind]
			if ship == "" {
				ship = "FORWARD"
			}
			side := "second"
			if i == 0 && len(n.Inputs) > 1 {
				side = "first"
			}
			edges = append(edges, jsonEdge{add(in.Node), ship, side})
		}
		id := len(nodes) + 1
		at[n] = id
		name, attrs := d.describe(n)
		x := jsonNode{ID: id, Type: fmt.Sprintf("%s[%d]", name, id), Pact: "Operator", Contents: fmt.Sprintf("[%d]:%s", id, node(name, attrs...)),
			Parallelism: parallelism, Predecessors: edges}
		if n.Parallelism > 0 {
			x.Parallelism = n.Parallelism
		}
		switch s := n.Spec.(type) {
		case spec.Source:
			x.Type, x.Pact = fmt.Sprintf("Source: %s[%d]", s.Table[strings.LastIndexByte(s.Table, '.')+1:], id), "Data Source"
		case spec.Sink:
			x.Type, x.Pact = fmt.Sprintf("Sink: %s[%d]", s.Table[strings.LastIndexByte(s.Table, '.')+1:], id), "Data Sink"
		}
		nodes = append(nodes, x)
		return id
	}
	for _, r := range p.Roots {
		add(top(r))
	}
	out, err := json.MarshalIndent(struct {
		Nodes []jsonNode `json:"nodes"`
	}{nodes}, "", "  ")
	if err != nil {
		return err.Error() // cannot be: these are numbers and strings
	}
	return string(out) + "\n"
}
