package ast

import "strings"

// ownSyntax are the functions that the parser reads in a syntax of their own.
var ownSyntax = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`CAST TRY_CAST EXTRACT FLOOR CEIL CEILING TRIM SUBSTRING POSITION OVERLAY TIMESTAMPADD
		TIMESTAMPDIFF DESCRIPTOR JSON_VALUE JSON_QUERY JSON_EXISTS JSON_OBJECT JSON_ARRAY JSON_OBJECTAGG JSON_ARRAYAGG
		ARRAY MAP MULTISET ROW PERIOD UNNEST TABLE`) {
		m[w] = true
	}
	return m
}()

// quotedFunctions are built-in functions that Flink prints in backticks all the same.
var quotedFunctions = map[string]bool{"TO_TIMESTAMP_LTZ": true, "PROCTIME": true}

// extractFunctions are the functions that Calcite rewrites to EXTRACT.
var extractFunctions = map[string]string{
	"YEAR": "YEAR", "QUARTER": "QUARTER", "MONTH": "MONTH", "WEEK": "WEEK", "HOUR": "HOUR", "MINUTE": "MINUTE",
	"SECOND": "SECOND", "DAYOFMONTH": "DAY", "DAYOFWEEK": "DOW", "DAYOFYEAR": "DOY",
}

// funcName prints the name of a function before its parenthesis.
func (p *printer) funcName(n *Name) {
	last := n.Last()
	word := strings.ToUpper(last.Name)
	if len(n.Parts) > 1 {
		p.name(n)
		return
	}
	switch {
	case last.Quoted && (p.style == plain || ownSyntax[word] || !isPlain(last.Name)),
		IsReserved(word) && !IsCallable(word), !isPlain(last.Name):
		p.put(QuoteIdent(last.Name))
	case p.style == plain:
		p.put(last.Name)
	case quotedFunctions[word]:
		p.put(QuoteIdent(word))
	default:
		p.put(word)
	}
}

// call prints calls and what looks like one.
func (p *printer) call(x Expr) {
	switch x := x.(type) {
	case *Call:
		p.plainCall(x)
	case *NamedArg:
		p.ident(x.Name)
		p.put(" => ")
		p.expr(x.Value)
	case *TableArg:
		p.tableArg(x)
	case *ModelArg:
		p.put("MODEL ")
		p.name(x.Path)
	case *Descriptor:
		p.put("DESCRIPTOR(")
		each(p, x.Columns, p.name)
		p.put(")")
	case *Cast:
		if x.Try {
			p.put("TRY_")
		}
		p.put("CAST(")
		p.expr(x.X)
		p.put(" AS ", p.typeText(x.Type.Type), ")")
	case *Extract:
		p.put("EXTRACT(")
		p.unit(x.Unit)
		p.put(" FROM ")
		p.expr(x.X)
		p.put(")")
	case *FloorTo:
		if x.Ceil {
			p.put("CEIL(")
		} else {
			p.put("FLOOR(")
		}
		p.expr(x.X)
		p.put(" TO ")
		p.unit(x.Unit)
		p.put(")")
	case *Trim:
		p.trim(x)
	default:
		p.json(x)
	}
}

func (p *printer) trim(x *Trim) {
	p.put("TRIM(")
	switch {
	case x.Chars != nil || x.Side != "":
		if x.Side != "" || p.style == expanded {
			side := x.Side
			if side == "" {
				side = "BOTH"
			}
			p.put(side, " ")
		}
		if x.Chars != nil {
			p.expr(x.Chars)
			p.put(" ")
		} else if p.style == expanded {
			p.put("' ' ")
		}
		p.put("FROM ")
	case p.style == expanded:
		p.put("BOTH ' ' FROM ")
	}
	p.expr(x.X)
	p.put(")")
}

