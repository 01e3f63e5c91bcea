package parser

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/sql/ast"
)

var rewrite = flag.Bool("rewrite", false, "write what the tests got into testdata")

// TestData runs the cases of testdata/*.txt:
//
//	command
//	input, up to a line of four dashes
//	----
//	output, up to a blank line
//
// Commands: expr and statement print the canonical text; expand prints the
// expanded one of a statement, expandexpr that of an expression; shape draws the
// tree of an expression; split lists the pieces of a script with their places.
// A mistake is printed as the user sees it.
func TestData(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) { runDataFile(t, f) })
	}
}

func runDataFile(t *testing.T, file string) {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(raw), "\n")
	var out strings.Builder
	for i := 0; i < len(lines); {
		if lines[i] == "" || strings.HasPrefix(lines[i], "#") {
			if i < len(lines)-1 {
				out.WriteString(lines[i] + "\n")
			}
			i++
			continue
		}
		command, at := lines[i], i+1
		var input, want []string
		for i++; i < len(lines) && lines[i] != "----"; i++ {
			input = append(input, lines[i])
		}
		for i++; i < len(lines) && lines[i] != ""; i++ {
			want = append(want, lines[i])
		}
		got := strings.TrimRight(runCommand(t, command, strings.Join(input, "\n")), "\n")
		fmt.Fprintf(&out, "%s\n%s\n----\n%s\n", command, strings.Join(input, "\n"), got)
		if w := strings.Join(want, "\n"); got != w && !*rewrite {
			t.Errorf("%s:%d: %s\ngot:\n%s\nwant:\n%s", file, at, strings.Join(input, "\n"), got, w)
		}
	}
	if *rewrite {
		if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func runCommand(t *testing.T, command, input string) string {
	switch command {
	case "expr", "expandexpr", "shape":
		x, err := ParseExpr(input)
		if err != nil {
			return diag.Render(input, err, false)
		}
		checkSpans(t, input, x)
		text := ast.Print(x)
		switch command {
		case "expandexpr":
			text = ast.PrintExpanded(x)
		case "shape":
			text = shape(reflect.ValueOf(x))
		}
		checkPrint(t, x, ParseExpr)
		return text
	case "statement", "expand":
		s, err := ParseStatement(input)
		if err != nil {
			return diag.Render(input, err, false)
		}
		checkSpans(t, input, s)
		text := ast.Print(s)
		if command == "expand" {
			text = ast.PrintExpanded(s)
		}
		checkPrint(t, s, ParseStatement)
		return text
	case "split":
		var b strings.Builder
		for p := range Split(input) {
			line, col := diag.LineCol(input, p.Span.Start)
			fmt.Fprintf(&b, "%d:%d %s\n", line, col, strings.ReplaceAll(p.Display(), "\n", "⏎"))
			if s, err := p.Parse(); err != nil {
				b.WriteString(diag.Render(input, err, false))
			} else {
				checkSpans(t, input, s)
			}
		}
		return b.String()
	}
	t.Fatalf("no command %q", command)
	return ""
}

// shape draws an expression as (Type field field …), places left out.
func shape(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Interface:
		return shape(v.Elem())
	case reflect.Pointer:
		if n, ok := v.Interface().(*ast.Name); ok {
			return n.String()
		}
		return shape(v.Elem())
	case reflect.Slice:
		parts := make([]string, v.Len())
		for i := range parts {
			parts[i] = shape(v.Index(i))
		}
		return "[" + strings.Join(parts, " ") + "]"
	case reflect.Struct:
		if lit, ok := v.Interface().(ast.NumberLit); ok {
			return lit.Text
		}
		parts := []string{v.Type().Name()}
		for i := range v.NumField() {
			f := v.Field(i)
			if v.Type().Field(i).Type == reflect.TypeFor[ast.At]() || f.IsZero() {
				continue
			}
			if f.Kind() == reflect.Bool {
				parts = append(parts, v.Type().Field(i).Name)
			} else {
				parts = append(parts, shape(f))
			}
		}
		return "(" + strings.Join(parts, " ") + ")"
	}
	return fmt.Sprint(v.Interface())
}
