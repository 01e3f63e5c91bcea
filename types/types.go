package types

import (
	"strconv"
	"strings"
)

// Kind is the root of a logical type.
type Kind uint8

const (
	Unset Kind = iota
	Null
	Boolean
	TinyInt
	SmallInt
	Int
	BigInt
	Float
	Double
	Decimal
	Char
	Varchar
	Binary
	Varbinary
	Date
	Time
	TimestampNTZ // TIMESTAMP(p) WITHOUT TIME ZONE
	TimestampLTZ // TIMESTAMP(p) WITH LOCAL TIME ZONE
	IntervalYearMonth
	IntervalDaySecond
	Array
	Multiset
	Map
	Row
	Structured
	Raw
	Variant
	Symbol     // TRIM flags, time units and the like; never a column
	Descriptor // DESCRIPTOR(col); never a column
	Bitmap     // set of INTs; see ParseBitmap
)

// MaxLength is the length of STRING and BYTES.
const MaxLength = 1<<31 - 1

// TimeAttr tells whether a timestamp column is a time attribute.
type TimeAttr uint8

const (
	NoAttr TimeAttr = iota
	Rowtime
	Proctime
)

// Field is a column of a row type or of a schema.
type Field struct {
	Name    string
	Type    Type
	Comment string
}

// Type is a logical SQL type. The zero value is Unset. Types are values: copy
// them freely, never change what Elem, Key and Fields point to.
type Type struct {
	Kind    Kind
	NotNull bool
	// Precision is the length of CHAR, VARCHAR, BINARY and VARBINARY, the
	// digits of DECIMAL, the fraction digits of TIME, TIMESTAMP and
	// TIMESTAMP_LTZ, the leading precision of intervals.
	Precision int32
	// Scale is the scale of DECIMAL, the fractional precision of INTERVAL … SECOND.
	Scale  int32
	Attr   TimeAttr
	Unit   IntervalUnit // resolution of an interval type
	Elem   *Type        // element of ARRAY and MULTISET, value of MAP
	Key    *Type        // key of MAP
	Fields []Field      // ROW and STRUCTURED
	Class  string       // STRUCTURED and RAW
}

// IntervalUnit is the resolution of an interval type, e.g. DAY TO SECOND.
type IntervalUnit uint8

const (
	NoUnit IntervalUnit = iota
	UnitYear
	UnitYearToMonth
	UnitMonth
	UnitDay
	UnitDayToHour
	UnitDayToMinute
	UnitDayToSecond
	UnitHour
	UnitHourToMinute
	UnitHourToSecond
	UnitMinute
	UnitMinuteToSecond
	UnitSecond
)

// Phys is the memory form of a column; see the package comment.
type Phys uint8

const (
	PhysNone Phys = iota
	PhysBool
	PhysInt8
	PhysInt16
	PhysInt32
	PhysInt64
	PhysFloat32
	PhysFloat64
	PhysWide
	PhysStamp
	PhysBytes
	PhysList
	PhysStruct
)

// Width is the size in bytes of one fixed-width element, 0 for List and Struct.
// A Bytes element is a Ref.
func (p Phys) Width() int {
	switch p {
	case PhysBool, PhysInt8:
		return 1
	case PhysInt16:
		return 2
	case PhysInt32, PhysFloat32:
		return 4
	case PhysInt64, PhysFloat64, PhysBytes:
		return 8
	case PhysWide, PhysStamp:
		return 16
	}
	return 0
}

// Common types.
var (
	TBoolean = Type{Kind: Boolean}
	TTinyInt = Type{Kind: TinyInt}
	TSmall   = Type{Kind: SmallInt}
	TInt     = Type{Kind: Int}
	TBigInt  = Type{Kind: BigInt}
	TFloat   = Type{Kind: Float}
	TDouble  = Type{Kind: Double}
	TString  = Type{Kind: Varchar, Precision: MaxLength}
	TBytes   = Type{Kind: Varbinary, Precision: MaxLength}
	TDate    = Type{Kind: Date}
	TNull    = Type{Kind: Null}
)

