package bind

import (
	"strconv"
	"strings"

	"github.com/flott/flott/catalog"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/types"
)

// DDL executes a statement that only changes the catalog: CREATE, DROP, ALTER
// and USE of tables, views, databases, catalogs, functions, models and modules. handled is false
// for other statements, and for CREATE TABLE … AS, which starts a job.
func (b *Binder) DDL(st ast.Statement) (handled bool, errs []*diag.Error) {
	switch st := st.(type) {
	case *ast.CreateTable:
		if st.Query != nil {
			return false, nil
		}
		if st.IfNotExists && b.cat.Find(b.cat.Resolve(st.Path.Strings())) != nil {
			return true, nil
		}
		t, errs := b.CreateTable(st)
		if len(errs) > 0 {
			return true, errs
		}
		if st.Replace || st.OrReplace {
			return true, b.once(func() { b.replaceTable(t, st) })
		}
		return true, b.once(func() { b.put(t, t.Temporary, st.IfNotExists, st.Path) })
	case *ast.CreateView:
		if st.IfNotExists && b.cat.Find(b.cat.Resolve(st.Path.Strings())) != nil {
			return true, nil
		}
		v, errs := b.CreateView(st)
		if len(errs) > 0 {
			return true, errs
		}
		return true, b.once(func() { b.put(v, v.Temporary, st.IfNotExists, st.Path) })
	case *ast.CreateCatalog:
		return true, b.once(func() {
			err := b.cat.CreateCatalog(st.Name.Name, text(st.Comment), optionMap(st.With), st.IfNotExists)
			at := st.Name.Span
			for _, o := range st.With {
				if err != nil && (err.Code == "unknown-option" && strings.HasSuffix(err.Message, strconv.Quote(o.Key.Value)) || err.Code == "not-supported" && o.Key.Value == "type") {
					at = o.Span
				}
			}
			b.told(at, err)
		})
	case *ast.CreateDatabase:
		return true, b.once(func() {
			b.told(st.Path.Span, b.cat.CreateDatabase(st.Path.Strings(), text(st.Comment), optionMap(st.With), st.IfNotExists))
		})
	case *ast.CreateFunction:
		f, errs := b.Function(st)
		if len(errs) > 0 {
			return true, errs
		}
		return true, b.once(func() { b.told(st.Path.Span, b.cat.CreateFunction(f, st.IfNotExists)) })
	case *ast.CreateModel:
		m, errs := b.Model(st)
		if len(errs) > 0 {
			return true, errs
		}
		return true, b.once(func() { b.told(st.Path.Span, b.cat.CreateModel(m, st.IfNotExists)) })
	case *ast.CreateMaterializedTable:
		return true, b.once(func() {
			b.notSupported(st.Span, "CREATE MATERIALIZED TABLE", "CREATE TABLE, then INSERT INTO it with the same query")
		})
	case *ast.CreateConnection:
		return true, b.once(func() { b.notSupported(st.Span, "CREATE CONNECTION", "write the options into each CREATE TABLE") })
	case *ast.LoadModule:
		return true, b.once(func() { b.told(st.Name.Span, b.cat.LoadModule(st.Name.Name)) })
	case *ast.UnloadModule:
		return true, b.once(func() { b.told(st.Name.Span, b.cat.UnloadModule(st.Name.Name)) })
	case *ast.UseModules:
		return true, b.once(func() {
			names := make([]string, len(st.Names))
			for i, n := range st.Names {
				names[i] = n.Name
			}
			b.told(st.Names[0].Span.To(st.Names[len(names)-1].Span), b.cat.UseModules(names))
		})
	case *ast.Drop:
		return true, b.once(func() { b.drop(st) })
	case *ast.Alter:
		return true, b.alter(st)
	case *ast.Use:
		return true, b.once(func() {
			if st.Catalog {
				b.told(st.Path.Span, b.cat.UseCatalog(st.Path.String()))
			} else {
				b.told(st.Path.Span, b.cat.UseDatabase(st.Path.Strings()))
			}
		})
	}
	return false, nil
}

// once runs f as a statement of its own.
func (b *Binder) once(f func()) []*diag.Error {
	b.begin()
	f()
	return b.end()
}

// told reports an error of the catalog at a place.
func (b *Binder) told(at diag.Span, err *diag.Error) {
	if err != nil {
		b.failWith(at, err)
	}
}

func (b *Binder) put(o catalog.Object, temporary, ifNotExists bool, at *ast.Name) {
	_, err := b.cat.Create(o, temporary, ifNotExists)
	b.told(at.Span, err)
}

