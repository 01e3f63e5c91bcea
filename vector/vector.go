package vector

import (
	"fmt"
	"unsafe"

	"github.com/flott/flott/types"
)

// DefaultSize is the usual number of rows in a batch.
const DefaultSize = 1024

// Ref is the place of a string in its column's base buffer.
type Ref struct{ Off, Len uint32 }

// Fixed are the Go element types of fixed-width columns.
type Fixed interface {
	bool | int8 | int16 | int32 | int64 | float32 | float64 | types.Int128 | types.Timestamp | Ref
}

// Vector is one column. The zero Vector is not usable; call New.
type Vector struct {
	typ   types.Type
	phys  types.Phys
	width int
	n     int
	room  int // rows that store holds
	// Const says that one stored element stands for all rows (expressions only).
	Const bool
	// Stable says that base is never written again; see the package comment.
	Stable bool

	store    []uint64 // fixed-width values, 8-byte aligned
	valid    []uint64 // validity bitmap, bit set = not NULL; nil = no NULLs
	bitmap   []uint64 // the vector's own memory for valid, kept across Reset
	base     []byte   // bytes that Refs point into
	shared   bool     // base belongs to somebody else: copy before appending
	children []*Vector
}

// New returns an empty vector of the given type with room for capacity rows.
func New(t types.Type, capacity int) *Vector {
	v := &Vector{typ: t, phys: t.Phys()}
	v.width = v.phys.Width()
	if v.phys == types.PhysList {
		v.width = 4
		capacity++
	}
	v.setStore(make([]uint64, (capacity*v.width+7)/8))
	for _, c := range t.Children() {
		v.children = append(v.children, New(c, capacity))
	}
	return v
}

// Type returns the logical type.
func (v *Vector) Type() types.Type { return v.typ }

// SetType changes the logical type to one of the same Phys (e.g. its
// nullability or time attribute).
func (v *Vector) SetType(t types.Type) { v.typ = t }

// Phys returns the memory form.
func (v *Vector) Phys() types.Phys { return v.phys }

// Len returns the number of rows.
func (v *Vector) Len() int { return v.n }

// Reset empties the vector and keeps its memory. A shared base is let go.
func (v *Vector) Reset() {
	v.n, v.valid, v.Const = 0, nil, false
	if v.shared || v.Stable {
		v.base, v.shared, v.Stable = nil, false, false
	} else {
		v.base = v.base[:0]
	}
	for _, c := range v.children {
		c.Reset()
	}
	if v.phys == types.PhysList {
		v.offsetStore(1)[0] = 0
	}
}

// Resize sets the number of rows without touching values; NULLs are forgotten.
// New fixed-width elements are unspecified, new Refs and lists are empty.
func (v *Vector) Resize(n int) {
	v.valid = nil
	old := v.n
	v.grow(n)
	v.n = n
	switch v.phys {
	case types.PhysBytes:
		if n > old {
			clear(Slice[Ref](v)[old:])
		}
	case types.PhysList:
		o := v.Offsets()
		last := o[min(old, n)]
		for i := min(old, n); i < n; i++ {
			o[i+1] = last
		}
	case types.PhysStruct:
		for _, c := range v.children {
			c.Resize(n)
		}
	}
}

func (v *Vector) grow(n int) {
	if v.width == 0 {
		return
	}
	if v.phys == types.PhysList {
		n++
	}
	need := (n*v.width + 7) / 8
	if need <= len(v.store) {
		return
	}
	s := make([]uint64, max(need, 2*len(v.store), 8))
	copy(s, v.store)
	v.setStore(s)
}

func (v *Vector) setStore(s []uint64) {
	v.store = s
	if v.width > 0 && v.phys != types.PhysList {
		v.room = len(s) * 8 / v.width
	}
}

func (v *Vector) offsetStore(n int) []int32 {
	v.grow(n - 1)
	return unsafe.Slice((*int32)(unsafe.Pointer(unsafe.SliceData(v.store))), n)
}

