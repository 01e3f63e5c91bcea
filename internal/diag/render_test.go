package diag

import (
	"strings"
	"testing"
)

// at returns the span of the n-th occurrence (from 0) of part in script.
func at(t *testing.T, script, part string, n int) Span {
	t.Helper()
	from := 0
	for ; ; n-- {
		i := strings.Index(script[from:], part)
		if i < 0 {
			t.Fatalf("no %q in %q", part, script)
		}
		if n == 0 {
			return Span{from + i, from + i + len(part)}
		}
		from += i + 1
	}
}

func TestRender(t *testing.T) {
	for _, c := range []struct {
		name, script string
		err          func(span func(part string, n int) Span) *Error
		want         string
	}{
		{
			name:   "one mark",
			script: "SELECT usr_id, COUNT(*) FROM clicks GROUP BY usr_id",
			err: func(span func(string, int) Span) *Error {
				return &Error{Code: "unknown-column", Message: `column "usr_id" does not exist`, Span: span("usr_id", 0),
					Help: `did you mean "user_id"? (clicks has: user_id, url, ts)`}
			},
			want: `
error[unknown-column]: column "usr_id" does not exist
  --> line 1, column 8
 1 | SELECT usr_id, COUNT(*) FROM clicks GROUP BY usr_id
   |        ^^^^^^
help: did you mean "user_id"? (clicks has: user_id, url, ts)
`,
		},
		{
			name:   "two labels on one line",
			script: "SELECT * FROM orders WHERE country = 7",
			err: func(span func(string, int) Span) *Error {
				return &Error{Code: "type-mismatch", Message: "cannot compare STRING with INT", Span: span("country", 0), Label: "STRING",
					Labels: []Label{{Span: span("7", 0), Text: "INT"}}, Help: "CAST(country AS INT) or compare with '7'"}
			},
			want: `
error[type-mismatch]: cannot compare STRING with INT
  --> line 1, column 28
 1 | SELECT * FROM orders WHERE country = 7
   |                            ^^^^^^^   ^ INT
   |                            STRING
help: CAST(country AS INT) or compare with '7'
`,
		},
		{
			name:   "a label on the second mark only",
			script: "INSERT INTO out SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id",
			err: func(span func(string, int) Span) *Error {
				return &Error{Code: "sink-cannot-update", Message: `the query updates earlier rows, but sink "out" only appends`,
					Span: span("out", 0), Labels: []Label{{span("COUNT(*)", 0), "this count changes with every row"}}}
			},
			want: `
error[sink-cannot-update]: the query updates earlier rows, but sink "out" only appends
  --> line 1, column 13
 1 | INSERT INTO out SELECT user_id, COUNT(*) FROM clicks GROUP BY user_id
   |             ^^^                 ^^^^^^^^ this count changes with every row
`,
		},
		{
			name:   "three labels, the marks out of order",
			script: "a + b + c",
			err: func(span func(string, int) Span) *Error {
				return &Error{Message: "m", Span: span("c", 0), Label: "third", Labels: []Label{{span("a", 0), "first"}, {span("b", 0), "second"}}}
			},
			want: `
error: m
  --> line 1, column 9
 1 | a + b + c
   | ^   ^   ^ third
   |     second
   | first
`,
		},
		{
			name:   "labels on other lines, note and help",
			script: "CREATE TABLE t (\n  a INT,\n\n\n\n\n\n\n  b INT\n)",
			err: func(span func(string, int) Span) *Error {
				return &Error{Code: "x", Message: "m", Span: span("b", 0), Label: "here", Labels: []Label{{span("(", 0), "opened here"}},
					Notes: []string{"one", "two"}, Help: "h"}
			},
			want: `
error[x]: m
  --> line 9, column 3
 1 | CREATE TABLE t (
   |                ^ opened here
   ...
 9 |   b INT
   |   ^ here
note: one
note: two
help: h
`,
		},
		{
			name:   "tabs count as one column",
			script: "\tSELECT\ta,\tFROM t",
			err: func(span func(string, int) Span) *Error {
				return &Error{Message: "m", Span: span("FROM", 0)}
			},
			want: `
error: m
  --> line 1, column 12
 1 |  SELECT a, FROM t
   |            ^^^^
`,
		},
		{
			name:   "wide characters take two cells but one column",
			script: "SELECT '日本☕', x, e\u0301 FROM t",
			err: func(span func(string, int) Span) *Error {
				return &Error{Message: "m", Span: span("x", 0), Labels: []Label{{span("FROM", 0), "f"}}}
			},
			want: `
error: m
  --> line 1, column 15
 1 | SELECT '日本☕', x, ` + "e\u0301" + ` FROM t
   |                  ^    ^^^^ f
`,
		},
		{
			name:   "a span over several lines marks the first",
			script: "SELECT (a\n  + b)\r\nFROM t",
			err: func(span func(string, int) Span) *Error {
				return &Error{Message: "m", Span: span("a\n  + b", 0), Label: "l"}
			},
			want: `
error: m
  --> line 1, column 9
 1 | SELECT (a
   |         ^ l
`,
		},
		{
			name:   "the end of the script",
			script: "SELECT 1\nFROM\n",
			err:    func(func(string, int) Span) *Error { return &Error{Message: "m", Span: Span{14, 14}} },
			want: `
error: m
  --> line 3, column 1
 3 |
   | ^
`,
		},
		{
			name:   "no place",
			script: "SELECT 1",
			err:    func(func(string, int) Span) *Error { return &Error{Code: "x", Message: "m", Help: "h"} },
			want:   "\nerror[x]: m\nhelp: h\n",
		},
		{
			name:   "a span beyond the script is cut",
			script: "ab",
			err:    func(func(string, int) Span) *Error { return &Error{Message: "m", Span: Span{1, 99}} },
			want:   "\nerror: m\n  --> line 1, column 2\n 1 | ab\n   |  ^\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := c.err(func(part string, n int) Span { return at(t, c.script, part, n) })
			if got := "\n" + Render(c.script, e, false); got != c.want {
				t.Errorf("got:%s\nwant:%s", got, c.want)
			}
			colored := Render(c.script, e, true)
			for _, code := range []string{red, blue, bold, plain} {
				colored = strings.ReplaceAll(colored, code, "")
			}
			if "\n"+colored != c.want {
				t.Errorf("with its colours taken out:\n%s", colored)
			}
		})
	}
}