func (p *printer) plainCall(c *Call) {
	word := ""
	if len(c.Func.Parts) == 1 && !c.Func.Parts[0].Quoted {
		word = strings.ToUpper(c.Func.Parts[0].Name)
	}
	if unit := extractFunctions[word]; unit != "" && p.style == expanded && len(c.Args) == 1 && c.Over == nil {
		p.put("EXTRACT(", unit, " FROM ")
		p.expr(c.Args[0])
		p.put(")")
		return
	}
	if c.Bare {
		if p.style == expanded {
			p.put(word)
		} else {
			p.put(c.Func.Parts[0].Name)
		}
		return
	}
	p.funcName(c.Func)
	p.put("(")
	p.quantifier(c.Quantifier)
	switch {
	case word == "POSITION" && len(c.Args) >= 2:
		p.above(c.Args[0], powerIn+1)
		p.put(" IN ")
		p.keyworded(c.Args[1:], "", " FROM ")
	case word == "OVERLAY" && len(c.Args) >= 3:
		p.keyworded(c.Args, "", " PLACING ", " FROM ", " FOR ")
	default:
		p.exprs(c.Args)
	}
	p.orderBy(" ORDER BY ", c.OrderBy)
	p.put(")")
	switch c.Nulls {
	case RespectNulls:
		p.put(" RESPECT NULLS")
	case IgnoreNulls:
		p.put(" IGNORE NULLS")
	}
	if c.WithinGroup != nil {
		p.put(" WITHIN GROUP (ORDER BY ")
		each(p, c.WithinGroup, p.orderItem)
		p.put(")")
	}
	p.filterOver(c.Filter, c.Over)
}

// keyworded prints arguments with a word before each.
func (p *printer) keyworded(args []Expr, words ...string) {
	for i, a := range args {
		p.put(words[i])
		p.expr(a)
	}
}

func (p *printer) filterOver(filter Expr, over *Over) {
	if filter != nil {
		p.put(" FILTER (WHERE ")
		p.expr(filter)
		p.put(")")
	}
	if over == nil {
		return
	}
	p.put(" OVER ")
	if over.Name != nil {
		p.ident(*over.Name)
	} else {
		p.windowSpec(over.Spec)
	}
}

func (p *printer) tableArg(x *TableArg) {
	p.put("TABLE ")
	if x.Table != nil {
		p.table(x.Table)
	} else {
		p.listOrQuery(nil, x.Query)
	}
	if x.PartitionBy != nil {
		p.put(" PARTITION BY (")
		p.exprs(x.PartitionBy)
		p.put(")")
	}
	if x.OrderBy != nil {
		p.put(" ORDER BY (")
		each(p, x.OrderBy, p.orderItem)
		p.put(")")
	}
}

func (p *printer) windowSpec(w *WindowSpec) {
	p.put("(")
	between := ""
	space := func() {
		p.put(between)
		between = " "
	}
	if w.Base != nil {
		space()
		p.ident(*w.Base)
	}
	if w.PartitionBy != nil {
		space()
		p.put("PARTITION BY ")
		p.exprs(w.PartitionBy)
	}
	if w.OrderBy != nil {
		space()
		p.orderBy("ORDER BY ", w.OrderBy)
	}
	if f := w.Frame; f != nil {
		space()
		if f.Rows {
			p.put("ROWS ")
		} else {
			p.put("RANGE ")
		}
		if f.End != nil {
			p.put("BETWEEN ")
			p.bound(f.Start)
			p.put(" AND ")
			p.bound(*f.End)
		} else {
			p.bound(f.Start)
		}
	}
	p.put(")")
}

func (p *printer) bound(b FrameBound) {
	if b.Offset != nil {
		p.above(b.Offset, powerIn+1)
		p.put(" ")
	}
	p.put(map[BoundKind]string{
		UnboundedPreceding: "UNBOUNDED PRECEDING", Preceding: "PRECEDING", CurrentRow: "CURRENT ROW",
		Following: "FOLLOWING", UnboundedFollowing: "UNBOUNDED FOLLOWING",
	}[b.Kind])
}

