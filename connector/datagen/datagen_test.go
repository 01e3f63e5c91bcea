package datagen

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/flott/flott/connector"
	"github.com/flott/flott/connector/connectortest"
	"github.com/flott/flott/internal/diag"
)

// fast lets as many rows out as are asked for.
const fast = "1000000000000"

func open(t *testing.T, columns string, options ...string) (connector.Source, []connector.Column) {
	t.Helper()
	table := connectortest.Table(t, columns, append([]string{"rows-per-second", fast}, options...)...)
	s, err := connector.Find("datagen").NewSource(table)
	if err != nil {
		t.Fatal(err)
	}
	return s, table.Physical
}

// TestContract restores behind each batch; values are the same each time.
func TestContract(t *testing.T) {
	s, columns := open(t, "`id` BIGINT, `k` INT, `s` STRING, `d` DOUBLE, `m` DECIMAL(10, 2), `w` DECIMAL(30, 3), `b` BOOLEAN, `x` BYTES, `a` ARRAY<INT>, `r` ROW<`n` SMALLINT, `v` VARCHAR(5)>, `mm` MAP<STRING, FLOAT>, `t` TINYINT",
		"number-of-rows", "40", "fields.id.kind", "sequence", "fields.id.start", "-5", "fields.id.end", "100",
		"fields.k.min", "1", "fields.k.max", "3", "fields.s.length", "4", "fields.s.null-rate", "0.5", "fields.x.length", "3", "fields.mm.key.length", "1", "fields.r.v.var-len", "true")
	rows := connectortest.RunSource(t, s, columns)
	if len(rows) != 40 {
		t.Fatalf("got %d rows, want 40", len(rows))
	}
	if !strings.HasPrefix(rows[0], "+I[-5, ") || !strings.HasPrefix(rows[39], "+I[34, ") {
		t.Errorf("the sequence goes from %q to %q, not from -5 to 34", rows[0], rows[39])
	}
	nulls := 0
	for _, r := range rows {
		cells := strings.SplitN(strings.Trim(r[2:], "[]"), ", ", 4)
		if k := cells[1]; k != "1" && k != "2" && k != "3" {
			t.Errorf("k is %s, not from 1 to 3", k)
		}
		if cells[2] == "NULL" {
			nulls++
		} else if len(cells[2]) != 4 {
			t.Errorf("s is %q, not 4 characters", cells[2])
		}
	}
	if nulls < 8 || nulls > 32 {
		t.Errorf("%d of 40 values are NULL at a rate of 0.5", nulls)
	}
	if slices.Equal(rows[:20], rows[20:]) {
		t.Error("rows repeat")
	}
}

// TestProjection reads some columns in another order: their values stay.
func TestProjection(t *testing.T) {
	s, columns := open(t, "`a` INT, `b` STRING, `c` INT", "number-of-rows", "5")
	all := connectortest.RunSource(t, s, columns)
	some := connectortest.RunSource(t, s, []connector.Column{columns[2], columns[0]})
	for i := range all {
		cells := strings.Split(strings.Trim(all[i][2:], "[]"), ", ")
		if want := fmt.Sprintf("+I[%s, %s]", cells[2], cells[0]); some[i] != want {
			t.Errorf("row %d: got %s, want %s", i, some[i], want)
		}
	}
}

