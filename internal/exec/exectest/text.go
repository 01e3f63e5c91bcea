package exectest

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/types"
	"github.com/flott/flott/vector"
)

// line is one row or watermark of the input.
type line struct {
	port  int
	mark  bool
	clock bool // not a row: the processing time moves on by at
	at    types.Instant
	kind  types.RowKind
	cells []string
}

func parse(t testing.TB, text string) []line {
	t.Helper()
	var lines []line
	for _, s := range strings.Split(text, "\n") {
		s = strings.TrimSpace(s)
		if s == "" || strings.HasPrefix(s, "#") {
			continue
		}
		var l line
		if len(s) > 2 && s[1] == ':' {
			l.port = int(s[0] - '0')
			s = strings.TrimSpace(s[2:])
		}
		if rest, ok := strings.CutPrefix(s, "^"); ok {
			l.mark = true
			l.at = types.MaxInstant
			if rest = strings.TrimSpace(rest); rest != "end" {
				n, err := strconv.ParseInt(rest, 10, 64)
				if err != nil {
					t.Fatalf("line %q: %v", s, err)
				}
				l.at = types.Instant(n)
			}
			lines = append(lines, l)
			continue
		}
		if rest, ok := strings.CutPrefix(s, "~"); ok {
			d, err := time.ParseDuration(strings.TrimSpace(rest))
			if err != nil {
				t.Fatalf("line %q: %v", s, err)
			}
			lines = append(lines, line{clock: true, at: types.Instant(d.Milliseconds())})
			continue
		}
		kind, rest, _ := strings.Cut(s, " ")
		switch kind {
		case "+I":
			l.kind = types.Insert
		case "-U":
			l.kind = types.UpdateBefore
		case "+U":
			l.kind = types.UpdateAfter
		case "-D":
			l.kind = types.Delete
		default:
			t.Fatalf("line %q starts with no row kind", s)
		}
		for _, c := range strings.Split(rest, ",") {
			l.cells = append(l.cells, strings.TrimSpace(c))
		}
		lines = append(lines, l)
	}
	return lines
}

// appendTo adds a line to a batch.
func (l *line) appendTo(t testing.TB, b *vector.Batch) {
	t.Helper()
	if l.mark {
		b.Mark(l.at)
		return
	}
	if len(l.cells) != len(b.Cols) {
		t.Fatalf("row %v has %d values, want %d", l.cells, len(l.cells), len(b.Cols))
	}
	for i, c := range l.cells {
		if err := appendCell(b.Cols[i], c); err != nil {
			t.Fatalf("row %v, column %d: %v", l.cells, i, err)
		}
	}
	b.AppendKind(l.kind)
	b.SetLen(b.Len() + 1)
}

func appendCell(v *vector.Vector, c string) error {
	if c == "NULL" {
		v.AppendNull()
		return nil
	}
	t := v.Type()
	if t.Kind == types.Decimal {
		x, err := types.ParseDecimal(c, t.Precision, t.Scale)
		if v.Phys() == types.PhysInt64 {
			vector.Append(v, x.Int64())
		} else {
			vector.Append(v, x)
		}
		return err
	}
	var n int64
	var f float64
	var err error
	switch v.Phys() {
	case types.PhysBytes:
		v.AppendString(c)
		return nil
	case types.PhysBool:
		vector.Append(v, c == "true")
		return nil
	case types.PhysFloat32, types.PhysFloat64:
		f, err = strconv.ParseFloat(c, 64)
	default:
		n, err = strconv.ParseInt(c, 10, 64)
	}
	switch v.Phys() {
	case types.PhysInt8:
		vector.Append(v, int8(n))
	case types.PhysInt16:
		vector.Append(v, int16(n))
	case types.PhysInt32:
		vector.Append(v, int32(n))
	case types.PhysInt64:
		vector.Append(v, n)
	case types.PhysFloat32:
		vector.Append(v, float32(f))
	case types.PhysFloat64:
		vector.Append(v, f)
	case types.PhysStamp:
		vector.Append(v, types.Timestamp{Milli: n})
	default:
		err = fmt.Errorf("the harness writes no %s", t)
	}
	return err
}

// print adds a batch's rows and marks as lines. Of marks without rows between
// them only the last is shown.
func print(lines []string, b *vector.Batch) []string {
	marks := b.Marks
	mark := func() {
		s := "^ " + strconv.FormatInt(int64(marks[0].Watermark), 10)
		if marks[0].Watermark == types.MaxInstant {
			s = "^ end"
		}
		if n := len(lines); n > 0 && lines[n-1][0] == '^' {
			lines = lines[:n-1]
		}
		lines = append(lines, s)
		marks = marks[1:]
	}
	for i := range b.Len() {
		for len(marks) > 0 && marks[0].Row <= i {
			mark()
		}
		row := []byte(b.Kind(i).String())
		for k, c := range b.Cols {
			if k > 0 {
				row = append(row, ',')
			}
			row = append(row, ' ')
			row = appendCellText(row, c, i)
		}
		lines = append(lines, string(row))
	}
	for len(marks) > 0 {
		mark()
	}
	return lines
}

func appendCellText(b []byte, v *vector.Vector, i int) []byte {
	if k := v.Type().Kind; !v.IsNull(i) && (k == types.TimestampNTZ || k == types.TimestampLTZ) {
		return strconv.AppendInt(b, v.Timestamp(i).Milli, 10)
	}
	return vector.AppendText(b, v, i, nil)
}
