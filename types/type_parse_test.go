package types

import (
	"bufio"
	"encoding/json"
	"os"
	"testing"
)

// testdata/summary_strings.txt holds every type that a real Flink printed for
// our recorded expressions and queries.
func TestParseSummaryStrings(t *testing.T) {
	f, err := os.Open("testdata/summary_strings.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	for sc := bufio.NewScanner(f); sc.Scan(); n++ {
		typ, err := Parse(sc.Text())
		if err != nil {
			t.Error(err)
			continue
		}
		if got := typ.String(); got != sc.Text() {
			t.Errorf("%s comes back as %s", sc.Text(), got)
		}
	}
	if n < 300 {
		t.Fatalf("only %d lines", n)
	}
}

func TestParseType(t *testing.T) {
	for in, want := range map[string]string{
		"integer": "INT", "dec": "DECIMAL(10, 0)", "numeric( 5 )": "DECIMAL(5, 0)", "char": "CHAR(1)", "character varying(3)": "VARCHAR(3)",
		"VARCHAR(2147483647)": "STRING", "VARBINARY(2147483647) NOT NULL": "BYTES NOT NULL", "binary varying(2)": "VARBINARY(2)", "double precision": "DOUBLE",
		"time": "TIME(0)", "time(3) without time zone": "TIME(3)", "timestamp": "TIMESTAMP(6)", "timestamp(3) with local time zone not null": "TIMESTAMP_LTZ(3) NOT NULL",
		"timestamp without time zone": "TIMESTAMP(6)", "int array": "ARRAY<INT>", "int not null multiset not null": "MULTISET<INT NOT NULL> NOT NULL",
		"row(a int, b row<c string 'it''s'>)": "ROW<`a` INT, `b` ROW<`c` STRING 'it''s'>>", "ROW<`a``b` INT>": "ROW<`a``b` INT>", "ROW<>": "ROW<>", "ROW()": "ROW<>",
		"map<string,array<int>>": "MAP<STRING, ARRAY<INT>>", "STRUCTURED<'c'>": "STRUCTURED<'c'>", "STRUCTURED<'c', x INT NULL>": "STRUCTURED<'c', `x` INT>",
		"RAW('a.B', ?)": "RAW('a.B', ?)", "raw('a', 'xyz') not null": "RAW('a', ?) NOT NULL", "INTERVAL YEAR": "INTERVAL YEAR(2)", "INTERVAL YEAR(3) TO MONTH": "INTERVAL YEAR(3) TO MONTH",
		"INTERVAL DAY(3) TO SECOND(1)": "INTERVAL DAY(3) TO SECOND(1)", "INTERVAL HOUR TO SECOND": "INTERVAL HOUR TO SECOND(6)", "INTERVAL SECOND(2, 3)": "INTERVAL SECOND(3)",
		"INTERVAL MONTH": "INTERVAL MONTH", "TIMESTAMP_LTZ(3) NOT NULL *PROCTIME*": "TIMESTAMP_LTZ(3) NOT NULL *PROCTIME*", "?": "?", "NULL": "NULL", "SYMBOL": "SYMBOL",
	} {
		typ, err := Parse(in)
		if err != nil || typ.String() != want {
			t.Errorf("%s is %v, %v; want %s", in, typ, err, want)
		}
	}
	for _, in := range []string{
		"", "FOO", "INT INT", "DECIMAL(39, 1)", "DECIMAL(5, 6)", "DECIMAL(0)", "TIMESTAMP(10)", "ARRAY<INT", "ARRAY<>", "MAP<INT>", "ROW<a>", "ROW<a INT,>", "ROW<`a INT>",
		"INTERVAL", "INTERVAL MONTH TO YEAR", "INTERVAL DAY TO", "VARCHAR(x)", "VARCHAR(99999999999)", "STRUCTURED<x INT>", "RAW('a')", "INT *FOO*", "INT NOT",
	} {
		if typ, err := Parse(in); err == nil {
			t.Errorf("%q is %v", in, typ)
		}
	}
}

func TestTypeText(t *testing.T) {
	in := RowOf(Field{Name: "ts", Type: TimestampOf(3).WithAttr(Rowtime)}, Field{Name: "x", Type: TInt.Required(), Comment: "it's"})
	b, err := json.Marshal(struct{ T Type }{in})
	if err != nil {
		t.Fatal(err)
	}
	var out struct{ T Type }
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	if out.T.String() != in.String() || out.T.Fields[0].Type.Attr != Rowtime || out.T.Fields[1].Comment != "it's" {
		t.Errorf("%s came back as %v", b, out.T)
	}
	if err := json.Unmarshal([]byte(`{"T":"INTT"}`), &out); err == nil {
		t.Error("INTT is a type")
	}
}

func FuzzParseType(f *testing.F) {
	for _, s := range []string{"INT NOT NULL", "ROW<`a` ARRAY<INT>, b MAP<STRING, INT> 'x'>", "INTERVAL DAY(2) TO SECOND(3)", "STRUCTURED<'c', x INT>", "RAW('a', ?)", "TIMESTAMP(3) *ROWTIME*"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		typ, err := Parse(s)
		if err != nil {
			return
		}
		text := typ.String()
		back, err := Parse(text)
		if err != nil || back.String() != text {
			t.Fatalf("%q prints %q, which reads as %v, %v", s, text, back, err)
		}
	})
}
