package csv

import (
	"encoding/base64"
	"fmt"
	"unicode/utf8"

	"github.com/flott/flott/format"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

type encoder struct {
	dialect
	plain   bool // decimals without an exponent
	safe    byte // characters from here on need no quotes
	batch   *vector.Batch
	scratch []byte
}

func newEncoder(o option.Set, columns []format.Column, _ format.Env) (format.Encoder, error) {
	e := &encoder{plain: !o.Bool(scientific)}
	var err error
	if e.dialect, err = newDialect(o); err != nil {
		return nil, err
	}
	e.safe = byte(max(e.delimiter, e.quote, '\r')) + 1
	for _, c := range columns {
		if err := check(c); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// Begin says that the rows to come are those of b.
func (e *encoder) Begin(b *vector.Batch) error { e.batch = b; return nil }

// Encode appends row i as a record without a line end.
func (e *encoder) Encode(dst []byte, i int) ([]byte, bool, error) {
	for k, c := range e.batch.Cols {
		if k > 0 {
			dst = append(dst, byte(e.delimiter))
		}
		if c.IsNull(i) {
			dst = append(dst, e.null...)
			continue
		}
		var err error
		if dst, err = e.field(dst, c, i); err != nil {
			return dst, false, err
		}
	}
	return dst, false, nil
}

// field appends a value that is not NULL, in quotes if it needs them.
func (e *encoder) field(dst []byte, c *vector.Vector, i int) ([]byte, error) {
	t := c.Type()
	switch t.Kind {
	case types.Char, types.Varchar:
		return e.text(dst, c.Bytes(i)), nil
	case types.Array:
		e.scratch = e.scratch[:0]
		from, to := c.List(i)
		for k := from; k < to; k++ {
			if err := e.nested(c.Child(0), k, k > from); err != nil {
				return dst, err
			}
		}
		return e.text(dst, e.scratch), nil
	case types.Row:
		e.scratch = e.scratch[:0]
		for k, child := range c.Children() {
			if err := e.nested(child, i, k > 0); err != nil {
				return dst, err
			}
		}
		return e.text(dst, e.scratch), nil
	case types.Date, types.Time, types.TimestampNTZ, types.TimestampLTZ, types.Binary, types.Varbinary:
		e.scratch = e.value(e.scratch[:0], c, i, t)
		return e.text(dst, e.scratch), nil
	}
	if !simple(t) {
		return dst, fmt.Errorf("csv cannot hold a %s", t)
	}
	return e.value(dst, c, i, t), nil
}

// nested appends an element of an array or row to scratch.
func (e *encoder) nested(c *vector.Vector, i int, more bool) error {
	if more {
		e.scratch = append(e.scratch, byte(e.element))
	}
	t := c.Type()
	switch {
	case c.IsNull(i):
		e.scratch = append(e.scratch, e.null...)
	case t.IsString():
		e.scratch = append(e.scratch, c.Bytes(i)...)
	case !simple(t):
		return fmt.Errorf("csv cannot hold a %s inside another", t)
	default:
		e.scratch = e.value(e.scratch, c, i, t)
	}
	return nil
}

// value appends the text of a simple value.
func (e *encoder) value(dst []byte, c *vector.Vector, i int, t types.Type) []byte {
	switch t.Kind {
	case types.Boolean:
		if c.Bools()[i] {
			return append(dst, "true"...)
		}
		return append(dst, "false"...)
	case types.TinyInt:
		return types.AppendInt(dst, int64(c.Int8s()[i]))
	case types.SmallInt:
		return types.AppendInt(dst, int64(c.Int16s()[i]))
	case types.Int, types.IntervalYearMonth:
		return types.AppendInt(dst, int64(c.Int32s()[i]))
	case types.BigInt, types.IntervalDaySecond:
		return types.AppendInt(dst, c.Int64s()[i])
	case types.Float:
		return types.AppendFloat(dst, c.Float32s()[i])
	case types.Double:
		return types.AppendDouble(dst, c.Float64s()[i])
	case types.Decimal:
		if c.Phys() == types.PhysInt64 {
			return types.AppendDecimalShort(dst, types.Int128Of(c.Int64s()[i]), t.Scale, e.plain)
		}
		return types.AppendDecimalShort(dst, c.Wides()[i], t.Scale, e.plain)
	case types.Date:
		return types.AppendDate(dst, c.Int32s()[i])
	case types.Time:
		return types.AppendTimeAs(dst, c.Int32s()[i])
	case types.TimestampNTZ, types.TimestampLTZ:
		return types.AppendTimestampAs(dst, c.Timestamp(i), types.FormatSQL, t.Kind == types.TimestampLTZ)
	case types.Binary, types.Varbinary:
		return base64.StdEncoding.AppendEncode(dst, c.Bytes(i))
	}
	return dst
}

// text appends s, in quotes if it needs them. In quotes, quotes and escapes are
// doubled. Without quotes the escape character, if there is one, has to do.
func (e *encoder) text(dst, s []byte) []byte {
	switch {
	case e.quote < 0 && e.escape >= 0:
		for _, c := range s {
			switch {
			case c == '\n':
				dst, c = append(dst, byte(e.escape)), 'n'
			case c == '\r':
				dst, c = append(dst, byte(e.escape)), 'r'
			case int(c) == e.delimiter, int(c) == e.escape:
				dst = append(dst, byte(e.escape))
			}
			dst = append(dst, c)
		}
		return dst
	case e.quote < 0 || !e.needsQuotes(s):
		return append(dst, s...)
	}
	dst = append(dst, byte(e.quote))
	for _, c := range s {
		if int(c) == e.quote || int(c) == e.escape {
			dst = append(dst, c)
		}
		dst = append(dst, c)
	}
	return append(dst, byte(e.quote))
}

// longText is how long, in UTF-16 units, a text may be before it is quoted
// without a look at it.
const longText = 24

func (e *encoder) needsQuotes(s []byte) bool {
	if len(s) > longText && utf16Len(s) > longText {
		return true
	}
	for _, c := range s {
		if c < e.safe || c == '\\' || int(c) == e.escape {
			return true
		}
	}
	return false
}

func utf16Len(s []byte) int {
	n := 0
	for len(s) > 0 {
		r, size := utf8.DecodeRune(s)
		if n++; r > 0xffff {
			n++
		}
		s = s[size:]
	}
	return n
}
