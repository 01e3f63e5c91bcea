package json

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"github.com/flott/flott/format"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

type encoder struct {
	name        string   // of the format, for messages
	keys        [][]byte // `"name":` by column
	nested      map[string][][]byte
	batch       *vector.Batch
	format      types.TimestampFormat
	plain       bool
	skipNulls   bool
	nullKeys    string // FAIL, DROP, LITERAL
	nullLiteral string
}

func newEncoder(o option.Set, columns []format.Column, _ format.Env) (format.Encoder, error) {
	e := &encoder{}
	if err := e.init("json", o, columns); err != nil {
		return nil, err
	}
	return e, nil
}

// init makes e an encoder of rows with the given columns for the format name.
func (e *encoder) init(name string, o option.Set, columns []format.Column) (err error) {
	*e = encoder{name: name, plain: o.Bool(plainDecimal), skipNulls: o.Bool(ignoreNulls), nullKeys: strings.ToUpper(o.Text(nullKeyMode)), nullLiteral: o.Text(nullKeyText),
		nested: map[string][][]byte{}}
	if e.format, err = standard(name, o); err != nil {
		return err
	}
	switch e.nullKeys {
	case "FAIL", "DROP", "LITERAL":
	default:
		return &diag.Error{Code: "option-value", Stage: diag.StageValidate, Message: "'" + name + ".map-null-key.mode' is FAIL, DROP or LITERAL, not '" + e.nullKeys + "'"}
	}
	for _, c := range columns {
		e.keys = append(e.keys, append(appendString(nil, []byte(c.Name)), ':'))
		if _, err := newNode(c.Type); err != nil {
			return fmt.Errorf("column %q: %w", c.Name, err)
		}
	}
	return nil
}

// Begin says that the rows to come are those of b.
func (e *encoder) Begin(b *vector.Batch) error { e.batch = b; return nil }

// Encode appends row i as an object.
func (e *encoder) Encode(dst []byte, i int) ([]byte, bool, error) {
	out, err := e.object(dst, e.keys, e.batch.Cols, i)
	return out, false, err
}

