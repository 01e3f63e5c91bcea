package catalog

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/flott/flott/internal/diag"
)

// The types of catalogs.
const (
	InMemory = "generic_in_memory" // Flink's: gone with the session
	File     = "flott-file"        // flott's own: kept in a folder, see folder
)

// UseStore makes the manager remember catalogs in a store, and know those that
// are in it.
func (m *Manager) UseStore(s *Store) *diag.Error {
	names, err := s.names()
	if err != nil {
		return err
	}
	m.store = s
	for _, n := range names {
		if m.catalogs[n] == nil {
			m.known[n] = true
		}
	}
	return nil
}

// SetDry makes the manager keep what changes to itself: nothing is written.
func (m *Manager) SetDry() { m.dry = true }

// SetReader tells how the entries of a catalog's folder are read.
func (m *Manager) SetReader(r Reader) { m.read = r }

// Catalog returns a catalog by name, nil if there is none, or if its entry in
// the store cannot be read (see OpenCatalog).
func (m *Manager) Catalog(name string) *Catalog {
	if m.known[name] {
		m.OpenCatalog(name)
	}
	return m.catalogs[name]
}

// OpenCatalog opens a catalog of the store if that has not been done yet.
func (m *Manager) OpenCatalog(name string) *diag.Error {
	if !m.known[name] {
		return nil
	}
	options, comment, err := m.store.read(name)
	if err != nil {
		return err
	}
	c, err := m.makeCatalog(name, comment, options)
	if err != nil {
		return err
	}
	delete(m.known, name)
	m.catalogs[name] = c
	return nil
}

func (m *Manager) unknownCatalog(name string) *diag.Error {
	if err := m.OpenCatalog(name); err != nil {
		return err
	}
	return failure("unknown-catalog", did(diag.Nearest(name, m.Catalogs()), m.Catalogs()), "catalog %q does not exist", name)
}

// catalogOptions are the options of each type of catalog, beside `type`.
var catalogOptions = map[string][]string{InMemory: {"default-database"}, File: {"default-database", "path"}}

// CreateCatalog adds a catalog of the type that its options name.
func (m *Manager) CreateCatalog(name, comment string, options map[string]string, ifNotExists bool) *diag.Error {
	if m.catalogs[name] != nil || m.known[name] {
		if ifNotExists {
			return nil
		}
		return failure("already-exists", "DROP it first, or write IF NOT EXISTS", "catalog %q already exists", name)
	}
	c, err := m.makeCatalog(name, comment, options)
	if err != nil {
		return err
	}
	if m.store != nil && !m.dry {
		if err := m.store.write(c); err != nil {
			return err
		}
	}
	m.catalogs[name] = c
	return nil
}

// makeCatalog makes a catalog without adding it.
func (m *Manager) makeCatalog(name, comment string, options map[string]string) (*Catalog, *diag.Error) {
	t := options["type"]
	known, ok := catalogOptions[t]
	switch {
	case t == "":
		return nil, failure("missing-option", "add 'type' = '"+InMemory+"', or '"+File+"' for one that is kept in a folder", "catalog %q has no option 'type'", name)
	case !ok:
		return nil, failure("not-supported", "in this binary: "+InMemory+", "+File, "catalogs of type %q are not supported", t)
	}
	if err := checkOptions(t, known, options); err != nil {
		return nil, err
	}
	d := options["default-database"]
	if d == "" {
		d = DefaultDatabase
	}
	c := newCatalog(name, d)
	c.Comment, c.Options = comment, maps.Clone(options)
	if t == File {
		if options["path"] == "" {
			return nil, failure("missing-option", "add 'path' = '…', the folder that keeps the catalog", "catalog %q has no option 'path'", name)
		}
		return c, m.openFolder(c, options["path"])
	}
	return c, nil
}

func checkOptions(t string, known []string, options map[string]string) *diag.Error {
	for _, k := range slices.Sorted(maps.Keys(options)) {
		if k != "type" && !slices.Contains(known, k) {
			return failure("unknown-option", did(diag.Nearest(k, known), known), "a catalog of type %q has no option %q", t, k)
		}
	}
	return nil
}

