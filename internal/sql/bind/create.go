package bind

import (
	"slices"
	"strconv"
	"strings"

	"github.com/flott/flott/catalog"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// CreateTable binds CREATE TABLE, without adding the table to the catalog. Of
// CREATE TABLE … AS it takes the columns of the query; the rows are bound by InsertInto.
func (b *Binder) CreateTable(ct *ast.CreateTable) (*catalog.Table, []*diag.Error) {
	b.begin()
	t := b.createTable(ct)
	if errs := b.end(); len(errs) > 0 {
		return nil, errs
	}
	return t, nil
}

func (b *Binder) createTable(ct *ast.CreateTable) *catalog.Table {
	t := &catalog.Table{Path: b.cat.Resolve(ct.Path.Strings()), Temporary: ct.Lifetime != ast.Permanent, Script: b.opts.Script, NameSpan: ct.Path.Span}
	if ct.Comment != nil {
		t.Comment = ct.Comment.Value
	}
	merge := defaultMerge()
	if ct.Like != nil {
		base := b.likeSource(ct.Like)
		if base == nil || !b.likeOptions(ct.Like, merge) {
			return nil
		}
		inherit(t, base, merge)
	}
	for _, o := range ct.With {
		opt := catalog.Option{Key: o.Key.Value, Value: o.Value.Value, KeySpan: o.Key.Span, ValueSpan: o.Value.Span}
		if old := t.OptionAt(opt.Key); old != nil && ct.Like != nil && merge["OPTIONS"] == "INCLUDING" {
			b.fail(o.Key.Span, "like", "the base table has the option '%s' = '%s' already", old.Key, old.Value).Help = "write EXCLUDING OPTIONS or OVERWRITING OPTIONS"
		}
		t.SetOption(opt)
	}
	if ct.Query != nil {
		b.queryColumns(t, ct)
	} else if ct.Schema != nil {
		b.schema(t, ct.Schema, merge)
	}
	if len(ct.PartitionBy) > 0 {
		if len(t.PartitionKeys) > 0 && merge["PARTITIONS"] == "INCLUDING" {
			b.fail(ct.PartitionBy[0].Span, "like", "the base table is partitioned already").Help = "write EXCLUDING PARTITIONS"
		}
		t.PartitionKeys = nil
	}
	for _, id := range ct.PartitionBy {
		if i := t.Column(id.Name); i < 0 {
			b.noColumn(id, t, "partition column")
		} else if t.Columns[i].Kind != catalog.Physical {
			b.fail(id.Span, "wrong-column", "partition column %q is computed", id.Name)
		}
		t.PartitionKeys = append(t.PartitionKeys, id.Name)
	}
	if d := ct.Distribution; d != nil {
		b.distribution(t, d)
	}
	if len(t.Columns) == 0 && len(b.errs) == 0 {
		b.fail(ct.Path.Span, "no-columns", "table %q has no columns", t.Path.Name)
	}
	return t
}

func (b *Binder) distribution(t *catalog.Table, d *ast.Distribution) {
	t.Distribution = &catalog.Distribution{Kind: d.Kind}
	for _, id := range d.Columns {
		if t.Column(id.Name) < 0 {
			b.noColumn(id, t, "distribution column")
		}
		t.Distribution.Columns = append(t.Distribution.Columns, id.Name)
	}
	if d.Buckets != nil {
		t.Distribution.Buckets, _ = strconv.Atoi(d.Buckets.Text)
	}
}

func (b *Binder) noColumn(id ast.Ident, t *catalog.Table, what string) {
	var names []string
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	b.fail(id.Span, "unknown-column", "%s %q does not exist", what, id.Name).Help = suggest(id.Name, names, "the table has: ")
}

// schema adds the elements of a column list to t.
func (b *Binder) schema(t *catalog.Table, s *ast.Schema, merge map[string]string) {
	own := map[string]bool{} // columns that this statement defines
	var computed []*ast.Column
	for _, c := range s.Columns {
		b.checkName(c.Name)
		name := c.Name.Last().Name
		col := catalog.Column{Name: name, Span: c.Span}
		if c.Comment != nil {
			col.Comment = c.Comment.Value
		}
		switch {
		case c.Computed != nil:
			col.Kind = catalog.Computed
			computed = append(computed, c)
		case c.Type == nil:
			b.fail(c.Span, "no-type", "column %q needs a type", name)
			continue
		default:
			if !b.checkType(c.Type.Type, c.Type.Span) {
				continue
			}
			col.Type = c.Type.Type
			if c.Metadata {
				col.Kind, col.MetadataKey, col.Virtual = catalog.Metadata, name, c.Virtual
				if c.MetadataKey != nil {
					col.MetadataKey, col.KeyWritten = c.MetadataKey.Value, true
				}
			}
		}
		i := t.Column(name)
		switch {
		case i < 0:
			t.Columns = append(t.Columns, col)
		case own[name]:
			b.fail(c.Name.Span, "duplicate-column", "column %q is defined twice", name)
		case col.Kind != catalog.Physical && t.Columns[i].Kind == col.Kind && merge[featureOf(col.Kind)] == "OVERWRITING":
			t.Columns[i] = col
		default:
			e := b.fail(c.Name.Span, "duplicate-column", "the table has a column %q already", name)
			if col.Kind != catalog.Physical && t.Columns[i].Kind == col.Kind {
				e.Help = "write OVERWRITING " + featureOf(col.Kind)
			}
		}
		own[name] = true
		if c.Constraint != nil {
			b.constraint(t, c.Constraint, []ast.Ident{c.Name.Last()}, merge)
		}
	}
	for _, k := range s.Constraints {
		b.constraint(t, k, k.Columns, merge)
	}
	b.bindComputed(t, computed) // after the keys, which are NOT NULL
	for i, w := range s.Watermarks {
		if i > 0 {
			b.fail(w.Span, "watermark", "a table has one WATERMARK at the most")
			continue
		}
		if t.Watermark != nil && merge["WATERMARKS"] == "INCLUDING" {
			b.fail(w.Span, "like", "the base table has a watermark on %q already", t.Watermark.Column).Help = "write OVERWRITING WATERMARKS or EXCLUDING WATERMARKS"
			continue
		}
		b.watermark(t, w)
	}
}

func featureOf(k catalog.ColumnKind) string {
	if k == catalog.Metadata {
		return "METADATA"
	}
	return "GENERATED"
}

func (b *Binder) checkName(n *ast.Name) {
	if len(n.Parts) > 1 {
		b.notSupported(n.Span, "a column name with several parts", "write `"+n.String()+"` in backticks if the dot belongs to the name")
	}
}

// tableScope is what computed columns may refer to: all but other computed columns.
func tableScope(t *catalog.Table) *scope {
	var fields []plan.Field
	for _, c := range t.Columns {
		if c.Kind != catalog.Computed {
			fields = append(fields, plan.Field{Name: c.Name, Type: c.Type})
		}
	}
	return newScope(t.Path.Name, nil, fields)
}

func (b *Binder) bindComputed(t *catalog.Table, cs []*ast.Column) {
	sc := tableScope(t)
	for _, c := range cs {
		i := t.Column(c.Name.Last().Name)
		if i < 0 || t.Columns[i].Kind != catalog.Computed {
			continue
		}
		e := b.expr(c.Computed, &env{scope: sc, clause: "a computed column"})
		if hasCall(e, "$sub") {
			b.notSupported(c.Computed.Pos(), "a subquery in a computed column", "make a view")
		}
		t.Columns[i].Type = e.Type.WithAttr(types.NoAttr)
		if e.Type.Attr == types.Proctime || e.Call == "PROCTIME" {
			t.Columns[i].Type = e.Type
		}
		t.Columns[i].Expr = catalog.Expression{Text: ast.PrintExpanded(c.Computed), Syntax: c.Computed}
	}
}

func (b *Binder) constraint(t *catalog.Table, k *ast.Constraint, cols []ast.Ident, merge map[string]string) {
	if !k.Primary {
		b.notSupported(k.Span, "UNIQUE", "a table may have a PRIMARY KEY … NOT ENFORCED")
		return
	}
	if k.Enforcement != "NOT ENFORCED" {
		b.fail(k.Span, "not-enforced", "a PRIMARY KEY is not checked: say so").Help = "write PRIMARY KEY … NOT ENFORCED"
		return
	}
	if t.PrimaryKey != nil {
		if merge != nil && merge["CONSTRAINTS"] == "INCLUDING" && t.PrimaryKey.Span.IsZero() {
			b.fail(k.Span, "like", "the base table has a primary key already").Help = "write EXCLUDING CONSTRAINTS"
			return
		}
		b.fail(k.Span, "duplicate-key", "the table has a second PRIMARY KEY").Help = "a key of several columns is written once: PRIMARY KEY (a, b) NOT ENFORCED"
		return
	}
	pk := &catalog.PrimaryKey{Span: k.Span}
	if k.Name != nil {
		pk.Name = k.Name.Name
	}
	okay := true
	for _, id := range cols {
		i := t.Column(id.Name)
		switch {
		case i < 0:
			b.noColumn(id, t, "primary key column")
			okay = false
		case t.Columns[i].Kind != catalog.Physical:
			b.fail(id.Span, "wrong-column", "primary key column %q is not stored in the table", id.Name)
			okay = false
		case slices.Contains(pk.Columns, id.Name):
			b.fail(id.Span, "duplicate-column", "column %q stands twice in the primary key", id.Name)
			okay = false
		default:
			t.Columns[i].Type.NotNull = true
			pk.Columns = append(pk.Columns, id.Name)
		}
	}
	if okay {
		if pk.Name == "" {
			pk.Name = "PK_" + strings.Join(pk.Columns, "_")
		}
		t.PrimaryKey = pk
	}
}

func (b *Binder) watermark(t *catalog.Table, w *ast.Watermark) {
	if len(w.Column.Parts) > 1 {
		b.notSupported(w.Column.Span, "a watermark on a nested field", "make a computed column of it")
		return
	}
	name := w.Column.Last().Name
	i := t.Column(name)
	if i < 0 {
		b.noColumn(w.Column.Last(), t, "watermark column")
		return
	}
	fits := func(t types.Type) bool { return t.IsTimestamp() && t.Precision <= 3 }
	const want = "TIMESTAMP(p) or TIMESTAMP_LTZ(p) with p from 0 to 3"
	col := t.Columns[i]
	if bad := col.Type.Kind == types.Unset; bad {
		return // reported already
	}
	if !fits(col.Type) {
		e := b.fail(w.Column.Span, "type-mismatch", "a watermark column is %s, but %q is %s", want, name, col.Type.Nullable())
		e.Label = col.Type.Nullable().String()
		switch {
		case col.Type.IsTimestamp():
			e.Help = "declare it as " + col.Type.Kind.String() + "(3)"
		case col.Type.IsString():
			e.Help = "add a computed column: rt AS TO_TIMESTAMP(" + name + ")"
		case col.Type.IsInteger():
			e.Help = "add a computed column: rt AS TO_TIMESTAMP_LTZ(" + name + ", 3)"
		}
		return
	}
	var fields []plan.Field
	for _, c := range t.Columns {
		fields = append(fields, plan.Field{Name: c.Name, Type: c.Type})
	}
	e := b.expr(w.Expr, &env{scope: newScope(t.Path.Name, nil, fields), clause: "a watermark"})
	if bad(e) {
		return
	}
	if !fits(e.Type) {
		b.fail(w.Expr.Pos(), "type-mismatch", "a watermark is %s, not %s", want, e.Type.Nullable()).Label = e.Type.Nullable().String()
		return
	}
	t.Watermark = &catalog.Watermark{Column: name, Expr: catalog.Expression{Text: ast.PrintExpanded(w.Expr), Syntax: w.Expr}, Span: w.Span}
}

// The features of LIKE and what is done with them unless said otherwise.
func defaultMerge() map[string]string {
	return map[string]string{"CONSTRAINTS": "INCLUDING", "DISTRIBUTION": "INCLUDING", "GENERATED": "INCLUDING", "METADATA": "INCLUDING",
		"OPTIONS": "OVERWRITING", "PARTITIONS": "INCLUDING", "WATERMARKS": "INCLUDING"}
}

func (b *Binder) likeOptions(l *ast.TableLike, merge map[string]string) bool {
	okay := true
	fail := func(at diag.Span, format string, args ...any) {
		b.fail(at, "like", format, args...)
		okay = false
	}
	seen := map[string]bool{}
	for _, o := range l.Options {
		if seen[o.Feature] {
			fail(o.Span, "%s is given twice", o.Feature)
		}
		seen[o.Feature] = true
		if o.Merge == "OVERWRITING" {
			switch o.Feature {
			case "GENERATED", "METADATA", "OPTIONS", "WATERMARKS":
			default:
				fail(o.Span, "OVERWRITING %s is not possible", o.Feature)
			}
		}
		if o.Feature == "ALL" {
			for k := range merge {
				if !seen[k] {
					merge[k] = o.Merge
				}
			}
			continue
		}
		merge[o.Feature] = o.Merge
	}
	return okay
}

func (b *Binder) likeSource(l *ast.TableLike) *catalog.Table {
	p := b.cat.Resolve(l.Source.Strings())
	switch o := b.cat.Find(p).(type) {
	case *catalog.Table:
		return o
	case *catalog.View:
		b.fail(l.Source.Span, "not-a-table", "%q is a view; LIKE takes a table", p.Name)
	default:
		b.failWith(l.Source.Span, b.cat.Unknown(p))
	}
	return nil
}

// inherit puts what LIKE takes over from base into t. What it takes has no
// spans: they would point into another statement.
func inherit(t, base *catalog.Table, merge map[string]string) {
	for _, c := range base.Columns {
		if c.Kind != catalog.Physical && merge[featureOf(c.Kind)] == "EXCLUDING" {
			continue
		}
		t.Columns = append(t.Columns, c)
	}
	if merge["WATERMARKS"] != "EXCLUDING" && base.Watermark != nil && t.Column(base.Watermark.Column) >= 0 {
		w := *base.Watermark
		t.Watermark = &w
	}
	if merge["CONSTRAINTS"] != "EXCLUDING" && base.PrimaryKey != nil {
		k := *base.PrimaryKey
		k.Span = diag.Span{}
		t.PrimaryKey = &k
	}
	if merge["PARTITIONS"] != "EXCLUDING" {
		t.PartitionKeys = slices.Clone(base.PartitionKeys)
	}
	if merge["DISTRIBUTION"] != "EXCLUDING" {
		t.Distribution = base.Distribution
	}
	if merge["OPTIONS"] != "EXCLUDING" {
		t.Options = slices.Clone(base.Options)
	}
}

// queryColumns adds the columns of CREATE TABLE … AS query.
func (b *Binder) queryColumns(t *catalog.Table, ct *ast.CreateTable) {
	if t.Temporary {
		b.notSupported(ct.Path.Span, "CREATE TEMPORARY TABLE … AS", "create the table, then INSERT INTO it")
		return
	}
	src := b.query(ct.Query, nil)
	if !src.ok() {
		return
	}
	fields := src.node.Fields()
	find := func(name string) int {
		return slices.IndexFunc(fields, func(f plan.Field) bool { return f.Name == name })
	}
	add := func(f plan.Field) {
		t.Columns = append(t.Columns, catalog.Column{Name: f.Name, Type: f.Type.WithAttr(types.NoAttr)})
	}
	if ct.Schema == nil {
		for _, f := range fields {
			add(f)
		}
		return
	}
	namesOnly := len(ct.Schema.Columns) > 0
	for _, c := range ct.Schema.Columns {
		namesOnly = namesOnly && c.Type == nil && c.Computed == nil
	}
	if namesOnly {
		// A list of names puts the query's columns in order.
		if len(ct.Schema.Columns) != len(fields) {
			b.fail(ct.Schema.Span, "arity", "the list has %s, the query %d", count(len(ct.Schema.Columns), "column"), len(fields))
			return
		}
		for _, c := range ct.Schema.Columns {
			i := find(c.Name.Last().Name)
			if i < 0 {
				b.unknownColumn(c.Name.Span, c.Name.Last().Name, fields, "the query")
				continue
			}
			add(fields[i])
		}
		rest := *ct.Schema
		rest.Columns = nil
		b.schema(t, &rest, defaultMerge())
		return
	}
	declared := map[string]bool{}
	for _, c := range ct.Schema.Columns {
		declared[c.Name.Last().Name] = true
	}
	cols := *ct.Schema
	cols.Watermarks, cols.Constraints = nil, nil
	b.schema(t, &cols, defaultMerge())
	for _, f := range fields {
		if !declared[f.Name] {
			add(f)
		}
	}
	// Computed columns may use the query's columns, so they are bound again.
	var computed []*ast.Column
	for _, c := range ct.Schema.Columns {
		if c.Computed != nil {
			computed = append(computed, c)
		}
	}
	rest := *ct.Schema
	rest.Columns = nil
	b.bindComputed(t, computed)
	b.schema(t, &rest, defaultMerge())
}

// CreateView binds CREATE VIEW, without adding the view to the catalog.
func (b *Binder) CreateView(cv *ast.CreateView) (*catalog.View, []*diag.Error) {
	b.begin()
	v := &catalog.View{Path: b.cat.Resolve(cv.Path.Strings()), Temporary: cv.Lifetime != ast.Permanent, Text: cv.QueryText, Syntax: cv.Query,
		Catalog: b.cat.CurrentCatalog(), Database: b.cat.CurrentDatabase(), Script: b.opts.Script, NameSpan: cv.Path.Span}
	if cv.Comment != nil {
		v.Comment = cv.Comment.Value
	}
	b.schemaOnly = true
	b.expand = &expansion{tables: map[*ast.Name][]string{}, ctes: map[*ast.Name]bool{}, columns: map[*ast.Name]column{}, stars: map[*ast.Star][]column{}}
	src := b.query(cv.Query, nil)
	if src.ok() {
		v.Text, v.Syntax = b.expanded(cv, src.node)
		fields := src.node.Fields()
		if n := len(cv.Columns); n > 0 && n != len(fields) {
			b.fail(cv.Columns[0].Span.To(cv.Columns[n-1].Span), "arity", "the list has %s, the query %d", count(n, "column"), len(fields))
		} else {
			for i, f := range fields {
				name := f.Name
				if n > 0 {
					name = cv.Columns[i].Name
				}
				if slices.ContainsFunc(v.Columns, func(c types.Field) bool { return c.Name == name }) {
					b.fail(cv.Path.Span, "duplicate-column", "view %q has two columns %q", v.Path.Name, name)
				}
				v.Columns = append(v.Columns, types.Field{Name: name, Type: f.Type})
			}
		}
	}
	if errs := b.end(); len(errs) > 0 {
		return nil, errs
	}
	return v, nil
}
