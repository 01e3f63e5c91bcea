package exchange

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// A batch on the wire, little endian; types are known to both ends:
//
//	batch   rows u32 | flags u8 | marks u32 | [kind u8]* if flagKinds
//	        | (row u32, watermark i64)* | column*
//	column  phys u8 | flags u8 | [validity u64]* if flagNulls | values
//	values  fixed width: rows × width
//	        strings: [length u32]* | bytes
//	        lists:   [length u32]* | child column*    (rows = sum of lengths)
//	        rows:    child column*
const (
	flagKinds = 1
	flagNulls = 1

	// maxRows bounds what a damaged frame can make us allocate.
	maxRows = 1 << 26
)

// AppendBatch appends the encoded rows, kinds and marks of b.
func AppendBatch(dst []byte, b *vector.Batch) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(b.Len()))
	var flags byte
	if b.Kinds != nil {
		flags = flagKinds
	}
	dst = append(dst, flags)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(b.Marks)))
	for _, k := range b.Kinds[:min(len(b.Kinds), b.Len())] {
		dst = append(dst, byte(k))
	}
	for _, m := range b.Marks {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(m.Row))
		dst = binary.LittleEndian.AppendUint64(dst, uint64(m.Watermark))
	}
	for _, c := range b.Cols {
		dst = appendColumn(dst, c, 0, b.Len())
	}
	return dst
}

// appendColumn appends rows [from, to) of v.
func appendColumn(dst []byte, v *vector.Vector, from, to int) []byte {
	var flags byte
	if v.HasNulls() {
		flags = flagNulls
	}
	dst = append(dst, byte(v.Phys()), flags)
	if flags&flagNulls != 0 {
		var word uint64
		for i := from; i < to; i++ {
			if !v.IsNull(i) {
				word |= 1 << ((i - from) & 63)
			}
			if (i-from)&63 == 63 || i == to-1 {
				dst = binary.LittleEndian.AppendUint64(dst, word)
				word = 0
			}
		}
	}
	switch v.Phys() {
	case types.PhysBytes:
		refs := v.Refs()
		if from < to {
			refs = refs[from:to]
		}
		for _, r := range refs {
			dst = binary.LittleEndian.AppendUint32(dst, r.Len)
		}
		base := v.Base()
		for _, r := range refs {
			dst = append(dst, base[r.Off:r.Off+r.Len]...)
		}
	case types.PhysList:
		o := v.Offsets()
		for i := from; i < to; i++ {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(o[i+1]-o[i]))
		}
		for _, c := range v.Children() {
			dst = appendColumn(dst, c, int(o[from]), int(o[to]))
		}
	case types.PhysStruct:
		for _, c := range v.Children() {
			dst = appendColumn(dst, c, from, to)
		}
	default:
		w := v.Phys().Width()
		if from < to {
			dst = append(dst, v.Raw()[from*w:to*w]...)
		}
	}
	return dst
}

// decoder walks over a frame; the first mistake sticks.
type decoder struct {
	b   []byte
	err error
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("decode batch: "+format, args...)
	}
	d.b = nil
}

// next returns the next n bytes, nil after a mistake.
func (d *decoder) next(n int) []byte {
	if d.err != nil || n > len(d.b) || n < 0 {
		d.fail("%d bytes are wanted, %d are left", n, len(d.b))
		return nil
	}
	b := d.b[:n:n]
	d.b = d.b[n:]
	return b
}

