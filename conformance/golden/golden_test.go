package golden

import (
	"strings"
	"testing"

	"github.com/flott/flott/test/cli"
)

func p(s string) *string { return &s }

func TestCell(t *testing.T) {
	relative := Cell{Type: "DOUBLE NOT NULL", Relative: 1e-9}
	ulp := Cell{Type: "DOUBLE", ULPs: 2}
	for _, c := range []struct {
		cell      Cell
		want, got string
		equal     bool
	}{
		{Cell{Type: "INT"}, "1", "1", true},
		{Cell{Type: "INT"}, "1", "1.0", false},
		{Cell{Type: "STRING", Relative: 1e-9}, "1.0", "1.0000000000001", false},
		{Cell{Type: "DOUBLE"}, "0.1", "0.10000000000000002", false},
		{relative, "0.1", "0.10000000000000002", true},
		{relative, "0.1", "0.1000001", false},
		{relative, "1.0E10", "1.0000000000001E10", true},
		{relative, "1.0E10", "10000000000.0", false},
		{relative, "0.0", "-0.0", false},
		{relative, "NaN", "NaN", true},
		{relative, "NaN", "0.0", false},
		{relative, "Infinity", "1.7976931348623157E308", false},
		{relative, "1.0", "1.0e0", false},
		{relative, "1.0", "0x1p0", false},
		{ulp, "0.8414709848078965", "0.8414709848078966", true},
		{ulp, "0.8414709848078965", "0.8414709848078968", false},
		{ulp, "1.0", "-1.0", false},
		{ulp, "1.0E308", "-1.0E308", false},
		{ulp, "5.0E-324", "-5.0E-324", true},
		{Cell{Type: "FLOAT", ULPs: 2}, "0.1", "0.10000000000000002", false},
		{Cell{Type: "MAP<STRING, INT>"}, "{a=1, b=2}", "{b=2, a=1}", true},
		{Cell{Type: "MAP<STRING, INT>"}, "{a=1, b=2}", "{b=1, a=2}", false},
		{Cell{Type: "MAP<STRING, INT>"}, "{a=1}", "{a=1, a=1}", false},
		{Cell{Type: "ARRAY<MAP<INT, INT>>"}, "[{1=2, 3=4}, {5=6}]", "[{3=4, 1=2}, {5=6}]", true},
		{Cell{Type: "ARRAY<MAP<INT, INT>>"}, "[{1=2}, {5=6}]", "[{5=6}, {1=2}]", false},
		{Cell{Type: "MAP<INT, MAP<INT, INT>>"}, "{1={2=3, 4=5}, 6={}}", "{6={}, 1={4=5, 2=3}}", true},
		{Cell{Type: "MULTISET<STRING> NOT NULL"}, "{a=1, b=2}", "{b=2, a=1}", true},
		{Cell{Type: "ARRAY<INT>"}, "[1, 2]", "[2, 1]", false},
		{Cell{Type: "MAP<STRING, INT>"}, "{a=1, b=2", "{b=2, a=1", false},
		{Cell{Type: "STRING", JSONObject: true}, `{"a":1,"b":[1,2]}`, `{"b":[1,2],"a":1}`, true},
		{Cell{Type: "STRING", JSONObject: true}, `{"a":1,"b":[1,2]}`, `{"b":[2,1],"a":1}`, false},
		{Cell{Type: "STRING"}, `{"a":1,"b":2}`, `{"b":2,"a":1}`, false},
	} {
		if got := c.cell.Equal(&c.want, &c.got); got != c.equal {
			t.Errorf("%+v: %s and %s: equal %t", c.cell, c.want, c.got, got)
		}
		if c.equal && !c.cell.approximate() && c.cell.key(&c.want) != c.cell.key(&c.got) {
			t.Errorf("%+v: %s and %s have different keys", c.cell, c.want, c.got)
		}
	}
	if (Cell{}).Equal(nil, p("NULL")) || (Cell{}).Equal(p("NULL"), nil) || !(Cell{}).Equal(nil, nil) {
		t.Error("NULL is not the string NULL")
	}
}

func rows(lines ...string) []cli.Row {
	var out []cli.Row
	for _, l := range lines {
		f := strings.Fields(l)
		r := cli.Row{Kind: f[0]}
		for _, c := range f[1:] {
			if c == "NULL" {
				r.Cells = append(r.Cells, nil)
			} else {
				r.Cells = append(r.Cells, p(c))
			}
		}
		out = append(out, r)
	}
	return out
}

func bag(lines ...string) [][]*string {
	var out [][]*string
	for _, r := range rows(lines...) {
		out = append(out, r.Cells)
	}
	return out
}

var intDouble = []Cell{{Type: "INT"}, {Type: "DOUBLE", Relative: 1e-9}}

func TestSequence(t *testing.T) {
	want := rows("+I 1 0.5", "-U 1 0.5", "+U 1 NULL")
	for _, c := range []struct {
		got  []cli.Row
		diff string
	}{
		{rows("+I 1 0.5", "-U 1 0.50000000000001", "+U 1 NULL"), ""},
		{rows("+I 1 0.5", "+U 1 0.5", "+U 1 NULL"), "row 2 is +U[1, 0.5], want -U[1, 0.5]"},
		{rows("-U 1 0.5", "+I 1 0.5", "+U 1 NULL"), "row 1 is"},
		{rows("+I 1 0.5"), "1 rows, want 3: -U[1, 0.5] is missing"},
		{rows("+I 1 0.5", "-U 1 0.5", "+U 1 NULL", "+I 2 1.0"), "4 rows, want 3: +I[2, 1.0] is too much"},
	} {
		if diff := Sequence(intDouble, want, c.got); !strings.HasPrefix(diff, c.diff) || (diff == "") != (c.diff == "") {
			t.Errorf("%v: %q, want %q", c.got, diff, c.diff)
		}
	}
}

