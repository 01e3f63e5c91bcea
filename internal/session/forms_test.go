package session_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/sql/parser"
)

// TestForms holds that every form of statement is answered or refused with a
// reason: nothing falls through, and what is refused says so with a code.
func TestForms(t *testing.T) {
	raw, err := os.ReadFile("../sql/parser/testdata/forms.sql")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(raw)) {
		input, _, _ := strings.Cut(strings.TrimSpace(line), " ⇒ ")
		if input == "" || strings.HasPrefix(input, "#") {
			continue
		}
		n++
		_, perr := parser.ParseStatement(input)
		if perr != nil {
			t.Fatal(diag.Render(input, perr, false))
		}
		s := open(t)
		for _, e := range s.Lint(context.Background(), input) {
			if e.Code == "" || e.Code == "plan-failed" || strings.Contains(e.Message, "this statement") {
				t.Errorf("%s: %s", input, diag.Render(input, e, false))
			}
			if !e.Warning && e.Span.IsZero() {
				t.Errorf("%s: the error has no place: %s", input, e.Message)
			}
		}
	}
	if n < 300 {
		t.Errorf("only %d forms", n)
	}
}
