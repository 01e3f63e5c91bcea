package rowkey

import (
	"math"
	"unsafe"

	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Codec encodes and decodes rows of given column types. It is immutable.
type Codec struct {
	types  []types.Type
	fields []field
	nulls  int  // where the null bits start
	fixed  int  // bytes of the fixed section, a multiple of 8
	varlen bool // some field has bytes behind the fixed section
}

// field is the place of a column in the fixed section.
type field struct {
	phys   types.Phys
	off    int
	nested *nested // of List and Struct
}

// New returns the codec of rows with the given column types.
func New(ts []types.Type) *Codec {
	c := &Codec{types: ts, fields: make([]field, len(ts))}
	off := 0
	for _, width := range [...]int{16, 8, 4, 2, 1, 0} {
		for i, t := range ts {
			p := t.Phys()
			w := p.Width()
			switch p {
			case types.PhysStamp:
				w = 16
			case types.PhysBytes, types.PhysList, types.PhysStruct:
				w = 8
			}
			if w != width {
				continue
			}
			c.fields[i] = field{phys: p, off: off}
			off += w
			if p == types.PhysBytes {
				c.varlen = true
			}
			if p == types.PhysList || p == types.PhysStruct {
				c.varlen = true
				c.fields[i].nested = newNested(t)
			}
		}
	}
	c.nulls = off
	c.fixed = max(8, (off+(len(ts)+7)/8+7)&^7)
	return c
}

// Types returns the column types.
func (c *Codec) Types() []types.Type { return c.types }

// Words returns the number of 8-byte words of a row if all rows have the same
// number; otherwise ok is false.
func (c *Codec) Words() (n int, ok bool) { return c.fixed / 8, !c.varlen }

// Rows are encoded rows in one buffer. They may be used again and again; the
// zero value is ready.
type Rows struct {
	store  []uint64
	offs   []uint32 // n+1 places of the rows, in bytes; fixed-width rows have none
	hash   []uint32
	stride int // of fixed-width rows, in bytes
	n      int
	extra  [][]byte // encoded nested columns
	ends   [][]uint32
}

// Len returns the number of rows.
func (r *Rows) Len() int { return r.n }

// Hashes returns the hash of every row; Encode has filled it if asked to.
func (r *Rows) Hashes() []uint32 { return r.hash }

// Pointer returns the address of row i, valid until the next Encode.
func (r *Rows) Pointer(i int) unsafe.Pointer {
	if r.stride > 0 {
		return unsafe.Add(unsafe.Pointer(unsafe.SliceData(r.store)), i*r.stride)
	}
	return unsafe.Add(unsafe.Pointer(unsafe.SliceData(r.store)), r.offs[i])
}

// Size returns the length of row i in bytes.
func (r *Rows) Size(i int) int {
	if r.stride > 0 {
		return r.stride
	}
	return int(r.offs[i+1] - r.offs[i])
}

// Bytes returns row i, valid until the next Encode.
func (r *Rows) Bytes(i int) []byte { return unsafe.Slice((*byte)(r.Pointer(i)), r.Size(i)) }

// SetBytes makes r the single row whose encoding is b, with its hash.
func (r *Rows) SetBytes(c *Codec, b []byte, hash uint32) {
	r.n = 1
	r.room(len(b))
	copy(unsafe.Slice((*byte)(r.base()), len(b)), b)
	r.stride = 0
	if !c.varlen {
		r.stride = c.fixed
	}
	r.offs = append(r.offs[:0], 0, uint32(len(b)))
	r.hash = append(r.hash[:0], hash)
}

func (r *Rows) base() unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(r.store)) }

// room makes the buffer n bytes long, rounded up to words, all zero.
func (r *Rows) room(n int) {
	w := (n + 7) / 8
	if cap(r.store) < w {
		r.store = make([]uint64, w, w+w/4)
		return
	}
	r.store = r.store[:w]
	clear(r.store)
}

// Encode writes rows sel (nil: all n) of cols into r, with their hashes if
// hashed. cols are in the order of the codec's types.
func (c *Codec) Encode(r *Rows, cols []*vector.Vector, n int, sel []int32, hashed bool) {
	if sel != nil {
		n = len(sel)
	}
	r.n = n
	if n == 0 {
		r.stride, r.hash = c.fixed, r.hash[:0]
		return
	}
	if !c.varlen {
		r.stride = c.fixed
		r.room(n * c.fixed)
		for i, f := range c.fields {
			c.encodeFixed(r, i, f, cols[i], sel)
		}
	} else {
		r.stride = 0
		c.encodeVar(r, cols, sel)
	}
	if !hashed {
		return
	}
	if cap(r.hash) < n {
		r.hash = make([]uint32, n, n+n/4)
	}
	r.hash = r.hash[:n]
	if r.stride > 0 {
		hashWords(r.hash, r.base(), c.fixed/8, n)
		return
	}
	for i := range n {
		r.hash[i] = Hash(r.Bytes(i))
	}
}

