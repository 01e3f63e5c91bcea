package session_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var showPlans = flag.Bool("plans", false, "print the plans that differ from Flink's")

// sections cuts an EXPLAIN into its parts by title.
func sections(text string) map[string]string {
	out := map[string]string{}
	for _, part := range strings.Split("\n"+text, "\n== ")[1:] {
		title, body, _ := strings.Cut(part, " ==\n")
		out[title] = strings.TrimSpace(body)
	}
	return out
}

// TestExplainFlink compares EXPLAIN with what a Flink 2.2 answers: every section is
// there, and the syntax trees are Flink's but for what the binder plans at once
// (subqueries as joins, UNION, windows of GROUP BY). Physical plans are flott's own,
// in Flink's form: tables are read without the columns that nobody needs, windows
// have one phase.
func TestExplainFlink(t *testing.T) {
	raw, err := os.ReadFile("testdata/explain.golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden recorded
	if err := json.Unmarshal(raw, &golden); err != nil {
		t.Fatal(err)
	}
	s := open(t)
	same, total := map[string]int{}, 0
	var differ []string
	for _, want := range golden.Statements {
		got := run(t, s, want.SQL)
		if want.Kind != "rows" {
			continue
		}
		total++
		theirs, ours := sections(*want.Result[0][0]), sections(*got.Rows[0][0])
		for title, body := range theirs {
			if ours[title] == body {
				same[title]++
				continue
			}
			if _, there := ours[title]; !there {
				t.Errorf("%s: there is no section %q", want.SQL, title)
			}
			if title == "Abstract Syntax Tree" {
				differ = append(differ, want.SQL)
			}
			if *showPlans {
				fmt.Printf("#### %s\n%s\nFlink:\n%s\nhere:\n%s\n\n", want.SQL, title, body, ours[title])
			}
		}
	}
	t.Logf("of %d statements as in Flink: %v; other syntax trees: %q", total, same, differ)
	if same["Abstract Syntax Tree"] < 23 {
		t.Errorf("fewer than there were: %v", same)
	}
}
