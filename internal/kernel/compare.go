package kernel

import (
	"bytes"
	"cmp"

	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Eq stores a == b. Like its siblings it follows IEEE 754 for floating numbers:
// NaN equals nothing.
func Eq[T comparable](out []bool, a, b []T) {
	switch {
	case len(b) == len(out) && len(a) == len(out):
		eqVV(out, a, b)
	case len(a) == len(out):
		eqVC(out, a, b[0])
	case len(b) == len(out):
		eqVC(out, b, a[0])
	default:
		fill(out, a[0] == b[0])
	}
}

func eqVV[T comparable](out []bool, a, b []T) {
	a, b = a[:len(out)], b[:len(out)]
	for i := range out {
		out[i] = a[i] == b[i]
	}
}

func eqVC[T comparable](out []bool, a []T, b T) {
	a = a[:len(out)]
	for i := range out {
		out[i] = a[i] == b
	}
}

// Ne stores a != b.
func Ne[T comparable](out []bool, a, b []T) {
	switch {
	case len(b) == len(out) && len(a) == len(out):
		neVV(out, a, b)
	case len(a) == len(out):
		neVC(out, a, b[0])
	case len(b) == len(out):
		neVC(out, b, a[0])
	default:
		fill(out, a[0] != b[0])
	}
}

func neVV[T comparable](out []bool, a, b []T) {
	a, b = a[:len(out)], b[:len(out)]
	for i := range out {
		out[i] = a[i] != b[i]
	}
}

func neVC[T comparable](out []bool, a []T, b T) {
	a = a[:len(out)]
	for i := range out {
		out[i] = a[i] != b
	}
}

// Lt stores a < b; a > b is Lt(out, b, a).
func Lt[T cmp.Ordered](out []bool, a, b []T) {
	switch {
	case len(b) == len(out) && len(a) == len(out):
		ltVV(out, a, b)
	case len(a) == len(out):
		ltVC(out, a, b[0])
	case len(b) == len(out):
		ltCV(out, a[0], b)
	default:
		fill(out, a[0] < b[0])
	}
}

func ltVV[T cmp.Ordered](out []bool, a, b []T) {
	a, b = a[:len(out)], b[:len(out)]
	for i := range out {
		out[i] = a[i] < b[i]
	}
}

func ltVC[T cmp.Ordered](out []bool, a []T, b T) {
	a = a[:len(out)]
	for i := range out {
		out[i] = a[i] < b
	}
}

func ltCV[T cmp.Ordered](out []bool, a T, b []T) {
	b = b[:len(out)]
	for i := range out {
		out[i] = a < b[i]
	}
}

// Le stores a <= b; a >= b is Le(out, b, a).
func Le[T cmp.Ordered](out []bool, a, b []T) {
	switch {
	case len(b) == len(out) && len(a) == len(out):
		leVV(out, a, b)
	case len(a) == len(out):
		leVC(out, a, b[0])
	case len(b) == len(out):
		leCV(out, a[0], b)
	default:
		fill(out, a[0] <= b[0])
	}
}

func leVV[T cmp.Ordered](out []bool, a, b []T) {
	a, b = a[:len(out)], b[:len(out)]
	for i := range out {
		out[i] = a[i] <= b[i]
	}
}

func leVC[T cmp.Ordered](out []bool, a []T, b T) {
	a = a[:len(out)]
	for i := range out {
		out[i] = a[i] <= b
	}
}

func leCV[T cmp.Ordered](out []bool, a T, b []T) {
	b = b[:len(out)]
	for i := range out {
		out[i] = a <= b[i]
	}
}

// Relation is one of the six comparisons, as the set of outcomes of a
// three-way comparison that make it true: bit 0 less, bit 1 equal, bit 2
// greater.
type Relation uint8

const (
	Less         Relation = 1
	Equal        Relation = 2
	LessEqual    Relation = 3
	Greater      Relation = 4
	NotEqual     Relation = 5
	GreaterEqual Relation = 6
)

// Holds reports whether the relation is true for an outcome of -1, 0 or +1.
func (r Relation) Holds(outcome int) bool { return r>>uint(outcome+1)&1 != 0 }

// Compare is a comparison of two vectors.
type Compare func(out []bool, a, b *vector.Vector)

// Comparison returns the kernel of a relation between two vectors of types a
// and b: equal types but for lengths, or any two DECIMALs.
func Comparison(r Relation, a, b types.Type) Compare {
	if a.Kind == types.Decimal && (a.Scale != b.Scale || a.Phys() != b.Phys()) {
		return decimalComparison(r, a, b)
	}
	switch a.Phys() {
	case types.PhysBool:
		return boolComparison(r)
	case types.PhysInt8:
		return ordered[int8](r)
	case types.PhysInt16:
		return ordered[int16](r)
	case types.PhysInt32:
		return ordered[int32](r)
	case types.PhysInt64:
		return ordered[int64](r)
	case types.PhysFloat32:
		return ordered[float32](r)
	case types.PhysFloat64:
		return ordered[float64](r)
	case types.PhysWide:
		return func(out []bool, a, b *vector.Vector) { threeWay(out, a.Wides(), b.Wides(), r) }
	case types.PhysStamp:
		return func(out []bool, a, b *vector.Vector) { threeWayStamp(out, a.Timestamps(), b.Timestamps(), r) }
	case types.PhysBytes:
		switch r {
		case Equal:
			return equalBytes(true)
		case NotEqual:
			return equalBytes(false)
		}
		order := bytes.Compare
		if a.IsString() {
			order = OrderStrings
		}
		return func(out []bool, a, b *vector.Vector) {
			for i := range out {
				out[i] = r.Holds(order(a.Bytes(i), b.Bytes(i)))
			}
		}
	}
	return func(out []bool, a, b *vector.Vector) {
		for i := range out {
			out[i] = r.Holds(Order(a, i, b, i))
		}
	}
}

// OrderStrings compares UTF-8 texts as Java compares strings, by their UTF-16
// units: characters beyond U+FFFF, which have two surrogates there, come before
// U+E000.
func OrderStrings(a, b []byte) int {
	n := min(len(a), len(b))
	for i := 0; i < n; i++ {
		x, y := a[i], b[i]
		if x == y {
			continue
		}
		if x >= 0xee && y >= 0xee && (x >= 0xf0) != (y >= 0xf0) {
			return cmp.Compare(y, x)
		}
		return cmp.Compare(x, y)
	}
	return cmp.Compare(len(a), len(b))
}

func ordered[T interface {
	cmp.Ordered
	vector.Fixed
}](r Relation) Compare {
	op, swap := Eq[T], false
	switch r {
	case NotEqual:
		op = Ne[T]
	case Less:
		op = Lt[T]
	case LessEqual:
		op = Le[T]
	case Greater:
		op, swap = Lt[T], true
	case GreaterEqual:
		op, swap = Le[T], true
	}
	return func(out []bool, a, b *vector.Vector) {
		if swap {
			a, b = b, a
		}
		op(out, vector.Slice[T](a), vector.Slice[T](b))
	}
}

func boolComparison(r Relation) Compare {
	return func(out []bool, a, b *vector.Vector) {
		x, y := a.Bools(), b.Bools()
		xt, yt := step(x, out), step(y, out)
		for i := range out {
			out[i] = r.Holds(int(b2i(x[i&xt])) - int(b2i(y[i&yt])))
		}
	}
}

func threeWay(out []bool, a, b []types.Int128, r Relation) {
	at, bt := step(a, out), step(b, out)
	for i := range out {
		out[i] = r.Holds(a[i&at].Cmp(b[i&bt]))
	}
}

func threeWayStamp(out []bool, a, b []types.Timestamp, r Relation) {
	at, bt := step(a, out), step(b, out)
	for i := range out {
		out[i] = r.Holds(OrderTimestamps(a[i&at], b[i&bt]))
	}
}

// OrderTimestamps returns -1, 0 or +1.
func OrderTimestamps(a, b types.Timestamp) int {
	if c := cmp.Compare(a.Milli, b.Milli); c != 0 {
		return c
	}
	return cmp.Compare(a.Nano, b.Nano)
}

func decimalComparison(r Relation, ta, tb types.Type) Compare {
	la, lb := Wide(ta), Wide(tb)
	return func(out []bool, a, b *vector.Vector) {
		for i := range out {
			out[i] = r.Holds(types.CmpDecimal(la(a, i), lb(b, i), ta.Scale, tb.Scale))
		}
	}
}

// Wide returns how to read a DECIMAL of type t as an Int128.
func Wide(t types.Type) func(v *vector.Vector, i int) types.Int128 {
	if t.Phys() == types.PhysInt64 {
		return func(v *vector.Vector, i int) types.Int128 { return types.Int128Of(At[int64](v, i)) }
	}
	return At[types.Int128]
}

// At returns element i, of a constant the only one.
func At[T vector.Fixed](v *vector.Vector, i int) T {
	if v.Const {
		i = 0
	}
	return vector.Slice[T](v)[i]
}

func equalBytes(want bool) Compare {
	return func(out []bool, a, b *vector.Vector) {
		if a.Const {
			a, b = b, a
		}
		if !b.Const {
			for i := range out {
				out[i] = string(a.Bytes(i)) == string(b.Bytes(i)) == want
			}
			return
		}
		base, c := a.Base(), b.Bytes(0)
		if a.Const {
			fill(out, string(a.Bytes(0)) == string(c) == want)
			return
		}
		refs := a.Refs()[:len(out)]
		for i, r := range refs {
			out[i] = int(r.Len) == len(c) && string(base[r.Off:r.Off+r.Len]) == string(c) == want || int(r.Len) != len(c) && !want
		}
	}
}
