package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flott/flott/internal/diag"
)

// Manager holds the catalogs of one session.
type Manager struct {
	catalogs  map[string]*Catalog
	catalog   string // current
	database  string // current, "" after USE CATALOG of a catalog without a default database
	temporary map[Path]Object
	functions map[Path]*Function // permanent and temporary; system functions have only a name
}

// Catalog is a named set of databases, kept in memory.
type Catalog struct {
	Name      string
	Comment   string
	Options   map[string]string
	Default   string // the database that USE CATALOG goes to
	databases map[string]*Database
}

// Database is a named set of tables and views.
type Database struct {
	Name    string
	Comment string
	Options map[string]string
	objects map[string]Object
}

// New returns a Manager with the default catalog and database.
func New() *Manager {
	m := &Manager{catalogs: map[string]*Catalog{}, temporary: map[Path]Object{}, functions: map[Path]*Function{}}
	m.catalogs[DefaultCatalog] = newCatalog(DefaultCatalog, DefaultDatabase)
	m.catalog, m.database = DefaultCatalog, DefaultDatabase
	return m
}

func newCatalog(name, database string) *Catalog {
	return &Catalog{Name: name, Default: database, databases: map[string]*Database{database: {Name: database, objects: map[string]Object{}}}}
}

// CurrentCatalog and CurrentDatabase return where unqualified names are looked up.
func (m *Manager) CurrentCatalog() string { return m.catalog }

// CurrentDatabase returns the current database.
func (m *Manager) CurrentDatabase() string { return m.database }

// Within calls f with another catalog and database as the current ones: for
// names inside a view.
func (m *Manager) Within(catalog, database string, f func()) {
	c, d := m.catalog, m.database
	m.catalog, m.database = catalog, database
	defer func() { m.catalog, m.database = c, d }()
	f()
}

// Resolve completes a name of one to three parts.
func (m *Manager) Resolve(parts []string) Path {
	switch len(parts) {
	case 1:
		return Path{m.catalog, m.database, parts[0]}
	case 2:
		return Path{m.catalog, parts[0], parts[1]}
	case 3:
		return Path{parts[0], parts[1], parts[2]}
	}
	return Path{m.catalog, m.database, strings.Join(parts, ".")}
}

// Find returns the table or view of that path, a temporary one first; nil if
// there is none.
func (m *Manager) Find(p Path) Object {
	if o := m.temporary[p]; o != nil {
		return o
	}
	return m.permanent(p)
}

func (m *Manager) permanent(p Path) Object {
	if d := m.db(p.Catalog, p.Database); d != nil {
		if o := d.objects[p.Name]; o != nil {
			return o
		}
	}
	return nil
}

func (m *Manager) db(catalog, database string) *Database {
	if c := m.catalogs[catalog]; c != nil {
		return c.databases[database]
	}
	return nil
}

func failure(code, help, format string, args ...any) *diag.Error {
	return &diag.Error{Code: code, Stage: diag.StageValidate, Message: fmt.Sprintf(format, args...), Help: help}
}

// checkDatabase returns an error if the path's catalog or database is not there.
func (m *Manager) checkDatabase(catalog, database string) *diag.Error {
	c := m.catalogs[catalog]
	if c == nil {
		return failure("unknown-catalog", did(diag.Nearest(catalog, m.Catalogs()), m.Catalogs()), "catalog %q does not exist", catalog)
	}
	if c.databases[database] == nil {
		names, _ := m.Databases(catalog)
		return failure("unknown-database", did(diag.Nearest(database, names), names), "database %q does not exist in catalog %q", database, catalog)
	}
	return nil
}

// did makes the help of an unknown name.
func did(nearest string, all []string) string {
	list := ""
	if len(all) > 0 {
		list = "there are: " + strings.Join(all[:min(5, len(all))], ", ")
		if len(all) > 5 {
			list += ", …"
		}
	}
	if nearest == "" {
		return list
	}
	s := fmt.Sprintf("did you mean %q?", nearest)
	if list != "" {
		s += " (" + list + ")"
	}
	return s
}

// Unknown returns the error for a table or view that is not there.
func (m *Manager) Unknown(p Path) *diag.Error {
	if err := m.checkDatabase(p.Catalog, p.Database); err != nil {
		return err
	}
	names := m.Tables(p.Catalog, p.Database)
	return failure("unknown-table", did(diag.Nearest(p.Name, names), names), "table %q does not exist", p.Name)
}

// Create adds a table or view; it returns false if there is one and
// ifNotExists is set.
func (m *Manager) Create(o Object, temporary, ifNotExists bool) (bool, *diag.Error) {
	p := o.Name()
	if temporary {
		if m.temporary[p] != nil {
			if ifNotExists {
				return false, nil
			}
			return false, failure("already-exists", "", "temporary table %q already exists", p.Name)
		}
		m.temporary[p] = o
		return true, nil
	}
	if err := m.checkDatabase(p.Catalog, p.Database); err != nil {
		return false, err
	}
	d := m.db(p.Catalog, p.Database)
	if old := d.objects[p.Name]; old != nil {
		if ifNotExists {
			return false, nil
		}
		kind := "table"
		if _, ok := old.(*View); ok {
			kind = "view"
		}
		return false, failure("already-exists", "DROP it first, or write IF NOT EXISTS", "%s %q already exists", kind, p.Name)
	}
	d.objects[p.Name] = o
	return true, nil
}