func (d *decoder) u8() byte {
	if b := d.next(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) u32() int {
	if b := d.next(4); b != nil {
		return int(binary.LittleEndian.Uint32(b))
	}
	return 0
}

// DecodeBatch makes b, whose columns have the right types, the batch that
// AppendBatch wrote. Strings point into frame.
func DecodeBatch(b *vector.Batch, frame []byte) error {
	d := &decoder{b: frame}
	b.Reset()
	n := d.u32()
	flags := d.u8()
	marks := d.u32()
	if n > maxRows || marks > len(d.b)/12 || len(b.Cols) == 0 && n > maxRows {
		d.fail("%d rows and %d marks are too many for %d bytes", n, marks, len(frame))
		return d.err
	}
	if flags&flagKinds != 0 {
		for _, k := range d.next(n) {
			if k > byte(types.Delete) {
				d.fail("row kind %d is none of 0 to 3", k)
				break
			}
			b.Kinds = append(b.Kinds, types.RowKind(k))
		}
		if n == 0 {
			b.Kinds = nil
		}
	}
	last := vector.Mark{Watermark: math.MinInt64}
	for range marks {
		p := d.next(12)
		if p == nil {
			break
		}
		m := vector.Mark{Row: int(binary.LittleEndian.Uint32(p)), Watermark: types.Instant(binary.LittleEndian.Uint64(p[4:]))}
		if m.Row > n || m.Row < last.Row || m.Watermark < last.Watermark {
			d.fail("marks are out of order")
			break
		}
		b.Marks = append(b.Marks, m)
		last = m
	}
	for _, c := range b.Cols {
		d.column(c, n)
	}
	if d.err == nil && len(d.b) > 0 {
		d.fail("%d bytes are left over", len(d.b))
	}
	if d.err != nil {
		b.Reset()
		return d.err
	}
	b.SetLen(n)
	return nil
}

func (d *decoder) column(v *vector.Vector, n int) {
	if phys := types.Phys(d.u8()); d.err == nil && phys != v.Phys() {
		d.fail("column of memory form %d where %s has %d", phys, v.Type(), v.Phys())
	}
	nulls := d.u8()&flagNulls != 0
	var bitmap []byte
	if nulls {
		bitmap = d.next((n + 63) / 64 * 8)
	}
	if d.err != nil {
		return
	}
	v.Reset()
	switch v.Phys() {
	case types.PhysBytes:
		d.strings(v, n)
	case types.PhysList:
		d.lists(v, n)
	case types.PhysStruct:
		v.Resize(n)
		for _, c := range v.Children() {
			d.column(c, n)
		}
	default:
		raw := d.next(n * v.Phys().Width())
		if d.err != nil {
			return
		}
		v.Resize(n)
		copy(v.Raw(), raw)
		if v.Phys() == types.PhysBool {
			for i, x := range raw {
				v.Bools()[i] = x&1 == 1
			}
		}
	}
	if d.err != nil || !nulls {
		return
	}
	valid := v.OwnValidity(n)
	for i := range valid {
		valid[i] = binary.LittleEndian.Uint64(bitmap[i*8:])
	}
}

func (d *decoder) strings(v *vector.Vector, n int) {
	lengths := d.next(n * 4)
	if d.err != nil {
		return
	}
	v.Resize(n)
	refs := v.Refs()
	off := uint64(0)
	for i := range refs {
		l := binary.LittleEndian.Uint32(lengths[i*4:])
		refs[i] = vector.Ref{Off: uint32(off), Len: l}
		if off += uint64(l); off > uint64(len(d.b)) {
			clear(refs)
			d.fail("strings are longer than the %d bytes left", len(d.b))
			return
		}
	}
	v.SetBase(d.next(int(off)), false)
}

func (d *decoder) lists(v *vector.Vector, n int) {
	lengths := d.next(n * 4)
	if d.err != nil {
		return
	}
	v.Resize(n)
	total := int64(0)
	o := v.Offsets()
	o[0] = 0
	for i := range n {
		total += int64(binary.LittleEndian.Uint32(lengths[i*4:]))
		if total > maxRows {
			d.fail("lists have more than %d elements", maxRows)
			total = 0
			break
		}
		o[i+1] = int32(total)
	}
	if d.err != nil {
		clear(o)
		return
	}
	for _, c := range v.Children() {
		d.column(c, int(total))
	}
}
