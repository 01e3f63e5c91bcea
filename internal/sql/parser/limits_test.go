package parser

import (
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/internal/sql/ast"
)

// TestDeepInput holds that no nesting overflows the stack: it is refused.
func TestDeepInput(t *testing.T) {
	const n = 20_000
	wrap := func(open, inner, end string) string { return strings.Repeat(open, n) + inner + strings.Repeat(end, n) }
	for name, text := range map[string]string{
		"parentheses":    "SELECT " + wrap("(", "1", ")"),
		"open only":      "SELECT " + strings.Repeat("(", n),
		"subqueries":     wrap("(SELECT ", "1", ")"),
		"from":           wrap("SELECT * FROM (", "SELECT 1", ")"),
		"joins":          "SELECT * FROM " + wrap("(", "a", ")"),
		"not":            "SELECT " + strings.Repeat("NOT ", n) + "a",
		"minus":          "SELECT " + strings.Repeat("- ", n) + "a",
		"case":           "SELECT " + wrap("CASE WHEN a THEN ", "1", " END"),
		"calls":          "SELECT " + wrap("f(", "1", ")"),
		"casts":          "SELECT " + wrap("CAST(", "1", " AS INT)"),
		"arrays":         "SELECT " + wrap("ARRAY[", "1", "]"),
		"index":          "SELECT " + wrap("a[", "1", "]"),
		"types":          "SELECT CAST(a AS " + wrap("ARRAY<", "INT", ">") + ")",
		"postfix types":  "SELECT CAST(a AS INT" + strings.Repeat(" ARRAY", n) + ")",
		"grouping":       "SELECT a FROM t GROUP BY " + wrap("ROLLUP(", "a", ")"),
		"pattern":        "SELECT * FROM t MATCH_RECOGNIZE (PATTERN (" + wrap("(", "A", ")") + ") DEFINE A AS TRUE)",
		"excluded":       "SELECT * FROM t MATCH_RECOGNIZE (PATTERN (" + wrap("{- ", "A", " -}") + ") DEFINE A AS TRUE)",
		"explain":        strings.Repeat("EXPLAIN EXECUTE ", n) + "SELECT 1",
		"named args":     "SELECT f(" + strings.Repeat("a => ", n) + "1)",
		"with":           wrap("WITH a AS (", "SELECT 1", ") SELECT 1"),
		"long or":        "SELECT a" + strings.Repeat(" OR a", n),
		"long field":     "SELECT (a)" + strings.Repeat(".b", n),
		"long union":     "SELECT 1" + strings.Repeat(" UNION SELECT 1", n),
		"long intersect": "SELECT 1" + strings.Repeat(" UNION SELECT 1 INTERSECT SELECT 2", n),
		"long joins":     "SELECT 1 FROM a" + strings.Repeat(" JOIN a ON TRUE", n),
		"long comma":     "SELECT 1 FROM a" + strings.Repeat(", a", n),
		"match chain":    "SELECT * FROM t" + strings.Repeat(" MATCH_RECOGNIZE (PATTERN (A) DEFINE A AS TRUE)", n),
		"final":          "SELECT " + strings.Repeat("FINAL ", n) + "f(a)",
		"interval":       "SELECT " + wrap("INTERVAL (", "1", ") DAY"),
		"json":           "SELECT " + wrap("JSON_ARRAY(", "1", ")"),
		"row":            "SELECT " + wrap("ROW(", "1", ")"),
		"jdbc":           "SELECT " + wrap("{fn f(", "1", ")}"),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParseStatement(text)
			if err == nil {
				t.Fatal("parsed")
			}
			checkError(t, text, err)
		})
	}
}

// TestLongButFlat holds that what is long without being high parses.
func TestLongButFlat(t *testing.T) {
	for name, text := range map[string]string{
		"or":        "SELECT a" + strings.Repeat(" OR a = 1", 4000),
		"and or":    "SELECT a" + strings.Repeat(" OR a AND b", 4000),
		"in":        "SELECT a IN (1" + strings.Repeat(", 2 + 3", 20_000) + ")",
		"values":    "VALUES (1, 'a')" + strings.Repeat(", (1 + 2, 'b')", 20_000),
		"union all": "SELECT 1" + strings.Repeat(" UNION ALL SELECT 1", 4000),
		"nesting":   "SELECT " + strings.Repeat("(1 + ", 400) + "1" + strings.Repeat(")", 400),
	} {
		t.Run(name, func(t *testing.T) {
			s, err := ParseStatement(text)
			if err != nil {
				t.Fatal(err)
			}
			if ast.Higher(s, maxHeight) {
				t.Fatal("higher than promised")
			}
		})
	}
}

