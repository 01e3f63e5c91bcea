package session_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/session"
	"github.com/flott/flott/internal/sql/parser"
)

// stored opens a session whose catalogs are remembered in a folder.
func stored(t *testing.T, folder string) *session.Session {
	t.Helper()
	s, err := session.New(session.Options{Settings: map[string]string{
		"table.catalog-store.kind": "file", "table.catalog-store.file.path": filepath.Join(folder, "store")}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func runAll(t *testing.T, s *session.Session, script string) (last *session.Result) {
	t.Helper()
	s.SetScript(script)
	for p := range parser.Split(script) {
		st, err := p.Parse()
		if err != nil {
			t.Fatal(diag.Render(script, err, false))
		}
		r, errs := s.Declare(context.Background(), st)
		if errs != nil {
			t.Fatal(diag.Render(script, errs[0], false))
		}
		last = r
	}
	return last
}

// column returns the first column of an answer.
func column(r *session.Result) []string {
	var out []string
	for _, row := range r.Rows {
		out = append(out, *row[0])
	}
	return out
}

func fails(t *testing.T, s *session.Session, statement string) *diag.Error {
	t.Helper()
	st, err := parser.ParseStatement(statement)
	if err != nil {
		t.Fatal(err)
	}
	_, errs := s.Declare(context.Background(), st)
	if errs == nil {
		t.Fatalf("%s passes", statement)
	}
	return errs[0]
}

const keptObjects = `
CREATE CATALOG mine COMMENT 'kept, "mine"' WITH ('type' = 'flott-file', 'path' = 'FOLDER/mine', 'default-database' = 'main');
CREATE CATALOG memory WITH ('type' = 'generic_in_memory');
USE CATALOG mine;
CREATE DATABASE ` + "`a/b: c`" + ` COMMENT 'odd' WITH ('k' = 'it''s');
USE ` + "`a/b: c`" + `;
CREATE TABLE orders (id INT NOT NULL, price DECIMAL(10, 2) COMMENT 'in €', total AS price * 2, ts TIMESTAMP(3),
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND, PRIMARY KEY (id) NOT ENFORCED) COMMENT 'orders' WITH ('connector' = 'datagen', 'number-of-rows' = '3');
CREATE VIEW zebra AS SELECT id, total FROM orders WHERE price > 1;
CREATE VIEW above AS SELECT MAX(total) AS m FROM zebra;
CREATE FUNCTION f AS 'com.acme.F' LANGUAGE JAVA USING JAR '/a.jar';
CREATE MODEL m INPUT (a INT) OUTPUT (b DOUBLE) COMMENT 'mm' WITH ('provider' = 'p');
CREATE TABLE ` + "`Umlaut ä.table`" + ` (a INT) WITH ('connector' = 'blackhole');
CREATE TEMPORARY TABLE gone (a INT) WITH ('connector' = 'blackhole');
ALTER TABLE orders ADD note STRING AFTER id;
ALTER TABLE orders SET ('number-of-rows' = '4');
CREATE TABLE doomed (a INT) WITH ('connector' = 'blackhole');
ALTER TABLE doomed RENAME TO dropped;
DROP TABLE dropped;
`

// TestStore holds that what a flott-file catalog and the catalog store keep is
// there in the next session, word by word.
func TestStore(t *testing.T) {
	folder := t.TempDir()
	first := stored(t, folder)
	runAll(t, first, strings.ReplaceAll(keptObjects, "FOLDER", folder))
	shows := []string{"SHOW CREATE TABLE orders", "SHOW CREATE VIEW zebra", "SHOW CREATE VIEW above", "SHOW CREATE MODEL m", "SHOW USER FUNCTIONS",
		"SHOW CREATE TABLE `Umlaut ä.table`", "DESCRIBE above", "SHOW CREATE CATALOG mine", "DESCRIBE FUNCTION f", "SHOW MODELS"}
	second := stored(t, folder)
	if got := column(run(t, second, "SHOW CATALOGS")); !slices.Equal(got, []string{"default_catalog", "memory", "mine"}) {
		t.Fatal(got)
	}
	runAll(t, second, "USE CATALOG mine;")
	if got := column(run(t, second, "SHOW DATABASES")); !slices.Equal(got, []string{"a/b: c", "main"}) {
		t.Fatal(got)
	}
	runAll(t, second, "USE `a/b: c`;")
	if got := column(run(t, second, "SHOW TABLES")); !slices.Equal(got, []string{"Umlaut ä.table", "above", "orders", "zebra"}) {
		t.Fatal(got)
	}
	for _, show := range shows {
		a, b := words(run(t, first, show).Rows), words(run(t, second, show).Rows)
		if !slices.EqualFunc(a, b, slices.Equal) {
			t.Errorf("%s\nwas %q\nis  %q", show, a, b)
		}
	}
	runAll(t, second, "DROP VIEW above; ALTER CATALOG mine COMMENT 'now'; DROP CATALOG memory;")
	third := stored(t, folder)
	if got := column(run(t, third, "SHOW CATALOGS")); !slices.Equal(got, []string{"default_catalog", "mine"}) {
		t.Fatal(got)
	}
	if got := column(run(t, third, "SHOW VIEWS FROM mine.`a/b: c`")); !slices.Equal(got, []string{"zebra"}) {
		t.Fatal(got)
	}
	runAll(t, third, "DROP DATABASE mine.`a/b: c` CASCADE;")
	if entries, err := os.ReadDir(filepath.Join(folder, "mine")); err != nil || len(entries) != 0 {
		t.Fatal("the database's folder is still there", entries, err)
	}
}

// TestDamagedEntry holds that an entry that cannot be read is named when it is
// asked for, that the others are there, and that it can be dropped.
func TestDamagedEntry(t *testing.T) {
	folder := t.TempDir()
	runAll(t, stored(t, folder), strings.ReplaceAll(keptObjects, "FOLDER", folder))
	database := filepath.Join(folder, "mine", "a%2Fb%3A%20c")
	damage := func(file, text string) {
		if err := os.WriteFile(filepath.Join(database, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	damage("orders.table.sql", "CREATE TABLE orders (id INT")
	damage("f.function.sql", "\xff")
	damage("loop.view.sql", "CREATE VIEW loop AS SELECT * FROM `mine`.`a/b: c`.`loop`")
	damage("other.table.sql", "DROP TABLE x")
	damage("notes.txt", "not of the catalog")
	s := stored(t, folder)
	runAll(t, s, "USE CATALOG mine; USE `a/b: c`; DESCRIBE `Umlaut ä.table`; SHOW CREATE MODEL m;")
	for statement, part := range map[string]string{
		"DESCRIBE orders":     "orders.table.sql",
		"SELECT * FROM zebra": "orders.table.sql",
		"DESCRIBE loop":       "loop.view.sql",
		"DESCRIBE other":      "other.table.sql",
		"CREATE TABLE orders (a INT) WITH ('connector' = 'blackhole')": "orders.table.sql",
	} {
		if e := fails(t, s, statement); !strings.Contains(e.Message, part) || e.Code != "catalog-entry" && !strings.Contains(e.Message, "view") {
			t.Errorf("%s: %s %s", statement, e.Code, e.Message)
		}
	}
	runAll(t, s, "DROP TABLE orders; CREATE TABLE orders (id INT, total INT, price INT) WITH ('connector' = 'datagen'); DROP VIEW loop; DROP FUNCTION f;")
	if e := fails(t, s, "DROP DATABASE mine.`a/b: c` CASCADE"); e.Code != "in-use" {
		t.Error(e)
	}
	runAll(t, s, "USE main;")
	if e := fails(t, s, "DROP DATABASE mine.`a/b: c` CASCADE"); e.Code != "catalog-folder" || e.Help == "" {
		t.Error(e)
	}
}

// TestCatalogStoreOptions holds what is said about options of a store that
// cannot be right.
func TestCatalogStoreOptions(t *testing.T) {
	for _, settings := range []map[string]string{
		{"table.catalog-store.kind": "file"},
		{"table.catalog-store.kind": "redis"},
		{"table.catalog-store.kind": "file", "table.catalog-store.file.path": "/dev/null/x"},
	} {
		if _, err := session.New(session.Options{Settings: settings}); err == nil {
			t.Errorf("%v is taken", settings)
		}
	}
	folder := t.TempDir()
	runAll(t, stored(t, folder), "CREATE CATALOG c WITH ('type' = 'generic_in_memory'); CREATE CATALOG d WITH ('type' = 'generic_in_memory');")
	if err := os.WriteFile(filepath.Join(folder, "store", "c.yaml"), []byte("type {"), 0o644); err != nil {
		t.Fatal(err)
	}
	s := stored(t, folder)
	if e := fails(t, s, "USE CATALOG c"); e.Code != "catalog-entry" || !strings.Contains(e.Message, "c.yaml") {
		t.Error(e)
	}
	runAll(t, s, "USE CATALOG d; DROP CATALOG c;")
	// A file as Flink writes it.
	if err := os.WriteFile(filepath.Join(folder, "store", "e.yaml"), []byte("---\ntype: generic_in_memory\ndefault-database: 'x y'\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s = stored(t, folder)
	runAll(t, s, "USE CATALOG e;")
	if got := column(run(t, s, "SHOW CURRENT DATABASE")); got[0] != "x y" {
		t.Error(got)
	}
}