// DecimalOf returns DECIMAL(p, s).
func DecimalOf(p, s int32) Type { return Type{Kind: Decimal, Precision: p, Scale: s} }

// TimestampOf returns TIMESTAMP(p).
func TimestampOf(p int32) Type { return Type{Kind: TimestampNTZ, Precision: p} }

// TimestampLTZOf returns TIMESTAMP_LTZ(p).
func TimestampLTZOf(p int32) Type { return Type{Kind: TimestampLTZ, Precision: p} }

// TimeOf returns TIME(p).
func TimeOf(p int32) Type { return Type{Kind: Time, Precision: p} }

// CharOf returns CHAR(n), VarcharOf VARCHAR(n).
func CharOf(n int32) Type { return Type{Kind: Char, Precision: n} }

// VarcharOf returns VARCHAR(n).
func VarcharOf(n int32) Type { return Type{Kind: Varchar, Precision: n} }

// BinaryOf returns BINARY(n).
func BinaryOf(n int32) Type { return Type{Kind: Binary, Precision: n} }

// ArrayOf returns ARRAY<e>.
func ArrayOf(e Type) Type { return Type{Kind: Array, Elem: &e} }

// MultisetOf returns MULTISET<e>.
func MultisetOf(e Type) Type { return Type{Kind: Multiset, Elem: &e} }

// MapOf returns MAP<k, v>.
func MapOf(k, v Type) Type { return Type{Kind: Map, Key: &k, Elem: &v} }

// RowOf returns ROW<fields>.
func RowOf(fields ...Field) Type { return Type{Kind: Row, Fields: fields} }

// Nullable returns t without, Required with NOT NULL.
func (t Type) Nullable() Type { t.NotNull = false; return t }

// Required returns t with NOT NULL.
func (t Type) Required() Type { t.NotNull = true; return t }

// WithNotNull returns t with the given nullability.
func (t Type) WithNotNull(notNull bool) Type { t.NotNull = notNull; return t }

// WithAttr returns t as the given kind of time attribute.
func (t Type) WithAttr(a TimeAttr) Type { t.Attr = a; return t }

// Phys returns the memory form of a column of this type.
func (t Type) Phys() Phys {
	switch t.Kind {
	case Null, Boolean:
		return PhysBool
	case TinyInt:
		return PhysInt8
	case SmallInt:
		return PhysInt16
	case Int, Date, Time, IntervalYearMonth:
		return PhysInt32
	case BigInt, IntervalDaySecond:
		return PhysInt64
	case Float:
		return PhysFloat32
	case Double:
		return PhysFloat64
	case Decimal:
		if t.Precision <= 18 {
			return PhysInt64
		}
		return PhysWide
	case TimestampNTZ, TimestampLTZ:
		if t.Precision <= 3 {
			return PhysInt64
		}
		return PhysStamp
	case Char, Varchar, Binary, Varbinary, Variant, Raw, Bitmap:
		return PhysBytes
	case Array, Multiset, Map:
		return PhysList
	case Row, Structured:
		return PhysStruct
	}
	return PhysNone
}

// Children returns the element types of a nested type in memory order: ARRAY
// (element), MULTISET (element, INT count), MAP (key, value), ROW (fields).
func (t Type) Children() []Type {
	switch t.Kind {
	case Array:
		return []Type{*t.Elem}
	case Multiset:
		return []Type{*t.Elem, TInt.Required()}
	case Map:
		return []Type{*t.Key, *t.Elem}
	case Row, Structured:
		c := make([]Type, len(t.Fields))
		for i, f := range t.Fields {
			c[i] = f.Type
		}
		return c
	}
	return nil
}

// IsString reports CHAR or VARCHAR.
func (t Type) IsString() bool { return t.Kind == Char || t.Kind == Varchar }

// IsBinary reports BINARY or VARBINARY.
func (t Type) IsBinary() bool { return t.Kind == Binary || t.Kind == Varbinary }

