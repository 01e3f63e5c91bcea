package vector

import (
	"unsafe"

	"github.com/flott/flott/types"
)

// AppendVector adds rows [from, to) of o, a vector of the same Phys (and
// children), with copies of their strings.
func (v *Vector) AppendVector(o *Vector, from, to int) {
	if to <= from {
		return
	}
	if o.Const {
		for i := from; i < to; i++ {
			v.AppendFrom(o, i)
		}
		return
	}
	at := v.n
	switch v.phys {
	case types.PhysList:
		src := o.Offsets()[from : to+1]
		for k, c := range v.children {
			c.AppendVector(o.children[k], int(src[0]), int(src[len(src)-1]))
		}
		base := v.Offsets()[at]
		v.grow(at + to - from)
		v.n = at + to - from
		dst := v.Offsets()[at+1:]
		for i, x := range src[1:] {
			dst[i] = base + x - src[0]
		}
	case types.PhysStruct:
		for k, c := range v.children {
			c.AppendVector(o.children[k], from, to)
		}
		v.n = at + to - from
	case types.PhysBytes:
		src := Slice[Ref](o)[from:to]
		dst := v.growBytes(src)
		for i, r := range src {
			dst[i] = Ref{uint32(len(v.base)), r.Len}
			v.base = append(v.base, o.base[r.Off:r.Off+r.Len]...)
		}
	default:
		v.grow(at + to - from)
		v.n = at + to - from
		copy(v.raw(at, v.n), o.raw(from, to))
	}
	v.appendValidity(at, o, func(i int) int { return from + i })
}

// AppendRows adds the rows sel of o, in that order, with copies of their strings.
func (v *Vector) AppendRows(o *Vector, sel []int32) {
	if len(sel) == 0 {
		return
	}
	if o.Const || v.phys == types.PhysList {
		for _, i := range sel {
			v.AppendFrom(o, int(i))
		}
		return
	}
	at := v.n
	switch v.phys {
	case types.PhysStruct:
		for k, c := range v.children {
			c.AppendRows(o.children[k], sel)
		}
		v.n = at + len(sel)
	case types.PhysBytes:
		refs := Slice[Ref](o)
		v.own()
		v.grow(at + len(sel))
		v.n = at + len(sel)
		dst := Slice[Ref](v)[at:]
		for i, s := range sel {
			r := refs[s]
			dst[i] = Ref{uint32(len(v.base)), r.Len}
			v.base = append(v.base, o.base[r.Off:r.Off+r.Len]...)
		}
	default:
		v.grow(at + len(sel))
		v.n = at + len(sel)
		switch v.width {
		case 1:
			scatter[uint8](v, at, o, sel)
		case 2:
			scatter[uint16](v, at, o, sel)
		case 4:
			scatter[uint32](v, at, o, sel)
		case 8:
			scatter[uint64](v, at, o, sel)
		case 16:
			scatter[[2]uint64](v, at, o, sel)
		}
	}
	v.appendValidity(at, o, func(i int) int { return int(sel[i]) })
}

func scatter[T any](v *Vector, at int, o *Vector, sel []int32) {
	from := unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(o.store))), o.n)
	to := unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(v.store))), v.n)[at:]
	for i, s := range sel {
		to[i] = from[s]
	}
}

// raw is the memory of the fixed-width rows [from, to).
func (v *Vector) raw(from, to int) []byte {
	if from == to {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v.store))), len(v.store)*8)[from*v.width : to*v.width]
}

// growBytes makes room for the strings src at the end and returns their places.
func (v *Vector) growBytes(src []Ref) []Ref {
	v.own()
	total := len(v.base)
	for _, r := range src {
		total += int(r.Len)
	}
	if total > cap(v.base) {
		b := make([]byte, len(v.base), max(total, 2*cap(v.base)))
		copy(b, v.base)
		v.base = b
	}
	at := v.n
	v.grow(at + len(src))
	v.n = at + len(src)
	return Slice[Ref](v)[at:]
}

// appendValidity sets the validity of the rows from at on, which were copied
// from the rows row(0), row(1), … of o.
func (v *Vector) appendValidity(at int, o *Vector, row func(int) int) {
	if v.valid == nil && o.valid == nil {
		return
	}
	words := (v.n + 63) / 64
	if v.valid == nil {
		for j := range v.OwnValidity(v.n) {
			v.valid[j] = ^uint64(0)
		}
	}
	for len(v.valid) < words {
		v.valid = append(v.valid, 0)
	}
	for i := at; i < v.n; i++ {
		if o.IsNull(row(i - at)) {
			v.valid[i>>6] &^= 1 << (i & 63)
		} else {
			v.valid[i>>6] |= 1 << (i & 63)
		}
	}
}

// AppendBatch adds rows [from, to) of o with their kinds; marks stay behind.
func (b *Batch) AppendBatch(o *Batch, from, to int) {
	for k, c := range b.Cols {
		c.AppendVector(o.Cols[k], from, to)
	}
	if o.Kinds != nil {
		b.openKinds()
		b.Kinds = append(b.Kinds, o.Kinds[from:to]...)
	} else if b.Kinds != nil {
		for range to - from {
			b.Kinds = append(b.Kinds, types.Insert)
		}
	}
	b.n += to - from
}

// AppendRows adds the rows sel of o with their kinds; marks stay behind.
func (b *Batch) AppendRows(o *Batch, sel []int32) {
	for k, c := range b.Cols {
		c.AppendRows(o.Cols[k], sel)
	}
	if o.Kinds != nil || b.Kinds != nil {
		b.openKinds()
		for _, s := range sel {
			b.Kinds = append(b.Kinds, o.Kind(int(s)))
		}
	}
	b.n += len(sel)
}

// openKinds gives the rows so far explicit kinds.
func (b *Batch) openKinds() {
	if b.Kinds == nil {
		b.Kinds = make([]types.RowKind, b.n, b.n+DefaultSize)
	}
}

// Raw is the memory of a fixed-width vector's values (Refs of strings
// included) in the machine's byte order, nil for lists and rows.
func (v *Vector) Raw() []byte {
	if v.phys == types.PhysList || v.width == 0 {
		return nil
	}
	return v.raw(0, v.n)
}
