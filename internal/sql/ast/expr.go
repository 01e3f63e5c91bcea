package ast

// Expr is an expression. Some Exprs stand only in certain places (Star, NamedArg,
// TableArg, ModelArg, Descriptor, DefaultExpr, Unit, GroupingSet); the parser
// lets them through only there.
type Expr interface {
	Node
	expr()
}

// NumberLit is a number without a sign. Text is as written: "1", "01", "1.", ".5", "1.5e2".
type NumberLit struct {
	At
	Text   string
	Approx bool // has an exponent: DOUBLE; otherwise an integer or DECIMAL
}

// StringLit is a character string. Value is decoded: doubled quotes, U&'…'
// (UESCAPE), E'…' escapes, and pieces on several lines joined.
type StringLit struct {
	At
	Value string
}

// BinaryLit is X'4142'.
type BinaryLit struct {
	At
	Value []byte
}

// BoolLit is TRUE, FALSE or (the null BOOLEAN) UNKNOWN.
type BoolLit struct {
	At
	Value   bool
	Unknown bool
}

// NullLit is NULL.
type NullLit struct{ At }

// DateTimeLit is DATE '…', TIME '…' or TIMESTAMP '…'; Text is not checked yet.
type DateTimeLit struct {
	At
	Kind string // DATE, TIME, TIMESTAMP or TIMESTAMP WITH LOCAL TIME ZONE
	Text string
}

// IntervalLit is INTERVAL [-]'…' qualifier; Text is not checked yet.
type IntervalLit struct {
	At
	Negative  bool // a minus between INTERVAL and the string
	Text      string
	Qualifier *IntervalQualifier
}

// IntervalExpr is INTERVAL (expr) qualifier, or with a number or name without parentheses.
type IntervalExpr struct {
	At
	X         Expr
	Qualifier *IntervalQualifier
}

// DateDiff is (l - r) qualifier: the time between two dates as an interval.
type DateDiff struct {
	At
	L, R      Expr
	Qualifier *IntervalQualifier
}

// Star is `*` or `t.*`.
type Star struct {
	At
	Qualifier *Name // nil: all tables
}

// Param is a dynamic parameter `?`.
type Param struct{ At }

// Unit is a time unit as an argument: TIMESTAMPADD(DAY, 1, ts).
type Unit struct {
	At
	Unit TimeUnit
}

// DefaultExpr is DEFAULT as an argument or a value of INSERT.
type DefaultExpr struct{ At }

// Quantifier is what stands before the items of SELECT, an aggregate or GROUP BY.
type Quantifier uint8

const (
	NoQuantifier Quantifier = iota
	All
	Distinct
)

// NullTreatment is RESPECT NULLS or IGNORE NULLS.
type NullTreatment uint8

const (
	NoTreatment NullTreatment = iota
	RespectNulls
	IgnoreNulls
)

// Call is a function call. Functions with a syntax of their own that say no
// more than a list of arguments are Calls too: SUBSTRING(x FROM a FOR b) is
// (x, a, b), POSITION(a IN b) is (a, b), OVERLAY(x PLACING y FROM a FOR b) is
// (x, y, a, b), TIMESTAMPADD(DAY, …) has a Unit first.
type Call struct {
	At
	Func        *Name // as written; built-in functions don't care about case
	Bare        bool  // without parentheses: CURRENT_DATE
	Quantifier  Quantifier
	Args        []Expr
	OrderBy     []*OrderItem // ARRAY_AGG(x ORDER BY y)
	Nulls       NullTreatment
	WithinGroup []*OrderItem
	Filter      Expr // FILTER (WHERE …)
	Over        *Over
}

// NamedArg is name => value.
type NamedArg struct {
	At
	Name  Ident
	Value Expr
}

// TableArg is a table as an argument: TABLE t, or a query in parentheses, with
// the partitioning of a table function.
type TableArg struct {
	At
	Table       *TableName // TABLE t; nil if Query is set
	Query       *Query
	PartitionBy []Expr
	OrderBy     []*OrderItem
}

// ModelArg is MODEL m as an argument.
type ModelArg struct {
	At
	Path *Name
}

// Descriptor is DESCRIPTOR(a, b).
type Descriptor struct {
	At
	Columns []*Name
}

// Over is OVER w or OVER (…).
type Over struct {
	At
	Name *Ident      // OVER w
	Spec *WindowSpec // OVER (…)
}

// WindowSpec is the inside of OVER (…) or WINDOW w AS (…).
type WindowSpec struct {
	At
	Base        *Ident // a window to start from
	PartitionBy []Expr
	OrderBy     []*OrderItem
	Frame       *Frame
}

