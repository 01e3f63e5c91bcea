package physical

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

func (p *planner) windowTVF(n *plan.WindowTVF) (*Node, *diag.Error) {
	if n.Window.Proctime {
		return nil, notSupported(n.Span, "use an event-time column with a WATERMARK", "windows over processing time are not supported yet")
	}
	in, err := p.build(n.Input)
	if err != nil {
		return nil, err
	}
	k := len(in.Out)
	if n.Window.Kind == spec.Session {
		return p.sessionTVF(n, in)
	}
	out := &Node{Spec: spec.WindowTVF{Window: n.Window}, Name: "WindowTableFunction", Inputs: []Input{forward(in)}, Out: n.Out, Span: n.Span,
		Kinds: in.Kinds, updatesFrom: in.updatesFrom, updatesWhy: in.updatesWhy,
		Window: &windowColumns{k, k + 1, k + 2, n.Window}}
	for _, u := range in.Unique {
		if n.Window.Kind != spec.Tumble {
			u = append(append([]int(nil), u...), k, k+1)
		}
		out.Unique = append(out.Unique, u)
	}
	return out, nil
}

// sessionTVF attaches sessions to rows, once they have ended. What is above takes
// the window's columns for ordinary ones, as in Flink.
func (p *planner) sessionTVF(n *plan.WindowTVF, in *Node) (*Node, *diag.Error) {
	if in.Kinds != insertOnly {
		return nil, notSupported(n.Span, "TUMBLE, HOP and CUMULATE take such rows", "SESSION windows over rows that change are not supported")
	}
	out := &Node{Spec: spec.WindowTVF{Window: n.Window, Keys: n.PartitionBy}, Name: "WindowTableFunction", Inputs: []Input{hash(in, n.PartitionBy)}, Out: n.Out, Span: n.Span,
		Unique: in.Unique, state: "the rows of a session until it ends"}
	if len(n.PartitionBy) == 0 {
		out.Parallelism = 1
	}
	return out, nil
}

func (p *planner) aggregate(n *plan.Aggregate) (*Node, *diag.Error) {
	for i, c := range n.Calls {
		if c.Func == "APPROX_COUNT_DISTINCT" && !p.Batch {
			at := n.Span
			if i < len(n.CallSpans) {
				at = n.CallSpans[i]
			}
			return nil, notSupported(at, "use COUNT(DISTINCT …)", "APPROX_COUNT_DISTINCT in streaming mode is not supported")
		}
	}
	if n.Sets != nil {
		return p.groupingSets(n)
	}
	if m, ok := mergeWindow(n); ok {
		below, err := p.build(m.tvf.Input)
		if err != nil {
			return nil, err
		}
		fields := make([]plan.Field, len(m.exprs))
		for i, e := range m.exprs {
			fields[i] = plan.Field{Name: fmt.Sprintf("$%d", i), Type: e.Type}
			if e.Column != nil {
				fields[i].Name = below.Out[*e.Column].Name
			}
		}
		w := m.tvf.Window
		w.Time = len(m.exprs) - 1
		return p.windowAgg(n, p.project(below, m.condition, m.exprs, fields, n.Span), w, m.keys, m.props, m.calls)
	}
	in, err := p.build(n.Input)
	if err != nil {
		return nil, err
	}
	if w := in.Window; w != nil && w.end >= 0 {
		keys, props, ok := windowKeys(n.Keys, w)
		if ok && w.window.Kind == spec.Session {
			keys, props = startIsKey(n.Keys, props)
		}
		if ok {
			win := w.window
			win.Time = -1
			start, end := w.start, w.end
			win.WindowEnd = &end
			if start >= 0 {
				win.WindowStart = &start
			}
			return p.windowAgg(n, in, win, keys, props, n.Calls)
		}
	}
	return p.groupAgg(n, in, n.Keys, n.Calls, n.Out)
}

// windowKeys splits the keys of an aggregate into ordinary ones and window
// columns; ok is false unless start and end are both among them.
func windowKeys(all []int, w *windowColumns) (keys []int, props []windowKey, ok bool) {
	var start, end bool
	for i, k := range all {
		switch {
		case k == w.start:
			start = true
			props = append(props, windowKey{i, "start"})
		case k == w.end:
			end = true
			props = append(props, windowKey{i, "end"})
		case k == w.time:
			props = append(props, windowKey{i, "time"})
		default:
			keys = append(keys, k)
		}
	}
	return keys, props, start && end
}

