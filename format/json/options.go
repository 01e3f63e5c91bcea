package json

import (
	"strings"

	"github.com/flott/flott/format"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/option"
	"github.com/flott/flott/types"
)

var (
	failOnMissing = option.Option{Key: "fail-on-missing-field", Kind: option.Bool, Default: "false", Help: "A missing field is an error instead of NULL."}
	ignoreErrors  = option.Option{Key: "ignore-parse-errors", Kind: option.Bool, Default: "false", Help: "Skip messages that are no JSON; a field that does not fit its type is NULL."}
	nullKeyMode   = option.Option{Key: "map-null-key.mode", Kind: option.Enum, Default: "FAIL", Values: []string{"FAIL", "DROP", "LITERAL"}, Help: "What to write for a NULL key of a MAP."}
	nullKeyText   = option.Option{Key: "map-null-key.literal", Kind: option.String, Default: "null", Help: "The key for NULL in mode LITERAL."}
	timestamps    = option.Option{Key: "timestamp-format.standard", Kind: option.Enum, Default: "SQL", Values: []string{"SQL", "ISO-8601"}, Help: "Form of timestamps: 2024-01-02 03:04:05.123 or 2024-01-02T03:04:05.123."}
	plainDecimal  = option.Option{Key: "encode.decimal-as-plain-number", Kind: option.Bool, Default: "false", Help: "Write decimals with all digits of their scale: 30.00. Otherwise zeros at the end go, as in Flink: 10.50 is 10.5, 30.00 is 3E+1."}
	ignoreNulls   = option.Option{Key: "encode.ignore-null-fields", Kind: option.Bool, Default: "false", Help: "Leave fields that are NULL out."}
	parserEnabled = option.Option{Key: "decode.json-parser.enabled", Kind: option.Bool, Default: "true", Ignored: true, Help: "Accepted; there is one parser."}
)

func init() {
	format.Register(&format.Format{
		Name:       "json",
		Help:       "JSON objects, decoded straight into columns.",
		Options:    []option.Option{failOnMissing, ignoreErrors, nullKeyMode, nullKeyText, timestamps, plainDecimal, ignoreNulls, parserEnabled},
		NewDecoder: newDecoder,
		NewEncoder: newEncoder,
	})
}

func standard(name string, o option.Set) (types.TimestampFormat, error) {
	switch strings.ToUpper(o.Text(timestamps)) {
	case "SQL":
		return types.FormatSQL, nil
	case "ISO-8601":
		return types.FormatISO, nil
	}
	return 0, &diag.Error{Code: "option-value", Stage: diag.StageValidate, Message: "'" + name + ".timestamp-format.standard' is SQL or ISO-8601, not '" + o.Text(timestamps) + "'"}
}
