package lint

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write links.txt")

// TestLinks holds the packages that the binary links against links.txt: another
// dependency, which costs size and start time, is to be seen in a review.
func TestLinks(t *testing.T) {
	if _, err := os.Stat(filepath.Join(root, "cmd", "flott")); err != nil {
		t.Skip("there is no cmd/flott")
	}
	cmd := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", "./cmd/flott")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var foreign []string
	for _, p := range strings.Fields(string(out)) {
		if p != module && !strings.HasPrefix(p, module+"/") {
			foreign = append(foreign, p)
		}
	}
	slices.Sort(foreign)
	got := strings.Join(foreign, "\n") + "\n"
	if *update {
		if err := os.WriteFile("links.txt", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile("links.txt")
	if err != nil {
		t.Fatalf("%v; write it with `go test ./internal/lint -update`", err)
	}
	if got != string(want) {
		t.Errorf("the binary links other packages than links.txt says; if that is meant: `go test ./internal/lint -update`\n%s", firstDifference(string(want), got))
	}
}

func firstDifference(want, got string) string {
	known := map[string]bool{}
	for _, p := range strings.Fields(want) {
		known[p] = true
	}
	var b strings.Builder
	for _, p := range strings.Fields(got) {
		if !known[p] {
			b.WriteString("+ " + p + "\n")
		}
		delete(known, p)
	}
	for p := range known {
		b.WriteString("- " + p + "\n")
	}
	return b.String()
}
