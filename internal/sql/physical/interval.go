package physical

import (
	"math"
	"strconv"
	"strings"

	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// interval is what makes a join an interval join: bounds of the difference of a
// rowtime column of each side, and what else ON says.
type interval struct {
	left, right  int // columns, the right one of the right side
	lower, upper int64
	rest         *spec.Expr
}

// asInterval recognises conditions that bound left time - right time on both sides.
func (p *planner) asInterval(n *plan.Join, left, right *Node, keys []int, nullSafe []bool, on *spec.Expr) (interval, bool) {
	out := interval{left: -1, lower: math.MinInt64, upper: math.MaxInt64}
	if p.Batch || on == nil || len(keys) == 0 || nullSafe != nil || left.Kinds|right.Kinds != insertOnly || n.Type == spec.SemiJoin || n.Type == spec.AntiJoin {
		return out, false
	}
	width := len(left.Out)
	isTime := func(c int) bool {
		if c < width {
			return left.Out[c].Type.Attr == types.Rowtime
		}
		return right.Out[c-width].Type.Attr == types.Rowtime
	}
	var rest []spec.Expr
	for _, c := range plan.SplitConjuncts(*on) {
		parts := []spec.Expr{c}
		if c.Call == "BETWEEN" {
			parts = []spec.Expr{spec.Call(">=", c.Type, c.Args[0], c.Args[1]), spec.Call("<=", c.Type, c.Args[0], c.Args[2])}
		}
		for _, part := range parts {
			if !out.take(part, width, isTime) {
				rest = append(rest, part)
			}
		}
	}
	out.rest = plan.And(rest...)
	return out, out.lower > math.MinInt64 && out.upper < math.MaxInt64 && out.lower <= out.upper
}

// take notes `time ± interval op time ± interval`, one time of each side.
func (i *interval) take(c spec.Expr, width int, isTime func(int) bool) bool {
	if len(c.Args) != 2 {
		return false
	}
	a, plusA, okA := shifted(c.Args[0], isTime)
	b, plusB, okB := shifted(c.Args[1], isTime)
	if !okA || !okB || (a < width) == (b < width) {
		return false
	}
	// a + plusA op b + plusB, so a - b op d.
	d, op := plusB-plusA, c.Call
	if a >= width {
		a, b, d = b, a, -d
		op = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}[op]
	}
	if i.left >= 0 && (i.left != a || i.right != b-width) {
		return false
	}
	switch op {
	case "<":
		i.upper = min(i.upper, d-1)
	case "<=":
		i.upper = min(i.upper, d)
	case ">":
		i.lower = max(i.lower, d+1)
	case ">=":
		i.lower = max(i.lower, d)
	case "=":
		i.lower, i.upper = max(i.lower, d), min(i.upper, d)
	default:
		return false
	}
	i.left, i.right = a, b-width
	return true
}

// shifted reads a time column plus or minus constant intervals.
func shifted(e spec.Expr, isTime func(int) bool) (column int, by int64, ok bool) {
	if e.Column != nil {
		return *e.Column, 0, isTime(*e.Column)
	}
	if (e.Call != "+" && e.Call != "-") || len(e.Args) != 2 {
		return 0, 0, false
	}
	a, b := e.Args[0], e.Args[1]
	if e.Call == "+" && a.Type.IsInterval() {
		a, b = b, a
	}
	ms, ok := millis(b)
	if !ok {
		return 0, 0, false
	}
	if e.Call == "-" {
		ms = -ms
	}
	column, by, ok = shifted(a, isTime)
	return column, by + ms, ok
}

// millis reads an INTERVAL of days to seconds, `+0 00:05:00.000`.
func millis(e spec.Expr) (int64, bool) {
	if e.Literal == nil || e.Literal.Null || e.Type.Kind != types.IntervalDaySecond {
		return 0, false
	}
	text, negative := strings.CutPrefix(e.Literal.Text, "-")
	days, clock, ok := strings.Cut(strings.TrimPrefix(text, "+"), " ")
	parts := strings.FieldsFunc(clock, func(r rune) bool { return r == ':' || r == '.' })
	if !ok || len(parts) != 4 || len(parts[3]) != 3 {
		return 0, false
	}
	var ms int64
	for i, w := range append([]string{days}, parts...) {
		n, err := strconv.ParseInt(w, 10, 64)
		if err != nil {
			return 0, false
		}
		ms = ms*[...]int64{1, 24, 60, 60, 1000}[i] + n
	}
	if negative {
		ms = -ms
	}
	return ms, true
}

func (p *planner) intervalJoin(n *plan.Join, left, right *Node, lk, rk []int, i interval) *Node {
	s := spec.IntervalJoin{Type: n.Type, LeftKeys: lk, RightKeys: rk, LeftTime: i.left, RightTime: i.right, Lower: i.lower, Upper: i.upper, Condition: i.rest}
	return &Node{Spec: s, Name: "IntervalJoin", Inputs: []Input{hash(left, lk), hash(right, rk)}, Out: outerFields(n, left, right), Span: n.Span,
		state: "rows until the watermark has passed their interval"}
}