func (c *Codec) encodeVar(r *Rows, cols []*vector.Vector, sel []int32) {
	n := r.n
	if cap(r.offs) < n+1 {
		r.offs = make([]uint32, n+1, n+n/4+1)
	}
	r.offs = r.offs[:n+1]
	for i := range r.offs {
		r.offs[i] = 0
	}
	for len(r.extra) < len(cols) {
		r.extra, r.ends = append(r.extra, nil), append(r.ends, nil)
	}
	// Sizes first, in offs[i+1].
	for k, f := range c.fields {
		v := cols[k]
		switch {
		case f.nested != nil:
			buf, ends := r.extra[k][:0], r.ends[k][:0]
			for i := range n {
				j := at(sel, i)
				if !v.IsNull(j) {
					buf = f.nested.encode(buf, v, j)
				}
				prev := uint32(0)
				if i > 0 {
					prev = ends[i-1]
				}
				ends = append(ends, uint32(len(buf)))
				r.offs[i+1] += uint32(len(buf)) - prev
			}
			r.extra[k], r.ends[k] = buf, ends
		case f.phys == types.PhysBytes:
			refs := v.Refs()
			nulls := v.HasNulls()
			for i := range n {
				j := at(sel, i)
				if nulls && v.IsNull(j) {
					continue
				}
				r.offs[i+1] += refs[j].Len
			}
		}
	}
	for i := range n {
		r.offs[i+1] = r.offs[i] + (r.offs[i+1]+uint32(c.fixed)+7)&^7
	}
	r.room(int(r.offs[n]))
	base := r.base()
	// The last word of a row holds nothing until its strings are written: the
	// rows' fill levels are kept in hash, which is computed afterwards.
	if cap(r.hash) < n {
		r.hash = make([]uint32, n, n+n/4)
	}
	r.hash = r.hash[:n]
	for i := range r.hash {
		r.hash[i] = uint32(c.fixed)
	}
	for k, f := range c.fields {
		v := cols[k]
		if f.nested == nil && f.phys != types.PhysBytes {
			c.encodeFixed(r, k, f, v, sel)
			continue
		}
		for i := range n {
			j := at(sel, i)
			row := unsafe.Add(base, r.offs[i])
			if v.IsNull(j) {
				c.setNull(row, k)
				continue
			}
			var b []byte
			if f.nested != nil {
				from := uint32(0)
				if i > 0 {
					from = r.ends[k][i-1]
				}
				b = r.extra[k][from:r.ends[k][i]]
			} else {
				b = v.Bytes(j)
			}
			fill := r.hash[i]
			*(*[2]uint32)(unsafe.Add(row, f.off)) = [2]uint32{fill, uint32(len(b))}
			if len(b) == 0 {
				continue // fill may be the end of the buffer
			}
			copy(unsafe.Slice((*byte)(unsafe.Add(row, fill)), len(b)), b)
			r.hash[i] = fill + uint32(len(b))
		}
	}
}

func at(sel []int32, i int) int {
	if sel == nil {
		return i
	}
	return int(sel[i])
}

func (c *Codec) setNull(row unsafe.Pointer, col int) {
	*(*byte)(unsafe.Add(row, c.nulls+col>>3)) |= 1 << (col & 7)
}

func (c *Codec) isNull(row unsafe.Pointer, col int) bool {
	return *(*byte)(unsafe.Add(row, c.nulls+col>>3))>>(col&7)&1 != 0
}