// startIsKey takes window_start for an ordinary key: sessions that end together
// need not have begun together.
func startIsKey(all []int, props []windowKey) (keys []int, rest []windowKey) {
	rest = slices.DeleteFunc(props, func(k windowKey) bool { return k.prop == "start" })
	for i, k := range all {
		if !slices.ContainsFunc(rest, func(p windowKey) bool { return p.position == i }) {
			keys = append(keys, k)
		}
	}
	return keys, rest
}

// windowKey is a group key that is a window column: its position among the
// keys and what it is.
type windowKey struct {
	position int
	prop     string
}

func (p *planner) windowAgg(n *plan.Aggregate, in *Node, w spec.Window, keys []int, props []windowKey, calls []spec.AggCall) (*Node, *diag.Error) {
	if in.Kinds != insertOnly && in.Upsert {
		return nil, notSupported(n.Span, "", "a window over an upsert stream is not supported yet")
	}
	agg := spec.WindowAgg{Window: w, Keys: keys, Aggs: calls, InputRetracts: in.Kinds != insertOnly}
	if w.Kind == spec.Session && w.WindowEnd == nil {
		for i, c := range calls {
			// Sessions are merged, which Flink's classes for these cannot.
			if c.Func == "FIRST_VALUE" || c.Func == "LAST_VALUE" {
				return nil, fail("wrong-arguments", n.CallSpans[i], "use MIN or MAX, or a window of another kind", "%s cannot be computed over SESSION windows, which are merged", c.Func)
			}
		}
	}
	agg.LocalPhase = w.Kind != spec.Session && !p.OnePhase && !p.Batch && in.Kinds == insertOnly && w.WindowEnd == nil
	var fields []plan.Field
	for _, k := range keys {
		fields = append(fields, in.Out[k])
	}
	for i := range calls {
		fields = append(fields, n.Out[len(n.Keys)+i])
	}
	for _, k := range props {
		agg.Props = append(agg.Props, k.prop)
		fields = append(fields, n.Out[k.position])
	}
	out := &Node{Spec: agg, Name: "WindowAggregate", Inputs: []Input{hash(in, keys)}, Out: fields, Span: n.Span, state: "until the window ends"}
	if len(keys) == 0 {
		out.Parallelism = 1
	}
	wc := &windowColumns{-1, -1, -1, w}
	unique := make([]int, 0, len(keys)+2)
	for i := range keys {
		unique = append(unique, i)
	}
	for i, k := range props {
		at := len(keys) + len(calls) + i
		switch k.prop {
		case "start":
			wc.start = at
			unique = append(unique, at)
		case "end":
			wc.end = at
			unique = append(unique, at)
		case "time":
			wc.time = at
		}
	}
	out.Window, out.Unique = wc, [][]int{unique}

	// Back to the order of the logical aggregate: keys as written, then calls.
	order := make([]spec.Expr, len(n.Out))
	key := 0
	for i := range n.Keys {
		at := -1
		for k, w := range props {
			if w.position == i {
				at = len(keys) + len(calls) + k
			}
		}
		if at < 0 {
			at = key
			key++
		}
		order[i] = spec.Col(at, n.Out[i].Type)
	}
	for i := range calls {
		order[len(n.Keys)+i] = spec.Col(len(keys)+i, n.Out[len(n.Keys)+i].Type)
	}
	return p.project(out, nil, order, n.Out, n.Span), nil
}

// merged is an aggregate right on a window table function, with the
// projections and filters between them moved below.
type merged struct {
	tvf       *plan.WindowTVF
	condition *spec.Expr
	exprs     []spec.Expr // over the function's input; the last is the time column
	keys      []int       // columns of exprs
	props     []windowKey
	calls     []spec.AggCall
}

