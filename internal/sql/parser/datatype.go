package parser

import (
	"strings"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/types"
)

// typeNames are the names of types, for suggestions.
var typeNames = strings.Fields(`ARRAY BIGINT BINARY BOOLEAN BYTES CHAR DATE DECIMAL DOUBLE FLOAT INT INTEGER INTERVAL MAP MULTISET
	NUMERIC RAW ROW SMALLINT STRING STRUCTURED TIME TIMESTAMP TIMESTAMP_LTZ TINYINT VARBINARY VARCHAR VARIANT`)

// otherTypes are names that people know from elsewhere, and what they are here.
var otherTypes = map[string]string{
	"TEXT": "STRING", "CLOB": "STRING", "NVARCHAR": "STRING", "UUID": "STRING", "JSON": "STRING or VARIANT", "JSONB": "STRING or VARIANT",
	"BLOB": "BYTES", "BYTEA": "BYTES", "LONG": "BIGINT", "INT8": "BIGINT", "INT64": "BIGINT", "INT4": "INT", "INT32": "INT",
	"INT2": "SMALLINT", "INT16": "SMALLINT", "FLOAT4": "FLOAT", "REAL": "FLOAT", "FLOAT8": "DOUBLE", "FLOAT64": "DOUBLE", "BOOL": "BOOLEAN",
	"DATETIME": "TIMESTAMP(0)", "TIMESTAMPTZ": "TIMESTAMP_LTZ(6)", "SERIAL": "BIGINT", "NCHAR": "CHAR",
}

// dataType takes a type without its own nullability: that of a CAST.
func (p *parser) dataType() *ast.DataType {
	start := p.pos
	d := &ast.DataType{Type: p.typ()}
	d.At = p.since(start)
	return d
}

// nullableType takes a type with [NOT] NULL: that of a column or field.
func (p *parser) nullableType() *ast.DataType {
	d := p.dataType()
	start := p.pos
	switch {
	case p.accept("NOT", "NULL"):
		d.Type.NotNull = true
	case p.accept("NULL"):
	}
	// INT NOT NULL ARRAY: the element came with a nullability of its own.
	if p.pos > start && p.isAny("ARRAY", "MULTISET") {
		levels := 0
		for ; p.isAny("ARRAY", "MULTISET"); levels++ {
			p.enter()
			d.Type = p.collectionOf(d.Type)
		}
		p.depth -= levels
		if p.accept("NOT", "NULL") {
			d.Type.NotNull = true
		} else {
			p.accept("NULL")
		}
	}
	d.Span = d.Span.To(p.toks[p.pos-1].span())
	return d
}

// typ takes a type and the ARRAY and MULTISET after it.
func (p *parser) typ() types.Type {
	p.enter()
	levels := 1
	t := p.simpleType()
	for p.isAny("ARRAY", "MULTISET") {
		// Flink takes the element of the postfix form as NOT NULL.
		t = p.collectionOf(t.Required())
		p.enter()
		levels++
	}
	p.depth -= levels
	return t
}

func (p *parser) collectionOf(elem types.Type) types.Type {
	if p.next().word == "ARRAY" {
		return types.ArrayOf(elem)
	}
	return types.MultisetOf(elem)
}

// precision takes (n), or returns fallback. As in Flink a larger precision than
// there is means the largest.
func (p *parser) precision(fallback, most int) int32 {
	if !p.peekOp("(") {
		return int32(fallback)
	}
	open := p.pos
	p.pos++
	n := p.integer(types.MaxLength)
	p.closeParen(open)
	return int32(min(n, most))
}

