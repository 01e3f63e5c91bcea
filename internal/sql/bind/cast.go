package bind

import (
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/types"
)

// castable reports whether CAST(from AS to) has a meaning, else what to write instead.
func castable(from, to types.Type) (help string, ok bool) {
	f, t := from.Kind, to.Kind
	timestamp := func(k types.Kind) bool { return k == types.TimestampNTZ || k == types.TimestampLTZ }
	switch {
	case f == types.Null:
		return "", true
	case from.IsString():
		switch t {
		case types.Array, types.Multiset, types.Map, types.Row, types.Structured, types.Raw, types.Variant:
			return "", false
		case types.IntervalDaySecond, types.IntervalYearMonth:
			return "", false
		}
		return "", true
	case to.IsString():
		if f == types.Variant {
			return "use JSON_STRING", false
		}
		return "", true
	case to.IsBinary():
		return "", from.IsBinary() || f == types.Raw || f == types.Bitmap
	case from.IsBinary():
		return "", false
	case t == types.Boolean:
		return "", f == types.Boolean || from.IsNumeric()
	case f == types.Boolean:
		return "", to.IsNumeric()
	case from.IsNumeric() && to.IsNumeric():
		return "", true
	case from.IsNumeric() && to.IsInterval():
		_, single := startUnit(to)
		return "write n * INTERVAL '1' DAY", single && from.IsInteger()
	case from.IsInterval() && to.IsNumeric():
		return "", false
	case from.IsNumeric() && timestamp(t):
		return "use TO_TIMESTAMP_LTZ(seconds, 0) or TO_TIMESTAMP_LTZ(milliseconds, 3)", false
	case timestamp(f) && to.IsNumeric():
		return "use UNIX_TIMESTAMP(CAST(… AS STRING))", false
	case from.IsInterval() && to.IsInterval():
		return "", f == t
	case f == types.Date:
		return "", t == types.Date || timestamp(t)
	case f == types.Time:
		return "", t == types.Time || timestamp(t)
	case timestamp(f):
		return "", timestamp(t) || t == types.Date || t == types.Time
	}
	switch t {
	case types.Array, types.Multiset:
		if f != t {
			return "", false
		}
		return castable(*from.Elem, *to.Elem)
	case types.Map:
		if f != t {
			return "", false
		}
		if help, ok = castable(*from.Key, *to.Key); !ok {
			return help, ok
		}
		return castable(*from.Elem, *to.Elem)
	case types.Row, types.Structured:
		if f != types.Row && f != types.Structured || len(from.Fields) != len(to.Fields) {
			return "", false
		}
		for i := range from.Fields {
			if help, ok = castable(from.Fields[i].Type, to.Fields[i].Type); !ok {
				return help, ok
			}
		}
		return "", true
	}
	return "", f == t && f != types.Variant
}

// uncommented returns t without the comments of its fields: the type of a CAST
// has none.
func uncommented(t types.Type) types.Type {
	if t.Elem != nil {
		e := uncommented(*t.Elem)
		t.Elem = &e
	}
	if len(t.Fields) > 0 {
		fields := make([]types.Field, len(t.Fields))
		for i, f := range t.Fields {
			fields[i] = types.Field{Name: f.Name, Type: uncommented(f.Type)}
		}
		t.Fields = fields
	}
	return t
}

// nullCastable reports casts of a NULL as it is written that are refused for
// other values: Flink drops the cast before it looks at the types.
func nullCastable(from, to types.Type) bool {
	dated := to.IsTimestamp() || to.Kind == types.Date || to.Kind == types.Time
	return from.IsNumeric() && to.IsTimestamp() || from.IsTimestamp() && to.IsNumeric() ||
		from.IsBinary() && dated || from.IsString() && (to.IsInterval() || to.Kind == types.Array)
}

// storable reports whether a value of type from can be written into a column of
// type to without an explicit CAST.
func storable(from, to types.Type) bool {
	f, t := from.Kind, to.Kind
	switch {
	case f == types.Null:
		return true
	case from.IsString() && to.IsString():
		return true
	case from.IsBinary() && to.IsBinary():
		return true
	case f == types.Decimal && t == types.Decimal:
		return true
	case f == types.Decimal:
		return t == types.Float || t == types.Double
	case from.IsInteger():
		return to.IsInteger() && t >= f || t == types.Decimal || to.IsApprox()
	case f == types.Float:
		return to.IsApprox() || t == types.Decimal
	case f == types.Double:
		return t == types.Double || t == types.Decimal
	case f == types.TimestampNTZ:
		return to.IsTimestamp() || t == types.Date || t == types.Time
	case f == types.TimestampLTZ:
		return to.IsTimestamp()
	}
	if f != t && !(f == types.Row && t == types.Structured) {
		return false
	}
	fc, tc := from.Children(), to.Children()
	if len(fc) != len(tc) {
		return false
	}
	for i := range fc {
		if !storable(fc[i], tc[i]) {
			return false
		}
	}
	return true
}

// checkType refuses types whose parameters make no sense.
func (b *Binder) checkType(t types.Type, at diag.Span) bool {
	wrong := func(format string, args ...any) bool {
		b.fail(at, "type", format, args...)
		return false
	}
	switch t.Kind {
	case types.Decimal:
		if t.Precision < 1 || t.Precision > types.MaxDecimalPrecision {
			return wrong("the precision of DECIMAL is 1 to %d, not %d", types.MaxDecimalPrecision, t.Precision)
		}
		if t.Scale < 0 || t.Scale > t.Precision {
			return wrong("the scale of DECIMAL is 0 to its precision %d, not %d", t.Precision, t.Scale)
		}
	case types.Time, types.TimestampNTZ, types.TimestampLTZ:
		if t.Precision < 0 || t.Precision > 9 {
			return wrong("the precision of %s is 0 to 9, not %d", t.Kind, t.Precision)
		}
	case types.Char, types.Varchar, types.Binary, types.Varbinary:
		if t.Precision < 0 {
			return wrong("the length of %s is at least 0, not %d", t.Kind, t.Precision)
		}
	}
	for _, c := range t.Children() {
		if !b.checkType(c, at) {
			return false
		}
	}
	return true
}
