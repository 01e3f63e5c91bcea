package ast

import (
	"reflect"
	"sync"
)

// Walk visits n and, where visit returns true, the nodes below it, in the order
// of the struct's fields. It uses reflection and so knows every node; where
// speed counts, switch on the types.
func Walk(n Node, visit func(Node) bool) {
	if n == nil || !visit(n) {
		return
	}
	children(reflect.ValueOf(n), func(c Node) bool {
		Walk(c, visit)
		return true
	})
}

// Higher reports whether the tree below n has more than limit levels. It
// recurses no deeper than that.
func Higher(n Node, limit int) bool {
	if limit == 0 {
		return true
	}
	higher := false
	children(reflect.ValueOf(n), func(c Node) bool {
		higher = Higher(c, limit-1)
		return !higher
	})
	return higher
}

var nodeType = reflect.TypeFor[Node]()

// nodeFields caches, for a struct type, the indexes of the fields that are
// nodes or slices of nodes.
var nodeFields sync.Map // reflect.Type → []int

func fieldsOf(t reflect.Type) []int {
	if f, ok := nodeFields.Load(t); ok {
		return f.([]int)
	}
	var l []int
	for i := range t.NumField() {
		f := t.Field(i)
		e := f.Type
		if e.Kind() == reflect.Slice {
			e = e.Elem()
		}
		if f.Name != "At" && f.Name != "OpAt" && f.Name != "KindAt" && (e.Implements(nodeType) || reflect.PointerTo(e).Implements(nodeType)) {
			l = append(l, i)
		}
	}
	nodeFields.Store(t, l)
	return l
}

// children calls visit with the nodes right below v until it returns false.
func children(v reflect.Value, visit func(Node) bool) {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return
	}
	for _, i := range fieldsOf(v.Type()) {
		f := v.Field(i)
		if f.Kind() != reflect.Slice {
			if !visitValue(f, visit) {
				return
			}
			continue
		}
		for j := range f.Len() {
			if !visitValue(f.Index(j), visit) {
				return
			}
		}
	}
}

func visitValue(v reflect.Value, visit func(Node) bool) bool {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return true
		}
	case reflect.Struct: // a node by value: Ident, Unit, FrameBound
		return visit(v.Addr().Interface().(Node))
	}
	return visit(v.Interface().(Node))
}
