// Package spec is the border between planning and running: plain, versioned
// data that says what each operator does. The planner produces it, the job
// graph ships it (always encoded, even within one process), exec/build makes
// operators from it. It imports nothing but types.
//
// A spec is JSON: {"version":1,…}. Fields are only ever added; a reader that
// meets an unknown operator or a newer version refuses it by name.
package spec

import (
	"encoding/json"
	"fmt"

	"github.com/flott/flott/types"
)

// Version is written into every encoded job.
const Version = 1

// Column is a named, typed column.
type Column struct {
	Name string     `json:"name"`
	Type types.Type `json:"type"`
}

// Literal is a constant in text form: what CAST(value AS STRING) prints, bytes
// as hex digits, TIMESTAMP_LTZ in UTC; nested values as JSON: arrays of
// elements, of [key, value] pairs, or of fields, each a string or null. Null stands for NULL of any type.
type Literal struct {
	Null bool   `json:"null,omitempty"`
	Text string `json:"text,omitempty"`
}

// Expr is a bound, typed expression. Exactly one of Column, Literal and Call
// is set. Every implicit conversion is a CAST call already.
type Expr struct {
	Type    types.Type `json:"type"`
	Column  *int       `json:"col,omitempty"` // input column
	Literal *Literal   `json:"lit,omitempty"`
	// Call is the registered name of a function: `+`, `=`, `AND`, `CASE`,
	// `CAST`, `UPPER`, `ROW`, `ITEM` (a[i]), `FIELD` (r.f, second argument an
	// INT literal with the field's index)… CASE has the arguments condition,
	// value, condition, value, …, else.
	Call string `json:"call,omitempty"`
	Args []Expr `json:"args,omitempty"`
}

// Col returns a reference to input column i.
func Col(i int, t types.Type) Expr { return Expr{Type: t, Column: &i} }

// Lit returns a constant.
func Lit(t types.Type, text string) Expr { return Expr{Type: t, Literal: &Literal{Text: text}} }

// Null returns NULL of type t.
func NullOf(t types.Type) Expr { return Expr{Type: t.Nullable(), Literal: &Literal{Null: true}} }

// Call returns a function call.
func Call(name string, t types.Type, args ...Expr) Expr {
	return Expr{Type: t, Call: name, Args: args}
}

// ChangelogMode is the set of row kinds that may occur, and how updates are told.
type ChangelogMode uint8

const (
	InsertOnly ChangelogMode = iota
	// Upsert: +I, +U, -D by key, without -U.
	Upsert
	// Retract: +I, -U, +U, -D.
	Retract
)

// String returns Flink's short form.
func (m ChangelogMode) String() string { return [...]string{"I", "I,UA,D", "I,UB,UA,D"}[m] }

// SortKey is one column of an ordering. Flink sorts NULLs first on ASC and last on DESC.
type SortKey struct {
	Column    int  `json:"column"`
	Desc      bool `json:"desc,omitempty"`
	NullsLast bool `json:"nullsLast,omitempty"`
}

// AggCall is one aggregate of a GROUP BY or window.
type AggCall struct {
	Func     string     `json:"func"` // COUNT, SUM, AVG, MIN, MAX, LISTAGG, …; COUNT without Args is COUNT(*)
	Args     []int      `json:"args,omitempty"`
	Distinct bool       `json:"distinct,omitempty"`
	Filter   *int       `json:"filter,omitempty"` // BOOLEAN column; rows where it is not TRUE do not count
	Type     types.Type `json:"type"`
	Name     string     `json:"name,omitempty"`
	// Options are constant extras (LISTAGG's separator, JSON null behaviour).
	Options map[string]string `json:"options,omitempty"`
}

// WindowKind is the shape of a window.
type WindowKind string

const (
	Tumble   WindowKind = "tumble"
	Hop      WindowKind = "hop"
	Cumulate WindowKind = "cumulate"
	Session  WindowKind = "session"
)

// Window describes windows over a time column. Lengths are milliseconds.
type Window struct {
	Kind   WindowKind `json:"kind"`
	Size   int64      `json:"size"`             // size of TUMBLE and HOP, maximum of CUMULATE, gap of SESSION
	Slide  int64      `json:"slide,omitempty"`  // slide of HOP, step of CUMULATE
	Offset int64      `json:"offset,omitempty"` // shift of the grid
	Time   int        `json:"time"`             // time column; -1 when the windows are given by WindowStart and WindowEnd
	// LTZ: the time column is a TIMESTAMP_LTZ, windows are cut in the session zone.
	LTZ      bool `json:"ltz,omitempty"`
	Proctime bool `json:"proctime,omitempty"`
	// Attached windows: the input has window columns of an earlier window operator.
	WindowStart *int `json:"windowStart,omitempty"`
	WindowEnd   *int `json:"windowEnd,omitempty"`
}

