package expr_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/flott/flott/catalog"
	"github.com/flott/flott/internal/exec/expr"
	"github.com/flott/flott/internal/function"
	_ "github.com/flott/flott/internal/function/all"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/bind"
	"github.com/flott/flott/internal/sql/parser"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// columns are what the expressions of these tests may name.
var columns = map[string]spec.Expr{
	"i": spec.Col(0, types.TInt), "j": spec.Col(1, types.TInt), "s": spec.Col(2, types.TString),
	"d": spec.Col(3, types.DecimalOf(10, 2)), "b": spec.Col(4, types.TBoolean), "a": spec.Col(5, types.ArrayOf(types.TInt)),
}

// parse binds a text in which columns are written as :i — a call of NULLIF
// keeps their place while it is bound, with a type and nullable.
func parse(t testing.TB, text string) spec.Expr {
	t.Helper()
	stand := map[string]string{
		":i": "NULLIF(1000001, 0)", ":j": "NULLIF(1000002, 0)", ":s": "NULLIF(CAST('1000003' AS STRING), '')",
		":d": "NULLIF(CAST(1000004 AS DECIMAL(10, 2)), 0.5)", ":b": "NULLIF(TRUE, 'x' = 'y')", ":a": "CAST(NULL AS ARRAY<INT>)",
	}
	bound := func(text string) spec.Expr {
		tree, perr := parser.ParseExpr(text)
		if perr != nil {
			t.Fatalf("%s: %v", text, perr)
		}
		e, errs := bind.New(catalog.New(), bind.Options{}).Expr(tree)
		if len(errs) > 0 {
			t.Fatalf("%s: %v", text, errs[0])
		}
		return e
	}
	places := map[string]spec.Expr{}
	for name, sql := range stand {
		places[show(bound(sql))] = columns[name[1:]]
		text = strings.ReplaceAll(text, name, sql)
	}
	var replace func(e spec.Expr) spec.Expr
	replace = func(e spec.Expr) spec.Expr {
		if c, ok := places[show(e)]; ok {
			return c
		}
		args := make([]spec.Expr, len(e.Args))
		for i, a := range e.Args {
			args[i] = replace(a)
		}
		e.Args = args
		return e
	}
	return replace(bound(text))
}

func show(e spec.Expr) string {
	s := e.Type.Nullable().String() + " " + e.Call
	if e.Literal != nil {
		s += e.Literal.Text
		if e.Literal.Null {
			s += "NULL"
		}
	}
	for _, a := range e.Args {
		s += "(" + show(a) + ")"
	}
	return s
}

// rows makes a batch of n random rows; some values are NULL, some are zero.
func rows(r *rand.Rand, n int) *vector.Batch {
	var ts []types.Type
	for _, name := range []string{"i", "j", "s", "d", "b", "a"} {
		ts = append(ts, columns[name].Type)
	}
	b := vector.NewBatch(ts, n)
	for range n {
		for k, c := range b.Cols {
			if r.IntN(5) == 0 {
				c.AppendNull()
				continue
			}
			switch k {
			case 0, 1:
				vector.Append(c, int32(r.IntN(7)-3))
			case 2:
				c.AppendString([]string{"", "abc", "12", "x,y,z", "日本", "  7 "}[r.IntN(6)])
			case 3:
				vector.Append(c, int64(r.IntN(2000)-1000))
			case 4:
				vector.Append(c, r.IntN(2) == 0)
			case 5:
				for range r.IntN(3) {
					vector.Append(c.Child(0), int32(r.IntN(3)))
				}
				c.CloseList()
			}
		}
		b.SetLen(b.Len() + 1)
	}
	return b
}

