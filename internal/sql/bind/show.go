package bind

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/flott/flott/catalog"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// Table is the answer of SHOW and DESCRIBE. A nil cell is NULL.
type Table struct {
	Columns []plan.Field
	Rows    [][]*string
}

func list(column string, names []string) *Table {
	t := &Table{Columns: []plan.Field{{Name: column, Type: types.TString}}}
	for _, n := range names {
		t.Rows = append(t.Rows, []*string{&n})
	}
	return t
}

// Show answers SHOW, SHOW CREATE and DESCRIBE from the catalog; handled is
// false for what the catalog does not know (SHOW JOBS, SHOW JARS, DESCRIBE JOB).
func (b *Binder) Show(st ast.Statement) (t *Table, handled bool, errs []*diag.Error) {
	handled = true
	errs = b.once(func() {
		switch st := st.(type) {
		case *ast.Show:
			t, handled = b.show(st)
		case *ast.ShowCreate:
			t = b.showCreate(st)
		case *ast.Describe:
			if st.Job != nil {
				handled = false
				return
			}
			t = b.describe(st)
		default:
			handled = false
		}
	})
	if len(errs) > 0 {
		t = nil
	}
	return t, handled, errs
}

func (b *Binder) show(s *ast.Show) (*Table, bool) {
	keep := func(string) bool { return true }
	if s.LikeKind != "" && s.Pattern != nil {
		keep = catalog.Like(s.Pattern.Value, s.LikeKind == ast.LikeILike, s.Not)
	}
	filter := func(names []string) []string {
		return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !keep(n) })
	}
	cat, db := b.cat.CurrentCatalog(), b.cat.CurrentDatabase()
	if s.From != nil && s.Kind != ast.ShowColumns && s.Kind != ast.ShowPartitions && s.Kind != ast.ShowDatabases {
		if parts := s.From.Strings(); len(parts) == 2 {
			cat, db = parts[0], parts[1]
		} else {
			db = s.From.String()
		}
		if err := b.cat.CheckDatabase(cat, db); err != nil {
			b.failWith(s.From.Span, err)
			return nil, true
		}
	}
	switch s.Kind {
	case ast.ShowCatalogs:
		return list("catalog name", filter(b.cat.Catalogs())), true
	case ast.ShowCurrentCatalog:
		return list("current catalog name", []string{cat}), true
	case ast.ShowDatabases:
		if s.From != nil {
			cat = s.From.String()
		}
		names, err := b.cat.Databases(cat)
		if err != nil {
			b.failWith(s.Span, err)
			return nil, true
		}
		return list("database name", filter(names)), true
	case ast.ShowCurrentDatabase:
		return list("current database name", []string{db}), true
	case ast.ShowTables:
		return list("table name", filter(b.cat.Tables(cat, db))), true
	case ast.ShowViews:
		return list("view name", filter(b.cat.Views(cat, db))), true
	case ast.ShowMaterializedTables:
		return list("materialized table", nil), true
	case ast.ShowModels:
		return list("model name", filter(b.cat.Models(cat, db))), true
	case ast.ShowUserFunctions:
		return list("function name", filter(b.cat.Functions(cat, db))), true
	case ast.ShowFunctions:
		names := b.cat.Functions(cat, db)
		for _, d := range function.All() {
			names = append(names, strings.ToLower(d.Name))
			for _, a := range d.Aliases {
				names = append(names, strings.ToLower(a))
			}
		}
		for n := range aggregates {
			names = append(names, strings.ToLower(n))
		}
		slices.Sort(names)
		return list("function name", filter(slices.Compact(names))), true
	case ast.ShowModules:
		var names []string
		for _, m := range b.cat.Modules() {
			if m.Used {
				names = append(names, m.Name)
			}
		}
		return list("module name", names), true
	case ast.ShowFullModules:
		t := &Table{Columns: []plan.Field{{Name: "module name", Type: types.TString}, {Name: "used", Type: types.TBoolean}}}
		for _, m := range b.cat.Modules() {
			t.put(m.Name, truth(m.Used))
		}
		return t, true
	case ast.ShowColumns:
		o := b.object(s.From)
		if o == nil {
			return nil, true
		}
		t := b.describeObject(o)
		t.Rows = slices.DeleteFunc(t.Rows, func(r []*string) bool { return !keep(*r[0]) })
		return t, true
	case ast.ShowPartitions:
		b.showPartitions(s)
		return nil, true
	case ast.ShowProcedures:
		b.notSupported(s.Span, "SHOW PROCEDURES", "the catalogs of flott have no procedures")
		return nil, true
	case ast.ShowConnections:
		b.notSupported(s.Span, "SHOW CONNECTIONS", "SHOW CREATE TABLE has the options of a table")
		return nil, true
	}
	return nil, false
}

