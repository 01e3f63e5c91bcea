package physical

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/graph"
	"github.com/flott/flott/internal/plug"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// Plan is the physical plan of one job.
type Plan struct {
	Roots []*Node
	batch bool
}

// New plans the roots of one job: sinks, or one query whose rows go to the
// client. The errors are those of all roots.
func New(roots []plan.Node, o Options) (*Plan, []*diag.Error) {
	p := &planner{Options: o, done: map[plan.Node]*Node{}}
	out := &Plan{batch: o.Batch}
	for _, r := range roots {
		n, err := p.build(r)
		if err != nil {
			p.errs = append(p.errs, err)
			continue
		}
		if _, ok := r.(*plan.Sink); !ok {
			cols := append([]plan.Field(nil), r.Fields()...)
			n = &Node{Spec: spec.Collect{Columns: cols}, Name: "Collect", Inputs: []Input{{n, spec.Exchange{Kind: spec.Single}}}, Out: cols, Span: r.Pos(), Parallelism: 1}
		}
		out.Roots = append(out.Roots, n)
	}
	if len(p.errs) > 0 {
		return nil, p.errs
	}
	asked := map[*Node]bool{}
	for _, r := range out.Roots {
		wantBefore(r, false, asked)
	}
	for _, r := range out.Roots {
		if r.keyed != nil && tellsBefore(r.Inputs[0].Node) {
			dropBefore(r)
		}
	}
	return out, nil
}

// wantBefore tells n whether its consumer needs -U rows, and so on upwards.
func wantBefore(n *Node, before bool, asked map[*Node]bool) {
	if asked[n] && (n.before || !before) {
		return
	}
	asked[n] = true
	n.before = n.before || before
	for port, in := range n.Inputs {
		need := n.before
		switch s := n.Spec.(type) {
		case spec.Sink:
			// Rows that replace each other by a wider key than their own may
			// leave a row of the former key behind.
			need = s.Mode == spec.Retract || n.keyed != nil && !sameKey(in.Node.Unique, n.keyed)
		case spec.Collect, spec.GroupAgg, spec.WindowAgg, spec.Join, spec.WindowJoin, spec.Replicate:
			need = true
		case spec.Calc:
			// An update that enters or leaves the filter's range must be told in full.
			need = need || s.Condition != nil
		case spec.Rank:
			need = s.Strategy == spec.RankRetract
		case spec.Over, spec.Unnest:
			need = true
		case spec.TemporalJoin:
			need = port == 0 // versions replace each other by time
		case spec.ChangelogNormalize:
			need = false
		}
		wantBefore(in.Node, need && in.Node.Kinds&updates != 0, asked)
	}
}

// sameKey reports whether key itself is one of the unique sets.
func sameKey(unique [][]int, key []int) bool {
	return slices.ContainsFunc(unique, func(u []int) bool { return len(u) == len(key) && covered([][]int{u}, key) })
}

// tellsBefore reports whether -U rows come out of n, wanted or not.
func tellsBefore(n *Node) bool {
	if n.Kinds&updates == 0 {
		return false
	}
	switch s := n.Spec.(type) {
	case spec.GroupAgg, spec.ChangelogNormalize, spec.Rank, spec.Over:
		return n.before
	case spec.Source:
		return s.Mode == spec.Retract
	case spec.DropUpdateBefore:
		return false
	}
	return slices.ContainsFunc(n.Inputs, func(in Input) bool { return tellsBefore(in.Node) })
}

// dropBefore puts a DropUpdateBefore in front of a sink, behind the exchange.
func dropBefore(sink *Node) {
	in := sink.Inputs[0]
	drop := &Node{Spec: spec.DropUpdateBefore{Keys: sink.keyed}, Name: "DropUpdateBefore", Inputs: []Input{in}, Out: in.Node.Out, Span: sink.Span,
		Kinds: in.Node.Kinds, Unique: in.Node.Unique, Parallelism: sink.Parallelism}
	sink.Inputs[0] = forward(drop)
}

// kindsText lists the kinds of rows that n puts out, in Flink's letters.
func (n *Node) kindsText() string {
	text := "I"
	if n.Kinds&updates != 0 {
		if tellsBefore(n) {
			text += ",UB"
		}
		text += ",UA"
	}
	if n.Kinds&deletes != 0 {
		text += ",D"
	}
	return text
}

// Graph returns the stream graph. Equal deterministic parts are one node.
func (p *Plan) Graph(name string) (*graph.StreamGraph, error) {
	b := &builder{g: &graph.StreamGraph{Name: name, Batch: p.batch}, at: map[*Node]int{}, same: map[string]int{}}
	for _, r := range p.Roots {
		if _, err := b.add(r); err != nil {
			return nil, err
		}
	}
	return b.g, b.g.IDs()
}

