package cli

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var rewriteLint = flag.Bool("rewrite-lint", false, "write what TestLint got into testdata/lint.txt")

func TestLint(t *testing.T) {
	const file = "testdata/lint.txt"
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(raw), "\n")
	var out strings.Builder
	for i := 0; i < len(lines); {
		if lines[i] == "" || strings.HasPrefix(lines[i], "#") {
			if i < len(lines)-1 {
				out.WriteString(lines[i] + "\n")
			}
			i++
			continue
		}
		at := i + 1
		var input, want []string
		for ; i < len(lines) && lines[i] != "----"; i++ {
			input = append(input, lines[i])
		}
		for i++; i < len(lines) && lines[i] != ""; i++ {
			want = append(want, lines[i])
		}
		var stdout, stderr bytes.Buffer
		code := Main([]string{"lint", "-e", strings.Join(input, "\n")}, nil, &stdout, &stderr)
		got := strings.ReplaceAll(strings.TrimSpace(stdout.String()+stderr.String())+fmt.Sprintf("\nexit %d", code), "\n\n", "\n")
		got = strings.TrimSpace(got)
		fmt.Fprintf(&out, "%s\n----\n%s\n", strings.Join(input, "\n"), got)
		if w := strings.Join(want, "\n"); got != w && !*rewriteLint {
			t.Errorf("%s:%d: %s\ngot:\n%s\nwant:\n%s", file, at, strings.Join(input, "\n"), got, w)
		}
	}
	if *rewriteLint {
		if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLintJSON holds the fields that editors read.
func TestLintJSON(t *testing.T) {
	file := filepath.Join(t.TempDir(), "job.sql")
	script := "CREATE TABLE a (x INT) WITH ('connector' = 'datagen');\nSELECT\n  yy\nFROM a;\nSELECT DISTINCT x FROM a;\n"
	if err := os.WriteFile(file, []byte(script), 0o644); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	if code := Main([]string{"lint", "--format", "json", file}, nil, &stdout, &stderr); code != exitUsage {
		t.Fatalf("exit %d: %s", code, stderr.String())
	}
	var found []finding
	for line := range strings.Lines(stdout.String()) {
		var f finding
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatal(err)
		}
		found = append(found, f)
	}
	if len(found) != 2 {
		t.Fatal(found)
	}
	if f := found[0]; f.File != file || f.Severity != "error" || f.Code != "unknown-column" || f.Line != 3 || f.Column != 3 || f.EndLine != 3 || f.EndColumn != 5 {
		t.Errorf("%+v", f)
	}
	if f := found[1]; f.Severity != "warning" || f.Code != "unbounded-state" || f.Line != 5 {
		t.Errorf("%+v", f)
	}
	if code := Main([]string{"lint", "--format", "xml", file}, nil, &stdout, &stderr); code != exitUsage {
		t.Error("--format xml is taken")
	}
}

// TestLintWritesNothing holds that looking a script over changes no catalog.
func TestLintWritesNothing(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "kept")
	script := "CREATE CATALOG c WITH ('type' = 'flott-file', 'path' = '" + folder + "');\nUSE CATALOG c;\nCREATE TABLE a (x INT) WITH ('connector' = 'datagen');\nSELECT x FROM a;\n"
	for _, command := range []string{"lint", "explain"} {
		var stdout, stderr bytes.Buffer
		if code := Main([]string{command, "-e", script}, nil, &stdout, &stderr); code != exitOK {
			t.Fatalf("%s: exit %d: %s%s", command, code, stdout.String(), stderr.String())
		}
		if _, err := os.Stat(folder); err == nil {
			t.Errorf("%s has written %s", command, folder)
		}
	}
}
