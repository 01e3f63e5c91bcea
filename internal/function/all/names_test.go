package all_test

import (
	"os"
	"strings"
	"testing"

	"github.com/flott/flott/internal/function"
)

// TestNames: what Flink has is found by its name, with a signature and a
// description for DESCRIBE FUNCTION EXTENDED.
func TestNames(t *testing.T) {
	text, err := os.ReadFile("testdata/flink.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if strings.HasPrefix(name, "#") {
			continue
		}
		if d := function.Find(name); d == nil || d.Syntax == "" || d.Doc == "" {
			t.Errorf("%s is not there, or without signature or description", name)
		}
	}
}
