package parser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/flott/flott/internal/sql/ast"
)

// seeds adds the inputs of testdata that belong to one of the commands.
func seeds(f *testing.F, commands ...string) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		f.Fatal("no testdata", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, c := range strings.Split(string(raw), "\n\n") {
			command, rest, _ := strings.Cut(c, "\n")
			for _, want := range commands {
				if command == want {
					input, _, _ := strings.Cut(rest, "\n----")
					f.Add(input)
				}
			}
		}
	}
}

func FuzzExpr(f *testing.F) {
	seeds(f, "expr", "expandexpr", "shape")
	f.Fuzz(func(t *testing.T, text string) {
		if x, err := ParseExpr(text); err == nil {
			checkSpans(t, text, x)
			checkPrint(t, x, ParseExpr)
		} else {
			checkError(t, text, err)
		}
	})
}

func FuzzStatement(f *testing.F) {
	seeds(f, "statement", "expand")
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := ParseStatement(text); err == nil {
			checkSpans(t, text, s)
			checkPrint(t, s, ParseStatement)
		} else {
			checkError(t, text, err)
		}
	})
}

// FuzzSplit checks that pieces are in order and don't overlap, that each parses
// without a panic, and that its display text means the same.
func FuzzSplit(f *testing.F) {
	seeds(f, "split")
	f.Fuzz(func(t *testing.T, script string) {
		end := 0
		for p := range Split(script) {
			if p.Span.Start < end || p.Span.End <= p.Span.Start || p.Span.End > len(script) {
				t.Fatalf("piece %v after %d", p.Span, end)
			}
			end = p.Span.End
			s, err := p.Parse()
			if err != nil {
				checkError(t, script, err)
				continue
			}
			again, err := ParseStatement(p.Display())
			if err != nil {
				t.Fatalf("display text of %q: %v", p.Text(), err)
			}
			if a, b := ast.Print(s), ast.Print(again); a != b {
				t.Fatalf("display text %q means %q, not %q", p.Display(), b, a)
			}
		}
	})
}
