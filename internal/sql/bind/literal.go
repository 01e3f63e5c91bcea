package bind

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/ast"
	"github.com/flott/flott/types"
)

// Interval types have two forms only in results, as in Flink.
var (
	dayInterval   = types.Type{Kind: types.IntervalDaySecond, Unit: types.UnitSecond, Precision: 2, Scale: 3}
	monthInterval = types.Type{Kind: types.IntervalYearMonth, Unit: types.UnitMonth, Precision: 2}
)

// canonical replaces interval types by the two forms that results have.
func canonical(t types.Type) types.Type {
	switch t.Kind {
	case types.IntervalDaySecond:
		return dayInterval.WithNotNull(t.NotNull)
	case types.IntervalYearMonth:
		return monthInterval.WithNotNull(t.NotNull)
	}
	return t
}

func symbol(text string) spec.Expr {
	return spec.Lit(types.Type{Kind: types.Symbol, NotNull: true}, text)
}

func stringLit(s string) spec.Expr {
	n := int32(0)
	for _, r := range s {
		n += int32(utf16.RuneLen(r))
	}
	return spec.Lit(types.CharOf(n).Required(), s)
}

func intLit(n int64) spec.Expr {
	return spec.Lit(types.TInt.Required(), strconv.FormatInt(n, 10))
}

func boolLit(v bool) spec.Expr {
	if v {
		return spec.Lit(types.TBoolean.Required(), "TRUE")
	}
	return spec.Lit(types.TBoolean.Required(), "FALSE")
}

// number binds a numeric literal.
func (b *Binder) number(l *ast.NumberLit, negative bool) spec.Expr {
	text := l.Text
	if negative {
		text = "-" + text
	}
	if l.Approx {
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			b.fail(l.Span, "out-of-range", "%s is out of the range of DOUBLE", l.Text)
			return poison()
		}
		if f == 0 {
			f = 0 // -0e0 is 0, as in Flink
		}
		return spec.Lit(types.TDouble.Required(), string(types.AppendDouble(nil, f)))
	}
	whole, frac, _ := strings.Cut(l.Text, ".")
	if frac == "" {
		v, ok := new(big.Int).SetString(whole, 10)
		if !ok {
			b.fail(l.Span, "out-of-range", "%s is not a number", l.Text)
			return poison()
		}
		if negative {
			v.Neg(v)
		}
		switch {
		case !v.IsInt64():
			b.fail(l.Span, "out-of-range", "%s is out of the range of BIGINT", l.Text).Help = "write it as a string: CAST('" + l.Text + "' AS DECIMAL(38, 0))"
			return poison()
		case v.Int64() == int64(int32(v.Int64())):
			return spec.Lit(types.TInt.Required(), v.String())
		}
		return spec.Lit(types.TBigInt.Required(), v.String())
	}
	whole = strings.TrimLeft(whole, "0")
	digits := strings.TrimLeft(whole+frac, "0")
	if v, ok := new(big.Int).SetString("0"+digits, 10); !ok || !v.IsInt64() {
		// As in Flink, the digits together have to fit into a BIGINT.
		b.fail(l.Span, "out-of-range", "%s has too many digits for a literal", l.Text).Help = "write it as a string: CAST('" + l.Text + "' AS DECIMAL(p, s))"
		return poison()
	}
	scale := len(frac)
	precision := max(len(digits), scale)
	// As in Flink, a zero before the point counts as a digit, but not beyond 38.
	if i := strings.IndexByte(l.Text, '.'); i > 0 && precision == scale && precision < types.MaxDecimalPrecision {
		precision++
	}
	if scale > types.MaxDecimalPrecision || precision > types.MaxDecimalPrecision {
		b.fail(l.Span, "out-of-range", "%s has more than %d digits", l.Text, types.MaxDecimalPrecision)
		return poison()
	}
	if whole == "" {
		whole = "0"
	}
	text = whole + "." + frac
	if negative {
		text = "-" + text
	}
	return spec.Lit(types.DecimalOf(int32(precision), int32(scale)).Required(), text)
}

func (b *Binder) binary(l *ast.BinaryLit) spec.Expr {
	return spec.Lit(types.BinaryOf(int32(len(l.Value))).Required(), hex.EncodeToString(l.Value))
}

func (b *Binder) boolean(l *ast.BoolLit) spec.Expr {
	if l.Unknown {
		return spec.NullOf(types.TBoolean)
	}
	return boolLit(l.Value)
}

