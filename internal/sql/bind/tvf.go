package bind

import (
	"strings"
	"time"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
)

// windowParams are the parameters of each window table function behind DATA.
var windowParams = map[string][]string{
	"TUMBLE":   {"TIMECOL", "SIZE", "OFFSET"},
	"HOP":      {"TIMECOL", "SLIDE", "SIZE", "OFFSET"},
	"CUMULATE": {"TIMECOL", "STEP", "SIZE", "OFFSET"},
	"SESSION":  {"TIMECOL", "GAP"},
}

func isWindowTVF(c *ast.Call) bool {
	return len(c.Func.Parts) == 1 && windowParams[strings.ToUpper(c.Func.Parts[0].Name)] != nil
}

// tableFunc binds a table function in FROM.
func (b *Binder) tableFunc(t *ast.TableFunc, c *context) *source {
	if !isWindowTVF(t.Call) {
		name := strings.ToUpper(t.Call.Func.String())
		switch f := function.Find(name); {
		case f != nil && f.Class == function.Table && f.Name != "UNNEST":
			b.notSupported(t.Call.Func.Span, name, "")
		default:
			if f != nil && f.Class != function.Table {
				b.fail(t.Call.Func.Span, "wrong-place", "%s is no table function", name)
			} else {
				b.fail(t.Call.Func.Span, "unknown-function", "there is no table function %s", name).Help = suggest(name, []string{"TUMBLE", "HOP", "CUMULATE", "SESSION", "UNNEST"}, "there are: ")
			}
		}
		return broken()
	}
	src := b.windowTVF(t.Call, c)
	if !src.ok() {
		return src
	}
	return b.alias(src, t.Alias, "")
}

// windowTVF binds TUMBLE, HOP, CUMULATE or SESSION over a table.
func (b *Binder) windowTVF(c *ast.Call, ctx *context) *source {
	name := strings.ToUpper(c.Func.Parts[0].Name)
	params := append([]string{"DATA"}, windowParams[name]...)
	args := map[string]ast.Expr{}
	okay := true
	for i, a := range c.Args {
		key := ""
		if n, ok := a.(*ast.NamedArg); ok {
			key, a = strings.ToUpper(n.Name.Name), n.Value
			known := false
			for _, p := range params {
				known = known || p == key
			}
			if !known {
				b.fail(n.Name.Span, "wrong-arguments", "%s has no parameter %s", name, key).Help = suggest(key, params, "it has: ")
				okay = false
				continue
			}
		} else if i < len(params) {
			key = params[i]
		} else {
			b.fail(a.Pos(), "wrong-arguments", "%s takes %d arguments at the most: %s", name, len(params), strings.Join(params, ", "))
			return broken()
		}
		args[key] = a
	}
	for _, p := range params {
		if args[p] == nil && p != "OFFSET" {
			b.fail(c.Span, "wrong-arguments", "%s needs the argument %s", name, p).Help = "the order is: " + strings.Join(params, ", ")
			return broken()
		}
	}
	if !okay {
		return broken()
	}
	// The table.
	var src *source
	var partition []ast.Expr
	switch d := args["DATA"].(type) {
	case *ast.TableArg:
		partition = d.PartitionBy
		if d.Query != nil {
			src = b.query(d.Query, ctx)
		} else {
			src = b.tableName(d.Table, ctx)
		}
		if len(d.OrderBy) > 0 {
			b.notSupported(d.OrderBy[0].Span, "ORDER BY of a window function's table", "")
			return broken()
		}
	case *ast.Subquery:
		src = b.query(d.Query, ctx)
	default:
		b.fail(d.Pos(), "wrong-arguments", "%s takes a table first: TABLE name", name)
		return broken()
	}
	if !src.ok() {
		return broken()
	}
	fields := src.node.Fields()
	scope := ctx.scope(src.scope)
	w := spec.Window{}
	// The time column.
	d, ok := args["TIMECOL"].(*ast.Descriptor)
	if !ok || len(d.Columns) != 1 {
		b.fail(args["TIMECOL"].Pos(), "wrong-arguments", "%s takes the time column as DESCRIPTOR(column)", name)
		return broken()
	}
	col := b.column(d.Columns[0], scope)
	if bad(col) {
		return broken()
	}
	if col.Column == nil {
		b.fail(d.Columns[0].Span, "wrong-arguments", "DESCRIPTOR takes a column, not a field of one")
		return broken()
	}
	w.Time = *col.Column
	if !b.timeColumn(name, col.Type, d.Columns[0], &w, src.node) {
		return broken()
	}
	// The lengths.
	length := func(p string, x *int64) bool {
		e := args[p]
		if e == nil {
			return true
		}
		v, months, ok := intervalOf(e)
		switch {
		case !ok:
			b.fail(e.Pos(), "wrong-arguments", "%s of %s has to be an interval such as INTERVAL '1' MINUTE", p, name)
		case months:
			b.fail(e.Pos(), "wrong-arguments", "windows of months and years are not possible").Help = "use seconds, minutes, hours or days"
		case v <= 0 && p != "OFFSET":
			b.fail(e.Pos(), "wrong-arguments", "%s of %s has to be longer than zero", p, name)
		default:
			*x = v
			return true
		}
		return false
	}
	switch name {
	case "TUMBLE":
		w.Kind = spec.Tumble
		okay = length("SIZE", &w.Size)
	case "HOP":
		w.Kind = spec.Hop
		okay = length("SLIDE", &w.Slide) && length("SIZE", &w.Size)
	case "CUMULATE":
		w.Kind = spec.Cumulate
		okay = length("STEP", &w.Slide) && length("SIZE", &w.Size)
	case "SESSION":
		w.Kind = spec.Session
		okay = length("GAP", &w.Size)
	}
	if !okay || !length("OFFSET", &w.Offset) {
		return broken()
	}
	if w.Slide > 0 && w.Size%w.Slide != 0 {
		b.fail(c.Span, "wrong-arguments", "the size of %s has to be a multiple of its %s: %s is none of %s", name, strings.ToLower(params[2]),
			option.FormatDuration(time.Duration(w.Size)*time.Millisecond), option.FormatDuration(time.Duration(w.Slide)*time.Millisecond))
		return broken()
	}
	if name == "SESSION" && b.opts.Batch {
		b.notSupported(c.Func.Span, "SESSION in batch mode", "SET 'execution.runtime-mode' = 'streaming'")
		return broken()
	}
	n := &plan.WindowTVF{Input: src.node, Window: w}
	n.Span = c.Span
	for _, p := range partition {
		e := b.expr(p, &env{scope: scope, clause: "PARTITION BY"})
		if bad(e) {
			return broken()
		}
		if e.Column == nil {
			b.fail(p.Pos(), "wrong-arguments", "PARTITION BY takes columns here")
			return broken()
		}
		n.PartitionBy = append(n.PartitionBy, *e.Column)
	}
	n.Out = append(append([]plan.Field{}, fields...), windowFields("", fields[w.Time].Type)...)
	return &source{n, newScope("", nil, n.Out)}
}

