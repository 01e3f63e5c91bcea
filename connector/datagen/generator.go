package datagen

import (
	"math"
	"math/bits"
	"strconv"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// generator appends the values of rows [row, row+n) to a column.
type generator func(v *vector.Vector, row uint64, n int, now time.Time)

// mix is the finalizer of splitmix64: a good hash of a counter in four operations.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func seedOf(name string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return mix(h)
}

// sequence is a field's range of values, which bounds the table.
type sequence struct{ rows uint64 }

// build returns the generator of a field and, for a sequence, its length.
func build(t types.Type, f fieldOptions, table string, known map[string]types.Type) (generator, *sequence, error) {
	known[f.path] = t
	seed := seedOf(table + "." + f.path)
	kind, _ := f.get("kind")
	switch kind {
	case "sequence":
		return buildSequence(t, f)
	case "", "random":
	default:
		return nil, nil, f.wrong("kind", "random or sequence")
	}
	g, seq, err := buildRandom(t, f, seed, table, known)
	if err != nil {
		return nil, nil, err
	}
	if text, ok := f.get("null-rate"); ok {
		rate, err := strconv.ParseFloat(text, 64)
		if err != nil || rate < 0 || rate > 1 {
			return nil, nil, f.wrong("null-rate", "a number from 0 to 1")
		}
		g = withNulls(g, seed^0x5bd1e995, rate)
	}
	return g, seq, nil
}

func withNulls(g generator, seed uint64, rate float64) generator {
	limit := uint64(rate * (1 << 53))
	return func(v *vector.Vector, row uint64, n int, now time.Time) {
		from := v.Len()
		g(v, row, n, now)
		for i := range n {
			if mix(seed+row+uint64(i))>>11 < limit {
				v.SetNull(from + i)
			}
		}
	}
}

func buildSequence(t types.Type, f fieldOptions) (generator, *sequence, error) {
	bound := func(name string) (int64, error) {
		text, ok := f.get(name)
		if !ok {
			return 0, fail("missing-option", "add '"+f.key(name)+"' = '…'", "option %q is missing: a sequence has a start and an end", f.key(name))
		}
		x, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return 0, f.wrong(name, "a whole number")
		}
		if low, high := limits(t); x < low || x > high {
			return 0, f.wrong(name, "a value of "+t.Nullable().String())
		}
		return x, nil
	}
	start, err := bound("start")
	if err != nil {
		return nil, nil, err
	}
	end, err := bound("end")
	if err != nil {
		return nil, nil, err
	}
	if end < start {
		return nil, nil, f.wrong("end", "at least the start, "+strconv.FormatInt(start, 10))
	}
	seq := &sequence{rows: uint64(end-start) + 1}
	if seq.rows == 0 { // 2^64
		seq.rows = math.MaxUint64
	}
	first := uint64(start)
	switch {
	case t.IsString():
		return func(v *vector.Vector, row uint64, n int, _ time.Time) {
			for i := range n {
				v.CloseBytes(strconv.AppendInt(v.OpenBytes(), int64(first+row+uint64(i)), 10))
			}
		}, seq, nil
	case t.IsNumeric():
		g, err := ints(t, func(row uint64) int64 { return int64(first + row) })
		return g, seq, err
	}
	return nil, nil, fail("not-supported", "use a number or a STRING", "datagen: field %q is a %s, which has no sequence", f.path, t)
}

// ints makes a generator of a numeric type from whole numbers.
func ints(t types.Type, at func(row uint64) int64) (generator, error) {
	switch t.Phys() {
	case types.PhysInt8:
		return each(func(r uint64) int8 { return int8(at(r)) }), nil
	case types.PhysInt16:
		return each(func(r uint64) int16 { return int16(at(r)) }), nil
	case types.PhysInt32:
		return each(func(r uint64) int32 { return int32(at(r)) }), nil
	case types.PhysInt64:
		scale := int64(1)
		for range t.Scale {
			scale *= 10
		}
		if t.Kind != types.Decimal || scale == 1 {
			return each(at), nil
		}
		return each(func(r uint64) int64 { return at(r) * scale }), nil
	case types.PhysFloat32:
		return each(func(r uint64) float32 { return float32(at(r)) }), nil
	case types.PhysFloat64:
		return each(func(r uint64) float64 { return float64(at(r)) }), nil
	case types.PhysWide:
		return each(func(r uint64) types.Int128 {
			x, _ := types.Int128Of(at(r)).Rescale(0, t.Scale, t.Precision)
			return x
		}), nil
	}
	return nil, fail("not-supported", "", "datagen cannot make a %s from whole numbers", t)
}

