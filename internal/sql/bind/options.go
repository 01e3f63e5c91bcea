package bind

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/flott/flott/catalog"
	"github.com/flott/flott/connector"
	"github.com/flott/flott/format"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/option"
)

// commonOptions are understood for every table.
var commonOptions = []option.Option{
	{Key: "connector"},
	{Key: "property-version", Kind: option.Int},
	{Key: "scan.watermark.emit.strategy", Kind: option.Enum, Values: []string{"on-periodic", "on-event"}},
	{Key: "scan.watermark.idle-timeout", Kind: option.Duration},
	{Key: "scan.watermark.alignment.group"},
	{Key: "scan.watermark.alignment.max-drift", Kind: option.Duration},
	{Key: "scan.watermark.alignment.update-interval", Kind: option.Duration},
	{Key: "scan.parallelism", Kind: option.Int},
	{Key: "sink.parallelism", Kind: option.Int},
}

// point moves an error from the place of use into the CREATE statement, if that
// is part of the script at hand.
func (b *Binder) point(e *diag.Error, t *catalog.Table, at diag.Span) {
	if b.inView != nil || at.IsZero() || t.Script == "" || t.Script != b.opts.Script {
		return
	}
	e.Span = at
}

// tableOptions merges the options of a table with OPTIONS hints and checks them
// against its connector and formats; the connector is nil on a mistake.
func (b *Binder) tableOptions(t *catalog.Table, at diag.Span, hints []*ast.Hint) (option.Set, *connector.Connector) {
	set := t.OptionSet()
	hinted := map[string]*ast.Option{}
	for _, h := range hints {
		if !strings.EqualFold(h.Name.Name, "OPTIONS") {
			continue
		}
		if b.opts.NoHints {
			b.fail(h.Span, "hints-disabled", "OPTIONS hints are switched off").Help = "SET 'table.dynamic-table-options.enabled' = 'true'"
			return nil, nil
		}
		for _, o := range h.Options {
			set[o.Key.Value] = o.Value.Value
			hinted[o.Key.Value] = o
		}
	}
	// place says where a key or its value was written.
	place := func(e *diag.Error, key string, value bool) {
		if o := hinted[key]; o != nil {
			e.Span = o.Key.Span
			if value {
				e.Span = o.Value.Span
			}
			return
		}
		if o := t.OptionAt(key); o != nil {
			if value {
				b.point(e, t, o.ValueSpan)
			} else {
				b.point(e, t, o.KeySpan)
			}
			return
		}
		b.point(e, t, t.NameSpan)
	}
	name := set["connector"]
	if name == "" {
		e := b.fail(at, "missing-option", "table %q has no option 'connector'", t.Path.Name)
		e.Help = "add 'connector' = '…' (in this binary: " + strings.Join(connector.Names(), ", ") + ")"
		place(e, "connector", false)
		if near := diag.Nearest("connector", slices.Sorted(maps.Keys(set))); near != "" {
			e.Help = "write 'connector' instead of '" + near + "'"
			place(e, near, false)
		}
		return nil, nil
	}
	conn := connector.Find(name)
	if conn == nil {
		e := b.fail(at, "unknown-connector", "there is no connector %q", name)
		e.Help = "in this binary: " + strings.Join(connector.Names(), ", ")
		if n := diag.Nearest(name, connector.Names()); n != "" {
			e.Help = fmt.Sprintf("did you mean %q? (%s)", n, e.Help)
		}
		place(e, "connector", true)
		return nil, nil
	}
	known := slices.Concat(conn.Options, commonOptions)
	mistakes := len(b.errs)
	for _, key := range conn.Formats {
		fname, ok := set[key]
		if !ok {
			continue
		}
		f := format.Find(fname)
		if f == nil {
			e := b.fail(at, "unknown-format", "there is no format %q", fname)
			e.Help = "in this binary: " + strings.Join(format.Names(), ", ")
			if n := diag.Nearest(fname, format.Names()); n != "" {
				e.Help = fmt.Sprintf("did you mean %q? (%s)", n, e.Help)
			}
			place(e, key, true)
			continue
		}
		prefix := strings.TrimSuffix(key, "format") + f.Name + "."
		known = append(known, option.Option{Key: key})
		for _, o := range f.Options {
			o.Key = prefix + o.Key
			aliases := slices.Clone(o.Aliases)
			for i := range aliases {
				aliases[i] = prefix + aliases[i]
			}
			o.Aliases = aliases
			known = append(known, o)
			// `format` = 'json' may also be written `value.format`, and then
			// the options have that prefix.
		}
	}
	for _, key := range set.Keys() {
		i := slices.IndexFunc(known, func(o option.Option) bool { return o.Matches(key) })
		if i < 0 {
			if len(b.errs) > mistakes {
				continue // perhaps an option of the format that is not there
			}
			var keys []string
			for _, o := range known {
				keys = append(keys, o.Key)
			}
			slices.Sort(keys)
			e := b.fail(at, "unknown-option", "connector %q has no option %q", name, key)
			if n := diag.Nearest(key, keys); n != "" {
				e.Help = "write '" + n + "'"
			} else {
				e.Help = "it has: " + strings.Join(keys[:min(5, len(keys))], ", ") + ", …"
			}
			place(e, key, false)
			continue
		}
		if err := known[i].Check(set[key]); err != nil {
			place(b.fail(at, "option-value", "option '%s': %s", key, err), key, true)
		}
	}
	for _, o := range known {
		if _, given := set.Get(o); o.Required && !given {
			e := b.fail(at, "missing-option", "table %q: connector %q needs the option '%s'", t.Path.Name, name, o.Key)
			e.Help = "add '" + o.Key + "' = '…' to its WITH clause"
			place(e, o.Key, false)
		}
	}
	if len(b.errs) > mistakes {
		return nil, nil
	}
	return set, conn
}