// openFolder takes the databases and the names of the objects from a folder.
// The objects themselves are read when they are asked for.
func (m *Manager) openFolder(c *Catalog, path string) *diag.Error {
	if _, missing := os.Stat(strings.TrimPrefix(path, "file://")); missing != nil && m.dry {
		return nil // it would be made
	}
	f, err := openFolder(path)
	if err != nil {
		return err
	}
	c.folder = f
	names, err := f.databases()
	if err != nil {
		return err
	}
	for _, n := range names {
		d := newDatabase(n)
		entries, err := f.entries(n)
		if err != nil {
			return err
		}
		d.unread = map[stored]*unread{}
		for _, e := range entries {
			d.unread[stored{e.name, e.kind, ""}] = &unread{file: e.file}
		}
		if text, err := readEntry(f.file(n, "", "")); err == nil && m.read != nil {
			// Without it, or when it is damaged, the database has no comment.
			if x, err := m.read(Path{c.Name, n, ""}, text); err == nil {
				if made, ok := x.(*Database); ok {
					d.Comment, d.Options = made.Comment, made.Options
				}
			}
		}
		c.databases[n] = d
	}
	return nil
}

// AlterCatalog changes the options and comment of a catalog: set and reset are
// option keys, comment is nil if it stays. The catalog's contents stay as they are.
func (m *Manager) AlterCatalog(name string, set map[string]string, reset []string, comment *string) *diag.Error {
	c := m.Catalog(name)
	if c == nil {
		return m.unknownCatalog(name)
	}
	if c.Options == nil {
		return failure("not-supported", "create a catalog of your own with CREATE CATALOG", "catalog %q is built in and has no options", name)
	}
	changed := *c
	changed.Options = maps.Clone(c.Options)
	for k, v := range set {
		if (k == "type" || k == "path") && c.Options[k] != v {
			return failure("option-value", "drop the catalog and create it anew", "the option '%s' of a catalog cannot be changed", k)
		}
		changed.Options[k] = v
	}
	for _, k := range reset {
		if k == "type" || k == "path" {
			return failure("option-value", "", "the option '%s' of a catalog cannot be reset", k)
		}
		delete(changed.Options, k)
	}
	if err := checkOptions(c.Options["type"], catalogOptions[c.Options["type"]], changed.Options); err != nil {
		return err
	}
	if comment != nil {
		changed.Comment = *comment
	}
	changed.Default = DefaultDatabase
	if d := changed.Options["default-database"]; d != "" {
		changed.Default = d
	}
	if changed.databases[changed.Default] == nil {
		changed.databases = maps.Clone(c.databases)
		changed.databases[changed.Default] = newDatabase(changed.Default)
	}
	if m.store != nil && !m.dry {
		if err := m.store.write(&changed); err != nil {
			return err
		}
	}
	m.catalogs[name] = &changed
	return nil
}

// DropCatalog removes a catalog that is not the current one. What a folder
// keeps stays there.
func (m *Manager) DropCatalog(name string, ifExists bool) *diag.Error {
	if m.catalogs[name] == nil && !m.known[name] {
		if ifExists {
			return nil
		}
		return m.unknownCatalog(name)
	}
	if name == m.catalog {
		return failure("in-use", "USE another catalog first", "catalog %q is the current one", name)
	}
	if m.store != nil && !m.dry {
		if err := m.store.remove(name); err != nil {
			return err
		}
	}
	delete(m.catalogs, name)
	delete(m.known, name)
	return nil
}

// ShowCreateCatalog returns the statement that would create a catalog.
func ShowCreateCatalog(c *Catalog) string {
	var b strings.Builder
	b.WriteString("CREATE CATALOG " + Quote(c.Name) + "\n")
	if c.Comment != "" {
		b.WriteString("COMMENT " + QuoteString(c.Comment) + "\n")
	}
	b.WriteString(withOptions(c.Options))
	return b.String()
}

// withOptions prints a WITH clause by key, "" without options.
func withOptions(options map[string]string) string {
	if len(options) == 0 {
		return ""
	}
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(options)) {
		parts = append(parts, "  "+QuoteString(k)+" = "+QuoteString(options[k]))
	}
	return "WITH (\n" + strings.Join(parts, ",\n") + "\n)\n"
}

