package json

import (
	"encoding/base64"
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
	e := &encoder{plain: o.Bool(plainDecimal), skipNulls: o.Bool(ignoreNulls), nullKeys: strings.ToUpper(o.Text(nullKeyMode)), nullLiteral: o.Text(nullKeyText),
		nested: map[string][][]byte{}}
	var err error
	if e.format, err = standard(o); err != nil {
		return nil, err
	}
	switch e.nullKeys {
	case "FAIL", "DROP", "LITERAL":
	default:
		return nil, &diag.Error{Code: "option-value", Stage: diag.StageValidate, Message: "'json.map-null-key.mode' is FAIL, DROP or LITERAL, not '" + e.nullKeys + "'"}
	}
	for _, c := range columns {
		e.keys = append(e.keys, append(appendString(nil, []byte(c.Name)), ':'))
		if _, err := newNode(c.Type); err != nil {
			return nil, fmt.Errorf("column %q: %w", c.Name, err)
		}
	}
	return e, nil
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

// decimal writes a number as BigDecimal.toString: with an exponent when there
// would be more than six zeros behind the point.
func (e *encoder) decimal(dst []byte, c *vector.Vector, i int, t types.Type) []byte {
	at := len(dst)
	if c.Phys() == types.PhysInt64 {
		dst = types.AppendDecimalInt64(dst, c.Int64s()[i], t.Scale)
	} else {
		dst = types.AppendDecimal(dst, c.Wides()[i], t.Scale)
	}
	if e.plain || t.Scale <= 6 {
		return dst
	}
	text := string(dst[at:])
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	digits, ok := strings.CutPrefix(text, "0.")
	if !ok {
		return dst
	}
	significant := strings.TrimLeft(digits, "0")
	if significant == "" {
		significant = "0"
	}
	exponent := len(significant) - 1 - int(t.Scale)
	if exponent >= -6 {
		return dst
	}
	dst = append(append(dst[:at], sign...), significant[0])
	if len(significant) > 1 {
		dst = append(append(dst, '.'), significant[1:]...)
	}
	return fmt.Appendf(dst, "E%d", exponent)
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
			return dst, fmt.Errorf("a MAP has a NULL key, which JSON cannot hold; set 'json.map-null-key.mode' to DROP or LITERAL")
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

const hexDigits = "0123456789ABCDEF"

// appendString appends a string literal with Jackson's escapes.
func appendString(dst, s []byte) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		if i+8 <= len(s) {
			w := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 | uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
			if special(w) == 0 {
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
