package diag

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestCodes holds the table of codes against the codes that the tree uses:
// values of a field Code, constants named code…, and arguments of parameters
// named code.
func TestCodes(t *testing.T) {
	used := usedCodes(t)
	known := map[string]bool{}
	for _, c := range Codes {
		if known[c.Name] {
			t.Errorf("code %q is listed twice", c.Name)
		}
		known[c.Name] = true
		if used[c.Name] == "" {
			t.Errorf("code %q is listed and nowhere used", c.Name)
		}
		if c.Meaning == "" || c.Fix == "" {
			t.Errorf("code %q has no meaning or no fix", c.Name)
		}
	}
	if !slices.IsSortedFunc(Codes, func(a, b CodeInfo) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the table is not in the order of the codes")
	}
	for code, at := range used {
		if !known[code] {
			t.Errorf("%s: code %q is missing in internal/diag/codes.go", at, code)
		}
	}
	if len(used) < 20 {
		t.Errorf("only %d codes were found in the tree: the search is broken", len(used))
	}
}

var kebab = regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)*$`)

// usedCodes returns the codes of all packages, each with a place.
func usedCodes(t *testing.T) map[string]string {
	t.Helper()
	packages := map[string][]*ast.File{}
	files := token.NewFileSet()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (d.Name()[0] == '.' || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir := filepath.Dir(path)
		packages[dir] = append(packages[dir], f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]string{}
	note := func(e ast.Expr) {
		if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
			if text, err := strconv.Unquote(l.Value); err == nil && kebab.MatchString(text) {
				used[text] = files.Position(l.Pos()).String()
			}
		}
	}
	// Functions by package and name with the place of their parameter `code`.
	takes := map[string]int{}
	for _, list := range packages {
		for _, f := range list {
			for name, i := range codeParameters(f) {
				takes[f.Name.Name+"."+name] = i
			}
		}
	}
	for _, list := range packages {
		for _, f := range list {
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CompositeLit:
					if named(n.Type) != "Error" {
						return true
					}
					for _, e := range n.Elts {
						if kv, ok := e.(*ast.KeyValueExpr); ok && named(kv.Key) == "Code" {
							note(kv.Value)
						}
					}
				case *ast.CallExpr:
					i, ok := takes[f.Name.Name+"."+named(n.Fun)]
					if sel, other := n.Fun.(*ast.SelectorExpr); !ok && other {
						i, ok = takes[named(sel.X)+"."+sel.Sel.Name]
					}
					if ok && i < len(n.Args) {
						note(n.Args[i])
					}
				case *ast.ValueSpec:
					for i, name := range n.Names {
						if strings.HasPrefix(name.Name, "code") && i < len(n.Values) {
							note(n.Values[i])
						}
					}
				case *ast.AssignStmt:
					for i, left := range n.Lhs {
						if name := named(left); (name == "Code" || name == "code") && len(n.Lhs) == len(n.Rhs) {
							note(n.Rhs[i])
						}
					}
				}
				return true
			})
		}
	}
	return used
}

// codeParameters finds functions with a string parameter `code`.
func codeParameters(f *ast.File) map[string]int {
	out := map[string]int{}
	look := func(name string, t *ast.FuncType) {
		i := 0
		for _, p := range t.Params.List {
			for _, n := range p.Names {
				if n.Name == "code" {
					out[name] = i
				}
				i++
			}
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			look(n.Name.Name, n.Type)
		case *ast.AssignStmt:
			if len(n.Lhs) == 1 && len(n.Rhs) == 1 {
				if l, ok := n.Rhs[0].(*ast.FuncLit); ok {
					look(named(n.Lhs[0]), l.Type)
				}
			}
		}
		return true
	})
	return out
}

// named is the last word of an identifier, selector, pointer or literal's type.
func named(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}