// dateTime binds DATE '…', TIME '…' and TIMESTAMP '…'.
func (b *Binder) dateTime(l *ast.DateTimeLit) spec.Expr {
	wrong := func(form string) spec.Expr {
		b.fail(l.Span, "literal", "'%s' is not a %s", l.Text, l.Kind).Help = "the form is " + l.Kind + " '" + form + "'"
		return poison()
	}
	switch l.Kind {
	case "DATE":
		d, ok := parseDate(l.Text)
		if !ok {
			return wrong("yyyy-MM-dd")
		}
		return spec.Lit(types.TDate.Required(), d)
	case "TIME":
		t, frac, ok := parseTime(l.Text)
		if !ok {
			return wrong("HH:mm:ss")
		}
		// As in Flink, the type is TIME(0), which prints no fraction, but a cast to
		// TIMESTAMP finds the milliseconds.
		if frac = strings.TrimRight(frac[:min(len(frac), 3)], "0"); frac != "" {
			t += "." + frac
		}
		return spec.Lit(types.TimeOf(0).Required(), t)
	}
	date, rest, _ := strings.Cut(l.Text, " ")
	d, ok := parseDate(date)
	t, frac, ok2 := parseTime(rest)
	if !ok || !ok2 {
		return wrong("yyyy-MM-dd HH:mm:ss")
	}
	frac = frac[:min(len(frac), 9)]
	text := d + " " + t
	if frac != "" {
		text += "." + frac
	}
	typ := types.TimestampOf(int32(len(frac)))
	if l.Kind != "TIMESTAMP" {
		typ.Kind = types.TimestampLTZ // the text is in the session's zone
	}
	return spec.Lit(typ.Required(), text)
}

