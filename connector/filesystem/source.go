package filesystem

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/format"
	"github.com/flott/flott/internal/diag"
)

type source struct {
	table   connector.Table
	root    string
	pattern *regexp.Regexp
	changes connector.Changelog
}

func newSource(t connector.Table) (connector.Source, error) {
	dir, err := root(t)
	if err != nil {
		return nil, err
	}
	re, err := pattern(t)
	if err != nil {
		return nil, err
	}
	f, _, err := format.Scoped(t.Options, "format")
	if err != nil {
		return nil, err
	}
	s := &source{table: t, root: dir, pattern: re}
	if f.Changelog {
		s.changes = connector.All
	}
	return s, nil
}

func (s *source) Bounded() bool                  { return s.table.Options.Duration(monitorInterval) == 0 }
func (s *source) Changelog() connector.Changelog { return s.changes }

// position is the state of a split.
type position struct {
	Path   string `json:"path"`
	Offset int64  `json:"offset"` // decompressed bytes behind the last row
}

func (p position) split() connector.Split {
	b, _ := json.Marshal(p) // a string and a number
	return connector.Split{ID: p.Path, State: b}
}

type enumerator struct {
	source *source
	seen   map[string]bool
}

func (s *source) Enumerator(connector.Env) (connector.Enumerator, error) {
	return &enumerator{s, map[string]bool{}}, nil
}

func (e *enumerator) Discover(ctx context.Context) ([]connector.Split, bool, error) {
	var files []string
	err := filepath.WalkDir(e.source.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if path != e.source.root && hidden(d.Name()) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if !d.IsDir() && !e.seen[path] && (e.source.pattern == nil || e.source.pattern.MatchString(path)) {
			files = append(files, path)
		}
		return nil
	})
	more := !e.source.Bounded()
	if os.IsNotExist(err) && more {
		return nil, true, nil // it may still come
	}
	if os.IsNotExist(err) {
		return nil, false, &diag.Error{Code: "missing-path", Stage: diag.StageRun, Cause: err, Help: "create it, or correct 'path'",
			Message: fmt.Sprintf("table %s: there is no file or folder %s", e.source.table.Path, e.source.root)}
	}
	if err != nil {
		return nil, false, fmt.Errorf("read table %s: %w", e.source.table.Path, err)
	}
	sort.Strings(files)
	out := make([]connector.Split, len(files))
	for i, f := range files {
		e.seen[f] = true
		out[i] = position{Path: f}.split()
	}
	return out, more, nil
}

func hidden(name string) bool { return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") }

func (e *enumerator) Interval() time.Duration {
	return e.source.table.Options.Duration(monitorInterval)
}

func (e *enumerator) Snapshot() ([]byte, error) {
	paths := make([]string, 0, len(e.seen))
	for p := range e.seen {
		paths = append(paths, p)
	}
	sort.Strings(paths)
	return json.Marshal(paths)
}

func (e *enumerator) Restore(state []byte) error {
	if len(state) == 0 {
		return nil
	}
	var paths []string
	if err := json.Unmarshal(state, &paths); err != nil {
		return fmt.Errorf("restore the files of %s: %w", e.source.table.Path, err)
	}
	for _, p := range paths {
		e.seen[p] = true
	}
	return nil
}

func (e *enumerator) Close() error { return nil }