// mergeWindow recognises Aggregate(Project/Filter…(WindowTVF)) where nothing
// but the group keys looks at the window's columns. The aggregate then assigns
// windows itself, by slices, instead of repeating rows.
func mergeWindow(n *plan.Aggregate) (*merged, bool) {
	exprs := plan.Refs(n.Input.Fields())
	var conditions []spec.Expr
	at := n.Input
	for {
		if f, ok := at.(*plan.Filter); ok {
			// exprs refer to f's columns, which are its input's.
			conditions = append(conditions, f.Condition)
			at = f.Input
			continue
		}
		pr, ok := at.(*plan.Project)
		if !ok {
			break
		}
		by := func(c int, _ types.Type) spec.Expr { return pr.Exprs[c] }
		for i := range exprs {
			exprs[i] = plan.MapColumns(exprs[i], by)
		}
		for i := range conditions {
			conditions[i] = plan.MapColumns(conditions[i], by)
		}
		at = pr.Input
	}
	tvf, ok := at.(*plan.WindowTVF)
	if !ok || tvf.Window.Time < 0 || tvf.Window.Proctime {
		return nil, false
	}
	if tvf.Window.Kind == spec.Session && (len(conditions) > 0 || !groupsSessions(n, exprs, tvf)) {
		return nil, false
	}
	width := len(tvf.Input.Fields())
	usesWindow := func(e spec.Expr) bool {
		set := map[int]bool{}
		plan.Columns(e, set)
		for c := range set {
			if c >= width {
				return true
			}
		}
		return false
	}
	for _, c := range conditions {
		if usesWindow(c) {
			return nil, false
		}
	}
	m := &merged{tvf: tvf, condition: plan.And(conditions...)}
	place := make([]int, len(exprs)) // column of n.Input → column of m.exprs
	window := make([]int, len(exprs))
	for i, e := range exprs {
		window[i] = -1
		if e.Column != nil && *e.Column >= width {
			window[i] = *e.Column - width
			continue
		}
		if usesWindow(e) {
			return nil, false
		}
		place[i] = len(m.exprs)
		m.exprs = append(m.exprs, e)
	}
	var start, end bool
	for i, k := range n.Keys {
		if window[k] < 0 {
			m.keys = append(m.keys, place[k])
			continue
		}
		prop := [...]string{"start", "end", "time"}[window[k]]
		start, end = start || prop == "start", end || prop == "end"
		m.props = append(m.props, windowKey{i, prop})
	}
	if !start || !end {
		return nil, false
	}
	for _, c := range n.Calls {
		args := make([]int, len(c.Args))
		for i, a := range c.Args {
			if window[a] >= 0 {
				return nil, false
			}
			args[i] = place[a]
		}
		c.Args = args
		if c.Filter != nil {
			if window[*c.Filter] >= 0 {
				return nil, false
			}
			f := place[*c.Filter]
			c.Filter = &f
		}
		m.calls = append(m.calls, c)
	}
	m.exprs = append(m.exprs, spec.Col(tvf.Window.Time, tvf.Input.Fields()[tvf.Window.Time].Type))
	return m, true
}

// groupsSessions reports whether the keys of an aggregate beside the window's
// columns are those that sessions are partitioned by; exprs are the columns of
// its input.
func groupsSessions(n *plan.Aggregate, exprs []spec.Expr, tvf *plan.WindowTVF) bool {
	width := len(tvf.Input.Fields())
	var keys []int
	for _, k := range n.Keys {
		c := exprs[k].Column
		if c == nil {
			return false
		}
		if *c < width && !slices.Contains(keys, *c) {
			keys = append(keys, *c)
		}
	}
	for _, k := range keys {
		if !slices.Contains(tvf.PartitionBy, k) {
			return false
		}
	}
	return len(keys) == len(tvf.PartitionBy)
}

