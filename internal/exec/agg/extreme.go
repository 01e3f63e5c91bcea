package agg

import (
	"unsafe"

	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// newExtreme returns MIN or MAX, nil if the type has no order.
func newExtreme(s *Set, c spec.AggCall, arg types.Type) call {
	least := c.Func == "MIN"
	codec := rowkey.New([]types.Type{arg})
	compare := codec.Compare(0)
	if compare == nil {
		return nil
	}
	if s.retracts {
		x := &bestOfMany{off: s.claim(8), arg: c.Args[0], codec: codec, compare: compare, least: least}
		x.list = s.list(state.MultiDesc{Value: state.Fingerprint("extreme", arg), Indexed: true, Refs: []int{x.off}})
		return x
	}
	if arg.Kind != types.Boolean {
		off := func() int { return s.claim(16) }
		a := c.Args[0]
		switch arg.Phys() {
		case types.PhysInt8:
			return &best[int8]{off(), a, least}
		case types.PhysInt16:
			return &best[int16]{off(), a, least}
		case types.PhysInt32:
			return &best[int32]{off(), a, least}
		case types.PhysInt64:
			return &best[int64]{off(), a, least}
		case types.PhysFloat32:
			return &best[float32]{off(), a, least}
		case types.PhysFloat64:
			return &best[float64]{off(), a, least}
		}
	}
	x := &bestBlob{off: s.claim(8), arg: c.Args[0], codec: codec, compare: compare, least: least}
	s.blobs = append(s.blobs, x.off)
	return x
}

// bestAcc is the best value so far, if there is one.
type bestAcc[T number] struct {
	value T
	some  bool
}

// best is MIN or MAX of numbers that are never taken away. NaN is neither less
// nor greater than anything, as in Flink's generated code.
type best[T number] struct {
	off, arg int
	least    bool
}

func (c *best[T]) better(x, than T) bool {
	if c.least {
		return x < than
	}
	return x > than
}

func (c *best[T]) update(in *Rows, out *vector.Vector) error {
	v := in.Cols[c.arg]
	values, bits := slice[T](v), v.Validity()
	var o []T
	if out != nil {
		out.Resize(2 * len(in.Sel))
		o = slice[T](out)
	}
	for k, i := range in.Sel {
		p := at[bestAcc[T]](in.Recs[k], c.off)
		if in.fresh(k) {
			*p = bestAcc[T]{}
		}
		if out != nil {
			o[2*k] = p.value
			if !p.some {
				out.SetNull(2 * k)
			}
		}
		if in.sign(k) != 0 && valid(bits, i) && (!p.some || c.better(values[i], p.value)) {
			p.value, p.some = values[i], true
		}
		if out != nil {
			o[2*k+1] = p.value
			if !p.some {
				out.SetNull(2*k + 1)
			}
		}
	}
	return nil
}

func (c *best[T]) merge(m *merger) error {
	for i, rec := range m.toRecs {
		p, from := at[bestAcc[T]](rec, c.off), at[bestAcc[T]](m.fromRecs[i], c.off)
		if from.some && (!p.some || c.better(from.value, p.value)) {
			*p = *from
		}
	}
	return nil
}

func (c *best[T]) results(_ *state.WindowTable, _ []uint32, recs []unsafe.Pointer, out *vector.Vector) error {
	for _, rec := range recs {
		if p := at[bestAcc[T]](rec, c.off); p.some {
			appendNumber(out, p.value)
		} else {
			out.AppendNull()
		}
	}
	return nil
}

// bestBlob is MIN or MAX of other types: the best value lies encoded in a blob.
type bestBlob struct {
	off, arg int
	codec    *rowkey.Codec
	compare  rowkey.Less
	least    bool
	rows     rowkey.Rows
	ptr      [1]unsafe.Pointer
}

func (c *bestBlob) better(x, than unsafe.Pointer) bool {
	d := c.compare(x, than)
	return c.least && d < 0 || !c.least && d > 0
}

func (c *bestBlob) offer(t *state.Table, rec, value unsafe.Pointer, encoded []byte) error {
	p := at[state.Blob](rec, c.off)
	if *p != 0 && !c.better(value, unsafe.Pointer(unsafe.SliceData(t.Blob(*p)))) {
		return nil
	}
	return t.Put(p, encoded)
}

func (c *bestBlob) emit(t *state.Table, rec unsafe.Pointer, out *vector.Vector) {
	p := *at[state.Blob](rec, c.off)
	if p == 0 {
		out.AppendNull()
		return
	}
	c.ptr[0] = unsafe.Pointer(unsafe.SliceData(t.Blob(p)))
	c.codec.AppendColumn(out, 0, c.ptr[:])
}

func (c *bestBlob) update(in *Rows, out *vector.Vector) error {
	v := in.Cols[c.arg]
	bits := v.Validity()
	c.codec.Encode(&c.rows, in.Cols[c.arg:c.arg+1], 0, in.Sel, false)
	for k, i := range in.Sel {
		if in.fresh(k) {
			in.Table.Free(at[state.Blob](in.Recs[k], c.off))
		}
		if out != nil {
			c.emit(in.Table.Table, in.Recs[k], out)
		}
		if in.sign(k) != 0 && valid(bits, i) {
			if err := c.offer(in.Table.Table, in.Recs[k], c.rows.Pointer(k), c.rows.Bytes(k)); err != nil {
				return err
			}
		}
		if out != nil {
			c.emit(in.Table.Table, in.Recs[k], out)
		}
	}
	return nil
}

func (c *bestBlob) merge(m *merger) error {
	for i, rec := range m.toRecs {
		if p := *at[state.Blob](m.fromRecs[i], c.off); p != 0 {
			b := m.from.Blob(p)
			if err := c.offer(m.to.Table, rec, unsafe.Pointer(unsafe.SliceData(b)), b); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *bestBlob) results(t *state.WindowTable, _ []uint32, recs []unsafe.Pointer, out *vector.Vector) error {
	for _, rec := range recs {
		c.emit(t.Table, rec, out)
	}
	return nil
}

// bestOfMany is MIN or MAX over values that may be taken away: all of them are
// kept with their counts, and the record knows the entry of the best. When that
// one goes, the key's values are searched, as in Flink.
type bestOfMany struct {
	off, arg, list int
	codec          *rowkey.Codec
	compare        rowkey.Less
	least          bool
	rows           rowkey.Rows
	ptr            [1]unsafe.Pointer
}

func (c *bestOfMany) better(x, than unsafe.Pointer) bool {
	d := c.compare(x, than)
	return c.least && d < 0 || !c.least && d > 0
}

// change adds n to the count of a value.
func (c *bestOfMany) change(m *state.Multi, addr uint32, rec unsafe.Pointer, value []byte, hash uint32, n int32) error {
	best := at[uint32](rec, c.off)
	e := m.Find(addr, value, hash)
	if e == 0 {
		// A value may be taken away before it comes (then its count is negative);
		// it does not count until it is there.
		var err error
		if e, err = m.Add(addr, value, hash); err != nil {
			return err
		}
	}
	count := m.Count(e)
	*count = add(*count, n)
	switch {
	case *count == 0:
		m.Remove(e)
		if e == *best {
			*best = c.search(m, addr)
		}
	case *count > 0 && (*best == 0 || c.better(m.Pointer(e), m.Pointer(*best))):
		*best = e
	}
	return nil
}

func (c *bestOfMany) search(m *state.Multi, addr uint32) (best uint32) {
	for e := m.Head(addr); e != 0; e = m.After(e) {
		if *m.Count(e) > 0 && (best == 0 || c.better(m.Pointer(e), m.Pointer(best))) {
			best = e
		}
	}
	return best
}

func (c *bestOfMany) emit(m *state.Multi, rec unsafe.Pointer, out *vector.Vector) {
	best := *at[uint32](rec, c.off)
	if best == 0 {
		out.AppendNull()
		return
	}
	c.ptr[0] = m.Pointer(best)
	c.codec.AppendColumn(out, 0, c.ptr[:])
}

func (c *bestOfMany) update(in *Rows, out *vector.Vector) error {
	v := in.Cols[c.arg]
	bits := v.Validity()
	m := in.Table.Multis[c.list]
	c.codec.Encode(&c.rows, in.Cols[c.arg:c.arg+1], 0, in.Sel, true)
	hashes := c.rows.Hashes()
	for k, i := range in.Sel {
		rec := in.Recs[k]
		if in.fresh(k) {
			m.Clear(in.Addrs[k])
			*at[uint32](rec, c.off) = 0
		}
		if out != nil {
			c.emit(m, rec, out)
		}
		if s := in.sign(k); s != 0 && valid(bits, i) {
			if err := c.change(m, in.Addrs[k], rec, c.rows.Bytes(k), hashes[k], int32(s)); err != nil {
				return err
			}
		}
		if out != nil {
			c.emit(m, rec, out)
		}
	}
	return nil
}

func (c *bestOfMany) merge(g *merger) error {
	to, from := g.to.Multis[c.list], g.from.Multis[c.list]
	for i, rec := range g.toRecs {
		for e := from.Head(g.fromAddrs[i]); e != 0; e = from.After(e) {
			v := from.Value(e)
			if err := c.change(to, g.toAddrs[i], rec, v, rowkey.Hash(v), *from.Count(e)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *bestOfMany) results(t *state.WindowTable, _ []uint32, recs []unsafe.Pointer, out *vector.Vector) error {
	m := t.Multis[c.list]
	for _, rec := range recs {
		c.emit(m, rec, out)
	}
	return nil
}