// IsInteger reports TINYINT, SMALLINT, INT or BIGINT.
func (t Type) IsInteger() bool { return t.Kind >= TinyInt && t.Kind <= BigInt }

// IsNumeric reports integers, FLOAT, DOUBLE and DECIMAL.
func (t Type) IsNumeric() bool { return t.Kind >= TinyInt && t.Kind <= Decimal }

// IsApprox reports FLOAT or DOUBLE.
func (t Type) IsApprox() bool { return t.Kind == Float || t.Kind == Double }

// IsTimestamp reports TIMESTAMP or TIMESTAMP_LTZ.
func (t Type) IsTimestamp() bool { return t.Kind == TimestampNTZ || t.Kind == TimestampLTZ }

// IsInterval reports either kind of interval.
func (t Type) IsInterval() bool { return t.Kind == IntervalYearMonth || t.Kind == IntervalDaySecond }

// Equal reports whether both types are the same, nullability included, time
// attributes, comments and field names not.
func (t Type) Equal(o Type) bool {
	return t.NotNull == o.NotNull && t.SameAs(o)
}

// SameAs is Equal without the outermost nullability.
func (t Type) SameAs(o Type) bool {
	if t.Kind != o.Kind || t.Precision != o.Precision || t.Scale != o.Scale || t.Class != o.Class || t.Unit != o.Unit {
		return false
	}
	if t.Elem != nil && (o.Elem == nil || !t.Elem.Equal(*o.Elem)) || t.Key != nil && (o.Key == nil || !t.Key.Equal(*o.Key)) {
		return false
	}
	if len(t.Fields) != len(o.Fields) {
		return false
	}
	for i := range t.Fields {
		if !t.Fields[i].Type.Equal(o.Fields[i].Type) {
			return false
		}
	}
	return true
}

var kindNames = [...]string{
	Unset: "?", Null: "NULL", Boolean: "BOOLEAN", TinyInt: "TINYINT", SmallInt: "SMALLINT", Int: "INT", BigInt: "BIGINT",
	Float: "FLOAT", Double: "DOUBLE", Decimal: "DECIMAL", Char: "CHAR", Varchar: "VARCHAR", Binary: "BINARY",
	Varbinary: "VARBINARY", Date: "DATE", Time: "TIME", TimestampNTZ: "TIMESTAMP", TimestampLTZ: "TIMESTAMP_LTZ",
	IntervalYearMonth: "INTERVAL", IntervalDaySecond: "INTERVAL", Array: "ARRAY", Multiset: "MULTISET", Map: "MAP",
	Row: "ROW", Structured: "STRUCTURED", Raw: "RAW", Variant: "VARIANT", Symbol: "SYMBOL", Descriptor: "DESCRIPTOR", Bitmap: "BITMAP",
}

// String returns the root's SQL name.
func (k Kind) String() string { return kindNames[k] }

// String returns Flink's summary string, e.g. `INT NOT NULL`, `DECIMAL(10, 2)`,
// `ROW<a INT, b STRING>`, `TIMESTAMP(3) *ROWTIME*`. Parse reads it back.
func (t Type) String() string {
	var b strings.Builder
	t.write(&b)
	return b.String()
}

