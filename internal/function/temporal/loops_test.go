package temporal

import "testing"

// TestRoundings compares with the general way.
func TestRoundings(t *testing.T) {
	for unit, round := range roundings {
		for _, ceil := range []bool{false, true} {
			for day := int64(gregorianDay); day < 200_000; day++ {
				x := []int64{day}
				round(x, ceil)
				if want := roundDays(day, unit, ceil); x[0] != want {
					t.Fatalf("day %d to %s, ceil %v: %d, want %d", day, unit, ceil, x[0], want)
				}
			}
		}
	}
}

// TestFloors compares with the general way, also before 1970.
func TestFloors(t *testing.T) {
	for length, loop := range floors {
		for ms := int64(-200_000_000); ms < 200_000_000; ms += 997 {
			x := []int64{ms}
			loop(x)
			if want := roundMillis(ms, length, false); x[0] != want {
				t.Fatalf("%d to %d: %d, want %d", ms, length, x[0], want)
			}
		}
	}
}
