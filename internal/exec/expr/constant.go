package expr

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// Constant returns a literal as a Const vector.
func Constant(t types.Type, l spec.Literal) (*vector.Vector, error) {
	if t.Kind == types.Symbol {
		t = types.TString
	}
	if l.Null {
		return nullConstant(t), nil
	}
	v := vector.New(t, 1)
	if err := appendLiteral(v, l.Text); err != nil {
		return nil, &diag.Error{Code: "bad-literal", Stage: diag.StagePlan, Message: fmt.Sprintf("%q is not a %s", l.Text, t.Nullable()), Cause: err}
	}
	v.Const = true
	return v, nil
}

func nullConstant(t types.Type) *vector.Vector {
	v := vector.New(t, 1)
	v.AppendNull()
	v.Const = true
	return v
}

// appendLiteral reads the text form of spec.Literal.
func appendLiteral(v *vector.Vector, text string) error {
	t := v.Type()
	switch t.Kind {
	case types.Boolean:
		x, err := types.ParseBool(text)
		vector.Append(v, x)
		return err
	case types.TinyInt:
		x, err := types.ParseInt8(text)
		vector.Append(v, x)
		return err
	case types.SmallInt:
		x, err := types.ParseInt16(text)
		vector.Append(v, x)
		return err
	case types.Int:
		x, err := types.ParseInt32(text)
		vector.Append(v, x)
		return err
	case types.BigInt:
		x, err := types.ParseInt64(text)
		vector.Append(v, x)
		return err
	case types.Float:
		x, err := types.ParseFloat(text)
		vector.Append(v, x)
		return err
	case types.Double:
		x, err := types.ParseDouble(text)
		vector.Append(v, x)
		return err
	case types.Decimal:
		if v.Phys() == types.PhysInt64 {
			x, err := types.ParseDecimalInt64(text, t.Precision, t.Scale)
			vector.Append(v, x)
			return err
		}
		x, err := types.ParseDecimal(text, t.Precision, t.Scale)
		vector.Append(v, x)
		return err
	case types.Char, types.Varchar, types.Variant, types.Raw:
		v.AppendString(text)
		return nil
	case types.Binary, types.Varbinary, types.Bitmap:
		b, err := hex.DecodeString(text)
		v.AppendBytes(b)
		return err
	case types.Date:
		x, err := types.ParseDate(text)
		vector.Append(v, x)
		return err
	case types.Time:
		x, err := types.ParseTime(text)
		vector.Append(v, x)
		return err
	case types.TimestampNTZ, types.TimestampLTZ:
		x, err := types.ParseTimestamp(text, t.Precision)
		if v.Phys() == types.PhysInt64 {
			vector.Append(v, x.Milli)
		} else {
			vector.Append(v, x)
		}
		return err
	case types.IntervalYearMonth:
		x, err := parseInterval(text, t.Kind)
		vector.Append(v, int32(x))
		return err
	case types.IntervalDaySecond:
		x, err := parseInterval(text, t.Kind)
		vector.Append(v, x)
		return err
	}
	return appendNested(v, text)
}

// parseInterval reads what AppendInterval… writes: +1-02 and +1 02:03:04.500.
func parseInterval(text string, k types.Kind) (int64, error) {
	number := func(s string) int64 {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return -1
		}
		return n
	}
	body := strings.TrimLeft(text, "+-")
	sign := int64(1)
	if strings.HasPrefix(text, "-") {
		sign = -1
	}
	if k == types.IntervalYearMonth {
		y, m, ok := strings.Cut(body, "-")
		if years, months := number(y), number(m); ok && years >= 0 && months >= 0 {
			return sign * (years*12 + months), nil
		}
		return 0, fmt.Errorf("%q is not of the form +Y-MM", text)
	}
	d, clock, _ := strings.Cut(body, " ")
	clock, fraction, _ := strings.Cut(clock, ".")
	parts := strings.Split(clock, ":")
	if len(parts) == 3 && len(fraction) <= 3 {
		days, h, m, s, ms := number(d), number(parts[0]), number(parts[1]), number(parts[2]), number((fraction + "000")[:3])
		if min(days, h, m, s, ms) >= 0 {
			return sign * ((((days*24+h)*60+m)*60+s)*1000 + ms), nil
		}
	}
	return 0, fmt.Errorf("%q is not of the form +D HH:MM:SS.mmm", text)
}