// each makes a generator from a function of the row number.
func each[T vector.Fixed](at func(row uint64) T) generator {
	return func(v *vector.Vector, row uint64, n int, _ time.Time) {
		from := v.Len()
		v.Resize(from + n)
		out := vector.Slice[T](v)[from:]
		for i := range out {
			out[i] = at(row + uint64(i))
		}
	}
}

// uniform is min + hash mod span without division.
func uniform(seed uint64, low int64, span uint64) func(uint64) int64 {
	if span == 0 { // all 2^64 values
		return func(r uint64) int64 { return int64(mix(seed + r)) }
	}
	return func(r uint64) int64 {
		hi, _ := bits.Mul64(mix(seed+r), span)
		return int64(uint64(low) + hi)
	}
}

func limits(t types.Type) (low, high int64) {
	switch t.Kind {
	case types.TinyInt:
		return math.MinInt8, math.MaxInt8
	case types.SmallInt:
		return math.MinInt16, math.MaxInt16
	case types.Int:
		return math.MinInt32, math.MaxInt32
	case types.IntervalYearMonth:
		return 0, 120000
	case types.Decimal:
		if n := t.Precision - t.Scale; n < 19 {
			return 1 - types.Pow10(n), types.Pow10(n) - 1
		}
	}
	return math.MinInt64, math.MaxInt64
}

// buildRandom returns a generator of random values; the sequence is that of a
// nested field.
func buildRandom(t types.Type, f fieldOptions, seed uint64, table string, known map[string]types.Type) (generator, *sequence, error) {
	switch t.Kind {
	case types.Array, types.Multiset, types.Map, types.Row:
		return buildNested(t, f, table, known)
	}
	g, err := buildScalar(t, f, seed)
	return g, nil, err
}

func buildScalar(t types.Type, f fieldOptions, seed uint64) (generator, error) {
	switch t.Kind {
	case types.Boolean:
		return each(func(r uint64) bool { return mix(seed+r)&1 == 1 }), nil
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt, types.IntervalYearMonth, types.IntervalDaySecond:
		low, high := limits(t)
		for name, to := range map[string]*int64{"min": &low, "max": &high} {
			if text, ok := f.get(name); ok {
				x, err := strconv.ParseInt(text, 10, 64)
				if lo, hi := limits(t); err != nil || x < lo || x > hi {
					return nil, f.wrong(name, "a value of "+t.String())
				}
				*to = x
			}
		}
		if high < low {
			return nil, f.wrong("max", "at least the minimum, "+strconv.FormatInt(low, 10))
		}
		return ints(t, uniform(seed, low, uint64(high)-uint64(low)+1))
	case types.Float, types.Double, types.Decimal:
		return buildReal(t, f, seed)
	case types.Char, types.Varchar, types.Binary, types.Varbinary:
		return buildText(t, f, seed)
	case types.Date:
		return func(v *vector.Vector, _ uint64, n int, now time.Time) {
			y, m, d := now.Date()
			day := int32(types.DaysFromCivil(y, int(m), d))
			for range n {
				vector.Append(v, day)
			}
		}, nil
	case types.Time:
		return func(v *vector.Vector, _ uint64, n int, now time.Time) {
			h, m, s := now.Clock()
			ms := int32(types.TruncateMillis(int64(((h*60+m)*60+s)*1000+now.Nanosecond()/1e6), min(t.Precision, 3)))
			for range n {
				vector.Append(v, ms)
			}
		}, nil
	case types.TimestampNTZ, types.TimestampLTZ:
		return buildTimestamp(t, f, seed)
	}
	return nil, fail("not-supported", "", "datagen cannot make field %q of type %s", f.path, t)
}