// windowFields are the columns that a window adds.
func windowFields(prefix string, t types.Type) []plan.Field {
	t.NotNull, t.Precision = true, 3
	ts := types.TimestampOf(3).Required()
	return []plan.Field{{Name: prefix + "window_start", Type: ts}, {Name: prefix + "window_end", Type: ts}, {Name: prefix + "window_time", Type: t}}
}

// timeColumn checks the time column of a window and notes its kind in w.
func (b *Binder) timeColumn(name string, t types.Type, at ast.Node, w *spec.Window, input plan.Node) bool {
	w.LTZ, w.Proctime = t.Kind == types.TimestampLTZ, t.Attr == types.Proctime
	plain := t.Nullable().WithAttr(types.NoAttr)
	column := input.Fields()[w.Time].Name
	if !t.IsTimestamp() || t.Attr == types.NoAttr && !b.opts.Batch {
		e := b.fail(at.Pos(), "no-time-attribute", "%s needs a time attribute, but %q is a plain %s", name, column, plain)
		if !t.IsTimestamp() {
			e.Message = name + " needs a time attribute, but \"" + column + "\" is " + article(plain.String())
			return false
		}
		e.Notes = []string{"a TIMESTAMP becomes a time attribute when its table declares a watermark on it"}
		if s, ok := scanOf(input); ok {
			e.Help = "in CREATE TABLE " + s.Table.Path.Name + " add: WATERMARK FOR " + column + " AS " + column + " - INTERVAL '5' SECOND"
		}
		return false
	}
	return true
}

func article(s string) string {
	if strings.ContainsRune("AEIOU", rune(s[0])) {
		return "an " + s
	}
	return "a " + s
}

// scanOf returns the scan that n's rows come from unchanged.
func scanOf(n plan.Node) (*plan.Scan, bool) {
	for {
		switch x := n.(type) {
		case *plan.Scan:
			return x, true
		case *plan.Project:
			n = x.Input
		case *plan.Filter:
			n = x.Input
		default:
			return nil, false
		}
	}
}

// groupWindow is GROUP BY TUMBLE(ts, size) and its like.
type groupWindow struct {
	kind spec.WindowKind
	win  spec.Window
	base int // first of the three window columns
	time types.Type
	span diag.Span
}

// groupWindowKind returns the kind of window that a call in GROUP BY stands for, "" for others.
func groupWindowKind(c *ast.Call) spec.WindowKind {
	if len(c.Func.Parts) != 1 {
		return ""
	}
	switch strings.ToUpper(c.Func.Parts[0].Name) {
	case "TUMBLE":
		return spec.Tumble
	case "HOP":
		return spec.Hop
	case "SESSION":
		return spec.Session
	}
	return ""
}

// windowAuxiliary splits TUMBLE_START into tumble and START.
func windowAuxiliary(name string) (kind spec.WindowKind, part string) {
	k, part, ok := strings.Cut(name, "_")
	if !ok || part != "START" && part != "END" && part != "ROWTIME" && part != "PROCTIME" {
		return "", ""
	}
	switch k {
	case "TUMBLE", "HOP", "SESSION":
		return spec.WindowKind(strings.ToLower(k)), part
	}
	return "", ""
}

