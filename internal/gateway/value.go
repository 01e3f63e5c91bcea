package gateway

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// RowFormat says how the fields of a row are written.
type RowFormat string

// The row formats of Flink's gateway.
const (
	JSON      RowFormat = "JSON"
	PlainText RowFormat = "PLAIN_TEXT"
)

// logicalType is a type in the gateway's JSON form.
func logicalType(t types.Type) map[string]any {
	m := map[string]any{"nullable": !t.NotNull}
	set := func(name string, pairs ...any) map[string]any {
		m["type"] = name
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i].(string)] = pairs[i+1]
		}
		return m
	}
	switch t.Kind {
	case types.Boolean:
		return set("BOOLEAN")
	case types.TinyInt:
		return set("TINYINT")
	case types.SmallInt:
		return set("SMALLINT")
	case types.Int:
		return set("INTEGER")
	case types.BigInt:
		return set("BIGINT")
	case types.Float:
		return set("FLOAT")
	case types.Double:
		return set("DOUBLE")
	case types.Decimal:
		return set("DECIMAL", "precision", t.Precision, "scale", t.Scale)
	case types.Char:
		return set("CHAR", "length", t.Precision)
	case types.Varchar:
		return set("VARCHAR", "length", t.Precision)
	case types.Binary:
		return set("BINARY", "length", t.Precision)
	case types.Varbinary:
		return set("VARBINARY", "length", t.Precision)
	case types.Date:
		return set("DATE")
	case types.Time:
		return set("TIME_WITHOUT_TIME_ZONE", "precision", t.Precision)
	case types.TimestampNTZ:
		return set("TIMESTAMP_WITHOUT_TIME_ZONE", "precision", t.Precision)
	case types.TimestampLTZ:
		return set("TIMESTAMP_WITH_LOCAL_TIME_ZONE", "precision", t.Precision)
	case types.IntervalYearMonth:
		return set("INTERVAL_YEAR_MONTH", "precision", t.Precision, "resolution", resolution(t))
	case types.IntervalDaySecond:
		return set("INTERVAL_DAY_TIME", "precision", t.Precision, "fractionalPrecision", t.Scale, "resolution", resolution(t))
	case types.Array:
		return set("ARRAY", "elementType", logicalType(*t.Elem))
	case types.Multiset:
		return set("MULTISET", "elementType", logicalType(*t.Elem))
	case types.Map:
		return set("MAP", "keyType", logicalType(*t.Key), "valueType", logicalType(*t.Elem))
	case types.Row, types.Structured:
		fields := []map[string]any{}
		for _, f := range t.Fields {
			fields = append(fields, map[string]any{"name": f.Name, "fieldType": logicalType(f.Type)})
		}
		return set("ROW", "fields", fields)
	case types.Null:
		return set("NULL")
	}
	name, _, _ := strings.Cut(t.Required().String(), " ")
	return set(strings.TrimSuffix(name, "NOT"))
}

// resolution is the unit of an interval type: DAY TO SECOND of
// INTERVAL DAY(2) TO SECOND(3).
func resolution(t types.Type) string {
	var b strings.Builder
	depth := 0
	for _, c := range strings.TrimPrefix(t.Nullable().String(), "INTERVAL ") {
		switch {
		case c == '(':
			depth++
		case c == ')':
			depth--
		case depth == 0:
			b.WriteRune(c)
		}
	}
	from, to, ok := strings.Cut(b.String(), " TO ")
	if !ok {
		return from
	}
	return from + "_TO_" + to
}

// quoted appends a JSON string.
func quoted(dst []byte, s []byte) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(string(s)); err != nil { // strings always encode
		return append(dst, `""`...)
	}
	return append(dst, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}

// appendJSON appends row i of v as the JSON row format has it.
func appendJSON(dst []byte, v *vector.Vector, i int) []byte {
	if v.IsNull(i) {
		return append(dst, "null"...)
	}
	t := v.Type()
	switch t.Kind {
	case types.Boolean:
		return strconv.AppendBool(dst, v.Bools()[i])
	case types.TinyInt, types.SmallInt, types.Int, types.BigInt:
		return vector.AppendText(dst, v, i, types.UTC)
	case types.Float, types.Double:
		f := 0.0
		if t.Kind == types.Float {
			f = float64(v.Float32s()[i])
		} else {
			f = v.Float64s()[i]
		}
		if math.IsNaN(f) || math.IsInf(f, 0) {
			dst = append(dst, '"')
			return append(vector.AppendText(dst, v, i, types.UTC), '"')
		}
		return vector.AppendText(dst, v, i, types.UTC)
	case types.Decimal:
		at := len(dst)
		dst = vector.AppendText(dst, v, i, types.UTC)
		if t.Scale > 0 {
			for dst[len(dst)-1] == '0' && len(dst) > at+1 {
				dst = dst[:len(dst)-1]
			}
			if dst[len(dst)-1] == '.' {
				dst = dst[:len(dst)-1]
			}
		}
		return dst
	case types.IntervalYearMonth:
		return types.AppendInt(dst, int64(v.Int32s()[i]))
	case types.IntervalDaySecond:
		return types.AppendInt(dst, v.Int64s()[i])
	case types.Time:
		dst = append(dst, '"')
		return append(types.AppendTimeAs(dst, v.Int32s()[i]), '"')
	case types.TimestampNTZ, types.TimestampLTZ:
		dst = append(dst, '"')
		dst = types.AppendTimestampAs(dst, v.Timestamp(i), types.FormatISO, t.Kind == types.TimestampLTZ)
		return append(dst, '"')
	case types.Binary, types.Varbinary:
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, v.Bytes(i))
		return append(dst, '"')
	case types.Array:
		from, to := v.List(i)
		dst = append(dst, '[')
		for k := from; k < to; k++ {
			if k > from {
				dst = append(dst, ',')
			}
			dst = appendJSON(dst, v.Child(0), k)
		}
		return append(dst, ']')
	case types.Map, types.Multiset:
		from, to := v.List(i)
		dst = append(dst, '{')
		for k := from; k < to; k++ {
			if k > from {
				dst = append(dst, ',')
			}
			dst = quoted(dst, vector.AppendText(nil, v.Child(0), k, types.UTC))
			dst = appendJSON(append(dst, ':'), v.Child(1), k)
		}
		return append(dst, '}')
	case types.Row, types.Structured:
		dst = append(dst, '{')
		for k, c := range v.Children() {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = quoted(dst, []byte(t.Fields[k].Name))
			dst = appendJSON(append(dst, ':'), c, i)
		}
		return append(dst, '}')
	}
	return quoted(dst, vector.AppendText(nil, v, i, types.UTC))
}

// appendCell appends a cell of SHOW, DESCRIBE and the like, which is text, as
// the row format and the column's type have it.
func appendCell(dst []byte, cell *string, t types.Type, f RowFormat) []byte {
	if cell == nil {
		return append(dst, "null"...)
	}
	if f == JSON && (t.Kind == types.Boolean || t.IsInteger()) {
		return append(dst, strings.ToLower(*cell)...)
	}
	return quoted(dst, []byte(*cell))
}

// kindNames are the gateway's names of row kinds.
var kindNames = map[types.RowKind]string{
	types.Insert: "INSERT", types.UpdateBefore: "UPDATE_BEFORE", types.UpdateAfter: "UPDATE_AFTER", types.Delete: "DELETE",
}

func appendTextCell(dst []byte, v *vector.Vector, i int, r *result) []byte {
	return vector.AppendText(dst, v, i, r.zone)
}