func TestBounds(t *testing.T) {
	tests := []struct {
		columns string
		options []string
		want    []string
	}{
		{"`a` INT", []string{"number-of-rows", "0"}, nil},
		{"`a` INT, `b` BIGINT", []string{"fields.a.kind", "sequence", "fields.a.start", "1", "fields.a.end", "3", "fields.b.kind", "sequence", "fields.b.start", "7", "fields.b.end", "8"}, []string{"+I[1, 7]", "+I[2, 8]"}},
		{"`a` STRING, `b` DECIMAL(5, 2), `c` DECIMAL(30, 1), `d` DOUBLE", []string{"fields.a.kind", "sequence", "fields.a.start", "9", "fields.a.end", "10", "fields.b.kind", "sequence", "fields.b.start", "1", "fields.b.end", "5",
			"fields.c.kind", "sequence", "fields.c.start", "-1", "fields.c.end", "5", "fields.d.kind", "sequence", "fields.d.start", "0", "fields.d.end", "5"}, []string{"+I[9, 1.00, -1.0, 0.0]", "+I[10, 2.00, 0.0, 1.0]"}},
		{"`r` ROW<`n` INT>", []string{"fields.r.n.kind", "sequence", "fields.r.n.start", "1", "fields.r.n.end", "2"}, []string{"+I[(1)]", "+I[(2)]"}},
		{"`a` DECIMAL(4, 2), `b` DOUBLE, `c` INT", []string{"number-of-rows", "1", "fields.a.min", "3", "fields.a.max", "3", "fields.b.min", "0.5", "fields.b.max", "0.5", "fields.c.min", "-2", "fields.c.max", "-2"}, []string{"+I[3.00, 0.5, -2]"}},
		{"`a` MAP<BOOLEAN, INT>, `b` MULTISET<BOOLEAN>", []string{"number-of-rows", "1", "fields.a.length", "50", "fields.a.value.min", "1", "fields.a.value.max", "1", "fields.b.length", "0"}, []string{"+I[{TRUE=1, FALSE=1}, {}]"}},
	}
	for _, tt := range tests {
		s, columns := open(t, tt.columns, tt.options...)
		got := connectortest.RunSource(t, s, columns)
		for i, g := range got { // the order of a map's entries is of no account
			got[i] = strings.Replace(g, "FALSE=1, TRUE=1", "TRUE=1, FALSE=1", 1)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s %q: got %q, want %q", tt.columns, tt.options, got, tt.want)
		}
	}
}

// TestEveryType fills each type at its widest; the widths are checked where the
// text is made.
func TestEveryType(t *testing.T) {
	s, columns := open(t, "`a` TINYINT, `b` SMALLINT, `c` FLOAT, `d` CHAR(3), `e` VARCHAR(4), `f` BINARY(2), `g` VARBINARY(3), `h` DATE, `i` TIME(0), `j` TIMESTAMP(0), `k` TIMESTAMP(6), `l` TIMESTAMP_LTZ(3), `m` DECIMAL(18, 0), `n` DECIMAL(38, 10), `o` MULTISET<INT>, `p` BOOLEAN, `q` DECIMAL(38, 38)",
		"number-of-rows", "2000")
	r := connectortest.Reader(t, s, columns, connectortest.Env(), connectortest.Splits(t, s, connectortest.Env()))
	n := 0
	for {
		rows, err := connectortest.Next(t, r)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		n += len(rows)
		for _, row := range rows {
			cells := strings.Split(strings.Trim(row[2:], "[]"), ", ")
			if len(cells[3]) != 3 || len(cells[4]) != 4 || cells[7] != "2024-02-01" || !strings.HasPrefix(cells[8], "12:00:") || !strings.HasPrefix(cells[9], "2024-02-01 12:00:0") || len(cells[9]) != 19 {
				t.Fatalf("got %s", row)
			}
			if digits := strings.Trim(cells[12], "-"); len(digits) > 18 {
				t.Fatalf("DECIMAL(18, 0) holds %s", digits)
			}
			if before, _, _ := strings.Cut(strings.Trim(cells[13], "-"), "."); len(before) > 28 {
				t.Fatalf("DECIMAL(38, 10) holds %s", cells[13])
			}
		}
	}
	if n != 2000 {
		t.Errorf("got %d rows, want 2000", n)
	}
}

// TestRate turns the clock by hand.
func TestRate(t *testing.T) {
	s, columns := open(t, "`a` INT", "rows-per-second", "100")
	if s.Bounded() {
		t.Fatal("a table without an end is bounded")
	}
	env := connectortest.Env()
	now := time.Unix(0, 0)
	env.Now = func() time.Time { return now }
	r := connectortest.Reader(t, s, columns, env, connectortest.Splits(t, s, env))
	defer r.Close()
	take := func(after time.Duration, want int) {
		t.Helper()
		now = now.Add(after)
		got := 0
		for {
			b, _, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			if b == nil {
				break
			}
			got += b.Len()
		}
		if got != want {
			t.Errorf("%v later %d rows came, want %d", after, got, want)
		}
	}
	take(0, 1)
	take(100*time.Millisecond, 10)
	take(time.Second, 100)
	take(time.Hour, 101) // a busy second is made up for, an hour is not
	take(10*time.Millisecond, 1)
}