// Replace puts o in the place of the object with its path, temporary or not.
func (m *Manager) Replace(o Object) {
	p := o.Name()
	if m.temporary[p] != nil {
		m.temporary[p] = o
	} else if d := m.db(p.Catalog, p.Database); d != nil {
		d.objects[p.Name] = o
	}
}

// DropTable and DropView remove an object of that kind.
func (m *Manager) DropTable(p Path, temporary, ifExists bool) *diag.Error {
	return m.drop(p, "table", temporary, ifExists)
}

// DropView removes a view.
func (m *Manager) DropView(p Path, temporary, ifExists bool) *diag.Error {
	return m.drop(p, "view", temporary, ifExists)
}

func (m *Manager) drop(p Path, kind string, temporary, ifExists bool) *diag.Error {
	is := func(o Object) bool {
		_, view := o.(*View)
		return o != nil && view == (kind == "view")
	}
	if temporary {
		if is(m.temporary[p]) {
			delete(m.temporary, p)
			return nil
		}
		if ifExists {
			return nil
		}
		return failure("unknown-"+kind, "", "temporary %s %q does not exist", kind, p.Name)
	}
	if is(m.temporary[p]) {
		return failure("temporary-exists", "write DROP TEMPORARY "+strings.ToUpper(kind)+" "+p.Name, "temporary %s %q hides the one to be dropped", kind, p.Name)
	}
	o := m.permanent(p)
	if is(o) {
		delete(m.db(p.Catalog, p.Database).objects, p.Name)
		return nil
	}
	if ifExists {
		return nil
	}
	if o != nil {
		other := map[string]string{"table": "view", "view": "table"}[kind]
		return failure("unknown-"+kind, "write DROP "+strings.ToUpper(other)+" "+p.Name, "%q is a %s, not a %s", p.Name, other, kind)
	}
	if err := m.checkDatabase(p.Catalog, p.Database); err != nil {
		return err
	}
	names := m.Tables(p.Catalog, p.Database)
	return failure("unknown-"+kind, did(diag.Nearest(p.Name, names), nil), "%s %q does not exist", kind, p.Name)
}

// Rename moves a permanent table or view to a name in the same database.
func (m *Manager) Rename(from, to Path) *diag.Error {
	o := m.permanent(from)
	if o == nil || m.temporary[from] != nil {
		return m.Unknown(from)
	}
	if from.Catalog != to.Catalog || from.Database != to.Database {
		return failure("not-supported", "", "a table cannot be renamed into another database")
	}
	d := m.db(from.Catalog, from.Database)
	if d.objects[to.Name] != nil {
		return failure("already-exists", "", "table %q already exists", to.Name)
	}
	delete(d.objects, from.Name)
	switch o := o.(type) {
	case *Table:
		c := *o
		c.Path = to
		d.objects[to.Name] = &c
	case *View:
		c := *o
		c.Path = to
		d.objects[to.Name] = &c
	}
	return nil
}

// UseCatalog makes a catalog current, with its default database.
func (m *Manager) UseCatalog(name string) *diag.Error {
	c := m.catalogs[name]
	if c == nil {
		return failure("unknown-catalog", did(diag.Nearest(name, m.Catalogs()), m.Catalogs()), "catalog %q does not exist", name)
	}
	m.catalog, m.database = name, c.Default
	return nil
}

// UseDatabase makes a database current; parts are [catalog, ]database.
func (m *Manager) UseDatabase(parts []string) *diag.Error {
	c, d := m.databasePath(parts)
	if err := m.checkDatabase(c, d); err != nil {
		return err
	}
	m.catalog, m.database = c, d
	return nil
}

func (m *Manager) databasePath(parts []string) (catalog, database string) {
	if len(parts) == 2 {
		return parts[0], parts[1]
	}
	return m.catalog, strings.Join(parts, ".")
}

// CreateCatalog adds an in-memory catalog with one database, named by the
// option `default-database` (default_database unless given).
func (m *Manager) CreateCatalog(name, comment string, options map[string]string, ifNotExists bool) *diag.Error {
	if m.catalogs[name] != nil {
		if ifNotExists {
			return nil
		}
		return failure("already-exists", "", "catalog %q already exists", name)
	}
	switch t := options["type"]; t {
	case "generic_in_memory":
	case "":
		return failure("missing-option", "add 'type' = 'generic_in_memory'", "catalog %q has no option 'type'", name)
	default:
		return failure("not-supported", "in this binary: generic_in_memory", "catalogs of type %q are not supported", t)
	}
	d := options["default-database"]
	if d == "" {
		d = DefaultDatabase
	}
	c := newCatalog(name, d)
	c.Comment, c.Options = comment, maps.Clone(options)
	m.catalogs[name] = c
	return nil
}

