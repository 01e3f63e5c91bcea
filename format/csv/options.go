package csv

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/flott/flott/format"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
)

var (
	fieldDelimiter = option.Option{Key: "field-delimiter", Kind: option.String, Default: ",", Help: "The character between fields; \\t is a tab, \\u0001 any other."}
	disableQuotes  = option.Option{Key: "disable-quote-character", Kind: option.Bool, Default: "false", Help: "No character quotes fields."}
	quoteCharacter = option.Option{Key: "quote-character", Kind: option.String, Default: `"`, Help: "The character around fields that hold delimiters or line ends."}
	allowComments  = option.Option{Key: "allow-comments", Kind: option.Bool, Default: "false", Help: "Lines that begin with # are ignored."}
	ignoreErrors   = option.Option{Key: "ignore-parse-errors", Kind: option.Bool, Default: "false", Help: "A field that does not fit its type, or is missing, is NULL; a record that is no CSV is skipped."}
	arrayDelimiter = option.Option{Key: "array-element-delimiter", Kind: option.String, Default: ";", Help: "The character between the elements of an ARRAY and the fields of a nested ROW."}
	escapeChar     = option.Option{Key: "escape-character", Kind: option.String, Help: "The character that takes the meaning off the next one."}
	nullLiteral    = option.Option{Key: "null-literal", Kind: option.String, Help: "The text that is NULL, quoted or not."}
	scientific     = option.Option{Key: "write-bigdecimal-in-scientific-notation", Kind: option.Bool, Default: "true", Help: "Write a DECIMAL such as 100 as 1E+2."}
	trimSpaces     = option.Option{Key: "trim-spaces", Kind: option.Bool, Default: "false", Help: "Cut blanks off both ends of fields that are not quoted."}
	ignoreTrailing = option.Option{Key: "ignore-trailing-unmappable", Kind: option.Bool, Default: "false", Help: "Ignore fields behind the last column instead of failing."}
	trailingComma  = option.Option{Key: "allow-trailing-comma", Kind: option.Bool, Default: "true", Help: "A delimiter behind the last column means nothing."}
	failOnMissing  = option.Option{Key: "fail-on-missing-columns", Kind: option.Bool, Default: "false", Help: "A record with too few fields is at fault, also with ignore-parse-errors."}
	emptyAsNull    = option.Option{Key: "empty-string-as-null", Kind: option.Bool, Default: "false", Help: "A field without characters is NULL."}
)

func init() {
	format.Register(&format.Format{
		Name: "csv",
		Help: "Comma-separated values (RFC 4180), decoded straight into columns.",
		Options: []option.Option{fieldDelimiter, disableQuotes, quoteCharacter, allowComments, ignoreErrors, arrayDelimiter, escapeChar, nullLiteral,
			scientific, trimSpaces, ignoreTrailing, trailingComma, failOnMissing, emptyAsNull},
		NewDecoder: newDecoder,
		NewEncoder: newEncoder,
	})
}

// dialect is what both halves need to know. A character that is not set is -1.
type dialect struct {
	delimiter, quote, escape, element int
	null                              []byte
	hasNull                           bool
}

func newDialect(o option.Set) (d dialect, err error) {
	d = dialect{quote: -1, escape: -1}
	if d.delimiter, err = character(o, fieldDelimiter); err != nil {
		return d, err
	}
	if d.element, err = character(o, arrayDelimiter); err != nil {
		return d, err
	}
	_, quoteGiven := o.Get(quoteCharacter)
	switch {
	case !o.Bool(disableQuotes):
		if d.quote, err = character(o, quoteCharacter); err != nil {
			return d, err
		}
	case quoteGiven:
		return d, &diag.Error{Code: "option-conflict", Stage: diag.StageValidate,
			Message: "'csv.quote-character' is given and 'csv.disable-quote-character' is true", Help: "set one of them"}
	}
	if _, given := o.Get(escapeChar); given {
		if d.escape, err = character(o, escapeChar); err != nil {
			return d, err
		}
	}
	var text string
	text, d.hasNull = o.Get(nullLiteral)
	d.null = []byte(text)
	return d, nil
}

// character reads an option whose value is one ASCII character.
func character(o option.Set, opt option.Option) (int, error) {
	text := o.Text(opt)
	if opt.Key == fieldDelimiter.Key {
		text = unescape(text)
	}
	if r := []rune(text); len(r) == 1 && r[0] >= 0x80 {
		return 0, &diag.Error{Code: "not-supported", Stage: diag.StageValidate, Message: fmt.Sprintf("'csv.%s' must be an ASCII character, not %q", opt.Key, text),
			Help: "choose another character, for example ';' or '\\t'"}
	}
	if len(text) != 1 {
		return 0, &diag.Error{Code: "option-value", Stage: diag.StageValidate, Message: fmt.Sprintf("'csv.%s' must be one character, not %q", opt.Key, text)}
	}
	return int(text[0]), nil
}

// unescape resolves Java's escapes \t, \\, \u0001 and the like.
func unescape(s string) string {
	if len(s) < 2 || !strings.Contains(s, `\`) {
		return s
	}
	if u, err := strconv.Unquote(`"` + strings.ReplaceAll(s, `"`, `\"`) + `"`); err == nil {
		return u
	}
	return s
}

// check refuses the types that a record cannot hold.
func check(c format.Column) error {
	fail := func(text string, args ...any) error {
		return &diag.Error{Code: "not-supported", Stage: diag.StageValidate, Message: fmt.Sprintf("csv column %q: ", c.Name) + fmt.Sprintf(text, args...),
			Help: "declare it as STRING, or use the format json"}
	}
	switch c.Type.Kind {
	case types.Array, types.Row:
		for _, child := range c.Type.Children() {
			if !simple(child) {
				return fail("a %s may hold simple types only, not %s", c.Type.Kind, child)
			}
		}
		return nil
	}
	if !simple(c.Type) {
		return fail("it cannot hold a %s", c.Type)
	}
	return nil
}

// simple reports a type whose text is one field.
func simple(t types.Type) bool {
	switch t.Kind {
	case types.Array, types.Row, types.Map, types.Multiset, types.Structured, types.Raw, types.Variant:
		return false
	}
	return true
}