func TestLineCol(t *testing.T) {
	script := "ab\né日\r\n\nx"
	for _, c := range []struct{ offset, line, column int }{
		{0, 1, 1}, {1, 1, 2}, {2, 1, 3}, {3, 2, 1}, {5, 2, 2}, {8, 2, 3}, {9, 2, 4}, {10, 3, 1}, {11, 4, 1}, {12, 4, 2}, {99, 4, 2}, {-1, 1, 1},
	} {
		if line, column := LineCol(script, c.offset); line != c.line || column != c.column {
			t.Errorf("LineCol(%d) = %d, %d, want %d, %d", c.offset, line, column, c.line, c.column)
		}
	}
}

func TestCandidates(t *testing.T) {
	for _, c := range []struct {
		name string
		all  []string
		want string
	}{
		{"x", nil, ""},
		{"x", []string{"b", "a"}, "b, a"},
		{"user", []string{"zzzz", "url", "ts", "users", "id", "usr", "USER_ID"}, "users, usr, url, ts, USER_ID, … (7 in all)"},
	} {
		if got := Candidates(c.name, c.all); got != c.want {
			t.Errorf("Candidates(%q) = %q, want %q", c.name, got, c.want)
		}
	}
}

func TestNearestWords(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []string
		want string
	}{
		{"id_user", []string{"user_id", "url"}, "user_id"},
		{"scan.mode.startup", []string{"scan.startup.mode"}, "scan.startup.mode"},
		{"order_time", []string{"order_date", "order_tine"}, "order_tine"},
		{"aXXd", []string{"abcd"}, ""},
		{"abcxyz", []string{"abcdez", "abcxpq"}, ""},
	} {
		if got := Nearest(c.name, c.in); got != c.want {
			t.Errorf("Nearest(%q, %v) = %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

func FuzzRender(f *testing.F) {
	f.Add("SELECT\ta\nFROM 日", 3, 9, 11, 12)
	f.Fuzz(func(t *testing.T, script string, a, b, c, d int) {
		e := &Error{Message: "m", Span: Span{a, b}, Label: "x", Labels: []Label{{Span{c, d}, "y"}}}
		if !strings.HasPrefix(Render(script, e, false), "error: m\n") {
			t.Fatal("no header")
		}
	})
}