// bigScript returns a script of about n bytes.
func bigScript(n int) string {
	const some = `-- the clicks of a minute
CREATE TABLE clicks (user_id BIGINT, url STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)
WITH ('connector' = 'kafka', 'topic' = 'clicks', 'format' = 'json');
INSERT INTO per_minute
SELECT window_start, url, COUNT(*) AS n, SUM(CASE WHEN user_id IS NULL THEN 0 ELSE 1 END) AS known
FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) -- tumbling
WHERE url LIKE 'https://%' AND (user_id > 10 OR user_id IN (1, 2, 3)) AND CAST(url AS VARCHAR(10)) <> 'x;y'
GROUP BY window_start, url;
`
	return strings.Repeat(some, n/len(some)+1)
}

// TestLinear holds that ten times the text takes about ten times as long, for
// one long statement, many statements, and text that never ends.
func TestLinear(t *testing.T) {
	for name, make := range map[string]func(n int) string{
		"script":     bigScript,
		"values":     func(n int) string { return "VALUES (1)" + strings.Repeat(", (2, 'x')", n/10) },
		"semicolons": func(n int) string { return strings.Repeat(";", n) },
		"comments":   func(n int) string { return strings.Repeat("/* x */ -- y\n", n/13) },
		"open":       func(n int) string { return "SELECT '" + strings.Repeat("''", n/2) },
		"opens":      func(n int) string { return strings.Repeat("/*", n/2) },
		"prefixes":   func(n int) string { return "SELECT " + strings.Repeat("_", n) },
		"dots":       func(n int) string { return "SELECT * FROM " + strings.Repeat("a.", n/2) },
		"parens":     func(n int) string { return strings.Repeat("SELECT ((((((1))))));", n/21) },
		"sets":       func(n int) string { return strings.Repeat("BEGIN STATEMENT SET; ", n/21) },
		"strings":    func(n int) string { return "SELECT " + strings.Repeat("'a'\n", n/4) },
	} {
		t.Run(name, func(t *testing.T) {
			once := func(n int) time.Duration {
				text := make(n)
				best := time.Hour
				for range 2 {
					start := time.Now()
					for p := range Split(text) {
						p.Parse()
					}
					best = min(best, time.Since(start))
				}
				return best
			}
			// A busy machine may slow one measurement down, but not all of them.
			var small, large time.Duration
			for range 5 {
				small, large = once(50_000), once(500_000)
				if large <= 40*small+100*time.Millisecond {
					return
				}
			}
			t.Errorf("50 KB took %v, 500 KB %v", small, large)
		})
	}
}

// TestTenMegabytes holds that a script of 10 MB is read, and in a time that people
// wait for.
func TestTenMegabytes(t *testing.T) {
	text := bigScript(10 << 20)
	start, n := time.Now(), 0
	for p := range Split(text) {
		if _, err := p.Parse(); err != nil {
			t.Fatal(err)
		}
		n++
	}
	took := time.Since(start)
	t.Logf("%d statements, %d MB in %v", n, len(text)>>20, took)
	if took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
	if _, err := ParseStatement("VALUES (1)" + strings.Repeat(", (2, 'some text')", 10<<20/18)); err != nil {
		t.Fatal(err)
	}
}

// TestInvalidUTF8 holds that bytes that are no text are pointed at.
func TestInvalidUTF8(t *testing.T) {
	for text, at := range map[string]int{"SELECT 'a\xffb'": 9, "SELECT 1 -- \xc3\n + 2": 12, "SELECT `\xed\xa0\x80`": 8, "\xfe": 0} {
		_, err := ParseStatement(text)
		if err == nil || err.Span.Start != at || err.Span.End != at+1 || !strings.Contains(err.Message, "UTF-8") {
			t.Errorf("%q: %+v", text, err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	text := bigScript(1 << 20)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSplit(b *testing.B) {
	text := bigScript(1 << 20)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		for range Split(text) {
		}
	}
}
