package filesystem

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/connector/connectortest"
	_ "github.com/flott/flott/format/json" // the format of the tests
	"github.com/flott/flott/internal/diag"
)

// put writes files below a folder: name, content, name, content, ….
func put(t *testing.T, folder string, files ...string) {
	t.Helper()
	for i := 0; i < len(files); i += 2 {
		path := filepath.Join(folder, files[i])
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func zipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// sourceAt returns a JSON table at path with further options.
func sourceAt(t *testing.T, path, columns string, options ...string) (connector.Source, connector.Table) {
	t.Helper()
	table := connectortest.Table(t, columns, append([]string{"path", path, "format", "json"}, options...)...)
	return sourceOf(t, table), table
}

func sourceOf(t *testing.T, table connector.Table) connector.Source {
	t.Helper()
	s, err := connector.Find("filesystem").NewSource(table)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

const two = `{"a":1}` + "\n" + `{"a":2}` + "\n"

func TestFiles(t *testing.T) {
	tests := []struct {
		name  string
		files []string
		want  []string
	}{
		{"one file", []string{"x.json", two}, []string{"+I[1]", "+I[2]"}},
		{"no newline at the end", []string{"x.json", `{"a":1}` + "\n" + `{"a":2}`}, []string{"+I[1]", "+I[2]"}},
		{"carriage returns and empty lines", []string{"x.json", "{\"a\":1}\r\n\r\n\n{\"a\":2}\r\n"}, []string{"+I[1]", "+I[2]"}},
		{"empty file", []string{"x.json", ""}, nil},
		{"folders, hidden names", []string{"b.json", `{"a":3}`, "a/x.json", two, "a/_SUCCESS", "", ".part.inprogress", "no json", "_tmp/x.json", "no json", "c/.d/x.json", "no json"}, []string{"+I[1]", "+I[2]", "+I[3]"}},
		{"gzip", []string{"x.json.gz", zipped(t, two)}, []string{"+I[1]", "+I[2]"}},
		{"many rows", []string{"x.json", strings.Repeat(two, 20)}, slices.Repeat([]string{"+I[1]", "+I[2]"}, 20)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, tt.files...)
			s, table := sourceAt(t, dir, "`a` INT")
			expect(t, connectortest.RunSource(t, s, table.Physical), tt.want...)
		})
	}
}

func TestPathForms(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "x y.json", two)
	file := filepath.Join(dir, "x y.json")
	for _, path := range []string{file, "file://" + file, "file:" + file, "file://" + strings.ReplaceAll(file, " ", "%20"), dir + "/./"} {
		s, table := sourceAt(t, path, "`a` INT")
		expect(t, connectortest.RunSource(t, s, table.Physical), "+I[1]", "+I[2]")
	}
}

// TestLongRecord has a record longer than the reader's buffer.
func TestLongRecord(t *testing.T) {
	long := strings.Repeat("x", 3*chunkSize)
	dir := t.TempDir()
	put(t, dir, "x.json", `{"a":"y"}`+"\n"+`{"a":"`+long+`"}`+"\n"+`{"a":"z"}`)
	s, table := sourceAt(t, dir, "`a` STRING")
	expect(t, connectortest.RunSource(t, s, table.Physical), "+I[y]", "+I["+long+"]", "+I[z]")

	put(t, dir, "x.json", `{"a":"`+strings.Repeat("x", 3<<20)+`"}`)
	env := connectortest.Env()
	env.MemoryBytes = 2 << 20
	r := connectortest.Reader(t, s, table.Physical, env, connectortest.Splits(t, s, env))
	defer r.Close()
	if _, err := connectortest.Next(t, r); err == nil || !strings.Contains(err.Error(), "a record is longer than 1048576 bytes") {
		t.Errorf("got %v", err)
	}
}

func TestPartitions(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d=1999-01-01") // a folder above the table is none of its partitions
	put(t, dir, "d=2024-02-01/k=a%2Fb/x.json", two, "d=2024-02-02/k=__DEFAULT_PARTITION__/x.json", `{"a":3}`)
	_, table := sourceAt(t, dir, "`a` INT, `d` DATE, `k` STRING")
	table.PartitionKeys = []string{"d", "k"}
	s := sourceOf(t, table)
	expect(t, connectortest.RunSource(t, s, table.Physical), "+I[1, 2024-02-01, a/b]", "+I[2, 2024-02-01, a/b]", "+I[3, 2024-02-02, NULL]")
	expect(t, connectortest.RunSource(t, s, table.Physical[2:]), "+I[a/b]", "+I[a/b]", "+I[NULL]")

	put(t, dir, "d=yesterday/k=x/x.json", two)
	env := connectortest.Env()
	r := connectortest.Reader(t, s, table.Physical, env, connectortest.Splits(t, s, env))
	defer r.Close()
	var err error
	for err == nil {
		_, err = connectortest.Next(t, r)
	}
	if !strings.Contains(err.Error(), "partition d=yesterday") {
		t.Errorf("got %v", err)
	}
}

