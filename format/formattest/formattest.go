// Package formattest holds the tests that formats share: messages in, rows out,
// and back again.
//
// A format's own tests name it and give messages; its columns are written as the
// fields of a ROW. Rows are printed as `+I[1, a]`, one a line.
package formattest

import (
	stdjson "encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/flott/flott/format"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Columns reads "`a` INT, `b` STRING"; a field whose name is the key of one of
// the format's metadata columns, with an @ before it, is that column.
func Columns(t testing.TB, text string) []format.Column {
	t.Helper()
	row, err := types.Parse("ROW<" + text + ">")
	if err != nil {
		t.Fatal(err)
	}
	out := make([]format.Column, len(row.Fields))
	for i, f := range row.Fields {
		key, ok := strings.CutPrefix(f.Name, "@")
		if out[i] = (format.Column{Name: f.Name, Type: f.Type}); ok {
			out[i].Metadata = key
		}
	}
	return out
}

// Batch returns an empty batch of the columns.
func Batch(columns []format.Column) *vector.Batch {
	ts := make([]types.Type, len(columns))
	for i, c := range columns {
		ts[i] = c.Type
	}
	return vector.NewBatch(ts, 4)
}

// Options reads "key=value;key=value".
func Options(text string) option.Set {
	o := option.Set{}
	for _, pair := range strings.Split(text, ";") {
		if k, v, ok := strings.Cut(pair, "="); ok {
			o[k] = v
		}
	}
	return o
}

// Decode decodes messages into a batch, all in one buffer; it stops at the first error.
func Decode(t testing.TB, name, options string, columns []format.Column, messages ...string) (*vector.Batch, error) {
	t.Helper()
	d, err := format.Find(name).NewDecoder(Options(options), columns, format.Env{})
	if err != nil {
		t.Fatal(err)
	}
	b := Batch(columns)
	base := []byte(strings.Join(messages, "\n"))
	d.Begin(b, base, false)
	off := 0
	for _, m := range messages {
		n, err := d.Decode(uint32(off), uint32(len(m)))
		for i, c := range b.Cols {
			if c.Len() != b.Len()+n {
				t.Fatalf("column %d has %d rows behind %q, not %d", i, c.Len(), m, b.Len()+n)
			}
		}
		if err != nil {
			return b, err
		}
		if b.SetLen(b.Len() + n); b.Kinds != nil && len(b.Kinds) != b.Len() {
			t.Fatalf("there are %d kinds behind %q, not %d", len(b.Kinds), m, b.Len())
		}
		off += len(m) + 1
	}
	return b, nil
}

// Rows prints a batch.
func Rows(b *vector.Batch) string {
	var out []string
	for i := range b.Len() {
		cells := make([]string, len(b.Cols))
		for k, c := range b.Cols {
			cells[k] = string(vector.AppendText(nil, c, i, types.UTC))
		}
		out = append(out, fmt.Sprintf("%v[%s]", b.Kind(i), strings.Join(cells, ", ")))
	}
	return strings.Join(out, "\n")
}

// Encode returns the messages of a batch.
func Encode(t testing.TB, name, options string, columns []format.Column, b *vector.Batch) []string {
	t.Helper()
	e, err := format.Find(name).NewEncoder(Options(options), columns, format.Env{})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Begin(b); err != nil {
		t.Fatal(err)
	}
	var out []string
	for i := range b.Len() {
		m, skip, err := e.Encode(nil, i)
		if err != nil {
			t.Fatal(err)
		}
		if !skip {
			out = append(out, string(m))
		}
	}
	return out
}

// Case is messages and what becomes of them.
type Case struct {
	Options, Columns string
	Messages         []string
	Want             string // rows
	Err              string // a part of the error behind those rows
}

// Run decodes the cases, whose columns are `id` INT and `name` STRING unless they say others.
func Run(t *testing.T, name string, cases []Case) {
	t.Helper()
	for _, c := range cases {
		if c.Columns == "" {
			c.Columns = "`id` INT, `name` STRING"
		}
		b, err := Decode(t, name, c.Options, Columns(t, c.Columns), c.Messages...)
		if got := Rows(b); got != c.Want {
			t.Errorf("%s:\n%s\nwant\n%s", strings.Join(c.Messages, "\n"), got, c.Want)
		}
		if text := fmt.Sprint(err); c.Err == "" && err != nil || !strings.Contains(text, c.Err) {
			t.Errorf("%s: error %v, want %q", strings.Join(c.Messages, "\n"), err, c.Err)
		}
	}
}

// RoundTrip encodes the rows of the messages of a changelog format, which has to
// give want, and decodes them again, which has to give the same rows: those of
// updates as deletes and inserts.
func RoundTrip(t testing.TB, name, options string, columns []format.Column, b *vector.Batch, want ...string) {
	t.Helper()
	messages := Encode(t, name, options, columns, b)
	if got := strings.Join(messages, "\n"); len(want) > 0 && got != strings.Join(want, "\n") {
		t.Errorf("written:\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	again, err := Decode(t, name, "", columns, messages...)
	if err != nil {
		t.Fatalf("what was written, %q, cannot be read: %v", messages, err)
	}
	told := strings.NewReplacer("-U[", "-D[", "+U[", "+I[").Replace(Rows(b))
	if got := Rows(again); got != told {
		t.Errorf("read again:\n%s\nwant\n%s", got, told)
	}
}

// Fuzz feeds a changelog format with messages: whatever they are, nothing
// panics, ignore-parse-errors lets no error through, and rows come from what is
// JSON alone and survive being written.
func Fuzz(f *testing.F, name string, seeds ...string) {
	for _, s := range seeds {
		f.Add(s)
	}
	metadata := ""
	for _, m := range format.Find(name).Metadata {
		metadata += ", `@" + m.Key + "` " + m.Type.String()
	}
	rows := Columns(f, "`id` BIGINT, `name` STRING, `tags` ARRAY<STRING>")
	all := Columns(f, "`id` BIGINT, `name` STRING, `tags` ARRAY<STRING>"+metadata)
	f.Fuzz(func(t *testing.T, message string) {
		if _, err := Decode(t, name, "ignore-parse-errors=true", all, message, message); err != nil {
			t.Fatalf("ignore-parse-errors let an error through: %v", err)
		}
		b, err := Decode(t, name, "", rows, message)
		if err != nil || b.Len() == 0 {
			return
		}
		if !stdjson.Valid([]byte(strings.Map(noControl, message))) {
			t.Fatalf("%q was taken for JSON", message)
		}
		RoundTrip(t, name, "", rows, b)
	})
}

// noControl takes control characters for blanks: strings may hold them.
func noControl(r rune) rune {
	if r < ' ' {
		return ' '
	}
	return r
}
