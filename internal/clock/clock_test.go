package clock

import (
	"testing"
	"time"
)

func fired(t *Timer) bool {
	select {
	case <-t.C:
		return true
	default:
		return false
	}
}

func TestVirtual(t *testing.T) {
	v := NewVirtual(time.Unix(100, 0))
	a, b := v.NewTimer(time.Second), v.NewTimer(2*time.Second)
	v.Advance(time.Second)
	if !fired(a) || fired(b) {
		t.Fatal("after 1 s: want the first timer alone")
	}
	b.Stop()
	v.Advance(time.Minute)
	if fired(a) || fired(b) {
		t.Fatal("a timer fired twice or after Stop")
	}
	b.Reset(0)
	if !fired(b) {
		t.Fatal("Reset(0) must fire at once")
	}
	a.Reset(time.Second)
	v.Advance(time.Second)
	a.Reset(time.Second) // the tick above was not read: it must not be seen
	if fired(a) {
		t.Fatal("stale tick after Reset")
	}
	if got := v.Now(); !got.Equal(time.Unix(162, 0)) {
		t.Fatalf("now = %v", got)
	}
}
