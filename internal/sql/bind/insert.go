package bind

import (
	"fmt"
	"slices"

	"github.com/flott/flott/catalog"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// Insert binds INSERT INTO and INSERT OVERWRITE.
func (b *Binder) Insert(ins *ast.Insert) (*plan.Sink, []*diag.Error) {
	b.begin()
	n := b.insert(ins)
	if errs := b.end(); len(errs) > 0 {
		return nil, errs
	}
	return n, nil
}

// InsertInto binds the writing of a query's rows into a table that CREATE TABLE
// … AS has just defined; columns go by name.
func (b *Binder) InsertInto(t *catalog.Table, q *ast.Query, at diag.Span) (*plan.Sink, []*diag.Error) {
	b.begin()
	var n *plan.Sink
	opts, conn := b.tableOptions(t, at, nil)
	src := b.query(q, nil)
	if conn != nil && src.ok() {
		if conn.NewSink == nil {
			b.fail(at, "not-a-sink", "table %q cannot be written: connector %q only reads", t.Path.Name, conn.Name)
		} else {
			fields := src.node.Fields()
			values := map[int]spec.Expr{}
			for i, f := range fields {
				if k := t.Column(f.Name); k >= 0 && t.Columns[k].Persisted() {
					values[k] = b.store(spec.Col(i, f.Type), t.Columns[k], at)
				}
			}
			n = sink(t, opts, src.node, values, at)
		}
	}
	if errs := b.end(); len(errs) > 0 {
		return nil, errs
	}
	return n, nil
}

func (b *Binder) insert(ins *ast.Insert) *plan.Sink {
	if ins.Upsert {
		b.notSupported(ins.Span, "UPSERT INTO", "INSERT INTO a table with a primary key upserts")
		return nil
	}
	path := b.cat.Resolve(ins.Target.Strings())
	var t *catalog.Table
	switch o := b.cat.Find(path).(type) {
	case *catalog.Table:
		t = o
	case *catalog.View:
		b.fail(ins.Target.Span, "not-a-table", "%q is a view: it cannot be written", path.Name)
	default:
		b.failWith(ins.Target.Span, b.cat.Unknown(path))
	}
	outer := b.nullsAllowed
	b.nullsAllowed = true
	src := b.query(ins.Query, nil)
	b.nullsAllowed = outer
	if t == nil {
		return nil
	}
	opts, conn := b.tableOptions(t, ins.Target.Span, ins.Hints)
	if conn == nil {
		return nil
	}
	if conn.NewSink == nil {
		b.fail(ins.Target.Span, "not-a-sink", "table %q cannot be written: connector %q only reads", path.Name, conn.Name)
		return nil
	}
	for _, c := range t.Columns {
		if c.Kind == catalog.Metadata && c.Persisted() {
			if _, ok := b.metadataType(t, conn, opts, c, &ast.TableName{At: ins.Target.At, Path: ins.Target}, false); !ok {
				return nil
			}
		}
	}
	values := map[int]spec.Expr{}
	static := map[string]string{}
	for _, p := range ins.Partition {
		b.staticPartition(t, p, values, static)
	}
	targets, given := b.targets(t, ins, values)
	if !src.ok() || len(b.errs) > 0 {
		return nil
	}
	fields := src.node.Fields()
	if len(fields) != len(targets) {
		b.insertArity(ins, t, targets, fields)
		return nil
	}
	places := itemSpans(ins.Query, len(fields))
	for i, k := range targets {
		values[k] = b.store(spec.Col(i, fields[i].Type), t.Columns[k], places[i])
	}
	if len(b.errs) > 0 {
		return nil
	}
	n := sink(t, opts, src.node, values, ins.Target.Span)
	n.Static, n.Overwrite, n.OnConflict, n.Given = static, ins.Overwrite, ins.OnConflict, given
	return n
}

// targets returns the columns that the query's columns go to, in their order,
// and the places of those that the statement names.
func (b *Binder) targets(t *catalog.Table, ins *ast.Insert, values map[int]spec.Expr) (targets, given []int) {
	if ins.Columns == nil {
		for i, c := range t.Columns {
			if _, fixed := values[i]; c.Persisted() && !fixed {
				targets = append(targets, i)
			}
		}
		return targets, nil
	}
	var names []string
	for _, c := range t.Columns {
		if c.Persisted() {
			names = append(names, c.Name)
		}
	}
	for _, n := range ins.Columns {
		name := n.Last().Name
		i := t.Column(name)
		switch {
		case len(n.Parts) > 1:
			b.notSupported(n.Span, "writing a nested field", "write the whole row")
		case i < 0:
			b.fail(n.Span, "unknown-column", "table %q has no column %q", t.Path.Name, name).Help = suggest(name, names, "it has: ")
		case !t.Columns[i].Persisted():
			b.fail(n.Span, "wrong-column", "column %q cannot be written: it is computed or virtual", name)
		case slices.Contains(targets, i):
			b.fail(n.Span, "duplicate-column", "column %q stands twice in the list", name)
		default:
			if _, fixed := values[i]; fixed {
				b.fail(n.Span, "duplicate-column", "column %q has its value from PARTITION", name)
			}
		}
		targets = append(targets, i)
	}
	if len(b.errs) == 0 {
		given = slices.Clone(targets)
		for i := range values {
			given = append(given, i)
		}
		slices.Sort(given)
		for i, c := range t.Columns {
			if c.Persisted() && c.Type.NotNull && !slices.Contains(given, i) {
				b.fail(ins.Columns[0].Span.To(ins.Columns[len(ins.Columns)-1].Span), "not-null", "column %q of %q is NOT NULL, so it needs a value", c.Name, t.Path.Name)
			}
		}
	}
	return targets, given
}

func (b *Binder) staticPartition(t *catalog.Table, p *ast.PartitionValue, values map[int]spec.Expr, static map[string]string) {
	if !slices.Contains(t.PartitionKeys, p.Key.Name) {
		e := b.fail(p.Key.Span, "unknown-column", "%q is no partition column of %q", p.Key.Name, t.Path.Name)
		e.Help = suggest(p.Key.Name, t.PartitionKeys, "these are: ")
		if len(t.PartitionKeys) == 0 {
			e.Help = "the table is not partitioned"
		}
		return
	}
	if p.Value == nil {
		return
	}
	v := b.expr(p.Value, &env{scope: &scope{}, clause: "PARTITION"})
	if bad(v) {
		return
	}
	if v.Literal == nil {
		b.fail(p.Value.Pos(), "wrong-arguments", "the value of a partition has to be a literal")
		return
	}
	i := t.Column(p.Key.Name)
	to := t.Columns[i].Type
	if _, ok := castable(v.Type, to); !ok {
		b.fail(p.Value.Pos(), "type-mismatch", "partition column %q is %s, not %s", p.Key.Name, to.Nullable(), v.Type.Nullable())
		return
	}
	static[p.Key.Name] = v.Literal.Text
	values[i] = castTo(v, to)
}

// store converts a value for a column, if that is possible without a CAST.
func (b *Binder) store(e spec.Expr, c catalog.Column, at diag.Span) spec.Expr {
	if !storable(e.Type, c.Type) {
		from, to := e.Type.Nullable().WithAttr(types.NoAttr), c.Type.Nullable()
		err := b.fail(at, "type-mismatch", "column %q is %s, but the query yields %s", c.Name, to, from)
		err.Label = from.String()
		if _, ok := castable(e.Type, c.Type); ok {
			err.Help = "CAST(… AS " + to.String() + ")"
		}
		return poison()
	}
	if e.Type.Kind == types.Null {
		return spec.NullOf(c.Type)
	}
	return castTo(e, c.Type)
}

func (b *Binder) insertArity(ins *ast.Insert, t *catalog.Table, targets []int, fields []plan.Field) {
	at := ins.Query.Span
	names := ""
	for i, k := range targets {
		if i == 8 {
			names += ", …"
			break
		}
		if i > 0 {
			names += ", "
		}
		names += t.Columns[k].Name
	}
	e := b.fail(at, "arity", "%q takes %s, but the query yields %d", t.Path.Name, count(len(targets), "column"), len(fields))
	if sel, ok := ins.Query.Body.(*ast.Select); ok && len(sel.Items) > 0 {
		e.Span = sel.Items[0].Span.To(sel.Items[len(sel.Items)-1].Span)
	}
	e.Label = fmt.Sprint(count(len(fields), "column"))
	e.Help = "the columns are: " + names
}

// itemSpans returns the places of a query's columns; the whole query where they
// are not written one by one.
func itemSpans(q *ast.Query, n int) []diag.Span {
	out := make([]diag.Span, n)
	for i := range out {
		out[i] = q.Span
	}
	switch body := q.Body.(type) {
	case *ast.Select:
		if len(body.Items) != n {
			break
		}
		for i, it := range body.Items {
			if _, star := it.X.(*ast.Star); !star {
				out[i] = it.X.Pos()
			}
		}
	case *ast.Values:
		if r, ok := body.Rows[0].(*ast.RowExpr); ok && len(r.Items) == n {
			for i, x := range r.Items {
				out[i] = x.Pos()
			}
		}
	}
	return out
}

// sink makes the Sink: physical columns in order, then metadata columns; those
// without a value are NULL.
func sink(t *catalog.Table, opts map[string]string, input plan.Node, values map[int]spec.Expr, at diag.Span) *plan.Sink {
	n := &plan.Sink{Table: t, Options: opts}
	n.Span = at
	var exprs []spec.Expr
	for _, kind := range []catalog.ColumnKind{catalog.Physical, catalog.Metadata} {
		for i, c := range t.Columns {
			if c.Kind != kind || !c.Persisted() {
				continue
			}
			e, ok := values[i]
			if !ok {
				e = spec.NullOf(c.Type)
			}
			exprs = append(exprs, e)
			n.Columns = append(n.Columns, spec.SourceColumn{Name: c.Name, Type: c.Type, Metadata: c.MetadataKey})
			n.Out = append(n.Out, plan.Field{Name: c.Name, Type: e.Type.WithAttr(types.NoAttr)})
		}
	}
	n.Input = project(input, exprs, n.Out, at)
	return n
}