func (c *Codec) encodeFixed(r *Rows, k int, f field, v *vector.Vector, sel []int32) {
	switch f.phys {
	case types.PhysBool, types.PhysInt8:
		put[int8](r, f.off, bytesOf(v), sel)
	case types.PhysInt16:
		put(r, f.off, v.Int16s(), sel)
	case types.PhysInt32:
		put(r, f.off, v.Int32s(), sel)
	case types.PhysInt64:
		put(r, f.off, v.Int64s(), sel)
	case types.PhysFloat32:
		putFloat(r, f.off, v.Float32s(), sel)
	case types.PhysFloat64:
		putFloat(r, f.off, v.Float64s(), sel)
	case types.PhysWide:
		put(r, f.off, v.Wides(), sel)
	case types.PhysStamp:
		tss := v.Timestamps()
		for i := range r.n {
			ts := tss[at(sel, i)]
			// The padding of a Timestamp is not compared, so it is not copied.
			*(*[2]int64)(unsafe.Add(r.Pointer(i), f.off)) = [2]int64{ts.Milli, int64(ts.Nano)}
		}
	}
	if !v.HasNulls() && f.phys != types.PhysNone {
		return
	}
	w := f.phys.Width()
	for i := range r.n {
		if j := at(sel, i); f.phys == types.PhysNone || v.IsNull(j) {
			row := r.Pointer(i)
			clear(unsafe.Slice((*byte)(unsafe.Add(row, f.off)), w))
			c.setNull(row, k)
		}
	}
}

// bytesOf views the values of a one-byte column as int8.
func bytesOf(v *vector.Vector) []int8 {
	if v.Phys() == types.PhysBool {
		b := v.Bools()
		return unsafe.Slice((*int8)(unsafe.Pointer(unsafe.SliceData(b))), len(b))
	}
	return v.Int8s()
}

func put[T any](r *Rows, off int, from []T, sel []int32) {
	base := unsafe.Add(r.base(), off)
	switch {
	case r.stride == 0 && sel == nil:
		for i, x := range from[:r.n] {
			*(*T)(unsafe.Add(base, r.offs[i])) = x
		}
	case r.stride == 0:
		for i, j := range sel {
			*(*T)(unsafe.Add(base, r.offs[i])) = from[j]
		}
	case sel == nil:
		for i, x := range from[:r.n] {
			*(*T)(unsafe.Add(base, i*r.stride)) = x
		}
	default:
		for i, j := range sel {
			*(*T)(unsafe.Add(base, i*r.stride)) = from[j]
		}
	}
}

// putFloat writes every NaN as the same NaN, for a key is compared as bytes.
func putFloat[T float32 | float64](r *Rows, off int, from []T, sel []int32) {
	put(r, off, from, sel)
	nan := T(math.NaN())
	for i := range r.n {
		p := (*T)(unsafe.Add(r.Pointer(i), off))
		if *p != *p {
			*p = nan
		}
	}
}

// Append decodes rows at the given addresses and adds them to vectors of the
// codec's types.
func (c *Codec) Append(to []*vector.Vector, rows []unsafe.Pointer) {
	for k, f := range c.fields {
		c.appendColumn(to[k], k, f, rows)
	}
}

// AppendColumn decodes column k of the rows.
func (c *Codec) AppendColumn(to *vector.Vector, k int, rows []unsafe.Pointer) {
	c.appendColumn(to, k, c.fields[k], rows)
}

func (c *Codec) appendColumn(v *vector.Vector, k int, f field, rows []unsafe.Pointer) {
	switch f.phys {
	case types.PhysBool:
		appendFixed[bool](c, v, k, f.off, rows)
	case types.PhysInt8:
		appendFixed[int8](c, v, k, f.off, rows)
	case types.PhysInt16:
		appendFixed[int16](c, v, k, f.off, rows)
	case types.PhysInt32:
		appendFixed[int32](c, v, k, f.off, rows)
	case types.PhysInt64:
		appendFixed[int64](c, v, k, f.off, rows)
	case types.PhysFloat32:
		appendFixed[float32](c, v, k, f.off, rows)
	case types.PhysFloat64:
		appendFixed[float64](c, v, k, f.off, rows)
	case types.PhysWide:
		appendFixed[types.Int128](c, v, k, f.off, rows)
	case types.PhysStamp:
		for _, row := range rows {
			if c.isNull(row, k) {
				v.AppendNull()
				continue
			}
			x := *(*[2]int64)(unsafe.Add(row, f.off))
			vector.Append(v, types.Timestamp{Milli: x[0], Nano: int32(x[1])})
		}
	case types.PhysNone:
		for range rows {
			v.AppendNull()
		}
	default:
		for _, row := range rows {
			if c.isNull(row, k) {
				v.AppendNull()
				continue
			}
			b := stringAt(row, f.off)
			if f.nested != nil {
				f.nested.append(v, b)
			} else {
				v.AppendBytes(b)
			}
		}
	}
}

func appendFixed[T vector.Fixed](c *Codec, v *vector.Vector, k, off int, rows []unsafe.Pointer) {
	for _, row := range rows {
		if c.isNull(row, k) {
			v.AppendNull()
		} else {
			vector.Append(v, *(*T)(unsafe.Add(row, off)))
		}
	}
}
