package ast

import (
	"strconv"
	"strings"
)

// style is one of the two ways to print.
type style uint8

const (
	plain    style = iota // one line, names quoted as they were written
	expanded              // Calcite's layout, every name in backticks
)

// Print returns the canonical text of a statement, query, expression or any
// other node: one line, keywords in upper case, parentheses only where needed,
// names quoted as in the script. Parsing it gives the same tree.
func Print(n Node) string { return print(n, plain) }

// PrintExpanded returns the text in the form that Flink shows in DESCRIBE, SHOW
// CREATE TABLE and SHOW CREATE VIEW: names in backticks, built-in functions in
// upper case, defaults spelled out (BETWEEN ASYMMETRIC, ELSE NULL), clauses of
// queries on lines of their own. Parsing it gives a tree that prints the same.
func PrintExpanded(n Node) string { return print(n, expanded) }

// lineMax is how long a line of PrintLines may be before it is laid out.
const lineMax = 80

// PrintLines returns the text of Print over several lines: what does not fit into
// one has a line for each clause, column, option and long SELECT item.
func PrintLines(n Node) string {
	if flat := Print(n); len(flat) <= lineMax {
		return flat
	}
	p := printer{lay: true}
	p.node(n)
	return p.b.String()
}

// fits reports whether n fits into the rest of a line; such a part stays in one.
func (p *printer) fits(n Node) bool {
	return len(print(n, p.style))+2*p.depth <= lineMax/2
}

// indented prints a part on lines of its own, between what stands around it.
func (p *printer) indented(part func()) {
	p.depth++
	p.line()
	part()
	p.depth--
	p.line()
}

// flat prints a part in one line.
func (p *printer) flat(part func()) {
	lay := p.lay
	p.lay = false
	part()
	p.lay = lay
}

func print(n Node, s style) string {
	p := printer{style: s}
	p.node(n)
	return p.b.String()
}

type printer struct {
	b     strings.Builder
	style style
	lay   bool // PrintLines: what does not fit into a line is laid out
	depth int  // of indentation
}

func (p *printer) put(parts ...string) {
	for _, s := range parts {
		p.b.WriteString(s)
	}
}

// line starts a clause: on a line of its own in the expanded style.
func (p *printer) line() {
	switch {
	case p.lay:
		p.put("\n", strings.Repeat("  ", p.depth))
	case p.style == expanded:
		p.put("\n")
	default:
		p.put(" ")
	}
}

func (p *printer) node(n Node) {
	switch n := n.(type) {
	case Statement:
		p.statement(n)
	case Expr:
		p.expr(n)
	case *Query:
		p.query(n)
	case QueryBody:
		p.body(n)
	case TableExpr:
		p.table(n)
	case Pattern:
		p.pattern(n, false)
	case *DataType:
		p.put(p.typeText(n.Type))
	case Ident:
		p.ident(n)
	case *Ident:
		p.ident(*n)
	case *SelectItem:
		p.selectItem(n)
	case *OrderItem:
		p.orderItem(n)
	case *Watermark:
		p.watermark(n)
	case *Column:
		p.column(n)
	case *Constraint:
		p.constraint(n)
	case *Option:
		p.option(n)
	case *IntervalQualifier:
		p.qualifier(n)
	case *WindowSpec:
		p.windowSpec(n)
	default:
		p.put("?")
	}
}

// ident prints a name in backticks where it needs them.
func (p *printer) ident(id Ident) {
	if p.style == expanded || id.Quoted || !isPlain(id.Name) || IsReserved(strings.ToUpper(id.Name)) {
		p.put(QuoteIdent(id.Name))
		return
	}
	p.put(id.Name)
}

// isPlain reports whether a name can stand without backticks, reserved words aside.
func isPlain(name string) bool {
	for i, r := range name {
		if !IsNameRune(r, i == 0) {
			return false
		}
	}
	return name != ""
}

func (p *printer) name(n *Name) {
	for i, id := range n.Parts {
		if i > 0 {
			p.put(".")
		}
		p.ident(id)
	}
}

func (p *printer) idents(l []Ident) {
	p.put("(")
	for i, id := range l {
		if i > 0 {
			p.put(", ")
		}
		p.ident(id)
	}
	p.put(")")
}

// each prints a list with commas.
func each[T any](p *printer, l []T, item func(T)) {
	for i, x := range l {
		if i > 0 {
			p.put(", ")
		}
		item(x)
	}
}

func (p *printer) str(s *StringLit) { p.put(QuoteString(s.Value)) }

func (p *printer) option(o *Option) {
	p.str(o.Key)
	p.put(" = ")
	p.str(o.Value)
}

func (p *printer) qualifier(q *IntervalQualifier) {
	p.put(string(q.Start))
	switch {
	case q.StartPrecision >= 0 && q.Start == "SECOND" && q.FracPrecision >= 0:
		p.put("(", strconv.Itoa(q.StartPrecision), ", ", strconv.Itoa(q.FracPrecision), ")")
	case q.StartPrecision >= 0:
		p.put("(", strconv.Itoa(q.StartPrecision), ")")
	}
	if q.End != "" {
		p.put(" TO ", string(q.End))
		if q.FracPrecision >= 0 {
			p.put("(", strconv.Itoa(q.FracPrecision), ")")
		}
	}
}

func (p *printer) quantifier(q Quantifier) {
	switch q {
	case All:
		p.put("ALL ")
	case Distinct:
		p.put("DISTINCT ")
	}
}