// Slice returns the values of a fixed-width vector (one value if Const). T must
// be the element type of the vector's Phys.
func Slice[T Fixed](v *Vector) []T {
	var z T
	if int(unsafe.Sizeof(z)) != v.width || v.phys == types.PhysList {
		panic(fmt.Sprintf("vector: %s read as elements of %d bytes", v.typ, unsafe.Sizeof(z)))
	}
	n := v.n
	if v.Const {
		n = min(n, 1)
	}
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(v.store))), n)
}

// Bools returns the values of a BOOLEAN vector; the others likewise.
func (v *Vector) Bools() []bool                 { return Slice[bool](v) }
func (v *Vector) Int8s() []int8                 { return Slice[int8](v) }
func (v *Vector) Int16s() []int16               { return Slice[int16](v) }
func (v *Vector) Int32s() []int32               { return Slice[int32](v) }
func (v *Vector) Int64s() []int64               { return Slice[int64](v) }
func (v *Vector) Float32s() []float32           { return Slice[float32](v) }
func (v *Vector) Float64s() []float64           { return Slice[float64](v) }
func (v *Vector) Wides() []types.Int128         { return Slice[types.Int128](v) }
func (v *Vector) Timestamps() []types.Timestamp { return Slice[types.Timestamp](v) }

// Shares reports whether Refs point into b, which the vector was given by
// SetBase: a piece of b may then be added by AppendRef.
func (v *Vector) Shares(b []byte) bool {
	return v.shared && len(v.base) == len(b) && unsafe.SliceData(v.base) == unsafe.SliceData(b)
}

// Refs returns the places of the strings in Base.
func (v *Vector) Refs() []Ref { return Slice[Ref](v) }

// Base returns the buffer that Refs point into.
func (v *Vector) Base() []byte { return v.base }

// SetBase lets Refs point into b, which stays the caller's. stable: see Stable.
func (v *Vector) SetBase(b []byte, stable bool) { v.base, v.shared, v.Stable = b, true, stable }

// Bytes returns the bytes of string i, valid as long as the vector is.
func (v *Vector) Bytes(i int) []byte {
	if v.Const {
		i = 0
	}
	r := *(*Ref)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(v.store)), i*8))
	return v.base[r.Off : r.Off+r.Len : r.Off+r.Len]
}

// Offsets returns the n+1 offsets of a list vector into its children.
func (v *Vector) Offsets() []int32 {
	return v.offsetStore(v.n + 1)
}

// List returns the half-open range of the children's rows that make up list i.
func (v *Vector) List(i int) (from, to int) {
	if v.Const {
		i = 0
	}
	o := v.Offsets()
	return int(o[i]), int(o[i+1])
}

// Child returns child i: the element (0) of ARRAY; element and count of
// MULTISET; key and value of MAP; field i of ROW.
func (v *Vector) Child(i int) *Vector { return v.children[i] }

// Children returns all children.
func (v *Vector) Children() []*Vector { return v.children }

// SetChild replaces child i (projection of nested rows).
func (v *Vector) SetChild(i int, c *Vector) { v.children[i] = c }

// HasNulls reports whether some row may be NULL.
func (v *Vector) HasNulls() bool { return v.valid != nil }

// Validity returns the bitmap of the rows that are not NULL, nil if all are. A
// bitmap has at least (n+63)/64 words.
func (v *Vector) Validity() []uint64 { return v.valid }

// SetValidity takes a bitmap over; nil = no NULLs.
func (v *Vector) SetValidity(b []uint64) { v.valid = b }

// OwnValidity makes the validity a bitmap for n rows in the vector's own memory
// and returns it for the caller to fill; its content is unspecified.
func (v *Vector) OwnValidity(n int) []uint64 {
	words := (n + 63) / 64
	if cap(v.bitmap) < words {
		v.bitmap = make([]uint64, words, max(words, DefaultSize/64))
	}
	v.valid = v.bitmap[:words]
	return v.valid
}