func TestMetadata(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "x.json", `{"a":7}`)
	s, table := sourceAt(t, dir, "`a` INT")
	columns := append(connectortest.Columns(t, "`p` STRING, `n` STRING, `s` BIGINT, `m` TIMESTAMP_LTZ(3)"), table.Physical...)
	for i, key := range []string{"file.path", "file.name", "file.size", "file.modification-time"} {
		columns[i].Metadata = key
	}
	info, err := os.Stat(filepath.Join(dir, "x.json"))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, connectortest.RunSource(t, s, columns), "+I["+filepath.Join(dir, "x.json")+", x.json, 7, "+info.ModTime().UTC().Format("2006-01-02 15:04:05.000")+", 7]")
}

func TestPattern(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "x.json", two, "y.json", "no json")
	s, table := sourceAt(t, dir, "`a` INT", "source.path.regex-pattern", ".*/x.*")
	expect(t, connectortest.RunSource(t, s, table.Physical), "+I[1]", "+I[2]")
}

// TestMonitor finds files that come later, each once, also after a restore.
func TestMonitor(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "later")
	s, _ := sourceAt(t, dir, "`a` INT", "source.monitor-interval", "1 s")
	if s.Bounded() {
		t.Error("a table that is monitored is bounded")
	}
	e, err := s.Enumerator(connectortest.Env())
	if err != nil {
		t.Fatal(err)
	}
	found := func(want ...string) {
		t.Helper()
		splits, more, err := e.Discover(t.Context())
		if err != nil || !more {
			t.Fatalf("more %v, %v", more, err)
		}
		var got []string
		for _, s := range splits {
			got = append(got, filepath.Base(s.ID))
		}
		expect(t, got, want...)
	}
	found()
	put(t, dir, "b.json", two, "a.json", two)
	found("a.json", "b.json")
	found()
	state, err := e.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "c.json", two)
	if e, err = s.Enumerator(connectortest.Env()); err != nil {
		t.Fatal(err)
	}
	if err := e.Restore(state); err != nil {
		t.Fatal(err)
	}
	found("c.json")
}

func TestMissingPath(t *testing.T) {
	s, _ := sourceAt(t, "/no/such/folder", "`a` INT")
	e, err := s.Enumerator(connectortest.Env())
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = e.Discover(t.Context())
	var d *diag.Error
	if !errors.As(err, &d) || d.Code != "missing-path" || !strings.Contains(d.Message, "no file or folder /no/such/folder") || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

// TestMalformed names the file, the byte and the record.
func TestMalformed(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "x.json", two+`{"a":"`+strings.Repeat("z", 500)+`"}`+"\n")
	s, table := sourceAt(t, dir, "`a` INT")
	env := connectortest.Env()
	r := connectortest.Reader(t, s, table.Physical, env, connectortest.Splits(t, s, env))
	defer r.Close()
	_, err := connectortest.Next(t, r)
	if err == nil {
		t.Fatal("no error")
	}
	text := err.Error()
	for _, want := range []string{"x.json at byte 16", `field "a"`, `the record begins: {"a":"zzz`} {
		if !strings.Contains(text, want) {
			t.Errorf("%q does not say %q", text, want)
		}
	}
	if len(text) > 600 {
		t.Errorf("the message has %d bytes", len(text))
	}
}

func TestBrokenGzip(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "x.json.gz", zipped(t, strings.Repeat(two, 1000))[:40])
	s, table := sourceAt(t, dir, "`a` INT")
	env := connectortest.Env()
	r := connectortest.Reader(t, s, table.Physical, env, connectortest.Splits(t, s, env))
	defer r.Close()
	var err error
	for err == nil {
		_, err = connectortest.Next(t, r)
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "x.json.gz") {
		t.Errorf("got %v", err)
	}
}

func TestWrongOptions(t *testing.T) {
	tests := []struct {
		options []string
		code    string
	}{
		{[]string{"format", "json"}, "missing-option"},
		{[]string{"path", "/tmp"}, "missing-option"},
		{[]string{"path", "/tmp", "format", "jsn"}, "unknown-format"},
		{[]string{"path", "s3://bucket/x", "format", "json"}, "not-supported"},
		{[]string{"path", "/tmp", "format", "json", "source.path.regex-pattern", "("}, "option-value"},
	}
	for _, tt := range tests {
		_, err := connector.Find("filesystem").NewSource(connectortest.Table(t, "`a` INT", tt.options...))
		var d *diag.Error
		if !errors.As(err, &d) || d.Code != tt.code {
			t.Errorf("%q: got %v, want code %s", tt.options, err, tt.code)
		}
	}
}
