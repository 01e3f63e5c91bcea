// Package format is the contract between messages and rows: a Decoder fills
// columns from bytes, an Encoder writes bytes from columns. A format is a
// folder of its own that calls Register in an init function; package
// format/all imports those that the binary has.
package format

import (
	"fmt"
	"log/slog"
	"sort"
	"strings"
	"time"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Column is a column that a format reads or writes.
type Column struct {
	Name string
	Type types.Type
	// Metadata is the key of what is read beside the row itself (one of the
	// format's Metadata, whose type the column has); "" = a physical column.
	Metadata string
}

// Metadata describes a metadata column that messages of a format offer to readers.
type Metadata struct {
	Key  string
	Type types.Type
}

// Env is what a format may use of its surroundings.
type Env struct {
	Zone *time.Location // table.local-time-zone
	Log  *slog.Logger
	// All is the whole physical schema that messages hold (csv goes by
	// position); the decoder's columns are a part of it.
	All []Column
}

// Format describes a format and makes its two halves. Options have their keys
// without the format's name: `ignore-parse-errors` of json is
// `json.ignore-parse-errors` in a table (`value.json.…` with value.format).
type Format struct {
	Name    string
	Help    string
	Options []option.Option
	// Changelog: messages carry row kinds (debezium-json and the like).
	Changelog bool
	// Metadata is what can be read of a message beside its rows.
	Metadata []Metadata
	// NewDecoder returns a decoder of the given columns (only those are
	// filled), nil func if the format only writes.
	NewDecoder func(o option.Set, columns []Column, env Env) (Decoder, error)
	NewEncoder func(o option.Set, columns []Column, env Env) (Encoder, error)
}

// Decoder turns messages into rows. It belongs to one goroutine.
type Decoder interface {
	// Begin starts a batch: rows go to out's columns, which are the decoder's
	// columns in order; messages are pieces of base. If stable, strings may
	// point into base for as long as they are needed; if not, until the batch
	// has been used. A string column is either shared with base or copied.
	Begin(out *vector.Batch, base []byte, stable bool)
	// Decode appends the rows of the message base[off:off+n] (usually one;
	// none if it was skipped) with their kinds and returns how many; the caller
	// raises out's length by that number before the next call. On an error the
	// columns hold only whole rows.
	Decode(off, n uint32) (rows int, err error)
}

// Passer is a Decoder that tells messages which hold no rows, or unwanted ones,
// from those that it could not read.
type Passer interface {
	// Passed reports that the last message, which gave no rows, was in order.
	Passed() bool
}

// Framer is a Decoder of files whose messages are not lines.
type Framer interface {
	// Frame finds the next message of buf: its place and how far to go on.
	// advance 0 means that more bytes are needed (if atEOF, there are none).
	Frame(buf []byte, atEOF bool) (advance, start, end int, err error)
}

// Encoder turns rows into messages.
type Encoder interface {
	// Begin says that the rows to come are those of b.
	Begin(b *vector.Batch) error
	// Encode appends the message of row i to dst. skip is true if the row has
	// no message (upsert formats and -U).
	Encode(dst []byte, i int) (out []byte, skip bool, err error)
}

// FileEncoder is an Encoder that needs something around messages in a file.
type FileEncoder interface {
	Header() []byte    // written once at the start of a file
	Separator() []byte // written behind each message; a newline if not implemented
}

var registry = map[string]*Format{}

// Register makes a format known; call it from an init function.
func Register(f *Format) {
	if registry[f.Name] != nil {
		panic("format " + f.Name + " registered twice")
	}
	registry[f.Name] = f
}

// Find returns the format of that name, nil if there is none.
func Find(name string) *Format { return registry[name] }

// Names lists the formats in order.
func Names() []string {
	out := make([]string, 0, len(registry))
	for n := range registry {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}

// Scoped returns the format that option key names ("format", "key.format" or
// "value.format") and its own options with their prefix removed: for `format` =
// `json` those under `json.`; for `key.format` those under `key.json.`.
func Scoped(table option.Set, key string) (*Format, option.Set, error) {
	name, ok := table[key]
	if !ok {
		return nil, nil, &diag.Error{Code: "missing-option", Stage: diag.StageValidate, Message: fmt.Sprintf("option %q is missing", key),
			Help: "add '" + key + "' = '…' (in this binary: " + strings.Join(Names(), ", ") + ")"}
	}
	f := Find(name)
	if f == nil {
		e := &diag.Error{Code: "unknown-format", Stage: diag.StageValidate, Message: fmt.Sprintf("there is no format %q", name),
			Help: "in this binary: " + strings.Join(Names(), ", ")}
		return nil, nil, e
	}
	prefix := strings.TrimSuffix(key, "format") + name + "."
	own := option.Set{}
	for k, v := range table {
		if strings.HasPrefix(k, prefix) {
			own[k[len(prefix):]] = v
		}
	}
	return f, own, nil
}

// NewDecoder makes the decoder for the format that key names.
func NewDecoder(table option.Set, key string, columns []Column, env Env) (Decoder, error) {
	f, own, err := Scoped(table, key)
	if err != nil {
		return nil, err
	}
	if f.NewDecoder == nil {
		return nil, &diag.Error{Code: "not-supported", Message: fmt.Sprintf("format %q cannot be read", f.Name)}
	}
	return f.NewDecoder(own, columns, env)
}

// NewEncoder makes the encoder for the format that key names.
func NewEncoder(table option.Set, key string, columns []Column, env Env) (Encoder, error) {
	f, own, err := Scoped(table, key)
	if err != nil {
		return nil, err
	}
	if f.NewEncoder == nil {
		return nil, &diag.Error{Code: "not-supported", Message: fmt.Sprintf("format %q cannot be written", f.Name)}
	}
	return f.NewEncoder(own, columns, env)
}
