package ast

// JSONValue is JSON_VALUE(input, path [PASSING …] [RETURNING type] [… ON EMPTY] [… ON ERROR]).
type JSONValue struct {
	At
	Input, Path Expr
	Returning   *DataType
	OnEmpty     *JSONBehavior
	OnError     *JSONBehavior
}

// JSONQuery is JSON_QUERY(input, path [RETURNING type] [wrapper WRAPPER] [… ON EMPTY] [… ON ERROR]).
type JSONQuery struct {
	At
	Input, Path Expr
	Returning   *DataType
	Wrapper     JSONWrapper
	OnEmpty     *JSONBehavior
	OnError     *JSONBehavior
}

// JSONExists is JSON_EXISTS(input, path [… ON ERROR]).
type JSONExists struct {
	At
	Input, Path Expr
	OnError     *JSONBehavior
}

// JSONWrapper is the wrapper clause of JSON_QUERY.
type JSONWrapper uint8

const (
	WrapperUnset JSONWrapper = iota
	WithoutWrapper
	WithConditionalWrapper
	WithUnconditionalWrapper
)

// JSONBehavior is what stands before ON EMPTY or ON ERROR.
type JSONBehavior struct {
	At
	Kind    string // NULL, ERROR, DEFAULT, TRUE, FALSE, UNKNOWN, EMPTY ARRAY, EMPTY OBJECT
	Default Expr   // the value of DEFAULT
}

// JSONNulls is NULL ON NULL or ABSENT ON NULL.
type JSONNulls uint8

const (
	JSONNullsUnset JSONNulls = iota
	JSONNullOnNull
	JSONAbsentOnNull
)

// JSONPair is [KEY] k VALUE v, or k : v.
type JSONPair struct {
	At
	Key, Value Expr
	FormatJSON bool // FORMAT JSON after the value
}

// JSONObject is JSON_OBJECT(pairs [… ON NULL]).
type JSONObject struct {
	At
	Pairs []*JSONPair
	Nulls JSONNulls
}

// JSONArray is JSON_ARRAY(items [… ON NULL]).
type JSONArray struct {
	At
	Items []Expr
	Nulls JSONNulls
}

// JSONObjectAgg is JSON_OBJECTAGG([KEY] k VALUE v [… ON NULL]).
type JSONObjectAgg struct {
	At
	Pair   *JSONPair
	Nulls  JSONNulls
	Filter Expr
	Over   *Over
}

// JSONArrayAgg is JSON_ARRAYAGG(x [ORDER BY …] [… ON NULL]).
type JSONArrayAgg struct {
	At
	X       Expr
	OrderBy []*OrderItem
	Nulls   JSONNulls
	Filter  Expr
	Over    *Over
}

func (*JSONValue) expr()     {}
func (*JSONQuery) expr()     {}
func (*JSONExists) expr()    {}
func (*JSONObject) expr()    {}
func (*JSONArray) expr()     {}
func (*JSONObjectAgg) expr() {}
func (*JSONArrayAgg) expr()  {}
