package explain

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// writer writes expressions in one of the three forms of EXPLAIN.
type writer struct {
	// column writes a reference to a column.
	column func(i int) string
	// infix is the form of the execution plan: (a + 1), 'x'. The others have
	// +(a, 1) and _UTF-16LE'x'.
	infix bool
	// typed is the form of the syntax tree: CAST($0):INTEGER. The others have
	// CAST(a AS INTEGER).
	typed bool
}

// positions writes columns by their place: $0.
func positions() writer {
	return writer{typed: true, column: func(i int) string { return "$" + strconv.Itoa(i) }}
}

// named writes columns by their names.
func named(names []string, infix bool) writer {
	return writer{infix: infix, column: func(i int) string {
		if i < 0 || i >= len(names) {
			return "$" + strconv.Itoa(i)
		}
		return names[i]
	}}
}

func (w writer) list(es []spec.Expr) string {
	out := make([]string, len(es))
	for i, e := range es {
		out[i] = w.expr(e)
	}
	return strings.Join(out, ", ")
}

// operators are the calls written between their operands in the execution plan.
func operator(call string) bool {
	switch call {
	case "AND", "OR", "IS DISTINCT FROM", "IS NOT DISTINCT FROM":
		return true
	}
	return call != "||" && strings.Trim(call, "=<>+-*/%") == ""
}

func (w writer) expr(e spec.Expr) string {
	switch {
	case e.Column != nil:
		return w.column(*e.Column)
	case e.Literal != nil:
		return w.literal(e)
	}
	switch e.Call {
	case "BETWEEN":
		if len(e.Args) == 3 {
			return w.expr(between(e))
		}
	case "=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/":
		// Flink's functions take numbers of different types; here they are cast.
		args := make([]spec.Expr, len(e.Args))
		for i, a := range e.Args {
			if args[i] = a; a.Call == "CAST" && a.Args[0].Literal != nil && a.Args[0].Type.IsNumeric() && a.Type.IsNumeric() {
				args[i] = a.Args[0]
			}
		}
		e.Args = args
	case "CAST", "TRY_CAST":
		t := sqlType(e.Type.WithAttr(types.NoAttr), !w.infix)
		if w.typed {
			if e.Type.NotNull {
				t += " NOT NULL"
			}
			return e.Call + "(" + w.expr(e.Args[0]) + "):" + t
		}
		return e.Call + "(" + w.expr(e.Args[0]) + " AS " + t + ")"
	case "FIELD":
		if i, err := strconv.Atoi(e.Args[1].Literal.Text); err == nil && i < len(e.Args[0].Type.Fields) {
			return w.expr(e.Args[0]) + "." + e.Args[0].Type.Fields[i].Name
		}
	case "AND", "OR":
		parts := chain(e.Call, e)
		if w.infix {
			out := make([]string, len(parts))
			for i, p := range parts {
				out[i] = w.expr(p)
			}
			return "(" + strings.Join(out, " "+e.Call+" ") + ")"
		}
		if s := w.within(parts); s != "" && e.Call == "AND" {
			return s
		}
		return e.Call + "(" + w.list(parts) + ")"
	case "IN":
		if s := w.search(e); s != "" {
			return s
		}
	}
	if w.infix && len(e.Args) == 2 && operator(e.Call) {
		return "(" + w.expr(e.Args[0]) + " " + e.Call + " " + w.expr(e.Args[1]) + ")"
	}
	if w.infix && len(e.Args) == 1 && strings.HasPrefix(e.Call, "IS ") {
		return w.expr(e.Args[0]) + " " + e.Call
	}
	return e.Call + "(" + w.list(e.Args) + ")"
}

// between writes x BETWEEN a AND b as the two comparisons that it stands for.
func between(e spec.Expr) spec.Expr {
	return spec.Call("AND", e.Type, spec.Call(">=", e.Type, e.Args[0], e.Args[1]), spec.Call("<=", e.Type, e.Args[0], e.Args[2]))
}

// chain returns the operands of nested ANDs or ORs.
func chain(call string, e spec.Expr) []spec.Expr {
	if e.Call == "BETWEEN" && call == "AND" && len(e.Args) == 3 && (e.Args[1].Literal == nil || e.Args[2].Literal == nil) {
		e = between(e)
	}
	if e.Call != call {
		return []spec.Expr{e}
	}
	var out []spec.Expr
	for _, a := range e.Args {
		out = append(out, chain(call, a)...)
	}
	return out
}

// within writes AND(>=(x, 1), <=(x, 3)) as Calcite's search: SEARCH(x, Sarg[[1..3]]).
func (w writer) within(parts []spec.Expr) string {
	if len(parts) != 2 || parts[0].Call != ">=" || parts[1].Call != "<=" {
		return ""
	}
	low, high := parts[0].Args, parts[1].Args
	if low[1].Literal == nil || high[1].Literal == nil || !plan.Equal(low[0], high[0]) {
		return ""
	}
	return "SEARCH(" + w.expr(low[0]) + ", Sarg[[" + w.expr(low[1]) + ".." + w.expr(high[1]) + "]])"
}