func TestBag(t *testing.T) {
	want := bag("+I 1 0.5", "+I 1 0.7", "+I 2 NULL", "+I 2 NULL")
	for _, c := range []struct {
		got  [][]*string
		diff string
	}{
		{bag("+I 2 NULL", "+I 1 0.70000000000001", "+I 2 NULL", "+I 1 0.5"), ""},
		{bag("+I 2 NULL", "+I 1 0.7", "+I 1 0.5"), "3 rows, want 4: [2, NULL] is missing"},
		{bag("+I 2 NULL", "+I 1 0.7", "+I 2 NULL", "+I 1 0.6"), "4 rows, want 4: [1, 0.5] is missing; too much: [1, 0.6]"},
		{bag("+I 2 NULL", "+I 1 0.7", "+I 2 NULL", "+I 1 0.5", "+I 3 1.0"), "5 rows, want 4; too much: [3, 1.0]"},
		{nil, "0 rows, want 4: [1, 0.5] is missing"},
	} {
		if diff := Bag(intDouble, want, c.got); diff != c.diff {
			t.Errorf("%q, want %q", diff, c.diff)
		}
	}
}

func TestFold(t *testing.T) {
	got, err := Fold(rows("+I 1 a", "+I 2 b", "-U 1 a", "+U 1 c", "-D 2 b", "+I 1 c", "+I 3 NULL"))
	if err != nil {
		t.Fatal(err)
	}
	text := []Cell{{Type: "INT"}, {Type: "STRING"}}
	if diff := Bag(text, bag("+I 1 c", "+I 1 c", "+I 3 NULL"), got); diff != "" {
		t.Error(diff)
	}
	if _, err := Fold(rows("+I 1 a", "-D 1 b")); err == nil || !strings.Contains(err.Error(), "row 2, -D[1, b]") {
		t.Errorf("error %v", err)
	}
}

func TestColumns(t *testing.T) {
	want := []cli.Column{{Name: "a", Type: "INT"}, {Name: "b", Type: "STRING"}}
	for _, c := range []struct {
		got  []cli.Column
		diff string
	}{
		{want, ""},
		{want[:1], "1 columns, want 2"},
		{[]cli.Column{{Name: "a", Type: "INT"}, {Name: "B", Type: "STRING"}}, `column 2 is "B", want "b"`},
		{[]cli.Column{{Name: "a", Type: "INT NOT NULL"}, {Name: "b", Type: "STRING"}}, `column "a" is INT NOT NULL, want INT`},
	} {
		if diff := Columns(want, c.got); diff != c.diff {
			t.Errorf("%q, want %q", diff, c.diff)
		}
	}
}

func TestRefused(t *testing.T) {
	failure := func(code string) *cli.Failure {
		return &cli.Failure{Stage: "validate", Code: code, Message: "m"}
	}
	for _, c := range []struct {
		want Refusal
		code string
		ok   bool
	}{
		{Refusal{"validate", "Column 'x' not found in any table"}, "unknown-column", true},
		{Refusal{"validate", "Column 'x' not found in any table"}, "not-supported", false},
		{Refusal{"validate", "Column 'x' not found in any table"}, "internal", false},
		{Refusal{"plan", "OVER windows' ordering in stream mode must be defined on a time attribute."}, "not-supported", false},
		{Refusal{"plan", "FULL OUTER JOIN is not supported here"}, "not-supported", true},
		{Refusal{"plan", "Currently does not support set operations"}, "not-supported", true},
	} {
		if diff := Refused(c.want, failure(c.code)); (diff == "") != c.ok {
			t.Errorf("%+v, %s: %q", c.want, c.code, diff)
		}
	}
}

func TestSameTokens(t *testing.T) {
	want := "CREATE TABLE `c`.`t` (\n  `id` INT\n)\nWITH (\n  'connector' = 'a b'\n)\n"
	for got, same := range map[string]bool{
		"CREATE TABLE `c` . `t` (`id` INT) WITH ('connector'='a b')":  true,
		"CREATE TABLE `c`.`t` (`id` INT) WITH ('connector'='a  b')":   false,
		"CREATE TABLE `c`.`t` (`id` BIGINT) WITH ('connector'='a b')": false,
		"CREATE TABLE `c`.`t` (`id` INT) WITH ('connector'='a b'":     false,
		"CREATE TABLE `c`.`t` (`id` INT) WITH ('connector'='a b":      false,
	} {
		if SameTokens(want, got) != same {
			t.Errorf("%s: same %t", got, !same)
		}
	}
}

func FuzzCell(f *testing.F) {
	f.Add("MAP<STRING, INT>", "{a=1, b={2=3}}", "{b={2=3}, a=1}")
	f.Add("DOUBLE", "1.0E10", "-Infinity")
	f.Fuzz(func(t *testing.T, typ, want, got string) {
		c := Cell{Type: typ, Relative: 1e-9, ULPs: 2}
		if !c.Equal(&want, &want) {
			t.Error("a cell is not equal to itself")
		}
		if c.Equal(&want, &got) != c.Equal(&got, &want) {
			t.Error("Equal depends on the order")
		}
	})
}
