package csv

import (
	"bytes"
	"encoding/base64"
	"fmt"

	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// field appends a field's text to its column. at is where the text lies in
// base, -1 if it does not.
func (d *decoder) field(c *target, text []byte, at int) error {
	v := d.out.Cols[c.index]
	if d.isNull(text) {
		v.AppendNull()
		return nil
	}
	var err error
	switch c.typ.Kind {
	case types.Char, types.Varchar:
		if at >= 0 && v.Shares(d.base) {
			v.AppendRef(uint32(at), uint32(len(text)))
		} else {
			v.AppendBytes(text)
		}
		return nil
	case types.Array:
		err = d.array(v, c.typ, text)
	case types.Row:
		err = d.row(v, c.typ, text)
	default:
		err = d.value(v, c.typ, text)
	}
	if err == nil {
		return nil
	}
	if !d.ignore {
		return fmt.Errorf("field %q: %w", c.name, err)
	}
	v.AppendNull()
	return nil
}

func (d *decoder) isNull(text []byte) bool {
	return d.hasNull && bytes.Equal(text, d.null) || d.emptyNull && len(text) == 0
}

// split cuts the first element off a list's text.
func (d *decoder) split(text []byte) (element, rest []byte, more bool) {
	if i := bytes.IndexByte(text, byte(d.element)); i >= 0 {
		return text[:i], text[i+1:], true
	}
	return text, nil, false
}

// array appends a list; an element that does not fit is NULL with
// ignore-parse-errors. On an error nothing is left behind.
func (d *decoder) array(v *vector.Vector, t types.Type, text []byte) error {
	child := v.Child(0)
	first := child.Len()
	for more := len(text) > 0; more; {
		var element []byte
		element, text, more = d.split(text)
		if err := d.nested(child, *t.Elem, element); err != nil {
			child.Truncate(first)
			return err
		}
	}
	v.CloseList()
	return nil
}

// row appends a nested row; one without characters is NULL.
func (d *decoder) row(v *vector.Vector, t types.Type, text []byte) error {
	if len(text) == 0 {
		v.AppendNull()
		return nil
	}
	if n := bytes.Count(text, []byte{byte(d.element)}) + 1; n != len(t.Fields) && !d.ignore {
		return fmt.Errorf("%s has %d fields, a %s has %d", clip(text), n, t.Nullable(), len(t.Fields))
	}
	row, more := v.Len(), true
	for i, f := range t.Fields {
		if !more {
			v.Child(i).AppendNull()
			continue
		}
		var element []byte
		element, text, more = d.split(text)
		if err := d.nested(v.Child(i), f.Type, element); err != nil {
			for k := range i {
				v.Child(k).Truncate(row)
			}
			return err
		}
	}
	v.CloseStruct()
	return nil
}

// nested appends an element of an array or a row.
func (d *decoder) nested(v *vector.Vector, t types.Type, text []byte) error {
	switch {
	case d.isNull(text):
		v.AppendNull()
	case t.IsString():
		v.AppendBytes(text)
	default:
		if err := d.value(v, t, text); err != nil {
			if !d.ignore {
				return err
			}
			v.AppendNull()
		}
	}
	return nil
}

// value appends a value of a simple type; on an error nothing is left behind.
func (d *decoder) value(v *vector.Vector, t types.Type, text []byte) error {
	var err error
	switch t.Kind {
	case types.Null:
		v.AppendNull()
	case types.Boolean:
		vector.Append(v, bytes.EqualFold(trimControls(text), trueText))
	case types.TinyInt:
		err = add(v, t, text, parseInt8)
	case types.SmallInt:
		err = add(v, t, text, parseInt16)
	case types.Int, types.IntervalYearMonth:
		err = add(v, t, text, parseInt32)
	case types.BigInt, types.IntervalDaySecond:
		err = add(v, t, text, parseInt64)
	case types.Float:
		err = add(v, t, text, types.ParseFloat[[]byte])
	case types.Double:
		err = add(v, t, text, types.ParseDouble[[]byte])
	case types.Decimal:
		err = decimal(v, t, text)
	case types.Date:
		err = add(v, t, text, types.ParseDateLenient[[]byte])
	case types.Time:
		err = add(v, t, text, func(b []byte) (int32, error) { return parseTime(b, t.Precision) })
	case types.TimestampNTZ, types.TimestampLTZ:
		if timestamp(v, &t, trimControls(text)) != nil {
			return mismatch(t, text)
		}
	case types.Binary, types.Varbinary:
		d.binary = append(d.binary[:0], make([]byte, base64.StdEncoding.DecodedLen(len(text)))...)
		n, err := base64.StdEncoding.Decode(d.binary, text)
		if err != nil {
			return mismatch(t, text)
		}
		v.AppendBytes(d.binary[:n])
	default:
		return fmt.Errorf("csv cannot hold a %s", t)
	}
	return err
}

func timestamp(v *vector.Vector, t *types.Type, text []byte) error {
	ts, err := types.ParseTimestampAs(text, types.FormatSQL, t.Kind == types.TimestampLTZ)
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

var trueText = []byte("true")

func mismatch(t types.Type, text []byte) error {
	return fmt.Errorf("%s is not a %s", clip(text), t.Nullable())
}

func add[T vector.Fixed](v *vector.Vector, t types.Type, text []byte, parse func([]byte) (T, error)) error {
	x, err := parse(text)
	if err != nil {
		return mismatch(t, text)
	}
	vector.Append(v, x)
	return nil
}

// decimal appends a DECIMAL: no blanks around it; NULL if it has too many
// digits before the point.
func decimal(v *vector.Vector, t types.Type, text []byte) error {
	if len(text) == 0 || text[0] <= ' ' || text[len(text)-1] <= ' ' {
		return mismatch(t, text)
	}
	x, err := types.ParseDecimal(text, t.Precision, t.Scale)
	switch {
	case err == types.ErrOverflow:
		v.AppendNull()
	case err != nil:
		return mismatch(t, text)
	case v.Phys() == types.PhysInt64:
		vector.Append(v, x.Int64())
	default:
		vector.Append(v, x)
	}
	return nil
}

// parseTime reads 10:11, 10:11:12 or 10:11:12.345 and cuts it to p digits.
func parseTime(b []byte, p int32) (int32, error) {
	if len(b) == 5 {
		var whole [8]byte
		copy(whole[copy(whole[:], b):], ":00")
		b = whole[:]
	}
	ms, err := types.ParseTimeISO(b)
	return int32(types.TruncateMillis(int64(ms), min(p, 3))), err
}

func parseInt8(b []byte) (int8, error) {
	x, err := parseInt64(b)
	if x != int64(int8(x)) {
		return 0, types.ErrOverflow
	}
	return int8(x), err
}

func parseInt16(b []byte) (int16, error) {
	x, err := parseInt64(b)
	if x != int64(int16(x)) {
		return 0, types.ErrOverflow
	}
	return int16(x), err
}

func parseInt32(b []byte) (int32, error) {
	x, err := parseInt64(b)
	if x != int64(int32(x)) {
		return 0, types.ErrOverflow
	}
	return int32(x), err
}

// parseInt64 reads a whole number as Java's parseLong does, with blanks around
// it.
func parseInt64(b []byte) (int64, error) {
	b = trimControls(b)
	negative := len(b) > 0 && b[0] == '-'
	if negative || len(b) > 0 && b[0] == '+' {
		b = b[1:]
	}
	if len(b) == 0 {
		return 0, types.ErrEmpty
	}
	for len(b) > 19 && b[0] == '0' {
		b = b[1:]
	}
	if len(b) > 19 {
		return 0, types.ErrOverflow
	}
	var u uint64
	for _, c := range b {
		if c -= '0'; c > 9 {
			return 0, types.ErrSyntax
		}
		u = u*10 + uint64(c)
	}
	switch {
	case negative && u <= 1<<63:
		return -int64(u), nil
	case !negative && u < 1<<63:
		return int64(u), nil
	}
	return 0, types.ErrOverflow
}

func trimControls(b []byte) []byte {
	for len(b) > 0 && b[0] <= ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] <= ' ' {
		b = b[:len(b)-1]
	}
	return b
}
