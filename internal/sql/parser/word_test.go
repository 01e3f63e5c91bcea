package parser

import (
	goast "go/ast"
	goparser "go/parser"
	gotoken "go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestWordsAreKnown finds words that the parser compares tokens with but the
// word table lacks: such a comparison could never be true.
func TestWordsAreKnown(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	word := regexp.MustCompile(`^[A-Z][A-Z_0-9]+$`)
	// Methods whose arguments are words.
	takes := map[string]bool{"is": true, "isAny": true, "accept": true, "expect": true, "objectKind": true, "distribution": true, "zone": true}
	seen := 0
	check := func(fset *gotoken.FileSet, e goast.Expr) {
		l, ok := e.(*goast.BasicLit)
		if !ok || l.Kind != gotoken.STRING {
			return
		}
		s, _ := strconv.Unquote(l.Value)
		if !word.MatchString(s) {
			return
		}
		seen++
		if _, ok := words[s]; !ok {
			t.Errorf("%s: %q is not in grammarWords", fset.Position(l.Pos()), s)
		}
	}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		fset := gotoken.NewFileSet()
		file, err := goparser.ParseFile(fset, f, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		goast.Inspect(file, func(n goast.Node) bool {
			switch n := n.(type) {
			case *goast.CallExpr:
				if sel, ok := n.Fun.(*goast.SelectorExpr); ok && takes[sel.Sel.Name] {
					for _, a := range n.Args {
						check(fset, a)
					}
				}
			case *goast.CaseClause:
				for _, e := range n.List {
					check(fset, e)
				}
			case *goast.BinaryExpr:
				check(fset, n.X)
				check(fset, n.Y)
			}
			return true
		})
	}
	for _, table := range []map[string]bool{niladic} {
		for w := range table {
			if _, ok := words[w]; !ok {
				t.Errorf("%q is not in grammarWords", w)
			}
		}
	}
	for w := range statements {
		if _, ok := words[w]; !ok {
			t.Errorf("statement %q is not in grammarWords", w)
		}
	}
	for w := range specialCalls {
		if _, ok := words[w]; !ok {
			t.Errorf("function %q is not in grammarWords", w)
		}
	}
	for w := range intervalUnits {
		if _, ok := words[w]; !ok {
			t.Errorf("unit %q is not in grammarWords", w)
		}
	}
	for _, k := range showKinds {
		for _, w := range strings.Fields(string(k)) {
			if _, ok := words[w]; !ok {
				t.Errorf("SHOW %q is not in grammarWords", w)
			}
		}
	}
	for _, kinds := range alterActions {
		for _, w := range kinds {
			if _, ok := words[w]; !ok {
				t.Errorf("ALTER … %q is not in grammarWords", w)
			}
		}
	}
	if seen < 200 {
		t.Fatalf("found only %d words: the test doesn't look where it should", seen)
	}
}

func TestLongestWord(t *testing.T) {
	for w := range words {
		if len(w) > longestWord {
			t.Errorf("%s is longer than longestWord", w)
		}
	}
}