type builder struct {
	g    *graph.StreamGraph
	at   map[*Node]int
	same map[string]int
}

func (b *builder) add(n *Node) (int, error) {
	if i, ok := b.at[n]; ok {
		return i, nil
	}
	g := &graph.Node{Parallelism: n.Parallelism, ChainStart: n.ChainStart}
	g.Operator = spec.Operator{Name: n.Name, Spec: withBefore(n), Output: n.Out}
	for port, in := range n.Inputs {
		ts := make([]types.Type, len(in.Node.Out))
		for i, f := range in.Node.Out {
			ts[i] = f.Type
		}
		g.Operator.Inputs = append(g.Operator.Inputs, ts)
		for _, from := range leaves(in.Node) {
			i, err := b.add(from)
			if err != nil {
				return 0, err
			}
			g.Inputs = append(g.Inputs, graph.Edge{From: i, Port: port, Exchange: in.Exchange})
		}
	}
	key, err := json.Marshal(g)
	if err != nil {
		return 0, fmt.Errorf("encode operator %q: %w", n.Name, err)
	}
	if shareable(n) {
		if i, ok := b.same[string(key)]; ok {
			b.at[n] = i
			return i, nil
		}
	}
	g.Operator.Description = n.Details() // what it is called must not part equals
	i := b.g.Add(g)
	b.at[n], b.same[string(key)] = i, i
	return i, nil
}

// leaves flattens unions: they are several edges into one port.
func leaves(n *Node) []*Node {
	if n.Spec != nil {
		return []*Node{n}
	}
	var out []*Node
	for _, in := range n.Inputs {
		out = append(out, leaves(in.Node)...)
	}
	return out
}

func withBefore(n *Node) spec.OperatorSpec {
	switch s := n.Spec.(type) {
	case spec.GroupAgg:
		s.EmitUpdateBefore = n.before
		return s
	case spec.ChangelogNormalize:
		s.EmitUpdateBefore = n.before
		return s
	case spec.Rank:
		s.EmitUpdateBefore = n.before
		return s
	case spec.Over:
		s.EmitUpdateBefore = n.before
		return s
	case spec.Compact:
		s.InputUpserts = !tellsBefore(n.Inputs[0].Node)
		return s
	}
	return n.Spec
}

func shareable(n *Node) bool {
	ok := true
	check := func(e spec.Expr) {
		plan.Walk(e, func(x spec.Expr) {
			if x.Call != "" {
				d := function.Find(x.Call)
				ok = ok && d != nil && !d.Nondeterministic
			}
		})
	}
	switch s := n.Spec.(type) {
	case spec.Sink, spec.Collect:
		return false
	case spec.Calc:
		if s.Condition != nil {
			check(*s.Condition)
		}
		for _, e := range s.Project {
			check(e)
		}
	case spec.Values:
		for _, r := range s.Rows {
			for _, e := range r {
				check(e)
			}
		}
	case spec.Join:
		if s.Condition != nil {
			check(*s.Condition)
		}
	case spec.IntervalJoin:
		if s.Condition != nil {
			check(*s.Condition)
		}
	case spec.WindowJoin:
		if s.Condition != nil {
			check(*s.Condition)
		}
	case spec.TemporalJoin:
		if s.Condition != nil {
			check(*s.Condition)
		}
	case spec.Unnest:
		check(s.Collection)
	}
	return ok
}

// Explain prints the plan as a tree in Flink's form; with modes, each node
// shows the row kinds it puts out.
func (p *Plan) Explain(modes bool) string {
	var b strings.Builder
	for i, r := range p.Roots {
		if i > 0 {
			b.WriteByte('\n')
		}
		explain(&b, r, 0, modes)
	}
	return b.String()
}

// explain prints n at the given depth; below the root a line starts with `+- `.
func explain(b *strings.Builder, n *Node, depth int, modes bool) {
	line := func(depth int, text string) {
		if depth > 0 {
			b.WriteString(strings.Repeat("   ", depth-1) + "+- ")
		}
		b.WriteString(text + "\n")
	}
	text := n.Name + "(" + details(n)
	if modes {
		mode := "NONE"
		if depth > 0 {
			mode = n.kindsText()
		}
		text += ", changelogMode=[" + mode + "]"
	}
	text += ")"
	if n.state != "" {
		text += "  state: " + n.state
	}
	line(depth, text)
	for _, in := range n.Inputs {
		below := depth + 1
		switch in.Exchange.Kind {
		case spec.Hash:
			line(below, "Exchange(distribution=[hash["+names(in.Node.Out, in.Exchange.Keys)+"]])")
			below++
		case spec.Single:
			line(below, "Exchange(distribution=[single])")
			below++
		}
		explain(b, in.Node, below, modes)
	}
}

