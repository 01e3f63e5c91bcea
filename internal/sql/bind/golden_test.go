package bind_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"

	"github.com/flott/flott/catalog"
	_ "github.com/flott/flott/connector/all"
	_ "github.com/flott/flott/format/all"
	"github.com/flott/flott/internal/diag"
	_ "github.com/flott/flott/internal/function/all"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/bind"
	"github.com/flott/flott/internal/sql/parser"
	"github.com/flott/flott/internal/sql/plan"
)

const goldens = "../../../conformance"

// tally counts outcomes by family.
type tally struct {
	right, unsupported, total int
	wrong                     []string
}

type tallies map[string]*tally

func (t tallies) of(family string) *tally {
	if t[family] == nil {
		t[family] = &tally{}
	}
	return t[family]
}

func (t tallies) log(tb testing.TB) (right, unsupported, total int) {
	var names []string
	for n := range t {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		f := t[n]
		right, unsupported, total = right+f.right, unsupported+f.unsupported, total+f.total
		tb.Logf("%-20s %5d of %5d as in Flink, %d not supported", n, f.right, f.total, f.unsupported)
		if testing.Verbose() {
			for _, w := range f.wrong {
				tb.Log("    " + w)
			}
		}
	}
	tb.Logf("%-20s %5d of %5d as in Flink, %d not supported", "all", right, total, unsupported)
	return right, unsupported, total
}

// session binds a script's statements one after the other, as a session does.
type session struct {
	cat   *catalog.Manager
	batch bool
	plans func(plan.Node) // nil, or told of each plan
}

// run binds one statement; a query answers its columns.
func (s *session) run(text string) ([]plan.Field, []*diag.Error) {
	st, err := parser.ParseStatement(text)
	if err != nil {
		return nil, []*diag.Error{err}
	}
	return s.bind(st, text)
}

func (s *session) bind(st ast.Statement, text string) ([]plan.Field, []*diag.Error) {
	b := bind.New(s.cat, bind.Options{Batch: s.batch, Script: text})
	if handled, errs := b.DDL(st); handled {
		return nil, errs
	}
	if t, handled, errs := b.Show(st); handled {
		if len(errs) > 0 {
			return nil, errs
		}
		return t.Columns, nil
	}
	switch st := st.(type) {
	case *ast.QueryStatement:
		n, errs := b.Query(st.Query)
		if len(errs) > 0 {
			return nil, errs
		}
		if s.plans != nil {
			s.plans(n)
		}
		return n.Fields(), nil
	case *ast.Insert:
		n, errs := b.Insert(st)
		if len(errs) == 0 && s.plans != nil {
			s.plans(n)
		}
		return nil, errs
	case *ast.StatementSet:
		for _, ins := range st.Inserts {
			if _, errs := b.Insert(ins); len(errs) > 0 {
				return nil, errs
			}
		}
	case *ast.CreateTable:
		t, errs := b.CreateTable(st)
		if len(errs) > 0 {
			return nil, errs
		}
		if _, errs := b.InsertInto(t, st.Query, st.Path.Span); len(errs) > 0 {
			return nil, errs
		}
		s.cat.Create(t, false, false)
	case *ast.Explain:
		_, errs := s.bind(st.Statement, text)
		return []plan.Field{{Name: "result"}}, errs
	case *ast.Set:
		if st.Key != nil && st.Key.Value == "execution.runtime-mode" {
			s.batch = strings.EqualFold(st.Value.Value, "batch")
		}
	case *ast.Reset:
		if st.Key == nil || st.Key.Value == "execution.runtime-mode" {
			s.batch = false
		}
	}
	return nil, nil
}

// unlike are the statements that do not bind as in Flink, by script and number.
var unlike = map[string]string{
	"syntax_ext_10 3": "TABLESAMPLE",
	"err_set_02 2":    "the time zone before it is refused already",
	"err_multi_03 4":  "refused by the session",
	"err_multi_03 5":  "refused by the session",
}

