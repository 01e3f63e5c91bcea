package ast

// QueryBody is what a query consists of before ORDER BY: Select, SetOp, Values,
// TableQuery, or a Query in parentheses with an order or a WITH of its own.
type QueryBody interface {
	Node
	body()
}

// Query is a whole query. A body in parentheses without WITH, ORDER BY, LIMIT
// and OFFSET of its own is not wrapped in a second Query.
type Query struct {
	At
	With    *With
	Body    QueryBody
	OrderBy []*OrderItem
	Offset  Expr // nil: none
	Limit   Expr // LIMIT n or FETCH FIRST n ROWS ONLY; nil: all
}

// With is the list of common table expressions.
type With struct {
	At
	Recursive bool
	Tables    []*CTE
}

// CTE is name [(columns)] AS (query).
type CTE struct {
	At
	Name    Ident
	Columns []Ident
	Query   *Query
}

// SetOpKind is UNION, INTERSECT or EXCEPT.
type SetOpKind string

const (
	Union     SetOpKind = "UNION"
	Intersect SetOpKind = "INTERSECT"
	Except    SetOpKind = "EXCEPT"
)

// SetOp joins two bodies; without ALL, duplicates go.
type SetOp struct {
	At
	Kind        SetOpKind
	All         bool
	Left, Right QueryBody
}

// Values is VALUES (…), (…). A row is a RowExpr, or any expression for a single column.
type Values struct {
	At
	Rows []Expr
}

// TableQuery is TABLE t.
type TableQuery struct {
	At
	Path *Name
}

// Select is one SELECT block.
type Select struct {
	At
	Hints      []*Hint
	Quantifier Quantifier
	Items      []*SelectItem
	From       TableExpr // nil: no FROM
	Where      Expr
	GroupBy    *GroupBy
	Having     Expr
	Windows    []*NamedWindow
	Qualify    Expr
}

// SelectItem is an item of the SELECT list; X may be a Star.
type SelectItem struct {
	At
	X     Expr
	Alias *Ident
}

// GroupBy is the list of GROUP BY; items are expressions, RowExprs (also the
// empty one) and GroupingSets.
type GroupBy struct {
	At
	Quantifier Quantifier
	Items      []Expr
}

// NamedWindow is WINDOW name AS (…).
type NamedWindow struct {
	At
	Name Ident
	Spec *WindowSpec
}

// Hint is one hint of a /*+ … */ comment. Either Options or Args is set, or neither.
type Hint struct {
	At
	Name    Ident
	Options []*Option
	Args    []Expr // Names and literals
}

func (*Query) body()      {}
func (*SetOp) body()      {}
func (*Values) body()     {}
func (*TableQuery) body() {}
func (*Select) body()     {}

// TableExpr is an item of FROM.
type TableExpr interface {
	Node
	table()
}

// TableAlias is [AS] name [(columns)].
type TableAlias struct {
	At
	Name    Ident
	Columns []Ident
}

// TableName is a table or view by its path.
type TableName struct {
	At
	Path   *Name
	Hints  []*Hint // OPTIONS(…)
	AsOf   Expr    // FOR SYSTEM_TIME AS OF
	Sample *Sample
	Alias  *TableAlias
}

// Sample is TABLESAMPLE method (percent) [REPEATABLE (seed)].
type Sample struct {
	At
	Method     string // BERNOULLI or SYSTEM
	Percent    Expr
	Repeatable Expr
}

// Derived is a query in FROM, [LATERAL] (query).
type Derived struct {
	At
	Lateral bool
	Query   *Query
	AsOf    Expr
	Alias   *TableAlias
}

// TableFunc is a table function in FROM: TABLE(f(…)), LATERAL TABLE(f(…)),
// LATERAL f(…) or f(…).
type TableFunc struct {
	At
	Lateral bool
	Wrapped bool // in TABLE(…)
	Call    *Call
	Alias   *TableAlias
}

// Unnest is UNNEST(x, …) [WITH ORDINALITY].
type Unnest struct {
	At
	Lateral    bool
	Args       []Expr
	Ordinality bool
	Alias      *TableAlias
}

// JoinKind is the kind of a join.
type JoinKind string

const (
	JoinInner JoinKind = "JOIN"
	JoinLeft  JoinKind = "LEFT JOIN"
	JoinRight JoinKind = "RIGHT JOIN"
	JoinFull  JoinKind = "FULL JOIN"
	JoinCross JoinKind = "CROSS JOIN"
	JoinComma JoinKind = ","
)

// Join is two tables joined. At most one of Natural, On and Using is set.
type Join struct {
	At
	Kind        JoinKind
	KindAt      At // place of the words between the tables
	Natural     bool
	Left, Right TableExpr
	On          Expr
	Using       []Ident
}

// MatchRecognize is table MATCH_RECOGNIZE (…).
type MatchRecognize struct {
	At
	Input        TableExpr
	PartitionBy  []Expr
	OrderBy      []*OrderItem
	Measures     []*SelectItem // the alias is always set
	RowsPerMatch string        // "", ONE ROW, ALL ROWS
	AfterMatch   *SkipTo       // nil: not written
	Pattern      Pattern
	StrictStart  bool // ^ before the pattern
	StrictEnd    bool // $ after it
	Within       Expr
	Subsets      []*Subset
	Defines      []*PatternDefine
	Alias        *TableAlias
}

// SkipTo is AFTER MATCH SKIP …
type SkipTo struct {
	At
	Kind string // PAST LAST ROW, TO NEXT ROW, TO FIRST, TO LAST, TO
	Var  *Ident // for TO FIRST, TO LAST and TO
}

// Subset is name = (a, b) in SUBSET.
type Subset struct {
	At
	Name Ident
	Vars []Ident
}

// PatternDefine is name AS condition in DEFINE.
type PatternDefine struct {
	At
	Name Ident
	Cond Expr
}

// Pattern is a row pattern.
type Pattern interface {
	Node
	pattern()
}

// PatternVar is a variable of a pattern.
type PatternVar struct {
	At
	Name Ident
}

// PatternSeq is patterns after one another: a b.
type PatternSeq struct {
	At
	Items []Pattern
}

// PatternAlt is alternatives: a | b.
type PatternAlt struct {
	At
	Items []Pattern
}

// PatternPermute is PERMUTE(a, b).
type PatternPermute struct {
	At
	Items []Pattern
}

// PatternExclude is {- p -}.
type PatternExclude struct {
	At
	X Pattern
}

// PatternRepeat is a quantified pattern: * is (0,-1), + is (1,-1), ? is (0,1), {n,m} is (n,m).
type PatternRepeat struct {
	At
	X         Pattern
	Min, Max  int // Max -1: no limit
	Reluctant bool
}

func (*TableName) table()      {}
func (*Derived) table()        {}
func (*TableFunc) table()      {}
func (*Unnest) table()         {}
func (*Join) table()           {}
func (*MatchRecognize) table() {}

func (*PatternVar) pattern()     {}
func (*PatternSeq) pattern()     {}
func (*PatternAlt) pattern()     {}
func (*PatternPermute) pattern() {}
func (*PatternExclude) pattern() {}
func (*PatternRepeat) pattern()  {}
