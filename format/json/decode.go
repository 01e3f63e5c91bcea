package json

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/flott/flott/format"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// object is the table of the wanted keys of an object.
type object struct {
	names []string
	nodes []*node
	// members are the keys met so far, wanted or not, and which came after which:
	// messages of one topic rarely differ in more than their values.
	members []member
	first   following
	known   map[string]int32 // members by lead
	other   member           // one that is not among them
	// seen[k] is the round (object read) in which member k came last.
	seen  []uint32
	round uint32
	// partial leaves the columns of keys that are not there as they are.
	partial bool
}

// member is a key as it stood in a message.
type member struct {
	// lead is all from the end of the value before to the value, `{"id":` or
	// `, "id": `.
	lead  string
	bytes [2]uint64 // the first 16 of lead,
	mask  [2]uint64 // and which of them there are
	index int       // of the wanted key, -1 = none
	shape shape
	next  following
}

// following are the members that came last and next to last behind another; -1 =
// none. Two serve messages in which some member is optional.
type following [2]int32

// Keys that are longer, or beyond so many, are looked up every time.
const maxLead, maxMembers = 64, 256

// node says how a value becomes a value of a column.
type node struct {
	typ    types.Type
	object *object // of ROW
	elem   *node   // of ARRAY; count of MULTISET; value of MAP
	key    *node   // of MAP and MULTISET
	shape  shape
}

type decoder struct {
	scanner
	base        int // offset of the message in the batch's base
	root        *object
	out         *vector.Batch
	format      types.TimestampFormat
	ignore      bool
	failMissing bool
	scratch     []byte
	stable      bool
	shared      []byte
}

func newDecoder(o option.Set, columns []format.Column, _ format.Env) (format.Decoder, error) {
	d := &decoder{failMissing: o.Bool(failOnMissing)}
	if err := d.init("json", o, columns); err != nil {
		return nil, err
	}
	if d.ignore && d.failMissing {
		return nil, &diag.Error{Code: "option-conflict", Stage: diag.StageValidate, Message: "'json.fail-on-missing-field' and 'json.ignore-parse-errors' exclude each other", Help: "set one of them"}
	}
	return d, nil
}

// init makes d a decoder of rows with the given columns for the format name.
func (d *decoder) init(name string, o option.Set, columns []format.Column) (err error) {
	d.ignore = o.Bool(ignoreErrors)
	if d.format, err = standard(name, o); err != nil {
		return err
	}
	fields := make([]types.Field, len(columns))
	for i, c := range columns {
		fields[i] = types.Field{Name: c.Name, Type: c.Type}
	}
	d.root, err = newObject(fields)
	return err
}

func newObject(fields []types.Field) (*object, error) {
	o := &object{seen: make([]uint32, len(fields)), known: map[string]int32{}, first: following{-1, -1}}
	for _, f := range fields {
		n, err := newNode(f.Type)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", f.Name, err)
		}
		o.names, o.nodes = append(o.names, f.Name), append(o.nodes, n)
	}
	return o, nil
}

func newNode(t types.Type) (*node, error) {
	n := &node{typ: t, shape: shapeOf(t)}
	var err error
	switch t.Kind {
	case types.Array:
		n.elem, err = newNode(*t.Elem)
	case types.Map, types.Multiset:
		c := t.Children()
		if !c[0].IsString() {
			return nil, fmt.Errorf("json has keys of type STRING only, not %s", c[0])
		}
		n.key = &node{typ: c[0]}
		n.elem, err = newNode(c[1])
	case types.Row:
		n.object, err = newObject(t.Fields)
	case types.Structured, types.Raw, types.Variant, types.IntervalDaySecond, types.IntervalYearMonth:
		err = &diag.Error{Code: "not-supported", Message: fmt.Sprintf("json cannot hold a %s", t)}
	}
	return n, err
}

// Begin starts a batch; see format.Decoder.
func (d *decoder) Begin(out *vector.Batch, base []byte, stable bool) {
	d.out, d.shared, d.stable = out, base, stable
	for _, c := range out.Cols {
		if c.Phys() == types.PhysBytes && c.Len() == 0 && (c.Type().IsString()) {
			c.SetBase(base, stable)
		}
	}
}

