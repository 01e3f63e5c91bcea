package datagen

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
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

// fieldOptions are the options below `fields.<path>.`. used takes note of those
// that a generator asks for: the others mean nothing to it.
type fieldOptions struct {
	path string
	opts option.Set
	used map[string]bool
}

func (f fieldOptions) key(name string) string { return "fields." + f.path + "." + name }

func (f fieldOptions) get(name string) (string, bool) {
	f.used[f.key(name)] = true
	v, ok := f.opts[f.key(name)]
	return strings.TrimSpace(v), ok
}

func (f fieldOptions) child(name string) fieldOptions {
	return fieldOptions{f.path + "." + name, f.opts, f.used}
}

func (f fieldOptions) wrong(name, want string) error {
	v, _ := f.get(name)
	return fail("option-value", "", "'%s' = '%s' is not %s", f.key(name), v, want)
}

// checkKeys refuses options of fields that do not exist and those that mean
// nothing to their field.
func checkKeys(t connector.Table, known map[string]types.Type, used map[string]bool) error {
	for _, k := range t.Options.Keys() {
		rest, ok := strings.CutPrefix(k, "fields.")
		if !ok || used[k] {
			continue
		}
		dot := strings.LastIndexByte(rest, '.')
		if dot < 0 {
			return fail("unknown-option", "write 'fields.NAME.kind' and the like", "connector \"datagen\" has no option %q", k)
		}
		field, name := rest[:dot], rest[dot+1:]
		typ, ok := known[field]
		switch {
		case !ok:
			return fail("unknown-option", "", "option %q names a field %q that the table does not have", k, field)
		case !slices.Contains(fieldKeys, name):
			return fail("unknown-option", "a field has the options "+strings.Join(fieldKeys, ", "), "connector \"datagen\" has no field option %q", name)
		}
		kind := t.Options["fields."+field+".kind"]
		if kind == "" {
			kind = "random"
		}
		return fail("unknown-option", "remove it", "option %q means nothing for a %s of kind %s", k, typ.Nullable(), kind)
	}
	return nil
}