func buildReal(t types.Type, f fieldOptions, seed uint64) (generator, error) {
	low, high := -math.MaxFloat64, math.MaxFloat64
	if t.Kind == types.Float {
		low, high = -math.MaxFloat32, math.MaxFloat32
	}
	if t.Kind == types.Decimal {
		high = math.Pow10(int(t.Precision-t.Scale)) - math.Pow10(int(-t.Scale))
		low = -high
	}
	for name, to := range map[string]*float64{"min": &low, "max": &high} {
		if text, ok := f.get(name); ok {
			x, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return nil, f.wrong(name, "a number")
			}
			*to = x
		}
	}
	if high < low {
		return nil, f.wrong("max", "at least the minimum, "+strconv.FormatFloat(low, 'g', -1, 64))
	}
	at := func(r uint64) float64 {
		u := float64(mix(seed+r)>>11) / (1 << 53)
		return min(max(low*(1-u)+high*u, low), high)
	}
	switch t.Phys() {
	case types.PhysFloat32:
		return each(func(r uint64) float32 { return float32(at(r)) }), nil
	case types.PhysFloat64:
		return each(at), nil
	case types.PhysInt64:
		scale, most := math.Pow10(int(t.Scale)), types.Pow10(t.Precision)-1
		return each(func(r uint64) int64 { return min(max(int64(math.Round(at(r)*scale)), -most), most) }), nil
	}
	return each(func(r uint64) types.Int128 {
		// A float64 beyond the last value of the type stands for that value.
		x, ok := types.DecimalFromFloat64(at(r), t.Precision, t.Scale)
		if !ok {
			x = types.Pow10Wide(t.Precision).Sub(types.Int128Of(1))
		}
		return x
	}), nil
}

func buildText(t types.Type, f fieldOptions, seed uint64) (generator, error) {
	length := uint64(100)
	if t.Precision != types.MaxLength {
		length = uint64(t.Precision)
	}
	fixed := t.Kind == types.Char || t.Kind == types.Binary
	if text, ok := f.get("length"); ok {
		if fixed {
			return nil, f.wrong("length", "possible for "+t.Nullable().String()+", whose length is fixed")
		}
		x, err := strconv.ParseUint(text, 10, 31)
		if err != nil || x == 0 {
			return nil, f.wrong("length", "a positive whole number")
		}
		if t.Precision != types.MaxLength && x > uint64(t.Precision) {
			return nil, f.wrong("length", "at most "+strconv.Itoa(int(t.Precision))+", the length of "+t.String())
		}
		length = x
	}
	varLen, given := f.get("var-len")
	switch {
	case given && varLen != "true" && varLen != "false":
		return nil, f.wrong("var-len", "true or false")
	case varLen == "true" && fixed:
		return nil, f.wrong("var-len", "possible for "+t.Nullable().String()+"; use VARCHAR or VARBINARY")
	}
	const digits = "0123456789abcdef"
	binary := t.IsBinary()
	return func(v *vector.Vector, row uint64, n int, _ time.Time) {
		for i := range n {
			h := mix(seed + row + uint64(i))
			l := length
			if varLen == "true" {
				l, _ = bits.Mul64(mix(h), length)
				l++
			}
			b := v.OpenBytes()
			var x uint64
			for k := uint64(0); k < l; k++ {
				if k&7 == 0 {
					x = mix(h + k)
				}
				if binary {
					b = append(b, byte(x))
				} else {
					b = append(b, digits[x&15])
				}
				x >>= 8
			}
			v.CloseBytes(b)
		}
	}, nil
}

func buildTimestamp(t types.Type, f fieldOptions, seed uint64) (generator, error) {
	past := uint64(0)
	if text, ok := f.get("max-past"); ok {
		d, err := option.ParseDuration(text)
		if err != nil || d < 0 {
			return nil, f.wrong("max-past", "a duration such as '10 s'")
		}
		past = uint64(d.Milliseconds())
	}
	stamp := t.Phys() == types.PhysStamp
	return func(v *vector.Vector, row uint64, n int, now time.Time) {
		ms := now.UnixMilli()
		for i := range n {
			back, _ := bits.Mul64(mix(seed+row+uint64(i)), past+1)
			at := types.TruncateMillis(ms-int64(back), t.Precision)
			if stamp {
				vector.Append(v, types.Timestamp{Milli: at})
			} else {
				vector.Append(v, at)
			}
		}
	}, nil
}

