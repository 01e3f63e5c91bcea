package filesystem

import (
	"fmt"

	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// appendParsed adds the value that a folder's name stands for.
func appendParsed(v *vector.Vector, text string) error {
	t := v.Type()
	switch t.Kind {
	case types.Char, types.Varchar:
		v.AppendString(text)
		return nil
	case types.Boolean:
		return parsed(v, text, types.ParseBool[string])
	case types.TinyInt:
		return parsed(v, text, types.ParseInt8[string])
	case types.SmallInt:
		return parsed(v, text, types.ParseInt16[string])
	case types.Int:
		return parsed(v, text, types.ParseInt32[string])
	case types.BigInt:
		return parsed(v, text, types.ParseInt64[string])
	case types.Float:
		return parsed(v, text, types.ParseFloat[string])
	case types.Double:
		return parsed(v, text, types.ParseDouble[string])
	case types.Date:
		return parsed(v, text, types.ParseDate[string])
	case types.Time:
		return parsed(v, text, types.ParseTime[string])
	case types.Decimal:
		if v.Phys() == types.PhysInt64 {
			return parsed(v, text, func(s string) (int64, error) { return types.ParseDecimalInt64(s, t.Precision, t.Scale) })
		}
		return parsed(v, text, func(s string) (types.Int128, error) { return types.ParseDecimal(s, t.Precision, t.Scale) })
	case types.TimestampNTZ:
		ts, err := types.ParseTimestamp(text, t.Precision)
		if err != nil {
			return err
		}
		if v.Phys() == types.PhysInt64 {
			vector.Append(v, ts.Milli)
		} else {
			vector.Append(v, ts)
		}
		return nil
	}
	return fmt.Errorf("a partition column cannot be a %s", t)
}

func parsed[T vector.Fixed](v *vector.Vector, text string, parse func(string) (T, error)) error {
	x, err := parse(text)
	if err != nil {
		return err
	}
	vector.Append(v, x)
	return nil
}
