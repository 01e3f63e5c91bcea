package bind

import (
	"slices"
	"strings"

	"github.com/flott/flott/catalog"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/types"
)

// AlterTable binds ALTER TABLE and returns the changed copy, without putting it
// into the catalog. Of IF EXISTS on a table that is not there the answer is nil, nil.
// RENAME TO is the catalog's business (Manager.Rename), see DDL.
func (b *Binder) AlterTable(a *ast.Alter) (*catalog.Table, []*diag.Error) {
	b.begin()
	t := b.alterTable(a)
	if errs := b.end(); len(errs) > 0 {
		return nil, errs
	}
	return t, nil
}

// tableNamed finds a table that is no view.
func (b *Binder) tableNamed(n *ast.Name, ifExists bool) *catalog.Table {
	path := b.cat.Resolve(n.Strings())
	switch o := b.cat.Find(path).(type) {
	case *catalog.Table:
		return o
	case *catalog.View:
		b.fail(n.Span, "not-a-table", "%q is a view, not a table", path.Name).Help = "ALTER VIEW changes views"
	default:
		if !ifExists {
			b.failWith(n.Span, b.cat.Unknown(path))
		}
	}
	return nil
}

func (b *Binder) alterTable(a *ast.Alter) *catalog.Table {
	old := b.tableNamed(a.Path, a.IfExists)
	if old == nil {
		return nil
	}
	if old.Temporary {
		b.fail(a.Path.Span, "temporary-exists", "%q is a temporary table, which cannot be altered", old.Path.Name).Help = "write DROP TEMPORARY TABLE and create it anew"
		return nil
	}
	t := old.Clone()
	if b.opts.Script != "" && t.Script != b.opts.Script {
		// Places of the old definition mean nothing in this script.
		for i := range t.Options {
			t.Options[i].KeySpan, t.Options[i].ValueSpan = diag.Span{}, diag.Span{}
		}
		for i := range t.Columns {
			t.Columns[i].Span = diag.Span{}
		}
		t.Script, t.NameSpan = b.opts.Script, diag.Span{}
	}
	switch x := a.Action.(type) {
	case *ast.SetOptions:
		for _, o := range x.Options {
			if o.Key.Value == "connector" && t.Option("connector") != o.Value.Value {
				b.fail(o.Span, "option-value", "the connector of a table cannot be changed")
			}
			t.SetOption(catalog.Option{Key: o.Key.Value, Value: o.Value.Value, KeySpan: o.Key.Span, ValueSpan: o.Value.Span})
		}
	case *ast.ResetOptions:
		for _, k := range x.Keys {
			if k.Value == "connector" {
				b.fail(k.Span, "option-value", "the option 'connector' cannot be reset")
			}
			t.ResetOption(k.Value)
		}
	case *ast.SetComment:
		t.Comment = x.Comment.Value
	case *ast.AddElements:
		b.addElements(t, x)
	case *ast.ModifyElements:
		b.modifyElements(t, x)
	case *ast.DropColumns:
		b.dropColumns(t, x)
	case *ast.DropPart:
		b.dropPart(t, x)
	case *ast.RenameColumn:
		b.renameColumn(t, x)
	default:
		b.notSupported(a.Span, "this form of ALTER TABLE", "drop the table and create it anew")
	}
	return t
}

func (b *Binder) addElements(t *catalog.Table, x *ast.AddElements) {
	if d := x.Distribution; d != nil {
		if t.Distribution != nil {
			b.fail(d.Span, "duplicate-key", "the table has a distribution already").Help = "write ALTER TABLE … MODIFY DISTRIBUTION"
			return
		}
		b.distribution(t, d)
		return
	}
	before := len(t.Columns)
	if t.Watermark != nil && len(x.Schema.Watermarks) > 0 {
		b.fail(x.Schema.Watermarks[0].Span, "watermark", "the table has a watermark already").Help = "write ALTER TABLE … MODIFY WATERMARK"
		return
	}
	b.schema(t, x.Schema, noMerge)
	added := slices.Clone(t.Columns[before:])
	t.Columns = t.Columns[:before]
	for i, c := range added {
		t.Columns = append(t.Columns, c)
		if i < len(x.Schema.Columns) {
			b.place(t, len(t.Columns)-1, x.Schema.Columns[i].Position)
		}
	}
}