func (p *parser) simpleType() types.Type {
	t := *p.tok()
	if t.kind != tWord {
		if t.kind == tQuoted {
			p.unknownType(t)
		}
		p.fail("expected a type")
	}
	p.pos++
	switch t.word {
	case "BOOLEAN":
		return types.TBoolean
	case "TINYINT":
		return types.TTinyInt
	case "SMALLINT":
		return types.TSmall
	case "INT", "INTEGER":
		return types.TInt
	case "BIGINT":
		return types.TBigInt
	case "FLOAT":
		return types.TFloat
	case "DOUBLE":
		p.accept("PRECISION")
		return types.TDouble
	case "DECIMAL", "DEC", "NUMERIC":
		return p.decimal()
	case "CHAR", "CHARACTER":
		if p.accept("VARYING") {
			return types.VarcharOf(p.precision(types.MaxLength, types.MaxLength))
		}
		return types.CharOf(p.precision(1, types.MaxLength))
	case "VARCHAR":
		return types.VarcharOf(p.precision(types.MaxLength, types.MaxLength))
	case "STRING":
		return types.TString
	case "BINARY":
		if p.accept("VARYING") {
			return types.Type{Kind: types.Varbinary, Precision: p.precision(types.MaxLength, types.MaxLength)}
		}
		return types.BinaryOf(p.precision(1, types.MaxLength))
	case "VARBINARY":
		return types.Type{Kind: types.Varbinary, Precision: p.precision(types.MaxLength, types.MaxLength)}
	case "BYTES":
		return types.TBytes
	case "DATE":
		return types.TDate
	case "TIME":
		n := p.precision(0, 9)
		p.zone("WITHOUT")
		return types.TimeOf(n)
	case "TIMESTAMP":
		n := p.precision(6, 9)
		if p.zone("WITHOUT") {
			return types.TimestampLTZOf(n)
		}
		return types.TimestampOf(n)
	case "TIMESTAMP_LTZ":
		return types.TimestampLTZOf(p.precision(6, 9))
	case "INTERVAL":
		return p.intervalType()
	case "ARRAY":
		return types.ArrayOf(p.angle1())
	case "MULTISET":
		return types.MultisetOf(p.angle1())
	case "MAP":
		p.expectOp("<")
		k := p.nullableType().Type
		p.expectOp(",")
		v := p.nullableType().Type
		p.expectOp(">")
		return types.MapOf(k, v)
	case "ROW":
		return p.rowType()
	case "STRUCTURED":
		return p.structuredType()
	case "RAW":
		return p.rawType()
	case "VARIANT":
		return types.Type{Kind: types.Variant}
	case "BITMAP":
		p.bail(&diag.Error{
			Code: "not-supported", Stage: diag.StageValidate, Span: t.span(), Message: "the type BITMAP is not supported",
			Help: "store the numbers as ARRAY<INT>, or the serialized bitmap as BYTES",
		})
	}
	p.pos--
	if t.reserved {
		e := p.failure("expected a type")
		if other := otherTypes[t.word]; other != "" {
			e.Help = "write " + other
		}
		p.bail(e)
	}
	p.unknownType(t)
	return types.Type{}
}

func (p *parser) unknownType(t token) {
	name := strings.Trim(p.text(t), "`")
	e := &diag.Error{
		Code: "unknown-type", Stage: diag.StageValidate, Span: t.span(), Message: "there is no type \"" + name + "\"",
	}
	if t.kind == tQuoted {
		e.Help = "the names of types are written without backticks"
	} else if other := otherTypes[strings.ToUpper(name)]; other != "" {
		e.Help = "write " + other
	} else if near := diag.Nearest(name, typeNames); near != "" {
		e.Help = "did you mean " + near + "?"
	} else {
		e.Help = "for example " + diag.Candidates(name, typeNames)
	}
	p.bail(e)
}

// zone takes WITH LOCAL TIME ZONE (true) or WITHOUT TIME ZONE.
func (p *parser) zone(without string) bool {
	switch {
	case p.is("WITH", "LOCAL"):
		p.pos += 2
		p.expect("TIME", "ZONE")
		return true
	case p.is("WITH", "TIME"):
		e := p.failure("expected LOCAL")
		e.Span = p.peekTok(1).span()
		e.Message = "expected LOCAL before TIME"
		e.Help = "Flink has no timestamps with a zone of their own; TIMESTAMP WITH LOCAL TIME ZONE is an instant"
		p.bail(e)
	case p.accept(without):
		p.expect("TIME", "ZONE")
	}
	return false
}

func (p *parser) decimal() types.Type {
	if !p.peekOp("(") {
		return types.DecimalOf(10, 0)
	}
	open := p.pos
	p.pos++
	at := *p.tok()
	precision, scale := p.integer(1<<30), 0
	if p.acceptOp(",") {
		scale = p.integer(1 << 30)
	}
	p.closeParen(open)
	precision = min(precision, 38)
	if precision < 1 || scale > precision {
		p.bail(&diag.Error{
			Code: "type-parameter", Stage: diag.StageValidate, Span: at.span().To(p.toks[p.pos-2].span()),
			Message: "there is no DECIMAL(" + itoa(precision) + ", " + itoa(scale) + ")",
			Help:    "the precision goes from 1 to 38, the scale from 0 to the precision",
		})
	}
	return types.DecimalOf(int32(precision), int32(scale))
}

