package types

// adjustDecimal fits a derived DECIMAL(p, s) into 38 digits: digits before
// the point win, but at least min(s, 6) digits after it stay.
func adjustDecimal(p, s int32) Type {
	if p <= MaxDecimalPrecision {
		return DecimalOf(p, s)
	}
	whole := p - s
	s = max(MaxDecimalPrecision-whole, min(s, 6))
	return DecimalOf(MaxDecimalPrecision, s)
}

// AsDecimal returns the DECIMAL that holds every value of an integer type, or
// t itself if it is a DECIMAL; ok is false for other types.
func AsDecimal(t Type) (d Type, ok bool) {
	switch t.Kind {
	case Decimal:
	case TinyInt:
		return DecimalOf(3, 0).WithNotNull(t.NotNull), true
	case SmallInt:
		return DecimalOf(5, 0).WithNotNull(t.NotNull), true
	case Int:
		return DecimalOf(10, 0).WithNotNull(t.NotNull), true
	case BigInt:
		return DecimalOf(19, 0).WithNotNull(t.NotNull), true
	default:
		return t, false
	}
	return t, true
}

// DecimalAddType returns the type of a+b and a-b for two DECIMALs. Like its
// siblings below it ignores nullability: the result is nullable.
func DecimalAddType(a, b Type) Type {
	s := max(a.Scale, b.Scale)
	p := max(a.Precision-a.Scale, b.Precision-b.Scale) + s + 1
	return adjustDecimal(p, s)
}

// DecimalMulType returns the type of a*b.
func DecimalMulType(a, b Type) Type {
	return adjustDecimal(a.Precision+b.Precision+1, a.Scale+b.Scale)
}

// DecimalDivType returns the type of a/b.
func DecimalDivType(a, b Type) Type {
	s := max(6, a.Scale+b.Precision+1)
	return adjustDecimal(a.Precision-a.Scale+b.Scale+s, s)
}

// DecimalModType returns the type of a%b.
func DecimalModType(a, b Type) Type {
	s := max(a.Scale, b.Scale)
	return adjustDecimal(min(a.Precision-a.Scale, b.Precision-b.Scale)+s, s)
}

// DecimalRoundType returns the type of ROUND(d, digits).
func DecimalRoundType(d Type, digits int32) Type {
	switch {
	case digits >= d.Scale:
		return DecimalOf(d.Precision, d.Scale)
	case digits < 0:
		return DecimalOf(min(MaxDecimalPrecision, 1+d.Precision-d.Scale), 0)
	}
	return DecimalOf(1+d.Precision-d.Scale+digits, digits)
}

// DecimalSumType returns the type of SUM over d.
func DecimalSumType(d Type) Type { return DecimalOf(MaxDecimalPrecision, d.Scale) }

// DecimalAvgType returns the type of AVG over d.
func DecimalAvgType(d Type) Type { return DecimalOf(MaxDecimalPrecision, max(6, d.Scale)) }
