package parser

import (
	"reflect"
	"testing"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/sql/ast"
)

var spanType = reflect.TypeFor[diag.Span]()

// forget sets every span below v to zero, and texts taken from the script to
// "", so that trees of different texts can be compared.
func forget(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			forget(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			forget(v.Index(i))
		}
	case reflect.Struct:
		if v.Type() == spanType {
			v.SetZero()
			return
		}
		for i := range v.NumField() {
			if v.Type().Field(i).Name == "QueryText" {
				v.Field(i).SetString("")
				continue
			}
			forget(v.Field(i))
		}
	}
}

func sameTree(a, b any) bool {
	forget(reflect.ValueOf(a))
	forget(reflect.ValueOf(b))
	return reflect.DeepEqual(a, b)
}

// checkPrint holds invariant A3: what Print writes gives the same tree, and
// what PrintExpanded writes prints the same again.
func checkPrint[T ast.Node](t *testing.T, tree T, parse func(string) (T, *diag.Error)) {
	t.Helper()
	text := ast.Print(tree)
	again, err := parse(text)
	if err != nil {
		t.Fatalf("Print wrote what doesn't parse:\n%s", diag.Render(text, err, false))
	}
	if twice := ast.Print(again); twice != text {
		t.Fatalf("Print is no fixed point:\n%s\n%s", text, twice)
	}
	wide := ast.PrintExpanded(tree)
	again2, err := parse(wide)
	if err != nil {
		t.Fatalf("PrintExpanded wrote what doesn't parse:\n%s", diag.Render(wide, err, false))
	}
	if twice := ast.PrintExpanded(again2); twice != wide {
		t.Fatalf("PrintExpanded is no fixed point:\n%s\n%s", wide, twice)
	}
	if !sameTree(tree, again) {
		t.Fatalf("Print changed the tree: %s", text)
	}
}

// checkSpans holds invariant A1: every node has a span inside that of its parent.
func checkSpans(t *testing.T, script string, n ast.Node) {
	t.Helper()
	var check func(n ast.Node, outer diag.Span)
	check = func(n ast.Node, outer diag.Span) {
		s := n.Pos()
		if s.End < s.Start || s.Start < outer.Start || s.End > outer.End || s.End == s.Start {
			t.Fatalf("%T has span %v in %v of %q", n, s, outer, script)
		}
		ast.Walk(n, func(c ast.Node) bool {
			if c == n {
				return true
			}
			check(c, s)
			return false
		})
	}
	check(n, diag.Span{End: len(script)})
}

// checkError holds what every mistake must have: a code, a stage, a message,
// a place in the script.
func checkError(t *testing.T, script string, err *diag.Error) {
	t.Helper()
	if err.Code == "" || err.Stage == diag.StageUnset || err.Message == "" {
		t.Fatalf("an incomplete error: %#v", err)
	}
	for _, s := range append([]diag.Label{{Span: err.Span}}, err.Labels...) {
		if s.Span.Start < 0 || s.Span.End < s.Span.Start || s.Span.End > len(script) {
			t.Fatalf("error %v is at %v of %d bytes", err, s.Span, len(script))
		}
	}
	if diag.Render(script, err, false) == "" {
		t.Fatal("nothing to show")
	}
}
