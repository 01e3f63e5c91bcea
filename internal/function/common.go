package function

import "github.com/flott/flott/types"

// Common returns the type that holds the values of all of ts: of the branches
// of a CASE, the elements of an ARRAY, the columns of a UNION. ok is false if
// there is none. It is nullable if one of ts is.
func Common(ts ...types.Type) (t types.Type, ok bool) {
	if len(ts) == 0 {
		return t, false
	}
	t = ts[0].WithAttr(types.NoAttr)
	for _, u := range ts[1:] {
		if t, ok = common(t, u.WithAttr(types.NoAttr)); !ok {
			return t, false
		}
	}
	return t, true
}

// Least is Common as Flink's planner finds it for CASE, IF, ARRAY and MAP: of
// FLOAT and DOUBLE it takes the first, for DECIMAL and FLOAT a DOUBLE, of
// TIMESTAMP and TIMESTAMP_LTZ the first, or the last if they differ in digits.
func Least(ts ...types.Type) (t types.Type, ok bool) {
	if len(ts) == 0 {
		return t, false
	}
	t = ts[0].WithAttr(types.NoAttr)
	for _, u := range ts[1:] {
		wide, ok := common(t, u.WithAttr(types.NoAttr))
		switch {
		case !ok:
			return t, false
		case t.IsApprox() && u.IsApprox():
			wide.Kind = t.Kind
		case t.Kind == types.Decimal && u.Kind == types.Float:
			wide.Kind = types.Double
		case t.IsTimestamp() && u.IsTimestamp():
			if wide.Kind = t.Kind; u.Precision != t.Precision {
				wide.Kind = u.Kind
			}
		}
		t = wide
	}
	return t, true
}

func common(a, b types.Type) (types.Type, bool) {
	notNull := a.NotNull && b.NotNull
	t, ok := commonValue(a, b)
	return t.WithNotNull(notNull), ok
}

func commonValue(a, b types.Type) (types.Type, bool) {
	switch {
	case a.Kind == types.Null:
		return b, true
	case b.Kind == types.Null:
		return a, true
	case a.IsString() && b.IsString():
		return commonLength(a, b, types.Char, types.Varchar), true
	case a.IsBinary() && b.IsBinary():
		return commonLength(a, b, types.Binary, types.Varbinary), true
	case a.IsNumeric() && b.IsNumeric():
		return commonNumber(a, b), true
	case a.IsTimestamp() && b.IsTimestamp():
		t := types.TimestampOf(max(a.Precision, b.Precision))
		if a.Kind == types.TimestampLTZ || b.Kind == types.TimestampLTZ {
			t.Kind = types.TimestampLTZ
		}
		return t, true
	}
	if a.Kind != b.Kind {
		return a, false
	}
	switch a.Kind {
	case types.Time, types.IntervalYearMonth, types.IntervalDaySecond:
		a.Precision, a.Scale = max(a.Precision, b.Precision), max(a.Scale, b.Scale)
		return a, true
	case types.Array, types.Multiset:
		e, ok := common(*a.Elem, *b.Elem)
		a.Elem = &e
		return a, ok
	case types.Map:
		k, okKey := common(*a.Key, *b.Key)
		e, ok := common(*a.Elem, *b.Elem)
		a.Key, a.Elem = &k, &e
		return a, ok && okKey
	case types.Row, types.Structured:
		if len(a.Fields) != len(b.Fields) || a.Class != b.Class {
			return a, false
		}
		fields := make([]types.Field, len(a.Fields))
		for i, f := range a.Fields {
			t, ok := common(f.Type, b.Fields[i].Type)
			if !ok {
				return a, false
			}
			fields[i] = types.Field{Name: f.Name, Type: t, Comment: f.Comment}
		}
		a.Fields = fields
		return a, true
	}
	return a, a.SameAs(b)
}

func commonLength(a, b types.Type, fixed, varying types.Kind) types.Type {
	n := max(a.Precision, b.Precision)
	if a.Kind == fixed && b.Kind == fixed && a.Precision == b.Precision {
		return types.Type{Kind: fixed, Precision: n}
	}
	return types.Type{Kind: varying, Precision: n}
}

func commonNumber(a, b types.Type) types.Type {
	switch {
	case a.Kind == types.Double || b.Kind == types.Double, a.Kind == types.Float && b.Kind == types.Decimal:
		return types.TDouble
	case a.Kind == types.Float || b.Kind == types.Float:
		return types.TFloat
	case a.IsInteger() && b.IsInteger():
		return types.Type{Kind: max(a.Kind, b.Kind)}
	}
	return commonDecimal(a, b)
}