// Decode appends the rows of a message; see format.Decoder.
func (d *decoder) Decode(off, n uint32) (int, error) {
	d.b, d.pos, d.base = d.shared[off:off+n:off+n], 0, int(off)
	at := 0
	if len(d.out.Cols) > 0 {
		at = d.out.Cols[0].Len()
	}
	rows, err := d.message()
	if err == nil {
		return rows, nil
	}
	for _, c := range d.out.Cols {
		c.Truncate(at)
	}
	if d.ignore && errors.Is(err, errSyntax) {
		return 0, nil
	}
	return 0, err
}

func (d *decoder) message() (int, error) {
	rows := 0
	switch d.peek() {
	case '[':
		d.pos++
		if d.peek() == ']' {
			d.pos++
			break
		}
		for {
			if d.peek() != '{' {
				return 0, d.unexpected("an object")
			}
			if err := d.readMembers(d.root, d.out.Cols, 0); err != nil {
				return 0, err
			}
			rows++
			more, err := d.more(']')
			if err != nil {
				return 0, err
			}
			if !more {
				break
			}
		}
	case '{':
		if err := d.readMembers(d.root, d.out.Cols, 0); err != nil {
			return 0, err
		}
		rows = 1
	case 'n':
		if err := d.word("null"); err != nil {
			return 0, err
		}
	default:
		return 0, d.unexpected("an object")
	}
	if d.peek() != 0 || d.pos < len(d.b) {
		return 0, d.unexpected("the end")
	}
	return rows, nil
}

// readMembers reads an object into one new row of cols.
func (d *decoder) readMembers(o *object, cols []*vector.Vector, depth int) error {
	if depth > maxNesting {
		return syntax(d.pos, "values are nested more than %d deep", maxNesting)
	}
	o.round++
	round := o.round
	found := 0
	b, pos := d.b, d.pos // d.pos is behind pos while all goes as usual
	for next := &o.first; ; {
		var m *member
		if i := next[0]; i >= 0 && o.members[i].leads(b, pos) {
			m = &o.members[i]
			pos += len(m.lead)
		} else {
			var err error
			d.pos = pos
			if m, err = d.key(o, next); err != nil {
				return err
			}
			pos = d.pos
			if m == nil {
				break
			}
		}
		next = &m.next
		k := m.index
		if k < 0 {
			if end := passQuick(b, pos); end >= 0 {
				pos = end
			} else {
				d.pos = pos
				if err := d.skip(depth); err != nil {
					return err
				}
				pos = d.pos
			}
		} else {
			if o.seen[k] == round { // the last of equal keys counts
				cols[k].Truncate(cols[k].Len() - 1)
			} else {
				o.seen[k] = round
				found++
			}
			if end := d.readQuick(pos, m.shape, o.nodes[k], cols[k]); end >= 0 {
				pos = end
			} else {
				d.pos = pos
				if err := d.nullable(o.nodes[k], cols[k], depth); err != nil {
					if errors.Is(err, errSyntax) {
						return err
					}
					return fmt.Errorf("field %q: %w", o.names[k], err)
				}
				pos = d.pos
			}
		}
		if pos < len(b) && b[pos] == '}' {
			pos++
			break
		}
	}
	d.pos = pos
	if found == len(o.names) || o.partial {
		return nil
	}
	return d.missing(o, cols, round)
}

// leads reports whether the member's key stands at pos.
func (m *member) leads(b []byte, pos int) bool {
	if pos+16 > len(b) || len(m.lead) > 16 {
		return len(b)-pos > len(m.lead) && string(b[pos:pos+len(m.lead)]) == m.lead
	}
	b = b[pos : pos+16]
	return (binary.LittleEndian.Uint64(b)^m.bytes[0])&m.mask[0]|(binary.LittleEndian.Uint64(b[8:])^m.bytes[1])&m.mask[1] == 0
}