var expressions = []string{
	":i + :j * 2 - 1", ":i / 2 + :j % 3", "CASE WHEN :j <> 0 THEN :i / :j ELSE -1 END", ":j <> 0 AND :i / :j > 0",
	":j = 0 OR :i / :j > 0", ":b AND :i > 0 AND :s LIKE '%a%'", ":b OR :i > 0 OR :j IS NULL", "COALESCE(:i, :j, 0)",
	"COALESCE(:s, CAST(:i AS STRING), 'none')", "IF(:b, :s, UPPER(:s) || '!')", "CASE :i WHEN 1 THEN 'one' WHEN 2 THEN 'two' ELSE 'many' END",
	"CASE WHEN :b THEN :a ELSE ARRAY[:i, :j] END", "NULLIF(:i, :j)", ":i IN (1, 2, :j)", ":i NOT IN (1, 2, 3, 4, 5, 6, 7, 8, 9, 10)",
	":i BETWEEN :j AND 2", ":i BETWEEN SYMMETRIC :j AND 2", "SUBSTRING(:s FROM 2 FOR 1)", "SPLIT_INDEX(:s, ',', 1)", "TRY_CAST(:s AS INT)",
	"CASE WHEN REGEXP(:s, '^ *[0-9]+ *$') THEN CAST(:s AS INT) ELSE 0 END", ":d + :d * 2", ":d / 3", "CAST(:d AS INT) + :i", "CAST(:i AS DECIMAL(10, 2)) = :d",
	"CARDINALITY(:a)", ":a[:i]", "ROW(:i, :s, :a)", "MAP[:i, :s]", "CONCAT_WS('-', :s, :s)", ":i IS DISTINCT FROM :j", "NOT :b", ":b IS NOT TRUE",
	"GREATEST(:i, :j)", "CHAR_LENGTH(:s) + :i", "CASE WHEN :b THEN CASE WHEN :j > 0 THEN :i / :j ELSE :i END END", "JSON_OBJECT('k' VALUE :i, 's' VALUE :s)",
	"CAST(:a AS ARRAY<STRING>)", "CAST(ROW(:i, :s) AS STRING)", "ARRAY_CONTAINS(:a, :i)", "LOWER(:s) = UPPER(:s)", "(:i + :j) * (:i + :j)", "ROUND(:d, 1)",
}

// TestRowsAlone: what a batch gives for a row is what the row gives alone, also
// when the program has seen other batches before.
func TestRowsAlone(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, text := range expressions {
		e := parse(t, text)
		whole, err := expr.Compile(e, nil)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		alone, err := expr.Compile(e, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{0, 1, 7, 64, 200, 3} {
			b := rows(r, n)
			v, err := whole.Eval(b)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			if v.Len() != n || v.Const {
				t.Fatalf("%s: %d rows, want %d", text, v.Len(), n)
			}
			for i := range n {
				one := vector.NewBatch(typesOf(b), 1)
				one.AppendRow(b, i)
				w, err := alone.Eval(one)
				if err != nil {
					t.Fatalf("%s: row %d alone: %v", text, i, err)
				}
				got, want := vector.AppendText(nil, v, i, types.UTC), vector.AppendText(nil, w, 0, types.UTC)
				if string(got) != string(want) {
					t.Fatalf("%s: row %d of %d is %s, alone it is %s", text, i, n, got, want)
				}
			}
		}
	}
}

func typesOf(b *vector.Batch) []types.Type {
	var ts []types.Type
	for _, c := range b.Cols {
		ts = append(ts, c.Type())
	}
	return ts
}

// TestErrorsNameTheirRow: also inside lazy forms, where rows are gathered.
func TestErrorsNameTheirRow(t *testing.T) {
	b := vector.NewBatch([]types.Type{types.TInt, types.TInt, types.TString, types.DecimalOf(10, 2), types.TBoolean, types.ArrayOf(types.TInt)}, 4)
	for i, j := range []int32{1, 0, 2, 0} {
		vector.Append(b.Cols[0], int32(i))
		vector.Append(b.Cols[1], j)
		for _, c := range b.Cols[2:] {
			c.AppendNull()
		}
		b.SetLen(i + 1)
	}
	for text, row := range map[string]int{
		":i / :j": 1, "CASE WHEN :i > 1 THEN 10 / :j ELSE 0 END": 3, ":i >= 2 AND 1 / :j = 0": 3,
		"CASE WHEN :i > 0 THEN CASE WHEN :i > 2 THEN 1 / :j END END": 3, "COALESCE(NULLIF(:i, 3), 5 / :j)": 3,
	} {
		p, err := expr.Compile(parse(t, text), nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Eval(b)
		var at *function.RowError
		if !errors.As(err, &at) || at.Row != row {
			t.Errorf("%s: %v, want an error in row %d", text, err, row)
		}
	}
}

// TestFold: constants become literals; what fails or changes stays.
func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		"1 + 2 * 3": "7", "UPPER('a') || 'b'": "Ab", "ARRAY[1, NULL]": `["1",null]`, "CASE WHEN 1 > 2 THEN 1 / 0 ELSE 5 END": "5",
		"1 / 0": "call", "RAND() < 2": "call", "CURRENT_DATE IS NULL": "call", ":i + 1": "call", ":b AND FALSE": "FALSE", ":b OR 1 = 1": "TRUE",
		"TIME '01:02:03'": "01:02:03", "MAP['a', 1]": `[["a","1"]]`, "CAST(X'0102' AS BYTES)": "0102",
	} {
		e := expr.Fold(parse(t, text), nil)
		got := "call"
		if e.Literal != nil {
			got = e.Literal.Text
		}
		if got != want {
			t.Errorf("%s folds to %s, want %s", text, got, want)
		}
	}
	e := expr.Fold(parse(t, "CURRENT_DATE IS NULL"), &function.Env{Batch: true})
	if e.Literal == nil {
		t.Error("in batch mode CURRENT_DATE is a constant")
	}
}