func buildNested(t types.Type, f fieldOptions, table string, known map[string]types.Type) (generator, *sequence, error) {
	var children []generator
	var bound *sequence
	names := []string{"element", "count"}
	if t.Kind == types.Map {
		names = []string{"key", "value"}
	}
	for i, c := range t.Children() {
		name := ""
		if t.Kind == types.Row {
			name = t.Fields[i].Name
		} else {
			name = names[i]
		}
		if t.Kind == types.Multiset && i == 1 {
			children = append(children, each(func(uint64) int32 { return 1 }))
			continue
		}
		g, seq, err := build(c, f.child(name), table, known)
		if err != nil {
			return nil, nil, err
		}
		if seq != nil && t.Kind != types.Row {
			return nil, nil, fail("not-supported", "use a sequence in a column or a field of a ROW", "datagen: %q cannot be a sequence within a %s", f.child(name).path, t.Nullable())
		}
		if seq != nil && (bound == nil || seq.rows < bound.rows) {
			bound = seq
		}
		children = append(children, g)
	}
	if t.Kind == types.Row {
		return func(v *vector.Vector, row uint64, n int, now time.Time) {
			for range n {
				v.CloseStruct()
			}
			for i, g := range children {
				g(v.Child(i), row, n, now)
			}
		}, bound, nil
	}
	length := 3
	if text, ok := f.get("length"); ok {
		x, err := strconv.ParseUint(text, 10, 16)
		if err != nil {
			return nil, nil, f.wrong("length", "a whole number")
		}
		length = int(x)
	}
	distinct := t.Kind != types.Array
	return func(v *vector.Vector, row uint64, n int, now time.Time) {
		for i := range n {
			from := v.Child(0).Len()
			for k, g := range children {
				g(v.Child(k), (row+uint64(i))*uint64(length), length, now)
			}
			if distinct {
				dropEqual(v, from)
			}
			v.CloseList()
		}
	}, nil, nil
}

// dropEqual drops entries whose key (or element) stood before from the map or
// multiset that begins at row from of v's children.
func dropEqual(v *vector.Vector, from int) {
	keys := v.Child(0)
	seen := make(map[string]bool, keys.Len()-from)
	var sel []int32
	for i := from; i < keys.Len(); i++ {
		k := string(vector.AppendText(nil, keys, i, types.UTC))
		if keys.IsNull(i) {
			k = "\x00"
		}
		if !seen[k] {
			seen[k] = true
			sel = append(sel, int32(i))
		}
	}
	if len(sel) == keys.Len()-from {
		return
	}
	for _, c := range v.Children() {
		kept := vector.New(c.Type(), len(sel))
		kept.AppendRows(c, sel)
		c.Truncate(from)
		c.AppendVector(kept, 0, kept.Len())
	}
}

// buildAll returns the generators of all physical fields and the number of rows
// in all.
func buildAll(t connector.Table) (gens map[string]generator, rows uint64, bounded bool, err error) {
	known, used := map[string]types.Type{}, map[string]bool{}
	gens = map[string]generator{}
	rows = math.MaxUint64
	for _, c := range t.Physical {
		g, seq, err := build(c.Type, fieldOptions{c.Name, t.Options, used}, t.Path, known)
		if err != nil {
			return nil, 0, false, err
		}
		gens[c.Name] = g
		if seq != nil {
			rows, bounded = min(rows, seq.rows), true
		}
	}
	if err := checkKeys(t, known, used); err != nil {
		return nil, 0, false, err
	}
	if _, given := t.Options.Get(numberOfRows); given {
		rows, bounded = min(rows, uint64(t.Options.Int(numberOfRows))), true
	}
	return gens, rows, bounded, nil
}