// legacyArgs reads the lengths of a group window; ok is false on a mistake (reported).
func (b *Binder) legacyArgs(kind spec.WindowKind, c *ast.Call) (w spec.Window, ok bool) {
	name := strings.ToUpper(string(kind))
	want := 2
	if kind == spec.Hop {
		want = 3
	}
	if len(c.Args) != want {
		b.fail(c.Span, "wrong-arguments", "%s takes %d arguments, not %d", name, want, len(c.Args))
		return w, false
	}
	w.Kind = kind
	into := []*int64{&w.Size}
	if kind == spec.Hop {
		into = []*int64{&w.Slide, &w.Size}
	}
	for i, x := range into {
		v, months, ok := intervalOf(c.Args[i+1])
		if !ok || months || v <= 0 {
			b.fail(c.Args[i+1].Pos(), "wrong-arguments", "%s takes an interval of seconds, minutes, hours or days here", name)
			return w, false
		}
		*x = v
	}
	return w, true
}

// groupWindow puts the WindowTVF of a legacy group window under the block and
// returns the key of its window_start; the other window columns become keys too.
func (b *Binder) groupWindow(k *block, a *aggBlock, c *ast.Call, v *env) int {
	name := strings.ToUpper(c.Func.Parts[0].Name)
	if a.window != nil {
		b.fail(c.Span, "wrong-arguments", "GROUP BY takes a single window")
		return -1
	}
	w, ok := b.legacyArgs(groupWindowKind(c), c)
	if !ok {
		return -1
	}
	x := b.expr(c.Args[0], v)
	if bad(x) {
		return -1
	}
	fields := k.node.Fields()
	if x.Column == nil {
		exprs := append(plan.Refs(fields), x)
		out := append(append([]plan.Field{}, fields...), plan.Field{Name: "$time", Type: x.Type})
		k.node = project(k.node, exprs, out, c.Span)
		x = spec.Col(len(fields), x.Type)
		fields = out
	}
	w.Time = *x.Column
	if !b.timeColumn(name, x.Type, c.Args[0], &w, k.node) {
		return -1
	}
	var partition []int
	if w.Kind == spec.Session {
		exprs := plan.Refs(fields)
		for _, e := range a.keys {
			partition = append(partition, indexOf(&exprs, e))
		}
		if more := exprs[len(fields):]; len(more) > 0 {
			fields = append(append([]plan.Field{}, fields...), fieldsOf(more)...)
			k.node = project(k.node, exprs, fields, c.Span)
		}
	}
	n := &plan.WindowTVF{Input: k.node, Window: w, PartitionBy: partition, Legacy: true}
	n.Span = c.Span
	n.Out = append(append([]plan.Field{}, fields...), windowFields("$", x.Type)...)
	k.node = n
	base := len(fields)
	a.window = &groupWindow{kind: w.Kind, win: w, base: base, time: x.Type, span: c.Span}
	first := -1
	for i := 0; i < 3; i++ {
		j := indexOf(&a.keys, spec.Col(base+i, n.Out[base+i].Type))
		if i == 0 {
			first = j
		}
	}
	return first
}

// windowAuxiliary binds TUMBLE_START(ts, size) and its like: they repeat the window of GROUP BY.
func (b *Binder) windowAuxiliary(c *ast.Call, kind spec.WindowKind, part string, v *env) spec.Expr {
	name := strings.ToUpper(c.Func.Parts[0].Name)
	if v.aggs == nil || v.aggs.window == nil {
		b.fail(c.Span, "no-window", "%s needs GROUP BY %s(…)", name, strings.ToUpper(string(kind)))
		return poison()
	}
	w, ok := b.legacyArgs(kind, c)
	if !ok {
		return poison()
	}
	x := b.expr(c.Args[0], &env{scope: v.scope, clause: v.clause})
	if bad(x) {
		return x
	}
	g := v.aggs.window
	if g.win.Kind != w.Kind || g.win.Size != w.Size || g.win.Slide != w.Slide || x.Column != nil && *x.Column != g.win.Time {
		b.fail(c.Span, "no-window", "%s does not repeat the window of GROUP BY", name).Labels = []diag.Label{{Span: g.span, Text: "the window"}}
		return poison()
	}
	ts := types.TimestampOf(3).Required()
	switch part {
	case "START":
		return spec.Col(g.base, ts)
	case "END":
		return spec.Col(g.base+1, ts)
	}
	t := g.time
	t.NotNull, t.Precision = true, 3
	if part == "PROCTIME" {
		t = types.TimestampLTZOf(3).Required().WithAttr(types.Proctime)
		if b.opts.Batch {
			t.Attr = types.NoAttr
		}
		return spec.Call("PROCTIME", t)
	}
	if t.Attr != types.Rowtime && !b.opts.Batch {
		b.fail(c.Span, "no-time-attribute", "%s needs a window over a rowtime attribute", name)
		return poison()
	}
	return spec.Col(g.base+2, t)
}