func digits(s string, limit int) (int, bool) {
	if s == "" || len(s) > limit {
		return 0, false
	}
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

func parseDate(s string) (string, bool) {
	p := strings.Split(s, "-")
	if len(p) != 3 {
		return "", false
	}
	y, ok1 := digits(p[0], 4)
	m, ok2 := digits(p[1], 2)
	d, ok3 := digits(p[2], 2)
	if !ok1 || !ok2 || !ok3 || y == 0 || m < 1 || m > 12 || d < 1 {
		return "", false
	}
	if time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Day() != d {
		return "", false
	}
	return fmt.Sprintf("%04d-%02d-%02d", y, m, d), true
}

func parseTime(s string) (hms, frac string, ok bool) {
	s, frac, dot := strings.Cut(s, ".")
	p := strings.Split(s, ":")
	if len(p) != 3 {
		return "", "", false
	}
	h, ok1 := digits(p[0], 2)
	m, ok2 := digits(p[1], 2)
	sec, ok3 := digits(p[2], 2)
	if !ok1 || !ok2 || !ok3 || h > 23 || m > 59 || sec > 59 {
		return "", "", false
	}
	if _, ok := digits(frac, 30); dot && frac != "" && !ok {
		return "", "", false
	}
	return fmt.Sprintf("%02d:%02d:%02d", h, m, sec), frac, true
}

const (
	msSecond = int64(1000)
	msMinute = 60 * msSecond
	msHour   = 60 * msMinute
	msDay    = 24 * msHour
)

// unitMillis is the length of a unit of day-time intervals, 0 for others.
func unitMillis(u ast.TimeUnit) int64 {
	switch u {
	case "SECOND":
		return msSecond
	case "MINUTE":
		return msMinute
	case "HOUR":
		return msHour
	case "DAY":
		return msDay
	case "WEEK":
		return 7 * msDay
	}
	return 0
}

// unitMonths is the length of a unit of year-month intervals, 0 for others.
func unitMonths(u ast.TimeUnit) int64 {
	switch u {
	case "YEAR":
		return 12
	case "QUARTER":
		return 3
	case "MONTH":
		return 1
	}
	return 0
}

var unitOrder = []ast.TimeUnit{"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"}

// intervalValue reads an interval literal: months for year-month intervals,
// milliseconds for the others.
func intervalValue(text string, q *ast.IntervalQualifier) (v int64, months bool, err string) {
	form := string(q.Start)
	if q.End != "" {
		form += " TO " + string(q.End)
	}
	wrong := fmt.Sprintf("'%s' is not an INTERVAL %s", text, form)
	months = unitMonths(q.Start) > 0
	s := strings.TrimSpace(text)
	negative := strings.HasPrefix(s, "-")
	s = strings.TrimPrefix(strings.TrimPrefix(s, "-"), "+")
	// Cut the text at the separators that the units ask for.
	var units []ast.TimeUnit
	if q.End == "" {
		units = []ast.TimeUnit{q.Start}
	} else {
		on := false
		for _, u := range unitOrder {
			on = on || u == q.Start
			if on {
				units = append(units, u)
			}
			if u == q.End {
				break
			}
		}
	}
	limits := map[ast.TimeUnit]int{"MONTH": 11, "HOUR": 23, "MINUTE": 59, "SECOND": 59}
	for i, u := range units {
		part := s
		if i < len(units)-1 {
			sep := ":"
			switch u {
			case "YEAR":
				sep = "-"
			case "DAY":
				sep = " "
			}
			var found bool
			if part, s, found = strings.Cut(s, sep); !found {
				return 0, months, wrong
			}
		}
		frac := ""
		if u == "SECOND" {
			part, frac, _ = strings.Cut(part, ".")
			if _, ok := digits(frac, 9); frac != "" && !ok {
				return 0, months, wrong
			}
		}
		n, ok := digits(part, 10)
		if !ok || i > 0 && n > limits[u] {
			return 0, months, wrong
		}
		if i == 0 {
			precision := q.StartPrecision
			if precision <= 0 {
				precision = 2
			}
			if len(strings.TrimLeft(part, "0")) > precision {
				return 0, months, fmt.Sprintf("%s needs more than the %d digits of %s(%d)", part, precision, u, precision)
			}
		}
		if months {
			v += int64(n) * unitMonths(u)
		} else {
			v += int64(n) * unitMillis(u)
			ms, _ := strconv.Atoi((frac + "000")[:3])
			v += int64(ms)
		}
	}
	if negative {
		v = -v
	}
	return v, months, ""
}

// intervalLit makes a literal with the text that CAST(… AS STRING) prints.
func intervalLit(v int64, months bool) spec.Expr {
	sign := "+"
	a := v
	if v < 0 {
		sign, a = "-", -v
	}
	if months {
		return spec.Lit(monthInterval.Required(), fmt.Sprintf("%s%d-%02d", sign, a/12, a%12))
	}
	return spec.Lit(dayInterval.Required(), fmt.Sprintf("%s%d %02d:%02d:%02d.%03d", sign, a/msDay, a/msHour%24, a/msMinute%60, a/msSecond%60, a%1000))
}

// intervalForm shows how the literal is written.
func intervalForm(l *ast.IntervalLit) string {
	q := l.Qualifier
	n := strings.TrimLeft(strings.TrimSpace(l.Text), "+-")
	if _, ok := digits(n, 10); ok && q.End == "" && q.Start != "SECOND" {
		return fmt.Sprintf("write INTERVAL '%s' %s(%d)", n, q.Start, len(n))
	}
	forms := map[ast.TimeUnit]string{"YEAR": "1-6", "DAY": "1 12:30:59", "HOUR": "12:30:59", "MINUTE": "30:59"}
	if q.End == "" {
		return fmt.Sprintf("the form is INTERVAL '1' %s", q.Start)
	}
	last := map[ast.TimeUnit]string{"MONTH": "1-6", "HOUR": "1 12", "MINUTE": "1 12:30", "SECOND": "1 12:30:59"}[q.End]
	if q.Start != "DAY" && q.Start != "YEAR" {
		last = forms[q.Start]
		if q.Start == "HOUR" && q.End == "MINUTE" {
			last = "12:30"
		}
	}
	return fmt.Sprintf("the form is INTERVAL '%s' %s TO %s", last, q.Start, q.End)
}

func (b *Binder) interval(l *ast.IntervalLit) spec.Expr {
	v, months, err := intervalValue(l.Text, l.Qualifier)
	if err != "" {
		b.fail(l.Span, "literal", "%s", err).Help = intervalForm(l)
		return poison()
	}
	if l.Negative {
		v = -v
	}
	return intervalLit(v, months)
}

// intervalOf reads an interval expression that must be constant: a literal,
// perhaps with a sign.
func intervalOf(e ast.Expr) (v int64, months, ok bool) {
	switch e := e.(type) {
	case *ast.IntervalLit:
		v, months, err := intervalValue(e.Text, e.Qualifier)
		if e.Negative {
			v = -v
		}
		return v, months, err == ""
	case *ast.IntervalExpr:
		if n, ok := e.X.(*ast.NumberLit); ok {
			v, months, err := intervalValue(n.Text, e.Qualifier)
			return v, months, err == ""
		}
	case *ast.Unary:
		v, months, ok := intervalOf(e.X)
		if e.Op == ast.OpSub {
			v = -v
		}
		return v, months, ok && e.Op != ast.OpNot
	}
	return 0, false, false
}

// dateDiff binds (a - b) unit: the time between two dates or timestamps.
func (b *Binder) dateDiff(x *ast.DateDiff, env *env) spec.Expr {
	l, r := b.expr(x.L, env), b.expr(x.R, env)
	if bad(l) || bad(r) {
		return poison()
	}
	unit := "SECOND"
	if unitMonths(x.Qualifier.Start) > 0 {
		unit = "MONTH"
	}
	return b.call("INTERVAL BETWEEN", []spec.Expr{symbol(unit), r, l}, []ast.Node{x, x.R, x.L}, x)
}

// intervalExpr binds INTERVAL (x) unit.
func (b *Binder) intervalExpr(x *ast.IntervalExpr, env *env) spec.Expr {
	if n, ok := x.X.(*ast.NumberLit); ok && (len(n.Text) <= 2 || x.Qualifier.End != "") {
		return b.interval(&ast.IntervalLit{At: x.At, Text: n.Text, Qualifier: x.Qualifier})
	}
	e := b.expr(x.X, env)
	if bad(e) {
		return e
	}
	return b.times(e, x.Qualifier, x)
}

// times returns n units as an interval.
func (b *Binder) times(n spec.Expr, q *ast.IntervalQualifier, at ast.Node) spec.Expr {
	one := intervalLit(unitMillis(q.Start), false)
	if m := unitMonths(q.Start); m > 0 {
		one = intervalLit(m, true)
	}
	return b.call("*", []spec.Expr{one, n}, []ast.Node{at, at}, at)
}
