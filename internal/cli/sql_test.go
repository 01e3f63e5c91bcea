package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/flott/flott/internal/client"
	"github.com/flott/flott/types"
)

func TestFold(t *testing.T) {
	cell := func(s string) []*string { return []*string{&s} }
	f := newFold(3)
	var before []*string
	for _, c := range []struct {
		kind types.RowKind
		text string
		want string
	}{
		{types.Insert, "a1", "a1"},
		{types.Insert, "b1", "a1 b1"},
		{types.UpdateBefore, "a1", "a1 b1"},
		{types.UpdateAfter, "a2", "a2 b1"},
		{types.Insert, "b1", "a2 b1 b1"},
		{types.Delete, "b1", "a2 b1"},
		{types.Delete, "b1", "a2"},
		{types.Insert, "c1", "a2 c1"},
		{types.UpdateAfter, "d1", "a2 c1 d1"}, // an upsert without its -U
		{types.Insert, "e1", "c1 d1 e1"},      // more than there is room for
		{types.Delete, "a2", "c1 d1 e1"},
		{types.UpdateBefore, "d1", "c1 d1 e1"},
		{types.UpdateAfter, "d2", "c1 d2 e1"},
	} {
		f.add(client.Row{Kind: c.kind, Cells: cell(c.text)}, &before)
		var got []string
		for _, r := range f.rows {
			got = append(got, *r[0])
		}
		if strings.Join(got, " ") != c.want {
			t.Fatalf("after %v %s: %v, want %s", c.kind, c.text, got, c.want)
		}
	}
}

func TestPromptCommands(t *testing.T) {
	for text, want := range map[string]string{"help": "HELP", "HELP;": "HELP", `\h`: "HELP", `\q`: "QUIT", "exit ;": "EXIT", "clear": "CLEAR", "SELECT 1": "", "quite": ""} {
		if got := command(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	if got := pieces("SELECT 1; SELECT ';';"); !slices.Equal(got, []string{"SELECT 1", "SELECT ';'"}) {
		t.Errorf("%q", got)
	}
}

func TestHighlight(t *testing.T) {
	if got, want := highlight("SELECT 'a'"), "\x1b[1;36mSELECT\x1b[0m \x1b[32m'a'\x1b[0m"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// flott sql -f runs a script in this process up to its first mistake.
func TestSQLFile(t *testing.T) {
	dir := t.TempDir()
	init, script := filepath.Join(dir, "init.sql"), filepath.Join(dir, "script.sql")
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(init, "SET 'execution.runtime-mode' = 'batch'; CREATE VIEW v AS SELECT x FROM (VALUES 3, 1, 2) AS t(x);")
	write(script, "SELECT x FROM v ORDER BY x;\nSHOW VIEWS;\nSELECT\n  nope FROM v;\nSELECT 4711;")
	var out, errs bytes.Buffer
	code := Main([]string{"sql", "-i", init, "-f", script}, strings.NewReader(""), &out, &errs)
	if code != exitUsage || !strings.Contains(out.String(), "| 1 |\n| 2 |\n| 3 |") || !strings.Contains(out.String(), "3 rows") || strings.Contains(out.String(), "4711") {
		t.Errorf("exit %d\n%s%s", code, &out, &errs)
	}
	if !strings.Contains(errs.String(), `column "nope" does not exist`) || !strings.Contains(errs.String(), "line 2, column 3") {
		t.Errorf("the mistake: %s", &errs)
	}
}