func names(fs []plan.Field, cols []int) string {
	out := make([]string, len(cols))
	for i, c := range cols {
		out[i] = fs[c].Name
	}
	return strings.Join(out, ", ")
}

func details(n *Node) string {
	var in []plan.Field
	if len(n.Inputs) > 0 {
		in = n.Inputs[0].Node.Out
	}
	exprs := func(es []spec.Expr) string {
		out := make([]string, len(es))
		for i, e := range es {
			out[i] = plan.FormatExpr(e, in)
			if i < len(n.Out) && out[i] != n.Out[i].Name {
				out[i] += " AS " + n.Out[i].Name
			}
		}
		return strings.Join(out, ", ")
	}
	calls := func(cs []spec.AggCall) string {
		out := make([]string, len(cs))
		for i, c := range cs {
			arg := names(in, c.Args)
			if len(c.Args) == 0 {
				arg = "*"
			}
			if c.Distinct {
				arg = "DISTINCT " + arg
			}
			out[i] = c.Func + "(" + arg + ")"
			if c.Filter != nil {
				out[i] += " FILTER " + in[*c.Filter].Name
			}
		}
		return strings.Join(out, ", ")
	}
	fields := func() string {
		out := make([]string, len(n.Out))
		for i, f := range n.Out {
			out[i] = f.Name
		}
		return strings.Join(out, ", ")
	}
	switch s := n.Spec.(type) {
	case spec.Source:
		d := "table=[[" + strings.ReplaceAll(s.Table, ".", ", ") + "]], connector=[" + s.Connector + "], fields=[" + fields() + "]"
		if s.Watermark != nil {
			d += ", watermark=[per split]"
		}
		return d
	case spec.Values:
		return fmt.Sprintf("rows=%d", len(s.Rows))
	case spec.Calc:
		d := "select=[" + exprs(s.Project) + "]"
		if s.Condition != nil {
			d += ", where=[" + plan.FormatExpr(*s.Condition, in) + "]"
		}
		return d
	case spec.Watermark:
		return "rowtime=[" + in[s.Column].Name + "], watermark=[" + plan.FormatExpr(s.Expr, in) + "]"
	case spec.GroupAgg:
		if len(s.Keys) == 0 {
			return "select=[" + calls(s.Aggs) + "]"
		}
		return "groupBy=[" + names(in, s.Keys) + "], select=[" + calls(s.Aggs) + "]"
	case spec.WindowTVF:
		return "window=[" + window(s.Window) + "]"
	case spec.WindowAgg:
		d := "window=[" + window(s.Window) + "], select=[" + calls(s.Aggs) + "]"
		if len(s.Keys) > 0 {
			d = "groupBy=[" + names(in, s.Keys) + "], " + d
		}
		return d
	case spec.Join:
		d := "joinType=[" + strings.ToUpper(string(s.Type)) + "], left=[" + names(in, s.LeftKeys) + "], right=[" + names(n.Inputs[1].Node.Out, s.RightKeys) + "]"
		if s.Condition != nil {
			d += ", where=[" + plan.FormatExpr(*s.Condition, append(append([]plan.Field(nil), in...), n.Inputs[1].Node.Out...)) + "]"
		}
		return d
	case spec.IntervalJoin:
		right := n.Inputs[1].Node.Out
		d := "joinType=[" + strings.ToUpper(string(s.Type)) + "], left=[" + names(in, s.LeftKeys) + "], right=[" + names(right, s.RightKeys) + "]" +
			fmt.Sprintf(", between=[%d ms <= %s - %s <= %d ms]", s.Lower, in[s.LeftTime].Name, right[s.RightTime].Name, s.Upper)
		if s.Condition != nil {
			d += ", where=[" + plan.FormatExpr(*s.Condition, append(append([]plan.Field(nil), in...), right...)) + "]"
		}
		return d
	case spec.TemporalJoin:
		right := n.Inputs[1].Node.Out
		d := "joinType=[" + strings.ToUpper(string(s.Type)) + "], left=[" + names(in, s.LeftKeys) + "], right=[" + names(right, s.RightKeys) +
			"], asOf=[" + in[s.LeftTime].Name + "], version=[" + right[s.RightTime].Name + "]"
		if s.Condition != nil {
			d += ", where=[" + plan.FormatExpr(*s.Condition, append(append([]plan.Field(nil), in...), right...)) + "]"
		}
		return d
	case spec.WindowJoin:
		return "joinType=[" + strings.ToUpper(string(s.Type)) + "], left=[" + names(in, s.LeftKeys) + "], right=[" + names(n.Inputs[1].Node.Out, s.RightKeys) + "]"
	case spec.Sort:
		return sortKeys(in, s.Keys) + fmt.Sprintf(", offset=[%d], fetch=[%d]", s.Offset, s.Limit)
	case spec.TemporalSort:
		return sortKeys(in, s.Keys)
	case spec.Rank:
		return fmt.Sprintf("strategy=[%s], rankRange=[%d..%d], ", s.Strategy, s.Start, s.End) + ranks(in, s.Keys, s.Sort, s.Number)
	case spec.WindowRank:
		return fmt.Sprintf("rankRange=[%d..%d], ", s.Start, s.End) + ranks(in, s.Keys, s.Sort, s.Number)
	case spec.First:
		return "keep=[FirstRow], key=[" + names(in, s.Keys) + "], order=[" + in[s.Time].Name + "]"
	case spec.Over:
		d := sortKeys(in, s.Sort) + ", window=[" + plan.DescribeFrame(s.Frame) + "], select=[" + calls(s.Calls) + "]"
		if len(s.Keys) > 0 {
			d = "partitionBy=[" + names(in, s.Keys) + "], " + d
		}
		return d
	case spec.Match:
		vars := make([]string, len(s.Vars))
		for i, v := range s.Vars {
			vars[i] = v.Name
		}
		d := sortKeys(in, s.Sort) + ", pattern=[" + strings.Join(vars, " ") + "], skip=[" + string(s.Skip) + "]"
		if len(s.Keys) > 0 {
			d = "partitionBy=[" + names(in, s.Keys) + "], " + d
		}
		return d
	case spec.Unnest:
		d := "invocation=[UNNEST(" + plan.FormatExpr(s.Collection, in) + ")]"
		if s.Left {
			d += ", joinType=[LEFT]"
		}
		return d
	case spec.Limit:
		return fmt.Sprintf("offset=[%d], fetch=[%d]", s.Offset, s.Limit)
	case spec.Compact:
		return fmt.Sprintf("key=[%s], bundle=[%d keys, %d ms]", names(in, s.Keys), s.Size, s.LatencyMillis)
	case spec.ChangelogNormalize:
		return "key=[" + names(in, s.Keys) + "]"
	case spec.Sink:
		return "table=[" + s.Table + "], connector=[" + s.Connector + "], fields=[" + fields() + "]"
	}
	return "fields=[" + fields() + "]"
}

