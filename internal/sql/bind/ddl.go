package bind

import (
	"github.com/flott/flott/catalog"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/sql/ast"
)

// DDL executes a statement that only changes the catalog: CREATE, DROP, ALTER
// and USE of tables, views, databases, catalogs and functions. handled is false
// for other statements, and for CREATE TABLE … AS, which starts a job.
func (b *Binder) DDL(st ast.Statement) (handled bool, errs []*diag.Error) {
	switch st := st.(type) {
	case *ast.CreateTable:
		if st.Query != nil {
			return false, nil
		}
		if st.Replace || st.OrReplace {
			return true, b.once(func() { b.notSupported(st.Span, "REPLACE TABLE without AS", "DROP TABLE, then CREATE TABLE") })
		}
		if st.IfNotExists && b.cat.Find(b.cat.Resolve(st.Path.Strings())) != nil {
			return true, nil
		}
		t, errs := b.CreateTable(st)
		if len(errs) > 0 {
			return true, errs
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
			b.told(st.Name.Span, b.cat.CreateCatalog(st.Name.Name, text(st.Comment), optionMap(st.With), st.IfNotExists))
		})
	case *ast.CreateDatabase:
		return true, b.once(func() {
			b.told(st.Path.Span, b.cat.CreateDatabase(st.Path.Strings(), text(st.Comment), optionMap(st.With), st.IfNotExists))
		})
	case *ast.CreateFunction:
		f := &catalog.Function{Path: b.cat.Resolve(st.Path.Strings()), Temporary: st.Lifetime != ast.Permanent, System: st.Lifetime == ast.TemporarySystem,
			Language: st.Body.Language}
		if st.Body.Class != nil {
			f.Class = st.Body.Class.Value
		}
		if f.System {
			f.Path = catalog.Path{Name: st.Path.Last().Name}
		}
		return true, b.once(func() { b.told(st.Path.Span, b.cat.CreateFunction(f, st.IfNotExists)) })
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
		b.told(d.Path.Span, b.cat.DropFunction(path, d.IfExists))
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
				if b.tableNamed(a.Path, a.IfExists) != nil {
					b.told(to.To.Span, b.cat.Rename(path, b.cat.Resolve(to.To.Strings())))
				}
			})
		}
		t, errs := b.AlterTable(a)
		if len(errs) == 0 && t != nil {
			b.cat.Replace(t)
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
	}
	return b.once(func() { b.notSupported(a.Span, "ALTER "+string(a.Kind), "") })
}

func (b *Binder) alterView(a *ast.Alter, path catalog.Path) {
	v, ok := b.cat.Find(path).(*catalog.View)
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
		b.cat.Replace(n)
	default:
		b.notSupported(a.Span, "this form of ALTER VIEW", "")
	}
}