// WatermarkSpec is a table's WATERMARK clause.
type WatermarkSpec struct {
	Column int  `json:"column"` // rowtime column
	Expr   Expr `json:"expr"`   // over the input's columns; NULL: no watermark from this row
	// Emit is "on-event" or "on-periodic"; IntervalMillis is the period (0: with each row that advances it).
	Emit              string `json:"emit,omitempty"`
	IntervalMillis    int64  `json:"intervalMillis,omitempty"`
	IdleTimeoutMillis int64  `json:"idleTimeoutMillis,omitempty"`
}

// OperatorSpec is the meaning of one operator.
type OperatorSpec interface{ Kind() string }

// Source reads a table. Its output columns are the wanted physical and
// metadata columns, in the order of Columns.
type Source struct {
	Table     string            `json:"table"` // full path for messages
	Connector string            `json:"connector"`
	Options   map[string]string `json:"options"`
	// Physical is the table's whole physical schema, PartitionKeys and PrimaryKey by name.
	Physical      []Column       `json:"physical"`
	PartitionKeys []string       `json:"partitionKeys,omitempty"`
	PrimaryKey    []string       `json:"primaryKey,omitempty"`
	Columns       []SourceColumn `json:"columns"`
	// Limit is a pushed-down LIMIT (a hint, 0 = none).
	Limit int64 `json:"limit,omitempty"`
	// Watermark, when set, is generated per split inside the source; its
	// expression is over Columns.
	Watermark *WatermarkSpec `json:"watermark,omitempty"`
	Mode      ChangelogMode  `json:"mode"`
}

// SourceColumn is one output column of a Source.
type SourceColumn struct {
	Name     string     `json:"name"`
	Type     types.Type `json:"type"`
	Metadata string     `json:"metadata,omitempty"` // metadata key; "" = physical column of that name
}

// Values yields constant rows and ends.
type Values struct {
	Columns []Column `json:"columns"`
	Rows    [][]Expr `json:"rows"` // literals or calls without columns
}

// Calc filters and projects.
type Calc struct {
	Condition *Expr  `json:"condition,omitempty"`
	Project   []Expr `json:"project"`
}

// Watermark generates watermarks in mid-plan (where a source could not take
// them over). Columns pass through.
type Watermark struct {
	WatermarkSpec
}

// GroupAgg is an unbounded GROUP BY. Output: keys, then aggregates.
type GroupAgg struct {
	Keys []int     `json:"keys"`
	Aggs []AggCall `json:"aggs"`
	// InputRetracts: the input may carry -U and -D.
	InputRetracts bool `json:"inputRetracts,omitempty"`
	// EmitUpdateBefore: -U rows are wanted downstream.
	EmitUpdateBefore bool  `json:"emitUpdateBefore"`
	TTLMillis        int64 `json:"ttlMillis,omitempty"`
}

// WindowTVF attaches window_start, window_end, window_time to each row (HOP
// and CUMULATE repeat rows). Output: input columns, then the three.
type WindowTVF struct {
	Window Window `json:"window"`
	Keys   []int  `json:"keys,omitempty"` // of SESSION, whose rows come when the session has ended
}

// WindowAgg is GROUP BY window_start, window_end, keys. Output: keys,
// aggregates, then the Props.
type WindowAgg struct {
	Window Window    `json:"window"`
	Keys   []int     `json:"keys"`
	Aggs   []AggCall `json:"aggs"`
	// Props lists the window columns put out: "start", "end", "time".
	Props         []string `json:"props"`
	InputRetracts bool     `json:"inputRetracts,omitempty"`
	// LocalPhase: late rows are counted as if they were aggregated where they
	// come from first, which is Flink's usual plan.
	LocalPhase bool `json:"localPhase,omitempty"`
}

// JoinType is the kind of a join.
type JoinType string

const (
	InnerJoin JoinType = "inner"
	LeftJoin  JoinType = "left"
	RightJoin JoinType = "right"
	FullJoin  JoinType = "full"
	SemiJoin  JoinType = "semi"
	AntiJoin  JoinType = "anti"
)

