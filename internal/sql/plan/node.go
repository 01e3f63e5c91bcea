package plan

import (
	"github.com/flott/flott/catalog"
	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/option"
)

// Field is a named, typed output column of a node.
type Field = spec.Column

// Node is a logical operator.
type Node interface {
	// Fields returns the output columns; the caller must not change them.
	Fields() []Field
	// Inputs returns the inputs from left to right; none for a leaf.
	Inputs() []Node
	// Pos returns the place in the script that asked for the node.
	Pos() diag.Span
	// Name returns the operator's name as the printer shows it.
	Name() string
	// WithInputs returns a copy with other inputs (as many, same fields).
	WithInputs(in ...Node) Node
}

// Base is what all nodes have.
type Base struct {
	Out  []Field
	Span diag.Span
}

// Fields returns the output columns.
func (b *Base) Fields() []Field { return b.Out }

// Pos returns the place in the script.
func (b *Base) Pos() diag.Span { return b.Span }

// Scan reads a table. Columns are all its physical columns, then its metadata
// columns with their declared key and the type that the connector gives (a
// Project above casts to the declared type); the optimizer drops those not used.
type Scan struct {
	Base
	Table *catalog.Table
	// Options are the table's WITH options with OPTIONS hints merged in.
	Options option.Set
	Columns []spec.SourceColumn
	Alias   string // the name that query hints refer to
}

// Values is a list of constant rows. A SELECT without FROM reads one row
// without columns.
type Values struct {
	Base
	Rows [][]spec.Expr
}

// Project computes Exprs from its input, one for each output field.
type Project struct {
	Base
	Input Node
	Exprs []spec.Expr
}

// Filter keeps rows for which Condition is TRUE.
type Filter struct {
	Base
	Input     Node
	Condition spec.Expr
}

// Watermark is a table's WATERMARK clause: from here on Column is a rowtime
// attribute. It stands above the table's Scan (or the Project of its computed
// columns) so that a planner may move it into the source.
type Watermark struct {
	Base
	Input             Node
	Column            int
	Expr              spec.Expr // over the input's fields
	Emit              string    // "on-periodic" (also "") or "on-event"
	IdleTimeoutMillis int64     // 0 = none
	Table             *catalog.Table
}

// Aggregate groups by Keys. Output: the key columns, then one column for each
// call, then, with Sets, the BIGINT column of set numbers.
//
// Keys that include both window_start and window_end of a WindowTVF below
// (WindowOf tells) make it a window aggregate.
type Aggregate struct {
	Base
	Input Node
	Keys  []int // columns of the input
	Calls []spec.AggCall
	// Sets are the grouping sets as indexes into Keys; nil means the one set
	// of all keys. A key that is not in a set is NULL in its rows.
	Sets [][]int
	// SetIDs number the sets: bit i (the highest is the first key) is 1 where
	// key i is not in the set, as GROUPING_ID(all keys); equal sets differ in higher bits.
	SetIDs []int64
	// CallSpans are the places of the calls.
	CallSpans []diag.Span
	// Legacy: from GROUP BY TUMBLE(ts, …) and its like.
	Legacy bool
}

// WindowTVF attaches windows to rows. Output: the input's fields, then
// window_start, window_end (TIMESTAMP(3) NOT NULL) and window_time.
type WindowTVF struct {
	Base
	Input       Node
	Window      spec.Window
	PartitionBy []int // of SESSION
	// Legacy: from GROUP BY TUMBLE(ts, …); the window columns have names
	// starting with '$'.
	Legacy bool
}

// Join combines rows of Left and Right for which On is TRUE. Output: left
// fields, right fields; of semi and anti joins the left fields only. Equal keys
// are still inside On: SplitConjuncts helps to find them.
type Join struct {
	Base
	Type        spec.JoinType
	Left, Right Node
	On          *spec.Expr // nil: no condition (cross join)
	// Hints are query hints (BROADCAST, STATE_TTL, …) in force here, by upper-case name.
	Hints []Hint
}

// Hint is a query hint as written: arguments or key-value options.
type Hint struct {
	Name    string
	Args    []string
	Options option.Set
}

