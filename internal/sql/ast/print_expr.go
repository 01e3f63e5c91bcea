package ast

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Binding powers as in the parser: an operand of lower power needs parentheses.
const (
	powerOr       = 22
	powerAnd      = 24
	powerNot      = 26
	powerIs       = 28
	powerCompare  = 30
	powerIn       = 32
	powerAdd      = 40
	powerMultiset = 50
	powerMul      = 60
	powerSign     = 80
	powerPrimary  = 100
)

var binaryPowers = map[Op]int{
	OpOr: powerOr, OpAnd: powerAnd, OpAdd: powerAdd, OpSub: powerAdd, OpMul: powerMul, OpDiv: powerMul, OpMod: powerMul,
	OpConcat: powerMul, OpMultisetUnion: powerMultiset, OpMultisetExcept: powerMultiset, OpMultisetInter: powerMultiset + 1,
}

func power(x Expr) int {
	switch x := x.(type) {
	case *Binary:
		if w, ok := binaryPowers[x.Op]; ok {
			return w
		}
		return powerCompare
	case *Quantified:
		return powerCompare
	case *Unary:
		if x.Op == OpNot {
			return powerNot
		}
		return powerSign
	case *Is:
		return powerIs
	case *Between, *In, *Like:
		return powerIn
	}
	return powerPrimary
}

// above prints x, in parentheses if it binds less tightly than min.
func (p *printer) above(x Expr, min int) {
	if power(x) < min {
		p.put("(")
		p.expr(x)
		p.put(")")
		return
	}
	p.expr(x)
}

func (p *printer) exprs(l []Expr) { each(p, l, p.expr) }

func (p *printer) not(not bool) {
	if not {
		p.put("NOT ")
	}
}

func (p *printer) expr(x Expr) {
	switch x := x.(type) {
	case *Name:
		p.name(x)
	case *NumberLit, *StringLit, *BinaryLit, *BoolLit, *NullLit, *DateTimeLit, *IntervalLit:
		p.literal(x)
	case *IntervalExpr:
		p.put("INTERVAL ")
		switch x.X.(type) {
		case *NumberLit, *Name:
			p.expr(x.X)
		default:
			p.put("(")
			p.expr(x.X)
			p.put(")")
		}
		p.put(" ")
		p.qualifier(x.Qualifier)
	case *DateDiff:
		p.put("(")
		p.above(x.L, powerAdd)
		p.put(" - ")
		p.above(x.R, powerAdd+1)
		p.put(") ")
		p.qualifier(x.Qualifier)
	case *Star:
		if x.Qualifier != nil {
			p.name(x.Qualifier)
			p.put(".")
		}
		p.put("*")
	case *Param:
		p.put("?")
	case *Unit:
		p.unit(*x)
	case *DefaultExpr:
		p.put("DEFAULT")
	case *Unary:
		p.unary(x)
	case *Binary:
		w := power(x)
		p.above(x.L, w)
		p.put(" ", string(x.Op), " ")
		p.quantifier(x.Quantifier)
		p.above(x.R, w+1)
	case *Is:
		p.above(x.X, powerIs)
		p.put(" IS ")
		p.not(x.Not)
		if x.Test == IsJSON && p.style == expanded {
			p.put("JSON VALUE")
		} else {
			p.put(string(x.Test))
		}
	case *Between:
		p.above(x.X, powerIn)
		p.put(" ")
		p.not(x.Not)
		p.put("BETWEEN ")
		if x.Symmetric {
			p.put("SYMMETRIC ")
		} else if p.style == expanded {
			p.put("ASYMMETRIC ")
		}
		p.above(x.Low, powerIn+1)
		p.put(" AND ")
		p.above(x.High, powerIn+1)
	case *In:
		p.above(x.X, powerIn)
		p.put(" ")
		p.not(x.Not)
		p.put("IN ")
		p.listOrQuery(x.List, x.Query)
	case *Like:
		p.above(x.X, powerIn)
		p.put(" ")
		p.not(x.Not)
		p.put(string(x.Kind), " ")
		p.above(x.Pattern, powerIn+1)
		if x.Escape != nil {
			p.put(" ESCAPE ")
			p.above(x.Escape, powerIn+1)
		}
	case *Quantified:
		p.above(x.L, powerCompare)
		p.put(" ", string(x.Op), " ", x.Quant, " ")
		p.listOrQuery(x.List, x.Query)
	case *Exists:
		p.put("EXISTS ")
		p.listOrQuery(nil, x.Query)
	case *Unique:
		p.put("UNIQUE ")
		p.listOrQuery(nil, x.Query)
	case *Subquery:
		p.listOrQuery(nil, x.Query)
	case *Case:
		p.case_(x)
	case *RowExpr:
		if x.Explicit || p.style == expanded && len(x.Items) > 0 {
			p.put("ROW")
		}
		p.listOrQuery(x.Items, nil)
	case *Collection:
		p.put(string(x.Kind))
		if x.Query != nil {
			p.listOrQuery(nil, x.Query)
			return
		}
		p.put("[")
		p.exprs(x.Items)
		p.put("]")
	case *Index:
		p.above(x.X, powerPrimary)
		p.put("[")
		p.expr(x.I)
		p.put("]")
	case *Field:
		p.field(x)
	case *MatchMode:
		if x.Final {
			p.put("FINAL ")
		} else {
			p.put("RUNNING ")
		}
		p.expr(x.X)
	case *GroupingSet:
		p.put(string(x.Kind))
		if p.style == plain {
			p.put(" ")
		}
		p.listOrQuery(x.Items, nil)
	default:
		p.call(x)
	}
}

