package types

import (
	"math/rand/v2"
	"testing"
)

// FuzzFixedLayout: with and without the short way a pattern reads and prints the
// same.
func FuzzFixedLayout(f *testing.F) {
	patterns := []string{"yyyy-MM-dd HH:mm:ss", "yyyyMMddHHmmss", "dd/MM/yyyy", "HH:mm", "yyyy-MM-dd'T'HH:mm:ss.SSS", "uuuu-MM", "'-'dd", "yyyy'1'MM", "ss mm", "MM.yyyy"}
	for i, s := range []string{"2024-02-29 12:13:14", "20240229121314", "31/12/1999", "24:00", "2024-02-30T12:13:14.567", "1582-10", "-01", "200015", "07 08", "13.2000", "2024-02-29 12:13:145", " 2024-1-2", "-999-01-01"} {
		f.Add(uint8(i), s, int64(1_709_208_794_567)*int64(1-2*(i&1)))
	}
	berlin, err := LoadZone("Europe/Berlin")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, n uint8, s string, ms int64) {
		text := patterns[int(n)%len(patterns)]
		p, err := CompilePattern(text)
		if err != nil {
			t.Fatal(err)
		}
		slow := *p
		slow.fixed = nil
		a, err1 := ParsePattern(p, s)
		b, err2 := ParsePattern(&slow, s)
		if a != b || (err1 == nil) != (err2 == nil) {
			t.Fatalf("%q by %s: %v, %v; want %v, %v", s, text, a, err1, b, err2)
		}
		if ms > 1<<57 || ms < -1<<57 {
			return
		}
		x, _ := p.Append(nil, TimestampOfMillis(ms))
		y, _ := slow.Append(nil, TimestampOfMillis(ms))
		if string(x) != string(y) {
			t.Fatalf("%d by %s: %q, want %q", ms, text, x, y)
		}
		q, err := CompileSimplePattern(text)
		if err != nil {
			return
		}
		general := *q
		general.fixed = nil
		for _, z := range []*Zone{UTC, berlin} {
			a, err1 := ParseSimplePattern(q, s, z)
			b, err2 := ParseSimplePattern(&general, s, z)
			if a != b || (err1 == nil) != (err2 == nil) {
				t.Fatalf("%q by %s: %v, %v; want %v, %v", s, text, a, err1, b, err2)
			}
			if x, y := q.Append(nil, ms, z), general.Append(nil, ms, z); string(x) != string(y) {
				t.Fatalf("%d by %s: %q, want %q", ms, text, x, y)
			}
		}
	})
}

func TestAppendTimestampMillis(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		ms, p := r.Int64N(1<<49)-1<<48, r.Int32N(4)
		if got, want := string(AppendTimestampMillis(nil, ms, p)), string(AppendTimestamp(nil, TimestampOfMillis(ms), p)); got != want {
			t.Fatalf("%d ms with %d digits: %s, want %s", ms, p, got, want)
		}
	}
}

// TestDaysOf compares the two ways to count days, day by day.
func TestDaysOf(t *testing.T) {
	for days := int64(-719_528); days < 2_932_897; days++ {
		y, m, d := CivilFromDays(days)
		if got := int64(daysOf(y, m, d)); got != days {
			t.Fatalf("%d-%d-%d: day %d, want %d", y, m, d, got, days)
		}
		// A month past December takes the general way.
		if got := DaysFromCivil(y-1, m+12, d); got != days {
			t.Fatalf("%d-%d-%d: day %d, want %d", y-1, m+12, d, got, days)
		}
	}
}