// Join is a regular join. Port 0 is left, 1 is right. Output: left columns,
// right columns (semi and anti: left columns).
type Join struct {
	Type      JoinType `json:"type"`
	LeftKeys  []int    `json:"leftKeys"`
	RightKeys []int    `json:"rightKeys"`
	// NullSafe marks key pairs compared by IS NOT DISTINCT FROM; empty = none.
	NullSafe []bool `json:"nullSafe,omitempty"`
	// Condition is the rest of ON, over left columns then right columns.
	Condition                   *Expr   `json:"condition,omitempty"`
	LeftUnique                  [][]int `json:"leftUnique,omitempty"` // unique keys of the inputs, if any
	RightUnique                 [][]int `json:"rightUnique,omitempty"`
	LeftTTLMillis               int64   `json:"leftTtlMillis,omitempty"`
	RightTTLMillis              int64   `json:"rightTtlMillis,omitempty"`
	LeftRetracts, RightRetracts bool    `json:",omitempty"`
}

// WindowJoin joins two inputs with equal windows; output per window on the watermark.
type WindowJoin struct {
	Type              JoinType `json:"type"`
	LeftKeys          []int    `json:"leftKeys"`
	RightKeys         []int    `json:"rightKeys"`
	Condition         *Expr    `json:"condition,omitempty"`
	LeftEnd, RightEnd int      // window_end columns
	LTZ               bool     `json:"ltz,omitempty"`
}

// IntervalJoin joins insert-only inputs whose times are close: it matches rows with
// Lower <= left time - right time <= Upper, in milliseconds. Rows are kept until
// the watermark says that no partner can come.
type IntervalJoin struct {
	Type      JoinType `json:"type"` // inner, left, right, full
	LeftKeys  []int    `json:"leftKeys"`
	RightKeys []int    `json:"rightKeys"`
	LeftTime  int      `json:"leftTime"`
	RightTime int      `json:"rightTime"`
	Lower     int64    `json:"lower"`
	Upper     int64    `json:"upper"`
	Condition *Expr    `json:"condition,omitempty"` // the rest of ON
}

// TemporalJoin joins each left row with the version of its key's right row that
// was in force at the left row's time. Output as Join.
type TemporalJoin struct {
	Type      JoinType `json:"type"` // inner, left
	LeftKeys  []int    `json:"leftKeys"`
	RightKeys []int    `json:"rightKeys"`
	LeftTime  int      `json:"leftTime"`
	RightTime int      `json:"rightTime"`
	Condition *Expr    `json:"condition,omitempty"` // the rest of ON
}

// Expand repeats each row once per projection (GROUPING SETS).
type Expand struct {
	Projects [][]Expr `json:"projects"`
}

// Replicate repeats each row as often as its BIGINT column Times says.
type Replicate struct {
	Times int `json:"times"`
}

// RankStrategy is how a Rank keeps its rows.
type RankStrategy string

const (
	// RankAppend: the input only grows; rows beyond End are forgotten.
	RankAppend RankStrategy = "append"
	// RankUpdate: a row of the same RowKey replaces an earlier one and never
	// ranks behind it; rows beyond End are forgotten.
	RankUpdate RankStrategy = "update"
	// RankRetract: the input takes rows back; all are kept.
	RankRetract RankStrategy = "retract"
)

// Rank puts out the rows of rank Start to End (counted from 1, both included) of
// each partition, ordered by Sort. Output: the input's columns, then with Number
// the rank.
type Rank struct {
	Keys  []int     `json:"keys"` // partition
	Sort  []SortKey `json:"sort"`
	Start int64     `json:"start"`
	End   int64     `json:"end"`
	// Number: the rank is put out, BIGINT NOT NULL.
	Number   bool         `json:"number,omitempty"`
	Strategy RankStrategy `json:"strategy"`
	RowKey   []int        `json:"rowKey,omitempty"` // of RankUpdate
	// NewestFirst: of rows that rank alike the latest comes first, not the earliest.
	NewestFirst      bool  `json:"newestFirst,omitempty"`
	EmitUpdateBefore bool  `json:"emitUpdateBefore"`
	TTLMillis        int64 `json:"ttlMillis,omitempty"`
}

