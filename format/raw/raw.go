// Package raw is the format `raw`: the whole message is the value of the
// table's one column, as text, bytes, or a number in big or little endian.
package raw

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/flott/flott/format"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

var (
	charset    = option.Option{Key: "charset", Kind: option.String, Default: "UTF-8", Help: "Charset of text; UTF-8, US-ASCII and ISO-8859-1 are known."}
	endianness = option.Option{Key: "endianness", Kind: option.Enum, Default: "big-endian", Values: []string{"big-endian", "little-endian"}, Help: "Byte order of numbers."}
)

func init() {
	format.Register(&format.Format{
		Name:       "raw",
		Help:       "The whole message as the value of one column.",
		Options:    []option.Option{charset, endianness},
		NewDecoder: newDecoder,
		NewEncoder: newEncoder,
	})
}

// codec is what both directions share.
type codec struct {
	typ   types.Type
	latin bool // text is ISO-8859-1
	order binary.ByteOrder
	none  bool // the query reads no column of it
}

func newCodec(o option.Set, columns []format.Column, all []format.Column) (codec, error) {
	c := codec{order: binary.BigEndian}
	switch strings.ToUpper(o.Text(charset)) {
	case "UTF-8", "UTF8", "US-ASCII", "ASCII":
	case "ISO-8859-1", "LATIN1":
		c.latin = true
	default:
		return c, &diag.Error{Code: "option-value", Stage: diag.StageValidate, Message: "'raw.charset' = '" + o.Text(charset) + "' is not known", Help: "UTF-8, US-ASCII and ISO-8859-1 are"}
	}
	switch o.Text(endianness) {
	case "big-endian":
	case "little-endian":
		c.order = binary.LittleEndian
	default:
		return c, &diag.Error{Code: "option-value", Stage: diag.StageValidate, Message: "'raw.endianness' is big-endian or little-endian, not '" + o.Text(endianness) + "'"}
	}
	schema := all
	if len(schema) == 0 {
		schema = columns
	}
	if len(schema) != 1 {
		return c, &diag.Error{Code: "raw-columns", Stage: diag.StageValidate,
			Message: fmt.Sprintf("format \"raw\" holds exactly one column, but there are %d", len(schema)), Help: "use json or csv for several columns"}
	}
	c.typ, c.none = schema[0].Type, len(columns) == 0
	switch c.typ.Kind {
	case types.Char, types.Varchar, types.Binary, types.Varbinary, types.Boolean, types.TinyInt, types.SmallInt, types.Int, types.BigInt, types.Float, types.Double:
	default:
		return c, &diag.Error{Code: "not-supported", Stage: diag.StageValidate, Message: fmt.Sprintf("format \"raw\" cannot hold a %s", c.typ), Help: "it holds strings, bytes, BOOLEAN and numbers"}
	}
	return c, nil
}

type decoder struct {
	codec
	col    *vector.Vector
	base   []byte
	shared bool
}

func newDecoder(o option.Set, columns []format.Column, env format.Env) (format.Decoder, error) {
	c, err := newCodec(o, columns, env.All)
	if err != nil {
		return nil, err
	}
	return &decoder{codec: c}, nil
}

// Begin starts a batch; see format.Decoder.
func (d *decoder) Begin(out *vector.Batch, base []byte, stable bool) {
	d.base = base
	if d.none {
		return
	}
	d.col = out.Cols[0]
	d.shared = false
	if d.col.Phys() == types.PhysBytes && !(d.latin && d.typ.IsString()) {
		if d.col.Len() == 0 {
			d.col.SetBase(base, stable)
		}
		d.shared = d.col.Shares(base)
	}
}

// Decode appends the one row of a message.
func (d *decoder) Decode(off, n uint32) (int, error) {
	if d.none {
		return 1, nil
	}
	if d.shared {
		d.col.AppendRef(off, n)
		return 1, nil
	}
	b := d.base[off : off+n]
	if d.col.Phys() == types.PhysBytes {
		if !d.typ.IsString() || !d.latin {
			d.col.AppendBytes(b)
			return 1, nil
		}
		out := d.col.OpenBytes()
		for _, c := range b {
			out = utf8.AppendRune(out, rune(c))
		}
		d.col.CloseBytes(out)
		return 1, nil
	}
	if want := d.typ.Phys().Width(); len(b) != want {
		return 0, fmt.Errorf("a %s has %d bytes, the message %d", d.typ.Nullable(), want, len(b))
	}
	switch d.typ.Kind {
	case types.Boolean:
		vector.Append(d.col, b[0] != 0)
	case types.TinyInt:
		vector.Append(d.col, int8(b[0]))
	case types.SmallInt:
		vector.Append(d.col, int16(d.order.Uint16(b)))
	case types.Int:
		vector.Append(d.col, int32(d.order.Uint32(b)))
	case types.BigInt:
		vector.Append(d.col, int64(d.order.Uint64(b)))
	case types.Float:
		vector.Append(d.col, math.Float32frombits(d.order.Uint32(b)))
	case types.Double:
		vector.Append(d.col, math.Float64frombits(d.order.Uint64(b)))
	}
	return 1, nil
}

type encoder struct {
	codec
	col *vector.Vector
}

func newEncoder(o option.Set, columns []format.Column, _ format.Env) (format.Encoder, error) {
	c, err := newCodec(o, columns, columns)
	if err != nil {
		return nil, err
	}
	return &encoder{codec: c}, nil
}

// Begin says that the rows to come are those of b.
func (e *encoder) Begin(b *vector.Batch) error { e.col = b.Cols[0]; return nil }

// Encode appends the value of row i; a NULL is an empty message.
func (e *encoder) Encode(dst []byte, i int) ([]byte, bool, error) {
	if e.col.IsNull(i) {
		return dst, false, nil
	}
	switch e.typ.Kind {
	case types.Char, types.Varchar:
		if !e.latin {
			return append(dst, e.col.Bytes(i)...), false, nil
		}
		for _, r := range string(e.col.Bytes(i)) {
			if r > 0xff {
				r = '?'
			}
			dst = append(dst, byte(r))
		}
	case types.Binary, types.Varbinary:
		dst = append(dst, e.col.Bytes(i)...)
	case types.Boolean:
		v := byte(0)
		if e.col.Bools()[i] {
			v = 1
		}
		dst = append(dst, v)
	case types.TinyInt:
		dst = append(dst, byte(e.col.Int8s()[i]))
	case types.SmallInt:
		dst = e.put(dst, uint64(uint16(e.col.Int16s()[i])), 2)
	case types.Int:
		dst = e.put(dst, uint64(uint32(e.col.Int32s()[i])), 4)
	case types.BigInt:
		dst = e.put(dst, uint64(e.col.Int64s()[i]), 8)
	case types.Float:
		dst = e.put(dst, uint64(math.Float32bits(e.col.Float32s()[i])), 4)
	case types.Double:
		dst = e.put(dst, math.Float64bits(e.col.Float64s()[i]), 8)
	}
	return dst, false, nil
}

// put appends the low n bytes of v in the format's order.
func (e *encoder) put(dst []byte, v uint64, n int) []byte {
	for k := range n {
		shift := 8 * k
		if e.order == binary.ByteOrder(binary.BigEndian) {
			shift = 8 * (n - 1 - k)
		}
		dst = append(dst, byte(v>>shift))
	}
	return dst
}

// Separator ends a message in a file.
func (e *encoder) Separator() []byte { return []byte{'\n'} }

// Header is empty.
func (e *encoder) Header() []byte { return nil }
