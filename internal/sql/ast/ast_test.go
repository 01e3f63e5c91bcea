package ast

import (
	"strings"
	"testing"

	"github.com/flott/flott/types"
)

func name(parts ...string) *Name {
	n := &Name{}
	for _, p := range parts {
		n.Parts = append(n.Parts, Ident{Name: p})
	}
	return n
}

// Trees that no text made, such as the binder's, must print well too.
func TestPrintMadeTrees(t *testing.T) {
	one := &NumberLit{Text: "1"}
	sum := &Binary{Op: OpAdd, L: name("a"), R: one}
	for _, c := range []struct {
		node            Node
		plain, expanded string
	}{
		{name("a b", "select", "Ünï", "1x", "c`d"), "`a b`.`select`.Ünï.`1x`.`c``d`", "`a b`.`select`.`Ünï`.`1x`.`c``d`"},
		{&Binary{Op: OpMul, L: sum, R: sum}, "(a + 1) * (a + 1)", "(`a` + 1) * (`a` + 1)"},
		{&Unary{Op: OpSub, X: &Unary{Op: OpSub, X: one}}, "- -1", "- -1"},
		{&Unary{Op: OpNot, X: &Is{X: sum, Test: IsNull}}, "NOT a + 1 IS NULL", "NOT `a` + 1 IS NULL"},
		{&Is{X: &Unary{Op: OpNot, X: sum}, Test: IsTrue, Not: true}, "(NOT a + 1) IS NOT TRUE", "(NOT `a` + 1) IS NOT TRUE"},
		{&Call{Func: name("upper"), Args: []Expr{one}}, "upper(1)", "UPPER(1)"},
		{&Call{Func: name("values"), Args: []Expr{one}}, "`values`(1)", "`values`(1)"},
		{&Call{Func: name("db", "f"), Args: []Expr{one}}, "db.f(1)", "`db`.`f`(1)"},
		{&Call{Func: name("COUNT"), Args: []Expr{&Star{}}, Quantifier: Distinct}, "COUNT(DISTINCT *)", "COUNT(DISTINCT *)"},
		{&StringLit{Value: "it's ☕"}, "'it''s ☕'", `u&'it''s \2615'`},
		{&BinaryLit{Value: []byte{0, 255}}, "X'00FF'", "X'00FF'"},
		{&Cast{X: name("a"), Type: &DataType{Type: types.ArrayOf(types.TInt.Required())}}, "CAST(a AS ARRAY<INT NOT NULL>)", "CAST(`a` AS ARRAY< INTEGER NOT NULL >)"},
		{&Join{Kind: JoinLeft, Left: &TableName{Path: name("a")}, Right: &Join{Kind: JoinComma, Left: &TableName{Path: name("b")}, Right: &TableName{Path: name("c")}}, On: one},
			"a LEFT JOIN (b, c) ON 1", "`a`\nLEFT JOIN (`b`,\n`c`) ON 1"},
		{&SetOp{Kind: Intersect, Left: &TableQuery{Path: name("a")}, Right: &SetOp{Kind: Union, All: true, Left: &TableQuery{Path: name("b")}, Right: &TableQuery{Path: name("c")}}},
			"TABLE a INTERSECT (TABLE b UNION ALL TABLE c)", "TABLE `a`\nINTERSECT\n(TABLE `b`\nUNION ALL\nTABLE `c`)"},
		{&Watermark{Column: name("ts"), Expr: sum}, "WATERMARK FOR ts AS a + 1", "WATERMARK FOR `ts` AS `a` + 1"},
	} {
		if got := Print(c.node); got != c.plain {
			t.Errorf("Print: got %s, want %s", got, c.plain)
		}
		if got := PrintExpanded(c.node); got != c.expanded {
			t.Errorf("PrintExpanded: got %s, want %s", got, c.expanded)
		}
	}
}

func TestTypeText(t *testing.T) {
	row := types.RowOf(types.Field{Name: "a", Type: types.TString, Comment: "it's"}, types.Field{Name: "b", Type: types.MapOf(types.TBytes, types.TInt)})
	want := "ROW<`a` VARCHAR(2147483647) 'it''s', `b` MAP<VARBINARY(2147483647), INT>> NOT NULL"
	if got := TypeText(row.Required()); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWalk(t *testing.T) {
	tree := &Query{Body: &Select{
		Items:   []*SelectItem{{X: &Case{Whens: []*When{{Conds: []Expr{name("a")}, Then: name("b")}}}, Alias: &Ident{Name: "c"}}},
		From:    &TableName{Path: name("d"), Alias: &TableAlias{Name: Ident{Name: "e"}, Columns: []Ident{{Name: "f"}}}},
		GroupBy: &GroupBy{Items: []Expr{&GroupingSet{Kind: Cube, Items: []Expr{name("g")}}}},
	}, Limit: &NumberLit{Text: "1"}}
	var seen []string
	Walk(tree, func(n Node) bool {
		if id, ok := n.(*Ident); ok {
			seen = append(seen, id.Name)
		}
		_, stop := n.(*GroupBy)
		return !stop
	})
	if got := strings.Join(seen, ""); got != "abcdef" {
		t.Errorf("walked %s", got)
	}
	if !Higher(tree, 4) || Higher(tree, 20) {
		t.Error("Higher counts wrong")
	}
}

func TestReserved(t *testing.T) {
	if n := len(ReservedWords()); n != 420 {
		t.Errorf("%d reserved words", n)
	}
	for w := range callableWords {
		if !IsReserved(w) {
			t.Errorf("%s is callable but not reserved", w)
		}
	}
}
