package catalog

import (
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/flott/flott/internal/diag"
)

// unread is an object of a folder that has not been read, or cannot be.
type unread struct {
	file    string
	reading bool        // to be told from an object that needs itself
	err     *diag.Error // why it cannot be read
}

func readEntry(file string) (string, *diag.Error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", ioFailure("read catalog entry", err)
	}
	if !utf8.Valid(raw) {
		return "", failure("syntax", "", "the file is not UTF-8")
	}
	return strings.TrimRight(string(raw), ";\n \t\r"), nil
}

// recall reads an object of one of the kinds if it lies unread in the folder.
// What cannot be read stays there, with the reason.
func (m *Manager) recall(d *Database, p Path, kinds ...string) {
	for _, k := range kinds {
		key := stored{p.Name, k, ""}
		u := d.unread[key]
		if u == nil || u.err != nil || m.read == nil {
			continue
		}
		if u.reading {
			u.err = m.damaged(p, k, u, failure("too-deep", "", "it refers to itself"))
			continue
		}
		u.reading = true
		text, err := readEntry(u.file)
		var x any
		if err == nil {
			x, err = m.read(p, text)
		}
		u.reading = false
		if err != nil {
			if u.err == nil {
				u.err = m.damaged(p, k, u, err)
			}
			continue
		}
		delete(d.unread, key)
		switch x := x.(type) {
		case Object:
			d.objects[p.Name] = x
		case *Function:
			d.functions[p.Name] = x
		case *Model:
			d.models[p.Name] = x
		}
	}
}

func (m *Manager) damaged(p Path, kind string, u *unread, err *diag.Error) *diag.Error {
	e := failure("catalog-entry", "correct the file, or DROP the "+kind, "%s %q cannot be read from %s: %s", kind, p.Name, u.file, err.Message)
	e.Cause = err
	return e
}

// unreadable returns why an object of the folder cannot be read, nil if that is
// not so.
func (m *Manager) unreadable(p Path, kinds ...string) *diag.Error {
	d := m.db(p.Catalog, p.Database)
	if d == nil {
		return nil
	}
	if len(kinds) == 0 {
		kinds = []string{kindTable, kindView}
	}
	for _, k := range kinds {
		if u := d.unread[stored{p.Name, k, ""}]; u != nil && u.err != nil {
			return u.err
		}
	}
	return nil
}

// dropUnreadable forgets an object that cannot be read.
func (m *Manager) dropUnreadable(p Path, kind string) bool {
	d := m.db(p.Catalog, p.Database)
	key := stored{p.Name, kind, ""}
	if d == nil || d.unread[key] == nil {
		return false
	}
	delete(d.unread, key)
	return true
}

// keep writes an object into the folder of its catalog, if it has one.
func (m *Manager) keep(p Path, kind, statement string) *diag.Error {
	c := m.Catalog(p.Catalog)
	if c == nil || c.folder == nil || m.dry {
		return nil
	}
	return c.folder.write(p.Database, p.Name, kind, statement)
}

// forget removes an object from the folder of its catalog.
func (m *Manager) forget(p Path, kind string) *diag.Error {
	c := m.Catalog(p.Catalog)
	if c == nil || c.folder == nil || m.dry {
		return nil
	}
	return c.folder.remove(p.Database, p.Name, kind)
}

// CoreModule is the module of the built-in functions.
const CoreModule = "core"

// Module is a loaded module; only used ones are looked into for functions.
type Module struct {
	Name string
	Used bool
}

// Modules returns the loaded modules, used ones first, in the order of their use.
func (m *Manager) Modules() []Module { return slices.Clone(m.modules) }

func (m *Manager) module(name string) int {
	return slices.IndexFunc(m.modules, func(x Module) bool { return x.Name == name })
}

func (m *Manager) unknownModule(name string) *diag.Error {
	return failure("unknown-module", "SHOW FULL MODULES lists those that are loaded", "no module %q is loaded", name)
}

// LoadModule loads a module: the core module is the only one there is.
func (m *Manager) LoadModule(name string) *diag.Error {
	if m.module(name) >= 0 {
		return failure("already-exists", "", "module %q is loaded already", name)
	}
	if name != CoreModule {
		return failure("not-supported", "the built-in functions are those of the module core", "there is no module %q in flott", name)
	}
	m.modules = append(m.modules, Module{name, true})
	return nil
}

// UnloadModule unloads a module. Functions stay known: the ones of core are part
// of the language here, as most of them are in Flink.
func (m *Manager) UnloadModule(name string) *diag.Error {
	i := m.module(name)
	if i < 0 {
		return m.unknownModule(name)
	}
	m.modules = slices.Delete(m.modules, i, i+1)
	return nil
}

// UseModules says which modules are used, and in which order.
func (m *Manager) UseModules(names []string) *diag.Error {
	var used []Module
	for i, n := range names {
		if m.module(n) < 0 {
			return m.unknownModule(n)
		}
		if slices.Contains(names[:i], n) {
			return failure("already-exists", "", "module %q is named twice", n)
		}
		used = append(used, Module{n, true})
	}
	for _, x := range m.modules {
		if !slices.Contains(names, x.Name) {
			used = append(used, Module{x.Name, false})
		}
	}
	m.modules = used
	return nil
}
