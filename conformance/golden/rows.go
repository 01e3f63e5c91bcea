package golden

import (
	"fmt"
	"slices"
	"strings"

	"github.com/flott/flott/test/cli"
)

// Columns returns the first difference of names or types, or "".
func Columns(want, got []cli.Column) string {
	if len(want) != len(got) {
		return fmt.Sprintf("%d columns, want %d", len(got), len(want))
	}
	for i, w := range want {
		if g := got[i]; g.Name != w.Name {
			return fmt.Sprintf("column %d is %q, want %q", i+1, g.Name, w.Name)
		} else if g.Type != w.Type {
			return fmt.Sprintf("column %q is %s, want %s", w.Name, g.Type, w.Type)
		}
	}
	return ""
}

// Sequence compares row by row, kinds and order included, and returns the first
// difference, or "".
func Sequence(cells []Cell, want, got []cli.Row) string {
	for i := range min(len(want), len(got)) {
		if want[i].Kind != got[i].Kind || !equalCells(cells, want[i].Cells, got[i].Cells) {
			return fmt.Sprintf("row %d is %s, want %s", i+1, got[i], want[i])
		}
	}
	switch {
	case len(got) < len(want):
		return fmt.Sprintf("%d rows, want %d: %s is missing", len(got), len(want), want[len(got)])
	case len(got) > len(want):
		return fmt.Sprintf("%d rows, want %d: %s is too much", len(got), len(want), got[len(want)])
	}
	return ""
}

// Bag compares without order and returns the first difference, or "".
func Bag(cells []Cell, want, got [][]*string) string {
	// Rows fall into buckets by the cells that have one form only; within a
	// bucket the approximate cells decide.
	key := func(row []*string) string {
		var b strings.Builder
		for i, c := range row {
			if i < len(cells) && !cells[i].approximate() {
				b.WriteString(cells[i].key(c))
			}
			b.WriteByte(0)
		}
		return b.String()
	}
	left := map[string][][]*string{}
	for _, row := range got {
		k := key(row)
		left[k] = append(left[k], row)
	}
	missing := -1
	for n, row := range want {
		k := key(row)
		i := slices.IndexFunc(left[k], func(g []*string) bool { return equalCells(cells, row, g) })
		if i >= 0 {
			left[k] = slices.Delete(left[k], i, i+1)
		} else if missing < 0 {
			missing = n
		}
	}
	switch {
	case missing >= 0:
		return fmt.Sprintf("%d rows, want %d: %s is missing%s", len(got), len(want), cli.FormatCells(want[missing]), hint(left))
	case len(got) > len(want):
		return fmt.Sprintf("%d rows, want %d%s", len(got), len(want), hint(left))
	}
	return ""
}

// hint names the first row, by its key, that nothing was found for.
func hint(left map[string][][]*string) string {
	var first string
	for k, rows := range left {
		if len(rows) > 0 && (first == "" || k < first) {
			first = k
		}
	}
	if first == "" {
		return ""
	}
	return "; too much: " + cli.FormatCells(left[first][0])
}

// Fold applies a changelog and returns the rows that remain, in no order.
func Fold(rows []cli.Row) ([][]*string, error) {
	type entry struct {
		cells []*string
		n     int
	}
	bag := map[string]*entry{}
	var order []*entry
	for i, r := range rows {
		k := exactKey(r.Cells)
		e := bag[k]
		if e == nil {
			e = &entry{cells: r.Cells}
			bag[k] = e
			order = append(order, e)
		}
		switch r.Kind {
		case "+I", "+U":
			e.n++
		default:
			if e.n--; e.n < 0 {
				return nil, fmt.Errorf("row %d, %s, takes back a row that is not there", i+1, r)
			}
		}
	}
	var out [][]*string
	for _, e := range order {
		for range e.n {
			out = append(out, e.cells)
		}
	}
	return out, nil
}

func exactKey(cells []*string) string {
	var b strings.Builder
	for _, c := range cells {
		if c == nil {
			b.WriteString("-\x00")
		} else {
			fmt.Fprintf(&b, "=%d:%s\x00", len(*c), *c)
		}
	}
	return b.String()
}

func equalCells(cells []Cell, want, got []*string) bool {
	if len(want) != len(got) || len(want) != len(cells) {
		return false
	}
	for i, c := range cells {
		if !c.Equal(want[i], got[i]) {
			return false
		}
	}
	return true
}
