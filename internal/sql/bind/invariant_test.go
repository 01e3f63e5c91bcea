package bind_test

import (
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/catalog"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

func checkExpr(t testing.TB, n plan.Node, e spec.Expr, in []plan.Field) {
	plan.Walk(e, func(x spec.Expr) {
		switch {
		case strings.HasPrefix(x.Call, "$"):
			t.Errorf("placeholder %s is left in a %s\n%s", x.Call, n.Name(), plan.StringTypes(n))
		case x.Type.Kind == types.Unset:
			t.Errorf("an expression of a %s has no type\n%s", n.Name(), plan.StringTypes(n))
		case x.Column != nil:
			checkColumn(t, n, *x.Column, in)
			if c := *x.Column; c >= 0 && c < len(in) && in[c].Type.Kind != x.Type.Kind {
				t.Errorf("column %d is %s, referred to as %s\n%s", c, in[c].Type, x.Type, plan.StringTypes(n))
			}
		}
	})
}

// script makes a script of many tables and queries.
func longScript() string {
	var b strings.Builder
	b.WriteString("CREATE TABLE t (a INT, b BIGINT, c STRING, d DOUBLE, ts TIMESTAMP(3), e AS a + b, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'datagen');\n")
	b.WriteString("CREATE TABLE o (w TIMESTAMP(3), c STRING, n BIGINT, s BIGINT) WITH ('connector' = 'blackhole');\n")
	for i := 0; i < 50; i++ {
		b.WriteString("INSERT INTO o\nSELECT window_start, c, COUNT(*), SUM(b + a)\nFROM TABLE(TUMBLE(TABLE t, DESCRIPTOR(ts), INTERVAL '1' MINUTE))\nWHERE a > 10 AND d < 2.5 AND c IS NOT NULL\n  AND CASE WHEN a = 1 THEN b WHEN a = 2 THEN b + 1 ELSE 0 END < 100\nGROUP BY window_start, window_end, c;\n")
	}
	return b.String()
}

// TestFast: a script of 300 lines is bound within 20 ms.
func TestFast(t *testing.T) {
	script := longScript()
	best := time.Hour
	for i := 0; i < 5; i++ {
		start := time.Now()
		bindAll(t, script)
		best = min(best, time.Since(start))
	}
	t.Logf("%d lines in %v", strings.Count(script, "\n"), best)
	if best > 40*time.Millisecond { // bindAll binds each statement twice
		t.Errorf("binding took %v", best)
	}
}

// TestDeep: nesting without end is refused, not followed.
func TestDeep(t *testing.T) {
	for _, script := range []string{
		"SELECT " + strings.Repeat("1 + ", 5000) + "1",
		"SELECT " + strings.Repeat("NOT ", 400) + "TRUE",
		"SELECT 1 WHERE " + strings.Repeat("1 = 1 AND ", 20000) + "TRUE",
		"SELECT 1 WHERE " + strings.Repeat("1 = 1 OR ", 20000) + "TRUE",
		strings.Repeat("SELECT 1 UNION ALL ", 3000) + "SELECT 1",
		strings.Repeat("SELECT * FROM (", 150) + "SELECT 1" + strings.Repeat(")", 150),
	} {
		s := &session{cat: catalog.New()}
		s.run(script)
	}
	s := &session{cat: catalog.New()}
	s.run("CREATE VIEW v0 AS SELECT 1 AS a")
	s.run("CREATE VIEW v1 AS SELECT a FROM v0")
	s.run("ALTER VIEW v0 AS SELECT a FROM v1")
	if _, errs := s.run("SELECT * FROM v1"); len(errs) == 0 {
		t.Error("views that refer to each other were bound")
	}
}
