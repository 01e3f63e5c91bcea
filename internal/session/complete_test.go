package session

import (
	"context"
	"slices"
	"strings"
	"testing"

	_ "github.com/flott/flott/connector/all"
	_ "github.com/flott/flott/format/all"
	"github.com/flott/flott/internal/sql/parser"
)

func TestComplete(t *testing.T) {
	s, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	const script = "CREATE TABLE clicks (who INT, price DECIMAL(10, 2)) WITH ('connector' = 'datagen'); CREATE VIEW loud AS SELECT who FROM clicks;"
	s.SetScript(script)
	for p := range parser.Split(script) {
		if _, errs := s.Execute(context.Background(), p); errs != nil {
			t.Fatal(errs[0])
		}
	}
	for _, x := range []struct{ text, want, not string }{
		{"", "SELECT", "FROM"},
		{"SHOW TA", "TABLES", "VIEWS"},
		{"sel", "SELECT", "SET"},
		{"SELECT * FROM cl", "clicks", "loud"},
		{"SELECT * FROM ", "loud", "who"},
		{"SELECT * FROM default_catalog.default_database.l", "default_catalog.default_database.loud", "default_catalog.default_database.clicks"},
		{"SELECT  FROM clicks", "who", "CATALOGS"},
		{"SELECT UPP", "UPPER", "LOWER"},
		{"SET 'table.local-t", "table.local-time-zone", "table.exec.state.ttl"},
		{"SET 'execution.runtime-mode' = 'b", "BATCH", "STREAMING"},
		{"CREATE TABLE x (a INT) WITH ('con", "connector", "format"},
		{"CREATE TABLE x (a INT) WITH ('connector' = 'k", "kafka", "datagen"},
		{"CREATE TABLE x (a INT) WITH ('connector' = 'kafka', 'scan.startup.m", "scan.startup.mode", "topic"},
		{"CREATE TABLE x (a INT) WITH ('connector' = 'kafka', 'scan.startup.mode' = 'e", "earliest-offset", "latest-offset"},
		{"CREATE TABLE x (a INT) WITH ('connector' = 'kafka', 'format' = 'json', 'json.ig", "json.ignore-parse-errors", "json.fail-on-missing-field"},
		{"CREATE TABLE x (a INT) WITH ('connector' = 'kafka', 'format' = 'json', 'json.ignore-parse-errors' = 't", "true", "false"},
	} {
		at := len(x.text)
		if i := strings.Index(x.text, "  FROM"); i >= 0 {
			at = i + 1
		}
		got := s.Complete(x.text, at)
		if !slices.Contains(got, x.want) && !slices.Contains(got, strings.ToLower(x.want)) || slices.Contains(got, x.not) {
			t.Errorf("%q: %v, want %s and not %s", x.text, got, x.want, x.not)
		}
	}
	for _, text := range []string{"'", "SET '", "'''", "WITH ('", "CREATE TABLE x WITH ('a' = ", "\x00é'"} {
		for at := -1; at <= len(text)+1; at++ {
			s.Complete(text, at) // whatever it says, it says something
		}
	}
}

func FuzzComplete(f *testing.F) {
	f.Add("SELECT * FROM ", 14)
	f.Add("CREATE TABLE x WITH ('connector' = 'k", 37)
	f.Add("SET 'a' = '", 11)
	f.Fuzz(func(t *testing.T, text string, at int) {
		s, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		s.Complete(text, at)
	})
}
