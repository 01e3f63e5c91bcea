// Package print is the connector `print`: a sink that writes each change as a
// line to standard output or standard error, in the form of Flink's:
//
//	[identifier:][subtask>] +I[a, b]
//
// The subtask is shown when there is more than one. Lines of a batch are
// written together before the next barrier, so they appear at once.
package print

import (
	"bytes"
	"context"
	"io"
	"os"
	"strconv"
	"sync"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

var (
	identifier    = option.Option{Key: "print-identifier", Kind: option.String, Help: "Text before each line."}
	standardError = option.Option{Key: "standard-error", Kind: option.Bool, Default: "false", Help: "Write to standard error."}
	parallelism   = option.Option{Key: "sink.parallelism", Kind: option.Int, Help: "Parallelism of the sink."}
)

func init() {
	connector.Register(&connector.Connector{
		Name:    "print",
		Help:    "A sink that writes each change as a line to standard output.",
		Options: []option.Option{identifier, standardError, parallelism},
		NewSink: func(t connector.Table) (connector.Sink, error) { return &sink{t.Options}, nil },
	})
}

type sink struct{ opts option.Set }

func (s *sink) Changelog() connector.Changelog                       { return connector.All }
func (s *sink) Guarantee() string                                    { return "at-least-once" }
func (s *sink) Committer(connector.Env) (connector.Committer, error) { return nil, nil }

func (s *sink) Writer(env connector.Env, _ []connector.Column, _ [][]byte) (connector.Writer, error) {
	w := &writer{out: connector.Stdout, zone: types.UTC}
	if s.opts.Bool(standardError) {
		w.out = os.Stderr
	}
	if env.Zone != nil {
		w.zone = types.ZoneOf(env.Zone)
	}
	id, many := s.opts.Text(identifier), env.Parallelism > 1
	switch {
	case id != "" && many:
		w.prefix = id + ":" + strconv.Itoa(env.Subtask+1) + "> "
	case id != "":
		w.prefix = id + "> "
	case many:
		w.prefix = strconv.Itoa(env.Subtask+1) + "> "
	}
	return w, nil
}

// lines keeps the lines of several writers apart.
var lines sync.Mutex

type writer struct {
	out    io.Writer
	prefix string
	zone   *types.Zone
	buf    []byte
}

func (w *writer) Write(_ context.Context, b *vector.Batch) error {
	w.buf = w.buf[:0]
	for i := range b.Len() {
		w.buf = append(w.buf, w.prefix...)
		w.buf = append(w.buf, b.Kind(i).String()...)
		w.buf = append(w.buf, '[')
		for k, c := range b.Cols {
			if k > 0 {
				w.buf = append(w.buf, ", "...)
			}
			w.buf = appendValue(w.buf, c, i, w.zone)
		}
		w.buf = append(w.buf, "]\n"...)
	}
	lines.Lock()
	defer lines.Unlock()
	_, err := w.out.Write(w.buf)
	return err
}

// appendValue differs from the SQL client's text where Flink prints Java
// objects: booleans in lower case, null, times as Java's toString has them, and
// rows within rows with a kind.
func appendValue(dst []byte, c *vector.Vector, i int, zone *types.Zone) []byte {
	if c.IsNull(i) {
		return append(dst, "null"...)
	}
	switch t := c.Type(); t.Kind {
	case types.Boolean:
		return strconv.AppendBool(dst, c.Bools()[i])
	case types.Decimal:
		return appendDecimal(dst, vector.AppendText(nil, c, i, zone), int(t.Scale))
	case types.Time:
		return appendTime(dst, types.AppendTimeAs(nil, c.Int32s()[i]), true)
	case types.TimestampNTZ:
		text := types.AppendTimestampAs(nil, c.Timestamp(i), types.FormatISO, false)
		at := bytes.IndexByte(text, 'T') + 1
		return appendTime(append(dst, text[:at]...), text[at:], true)
	case types.TimestampLTZ:
		text := types.AppendTimestampAs(nil, c.Timestamp(i), types.FormatISO, true)
		at := bytes.IndexByte(text, 'T') + 1
		return append(appendTime(append(dst, text[:at]...), bytes.TrimSuffix(text[at:], []byte("Z")), false), 'Z')
	case types.Binary, types.Varbinary:
		dst = append(dst, '[')
		for k, b := range c.Bytes(i) {
			if k > 0 {
				dst = append(dst, ", "...)
			}
			dst = strconv.AppendInt(dst, int64(int8(b)), 10)
		}
		return append(dst, ']')
	case types.Array:
		from, to := c.List(i)
		return append(appendList(append(dst, '['), from, to, func(dst []byte, k int) []byte { return appendValue(dst, c.Child(0), k, zone) }), ']')
	case types.Map, types.Multiset:
		from, to := c.List(i)
		return append(appendList(append(dst, '{'), from, to, func(dst []byte, k int) []byte {
			return appendValue(append(appendValue(dst, c.Child(0), k, zone), '='), c.Child(1), k, zone)
		}), '}')
	case types.Row:
		fields := c.Children()
		return append(appendList(append(dst, "+I["...), 0, len(fields), func(dst []byte, k int) []byte { return appendValue(dst, fields[k], i, zone) }), ']')
	}
	return vector.AppendText(dst, c, i, zone)
}

func appendList(dst []byte, from, to int, item func(dst []byte, k int) []byte) []byte {
	for k := from; k < to; k++ {
		if k > from {
			dst = append(dst, ", "...)
		}
		dst = item(dst, k)
	}
	return dst
}

// appendTime writes hh:mm:ss[.fraction] as java.time does: fractions in groups
// of three digits and, if short, without seconds that are zero.
func appendTime(dst, text []byte, short bool) []byte {
	clock, fraction, _ := bytes.Cut(text, []byte{'.'})
	fraction = bytes.TrimRight(fraction, "0")
	if len(fraction) == 0 {
		if short {
			clock = bytes.TrimSuffix(clock, []byte(":00"))
		}
		return append(dst, clock...)
	}
	dst = append(append(append(dst, clock...), '.'), fraction...)
	for range (3 - len(fraction)%3) % 3 {
		dst = append(dst, '0')
	}
	return dst
}

// appendDecimal writes a plain decimal as BigDecimal.toString does: with an
// exponent when more than five zeros would follow the point.
func appendDecimal(dst, plain []byte, scale int) []byte {
	unsigned := bytes.TrimPrefix(plain, []byte{'-'})
	digits := bytes.TrimLeft(bytes.Replace(unsigned, []byte{'.'}, nil, 1), "0")
	if len(digits) == 0 {
		digits = []byte{'0'}
	}
	exponent := len(digits) - 1 - scale
	if exponent >= -6 {
		return append(dst, plain...)
	}
	if len(unsigned) < len(plain) {
		dst = append(dst, '-')
	}
	dst = append(dst, digits[0])
	if len(digits) > 1 {
		dst = append(append(dst, '.'), digits[1:]...)
	}
	return strconv.AppendInt(append(dst, 'E'), int64(exponent), 10)
}

func (w *writer) Watermark(types.Instant) {}
func (w *writer) Err() error              { return nil }
func (w *writer) Close() error            { return nil }
func (w *writer) Prepare(context.Context, int64) ([]byte, []connector.Committable, error) {
	return nil, nil, nil
}