// noMerge makes every clash of names a mistake.
var noMerge = map[string]string{}

// place moves column i where FIRST or AFTER says.
func (b *Binder) place(t *catalog.Table, i int, p *ast.ColumnPosition) {
	if p == nil {
		return
	}
	c := t.Columns[i]
	rest := slices.Delete(slices.Clone(t.Columns), i, i+1)
	at := 0
	if p.After != nil {
		k := slices.IndexFunc(rest, func(c catalog.Column) bool { return c.Name == p.After.Last().Name })
		if k < 0 {
			b.noColumn(p.After.Last(), t, "column")
			return
		}
		at = k + 1
	}
	t.Columns = slices.Insert(rest, at, c)
}

func (b *Binder) modifyElements(t *catalog.Table, x *ast.ModifyElements) {
	if d := x.Distribution; d != nil {
		if t.Distribution == nil {
			b.fail(d.Span, "unknown-constraint", "the table has no distribution to modify").Help = "write ALTER TABLE … ADD DISTRIBUTION"
			return
		}
		b.distribution(t, d)
		return
	}
	s := *x.Schema
	if len(s.Watermarks) > 0 {
		if t.Watermark == nil {
			b.fail(s.Watermarks[0].Span, "watermark", "the table has no watermark to modify").Help = "write ALTER TABLE … ADD WATERMARK"
			return
		}
		t.Watermark = nil
	}
	if len(s.Constraints) > 0 {
		if t.PrimaryKey == nil {
			b.fail(s.Constraints[0].Span, "unknown-constraint", "the table has no primary key to modify").Help = "write ALTER TABLE … ADD PRIMARY KEY"
			return
		}
		t.PrimaryKey = nil
	}
	for _, c := range s.Columns {
		name := c.Name.Last().Name
		i := t.Column(name)
		if i < 0 {
			b.noColumn(c.Name.Last(), t, "column")
			continue
		}
		one := s
		one.Columns, one.Constraints, one.Watermarks = []*ast.Column{c}, nil, nil
		was := t.Columns[i]
		t.Columns = slices.Delete(t.Columns, i, i+1)
		n := len(t.Columns)
		b.schema(t, &one, noMerge)
		if len(t.Columns) == n {
			continue // a mistake
		}
		col := t.Columns[n]
		if c.Comment == nil {
			col.Comment = was.Comment
		}
		if slices.Contains(t.Key(), name) {
			col.Type.NotNull = true
		}
		t.Columns = slices.Insert(t.Columns[:n:n], i, col)
		b.place(t, i, c.Position)
	}
	s.Columns = nil
	b.schema(t, &s, noMerge)
	b.checkDependants(t, x.Span)
}

// users returns what needs a column: the primary key, partitions, the watermark,
// computed columns.
func users(t *catalog.Table, name string) []string {
	var out []string
	if slices.Contains(t.Key(), name) {
		out = append(out, "the primary key")
	}
	if slices.Contains(t.PartitionKeys, name) {
		out = append(out, "PARTITIONED BY")
	}
	if d := t.Distribution; d != nil && slices.Contains(d.Columns, name) {
		out = append(out, "DISTRIBUTED BY")
	}
	mentions := func(x catalog.Expression) bool {
		if e, ok := x.Syntax.(ast.Expr); ok {
			found := false
			ast.Walk(e, func(n ast.Node) bool {
				if id, ok := n.(*ast.Name); ok && id.Parts[0].Name == name {
					found = true
				}
				return true
			})
			return found
		}
		return strings.Contains(x.Text, catalog.Quote(name))
	}
	if w := t.Watermark; w != nil && (w.Column == name || mentions(w.Expr)) {
		out = append(out, "the watermark")
	}
	for _, c := range t.Columns {
		if c.Kind == catalog.Computed && c.Name != name && mentions(c.Expr) {
			out = append(out, "column "+c.Name)
		}
	}
	return out
}