func truth(v bool) string {
	if v {
		return "TRUE"
	}
	return "FALSE"
}

// put adds a row without NULLs.
func (t *Table) put(cells ...string) {
	row := make([]*string, len(cells))
	for i := range cells {
		row[i] = &cells[i]
	}
	t.Rows = append(t.Rows, row)
}

func (b *Binder) showPartitions(s *ast.Show) {
	o := b.object(s.From)
	if o == nil {
		return
	}
	if t, ok := o.(*catalog.Table); !ok || len(t.PartitionKeys) == 0 {
		b.fail(s.From.Span, "wrong-kind", "%q is not partitioned", o.Name().Name)
		return
	}
	b.notSupported(s.Span, "SHOW PARTITIONS", "SELECT DISTINCT over the partition columns lists them")
}

// object finds a table or view by name.
func (b *Binder) object(n *ast.Name) catalog.Object {
	p := b.cat.Resolve(n.Strings())
	o := b.cat.Find(p)
	if o == nil {
		b.failWith(n.Span, b.cat.Unknown(p))
	}
	return o
}

func (b *Binder) describeObject(o catalog.Object) *Table {
	cols, rows := catalog.Describe(o, b.opts.Batch)
	t := &Table{Rows: rows}
	for _, c := range cols {
		t.Columns = append(t.Columns, plan.Field{Name: c.Name, Type: c.Type})
	}
	return t
}

func (b *Binder) describe(d *ast.Describe) *Table {
	switch d.Kind {
	case ast.ObjectTable, ast.ObjectView, "":
		if o := b.object(d.Path); o != nil {
			return b.describeObject(o)
		}
		return nil
	}
	switch d.Kind {
	case ast.ObjectFunction:
		return b.describeFunction(d)
	case ast.ObjectCatalog:
		return b.describeCatalog(d)
	case ast.ObjectModel:
		return b.describeModel(d)
	case ast.ObjectDatabase:
		b.notSupported(d.Span, "DESCRIBE DATABASE", "SHOW TABLES FROM "+d.Path.String()+" lists what is in it")
		return nil
	}
	b.notSupported(d.Span, "DESCRIBE "+string(d.Kind), "")
	return nil
}

// ownCatalog finds a catalog that was made with CREATE CATALOG.
func (b *Binder) ownCatalog(n *ast.Name) *catalog.Catalog {
	b.told(n.Span, b.cat.OpenCatalog(n.String()))
	c := b.cat.Catalog(n.String())
	switch {
	case c == nil && len(b.errs) == 0:
		b.told(n.Span, b.cat.CheckDatabase(n.String(), ""))
	case c != nil && c.Options == nil:
		b.fail(n.Span, "wrong-kind", "catalog %q is built in: there is nothing to tell about it", c.Name).Help = "SHOW DATABASES lists what is in it"
		return nil
	}
	return c
}

