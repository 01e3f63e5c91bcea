package catalog

import (
	"strings"
	"testing"

	"github.com/flott/flott/types"
)

func table(m *Manager, name string) *Table {
	return &Table{Path: m.Resolve([]string{name}), Columns: []Column{{Name: "id", Type: types.TInt}}}
}

func TestNames(t *testing.T) {
	m := New()
	for parts, want := range map[string]string{"t": "default_catalog.default_database.t", "d.t": "default_catalog.d.t", "c.d.t": "c.d.t"} {
		if got := m.Resolve(strings.Split(parts, ".")).String(); got != want {
			t.Errorf("%s means %s, want %s", parts, got, want)
		}
	}
	if err := m.CreateDatabase([]string{"shop"}, "", nil, false); err != nil {
		t.Fatal(err)
	}
	if err := m.UseDatabase([]string{"shop"}); err != nil {
		t.Fatal(err)
	}
	m.Create(table(m, "x"), false, false)
	if got := m.Resolve([]string{"x"}).Quoted(); got != "`default_catalog`.`shop`.`x`" {
		t.Errorf("x means %s", got)
	}
	if err := m.DropDatabase([]string{"shop"}, false, true); err == nil || err.Code != "in-use" {
		t.Errorf("the current database was dropped: %v", err)
	}
	m.UseDatabase([]string{DefaultDatabase})
	if err := m.DropDatabase([]string{"shop"}, false, false); err == nil || err.Code != "not-empty" {
		t.Errorf("a full database was dropped: %v", err)
	}
	if err := m.DropDatabase([]string{"shop"}, false, true); err != nil {
		t.Error(err)
	}
	if err := m.UseDatabase([]string{"shopp"}); err == nil || err.Code != "unknown-database" {
		t.Errorf("USE of an unknown database: %v", err)
	}
}

// A temporary table hides the permanent one of its name until it is dropped.
func TestTemporary(t *testing.T) {
	m := New()
	permanent, temporary := table(m, "t"), table(m, "t")
	if ok, err := m.Create(permanent, false, false); !ok || err != nil {
		t.Fatal(err)
	}
	if ok, err := m.Create(temporary, true, false); !ok || err != nil {
		t.Fatal(err)
	}
	if m.Find(permanent.Path) != temporary {
		t.Error("the temporary table does not hide the permanent one")
	}
	if err := m.DropTable(permanent.Path, false, false); err == nil {
		t.Error("the hidden table was dropped")
	}
	if err := m.DropTable(permanent.Path, true, false); err != nil {
		t.Error(err)
	}
	if m.Find(permanent.Path) != permanent {
		t.Error("the permanent table is gone")
	}
	if ok, err := m.Create(table(m, "t"), false, true); ok || err != nil {
		t.Errorf("IF NOT EXISTS: %v %v", ok, err)
	}
	if _, err := m.Create(table(m, "t"), false, false); err == nil || err.Code != "already-exists" {
		t.Errorf("a second table t: %v", err)
	}
	if err := m.DropView(permanent.Path, false, false); err == nil || !strings.Contains(err.Help, "DROP TABLE") {
		t.Errorf("DROP VIEW of a table: %v", err)
	}
	if err := m.Rename(permanent.Path, m.Resolve([]string{"u"})); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(m.Tables(DefaultCatalog, DefaultDatabase), ","); got != "u" {
		t.Errorf("tables: %s", got)
	}
	if permanent.Path.Name != "t" {
		t.Error("a table in the catalog was changed in place")
	}
}

func TestCatalogs(t *testing.T) {
	m := New()
	if err := m.CreateCatalog("c", "", map[string]string{"type": "hive"}, false); err == nil || err.Code != "not-supported" {
		t.Errorf("a hive catalog: %v", err)
	}
	if err := m.CreateCatalog("c", "", map[string]string{"type": "generic_in_memory", "default-database": "d"}, false); err != nil {
		t.Fatal(err)
	}
	if err := m.UseCatalog("c"); err != nil || m.CurrentDatabase() != "d" {
		t.Errorf("USE CATALOG c: %v, database %s", err, m.CurrentDatabase())
	}
	if err := m.DropCatalog("c", false); err == nil {
		t.Error("the current catalog was dropped")
	}
	m.Within(DefaultCatalog, DefaultDatabase, func() {
		if m.CurrentCatalog() != DefaultCatalog {
			t.Error("Within did not change the catalog")
		}
	})
	if m.CurrentCatalog() != "c" {
		t.Error("Within did not go back")
	}
}

func TestLike(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		ignoreCase    bool
		want          bool
	}{
		{"order%", "orders", false, true},
		{"order%", "reorder", false, false},
		{"%a%", "bar", false, true},
		{"_", "ab", false, false},
		{"_b", "ab", false, true},
		{"%", "", false, true},
		{"", "a", false, false},
		{"A%", "abc", false, false},
		{"A%", "abc", true, true},
		{`a\%`, "a%", false, true},
		{`a\%`, "ab", false, false},
		{"%ab%ab", "abcabab", false, true},
		{"%ü", "für ü", false, true},
	} {
		if got := Like(c.pattern, c.ignoreCase, false)(c.name); got != c.want {
			t.Errorf("%q LIKE %q is %v", c.name, c.pattern, got)
		}
		if Like(c.pattern, c.ignoreCase, true)(c.name) == c.want {
			t.Errorf("%q NOT LIKE %q is %v", c.name, c.pattern, c.want)
		}
	}
}