// IsNull reports whether row i is NULL.
func (v *Vector) IsNull(i int) bool {
	if v.valid == nil {
		return false
	}
	if v.Const {
		i = 0
	}
	return v.valid[i>>6]>>(i&63)&1 == 0
}

// SetNull makes row i NULL.
func (v *Vector) SetNull(i int) {
	if v.valid == nil {
		for j := range v.OwnValidity(max(v.n, i+1)) {
			v.valid[j] = ^uint64(0)
		}
	}
	v.valid[i>>6] &^= 1 << (i & 63)
}

// SetValid takes SetNull back; row i must hold a value.
func (v *Vector) SetValid(i int) {
	if v.valid != nil {
		v.valid[i>>6] |= 1 << (i & 63)
	}
}

// AllNull makes every row NULL.
func (v *Vector) AllNull() {
	clear(v.OwnValidity(max(v.n, 1)))
}

// NullCount counts the NULL rows.
func (v *Vector) NullCount() int {
	if v.valid == nil {
		return 0
	}
	c := 0
	for i := range v.n {
		if v.IsNull(i) {
			c++
		}
	}
	return c
}

// extend adds one row and returns its index. Its value is unspecified.
func (v *Vector) extend() int {
	i := v.n
	v.grow(i + 1)
	v.n = i + 1
	if v.valid != nil {
		if i>>6 >= len(v.valid) {
			v.valid = append(v.valid, 0)
		}
		v.valid[i>>6] |= 1 << (i & 63)
	}
	return i
}

// AppendNull adds a NULL row.
func (v *Vector) AppendNull() {
	i := v.extend()
	switch v.phys {
	case types.PhysList:
		o := v.Offsets()
		o[i+1] = o[i]
	case types.PhysStruct:
		for _, c := range v.children {
			c.AppendNull()
		}
	default:
		p := unsafe.Add(unsafe.Pointer(unsafe.SliceData(v.store)), i*v.width)
		clear(unsafe.Slice((*byte)(p), v.width))
	}
	v.SetNull(i)
}

// Append adds a fixed-width value. T must be the vector's element type.
func Append[T Fixed](v *Vector, x T) {
	i := v.n
	if i < v.room && v.valid == nil { // the usual case
		v.n++
	} else {
		v.extend()
	}
	*(*T)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(v.store)), i*int(unsafe.Sizeof(x)))) = x
}

// AppendBytes adds a string and copies its bytes.
func (v *Vector) AppendBytes(b []byte) {
	v.own()
	off := len(v.base)
	v.base = append(v.base, b...)
	Append(v, Ref{uint32(off), uint32(len(b))})
}

// AppendString is AppendBytes for a string.
func (v *Vector) AppendString(s string) {
	v.own()
	off := len(v.base)
	v.base = append(v.base, s...)
	Append(v, Ref{uint32(off), uint32(len(s))})
}

// AppendRef adds a string that lies in the base already.
func (v *Vector) AppendRef(off, n uint32) { Append(v, Ref{off, n}) }

// Grow gives writers room at the end of an own base: append to the returned
// slice and hand the result to CloseBytes.
func (v *Vector) OpenBytes() []byte { v.own(); return v.base }

// CloseBytes adds the string that the caller appended to what OpenBytes gave.
func (v *Vector) CloseBytes(b []byte) {
	off := len(v.base)
	v.base = b
	Append(v, Ref{uint32(off), uint32(len(b) - off)})
}

// KeepBytes takes back what OpenBytes gave with all that the caller appended to
// it, for Refs that are set by themselves.
func (v *Vector) KeepBytes(b []byte) { v.base = b }

