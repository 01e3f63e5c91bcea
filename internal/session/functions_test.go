package session_test

import (
	"os"
	"strings"
	"testing"

	"github.com/flott/flott/internal/session"
)

// TestFunctionsKnown: every function of Flink is listed by SHOW FUNCTIONS and
// described by DESCRIBE FUNCTION EXTENDED.
func TestFunctionsKnown(t *testing.T) {
	names, err := os.ReadFile("../function/all/testdata/flink.txt")
	if err != nil {
		t.Fatal(err)
	}
	s, serr := session.New(session.Options{})
	if serr != nil {
		t.Fatal(serr)
	}
	listed := "\n" + execute(s, "SHOW FUNCTIONS")
	for _, name := range strings.Split(strings.TrimSpace(string(names)), "\n") {
		if strings.HasPrefix(name, "#") {
			continue
		}
		if !strings.Contains(listed, "\n"+strings.ToLower(name)+"\n") {
			t.Errorf("SHOW FUNCTIONS has no %s", name)
		}
		got := execute(s, "DESCRIBE FUNCTION EXTENDED `"+name+"`")
		for _, line := range []string{"is system function | true\n", "kind | ", "signature | ", "description | "} {
			if !strings.Contains(got, line) {
				t.Errorf("DESCRIBE FUNCTION EXTENDED %s has no %q:\n%s", name, line, got)
			}
		}
	}
}

// TestTableFunctionsUnsupported: what stands in FROM and is not there yet says so.
func TestTableFunctionsUnsupported(t *testing.T) {
	s, err := session.New(session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	execute(s, "CREATE TABLE t (id INT) WITH ('connector' = 'datagen')")
	for _, call := range []string{
		"ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(id))", "ML_EVALUATE(TABLE t, MODEL m, DESCRIPTOR(id), DESCRIPTOR(id), 'regression')",
		"VECTOR_SEARCH(TABLE t, ARRAY[1e0], DESCRIPTOR(id), 3)", "TO_CHANGELOG(input => TABLE t)", "FROM_CHANGELOG(input => TABLE t)",
		"SNAPSHOT(input => TABLE t)", "DEDUPLICATE_KEEP_FIRST(input => TABLE t PARTITION BY id)",
	} {
		name, _, _ := strings.Cut(call, "(")
		got := execute(s, "SELECT * FROM TABLE("+call+")")
		if !strings.Contains(got, "error[not-supported]") || !strings.Contains(got, name) {
			t.Errorf("%s:\n%s", call, got)
		}
	}
}
