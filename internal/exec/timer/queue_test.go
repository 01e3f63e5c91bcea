package timer

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestOrder: timers fire by time, each once, and those taken back never.
func TestOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	q := New[int]()
	want := map[[2]int64]bool{}
	for range 2000 {
		at, of := int64(r.IntN(50)), r.IntN(20)
		k := [2]int64{at, int64(of)}
		if r.IntN(4) == 0 {
			q.Remove(at, of)
			delete(want, k)
			continue
		}
		if q.Add(at, of) == want[k] {
			t.Fatalf("timer %v: new is %t", k, !want[k])
		}
		want[k] = true
	}
	if q.Len() != len(want) {
		t.Fatalf("%d timers, want %d", q.Len(), len(want))
	}
	last := int64(-1)
	for now := int64(10); q.Len() > 0; now += 10 {
		for {
			at, of, ok := q.Pop(now)
			if !ok {
				break
			}
			if at < last || at > now || !want[[2]int64{at, int64(of)}] {
				t.Fatalf("timer %d of %d at %d after one at %d", at, of, now, last)
			}
			delete(want, [2]int64{at, int64(of)})
			last = at
		}
	}
	if len(want) > 0 {
		t.Errorf("%d timers did not fire", len(want))
	}
}

// TestTies: the order of equal times is that of Flink's heap, recorded from an
// OVER window over rows of the keys d, a and b.
func TestTies(t *testing.T) {
	q := New[string]()
	var got []string
	fire := func(now int64) {
		for {
			_, of, ok := q.Pop(now)
			if !ok {
				return
			}
			got = append(got, of)
		}
	}
	q.Add(1500, "d")
	q.Add(1500, "a")
	q.Add(600, "d")
	q.Add(2000, "d")
	fire(1000)
	q.Add(2000, "a")
	q.Add(5000, "b")
	fire(4000)
	if want := []string{"d", "a", "d", "a", "d"}; !slices.Equal(got, want) {
		t.Errorf("fired %v, want %v", got, want)
	}
}
