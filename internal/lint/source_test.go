package lint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/flott/flott"

// root is the module's folder, seen from this package.
const root = "../.."

// source is a Go file of the module.
type source struct {
	path   string // from the root, with slashes
	isTest bool
	file   *ast.File
	fset   *token.FileSet
}

// dir is the package's folder, "." for the root.
func (s source) dir() string { return path.Dir(s.path) }

// files calls f for every file of the module that people wrote: no data of
// tests, no dependencies, nothing hidden but .ci.
func files(t *testing.T, f func(name string)) {
	t.Helper()
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, p)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			name := d.Name()
			hidden := strings.HasPrefix(name, ".") && rel != "." && rel != ".ci"
			if hidden || name == "testdata" || name == "node_modules" || rel == "bin" {
				return fs.SkipDir
			}
			return nil
		}
		f(rel)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// sources parses all Go files, with their comments.
func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	fset := token.NewFileSet()
	files(t, func(name string) {
		if !strings.HasSuffix(name, ".go") {
			return
		}
		file, err := parser.ParseFile(fset, filepath.Join(root, name), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Errorf("%v", err)
			return
		}
		out = append(out, source{name, strings.HasSuffix(name, "_test.go"), file, fset})
	})
	if len(out) < 10 {
		t.Fatalf("only %d Go files below %s", len(out), root)
	}
	return out
}

func (s source) at(p token.Pos) string {
	pos := s.fset.Position(p)
	return s.path + ":" + strconv.Itoa(pos.Line)
}

func TestPackageDocs(t *testing.T) {
	documented, where := map[string]bool{}, map[string]string{}
	for _, s := range sources(t) {
		if s.isTest {
			continue
		}
		where[s.dir()] = s.file.Name.Name
		if doc := s.file.Doc.Text(); doc != "" {
			documented[s.dir()] = true
			name := s.file.Name.Name
			if name == "main" {
				continue
			}
			if !strings.HasPrefix(doc, "Package "+name+" ") {
				t.Errorf("%s: the package comment begins with %.30q, want %q", s.path, doc, "Package "+name)
			}
		}
	}
	for dir, name := range where {
		if !documented[dir] {
			t.Errorf("%s: package %s has no comment that says what it is for", dir, name)
		}
		if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "base", "core"}, name) {
			t.Errorf("%s: a package is named for what it holds, not %q", dir, name)
		}
	}
}

// TestNoSleep keeps tests from waiting for time to pass: they wait for what they
// want to see, or turn the clock themselves.
func TestNoSleep(t *testing.T) {
	for _, s := range sources(t) {
		if !s.isTest && !strings.HasPrefix(s.path, "test/") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Sleep" {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" {
					t.Errorf("%s: time.Sleep in a test", s.at(call.Pos()))
				}
			}
			return true
		})
	}
}

// TestNothingLeftOpen finds notes for later in what people wrote.
func TestNothingLeftOpen(t *testing.T) {
	words := []string{"TO" + "DO", "FIX" + "ME", "XX" + "X:"}
	files(t, func(name string) {
		switch path.Ext(name) {
		case ".go", ".md", ".sh", ".sql", ".mod", "":
		default:
			return
		}
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil || slices.Contains(b[:min(len(b), 512)], 0) {
			return // gone meanwhile, or not text
		}
		for n, line := range strings.Split(string(b), "\n") {
			for _, w := range words {
				if strings.Contains(line, w) {
					t.Errorf("%s:%d: %s: do it, or open an issue", name, n+1, w)
				}
			}
		}
	})
}
