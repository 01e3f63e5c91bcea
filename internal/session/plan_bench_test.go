package session_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/internal/session"
)

// planned returns a script of twenty statements in some 300 lines: sources, views
// over one another, joins, windows and a statement set.
func planned() string {
	var b strings.Builder
	for i := range 5 {
		fmt.Fprintf(&b, `CREATE TABLE events%d (
  id BIGINT NOT NULL,
  user_id BIGINT,
  kind STRING,
  amount DECIMAL(10, 2),
  tags ARRAY<STRING>,
  address ROW<street STRING, city STRING>,
  doubled AS amount * 2,
  ts TIMESTAMP(3),
  proc AS PROCTIME(),
  WATERMARK FOR ts AS ts - INTERVAL '5' SECOND,
  PRIMARY KEY (id) NOT ENFORCED
) WITH (
  'connector' = 'datagen',
  'rows-per-second' = '10'
);
`, i)
	}
	for i := range 4 {
		fmt.Fprintf(&b, `CREATE VIEW cleaned%d AS
SELECT
  id,
  user_id,
  UPPER(TRIM(kind)) AS kind,
  COALESCE(amount, 0) AS amount,
  CASE
    WHEN amount > 100 THEN 'large'
    WHEN amount > 10 THEN 'medium'
    ELSE 'small'
  END AS size,
  address.city AS city,
  ts
FROM events%d
WHERE user_id IS NOT NULL
  AND kind NOT IN ('test', 'probe')
  AND amount BETWEEN 0 AND 10000;
`, i, i)
	}
	for i := range 3 {
		fmt.Fprintf(&b, `CREATE TABLE totals%d (
  window_start TIMESTAMP(3),
  city STRING,
  size STRING,
  n BIGINT,
  amount DECIMAL(38, 2)
) WITH (
  'connector' = 'print'
);
`, i)
		fmt.Fprintf(&b, `INSERT INTO totals%d
SELECT
  window_start,
  city,
  size,
  COUNT(DISTINCT user_id) AS n,
  SUM(amount) AS amount
FROM TABLE(
  TUMBLE(TABLE cleaned%d, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
GROUP BY
  window_start,
  window_end,
  city,
  size
HAVING COUNT(*) > 1;
`, i, i)
	}
	for i := range 4 {
		fmt.Fprintf(&b, `EXPLAIN
SELECT
  a.user_id,
  a.kind,
  b.city,
  COUNT(*) AS n,
  MAX(b.amount) AS most
FROM cleaned%d AS a
JOIN cleaned%d AS b
  ON a.user_id = b.user_id
  AND a.ts BETWEEN b.ts - INTERVAL '1' HOUR AND b.ts
LEFT JOIN (
  SELECT user_id, MAX(amount) AS m
  FROM events4
  GROUP BY user_id
) AS c
  ON c.user_id = a.user_id
WHERE a.amount > (SELECT AVG(amount) FROM events4)
GROUP BY
  a.user_id,
  a.kind,
  b.city;
`, i, (i+1)%4)
	}
	b.WriteString("EXPLAIN STATEMENT SET BEGIN\nINSERT INTO totals0 SELECT ts, city, size, id, amount FROM cleaned0;\nINSERT INTO totals1 SELECT ts, city, size, id, amount FROM cleaned0;\nEND;\n")
	return b.String()
}

func planAll(tb testing.TB, script string) (statements int) {
	s, err := session.New(session.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	for _, e := range s.Lint(context.Background(), script) {
		if !e.Warning {
			tb.Fatal(e, script[e.Span.Start:e.Span.End])
		}
	}
	return strings.Count(script, ";\n")
}

// TestPlanningTime holds the promise of 20 ms for a script of twenty statements
// with a margin for machines that do something else.
func TestPlanningTime(t *testing.T) {
	script := planned()
	lines := strings.Count(script, "\n")
	if lines < 250 {
		t.Fatalf("the script has only %d lines", lines)
	}
	best := time.Hour
	for range 5 {
		start := time.Now()
		planAll(t, script)
		best = min(best, time.Since(start))
	}
	t.Logf("%d lines: planned in %v", lines, best)
	if best > 200*time.Millisecond {
		t.Errorf("%d lines: planned in %v", lines, best)
	}
}

// BenchmarkPlanning prints how long planning takes: parsing, binding, optimizing
// and choosing operators for all statements of a script.
func BenchmarkPlanning(b *testing.B) {
	script := planned()
	b.ReportAllocs()
	for b.Loop() {
		planAll(b, script)
	}
	b.ReportMetric(float64(strings.Count(script, "\n")), "lines")
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/script")
}
