package plan

import (
	"strconv"
	"strings"

	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/types"
)

// Walk calls f for e and every expression inside it, outermost first.
func Walk(e spec.Expr, f func(e spec.Expr)) {
	f(e)
	for _, a := range e.Args {
		Walk(a, f)
	}
}

// MapColumns returns e with each column reference replaced by f's answer; the
// arguments of e are not changed.
func MapColumns(e spec.Expr, f func(column int, t types.Type) spec.Expr) spec.Expr {
	if e.Column != nil {
		return f(*e.Column, e.Type)
	}
	if len(e.Args) == 0 {
		return e
	}
	args := make([]spec.Expr, len(e.Args))
	for i, a := range e.Args {
		args[i] = MapColumns(a, f)
	}
	e.Args = args
	return e
}

// Shift returns e with all column references moved by n.
func Shift(e spec.Expr, n int) spec.Expr {
	return MapColumns(e, func(c int, t types.Type) spec.Expr { return spec.Col(c+n, t) })
}

// Columns adds the columns that e refers to.
func Columns(e spec.Expr, set map[int]bool) {
	Walk(e, func(x spec.Expr) {
		if x.Column != nil {
			set[*x.Column] = true
		}
	})
}

// IsConstant reports whether e refers to no column.
func IsConstant(e spec.Expr) bool {
	if e.Column != nil {
		return false
	}
	for _, a := range e.Args {
		if !IsConstant(a) {
			return false
		}
	}
	return true
}

// SplitConjuncts returns the conditions that AND combines in e, left to right.
func SplitConjuncts(e spec.Expr) []spec.Expr {
	if e.Call != "AND" {
		return []spec.Expr{e}
	}
	var out []spec.Expr
	for _, a := range e.Args {
		out = append(out, SplitConjuncts(a)...)
	}
	return out
}

// And combines conditions; nil for none.
func And(cs ...spec.Expr) *spec.Expr {
	if len(cs) == 0 {
		return nil
	}
	e := cs[0]
	for _, c := range cs[1:] {
		e = spec.Call("AND", types.TBoolean.WithNotNull(e.Type.NotNull && c.Type.NotNull), e, c)
	}
	return &e
}

// Equal reports whether two expressions are the same.
func Equal(a, b spec.Expr) bool {
	if (a.Column == nil) != (b.Column == nil) || a.Column != nil && *a.Column != *b.Column {
		return false
	}
	if (a.Literal == nil) != (b.Literal == nil) || a.Literal != nil && *a.Literal != *b.Literal {
		return false
	}
	if a.Call != b.Call || len(a.Args) != len(b.Args) || !a.Type.Equal(b.Type) {
		return false
	}
	for i := range a.Args {
		if !Equal(a.Args[i], b.Args[i]) {
			return false
		}
	}
	return true
}

// Refs returns references to all fields, in order.
func Refs(fs []Field) []spec.Expr {
	out := make([]spec.Expr, len(fs))
	for i, f := range fs {
		out[i] = spec.Col(i, f.Type)
	}
	return out
}

// FormatExpr prints e for people; in are the fields it refers to.
func FormatExpr(e spec.Expr, in []Field) string {
	var b strings.Builder
	formatExpr(&b, e, in)
	return b.String()
}