// WindowRank is a Rank within windows: its rows come when the watermark closes
// the window that ends at column WindowEnd. Keys are without the window's columns.
type WindowRank struct {
	Keys      []int     `json:"keys"`
	Sort      []SortKey `json:"sort"`
	Start     int64     `json:"start"`
	End       int64     `json:"end"`
	Number    bool      `json:"number,omitempty"`
	WindowEnd int       `json:"windowEnd"`
	LTZ       bool      `json:"ltz,omitempty"`
}

// First puts out the row of each key that is first by the rowtime column Time,
// once the watermark has passed it.
type First struct {
	Keys      []int `json:"keys"`
	Time      int   `json:"time"`
	TTLMillis int64 `json:"ttlMillis,omitempty"`
}

// OverOrder is what puts the rows of an Over in order.
type OverOrder string

const (
	// OverRowtime: by a rowtime column, as watermarks pass it; the output only grows.
	OverRowtime OverOrder = "rowtime"
	// OverArrival: by processing time, so as rows arrive.
	OverArrival OverOrder = "arrival"
	// OverValue: by another column; rows that come later change the earlier ones.
	OverValue OverOrder = "value"
	// OverSorted: all rows are there before the first comes out (batch mode).
	OverSorted OverOrder = "sorted"
)

// OverFrame says which rows around a row its calls look at.
type OverFrame struct {
	Rows  bool      `json:"rows,omitempty"` // distances are rows, otherwise values of the sort key
	Start OverBound `json:"start"`
	End   OverBound `json:"end"`
}

// OverBound is one end of a frame, Offset from the current row: negative is
// before it. Of a RANGE over time it is milliseconds; over numbers it is Literal,
// with Offset as its sign.
type OverBound struct {
	Unbounded bool   `json:"unbounded,omitempty"`
	Offset    int64  `json:"offset,omitempty"`
	Literal   string `json:"literal,omitempty"`
}

// Over computes calls over the rows around each row of its partition: aggregates
// and ROW_NUMBER, RANK, LAG and their like. Constant arguments are in the calls'
// options: "offset" of LAG and LEAD, "buckets" of NTILE. Output: the input's
// columns, then the calls.
type Over struct {
	Keys  []int     `json:"keys"`
	Sort  []SortKey `json:"sort,omitempty"`
	Order OverOrder `json:"order"`
	Frame OverFrame `json:"frame"`
	Calls []AggCall `json:"calls"`
	// InputRetracts and EmitUpdateBefore matter to OverValue only.
	InputRetracts    bool  `json:"inputRetracts,omitempty"`
	EmitUpdateBefore bool  `json:"emitUpdateBefore,omitempty"`
	TTLMillis        int64 `json:"ttlMillis,omitempty"`
}

// Match finds row patterns (MATCH_RECOGNIZE with ONE ROW PER MATCH). Output: the
// columns of Keys, then the measures.
type Match struct {
	Keys []int     `json:"keys"`
	Sort []SortKey `json:"sort"` // the time column first
	// Arrival: the order is that of processing time.
	Arrival  bool         `json:"arrival,omitempty"`
	Vars     []PatternVar `json:"vars"`    // the pattern is their sequence
	Defines  []*MatchExpr `json:"defines"` // by variable; nil: every row
	Measures []MatchExpr  `json:"measures"`
	Skip     MatchSkip    `json:"skip"`
	SkipVar  int          `json:"skipVar,omitempty"`
	Within   int64        `json:"withinMillis,omitempty"` // 0 = no limit
}

// PatternVar is a variable of a pattern with its quantifier.
type PatternVar struct {
	Name      string `json:"name"`
	Min       int    `json:"min"`
	Max       int    `json:"max"` // -1 = no limit
	Reluctant bool   `json:"reluctant,omitempty"`
}

// MatchSkip is where the search goes on after a match.
type MatchSkip string

const (
	SkipPastLast MatchSkip = "past last row"
	SkipToNext   MatchSkip = "to next row"
	SkipToFirst  MatchSkip = "to first"
	SkipToLast   MatchSkip = "to last"
)

// MatchExpr is an expression over the rows of a match: its columns are Terms.
type MatchExpr struct {
	Terms []MatchTerm `json:"terms,omitempty"`
	Expr  Expr        `json:"expr"`
}

