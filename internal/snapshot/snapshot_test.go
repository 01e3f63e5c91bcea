package snapshot

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/internal/clock"
)

// write makes a state file with the given sections: "operator:kind" → bytes.
func write(t testing.TB, path string, sections ...[2]string) File {
	t.Helper()
	w, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sections {
		op, kind, _ := strings.Cut(s[0], ":")
		w.Section(op, Kind(kind))
		if _, err := io.WriteString(w, s[1]); err != nil {
			t.Fatal(err)
		}
	}
	f, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	f.Name = filepath.Base(path)
	return f
}

func TestFileRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.state")
	long := strings.Repeat("0123456789", 20_000)
	f := write(t, path, [2]string{"x:operator", "small"}, [2]string{"x:keyed", long}, [2]string{"y:operator", ""}, [2]string{"z:operator", "end"})
	if got := strings.Join(f.Operators, ","); got != "x,y,z" {
		t.Errorf("operators %s", got)
	}
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var got []string
	for _, s := range r.Sections {
		b, err := r.ReadAll(s)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, s.Operator+":"+string(s.Kind)+"="+string(b))
	}
	if want := "x:operator=small x:keyed=" + long + " y:operator= z:operator=end"; strings.Join(got, " ") != want {
		t.Errorf("sections differ: %.200s", strings.Join(got, " "))
	}
	m := &Metadata{Files: []File{f}}
	if err := m.Verify(filepath.Dir(path)); err != nil {
		t.Error(err)
	}
}

// TestEveryBit: no flipped bit of a state file or of the metadata goes unseen.
func TestEveryBit(t *testing.T) {
	dir := t.TempDir()
	f := write(t, filepath.Join(dir, "a.state"), [2]string{"x:operator", "some state"}, [2]string{"y:keyed", "more"})
	m := &Metadata{ID: 3, Job: "j", Files: []File{f}, Operators: map[string]OperatorMeta{"x": {Name: "X"}}}
	if err := m.Write(dir); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.state", MetadataName} {
		path := filepath.Join(dir, name)
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		check := func(what string, bad []byte) {
			if err := os.WriteFile(path, bad, 0o644); err != nil {
				t.Fatal(err)
			}
			got, err := ReadMetadata(dir)
			if err == nil {
				err = got.Verify(dir)
			}
			var damaged *DamagedError
			if !errors.As(err, &damaged) || damaged.Path != path {
				t.Errorf("%s of %s: %v", what, name, err)
			}
		}
		for i := range good {
			bad := bytes.Clone(good)
			bad[i] ^= 1 << (i % 8)
			check("a flipped bit", bad)
			check("the first part", good[:i])
		}
		if err := os.WriteFile(path, good, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ReadMetadata(dir); err != nil {
		t.Error(err)
	}
}

func TestNewerVersionIsRefused(t *testing.T) {
	_, err := parseMetadata("p", []byte("flott checkpoint 99\n{}\ncrc32c 00000000\n"))
	if err == nil || !strings.Contains(err.Error(), "version 99, this flott reads up to 1") {
		t.Errorf("got %v", err)
	}
}

func TestFolder(t *testing.T) {
	f := Folder{filepath.Join(t.TempDir(), "deep", "job")}
	if m, _, err := f.Latest(nil); m != nil || err != nil {
		t.Errorf("a folder that is not there: %v, %v", m, err)
	}
	if err := f.Prepare(); err != nil {
		t.Fatal(err)
	}
	for id := int64(9); id <= 11; id++ {
		dir := f.CheckpointDir(id)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		m := &Metadata{ID: id, Files: []File{write(t, filepath.Join(dir, "s.state"), [2]string{"x:operator", "s"})}}
		if id == 11 {
			continue // its process died before the metadata was written
		}
		if err := m.Write(dir); err != nil {
			t.Fatal(err)
		}
	}
	m, dir, err := f.Latest(nil)
	if err != nil || m.ID != 10 || dir != f.CheckpointDir(10) {
		t.Fatalf("latest %+v in %s, %v", m, dir, err) // 10 is newer than 9: numbers, not names
	}
	if err := f.Sweep(10); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(f.CheckpointDir(11)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the unfinished checkpoint is still there: %v", err)
	}
	if err := f.Clear(); err != nil {
		t.Fatal(err)
	}
	if ids, _ := f.Checkpoints(); len(ids) != 0 {
		t.Errorf("checkpoints %v after Clear", ids)
	}
}

func TestID(t *testing.T) {
	f, other := Folder{t.TempDir()}, Folder{t.TempDir()}
	id, err := f.ID()
	if err != nil || id == "" {
		t.Fatalf("%q, %v", id, err)
	}
	if again, err := f.ID(); again != id || err != nil {
		t.Errorf("%q, %v, want %q", again, err, id)
	}
	if err := f.Clear(); err != nil {
		t.Fatal(err)
	}
	if again, err := f.ID(); again != id || err != nil {
		t.Errorf("after Clear %q, %v, want %q", again, err, id)
	}
	if foreign, err := other.ID(); foreign == id || err != nil {
		t.Errorf("another folder has it, too: %q, %v", foreign, err)
	}
}

func TestLock(t *testing.T) {
	f := Folder{t.TempDir()}
	l, err := f.Lock(clock.Real{})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	_, err = f.Lock(clock.Real{})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("running already, in process %d", os.Getpid())) {
		t.Errorf("a second lock: %v", err)
	}
	if d := time.Since(start); d < LockPatience {
		t.Errorf("it was refused after %v already", d)
	}
	// A process that was killed holds its lock for a moment.
	held := l
	time.AfterFunc(LockPatience/4, func() { held.Unlock() })
	l, err = f.Lock(clock.Real{})
	if err != nil {
		t.Fatalf("a lock that is about to be let go: %v", err)
	}
	l.Unlock()
}