// appendNested reads the JSON form of a nested value: an array of elements, of
// [key, value] pairs, or of fields; each null, a string with the text form, or
// again an array.
func appendNested(v *vector.Vector, text string) error {
	var items []json.RawMessage
	if err := json.Unmarshal([]byte(text), &items); err != nil {
		return err
	}
	switch v.Phys() {
	case types.PhysList:
		for _, it := range items {
			if v.Type().Kind == types.Array {
				if err := appendJSON(v.Child(0), it); err != nil {
					return err
				}
				continue
			}
			var pair [2]json.RawMessage
			if err := json.Unmarshal(it, &pair); err != nil {
				return err
			}
			for k := range pair {
				if err := appendJSON(v.Child(k), pair[k]); err != nil {
					return err
				}
			}
		}
		v.CloseList()
		return nil
	case types.PhysStruct:
		if len(items) != len(v.Children()) {
			return fmt.Errorf("%d values for %d fields", len(items), len(v.Children()))
		}
		for k, it := range items {
			if err := appendJSON(v.Child(k), it); err != nil {
				return err
			}
		}
		v.CloseStruct()
		return nil
	}
	return fmt.Errorf("there are no literals of type %s", v.Type())
}

func appendJSON(v *vector.Vector, item json.RawMessage) error {
	switch {
	case string(item) == "null":
		v.AppendNull()
		return nil
	case len(item) > 0 && item[0] == '"':
		var s string
		if err := json.Unmarshal(item, &s); err != nil {
			return err
		}
		return appendLiteral(v, s)
	}
	return appendNested(v, string(item))
}

// LiteralOf returns row i of v in the text form of spec.Literal.
func LiteralOf(v *vector.Vector, i int) spec.Literal {
	if v.IsNull(i) {
		return spec.Literal{Null: true}
	}
	return spec.Literal{Text: literalText(v, i)}
}

func literalText(v *vector.Vector, i int) string {
	if v.Const {
		i = 0
	}
	switch v.Type().Kind {
	case types.Time:
		return string(types.AppendTime(nil, v.Int32s()[i], 3))
	case types.Binary, types.Varbinary, types.Bitmap:
		return hex.EncodeToString(v.Bytes(i))
	case types.Array, types.Map, types.Multiset:
		var items []json.RawMessage
		for from, to := v.List(i); from < to; from++ {
			if v.Type().Kind == types.Array {
				items = append(items, literalJSON(v.Child(0), from))
				continue
			}
			pair, _ := json.Marshal([]json.RawMessage{literalJSON(v.Child(0), from), literalJSON(v.Child(1), from)})
			items = append(items, pair)
		}
		return marshal(items)
	case types.Row, types.Structured:
		var items []json.RawMessage
		for _, c := range v.Children() {
			items = append(items, literalJSON(c, i))
		}
		return marshal(items)
	}
	return string(vector.AppendText(nil, v, i, types.UTC))
}

func marshal(items []json.RawMessage) string {
	if items == nil {
		return "[]"
	}
	b, _ := json.Marshal(items)
	return string(b)
}

func literalJSON(v *vector.Vector, i int) json.RawMessage {
	if v.IsNull(i) {
		return json.RawMessage("null")
	}
	text := literalText(v, i)
	switch v.Phys() {
	case types.PhysList, types.PhysStruct:
		return json.RawMessage(text)
	}
	b, _ := json.Marshal(text)
	return b
}
