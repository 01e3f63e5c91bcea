package json

import (
	"slices"

	"github.com/flott/flott/format"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
)

// Changelog describes the messages of a tool that captures the changes of a
// database: objects that hold a row before and after a change and say what has
// happened to it. The tools differ in names and in how much they hold:
//
//	debezium  {"before":{…},"after":{…},"op":"u","source":{…},"ts_ms":…}
//	ogg       {"before":{…},"after":{…},"op_type":"U","table":…}
//	maxwell   {"data":{…},"old":{changed columns},"type":"update","table":…}
//	canal     {"data":[{…}…],"old":[{changed columns}…],"type":"UPDATE","table":…}
type Changelog struct {
	Name string // of the format
	Help string
	// Before and After are the keys of a row's two images.
	Before, After string
	// List: the images are arrays of rows.
	List bool
	// Partial: Before holds only the columns that the change has changed, and
	// After the row of any change; else there is the whole row in both, and a
	// deleted one in Before.
	Partial bool
	// NoBefore says for messages where a missing Before comes from.
	NoBefore string
	// Op is the key of what has happened, Ops its values. The first one that
	// inserts and the first that deletes are those that are written.
	Op  string
	Ops []Op
	// Payload is the key of the object that holds all this when the option
	// `schema-include` is set; "" if there is no such option.
	Payload  string
	Metadata []Metadata
	// Includes are options with a regular expression: what stands behind a key
	// has to match as a whole, or the message is passed over.
	Includes []Include
}

// Op is a value of Changelog.Op.
type Op struct {
	Name   string
	Change Change
}

// Change is what has happened to a row.
type Change uint8

// What a message may say.
const (
	Unset   Change = iota
	Insert         // +I
	Update         // -U and +U
	Delete         // -D
	Nothing        // a message without rows
)

// Metadata is a metadata column and where messages hold its value.
type Metadata struct {
	format.Metadata
	// Path is the key, or the key of an object and one in it.
	Path []string
	// Root: the key stands beside Payload, not in it.
	Root bool
	As   As
}

// As says how a value of JSON becomes one of a metadata column.
type As uint8

// Ways to read metadata.
const (
	Plain   As = iota // a value of the column's type
	Millis            // milliseconds since the epoch
	Seconds           // seconds since the epoch
	Clock             // a date and a time in UTC
)

// Include is an option that filters messages.
type Include struct {
	Option option.Option
	Key    string // of the message
}

var schemaInclude = option.Option{Key: "schema-include", Kind: option.Bool, Default: "false", Help: "Messages hold a schema, and the change behind `payload`; such a table can only be read."}

// Register makes the format known.
func (c *Changelog) Register() {
	skipErrors := ignoreErrors
	skipErrors.Help = "Skip messages that are no change of a row, whatever they are; a field that does not fit its type is NULL."
	f := &format.Format{Name: c.Name, Help: c.Help, Changelog: true,
		Options:    []option.Option{skipErrors, nullKeyMode, nullKeyText, timestamps, plainDecimal, ignoreNulls},
		NewDecoder: c.newDecoder, NewEncoder: c.newEncoder}
	if c.Payload != "" {
		f.Options = append(f.Options, schemaInclude)
	}
	for _, i := range c.Includes {
		f.Options = append(f.Options, i.Option)
	}
	for _, m := range c.Metadata {
		f.Metadata = append(f.Metadata, m.Metadata)
	}
	format.Register(f)
}

// changelogEncoder writes what a changelog decoder takes, an update as a row
// that goes and one that comes.
type changelogEncoder struct {
	encoder
	insert, delete around
}

// around is what stands before and behind a row.
type around [2]string

func (c *Changelog) newEncoder(o option.Set, columns []format.Column, _ format.Env) (format.Encoder, error) {
	if c.Payload != "" && o.Bool(schemaInclude) {
		return nil, &diag.Error{Code: "option-conflict", Stage: diag.StageValidate, Message: "'" + c.Name + ".schema-include' is for tables that are read: no schema is written",
			Help: "declare a table without it to write to"}
	}
	e := &changelogEncoder{}
	if err := e.init(c.Name, o, columns); err != nil {
		return nil, err
	}
	e.insert, e.delete = c.around(Insert, e.skipNulls), c.around(Delete, e.skipNulls)
	return e, nil
}

func (c *Changelog) around(change Change, skipNulls bool) around {
	op := c.Ops[slices.IndexFunc(c.Ops, func(o Op) bool { return o.Change == change })].Name
	left, right := "", ""
	if c.List {
		left, right = "[", "]"
	}
	before, behind := `{"`+c.After+`":`+left, right+`,"`+c.Op+`":"`+op+`"}`
	switch {
	case c.Partial: // there is one image, whatever has happened
	case change == Insert && !skipNulls:
		before = `{"` + c.Before + `":null,"` + c.After + `":`
	case change == Delete:
		before = `{"` + c.Before + `":`
		if !skipNulls {
			behind = `,"` + c.After + `":null` + behind
		}
	}
	return around{before, behind}
}

// Encode appends the message of row i.
func (e *changelogEncoder) Encode(dst []byte, i int) ([]byte, bool, error) {
	a := &e.insert
	if k := e.batch.Kind(i); k == types.UpdateBefore || k == types.Delete {
		a = &e.delete
	}
	dst = append(dst, a[0]...)
	dst, err := e.object(dst, e.keys, e.batch.Cols, i)
	return append(dst, a[1]...), false, err
}
