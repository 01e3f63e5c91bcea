package all_test

import (
	"os"
	"strings"
	"testing"

	"github.com/flott/flott/internal/function"
)

// TestNames: what Flink has is found by its name, but for the names marked in
// testdata/flink.txt, which are not found.
func TestNames(t *testing.T) {
	text, err := os.ReadFile("testdata/flink.txt")
	if err != nil {
		t.Fatal(err)
	}
	there, missing := 0, 0
	for _, l := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if strings.HasPrefix(l, "#") {
			continue
		}
		name, absent := strings.CutPrefix(l, "missing: ")
		switch found := function.Find(name) != nil; {
		case found == absent:
			t.Errorf("%s: found is %t; testdata/flink.txt says otherwise", name, found)
		case absent:
			missing++
		default:
			there++
		}
	}
	t.Logf("%d of %d", there, there+missing)
}