// TestCurrentWatermark: each row sees the marks before it.
func TestCurrentWatermark(t *testing.T) {
	at := types.TimestampOf(3)
	e := spec.Call("CURRENT_WATERMARK", at, spec.Col(0, at))
	started := types.MinInstant
	p, err := expr.Compile(e, &function.Env{Watermark: func() types.Instant { return started }})
	if err != nil {
		t.Fatal(err)
	}
	b := vector.NewBatch([]types.Type{at}, 4)
	for range 4 {
		vector.Append(b.Cols[0], int64(0))
	}
	b.SetLen(4)
	b.Marks = []vector.Mark{{Row: 1, Watermark: 1000}, {Row: 1, Watermark: 2000}, {Row: 3, Watermark: 3000}, {Row: 4, Watermark: 9000}}
	check := func(want ...string) {
		t.Helper()
		v, err := p.Eval(b)
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range want {
			if got := string(vector.AppendText(nil, v, i, types.UTC)); got != w {
				t.Errorf("row %d sees %s, want %s", i, got, w)
			}
		}
	}
	check("NULL", "1970-01-01 00:00:02.000", "1970-01-01 00:00:02.000", "1970-01-01 00:00:03.000")
	started = 9000
	check("1970-01-01 00:00:09.000", "1970-01-01 00:00:09.000", "1970-01-01 00:00:09.000", "1970-01-01 00:00:09.000")
}

// TestNoAllocation: a program in steady state takes no memory (P3).
func TestNoAllocation(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	b := rows(r, 512)
	for _, text := range []string{
		":i + :j * 2 > 3 AND :b", "CASE WHEN :j <> 0 THEN :i / :j ELSE 0 END", ":d + 1", "UPPER(:s)", "SUBSTRING(:s, 2)", "COALESCE(:s, 'x')",
		":s LIKE 'a%'", "CAST(:i AS STRING)", "CASE WHEN :b THEN 'yes' ELSE 'no' END", ":i IN (1, 2, 3)",
	} {
		p, err := expr.Compile(parse(t, text), nil)
		if err != nil {
			t.Fatal(err)
		}
		run := func() {
			if _, err := p.Eval(b); err != nil {
				t.Fatal(err)
			}
		}
		run()
		if n := testing.AllocsPerRun(20, run); n > 0 {
			t.Errorf("%s allocates %.0f times per batch", text, n)
		}
	}
}

// TestShared: equal subexpressions are computed once, and a column that is only
// passed on is not copied.
func TestShared(t *testing.T) {
	b := rows(rand.New(rand.NewPCG(9, 9)), 10)
	sum := parse(t, ":i + :j")
	p, err := expr.CompileList([]spec.Expr{columns["s"], sum, sum}, nil)
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.EvalAll(b)
	if err != nil {
		t.Fatal(err)
	}
	if out[0] != b.Cols[2] {
		t.Error("the column was copied")
	}
	if out[1] != out[2] {
		t.Error("i + j was computed twice")
	}
}

func BenchmarkFilterAndArithmetic(b *testing.B) {
	batch := rows(rand.New(rand.NewPCG(1, 1)), 1024)
	p, err := expr.Compile(parse(b, ":i + :j * 2 > 3 AND :b"), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Eval(batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1024, "ns/row")
}

func BenchmarkCaseDivision(b *testing.B) {
	batch := rows(rand.New(rand.NewPCG(1, 1)), 1024)
	p, err := expr.Compile(parse(b, "CASE WHEN :j <> 0 THEN :i / :j ELSE 0 END"), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Eval(batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1024, "ns/row")
}
