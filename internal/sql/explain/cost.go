package explain

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/flott/flott/internal/spec"
	"github.com/flott/flott/internal/sql/physical"
	"github.com/flott/flott/internal/sql/plan"
	"github.com/flott/flott/types"
)

// cost is an estimate as ESTIMATED_COST shows it: the rows that an operator puts
// out, and what it and all below it cost. There are no statistics of tables; one
// has as many rows as Flink supposes without them. The plan does not depend on it.
type cost struct {
	count                  float64 // rows put out
	rows, cpu, io, network float64
}

// tableRows is Flink's guess of a table's rows.
const tableRows = 1e8

func (c cost) plus(o cost) cost {
	return cost{c.count + o.count, c.rows + o.rows, c.cpu + o.cpu, c.io + o.io, c.network + o.network}
}

// exchange adds what it costs to send rows elsewhere.
func (c cost) exchange(out []plan.Field) cost {
	c.rows += c.count
	c.cpu += c.count
	c.network += c.count * rowSize(out)
	return c
}

// operator adds what n costs itself to the sum of its inputs.
func (c cost) operator(n *physical.Node) cost {
	work := c.count
	switch s := n.Spec.(type) {
	case spec.Source:
		c.count, work = tableRows, tableRows
		if s.Limit > 0 {
			c.count = min(c.count, float64(s.Limit))
		}
		c.io += c.count * rowSize(n.Out)
	case spec.Values:
		c.count, work = float64(len(s.Rows)), float64(len(s.Rows))
	case spec.Calc:
		work = 0
		if s.Condition != nil {
			work = c.count
			c.count = math.Max(1, c.count*selectivity(*s.Condition))
		}
		for _, e := range s.Project {
			if e.Column == nil {
				work += c.count
			}
		}
	case spec.Limit:
		if s.Limit >= 0 {
			c.count = min(c.count, float64(s.Limit))
		}
	case spec.Sort:
		if s.Limit >= 0 {
			c.count = min(c.count, float64(s.Limit))
		}
	case spec.GroupAgg:
		if len(s.Keys) == 0 {
			c.count = 1
		}
	case spec.Expand:
		c.count *= float64(len(s.Projects))
	}
	c.rows += c.count
	c.cpu += work
	return c
}

// selectivity guesses how many of the rows fulfil a condition.
func selectivity(e spec.Expr) float64 {
	switch e.Call {
	case "AND":
		s := 1.0
		for _, a := range e.Args {
			s *= selectivity(a)
		}
		return s
	case "OR":
		s := 1.0
		for _, a := range e.Args {
			s *= 1 - selectivity(a)
		}
		return 1 - s
	case "=":
		return 0.15
	case "<", ">", "<=", ">=":
		return 0.5
	case "IS NOT NULL":
		return 0.9
	}
	return 0.25
}

// rowSize is Flink's guess of a row's bytes.
func rowSize(fs []plan.Field) float64 {
	n := 0.0
	for _, f := range fs {
		switch f.Type.Kind {
		case types.Boolean, types.TinyInt:
			n++
		case types.SmallInt:
			n += 2
		case types.Int, types.Float, types.Date, types.Time:
			n += 4
		case types.BigInt, types.Double, types.IntervalDaySecond, types.IntervalYearMonth:
			n += 8
		case types.Array, types.Map, types.Multiset, types.Row, types.Structured, types.Raw:
			n += 16
		default:
			n += 12
		}
	}
	return n
}

func (c cost) String() string {
	return fmt.Sprintf(": rowcount = %s, cumulative cost = {%s rows, %s cpu, %s io, %s network, 0.0 memory}",
		java(c.count), java(c.rows), java(c.cpu), java(c.io), java(c.network))
}

// java writes a number as Java does: 3.0, 1.0E8.
func java(v float64) string {
	s := strconv.FormatFloat(v, 'f', -1, 64)
	if v >= 1e7 {
		s = strings.ReplaceAll(strconv.FormatFloat(v, 'E', -1, 64), "E+0", "E")
		s = strings.ReplaceAll(s, "E+", "E")
		if !strings.Contains(s, ".") {
			s = strings.Replace(s, "E", ".0E", 1)
		}
	} else if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