// key passes a key with all that stands before its value, and learns that it
// came here. It returns nil if the object ends instead.
func (d *decoder) key(o *object, next *following) (*member, error) {
	if i := next[1]; i >= 0 && o.members[i].leads(d.b, d.pos) {
		next[0], next[1] = i, next[0]
		d.pos += len(o.members[i].lead)
		return &o.members[i], nil
	}
	start := d.pos
	if next == &o.first {
		d.pos++
		if d.peek() == '}' {
			d.pos++
			return nil, nil
		}
	} else if more, err := d.more('}'); !more {
		return nil, err
	}
	if d.peek() != '"' {
		return nil, d.unexpected("a key")
	}
	from, to, escaped, err := d.str()
	if err != nil {
		return nil, err
	}
	if d.peek() != ':' {
		return nil, d.unexpected("':'")
	}
	d.pos++
	d.peek()
	lead := d.b[start:d.pos]
	i, ok := o.known[string(lead)]
	if !ok {
		name := d.b[from:to]
		if escaped {
			d.scratch = appendUnescaped(d.scratch[:0], name)
			name = d.scratch
		}
		m := member{index: slices.Index(o.names, string(name)), next: following{-1, -1}}
		if m.index >= 0 {
			m.shape = o.nodes[m.index].shape
		}
		if len(lead) > maxLead || len(o.members) == maxMembers {
			o.other = m
			return &o.other, nil
		}
		m.lead = string(lead)
		for k, c := range lead[:min(len(lead), 16)] {
			m.bytes[k>>3] |= uint64(c) << (k & 7 * 8)
			m.mask[k>>3] |= 0xff << (k & 7 * 8)
		}
		i = int32(len(o.members))
		// next may point into the members that now move.
		next[0], next[1] = i, next[0]
		o.members, o.known[m.lead] = append(o.members, m), i
		return &o.members[i], nil
	}
	if next[0] != i {
		next[0], next[1] = i, next[0]
	}
	return &o.members[i], nil
}

func (d *decoder) missing(o *object, cols []*vector.Vector, round uint32) error {
	for k := range o.names {
		if o.seen[k] == round {
			continue
		}
		if d.failMissing {
			return fmt.Errorf("field %q is missing", o.names[k])
		}
		cols[k].AppendNull()
	}
	return nil
}

// nullable reads one value. With ignore-parse-errors one that does not fit its
// type is NULL.
func (d *decoder) nullable(n *node, v *vector.Vector, depth int) error {
	start, row := d.pos, v.Len()
	err := d.value(n, v, depth+1)
	if err == nil || !d.ignore || errors.Is(err, errSyntax) {
		return err
	}
	v.Truncate(row)
	v.AppendNull()
	d.pos = start
	return d.skip(depth)
}

func (d *decoder) value(n *node, v *vector.Vector, depth int) error {
	c := d.peek()
	if c == 'n' {
		if err := d.word("null"); err != nil {
			return err
		}
		v.AppendNull()
		return nil
	}
	switch n.typ.Kind {
	case types.Char, types.Varchar:
		return d.text(v, c, depth)
	case types.Row:
		if c != '{' {
			return d.mismatch(n, depth)
		}
		if err := d.readMembers(n.object, v.Children(), depth); err != nil {
			return err
		}
		v.CloseStruct()
		return nil
	case types.Array:
		if c != '[' {
			return d.mismatch(n, depth)
		}
		return d.array(n, v, depth)
	case types.Map, types.Multiset:
		if c != '{' {
			return d.mismatch(n, depth)
		}
		return d.mapping(n, v, depth)
	case types.Null:
		if err := d.skip(depth); err != nil {
			return err
		}
		v.AppendNull()
		return nil
	}
	return d.scalar(n, v, c, depth)
}

// mismatch passes a value that is of the wrong kind for its type.
func (d *decoder) mismatch(n *node, depth int) error {
	start := d.pos
	if err := d.skip(depth); err != nil {
		return err
	}
	return fmt.Errorf("%s is not a %s", clip(d.b[start:d.pos]), n.typ.Nullable())
}