// search writes x IN (1, 2) as SEARCH(x, Sarg[1, 2]).
func (w writer) search(e spec.Expr) string {
	for _, a := range e.Args[1:] {
		if a.Literal == nil || a.Literal.Null {
			return ""
		}
	}
	return "SEARCH(" + w.expr(e.Args[0]) + ", Sarg[" + w.list(e.Args[1:]) + "])"
}

func (w writer) literal(e spec.Expr) string {
	l, t := e.Literal, e.Type.WithAttr(types.NoAttr)
	if l.Null {
		return "null:" + sqlType(t, !w.infix)
	}
	switch t.Kind {
	case types.Boolean, types.Int, types.Date:
		return l.Text
	case types.Char, types.Varchar:
		text := "'" + strings.ReplaceAll(l.Text, "'", "''") + "'"
		if !w.infix {
			text = "_UTF-16LE" + text
		}
		if t.Kind == types.Varchar && !w.infix {
			text += ":" + sqlType(t, true)
		}
		return text
	case types.TimestampNTZ, types.TimestampLTZ, types.Time:
		return l.Text
	case types.Binary, types.Varbinary:
		return "X'" + l.Text + "'"
	case types.IntervalDaySecond, types.IntervalYearMonth:
		return interval(l.Text, t)
	}
	return l.Text + ":" + sqlType(t, !w.infix)
}

// interval writes an interval as Calcite counts it, in milliseconds or months,
// with the largest unit that it is whole in.
func interval(text string, t types.Type) string {
	sign, digits := int64(1), strings.TrimPrefix(text, "+")
	if strings.HasPrefix(text, "-") {
		sign, digits = -1, text[1:]
	}
	var years, months, days, hours, minutes, seconds, millis int64
	if n, _ := fmt.Sscanf(digits, "%d %d:%d:%d.%3d", &days, &hours, &minutes, &seconds, &millis); n >= 4 {
		return millisText(sign * ((((days*24+hours)*60+minutes)*60+seconds)*1000 + millis))
	}
	if n, _ := fmt.Sscanf(digits, "%d-%d", &years, &months); n == 2 {
		return strconv.FormatInt(sign*(years*12+months), 10) + ":" + sqlType(t, false)
	}
	return text + ":" + sqlType(t, false)
}

func millisText(v int64) string {
	unit := "SECOND"
	switch {
	case v%86_400_000 == 0:
		unit = "DAY"
	case v%3_600_000 == 0:
		unit = "HOUR"
	case v%60_000 == 0:
		unit = "MINUTE"
	}
	return fmt.Sprintf("%d:INTERVAL %s", v, unit)
}

// sqlType writes a type with Calcite's names, with the character set if that is
// asked for.
func sqlType(t types.Type, charset bool) string {
	set := ""
	if charset {
		set = ` CHARACTER SET "UTF-16LE"`
	}
	required := func(t types.Type) string {
		s := sqlType(t.WithAttr(types.NoAttr), charset)
		if t.NotNull {
			s += " NOT NULL"
		}
		return s
	}
	switch t.Kind {
	case types.Int:
		return "INTEGER"
	case types.Char:
		return "CHAR(" + strconv.Itoa(int(t.Precision)) + ")" + set
	case types.Varchar:
		return "VARCHAR(" + strconv.Itoa(int(t.Precision)) + ")" + set
	case types.Varbinary:
		return "VARBINARY(" + strconv.Itoa(int(t.Precision)) + ")"
	case types.TimestampLTZ:
		return "TIMESTAMP_WITH_LOCAL_TIME_ZONE(" + strconv.Itoa(int(t.Precision)) + ")"
	case types.IntervalDaySecond, types.IntervalYearMonth:
		s := t.Nullable().String()
		if i := strings.IndexByte(s, '('); i > 0 {
			j := strings.IndexByte(s, ')')
			s = s[:i] + s[j+1:]
		}
		if i := strings.IndexByte(s, '('); i > 0 {
			s = s[:i]
		}
		return s
	case types.Array:
		return required(*t.Elem) + " ARRAY"
	case types.Multiset:
		return required(*t.Elem) + " MULTISET"
	case types.Row:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = required(f.Type) + " " + f.Name
		}
		return "RecordType:peek_no_expand(" + strings.Join(parts, ", ") + ")"
	}
	return t.Nullable().String()
}

// recordType writes the type of a row of columns.
func recordType(fs []plan.Field) string {
	parts := make([]string, len(fs))
	for i, f := range fs {
		parts[i] = sqlType(f.Type.WithAttr(types.NoAttr), false)
		switch f.Type.Attr {
		case types.Rowtime:
			parts[i] += " *ROWTIME*"
		case types.Proctime:
			parts[i] += " *PROCTIME*"
		}
		parts[i] += " " + f.Name
	}
	return "RecordType(" + strings.Join(parts, ", ") + ")"
}