// own makes the base the vector's own: a shared base's strings are copied.
func (v *Vector) own() {
	if !v.shared {
		return
	}
	var total int
	refs := Slice[Ref](v)
	for _, r := range refs {
		total += int(r.Len)
	}
	b := make([]byte, 0, 2*total+64)
	for i, r := range refs {
		off := len(b)
		b = append(b, v.base[r.Off:r.Off+r.Len]...)
		refs[i] = Ref{uint32(off), r.Len}
	}
	v.base, v.shared, v.Stable = b, false, false
}

// CloseList ends a list row: its elements are what was appended to the
// children since the row before.
func (v *Vector) CloseList() {
	i := v.extend()
	o := v.Offsets()
	o[i+1] = int32(v.children[0].n)
}

// CloseStruct ends a ROW whose fields were appended to the children.
func (v *Vector) CloseStruct() { v.extend() }

// AppendFrom adds row i of o, a vector of the same Phys (and children).
func (v *Vector) AppendFrom(o *Vector, i int) {
	if o.IsNull(i) {
		v.AppendNull()
		return
	}
	if o.Const {
		i = 0
	}
	switch v.phys {
	case types.PhysBytes:
		v.AppendBytes(o.Bytes(i))
	case types.PhysList:
		from, to := o.List(i)
		for k, c := range v.children {
			for j := from; j < to; j++ {
				c.AppendFrom(o.children[k], j)
			}
		}
		v.CloseList()
	case types.PhysStruct:
		for k, c := range v.children {
			c.AppendFrom(o.children[k], i)
		}
		v.CloseStruct()
	default:
		j := v.extend()
		to := unsafe.Add(unsafe.Pointer(unsafe.SliceData(v.store)), j*v.width)
		from := unsafe.Add(unsafe.Pointer(unsafe.SliceData(o.store)), i*v.width)
		copy(unsafe.Slice((*byte)(to), v.width), unsafe.Slice((*byte)(from), v.width))
	}
}

// Gather makes v the rows sel of o, in that order. Strings share o's base, so
// v lives no longer than o does.
func (v *Vector) Gather(o *Vector, sel []int32) {
	v.Reset()
	n := len(sel)
	switch v.phys {
	case types.PhysList:
		for _, i := range sel {
			v.AppendFrom(o, int(i))
		}
		return
	case types.PhysStruct:
		v.n = n
		for k, c := range v.children {
			c.Gather(o.children[k], sel)
		}
	default:
		v.grow(n)
		v.n = n
		switch v.width {
		case 1:
			gather[uint8](v, o, sel)
		case 2:
			gather[uint16](v, o, sel)
		case 4:
			gather[uint32](v, o, sel)
		case 8:
			gather[uint64](v, o, sel)
		case 16:
			gather[[2]uint64](v, o, sel)
		}
		if v.phys == types.PhysBytes {
			v.SetBase(o.base, o.Stable)
		}
	}
	if o.valid != nil {
		valid := v.OwnValidity(n)
		clear(valid)
		for i, s := range sel {
			if !o.IsNull(int(s)) {
				valid[i>>6] |= 1 << (i & 63)
			}
		}
	}
}

func gather[T any](v, o *Vector, sel []int32) {
	if len(sel) == 0 {
		return
	}
	to := unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(v.store))), len(sel))
	if o.Const {
		from := *(*T)(unsafe.Pointer(unsafe.SliceData(o.store)))
		for i := range to {
			to[i] = from
		}
		return
	}
	from := unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(o.store))), o.n)
	for i, s := range sel {
		to[i] = from[s]
	}
}

// SizeBytes is about the memory that the rows take, bases counted by use.
func (v *Vector) SizeBytes() int {
	s := v.n*v.width + len(v.valid)*8
	if v.phys == types.PhysBytes {
		for _, r := range Slice[Ref](v) {
			s += int(r.Len)
		}
	}
	for _, c := range v.children {
		s += c.SizeBytes()
	}
	return s
}