var intervalTypes = map[ast.TimeUnit]map[ast.TimeUnit]types.IntervalUnit{
	"YEAR":   {"": types.UnitYear, "MONTH": types.UnitYearToMonth},
	"MONTH":  {"": types.UnitMonth},
	"DAY":    {"": types.UnitDay, "HOUR": types.UnitDayToHour, "MINUTE": types.UnitDayToMinute, "SECOND": types.UnitDayToSecond},
	"HOUR":   {"": types.UnitHour, "MINUTE": types.UnitHourToMinute, "SECOND": types.UnitHourToSecond},
	"MINUTE": {"": types.UnitMinute, "SECOND": types.UnitMinuteToSecond},
	"SECOND": {"": types.UnitSecond},
}

// intervalType takes the qualifier of an interval type.
func (p *parser) intervalType() types.Type {
	q := p.qualifier()
	unit := intervalTypes[q.Start][q.End]
	if unit == types.NoUnit {
		p.bail(&diag.Error{
			Code: "type-parameter", Stage: diag.StageValidate, Span: q.Span,
			Message: "there is no type INTERVAL " + string(q.Start),
			Help:    "interval types count in YEAR, MONTH, DAY, HOUR, MINUTE or SECOND",
		})
	}
	t := types.Type{Kind: types.IntervalDaySecond, Precision: 2, Unit: unit}
	if unit <= types.UnitMonth {
		t.Kind = types.IntervalYearMonth
	} else if q.End == "SECOND" || q.Start == "SECOND" {
		t.Scale = 6
	}
	if q.StartPrecision >= 0 {
		most := 6
		if t.Kind == types.IntervalYearMonth {
			most = 4
		}
		if q.StartPrecision < 1 || q.StartPrecision > most {
			p.bail(&diag.Error{
				Code: "type-parameter", Stage: diag.StageValidate, Span: q.Span,
				Message: "an interval's precision of " + itoa(q.StartPrecision) + " is out of range",
				Help:    "for " + string(q.Start) + " it goes from 1 to " + itoa(most),
			})
		}
		t.Precision = int32(q.StartPrecision)
	}
	if q.FracPrecision >= 0 {
		if q.FracPrecision > 9 {
			p.bail(&diag.Error{
				Code: "type-parameter", Stage: diag.StageValidate, Span: q.Span,
				Message: "a second has at most 9 digits after the point, not " + itoa(q.FracPrecision),
			})
		}
		t.Scale = int32(q.FracPrecision)
	}
	return t
}

// angle1 takes <type>.
func (p *parser) angle1() types.Type {
	p.expectOp("<")
	t := p.nullableType().Type
	p.expectOp(">")
	return t
}

// rowType takes <name type, …> or (name type, …) after ROW.
func (p *parser) rowType() types.Type {
	if p.acceptOp("<>") {
		return types.RowOf()
	}
	closer := ">"
	open := p.pos
	if p.acceptOp("(") {
		closer = ")"
	} else {
		p.expectOp("<")
	}
	var fields []types.Field
	if !p.peekOp(closer) {
		fields = list(p, p.field)
	}
	p.closing(closer, open)
	return types.RowOf(fields...)
}

// field takes name type ['comment'].
func (p *parser) field() types.Field {
	f := types.Field{Name: p.ident().Name, Type: p.nullableType().Type}
	if p.tok().kind == tString {
		f.Comment = p.str().Value
	}
	return f
}

// structuredType takes <'class', name type, …> after STRUCTURED.
func (p *parser) structuredType() types.Type {
	open := p.pos
	p.expectOp("<")
	t := types.Type{Kind: types.Structured, Class: p.str().Value}
	for p.acceptOp(",") {
		t.Fields = append(t.Fields, p.field())
	}
	p.closing(">", open)
	return t
}

// rawType takes ('class', 'snapshot') after RAW.
func (p *parser) rawType() types.Type {
	t := types.Type{Kind: types.Raw}
	p.parens(func() {
		t.Class = p.str().Value
		p.expectOp(",")
		p.str()
	})
	return t
}
