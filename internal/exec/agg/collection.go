package agg

import (
	"cmp"
	"slices"
	"strconv"
	"unsafe"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/rowkey"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/state"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// collection is the aggregates that keep their values in order of arrival and
// say something about the whole list. A value that is taken away goes with its
// first occurrence.
type collection struct {
	name  string
	args  []int
	list  int
	codec *rowkey.Codec
	rows  rowkey.Rows
	cols  []*vector.Vector
	ptrs  []unsafe.Pointer

	nulls    bool // NULLs are values
	retracts bool
	counted  bool // the list holds distinct values with counts
	emit     func(m *state.Multi, addr uint32, out *vector.Vector) error

	text  []byte         // scratch
	value *vector.Vector // scratch: one decoded value
}

func newCollection(s *Set, c spec.AggCall) (call, error) {
	ts := make([]types.Type, len(c.Args))
	for i, a := range c.Args {
		ts[i] = s.cols[a]
	}
	x := &collection{
		name: c.Func, args: c.Args, codec: rowkey.New(ts), cols: make([]*vector.Vector, len(ts)),
		retracts: s.retracts, counted: c.Func == "COLLECT",
	}
	absent := c.Options["null"] == "ABSENT"
	switch c.Func {
	case "FIRST_VALUE", "SINGLE_VALUE":
		x.nulls = c.Func == "SINGLE_VALUE"
		x.emit = func(m *state.Multi, addr uint32, out *vector.Vector) error { return x.emitOne(m, m.Head(addr), out) }
	case "LAST_VALUE":
		x.emit = func(m *state.Multi, addr uint32, out *vector.Vector) error { return x.emitOne(m, m.Tail(addr), out) }
	case "LISTAGG":
		sep, ok := c.Options["separator"]
		if !ok {
			sep = ","
		}
		x.emit = func(m *state.Multi, addr uint32, out *vector.Vector) error { return x.emitJoined(m, addr, sep, out) }
	case "ARRAY_AGG":
		x.nulls = c.Options["nulls"] != "ignore"
		x.emit = x.emitArray
	case "COLLECT":
		x.emit = x.emitMultiset
	case "JSON_ARRAYAGG":
		x.nulls = c.Options["null"] == "NULL"
		x.value = vector.New(ts[0], 1)
		x.emit = x.emitJSONArray
	case "JSON_OBJECTAGG":
		x.nulls = true
		x.value = vector.New(ts[1], 1)
		x.emit = func(m *state.Multi, addr uint32, out *vector.Vector) error {
			return x.emitJSONObject(m, addr, absent, out)
		}
	case "PERCENTILE":
		x.value = vector.New(ts[0], 1)
		x.emit = x.emitPercentile
		if len(ts) < 2 || !ts[0].IsNumeric() || !ts[1].IsNumeric() || len(ts) > 2 {
			return nil, &diag.Error{Code: "not-supported", Stage: diag.StagePlan, Message: "PERCENTILE is supported with a number and one percentage only"}
		}
	}
	x.list = s.list(state.MultiDesc{Value: state.Fingerprint(c.Func, ts...), Indexed: x.counted})
	return x, nil
}

func (c *collection) update(in *Rows, out *vector.Vector) error {
	for i, a := range c.args {
		c.cols[i] = in.Cols[a]
	}
	m := in.Table.Multis[c.list]
	c.codec.Encode(&c.rows, c.cols, 0, in.Sel, c.counted)
	for k, i := range in.Sel {
		addr := in.Addrs[k]
		if in.fresh(k) {
			m.Clear(addr)
		}
		if out != nil {
			if err := c.emit(m, addr, out); err != nil {
				return err
			}
		}
		if s := in.sign(k); s != 0 && (c.nulls || !c.cols[0].IsNull(int(i))) {
			if err := c.change(m, addr, c.rows.Bytes(k), int32(s)); err != nil {
				return err
			}
		}
		if out != nil {
			if err := c.emit(m, addr, out); err != nil {
				return err
			}
		}
	}
	return nil
}

// change adds n copies of a value, or takes one away.
func (c *collection) change(m *state.Multi, addr uint32, v []byte, n int32) error {
	if c.counted {
		h := rowkey.Hash(v)
		e := m.Find(addr, v, h)
		if e == 0 {
			var err error
			if e, err = m.Add(addr, v, h); err != nil {
				return err
			}
		}
		if *m.Count(e) = add(*m.Count(e), n); *m.Count(e) == 0 {
			m.Remove(e)
		}
		return nil
	}
	if n < 0 {
		for e := m.Head(addr); e != 0; e = m.After(e) {
			if string(m.Value(e)) == string(v) {
				m.Remove(e)
				return nil
			}
		}
		return nil
	}
	some := m.Head(addr) != 0
	switch {
	case c.name == "SINGLE_VALUE" && some && !c.retracts:
		return &diag.Error{Code: "more-than-one-row", Stage: diag.StageRun, Message: "a scalar subquery returned more than one row"}
	case c.retracts:
	case c.name == "FIRST_VALUE" && some:
		return nil
	case c.name == "LAST_VALUE" && some:
		m.Clear(addr)
	}
	e, err := m.Add(addr, v, 0)
	if err == nil {
		*m.Count(e) = 1
	}
	return err
}

func (c *collection) merge(g *merger) error {
	to, from := g.to.Multis[c.list], g.from.Multis[c.list]
	for i, addr := range g.fromAddrs {
		for e := from.Head(addr); e != 0; e = from.After(e) {
			if err := c.change(to, g.toAddrs[i], from.Value(e), *from.Count(e)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *collection) results(t *state.WindowTable, addrs []uint32, _ []unsafe.Pointer, out *vector.Vector) error {
	m := t.Multis[c.list]
	for _, a := range addrs {
		if err := c.emit(m, a, out); err != nil {
			return err
		}
	}
	return nil
}

func (c *collection) emitOne(m *state.Multi, e uint32, out *vector.Vector) error {
	if e == 0 {
		out.AppendNull()
		return nil
	}
	c.ptrs = append(c.ptrs[:0], m.Pointer(e))
	c.codec.AppendColumn(out, 0, c.ptrs)
	return nil
}

func (c *collection) emitJoined(m *state.Multi, addr uint32, sep string, out *vector.Vector) error {
	e := m.Head(addr)
	if e == 0 {
		out.AppendNull()
		return nil
	}
	b := append(out.OpenBytes(), c.codec.String(m.Pointer(e), 0)...)
	for e = m.After(e); e != 0; e = m.After(e) {
		b = append(append(b, sep...), c.codec.String(m.Pointer(e), 0)...)
	}
	out.CloseBytes(b)
	return nil
}

// all returns the addresses of a key's values.
func (c *collection) all(m *state.Multi, addr uint32) []unsafe.Pointer {
	c.ptrs = c.ptrs[:0]
	for e := m.Head(addr); e != 0; e = m.After(e) {
		c.ptrs = append(c.ptrs, m.Pointer(e))
	}
	return c.ptrs
}

func (c *collection) emitArray(m *state.Multi, addr uint32, out *vector.Vector) error {
	ptrs := c.all(m, addr)
	if len(ptrs) == 0 {
		out.AppendNull()
		return nil
	}
	c.codec.AppendColumn(out.Child(0), 0, ptrs)
	out.CloseList()
	return nil
}

func (c *collection) emitMultiset(m *state.Multi, addr uint32, out *vector.Vector) error {
	c.codec.AppendColumn(out.Child(0), 0, c.all(m, addr))
	for e := m.Head(addr); e != 0; e = m.After(e) {
		vector.Append(out.Child(1), *m.Count(e))
	}
	out.CloseList()
	return nil
}

// decode returns column k of an entry in c.value's row 0.
func (c *collection) decode(m *state.Multi, e uint32, k int) *vector.Vector {
	c.value.Reset()
	c.ptrs = append(c.ptrs[:0], m.Pointer(e))
	c.codec.AppendColumn(c.value, k, c.ptrs)
	return c.value
}

func (c *collection) emitJSONArray(m *state.Multi, addr uint32, out *vector.Vector) error {
	b := append(c.text[:0], '[')
	for e := m.Head(addr); e != 0; e = m.After(e) {
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = appendJSON(b, c.decode(m, e, 0), 0)
	}
	c.text = append(b, ']')
	out.AppendBytes(c.text)
	return nil
}

func (c *collection) emitJSONObject(m *state.Multi, addr uint32, absent bool, out *vector.Vector) error {
	// The last value of a key wins; keys come in their own order.
	type pair struct {
		key string
		e   uint32
	}
	var pairs []pair
	for e := m.Head(addr); e != 0; e = m.After(e) {
		if c.codec.IsNull(m.Pointer(e), 0) || absent && c.codec.IsNull(m.Pointer(e), 1) {
			continue
		}
		pairs = append(pairs, pair{string(c.codec.String(m.Pointer(e), 0)), e})
	}
	slices.SortStableFunc(pairs, func(a, b pair) int { return cmp.Compare(a.key, b.key) })
	b := append(c.text[:0], '{')
	for i, p := range pairs {
		if i+1 < len(pairs) && pairs[i+1].key == p.key {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = appendJSONString(b, p.key)
		b = append(b, ':')
		b = appendJSON(b, c.decode(m, p.e, 1), 0)
	}
	c.text = append(b, '}')
	out.AppendBytes(c.text)
	return nil
}

// emitPercentile interpolates between the two nearest values, as Flink does.
func (c *collection) emitPercentile(m *state.Multi, addr uint32, out *vector.Vector) error {
	e := m.Head(addr)
	if e == 0 {
		out.AppendNull()
		return nil
	}
	ts := c.codec.Types()
	p := asDouble(ts[1], unsafe.Add(m.Pointer(e), c.codec.Offset(1)))
	values := make([]float64, 0, m.Entries(addr))
	for ; e != 0; e = m.After(e) {
		values = append(values, asDouble(ts[0], unsafe.Add(m.Pointer(e), c.codec.Offset(0))))
	}
	slices.Sort(values)
	at := p * float64(len(values)-1)
	i := min(max(int(at), 0), len(values)-1)
	x := values[i]
	if i+1 < len(values) {
		x += (at - float64(i)) * (values[i+1] - x)
	}
	vector.Append(out, x)
	return nil
}

// asDouble reads a number in its memory form.
func asDouble(t types.Type, p unsafe.Pointer) float64 {
	switch t.Phys() {
	case types.PhysInt8:
		return float64(*(*int8)(p))
	case types.PhysInt16:
		return float64(*(*int16)(p))
	case types.PhysInt32:
		return float64(*(*int32)(p))
	case types.PhysInt64:
		if t.Kind == types.Decimal {
			return types.DecimalInt64ToFloat64(*(*int64)(p), t.Scale)
		}
		return float64(*(*int64)(p))
	case types.PhysFloat32:
		return float64(*(*float32)(p))
	case types.PhysWide:
		return types.DecimalToFloat64(*(*types.Int128)(p), t.Scale)
	}
	return *(*float64)(p)
}

// appendJSON adds row i of v as JSON.
func appendJSON(b []byte, v *vector.Vector, i int) []byte {
	if v.IsNull(i) {
		return append(b, "null"...)
	}
	t := v.Type()
	switch v.Phys() {
	case types.PhysBool:
		return strconv.AppendBool(b, v.Bools()[i])
	case types.PhysInt8:
		return strconv.AppendInt(b, int64(v.Int8s()[i]), 10)
	case types.PhysInt16:
		return strconv.AppendInt(b, int64(v.Int16s()[i]), 10)
	case types.PhysInt32:
		switch t.Kind {
		case types.Date:
			return quoted(types.AppendDate(open(b), v.Int32s()[i]))
		case types.Time:
			return quoted(types.AppendTime(open(b), v.Int32s()[i], t.Precision))
		}
		return strconv.AppendInt(b, int64(v.Int32s()[i]), 10)
	case types.PhysInt64:
		switch t.Kind {
		case types.Decimal:
			return types.AppendDecimalInt64(b, v.Int64s()[i], t.Scale)
		case types.TimestampNTZ, types.TimestampLTZ:
			return quoted(types.AppendTimestampMillis(open(b), v.Int64s()[i], t.Precision))
		}
		return strconv.AppendInt(b, v.Int64s()[i], 10)
	case types.PhysFloat32:
		return types.AppendFloat(b, v.Float32s()[i])
	case types.PhysFloat64:
		return types.AppendDouble(b, v.Float64s()[i])
	case types.PhysWide:
		return types.AppendDecimal(b, v.Wides()[i], t.Scale)
	case types.PhysStamp:
		return quoted(types.AppendTimestamp(open(b), v.Timestamps()[i], t.Precision))
	case types.PhysBytes:
		return appendJSONString(b, string(v.Bytes(i)))
	case types.PhysList:
		from, to := v.List(i)
		b = append(b, '[')
		for j := from; j < to; j++ {
			if j > from {
				b = append(b, ',')
			}
			b = appendJSON(b, v.Child(0), j)
		}
		return append(b, ']')
	case types.PhysStruct:
		b = append(b, '{')
		for k, f := range t.Fields {
			if k > 0 {
				b = append(b, ',')
			}
			b = appendJSONString(b, f.Name)
			b = appendJSON(append(b, ':'), v.Child(k), i)
		}
		return append(b, '}')
	}
	return append(b, "null"...)
}

func open(b []byte) []byte   { return append(b, '"') }
func quoted(b []byte) []byte { return append(b, '"') }

func appendJSONString(b []byte, s string) []byte {
	const hex = "0123456789ABCDEF"
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c == '\t':
			b = append(b, '\\', 't')
		case c == '\b':
			b = append(b, '\\', 'b')
		case c == '\f':
			b = append(b, '\\', 'f')
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}