// commonDecimal keeps the digits of both before and after the point, as far as
// 38 digits reach.
func commonDecimal(a, b types.Type) types.Type {
	a, _ = types.AsDecimal(a)
	b, _ = types.AsDecimal(b)
	scale := max(a.Scale, b.Scale)
	whole := max(a.Precision-a.Scale, b.Precision-b.Scale)
	if whole+scale > types.MaxDecimalPrecision {
		whole = min(whole, types.MaxDecimalPrecision)
		scale = min(scale, types.MaxDecimalPrecision-whole)
	}
	return types.DecimalOf(whole+scale, scale)
}

// Comparable returns the types as which a and b are compared; ok is false if
// they cannot be. Strings become what they are compared with, DECIMALs keep
// their scales.
func Comparable(a, b types.Type) (as, bs types.Type, ok bool) {
	switch {
	case a.Kind == types.Null && b.Kind == types.Null:
		return types.TBoolean, types.TBoolean, true
	case a.Kind == types.Null:
		return b.Nullable(), b, true
	case b.Kind == types.Null:
		return a, a.Nullable(), true
	case exact(a) && exact(b) && (a.Kind == types.Decimal || b.Kind == types.Decimal):
		a, _ = types.AsDecimal(a)
		b, _ = types.AsDecimal(b)
		return a, b, true
	case a.Kind == types.Float && exact(b), b.Kind == types.Float && exact(a):
		return types.TFloat.WithNotNull(a.NotNull), types.TFloat.WithNotNull(b.NotNull), true
	case a.IsNumeric() && b.IsNumeric() && (a.IsApprox() || b.IsApprox()) && a.Kind != b.Kind:
		return types.TDouble.WithNotNull(a.NotNull), types.TDouble.WithNotNull(b.NotNull), true
	case a.IsString() && b.IsString(), a.IsBinary() && b.IsBinary():
		return a, b, true
	case a.IsString() && coercesTo(b):
		return stringAs(b).WithNotNull(a.NotNull), stringAs(b).WithNotNull(b.NotNull), true
	case b.IsString() && coercesTo(a):
		return stringAs(a).WithNotNull(a.NotNull), stringAs(a).WithNotNull(b.NotNull), true
	}
	t, ok := Common(a, b)
	if !ok {
		return a, b, false
	}
	return t.WithNotNull(a.NotNull), t.WithNotNull(b.NotNull), true
}

func exact(t types.Type) bool { return t.IsInteger() || t.Kind == types.Decimal }

// coercesTo reports the types that a string is read as in a comparison.
func coercesTo(t types.Type) bool {
	switch t.Kind {
	case types.Boolean, types.Date, types.Time, types.TimestampNTZ, types.TimestampLTZ:
		return true
	}
	return t.IsNumeric()
}

// stringAs is what a string is read as beside a value of type t: a DECIMAL
// must have room for any text.
func stringAs(t types.Type) types.Type {
	switch t.Kind {
	case types.Decimal:
		return types.DecimalOf(types.MaxDecimalPrecision, 18)
	}
	return t
}

// NeverNull reports whether comparing values of type t always has an answer: a
// ROW with a NULL field has none.
func NeverNull(t types.Type) bool {
	if t.Kind == types.Row || t.Kind == types.Structured {
		for _, f := range t.Fields {
			if !NeverNull(f.Type) {
				return false
			}
		}
	}
	return t.NotNull
}

// Implicit reports whether a value of type from may stand where to is wanted
// without a CAST: the same kind of value, or a wider number.
func Implicit(from, to types.Type) bool {
	switch {
	case from.Kind == types.Null:
		return true
	case from.IsString() && to.IsString(), from.IsBinary() && to.IsBinary(), from.IsTimestamp() && from.Kind == to.Kind:
		return true
	case from.IsInteger() && to.IsInteger():
		return to.Kind >= from.Kind
	case from.IsInteger():
		return to.Kind == types.Decimal || to.IsApprox()
	case from.Kind == types.Decimal:
		return to.Kind == types.Decimal || to.IsApprox()
	case from.Kind == types.Float:
		return to.IsApprox()
	case from.Kind != to.Kind:
		return false
	}
	fc, tc := from.Children(), to.Children()
	if len(fc) != len(tc) {
		return false
	}
	for i := range fc {
		if !Implicit(fc[i], tc[i]) {
			return false
		}
	}
	return true
}