// MatchTerm is a value taken from the rows of one variable, or of all of them.
type MatchTerm struct {
	Kind   MatchTermKind `json:"kind"`
	Var    int           `json:"var"`              // -1 = any
	Offset int           `json:"offset,omitempty"` // rows from the first or last one
	Column int           `json:"column,omitempty"`
	Type   types.Type    `json:"type"`
	// Of an aggregate: its arguments over the input's columns; Agg refers to them.
	Agg  *AggCall `json:"agg,omitempty"`
	Args []Expr   `json:"args,omitempty"`
}

// MatchTermKind is a kind of MatchTerm.
type MatchTermKind string

const (
	TermFirst   MatchTermKind = "first"
	TermLast    MatchTermKind = "last"
	TermAgg     MatchTermKind = "agg"
	TermRowtime MatchTermKind = "rowtime" // of the match's last row
)

// Unnest joins each row with the elements of a collection: it repeats the row
// for each element, whose columns follow. A row without elements is left out,
// with Left it is padded with NULLs.
type Unnest struct {
	Collection Expr `json:"collection"` // ARRAY, MAP or MULTISET over the input's columns
	Left       bool `json:"left,omitempty"`
	Ordinality bool `json:"ordinality,omitempty"` // the last column is the position, from 1
	HashOrder  bool `json:"hashOrder,omitempty"`  // a MAP's entries come in the order of Java's HashMap
}

// Sort is a full sort of a bounded input; with Limit >= 0 only rows
// [Offset, Offset+Limit) are put out.
type Sort struct {
	Keys   []SortKey `json:"keys"`
	Offset int64     `json:"offset,omitempty"`
	Limit  int64     `json:"limit"` // -1 = all
}

// TemporalSort orders an append-only stream by a rowtime column first.
type TemporalSort struct {
	Keys []SortKey `json:"keys"`
}

// Limit passes rows [Offset, Offset+Limit) of an insert-only input.
type Limit struct {
	Offset int64 `json:"offset,omitempty"`
	Limit  int64 `json:"limit"`
}

// ChangelogNormalize turns an upsert stream into a full changelog by key.
type ChangelogNormalize struct {
	Keys             []int `json:"keys"`
	EmitUpdateBefore bool  `json:"emitUpdateBefore"`
	TTLMillis        int64 `json:"ttlMillis,omitempty"`
}

// Compact folds the changes of each key over a bundle of rows into one: mini-batch.
// A bundle ends when Size keys have changed, or after LatencyMillis.
type Compact struct {
	Keys          []int `json:"keys"`
	Size          int64 `json:"size"`
	LatencyMillis int64 `json:"latencyMillis"`
	// InputUpserts: no -U rows come, and none go out.
	InputUpserts bool `json:"inputUpserts,omitempty"`
}

// DropUpdateBefore makes an upsert stream of a full changelog. With Keys only
// those -U rows are dropped that the +U of the same key follows; the others
// become -D, for the row has left its key.
type DropUpdateBefore struct {
	Keys []int `json:"keys,omitempty"`
}

// Sink writes a table.
type Sink struct {
	Table         string            `json:"table"`
	Connector     string            `json:"connector"`
	Options       map[string]string `json:"options"`
	Physical      []Column          `json:"physical"`
	PartitionKeys []string          `json:"partitionKeys,omitempty"`
	PrimaryKey    []string          `json:"primaryKey,omitempty"`
	// Metadata lists persisted metadata columns that follow the physical ones in the input.
	Metadata  []SourceColumn    `json:"metadata,omitempty"`
	Static    map[string]string `json:"static,omitempty"` // PARTITION (k=v)
	Overwrite bool              `json:"overwrite,omitempty"`
	Mode      ChangelogMode     `json:"mode"` // of the input
	// NotNull is what to do with NULL in a NOT NULL column: "error" or "drop".
	NotNull string `json:"notNull,omitempty"`
}

// Collect hands rows of a SELECT to the client.
type Collect struct {
	Columns []Column `json:"columns"`
}

