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

	"github.com/flott/flott/option"
)

// TestTable holds the table against the names that the tree registers: texts
// that are an argument of a call whose name ends in Counter, Gauge, Histogram
// or Meter. Of a listed path the tree has the parts.
func TestTable(t *testing.T) {
	listed, last := map[string]bool{}, map[string]bool{}
	for _, i := range Table {
		if listed[i.Scope+" "+i.Name] {
			t.Errorf("%s %s is listed twice", i.Scope, i.Name)
		}
		listed[i.Scope+" "+i.Name] = true
		last[i.Name[strings.LastIndexByte(i.Name, '.')+1:]] = true
		if i.Help == "" || i.Kind == "" {
			t.Errorf("%s has no kind or no help", i.Name)
		}
	}
	calls := regexp.MustCompile(`^((?i:counter|gauge|gaugetext|histogram|histogramof|meter|metered)|Show)$`)
	texts := map[string]bool{}
	files := token.NewFileSet()
	for _, folder := range []string{"internal", "connector", "format"} {
		err := filepath.WalkDir(filepath.Join("..", "..", folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "metrics/table.go") {
				return err
			}
			f, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			text := func(e ast.Expr) string {
				if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
					if s, err := strconv.Unquote(l.Value); err == nil {
						return s
					}
				}
				return ""
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if e, ok := n.(ast.Expr); ok {
					texts[text(e)] = true
				}
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
				for _, a := range c.Args {
					s := text(a)
					if !calls.MatchString(name) || s == "" || last[s] || strings.HasSuffix(s, "PerSecond") && last[strings.TrimSuffix(s, "PerSecond")] {
						continue
					}
					t.Errorf("%s: metric %q is missing in internal/metrics/table.go", files.Position(a.Pos()), s)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	parts := map[string]bool{}
	for s := range texts {
		for part := range strings.SplitSeq(s, ".") {
			parts[part] = true
		}
	}
	for _, i := range Table {
		for part := range strings.SplitSeq(i.Name, ".") {
			if strings.Contains(part, "<") || strings.Contains(part, ">") || parts[part] {
				continue
			}
			t.Errorf("%s is listed and registered nowhere", i.Name)
		}
	}
}

// TestProcessTable holds what managers tell about the process against the table.
func TestProcessTable(t *testing.T) {
	r := New("h")
	if err := r.Configure(option.Set{"metrics.system-resource": "true"}); err != nil {
		t.Fatal(err)
	}
	r.JobManager()
	used := map[string]bool{}
	for _, m := range r.All(nil) {
		found := false
		for _, i := range Table {
			if i.Scope == both && i.Describes(m) {
				found, used[i.Name] = true, true
			}
		}
		if !found {
			t.Errorf("%s of %s is missing in the table", m.Name, m.Group.Logical())
		}
	}
	for _, i := range Table {
		if i.Scope == both && !used[i.Name] && !strings.HasPrefix(i.Name, "System.") {
			t.Errorf("%s is listed and not registered", i.Name)
		}
	}
}