func clip(b []byte) string {
	if len(b) > 60 {
		return string(b[:60]) + "…"
	}
	return string(b)
}

// text reads any value as a string.
func (d *decoder) text(v *vector.Vector, c byte, depth int) error {
	if c == '"' {
		start, end, escaped, err := d.str()
		if err != nil {
			return err
		}
		if !escaped {
			d.piece(v, start, end)
			return nil
		}
		v.CloseBytes(appendUnescaped(v.OpenBytes(), d.b[start:end]))
		return nil
	}
	start := d.pos
	if err := d.skip(depth); err != nil {
		return err
	}
	if c == '{' || c == '[' {
		v.CloseBytes(d.appendTree(v.OpenBytes(), d.b[start:d.pos]))
		return nil
	}
	d.piece(v, start, d.pos)
	return nil
}

// piece adds bytes of the message, by reference where the column shares it.
func (d *decoder) piece(v *vector.Vector, start, end int) {
	if v.Shares(d.shared) {
		v.AppendRef(uint32(d.base+start), uint32(end-start))
		return
	}
	v.AppendBytes(d.b[start:end])
}

func (d *decoder) array(n *node, v *vector.Vector, depth int) error {
	d.pos++
	if d.peek() == ']' {
		d.pos++
		v.CloseList()
		return nil
	}
	for {
		if err := d.nullable(n.elem, v.Child(0), depth); err != nil {
			return err
		}
		more, err := d.more(']')
		if err != nil {
			return err
		}
		if !more {
			v.CloseList()
			return nil
		}
	}
}

func (d *decoder) mapping(n *node, v *vector.Vector, depth int) error {
	d.pos++
	keys, values := v.Child(0), v.Child(1)
	first := keys.Len()
	if d.peek() == '}' {
		d.pos++
		v.CloseList()
		return nil
	}
	for {
		c := d.peek()
		if c != '"' {
			return d.unexpected("a key")
		}
		if err := d.text(keys, c, depth); err != nil {
			return err
		}
		if d.peek() != ':' {
			return d.unexpected("':'")
		}
		d.pos++
		if err := d.nullable(n.elem, values, depth); err != nil {
			return err
		}
		more, err := d.more('}')
		if err != nil {
			return err
		}
		if !more {
			dropEarlier(keys, values, first)
			v.CloseList()
			return nil
		}
	}
}

// dropEarlier keeps the last of equal keys of a map whose entries begin at first.
func dropEarlier(keys, values *vector.Vector, first int) {
	if keys.Len()-first < 2 {
		return
	}
	last := make(map[string]int, keys.Len()-first)
	for i := first; i < keys.Len(); i++ {
		last[string(keys.Bytes(i))] = i
	}
	if len(last) == keys.Len()-first {
		return
	}
	sel := make([]int32, 0, len(last))
	for i := first; i < keys.Len(); i++ {
		if last[string(keys.Bytes(i))] == i {
			sel = append(sel, int32(i))
		}
	}
	for _, v := range []*vector.Vector{keys, values} {
		kept := vector.New(v.Type(), len(sel))
		kept.AppendRows(v, sel)
		v.Truncate(first)
		v.AppendVector(kept, 0, kept.Len())
	}
}

// scalar reads a number, boolean, date or time, also out of a string.
func (d *decoder) scalar(n *node, v *vector.Vector, c byte, depth int) error {
	switch {
	case c == '"':
		start, end, escaped, err := d.str()
		if err != nil {
			return err
		}
		text := d.b[start:end]
		if escaped {
			d.scratch = appendUnescaped(d.scratch[:0], text)
			text = d.scratch
		}
		if err := d.parse(n, v, text); err != nil {
			return fmt.Errorf("%q is not a %s", clip(text), n.typ.Nullable())
		}
		return nil
	case c == '-' || c-'0' <= 9:
		if d.short(n, v) {
			return nil
		}
		start, end, whole, err := d.number()
		if err != nil {
			return err
		}
		if err := d.fromNumber(n, v, d.b[start:end], whole); err != nil {
			return fmt.Errorf("%s is not a %s", clip(d.b[start:end]), n.typ.Nullable())
		}
		return nil
	case c == 't' || c == 'f':
		start := d.pos
		if err := d.skip(depth); err != nil {
			return err
		}
		if n.typ.Kind == types.Boolean {
			vector.Append(v, c == 't')
			return nil
		}
		return fmt.Errorf("%s is not a %s", d.b[start:d.pos], n.typ.Nullable())
	}
	return d.mismatch(n, depth)
}

