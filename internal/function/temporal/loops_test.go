package temporal

import "testing"

// TestDayFloors compares with the general way.
func TestDayFloors(t *testing.T) {
	for unit, floor := range dayFloors {
		for day := int64(gregorianDay); day < 200_000; day++ {
			if got, want := floor(day), roundDays(day, unit, false); got != want {
				t.Fatalf("day %d to %s: %d, want %d", day, unit, got, want)
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
