package cast

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"github.com/flott/flott/internal/function"
	"github.com/flott/flott/internal/kernel"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// toString prints values, cut or (for CHAR) padded to the length of to.
func (c casting) toString(from, to types.Type) (caster, error) {
	pad := to.Kind == types.Char && !c.legacy
	limit := int(to.Precision)
	if c.legacy {
		limit = types.MaxLength
	}
	if from.IsString() && !pad {
		return func(out, in *vector.Vector) error {
			out.Resize(in.Len())
			refs := out.Refs()
			copy(refs, in.Refs())
			out.SetBase(in.Base(), in.Stable)
			if from.Precision > to.Precision {
				for i, r := range refs {
					refs[i].Len = uint32(prefix(in.Base()[r.Off:r.Off+r.Len], limit))
				}
			}
			return nil
		}, nil
	}
	if print := c.printed(from); print != nil && !pad && limit == types.MaxLength {
		return print, nil
	}
	return func(out, in *vector.Vector) error {
		for i := range in.Len() {
			b := out.OpenBytes()
			start := len(b)
			if !in.IsNull(i) {
				b = AppendText(b, in, i, c.zone)
				n := prefix(b[start:], limit)
				b = b[:start+n]
				if pad {
					for have := utf8.RuneCount(b[start:]); have < limit; have++ {
						b = append(b, ' ')
					}
				}
			}
			out.CloseBytes(b)
		}
		return nil
	}, nil
}

// prefix returns how many bytes of s its first n characters take.
func prefix(s []byte, n int) int {
	if len(s) <= n {
		return len(s)
	}
	at := 0
	for ; n > 0 && at < len(s); n-- {
		if s[at] < utf8.RuneSelf {
			at++
			continue
		}
		_, size := utf8.DecodeRune(s[at:])
		at += size
	}
	return at
}

// AppendText appends row i of v, which is not NULL, as CAST(… AS STRING) prints
// it. It differs from vector.AppendText, the SQL client's form, in bytes: they
// are read as UTF-8.
func AppendText(dst []byte, v *vector.Vector, i int, zone *types.Zone) []byte {
	if v.IsNull(i) {
		return append(dst, "NULL"...)
	}
	if v.Const {
		i = 0
	}
	t := v.Type()
	switch t.Kind {
	case types.Binary, types.Varbinary:
		if b := v.Bytes(i); !utf8.Valid(b) {
			return append(dst, bytes.ToValidUTF8(b, []byte("\uFFFD"))...)
		}
		return append(dst, v.Bytes(i)...)
	case types.Char, types.Varchar:
		return append(dst, v.Bytes(i)...)
	case types.Array, types.Map, types.Multiset:
		left, right := byte('{'), byte('}')
		if t.Kind == types.Array {
			left, right = '[', ']'
		}
		from, to := v.List(i)
		dst = append(dst, left)
		for j := from; j < to; j++ {
			if j > from {
				dst = append(dst, ", "...)
			}
			dst = AppendText(dst, v.Child(0), j, zone)
			if t.Kind != types.Array {
				dst = AppendText(append(dst, '='), v.Child(1), j, zone)
			}
		}
		return append(dst, right)
	case types.Row, types.Structured:
		dst = append(dst, '(')
		for k, c := range v.Children() {
			if k > 0 {
				dst = append(dst, ", "...)
			}
			if t.Kind == types.Structured {
				dst = append(append(dst, t.Fields[k].Name...), '=')
			}
			dst = AppendText(dst, c, i, zone)
		}
		return append(dst, ')')
	}
	return vector.AppendText(dst, v, i, zone)
}

// toBinary cuts bytes to the length of to; BINARY is filled up with zeros.
func (c casting) toBinary(from, to types.Type) (caster, error) {
	if !from.IsBinary() && !from.IsString() && from.Kind != types.Raw && from.Kind != types.Bitmap {
		return nil, unsupported(from, to)
	}
	limit := int(to.Precision)
	return func(out, in *vector.Vector) error {
		if to.Kind != types.Binary || c.legacy {
			out.Resize(in.Len())
			refs := out.Refs()
			copy(refs, in.Refs())
			out.SetBase(in.Base(), in.Stable)
			for i := range refs {
				refs[i].Len = min(refs[i].Len, uint32(limit))
			}
			return nil
		}
		for i := range in.Len() {
			b := out.OpenBytes()
			s := in.Bytes(i)
			b = append(b, s[:min(len(s), limit)]...)
			for n := len(s); n < limit; n++ {
				b = append(b, 0)
			}
			out.CloseBytes(b)
		}
		return nil
	}, nil
}

