package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/flott/flott/internal/diag"
)

// Store is a catalog store of kind file: it keeps what CREATE CATALOG said, a file
// for each catalog, as Flink does. What is in the catalogs is theirs to keep.
//
//	# comment: "mine"
//	default-database: "sales"
//	type: "generic_in_memory"
type Store struct{ path string }

// OpenStore opens the store in a folder and makes the folder if it isn't there.
func OpenStore(path string) (*Store, *diag.Error) {
	path = strings.TrimPrefix(path, "file://")
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, ioFailure("open catalog store", err)
	}
	return &Store{path: path}, nil
}

const commentLine = "# comment: "

func (s *Store) file(name string) string { return filepath.Join(s.path, encodeName(name)+".yaml") }

// names lists the catalogs in the store.
func (s *Store) names() ([]string, *diag.Error) {
	files, err := os.ReadDir(s.path)
	if err != nil {
		return nil, ioFailure("read catalog store", err)
	}
	var out []string
	for _, f := range files {
		if base, ok := strings.CutSuffix(f.Name(), ".yaml"); ok {
			if name, ok := decodeName(base); ok {
				out = append(out, name)
			}
		}
	}
	return out, nil
}

// read returns a catalog's options and comment.
func (s *Store) read(name string) (options map[string]string, comment string, err *diag.Error) {
	raw, e := os.ReadFile(s.file(name))
	if e != nil {
		return nil, "", ioFailure("read catalog store", e)
	}
	options = map[string]string{}
	for i, line := range strings.Split(string(raw), "\n") {
		if rest, ok := strings.CutPrefix(line, commentLine); ok {
			if json.Unmarshal([]byte(rest), &comment) == nil {
				continue
			}
		}
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' || line == "---" {
			continue
		}
		key, value, ok := entry(line)
		if !ok {
			return nil, "", failure("catalog-entry", "correct the file, or remove it", "catalog %q cannot be read: line %d of %s is not key: value", name, i+1, s.file(name))
		}
		options[key] = value
	}
	return options, comment, nil
}

// entry reads a line key: value.
func entry(line string) (key, value string, ok bool) {
	rest := ""
	if strings.HasPrefix(line, `"`) {
		d := json.NewDecoder(strings.NewReader(line))
		if d.Decode(&key) != nil {
			return "", "", false
		}
		rest, ok = strings.CutPrefix(line[d.InputOffset():], ":")
	} else {
		key, rest, ok = strings.Cut(line, ":")
	}
	if value, plain := scalar(strings.TrimSpace(rest)); ok && plain && key != "" {
		return key, value, true
	}
	return "", "", false
}

// scalar reads a YAML scalar of one line: plain, or in quotes of either kind.
func scalar(text string) (string, bool) {
	switch {
	case strings.HasPrefix(text, `"`):
		var s string
		err := json.Unmarshal([]byte(text), &s)
		return s, err == nil
	case strings.HasPrefix(text, "'"):
		if len(text) < 2 || !strings.HasSuffix(text, "'") {
			return "", false
		}
		return strings.ReplaceAll(text[1:len(text)-1], "''", "'"), true
	}
	return text, !strings.ContainsAny(text, "{}[]&*|>")
}

// write stores a catalog's options and comment.
func (s *Store) write(c *Catalog) *diag.Error {
	var b strings.Builder
	if c.Comment != "" {
		b.WriteString(commentLine + jsonString(c.Comment) + "\n")
	}
	keys := make([]string, 0, len(c.Options))
	for k := range c.Options {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		key := k
		if strings.ContainsFunc(k, func(r rune) bool {
			return r != '.' && r != '-' && r != '_' && !('a' <= r|0x20 && r|0x20 <= 'z' || '0' <= r && r <= '9')
		}) {
			key = jsonString(k)
		}
		fmt.Fprintf(&b, "%s: %s\n", key, jsonString(c.Options[k]))
	}
	if err := writeFile(s.file(c.Name), b.String()); err != nil {
		return ioFailure("write catalog store", err)
	}
	return nil
}

func (s *Store) remove(name string) *diag.Error {
	if err := os.Remove(s.file(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return ioFailure("write catalog store", err)
	}
	return nil
}

func jsonString(s string) string {
	b, _ := json.Marshal(s) // a string always can
	return string(b)
}
