package bind_test

import (
	"github.com/flott/flott/format"
	"github.com/flott/flott/option"
)

// Formats that this binary does not have yet still have to be known by name, so
// that scripts that use them can be bound.
func init() {
	for _, n := range []string{"csv", "raw", "debezium-json", "canal-json", "maxwell-json", "ogg-json", "json", "avro", "parquet", "orc"} {
		if format.Find(n) == nil {
			format.Register(&format.Format{Name: n, Options: []option.Option{
				{Key: "*", Kind: option.Map}, {Key: "null-literal"}, {Key: "ignore-parse-errors"}, {Key: "field-delimiter"}, {Key: "quote-character"}, {Key: "allow-comments"},
				{Key: "array-element-delimiter"}, {Key: "escape-character"}, {Key: "disable-quote-character"}, {Key: "schema-include"}, {Key: "charset"}, {Key: "endianness"}, {Key: "timestamp-format.standard"}, {Key: "write-bigdecimal-in-scientific-notation"},
			}})
		}
	}
}
