package expr

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flott/flott/internal/diag"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/internal/sql/parser"
)

// columnRows is how many rows [columnStatement] answers with.
const columnRows = 2

// columnStatement is the query of an expression whose literals come from
// columns, so that kernels compute it and not the planner:
//
//	SELECT SUBSTRING(c1, c2)
//	 AS c FROM (VALUES (0, 'flott', 3), (1, 'flott', 3), (2, 'flott', 3)) AS t(k, c1, c2) WHERE k > 0
//
// There are several rows, for one row may hide what belongs to a batch and what to
// a row, and a filter, so that kernels meet a selection. With nulls the columns
// are nullable and every second row is NULL.
//
// It is "" if there is nothing to feed: the expression does not parse, or has
// only literals that must be literals.
func columnStatement(expr string, nulls bool) string {
	const head = "SELECT "
	script := head + expr + "\n AS c"
	var statements []parser.Piece
	for piece := range parser.Split(script) {
		statements = append(statements, piece)
	}
	if len(statements) != 1 {
		return ""
	}
	st, err := statements[0].Parse()
	if err != nil {
		return ""
	}
	q, ok := st.(*ast.QueryStatement)
	if !ok {
		return ""
	}
	sel, ok := q.Query.Body.(*ast.Select)
	if !ok || len(sel.Items) != 1 || sel.From != nil {
		return ""
	}
	var f feeder
	f.expr(sel.Items[0].X)
	if len(f.spans) == 0 {
		return ""
	}
	slices.SortFunc(f.spans, func(a, b diag.Span) int { return a.Start - b.Start })
	var body, row, empty, names strings.Builder
	at := len(head)
	for i, s := range f.spans {
		fmt.Fprintf(&body, "%sc%d", script[at:s.Start], i+1)
		fmt.Fprintf(&row, ", %s", script[s.Start:s.End])
		empty.WriteString(", NULL")
		fmt.Fprintf(&names, ", c%d", i+1)
		at = s.End
	}
	body.WriteString(script[at:])
	var rows []string
	for k := range columnRows + 1 {
		values := row.String()
		if nulls && k%2 == 1 {
			values = empty.String()
		}
		rows = append(rows, fmt.Sprintf("(%d%s)", k, values))
	}
	return fmt.Sprintf("SELECT %s FROM (VALUES %s) AS t(k%s) WHERE k > 0;\n", body.String(), strings.Join(rows, ", "), names.String())
}

// feeder collects the places of the literals that may be columns.
type feeder struct {
	spans []diag.Span
}

// literalArgs are the arguments of functions that Flink wants as literals, or
// from whose value it derives the type.
var literalArgs = map[string][]int{
	"OBJECT_OF":        {0, 1, 3, 5, 7, 9, 11, 13},
	"OBJECT_UPDATE":    {1, 3, 5, 7, 9, 11, 13},
	"TYPEOF":           {1},
	"ROUND":            {1},
	"TRUNCATE":         {1},
	"TO_TIMESTAMP_LTZ": {1},
}

func (f *feeder) expr(root ast.Node) {
	ast.Walk(root, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.NumberLit, *ast.StringLit, *ast.BinaryLit, *ast.DateTimeLit:
			f.spans = append(f.spans, n.Pos())
		case *ast.BoolLit:
			if !x.Unknown {
				f.spans = append(f.spans, x.Span)
			}
		case *ast.Unary:
			// A signed number is one literal: 2147483648 alone would be a BIGINT.
			if _, ok := x.X.(*ast.NumberLit); ok && x.Op == ast.OpSub {
				f.spans = append(f.spans, x.Span)
				return false
			}
		case *ast.Query, *ast.IntervalExpr:
			return false
		case *ast.Like:
			f.expr(x.X)
			// Flink reads \ and '' in a literal pattern not as in one of a column.
			if s, ok := x.Pattern.(*ast.StringLit); !ok || s.Value != "" && !strings.Contains(s.Value, `\`) {
				f.expr(x.Pattern)
			}
			return false
		case *ast.JSONValue:
			f.expr(x.Input)
			return false
		case *ast.JSONQuery:
			f.expr(x.Input)
			return false
		case *ast.JSONExists:
			f.expr(x.Input)
			return false
		case *ast.JSONPair:
			f.expr(x.Value)
			return false
		case *ast.Call:
			keep := literalArgs[strings.ToUpper(x.Func.Last().Name)]
			for i, a := range x.Args {
				if !slices.Contains(keep, i) {
					f.expr(a)
				}
			}
			return false
		}
		return true
	})
}
