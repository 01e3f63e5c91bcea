package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/types"
)

// Function is a user function: its implementation is named, not known here.
type Function struct {
	Path      Path
	Temporary bool
	System    bool // TEMPORARY SYSTEM: without catalog and database
	Class     string
	Language  string // "" is JAVA
	Using     []Resource
	Options   map[string]string
}

// Resource is what a function needs to be loaded: JAR 'uri'.
type Resource struct{ Kind, URI string }

// Model is a machine learning model: where it is served and what it takes.
type Model struct {
	Path          Path
	Temporary     bool
	Input, Output []types.Field // nil: the provider knows
	Comment       string
	Options       map[string]string
}

// lower normalizes a function's name, which is not case-sensitive.
func (p Path) lower() Path { p.Name = strings.ToLower(p.Name); return p }

// CreateFunction adds a user function.
func (m *Manager) CreateFunction(f *Function, ifNotExists bool) *diag.Error {
	p := f.Path.lower()
	exists := failure("already-exists", "DROP it first, or write IF NOT EXISTS", "function %q already exists", f.Path.Name)
	if f.Temporary {
		if m.functions[p] != nil {
			if ifNotExists {
				return nil
			}
			return exists
		}
		m.functions[p] = f
		return nil
	}
	if err := m.checkDatabase(p.Catalog, p.Database); err != nil {
		return err
	}
	if m.permanentFunction(p) != nil {
		if ifNotExists {
			return nil
		}
		return exists
	}
	if err := m.keep(p, kindFunction, ShowCreateFunction(f)); err != nil {
		return err
	}
	m.db(p.Catalog, p.Database).functions[p.Name] = f
	return nil
}

// DropFunction removes a user function; the path of a system function is its
// name alone.
func (m *Manager) DropFunction(p Path, temporary, ifExists bool) *diag.Error {
	p = p.lower()
	if temporary {
		if m.functions[p] == nil && !ifExists {
			return failure("unknown-function", "", "temporary function %q does not exist", p.Name)
		}
		delete(m.functions, p)
		return nil
	}
	if m.functions[p] != nil {
		return failure("temporary-exists", "write DROP TEMPORARY FUNCTION "+p.Name, "temporary function %q hides the one to be dropped", p.Name)
	}
	if m.permanentFunction(p) == nil && !m.dropUnreadable(p, kindFunction) {
		if ifExists {
			return nil
		}
		return m.unknownFunction(p)
	}
	if err := m.forget(p, kindFunction); err != nil {
		return err
	}
	delete(m.db(p.Catalog, p.Database).functions, p.Name)
	return nil
}

func (m *Manager) unknownFunction(p Path) *diag.Error {
	if err := m.checkDatabase(p.Catalog, p.Database); err != nil {
		return err
	}
	names := m.Functions(p.Catalog, p.Database)
	return failure("unknown-function", did(diag.Nearest(p.Name, names), names), "function %q does not exist", p.Name)
}

// AlterFunction puts f in the place of the function with its path.
func (m *Manager) AlterFunction(f *Function, ifExists bool) *diag.Error {
	p := f.Path.lower()
	if f.Temporary {
		if m.functions[p] == nil {
			if ifExists {
				return nil
			}
			return failure("unknown-function", "", "temporary function %q does not exist", p.Name)
		}
		m.functions[p] = f
		return nil
	}
	if m.permanentFunction(p) == nil {
		if ifExists {
			return nil
		}
		return m.unknownFunction(p)
	}
	if err := m.keep(p, kindFunction, ShowCreateFunction(f)); err != nil {
		return err
	}
	m.db(p.Catalog, p.Database).functions[p.Name] = f
	return nil
}

func (m *Manager) permanentFunction(p Path) *Function {
	d := m.db(p.Catalog, p.Database)
	if d == nil {
		return nil
	}
	m.recall(d, p, kindFunction)
	return d.functions[p.Name]
}

// Function returns a user function: a system function of that name, a temporary
// one, or a permanent one; nil if there is none.
func (m *Manager) Function(p Path) *Function {
	p = p.lower()
	if f := m.functions[Path{Name: p.Name}]; f != nil {
		return f
	}
	if f := m.functions[p]; f != nil {
		return f
	}
	return m.permanentFunction(p)
}

