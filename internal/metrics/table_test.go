package metrics

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestTable holds the table against the names that the tree registers: texts
// that are an argument of a call whose name ends in Counter, Gauge, Histogram
// or Meter.
func TestTable(t *testing.T) {
	listed := map[string]bool{}
	for _, i := range Table {
		if listed[i.Scope+" "+i.Name] {
			t.Errorf("%s %s is listed twice", i.Scope, i.Name)
		}
		listed[i.Scope+" "+i.Name], listed[i.Name] = true, true
		if i.Help == "" || i.Kind == "" {
			t.Errorf("%s has no kind or no help", i.Name)
		}
	}
	calls := regexp.MustCompile(`^(?i:counter|gauge|histogram|meter|metered)$`)
	found := map[string]bool{}
	files := token.NewFileSet()
	for _, folder := range []string{"internal", "connector", "format"} {
		err := filepath.WalkDir(filepath.Join("..", "..", folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			f, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(f, func(n ast.Node) bool {
				c, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				name := ""
				switch f := c.Fun.(type) {
				case *ast.Ident:
					name = f.Name
				case *ast.SelectorExpr:
					name = f.Sel.Name
				}
				if !calls.MatchString(name) {
					return true
				}
				for _, a := range c.Args {
					if l, ok := a.(*ast.BasicLit); ok && l.Kind == token.STRING {
						if text, err := strconv.Unquote(l.Value); err == nil && text != "" {
							found[text] = true
							if !listed[text] {
								t.Errorf("%s: metric %q is missing in internal/metrics/table.go", files.Position(l.Pos()), text)
							}
						}
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, i := range Table {
		if !found[i.Name] && !strings.Contains(i.Name, "…") && !strings.HasSuffix(i.Name, "State") {
			t.Errorf("%s is listed and registered nowhere", i.Name)
		}
	}
}