func TestWrongOptions(t *testing.T) {
	tests := []struct {
		columns string
		options []string
		want    string
	}{
		{"`a` INT", []string{"rows-per-second", "0"}, "is not a positive number"},
		{"`a` INT", []string{"number-of-rows", "-1"}, "is negative"},
		{"`a` INT", []string{"fields.b.min", "1"}, `names a field "b" that the table does not have`},
		{"`a` INT", []string{"fields.a.minimum", "1"}, `has no field option "minimum"`},
		{"`a` INT", []string{"fields.a", "1"}, `has no option "fields.a"`},
		{"`a` INT", []string{"fields.a.length", "1"}, "means nothing for a INT of kind random"},
		{"`a` INT", []string{"fields.a.start", "1"}, "means nothing for a INT of kind random"},
		{"`a` INT", []string{"fields.a.kind", "serial"}, "is not random or sequence"},
		{"`a` INT", []string{"fields.a.kind", "sequence", "fields.a.end", "5"}, `option "fields.a.start" is missing`},
		{"`a` INT", []string{"fields.a.kind", "sequence", "fields.a.start", "5", "fields.a.end", "4"}, "is not at least the start, 5"},
		{"`a` TINYINT", []string{"fields.a.kind", "sequence", "fields.a.start", "5", "fields.a.end", "400"}, "is not a value of TINYINT"},
		{"`a` DECIMAL(3, 2)", []string{"fields.a.kind", "sequence", "fields.a.start", "1", "fields.a.end", "10"}, "is not a value of DECIMAL(3, 2)"},
		{"`a` DATE", []string{"fields.a.kind", "sequence", "fields.a.start", "1", "fields.a.end", "10"}, "which has no sequence"},
		{"`a` INT", []string{"fields.a.min", "5", "fields.a.max", "4"}, "is not at least the minimum, 5"},
		{"`a` DOUBLE", []string{"fields.a.min", "5", "fields.a.max", "4"}, "is not at least the minimum, 5"},
		{"`a` INT", []string{"fields.a.max", "3000000000"}, "is not a value of INT"},
		{"`a` INT", []string{"fields.a.null-rate", "1.5"}, "is not a number from 0 to 1"},
		{"`a` STRING", []string{"fields.a.length", "0"}, "is not a positive whole number"},
		{"`a` VARCHAR(5)", []string{"fields.a.length", "6"}, "is not at most 5"},
		{"`a` CHAR(5)", []string{"fields.a.length", "3"}, "whose length is fixed"},
		{"`a` CHAR(5)", []string{"fields.a.var-len", "true"}, "is not possible for CHAR(5)"},
		{"`a` STRING", []string{"fields.a.var-len", "yes"}, "is not true or false"},
		{"`a` TIMESTAMP(3)", []string{"fields.a.max-past", "long"}, "is not a duration"},
		{"`a` ARRAY<INT>", []string{"fields.a.element.kind", "sequence", "fields.a.element.start", "1", "fields.a.element.end", "5"}, "cannot be a sequence within a ARRAY<INT>"},
	}
	for _, tt := range tests {
		_, err := connector.Find("datagen").NewSource(connectortest.Table(t, tt.columns, tt.options...))
		var d *diag.Error
		if !errors.As(err, &d) || d.Code == "" || !strings.Contains(d.Message, tt.want) {
			t.Errorf("%s %q: got %v, want %q", tt.columns, tt.options, err, tt.want)
		}
	}
}

func BenchmarkDatagen(b *testing.B) {
	var row strings.Builder
	row.WriteString("`id` BIGINT, `k` INT, `d` DOUBLE, `s` STRING")
	table := connectortest.Table(b, row.String(), "rows-per-second", fast, "fields.s.length", "20")
	s, err := connector.Find("datagen").NewSource(table)
	if err != nil {
		b.Fatal(err)
	}
	env := connectortest.Env()
	r := connectortest.Reader(b, s, table.Physical, env, connectortest.Splits(b, s, env))
	n := 0
	for b.Loop() {
		x, _, err := r.Next()
		if err != nil {
			b.Fatal(err)
		}
		if x != nil {
			n += x.Len()
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mrows/s")
}
