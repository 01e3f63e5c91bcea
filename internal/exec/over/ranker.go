package over

import (
	"strconv"
	"strings"
	"unsafe"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/exec/sort"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// ranker is a function of a row's place in its partition.
type ranker struct {
	name    string
	offset  int // of LAG (negative) and LEAD
	arg     int
	instead int   // column of the default, -1 = NULL
	buckets int64 // of NTILE
}

// newRanker returns nil for aggregates.
func newRanker(c spec.AggCall) (*ranker, error) {
	r := &ranker{name: c.Func, instead: -1}
	switch c.Func {
	case "ROW_NUMBER", "RANK", "DENSE_RANK", "PERCENT_RANK", "CUME_DIST":
	case "LAG", "LEAD":
		l, err := newLag(c)
		if err != nil {
			return nil, err
		}
		r.arg, r.instead, r.offset = l.arg, l.instead, l.offset
		if c.Func == "LAG" {
			r.offset = -r.offset
		}
	case "NTILE":
		n, err := strconv.ParseInt(c.Options["buckets"], 10, 64)
		if err != nil || n <= 0 {
			return nil, &diag.Error{Code: "wrong-arguments", Stage: diag.StagePlan, Message: "NTILE takes a number of buckets above 0"}
		}
		r.buckets = n
	case "NTH_VALUE":
		return nil, &diag.Error{Code: "not-supported", Stage: diag.StagePlan, Message: "NTH_VALUE is not supported yet"}
	default:
		return nil, nil
	}
	return r, nil
}

// rank appends the result of row i.
func (op *Sorted) rank(i int, r *ranker, out *vector.Vector) {
	p := &op.part
	n, at := int64(p.to-p.from), int64(i-p.from)
	switch r.name {
	case "ROW_NUMBER":
		vector.Append(out, at+1)
	case "RANK":
		vector.Append(out, int64(p.peers-p.from)+1)
	case "DENSE_RANK":
		vector.Append(out, p.dense)
	case "PERCENT_RANK":
		x := 0.0
		if n > 1 {
			x = float64(p.peers-p.from) / float64(n-1)
		}
		vector.Append(out, x)
	case "CUME_DIST":
		vector.Append(out, float64(p.peersTo-p.from)/float64(n))
	case "NTILE":
		// The first n mod buckets buckets have one row more.
		size, more := n/r.buckets, n%r.buckets
		if at < more*(size+1) {
			vector.Append(out, at/(size+1)+1)
		} else {
			vector.Append(out, more+(at-more*(size+1))/size+1)
		}
	default:
		k, column := i+r.offset, r.arg
		if k < p.from || k >= p.to {
			if r.instead < 0 {
				out.AppendNull()
				return
			}
			k, column = i, r.instead
		}
		op.codec.AppendColumn(out, column, append(op.ptrs[:0], op.buf.Pointer(k)))
	}
}

// distance finds the ends of a RANGE that lie some distance of the sort key from
// the current row. Rows whose key is NULL are near each other only.
type distance struct {
	column     int
	codec      *rowkey.Codec
	value      *vector.Vector
	float      bool
	scale      int32
	desc       bool
	start, end types.Int128
	fstart     float64
	fend       float64
}

func newDistance(s spec.Over, codec *rowkey.Codec) (distance, error) {
	d := distance{codec: codec}
	if s.Frame.Rows || s.Frame.Start.Offset == 0 && s.Frame.End.Offset == 0 || len(s.Sort) == 0 {
		return d, nil
	}
	k := s.Sort[0]
	t := codec.Types()[k.Column]
	d.column, d.desc, d.value = k.Column, k.Desc, vector.New(t, 1)
	switch t.Phys() {
	case types.PhysFloat32, types.PhysFloat64:
		d.float = true
	}
	literals := []string{s.Frame.Start.Literal, s.Frame.End.Literal}
	d.scale = 0
	if t.Kind == types.Decimal {
		d.scale = t.Scale
	}
	for _, l := range literals {
		if _, after, ok := strings.Cut(l, "."); ok {
			d.scale = max(d.scale, int32(len(after)))
		}
	}
	var err error
	if d.start, d.fstart, err = d.offset(s.Frame.Start); err != nil {
		return d, err
	}
	d.end, d.fend, err = d.offset(s.Frame.End)
	return d, err
}

// offset is the signed distance of a bound.
func (d *distance) offset(b spec.OverBound) (types.Int128, float64, error) {
	if b.Literal == "" {
		x := types.Int128Of(b.Offset)
		return x, float64(b.Offset), nil
	}
	f, err := strconv.ParseFloat(b.Literal, 64)
	if err != nil {
		return types.Int128{}, 0, err
	}
	x, err := types.ParseDecimal(b.Literal, types.MaxDecimalPrecision, d.scale)
	if err != nil && !d.float {
		return x, 0, err
	}
	if b.Offset < 0 {
		return x.Neg(), -f, nil
	}
	return x, f, nil
}

// key returns the sort key of row i as a number; ok is false for NULL.
func (d *distance) key(b *sort.Buffer, i int) (x types.Int128, f float64, ok bool) {
	p := b.Pointer(i)
	if d.codec.IsNull(p, d.column) {
		return x, 0, false
	}
	d.value.Reset()
	d.codec.AppendColumn(d.value, d.column, []unsafe.Pointer{p})
	v := d.value
	switch v.Phys() {
	case types.PhysInt8:
		x = types.Int128Of(int64(v.Int8s()[0]))
	case types.PhysInt16:
		x = types.Int128Of(int64(v.Int16s()[0]))
	case types.PhysInt32:
		x = types.Int128Of(int64(v.Int32s()[0]))
		if v.Type().Kind == types.Date {
			x = types.MulInt64(x.Int64(), 24*60*60*1000)
		}
	case types.PhysInt64:
		x = types.Int128Of(v.Int64s()[0])
	case types.PhysWide:
		x = v.Wides()[0]
	case types.PhysStamp:
		x = types.Int128Of(v.Timestamps()[0].Milli)
	case types.PhysFloat32:
		return x, float64(v.Float32s()[0]), true
	case types.PhysFloat64:
		return x, v.Float64s()[0], true
	}
	own := int32(0)
	if v.Type().Kind == types.Decimal {
		own = v.Type().Scale
	}
	x, _ = x.Rescale(own, d.scale, types.MaxDecimalPrecision)
	return x, 0, true
}

// compare tells how the key of row k lies to that of row i moved by the bound:
// negative before it in the order, 0 at it.
func (d *distance) compare(op *Sorted, k, i int, by types.Int128, fby float64) (c int, ok bool) {
	a, fa, aok := d.key(op.buf, k)
	b, fb, bok := d.key(op.buf, i)
	if !aok || !bok {
		return 0, false
	}
	if d.desc {
		by, fby = by.Neg(), -fby
	}
	if d.float {
		switch edge := fb + fby; {
		case fa < edge:
			c = -1
		case fa > edge:
			c = 1
		}
	} else {
		c = a.Cmp(b.Add(by))
	}
	if d.desc {
		c = -c
	}
	return c, true
}

// first returns the first row not before the frame's start; from is a row not
// behind it.
func (d *distance) first(op *Sorted, i, from int) int {
	p := &op.part
	later := op.spec.Frame.Start.Offset > 0
	if op.codec.IsNull(op.buf.Pointer(i), d.column) {
		return p.peers
	}
	for ; from < p.to; from++ {
		if c, ok := d.compare(op, from, i, d.start, d.fstart); ok && c >= 0 {
			break
		} else if !ok && from >= i && !later {
			break // NULLs at the end
		}
	}
	return from
}

// after returns the first row behind the frame's end.
func (d *distance) after(op *Sorted, i, from int) int {
	p := &op.part
	switch null := op.codec.IsNull(op.buf.Pointer(i), d.column); {
	case null && op.spec.Frame.End.Offset < 0:
		return p.peers // NULL is not before itself
	case null:
		return p.peersTo
	}
	for ; from < p.to; from++ {
		c, ok := d.compare(op, from, i, d.end, d.fend)
		if ok && c > 0 || !ok && from > i {
			break
		}
	}
	return from
}