// fromString reads texts.
func (c casting) fromString(from, to types.Type) (caster, error) {
	switch to.Kind {
	case types.Boolean:
		return parse(c, to, types.ParseBool[[]byte]), nil
	case types.TinyInt:
		return parse(c, to, types.ParseInt8[[]byte]), nil
	case types.SmallInt:
		return parse(c, to, types.ParseInt16[[]byte]), nil
	case types.Int:
		return parse(c, to, types.ParseInt32[[]byte]), nil
	case types.BigInt:
		return parse(c, to, types.ParseInt64[[]byte]), nil
	case types.Float:
		return parse(c, to, types.ParseFloat[[]byte]), nil
	case types.Double:
		return parse(c, to, types.ParseDouble[[]byte]), nil
	case types.Decimal:
		if to.Precision == to.Scale {
			return c.fraction(to), nil
		}
		if to.Phys() == types.PhysInt64 {
			return parse(c, to, func(b []byte) (int64, error) { return readDecimal(b, to) }), nil
		}
		return parse(c, to, func(b []byte) (types.Int128, error) { return types.ParseDecimal(b, to.Precision, to.Scale) }), nil
	case types.Date:
		return parse(c, to, types.ParseDate[[]byte]), nil
	case types.Time:
		return parse(c, to, types.ParseTime[[]byte]), nil
	case types.TimestampNTZ, types.TimestampLTZ:
		read := func(b []byte) (types.Timestamp, error) {
			t, err := types.ParseTimestamp(b, to.Precision)
			if err == nil && to.Kind == types.TimestampLTZ {
				t = c.zone.InstantTimestamp(t)
			}
			return t, err
		}
		if to.Phys() == types.PhysInt64 {
			return parse(c, to, func(b []byte) (int64, error) { t, err := read(b); return t.Milli, err }), nil
		}
		return parse(c, to, read), nil
	}
	return nil, unsupported(from, to)
}

// readDecimal reads a DECIMAL of up to 18 digits. As in Flink, one character
// behind the number may be anything: '1x' is 1, and 'x' is 0.
func readDecimal(b []byte, to types.Type) (int64, error) {
	x, err := types.ParseDecimalInt64(b, to.Precision, to.Scale)
	if !errors.Is(err, types.ErrSyntax) {
		return x, err
	}
	text := bytes.Trim(b, " \n\t")
	number := text[:len(text)-1]
	mark := text[len(text)-1]
	if mark >= utf8.RuneSelf || '0' <= mark && mark <= '9' {
		return x, err
	}
	if n := len(number) - 1; n >= 0 && number[n]|0x20 == 'e' && mark != '+' && mark != '-' {
		number = number[:n]
	}
	switch string(number) {
	case "", "+", "-", ".", "-.", "+.":
		return 0, nil
	}
	if last := number[len(number)-1]; last != '.' && (last < '0' || last > '9') {
		return x, err
	}
	return types.ParseDecimalInt64(number, to.Precision, to.Scale)
}

func parse[T vector.Fixed](c casting, to types.Type, read func([]byte) (T, error)) caster {
	return func(out, in *vector.Vector) error {
		o := vector.Slice[T](out)
		for i := range o {
			if out.IsNull(i) {
				continue
			}
			x, err := read(in.Bytes(i))
			if err != nil {
				if c.try {
					out.SetNull(i)
					continue
				}
				return function.Fail(i, "cast", "%q is not %s %s: %s", shortened(in.Bytes(i)), article(to), to.Nullable(), reason(err, to))
			}
			o[i] = x
		}
		return nil
	}
}

