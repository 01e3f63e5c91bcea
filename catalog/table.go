package catalog

import (
	"slices"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
)

// ColumnKind tells the kinds of columns apart.
type ColumnKind uint8

const (
	Physical ColumnKind = iota
	Computed            // name AS expr
	Metadata            // name type METADATA [FROM 'key'] [VIRTUAL]
)

// Column is a column of a table.
type Column struct {
	Name string
	Kind ColumnKind
	// Type is the declared type, or the type of a computed column's
	// expression. It is never a time attribute but for PROCTIME().
	Type        types.Type
	Expr        Expression // of Computed
	MetadataKey string     // of Metadata: the key, or Name if none was written
	KeyWritten  bool       // FROM 'key' was written
	Virtual     bool       // of Metadata: not part of the sink's schema
	Comment     string
	Span        diag.Span // the definition in Table.Script
}

// Persisted reports whether a sink writes the column.
func (c Column) Persisted() bool {
	return c.Kind == Physical || c.Kind == Metadata && !c.Virtual
}

// Expression is an expression in a table's definition.
type Expression struct {
	Text string // as SQL, in canonical form
	// Syntax is the parsed expression with its spans in Table.Script, or nil
	// if the creator has only text. This package does not look inside.
	Syntax any
}

// Watermark is a WATERMARK clause.
type Watermark struct {
	Column string
	Expr   Expression
	Span   diag.Span
}

// PrimaryKey is PRIMARY KEY … NOT ENFORCED.
type PrimaryKey struct {
	Name    string // of the constraint, "" if none was given
	Columns []string
	Span    diag.Span
}

// Distribution is DISTRIBUTED BY …
type Distribution struct {
	Kind    string // "", HASH, RANGE
	Columns []string
	Buckets int // 0 = not written
}

// Option is an entry of a WITH clause. Its spans are places in Table.Script.
type Option struct {
	Key, Value         string
	KeySpan, ValueSpan diag.Span
}

// Table is a table's definition with resolved types.
type Table struct {
	Path          Path
	Temporary     bool
	Columns       []Column
	Watermark     *Watermark  // nil: none
	PrimaryKey    *PrimaryKey // nil: none
	Distribution  *Distribution
	PartitionKeys []string
	Comment       string
	Options       []Option // in the order written
	// Script is the text that the spans refer to; NameSpan is the name in CREATE TABLE.
	Script   string
	NameSpan diag.Span
}

// Column returns the index of a column by name, -1 if there is none.
func (t *Table) Column(name string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
}

// Option returns an option's value, "" if it is not there.
func (t *Table) Option(key string) string {
	if i := t.option(key); i >= 0 {
		return t.Options[i].Value
	}
	return ""
}

func (t *Table) option(key string) int {
	return slices.IndexFunc(t.Options, func(o Option) bool { return o.Key == key })
}

// OptionAt returns the entry of the WITH clause for a key, nil if there is none.
func (t *Table) OptionAt(key string) *Option {
	if i := t.option(key); i >= 0 {
		return &t.Options[i]
	}
	return nil
}

// OptionSet returns all options by key.
func (t *Table) OptionSet() option.Set {
	s := make(option.Set, len(t.Options))
	for _, o := range t.Options {
		s[o.Key] = o.Value
	}
	return s
}

// SetOption sets an option, in its old place if it is there already.
func (t *Table) SetOption(o Option) {
	if i := t.option(o.Key); i >= 0 {
		t.Options[i] = o
		return
	}
	t.Options = append(t.Options, o)
}

// ResetOption removes an option.
func (t *Table) ResetOption(key string) {
	t.Options = slices.DeleteFunc(t.Options, func(o Option) bool { return o.Key == key })
}

// Key returns the primary key's column names, nil if there is none.
func (t *Table) Key() []string {
	if t.PrimaryKey == nil {
		return nil
	}
	return t.PrimaryKey.Columns
}

// Clone returns a copy that may be changed.
func (t *Table) Clone() *Table {
	c := *t
	c.Columns = slices.Clone(t.Columns)
	c.PartitionKeys = slices.Clone(t.PartitionKeys)
	c.Options = slices.Clone(t.Options)
	return &c
}

// Name returns the path; Table and View are Objects.
func (t *Table) Name() Path { return t.Path }

// View is a stored query.
type View struct {
	Path      Path
	Temporary bool
	Columns   []types.Field // names and types of the result
	Comment   string
	// Text is the query as written; Syntax is its tree, or nil (see Expression).
	Text   string
	Syntax any
	// Catalog and Database were current when the view was created: names in
	// the query mean what they meant then.
	Catalog, Database string
	Script            string
	NameSpan          diag.Span
}

// Name returns the path.
func (v *View) Name() Path { return v.Path }

// Object is a *Table or a *View.
type Object interface{ Name() Path }