// short reads a number of at most 15 digits and no exponent in one pass, the
// usual case. It reports false, and has read nothing, when it is another case or
// there is more to say than the value.
func (d *decoder) short(n *node, v *vector.Vector) bool {
	b, i := d.b, d.pos
	negative := b[i] == '-'
	if negative {
		i++
	}
	first, point := i, -1
	var x int64
	for ; i < len(b); i++ {
		if c := b[i] - '0'; c <= 9 {
			x = x*10 + int64(c)
		} else if b[i] == '.' && point < 0 {
			point = i
		} else {
			break
		}
		if i-first > 15 {
			return false
		}
	}
	scale := int32(0)
	digits := i - first
	if point >= 0 {
		scale = int32(i - point - 1)
		digits = point - first
	}
	if digits == 0 || digits > 1 && b[first] == '0' || point == i-1 || i < len(b) && b[i]|0x20 == 'e' || negative && x == 0 {
		return false
	}
	if negative {
		x = -x
	}
	switch n.typ.Kind {
	case types.Int:
		if point >= 0 || x != int64(int32(x)) {
			return false
		}
		vector.Append(v, int32(x))
	case types.BigInt:
		if point >= 0 {
			return false
		}
		vector.Append(v, x)
	case types.Double:
		// Both are exact in a float64, so one division rounds once.
		vector.Append(v, float64(x)/float64(types.Pow10(scale)))
	case types.Decimal:
		up := n.typ.Scale - scale
		if v.Phys() != types.PhysInt64 || up < 0 || up > 3 {
			return false
		}
		x *= types.Pow10(up)
		if !types.FitsDecimal(x, n.typ.Precision) {
			return false
		}
		vector.Append(v, x)
	default:
		return false
	}
	d.pos = i
	return true
}

var errRange = errors.New("out of range")

// fromNumber converts a JSON number; whole says that it has no point or exponent.
func (d *decoder) fromNumber(n *node, v *vector.Vector, text []byte, whole bool) error {
	switch n.typ.Kind {
	case types.Int, types.BigInt:
		x, ok := int64(0), false
		if whole {
			x, ok = parseInt(text)
		} else if f, err := types.ParseDouble(text); err == nil && f >= math.MinInt64 && f < math.MaxInt64 {
			x, ok = int64(f), true
		}
		if !ok {
			return errRange
		}
		if n.typ.Kind == types.BigInt {
			vector.Append(v, x)
			return nil
		}
		if x != int64(int32(x)) {
			return errRange
		}
		vector.Append(v, int32(x))
		return nil
	}
	return d.parse(n, v, text)
}

// parseInt reads a whole number; ok is false when it is out of range.
func parseInt(b []byte) (x int64, ok bool) {
	negative := b[0] == '-'
	if negative {
		b = b[1:]
	}
	if len(b) > 19 {
		return 0, false
	}
	var u uint64
	for _, c := range b {
		u = u*10 + uint64(c-'0')
	}
	if negative {
		return -int64(u), u <= 1<<63
	}
	return int64(u), u < 1<<63
}