// nested prints a query between parentheses.
func (p *printer) nested(b QueryBody) {
	part := func() {
		if q, ok := b.(*Query); ok {
			p.query(q)
		} else {
			p.body(b)
		}
	}
	switch {
	case !p.lay:
		part()
	case p.fits(b):
		p.flat(part)
	default:
		p.indented(part)
	}
}

func (p *printer) listOrQuery(l []Expr, q *Query) {
	p.put("(")
	if q != nil {
		p.nested(q)
	} else {
		p.exprs(l)
	}
	p.put(")")
}

func (p *printer) literal(x Expr) {
	switch x := x.(type) {
	case *NumberLit:
		if p.style == expanded {
			p.put(strings.ToUpper(x.Text))
		} else {
			p.put(x.Text)
		}
	case *StringLit:
		if p.style == expanded && !isASCII(x.Value) {
			p.put(unicodeString(x.Value))
		} else {
			p.put(QuoteString(x.Value))
		}
	case *BinaryLit:
		p.put("X'", strings.ToUpper(hex.EncodeToString(x.Value)), "'")
	case *BoolLit:
		switch {
		case x.Unknown:
			p.put("UNKNOWN")
		case x.Value:
			p.put("TRUE")
		default:
			p.put("FALSE")
		}
	case *NullLit:
		p.put("NULL")
	case *DateTimeLit:
		p.put(x.Kind, " ", QuoteString(x.Text))
	case *IntervalLit:
		p.put("INTERVAL ")
		if x.Negative {
			p.put("-")
		}
		p.put(QuoteString(x.Text), " ")
		p.qualifier(x.Qualifier)
	}
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// unicodeString writes U&'…' the way Calcite does: in UTF-16 units.
func unicodeString(s string) string {
	var b strings.Builder
	b.WriteString("u&'")
	for _, r := range s {
		switch {
		case r == '\'':
			b.WriteString("''")
		case r == '\\':
			b.WriteString(`\\`)
		case r < utf8.RuneSelf:
			b.WriteRune(r)
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\%04x\%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\%04x`, r)
		}
	}
	return b.String() + "'"
}

func (p *printer) unary(x *Unary) {
	if x.Op == OpNot {
		p.put("NOT ")
		p.above(x.X, powerNot)
		return
	}
	p.put(string(x.Op))
	_, number := x.X.(*NumberLit)
	_, sign := x.X.(*Unary)
	// A blank keeps two minus signs from being a comment.
	if sign || p.style == expanded && !number {
		p.put(" ")
	}
	p.above(x.X, powerSign)
}

func (p *printer) field(x *Field) {
	switch x.X.(type) {
	case *Name, *NumberLit, *Star: // a.b and 1.b would be read as something else
		p.put("(")
		p.expr(x.X)
		p.put(")")
	default:
		p.above(x.X, powerPrimary)
	}
	p.put(".")
	if x.Star {
		p.put("*")
	} else {
		p.ident(x.Name)
	}
}

func (p *printer) case_(x *Case) {
	p.put("CASE")
	if x.Operand != nil && p.style == plain {
		p.put(" ")
		p.expr(x.Operand)
	}
	for _, w := range x.Whens {
		p.put(" WHEN ")
		switch {
		case x.Operand == nil || p.style == plain:
			p.exprs(w.Conds)
		case len(w.Conds) == 1:
			p.expr(&Binary{Op: OpEq, L: x.Operand, R: w.Conds[0]})
		default:
			p.expr(&In{X: x.Operand, List: w.Conds})
		}
		p.put(" THEN ")
		p.expr(w.Then)
	}
	switch {
	case x.Else != nil:
		p.put(" ELSE ")
		p.expr(x.Else)
	case p.style == expanded:
		p.put(" ELSE NULL")
	}
	p.put(" END")
}

func (p *printer) unit(u Unit) {
	if isPlain(string(u.Unit)) {
		p.put(string(u.Unit))
	} else {
		p.put(QuoteIdent(string(u.Unit)))
	}
}