// Frame is ROWS or RANGE BETWEEN start AND end. End is nil where only the start is written.
type Frame struct {
	At
	Rows  bool // ROWS; otherwise RANGE
	Start FrameBound
	End   *FrameBound
}

// BoundKind says what a frame's bound means.
type BoundKind uint8

const (
	UnboundedPreceding BoundKind = iota + 1
	Preceding
	CurrentRow
	Following
	UnboundedFollowing
)

// FrameBound is one end of a frame; Offset is set for Preceding and Following.
type FrameBound struct {
	At
	Kind   BoundKind
	Offset Expr
}

// OrderItem is an item of ORDER BY.
type OrderItem struct {
	At
	X     Expr
	Desc  bool
	Nulls NullOrder
}

// NullOrder is NULLS FIRST or NULLS LAST.
type NullOrder uint8

const (
	NullsUnset NullOrder = iota
	NullsFirst
	NullsLast
)

// Op is an operator in its SQL spelling.
type Op string

// Binary and unary operators.
const (
	OpOr              Op = "OR"
	OpAnd             Op = "AND"
	OpNot             Op = "NOT"
	OpEq              Op = "="
	OpNe              Op = "<>"
	OpLt              Op = "<"
	OpLe              Op = "<="
	OpGt              Op = ">"
	OpGe              Op = ">="
	OpAdd             Op = "+"
	OpSub             Op = "-"
	OpMul             Op = "*"
	OpDiv             Op = "/"
	OpMod             Op = "%"
	OpConcat          Op = "||"
	OpDistinctFrom    Op = "IS DISTINCT FROM"
	OpNotDistinctFrom Op = "IS NOT DISTINCT FROM"
	OpMemberOf        Op = "MEMBER OF"
	OpNotMemberOf     Op = "NOT MEMBER OF"
	OpSubmultisetOf   Op = "SUBMULTISET OF"
	OpNotSubmultiset  Op = "NOT SUBMULTISET OF"
	OpOverlaps        Op = "OVERLAPS"
	OpContains        Op = "CONTAINS"
	OpEquals          Op = "EQUALS"
	OpPrecedes        Op = "PRECEDES"
	OpSucceeds        Op = "SUCCEEDS"
	OpImmPrecedes     Op = "IMMEDIATELY PRECEDES"
	OpImmSucceeds     Op = "IMMEDIATELY SUCCEEDS"
	OpMultisetUnion   Op = "MULTISET UNION"
	OpMultisetExcept  Op = "MULTISET EXCEPT"
	OpMultisetInter   Op = "MULTISET INTERSECT"
)

// Unary is NOT x, -x or +x.
type Unary struct {
	At
	Op   Op
	OpAt At // the operator's own place
	X    Expr
}

// Binary is an infix operator. Quantifier is only set for the MULTISET operators.
type Binary struct {
	At
	Op         Op
	OpAt       At // the operator's own place
	Quantifier Quantifier
	L, R       Expr
}

// IsTest is what may stand after IS [NOT].
type IsTest string

const (
	IsNull       IsTest = "NULL"
	IsTrue       IsTest = "TRUE"
	IsFalse      IsTest = "FALSE"
	IsUnknown    IsTest = "UNKNOWN"
	IsASet       IsTest = "A SET"
	IsEmpty      IsTest = "EMPTY"
	IsNormalized IsTest = "NORMALIZED"
	IsJSON       IsTest = "JSON"
	IsJSONValue  IsTest = "JSON VALUE"
	IsJSONObject IsTest = "JSON OBJECT"
	IsJSONArray  IsTest = "JSON ARRAY"
	IsJSONScalar IsTest = "JSON SCALAR"
)

// Is is x IS [NOT] test.
type Is struct {
	At
	X    Expr
	Not  bool
	Test IsTest
}

// Between is x [NOT] BETWEEN [ASYMMETRIC|SYMMETRIC] low AND high.
type Between struct {
	At
	X, Low, High Expr
	Not          bool
	Symmetric    bool
}

// In is x [NOT] IN (list) or x [NOT] IN (query); one of List and Query is set.
type In struct {
	At
	X     Expr
	Not   bool
	List  []Expr
	Query *Query
}

// LikeKind is the operator of a Like.
type LikeKind string

const (
	LikeLike    LikeKind = "LIKE"
	LikeILike   LikeKind = "ILIKE"
	LikeRLike   LikeKind = "RLIKE"
	LikeSimilar LikeKind = "SIMILAR TO"
)

// Like is x [NOT] LIKE pattern [ESCAPE escape].
type Like struct {
	At
	X, Pattern Expr
	Not        bool
	Kind       LikeKind
	Escape     Expr
}

// Exists is EXISTS (query).
type Exists struct {
	At
	Query *Query
}