func ranks(in []plan.Field, keys []int, sort []spec.SortKey, number bool) string {
	d := sortKeys(in, sort)
	if len(keys) > 0 {
		d = "partitionBy=[" + names(in, keys) + "], " + d
	}
	if number {
		d += ", rank=[put out]"
	}
	return d
}

func sortKeys(in []plan.Field, keys []spec.SortKey) string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = in[k.Column].Name + " ASC"
		if k.Desc {
			out[i] = in[k.Column].Name + " DESC"
		}
	}
	return "orderBy=[" + strings.Join(out, ", ") + "]"
}

func window(w spec.Window) string {
	d := fmt.Sprintf("%s(size=%d ms", strings.ToUpper(string(w.Kind)), w.Size)
	if w.Slide > 0 {
		d += fmt.Sprintf(", slide=%d ms", w.Slide)
	}
	if w.Offset != 0 {
		d += fmt.Sprintf(", offset=%d ms", w.Offset)
	}
	return d + ")"
}

// Describe names the job's sources, and its sinks with their delivery guarantee.
func (p *Plan) Describe() (sources, sinks []string) {
	seen := map[*Node]bool{}
	var walk func(n *Node)
	walk = func(n *Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		for _, in := range n.Inputs {
			walk(in.Node)
		}
		switch s := n.Spec.(type) {
		case spec.Source:
			// Sinks of one job share their sources.
			if text := last(s.Table) + " (" + s.Connector + ")"; !slices.Contains(sources, text) {
				sources = append(sources, text)
			}
		case spec.Sink:
			text := last(s.Table) + " (" + s.Connector
			if k, err := plug.Sink(&s); err == nil {
				text += ", " + k.Guarantee()
			}
			sinks = append(sinks, text+")")
		}
	}
	for _, r := range p.Roots {
		walk(r)
	}
	return sources, sinks
}

func last(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }
