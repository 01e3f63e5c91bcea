// Package print is the connector `print`: a sink that writes each change as a
// line to standard output or standard error, in the form of Flink's:
//
//	[identifier:][subtask>] +I[a, b]
//
// The subtask is shown when there is more than one. Lines of a batch are
// written together before the next barrier, so they appear at once.
package print

import (
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
	w := &writer{out: os.Stdout, zone: types.UTC}
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
// objects: booleans in lower case, null, and date-times with a T.
func appendValue(dst []byte, c *vector.Vector, i int, zone *types.Zone) []byte {
	if c.IsNull(i) {
		return append(dst, "null"...)
	}
	switch t := c.Type(); t.Kind {
	case types.Boolean:
		return strconv.AppendBool(dst, c.Bools()[i])
	case types.TimestampNTZ:
		return types.AppendTimestampAs(dst, c.Timestamp(i), types.FormatISO, false)
	case types.TimestampLTZ:
		return types.AppendTimestampAs(dst, c.Timestamp(i), types.FormatISO, true)
	case types.Binary, types.Varbinary:
		dst = append(dst, '[')
		for k, b := range c.Bytes(i) {
			if k > 0 {
				dst = append(dst, ", "...)
			}
			dst = strconv.AppendInt(dst, int64(int8(b)), 10)
		}
		return append(dst, ']')
	}
	return vector.AppendText(dst, c, i, zone)
}

func (w *writer) Watermark(types.Instant) {}
func (w *writer) Err() error              { return nil }
func (w *writer) Close() error            { return nil }
func (w *writer) Prepare(context.Context, int64) ([]byte, []connector.Committable, error) {
	return nil, nil, nil
}
