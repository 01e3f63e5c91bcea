package physical

import (
	"regexp"
	"strings"

	"github.com/flott/flott/catalog"
	"github.com/flott/flott/format"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/option"
)

// quoted finds what a message quotes, with one kind of quotes or the other.
var quoted = regexp.MustCompile(`"([^"\s]+)"|'([^'\s]+)'`)

// atOption gives an error of a connector or format a place in the script: the first
// option that its message names, where the CREATE TABLE sets it, else the one whose
// value it names; for one that is missing and that no other asks for, the table's name. Options of a hint, and tables
// of another script, leave it at the place of use.
func (p *planner) atOption(err error, t *catalog.Table, set option.Set, use diag.Span) *diag.Error {
	e := place(err, use)
	if t.Script == "" || t.Script != p.Script || e.Span != use {
		return e
	}
	named := quoted.FindAllStringSubmatch(e.Message, -1)
	for _, by := range []func(*catalog.Table, string) *catalog.Option{byKey, byValue} {
		for _, m := range named {
			o := by(t, m[1]+m[2])
			if o == nil || set[o.Key] != o.Value || o.ValueSpan.IsZero() {
				continue
			}
			if e.Span = o.ValueSpan; e.Code == "unknown-option" {
				e.Span = o.KeySpan
			}
			return e
		}
	}
	if e.Code == "missing-option" && !t.NameSpan.IsZero() {
		e.Span = t.NameSpan
	}
	return e
}

// byKey returns the option that a message names. A format does not know the `key.` or
// `value.` before its own options.
func byKey(t *catalog.Table, key string) *catalog.Option {
	if o := t.OptionAt(key); o != nil || !strings.Contains(key, ".") {
		return o
	}
	for _, prefix := range []string{"value.", "key."} {
		if o := t.OptionAt(prefix + key); o != nil {
			return o
		}
	}
	return nil
}

// byValue returns the only option with a value.
func byValue(t *catalog.Table, value string) (found *catalog.Option) {
	for i, o := range t.Options {
		if o.Value == value {
			if found != nil {
				return nil
			}
			found = &t.Options[i]
		}
	}
	return found
}

// checkFormats lets the formats of a table read their options, which a connector does
// when the job runs. Columns are left to it: which of them a format gets it knows best.
func checkFormats(keys []string, set option.Set, write bool) error {
	for _, key := range keys {
		if _, ok := set[key]; !ok {
			continue
		}
		var err error
		if write {
			_, err = format.NewEncoder(set, key, nil, format.Env{})
		} else {
			_, err = format.NewDecoder(set, key, nil, format.Env{})
		}
		if d, ok := err.(*diag.Error); ok && strings.HasPrefix(d.Code, "option-") {
			return d
		}
	}
	return nil
}
