package csv

import (
	"bytes"
	"errors"
	"fmt"
	"unsafe"

	"github.com/flott/flott/format"
	"github.com/flott/flott/internal/kernel/swar"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

type decoder struct {
	dialect
	separator []byte   // the delimiter
	every     uint64   // its byte eight times
	columns   []target // by position in the record, up to the last wanted one
	fields    int      // columns of a record
	partial   bool     // not all columns of a record are wanted
	inTime    bool     // the delimiter can be part of a timestamp

	ignore, comments, trim, emptyNull         bool
	ignoreTrailing, trailingComma, failMissed bool

	out     *vector.Batch
	base    []byte
	offset  int  // of the message in base
	file    bool // Frame was called: the messages are a file's records
	line    bool // the record is one line without escapes
	scratch []byte
	binary  []byte
	framed  []byte // what Frame found last, if it is one line without quotes
}

// target is a column of the record. index is its place among the decoder's
// columns, -1 if it is not wanted.
type target struct {
	index int
	name  string
	typ   types.Type
	shape shape
	last  bool // of the record
	// millis says that a column's usual form is a timestamp of milliseconds.
	millis bool
	out    *vector.Vector // of the batch, if the column is wanted
}

func newDecoder(o option.Set, columns []format.Column, env format.Env) (format.Decoder, error) {
	d := &decoder{
		ignore: o.Bool(ignoreErrors), comments: o.Bool(allowComments), trim: o.Bool(trimSpaces), emptyNull: o.Bool(emptyAsNull),
		ignoreTrailing: o.Bool(ignoreTrailing), trailingComma: o.Bool(trailingComma), failMissed: o.Bool(failOnMissing),
	}
	var err error
	if d.dialect, err = newDialect(o); err != nil {
		return nil, err
	}
	d.separator = []byte{byte(d.delimiter)}
	d.every = 0x0101010101010101 * uint64(byte(d.delimiter))
	d.inTime = bytes.Contains([]byte("0123456789-:.+TZ \t"), d.separator)
	all := env.All
	if all == nil {
		all = columns
	}
	index := map[string]int{}
	for i, c := range columns {
		index[c.Name] = i
	}
	d.fields = len(all)
	found, last := 0, 0
	for k, c := range all {
		if err := check(c); err != nil {
			return nil, err
		}
		t := target{index: -1, name: c.Name, typ: c.Type, last: k == len(all)-1}
		if i, ok := index[c.Name]; ok {
			t.index, t.typ = i, columns[i].Type
			found, last = found+1, k+1
			t.shape = d.shapeOf(t.typ)
			t.millis = t.typ.Kind == types.TimestampNTZ && t.typ.Precision == 3
		}
		d.columns = append(d.columns, t)
	}
	if found < len(columns) {
		return nil, fmt.Errorf("csv: of %d wanted columns the record has %d", len(columns), found)
	}
	d.columns = d.columns[:last]
	d.partial = found < d.fields
	return d, nil
}

// Begin starts a batch; see format.Decoder.
func (d *decoder) Begin(out *vector.Batch, base []byte, stable bool) {
	d.out, d.base = out, base
	for k := range d.columns {
		if c := &d.columns[k]; c.index >= 0 {
			c.out = out.Cols[c.index]
		}
	}
	for _, c := range out.Cols {
		if c.Type().IsString() && c.Len() == 0 {
			c.SetBase(base, stable)
		}
	}
}

// Decode appends the row of a message; see format.Decoder.
func (d *decoder) Decode(off, n uint32) (int, error) {
	b := d.base[off : off+n : off+n]
	d.offset = int(off)
	if bytes.HasPrefix(b, byteOrderMark) {
		b = b[len(byteOrderMark):]
		d.offset += len(byteOrderMark)
	}
	if d.comments {
		at := skipComments(b)
		if at == len(b) && at > 0 && d.file {
			return 0, nil
		}
		b = b[at:]
		d.offset += at
	}
	rows := 0
	if len(d.out.Cols) > 0 {
		rows = d.out.Cols[0].Len()
	}
	err := errEmpty
	if len(b) > 0 {
		if err = d.record(b); err == nil {
			return 1, nil
		}
	}
	for _, c := range d.out.Cols {
		c.Truncate(rows)
	}
	if d.ignore {
		return 0, nil
	}
	return 0, err
}

var (
	errEmpty      = errors.New("the message is empty")
	byteOrderMark = []byte("\xef\xbb\xbf")
)

// skipComments returns where the first line begins that is no comment.
func skipComments(b []byte) int {
	at := 0
	for {
		i := at
		for i < len(b) && (b[i] == ' ' || b[i] == '\t') {
			i++
		}
		if i == len(b) || b[i] != '#' {
			return at
		}
		end := bytes.IndexByte(b[i:], '\n')
		if end < 0 {
			return len(b)
		}
		at = i + end + 1
	}
}

// record reads one record; what follows its line is ignored.
func (d *decoder) record(b []byte) error {
	if same(b, d.framed) {
		b = bytes.TrimSuffix(b, newline)
		b = bytes.TrimSuffix(b, carriageReturn)
	} else {
		if d.escape >= 0 || d.quote >= 0 && bytes.IndexByte(b, byte(d.quote)) >= 0 {
			return d.quoted(b)
		}
		if i := bytes.IndexByte(b, '\n'); i >= 0 {
			b = b[:i]
		}
		if i := bytes.IndexByte(b, '\r'); i >= 0 {
			b = b[:i]
		}
	}
	delimiter := byte(d.delimiter)
	pos := 0
	for k := range d.columns {
		c := &d.columns[k]
		if c.shape != noShape {
			if end := d.readQuick(c, b, pos); end >= 0 {
				if end == len(b) {
					if k+1 == d.fields { // mostly
						return nil
					}
					return d.missing(k + 1)
				}
				pos = end + 1
				continue
			}
		}
		end := swar.Index(b, pos, delimiter)
		if c.index >= 0 {
			from, to := pos, end
			if d.trim {
				from, to = trimmed(b, from, to)
			}
			if err := d.field(c, b[from:to], d.offset+from); err != nil {
				return err
			}
		}
		if end == len(b) {
			return d.missing(k + 1)
		}
		pos = end + 1
	}
	// Behind the last wanted column fields are only counted.
	n := len(d.columns) + bytes.Count(b[pos:], d.separator) + 1
	return d.count(n, len(b) == pos || bytes.HasSuffix(b, d.separator))
}

// same reports whether a and b are the same memory.
func same(a, b []byte) bool {
	return len(a) == len(b) && unsafe.SliceData(a) == unsafe.SliceData(b)
}

// count checks the number of fields of a record with at least as many as are
// wanted; empty says that the last field has no characters.
func (d *decoder) count(n int, empty bool) error {
	switch {
	case n < d.fields:
		return d.tooFew(n)
	case n == d.fields || d.ignoreTrailing || n == d.fields+1 && empty && d.trailingComma:
		return nil
	}
	return fmt.Errorf("the record has %d fields, more than the table's %d columns", n, d.fields)
}

// missing ends a record of n fields that may lack wanted columns.
func (d *decoder) missing(n int) error {
	if n == d.fields {
		return nil
	}
	if err := d.tooFew(n); err != nil {
		return err
	}
	for _, c := range d.columns[min(n, len(d.columns)):] {
		if c.index >= 0 {
			d.out.Cols[c.index].AppendNull()
		}
	}
	return nil
}

// tooFew judges a record of n fields, fewer than the table has columns. Flink
// does not count a file's fields if the query needs some columns only.
func (d *decoder) tooFew(n int) error {
	if d.failMissed || !d.ignore && !(d.file && d.partial) {
		return fmt.Errorf("the record has %d fields, fewer than the table's %d columns", n, d.fields)
	}
	return nil
}

func trimmed(b []byte, from, to int) (int, int) {
	for from < to && b[from] == ' ' {
		from++
	}
	for to > from && b[to-1] == ' ' {
		to--
	}
	return from, to
}

// quoted reads a record with quotes or escapes in it.
func (d *decoder) quoted(b []byte) error {
	if d.line = d.escape < 0; d.line {
		b = bytes.TrimSuffix(b, newline)
		b = bytes.TrimSuffix(b, carriageReturn)
		d.line = bytes.IndexByte(b, '\n') < 0 && bytes.IndexByte(b, '\r') < 0
	}
	for pos, n := 0, 0; ; {
		f, err := d.next(b, pos)
		if err != nil {
			return err
		}
		if n < len(d.columns) && d.columns[n].index >= 0 {
			text, at := b[f.from:f.to], d.offset+f.from
			if f.escaped {
				d.scratch = d.plain(d.scratch[:0], text, f.inQuotes)
				text, at = d.scratch, -1
			}
			if err := d.field(&d.columns[n], text, at); err != nil {
				return err
			}
		}
		n, pos = n+1, f.next
		switch {
		case !f.last:
		case n <= len(d.columns):
			return d.missing(n)
		default:
			return d.count(n, f.from == f.to && !f.inQuotes)
		}
	}
}

var newline, carriageReturn = []byte{'\n'}, []byte{'\r'}

// piece is a field of a record: its text, where the next one begins, and
// whether there is none.
type piece struct {
	from, to, next          int
	escaped, inQuotes, last bool
}

// next finds the field that begins at pos.
func (d *decoder) next(b []byte, pos int) (f piece, err error) {
	start := pos
	for d.trim && start < len(b) && b[start] == ' ' {
		start++
	}
	if start < len(b) && int(b[start]) == d.quote {
		return d.nextQuoted(b, start+1)
	}
	f.from = start
	i := start
	if d.line {
		i = swar.Index(b, start, byte(d.delimiter))
	}
	for ; i < len(b); i++ {
		c := b[i]
		if int(c) == d.delimiter || c == '\n' || c == '\r' {
			break
		}
		if int(c) == d.escape {
			f.escaped = true
			if i++; i == len(b) {
				return f, errors.New("the record ends behind its escape character")
			}
		}
	}
	f.to, f.next = i, i+1
	if d.trim && !f.escaped {
		_, f.to = trimmed(b, f.from, f.to)
	}
	f.last = i == len(b) || int(b[i]) != d.delimiter
	return f, nil
}

// nextQuoted finds the end of the field behind the quote before from.
func (d *decoder) nextQuoted(b []byte, from int) (f piece, err error) {
	f.from, f.inQuotes = from, true
	i := from
	for ; ; i++ {
		if d.escape < 0 {
			i = swar.Index(b, i, byte(d.quote))
		}
		if i >= len(b) {
			return f, fmt.Errorf("the closing quote of %s is missing", clip(b[from-1:]))
		}
		c := int(b[i])
		if c == d.escape && d.escape != d.quote {
			f.escaped = true
			i++
			continue
		}
		if c == d.quote {
			if i+1 == len(b) || int(b[i+1]) != d.quote {
				break
			}
			f.escaped = true
			i++
		}
	}
	f.to = i
	for i++; i < len(b) && (b[i] == ' ' || b[i] == '\t') && int(b[i]) != d.delimiter; i++ {
	}
	f.next = i + 1
	switch {
	case i == len(b) || b[i] == '\n' || b[i] == '\r':
		f.last = true
	case int(b[i]) != d.delimiter:
		return f, fmt.Errorf("behind a closing quote stands %s, not a delimiter", clip(b[i:]))
	}
	return f, nil
}

// plain appends text without its escapes and doubled quotes.
func (d *decoder) plain(dst, text []byte, inQuotes bool) []byte {
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case inQuotes && int(c) == d.quote:
			i++
		case int(c) == d.escape && i+1 < len(text):
			i++
			c = text[i]
			switch c {
			case '0':
				c = 0
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			case 't':
				c = '\t'
			}
		}
		dst = append(dst, c)
	}
	return dst
}

func clip(b []byte) string {
	if len(b) > 60 {
		return fmt.Sprintf("%q…", b[:60])
	}
	return fmt.Sprintf("%q", b)
}
