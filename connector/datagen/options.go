package datagen

import (
	"fmt"
	"strings"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/option"
)

var (
	rowsPerSecond = option.Option{Key: "rows-per-second", Kind: option.Int, Default: "10000", Help: "Rows a second, over all readers."}
	numberOfRows  = option.Option{Key: "number-of-rows", Kind: option.Int, Help: "Rows in all; without it (and without a sequence field) the source never ends."}
	parallelism   = option.Option{Key: "scan.parallelism", Kind: option.Int, Help: "Parallelism of the source."}
	fields        = option.Option{Key: "fields.*", Kind: option.Map, Help: "How a field is generated: `fields.NAME.kind` (random | sequence), `.min`, `.max`, `.max-past`, `.length` (100), `.start`, `.end`, `.null-rate` (0), `.var-len` (false); nested fields by `fields.a.b.…`."}
)

var fieldKeys = []string{"kind", "min", "max", "max-past", "length", "start", "end", "null-rate", "var-len"}

func init() {
	connector.Register(&connector.Connector{
		Name:      "datagen",
		Help:      "A source of generated rows, random or in sequence.",
		Options:   []option.Option{rowsPerSecond, numberOfRows, parallelism, fields},
		NewSource: newSource,
	})
}

func fail(code, help, format string, args ...any) error {
	return &diag.Error{Code: code, Stage: diag.StageValidate, Message: fmt.Sprintf(format, args...), Help: help}
}

// fieldOptions are the options below `fields.<path>.`.
type fieldOptions struct {
	path string
	opts option.Set
}

func (f fieldOptions) key(name string) string { return "fields." + f.path + "." + name }

func (f fieldOptions) get(name string) (string, bool) {
	v, ok := f.opts[f.key(name)]
	return strings.TrimSpace(v), ok
}

func (f fieldOptions) child(name string) fieldOptions {
	return fieldOptions{f.path + "." + name, f.opts}
}

func (f fieldOptions) wrong(name, want string) error {
	v, _ := f.get(name)
	return fail("option-value", "", "'%s' = '%s' is not %s", f.key(name), v, want)
}

// checkKeys refuses options of fields that do not exist.
func checkKeys(t connector.Table, known map[string]bool) error {
	for _, k := range t.Options.Keys() {
		rest, ok := strings.CutPrefix(k, "fields.")
		if !ok {
			continue
		}
		dot := strings.LastIndexByte(rest, '.')
		if dot < 0 {
			return fail("unknown-option", "write 'fields.NAME.kind' and the like", "connector \"datagen\" has no option %q", k)
		}
		field, name := rest[:dot], rest[dot+1:]
		if !known[field] {
			return fail("unknown-option", "", "option %q names a field %q that the table does not have", k, field)
		}
		found := false
		for _, f := range fieldKeys {
			found = found || f == name
		}
		if !found {
			return fail("unknown-option", "a field has the options "+strings.Join(fieldKeys, ", "), "connector \"datagen\" has no field option %q", name)
		}
	}
	return nil
}
