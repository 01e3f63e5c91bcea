package ledger

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestLedger(t *testing.T) {
	path := filepath.Join(t.TempDir(), "expected.txt")
	os.WriteFile(path, []byte("# comment\n\na\tpass\nb\tfail: no joins\nc\tpass\ngone\tpass\n"), 0o644)
	l, err := Read(path, false)
	if err != nil {
		t.Fatal(err)
	}
	run := map[string]string{"a": "", "b": "", "c": "row 1 differs", "d": "new"}
	worse, stale := l.Check(run, true)
	if want := []string{"c: row 1 differs"}; !slices.Equal(worse, want) {
		t.Errorf("worse %q, want %q", worse, want)
	}
	if want := []string{"b: passes now", "d: not in the ledger", "gone: there is no such case"}; !slices.Equal(stale, want) {
		t.Errorf("stale %q, want %q", stale, want)
	}
	if _, stale := l.Check(map[string]string{"a": ""}, false); stale != nil {
		t.Errorf("a part of the cases: stale %q", stale)
	}

	l.Update(run, true)
	if err := l.Write(path, "comment"); err != nil {
		t.Fatal(err)
	}
	b, _ := os.ReadFile(path)
	if want := "# comment\na\tpass\nb\tpass\nc\tpass\nd\tfail: new\n"; string(b) != want {
		t.Errorf("written %q, want %q", b, want)
	}
	if l, err = Read(path, false); err != nil {
		t.Fatal(err)
	}
	if worse, stale := l.Check(run, true); len(worse) != 1 || len(stale) != 0 {
		t.Errorf("after the update: worse %q, stale %q", worse, stale)
	}
}

func TestFailuresOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "expected_failures.txt")
	l, err := Read(path, true)
	if err != nil {
		t.Fatal(err)
	}
	run := map[string]string{"a": "", "b": "wrong", "c": "wrong too"}
	if worse, stale := l.Check(run, true); len(worse) != 0 || len(stale) != 2 {
		t.Errorf("without a file: worse %q, stale %q", worse, stale)
	}
	l.Update(run, true)
	l.Write(path)
	b, _ := os.ReadFile(path)
	if want := "b\tfail: wrong\nc\tfail: wrong too\n"; string(b) != want {
		t.Errorf("written %q, want %q", b, want)
	}

	l, _ = Read(path, true)
	run = map[string]string{"a": "broken", "b": "", "c": "wrong too"}
	worse, stale := l.Check(run, true)
	if !slices.Equal(worse, []string{"a: broken"}) || !slices.Equal(stale, []string{"b: passes now"}) {
		t.Errorf("worse %q, stale %q", worse, stale)
	}
	l.Update(run, true)
	l.Write(path)
	b, _ = os.ReadFile(path)
	if want := "c\tfail: wrong too\n"; string(b) != want {
		t.Errorf("the list grew: %q, want %q", b, want)
	}
}

func TestReadRefuses(t *testing.T) {
	for _, text := range []string{"a", "a\tfails", "a\tfail: ", "a pass"} {
		path := filepath.Join(t.TempDir(), "expected.txt")
		os.WriteFile(path, []byte(text+"\n"), 0o644)
		if _, err := Read(path, false); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}
