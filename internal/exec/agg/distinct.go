package agg

import (
	"math"
	"unsafe"

	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// distinct hands each value to an inner call when it first comes and when it
// last goes. Values are kept with their counts.
type distinct struct {
	inner call
	args  []int
	nulls bool // NULL is a value, as for ARRAY_AGG
	list  int
	codec *rowkey.Codec
	rows  rowkey.Rows
	cols  []*vector.Vector // the arguments' columns
	sign  []int8

	// merge's values that are new to the target
	fresh      []*vector.Vector // as wide as the input, set at args
	freshAddrs []uint32
	freshPtrs  []unsafe.Pointer
	freshRecs  []unsafe.Pointer
	freshSel   []int32
}

func (s *Set) distinct(c spec.AggCall) (call, error) {
	ts := make([]types.Type, len(c.Args))
	for i, a := range c.Args {
		ts[i] = s.cols[a]
	}
	d := &distinct{args: c.Args, codec: rowkey.New(ts), cols: make([]*vector.Vector, len(ts)), fresh: make([]*vector.Vector, len(s.cols))}
	for i, a := range c.Args {
		d.fresh[a] = vector.New(ts[i], 0)
	}
	d.list = s.list(state.MultiDesc{Value: state.Fingerprint("distinct", ts...), Indexed: true})
	d.nulls = c.Func == "ARRAY_AGG" || c.Func == "JSON_ARRAYAGG"
	c.Distinct = false
	var err error
	d.inner, err = s.compile(c)
	return d, err
}

func (d *distinct) update(in *Rows, out *vector.Vector) error {
	for i, a := range d.args {
		d.cols[i] = in.Cols[a]
	}
	d.codec.Encode(&d.rows, d.cols, 0, in.Sel, true)
	hashes := d.rows.Hashes()
	m := in.Table.Multis[d.list]
	d.sign = d.sign[:0]
	for k, i := range in.Sel {
		if in.fresh(k) {
			m.Clear(in.Addrs[k])
		}
		s := in.sign(k)
		if s != 0 && (d.nulls || !anyNull(in.Cols, d.args, i)) {
			var err error
			if s, err = d.change(m, in.Addrs[k], d.rows.Bytes(k), hashes[k], int32(s)); err != nil {
				return err
			}
		} else {
			s = 0
		}
		d.sign = append(d.sign, s)
	}
	saved := in.Sign
	in.Sign = d.sign
	err := d.inner.update(in, out)
	in.Sign = saved
	return err
}

// change adds n to a value's count and tells what that means to the inner call.
func (d *distinct) change(m *state.Multi, addr uint32, v []byte, hash uint32, n int32) (int8, error) {
	e := m.Find(addr, v, hash)
	if e == 0 {
		var err error
		if e, err = m.Add(addr, v, hash); err != nil {
			return 0, err
		}
	}
	count := m.Count(e)
	before := *count
	*count = add(before, n)
	after := *count
	if after == 0 {
		m.Remove(e)
	}
	switch {
	case before <= 0 && after > 0:
		return 1, nil
	case before > 0 && after <= 0:
		return -1, nil
	}
	return 0, nil
}

// add is n+m, held at the largest int32: a value that comes two billion times
// more often than it goes is taken to stay.
func add(n, m int32) int32 { return int32(min(int64(n)+int64(m), math.MaxInt32)) }

func (d *distinct) merge(g *merger) error {
	to, from := g.to.Multis[d.list], g.from.Multis[d.list]
	for i, addr := range g.fromAddrs {
		for e := from.Head(addr); e != 0; e = from.After(e) {
			v := from.Value(e)
			s, err := d.change(to, g.toAddrs[i], v, rowkey.Hash(v), *from.Count(e))
			if err != nil {
				return err
			}
			if s <= 0 {
				continue
			}
			d.freshAddrs = append(d.freshAddrs, g.toAddrs[i])
			d.freshRecs = append(d.freshRecs, g.toRecs[i])
			d.freshPtrs = append(d.freshPtrs, from.Pointer(e))
			d.freshSel = append(d.freshSel, int32(len(d.freshSel)))
			if len(d.freshSel) == vector.DefaultSize {
				if err := d.flush(g); err != nil {
					return err
				}
			}
		}
	}
	return d.flush(g)
}

// flush hands the new values to the inner call.
func (d *distinct) flush(g *merger) error {
	for i, a := range d.args {
		d.fresh[a].Reset()
		d.codec.AppendColumn(d.fresh[a], i, d.freshPtrs)
	}
	err := d.inner.update(&Rows{Cols: d.fresh, Sel: d.freshSel, Addrs: d.freshAddrs, Recs: d.freshRecs, Table: g.to}, nil)
	d.freshAddrs, d.freshRecs, d.freshPtrs, d.freshSel = d.freshAddrs[:0], d.freshRecs[:0], d.freshPtrs[:0], d.freshSel[:0]
	return err
}

func (d *distinct) results(t *state.WindowTable, addrs []uint32, recs []unsafe.Pointer, out *vector.Vector) error {
	return d.inner.results(t, addrs, recs, out)
}