// TemporalJoin is a join with FOR SYSTEM_TIME AS OF: each left row meets the
// version of the right row at time AsOf. Type is InnerJoin or LeftJoin.
type TemporalJoin struct {
	Base
	Type        spec.JoinType
	Left, Right Node
	On          *spec.Expr
	AsOf        spec.Expr // over left's fields
}

// SetOpKind is the kind of a SetOp.
type SetOpKind string

const (
	UnionAll     SetOpKind = "union all"
	Intersect    SetOpKind = "intersect"
	IntersectAll SetOpKind = "intersect all"
	Except       SetOpKind = "except"
	ExceptAll    SetOpKind = "except all"
)

// SetOp combines inputs whose columns have the same types.
type SetOp struct {
	Base
	Kind SetOpKind
	Ins  []Node // two; UnionAll two or more
}

// Sort orders rows by Keys and keeps [Offset, Offset+Limit). Without keys it
// is a plain limit.
type Sort struct {
	Base
	Input  Node
	Keys   []spec.SortKey
	Offset int64
	Limit  int64 // -1 = all
}

// Correlate joins each input row with the rows of a table function of it:
// UNNEST and user functions. Output: the input's fields, then the function's.
type Correlate struct {
	Base
	Input Node
	Func  string // UNNEST, or a table function's name
	Args  []spec.Expr
	// Left keeps rows without partner.
	Left bool
	// Ordinality: the last field is the 1-based position.
	Ordinality bool
	// Condition filters pairs (over the output), nil = none.
	Condition *spec.Expr
}

// ReplicateRows is the function of a Correlate that repeats its input's rows as
// often as its argument, a BIGINT column, says; it adds no column.
const ReplicateRows = "$REPLICATE_ROWS"

// Frame is the frame of window functions.
type Frame struct {
	Rows       bool // ROWS, otherwise RANGE
	Start, End Bound
}

// Bound is one end of a Frame.
type Bound struct {
	Unbounded bool
	// Offset is the distance from the current row: negative is PRECEDING, 0
	// the current row. Rows for ROWS; for RANGE milliseconds of a time
	// attribute, or Literal for another type.
	Offset  int64
	Literal *spec.Expr // the distance of a RANGE over a column that is no time
}

// Over computes window functions of one window. Output: the input's fields,
// then one for each call.
type Over struct {
	Base
	Input       Node
	PartitionBy []int
	OrderBy     []spec.SortKey
	Frame       Frame
	Calls       []spec.AggCall // aggregates, ROW_NUMBER, RANK, LAG, …
	CallSpans   []diag.Span
}

// Match is MATCH_RECOGNIZE with one row per match. Output: the partition
// columns, then the measures. Inside Measures and Defines
//
//	PATTERN_REF(column, VAR)   is the column in rows of variable VAR, of any if VAR is *
//	FIRST(x, n), LAST(x, n)    is x in the n-th such row from the start or end (0 is the first)
//	SUM(x), …, COUNT(VAR)      are aggregates over such rows
//
// and a reference outside of FIRST, LAST and aggregates means LAST(x, 0).
type Match struct {
	Base
	Input        Node
	PartitionBy  []int
	OrderBy      []spec.SortKey
	Measures     []spec.Expr
	Defines      []Define
	Pattern      *Pattern
	Skip         string // PAST LAST ROW, TO NEXT ROW, TO FIRST, TO LAST
	SkipVar      string
	WithinMillis int64 // 0 = none
}

// Define is the condition of one pattern variable.
type Define struct {
	Var       string
	Condition spec.Expr
}

// Pattern is a row pattern: a sequence of variables with quantifiers.
type Pattern struct {
	Items []PatternItem
}

// PatternItem is one variable of a Pattern (or, with Group, a sequence in parentheses).
type PatternItem struct {
	Var       string
	Group     *Pattern
	Min, Max  int // Max -1: no limit
	Reluctant bool
}