func (b *Binder) dropColumns(t *catalog.Table, x *ast.DropColumns) {
	// Computed columns dropped together with what they need are no obstacle.
	var rest []*ast.Name
	for _, n := range x.Columns {
		i := t.Column(n.Last().Name)
		if i >= 0 && t.Columns[i].Kind == catalog.Computed && len(users(t, n.Last().Name)) == 0 {
			t.Columns = slices.Delete(t.Columns, i, i+1)
			continue
		}
		rest = append(rest, n)
	}
	for _, n := range rest {
		name := n.Last().Name
		i := t.Column(name)
		if i < 0 {
			b.noColumn(n.Last(), t, "column")
			continue
		}
		if u := users(t, name); len(u) > 0 {
			b.fail(n.Span, "in-use", "column %q cannot be dropped: %s needs it", name, u[0])
			continue
		}
		t.Columns = slices.Delete(t.Columns, i, i+1)
	}
}

func (b *Binder) dropPart(t *catalog.Table, x *ast.DropPart) {
	switch x.Part {
	case "PRIMARY KEY", "CONSTRAINT":
		if t.PrimaryKey == nil || x.Constraint != nil && t.PrimaryKey.Name != x.Constraint.Name {
			e := b.fail(x.Span, "unknown-constraint", "the table has no such constraint")
			if t.PrimaryKey != nil {
				e.Help = "its primary key is named " + t.PrimaryKey.Name
			}
			return
		}
		t.PrimaryKey = nil
	case "WATERMARK":
		if t.Watermark == nil {
			b.fail(x.Span, "watermark", "the table has no watermark")
			return
		}
		t.Watermark = nil
	case "DISTRIBUTION":
		if t.Distribution == nil {
			b.fail(x.Span, "unknown-constraint", "the table has no distribution")
			return
		}
		t.Distribution = nil
	}
}

func (b *Binder) renameColumn(t *catalog.Table, x *ast.RenameColumn) {
	from, to := x.From.Last().Name, x.To.Last().Name
	i := t.Column(from)
	switch {
	case i < 0:
		b.noColumn(x.From.Last(), t, "column")
		return
	case t.Column(to) >= 0:
		b.fail(x.To.Span, "duplicate-column", "the table has a column %q already", to)
		return
	}
	for _, u := range users(t, from) {
		if u == "the primary key" || u == "PARTITIONED BY" || u == "DISTRIBUTED BY" {
			continue
		}
		b.fail(x.From.Span, "in-use", "column %q cannot be renamed: %s needs it", from, u)
		return
	}
	t.Columns[i].Name = to
	if t.PrimaryKey != nil {
		k := *t.PrimaryKey
		k.Columns = slices.Clone(k.Columns)
		for j, c := range k.Columns {
			if c == from {
				k.Columns[j] = to
			}
		}
		t.PrimaryKey = &k
	}
	for j, c := range t.PartitionKeys {
		if c == from {
			t.PartitionKeys[j] = to
		}
	}
	if t.Distribution != nil {
		d := *t.Distribution
		d.Columns = slices.Clone(d.Columns)
		for j, c := range d.Columns {
			if c == from {
				d.Columns[j] = to
			}
		}
		t.Distribution = &d
	}
}

// checkDependants derives the types of computed columns anew after a change.
func (b *Binder) checkDependants(t *catalog.Table, at diag.Span) {
	sc := tableScope(t)
	for i, c := range t.Columns {
		e, ok := c.Expr.Syntax.(ast.Expr)
		if c.Kind != catalog.Computed || !ok {
			continue
		}
		n := len(b.errs)
		x := b.expr(e, &env{scope: sc, clause: "a computed column"})
		for _, err := range b.errs[n:] {
			err.Message = "column " + c.Name + ": " + err.Message
			err.Span, err.Labels, err.Label = at, nil, ""
		}
		if !bad(x) {
			attr := types.NoAttr
			if x.Type.Attr == types.Proctime {
				attr = types.Proctime
			}
			t.Columns[i].Type = x.Type.WithAttr(attr)
		}
	}
}