// TestHeld: a lock guards its folder only while its file lies in it.
func TestHeld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "job")
	lock := filepath.Join(path, "lock")
	for _, c := range []struct {
		what string
		do   func() error
		held bool
	}{
		{"nothing", func() error { return nil }, true},
		{"the file is gone", func() error { return os.Remove(lock) }, false},
		{"the folder is gone", func() error { return os.RemoveAll(path) }, false},
		{"the file is another one", func() error {
			return errors.Join(os.Rename(lock, lock+".away"), os.WriteFile(lock, []byte("1\n"), 0o644))
		}, false},
	} {
		f := Folder{path}
		if err := f.Prepare(); err != nil {
			t.Fatal(err)
		}
		l, err := f.Lock(clock.Real{})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		if held := l.Held(); held != c.held {
			t.Errorf("%s: held %t, want %t", c.what, held, c.held)
		}
		l.Unlock()
	}
}

// TestMakeCheckpointDir: without the folder there is no lock, and so no checkpoint.
func TestMakeCheckpointDir(t *testing.T) {
	f := Folder{filepath.Join(t.TempDir(), "job")}
	_, err := f.MakeCheckpointDir(7)
	if err == nil || !strings.Contains(err.Error(), f.Path) || !strings.Contains(err.Error(), "gone") {
		t.Errorf("a folder that is not there: %v", err)
	}
	if err := f.Prepare(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // each of a job's tasks does it
		if dir, err := f.MakeCheckpointDir(7); err != nil || dir != f.CheckpointDir(7) {
			t.Errorf("%s, %v", dir, err)
		}
	}
}

// FuzzReader: no file may panic, and what is read was checked.
func FuzzReader(f *testing.F) {
	path := filepath.Join(f.TempDir(), "a.state")
	write(f, path, [2]string{"x:operator", "some state"}, [2]string{"y:keyed", "more"})
	good, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:20])
	f.Fuzz(func(t *testing.T, b []byte) {
		r := &Reader{path: "fuzz", data: bytes.NewReader(b)}
		if r.readIndex(int64(len(b))) != nil {
			return
		}
		for _, s := range r.Sections {
			if got, err := r.ReadAll(s); err == nil && int64(len(got)) != s.Size {
				t.Errorf("read %d bytes of %d", len(got), s.Size)
			}
		}
	})
}

// FuzzMetadata: no text may panic.
func FuzzMetadata(f *testing.F) {
	f.Add([]byte("flott checkpoint 1\n{}\ncrc32c 00000000\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := parseMetadata("p", b); err == nil && m == nil {
			t.Error("neither metadata nor an error")
		}
	})
}