func (b *Binder) describeCatalog(d *ast.Describe) *Table {
	c := b.ownCatalog(d.Path)
	if c == nil {
		return nil
	}
	t := &Table{Columns: []plan.Field{{Name: "info name", Type: types.TString}, {Name: "info value", Type: types.TString}}}
	for _, row := range catalog.DescribeCatalog(c, d.Extended) {
		t.put(row[0], row[1])
	}
	return t
}

// model finds a model by name.
func (b *Binder) model(n *ast.Name) *catalog.Model {
	p := b.cat.Resolve(n.Strings())
	m := b.cat.Model(p)
	if m == nil {
		b.failWith(n.Span, b.cat.UnknownModel(p))
	}
	return m
}

func (b *Binder) describeModel(d *ast.Describe) *Table {
	m := b.model(d.Path)
	if m == nil {
		return nil
	}
	t := &Table{Columns: []plan.Field{{Name: "name", Type: types.TString}, {Name: "type", Type: types.TString},
		{Name: "null", Type: types.TBoolean}, {Name: "is input", Type: types.TBoolean}}}
	for _, f := range m.Input {
		t.put(f.Name, f.Type.Nullable().String(), truth(!f.Type.NotNull), "TRUE")
	}
	for _, f := range m.Output {
		t.put(f.Name, f.Type.Nullable().String(), truth(!f.Type.NotNull), "FALSE")
	}
	return t
}

// describeFunction answers DESCRIBE FUNCTION with Flink's lines; EXTENDED has
// the function's entry of the reference as well.
func (b *Binder) describeFunction(d *ast.Describe) *Table {
	t := &Table{Columns: []plan.Field{{Name: "info name", Type: types.TString}, {Name: "info value", Type: types.TString}}}
	put := func(name, value string) { t.Rows = append(t.Rows, []*string{&name, &value}) }
	if f := b.cat.Function(b.cat.Resolve(d.Path.Strings())); f != nil {
		put("is system function", "false")
		put("is temporary", strconv.FormatBool(f.Temporary))
		put("class name", f.Class)
		put("function language", cmp.Or(f.Language, "JAVA"))
		return t
	}
	def := function.Find(d.Path.String())
	if def == nil {
		b.unknownFunction(&ast.Call{At: d.Path.At, Func: d.Path})
		return nil
	}
	put("is system function", "true")
	put("is temporary", "false")
	if !d.Extended {
		return t
	}
	put("kind", def.Class.String())
	put("requirements", "[]")
	put("is deterministic", strconv.FormatBool(!def.Nondeterministic && !def.Dynamic))
	put("supports constant folding", strconv.FormatBool(def.Class == function.Scalar && !def.Nondeterministic))
	put("signature", def.Syntax)
	put("description", def.Doc)
	for _, e := range def.Examples {
		put("example", e.Expr+" is "+e.Result)
	}
	return t
}

func (b *Binder) showCreate(s *ast.ShowCreate) *Table {
	switch s.Kind {
	case ast.ObjectTable, ast.ObjectView:
		o := b.object(s.Path)
		if o == nil {
			return nil
		}
		if _, view := o.(*catalog.View); view != (s.Kind == ast.ObjectView) {
			other := "TABLE"
			if view {
				other = "VIEW"
			}
			b.fail(s.Path.Span, "wrong-kind", "%q is a %s", s.Path.String(), strings.ToLower(other)).Help = "write SHOW CREATE " + other
			return nil
		}
		return list("result", []string{catalog.ShowCreate(o)})
	}
	switch s.Kind {
	case ast.ObjectCatalog:
		if c := b.ownCatalog(s.Path); c != nil {
			return list("result", []string{catalog.ShowCreateCatalog(c)})
		}
		return nil
	case ast.ObjectModel:
		if m := b.model(s.Path); m != nil {
			return list("result", []string{catalog.ShowCreateModel(m)})
		}
		return nil
	}
	b.notSupported(s.Span, "SHOW CREATE "+string(s.Kind), "")
	return nil
}