// Functions lists user functions of a database and the session's system functions.
func (m *Manager) Functions(catalog, database string) []string {
	set := map[string]bool{}
	if d := m.db(catalog, database); d != nil {
		for n := range d.functions {
			set[n] = true
		}
		for e := range d.unread {
			if e.kind == kindFunction {
				set[e.name] = true
			}
		}
	}
	for p := range m.functions {
		if p.Catalog == "" || p.Catalog == catalog && p.Database == database {
			set[p.Name] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// ShowCreateFunction returns the statement that would create a function.
func ShowCreateFunction(f *Function) string {
	temporary, name := "", f.Path.Quoted()
	switch {
	case f.System:
		temporary, name = "TEMPORARY SYSTEM ", Quote(f.Path.Name)
	case f.Temporary:
		temporary = "TEMPORARY "
	}
	s := "CREATE " + temporary + "FUNCTION " + name + " AS " + QuoteString(f.Class)
	if f.Language != "" {
		s += " LANGUAGE " + f.Language
	}
	for i, r := range f.Using {
		if s += ","; i == 0 {
			s = s[:len(s)-1] + " USING"
		}
		s += " " + r.Kind + " " + QuoteString(r.URI)
	}
	if w := withOptions(f.Options); w != "" {
		s += "\n" + strings.TrimSuffix(w, "\n")
	}
	return s + "\n"
}

// CreateModel adds a model.
func (m *Manager) CreateModel(x *Model, ifNotExists bool) *diag.Error {
	exists := failure("already-exists", "DROP it first, or write IF NOT EXISTS", "model %q already exists", x.Path.Name)
	if x.Temporary {
		if m.models[x.Path] != nil {
			if ifNotExists {
				return nil
			}
			return exists
		}
		m.models[x.Path] = x
		return nil
	}
	if err := m.checkDatabase(x.Path.Catalog, x.Path.Database); err != nil {
		return err
	}
	if m.permanentModel(x.Path) != nil {
		if ifNotExists {
			return nil
		}
		return exists
	}
	return m.putModel(x)
}

func (m *Manager) putModel(x *Model) *diag.Error {
	if err := m.keep(x.Path, kindModel, ShowCreateModel(x)); err != nil {
		return err
	}
	m.db(x.Path.Catalog, x.Path.Database).models[x.Path.Name] = x
	return nil
}

func (m *Manager) permanentModel(p Path) *Model {
	d := m.db(p.Catalog, p.Database)
	if d == nil {
		return nil
	}
	m.recall(d, p, kindModel)
	return d.models[p.Name]
}

// Model returns a model, a temporary one first; nil if there is none.
func (m *Manager) Model(p Path) *Model {
	if x := m.models[p]; x != nil {
		return x
	}
	return m.permanentModel(p)
}

// UnknownModel returns the error for a model that is not there.
func (m *Manager) UnknownModel(p Path) *diag.Error {
	if err := m.checkDatabase(p.Catalog, p.Database); err != nil {
		return err
	}
	if err := m.unreadable(p, kindModel); err != nil {
		return err
	}
	names := m.Models(p.Catalog, p.Database)
	return failure("unknown-model", did(diag.Nearest(p.Name, names), names), "model %q does not exist", p.Name)
}

// DropModel removes a model.
func (m *Manager) DropModel(p Path, temporary, ifExists bool) *diag.Error {
	if temporary {
		if m.models[p] == nil && !ifExists {
			return failure("unknown-model", "", "temporary model %q does not exist", p.Name)
		}
		delete(m.models, p)
		return nil
	}
	if m.permanentModel(p) == nil && !m.dropUnreadable(p, kindModel) {
		if ifExists {
			return nil
		}
		return m.UnknownModel(p)
	}
	if err := m.forget(p, kindModel); err != nil {
		return err
	}
	delete(m.db(p.Catalog, p.Database).models, p.Name)
	return nil
}

// AlterModel renames a permanent model, or changes its options: those of set are
// set, those of reset removed.
func (m *Manager) AlterModel(p Path, to *Path, set map[string]string, reset []string) *diag.Error {
	old := m.permanentModel(p)
	if old == nil {
		return m.UnknownModel(p)
	}
	x := *old
	x.Options = maps.Clone(old.Options)
	for k, v := range set {
		x.Options[k] = v
	}
	for _, k := range reset {
		delete(x.Options, k)
	}
	if to == nil || *to == p {
		return m.putModel(&x)
	}
	if to.Catalog != p.Catalog || to.Database != p.Database {
		return failure("not-supported", "", "a model cannot be renamed into another database")
	}
	if m.permanentModel(*to) != nil {
		return failure("already-exists", "", "model %q already exists", to.Name)
	}
	x.Path = *to
	if err := m.putModel(&x); err != nil {
		return err
	}
	return m.DropModel(p, false, false)
}

// Models lists the models of a database.
func (m *Manager) Models(catalog, database string) []string {
	set := map[string]bool{}
	if d := m.db(catalog, database); d != nil {
		for n := range d.models {
			set[n] = true
		}
		for e := range d.unread {
			if e.kind == kindModel {
				set[e.name] = true
			}
		}
	}
	for p := range m.models {
		if p.Catalog == catalog && p.Database == database {
			set[p.Name] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// ShowCreateModel returns the statement that would create a model.
func ShowCreateModel(x *Model) string {
	var b strings.Builder
	temporary := ""
	if x.Temporary {
		temporary = "TEMPORARY "
	}
	fmt.Fprintf(&b, "CREATE %sMODEL %s\n", temporary, x.Path.Quoted())
	columns := func(word string, fields []types.Field) {
		if len(fields) == 0 {
			return
		}
		parts := make([]string, len(fields))
		for i, f := range fields {
			parts[i] = Quote(f.Name) + " " + SQLType(f.Type)
			if f.Comment != "" {
				parts[i] += " COMMENT " + QuoteString(f.Comment)
			}
		}
		b.WriteString(word + " (" + strings.Join(parts, ", ") + ")\n")
	}
	columns("INPUT", x.Input)
	columns("OUTPUT", x.Output)
	if x.Comment != "" {
		b.WriteString("COMMENT " + QuoteString(x.Comment) + "\n")
	}
	b.WriteString(withOptions(x.Options))
	return b.String()
}