func (Source) Kind() string             { return "source" }
func (Values) Kind() string             { return "values" }
func (Calc) Kind() string               { return "calc" }
func (Watermark) Kind() string          { return "watermark" }
func (GroupAgg) Kind() string           { return "group-agg" }
func (WindowTVF) Kind() string          { return "window-tvf" }
func (WindowAgg) Kind() string          { return "window-agg" }
func (Join) Kind() string               { return "join" }
func (WindowJoin) Kind() string         { return "window-join" }
func (Expand) Kind() string             { return "expand" }
func (Replicate) Kind() string          { return "replicate" }
func (Rank) Kind() string               { return "rank" }
func (WindowRank) Kind() string         { return "window-rank" }
func (First) Kind() string              { return "first" }
func (IntervalJoin) Kind() string       { return "interval-join" }
func (Compact) Kind() string            { return "compact" }
func (Sort) Kind() string               { return "sort" }
func (TemporalSort) Kind() string       { return "temporal-sort" }
func (Over) Kind() string               { return "over" }
func (TemporalJoin) Kind() string       { return "temporal-join" }
func (Match) Kind() string              { return "match" }
func (Unnest) Kind() string             { return "unnest" }
func (Limit) Kind() string              { return "limit" }
func (ChangelogNormalize) Kind() string { return "changelog-normalize" }
func (DropUpdateBefore) Kind() string   { return "drop-update-before" }
func (Sink) Kind() string               { return "sink" }
func (Collect) Kind() string            { return "collect" }

// kinds makes an empty spec of each kind.
var kinds = map[string]func() OperatorSpec{}

func register[T OperatorSpec]() {
	var z T
	kinds[z.Kind()] = func() OperatorSpec { return any(new(T)).(OperatorSpec) }
}

func init() {
	register[Source]()
	register[Values]()
	register[Calc]()
	register[Watermark]()
	register[GroupAgg]()
	register[WindowTVF]()
	register[WindowAgg]()
	register[Join]()
	register[WindowJoin]()
	register[Expand]()
	register[Replicate]()
	register[Rank]()
	register[WindowRank]()
	register[First]()
	register[IntervalJoin]()
	register[Compact]()
	register[Sort]()
	register[TemporalSort]()
	register[Over]()
	register[Unnest]()
	register[Match]()
	register[TemporalJoin]()
	register[Limit]()
	register[ChangelogNormalize]()
	register[DropUpdateBefore]()
	register[Sink]()
	register[Collect]()
}

// Operator is one node of a shipped graph: a spec with its identity and types.
type Operator struct {
	// ID is a hash of the operator's meaning and an ordinal among equals; state belongs to it.
	ID   string `json:"id"`
	Name string `json:"name"` // as EXPLAIN and the metrics show it
	// Description says what it does, for people; "" = the name says it all.
	Description string `json:"description,omitempty"`
	// Inputs are the column types of each input port, Output those of the output.
	Inputs [][]types.Type `json:"inputs,omitempty"`
	Output []Column       `json:"output"`
	// Spec is a pointer to one of this package's operator structs.
	Spec OperatorSpec `json:"-"`
}

type operatorJSON struct {
	ID          string          `json:"id"`
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Inputs      [][]types.Type  `json:"inputs,omitempty"`
	Output      []Column        `json:"output"`
	Kind        string          `json:"kind"`
	Spec        json.RawMessage `json:"spec"`
}

// MarshalJSON writes the operator with its kind.
func (o Operator) MarshalJSON() ([]byte, error) {
	s, err := json.Marshal(o.Spec)
	if err != nil {
		return nil, err
	}
	return json.Marshal(operatorJSON{o.ID, o.Name, o.Description, o.Inputs, o.Output, o.Spec.Kind(), s})
}

// UnmarshalJSON reads an operator and refuses kinds it does not know.
func (o *Operator) UnmarshalJSON(b []byte) error {
	var j operatorJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	mk := kinds[j.Kind]
	if mk == nil {
		return fmt.Errorf("operator %q: this version knows no operator of kind %q", j.Name, j.Kind)
	}
	s := mk()
	if err := json.Unmarshal(j.Spec, s); err != nil {
		return fmt.Errorf("operator %q (%s): %w", j.Name, j.Kind, err)
	}
	o.ID, o.Name, o.Description, o.Inputs, o.Output, o.Spec = j.ID, j.Name, j.Description, j.Inputs, j.Output, s
	return nil
}

// Exchange says how rows go from one vertex to the next.
type Exchange struct {
	Kind ExchangeKind `json:"kind"`
	Keys []int        `json:"keys,omitempty"` // of Hash
}

// ExchangeKind is a way of distributing rows.
type ExchangeKind string

const (
	Forward   ExchangeKind = "forward"
	Hash      ExchangeKind = "hash"
	Rebalance ExchangeKind = "rebalance"
	Broadcast ExchangeKind = "broadcast"
	Single    ExchangeKind = "single" // everything to subtask 0
)
