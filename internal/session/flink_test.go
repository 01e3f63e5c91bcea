package session_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/session"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/parser"
)

// otherwise are the statements of testdata/flink that are answered otherwise than
// by Flink, and why.
var otherwise = map[string]string{
	"SHOW CREATE VIEW v11": "Flink puts a subquery into three pairs of parentheses",
	"SHOW CREATE VIEW v14": "Flink writes the table of a window function as a subquery",
	"SHOW CREATE VIEW v16": "Flink repeats ORDER BY and FETCH, which nothing can read",
	"SHOW CREATE VIEW v20": "Flink writes the column of USING as COALESCE",
	"SHOW CREATE VIEW v21": "Flink writes $TUMBLE, which nothing can read",
	"SHOW CREATE VIEW v22": "Flink finds the column of a NATURAL JOIN ambiguous once it has written it out",
	"SHOW CREATE VIEW v23": "Flink writes no alias behind hints",

	"CREATE VIEW v22 AS SELECT a, c FROM t NATURAL JOIN s": "as above",
}

type recorded struct {
	Statements []struct {
		SQL     string `json:"sql"`
		Kind    string `json:"kind"`
		Columns []struct {
			Name string `json:"name"`
		} `json:"columns"`
		Result [][]*string `json:"result"`
		Error  string      `json:"error"`
	} `json:"statements"`
}

// TestFlink replays what a Flink 2.2 answered to statements about tables, views,
// databases, catalogs, functions, models and modules: what passes and fails, the
// columns, and the rows but for their white space.
func TestFlink(t *testing.T) {
	files, err := filepath.Glob("testdata/flink/*.golden.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no recordings", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".golden.json"), func(t *testing.T) { replay(t, file) })
	}
}

func replay(t *testing.T, file string) {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var golden recorded
	if err := json.Unmarshal(raw, &golden); err != nil {
		t.Fatal(err)
	}
	s, serr := session.New(session.Options{})
	if serr != nil {
		t.Fatal(serr)
	}
	for _, want := range golden.Statements {
		st, perr := parser.ParseStatement(want.SQL)
		var got *session.Result
		var errs []*diag.Error
		if perr != nil {
			errs = []*diag.Error{perr}
		} else {
			s.SetScript(want.SQL)
			got, errs = s.Declare(context.Background(), st)
		}
		same := true
		switch {
		case errs != nil:
			same = want.Kind == "error"
		case want.Kind == "rows":
			same = reflect.DeepEqual(words(want.Result), words(got.Rows)) && len(want.Columns) == len(got.Columns)
			for i := range want.Columns {
				same = same && want.Columns[i].Name == got.Columns[i].Name
			}
		default:
			same = want.Kind == "ok"
		}
		why, known := otherwise[want.SQL]
		switch {
		case same && known:
			t.Errorf("%s\nis answered as by Flink, although: %s", want.SQL, why)
		case !same && !known:
			t.Errorf("%s\nFlink: %s %s %q", want.SQL, want.Kind, want.Error, words(want.Result))
			if errs != nil {
				t.Error(diag.Render(want.SQL, errs[0], false))
			} else {
				t.Errorf("here: %q", words(got.Rows))
			}
		}
	}
}

// words returns the cells with white space made single.
func words(rows [][]*string) [][]string {
	out := [][]string{}
	for _, r := range rows {
		cells := make([]string, len(r))
		for i, c := range r {
			if cells[i] = "NULL"; c != nil {
				cells[i] = strings.Join(strings.Fields(*c), " ")
			}
		}
		out = append(out, cells)
	}
	return out
}

// TestShowCreate holds that SHOW CREATE writes statements that make the same
// table or view, whatever database is current then: for what every recorded
// script declares, and for its queries as views.
func TestShowCreate(t *testing.T) {
	files, err := filepath.Glob("../../conformance/queries/testdata/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	ctx := context.Background()
	tables, views, plain := 0, 0, 0
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		first, second := open(t), open(t)
		for p := range parser.Split(strings.ReplaceAll(string(raw), "${DATA}", "data")) {
			st, perr := p.Parse()
			if perr != nil {
				continue
			}
			var show *ast.ShowCreate
			switch x := st.(type) {
			case *ast.CreateTable:
				if x.Query != nil {
					continue
				}
				show = &ast.ShowCreate{At: x.At, Kind: ast.ObjectTable, Path: x.Path}
			case *ast.CreateView:
				show = &ast.ShowCreate{At: x.At, Kind: ast.ObjectView, Path: x.Path}
			case *ast.QueryStatement:
				name := &ast.Name{At: x.At, Parts: []ast.Ident{{At: x.At, Name: "a view"}}}
				first.ExecuteStatement(ctx, &ast.Drop{At: x.At, Kind: ast.ObjectView, IfExists: true, Path: name})
				second.ExecuteStatement(ctx, &ast.Drop{At: x.At, Kind: ast.ObjectView, IfExists: true, Path: name})
				st = &ast.CreateView{At: x.At, Path: name, Query: x.Query, QueryText: p.Text()}
				show = &ast.ShowCreate{At: x.At, Kind: ast.ObjectView, Path: name}
			case *ast.Drop, *ast.Alter, *ast.Set, *ast.CreateDatabase, *ast.Use:
				first.ExecuteStatement(ctx, st)
				second.ExecuteStatement(ctx, st)
				continue
			default:
				continue
			}
			if _, errs := first.Declare(ctx, st); errs != nil {
				continue
			}
			text := shown(t, first, show)
			again, perr := parser.ParseStatement(text)
			if perr != nil {
				t.Fatalf("%s: %s\n%s", file, text, diag.Render(text, perr, false))
			}
			// Names must not depend on where the statement is run.
			run(t, second, "CREATE DATABASE IF NOT EXISTS elsewhere")
			run(t, second, "USE elsewhere")
			_, errs := second.Declare(ctx, again)
			here := *run(t, first, "SHOW CURRENT DATABASE").Rows[0][0]
			run(t, second, "USE CATALOG `"+*run(t, first, "SHOW CURRENT CATALOG").Rows[0][0]+"`")
			run(t, second, "USE `"+here+"`")
			if errs != nil {
				t.Fatalf("%s: %s\n%s", file, text, diag.Render(text, errs[0], false))
			}
			if got := shown(t, second, show); got != text {
				t.Errorf("%s: %s\nbecomes\n%s", file, text, got)
			}
			if show.Kind == ast.ObjectTable {
				tables++
			} else if views++; !strings.Contains(text, "AS `") && !strings.Contains(text, "SELECT `") {
				plain++
			}
		}
	}
	t.Logf("%d tables, %d views, %d of them not in Flink's layout", tables, views, plain)
	if tables < 400 || views < 200 || plain > views/10 {
		t.Errorf("too few: %d tables, %d views, %d of them not in Flink's layout", tables, views, plain)
	}
}

func open(t *testing.T) *session.Session {
	t.Helper()
	s, err := session.New(session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func run(t *testing.T, s *session.Session, statement string) *session.Result {
	t.Helper()
	st, err := parser.ParseStatement(statement)
	if err != nil {
		t.Fatal(diag.Render(statement, err, false))
	}
	s.SetScript(statement)
	r, errs := s.Declare(context.Background(), st)
	if errs != nil {
		t.Fatal(diag.Render(statement, errs[0], false))
	}
	return r
}

func shown(t *testing.T, s *session.Session, show *ast.ShowCreate) string {
	t.Helper()
	r, errs := s.ExecuteStatement(context.Background(), show)
	if errs != nil {
		t.Fatal(ast.Print(show), errs[0])
	}
	return *r.Rows[0][0]
}