func (e *encoder) object(dst []byte, keys [][]byte, cols []*vector.Vector, i int) ([]byte, error) {
	dst = append(dst, '{')
	first := true
	for k, c := range cols {
		if e.skipNulls && c.IsNull(i) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, keys[k]...)
		var err error
		if dst, err = e.value(dst, c, i); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func (e *encoder) fields(t types.Type) [][]byte {
	id := t.Nullable().String()
	keys := e.nested[id]
	if keys == nil {
		for _, f := range t.Fields {
			keys = append(keys, append(appendString(nil, []byte(f.Name)), ':'))
		}
		e.nested[id] = keys
	}
	return keys
}

func (e *encoder) value(dst []byte, c *vector.Vector, i int) ([]byte, error) {
	if c.IsNull(i) {
		return append(dst, "null"...), nil
	}
	t := c.Type()
	switch t.Kind {
	case types.Boolean:
		if c.Bools()[i] {
			return append(dst, "true"...), nil
		}
		return append(dst, "false"...), nil
	case types.TinyInt:
		return types.AppendInt(dst, int64(c.Int8s()[i])), nil
	case types.SmallInt:
		return types.AppendInt(dst, int64(c.Int16s()[i])), nil
	case types.Int:
		return types.AppendInt(dst, int64(c.Int32s()[i])), nil
	case types.BigInt:
		return types.AppendInt(dst, c.Int64s()[i]), nil
	case types.Float:
		f := c.Float32s()[i]
		return quoteSpecial(types.AppendFloat(dst, f), len(dst), float64(f)), nil
	case types.Double:
		f := c.Float64s()[i]
		return quoteSpecial(types.AppendDouble(dst, f), len(dst), f), nil
	case types.Decimal:
		return e.decimal(dst, c, i, t), nil
	case types.Char, types.Varchar:
		return appendString(dst, c.Bytes(i)), nil
	case types.Binary, types.Varbinary:
		return append(base64.StdEncoding.AppendEncode(append(dst, '"'), c.Bytes(i)), '"'), nil
	case types.Date:
		return append(types.AppendDate(append(dst, '"'), c.Int32s()[i]), '"'), nil
	case types.Time:
		return append(types.AppendTimeAs(append(dst, '"'), c.Int32s()[i]), '"'), nil
	case types.TimestampNTZ, types.TimestampLTZ:
		return append(types.AppendTimestampAs(append(dst, '"'), c.Timestamp(i), e.format, t.Kind == types.TimestampLTZ), '"'), nil
	case types.Array:
		from, to := c.List(i)
		dst = append(dst, '[')
		for k := from; k < to; k++ {
			if k > from {
				dst = append(dst, ',')
			}
			var err error
			if dst, err = e.value(dst, c.Child(0), k); err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	case types.Map, types.Multiset:
		return e.mapping(dst, c, i)
	case types.Row:
		return e.object(dst, e.fields(t), c.Children(), i)
	}
	return dst, fmt.Errorf("json cannot hold a %s", t)
}

// quoteSpecial puts NaN and the infinities in quotes, as Jackson does.
func quoteSpecial(dst []byte, at int, f float64) []byte {
	if !math.IsNaN(f) && !math.IsInf(f, 0) {
		return dst
	}
	word := string(dst[at:])
	return append(append(append(dst[:at], '"'), word...), '"')
}

// decimal writes a number. Unless it is to be plain it is what Flink's JSON
// library makes of it: stripTrailingZeros().toString() of a BigDecimal, so that
// 10.50 is 10.5, 30.00 is 3E+1 and 0.0000000123 is 1.23E-8.
func (e *encoder) decimal(dst []byte, c *vector.Vector, i int, t types.Type) []byte {
	at := len(dst)
	if c.Phys() == types.PhysInt64 {
		dst = types.AppendDecimalInt64(dst, c.Int64s()[i], t.Scale)
	} else {
		dst = types.AppendDecimal(dst, c.Wides()[i], t.Scale)
	}
	// With at most six digits behind the point there is an exponent only where
	// zeros are stripped before it.
	if e.plain || t.Scale <= 6 && dst[len(dst)-1] != '0' {
		return dst
	}
	return appendStripped(dst[:at], string(dst[at:]))
}

// appendStripped appends a plain decimal number in the form of
// BigDecimal.stripTrailingZeros().toString().
func appendStripped(dst []byte, plain string) []byte {
	unsigned := strings.TrimPrefix(plain, "-")
	before, behind, _ := strings.Cut(unsigned, ".")
	digits := strings.TrimLeft(before+behind, "0")
	stripped := strings.TrimRight(digits, "0")
	if stripped == "" {
		return append(dst, '0')
	}
	scale := len(behind) - (len(digits) - len(stripped))
	exponent := len(stripped) - 1 - scale
	if len(unsigned) < len(plain) {
		dst = append(dst, '-')
	}
	switch {
	case scale < 0 || exponent < -6:
		dst = append(dst, stripped[0])
		if len(stripped) > 1 {
			dst = append(append(dst, '.'), stripped[1:]...)
		}
		return fmt.Appendf(dst, "E%+d", exponent)
	case scale == 0:
		return append(dst, before...)
	}
	return append(append(append(dst, before...), '.'), behind[:scale]...)
}

func (e *encoder) mapping(dst []byte, c *vector.Vector, i int) ([]byte, error) {
	from, to := c.List(i)
	keys, values := c.Child(0), c.Child(1)
	dst = append(dst, '{')
	first := true
	for k := from; k < to; k++ {
		if keys.IsNull(k) && e.nullKeys == "DROP" {
			continue
		}
		if keys.IsNull(k) && e.nullKeys == "FAIL" {
			return dst, fmt.Errorf("a MAP has a NULL key, which JSON cannot hold; set '%s.map-null-key.mode' to DROP or LITERAL", e.name)
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		if keys.IsNull(k) {
			dst = appendString(dst, []byte(e.nullLiteral))
		} else {
			dst = appendString(dst, keys.Bytes(k))
		}
		dst = append(dst, ':')
		var err error
		if dst, err = e.value(dst, values, k); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

// plain8 reports that eight bytes of a string need no escape (nor are they
// worth a closer look, as those beyond ASCII).
func plain8(w uint64) bool { return special(w)|(w-ones*' ')&highs == 0 }

const hexDigits = "0123456789ABCDEF"

// appendString appends a string literal with Jackson's escapes.
func appendString(dst, s []byte) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		if i+8 <= len(s) {
			w := binary.LittleEndian.Uint64(s[i:])
			if plain8(w) {
				i += 8
				continue
			}
		}
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = append(dst, s[from:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		from = i
	}
	return append(append(dst, s[from:]...), '"')
}