func (t Type) write(b *strings.Builder) {
	args := func(n ...int32) {
		b.WriteByte('(')
		for i, v := range n {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(strconv.Itoa(int(v)))
		}
		b.WriteByte(')')
	}
	switch t.Kind {
	case Varchar:
		if t.Precision == MaxLength {
			b.WriteString("STRING")
		} else {
			b.WriteString("VARCHAR")
			args(t.Precision)
		}
	case Varbinary:
		if t.Precision == MaxLength {
			b.WriteString("BYTES")
		} else {
			b.WriteString("VARBINARY")
			args(t.Precision)
		}
	case Char, Binary, Time, TimestampNTZ, TimestampLTZ:
		b.WriteString(t.Kind.String())
		args(t.Precision)
	case Decimal:
		b.WriteString("DECIMAL")
		args(t.Precision, t.Scale)
	case IntervalYearMonth, IntervalDaySecond:
		t.writeInterval(b)
	case Array, Multiset:
		b.WriteString(t.Kind.String())
		b.WriteByte('<')
		t.Elem.write(b)
		b.WriteByte('>')
	case Map:
		b.WriteString("MAP<")
		t.Key.write(b)
		b.WriteString(", ")
		t.Elem.write(b)
		b.WriteByte('>')
	case Row, Structured:
		b.WriteString(t.Kind.String())
		b.WriteByte('<')
		if t.Kind == Structured {
			b.WriteString("'" + strings.ReplaceAll(t.Class, "'", "''") + "'")
			if len(t.Fields) > 0 {
				b.WriteString(", ")
			}
		}
		for i, f := range t.Fields {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString("`" + strings.ReplaceAll(f.Name, "`", "``") + "` ")
			f.Type.write(b)
			if f.Comment != "" {
				b.WriteString(" '" + strings.ReplaceAll(f.Comment, "'", "''") + "'")
			}
		}
		b.WriteByte('>')
	case Raw:
		b.WriteString("RAW('" + t.Class + "', ?)")
	default:
		b.WriteString(t.Kind.String())
	}
	if t.NotNull {
		b.WriteString(" NOT NULL")
	}
	switch t.Attr {
	case Rowtime:
		b.WriteString(" *ROWTIME*")
	case Proctime:
		b.WriteString(" *PROCTIME*")
	}
}

func (t Type) writeInterval(b *strings.Builder) {
	p, s := strconv.Itoa(int(t.Precision)), strconv.Itoa(int(t.Scale))
	b.WriteString("INTERVAL ")
	switch t.Unit {
	case UnitYear:
		b.WriteString("YEAR(" + p + ")")
	case UnitYearToMonth:
		b.WriteString("YEAR(" + p + ") TO MONTH")
	case UnitMonth:
		b.WriteString("MONTH")
	case UnitDay:
		b.WriteString("DAY(" + p + ")")
	case UnitDayToHour:
		b.WriteString("DAY(" + p + ") TO HOUR")
	case UnitDayToMinute:
		b.WriteString("DAY(" + p + ") TO MINUTE")
	case UnitDayToSecond:
		b.WriteString("DAY(" + p + ") TO SECOND(" + s + ")")
	case UnitHour:
		b.WriteString("HOUR")
	case UnitHourToMinute:
		b.WriteString("HOUR TO MINUTE")
	case UnitHourToSecond:
		b.WriteString("HOUR TO SECOND(" + s + ")")
	case UnitMinute:
		b.WriteString("MINUTE")
	case UnitMinuteToSecond:
		b.WriteString("MINUTE TO SECOND(" + s + ")")
	case UnitSecond:
		b.WriteString("SECOND(" + s + ")")
	}
}

// RowKind says what a row of a changelog does.
type RowKind uint8

const (
	Insert       RowKind = iota // +I
	UpdateBefore                // -U
	UpdateAfter                 // +U
	Delete                      // -D
)

// String returns +I, -U, +U or -D.
func (k RowKind) String() string { return [...]string{"+I", "-U", "+U", "-D"}[k&3] }

// Adds reports whether the row adds (+I, +U) rather than takes away (-U, -D).
func (k RowKind) Adds() bool { return k == Insert || k == UpdateAfter }

// Instant is a point in time: milliseconds since 1970-01-01 00:00:00 UTC.
type Instant int64

const (
	// MinInstant is the watermark before any watermark.
	MinInstant Instant = -1 << 63
	// MaxInstant is the watermark at the end of a bounded input.
	MaxInstant Instant = 1<<63 - 1
)

// Timestamp is a point in time to the nanosecond: Milli milliseconds since
// 1970-01-01 00:00:00 (of no zone, or UTC for TIMESTAMP_LTZ) and Nano
// nanoseconds (0..999,999) of that millisecond.
type Timestamp struct {
	Milli int64
	Nano  int32
	_     int32
}

// Int128 is a signed 128-bit integer in two's complement.
type Int128 struct {
	Lo uint64
	Hi int64
}