// fraction reads a DECIMAL without digits before the point: as in Flink not
// even a 0 may stand there.
func (c casting) fraction(to types.Type) caster {
	read := func(b []byte) (types.Int128, error) {
		digits := bytes.TrimLeft(b, " +-")
		if len(digits) > 1 && digits[0] == '0' && digits[1] == '.' && len(bytes.TrimRight(digits, " 0.")) > 0 {
			return types.Int128{}, types.ErrOverflow
		}
		return types.ParseDecimal(b, to.Precision, to.Scale)
	}
	if to.Phys() == types.PhysInt64 {
		return parse(c, to, func(b []byte) (int64, error) { v, err := read(b); return v.Int64(), err })
	}
	return parse(c, to, read)
}

// shortened keeps messages readable.
func shortened(b []byte) string {
	if len(b) <= 200 {
		return string(b)
	}
	return string(b[:prefix(b, 200)]) + "…"
}

func temporal(t types.Type) bool {
	return t.Kind == types.Date || t.Kind == types.Time || t.IsTimestamp()
}

// temporal converts between dates, times and timestamps, nil if that has no
// meaning.
func (c casting) temporal(from, to types.Type) caster {
	ltz := from.Kind == types.TimestampLTZ
	switch {
	case from.Kind == to.Kind && !from.IsTimestamp():
		return copyRows
	case from.Kind == types.Date && to.IsTimestamp():
		return c.rows(to, func(in *vector.Vector, i int) types.Timestamp {
			return types.TimestampOfMillis(int64(kernel.At[int32](in, i)) * types.MillisPerDay)
		})
	case from.Kind == types.Time && to.IsTimestamp():
		return c.rows(to, func(in *vector.Vector, i int) types.Timestamp {
			return types.TimestampOfMillis(int64(kernel.At[int32](in, i)))
		})
	case from.IsTimestamp() && to.IsTimestamp():
		if from.Kind == to.Kind {
			return func(out, in *vector.Vector) error {
				for i := range out.Len() {
					out.SetTimestamp(i, in.Timestamp(i).Truncate(to.Precision))
				}
				return nil
			}
		}
		if ltz {
			return func(out, in *vector.Vector) error {
				for i := range out.Len() {
					out.SetTimestamp(i, c.zone.LocalTimestamp(in.Timestamp(i)).Truncate(to.Precision))
				}
				return nil
			}
		}
		return c.rows(to, (*vector.Vector).Timestamp)
	case from.IsTimestamp() && to.Kind == types.Date:
		return func(out, in *vector.Vector) error {
			o := out.Int32s()
			for i := range o {
				if ms := in.Timestamp(i).Milli; ltz {
					o[i] = types.DateOfInstant(c.zone.Local(ms))
				} else {
					o[i] = types.DateOfTimestamp(ms)
				}
			}
			return nil
		}
	case from.IsTimestamp() && to.Kind == types.Time:
		return func(out, in *vector.Vector) error {
			o := out.Int32s()
			for i := range o {
				ms := in.Timestamp(i).Milli
				if ltz {
					ms = c.zone.Local(ms)
				}
				o[i] = types.TimeOfDay(ms)
			}
			return nil
		}
	}
	return nil
}

// rows writes local times as timestamps of type to.
func (c casting) rows(to types.Type, local func(in *vector.Vector, i int) types.Timestamp) caster {
	return func(out, in *vector.Vector) error {
		for i := range out.Len() {
			t := local(in, i)
			if to.Kind == types.TimestampLTZ {
				t = c.zone.InstantTimestamp(t)
			}
			out.SetTimestamp(i, t.Truncate(to.Precision))
		}
		return nil
	}
}

// article is the one before the name of a type.
func article(t types.Type) string {
	switch t.Kind {
	case types.Int, types.IntervalDaySecond, types.IntervalYearMonth, types.Array:
		return "an"
	}
	return "a"
}

// reason says in a user's words why a text cannot be read.
func reason(err error, to types.Type) string {
	switch {
	case errors.Is(err, types.ErrSyntax) && to.IsNumeric():
		return "a character is no part of a number"
	case errors.Is(err, types.ErrSyntax):
		return "it does not have the form of one"
	case errors.Is(err, types.ErrSign):
		return "a sign needs digits"
	case errors.Is(err, types.ErrOverflow):
		return "it is too large"
	}
	return err.Error()
}