func text(s *ast.StringLit) string {
	if s == nil {
		return ""
	}
	return s.Value
}

func optionMap(os []*ast.Option) map[string]string {
	m := make(map[string]string, len(os))
	for _, o := range os {
		m[o.Key.Value] = o.Value.Value
	}
	return m
}

func (b *Binder) drop(d *ast.Drop) {
	temporary := d.Lifetime != ast.Permanent
	path := b.cat.Resolve(d.Path.Strings())
	switch d.Kind {
	case ast.ObjectTable:
		b.told(d.Path.Span, b.cat.DropTable(path, temporary, d.IfExists))
	case ast.ObjectView:
		b.told(d.Path.Span, b.cat.DropView(path, temporary, d.IfExists))
	case ast.ObjectDatabase:
		b.told(d.Path.Span, b.cat.DropDatabase(d.Path.Strings(), d.IfExists, d.Behavior == "CASCADE"))
	case ast.ObjectCatalog:
		b.told(d.Path.Span, b.cat.DropCatalog(d.Path.String(), d.IfExists))
	case ast.ObjectFunction:
		if d.Lifetime == ast.TemporarySystem {
			path = catalog.Path{Name: d.Path.Last().Name}
		}
		b.told(d.Path.Span, b.cat.DropFunction(path, temporary, d.IfExists))
	case ast.ObjectModel:
		b.told(d.Path.Span, b.cat.DropModel(path, temporary, d.IfExists))
	default:
		b.notSupported(d.Span, "DROP "+string(d.Kind), "")
	}
}

func (b *Binder) alter(a *ast.Alter) []*diag.Error {
	path := b.cat.Resolve(a.Path.Strings())
	switch a.Kind {
	case ast.ObjectTable:
		if to, ok := a.Action.(*ast.RenameTo); ok {
			return b.once(func() {
				switch t := b.tableNamed(a.Path, a.IfExists); {
				case t == nil:
				case t.Temporary:
					b.fail(a.Path.Span, "temporary-exists", "%q is a temporary table, which cannot be altered", path.Name).Help = "write DROP TEMPORARY TABLE and create it anew"
				default:
					b.told(to.To.Span, b.cat.Rename(path, b.cat.Resolve(to.To.Strings())))
				}
			})
		}
		t, errs := b.AlterTable(a)
		if len(errs) == 0 && t != nil {
			return b.once(func() { b.told(a.Path.Span, b.cat.Replace(t)) })
		}
		return errs
	case ast.ObjectView:
		return b.once(func() { b.alterView(a, path) })
	case ast.ObjectDatabase:
		return b.once(func() {
			if s, ok := a.Action.(*ast.SetOptions); ok {
				b.told(a.Path.Span, b.cat.AlterDatabase(a.Path.Strings(), optionMap(s.Options)))
				return
			}
			b.notSupported(a.Span, "this form of ALTER DATABASE", "")
		})
	case ast.ObjectCatalog:
		return b.once(func() { b.told(a.Path.Span, b.alterCatalog(a)) })
	case ast.ObjectFunction:
		return b.once(func() {
			if x, ok := a.Action.(*ast.SetBody); ok {
				if f := b.functionOf(a.Lifetime, a.Path, x.Body); f != nil {
					b.told(a.Path.Span, b.cat.AlterFunction(f, a.IfExists))
				}
			}
		})
	case ast.ObjectModel:
		return b.once(func() { b.told(a.Path.Span, b.alterModel(a, path)) })
	}
	return b.once(func() { b.notSupported(a.Span, "ALTER "+string(a.Kind), "") })
}

func (b *Binder) alterCatalog(a *ast.Alter) *diag.Error {
	name := a.Path.String()
	switch x := a.Action.(type) {
	case *ast.SetOptions:
		return b.cat.AlterCatalog(name, optionMap(x.Options), nil, nil)
	case *ast.ResetOptions:
		return b.cat.AlterCatalog(name, nil, keys(x.Keys), nil)
	case *ast.SetComment:
		return b.cat.AlterCatalog(name, nil, nil, &x.Comment.Value)
	}
	return nil // the parser knows no other
}

func (b *Binder) alterModel(a *ast.Alter, path catalog.Path) *diag.Error {
	if a.IfExists && b.cat.Model(path) == nil {
		return nil
	}
	switch x := a.Action.(type) {
	case *ast.RenameTo:
		to := b.cat.Resolve(x.To.Strings())
		return b.cat.AlterModel(path, &to, nil, nil)
	case *ast.SetOptions:
		return b.cat.AlterModel(path, nil, optionMap(x.Options), nil)
	case *ast.ResetOptions:
		return b.cat.AlterModel(path, nil, nil, keys(x.Keys))
	}
	return nil // the parser knows no other
}

