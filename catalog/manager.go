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
	functions map[Path]*Function // temporary ones; system functions have only a name
	models    map[Path]*Model    // temporary ones
	modules   []Module
	store     *Store // nil: catalogs are forgotten with the session
	read      Reader
	known     map[string]bool // catalogs in the store that nobody has used yet
	dry       bool
}

// Reader makes an object of the statement that creates it, which lies in a
// catalog's folder: *Table, *View, *Function or *Model with the path given, or
// *Database.
type Reader func(path Path, statement string) (any, *diag.Error)

// Catalog is a named set of databases.
type Catalog struct {
	Name      string
	Comment   string
	Options   map[string]string
	Default   string // the database that USE CATALOG goes to
	databases map[string]*Database
	folder    *folder // nil: the catalog is only in memory
}

// Database is a named set of tables, views, functions and models.
type Database struct {
	Name      string
	Comment   string
	Options   map[string]string
	objects   map[string]Object
	functions map[string]*Function
	models    map[string]*Model
	// unread are the objects of a folder that nobody has asked for yet.
	unread map[stored]*unread
}

func newDatabase(name string) *Database {
	return &Database{Name: name, objects: map[string]Object{}, functions: map[string]*Function{}, models: map[string]*Model{}}
}

// New returns a Manager with the default catalog and database.
func New() *Manager {
	m := &Manager{catalogs: map[string]*Catalog{}, temporary: map[Path]Object{}, functions: map[Path]*Function{}, models: map[Path]*Model{},
		modules: []Module{{Name: CoreModule, Used: true}}, known: map[string]bool{}}
	m.catalogs[DefaultCatalog] = newCatalog(DefaultCatalog, DefaultDatabase)
	m.catalog, m.database = DefaultCatalog, DefaultDatabase
	return m
}

func newCatalog(name, database string) *Catalog {
	return &Catalog{Name: name, Default: database, databases: map[string]*Database{database: newDatabase(database)}}
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
	d := m.db(p.Catalog, p.Database)
	if d == nil {
		return nil
	}
	m.recall(d, p, kindTable, kindView)
	if o := d.objects[p.Name]; o != nil {
		return o
	}
	return nil
}

func (m *Manager) db(catalog, database string) *Database {
	if c := m.Catalog(catalog); c != nil {
		return c.databases[database]
	}
	return nil
}

func failure(code, help, format string, args ...any) *diag.Error {
	return &diag.Error{Code: code, Stage: diag.StageValidate, Message: fmt.Sprintf(format, args...), Help: help}
}

// checkDatabase returns an error if the path's catalog or database is not there.
func (m *Manager) checkDatabase(catalog, database string) *diag.Error {
	c := m.Catalog(catalog)
	if c == nil {
		return m.unknownCatalog(catalog)
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
	if err := m.unreadable(p); err != nil {
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
	if old := m.permanent(p); old != nil {
		if ifNotExists {
			return false, nil
		}
		kind := "table"
		if _, ok := old.(*View); ok {
			kind = "view"
		}
		return false, failure("already-exists", "DROP it first, or write IF NOT EXISTS", "%s %q already exists", kind, p.Name)
	}
	if err := m.unreadable(p); err != nil {
		return false, err
	}
	if err := m.keep(p, kindOf(o), ShowCreate(o)); err != nil {
		return false, err
	}
	d.objects[p.Name] = o
	return true, nil
}

// Replace puts o in the place of the object with its path, temporary or not; a
// permanent one need not be there.
func (m *Manager) Replace(o Object) *diag.Error {
	p := o.Name()
	if m.temporary[p] != nil {
		m.temporary[p] = o
		return nil
	}
	if err := m.checkDatabase(p.Catalog, p.Database); err != nil {
		return err
	}
	if err := m.keep(p, kindOf(o), ShowCreate(o)); err != nil {
		return err
	}
	m.db(p.Catalog, p.Database).objects[p.Name] = o
	return nil
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
		if err := m.forget(p, kind); err != nil {
			return err
		}
		delete(m.db(p.Catalog, p.Database).objects, p.Name)
		return nil
	}
	if o == nil && m.dropUnreadable(p, kind) {
		return m.forget(p, kind)
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
	if m.permanent(to) != nil {
		return failure("already-exists", "", "table %q already exists", to.Name)
	}
	switch old := o.(type) {
	case *Table:
		c := *old
		c.Path = to
		o = &c
	case *View:
		c := *old
		c.Path = to
		o = &c
	}
	if err := m.keep(to, kindOf(o), ShowCreate(o)); err != nil {
		return err
	}
	if err := m.forget(from, kindOf(o)); err != nil {
		return err
	}
	delete(d.objects, from.Name)
	d.objects[to.Name] = o
	return nil
}

// UseCatalog makes a catalog current, with its default database.
func (m *Manager) UseCatalog(name string) *diag.Error {
	c := m.Catalog(name)
	if c == nil {
		return m.unknownCatalog(name)
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

// Tables lists tables and views, temporary ones too.
func (m *Manager) Tables(catalog, database string) []string {
	return m.list(catalog, database, kindTable, kindView)
}

// Views lists views.
func (m *Manager) Views(catalog, database string) []string {
	return m.list(catalog, database, kindView)
}

func (m *Manager) list(catalog, database string, kinds ...string) []string {
	set := map[string]bool{}
	if d := m.db(catalog, database); d != nil {
		for n, o := range d.objects {
			if slices.Contains(kinds, kindOf(o)) {
				set[n] = true
			}
		}
		for e := range d.unread {
			if slices.Contains(kinds, e.kind) {
				set[e.name] = true
			}
		}
	}
	for p, o := range m.temporary {
		if p.Catalog == catalog && p.Database == database && slices.Contains(kinds, kindOf(o)) {
			set[p.Name] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

func kindOf(o Object) string {
	if _, view := o.(*View); view {
		return kindView
	}
	return kindTable
}

// CheckDatabase returns an error if there is no such database.
func (m *Manager) CheckDatabase(catalog, database string) *diag.Error {
	return m.checkDatabase(catalog, database)
}