func (p *printer) orderBy(words string, l []*OrderItem) {
	if l != nil {
		p.put(words)
		each(p, l, p.orderItem)
	}
}

func (p *printer) orderItem(o *OrderItem) {
	p.expr(o.X)
	if o.Desc {
		p.put(" DESC")
	}
	switch o.Nulls {
	case NullsFirst:
		p.put(" NULLS FIRST")
	case NullsLast:
		p.put(" NULLS LAST")
	}
}

func (p *printer) json(x Expr) {
	switch x := x.(type) {
	case *JSONValue:
		p.jsonHead("JSON_VALUE(", x.Input, x.Path, x.Returning)
		p.jsonBehavior(x.OnEmpty, "EMPTY")
		p.jsonBehavior(x.OnError, "ERROR")
	case *JSONQuery:
		p.jsonHead("JSON_QUERY(", x.Input, x.Path, x.Returning)
		switch x.Wrapper {
		case WithoutWrapper:
			p.put(" WITHOUT ARRAY WRAPPER")
		case WithConditionalWrapper:
			p.put(" WITH CONDITIONAL ARRAY WRAPPER")
		case WithUnconditionalWrapper:
			p.put(" WITH UNCONDITIONAL ARRAY WRAPPER")
		}
		p.jsonBehavior(x.OnEmpty, "EMPTY")
		p.jsonBehavior(x.OnError, "ERROR")
	case *JSONExists:
		p.jsonHead("JSON_EXISTS(", x.Input, x.Path, nil)
		p.jsonBehavior(x.OnError, "ERROR")
	case *JSONObject:
		p.put("JSON_OBJECT(")
		each(p, x.Pairs, p.jsonPair)
		p.jsonNulls(x.Nulls, JSONNullOnNull, len(x.Pairs) > 0)
	case *JSONArray:
		p.put("JSON_ARRAY(")
		p.exprs(x.Items)
		p.jsonNulls(x.Nulls, JSONAbsentOnNull, len(x.Items) > 0)
	case *JSONObjectAgg:
		p.put("JSON_OBJECTAGG(")
		p.jsonPair(x.Pair)
		p.jsonNulls(x.Nulls, JSONNullOnNull, true)
	case *JSONArrayAgg:
		p.put("JSON_ARRAYAGG(")
		p.expr(x.X)
		p.orderBy(" ORDER BY ", x.OrderBy)
		p.jsonNulls(x.Nulls, JSONAbsentOnNull, true)
	}
	p.put(")")
	switch x := x.(type) {
	case *JSONObjectAgg:
		p.filterOver(x.Filter, x.Over)
	case *JSONArrayAgg:
		p.filterOver(x.Filter, x.Over)
	}
}

func (p *printer) jsonHead(open string, input, path Expr, returning *DataType) {
	p.put(open)
	p.expr(input)
	p.put(", ")
	p.expr(path)
	if returning != nil {
		p.put(" RETURNING ", p.typeText(returning.Type))
	}
}

func (p *printer) jsonBehavior(b *JSONBehavior, on string) {
	if b == nil {
		return
	}
	p.put(" ", b.Kind)
	if b.Default != nil {
		p.put(" ")
		p.expr(b.Default)
	}
	p.put(" ON ", on)
}

func (p *printer) jsonPair(x *JSONPair) {
	p.put("KEY ")
	p.expr(x.Key)
	p.put(" VALUE ")
	p.expr(x.Value)
	if x.FormatJSON {
		p.put(" FORMAT JSON")
	}
}

// jsonNulls prints the null clause; in the expanded style the default too.
func (p *printer) jsonNulls(n, fallback JSONNulls, items bool) {
	if n == JSONNullsUnset && p.style == expanded && items {
		n = fallback
	}
	if n == JSONNullsUnset {
		return
	}
	if items {
		p.put(" ")
	}
	if n == JSONNullOnNull {
		p.put("NULL ON NULL")
	} else {
		p.put("ABSENT ON NULL")
	}
}