// parse converts text by the type's rules for strings.
func (d *decoder) parse(n *node, v *vector.Vector, text []byte) error {
	t := &n.typ
	switch t.Kind {
	case types.Boolean:
		vector.Append(v, len(trim(text)) == 4 && equalFold(trim(text), "true"))
		return nil
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt:
		return appendInt(v, t.Kind, trim(text))
	case types.Float:
		return add(v, trim(text), types.ParseFloat[[]byte])
	case types.Double:
		return add(v, trim(text), types.ParseDouble[[]byte])
	case types.Decimal:
		return d.decimal(v, t, trim(text))
	case types.Date:
		return add(v, text, types.ParseDateISO[[]byte])
	case types.Time:
		return add(v, text, types.ParseTimeISO[[]byte])
	case types.TimestampNTZ, types.TimestampLTZ:
		return d.timestamp(v, t, text)
	case types.Binary, types.Varbinary:
		n := base64.StdEncoding.DecodedLen(len(text))
		b := v.OpenBytes()
		at := len(b)
		b = append(b, make([]byte, n)...)
		k, err := base64.StdEncoding.Decode(b[at:], text)
		if err != nil {
			return err
		}
		v.CloseBytes(b[:at+k])
		return nil
	}
	return fmt.Errorf("json cannot hold a %s", t)
}

func (d *decoder) timestamp(v *vector.Vector, t *types.Type, text []byte) error {
	if t.Kind == types.TimestampNTZ && t.Precision == 3 { // the usual case
		sep := byte(' ')
		if d.format == types.FormatISO {
			sep = 'T'
		}
		if ms, ok := types.PlainTimestampMillis(text, sep); ok {
			vector.Append(v, ms)
			return nil
		}
	}
	ts, err := types.ParseTimestampAs(text, d.format, t.Kind == types.TimestampLTZ)
	if err != nil {
		return err
	}
	switch {
	case v.Phys() != types.PhysInt64:
		vector.Append(v, ts.Truncate(t.Precision))
	case t.Precision == 3:
		vector.Append(v, ts.Milli)
	default:
		vector.Append(v, types.TruncateMillis(ts.Milli, t.Precision))
	}
	return nil
}

// decimal reads a DECIMAL; one with too many digits before the point is NULL.
func (d *decoder) decimal(v *vector.Vector, t *types.Type, text []byte) error {
	if v.Phys() == types.PhysInt64 {
		x, err := types.ParseDecimalInt64(text, t.Precision, t.Scale)
		return appendDecimal(v, x, err)
	}
	x, err := types.ParseDecimal(text, t.Precision, t.Scale)
	return appendDecimal(v, x, err)
}

func appendDecimal[T vector.Fixed](v *vector.Vector, x T, err error) error {
	switch {
	case errors.Is(err, types.ErrOverflow):
		v.AppendNull()
		return nil
	case err != nil:
		return err
	}
	vector.Append(v, x)
	return nil
}

func add[T vector.Fixed](v *vector.Vector, text []byte, parse func([]byte) (T, error)) error {
	x, err := parse(text)
	if err != nil {
		return err
	}
	vector.Append(v, x)
	return nil
}

// appendInt reads a whole number as Java's parseInt does: a sign and digits.
func appendInt(v *vector.Vector, k types.Kind, b []byte) error {
	digits := b
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		digits = b[1:]
	}
	if len(digits) == 0 {
		return errRange
	}
	for _, c := range digits {
		if c-'0' > 9 {
			return errRange
		}
	}
	for len(digits) > 1 && digits[0] == '0' {
		digits = digits[1:]
	}
	x, ok := parseInt(digits)
	if b[0] == '-' {
		if !ok && string(digits) == "9223372036854775808" {
			x, ok = math.MinInt64, true
		} else {
			x = -x
		}
	}
	if !ok {
		return errRange
	}
	switch {
	case k == types.TinyInt && x == int64(int8(x)):
		vector.Append(v, int8(x))
	case k == types.SmallInt && x == int64(int16(x)):
		vector.Append(v, int16(x))
	case k == types.Int && x == int64(int32(x)):
		vector.Append(v, int32(x))
	case k == types.BigInt:
		vector.Append(v, x)
	default:
		return errRange
	}
	return nil
}

func trim(b []byte) []byte {
	for len(b) > 0 && b[0] <= ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] <= ' ' {
		b = b[:len(b)-1]
	}
	return b
}

func equalFold(b []byte, word string) bool {
	for i := range word {
		if b[i]|0x20 != word[i] {
			return false
		}
	}
	return true
}