// Sink writes Input into a table. The input has exactly the table's persisted
// columns with their types: physical columns in order, then writable metadata columns.
type Sink struct {
	Base
	Input     Node
	Table     *catalog.Table
	Options   option.Set
	Columns   []spec.SourceColumn
	Static    map[string]string // PARTITION (k = v); the columns are in the input as well
	Overwrite bool              // INSERT OVERWRITE
	// Given lists the columns that the statement names (all others are NULL); nil = all.
	Given      []int
	OnConflict string // "", ERROR, NOTHING, DEDUPLICATE
}

func (*Scan) Name() string         { return "Scan" }
func (*Values) Name() string       { return "Values" }
func (*Project) Name() string      { return "Project" }
func (*Filter) Name() string       { return "Filter" }
func (*Watermark) Name() string    { return "Watermark" }
func (*Aggregate) Name() string    { return "Aggregate" }
func (*WindowTVF) Name() string    { return "WindowTVF" }
func (*Join) Name() string         { return "Join" }
func (*TemporalJoin) Name() string { return "TemporalJoin" }
func (*SetOp) Name() string        { return "SetOp" }
func (*Sort) Name() string         { return "Sort" }
func (*Correlate) Name() string    { return "Correlate" }
func (*Over) Name() string         { return "Over" }
func (*Match) Name() string        { return "Match" }
func (*Sink) Name() string         { return "Sink" }

// Inputs returns the inputs.
func (*Scan) Inputs() []Node           { return nil }
func (*Values) Inputs() []Node         { return nil }
func (n *Project) Inputs() []Node      { return []Node{n.Input} }
func (n *Filter) Inputs() []Node       { return []Node{n.Input} }
func (n *Watermark) Inputs() []Node    { return []Node{n.Input} }
func (n *Aggregate) Inputs() []Node    { return []Node{n.Input} }
func (n *WindowTVF) Inputs() []Node    { return []Node{n.Input} }
func (n *Join) Inputs() []Node         { return []Node{n.Left, n.Right} }
func (n *TemporalJoin) Inputs() []Node { return []Node{n.Left, n.Right} }
func (n *SetOp) Inputs() []Node        { return n.Ins }
func (n *Sort) Inputs() []Node         { return []Node{n.Input} }
func (n *Correlate) Inputs() []Node    { return []Node{n.Input} }
func (n *Over) Inputs() []Node         { return []Node{n.Input} }
func (n *Match) Inputs() []Node        { return []Node{n.Input} }
func (n *Sink) Inputs() []Node         { return []Node{n.Input} }

// WithInputs returns a copy with other inputs.
func (n *Scan) WithInputs(...Node) Node         { return n }
func (n *Values) WithInputs(...Node) Node       { return n }
func (n *Project) WithInputs(in ...Node) Node   { c := *n; c.Input = in[0]; return &c }
func (n *Filter) WithInputs(in ...Node) Node    { c := *n; c.Input = in[0]; return &c }
func (n *Watermark) WithInputs(in ...Node) Node { c := *n; c.Input = in[0]; return &c }
func (n *Aggregate) WithInputs(in ...Node) Node { c := *n; c.Input = in[0]; return &c }
func (n *WindowTVF) WithInputs(in ...Node) Node { c := *n; c.Input = in[0]; return &c }
func (n *Join) WithInputs(in ...Node) Node      { c := *n; c.Left, c.Right = in[0], in[1]; return &c }
func (n *TemporalJoin) WithInputs(in ...Node) Node {
	c := *n
	c.Left, c.Right = in[0], in[1]
	return &c
}
func (n *SetOp) WithInputs(in ...Node) Node     { c := *n; c.Ins = in; return &c }
func (n *Sort) WithInputs(in ...Node) Node      { c := *n; c.Input = in[0]; return &c }
func (n *Correlate) WithInputs(in ...Node) Node { c := *n; c.Input = in[0]; return &c }
func (n *Over) WithInputs(in ...Node) Node      { c := *n; c.Input = in[0]; return &c }
func (n *Match) WithInputs(in ...Node) Node     { c := *n; c.Input = in[0]; return &c }
func (n *Sink) WithInputs(in ...Node) Node      { c := *n; c.Input = in[0]; return &c }