// DescribeCatalog returns the rows of DESCRIBE CATALOG; the built-in catalog has none.
func DescribeCatalog(c *Catalog, extended bool) [][2]string {
	rows := [][2]string{{"name", c.Name}, {"type", c.Options["type"]}, {"comment", c.Comment}}
	if !extended {
		return rows
	}
	for _, k := range slices.Sorted(maps.Keys(c.Options)) {
		if k != "type" {
			rows = append(rows, [2]string{"option:" + k, c.Options[k]})
		}
	}
	return rows
}

// CreateDatabase adds a database; parts are [catalog, ]database.
func (m *Manager) CreateDatabase(parts []string, comment string, options map[string]string, ifNotExists bool) *diag.Error {
	cn, dn := m.databasePath(parts)
	c := m.Catalog(cn)
	if c == nil {
		return m.checkDatabase(cn, dn)
	}
	if c.databases[dn] != nil {
		if ifNotExists {
			return nil
		}
		return failure("already-exists", "DROP it first, or write IF NOT EXISTS", "database %q already exists in catalog %q", dn, cn)
	}
	d := newDatabase(dn)
	d.Comment, d.Options = comment, maps.Clone(options)
	if err := m.keepDatabase(c, d); err != nil {
		return err
	}
	c.databases[dn] = d
	return nil
}

func (m *Manager) keepDatabase(c *Catalog, d *Database) *diag.Error {
	if c.folder == nil || m.dry {
		return nil
	}
	text := "CREATE DATABASE " + Quote(d.Name) + "\n"
	if d.Comment != "" {
		text += "COMMENT " + QuoteString(d.Comment) + "\n"
	}
	return c.folder.write(d.Name, "", "", text+withOptions(d.Options))
}

// DropDatabase removes a database, with cascade also one that is not empty.
func (m *Manager) DropDatabase(parts []string, ifExists, cascade bool) *diag.Error {
	cn, dn := m.databasePath(parts)
	d := m.db(cn, dn)
	if d == nil {
		if ifExists && m.Catalog(cn) != nil {
			return nil
		}
		return m.checkDatabase(cn, dn)
	}
	if cn == m.catalog && dn == m.database {
		return failure("in-use", "USE another database first", "database %q is the current one", dn)
	}
	if n := len(d.objects) + len(d.unread) + len(d.functions) + len(d.models); n > 0 && !cascade {
		holds := strconv.Itoa(n) + " objects"
		if n == len(m.Tables(cn, dn)) {
			holds = fmt.Sprintf("%d tables", n)
		}
		return failure("not-empty", "write DROP DATABASE "+dn+" CASCADE", "database %q holds %s", dn, holds)
	}
	c := m.catalogs[cn]
	if c.folder != nil && !m.dry {
		if err := c.folder.removeDatabase(dn); err != nil {
			return err
		}
	}
	delete(c.databases, dn)
	return nil
}

// AlterDatabase sets options of a database.
func (m *Manager) AlterDatabase(parts []string, options map[string]string) *diag.Error {
	cn, dn := m.databasePath(parts)
	if err := m.checkDatabase(cn, dn); err != nil {
		return err
	}
	d := *m.db(cn, dn)
	d.Options = maps.Clone(d.Options)
	if d.Options == nil {
		d.Options = map[string]string{}
	}
	maps.Copy(d.Options, options)
	c := m.catalogs[cn]
	if err := m.keepDatabase(c, &d); err != nil {
		return err
	}
	c.databases[dn] = &d
	return nil
}

// Catalogs lists the catalogs by name.
func (m *Manager) Catalogs() []string {
	names := maps.Clone(m.known)
	for n := range m.catalogs {
		names[n] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// Databases lists the databases of a catalog.
func (m *Manager) Databases(catalog string) ([]string, *diag.Error) {
	c := m.Catalog(catalog)
	if c == nil {
		return nil, m.unknownCatalog(catalog)
	}
	return slices.Sorted(maps.Keys(c.databases)), nil
}
