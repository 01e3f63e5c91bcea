package expr

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flott/flott/test/cli"
)

func value(typ, v string) string {
	cell := fmt.Sprintf("%q", v)
	if v == "NULL" {
		cell = "null"
	}
	return fmt.Sprintf(`{"statement":1,"columns":[{"name":"c","type":%q}],"mode":"batch"}
{"statement":1,"row":["+I",%s]}
{"statement":1,"status":"finished","rows":1}
`, typ, cell)
}

func failure(statement int, stage, code string) string {
	return fmt.Sprintf(`{"statement":%d,"status":"error","stage":%q,"code":%q,"message":"m"}`+"\n", statement, stage, code)
}

func TestDifference(t *testing.T) {
	text := func(s string) *string { return &s }
	two := testCase{Expr: "1 + 1", answer: answer{Type: "INT NOT NULL", Value: text("2")}}
	null := testCase{Expr: "NULLIF(1, 1)", answer: answer{Type: "INT"}}
	folded := testCase{Expr: "1e0 / 0", answer: answer{Type: "DOUBLE NOT NULL", Value: text("Infinity")}, Alt: []answer{{Error: "Division by zero", Stage: "plan"}}}
	overflow := testCase{Expr: "d * d", answer: answer{Error: "Column 'c' is NOT NULL", Stage: "run"}, Alt: []answer{{}}}
	refused := testCase{Expr: "foo(1)", answer: answer{Error: "No match found for function signature foo(<NUMERIC>)", Stage: "validate"}}
	fails := testCase{Expr: "CAST('x' AS INT)", answer: answer{Error: "For input string: 'x'", Stage: "run"}}
	sine := testCase{Expr: "SIN(1)", answer: answer{Type: "DOUBLE NOT NULL", Value: text("0.8414709848078965")}}
	root := testCase{Expr: "SQRT(2)", answer: answer{Type: "DOUBLE NOT NULL", Value: text("1.4142135623730951")}}
	for _, c := range []struct {
		c    testCase
		out  string
		diff string
	}{
		{two, value("INT NOT NULL", "2"), ""},
		{two, value("INT", "2"), "is INT, want INT NOT NULL"},
		{two, value("INT NOT NULL", "3"), `is "3", want "2"`},
		{two, value("INT NOT NULL", "NULL"), `is NULL, want "2"`},
		{two, failure(1, "validate", "not-supported"), "validate error[not-supported]"},
		{two, "", "no answer"},
		{two, `{"statement":1,"columns":[{"name":"c","type":"INT NOT NULL"}],"mode":"batch"}`, "no answer"},
		{null, value("INT", "NULL"), ""},
		{null, value("INT", "null"), `is "null", want NULL`},
		{folded, value("DOUBLE NOT NULL", "Infinity"), ""},
		{folded, failure(1, "plan", "division-by-zero"), ""},
		{folded, value("DOUBLE NOT NULL", "NaN"), `is "NaN", want "Infinity"`},
		{overflow, value("DECIMAL(38, 0) NOT NULL", "NULL"), ""},
		{overflow, failure(1, "run", "null-in-not-null"), ""},
		{overflow, value("DECIMAL(38, 0) NOT NULL", "1"), `answers "1", but fails in Flink`},
		{refused, failure(1, "validate", "unknown-function"), ""},
		{refused, failure(1, "run", "unknown-function"), "run error[unknown-function]: m; Flink refuses it before"},
		{refused, failure(1, "validate", "not-supported"), "validate error[not-supported]"},
		{refused, value("INT", "1"), `answers "1", but fails in Flink (validate)`},
		{fails, failure(1, "plan", "not-a-number"), ""},
		{fails, failure(1, "run", "internal"), "a defect"},
		{sine, value("DOUBLE NOT NULL", "0.8414709848078966"), ""},
		{root, value("DOUBLE NOT NULL", "1.4142135623730953"), `is "1.4142135623730953"`},
		{refused, value("INT", "1") + failure(2, "parse", "syntax"), ""},
	} {
		answers, err := cli.ParseAnswers([]byte(c.out))
		if err != nil {
			t.Fatal(err)
		}
		if diff := c.c.difference(answers); !strings.HasPrefix(diff, c.diff) || (diff == "") != (c.diff == "") {
			t.Errorf("%s: %q, want %q", c.c.Expr, diff, c.diff)
		}
	}
}

func TestApart(t *testing.T) {
	for expr, want := range map[string]bool{
		"1 + 1": false, "'a;b'": false, "'it''s'": false, "1 -- it's": false, "1 /* it's ; */ + 1": false, "`a``b`": false, "--1": false,
		"1; 2": true, "'open": true, "`open": true, `"open`: true, "/* open": true, "1 -- x\n; 2": true, "/* a */ */": false,
	} {
		if apart(expr) != want {
			t.Errorf("%s: apart %t", expr, !want)
		}
	}
}

func TestLoad(t *testing.T) {
	cases, err := loadAll("testdata")
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) != 8292 {
		t.Errorf("%d expressions, want 8292", len(cases))
	}
	names := map[string]bool{}
	var byKind [kinds]int
	for _, c := range cases {
		if names[c.name()] {
			t.Errorf("%s is there twice", c.name())
		}
		if strings.ContainsAny(c.name(), "\t\n") {
			t.Errorf("%q is not one field of a line", c.name())
		}
		names[c.name()] = true
		byKind[c.kind()]++
	}
	if want := [kinds]int{5158, 1063, 2071}; byKind != want {
		t.Errorf("values, NULLs and errors %v, want %v", byKind, want)
	}
	quirks, err := load(filepath.Join("testdata", quirksFile))
	if err != nil || len(quirks) == 0 {
		t.Errorf("%d quirks, %v", len(quirks), err)
	}
}