func (p *planner) groupAgg(n *plan.Aggregate, in *Node, keys []int, calls []spec.AggCall, fields []plan.Field) (*Node, *diag.Error) {
	if in.Upsert {
		return nil, notSupported(n.Span, "", "an aggregate over an upsert stream is not supported yet")
	}
	agg := spec.GroupAgg{Keys: keys, Aggs: calls, InputRetracts: in.Kinds != insertOnly, TTLMillis: p.TTLMillis}
	out := &Node{Spec: agg, Name: "GroupAggregate", Inputs: []Input{hash(in, keys)}, Out: fields, Span: n.Span, state: p.bound("one entry a group")}
	if len(keys) == 0 {
		out.Parallelism = 1
	}
	if !p.Batch {
		if len(calls) > 0 {
			out.Kinds = updates
		}
		if in.Kinds != insertOnly {
			out.Kinds |= deletes
		}
		out.updatesFrom, out.updatesWhy = n.Span, "this result changes with every row of a group"
		if len(n.CallSpans) > 0 {
			out.updatesFrom = n.CallSpans[0]
			out.updatesWhy = "this " + strings.ToLower(calls[0].Func) + " changes with every row"
		}
	}
	unique := make([]int, len(keys))
	for i := range keys {
		unique[i] = i
	}
	out.Unique = [][]int{unique}
	if p.MiniBatchSize > 0 && out.Kinds != insertOnly {
		c := *out // the same rows, fewer of them
		c.Spec = spec.Compact{Keys: unique, Size: p.MiniBatchSize, LatencyMillis: p.MiniBatchMillis}
		c.Name, c.Inputs, c.state = "Compact", []Input{forward(out)}, ""
		return &c, nil
	}
	return out, nil
}

// groupingSets expands each row once per set and groups by the keys of the set
// and its number.
func (p *planner) groupingSets(n *plan.Aggregate) (*Node, *diag.Error) {
	in, err := p.build(n.Input)
	if err != nil {
		return nil, err
	}
	width := len(in.Out)
	isWindow := make([]bool, len(n.Keys))
	if in.Window != nil {
		for i, k := range n.Keys {
			isWindow[i] = k == in.Window.start || k == in.Window.end || k == in.Window.time
		}
	}
	// Expanded columns: the input's, then a copy of each key (NULL where it is
	// not in the set), then the set's number.
	fields := append([]plan.Field(nil), in.Out...)
	for _, k := range n.Keys {
		f := in.Out[k]
		f.Type = f.Type.Nullable()
		fields = append(fields, f)
	}
	id := types.TBigInt.Required()
	fields = append(fields, plan.Field{Name: "$e", Type: id})
	x := spec.Expand{}
	for s, set := range n.Sets {
		inSet := make([]bool, len(n.Keys))
		for _, k := range set {
			inSet[k] = true
		}
		row := plan.Refs(in.Out)
		for i, k := range n.Keys {
			if inSet[i] || isWindow[i] {
				row = append(row, spec.Col(k, in.Out[k].Type))
			} else {
				row = append(row, spec.NullOf(in.Out[k].Type))
			}
		}
		x.Projects = append(x.Projects, append(row, spec.Lit(id, fmt.Sprint(n.SetIDs[s]))))
	}
	e := &Node{Spec: x, Name: "Expand", Inputs: []Input{forward(in)}, Out: fields, Span: n.Span, Kinds: in.Kinds,
		updatesFrom: in.updatesFrom, updatesWhy: in.updatesWhy, Window: in.Window}
	keys := make([]int, 0, len(n.Keys)+1)
	for i, k := range n.Keys {
		if isWindow[i] {
			keys = append(keys, k)
		} else {
			keys = append(keys, width+i)
		}
	}
	keys = append(keys, width+len(n.Keys))
	// The logical output is keys, calls, set number; ours has the number with the keys.
	k := len(n.Keys)
	flat := *n
	flat.Sets, flat.Keys = nil, keys
	flat.Out = append(append([]plan.Field(nil), n.Out[:k]...), n.Out[len(n.Out)-1])
	flat.Out = append(flat.Out, n.Out[k:len(n.Out)-1]...)
	var agg *Node
	if w := e.Window; w != nil && w.end >= 0 {
		if rest, props, ok := windowKeys(keys, w); ok {
			win := w.window
			win.Time = -1
			start, end := w.start, w.end
			win.WindowStart, win.WindowEnd = &start, &end
			agg, err = p.windowAgg(&flat, e, win, rest, props, n.Calls)
		}
	}
	if agg == nil && err == nil {
		agg, err = p.groupAgg(&flat, e, keys, n.Calls, flat.Out)
	}
	if err != nil {
		return nil, err
	}
	order := make([]spec.Expr, 0, len(n.Out))
	for i := range k {
		order = append(order, spec.Col(i, n.Out[i].Type))
	}
	for i := range n.Calls {
		order = append(order, spec.Col(k+1+i, n.Out[k+i].Type))
	}
	order = append(order, spec.Col(k, id))
	return p.project(agg, nil, order, n.Out, n.Span), nil
}