// TestGoldenQueries binds every statement of the 407 scripts and of TPC-H, and
// holds columns and refusals against Flink's.
func TestGoldenQueries(t *testing.T) {
	paths, _ := filepath.Glob(goldens + "/queries/testdata/*.golden.json")
	tpch, _ := filepath.Glob(goldens + "/queries/testdata/tpch/*.golden.json")
	if len(tpch) != 44 {
		t.Fatalf("%d queries of TPC-H", len(tpch))
	}
	paths = append(paths, tpch...)
	if len(paths) == 0 {
		t.Fatal("no goldens")
	}
	number := regexp.MustCompile(`_\d+(_batch)?$`)
	all := tallies{}
	met := map[string]bool{}
	for _, p := range paths {
		raw, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		var g struct {
			Statements []struct {
				SQL, Kind, Stage, Error string
				Columns                 []struct{ Name, Type string }
			}
		}
		if err := json.Unmarshal(raw, &g); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(p), ".golden.json")
		family := number.ReplaceAllString(name, "")
		s := &session{cat: catalog.New(), plans: func(n plan.Node) { check(t, n) }}
		for i, st := range g.Statements {
			f := all.of(family)
			f.total++
			cols, errs := s.run(st.SQL)
			number := fmt.Sprintf("%s %d", name, i+1)
			wrong := func(format string, args ...any) {
				f.wrong = append(f.wrong, number+": "+fmt.Sprintf(format, args...))
				met[number] = true
				if unlike[number] == "" {
					t.Errorf("%s: %s\n%s", number, fmt.Sprintf(format, args...), st.SQL)
				}
			}
			switch {
			case st.Kind == "error" && (st.Stage == "parse" || st.Stage == "validate"):
				if len(errs) == 0 {
					wrong("no error; Flink: %s", st.Error)
					continue
				}
			case st.Kind == "error": // at a later stage, or now
			case len(errs) > 0:
				wrong("%v", errs[0])
				continue
			case st.Kind == "query":
				var got, want []string
				for _, c := range cols {
					got = append(got, c.Name+" "+c.Type.String())
				}
				for _, c := range st.Columns {
					want = append(want, c.Name+" "+c.Type)
				}
				if strings.Join(got, ", ") != strings.Join(want, ", ") {
					wrong("columns\n        got  %s\n        want %s", strings.Join(got, ", "), strings.Join(want, ", "))
					continue
				}
			}
			f.right++
		}
	}
	all.log(t)
	for n := range unlike {
		if !met[n] {
			t.Errorf("%s binds as in Flink now: take it off the list", n)
		}
	}
}

// TestGoldenExpressions holds the types of 5,894 expressions against Flink's.
func TestGoldenExpressions(t *testing.T) {
	paths, _ := filepath.Glob(goldens + "/expr/testdata/*.jsonl")
	if len(paths) == 0 {
		t.Fatal("no goldens")
	}
	all := tallies{}
	for _, p := range paths {
		family := strings.TrimSuffix(filepath.Base(p), ".jsonl")
		if family == "flink-quirks" {
			continue // any sane answer is right there
		}
		file, err := os.Open(p)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var g struct {
				Expr, Type, Error, Stage string
				Alt                      []struct{ Type, Error string }
			}
			if err := json.Unmarshal(lines.Bytes(), &g); err != nil {
				t.Fatal(err)
			}
			f := all.of(family)
			f.total++
			s := &session{cat: catalog.New(), batch: true}
			cols, errs := s.run("SELECT " + g.Expr + "\n AS c")
			wrong := func(format string, args ...any) {
				f.wrong = append(f.wrong, fmt.Sprintf("%s: ", g.Expr)+fmt.Sprintf(format, args...))
			}
			refused := g.Error != "" && (g.Stage == "parse" || g.Stage == "validate")
			switch {
			case refused && len(errs) > 0:
				f.right++
			case refused:
				wrong("no error; Flink: %s", g.Error)
			case len(errs) > 0 && errs[0].Code == "not-supported" || len(errs) > 0 && errs[0].Code == "unknown-function":
				f.unsupported++
				wrong("%v", errs[0])
			case g.Error != "":
				f.right++ // while planning or running, or now
			case len(errs) > 0:
				wrong("%v", errs[0])
			case cols[0].Type.String() != g.Type:
				wrong("got %s, want %s", cols[0].Type, g.Type)
			default:
				f.right++
			}
		}
		file.Close()
	}
	right, unsupported, total := all.log(t)
	if right+unsupported < total*95/100 {
		t.Errorf("%d of %d expressions differ from Flink's answers", total-right-unsupported, total)
	}
}