func keys(ks []*ast.StringLit) []string {
	out := make([]string, len(ks))
	for i, k := range ks {
		out[i] = k.Value
	}
	return out
}

// functionOf makes a user function of its definition. Flink loads the class of a
// temporary one at once; flott cannot, and says so as early.
func (b *Binder) functionOf(l ast.Lifetime, path *ast.Name, body *ast.FunctionBody) *catalog.Function {
	f := &catalog.Function{Path: b.cat.Resolve(path.Strings()), Temporary: l != ast.Permanent, System: l == ast.TemporarySystem,
		Class: text(body.Class), Language: body.Language, Options: optionMap(body.With)}
	for _, r := range body.Using {
		f.Using = append(f.Using, catalog.Resource{Kind: r.Kind, URI: r.URI.Value})
	}
	if f.System {
		f.Path = catalog.Path{Name: path.Last().Name}
	}
	if f.Temporary && body.Class != nil {
		b.notSupported(body.Class.Span, "the class "+strconv.Quote(f.Class)+" of a user function", "write the expression itself, or put it into a view")
		return nil
	}
	return f
}

// Function makes the function of CREATE FUNCTION, without adding it to the catalog.
func (b *Binder) Function(st *ast.CreateFunction) (*catalog.Function, []*diag.Error) {
	b.begin()
	f := b.functionOf(st.Lifetime, st.Path, st.Body)
	return f, b.end()
}

// Model makes the model of CREATE MODEL, without adding it to the catalog.
func (b *Binder) Model(st *ast.CreateModel) (*catalog.Model, []*diag.Error) {
	b.begin()
	if st.Query != nil {
		b.notSupported(st.Query.Span, "training a model with AS", "name the provider that serves it in WITH")
	}
	m := &catalog.Model{Path: b.cat.Resolve(st.Path.Strings()), Temporary: st.Lifetime != ast.Permanent, Comment: text(st.Comment), Options: optionMap(st.With)}
	columns := func(cs []*ast.Column) (out []types.Field) {
		for _, c := range cs {
			if c.Type != nil && b.checkType(c.Type.Type, c.Type.Span) {
				out = append(out, types.Field{Name: c.Name.Last().Name, Type: c.Type.Type, Comment: text(c.Comment)})
			}
		}
		return out
	}
	m.Input, m.Output = columns(st.Input), columns(st.Output)
	if m.Options["provider"] == "" {
		b.fail(st.Path.Span, "missing-option", "model %q has no option 'provider'", m.Path.Name).Help = "add WITH ('provider' = '…')"
	}
	return m, b.end()
}

// replaceTable puts a table in the place of the one with its name, which for
// REPLACE has to be there.
func (b *Binder) replaceTable(t *catalog.Table, st *ast.CreateTable) {
	switch b.cat.Find(t.Path).(type) {
	case *catalog.View:
		b.fail(st.Path.Span, "not-a-table", "%q is a view, not a table", t.Path.Name)
		return
	case nil:
		if !st.OrReplace {
			b.failWith(st.Path.Span, b.cat.Unknown(t.Path))
			return
		}
	}
	b.told(st.Path.Span, b.cat.Replace(t))
}

func (b *Binder) alterView(a *ast.Alter, path catalog.Path) {
	v, ok := b.cat.Find(path).(*catalog.View)
	if t, isTable := b.cat.Find(path).(*catalog.Table); isTable {
		b.fail(a.Path.Span, "wrong-kind", "%q is a table, not a view", t.Path.Name).Help = "write ALTER TABLE"
		return
	}
	if !ok || v.Temporary {
		e := b.fail(a.Path.Span, "unknown-view", "view %q does not exist or is temporary", path.Name)
		e.Help = suggest(path.Name, b.cat.Views(path.Catalog, path.Database), "there are: ")
		return
	}
	switch x := a.Action.(type) {
	case *ast.RenameTo:
		b.told(x.To.Span, b.cat.Rename(path, b.cat.Resolve(x.To.Strings())))
	case *ast.SetQuery:
		n, errs := New(b.cat, b.opts).CreateView(&ast.CreateView{At: a.At, Path: a.Path, Query: x.Query, QueryText: x.QueryText})
		if len(errs) > 0 {
			for _, e := range errs {
				b.add(e)
			}
			return
		}
		b.told(a.Path.Span, b.cat.Replace(n))
	default:
		b.notSupported(a.Span, "this form of ALTER VIEW", "")
	}
}