// DropCatalog removes a catalog that is not the current one.
func (m *Manager) DropCatalog(name string, ifExists bool) *diag.Error {
	if m.catalogs[name] == nil {
		if ifExists {
			return nil
		}
		return failure("unknown-catalog", did(diag.Nearest(name, m.Catalogs()), m.Catalogs()), "catalog %q does not exist", name)
	}
	if name == m.catalog {
		return failure("in-use", "USE another catalog first", "catalog %q is the current one", name)
	}
	delete(m.catalogs, name)
	return nil
}

// Catalog returns a catalog by name, nil if there is none.
func (m *Manager) Catalog(name string) *Catalog { return m.catalogs[name] }

// CreateDatabase adds a database; parts are [catalog, ]database.
func (m *Manager) CreateDatabase(parts []string, comment string, options map[string]string, ifNotExists bool) *diag.Error {
	cn, dn := m.databasePath(parts)
	c := m.catalogs[cn]
	if c == nil {
		return m.checkDatabase(cn, dn)
	}
	if c.databases[dn] != nil {
		if ifNotExists {
			return nil
		}
		return failure("already-exists", "", "database %q already exists in catalog %q", dn, cn)
	}
	c.databases[dn] = &Database{Name: dn, Comment: comment, Options: maps.Clone(options), objects: map[string]Object{}}
	return nil
}

// DropDatabase removes a database, with cascade also one that is not empty.
func (m *Manager) DropDatabase(parts []string, ifExists, cascade bool) *diag.Error {
	cn, dn := m.databasePath(parts)
	d := m.db(cn, dn)
	if d == nil {
		if ifExists && m.catalogs[cn] != nil {
			return nil
		}
		return m.checkDatabase(cn, dn)
	}
	if cn == m.catalog && dn == m.database {
		return failure("in-use", "USE another database first", "database %q is the current one", dn)
	}
	if len(d.objects) > 0 && !cascade {
		return failure("not-empty", "write DROP DATABASE "+dn+" CASCADE", "database %q holds %d tables", dn, len(d.objects))
	}
	delete(m.catalogs[cn].databases, dn)
	return nil
}

// AlterDatabase sets options of a database.
func (m *Manager) AlterDatabase(parts []string, options map[string]string) *diag.Error {
	cn, dn := m.databasePath(parts)
	if err := m.checkDatabase(cn, dn); err != nil {
		return err
	}
	d := m.db(cn, dn)
	if d.Options == nil {
		d.Options = map[string]string{}
	}
	maps.Copy(d.Options, options)
	return nil
}

// CreateFunction and DropFunction keep user functions by name.
func (m *Manager) CreateFunction(f *Function, ifNotExists bool) *diag.Error {
	if m.functions[f.Path] != nil {
		if ifNotExists {
			return nil
		}
		return failure("already-exists", "", "function %q already exists", f.Path.Name)
	}
	m.functions[f.Path] = f
	return nil
}

// DropFunction removes a user function.
func (m *Manager) DropFunction(p Path, ifExists bool) *diag.Error {
	if m.functions[p] == nil && !ifExists {
		return failure("unknown-function", "", "function %q does not exist", p.Name)
	}
	delete(m.functions, p)
	return nil
}

// Function returns a user function by path or, for a system function, by name alone.
func (m *Manager) Function(p Path) *Function {
	if f := m.functions[Path{Name: p.Name}]; f != nil {
		return f
	}
	return m.functions[p]
}

// Catalogs lists the catalogs by name.
func (m *Manager) Catalogs() []string { return slices.Sorted(maps.Keys(m.catalogs)) }

// Databases lists the databases of a catalog.
func (m *Manager) Databases(catalog string) ([]string, *diag.Error) {
	c := m.catalogs[catalog]
	if c == nil {
		return nil, failure("unknown-catalog", did(diag.Nearest(catalog, m.Catalogs()), m.Catalogs()), "catalog %q does not exist", catalog)
	}
	return slices.Sorted(maps.Keys(c.databases)), nil
}

// Tables lists tables and views, temporary ones too.
func (m *Manager) Tables(catalog, database string) []string {
	return m.list(catalog, database, func(Object) bool { return true })
}

// Views lists views.
func (m *Manager) Views(catalog, database string) []string {
	return m.list(catalog, database, func(o Object) bool { _, ok := o.(*View); return ok })
}

// Functions lists user functions of a database and the session's system functions.
func (m *Manager) Functions(catalog, database string) []string {
	var out []string
	for p := range m.functions {
		if p.Catalog == "" || p.Catalog == catalog && p.Database == database {
			out = append(out, p.Name)
		}
	}
	slices.Sort(out)
	return out
}

func (m *Manager) list(catalog, database string, want func(Object) bool) []string {
	set := map[string]bool{}
	if d := m.db(catalog, database); d != nil {
		for n, o := range d.objects {
			if want(o) {
				set[n] = true
			}
		}
	}
	for p, o := range m.temporary {
		if p.Catalog == catalog && p.Database == database && want(o) {
			set[p.Name] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// CheckDatabase returns an error if there is no such database.
func (m *Manager) CheckDatabase(catalog, database string) *diag.Error {
	return m.checkDatabase(catalog, database)
}
