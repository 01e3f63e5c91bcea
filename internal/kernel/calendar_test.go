package kernel

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/flott/flott/types"
)

// calendarDays are all days of eight centuries and some of any year.
func calendarDays() []int64 {
	days := []int64{math.MaxInt32, math.MinInt32, math.MaxInt64 / types.MillisPerDay, math.MinInt64 / types.MillisPerDay}
	for d := int64(-146_000); d < 146_000; d++ {
		days = append(days, d)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		days = append(days, r.Int64N(1<<30)-1<<29, r.Int64N(5_000_000)-1_000_000)
	}
	return days
}

// TestCalendar compares with package types.
func TestCalendar(t *testing.T) {
	days := calendarDays()
	for _, c := range []struct {
		name string
		loop func(x []int64)
		want func(day int64) int64
	}{
		{"Years", Years, func(d int64) int64 { y, _, _ := types.CivilFromDays(d); return int64(y) }},
		{"Months", Months, func(d int64) int64 { _, m, _ := types.CivilFromDays(d); return int64(m) }},
		{"DaysOfMonth", DaysOfMonth, func(d int64) int64 { _, _, day := types.CivilFromDays(d); return int64(day) }},
		{"DaysOfYear", DaysOfYear, func(d int64) int64 { return int64(types.DayOfYear(types.CivilFromDays(d))) }},
		{"Weekdays", func(x []int64) { Weekdays(x, 4, 0) }, func(d int64) int64 { return int64(types.Weekday(d)) }},
		{"Weeks", Weeks, func(d int64) int64 { _, w := types.ISOWeek(d); return int64(w) }},
		{"FloorToWeekday", func(x []int64) { FloorToWeekday(x, 4) }, func(d int64) int64 { return d - int64(types.Weekday(d)) }},
		{"CeilToWeekday", func(x []int64) { CeilToWeekday(x, 4) }, func(d int64) int64 { return d + (7-int64(types.Weekday(d)))%7 }},
		{"FloorDays to months", func(x []int64) { FloorDays(x, Month) }, func(d int64) int64 { return Month.round(d, false) }},
		{"FloorDays to quarters", func(x []int64) { FloorDays(x, Quarter) }, func(d int64) int64 { return Quarter.round(d, false) }},
		{"FloorDays to years", func(x []int64) { FloorDays(x, Year) }, func(d int64) int64 { return Year.round(d, false) }},
		{"CeilDays to months", func(x []int64) { CeilDays(x, Month) }, func(d int64) int64 { return Month.round(d, true) }},
		{"CeilDays to quarters", func(x []int64) { CeilDays(x, Quarter) }, func(d int64) int64 { return Quarter.round(d, true) }},
		{"CeilDays to years", func(x []int64) { CeilDays(x, Year) }, func(d int64) int64 { return Year.round(d, true) }},
		{"AddMonths 7", func(x []int64) { AddMonths(x, []int64{7}) }, func(d int64) int64 { return types.AddMonths(d, 7) }},
		{"AddMonths -1", func(x []int64) { AddMonths(x, []int64{-1}) }, func(d int64) int64 { return types.AddMonths(d, -1) }},
		{"AddMonths 120000", func(x []int64) { AddMonths(x, []int64{120_000}) }, func(d int64) int64 { return types.AddMonths(d, 120_000) }},
		{"AddMonths -120001", func(x []int64) { AddMonths(x, []int64{-120_001}) }, func(d int64) int64 { return types.AddMonths(d, -120_001) }},
	} {
		x := append([]int64(nil), days...)
		c.loop(x)
		for i, d := range days {
			if want := c.want(d); x[i] != want {
				t.Errorf("%s of day %d: %d, want %d", c.name, d, x[i], want)
				break
			}
		}
	}
}

// TestAddMonths moves days by months of their own.
func TestAddMonths(t *testing.T) {
	days := calendarDays()
	r := rand.New(rand.NewPCG(3, 4))
	by := make([]int64, len(days))
	for i := range by {
		by[i] = r.Int64N(500) - 250
	}
	x := append([]int64(nil), days...)
	AddMonths(x, by)
	for i, d := range days {
		if want := types.AddMonths(d, by[i]); x[i] != want {
			t.Fatalf("day %d and %d months: %d, want %d", d, by[i], x[i], want)
		}
	}
}

// TestMonthsBetween compares with the slow way, above all near the ends of months.
func TestMonthsBetween(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	const n = 300_000
	from, to, got := make([]int64, n), make([]int64, n), make([]int32, n)
	for i := range n {
		a := r.Int64N(200_000) - 100_000
		b := types.AddMonths(a, r.Int64N(60)-30) + r.Int64N(7) - 3
		if i%3 == 0 {
			a = Month.round(a, true) - r.Int64N(3)
			b = Month.round(b, true) - r.Int64N(3)
		}
		from[i], to[i] = a*types.MillisPerDay+r.Int64N(3), b*types.MillisPerDay+r.Int64N(3)
	}
	from[0], to[1] = math.MaxInt64, math.MinInt64
	MonthsBetween(got, from, to)
	for i := range n {
		if want := int32(monthsBetween(from[i], to[i])); got[i] != want {
			t.Fatalf("from %d to %d: %d, want %d", from[i], to[i], got[i], want)
		}
	}
}
