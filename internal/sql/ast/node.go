package ast

import (
	"strings"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/types"
)

// Node is any part of the tree.
type Node interface {
	// Pos returns the node's place in the script.
	Pos() diag.Span
}

// At is the place of a node; every node embeds it.
type At struct{ Span diag.Span }

// Pos returns the node's place in the script.
func (a At) Pos() diag.Span { return a.Span }

// Ident is one identifier. Name is its text without backticks, in the user's
// spelling: identifiers are case-sensitive.
type Ident struct {
	At
	Name   string
	Quoted bool // written in backticks
}

// Name is a compound identifier such as `t.a` or `catalog.database.t`; as an
// Expr it names a column or a field of one. It has at least one part.
type Name struct {
	At
	Parts []Ident
}

// Last returns the last part.
func (n *Name) Last() Ident { return n.Parts[len(n.Parts)-1] }

// Strings returns the parts as strings.
func (n *Name) Strings() []string {
	s := make([]string, len(n.Parts))
	for i, p := range n.Parts {
		s[i] = p.Name
	}
	return s
}

// String returns the parts joined by dots, without quotes: for messages.
func (n *Name) String() string { return strings.Join(n.Strings(), ".") }

// DataType is a type as written: in a column definition or a CAST. Parameters
// left out have Flink's defaults (VARCHAR and VARBINARY without a length are
// STRING and BYTES, as Flink's planner has it). Of RAW('class', 'snapshot') the
// snapshot isn't kept.
type DataType struct {
	At
	Type types.Type
}

// TimeUnit is a unit of time in upper case, e.g. YEAR, MONTH, DAY, HOUR,
// SECOND, WEEK, QUARTER, DOW, EPOCH, MILLISECOND.
type TimeUnit string

// IntervalQualifier is the unit part of an interval: DAY, DAY(3) TO SECOND(6).
type IntervalQualifier struct {
	At
	Start TimeUnit // YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE or SECOND
	End   TimeUnit // after TO; "" if there is none
	// StartPrecision and FracPrecision are -1 where not written.
	StartPrecision int
	FracPrecision  int
}

// Option is a pair 'key' = 'value' of a WITH clause, a SET clause or a hint.
type Option struct {
	At
	Key, Value *StringLit
}