func formatExpr(b *strings.Builder, e spec.Expr, in []Field) {
	switch {
	case e.Column != nil:
		if c := *e.Column; c >= 0 && c < len(in) && in[c].Name != "" && !repeated(in, c) {
			b.WriteString(in[c].Name)
		} else {
			b.WriteString("$" + strconv.Itoa(*e.Column))
		}
	case e.Literal != nil:
		formatLiteral(b, e)
	case e.Call == "CAST" || e.Call == "TRY_CAST":
		b.WriteString(e.Call + "(")
		formatExpr(b, e.Args[0], in)
		b.WriteString(" AS " + e.Type.Nullable().WithAttr(types.NoAttr).String() + ")")
	case e.Call == "CASE":
		b.WriteString("CASE")
		i := 0
		for ; i+1 < len(e.Args); i += 2 {
			b.WriteString(" WHEN ")
			formatExpr(b, e.Args[i], in)
			b.WriteString(" THEN ")
			formatExpr(b, e.Args[i+1], in)
		}
		if i < len(e.Args) {
			b.WriteString(" ELSE ")
			formatExpr(b, e.Args[i], in)
		}
		b.WriteString(" END")
	case len(e.Args) == 2 && infix(e.Call):
		formatOperand(b, e.Args[0], in)
		b.WriteString(" " + e.Call + " ")
		formatOperand(b, e.Args[1], in)
	case len(e.Args) == 1 && strings.HasPrefix(e.Call, "IS "):
		formatOperand(b, e.Args[0], in)
		b.WriteString(" " + e.Call)
	default:
		b.WriteString(e.Call + "(")
		for i, a := range e.Args {
			if i > 0 {
				b.WriteString(", ")
			}
			formatExpr(b, a, in)
		}
		b.WriteString(")")
	}
}

// repeated reports whether another field has the name of field c.
func repeated(in []Field, c int) bool {
	for i := range in {
		if i != c && in[i].Name == in[c].Name {
			return true
		}
	}
	return false
}

func formatOperand(b *strings.Builder, e spec.Expr, in []Field) {
	if len(e.Args) == 2 && infix(e.Call) {
		b.WriteString("(")
		formatExpr(b, e, in)
		b.WriteString(")")
		return
	}
	formatExpr(b, e, in)
}

func infix(call string) bool {
	switch call {
	case "AND", "OR", "LIKE", "SIMILAR TO", "IS DISTINCT FROM", "IS NOT DISTINCT FROM":
		return true
	}
	return call != "" && strings.Trim(call, "=<>+-*/%|!") == ""
}

func formatLiteral(b *strings.Builder, e spec.Expr) {
	l := e.Literal
	switch {
	case l.Null:
		b.WriteString("NULL")
	case e.Type.IsNumeric() || e.Type.Kind == types.Boolean:
		b.WriteString(l.Text)
	case e.Type.IsBinary():
		b.WriteString("x'" + l.Text + "'")
	default:
		switch e.Type.Kind {
		case types.Date, types.Time, types.TimestampNTZ, types.TimestampLTZ, types.IntervalDaySecond, types.IntervalYearMonth:
			b.WriteString(e.Type.Kind.String() + " ")
		}
		b.WriteString("'" + strings.ReplaceAll(l.Text, "'", "''") + "'")
	}
}

// Attached tells which output columns of a node hold the window that a
// WindowTVF below attached to its rows; -1 where the column is gone.
type Attached struct {
	TVF              *WindowTVF
	Start, End, Time int
}

// WindowOf traces the window columns of a WindowTVF through n to its output; ok
// is false if window_start or window_end did not get that far unchanged.
func WindowOf(n Node) (a Attached, ok bool) {
	switch n := n.(type) {
	case *WindowTVF:
		w := len(n.Out)
		return Attached{n, w - 3, w - 2, w - 1}, true
	case *Filter:
		return WindowOf(n.Input)
	case *Project:
		in, ok := WindowOf(n.Input)
		if !ok {
			return in, false
		}
		a = Attached{in.TVF, -1, -1, -1}
		for i, e := range n.Exprs {
			if e.Column == nil {
				continue
			}
			a.see(i, *e.Column, in)
		}
		return a, a.Start >= 0 && a.End >= 0
	case *Aggregate:
		in, ok := WindowOf(n.Input)
		if !ok {
			return in, false
		}
		a = Attached{in.TVF, -1, -1, -1}
		for i, k := range n.Keys {
			a.see(i, k, in)
		}
		return a, a.Start >= 0 && a.End >= 0
	case *Over:
		return WindowOf(n.Input)
	case *Join:
		return WindowOf(n.Left)
	}
	return Attached{}, false
}

func (a *Attached) see(out, column int, in Attached) {
	switch column {
	case in.Start:
		if a.Start < 0 {
			a.Start = out
		}
	case in.End:
		if a.End < 0 {
			a.End = out
		}
	case in.Time:
		if a.Time < 0 {
			a.Time = out
		}
	}
}