// Unique is UNIQUE (query).
type Unique struct {
	At
	Query *Query
}

// Subquery is a query in parentheses where a value is wanted.
type Subquery struct {
	At
	Query *Query
}

// Quantified is x op ANY|SOME|ALL (query or list).
type Quantified struct {
	At
	Op    Op
	L     Expr
	Quant string // ANY, SOME or ALL
	Query *Query
	List  []Expr
}

// Case is CASE [operand] WHEN … THEN … [ELSE …] END. With an operand each
// WHEN may list several values.
type Case struct {
	At
	Operand Expr
	Whens   []*When
	Else    Expr
}

// When is one branch of a Case.
type When struct {
	At
	Conds []Expr // one, but with an operand perhaps several
	Then  Expr
}

// Cast is CAST(x AS type) or TRY_CAST(x AS type).
type Cast struct {
	At
	Try  bool
	X    Expr
	Type *DataType
}

// Extract is EXTRACT(unit FROM x).
type Extract struct {
	At
	Unit Unit
	X    Expr
}

// FloorTo is FLOOR(x TO unit) or CEIL(x TO unit).
type FloorTo struct {
	At
	Ceil bool
	X    Expr
	Unit Unit
}

// Trim is TRIM([BOTH|LEADING|TRAILING] [chars] FROM x) or TRIM(x).
type Trim struct {
	At
	Side  string // BOTH, LEADING, TRAILING; "" if not written (means BOTH)
	Chars Expr   // nil: a space
	X     Expr
}

// RowExpr is ROW(a, b) or (a, b). Without items it is the `()` of GROUP BY.
type RowExpr struct {
	At
	Explicit bool // with the word ROW
	Items    []Expr
}

// CollectionKind tells the collection constructors apart.
type CollectionKind string

const (
	CollArray    CollectionKind = "ARRAY"
	CollMap      CollectionKind = "MAP"
	CollMultiset CollectionKind = "MULTISET"
)

// Collection is ARRAY[…], MAP[k, v, …], MULTISET[…], or with a query in parentheses.
type Collection struct {
	At
	Kind  CollectionKind
	Items []Expr // for MAP keys and values take turns
	Query *Query
}

// Index is x[i].
type Index struct {
	At
	X, I Expr
}

// Field is (x).name, or x.name after something other than a plain name. `a.b.c`
// is a Name: the binder finds out where columns end and fields begin.
type Field struct {
	At
	X    Expr
	Name Ident
	Star bool // (x).*; Name is empty
}

// MatchMode is FINAL x or RUNNING x in MATCH_RECOGNIZE.
type MatchMode struct {
	At
	Final bool
	X     Expr
}

// GroupingKind tells the grouping elements apart.
type GroupingKind string

const (
	GroupingSets GroupingKind = "GROUPING SETS"
	Rollup       GroupingKind = "ROLLUP"
	Cube         GroupingKind = "CUBE"
)

// GroupingSet is ROLLUP(…), CUBE(…) or GROUPING SETS(…) in GROUP BY. Items are
// expressions, RowExprs and, in GROUPING SETS, further GroupingSets.
type GroupingSet struct {
	At
	Kind  GroupingKind
	Items []Expr
}

func (*Name) expr()         {}
func (*NumberLit) expr()    {}
func (*StringLit) expr()    {}
func (*BinaryLit) expr()    {}
func (*BoolLit) expr()      {}
func (*NullLit) expr()      {}
func (*DateTimeLit) expr()  {}
func (*IntervalLit) expr()  {}
func (*IntervalExpr) expr() {}
func (*DateDiff) expr()     {}
func (*Star) expr()         {}
func (*Param) expr()        {}
func (*Unit) expr()         {}
func (*DefaultExpr) expr()  {}
func (*Call) expr()         {}
func (*NamedArg) expr()     {}
func (*TableArg) expr()     {}
func (*ModelArg) expr()     {}
func (*Descriptor) expr()   {}
func (*Unary) expr()        {}
func (*Binary) expr()       {}
func (*Is) expr()           {}
func (*Between) expr()      {}
func (*In) expr()           {}
func (*Like) expr()         {}
func (*Exists) expr()       {}
func (*Unique) expr()       {}
func (*Subquery) expr()     {}
func (*Quantified) expr()   {}
func (*Case) expr()         {}
func (*Cast) expr()         {}
func (*Extract) expr()      {}
func (*FloorTo) expr()      {}
func (*Trim) expr()         {}
func (*RowExpr) expr()      {}
func (*Collection) expr()   {}
func (*Index) expr()        {}
func (*Field) expr()        {}
func (*MatchMode) expr()    {}
func (*GroupingSet) expr()  {}
